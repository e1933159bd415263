//! Which versions serve: the live one, at most one canary beside it, and which of the two a call gets.

use super::fleet::{Fleet, Handover};
use super::seats::{Duty, Seat};
use crate::route::{Routing, Spares};
use crate::tenant::{Over, Tenant};
use kemist_sip::message::Message;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

/// How long the workers may take to put a version's instances in reserve.
const PATIENCE: Duration = Duration::from_secs(5);

/// The versions that new requests get.
#[derive(Clone)]
pub struct Lives {
    /// The one in charge: every call that is not the canary's, and every event that belongs to none.
    pub live: Arc<dyn Routing>,
    /// The one on trial.
    pub canary: Option<Canary>,
}

/// A version that gets a share of the calls.
#[derive(Clone)]
pub struct Canary {
    /// The version.
    pub routing: Arc<dyn Routing>,
    /// Its share in percent, 0 to 100.
    pub percent: f64,
}

impl Lives {
    /// The version for a call.
    fn drawn(&self, lot: Lot, call_id: &[u8]) -> Arc<dyn Routing> {
        match &self.canary {
            Some(canary) if lot.falls_to(canary, call_id) => Arc::clone(&canary.routing),
            _ => Arc::clone(&self.live),
        }
    }

    /// One version for everything.
    pub fn only(live: Arc<dyn Routing>) -> Lives {
        Lives { live, canary: None }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<dyn Routing>> {
        std::iter::once(&self.live).chain(self.canary.as_ref().map(|canary| &canary.routing))
    }
}

/// Nobody routes a message.
pub struct Unrouted {
    /// Whose it is.
    pub tenant: Arc<Tenant>,
    /// Why.
    pub over: Over,
}

/// Draws the versions of calls.
#[derive(Clone, Copy)]
pub(super) struct Lot(SipHasher13);

impl Lot {
    /// The secret keeps a peer from choosing Call-IDs that all end at one version.
    pub(super) fn new(secret: &[u8; 16]) -> Lot {
        let mut hasher = SipHasher13::new_with_key(secret);
        hasher.write(b"canary");
        Lot(hasher)
    }

    /// The same for every message of a call, in whatever order and at whichever worker they come.
    fn falls_to(self, canary: &Canary, call_id: &[u8]) -> bool {
        let mut hasher = self.0;
        hasher.write(call_id);
        // 53 bits: what a double holds exactly
        let drawn = (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64;
        drawn * 100.0 < canary.percent
    }
}

impl Fleet {
    /// The operator's version in charge, for what belongs to no call: events, timers.
    pub fn routing(&self) -> Arc<dyn Routing> {
        Arc::clone(&self.lives().live)
    }

    /// The version for a message that belongs to no transaction yet. All messages of a call get the same
    /// one as long as nothing is deployed, promoted or rolled back. `inner`: routing of ours sent it.
    ///
    /// # Errors
    /// Nobody routes for its tenant now.
    pub fn routing_for(&self, msg: &Message, inner: bool) -> Result<Arc<dyn Routing>, Unrouted> {
        self.seats
            .choose(&self.shared, msg, inner, |seat| self.seated(seat, msg, false))
    }

    /// The same for a request that is to be routed now, where its tenant's quotas have room. `ends`: it ends
    /// something that is open.
    ///
    /// # Errors
    /// As [`Fleet::routing_for`], and where a quota is used up.
    pub fn admit(&self, msg: &Message, inner: bool, ends: bool, now: Instant) -> Result<Arc<dyn Routing>, Unrouted> {
        self.seats.choose(&self.shared, msg, inner, |seat| {
            let over = |over| Unrouted {
                tenant: seat.tenant().clone(),
                over,
            };
            seat.tenant().admit(ends, now).map_err(over)?;
            self.seated(seat, msg, true)
        })
    }

    /// `new`: a request, which may be the one that decides on a version that has failed.
    fn seated(&self, seat: &Seat, msg: &Message, new: bool) -> Result<Arc<dyn Routing>, Unrouted> {
        let refuses = match &**seat.load() {
            Duty::Versions(lives) => return Ok(lives.drawn(self.lot, msg.call_id().unwrap_or_default())),
            Duty::Trial(trial) => match new.then(|| trial.take(msg)).flatten() {
                Some(version) => return Ok(version),
                None => trial.refuses(),
            },
            Duty::Default => None,
            Duty::Refuse(why) => Some(*why),
        };
        match refuses {
            None => Ok(seat.stand_in(&self.lives().live)),
            Some(why) => Err(Unrouted {
                tenant: seat.tenant().clone(),
                over: Over::refused(why),
            }),
        }
    }

    /// The operator's versions that serve.
    pub fn lives(&self) -> Lives {
        match &**self.seats.operator().load() {
            Duty::Versions(lives) => lives.clone(),
            // the operator always has one
            Duty::Default | Duty::Refuse(_) | Duty::Trial(_) => {
                unreachable!("the operator's seat is never without a version")
            }
        }
    }

    /// Puts versions of the operator's in charge of new requests.
    pub fn put(&self, lives: Lives) {
        self.seats.operator().put(Duty::Versions(lives));
    }

    /// Has every worker put instances of a version in reserve, and waits until all have. They are made
    /// on this side, so that no message waits for that. A worker that has ended needs none.
    ///
    /// # Errors
    /// Where an instance cannot be made, or a worker has no time for this within five seconds; one line.
    pub async fn prewarm(&self, version: Arc<dyn Routing>) -> Result<(), String> {
        self.prewarm_within(version, PATIENCE).await
    }

    async fn prewarm_within(&self, version: Arc<dyn Routing>, patience: Duration) -> Result<(), String> {
        let too_busy = |worker: usize, what: &str| {
            format!("worker {worker} is too busy to take its instances: {what} for {patience:?}; try again")
        };
        let workers = self.workers();
        let make = move || (0..workers).map(|_| version.clone().prepare()).collect();
        let made: Result<Vec<Spares>, String> = tokio::task::spawn_blocking(make)
            .await
            .map_err(|_| "making its instances panicked".to_owned())?;
        let limit = tokio::time::Instant::now() + patience;
        let mut waited = Vec::with_capacity(self.queues.len());
        for (worker, spares) in made?.into_iter().enumerate() {
            let (sender, receiver) = oneshot::channel();
            let handed = self.queues[worker].send(Handover::Warm(spares, sender));
            match timeout_at(limit, handed).await {
                Ok(Ok(())) => waited.push((worker, receiver)),
                // it has ended, and its sockets with it
                Ok(Err(_)) => {}
                Err(_) => return Err(too_busy(worker, "its queue stayed full")),
            }
        }
        for (worker, receiver) in waited {
            if timeout_at(limit, receiver).await.is_err() {
                return Err(too_busy(worker, "it did not answer"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing::{self, NoCallbacks};
    use crate::transport::tcp;
    use crate::worker::fleet::QUEUE;
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::mpsc;

    /// What nobody answers is given up after this.
    const SHORT: Duration = Duration::from_millis(20);

    fn version(name: &str) -> Arc<dyn Routing> {
        Arc::new(NoCallbacks {
            names: vec![name.to_owned()],
            ..NoCallbacks::default()
        })
    }

    fn name(version: &Arc<dyn Routing>) -> &str {
        &version.callbacks()[0]
    }

    fn fleet(workers: u16) -> (Arc<Fleet>, Vec<mpsc::Receiver<Handover>>) {
        testing::install();
        let shared = crate::route::core::with(|core| core.shared.clone());
        Fleet::new(
            shared,
            tcp::Table::new(tcp::Limits::default()),
            version("a"),
            1,
            workers,
        )
    }

    fn calls() -> impl Iterator<Item = Vec<u8>> {
        (0..10_000).map(|n| format!("{n:x}@192.0.2.1").into_bytes())
    }

    fn share(fleet: &Fleet) -> usize {
        calls()
            .filter(|call| name(&fleet.lives().drawn(fleet.lot, call)) == "b")
            .count()
    }

    fn canary(percent: f64) -> Lives {
        Lives {
            canary: Some(Canary {
                routing: version("b"),
                percent,
            }),
            ..Lives::only(version("a"))
        }
    }

    #[test]
    fn a_canary_gets_its_share_of_calls() {
        let (fleet, _queues) = fleet(2);
        assert_eq!(share(&fleet), 0);
        for (percent, least, most) in [(5.0, 400, 600), (50.0, 4800, 5200), (0.5, 20, 90)] {
            fleet.put(canary(percent));
            let got = share(&fleet);
            assert!((least..=most).contains(&got), "{percent} %: {got} of 10,000");
        }
        fleet.put(canary(0.0));
        assert_eq!(share(&fleet), 0);
        fleet.put(canary(100.0));
        assert_eq!(share(&fleet), 10_000);
        assert_eq!(
            name(&fleet.routing()),
            "a",
            "what belongs to no call is the live version's"
        );
    }

    #[test]
    fn a_greater_share_keeps_the_calls_that_the_canary_has() {
        let (fleet, _queues) = fleet(1);
        let of = |fleet: &Fleet| -> HashSet<Vec<u8>> {
            calls()
                .filter(|call| name(&fleet.lives().drawn(fleet.lot, call)) == "b")
                .collect()
        };
        fleet.put(canary(5.0));
        let few = of(&fleet);
        fleet.put(canary(20.0));
        assert!(few.is_subset(&of(&fleet)));
    }

    #[test]
    fn the_draw_needs_the_secret() {
        let (one, other) = (Lot::new(&[1; 16]), Lot::new(&[2; 16]));
        let half = canary(50.0).canary.expect("given");
        let same = calls().filter(|call| one.falls_to(&half, call) == other.falls_to(&half, call));
        assert!((4800..5200).contains(&same.count()));
    }

    #[test]
    fn what_serves_no_longer_is_retired() {
        #[derive(Default)]
        struct Noted(NoCallbacks, AtomicUsize, AtomicUsize);
        impl Routing for Noted {
            fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
                self
            }

            fn label(&self) -> &str {
                "noted"
            }
            fn callbacks(&self) -> &[String] {
                self.0.callbacks()
            }
            fn well_known(&self) -> crate::route::WellKnown {
                self.0.well_known()
            }
            fn serve(&self) {
                self.1.fetch_add(1, Ordering::Relaxed);
            }
            fn retire(&self) {
                self.2.fetch_add(1, Ordering::Relaxed);
            }
            fn run(
                self: Arc<Self>,
                _: crate::route::CallbackId,
                _: &str,
                _: bool,
                route: Box<crate::route::Route>,
            ) -> crate::route::Run {
                Box::pin(std::future::ready((route, Ok(()))))
            }
        }
        let (fleet, _queues) = fleet(1);
        let noted = Arc::new(Noted::default());
        let counts = || (noted.1.load(Ordering::Relaxed), noted.2.load(Ordering::Relaxed));
        let trial = Canary {
            routing: noted.clone(),
            percent: 5.0,
        };
        fleet.put(Lives {
            canary: Some(trial),
            ..Lives::only(version("a"))
        });
        assert_eq!(counts(), (1, 0));
        fleet.put(Lives::only(noted.clone()));
        assert_eq!(counts(), (2, 0), "promoted");
        fleet.put(Lives::only(version("a")));
        assert_eq!(counts(), (2, 1));
        assert_eq!(Arc::strong_count(&noted), 1);
    }

    #[tokio::test]
    async fn prewarming_waits_for_every_worker() {
        let (fleet, mut queues) = fleet(2);
        let asked = fleet.clone();
        let prewarm = tokio::spawn(async move { asked.prewarm(version("b")).await });
        let mut take = async |worker: usize| match queues[worker].recv().await {
            Some(Handover::Warm(spares, done)) => (spares, done),
            other => panic!("{other:?}"),
        };
        let (first, second) = (take(0).await, take(1).await);
        first.0.put();
        first.1.send(()).expect("it is waited for");
        tokio::task::yield_now().await;
        assert!(!prewarm.is_finished());
        second.0.put();
        second.1.send(()).expect("it is waited for");
        assert_eq!(prewarm.await.expect("no panic"), Ok(()));
    }

    #[tokio::test]
    async fn a_worker_that_is_busy_for_long_is_named() {
        let (fleet, mut queues) = fleet(2);
        let error = fleet
            .prewarm_within(version("b"), SHORT)
            .await
            .expect_err("nobody answers");
        assert_eq!(
            error,
            "worker 0 is too busy to take its instances: it did not answer for 20ms; try again"
        );
        while queues[1].try_recv().is_ok() {}
        for _ in 0..QUEUE {
            let (sender, _) = oneshot::channel();
            assert!(fleet.hand(1, Handover::Stats(sender)));
        }
        let error = fleet
            .prewarm_within(version("b"), SHORT)
            .await
            .expect_err("there is no room");
        assert!(error.starts_with("worker 1 is too busy"), "{error}");
        assert!(error.contains("its queue stayed full"), "{error}");
    }

    #[tokio::test]
    async fn a_worker_that_has_ended_holds_nothing_up() {
        let (fleet, mut queues) = fleet(2);
        queues.truncate(1);
        let asked = fleet.clone();
        let prewarm = tokio::spawn(async move { asked.prewarm(version("b")).await });
        let Some(Handover::Warm(_, done)) = queues[0].recv().await else {
            panic!("it is asked")
        };
        drop(done); // it ends while it is asked
        assert_eq!(prewarm.await.expect("no panic"), Ok(()));
    }
}
