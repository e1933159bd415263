//! Many tenants: how long it takes to find out whose a request is, and what an idle tenant keeps in memory.

#![allow(dead_code, unused_imports)] // the support of the tests has more than is used here

#[path = "support/core.rs"]
mod core_support;
#[path = "../host/tests/e2e/support"]
mod support {
    pub mod client;
    pub mod component;
    pub mod digest;
    pub mod proxy;
}

use bytes::Bytes;
use core_support::a_core;
use kemist::config;
use kemist::route::{Route, Routing, Run, WellKnown, core};
use kemist::tenant::{Rules, Tenant};
use kemist::transport::tcp;
use kemist::worker::{Duty, Fleet, Lives, Seat};
use kemist_sip::Message;
use std::borrow::Cow;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use support::component::component;
use support::proxy::{Proxy, Setup};
use wasm_encoder::{ComponentSection, CustomSection};

/// Nanoseconds to choose one of so many.
const AIM: f64 = 200.0;
const MANY: u32 = 10_000;
/// Kilobytes that an idle tenant keeps, of so many.
const AIM_KB: f64 = 100.0;
const TENANTS: usize = 500;

fn main() {
    // building it is enough for `cargo test`; only `cargo bench` passes this
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!(
        "\nwhose is a request, nanoseconds (mean over many tenants' messages, least of 20 rounds; aim: {AIM} at {MANY}):"
    );
    for count in [0, 1, 1_000, MANY] {
        let fleet = fleet(count);
        let line: Vec<String> = [Shape::Incoming, Shape::Outgoing, Shape::Dialog]
            .into_iter()
            .map(|shape| format!("{shape:?} {:.0}", choose(&fleet, count, shape)))
            .collect();
        println!("  {count:>6} tenants: {}", line.join(", "));
    }
    println!("\nan idle tenant with a module of its own, KB of private memory (of {TENANTS}; aim: {AIM_KB}):");
    for language in ["rust", "assemblyscript", "javascript"] {
        println!("  {language:<16}{:>8.1}", idle(language));
    }
}

/// Which part of the rule finds the tenant.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Incoming,
    Outgoing,
    Dialog,
}

struct Nothing(Arc<Tenant>);

impl Routing for Nothing {
    fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
        self
    }

    fn tenant(&self) -> &Arc<Tenant> {
        &self.0
    }

    fn label(&self) -> &str {
        "nothing"
    }

    fn callbacks(&self) -> &[String] {
        &[]
    }

    fn well_known(&self) -> WellKnown {
        WellKnown::default()
    }

    fn run(self: Arc<Self>, _: u32, _: &str, _: bool, route: Box<Route>) -> Run {
        Box::pin(std::future::ready((route, Ok(()))))
    }
}

fn fleet(count: u32) -> Arc<Fleet> {
    core::install(Some(a_core(Default::default())));
    let shared = core::with(|core| core.shared.clone());
    let operator = Arc::new(Nothing(Tenant::operator().clone()));
    let (fleet, _) = Fleet::new(shared, tcp::Table::new(tcp::Limits::default()), operator, 1, 1);
    let seats = (1..=count).map(|id| {
        let definition = config::Tenant {
            domains: vec![domain(id)],
            ..config::Tenant::default()
        };
        let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
        let tenant = Tenant::new(id, &format!("t{id}"), rules);
        let live = Arc::new(Nothing(tenant.clone()));
        Seat::new(tenant, Duty::Versions(Lives::only(live)))
    });
    fleet.seats.seat(seats);
    fleet
}

fn domain(id: u32) -> String {
    format!("customer-{id}.voice.example")
}

fn choose(fleet: &Fleet, count: u32, shape: Shape) -> f64 {
    const MESSAGES: u32 = 4_096;
    let texts: Vec<Bytes> = (0..MESSAGES)
        .map(|n| {
            // all over the table, in no order that a cache could know
            let id = n.wrapping_mul(2_654_435_761) % count.max(1) + 1;
            message(fleet, id, n, shape).buffer().clone()
        })
        .collect();
    // a message was just read when its tenant is chosen: reading it is taken off
    let round = |chosen: bool| {
        let begun = Instant::now();
        for text in &texts {
            let msg = Message::parse(text.clone()).expect("it can be read");
            if chosen {
                black_box(fleet.seats.choose(&fleet.shared, &msg, false, Arc::as_ptr));
            }
            black_box(msg);
        }
        begun.elapsed().as_nanos() as f64 / f64::from(MESSAGES)
    };
    let least = |chosen| (0..20).map(|_| round(chosen)).fold(f64::MAX, f64::min);
    least(true) - least(false)
}

fn message(fleet: &Fleet, id: u32, n: u32, shape: Shape) -> Message {
    let (own, other) = (domain(id), "elsewhere.example".to_owned());
    let (to, from) = match shape {
        Shape::Incoming | Shape::Dialog => (own, other),
        Shape::Outgoing => (other, own),
    };
    let text = |route: &str, tag: &str| {
        let text = format!(
            "INVITE sip:bob@{to} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK{n}\r\n{route}\
             Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@{from}>;tag=f{n}\r\nTo: <sip:bob@{to}>{tag}\r\n\
             Call-ID: {n}@192.0.2.10\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@192.0.2.10:5062>\r\nContent-Length: 0\r\n\r\n"
        );
        Message::parse(Bytes::from(text)).expect("it can be read")
    };
    if !matches!(shape, Shape::Dialog) {
        return text("", "");
    }
    let mut mark = Vec::new();
    kemist::route::mark::write(&fleet.shared, id, &text("", ""), &mut mark);
    let mark = String::from_utf8(mark).expect("text");
    text(&format!("Route: <sip:127.0.0.1:5060;lr{mark};ftag=f{n}>\r\n"), ";tag=t")
}

/// What a tenant keeps, when all were loaded once and none is needed.
fn idle(language: &str) -> f64 {
    let module = component(&format!("examples/basic/{language}"));
    let bytes = fs::read(&module).expect("it was built");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables: String = (0..TENANTS)
        .map(|number| {
            let mut bytes = bytes.clone();
            CustomSection {
                name: "bench".into(),
                data: Cow::Owned(number.to_string().into_bytes()),
            }
            .append_to_component(&mut bytes);
            let file = folder.path().join(format!("{number}.wasm"));
            fs::write(&file, bytes).expect("our folder");
            format!(
                "[tenant.t{number}]\ndomains = [\"t{number}.example\"]\nmodule = \"{}\"\ngrants = {GRANTS}\n",
                file.display()
            )
        })
        .collect();
    let alone = private(&Setup::new(module.clone()).tables("[tenants]\n").start());
    let mut proxy = Setup::new(module).tables(&tables).start();
    let deadline = Instant::now() + std::time::Duration::from_secs(900);
    while !proxy.log().contains("were compiled after the start") && Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(proxy.stop("-TERM").success());
    proxy.launch();
    (private(&proxy) - alone) / TENANTS as f64
}

const GRANTS: &str = r#"["core", "hdr", "pv", "tm", "tmx", "sl", "maxfwd", "sanity", "rr", "registrar", "auth", "auth_db", "permissions", "pike", "siputils", "corex", "nathelper", "htable", "xlog", "textops", "kx", "pvx"]"#;

/// Kilobytes that belong to a process alone.
fn private(proxy: &Proxy) -> f64 {
    let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", proxy.pid())).expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
    let number = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    number.and_then(|number| number.trim().parse().ok()).expect("a number")
}
