//! What the transaction layer costs: nanoseconds a proxied call and a message on top of parsing and
//! building, timers set and cancelled among many, bytes of memory a call. `make bench` runs it.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use bytes::Bytes;
use kemist_sip::message::build::{self, ViaParams};
use kemist_sip::message::{Message, Method};
use kemist_sip::transaction::{BranchTimeouts, Config, Identity, Layer, ReplyMatch, RequestMatch, TransactionId};
use kemist_sip::{Protocol, Target};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Transactions that are open while others come and go.
const OPEN: usize = 200_000;
/// Calls measured at a time.
const BATCH: usize = 2_000;
const ROUNDS: usize = 15;

fn main() {
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let mut bench = Bench::new();
    bench.calls("a proxied call (INVITE 100 180 200 ACK), nothing else open");
    let before = resident();
    bench.open();
    let each = resident().saturating_sub(before) / OPEN;
    println!("{OPEN} calls ringing: {each} bytes each, {} MB", (each * OPEN) >> 20);
    bench.calls("a proxied call, 200,000 others ringing");
    bench.timers();
}

struct Bench {
    layer: Layer<()>,
    now: Instant,
    made: usize,
}

/// The messages of one call, parsed and built beforehand: that is not the layer's cost.
struct Call {
    id: TransactionId,
    invite: Arc<Message>,
    sent: Bytes,
    ringing: (Arc<Message>, Bytes),
    answer: (Arc<Message>, Bytes),
    ack: Message,
}

impl Bench {
    fn new() -> Bench {
        let config = Config {
            max_transactions: 1_000_000,
            ..Config::default()
        };
        let identity = Identity {
            worker: 0,
            boot: 77,
            secret: *b"sixteen bytes ok",
        };
        Bench {
            layer: Layer::new(config, identity),
            now: Instant::now(),
            made: 0,
        }
    }

    /// Calls through all steps of the layer: best round, since the machine may do other things too.
    fn calls(&mut self, what: &str) {
        let (mut best, mut others) = (u128::MAX, u128::MAX);
        for _ in 0..ROUNDS {
            let invites: Vec<_> = (0..BATCH).map(|_| self.next_invite()).collect();
            let begun = Instant::now();
            let mut calls: Vec<_> = invites.into_iter().map(|invite| self.begin(invite)).collect();
            let first = begun.elapsed();
            calls.iter_mut().for_each(|call| self.prepare(call));
            let begun = Instant::now();
            calls.iter().for_each(|call| self.go_on(call));
            others = others.min(begun.elapsed().as_nanos());
            best = best.min(first.as_nanos());
            self.pass(Duration::from_secs(40));
        }
        // one INVITE forwarded is built in between: its cost is measured apart and taken off
        let building = self.building();
        let (first, others) = (best as usize / BATCH, others as usize / BATCH);
        let call = (first + others).saturating_sub(building);
        println!("{what}: {call} ns, {} ns a message (of 4 received)", call / 4);
    }

    fn next_invite(&mut self) -> Arc<Message> {
        self.made += 1;
        message(invite(self.made).into_bytes())
    }

    /// The INVITE comes: matched, 100, forwarded on a branch.
    fn begin(&mut self, invite: Arc<Message>) -> Call {
        let (layer, now) = (&mut self.layer, self.now);
        assert_eq!(layer.match_request(&invite, now), RequestMatch::New);
        assert!(!layer.is_loop(&invite));
        let id = layer.create(invite.clone(), CALLER, (), now).expect("a new call");
        layer.trying(id, now);
        let mut via = Vec::with_capacity(80);
        layer.branch_id(id, 0, &mut via);
        let sent = forwarded(&invite, &via);
        layer
            .add_branch(id, sent.clone(), CALLEE, BranchTimeouts::default(), now)
            .expect("open");
        layer.branches_added(id, now);
        drain(layer);
        Call {
            id,
            ringing: (invite.clone(), Bytes::new()),
            answer: (invite.clone(), Bytes::new()),
            ack: Message::clone(&invite),
            invite,
            sent,
        }
    }

    fn prepare(&self, call: &mut Call) {
        let sent = message(call.sent.to_vec());
        let reply = |code| {
            let reply = message(reply_to(&sent, code));
            let mut upstream = Vec::new();
            build::forward_reply(&reply, &[], &mut upstream);
            (reply, Bytes::from(upstream))
        };
        (call.ringing, call.answer) = (reply(180), reply(200));
        let text = String::from_utf8_lossy(call.invite.bytes())
            .replace("INVITE", "ACK")
            .replace("z9hG4bK-", "z9hG4bK-ack-");
        call.ack = Message::parse(Bytes::from(text)).expect("an ACK");
    }

    /// 180, 200 and the ACK come.
    fn go_on(&mut self, call: &Call) {
        for (reply, upstream) in [&call.ringing, &call.answer] {
            let passed = self.layer.receive_reply(reply, self.now);
            assert_eq!(passed, ReplyMatch::Pass { id: call.id, branch: 0 });
            self.layer
                .accept_reply(call.id, 0, reply.clone(), upstream.clone(), self.now);
            drain(&mut self.layer);
        }
        black_box(self.layer.match_request(&call.ack, self.now));
        drain(&mut self.layer);
    }

    fn building(&mut self) -> usize {
        let invite = self.next_invite();
        let begun = Instant::now();
        for _ in 0..BATCH {
            black_box(forwarded(&invite, b"z9hG4bK4d.0.12.1.0.7d8e12f0.0123456789abcdef"));
        }
        begun.elapsed().as_nanos() as usize / BATCH
    }

    /// Many calls that ring, begun one after the other.
    fn open(&mut self) {
        for _ in 0..OPEN {
            let invite = self.next_invite();
            let call = self.begin(invite);
            let ringing = message(reply_to(&message(call.sent.to_vec()), 180));
            self.layer.receive_reply(&ringing, self.now);
            let mut upstream = Vec::new();
            build::forward_reply(&ringing, &[], &mut upstream);
            let upstream = Bytes::copy_from_slice(&upstream);
            self.layer.accept_reply(call.id, 0, ringing, upstream, self.now);
            drain(&mut self.layer);
            self.now += Duration::from_micros(100);
        }
    }

    /// Requests of our own among all that: one timer set by sending, cancelled by the reply.
    fn timers(&mut self) {
        let now = self.now;
        let mut ids = Vec::with_capacity(BATCH);
        let begun = Instant::now();
        for n in 0..BATCH {
            let sent = self.layer.send_request(
                Method::Options,
                CALLEE,
                n as u64,
                BranchTimeouts::default(),
                now,
                |via, out| {
                    out.extend_from_slice(via);
                },
            );
            ids.push(sent.expect("there is room"));
            drain(&mut self.layer);
        }
        let each = begun.elapsed().as_nanos() as usize / BATCH;
        println!("a request of our own sent, its timers set: {each} ns");
        let begun = Instant::now();
        let timers = self.pass(Duration::from_millis(500));
        let each = begun.elapsed().as_nanos() as usize / timers.max(1);
        println!("a timer that fires ({timers} of them): {each} ns");
    }

    /// Time goes by; how many messages were sent in it.
    fn pass(&mut self, time: Duration) -> usize {
        let (until, mut sent) = (self.now + time, 0);
        while let Some(next) = self.layer.poll_timeout().filter(|next| *next <= until) {
            self.now = next.max(self.now);
            self.layer.handle_timeout(self.now);
            sent += drain(&mut self.layer);
        }
        self.now = until;
        sent
    }
}

const CALLER: Target = target([192, 0, 2, 1]);
const CALLEE: Target = target([192, 0, 2, 2]);

const fn target(ip: [u8; 4]) -> Target {
    let ip = std::net::Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3]);
    Target {
        protocol: Protocol::Udp,
        remote: std::net::SocketAddr::V4(std::net::SocketAddrV4::new(ip, 5060)),
        socket: 0,
        connection: None,
    }
}

fn drain(layer: &mut Layer<()>) -> usize {
    std::iter::from_fn(|| layer.poll_output()).map(black_box).count()
}

fn message(text: Vec<u8>) -> Arc<Message> {
    Arc::new(Message::parse(Bytes::copy_from_slice(&text)).expect("a good message"))
}

fn forwarded(invite: &Message, branch: &[u8]) -> Bytes {
    let via = ViaParams {
        protocol: Protocol::Udp,
        sent_by: "192.0.2.9:5060",
        branch,
        rport: false,
        extra: b"",
    };
    let mut out = Vec::with_capacity(2048);
    build::request(invite, invite.request_uri(), &via, &[], &mut out);
    Bytes::copy_from_slice(&out)
}

fn reply_to(sent: &Message, code: u16) -> Vec<u8> {
    let mut out = Vec::new();
    build::reply(
        sent,
        code,
        "OK",
        b"callee",
        CALLER.remote,
        false,
        b"",
        None,
        None,
        &mut out,
    );
    out
}

fn invite(n: usize) -> String {
    let body = "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n";
    format!(
        "INVITE sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-{n:016};rport\r\n\
         Max-Forwards: 70\r\n\
         Contact: <sip:alice@192.0.2.1:5060;transport=udp>\r\n\
         To: \"Bob\" <sip:bob@example.com>\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=1928301774{n}\r\n\
         Call-ID: {n:032}@192.0.2.1\r\n\
         CSeq: 1 INVITE\r\n\
         Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, SUBSCRIBE, UPDATE, MESSAGE\r\n\
         Content-Type: application/sdp\r\n\
         Supported: replaces, timer, outbound, path\r\n\
         User-Agent: Telephone of a bench 5.6.1\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
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
