//! The way to the running proxy: its socket, or its address and token. Accounts and addresses are reached
//! without it too, in the database itself.

use crate::admin::manage;
use crate::config::Config;
use crate::store::Database;
use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{StatusCode, Uri};
use serde_json::{Value, json};
use std::future::Future;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Runs to its end on a runtime of its own.
pub(super) fn block_on<T>(task: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.context("no runtime")?.block_on(task)
}

/// Calls a method of the running proxy.
pub(super) async fn call(config: &Config, method: &str, params: Value) -> anyhow::Result<Value> {
    result(post(connect(config).await?, "kemist", None, method, params).await?)
}

/// The answer to a call of the running proxy, as it came.
pub(super) async fn ask(config: &Config, method: &str, params: Value) -> anyhow::Result<Bytes> {
    post(connect(config).await?, "kemist", None, method, params).await
}

/// The answer to a call of a proxy at `http://HOST:PORT`, as it came.
pub(super) async fn ask_at(url: &str, token: Option<&str>, method: &str, params: Value) -> anyhow::Result<Bytes> {
    let uri: Uri = url
        .parse()
        .with_context(|| format!("{url}: no URL; write http://HOST:PORT"))?;
    let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        bail!("{url}: write http://HOST:PORT; for TLS put a proxy before it");
    };
    let host = authority.host().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await;
    let stream =
        stream.with_context(|| format!("{authority}: nobody answers; is kemist running, and [admin] listen set?"))?;
    post(stream, authority.as_str(), token, method, params).await
}

async fn connect(config: &Config) -> anyhow::Result<UnixStream> {
    let Some(socket) = &config.admin.socket else {
        bail!("[admin] socket: not set; set it to reach the running proxy");
    };
    let stream = UnixStream::connect(socket).await;
    stream.with_context(|| format!("{}: nobody answers; is kemist running?", socket.display()))
}

/// Does one of the methods of [`manage`]: through the proxy where one answers, so that it drops what
/// it has cached, else in the database.
pub(super) async fn manage(config: &Config, method: &str, params: Value) -> anyhow::Result<Value> {
    if let Some(socket) = &config.admin.socket
        && let Ok(stream) = UnixStream::connect(socket).await
    {
        return result(post(stream, "kemist", None, method, params).await?);
    }
    let database = Database::open(&config.database.url, tokio::runtime::Handle::current()).await?;
    let result = manage::call(&database, &config.modules.auth, method, &params).await;
    database.close().await;
    result.map_err(|e| anyhow::anyhow!(e.message))
}

async fn post<S>(stream: S, host: &str, token: Option<&str>, method: &str, params: Value) -> anyhow::Result<Bytes>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await?;
    let running = tokio::spawn(connection);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let mut request = hyper::Request::post("/RPC")
        .header("host", host)
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await;
    let response = response.context("the proxy did not answer")?;
    let status = response.status();
    let bytes = response.into_body().collect().await;
    let bytes = bytes.context("the proxy broke its answer off")?.to_bytes();
    running.abort();
    match status {
        StatusCode::OK | StatusCode::BAD_REQUEST => Ok(bytes),
        StatusCode::UNAUTHORIZED => bail!("the proxy refused the token; give the right one with --token-file"),
        status => bail!("{status}: {}", String::from_utf8_lossy(&bytes).trim()),
    }
}

/// The result in an answer, or its error.
fn result(answer: Bytes) -> anyhow::Result<Value> {
    let mut answer: Value = serde_json::from_slice(&answer).context("the proxy's answer is no JSON")?;
    if let Some(message) = answer.pointer("/error/message").and_then(Value::as_str) {
        bail!("{message}");
    }
    Ok(answer["result"].take())
}
