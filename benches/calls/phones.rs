//! Two telephones with many lines: one calls through the server, one is called. Neither sends anything twice, so what
//! the network or the server loses is seen.

use kemist_sip::message::{HeaderId, Message, Method, build};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a thread looks whether it is to end.
const TICK: Duration = Duration::from_millis(50);
/// Receive buffer asked for: a burst must not be lost here.
const BUFFER: usize = 8 << 20;

/// What is made of each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// INVITE 180 200 ACK BYE 200.
    Call,
    /// INVITE 180, and nothing more.
    Ring,
    /// MESSAGE 200.
    Message,
}

impl Kind {
    /// Messages that the server receives for one.
    pub fn messages(self) -> u64 {
        match self {
            Kind::Call => 6,
            Kind::Ring | Kind::Message => 2,
        }
    }
}

/// How far a line has come.
const NEW: u8 = 0;
const ANSWERED: u8 = 1;
const DONE: u8 = 2;

/// A telephone that is called, for as long as it is there.
pub struct Callee {
    pub address: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Callee {
    pub fn new(kind: Kind) -> Callee {
        let socket = socket();
        let address = socket.local_addr().expect("it is bound");
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let serve = move || {
            let mut buffer = [0; 8192];
            let mut out = Vec::new();
            while !ends.load(Relaxed) {
                if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                    answer(&socket, &buffer[..length], from, kind, &mut out);
                }
            }
        };
        Callee {
            address,
            over,
            thread: Some(std::thread::spawn(serve)),
        }
    }
}

impl Drop for Callee {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn answer(socket: &UdpSocket, datagram: &[u8], from: SocketAddr, kind: Kind, out: &mut Vec<u8>) {
    let Ok(req) = Message::parse(bytes::Bytes::copy_from_slice(datagram)) else {
        return;
    };
    let codes: &[u16] = match (req.method(), kind) {
        (Method::Invite, Kind::Ring) => &[180],
        (Method::Invite, _) => &[180, 200],
        (Method::Ack, _) => return,
        _ => &[200],
    };
    let contact = match req.method() {
        Method::Invite => format!(
            "Contact: <sip:callee@{}>\r\n",
            socket.local_addr().expect("it is bound")
        ),
        _ => String::new(),
    };
    for code in codes {
        out.clear();
        let lines = contact.as_bytes();
        build::reply(&req, *code, "OK", b"callee", from, false, lines, None, None, out);
        socket.send_to(out, from).ok();
    }
}

/// What came of some lines.
pub struct Outcome {
    pub asked: usize,
    pub done: usize,
    pub took: Duration,
}

/// A telephone that calls.
pub struct Caller {
    server: SocketAddr,
    kind: Kind,
    socket: UdpSocket,
    callee: SocketAddr,
    /// Keeps the lines of this caller apart from those of others.
    run: u32,
    lines: Vec<AtomicU8>,
    done: AtomicUsize,
}

impl Caller {
    pub fn new(server: SocketAddr, callee: &Callee, kind: Kind, lines: usize) -> Caller {
        let socket = socket();
        let run = std::process::id() << 16 | u32::from(socket.local_addr().expect("it is bound").port());
        Caller {
            server,
            kind,
            socket,
            callee: callee.address,
            run,
            lines: (0..lines).map(|_| AtomicU8::new(NEW)).collect(),
            done: AtomicUsize::new(0),
        }
    }

    /// Begins `rate` lines a second, whatever comes of them, then waits for `patience` for what is still open.
    pub fn at_rate(&self, rate: f64, patience: Duration) -> Outcome {
        self.run(|| {
            let begun = Instant::now();
            for line in 0..self.lines.len() {
                let due = begun + Duration::from_secs_f64(line as f64 / rate);
                // a sleep is too long for one line: they go in small groups
                if let Some(wait) = due.checked_duration_since(Instant::now()) {
                    std::thread::sleep(wait);
                }
                self.begin(line);
            }
            self.wait(patience);
        })
    }

    /// Keeps so many lines open at a time until all are done, and begins those anew that nobody answers.
    pub fn in_window(&self, window: usize) -> Outcome {
        self.run(|| {
            let (mut next, mut heard) = (0, (0, Instant::now()));
            while self.done.load(Relaxed) < self.lines.len() {
                let done = self.done.load(Relaxed);
                while next < self.lines.len().min(done + window) {
                    self.begin(next);
                    next += 1;
                }
                if done != heard.0 {
                    heard = (done, Instant::now());
                } else if heard.1.elapsed() > Duration::from_secs(2) {
                    let open = |line: &usize| self.lines[*line].load(Relaxed) == NEW;
                    (0..next).filter(open).take(window).for_each(|line| self.begin(line));
                    heard.1 = Instant::now();
                }
                std::thread::sleep(Duration::from_micros(200));
            }
        })
    }

    fn run(&self, begin: impl FnOnce()) -> Outcome {
        let over = AtomicBool::new(false);
        let begun = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut buffer = [0; 8192];
                while !over.load(Relaxed) {
                    if let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
                        self.receive(&buffer[..length]);
                    }
                }
            });
            begin();
            over.store(true, Relaxed);
        });
        Outcome {
            asked: self.lines.len(),
            done: self.done.load(Relaxed),
            took: begun.elapsed(),
        }
    }

    fn wait(&self, patience: Duration) {
        let until = Instant::now() + patience;
        while self.done.load(Relaxed) < self.lines.len() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn begin(&self, line: usize) {
        match self.kind {
            Kind::Message => self.send("MESSAGE", line, 1, "", "", "hello"),
            Kind::Call | Kind::Ring => self.send("INVITE", line, 1, "", "", SDP),
        }
    }

    fn receive(&self, datagram: &[u8]) {
        let Ok(rpl) = Message::parse(bytes::Bytes::copy_from_slice(datagram)) else {
            return;
        };
        let call_id = String::from_utf8_lossy(rpl.call_id().unwrap_or_default()).into_owned();
        let Some(line) = call_id.split('-').nth(1).and_then(|text| text.parse::<usize>().ok()) else {
            return;
        };
        let Some(state) = self.lines.get(line) else { return };
        let over = match (self.kind, rpl.method(), rpl.status()) {
            (Kind::Ring, Method::Invite, 180) | (Kind::Message, _, 200) | (Kind::Call, Method::Bye, 200) => true,
            (Kind::Call, Method::Invite, 200) => {
                if state.swap(ANSWERED, Relaxed) == NEW {
                    self.hang_up(line, &rpl);
                }
                false
            }
            _ => false,
        };
        if over && state.swap(DONE, Relaxed) != DONE {
            self.done.fetch_add(1, Relaxed);
        }
    }

    fn hang_up(&self, line: usize, answer: &Message) {
        let route = answer
            .header(HeaderId::RecordRoute)
            .map(|header| header.value().to_vec());
        let route = route.map_or(String::new(), |value| {
            format!("Route: {}\r\n", String::from_utf8_lossy(&value))
        });
        self.send("ACK", line, 1, ";tag=callee", &route, "");
        self.send("BYE", line, 2, ";tag=callee", &route, "");
    }

    fn send(&self, method: &str, line: usize, cseq: u32, to_tag: &str, lines: &str, body: &str) {
        let (callee, run) = (self.callee, self.run);
        let own = self.socket.local_addr().expect("it is bound");
        let kind = match method {
            "INVITE" => "Content-Type: application/sdp\r\n",
            "MESSAGE" => "Content-Type: text/plain\r\n",
            _ => "",
        };
        let text = format!(
            "{method} sip:callee@{callee} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK-{run:x}-{line}-{method}\r\n\
             Max-Forwards: 70\r\n\
             {lines}From: \"A caller\" <sip:caller@example.com>;tag=t{run:x}{line}\r\n\
             To: <sip:callee@{callee}>{to_tag}\r\n\
             Call-ID: {run:x}-{line}-@bench.example.com\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: <sip:caller@{own}>\r\n\
             User-Agent: Telephone of a bench 5.6.1\r\n\
             Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, UPDATE, MESSAGE\r\n\
             {kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.socket.send_to(text.as_bytes(), self.server).ok();
    }
}

const SDP: &str = "v=0\r\no=alice 2890844526 2890844526 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.set_read_timeout(Some(TICK)).expect("not zero");
    // what the system gives is enough for what is measured without it
    socket2::SockRef::from(&socket).set_recv_buffer_size(BUFFER).ok();
    socket
}
