//! Hash tables shared by all workers: `$sht(table=>key)` and `KSR.htable`.
//!
//! Tables are declared in the configuration; their items are per tenant, in maps of their own: whoever looks
//! through a table looks at nobody else's. An item expires on its own time or the table's. The items of one
//! tenant are bounded, over all tables.

use super::rooms::Rooms;
use super::{Fold, OPERATOR, TenantId};
use crate::follow::Followers;
use crate::modules::config::{Htable, HtableTable};
use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::collections::HashMap;
use std::sync::Arc;

/// Parts of a table that are locked by themselves: whoever lists a large one must not keep it from workers.
const SHARDS: usize = 256;
/// The same of a tenant's share of a table.
const TENANT_SHARDS: usize = 4;

/// Bytes that a tenant's items may have, over all tables.
const TENANT_BYTES: usize = 16 << 20;
/// What an item costs beside its key and its text.
const ITEM_BYTES: usize = 96;

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
    // Both are locked inside an item's lock, never the other way round
    counts: Rooms,
    bytes: Rooms,
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
    operator: Items,
    tenants: DashMap<TenantId, Arc<Items>>,
}

type Items = DashMap<Box<[u8]>, Stored, Fold>;

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
                operator: items(SHARDS),
                tenants: DashMap::new(),
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
            counts: Rooms::new(config.max_items, config.max_items),
            bytes: Rooms::new(usize::MAX, TENANT_BYTES),
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
        self.get_table(id).each(|tenant, items| {
            for e in items.iter().filter(|e| e.is_live(now)) {
                f(tenant, e.key(), &e.item, e.expires);
            }
        });
    }

    /// An item as it is, with the second at which it expires.
    pub fn exported(&self, key: &ItemKey, now: u64) -> Option<(Item, u64)> {
        self.get_table(key.table)
            .find(key.tenant, &key.key, now, |found| (found.item.clone(), found.expires))
    }

    /// Puts an item in its place as another process had it, or (None) takes it away; false where the
    /// tenant has no room.
    pub fn import(&self, key: &ItemKey, item: Option<(Item, u64)>) -> bool {
        match item {
            Some((item, expires)) => {
                let table = self.get_table(key.table);
                table.of_or_new(key.tenant, |items| {
                    self.insert(items, key.tenant, &key.key, Stored { item, expires })
                })
            }
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
        let live = table.find(tenant, key, now, |stored| stored.item.clone());
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
        table.of_or_new(tenant, |items| {
            if let Some(mut stored) = items.get_mut(key) {
                if !self.resize(tenant, &stored.item, &item) {
                    return false;
                }
                if own.is_some() || table.config.updateexpire || !stored.is_live(now) {
                    stored.expires = until;
                }
                stored.item = item;
                return true;
            }
            self.insert(items, tenant, key, Stored { item, expires: until })
        })
    }

    /// Gives an item another time to live in seconds, 0 for ever; false where it is absent.
    pub fn set_expires(&self, tenant: TenantId, id: TableId, key: &[u8], seconds: u64, now: u64) -> bool {
        let found = self.get_table(id).of(tenant, |items| match items.get_mut(key) {
            Some(mut stored) if stored.is_live(now) => {
                stored.expires = if seconds == 0 { 0 } else { now.saturating_add(seconds) };
                true
            }
            _ => false,
        });
        self.changed(tenant, id, key);
        found == Some(true)
    }

    /// Seconds that an item has left, 0 for ever; None where it is absent.
    pub fn expires_in(&self, tenant: TenantId, id: TableId, key: &[u8], now: u64) -> Option<u64> {
        let left = |found: &Stored| found.expires.saturating_sub(now);
        self.get_table(id).find(tenant, key, now, left)
    }

    /// Removes an item; false where it was absent.
    pub fn remove(&self, tenant: TenantId, id: TableId, key: &[u8]) -> bool {
        let gone = self.get_table(id).of(tenant, |items| items.remove(key)).flatten();
        if let Some((key, stored)) = &gone {
            self.release(tenant, key, &stored.item);
            self.changed(tenant, id, key);
        }
        gone.is_some()
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
        table.of_or_new(tenant, |items| match items.entry(key.into()) {
            Entry::Occupied(mut entry) => {
                let stored = entry.get_mut();
                if !stored.is_live(now) {
                    let item = Item::Int(table.config.initval?);
                    // a number is no larger than what was there
                    self.resize(tenant, &stored.item, &item);
                    *stored = Stored { item, expires: until };
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
                let item = Item::Int(value);
                if !self.reserve(tenant, key, &item) {
                    return None;
                }
                entry.insert(Stored { item, expires: until });
                Some(value)
            }
        })
    }

    /// Does any item match? Equality on names is a direct lookup; everything else looks at every item.
    pub fn any(&self, tenant: TenantId, id: TableId, on: On, matcher: &Matcher, now: u64) -> bool {
        let table = self.get_table(id);
        match (on, matcher) {
            (On::Name, Matcher::Eq(key)) => table.has(tenant, key, now),
            _ => {
                let any = |items: &Items| items.iter().any(|e| matches(e.key(), e.value(), on, matcher, now));
                table.of(tenant, any) == Some(true)
            }
        }
    }

    /// How many items match.
    pub fn count_matching(&self, tenant: TenantId, id: TableId, on: On, matcher: &Matcher, now: u64) -> usize {
        let table = self.get_table(id);
        match (on, matcher) {
            (On::Name, Matcher::Eq(key)) => usize::from(table.has(tenant, key, now)),
            _ => {
                let fits = |items: &Items| {
                    items
                        .iter()
                        .filter(|e| matches(e.key(), e.value(), on, matcher, now))
                        .count()
                };
                table.of(tenant, fits).unwrap_or(0)
            }
        }
    }

    /// Removes what matches; how many.
    pub fn remove_matching(&self, tenant: TenantId, id: TableId, on: On, matcher: &Matcher, now: u64) -> usize {
        if let (On::Name, Matcher::Eq(key)) = (on, matcher) {
            return usize::from(self.remove(tenant, id, key));
        }
        let dropped = self.get_table(id).of(tenant, |items| {
            self.drop_where(tenant, items, |key, stored| {
                let gone = matches(key, stored, on, matcher, now);
                if gone {
                    self.changed(tenant, id, key);
                }
                gone
            })
        });
        dropped.unwrap_or(0)
    }

    /// How many items a tenant has in a table, expired ones that were not swept yet left out.
    pub fn count(&self, tenant: TenantId, id: TableId, now: u64) -> usize {
        let live = |items: &Items| items.iter().filter(|e| e.is_live(now)).count();
        self.get_table(id).of(tenant, live).unwrap_or(0)
    }

    /// The same for each tenant that has some, the operator's first.
    pub fn counts(&self, id: TableId, now: u64) -> Vec<(TenantId, usize)> {
        let mut all = Vec::new();
        self.get_table(id).each(|tenant, items| {
            let live = items.iter().filter(|e| e.is_live(now)).count();
            if live > 0 || tenant == OPERATOR {
                all.push((tenant, live));
            }
        });
        all
    }

    /// Drops all items of a tenant that is gone.
    pub(super) fn forget(&self, tenant: TenantId) {
        for table in &self.tables {
            table.tenants.remove(&tenant);
        }
        self.counts.forget(tenant);
        self.bytes.forget(tenant);
    }

    /// Removes all items of a tenant in a table; how many.
    pub fn clear(&self, tenant: TenantId, id: TableId) -> usize {
        let dropped = self.get_table(id).of(tenant, |items| {
            self.drop_where(tenant, items, |key, _| {
                self.changed(tenant, id, key);
                true
            })
        });
        dropped.unwrap_or(0)
    }

    /// Shows each item of a tenant (key, value, seconds left or 0 for ever) to `f`, which must not
    /// come back here.
    pub fn for_each(&self, tenant: TenantId, id: TableId, now: u64, mut f: impl FnMut(&[u8], &Item, u64)) {
        self.get_table(id).of(tenant, |items| {
            for e in items.iter().filter(|e| e.is_live(now)) {
                f(e.key(), &e.item, e.expires.saturating_sub(now));
            }
        });
    }

    /// The keys of a tenant's items, as an iterator of a script walks them.
    pub fn keys(&self, tenant: TenantId, id: TableId, now: u64) -> Vec<Bytes> {
        let mut keys = Vec::new();
        self.for_each(tenant, id, now, |key, _, _| keys.push(Bytes::copy_from_slice(key)));
        keys
    }

    /// Drops expired items; how many.
    pub fn expire(&self, now: u64) -> usize {
        let mut dropped = 0;
        for table in &self.tables {
            table.each(|tenant, items| dropped += self.drop_where(tenant, items, |_, stored| !stored.is_live(now)));
            // nobody else has it: it can be got only under the lock that is held here
            table
                .tenants
                .retain(|_, items| !items.is_empty() || Arc::strong_count(items) > 1);
        }
        dropped
    }

    // An id is only made by `table`, so its place exists
    fn get_table(&self, id: TableId) -> &Table {
        &self.tables[usize::from(id.0)]
    }

    fn insert(&self, items: &Items, tenant: TenantId, key: &[u8], stored: Stored) -> bool {
        match items.entry(key.into()) {
            Entry::Occupied(mut entry) => {
                let room = self.resize(tenant, &entry.get().item, &stored.item);
                if room {
                    entry.insert(stored);
                }
                room
            }
            Entry::Vacant(entry) => {
                let room = self.reserve(tenant, key, &stored.item);
                if room {
                    entry.insert(stored);
                }
                room
            }
        }
    }

    fn drop_where(&self, tenant: TenantId, items: &Items, mut gone: impl FnMut(&[u8], &Stored) -> bool) -> usize {
        let mut dropped = 0;
        items.retain(|key, stored| {
            let gone = gone(key, stored);
            if gone {
                dropped += 1;
                self.release(tenant, key, &stored.item);
            }
            !gone
        });
        dropped
    }

    /// Takes the room of a new item; false where the tenant has none.
    fn reserve(&self, tenant: TenantId, key: &[u8], item: &Item) -> bool {
        if !self.counts.take(tenant, 1) {
            return false;
        }
        let room = tenant == OPERATOR || self.bytes.take(tenant, cost(key, item));
        if !room {
            self.counts.give(tenant, 1);
        }
        room
    }

    /// Takes the room that another value of an item needs; false where the tenant has not as much.
    fn resize(&self, tenant: TenantId, old: &Item, new: &Item) -> bool {
        match cost(b"", new).checked_sub(cost(b"", old)) {
            // the operator's bytes are not counted: one number for all workers
            _ if tenant == OPERATOR => true,
            Some(more) => more == 0 || self.bytes.take(tenant, more),
            None => {
                self.bytes.give(tenant, cost(b"", old) - cost(b"", new));
                true
            }
        }
    }

    fn release(&self, tenant: TenantId, key: &[u8], item: &Item) {
        self.counts.give(tenant, 1);
        if tenant != OPERATOR {
            self.bytes.give(tenant, cost(key, item));
        }
    }
}

fn cost(key: &[u8], item: &Item) -> usize {
    let text = match item {
        Item::Int(_) => 0,
        Item::Str(text) => text.len(),
    };
    ITEM_BYTES + key.len() + text
}

impl Table {
    fn until(&self, own: Option<u64>, now: u64) -> u64 {
        match own.unwrap_or(self.config.autoexpire) {
            0 => 0,
            seconds => now.saturating_add(seconds),
        }
    }

    fn has(&self, tenant: TenantId, key: &[u8], now: u64) -> bool {
        self.find(tenant, key, now, |_| ()).is_some()
    }

    /// Lets `f` at an item that has not expired.
    fn find<R>(&self, tenant: TenantId, key: &[u8], now: u64, f: impl FnOnce(&Stored) -> R) -> Option<R> {
        let found = |items: &Items| items.get(key).filter(|s| s.is_live(now)).map(|s| f(&s));
        self.of(tenant, found).flatten()
    }

    /// Lets `f` at a tenant's items; None where it has none.
    fn of<R>(&self, tenant: TenantId, f: impl FnOnce(&Items) -> R) -> Option<R> {
        if tenant == OPERATOR {
            return Some(f(&self.operator));
        }
        let items = self.tenants.get(&tenant)?.clone();
        Some(f(&items))
    }

    /// The same; they are made where there are none.
    fn of_or_new<R>(&self, tenant: TenantId, f: impl FnOnce(&Items) -> R) -> R {
        if tenant == OPERATOR {
            return f(&self.operator);
        }
        let new = || Arc::new(items(TENANT_SHARDS));
        let items = self.tenants.entry(tenant).or_insert_with(new).clone();
        f(&items)
    }

    /// Lets `f` at the items of each tenant, the operator's first.
    fn each(&self, mut f: impl FnMut(TenantId, &Items)) {
        f(OPERATOR, &self.operator);
        // gathered first: a large share must not keep others from theirs
        let tenants: Vec<_> = self.tenants.iter().map(|e| (*e.key(), e.value().clone())).collect();
        tenants.iter().for_each(|(tenant, items)| f(*tenant, items));
    }
}

fn matches(key: &[u8], stored: &Stored, on: On, matcher: &Matcher, now: u64) -> bool {
    stored.is_live(now)
        && match (on, &stored.item) {
            (On::Name, _) => matcher.matches(key),
            (On::Value, Item::Str(text)) => matcher.matches(text),
            (On::Value, Item::Int(_)) => false,
        }
}

fn items(shards: usize) -> Items {
    DashMap::with_capacity_and_hasher_and_shard_amount(0, Fold::default(), shards)
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
