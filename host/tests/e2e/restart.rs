//! What survives the end of the process.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::digest::Algorithm;
use crate::support::proxy::{Proxy, Setup};
use std::time::{Duration, Instant};

fn setup() -> Setup {
    Setup::new(component("examples/basic/rust"))
        .routing("deadline = \"1s\"")
        .account("alice", "wonderland")
        .trusted()
}

/// A MESSAGE to alice, from a trusted address, arrives at her phone, and her answer comes back.
fn reaches(proxy: &Proxy, alice: &Phone) {
    let friend = Phone::new(proxy.address);
    let request = friend.request("MESSAGE", "sip:alice@localhost", "friend", "alice", "");
    friend.send(request.as_bytes());
    let arrived = alice.expect_request("MESSAGE");
    alice.answer(&arrived, "200 OK");
    assert_eq!(friend.ask(&request).status(), 200);
}

/// Whether the database's files hold a text: the log of what was committed, or the tables.
fn is_stored(proxy: &Proxy, text: &[u8]) -> bool {
    ["kemist.db-wal", "kemist.db"].iter().any(|file| {
        let bytes = std::fs::read(proxy.folder().join(file)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text)
    })
}

#[test]
fn bindings_are_written_at_shutdown() {
    let mut proxy = setup().tables("[modules.usrloc]\ntimer_interval = \"1h\"").start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let status = proxy.stop("-TERM");
    assert!(status.success(), "{status}");
    proxy.launch();
    reaches(&proxy, &alice);
}

#[test]
fn bindings_older_than_the_interval_survive_a_kill() {
    let mut proxy = setup().tables("[modules.usrloc]\ntimer_interval = \"1s\"").start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let contact = format!("sip:alice@{}", alice.address());
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_stored(&proxy, contact.as_bytes()) {
        assert!(Instant::now() < deadline, "it is not written:\n{}", proxy.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    proxy.stop("-KILL");
    proxy.launch();
    reaches(&proxy, &alice);
}

#[test]
fn interrupt_ends_it_cleanly() {
    let mut proxy = setup().start();
    let status = proxy.stop("-INT");
    assert_eq!(status.code(), Some(0), "{}", proxy.log());
}
