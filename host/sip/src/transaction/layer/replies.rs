//! Replies: which branch they belong to, and what becomes of them.

use super::super::branch::Client;
use super::super::branch_id::{self, BranchId, OWN};
use super::super::io::Io;
use super::super::machine::Input;
use super::super::state::Transaction;
use super::super::{Owner, ReplyMatch, RequestId, TransactionId};
use super::Layer;
use crate::message::{Message, Method};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Instant;

impl<U> Layer<U> {
    /// Whose transaction a reply belongs to, by the branch of its top Via; as
    /// [`owner`](super::super::owner).
    pub fn owner(via_branch: &[u8]) -> Option<Owner> {
        branch_id::owner(via_branch)
    }

    /// The transaction and branch that a reply belongs to (RFC 3261 17.1.3), without any effect.
    pub fn find_reply(&self, rpl: &Message) -> Option<(TransactionId, u8)> {
        self.branch_of(rpl)
            .filter(|(id, index)| self.has_branch(*id, *index, rpl))
    }

    /// What the top Via of a message names, where this layer wrote it.
    pub(super) fn branch_of(&self, msg: &Message) -> Option<(TransactionId, u8)> {
        BranchId::read(msg.magic_branch()?)?.verify(&self.identity)
    }

    /// Whether there is this branch, with a request (or a CANCEL of it) that a reply can be for.
    fn has_branch(&self, id: TransactionId, index: u8, rpl: &Message) -> bool {
        self.get(id).is_some_and(|transaction| {
            let of_cancel = rpl.method() == Method::Cancel && transaction.method == Method::Invite;
            transaction.branch(index).is_some() && (rpl.method() == transaction.method || of_cancel)
        })
    }

    /// Steps the client machine of the branch that a reply belongs to. The ACK of a negative reply is
    /// queued here.
    pub fn receive_reply(&mut self, rpl: &Message, now: Instant) -> ReplyMatch {
        let named = self.branch_of(rpl).filter(|_| (100..700).contains(&rpl.status()));
        let (id, branch) = match named {
            Some((id, OWN)) if self.is_own(id, rpl) => return self.receive_own(RequestId(id), rpl, now),
            Some((id, branch)) if self.has_branch(id, branch, rpl) => (id, branch),
            _ => {
                self.stats.unknown_replies += 1;
                return ReplyMatch::Unknown;
            }
        };
        let pass = self.with(id, now, |transaction, io| {
            transaction.receive(usize::from(branch), rpl, io)
        });
        match pass {
            Some(true) => ReplyMatch::Pass { id, branch },
            _ => {
                self.stats.absorbed_replies += 1;
                ReplyMatch::Absorbed
            }
        }
    }

    /// Takes a reply that was passed to the host into the response context (RFC 3261 16.7).
    /// `forwarded` is what would go upstream: our Via off, edits applied. A provisional (not 100) and a
    /// 2xx go upstream at once, a negative one is kept. May lead to
    /// [`Event::Failed`](super::super::Event).
    pub fn accept_reply(&mut self, id: TransactionId, branch: u8, rpl: Arc<Message>, forwarded: Bytes, now: Instant) {
        self.with(id, now, |transaction, io| {
            transaction.accept(usize::from(branch), rpl, forwarded, io)
        });
    }

    /// The host's callback dropped a reply that was passed to it. A provisional is forgotten; a final
    /// one counts as 500 (a transaction must end).
    pub fn drop_reply(&mut self, id: TransactionId, branch: u8, now: Instant) {
        self.with(id, now, |transaction, io| {
            transaction.drop_reply(usize::from(branch), io)
        });
    }

    /// Forgets the negative replies so far so that they cannot win against a later one
    /// (`t_drop_replies`); with `last`, only those of the branches added last.
    pub fn drop_replies(&mut self, id: TransactionId, last: bool) {
        let Some(transaction) = self.get_mut(id) else { return };
        let first = if last { usize::from(transaction.last_added) } else { 0 };
        for branch in transaction
            .branches
            .iter_mut()
            .skip(first)
            .filter(|branch| branch.is_final())
        {
            branch.dropped = true;
            branch.kept = None;
        }
    }

    /// Forgets the negative replies of some branches, by their indexes.
    pub fn drop_replies_of(&mut self, id: TransactionId, branches: std::ops::Range<u8>) {
        let Some(transaction) = self.get_mut(id) else { return };
        let indexes = usize::from(branches.start)..usize::from(branches.end);
        let meant = transaction.branches.get_mut(indexes).unwrap_or_default();
        for branch in meant.iter_mut().filter(|branch| branch.is_final()) {
            branch.dropped = true;
            branch.kept = None;
        }
    }

    /// Ends the failure callback (or stands in for one). Where it neither replied nor added a branch,
    /// the best reply goes upstream, or a 408 or 500 of our own.
    pub fn finish_failure(&mut self, id: TransactionId, now: Instant) {
        self.with(id, now, Transaction::finish_failure);
    }
}

impl<U> Transaction<U> {
    /// A reply to a branch, or to its CANCEL; true where it is for the host.
    fn receive(&mut self, index: usize, rpl: &Message, io: &mut Io<'_>) -> bool {
        let code = rpl.status();
        let of_cancel = rpl.method() == Method::Cancel && self.method == Method::Invite;
        let Some(branch) = self.branches.get_mut(index) else {
            return false;
        };
        if of_cancel {
            branch.cancel.answered(code, branch.target, io);
            return false;
        }
        if !self.step_branch(index, Input::of_status(code), Some(rpl), io) {
            return false;
        }
        let Some(branch) = self.branches.get_mut(index) else {
            return false;
        };
        branch.replied = true;
        let known = branch.is_final();
        if !known {
            branch.code = code;
            branch.pending = code >= 200;
        }
        if let Client::Invite(machine) = &mut branch.client
            && code > 100
        {
            machine.restart_timer_c(io.env(branch.target));
        }
        true
    }
}
