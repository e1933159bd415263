//! `$shv(name)`: variables shared by all workers, one world a tenant.

use super::TenantId;
use super::key::{Key, Parts};
use super::rooms::Rooms;
use crate::follow::Followers;
use crate::route::Value;
use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

/// How many the operator may have.
const MAX_VARIABLES: usize = 65_536;
/// How many each tenant may have.
const TENANT_VARIABLES: usize = 1_024;

/// All shared variables.
#[derive(Debug)]
pub struct Variables {
    values: DashMap<Key, Value>,
    // taken from inside a variable's lock, never the other way round
    rooms: Rooms,
    /// Who else is told which changed.
    followers: Followers<(TenantId, Bytes), ()>,
}

impl Default for Variables {
    fn default() -> Variables {
        Variables {
            values: DashMap::new(),
            rooms: Rooms::new(MAX_VARIABLES, TENANT_VARIABLES),
            followers: Followers::default(),
        }
    }
}

impl Variables {
    /// The value; null while unset.
    pub fn get(&self, tenant: TenantId, name: &[u8]) -> Value {
        self.values
            .get(&(tenant, name) as &dyn Parts)
            .map(|value| value.clone())
            .unwrap_or_default()
    }

    /// Those who are told which changed.
    pub fn followers(&self) -> &Followers<(TenantId, Bytes), ()> {
        &self.followers
    }

    /// Shows each to `f`, which must not come back here.
    pub fn for_each(&self, mut f: impl FnMut(TenantId, &[u8], &Value)) {
        for entry in &self.values {
            f(entry.key().tenant, &entry.key().name, entry.value());
        }
    }

    fn changed(&self, tenant: TenantId, name: &[u8]) {
        if self.followers.is_any() {
            self.followers.tell((tenant, Bytes::copy_from_slice(name)), None);
        }
    }

    /// Sets or, by null, unsets it. False where there are too many.
    pub fn set(&self, tenant: TenantId, name: &[u8], value: Value) -> bool {
        let done = self.put(tenant, name, value);
        self.changed(tenant, name);
        done
    }

    fn put(&self, tenant: TenantId, name: &[u8], value: Value) -> bool {
        if value.is_null() {
            if self.values.remove(&(tenant, name) as &dyn Parts).is_some() {
                self.rooms.give(tenant, 1);
            }
            return true;
        }
        if let Some(mut known) = self.values.get_mut(&(tenant, name) as &dyn Parts) {
            *known = value;
            return true;
        }
        match self.values.entry(Key::new(tenant, name)) {
            Entry::Occupied(mut entry) => drop(entry.insert(value)),
            Entry::Vacant(_) if !self.rooms.take(tenant, 1) => return false,
            Entry::Vacant(entry) => drop(entry.insert(value)),
        }
        true
    }

    /// Drops all variables of a tenant.
    pub(super) fn forget(&self, tenant: TenantId) {
        if self.rooms.used(tenant) == 0 {
            return;
        }
        self.values.retain(|key, _| key.tenant != tenant);
        self.rooms.forget(tenant);
    }

    /// All variables of a tenant, by name.
    pub fn list(&self, tenant: TenantId) -> Vec<(Box<[u8]>, Value)> {
        let own = self.values.iter().filter(|entry| entry.key().tenant == tenant);
        let mut all: Vec<_> = own
            .map(|entry| (entry.key().name.clone(), entry.value().clone()))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Adds to a number, at once for all workers; what is unset or text counts as 0. None where
    /// there are too many.
    pub fn add(&self, tenant: TenantId, name: &[u8], delta: i64) -> Option<i64> {
        let mut value = match self.values.entry(Key::new(tenant, name)) {
            Entry::Occupied(entry) => entry.into_ref(),
            Entry::Vacant(_) if !self.rooms.take(tenant, 1) => return None,
            Entry::Vacant(entry) => entry.insert(Value::Int(0)),
        };
        let sum = match *value {
            Value::Int(number) => number.saturating_add(delta),
            _ => delta,
        };
        *value = Value::Int(sum);
        drop(value);
        self.changed(tenant, name);
        Some(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_have_worlds_of_their_own() {
        let variables = Variables::default();
        assert_eq!(variables.get(0, b"x"), Value::Null);
        assert!(variables.set(0, b"x", Value::Int(4)));
        assert_eq!(variables.add(0, b"x", 1), Some(5));
        assert_eq!(variables.get(0, b"x"), Value::Int(5));
        assert_eq!(variables.get(1, b"x"), Value::Null);
        assert_eq!(variables.add(1, b"x", -1), Some(-1));
        assert!(variables.set(0, b"x", Value::Null));
        assert_eq!(variables.get(0, b"x"), Value::Null);
    }

    #[test]
    fn a_tenant_has_room_of_its_own() {
        let variables = Variables::default();
        let set = |tenant, n: usize| variables.set(tenant, n.to_string().as_bytes(), Value::Int(1));
        assert_eq!(
            (0..2 * TENANT_VARIABLES).filter(|n| set(1, *n)).count(),
            TENANT_VARIABLES
        );
        assert_eq!(variables.add(1, b"one more", 1), None);
        assert!(set(0, 1) && set(2, 1));
        assert!(variables.set(1, b"7", Value::Null) && set(1, TENANT_VARIABLES));
        variables.forget(1);
        assert_eq!(variables.list(1), []);
        assert!(set(1, 1) && variables.list(2).len() == 1);
    }
}
