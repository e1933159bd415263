//! Accounts of the subscriber table, cached for a few seconds.
//!
//! Unknown users are cached too, apart from known ones, so that a flood of invented names neither
//! reaches the database each time nor pushes real accounts out. Each tenant has a cache of its own, so that
//! nobody's flood pushes out what is another's.

use super::{Database, Error, Fold, OPERATOR, TenantId};
use crate::modules::config::AuthDb;
use dashmap::DashMap;
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a cached credential lives at most.
pub const LIFETIME: Duration = Duration::from_secs(5);

/// At most so many known and so many unknown users of the operator are cached.
const CAPACITY: usize = 100_000;
/// The same of each tenant.
const TENANT_CAPACITY: usize = 5_000;

/// One subscriber with what a digest is checked against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub username: String,
    /// The domain, which is the realm of the hashes.
    pub domain: String,
    /// MD5 of `user:domain:password` in hex; empty where the database has none.
    pub ha1: String,
    /// MD5 of `user@domain:domain:password` in hex; empty where the database has none.
    pub ha1b: String,
    /// The password; empty unless somebody else keeps it in the table.
    pub password: String,
    /// SHA-256 of `user:domain:password` in hex, from `kemist_credentials`.
    pub ha1_sha256: Option<String>,
}

/// The subscriber table.
#[derive(Debug, Default)]
pub struct Accounts {
    operator: Shelf,
    tenants: DashMap<TenantId, Arc<Shelf>, Fold>,
    // Counts what dropped the cache, so that an answer asked for before is not kept after
    generation: AtomicU64,
    config: AuthDb,
    database: Database,
}

/// What is cached for one tenant, by [`cache_name`].
#[derive(Debug, Default)]
struct Shelf {
    known: DashMap<Box<[u8]>, Cached, Fold>,
    unknown: DashMap<Box<[u8]>, Cached, Fold>,
}

#[derive(Debug)]
struct Cached {
    account: Option<Arc<Account>>,
    until: Instant,
}

impl Accounts {
    /// The accounts of a database, none cached.
    pub fn new(config: &AuthDb, database: Database) -> Accounts {
        Accounts {
            config: config.clone(),
            database,
            ..Accounts::default()
        }
    }

    #[cfg(test)]
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// What is cached as of `now`: `Some(Some(_))` an account, `Some(None)` no such user, None: ask [`Accounts::load`].
    pub fn cached(
        &self,
        tenant: TenantId,
        table: &str,
        user: &[u8],
        domain: &[u8],
        use_domain: bool,
        now: Instant,
    ) -> Option<Option<Arc<Account>>> {
        let name = cache_name(table, user, domain, use_domain);
        if tenant == OPERATOR {
            return self.operator.find(&name, now);
        }
        self.tenants.get(&tenant)?.find(&name, now)
    }

    /// Finds an account in the database, and keeps it for a while from `now` on. `table` is `subscriber` or one of the same
    /// layout; the domain only counts with `use_domain`.
    pub async fn load(
        &self,
        tenant: TenantId,
        table: &str,
        user: &[u8],
        domain: &[u8],
        use_domain: bool,
        now: Instant,
    ) -> Result<Option<Arc<Account>>, Error> {
        // The tables hold text
        let (Ok(user_text), Ok(domain_text)) = (std::str::from_utf8(user), std::str::from_utf8(domain)) else {
            return Ok(None);
        };
        let generation = self.generation.load(Ordering::Acquire);
        let domain_text = use_domain.then_some(domain_text);
        let account = self
            .database
            .account(table, user_text, domain_text, &self.config)
            .await?
            .map(Arc::new);
        let name = cache_name(table, user, domain, use_domain);
        self.keep(tenant, &name, account.clone(), generation, now);
        Ok(account)
    }

    /// Forgets what is cached: accounts were changed.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.operator.clear();
        self.tenants.clear();
    }

    /// Forgets what is cached for a tenant.
    pub(super) fn forget_tenant(&self, tenant: TenantId) {
        self.tenants.remove(&tenant);
    }

    /// Drops what is too old to be used.
    pub(super) fn sweep(&self, now: Instant) {
        self.operator.sweep(now);
        self.tenants.retain(|_, shelf| {
            shelf.sweep(now);
            !shelf.is_empty()
        });
    }

    fn keep(&self, tenant: TenantId, name: &[u8], account: Option<Arc<Account>>, generation: u64, now: Instant) {
        let current = || self.generation.load(Ordering::Acquire) == generation;
        if tenant == OPERATOR {
            return self.operator.keep(name, account, CAPACITY, now, current);
        }
        // not under the lock of the map: a whole shelf may be looked through
        let shelf = self.tenants.entry(tenant).or_default().clone();
        shelf.keep(name, account, TENANT_CAPACITY, now, current);
    }
}

impl Shelf {
    fn find(&self, name: &[u8], now: Instant) -> Option<Option<Arc<Account>>> {
        [&self.known, &self.unknown].into_iter().find_map(|cache| {
            let found = cache.get(name)?;
            (found.until > now).then(|| found.account.clone())
        })
    }

    fn keep(&self, name: &[u8], account: Option<Arc<Account>>, most: usize, now: Instant, current: impl Fn() -> bool) {
        let cache = if account.is_some() { &self.known } else { &self.unknown };
        if cache.len() >= most {
            cache.retain(|_, c| c.until > now);
            if cache.len() >= most {
                cache.clear();
            }
        }
        if account.is_some() {
            self.unknown.remove(name);
        }
        let until = now + LIFETIME;
        cache.insert(name.into(), Cached { account, until });
        // Checked after the insert: a change in between would leave the old account for its lifetime
        if !current() {
            cache.remove(name);
        }
    }

    fn sweep(&self, now: Instant) {
        self.known.retain(|_, c| c.until > now);
        self.unknown.retain(|_, c| c.until > now);
    }

    fn is_empty(&self) -> bool {
        self.known.is_empty() && self.unknown.is_empty()
    }

    fn clear(&self) {
        self.known.clear();
        self.unknown.clear();
    }
}

fn cache_name(table: &str, user: &[u8], domain: &[u8], use_domain: bool) -> SmallVec<[u8; 128]> {
    let mut name = SmallVec::new();
    name.extend_from_slice(table.as_bytes());
    name.push(0);
    name.extend_from_slice(user);
    if use_domain {
        name.push(0);
        name.extend_from_slice(domain);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_before_a_change_is_not_kept() {
        let (accounts, now) = (Accounts::default(), Instant::now());
        let name = cache_name("subscriber", b"alice", b"localhost", true);
        accounts.keep(0, &name, None, 0, now);
        assert_eq!(
            accounts.cached(0, "subscriber", b"alice", b"localhost", true, now),
            Some(None)
        );
        assert_eq!(
            accounts.cached(0, "subscriber", b"alice", b"localhost", false, now),
            None
        );
        assert_eq!(
            accounts.cached(1, "subscriber", b"alice", b"localhost", true, now),
            None
        );
        accounts.forget();
        assert_eq!(
            accounts.cached(0, "subscriber", b"alice", b"localhost", true, now),
            None
        );
        accounts.keep(0, &name, Some(Arc::default()), 0, now);
        assert_eq!(
            accounts.cached(0, "subscriber", b"alice", b"localhost", true, now),
            None
        );
        accounts.keep(0, &name, Some(Arc::default()), 1, now);
        assert_eq!(
            accounts.cached(0, "subscriber", b"alice", b"localhost", true, now),
            Some(Some(Arc::default()))
        );
    }

    #[test]
    fn a_flood_of_one_tenant_costs_nobody_else() {
        let (accounts, now) = (Accounts::default(), Instant::now());
        let name = |user: &str| cache_name("subscriber", user.as_bytes(), b"d", true);
        for tenant in [OPERATOR, 1, 2] {
            accounts.keep(tenant, &name("alice"), Some(Arc::default()), 0, now);
            accounts.keep(tenant, &name("nobody"), None, 0, now);
        }
        for n in 0..3 * TENANT_CAPACITY {
            accounts.keep(1, &name(&n.to_string()), None, 0, now);
        }
        let kept = |tenant: TenantId| accounts.tenants.get(&tenant).map(|shelf| shelf.unknown.len());
        assert!(kept(1).is_some_and(|kept| kept <= TENANT_CAPACITY));
        for tenant in [OPERATOR, 2] {
            assert_eq!(
                accounts.cached(tenant, "subscriber", b"nobody", b"d", true, now),
                Some(None)
            );
        }
        assert!(matches!(
            accounts.cached(1, "subscriber", b"alice", b"d", true, now),
            Some(Some(_))
        ));
        accounts.sweep(Instant::now() + LIFETIME * 2);
        assert!(accounts.tenants.is_empty() && accounts.operator.is_empty());
    }
}
