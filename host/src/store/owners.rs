//! Whose domains are whose. In the database a tenant is its domains: its accounts and registrations are
//! the rows of those, and nobody else's.

use super::{OPERATOR, TenantId};
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::sync::Arc;

/// A tenant as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub id: TenantId,
    /// Its name.
    pub name: Box<str>,
    /// Its domains, in lower case.
    pub domains: Vec<Box<[u8]>>,
}

/// All tenants, replaced as a whole; reading takes no lock.
#[derive(Debug, Default)]
pub struct Owners(ArcSwap<Index>);

#[derive(Debug, Default)]
pub(super) struct Index {
    pub by_domain: HashMap<Box<[u8]>, TenantId>,
    pub by_id: HashMap<TenantId, Box<str>>,
    by_name: HashMap<Box<str>, TenantId>,
}

impl Owners {
    /// These tenants and no others; what was before.
    pub(super) fn set(&self, owners: Vec<Owner>) -> Arc<Index> {
        let mut index = Index::default();
        for Owner { id, name, domains } in owners {
            index.by_domain.extend(domains.into_iter().map(|domain| (domain, id)));
            index.by_name.insert(name.clone(), id);
            index.by_id.insert(id, name);
        }
        self.0.swap(Arc::new(index))
    }

    /// All of them as they are now.
    pub(super) fn index(&self) -> Arc<Index> {
        self.0.load_full()
    }

    /// Whose a domain is, in any case; the operator's where it is no tenant's.
    pub fn of(&self, domain: &[u8]) -> TenantId {
        let index = self.0.load();
        let found = match domain.iter().any(u8::is_ascii_uppercase) {
            true => index.by_domain.get(&*domain.to_ascii_lowercase()),
            false => index.by_domain.get(domain),
        };
        found.copied().unwrap_or(OPERATOR)
    }

    /// Is this a tenant's number?
    pub fn has(&self, tenant: TenantId) -> bool {
        self.0.load().by_id.contains_key(&tenant)
    }

    /// The tenant of a name; the operator where it is empty.
    pub fn named(&self, name: &str) -> Option<TenantId> {
        match name {
            "" => Some(OPERATOR),
            name => self.0.load().by_name.get(name).copied(),
        }
    }

    /// Number and name of each tenant, in the order of their numbers.
    pub fn names(&self) -> Vec<(TenantId, Box<str>)> {
        let index = self.0.load();
        let mut all: Vec<_> = index.by_id.iter().map(|(id, name)| (*id, name.clone())).collect();
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_found_in_any_case() {
        let owners = Owners::default();
        owners.set(vec![Owner {
            id: 7,
            name: "acme".into(),
            domains: vec![b"acme.example"[..].into()],
        }]);
        assert_eq!((owners.of(b"ACME.Example"), owners.of(b"example")), (7, OPERATOR));
        assert_eq!(
            (owners.named("acme"), owners.named(""), owners.named("umbra")),
            (Some(7), Some(OPERATOR), None)
        );
        assert_eq!(owners.names(), [(7, "acme".into())]);
        owners.set(Vec::new());
        assert_eq!(owners.of(b"acme.example"), OPERATOR);
    }
}
