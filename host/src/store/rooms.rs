//! How much of something each tenant has: a bound of its own for each, so that one that fills its share
//! takes no room from the others.

use super::{OPERATOR, TenantId};
use dashmap::DashMap;

/// What is used, by tenant.
#[derive(Debug)]
pub(super) struct Rooms {
    used: DashMap<TenantId, usize>,
    /// The operator's bound, and that of each tenant.
    bounds: (usize, usize),
}

impl Rooms {
    pub fn new(operator: usize, tenant: usize) -> Rooms {
        Rooms {
            used: DashMap::new(),
            bounds: (operator, tenant),
        }
    }

    /// Takes some; false, and nothing is taken, where there is not as much.
    pub fn take(&self, tenant: TenantId, some: usize) -> bool {
        let mut used = self.used.entry(tenant).or_default();
        let sum = used.saturating_add(some);
        let room = sum <= self.bound(tenant);
        if room {
            *used = sum;
        }
        room
    }

    /// Whether there is room for so much more.
    pub fn has(&self, tenant: TenantId, some: usize) -> bool {
        self.used(tenant).saturating_add(some) <= self.bound(tenant)
    }

    /// Gives some back.
    pub fn give(&self, tenant: TenantId, some: usize) {
        if let Some(mut used) = self.used.get_mut(&tenant) {
            *used = used.saturating_sub(some);
        }
    }

    /// What a tenant uses.
    pub fn used(&self, tenant: TenantId) -> usize {
        self.used.get(&tenant).map_or(0, |used| *used)
    }

    /// A tenant is gone, with all that it had.
    pub fn forget(&self, tenant: TenantId) {
        self.used.remove(&tenant);
    }

    fn bound(&self, tenant: TenantId) -> usize {
        match tenant {
            OPERATOR => self.bounds.0,
            _ => self.bounds.1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_uses_the_room_of_another() {
        let rooms = Rooms::new(3, 2);
        assert_eq!((0..9).filter(|_| rooms.take(1, 1)).count(), 2);
        assert!(!rooms.has(1, 1) && rooms.has(2, 2) && !rooms.has(2, 3));
        assert_eq!((0..9).filter(|_| rooms.take(OPERATOR, 1)).count(), 3);
        rooms.give(1, 1);
        assert!(rooms.take(1, 1) && !rooms.take(1, 1));
        rooms.forget(1);
        assert_eq!(rooms.used(1), 0);
    }
}
