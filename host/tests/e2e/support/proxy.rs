//! One running proxy, with a folder, a database and ports of its own.

use super::client::Phone;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a proxy may take until it answers; generous, since tests share the machine.
const START: Duration = Duration::from_secs(30);

/// Lines of its log that a test shows where it fails.
const TOLD: usize = 500;

/// A port of 127.0.0.1 that is free for UDP and TCP, below those that the kernel gives to sockets
/// without a port: no client of a test running beside takes it before it is used.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let start = (std::process::id() % 1000) as u16 * 10;
        let port = 20_000 + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
        if udp.is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// The program under test.
pub fn kemist() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kemist"));
    for name in ["KEMIST_LISTEN", "KEMIST_DATABASE_URL", "KEMIST_LOG"] {
        command.env_remove(name);
    }
    command
}

/// What a proxy is started with.
pub struct Setup {
    module: PathBuf,
    routing: String,
    admin: String,
    tables: String,
    accounts: Vec<(String, String)>,
    accounts_of: Option<PathBuf>,
    trusted: bool,
    arguments: Vec<&'static str>,
    environment: Vec<(&'static str, String)>,
}

impl Setup {
    /// The given routing component, the domain localhost, no accounts.
    pub fn new(module: PathBuf) -> Self {
        Setup {
            module,
            routing: String::new(),
            admin: String::new(),
            tables: String::new(),
            accounts: Vec::new(),
            accounts_of: None,
            trusted: false,
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Adds lines to the table `[routing]`.
    pub fn routing(mut self, lines: &str) -> Self {
        writeln!(self.routing, "{lines}").expect("a String takes it");
        self
    }

    /// Adds lines to the table `[admin]`.
    pub fn admin(mut self, lines: &str) -> Self {
        writeln!(self.admin, "{lines}").expect("a String takes it");
        self
    }

    /// Adds whole tables, such as `[modules.tm]`.
    pub fn tables(mut self, text: &str) -> Self {
        writeln!(self.tables, "{text}").expect("a String takes it");
        self
    }

    /// An account `user@localhost`.
    pub fn account(mut self, user: &str, password: &str) -> Self {
        self.accounts.push((format!("{user}@localhost"), password.to_owned()));
        self
    }

    /// The accounts of a file: user,domain,password a line.
    pub fn accounts_of(mut self, file: &Path) -> Self {
        self.accounts_of = Some(file.to_owned());
        self
    }

    /// Puts 127.0.0.1 into address group 1, whose members need not authenticate.
    pub fn trusted(mut self) -> Self {
        self.trusted = true;
        self
    }

    /// One more argument of `kemist run`.
    pub fn argument(mut self, argument: &'static str) -> Self {
        self.arguments.push(argument);
        self
    }

    /// One more variable of its environment.
    pub fn environment(mut self, name: &'static str, value: String) -> Self {
        self.environment.push((name, value));
        self
    }

    /// Starts it and waits until it answers.
    pub fn start(self) -> Proxy {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let proxy = Proxy {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            address6: UdpSocket::bind((Ipv6Addr::LOCALHOST, port))
                .ok()
                .and_then(|socket| socket.local_addr().ok()),
            child: None,
            folder,
            arguments: self.arguments.clone(),
            environment: self.environment.clone(),
        };
        proxy.configure(&self);
        for (account, password) in &self.accounts {
            proxy.command(&["user", "add", account, "--password", password]);
        }
        if let Some(file) = &self.accounts_of {
            proxy.command(&["user", "add", "--from", &file.display().to_string()]);
        }
        if self.trusted {
            proxy.command(&["address", "add", "1", "127.0.0.1/32"]);
        }
        let mut proxy = proxy;
        proxy.launch();
        proxy
    }
}

/// A running `kemist run`, killed when dropped.
pub struct Proxy {
    /// Where it listens, UDP and TCP.
    pub address: SocketAddr,
    /// The same port of `[::1]` over UDP, where the machine has IPv6.
    pub address6: Option<SocketAddr>,
    child: Option<Child>,
    folder: TempDir,
    arguments: Vec<&'static str>,
    environment: Vec<(&'static str, String)>,
}

impl Proxy {
    /// The folder with configuration, database and log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// Waits until every tenant was started, for better or worse: that goes on behind the workers' backs.
    pub fn tenants_started(self) -> Proxy {
        let deadline = Instant::now() + 2 * START;
        while self.command(&["rpc", "tenant.list"]).contains("being started") {
            assert!(
                Instant::now() < deadline,
                "some tenant is never started:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        self
    }

    /// Runs another verb of the program on the same configuration; it must succeed.
    pub fn command(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.try_command(arguments);
        assert!(
            status.success(),
            "kemist {arguments:?}: {status}\n{}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8(stdout).expect("it prints UTF-8")
    }

    /// The same, whatever comes of it.
    pub fn try_command(&self, arguments: &[&str]) -> Output {
        kemist()
            .args(arguments)
            .args(["-c", "kemist.toml"])
            .current_dir(self.folder())
            .output()
            .expect("it starts")
    }

    /// Ends it with the given signal and waits for it.
    pub fn stop(&mut self, signal: &str) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .expect("kill is there");
        assert!(sent.success());
        let deadline = Instant::now() + START;
        loop {
            if let Some(status) = child.try_wait().expect("it is our child") {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "still running after {signal}:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for its end, which something else has brought about.
    pub fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let deadline = Instant::now() + START * 3;
        loop {
            if let Some(status) = child.try_wait().expect("it is our child") {
                return status;
            }
            assert!(Instant::now() < deadline, "still running:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts the program on this folder and waits until it answers OPTIONS.
    pub fn launch(&mut self) {
        let before = fs::metadata(self.folder().join("log")).map_or(0, |log| log.len() as usize);
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder().join("log"))
            .expect("our folder");
        let mut child = kemist()
            .args(["run", "-c", "kemist.toml"])
            .args(&self.arguments)
            .envs(self.environment.iter().cloned())
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("it starts");
        let phone = Phone::new(self.address);
        let deadline = Instant::now() + START;
        // workers answer before the admin door is open: `ready` says that all is
        let ready = |log: &str| {
            log.get(before..)
                .is_some_and(|new| new.lines().any(|line| line == "ready"))
        };
        while !phone.ping() || !ready(&self.log()) {
            if let Some(status) = child.try_wait().expect("it is our child") {
                panic!("kemist run: {status}\n{}", self.log());
            }
            if Instant::now() > deadline {
                child.kill().ok();
                panic!("no answer from {}:\n{}", self.address, self.log());
            }
        }
        self.child = Some(child);
    }

    fn configure(&self, setup: &Setup) {
        let address = self.address;
        let module = setup.module.display();
        let (routing, admin, tables) = (&setup.routing, &setup.admin, &setup.tables);
        let six = self
            .address6
            .map_or(String::new(), |address| format!(", \"udp:{address}\""));
        let text = format!(
            r#"listen = ["udp:{address}", "tcp:{address}"{six}]
alias = ["localhost"]
workers = 2

[database]
url = "sqlite:kemist.db"

[routing]
module = "{module}"
{routing}
[admin]
socket = "kemist.sock"
{admin}
{tables}"#
        );
        let mut file = fs::File::create(self.folder().join("kemist.toml")).expect("our folder");
        file.write_all(text.as_bytes()).expect("our file");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
        if std::thread::panicking() {
            let log = self.log();
            let skipped = log.lines().count().saturating_sub(TOLD);
            let end: Vec<&str> = log.lines().skip(skipped).collect();
            eprintln!(
                "--- log of the proxy, without its first {skipped} lines\n{}",
                end.join("\n")
            );
        }
    }
}
