//! Tables and JSON.

use crate::arguments::Arguments;
use crate::generator::{Kind, Outcome};
use crate::machine::Machine;
use crate::measure::Sample;
use crate::server::Subject;
use crate::{against, write};
use serde_json::{Value, json};

/// Tables are Markdown that can be read as it stands.
pub struct Report {
    head: String,
    text: String,
    json: Value,
}

impl Report {
    pub fn new(machine: &Machine, arguments: &Arguments) -> Report {
        let settings = json!({
            "workers": arguments.workers, "ports": arguments.ports, "tick_us": arguments.tick,
            "users": arguments.users, "allocator": arguments.allocator, "rounds": arguments.rounds,
            "secs": arguments.secs, "database": format!("{:?}", arguments.database).to_lowercase(),
        });
        Report {
            head: format!(
                "{}. Kamailio's memory manager: {}; {} workers each; {} source ports.\n",
                machine.text(),
                arguments.allocator,
                arguments.workers,
                arguments.ports
            ),
            text: String::new(),
            json: json!({"machine": machine.json(), "settings": settings}),
        }
    }

    /// What the rounds at fixed rates have given.
    pub fn rounds(&mut self, subjects: &[Subject], samples: &[Sample]) {
        let mut rows = Vec::new();
        let mut loads = Vec::new();
        for kind in Kind::ALL {
            for subject in subjects {
                let of = |subject: Subject| {
                    samples
                        .iter()
                        .filter(move |one| one.kind == kind && one.subject == subject)
                };
                let mine: Vec<&Sample> = of(*subject).collect();
                if mine.is_empty() {
                    continue;
                }
                let cost = median(mine.iter().map(|one| one.cost));
                let other = opponent(*subject).map(|other| median(of(other).map(|one| one.cost)));
                let ratio = other.filter(|other| *other > 0.0).map(|other| cost / other);
                rows.push(row(kind, *subject, &mine, cost, ratio));
                loads.push(json!({
                    "load": kind.name(), "server": subject.name(), "median_us": cost,
                    "min_us": smallest(mine.iter().map(|one| one.cost)), "ratio": ratio,
                    "rounds": mine.iter().map(|one| sample(one)).collect::<Vec<_>>(),
                }));
            }
        }
        let head = [
            "load",
            "server",
            "min us",
            "median us",
            "ratio",
            "p50 us",
            "p99 us",
            "sent again",
            "failed",
            "ms a s at rest",
            "MB at rest",
            "MB after",
        ];
        self.table(
            "CPU of the server for each message sent to it, and answer times, at fixed rates",
            &head,
            &rows,
        );
        self.json["loads"] = loads.into();
    }

    pub fn table(&mut self, title: &str, head: &[&str], rows: &[Vec<String>]) {
        let text = format!("\n{title}\n\n{}", markdown(head, rows));
        print!("{text}");
        self.text += &text;
    }

    /// Puts figures under a name.
    pub fn add(&mut self, name: &str, value: Value) {
        self.json[name] = value;
    }

    /// Writes the files that were asked for.
    pub fn write(&self, arguments: &Arguments) -> anyhow::Result<()> {
        if let Some(file) = &arguments.markdown {
            write(file, &format!("{}{}", self.head, self.text))?;
        }
        if let Some(file) = &arguments.json {
            write(file, &format!("{:#}\n", self.json))?;
        }
        Ok(())
    }
}

/// What a subject is held against.
pub fn opponent(subject: Subject) -> Option<Subject> {
    match subject {
        Subject::Kemist(engine) => Some(Subject::Kamailio(against(engine))),
        _ => None,
    }
}

fn row(kind: Kind, subject: Subject, samples: &[&Sample], cost: f64, ratio: Option<f64>) -> Vec<String> {
    let sum = |what: fn(&Outcome) -> u64| samples.iter().map(|one| what(&one.outcome)).sum::<u64>().to_string();
    let time = |share: f64| {
        let times = samples.iter().map(|one| one.outcome.times().quantile(share) as f64);
        format!("{:.0}", median(times))
    };
    let database = median(samples.iter().map(|one| one.database));
    let database = match database > 0.0 {
        true => format!(" + {database:.1}"),
        false => String::new(),
    };
    let megabytes = |bytes: Vec<u64>| format!("{:.0}", median(bytes.into_iter().map(|bytes| bytes as f64 / 1e6)));
    vec![
        kind.name().to_owned(),
        subject.name().to_owned(),
        format!("{:.2}", smallest(samples.iter().map(|one| one.cost))),
        format!("{cost:.2}{database}"),
        ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
        time(0.5),
        time(0.99),
        sum(|outcome| outcome.retransmissions),
        sum(|outcome| u64::from(outcome.failures())),
        format!("{:.1}", median(samples.iter().map(|one| one.rest.cpu * 1e3))),
        megabytes(samples.iter().map(|one| one.rest.memory.pss).collect()),
        megabytes(samples.iter().map(|one| one.after.pss).collect()),
    ]
}

fn sample(sample: &Sample) -> Value {
    json!({
        "cpu_us": sample.cost, "database_cpu_us": sample.database, "outcome": outcome(sample.kind, &sample.outcome),
        "rest_cpu_share": sample.rest.cpu, "rss_rest": sample.rest.memory.rss, "pss_rest": sample.rest.memory.pss,
        "rss_after": sample.after.rss, "pss_after": sample.after.pss,
    })
}

pub fn outcome(kind: Kind, outcome: &Outcome) -> Value {
    let mut legs = json!({});
    for (name, times) in kind.legs().iter().zip(&outcome.legs) {
        legs[*name] = json!({
            "count": times.count(), "p50_us": times.quantile(0.5), "p90_us": times.quantile(0.9),
            "p99_us": times.quantile(0.99), "p999_us": times.quantile(0.999), "max_us": times.largest(),
        });
    }
    let failed: Value = outcome
        .failed
        .iter()
        .map(|(code, count)| match code {
            0 => ("silent".to_owned(), *count),
            code => (code.to_string(), *count),
        })
        .collect();
    json!({
        "lines": outcome.lines, "ok": outcome.ok, "failed": failed, "retransmissions": outcome.retransmissions,
        "duplicates": outcome.duplicates, "sent": outcome.sent, "received": outcome.received,
        "refused": outcome.refused, "secs": outcome.took.as_secs_f64(), "achieved": outcome.achieved(),
        "legs": legs, "late_p99_us": outcome.late.quantile(0.99), "generator_cpu_s": outcome.cpu.as_secs_f64(),
    })
}

/// The middle one, or the mean of the two in the middle; 0 of none.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = |at: usize| values.get(at).copied().unwrap_or(0.0);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => middle(odd / 2),
        even => (middle(even / 2 - 1) + middle(even / 2)) / 2.0,
    }
}

fn smallest(values: impl Iterator<Item = f64>) -> f64 {
    values.min_by(f64::total_cmp).unwrap_or(0.0)
}

/// Columns of numbers are flush right.
fn markdown(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let width = |column: usize| {
        let all = std::iter::once(&head).chain(rows);
        all.map(|row| cell(row, column).chars().count()).max().unwrap_or(0)
    };
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b" +-.".contains(&b)) || text == "not";
    let right = |column: usize| rows.iter().all(|row| is_number(&cell(row, column)));
    let line = |row: &[String]| -> String {
        let cells = (0..head.len()).map(|column| match right(column) {
            true => format!(" {:>1$} |", cell(row, column), width(column)),
            false => format!(" {:<1$} |", cell(row, column), width(column)),
        });
        format!("|{}\n", cells.collect::<String>())
    };
    let rule: String = (0..head.len())
        .map(|column| match right(column) {
            true => format!("{}:|", "-".repeat(width(column) + 1)),
            false => format!("{}|", "-".repeat(width(column) + 2)),
        })
        .collect();
    let body: String = rows.iter().map(|row| line(row)).collect();
    format!("{}|{rule}\n{body}", line(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_can_be_read_as_it_stands() {
        let rows = vec![
            vec!["a".to_owned(), "long name".to_owned(), "1".to_owned()],
            vec!["b".to_owned()],
        ];
        let wanted = "| x | y         | number |\n|---|-----------|-------:|\n| a | long name |      1 |\n| b |           |        |\n";
        assert_eq!(markdown(&["x", "y", "number"], &rows), wanted);
    }

    #[test]
    fn the_median_of_odd_and_even() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert_eq!(median(std::iter::empty()), 0.0);
    }
}
