//! The way to the accounts and addresses: the running proxy's socket, else the database itself.

use crate::admin::manage;
use crate::config::Config;
use crate::store::Database;
use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::future::Future;
use tokio::net::UnixStream;

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
    let Some(socket) = &config.admin.socket else {
        bail!("[admin] socket: not set; set it to reach the running proxy");
    };
    let stream = UnixStream::connect(socket).await;
    let stream = stream.with_context(|| format!("{}: nobody answers; is kemist running?", socket.display()))?;
    post(stream, method, params).await
}

/// Does one of the methods of [`manage`]: through the proxy where one answers, so that it drops what
/// it has cached, else in the database.
pub(super) async fn manage(config: &Config, method: &str, params: Value) -> anyhow::Result<Value> {
    if let Some(socket) = &config.admin.socket
        && let Ok(stream) = UnixStream::connect(socket).await
    {
        return post(stream, method, params).await;
    }
    let database = Database::open(&config.database.url, tokio::runtime::Handle::current()).await?;
    let result = manage::call(&database, &config.modules.auth, method, &params).await;
    database.close().await;
    result.map_err(|e| anyhow::anyhow!(e.message))
}

async fn post(stream: UnixStream, method: &str, params: Value) -> anyhow::Result<Value> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await?;
    let running = tokio::spawn(connection);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let request = hyper::Request::post("/RPC")
        .header("host", "kemist")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let response = sender.send_request(request).await.context("the proxy did not answer")?;
    let bytes = response
        .into_body()
        .collect()
        .await
        .context("the proxy did not answer")?
        .to_bytes();
    running.abort();
    let mut answer: Value = serde_json::from_slice(&bytes).context("the proxy's answer is no JSON")?;
    if let Some(message) = answer.pointer("/error/message").and_then(Value::as_str) {
        bail!("{message}");
    }
    Ok(answer["result"].take())
}
