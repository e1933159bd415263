//! Two telephones of our own beside sipp's, which look at what sipp cannot compare: every reply of one transaction, and
//! every request that was relayed for it, carries the mark of one version.

use crate::support::client::Received;
use crate::support::digest::{self, Algorithm};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a telephone looks whether it is to do something.
const TICK: Duration = Duration::from_millis(2);
/// T1 and T2 of RFC 3261.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
/// How long a call may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a line does; the user that it calls says the same to the other telephone.
const KINDS: [&str; 6] = ["register", "answer", "busy", "answer", "ring", "silent"];

/// The account that registers.
pub const ACCOUNT: (&str, &str) = ("marked", "secret");

/// The marks of one transaction.
#[derive(Default)]
struct Marks {
    seen: Vec<String>,
    replies: u32,
    requests: u32,
    /// The request was sent again.
    again: bool,
}

/// What both telephones have seen, by Call-ID and CSeq.
#[derive(Default)]
struct Ledger {
    transactions: HashMap<String, Marks>,
    /// Replies without a mark, by status and method.
    unmarked: BTreeMap<String, u32>,
}

impl Ledger {
    fn note(&mut self, message: &Received) {
        let cseq = message.header("CSeq");
        // the ACK to a 2xx is a transaction of its own with the same number
        if cseq.ends_with("ACK") {
            return;
        }
        let key = format!("{} {cseq}", message.header("Call-ID"));
        let marks = self.transactions.entry(key).or_default();
        let (found, status) = (message.headers("X-Version"), message.status());
        match status {
            0 => marks.requests += 1,
            _ => marks.replies += 1,
        }
        if found.is_empty() {
            let method = cseq.split(' ').nth(1).unwrap_or_default();
            *self.unmarked.entry(format!("{status} {method}")).or_default() += 1;
        }
        for mark in found {
            if !marks.seen.iter().any(|seen| seen == mark) {
                marks.seen.push(mark.to_owned());
            }
        }
    }
}

/// What came of it.
#[derive(Default)]
pub struct Heard {
    /// Lines that came to their end, by what they did.
    pub done: BTreeMap<&'static str, u32>,
    /// Lines that did not.
    pub failed: Vec<String>,
    pub resent: u32,
    pub transactions: usize,
    pub replies: u64,
    /// Requests that the other telephone got.
    pub relayed: u64,
    /// Transactions with marks of several versions.
    pub mixed: Vec<String>,
    /// REGISTER that were sent again, and answered by two versions: the script has no transaction for them, so that the
    /// second is a request of its own.
    pub anew: u32,
    /// Messages without a mark.
    pub unmarked: BTreeMap<String, u32>,
    /// Transactions of each version.
    pub versions: BTreeMap<String, u32>,
}

/// Both telephones.
pub struct Telephones {
    ledger: Arc<Mutex<Ledger>>,
    ends: Arc<AtomicBool>,
    called: JoinHandle<()>,
    calling: JoinHandle<Heard>,
}

impl Telephones {
    /// Begins so many lines a second, for so many seconds.
    pub fn start(proxy: SocketAddr, lines: f64, seconds: u64) -> Telephones {
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let ends = Arc::new(AtomicBool::new(false));
        let called = Called::new(&ledger, proxy);
        let callee = called.socket.local_addr().expect("it is bound");
        let over = Arc::clone(&ends);
        let called = std::thread::spawn(move || called.run(&over));
        let calling = Calling {
            socket: socket(),
            proxy,
            callee,
            ledger: Arc::clone(&ledger),
            lines: HashMap::new(),
            heard: Heard::default(),
        };
        let total = (lines * seconds as f64) as u32;
        Telephones {
            ledger,
            ends,
            called,
            calling: std::thread::spawn(move || calling.run(total, 1.0 / lines)),
        }
    }

    /// Waits for the last line.
    pub fn finish(self) -> Heard {
        let mut heard = self.calling.join().expect("the telephone did not fail");
        self.ends.store(true, Relaxed);
        self.called.join().expect("the telephone did not fail");
        let mut ledger = lock(&self.ledger);
        heard.unmarked = std::mem::take(&mut ledger.unmarked);
        heard.transactions = ledger.transactions.len();
        for (key, marks) in &ledger.transactions {
            heard.replies += u64::from(marks.replies);
            heard.relayed += u64::from(marks.requests);
            match &marks.seen[..] {
                [one] => *heard.versions.entry(one.clone()).or_default() += 1,
                [] => {}
                _ if marks.again && key.ends_with("REGISTER") => heard.anew += 1,
                several => heard.mixed.push(format!("{key}: {}", several.join(" "))),
            }
        }
        heard
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().expect("nobody panicked")
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    socket.set_read_timeout(Some(TICK)).expect("not zero");
    socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20).ok();
    socket
}

fn receive(socket: &UdpSocket) -> Option<(Received, SocketAddr)> {
    let mut buffer = [0; 8192];
    let (length, from) = socket.recv_from(&mut buffer).ok()?;
    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
    Some((Received { text }, from))
}

/// A number between 0 and 1 that is the same for the same text.
fn drawn(text: &str) -> f64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1_u64 << 53) as f64
}

// ---------------------------------------------------------------- the telephone that is called

struct Called {
    socket: UdpSocket,
    proxy: SocketAddr,
    ledger: Arc<Mutex<Ledger>>,
    /// What is to be sent, and when.
    due: BinaryHeap<Reverse<(Instant, String)>>,
    /// INVITEs by their branch: their final replies go out again with each retransmission, once they are due.
    invites: HashMap<String, Instant>,
}

impl Called {
    fn new(ledger: &Arc<Mutex<Ledger>>, proxy: SocketAddr) -> Called {
        Called {
            socket: socket(),
            proxy,
            ledger: Arc::clone(ledger),
            due: BinaryHeap::new(),
            invites: HashMap::new(),
        }
    }

    fn run(mut self, over: &AtomicBool) {
        while !over.load(Relaxed) {
            if let Some((message, _)) = receive(&self.socket) {
                self.receive(&message);
            }
            let now = Instant::now();
            while self.due.peek().is_some_and(|Reverse((at, _))| *at <= now) {
                if let Some(Reverse((_, text))) = self.due.pop() {
                    self.socket.send_to(text.as_bytes(), self.proxy).ok();
                }
            }
            if self.invites.len() > 4096 {
                self.invites.retain(|_, first| now.duration_since(*first) < PATIENCE);
            }
        }
    }

    fn receive(&mut self, req: &Received) {
        if req.status() > 0 {
            return;
        }
        lock(&self.ledger).note(req);
        let method = req.text.split(' ').next().unwrap_or_default();
        let user = req.text.split_once("sip:").and_then(|(_, rest)| rest.split('@').next());
        let user = user.unwrap_or_default();
        match method {
            "ACK" => {}
            "INVITE" => self.invited(req, user),
            "CANCEL" => {
                self.reply(req, "200 OK", 0.0);
                let invite = Received {
                    text: req.text.replace("CANCEL", "INVITE"),
                };
                self.reply(&invite, "487 Request Terminated", 0.01);
            }
            _ => self.reply(req, "200 OK", 0.0),
        }
    }

    fn invited(&mut self, req: &Received, user: &str) {
        let first = self
            .invites
            .insert(req.header("Via").to_owned(), Instant::now())
            .is_none();
        let later = if first { 0.05 + 0.4 * drawn(&req.text) } else { 0.0 };
        match user {
            "silent" => {}
            "busy" => self.reply(req, "486 Busy Here", later),
            "ring" => self.reply(req, "180 Ringing", 0.0),
            _ => {
                self.reply(req, "180 Ringing", 0.0);
                self.reply(req, "200 OK", later);
                // what nobody acknowledges comes again; a late copy is acknowledged once more
                self.reply(req, "200 OK", later + 2.0);
            }
        }
    }

    fn reply(&mut self, req: &Received, status: &str, later: f64) {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq"] {
            for value in req.headers(name) {
                let tag = match name {
                    "To" if !value.contains("tag=") => ";tag=callee",
                    _ => "",
                };
                text += &format!("{name}: {value}{tag}\r\n");
            }
        }
        let own = self.socket.local_addr().expect("it is bound");
        text += &format!("Contact: <sip:answer@{own}>\r\nContent-Length: 0\r\n\r\n");
        let at = Instant::now() + Duration::from_secs_f64(later);
        self.due.push(Reverse((at, text)));
    }
}

// ---------------------------------------------------------------- the telephone that calls

/// A request that waits for its final reply.
struct Open {
    text: String,
    again: Instant,
    interval: Duration,
}

struct Line {
    number: u32,
    kind: &'static str,
    begun: Instant,
    /// By CSeq.
    open: HashMap<String, Open>,
    /// When the call is hung up, and with what.
    hang_up: Option<(Instant, String)>,
    /// The ACK to the answer.
    ack: Option<String>,
    cancelled: bool,
    /// Final replies that are still to come.
    awaited: u32,
    last: String,
}

struct Calling {
    socket: UdpSocket,
    proxy: SocketAddr,
    callee: SocketAddr,
    ledger: Arc<Mutex<Ledger>>,
    lines: HashMap<String, Line>,
    heard: Heard,
}

impl Calling {
    fn run(mut self, total: u32, pause: f64) -> Heard {
        let (begun, mut next) = (Instant::now(), 0);
        while next < total || !self.lines.is_empty() {
            while next < total && begun.elapsed().as_secs_f64() >= f64::from(next) * pause {
                self.begin(next);
                next += 1;
            }
            if let Some((message, _)) = receive(&self.socket) {
                self.receive(&message);
            }
            self.timers();
        }
        self.heard
    }

    fn begin(&mut self, number: u32) {
        let kind = KINDS[number as usize % KINDS.len()];
        let id = format!(
            "{number}-{}-marks",
            self.socket.local_addr().expect("it is bound").port()
        );
        let line = Line {
            number,
            kind,
            begun: Instant::now(),
            open: HashMap::new(),
            hang_up: None,
            ack: None,
            cancelled: false,
            awaited: if kind == "register" || kind == "ring" { 1 } else { 2 },
            last: String::new(),
        };
        let text = match kind {
            "register" => self.register(&id, 1, ""),
            _ => self.request(&id, kind, "INVITE", 1, "", ""),
        };
        self.lines.insert(id.clone(), line);
        self.send(&id, text);
    }

    fn register(&self, id: &str, cseq: u32, more: &str) -> String {
        let (own, user) = (self.socket.local_addr().expect("it is bound"), ACCOUNT.0);
        format!(
            "REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-{id}-{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@localhost>;tag={id}\r\nTo: <sip:{user}@localhost>\r\n\
             Call-ID: {id}\r\nCSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{own}>\r\nExpires: 600\r\n\
             {more}Content-Length: 0\r\n\r\n"
        )
    }

    fn request(&self, id: &str, user: &str, method: &str, cseq: u32, to_tag: &str, more: &str) -> String {
        let (own, callee) = (self.socket.local_addr().expect("it is bound"), self.callee);
        // the CANCEL of an INVITE, and the ACK to its negative reply, have its branch
        let branch = if method == "ACK" && more.contains("Route:") {
            "ack"
        } else {
            "request"
        };
        format!(
            "{method} sip:{user}@{callee} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-{id}-{branch}-{cseq};rport\r\n\
             Max-Forwards: 70\r\n{more}From: <sip:caller@example.com>;tag={id}\r\nTo: <sip:{user}@{callee}>{to_tag}\r\n\
             Call-ID: {id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:caller@{own}>\r\nContent-Length: 0\r\n\r\n"
        )
    }

    /// Sends a request, and again until it is answered.
    fn send(&mut self, id: &str, text: String) {
        self.socket.send_to(text.as_bytes(), self.proxy).ok();
        let cseq = Received { text: text.clone() }.header("CSeq").to_owned();
        let open = Open {
            text,
            again: Instant::now() + T1,
            interval: T1,
        };
        if let Some(line) = self.lines.get_mut(id) {
            line.open.insert(cseq, open);
        }
    }

    fn receive(&mut self, rpl: &Received) {
        let (status, cseq) = (rpl.status(), rpl.header("CSeq").to_owned());
        if status == 0 {
            return;
        }
        lock(&self.ledger).note(rpl);
        let id = rpl.header("Call-ID").to_owned();
        let Some(line) = self.lines.get_mut(&id) else { return };
        line.last = rpl.text.lines().next().unwrap_or_default().to_owned();
        let kind = line.kind;
        if status < 200 {
            if cseq.ends_with("INVITE") {
                line.open.remove(&cseq);
            }
            if kind == "ring" && status > 100 && !line.cancelled {
                line.cancelled = true;
                line.awaited += 1;
                let cancel = self.request(&id, kind, "CANCEL", 1, "", "");
                self.send(&id, cancel);
            }
            return;
        }
        if cseq.ends_with("INVITE") {
            self.invite_ended(&id, kind, rpl);
            return;
        }
        if line.open.remove(&cseq).is_none() {
            return;
        }
        match (kind, status) {
            ("register", 401) if cseq == "1 REGISTER" => {
                let challenge = digest::challenge(rpl, Algorithm::Md5).expect("MD5 is offered");
                let (user, password) = ACCOUNT;
                let credentials =
                    digest::authorization(&challenge, Algorithm::Md5, user, password, "REGISTER", "sip:localhost");
                let again = self.register(&id, 2, &format!("Authorization: {credentials}\r\n"));
                self.send(&id, again);
            }
            (_, 200) => self.ended(&id),
            _ => self.lost(&id, &format!("{status} to {cseq}")),
        }
    }

    fn invite_ended(&mut self, id: &str, kind: &'static str, rpl: &Received) {
        let Some(line) = self.lines.get_mut(id) else { return };
        line.open.remove("1 INVITE");
        if let Some(ack) = &line.ack {
            // our first did not arrive
            self.socket.send_to(ack.as_bytes(), self.proxy).ok();
            return;
        }
        let to = rpl.header("To");
        let tag = to
            .split_once(";tag=")
            .map_or(String::new(), |(_, tag)| format!(";tag={tag}"));
        let status = rpl.status();
        // a telephone has the routes in the other order; here is one
        let routes: String = rpl
            .headers("Record-Route")
            .iter()
            .rev()
            .map(|route| format!("Route: {route}\r\n"))
            .collect();
        let accepted = (200..300).contains(&status);
        let user = if accepted { "answer" } else { kind };
        let ack = self.request(id, user, "ACK", 1, &tag, if accepted { &routes } else { "" });
        self.socket.send_to(ack.as_bytes(), self.proxy).ok();
        let bye = self.request(id, user, "BYE", 2, &tag, &routes);
        let Some(line) = self.lines.get_mut(id) else { return };
        line.ack = Some(ack);
        match (kind, status) {
            ("ring", 487) => self.ended(id),
            (_, 200) if kind != "ring" => {
                line.awaited -= 1;
                let wait = Duration::from_secs_f64(0.3 * drawn(id));
                line.hang_up = Some((Instant::now() + wait, bye));
            }
            _ => self.lost(id, &format!("{status} to INVITE")),
        }
    }

    fn ended(&mut self, id: &str) {
        let Some(line) = self.lines.get_mut(id) else { return };
        line.awaited = line.awaited.saturating_sub(1);
        if line.awaited == 0 {
            *self.heard.done.entry(line.kind).or_default() += 1;
            self.lines.remove(id);
        }
    }

    fn lost(&mut self, id: &str, why: &str) {
        if let Some(line) = self.lines.remove(id) {
            let (kind, number, last) = (line.kind, line.number, line.last);
            self.heard
                .failed
                .push(format!("line {number} ({kind}): {why}; the last was {last:?}"));
        }
    }

    fn timers(&mut self) {
        let now = Instant::now();
        let (mut late, mut bye, mut again) = (Vec::new(), Vec::new(), Vec::new());
        for (id, line) in &mut self.lines {
            if now.duration_since(line.begun) > PATIENCE {
                late.push(id.clone());
            }
            if line.hang_up.as_ref().is_some_and(|(at, _)| *at <= now)
                && let Some((_, text)) = line.hang_up.take()
            {
                bye.push((id.clone(), text));
            }
            for (cseq, open) in line.open.iter_mut().filter(|(_, open)| open.again <= now) {
                self.heard.resent += 1;
                again.push(format!("{id} {cseq}"));
                self.socket.send_to(open.text.as_bytes(), self.proxy).ok();
                open.interval = (open.interval * 2).min(T2);
                open.again = now + open.interval;
            }
        }
        for key in again {
            lock(&self.ledger).transactions.entry(key).or_default().again = true;
        }
        bye.into_iter().for_each(|(id, text)| self.send(&id, text));
        late.iter().for_each(|id| self.lost(id, "took too long"));
    }
}
