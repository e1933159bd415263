//! Parse and forward: what the core does with the bytes of every request. Prints nanoseconds and heap
//! allocations a message; `make bench` runs it.
#![allow(unsafe_code, reason = "an allocator that counts")]
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use bytes::Bytes;
use kemist_sip::Protocol;
use kemist_sip::message::build::{self, ViaParams};
use kemist_sip::message::{Edits, HeaderId, Message, validation};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed to the system's allocator as it is; counting touches no memory of its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(ptr, layout, size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let (register, invite) = (Bytes::from(register()), Bytes::from(invite()));
    let mut work = Work::default();
    for (name, bytes) in [("REGISTER", &register), ("INVITE", &invite)] {
        let size = bytes.len();
        measure(&format!("parse {name}, {size} bytes"), || work.parse(bytes));
        measure(&format!("parse and check {name}"), || work.check(bytes));
        measure(&format!("parse and forward {name}"), || work.forward(bytes));
    }
}

/// What a worker keeps between messages.
#[derive(Default)]
struct Work {
    edits: Edits,
    out: Vec<u8>,
}

const VIA: ViaParams<'_> = ViaParams {
    protocol: Protocol::Udp,
    sent_by: "192.0.2.200:5060",
    branch: b"z9hG4bK3f2a.0.1c.7.0",
    rport: false,
    extra: b"",
};

impl Work {
    fn parse(&self, bytes: &Bytes) {
        let msg = Message::parse(bytes.clone()).expect("a good message");
        black_box(msg.header(HeaderId::CallId).map(|h| h.value().len()));
    }

    fn check(&self, bytes: &Bytes) {
        let msg = Message::parse(bytes.clone()).expect("a good message");
        black_box(validation::minimum(&msg)).expect("a good message");
    }

    fn forward(&mut self, bytes: &Bytes) {
        let msg = Message::parse(bytes.clone()).expect("a good message");
        self.edits.clear();
        let hops = msg.max_forwards().and_then(Result::ok).unwrap_or(70);
        self.edits.set_max_forwards(&msg, hops.saturating_sub(1));
        self.out.clear();
        build::request(
            &msg,
            b"sip:bob@192.0.2.77:5062;transport=udp",
            &VIA,
            &[&self.edits],
            &mut self.out,
        );
        black_box(&self.out);
    }
}

/// The best of several rounds: what is not the code's own only ever adds.
fn measure(name: &str, mut once: impl FnMut()) {
    const ROUND: u32 = 20_000;
    let mut best = Duration::MAX;
    let mut allocations = 0;
    (0..ROUND).for_each(|_| once());
    for _ in 0..20 {
        let before = ALLOCATIONS.load(Relaxed);
        let start = Instant::now();
        (0..ROUND).for_each(|_| once());
        best = best.min(start.elapsed());
        allocations = ALLOCATIONS.load(Relaxed) - before;
    }
    let nanoseconds = best.as_nanos() as f64 / f64::from(ROUND);
    println!(
        "{name:<32} {nanoseconds:>7.0} ns {:>5.2} allocations",
        allocations as f64 / f64::from(ROUND)
    );
}

fn register() -> String {
    "REGISTER sip:example.com SIP/2.0\r\n\
     Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---a1b2c3;rport\r\n\
     Max-Forwards: 70\r\n\
     From: <sip:user1000@example.com>;tag=8a7b6c5d\r\n\
     To: <sip:user1000@example.com>\r\n\
     Call-ID: 1f2e3d4c5b6a@192.0.2.10\r\n\
     CSeq: 1 REGISTER\r\n\
     Contact: <sip:user1000@192.0.2.10:5060;transport=udp>\r\n\
     Expires: 3600\r\n\
     User-Agent: bench/1.0\r\n\
     Supported: path, outbound\r\n\
     Content-Length: 0\r\n\r\n"
        .to_string()
}

fn invite() -> String {
    let body = "v=0\r\no=- 3848276298 3848276298 IN IP4 192.0.2.10\r\ns=call\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
        m=audio 40000 RTP/AVP 96 9 8 0 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:9 G722/8000\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n\
        a=rtcp:40001 IN IP4 192.0.2.10\r\na=ssrc:1234567890 cname:user1000@example.com\r\na=mid:audio\r\na=rtcp-mux\r\na=label:1\r\n";
    format!(
        "INVITE sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---a1b2c3d4e5f6;rport\r\n\
         Max-Forwards: 70\r\n\
         From: \"Alice Example\" <sip:alice@example.com>;tag=8a7b6c5d4e3f\r\n\
         To: <sip:bob@example.com>\r\n\
         Call-ID: 1f2e3d4c5b6a798897a6b5c4d3e2f1@192.0.2.10\r\n\
         CSeq: 102 INVITE\r\n\
         Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE\r\n\
         Supported: replaces, norefersub, extended-refer, timer, outbound, path\r\n\
         User-Agent: kemist-bench/1.0\r\n\
         Session-Expires: 1800;refresher=uac\r\n\
         Min-SE: 90\r\n\
         P-Preferred-Identity: <sip:alice@example.com>\r\n\
         Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
