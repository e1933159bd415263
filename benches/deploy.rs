//! Deploys to a running proxy: how long until a version is live on all workers, first, from the cache and from memory, how
//! long going back takes, and what requests notice of it.
//!
//! `make bench` runs it. `KEMIST_BENCH_SCALE=0.2` makes every run a fifth as long.

#![allow(dead_code, unused_imports)] // the support of the tests has more than is used here

#[path = "../host/tests/e2e/support"]
mod support {
    pub mod client;
    pub mod component;
    pub mod digest;
    pub mod proxy;
}
#[path = "../host/tests/e2e/soak/door.rs"]
mod door;
#[path = "deploy/pace.rs"]
mod pace;

use door::Door;
use pace::Pace;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use support::component::component;
use support::proxy::{Proxy, Setup};
use wasm_encoder::{ComponentSection, CustomSection};

/// Milliseconds: a module whose native code is in the cache, until it is live on all workers; going back.
const AIM_CACHED: f64 = 5.0;
const AIM_BACK: f64 = 100.0;
/// 99 % of requests with deploys running: at most so many times as long as without, and so many milliseconds.
const AIM_PACKETS: (f64, f64) = (1.5, 1.0);

/// Versions of a module: more than the proxy keeps in memory, so that the oldest comes from the cache.
const VERSIONS: usize = 7;
/// Rounds through all of them.
const ROUNDS: usize = 6;

/// Pairs of runs without and with deploys, seconds of each, requests a second.
const PAIRS: usize = 5;
const SECONDS: f64 = 6.0;
const RATE: f64 = 2_000.0;

fn main() {
    // building it is enough for `cargo test`; only `cargo bench` passes this
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let scale = std::env::var("KEMIST_BENCH_SCALE")
        .ok()
        .and_then(|text| text.parse().ok());
    let scale: f64 = scale.unwrap_or(1.0);
    println!("\ndeploys of the basic script, milliseconds from the request to the swap: median (most)");
    println!("two workers; the aims: {AIM_CACHED} from the cache, {AIM_BACK} back");
    println!(
        "  {:<16}{:>18}{:>18}{:>18}{:>18}{:>18}",
        "", "first, compiled", "from the cache", "from memory", "rollback", "rollback VERSION"
    );
    for language in ["rust", "assemblyscript", "javascript"] {
        times(language);
    }
    packets(scale);
}

/// A running proxy, and versions of one module.
struct Subject {
    proxy: Proxy,
    door: Door,
    files: Vec<PathBuf>,
}

impl Subject {
    fn new(language: &str) -> Subject {
        let module = component(&format!("examples/basic/{language}"));
        let bytes = fs::read(&module).expect("it was built");
        let proxy = Setup::new(module).start();
        let version = |number: usize| {
            let mut bytes = bytes.clone();
            CustomSection {
                name: "bench".into(),
                data: Cow::Owned(number.to_string().into_bytes()),
            }
            .append_to_component(&mut bytes);
            let file = proxy.folder().join(format!("{number}.wasm"));
            fs::write(&file, bytes).expect("our folder");
            file
        };
        let files = (0..VERSIONS).map(version).collect();
        let door = Door::new(proxy.folder());
        Subject { proxy, door, files }
    }

    /// Milliseconds, and whether there was something to compile.
    fn call(&self, method: &str, params: Value) -> (f64, bool) {
        let done = self.door.call(method, params).expect("it is done");
        assert_eq!(done["unchanged"], false, "{done}");
        let took = done["took_ms"].as_f64().expect("a number");
        (took, done["cached"] == false)
    }

    fn deploy(&self, version: usize) -> (f64, bool) {
        let file = self.files[version % VERSIONS].display().to_string();
        self.call("route.deploy", json!({"name": file}))
    }
}

fn times(language: &str) {
    let subject = Subject::new(language);
    let first: Vec<f64> = (0..VERSIONS).map(|version| subject.deploy(version).0).collect();
    let (mut cached, mut compiled) = (Vec::new(), 0);
    for version in 0..VERSIONS * ROUNDS {
        let (took, again) = subject.deploy(version);
        compiled += usize::from(again);
        cached.push(took);
    }
    let memory: Vec<f64> = (0..40).map(|turn| subject.deploy(turn % 2).0).collect();
    let mut back = Vec::new();
    for turn in 0..20 {
        subject.deploy(2 + turn % 2);
        back.push(subject.call("route.rollback", json!([])).0);
    }
    let digests: Vec<String> = subject.files.iter().map(|file| digest(file)).collect();
    let named = |turn: usize| subject.call("route.rollback", json!([digests[turn % VERSIONS]])).0;
    let named: Vec<f64> = (2..2 + VERSIONS * 3).map(named).collect();
    let note = if compiled > 0 {
        format!("   ({compiled} of {} were compiled again)", cached.len())
    } else {
        String::new()
    };
    println!(
        "  {language:<16}{:>18}{:>18}{:>18}{:>18}{:>18}{note}",
        shown(first),
        shown(cached),
        shown(memory),
        shown(back),
        shown(named)
    );
}

/// The SHA-256 of a file.
fn digest(file: &Path) -> String {
    use sha2::{Digest, Sha256};
    let bytes = fs::read(file).expect("it is there");
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shown(mut millis: Vec<f64>) -> String {
    let median = median(&mut millis);
    format!("{median:.2} ({:.2})", millis.last().copied().unwrap_or(0.0))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// How long REGISTER and OPTIONS take, without deploys and with.
fn packets(scale: f64) {
    let subject = Subject::new("rust");
    let pace = Pace {
        server: subject.proxy.address,
        rate: RATE,
        seconds: SECONDS * scale,
    };
    // the first run finds everything cold
    pace.run();
    println!(
        "\nreplies to REGISTER (401) and OPTIONS (200) by turns, {RATE} a second: milliseconds, without deploys | with, as fast as they go"
    );
    let (mut without, mut with) = (Vec::new(), Vec::new());
    // two versions by turns, through all runs
    let count = AtomicUsize::new(0);
    for pair in 1..=PAIRS {
        let quiet = pace.run();
        let (before, over) = (count.load(Relaxed), AtomicBool::new(false));
        let busy = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    subject.deploy(count.fetch_add(1, Relaxed) % 2);
                }
            });
            let busy = pace.run();
            over.store(true, Relaxed);
            busy
        });
        println!(
            "  run {pair}: {quiet} | {busy}, {:.0} deploys a second",
            (count.load(Relaxed) - before) as f64 / pace.seconds
        );
        without.push(quiet.p99);
        with.push(busy.p99);
    }
    let (without, with) = (median(&mut without), median(&mut with));
    let (factor, plus) = AIM_PACKETS;
    println!(
        "  99 %, median of {PAIRS}: {without:.3} without, {with:.3} with deploys (aim: at most {:.3}, {factor} times and {plus} ms)",
        without * factor + plus
    );
}
