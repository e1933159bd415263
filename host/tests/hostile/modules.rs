//! The corpus of compiled modules.

use super::house::{DEADLINE, End, House, Sink, alone, resident, shown, used, wrong};
use super::lines;
use crate::corpus::{self, CANARY, Chance, Fate, Hostile};
use kemist::wasm::{self, Policy};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time of the processor that a message may cost beyond the running time of its callbacks: what the host does for
/// it in one call has limits of its own.
const COST: Duration = Duration::from_millis(400);
/// Bytes that may be resident at the end beyond what was at half time.
const SLACK: usize = 48 << 20;
/// Families whose modules are compiled as in a deploy, in a child: what is dangerous there is the compiler.
const IN_A_CHILD: &[&str] = &["compile-bombs", "types"];

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn each_is_refused_stopped_or_answered() {
    let _alone = alone();
    let log = Sink::default();
    log.during(|| run(&log));
}

/// What no module of the corpus may see is there to be seen.
#[test]
fn the_neighbour_sees_what_is_its_own() {
    let _alone = alone();
    let log = Sink::default();
    log.during(|| {
        let mut house = House::open();
        house.put_good(&corpus::reading());
        let sent = house.request("OPTIONS", "bob", "good.example");
        let told = wrong(&sent, false).unwrap_or_default();
        assert!(told.contains("what is another's"), "{sent:?}");
        let log = log.take();
        assert!(log.contains("of a table") && log.contains("of a variable"), "{log}");
    });
}

fn run(log: &Sink) {
    let seed = number("KEMIST_CORPUS_SEED").unwrap_or(1) as u64;
    let numbers: Vec<usize> = match number("KEMIST_CORPUS_ONLY") {
        Some(only) => vec![only],
        None => (0..number("KEMIST_CORPUS").unwrap_or(480)).collect(),
    };
    let mut house = House::open();
    let mut ends: BTreeMap<(&str, End), usize> = BTreeMap::new();
    let (mut wrong, mut costs, mut half) = (Vec::new(), Vec::new(), 0);
    for (place, &number) in numbers.iter().enumerate() {
        let hostile = corpus::nth(seed, number);
        let begun = std::time::Instant::now();
        match one(&mut house, log, number, &hostile, &mut costs) {
            Ok(end) => *ends.entry((hostile.family, end)).or_default() += 1,
            Err(what) => wrong.push(format!("{}: {what}", shown(number, &hostile))),
        }
        if numbers.len() == 1 {
            println!("{hostile:?}: {:?}", begun.elapsed());
        }
        if place == numbers.len() / 2 {
            half = resident();
        }
    }
    house.worker.advance(Duration::from_secs(600)).expect("it is still");
    wasm::trim();
    let end = resident();
    println!("{} modules from seed {seed}: {ends:?}", numbers.len());
    costs.sort_unstable_by(|a: &(Duration, String), b| b.cmp(a));
    for (cost, what) in costs.iter().take(8) {
        println!("{cost:?} {what}");
    }
    println!("resident {} MiB at half time, {} MiB at the end", half >> 20, end >> 20);
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        numbers.len(),
        wrong.join("\n\n")
    );
    assert!(
        end <= half + SLACK,
        "{} MiB have not come back",
        end.saturating_sub(half) >> 20
    );
}

fn one(
    house: &mut House,
    log: &Sink,
    number: usize,
    hostile: &Hostile,
    costs: &mut Vec<(Duration, String)>,
) -> Result<End, String> {
    let mut chance = Chance::new(7, number as u64);
    let child = IN_A_CHILD.contains(&hostile.family);
    let policy = if number.is_multiple_of(2) {
        Policy::Fresh
    } else {
        Policy::Reuse
    };
    let guest = match house.load(&hostile.component, child, DEADLINE, policy) {
        Ok(guest) => guest,
        Err(error) => {
            let line = error.to_string();
            if line.chars().any(char::is_control) || line.len() > 4000 || line.is_empty() {
                return Err(format!("refused with {line:?}"));
            }
            return match hostile.fate {
                Fate::Stopped => Err(format!("it was to be loaded: {line}")),
                _ => Ok(End::Refused),
            };
        }
    };
    if hostile.fate == Fate::Refused {
        return Err("it was loaded".to_owned());
    }
    let faults = ["traps", "deadlines", "script_errors", "over_quota"];
    let before = house.stat(&faults);
    log.take();
    let mut cost = Duration::ZERO;
    let mut sent = Vec::new();
    for method in ["INVITE", "REGISTER", "MESSAGE", "OPTIONS"] {
        let begun = used();
        let now = house.request(method, "bob", "hostile.example");
        cost = cost.max(used().saturating_sub(begun));
        sent.extend(house.answer(&mut chance, &now));
        sent.extend(now);
    }
    house
        .worker
        .advance(Duration::from_secs(1))
        .map_err(|error| error.to_string())?;
    let answers = house.neighbour_answers();
    house
        .worker
        .advance(Duration::from_secs(200))
        .map_err(|error| error.to_string())?;
    sent.extend(house.worker.sent());
    let stopped = house.stat(&faults) - before;
    let (label, name) = (guest.label(), guest.tenant.name().to_owned());
    house.unload(guest);
    let log = log.take();
    costs.push((cost, shown(number, hostile)));
    if !answers {
        return Err("its neighbour was not answered".to_owned());
    }
    if let Some(what) = wrong(&sent, hostile.writes_lines) {
        return Err(what);
    }
    if log.contains(CANARY) {
        return Err(format!("what is another's is in its log:\n{log:.2000}"));
    }
    if let Some(line) = lines::wrong_with_log(&log) {
        return Err(format!("a line of the log: {line:?}"));
    }
    // callbacks that call one another have the quota of a second, not that of one
    if cost > DEADLINE + COST && hostile.family != "suspensions" {
        return Err(format!("a message cost {cost:?} of the processor"));
    }
    if hostile.fate == Fate::Stopped && stopped < 4 {
        return Err(format!("{stopped} of 4 callbacks were stopped"));
    }
    if stopped > 0 && !log.contains(&label) && !log.contains(&name) {
        return Err(format!("the log does not name {name}:\n{log:.2000}"));
    }
    Ok(if stopped > 0 { End::Stopped } else { End::Answered })
}
