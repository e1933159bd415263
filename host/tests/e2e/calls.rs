//! Registrations and calls between two phones, through the basic routing script, driven by sipp. Each
//! language that the script is written in has a module that includes this file and names its source.

use crate::support::component::component;
use crate::support::proxy::{Proxy, Setup, free_port};
use crate::support::sipp::{Scenario, installed};

fn setup() -> Setup {
    Setup::new(component(super::SOURCE))
        .routing("deadline = \"1s\"")
        .account("alice", "wonderland")
        .account("bob", "builder")
}

/// A proxy where bob is registered, and the port of his phone.
fn with_bob(setup: Setup) -> (Proxy, u16) {
    let proxy = setup.start();
    let port = free_port();
    Scenario::new("register", proxy.address, port)
        .user("bob", "builder")
        .run();
    (proxy, port)
}

/// Bob's phone runs one scenario, alice's the other.
fn call(setup: Setup, callee: &str, caller: &str) {
    if !installed() {
        return;
    }
    let (proxy, port) = with_bob(setup);
    let bob = Scenario::new(callee, proxy.address, port)
        .user("bob", "builder")
        .start();
    Scenario::new(caller, proxy.address, free_port())
        .user("alice", "wonderland")
        .to("bob")
        .run();
    bob.finish();
}

#[test]
fn register_is_challenged_and_accepted() {
    if installed() {
        let (proxy, port) = with_bob(setup());
        assert!(
            proxy
                .command(&["rpc", "ul.dump"])
                .contains(&format!("bob@127.0.0.1:{port}"))
        );
    }
}

#[test]
fn register_with_a_wrong_password_is_challenged_again() {
    if installed() {
        let proxy = setup().start();
        Scenario::new("register_wrong", proxy.address, free_port())
            .user("bob", "plumber")
            .run();
        assert!(!proxy.command(&["rpc", "ul.dump"]).contains("bob@127.0.0.1"));
    }
}

#[test]
fn register_over_tcp() {
    if installed() {
        let proxy = setup().start();
        Scenario::new("register", proxy.address, free_port())
            .user("bob", "builder")
            .tcp()
            .run();
    }
}

#[test]
fn options_is_answered_over_udp_and_tcp() {
    if installed() {
        let proxy = setup().start();
        Scenario::new("options", proxy.address, free_port()).run();
        Scenario::new("options", proxy.address, free_port()).tcp().run();
    }
}

#[test]
fn call_is_answered_and_hung_up() {
    call(setup(), "callee", "caller");
}

#[test]
fn call_is_answered_when_every_message_gets_a_fresh_instance() {
    call(setup().routing("policy = \"fresh\""), "callee", "caller");
}

#[test]
fn call_from_tcp_reaches_a_phone_on_udp() {
    if installed() {
        let (proxy, port) = with_bob(setup());
        let bob = Scenario::new("callee", proxy.address, port)
            .user("bob", "builder")
            .start();
        Scenario::new("caller", proxy.address, free_port())
            .user("alice", "wonderland")
            .to("bob")
            .tcp()
            .run();
        bob.finish();
    }
}

#[test]
fn call_from_a_trusted_address_is_not_challenged() {
    call(setup().trusted(), "callee", "caller");
}

#[test]
fn call_whose_media_changes() {
    call(setup(), "callee_reinvite", "caller_reinvite");
}

#[test]
fn call_cancelled_while_it_rings() {
    call(setup(), "callee_cancelled", "caller_cancel");
}

#[test]
fn call_to_a_busy_phone() {
    call(setup(), "callee_busy", "caller_busy");
}

#[test]
fn call_that_nobody_answers() {
    call(
        setup().tables("[modules.tm]\nfr_inv_timer = \"1500ms\""),
        "callee_cancelled",
        "caller_unanswered",
    );
}

#[test]
fn call_to_an_unknown_user() {
    if installed() {
        let proxy = setup().start();
        Scenario::new("caller_unknown", proxy.address, free_port())
            .user("alice", "wonderland")
            .to("nobody")
            .run();
    }
}

#[test]
fn call_to_a_phone_that_is_not_registered() {
    if installed() {
        let proxy = setup().start();
        Scenario::new("caller_unknown", proxy.address, free_port())
            .user("alice", "wonderland")
            .to("bob")
            .run();
    }
}
