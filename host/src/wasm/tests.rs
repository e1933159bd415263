//! Guests that go wrong in every way, and guests that do not: each fault costs its own run.

pub(super) mod guests;
mod hook;
mod lives;
mod quotas;

use super::{Engine, Limits, Options, Policy, Version, maintain, pool, trim, warm};
use crate::route::testing::{INVITE, route};
use crate::route::{Fault, Kind, Route, Routing, Run};
use guests::{HOSTILE, dynamic_guest, guest, hostile, named};
use hook::hook_resolver;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// One engine for all tests: each reserves its own address space and clock.
pub(super) static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
    Engine::new(&Options {
        instances: 200,
        ..Options::default()
    })
    .unwrap()
});

fn limits() -> Limits {
    Limits {
        deadline: Duration::from_millis(100),
        memory: 4 << 20,
        load: Duration::from_millis(250),
        ..Limits::default()
    }
}

fn load(bytes: &[u8], limits: Limits, policy: Policy) -> Arc<Version> {
    Version::load(&ENGINE, bytes, limits, policy).unwrap()
}

fn load_error(bytes: &[u8]) -> String {
    Version::load(&ENGINE, bytes, limits(), Policy::Reuse)
        .err()
        .expect("it must not load")
        .to_string()
}

fn start(version: &Arc<Version>, callback: &str, nested: bool) -> Run {
    let place = version.callback(callback).unwrap();
    let route: Box<Route> = Box::new(route(Kind::Request, INVITE));
    Arc::clone(version).run(place, "", nested, route)
}

/// Runs a callback to its end: whatever is pending is a yield.
fn run(version: &Arc<Version>, callback: &str) -> Result<(), Fault> {
    finish(start(version, callback, false)).1
}

fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Polls until the future waits for something that only a test brings about.
fn poll_once(future: &mut Run) -> Option<Result<(), Fault>> {
    for _ in 0..20 {
        if let Poll::Ready((_, outcome)) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(outcome);
        }
    }
    None
}

fn never() -> impl Future<Output = ()> + Send + 'static {
    std::future::pending()
}

#[test]
fn every_fault_costs_its_own_run() {
    let process = std::process::id();
    for policy in [Policy::Reuse, Policy::Fresh] {
        let version = load(&hostile(), limits(), policy);
        for (callback, expected) in HOSTILE {
            let fault = run(&version, callback).unwrap_err();
            let text = format!("{fault:?}");
            assert!(text.contains(expected), "{callback}: {text}");
            assert!(!text.contains("\\n"), "{callback}: {text}");
            assert_eq!(run(&version, "ksr_request_route"), Ok(()), "after {callback}");
        }
        assert_eq!(pool::counts(&version).1, 0);
    }
    assert_eq!(std::process::id(), process);
}

#[test]
fn reuse_keeps_state_and_fresh_does_not() {
    let count = |version: &Arc<Version>| match run(version, "count") {
        Err(Fault::Script(text)) => text,
        other => panic!("{other:?}"),
    };
    let reused = load(&hostile(), limits(), Policy::Reuse);
    warm(&reused);
    assert_eq!([count(&reused), count(&reused), count(&reused)], ["1", "2", "3"]);
    let fresh = load(&hostile(), limits(), Policy::Fresh);
    warm(&fresh);
    assert_eq!([count(&fresh), count(&fresh), count(&fresh)], ["1", "1", "1"]);
}

#[test]
fn a_trap_takes_the_state_with_it() {
    let version = load(&hostile(), limits(), Policy::Reuse);
    assert_eq!(run(&version, "count"), Err(Fault::Script("1".into())));
    assert!(matches!(run(&version, "trap"), Err(Fault::Trap(_))));
    assert_eq!(run(&version, "count"), Err(Fault::Script("1".into())));
}

#[test]
fn spares_are_made_off_the_way_of_messages() {
    let version = load(&hostile(), Limits { ready: 3, ..limits() }, Policy::Fresh);
    warm(&version);
    assert_eq!(pool::counts(&version), (3, 0));
    assert!(matches!(run(&version, "trap"), Err(Fault::Trap(_))));
    assert_eq!(pool::counts(&version), (2, 0));
    maintain();
    assert_eq!(pool::counts(&version), (3, 0));
    version.retire();
    maintain();
    assert_eq!(pool::counts(&version), (0, 0));
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
}

#[test]
fn waiting_is_not_running() {
    let version = load(&hostile(), limits(), Policy::Reuse);
    hook_resolver(|| Box::pin(yield_twice()));
    let mut waits = start(&version, "wait", false);
    assert!(
        waits
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    // a second goes by, as the engine counts it, while the callback is suspended
    ENGINE.clock().advance(1000);
    assert_eq!(finish(waits).1, Ok(()));
}

async fn yield_twice() {
    let mut left = 2;
    std::future::poll_fn(|_| {
        left -= 1;
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn a_long_callback_yields_the_worker() {
    let deadline = Duration::from_millis(200);
    let version = load(&hostile(), Limits { deadline, ..limits() }, Policy::Reuse);
    let mut spins = start(&version, "loop", false);
    let mut polls = 0;
    loop {
        polls += 1;
        if let Poll::Ready((_, outcome)) = spins.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            assert_eq!(outcome, Err(Fault::Deadline));
            break;
        }
    }
    assert!(polls > 2, "{polls}");
}

#[test]
fn waiting_has_its_own_limit() {
    let version = load(
        &hostile(),
        Limits {
            waiting: Duration::from_millis(5),
            ..limits()
        },
        Policy::Reuse,
    );
    hook_resolver(|| Box::pin(never()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    assert_eq!(
        runtime.block_on(async { start(&version, "wait", false).await.1 }),
        Err(Fault::Deadline)
    );
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
}

#[test]
fn a_panic_of_the_host_costs_its_run() {
    let version = load(&hostile(), limits(), Policy::Reuse);
    hook_resolver(|| panic!("a bug, as a test has it"));
    assert!(format!("{:?}", run(&version, "wait")).contains("blame: host"));
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
}

#[test]
fn instances_are_counted_and_some_are_reserved() {
    let version = load(
        &hostile(),
        Limits {
            instances: 2,
            nested: 1,
            ..limits()
        },
        Policy::Reuse,
    );
    hook_resolver(|| Box::pin(never()));
    let mut waiting = Vec::new();
    for nested in [false, false, true] {
        let mut run = start(&version, "wait", nested);
        assert_eq!(poll_once(&mut run), None);
        waiting.push(run);
    }
    assert_eq!(pool::counts(&version).1, 3);
    assert_eq!(poll_once(&mut start(&version, "wait", false)), Some(Err(Fault::Busy)));
    assert_eq!(poll_once(&mut start(&version, "wait", true)), Some(Err(Fault::Busy)));
    // a dropped run gives its place back
    waiting.truncate(1);
    assert_eq!(pool::counts(&version).1, 1);
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
    drop(waiting);
    assert_eq!(pool::counts(&version).1, 0);
}

#[test]
fn a_callback_runs_while_another_waits_for_it() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let version = load(
        &hostile(),
        Limits {
            instances: 1,
            nested: 8,
            ..limits()
        },
        Policy::Reuse,
    );
    let nested = Arc::downgrade(&version);
    // each callback that waits runs another one of its kind: as t_relay with its branch callbacks, but without end
    hook_resolver(move || {
        let version = nested.upgrade().unwrap();
        Box::pin(async move {
            let (_, outcome) = start(&version, "wait", true).await;
            match outcome {
                Ok(()) => RUNS.fetch_add(1, Ordering::Relaxed),
                Err(fault) => {
                    assert!(format!("{fault:?}").contains("deep"), "{fault:?}");
                    RUNS.fetch_add(100, Ordering::Relaxed)
                }
            };
        })
    });
    assert_eq!(run(&version, "wait"), Ok(()));
    assert_eq!(RUNS.load(Ordering::Relaxed), 103);
}

#[test]
fn modules_that_cannot_be_loaded_say_why() {
    assert_eq!(load_error(b"#!/bin/sh\n"), "not a WebAssembly component");
    assert!(load_error(&wat::parse_str("(module)").unwrap()).contains("core module"));
    assert!(load_error(&wat::parse_str("(component)").unwrap()).contains("export"));
    let wasi = r#"(component (import "wasi:cli/environment@0.2.0" (instance (export "get-environment" (func)))))"#;
    assert!(load_error(&wat::parse_str(wasi).unwrap()).contains("wasi:cli/environment@0.2.0 get-environment"));
    let unknown = r#"(component (import "kemi:ksr/tm@0.1.0" (instance (export "t-fly" (func)))))"#;
    assert!(load_error(&wat::parse_str(unknown).unwrap()).contains("kemi:ksr/tm@0.1.0 t-fly"));
    let wrong = r#"(component (import "kemi:ksr/tm@0.1.0" (instance (export "t-relay" (func)))))"#;
    assert!(load_error(&wat::parse_str(wrong).unwrap()).contains("t-relay"));
    let without = load_error(&named(&["other", "names"]));
    assert!(
        without.contains("ksr_request_route") && without.contains("other, names"),
        "{without}"
    );
    assert!(load_error(&named(&["ksr_request_route", "a", "a"])).contains("twice"));
    assert!(load_error(&named(&["ksr_request_route", "a b"])).contains("unusable"));
}

#[test]
fn modules_that_misbehave_at_a_load_are_refused() {
    let start = |body: &str| {
        guest(
            &["ksr_request_route"],
            &format!("(func $start {body}) (start $start)"),
            "",
        )
    };
    let too_long = format!("longer than {:?}", limits().load);
    assert!(load_error(&start("(loop $l (br $l))")).contains(&too_long));
    assert!(load_error(&start("unreachable")).contains("cannot start"));
    assert!(load_error(&start("(drop (call $setflag (i32.const 1)))")).contains("cannot start"));
    let small = Limits {
        memory: 1 << 15,
        ..limits()
    };
    let memory = Version::load(&ENGINE, &hostile(), small, Policy::Reuse)
        .err()
        .unwrap()
        .to_string();
    assert!(memory.contains("memory limit"), "{memory}");
    let listing = |body: &str| guests::with_callbacks(&format!("(func (export \"callbacks\") (result i32) {body})"));
    assert!(load_error(&listing("(loop $l (br $l)) (i32.const 0)")).contains(&too_long));
    assert!(load_error(&listing("unreachable")).contains("callbacks()"));
    // a list that does not lie in the memory, and one that lies all over it
    assert!(load_error(&listing("(i32.const -4)")).contains("callbacks()"));
    assert!(load_error(&listing("(i32.store (i32.const 4) (i32.const 8000)) (i32.const 0)")).contains("callback"));
}

#[test]
fn typed_and_dynamic_calls_agree() {
    // typed setflag(5), then isflagset(5) by its id: an error where they disagree
    let version = load(&dynamic_guest("isflagset", 5), limits(), Policy::Reuse);
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
    let version = load(&dynamic_guest("isflagset", 6), limits(), Policy::Reuse);
    assert_eq!(run(&version, "ksr_request_route"), Err(Fault::Script("wrong".into())));
}

#[test]
fn the_table_refuses_with_text() {
    use kemist_bindings::kemi::ksr::dynamic::Host;
    use kemist_bindings::kemi::ksr::types::Xval;
    let mut route = route(Kind::Request, INVITE);
    assert!(super::dynamic::FUNCTIONS.is_sorted_by_key(|f| f.id));
    assert_eq!(Host::functions(&mut route).len(), super::dynamic::FUNCTIONS.len());
    let id = super::dynamic::FUNCTIONS
        .iter()
        .find(|f| f.name == "setflag")
        .unwrap()
        .id;
    assert!(
        finish(Host::call(&mut route, 7, vec![]))
            .unwrap_err()
            .contains("no function")
    );
    assert!(
        finish(Host::call(&mut route, id, vec![]))
            .unwrap_err()
            .contains("KSR.setflag: 1 parameters")
    );
    assert!(matches!(
        finish(Host::call(&mut route, id, vec![Xval::Str("5".into())])),
        Ok(Xval::Int(1))
    ));
}

#[test]
fn the_table_has_the_names_of_kamailio() {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(path) = manifest
        .ancestors()
        .map(|a| a.join("shared/kemi/exports.csv"))
        .find(|p| p.exists())
    else {
        println!("skipped: there is no shared/kemi/exports.csv to compare with");
        return;
    };
    let table = std::fs::read_to_string(path).unwrap();
    let rows: std::collections::HashSet<String> = table
        .lines()
        .map(|line| line.splitn(6, ',').collect::<Vec<_>>())
        .filter(|columns| columns.len() > 4)
        .map(|columns| format!("{},{},{},{}", columns[0], columns[1], columns[2], columns[4]))
        .collect();
    for function in super::dynamic::FUNCTIONS {
        let params: Vec<_> = function.params.iter().map(|kind| guests::word(*kind)).collect();
        let row = format!(
            "{},{},{},{}",
            function.module,
            function.name,
            params.join(";"),
            guests::word(function.returns)
        );
        assert!(rows.contains(&row), "{row}");
    }
}

#[test]
fn an_engine_without_address_space_still_works() {
    // more than any machine can reserve: the pool shrinks, or is not there
    let engine = Engine::new(&Options {
        instances: 60_000,
        ..Options::default()
    })
    .unwrap();
    let version = Version::load(&engine, &hostile(), limits(), Policy::Reuse).unwrap();
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
}

#[test]
fn a_module_can_be_inspected() {
    let report = super::check::inspect(&ENGINE, &hostile(), limits()).unwrap();
    assert_eq!(report.callbacks[0], "ksr_request_route");
    assert!(
        report.imports.contains(&"kemi:ksr/core@0.1.0 setflag".to_owned()),
        "{:?}",
        report.imports
    );
}

#[test]
fn what_a_burst_made_is_let_go() {
    let version = load(&hostile(), limits(), Policy::Reuse);
    hook_resolver(|| Box::pin(yield_twice()));
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let mut run = start(&version, "wait", false);
            assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            run
        })
        .collect();
    waiting.into_iter().for_each(|run| assert_eq!(finish(run).1, Ok(())));
    let (many, _) = pool::counts(&version);
    assert!(many >= 39, "kept for the next burst: {many}");
    trim();
    let (few, _) = pool::counts(&version);
    assert_eq!(few, limits().ready * 4);
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
}
