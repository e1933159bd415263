//! More requests than a worker can serve: what is new is refused, what is open goes on.

#[path = "support/proxy.rs"]
mod proxy;

use kemist::server::{Parts, Running};
use kemist::transport::buffers::Buffers;
use kemist::worker::OverloadLimits;
use kemist_sip::message::HeaderId;
use kemist_sip::{Method, Protocol};
use proxy::{Native, PATIENCE, Phone, address, ends, parts, read, relay, reply, stat, wait_stat};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const UDP: &[&str] = &["udp:127.0.0.1:0"];

/// A new OPTIONS keeps the processor for a millisecond; all else is relayed at once, or answered.
fn slow(callee: SocketAddr) -> Native {
    Native::new(move |mut route| async move {
        match route.msg.method() {
            Method::Options => {
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_millis(1) {
                    std::hint::spin_loop();
                }
                route.send_reply(200, "OK");
            }
            Method::Info => {
                route.send_reply(200, "OK");
            }
            _ => relay(&mut route, Protocol::Udp, callee),
        }
        (route, Ok(()))
    })
}

fn one_worker(callee: SocketAddr) -> Parts {
    let mut parts = parts(UDP, 1, slow(callee));
    parts.overload = OverloadLimits {
        target: Duration::from_millis(20),
        ..OverloadLimits::default()
    };
    parts
}

/// What came of the requests of a flood.
#[derive(Debug, Default)]
struct Answers {
    sent: u64,
    served: u64,
    refused: u64,
}

/// Sends new OPTIONS, ten times as many as can be served, until it is told to stop.
struct Flood {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Answers>,
}

impl Flood {
    fn begin(proxy: &Running) -> Flood {
        let (to, stop) = (address(proxy), Arc::new(AtomicBool::new(false)));
        let told = stop.clone();
        // another source than the phones
        let socket = UdpSocket::bind("127.0.0.2:0").expect("all of 127/8 is loopback");
        socket.set_nonblocking(true).expect("a socket");
        // every answer is to be counted
        Buffers::default().ask(&socket).expect("a socket");
        let thread = std::thread::spawn(move || flood(&socket, to, &told));
        Flood { stop, thread }
    }

    /// Ends it; the answers that came until nothing came any more.
    fn end(self) -> Answers {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("no assertion of its failed")
    }
}

fn flood(socket: &UdpSocket, to: SocketAddr, stop: &AtomicBool) -> Answers {
    let (mut answers, mut buffer) = (Answers::default(), [0; 4096]);
    let from = socket.local_addr().expect("it is bound");
    let mut last = Instant::now();
    loop {
        let stopped = stop.load(Ordering::Relaxed);
        for _ in (0..10).filter(|_| !stopped) {
            let request = proxy::request("OPTIONS", &format!("flood{}", answers.sent), "UDP", from);
            socket.send_to(request.as_bytes(), to).expect("loopback takes it");
            answers.sent += 1;
        }
        while let Ok(length) = socket.recv(&mut buffer) {
            let msg = read(&buffer[..length]);
            last = Instant::now();
            match msg.status() {
                200 => answers.served += 1,
                503 => {
                    let header = msg.headers().find(|header| header.name() == b"Retry-After");
                    let seconds = header.map(|header| String::from_utf8_lossy(header.value()).into_owned());
                    let seconds = seconds.and_then(|text| text.parse::<u32>().ok());
                    assert!(seconds.is_some_and(|seconds| (2..=4).contains(&seconds)), "{seconds:?}");
                    assert!(
                        msg.header(HeaderId::To)
                            .is_some_and(|to| to.value().windows(5).any(|w| w == b";tag="))
                    );
                    answers.refused += 1;
                }
                other => panic!("{other}"),
            }
        }
        if stopped && last.elapsed() > Duration::from_millis(300) {
            return answers;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Until a new request is served as before, several times in a row.
fn comes_back(proxy: &Running) {
    let phone = Phone::new(address(proxy));
    let (limit, mut served, mut call) = (Instant::now() + PATIENCE, 0, 0);
    while served < 20 {
        assert!(Instant::now() < limit, "new requests are still refused");
        phone.send(phone.request("OPTIONS", &format!("back{call}")));
        call += 1;
        let answered = phone
            .within(Duration::from_secs(1))
            .is_some_and(|msg| msg.status() == 200);
        served = if answered { served + 1 } else { 0 };
    }
}

#[test]
fn what_is_open_goes_on_amid_a_flood_of_new_requests() {
    let callee = Phone::unplugged();
    let proxy = one_worker(callee.address()).start().expect("the proxy starts");
    let (caller, callee) = ends(&proxy, callee);
    caller.send(caller.request("INVITE", "c1"));
    assert_eq!(caller.receive().status(), 100);
    let invite = callee.receive();
    callee.send(reply(&invite, 180, "Ringing"));
    assert_eq!(caller.receive().status(), 180);

    let flood = Flood::begin(&proxy);
    let limit = Instant::now() + PATIENCE;
    while stat(&proxy, "shed_503") + stat(&proxy, "shed_silent") < 100 {
        assert!(Instant::now() < limit, "nothing is refused");
        std::thread::sleep(Duration::from_millis(1));
    }
    // within dialogs
    for number in 0..200 {
        let info = caller.request("INFO", &format!("i{number}"));
        caller.send(info.replacen("To: <sip:bob@localhost>", "To: <sip:bob@localhost>;tag=b", 1));
        assert_eq!(caller.receive().status(), 200, "{number}");
    }
    // a retransmission of what was accepted, replies, a CANCEL, and the ACK of its transaction
    caller.send(caller.request("INVITE", "c1"));
    assert_eq!(caller.receive().status(), 180);
    callee.send(reply(&invite, 183, "Progress"));
    assert_eq!(caller.receive().status(), 183);
    caller.send(caller.request("CANCEL", "c1"));
    assert_eq!(caller.receive().status(), 200);
    assert_eq!(callee.receive().method(), Method::Cancel);
    callee.send(reply(&invite, 487, "Request Terminated"));
    assert_eq!(caller.reply().status(), 487);
    let absorbed = stat(&proxy, "absorbed");
    caller.send(caller.request("ACK", "c1"));
    wait_stat(&proxy, "absorbed", absorbed + 1);

    let answers = flood.end();
    let Answers { sent, served, refused } = answers;
    assert!(served > 0 && refused > 0 && refused > served, "{answers:?}");
    let (told, silent) = (stat(&proxy, "shed_503"), stat(&proxy, "shed_silent"));
    assert_eq!(
        (refused, served),
        (told, sent - told - silent),
        "what is accepted is answered"
    );
    comes_back(&proxy);
}

#[test]
fn nothing_is_refused_where_that_is_switched_off() {
    let mut parts = one_worker(([127, 0, 0, 1], 9).into());
    parts.overload.enabled = false;
    let proxy = parts.start().expect("the proxy starts");
    let flood = Flood::begin(&proxy);
    wait_stat(&proxy, "rcv_requests_options", 300);
    let answers = flood.end();
    assert_eq!(answers.refused, 0, "{answers:?}");
    assert!(answers.served > 0);
}

#[test]
fn with_two_workers_each_has_its_own_measure() {
    let callee = Phone::unplugged();
    let mut parts = one_worker(callee.address());
    parts.workers = 2;
    let proxy = parts.start().expect("the proxy starts");
    let flood = Flood::begin(&proxy);
    let limit = Instant::now() + PATIENCE;
    while stat(&proxy, "shed_503") < 100 {
        assert!(Instant::now() < limit, "nothing is refused");
        std::thread::sleep(Duration::from_millis(1));
    }
    let answers = flood.end();
    let shed = stat(&proxy, "shed_503") + stat(&proxy, "shed_silent");
    assert_eq!(answers.served, answers.sent - shed, "{answers:?}");
    comes_back(&proxy);
}
