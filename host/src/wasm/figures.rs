//! What versions have done and what they hold: counted by each thread apart, added up when somebody asks.

use crate::route::Fault;
use serde::Serialize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64};
use std::time::Duration;

/// Kinds of faults, in the order of [`place_of`].
const FAULTS: usize = 6;
/// Classes of final replies, 2xx to 6xx.
const CLASSES: usize = 5;

/// Durations are told apart from 256 ns to 8.6 s, eight steps to each doubling.
const FIRST: u32 = 8;
const STEPS: u32 = 8;
const OCTAVES: u32 = 25;
const BUCKETS: usize = (OCTAVES * STEPS) as usize;

/// Callbacks of which each one is timed, then one in [`EVERY`]: reading the clock twice would be a good part
/// of what a small callback costs.
const ALL_OF: u64 = 1024;
const EVERY: u64 = 8;

/// One thread's counters of one version, on cache lines of their own. What only that thread adds to is
/// stored without a locked instruction.
#[repr(align(128))]
pub(super) struct Tally {
    calls: AtomicU64,
    faults: [AtomicU64; FAULTS],
    dice: AtomicU64,
    running: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
    /// Instances in reserve.
    pub(super) ready: AtomicU32,
    /// Instances under way; given back by whichever thread drops the run.
    pub(super) busy: AtomicU32,
    /// Linear memory of the instances that were made here, wherever they are dropped.
    memory: AtomicI64,
    /// Transactions begun and ended; a transaction may end on another thread than its own.
    opened: AtomicU64,
    closed: AtomicU64,
    replies: [AtomicU64; CLASSES],
}

impl Default for Tally {
    fn default() -> Tally {
        let zero = || AtomicU64::new(0);
        Tally {
            calls: zero(),
            faults: std::array::from_fn(|_| zero()),
            dice: zero(),
            running: std::array::from_fn(|_| zero()),
            nanos: zero(),
            ready: AtomicU32::new(0),
            busy: AtomicU32::new(0),
            memory: AtomicI64::new(0),
            opened: zero(),
            closed: zero(),
            replies: std::array::from_fn(|_| zero()),
        }
    }
}

/// For counters that one thread writes.
fn add(counter: &AtomicU64, count: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(count), Relaxed);
}

impl Tally {
    /// A callback begins, on the tally's thread: how many its running time stands for, 0 where it is not
    /// to be timed.
    pub(super) fn begin(&self) -> u64 {
        let calls = self.calls.load(Relaxed).wrapping_add(1);
        self.calls.store(calls, Relaxed);
        if calls <= ALL_OF {
            return 1;
        }
        // drawn, lest callbacks that come in a fixed order be timed at one place of it only
        let dice = self
            .dice
            .load(Relaxed)
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(1);
        self.dice.store(dice, Relaxed);
        if dice >> 61 == 0 { EVERY } else { 0 }
    }

    /// A callback ran for so long, as did the others that it stands for.
    pub(super) fn ran(&self, time: Duration, stands_for: u64) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        add(&self.running[bucket(nanos)], stands_for);
        add(&self.nanos, nanos.saturating_mul(stands_for));
    }

    /// A callback failed, on whatever thread.
    pub(super) fn failed(&self, fault: &Fault) {
        self.faults[place_of(fault)].fetch_add(1, Relaxed);
    }

    /// A callback that never began counts as one that failed.
    pub(super) fn refused(&self, fault: &Fault) {
        self.calls.fetch_add(1, Relaxed);
        self.failed(fault);
    }

    /// A final reply to a request was sent.
    pub(super) fn replied(&self, code: u16) {
        if let Some(class) = self.replies.get(usize::from(code / 100).wrapping_sub(2)) {
            class.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn opened(&self) {
        self.opened.fetch_add(1, Relaxed);
    }

    pub(super) fn closed(&self) {
        self.closed.fetch_add(1, Relaxed);
    }

    /// An instance's memory changed by so many bytes.
    pub(super) fn grew(&self, bytes: i64) {
        self.memory.fetch_add(bytes, Relaxed);
    }
}

pub(super) fn place_of(fault: &Fault) -> usize {
    match fault {
        Fault::Script(_) => 0,
        Fault::Trap(_) => 1,
        Fault::Deadline => 2,
        Fault::Busy => 3,
        Fault::Ended => 4,
        Fault::Quota(_) => 5,
    }
}

fn bucket(nanos: u64) -> usize {
    let octave = nanos.max(1 << FIRST).ilog2();
    // the three bits below the leading one
    let step = (nanos.max(1 << FIRST) >> (octave - 3)) & u64::from(STEPS - 1);
    let place = (octave - FIRST) as usize * STEPS as usize + step as usize;
    place.min(BUCKETS - 1)
}

/// The middle of a bucket, in nanoseconds.
fn middle(bucket: usize) -> f64 {
    let (octave, step) = (bucket / STEPS as usize, bucket % STEPS as usize);
    let unit = f64::from(1 << (FIRST - 3)) * 2f64.powi(octave as i32);
    unit * (f64::from(STEPS) + step as f64 + 0.5)
}

/// What a version has done since it was made: the difference between two says what it did in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Callbacks that were to run.
    pub calls: u64,
    /// Script errors, traps, used up running times, refusals for want of an instance, callbacks of a version
    /// that has ended, quotas that were used up.
    pub faults: [u64; FAULTS],
    /// Final replies to requests by their class, 2xx to 6xx.
    pub replies: [u64; CLASSES],
    running: [u64; BUCKETS],
    nanos: u64,
    opened: u64,
    closed: u64,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts {
            calls: 0,
            faults: [0; FAULTS],
            replies: [0; CLASSES],
            running: [0; BUCKETS],
            nanos: 0,
            opened: 0,
            closed: 0,
        }
    }
}

impl Counts {
    pub(super) fn take_in(&mut self, tally: &Tally) {
        let sum = |sum: &mut u64, counter: &AtomicU64| *sum = sum.wrapping_add(counter.load(Relaxed));
        sum(&mut self.calls, &tally.calls);
        self.faults.iter_mut().zip(&tally.faults).for_each(|(s, c)| sum(s, c));
        self.replies.iter_mut().zip(&tally.replies).for_each(|(s, c)| sum(s, c));
        self.running.iter_mut().zip(&tally.running).for_each(|(s, c)| sum(s, c));
        sum(&mut self.nanos, &tally.nanos);
        sum(&mut self.opened, &tally.opened);
        sum(&mut self.closed, &tally.closed);
    }

    /// What was done since an earlier look.
    #[must_use]
    pub fn since(&self, earlier: &Counts) -> Counts {
        let less = |now: &mut u64, then: &u64| *now = now.saturating_sub(*then);
        let mut counts = self.clone();
        less(&mut counts.calls, &earlier.calls);
        counts
            .faults
            .iter_mut()
            .zip(&earlier.faults)
            .for_each(|(n, t)| less(n, t));
        counts
            .replies
            .iter_mut()
            .zip(&earlier.replies)
            .for_each(|(n, t)| less(n, t));
        counts
            .running
            .iter_mut()
            .zip(&earlier.running)
            .for_each(|(n, t)| less(n, t));
        less(&mut counts.nanos, &earlier.nanos);
        less(&mut counts.opened, &earlier.opened);
        less(&mut counts.closed, &earlier.closed);
        counts
    }

    /// Faults of all kinds.
    pub fn all_faults(&self) -> u64 {
        self.faults.iter().sum()
    }

    /// Final replies of all classes.
    pub fn all_replies(&self) -> u64 {
        self.replies.iter().sum()
    }

    /// Final replies of the class 5xx.
    pub fn server_errors(&self) -> u64 {
        self.replies[3]
    }

    /// The running time that this part of the callbacks (0 to 1) did not exceed, to some 6 %; None where none
    /// was timed.
    pub fn percentile(&self, part: f64) -> Option<Duration> {
        let all: u64 = self.running.iter().sum();
        let wanted = ((all as f64 * part).ceil() as u64).max(1);
        let mut seen = 0;
        let place = self.running.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        place.map(|place| Duration::from_secs_f64(middle(place) / 1e9))
    }

    /// The mean running time; None where none was timed.
    pub fn mean(&self) -> Option<Duration> {
        let all: u64 = self.running.iter().sum();
        self.nanos.checked_div(all).map(Duration::from_nanos)
    }

    /// What callbacks of these running times leave behind.
    #[cfg(test)]
    pub(crate) fn ran_for_test(calls: u64, slow: u64, micros: u64, slow_micros: u64) -> Counts {
        let tally = Tally::default();
        tally.ran(Duration::from_micros(micros), calls - slow);
        tally.ran(Duration::from_micros(slow_micros), slow);
        let mut counts = Counts::default();
        counts.take_in(&tally);
        Counts { calls, ..counts }
    }

    fn open(&self) -> u64 {
        self.opened.saturating_sub(self.closed)
    }
}

/// A version's figures, as an operator sees them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Transactions that it made or whose callbacks it armed, and requests of its own, that have not ended.
    pub open_transactions: u64,
    /// Callbacks that were to run.
    pub calls: u64,
    /// Those of them that failed.
    pub faults: Faults,
    /// Final replies to the requests that its request route was given, whoever made them: the script, a
    /// branch, or kemist for want of either. What was forwarded without a transaction has none here.
    pub replies: Replies,
    /// Running times of callbacks: waiting in the host is not in them, callbacks that another one waits for
    /// are in that one's.
    pub running: Running,
    /// Instances of all workers.
    pub instances: Instances,
    /// Bytes of linear memory of its instances.
    pub memory: u64,
    /// Bytes of native code.
    pub code: u64,
    /// Seconds since 1970 when it first was put in charge of requests, 0 where it never was.
    pub since: u64,
    /// The same of when it was relieved of that; None while it serves.
    pub retired: Option<u64>,
    /// It was ended at its drain limit: its callbacks run no longer.
    pub ended: bool,
}

/// Callbacks that failed, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// The script returned an error.
    pub script_errors: u64,
    /// The instance trapped.
    pub traps: u64,
    /// The running time was used up.
    pub deadlines: u64,
    /// No instance was free.
    pub busy: u64,
    /// The version had ended.
    pub ended: u64,
    /// A quota of the tenant was used up.
    pub quotas: u64,
}

/// Final replies by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replies {
    /// 2xx.
    #[serde(rename = "2xx")]
    pub success: u64,
    /// 3xx.
    #[serde(rename = "3xx")]
    pub redirection: u64,
    /// 4xx.
    #[serde(rename = "4xx")]
    pub request_failure: u64,
    /// 5xx.
    #[serde(rename = "5xx")]
    pub server_failure: u64,
    /// 6xx.
    #[serde(rename = "6xx")]
    pub global_failure: u64,
}

/// Running times in microseconds, 0 where nothing ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Running {
    /// Mean.
    pub mean_us: f64,
    /// Half of the callbacks took no longer.
    pub p50_us: f64,
    /// 90 % took no longer.
    pub p90_us: f64,
    /// 99 % took no longer.
    pub p99_us: f64,
}

/// Instances of a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Instances {
    /// Waiting for a message.
    pub ready: u64,
    /// Running, or waiting in the host.
    pub busy: u64,
}

impl Figures {
    /// What some tallies come to.
    pub(super) fn of<'t>(tallies: impl Iterator<Item = &'t Tally>) -> Figures {
        let mut counts = Counts::default();
        let mut instances = Instances::default();
        let mut memory = 0;
        for tally in tallies {
            counts.take_in(tally);
            instances.ready += u64::from(tally.ready.load(Relaxed));
            instances.busy += u64::from(tally.busy.load(Relaxed));
            memory += tally.memory.load(Relaxed);
        }
        let [script_errors, traps, deadlines, busy, ended, quotas] = counts.faults;
        let [success, redirection, request_failure, server_failure, global_failure] = counts.replies;
        Figures {
            open_transactions: counts.open(),
            calls: counts.calls,
            faults: Faults {
                script_errors,
                traps,
                deadlines,
                busy,
                ended,
                quotas,
            },
            replies: Replies {
                success,
                redirection,
                request_failure,
                server_failure,
                global_failure,
            },
            running: Running::of(&counts),
            instances,
            // a thread may be read between two of another's steps
            memory: u64::try_from(memory).unwrap_or(0),
            ..Figures::default()
        }
    }
}

impl Running {
    fn of(counts: &Counts) -> Running {
        let micros = |time: Option<Duration>| {
            let micros = time.unwrap_or_default().as_secs_f64() * 1e6;
            (micros * 10.0).round() / 10.0
        };
        Running {
            mean_us: micros(counts.mean()),
            p50_us: micros(counts.percentile(0.5)),
            p90_us: micros(counts.percentile(0.9)),
            p99_us: micros(counts.percentile(0.99)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_to_six_percent() {
        for nanos in [256, 300, 999, 1_000, 31_415, 1_000_000, 50_000_000, 3_000_000_000u64] {
            let off = (middle(bucket(nanos)) - nanos as f64).abs() / nanos as f64;
            assert!(off < 0.07, "{nanos}: {}", middle(bucket(nanos)));
        }
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert!((0..BUCKETS - 1).all(|place| middle(place) < middle(place + 1)));
    }

    #[test]
    fn percentiles_are_of_all_callbacks_though_few_are_timed() {
        let tally = Tally::default();
        let mut timed = 0;
        for n in 0..100_000u64 {
            let stands_for = tally.begin();
            if stands_for > 0 {
                timed += 1;
                // one in fifty is slow
                let time = if n % 50 == 0 { 2_000 } else { 10 };
                tally.ran(Duration::from_micros(time), stands_for);
            }
        }
        assert!((10_000..20_000).contains(&timed), "{timed}");
        let mut counts = Counts::default();
        counts.take_in(&tally);
        let near = |time: Option<Duration>, micros: f64| {
            let got = time.expect("some were timed").as_secs_f64() * 1e6;
            assert!((got / micros - 1.0).abs() < 0.1, "{got} for {micros}");
        };
        near(counts.percentile(0.5), 10.0);
        near(counts.percentile(0.9), 10.0);
        near(counts.percentile(0.99), 2_000.0);
        let mean = counts.mean().expect("some were timed").as_secs_f64() * 1e6;
        assert!((35.0..65.0).contains(&mean), "{mean}");
        let all: u64 = counts.running.iter().sum();
        assert!((90_000..110_000).contains(&all), "{all}");
    }

    #[test]
    fn tallies_add_up_and_differences_say_what_came_since() {
        let (one, two) = (Tally::default(), Tally::default());
        one.begin();
        one.failed(&Fault::Deadline);
        two.refused(&Fault::Busy);
        for code in [100, 200, 202, 302, 486, 503, 603, 700] {
            two.replied(code);
        }
        one.opened();
        one.opened();
        two.closed();
        one.grew(65_536);
        two.grew(-16_384);
        let figures = Figures::of([&one, &two].into_iter());
        assert_eq!(
            (figures.calls, figures.open_transactions, figures.memory),
            (2, 1, 49_152)
        );
        assert_eq!((figures.faults.deadlines, figures.faults.busy), (1, 1));
        let replies = figures.replies;
        assert_eq!(
            (replies.success, replies.server_failure, replies.global_failure),
            (2, 1, 1)
        );
        let mut before = Counts::default();
        before.take_in(&one);
        one.begin();
        one.failed(&Fault::Script(String::new()));
        let mut after = Counts::default();
        after.take_in(&one);
        let since = after.since(&before);
        assert_eq!((since.calls, since.faults), (1, [1, 0, 0, 0, 0, 0]));
        assert_eq!(Counts::default().percentile(0.5), None);
        assert_eq!(Counts::default().mean(), None);
    }
}
