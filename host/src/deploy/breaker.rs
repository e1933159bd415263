//! A tenant's breaker: what takes over from a version whose callbacks fail one after the other, and when it
//! is tried again.
//!
//! The version before takes over by a rollback, for good. The default route and 503 do so for a while; then
//! one request is given to the version, and decides. A deploy ends all that.

use super::{By, Deploys, Refused, Standing, now};
use crate::config::Fallback;
use crate::route::Routing;
use crate::tenant::{Alarm, Verdict};
use crate::wasm::Version;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the one request may take that decides; then another is given to the version.
const PATIENCE: Duration = Duration::from_secs(30);
/// Why requests get 503, for the log.
const OPEN: &str = "its breaker is open";

/// A live version that is not used, since it failed.
pub(super) struct Fallen {
    reason: String,
    /// Milliseconds since 1970.
    since: i64,
    /// Requests get 503, not the default route.
    pub(super) refuses: Option<&'static str>,
    /// When the next step is due.
    due: Instant,
    /// One request is tried: whether it has come.
    pub(super) tried: Option<Arc<AtomicBool>>,
    /// What is tried is made of this, which never runs: what has served may have ended meanwhile.
    spare: Arc<Version>,
}

impl Deploys {
    /// A version of this tenant's has something to tell.
    pub(super) async fn alarmed(&self, alarm: Alarm) {
        match alarm.verdict {
            Verdict::Recovered => self.recovered(alarm.version),
            Verdict::Failed(faults, last) => {
                let reason = format!("{faults} callbacks failed in a row, the last by: {last}");
                let reason: String = reason.chars().filter(|c| !c.is_control()).take(500).collect();
                self.failed(alarm.version, &reason).await;
            }
        }
    }

    async fn failed(&self, version: u64, reason: &str) {
        let canary = self.canary().filter(|(canary, _)| canary.id() == version);
        if let Some((canary, _)) = canary {
            return self.take_away(&canary, reason).await;
        }
        if self.is_again_at_rest(version, reason) {
            return;
        }
        let Some(live) = self.live().filter(|live| live.id() == version) else {
            return; // another one serves by now
        };
        self.tenant().broke();
        let fallback = self.tenant().rules().fallback;
        if fallback == Fallback::Previous {
            match self.to_the_one_before(&live, reason).await {
                Ok(()) => return,
                Err(refused) => self.tell(&live, reason, &format!("503, since there is no way back: {refused}")),
            }
            return self.fall(&live, reason, true);
        }
        let refuses = fallback == Fallback::Refuse;
        self.tell(&live, reason, if refuses { "503" } else { "the default route" });
        self.fall(&live, reason, refuses);
    }

    async fn to_the_one_before(&self, live: &Arc<Version>, reason: &str) -> Result<(), Refused> {
        let done = self.rollback_from(live, By::kemist("breaker"), reason).await?;
        self.tell(live, reason, &format!("version {}", done.label));
        Ok(())
    }

    fn tell(&self, live: &Version, reason: &str, what: &str) {
        let (tenant, version) = (self.tenant().shown(), Routing::label(live));
        tracing::warn!(
            blame = "guest",
            tenant,
            version,
            "breaker open: {reason}; its requests get {what}"
        );
    }

    fn fall(&self, live: &Arc<Version>, reason: &str, refuses: bool) {
        let mut standing = self.standing.lock();
        if !standing.is_live(live.id()) || standing.fallen.is_some() {
            return;
        }
        standing.fallen = Some(Fallen {
            reason: reason.to_owned(),
            since: now(),
            refuses: refuses.then_some(OPEN),
            due: Instant::now() + self.tenant().rules().rest,
            tried: None,
            spare: live.again(),
        });
        self.put(&standing);
    }

    /// The one request of a trial failed: at rest again. True also where the version is at rest anyway, and
    /// what failed were callbacks of its open transactions.
    fn is_again_at_rest(&self, version: u64, reason: &str) -> bool {
        let mut standing = self.standing.lock();
        let is_live = standing.is_live(version);
        let Some(fallen) = standing.fallen.as_mut().filter(|_| is_live) else {
            return false;
        };
        if fallen.tried.take().is_some() {
            reason.clone_into(&mut fallen.reason);
            fallen.due = Instant::now() + self.tenant().rules().rest;
            let rest = self.tenant().rules().rest;
            let tenant = self.tenant().shown();
            tracing::warn!(blame = "guest", tenant, "breaker open again for {rest:?}: {reason}");
            self.put(&standing);
        }
        true
    }

    fn recovered(&self, version: u64) {
        let mut standing = self.standing.lock();
        if standing.is_live(version) && standing.fallen.take().is_some() {
            tracing::info!(
                tenant = self.tenant().shown(),
                "breaker closed: a request was routed without a fault"
            );
            self.put(&standing);
        }
    }

    /// Gives one request to a version that has rested long enough.
    pub(super) fn try_rested(&self) {
        let mut standing = self.standing.lock();
        let Standing { live, fallen, .. } = &mut *standing;
        let (Some(live), Some(fallen)) = (live, fallen) else {
            return;
        };
        let waits = fallen.tried.as_ref().is_some_and(|come| !come.load(Ordering::Relaxed));
        if waits || Instant::now() < fallen.due {
            return;
        }
        live.version = fallen.spare.again_on_trial();
        fallen.due = Instant::now() + PATIENCE;
        fallen.tried = Some(Arc::default());
        tracing::info!(
            tenant = self.tenant().shown(),
            version = Routing::label(&*live.version),
            "breaker: the next request is tried"
        );
        self.put(&standing);
    }

    /// A deploy, or whatever else puts a version in charge, closes it.
    pub(super) fn close_for(&self, standing: &mut Standing, action: &str) {
        if standing.fallen.take().is_some() {
            tracing::info!(tenant = self.tenant().shown(), "breaker closed: {action}");
        }
    }

    /// Whether the breaker is open.
    pub fn is_open(&self) -> bool {
        self.standing.lock().fallen.is_some()
    }

    /// The state of the breaker.
    pub(super) fn breaker(&self) -> Value {
        let standing = self.standing.lock();
        let Some(fallen) = &standing.fallen else {
            return json!({"state": "closed"});
        };
        json!({
            "state": if fallen.tried.is_some() { "trying" } else { "open" },
            "since": super::report::time(fallen.since),
            "reason": fallen.reason,
            "fallback": if fallen.refuses.is_some() { "503" } else { "default" },
        })
    }
}

impl Fallen {
    /// Other limits hold: what is tried is made anew.
    pub(super) fn renew(&mut self, spare: Arc<Version>) {
        self.spare = spare;
        if self.tried.take().is_some() {
            self.due = Instant::now();
        }
    }
}

impl Standing {
    fn is_live(&self, version: u64) -> bool {
        self.live.as_ref().is_some_and(|live| live.version.id() == version)
    }
}
