//! Deadlines: those of one machine, and the queue of a layer's transactions.
//!
//! A transaction has one entry in the queue, for its next deadline. A deadline that moves further away
//! leaves the entry where it is: it fires early and is put back. So stopping a timer costs nothing, and
//! the usual life of a call moves its entry a handful of times.

use super::TransactionId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// No state lasts longer, whatever it was told.
pub(super) const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// The timers of one machine: when to send again, and when the state ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timers {
    resend_at: Option<Instant>,
    interval: Duration,
    ends_at: Option<Instant>,
}

/// Which timer of a machine is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Timers A, E, G.
    Resend,
    /// The others.
    End,
}

impl Timers {
    /// Starts sending again, first after `interval` (timers A, E, G).
    pub(super) fn resend_every(&mut self, interval: Duration, now: Instant) {
        self.interval = interval;
        self.resend_at = now.checked_add(interval);
    }

    /// The next interval after one that fired: doubled up to `limit`.
    pub(super) fn back_off(&mut self, limit: Option<Duration>, now: Instant) {
        let doubled = self.interval.saturating_mul(2);
        self.resend_every(limit.map_or(doubled, |limit| doubled.min(limit)), now);
    }

    /// Stops sending again.
    pub(super) fn stop_resending(&mut self) {
        self.resend_at = None;
    }

    /// When the state ends: it always does, if only in [`LONGEST`].
    pub(super) fn end_after(&mut self, patience: Duration, now: Instant) {
        self.ends_at = now.checked_add(patience.min(LONGEST));
    }

    /// Both stopped.
    pub(super) fn stop(&mut self) {
        self.resend_at = None;
        self.ends_at = None;
    }

    /// The earlier of the two.
    pub(super) fn next(&self) -> Option<Instant> {
        earlier(self.resend_at, self.ends_at)
    }

    /// What is due; the end first.
    pub(super) fn due(&self, now: Instant) -> Option<Due> {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if passed(self.ends_at) {
            Some(Due::End)
        } else if passed(self.resend_at) {
            Some(Due::Resend)
        } else {
            None
        }
    }
}

/// The earlier of two deadlines, of which either may be missing.
pub(super) fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The deadlines of all transactions, in order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Instant,
    slot: u32,
    generation: u32,
}

impl Queue {
    /// Puts in an entry. The caller remembers `at`: an entry that fires at another time than the last
    /// one remembered is stale.
    pub(super) fn push(&mut self, at: Instant, id: TransactionId) {
        self.heap.push(Reverse(Entry {
            at,
            slot: id.slot,
            generation: id.generation,
        }));
    }

    /// When the first entry fires.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the first entry out if its time has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, TransactionId)> {
        if self.next()? > now {
            return None;
        }
        let Reverse(entry) = self.heap.pop()?;
        let id = TransactionId {
            slot: entry.slot,
            generation: entry.generation,
        };
        Some((entry.at, id))
    }

    /// Entries, stale ones included.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[expect(
        clippy::disallowed_methods,
        reason = "the only way to have a time; the clock is never asked again"
    )]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn intervals_double_up_to_the_limit() {
        let start = start();
        let mut timers = Timers::default();
        timers.resend_every(SECOND, start);
        assert_eq!(timers.next(), Some(start + SECOND));
        timers.back_off(Some(3 * SECOND), start + SECOND);
        assert_eq!(timers.next(), Some(start + 3 * SECOND));
        timers.back_off(Some(3 * SECOND), start + 3 * SECOND);
        assert_eq!(timers.next(), Some(start + 6 * SECOND));
    }

    #[test]
    fn the_end_comes_before_another_copy() {
        let start = start();
        let mut timers = Timers::default();
        timers.resend_every(SECOND, start);
        timers.end_after(SECOND, start);
        assert_eq!(timers.due(start), None);
        assert_eq!(timers.due(start + SECOND), Some(Due::End));
        timers.stop();
        assert_eq!(timers.due(start + SECOND), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_patience_without_end_has_one() {
        let start = start();
        let mut timers = Timers::default();
        timers.end_after(Duration::MAX, start);
        assert_eq!(timers.next(), Some(start + LONGEST));
    }

    #[test]
    fn entries_come_out_in_order_when_due() {
        let start = start();
        let mut queue = Queue::default();
        for seconds in [3, 1, 2] {
            queue.push(start + seconds * SECOND, TransactionId::from_parts(seconds, 0));
        }
        assert_eq!(queue.next(), Some(start + SECOND));
        assert_eq!(queue.pop_due(start), None);
        let due: Vec<u32> = std::iter::from_fn(|| queue.pop_due(start + 2 * SECOND))
            .map(|(_, id)| id.slot())
            .collect();
        assert_eq!(due, [1, 2]);
        assert_eq!(queue.len(), 1);
    }
}
