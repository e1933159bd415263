//! Whose domain is whose.

use crate::store::TenantId;
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// The domains of all tenants.
#[derive(Debug, Default)]
pub struct Domains {
    of: ArcSwap<HashMap<Box<[u8]>, TenantId>>,
    some: AtomicBool,
}

impl Domains {
    /// Takes these, in lower case, in place of all others.
    pub fn set(&self, of: impl IntoIterator<Item = (Box<[u8]>, TenantId)>) {
        let of: HashMap<_, _> = of.into_iter().collect();
        self.some.store(!of.is_empty(), Ordering::Relaxed);
        self.of.store(of.into());
    }

    /// Is there any tenant?
    pub fn are_some(&self) -> bool {
        self.some.load(Ordering::Relaxed)
    }

    /// The tenant of a domain, in any case.
    pub fn tenant(&self, domain: &[u8]) -> Option<TenantId> {
        if !self.are_some() {
            return None;
        }
        let of = self.of.load();
        if !domain.iter().any(u8::is_ascii_uppercase) {
            return of.get(domain).copied();
        }
        of.get(&*domain.to_ascii_lowercase()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_in_any_case_is_one_tenants() {
        let domains = Domains::default();
        assert!(!domains.are_some() && domains.tenant(b"a.example").is_none());
        domains.set([(b"a.example"[..].into(), 3)]);
        assert_eq!(
            (domains.tenant(b"A.Example"), domains.tenant(b"example")),
            (Some(3), None)
        );
        domains.set([]);
        assert_eq!(domains.tenant(b"a.example"), None);
    }
}
