//! What a transaction costs, by what the system says the process has: a measurement, run by hand
//! (`cargo test --profile quick -p kemist-sip --test transactions memory -- --ignored --nocapture`).

use crate::messages::{forward, forward_reply, parse, read, reply, start, target};
use kemist_sip::Protocol::Udp;
use kemist_sip::message::Message;
use kemist_sip::transaction::{BranchTimeouts, Config, Layer, ReplyMatch, Transaction, TransactionId};
use std::sync::Arc;
use std::time::{Duration, Instant};

const CALLS: usize = 100_000;

#[test]
#[ignore = "a measurement"]
fn a_hundred_thousand_calls() {
    let now = start();
    println!(
        "the INVITE has {} bytes, its index {}",
        invite(0).len(),
        size_of::<Message>()
    );
    println!(
        "a transaction without the host's part has {}",
        size_of::<Transaction<()>>()
    );
    let config = Config {
        max_transactions: 1_000_000,
        ..Config::default()
    };
    let mut layer: Layer<()> = Layer::new(config, crate::lab::IDENTITY);
    // Each state is reached call by call, so that what was freed on the way is used again. The first
    // calls find no memory that was freed before: they are not counted.
    for (group, (what, codes)) in [
        ("warm up", &[180, 200][..]),
        ("answered", &[180, 200]),
        ("ringing", &[180]),
        ("forwarded", &[]),
    ]
    .into_iter()
    .enumerate()
    {
        let before = resident();
        for n in group * CALLS..(group + 1) * CALLS {
            let id = call(&mut layer, n, now);
            codes.iter().for_each(|code| answer(&mut layer, id, *code, now));
        }
        println!("{what}: {} bytes a call", resident().saturating_sub(before) / CALLS);
    }
    assert_eq!(layer.len(), 4 * CALLS);
    layer.handle_timeout(now + Duration::from_secs(33));
    while layer.poll_output().is_some() {}
    assert_eq!(layer.len(), 2 * CALLS);
}

/// An INVITE of about 1,100 bytes, forwarded; its first copy on the branch is returned to nobody.
fn call(layer: &mut Layer<()>, n: usize, now: Instant) -> TransactionId {
    let req = invite(n);
    let id = layer.create(req.clone(), target(Udp, 1), (), now).expect("a new call");
    layer.trying(id, now);
    let mut via = Vec::new();
    layer.branch_id(id, 0, &mut via);
    layer
        .add_branch(
            id,
            forward(&req, Udp, &via),
            target(Udp, 10),
            BranchTimeouts::default(),
            now,
        )
        .expect("open");
    layer.branches_added(id, now);
    while layer.poll_output().is_some() {}
    id
}

fn answer(layer: &mut Layer<()>, id: TransactionId, code: u16, now: Instant) {
    let sent = read(
        layer
            .branch(id, 0)
            .and_then(|branch| branch.sent())
            .expect("kept until the answer"),
    );
    let text = reply(&sent, code, "callee");
    let text = String::from_utf8(text.to_vec())
        .expect("text")
        .replace(" CANCEL\r\n", " INVITE\r\n");
    // The Vias below ours, which the CANCEL that is left of the request does not have.
    let via = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-524287-1---0123456789abcdef;rport=5060\r\nFrom:";
    let rpl = parse(text.replacen("From:", via, usize::from(code >= 200)));
    let passed = layer.receive_reply(&rpl, now);
    assert_eq!(passed, ReplyMatch::Pass { id, branch: 0 });
    let forwarded = forward_reply(&rpl);
    layer.accept_reply(id, 0, rpl, forwarded, now);
    while layer.poll_output().is_some() {}
}

fn invite(n: usize) -> Arc<Message> {
    let body = "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=audio 49172 RTP/AVP 0 8 18 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";
    parse(format!(
        "INVITE sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-524287-1---{n:016};rport\r\n\
         Max-Forwards: 70\r\n\
         Contact: <sip:alice@192.0.2.1:5060;transport=udp>\r\n\
         To: \"Bob\" <sip:bob@example.com>\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=1928301774{n}\r\n\
         Call-ID: {n:032}@192.0.2.1\r\n\
         CSeq: 1 INVITE\r\n\
         Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, SUBSCRIBE, UPDATE, MESSAGE\r\n\
         Content-Type: application/sdp\r\n\
         Supported: replaces, norefersub, extended-refer, timer, outbound, path, X-cisco-serviceuri\r\n\
         User-Agent: Telephone of a test 5.6.1\r\n\
         Allow-Events: presence, kpml, talk\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
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
