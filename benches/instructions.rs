//! Instructions of the parts, counted by callgrind: what `make bench-check` compares with the baseline in
//! `benches/instructions.toml`. Counts are the same in every run and on a busy machine, to within a fraction of a percent,
//! where times are not. They say nothing of caches, of the kernel, nor of what waits: `make bench` measures time.
//!
//! It is run as the profile `quick` builds it, since that is what CI has: with debug assertions and overflow checks, which cost
//! instructions, but the same ones before and after a change.

#![allow(dead_code, unused_imports)] // the supports of benches and tests have more than is used here

#[path = "instructions/baseline.rs"]
mod baseline;
#[path = "support/basic.rs"]
mod basic;
#[path = "instructions/callgrind.rs"]
mod callgrind;
#[path = "../host/tests/e2e/support/component.rs"]
mod component;
#[path = "instructions/core.rs"]
mod core;
#[path = "../host/sip/benches/transaction/messages.rs"]
mod messages;
#[path = "support/stage.rs"]
mod stage;
#[path = "instructions/whole.rs"]
mod whole;

use std::hint::black_box;
use std::process::ExitCode;

/// Compares with the baseline.
const CHECK: &str = "--check";
/// Writes it.
const WRITE: &str = "--write";
/// What callgrind runs: this program again, with a component and a folder for what is compiled.
const MEASURE: &str = "--measure";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| arguments.iter().position(|argument| argument == name);
    if let Some(at) = given(MEASURE) {
        let folder = arguments.get(at + 2).expect("called by itself");
        core::all();
        whole::all(arguments[at + 1].as_ref(), folder.as_ref());
        return ExitCode::SUCCESS;
    }
    // `make bench` measures time, in another profile
    let (check, write) = (given(CHECK).is_some(), given(WRITE).is_some());
    if !check && !write {
        return ExitCode::SUCCESS;
    }
    if !cfg!(debug_assertions) {
        eprintln!("bench-check: the baseline is of the profile quick: make bench-check");
        return ExitCode::FAILURE;
    }
    let counts = callgrind::counts(MEASURE);
    let done = counts.and_then(|counts| match write {
        true => baseline::write(&counts),
        false => baseline::check(&counts),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            eprintln!("bench-check: {line}");
            ExitCode::FAILURE
        }
    }
}

/// What runs in here is counted, on this thread only: callgrind is told the name.
#[inline(never)]
fn counted<R>(work: impl FnOnce() -> R) -> R {
    black_box(work())
}

/// All of a part was counted; callgrind writes down how much at the end of this.
#[inline(never)]
fn part_ends(name: &str, rounds: usize) {
    println!("{name}\t{rounds}");
}

/// A part that needs nothing but itself.
fn part(name: &str, rounds: usize, mut once: impl FnMut()) {
    // what is made at the first time only
    once();
    counted(|| (0..rounds).for_each(|_| once()));
    part_ends(name, rounds);
}
