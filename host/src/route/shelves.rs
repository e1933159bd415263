//! Caches of one thread, one for each tenant: whoever floods a cache with texts of all kinds drives out
//! nothing but his own.

use crate::store::{OPERATOR, TenantId};
use std::sync::atomic::{AtomicU64, Ordering};

/// How often tenants were removed.
static DEPARTURES: AtomicU64 = AtomicU64::new(0);

/// A tenant was removed: what threads keep of tenants is given up when they next look.
pub fn departed() {
    DEPARTURES.fetch_add(1, Ordering::Relaxed);
}

/// The operator's cache, and those of the tenants that were here last.
pub(super) struct Shelves<C> {
    operator: C,
    /// The tenant of the last look is the first.
    tenants: Vec<Shelf<C>>,
    make: fn() -> C,
    most: usize,
    looks: u64,
    departures: u64,
}

struct Shelf<C> {
    tenant: TenantId,
    /// The number of the last look.
    used: u64,
    cache: C,
}

impl<C> Shelves<C> {
    /// `make` makes a tenant's; of more tenants than `most` the one that was not here longest goes.
    pub fn new(operator: C, make: fn() -> C, most: usize) -> Shelves<C> {
        Shelves {
            operator,
            tenants: Vec::new(),
            make,
            most: most.max(1),
            looks: 0,
            departures: DEPARTURES.load(Ordering::Relaxed),
        }
    }

    /// A tenant's cache.
    pub fn of(&mut self, tenant: TenantId) -> &mut C {
        if tenant == OPERATOR {
            return &mut self.operator;
        }
        let departures = DEPARTURES.load(Ordering::Relaxed);
        if departures != self.departures {
            self.departures = departures;
            self.tenants.clear();
        }
        // one run looks many times: the first is the right one then
        let at = self.tenants.iter().position(|shelf| shelf.tenant == tenant);
        let at = at.unwrap_or_else(|| self.place(tenant));
        self.tenants.swap(0, at);
        self.looks += 1;
        let shelf = &mut self.tenants[0];
        shelf.used = self.looks;
        &mut shelf.cache
    }

    fn place(&mut self, tenant: TenantId) -> usize {
        if self.tenants.len() >= self.most {
            let oldest = self.tenants.iter().enumerate().min_by_key(|(_, shelf)| shelf.used);
            if let Some((at, _)) = oldest {
                self.tenants.swap_remove(at);
            }
        }
        let cache = (self.make)();
        self.tenants.push(Shelf { tenant, used: 0, cache });
        self.tenants.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenant_has_its_own_and_the_oldest_go() {
        let mut shelves: Shelves<Vec<u32>> = Shelves::new(vec![0], Vec::new, 3);
        for tenant in [1, 2, 3, 1] {
            shelves.of(tenant).push(tenant);
        }
        assert_eq!((shelves.of(1).clone(), shelves.of(3).clone()), (vec![1, 1], vec![3]));
        shelves.of(4).push(4);
        assert_eq!(shelves.tenants.len(), 3);
        assert!(shelves.of(2).is_empty(), "it was not here longest");
        assert_eq!(*shelves.of(OPERATOR), [0]);
    }
}
