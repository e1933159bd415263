//! `t_uac_send`: a request of a script's own, outside any transaction it is in.

use crate::route::lines::header_lines;
use crate::route::{Core, Route, core};
use bytes::Bytes;
use kemist_sip::message::build::{self, NewRequest, ViaParams};
use kemist_sip::message::parser::MAX_MESSAGE;
use kemist_sip::message::{HeaderId, Message, NameAddr, Uri};
use kemist_sip::transaction::{BranchTimeouts, unique_token};
use kemist_sip::{Method, Target};

/// CSeq number where the script gives none, as in Kamailio.
const FIRST_CSEQ: u32 = 10;

/// What is added to the parts of a message: start line, Via, the headers that are ours.
const OVERHEAD: usize = 1024;

/// A request before it has a transaction.
struct Draft {
    method: String,
    uri: String,
    /// The script's header lines, behind a start line that makes a message of them.
    given: Message,
    /// Those of them that go out as they are.
    lines: Vec<u8>,
    body: String,
}

impl Route {
    /// `t_uac_send`: resolves the next hop (else the request URI) and sends; nobody waits for replies.
    pub(super) async fn uac_send(&mut self, parts: UacRequest) -> i32 {
        let next = match parts.next_hop.is_empty() {
            true => parts.uri.clone(),
            false => parts.next_hop.clone(),
        };
        let chosen = self.send_socket;
        if !parts.socket.is_empty() && !self.force_socket(parts.socket.as_bytes()) {
            return -1;
        }
        let target = match Draft::new(parts) {
            Some(draft) => self.target(next.as_bytes(), None).await.ok().map(|to| (draft, to)),
            None => None,
        };
        // the socket was for this request only
        self.send_socket = chosen;
        match target {
            Some((draft, target)) => core::with(|core| draft.send(core, target)),
            None => -1,
        }
    }
}

/// The arguments of `t_uac_send`.
pub(super) struct UacRequest {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) next_hop: String,
    pub(super) socket: String,
    pub(super) headers: String,
    pub(super) body: String,
}

impl Draft {
    /// Checks what a script gave. None where it makes no request.
    fn new(parts: UacRequest) -> Option<Draft> {
        let uri = Uri::parse(parts.uri.as_bytes()).ok()?;
        let no_transaction = matches!(Method::parse(parts.method.as_bytes()), Method::Ack | Method::Cancel);
        let fits = parts.headers.len() + parts.body.len() + parts.uri.len() + OVERHEAD <= MAX_MESSAGE;
        if !uri.is_sip() || no_transaction || !fits || !crate::route::lines::is_token(parts.method.as_bytes()) {
            return None;
        }
        let checked = match parts.headers.is_empty() {
            true => Vec::new(),
            false => header_lines(parts.headers.as_bytes())?,
        };
        // a header of its own makes it a message where the script gave none
        let text = [b"X sip:x SIP/2.0\r\nX: x\r\n", &checked[..], b"\r\n"].concat();
        let given = Message::parse(Bytes::from(text)).ok()?;
        let readable = |id| given.header(id).is_none_or(|h| NameAddr::parse(h.value()).is_ok());
        let typed = parts.body.is_empty() || given.header(HeaderId::ContentType).is_some();
        let cseq = given.header(HeaderId::CSeq).is_none() || given.cseq().is_some();
        if !readable(HeaderId::From) || !readable(HeaderId::To) || !typed || !cseq {
            return None;
        }
        let mut lines = Vec::with_capacity(checked.len());
        for header in given.headers().skip(1).filter(|header| !is_ours(header.id())) {
            let line = header.start() as usize..header.end() as usize;
            lines.extend_from_slice(given.bytes().get(line).unwrap_or_default());
        }
        Some(Draft {
            method: parts.method,
            uri: parts.uri,
            given,
            lines,
            body: parts.body,
        })
    }

    /// Writes and sends it in a transaction of its own.
    fn send(&self, core: &mut Core, target: Target) -> i32 {
        let (shared, now) = (core.shared.clone(), core.now);
        let Some(socket) = shared.sockets.get(usize::from(target.socket)) else {
            return -1;
        };
        let method = Method::parse(self.method.as_bytes());
        let write = |branch: &[u8], out: &mut Vec<u8>| {
            let token = |purpose| unique_token(&shared.secret, branch, purpose);
            let (tag, call_id) = (token("from tag"), token("call id"));
            let own_uri = format!("<{}>", socket.uri);
            let to_uri = format!("<{}>", self.uri);
            let value = |id| self.given.header(id).map(|header| header.value());
            let tagged = self.given.from().is_some_and(|from| from.tag().is_some());
            let parts = NewRequest {
                method: self.method.as_bytes(),
                uri: self.uri.as_bytes(),
                from: value(HeaderId::From).unwrap_or(own_uri.as_bytes()),
                from_tag: if tagged { b"" } else { &tag[..16] },
                to: value(HeaderId::To).unwrap_or(to_uri.as_bytes()),
                call_id: self.given.call_id().unwrap_or(&call_id),
                cseq: self.given.cseq().map_or(FIRST_CSEQ, |cseq| cseq.number),
                contact: value(HeaderId::Contact).or(forms_dialog(method).then_some(own_uri.as_bytes())),
                headers: &self.lines,
                body: self.body.as_bytes(),
            };
            let via = ViaParams {
                protocol: target.protocol,
                sent_by: &socket.sent_by,
                branch,
                rport: false,
                extra: b"",
            };
            build::new_request(&parts, &via, out);
        };
        let sent = core
            .layer
            .send_request(method, target, 0, BranchTimeouts::default(), now, write);
        if sent.is_ok() { 1 } else { -1 }
    }
}

/// Headers that are written from their values.
fn is_ours(id: HeaderId) -> bool {
    use HeaderId::*;
    matches!(id, From | To | CallId | CSeq | MaxForwards | Contact)
}

/// Methods whose requests need a Contact (RFC 3261 8.1.1.8, RFC 6665, RFC 3515, RFC 3311).
fn forms_dialog(method: Method) -> bool {
    matches!(
        method,
        Method::Invite | Method::Subscribe | Method::Notify | Method::Refer | Method::Update
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;
    use kemist_bindings::kemi::ksr::tm::Host;
    use kemist_sip::transaction::ReplyMatch;
    use std::sync::Arc;

    fn send(method: &str, uri: &str, next_hop: &str, socket: &str, headers: &str, body: &str) -> (i32, Vec<String>) {
        let mut route = testing::request(testing::INVITE);
        let [method, uri, next_hop, socket, headers, body] =
            [method, uri, next_hop, socket, headers, body].map(str::to_owned);
        let code = testing::block_on(route.t_uac_send(method, uri, next_hop, socket, headers, body));
        assert_eq!(route.send_socket, None);
        let sent = testing::sent();
        let text = |t: &kemist_sip::Transmit| format!("{} {}", t.target.remote, String::from_utf8_lossy(&t.bytes));
        (code, sent.iter().map(text).collect())
    }

    #[test]
    fn a_request_of_a_scripts_own() {
        let headers = "From: \"Box\" <sip:box@example.com>\r\nTo: <sip:bob@example.com>\r\nX-Why: because\r\n\
            Max-Forwards: 3\r\nContent-Type: text/plain\r\nCSeq: 4 MESSAGE";
        let (code, sent) = send(
            "MESSAGE",
            "sip:bob@192.0.2.20",
            "sip:192.0.2.30:5070",
            "",
            headers,
            "hi",
        );
        assert_eq!((code, sent.len()), (1, 1));
        let text = &sent[0];
        for part in [
            "192.0.2.30:5070 MESSAGE sip:bob@192.0.2.20 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK",
            "\r\nMax-Forwards: 70\r\nFrom: \"Box\" <sip:box@example.com>;tag=",
            "\r\nTo: <sip:bob@example.com>\r\nCall-ID: ",
            "\r\nCSeq: 4 MESSAGE\r\nX-Why: because\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert_eq!(text.matches("CSeq").count() + text.matches("Max-Forwards").count(), 2);
    }

    #[test]
    fn what_is_not_given_is_made_up() {
        let (code, sent) = send("SUBSCRIBE", "sip:bob@192.0.2.20", "", "udp:127.0.0.1:5060", "", "");
        assert_eq!(code, 1);
        for part in [
            "192.0.2.20:5060 SUBSCRIBE sip:bob@192.0.2.20 SIP/2.0\r\n",
            "\r\nFrom: <sip:127.0.0.1:5060>;tag=",
            "\r\nTo: <sip:bob@192.0.2.20>\r\n",
            "\r\nCSeq: 10 SUBSCRIBE\r\nContact: <sip:127.0.0.1:5060>\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert!(sent[0].contains(part), "{part:?} in {}", sent[0]);
        }
        let (_, again) = send("OPTIONS", "sip:bob@192.0.2.20", "", "", "From: <sip:a@b>;tag=mine", "");
        assert!(again[0].contains("From: <sip:a@b>;tag=mine\r\n"));
        assert!(!again[0].contains("Contact"));
    }

    #[test]
    fn what_makes_no_request_is_refused() {
        let uri = "sip:bob@192.0.2.20";
        for (method, uri, socket, headers, body) in [
            ("ACK", uri, "", "", ""),
            ("CANCEL", uri, "", "", ""),
            ("IN VITE", uri, "", "", ""),
            ("", uri, "", "", ""),
            ("OPTIONS", "tel:+1555", "", "", ""),
            ("OPTIONS", "sip:bob@192.0.2.20\r\nX: y", "", "", ""),
            ("OPTIONS", "sip:bob@nowhere.example.com", "", "", ""),
            ("OPTIONS", uri, "udp:192.0.2.99:5060", "", ""),
            ("OPTIONS", uri, "", "no header", ""),
            ("OPTIONS", uri, "", "Via: SIP/2.0/UDP 192.0.2.66", ""),
            ("OPTIONS", uri, "", "X: y\r\n\r\nINVITE", ""),
            ("OPTIONS", uri, "", "From: \"open", ""),
            ("OPTIONS", uri, "", "CSeq: many OPTIONS", ""),
            ("MESSAGE", uri, "", "X: y", "a body of no type"),
        ] {
            let (code, sent) = send(method, uri, "", socket, headers, body);
            assert_eq!((code, sent.len()), (-1, 0), "{method} {uri} {socket} {headers} {body}");
        }
    }

    #[test]
    fn its_reply_finds_it() {
        let (_, sent) = send("OPTIONS", "sip:bob@192.0.2.20", "", "", "", "");
        let (_, text) = sent[0].split_once(' ').expect("an address first");
        let reply = text.replacen("OPTIONS sip:bob@192.0.2.20 SIP/2.0", "SIP/2.0 200 OK", 1);
        let reply = Arc::new(Message::parse(Bytes::from(reply)).expect("a reply"));
        core::with(|core| {
            let now = core.now;
            assert!(matches!(
                core.layer.receive_reply(&reply, now),
                ReplyMatch::Own { tag: 0, .. }
            ));
            assert_eq!(core.layer.receive_reply(&reply, now), ReplyMatch::Absorbed);
        });
    }
}
