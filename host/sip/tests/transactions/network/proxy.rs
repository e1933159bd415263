//! A proxy that forwards each call to all callees at once.

use super::{Host, Wire};
use crate::lab::IDENTITY;
use crate::messages::{forward, forward_reply, read, reply, target};
use bytes::Bytes;
use kemist_sip::message::{Message, Method};
use kemist_sip::transaction::{
    BranchTimeouts, Config, Event, Layer, Output, ReplyMatch, RequestMatch, TransactionId, stateless_branch,
};
use kemist_sip::{Protocol, Transmit};
use std::sync::Arc;
use std::time::Instant;

pub struct Proxy {
    protocol: Protocol,
    callees: u8,
    pub layer: Layer<()>,
    /// Transactions that ended.
    pub ended: usize,
}

impl Proxy {
    pub fn new(protocol: Protocol, callees: u8) -> Proxy {
        Proxy {
            protocol,
            callees,
            layer: Layer::new(
                Config {
                    max_branches: 64,
                    ..Config::default()
                },
                IDENTITY,
            ),
            ended: 0,
        }
    }

    fn request(&mut self, req: Arc<Message>, now: Instant) {
        match self.layer.match_request(&req, now) {
            RequestMatch::New => self.fork(req, now),
            RequestMatch::Cancel(invite) => self.cancel(req, invite, now),
            RequestMatch::Ack(_) => self.forward_ack(&req),
            RequestMatch::Absorbed | RequestMatch::Pending | RequestMatch::Merged => {}
        }
    }

    fn fork(&mut self, req: Arc<Message>, now: Instant) {
        assert_eq!(req.method(), Method::Invite);
        let id = self.create(req.clone(), now);
        self.layer.trying(id, now);
        for callee in 0..self.callees {
            let mut via = Vec::new();
            self.layer.branch_id(id, callee, 0, &mut via);
            let bytes = forward(&req, self.protocol, &via);
            let to = target(self.protocol, 10 + callee);
            let index = self.layer.add_branch(id, bytes, to, BranchTimeouts::default(), now);
            assert_eq!(index, Ok(callee));
        }
        self.layer.branches_added(id, now);
    }

    fn create(&mut self, req: Arc<Message>, now: Instant) -> TransactionId {
        self.layer
            .create(req, target(self.protocol, 1), (), now)
            .expect("match_request said it is new")
    }

    fn cancel(&mut self, req: Arc<Message>, invite: Option<TransactionId>, now: Instant) {
        let id = self.create(req.clone(), now);
        let code = if invite.is_some() { 200 } else { 481 };
        self.layer
            .reply(id, code, reply(&req, code, "proxy"), now)
            .expect("the first reply");
        if let Some(invite) = invite {
            self.layer.cancel(invite, now);
        }
    }

    /// To the callee whose tag it has; its own transaction.
    fn forward_ack(&mut self, req: &Message) {
        let tag = req.to().and_then(|to| to.tag()).unwrap_or_default();
        let number = String::from_utf8_lossy(tag.strip_prefix(b"callee").unwrap_or_default()).parse();
        let Ok(callee) = number.map(|n: u8| n) else { return };
        let branch = stateless_branch(req, &IDENTITY.secret);
        let bytes = forward(req, self.protocol, &branch);
        self.layer.push(Transmit {
            target: target(self.protocol, 10 + callee),
            bytes,
        });
    }

    fn reply(&mut self, rpl: Arc<Message>, now: Instant) {
        if let ReplyMatch::Pass { id, branch } = self.layer.receive_reply(&rpl, now) {
            let forwarded = forward_reply(&rpl);
            self.layer.accept_reply(id, branch, rpl, forwarded, now);
        }
    }

    fn drain(&mut self, wire: &mut Wire) {
        while let Some(output) = self.layer.poll_output() {
            match output {
                Output::Transmit(transmit) => wire.send(transmit.target.remote, transmit.bytes),
                Output::Reply(held) => self.layer.release_reply(held, true, wire.now),
                Output::Event(Event::Failed(id)) => self.layer.finish_failure(id, wire.now),
                Output::Event(Event::Ended(..)) => self.ended += 1,
                Output::Event(_) => {}
            }
        }
    }
}

impl Host for Proxy {
    fn receive(&mut self, bytes: Bytes, wire: &mut Wire) {
        let msg = read(&bytes);
        if msg.is_request() {
            self.request(msg, wire.now);
        } else {
            self.reply(msg, wire.now);
        }
        self.drain(wire);
    }

    fn timeout(&mut self, wire: &mut Wire) {
        self.layer.handle_timeout(wire.now);
        self.drain(wire);
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.layer.poll_timeout()
    }
}
