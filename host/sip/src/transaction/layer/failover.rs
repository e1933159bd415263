//! The next address of a branch (RFC 3263 section 4.3): a request that got no answer, could not be
//! sent or met a 503 goes to the next one in a client transaction of its own, before the branch counts
//! as failed. The layer only waits for it: addresses and bytes are the host's.

use super::super::io::Io;
use super::super::state::Transaction;
use super::super::{Branch, BranchError, BranchTimeouts, Event, TransactionId};
use super::Layer;
use crate::Target;
use bytes::Bytes;
use std::time::Instant;

impl<U> Layer<U> {
    /// Says whether the host knows further addresses for a branch. Where the branch fails without any
    /// reply or with a 503, [`Event::NextTarget`] then comes first, once, to be answered with
    /// [`Layer::replace_branch`] or [`Layer::no_further_target`].
    pub fn set_further_targets(&mut self, id: TransactionId, index: u8, further: bool) {
        if let Some(branch) = self.branch_mut(id, index) {
            branch.further = further;
        }
    }

    /// Sends the request of a branch that asked for its next target, as a new branch: `bytes` as for
    /// [`Layer::add_branch`]. What the old branch came to is forgotten.
    ///
    /// # Errors
    ///
    /// Where the branch did not ask, or the transaction is gone, answered, cancelled, expired or full;
    /// [`Layer::no_further_target`] is to follow.
    pub fn replace_branch(
        &mut self,
        id: TransactionId,
        index: u8,
        bytes: Bytes,
        target: Target,
        timeouts: BranchTimeouts,
        now: Instant,
    ) -> Result<u8, BranchError> {
        let transaction = self.get(id).ok_or(BranchError::Gone)?;
        if !transaction.branch(index).is_some_and(|branch| branch.awaiting) {
            return Err(BranchError::Gone);
        }
        transaction.takes_branches(now)?;
        let new = self.next_branch(id).ok_or(BranchError::Full)?;
        self.stats.branches += 1;
        self.with(id, now, |transaction, io| {
            let mut branch = Branch::new(transaction.method, bytes, target, timeouts, io);
            if let Some(old) = transaction.branches.get_mut(usize::from(index)) {
                branch.user = old.user;
                old.awaiting = false;
                old.dropped = true;
                old.kept = None;
            }
            transaction.branches.push(branch);
        });
        Ok(new)
    }

    /// There is no further target for a branch that asked: it has failed.
    pub fn no_further_target(&mut self, id: TransactionId, index: u8, now: Instant) {
        self.with(id, now, |transaction, io| {
            let canceled = transaction.flags.canceled;
            let Some(branch) = transaction.branches.get_mut(usize::from(index)) else {
                return;
            };
            if !std::mem::take(&mut branch.awaiting) {
                return;
            }
            if canceled && branch.kept.is_none() {
                branch.give_up(487);
            }
            transaction.branch_failed(usize::from(index), io);
        });
    }
}

impl<U> Transaction<U> {
    /// Asks the host for the next target of a branch that failed with `code`; false where there is none
    /// or none is wanted any more.
    pub(in super::super) fn seek_further(&mut self, index: usize, code: u16, io: &mut Io<'_>) -> bool {
        let decided = self.flags.canceled || self.is_final_sent();
        let Some(branch) = self.branches.get_mut(index) else {
            return false;
        };
        if !std::mem::take(&mut branch.further) || decided || branch.is_canceled() {
            return false;
        }
        branch.give_up(code);
        branch.awaiting = true;
        io.emit(Event::NextTarget(self.id, index as u8));
        true
    }
}
