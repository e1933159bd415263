//! A layer, and calls through it step by step: only what the layer does is measured, parsing apart.

use crate::messages::{self, CALLEE, CALLER, Message, forwarded, in_dialog, invite, reply, upstream};
use bytes::Bytes;
use kemist_sip::message;
use kemist_sip::transaction::{BranchTimeouts, Config, Identity, Layer, ReplyMatch, RequestMatch, TransactionId};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Bench {
    pub layer: Layer<()>,
    pub now: Instant,
    made: usize,
}

/// What one round of calls took.
pub struct Round {
    /// By message received.
    pub messages: [Duration; Message::ALL.len()],
    /// Timers, to the end of the transactions.
    pub ending: Duration,
    pub parsing: Duration,
}

impl Round {
    pub fn layer(&self) -> Duration {
        self.messages.iter().sum::<Duration>() + self.ending
    }
}

/// One transaction on its way.
struct Pending {
    id: TransactionId,
    request: Arc<message::Message>,
    via: Vec<u8>,
    sent: Bytes,
}

impl Bench {
    pub fn new() -> Bench {
        let config = Config {
            max_transactions: 1_000_000,
            ..Config::default()
        };
        let identity = Identity {
            worker: 0,
            boot: 77,
            secret: *b"sixteen bytes ok",
        };
        Bench {
            layer: Layer::new(config, identity),
            now: Instant::now(),
            made: 0,
        }
    }

    /// Calls from the INVITE to the end of the BYE's transaction.
    pub fn round(&mut self, calls: usize) -> Round {
        let first = self.made;
        self.made += calls;
        let numbers = first..self.made;
        let mut round = Round {
            messages: [Duration::ZERO; Message::ALL.len()],
            ending: Duration::ZERO,
            parsing: Duration::ZERO,
        };
        let invites = self.requests(Message::Invite, numbers.clone().map(invite), &mut round);
        self.replies(Message::Ringing, &invites, 180, &mut round);
        self.replies(Message::Answer, &invites, 200, &mut round);
        let acks = parsed(numbers.clone().map(|n| in_dialog(n, "ACK", 1)), &mut round);
        let took = measured(|| {
            for ack in &acks {
                let found = self.layer.match_request(ack, self.now);
                assert!(matches!(found, RequestMatch::Ack(Some(_))));
                drain(&mut self.layer);
            }
        });
        round.messages[Message::Ack as usize] = took.1;
        let byes = numbers.map(|n| in_dialog(n, "BYE", 2));
        let byes = self.requests(Message::Bye, byes, &mut round);
        self.replies(Message::ByeAnswer, &byes, 200, &mut round);
        round.ending = measured(|| self.pass(Duration::from_secs(40))).1;
        round
    }

    /// A call that rings and goes on ringing for a day.
    pub fn ring(&mut self) -> TransactionId {
        let patience = BranchTimeouts {
            fr_inv: Some(Duration::from_secs(86_400)),
            ..BranchTimeouts::default()
        };
        let (id, sent) = self.forward(patience);
        self.answer(id, &sent, 180);
        id
    }

    /// A call that was forwarded; the INVITE as sent.
    pub fn forward(&mut self, timeouts: BranchTimeouts) -> (TransactionId, Bytes) {
        let mut pending = self.receive(Arc::new(messages::parse(invite(self.made))));
        self.made += 1;
        pending.sent = forwarded(&pending.request, &pending.via);
        self.send(pending.id, pending.sent.clone(), timeouts);
        (pending.id, pending.sent)
    }

    /// A reply to it.
    pub fn answer(&mut self, id: TransactionId, sent: &Bytes, code: u16) {
        let rpl = Arc::new(message::Message::parse(reply(sent, code)).expect("we wrote it"));
        let forwarded = upstream(&rpl);
        self.take(id, &rpl, forwarded);
    }

    /// Time goes by; how many messages were sent in it.
    pub fn pass(&mut self, time: Duration) -> usize {
        let (until, mut sent) = (self.now + time, 0);
        while let Some(next) = self.layer.poll_timeout().filter(|next| *next <= until) {
            self.now = next.max(self.now);
            self.layer.handle_timeout(self.now);
            sent += drain(&mut self.layer);
        }
        self.now = until;
        sent
    }

    fn requests(&mut self, which: Message, texts: impl Iterator<Item = Bytes>, round: &mut Round) -> Vec<Pending> {
        let requests = parsed(texts, round);
        let (mut pending, first) = measured(|| {
            let received = requests.into_iter().map(|request| self.receive(request));
            received.collect::<Vec<_>>()
        });
        for one in &mut pending {
            one.sent = forwarded(&one.request, &one.via);
        }
        let (_, second) = measured(|| {
            for one in &pending {
                self.send(one.id, one.sent.clone(), BranchTimeouts::default());
            }
        });
        round.messages[which as usize] = first + second;
        pending
    }

    fn replies(&mut self, which: Message, requests: &[Pending], code: u16, round: &mut Round) {
        let replies = parsed(requests.iter().map(|request| reply(&request.sent, code)), round);
        let forwarded: Vec<Bytes> = replies.iter().map(|rpl| upstream(rpl)).collect();
        let (_, took) = measured(|| {
            for ((request, rpl), forwarded) in requests.iter().zip(&replies).zip(forwarded) {
                self.take(request.id, rpl, forwarded);
            }
        });
        round.messages[which as usize] = took;
    }

    /// A request is matched, checked and made a transaction.
    fn receive(&mut self, request: Arc<message::Message>) -> Pending {
        let (layer, now) = (&mut self.layer, self.now);
        assert_eq!(layer.match_request(&request, now), RequestMatch::New);
        assert!(!layer.is_loop(&request, 0));
        let id = layer.create(request.clone(), CALLER, (), now).expect("a new one");
        layer.trying(id, now);
        let mut via = Vec::with_capacity(80);
        layer.branch_id(id, 0, 0, &mut via);
        drain(layer);
        Pending {
            id,
            request,
            via,
            sent: Bytes::new(),
        }
    }

    /// It is sent on one branch.
    fn send(&mut self, id: TransactionId, bytes: Bytes, timeouts: BranchTimeouts) {
        let (layer, now) = (&mut self.layer, self.now);
        layer.add_branch(id, bytes, CALLEE, timeouts, now).expect("open");
        layer.branches_added(id, now);
        drain(layer);
    }

    /// A reply comes and goes upstream.
    fn take(&mut self, id: TransactionId, rpl: &Arc<message::Message>, forwarded: Bytes) {
        let (layer, now) = (&mut self.layer, self.now);
        assert_eq!(layer.receive_reply(rpl, now), ReplyMatch::Pass { id, branch: 0 });
        layer.accept_reply(id, 0, rpl.clone(), forwarded, now);
        drain(layer);
    }
}

fn parsed(texts: impl Iterator<Item = Bytes>, round: &mut Round) -> Vec<Arc<message::Message>> {
    let texts: Vec<Bytes> = texts.collect();
    let begun = Instant::now();
    let messages = texts.into_iter().map(message::Message::parse);
    let messages = messages.map(|message| Arc::new(message.expect("a good message")));
    let messages = messages.collect();
    round.parsing += begun.elapsed();
    messages
}

/// What the layer does. Not inlined, so that a profiler can tell it from the rest.
#[inline(never)]
pub fn measured<R>(work: impl FnOnce() -> R) -> (R, Duration) {
    let begun = Instant::now();
    let result = work();
    (result, begun.elapsed())
}

fn drain(layer: &mut Layer<()>) -> usize {
    std::iter::from_fn(|| layer.poll_output()).map(black_box).count()
}
