//! Deploys: which version of a module routes, and how another one takes its place; of the operator's and of
//! each tenant's ([`Houses`]).
//!
//! A deploy either happened on all workers or did not happen. It is prepared off the packet path: checked,
//! compiled, linked, tested by its own scenarios; then every worker makes instances of it, the database takes
//! it down, and one pointer is swapped. What fails before that swap leaves everything as it was, and says at
//! which step and why. One deploy at a time: the next waits.

mod begin;
mod breaker;
mod engines;
mod guard;
mod history;
mod houses;
mod methods;
mod prepare;
mod report;
mod tenants;
mod turn;
mod watch;

pub use begin::Begun;
pub use history::Action;
pub use houses::{House, Houses};
pub use methods::{DOCS, methods};
pub use tenants::{DOCS as TENANT_DOCS, methods as tenant_methods};
pub use watch::Watch;

use crate::config::Canary;
use crate::route::Routing;
use crate::sign::Trust;
use crate::store::Database;
use crate::store::database::Entry;
use crate::tenant::Tenant;
use crate::wasm::{Compiler, Engine, Limits, Policy, Version};
use crate::worker::{Fleet, Seat};
use parking_lot::Mutex;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the configuration says about a module.
#[derive(Clone, Debug)]
pub struct Module {
    /// Whose it is.
    pub tenant: Arc<Tenant>,
    /// Its file: a component or a source; empty where there is none.
    pub path: PathBuf,
    /// What its callbacks may use; a tenant's are narrowed by its quotas.
    pub limits: Limits,
    /// Whether its instances serve many messages.
    pub policy: Policy,
    /// What makes native code of it.
    pub compiler: Arc<Compiler>,
    /// Whether a deploy plays the scenarios that it carries.
    pub scenarios: bool,
    /// Whose modules may be deployed; None: anybody's.
    pub trust: Option<Trust>,
    /// Versions whose components are kept to go back to.
    pub keep: usize,
    /// How long a version that serves no longer may take for its transactions.
    pub drain: Duration,
    /// By how much a canary may be worse than the live version.
    pub canary: Canary,
}

impl Module {
    /// What its callbacks may use now.
    pub fn limits(&self) -> Limits {
        if self.tenant.is_operator() {
            return self.limits.clone();
        }
        self.limits.for_tenant(&self.tenant.rules().quotas)
    }

    /// Whether its instances serve many messages.
    pub fn policy(&self) -> Policy {
        self.tenant.rules().policy.map_or(self.policy, Policy::from)
    }
}

/// Who asks, and by which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// A user's name, or `kemist`.
    pub who: String,
    /// `socket`, a peer's address, `SIGHUP`, `start`.
    pub from: String,
}

impl By {
    /// Somebody by some way.
    pub fn new(who: impl Into<String>, from: impl Into<String>) -> By {
        By {
            who: who.into(),
            from: from.into(),
        }
    }

    /// The process itself.
    pub fn kemist(from: &str) -> By {
        By::new("kemist", from)
    }
}

/// A part of a deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reading the file, or making a component of a source.
    Read,
    /// Is it signed by whom it must be?
    Signature,
    /// To native code.
    Compile,
    /// Imports, exports, callbacks.
    Link,
    /// The scenarios that it carries.
    Scenarios,
    /// Instances on every worker.
    Prewarm,
    /// Taking it down in the database.
    Record,
    /// What was asked for does not fit what there is.
    Choose,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Read => "read",
            Step::Signature => "signature",
            Step::Compile => "compile",
            Step::Link => "link",
            Step::Scenarios => "scenarios",
            Step::Prewarm => "prewarm",
            Step::Record => "record",
            Step::Choose => "choose",
        })
    }
}

/// Why nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it ended.
    pub step: Step,
    /// Why, in one line.
    pub why: String,
}

impl Refused {
    fn new(step: Step, why: impl fmt::Display) -> Refused {
        Refused {
            step,
            why: why.to_string(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Step::Choose => f.write_str(&self.why),
            step => write!(f, "{step}: {}", self.why),
        }
    }
}

impl std::error::Error for Refused {}

/// A module to be put in charge.
#[derive(Clone, Debug)]
pub struct Upload {
    /// How whoever sends it calls it: a file's name.
    pub name: String,
    /// The component.
    pub component: Vec<u8>,
    /// The share of new dialogs that it gets, 1 to 99; None for all, at once.
    pub percent: Option<u8>,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Done {
    /// What it was.
    pub action: Action,
    /// The version that it was about, as it is in charge (or was, for [`Action::Withdraw`]).
    pub entry: Entry,
    /// The version's short digest.
    pub label: String,
    /// The live version before, where that changed.
    pub before: Option<String>,
    /// Nothing had to be done: this was in charge already.
    pub unchanged: bool,
    /// From the request to the swap.
    pub took: Duration,
    /// The native code was at hand.
    pub cached: bool,
    /// Scenarios of its own that passed; None where it carries none.
    pub scenarios: Option<usize>,
}

/// A version and how it came to be in charge.
#[derive(Clone)]
struct Charge {
    entry: Entry,
    version: Arc<Version>,
}

impl Charge {
    fn label(&self) -> String {
        self.version.label().to_owned()
    }
}

/// What routes now.
#[derive(Default)]
struct Standing {
    /// None for a tenant whose own module nobody has deployed, or whose is broken since the start.
    live: Option<Charge>,
    canary: Option<(Charge, u8)>,
    /// What was live before, the last one at the end.
    earlier: Vec<Entry>,
    /// Why nobody routes while there is no live version; None: the operator's does.
    broken: Option<&'static str>,
    /// The live version failed, and something else serves meanwhile.
    fallen: Option<breaker::Fallen>,
}

impl Standing {
    /// What serves.
    fn versions(&self) -> Vec<Arc<Version>> {
        let canary = self.canary.as_ref().map(|(charge, _)| &charge.version);
        let live = self.live.as_ref().map(|charge| &charge.version);
        live.into_iter().chain(canary).cloned().collect()
    }
}

/// What the one whose turn it is works on.
struct Turn {
    /// What the module's file held when it was last looked at with success: its component's digest.
    file: [u8; 32],
    /// That component, where it was built here of a source.
    built: Option<Arc<[u8]>>,
    /// Native code that is kept in memory, to go back to without compiling; the last used at the end.
    loaded: Vec<Arc<Version>>,
}

/// The versions of a module.
pub struct Deploys {
    module: Module,
    engine: Arc<Engine>,
    database: Database,
    fleet: Arc<Fleet>,
    seat: Arc<Seat>,
    turn: tokio::sync::Mutex<Turn>,
    standing: Mutex<Standing>,
}

impl Deploys {
    /// Whose it is.
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.module.tenant
    }

    /// The live version's name for lines of the log.
    fn live_label(&self) -> String {
        self.live()
            .map_or_else(|| "none".to_owned(), |live| live.label().to_owned())
    }

    /// The live version.
    pub fn live(&self) -> Option<Arc<Version>> {
        Some(self.standing.lock().live.as_ref()?.version.clone())
    }

    /// The canary and its share.
    pub fn canary(&self) -> Option<(Arc<Version>, u8)> {
        let standing = self.standing.lock();
        let (charge, percent) = standing.canary.as_ref()?;
        Some((charge.version.clone(), *percent))
    }

    /// The last entries of the history, the oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn history(&self, count: u32) -> Result<Vec<Entry>, crate::store::Error> {
        if !self.database.is_open() {
            return Ok(Vec::new());
        }
        self.database.deploys(self.tenant().name(), false, count).await
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
            text
        })
}
