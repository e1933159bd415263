//! Names by RFC 3263 against a name server within the test.

#[path = "support/nameserver.rs"]
mod nameserver;

use kemist::config::Dns;
use kemist::config::dns::NameServer as Configured;
use kemist::route::Resolve;
use kemist::transport::resolver::Resolver;
use kemist_sip::Protocol::{self, Tcp, Tls, Udp};
use nameserver::{NameServer, Zone};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const SRV: u16 = 33;
const NAPTR: u16 = 35;

/// A resolver that asks only the test's name server.
struct Lab {
    runtime: Runtime,
    resolver: Resolver,
    server: NameServer,
}

fn lab(zone: Zone, change: impl FnOnce(&mut Dns)) -> Lab {
    let server = NameServer::start(zone);
    let mut dns = Dns {
        servers: vec![Configured(server.address())],
        ..Dns::default()
    };
    change(&mut dns);
    let runtime = Runtime::new().expect("threads can be started");
    let loopback: SocketAddr = "127.0.0.1:5060".parse().expect("an address");
    let resolver = Resolver::new(runtime.handle().clone(), &dns, &[(Udp, loopback), (Tcp, loopback)]);
    Lab {
        runtime,
        resolver,
        server,
    }
}

impl Lab {
    fn lookup(&self, host: &str, port: Option<u16>, protocol: Option<Protocol>) -> Vec<(Protocol, SocketAddr)> {
        let found = self.resolver.lookup(host.to_owned(), port, protocol);
        self.runtime.block_on(found)
    }
}

fn at(protocol: Protocol, text: &str) -> (Protocol, SocketAddr) {
    (protocol, text.parse().expect("an address"))
}

/// example.test prefers TCP; its servers are one and two (TCP), one (UDP), and sips there is too.
fn zone() -> Zone {
    Zone::default()
        .naptr("example.test", 20, 0, "SIP+D2U", "_sip._udp.example.test")
        .naptr("example.test", 10, 0, "SIP+D2T", "_sip._tcp.example.test")
        .naptr("example.test", 5, 0, "SIPS+D2T", "_sips._tcp.example.test")
        .srv("_sip._udp.example.test", 0, 0, 5070, "one.example.test")
        .srv("_sip._tcp.example.test", 20, 0, 5072, "two.example.test")
        .srv("_sip._tcp.example.test", 10, 0, 5071, "one.example.test")
        .srv("_sips._tcp.example.test", 0, 0, 5061, "two.example.test")
        .a("one.example.test", 300, [127, 0, 0, 11])
        .a("two.example.test", 300, [127, 0, 0, 12])
        .a("example.test", 300, [127, 0, 0, 10])
}

#[test]
fn naptr_chooses_the_transport_and_srv_the_servers() {
    let lab = lab(zone(), |_| {});
    let expected = [
        at(Tcp, "127.0.0.11:5071"),
        at(Tcp, "127.0.0.12:5072"),
        at(Udp, "127.0.0.11:5070"),
    ];
    // TLS is best there, but nobody listens for it here
    assert_eq!(lab.lookup("example.test", None, None), expected);
}

#[test]
fn a_transport_leaves_srv_to_ask_and_a_port_only_addresses() {
    let lab = lab(zone(), |_| {});
    assert_eq!(
        lab.lookup("example.test", None, Some(Udp)),
        [at(Udp, "127.0.0.11:5070")]
    );
    assert!(!lab.server.was_asked(NAPTR));
    // sips: its own service
    assert_eq!(
        lab.lookup("example.test", None, Some(Tls)),
        [at(Tls, "127.0.0.12:5061")]
    );
    let before = lab.server.asked();
    assert_eq!(
        lab.lookup("example.test", Some(5099), None),
        [at(Udp, "127.0.0.10:5099")]
    );
    assert_eq!(
        lab.lookup("example.test", Some(5098), Some(Tcp)),
        [at(Tcp, "127.0.0.10:5098")]
    );
    assert_eq!(lab.server.asked(), before + 1, "one question about addresses");
}

#[test]
fn without_naptr_srv_is_asked_for_each_transport_and_without_srv_the_addresses() {
    let zone = zone().a("plain.test", 300, [127, 0, 0, 20]);
    let lab = lab(zone, |dns| dns.naptr = false);
    assert_eq!(
        lab.lookup("example.test", None, None),
        [
            at(Udp, "127.0.0.11:5070"),
            at(Tcp, "127.0.0.11:5071"),
            at(Tcp, "127.0.0.12:5072"),
        ]
    );
    assert_eq!(lab.lookup("plain.test", None, None), [at(Udp, "127.0.0.20:5060")]);
    assert_eq!(lab.lookup("plain.test", None, Some(Tls)), [at(Tls, "127.0.0.20:5061")]);
    assert!(!lab.server.was_asked(NAPTR));
}

#[test]
fn srv_may_be_left_out() {
    let lab = lab(zone(), |dns| {
        dns.naptr = false;
        dns.srv = false;
    });
    assert_eq!(lab.lookup("example.test", None, None), [at(Udp, "127.0.0.10:5060")]);
    assert!(!lab.server.was_asked(SRV));
}

#[test]
fn weights_share_out_what_the_cache_gives() {
    let zone = Zone::default()
        .srv("_sip._udp.pool.test", 0, 50, 5060, "one.pool.test")
        .srv("_sip._udp.pool.test", 0, 50, 5060, "two.pool.test")
        .a("one.pool.test", 300, [127, 0, 0, 31])
        .a("two.pool.test", 300, [127, 0, 0, 32]);
    let lab = lab(zone, |_| {});
    let mut firsts = HashSet::new();
    for _ in 0..200 {
        let found = lab.lookup("pool.test", None, Some(Udp));
        assert_eq!(found.len(), 2);
        firsts.insert(found[0]);
    }
    assert_eq!(firsts.len(), 2, "each comes first now and then");
    assert_eq!(lab.server.asked(), 3, "one SRV and two addresses");
}

#[test]
fn ttls_are_honoured_within_limits() {
    let zone = Zone::default().a("brief.test", 0, [127, 0, 0, 40]);
    let brief = lab(zone.clone(), |dns| dns.srv = false);
    for round in 1..=3 {
        assert_eq!(brief.lookup("brief.test", Some(5060), None).len(), 1);
        assert_eq!(brief.server.asked(), round, "a TTL of 0 is not kept");
    }
    let kept = lab(zone, |dns| dns.min_ttl = Duration::from_secs(60));
    for _ in 0..3 {
        assert_eq!(kept.lookup("brief.test", Some(5060), None).len(), 1);
    }
    assert_eq!(kept.server.asked(), 1);
}

#[test]
fn what_does_not_exist_is_remembered_too() {
    let lab = lab(Zone::default(), |_| {});
    for _ in 0..3 {
        assert!(lab.lookup("nobody.test", Some(5060), None).is_empty());
    }
    assert_eq!(lab.server.asked(), 1);
}

#[test]
fn many_who_ask_the_same_ask_once() {
    let lab = lab(Zone::default().a("busy.test", 300, [127, 0, 0, 50]), |_| {});
    let all: Vec<_> = (0..50)
        .map(|_| lab.resolver.lookup("busy.test".to_owned(), Some(5060), None))
        .collect();
    for found in all {
        assert_eq!(lab.runtime.block_on(found).len(), 1);
    }
    assert_eq!(lab.server.asked(), 1);
}

#[test]
fn a_silent_name_server_costs_no_more_than_its_time() {
    let lab = lab(Zone::default().silent(), |dns| {
        dns.timeout = Duration::from_millis(100);
        dns.attempts = 1;
    });
    let begun = Instant::now();
    assert!(lab.lookup("example.test", None, None).is_empty());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let asked = lab.server.asked();
    assert!(lab.lookup("example.test", None, None).is_empty());
    assert_eq!(lab.server.asked(), asked, "it is not asked again at once");
}

#[test]
fn names_of_the_hosts_file_need_no_name_server() {
    let lab = lab(Zone::default().silent(), |_| {});
    let found = lab.lookup("localhost", None, None);
    if !std::fs::read_to_string("/etc/hosts").is_ok_and(|hosts| hosts.contains("localhost")) {
        return eprintln!("skipped: no localhost in /etc/hosts");
    }
    assert!(found.contains(&at(Udp, "127.0.0.1:5060")), "{found:?}");
    assert_eq!(lab.server.asked(), 0);
}
