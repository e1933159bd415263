//! The hostile ones: another module of the corpus all the time, and requests that run them.

use super::CANARY;
use super::plan::Plan;
use crate::corpus::{self, scripts::SCRIPTS};
use crate::soak::Door;
use crate::support::component::component_of;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What runs while nobody attacks.
const HARMLESS: &str = "Harmless";

/// Modules, made before anything is measured.
pub struct Corpus {
    modules: Vec<(String, String)>,
    folder: TempDir,
    /// A script with a function for each attack.
    pub attacks: PathBuf,
}

pub fn made(plan: &Plan) -> Corpus {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("first.wasm"), corpus::answering(HARMLESS)).expect("our folder");
    let scripts = folder.path().join("javascript");
    fs::create_dir(&scripts).expect("our folder");
    fs::write(scripts.join("route.js"), corpus::scripts::script()).expect("our folder");
    let attacks = component_of(&scripts, "attacks-javascript");
    let count = if plan.long { 1000 } else { 92 };
    let modules = corpus::sample(if plan.long { 77 } else { 7 }, count)
        .map(|hostile| (format!("{hostile:?}"), STANDARD.encode(&hostile.component)))
        .collect();
    Corpus {
        modules,
        folder,
        attacks,
    }
}

impl Corpus {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the hostile ones begin with.
    pub fn first(&self) -> PathBuf {
        self.folder.path().join("first.wasm")
    }
}

/// What they did.
#[derive(Default)]
pub struct Harm {
    pub deployed: u32,
    pub refused: u32,
    pub sent: u32,
    /// Answers and requests that came of it, by their first word or status.
    pub came: BTreeMap<String, u32>,
    /// What was another's.
    pub seen: Vec<String>,
    /// Answers of `route.deploy` that are no line.
    pub odd: Vec<String>,
    pub slowest: Duration,
}

impl Harm {
    pub fn add(&mut self, more: Harm) {
        self.deployed += more.deployed;
        self.refused += more.refused;
        self.sent += more.sent;
        for (what, count) in more.came {
            *self.came.entry(what).or_default() += count;
        }
        self.seen.extend(more.seen);
        self.odd.extend(more.odd);
        self.slowest = self.slowest.max(more.slowest);
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} modules deployed, {} refused, the slowest after {:.1} s; {} requests, of which came {:?}",
            self.deployed,
            self.refused,
            self.slowest.as_secs_f64(),
            self.sent,
            self.came
        )
    }
}

/// One that is under way.
pub struct Attack {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Harm>>,
}

impl Attack {
    pub fn start(proxy: SocketAddr, door: &Door, corpus: &Corpus, plan: &Plan, run: usize) -> Attack {
        let over = Arc::new(AtomicBool::new(false));
        let names: Vec<String> = (0..plan.hostile).map(|number| plan.name_of_hostile(number)).collect();
        let compiled = (0..plan.hostile).filter(|number| !plan.is_scripted(*number));
        let compiled: Vec<String> = compiled.map(|number| plan.name_of_hostile(number)).collect();
        let mut threads = Vec::new();
        // each deploys for its share of the tenants
        for part in 0..2 {
            let (over, door) = (over.clone(), door.clone());
            let modules: Vec<_> = corpus.modules.iter().skip(part).step_by(2).cloned().collect();
            let first = run / 2 * modules.len() / plan.runs.div_ceil(2).max(1);
            let (rate, names) = (plan.deploys / 2.0, compiled.clone());
            threads.push(std::thread::spawn(move || {
                deploy(&door, &names, &modules, first, rate, &over)
            }));
        }
        let (ends, rate) = (over.clone(), plan.attacks);
        threads.push(std::thread::spawn(move || send(proxy, &names, rate, &ends)));
        Attack { over, threads }
    }

    pub fn finish(self) -> Harm {
        self.over.store(true, Relaxed);
        let mut harm = Harm::default();
        for thread in self.threads {
            harm.add(thread.join().expect("no thread failed"));
        }
        harm
    }
}

fn deploy(
    door: &Door,
    names: &[String],
    modules: &[(String, String)],
    first: usize,
    rate: f64,
    over: &AtomicBool,
) -> Harm {
    let mut harm = Harm::default();
    let started = Instant::now();
    for (turn, (what, component)) in modules.iter().cycle().skip(first).enumerate() {
        if over.load(Relaxed) {
            break;
        }
        let tenant = &names[turn % names.len()];
        std::thread::sleep(Duration::from_secs_f64(turn as f64 / rate).saturating_sub(started.elapsed()));
        let begun = Instant::now();
        let answer = door.call(
            "route.deploy",
            json!({"name": what, "component": component, "tenant": tenant}),
        );
        harm.slowest = harm.slowest.max(begun.elapsed());
        match answer {
            Ok(_) => harm.deployed += 1,
            Err(line) if line.contains(char::is_control) || line.len() > 5000 => {
                harm.odd.push(format!("{what}: {line:?}"))
            }
            Err(_) => harm.refused += 1,
        }
    }
    harm
}

fn send(proxy: SocketAddr, names: &[String], rate: f64, over: &AtomicBool) -> Harm {
    let mut harm = Harm::default();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let own = socket.local_addr().expect("it is bound");
    socket
        .set_read_timeout(Some(Duration::from_millis(1)))
        .expect("not zero");
    let (begun, mut buffer) = (Instant::now(), vec![0; 65_536]);
    while !over.load(Relaxed) {
        while f64::from(harm.sent) < begun.elapsed().as_secs_f64() * rate {
            let number = harm.sent;
            let domain = &names[number as usize % names.len()];
            let method = ["INVITE", "OPTIONS", "MESSAGE", "REGISTER"][number as usize % 4];
            // those that have a script do what the name says
            let bob = SCRIPTS[number as usize / names.len() % SCRIPTS.len()].0;
            let text = format!(
                "{method} sip:{bob}@{domain}.example SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKh{number}{};rport\r\n\
                 Max-Forwards: 20\r\nFrom: <sip:eve@{domain}.example>;tag=h{number}\r\nTo: <sip:{bob}@{domain}.example>\r\n\
                 Call-ID: hostile-{number}-{}\r\nCSeq: 1 {method}\r\nContact: <sip:eve@{own}>\r\nContent-Length: 0\r\n\r\n",
                own.port(),
                own.port()
            );
            socket.send_to(text.as_bytes(), proxy).ok();
            harm.sent += 1;
        }
        while let Ok((length, _)) = socket.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            let line = text.lines().next().unwrap_or_default();
            let word = line
                .strip_prefix("SIP/2.0 ")
                .unwrap_or(line)
                .split(' ')
                .next()
                .unwrap_or_default();
            let word: String = word.chars().take(10).collect();
            *harm.came.entry(word).or_default() += 1;
            if text.contains(CANARY) {
                harm.seen.push(text.into_owned());
            }
        }
    }
    harm
}
