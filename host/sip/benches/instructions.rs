//! Instructions of the core's parts one by one, counted by callgrind: where a message's cost is. Counts are the same in
//! every run; `make bench-check` guards the sums of them.
//!
//! `cargo bench -p kemist-sip --bench instructions` prints them all, with a word behind `--` those whose names have it.
//! Needs valgrind.

#![allow(dead_code)] // the messages of another bench have more than is used here
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "transaction/messages.rs"]
mod messages;

use bytes::Bytes;
use kemist_sip::message::build::{self, ViaParams};
use kemist_sip::message::validation::{self, checks};
use kemist_sip::message::{Edits, HeaderId, Message, Uri};
use kemist_sip::transaction::{self, BranchTimeouts, Config, Identity, Layer, ReplyMatch, RequestMatch};
use kemist_sip::{NameAddr, Protocol, Via};
use messages::{CALLEE, CALLER, forwarded, in_dialog, invite, reply, upstream};
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 200;
/// The name of what is counted only to be left out.
const WARMING: &str = "warming";
/// What callgrind runs: this program again.
const MEASURE: &str = "--measure";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == MEASURE) {
        return all();
    }
    // building it is enough for `cargo test`; only `cargo bench` passes this
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with("--"));
    let folder = std::env::temp_dir().join(format!("kemist-sip-instructions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg("--toggle-collect=instructions::counted*")
        .arg("--dump-after=instructions::part_ends*")
        .arg("--callgrind-out-file=counts")
        .arg(std::env::current_exe().expect("this program"))
        .arg(MEASURE)
        .current_dir(&folder)
        .output();
    let Ok(output) = output else {
        println!("instructions of the parts: skipped, no valgrind");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (at, name) in String::from_utf8_lossy(&output.stdout).lines().enumerate() {
        let file = folder.join(format!("counts.{}", at + 1));
        let counts = std::fs::read_to_string(&file).expect("callgrind wrote it");
        let total = counts.lines().find_map(|line| line.strip_prefix("totals: "));
        let total: usize = total.map_or(0, |total| total.trim().parse().expect("a number"));
        if name != WARMING && wanted.is_none_or(|word| name.contains(word.as_str())) {
            println!("{name:<40} {:>7}", total / ROUNDS);
        }
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

/// What runs in here is counted.
#[inline(never)]
fn counted<R>(work: impl FnOnce() -> R) -> R {
    black_box(work())
}

/// All of a part was counted.
#[inline(never)]
fn part_ends(name: &str) {
    println!("{name}");
}

fn part<R>(name: &str, mut once: impl FnMut() -> R) {
    // what is made at the first time only
    black_box(once());
    counted(|| (0..ROUNDS).for_each(|_| drop(black_box(once()))));
    part_ends(name);
}

fn all() {
    let register = Bytes::from(register());
    let request = Message::parse(invite(7)).expect("a good message");
    let sent = forwarded(&request, b"z9hG4bKabcdef01.0.12.34.0.0a1b2c3d.0123456789abcdef");
    let answer = reply(&sent, 200);
    for (name, bytes) in [("REGISTER", register), ("INVITE", invite(7)), ("200", answer)] {
        message(name, &bytes);
    }
    views(&request);
    texts();
    keys(&request);
    writing(&request);
    transactions();
}

fn message(name: &str, bytes: &Bytes) {
    part(&format!("parse {name}"), || {
        Message::parse(bytes.clone()).expect("a good message")
    });
    let msg = Message::parse(bytes.clone()).expect("a good message");
    part(&format!("minimum {name}"), || {
        validation::minimum(black_box(&msg)).expect("a good message")
    });
    part(&format!("clone {name}"), || black_box(&msg).clone());
    if msg.is_request() {
        part(&format!("checks 1511, 7 of {name}"), || {
            checks::run(black_box(&msg), 1511, 7, &[]).expect("a good message");
        });
    }
}

fn views(msg: &Message) {
    let msg = || black_box(msg);
    part("view via", || msg().via().is_some());
    part("view via, branch", || {
        msg().via().and_then(|via| via.magic_branch()).is_some()
    });
    part("view via, rport", || msg().via().and_then(|via| via.rport()).is_some());
    part("view from", || msg().from().is_some());
    part("view from, tag", || msg().from().and_then(|from| from.tag()).is_some());
    part("view from, URI", || {
        msg().from().is_some_and(|from| from.parsed_uri().is_ok())
    });
    part("view to, tag", || msg().to().and_then(|to| to.tag()).is_some());
    part("view Call-ID", || msg().call_id().is_some());
    part("view CSeq", || msg().cseq().is_some());
    part("view Contact, URI", || {
        let contact = msg().contacts().next().and_then(Result::ok);
        contact.is_some_and(|contact| contact.parsed_uri().is_ok())
    });
    part("view request URI", || Uri::parse(msg().request_uri()).is_ok());
    part("view Max-Forwards", || msg().max_forwards().is_some());
    part("view header by name", || {
        msg().headers_named(black_box(b"allow-events")).count()
    });
}

fn texts() {
    let uris: [&[u8]; 4] = [
        b"sip:bob@example.com",
        b"sips:+15551234;phone-context=example.com@[2001:db8::1]:5061;transport=tcp;lr?Subject=a%20call",
        b"sip:alice:secret@192.0.2.4:5062;ob;reg-id=1",
        b"tel:+1-201-555-0123;ext=12",
    ];
    for text in uris {
        let name = format!("parse {:.36}", String::from_utf8_lossy(text));
        part(&name, || Uri::parse(black_box(text)).is_ok());
    }
    let uri = Uri::parse(uris[2]).expect("a good URI");
    part("IPv4 address of a URI", || black_box(&uri).ip());
    part("parse an address", || {
        NameAddr::parse(black_box(&b"\"Alice\" <sip:alice@example.com>;tag=1928301774"[..])).is_ok()
    });
    part("parse a Via", || {
        Via::parse(black_box(
            &b"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-524287-1---1;rport"[..],
        ))
        .is_ok()
    });
}

fn keys(msg: &Message) {
    let msg = || black_box(msg);
    part("key_digest", || {
        let number = msg().cseq().map_or(0, |cseq| cseq.number);
        transaction::key_digest(msg().call_id().unwrap_or_default(), number)
    });
    part("to_tag", || transaction::to_tag(b"sixteen bytes ok", msg()));
    part("stateless branch", || {
        transaction::stateless_branch(msg(), b"sixteen bytes ok")
    });
    let id = layer();
    part("match_request, none", || id.find_request(msg()));
    part("is_loop", || id.is_loop(msg(), 0));
}

fn writing(msg: &Message) {
    let via = ViaParams {
        protocol: Protocol::Udp,
        sent_by: "192.0.2.200:5060",
        branch: b"z9hG4bK3f2a.0.1c.7.0",
        rport: false,
        extra: b"",
    };
    let (mut edits, mut out) = (Edits::new(), Vec::new());
    part("write a request with edits", || {
        edits.clear();
        edits.set_max_forwards(msg, 69);
        edits.prepend_headers(msg, b"Record-Route: <sip:192.0.2.200;lr>\r\n");
        if let Some(agent) = msg.header(HeaderId::UserAgent) {
            edits.remove_header(agent);
        }
        out.clear();
        build::request(msg, b"sip:bob@192.0.2.77:5062;transport=udp", &via, &[&edits], &mut out);
    });
    part("write a request", || {
        out.clear();
        build::request(msg, msg.request_uri(), &via, &[], &mut out);
    });
    part("write a reply", || {
        out.clear();
        build::reply(
            msg,
            486,
            "Busy Here",
            b"tag",
            CALLER.remote,
            true,
            b"",
            None,
            None,
            &mut out,
        );
    });
    let sent = forwarded(msg, b"z9hG4bKabcdef01.0.12.34.0.0a1b2c3d.0123456789abcdef");
    let answer = Message::parse(reply(&sent, 200)).expect("a good message");
    part("write a forwarded reply", || {
        out.clear();
        build::forward_reply(&answer, &[], &mut out);
    });
    part("received", || {
        edits.clear();
        build::received(black_box(msg), CALLEE.remote, true, &mut edits);
    });
    part("reply_target", || build::reply_target(black_box(msg), CALLER, false));
}

fn layer() -> Layer<()> {
    let identity = Identity {
        worker: 0,
        boot: 77,
        secret: *b"sixteen bytes ok",
    };
    Layer::new(Config::default(), identity)
}

/// Calls through the layer step by step, each step for all calls.
fn transactions() {
    let (mut layer, now) = (layer(), Instant::now());
    let drain = |layer: &mut Layer<()>| while layer.poll_output().is_some() {};
    // the first calls make room for all
    for first in [true, false] {
        let numbers = (0..ROUNDS).map(|n| n + if first { ROUNDS } else { 0 });
        let parsed = |bytes: Bytes| Arc::new(Message::parse(bytes).expect("a good message"));
        let requests: Vec<_> = numbers.clone().map(|n| parsed(invite(n))).collect();
        let step = |name: &str, layer: &mut Layer<()>, once: &mut dyn FnMut(&mut Layer<()>, usize)| {
            counted(|| (0..ROUNDS).for_each(|n| once(layer, n)));
            part_ends(if first { WARMING } else { name });
        };
        step("layer: match_request", &mut layer, &mut |layer, n| {
            assert_eq!(layer.match_request(&requests[n], now), RequestMatch::New);
        });
        let mut ids = Vec::with_capacity(ROUNDS);
        step("layer: create", &mut layer, &mut |layer, n| {
            ids.push(layer.create(requests[n].clone(), CALLER, (), now).expect("a new one"));
        });
        step("layer: match_request again", &mut layer, &mut |layer, n| {
            assert_eq!(layer.match_request(&requests[n], now), RequestMatch::Absorbed);
        });
        step("layer: trying", &mut layer, &mut |layer, n| {
            layer.trying(ids[n], now);
            drain(layer);
        });
        let mut vias: Vec<_> = (0..ROUNDS).map(|_| Vec::with_capacity(80)).collect();
        step("layer: branch_id", &mut layer, &mut |layer, n| {
            layer.branch_id(ids[n], 0, 0, &mut vias[n]);
        });
        let sent: Vec<_> = (0..ROUNDS).map(|n| forwarded(&requests[n], &vias[n])).collect();
        step("layer: add_branch", &mut layer, &mut |layer, n| {
            let timeouts = BranchTimeouts::default();
            layer
                .add_branch(ids[n], sent[n].clone(), CALLEE, timeouts, now)
                .expect("open");
        });
        step("layer: branches_added", &mut layer, &mut |layer, n| {
            layer.branches_added(ids[n], now);
            drain(layer);
        });
        for code in [180, 200] {
            let replies: Vec<_> = sent.iter().map(|sent| parsed(reply(sent, code))).collect();
            let forwarded: Vec<_> = replies.iter().map(|rpl| upstream(rpl)).collect();
            step(&format!("layer: receive_reply {code}"), &mut layer, &mut |layer, n| {
                let found = layer.receive_reply(&replies[n], now);
                assert_eq!(found, ReplyMatch::Pass { id: ids[n], branch: 0 });
            });
            step(&format!("layer: accept_reply {code}"), &mut layer, &mut |layer, n| {
                layer.accept_reply(ids[n], 0, replies[n].clone(), forwarded[n].clone(), now);
                drain(layer);
            });
        }
        let acks: Vec<_> = numbers.map(|n| parsed(in_dialog(n, "ACK", 1))).collect();
        step("layer: match_request ACK", &mut layer, &mut |layer, n| {
            assert!(matches!(layer.match_request(&acks[n], now), RequestMatch::Ack(Some(_))));
            drain(layer);
        });
        let later = now + Duration::from_secs(60);
        counted(|| {
            layer.handle_timeout(later);
            drain(&mut layer);
        });
        part_ends(if first { WARMING } else { "layer: timers to the end" });
        assert!(layer.is_empty());
    }
}

fn register() -> String {
    "REGISTER sip:localhost SIP/2.0\r\n\
     Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---a1b2c3;rport\r\n\
     Max-Forwards: 70\r\n\
     From: <sip:alice@localhost>;tag=8a7b6c5d\r\n\
     To: <sip:alice@localhost>\r\n\
     Call-ID: 1f2e3d4c5b6a@192.0.2.10\r\n\
     CSeq: 1 REGISTER\r\n\
     Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n\
     Expires: 3600\r\n\
     User-Agent: bench/1.0\r\n\
     Supported: path, outbound\r\n\
     Content-Length: 0\r\n\r\n"
        .to_string()
}
