//! What changes who routes: deploy, reload, promote, rollback. Each takes its turn.

use super::history::{self, Action};
use super::prepare::{self, Prepared, Purpose, component};
use super::{By, Charge, Deploys, Done, Refused, Standing, Step, Turn, Upload, hex, now};
use crate::build::Language;
use crate::route::Routing;
use crate::store::database::Entry;
use crate::tenant::Rules;
use crate::wasm::Version;
use crate::worker::{Canary, Duty, Lives, Trial};
use sha2::{Digest, Sha256};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Versions whose native code stays in memory.
const LOADED: usize = 4;

/// The shortest part of a digest that names a version.
const SHORTEST: usize = 4;

impl Turn {
    /// Keeps a version's code, as the one used last.
    pub(super) fn keep(&mut self, version: &Arc<Version>) {
        if !version.tenant().is_operator() {
            // they come from the cache on disk: memory is for many tenants
            return;
        }
        self.loaded.retain(|kept| kept.digest() != version.digest());
        // a copy that never runs: what runs ends by itself
        self.loaded.push(version.again());
        if self.loaded.len() > LOADED {
            self.loaded.remove(0);
        }
    }

    fn loaded(&self, digest: &[u8; 32]) -> Option<Arc<Version>> {
        Some(self.loaded.iter().find(|kept| kept.digest() == digest)?.again())
    }
}

/// What is to be put in charge, and how.
struct Order {
    action: Action,
    name: String,
    by: By,
    percent: Option<u8>,
    reason: String,
    /// It is what the module's file holds.
    file: bool,
    begun: Instant,
}

impl Deploys {
    /// Puts an uploaded component in charge, of everything or of a share of new dialogs.
    ///
    /// # Errors
    /// Where a step failed: nothing has changed, and the history says so.
    pub async fn deploy(&self, upload: Upload, by: By) -> Result<Done, Refused> {
        let order = Order {
            action: upload.percent.map_or(Action::Deploy, |_| Action::Canary),
            // it goes into lines of the log and onto terminals
            name: upload.name.replace(char::is_control, "?"),
            by,
            percent: upload.percent,
            reason: String::new(),
            file: false,
            begun: Instant::now(),
        };
        let mut turn = self.turn.lock().await;
        self.put_in_charge(&mut turn, upload.component.into(), order).await
    }

    /// Looks at the module's file and puts it in charge where it holds something else than before; None
    /// where it does not. A source is built again where it or its language's engine has changed.
    ///
    /// # Errors
    /// As [`Deploys::deploy`].
    pub async fn reload(&self, by: By) -> Result<Option<Done>, Refused> {
        let begun = Instant::now();
        let mut turn = self.turn.lock().await;
        let made = self.made(turn.built.clone()).await;
        let component = match made {
            Ok(Some(component)) => component,
            Ok(None) => return Ok(None),
            Err(refused) => {
                let name = self.module.path.display().to_string();
                return Err(self.refuse(refused, &name, &by, &turn).await);
            }
        };
        let digest: [u8; 32] = Sha256::digest(&component).into();
        if digest == turn.file {
            return Ok(None);
        }
        self.put_file_in_charge(&mut turn, component, by, begun).await.map(Some)
    }

    /// The component that the module's file is, or that is built of it; None where `built` was built of what is there.
    pub(super) async fn made(&self, built: Option<Arc<[u8]>>) -> Result<Option<Arc<[u8]>>, Refused> {
        let module = self.module.clone();
        let made = tokio::task::spawn_blocking(move || component(&module, built.as_deref())).await;
        match made {
            Ok(Ok(component)) => Ok(component.map(Arc::from)),
            Ok(Err(error)) => Err(Refused::new(Step::Read, format_args!("{error:#}"))),
            Err(_) => Err(Refused::new(Step::Read, "the host's own code failed; see the log")),
        }
    }

    /// Puts in charge what the module's file is, or what was built of it.
    pub(super) async fn renew(&self, component: Arc<[u8]>, by: By, begun: Instant) -> Result<Done, Refused> {
        let mut turn = self.turn.lock().await;
        self.put_file_in_charge(&mut turn, component, by, begun).await
    }

    async fn put_file_in_charge(
        &self,
        turn: &mut Turn,
        component: Arc<[u8]>,
        by: By,
        begun: Instant,
    ) -> Result<Done, Refused> {
        let order = Order {
            action: Action::Deploy,
            name: self.module.path.display().to_string(),
            by,
            percent: None,
            reason: String::new(),
            file: true,
            begun,
        };
        let done = self.put_in_charge(turn, component.clone(), order).await?;
        turn.built = Language::of(&self.module.path).map(|_| component);
        Ok(done)
    }

    /// Gives everything to the canary.
    ///
    /// # Errors
    /// Where there is none, or it cannot be taken down.
    pub async fn promote(&self, by: By) -> Result<Done, Refused> {
        let begun = Instant::now();
        let turn = self.turn.lock().await;
        let Some((canary, _)) = self.standing.lock().canary.clone() else {
            return Err(Refused::new(Step::Choose, "there is no canary to promote"));
        };
        let entry = entry(&canary.entry.digest, Action::Promote, &canary.entry.name, by, &turn);
        self.record(entry.clone(), None).await?;
        let version = canary.version;
        Ok(self.swap(entry, version, begun))
    }

    /// Takes the canary away where there is one, else puts the version before in charge again; or the one
    /// whose digest begins with `to`. `reason` says why where nobody asked.
    ///
    /// # Errors
    /// Where there is no such version.
    pub async fn rollback(&self, to: Option<&str>, by: By, reason: &str) -> Result<Done, Refused> {
        let begun = Instant::now();
        let mut turn = self.turn.lock().await;
        self.go_back(&mut turn, to, by, reason, begun).await
    }

    /// Puts the version before in charge in place of this one, where that still is; a canary goes.
    pub(super) async fn rollback_from(&self, from: &Arc<Version>, by: By, reason: &str) -> Result<Done, Refused> {
        let begun = Instant::now();
        let mut turn = self.turn.lock().await;
        let before = {
            let standing = self.standing.lock();
            let is_live = standing
                .live
                .as_ref()
                .is_some_and(|live| Arc::ptr_eq(&live.version, from));
            if !is_live {
                return Err(Refused::new(Step::Choose, "another version is in charge by now"));
            }
            standing.earlier.last().map(|entry| entry.digest.clone())
        };
        let Some(before) = before else {
            return Err(Refused::new(Step::Choose, "there is no earlier version"));
        };
        self.go_back(&mut turn, Some(&before), by, reason, begun).await
    }

    async fn go_back(
        &self,
        turn: &mut Turn,
        to: Option<&str>,
        by: By,
        reason: &str,
        begun: Instant,
    ) -> Result<Done, Refused> {
        let (live, canary, before) = {
            let standing = self.standing.lock();
            let before = standing.earlier.last().cloned();
            let live = standing.live.as_ref().map(|live| live.entry.digest.clone());
            (live, standing.canary.clone(), before)
        };
        let target = match to {
            None => None,
            Some(name) => Some(self.named(name).await?),
        };
        let is_live = target.as_ref().is_none_or(|digest| Some(digest) == live.as_ref());
        if let Some((canary, _)) = canary.filter(|_| is_live) {
            return self.withdraw(canary, by, reason, turn, begun).await;
        }
        let (digest, action, name) = match (target, before) {
            (Some(_), _) if is_live => return Err(Refused::new(Step::Choose, "this version is in charge already")),
            (Some(digest), before) => match before.filter(|before| before.digest == digest) {
                Some(before) => (digest, Action::Rollback, before.name),
                None => (digest, Action::Return, String::new()),
            },
            (None, Some(before)) => (before.digest, Action::Rollback, before.name),
            (None, None) => return Err(Refused::new(Step::Choose, "there is no earlier version to go back to")),
        };
        let version = self.again(turn, &digest).await?;
        let mut entry = entry(&digest, action, &name, by, turn);
        reason.clone_into(&mut entry.reason);
        self.prewarm(&version).await?;
        let done = self.swap(entry, version, begun);
        self.note(&done.entry).await;
        Ok(done)
    }

    /// Takes the canary away with what made somebody do so; nothing where it is another one by now.
    ///
    /// # Errors
    /// Where it cannot be taken down.
    pub async fn withdraw_canary(&self, canary: &Arc<Version>, by: By, reason: &str) -> Result<Option<Done>, Refused> {
        let begun = Instant::now();
        let turn = self.turn.lock().await;
        let now = self.standing.lock().canary.clone();
        match now.filter(|(charge, _)| Arc::ptr_eq(&charge.version, canary)) {
            Some((charge, _)) => self.withdraw(charge, by, reason, &turn, begun).await.map(Some),
            None => Ok(None),
        }
    }

    async fn withdraw(
        &self,
        canary: Charge,
        by: By,
        reason: &str,
        turn: &Turn,
        begun: Instant,
    ) -> Result<Done, Refused> {
        let mut entry = entry(&canary.entry.digest, Action::Withdraw, &canary.entry.name, by, turn);
        reason.clone_into(&mut entry.reason);
        {
            let mut standing = self.standing.lock();
            standing.canary = None;
            self.put(&standing);
        }
        let done = done(entry, &canary.version, begun);
        self.told(&done);
        self.note(&done.entry).await;
        Ok(done)
    }

    /// Prepares a component, takes it down, and swaps.
    async fn put_in_charge(&self, turn: &mut Turn, component: Arc<[u8]>, order: Order) -> Result<Done, Refused> {
        let digest: [u8; 32] = Sha256::digest(&component).into();
        if let Some(unchanged) = self.is_in_charge(&digest, &order)? {
            if order.file {
                turn.file = digest;
            }
            // the live version for everything: that is, without the canary
            let canary = self.standing.lock().canary.clone().filter(|_| order.percent.is_none());
            return match canary {
                Some((canary, _)) => self.withdraw(canary, order.by, "", turn, order.begun).await,
                None => Ok(unchanged),
            };
        }
        match self.ready(turn, &digest, &component, &order).await {
            Ok((prepared, entry)) => {
                let Prepared {
                    version,
                    cached,
                    scenarios,
                } = prepared;
                if order.file {
                    turn.file = digest;
                }
                turn.keep(&version);
                let done = self.swap(entry, version, order.begun);
                Ok(Done {
                    cached,
                    scenarios,
                    ..done
                })
            }
            Err(refused) => {
                let what = hex(&digest);
                let mut entry = entry(&what, order.action, &order.name, order.by, turn);
                entry.percent = order.percent;
                self.record_refusal(entry, &refused).await;
                Err(refused)
            }
        }
    }

    /// Everything before the swap.
    async fn ready(
        &self,
        turn: &Turn,
        digest: &[u8; 32],
        component: &Arc<[u8]>,
        order: &Order,
    ) -> Result<(Prepared, Entry), Refused> {
        // a canary whose share changes keeps its figures
        let canary = self.canary().map(|(version, _)| version);
        let canary = canary.filter(|version| version.digest() == digest);
        let prepared = match canary.or_else(|| turn.loaded(digest)) {
            Some(version) => {
                // who was trusted when it was loaded may be so no more
                prepare::vouched(&self.module, &order.name, component).await?;
                self.granted(&version)?;
                Prepared {
                    version,
                    cached: true,
                    scenarios: None,
                }
            }
            None => {
                prepare::prepare(
                    &self.engine,
                    &self.module,
                    &self.database,
                    &order.name,
                    component,
                    Purpose::Deploy,
                )
                .await?
            }
        };
        self.prewarm(&prepared.version).await?;
        let mut entry = entry(&hex(digest), order.action, &order.name, order.by.clone(), turn);
        entry.percent = order.percent;
        entry.reason.clone_from(&order.reason);
        if order.file {
            entry.file = hex(digest);
        }
        self.record(entry.clone(), Some(component)).await?;
        Ok((prepared, entry))
    }

    /// What is in charge already needs nothing.
    fn is_in_charge(&self, digest: &[u8; 32], order: &Order) -> Result<Option<Done>, Refused> {
        let standing = self.standing.lock();
        let live = standing.live.as_ref().filter(|live| live.version.digest() == digest);
        let is_live = live.is_some();
        let same = match (&standing.canary, order.percent) {
            (_, Some(_)) if is_live => {
                let why = format!("{}: this version is in charge of everything already", order.name);
                return Err(Refused::new(Step::Choose, why));
            }
            (_, None) => live,
            (Some((canary, now)), Some(percent)) if canary.version.digest() == digest => {
                (*now == percent).then_some(canary)
            }
            _ => None,
        };
        Ok(same.map(|charge| Done {
            unchanged: true,
            ..done(charge.entry.clone(), &charge.version, order.begun)
        }))
    }

    /// A version of before, from memory or from its component: without compiling, as a rule.
    async fn again(&self, turn: &mut Turn, digest: &str) -> Result<Arc<Version>, Refused> {
        let short = digest.get(..12).unwrap_or(digest);
        let loaded = turn.loaded.iter().find(|kept| hex(kept.digest()) == digest);
        if let Some(kept) = loaded.filter(|_| self.module.trust.is_none()) {
            self.granted(kept)?;
            return Ok(kept.again());
        }
        let found = self.database.module(digest).await;
        let component = found.map_err(|error| Refused::new(Step::Read, error))?;
        let Some(component) = component else {
            return Err(Refused::new(
                Step::Read,
                format_args!("version {short} is not kept any more"),
            ));
        };
        let component = component.into();
        if let Some(kept) = loaded {
            // who was trusted when it was loaded may be so no more
            prepare::vouched(&self.module, short, &component).await?;
            self.granted(kept)?;
            return Ok(kept.again());
        }
        let prepared = prepare::prepare(
            &self.engine,
            &self.module,
            &self.database,
            short,
            &component,
            Purpose::Return,
        )
        .await?;
        turn.keep(&prepared.version);
        Ok(prepared.version)
    }

    /// The digest that begins so, among what is in charge and what is kept.
    async fn named(&self, name: &str) -> Result<String, Refused> {
        let wrong = |why: &str| Err(Refused::new(Step::Choose, format_args!("{name:?}: {why}")));
        if name.len() < SHORTEST || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return wrong("no version's name; kemist versions lists them");
        }
        let name = name.to_ascii_lowercase();
        let mut known = if self.database.is_open() {
            let kept = self.database.modules(self.tenant().name()).await;
            kept.map_err(|error| Refused::new(Step::Read, error))?
        } else {
            Vec::new()
        };
        {
            let standing = self.standing.lock();
            known.extend(standing.live.iter().map(|live| live.entry.digest.clone()));
            known.extend(standing.earlier.iter().map(|entry| entry.digest.clone()));
        }
        known.retain(|digest| digest.starts_with(&name));
        known.sort();
        known.dedup();
        match &known[..] {
            [one] => Ok(one.clone()),
            [] => wrong("no such version is kept; kemist versions lists them"),
            _ => wrong("several versions begin so; give more of the digest"),
        }
    }

    async fn prewarm(&self, version: &Arc<Version>) -> Result<(), Refused> {
        let done = self.fleet.prewarm(version.clone()).await;
        done.map_err(|why| Refused::new(Step::Prewarm, why))
    }

    async fn record(&self, entry: Entry, component: Option<&Arc<[u8]>>) -> Result<(), Refused> {
        if !self.database.is_open() {
            return Ok(());
        }
        let failed = |error| Refused::new(Step::Record, error);
        let component = match component {
            Some(bytes) if !self.database.has_module(&entry.digest).await.map_err(failed)? => Some(bytes.to_vec()),
            _ => None,
        };
        let held = {
            let standing = self.standing.lock();
            let canary = standing.canary.iter().map(|(charge, _)| charge.entry.digest.clone());
            let earlier = standing.earlier.last().map(|entry| entry.digest.clone());
            let live = standing.live.iter().map(|live| live.entry.digest.clone());
            canary
                .chain(earlier)
                .chain(live)
                .chain([entry.digest.clone()])
                .collect()
        };
        self.database
            .record(self.tenant().name(), entry, component, self.module.keep, held)
            .await
            .map_err(failed)
    }

    /// As [`Deploys::record`], for what is not to wait for a database that is out of order: ways back.
    async fn note(&self, entry: &Entry) {
        if let Err(refused) = self.record(entry.clone(), None).await {
            tracing::error!(
                blame = "host",
                "{} is not in the history, and a restart does not know of it: {}",
                entry.action,
                refused.why
            );
        }
    }

    /// Takes down what was refused before there was a component.
    async fn refuse(&self, refused: Refused, name: &str, by: &By, turn: &Turn) -> Refused {
        let entry = entry("", Action::Deploy, name, by.clone(), turn);
        self.record_refusal(entry, &refused).await;
        refused
    }

    async fn record_refusal(&self, mut entry: Entry, refused: &Refused) {
        tracing::error!(
            blame = "guest",
            who = entry.who,
            from = entry.origin,
            tenant = self.tenant().shown(),
            "not deployed: {refused}; version {} stays",
            self.live_label()
        );
        entry.done = false;
        entry.step = refused.step.to_string();
        entry.reason = refused.why.chars().take(1024).collect();
        if refused.step != Step::Record
            && let Err(error) = self.record(entry, None).await
        {
            tracing::error!(blame = "host", "the history of deploys cannot be written: {error}");
        }
    }

    /// The swap: from here on new requests get the version.
    fn swap(&self, entry: Entry, version: Arc<Version>, begun: Instant) -> Done {
        let charge = Charge {
            entry: entry.clone(),
            version: version.clone(),
        };
        let mut standing = self.standing.lock();
        if entry.percent.is_none() {
            self.close_for(&mut standing, &entry.action);
        }
        standing.canary = None;
        standing.broken = None;
        let mut done = done(entry.clone(), &version, begun);
        match entry.percent.filter(|_| entry.action == Action::Canary.name()) {
            Some(percent) => standing.canary = Some((charge, percent)),
            None => {
                let before = standing.live.replace(charge);
                done.before = before.as_ref().map(Charge::label);
                if entry.action == Action::Rollback.name() {
                    standing.earlier.pop();
                } else if let Some(before) = before {
                    history::push(&mut standing.earlier, before.entry, |entry| &entry.digest);
                }
            }
        }
        self.put(&standing);
        done.took = begun.elapsed();
        drop(standing);
        self.told(&done);
        done
    }

    /// Shows the workers what is in charge.
    pub(super) fn put(&self, standing: &Standing) {
        let canary = standing.canary.as_ref().map(|(charge, percent)| Canary {
            routing: charge.version.clone(),
            percent: f64::from(*percent),
        });
        let others = |refuses: Option<&'static str>| refuses.map_or(Duty::Default, Duty::Refuse);
        let Some(live) = &standing.live else {
            return self.seat.put(others(standing.broken));
        };
        let lives = Lives {
            live: live.version.clone(),
            canary,
        };
        self.seat.put(match &standing.fallen {
            None => Duty::Versions(lives),
            Some(fallen) => match &fallen.tried {
                None => others(fallen.refuses),
                Some(come) => Duty::Trial(Trial::new(live.version.clone(), fallen.refuses, come.clone())),
            },
        });
    }

    /// Has the versions that serve sleep until somebody needs them.
    pub(super) fn rest(&self) {
        for version in self.standing.lock().versions() {
            version.sleep();
        }
    }

    /// Its module was refused at the start: nobody routes until a deploy.
    pub(super) fn give_up(&self) {
        let mut standing = self.standing.lock();
        if standing.live.is_none() {
            standing.broken = Some(super::begin::BROKEN);
            self.put(&standing);
        }
    }

    /// Has the versions that serve run under the limits that hold now: as others of the same code.
    fn renew_limits(&self) {
        let mut standing = self.standing.lock();
        let (limits, policy) = (self.module.limits(), self.module.policy());
        let Standing {
            live, canary, fallen, ..
        } = &mut *standing;
        for charge in live.iter_mut().chain(canary.iter_mut().map(|(canary, _)| canary)) {
            charge.version = charge.version.again_under(limits.clone(), policy);
        }
        if let (Some(live), Some(fallen)) = (live, fallen) {
            fallen.renew(live.version.again());
        }
        self.put(&standing);
    }

    /// Lays down other rules for the tenant, and has the versions in charge go on under them. `kept` writes
    /// them down before.
    ///
    /// # Errors
    /// Where a version in charge imports what they do not grant, or they cannot be written down: nothing has
    /// changed.
    pub(super) async fn lay_down(
        &self,
        rules: Rules,
        kept: impl Future<Output = Result<(), String>>,
    ) -> Result<(), String> {
        // nothing that was linked under the rules of before is put in charge meanwhile
        let _turn = self.turn.lock().await;
        self.may_have(&rules)?;
        kept.await?;
        self.tenant().set_rules(rules);
        self.renew_limits();
        Ok(())
    }

    /// Whether the versions in charge can go on under other rules.
    fn may_have(&self, rules: &Rules) -> Result<(), String> {
        for version in self.standing.lock().versions() {
            let refused = |what| {
                let label = version.label();
                format!("grants: version {label} is in charge: {what}, or deploy a module that does without")
            };
            version.may_run(&rules.granted).map_err(refused)?;
        }
        Ok(())
    }

    /// What was loaded before may import what was taken away since.
    fn granted(&self, version: &Version) -> Result<(), Refused> {
        let granted = &self.tenant().rules().granted;
        let refused = |what| Refused::new(Step::Link, format_args!("version {}: {what}", version.label()));
        version.may_run(granted).map_err(refused)
    }
}

fn entry(digest: &str, action: Action, name: &str, by: By, turn: &Turn) -> Entry {
    Entry {
        time: now(),
        action: action.name().to_owned(),
        digest: digest.to_owned(),
        name: name.chars().take(255).collect(),
        who: by.who,
        origin: by.from,
        done: true,
        file: if turn.file == [0; 32] {
            String::new()
        } else {
            hex(&turn.file)
        },
        ..Entry::default()
    }
}

fn done(entry: Entry, version: &Version, begun: Instant) -> Done {
    Done {
        action: Action::of(&entry),
        label: version.label().to_owned(),
        entry,
        before: None,
        unchanged: false,
        took: begun.elapsed(),
        cached: true,
        scenarios: None,
    }
}

impl Deploys {
    /// The line in the log.
    fn told(&self, done: &Done) {
        let entry = &done.entry;
        tracing::info!(
            tenant = self.tenant().shown(),
            version = done.label,
            name = entry.name,
            who = entry.who,
            from = entry.origin,
            percent = entry.percent,
            reason = Some(&entry.reason).filter(|reason| !reason.is_empty()),
            took = ?done.took,
            "{}",
            match done.action {
                Action::Start => "started",
                Action::Deploy => "deployed",
                Action::Canary => "canary deployed",
                Action::Promote => "promoted",
                Action::Rollback | Action::Return => "rolled back",
                Action::Withdraw => "canary withdrawn",
            }
        );
    }
}

/// A duration as people read it.
pub(super) fn millis(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}
