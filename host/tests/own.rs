//! Requests of our own through running workers: `t_uac_send`, its ACKs and events, pings of the host.

#[path = "support/nameserver.rs"]
mod nameserver;
#[path = "support/proxy.rs"]
mod proxy;

use kemist::config::Dns;
use kemist::route::own::{self, Draft, Outcome, Told};
use kemist::route::{Route, Value};
use kemist::server::Running;
use kemist::transport::resolver::Resolver;
use kemist_bindings::kemi::ksr::tm::Host as Tm;
use kemist_bindings::kemi::ksr::tmx::Host as Tmx;
use kemist_sip::message::Message;
use kemist_sip::{Method, Protocol};
use nameserver::{NameServer, Zone};
use parking_lot::Mutex;
use proxy::{Native, Phone, reply, runtime, stat, wait_stat};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const UDP: &[&str] = &["udp:127.0.0.1:0"];
const CALL: &str = "own-call";

/// What callbacks noted, in order.
type Notes = Arc<Mutex<Vec<String>>>;

/// Phones that a proxy will send to.
fn phones<const N: usize>() -> [Phone; N] {
    std::array::from_fn(|_| Phone::new("127.0.0.1:9".parse().expect("an address")))
}

fn udp(running: &Running) -> SocketAddr {
    running.addresses(Protocol::Udp)[0]
}

/// A 200 with a Contact.
fn accept(request: &Message, at: SocketAddr) -> Vec<u8> {
    let text = String::from_utf8(reply(request, 200, "OK")).expect("text");
    text.replace("Content-Length", &format!("Contact: <sip:bob@{at}>\r\nContent-Length"))
        .into_bytes()
}

async fn uac_send(route: &mut Route, method: &str, uri: String, call: &str) -> i32 {
    let headers = format!("Call-ID: {call}\r\nCSeq: 7 {method}\r\n");
    route
        .t_uac_send(method.into(), uri, String::new(), String::new(), headers, String::new())
        .await
}

/// OPTIONS has the method named in its Subject sent to a URI; other requests are relayed there.
fn sender(uri: impl Fn() -> String + Send + Sync + 'static, auto_ack: bool) -> Native {
    Native::new(move |mut route| {
        let uri = uri();
        async move {
            if route.msg.method() != Method::Options {
                assert!(route.set_uri(uri.as_bytes()));
                route.t_relay().await;
                return (route, Ok(()));
            }
            let Value::Str(method) = route.pv_get("$hdr(Subject)") else {
                panic!("it says what to send");
            };
            route.t_set_no_auto_ack(i32::from(!auto_ack));
            let method = String::from_utf8(method.to_vec()).expect("text");
            let sent = uac_send(&mut route, &method, uri, CALL).await;
            route.send_reply(if sent == 1 { 200 } else { 500 }, "Done");
            (route, Ok(()))
        }
    })
}

/// Asks the proxy to send a request of its own.
fn ask(phone: &Phone, method: &str, call: &str) -> u16 {
    let request = phone.request("OPTIONS", call);
    phone.send(request.replace("Content-Length", &format!("Subject: {method}\r\nContent-Length")));
    phone.reply().status()
}

#[test]
fn a_request_of_a_script_goes_to_the_next_address_and_its_outcome_is_counted() {
    let [dead, callee] = phones();
    let zone = Zone::default()
        .srv("_sip._udp.pool.test", 10, 0, dead.address().port(), "host.pool.test")
        .srv("_sip._udp.pool.test", 20, 0, callee.address().port(), "host.pool.test")
        .a("host.pool.test", 300, [127, 0, 0, 1]);
    let server = NameServer::start(zone);
    let dns = Dns {
        servers: vec![kemist::config::dns::NameServer(server.address())],
        ..Dns::default()
    };
    let mut parts = proxy::parts(UDP, 1, sender(|| "sip:bob@pool.test;transport=udp".into(), true));
    parts.resolver = Box::new(Resolver::new(runtime(), &dns, &[]));
    parts.transactions.fr_timer = Duration::from_millis(300);
    let running = parts.start().expect("the proxy starts");
    let phone = Phone::new(udp(&running));
    assert_eq!(ask(&phone, "MESSAGE", "f1"), 200);
    assert_eq!(dead.receive().method(), Method::Message);
    let second = callee.receive();
    assert_eq!(second.call_id(), Some(CALL.as_bytes()));
    callee.send_to(reply(&second, 202, "Accepted"), udp(&running));
    wait_stat(&running, "own_replied", 1);
    assert_eq!((stat(&running, "failovers"), stat(&running, "own_unanswered")), (1, 0));
    assert_eq!(ask(&phone, "MESSAGE", "f2"), 200);
    wait_stat(&running, "own_unanswered", 1);
}

/// The callbacks of both events.
fn with_events(routing: Native, notes: &Notes) -> Native {
    let (local, acked) = (notes.clone(), notes.clone());
    routing
        .with("local", move |mut route| {
            let (method, to) = (route.pv_get("$rm"), route.pv_get("$tU"));
            if let (Value::Str(method), Value::Str(to)) = (method, to) {
                let word = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
                local.lock().push(format!("local {} {}", word(&method), word(&to)));
            }
            route.decided.drop = route.msg.method() != Method::Invite;
            assert!(route.append_lines(b"X-Local: yes\r\n"));
            async move { (route, Ok(())) }
        })
        .with("acked", move |route| {
            acked.lock().push(format!("acked {}", route.msg.status()));
            async move { (route, Ok(())) }
        })
}

fn with_names(routing: Native, evlreq_mode: u8) -> Running {
    let mut parts = proxy::parts(UDP, 1, routing);
    parts.modules.tm.event_callback = "local".into();
    parts.modules.tm.evcb_local_ack_sent = "acked".into();
    parts.modules.tm.evlreq_mode = evlreq_mode;
    parts.transactions.announce = parts.modules.tm.announce();
    parts.start().expect("the proxy starts")
}

#[test]
fn an_invite_of_a_script_is_acknowledged_and_told_of() {
    let [callee] = phones();
    let at = callee.address();
    let notes = Notes::default();
    let running = with_names(with_events(sender(move || format!("sip:bob@{at}"), true), &notes), 0);
    let phone = Phone::new(udp(&running));
    assert_eq!(ask(&phone, "INVITE", "i1"), 200);
    let invite = callee.receive();
    assert_eq!(invite.headers_named(b"X-Local").count(), 1, "as the event left it");
    for _ in 0..2 {
        callee.send_to(accept(&invite, at), udp(&running));
        let ack = callee.receive();
        assert_eq!((ack.method(), ack.cseq().map(|c| c.number)), (Method::Ack, Some(7)));
    }
    assert_eq!(
        ask(&phone, "MESSAGE", "i2"),
        200,
        "dropped by the event, which is no failure"
    );
    callee.hears_nothing();
    assert_eq!(ask(&phone, "INVITE", "i3"), 200);
    let invite = callee.receive();
    callee.send_to(reply(&invite, 486, "Busy Here"), udp(&running));
    assert_eq!(callee.receive().method(), Method::Ack);
    wait_stat(&running, "own_replied", 2);
    wait_stat(&running, "callbacks", 3 + 3);
    assert_eq!(
        *notes.lock(),
        [
            "local INVITE bob",
            "acked 200",
            "acked 200",
            "local MESSAGE bob",
            "local INVITE bob",
            "local ACK bob"
        ]
    );
}

#[test]
fn what_belongs_to_relayed_calls_is_told_where_that_is_asked_for() {
    for (mode, told) in [
        (0, &[][..]),
        (1, &["local CANCEL bob"]),
        (2, &["local ACK bob"]),
        (3, &["local CANCEL bob", "local ACK bob"]),
    ] {
        let [callee] = phones();
        let at = callee.address();
        let notes = Notes::default();
        let running = with_names(with_events(sender(move || format!("sip:bob@{at}"), true), &notes), mode);
        let phone = Phone::new(udp(&running));
        phone.send(phone.request("INVITE", "h1"));
        let invite = callee.receive();
        callee.send_to(reply(&invite, 180, "Ringing"), udp(&running));
        assert_eq!(phone.reply().status(), 180);
        phone.send(phone.request("CANCEL", "h1"));
        let cancel = callee.receive();
        assert_eq!(cancel.method(), Method::Cancel);
        callee.send_to(reply(&cancel, 200, "OK"), udp(&running));
        callee.send_to(reply(&invite, 487, "Request Terminated"), udp(&running));
        assert_eq!(callee.receive().method(), Method::Ack);
        while phone.reply().status() != 487 {}
        wait_stat(&running, "callbacks", 2 + told.len() as u64);
        assert_eq!(*notes.lock(), told, "mode {mode}");
    }
}

#[test]
fn a_cancel_that_a_script_asks_for_is_told() {
    let [callee] = phones();
    let at = callee.address();
    let notes = Notes::default();
    let routing = Native::new(move |mut route| async move {
        if route.msg.method() == Method::Invite {
            assert!(route.set_uri(format!("sip:bob@{at}").as_bytes()));
            route.t_relay().await;
        } else {
            let canceled = route.t_cancel_callid("c1@test".into(), "1".into(), -1);
            route.send_reply(if canceled == 1 { 200 } else { 404 }, "Done");
        }
        (route, Ok(()))
    });
    let running = with_names(with_events(routing, &notes), 0);
    let phone = Phone::new(udp(&running));
    phone.send(phone.request("INVITE", "c1"));
    let invite = callee.receive();
    callee.send_to(reply(&invite, 180, "Ringing"), udp(&running));
    assert_eq!(phone.reply().status(), 180);
    phone.send(phone.request("OPTIONS", "c2"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!(callee.receive().method(), Method::Cancel, "a drop is without effect");
    wait_stat(&running, "callbacks", 3);
    assert_eq!(*notes.lock(), ["local CANCEL bob"]);
}

#[test]
fn a_script_acknowledges_from_whichever_worker() {
    let [callee] = phones();
    let at = callee.address();
    let routing = Native::new(move |mut route| async move {
        let Value::Str(call) = route.pv_get("$hdr(Subject)") else {
            panic!("it says which call");
        };
        let call = String::from_utf8(call.to_vec()).expect("text");
        let code = match route.msg.method() {
            Method::Options => {
                route.t_set_no_auto_ack(1);
                uac_send(&mut route, "INVITE", format!("sip:bob@{at}"), &call).await
            }
            _ => {
                let lines = "X-Note: here\r\n".to_owned();
                1 + route.t_uac_ack_local(call, "7".into(), lines, String::new()).await
            }
        };
        route.send_reply(if code == 1 { 200 } else { 500 }, "Done");
        (route, Ok(()))
    });
    let running = proxy::parts(UDP, 2, routing).start().expect("the proxy starts");
    // of many peers some are on either worker
    let others: [Phone; 6] = std::array::from_fn(|_| Phone::new(udp(&running)));
    let about = |phone: &Phone, method: &str, call: usize| {
        let request = phone.request(method, &format!("{method}{call}"));
        phone.send(request.replace("Content-Length", &format!("Subject: call-{call}\r\nContent-Length")));
        phone.reply().status()
    };
    for (n, phone) in others.iter().enumerate() {
        assert_eq!(about(phone, "OPTIONS", n), 200);
        let invite = callee.receive();
        callee.send_to(accept(&invite, at), udp(&running));
        wait_stat(&running, "own_replied", 1 + n as u64);
        assert_eq!(about(&others[(n + 1) % others.len()], "MESSAGE", n), 200);
        let ack = callee.receive();
        assert_eq!((ack.method(), ack.headers_named(b"X-Note").count()), (Method::Ack, 1));
        assert_eq!(ack.to().and_then(|to| to.tag()), Some(&b"callee"[..]));
    }
}

#[test]
fn the_host_pings_from_any_thread() {
    let [callee] = phones();
    let running = proxy::start(UDP, 2, proxy::answer(404, "Not Found"));
    let fleet = running.fleet();
    for worker in 0..2 {
        let uri = format!("sip:{}", callee.address());
        let (teller, ended) = own::outcome();
        let heard = Notes::default();
        let (noted, mut teller) = (heard.clone(), teller);
        let both = move |told: Told| {
            noted.lock().push(format!("{told:?}").chars().take(5).collect());
            teller(told);
        };
        let draft = Draft::new("OPTIONS", uri, fleet.routing());
        assert!(fleet.send_own(worker, draft, Box::new(both)));
        let ping = callee.receive();
        assert_eq!(ping.method(), Method::Options);
        callee.send_to(reply(&ping, 100, "Trying"), udp(&running));
        callee.send_to(reply(&ping, 200, "OK"), udp(&running));
        let Outcome::Reply(last) = runtime().block_on(ended) else {
            panic!("it was answered");
        };
        assert_eq!((last.status(), last.reason()), (200, &b"OK"[..]));
        assert_eq!(*heard.lock(), ["Provi", "Final"]);
    }
    let draft = Draft::new("OPTIONS", "sip:nowhere.invalid.", fleet.routing());
    let (teller, ended) = own::outcome();
    assert!(
        !fleet.send_own(7, draft.clone(), own::nobody()),
        "there is no such worker"
    );
    assert!(fleet.send_own(0, draft, teller));
    assert!(matches!(runtime().block_on(ended), Outcome::Nowhere(_)));
}
