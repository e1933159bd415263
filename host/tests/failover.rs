//! Failover to the next address of a name, inside one branch (RFC 3263 section 4.3).

#[path = "support/nameserver.rs"]
mod nameserver;
#[path = "support/proxy.rs"]
mod proxy;

use kemist::config::Dns;
use kemist::route::failover::{Blocklist, Failover};
use kemist::server::Running;
use kemist::transport::resolver::Resolver;
use kemist_bindings::kemi::ksr::tm::Host as Tm;
use kemist_sip::{Method, Protocol};
use nameserver::{NameServer, Zone};
use proxy::{Native, Phone, Stream, parts, reply, runtime, stat};
use std::net::{SocketAddr, TcpListener, UdpSocket};
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

/// A proxy whose names come from a zone.
fn proxy_with(zone: Zone, routing: Native, failover: Failover) -> (Running, NameServer) {
    let server = NameServer::start(zone);
    let dns = Dns {
        servers: vec![kemist::config::dns::NameServer(server.address())],
        ..Dns::default()
    };
    let mut parts = parts(BOTH, 1, routing);
    parts.resolver = Box::new(Resolver::new(runtime(), &dns, &[]));
    parts.transactions.fr_timer = FR_TIMER;
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

fn udp(proxy: &Running) -> SocketAddr {
    proxy.addresses(Protocol::Udp)[0]
}

fn silent() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").expect("a free port")
}

fn address(socket: &UdpSocket) -> SocketAddr {
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
    let callee = Phone::new("127.0.0.1:1".parse().expect("an address"));
    let zone = pool("udp", address(&dead), callee.address());
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), Failover::default());
    let callee = callee.of(udp(&proxy));
    let phone = Phone::new(udp(&proxy));
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
    let (busy, callee) = (Phone::new(nowhere()), Phone::new(nowhere()));
    let zone = pool("udp", busy.address(), callee.address());
    let (proxy, _names) = proxy_with(zone, to_pool("udp", true), Failover::default());
    let (busy, callee) = (busy.of(udp(&proxy)), callee.of(udp(&proxy)));
    let phone = Phone::new(udp(&proxy));
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
    let phone = Phone::new(udp(&proxy));
    phone.send(phone.request("OPTIONS", "f3"));
    let (stream, _) = open.accept().expect("the proxy connects");
    let mut callee = Stream::of(stream);
    let options = callee.receive();
    callee.send(reply(&options, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!(stat(&proxy, "failovers"), 1);
}

#[test]
fn with_every_server_dead_the_branch_has_failed() {
    let (one, two) = (silent(), silent());
    let zone = pool("udp", address(&one), address(&two));
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), Failover::default());
    let phone = Phone::new(udp(&proxy));
    phone.send(phone.request("INVITE", "f4"));
    assert_eq!(phone.reply().status(), 408);
    assert_eq!(stat(&proxy, "failovers"), 1);
}

#[test]
fn failover_can_be_turned_off() {
    let (one, two) = (silent(), Phone::new(nowhere()));
    let zone = pool("udp", address(&one), two.address());
    let off = Failover {
        enabled: false,
        ..Failover::default()
    };
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), off);
    let phone = Phone::new(udp(&proxy));
    phone.send(phone.request("INVITE", "f5"));
    assert_eq!(phone.reply().status(), 408);
    two.hears_nothing();
    assert_eq!(stat(&proxy, "failovers"), 0);
}

#[test]
fn a_script_can_turn_it_off_for_its_transaction() {
    for way in ["t_set_disable_failover", "t_relay_to_flags", "branch"] {
        let (one, two) = (silent(), Phone::new(nowhere()));
        let zone = pool("udp", address(&one), two.address());
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
        let phone = Phone::new(udp(&proxy));
        phone.send(phone.request("INVITE", "f8"));
        assert_eq!(phone.reply().status(), 408, "{way}");
        two.hears_nothing();
        assert_eq!(stat(&proxy, "failovers"), 0, "{way}");
    }
}

#[test]
fn what_a_failure_callback_tries_next_fails_over_as_its_script_says() {
    let (refusing, dead, callee) = (Phone::new(nowhere()), silent(), Phone::new(nowhere()));
    let zone = pool("udp", address(&dead), callee.address());
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
    let (refusing, callee) = (refusing.of(udp(&proxy)), callee.of(udp(&proxy)));
    let phone = Phone::new(udp(&proxy));
    phone.send(phone.request("INVITE", "f9"));
    refusing.send(reply(&refusing.receive(), 486, "Busy Here"));
    let invite = callee.receive();
    callee.send(reply(&invite, 200, "OK"));
    assert_eq!(phone.reply().status(), 200);
    assert_eq!(stat(&proxy, "failovers"), 1);
}

#[test]
fn an_address_that_failed_is_left_out_where_configured() {
    let dead = silent();
    let callee = Phone::new(nowhere());
    let zone = pool("udp", address(&dead), callee.address());
    let failover = Failover {
        enabled: true,
        blocklist: Blocklist::new(Duration::from_secs(60), 10),
    };
    let (proxy, _names) = proxy_with(zone, to_pool("udp", false), failover);
    let callee = callee.of(udp(&proxy));
    let phone = Phone::new(udp(&proxy));
    call(&phone, &callee, "f6");
    assert_eq!((stat(&proxy, "blocklisted"), stat(&proxy, "blocked")), (1, 0));
    call(&phone, &callee, "f7");
    assert_eq!((stat(&proxy, "failovers"), stat(&proxy, "blocked")), (1, 1));
}

/// A proxy that is not known yet.
fn nowhere() -> SocketAddr {
    "127.0.0.1:9".parse().expect("an address")
}
