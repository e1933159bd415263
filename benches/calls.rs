//! Calls through the running program, and through Debian's Kamailio with the same script where that is installed:
//! what a message costs, how many calls a second go through without loss, and the memory of calls that ring and of
//! transactions that were completed.
//!
//! `make bench` runs it, in about five minutes; `KEMIST_BENCH_SCALE=0.1` makes every run a tenth as long.

#![allow(dead_code, unused_imports)] // the support of the tests has more than is used here

#[path = "../host/tests/e2e/support"]
mod support {
    pub mod client;
    pub mod component;
    pub mod digest;
    pub mod proxy;
}
#[path = "calls/kamailio.rs"]
mod kamailio;
#[path = "calls/phones.rs"]
mod phones;
mod process;

use kamailio::Kamailio;
use phones::{Callee, Caller, Kind, Outcome};
use std::net::SocketAddr;
use std::time::Duration;
use support::component::component;
use support::proxy::{Proxy, Setup};

/// Calls a second at which a message's cost is compared.
const RATE: f64 = 400.0;
/// Rates that are tried, each for [`STEP`] seconds, until a call is lost.
const FIRST: f64 = 1_000.0;
const FASTER: f64 = 1.5;
const STEPS: usize = 8;
const STEP: f64 = 3.0;
/// How long a call may be open; nothing is sent twice by the telephones, the server does after 500 ms.
const PATIENCE: Duration = Duration::from_secs(2);
/// Calls that ring at one time.
const RINGING: f64 = 200_000.0;
/// Transactions completed, and how many of them a second.
const COMPLETED: f64 = 1_000_000.0;
const COMPLETED_RATE: f64 = 8_000.0;

/// A name, and what is done at a scale.
type Part = (&'static str, fn(f64));

/// What is measured; `KEMIST_BENCH_PART=ringing` runs that alone.
const PARTS: [Part; 3] = [("rates", rates), ("ringing", ringing), ("completed", completed)];

fn main() {
    // building it is enough for `cargo test`; only `cargo bench` passes this
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let scale = std::env::var("KEMIST_BENCH_SCALE")
        .ok()
        .and_then(|text| text.parse().ok());
    let scale: f64 = scale.unwrap_or(1.0);
    let part = std::env::var("KEMIST_BENCH_PART").unwrap_or_default();
    for (name, run) in PARTS.iter().filter(|(name, _)| part.is_empty() || part == *name) {
        println!("--- {name}");
        run(scale);
    }
}

/// A server that is measured.
struct Subject<'s> {
    name: &'s str,
    address: SocketAddr,
    pid: u32,
}

impl Subject<'_> {
    /// Calls at a rate: what came of them, and CPU microseconds a message received.
    fn calls(&self, rate: f64, seconds: f64) -> (Outcome, f64) {
        let callee = Callee::new(Kind::Call);
        let calls = (rate * seconds).ceil().max(1.0) as usize;
        let caller = Caller::new(self.address, &callee, Kind::Call, calls);
        let before = process::cpu(self.pid);
        let outcome = caller.at_rate(rate, PATIENCE);
        let used = process::cpu(self.pid).saturating_sub(before);
        let messages = outcome.done as u64 * Kind::Call.messages();
        (outcome, used as f64 / 1_000.0 / messages.max(1) as f64)
    }
}

/// kemist and Kamailio in turns: the same rate, then faster ones for as long as every call goes through.
fn rates(scale: f64) {
    let kemist = proxy("");
    let kamailio = Kamailio::start();
    let mut subjects = vec![Subject {
        name: "kemist",
        address: kemist.address,
        pid: kemist.pid(),
    }];
    subjects.extend(kamailio.as_ref().map(|server| Subject {
        name: "Kamailio",
        address: server.address,
        pid: server.pid(),
    }));
    println!(
        "\ncalls (INVITE 180 200 ACK BYE 200) with the same script, two workers each, telephones on the same machine"
    );
    for round in ["first", "second"] {
        for subject in &subjects {
            let (outcome, cost) = subject.calls(RATE, 5.0 * scale);
            println!(
                "{:<10}{round:<8}{RATE:>6} calls a second: {} of {} answered, {cost:.1} us a message of 6",
                subject.name, outcome.done, outcome.asked
            );
        }
    }
    let mut most = vec![0.0f64; subjects.len()];
    let mut lost = vec![0; subjects.len()];
    for step in 0..STEPS {
        let rate = (FIRST * FASTER.powi(step as i32)).round();
        for (at, subject) in subjects
            .iter()
            .enumerate()
            .filter(|(at, _)| lost[*at] == 0)
            .collect::<Vec<_>>()
        {
            let (outcome, cost) = subject.calls(rate, STEP * scale);
            lost[at] = outcome.asked - outcome.done;
            if lost[at] == 0 {
                most[at] = rate;
            }
            println!(
                "  {:<10}{rate:>6} calls a second: {} lost, {cost:.1} us a message",
                subject.name, lost[at]
            );
        }
    }
    for (subject, most) in subjects.iter().zip(most) {
        println!(
            "{:<10}the highest rate without loss: {most} calls a second, {} messages",
            subject.name,
            most * 6.0
        );
    }
}

/// Memory of calls that ring all at one time, with the timers of the RFC.
fn ringing(scale: f64) {
    let kemist = proxy("");
    let calls = (RINGING * scale).ceil() as usize;
    let before = process::resident(kemist.pid());
    let callee = Callee::new(Kind::Ring);
    let outcome = Caller::new(kemist.address, &callee, Kind::Ring, calls).in_window(200);
    let after = process::resident(kemist.pid());
    println!(
        "kemist    {} calls ringing: {} MB, {} MB before, {} bytes a call",
        outcome.done,
        after >> 20,
        before >> 20,
        after.saturating_sub(before) / outcome.done.max(1)
    );
}

/// Memory after each tenth of many transactions: it must come to rest, once every worker had its busiest time (telephones
/// of other tenths are with other workers). They come at one rate and linger for a second
/// (`wt_timer`), so that as many are there at a time in the first tenth as later.
fn completed(scale: f64) {
    let kemist = proxy("[modules.tm]\nwt_timer = \"1s\"\n");
    let tenth = (COMPLETED * scale / 10.0).ceil() as usize;
    let (mut done, mut memory) = (0, Vec::new());
    for _ in 0..10 {
        let callee = Callee::new(Kind::Message);
        let caller = Caller::new(kemist.address, &callee, Kind::Message, tenth);
        done += caller.at_rate(COMPLETED_RATE, PATIENCE).done;
        std::thread::sleep(Duration::from_secs(2));
        memory.push(format!("{}", process::resident(kemist.pid()) >> 20));
    }
    println!(
        "kemist    {done} of {} transactions (MESSAGE 200) completed; MB after each tenth: {}",
        tenth * 10,
        memory.join(" ")
    );
}

fn proxy(tables: &str) -> Proxy {
    Setup::new(component("tests/conformance/proxy")).tables(tables).start()
}
