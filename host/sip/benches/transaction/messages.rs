//! The messages of one proxied call, written as two telephones would.

use bytes::Bytes;
use kemist_sip::message::build::{self, ViaParams};
use kemist_sip::{Protocol, Target, message};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

pub const CALLER: Target = target(1);
pub const CALLEE: Target = target(2);

/// What the proxy receives, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    Invite,
    Ringing,
    Answer,
    Ack,
    Bye,
    ByeAnswer,
}

impl Message {
    pub const ALL: [Message; 6] = [
        Message::Invite,
        Message::Ringing,
        Message::Answer,
        Message::Ack,
        Message::Bye,
        Message::ByeAnswer,
    ];
}

const fn target(last: u8) -> Target {
    Target {
        protocol: Protocol::Udp,
        remote: SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, last), 5060)),
        socket: 0,
        connection: None,
    }
}

pub fn parse(text: impl Into<Vec<u8>>) -> message::Message {
    message::Message::parse(Bytes::copy_from_slice(&text.into())).expect("a good message")
}

/// As it goes to the callee, with our Via.
pub fn forwarded(req: &message::Message, branch: &[u8]) -> Bytes {
    let via = ViaParams {
        protocol: Protocol::Udp,
        sent_by: "192.0.2.9:5060",
        branch,
        rport: false,
        extra: b"",
    };
    let mut out = Vec::with_capacity(2048);
    build::request(req, req.request_uri(), &via, &[], &mut out);
    Bytes::copy_from_slice(&out)
}

/// What the callee says to a forwarded request.
pub fn reply(sent: &Bytes, code: u16) -> Bytes {
    let sent = message::Message::parse(sent.clone()).expect("we wrote it");
    let mut out = Vec::new();
    let source = CALLEE.remote;
    build::reply(&sent, code, "OK", b"callee", source, false, b"", None, None, &mut out);
    Bytes::copy_from_slice(&out)
}

/// As it goes to the caller, without our Via.
pub fn upstream(rpl: &message::Message) -> Bytes {
    let mut out = Vec::with_capacity(1024);
    build::forward_reply(rpl, &[], &mut out);
    Bytes::copy_from_slice(&out)
}

/// ACK or BYE of the call.
pub fn in_dialog(n: usize, method: &str, cseq: u32) -> Bytes {
    Bytes::from(format!(
        "{method} sip:bob@192.0.2.2:5060;transport=udp SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-524287-1---{method}{n:016};rport\r\n\
         Max-Forwards: 70\r\n\
         Route: <sip:192.0.2.9:5060;lr>\r\n\
         Contact: <sip:alice@192.0.2.1:5060;transport=udp>\r\n\
         To: \"Bob\" <sip:bob@example.com>;tag=callee\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=1928301774{n}\r\n\
         Call-ID: {n:032}@192.0.2.1\r\n\
         CSeq: {cseq} {method}\r\n\
         User-Agent: Telephone of a bench 5.6.1\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

pub fn invite(n: usize) -> Bytes {
    let body = "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=audio 49172 RTP/AVP 0 8 18 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";
    Bytes::from(format!(
        "INVITE sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-524287-1---{n:016};rport\r\n\
         Max-Forwards: 70\r\n\
         Contact: <sip:alice@192.0.2.1:5060;transport=udp>\r\n\
         To: \"Bob\" <sip:bob@example.com>\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=1928301774{n}\r\n\
         Call-ID: {n:032}@192.0.2.1\r\n\
         CSeq: 1 INVITE\r\n\
         Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, SUBSCRIBE, UPDATE, MESSAGE\r\n\
         Content-Type: application/sdp\r\n\
         Supported: replaces, norefersub, extended-refer, timer, outbound, path, X-cisco-serviceuri\r\n\
         User-Agent: Telephone of a bench 5.6.1\r\n\
         Allow-Events: presence, kpml, talk\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}
