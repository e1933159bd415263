//! Versions come and go: what stays for their transactions, what is counted, and when all of it is gone.

use super::{ENGINE, finish, limits, load, never, poll_once, run, start, yield_twice};
use crate::route::testing::{INVITE, route};
use crate::route::transaction::failure_route;
use crate::route::{Fault, Kind, Routing, core};
use crate::wasm::tests::guests::hostile;
use crate::wasm::tests::hook::hook_resolver;
use crate::wasm::{Limits, LoadError, Policy, Version, maintain, pool, trim, warm};
use kemist_sip::transaction::TransactionId;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

fn version(policy: Policy) -> Arc<Version> {
    load(&hostile(), limits(), policy)
}

/// A transaction whose failure callback this version armed.
fn transaction(version: &Arc<Version>, branch: &str) -> TransactionId {
    let mut request = route(Kind::Request, &INVITE.replace("z9hG4bKtest1", branch));
    request.routing = version.clone();
    request.armed.failure = version.callback("error");
    core::with(|core| request.create_transaction(core)).expect("there is room")
}

fn end(id: TransactionId) {
    assert!(core::with(|core| core.layer.release(id, core.now)));
}

#[test]
fn an_old_version_goes_with_its_last_transaction() {
    crate::route::testing::install();
    let old = version(Policy::Reuse);
    old.serve();
    warm(&old);
    let ids: Vec<_> = (1..=2)
        .map(|n| {
            let id = transaction(&old, &format!("z9hG4bK{n}"));
            assert_eq!(old.open_transactions(), n);
            id
        })
        .collect();
    let (gone, code) = (Arc::downgrade(&old), code_of(&old));
    old.retire();
    drop(old);
    maintain();
    assert!(gone.upgrade().is_some_and(|old| old.open_transactions() == 2));
    end(ids[0]);
    assert!(gone.upgrade().is_some(), "one transaction is left");
    end(ids[1]);
    assert!(gone.upgrade().is_none());
    maintain();
    until(|| code.strong_count() == 0);
}

#[test]
fn a_version_ends_at_its_drain_limit_whatever_is_open() {
    hook_resolver(|| Box::pin(never()));
    let old = version(Policy::Reuse);
    old.serve();
    let id = transaction(&old, "z9hG4bK1");
    let mut waits = start(&old, "wait", false);
    assert_eq!(poll_once(&mut waits), None);
    old.retire();
    ENGINE.end_drained(Duration::from_secs(3600));
    assert!(!old.has_ended(), "its time has not come");
    let code = code_of(&old);
    old.end(Duration::ZERO);
    assert_eq!(old.figures().open_transactions, 1);
    // what waits is given up, what is armed does not run, nothing new begins
    assert_eq!(poll_once(&mut waits), Some(Err(Fault::Ended)));
    drop(waits);
    let due = core::with(|core| failure_route(core, id));
    let (callback, routing, failed) = due.expect("it is armed");
    assert_eq!(finish(routing.run(callback, "", false, failed)).1, Err(Fault::Ended));
    assert_eq!(run(&old, "ksr_request_route"), Err(Fault::Ended));
    assert!(old.clone().prepare().is_err());
    maintain();
    until(|| code.strong_count() == 0);
    let figures = old.figures();
    assert_eq!(
        (figures.ended, figures.faults.ended, figures.code, figures.memory),
        (true, 3, 0, 0)
    );
    assert!(figures.retired.is_some());
    assert_eq!(pool::counts(&old), (0, 0));
}

#[test]
fn only_versions_that_served_for_too_long_are_ended() {
    let (live, old, scratch) = (version(Policy::Reuse), version(Policy::Reuse), version(Policy::Reuse));
    live.serve();
    old.serve();
    old.retire();
    let listed = |version: &Arc<Version>| ENGINE.versions().iter().any(|other| Arc::ptr_eq(other, version));
    assert_eq!([&live, &old, &scratch].map(listed), [true, true, false]);
    ENGINE.end_drained(Duration::from_secs(60));
    assert!(!old.has_ended());
    // others of this process's tests retire versions of this engine too: they are ended by their own tests
    old.serve();
    assert!(!old.is_retired(), "it came back");
    assert_eq!(run(&old, "ksr_request_route"), Ok(()));
}

#[test]
fn what_was_loaded_once_comes_back_as_a_version_of_its_own() {
    let first = version(Policy::Reuse);
    assert_eq!(run(&first, "error"), Err(Fault::Script("wrong".into())));
    let again = first.again();
    first.end(Duration::ZERO);
    assert_eq!((again.label(), again.digest()), (first.label(), first.digest()));
    assert_eq!(run(&again, "ksr_request_route"), Ok(()));
    assert_eq!((again.figures().calls, again.figures().faults.script_errors), (1, 0));
    assert!(first.again().prepare().is_err(), "its code was let go");
}

#[test]
fn instances_are_made_on_one_thread_for_another() {
    let version = load(&hostile(), Limits { ready: 3, ..limits() }, Policy::Reuse);
    let made = version.clone();
    let spares = std::thread::spawn(move || made.prepare()).join().expect("no panic");
    let spares = spares.expect("they can be made");
    assert_eq!(version.figures().instances.ready, 0);
    spares.put();
    assert_eq!(pool::counts(&version), (3, 0));
    let figures = version.figures();
    assert_eq!(figures.instances.ready, 3);
    assert_eq!(figures.memory, 3 * 65_536);
    assert!(figures.code > 0);
    maintain();
    assert_eq!(pool::counts(&version), (3, 0), "none is missing");
    for _ in 0..5 {
        assert_eq!(run(&version, "ksr_request_route"), Ok(()));
    }
    assert_eq!(version.figures().memory, 3 * 65_536);
    // what nobody takes is nobody's
    drop(version.clone().prepare().expect("they can be made"));
    assert_eq!(version.figures().memory, 3 * 65_536);
}

#[test]
fn a_retired_version_has_instances_while_its_callbacks_need_them() {
    for (policy, kept) in [(Policy::Reuse, 1), (Policy::Fresh, 0)] {
        let version = version(policy);
        warm(&version);
        version.retire();
        maintain();
        assert_eq!(pool::counts(&version), (0, 0));
        for _ in 0..3 {
            assert_eq!(run(&version, "ksr_request_route"), Ok(()));
            maintain();
            assert_eq!(pool::counts(&version), (kept, 0));
        }
        trim();
        assert_eq!(pool::counts(&version), (0, 0), "no callback for a while");
        version.serve();
        maintain();
        assert_eq!(pool::counts(&version), (limits().ready, 0), "it came back");
    }
}

#[test]
fn figures_tell_what_callbacks_did() {
    hook_resolver(|| Box::pin(yield_twice()));
    let version = version(Policy::Reuse);
    for _ in 0..20 {
        assert_eq!(run(&version, "ksr_request_route"), Ok(()));
    }
    for callback in ["trap", "error", "error", "loop"] {
        assert!(run(&version, callback).is_err());
    }
    let mut waits = start(&version, "wait", false);
    assert_eq!(poll_busy(&mut waits, &version), 1);
    assert_eq!(finish(waits).1, Ok(()));
    let figures = version.figures();
    assert_eq!(figures.calls, 25);
    let faults = figures.faults;
    assert_eq!((faults.script_errors, faults.traps, faults.deadlines), (2, 1, 1));
    assert_eq!(figures.instances.busy, 0);
    let running = figures.running;
    assert!(running.p50_us > 0.0 && running.p50_us <= running.p90_us && running.p90_us <= running.p99_us);
    assert!(
        running.p99_us > 10.0 * running.p50_us,
        "one used up its time: {running:?}"
    );
    let shown = serde_json::to_value(&figures).expect("it is plain data");
    assert_eq!((&shown["calls"], &shown["replies"]["5xx"]), (&25.into(), &0.into()));
}

/// Instances under way while a run waits.
fn poll_busy(run: &mut crate::route::Run, version: &Arc<Version>) -> u64 {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(run.as_mut().poll(&mut context).is_pending());
    version.figures().instances.busy
}

#[test]
fn final_replies_are_counted_whoever_made_them() {
    crate::route::testing::install();
    core::with(|core| core.layer.tell_finals(core::final_reply));
    let version = version(Policy::Reuse);
    let mut stateless = route(Kind::Request, INVITE);
    stateless.routing = version.clone();
    stateless.send_stateless(180, "Ringing");
    stateless.send_stateless(404, "Not Found");
    let mut stateful = route(Kind::Request, INVITE);
    stateful.routing = version.clone();
    core::with(|core| stateful.create_transaction(core)).expect("there is room");
    stateful.send_reply(100, "Trying");
    stateful.send_reply(503, "Service Unavailable");
    stateful.send_reply(486, "Busy Here");
    let mut faulty = route(Kind::Request, &INVITE.replace("z9hG4bKtest1", "z9hG4bKtest2"));
    faulty.routing = version.clone();
    crate::respond::request_fault(&faulty, &Fault::Deadline);
    let replies = version.figures().replies;
    assert_eq!((replies.request_failure, replies.server_failure), (1, 2));
}

fn code_of(version: &Version) -> Weak<crate::wasm::life::Code> {
    Arc::downgrade(&version.code().expect("it has not ended"))
}

/// Waits for what another thread does.
fn until(done: impl Fn() -> bool) {
    let limit = std::time::Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(std::time::Instant::now() < limit, "it does not happen");
        std::thread::yield_now();
    }
}

#[test]
fn who_sleeps_is_fetched_by_the_next_callback() {
    hook_resolver(|| Box::pin(never()));
    let fetched = Arc::new(AtomicUsize::new(0));
    let loaded = version(Policy::Reuse);
    let (count, kept) = (fetched.clone(), loaded.clone());
    let fetch: super::super::Fetch = Arc::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
        let code = kept.code().ok_or_else(|| LoadError::new("gone"));
        Box::pin(std::future::ready(code))
    });
    assert!(!loaded.sleep(), "nothing could fetch it");
    let tired = loaded.fetched_by(fetch);
    assert_eq!(run(&tired, "ksr_request_route"), Ok(()));
    assert!(tired.sleep() && tired.code().is_none());
    maintain();
    assert_eq!(pool::counts(&tired), (0, 0), "no instance of it is left");
    let mut waits = start(&tired, "wait", false);
    assert_eq!(poll_once(&mut waits), None);
    assert!(!tired.sleep(), "it is under way");
    drop(waits);
    assert_eq!(run(&tired, "ksr_request_route"), Ok(()));
    assert_eq!(fetched.load(Ordering::Relaxed), 1);
    // ended is ended
    tired.sleep();
    tired.end(Duration::ZERO);
    assert_eq!(run(&tired, "ksr_request_route"), Err(Fault::Ended));
}
