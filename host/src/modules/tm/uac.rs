//! `t_uac_send`: a request of a script's own, outside any transaction it is in.

use crate::route::lines::is_token;
use crate::route::own::{self, Draft, Given, Outcome, Told};
use crate::route::request_uri::MAX_URI;
use crate::route::{Kind, Route, core};
use kemist_sip::Method;
use kemist_sip::message::{HeaderId, Uri};

/// The arguments of `t_uac_send`.
pub(super) struct UacRequest {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) next_hop: String,
    pub(super) socket: String,
    pub(super) headers: String,
    pub(super) body: String,
}

impl Route {
    /// `t_uac_send`: resolves the next hop (else the request URI) and sends; nobody waits for replies, what
    /// came of it is counted and logged. One that `tm:local-request` dropped is seen to.
    pub(super) async fn uac_send(&mut self, parts: UacRequest) -> i32 {
        let Some(draft) = self.draft(parts) else { return -1 };
        if !self.owner().may_request(core::with(|core| core.now)) {
            return -1;
        }
        let what = format!("{} {}", draft.method, draft.uri.escape_ascii());
        let teller = move |told| match told {
            Told::Final(Outcome::Dropped) | Told::Provisional(_) => {}
            Told::Final(outcome) => report(&what, &outcome),
            Told::Late(_) => tracing::info!("{what}: answered after its time"),
        };
        match own::send(draft, Box::new(teller), true).await {
            Ok(_) | Err(Outcome::Dropped) => 1,
            Err(_) => -1,
        }
    }

    /// Checks what a script gave. None where it makes no request.
    fn draft(&mut self, parts: UacRequest) -> Option<Draft> {
        let uri = Uri::parse(parts.uri.as_bytes()).ok()?;
        let no_transaction = matches!(Method::parse(parts.method.as_bytes()), Method::Ack | Method::Cancel);
        let named = is_token(parts.method.as_bytes()) && !no_transaction;
        if !uri.is_sip() || !named || parts.uri.len() > MAX_URI {
            return None;
        }
        let given = Given::read(&parts.headers, &parts.body)?;
        if !self.may_write_lines(parts.headers.as_bytes()) {
            return None;
        }
        let mut draft = Draft::new(&parts.method, parts.uri, self.routing.clone());
        draft.tenant = self.tenant;
        // what an event callback does causes no event
        draft.shown = self.kind != Kind::Event;
        draft.next_hop = (!parts.next_hop.is_empty()).then(|| parts.next_hop.into());
        draft.socket = self.socket_named(&parts.socket)?;
        draft.from = given.value(HeaderId::From);
        draft.to = given.value(HeaderId::To);
        draft.call_id = given.value(HeaderId::CallId);
        draft.contact = given.value(HeaderId::Contact);
        draft.cseq = given.cseq().unwrap_or(draft.cseq);
        draft.headers = given.lines();
        draft.body = parts.body.into();
        draft.auto_ack = !self.settings.no_auto_ack;
        Some(draft)
    }

    /// The socket that is named, else that of `$fs`, else the one the message came in on.
    fn socket_named(&mut self, name: &str) -> Option<Option<u16>> {
        if name.is_empty() {
            return Some(Some(self.send_socket.unwrap_or(self.source.socket)));
        }
        // it is for this request only
        let chosen = self.send_socket;
        let found = self.force_socket(name.as_bytes()).then_some(self.send_socket);
        self.send_socket = chosen;
        found
    }
}

/// One line about how a request ended, where that was not well.
fn report(what: &str, outcome: &Outcome) {
    let (code, reason) = (outcome.code(), outcome.reason());
    if outcome.is_success() {
        tracing::debug!("{what}: {code} {reason}");
    } else {
        tracing::info!("{what}: {code} {reason}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;
    use kemist_bindings::kemi::ksr::tm::Host;

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
    fn its_ack_is_the_scripts_where_it_says_so() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.t_set_no_auto_ack(1), 1);
        let sent = |route: &mut Route| {
            let parts = UacRequest {
                method: "INVITE".into(),
                uri: "sip:bob@192.0.2.20".into(),
                next_hop: String::new(),
                socket: String::new(),
                headers: String::new(),
                body: String::new(),
            };
            route.draft(parts).expect("a request").auto_ack
        };
        assert!(!sent(&mut route));
        assert_eq!(route.t_set_no_auto_ack(0), 1);
        assert!(sent(&mut route));
    }
}
