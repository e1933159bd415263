//! The registrar and its credentials, with a client that knows what sipp does not: SHA-256, stale
//! and forged nonces, removal of a binding, IPv6.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::digest::{self, Algorithm};
use crate::support::proxy::Setup;
use std::time::Duration;

fn setup() -> Setup {
    Setup::new(component("examples/basic/rust"))
        .routing("deadline = \"1s\"")
        .account("alice", "wonderland")
}

#[test]
fn md5_is_the_default_and_the_only_challenge() {
    let proxy = setup().start();
    let phone = Phone::new(proxy.address);
    let challenged = phone.register("alice", 600, "");
    assert_eq!(challenged.status(), 401);
    assert_eq!(challenged.headers("WWW-Authenticate").len(), 1, "{}", challenged.text);
    assert!(digest::challenge(&challenged, Algorithm::Md5).is_some());
    assert_eq!(phone.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    assert_eq!(
        phone.register_with("alice", "looking-glass", Algorithm::Md5).status(),
        401
    );
}

#[test]
fn sha256_is_offered_first_and_accepted() {
    let proxy = setup()
        .tables("[modules.auth]\nalgorithm = [\"SHA-256\", \"MD5\"]")
        .start();
    let phone = Phone::new(proxy.address);
    let challenged = phone.register("alice", 600, "");
    let challenges = challenged.headers("WWW-Authenticate");
    assert_eq!(challenges.len(), 2, "{}", challenged.text);
    assert_eq!(digest::parameter(challenges[0], "algorithm"), Some("SHA-256"));
    assert_eq!(
        phone.register_with("alice", "wonderland", Algorithm::Sha256).status(),
        200
    );
    assert_eq!(
        phone
            .register_with("alice", "looking-glass", Algorithm::Sha256)
            .status(),
        401
    );
    // RFC 8760 section 2.6: a client picks one it knows
    assert_eq!(phone.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
}

#[test]
fn an_old_nonce_is_stale_and_a_forged_one_is_not() {
    let proxy = setup().tables("[modules.auth]\nnonce_expire = \"1s\"").start();
    let phone = Phone::new(proxy.address);
    let challenged = phone.register("alice", 600, "");
    let challenge = digest::challenge(&challenged, Algorithm::Md5).expect("a challenge");
    let answer = |challenge: &str| {
        let value = digest::authorization(
            challenge,
            Algorithm::Md5,
            "alice",
            "wonderland",
            "REGISTER",
            "sip:localhost",
        );
        phone.register("alice", 600, &format!("Authorization: {value}\r\n"))
    };
    let mut late = answer(&challenge);
    while late.status() == 200 {
        std::thread::sleep(Duration::from_millis(20));
        late = answer(&challenge);
    }
    assert_eq!(late.status(), 401);
    let fresh = digest::challenge(&late, Algorithm::Md5).expect("a new challenge");
    assert_eq!(digest::parameter(&fresh, "stale"), Some("true"), "{}", late.text);
    assert_eq!(answer(&fresh).status(), 200);

    let nonce = digest::parameter(&challenge, "nonce").expect("a nonce");
    let forged: String = nonce.chars().rev().collect();
    let refused = answer(&challenge.replace(nonce, &forged));
    assert_eq!(refused.status(), 401);
    assert!(!refused.text.contains("stale=true"), "{}", refused.text);
}

#[test]
fn a_binding_is_listed_and_removed() {
    let proxy = setup().start();
    let phone = Phone::new(proxy.address);
    let contact = format!("sip:alice@{}", phone.address());
    let register = |seconds: u32| {
        let challenged = phone.register("alice", seconds, "");
        let challenge = digest::challenge(&challenged, Algorithm::Md5).expect("a challenge");
        let value = digest::authorization(
            &challenge,
            Algorithm::Md5,
            "alice",
            "wonderland",
            "REGISTER",
            "sip:localhost",
        );
        phone.register("alice", seconds, &format!("Authorization: {value}\r\n"))
    };
    let added = register(600);
    assert_eq!(added.status(), 200);
    assert!(added.header("Contact").contains(&contact), "{}", added.text);
    assert!(added.header("Contact").contains("expires="), "{}", added.text);
    let removed = register(0);
    assert_eq!(removed.status(), 200);
    assert!(
        !removed.text.contains(&contact) || removed.header("Contact").contains("expires=0"),
        "{}",
        removed.text
    );
    assert!(!proxy.command(&["rpc", "ul.dump"]).contains(&contact));
}

#[test]
fn no_open_relay() {
    let proxy = setup().start();
    let phone = Phone::new(proxy.address);
    let mut request = phone.request("INVITE", "sip:somebody@192.0.2.1", "mallory", "somebody", "");
    request = request.replace("mallory@localhost", "mallory@elsewhere.example");
    assert_eq!(phone.ask(&request).status(), 403);
}

#[test]
fn what_a_caller_may_not_say() {
    let proxy = setup().start();
    let phone = Phone::new(proxy.address);
    let loops = phone.request("OPTIONS", "sip:bob@localhost", "alice", "bob", "");
    assert_eq!(
        phone
            .ask(&loops.replace("Max-Forwards: 70", "Max-Forwards: 0"))
            .status(),
        483
    );
    let scanner = phone.request(
        "OPTIONS",
        "sip:bob@localhost",
        "alice",
        "bob",
        "User-Agent: friendly-scanner\r\n",
    );
    assert_eq!(phone.ask(&scanner).status(), 200);
    let stray = phone.request("BYE", "sip:bob@localhost", "alice", "bob", "");
    assert_eq!(
        phone
            .ask(&stray.replace("To: <sip:bob@localhost>", "To: <sip:bob@localhost>;tag=1"))
            .status(),
        404
    );
}

#[test]
fn a_phone_on_ipv6_registers_and_is_found() {
    let proxy = setup().start();
    let Some(address) = proxy.address6 else {
        return println!("skipped: no IPv6 on this machine");
    };
    let phone = Phone::new(address);
    let options = phone.request("OPTIONS", &format!("sip:{address}"), "alice", "alice", "");
    let answer = phone.ask(&options);
    assert_eq!(answer.status(), 200, "{}", answer.text);
    let own = phone.address();
    assert!(
        answer.header("Via").contains("received=::1") || answer.header("Via").contains(&own.to_string()),
        "{}",
        answer.text
    );
    let registered = phone.register_with("alice", "wonderland", Algorithm::Md5);
    assert_eq!(registered.status(), 200);
    assert!(
        registered.header("Contact").contains(&format!("sip:alice@{own}")),
        "{}",
        registered.text
    );
    assert!(proxy.command(&["rpc", "ul.dump"]).contains(&format!("udp:{address}")));
}
