//! The corpus of scripts, through the JavaScript engine.

use super::house::{End, House, Sink, alone, used, wrong};
use super::lines;
use crate::corpus::scripts::{SCRIPTS, script};
use kemist::wasm::Policy;
use std::time::Duration;

/// Engines need more of it than compiled modules.
const DEADLINE: Duration = Duration::from_millis(30);
const COST: Duration = Duration::from_millis(600);

#[test]
fn scripts_too() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("route.js");
    std::fs::write(&file, script()).expect("a file of our own");
    let built = match kemist::build::build(&file, None) {
        Err(error) if error.to_string().contains("engine is missing") => {
            println!("skipped: {error}");
            return;
        }
        built => built.expect("the script is right"),
    };
    let log = Sink::default();
    log.during(|| {
        let mut house = House::open();
        for policy in [Policy::Fresh, Policy::Reuse] {
            run(&mut house, &log, &built.component, policy);
        }
    });
}

fn run(house: &mut House, log: &Sink, component: &[u8], policy: Policy) {
    let guest = house.load(component, false, DEADLINE, policy).expect("it is loaded");
    let faults = ["traps", "deadlines", "script_errors", "over_quota"];
    let mut bad = Vec::new();
    for (name, _) in SCRIPTS {
        let before = house.stat(&faults);
        let begun = used();
        let mut sent = house.request("INVITE", name, "hostile.example");
        let cost = used().saturating_sub(begun);
        house.worker.advance(Duration::from_secs(200)).expect("it is still");
        sent.extend(house.worker.sent());
        let lines = log.take();
        let mut check = |ok: bool, what: String| {
            if !ok {
                bad.push(format!("{name}, {policy:?}: {what}"));
            }
        };
        let end = match house.stat(&faults) - before {
            0 => End::Answered,
            _ => End::Stopped,
        };
        check(end == End::Stopped, "it was not stopped".to_owned());
        check(cost < DEADLINE + COST, format!("it cost {cost:?} of the processor"));
        let fine = wrong(&sent, true);
        check(fine.is_none(), fine.unwrap_or_default());
        let line = lines::wrong_with_log(&lines);
        check(line.is_none(), line.unwrap_or_default());
        // the others are served, by an instance that nobody has changed
        check(house.neighbour_answers(), "its neighbour was not answered".to_owned());
        if policy == Policy::Fresh {
            let sent = house.request("OPTIONS", "fine", "hostile.example");
            let answered = sent
                .iter()
                .any(|sent| sent.transmit.bytes.starts_with(b"SIP/2.0 200 Script\r\n"));
            check(answered, "the next message was not answered".to_owned());
        }
    }
    house.unload(guest);
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
