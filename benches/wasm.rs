//! What WebAssembly adds to the routing of one message: a route of 30 host calls in a reused instance
//! and in a fresh one, and the same functions called without a guest.

#[path = "support/core.rs"]
mod support;

use kemist::route::{Route, core};
use kemist::wasm::{Engine, Limits, Options, Policy, Version, maintain, pool};
use kemist_bindings::kemi::ksr;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{a_core, a_message, a_route, run};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve as Wit;

const REGISTER: &str = "REGISTER sip:localhost SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKbench;rport\r\n\
Max-Forwards: 70\r\n\
From: \"Alice\" <sip:alice@localhost>;tag=f1\r\n\
To: <sip:alice@localhost>\r\n\
Call-ID: bench@192.0.2.10\r\n\
CSeq: 7 REGISTER\r\n\
Contact: <sip:alice@192.0.2.10:5062>\r\n\
User-Agent: bench\r\n\
Content-Length: 0\r\n\r\n";

fn main() {
    // `cargo test` runs benches too, to see that they start
    let rounds = if std::env::args().any(|a| a == "--bench") {
        20_000
    } else {
        20
    };
    let engine = Engine::new(&Options {
        instances: 200,
        ..Options::default()
    })
    .expect("an engine");
    core::install(Some(a_core(Default::default())));
    println!("wasm, one message, minimum over batches of {rounds}:");
    let bytes = guest();
    let limits = || Limits {
        deadline: Duration::from_secs(5),
        ..Limits::default()
    };
    let reused = Version::load(&engine, &bytes, limits(), Policy::Reuse).expect("the guest loads");
    pool::warm(&reused);
    let native = measure(rounds, the_route(&reused), native);
    let empty = measure(rounds, the_route(&reused), |route| run(&reused, 1, route));
    let warm = measure(rounds, the_route(&reused), |route| run(&reused, 0, route));
    let fresh_version = Version::load(&engine, &bytes, limits(), Policy::Fresh).expect("the guest loads");
    pool::warm(&fresh_version);
    let fresh = measure(rounds / 4 + 1, the_route(&fresh_version), |route| {
        let route = run(&fresh_version, 0, route);
        // the instance that was used up is dropped and replaced: part of the price
        maintain();
        route
    });
    println!("  a callback that does nothing                    {:7.2} us", empty);
    println!("  30 functions without a guest                    {:7.2} us", native);
    println!(
        "  route of 30 host calls, reused instance         {:7.2} us ({:.2} us beyond its functions; aim: 3)",
        warm,
        warm - native
    );
    println!(
        "  route of 30 host calls, fresh instance          {:7.2} us ({:.2} us beyond its functions; aim: 8)",
        fresh,
        fresh - native
    );
}

/// Microseconds a round: the best of ten batches.
fn measure(rounds: u32, route: Box<Route>, mut one: impl FnMut(Box<Route>) -> Box<Route>) -> f64 {
    let mut route = one(route);
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let start = Instant::now();
        for _ in 0..rounds {
            route = one(route);
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
    }
    best
}

/// The work of the guest's route, as the host does it.
fn native(mut route: Box<Route>) -> Box<Route> {
    for _ in 0..8 {
        black_box(ksr::core::Host::setflag(&mut *route, 5));
    }
    for _ in 0..12 {
        black_box(ksr::core::Host::is_method(&mut *route, "REGISTER".into()));
    }
    for _ in 0..8 {
        black_box(ksr::kx::Host::get_fuser(&mut *route));
    }
    for _ in 0..2 {
        black_box(ksr::pv::Host::sets(&mut *route, "$var(x)".into(), "value".into()));
    }
    route
}

/// Two callbacks: the route of 30 calls, and one that does nothing.
fn guest() -> Vec<u8> {
    let repeat = |times: usize, call: &str| call.repeat(times);
    let text = format!(
        r#"(module
          (import "kemi:ksr/core@0.1.0" "setflag" (func $setflag (param i32) (result i32)))
          (import "kemi:ksr/core@0.1.0" "is-method" (func $is_method (param i32 i32) (result i32)))
          (import "kemi:ksr/kx@0.1.0" "get-fuser" (func $get_fuser (param i32)))
          (import "kemi:ksr/pv@0.1.0" "sets" (func $sets (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (global $heap (mut i32) (i32.const 4096))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (global.get $heap))
            (global.set $heap (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
          (data (i32.const 0) "\08\00\00\00\02\00\00\00" "\20\00\00\00\11\00\00\00" "\31\00\00\00\05\00\00\00")
          (data (i32.const 32) "ksr_request_routeempty")
          (data (i32.const 64) "REGISTER$var(x)value")
          (func (export "callbacks") (result i32) (i32.const 0))
          (func (export "run") (param i32 i32 i32) (result i32)
            (if (local.get 0) (then (return (i32.const 128))))
            {}{}{}{}
            (global.set $heap (i32.const 4096))
            (i32.const 128)))"#,
        repeat(8, "(drop (call $setflag (i32.const 5)))"),
        repeat(12, "(drop (call $is_method (i32.const 64) (i32.const 8)))"),
        repeat(8, "(call $get_fuser (i32.const 256))"),
        repeat(
            2,
            "(drop (call $sets (i32.const 72) (i32.const 7) (i32.const 79) (i32.const 5)))"
        ),
    );
    let mut module = wat::parse_str(text).expect("the guest is valid");
    let mut wit = Wit::default();
    let (package, _) = wit
        .push_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit"))
        .expect("wit/ can be read");
    let world = wit
        .select_world(&[package], Some("routing"))
        .expect("the world is there");
    embed_component_metadata(&mut module, &wit, world, StringEncoding::UTF8).expect("the world can be embedded");
    let encoder = &mut ComponentEncoder::default();
    encoder
        .module(&module)
        .expect("the module fits the world")
        .validate(true)
        .encode()
        .expect("a component")
}

fn the_route(version: &Arc<Version>) -> Box<Route> {
    a_route(version, a_message(REGISTER), ([192, 0, 2, 10], 5062).into())
}
