//! How much a tenant may use, and what it has used.

use crate::config;
use parking_lot::Mutex;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A limit is in the log so often at most.
const TOLD: Duration = Duration::from_secs(10);

/// How much a tenant may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// A callback's own running time.
    pub deadline: Duration,
    /// A callback's waiting time.
    pub waiting: Duration,
    /// Running time in a second, over all workers.
    pub cpu: Duration,
    /// Memory of one instance, in bytes.
    pub memory: usize,
    /// Memory of all instances, in bytes.
    pub memory_total: usize,
    /// Instances that run or wait, over all workers.
    pub instances: u32,
    /// Callbacks that wait, over all workers.
    pub suspended: u32,
    /// Host calls of one callback.
    pub host_calls: u32,
    /// Requests in a second.
    pub messages: u32,
    /// Branches of one request.
    pub branches: u32,
    /// Open transactions.
    pub transactions: u32,
    /// Bytes of its log in a second.
    pub log: usize,
    /// Requests of its own in a second.
    pub requests: u32,
    /// Bindings in the location table.
    pub bindings: u32,
}

impl Quotas {
    /// Those of a configuration; what it does not say has a value that a small telephone system does not
    /// notice, and that a thousand tenants can have at once.
    pub fn new(limits: &config::TenantLimits) -> Quotas {
        Quotas {
            deadline: limits.deadline.unwrap_or(Duration::from_millis(20)),
            waiting: limits.waiting.unwrap_or(Duration::from_secs(10)),
            cpu: limits.cpu.unwrap_or(Duration::from_millis(100)),
            memory: limits.memory.unwrap_or(16 << 20),
            memory_total: limits.memory_total.unwrap_or(64 << 20),
            instances: limits.instances.unwrap_or(32),
            suspended: limits.suspended.unwrap_or(32),
            host_calls: limits.host_calls.unwrap_or(10_000),
            messages: limits.messages.unwrap_or(1_000),
            branches: limits.branches.unwrap_or(12),
            transactions: limits.transactions.unwrap_or(2_000),
            log: limits.log.unwrap_or(16 << 10),
            requests: limits.requests.unwrap_or(50),
            bindings: limits.bindings.unwrap_or(10_000),
        }
    }

    /// The operator's: none.
    pub fn none() -> Quotas {
        Quotas {
            deadline: Duration::MAX,
            waiting: Duration::MAX,
            cpu: Duration::MAX,
            memory: usize::MAX,
            memory_total: usize::MAX,
            instances: u32::MAX,
            suspended: u32::MAX,
            host_calls: u32::MAX,
            messages: u32::MAX,
            branches: u32::MAX,
            transactions: u32::MAX,
            log: usize::MAX,
            requests: u32::MAX,
            bindings: u32::MAX,
        }
    }
}

/// A quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over {
    /// Its key in `[tenant.NAME.limits]`, or why nothing is routed at all.
    pub limit: &'static str,
    /// Seconds until it is worth trying again.
    pub retry_after: u32,
}

impl Over {
    /// Nothing is routed for a tenant, and not for a quota.
    pub fn refused(why: &'static str) -> Over {
        Over {
            limit: why,
            retry_after: 30,
        }
    }
}

/// What a tenant has used.
#[derive(Debug, Default)]
pub(super) struct Meters {
    messages: Rate,
    /// What the log has said, and when.
    told: Mutex<Vec<(&'static str, Instant)>>,
}

impl Meters {
    /// Counts one more request.
    pub(super) fn message(&self, quotas: &Quotas, now: Instant) -> Result<(), Over> {
        if self.messages.take(quotas.messages, now) {
            return Ok(());
        }
        Err(Over {
            limit: "messages",
            retry_after: 1,
        })
    }
}

impl Meters {
    /// Whether a line about a limit is due.
    pub(super) fn is_told(&self, limit: &'static str, now: Instant) -> bool {
        let mut told = self.told.lock();
        match told.iter_mut().find(|(of, _)| *of == limit) {
            Some((_, last)) if now.saturating_duration_since(*last) < TOLD => return false,
            Some((_, last)) => *last = now,
            None => told.push((limit, now)),
        }
        true
    }
}

/// So many in a second, as many at once. It is the time up to which what was taken has been paid for.
#[derive(Debug, Default)]
struct Rate(AtomicU64);

impl Rate {
    fn take(&self, rate: u32, now: Instant) -> bool {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        const SECOND: u64 = 1_000_000_000;
        let price = SECOND / u64::from(rate.max(1));
        let elapsed = now.saturating_duration_since(*START).as_nanos();
        // 584 years
        let now = u64::try_from(elapsed).unwrap_or(u64::MAX) + SECOND;
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |paid| {
            let next = paid.max(now - SECOND) + price;
            (next <= now).then_some(next)
        });
        taken.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_and_comes_back() {
        let (rate, begun) = (Rate::default(), Instant::now() + Duration::from_secs(1));
        let taken = |after: u64| {
            let now = begun + Duration::from_millis(after);
            (0..1000).filter(|_| rate.take(100, now)).count()
        };
        assert_eq!(taken(0), 100);
        assert_eq!(taken(0), 0);
        assert_eq!(taken(500), 50);
        assert_eq!(taken(10_000), 100, "what was not used does not pile up");
    }
}
