//! Tests of routing scripts without a network: scenarios in TOML, played through a worker that has no
//! sockets and a clock of its own. `kemist test` is one user; whoever deploys a module with scenarios is
//! another.
//!
//! A scenario runs the code that serves: the transaction layer, the worker's steps, the functions, the
//! stores. Only what is outside is pretended: sockets, names, time.

mod calls;
pub mod carried;
mod document;
mod history;
pub mod keys;
mod matching;
mod play;
pub mod project;
mod scenario;
mod stage;
mod verify;

pub use document::{Finding, Place};
pub use project::Project;
pub use scenario::Scenario;

use crate::config::{self, Config};
use crate::respond;
use crate::route::Routing;
use crate::server::Settings;
use crate::tenant::Tenant;
use crate::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Version};
use anyhow::{Context, anyhow};
use parking_lot::Mutex;
use play::Play;
use stage::Stage;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Running time is measured by the real clock, and machines that run tests are busy: callbacks get so
/// many times their limit, and at least so much.
const ROOM: (u32, Duration) = (20, Duration::from_secs(1));

/// Instances that one scenario may need at a time, and a few of the one before.
const INSTANCES: u32 = 256;

/// Plays scenarios.
pub struct Runner {
    io: Runtime,
}

/// A module under test, with the configuration it runs with.
pub struct Subject {
    version: Arc<Version>,
    config: String,
    file: PathBuf,
    module: PathBuf,
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What is wrong; nothing where it passed.
    pub findings: Vec<Finding>,
    /// The messages, one a line, in order.
    pub transcript: Vec<String>,
    /// How long it took, by the real clock.
    pub took: Duration,
}

impl Outcome {
    /// Did it pass?
    pub fn is_ok(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Subject {
    /// Loads a component. `config` is the text of a kemist.toml and `file` its name for errors; what it
    /// says of routing (policy, memory, deadline) counts, but for the module's name.
    ///
    /// # Errors
    /// One line: what is wrong with the configuration or the component.
    pub fn load(component: &[u8], module: &Path, config: &str, file: &Path) -> anyhow::Result<Subject> {
        let compiler = Compiler::new(None, None, CompileLimits::default());
        Subject::load_with(&compiler, component, module, config, file)
    }

    /// As [`Subject::load`], compiled by `compiler`.
    ///
    /// # Errors
    /// As [`Subject::load`].
    pub fn load_with(
        compiler: &Compiler,
        component: &[u8],
        module: &Path,
        config: &str,
        file: &Path,
    ) -> anyhow::Result<Subject> {
        let read = stage::merged(config, file, None).map_err(|finding| anyhow!("{finding}"))?;
        let settings = Settings::new(with_module(read, module))?;
        let engine = Engine::new(&Options {
            instances: INSTANCES,
            traced: true,
            backtraces: true,
            ..settings.engine
        })
        .map_err(|error| anyhow!("cannot start the WebAssembly engine: {error:#}"))?;
        let limits = Limits {
            deadline: (settings.routing.limits.deadline * ROOM.0).max(ROOM.1),
            instances: INSTANCES / 2,
            ..settings.routing.limits
        };
        let version = compiler
            .prepare(&engine, component)
            .and_then(|prepared| Version::of(&engine, prepared, limits, settings.routing.policy, Tenant::operator()))
            .map_err(|error| anyhow!("{}: {error}", module.display()))?;
        Ok(Subject {
            version,
            config: config.to_owned(),
            file: file.to_path_buf(),
            module: module.to_path_buf(),
        })
    }

    /// A short digest of the component.
    pub fn label(&self) -> &str {
        self.version.label()
    }

    /// Bytes of the component.
    pub fn size(&self) -> usize {
        self.version.size()
    }
}

impl Runner {
    /// A runner, with the thread on which the databases of its scenarios work.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    pub fn new() -> anyhow::Result<Runner> {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("test-io")
            .enable_all()
            .build()
            .context("cannot start the I/O thread")?;
        Ok(Runner { io })
    }

    /// Plays a scenario, on a thread of its own: nothing is left of it for the next one.
    pub fn run(&self, subject: &Subject, scenario: &Scenario) -> Outcome {
        let begun = Instant::now();
        let play = || self.play(subject, scenario);
        let played = std::thread::scope(|scope| scope.spawn(play).join());
        let (findings, transcript) = played.unwrap_or_else(|panic| {
            let text = respond::text_of(&*panic);
            let finding = scenario.place.finding(format!("kemist itself failed: {text}"));
            (vec![finding], Vec::new())
        });
        Outcome {
            findings,
            transcript,
            took: begun.elapsed(),
        }
    }

    fn play(&self, subject: &Subject, scenario: &Scenario) -> (Vec<Finding>, Vec<String>) {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let log = stage::log_into(notes.clone());
        tracing::subscriber::with_default(log, || {
            let config = match stage::merged(&subject.config, &subject.file, scenario.config.as_ref()) {
                Ok(config) => with_module(config, &subject.module),
                Err(finding) => return (vec![finding], Vec::new()),
            };
            let stage = Stage::set(&config, scenario, subject.version.clone(), &notes, self.io.handle());
            let stage = match stage {
                Ok(stage) => stage,
                Err(error) => return (vec![from_error(scenario, &error)], Vec::new()),
            };
            let mut play = Play::new(scenario, stage);
            let findings = play.run();
            (findings, play.transcript)
        })
    }
}

fn with_module(mut config: Config, module: &Path) -> Config {
    let routing = config.routing.take();
    config.routing = Some(config::Routing {
        module: module.to_path_buf(),
        ..routing.unwrap_or_default()
    });
    config
}

fn from_error(scenario: &Scenario, error: &anyhow::Error) -> Finding {
    match error.downcast_ref::<Finding>() {
        Some(finding) => finding.clone(),
        None => scenario.place.finding(format!("{error:#}").replace('\n', " ")),
    }
}
