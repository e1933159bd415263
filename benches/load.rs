//! What a message costs under load: CPU time of the server over messages received, with sipp as the
//! peer, and the same load against Debian's Kamailio where that is installed.
//!
//! `make bench` runs it. `KEMIST_BENCH_SCALE=0.1` makes every run a tenth as long.

#![allow(dead_code, unused_imports)] // the support of the tests has more than is used here

#[path = "../host/tests/e2e/support"]
mod support {
    pub mod client;
    pub mod component;
    pub mod digest;
    pub mod proxy;
}
mod process;

use process::cpu;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::component::{component, root};
use support::proxy::{Proxy, Setup, free_port};

/// Accounts that the load registers.
const USERS: u32 = 1_000;

/// One kind of load.
struct Load {
    name: &'static str,
    scenario: &'static str,
    /// Calls a second, and calls.
    rate: f64,
    calls: f64,
    /// Messages that the server receives in one call.
    messages: f64,
    /// Time for transactions to end, which belongs to the cost of a call.
    settle: Duration,
}

const LOADS: [Load; 3] = [
    Load {
        name: "REGISTER, 401, 200",
        scenario: "register",
        rate: 2_000.0,
        calls: 16_000.0,
        messages: 2.0,
        settle: Duration::from_secs(1),
    },
    Load {
        name: "OPTIONS, 200",
        scenario: "options",
        rate: 6_000.0,
        calls: 36_000.0,
        messages: 1.0,
        settle: Duration::ZERO,
    },
    Load {
        name: "call (5 messages)",
        scenario: "caller",
        rate: 800.0,
        calls: 5_000.0,
        messages: 5.0,
        settle: Duration::from_secs(6),
    },
];

/// What one load cost.
struct Cost {
    answered: f64,
    failed: f64,
    retransmissions: f64,
    /// CPU microseconds of the server for each message received.
    microseconds: f64,
}

fn main() {
    // building it is enough for `cargo test`; only `cargo bench` passes this
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    if Command::new("sipp")
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_err()
    {
        println!("load: skipped, sipp is not installed (make setup)");
        return;
    }
    let scale = std::env::var("KEMIST_BENCH_SCALE")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1.0);
    let ours = kemist(scale);
    let theirs = kamailio(scale);
    report(&ours, theirs.as_deref());
}

fn report(ours: &[Cost], theirs: Option<&[Cost]>) {
    println!("\nCPU of the server, microseconds for each message received (sipp on the same machine)");
    println!(
        "{:<22}{:>10}{:>8}{:>8}{:>14}{:>14}{:>8}",
        "load", "answered", "failed", "resent", "kemist", "kamailio", "ratio"
    );
    for (at, (load, our)) in LOADS.iter().zip(ours).enumerate() {
        let their = theirs
            .and_then(|costs| costs.get(at))
            .filter(|their| their.answered > 0.0);
        let other = their.map_or("-".to_owned(), |their| format!("{:.1}", their.microseconds));
        let ratio = their.map_or("-".to_owned(), |their| {
            format!("{:.2}", our.microseconds / their.microseconds)
        });
        println!(
            "{:<22}{:>10}{:>8}{:>8}{:>14.1}{:>14}{:>8}",
            load.name, our.answered, our.failed, our.retransmissions, our.microseconds, other, ratio
        );
    }
    if theirs.is_none() {
        println!("(Debian's kamailio, or the harness in ../shared/anchor, is not here: no second column)");
    }
}

fn kemist(scale: f64) -> Vec<Cost> {
    let proxy = Setup::new(component("examples/basic/rust")).trusted().start();
    let domain = "127.0.0.1";
    let mut accounts = String::new();
    for user in 0..USERS {
        writeln!(accounts, "u{user:04},{domain},pw-{user:04}").expect("a String takes it");
    }
    fs::write(proxy.folder().join("accounts.csv"), accounts).expect("our folder");
    proxy.command(&["user", "add", "--from", "accounts.csv"]);
    LOADS
        .iter()
        .map(|load| load.run(proxy.address, proxy.pid(), scale))
        .collect()
}

/// The same load against Kamailio with its native routing of the same steps and an SQLite database.
fn kamailio(scale: f64) -> Option<Vec<Cost>> {
    let anchor = root().join("../shared/anchor");
    let installed = Command::new("kamailio")
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !installed || !anchor.join("server.sh").exists() {
        return None;
    }
    let folder = std::env::temp_dir().join("kemist-bench-kamailio");
    let script = |name: &str, arguments: &[&str]| {
        let mut command = Command::new(anchor.join(name));
        command
            .args(arguments)
            .env("KB_RUN", &folder)
            .env("KB_DB", "sqlite")
            .env("KB_MM", "tlsf");
        command
            .env("KB_TRYING", "0")
            .env("KB_CHILDREN", "2")
            .stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !folder.join("kamailio.sqlite").exists() {
        script("setup.sh", &["db"]); // its MariaDB half may fail: SQLite comes first
        script("mariadb.sh", &["stop"]);
    }
    if !script("server.sh", &["start", "native"]) {
        println!(
            "load: Kamailio did not start, see {}",
            folder.join("kamailio.log").display()
        );
        return None;
    }
    let pid = fs::read_to_string(folder.join("kamailio.pid"))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let costs = LOADS
        .iter()
        .map(|load| load.run(([127, 0, 0, 1], 15_060).into(), pid, scale))
        .collect();
    script("server.sh", &["stop"]);
    Some(costs)
}

impl Load {
    fn run(&self, server: SocketAddr, pid: u32, scale: f64) -> Cost {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let callee = free_port();
        let mut answering = (self.scenario == "caller").then(|| {
            let child = sipp(server, "callee", callee, folder.path())
                .spawn()
                .expect("sipp starts");
            std::thread::sleep(Duration::from_millis(300));
            child
        });
        let mut command = sipp(server, self.scenario, free_port(), folder.path());
        let (rate, calls) = (self.rate.to_string(), (self.calls * scale).ceil().to_string());
        command.args(["-r", &rate, "-m", &calls, "-l", "10000", "-timeout", "120"]);
        command.args(["-trace_stat", "-stf", "stat.csv", "-fd", "600"]);
        command.args(["-key", "uas", &format!("127.0.0.1:{callee}")]);
        if self.scenario == "register" {
            fs::write(folder.path().join("users.csv"), users(server)).expect("our folder");
            command.args(["-inf", "users.csv"]);
        }
        let before = cpu(pid);
        command.status().expect("sipp starts");
        std::thread::sleep(self.settle);
        let used = cpu(pid).saturating_sub(before);
        if let Some(child) = &mut answering {
            child.kill().ok();
            child.wait().ok();
        }
        self.cost(&folder.path().join("stat.csv"), used)
    }

    fn cost(&self, statistics: &Path, used: u64) -> Cost {
        let text = fs::read_to_string(statistics).unwrap_or_default();
        let mut lines = text.lines().filter(|line| line.contains(';'));
        let head: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
        let last: Vec<&str> = lines.next_back().unwrap_or_default().split(';').collect();
        let value = |name: &str| -> f64 {
            let column = head.iter().position(|column| *column == name);
            column
                .and_then(|at| last.get(at))
                .and_then(|text| text.parse().ok())
                .unwrap_or(0.0)
        };
        let (answered, retransmissions) = (value("SuccessfulCall(C)"), value("Retransmissions(C)"));
        let messages = answered * self.messages + retransmissions;
        let microseconds = used as f64 / 1_000.0 / messages.max(1.0);
        Cost {
            answered,
            failed: value("FailedCall(C)"),
            retransmissions,
            microseconds,
        }
    }
}

/// The accounts as sipp reads them.
fn users(server: SocketAddr) -> String {
    let mut text = "SEQUENTIAL\n".to_owned();
    for user in 0..USERS {
        let (name, domain) = (format!("u{user:04}"), server.ip());
        writeln!(
            text,
            "{name};{domain};[authentication username={name} password=pw-{user:04}]"
        )
        .expect("a String takes it");
    }
    text
}

fn sipp(server: SocketAddr, scenario: &str, port: u16, folder: &Path) -> Command {
    let mut command = Command::new("sipp");
    command
        .arg(server.to_string())
        .arg("-sf")
        .arg(root().join(format!("benches/{scenario}.xml")));
    command.args([
        "-i",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-nostdin",
        "-skip_rlimit",
        "-buff_size",
        "4194304",
    ]);
    command.env("TERM", "dumb").current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
