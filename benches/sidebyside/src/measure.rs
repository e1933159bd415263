//! One load against one server, and all of them in turns.

use crate::arguments::Arguments;
use crate::generator::{self, Kind, Outcome, Plan};
use crate::process::Memory;
use crate::server::{Server, Setup, Subject};
use std::thread::sleep;
use std::time::Duration;

/// A server settles for so long after its start, and then is watched for so long while it has nothing to do.
const START: Duration = Duration::from_millis(500);
const REST: Duration = Duration::from_secs(1);
/// The part of a load that runs before what is counted.
const WARM: f64 = 0.2;
/// How long lines may be open at a fixed rate.
const PATIENCE: Duration = Duration::from_secs(8);

pub struct Bench<'b> {
    pub arguments: &'b Arguments,
    pub setup: &'b Setup,
    pub subjects: Vec<Subject>,
}

/// One load against one server.
pub struct Sample {
    pub subject: Subject,
    pub kind: Kind,
    /// Processor time of the server for one message that was sent to it, in microseconds; and of its database's.
    pub cost: f64,
    pub database: f64,
    pub rest: Rest,
    pub after: Memory,
    pub outcome: Outcome,
}

/// A server before its loads.
#[derive(Clone, Copy)]
pub struct Rest {
    /// Seconds on a core in each second.
    pub cpu: f64,
    pub memory: Memory,
}

impl Bench<'_> {
    /// All loads against all servers, so often as is asked for; every other time in reverse order.
    pub fn rounds(&self) -> anyhow::Result<Vec<Sample>> {
        let mut samples = Vec::new();
        for round in 0..self.arguments.rounds {
            let mut order = self.subjects.clone();
            if round % 2 == 1 {
                order.reverse();
            }
            for subject in order {
                let server = Server::start(subject, self.setup)?;
                let rest = rest(&server);
                for kind in self.loads_of(subject) {
                    let sample = self.sample(&server, kind, rest)?;
                    println!("round {}: {}", round + 1, said(&sample));
                    samples.push(sample);
                }
            }
        }
        Ok(samples)
    }

    /// The echo answers nothing but what is one message.
    pub fn loads_of(&self, subject: Subject) -> Vec<Kind> {
        let fits = |kind: &Kind| subject != Subject::Echo || *kind == Kind::Options;
        self.arguments.load.iter().copied().filter(fits).collect()
    }

    fn sample(&self, server: &Server, kind: Kind, rest: Rest) -> anyhow::Result<Sample> {
        let rate = self.arguments.rate_of(kind);
        let secs = self.arguments.secs;
        self.load(server, kind, rate, secs * WARM, PATIENCE)?;
        let before = (server.cpu(), server.database_cpu());
        let outcome = self.load(server, kind, rate, secs, PATIENCE)?;
        let after = server.memory();
        sleep(settle(kind));
        let messages = outcome.sent.max(1) as f64;
        let each = |used: Duration| used.as_secs_f64() * 1e6 / messages;
        Ok(Sample {
            subject: server.subject,
            kind,
            cost: each(server.cpu().saturating_sub(before.0)),
            database: each(server.database_cpu().saturating_sub(before.1)),
            rest,
            after,
            outcome,
        })
    }

    /// One load.
    pub fn load(
        &self,
        server: &Server,
        kind: Kind,
        rate: f64,
        secs: f64,
        patience: Duration,
    ) -> anyhow::Result<Outcome> {
        let plan = Plan {
            server: server.address,
            kind,
            rate,
            lines: (rate * secs).ceil().max(1.0) as u32,
            ports: usize::from(self.arguments.ports),
            tick: self.arguments.tick(),
            patience,
            users: &self.setup.users,
        };
        Ok(generator::run(&plan)?)
    }
}

fn rest(server: &Server) -> Rest {
    sleep(START);
    let before = server.cpu();
    sleep(REST);
    Rest {
        cpu: server.cpu().saturating_sub(before).as_secs_f64() / REST.as_secs_f64(),
        memory: server.memory(),
    }
}

/// Time that belongs to a load after its last line: bindings are written to the database every 5 s, transactions of calls
/// linger for 5 s.
fn settle(kind: Kind) -> Duration {
    match kind {
        Kind::Options => Duration::from_millis(200),
        Kind::Register | Kind::Call => Duration::from_secs(6),
    }
}

fn said(sample: &Sample) -> String {
    let (times, outcome) = (sample.outcome.times(), &sample.outcome);
    format!(
        "{:<22} {:<8} {:>6.2} us a message, p50 {} us, p99 {} us, {} of {} done, {} sent again, otherwise {}; generator: {:.0} % of a core, late p99 {} us",
        sample.subject.name(),
        sample.kind.name(),
        sample.cost,
        times.quantile(0.5),
        times.quantile(0.99),
        outcome.ok,
        outcome.lines,
        outcome.retransmissions,
        outcome.otherwise(),
        100.0 * outcome.cpu.as_secs_f64() / outcome.took.as_secs_f64().max(1e-9),
        outcome.late.quantile(0.99),
    )
}
