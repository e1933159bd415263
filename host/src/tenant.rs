//! Tenants: whose routing is not the operator's, what it may do (grants), and how much of it (quotas).
//!
//! A version belongs to a tenant ([`crate::route::Routing::tenant`]), and every run of it acts for that
//! tenant and no other. The operator is a tenant too, who may do everything without a quota.

mod alarm;
mod domains;
pub mod grants;
mod meters;
mod quotas;
mod rate;

pub use alarm::{Alarm, Verdict};
pub use domains::Domains;
pub use grants::Granted;
pub use meters::{FAULTS, Figures, Place};
pub use quotas::{Over, Quotas};

use crate::config;
use crate::sign::Grants;
use crate::store::{OPERATOR, TenantId};
use alarm::Alarms;
use arc_swap::{ArcSwap, Guard};
use meters::Meters;
use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// Whose routing it is.
pub struct Tenant {
    id: TenantId,
    name: Box<str>,
    rules: ArcSwap<Rules>,
    meters: Meters,
    alarms: Alarms,
}

/// What an operator has laid down for a tenant. It may change while the tenant's routing runs, and holds
/// from the next look on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Its domains, in lower case.
    pub domains: Vec<Box<[u8]>>,
    /// What it may use, as it was written.
    pub grants: Grants,
    /// What it may use, as it is asked.
    pub granted: Granted,
    /// How much of it.
    pub quotas: Quotas,
    /// Whether its instances serve many messages; None: as the operator's.
    pub policy: Option<config::Policy>,
    /// What takes over where its routing fails again and again.
    pub fallback: config::Fallback,
    /// Faults in a row that make it so, 0 for never.
    pub breaker: u32,
    /// How long the fallback stays.
    pub rest: Duration,
}

impl Rules {
    /// What a definition says, and `defaults` where it says nothing.
    ///
    /// # Errors
    /// Which grant is none.
    pub fn new(definition: &config::Tenant, defaults: &config::Tenants) -> Result<Rules, String> {
        let grants = Grants::new(definition.grants.iter().map(String::as_str))?;
        Ok(Rules {
            domains: definition
                .domains
                .iter()
                .map(|domain| domain.to_ascii_lowercase().into_bytes().into())
                .collect(),
            granted: Granted::new(&grants)?,
            grants,
            quotas: Quotas::new(&definition.limits.over(&defaults.limits)),
            policy: Some(definition.policy.unwrap_or(defaults.policy)),
            fallback: definition.fallback.unwrap_or(defaults.fallback),
            breaker: definition.breaker.unwrap_or(defaults.breaker),
            rest: defaults.rest,
        })
    }

    fn operator() -> Rules {
        Rules {
            domains: Vec::new(),
            grants: Grants::default(),
            granted: Granted::everything(),
            quotas: Quotas::none(),
            policy: None,
            fallback: config::Fallback::Previous,
            breaker: 0,
            rest: Duration::ZERO,
        }
    }
}

impl Tenant {
    /// A tenant. Its id is its own for ever: what is kept in memory has it as a key.
    pub fn new(id: TenantId, name: &str, rules: Rules) -> Arc<Tenant> {
        Arc::new(Tenant {
            id,
            name: name.into(),
            rules: ArcSwap::from_pointee(rules),
            meters: Meters::default(),
            alarms: Alarms::default(),
        })
    }

    /// The operator.
    pub fn operator() -> &'static Arc<Tenant> {
        static OWNER: LazyLock<Arc<Tenant>> = LazyLock::new(|| Tenant::new(OPERATOR, "", Rules::operator()));
        &OWNER
    }

    /// Its number.
    pub fn id(&self) -> TenantId {
        self.id
    }

    /// Its name, empty for the operator's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name for a field of a log line; None for the operator, whose lines have none.
    pub fn shown(&self) -> Option<&str> {
        (!self.is_operator()).then_some(self.name())
    }

    /// Is it the operator?
    pub fn is_operator(&self) -> bool {
        self.id == OPERATOR
    }

    /// What holds for it now.
    pub fn rules(&self) -> Guard<Arc<Rules>> {
        self.rules.load()
    }

    /// Lays down other rules, from now on.
    pub fn set_rules(&self, rules: Rules) {
        self.rules.store(Arc::new(rules));
    }

    /// Is this domain (in any case) its own?
    pub fn has_domain(&self, domain: &[u8]) -> bool {
        self.rules().domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }
}

impl Tenant {
    /// Says in the log that something is not granted: one line for each kind in ten seconds.
    pub fn tell_refused(&self, kind: &'static str, version: &str, what: fmt::Arguments<'_>) {
        // refusals have no other use for the time
        if self.meters.is_told(kind, Instant::now()) {
            tracing::warn!(tenant = self.name(), version, blame = "guest", "not granted: {what}");
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tenant({} {:?})", self.id, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn the_operator_has_no_quota() {
        let operator = Tenant::operator();
        assert!(operator.is_operator() && operator.name().is_empty());
        let now = Instant::now();
        assert!((0..100_000).all(|_| operator.admit(false, now).is_ok()));
    }

    #[test]
    fn rules_are_the_definition_over_the_defaults() {
        let definition = config::Tenant {
            domains: vec!["Acme.Example".to_owned()],
            grants: vec!["sl".to_owned()],
            breaker: Some(3),
            ..config::Tenant::default()
        };
        let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
        let tenant = Tenant::new(7, "acme", rules);
        assert!(tenant.has_domain(b"ACME.example") && !tenant.has_domain(b"example"));
        assert_eq!(tenant.rules().breaker, 3);
        let wrong = config::Tenant {
            grants: vec!["a b".to_owned()],
            ..definition
        };
        assert!(Rules::new(&wrong, &config::Tenants::default()).is_err());
    }
}
