//! One layer on the bench: a caller above, branches below, a clock that is turned by hand, and a log of
//! everything that comes out, each line with its time in milliseconds.

use crate::messages::{
    address, forward, forward_reply, new_request, read, reply, reply_with, request, start, target, word,
};
use bytes::Bytes;
use kemist_sip::message::{Message, Method};
use kemist_sip::transaction::{
    BranchError, BranchTimeouts, Config, Event, HeldReply, Identity, Layer, Output, ReplyMatch, RequestId,
    RequestMatch, SendError, TransactionId,
};
use kemist_sip::{Protocol, Transmit};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const IDENTITY: Identity = Identity {
    worker: 1,
    boot: 77,
    secret: *b"sixteen bytes ok",
};

/// The caller's host number; that of branch n is 10 + n.
pub const CALLER: u8 = 1;

pub struct Lab {
    pub layer: Layer<()>,
    pub protocol: Protocol,
    pub now: Instant,
    start: Instant,
    log: Vec<String>,
    /// What was sent on each branch, newest last.
    sent: Vec<(u8, Bytes)>,
    /// What was sent to the caller.
    pub upstream: Vec<Bytes>,
    /// Replies that wait for the host, oldest first.
    pub held: Vec<HeldReply>,
    /// Whether [`Event::Failed`] is answered at once, as by a host without failure callback.
    pub finishes: bool,
}

impl Lab {
    pub fn new(protocol: Protocol) -> Lab {
        Lab::with(protocol, Config::default())
    }

    pub fn with(protocol: Protocol, config: Config) -> Lab {
        let start = start();
        Lab {
            layer: Layer::new(config, IDENTITY),
            protocol,
            now: start,
            start,
            log: Vec::new(),
            sent: Vec::new(),
            upstream: Vec::new(),
            held: Vec::new(),
            finishes: true,
        }
    }

    /// Turns the clock to a time in milliseconds, stopping wherever the layer asked for it.
    pub fn at(&mut self, milliseconds: u64) -> &mut Lab {
        let until = self.start + Duration::from_millis(milliseconds);
        self.drain();
        while let Some(next) = self.layer.poll_timeout().filter(|next| *next <= until) {
            self.now = next.max(self.now);
            self.layer.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
        self
    }

    /// The transaction of a new request from the caller.
    pub fn create(&mut self, method: &str) -> TransactionId {
        let req = request(method, "z9hG4bKcall", "one@lab", "");
        self.create_of(req)
    }

    pub fn create_of(&mut self, req: Arc<Message>) -> TransactionId {
        let reply_to = target(self.protocol, CALLER);
        self.layer.create(req, reply_to, (), self.now).expect("a new request")
    }

    /// A new transaction with so many branches.
    pub fn forwarded(&mut self, method: &str, branches: u8) -> TransactionId {
        let id = self.create(method);
        for _ in 0..branches {
            self.branch(id).expect("the transaction is open");
        }
        self.layer.branches_added(id, self.now);
        self.drain();
        id
    }

    pub fn branch(&mut self, id: TransactionId) -> Result<u8, BranchError> {
        self.branch_with(id, BranchTimeouts::default())
    }

    pub fn branch_with(&mut self, id: TransactionId, timeouts: BranchTimeouts) -> Result<u8, BranchError> {
        let index = self.layer.next_branch(id).unwrap_or(0);
        let mut via = Vec::new();
        self.layer.branch_id(id, index, 0, &mut via);
        let req = match self.layer.get(id).and_then(|tx| tx.request()) {
            Some(req) => req.clone(),
            None => request("INVITE", "z9hG4bKcall", "one@lab", ""),
        };
        let bytes = forward(&req, self.protocol, &via);
        let to = target(self.protocol, 10 + index);
        self.layer.add_branch(id, bytes, to, timeouts, self.now)
    }

    /// A reply of the host's own.
    pub fn reply(&mut self, id: TransactionId, code: u16) -> &mut Lab {
        let req = request("INVITE", "z9hG4bKcall", "one@lab", "");
        let req = self.layer.get(id).and_then(|tx| tx.request()).cloned().unwrap_or(req);
        let _ = self.layer.reply(id, code, reply(&req, code, "ours"), self.now);
        self.drain();
        self
    }

    /// Sends a request of our own to host 10, with tag 7.
    pub fn send(&mut self, method: Method) -> Result<RequestId, SendError> {
        let to = target(self.protocol, 10);
        let protocol = self.protocol;
        let sent = self
            .layer
            .send_request(method, to, 7, BranchTimeouts::default(), self.now, |via, out| {
                out.extend_from_slice(&new_request(method, protocol, via));
            });
        self.drain();
        sent
    }

    /// A request comes from the caller.
    pub fn request(&mut self, method: &str) -> RequestMatch {
        let req = request(
            method,
            "z9hG4bKcall",
            "one@lab",
            if method == "ACK" { "ours" } else { "" },
        );
        self.request_of(&req)
    }

    pub fn request_of(&mut self, req: &Message) -> RequestMatch {
        let found = self.layer.match_request(req, self.now);
        self.drain();
        found
    }

    /// A reply comes from a branch and is accepted.
    pub fn receive(&mut self, branch: u8, code: u16) -> ReplyMatch {
        self.receive_with(branch, code, "")
    }

    pub fn receive_with(&mut self, branch: u8, code: u16, lines: &str) -> ReplyMatch {
        self.drain();
        let first = self.sent_on(branch).next().expect("something was sent on the branch");
        let rpl = read(&reply_with(&read(&first), code, &format!("callee{branch}"), lines));
        self.receive_of(&rpl)
    }

    /// A reply comes to the CANCEL of a branch.
    pub fn receive_for_cancel(&mut self, branch: u8, code: u16) -> ReplyMatch {
        let cancel = self
            .sent_on(branch)
            .find(|bytes| bytes.starts_with(b"CANCEL"))
            .expect("a CANCEL was sent");
        let rpl = read(&reply(&read(&cancel), code, "callee"));
        self.receive_of(&rpl)
    }

    pub fn receive_of(&mut self, rpl: &Arc<Message>) -> ReplyMatch {
        let found = self.layer.receive_reply(rpl, self.now);
        self.drain();
        if let ReplyMatch::Pass { id, branch } = found {
            self.layer
                .accept_reply(id, branch, rpl.clone(), forward_reply(rpl), self.now);
        }
        self.drain();
        found
    }

    /// Everything that was sent on a branch.
    pub fn sent_on(&self, branch: u8) -> impl Iterator<Item = Bytes> {
        self.sent
            .iter()
            .filter(move |(to, _)| *to == branch)
            .map(|(_, bytes)| bytes.clone())
    }

    /// The log since it was last taken, in one line.
    pub fn log(&mut self) -> String {
        self.drain();
        std::mem::take(&mut self.log).join(", ")
    }

    /// Takes the outputs into the log.
    pub fn drain(&mut self) {
        while let Some(output) = self.layer.poll_output() {
            match output {
                Output::Transmit(transmit) => self.note_transmit(transmit),
                Output::Reply(held) => {
                    self.note(&format!("held {}", held.code));
                    self.held.push(held);
                }
                Output::Event(event) => self.note_event(event),
            }
        }
    }

    fn note_transmit(&mut self, Transmit { target, bytes }: Transmit) {
        let what = word(&read(&bytes));
        if target.remote == address(CALLER) {
            self.note(&what);
            self.upstream.push(bytes);
            return;
        }
        let branch = (0..64)
            .find(|n| address(10 + n) == target.remote)
            .expect("branches are at 10 and up");
        self.note(&format!("{what}>{branch}"));
        self.sent.push((branch, bytes));
    }

    fn note_event(&mut self, event: Event) {
        match event {
            Event::Failed(id) => {
                self.note("failed");
                if self.finishes {
                    self.layer.finish_failure(id, self.now);
                }
            }
            Event::Ended(..) => self.note("ended"),
            Event::NextTarget(_, branch) => self.note(&format!("next>{branch}")),
            Event::BranchTimeout(_, branch) => self.note(&format!("timeout>{branch}")),
            Event::Unanswered { tag, code, .. } => self.note(&format!("unanswered {tag} {code}")),
            Event::RequestEnded(_, tag) => self.note(&format!("ended {tag}")),
            // beside the reply or timeout that it follows from
            Event::BranchFailed(..) => {}
        }
    }

    fn note(&mut self, what: &str) {
        let milliseconds = (self.now - self.start).as_millis();
        self.log.push(format!("{milliseconds} {what}"));
    }
}

/// Asserts what came out since the last time.
#[track_caller]
pub fn expect(lab: &mut Lab, log: &str) {
    let found = lab.log();
    let wanted = log.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(found, wanted);
}
