//! Forking, failover and cancelling: the fast ones of the black-box scenarios, through the routing
//! scripts of `examples`. `make conformance` runs all of them.

use crate::support::component::root;
use crate::support::sipp::installed;
use std::process::{Command, Stdio};

const SCENARIOS: [&str; 10] = [
    "cancel-crosses-answer",
    "cancel-ringing",
    "failover-broken",
    "failure-elsewhere",
    "parallel-challenges",
    "parallel-decline",
    "parallel-first-answers",
    "serial-cancelled",
    "serial-third-answers",
    "tcp-to-udp",
];

#[test]
fn fast_conformance_scenarios_pass() {
    let python = Command::new("python3").arg("-V").stdout(Stdio::null()).status();
    if python.is_err() {
        println!("skipped: python3 is not installed");
        return;
    }
    if !installed() {
        return;
    }
    let run = Command::new(root().join("tests/conformance/run"))
        .args(SCENARIOS)
        .env_remove("CONFORMANCE_SUBJECT")
        .env("CONFORMANCE_KEMIST", env!("CARGO_BIN_EXE_kemist"))
        .output()
        .expect("tests/conformance/run starts");
    assert!(
        run.status.success(),
        "{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}
