//! The pools: instances that are ready, for each thread and version.
//!
//! A pool belongs to its thread: no lock. What is under way is counted apart, in a counter that a run
//! takes with it, so that the count holds wherever its future is dropped.

use super::limits::Policy;
use super::run::{self, Instance};
use super::version::Version;
use crate::route::{Fault, Routing, Spares};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

thread_local! {
    static POOLS: RefCell<Vec<Pool>> = const { RefCell::new(Vec::new()) };
}

/// Used instances that wait to be dropped by [`maintain`]; one more is dropped at once.
const MAX_SPENT: usize = 32;

/// Instances beyond what is kept ready that one [`trim`] drops.
const LET_GO: usize = 64;

#[allow(clippy::vec_box)] // instances move between pool and run at each message: as a pointer
struct Pool {
    version: Weak<Version>,
    id: u64,
    ready: Vec<Box<Instance>>,
    spent: Vec<Box<Instance>>,
    busy: Arc<AtomicU32>,
}

/// An instance's place among those under way: given back when it is dropped.
pub(super) struct Lease {
    busy: Arc<AtomicU32>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A place, and an instance where one is ready. Busy where there is no place.
pub(super) fn take(version: &Arc<Version>, nested: bool) -> Result<(Lease, Option<Box<Instance>>), Fault> {
    with(version, |pool| {
        let limits = version.limits();
        let places = if nested {
            limits.instances.saturating_add(limits.nested)
        } else {
            limits.instances
        };
        if pool.busy.load(Ordering::Relaxed) >= places {
            return Err(Fault::Busy);
        }
        pool.busy.fetch_add(1, Ordering::Relaxed);
        let lease = Lease {
            busy: Arc::clone(&pool.busy),
        };
        // the last one is for a callback that another waits for: then no slot may be left to make one
        let ready = if nested || pool.ready.len() > 1 || limits.ready <= 1 {
            pool.ready.pop()
        } else {
            None
        };
        Ok((lease, ready))
    })
}

/// Takes an instance back after a callback that ended well or by a script error.
pub(super) fn give_back(version: &Arc<Version>, instance: Box<Instance>) {
    with(version, |pool| {
        let keeps = version.policy() == Policy::Reuse && !version.is_retired();
        // all that a burst needed are kept: the next burst may need them, and [`trim`] lets go
        if keeps && pool.ready.len() < version.limits().instances as usize {
            pool.ready.push(instance);
        } else {
            pool.spend(instance);
        }
    });
}

/// Takes an instance that trapped: its store is dead.
pub(super) fn discard(version: &Arc<Version>, instance: Box<Instance>) {
    with(version, |pool| pool.spend(instance));
}

impl Pool {
    fn spend(&mut self, instance: Box<Instance>) {
        if self.spent.len() < MAX_SPENT {
            self.spent.push(instance);
        }
    }

    /// Some of the instances that a burst left behind, the coldest first.
    fn surplus(&mut self) -> impl Iterator<Item = Box<Instance>> {
        let kept = self
            .version
            .upgrade()
            .map_or(0, |version| version.limits().ready.max(1) * 4);
        let extra = self.ready.len().saturating_sub(kept);
        self.ready.drain(..extra.min(LET_GO))
    }

    /// Takes instances that were made elsewhere, beneath those that are warm from use.
    fn stock(&mut self, made: impl IntoIterator<Item = Box<Instance>>) {
        self.ready.splice(..0, made);
    }

    /// Instances to be made, at most.
    fn wants(&self, version: &Version) -> usize {
        if version.is_retired() {
            0
        } else {
            version.limits().ready.saturating_sub(self.ready.len())
        }
    }
}

fn with<R>(version: &Arc<Version>, f: impl FnOnce(&mut Pool) -> R) -> R {
    POOLS.with(|pools| {
        let mut pools = pools.borrow_mut();
        let place = match pools.iter().position(|pool| pool.id == version.id()) {
            Some(place) => place,
            None => {
                pools.push(Pool {
                    version: Arc::downgrade(version),
                    id: version.id(),
                    ready: Vec::new(),
                    spent: Vec::new(),
                    busy: Arc::default(),
                });
                pools.len() - 1
            }
        };
        f(&mut pools[place])
    })
}

/// Puts instances of a version in reserve on this thread, before its first message.
pub fn warm(version: &Arc<Version>) {
    with(version, |_| ());
    maintain();
}

/// Makes the instances that a thread is to have in reserve; on which thread does not matter.
///
/// # Errors
/// Where one cannot be made.
pub fn prepare(version: &Arc<Version>) -> Result<Spares, String> {
    let made = (0..version.limits().ready).map(|_| run::instantiate_now(version));
    let made: Vec<_> = made
        .collect::<Result<_, Fault>>()
        .map_err(|fault| format!("no instance could be made: {fault:?}"))?;
    let version = Arc::clone(version);
    Ok(Spares::new(move || with(&version, |pool| pool.stock(made))))
}

/// Refills the pools of this thread and drops what is used up. For a worker that has nothing else to
/// do: it may take some 10 us an instance, and one callback's running time where a module's start
/// function is slow.
pub fn maintain() {
    let (spent, wanted) = POOLS.with(|pools| {
        let mut pools = pools.borrow_mut();
        let mut spent = Vec::new();
        let mut wanted = Vec::new();
        pools.retain_mut(|pool| {
            spent.append(&mut pool.spent);
            let Some(version) = pool.version.upgrade() else {
                spent.append(&mut pool.ready);
                return false;
            };
            if version.is_retired() {
                spent.append(&mut pool.ready);
            } else if pool.ready.len() > version.limits().ready {
                // what a burst left goes one at a time, the longest unused first
                spent.push(pool.ready.remove(0));
            }
            match pool.wants(&version) {
                0 => {}
                count => wanted.push((version, count)),
            }
            true
        });
        (spent, wanted)
    });
    // instances are dropped and made while no pool is borrowed: both may run much of wasmtime
    drop(spent);
    for (version, count) in wanted {
        refill(&version, count);
    }
}

/// Lets go of some instances that a burst made and nobody has needed since: once a second, since
/// bursts come in rows.
pub fn trim() {
    let surplus: Vec<_> = POOLS.with(|pools| pools.borrow_mut().iter_mut().flat_map(Pool::surplus).collect());
    drop(surplus);
}

fn refill(version: &Arc<Version>, count: usize) {
    for _ in 0..count {
        match run::instantiate_now(version) {
            // beneath those that are warm from use
            Ok(instance) => with(version, |pool| pool.ready.insert(0, instance)),
            Err(fault) => {
                tracing::warn!(
                    version = version.label(),
                    ?fault,
                    "no instance could be made in reserve"
                );
                return;
            }
        }
    }
}

/// Instances ready and under way on this thread, for tests and figures.
pub fn counts(version: &Arc<Version>) -> (usize, u32) {
    with(version, |pool| (pool.ready.len(), pool.busy.load(Ordering::Relaxed)))
}
