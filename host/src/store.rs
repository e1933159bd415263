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
mod fold;
pub mod htable;
mod key;
pub mod location;
mod owners;
mod rooms;
pub mod variables;

pub use accounts::{Account, Accounts};
pub use addresses::Addresses;
pub use database::{Database, Error};
pub use flood::{Counted, Flood, Floods};
pub use fold::Fold;
pub use htable::{Item, ItemKey, TableId, Tables};
pub use location::{Binding, Location, Place};
pub use owners::{Owner, Owners};
pub use variables::Variables;

use crate::modules::Configs;
use database::{Row, Rows};
use owners::Index;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whose: 0 is the operator.
pub type TenantId = u32;

/// The operator, who owns everything that no tenant does.
pub const OPERATOR: TenantId = 0;

/// How often expired bindings, items and flood counters are swept.
const SWEEP: Duration = Duration::from_secs(1);
/// How long it is looked for what a tenant that was removed has left: longer than a transaction lasts.
const AFTERMATH: Duration = Duration::from_secs(600);

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
    /// Whose domains are whose.
    pub owners: Owners,
    /// Where registrations and accounts are kept.
    pub database: Database,
    /// Tenants that were removed lately, and when.
    departed: Mutex<Vec<(TenantId, Instant)>>,
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
            owners: Owners::default(),
            database,
            departed: Mutex::default(),
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

    /// Takes over the registrations in the database that have not expired, each for whose domain it has; how
    /// many.
    pub async fn load_location(&self) -> Result<usize, Error> {
        if !self.location.is_persistent() {
            return Ok(0);
        }
        let rows = self.database.location(Rows::All).await?;
        let given_up = self.database.given_up_domains().await?;
        Ok(self.take_rows(rows, &given_up))
    }

    fn take_rows(&self, rows: Vec<Row>, given_up: &HashSet<Vec<u8>>) -> usize {
        let (now, index) = (unix_now(), self.owners.index());
        let use_domain = self.location.use_domain();
        let rows = rows.into_iter().filter(|row| row.binding.expires > now);
        let taken = rows.filter_map(|row| {
            let domain = row.domain.to_ascii_lowercase();
            let tenant = index.by_domain.get(&*domain).copied().unwrap_or(OPERATOR);
            // without domains these would be those of the operator's users of the same name
            let stray = tenant == OPERATOR && !use_domain && given_up.contains(&domain);
            let named = (use_domain || tenant != OPERATOR) && !domain.is_empty();
            let aor = match named {
                true if tenant == OPERATOR => [&row.user[..], b"@", &row.domain].concat(),
                true => [&row.user[..], b"@", &domain].concat(),
                false => row.user,
            };
            (!stray).then(|| self.location.load(tenant, aor.into(), row.binding))
        });
        taken.count()
    }

    /// These are the tenants from the start, before anything is loaded.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn begin_with(&self, owners: Vec<Owner>) -> Result<(), Error> {
        self.owners.set(owners);
        let index = self.owners.index();
        if !self.database.is_open() || index.by_domain.is_empty() {
            return Ok(());
        }
        let known = self.database.given_up_domains().await?;
        let new = index.by_domain.keys().map(|domain| &**domain);
        let new: Vec<&[u8]> = new.filter(|domain| !known.contains(*domain)).collect();
        match new.is_empty() {
            true => Ok(()),
            false => self.database.remember_domains(&new).await,
        }
    }

    /// These are the tenants from now on. What is in memory of those that are gone goes, and registrations
    /// are loaded for whoever has a domain now. Their rows in the database stay.
    pub async fn settle(&self, owners: Vec<Owner>) -> Result<(), Error> {
        let before = self.owners.set(owners);
        let now = self.owners.index();
        // what changed since the last write is in the database before it leaves memory
        let flushed = self.flush().await;
        let gained = self.part(&before, &now);
        let gained: Vec<&[u8]> = gained.iter().map(|domain| &**domain).collect();
        flushed?;
        let written = self.location.is_persistent() && !self.is_written_elsewhere();
        if written && self.database.is_open() && !gained.is_empty() {
            self.database.remember_domains(&gained).await?;
            let rows = self.database.location(Rows::Of(&gained)).await?;
            self.take_rows(rows, &HashSet::new());
        }
        Ok(())
    }

    /// Drops what is in memory for who has it no longer; the domains that a tenant has gained.
    fn part(&self, before: &Index, now: &Index) -> Vec<Box<[u8]>> {
        let gone = before.by_id.keys().filter(|id| !now.by_id.contains_key(id)).copied();
        let gone: Vec<TenantId> = gone.collect();
        gone.iter().for_each(|tenant| self.forget(*tenant));
        let mut departed = self.departed.lock();
        departed.extend(gone.iter().map(|tenant| (*tenant, Instant::now())));
        departed.retain(|(tenant, _)| !now.by_id.contains_key(tenant));
        drop(departed);
        let owner = |index: &Index, domain: &[u8]| index.by_domain.get(domain).copied().unwrap_or(OPERATOR);
        for (domain, was) in &before.by_domain {
            if owner(now, domain) != *was {
                self.location.forget_domain(*was, domain);
            }
        }
        let mut gained: Vec<Box<[u8]>> = Vec::new();
        for (domain, id) in &now.by_domain {
            if owner(before, domain) != *id {
                gained.push(domain.clone());
            }
        }
        for domain in gained.iter().filter(|_| self.location.use_domain()) {
            self.location.forget_domain(OPERATOR, domain);
        }
        gained
    }

    /// Drops all that is in memory of a tenant.
    pub fn forget(&self, tenant: TenantId) {
        self.location.forget(tenant);
        self.tables.forget(tenant);
        self.accounts.forget_tenant(tenant);
        self.addresses.forget(tenant);
        self.flood.forget(tenant);
        self.variables.forget(tenant);
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

    /// What ran still when its tenant was removed may have left something since.
    fn sweep_departed(&self, now: Instant) {
        let mut departed = self.departed.lock();
        departed.retain(|(tenant, since)| {
            self.forget(*tenant);
            now.saturating_duration_since(*since) < AFTERMATH
        });
    }

    /// Drops what has expired.
    pub fn sweep(&self, now_unix: u64, now: Instant) {
        if !self.departed.lock().is_empty() {
            self.sweep_departed(now);
        }
        self.location.expire(now_unix);
        self.tables.expire(now_unix);
        self.flood.sweep(now);
        self.accounts.sweep(now);
    }
}

/// Seconds since 1970.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
