//! Messages that are ours, made from the parts of another one.

use super::Changes;
use crate::message::edits::Digits;
use crate::message::lexical::find_any;
use crate::message::{Header, HeaderId, Message, Method, list};
use std::net::SocketAddr;

/// Writes a reply of our own (RFC 3261 8.2.6), with what there is of a bad request.
///
/// All Via, From, To, Call-ID and CSeq are copied; Record-Route where the reply forms a dialog;
/// Timestamp into a 100. `to_tag` is used where To has no tag and the code is above 100. The top Via
/// says where the request came from, as by [`super::received`]. `extra_headers` are whole lines; `body`
/// is its content type and its bytes.
#[allow(
    clippy::too_many_arguments,
    reason = "each is one part of the reply; hosts have wrappers"
)]
pub fn reply(
    req: &Message,
    code: u16,
    reason: &str,
    to_tag: &[u8],
    source: SocketAddr,
    force_rport: bool,
    extra_headers: &[u8],
    body: Option<(&str, &[u8])>,
    server: Option<&str>,
    out: &mut Vec<u8>,
) {
    out.reserve(req.headers_end() as usize + extra_headers.len() + body.map_or(0, |(_, b)| b.len()) + 128);
    out.extend_from_slice(b"SIP/2.0 ");
    out.extend_from_slice(Digits::new().write(code.into()));
    out.push(b' ');
    text(reason.as_bytes(), out);
    out.extend_from_slice(b"\r\n");
    vias(req, source, force_rport, out);
    copy(req.header(HeaderId::From), out);
    to(req, if code > 100 { to_tag } else { b"" }, out);
    copy(req.header(HeaderId::CallId), out);
    copy(req.header(HeaderId::CSeq), out);
    if forms_dialog(req.method()) && matches!(code, 101..=299) {
        req.headers_of(HeaderId::RecordRoute).for_each(|h| copy(Some(h), out));
    }
    if code == 100 {
        copy(req.headers_named(b"Timestamp").next(), out);
    }
    out.extend_from_slice(extra_headers);
    if !extra_headers.is_empty() && extra_headers.last() != Some(&b'\n') {
        out.extend_from_slice(b"\r\n");
    }
    if let Some(server) = server {
        line("Server", server.as_bytes(), out);
    }
    if let Some((content_type, _)) = body {
        line("Content-Type", content_type.as_bytes(), out);
    }
    let body = body.map_or(&[][..], |(_, bytes)| bytes);
    if body.is_empty() {
        return out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    }
    line("Content-Length", Digits::new().write(body.len() as u32), out);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

/// Writes the CANCEL of an INVITE as it was sent on a branch (RFC 3261 9.1): its request URI, top Via,
/// From, To, Call-ID, CSeq number and Route. `reason` is the value of a Reason header (RFC 3326).
pub fn cancel(sent: &Message, reason: Option<&[u8]>, out: &mut Vec<u8>) {
    begin(sent, Method::Cancel, out);
    copy(sent.header(HeaderId::To), out);
    finish(sent, Method::Cancel, reason, out);
}

/// Writes the ACK of a negative final reply to an INVITE as it was sent (RFC 3261 17.1.1.3): as
/// [`cancel`], with the To of the reply.
pub fn ack(sent: &Message, reply: &Message, out: &mut Vec<u8>) {
    begin(sent, Method::Ack, out);
    copy(reply.header(HeaderId::To).or(sent.header(HeaderId::To)), out);
    finish(sent, Method::Ack, None, out);
}

fn begin(sent: &Message, method: Method, out: &mut Vec<u8>) {
    out.reserve(sent.headers_end() as usize + 64);
    for part in [method.name().as_bytes(), b" ", sent.request_uri(), b" SIP/2.0\r\n"] {
        out.extend_from_slice(part);
    }
    if let Some(via) = sent.header(HeaderId::Via) {
        let value = via.value();
        line("Via", &value[..list::element_end(value)], out);
    }
    line("Max-Forwards", b"70", out);
    sent.headers_of(HeaderId::Route).for_each(|h| copy(Some(h), out));
    copy(sent.header(HeaderId::From), out);
}

fn finish(sent: &Message, method: Method, reason: Option<&[u8]>, out: &mut Vec<u8>) {
    copy(sent.header(HeaderId::CallId), out);
    let number = sent.cseq().map_or(0, |c| c.number);
    out.extend_from_slice(b"CSeq: ");
    out.extend_from_slice(Digits::new().write(number));
    out.push(b' ');
    out.extend_from_slice(method.name().as_bytes());
    out.extend_from_slice(b"\r\n");
    if let Some(reason) = reason {
        line("Reason", reason, out);
    }
    out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
}

/// Methods whose 2xx and 18x carry the route set back (RFC 3261 12.1.1, RFC 6665 4.2.1, RFC 3515).
fn forms_dialog(method: Method) -> bool {
    matches!(
        method,
        Method::Invite | Method::Subscribe | Method::Notify | Method::Refer
    )
}

fn vias(req: &Message, source: SocketAddr, force_rport: bool, out: &mut Vec<u8>) {
    let mut changes = Some(Changes::new(req, source, force_rport));
    for header in req.headers_of(HeaderId::Via) {
        let Some(changes) = changes.take() else {
            copy(Some(header), out);
            continue;
        };
        out.extend_from_slice(header.name());
        out.extend_from_slice(b": ");
        changes.write(header, out);
        out.extend_from_slice(b"\r\n");
    }
}

fn to(req: &Message, tag: &[u8], out: &mut Vec<u8>) {
    let Some(header) = req.header(HeaderId::To) else { return };
    // To what cannot be read nothing is added.
    if tag.is_empty() || req.to().is_none() || req.to_tag().is_some() {
        return copy(Some(header), out);
    }
    out.extend_from_slice(header.name());
    out.extend_from_slice(b": ");
    out.extend_from_slice(header.value());
    out.extend_from_slice(b";tag=");
    out.extend_from_slice(tag);
    out.extend_from_slice(b"\r\n");
}

fn copy(header: Option<Header<'_>>, out: &mut Vec<u8>) {
    let Some(header) = header else { return };
    if let Some(line) = header.plain_line() {
        out.extend_from_slice(line);
    } else {
        for part in [header.name(), b": ", header.value(), b"\r\n"] {
            out.extend_from_slice(part);
        }
    }
}

pub(super) fn line(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    text(value, out);
    out.extend_from_slice(b"\r\n");
}

/// Line ends in what a script gives would begin a header of their own; folds become spaces.
pub(super) fn text(value: &[u8], out: &mut Vec<u8>) {
    if find_any(value, [b'\r', b'\n']).is_some() {
        out.extend(value.iter().map(|b| if matches!(b, b'\r' | b'\n') { b' ' } else { *b }));
    } else {
        out.extend_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{INVITE, message, text as written};
    use super::*;

    fn source() -> SocketAddr {
        "192.0.2.9:7000".parse().unwrap()
    }

    #[test]
    fn a_reply_of_our_own() {
        let req = message(INVITE);
        let got = written(|out| {
            reply(
                &req,
                183,
                "Session\r\nX: y",
                b"t9",
                source(),
                false,
                b"X: 1\r\n",
                Some(("a/b", b"hi")),
                Some("k"),
                out,
            );
        });
        assert_eq!(
            got,
            "SIP/2.0 183 Session  X: y\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa;rport=7000;received=192.0.2.9\r\n\
             From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=t9\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\nRecord-Route: <sip:q;lr>\r\n\
             X: 1\r\nServer: k\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi"
        );
        let got = written(|out| reply(&req, 100, "Trying", b"t9", source(), false, b"", None, None, out));
        assert!(
            got.contains("To: <sip:b@h>\r\n") && !got.contains("Record-Route"),
            "{got}"
        );
    }

    #[test]
    fn a_bad_request_is_answered_with_what_there_is() {
        let req = message("INVITE sip:b SIP/2.0\r\nTo: \"open <sip:b@h>\r\nvia: SIP/2.0/UDP a, SIP/2.0/UDP b");
        let got = written(|out| reply(&req, 400, "Bad", b"t", source(), true, b"", None, None, out));
        assert_eq!(
            got,
            "SIP/2.0 400 Bad\r\nvia: SIP/2.0/UDP a;received=192.0.2.9;rport=7000, SIP/2.0/UDP b\r\n\
             To: \"open <sip:b@h>\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn cancel_and_ack_belong_to_the_branch() {
        let sent = message(&INVITE.replacen("Via:", "Via: SIP/2.0/UDP p;branch=z9hG4bKp\r\nVia:", 1));
        let got = written(|out| cancel(&sent, Some(b"SIP;cause=200"), out));
        assert_eq!(
            got,
            "CANCEL sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP p;branch=z9hG4bKp\r\nMax-Forwards: 70\r\nRoute: <sip:p;lr>\r\n\
             From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 7 CANCEL\r\nReason: SIP;cause=200\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let rpl = message("SIP/2.0 486 Busy\r\nTo: <sip:b@h>;tag=z\r\n\r\n");
        let got = written(|out| ack(&sent, &rpl, out));
        assert!(
            got.starts_with("ACK sip:b@h SIP/2.0\r\n")
                && got.contains("To: <sip:b@h>;tag=z\r\nCall-ID: x\r\nCSeq: 7 ACK\r\n")
        );
    }
}
