//! A user agent that is called, on the server machines of a layer of its own.

use super::{Host, Random, Wire};
use crate::messages::{read, reply, target};
use bytes::Bytes;
use kemist_sip::Protocol;
use kemist_sip::message::{Message, Method};
use kemist_sip::transaction::{Config, Identity, Layer, Output, RequestMatch, TransactionId};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a callee takes calls.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    /// Rings after so many milliseconds and answers with this code after so many.
    Answers { rings: u64, code: u16, answers: u64 },
    /// Rings and does nothing more.
    Rings,
    /// Says nothing at all.
    Silent,
    /// One of the above, by chance.
    Any(u64),
}

pub struct Callee {
    number: u8,
    protocol: Protocol,
    manner: Manner,
    random: Random,
    pub layer: Layer<()>,
    plans: Vec<(Instant, TransactionId, u16)>,
    /// Calls answered with 2xx, and those whose ACK came.
    pub answered: Vec<String>,
    pub acknowledged: Vec<String>,
}

impl Callee {
    pub fn new(number: u8, protocol: Protocol, manner: Manner) -> Callee {
        let seed = match manner {
            Manner::Any(seed) => seed,
            _ => 0,
        };
        let identity = Identity {
            worker: u16::from(number),
            boot: 1,
            secret: [number; 16],
        };
        Callee {
            number,
            protocol,
            manner,
            random: Random(seed),
            layer: Layer::new(Config::default(), identity),
            plans: Vec::new(),
            answered: Vec::new(),
            acknowledged: Vec::new(),
        }
    }

    fn new_call(&mut self, req: Arc<Message>, now: Instant) {
        let to = target(self.protocol, super::PROXY);
        let id = self
            .layer
            .create(req, to, (), now)
            .expect("match_request said it is new");
        let manner = match self.manner {
            Manner::Any(_) => self.any(),
            manner => manner,
        };
        let after = |milliseconds| now + Duration::from_millis(milliseconds);
        match manner {
            Manner::Answers { rings, code, answers } => {
                self.plans.push((after(rings), id, 180));
                self.plans.push((after(answers), id, code));
            }
            Manner::Rings => self.plans.push((after(20), id, 180)),
            Manner::Silent | Manner::Any(_) => {}
        }
    }

    fn any(&mut self) -> Manner {
        match self.random.below(10) {
            0 => Manner::Silent,
            1 => Manner::Rings,
            _ => {
                let rings = self.random.below(3000);
                let code = self.random.pick(&[200, 200, 200, 486, 404, 302, 503, 603, 500]);
                Manner::Answers {
                    rings,
                    code,
                    answers: rings + self.random.below(8000),
                }
            }
        }
    }

    fn reply(&mut self, id: TransactionId, code: u16, now: Instant) {
        let Some(req) = self.layer.get(id).and_then(|tx| tx.request()).cloned() else {
            return;
        };
        let bytes = reply(&req, code, &format!("callee{}", self.number));
        let sent = self.layer.reply(id, code, bytes, now).is_ok();
        if sent && req.method() == Method::Invite && (200..300).contains(&code) {
            self.answered.push(name(&req));
        }
    }

    fn cancel(&mut self, req: Arc<Message>, invite: Option<TransactionId>, now: Instant) {
        let to = target(self.protocol, super::PROXY);
        let id = self
            .layer
            .create(req, to, (), now)
            .expect("match_request said it is new");
        self.reply(id, if invite.is_some() { 200 } else { 481 }, now);
        if let Some(invite) = invite {
            self.reply(invite, 487, now);
        }
    }

    fn drain(&mut self, wire: &mut Wire) {
        while let Some(output) = self.layer.poll_output() {
            if let Output::Transmit(transmit) = output {
                wire.send(transmit.target.remote, transmit.bytes);
            }
        }
    }
}

fn name(msg: &Message) -> String {
    String::from_utf8_lossy(msg.call_id().unwrap_or_default()).into_owned()
}

impl Host for Callee {
    fn receive(&mut self, bytes: Bytes, wire: &mut Wire) {
        let req = read(&bytes);
        if matches!(self.manner, Manner::Silent) {
            return;
        }
        match self.layer.match_request(&req, wire.now) {
            RequestMatch::New => self.new_call(req, wire.now),
            RequestMatch::Cancel(invite) => self.cancel(req, invite, wire.now),
            RequestMatch::Ack(_) => self.acknowledged.push(name(&req)),
            RequestMatch::Absorbed | RequestMatch::Pending | RequestMatch::Merged => {}
        }
        self.drain(wire);
    }

    fn timeout(&mut self, wire: &mut Wire) {
        let (due, later) = std::mem::take(&mut self.plans)
            .into_iter()
            .partition(|(at, ..)| *at <= wire.now);
        self.plans = later;
        for (_, id, code) in due {
            self.reply(id, code, wire.now);
        }
        self.layer.handle_timeout(wire.now);
        self.drain(wire);
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.plans
            .iter()
            .map(|(at, ..)| *at)
            .chain(self.layer.poll_timeout())
            .min()
    }
}
