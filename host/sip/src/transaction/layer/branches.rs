//! Branches: adding and cancelling them.

use super::super::branch_id::BranchId;
use super::super::machine::Input;
use super::super::{Branch, BranchError, BranchTimeouts, Transaction, TransactionId, Which, key};
use super::Layer;
use crate::Target;
use crate::message::Method;
use bytes::Bytes;
use std::time::Instant;

impl<U> Layer<U> {
    /// Appends the value of the Via branch parameter for a branch: it names this layer, the transaction
    /// and the branch, cannot be guessed, and lets [`Layer::is_loop`] know the request again. `whose` is the
    /// number of the routing that sends it.
    pub fn branch_id(&self, id: TransactionId, index: u8, whose: u32, out: &mut Vec<u8>) {
        let request = self.get(id).and_then(Transaction::request);
        let hash = request.map_or(0, |req| key::loop_hash(&self.identity, req, whose));
        BranchId::new(&self.identity, id, index, hash).write(out);
    }

    /// The index that [`Layer::add_branch`] will give. None where the transaction is gone or full.
    pub fn next_branch(&self, id: TransactionId) -> Option<u8> {
        let index = u8::try_from(self.get(id)?.branches.len()).ok()?;
        (index < self.config.max_branches).then_some(index)
    }

    /// Sends a request on a new branch. `bytes` is the whole of it, our Via on top with the branch
    /// parameter of [`Layer::branch_id`] for [`Layer::next_branch`]. Until [`Layer::branches_added`]
    /// no decision is taken. A branch never outlives the transaction's longest life.
    ///
    /// # Errors
    ///
    /// Where the transaction is gone, answered, cancelled, expired or full.
    pub fn add_branch(
        &mut self,
        id: TransactionId,
        bytes: Bytes,
        target: Target,
        timeouts: BranchTimeouts,
        now: Instant,
    ) -> Result<u8, BranchError> {
        self.get(id).ok_or(BranchError::Gone)?.takes_branches(now)?;
        let index = self.next_branch(id).ok_or(BranchError::Full)?;
        self.stats.branches += 1;
        self.with(id, now, |transaction, io| {
            if !transaction.flags.open {
                transaction.flags.open = true;
                transaction.last_added = index;
            }
            let branch = Branch::new(transaction.method, bytes, target, timeouts, io);
            transaction.branches.push(branch);
        });
        Ok(index)
    }

    /// No more branches for now: where every branch has failed already the decision is taken.
    pub fn branches_added(&mut self, id: TransactionId, now: Instant) {
        self.with(id, now, |transaction, io| {
            transaction.flags.open = false;
            transaction.check_done(io);
        });
    }

    /// One branch.
    pub fn branch(&self, id: TransactionId, index: u8) -> Option<&Branch> {
        self.get(id)?.branch(index)
    }

    /// One branch, to change its [`Branch::user`].
    pub fn branch_mut(&mut self, id: TransactionId, index: u8) -> Option<&mut Branch> {
        self.get_mut(id)?.branches.get_mut(usize::from(index))
    }

    /// The request of a branch could not be sent (RFC 3261 17.1.4, 16.9): the branch counts as 503.
    /// Nothing happens to one that was answered.
    pub fn branch_failed(&mut self, id: TransactionId, index: u8, now: Instant) {
        self.with(id, now, |transaction, io| {
            transaction.step_branch(usize::from(index), Input::TransportError, None, io);
        });
    }

    /// Changes the timeouts of branches that wait for a reply (`t_set_fr` after t_relay): they start
    /// again with the new times.
    pub fn set_timeouts(&mut self, id: TransactionId, timeouts: BranchTimeouts, now: Instant) {
        self.with(id, now, |transaction, io| {
            for branch in &mut transaction.branches {
                branch.set_timeouts(timeouts, io);
            }
        });
    }

    /// Cancels branches of an INVITE that have no final reply: now, or after their first provisional
    /// (RFC 3261 9.1). `reason` is the value of a Reason header to put in (RFC 3326).
    pub fn cancel_branches(&mut self, id: TransactionId, which: Which, reason: Option<&[u8]>, now: Instant) {
        self.with(id, now, |transaction, io| {
            transaction.cancel_some(which, reason, true, io)
        });
    }

    /// The caller's CANCEL of an INVITE (RFC 3261 9.2, 16.10): marks it cancelled and cancels its
    /// branches; where none was sent, or a suspended host has nothing on its way, it is answered with 487.
    /// The 200 to the CANCEL is the caller's part: the CANCEL is a transaction of its own.
    ///
    /// Where branches were cancelled by that, what goes upstream is a 2xx, a 6xx, or else a 487 (9.2): also
    /// where one stays silent until its timer ends it, and where an earlier leg was refused.
    pub fn cancel(&mut self, invite: TransactionId, now: Instant) {
        self.cancel_for(invite, None, now);
    }

    /// [`Layer::cancel`] with the value of the Reason header (RFC 3326) that the CANCELs to the
    /// branches get.
    pub fn cancel_for(&mut self, invite: TransactionId, reason: Option<&[u8]>, now: Instant) {
        self.with(invite, now, |transaction, io| {
            if transaction.method != Method::Invite || transaction.is_final_sent() {
                return;
            }
            transaction.flags.canceled = true;
            let waits = transaction.flags.suspended && transaction.branches.iter().all(Branch::is_final);
            if transaction.branches.is_empty() || waits {
                transaction.reply_ourselves(487, "Request Terminated", io);
            } else {
                transaction.cancel_branches(Which::All, reason, io);
            }
        });
    }
}
