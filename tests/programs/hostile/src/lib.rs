//! Does what the user part of the request URI says: the ways in which a script can go wrong.

use ksr::{Flow, exit, fail};
use ksr::{pv, sl};
use std::hint::black_box;

ksr::routes! {
    ksr_request_route => request,
}

fn request() -> Flow {
    match pv::gete("$rU").str() {
        "loop" => spin(),
        "trap" => trap(),
        "recurse" => {
            black_box(recurse(1));
        }
        "memory" => eat(),
        "error" => return fail("the script says so"),
        "reply-then-trap" => {
            sl::sl_send_reply(202, "Accepted");
            trap();
        }
        _ => {
            sl::sl_send_reply(200, "OK");
        }
    }
    exit()
}

fn spin() {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn trap() {
    let nothing: Option<u32> = black_box(None);
    nothing.expect("a trap was asked for");
}

#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    recurse(depth + 1).wrapping_add(frame[(depth % 64) as usize])
}

/// Asks for more and more, and gives nothing back.
fn eat() {
    loop {
        black_box(vec![1u8; 1 << 20]).leak();
    }
}
