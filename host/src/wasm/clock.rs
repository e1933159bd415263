//! The clock of epochs: what callbacks' running time is counted in, and what interrupts them.
//!
//! One thread an engine. It looks at what runs, and ticks only for a callback that it sees running for
//! the second time: usual callbacks take microseconds and never meet it. While callbacks come and go
//! it looks every [`LOOK`], beside one that lasts every [`TICK`], and where nothing runs it sleeps
//! until something does: an idle proxy wakes nobody.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Budgets and yields are counted in these.
pub const TICK: Duration = Duration::from_millis(1);

/// How long a callback may run at most before it is first seen, where all of them are trusted: a look costs some microseconds of a
/// processor that has calls to carry. Of that time one tick is charged: when the callback began is not known. Others are seen
/// at the first tick: whoever means harm holds up the other messages of its worker for one tick more.
const LOOK: Duration = Duration::from_millis(10);

/// The most time between two looks that counts as running time.
const MOST: Duration = Duration::from_millis(10);
/// Ticks for the time before a look that is the first to see a callback.
const FIRST: u64 = 1;

/// Looks without anything running before the clock sleeps, and how long it sleeps at most: an engine
/// that is gone is noticed then.
const IDLE_LOOKS: u32 = 4;
const SLEEP: Duration = Duration::from_secs(2);

/// Threads that run callbacks: a counter each, odd while one runs.
static RUNNERS: Mutex<Vec<Weak<AtomicU64>>> = Mutex::new(Vec::new());

thread_local! {
    static RUNNER: Arc<AtomicU64> = {
        let runner = Arc::new(AtomicU64::new(0));
        let mut runners = RUNNERS.lock();
        runners.retain(|other| other.strong_count() > 0);
        runners.push(Arc::downgrade(&runner));
        runner
    };
    static SEEN: RefCell<Vec<(Weak<AtomicU64>, u64)>> = const { RefCell::new(Vec::new()) };
}

/// The ticks of one engine.
#[derive(Debug, Default)]
pub(super) struct Clock {
    ticks: AtomicU64,
    asleep: AtomicBool,
    thread: Mutex<Option<Thread>>,
    trusted: bool,
}

/// Marks this thread as running a callback until it is dropped.
pub(super) struct Running(());

impl Clock {
    /// A clock that does not run yet. `trusted`: every callback is the operator's.
    pub(super) fn new(trusted: bool) -> Clock {
        Clock {
            trusted,
            ..Clock::default()
        }
    }

    /// Ticks so far; the difference between two reads is running time in milliseconds.
    pub(super) fn now(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// This thread begins to run a callback. Not to be nested.
    pub(super) fn run(&self) -> Running {
        // sequentially consistent, as is the clock's side: one of the two sees the other
        RUNNER.with(|runner| runner.fetch_add(1, Ordering::SeqCst));
        if self.asleep.load(Ordering::SeqCst) {
            self.wake();
        }
        Running(())
    }

    #[cold]
    fn wake(&self) {
        if let Some(thread) = &*self.thread.lock() {
            thread.unpark();
        }
    }

    /// Starts the thread; it ends with the engine.
    pub(super) fn start(self: &Arc<Clock>, engine: &wasmtime::Engine) -> wasmtime::Result<()> {
        let (clock, engine) = (Arc::clone(self), engine.weak());
        let body = move || {
            let mut watch = Stopwatch(Instant::now());
            let mut idle = 0;
            let mut running = false;
            while let Some(engine) = engine.upgrade() {
                // a callback that sees the epoch change must see the ticks: they come first
                let passed = watch.millis(Instant::now());
                clock.pass(if running { passed } else { passed.min(FIRST) });
                let seen = look();
                running = seen.running;
                if seen.lasting {
                    engine.increment_epoch();
                }
                drop(engine);
                idle = if seen.moved || seen.running { 0 } else { idle + 1 };
                match seen.running {
                    true => thread::sleep(TICK),
                    false if idle < IDLE_LOOKS => thread::sleep(if clock.trusted { LOOK } else { TICK }),
                    false => {
                        clock.sleep();
                        // nothing ran: who begins now must not be charged with the night
                        watch = Stopwatch(Instant::now());
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("kemist-epochs".into()).spawn(body)?;
        *self.thread.lock() = Some(thread.thread().clone());
        Ok(())
    }

    fn pass(&self, ticks: u64) {
        self.ticks.fetch_add(ticks, Ordering::Relaxed);
    }

    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        let seen = look();
        if !seen.moved && !seen.running {
            thread::park_timeout(SLEEP);
        }
        self.asleep.store(false, Ordering::SeqCst);
    }

    /// Moves the time, for tests.
    #[cfg(test)]
    pub(super) fn advance(&self, ticks: u64) {
        self.pass(ticks);
    }
}

/// Real time in whole milliseconds; what is left of one is kept for the next reading.
struct Stopwatch(Instant);

impl Stopwatch {
    /// Milliseconds since the last reading, at most [`MOST`]: a clock that was kept from running, or a
    /// machine that stood still, charges nobody with more.
    fn millis(&mut self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.0);
        if passed > MOST {
            self.0 = now;
            return MOST.as_millis() as u64;
        }
        let millis = passed.as_millis() as u64;
        self.0 += Duration::from_millis(millis);
        millis
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNER.with(|runner| runner.fetch_add(1, Ordering::Release));
    }
}

/// What one look at the threads has shown.
struct Seen {
    /// Something ran since the last look.
    moved: bool,
    /// A callback runs now.
    running: bool,
    /// A thread runs a callback that ran one at the last look already.
    lasting: bool,
}

/// Looks at all threads; what was seen last is kept by the clock's own thread.
fn look() -> Seen {
    let mut seen = Seen {
        moved: false,
        running: false,
        lasting: false,
    };
    SEEN.with_borrow_mut(|known| {
        let runners = RUNNERS.lock();
        if known.len() != runners.len() || known.iter().zip(&*runners).any(|(old, new)| !old.0.ptr_eq(new)) {
            // a thread came or went: what is new counts as moved
            *known = runners.iter().map(|runner| (runner.clone(), u64::MAX - 1)).collect();
        }
        drop(runners);
        for (runner, last) in known {
            let Some(now) = runner.upgrade().map(|runner| runner.load(Ordering::SeqCst)) else {
                continue;
            };
            seen.moved |= now != *last;
            seen.running |= now % 2 == 1;
            // it may have yielded in between and gone on: that is another count
            seen.lasting |= now % 2 == 1 && *last % 2 == 1;
            *last = now;
        }
    });
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_millisecond_are_kept() {
        let start = Instant::now();
        let mut watch = Stopwatch(start);
        let read: Vec<u64> = (1..=5)
            .map(|n| watch.millis(start + Duration::from_micros(700 * n)))
            .collect();
        assert_eq!(read, [0, 1, 1, 0, 1]);
    }

    #[test]
    fn time_that_stood_still_is_nobodys() {
        let start = Instant::now();
        let mut watch = Stopwatch(start);
        assert_eq!(watch.millis(start + Duration::from_secs(2)), 10);
        assert_eq!(watch.millis(start + Duration::from_micros(2_001_500)), 1);
    }
}
