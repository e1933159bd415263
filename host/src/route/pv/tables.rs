//! `$sht` and its kin on hash tables, `$shv`: shared by all workers, one world a tenant.

use super::Read;
use super::names::TableOp;
use super::read::now;
use super::spec::Text;
use crate::route::{Route, Value, core};
use crate::store::htable::{Item, Matcher, On, TableId};
use crate::store::{Tables, TenantId};
use crate::tenant::grants::id;
use std::borrow::Cow;

impl Route {
    /// Reads an item, or changes it and reads it (`$shtinc`). Null where the table is unknown.
    pub fn read_table(&self, op: TableOp, table: &Text, key: &Text) -> Read<'_> {
        let Some(key) = self.text(key) else { return Read::Null };
        let (id, function) = reads(op);
        if !self.may_use_table(id, function) {
            return Read::Null;
        }
        self.on_table(table, |tables, tenant, id, now| match op {
            TableOp::Value => item(tables.get(tenant, id, &key, now)),
            TableOp::Expire => tables.expires_in(tenant, id, &key, now).map_or(Read::Null, seconds),
            TableOp::Increment => tables.inc(tenant, id, &key, now).map_or(Read::Null, Read::Int),
            TableOp::Decrement => tables.dec(tenant, id, &key, now).map_or(Read::Null, Read::Int),
            TableOp::CountNames => count(tables, tenant, id, On::Name, &key, now),
            TableOp::CountValues => count(tables, tenant, id, On::Value, &key, now),
        })
        .unwrap_or_default()
    }

    /// Sets an item or its time to live; null removes the item.
    pub fn write_table(&mut self, op: TableOp, table: &Text, key: &Text, value: Value) -> bool {
        let Some(key) = self.text(key) else { return false };
        let (function_id, function) = writes(op, &value);
        if !self.may_use_table(function_id, function) {
            return false;
        }
        let written = self.on_table(table, |tables, tenant, id, now| match (op, value) {
            (TableOp::Value, Value::Null) => {
                tables.remove(tenant, id, &key);
                true
            }
            (TableOp::Value, Value::Int(number)) => tables.set(tenant, id, &key, Item::Int(number), None, now),
            (TableOp::Value, Value::Str(text)) => tables.set(tenant, id, &key, Item::Str(text), None, now),
            (TableOp::Expire, Value::Int(left)) => match u64::try_from(left) {
                Ok(left) => tables.set_expires(tenant, id, &key, left, now),
                Err(_) => false,
            },
            _ => false,
        });
        written.unwrap_or(false)
    }

    fn on_table<R>(&self, table: &Text, act: impl FnOnce(&Tables, TenantId, TableId, u64) -> R) -> Option<R> {
        let table = self.text(table)?;
        let table = std::str::from_utf8(&table).ok()?;
        let now = now();
        let done = core::with(|core| {
            let tables = &core.shared.store.tables;
            let id = tables.table(table)?;
            let whose = self.owner_of_table(table.as_bytes());
            Some(act(tables, whose, id, now))
        });
        if done.is_none() {
            self.script_error(format_args!("no hash table {table:?} is configured"));
        }
        done
    }

    /// `$shv(name)`, 0 while unset.
    pub fn read_shared(&self, name: &Text) -> Read<'_> {
        let Some(name) = self.text(name) else { return Read::Null };
        match core::with(|core| core.shared.store.variables.get(self.tenant, &name)) {
            Value::Null => Read::Int(0),
            value => Read::of(&value).into_owned(),
        }
    }

    /// `$shvinc(name)`: adds one, then reads.
    pub fn add_shared(&self, name: &Text) -> Read<'_> {
        let Some(name) = self.text(name) else { return Read::Null };
        core::with(|core| core.shared.store.variables.add(self.tenant, &name, 1)).map_or(Read::Null, Read::Int)
    }

    /// Sets `$shv(name)`; null unsets it.
    pub fn write_shared(&mut self, name: &Text, value: Value) -> bool {
        let Some(name) = self.text(name).map(Cow::into_owned) else {
            return false;
        };
        core::with(|core| core.shared.store.variables.set(self.tenant, &name, value))
    }
}

/// The function of htable that does what reading does, and its id: who may not call it may not read either.
fn reads(op: TableOp) -> (u32, &'static str) {
    const GET: u32 = id("htable.sht_get");
    const INC: u32 = id("htable.sht_inc");
    const DEC: u32 = id("htable.sht_dec");
    const COUNT: u32 = id("htable.sht_cn");
    match op {
        TableOp::Value | TableOp::Expire => (GET, "KSR.htable.sht_get"),
        TableOp::Increment => (INC, "KSR.htable.sht_inc"),
        TableOp::Decrement => (DEC, "KSR.htable.sht_dec"),
        TableOp::CountNames | TableOp::CountValues => (COUNT, "KSR.htable.sht_cn"),
    }
}

/// The same for writing.
fn writes(op: TableOp, value: &Value) -> (u32, &'static str) {
    const SET: u32 = id("htable.sht_sets");
    const SET_NUMBER: u32 = id("htable.sht_seti");
    const REMOVE: u32 = id("htable.sht_rm");
    const EXPIRE: u32 = id("htable.sht_setex");
    match (op, value) {
        (TableOp::Value, Value::Null) => (REMOVE, "KSR.htable.sht_rm"),
        (TableOp::Value, Value::Int(_)) => (SET_NUMBER, "KSR.htable.sht_seti"),
        (TableOp::Expire, _) => (EXPIRE, "KSR.htable.sht_setex"),
        _ => (SET, "KSR.htable.sht_sets"),
    }
}

fn item(item: Option<Item>) -> Read<'static> {
    match item {
        None => Read::Null,
        Some(Item::Int(number)) => Read::Int(number),
        Some(Item::Str(text)) => Read::owned(text),
    }
}

fn seconds(left: u64) -> Read<'static> {
    Read::Int(i64::try_from(left).unwrap_or(i64::MAX))
}

/// `$shtcn`, `$shtcv`: an expression, after Kamailio's `~~`, `~%` and `==` which say how it is meant.
fn count(tables: &Tables, tenant: TenantId, id: TableId, on: On, pattern: &[u8], now: u64) -> Read<'static> {
    let (op, pattern) = match pattern.split_at_checked(2) {
        Some((b"~~", rest)) => ("re", rest),
        Some((b"~%", rest)) => ("sw", rest),
        Some((b"==" | b"eq", rest)) => ("eq", rest),
        Some((b"ne", rest)) => ("ne", rest),
        Some((b"re", rest)) => ("re", rest),
        Some((b"sw", rest)) => ("sw", rest),
        _ => ("eq", pattern),
    };
    Matcher::new(op, pattern).map_or(Read::Null, |matcher| {
        Read::length(tables.count_matching(tenant, id, on, &matcher, now))
    })
}
