//! What is looked at every second: versions that drain for too long, a canary that does worse than the live
//! version, which is taken away with the reason, and versions that rest after faults. Faults in a row are
//! seen to at once.
//!
//! A share (of callbacks that failed, of final replies that are 5xx) is too high where it is above the live
//! version's by more than the margin, and by more than chance explains: three standard errors of the
//! difference. So one fault among few callbacks decides nothing, and many callbacks show a small excess.
//! Nothing is judged before there are `min_calls`, but what fails without exception is, from five on.

use super::{By, Deploys};
use crate::config::Canary;
use crate::route::Routing;
use crate::wasm::{Counts, Version};
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);

/// So many failures without anything else are no chance.
const ALL: u64 = 5;

/// Standard errors that a difference must exceed.
const SIGMAS: f64 = 3.0;

/// A canary and what there was when it was first seen.
struct Trial {
    canary: Arc<Version>,
    live: Arc<Version>,
    /// Of the canary and of the live version: what came before is not compared.
    begun: (Counts, Counts),
}

impl Trial {
    fn new(canary: Arc<Version>, live: Arc<Version>) -> Trial {
        Trial {
            begun: (canary.counts(), live.counts()),
            canary,
            live,
        }
    }

    fn is_of(&self, canary: &Arc<Version>, live: &Arc<Version>) -> bool {
        Arc::ptr_eq(&self.canary, canary) && Arc::ptr_eq(&self.live, live)
    }

    /// Why the canary must go.
    fn verdict(&self, margins: &Canary) -> Option<String> {
        let whole = self.live.counts();
        let since = whole.since(&self.begun.1);
        // where the canary has nearly everything, the live version's past says more
        let live = if since.calls < margins.min_calls {
            &whole
        } else {
            &since
        };
        verdict(margins, &self.canary.counts().since(&self.begun.0), live)
    }
}

impl Deploys {
    /// Watches until the process ends.
    pub async fn watch_over(self: Arc<Deploys>) {
        let mut trial: Option<Trial> = None;
        let mut tick = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                alarm = self.tenant().alarm() => {
                    self.alarmed(alarm).await;
                    continue;
                }
            }
            self.try_rested();
            if self.tenant().is_operator() {
                // everybody's
                self.engine.end_drained(self.module.drain);
            }
            let margins = &self.module.canary;
            let Some((canary, _)) = self.canary().filter(|_| margins.automatic) else {
                trial = None;
                continue;
            };
            let Some(live) = self.live() else { continue };
            let now = trial.take().filter(|trial| trial.is_of(&canary, &live));
            let now = now.unwrap_or_else(|| Trial::new(canary, live));
            match now.verdict(margins) {
                None => trial = Some(now),
                Some(reason) => self.take_away(&now.canary, &reason).await,
            }
        }
    }

    pub(super) async fn take_away(&self, canary: &Arc<Version>, reason: &str) {
        let tenant = self.tenant().shown();
        tracing::warn!(
            blame = "guest",
            tenant,
            version = canary.label(),
            "the canary goes: {reason}"
        );
        if let Err(refused) = self.withdraw_canary(canary, By::kemist("canary"), reason).await {
            tracing::error!(
                blame = "host",
                version = canary.label(),
                "the canary could not be taken away: {refused}; trying again"
            );
        }
    }
}

/// Why a canary that did this must go, where the live version did that meanwhile.
fn verdict(margins: &Canary, canary: &Counts, live: &Counts) -> Option<String> {
    let faults = Share::new(canary.all_faults(), canary.calls);
    let errors = Share::new(canary.server_errors(), canary.all_replies());
    let live_faults = Share::new(live.all_faults(), live.calls);
    let live_errors = Share::new(live.server_errors(), live.all_replies());
    let least = margins.min_calls;
    if faults.exceeds(live_faults, margins.faults, least) {
        return Some(format!("{faults} callbacks failed; of the live version {live_faults}"));
    }
    if errors.exceeds(live_errors, margins.server_errors, least) {
        return Some(format!(
            "{errors} final replies were 5xx; of the live version {live_errors}"
        ));
    }
    slower(margins, canary, live)
}

/// The ninth decile is known from few callbacks, the 99th percentile from ten times as many.
fn slower(margins: &Canary, canary: &Counts, live: &Counts) -> Option<String> {
    [(0.9, 1), (0.99, 10)].into_iter().find_map(|(part, factor)| {
        let least = margins.min_calls.saturating_mul(factor);
        if canary.calls < least || live.calls < least {
            return None;
        }
        let (took, usual) = (canary.percentile(part)?, live.percentile(part)?);
        let most = usual.mul_f64(margins.time) + margins.time_floor;
        let micros = |time: Duration| time.as_micros();
        (took > most).then(|| {
            format!(
                "{:.0} % of its callbacks ran up to {} us; of the live version {} us",
                part * 100.0,
                micros(took),
                micros(usual)
            )
        })
    })
}

/// So many of so many.
#[derive(Clone, Copy)]
struct Share {
    bad: u64,
    all: u64,
}

impl Share {
    fn new(bad: u64, all: u64) -> Share {
        // counted apart, so for a moment there may be more faults than callbacks
        Share { bad: bad.min(all), all }
    }

    fn part(self) -> f64 {
        if self.all == 0 {
            return 0.0;
        }
        self.bad as f64 / self.all as f64
    }

    /// The square of the standard error. One of each kind is added, lest few that are all alike look sure.
    fn variance(self) -> f64 {
        let all = self.all as f64 + 2.0;
        let part = (self.bad as f64 + 1.0) / all;
        part * (1.0 - part) / all
    }

    /// Above the live version's by more than the margin, and by more than chance.
    fn exceeds(self, live: Share, margin: f64, least: u64) -> bool {
        let nothing_else = self.all >= ALL && self.bad == self.all;
        if self.all < least && !nothing_else {
            return false;
        }
        // a live version that has done nothing is taken for sound
        let unsure = self.variance() + if live.all == 0 { 0.0 } else { live.variance() };
        let excess = self.part() - live.part();
        excess > margin && excess > SIGMAS * unsure.sqrt()
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} ({:.1} %)", self.bad, self.all, self.part() * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(calls: u64, faults: u64, replies: u64, errors: u64) -> Counts {
        let mut counts = Counts::default();
        counts.calls = calls;
        counts.faults[0] = faults;
        counts.replies = [replies - errors, 0, 0, errors, 0];
        counts
    }

    fn goes(canary: &Counts, live: &Counts) -> Option<String> {
        verdict(&Canary::default(), canary, live)
    }

    #[test]
    fn one_fault_among_few_decides_nothing() {
        let live = counts(10_000, 0, 5_000, 0);
        for (calls, faults) in [
            (3, 1),
            (3, 3),
            (4, 4),
            (20, 2),
            (99, 5),
            (100, 2),
            (1_000, 9),
            (1_000, 10),
        ] {
            let canary = counts(calls, faults, 0, 0);
            assert_eq!(goes(&canary, &live), None, "{faults} of {calls}");
        }
    }

    #[test]
    fn faults_beyond_the_margin_end_the_trial() {
        let live = counts(10_000, 0, 5_000, 0);
        for (calls, faults) in [(5, 5), (30, 30), (100, 12), (1_000, 15), (1_000, 40), (100_000, 1_200)] {
            let canary = counts(calls, faults, 0, 0);
            let why = goes(&canary, &live).unwrap_or_else(|| panic!("{faults} of {calls}"));
            assert!(why.starts_with(&format!("{faults} of {calls} (")), "{why}");
            assert!(
                why.contains("callbacks failed") && why.contains("0 of 10000 (0.0 %)"),
                "{why}"
            );
        }
    }

    #[test]
    fn what_is_as_bad_as_the_live_version_stays() {
        let live = counts(10_000, 5_000, 5_000, 4_000);
        assert_eq!(goes(&counts(1_000, 510, 500, 410), &live), None);
        let all_fail = counts(10_000, 10_000, 0, 0);
        assert_eq!(goes(&counts(500, 500, 0, 0), &all_fail), None);
        assert!(goes(&counts(1_000, 900, 0, 0), &live).is_some());
    }

    #[test]
    fn server_errors_have_a_margin_of_their_own() {
        let live = counts(10_000, 0, 5_000, 50);
        assert_eq!(
            goes(&counts(1_000, 0, 500, 20), &live),
            None,
            "4 % are within 5 points of 1 %"
        );
        assert_eq!(goes(&counts(1_000, 0, 50, 20), &live), None, "too few replies");
        let why = goes(&counts(1_000, 0, 500, 100), &live).expect("20 %");
        assert_eq!(
            why,
            "100 of 500 (20.0 %) final replies were 5xx; of the live version 50 of 5000 (1.0 %)"
        );
        assert!(goes(&counts(10, 0, 6, 6), &live).is_some(), "nothing but errors");
    }

    #[test]
    fn a_live_version_without_traffic_is_taken_for_sound() {
        let idle = Counts::default();
        assert_eq!(goes(&counts(1_000, 0, 500, 0), &idle), None);
        assert!(goes(&counts(1_000, 100, 500, 0), &idle).is_some());
    }

    #[test]
    fn running_time_is_compared_where_enough_ran() {
        let ran = |calls, slow, micros, slow_micros| Counts::ran_for_test(calls, slow, micros, slow_micros);
        let live = ran(10_000, 0, 100, 0);
        assert_eq!(goes(&ran(5_000, 0, 1_100, 0), &live), None, "within twice and 1 ms");
        let why = goes(&ran(100, 0, 2_000, 0), &live).expect("far slower");
        assert!(why.starts_with("90 % of its callbacks ran up to"), "{why}");
        assert_eq!(goes(&ran(99, 0, 2_000, 0), &live), None, "too few");
        assert_eq!(
            goes(&ran(500, 25, 100, 40_000), &live),
            None,
            "too few for so rare ones"
        );
        let why = goes(&ran(5_000, 250, 100, 40_000), &live).expect("one in twenty is slow");
        assert!(why.starts_with("99 % of its callbacks ran up to"), "{why}");
        assert_eq!(
            goes(&ran(5_000, 0, 90_000, 0), &ran(50, 0, 100, 0)),
            None,
            "nothing to compare with"
        );
    }
}
