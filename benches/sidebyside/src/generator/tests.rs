//! The load against a small server in the test: it challenges, and passes calls on without a transaction.

use super::*;
use crate::digest::Challenge;
use crate::message::{header, uri};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

/// Whom it has heard of so often that it answers, and how calls are answered.
#[derive(Clone, Copy)]
struct Manners {
    /// The first so many datagrams are lost.
    deaf: usize,
    /// INVITE is refused with this.
    refuse: Option<u16>,
}

struct Peer {
    address: SocketAddrV4,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<String>>>,
}

impl Peer {
    fn new(manners: Manners) -> Peer {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        socket
            .set_read_timeout(Some(Duration::from_millis(20)))
            .expect("not zero");
        net::enlarge(&socket);
        let port = socket.local_addr().expect("it is bound").port();
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let serve = move || {
            let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
            loop {
                // what is queued when it ends is heard too
                let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                    match ends.load(Ordering::Relaxed) {
                        true => break,
                        false => continue,
                    }
                };
                heard.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
                if heard.len() > manners.deaf {
                    let text = heard.last().expect("it was added");
                    for (to, reply) in handle(text, from.port(), port, manners) {
                        socket.send_to(reply.as_bytes(), (Ipv4Addr::LOCALHOST, to)).ok();
                    }
                }
            }
            heard
        };
        Peer {
            address: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
            over,
            thread: Some(std::thread::spawn(serve)),
        }
    }

    /// Ends it; all that it has heard.
    fn heard(mut self) -> Vec<String> {
        self.over.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("it runs");
        thread.join().expect("it does not panic")
    }
}

fn handle(text: &str, from: u16, own: u16, manners: Manners) -> Vec<(u16, String)> {
    let bytes = text.as_bytes();
    if status(bytes).is_some() {
        // back along the Vias
        let (first, rest) = text.split_once("\r\n").expect("a status line");
        let (_ours, rest) = rest.split_once("\r\n").expect("our Via");
        let port = rest
            .split("UDP 127.0.0.1:")
            .nth(1)
            .and_then(|rest| rest.split(';').next());
        return vec![(
            port.and_then(|port| port.parse().ok()).expect("a port"),
            format!("{first}\r\n{rest}"),
        )];
    }
    let target = text.split(' ').nth(1).expect("a request URI");
    let to = target
        .rsplit(':')
        .next()
        .and_then(|port| port.parse::<u16>().ok())
        .expect("a port");
    let lines = || text.split_once("\r\n").expect("a start line").1;
    if text.starts_with("INVITE") && manners.refuse.is_some() {
        let code = manners.refuse.unwrap_or_default();
        return vec![(from, format!("SIP/2.0 {code} No\r\n{}", lines()))];
    }
    if to != own {
        let (first, rest) = text.split_once("\r\n").expect("a start line");
        let record = format!("Record-Route: <sip:127.0.0.1:{own};lr>\r\n");
        let via = format!("Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK-peer\r\n");
        return vec![(to, format!("{first}\r\n{via}{record}{rest}"))];
    }
    let reply = match (text.starts_with("REGISTER"), header(bytes, "Authorization", "")) {
        (true, None) => format!("SIP/2.0 401 No\r\n{}", lines()).replacen(
            "From:",
            "WWW-Authenticate: Digest realm=\"home\", nonce=\"abc\", qop=\"auth\"\r\nFrom:",
            1,
        ),
        (true, Some(value)) => {
            let user = uri(header(bytes, "To", "t").expect("a To"));
            let user = &user[4..user.len() - "@127.0.0.1".len()];
            let ha1 = ha1(user, b"home", [b"pw-", &user[1..]].concat().as_slice());
            let challenge = Challenge {
                realm: b"home",
                nonce: b"abc",
                opaque: None,
                qop: true,
            };
            let mut wanted = Vec::new();
            challenge.answer(user, &ha1, b"REGISTER", target.as_bytes(), &mut wanted);
            let wanted = String::from_utf8_lossy(&wanted).into_owned();
            let right = wanted.trim_end() == format!("Authorization: {}", String::from_utf8_lossy(value));
            format!("SIP/2.0 {} Yes\r\n{}", if right { 200 } else { 403 }, lines())
        }
        _ => format!("SIP/2.0 200 OK\r\n{}", lines()),
    };
    vec![(from, reply)]
}

fn load(kind: Kind, lines: u32, rate: f64, manners: Manners) -> (Outcome, Vec<String>) {
    let peer = Peer::new(manners);
    let outcome = run(&Plan {
        server: peer.address,
        kind,
        rate,
        lines,
        ports: 3,
        tick: Duration::from_millis(1),
        patience: Duration::from_secs(20),
        users: &Users::new("127.0.0.1", 7),
    });
    (outcome.expect("there are sockets"), peer.heard())
}

const POLITE: Manners = Manners { deaf: 0, refuse: None };

#[test]
fn options_are_answered_at_their_rate() {
    let (outcome, heard) = load(Kind::Options, 400, 1_000.0, POLITE);
    assert_eq!(
        (outcome.ok, outcome.failures(), outcome.sent as usize),
        (400, 0, heard.len())
    );
    assert!(outcome.took >= Duration::from_millis(398), "{:?}", outcome.took);
    assert_eq!(outcome.legs[0].count(), 400);
    let ids: std::collections::BTreeSet<_> = heard
        .iter()
        .map(|text| header(text.as_bytes(), "Call-ID", "i"))
        .collect();
    assert_eq!(ids.len(), 400, "each has a Call-ID of its own");
}

#[test]
fn registrations_answer_the_challenge() {
    let (outcome, heard) = load(Kind::Register, 50, 1_000.0, POLITE);
    assert_eq!((outcome.ok, outcome.failures(), heard.len()), (50, 0, 100));
    assert_eq!((outcome.legs[0].count(), outcome.legs[1].count()), (50, 50));
}

#[test]
fn calls_go_through_and_keep_to_the_route() {
    let (outcome, heard) = load(Kind::Call, 30, 500.0, POLITE);
    assert_eq!(
        (outcome.ok, outcome.failures(), heard.len()),
        (30, 0, 150),
        "five messages each"
    );
    let byes = heard.iter().filter(|text| text.starts_with("BYE"));
    for bye in byes {
        assert!(bye.contains("\r\nRoute: <sip:127.0.0.1:"), "{bye}");
        assert!(bye.contains(";tag=s"), "{bye}");
    }
}

#[test]
fn what_is_lost_is_sent_again() {
    for kind in Kind::ALL {
        let (outcome, heard) = load(kind, 5, 1_000.0, Manners { deaf: 4, ..POLITE });
        assert_eq!((outcome.ok, outcome.failures()), (5, 0), "{kind:?}");
        // where the machine is slow there may be more
        assert!(outcome.retransmissions >= 4, "{kind:?}: {heard:?}");
        assert!(outcome.times().largest() >= 500_000, "the time counts from the first");
    }
}

#[test]
fn a_refused_call_is_acknowledged_and_counted() {
    let (outcome, heard) = load(
        Kind::Call,
        5,
        1_000.0,
        Manners {
            refuse: Some(486),
            ..POLITE
        },
    );
    assert_eq!(outcome.failed, BTreeMap::from([(486, 5)]));
    assert_eq!(heard.iter().filter(|text| text.starts_with("ACK")).count(), 5);
}

#[test]
fn silence_is_a_failure() {
    let peer = Peer::new(Manners {
        deaf: usize::MAX,
        ..POLITE
    });
    let plan = Plan {
        server: peer.address,
        kind: Kind::Options,
        rate: 1_000.0,
        lines: 3,
        ports: 1,
        tick: Duration::ZERO,
        patience: Duration::from_millis(100),
        users: &Users::new("127.0.0.1", 1),
    };
    let outcome = run(&plan).expect("there are sockets");
    assert_eq!(outcome.failed, BTreeMap::from([(0, 3)]));
}
