//! JSON-RPC 2.0 over `POST /RPC`.
//!
//! A request that is no JSON is answered with -32700 and HTTP 400, everything else that could be read with
//! HTTP 200, or 204 where only notifications came.

use super::{Admin, Caller, Chunks, Failure, Outcome, json};
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The biggest request: a file of a few hundred thousand accounts.
pub(super) const MAX_BODY: usize = 64 << 20;
/// Bodies over this are read few at a time.
const BIG_BODY: usize = 1 << 20;
/// How long the next part of a body may take.
const PART: Duration = Duration::from_secs(15);
/// How long a whole body may take.
const WHOLE: Duration = Duration::from_secs(120);
/// The most requests in a batch.
pub(super) const MAX_BATCH: usize = 1000;
/// An answer of at most so many bytes is sent with its length.
const SHORT: usize = 1 << 20;

/// Answers one HTTP request.
pub(super) async fn post(
    State(admin): State<Arc<Admin>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    if !is_json(&request) {
        return (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send Content-Type: application/json\n",
        )
            .into_response();
    }
    let body = match timeout(WHOLE, read(&admin, request.into_body())).await {
        Ok(Ok(body)) => body,
        Ok(Err(refused)) => return refused,
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let parsed = json::parse(&body);
    drop(body);
    match parsed {
        Ok(Value::Array(batch)) => answer_batch(admin, caller, batch).await,
        Ok(one) => answer_one(&admin, caller, one).await,
        Err(failure) => {
            let status = match failure.code {
                -32700 => StatusCode::BAD_REQUEST,
                _ => StatusCode::OK,
            };
            let text = error(&failure, &Value::Null).to_string();
            (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
    }
}

/// What a page of another site can send without asking first is never taken: JSON is not among it.
fn is_json(request: &Request) -> bool {
    let given = request.headers().get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/json-rpc", "application/jsonrequest"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

/// Reads a body within its limits.
async fn read(admin: &Admin, mut body: Body) -> Result<Bytes, Response> {
    let mut whole = BytesMut::new();
    let mut big = None;
    loop {
        let part = match timeout(PART, body.frame()).await {
            Ok(Some(Ok(part))) => part,
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(_))) => return Err(StatusCode::BAD_REQUEST.into_response()),
            Err(_) => return Err(StatusCode::REQUEST_TIMEOUT.into_response()),
        };
        let Ok(data) = part.into_data() else { continue };
        if whole.len() + data.len() > MAX_BODY {
            let text = format!("a request has at most {MAX_BODY} bytes\n");
            return Err((StatusCode::PAYLOAD_TOO_LARGE, text).into_response());
        }
        if whole.len() + data.len() > BIG_BODY && big.is_none() {
            // only closed with the process
            big = admin.big_bodies.acquire().await.ok();
        }
        whole.extend_from_slice(&data);
    }
}

async fn answer_one(admin: &Arc<Admin>, caller: Caller, request: Value) -> Response {
    let (send, chunks) = Chunks::channel();
    match answer(admin, &caller, request).await {
        None => StatusCode::NO_CONTENT.into_response(),
        Some((id, Ok(Outcome::Chunks(result)))) => {
            tokio::spawn(async move { forward(&send, result, &id).await });
            respond(chunks).await
        }
        Some((id, outcome)) => whole(&outcome, &id).into_response(),
    }
}

async fn answer_batch(admin: Arc<Admin>, caller: Caller, batch: Vec<Value>) -> Response {
    if batch.is_empty() {
        return whole(&Err(Failure::new(-32600, "the batch is empty")), &Value::Null).into_response();
    }
    if batch.len() > MAX_BATCH {
        let text = format!("a batch has at most {MAX_BATCH} requests; {} came", batch.len());
        return whole(&Err(Failure::new(-32600, text)), &Value::Null).into_response();
    }
    let (send, chunks) = Chunks::channel();
    // to its end, also where whoever sent it does not wait for the answers
    tokio::spawn(async move {
        let mut any = false;
        for request in batch {
            let Some((id, outcome)) = answer(&admin, &caller, request).await else {
                continue;
            };
            let begin = if any { "," } else { "[" };
            any = true;
            // where nobody reads any more, the rest is done all the same
            let _ = send.send(Ok(Bytes::from_static(begin.as_bytes()))).await;
            match outcome {
                Ok(Outcome::Chunks(result)) => forward(&send, result, &id).await,
                outcome => drop(send.send(Ok(Bytes::from(text(&outcome, &id)))).await),
            }
        }
        if any {
            let _ = send.send(Ok(Bytes::from_static(b"]"))).await;
        }
    });
    respond(chunks).await
}

/// Does one request: its id and what came of it, None for a notification.
async fn answer(admin: &Arc<Admin>, caller: &Caller, request: Value) -> Option<(Value, Result<Outcome, Failure>)> {
    let refuse = |id: Value, what: &str| Some((id, Err(Failure::new(-32600, what))));
    let Value::Object(mut request) = request else {
        return refuse(Value::Null, "a request is an object");
    };
    let id = request.remove("id");
    let known = match &id {
        None => Value::Null,
        Some(id @ (Value::String(_) | Value::Number(_) | Value::Null)) => id.clone(),
        Some(_) => return refuse(Value::Null, "`id` is a text, a number or null"),
    };
    if request.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return refuse(known, "`jsonrpc` must be \"2.0\"");
    }
    let Some(Value::String(method)) = request.remove("method") else {
        return refuse(known, "`method` must be a text");
    };
    let params = request.remove("params").unwrap_or_default();
    if !matches!(params, Value::Null | Value::Array(_) | Value::Object(_)) {
        return refuse(known, "`params` must be an array or an object");
    }
    // a task of its own: to its end where the peer goes away, and its panic is its own
    let (admin, caller) = (admin.clone(), caller.clone());
    let task = tokio::spawn(async move { admin.call(&method, params, caller).await });
    let outcome = task.await.unwrap_or_else(|_| {
        tracing::error!(blame = "host", "a method of the admin interface panicked");
        Err(Failure::new(-32603, "the method failed inside; see the log"))
    });
    id.map(|_| (known, outcome))
}

/// Sends a result that comes in parts.
async fn forward(send: &mpsc::Sender<Result<Bytes, Failure>>, mut result: Chunks, id: &Value) {
    let mut open = send
        .send(Ok(Bytes::from_static(br#"{"jsonrpc":"2.0","result":"#)))
        .await
        .is_ok();
    while let (true, Some(part)) = (open, result.next().await) {
        open = send.send(part).await.is_ok();
    }
    if open {
        // nobody left is no failure
        let _ = send.send(Ok(Bytes::from(format!(",\"id\":{id}}}")))).await;
    }
}

/// The response of what comes in parts: with its length where it is short, else chunked.
async fn respond(mut chunks: Chunks) -> Response {
    let mut start = BytesMut::new();
    while start.len() < SHORT {
        match chunks.next().await {
            Some(Ok(part)) => start.extend_from_slice(&part),
            Some(Err(failure)) => return whole(&Err(failure), &Value::Null).into_response(),
            None if start.is_empty() => return StatusCode::NO_CONTENT.into_response(),
            None => return json_response(Body::from(start.freeze())),
        }
    }
    chunks.put_back(start.freeze());
    json_response(Body::new(chunks))
}

fn whole(outcome: &Result<Outcome, Failure>, id: &Value) -> Response {
    json_response(Body::from(text(outcome, id)))
}

fn json_response(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn text(outcome: &Result<Outcome, Failure>, id: &Value) -> String {
    match outcome {
        Ok(Outcome::Value(result)) => format!("{{\"jsonrpc\":\"2.0\",\"result\":{result},\"id\":{id}}}"),
        // never asked for one that comes in parts
        Ok(Outcome::Chunks(_)) => error(&Failure::new(-32603, "no text"), id).to_string(),
        Err(failure) => error(failure, id).to_string(),
    }
}

fn error(failure: &Failure, id: &Value) -> Value {
    serde_json::json!({"jsonrpc": "2.0", "error": {"code": failure.code, "message": failure.message}, "id": id})
}
