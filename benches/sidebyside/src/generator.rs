//! The load: callers and callees in one thread, which begins so many lines a second whatever becomes of them. Answer times
//! count from when a message should have been sent, so that a late generator does not flatter the server.

mod answered;
mod texts;
mod timers;

use crate::digest::{Hex, ha1};
use crate::histogram::Histogram;
use crate::message::{Mark, status};
use crate::net::{self, Inbox, Outbox};
use nix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use texts::Texts;
use timers::{Due, Timers, What};

/// Between the ACK and the BYE of a call, as in the callers of a real network there is more: a server with several
/// workers may pass them in either order where they come at once.
pub const PAUSE: Duration = Duration::from_millis(100);
/// Lines begun before answers are read again, where the generator is behind.
const AT_ONCE: usize = 256;
/// Longest sleep.
const IDLE: Duration = Duration::from_millis(50);

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// OPTIONS 200.
    Options,
    /// REGISTER 401 REGISTER 200.
    Register,
    /// INVITE 200 ACK, a pause, BYE 200: through the server to a callee.
    Call,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Options, Kind::Register, Kind::Call];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Options => "options",
            Kind::Register => "register",
            Kind::Call => "call",
        }
    }

    /// What is waited for, once or twice.
    pub fn legs(self) -> &'static [&'static str] {
        match self {
            Kind::Options => &["answer"],
            Kind::Register => &["challenge", "accept"],
            Kind::Call => &["setup", "hangup"],
        }
    }
}

/// Accounts `uNNNNNN` with the passwords `pw-NNNNNN`.
#[derive(Debug)]
pub struct Users {
    pub realm: String,
    ha1: Vec<Hex>,
}

impl Users {
    pub fn new(realm: &str, count: u32) -> Users {
        let of = |number| {
            let (user, password) = Users::account(number);
            ha1(user.as_bytes(), realm.as_bytes(), password.as_bytes())
        };
        Users {
            realm: realm.to_owned(),
            ha1: (0..count).map(of).collect(),
        }
    }

    pub fn count(&self) -> u32 {
        self.ha1.len() as u32
    }

    /// Name and password.
    pub fn account(number: u32) -> (String, String) {
        (format!("u{number:06}"), format!("pw-{number:06}"))
    }

    fn ha1(&self, number: u32, realm: &[u8]) -> Hex {
        if realm == self.realm.as_bytes() {
            return self.ha1[number as usize];
        }
        let (user, password) = Users::account(number);
        ha1(user.as_bytes(), realm, password.as_bytes())
    }
}

/// A load.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'u> {
    pub server: SocketAddrV4,
    pub kind: Kind,
    /// Lines begun a second, and how many.
    pub rate: f64,
    pub lines: u32,
    /// Source ports of the callers, and ports of callees.
    pub ports: usize,
    /// Lines of one tick begin together; zero: each for itself.
    pub tick: Duration,
    /// How long lines may take after the last has begun.
    pub patience: Duration,
    pub users: &'u Users,
}

/// What came of a load.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub lines: u32,
    pub ok: u32,
    /// Final replies that nobody wanted, by their code; 0: none came.
    pub failed: BTreeMap<u16, u32>,
    /// Requests of callers and 200s of callees that were sent again.
    pub retransmissions: u64,
    /// Requests that the server sent to callees again.
    pub duplicates: u64,
    /// Datagrams to the server, and from it.
    pub sent: u64,
    pub received: u64,
    /// Datagrams that the system did not take.
    pub refused: u64,
    /// Until the last line was done, without pauses.
    pub took: Duration,
    /// Answer times in microseconds, of each leg.
    pub legs: Vec<Histogram>,
    /// How late lines were begun, in microseconds.
    pub late: Histogram,
    /// What the generator itself used.
    pub cpu: Duration,
}

impl Outcome {
    pub fn failures(&self) -> u32 {
        self.failed.values().sum()
    }

    /// What became of lines that were not done: `503: 1200, silent: 70`.
    pub fn otherwise(&self) -> String {
        let of = |(code, count): (&u16, &u32)| match code {
            0 => format!("silent: {count}"),
            code => format!("{code}: {count}"),
        };
        match self.failed.is_empty() {
            true => "-".to_owned(),
            false => self.failed.iter().map(of).collect::<Vec<_>>().join(", "),
        }
    }

    /// Lines done a second.
    pub fn achieved(&self) -> f64 {
        f64::from(self.ok) / self.took.as_secs_f64().max(1e-9)
    }

    /// All answer times.
    pub fn times(&self) -> Histogram {
        let mut all = Histogram::new();
        self.legs.iter().for_each(|leg| all.add(leg));
        all
    }
}

/// Runs a load to its end.
///
/// # Errors
/// Where there are no sockets.
pub fn run(plan: &Plan) -> io::Result<Outcome> {
    Generator::new(plan)?.run()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    New,
    /// The first request is out.
    First,
    /// A call between ACK and BYE.
    Talking,
    /// The second request is out.
    Second,
    Done,
    Failed,
}

#[derive(Debug, Default)]
struct Line {
    stage: Stage,
    /// A provisional reply ends retransmissions of an INVITE.
    provisional: bool,
    /// When the request of this leg was to be sent, in nanoseconds of the run.
    begun: u64,
    /// What may have to be sent again and cannot be made of a template: the second REGISTER; ACK and, from `split`, BYE.
    held: Vec<u8>,
    split: usize,
}

struct Generator<'p> {
    plan: &'p Plan<'p>,
    run: u32,
    begun: Instant,
    /// Callers, then callees.
    sockets: Vec<UdpSocket>,
    out: Vec<Outbox>,
    inbox: Inbox,
    texts: Vec<Texts>,
    lines: Vec<Line>,
    /// The 200s of callees until their ACK.
    answers: Vec<Vec<u8>>,
    /// Buffers to use again.
    pool: Vec<Vec<u8>>,
    timers: Timers,
    next: u32,
    open: u32,
    outcome: Outcome,
}

impl<'p> Generator<'p> {
    fn new(plan: &'p Plan<'p>) -> io::Result<Generator<'p>> {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let run = (std::process::id() << 12) ^ RUNS.fetch_add(1, Ordering::Relaxed);
        let callees = if plan.kind == Kind::Call { plan.ports } else { 0 };
        let mut sockets = Vec::new();
        for _ in 0..plan.ports + callees {
            let socket = net::socket()?;
            socket.connect(plan.server)?;
            sockets.push(socket);
        }
        let port = |at: usize| sockets[at].local_addr().map(|address| address.port());
        let mut texts = Vec::new();
        for caller in 0..plan.ports {
            let callee = if callees > 0 { port(plan.ports + caller)? } else { 0 };
            texts.push(Texts::new(plan.server, port(caller)?, callee, run));
        }
        let of_calls = if callees > 0 { plan.lines as usize } else { 0 };
        Ok(Generator {
            plan,
            run,
            begun: Instant::now(),
            out: sockets.iter().map(|_| Outbox::new()).collect(),
            sockets,
            inbox: Inbox::new(),
            texts,
            lines: (0..plan.lines).map(|_| Line::default()).collect(),
            answers: vec![Vec::new(); of_calls],
            pool: Vec::new(),
            timers: Timers::default(),
            next: 0,
            open: 0,
            outcome: Outcome {
                lines: plan.lines,
                ok: 0,
                failed: BTreeMap::new(),
                retransmissions: 0,
                duplicates: 0,
                sent: 0,
                received: 0,
                refused: 0,
                took: Duration::ZERO,
                legs: plan.kind.legs().iter().map(|_| Histogram::new()).collect(),
                late: Histogram::new(),
                cpu: Duration::ZERO,
            },
        })
    }

    fn run(mut self) -> io::Result<Outcome> {
        let cpu = thread_cpu();
        let mut which = Vec::new();
        self.begun = Instant::now();
        let last = self.due(self.plan.lines.saturating_sub(1));
        loop {
            self.begin_due();
            self.fire();
            self.flush();
            let now = self.now();
            let given_up = now > last + self.plan.patience.as_nanos() as u64;
            if self.next == self.plan.lines && (self.open == 0 || given_up) {
                break;
            }
            net::readable(&self.sockets, self.sleep(now), &mut which);
            for socket in &which {
                self.read(*socket);
            }
        }
        for line in &self.lines {
            if !matches!(line.stage, Stage::Done | Stage::Failed) {
                *self.outcome.failed.entry(0).or_default() += 1;
            }
        }
        if self.plan.kind == Kind::Call {
            self.outcome.took = self.outcome.took.saturating_sub(PAUSE);
        }
        self.outcome.sent = self.out.iter().map(|out| out.sent).sum();
        self.outcome.refused = self.out.iter().map(|out| out.refused).sum();
        self.outcome.cpu = thread_cpu().saturating_sub(cpu);
        Ok(self.outcome)
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_nanos() as u64
    }

    /// When a line begins.
    fn due(&self, line: u32) -> u64 {
        let exact = f64::from(line) / self.plan.rate;
        let tick = self.plan.tick.as_secs_f64();
        let at = if tick > 0.0 {
            (exact / tick).floor() * tick
        } else {
            exact
        };
        (at * 1e9) as u64
    }

    fn sleep(&self, now: u64) -> Duration {
        let start = (self.next < self.plan.lines).then(|| self.due(self.next));
        let wake = [start, self.timers.next()].into_iter().flatten().min();
        let wait = wake.map_or(u64::MAX, |at| at.saturating_sub(now));
        Duration::from_nanos(wait).min(IDLE)
    }

    fn begin_due(&mut self) {
        let now = self.now();
        for _ in 0..AT_ONCE {
            if self.next == self.plan.lines {
                return;
            }
            let due = self.due(self.next);
            if due > now {
                return;
            }
            self.outcome.late.record((now - due) / 1_000);
            let line = &mut self.lines[self.next as usize];
            line.stage = Stage::First;
            line.begun = due;
            self.open += 1;
            self.send_first(self.next);
            self.timers.add(now, 1, self.next, What::Request(Stage::First));
            self.next += 1;
        }
    }

    fn send_first(&mut self, line: u32) {
        let (caller, user) = (self.caller(line), line % self.plan.users.count().max(1));
        let text = self.texts[caller].first(self.plan.kind);
        self.out[caller].push(&self.sockets[caller], None, |out| text.write(line, user, out));
    }

    /// Sends what is held from `from` up to `to`.
    fn send_held(&mut self, line: u32, from: usize, to: usize) {
        let caller = self.caller(line);
        let held = self.lines[line as usize].held.get(from..to).unwrap_or_default();
        self.out[caller].push(&self.sockets[caller], None, |out| out.extend_from_slice(held));
    }

    fn send_second(&mut self, line: u32) {
        let Line { split, held, .. } = &self.lines[line as usize];
        let (split, end) = (*split, held.len());
        self.send_held(line, split, end);
    }

    fn caller(&self, line: u32) -> usize {
        line as usize % self.plan.ports
    }

    /// Timers that have come.
    fn fire(&mut self) {
        let now = self.now();
        while let Some(Due { at, line, what, level }) = self.timers.pop(now) {
            match what {
                What::HangUp => {
                    let talking = &mut self.lines[line as usize];
                    (talking.stage, talking.begun) = (Stage::Second, at);
                    self.send_second(line);
                    self.timers.add(now, 1, line, What::Request(Stage::Second));
                }
                What::Request(stage) => {
                    let open = &self.lines[line as usize];
                    if open.stage != stage || open.provisional && stage == Stage::First {
                        continue;
                    }
                    self.outcome.retransmissions += 1;
                    match stage {
                        Stage::First => self.send_first(line),
                        _ => self.send_second(line),
                    }
                    self.timers.add(now, level + 1, line, what);
                }
                What::Answer if self.answers[line as usize].is_empty() => {}
                What::Answer => {
                    self.outcome.retransmissions += 1;
                    self.send_answer(line);
                    self.timers.add(now, level + 1, line, what);
                }
            }
        }
    }

    fn flush(&mut self) {
        for (out, socket) in self.out.iter_mut().zip(&self.sockets) {
            out.flush(socket);
        }
    }

    fn read(&mut self, socket: usize) {
        // taken out meanwhile, so that what it holds can be read while all else changes
        let mut inbox = std::mem::replace(&mut self.inbox, Inbox::none());
        for at in 0..inbox.receive(&self.sockets[socket]) {
            self.outcome.received += 1;
            let datagram = inbox.datagram(at);
            let Some(mark) = Mark::of(datagram).filter(|mark| mark.run == self.run) else {
                continue;
            };
            if mark.index >= self.next {
                continue;
            }
            if socket >= self.plan.ports {
                self.called(socket, mark.index, datagram);
            } else if let Some(status) = status(datagram) {
                self.replied(mark, status, datagram);
            } else if datagram.starts_with(b"OPTIONS ") {
                self.replied(mark, 200, datagram); // an echo
            }
        }
        self.inbox = inbox;
    }

    fn replied(&mut self, mark: Mark, status: u16, reply: &[u8]) {
        let line = mark.index;
        let stage = self.lines[line as usize].stage;
        if status < 200 {
            self.lines[line as usize].provisional |= self.plan.kind == Kind::Call && mark.step == texts::FIRST;
            return;
        }
        match (self.plan.kind, mark.step, stage, status) {
            (Kind::Options, _, Stage::First, 200) => self.done(line, 0),
            (Kind::Register, texts::FIRST, Stage::First, 401 | 407) => self.challenged(line, reply),
            (Kind::Call, texts::FIRST, Stage::First, 200..300) => self.answered(line, reply),
            (Kind::Register | Kind::Call, texts::SECOND, Stage::Second, 200) => self.done(line, 1),
            // the ACK was lost
            (Kind::Call, texts::FIRST, Stage::Talking | Stage::Second, 200..300) => {
                let split = self.lines[line as usize].split;
                self.send_held(line, 0, split);
            }
            (Kind::Call, texts::FIRST, Stage::First | Stage::Failed, 300..) => {
                self.refused(line, reply);
                self.failed(line, stage, status);
            }
            (_, texts::FIRST, Stage::First, _) | (_, texts::SECOND, Stage::Second, _) => {
                self.failed(line, stage, status);
            }
            _ => {}
        }
    }

    fn failed(&mut self, line: u32, stage: Stage, status: u16) {
        if stage != Stage::Failed {
            *self.outcome.failed.entry(status).or_default() += 1;
            self.end(line, Stage::Failed);
        }
    }

    fn done(&mut self, line: u32, leg: usize) {
        self.record(line, leg);
        self.outcome.ok += 1;
        self.outcome.took = self.begun.elapsed();
        self.end(line, Stage::Done);
    }

    fn record(&mut self, line: u32, leg: usize) {
        let waited = self.now().saturating_sub(self.lines[line as usize].begun);
        self.outcome.legs[leg].record(waited / 1_000);
    }

    fn end(&mut self, line: u32, stage: Stage) {
        self.open -= 1;
        let ended = &mut self.lines[line as usize];
        ended.stage = stage;
        let held = std::mem::take(&mut ended.held);
        self.keep(held);
    }

    /// A buffer for what cannot be made of a template.
    fn buffer(&mut self) -> Vec<u8> {
        self.pool.pop().unwrap_or_else(|| Vec::with_capacity(1024))
    }

    fn keep(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() > 0 {
            buffer.clear();
            self.pool.push(buffer);
        }
    }
}

fn thread_cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests;
