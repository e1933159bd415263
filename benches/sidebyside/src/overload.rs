//! Three times more than a server can do: what it answers, and how soon it is itself again.

use crate::generator::Outcome;
use crate::highest::Highest;
use crate::measure::Bench;
use crate::process::Memory;
use crate::report::{self, Report};
use crate::server::{self, Server, Subject};
use serde_json::json;
use std::thread::sleep;
use std::time::{Duration, Instant};

const TIMES: f64 = 3.0;
const SECS: f64 = 4.0;
/// Lines that are not done so long after the last was begun are not waited for.
const PATIENCE: Duration = Duration::from_millis(200);
/// A server is itself again when it answers within this, so often in a row.
const SOON: Duration = Duration::from_millis(50);
const IN_A_ROW: usize = 10;
const EVERY: Duration = Duration::from_millis(10);
/// It is not waited for longer.
const LONGEST: Duration = Duration::from_secs(30);

struct Trial {
    asked: f64,
    outcome: Outcome,
    memory: (Memory, Memory),
    /// None: not within [`LONGEST`].
    recovered: Option<Duration>,
}

/// Each load at three times the rate that the server itself has passed.
pub fn run(bench: &Bench, highest: &[Highest], report: &mut Report) -> anyhow::Result<()> {
    let (mut rows, mut figures) = (Vec::new(), Vec::new());
    for one in highest
        .iter()
        .filter(|one| one.rate > 0.0 && one.subject != Subject::Echo)
    {
        let trial = trial(bench, one)?;
        let outcome = &trial.outcome;
        let recovered = trial
            .recovered
            .map_or("not".to_owned(), |time| format!("{:.0}", time.as_secs_f64() * 1e3));
        rows.push(vec![
            one.kind.name().to_owned(),
            one.subject.name().to_owned(),
            format!("{:.0}", trial.asked),
            format!("{:.0}", f64::from(outcome.lines) / SECS.max(outcome.took.as_secs_f64())),
            format!("{:.0}", f64::from(outcome.ok) / SECS.max(outcome.took.as_secs_f64())),
            format!("{:.0}", one.rate),
            outcome.otherwise(),
            recovered,
            format!("{:.0}", trial.memory.1.pss as f64 / 1e6),
        ]);
        figures.push(json!({
            "load": one.kind.name(), "server": one.subject.name(), "asked": trial.asked,
            "outcome": report::outcome(one.kind, outcome), "highest": one.rate,
            "recovered_ms": trial.recovered.map(|time| time.as_secs_f64() * 1e3),
            "rss_before": trial.memory.0.rss, "rss_after": trial.memory.1.rss,
        }));
    }
    let head = [
        "load",
        "server",
        "asked /s",
        "begun /s",
        "done /s",
        "highest /s",
        "otherwise",
        "again after ms",
        "MB after",
    ];
    report.table(
        "Three times the highest rate, for 4 seconds, and then nothing",
        &head,
        &rows,
    );
    report.add("overload", figures.into());
    Ok(())
}

fn trial(bench: &Bench, one: &Highest) -> anyhow::Result<Trial> {
    let server = Server::start(one.subject, bench.setup)?;
    bench.load(&server, one.kind, one.rate / 2.0, 1.0, Duration::from_secs(2))?;
    let before = server.memory();
    let asked = one.rate * TIMES;
    let outcome = bench.load(&server, one.kind, asked, SECS, PATIENCE)?;
    let recovered = recovery(&server);
    let after = server.memory();
    Ok(Trial {
        asked,
        outcome,
        memory: (before, after),
        recovered,
    })
}

/// From the end of the load to the first of ten answers in a row that came soon.
fn recovery(server: &Server) -> Option<Duration> {
    let begun = Instant::now();
    let (mut row, mut first) = (0, Duration::ZERO);
    while begun.elapsed() < LONGEST {
        let asked = begun.elapsed();
        match server::answers(server.address, SOON) {
            Some(_) if row == 0 => (row, first) = (1, asked),
            Some(_) => row += 1,
            None => row = 0,
        }
        if row == IN_A_ROW {
            return Some(first);
        }
        sleep(EVERY);
    }
    None
}
