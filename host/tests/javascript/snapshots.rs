//! What a snapshot must not freeze: the time, randomness, what the host has.

use super::support::Script;
use crate::needs_engine;
use kemist::route::Routing;
use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    since.as_secs_f64() * 1000.0
}

#[test]
fn time_and_randomness_are_the_hosts_at_every_use() {
    needs_engine!();
    let text = "function ksr_request_route() { throw Math.random() + ' ' + Date.now() + ' ' + new Date().getTime() }";
    let script = Script::fresh(text);
    let mut seen = HashSet::new();
    for _ in 0..5 {
        let before = now();
        let thrown = script.thrown();
        let after = now();
        let numbers: Vec<f64> = thrown.split(' ').map(|word| word.parse().expect("a number")).collect();
        assert!((0.0..1.0).contains(&numbers[0]), "{thrown}");
        assert!(seen.insert(numbers[0].to_bits()), "two instances drew the same");
        for time in &numbers[1..] {
            assert!(
                (before - 1.0..=after + 1.0).contains(time),
                "{time} is not within {before} and {after}"
            );
        }
    }
}

#[test]
fn fresh_instances_begin_anew_and_reused_ones_go_on() {
    needs_engine!();
    let text = "let count = 0; function ksr_request_route() { throw String(++count) }";
    let fresh = Script::fresh(text);
    assert_eq!((fresh.thrown(), fresh.thrown()), ("1".into(), "1".into()));
    let counts = Script::new(text);
    let seen: HashSet<String> = (0..6).map(|_| counts.thrown()).collect();
    assert!(seen.len() > 1, "{seen:?}");
}

#[test]
fn what_a_snapshot_cannot_hold_is_evaluated_later() {
    needs_engine!();
    for (line, what) in [
        ("var early = KSR.pv.get('$rm');", "KSR.pv.get"),
        ("var early = String(Math.random());", "Math.random"),
        ("var early = String(Date.now());", "Date"),
        ("var early = new Date().toISOString();", "Date"),
    ] {
        let text = format!("{line}\nconst helper = () => {{}};\nfunction ksr_request_route() {{ throw early }}");
        let script = Script::fresh(&text);
        assert!(
            script.notes.iter().any(|note| note.contains(what)),
            "{what}: {:?}",
            script.notes
        );
        assert!(script.version.callback("helper").is_some());
        let (one, two) = (script.thrown(), script.thrown());
        match what {
            "KSR.pv.get" => assert_eq!(one, "REGISTER"),
            "Math.random" => assert_ne!(one, two),
            _ => assert!(!one.is_empty()),
        }
    }
}

#[test]
fn what_a_snapshot_can_hold_is_not_evaluated_again() {
    needs_engine!();
    let text = "console.log('seen');\nvar day = new Date(2020, 1, 1).getTime(), table = {};\n\
                for (let i = 0; i < 1000; i++) table['k' + i] = i;\n\
                if (KSR.tm && !KSR.nosuch) table.module = true;\n\
                function ksr_request_route() { throw String(table.k999) + table.module }";
    let script = Script::new(text);
    assert_eq!(script.notes, ["route.js logs while it is loaded: seen"]);
    assert_eq!(script.thrown(), "999true");
}

#[test]
fn an_error_at_the_late_top_is_the_errors_of_every_run() {
    needs_engine!();
    let text = "if (KSR.is_REGISTER()) throw new Error('early');\nfunction ksr_request_route() {}";
    let script = Script::new(text);
    for _ in 0..3 {
        let error = script.error();
        assert!(
            error.contains("Error: early") && error.contains("route.js:1:"),
            "{error}"
        );
    }
}
