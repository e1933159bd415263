//! The start: the version that was live when the process ended, unless the module's file has changed since.

use super::history::{self, Action, Past};
use super::prepare::{self, Purpose, component};
use super::{By, Charge, Deploys, Module, Standing, Turn, hex, now};
use crate::build::Language;
use crate::store::Database;
use crate::store::database::Entry;
use crate::tenant::Tenant;
use crate::wasm::{Engine, Version};
use crate::worker::{Fleet, Seat};
use anyhow::{Context, anyhow};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Why a tenant's requests get 503.
pub(super) const BROKEN: &str = "its module cannot be loaded";

/// What will route once there are workers.
pub struct Begun {
    module: Module,
    engine: Arc<Engine>,
    database: Database,
    standing: Standing,
    turn: Turn,
}

/// The module's file as it is at the start.
struct File {
    component: Arc<[u8]>,
    digest: [u8; 32],
}

impl Begun {
    /// Chooses and loads the version to start with: the file's, where it holds something else than when the
    /// last version was put in charge, else the last live one. A file that cannot be used stops a start that
    /// has nothing to fall back to.
    ///
    /// # Errors
    /// One line that names the file.
    pub async fn new(engine: Arc<Engine>, module: Module, database: Database) -> anyhow::Result<Begun> {
        let past = past(&database, &module.tenant).await;
        let begin = Begin {
            engine,
            module,
            database,
        };
        let file = match begin.file(&past).await {
            Ok(file) => file,
            Err(error) => return begin.without_file(error, past).await,
        };
        let turn = Turn {
            file: file.digest,
            built: Language::of(&begin.module.path).map(|_| file.component.clone()),
            loaded: Vec::new(),
        };
        let digest = hex(&file.digest);
        if digest == past.file
            && let Some(live) = past.live.as_ref().filter(|live| live.digest != digest)
            && let Some(live) = begin.kept(live).await
        {
            return Ok(begin.go_on(live, past, turn).await);
        }
        let version = match begin.load(&file).await {
            Ok(version) => version,
            Err(error) => return begin.without_file(error, past).await,
        };
        match &past.live {
            Some(live) if live.digest == digest => {
                let entry = live.clone();
                Ok(begin.go_on(Charge { entry, version }, past, turn).await)
            }
            _ => begin.start(digest, &file.component, version, past, turn).await,
        }
    }

    /// As [`Begun::new`], for a tenant, whose module never stops a start, nor holds it up: what must be built
    /// or compiled first is left to a deploy, and true says so. Without a file the last version that was
    /// deployed goes on; where there was none, the operator's version serves.
    pub async fn of_tenant(engine: Arc<Engine>, module: Module, database: Database) -> (Begun, bool) {
        let past = past(&database, &module.tenant).await;
        let has_file = !module.path.as_os_str().is_empty();
        let error = match has_file {
            true if !is_at_hand(&engine, &module, &past).await => None,
            true => match Begun::new(engine.clone(), module.clone(), database.clone()).await {
                Ok(begun) => return (begun, false),
                Err(error) => Some(error),
            },
            false => None,
        };
        let begin = Begin {
            engine,
            module,
            database,
        };
        let turn = Turn {
            file: [0; 32],
            built: None,
            loaded: Vec::new(),
        };
        let without = |why| Standing {
            broken: Some(why),
            ..Standing::default()
        };
        if let Some(error) = error {
            let tenant = begin.module.tenant.name();
            tracing::error!(blame = "guest", tenant, "{error:#}; its requests get 503");
            return (begin.begun(without(BROKEN), turn), false);
        }
        if has_file {
            return (begin.begun(without("it is being started"), turn), true);
        }
        let Some(live) = &past.live else {
            return (begin.begun(Standing::default(), turn), false);
        };
        match begin.kept(live).await {
            Some(live) => (begin.go_on(live, past, turn).await, false),
            None => (begin.begun(without(BROKEN), turn), false),
        }
    }

    /// The live version; a tenant may have none.
    pub fn live(&self) -> Option<Arc<Version>> {
        Some(self.standing.live.as_ref()?.version.clone())
    }

    /// Takes over what these workers run for the operator.
    pub fn serve(self, fleet: Arc<Fleet>) -> Arc<Deploys> {
        let seat = fleet.seats.operator().clone();
        self.serve_on(fleet, seat)
    }

    /// Takes over a seat.
    pub(super) fn serve_on(self, fleet: Arc<Fleet>, seat: Arc<Seat>) -> Arc<Deploys> {
        let deploys = Arc::new(Deploys {
            module: self.module,
            engine: self.engine,
            database: self.database,
            fleet,
            seat,
            turn: tokio::sync::Mutex::new(self.turn),
            standing: Mutex::new(self.standing),
        });
        deploys.put(&deploys.standing.lock());
        deploys
    }
}

/// Whether the version that a module's file is has been compiled before.
async fn is_at_hand(engine: &Arc<Engine>, module: &Module, past: &Past) -> bool {
    let (engine, module, known) = (engine.clone(), module.clone(), unhex(&past.file));
    let look = move || {
        let digest = match Language::of(&module.path) {
            Some(_) => known,
            None => std::fs::read(&module.path)
                .ok()
                .map(|bytes| Sha256::digest(bytes).into()),
        };
        digest.is_some_and(|digest| module.compiler.has(&engine, &digest))
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

async fn past(database: &Database, tenant: &Tenant) -> Past {
    if !database.is_open() {
        return Past::default();
    }
    match database.deploys(tenant.name(), true, 1000).await {
        Ok(entries) => history::replay(entries),
        Err(error) => {
            tracing::error!(blame = "host", "the history of deploys cannot be read: {error}");
            Past::default()
        }
    }
}

struct Begin {
    engine: Arc<Engine>,
    module: Module,
    database: Database,
}

impl Begin {
    /// Reads or builds the file's component.
    async fn file(&self, past: &Past) -> anyhow::Result<File> {
        let module = self.module.clone();
        // what was built last saves building it again
        let built = match Language::of(&module.path) {
            Some(_) if !past.file.is_empty() => self.database.module(&past.file).await.ok().flatten(),
            _ => None,
        };
        let made = move || {
            let made = component(&module, built.as_deref())?;
            made.or(built).context("there is nothing to load")
        };
        let component: Arc<[u8]> = tokio::task::spawn_blocking(made).await??.into();
        Ok(File {
            digest: Sha256::digest(&component).into(),
            component,
        })
    }

    async fn load(&self, file: &File) -> anyhow::Result<Arc<Version>> {
        let name = self.module.path.display().to_string();
        let prepared = prepare::prepare(
            &self.engine,
            &self.module,
            &self.database,
            &name,
            &file.component,
            Purpose::Start,
        )
        .await;
        Ok(prepared.map_err(|refused| anyhow!("{}", refused.why))?.version)
    }

    /// The file cannot be used: what was live goes on, as it would have without the start.
    async fn without_file(self, error: anyhow::Error, past: Past) -> anyhow::Result<Begun> {
        let live = match &past.live {
            Some(live) => self.kept(live).await,
            None => None,
        };
        let Some(live) = live else {
            let table = match self.module.tenant.shown() {
                None => "routing".to_owned(),
                Some(name) => format!("tenant.{name}"),
            };
            return Err(anyhow!("[{table}] module: {error:#}"));
        };
        tracing::error!(
            blame = "guest",
            "[routing] module: {error:#}; version {} of before is in charge",
            live.label()
        );
        // whatever the file holds next is new
        let turn = Turn {
            file: [0; 32],
            built: None,
            loaded: Vec::new(),
        };
        Ok(self.go_on(live, past, turn).await)
    }

    /// A version of before from the database; None, with a line in the log, where it cannot be had.
    async fn kept(&self, entry: &Entry) -> Option<Charge> {
        let found = async {
            let component = self.database.module(&entry.digest).await?;
            let component: Arc<[u8]> = component.context("its component is not kept")?.into();
            let prepared = prepare::prepare(
                &self.engine,
                &self.module,
                &self.database,
                &entry.name,
                &component,
                Purpose::Start,
            )
            .await?;
            anyhow::Ok(prepared.version)
        };
        match found.await {
            Ok(version) => Some(Charge {
                entry: entry.clone(),
                version,
            }),
            Err(error) => {
                let label = entry.digest.get(..12).unwrap_or_default();
                tracing::error!(
                    blame = "host",
                    "version {label} was in charge and cannot be loaded again: {error:#}"
                );
                None
            }
        }
    }

    /// The versions of before, canary included.
    async fn go_on(self, live: Charge, past: Past, turn: Turn) -> Begun {
        let mut canary = None;
        if let Some(entry) = &past.canary
            && let Some(percent) = entry.percent
        {
            canary = self.kept(entry).await.map(|charge| (charge, percent));
        }
        tracing::info!(
            version = live.label(),
            name = live.entry.name,
            "in charge as before the start"
        );
        self.begun(
            Standing {
                live: Some(live),
                canary,
                earlier: past.earlier,
                ..Standing::default()
            },
            turn,
        )
    }

    /// The file's version.
    async fn start(
        self,
        digest: String,
        component: &Arc<[u8]>,
        version: Arc<Version>,
        past: Past,
        turn: Turn,
    ) -> anyhow::Result<Begun> {
        let by = By::kemist("start");
        let entry = Entry {
            time: now(),
            action: Action::Start.name().to_owned(),
            name: self.module.path.display().to_string(),
            who: by.who,
            origin: by.from,
            done: true,
            file: digest.clone(),
            digest,
            ..Entry::default()
        };
        if self.database.is_open() {
            let (held, component) = (vec![entry.digest.clone()], Some(component.to_vec()));
            let recorded = self
                .database
                .record(
                    self.module.tenant.name(),
                    entry.clone(),
                    component,
                    self.module.keep,
                    held,
                )
                .await;
            recorded.context("the history of deploys cannot be written")?;
        }
        let mut earlier = past.earlier;
        if let Some(before) = past.live {
            history::push(&mut earlier, before, |entry| &entry.digest);
        }
        let live = Charge { entry, version };
        Ok(self.begun(
            Standing {
                live: Some(live),
                earlier,
                ..Standing::default()
            },
            turn,
        ))
    }

    fn begun(self, standing: Standing, mut turn: Turn) -> Begun {
        if let Some(live) = &standing.live {
            turn.keep(&live.version);
        }
        Begun {
            module: self.module,
            engine: self.engine,
            database: self.database,
            standing,
            turn,
        }
    }
}
