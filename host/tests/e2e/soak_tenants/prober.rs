//! How long the others wait, in microseconds: requests to well-behaved tenants at a steady rate. sipp, which carries the
//! load, tells times in steps of its own clock, several milliseconds each.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

/// How long the last answers may take.
const END: Duration = Duration::from_secs(2);

/// Requests under way.
pub struct Prober {
    over: Arc<AtomicBool>,
    sender: JoinHandle<usize>,
    receiver: JoinHandle<Probed>,
}

/// What came of them.
#[derive(Clone, Debug, Default)]
pub struct Probed {
    /// How long each answer took, in ms.
    pub took: Vec<f64>,
    /// First lines of answers that were not those of the routing.
    pub odd: Vec<String>,
    /// Requests that got no answer.
    pub lost: usize,
}

/// Two kinds in turn: one that the routing answers at once, one that it challenges.
const KINDS: [(&str, &str); 2] = [("OPTIONS", "SIP/2.0 200"), ("REGISTER", "SIP/2.0 401")];

impl Prober {
    /// Sends `rate` requests a second to these domains in turn, for so long.
    pub fn start(proxy: SocketAddr, domains: Vec<String>, rate: f64, seconds: f64) -> Prober {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket
            .set_read_timeout(Some(Duration::from_millis(100)))
            .expect("not zero");
        let count = (rate * seconds) as usize;
        // when each was sent, in ns
        let sent: Arc<Vec<AtomicU64>> = Arc::new((0..count).map(|_| AtomicU64::new(0)).collect());
        let (begun, over) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let receiver = {
            let (socket, sent, over) = (socket.try_clone().expect("a copy"), sent.clone(), over.clone());
            std::thread::spawn(move || receive(&socket, &sent, begun, &over))
        };
        let sender = std::thread::spawn(move || {
            let own = socket.local_addr().expect("it is bound");
            for (number, at) in sent.iter().enumerate() {
                sleep(Duration::from_secs_f64(number as f64 / rate).saturating_sub(begun.elapsed()));
                let text = request(number, &domains[number % domains.len()], own);
                at.store(begun.elapsed().as_nanos() as u64, SeqCst);
                socket.send_to(text.as_bytes(), proxy).ok();
            }
            count
        });
        Prober { over, sender, receiver }
    }

    /// Waits for the last answers.
    pub fn finish(self) -> Probed {
        let sent = self.sender.join().expect("it did not fail");
        let deadline = Instant::now() + END;
        while !self.receiver.is_finished() && Instant::now() < deadline {
            sleep(Duration::from_millis(10));
        }
        self.over.store(true, SeqCst);
        let mut probed = self.receiver.join().expect("it did not fail");
        probed.lost = sent - probed.took.len();
        probed
    }
}

fn request(number: usize, domain: &str, own: SocketAddr) -> String {
    let (method, _) = KINDS[number % KINDS.len()];
    format!(
        "{method} sip:{domain} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKp{number}.{};rport\r\nMax-Forwards: 10\r\n\
         From: <sip:probe@{domain}>;tag=p{number}\r\nTo: <sip:probe@{domain}>\r\nCall-ID: {number}-probe-{}\r\n\
         CSeq: 1 {method}\r\nContact: <sip:probe@{own}>\r\nContent-Length: 0\r\n\r\n",
        own.port(),
        own.port()
    )
}

fn receive(socket: &UdpSocket, sent: &[AtomicU64], begun: Instant, over: &AtomicBool) -> Probed {
    let (mut probed, mut buffer) = (Probed::default(), vec![0; 65_536]);
    let mut answered = vec![false; sent.len()];
    while probed.took.len() < sent.len() && !over.load(SeqCst) {
        let Ok((length, _)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let now = begun.elapsed().as_nanos() as u64;
        let text = String::from_utf8_lossy(&buffer[..length]);
        let number = text
            .split_once("Call-ID: ")
            .and_then(|(_, rest)| rest.split_once("-probe-")?.0.parse::<usize>().ok());
        let Some(number) = number.filter(|number| *number < sent.len()) else {
            continue;
        };
        if std::mem::replace(&mut answered[number], true) {
            continue;
        }
        probed
            .took
            .push(now.saturating_sub(sent[number].load(SeqCst)) as f64 / 1e6);
        if !text.starts_with(KINDS[number % KINDS.len()].1) {
            probed.odd.push(text.lines().next().unwrap_or_default().to_owned());
        }
    }
    probed
}
