//! A version: one component, checked, compiled and linked, with its callbacks.

use super::charge::{self, Charged, Judge};
use super::compile::{self, Prepared};
use super::engine::Engine;
use super::figures::{Counts, Figures, Tally};
use super::life::{self, Code, Life};
use super::limits::{Limiter, Limits, Policy};
use super::run::{self, State};
use crate::route::{CallbackId, Fault, Route, Routing, Run, Spares, WellKnown};
use crate::sign::Grants;
use crate::tenant::grants::{self, Set};
use crate::tenant::{Granted, Tenant};
use kemist_bindings::Host_Pre;
use parking_lot::Mutex;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wasmtime::component::{Component, Linker};
use wasmtime::{Module, Store, Trap, UpdateDeadline};

/// Callbacks of a version, and bytes of a callback's name.
const MAX_CALLBACKS: usize = 1024;
const MAX_NAME: usize = 128;

/// One version of a routing module.
pub struct Version {
    id: u64,
    label: String,
    digest: [u8; 32],
    size: usize,
    engine: Arc<Engine>,
    code: Mutex<Stock>,
    /// Where the code comes from again after a sleep; None: it never sleeps.
    fetch: Option<Fetch>,
    /// One fetches, the others wait.
    waking: tokio::sync::Mutex<()>,
    callbacks: Vec<String>,
    well_known: WellKnown,
    limits: Limits,
    policy: Policy,
    /// Whose it is.
    tenant: Arc<Tenant>,
    /// It may do what that one was granted: for its code is not the operator's.
    confined: bool,
    grants: Arc<Uses>,
    life: Life,
    judge: Judge,
    /// What each thread that runs its callbacks has counted; the first for all others.
    tallies: Mutex<Vec<(u64, Arc<Tally>)>>,
    stray: Arc<Tally>,
}

/// Gets the code of a version that sleeps: from the cache, at worst by compiling.
pub type Fetch = Arc<dyn Fn() -> Fetched + Send + Sync>;

/// What comes of that.
pub type Fetched = Pin<Box<dyn Future<Output = Result<Arc<Code>, LoadError>> + Send>>;

/// What instances are made of.
#[derive(Clone)]
enum Stock {
    Loaded(Arc<Code>),
    /// Nobody has needed it for a while.
    Asleep,
    /// It never will be there again.
    Ended,
}

/// What of the grants concerns a component.
struct Uses {
    /// The functions that it imports.
    functions: Set,
    /// What it was signed with.
    signed: Option<Granted>,
}

/// Why a module cannot be loaded: one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError(String);

impl LoadError {
    /// With this line.
    pub fn new(line: impl Into<String>) -> LoadError {
        LoadError(line.into())
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoadError {}

impl Version {
    /// Loads a component from a file.
    pub fn load_file(
        engine: &Arc<Engine>,
        path: &Path,
        limits: Limits,
        policy: Policy,
    ) -> Result<Arc<Version>, LoadError> {
        let bytes = std::fs::read(path).map_err(|e| LoadError(format!("{}: {e}", path.display())))?;
        Version::load(engine, &bytes, limits, policy).map_err(|e| LoadError(format!("{}: {e}", path.display())))
    }

    /// Compiles a component in this process (milliseconds to seconds, so never on a worker) and goes on as
    /// [`Version::of`].
    pub fn load(engine: &Arc<Engine>, bytes: &[u8], limits: Limits, policy: Policy) -> Result<Arc<Version>, LoadError> {
        let operator = Tenant::operator();
        Version::of(engine, compile::here(engine, bytes)?, limits, policy, operator)
    }

    /// Links what was compiled, and asks a scratch instance for its callbacks, which runs its start functions: not on a
    /// worker either.
    pub fn of(
        engine: &Arc<Engine>,
        prepared: Prepared,
        limits: Limits,
        policy: Policy,
        tenant: &Arc<Tenant>,
    ) -> Result<Arc<Version>, LoadError> {
        let Prepared {
            component,
            shared,
            signed,
            digest,
            size,
            ..
        } = prepared;
        let grants = Arc::new(Uses::of(engine, &component, signed, tenant)?);
        grants.check(tenant, &tenant.rules().granted).map_err(LoadError)?;
        let pre = link(engine, &component, &shared)?;
        let callbacks = ask_callbacks(engine, &component, &shared, &limits)?;
        let place = |name: &str| {
            callbacks
                .iter()
                .position(|n| n == name)
                .and_then(|i| CallbackId::try_from(i).ok())
        };
        let well_known = WellKnown {
            request: place("ksr_request_route"),
            reply: place("ksr_reply_route"),
            onsend: place("ksr_onsend_route"),
        };
        if well_known.request.is_none() {
            let names = if callbacks.is_empty() {
                "none".to_owned()
            } else {
                callbacks.join(", ")
            };
            return Err(LoadError(format!(
                "it has no callback ksr_request_route; its callbacks: {names}"
            )));
        }
        let version = Version {
            id: next_id(),
            label: compile::label(&digest),
            digest,
            size,
            engine: Arc::clone(engine),
            code: Mutex::new(Stock::Loaded(Code::new(pre))),
            fetch: None,
            waking: tokio::sync::Mutex::default(),
            callbacks,
            well_known,
            limits,
            policy,
            tenant: tenant.clone(),
            confined: !tenant.is_operator(),
            grants,
            life: Life::default(),
            judge: Judge::default(),
            tallies: Mutex::default(),
            stray: Arc::default(),
        };
        Ok(version.registered())
    }

    /// The same module once more, without compiling or linking: a version of its own, with figures of its own.
    pub fn again(&self) -> Arc<Version> {
        self.again_for(&self.tenant, self.limits.clone(), self.policy, Judge::default())
    }

    /// The same once more, of which the first request says whether it can be used again.
    pub fn again_on_trial(&self) -> Arc<Version> {
        self.again_for(&self.tenant, self.limits.clone(), self.policy, Judge::on_trial())
    }

    /// The same once more, with other limits.
    pub fn again_under(&self, limits: Limits, policy: Policy) -> Arc<Version> {
        self.again_for(&self.tenant, limits, policy, Judge::default())
    }

    /// The same once more, for another tenant.
    fn again_for(&self, tenant: &Arc<Tenant>, limits: Limits, policy: Policy, judge: Judge) -> Arc<Version> {
        self.copy(tenant, limits, policy, judge).registered()
    }

    fn copy(&self, tenant: &Arc<Tenant>, limits: Limits, policy: Policy, judge: Judge) -> Version {
        Version {
            id: next_id(),
            label: self.label.clone(),
            digest: self.digest,
            size: self.size,
            engine: Arc::clone(&self.engine),
            code: Mutex::new(self.code.lock().clone()),
            fetch: self.fetch.clone(),
            waking: tokio::sync::Mutex::default(),
            callbacks: self.callbacks.clone(),
            well_known: self.well_known,
            limits,
            policy,
            tenant: tenant.clone(),
            confined: self.confined,
            grants: Arc::clone(&self.grants),
            life: Life::default(),
            judge,
            tallies: Mutex::default(),
            stray: Arc::default(),
        }
    }

    /// Whether all that it imports is granted.
    ///
    /// # Errors
    /// What is not, and what to add, in one line.
    pub fn may_run(&self, granted: &Granted) -> Result<(), String> {
        match self.confined {
            true => self.grants.check(&self.tenant, granted),
            false => Ok(()),
        }
    }

    fn registered(self) -> Arc<Version> {
        let version = Arc::new(self);
        version.engine.register(&version);
        version
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Bytes of the component.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Its limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Its policy.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Its number: no two versions of a process have the same.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its tenant, where there are quotas to be looked at.
    pub(super) fn guarded(&self) -> Option<&Arc<Tenant>> {
        (!self.tenant.is_operator()).then_some(&self.tenant)
    }

    pub(super) fn judge(&self) -> &Judge {
        &self.judge
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What instances are made of, where it is loaded.
    pub(super) fn code(&self) -> Option<Arc<Code>> {
        match &*self.code.lock() {
            Stock::Loaded(code) => Some(code.clone()),
            Stock::Asleep | Stock::Ended => None,
        }
    }

    /// The same once more, which may sleep: `fetch` gets its code again.
    pub fn fetched_by(&self, fetch: Fetch) -> Arc<Version> {
        let mut version = self.copy(&self.tenant, self.limits.clone(), self.policy, Judge::default());
        version.fetch = Some(fetch);
        version.registered()
    }

    /// Lets go of the code where nothing of the version is under way; the next callback waits for it to be
    /// fetched. True where it sleeps now.
    pub fn sleep(&self) -> bool {
        if self.fetch.is_none() {
            return false;
        }
        let figures = self.figures();
        if figures.instances.busy > 0 || figures.open_transactions > 0 {
            return false;
        }
        let mut code = self.code.lock();
        if let Stock::Loaded(_) = &*code {
            *code = Stock::Asleep;
            // threads that keep instances of it let go of them
            life::changed();
        }
        true
    }

    pub(super) fn is_asleep(&self) -> bool {
        matches!(&*self.code.lock(), Stock::Asleep)
    }

    /// The code, fetched where the version sleeps.
    pub(super) async fn awake(&self) -> Result<Arc<Code>, Fault> {
        let asleep = match &*self.code.lock() {
            Stock::Loaded(code) => return Ok(code.clone()),
            Stock::Ended => return Err(Fault::Ended),
            Stock::Asleep => self.fetch.clone(),
        };
        let _waking = self.waking.lock().await;
        if let Some(code) = self.code() {
            return Ok(code);
        }
        let fetch = asleep.ok_or(Fault::Ended)?;
        let code = fetch().await.map_err(|error| {
            tracing::error!(
                tenant = self.tenant.shown(),
                version = self.label,
                "its code cannot be loaded again: {error}"
            );
            Fault::Busy
        })?;
        let mut stock = self.code.lock();
        if let Stock::Ended = &*stock {
            return Err(Fault::Ended);
        }
        *stock = Stock::Loaded(code.clone());
        Ok(code)
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }

    pub(super) fn is_retired(&self) -> bool {
        self.life.is_retired()
    }

    /// Its drain limit was reached: its callbacks run no longer.
    pub fn has_ended(&self) -> bool {
        self.life.has_ended()
    }

    /// The end at the drain limit: what its transactions still wait for goes on without their callbacks.
    pub(super) fn end(&self, limit: Duration) {
        self.life.end();
        // dropped with the last instance that is under way
        drop(std::mem::replace(&mut *self.code.lock(), Stock::Ended));
        let open = self.open_transactions();
        tracing::warn!(
            version = self.label,
            "ended {limit:?} after it was retired: callbacks of its {open} open transactions run no longer"
        );
    }

    /// Transactions that it made or whose callbacks it armed, and requests of its own, that have not ended.
    pub fn open_transactions(&self) -> u64 {
        self.figures().open_transactions
    }

    /// What it has done and what it holds.
    pub fn figures(&self) -> Figures {
        let tallies = self.tallies.lock().clone();
        let (since, retired) = self.life.dates();
        Figures {
            code: self.code().map_or(0, |code| code.size as u64),
            since,
            retired,
            ended: self.has_ended(),
            ..Figures::of(
                tallies
                    .iter()
                    .map(|(_, tally)| tally)
                    .chain([&self.stray])
                    .map(Arc::as_ref),
            )
        }
    }

    /// What it has done.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        counts.take_in(&self.stray);
        self.tallies.lock().iter().for_each(|(_, tally)| counts.take_in(tally));
        counts
    }

    /// The counters of a thread that runs its callbacks.
    pub(super) fn tally_of(&self, thread: u64) -> Arc<Tally> {
        let mut tallies = self.tallies.lock();
        if let Some((_, tally)) = tallies.iter().find(|(of, _)| *of == thread) {
            return tally.clone();
        }
        let tally: Arc<Tally> = Arc::default();
        tallies.push((thread, tally.clone()));
        tally
    }

    /// The counters of threads that have none of their own.
    pub(super) fn stray(&self) -> &Arc<Tally> {
        &self.stray
    }
}

impl Routing for Version {
    fn label(&self) -> &str {
        &self.label
    }

    fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    fn is_confined(&self) -> bool {
        self.confined
    }

    fn narrowed(&self) -> Option<&Granted> {
        self.grants.signed.as_ref()
    }

    fn run_as(self: Arc<Self>, tenant: &Arc<Tenant>) -> Arc<dyn Routing> {
        // the operator's module is trusted: its memory is its own affair
        let limits = self.limits.for_tenant(&tenant.rules().quotas);
        let limits = Limits {
            memory: self.limits.memory,
            ..limits
        };
        // its faults are not the tenant's
        self.again_for(tenant, limits, self.policy, Judge::of_nobody())
    }

    fn callbacks(&self) -> &[String] {
        &self.callbacks
    }

    fn well_known(&self) -> WellKnown {
        self.well_known
    }

    fn memory(&self) -> u64 {
        self.limits.memory as u64
    }

    fn when_busy(&self) -> String {
        self.engine().advice()
    }

    fn warm(self: Arc<Self>) {
        super::pool::warm(&self);
    }

    fn prepare(self: Arc<Self>) -> Result<Spares, String> {
        super::pool::prepare(&self)
    }

    fn serve(&self) {
        self.life.serve();
    }

    fn retire(&self) {
        self.life.retire();
    }

    fn opened(&self) {
        super::pool::tally(self, Tally::opened);
    }

    fn closed(&self) {
        super::pool::tally(self, Tally::closed);
    }

    fn replied(&self, code: u16) {
        super::pool::tally(self, |tally| tally.replied(code));
    }

    fn run(self: Arc<Self>, callback: CallbackId, event: &str, nested: bool, route: Box<Route>) -> Run {
        let tenant = self.guarded().cloned();
        let run = run::run(self, callback, event.to_owned(), nested, route);
        match tenant {
            None => Box::pin(run),
            Some(tenant) => Box::pin(Charged::new(&tenant, run)),
        }
    }
}

impl Uses {
    fn of(engine: &Engine, component: &Component, signed: Option<Grants>, tenant: &Tenant) -> Result<Uses, LoadError> {
        // what the operator deploys is not confined
        let signed = signed.filter(|_| !tenant.is_operator());
        let signed = signed.map(|grants| Granted::signed(&grants)).transpose();
        Ok(Uses {
            functions: super::check::functions(engine, component),
            signed: signed.map_err(|what| LoadError(format!("its section kemist:grants: {what}; sign it anew")))?,
        })
    }

    fn check(&self, tenant: &Tenant, granted: &Granted) -> Result<(), String> {
        let missing = granted.missing(&self.functions);
        if !missing.is_empty() {
            return Err(grants::refusal(&missing, tenant.name()));
        }
        let missing = self.signed.as_ref().map(|signed| signed.missing(&self.functions));
        match missing.filter(|missing| !missing.is_empty()) {
            Some(missing) => Err(grants::refusal_of_signed(&missing)),
            None => Ok(()),
        }
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        // threads that keep instances of it let go of them
        life::changed();
    }
}

/// Links what was compiled: what a [`Fetch`] hands over.
///
/// # Errors
/// As [`Version::of`].
pub fn code_of(engine: &Arc<Engine>, prepared: &Prepared) -> Result<Arc<Code>, LoadError> {
    Ok(Code::new(link(engine, &prepared.component, &prepared.shared)?))
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn link(engine: &Engine, component: &Component, shared: &[(String, Module)]) -> Result<Host_Pre<State>, LoadError> {
    if let Some(name) = super::check::unknown_import(engine, component) {
        return Err(LoadError(format!("it imports {name}, which this kemist does not have")));
    }
    let instantiate_pre = || {
        if shared.is_empty() {
            return engine.linker().instantiate_pre(component);
        }
        // names hold digests, and yet nobody else's linker is changed
        let mut linker = engine.linker().clone();
        define(&mut linker, shared)?;
        linker.instantiate_pre(component)
    };
    let pre = instantiate_pre().map_err(|e| LoadError(format!("it cannot be linked: {}", one_line(&e))))?;
    Host_Pre::new(pre).map_err(|e| {
        LoadError(format!(
            "it does not export what a routing module must: {}",
            one_line(&e)
        ))
    })
}

fn define<T: 'static>(linker: &mut Linker<T>, shared: &[(String, Module)]) -> wasmtime::Result<()> {
    let mut root = linker.root();
    shared.iter().try_for_each(|(name, module)| root.module(name, module))
}

/// Runs `callbacks` in an instance whose every import traps: the list is a property of the component.
fn ask_callbacks(
    engine: &Engine,
    component: &Component,
    shared: &[(String, Module)],
    limits: &Limits,
) -> Result<Vec<String>, LoadError> {
    let fault = |what: &str, limiter: &Limiter, e: wasmtime::Error| {
        let memory = if limiter.refused.is_some() {
            " (its memory limit was reached)"
        } else {
            ""
        };
        let text = match e.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => format!("it ran longer than {:?}", limits.load),
            _ => match one_line(&e).strip_prefix("unknown import: `") {
                Some(import) => format!(
                    "its top-level code calls {}, and functions of the host are there in callbacks only",
                    import.split('`').next().unwrap_or_default()
                ),
                None => one_line(&e),
            },
        };
        LoadError(format!("{what}: {text}{memory}"))
    };
    let _running = engine.clock().run();
    let mut linker = Linker::<Limiter>::new(engine.wasm());
    define(&mut linker, shared)
        .and_then(|()| linker.define_unknown_imports_as_traps(component))
        .map_err(|e| LoadError(one_line(&e)))?;
    let mut store = Store::new(engine.wasm(), Limiter::new(limits));
    store.limiter(|limiter| limiter);
    store.set_hostcall_fuel(limits.text);
    // others may take the processor from this thread for long: the clock only says when to look
    let (begun, load) = (charge::processor_time(), limits.load);
    store.epoch_deadline_callback(move |_| match charge::processor_time().saturating_sub(begun) < load {
        true => Ok(UpdateDeadline::Continue(1)),
        false => Err(Trap::Interrupt.into()),
    });
    store.set_epoch_deadline(1);
    let instance = linker
        .instantiate(&mut store, component)
        .map_err(|e| fault("it cannot start", store.data(), e))?;
    let names = instance
        .get_typed_func::<(), (Vec<String>,)>(&mut store, "callbacks")
        .and_then(|callbacks| callbacks.call(&mut store, ()))
        .map_err(|e| fault("its callbacks() failed", store.data(), e))?
        .0;
    check_names(&names)?;
    Ok(names)
}

fn check_names(names: &[String]) -> Result<(), LoadError> {
    if names.len() > MAX_CALLBACKS {
        return Err(LoadError(format!(
            "it lists {} callbacks; {MAX_CALLBACKS} are the most",
            names.len()
        )));
    }
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if name.is_empty() || name.len() > MAX_NAME || name.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let shown: String = name.chars().take(40).collect();
            return Err(LoadError(format!(
                "it lists a callback with the unusable name {shown:?}"
            )));
        }
        if !seen.insert(name) {
            return Err(LoadError(format!("it lists the callback {name} twice")));
        }
    }
    Ok(())
}

/// An error and its causes in one line of bounded length.
pub(super) fn one_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    let line = text
        .split('\n')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    line.chars().filter(|c| !c.is_control()).take(1000).collect()
}
