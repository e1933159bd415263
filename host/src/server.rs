//! Builds everything; the only file that knows all parts.

mod live;
mod running;

pub use live::{Live, Reload};
pub use running::{Parts, Running};

use crate::modules;
use crate::route::{Routing, Shared};
use crate::store::Store;
use crate::transport::resolver::Resolver;
use crate::transport::tcp;
use crate::wasm::{Engine, Limits, Options, Policy};
use anyhow::{Context, anyhow};
use kemist_sip::{Protocol, transaction};
use std::collections::HashSet;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

/// How long lookups and queries under way may take at the very end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a server is started with: a configuration that was read and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 asks for a free one.
    pub listen: Vec<(Protocol, SocketAddr)>,
    /// Names that count as ourselves, in lower case.
    pub aliases: HashSet<Vec<u8>>,
    /// Threads that handle messages.
    pub workers: u16,
    /// The database's URL, such as `sqlite:kemist.db`; None keeps
    /// everything in memory.
    pub database: Option<String>,
    /// The routing module's file.
    pub module: PathBuf,
    /// Its limits.
    pub limits: Limits,
    /// Whether its instances serve many messages.
    pub policy: Policy,
    /// What the engine is told.
    pub engine: Options,
    /// Parameters of the modules.
    pub modules: modules::Configs,
    /// Timers and limits of transactions.
    pub transactions: transaction::Config,
    /// Limits of stream connections.
    pub streams: tcp::Limits,
    /// The `Server` header of our replies.
    pub server_header: Option<String>,
    /// Key of tags, branches and nonces; None draws one at every start.
    pub secret: Option<[u8; 16]>,
    /// How long open transactions may take after SIGTERM.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: Vec::new(),
            aliases: HashSet::new(),
            workers: std::thread::available_parallelism().map_or(1, |n| u16::try_from(n.get()).unwrap_or(u16::MAX)),
            database: None,
            module: PathBuf::new(),
            limits: Limits::default(),
            policy: Policy::default(),
            engine: Options::default(),
            modules: modules::Configs::default(),
            transactions: transaction::Config::default(),
            streams: tcp::Limits::default(),
            server_header: Some(concat!("kemist/", env!("CARGO_PKG_VERSION")).to_owned()),
            secret: None,
            drain: Duration::from_secs(3),
        }
    }
}

/// A whole server: workers, routing, and what runs beside them.
pub struct Server {
    running: Running,
    live: Live,
    upkeep: JoinHandle<()>,
    io: Runtime,
}

/// Runs until SIGTERM or SIGINT. SIGHUP puts a changed module in charge.
///
/// # Errors
/// One line that says what is wrong, where, and what to do.
pub fn run(settings: Settings) -> anyhow::Result<()> {
    let mut server = start(settings)?;
    let mut out = std::io::stdout().lock();
    for socket in server.running.sockets() {
        // whoever started us may not read
        let _ = writeln!(out, "listening on {}", socket.text);
    }
    let _ = writeln!(out, "ready").and_then(|()| out.flush());
    drop(out);
    let served = server.until_signal();
    server.stop().and(served)
}

/// Starts a server from its settings; returns when it serves.
///
/// # Errors
/// As [`run`].
pub fn start(settings: Settings) -> anyhow::Result<Server> {
    let io = runtime()?;
    let live = load_module(&settings)?;
    let store = open_store(&settings, &io)?;
    let resolver = Box::new(Resolver::new(io.handle().clone()));
    let parts = Parts {
        listen: settings.listen,
        aliases: settings.aliases,
        workers: settings.workers,
        modules: settings.modules,
        store,
        resolver,
        routing: live.version(),
        transactions: settings.transactions,
        streams: settings.streams,
        server_header: settings.server_header,
        secret: settings.secret,
        drain: settings.drain,
    };
    let running = parts.start()?;
    let shared = running.fleet().shared.clone();
    let upkeep = io.spawn(async move { shared.store.maintain().await });
    Ok(Server {
        running,
        live,
        upkeep,
        io,
    })
}

fn load_module(settings: &Settings) -> anyhow::Result<Live> {
    let engine =
        Engine::new(&settings.engine).map_err(|error| anyhow!("cannot start the WebAssembly engine: {error:#}"))?;
    Live::load(
        engine,
        settings.module.clone(),
        settings.limits.clone(),
        settings.policy,
    )
}

fn open_store(settings: &Settings, io: &Runtime) -> anyhow::Result<Store> {
    let url = settings.database.as_deref().unwrap_or("sqlite::memory:");
    let open = Store::open(url, &settings.modules, io.handle().clone());
    io.block_on(open)
        .map_err(|error| anyhow!("[database] url {url}: {error}"))
}

/// The runtime for all that waits: SQL, names, administration.
fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("io")
        .enable_all()
        .build()
        .context("cannot start the I/O threads")
}

impl Server {
    /// The workers.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// What all workers share.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.running.fleet().shared
    }

    /// Looks at the module's file and puts it in charge where it changed; one line says what came of it.
    pub fn reload(&mut self) {
        match self.live.reload(&self.running) {
            Ok(Reload::Unchanged) => tracing::info!("the module has not changed"),
            Ok(Reload::Deployed(version)) => tracing::info!(version, "deployed"),
            Err(error) => {
                let version = self.live.version();
                tracing::error!(
                    blame = "guest",
                    version = version.label(),
                    "not deployed: {error:#}; the old version stays"
                );
            }
        }
    }

    fn until_signal(&mut self) -> anyhow::Result<()> {
        let watch = |kind| {
            let _inside = self.io.enter();
            signal(kind).context("cannot watch signals")
        };
        let mut term = watch(SignalKind::terminate())?;
        let mut int = watch(SignalKind::interrupt())?;
        let mut hup = watch(SignalKind::hangup())?;
        loop {
            let ends = self.io.block_on(async {
                tokio::select! {
                    _ = term.recv() => true,
                    _ = int.recv() => true,
                    _ = hup.recv() => false,
                }
            });
            if ends {
                return Ok(());
            }
            self.reload();
        }
    }

    /// Finishes open transactions, within limits, and writes registrations back.
    ///
    /// # Errors
    /// Where they could not be written.
    pub fn stop(self) -> anyhow::Result<()> {
        let Server {
            running,
            live: _live,
            upkeep,
            io,
        } = self;
        let shared = running.fleet().shared.clone();
        running.stop();
        upkeep.abort();
        let flushed = io.block_on(shared.store.flush());
        io.shutdown_timeout(FAREWELL);
        flushed
            .map(drop)
            .map_err(|error| anyhow!("registrations could not be written back: {error}"))
    }
}
