//! Memory, by what the system says the process has.

use crate::bench::Bench;
use crate::{BATCH, OPEN};
use kemist_sip::message::Message;
use kemist_sip::transaction::{BranchTimeouts, Transaction};
use std::process::Command;

/// A million transactions are these calls, of two each.
const CALLS: usize = 500_000;

/// The option that makes a process of its own measure one state: memory that was freed before would hide what a
/// state takes.
pub const OPTION: &str = "--memory";

const STATES: [(&str, &[u16]); 3] = [("forwarded", &[]), ("ringing", &[180]), ("answered", &[180, 200])];
const MILLION: &str = "million";

pub fn all() {
    println!(
        "a transaction without the host's part has {} bytes, the index of a message {}",
        size_of::<Transaction<()>>(),
        size_of::<Message>()
    );
    for state in STATES.iter().map(|(name, _)| *name).chain([MILLION]) {
        let ended = std::env::current_exe().and_then(|exe| Command::new(exe).args([OPTION, state]).status());
        assert!(ended.is_ok_and(|status| status.success()), "{state}");
    }
}

pub fn measure(state: &str) {
    match STATES.iter().find(|(name, _)| *name == state) {
        Some((_, codes)) => calls(state, codes),
        None if state == MILLION => million(),
        None => panic!("{OPTION} {state}: no such state"),
    }
}

/// Bytes of a call in one of the states it can be in for long.
fn calls(state: &str, codes: &[u16]) {
    let mut bench = Bench::new();
    bench.round(BATCH);
    let before = resident();
    for _ in 0..OPEN {
        let (id, sent) = bench.forward(BranchTimeouts::default());
        codes.iter().for_each(|code| bench.answer(id, &sent, *code));
    }
    let grown = resident().saturating_sub(before);
    println!("{OPEN} calls {state}: {} bytes each, {} MB", grown / OPEN, grown >> 20);
}

/// What a million completed transactions leave.
fn million() {
    let mut bench = Bench::new();
    bench.round(BATCH);
    let before = resident();
    for _ in 0..CALLS / BATCH {
        bench.round(BATCH);
    }
    let after = resident();
    assert!(bench.layer.is_empty());
    println!(
        "a million transactions completed: {} MB before, {} MB after",
        before >> 20,
        after >> 20
    );
}

/// Bytes of memory the process has, 0 where the system does not say.
fn resident() -> usize {
    let Ok(text) = std::fs::read_to_string("/proc/self/statm") else {
        return 0;
    };
    text.split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok())
        .map_or(0, |pages| pages * 4096)
}
