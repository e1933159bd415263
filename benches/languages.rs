//! The basic script in each language: how long a build and a deploy take, how large the component is, and
//! what the REGISTER of a phone costs, challenged and accepted, in a reused instance and in a fresh one.
//!
//! A call's time is that of the whole callback, functions of the host included; the functions of the
//! accepted REGISTER, called without a guest, are measured beside it. What a version costs that serves nobody at the moment is
//! measured in a process of its own.

#[path = "languages/idle.rs"]
mod idle;
#[path = "support/core.rs"]
mod support;

use kemist::build::{self, Language};
use kemist::modules::Configs;
use kemist::route::{Route, Routing, core};
use kemist::store::Store;
use kemist::store::database::{AccountName, NewAccount};
use kemist::tenant::Tenant;
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Policy, Version, maintain, pool};
use kemist_bindings::kemi::ksr;
use kemist_sip::Message;
use kemist_sip::transaction::Output;
use md5::{Digest, Md5};
use std::future::Future;
use std::hint::black_box;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use support::{a_core, a_message, a_route, run};

/// Microseconds that a warm and a fresh call are to stay under, beyond the functions of the host.
const AIMS: [(Language, f64, f64); 3] = [
    (Language::Rust, 3.0, 8.0),
    (Language::AssemblyScript, 5.0, 12.0),
    (Language::JavaScript, 15.0, 40.0),
];
/// The least of this many batches counts.
const BATCHES: usize = 10;

fn main() {
    if idle::is_asked() {
        return;
    }
    // `cargo test` runs benches too, to see that they start
    let rounds = if std::env::args().any(|a| a == "--bench") {
        2_000
    } else {
        2
    };
    let io = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime for SQL");
    let engine = Engine::new(&Options {
        instances: 200,
        shared: Some(build::shared),
        ..Options::default()
    })
    .expect("an engine");
    println!("languages, the basic script, microseconds a REGISTER (least of {BATCHES} batches of {rounds}):");
    let mut functions = None;
    for (language, warm, fresh) in AIMS {
        let source = root().join("examples/basic").join(language.name());
        let started = Instant::now();
        let built = match build::build(&source, Some(language)) {
            Ok(built) => built,
            Err(error) => {
                println!("  {}: left out: {error}", language.name());
                continue;
            }
        };
        let build_time = started.elapsed();
        let started = Instant::now();
        let reuse = load(&engine, &built.component, Policy::Reuse);
        let deploy_time = started.elapsed();
        println!(
            "  {:<16} build {:6.2} s, {:8} bytes, deploy {:7.1} ms, {:5.2} ms from the cache",
            language.name(),
            build_time.as_secs_f64(),
            built.component.len(),
            deploy_time.as_secs_f64() * 1e3,
            from_cache(&engine, &built.component).as_secs_f64() * 1e3,
        );
        let native = *functions.get_or_insert_with(|| {
            let phone = Phone::new(&io);
            let accepted = phone.accepted(&reuse, rounds);
            let native = measure(&accepted, |msg| black_box(native(a_route(&reuse, msg, phone.address))));
            println!("  {:<16} {native:6.2} accepted", "functions alone");
            native
        });
        one(&io, "reused instance", reuse, rounds, native, warm);
        let version = load(&engine, &built.component, Policy::Fresh);
        one(&io, "fresh instance", version, rounds / 4 + 1, native, fresh);
        if language == Language::JavaScript {
            idle::print(&source);
        }
    }
}

fn one(io: &tokio::runtime::Runtime, name: &str, version: Arc<Version>, rounds: usize, native: f64, aim: f64) {
    let phone = Phone::new(io);
    let callback = version.callback("ksr_request_route").expect("a load has seen it");
    let call = |msg| {
        let route = run(&version, callback, a_route(&version, msg, phone.address));
        // the instance that was used up is dropped and replaced: part of the price
        maintain();
        route
    };
    let challenged = measure(&phone.unknown(rounds), call);
    let accepted = measure(&phone.accepted(&version, rounds), call);
    println!(
        "    {name:<16} {challenged:6.2} challenged, {accepted:6.2} accepted ({:.2} beyond its functions; aim: {aim})",
        accepted - native
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn load(engine: &Arc<Engine>, component: &[u8], policy: Policy) -> Arc<Version> {
    let limits = Limits {
        deadline: Duration::from_secs(5),
        ..Limits::default()
    };
    let version = Version::load(engine, component, limits, policy).expect("the script loads");
    pool::warm(&version);
    version
}

/// From a component that was compiled before to a version that can be put in charge; the least of a few.
fn from_cache(engine: &Arc<Engine>, component: &[u8]) -> Duration {
    let folder = std::env::temp_dir().join(format!("kemist-bench-{}", std::process::id()));
    let compiler = Compiler::new(None, Some(folder.clone()), CompileLimits::default());
    compiler.prepare(engine, component).expect("it compiles");
    let once = || {
        let started = Instant::now();
        let prepared = compiler.prepare(engine, component).expect("it is kept");
        assert!(prepared.from_cache);
        let version =
            Version::of(engine, prepared, Limits::default(), Policy::Reuse, Tenant::operator()).expect("it links");
        let took = started.elapsed();
        drop(version);
        took
    };
    let least = (0..BATCHES).map(|_| once()).min().expect("a few");
    std::fs::remove_dir_all(folder).expect("our folder");
    least
}

/// Microseconds a message: the best batch. What a run decided to send is dropped outside of the time.
fn measure(batches: &[Vec<Arc<Message>>], mut one: impl FnMut(Arc<Message>) -> Box<Route>) -> f64 {
    let mut best = f64::INFINITY;
    for batch in batches {
        let started = Instant::now();
        for msg in batch {
            black_box(one(Arc::clone(msg)));
        }
        best = best.min(started.elapsed().as_secs_f64() * 1e6 / batch.len() as f64);
        sent();
    }
    best
}

/// Takes what is to be sent.
fn sent() -> Vec<String> {
    let text = |output| match output {
        Output::Transmit(transmit) => String::from_utf8_lossy(&transmit.bytes).into_owned(),
        _ => String::new(),
    };
    core::with(|core| std::iter::from_fn(|| core.layer.poll_output()).map(text).collect())
}

/// What the accepted REGISTER calls, in the order of the basic script.
fn native(mut route: Box<Route>) -> Box<Route> {
    use ksr::{auth_db, core, corex, maxfwd, nathelper, pv, registrar, sanity, siputils, tm, tmx};
    let r = &mut *route;
    assert!(core::Host::is_myself_srcip(r));
    black_box(corex::Host::has_user_agent(r));
    black_box(pv::Host::gete(r, "$ua".into()));
    black_box(maxfwd::Host::process_maxfwd(r, 10));
    black_box(core::Host::is_options(r));
    black_box(sanity::Host::sanity_check(r, 1511, 7));
    black_box(core::Host::force_rport(r));
    black_box(nathelper::Host::nat_uac_test(r, 19));
    black_box(core::Host::is_cancel(r));
    black_box(siputils::Host::has_totag(r));
    black_box(tmx::Host::t_precheck_trans(r));
    black_box(tm::Host::t_check_trans(r));
    black_box(core::Host::is_register(r));
    let domain = pv::Host::gete(r, "$fd".into());
    black_box(domain);
    let checked = wait(auth_db::Host::auth_check(r, "localhost".into(), "subscriber".into(), 1));
    assert_eq!(checked, 1);
    black_box(core::Host::is_method_in(r, "RP".into()));
    black_box(core::Host::is_myself_furi(r));
    black_box(ksr::hdr::Host::remove(r, "Route".into()));
    black_box(core::Host::is_method_in(r, "IS".into()));
    black_box(core::Host::is_invite(r));
    black_box(core::Host::is_myself_ruri(r));
    black_box(core::Host::is_register(r));
    black_box(core::Host::isflagset(r, 5));
    assert!(wait(async { registrar::Host::save(r, "location".into(), 0) }) > 0);
    route
}

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// A phone with an account, and this thread's core with an empty location table.
struct Phone {
    address: SocketAddr,
}

impl Phone {
    fn new(io: &tokio::runtime::Runtime) -> Phone {
        let modules = Configs::default();
        let store = io.block_on(async {
            let store = Store::open("sqlite::memory:", &modules, io.handle().clone()).await;
            let store = store.expect("a database in memory");
            let account = NewAccount {
                name: AccountName {
                    username: "alice".into(),
                    domain: "localhost".into(),
                },
                ha1: md5("alice:localhost:wonderland"),
                ha1b: md5("alice@localhost:localhost:wonderland"),
                ha1_sha256: None,
            };
            store
                .database
                .add_accounts(vec![account], false)
                .await
                .expect("an account");
            store
        });
        core::install(Some(a_core(store)));
        // an address of the proxy's own, which no flood is counted for
        let address = ([127, 0, 0, 1], 5062).into();
        Phone { address }
    }

    /// Messages without credentials.
    fn unknown(&self, rounds: usize) -> Vec<Vec<Arc<Message>>> {
        self.batches(1, rounds, "")
    }

    /// Messages with credentials for a challenge of this core.
    fn accepted(&self, version: &Arc<Version>, rounds: usize) -> Vec<Vec<Arc<Message>>> {
        let callback = version.callback("ksr_request_route").expect("a load has seen it");
        let msg = self.batches(1_000_000, 1, "")[0][0].clone();
        run(version, callback, a_route(version, msg, self.address));
        let answer = sent().pop().expect("a challenge");
        let nonce = answer
            .split("nonce=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("no challenge: {answer}"));
        let secret = md5("alice:localhost:wonderland");
        let response = md5(&format!("{secret}:{nonce}:{}", md5("REGISTER:sip:localhost")));
        let credentials = format!(
            "Authorization: Digest username=\"alice\", realm=\"localhost\", nonce=\"{nonce}\", uri=\"sip:localhost\", \
             response=\"{response}\"\r\n"
        );
        self.batches(2_000_000, rounds, &credentials)
    }

    /// Requests with rising numbers, from this one on.
    fn batches(&self, first: usize, rounds: usize, extra: &str) -> Vec<Vec<Arc<Message>>> {
        let batch = |batch: usize| {
            let numbers = first + batch * rounds..first + (batch + 1) * rounds;
            numbers.map(|number| a_message(&self.register(number, extra))).collect()
        };
        (0..BATCHES).map(batch).collect()
    }

    fn register(&self, number: usize, extra: &str) -> String {
        let address = self.address;
        format!(
            "REGISTER sip:localhost SIP/2.0\r\n\
             Via: SIP/2.0/UDP {address};branch=z9hG4bK{number};rport\r\n\
             Max-Forwards: 70\r\n\
             From: \"Alice\" <sip:alice@localhost>;tag=f1\r\n\
             To: <sip:alice@localhost>\r\n\
             Call-ID: bench@{address}\r\n\
             CSeq: {number} REGISTER\r\n\
             Contact: <sip:alice@{address}>\r\n\
             Expires: 600\r\n\
             User-Agent: bench\r\n\
             {extra}Content-Length: 0\r\n\r\n"
        )
    }
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
