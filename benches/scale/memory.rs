//! The running program: what a message costs beside many open transactions, and the memory of those that linger.

use crate::phones::{Callee, Caller, Kind};
use crate::process;
use crate::support::component::component;
use crate::support::proxy::{Proxy, Setup};
use std::time::{Duration, Instant};

/// Calls a second at which a message's cost is compared, and for how long.
const RATE: f64 = 400.0;
const SECONDS: f64 = 5.0;
const PATIENCE: Duration = Duration::from_secs(5);
/// Calls that ring meanwhile; each is one transaction.
const OPEN: [f64; 2] = [100.0, 100_000.0];
/// Nanoseconds of CPU in half a second of a process that rests, and for how many of these in a row.
const IDLE: u64 = 1_000_000;
const QUIET: u32 = 16;
/// How much dearer the larger may be.
const AIM: f64 = 1.15;

/// 10,000 calls a second are two transactions each: with 5 s each (`wt_timer`), and with the 32 s of the RFC's timers; and how much
/// memory these may take, in MB.
const LINGERING: [(&str, f64, usize); 2] = [
    ("5 s as Kamailio's", 100_000.0, 200),
    ("the RFC's 32 s", 640_000.0, 1_200),
];

/// CPU of the server for a message, with few and many calls ringing.
pub fn open(scale: f64) {
    let kemist = proxy(component("examples/basic/rust"), "");
    println!(
        "at rest, one module: {} MB (aim: 40)",
        process::resident(kemist.pid()) >> 20
    );
    drop(kemist);
    let mut first = None;
    for open in OPEN {
        // they ring for as long as this takes
        let kemist = proxy(
            component("tests/conformance/proxy"),
            "[modules.tm]\nfr_inv_timer = \"1h\"\n",
        );
        let ringing = Callee::new(Kind::Ring);
        let calls = (open * scale).ceil() as usize;
        let rung = Caller::new(kemist.address, &ringing, Kind::Ring, calls).in_window(200);
        // their first timers end, which is a part of what these calls cost and not of those that follow
        let settling = settled(kemist.pid());
        let callee = Callee::new(Kind::Call);
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let calls = (RATE * SECONDS * scale).ceil() as usize;
            let caller = Caller::new(kemist.address, &callee, Kind::Call, calls);
            let before = process::cpu(kemist.pid());
            let outcome = caller.at_rate(RATE, PATIENCE);
            let used = process::cpu(kemist.pid()).saturating_sub(before);
            let messages = (outcome.done as u64 * Kind::Call.messages()).max(1);
            best = best.min(used as f64 / 1_000.0 / messages as f64);
        }
        let first = *first.get_or_insert(best);
        println!(
            "{} calls ringing: {best:.1} us of CPU a message at {RATE} calls a second ({:.2}; aim: {AIM}); their timers took {:.1} us each \
             before",
            rung.done,
            best / first,
            settling as f64 / 1_000.0 / rung.done.max(1) as f64
        );
    }
}

/// Waits until a process has little to do, a minute at most; nanoseconds of CPU until then.
fn settled(pid: u32) -> u64 {
    let (begun, first) = (Instant::now(), process::cpu(pid));
    let (mut before, mut quiet) = (first, 0);
    while quiet < QUIET && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(500));
        let now = process::cpu(pid);
        quiet = if now - before < IDLE { quiet + 1 } else { 0 };
        before = now;
    }
    before - first
}

/// Memory of transactions that have ended and linger.
pub fn lingering(scale: f64) {
    for (name, transactions, aim) in LINGERING {
        // they linger until all are there, however long that takes here
        let tables = "[modules.tm]\nwt_timer = \"1h\"\nmax_transactions = 1000000\n";
        let kemist = proxy(component("tests/conformance/proxy"), tables);
        let before = process::resident(kemist.pid());
        let callee = Callee::new(Kind::Call);
        let calls = (transactions * scale / 2.0).ceil() as usize;
        let done = Caller::new(kemist.address, &callee, Kind::Call, calls)
            .in_window(100)
            .done;
        let after = process::resident(kemist.pid());
        println!(
            "{} transactions linger, 10,000 calls a second with {name}: {} MB, {} MB before, {} bytes each (aim: {aim} MB)",
            done * 2,
            after >> 20,
            before >> 20,
            after.saturating_sub(before) / (done * 2).max(1)
        );
    }
}

fn proxy(module: std::path::PathBuf, tables: &str) -> Proxy {
    Setup::new(module).tables(tables).start()
}
