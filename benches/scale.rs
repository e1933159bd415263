//! What grows with what is there: the cost of a message among many registrations and open transactions, requests that wait in
//! a slow host call, and memory.
//!
//! `make bench` runs it; `KEMIST_BENCH_SCALE=0.1` makes all numbers a tenth, `KEMIST_BENCH_PART=suspended` runs that part alone.

#![allow(dead_code, unused_imports)] // the supports of benches and tests have more than is used here

#[path = "../host/tests/e2e/support"]
mod support {
    pub mod client;
    pub mod component;
    pub mod digest;
    pub mod proxy;
}
#[path = "scale/memory.rs"]
mod memory;
#[path = "calls/phones.rs"]
mod phones;
mod process;
#[path = "support/stage.rs"]
mod stage;
#[path = "scale/suspended.rs"]
mod suspended;
#[path = "scale/worker.rs"]
mod worker;

/// A name, and what is done at a scale.
type Part = (&'static str, fn(f64));

const PARTS: [Part; 5] = [
    ("registrations", worker::registrations),
    ("transactions", worker::transactions),
    ("process", memory::open),
    ("memory", memory::lingering),
    ("suspended", suspended::run),
];

fn main() {
    // building it is enough for `cargo test`; only `cargo bench` passes this
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let scale = std::env::var("KEMIST_BENCH_SCALE")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1.0);
    let part = std::env::var("KEMIST_BENCH_PART").unwrap_or_default();
    for (name, run) in PARTS.iter().filter(|(name, _)| part.is_empty() || part == *name) {
        println!("--- {name}");
        run(scale);
    }
}
