//! Builds everything; the only file that knows all parts.

pub mod rpc;
mod running;
mod settings;

pub use running::{Parts, Running};
pub use settings::Settings;

use crate::admin::{self, Doors};
use crate::config::Config;
use crate::deploy::{Begun, By, Deploys, Watch};
use crate::route::Shared;
use crate::route::failover::{Blocklist, Failover};
use crate::store::Store;
use crate::transport::resolver::Resolver;
use crate::wasm::Engine;
use anyhow::{Context, anyhow};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

/// How long lookups and queries under way may take at the very end.
const FAREWELL: Duration = Duration::from_secs(2);

/// A whole server: workers, routing, and what runs beside them.
pub struct Server {
    running: Running,
    deploys: Arc<Deploys>,
    upkeep: JoinHandle<()>,
    admin: admin::Guard,
    io: Runtime,
}

/// Runs until SIGTERM or SIGINT. SIGHUP puts a changed module in charge; with `watch` every save does.
///
/// # Errors
/// One line that says what is wrong, where, and what to do.
pub fn run(config: Config, watch: bool) -> anyhow::Result<()> {
    let mut settings = Settings::new(config)?;
    // what is saved from here on is not what the start reads
    let watch = watch.then(|| Watch::new(settings.routing.path.clone()));
    // this very program, also where its file was replaced meanwhile
    let program = Path::new("/proc/self/exe");
    if program.exists() {
        settings.routing.compiler = Arc::new(settings.routing.compiler.in_a_child(program));
    } else {
        tracing::warn!("there is no /proc here: modules are compiled in this process, without limits");
    }
    let mut server = start(settings)?;
    // only now: a start that fails has one line to say
    for line in server.running.advice() {
        tracing::warn!("{line}");
    }
    let mut out = std::io::stdout().lock();
    for socket in server.running.sockets() {
        // whoever started us may not read
        let _ = writeln!(out, "listening on {}", socket.text);
    }
    let _ = writeln!(out, "ready").and_then(|()| out.flush());
    drop(out);
    let watching = watch.map(|watch| server.io.spawn(watch.run(server.deploys.clone())));
    let served = server.until_signal();
    if let Some(watching) = watching {
        watching.abort();
    }
    server.stop().and(served)
}

/// Starts a server from its settings; returns when it serves.
///
/// # Errors
/// As [`run`].
pub fn start(settings: Settings) -> anyhow::Result<Server> {
    let io = runtime()?;
    let engine = start_engine(&settings)?;
    let doors = Doors::open(&settings.admin, io.handle())?;
    let store = open_store(&settings, &io)?;
    let begun = io.block_on(Begun::new(engine, settings.routing, store.database.clone()))?;
    let resolver = Box::new(Resolver::new(io.handle().clone(), &settings.dns, &settings.listen));
    let parts = Parts {
        listen: settings.listen,
        aliases: settings.aliases,
        workers: settings.workers,
        modules: settings.modules,
        store,
        resolver,
        failover: Failover {
            enabled: settings.dns.failover,
            blocklist: Blocklist::new(settings.dns.blocklist_time, settings.dns.blocklist_size),
        },
        sending: settings.sending,
        routing: begun.live(),
        transactions: settings.transactions,
        streams: settings.streams,
        server_header: settings.server_header,
        secret: settings.secret,
        drain: settings.drain,
    };
    let running = parts.start()?;
    let shared = running.fleet().shared.clone();
    let deploys = begun.serve(running.fleet().clone());
    io.spawn(deploys.clone().watch_over());
    let admin = rpc::admin(running.fleet(), &deploys).start(doors, io.handle());
    let upkeep = io.spawn(async move { shared.store.maintain().await });
    Ok(Server {
        running,
        deploys,
        upkeep,
        admin,
        io,
    })
}

fn start_engine(settings: &Settings) -> anyhow::Result<Arc<Engine>> {
    Engine::new(&settings.engine).map_err(|error| anyhow!("cannot start the WebAssembly engine: {error:#}"))
}

fn open_store(settings: &Settings, io: &Runtime) -> anyhow::Result<Store> {
    let url = &settings.database;
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

    /// The versions of the operator's module.
    pub fn deploys(&self) -> &Arc<Deploys> {
        &self.deploys
    }

    /// Looks at the module's file and puts it in charge where it changed; one line says what came of it.
    pub fn reload(&self) {
        let deploys = self.deploys.clone();
        self.io.spawn(async move {
            // what was done or refused has its line already
            if let Ok(None) = deploys.reload(By::kemist("SIGHUP")).await {
                tracing::info!("the module has not changed");
            }
        });
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
            deploys,
            upkeep,
            admin,
            io,
        } = self;
        let shared = running.fleet().shared.clone();
        running.stop();
        upkeep.abort();
        drop((admin, deploys));
        let flushed = io.block_on(shared.store.flush());
        io.shutdown_timeout(FAREWELL);
        flushed
            .map(drop)
            .map_err(|error| anyhow!("registrations could not be written back: {error}"))
    }
}
