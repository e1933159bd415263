//! What a proxy sent during a fixed conversation, with random tokens replaced by names: two proxies
//! that route alike give the same text.

use super::client::{Phone, Received};
use super::digest::{self, Algorithm};
use super::proxy::Proxy;
use regex::{Captures, Regex};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

/// How long the next message of the conversation may take; the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(10);

/// A conversation of two phones, alice (password wonderland) and bob (builder), through a proxy.
pub struct Conversation {
    alice: Phone,
    bob: Phone,
    /// (who received it, the message), without repetitions.
    heard: Vec<(&'static str, String)>,
    proxy: String,
}

impl Conversation {
    /// Everything that the basic script decides: what is answered, refused, relayed, recorded.
    pub fn hold(proxy: &Proxy) -> String {
        let mut conversation = Conversation {
            alice: Phone::new(proxy.address),
            bob: Phone::new(proxy.address),
            heard: Vec::new(),
            proxy: proxy.address.to_string(),
        };
        conversation.doors();
        conversation.registrations();
        conversation.call();
        conversation.failures();
        conversation.text()
    }

    /// Keepalives and what is refused at the door.
    fn doors(&mut self) {
        let alice = &self.alice;
        let requests = [
            alice.request("OPTIONS", "sip:localhost", "alice", "alice", ""),
            alice.request(
                "OPTIONS",
                "sip:localhost",
                "alice",
                "alice",
                "User-Agent: friendly-scanner\r\n",
            ),
            alice
                .request("OPTIONS", "sip:localhost", "alice", "alice", "")
                .replace("Max-Forwards: 70", "Max-Forwards: 0"),
            alice
                .request("MESSAGE", "sip:bob@localhost", "alice", "bob", "")
                .replace("CSeq: ", "CSeq: x"),
            alice.request("INVITE", "sip:bob@localhost", "alice", "bob", ""),
            alice
                .request("MESSAGE", "sip:x@elsewhere.example", "stranger", "x", "")
                .replace("stranger@localhost", "stranger@nowhere.example"),
            alice
                .request("BYE", "sip:bob@localhost", "alice", "bob", "")
                .replace("To: <sip:bob@localhost>", "To: <sip:bob@localhost>;tag=unknown"),
        ];
        for request in requests {
            self.exchange("alice", &request);
        }
    }

    fn registrations(&mut self) {
        self.register("bob", "builder", "");
        self.register("alice", "wrong", "");
        self.register("alice", "wonderland", "");
        // behind NAT: a private address in Contact
        let nated = "Contact: <sip:alice@192.168.7.7:5060>;expires=60\r\n";
        self.register("alice", "wonderland", nated);
        self.register("alice", "wonderland", "Contact: *\r\nExpires: 0\r\n");
    }

    /// INVITE, 180, 200, ACK, BYE.
    fn call(&mut self) {
        let invite = self.invite("bob");
        self.say("alice", &invite);
        let received = self.wait("bob", "INVITE ");
        self.answer(&received, "180 Ringing", "");
        self.wait("alice", "SIP/2.0 180 ");
        let contact = format!("Contact: <sip:bob@{}>\r\n", self.bob.address());
        self.answer(&received, "200 OK", &contact);
        let answered = self.wait("alice", "SIP/2.0 200 ");
        for method in ["ACK", "BYE"] {
            let request = self.within_dialog(method, &invite, &answered);
            self.say("alice", &request);
            let received = self.wait("bob", &format!("{method} "));
            if method == "BYE" {
                self.answer(&received, "200 OK", "");
                self.wait("alice", "SIP/2.0 200 ");
            }
        }
    }

    /// A busy phone, a cancelled call, nobody there.
    fn failures(&mut self) {
        let invite = self.invite("bob");
        self.say("alice", &invite);
        let received = self.wait("bob", "INVITE ");
        self.answer(&received, "486 Busy Here", "");
        self.wait("bob", "ACK ");
        let refused = self.wait("alice", "SIP/2.0 486 ");
        self.say("alice", &same_transaction("ACK", &invite, Some(&refused)));

        let invite = self.invite("bob");
        self.say("alice", &invite);
        let received = self.wait("bob", "INVITE ");
        self.answer(&received, "180 Ringing", "");
        self.wait("alice", "SIP/2.0 180 ");
        self.say("alice", &same_transaction("CANCEL", &invite, None));
        self.wait("alice", "SIP/2.0 200 ");
        let cancel = self.wait("bob", "CANCEL ");
        self.answer(&cancel, "200 OK", "");
        self.answer(&received, "487 Request Terminated", "");
        self.wait("bob", "ACK ");
        let ended = self.wait("alice", "SIP/2.0 487 ");
        self.say("alice", &same_transaction("ACK", &invite, Some(&ended)));

        let invite = self.invite("nobody");
        self.exchange("alice", &invite);
    }

    // ------------------------------------------------------------ requests

    fn register(&mut self, user: &'static str, password: &str, extra: &str) {
        let own = self.phone(user).address();
        let extra = if extra.is_empty() {
            format!("Contact: <sip:{user}@{own}>\r\nExpires: 600\r\n")
        } else {
            extra.to_owned()
        };
        let request = self
            .phone(user)
            .request("REGISTER", "sip:localhost", user, user, &extra);
        let challenged = self.exchange(user, &request);
        let credentials = credentials(&challenged, user, password, "REGISTER", "sip:localhost");
        let extra = format!("{extra}Authorization: {credentials}\r\n");
        let request = self
            .phone(user)
            .request("REGISTER", "sip:localhost", user, user, &extra);
        self.exchange(user, &request);
    }

    /// An INVITE of alice that has been challenged.
    fn invite(&mut self, callee: &str) -> String {
        let uri = format!("sip:{callee}@localhost");
        let contact = format!("Contact: <sip:alice@{}>\r\n", self.alice.address());
        let request = self.alice.request("INVITE", &uri, "alice", callee, &contact);
        let challenged = self.exchange("alice", &request);
        let credentials = credentials(&challenged, "alice", "wonderland", "INVITE", &uri);
        let extra = format!("{contact}Proxy-Authorization: {credentials}\r\n");
        self.alice.request("INVITE", &uri, "alice", callee, &extra)
    }

    /// A request within the dialog that the answer opened (RFC 3261 section 12.2.1.1).
    fn within_dialog(&self, method: &str, invite: &str, answered: &Received) -> String {
        let invite = Received {
            text: invite.to_owned(),
        };
        let route: String = answered
            .headers("Record-Route")
            .iter()
            .rev()
            .map(|value| format!("Route: {value}\r\n"))
            .collect();
        let target = answered.header("Contact").trim_matches(['<', '>']).to_owned();
        let number = invite.header("CSeq").split(' ').next().unwrap_or("1").to_owned();
        let fresh = self.alice.request(method, &target, "alice", "bob", &route);
        with_headers(
            &fresh,
            &[
                ("From", invite.header("From")),
                ("To", answered.header("To")),
                ("Call-ID", invite.header("Call-ID")),
                ("CSeq", &format!("{number} {method}")),
            ],
        )
    }

    // ------------------------------------------------------------ sending and receiving

    fn phone(&self, name: &str) -> &Phone {
        if name == "alice" { &self.alice } else { &self.bob }
    }

    fn say(&self, who: &str, request: &str) {
        self.phone(who).send(request.as_bytes());
    }

    /// Sends a request and waits for its final answer; that to an INVITE is acknowledged.
    fn exchange(&mut self, who: &'static str, request: &str) -> Received {
        self.say(who, request);
        loop {
            let answer = self.wait(who, "SIP/2.0 ");
            if answer.status() >= 200 {
                if request.starts_with("INVITE ") {
                    self.say(who, &same_transaction("ACK", request, Some(&answer)));
                }
                return answer;
            }
        }
    }

    /// The next new message of this phone that starts so; all that come meanwhile are kept.
    fn wait(&mut self, who: &'static str, start: &str) -> Received {
        while let Some(message) = self.phone(who).receive(PATIENCE) {
            if self.heard.iter().any(|(by, text)| *by == who && *text == message.text) {
                continue; // a retransmission
            }
            self.heard.push((who, message.text.clone()));
            if message.text.starts_with(start) {
                return message;
            }
        }
        panic!("{who} got no {start:?}; until then:\n{}", self.text());
    }

    fn answer(&self, request: &Received, status: &str, extra: &str) {
        self.bob.answer_with(request, status, extra);
    }

    // ------------------------------------------------------------ the text

    /// Everything that was heard, by phone and in order, tokens named in the order of their first use.
    fn text(&self) -> String {
        let mut text = String::new();
        for who in ["alice", "bob"] {
            for (_, message) in self.heard.iter().filter(|(by, _)| *by == who) {
                writeln!(text, "--- to {who}\n{message}").expect("a String takes it");
            }
        }
        for (name, address) in [
            ("ALICE", self.alice.address().to_string()),
            ("BOB", self.bob.address().to_string()),
            ("PROXY", self.proxy.clone()),
        ] {
            let port = address.rsplit(':').next().unwrap_or_default().to_owned();
            text = text.replace(&address, name);
            text = text.replace(&port, &format!("{name}-PORT"));
        }
        tokens(&text)
    }
}

/// Replaces what is random: the proxy's branches, tags and nonces, digests of these, and the time.
fn tokens(text: &str) -> String {
    let random = Regex::new(r#"(?:branch=z9hG4bK|tag=|nonce="|response="|;expires=|Date: )[^;,"\r\n> ]*"#)
        .expect("it is an expression");
    let mut names: HashMap<String, usize> = HashMap::new();
    random
        .replace_all(text, |found: &Captures| {
            let token = &found[0];
            // what the phones chose is the same in every conversation
            if token.contains("-PORT-") {
                return token.to_owned();
            }
            // these depend on the second in which they were made
            for (start, name) in [(";expires=", "SECONDS"), ("nonce=", "NONCE"), ("response=", "RESPONSE")] {
                if token.starts_with(start) {
                    return format!("{start}{name}");
                }
            }
            let next = names.len() + 1;
            let number = *names.entry(token.to_owned()).or_insert(next);
            let kind = token.split(['=', ':']).next().unwrap_or_default();
            format!("{kind}={number}")
        })
        .into_owned()
}

fn credentials(challenged: &Received, user: &str, password: &str, method: &str, uri: &str) -> String {
    let challenge = digest::challenge(challenged, Algorithm::Md5)
        .unwrap_or_else(|| panic!("no challenge in:\n{}", challenged.text));
    digest::authorization(&challenge, Algorithm::Md5, user, password, method, uri)
}

/// The ACK to a negative answer, or the CANCEL, of a request: its Via and no body (RFC 3261 sections
/// 9.1 and 17.1.1.3).
fn same_transaction(method: &str, request: &str, answer: Option<&Received>) -> String {
    let sent = Received {
        text: request.to_owned(),
    };
    let start = request.split(' ').nth(1).unwrap_or_default();
    let number = sent.header("CSeq").split(' ').next().unwrap_or("1").to_owned();
    let to = answer.map_or(sent.header("To"), |answer| answer.header("To"));
    format!(
        "{method} {start} SIP/2.0\r\nVia: {}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\n\
         CSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n",
        sent.header("Via"),
        sent.header("From"),
        sent.header("Call-ID"),
    )
}

/// The message with other values of these headers.
fn with_headers(message: &str, values: &[(&str, &str)]) -> String {
    let lines = message.split("\r\n").map(|line| {
        let named = values
            .iter()
            .find(|(name, _)| line.split_once(':').is_some_and(|(field, _)| field == *name));
        match named {
            Some((name, value)) => format!("{name}: {value}"),
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\r\n")
}
