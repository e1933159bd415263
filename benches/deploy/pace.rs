//! Requests at a fixed rate, and how long each took to be answered.

use std::fmt;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Sockets: their ports decide which worker a request goes to.
const SOCKETS: usize = 8;
/// How often a receiver looks whether it is to end.
const TICK: Duration = Duration::from_millis(50);
/// What is not answered so long after the last request is lost.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is sent.
pub struct Pace {
    pub server: SocketAddr,
    /// Requests a second.
    pub rate: f64,
    pub seconds: f64,
}

/// What came back, in milliseconds.
pub struct Times {
    pub p50: f64,
    pub p99: f64,
    pub most: f64,
    pub lost: usize,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Times { p50, p99, most, lost } = self;
        write!(f, "50 % {p50:.3}, 99 % {p99:.3}, most {most:.3}, {lost} lost")
    }
}

impl Pace {
    pub fn run(&self) -> Times {
        let count = (self.rate * self.seconds).ceil().max(1.0) as usize;
        let begun = Instant::now();
        let nanos = || u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let sent: Vec<AtomicU64> = (0..count).map(|_| AtomicU64::new(0)).collect();
        let took: Vec<AtomicU64> = (0..count).map(|_| AtomicU64::new(0)).collect();
        let sockets: Vec<UdpSocket> = (0..SOCKETS).map(|_| self.socket()).collect();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for socket in &sockets {
                scope.spawn(|| {
                    let mut buffer = [0; 4096];
                    while !over.load(Relaxed) {
                        let Ok(length) = socket.recv(&mut buffer) else { continue };
                        let now = nanos();
                        if let Some(number) = number(&buffer[..length]).filter(|number| *number < count) {
                            took[number].store(now - sent[number].load(Relaxed), Relaxed);
                        }
                    }
                });
            }
            for number in 0..count {
                let due = begun + Duration::from_secs_f64(number as f64 / self.rate);
                if let Some(wait) = due.checked_duration_since(Instant::now()) {
                    std::thread::sleep(wait);
                }
                let socket = &sockets[number / 2 % SOCKETS];
                let text = self.request(number, socket);
                sent[number].store(nanos(), Relaxed);
                socket.send(text.as_bytes()).ok();
            }
            let until = Instant::now() + PATIENCE;
            while took.iter().any(|took| took.load(Relaxed) == 0) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
            over.store(true, Relaxed);
        });
        times(&took)
    }

    fn socket(&self) -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_read_timeout(Some(TICK)).expect("not zero");
        socket.connect(self.server).expect("loopback");
        socket
    }

    fn request(&self, number: usize, socket: &UdpSocket) -> String {
        let (server, own) = (self.server, socket.local_addr().expect("it is bound"));
        let (method, uri, more) = if number.is_multiple_of(2) {
            (
                "REGISTER",
                "sip:localhost".to_owned(),
                format!("Contact: <sip:alice@{own}>\r\nExpires: 600\r\n"),
            )
        } else {
            ("OPTIONS", format!("sip:{server}"), String::new())
        };
        let run = own.port();
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-{run}-{number};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag={number}\r\nTo: <sip:alice@localhost>\r\n\
             Call-ID: {number}-{run}\r\nCSeq: 1 {method}\r\n{more}Content-Length: 0\r\n\r\n"
        )
    }
}

/// The number that a reply carries in its Call-ID.
fn number(reply: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(reply).ok()?;
    let (_, rest) = text.split_once("Call-ID: ")?;
    rest.split('-').next()?.parse().ok()
}

fn times(took: &[AtomicU64]) -> Times {
    let mut millis: Vec<f64> = took
        .iter()
        .map(|took| took.load(Relaxed))
        .filter(|nanos| *nanos > 0)
        .map(|nanos| nanos as f64 / 1e6)
        .collect();
    millis.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = (millis.len().saturating_sub(1) as f64 * part).round() as usize;
        millis.get(place).copied().unwrap_or(f64::NAN)
    };
    Times {
        p50: at(0.5),
        p99: at(0.99),
        most: at(1.0),
        lost: took.len() - millis.len(),
    }
}
