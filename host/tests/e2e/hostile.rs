//! Scripts that do what no script should: the message pays, nobody else.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::proxy::{Proxy, Setup};

fn start(policy: &str) -> Proxy {
    let routing = format!("policy = \"{policy}\"\ndeadline = \"100ms\"\nmemory = \"16MiB\"");
    Setup::new(component("tests/programs/hostile"))
        .routing(&routing)
        .start()
}

/// The callback answers `sip:ok@` with 200; other users name what it does instead.
fn ask(phone: &Phone, what: &str) -> u16 {
    phone
        .ask(&phone.request("OPTIONS", &format!("sip:{what}@localhost"), "alice", what, ""))
        .status()
}

fn costs_one_message_and_one_line(what: &str) {
    for policy in ["reuse", "fresh"] {
        let mut proxy = start(policy);
        let (pid, phone) = (proxy.pid(), Phone::new(proxy.address));
        assert_eq!(ask(&phone, "ok"), 200);
        assert_eq!(ask(&phone, what), 500, "{what}, {policy}");
        assert_eq!(ask(&phone, "ok"), 200, "after {what}, {policy}");
        assert_eq!(proxy.pid(), pid);
        let log = proxy.log();
        let blames = log.lines().filter(|line| line.contains("guest")).count();
        assert_eq!(blames, 1, "{what}, {policy}: one line with its blame, not {blames}");
        assert!(proxy.stop("-TERM").success());
    }
}

#[test]
fn endless_loop() {
    costs_one_message_and_one_line("loop");
}

#[test]
fn trap() {
    costs_one_message_and_one_line("trap");
}

#[test]
fn endless_recursion() {
    costs_one_message_and_one_line("recurse");
}

#[test]
fn all_the_memory() {
    costs_one_message_and_one_line("memory");
}

#[test]
fn script_error() {
    costs_one_message_and_one_line("error");
}

#[test]
fn what_was_decided_before_a_fault_stands() {
    let proxy = start("reuse");
    let phone = Phone::new(proxy.address);
    assert_eq!(ask(&phone, "reply-then-trap"), 202);
    assert_eq!(ask(&phone, "ok"), 200);
}
