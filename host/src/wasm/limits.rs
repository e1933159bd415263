//! What a callback may use: running time, waiting time, memory, text.

use super::clock::{Clock, TICK};
use super::figures::Tally;
use crate::tenant::{Quotas, Tenant};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use wasmtime::ResourceLimiter;

/// What runs at the load of a tenant's module has so many seconds' worth of its processor time, within these: a start
/// function has no business to take longer.
const LOAD_SECONDS: u32 = 10;
const LEAST_LOAD: Duration = Duration::from_millis(100);
const MOST_LOAD: Duration = Duration::from_millis(500);

/// A worker is not kept from its other messages for longer, whatever a quota says.
const MAX_DEADLINE: Duration = Duration::from_secs(10);

/// The limits of one version. The defaults are those of `[routing]`.
#[derive(Clone, Debug)]
pub struct Limits {
    /// One callback's own running time, in steps of 1 ms; waiting in a host call does not count.
    pub deadline: Duration,
    /// The time from a callback's first wait in a host call to its end.
    pub waiting: Duration,
    /// Processor time for what runs at a load: start functions and `callbacks`.
    pub load: Duration,
    /// Linear memory of an instance, in bytes.
    pub memory: usize,
    /// Elements of a table.
    pub table_elements: usize,
    /// Instances that run or wait at a time, for each worker; beyond it runs are refused as busy.
    pub instances: u32,
    /// Instances beyond that for callbacks that another one waits for.
    pub nested: u32,
    /// Instances that each worker keeps ready.
    pub ready: usize,
    /// Bytes of text that one host call may take from the guest, or a callback return.
    pub text: usize,
    /// Host calls of one callback.
    pub host_calls: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            deadline: Duration::from_millis(50),
            waiting: Duration::from_secs(30),
            load: Duration::from_secs(2),
            memory: 64 << 20,
            table_elements: 20_000,
            instances: 256,
            nested: 16,
            ready: 4,
            text: 1 << 20,
            host_calls: u32::MAX,
        }
    }
}

impl Limits {
    /// These, with the quotas of a tenant where they are narrower. Instances are shared out among the workers
    /// by the tenant's meters: each may have all of them.
    pub fn for_tenant(&self, quotas: &Quotas) -> Limits {
        Limits {
            deadline: quotas.deadline.min(MAX_DEADLINE),
            waiting: quotas.waiting.min(self.waiting),
            load: (quotas.cpu.saturating_mul(LOAD_SECONDS))
                .clamp(LEAST_LOAD, MOST_LOAD)
                .min(self.load),
            memory: quotas.memory,
            instances: quotas.instances.min(self.instances),
            host_calls: quotas.host_calls,
            // made when they are needed: a thousand tenants are not busy at once
            ready: 0,
            ..self.clone()
        }
    }
}

/// Whether an instance serves one message or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// An instance serves one message at a time, and many in its life.
    #[default]
    Reuse,
    /// Each callback has an instance of its own: nothing leaks from one message to the next.
    Fresh,
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Policy, String> {
        match text {
            "reuse" => Ok(Policy::Reuse),
            "fresh" => Ok(Policy::Fresh),
            _ => Err(format!("policy {text:?}: reuse or fresh is expected")),
        }
    }
}

/// Which limit a growth has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// That of the instance.
    Instance,
    /// That of all instances of its tenant.
    Total,
}

/// The memory and tables of one store.
pub(super) struct Limiter {
    memory: usize,
    table_elements: usize,
    used: usize,
    /// Who has a limit for all instances.
    tenant: Option<Arc<Tenant>>,
    /// Where what is used is counted.
    tally: Option<Arc<Tally>>,
    /// A growth was refused: tells what lies behind a trap that follows.
    pub(super) refused: Option<Refused>,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Limiter {
        Limiter {
            memory: limits.memory,
            table_elements: limits.table_elements,
            used: 0,
            tenant: None,
            tally: None,
            refused: None,
        }
    }

    /// The same, with its memory counted.
    pub(super) fn counted(mut self, tally: &Arc<Tally>) -> Limiter {
        self.tally = Some(Arc::clone(tally));
        self
    }

    /// The same, with its memory as a part of a tenant's.
    pub(super) fn of(mut self, tenant: Option<&Arc<Tenant>>) -> Limiter {
        self.tenant = tenant.cloned();
        self
    }

    /// Whose instance it is, where that is a tenant.
    pub(super) fn tenant(&self) -> Option<&Arc<Tenant>> {
        self.tenant.as_ref()
    }

    fn refusal(&self, used: usize, more: usize) -> Option<Refused> {
        if used > self.memory {
            return Some(Refused::Instance);
        }
        let free = self.tenant.as_ref().is_none_or(|tenant| tenant.grow(more));
        (!free).then_some(Refused::Total)
    }

    fn count(&self, bytes: usize, sign: i64) {
        if let Some(tally) = &self.tally {
            tally.grew(i64::try_from(bytes).unwrap_or(i64::MAX).saturating_mul(sign));
        }
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.count(self.used, -1);
        if let Some(tenant) = &self.tenant {
            tenant.shrink(self.used);
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // all memories of the store together
        let used = self.used.saturating_sub(current).saturating_add(desired);
        let more = desired.saturating_sub(current);
        if let Some(refused) = self.refusal(used, more) {
            self.refused = Some(refused);
            return Ok(false);
        }
        self.used = used;
        self.count(more, 1);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = desired <= self.table_elements;
        if !granted {
            self.refused = Some(Refused::Instance);
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        32
    }

    fn tables(&self) -> usize {
        32
    }

    fn memories(&self) -> usize {
        8
    }
}

/// Measures the running time of one store's callback, in ticks: stopped while the callback waits.
pub(super) struct Meter {
    clock: Arc<Clock>,
    limit: u64,
    used: AtomicU64,
    since: AtomicU64,
    yielded: AtomicBool,
}

impl Meter {
    pub(super) fn new(clock: &Arc<Clock>, limit: Duration) -> Meter {
        // the tick under way when a callback starts is not its own
        let limit = ticks_in(limit).saturating_add(1);
        let zero = || AtomicU64::new(0);
        Meter {
            clock: Arc::clone(clock),
            limit,
            used: zero(),
            since: zero(),
            yielded: AtomicBool::new(false),
        }
    }

    // One thread at a time uses a meter: relaxed loads and stores, no read-modify-write.

    /// A callback begins.
    pub(super) fn reset(&self) {
        self.used.store(0, Ordering::Relaxed);
    }

    /// The callback goes on running.
    pub(super) fn resume(&self) {
        self.since.store(self.now(), Ordering::Relaxed);
        self.yielded.store(false, Ordering::Relaxed);
    }

    /// The callback has ended or waits.
    pub(super) fn pause(&self) {
        self.used.store(self.running(), Ordering::Relaxed);
    }

    /// Ticks that the running callback has used.
    pub(super) fn running(&self) -> u64 {
        let stretch = self.now().wrapping_sub(self.since.load(Ordering::Relaxed));
        self.used.load(Ordering::Relaxed).saturating_add(stretch)
    }

    /// Its time is used up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.running() >= self.limit
    }

    /// It yields the worker: the pause that follows is no wait.
    pub(super) fn yields(&self) {
        self.yielded.store(true, Ordering::Relaxed);
    }

    /// The pause is a yield of ours, not a wait in a host function.
    pub(super) fn has_yielded(&self) -> bool {
        self.yielded.load(Ordering::Relaxed)
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    fn now(&self) -> u64 {
        self.clock.now()
    }
}

/// Whole ticks, at least one.
fn ticks_in(time: Duration) -> u64 {
    u64::try_from(time.as_millis() / TICK.as_millis())
        .unwrap_or(u64::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_does_not_count() {
        let clock = Arc::new(Clock::default());
        let meter = Meter::new(&clock, Duration::from_millis(10));
        meter.reset();
        meter.resume();
        clock.advance(6);
        meter.pause();
        clock.advance(1000);
        assert_eq!(meter.used.load(Ordering::Relaxed), 6);
        meter.resume();
        clock.advance(4);
        assert!(!meter.is_exhausted());
        clock.advance(1);
        assert!(meter.is_exhausted());
    }

    #[test]
    fn memories_count_together() {
        let mut limiter = Limiter::new(&Limits {
            memory: 3 << 16,
            ..Limits::default()
        });
        assert!(limiter.memory_growing(0, 1 << 16, None).unwrap());
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
        assert!(!limiter.memory_growing(1 << 16, 2 << 16, None).unwrap());
        assert_eq!(limiter.refused, Some(Refused::Instance));
    }

    #[test]
    fn policies_by_name() {
        assert_eq!("fresh".parse(), Ok(Policy::Fresh));
        assert!("Fresh".parse::<Policy>().unwrap_err().contains("reuse or fresh"));
    }
}
