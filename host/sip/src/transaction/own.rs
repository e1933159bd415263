//! A request of our own: one client machine (RFC 3261 17.1), and whoever wants to hear of it.

use super::io::Io;
use super::machine::{Act, Input};
use super::{Branch, Event, RequestId};
use crate::message::{Message, Method};
use std::time::Instant;

/// One request of our own.
#[derive(Debug)]
pub(super) struct OwnRequest {
    pub(super) id: RequestId,
    pub(super) tag: u64,
    pub(super) method: Method,
    pub(super) branch: Branch,
    /// Its sender has heard how it ended.
    pub(super) decided: bool,
    /// Time of the entry in the layer's queue.
    pub(super) queued: Option<Instant>,
}

impl OwnRequest {
    /// A reply to it, or to its CANCEL; true where it is for the sender.
    pub(super) fn receive(&mut self, rpl: &Message, io: &mut Io<'_>) -> bool {
        let code = rpl.status();
        if rpl.method() == Method::Cancel && self.method == Method::Invite {
            self.branch.cancel.answered(code, self.branch.target, io);
            return false;
        }
        if !self.step(Input::of_status(code), Some(rpl), io) {
            return false;
        }
        self.branch.heard(code, io);
        // after Unanswered only a call that exists is worth a word
        let late = self.decided && !(200..300).contains(&code);
        self.decided |= code >= 200;
        !late
    }

    /// Steps the machine; true where a reply is for the sender.
    pub(super) fn step(&mut self, input: Input, rpl: Option<&Message>, io: &mut Io<'_>) -> bool {
        match self.branch.step(input, rpl, io) {
            Act::Pass | Act::AckAndPass => return true,
            Act::TimedOut | Act::CancelTimedOut => {
                io.stats.timeouts += 1;
                self.give_up(408, io);
            }
            Act::Failed => self.give_up(503, io),
            _ => {}
        }
        false
    }

    /// Fires what is due.
    pub(super) fn handle_timeout(&mut self, io: &mut Io<'_>) {
        self.branch.cancel.handle_timeout(self.branch.target, io);
        if let Some(input) = self.branch.due(io.now) {
            self.step(input, None, io);
        }
    }

    /// Whether nothing can happen to it any more.
    pub(super) fn is_over(&self) -> bool {
        self.branch.is_over()
    }

    fn give_up(&mut self, code: u16, io: &mut Io<'_>) {
        if std::mem::replace(&mut self.decided, true) {
            return;
        }
        io.emit(Event::Unanswered {
            id: self.id,
            tag: self.tag,
            code,
        });
    }
}
