//! The life of a version: in charge, retired, ended; and what is left of it dropped apart from messages.
//!
//! A retired version stays for its transactions, and goes with the last of them: whoever holds it last drops
//! it. Where that takes longer than the drain limit it is ended: its code is let go, its callbacks run no
//! longer. Unmapping code and many instances takes long and holds up the process's other threads, so it is
//! done one by one by a thread of its own, never by one that serves.

use super::run::State;
use super::version::Version;
use kemist_bindings::Host_Pre;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What instances are made of. Every instance holds on to it, so that it goes last, and by the thread that
/// drops such things.
pub struct Code {
    pre: Option<Host_Pre<State>>,
    /// Bytes of native code.
    pub(super) size: usize,
}

impl Code {
    pub(super) fn new(pre: Host_Pre<State>) -> Arc<Code> {
        let image = pre.instance_pre().component().image_range();
        Arc::new(Code {
            size: image.end.addr().saturating_sub(image.start.addr()),
            pre: Some(pre),
        })
    }

    pub(super) fn pre(&self) -> &Host_Pre<State> {
        // taken by drop alone
        self.pre.as_ref().expect("there until it is dropped")
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(pre) = self.pre.take() {
            bury(pre);
        }
    }
}

/// Has something dropped soon, by the thread for that.
pub(super) fn bury(what: impl Send + 'static) {
    static GRAVE: OnceLock<Option<mpsc::Sender<Box<dyn Send>>>> = OnceLock::new();
    let grave = GRAVE.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Box<dyn Send>>();
        let body = move || receiver.iter().for_each(drop);
        let thread = thread::Builder::new().name("kemist-drops".into()).spawn(body);
        // without a thread, whoever buries drops
        thread.ok().map(|_| sender)
    });
    if let Some(grave) = grave {
        // what is not taken is dropped here
        let _ = grave.send(Box::new(what));
    }
}

/// Changes of any version's life: threads that keep instances look at theirs when it has moved.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// How many changes there were.
pub(super) fn changes() -> u64 {
    CHANGES.load(Ordering::Relaxed)
}

pub(super) fn changed() {
    CHANGES.fetch_add(1, Ordering::Relaxed);
}

/// Where a version is in its life.
#[derive(Default)]
pub(super) struct Life {
    retired: AtomicBool,
    ended: AtomicBool,
    dates: Mutex<Dates>,
}

#[derive(Clone, Copy, Default)]
struct Dates {
    /// Put in charge.
    since: Option<SystemTime>,
    /// Relieved of that.
    retired: Option<(Instant, SystemTime)>,
}

impl Life {
    pub(super) fn serve(&self) {
        let mut dates = self.dates.lock();
        dates.since.get_or_insert_with(SystemTime::now);
        dates.retired = None;
        self.retired.store(false, Ordering::Relaxed);
        changed();
    }

    pub(super) fn retire(&self) {
        let mut dates = self.dates.lock();
        dates.retired.get_or_insert_with(|| (Instant::now(), SystemTime::now()));
        self.retired.store(true, Ordering::Relaxed);
        changed();
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        changed();
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// How long it has been retired.
    fn retired_for(&self) -> Option<Duration> {
        self.dates.lock().retired.map(|(since, _)| since.elapsed())
    }

    /// Seconds since 1970 of when it was put in charge, 0 where it never was, and of when it was retired.
    pub(super) fn dates(&self) -> (u64, Option<u64>) {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let dates = *self.dates.lock();
        (
            dates.since.map_or(0, seconds),
            dates.retired.map(|(_, time)| seconds(time)),
        )
    }
}

/// The versions of an engine that still exist.
#[derive(Default)]
pub(super) struct Registry(Mutex<Vec<Weak<Version>>>);

impl Registry {
    pub(super) fn add(&self, version: &Arc<Version>) {
        let mut all = self.0.lock();
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(version));
    }

    /// Those that serve or have served, the oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Version>> {
        let mut all = self.0.lock();
        all.retain(|version| version.strong_count() > 0);
        let those: Vec<_> = all.iter().filter_map(Weak::upgrade).collect();
        // what is let go here may be the last of it: not under the lock
        drop(all);
        those
            .into_iter()
            .filter(|version| version.life().dates().0 > 0)
            .collect()
    }

    /// Ends those that have been retired for longer than this.
    pub(super) fn end_drained(&self, limit: Duration) {
        for version in self.all() {
            let over = version.life().retired_for().is_some_and(|time| time >= limit);
            if over && !version.has_ended() {
                version.end(limit);
            }
        }
    }
}
