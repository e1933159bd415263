//! Settings of single transactions, and their suspension.

use super::super::settings::lifetime;
use super::super::{Settings, Transaction, TransactionId, Which};
use super::Layer;
use std::time::{Duration, Instant};

impl<U> Layer<U> {
    /// Changes what a transaction does otherwise than the configuration says.
    pub fn set(&mut self, id: TransactionId, change: impl FnOnce(&mut Settings)) {
        if let Some(transaction) = self.get_mut(id) {
            change(&mut transaction.settings);
        }
    }

    /// Sets how long a transaction may be undecided, counted from when it was made; None takes the
    /// configuration's time. One that has passed ends it at the next timeout; one that has not takes
    /// back that it has expired.
    pub fn set_lifetime(&mut self, id: TransactionId, life: Option<Duration>, now: Instant) {
        let config = self.config.clone();
        self.with(id, now, |transaction, _| {
            let life = life.or(lifetime(&config, transaction.method));
            transaction.until = life.and_then(|life| transaction.created.checked_add(life));
            transaction.flags.expired &= transaction.until.is_some_and(|until| until <= now);
        });
    }

    /// The host waits for something of its own before it decides on the transaction: after `patience`
    /// the transaction fails. False where it is gone, answered, or suspended already.
    pub fn suspend(&mut self, id: TransactionId, patience: Duration, now: Instant) -> bool {
        let suspended = self.with(id, now, |transaction, _| {
            if transaction.is_final_sent() || transaction.flags.suspended {
                return false;
            }
            transaction.flags.suspended = true;
            transaction.host_until = now.checked_add(patience);
            true
        });
        suspended.unwrap_or(false)
    }

    /// Ends a suspension; false where there is none any more.
    pub fn resume(&mut self, id: TransactionId, now: Instant) -> bool {
        let resumed = self.with(id, now, |transaction, _| {
            transaction.host_until = None;
            std::mem::take(&mut transaction.flags.suspended)
        });
        resumed.unwrap_or(false)
    }

    /// Ends a transaction with a final status that nobody is told; what its branches still ring for is
    /// cancelled. False where it is gone.
    pub fn end_silently(&mut self, id: TransactionId, code: u16, now: Instant) -> bool {
        let ended = self.with(id, now, |transaction, io| {
            transaction.end_silently(code, io);
            transaction.cancel_branches(Which::All, None, io);
        });
        ended.is_some()
    }

    /// The transactions of a Call-ID and CSeq number, by their [`key_digest`](super::super::key_digest),
    /// the newest first. What it costs does not grow with the number of transactions.
    pub fn calls(&self, digest: u64) -> impl Iterator<Item = &Transaction<U>> {
        self.calls.places(digest).filter_map(|place| self.slots.at(place))
    }
}
