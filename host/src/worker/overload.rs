//! More to read than can be done: which new requests are refused, and which of them get an answer.
//!
//! A worker reads each socket in batches. As long as batches come back full, datagrams wait; the time since
//! one was not is how long they have waited without a break, and thus the most that any can have waited. A
//! burst is read within it. Where it goes on for longer than a target, more comes than is done, and the
//! worker refuses a growing share of what would begin something, until its sockets are read empty again
//! (CoDel's rule with the share of RFC 7339's loss-based control in place of drops). The share
//! falls by itself in less than a second.
//!
//! Whose requests go first: the sources that send the most, where there are such; then anybody's; last of
//! all what asks for priority (RFC 4412, emergency calls of RFC 5031). Which of them, the Call-ID decides, so that a
//! retransmission and the repetition with credentials fare like the first copy. Refusing costs time too: only
//! a part of it goes into 503s, and a source has no more than half of that; what is beyond is dropped.

mod alarm;
mod sources;

pub(super) use alarm::{Alarm, Line};

use siphasher::sip::SipHasher13;
use sources::Sources;
use std::hash::Hasher;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The level goes up by so much in a second where the target is missed: a share of two thirds is there
/// after 110 ms.
const RISE: f64 = 6.0;
/// And by so much where it is not, yet.
const GENTLE: f64 = 2.0;
/// And down: from the highest in less than a second.
const FALL: f64 = 2.5;
/// The highest level: what asks for priority is refused beyond 1, where nothing else is served any more.
const HIGHEST: f64 = 2.0;
/// One look at a socket changes the level by what this time does, at most: it says little about the
/// rest of a long batch.
const LOOK: Duration = Duration::from_millis(20);
/// While the level is up, it goes on up from this part of the target, so that the queue stays short.
const TIGHTER: u32 = 5;
/// Requests with credentials repeat one that was not refused: so much less of them is.
const REPEATED: f64 = 0.1;
/// For so long the same calls are refused at the same level: no transaction goes on longer (64*T1), and
/// a phone that registers with the same Call-ID for ever is not refused for ever.
const EPOCH: u64 = 32;
/// Time for 503s that was not used stays for this long.
const SAVED: Duration = Duration::from_millis(100);
/// A 503 costs at least this, in seconds: what is measured does not see the kernel's part of sending it later.
const LEAST_COST: f64 = 3e-6;

/// When a worker refuses new requests, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Whether it does.
    pub enabled: bool,
    /// So long datagrams may wait without a break.
    pub target: Duration,
    /// The part of a worker's time that 503s may take, 0 to 1.
    pub refusals: f64,
    /// Seconds after which a peer may try again, at least; at most it is told twice as many.
    pub retry_after: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            enabled: true,
            target: Duration::from_millis(400),
            refusals: 0.25,
            retry_after: 2,
        }
    }
}

/// A request that would begin something.
#[derive(Clone, Copy, Debug)]
pub(super) struct New<'m> {
    pub(super) source: IpAddr,
    pub(super) call_id: &'m [u8],
    /// It has credentials.
    pub(super) repeated: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is served.
    Serve,
    /// 503, and after how many seconds to try again.
    Refuse(u32),
    /// Nothing.
    Drop,
}

/// What happened since it was asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// New requests.
    pub(super) new: u64,
    /// Those that got a 503.
    pub(super) refused: u64,
    /// Those that got nothing.
    pub(super) dropped: u64,
}

impl Seen {
    /// The share of new requests that were not served.
    pub(super) fn share(&self) -> f64 {
        (self.refused + self.dropped) as f64 / self.new.max(1) as f64
    }
}

/// One worker's measure.
#[derive(Debug)]
pub(super) struct Overload {
    limits: Limits,
    key: [u8; 16],
    begun: Instant,
    /// The share of new requests to be refused, with [`HIGHEST`] for what asks for priority.
    level: f64,
    /// The level is that of this time.
    settled: Instant,
    readers: Vec<Reader>,
    sources: Sources,
    /// Seconds that 503s may take.
    allowance: f64,
    seen: Seen,
}

/// What is known of one socket.
#[derive(Clone, Copy, Debug, Default)]
struct Reader {
    /// Since when something has been waiting without a break.
    since: Option<Instant>,
    /// The last batch was full.
    full: bool,
}

impl Overload {
    /// Nothing was read yet; `key` keeps others from choosing who is served.
    pub(super) fn new(limits: Limits, key: [u8; 16], now: Instant) -> Overload {
        Overload {
            limits,
            key,
            begun: now,
            level: 0.0,
            settled: now,
            readers: Vec::new(),
            sources: Sources::new(key),
            allowance: 0.0,
            seen: Seen::default(),
        }
    }

    /// One more socket, by which number it is called from now on.
    pub(super) fn reader(&mut self) -> usize {
        self.readers.push(Reader::default());
        self.readers.len() - 1
    }

    /// A message of a socket's is about to be handled.
    pub(super) fn begins(&mut self, reader: usize, now: Instant) {
        let Some(reader) = self.readers.get_mut(reader) else {
            return;
        };
        if reader.since.is_none() {
            reader.since = Some(now);
            self.rest(now);
        }
    }

    /// A batch of a socket's was handled; `full` says that more waits.
    pub(super) fn ended(&mut self, reader: usize, full: bool, now: Instant) {
        let Some(reader) = self.readers.get_mut(reader) else {
            return;
        };
        reader.full = full;
        if !full {
            reader.since = None;
        }
        self.settle(now);
    }

    /// Nobody read since the last batch, where none was full: that is time which was free.
    fn rest(&mut self, now: Instant) {
        if !self.is_any_full() {
            let passed = self.pass(now);
            self.level = (self.level - FALL * passed.as_secs_f64()).max(0.0);
        }
    }

    /// Brings the level up to date.
    fn settle(&mut self, now: Instant) {
        let (waiting, target) = (self.waiting(now), self.limits.target);
        let passed = self.pass(now).min(LOOK).as_secs_f64();
        if waiting >= target {
            self.level = (self.level + RISE * passed).min(HIGHEST);
        } else if self.level > 0.0 && waiting >= target / TIGHTER {
            self.level = (self.level + GENTLE * passed).min(HIGHEST);
        } else if !self.is_any_full() {
            self.level = (self.level - FALL * passed).max(0.0);
        }
    }

    /// The time since the level was last changed; the next begins.
    fn pass(&mut self, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.settled);
        self.settled = self.settled.max(now);
        let saved = self.limits.refusals * SAVED.as_secs_f64();
        self.allowance = (self.allowance + self.limits.refusals * passed.as_secs_f64()).min(saved);
        passed
    }

    fn is_any_full(&self) -> bool {
        self.readers.iter().any(|reader| reader.full)
    }

    /// For how long something has been waiting without a break, at the socket where that is longest.
    fn waiting(&self, now: Instant) -> Duration {
        let full = self.readers.iter().filter(|reader| reader.full);
        let longest = full.filter_map(|reader| reader.since).min();
        longest.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// Whether requests have to be asked about.
    pub(super) fn is_watching(&self) -> bool {
        self.limits.enabled && (self.level > 0.0 || self.is_any_full())
    }

    /// Whether requests are refused.
    pub(super) fn is_refusing(&self) -> bool {
        self.limits.enabled && self.level > 0.0
    }

    /// What becomes of a new request; `is_urgent` says whether it asks for priority, where that matters.
    pub(super) fn decide(&mut self, new: New<'_>, is_urgent: impl FnOnce() -> bool, now: Instant) -> Verdict {
        if self.is_any_full() {
            self.settle(now);
        }
        self.seen.new += 1;
        let heavy = self.sources.count(new.source, now);
        if self.level <= 0.0 {
            return Verdict::Serve;
        }
        let mut share = self.share(heavy);
        if new.repeated && share < 1.0 {
            share -= REPEATED;
        }
        let luck = self.luck(new.call_id, now);
        // in 0..1: a share of 1 refuses all, one of 0 none
        if luck >= share || is_urgent() && luck >= self.level - 1.0 {
            return Verdict::Serve;
        }
        if self.allowance <= 0.0 || !self.sources.may_be_answered(new.source, self.limits.refusals / 2.0) {
            self.seen.dropped += 1;
            return Verdict::Drop;
        }
        self.seen.refused += 1;
        let most = f64::from(self.limits.retry_after) + 1.0;
        // below u32::MAX: [Limits::retry_after] is an hour at most; the share has used up the first digits
        Verdict::Refuse(self.limits.retry_after + ((luck * 4096.0).fract() * most) as u32)
    }

    /// The share of requests without priority to be refused. Those of the heaviest sources come first: where refusing
    /// them all is not enough, the rest is shared out among everybody else's.
    fn share(&self, heavy: bool) -> f64 {
        let of_heavy = self.sources.part_of_heavy();
        let share = match heavy {
            true => self.level / of_heavy.max(0.01),
            false => (self.level - of_heavy) / (1.0 - of_heavy).max(0.01),
        };
        share.clamp(0.0, 1.0)
    }

    /// A 503 to this source was made, and took so long.
    pub(super) fn paid(&mut self, source: IpAddr, cost: Duration) {
        let cost = cost.as_secs_f64().max(LEAST_COST);
        self.allowance -= cost;
        self.sources.paid(source, cost);
    }

    /// Where a call stands among all, from 0 to 1: the same for some time.
    fn luck(&self, call_id: &[u8], now: Instant) -> f64 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(call_id);
        hasher.write_u64(now.saturating_duration_since(self.begun).as_secs() / EPOCH);
        // 53 bits are what a f64 holds
        (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// What happened since the last call; to be asked now and then, so that an idle worker comes to rest.
    pub(super) fn look(&mut self, now: Instant) -> Seen {
        if self.readers.iter().all(|reader| reader.since.is_none()) {
            self.rest(now);
        }
        std::mem::take(&mut self.seen)
    }
}

#[cfg(test)]
mod tests;
