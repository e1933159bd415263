//! Builds everything; the only file that knows all parts.

mod restart;
pub mod rpc;
mod running;
mod settings;

pub use running::{Parts, Running};
pub use settings::Settings;

use crate::admin::{self, Doors};
use crate::config::Config;
use crate::deploy::{Begun, By, Deploys, Houses, Watch};
use crate::handover::{self, Giver};
use crate::route::Shared;
use crate::route::failover::{Blocklist, Failover};
use crate::store::Store;
use crate::transport::resolver::Resolver;
use crate::wasm::Engine;
use crate::worker::Fleet;
use anyhow::{Context, anyhow};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// How long lookups and queries under way may take at the very end.
const FAREWELL: Duration = Duration::from_secs(2);

/// A whole server: workers, routing, and what runs beside them.
pub struct Server {
    running: Running,
    houses: Arc<Houses>,
    upkeep: JoinHandle<()>,
    admin: Arc<admin::Guard>,
    giver: Arc<Giver>,
    io: Runtime,
}

/// Runs until SIGTERM or SIGINT, or until another process took over and nothing is left to do here. SIGHUP
/// puts a changed module in charge, with `watch` every save does; SIGUSR2 starts the program again, to take
/// over. `takeover`: from the process that runs with this configuration, where there is one.
///
/// # Errors
/// One line that says what is wrong, where, and what to do.
pub fn run(config: Config, watch: bool, takeover: bool) -> anyhow::Result<()> {
    restart::remember();
    let mut settings = Settings::new(config)?;
    // what is saved from here on is not what the start reads
    let watches = match watch {
        true => watches(&settings),
        false => Vec::new(),
    };
    // this very program, also where its file was replaced meanwhile
    let program = Path::new("/proc/self/exe");
    if program.exists() {
        settings.routing.compiler = Arc::new(settings.routing.compiler.in_a_child(program));
    } else {
        tracing::warn!("there is no /proc here: modules are compiled in this process, without limits");
    }
    let mut server = match takeover {
        false => start(settings)?,
        true => take_over(settings)?,
    };
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
    restart::notify(&format!("MAINPID={}\nREADY=1", std::process::id()));
    let watching: Vec<_> = watches
        .into_iter()
        .filter_map(|(tenant, watch)| Some(server.io.spawn(watch.run(server.houses.deploys(&tenant)?))))
        .collect();
    let served = server.until_the_end();
    watching.iter().for_each(JoinHandle::abort);
    match served {
        Ok(signals) => {
            server.begin_to_end(Some(signals));
            server.stop()
        }
        Err(error) => server.stop().and(Err(error)),
    }
}

/// The operator's module and those of tenants, by the tenant's name.
fn watches(settings: &Settings) -> Vec<(String, Watch)> {
    let operator = (String::new(), Watch::new(settings.routing.path.clone()));
    let of_tenant = |(name, tenant): (&String, &crate::config::Tenant)| {
        let module = tenant.module.clone()?;
        Some((name.clone(), Watch::new(module)))
    };
    let tenants = settings.tenant.iter().filter_map(of_tenant);
    [operator].into_iter().chain(tenants).collect()
}

/// Starts a server from its settings; returns when it serves.
///
/// # Errors
/// As [`run`].
pub fn start(settings: Settings) -> anyhow::Result<Server> {
    begin(settings, false)
}

/// Takes over from the process that serves the admin socket of these settings; where there is none, as
/// [`start`]. Returns when it serves.
///
/// # Errors
/// As [`run`]: the other process goes on.
pub fn take_over(settings: Settings) -> anyhow::Result<Server> {
    begin(settings, true)
}

fn begin(settings: Settings, takeover: bool) -> anyhow::Result<Server> {
    let io = runtime()?;
    let engine = start_engine(&settings)?;
    // first: another kemist that serves the socket is the best reason not to start
    let doors = (!takeover).then(|| Doors::open(&settings.admin)).transpose()?;
    let store = open_store(&settings, &io)?;
    let (database, module) = (store.database.clone(), settings.routing.clone());
    let begun = io.block_on(Begun::new(engine.clone(), module.clone(), database.clone()))?;
    let routing = begun.live().context("[routing] module: there is none")?;
    // everything that can fail without the other process has been done
    let (taking, mut inherited) = match takeover {
        true => restart::ask(&settings)?.unzip(),
        false => (None, None),
    };
    if let Some(theirs) = &mut inherited {
        let adopted = io.block_on(database.adopt_tenants(std::mem::take(&mut theirs.tenants)));
        adopted.map_err(|error| restart::refused(handover::Error::Refused(error.to_string())))?;
    }
    let doors = match (doors, &mut inherited) {
        (Some(doors), _) => doors,
        (None, Some(theirs)) => Doors::adopt(&settings.admin, theirs.admin_socket.take(), theirs.admin_http.take())?,
        (None, None) => Doors::open(&settings.admin)?,
    };
    let linger = settings.linger;
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
        buffers: settings.buffers,
        sending: settings.sending,
        routing,
        transactions: settings.transactions,
        overload: settings.overload,
        streams: settings.streams,
        server_header: settings.server_header,
        secret: inherited.as_ref().map(|theirs| theirs.secret).or(settings.secret),
        drain: settings.drain,
    };
    let (mut houses, taken_over, url) = (None, inherited.is_some(), settings.database);
    let open = |fleet: &Arc<Fleet>| {
        let operator = begun.serve(fleet.clone());
        let (tenants, file) = (settings.tenants, settings.tenant);
        let opened = Houses::new(operator, module, tenants, engine, database, fleet.clone());
        io.block_on(opened.open(&file))?;
        houses = Some(opened);
        match taken_over {
            // those of the process that hands over are newer
            true => Ok(()),
            false => load_registrations(&url, &fleet.shared.store, &io),
        }
    };
    let running = match (taking, inherited) {
        (Some(taking), Some(inherited)) => parts.take_over(taking, inherited, open)?,
        _ => parts.start_after(open)?,
    };
    let houses = houses.context("the tenants were not opened")?;
    let shared = running.fleet().shared.clone();
    let slot: Arc<OnceLock<Arc<Giver>>> = Arc::default();
    let asked = slot.clone();
    let hand_over = move |stream, read: &[u8]| {
        if let Some(giver) = asked.get() {
            giver.serve(stream, read);
        }
    };
    io.spawn(houses.operator().clone().watch_over());
    io.spawn(houses.clone().tend());
    let admin = rpc::admin(running.fleet(), &houses).with_handover(Box::new(hand_over));
    let admin = Arc::new(admin.start(doors, io.handle()));
    let doors = Box::new(restart::AdminDoors(Arc::downgrade(&admin)));
    let giver = Giver::new(running.fleet().clone(), io.handle().clone(), doors, linger);
    slot.get_or_init(|| giver.clone());
    let upkeep = io.spawn(async move { shared.store.maintain().await });
    Ok(Server {
        running,
        houses,
        upkeep,
        admin,
        giver,
        io,
    })
}

fn start_engine(settings: &Settings) -> anyhow::Result<Arc<Engine>> {
    Engine::new(&settings.engine).map_err(|error| anyhow!("cannot start the WebAssembly engine: {error:#}"))
}

fn open_store(settings: &Settings, io: &Runtime) -> anyhow::Result<Store> {
    let url = &settings.database;
    let open = Store::open_unregistered(url, &settings.modules, io.handle().clone());
    io.block_on(open)
        .map_err(|error| anyhow!("[database] url {url}: {error}"))
}

/// When it is known whose domains are whose.
fn load_registrations(url: &str, store: &Store, io: &Runtime) -> anyhow::Result<()> {
    io.block_on(store.load_location())
        .map(drop)
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
        self.houses.operator()
    }

    /// The tenants.
    pub fn houses(&self) -> &Arc<Houses> {
        &self.houses
    }

    /// Looks at the modules' files and puts in charge what changed; one line each says what came of it.
    pub fn reload(&self) {
        let houses = self.houses.clone();
        self.io.spawn(async move {
            // what was done or refused has its line already
            if houses.reload(&By::kemist("SIGHUP")).await.is_empty() {
                tracing::info!("the module has not changed");
            }
        });
    }

    /// Finishes open transactions, within limits, and writes registrations back.
    ///
    /// # Errors
    /// Where they could not be written.
    pub fn stop(self) -> anyhow::Result<()> {
        let Server {
            running,
            houses,
            upkeep,
            admin,
            giver,
            io,
        } = self;
        let shared = running.fleet().shared.clone();
        running.stop();
        upkeep.abort();
        drop((admin, giver, houses));
        let flushed = io.block_on(shared.store.flush());
        io.shutdown_timeout(FAREWELL);
        flushed
            .map(drop)
            .map_err(|error| anyhow!("registrations could not be written back: {error}"))
    }
}
