//! The messages of one caller's port.

use super::Kind;
use crate::message::{BRANCH, INDEX, Template, USER};
use std::net::SocketAddrV4;

/// Steps, as the branch of their Via ends: the ACK to a 2xx has a transaction of its own.
pub(super) const FIRST: u8 = b'1';
pub(super) const SECOND: u8 = b'2';
const ACK: u8 = b'0';

/// A contact behind NAT, so that the routing's tests for it find something.
const PRIVATE: &str = "192.168.178.98";

pub(super) struct Texts {
    options: Template,
    register: Template,
    invite: Template,
    /// The second REGISTER around its Authorization.
    pub register_head: Template,
    pub register_tail: Template,
    pub register_uri: String,
    /// Via and From with its tag, for requests within the dialog; what follows To.
    pub ack: [Template; 2],
    pub bye: [Template; 2],
    pub from: Template,
    /// The ACK to a negative reply, around its To.
    pub refused: [Template; 2],
}

impl Texts {
    pub fn new(server: SocketAddrV4, port: u16, callee: u16, run: u32) -> Texts {
        let host = server.ip();
        let via = |step: u8| {
            let step = char::from(step);
            format!("Via: SIP/2.0/UDP {host}:{port};branch={BRANCH}{run:08x}{INDEX}{step}\r\n")
        };
        let call_id = format!("Call-ID: {INDEX}-{run:08x}@{host}\r\n");
        let from = format!("From: <sip:caller@{server}>;tag={run:08x}c{INDEX}\r\n");
        let end = "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
        let register = |step, cseq| {
            format!(
                "REGISTER sip:{server} SIP/2.0\r\n{}\
                 From: <sip:u{USER}@{host}>;tag={run:08x}a{INDEX}\r\nTo: <sip:u{USER}@{host}>\r\n{call_id}\
                 CSeq: {cseq} REGISTER\r\nContact: <sip:u{USER}@{PRIVATE}:{port}>\r\n",
                via(step)
            )
        };
        let register_end = "Max-Forwards: 70\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n";
        let body = sdp("caller", 30_000);
        let to_callee = format!("sip:callee@{host}:{callee}");
        Texts {
            options: Template::new(&format!(
                "OPTIONS sip:{server} SIP/2.0\r\n{}From: <sip:ping@{host}>;tag={run:08x}o{INDEX}\r\n\
                 To: <sip:{server}>\r\n{call_id}CSeq: 1 OPTIONS\r\nContact: <sip:ping@{host}:{port}>\r\n{end}",
                via(FIRST)
            )),
            register: Template::new(&format!("{}{register_end}", register(FIRST, 1))),
            invite: Template::new(&format!(
                "INVITE {to_callee} SIP/2.0\r\n{}{from}To: <{to_callee}>\r\n{call_id}CSeq: 1 INVITE\r\n\
                 Contact: <sip:caller@{host}:{port}>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                via(FIRST),
                body.len()
            )),
            register_head: Template::new(&register(SECOND, 2)),
            register_tail: Template::new(register_end),
            register_uri: format!("sip:{server}"),
            ack: [
                Template::new(&via(ACK)),
                Template::new(&format!("{call_id}CSeq: 1 ACK\r\n{end}")),
            ],
            bye: [
                Template::new(&via(SECOND)),
                Template::new(&format!("{call_id}CSeq: 2 BYE\r\n{end}")),
            ],
            refused: [
                Template::new(&format!("ACK {to_callee} SIP/2.0\r\n{}{from}", via(FIRST))),
                Template::new(&format!("{call_id}CSeq: 1 ACK\r\n{end}")),
            ],
            from: Template::new(&from),
        }
    }

    pub fn first(&self, kind: Kind) -> &Template {
        match kind {
            Kind::Options => &self.options,
            Kind::Register => &self.register,
            Kind::Call => &self.invite,
        }
    }
}

/// A session description of one audio stream.
pub(super) fn sdp(who: &str, port: u16) -> String {
    format!(
        "v=0\r\no={who} 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n\
         a=rtpmap:0 PCMU/8000\r\n"
    )
}
