//! The others: sipp's telephones, which register and call in all their domains.

use super::CANARY;
use super::plan::{Plan, Traffic};
use crate::support::component::root;
use crate::support::proxy::{Proxy, free_port};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long after its last call sipp may need to end.
const END: Duration = Duration::from_secs(60);

/// What sipp counted, and how long each answer took, in ms.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub answered: u64,
    pub failed: u64,
    pub resent: u64,
    pub took: Vec<f64>,
}

/// The telephones that are called.
pub struct Called {
    child: Child,
    pub port: u16,
    _folder: TempDir,
}

impl Called {
    pub fn start(proxy: SocketAddr) -> Called {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let child = sipp(proxy, "soak_callee", port, folder.path())
            .spawn()
            .expect("sipp starts");
        std::thread::sleep(Duration::from_millis(500));
        Called {
            child,
            port,
            _folder: folder,
        }
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A sipp under way.
struct Sipp {
    child: Child,
    folder: TempDir,
    scenario: &'static str,
    asked: u64,
}

/// REGISTER and calls for so long: what came of them.
pub fn run(proxy: &Proxy, plan: &Plan, called: &Called, traffic: Traffic) -> [Counted; 2] {
    let uas = format!("127.0.0.1:{}", called.port);
    let start = |scenario, rate: f64| {
        let asked = (rate * traffic.seconds).ceil() as u64;
        (asked > 0).then(|| Sipp::start(proxy.address, plan, scenario, rate, asked, &uas))
    };
    let both = [
        start("tenants_register", traffic.registers),
        start("tenants_caller", traffic.calls),
    ];
    let deadline = Instant::now() + Duration::from_secs_f64(traffic.seconds) + END;
    both.map(|sipp| sipp.map(|sipp| sipp.finish(deadline)).unwrap_or_default())
}

/// The time within which 99 in a hundred answers came.
pub fn p99<'a>(took: impl Iterator<Item = &'a f64>) -> f64 {
    let mut all: Vec<f64> = took.copied().collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() * 99 / 100).copied().unwrap_or(0.0)
}

impl Sipp {
    fn start(proxy: SocketAddr, plan: &Plan, scenario: &'static str, rate: f64, asked: u64, uas: &str) -> Sipp {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut users = "SEQUENTIAL\n".to_owned();
        for name in plan.others() {
            users +=
                &format!("{CANARY}{name};{name}.example;[authentication username={CANARY}{name} password=pw-{name}]\n");
        }
        fs::write(folder.path().join("users.csv"), users).expect("our folder");
        let mut command = sipp(proxy, scenario, free_port(), folder.path());
        command.args(["-r", &rate.to_string(), "-m", &asked.to_string(), "-l", "20000"]);
        command.args(["-trace_stat", "-fd", "10", "-stf", "statistics"]);
        command.args(["-trace_rtt", "-rtt_freq", "1"]);
        command.args(["-inf", "users.csv", "-key", "uas", uas]);
        Sipp {
            child: command.spawn().expect("sipp starts"),
            folder,
            scenario,
            asked,
        }
    }

    fn finish(mut self, deadline: Instant) -> Counted {
        while self.child.try_wait().expect("it is our child").is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        let folder = self.folder.path();
        let errors = fs::read_to_string(folder.join(format!("{}.errors", self.scenario))).unwrap_or_default();
        for line in errors.lines().take(20) {
            println!("{}: {line}", self.scenario);
        }
        let text = fs::read_to_string(folder.join("statistics")).unwrap_or_default();
        let mut lines = text.lines().filter(|line| line.contains(';'));
        let head: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
        let last: Vec<&str> = lines.next_back().unwrap_or_default().split(';').collect();
        let value = |name: &str| {
            let column = head.iter().position(|column| *column == name);
            column.and_then(|at| last.get(at)?.parse().ok()).unwrap_or(0)
        };
        let answered = value("SuccessfulCall(C)");
        Counted {
            answered,
            // what was begun and did not end has failed too
            failed: self.asked.saturating_sub(answered),
            resent: value("Retransmissions(C)"),
            took: times(folder),
        }
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What `-trace_rtt` wrote: when, how long, of which pair.
fn times(folder: &Path) -> Vec<f64> {
    let is_trace = |path: &PathBuf| path.to_string_lossy().ends_with("_rtt.csv");
    let files = fs::read_dir(folder)
        .expect("our folder")
        .flatten()
        .map(|entry| entry.path());
    let mut all = Vec::new();
    for file in files.filter(is_trace) {
        let text = fs::read_to_string(file).unwrap_or_default();
        all.extend(
            text.lines()
                .filter_map(|line| line.split(';').nth(1)?.parse::<f64>().ok()),
        );
    }
    all
}

fn sipp(proxy: SocketAddr, scenario: &str, port: u16, folder: &Path) -> Command {
    let mut command = Command::new("sipp");
    command
        .arg(proxy.to_string())
        .arg("-sf")
        .arg(root().join(format!("tests/sipp/{scenario}.xml")));
    command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-skip_rlimit"]);
    // as telephones do: what belongs to nothing is ignored. A call that does not come to its end has failed.
    command.args(["-default_behaviors", "all,-abortunexp"]);
    command.args(["-buff_size", "4194304", "-trace_err", "-error_file"]);
    command.arg(format!("{scenario}.errors"));
    command.env("TERM", "dumb").current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
