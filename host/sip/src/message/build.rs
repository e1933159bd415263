//! What is written: forwarded requests and replies; replies and requests of our own, CANCEL and ACK.
//!
//! Everything is appended to a buffer of the caller, which keeps it between messages.

pub use self::new_request::{NewRequest, new_request};
pub use self::own::{ack, cancel, reply};
pub use self::target::{reply_target, via_target};

mod new_request;
mod own;
mod target;

use super::edits::{Digits, Plan};
use super::{Edits, Header, HeaderId, Message, list};
use crate::Protocol;
use smallvec::SmallVec;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};

/// The Via a forwarded request gets.
#[derive(Clone, Copy, Debug)]
pub struct ViaParams<'a> {
    /// The transport the request leaves by.
    pub protocol: Protocol,
    /// `host` or `host:port`; IPv6 addresses in brackets.
    pub sent_by: &'a str,
    /// With its magic cookie.
    pub branch: &'a [u8],
    /// Whether to ask for `rport` (RFC 3581).
    pub rport: bool,
    /// More parameters, each with its `;` in front.
    pub extra: &'a [u8],
}

impl ViaParams<'_> {
    fn line(&self) -> Line<192> {
        let mut line = Line::new();
        line.put(b"Via: SIP/2.0/");
        line.put(self.protocol.via_name().as_bytes());
        line.put(b" ");
        line.put(self.sent_by.as_bytes());
        line.put(b";branch=");
        line.put(self.branch);
        line.put(if self.rport { b";rport" } else { b"" });
        line.put(self.extra);
        line.put(b"\r\n");
        line
    }
}

/// A line put together on the stack; a longer one on the heap.
struct Line<const N: usize> {
    short: [u8; N],
    len: usize,
    long: Vec<u8>,
}

impl<const N: usize> Line<N> {
    fn new() -> Self {
        Line {
            short: [0; N],
            len: 0,
            long: Vec::new(),
        }
    }

    #[inline]
    fn put(&mut self, part: &[u8]) {
        let end = self.len + part.len();
        match self.short.get_mut(self.len..end) {
            Some(room) => room.copy_from_slice(part),
            None => self.put_long(part),
        }
        self.len = end;
    }

    /// What has no room, and all after it.
    #[cold]
    fn put_long(&mut self, part: &[u8]) {
        if self.long.is_empty() {
            self.long.extend_from_slice(&self.short[..self.len]);
        }
        self.long.extend_from_slice(part);
    }

    fn as_slice(&self) -> &[u8] {
        match self.short.get(..self.len) {
            Some(short) => short,
            None => &self.long,
        }
    }
}

/// Writes a request to be forwarded: `uri` as its request URI, our Via in front of all headers, the
/// changes of `lists`.
///
/// Content-Length is corrected where the body is changed, and written where it is missing and the
/// request leaves by a stream (RFC 3261 16.6, step 9). Nothing else is touched.
pub fn request(msg: &Message, uri: &[u8], via: &ViaParams<'_>, lists: &[&Edits], out: &mut Vec<u8>) {
    let line = via.line();
    let mut length = Correction::default();
    let mut plan = Plan::new();
    let (start, end) = msg.request_uri_span();
    if uri != msg.request_uri() {
        plan.add(start, end - start, uri);
    }
    plan.add(msg.first_header_offset(), 0, line.as_slice());
    plan.add_lists(lists);
    length.correct(msg, &mut plan, via.protocol.is_reliable());
    plan.write(msg.bytes(), out);
}

/// Writes a message as its changes make it, with `uri` as its request URI where one is given.
///
/// Content-Length is corrected where the body is changed. Nothing else is touched.
pub fn changed(msg: &Message, uri: Option<&[u8]>, lists: &[&Edits], out: &mut Vec<u8>) {
    let mut length = Correction::default();
    let mut plan = Plan::new();
    if let Some(uri) = uri {
        let (start, end) = msg.request_uri_span();
        plan.add(start, end - start, uri);
    }
    plan.add_lists(lists);
    length.correct(msg, &mut plan, false);
    plan.write(msg.bytes(), out);
}

/// Writes a reply to be forwarded, without its top Via value; the others of a list stay.
///
/// Content-Length is corrected where the body is changed, and written where it is missing: the Via
/// below ours may be a stream's.
pub fn forward_reply(rpl: &Message, lists: &[&Edits], out: &mut Vec<u8>) {
    let mut length = Correction::default();
    let mut plan = Plan::new();
    if let Some(header) = rpl.header(HeaderId::Via) {
        let value = header.value();
        let end = list::element_end(value);
        let (from, to) = match value.get(end + 1..) {
            Some(rest) => {
                let next = value.len() - super::lexical::trim_start(rest).len();
                (header.value_start(), header.value_start() + next as u32)
            }
            None => (header.start(), header.end()),
        };
        plan.add(from, to - from, &[]);
    }
    plan.add_lists(lists);
    length.correct(rpl, &mut plan, true);
    plan.write(rpl.bytes(), out);
}

/// What has to become of Content-Length; lives outside of the plan that borrows it.
#[derive(Default)]
struct Correction {
    line: SmallVec<[u8; 32]>,
}

impl Correction {
    /// Adds what is needed to the plan; `required`: also where the body is as it came.
    fn correct<'a>(&'a mut self, msg: &Message, plan: &mut Plan<'a>, required: bool) {
        let header = msg.header(HeaderId::ContentLength);
        let length = match plan.length_after(msg.body_offset() as usize, msg.bytes()) {
            Some(length) => length,
            None if required && header.is_none() => msg.body().len(),
            None => return,
        };
        // A body is bounded by memory far below 4 GiB (Edits refuses to grow further).
        let mut digits = Digits::new();
        let digits = digits.write(length as u32);
        let Some(header) = header else {
            for part in [&b"Content-Length: "[..], digits, b"\r\n"] {
                self.line.extend_from_slice(part);
            }
            plan.add(msg.headers_end(), 0, &self.line);
            return;
        };
        self.line.extend_from_slice(digits);
        plan.add(
            header.value_start(),
            header.value_end() - header.value_start(),
            &self.line,
        );
        for repeated in msg.headers_of(HeaderId::ContentLength).skip(1) {
            plan.add(repeated.start(), repeated.end() - repeated.start(), &[]);
        }
    }
}

/// Notes in the top Via where a request came from (RFC 3261 18.2.1, RFC 3581 section 4).
///
/// `received` is written where the sent-by host is not the source address, or `rport` is asked for;
/// `rport` where it is asked for or `force_rport`. What the sender itself wrote there is replaced.
pub fn received(msg: &Message, source: SocketAddr, force_rport: bool, edits: &mut Edits) {
    for change in Changes::new(msg, source, force_rport).0 {
        edits.replace_with(change.at, change.delete, |out| change.write(out));
    }
}

/// The changes of [`received`]: at most one for each parameter.
struct Changes(SmallVec<[Change; 2]>);

struct Change {
    at: u32,
    delete: u32,
    /// What is in front of the parameter.
    separator: &'static str,
    noted: Noted,
}

enum Noted {
    Received(IpAddr),
    Rport(u16),
}

impl Changes {
    fn new(msg: &Message, source: SocketAddr, force_rport: bool) -> Self {
        let mut changes = Changes(SmallVec::new());
        let (Some(header), Some(place), Some(via)) = (msg.header(HeaderId::Via), msg.via_place(), msg.via()) else {
            return changes;
        };
        let value = super::lexical::trim_end(&header.value()[..usize::from(place.end) - header.value_start() as usize]);
        let end = header.value_start() + value.len() as u32;
        // A trailing semicolon is as good as our own.
        let separator = if value.last() == Some(&b';') { "" } else { ";" };

        let ip = source.ip().to_canonical();
        let rport = force_rport || place.rport.place().is_some();
        let written = place.received.place();
        if rport || written.is_some() || super::lexical::host_ip(via.host) != Some(ip) {
            changes.put(written, end, separator, Noted::Received(ip));
        }
        if rport {
            let separator = if changes.0.last().is_some_and(|c| c.delete == 0) {
                ";"
            } else {
                separator
            };
            changes.put(place.rport.place(), end, separator, Noted::Rport(source.port()));
        }
        changes
    }

    /// Writes a field's value with the changes that are within it.
    fn write(mut self, header: Header<'_>, out: &mut Vec<u8>) {
        // those that are written at the end have come in order
        if let [first, second] = &mut self.0[..]
            && second.at < first.at
        {
            std::mem::swap(first, second);
        }
        let (value, mut done) = (header.value(), 0);
        for change in &self.0 {
            let at = change.at.saturating_sub(header.value_start()) as usize;
            out.extend_from_slice(value.get(done..at).unwrap_or_default());
            change.write(out);
            done = at + change.delete as usize;
        }
        out.extend_from_slice(value.get(done..).unwrap_or_default());
    }

    fn put(&mut self, written: Option<(u32, u32)>, end: u32, separator: &'static str, noted: Noted) {
        let ((at, delete), separator) = match written {
            Some(place) => (place, ""),
            None => ((end, 0), separator),
        };
        self.0.push(Change {
            at,
            delete,
            separator,
            noted,
        });
    }
}

impl Change {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.separator.as_bytes());
        match self.noted {
            Noted::Received(ip) => {
                out.extend_from_slice(b"received=");
                write_ip(ip, out);
            }
            Noted::Rport(port) => {
                out.extend_from_slice(b"rport=");
                out.extend_from_slice(Digits::new().write(port.into()));
            }
        }
    }
}

/// Without the formatting machinery where it is an IPv4 address: every reply of our own has one.
fn write_ip(ip: IpAddr, out: &mut Vec<u8>) {
    match ip {
        IpAddr::V4(ip) => {
            for (place, octet) in ip.octets().into_iter().enumerate() {
                if place > 0 {
                    out.push(b'.');
                }
                match octet {
                    100.. => out.extend_from_slice(&[b'0' + octet / 100, b'0' + octet / 10 % 10, b'0' + octet % 10]),
                    10.. => out.extend_from_slice(&[b'0' + octet / 10, b'0' + octet % 10]),
                    _ => out.push(b'0' + octet),
                }
            }
        }
        // Writing to memory cannot fail.
        IpAddr::V6(ip) => write!(out, "{ip}").unwrap_or_default(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use bytes::Bytes;

    pub(crate) fn message(text: &str) -> Message {
        Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    pub(crate) fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    pub(crate) const INVITE: &str = "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa;rport\r\n\
        Max-Forwards: 70\r\nRoute: <sip:p;lr>\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\n\
        Record-Route: <sip:q;lr>\r\nContent-Length: 3\r\n\r\nabc";

    const VIA: ViaParams<'_> = ViaParams {
        protocol: Protocol::Udp,
        sent_by: "p:5060",
        branch: b"z9hG4bKx",
        rport: true,
        extra: b";i=1",
    };

    fn source(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_forwarded_request_differs_only_where_it_must() {
        let msg = message(INVITE);
        let got = text(|out| request(&msg, b"sip:c@d", &VIA, &[], out));
        let line = "SIP/2.0\r\nVia: SIP/2.0/UDP p:5060;branch=z9hG4bKx;rport;i=1\r\n";
        assert_eq!(
            got,
            INVITE
                .replacen("sip:b@h", "sip:c@d", 1)
                .replacen("SIP/2.0\r\n", line, 1)
        );
    }

    #[test]
    fn content_length_follows_the_body() {
        let msg = message(INVITE);
        let mut edits = Edits::new();
        edits.replace(msg.body_offset(), 1, b"12345678");
        let got = text(|out| request(&msg, b"sip:b@h", &VIA, &[&edits], out));
        assert!(got.ends_with("Content-Length: 10\r\n\r\n12345678bc"), "{got}");
        let msg = message(&INVITE.replace("Content-Length: 3\r\n", ""));
        let got = text(|out| request(&msg, b"sip:b@h", &VIA, &[], out));
        assert!(!got.contains("Content-Length"));
        let tcp = ViaParams {
            protocol: Protocol::Tcp,
            ..VIA
        };
        let got = text(|out| request(&msg, b"sip:b@h", &tcp, &[], out));
        assert!(got.ends_with("Content-Length: 3\r\n\r\nabc"), "{got}");
        let mut edits = Edits::new();
        edits.insert(msg.headers_end(), b"X: y\r\n");
        let got = text(|out| request(&msg, b"sip:b@h", &VIA, &[&edits], out));
        assert!(got.ends_with("X: y\r\n\r\nabc"), "{got}");
    }

    #[test]
    fn the_source_is_noted_in_the_top_via() {
        for (via, from, force, expected) in [
            (
                "h:5070;branch=b",
                "192.0.2.9:7000",
                false,
                "h:5070;branch=b;received=192.0.2.9",
            ),
            ("192.0.2.9;branch=b", "192.0.2.9:7000", false, "192.0.2.9;branch=b"),
            (
                "192.0.2.9;rport;branch=b",
                "192.0.2.9:7000",
                false,
                "192.0.2.9;rport=7000;branch=b;received=192.0.2.9",
            ),
            (
                "192.0.2.9",
                "192.0.2.9:7000",
                true,
                "192.0.2.9;received=192.0.2.9;rport=7000",
            ),
            (
                "h;received=1.2.3.4;rport=1",
                "192.0.2.9:7",
                false,
                "h;received=192.0.2.9;rport=7",
            ),
            (
                "[2001:db8::1]:5060;a;",
                "[2001:db8::2]:7",
                true,
                "[2001:db8::1]:5060;a;received=2001:db8::2;rport=7",
            ),
            (
                "h;x, SIP/2.0/UDP i",
                "[::ffff:192.0.2.9]:7",
                false,
                "h;x;received=192.0.2.9, SIP/2.0/UDP i",
            ),
        ] {
            let msg = message(&format!("INFO sip:b SIP/2.0\r\nv: SIP/2.0/UDP {via}\r\n\r\n"));
            let mut edits = Edits::new();
            received(&msg, source(from), force, &mut edits);
            let got = text(|out| super::super::edits::apply(msg.bytes(), &[&edits], out));
            assert_eq!(got, format!("INFO sip:b SIP/2.0\r\nv: SIP/2.0/UDP {expected}\r\n\r\n"));
        }
    }

    #[test]
    fn a_forwarded_reply_loses_one_via_value() {
        for (vias, left) in [
            (
                "Via: SIP/2.0/UDP p;branch=x\r\nVia: SIP/2.0/UDP q\r\n",
                "Via: SIP/2.0/UDP q\r\n",
            ),
            (
                "v: SIP/2.0/UDP p ,\r\n SIP/2.0/UDP q, SIP/2.0/UDP r\r\n",
                "v: SIP/2.0/UDP q, SIP/2.0/UDP r\r\n",
            ),
        ] {
            let rpl = message(&format!("SIP/2.0 200 OK\r\n{vias}CSeq: 1 BYE\r\nl: 0\r\n\r\n"));
            let got = text(|out| forward_reply(&rpl, &[], out));
            assert_eq!(got, format!("SIP/2.0 200 OK\r\n{left}CSeq: 1 BYE\r\nl: 0\r\n\r\n"));
        }
    }
}
