//! ICMP errors about requests over UDP (RFC 3261 sections 16.9 and 18.4): a closed port of loopback is told
//! at once.

#[path = "support/nameserver.rs"]
mod nameserver;
#[path = "support/proxy.rs"]
mod proxy;

use kemist::config::Dns;
use kemist::route::Value;
use kemist::route::failover::{Blocklist, Failover};
use kemist::server::{Parts, Running};
use kemist::transport::resolver::Resolver;
use kemist_bindings::kemi::ksr::tm::Host as Tm;
use kemist_sip::Method;
use nameserver::{NameServer, Zone};
use parking_lot::Mutex;
use proxy::{Native, Phone, address, parts, reply, runtime, stat, wait_stat};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

const UDP: &[&str] = &["udp:127.0.0.1:0"];

/// A port that nobody has.
fn closed(any: &str) -> SocketAddr {
    let socket = UdpSocket::bind(any).expect("a free port");
    socket.local_addr().expect("it is bound")
}

/// Relays everything to a URI.
fn to(uri: String) -> Native {
    Native::new(move |mut route| {
        let uri = uri.clone();
        async move {
            if !matches!(route.msg.method(), Method::Ack | Method::Cancel) {
                assert!(route.set_uri(uri.as_bytes()));
            }
            route.t_relay().await;
            (route, Ok(()))
        }
    })
}

/// No timer of a transaction is as short as a test's patience.
fn patient(listen: &[&str], workers: u16, routing: Native) -> Parts {
    let mut parts = parts(listen, workers, routing);
    parts.transactions.fr_timer = Duration::from_secs(600);
    parts
}

fn refusals(proxy: &Running) -> (u64, u64) {
    (stat(proxy, "icmp_refusals"), stat(proxy, "icmp_ignored"))
}

#[test]
fn the_next_address_is_tried_at_once() {
    let (dead, callee) = (closed("127.0.0.1:0"), Phone::unplugged());
    let service = "_sip._udp.pool.test";
    let zone = Zone::default()
        .srv(service, 10, 0, dead.port(), "host.pool.test")
        .srv(service, 20, 0, callee.address().port(), "host.pool.test")
        .a("host.pool.test", 300, [127, 0, 0, 1]);
    let names = NameServer::start(zone);
    let dns = Dns {
        servers: vec![kemist::config::dns::NameServer(names.address())],
        ..Dns::default()
    };
    let mut parts = patient(UDP, 1, to("sip:bob@pool.test;transport=udp".to_owned()));
    parts.resolver = Box::new(Resolver::new(runtime(), &dns, &[]));
    parts.failover = Failover {
        enabled: true,
        blocklist: Blocklist::new(Duration::from_secs(60), 10),
    };
    let proxy = parts.start().expect("the proxy starts");
    let callee = callee.of(address(&proxy));
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "i1"));
    let invite = callee.receive();
    callee.send(reply(&invite, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!(refusals(&proxy), (1, 0));
    assert_eq!((stat(&proxy, "failovers"), stat(&proxy, "blocklisted")), (1, 1));
    // it is left out from now on
    phone.send(phone.request("OPTIONS", "i2"));
    callee.send(reply(&callee.receive(), 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!((stat(&proxy, "blocked"), refusals(&proxy)), (1, (1, 0)));
}

#[test]
fn the_callbacks_have_a_503_and_may_try_another() {
    let (dead, callee) = (closed("127.0.0.1:0"), Phone::unplugged());
    let spare = callee.address();
    let notes: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = [notes.clone(), notes.clone()];
    let [branch, failure] = noted;
    let routing = Native::new(move |mut route| async move {
        assert!(route.set_uri(format!("sip:bob@{dead}").as_bytes()));
        assert_eq!(route.t_on_branch_failure("ksr_branch_failed".to_owned()), 1);
        assert_eq!(route.t_on_failure("ksr_failure".to_owned()), 1);
        assert_eq!(route.t_relay().await, 1);
        (route, Ok(()))
    })
    .with("ksr_branch_failed", move |route| {
        branch
            .lock()
            .push(format!("branch {:?}", route.pv_get("$T_reply_code")));
        async move { (route, Ok(())) }
    })
    .with("ksr_failure", move |mut route| {
        let local = route.pv_get("$T_rpl($rs)") == Value::Int(503);
        failure
            .lock()
            .push(format!("failure {:?} {local}", route.pv_get("$T_reply_code")));
        async move {
            assert!(route.set_uri(format!("sip:bob@{spare}").as_bytes()));
            assert_eq!(route.t_relay().await, 1);
            (route, Ok(()))
        }
    });
    let proxy = patient(UDP, 1, routing).start().expect("the proxy starts");
    let callee = callee.of(address(&proxy));
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "i3"));
    callee.send(reply(&callee.receive(), 486, "Busy Here"));
    assert_eq!(phone.reply().status(), 486);
    let codes: Vec<_> = notes.lock().clone();
    assert!(codes[0].contains("503") && codes[1].contains("503"), "{codes:?}");
    assert_eq!((codes.len(), refusals(&proxy)), (2, (1, 0)));
}

#[test]
fn without_another_the_caller_hears_at_once() {
    for any in ["127.0.0.1:0", "[::1]:0"] {
        if UdpSocket::bind(any).is_err() {
            println!("skipped: no IPv6 on this machine");
            continue;
        }
        let dead = closed(any);
        let listen = format!("udp:{any}");
        // another worker may get the error than the one that sent
        let proxy = patient(&[&listen], 3, to(format!("sip:bob@{dead}")));
        let proxy = proxy.start().expect("the proxy starts");
        for call in 0..8 {
            let phone = Phone::new(address(&proxy));
            phone.send(phone.request(["INVITE", "OPTIONS"][call % 2], &format!("i4{call}")));
            // a 503 of one server is none of the proxy (16.7 step 6)
            assert_eq!(phone.reply().status(), 500);
        }
        assert_eq!(refusals(&proxy), (8, 0));
        assert_eq!((stat(&proxy, "send_failures"), stat(&proxy, "receive_errors")), (0, 0));
    }
}

#[test]
fn what_goes_to_others_meanwhile_arrives() {
    let (dead, callee) = (closed("127.0.0.1:0"), Phone::unplugged());
    let live = callee.address();
    let routing = Native::new(move |mut route| async move {
        let odd = route.msg.call_id().is_some_and(|id| id.starts_with(b"dead"));
        let to = if odd { dead } else { live };
        assert!(route.set_uri(format!("sip:bob@{to}").as_bytes()));
        assert_eq!(route.t_relay().await, 1);
        (route, Ok(()))
    });
    let proxy = patient(UDP, 1, routing).start().expect("the proxy starts");
    let phone = Phone::new(address(&proxy));
    for call in 0..50 {
        phone.send(phone.request("MESSAGE", &format!("dead{call}")));
        phone.send(phone.request("MESSAGE", &format!("live{call}")));
    }
    for _ in 0..50 {
        assert_eq!(callee.receive().method(), Method::Message);
    }
    wait_stat(&proxy, "icmp_refusals", 50);
    assert_eq!((stat(&proxy, "send_failures"), stat(&proxy, "receive_errors")), (0, 0));
    // each came once: nothing waited for a retransmission
    assert_eq!(stat(&proxy, "icmp_ignored"), 0);
}

#[test]
fn errors_about_replies_and_datagrams_without_a_branch_change_nothing() {
    let dead = closed("127.0.0.1:0");
    let routing = Native::new(move |mut route| async move {
        match route.msg.method() {
            // a function of the request, which an error quotes too little of
            Method::Message => {
                let uri = format!("sip:bob@{dead}");
                assert_eq!(route.forward_stateless(Some(uri.as_bytes())).await, Ok(()));
            }
            _ => {
                route.send_reply(200, "OK");
            }
        }
        (route, Ok(()))
    });
    let proxy = patient(UDP, 1, routing).start().expect("the proxy starts");
    let phone = Phone::new(address(&proxy));
    let options = phone.request("OPTIONS", "i5");
    phone.send(options.replace(&phone.address().to_string(), &dead.to_string()));
    wait_stat(&proxy, "icmp_ignored", 1);
    phone.send(phone.request("MESSAGE", "i6"));
    wait_stat(&proxy, "icmp_ignored", 2);
    assert_eq!(stat(&proxy, "icmp_refusals"), 0);
    phone.send(phone.request("OPTIONS", "i7"));
    assert_eq!(phone.reply().status(), 200);
}

#[test]
fn a_request_of_a_scripts_own_ends_at_once() {
    let dead = closed("127.0.0.1:0");
    let routing = Native::new(move |mut route| async move {
        let uri = format!("sip:bob@{dead}");
        let [none, socket, headers, body] = [String::new(), String::new(), String::new(), String::new()];
        let sent = route
            .t_uac_send("OPTIONS".to_owned(), uri, none, socket, headers, body)
            .await;
        assert_eq!(sent, 1);
        route.send_reply(200, "OK");
        (route, Ok(()))
    });
    let proxy = patient(UDP, 1, routing).start().expect("the proxy starts");
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("OPTIONS", "i8"));
    assert_eq!(phone.reply().status(), 200);
    wait_stat(&proxy, "icmp_refusals", 1);
}

#[test]
fn they_can_be_turned_off() {
    let dead = closed("127.0.0.1:0");
    let mut parts = parts(UDP, 1, to(format!("sip:bob@{dead}")));
    parts.transactions.fr_timer = Duration::from_millis(300);
    parts.sending.icmp = false;
    let proxy = parts.start().expect("the proxy starts");
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "i9"));
    assert_eq!(phone.reply().status(), 408);
    assert_eq!(refusals(&proxy), (0, 0));
}
