//! Two workers: what belongs to one and arrives at the other.

#[path = "support/proxy.rs"]
mod proxy;

use kemist_sip::{Method, Protocol};
use proxy::{Native, Phone, relay_all, reply, start, stat, wait_stat};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// The kernel chooses the worker by the sender's port: with this many senders, both get some.
const SENDERS: usize = 24;

fn two_workers() -> (kemist::server::Running, std::net::SocketAddr, Phone) {
    let callee = Phone::new("127.0.0.1:9".parse().unwrap());
    let running = start(&["udp:127.0.0.1:0"], 2, relay_all(Protocol::Udp, callee.address()));
    let address = running.addresses(Protocol::Udp)[0];
    (running, address, callee)
}

#[test]
fn replies_reach_the_worker_that_sent_the_request() {
    let (running, address, callee) = two_workers();
    for call in 0..SENDERS {
        let caller = Phone::new(address);
        caller.send(caller.request("INVITE", &format!("w{call}")));
        let invite = callee.receive();
        callee.send_to(reply(&invite, 200, "OK"), address);
        assert_eq!(caller.reply().status(), 200);
    }
    assert!(stat(&running, "handed_over") > 0);
    assert_eq!(stat(&running, "stray_replies"), 0);
}

#[test]
fn retransmissions_and_cancels_find_their_transaction() {
    let (running, address, callee) = two_workers();
    for call in 0..SENDERS {
        let id = format!("x{call}");
        let caller = Phone::new(address);
        let elsewhere = Phone::new(address);
        let invite = caller.request("INVITE", &id);
        caller.send(&invite);
        let sent = callee.receive();
        callee.send_to(reply(&sent, 180, "Ringing"), address);
        assert_eq!(caller.reply().status(), 180);
        let absorbed = stat(&running, "absorbed");
        elsewhere.send(&invite);
        wait_stat(&running, "absorbed", absorbed + 1);
        elsewhere.send(caller.request("CANCEL", &id));
        let cancel = callee.receive();
        assert_eq!(cancel.method(), Method::Cancel, "no second INVITE came");
        callee.send_to(reply(&cancel, 200, "OK"), address);
        callee.send_to(reply(&sent, 487, "Request Terminated"), address);
        assert_eq!(callee.receive().method(), Method::Ack);
        while caller.reply().status() != 487 {}
    }
    assert!(stat(&running, "handed_over") > 0);
}

#[test]
fn a_loaded_worker_gives_new_requests_to_an_idle_one() {
    // busy for longer than a datagram takes to arrive, so that whole batches wait
    let routing = Native::new(|mut route| async move {
        let until = Instant::now() + Duration::from_micros(200);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        route.send_reply(200, "OK");
        (route, Ok(()))
    });
    let running = start(&["udp:127.0.0.1:0"], 2, routing);
    let phone = Phone::new(running.addresses(Protocol::Udp)[0]);
    let calls: Vec<String> = (0..100)
        .map(|call| phone.request("OPTIONS", &format!("load{call}")))
        .collect();
    // one sender: all of it goes to one worker's socket
    calls.iter().for_each(|call| phone.send(call));
    let answered: HashSet<Vec<u8>> = calls
        .iter()
        .map(|_| phone.receive().call_id().expect("it has one").to_vec())
        .collect();
    assert_eq!(answered.len(), calls.len());
    assert!(stat(&running, "handed_over") > 0);
}
