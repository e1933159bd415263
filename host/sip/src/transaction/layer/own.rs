//! Requests of our own: sending them, and what comes back.

use super::super::branch_id::{BranchId, OWN};
use super::super::io::Io;
use super::super::machine::Input;
use super::super::own::OwnRequest;
use super::super::{Branch, BranchTimeouts, By, Event, Output, ReplyMatch, RequestId, SendError, TransactionId};
use super::Layer;
use crate::Target;
use crate::message::{Message, Method};
use std::time::Instant;

/// Nobody yet: a request that is being sent for the first time makes neither a CANCEL nor an ACK.
const UNBORN: By = By::Transaction(TransactionId {
    slot: u32::MAX,
    generation: 0,
});

impl<U> Layer<U> {
    /// Sends a request of our own through a client transaction (RFC 3261 17.1): it is sent again while
    /// nothing is heard, given up in time, and a negative reply to an INVITE is acknowledged. `write`
    /// writes the whole of it, with the branch parameter it is given in the top Via. `tag` comes back
    /// with each [`ReplyMatch::Own`], [`Event::Unanswered`] and [`Event::RequestEnded`].
    ///
    /// The ACK of a 2xx is the sender's part (13.2.2.4).
    ///
    /// # Errors
    ///
    /// Where there are too many transactions, or the method makes none.
    pub fn send_request(
        &mut self,
        method: Method,
        target: Target,
        tag: u64,
        timeouts: BranchTimeouts,
        now: Instant,
        write: impl FnOnce(&[u8], &mut Vec<u8>),
    ) -> Result<RequestId, SendError> {
        if matches!(method, Method::Ack | Method::Cancel) {
            return Err(SendError::NoTransaction);
        }
        if self.is_full() {
            return Err(SendError::Full);
        }
        let mut io = Io {
            now,
            config: &self.config,
            intervals: (self.config.t1, self.config.t2),
            identity: &self.identity,
            stats: &mut self.stats,
            outputs: &mut self.outputs,
            by: UNBORN,
            made: &mut self.made,
            accepted: &mut self.accepted,
            scratch: &mut self.scratch,
        };
        let make = |id| {
            let mut via_branch = Vec::with_capacity(64);
            BranchId::new(io.identity, id, OWN, 0).write(&mut via_branch);
            let bytes = io.build(|out| write(&via_branch, out));
            OwnRequest {
                id: RequestId(id),
                tag,
                method,
                branch: Branch::new(method, bytes, target, timeouts, &mut io),
                decided: false,
                queued: None,
            }
        };
        let id = self.own.insert(make).map(RequestId).ok_or(SendError::Full)?;
        self.stats.own_requests += 1;
        self.settle_own(id, now);
        Ok(id)
    }

    /// Cancels an INVITE of ours that has no final reply: now, or after its first provisional (RFC 3261
    /// 9.1). The 487 comes as any other reply.
    pub fn cancel_request(&mut self, id: RequestId, reason: Option<&[u8]>, now: Instant) {
        self.with_own(id, now, |own, io| own.branch.cancel(reason, true, io));
    }

    /// A request of our own could not be sent (17.1.4): true where `sent` is one.
    pub fn request_failed(&mut self, sent: &Message, now: Instant) -> bool {
        let Some(id) = self.find_own(sent) else { return false };
        self.with_own(id, now, |own, io| own.step(Input::TransportError, None, io));
        true
    }

    /// Requests of our own now.
    pub fn own_requests(&self) -> usize {
        self.own.len()
    }

    /// Whether there is room for no further transaction.
    pub(super) fn is_full(&self) -> bool {
        self.len() + self.own.len() >= self.config.max_transactions as usize
    }

    /// Takes a reply to a request of our own.
    pub(super) fn receive_own(&mut self, id: RequestId, rpl: &Message, now: Instant) -> ReplyMatch {
        let passed = self.with_own(id, now, |own, io| own.receive(rpl, io).then_some(own.tag));
        match passed.flatten() {
            Some(tag) => ReplyMatch::Own { id, tag },
            None => {
                self.stats.absorbed_replies += 1;
                ReplyMatch::Absorbed
            }
        }
    }

    /// Fires the timers of our own requests that are due.
    pub(super) fn handle_own_timeouts(&mut self, now: Instant) {
        while let Some((at, id)) = self.own_queue.pop_due(now) {
            let Some(own) = self.own.get_mut(id).filter(|own| own.queued == Some(at)) else {
                continue; // gone, or an earlier entry took its place
            };
            own.queued = None;
            self.with_own(RequestId(id), now, |own, io| own.handle_timeout(io));
        }
    }

    /// What the sender of a request of ours gave it that a reply answers, without any effect.
    pub fn own_request_of(&self, rpl: &Message) -> Option<u64> {
        let RequestId(id) = self.find_own(rpl)?;
        self.own.get(id).map(|own| own.tag)
    }

    /// The request of ours that a message with our Via on top is, or answers.
    fn find_own(&self, msg: &Message) -> Option<RequestId> {
        let (id, _) = self.branch_of(msg).filter(|(_, index)| *index == OWN)?;
        self.is_own(id, msg).then_some(RequestId(id))
    }

    /// Whether a message with this id in its Via is a request of ours, or answers one.
    pub(super) fn is_own(&self, id: TransactionId, msg: &Message) -> bool {
        self.own.get(id).is_some_and(|own| {
            let of_cancel = msg.method() == Method::Cancel && own.method == Method::Invite;
            msg.method() == own.method || of_cancel
        })
    }

    fn with_own<R>(
        &mut self,
        id: RequestId,
        now: Instant,
        act: impl FnOnce(&mut OwnRequest, &mut Io<'_>) -> R,
    ) -> Option<R> {
        let own = self.own.get_mut(id.0)?;
        let tag = own.tag;
        let mut io = Io {
            now,
            config: &self.config,
            intervals: (self.config.t1, self.config.t2),
            identity: &self.identity,
            stats: &mut self.stats,
            outputs: &mut self.outputs,
            by: By::Request { id, tag },
            made: &mut self.made,
            accepted: &mut self.accepted,
            scratch: &mut self.scratch,
        };
        let result = act(own, &mut io);
        self.settle_own(id, now);
        Some(result)
    }

    fn settle_own(&mut self, id: RequestId, now: Instant) {
        let Some(own) = self.own.get_mut(id.0) else { return };
        let deadline = own.branch.next_deadline().filter(|_| !own.is_over());
        match deadline {
            None => {
                let tag = own.tag;
                self.own.remove(id.0);
                let ended = Event::RequestEnded(id, tag);
                self.outputs.push_back(Output::Event(ended));
            }
            Some(deadline) if own.queued.is_none_or(|queued| deadline < queued) => {
                own.queued = Some(deadline);
                self.own_queue.push(deadline, id.0, now);
            }
            Some(_) => {}
        }
    }
}
