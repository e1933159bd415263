//! The end of a process and the beginning of the next: signals, the handover, and what the service manager
//! is told.

use super::{Server, Settings};
use crate::admin;
use crate::handover::{self, Inherited, Taking, Wanted};
use crate::worker::neighbours::{Pass, Side};
use anyhow::{Context, anyhow};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{OnceLock, Weak};
use std::thread;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Asks the process that serves the admin socket to hand over; None where there is none.
pub(super) fn ask(settings: &Settings) -> anyhow::Result<Option<(Taking, Inherited)>> {
    let path = settings.admin.socket.as_ref();
    let path = path.context("[admin] socket: missing; a handover goes over it")?;
    let wanted = Wanted {
        listen: settings.listen.clone(),
        socket: true,
        http: settings.admin.listen,
    };
    let asked = Taking::ask(path, &wanted).map_err(refused)?;
    if asked.is_none() {
        tracing::info!("no kemist serves {}: starting without a handover", path.display());
    }
    Ok(asked)
}

/// A handover that did not happen.
pub(super) fn refused(error: handover::Error) -> anyhow::Error {
    anyhow!("no handover: {error}; the running process goes on")
}

/// The doors of the admin room, as a handover needs them.
pub(super) struct AdminDoors(pub(super) Weak<admin::Guard>);

impl handover::Doors for AdminDoors {
    fn listeners(&self) -> Vec<(Option<SocketAddr>, OwnedFd)> {
        self.0.upgrade().map_or_else(Vec::new, |guard| guard.listeners())
    }

    fn close(&self) {
        if let Some(guard) = self.0.upgrade() {
            guard.close();
        }
    }

    fn reopen(&self) {
        if let Some(guard) = self.0.upgrade() {
            guard.reopen();
        }
    }
}

/// The signals that are listened to.
pub(super) struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
    usr2: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    End,
    Reload,
    Successor,
}

impl Signals {
    /// Listens from now on; inside the I/O runtime.
    fn new() -> anyhow::Result<Signals> {
        let watch = |kind| signal(kind).context("cannot watch signals");
        Ok(Signals {
            term: watch(SignalKind::terminate())?,
            int: watch(SignalKind::interrupt())?,
            hup: watch(SignalKind::hangup())?,
            usr2: watch(SignalKind::user_defined2())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.term.recv() => Asked::End,
            _ = self.int.recv() => Asked::End,
            _ = self.hup.recv() => Asked::Reload,
            _ = self.usr2.recv() => Asked::Successor,
        }
    }

    /// Waits for the signal that ends the process at once.
    async fn end(&mut self) {
        while self.next().await != Asked::End {}
    }
}

impl Server {
    /// Serves until it is to end: by a signal, or since another process took over and nothing is left here.
    pub(super) fn until_the_end(&mut self) -> anyhow::Result<Signals> {
        let mut signals = {
            let _inside = self.io.enter();
            Signals::new()?
        };
        let mut over = self.giver.over();
        loop {
            let asked = self.io.block_on(async {
                tokio::select! {
                    asked = signals.next() => asked,
                    // the giver lives as long as this
                    _ = over.wait_for(|over| *over) => Asked::End,
                }
            });
            let handed_over = self.running.fleet().is_handed_over();
            match asked {
                Asked::End => return Ok(signals),
                _ if handed_over => tracing::info!("another process has taken over; ask that one"),
                Asked::Reload => self.reload(),
                Asked::Successor => start_successor(),
            }
        }
    }

    /// Tells the process that handed over to this one that nobody needs it any more; whoever sends a second
    /// signal does not want to wait.
    pub(super) fn begin_to_end(&self, signals: Option<Signals>) {
        notify("STOPPING=1");
        if let Some(before) = self.running.fleet().neighbours.on(Side::Before) {
            before.pass(Pass::End);
        }
        if let Some(mut signals) = signals {
            let fleet = self.running.fleet().clone();
            self.io.spawn(async move {
                signals.end().await;
                tracing::warn!("a second signal: ending at once");
                fleet.enter(crate::worker::Phase::Stopped);
            });
        }
    }
}

/// The program's file and arguments as they were at the start: the file may be replaced by a newer one.
static STARTED: OnceLock<(PathBuf, Vec<OsString>)> = OnceLock::new();

/// Remembers how the program was started.
pub(super) fn remember() {
    if let Ok(program) = std::env::current_exe() {
        STARTED.get_or_init(|| (program, std::env::args_os().skip(1).collect()));
    }
}

/// Starts the program again, to take over from this one. What it says goes where our lines go.
fn start_successor() {
    let Some((program, arguments)) = STARTED.get() else {
        return tracing::error!(
            blame = "host",
            "the program's file is not known; start it with --takeover"
        );
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    if !arguments.iter().any(|argument| argument == "--takeover") {
        command.arg("--takeover");
    }
    match command.spawn() {
        Ok(mut child) => {
            tracing::info!(pid = child.id(), "started {} to take over", program.display());
            // its end is waited for, lest it stays a zombie; it tells why itself
            let waits = move || match child.wait() {
                Ok(status) if !status.success() => tracing::warn!("the process that was to take over: {status}"),
                _ => {}
            };
            let _ = thread::Builder::new().name("successor".to_owned()).spawn(waits);
        }
        Err(error) => tracing::error!(blame = "host", "cannot start {}: {error}", program.display()),
    }
}

/// Tells the service manager something, where there is one (`sd_notify`).
pub(super) fn notify(state: &str) {
    let Some(address) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    if let Err(error) = send_to(&address, state) {
        tracing::debug!("the service manager was not told {state}: {error}");
    }
}

fn send_to(address: &std::ffi::OsStr, state: &str) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::SocketAddr;
    let socket = UnixDatagram::unbound()?;
    let address = match address.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(address)?,
    };
    socket.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_manager_is_told_by_path_and_by_name() {
        use std::os::linux::net::SocketAddrExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let name = format!("kemist-test-{}", std::process::id());
        let abstract_name = std::os::unix::net::SocketAddr::from_abstract_name(&name).expect("a name");
        let sockets = [
            (UnixDatagram::bind(&path).expect("bound"), path.into_os_string()),
            (
                UnixDatagram::bind_addr(&abstract_name).expect("bound"),
                format!("@{name}").into(),
            ),
        ];
        for (socket, address) in sockets {
            send_to(&address, "READY=1").expect("sent");
            let mut text = [0; 32];
            let length = socket.recv(&mut text).expect("received");
            assert_eq!(&text[..length], b"READY=1");
        }
    }
}
