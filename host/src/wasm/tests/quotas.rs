//! Tenants' callbacks at their quotas: each costs its own run, and is told by its limit.

use super::{ENGINE, finish, never, poll_once, start, yield_twice};
use crate::config::{self, TenantLimits};
use crate::route::{Fault, Kind, Routing, testing};
use crate::tenant::{Rules, Tenant};
use crate::wasm::dynamic::FUNCTIONS;
use crate::wasm::tests::guests::hostile;
use crate::wasm::tests::hook::hook_resolver;
use crate::wasm::{Limits, Policy, Version, compile, maintain};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Every function and destination: what is tested is not what is granted.
fn everything() -> Vec<String> {
    let module = |module: &str| if module.is_empty() { "core" } else { module }.to_owned();
    let modules = FUNCTIONS.iter().map(|function| module(function.module));
    modules.chain(["dst:0.0.0.0/0".to_owned()]).collect()
}

/// The hostile guest as some tenant's.
fn version(limits: TenantLimits, policy: Policy) -> Arc<Version> {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let definition = config::Tenant {
        domains: vec!["acme.example".to_owned()],
        grants: everything(),
        limits,
        ..config::Tenant::default()
    };
    let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let tenant = Tenant::new(id.into(), "acme", rules);
    let limits = Limits::default().for_tenant(&tenant.rules().quotas);
    let prepared = compile::here(&ENGINE, &hostile()).expect("it compiles");
    Version::of(&ENGINE, prepared, limits, policy, &tenant).expect("it loads")
}

fn generous() -> TenantLimits {
    TenantLimits {
        cpu: Some(Duration::from_secs(100)),
        deadline: Some(Duration::from_millis(100)),
        ..TenantLimits::default()
    }
}

fn run(version: &Arc<Version>, callback: &str) -> Result<(), Fault> {
    finish(start(version, callback, false)).1
}

#[test]
fn host_calls_are_counted_for_each_callback() {
    for policy in [Policy::Reuse, Policy::Fresh] {
        let limits = TenantLimits {
            host_calls: Some(1000),
            ..generous()
        };
        let version = version(limits, policy);
        for _ in 0..3 {
            assert_eq!(run(&version, "flood"), Err(Fault::Quota("host_calls")));
            hook_resolver(|| Box::pin(yield_twice()));
            // it makes one
            (0..5).for_each(|_| assert_eq!(run(&version, "wait"), Ok(())));
        }
        assert_eq!(version.figures().faults.quotas, 3);
        let figures = version.tenant().figures(0);
        assert_eq!((figures.callbacks, figures.faults.get("quota")), (18, Some(&3)));
        assert_eq!((figures.instances, figures.suspended), (0, 0));
    }
}

#[test]
fn memory_of_all_instances_has_a_limit() {
    hook_resolver(|| Box::pin(never()));
    let limits = TenantLimits {
        memory: Some(16 << 20),
        memory_total: Some(3 << 16),
        ..generous()
    };
    let version = version(limits, Policy::Reuse);
    // a page each
    let mut waiting: Vec<_> = (0..3).map(|_| start(&version, "wait", false)).collect();
    waiting.iter_mut().for_each(|run| assert_eq!(poll_once(run), None));
    assert_eq!(version.tenant().figures(0).memory, 3 << 16);
    assert_eq!(run(&version, "ksr_request_route"), Err(Fault::Quota("memory_total")));
    drop(waiting.pop());
    assert_eq!(run(&version, "eat"), Err(Fault::Quota("memory_total")));
    drop(waiting);
    maintain();
    assert_eq!(version.tenant().figures(0).memory, 0);
    assert_eq!(run(&version, "ksr_request_route"), Ok(()));
}

/// A worker that is busy drops used instances when it comes to it.
#[test]
fn what_waits_to_be_dropped_keeps_nobody_from_running() {
    let limits = TenantLimits {
        memory: Some(16 << 20),
        memory_total: Some(8 << 16),
        ..generous()
    };
    let version = version(limits, Policy::Fresh);
    for number in 0..50 {
        assert_eq!(run(&version, "ksr_request_route"), Ok(()), "{number}");
    }
    maintain();
    assert_eq!(version.tenant().figures(0).memory, 0);
}

#[test]
fn instances_and_waiting_callbacks_are_counted_over_all_versions() {
    hook_resolver(|| Box::pin(never()));
    let limits = TenantLimits {
        instances: Some(3),
        suspended: Some(2),
        ..generous()
    };
    let one = version(limits, Policy::Fresh);
    let two = one.again();
    let mut waiting: Vec<_> = [&one, &two].map(|version| start(version, "wait", false)).into();
    waiting.iter_mut().for_each(|run| assert_eq!(poll_once(run), None));
    let mut third = start(&one, "wait", false);
    assert_eq!(poll_once(&mut third), Some(Err(Fault::Quota("suspended"))));
    drop(third);
    assert_eq!(run(&two, "ksr_request_route"), Ok(()), "one that does not wait");
    let _places: Vec<_> = std::iter::from_fn(|| one.tenant().instance(0)).collect();
    assert_eq!(run(&two, "ksr_request_route"), Err(Fault::Quota("instances")));
    let nested = finish(start(&two, "ksr_request_route", true)).1;
    assert_eq!(nested, Ok(()), "another callback waits for it");
    drop(waiting);
    let figures = one.tenant().figures(0);
    assert_eq!((figures.instances, figures.suspended), (1, 0));
}

#[test]
fn processor_time_is_charged_and_runs_out() {
    let limits = TenantLimits {
        cpu: Some(Duration::from_millis(50)),
        deadline: Some(Duration::from_secs(5)),
        ..TenantLimits::default()
    };
    let version = version(limits, Policy::Fresh);
    let begun = Instant::now();
    assert_eq!(run(&version, "loop"), Err(Fault::Quota("cpu")));
    let tenant = version.tenant();
    let used = tenant.figures(0).cpu_seconds;
    // half of its quota and an eighth, what time brought meanwhile, and some ticks
    let brought = begun.elapsed().as_secs_f64() * 0.05;
    assert!(used > 0.030 && used < 0.040 + brought, "{used}");
    assert_eq!(
        tenant.admit(false, Instant::now()).map_err(|over| over.limit),
        Err("cpu")
    );
    let place = version.callback("ksr_request_route").expect("it is there");
    let route = Box::new(testing::route(Kind::OnReply, testing::INVITE));
    let reply = finish(version.clone().run(place, "", false, route)).1;
    assert_eq!(reply, Err(Fault::Quota("cpu")), "nor what goes on");
    let paid = Instant::now() + Duration::from_millis(1200);
    assert_eq!(tenant.admit(false, paid), Ok(()));
}
