//! sipp: telephones that register and that call, as many as are asked for.

use crate::support::component::root;
use crate::support::proxy::{Proxy, free_port};
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Accounts that register.
const USERS: u32 = 500;
/// How long after its last call sipp may need to end.
const END: Duration = Duration::from_secs(60);

/// What sipp counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    pub answered: u64,
    pub failed: u64,
    pub resent: u64,
}

/// A sipp under way.
struct Sipp {
    child: Child,
    statistics: PathBuf,
    asked: u64,
}

/// All of them.
pub struct Load {
    registering: Sipp,
    calling: Sipp,
    called: Child,
    deadline: Instant,
    folder: TempDir,
}

impl Load {
    /// Makes the accounts of this load.
    pub fn accounts(proxy: &Proxy) {
        let mut accounts = String::new();
        for user in 0..USERS {
            writeln!(accounts, "u{user:04},localhost,pw-{user:04}").expect("a String takes it");
        }
        fs::write(proxy.folder().join("accounts.csv"), accounts).expect("our folder");
        proxy.command(&["user", "add", "--from", "accounts.csv"]);
    }

    /// Begins `transactions` a second, half of them REGISTER (challenged, accepted), half of calls (INVITE, BYE).
    pub fn start(proxy: SocketAddr, transactions: f64, seconds: u64) -> Load {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut users = "SEQUENTIAL\n".to_owned();
        for user in 0..USERS {
            let line = format!("u{user:04};localhost;[authentication username=u{user:04} password=pw-{user:04}]");
            writeln!(users, "{line}").expect("a String takes it");
        }
        fs::write(folder.path().join("users.csv"), users).expect("our folder");
        let callee = free_port();
        let called = sipp(proxy, "soak_callee", callee, folder.path())
            .spawn()
            .expect("sipp starts");
        std::thread::sleep(Duration::from_millis(500));
        let uas = format!("127.0.0.1:{callee}");
        let rate = transactions / 4.0;
        let asked = (rate * seconds as f64).ceil() as u64;
        let start = |scenario: &str, more: &[&str]| {
            let mut command = sipp(proxy, scenario, free_port(), folder.path());
            let statistics = folder.path().join(format!("{scenario}.csv"));
            command.args(["-r", &rate.to_string(), "-m", &asked.to_string(), "-l", "20000"]);
            command
                .args(["-trace_stat", "-fd", "10", "-stf"])
                .arg(&statistics)
                .args(more);
            Sipp {
                child: command.spawn().expect("sipp starts"),
                statistics,
                asked,
            }
        };
        Load {
            registering: start("soak_register", &["-inf", "users.csv"]),
            calling: start("soak_caller", &["-key", "uas", &uas]),
            called,
            deadline: Instant::now() + Duration::from_secs(seconds) + END,
            folder,
        }
    }

    /// Waits for the end: what the telephones that register counted, and those that call.
    pub fn finish(mut self) -> [Counted; 2] {
        let deadline = self.deadline;
        let counted = [&mut self.registering, &mut self.calling].map(|sipp| sipp.finish(deadline));
        for name in ["soak_register", "soak_caller", "soak_callee"] {
            let errors = fs::read_to_string(self.folder.path().join(format!("{name}.errors"))).unwrap_or_default();
            for line in errors.lines().take(20) {
                println!("{name}: {line}");
            }
        }
        counted
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in [&mut self.called, &mut self.calling.child, &mut self.registering.child] {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

impl Sipp {
    fn finish(&mut self, deadline: Instant) -> Counted {
        while self.child.try_wait().expect("it is our child").is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        let text = fs::read_to_string(&self.statistics).unwrap_or_default();
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
        }
    }
}

fn sipp(proxy: SocketAddr, scenario: &str, port: u16, folder: &Path) -> Command {
    let mut command = Command::new("sipp");
    command
        .arg(proxy.to_string())
        .arg("-sf")
        .arg(root().join(format!("tests/sipp/{scenario}.xml")));
    command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-skip_rlimit"]);
    // as telephones do: what belongs to nothing is ignored, such as a second reply to what was sent twice on a busy
    // machine. A call that does not come to its end has failed.
    command.args(["-default_behaviors", "all,-abortunexp"]);
    command.args(["-buff_size", "4194304", "-trace_err", "-error_file"]);
    command.arg(format!("{scenario}.errors"));
    command.env("TERM", "dumb").current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
