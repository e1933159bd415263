//! Whole messages through a worker without sockets, routed by the basic script.

use crate::basic::InHost;
use crate::stage::{Stage, answer};
use crate::{counted, part_ends};
use bytes::Bytes;
use kemist::route::Routing;
use kemist::tenant::Tenant;
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Policy, Version};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Messages of a part.
const ROUNDS: usize = 100;
/// Registrations beside.
const REGISTERED: usize = 1_000;

pub fn all(component: &Path, compiled: &Path) {
    let bytes = fs::read(component).expect("the component was built");
    // few, since valgrind has little address space to give
    let options = Options {
        instances: 16,
        max_memory: 64 << 20,
        ..Options::default()
    };
    let engine = Engine::new(&options).expect("an engine");
    let limits = || Limits {
        // slow as it is under valgrind
        deadline: Duration::from_secs(60),
        instances: 4,
        ready: 2,
        ..Limits::default()
    };
    let compiler = Compiler::new(None, Some(compiled.to_owned()), CompileLimits::default());
    let load = |policy| -> Arc<dyn Routing> {
        let prepared = compiler.prepare(&engine, &bytes).expect("it compiles");
        Version::of(&engine, prepared, limits(), policy, Tenant::operator()).expect("it links")
    };
    let (reuse, fresh) = (load(Policy::Reuse), load(Policy::Fresh));
    let mut stage = Stage::new(InHost::routing(), REGISTERED);
    for (name, routing) in [("in the host", InHost::routing()), ("reuse", reuse), ("fresh", fresh)] {
        stage.route_by(&routing);
        messages(&mut stage, name);
    }
}

fn messages(stage: &mut Stage, name: &str) {
    one(
        stage,
        &format!("OPTIONS, {name}"),
        "SIP/2.0 200 Keepalive",
        |stage, _| stage.options(),
    );
    one(
        stage,
        &format!("REGISTER challenged, {name}"),
        "SIP/2.0 401 Unauthorized",
        |stage, _| stage.unknown(),
    );
    one(
        stage,
        &format!("REGISTER accepted, {name}"),
        "SIP/2.0 200 OK",
        |stage, _| stage.register(),
    );
    let invites = one(
        stage,
        &format!("INVITE relayed, {name}"),
        "INVITE sip:",
        |stage, round| stage.invite(round),
    );
    // its 100 goes before it
    let forwarded = invites.iter().filter(|bytes| bytes.starts_with(b"INVITE"));
    let replies: Vec<Bytes> = forwarded.map(|sent| answer(sent, 200)).collect();
    assert_eq!(replies.len(), ROUNDS + WARM);
    counted(|| replies.into_iter().for_each(|reply| stage.receive_reply(reply)));
    assert!(stage.last_line().starts_with("SIP/2.0 200"));
    part_ends(&format!("200 to an INVITE, {name}"), ROUNDS + WARM);
    stage.rest();
    stage.forget();
}

/// Messages before those that are counted: first times of all kinds.
const WARM: usize = 10;

/// One kind of message; what the worker sent.
fn one(stage: &mut Stage, name: &str, expected: &str, mut make: impl FnMut(&mut Stage, usize) -> Bytes) -> Vec<Bytes> {
    let mut messages: Vec<Bytes> = (0..ROUNDS + WARM).map(|round| make(stage, round)).collect();
    let measured = messages.split_off(WARM);
    messages.into_iter().for_each(|bytes| stage.receive(bytes));
    let mut sent = stage.sent();
    counted(|| measured.into_iter().for_each(|bytes| stage.receive(bytes)));
    part_ends(name, ROUNDS);
    sent.extend(stage.sent());
    let last = sent.last().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let last = last.unwrap_or_default();
    assert!(last.starts_with(expected), "{name}: {last:?}");
    sent
}
