//! What the transaction layer costs: nanoseconds a message of a proxied call with and without parsing,
//! timers set and cancelled among few and many, bytes of memory a call. `make bench` runs it.
//!
//! `cargo bench -p kemist-sip --bench transaction -- --calls 2000` runs that many calls and nothing else, for
//! `valgrind --tool=callgrind --toggle-collect='*measured*'`, which counts the layer's instructions.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod bench;
mod memory;
mod messages;
mod timers;

use bench::Bench;
use messages::Message;

/// Transactions that are open while others come and go.
const OPEN: usize = 200_000;
/// Calls measured at a time.
const BATCH: usize = 2_000;
const ROUNDS: usize = 15;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    if let Some(calls) = value("--calls").and_then(|text| text.parse().ok()) {
        Bench::new().round(calls);
        return;
    }
    if let Some(state) = value(memory::OPTION) {
        return memory::measure(state);
    }
    // building it is enough for `cargo test`; only `cargo bench` passes this
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let mut bench = Bench::new();
    calls(&mut bench, "nothing else open");
    timers::timers(100);
    let mut many = timers::timers(OPEN);
    calls(&mut many, "200,000 others ringing");
    drop((bench, many));
    memory::all();
}

/// Whole calls through all steps of the layer, to the end of their transactions. The best round counts, since the
/// machine may do other things too.
fn calls(bench: &mut Bench, beside: &str) {
    let best = (0..ROUNDS)
        .map(|_| bench.round(BATCH))
        .min_by_key(|round| round.layer());
    let Some(best) = best else { return };
    let received = BATCH as u128 * Message::ALL.len() as u128;
    let each = |time: std::time::Duration| time.as_nanos() / received;
    println!(
        "a proxied call (INVITE 180 200 ACK BYE 200), {beside}: {} ns a message, {} ns with parsing (of 6 received)",
        each(best.layer()),
        each(best.layer() + best.parsing),
    );
    for (message, time) in Message::ALL.iter().zip(best.messages) {
        print!("  {message:?} {} ns", time.as_nanos() / BATCH as u128);
    }
    println!("  timers {} ns a call", best.ending.as_nanos() / BATCH as u128);
}
