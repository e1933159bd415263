//! What a tenant uses now and has used: counted for tenants only, never for the operator.
//!
//! Each function that asks for something says whether it may be had. Whoever is refused goes on without it,
//! and says so by [`Tenant::limited`]: one line for each tenant and limit in ten seconds.

use super::Tenant;
use super::quotas::{LIMITS, Over, Quotas, place_of};
use super::rate::{Account, Rate};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use std::time::{Duration, Instant};

/// A limit is in the log so often at most.
const TOLD: Duration = Duration::from_secs(10);
/// Lines about failed callbacks in a second.
const LINES: u64 = 5;
/// Bytes of a line of the log before its text.
const LINE: usize = 64;
/// Kinds of faults, in the order of `wasm`'s figures.
pub const FAULTS: [&str; 6] = ["script_error", "trap", "deadline", "busy", "ended", "quota"];

/// What a tenant has used.
#[derive(Debug, Default)]
pub(super) struct Meters {
    messages: Rate,
    requests: Rate,
    log: Rate,
    lines: Rate,
    deploys: Rate,
    cpu: Account,
    memory: AtomicUsize,
    instances: AtomicU32,
    suspended: AtomicU32,
    transactions: AtomicU32,
    counts: Counts,
    /// Lines about failures that were left out since the last one.
    left_out: AtomicU64,
    /// What the log has said, and when.
    told: Mutex<Vec<(&'static str, Instant)>>,
}

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    refused: [AtomicU64; LIMITS.len()],
    limited: [AtomicU64; LIMITS.len()],
    callbacks: AtomicU64,
    faults: [AtomicU64; FAULTS.len()],
    openings: AtomicU64,
}

/// What a tenant has used and uses now.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Requests that were its own.
    pub requests: u64,
    /// Those that got a 503 by kemist, by limit.
    pub refused: BTreeMap<&'static str, u64>,
    /// Whatever else a limit has stopped: callbacks, branches, lines of the log.
    pub limited: BTreeMap<&'static str, u64>,
    /// Callbacks.
    pub callbacks: u64,
    /// Those that failed, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Seconds of processor time that its callbacks took, with their instances.
    pub cpu_seconds: f64,
    /// Bytes of linear memory of its instances.
    pub memory: usize,
    /// Instances that run or wait.
    pub instances: u32,
    /// Callbacks that wait in the host.
    pub suspended: u32,
    /// Open transactions, and requests of its own.
    pub open_transactions: u32,
    /// Contacts in the location table.
    pub bindings: usize,
    /// How often its breaker has opened.
    pub breaker_openings: u64,
}

/// One of so many that a tenant may have at a time: given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    tenant: Arc<Tenant>,
    gauge: fn(&Meters) -> &AtomicU32,
}

impl Drop for Place {
    fn drop(&mut self) {
        (self.gauge)(&self.tenant.meters).fetch_sub(1, Relaxed);
    }
}

impl Tenant {
    /// Whether one more request may be routed for it now. `ends`: it ends something that is open (a CANCEL or
    /// an ACK of a transaction that there is), and is never refused here.
    ///
    /// # Errors
    /// Which quota is used up, and when there is room again.
    pub fn admit(&self, ends: bool, now: Instant) -> Result<(), Over> {
        if self.is_operator() {
            return Ok(());
        }
        self.meters.counts.requests.fetch_add(1, Relaxed);
        if ends {
            return Ok(());
        }
        let rules = self.rules();
        let quotas = &rules.quotas;
        if !self.meters.has_transaction(quotas) {
            return Err(Over::of("transactions", Duration::ZERO));
        }
        if let Some(wait) = self.meters.cpu.owes(quotas.cpu, now) {
            return Err(Over::of("cpu", wait));
        }
        match self.meters.messages.take(u64::from(quotas.messages), 1, now) {
            true => Ok(()),
            false => Err(Over::of("messages", Duration::ZERO)),
        }
    }

    /// Whether a module of its may be deployed now, by whoever asks for it. What a deploy takes of the processor here is
    /// at the tenant's expense, so one whose processor time is used up waits.
    ///
    /// # Errors
    /// Which quota is used up, and when there is room again. Counted, and told once in ten seconds.
    pub fn may_deploy(&self, now: Instant) -> Result<(), Over> {
        if self.is_operator() {
            return Ok(());
        }
        let rules = self.rules();
        let quotas = &rules.quotas;
        let over = match self.meters.cpu.owes(quotas.cpu, now) {
            Some(wait) => Over::of("cpu", wait),
            None => match self.meters.deploys.take_of_minute(u64::from(quotas.deploys), now) {
                Ok(()) => return Ok(()),
                Err(wait) => Over::of("deploys", wait),
            },
        };
        self.limited(over.limit, now, "a module is not deployed");
        Err(over)
    }

    /// Counts a request that got a 503 for this limit. Whether the log is to say so: once in ten seconds.
    pub fn refused(&self, over: &Over, now: Instant) -> bool {
        self.meters.counts.refused[place_of(over.limit)].fetch_add(1, Relaxed);
        self.meters.is_told(over.limit, now)
    }

    /// Something was stopped by a limit: counted, and told once in ten seconds. `what` became of it.
    pub fn limited(&self, limit: &'static str, now: Instant, what: impl Display) {
        self.meters.counts.limited[place_of(limit)].fetch_add(1, Relaxed);
        if self.meters.is_told(limit, now) {
            tracing::warn!(blame = "guest", tenant = self.name(), limit, "over quota: {what}");
        }
    }

    /// Its callbacks have taken so much of a processor.
    pub fn charge(&self, used: Duration, now: Instant) {
        self.meters.cpu.charge(used, self.rules().quotas.cpu, now);
    }

    /// Whether a callback may begin that is owed to what is open already (a reply, a failure, an event). New
    /// requests are asked for by [`Tenant::admit`].
    pub fn may_go_on(&self, now: Instant) -> bool {
        self.meters.cpu.may_go_on(self.rules().quotas.cpu, now)
    }

    /// Whether a callback that runs is to end.
    pub fn is_spent(&self, now: Instant) -> bool {
        self.meters.cpu.is_spent(self.rules().quotas.cpu, now)
    }

    /// A place for one more instance; `further` are had beyond the quota, by callbacks that another one waits
    /// for.
    pub fn instance(self: &Arc<Self>, further: u32) -> Option<Place> {
        let most = self.rules().quotas.instances.saturating_add(further);
        self.place(most, |meters| &meters.instances)
    }

    /// A place for one more callback that waits.
    pub fn suspend(self: &Arc<Self>) -> Option<Place> {
        let most = self.rules().quotas.suspended;
        self.place(most, |meters| &meters.suspended)
    }

    fn place(self: &Arc<Self>, most: u32, gauge: fn(&Meters) -> &AtomicU32) -> Option<Place> {
        let more = |now: u32| (now < most).then_some(now + 1);
        gauge(&self.meters).fetch_update(Relaxed, Relaxed, more).ok()?;
        Some(Place {
            tenant: self.clone(),
            gauge,
        })
    }

    /// Takes so many bytes more for its instances; false where it may not have them.
    pub fn grow(&self, bytes: usize) -> bool {
        let most = self.rules().quotas.memory_total;
        let more = |now: usize| now.checked_add(bytes).filter(|then| *then <= most);
        self.meters.memory.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    /// Its instances have more than half of the memory that they may have.
    pub fn is_crowded(&self) -> bool {
        self.meters.memory.load(Relaxed) > self.rules().quotas.memory_total / 2
    }

    /// Gives them back.
    pub fn shrink(&self, bytes: usize) {
        self.meters.memory.fetch_sub(bytes, Relaxed);
    }

    /// A transaction or a request of its own is open.
    pub fn opened(&self) {
        if !self.is_operator() {
            self.meters.transactions.fetch_add(1, Relaxed);
        }
    }

    /// It has ended.
    pub fn closed(&self) {
        if !self.is_operator() {
            self.meters.transactions.fetch_sub(1, Relaxed);
        }
    }

    /// Whether it may open one more transaction; what is refused is told.
    pub fn may_open(&self, now: Instant) -> bool {
        let free = self.is_operator() || self.meters.has_transaction(&self.rules().quotas);
        if !free {
            self.limited("transactions", now, "no further transaction is made");
        }
        free
    }

    /// Whether it may send one more request of its own; what is refused is told.
    pub fn may_request(&self, now: Instant) -> bool {
        let free = self.is_operator() || {
            let most = u64::from(self.rules().quotas.requests);
            self.meters.requests.take(most, 1, now)
        };
        if !free {
            self.limited("requests", now, "a request of its own was not sent");
        }
        free && self.may_open(now)
    }

    /// Whether a request may have one more branch than so many; what is refused is told.
    pub fn may_branch(&self, branches: usize, now: Instant) -> bool {
        let free = self.is_operator() || branches < self.rules().quotas.branches as usize;
        if !free {
            self.limited("branches", now, "a request has no further branch");
        }
        free
    }

    /// Whether it may have `more` contacts beside those that there are; what is refused is told.
    pub fn may_bind(&self, there: usize, more: usize, now: Instant) -> bool {
        let free = self.is_operator() || there.saturating_add(more) <= self.rules().quotas.bindings as usize;
        if !free {
            self.limited("bindings", now, "a REGISTER was refused");
        }
        free
    }

    /// Whether it may write so many bytes to the log; what is refused is told.
    pub fn may_log(&self, bytes: usize, now: Instant) -> bool {
        if self.is_operator() {
            return true;
        }
        let most = u64::try_from(self.rules().quotas.log).unwrap_or(u64::MAX);
        let bytes = u64::try_from(bytes.saturating_add(LINE)).unwrap_or(u64::MAX);
        let free = self.meters.log.take(most, bytes, now);
        if !free {
            self.limited("log", now, "lines of its log are left out");
        }
        free
    }

    /// Whether a line about a failure of its routing may be written, and how many were left out before it.
    pub fn failure_line(&self, now: Instant) -> Option<u64> {
        if self.meters.lines.take(LINES, 1, now) {
            return Some(self.meters.left_out.swap(0, Relaxed));
        }
        self.meters.left_out.fetch_add(1, Relaxed);
        None
    }

    /// A callback was to run.
    pub fn called(&self) {
        self.meters.counts.callbacks.fetch_add(1, Relaxed);
    }

    /// It failed, in a way that [`FAULTS`] has at this place.
    pub fn failed(&self, kind: usize) {
        if let Some(count) = self.meters.counts.faults.get(kind) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Its breaker has opened.
    pub fn broke(&self) {
        self.meters.counts.openings.fetch_add(1, Relaxed);
    }

    /// What it has used; `bindings` are those of the location table.
    pub fn figures(&self, bindings: usize) -> Figures {
        let Meters { counts, cpu, .. } = &self.meters;
        let gauge = |gauge: &AtomicU32| gauge.load(Relaxed);
        Figures {
            requests: counts.requests.load(Relaxed),
            refused: named(&LIMITS, &counts.refused),
            limited: named(&LIMITS, &counts.limited),
            callbacks: counts.callbacks.load(Relaxed),
            faults: named(&FAULTS, &counts.faults),
            cpu_seconds: cpu.total().as_secs_f64(),
            memory: self.meters.memory.load(Relaxed),
            instances: gauge(&self.meters.instances),
            suspended: gauge(&self.meters.suspended),
            open_transactions: gauge(&self.meters.transactions),
            bindings,
            breaker_openings: counts.openings.load(Relaxed),
        }
    }
}

impl Meters {
    fn has_transaction(&self, quotas: &Quotas) -> bool {
        self.transactions.load(Relaxed) < quotas.transactions
    }

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

/// Those that are not 0.
fn named(names: &[&'static str], counts: &[AtomicU64]) -> BTreeMap<&'static str, u64> {
    let all = names.iter().zip(counts);
    all.map(|(name, count)| (*name, count.load(Relaxed)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::tenant::Rules;

    fn tenant(limits: config::TenantLimits) -> Arc<Tenant> {
        let definition = config::Tenant {
            domains: vec!["acme.example".to_owned()],
            limits,
            ..config::Tenant::default()
        };
        let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
        Tenant::new(7, "acme", rules)
    }

    fn limits() -> config::TenantLimits {
        config::TenantLimits::default()
    }

    #[test]
    fn requests_are_refused_by_the_first_quota_that_is_used_up() {
        let tenant = tenant(config::TenantLimits {
            messages: Some(2),
            transactions: Some(1),
            cpu: Some(Duration::from_millis(100)),
            ..limits()
        });
        let now = Instant::now();
        let refused = || tenant.admit(false, now).map_err(|over| over.limit);
        assert_eq!((refused(), refused(), refused()), (Ok(()), Ok(()), Err("messages")));
        tenant.charge(Duration::from_millis(120), now);
        assert_eq!(refused(), Err("cpu"));
        tenant.opened();
        assert_eq!(refused(), Err("transactions"));
        assert_eq!(tenant.admit(true, now), Ok(()), "what ends something goes on");
        tenant.closed();
        let later = now + Duration::from_secs(2);
        assert_eq!(tenant.admit(false, later), Ok(()));
        let figures = tenant.figures(3);
        assert_eq!(
            (figures.requests, figures.open_transactions, figures.bindings),
            (7, 0, 3)
        );
    }

    #[test]
    fn deploys_are_had_so_often_and_on_credit_never() {
        let tenant = tenant(config::TenantLimits {
            deploys: Some(2),
            ..limits()
        });
        let now = Instant::now() + Duration::from_secs(1);
        let refused = |after: u64| {
            let over = tenant.may_deploy(now + Duration::from_secs(after)).err();
            over.map(|over| (over.limit, over.retry_after))
        };
        assert_eq!((refused(0), refused(0)), (None, None));
        assert_eq!(refused(10), Some(("deploys", 20)));
        assert_eq!(refused(30), None);
        tenant.charge(Duration::from_secs(3), now + Duration::from_secs(60));
        assert_eq!(refused(60).map(|(limit, _)| limit), Some("cpu"));
        let limited = tenant.figures(0).limited;
        assert_eq!(limited, BTreeMap::from([("cpu", 1), ("deploys", 1)]));
    }

    #[test]
    fn places_are_given_back() {
        let tenant = tenant(config::TenantLimits {
            instances: Some(2),
            suspended: Some(1),
            memory_total: Some(100),
            ..limits()
        });
        let (one, two) = (tenant.instance(0), tenant.instance(0));
        assert!(one.is_some() && two.is_some() && tenant.instance(0).is_none());
        assert!(tenant.instance(1).is_some(), "one that another waits for");
        drop(one);
        assert!(tenant.instance(0).is_some());
        let waits = tenant.suspend();
        assert!(waits.is_some() && tenant.suspend().is_none());
        drop(waits);
        assert!(tenant.grow(50) && !tenant.is_crowded());
        assert!(tenant.grow(10) && tenant.is_crowded());
        assert!(!tenant.grow(41) && tenant.grow(40));
        tenant.shrink(60);
        assert_eq!((tenant.figures(0).memory, tenant.figures(0).suspended), (40, 0));
    }

    #[test]
    fn what_is_stopped_is_counted_and_told_once_in_ten_seconds() {
        let tenant = tenant(config::TenantLimits {
            log: Some(1000),
            branches: Some(2),
            requests: Some(1),
            bindings: Some(5),
            ..limits()
        });
        let now = Instant::now();
        assert!(tenant.may_log(800, now) && !tenant.may_log(800, now));
        assert!(tenant.may_log(800, now + Duration::from_secs(1)));
        assert!(tenant.may_branch(1, now) && !tenant.may_branch(2, now));
        assert!(tenant.may_request(now) && !tenant.may_request(now));
        assert!(tenant.may_bind(4, 1, now) && !tenant.may_bind(5, 1, now));
        let limited = tenant.figures(0).limited;
        let each = [("bindings", 1), ("branches", 1), ("log", 1), ("requests", 1)];
        assert_eq!(limited, BTreeMap::from(each));
        assert!(!tenant.meters.is_told("log", now + Duration::from_secs(9)));
        assert!(tenant.meters.is_told("log", now + Duration::from_secs(10)));
    }

    #[test]
    fn lines_about_failures_are_few_and_say_how_many_were_left_out() {
        let tenant = tenant(limits());
        let now = Instant::now();
        let written = (0..100).filter(|_| tenant.failure_line(now).is_some()).count() as u64;
        assert_eq!(written, LINES);
        assert_eq!(tenant.failure_line(now + Duration::from_secs(1)), Some(100 - LINES));
    }
}
