//! Edits at any place: applying them ends without a panic, and inserts alone only add.
#![no_main]

use kemist_sip::message::{Edits, edits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<(u32, u32, Vec<u8>)>)| {
    let (original, changes) = input;
    let mut list = Edits::default();
    let mut added = 0;
    for (at, length, bytes) in &changes {
        list.replace(*at, *length, bytes);
        added += bytes.len();
    }
    let mut out = Vec::new();
    edits::apply(&original, &[&list], &mut out);
    assert!(out.len() <= original.len() + added);
    if changes.is_empty() {
        assert_eq!(out, original);
    }
});
