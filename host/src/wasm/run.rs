//! One run of a callback: instance, budget, and what its end means.

use super::charge::{self, may_begin};
use super::figures::{self, Tally};
use super::life::Code;
use super::limits::{Limiter, Meter, Refused};
use super::pool;
use super::version::{Version, one_line};
use crate::route::{CallbackId, Fault, MEMORY_WAS_REACHED, Route, Routing};
use crate::tenant::{Place, Tenant};
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::time::Sleep;
use wasmtime::{Store, UpdateDeadline};

/// Callbacks that may wait for one another: a request route, its branch routes, and what these call.
const MAX_DEPTH: u8 = 4;
/// Bytes of a script's error text that are kept.
const MAX_ERROR: usize = 4096;

thread_local! {
    /// How many callbacks are on this thread's stack.
    static DEPTH: Cell<u8> = const { Cell::new(0) };
}

/// What a store carries.
pub(super) struct State {
    route: Option<Box<Route>>,
    limiter: Limiter,
    meter: Arc<Meter>,
    /// Host calls of this callback, and how many it may make.
    calls: u32,
    most_calls: u32,
}

/// A callback has made all the host calls that it may: travels through host and guest as a panic, which no
/// guest can catch, without its message.
struct OverCalls;

impl State {
    /// What the host's functions work on: each begins here.
    ///
    /// # Panics
    /// Where guest code runs outside of a run: start functions only, which a load has run with every
    /// import trapping; [`instantiate_now`] and runs catch the panic all the same. And where the callback has
    /// made as many calls as it may.
    pub(super) fn route(&mut self) -> &mut Route {
        self.calls = self.calls.wrapping_add(1);
        if self.calls > self.most_calls {
            resume_unwind(Box::new(OverCalls));
        }
        self.route.as_mut().expect("functions are called by callbacks only")
    }
}

/// An instance that is ready for a callback.
pub(super) struct Instance {
    store: Store<State>,
    exports: kemist_bindings::Host_,
    /// Goes last: it is what the store's code lies in.
    _code: Arc<Code>,
}

impl Instance {
    /// Whose it is, where that is a tenant.
    pub(super) fn tenant(&self) -> Option<&Arc<Tenant>> {
        self.store.data().limiter.tenant()
    }
}

/// How many callbacks are on this thread's stack.
pub(super) fn depth() -> u8 {
    DEPTH.get()
}

/// The running time was used up: travels through wasmtime as an error.
#[derive(Debug)]
struct OutOfTime;

impl fmt::Display for OutOfTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the running time is used up")
    }
}

impl std::error::Error for OutOfTime {}

/// Runs a callback in an instance of this thread's pool.
pub(super) async fn run(
    version: Arc<Version>,
    callback: CallbackId,
    event: String,
    nested: bool,
    route: Box<Route>,
) -> (Box<Route>, Result<(), Fault>) {
    let kind = route.kind;
    let (route, outcome) = run_in(&version, callback, &event, nested, route).await;
    if let Some(tenant) = version.guarded() {
        tenant.called();
        if let Err(fault) = &outcome {
            tenant.failed(figures::place_of(fault));
        }
        version.judge().ended(version.id(), tenant, kind, &outcome);
    }
    (route, outcome)
}

async fn run_in(
    version: &Arc<Version>,
    callback: CallbackId,
    event: &str,
    nested: bool,
    route: Box<Route>,
) -> (Box<Route>, Result<(), Fault>) {
    let depth = DEPTH.get().saturating_add(1);
    if let Err(fault) = refusal(version, callback, depth, &route) {
        pool::tally(version, |tally| tally.refused(&fault));
        return (route, Err(fault));
    }
    let (lease, ready) = match pool::take(version, nested || depth > 1) {
        Ok(taken) => taken,
        Err(fault) => return (route, Err(fault)),
    };
    let mut watch = Watch::new(lease.tally().begin(), depth);
    let mut instance = match ready {
        Some(instance) => instance,
        // boxed, as it is rare and its future is large
        None => match Box::pin(instantiate(version, depth, lease.tally())).await {
            Ok(instance) => instance,
            Err(fault) => {
                lease.tally().failed(&fault);
                return (route, Err(fault));
            }
        },
    };
    instance.store.data_mut().route = Some(route);
    let outcome = instance.call(version, callback, event, depth, &mut watch).await;
    watch.note(lease.tally());
    if let Err(fault) = &outcome {
        lease.tally().failed(fault);
    }
    let route = instance
        .store
        .data_mut()
        .route
        .take()
        .expect("put there above, and taken by nobody else");
    match &outcome {
        Ok(()) | Err(Fault::Script(_)) => pool::give_back(version, instance),
        Err(_) => pool::discard(version, instance),
    }
    (route, outcome)
}

/// Why a callback does not even begin.
fn refusal(version: &Version, callback: CallbackId, depth: u8, route: &Route) -> Result<(), Fault> {
    if version.has_ended() {
        return Err(Fault::Ended);
    }
    if depth > MAX_DEPTH {
        let text = format!("callbacks call one another more than {MAX_DEPTH} deep");
        return Err(Fault::Script(text));
    }
    if version.callbacks().len() <= callback as usize {
        return Err(Fault::Script(format!("there is no callback {callback}")));
    }
    match version.guarded() {
        // one that another waits for is a part of that
        Some(tenant) if depth == 1 => may_begin(tenant, route),
        _ => Ok(()),
    }
}

/// The real running time of a callback, where it is taken.
struct Watch {
    /// How many callbacks it stands for, 0 where it is not taken.
    stands_for: u64,
    ran: Duration,
}

impl Watch {
    /// Of callbacks that another one waits for nothing is taken: they are in that one's time.
    fn new(stands_for: u64, depth: u8) -> Watch {
        Watch {
            stands_for: if depth == 1 { stands_for } else { 0 },
            ran: Duration::ZERO,
        }
    }

    fn off() -> Watch {
        Watch::new(0, 0)
    }

    fn start(&self) -> Option<Instant> {
        (self.stands_for > 0).then(Instant::now)
    }

    fn stop(&mut self, begun: Option<Instant>) {
        if let Some(begun) = begun {
            self.ran += begun.elapsed();
        }
    }

    fn note(&self, tally: &Tally) {
        if self.stands_for > 0 {
            tally.ran(self.ran, self.stands_for);
        }
    }
}

impl Instance {
    async fn call(
        &mut self,
        version: &Version,
        callback: CallbackId,
        event: &str,
        depth: u8,
        watch: &mut Watch,
    ) -> Result<(), Fault> {
        let meter = Arc::clone(&self.store.data().meter);
        let state = self.store.data_mut();
        state.calls = 0;
        state.limiter.refused = None;
        // yield and look at the clock at the next tick
        self.store.set_epoch_deadline(1);
        let limits = version.limits();
        let outcome = metered(
            &meter,
            version,
            depth,
            limits.waiting,
            watch,
            self.exports.call_run(&mut self.store, callback, event),
        )
        .await;
        match outcome {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(text))) => Err(Fault::Script(shortened(text))),
            Ok(Err(error)) => Err(self.fault(&error)),
            Err(stopped) => Err(stopped),
        }
    }

    fn fault(&self, error: &wasmtime::Error) -> Fault {
        fault(error, self.store.data().limiter.refused)
    }
}

fn fault(error: &wasmtime::Error, refused: Option<Refused>) -> Fault {
    if error.downcast_ref::<OutOfTime>().is_some() {
        return Fault::Deadline;
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Fault::Busy;
    }
    if let Some(fault) = charge::of_memory(refused) {
        return fault;
    }
    let memory = if refused.is_some() { MEMORY_WAS_REACHED } else { "" };
    // causes alone: the outermost text is a backtrace, or nothing but "error while executing"
    let text = match error.downcast_ref::<wasmtime::Trap>() {
        Some(trap) => trap.to_string(),
        None => one_line(error),
    };
    Fault::Trap(format!("{text}{memory}"))
}

fn shortened(mut text: String) -> String {
    if text.len() > MAX_ERROR {
        text.truncate(text.floor_char_boundary(MAX_ERROR));
        text.push_str("...");
    }
    text
}

/// Drives a call into a guest: counts its running time, bounds its waiting time, keeps count of how
/// deep callbacks are nested, and stops a panic of a host function from reaching the worker.
async fn metered<F: Future>(
    meter: &Meter,
    version: &Version,
    depth: u8,
    waiting: Duration,
    watch: &mut Watch,
    call: F,
) -> Result<F::Output, Fault> {
    let mut call = pin!(call);
    let mut wait: Option<Pin<Box<Sleep>>> = None;
    let mut waits: Option<Place> = None;
    let tenant = version.guarded();
    meter.reset();
    std::future::poll_fn(|context| {
        // while it waited
        if version.has_ended() {
            return Poll::Ready(Err(Fault::Ended));
        }
        if tenant.is_some_and(|tenant| tenant.is_spent(Instant::now())) {
            return Poll::Ready(Err(Fault::Quota("cpu")));
        }
        drop(waits.take());
        let begun = watch.start();
        let polled = {
            let _nested = Nested::enter(depth);
            // nested runs are in the time of the outermost, whose thread it is
            let _running = (depth == 1).then(|| meter.clock().run());
            meter.resume();
            let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context)));
            meter.pause();
            polled
        };
        watch.stop(begun);
        match polled {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) if meter.has_yielded() => Poll::Pending,
            Ok(Poll::Pending) => {
                // callbacks that wait for one another are one that waits
                if let Some(tenant) = tenant.filter(|_| depth == 1) {
                    waits = tenant.suspend();
                    if waits.is_none() {
                        return Poll::Ready(Err(Fault::Quota("suspended")));
                    }
                }
                waits_too_long(&mut wait, waiting, context)
            }
            Err(panic) if panic.is::<OverCalls>() => Poll::Ready(Err(Fault::Quota("host_calls"))),
            // the panic's own text went to the log by the hook
            Err(_) => Poll::Ready(Err(Fault::Trap("a host function panicked (blame: host)".into()))),
        }
    })
    .await
}

/// Starts the clock of waiting at the first wait; pending until it has run out.
fn waits_too_long<T>(
    wait: &mut Option<Pin<Box<Sleep>>>,
    limit: Duration,
    context: &mut Context<'_>,
) -> Poll<Result<T, Fault>> {
    // a worker has a runtime; a test that polls by hand has none, and no limit
    if wait.is_none() && tokio::runtime::Handle::try_current().is_err() {
        return Poll::Pending;
    }
    let sleep = wait.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
    sleep.as_mut().poll(context).map(|()| Err(Fault::Deadline))
}

struct Nested(u8);

impl Nested {
    fn enter(depth: u8) -> Nested {
        Nested(DEPTH.replace(depth))
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        DEPTH.set(self.0);
    }
}

async fn instantiate(version: &Version, depth: u8, tally: &Arc<Tally>) -> Result<Box<Instance>, Fault> {
    let code = version.awake().await?;
    let limits = version.limits();
    let engine = version.engine();
    let meter = Arc::new(Meter::new(engine.clock(), limits.deadline));
    let state = State {
        route: None,
        limiter: Limiter::new(limits).counted(tally).of(version.guarded()),
        meter: Arc::clone(&meter),
        calls: 0,
        most_calls: limits.host_calls,
    };
    let mut store = Store::new(engine.wasm(), state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.text);
    let (clock, limit) = (Arc::clone(&meter), limits.deadline);
    store.epoch_deadline_callback(move |_| {
        if clock.is_exhausted() && charge::has_had(limit) {
            return Err(OutOfTime.into());
        }
        clock.yields();
        Ok(UpdateDeadline::Yield(1))
    });
    store.set_epoch_deadline(1);
    let made = metered(
        &meter,
        version,
        depth,
        limits.waiting,
        &mut Watch::off(),
        code.pre().instantiate_async(&mut store),
    )
    .await?;
    match made {
        Ok(exports) => Ok(Box::new(Instance {
            store,
            exports,
            _code: code,
        })),
        Err(error) if is_out_of_maps(&error) => Err(Fault::Busy),
        Err(error) => Err(fault(&error, store.data().limiter.refused)),
    }
}

/// The system would map nothing more: there is no room for an instance, as where the pool is used up.
fn is_out_of_maps(error: &wasmtime::Error) -> bool {
    // ENOMEM, whatever it is wrapped in
    error.root_cause().to_string().ends_with("(os error 12)")
}

/// Makes an instance without an executor: a start function may yield but has nothing to wait for.
pub(super) fn instantiate_now(version: &Version, tally: &Arc<Tally>) -> Result<Box<Instance>, Fault> {
    let mut making = pin!(instantiate(version, 1, tally));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(made) = making.as_mut().poll(&mut context) {
            return made;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_map_is_no_trap() {
        let refused = |code| wasmtime::Error::from(std::io::Error::from_raw_os_error(code)).context("a stack");
        assert!(is_out_of_maps(&refused(12)));
        assert!(!is_out_of_maps(&refused(22)));
    }
}
