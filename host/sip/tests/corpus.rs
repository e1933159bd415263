//! The fuzzers' properties over their seeds and over mutations of them: a short, repeatable share of
//! what `host/sip/fuzz` does for hours.

#[path = "support/mutation.rs"]
mod mutation;
#[path = "../fuzz/src/properties.rs"]
mod properties;

use mutation::{Random, mutate, seeds};

/// Mutations of each seed: about two seconds in all.
const ROUNDS: usize = 8_000;

#[test]
fn parse() {
    replay("parse", properties::parse);
}

#[test]
fn uri() {
    replay("uri", properties::uri);
}

#[test]
fn edits() {
    replay("edits", properties::edit);
}

#[test]
fn frame() {
    replay("frame", properties::stream);
}

fn replay(target: &str, property: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "no seeds for {target}");
    let mut random = Random(0x5eed);
    for seed in &seeds {
        property(seed);
    }
    for round in 0..ROUNDS {
        for seed in &seeds {
            let mut data = seed.clone();
            for _ in 0..=random.below(4) {
                mutate(&mut data, &seeds, &mut random);
            }
            run(property, &data, round);
        }
    }
}

/// Prints the bytes a property does not hold for, as they go into a seed.
fn run(property: fn(&[u8]), data: &[u8], round: usize) {
    if let Err(panic) = std::panic::catch_unwind(|| property(data)) {
        eprintln!("round {round}: {}", data.escape_ascii());
        std::panic::resume_unwind(panic);
    }
}
