//! A handover between two proxies in one process, with routing in Rust: what waits in a callback, what is
//! passed and comes back, what a script names across processes.

#[path = "support/proxy.rs"]
mod proxy;

use kemist::handover::{Doors, Giver, Taking, Wanted};
use kemist::route::Value;
use kemist::server::Running;
use kemist_bindings::kemi::ksr::tmx::Host;
use kemist_sip::{Message, Method, Protocol};
use parking_lot::Mutex;
use proxy::{Native, PATIENCE, Phone, parts, relay, reply, runtime, start, stat, wait_stat};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

struct NoDoors;

impl Doors for NoDoors {
    fn listeners(&self) -> Vec<(Option<SocketAddr>, OwnedFd)> {
        Vec::new()
    }
    fn close(&self) {}
    fn reopen(&self) {}
}

fn giver(running: &Running) -> Arc<Giver> {
    Giver::new(running.fleet().clone(), runtime(), Box::new(NoDoors), PATIENCE)
}

/// Has a new proxy with this routing take over; also the connection, which a test may cut.
fn succeed(old: &Running, giver: &Arc<Giver>, workers: u16, routing: Native) -> (Running, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    giver.serve(theirs, b"");
    let listen: Vec<_> = old.sockets().iter().map(|s| (s.protocol, s.address)).collect();
    let wanted = Wanted {
        listen: listen.clone(),
        socket: false,
        http: None,
    };
    let cut = ours.try_clone().expect("a copy");
    let (taking, inherited) = Taking::over(ours, &wanted).expect("it offers");
    let mut new = parts(&[], workers, routing);
    new.listen = listen;
    (
        new.take_over(taking, inherited, |_| Ok(())).expect("it hands over"),
        cut,
    )
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < limit, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Relays to the callee once it may, and counts how often it was asked.
fn gated(gate: &Arc<Semaphore>, runs: &Arc<AtomicU32>, callee: SocketAddr) -> Native {
    let (gate, runs) = (gate.clone(), runs.clone());
    Native::new(move |mut route| {
        let (gate, runs) = (gate.clone(), runs.clone());
        async move {
            runs.fetch_add(1, Ordering::Relaxed);
            if route.msg.method() == Method::Invite {
                // closed never
                let _ = gate.acquire().await;
            }
            relay(&mut route, Protocol::Udp, callee);
            (route, Ok(()))
        }
    })
}

#[test]
fn a_request_that_waits_in_a_callback_stays_whose_it_is() {
    for workers in [1, 2] {
        let callee = Phone::new("127.0.0.1:9".parse().expect("an address"));
        let (gate, runs) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
        let old = start(&["udp:127.0.0.1:0"], workers, gated(&gate, &runs, callee.address()));
        let address = old.addresses(Protocol::Udp)[0];
        let (caller, elsewhere) = (Phone::new(address), Phone::new(address));
        let invite = caller.request("INVITE", "waits");
        caller.send(&invite);
        wait("it waits", || runs.load(Ordering::Relaxed) == 1);
        let later = Arc::new(AtomicU32::new(0));
        let giver = giver(&old);
        let (new, _link) = succeed(&old, &giver, workers, gated(&gate, &later, callee.address()));
        // a retransmission, from another port too, and a CANCEL that is to come again
        let absorbed = stat(&old, "absorbed");
        caller.send(&invite);
        elsewhere.send(&invite);
        caller.send(caller.request("CANCEL", "waits"));
        wait_stat(&old, "absorbed", absorbed + 3);
        gate.add_permits(100);
        let sent = callee.receive();
        assert_eq!(sent.method(), Method::Invite);
        callee.send_to(reply(&sent, 180, "Ringing"), address);
        while caller.reply().status() != 180 {}
        caller.send(caller.request("CANCEL", "waits"));
        let cancel = callee.receive();
        assert_eq!(cancel.method(), Method::Cancel, "no second INVITE came");
        callee.send_to(reply(&cancel, 200, "OK"), address);
        callee.send_to(reply(&sent, 487, "Request Terminated"), address);
        assert_eq!(callee.receive().method(), Method::Ack);
        while caller.reply().status() != 487 {}
        assert_eq!(
            later.load(Ordering::Relaxed),
            0,
            "the new one's script saw nothing of it"
        );
        assert_eq!(stat(&new, "handover_drops") + stat(&old, "handover_drops"), 0);
        new.stop();
        old.stop();
    }
}

#[test]
fn what_is_not_the_old_ones_comes_back_once() {
    let callee = Phone::new("127.0.0.1:9".parse().expect("an address"));
    let (gate, runs) = (Arc::new(Semaphore::new(100)), Arc::new(AtomicU32::new(0)));
    let old = start(&["udp:127.0.0.1:0"], 2, gated(&gate, &runs, callee.address()));
    let address = old.addresses(Protocol::Udp)[0];
    let caller = Phone::new(address);
    let invite = caller.request("INVITE", "spiral");
    caller.send(&invite);
    let sent = callee.receive();
    let later = Arc::new(AtomicU32::new(0));
    let first = giver(&old);
    let (middle, _link) = succeed(&old, &first, 2, gated(&gate, &later, callee.address()));
    let last = Arc::new(AtomicU32::new(0));
    let second = giver(&middle);
    let (new, _link) = succeed(&middle, &second, 1, gated(&gate, &last, callee.address()));
    // the same call with another branch: nobody's transaction, though its digest is open two processes away
    let other = invite.replace("branch=z9hG4bK", "branch=z9hG4bKother");
    assert_ne!(other, invite);
    caller.send(&other);
    let branch = |msg: &Message| msg.via().and_then(|via| via.branch()).map(<[u8]>::to_vec);
    let again = std::iter::repeat_with(|| callee.receive()).find(|msg| branch(msg) != branch(&sent));
    let again = again.expect("it does not end");
    assert_eq!(again.method(), Method::Invite);
    let counts = [&runs, &later, &last].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(counts, [1, 0, 1], "the one that reads treats it");
    // each answer finds the process that forwarded
    callee.send_to(reply(&sent, 486, "Busy Here"), address);
    callee.send_to(reply(&again, 603, "Decline"), address);
    let mut missing = vec![486, 603];
    while !missing.is_empty() {
        let status = caller.reply().status();
        missing.retain(|one| *one != status);
    }
    assert_eq!((stat(&old, "stray_replies"), stat(&new, "stray_replies")), (0, 0));
    [new, middle, old].into_iter().for_each(Running::stop);
}

/// MESSAGE is suspended, OPTIONS continues what was suspended last.
fn suspending(name: &Arc<Mutex<Option<(i32, i32)>>>) -> Native {
    let name = name.clone();
    Native::new(move |mut route| {
        let name = name.clone();
        async move {
            if route.msg.method() == Method::Options {
                let found = name.lock().take();
                let continued = found.map(|(index, label)| route.t_continue(index, label, "later".into()));
                route.send_reply(if continued == Some(1) { 200 } else { 404 }, "Done");
            } else {
                route.t_suspend();
                let (index, label) = (route.pv_get("$T(id_index)"), route.pv_get("$T(id_label)"));
                if let (Value::Int(index), Value::Int(label)) = (index, label) {
                    *name.lock() = Some((index as i32, label as i32));
                }
            }
            (route, Ok(()))
        }
    })
    .with("later", |mut route| async move {
        route.send_reply(202, "Later");
        (route, Ok(()))
    })
}

#[test]
fn a_suspended_transaction_is_continued_from_the_new_process() {
    for (before, after) in [(1, 1), (2, 1), (1, 2), (2, 2)] {
        let name: Arc<Mutex<Option<(i32, i32)>>> = Arc::default();
        let old = start(&["udp:127.0.0.1:0"], before, suspending(&name));
        let address = old.addresses(Protocol::Udp)[0];
        let (first, second) = (Phone::new(address), Phone::new(address));
        first.send(first.request("MESSAGE", "suspended"));
        wait("it is suspended", || name.lock().is_some());
        let giver = giver(&old);
        let (new, _link) = succeed(&old, &giver, after, suspending(&Arc::default()));
        // what a script keeps in a table: the name goes over with it
        let named = name.lock().take();
        let other: Arc<Mutex<Option<(i32, i32)>>> = Arc::new(Mutex::new(named));
        let third_giver = self::giver(&new);
        let (third, _link2) = succeed(&new, &third_giver, after, suspending(&other));
        second.send(second.request("OPTIONS", "continues"));
        assert_eq!(second.reply().status(), 200);
        assert_eq!(first.reply().status(), 202, "{before} workers, then {after}");
        [third, new, old].into_iter().for_each(Running::stop);
    }
}

#[test]
fn the_old_one_reads_again_where_the_connection_breaks_and_is_over_when_nothing_is_open() {
    let old = start(&["udp:127.0.0.1:0"], 2, proxy::answer(200, "Old"));
    let address = old.addresses(Protocol::Udp)[0];
    let giver = giver(&old);
    let phone = Phone::new(address);
    for round in 0..3 {
        let (new, link) = succeed(&old, &giver, 2, proxy::answer(201, "New"));
        phone.send(phone.request("OPTIONS", &format!("n{round}")));
        assert_eq!(phone.reply().status(), 201);
        drop(new);
        link.shutdown(std::net::Shutdown::Both).expect("it is cut");
        wait("it reads again", || !old.fleet().is_handed_over());
        phone.send(phone.request("OPTIONS", &format!("o{round}")));
        assert_eq!(phone.reply().status(), 200);
    }
    let mut over = giver.over();
    assert!(!*over.borrow_and_update());
    let (new, _link) = succeed(&old, &giver, 2, proxy::answer(201, "New"));
    wait("nothing is open", || *giver.over().borrow());
    old.stop();
    phone.send(phone.request("OPTIONS", "last"));
    assert_eq!(phone.reply().status(), 201);
    new.stop();
}

#[test]
fn one_that_breaks_off_before_it_is_ready_changes_nothing() {
    let old = start(&["udp:127.0.0.1:0"], 2, proxy::answer(200, "Old"));
    let address = old.addresses(Protocol::Udp)[0];
    let giver = giver(&old);
    let phone = Phone::new(address);
    let wanted = Wanted {
        listen: vec![(Protocol::Udp, address)],
        socket: false,
        http: None,
    };
    let ask = || {
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        giver.serve(theirs, b"");
        Taking::over(ours, &wanted)
    };
    for round in 0..3 {
        // the turn of the one before ends when its end was noticed
        let mut taking = None;
        wait("it offers", || {
            taking = ask().ok();
            taking.is_some()
        });
        // a second one meanwhile
        let refused = ask().expect_err("one at a time").to_string();
        assert!(refused.contains("under way"), "{refused}");
        drop(taking);
        phone.send(phone.request("OPTIONS", &format!("o{round}")));
        assert_eq!(phone.reply().status(), 200);
    }
    // nonsense is one line of the log
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    giver.serve(theirs, &[0xff; 64]);
    drop(ours);
    phone.send(phone.request("OPTIONS", "end"));
    assert_eq!(phone.reply().status(), 200);
    assert!(!old.fleet().is_handed_over());
    old.stop();
}
