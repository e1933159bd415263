//! Hash tables shared by all workers: `$sht(table=>key)` and `KSR.htable`.
//!
//! Tables are declared in the configuration; their items are per tenant. An item expires on its own
//! time or the table's. The items of one tenant are bounded, over all tables.

use super::TenantId;
use super::key::{Key, Parts};
use crate::follow::Followers;
use crate::modules::config::{Htable, HtableTable};
use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::collections::HashMap;

/// Parts of a table that are locked by themselves: whoever lists a large one must not keep it from workers.
const SHARDS: usize = 256;

/// A value of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A number.
    Int(i64),
    /// Text.
    Str(Bytes),
}

/// A declared table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableId(u16);

/// How names or values are compared (`sht_match_name` and its kin).
#[derive(Debug)]
pub enum Matcher {
    /// Equal.
    Eq(Bytes),
    /// Not equal.
    Ne(Bytes),
    /// A regular expression finds something.
    Re(regex::bytes::Regex),
    /// Starts with.
    Sw(Bytes),
    /// Ends with.
    Ew(Bytes),
    /// Contains.
    In(Bytes),
}

/// What a [`Matcher`] is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The key.
    Name,
    /// The value, where it is text.
    Value,
}

/// All tables.
#[derive(Debug)]
pub struct Tables {
    names: HashMap<String, TableId>,
    tables: Vec<Table>,
    // Locked inside an item's lock, never the other way round
    counts: DashMap<TenantId, usize>,
    max_items: usize,
    /// Who else is told which items changed.
    followers: Followers<ItemKey, ()>,
}

/// Names an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemKey {
    /// The table.
    pub table: TableId,
    /// Whose.
    pub tenant: TenantId,
    /// Its key.
    pub key: Bytes,
}

#[derive(Debug)]
struct Table {
    name: String,
    config: HtableTable,
    items: DashMap<Key, Stored>,
}

#[derive(Clone, Debug)]
struct Stored {
    item: Item,
    /// Seconds since 1970, 0 for never.
    expires: u64,
}

impl Stored {
    fn is_live(&self, now: u64) -> bool {
        self.expires == 0 || self.expires > now
    }
}

impl Matcher {
    /// Reads an operator (`eq`, `ne`, `re`, `sw`, `ew`, `in`); None for an unknown one or a bad or
    /// too big expression.
    pub fn new(op: &str, pattern: &[u8]) -> Option<Matcher> {
        let text = || Bytes::copy_from_slice(pattern);
        Some(match op {
            "eq" => Matcher::Eq(text()),
            "ne" => Matcher::Ne(text()),
            "sw" => Matcher::Sw(text()),
            "ew" => Matcher::Ew(text()),
            "in" => Matcher::In(text()),
            "re" => Matcher::Re(
                regex::bytes::RegexBuilder::new(std::str::from_utf8(pattern).ok()?)
                    .size_limit(1 << 20)
                    .build()
                    .ok()?,
            ),
            _ => return None,
        })
    }

    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Matcher::Eq(p) => text == p,
            Matcher::Ne(p) => text != p,
            Matcher::Sw(p) => text.starts_with(p),
            Matcher::Ew(p) => text.ends_with(p),
            Matcher::In(p) => memchr::memmem::find(text, p).is_some(),
            Matcher::Re(re) => re.is_match(text),
        }
    }
}

impl Default for Tables {
    fn default() -> Tables {
        Tables::new(&Htable::default())
    }
}

impl Tables {
    /// The declared tables, empty.
    pub fn new(config: &Htable) -> Tables {
        let tables: Vec<_> = config
            .table
            .iter()
            .map(|(name, config)| Table {
                name: name.clone(),
                config: config.clone(),
                items: DashMap::with_shard_amount(SHARDS),
            })
            .collect();
        // More than 65,535 tables cannot be declared by hand; the rest would not be found
        let names = tables
            .iter()
            .zip(0u16..)
            .map(|(t, i)| (t.name.clone(), TableId(i)))
            .collect();
        Tables {
            names,
            tables,
            counts: DashMap::new(),
            max_items: config.max_items,
            followers: Followers::default(),
        }
    }

    /// Those who are told which items changed, but not of the end of an item's time.
    pub fn followers(&self) -> &Followers<ItemKey, ()> {
        &self.followers
    }

    fn changed(&self, tenant: TenantId, table: TableId, key: &[u8]) {
        if self.followers.is_any() {
            let key = ItemKey {
                table,
                tenant,
                key: Bytes::copy_from_slice(key),
            };
            self.followers.tell(key, None);
        }
    }

    /// The name of a table.
    pub fn name(&self, id: TableId) -> &str {
        &self.get_table(id).name
    }

    /// Shows each item of all tenants (with the second at which it expires, 0 for never) to `f`, which
    /// must not come back here.
    pub fn export(&self, id: TableId, now: u64, mut f: impl FnMut(TenantId, &[u8], &Item, u64)) {
        for e in self.get_table(id).items.iter().filter(|e| e.is_live(now)) {
            f(e.key().tenant, &e.key().name, &e.item, e.expires);
        }
    }

    /// An item as it is, with the second at which it expires.
    pub fn exported(&self, key: &ItemKey, now: u64) -> Option<(Item, u64)> {
        let found = self
            .get_table(key.table)
            .items
            .get(&(key.tenant, &key.key[..]) as &dyn Parts)?;
        found.is_live(now).then(|| (found.item.clone(), found.expires))
    }

    /// Puts an item in its place as another process had it, or (None) takes it away; false where the
    /// tenant has no room.
    pub fn import(&self, key: &ItemKey, item: Option<(Item, u64)>) -> bool {
        match item {
            Some((item, expires)) => self.insert(
                self.get_table(key.table),
                key.tenant,
                &key.key,
                Stored { item, expires },
            ),
            None => {
                self.remove(key.tenant, key.table, &key.key);
                true
            }
        }
    }

    /// A table by its name.
    pub fn table(&self, name: &str) -> Option<TableId> {
        self.names.get(name).copied()
    }

    /// The declared names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|t| t.name.as_str())
    }

    /// What the configuration says of a table.
    pub fn config(&self, id: TableId) -> &HtableTable {
        &self.get_table(id).config
    }

    /// What a tenant has in a table now, for a list: key, value, seconds left or 0 for ever.
    pub fn snapshot(&self, tenant: TenantId, id: TableId, now: u64) -> Vec<(Box<[u8]>, Item, u64)> {
        let mut items = Vec::new();
        self.for_each(tenant, id, now, |key, item, left| {
            items.push((key.into(), item.clone(), left))
        });
        items
    }

    /// The value that an absent item has, where the table declares one.
    pub fn initval(&self, id: TableId) -> Option<i64> {
        self.get_table(id).config.initval
    }

    /// An item; the table's `initval` where it is absent and the table has one.
    pub fn get(&self, tenant: TenantId, id: TableId, key: &[u8], now: u64) -> Option<Item> {
        let table = self.get_table(id);
        let found = table.items.get(&(tenant, key) as &dyn Parts);
        let live = found.filter(|s| s.is_live(now)).map(|s| s.item.clone());
        live.or(table.config.initval.map(Item::Int))
    }

    /// Sets an item, for `expires` seconds (None or 0: the table's `autoexpire`). False where the
    /// tenant has no room for a new one.
    pub fn set(&self, tenant: TenantId, id: TableId, key: &[u8], item: Item, expires: Option<u64>, now: u64) -> bool {
        let done = self.put(tenant, id, key, item, expires, now);
        self.changed(tenant, id, key);
        done
    }

    fn put(&self, tenant: TenantId, id: TableId, key: &[u8], item: Item, expires: Option<u64>, now: u64) -> bool {
        let table = self.get_table(id);
        let own = expires.filter(|e| *e > 0);
        let until = table.until(own, now);
        if let Some(mut stored) = table.items.get_mut(&(tenant, key) as &dyn Parts) {
            if own.is_some() || table.config.updateexpire || !stored.is_live(now) {
                stored.expires = until;
            }
            stored.item = item;
            return true;
        }
        self.insert(table, tenant, key, Stored { item, expires: until })
    }

    /// Gives an item another time to live in seconds, 0 for ever; false where it is absent.
    pub fn set_expires(&self, tenant: TenantId, id: TableId, key: &[u8], seconds: u64, now: u64) -> bool {
        let found = match self.get_table(id).items.get_mut(&(tenant, key) as &dyn Parts) {
            Some(mut stored) if stored.is_live(now) => {
                stored.expires = if seconds == 0 { 0 } else { now.saturating_add(seconds) };
                true
            }
            _ => false,
        };
        self.changed(tenant, id, key);
        found
    }

    /// Seconds that an item has left, 0 for ever; None where it is absent.
    pub fn expires_in(&self, tenant: TenantId, id: TableId, key: &[u8], now: u64) -> Option<u64> {
        let found = self.get_table(id).items.get(&(tenant, key) as &dyn Parts)?;
        found.is_live(now).then(|| found.expires.saturating_sub(now))
    }

    /// Removes an item; false where it was absent.
    pub fn remove(&self, tenant: TenantId, id: TableId, key: &[u8]) -> bool {
        let gone = self.get_table(id).items.remove(&(tenant, key) as &dyn Parts).is_some();
        if gone {
            self.release(tenant, 1);
            self.changed(tenant, id, key);
        }
        gone
    }

    /// Adds one at once, also against other workers; the new value. None where the item is text, or
    /// absent in a table without `initval`, as in Kamailio.
    pub fn inc(&self, tenant: TenantId, id: TableId, key: &[u8], now: u64) -> Option<i64> {
        self.add(tenant, id, key, 1, now)
    }

    /// Subtracts one; see [`Tables::inc`].
    pub fn dec(&self, tenant: TenantId, id: TableId, key: &[u8], now: u64) -> Option<i64> {
        self.add(tenant, id, key, -1, now)
    }

    /// Adds to a number; see [`Tables::inc`].
    pub fn add(&self, tenant: TenantId, id: TableId, key: &[u8], delta: i64, now: u64) -> Option<i64> {
        let sum = self.sum(tenant, id, key, delta, now);
        self.changed(tenant, id, key);
        sum
    }

    fn sum(&self, tenant: TenantId, id: TableId, key: &[u8], delta: i64, now: u64) -> Option<i64> {
        let table = self.get_table(id);
        let until = table.until(None, now);
        match table.items.entry(Key::new(tenant, key)) {
            Entry::Occupied(mut entry) => {
                let stored = entry.get_mut();
                if !stored.is_live(now) {
                    *stored = Stored {
                        item: Item::Int(table.config.initval?),
                        expires: until,
                    };
                } else if table.config.updateexpire {
                    stored.expires = until;
                }
                let Item::Int(value) = &mut stored.item else {
                    return None;
                };
                *value = value.saturating_add(delta);
                Some(*value)
            }
            Entry::Vacant(entry) => {
                let value = table.config.initval?.saturating_add(delta);
                if !self.reserve(tenant) {
                    return None;
                }
                entry.insert(Stored {
                    item: Item::Int(value),
                    expires: until,
                });
                Some(value)
            }
        }
    }

    /// Does any item match? Equality on names is a direct lookup; everything else looks at every item.
    pub fn any(&self, tenant: TenantId, id: TableId, on: On, matcher: &Matcher, now: u64) -> bool {
        let table = self.get_table(id);
        match (on, matcher) {
            (On::Name, Matcher::Eq(key)) => table.has(tenant, key, now),
            _ => table
                .items
                .iter()
                .any(|e| matches(e.key(), e.value(), tenant, on, matcher, now)),
        }
    }

    /// How many items match.
    pub fn count_matching(&self, tenant: TenantId, id: TableId, on: On, matcher: &Matcher, now: u64) -> usize {
        let table = self.get_table(id);
        match (on, matcher) {
            (On::Name, Matcher::Eq(key)) => usize::from(table.has(tenant, key, now)),
            _ => table
                .items
                .iter()
                .filter(|e| matches(e.key(), e.value(), tenant, on, matcher, now))
                .count(),
        }
    }

    /// Removes what matches; how many.
    pub fn remove_matching(&self, tenant: TenantId, id: TableId, on: On, matcher: &Matcher, now: u64) -> usize {
        if let (On::Name, Matcher::Eq(key)) = (on, matcher) {
            return usize::from(self.remove(tenant, id, key));
        }
        self.drop_where(self.get_table(id), |key, stored| {
            let gone = matches(key, stored, tenant, on, matcher, now);
            if gone {
                self.changed(tenant, id, &key.name);
            }
            gone
        })
    }

    /// How many items a tenant has in a table, expired ones that were not swept yet left out.
    pub fn count(&self, tenant: TenantId, id: TableId, now: u64) -> usize {
        self.get_table(id)
            .items
            .iter()
            .filter(|e| e.key().tenant == tenant && e.is_live(now))
            .count()
    }

    /// Removes all items of a tenant in a table; how many.
    pub fn clear(&self, tenant: TenantId, id: TableId) -> usize {
        self.drop_where(self.get_table(id), |key, _| {
            let gone = key.tenant == tenant;
            if gone {
                self.changed(tenant, id, &key.name);
            }
            gone
        })
    }

    /// Shows each item of a tenant (key, value, seconds left or 0 for ever) to `f`, which must not
    /// come back here.
    pub fn for_each(&self, tenant: TenantId, id: TableId, now: u64, mut f: impl FnMut(&[u8], &Item, u64)) {
        for e in self
            .get_table(id)
            .items
            .iter()
            .filter(|e| e.key().tenant == tenant && e.is_live(now))
        {
            f(&e.key().name, &e.item, e.expires.saturating_sub(now));
        }
    }

    /// The keys of a tenant's items, as an iterator of a script walks them.
    pub fn keys(&self, tenant: TenantId, id: TableId, now: u64) -> Vec<Bytes> {
        let mut keys = Vec::new();
        self.for_each(tenant, id, now, |key, _, _| keys.push(Bytes::copy_from_slice(key)));
        keys
    }

    /// Drops expired items; how many.
    pub fn expire(&self, now: u64) -> usize {
        self.tables
            .iter()
            .map(|t| self.drop_where(t, |_, stored| !stored.is_live(now)))
            .sum()
    }

    // An id is only made by `table`, so its place exists
    fn get_table(&self, id: TableId) -> &Table {
        &self.tables[usize::from(id.0)]
    }

    fn insert(&self, table: &Table, tenant: TenantId, key: &[u8], stored: Stored) -> bool {
        match table.items.entry(Key::new(tenant, key)) {
            Entry::Occupied(mut entry) => {
                entry.insert(stored);
                true
            }
            Entry::Vacant(entry) => {
                let room = self.reserve(tenant);
                if room {
                    entry.insert(stored);
                }
                room
            }
        }
    }

    fn drop_where(&self, table: &Table, mut gone: impl FnMut(&Key, &Stored) -> bool) -> usize {
        let mut dropped = 0;
        table.items.retain(|key, stored| {
            let gone = gone(key, stored);
            if gone {
                dropped += 1;
                self.release(key.tenant, 1);
            }
            !gone
        });
        dropped
    }

    fn reserve(&self, tenant: TenantId) -> bool {
        let mut count = self.counts.entry(tenant).or_default();
        let room = *count < self.max_items;
        *count += usize::from(room);
        room
    }

    fn release(&self, tenant: TenantId, items: usize) {
        if let Some(mut count) = self.counts.get_mut(&tenant) {
            *count = count.saturating_sub(items);
        }
    }
}

impl Table {
    fn until(&self, own: Option<u64>, now: u64) -> u64 {
        match own.unwrap_or(self.config.autoexpire) {
            0 => 0,
            seconds => now.saturating_add(seconds),
        }
    }

    fn has(&self, tenant: TenantId, key: &[u8], now: u64) -> bool {
        self.items
            .get(&(tenant, key) as &dyn Parts)
            .is_some_and(|s| s.is_live(now))
    }
}

fn matches(key: &Key, stored: &Stored, tenant: TenantId, on: On, matcher: &Matcher, now: u64) -> bool {
    key.tenant == tenant
        && stored.is_live(now)
        && match (on, &stored.item) {
            (On::Name, _) => matcher.matches(&key.name),
            (On::Value, Item::Str(text)) => matcher.matches(text),
            (On::Value, Item::Int(_)) => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> (Tables, TableId, TableId) {
        let mut config = Htable {
            max_items: 3,
            ..Htable::default()
        };
        config.table.insert(
            "ban".into(),
            HtableTable {
                autoexpire: 300,
                ..HtableTable::default()
            },
        );
        config.table.insert(
            "n".into(),
            HtableTable {
                autoexpire: 10,
                initval: Some(0),
                updateexpire: false,
                ..HtableTable::default()
            },
        );
        let tables = Tables::new(&config);
        let (ban, n) = (
            tables.table("ban").expect("declared"),
            tables.table("n").expect("declared"),
        );
        (tables, ban, n)
    }

    fn text(s: &str) -> Item {
        Item::Str(Bytes::copy_from_slice(s.as_bytes()))
    }

    #[test]
    fn items_expire_by_the_table_or_on_their_own() {
        let (t, ban, _) = tables();
        assert!(t.table("other").is_none());
        assert!(t.set(0, ban, b"a", Item::Int(1), None, 100));
        assert!(t.set(0, ban, b"b", text("x"), Some(5), 100));
        assert_eq!(t.get(0, ban, b"a", 399), Some(Item::Int(1)));
        assert_eq!(t.get(0, ban, b"a", 400), None);
        assert_eq!(t.expires_in(0, ban, b"b", 103), Some(2));
        assert_eq!(t.get(0, ban, b"b", 105), None);
        assert_eq!(t.get(7, ban, b"a", 100), None, "another tenant's");
        assert!(t.set_expires(0, ban, b"a", 0, 100));
        assert_eq!(t.expire(100_000), 1);
        assert_eq!(t.expires_in(0, ban, b"a", 100_000), Some(0));
    }

    #[test]
    fn counters_start_at_the_initial_value_and_keep_their_time() {
        let (t, ban, n) = tables();
        assert_eq!(t.get(0, n, b"k", 0), Some(Item::Int(0)));
        assert_eq!(t.inc(0, n, b"k", 100), Some(1));
        assert_eq!(t.inc(0, n, b"k", 105), Some(2));
        assert_eq!(
            t.inc(0, n, b"k", 110),
            Some(1),
            "expired, not prolonged: updateexpire is off"
        );
        assert_eq!(t.dec(0, n, b"k", 110), Some(0));
        assert_eq!(t.inc(0, ban, b"k", 100), None, "no initial value");
        t.set(0, ban, b"t", text("x"), None, 100);
        assert_eq!(t.inc(0, ban, b"t", 100), None, "text");
    }

    #[test]
    fn matching_counts_and_removes() {
        let (t, ban, _) = tables();
        t.set(0, ban, b"10.0.0.1", text("scanner"), None, 0);
        t.set(0, ban, b"10.0.0.2", Item::Int(1), None, 0);
        let m = |op, p: &str| Matcher::new(op, p.as_bytes()).expect("valid");
        assert!(t.any(0, ban, On::Name, &m("eq", "10.0.0.1"), 0));
        assert!(!t.any(0, ban, On::Name, &m("eq", "10.0.0"), 0));
        assert_eq!(t.count_matching(0, ban, On::Name, &m("sw", "10.0"), 0), 2);
        assert_eq!(t.count_matching(0, ban, On::Name, &m("ew", ".2"), 0), 1);
        assert_eq!(t.count_matching(0, ban, On::Value, &m("re", "^scan"), 0), 1);
        assert_eq!(t.count_matching(0, ban, On::Value, &m("ne", "x"), 0), 1);
        assert_eq!(t.count_matching(1, ban, On::Name, &m("in", "0"), 0), 0);
        assert!(Matcher::new("re", b"(").is_none());
        assert!(Matcher::new("like", b"x").is_none());
        assert_eq!(t.remove_matching(0, ban, On::Name, &m("in", ".0."), 0), 2);
        assert_eq!(t.count(0, ban, 0), 0);
    }

    #[test]
    fn a_tenant_has_so_many_items_and_no_more() {
        let (t, ban, n) = tables();
        assert!(t.set(1, ban, b"a", Item::Int(1), None, 0));
        assert!(t.set(1, ban, b"b", Item::Int(1), None, 0));
        assert_eq!(t.inc(1, n, b"c", 0), Some(1));
        assert!(!t.set(1, ban, b"d", Item::Int(1), None, 0));
        assert_eq!(t.inc(1, n, b"d", 0), None);
        assert!(
            t.set(1, ban, b"a", Item::Int(2), None, 0),
            "an existing item can be changed"
        );
        assert!(
            t.set(2, ban, b"d", Item::Int(1), None, 0),
            "another tenant has its own room"
        );
        assert!(t.remove(1, ban, b"a"));
        assert!(t.set(1, ban, b"d", Item::Int(1), None, 0));
        assert_eq!(t.clear(1, ban), 2);
        assert_eq!(t.keys(2, ban, 0), [Bytes::from("d")]);
    }
}
