//! One worker over UDP: answers, relays, bad input, faults, suspension.

#[path = "support/proxy.rs"]
mod proxy;

use kemist::route::Fault;
use kemist_sip::{Method, Protocol};
use proxy::{Native, Phone, address, answer, ends, parts, relay, relay_all, reply, start, stat, wait_stat};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

const UDP: &[&str] = &["udp:127.0.0.1:0"];

#[test]
fn an_options_is_answered() {
    let running = start(UDP, 1, answer(200, "Keepalive"));
    let phone = Phone::new(address(&running));
    phone.send(phone.request("OPTIONS", "o1"));
    let reply = phone.receive();
    assert_eq!((reply.status(), reply.reason()), (200, &b"Keepalive"[..]));
    assert!(reply.to().is_some_and(|to| to.tag().is_some()));
    running.stop();
}

#[test]
fn a_bad_request_gets_400_or_505() {
    let running = start(UDP, 1, answer(200, "OK"));
    let phone = Phone::new(address(&running));
    let good = phone.request("OPTIONS", "b1");
    phone.send(good.replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"));
    assert_eq!(phone.receive().status(), 400);
    phone.send(good.replace("Call-ID: b1@test\r\n", ""));
    assert_eq!(phone.receive().status(), 400);
    phone.send(good.replace("sip:bob@localhost SIP/2.0", "sip:bob@localhost SIP/7.0"));
    assert_eq!(phone.receive().status(), 505);
    assert_eq!(stat(&running, "bad_answered"), 3);
}

#[test]
fn noise_does_not_stop_it() {
    let running = start(UDP, 1, answer(200, "OK"));
    let phone = Phone::new(address(&running));
    let mut seed = 1u64;
    for round in 0..500usize {
        let noise: Vec<u8> = (0..round % 700)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 56) as u8
            })
            .collect();
        phone.send(&noise);
        let text = phone.request("INVITE", "n1");
        phone.send(&text.as_bytes()[..round % text.len()]);
        if round % 25 == 0 {
            // a full buffer of the kernel would lose what is asserted below
            while phone.within(Duration::from_millis(5)).is_some() {}
        }
    }
    for call in 0..5 {
        phone.send(phone.request("OPTIONS", &format!("after{call}")));
        let id = format!("after{call}@test");
        while phone.receive().call_id() != Some(id.as_bytes()) {}
    }
    assert!(stat(&running, "bad_messages") > 0);
}

#[test]
fn keep_alives_are_dropped() {
    let running = start(UDP, 1, answer(200, "OK"));
    let phone = Phone::new(address(&running));
    phone.send(b"\r\n\r\n");
    phone.send([0; 4]);
    wait_stat(&running, "keepalives", 2);
    phone.hears_nothing();
}

#[test]
fn a_call_goes_through() {
    call_through("udp:127.0.0.1:0");
}

#[test]
fn a_call_goes_through_over_ipv6() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return println!("skipped: no IPv6 on this machine");
    }
    call_through("udp:[::1]:0");
}

fn call_through(listen: &str) {
    let target: std::net::SocketAddr = if listen.contains('[') { "[::1]:9" } else { "127.0.0.1:9" }
        .parse()
        .unwrap();
    let callee = Phone::new(target);
    let running = start(&[listen], 1, relay_all(Protocol::Udp, callee.address()));
    let (caller, callee) = ends(&running, callee);

    caller.send(caller.request("INVITE", "c1"));
    assert_eq!(caller.receive().status(), 100);
    let invite = callee.receive();
    assert_eq!(invite.method(), Method::Invite);
    assert_eq!(invite.vias().count(), 2);
    callee.send(reply(&invite, 180, "Ringing"));
    assert_eq!(caller.receive().status(), 180);
    callee.send(reply(&invite, 200, "OK"));
    let ok = caller.receive();
    assert_eq!(ok.status(), 200);
    assert_eq!(ok.vias().count(), 1, "our Via is off");
    caller.send(
        caller
            .request("ACK", "c1")
            .replace("branch=z9hG4bKc1", "branch=z9hG4bKack"),
    );
    assert_eq!(callee.receive().method(), Method::Ack);
    caller.send(caller.request("BYE", "c1bye"));
    let bye = callee.receive();
    assert_eq!(bye.method(), Method::Bye);
    callee.send(reply(&bye, 200, "OK"));
    assert_eq!(caller.receive().status(), 200);
}

#[test]
fn a_negative_reply_comes_back_and_is_acked() {
    let callee = Phone::unplugged();
    let running = start(UDP, 1, relay_all(Protocol::Udp, callee.address()));
    let (caller, callee) = ends(&running, callee);
    caller.send(caller.request("INVITE", "busy"));
    let invite = callee.receive();
    callee.send(reply(&invite, 486, "Busy Here"));
    assert_eq!(callee.receive().method(), Method::Ack);
    assert_eq!(caller.reply().status(), 486);
    caller.send(caller.request("ACK", "busy"));
    wait_stat(&running, "absorbed", 1);
    callee.hears_nothing();
}

#[test]
fn a_cancel_reaches_the_callee() {
    let callee = Phone::unplugged();
    let running = start(UDP, 1, relay_all(Protocol::Udp, callee.address()));
    let (caller, callee) = ends(&running, callee);
    caller.send(caller.request("INVITE", "x1"));
    let invite = callee.receive();
    callee.send(reply(&invite, 180, "Ringing"));
    assert_eq!(caller.reply().status(), 180);
    caller.send(caller.request("CANCEL", "x1"));
    let cancel = callee.receive();
    assert_eq!(cancel.method(), Method::Cancel);
    callee.send(reply(&cancel, 200, "OK"));
    callee.send(reply(&invite, 487, "Request Terminated"));
    let codes = [caller.reply().status(), caller.reply().status()];
    assert!(codes.contains(&200) && codes.contains(&487), "{codes:?}");
}

#[test]
fn a_suspended_callback_absorbs_retransmissions() {
    let gate = Arc::new(Notify::new());
    let opened = gate.clone();
    let running = start(
        UDP,
        1,
        Native::new(move |mut route| {
            let gate = opened.clone();
            async move {
                if route.msg.method() == Method::Register {
                    gate.notified().await;
                }
                route.send_reply(200, "OK");
                (route, Ok(()))
            }
        }),
    );
    let phone = Phone::new(address(&running));
    let register = phone.request("REGISTER", "s1");
    for _ in 0..3 {
        phone.send(&register);
    }
    // the worker serves others in the meantime
    phone.send(phone.request("OPTIONS", "s2"));
    assert_eq!(phone.receive().method(), Method::Options);
    wait_stat(&running, "absorbed", 2);
    assert_eq!(stat(&running, "callbacks"), 2);
    gate.notify_one();
    assert_eq!(phone.receive().method(), Method::Register);
    phone.hears_nothing();
}

#[test]
fn faults_before_a_decision_are_answered() {
    let running = start(
        UDP,
        1,
        Native::new(|mut route| async move {
            let fault = match route.request_uri() {
                uri if uri.starts_with(b"sip:script") => Fault::Script("boom\n at line 3".into()),
                uri if uri.starts_with(b"sip:trap") => Fault::Trap("unreachable".into()),
                uri if uri.starts_with(b"sip:loop") => Fault::Deadline,
                uri if uri.starts_with(b"sip:busy") => Fault::Busy,
                uri if uri.starts_with(b"sip:panic") => panic!("as a test"),
                _ => {
                    route.send_reply(200, "OK");
                    Fault::Trap("after the reply".into())
                }
            };
            (route, Err(fault))
        }),
    );
    let phone = Phone::new(address(&running));
    for (user, code) in [
        ("script", 500),
        ("trap", 500),
        ("loop", 500),
        ("busy", 503),
        ("panic", 500),
        ("late", 200),
    ] {
        phone.send(
            phone
                .request("OPTIONS", user)
                .replace("sip:bob@localhost SIP", &format!("sip:{user}@localhost SIP")),
        );
        let reply = phone.receive();
        assert_eq!(reply.status(), code, "{user}");
        assert_eq!(
            reply.headers_named(b"Retry-After").next().is_some(),
            code == 503,
            "{user}"
        );
        // an ACK is dropped
        phone.send(
            phone
                .request("ACK", user)
                .replace("sip:bob@localhost SIP", &format!("sip:{user}@localhost SIP")),
        );
    }
    phone.hears_nothing();
    assert_eq!(stat(&running, "script_errors"), 2);
}

#[test]
fn a_fault_after_relaying_changes_nothing() {
    let callee = Phone::unplugged();
    let to = callee.address();
    let running = start(
        UDP,
        1,
        Native::new(move |mut route| async move {
            relay(&mut route, Protocol::Udp, to);
            (route, Err(Fault::Trap("late".into())))
        }),
    );
    let (caller, callee) = ends(&running, callee);
    caller.send(caller.request("MESSAGE", "m1"));
    let message = callee.receive();
    callee.send(reply(&message, 200, "OK"));
    assert_eq!(caller.receive().status(), 200);
}

#[test]
fn what_decides_nothing_is_counted_and_given_up() {
    let running = start(
        UDP,
        1,
        Native::new(|mut route| async move {
            kemist::route::core::with(|core| route.create_transaction(core).is_ok());
            (route, Ok(()))
        }),
    );
    let phone = Phone::new(address(&running));
    phone.send(phone.request("MESSAGE", "u1"));
    wait_stat(&running, "unanswered", 1);
    // no transaction is left that would absorb it
    phone.send(phone.request("MESSAGE", "u1"));
    wait_stat(&running, "unanswered", 2);
}

#[test]
fn a_reply_route_may_drop_and_edit() {
    let callee = Phone::unplugged();
    let routing = relay_all(Protocol::Udp, callee.address()).with("ksr_reply_route", |mut route| async move {
        route.decided.drop = route.msg.status() == 180;
        let end = route.msg.headers_end();
        route.edits.insert(end, b"X-Seen: yes\r\n");
        (route, Ok(()))
    });
    let running = start(UDP, 1, routing);
    let (caller, callee) = ends(&running, callee);
    caller.send(caller.request("INVITE", "r1"));
    let invite = callee.receive();
    callee.send(reply(&invite, 180, "Ringing"));
    callee.send(reply(&invite, 183, "Progress"));
    let progress = caller.reply();
    assert_eq!(progress.status(), 183);
    assert!(progress.headers_named(b"X-Seen").next().is_some());
}

#[test]
fn replies_that_are_not_ours_go_nowhere() {
    let victim = Phone::unplugged();
    let running = start(UDP, 1, answer(200, "OK"));
    let phone = Phone::new(address(&running));
    let stray = |top: &str, below: &str| {
        format!(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {top};branch=z9hG4bKx\r\nVia: SIP/2.0/UDP {below};branch=z9hG4bKy\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: stray\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let victims = victim.address().to_string();
    phone.send(stray("192.0.2.77", &victims));
    phone.send(stray(&address(&running).to_string(), "255.255.255.255"));
    wait_stat(&running, "stray_replies", 2);
    // forwarded without state: our Via on top
    phone.send(stray(&address(&running).to_string(), &victims));
    assert_eq!(victim.receive().vias().count(), 1);
    victim.hears_nothing();
}

#[test]
fn draining_refuses_what_is_new() {
    let callee = Phone::unplugged();
    let mut parts = parts(UDP, 1, relay_all(Protocol::Udp, callee.address()));
    parts.drain = proxy::PATIENCE;
    let running = parts.start().unwrap();
    let (caller, callee) = ends(&running, callee);
    caller.send(caller.request("INVITE", "d1"));
    let invite = callee.receive();
    let fleet = running.fleet().clone();
    let began = Instant::now();
    let stopping = std::thread::spawn(move || running.stop());
    while fleet.phase() != kemist::worker::Phase::Draining {
        std::thread::yield_now();
    }
    caller.send(caller.request("OPTIONS", "d2"));
    assert_eq!(caller.reply().status(), 503);
    callee.send(reply(&invite, 200, "OK"));
    assert_eq!(caller.reply().status(), 200);
    stopping.join().unwrap();
    assert!(began.elapsed() < proxy::PATIENCE, "it ended when the call was answered");
}

#[test]
fn an_occupied_port_is_named() {
    let running = start(UDP, 1, answer(200, "OK"));
    let taken = format!("udp:{}", address(&running));
    let error = parts(&[&taken], 1, answer(200, "OK"))
        .start()
        .err()
        .expect("it is taken")
        .to_string();
    assert!(error.contains(&taken) && error.contains("`listen`"), "{error}");
    assert!(!error.contains('\n'));
}
