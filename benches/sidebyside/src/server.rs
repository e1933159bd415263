//! The servers that are compared, each started with a folder, a database and a port of its own.

pub mod kamailio;
pub mod kemist;

use crate::generator::Users;
use crate::guard::{self, Guard};
use crate::message::status;
use crate::process::{self, Memory};
use anyhow::{Context, bail};
use nix::sys::signal::Signal;
use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long one may take to start, and to end.
const START: Duration = Duration::from_secs(30);
const END: Duration = Duration::from_secs(10);

/// The language of kemist's routing; `Fresh` is Rust with a new instance for every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    Rust,
    Assemblyscript,
    Javascript,
    Fresh,
}

/// The language of Kamailio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    Native,
    Javascript,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    Sqlite,
    Mariadb,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Kemist(Engine),
    Kamailio(Script),
    Echo,
}

impl Subject {
    pub fn name(self) -> &'static str {
        match self {
            Subject::Kemist(Engine::Rust) => "kemist rust",
            Subject::Kemist(Engine::Assemblyscript) => "kemist assemblyscript",
            Subject::Kemist(Engine::Javascript) => "kemist javascript",
            Subject::Kemist(Engine::Fresh) => "kemist rust, fresh",
            Subject::Kamailio(Script::Native) => "Kamailio native",
            Subject::Kamailio(Script::Javascript) => "Kamailio javascript",
            Subject::Echo => "UDP echo",
        }
    }
}

/// What all servers are started with.
pub struct Setup {
    pub kemist: PathBuf,
    pub workers: usize,
    pub allocator: String,
    pub database: Database,
    pub users: Users,
    /// Ends what we leave behind.
    pub guard: Rc<Guard>,
    /// Components of kemist, by engine.
    pub components: Vec<(Engine, PathBuf)>,
}

/// One that runs; it ends when dropped.
pub struct Server {
    pub subject: Subject,
    pub address: SocketAddrV4,
    /// The server of its database, where that is a process of its own.
    pub database: Option<Child>,
    child: Child,
    folder: TempDir,
    guard: Rc<Guard>,
}

impl Server {
    /// Starts it and waits until it answers.
    pub fn start(subject: Subject, setup: &Setup) -> anyhow::Result<Server> {
        let folder = tempfile::Builder::new().prefix("sidebyside-").tempdir()?;
        let address = free_address()?;
        let mut database = None;
        let mut command = match subject {
            Subject::Kemist(engine) => kemist::command(engine, setup, address, folder.path())?,
            Subject::Kamailio(script) => {
                database = kamailio::database(setup, folder.path())?;
                kamailio::command(script, setup, address, folder.path())?
            }
            Subject::Echo => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["echo", &address.to_string(), &setup.workers.to_string()]);
                command
            }
        };
        let log = fs::File::create(folder.path().join("log"))?;
        let child = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{}: cannot be started", subject.name()))?;
        setup.guard.add(child.id(), folder.path());
        let mut server = Server {
            subject,
            address,
            database,
            child,
            folder,
            guard: Rc::clone(&setup.guard),
        };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + START;
        while answers(self.address, Duration::from_millis(100)).is_none() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at its start ({status}):\n{}", self.subject.name(), self.log());
            }
            if Instant::now() > until {
                bail!("{} does not answer:\n{}", self.subject.name(), self.log());
            }
        }
        Ok(())
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn cpu(&self) -> Duration {
        process::cpu(self.pid())
    }

    pub fn database_cpu(&self) -> Duration {
        self.database
            .as_ref()
            .map_or(Duration::ZERO, |child| process::cpu(child.id()))
    }

    pub fn memory(&self) -> Memory {
        process::memory(self.pid())
    }

    /// The last lines of what it has said.
    pub fn log(&self) -> String {
        let text = fs::read(self.folder.path().join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let kemist = matches!(self.subject, Subject::Kemist(_));
        end(&mut self.child, if kemist { Signal::SIGINT } else { Signal::SIGTERM });
        self.guard.remove(self.child.id());
        if let Some(database) = &mut self.database {
            end(database, Signal::SIGTERM);
            self.guard.remove(database.id());
        }
    }
}

/// Asks a process to end; one that does not is killed with its children.
fn end(child: &mut Child, signal: Signal) {
    let all = process::tree(child.id());
    guard::send(&[child.id()], signal);
    let until = Instant::now() + END;
    while Instant::now() < until {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    guard::send(&all, Signal::SIGKILL);
    child.wait().ok();
}

/// Asks a server whether it is there (OPTIONS); how long a 200, or an echo, took.
pub fn answers(server: SocketAddrV4, patience: Duration) -> Option<Duration> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.connect(server).ok()?;
    socket.set_read_timeout(Some(patience)).ok()?;
    let own = socket.local_addr().ok()?;
    let text = format!(
        "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-probe{0:x}\r\n\
         From: <sip:probe@{1}>;tag={0:x}\r\nTo: <sip:{server}>\r\nCall-ID: {0:x}-probe\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        own.port(),
        server.ip()
    );
    let begun = Instant::now();
    socket.send(text.as_bytes()).ok()?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    let reply = buffer.get(..length)?;
    let good = status(reply) == Some(200) || reply.starts_with(b"OPTIONS ");
    good.then(|| begun.elapsed())
}

/// A port below those that the kernel gives to sockets without one.
fn free_address() -> anyhow::Result<SocketAddrV4> {
    let first = 20_000 + (std::process::id() % 1_000) as u16 * 10;
    for port in (first..30_000).chain(20_000..first) {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        if UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port between 20000 and 30000 of 127.0.0.1 is free")
}

/// Runs a command to its end; what it says is the error where it fails.
fn finish(command: &mut Command, what: &str) -> anyhow::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{what}: cannot be started"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{what}: {}\n{}", output.status, said.trim_end());
    }
    Ok(())
}

/// A file of the accounts.
fn write_users(file: &Path, users: &Users, line: impl Fn(&str, &str) -> String) -> anyhow::Result<()> {
    let all = (0..users.count()).map(Users::account);
    let text: String = all.map(|(user, password)| line(&user, &password)).collect();
    fs::write(file, text).with_context(|| format!("{}: cannot be written", file.display()))
}
