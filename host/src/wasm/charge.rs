//! What the callbacks of tenants cost and how they end. Of the operator's nothing is measured here.

use super::limits::Refused;
use super::run::Instance;
use crate::route::{Fault, Kind, Route};
use crate::tenant::{Alarm, Tenant, Verdict};
use nix::time::{ClockId, clock_gettime};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Messages that are sent after a run without looking at the clock.
const FEW: u32 = 4;

thread_local! {
    /// Since when the run on this thread's stack is polled, and what it used before.
    static RUNS: Cell<Option<(Duration, Duration)>> = const { Cell::new(None) };
    /// All that was charged on this thread.
    static CHARGED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// Whose run was last polled, since somebody asked.
    static LAST: RefCell<Option<Arc<Tenant>>> = const { RefCell::new(None) };
}

/// A run whose processor time its tenant pays: instances made for it, host functions and callbacks that it
/// waits for included.
pub(super) struct Charged<F> {
    run: Pin<Box<F>>,
    tenant: Arc<Tenant>,
    used: Duration,
}

impl<F> Charged<F> {
    pub(super) fn new(tenant: &Arc<Tenant>, run: F) -> Charged<F> {
        Charged {
            run: Box::pin(run),
            tenant: tenant.clone(),
            used: Duration::ZERO,
        }
    }
}

impl<F: Future> Future for Charged<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Charged { run, tenant, used } = &mut *self;
        if super::run::depth() > 0 {
            // another callback waits for this one, and is in its time
            return run.as_mut().poll(context);
        }
        LAST.with_borrow_mut(|last| {
            if last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, tenant)) {
                *last = Some(tenant.clone());
            }
        });
        let before = *used;
        let paid = Paid::run(tenant, used);
        RUNS.set(Some((paid.begun, before)));
        run.as_mut().poll(context)
    }
}

/// Whether the run on this thread has had so much of the processor: a worker that was kept from running charges nobody
/// with that. True where nobody counts it, as for the operator's.
pub(super) fn has_had(time: Duration) -> bool {
    RUNS.get()
        .is_none_or(|(since, before)| processor_time().saturating_sub(since) + before >= time)
}

/// What is sent after a run of a tenant's: beyond a few messages it is at the tenant's expense, as one callback may have
/// thousands sent.
pub struct Sending {
    tenant: Option<Arc<Tenant>>,
    sent: u32,
    /// The clock, and what had been charged, when there were more than a few.
    since: Option<(Duration, Duration)>,
}

impl Sending {
    /// After the run that this thread has just polled, if it has.
    pub fn begin() -> Sending {
        Sending {
            tenant: LAST.take(),
            sent: 0,
            since: None,
        }
    }

    /// There were more than a few, and somebody pays for them.
    pub fn are_many(&self) -> bool {
        self.since.is_some()
    }

    /// One more message.
    pub fn sends(&mut self) {
        self.sent = self.sent.wrapping_add(1);
        if self.sent == FEW && self.tenant.is_some() {
            self.since = Some((processor_time(), CHARGED.get()));
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let Some((tenant, (since, charged))) = self.tenant.take().zip(self.since) else {
            return;
        };
        // callbacks that ran meanwhile were paid for
        let others = CHARGED.get().saturating_sub(charged);
        let used = processor_time().saturating_sub(since).saturating_sub(others);
        tenant.charge(used, Instant::now());
    }
}

/// Charges the time until it is dropped.
struct Paid<'t> {
    tenant: &'t Tenant,
    begun: Duration,
    /// What its run has used.
    run: Option<&'t mut Duration>,
}

impl<'t> Paid<'t> {
    fn new(tenant: &'t Tenant) -> Paid<'t> {
        Paid {
            tenant,
            begun: processor_time(),
            run: None,
        }
    }

    fn run(tenant: &'t Tenant, used: &'t mut Duration) -> Paid<'t> {
        Paid {
            run: Some(used),
            ..Paid::new(tenant)
        }
    }
}

impl Drop for Paid<'_> {
    fn drop(&mut self) {
        let used = processor_time().saturating_sub(self.begun);
        CHARGED.set(CHARGED.get() + used);
        if let Some(run) = &mut self.run {
            **run += used;
            RUNS.set(None);
        }
        self.tenant.charge(used, Instant::now());
    }
}

/// What this thread has used of a processor: not what others took meanwhile.
pub(super) fn processor_time() -> Duration {
    // Linux has this clock since 2.6
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// Does something on this thread at a tenant's expense: what it takes to load its module, and what runs of that.
pub fn at_the_expense<R>(tenant: &Tenant, of: impl FnOnce() -> R) -> R {
    let _paid = (!tenant.is_operator()).then(|| Paid::new(tenant));
    of()
}

/// Drops instances; where a tenant's has much to be cleared, that tenant pays.
pub(super) fn drop_instances(spent: impl IntoIterator<Item = Box<Instance>>) {
    for instance in spent {
        let tenant = instance.tenant().cloned();
        let _paid = tenant.as_deref().map(Paid::new);
        drop(instance);
    }
}

/// Whether a callback may begin.
pub(super) fn may_begin(tenant: &Tenant, route: &Route) -> Result<(), Fault> {
    // what is new was asked for at the door, and what ends something goes as far as it can
    let free = route.kind == Kind::Request || tenant.may_go_on(Instant::now());
    if free { Ok(()) } else { Err(Fault::Quota("cpu")) }
}

/// A fault where a limit of memory was met.
pub(super) fn of_memory(refused: Option<Refused>) -> Option<Fault> {
    (refused == Some(Refused::Total)).then_some(Fault::Quota("memory_total"))
}

/// The faults of a version in a row, for its tenant's breaker.
#[derive(Default)]
pub(super) struct Judge {
    row: AtomicU32,
    /// Its first request after a rest decides.
    on_trial: AtomicBool,
    /// It is the operator's, run for a tenant.
    exempt: bool,
}

impl Judge {
    /// Of the operator's version, run for a tenant.
    pub(super) fn of_nobody() -> Judge {
        Judge {
            exempt: true,
            ..Judge::default()
        }
    }

    pub(super) fn on_trial() -> Judge {
        Judge {
            on_trial: AtomicBool::new(true),
            ..Judge::default()
        }
    }

    /// A callback of a version has ended.
    pub(super) fn ended(&self, version: u64, tenant: &Tenant, kind: Kind, outcome: &Result<(), Fault>) {
        if self.exempt {
            return;
        }
        let tell = |verdict| tenant.tell(Alarm { version, verdict });
        match outcome {
            Ok(()) => {
                if self.row.load(Relaxed) > 0 {
                    self.row.store(0, Relaxed);
                }
                if kind == Kind::Request && self.on_trial.load(Relaxed) && self.on_trial.swap(false, Relaxed) {
                    tell(Verdict::Recovered);
                }
            }
            Err(fault) if is_its_own(fault) => {
                let row = self.row.fetch_add(1, Relaxed).saturating_add(1);
                let most = tenant.rules().breaker;
                let full = most > 0 && row.is_multiple_of(most);
                if self.on_trial.swap(false, Relaxed) || full {
                    tell(Verdict::Failed(row, fault.to_string()));
                }
            }
            Err(_) => {}
        }
    }
}

/// Whether a fault is due to the routing, not to how much there is of it.
fn is_its_own(fault: &Fault) -> bool {
    match fault {
        Fault::Script(_) | Fault::Trap(_) | Fault::Deadline => true,
        Fault::Quota(limit) => matches!(*limit, "host_calls" | "cpu"),
        Fault::Busy | Fault::Ended => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::tenant::Rules;

    fn tenant() -> Arc<Tenant> {
        let definition = config::Tenant {
            domains: vec!["acme.example".to_owned()],
            breaker: Some(3),
            ..config::Tenant::default()
        };
        let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
        Tenant::new(7, "acme", rules)
    }

    fn told(tenant: &Tenant) -> Option<Verdict> {
        let mut alarm = std::pin::pin!(tenant.alarm());
        let mut context = Context::from_waker(std::task::Waker::noop());
        match alarm.as_mut().poll(&mut context) {
            Poll::Ready(alarm) => Some(alarm.verdict),
            Poll::Pending => None,
        }
    }

    fn burn(time: Duration) {
        let begun = processor_time();
        while processor_time() < begun + time {}
    }

    #[test]
    fn what_others_took_is_not_a_run_s_own() {
        let (tenant, ms) = (tenant(), Duration::from_millis);
        assert!(has_had(ms(1000)), "nobody counts");
        let mut first = true;
        let mut run = Charged::new(
            &tenant,
            std::future::poll_fn(move |_| {
                if std::mem::take(&mut first) {
                    std::thread::sleep(ms(20));
                    assert!(!has_had(ms(10)), "it slept");
                    burn(ms(5));
                    return Poll::Pending;
                }
                assert!(has_had(ms(5)) && !has_had(ms(1000)), "what it had before counts");
                Poll::Ready(())
            }),
        );
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut run).poll(&mut context).is_pending());
        assert!(has_had(ms(1000)));
        assert!(Pin::new(&mut run).poll(&mut context).is_ready());
        assert!(tenant.figures(0).cpu_seconds >= 0.005);
    }

    #[test]
    fn who_has_many_messages_sent_pays_for_them() {
        let tenant = tenant();
        let used = || tenant.figures(0).cpu_seconds;
        let send = |count: u32, callback: Duration| {
            let mut sending = Sending::begin();
            for _ in 0..count {
                sending.sends();
                burn(Duration::from_micros(100));
            }
            // a callback that ran meanwhile has paid for itself
            at_the_expense(&tenant, || burn(callback));
        };
        send(100, Duration::ZERO);
        assert!(used() < 0.001, "nobody had them sent");
        let run = || {
            let mut run = Charged::new(&tenant, std::future::ready(()));
            assert!(
                Pin::new(&mut run)
                    .poll(&mut Context::from_waker(std::task::Waker::noop()))
                    .is_ready()
            );
        };
        run();
        send(3, Duration::ZERO);
        assert!(used() < 0.001, "a few cost nothing: {}", used());
        run();
        send(100, Duration::from_millis(30));
        assert!((0.035..0.060).contains(&used()), "{}", used());
    }

    #[test]
    fn faults_in_a_row_are_told_once() {
        let (judge, tenant) = (Judge::default(), tenant());
        let ended = |outcome: Result<(), Fault>| judge.ended(1, &tenant, Kind::Request, &outcome);
        for outcome in [
            Err(Fault::Deadline),
            Err(Fault::Deadline),
            Ok(()),
            Err(Fault::Script("x".into())),
            Err(Fault::Busy),
            Err(Fault::Quota("instances")),
            Err(Fault::Quota("host_calls")),
        ] {
            ended(outcome);
            assert_eq!(told(&tenant), None);
        }
        ended(Err(Fault::Trap("unreachable".into())));
        let why = "trap: unreachable".to_owned();
        assert_eq!(told(&tenant), Some(Verdict::Failed(3, why)));
        ended(Err(Fault::Deadline));
        assert_eq!(told(&tenant), None);
    }

    #[test]
    fn on_trial_one_request_decides() {
        let tenant = tenant();
        let judge = Judge::on_trial();
        judge.ended(1, &tenant, Kind::OnReply, &Ok(()));
        assert_eq!(told(&tenant), None, "it may be of an older call");
        judge.ended(1, &tenant, Kind::Request, &Ok(()));
        judge.ended(1, &tenant, Kind::Request, &Ok(()));
        assert_eq!((told(&tenant), told(&tenant)), (Some(Verdict::Recovered), None));
        let judge = Judge::on_trial();
        judge.ended(1, &tenant, Kind::Request, &Err(Fault::Deadline));
        assert!(matches!(told(&tenant), Some(Verdict::Failed(1, _))));
        let exempt = Judge::of_nobody();
        (0..10).for_each(|_| exempt.ended(1, &tenant, Kind::Request, &Err(Fault::Deadline)));
        assert_eq!(told(&tenant), None);
    }
}
