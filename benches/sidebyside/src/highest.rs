//! The highest rate without loss, and answer times below it.

use crate::generator::{Kind, Outcome};
use crate::measure::Bench;
use crate::report::{Report, median, opponent};
use crate::server::{Server, Subject};
use serde_json::json;
use std::thread::sleep;
use std::time::Duration;

/// Seconds of one attempt, and how often a rate is attempted before it counts as too high.
const SECS: f64 = 3.0;
const TRIES: u32 = 2;
/// Lines that are not done by then have failed.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between attempts, so that nothing is left of the one before.
const REST: Duration = Duration::from_millis(500);
/// Rates grow by this until one fails; then the gap is halved, as a ratio, down to this.
const FASTER: f64 = 1.4;
const STEP: f64 = 1.05;
/// What a rate must show: so many retransmissions for a line at most, and so much of it done in time.
const RETRANSMISSIONS: f64 = 0.002;
const KEPT: f64 = 0.95;
/// Lines of one attempt, which bounds memory: 500,000 calls.
const MOST: f64 = 170_000.0;
/// Rounds of the comparison at this share of the opponent's highest rate.
const ROUNDS: u32 = 3;
const SHARE: f64 = 0.8;

/// The highest rate of one server.
#[derive(Clone, Debug)]
pub struct Highest {
    pub subject: Subject,
    pub kind: Kind,
    /// 0 where none passed.
    pub rate: f64,
    /// The lowest that failed.
    pub failing: Option<f64>,
}

/// One search.
struct Search {
    server: Server,
    next: f64,
    found: Highest,
    over: bool,
}

impl Search {
    fn learn(&mut self, passed: bool) {
        let found = &mut self.found;
        if passed {
            found.rate = self.next;
        } else {
            found.failing = Some(self.next);
        }
        self.next = match found.failing {
            None => self.next * FASTER,
            Some(failing) if found.rate == 0.0 => failing / FASTER,
            Some(failing) => (failing * found.rate).sqrt(),
        };
        let close = found.failing.is_some_and(|failing| failing / found.rate <= STEP);
        self.over = close || !(50.0..MOST).contains(&self.next);
    }
}

/// Searches all loads, all servers in turns.
pub fn search(bench: &Bench, report: &mut Report) -> anyhow::Result<Vec<Highest>> {
    let mut all = Vec::new();
    for kind in &bench.arguments.load {
        let mut searches = Vec::new();
        for subject in &bench.subjects {
            if *subject == Subject::Echo && *kind != Kind::Options {
                continue;
            }
            searches.push(Search {
                server: Server::start(*subject, bench.setup)?,
                next: first(*kind),
                found: Highest {
                    subject: *subject,
                    kind: *kind,
                    rate: 0.0,
                    failing: None,
                },
                over: false,
            });
        }
        while searches.iter().any(|search| !search.over) {
            for search in searches.iter_mut().filter(|search| !search.over) {
                let passed = attempt(bench, search, *kind)?;
                search.learn(passed);
            }
        }
        all.extend(searches.into_iter().map(|search| search.found));
    }
    show(&all, report);
    below(bench, &all, report)?;
    Ok(all)
}

fn first(kind: Kind) -> f64 {
    match kind {
        Kind::Options => 20_000.0,
        Kind::Register => 5_000.0,
        Kind::Call => 3_000.0,
    }
}

fn attempt(bench: &Bench, search: &Search, kind: Kind) -> anyhow::Result<bool> {
    for _ in 0..TRIES {
        let outcome = bench.load(&search.server, kind, search.next, SECS, PATIENCE)?;
        let passed = passes(&outcome, search.next);
        println!(
            "{:<22} {:<8} {:>7.0}/s: {}; {:.0}/s done, {} failed, {} sent again, p99 {} us, generator {:.0} % of a core",
            search.found.subject.name(),
            kind.name(),
            search.next,
            if passed { "passed" } else { "not passed" },
            outcome.achieved(),
            outcome.failures(),
            outcome.retransmissions,
            outcome.times().quantile(0.99),
            100.0 * outcome.cpu.as_secs_f64() / outcome.took.as_secs_f64().max(1e-9),
        );
        sleep(REST);
        if passed {
            return Ok(true);
        }
    }
    Ok(false)
}

fn passes(outcome: &Outcome, rate: f64) -> bool {
    outcome.failures() == 0
        && outcome.retransmissions as f64 <= RETRANSMISSIONS * f64::from(outcome.lines)
        && outcome.achieved() >= KEPT * rate
}

fn show(all: &[Highest], report: &mut Report) {
    let mut rows = Vec::new();
    for one in all {
        let ratio = other(all, one).map(|other| one.rate / other.rate);
        rows.push(vec![
            one.kind.name().to_owned(),
            one.subject.name().to_owned(),
            format!("{:.0}", one.rate),
            one.failing.map_or("-".to_owned(), |rate| format!("{rate:.0}")),
            ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
        ]);
    }
    let head = ["load", "server", "passed /s", "failed /s", "ratio"];
    report.table(
        "The highest rate without loss (lines a second), the load on the same cores",
        &head,
        &rows,
    );
    let figures = |one: &Highest| json!({"load": one.kind.name(), "server": one.subject.name(), "rate": one.rate, "failing": one.failing});
    report.add("highest", all.iter().map(figures).collect());
}

/// What its opponent reached with the same load.
fn other<'h>(all: &'h [Highest], one: &Highest) -> Option<&'h Highest> {
    let opponent = opponent(one.subject)?;
    let found = all
        .iter()
        .find(|other| other.subject == opponent && other.kind == one.kind);
    found.filter(|other| other.rate > 0.0)
}

/// Answer times at a share of the opponent's highest rate, both in turns.
fn below(bench: &Bench, all: &[Highest], report: &mut Report) -> anyhow::Result<()> {
    let (mut rows, mut figures) = (Vec::new(), Vec::new());
    for one in all {
        let Some(other) = other(all, one) else { continue };
        let rate = other.rate * SHARE;
        let pair = [one.subject, other.subject];
        let mut times: [Vec<(f64, f64)>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (subject, times) in pair.iter().zip(&mut times) {
                let server = Server::start(*subject, bench.setup)?;
                bench.load(&server, one.kind, rate / 2.0, 1.0, PATIENCE)?;
                let outcome = bench.load(&server, one.kind, rate, SECS, PATIENCE)?.times();
                times.push((outcome.quantile(0.5) as f64, outcome.quantile(0.99) as f64));
            }
        }
        let middle = |times: &[(f64, f64)]| {
            (
                median(times.iter().map(|one| one.0)),
                median(times.iter().map(|one| one.1)),
            )
        };
        let theirs = middle(&times[1]);
        for (subject, times) in pair.iter().zip(&times) {
            let mine = middle(times);
            let ratio = (*subject == one.subject && theirs.1 > 0.0).then(|| mine.1 / theirs.1);
            rows.push(vec![
                one.kind.name().to_owned(),
                subject.name().to_owned(),
                format!("{rate:.0}"),
                format!("{:.0}", mine.0),
                format!("{:.0}", mine.1),
                ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            ]);
            figures.push(json!({
                "load": one.kind.name(), "server": subject.name(), "rate": rate, "p50_us": mine.0, "p99_us": mine.1,
                "rounds": times.iter().map(|one| json!({"p50_us": one.0, "p99_us": one.1})).collect::<Vec<_>>(),
            }));
        }
    }
    if !rows.is_empty() {
        let head = ["load", "server", "rate /s", "p50 us", "p99 us", "ratio of p99"];
        report.table("Answer times at 80 % of Kamailio's highest rate", &head, &rows);
        report.add("below", figures.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::generator::Kind;

    #[test]
    fn the_gap_is_halved_until_it_is_small() {
        // the steps of a search for a limit, without a server
        let limit = 12_345.0;
        let (mut next, mut rate, mut failing) = (super::first(Kind::Call), 0.0, None::<f64>);
        for _ in 0..40 {
            if next <= limit {
                rate = next;
            } else {
                failing = Some(next);
            }
            next = match failing {
                None => next * super::FASTER,
                Some(high) => (high * rate).sqrt(),
            };
            if failing.is_some_and(|high| high / rate <= super::STEP) {
                break;
            }
        }
        assert!(rate <= limit && rate * super::STEP >= limit, "{rate}");
    }
}
