//! sipp, one scenario of `tests/sipp` at a time.

use super::component::root;
use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A scenario may take this long; the machine may be busy with other tests.
const LIMIT: u64 = 40;

/// False, with a line that says so, where sipp is not installed (`make setup` installs it).
pub fn installed() -> bool {
    let found = Command::new("sipp")
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        println!("skipped: sipp is not installed");
    }
    found
}

/// A scenario against a proxy.
pub struct Scenario {
    name: String,
    command: Command,
    folder: TempDir,
}

impl Scenario {
    /// The scenario `tests/sipp/NAME.xml`, from this port of 127.0.0.1.
    pub fn new(name: &str, proxy: SocketAddr, port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("sipp");
        command
            .arg(proxy.to_string())
            .arg("-sf")
            .arg(root().join(format!("tests/sipp/{name}.xml")));
        command.args([
            "-i",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-m",
            "1",
            "-nostdin",
            "-skip_rlimit",
        ]);
        command.args([
            "-timeout",
            &LIMIT.to_string(),
            "-timeout_error",
            "-trace_err",
            "-error_file",
            "errors",
        ]);
        command
            .args(["-key", "domain", "localhost"])
            .env("TERM", "dumb")
            .current_dir(folder.path());
        Scenario {
            name: name.to_owned(),
            command,
            folder,
        }
    }

    /// Who speaks, and the password when challenged.
    pub fn user(mut self, user: &str, password: &str) -> Self {
        self.command.args(["-s", user, "-ap", password]);
        self
    }

    /// Who is called.
    pub fn to(mut self, callee: &str) -> Self {
        self.command.args(["-key", "callee", callee]);
        self
    }

    /// Over TCP, with one connection.
    pub fn tcp(mut self) -> Self {
        self.command.args(["-t", "t1"]);
        self
    }

    /// Runs it; it must succeed.
    pub fn run(self) {
        self.start().finish();
    }

    /// Starts it beside others.
    pub fn start(mut self) -> Running {
        let output = fs::File::create(self.folder.path().join("output")).expect("our folder");
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
        let child = self.command.spawn().expect("sipp starts");
        Running {
            name: self.name,
            child,
            folder: self.folder,
        }
    }
}

/// A scenario under way.
pub struct Running {
    name: String,
    child: Child,
    folder: TempDir,
}

impl Running {
    /// Waits for it; it must succeed.
    pub fn finish(mut self) {
        let deadline = Instant::now() + Duration::from_secs(LIMIT + 10);
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                break status;
            }
            assert!(Instant::now() < deadline, "sipp {}: does not end", self.name);
            std::thread::sleep(Duration::from_millis(10));
        };
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        assert!(
            status.success(),
            "sipp {}: {status}\n{}{}",
            self.name,
            read("errors"),
            read("output")
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
