//! State that all workers share: registrations, hash tables, accounts, trusted addresses, flood
//! counters and the database behind them.
//!
//! Every key begins with a [`TenantId`], so that no tenant's guest can reach what belongs to another:
//! the id comes from the run (`route`), never from the guest. Nothing here hands out a guard, so
//! none can be held across an await.

pub mod accounts;
pub mod addresses;
pub mod database;
pub mod flood;
pub mod htable;
mod key;
pub mod location;
pub mod variables;

pub use accounts::{Account, Accounts};
pub use addresses::Addresses;
pub use database::{Database, Error};
pub use flood::{Counted, Flood, Floods};
pub use htable::{Item, ItemKey, TableId, Tables};
pub use location::{Binding, Location, Place};
pub use variables::Variables;

use crate::modules::Configs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whose: 0 is the operator.
pub type TenantId = u32;

/// The operator, who owns everything that no tenant does.
pub const OPERATOR: TenantId = 0;

/// How often expired bindings, items and flood counters are swept.
const SWEEP: Duration = Duration::from_secs(1);

/// Everything that workers share. The default is an empty store without a database.
#[derive(Debug, Default)]
pub struct Store {
    /// Who is registered where.
    pub location: Location,
    /// `$sht` tables.
    pub tables: Tables,
    /// The subscriber table, cached.
    pub accounts: Accounts,
    /// The address table (trusted sources).
    pub addresses: Addresses,
    /// pike's counters.
    pub flood: Floods,
    /// `$shv` variables.
    pub variables: Variables,
    /// Where registrations and accounts are kept.
    pub database: Database,
    /// Another process writes the registrations.
    written_elsewhere: AtomicBool,
}

impl Store {
    /// Opens the database (created where it is missing), makes missing tables, and loads
    /// registrations and addresses.
    ///
    /// `io` is the runtime on which SQL runs: workers only await its answer.
    pub async fn open(url: &str, modules: &Configs, io: tokio::runtime::Handle) -> Result<Store, Error> {
        let store = Store::open_unregistered(url, modules, io).await?;
        store.load_location().await?;
        Ok(store)
    }

    /// The same without the registrations: those of the process that hands over are newer.
    pub async fn open_unregistered(url: &str, modules: &Configs, io: tokio::runtime::Handle) -> Result<Store, Error> {
        let database = Database::open(url, io).await?;
        let store = Store {
            location: Location::new(&modules.usrloc),
            tables: Tables::new(&modules.htable),
            accounts: Accounts::new(&modules.auth_db, database.clone()),
            addresses: Addresses::default(),
            flood: Floods::new(&modules.pike),
            variables: Variables::default(),
            database,
            written_elsewhere: AtomicBool::new(false),
        };
        store.reload_addresses().await?;
        Ok(store)
    }

    /// Reads the address table again; the number of entries.
    pub async fn reload_addresses(&self) -> Result<usize, Error> {
        let rows = self.database.addresses().await?;
        Ok(self.addresses.replace(OPERATOR, rows))
    }

    /// Takes over the registrations in the database that have not expired; how many.
    pub async fn load_location(&self) -> Result<usize, Error> {
        let now = unix_now();
        if !self.location.is_persistent() {
            return Ok(0);
        }
        let rows = self.database.location(self.location.use_domain()).await?;
        Ok(rows
            .into_iter()
            .filter(|(_, b)| b.expires > now)
            .map(|(aor, b)| self.location.load(OPERATOR, aor, b))
            .count())
    }

    /// Writes to the database what changed in the location table since the last time, in one
    /// transaction; how many bindings. What could not be written stays due. One write follows the
    /// other, also where the caller of the first has gone away meanwhile.
    pub async fn flush(&self) -> Result<usize, Error> {
        if !self.database.is_open() || !self.location.is_persistent() || self.is_written_elsewhere() {
            return Ok(0);
        }
        self.database
            .write_location(self.location.due(), self.location.use_domain())
            .await
    }

    /// Says whether another process writes the registrations. What changes meanwhile stays due here, for
    /// the case that it ends early.
    pub fn set_written_elsewhere(&self, yes: bool) {
        self.written_elsewhere.store(yes, Ordering::Release);
    }

    fn is_written_elsewhere(&self) -> bool {
        self.written_elsewhere.load(Ordering::Acquire)
    }

    /// Sweeps what has expired and writes registrations back, for ever. Runs on the I/O runtime;
    /// after the last message was handled, [`Store::flush`] writes the rest.
    pub async fn maintain(&self) {
        let mut tick = tokio::time::interval(SWEEP);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut written = Instant::now();
        loop {
            tick.tick().await;
            self.sweep(unix_now(), Instant::now());
            if written.elapsed() >= self.location.timer_interval() {
                written = Instant::now();
                if let Err(error) = self.flush().await {
                    tracing::error!(blame = "host", %error, "registrations could not be written back; trying again");
                }
            }
        }
    }

    /// Drops what has expired.
    pub fn sweep(&self, now_unix: u64, now: Instant) {
        self.location.expire(now_unix);
        self.tables.expire(now_unix);
        self.flood.sweep(now);
    }
}

/// Seconds since 1970.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
