//! Messages for tests.

use bytes::Bytes;
use kemist_sip::message::{Message, Method, build};
use kemist_sip::{Protocol, Target};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Where virtual time begins.
#[expect(
    clippy::disallowed_methods,
    reason = "the only way to have a time; the clock is never asked again"
)]
pub fn start() -> Instant {
    Instant::now()
}

/// A request as a caller sends it; `branch` is the Via's (with the cookie where it is to have one).
pub fn request(method: &str, branch: &str, call: &str, to_tag: &str) -> Arc<Message> {
    let tag = if to_tag.is_empty() {
        String::new()
    } else {
        format!(";tag={to_tag}")
    };
    parse(format!(
        "{method} sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch={branch}\r\n\
         Max-Forwards: 70\r\n\
         From: Alice <sip:alice@example.com>;tag=a73kszlfl\r\n\
         To: <sip:bob@example.com>{tag}\r\n\
         Call-ID: {call}\r\n\
         CSeq: 1 {method}\r\n\
         Contact: <sip:alice@192.0.2.1>\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

/// A message from its text.
pub fn parse(text: String) -> Arc<Message> {
    // Copied, so that nothing but the text is held.
    Arc::new(Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a test's message parses"))
}

/// A message from bytes that something of ours wrote.
pub fn read(bytes: &Bytes) -> Arc<Message> {
    Arc::new(Message::parse(bytes.clone()).expect("what the layer sends parses"))
}

/// The reply of somebody who got `req`.
pub fn reply(req: &Message, code: u16, tag: &str) -> Bytes {
    reply_with(req, code, tag, "")
}

/// The same with more header lines.
pub fn reply_with(req: &Message, code: u16, tag: &str, lines: &str) -> Bytes {
    let mut out = Vec::new();
    let tag = if code == 100 { "" } else { tag };
    let source = address(1);
    build::reply(
        req,
        code,
        "Whatever",
        tag.as_bytes(),
        source,
        false,
        lines.as_bytes(),
        None,
        None,
        &mut out,
    );
    Bytes::from(out)
}

/// The request as forwarded on a branch.
pub fn forward(req: &Message, protocol: Protocol, branch: &[u8]) -> Bytes {
    let mut out = Vec::new();
    let via = build::ViaParams {
        protocol,
        sent_by: "192.0.2.9:5060",
        branch,
        rport: false,
        extra: b"",
    };
    build::request(req, req.request_uri(), &via, &[], &mut out);
    Bytes::copy_from_slice(&out)
}

/// A request of our own.
pub fn new_request(method: Method, protocol: Protocol, branch: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parts = build::NewRequest {
        method: method.name().as_bytes(),
        uri: b"sip:bob@example.com",
        from: b"<sip:proxy@example.com>",
        from_tag: b"ours",
        to: b"<sip:bob@example.com>",
        call_id: b"own@lab",
        cseq: 1,
        contact: None,
        headers: b"",
        body: b"",
    };
    let via = build::ViaParams {
        protocol,
        sent_by: "192.0.2.9:5060",
        branch,
        rport: false,
        extra: b"",
    };
    build::new_request(&parts, &via, &mut out);
    out
}

/// The reply as it goes upstream.
pub fn forward_reply(rpl: &Message) -> Bytes {
    let mut out = Vec::new();
    build::forward_reply(rpl, &[], &mut out);
    Bytes::copy_from_slice(&out)
}

/// Host `n` of the network.
pub fn address(n: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, n], 5060))
}

/// How to reach it.
pub fn target(protocol: Protocol, n: u8) -> Target {
    Target {
        protocol,
        remote: address(n),
        socket: 0,
        connection: None,
    }
}

/// What a message is in a word: its method or its code.
pub fn word(msg: &Message) -> String {
    if msg.is_request() {
        String::from_utf8_lossy(msg.method_name()).into_owned()
    } else {
        msg.status().to_string()
    }
}
