//! A request that nobody sent us: made from its parts.

use super::ViaParams;
use super::own::{line, text};
use crate::message::edits::Digits;

/// The parts of a request of our own (RFC 3261 8.1.1). Line ends in any of them become spaces, but in
/// `headers` and `body`.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The request URI.
    pub uri: &'a [u8],
    /// Value of From: a URI in angle brackets, with or without a name.
    pub from: &'a [u8],
    /// Its tag; empty where the value has one.
    pub from_tag: &'a [u8],
    /// Value of To, with a tag inside a dialog.
    pub to: &'a [u8],
    /// Value of Call-ID.
    pub call_id: &'a [u8],
    /// Number of the CSeq.
    pub cseq: u32,
    /// Value of Contact, where there is one.
    pub contact: Option<&'a [u8]>,
    /// More headers as whole lines: Route, Content-Type and whatever else. None of those above, nor Via,
    /// Max-Forwards or Content-Length.
    pub headers: &'a [u8],
    /// The body, may be empty.
    pub body: &'a [u8],
}

/// Writes a request of our own: the parts, Via, Max-Forwards 70 and Content-Length.
pub fn new_request(parts: &NewRequest<'_>, via: &ViaParams<'_>, out: &mut Vec<u8>) {
    out.reserve(512 + parts.headers.len() + parts.body.len());
    text(parts.method, out);
    out.push(b' ');
    text(parts.uri, out);
    out.extend_from_slice(b" SIP/2.0\r\n");
    out.extend_from_slice(via.line().as_slice());
    line("Max-Forwards", b"70", out);
    out.extend_from_slice(b"From: ");
    text(parts.from, out);
    if !parts.from_tag.is_empty() {
        out.extend_from_slice(b";tag=");
        text(parts.from_tag, out);
    }
    out.extend_from_slice(b"\r\n");
    line("To", parts.to, out);
    line("Call-ID", parts.call_id, out);
    out.extend_from_slice(b"CSeq: ");
    out.extend_from_slice(Digits::new().write(parts.cseq));
    out.push(b' ');
    text(parts.method, out);
    out.extend_from_slice(b"\r\n");
    if let Some(contact) = parts.contact {
        line("Contact", contact, out);
    }
    out.extend_from_slice(parts.headers);
    if !parts.headers.is_empty() && parts.headers.last() != Some(&b'\n') {
        out.extend_from_slice(b"\r\n");
    }
    // no body is near 4 GiB
    line("Content-Length", Digits::new().write(parts.body.len() as u32), out);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(parts.body);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{message, text as written};
    use super::*;
    use crate::Protocol;
    use crate::message::validation;

    #[test]
    fn a_request_from_its_parts() {
        let parts = NewRequest {
            method: b"MESSAGE",
            uri: b"sip:bob@192.0.2.4",
            from: b"<sip:proxy@example.com>",
            from_tag: b"f1",
            to: b"<sip:bob@example.com>\r\nX: y",
            call_id: b"c1@proxy",
            cseq: 10,
            contact: Some(b"<sip:192.0.2.9>"),
            headers: b"Route: <sip:192.0.2.5;lr>\r\nContent-Type: text/plain",
            body: b"hello",
        };
        let via = ViaParams {
            protocol: Protocol::Udp,
            sent_by: "192.0.2.9:5070",
            branch: b"z9hG4bKx",
            rport: false,
            extra: b"",
        };
        let got = written(|out| new_request(&parts, &via, out));
        assert_eq!(
            got,
            "MESSAGE sip:bob@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKx\r\n\
             Max-Forwards: 70\r\nFrom: <sip:proxy@example.com>;tag=f1\r\nTo: <sip:bob@example.com>  X: y\r\n\
             Call-ID: c1@proxy\r\nCSeq: 10 MESSAGE\r\nContact: <sip:192.0.2.9>\r\nRoute: <sip:192.0.2.5;lr>\r\n\
             Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
        );
        let parts = NewRequest {
            to: b"<sip:bob@example.com>",
            ..parts
        };
        let got = written(|out| new_request(&parts, &via, out));
        assert!(validation::minimum(&message(&got)).is_ok());
    }
}
