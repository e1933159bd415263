//! How much a tenant may use.

use crate::config;
use std::time::Duration;

/// What can be used up, by its key in `[tenant.NAME.limits]`; the last is for whatever else nobody routes for.
pub(super) const LIMITS: [&str; 16] = [
    "deadline",
    "waiting",
    "cpu",
    "memory",
    "memory_total",
    "instances",
    "suspended",
    "host_calls",
    "messages",
    "branches",
    "transactions",
    "log",
    "requests",
    "bindings",
    "deploys",
    "routing",
];

/// The place of a limit.
pub(super) fn place_of(limit: &str) -> usize {
    LIMITS
        .iter()
        .position(|name| *name == limit)
        .unwrap_or(LIMITS.len() - 1)
}

/// How much a tenant may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// A callback's own running time.
    pub deadline: Duration,
    /// A callback's waiting time.
    pub waiting: Duration,
    /// Processor time in a second, over all workers.
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
    /// Deploys in a minute.
    pub deploys: u32,
}

impl Quotas {
    /// Those of a configuration; what it does not say has a value that a small telephone system does not
    /// notice, and that a thousand tenants can have at once.
    pub fn new(limits: &config::TenantLimits) -> Quotas {
        Quotas {
            deadline: limits.deadline.unwrap_or(Duration::from_millis(20)),
            waiting: limits.waiting.unwrap_or(Duration::from_secs(10)),
            cpu: limits.cpu.unwrap_or(Duration::from_millis(150)),
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
            deploys: limits.deploys.unwrap_or(10),
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
            deploys: u32::MAX,
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
    /// A quota, and how long it stays used up.
    pub fn of(limit: &'static str, wait: Duration) -> Over {
        let seconds = wait.as_nanos().div_ceil(1_000_000_000);
        Over {
            limit,
            // an hour is long enough for any peer
            retry_after: u32::try_from(seconds).unwrap_or(u32::MAX).clamp(1, 3600),
        }
    }

    /// Nothing is routed for a tenant, and not for a quota.
    pub fn refused(why: &'static str) -> Over {
        Over {
            limit: why,
            retry_after: 30,
        }
    }
}
