//! The proxy's admin socket.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The way to `route.*`.
#[derive(Clone)]
pub struct Door(PathBuf);

impl Door {
    /// Of the proxy in this folder.
    pub fn new(folder: &Path) -> Door {
        Door(folder.join("kemist.sock"))
    }

    /// Calls a method: its result, or its error's text.
    pub fn call(&self, method: &str, params: Value) -> Result<Value, String> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let mut stream = UnixStream::connect(&self.0).expect("the door is open");
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .expect("not zero");
        write!(
            stream,
            "POST /RPC HTTP/1.1\r\nHost: kemist\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("HTTP");
        let mut answer: Value = serde_json::from_str(body).expect("JSON");
        match answer.pointer("/error/message").and_then(Value::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["result"].take()),
        }
    }
}
