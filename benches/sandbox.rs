//! What the sandbox costs: whole messages through a worker without sockets, routed by the basic script as a component, in a
//! reused instance and in a fresh one, and by the same steps written as a part of the host (`support/basic.rs`), which call the same
//! functions. The three take turns, and it is the thread's processor time that counts, so that what else the machine does
//! changes little.
//!
//! `make bench` runs it, in about ten seconds.

#![allow(dead_code)] // the supports have more than is used here

#[path = "support/basic.rs"]
mod basic;
#[path = "../host/tests/e2e/support/component.rs"]
mod component;
#[path = "support/stage.rs"]
mod stage;

use basic::InHost;
use bytes::Bytes;
use component::component;
use kemist::route::Routing;
use kemist::tenant::Tenant;
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Policy, Version};
use nix::time::{ClockId, clock_gettime};
use stage::Stage;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

/// Messages of one kind that one engine routes before the next one has its turn, and turns.
const BATCH: usize = 500;
const TURNS: usize = 30;
/// Messages at the beginning of a turn that do not count: caches are another engine's.
const WARM: usize = 20;
/// Registrations beside.
const REGISTERED: usize = 1_000;
/// Microseconds that the sandbox is to cost at most, of the mean: `reuse`, `fresh`; and of the 99th percentile of `fresh`.
const AIMS: (f64, f64, f64) = (3.0, 10.0, 25.0);

/// A kind of message: its name, how the answer begins, and how one is made.
type Kind = (&'static str, &'static str, fn(&mut Stage, usize) -> Bytes);

const KINDS: [Kind; 4] = [
    ("REGISTER, challenged", "SIP/2.0 401", |stage, _| stage.unknown()),
    ("REGISTER, accepted", "SIP/2.0 200", |stage, _| stage.register()),
    ("OPTIONS", "SIP/2.0 200", |stage, _| stage.options()),
    // the request and its branch: two callbacks
    ("INVITE", "INVITE ", Stage::invite),
];

fn main() {
    // `cargo test` runs benches too, to see that they start
    let (batch, turns) = match std::env::args().any(|argument| argument == "--bench") {
        true => (BATCH, TURNS),
        false => (1, 1),
    };
    let engine = Engine::new(&Options {
        instances: 200,
        ..Options::default()
    })
    .expect("an engine");
    let bytes = fs::read(component("examples/basic/rust")).expect("it was built");
    let compiler = Compiler::new(None, None, CompileLimits::default());
    let load = |policy| -> Arc<dyn Routing> {
        let prepared = compiler.prepare(&engine, &bytes).expect("it compiles");
        let limits = Limits {
            deadline: Duration::from_secs(5),
            ..Limits::default()
        };
        Version::of(&engine, prepared, limits, policy, Tenant::operator()).expect("it links")
    };
    let routings = [InHost::routing(), load(Policy::Reuse), load(Policy::Fresh)];
    let mut stage = Stage::new(routings[0].clone(), REGISTERED);
    println!(
        "the sandbox's price: microseconds a message through a worker, the basic script, {} messages each, in turns",
        batch * turns
    );
    println!(
        "{:<22}{:^21}{:^21}{:^21}{:^27}{:^27}",
        "", "in the host", "reuse", "fresh", "price of reuse", "price of fresh"
    );
    println!(
        "{:<22}{}{}",
        "",
        format!("{:>7}{:>7}{:>7}", "mean", "p50", "p99").repeat(3),
        format!("{:>9}{:>9}{:>9}", "mean", "p50", "p99").repeat(2)
    );
    for kind in &KINDS {
        let times = measured(&mut stage, &routings, kind, batch, turns);
        print(kind.0, times.map(Figures::of));
    }
    let (reuse, fresh, slowest) = AIMS;
    println!(
        "  (aims for one callback: mean at most {reuse} with reuse, {fresh} with fresh, p99 of fresh {slowest}; an INVITE has two; prices are differences of the columns)"
    );
}

/// What this thread has had.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    Duration::from(time.expect("Linux has this clock"))
}

/// What each message took in each engine, in microseconds.
fn measured(
    stage: &mut Stage,
    routings: &[Arc<dyn Routing>; 3],
    kind: &Kind,
    batch: usize,
    turns: usize,
) -> [Vec<f64>; 3] {
    let (name, expected, make) = kind;
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..turns {
        for (routing, times) in routings.iter().zip(&mut times) {
            stage.route_by(routing);
            let messages: Vec<Bytes> = (0..WARM + batch).map(|round| make(stage, round % REGISTERED)).collect();
            for (at, bytes) in messages.into_iter().enumerate() {
                let begun = processor_time();
                stage.receive(bytes);
                if at >= WARM {
                    times.push((processor_time() - begun).as_secs_f64() * 1e6);
                }
            }
            let last = stage.last_line();
            assert!(last.starts_with(expected), "{name}: {last:?}");
            if *name == "INVITE" {
                stage.rest();
                stage.forget();
            }
        }
    }
    times
}

struct Figures {
    mean: f64,
    p50: f64,
    p99: f64,
}

impl Figures {
    /// The slowest of each thousand do not count in the mean: they are of whatever else the machine did.
    fn of(mut times: Vec<f64>) -> Figures {
        times.sort_by(f64::total_cmp);
        let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
        let kept = &times[..(times.len() * 999).div_ceil(1000)];
        Figures {
            mean: kept.iter().sum::<f64>() / kept.len() as f64,
            p50: at(0.5),
            p99: at(0.99),
        }
    }

    fn all(&self) -> [f64; 3] {
        [self.mean, self.p50, self.p99]
    }
}

fn print(name: &str, [host, reuse, fresh]: [Figures; 3]) {
    print!("{name:<22}");
    for figures in [&host, &reuse, &fresh] {
        figures.all().iter().for_each(|figure| print!("{figure:>7.1}"));
    }
    for figures in [&reuse, &fresh] {
        for (with, without) in figures.all().iter().zip(host.all()) {
            print!("{:>9.1}", with - without);
        }
    }
    println!();
}
