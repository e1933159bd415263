//! A version on trial: what its figures show, and that one which does worse is taken away by itself.

use crate::support::client::Phone;
use crate::support::proxy::{Proxy, Setup};
use crate::support::small::{answering, trapping};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn file(folder: &Path, name: &str, component: Vec<u8>) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, component).expect("a file of our own");
    file
}

fn shown(proxy: &Proxy, words: &[&str]) -> Value {
    serde_json::from_str(&proxy.command(words)).expect("--json was asked for")
}

/// Asks with a call of its own; the status line after `SIP/2.0 `.
fn ask(proxy: &Proxy) -> String {
    let phone = Phone::new(proxy.address);
    let reply = phone.ask(&phone.request("OPTIONS", "sip:localhost", "alice", "alice", ""));
    let line = reply.text.lines().next().unwrap_or_default();
    line.trim_start_matches("SIP/2.0 ").to_owned()
}

#[test]
fn a_canary_that_traps_is_taken_away_with_its_reason() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = file(folder.path(), "good.wasm", answering("Good"));
    let bad = file(folder.path(), "bad.wasm", trapping()).display().to_string();
    let proxy = Setup::new(good).start();
    let trial = shown(&proxy, &["deploy", &bad, "--canary", "50", "--json"]);
    let limit = Instant::now() + Duration::from_secs(60);
    let last = loop {
        for _ in 0..20 {
            let answer = ask(&proxy);
            assert!(answer == "200 Good" || answer.starts_with("500 "), "{answer}");
        }
        let history = shown(&proxy, &["versions", "--history", "--json"]);
        if history[0]["action"] == "withdraw" {
            break history[0].clone();
        }
        assert!(Instant::now() < limit, "it stays: {history:#}\n{}", proxy.log());
    };
    assert_eq!((&last["version"], &last["who"]), (&trial["version"], &"kemist".into()));
    let reason = last["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("callbacks failed; of the live version 0 of"),
        "{reason}"
    );
    assert!(proxy.log().contains("the canary goes: "), "{}", proxy.log());
    for _ in 0..50 {
        assert_eq!(ask(&proxy), "200 Good");
    }
    let versions = shown(&proxy, &["versions", "--json"]);
    let figures = &versions[0]["figures"];
    assert_eq!(
        (&versions[0]["state"], &figures["faults"]["traps"]),
        (&"live".into(), &0.into())
    );
    assert!(figures["calls"].as_u64() >= Some(50), "{figures:#}");
    assert_eq!(figures["calls"], figures["replies"]["2xx"]);
    assert!(figures["instances"]["ready"].as_u64() > Some(0) && figures["memory"].as_u64() > Some(0));
    assert!(figures["running"]["p99_us"].as_f64() > Some(0.0), "{figures:#}");
    let states = versions
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["state"].as_str());
    assert!(!states.flatten().any(|state| state == "canary"), "{versions:#}");
}

#[test]
fn a_canary_that_does_well_stays() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let one = file(folder.path(), "one.wasm", answering("One"));
    let two = file(folder.path(), "two.wasm", answering("Two")).display().to_string();
    let proxy = Setup::new(one).start();
    proxy.command(&["deploy", &two, "--canary", "50"]);
    let mut of_two = 0;
    for _ in 0..300 {
        of_two += usize::from(ask(&proxy) == "200 Two");
    }
    assert!((90..210).contains(&of_two), "{of_two} of 300");
    let versions = shown(&proxy, &["versions", "--json"]);
    assert_eq!(versions[1]["state"], "canary");
    assert_eq!(versions[1]["figures"]["calls"].as_u64(), Some(of_two as u64));
    proxy.command(&["promote"]);
    assert_eq!(ask(&proxy), "200 Two");
}
