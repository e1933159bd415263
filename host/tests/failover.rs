//! Failover to the next address of a name, inside one branch (RFC 3263 section 4.3).

#[path = "support/nameserver.rs"]
mod nameserver;
#[path = "support/proxy.rs"]
mod proxy;

use kemist::config::Dns;
use kemist::route::Value;
use kemist::route::failover::{Blocklist, Failover};
use kemist::server::Running;
use kemist::transport::resolver::Resolver;
use kemist_bindings::kemi::ksr::tm::Host as Tm;
use kemist_sip::{Method, Protocol};
use nameserver::{NameServer, Zone};
use parking_lot::Mutex;
use proxy::{Native, PATIENCE, Phone, Stream, address, parts, reply, runtime, stat, wait_stat};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long a silent address is waited for.
const FR_TIMER: Duration = Duration::from_millis(300);
const BOTH: &[&str] = &["udp:127.0.0.1:0", "tcp:127.0.0.1:0"];

/// The runs of the branch callback, over all tests of this process.
static BRANCHES: AtomicUsize = AtomicUsize::new(0);

/// Relays everything to `sip:bob@pool.test` with this transport; with a branch callback where asked.
fn to_pool(transport: &'static str, branch_callback: bool) -> Native {
    let routing = Native::new(move |mut route| async move {
        if !matches!(route.msg.method(), Method::Ack | Method::Cancel) {
            assert!(route.set_uri(format!("sip:bob@pool.test;transport={transport}").as_bytes()));
            if branch_callback {
                assert_eq!(route.t_on_branch("ksr_branch".to_owned()), 1);
            }
        }
        route.t_relay().await;
        (route, Ok(()))
    });
    routing.with("ksr_branch", |mut route| async move {
        BRANCHES.fetch_add(1, Ordering::Relaxed);
        route.edits.insert(route.msg.headers_end(), b"X-Branch: yes\r\n");
        (route, Ok(()))
    })
}

/// A proxy whose names come from a zone, and that waits for a silent address only for [`FR_TIMER`].
fn proxy_with(zone: Zone, routing: Native, failover: Failover) -> (Running, NameServer) {
    patient_proxy(zone, routing, failover, FR_TIMER)
}

fn patient_proxy(zone: Zone, routing: Native, failover: Failover, fr_timer: Duration) -> (Running, NameServer) {
    let server = NameServer::start(zone);
    let dns = Dns {
        servers: vec![kemist::config::dns::NameServer(server.address())],
        ..Dns::default()
    };
    let mut parts = parts(BOTH, 1, routing);
    parts.resolver = Box::new(Resolver::new(runtime(), &dns, &[]));
    parts.transactions.fr_timer = fr_timer;
    parts.failover = failover;
    (parts.start().expect("the proxy starts"), server)
}

/// pool.test has two servers of a transport, the first one first.
fn pool(transport: &str, first: SocketAddr, second: SocketAddr) -> Zone {
    let service = format!("_sip._{transport}.pool.test");
    Zone::default()
        .srv(&service, 10, 0, first.port(), "host.pool.test")
        .srv(&service, 20, 0, second.port(), "host.pool.test")
        .a("host.pool.test", 300, [127, 0, 0, 1])
}

fn silent() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").expect("a free port")
}

fn port_of(socket: &UdpSocket) -> SocketAddr {
    socket.local_addr().expect("it is bound")
}

/// A call that the phone makes and the callee takes.
fn call(phone: &Phone, callee: &Phone, id: &str) -> kemist_sip::Message {
    phone.send(phone.request("INVITE", id));
    let invite = callee.receive();
    assert_eq!(invite.method(), Method::Invite);
    callee.send(reply(&invite, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    invite
}

#[test]
fn a_silent_server_is_followed_by_the_next() {
    let dead = silent();
    let callee = Phone::unplugged();
    let zone = pool("udp", port_of(&dead), callee.address());
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), Failover::default());
    let callee = callee.of(address(&proxy));
    let phone = Phone::new(address(&proxy));
    let invite = call(&phone, &callee, "f1");
    let mut first = [0; 2000];
    let length = dead.recv(&mut first).expect("it was tried first");
    let tried = proxy::read(&first[..length]);
    let branch = |msg: &kemist_sip::Message| msg.via().and_then(|via| via.branch().map(<[u8]>::to_vec));
    assert_ne!(branch(&tried), branch(&invite), "each has a Via branch of its own");
    assert_eq!(tried.call_id(), invite.call_id());
    assert_eq!((stat(&proxy, "failovers"), stat(&proxy, "blocklisted")), (1, 0));
    phone.hears_nothing();
}

#[test]
fn a_busy_server_is_followed_by_the_next_and_the_branch_callback_ran_once() {
    let (busy, callee) = (Phone::unplugged(), Phone::unplugged());
    let zone = pool("udp", busy.address(), callee.address());
    let (proxy, _names) = proxy_with(zone, to_pool("udp", true), Failover::default());
    let (busy, callee) = (busy.of(address(&proxy)), callee.of(address(&proxy)));
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "f2"));
    let refused = busy.receive();
    busy.send(reply(&refused, 503, "Service Unavailable"));
    assert_eq!(busy.receive().method(), Method::Ack);
    let invite = callee.receive();
    assert!(String::from_utf8_lossy(invite.bytes()).contains("\r\nX-Branch: yes\r\n"));
    callee.send(reply(&invite, 486, "Busy Here"));
    assert_eq!(phone.reply().status(), 486, "the 503 is forgotten");
    assert_eq!(BRANCHES.load(Ordering::Relaxed), 1);
    assert_eq!(stat(&proxy, "failovers"), 1);
}

#[test]
fn a_closed_port_is_followed_by_the_next() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let gone = closed.local_addr().expect("it is bound");
    drop(closed);
    let open = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let zone = pool("tcp", gone, open.local_addr().expect("it is bound"));
    let (proxy, _names) = proxy_with(zone, to_pool("tcp", false), Failover::default());
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("OPTIONS", "f3"));
    let (stream, _) = open.accept().expect("the proxy connects");
    let mut callee = Stream::of(stream);
    let options = callee.receive();
    callee.send(reply(&options, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!(stat(&proxy, "failovers"), 1);
}

#[test]
fn a_server_that_dies_with_the_request_unread_is_followed_by_the_next() {
    let listen = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = |listener: &TcpListener| listener.local_addr().expect("it is bound");
    let (dying, next) = (listen(), listen());
    let zone = pool("tcp", at(&dying), at(&next));
    let (proxy, _names) = patient_proxy(zone, to_pool("tcp", false), Failover::default(), PATIENCE * 10);
    let phone = Phone::new(address(&proxy));
    for (died, method) in ["OPTIONS", "INVITE"].into_iter().enumerate() {
        wait_stat(&proxy, "failovers", died as u64);
        phone.send(phone.request(method, &format!("d{method}")));
        let (stream, _) = dying.accept().expect("the proxy connects");
        assert!(stream.peek(&mut [0]).expect("the request comes") > 0);
        // with bytes unread the kernel resets the connection
        drop(stream);
    }
    let mut callee = Stream::of(next.accept().expect("the proxy connects").0);
    for _ in 0..2 {
        let request = callee.receive();
        callee.send(reply(&request, 200, "OK"));
        assert_eq!(phone.reply().status(), 200);
    }
    assert_eq!(stat(&proxy, "failovers"), 2);
}

#[test]
fn with_every_server_dead_the_branch_has_failed() {
    let (one, two) = (silent(), silent());
    let zone = pool("udp", port_of(&one), port_of(&two));
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), Failover::default());
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "f4"));
    assert_eq!(phone.reply().status(), 408);
    assert_eq!(stat(&proxy, "failovers"), 1);
}

#[test]
fn failover_can_be_turned_off() {
    let (one, two) = (silent(), Phone::unplugged());
    let zone = pool("udp", port_of(&one), two.address());
    let off = Failover {
        enabled: false,
        ..Failover::default()
    };
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), off);
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "f5"));
    assert_eq!(phone.reply().status(), 408);
    two.hears_nothing();
    assert_eq!(stat(&proxy, "failovers"), 0);
}

#[test]
fn a_script_can_turn_it_off_for_its_transaction() {
    for way in ["t_set_disable_failover", "t_relay_to_flags", "branch"] {
        let (one, two) = (silent(), Phone::unplugged());
        let zone = pool("udp", port_of(&one), two.address());
        let routing = Native::new(move |mut route| async move {
            assert!(route.set_uri(b"sip:bob@pool.test;transport=udp"));
            let code = match way {
                "t_set_disable_failover" => {
                    assert_eq!(route.t_set_disable_failover(1), 1);
                    route.t_relay().await
                }
                "branch" => {
                    assert_eq!(route.t_on_branch("ksr_branch".to_owned()), 1);
                    route.t_relay().await
                }
                _ => route.t_relay_to_flags(4).await,
            };
            assert_eq!(code, 1);
            (route, Ok(()))
        });
        let routing = routing.with("ksr_branch", |mut route| async move {
            route.t_set_disable_failover(1);
            (route, Ok(()))
        });
        let (proxy, _names) = proxy_with(zone, routing, Failover::default());
        let phone = Phone::new(address(&proxy));
        phone.send(phone.request("INVITE", "f8"));
        assert_eq!(phone.reply().status(), 408, "{way}");
        two.hears_nothing();
        assert_eq!(stat(&proxy, "failovers"), 0, "{way}");
    }
}

#[test]
fn what_a_failure_callback_tries_next_fails_over_as_its_script_says() {
    let (refusing, dead, callee) = (Phone::unplugged(), silent(), Phone::unplugged());
    let zone = pool("udp", port_of(&dead), callee.address());
    let first = refusing.address();
    let routing = Native::new(move |mut route| async move {
        assert!(route.set_uri(format!("sip:bob@{first}").as_bytes()));
        assert_eq!(route.t_set_disable_failover(1), 1);
        assert_eq!(route.t_on_failure("ksr_failure".to_owned()), 1);
        assert_eq!(route.t_relay().await, 1);
        (route, Ok(()))
    });
    let routing = routing.with("ksr_failure", |mut route| async move {
        assert_eq!(route.t_set_disable_failover(0), 1);
        assert!(route.set_uri(b"sip:bob@pool.test;transport=udp"));
        assert_eq!(route.t_relay().await, 1);
        (route, Ok(()))
    });
    let (proxy, _names) = proxy_with(zone, routing, Failover::default());
    let (refusing, callee) = (refusing.of(address(&proxy)), callee.of(address(&proxy)));
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "f9"));
    refusing.send(reply(&refusing.receive(), 486, "Busy Here"));
    let invite = callee.receive();
    callee.send(reply(&invite, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!(stat(&proxy, "failovers"), 1);
}

/// Notes what onsend sees, and stops what goes to a port.
fn watched(routing: Native, stopped: u16) -> (Native, Arc<Mutex<Vec<String>>>) {
    let notes: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = notes.clone();
    let routing = routing.with("ksr_onsend_route", move |mut route| {
        let port = route.pv_get("$sndto(port)");
        let names = ["$T_branch_idx", "$bf"].map(|name| route.pv_get(name));
        noted.lock().push(format!("{port:?} {names:?}"));
        route.decided.drop = port == Value::Int(stopped.into());
        async move { (route, Ok(())) }
    });
    (routing, notes)
}

fn note(to: SocketAddr, branch: i64) -> String {
    let names = [Value::Int(branch), Value::Int(0)];
    format!("{:?} {names:?}", Value::Int(to.port().into()))
}

#[test]
fn onsend_sees_the_copy_for_the_next_address() {
    let (dead, callee) = (silent(), Phone::unplugged());
    let zone = pool("udp", port_of(&dead), callee.address());
    let (routing, notes) = watched(to_pool("udp", false), 0);
    let (proxy, _names) = proxy_with(zone, routing, Failover::default());
    let callee = callee.of(address(&proxy));
    call(&Phone::new(address(&proxy)), &callee, "s1");
    let expected = [note(port_of(&dead), 0), note(callee.address(), 1)];
    assert_eq!(*notes.lock(), expected);
}

#[test]
fn what_onsend_stops_goes_to_the_next_address() {
    // at first, and after an address that said nothing
    let (stopped, callee) = (Phone::unplugged(), Phone::unplugged());
    let zone = pool("udp", stopped.address(), callee.address());
    let (routing, notes) = watched(to_pool("udp", false), stopped.address().port());
    let (proxy, _names) = proxy_with(zone, routing, Failover::default());
    let callee = callee.of(address(&proxy));
    call(&Phone::new(address(&proxy)), &callee, "s2");
    stopped.hears_nothing();
    assert_eq!(*notes.lock(), [note(stopped.address(), 0), note(callee.address(), 0)]);
    assert_eq!((stat(&proxy, "failovers"), stat(&proxy, "dropped")), (0, 1));

    let dead = silent();
    let zone = pool("udp", port_of(&dead), stopped.address()).srv(
        "_sip._udp.pool.test",
        30,
        0,
        callee.address().port(),
        "host.pool.test",
    );
    let (routing, _) = watched(to_pool("udp", true), stopped.address().port());
    let (proxy, _names) = proxy_with(zone, routing, Failover::default());
    let callee = callee.of(address(&proxy));
    call(&Phone::new(address(&proxy)), &callee, "s3");
    stopped.hears_nothing();
    assert_eq!((stat(&proxy, "failovers"), stat(&proxy, "dropped")), (1, 1));
}

#[test]
fn where_onsend_stops_the_last_address_the_branch_has_failed() {
    let (dead, stopped) = (silent(), Phone::unplugged());
    let zone = pool("udp", port_of(&dead), stopped.address());
    let (routing, _) = watched(to_pool("udp", false), stopped.address().port());
    let (proxy, _names) = proxy_with(zone, routing, Failover::default());
    let phone = Phone::new(address(&proxy));
    phone.send(phone.request("INVITE", "s4"));
    assert_eq!(phone.reply().status(), 408);
    stopped.hears_nothing();
}

#[test]
fn without_a_transaction_the_order_is_the_transactions() {
    // four servers of equal rank
    let phones: Vec<_> = (0..4).map(|_| Phone::unplugged()).collect();
    let zone = phones.iter().fold(Zone::default(), |zone, phone| {
        let port = phone.address().port();
        zone.srv("_sip._udp.pool.test", 10, 10, port, "host.pool.test")
    });
    let zone = zone.a("host.pool.test", 300, [127, 0, 0, 1]);
    let routing = Native::new(|mut route| async move {
        let forwarded = route.forward_stateless(Some(b"sip:bob@pool.test;transport=udp")).await;
        assert_eq!(forwarded, Ok(()));
        (route, Ok(()))
    });
    let blocked = Blocklist::new(Duration::from_secs(60), 10);
    let failover = Failover {
        enabled: true,
        blocklist: blocked,
    };
    let (proxy, _names) = proxy_with(zone, routing, failover);
    let phone = Phone::new(address(&proxy));
    let taken = |call: &str| {
        let sent = stat(&proxy, "sent");
        phone.send(phone.request("INVITE", call));
        wait_stat(&proxy, "sent", sent + 1);
        phone.send(phone.request("CANCEL", call));
        wait_stat(&proxy, "sent", sent + 2);
        let here = |at: &usize| phones[*at].within(Duration::from_millis(1)).is_some();
        let at = std::iter::repeat_with(|| (0..4).find(here)).flatten().next();
        let at = at.expect("one gets the INVITE");
        assert_eq!(phones[at].receive().method(), Method::Cancel, "and the CANCEL");
        at
    };
    let mut seen = [0; 4];
    for call in 0..40 {
        let id = format!("n{call}");
        let first = taken(&id);
        seen[first] += 1;
        if call < 5 {
            assert_eq!(taken(&id), first, "the retransmission");
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
    // one that failed lately is left out
    let left = phones[taken("last")].address();
    let list = &proxy.fleet().shared.failover.blocklist;
    assert!(list.block(Protocol::Udp, left, std::time::Instant::now()));
    assert_ne!(phones[taken("last")].address(), left);
}

#[test]
fn a_request_too_large_for_udp_goes_over_tcp_and_over_udp_where_nobody_listens() {
    let callee = Phone::unplugged();
    let listener = TcpListener::bind(callee.address()).expect("the same port of TCP");
    let to = callee.address();
    let routing = Native::new(move |mut route| async move {
        assert!(route.set_uri(format!("sip:bob@{to}").as_bytes()));
        assert_eq!(route.t_relay().await, 1);
        (route, Ok(()))
    });
    let mut parts = parts(BOTH, 1, routing);
    parts.sending.mtu = 1300;
    parts.sending.mtu_try_proto = Protocol::Tcp;
    let proxy = parts.start().expect("the proxy starts");
    let callee = callee.of(address(&proxy));
    let phone = Phone::new(address(&proxy));
    let large = |call: &str| {
        let filler = format!("X-Filler: {}\r\nContent-Length", "x".repeat(1300));
        phone.request("OPTIONS", call).replace("Content-Length", &filler)
    };
    phone.send(phone.request("OPTIONS", "m1"));
    callee.send(reply(&callee.receive(), 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!(stat(&proxy, "oversized"), 0);

    phone.send(large("m2"));
    let mut stream = Stream::of(listener.accept().expect("the proxy connects").0);
    let options = stream.receive();
    assert_eq!(options.via().expect("ours").transport, b"TCP");
    stream.send(reply(&options, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!((stat(&proxy, "oversized"), stat(&proxy, "failovers")), (1, 0));

    drop((stream, listener));
    wait_stat(&proxy, "connections", 1);
    while proxy.fleet().connections.open() > 0 {
        std::thread::yield_now();
    }
    phone.send(large("m3"));
    let options = callee.receive();
    assert_eq!(options.via().expect("ours").transport, b"UDP");
    callee.send(reply(&options, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!((stat(&proxy, "oversized"), stat(&proxy, "failovers")), (2, 1));
}

#[test]
fn an_address_that_failed_is_left_out_where_configured() {
    let dead = silent();
    let callee = Phone::unplugged();
    let zone = pool("udp", port_of(&dead), callee.address());
    let failover = Failover {
        enabled: true,
        blocklist: Blocklist::new(Duration::from_secs(60), 10),
    };
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), failover);
    let callee = callee.of(address(&proxy));
    let phone = Phone::new(address(&proxy));
    call(&phone, &callee, "f6");
    assert_eq!((stat(&proxy, "blocklisted"), stat(&proxy, "blocked")), (1, 0));
    call(&phone, &callee, "f7");
    assert_eq!((stat(&proxy, "failovers"), stat(&proxy, "blocked")), (1, 1));
}
