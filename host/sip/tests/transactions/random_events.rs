//! Anything in any order: whatever a caller, callees and a careless host do, no transaction is without a
//! timer (the layer asserts it), at most one negative final reply goes upstream and none after a 2xx,
//! every branch that rang has a final reply or a CANCEL, every refusal its ACK, and in the end nothing is left.

use crate::lab::IDENTITY;
use crate::messages::{address, forward, forward_reply, new_request, read, reply, request, start, target};
use crate::network::Random;
use bytes::Bytes;
use kemist_sip::Protocol::{self, Tcp, Udp};
use kemist_sip::message::{Message, Method};
use kemist_sip::transaction::{BranchTimeouts, Config, Event, Layer, Output, ReplyMatch, TransactionId, Which};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Chaos {
    random: Random,
    now: Instant,
    layer: Layer<()>,
    protocol: Protocol,
    /// Ids there were, gone ones too.
    ids: Vec<TransactionId>,
    requests: Vec<Arc<Message>>,
    /// Requests as sent on branches: their replies may come any time.
    sent: Vec<Arc<Message>>,
    /// Replies that are with the host.
    passed: Vec<(TransactionId, u8, Arc<Message>)>,
    failed: Vec<TransactionId>,
    /// Requests of our own, and how many of them are over.
    own: usize,
    own_ended: usize,
    /// Branches that asked for their next address.
    seeking: Vec<(TransactionId, u8)>,
    /// What became of the INVITEs that were sent, by the branch of their Via.
    legs: HashMap<Vec<u8>, Leg>,
    /// Final codes that went upstream for each request, copies left out.
    finals: HashMap<Vec<u8>, Vec<Bytes>>,
}

/// One INVITE that was sent.
#[derive(Debug, Default)]
struct Leg {
    rang: bool,
    /// The first final code that the layer took.
    answer: u16,
    canceled: bool,
    acknowledged: bool,
}

impl Chaos {
    fn new(seed: u64) -> Chaos {
        let mut random = Random(seed);
        let protocol = random.pick(&[Udp, Tcp]);
        Chaos {
            protocol,
            now: start(),
            layer: Layer::new(Config::default(), IDENTITY),
            random,
            ids: Vec::new(),
            requests: Vec::new(),
            sent: Vec::new(),
            passed: Vec::new(),
            failed: Vec::new(),
            own: 0,
            own_ended: 0,
            seeking: Vec::new(),
            legs: HashMap::new(),
            finals: HashMap::new(),
        }
    }

    fn step(&mut self) {
        match self.random.below(23) {
            0 => self.create(),
            1..=3 => self.add_branch(),
            4 => self.on_any(|layer, id, now, _| layer.branches_added(id, now)),
            5..=8 => self.receive(),
            9..=11 => self.accept(),
            12 => self.finish(),
            13 => self.request_again(),
            14 => self.on_any(|layer, id, now, _| layer.cancel(id, now)),
            15 => self.on_any(|layer, id, now, random| {
                let which = random.pick(&[Which::All, Which::One(0), Which::Others(0)]);
                layer.cancel_branches(id, which, Some(b"SIP;cause=200"), now);
            }),
            16 => self.odd_verbs(),
            17..=18 => self.go_further(),
            19 => self.own_request(),
            _ => self.wait(),
        }
        self.drain();
    }

    fn create(&mut self) {
        let n = self.ids.len();
        let method = self.random.pick(&["INVITE", "INVITE", "OPTIONS"]);
        let req = request(method, &format!("z9hG4bK-{n}"), &format!("{n}@chaos"), "");
        if let Ok(id) = self.layer.create(req.clone(), target(self.protocol, 1), (), self.now) {
            self.layer.trying(id, self.now);
            self.ids.push(id);
            self.requests.push(req);
        }
    }

    fn on_any(&mut self, act: impl FnOnce(&mut Layer<()>, TransactionId, Instant, &mut Random)) {
        if let Some(id) = self.any_id() {
            act(&mut self.layer, id, self.now, &mut self.random);
        }
    }

    fn any_id(&mut self) -> Option<TransactionId> {
        // Mostly one of the last few: they are alive.
        let from = if self.random.percent(90) {
            self.ids.len().saturating_sub(4)
        } else {
            0
        };
        let count = (self.ids.len() - from) as u64;
        (count > 0).then(|| self.ids[from + self.random.below(count) as usize])
    }

    fn add_branch(&mut self) {
        let Some(id) = self.any_id() else { return };
        let (Some(index), Some(tx)) = (self.layer.next_branch(id), self.layer.get(id)) else {
            return;
        };
        let Some(req) = tx.request().cloned().filter(|_| index < 5) else {
            return;
        };
        let mut via = Vec::new();
        self.layer.branch_id(id, index, 0, &mut via);
        let bytes = forward(&req, self.protocol, &via);
        let to = target(self.protocol, 10 + index);
        if self
            .layer
            .add_branch(id, bytes.clone(), to, BranchTimeouts::default(), self.now)
            == Ok(index)
        {
            self.sent.push(read(&bytes));
            let further = self.random.percent(50);
            self.layer.set_further_targets(id, index, further);
            if self.random.percent(80) {
                self.layer.branches_added(id, self.now);
            }
        }
    }

    /// The next address of a branch, or none, or the host forgets it.
    fn go_further(&mut self) {
        let Some((id, old)) = self.seeking.pop().filter(|_| self.random.percent(90)) else {
            return;
        };
        let req = self.layer.get(id).and_then(|tx| tx.request()).cloned();
        let index = self.layer.next_branch(id);
        if let (Some(req), Some(index)) = (req, index.filter(|index| *index < 8)) {
            let mut via = Vec::new();
            self.layer.branch_id(id, index, 0, &mut via);
            let bytes = forward(&req, self.protocol, &via);
            let to = target(self.protocol, 10 + index);
            let timeouts = BranchTimeouts::default();
            let new = self
                .layer
                .replace_branch(id, old, bytes.clone(), to, timeouts, self.now);
            if new == Ok(index) {
                self.sent.push(read(&bytes));
                return self.layer.set_further_targets(id, index, true);
            }
        }
        self.layer.no_further_target(id, old, self.now);
    }

    fn receive(&mut self) {
        if self.sent.is_empty() {
            return;
        }
        let from = self.sent.len().saturating_sub(8);
        let at = from + self.random.below((self.sent.len() - from) as u64) as usize;
        let code = self
            .random
            .pick(&[100, 180, 180, 183, 200, 302, 401, 404, 486, 487, 503, 603]);
        let mut bytes = reply(&self.sent[at], code, "callee");
        if self.random.percent(10) {
            let text = String::from_utf8_lossy(&bytes).replace(" INVITE\r\n", " CANCEL\r\n");
            bytes = Bytes::from(text);
        }
        let rpl = read(&bytes);
        let matched = self.layer.receive_reply(&rpl, self.now);
        let leg = self.legs.get_mut(&via_branch(&rpl));
        if let Some(leg) = leg.filter(|_| matches!(matched, ReplyMatch::Pass { .. } | ReplyMatch::Own { .. })) {
            match code {
                ..200 => leg.rang = true,
                _ if leg.answer == 0 => leg.answer = code,
                _ => {}
            }
        }
        if let ReplyMatch::Pass { id, branch } = matched {
            self.passed.push((id, branch, rpl));
        }
    }

    fn accept(&mut self) {
        if self.passed.is_empty() {
            return;
        }
        let at = self.random.below(self.passed.len() as u64) as usize;
        let (id, branch, rpl) = self.passed.swap_remove(at);
        match self.random.below(20) {
            0 => {} // the host forgets it
            1 => self.layer.drop_reply(id, branch, self.now),
            _ => self
                .layer
                .accept_reply(id, branch, rpl.clone(), forward_reply(&rpl), self.now),
        }
    }

    fn finish(&mut self) {
        let finishes = self.random.percent(90); // or the host forgets it
        if let Some(id) = self.failed.pop().filter(|_| finishes) {
            self.layer.finish_failure(id, self.now);
        }
    }

    fn request_again(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        let n = self.random.below(self.requests.len() as u64) as usize;
        let method = self.random.pick(&["INVITE", "ACK", "CANCEL", "OPTIONS"]);
        let req = request(method, &format!("z9hG4bK-{n}"), &format!("{n}@chaos"), "");
        self.layer.match_request(&req, self.now);
    }

    fn odd_verbs(&mut self) {
        self.on_any(|layer, id, now, random| match random.below(6) {
            0 => layer.branch_failed(id, random.below(3) as u8, now),
            1 => layer.drop_replies(id, true),
            2 => drop(layer.release(id, now)),
            3 => drop(layer.retransmit_reply(id, now)),
            4 => layer.finish_failure(id, now),
            _ => {
                let code = random.pick(&[180, 200, 480]);
                if let Some(req) = layer.get(id).and_then(|tx| tx.request()).cloned() {
                    let _ = layer.reply(id, code, reply(&req, code, "ours"), now);
                }
            }
        });
    }

    /// A request of our own; the replies come with the others.
    fn own_request(&mut self) {
        let method = self.random.pick(&[Method::Invite, Method::Options]);
        let (protocol, to) = (self.protocol, target(self.protocol, 30));
        let mut bytes = Vec::new();
        let write = |via: &[u8], out: &mut Vec<u8>| {
            bytes = new_request(method, protocol, via);
            out.extend_from_slice(&bytes);
        };
        let sent = self
            .layer
            .send_request(method, to, 1, BranchTimeouts::default(), self.now, write);
        let Ok(id) = sent else { return };
        let bytes = read(&Bytes::from(bytes));
        match self.random.below(10) {
            0 => self.layer.cancel_request(id, None, self.now),
            1 => drop(self.layer.request_failed(&bytes, self.now)),
            _ => {}
        }
        self.own += 1;
        self.sent.push(bytes);
    }

    fn wait(&mut self) {
        let milliseconds = self.random.pick(&[1, 50, 500, 4000, 33_000]);
        self.pass_time(Duration::from_millis(milliseconds));
    }

    fn pass_time(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.layer.poll_timeout().filter(|next| *next <= until) {
            self.now = next.max(self.now);
            self.layer.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.layer.poll_output() {
            match output {
                Output::Transmit(transmit) if transmit.target.remote == address(1) => self.note(transmit.bytes),
                Output::Transmit(transmit) => self.note_downstream(&read(&transmit.bytes)),
                Output::Event(Event::Failed(id)) => self.failed.push(id),
                Output::Event(Event::RequestEnded(..)) => self.own_ended += 1,
                Output::Event(Event::NextTarget(id, branch)) => self.seeking.push((id, branch)),
                _ => {}
            }
        }
        let idle = self.layer.is_empty() && self.layer.own_requests() == 0;
        assert!(idle || self.layer.poll_timeout().is_some());
    }

    fn note_downstream(&mut self, req: &Message) {
        let leg = self.legs.entry(via_branch(req));
        match req.method() {
            Method::Invite => drop(leg.or_default()),
            Method::Ack => leg.or_default().acknowledged = true,
            Method::Cancel => leg.or_default().canceled = true,
            _ => {}
        }
    }

    /// In the end: nobody is left ringing, and nobody's refusal is left without its ACK.
    fn check_legs(&self, seed: u64) {
        for leg in self.legs.values() {
            assert!(!leg.rang || leg.answer > 0 || leg.canceled, "seed {seed}: {leg:?}");
            match leg.answer {
                300.. => assert!(leg.acknowledged, "seed {seed}: {leg:?}"),
                200.. => assert!(!leg.acknowledged, "seed {seed}: {leg:?}"),
                // a refusal may have come after its sender was told that none did
                _ => {}
            }
        }
    }

    /// Sees to what goes upstream.
    fn note(&mut self, bytes: Bytes) {
        let rpl = read(&bytes);
        if rpl.status() < 200 {
            return;
        }
        let finals = self
            .finals
            .entry(rpl.call_id().unwrap_or_default().to_vec())
            .or_default();
        if finals.contains(&bytes) {
            return;
        }
        let is_success = |bytes: &Bytes| bytes.starts_with(b"SIP/2.0 2");
        let first = finals.is_empty();
        finals.push(bytes.clone());
        assert!(first || is_success(&bytes), "another final reply: {finals:?}");
    }
}

fn via_branch(msg: &Message) -> Vec<u8> {
    let via = msg.via();
    via.and_then(|via| via.branch()).unwrap_or_default().to_vec()
}

#[test]
fn whatever_happens_every_transaction_ends() {
    // a million steps
    for seed in 0..4000 {
        let mut chaos = Chaos::new(seed);
        for _ in 0..250 {
            chaos.step();
        }
        // Nobody does anything any more.
        chaos.pass_time(Duration::from_secs(600));
        assert!(chaos.layer.is_empty(), "seed {seed}: {:?}", chaos.layer.stats());
        assert_eq!(chaos.layer.poll_timeout(), None, "seed {seed}");
        assert_eq!(
            (chaos.layer.own_requests(), chaos.own),
            (0, chaos.own_ended),
            "seed {seed}"
        );
        chaos.check_legs(seed);
        let stats = chaos.layer.stats();
        assert!(stats.created > 0 && stats.current == 0);
    }
}
