//! A user agent that calls. It has machines of its own, written apart from the layer's.

use super::{Host, PROXY, Wire};
use crate::messages::{address, parse, read, request};
use bytes::Bytes;
use kemist_sip::Protocol;
use kemist_sip::message::{Message, Method};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const T1: Duration = Duration::from_millis(500);

pub struct Caller {
    protocol: Protocol,
    /// Of RFC 2543: its Via has no branch, and all requests of a call have the same.
    pub old: bool,
    pub calls: BTreeMap<String, Call>,
}

pub struct Call {
    branch: Option<String>,
    invite: Copies,
    cancel: Copies,
    cancel_at: Option<Instant>,
    gives_up_at: Instant,
    heard: bool,
    pub canceled: bool,
    /// The final replies to the INVITE, each once: code and To tag.
    pub finals: Vec<(u16, String)>,
    /// Provisionals that came, copies included.
    pub provisionals: Vec<u16>,
    pub gave_up: bool,
}

/// A request that may have to be sent again.
#[derive(Default)]
struct Copies {
    request: Option<Arc<Message>>,
    next: Option<(Instant, Duration)>,
}

impl Copies {
    fn start(&mut self, request: Arc<Message>, protocol: Protocol, wire: &mut Wire) {
        wire.send(address(PROXY), request.buffer().clone());
        self.request = Some(request);
        self.next = (!protocol.is_reliable()).then(|| (wire.now + T1, T1));
    }

    fn timeout(&mut self, wire: &mut Wire) {
        let (Some((at, interval)), Some(request)) = (self.next, &self.request) else {
            return;
        };
        if at <= wire.now {
            wire.send(address(PROXY), request.buffer().clone());
            self.next = Some((wire.now + 2 * interval, 2 * interval));
        }
    }
}

impl Caller {
    pub fn new(protocol: Protocol) -> Caller {
        Caller {
            protocol,
            old: false,
            calls: BTreeMap::new(),
        }
    }

    pub fn call(&mut self, name: &str, cancel_at: Option<Instant>, wire: &mut Wire) {
        let branch = (!self.old).then(|| format!("z9hG4bK-{name}"));
        let mut invite = Copies::default();
        invite.start(written("INVITE", branch.as_deref(), name, ""), self.protocol, wire);
        let call = Call {
            branch,
            invite,
            cancel: Copies::default(),
            cancel_at,
            gives_up_at: wire.now + 64 * T1,
            heard: false,
            canceled: false,
            finals: Vec::new(),
            provisionals: Vec::new(),
            gave_up: false,
        };
        self.calls.insert(name.to_owned(), call);
    }
}

impl Call {
    fn reply_to_invite(&mut self, rpl: &Message, name: &str, wire: &mut Wire) {
        self.heard = true;
        self.invite.next = None;
        let code = rpl.status();
        if code < 200 {
            if self.finals.is_empty() {
                self.provisionals.push(code);
            }
            return;
        }
        self.cancel.next = None;
        let tag = rpl.to().and_then(|to| to.tag()).unwrap_or_default();
        let tag = String::from_utf8_lossy(tag).into_owned();
        let branch = match &self.branch {
            Some(_) if code < 300 => Some(format!("z9hG4bK-ack-{name}-{tag}")),
            branch => branch.clone(),
        };
        let ack = written("ACK", branch.as_deref(), name, &tag);
        wire.send(address(PROXY), ack.buffer().clone());
        if !self.finals.contains(&(code, tag.clone())) {
            self.finals.push((code, tag));
        }
    }

    fn timeout(&mut self, name: &str, protocol: Protocol, wire: &mut Wire) {
        if !self.heard && self.gives_up_at <= wire.now {
            self.gave_up = true;
            self.invite.next = None;
        }
        self.invite.timeout(wire);
        self.cancel.timeout(wire);
        if self.cancel_at.is_some_and(|at| at <= wire.now) {
            self.cancel_at = None;
            if self.heard && self.finals.is_empty() {
                self.canceled = true;
                let cancel = written("CANCEL", self.branch.as_deref(), name, "");
                self.cancel.start(cancel, protocol, wire);
            }
        }
    }
}

fn written(method: &str, branch: Option<&str>, name: &str, tag: &str) -> Arc<Message> {
    match branch {
        Some(branch) => request(method, branch, name, tag),
        None => {
            let with = request(method, "none", name, tag);
            parse(String::from_utf8_lossy(with.bytes()).replace(";branch=none", ""))
        }
    }
}

impl Host for Caller {
    fn receive(&mut self, bytes: Bytes, wire: &mut Wire) {
        let rpl = read(&bytes);
        let name = String::from_utf8_lossy(rpl.call_id().unwrap_or_default()).into_owned();
        let Some(call) = self.calls.get_mut(&name) else { return };
        assert_eq!(
            rpl.vias().count(),
            1,
            "a reply reaches the caller with its own Via only"
        );
        match rpl.method() {
            Method::Cancel => call.cancel.next = None,
            _ => call.reply_to_invite(&rpl, &name, wire),
        }
    }

    fn timeout(&mut self, wire: &mut Wire) {
        for (name, call) in &mut self.calls {
            call.timeout(name, self.protocol, wire);
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        let of_call = |call: &Call| {
            let gives_up = (!call.heard && !call.gave_up).then_some(call.gives_up_at);
            let copies = [call.invite.next, call.cancel.next]
                .into_iter()
                .flatten()
                .map(|(at, _)| at);
            copies.chain(gives_up).chain(call.cancel_at).min()
        };
        self.calls.values().filter_map(of_call).min()
    }
}
