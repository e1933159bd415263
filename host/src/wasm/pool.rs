//! The pools: instances that are ready, for each thread and version.
//!
//! A pool belongs to its thread: no lock. What is under way is counted apart, in a tally that a run takes
//! with it, so that the count holds wherever its future is dropped.

use super::charge;
use super::figures::Tally;
use super::life;
use super::limits::Policy;
use super::run::{self, Instance};
use super::version::Version;
use crate::route::{Fault, Routing, Spares};
use crate::tenant::Place;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// Threads that have pools.
static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static THREAD: u64 = THREADS.fetch_add(1, Ordering::Relaxed);
    static POOLS: RefCell<Pools> = const {
        RefCell::new(Pools {
            list: Vec::new(),
            work: false,
            changes: 0,
        })
    };
}

/// Used instances that wait to be dropped by [`maintain`]; one more is dropped at once.
const MAX_SPENT: usize = 32;

/// Instances beyond what is kept ready that one [`trim`] drops.
const LET_GO: usize = 64;

/// Pools that are looked through for the sake of counting alone.
const NEAR: usize = 8;

/// The pools of one thread.
struct Pools {
    /// One a version that serves, and one that has callbacks to run; those in use in front.
    list: Vec<Pool>,
    /// Some pool may have work for [`maintain`].
    work: bool,
    /// As of when it has looked at the lives of versions.
    changes: u64,
}

#[allow(clippy::vec_box)] // instances move between pool and run at each message: as a pointer
struct Pool {
    version: Weak<Version>,
    id: u64,
    ready: Vec<Box<Instance>>,
    spent: Vec<Box<Instance>>,
    tally: Arc<Tally>,
    /// There is something for [`maintain`] to do.
    work: bool,
}

/// An instance's place among those under way: given back when it is dropped.
pub(super) struct Lease {
    tally: Arc<Tally>,
    /// Among those of its tenant, over all workers.
    _place: Option<Place>,
}

impl Lease {
    /// Where its run is counted.
    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.tally.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A place, and an instance where one is ready. Busy where there is no place; over quota where the tenant
/// has none left.
pub(super) fn take(version: &Arc<Version>, nested: bool) -> Result<(Lease, Option<Box<Instance>>), Fault> {
    with(version, |pool| {
        let limits = version.limits();
        let places = if nested {
            limits.instances.saturating_add(limits.nested)
        } else {
            limits.instances
        };
        let refused = |fault: Fault| {
            pool.tally.refused(&fault);
            Err(fault)
        };
        let mut place = None;
        if let Some(tenant) = version.guarded() {
            place = tenant.instance(if nested { limits.nested } else { 0 });
            if place.is_none() {
                return refused(Fault::Quota("instances"));
            }
        }
        if pool.tally.busy.load(Ordering::Relaxed) >= places {
            return refused(Fault::Busy);
        }
        pool.tally.busy.fetch_add(1, Ordering::Relaxed);
        let lease = Lease {
            tally: Arc::clone(&pool.tally),
            _place: place,
        };
        // the last one is for a callback that another waits for: then no slot may be left to make one
        let ready = if nested || pool.ready.len() > 1 || limits.ready <= 1 || version.is_retired() {
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
        let keeps = match version.policy() {
            Policy::Fresh => 0,
            // it went to sleep meanwhile
            Policy::Reuse if version.is_asleep() => 0,
            Policy::Reuse if version.has_ended() => 0,
            // its callbacks come one by one
            Policy::Reuse if version.is_retired() => 1,
            // all that a burst needed are kept: the next burst may need them, and [`trim`] lets go
            Policy::Reuse => version.limits().instances as usize,
        };
        if pool.ready.len() < keeps {
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

impl Pools {
    /// The place of a version's pool, moved to the front where many are asked for in vain.
    fn place(&mut self, id: u64) -> Option<usize> {
        let place = self.list.iter().position(|pool| pool.id == id)?;
        if place > 1 {
            self.list.swap(place, place / 2);
            return Some(place / 2);
        }
        Some(place)
    }
}

impl Pool {
    /// Puts an instance aside to be dropped when there is time; at once where its tenant may soon need its memory.
    fn spend(&mut self, instance: Box<Instance>) {
        let crowded = instance.tenant().is_some_and(|tenant| tenant.is_crowded());
        if self.spent.len() < MAX_SPENT && !crowded {
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

    /// Is there something for [`maintain`] to do?
    fn has_work(&self, version: &Version) -> bool {
        !self.spent.is_empty() || !version.is_retired() && self.ready.len() != version.limits().ready
    }

    fn publish(&self) {
        // no thread has so many
        let ready = u32::try_from(self.ready.len()).unwrap_or(u32::MAX);
        self.tally.ready.store(ready, Ordering::Relaxed);
    }
}

fn with<R>(version: &Arc<Version>, f: impl FnOnce(&mut Pool) -> R) -> R {
    POOLS.with(|pools| {
        let mut pools = pools.borrow_mut();
        let place = match pools.place(version.id()) {
            Some(place) => place,
            None => {
                pools.list.push(Pool {
                    version: Arc::downgrade(version),
                    id: version.id(),
                    ready: Vec::new(),
                    spent: Vec::new(),
                    tally: version.tally_of(THREAD.with(|number| *number)),
                    work: false,
                });
                pools.list.len() - 1
            }
        };
        let pool = &mut pools.list[place];
        let result = f(pool);
        pool.publish();
        pool.work = pool.has_work(version);
        let work = pool.work;
        pools.work |= work;
        result
    })
}

/// The counters of this thread for a version, those of no thread where it runs none of its callbacks now.
pub(super) fn tally(version: &Version, f: impl FnOnce(&Tally)) {
    let mut f = Some(f);
    // a thread that ends has none any more
    let _ = POOLS.try_with(|pools| {
        let Ok(pools) = pools.try_borrow() else { return };
        let pool = pools.list.iter().take(NEAR).find(|pool| pool.id == version.id());
        if let Some((pool, f)) = pool.and_then(|pool| Some((pool, f.take()?))) {
            f(&pool.tally);
        }
    });
    if let Some(f) = f {
        f(version.stray());
    }
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
    let made = (0..version.limits().ready).map(|_| run::instantiate_now(version, version.stray()));
    let made: Vec<_> = made
        .collect::<Result<_, Fault>>()
        .map_err(|fault| format!("no instance could be made: {fault}"))?;
    let version = Arc::clone(version);
    Ok(Spares::new(move || with(&version, |pool| pool.stock(made))))
}

/// Refills the pools of this thread and drops what is used up. For a worker that has nothing else to
/// do: it may take some 10 us an instance, and one callback's running time where a module's start
/// function is slow.
pub fn maintain() {
    let (spent, wanted) = POOLS.with(|pools| {
        let mut pools = pools.borrow_mut();
        let changes = life::changes();
        if changes != pools.changes {
            pools.changes = changes;
            pools.work = true;
            let_go(&mut pools.list);
        }
        let mut spent = Vec::new();
        let mut wanted = Vec::new();
        if !std::mem::take(&mut pools.work) {
            return (spent, wanted);
        }
        let mut more = false;
        for pool in &mut pools.list {
            if !std::mem::take(&mut pool.work) {
                continue;
            }
            spent.append(&mut pool.spent);
            // the list was cleared of those that are gone
            let Some(version) = pool.version.upgrade() else {
                continue;
            };
            if version.is_retired() {
                continue;
            }
            if pool.ready.len() > version.limits().ready {
                // what a burst left goes one at a time, the longest unused first
                spent.push(pool.ready.remove(0));
                pool.work = pool.ready.len() > version.limits().ready;
                more |= pool.work;
            }
            pool.publish();
            match pool.wants(&version) {
                0 => {}
                count => wanted.push((version, count)),
            }
        }
        pools.work = more;
        (spent, wanted)
    });
    // instances are dropped and made while no pool is borrowed: both may run much of wasmtime
    charge::drop_instances(spent);
    for (version, count) in wanted {
        refill(&version, count);
    }
}

/// Parts with the pools of versions that serve no longer. What callbacks of theirs still need is made when
/// they need it. Another thread drops the instances: they may be many.
fn let_go(list: &mut Vec<Pool>) {
    let mut left = Vec::new();
    list.retain_mut(|pool| {
        pool.work = true;
        let serves = pool
            .version
            .upgrade()
            .is_some_and(|version| !version.is_retired() && !version.is_asleep());
        if !serves {
            left.append(&mut pool.ready);
            left.append(&mut pool.spent);
            pool.publish();
        }
        serves
    });
    if !left.is_empty() {
        life::bury(left);
    }
}

/// Lets go of some instances that a burst made and nobody has needed since, and of those that callbacks of
/// retired versions have left: once a second, since bursts come in rows.
pub fn trim() {
    let surplus: Vec<_> = POOLS.with(|pools| {
        let mut pools = pools.borrow_mut();
        let_go(&mut pools.list);
        let surplus = pools.list.iter_mut().flat_map(Pool::surplus).collect();
        pools.list.iter().for_each(Pool::publish);
        surplus
    });
    charge::drop_instances(surplus);
}

fn refill(version: &Arc<Version>, count: usize) {
    let tally = with(version, |pool| Arc::clone(&pool.tally));
    for _ in 0..count {
        match run::instantiate_now(version, &tally) {
            // beneath those that are warm from use
            Ok(instance) => with(version, |pool| pool.ready.insert(0, instance)),
            Err(fault) => {
                tracing::warn!(
                    version = version.label(),
                    "no instance could be made in reserve: {fault}"
                );
                return;
            }
        }
    }
}

/// Instances ready and under way on this thread, for tests and figures.
pub fn counts(version: &Arc<Version>) -> (usize, u32) {
    with(version, |pool| {
        (pool.ready.len(), pool.tally.busy.load(Ordering::Relaxed))
    })
}
