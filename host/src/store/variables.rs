//! `$shv(name)`: variables shared by all workers, one world a tenant.

use super::TenantId;
use super::key::{Key, Parts};
use crate::follow::Followers;
use crate::route::Value;
use bytes::Bytes;
use dashmap::DashMap;

/// How many all tenants together may have.
const MAX_VARIABLES: usize = 65_536;

/// All shared variables.
#[derive(Debug, Default)]
pub struct Variables {
    values: DashMap<Key, Value>,
    /// Who else is told which changed.
    followers: Followers<(TenantId, Bytes), ()>,
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
            self.values.remove(&(tenant, name) as &dyn Parts);
            return true;
        }
        if let Some(mut known) = self.values.get_mut(&(tenant, name) as &dyn Parts) {
            *known = value;
            return true;
        }
        // two workers at once may go over by one each: the bound is against growth without end
        let room = self.values.len() < MAX_VARIABLES;
        if room {
            self.values.insert(Key::new(tenant, name), value);
        }
        room
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
        if self.values.len() >= MAX_VARIABLES && !self.values.contains_key(&(tenant, name) as &dyn Parts) {
            return None;
        }
        let mut value = self.values.entry(Key::new(tenant, name)).or_insert(Value::Int(0));
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
}
