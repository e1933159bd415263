//! Deadlines: those of one machine, and the queue of a layer's transactions.
//!
//! A transaction has one entry in the queue (a wheel), for its next deadline. A deadline that moves further away
//! leaves the entry where it is: it fires early and is put back. So stopping a timer costs nothing, and
//! the usual life of a call moves its entry a handful of times.

use super::TransactionId;
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

/// The deadlines of all transactions: a hierarchical wheel of milliseconds. An entry stands in the
/// level where its tick first differs from the current one, and moves down when its turn comes near, so
/// that setting a timer costs the same however many there are, and firing one a handful of moves.
#[derive(Debug)]
pub(super) struct Queue {
    /// Tick 0: the time of the first push.
    origin: Option<Instant>,
    /// The tick that was reached; every entry is at it or later.
    current: u64,
    /// The slots that are not empty, by level.
    occupied: [u64; LEVELS],
    /// The first node of each slot.
    heads: Box<[[u32; SLOTS]; LEVELS]>,
    nodes: Vec<Node>,
    /// The first of the nodes that are not in use.
    free: u32,
    len: usize,
}

/// Ticks that one slot of a level has as slots in the level below, as a power of two.
const BITS: usize = 6;
const SLOTS: usize = 1 << BITS;
/// 2^48 milliseconds: longer than anything runs.
const LEVELS: usize = 8;
/// No node.
const NONE: u32 = u32::MAX;

#[derive(Debug)]
struct Node {
    at: Instant,
    id: TransactionId,
    next: u32,
}

impl Default for Queue {
    fn default() -> Queue {
        Queue {
            origin: None,
            current: 0,
            occupied: [0; LEVELS],
            heads: Box::new([[NONE; SLOTS]; LEVELS]),
            nodes: Vec::new(),
            free: NONE,
            len: 0,
        }
    }
}

impl Queue {
    /// Puts in an entry; it fires at its time or less than a millisecond later. The caller remembers
    /// `at`: an entry that fires at another time than the last one remembered is stale.
    pub(super) fn push(&mut self, at: Instant, id: TransactionId, now: Instant) {
        self.origin.get_or_insert(now);
        if self.len == 0 {
            self.current = self.current.max(self.reached(now));
        }
        let node = Node { at, id, next: NONE };
        let place = match self.nodes.get_mut(self.free as usize) {
            Some(slot) => {
                let place = self.free;
                self.free = slot.next;
                *slot = node;
                place
            }
            // two entries for each of 2^32 slots are more than memory holds
            None => {
                self.nodes.push(node);
                self.nodes.len() as u32 - 1
            }
        };
        self.len += 1;
        self.link(place);
    }

    /// When the first entry may fire: at that time, or not yet but nearer then.
    pub(super) fn next(&self) -> Option<Instant> {
        let (_, _, tick) = self.first()?;
        self.origin?.checked_add(Duration::from_millis(tick))
    }

    /// Takes the first entry out if its time has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, TransactionId)> {
        let reached = self.reached(now);
        loop {
            let (level, slot, tick) = self.first()?;
            if tick > reached {
                return None;
            }
            self.current = tick;
            if level == 0 {
                return self.take(slot);
            }
            self.occupied[level] &= !(1 << slot);
            let mut place = std::mem::replace(&mut self.heads[level][slot], NONE);
            while let Some(node) = self.nodes.get(place as usize) {
                let next = node.next;
                self.link(place);
                place = next;
            }
        }
    }

    /// Entries, stale ones included.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The earliest slot with entries: its level, its place there, its first tick. Lower levels are
    /// earlier: what is in them agrees with the current tick in more of its bits.
    fn first(&self) -> Option<(usize, usize, u64)> {
        let level = self.occupied.iter().position(|slots| *slots != 0)?;
        let slot = self.occupied[level].trailing_zeros() as usize;
        let above = self.current >> (BITS * (level + 1)) << (BITS * (level + 1));
        Some((level, slot, above | (slot as u64) << (BITS * level)))
    }

    fn take(&mut self, slot: usize) -> Option<(Instant, TransactionId)> {
        let place = self.heads[0][slot];
        let node = self.nodes.get_mut(place as usize)?;
        let entry = (node.at, node.id);
        let next = std::mem::replace(&mut node.next, self.free);
        self.free = place;
        self.heads[0][slot] = next;
        if next == NONE {
            self.occupied[0] &= !(1 << slot);
        }
        self.len -= 1;
        Some(entry)
    }

    /// Puts a node where its tick belongs as seen from the current one.
    fn link(&mut self, place: u32) {
        let Some(origin) = self.origin else { return };
        let current = self.current;
        let Some(node) = self.nodes.get_mut(place as usize) else {
            return;
        };
        let after = node.at.saturating_duration_since(origin);
        // rounded up: nothing fires early
        let tick = (after.as_nanos().div_ceil(1_000_000) as u64).max(current);
        let differs = (tick ^ current) | (SLOTS as u64 - 1);
        let level = ((63 - differs.leading_zeros() as usize) / BITS).min(LEVELS - 1);
        let slot = (tick >> (BITS * level)) as usize % SLOTS;
        node.next = std::mem::replace(&mut self.heads[level][slot], place);
        self.occupied[level] |= 1 << slot;
    }

    /// The tick that a time has reached.
    fn reached(&self, now: Instant) -> u64 {
        let since = |origin: Instant| now.saturating_duration_since(origin).as_millis() as u64;
        self.origin.map_or(0, since)
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
            queue.push(start + seconds * SECOND, TransactionId::from_parts(seconds, 0), start);
        }
        assert!(queue.next().is_some_and(|next| next <= start + SECOND));
        assert_eq!(queue.pop_due(start + SECOND - Duration::from_millis(1)), None);
        assert_eq!(queue.next(), Some(start + SECOND));
        let due: Vec<u32> = std::iter::from_fn(|| queue.pop_due(start + 2 * SECOND))
            .map(|(_, id)| id.slot())
            .collect();
        assert_eq!(due, [1, 2]);
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn whatever_is_set_fires_once_in_time() {
        let start = start();
        let (mut queue, mut now, mut seed) = (Queue::default(), start, 7u64);
        let mut open: std::collections::HashMap<u32, Instant> = Default::default();
        for n in 0..20_000u32 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // from microseconds to days
            let wait = Duration::from_micros((seed >> 20) >> ((seed >> 8) % 44));
            let at = now + wait.min(LONGEST);
            queue.push(at, TransactionId::from_parts(n, 0), now);
            open.insert(n, at);
            if n % 3 == 0 {
                now += Duration::from_micros((seed >> 30) >> ((seed >> 3) % 34));
            }
            while let Some((at, id)) = queue.pop_due(now) {
                assert_eq!(open.remove(&id.slot()), Some(at));
                assert!(at <= now);
            }
            let late = now - Duration::from_millis(1).min(now - start);
            if n % 100 == 0 {
                assert!(open.values().all(|at| *at >= late), "{n}");
            }
            assert_eq!(queue.len(), open.len());
        }
        while let Some(next) = queue.next() {
            now = next.max(now);
            while let Some((at, id)) = queue.pop_due(now) {
                assert_eq!(open.remove(&id.slot()), Some(at));
                assert!(at <= now && now - at < Duration::from_millis(1));
            }
        }
        assert!(open.is_empty() && queue.len() == 0);
        assert!(queue.nodes.len() < 20_000, "nodes are used again");
    }
}
