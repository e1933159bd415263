//! `htable.*`: the items of `$sht` tables.

use super::{Native, TENANT, lossy, owner, table};
use crate::admin::chunks::Chunks;
use crate::admin::method::{Kind, Param};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::{Item, TableId, Tables, unix_now};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

/// Items of one entry in a dump.
const ENTRY: usize = 64;

const TABLE: Param = Param::new("table", Kind::Text, "the table's name");
const KEY: Param = Param::new("key", Kind::Text, "the item's key");
const TEXT: Param = Param::new("value", Kind::Text, "the new value");
const NUMBER: Param = Param::new("value", Kind::Int, "the new value");
const EXPIRE: Param = Param::new("expire", Kind::Int, "seconds that it lives, 0 for ever");

pub(super) static METHODS: &[Native] = table! {
    Value "htable.get"(TABLE, KEY, TENANT) => get:
        "One item.", "`item` with `name`, `value`, `type` (`int` or `str`), `expire` (seconds, or `NEVER`)",
        "`flags` for the type; a missing table or key is error 500 there, 404 here";
    Value "htable.sets"(TABLE, KEY, TEXT, TENANT) => sets: "Sets an item to a text.", "a text";
    Value "htable.seti"(TABLE, KEY, NUMBER, TENANT) => seti: "Sets an item to a number.", "a text", "what is no number is 0 there";
    Value "htable.setxs"(TABLE, KEY, TEXT, EXPIRE, TENANT) => setxs: "Sets an item to a text for some time.", "a text";
    Value "htable.setxi"(TABLE, KEY, NUMBER, EXPIRE, TENANT) => setxi: "Sets an item to a number for some time.", "a text";
    Value "htable.setex"(TABLE, KEY, EXPIRE, TENANT) => setex: "Gives an item another time to live.", "a text";
    Value "htable.delete"(TABLE, KEY, TENANT) => delete: "Removes an item.", "a text; error 404 where there is none";
    Value "htable.flush"(TABLE, TENANT) => flush: "Removes all items of a table.", "a text";
    Value "htable.listTables"() => list:
        "The tables of the configuration.", "a list of `name`, `expire`, `updateexpire`, `initval` (null for none)",
        "the columns of its database and of its slots besides";
    Value "htable.stats"(TENANT) => stats: "How many items each table has.", "a list of `name`, `all`", "slots besides";
};

pub(super) static LARGE: &[Native] = table! {
    Large "htable.dump"(TABLE, TENANT) => dump:
        "All items of a table.", "a list of `entry`, `size`, `slot`: a list of `name`, `value`, `type`",
        "an entry is a slot of its hash table; here it is 64 items, in no order";
};

async fn get(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let (table, key, now) = (find(tables, &call)?, call.text(1), unix_now());
    let tenant = owner(&shared, &call, 2)?;
    let Some(item) = tables.get(tenant, table, key.as_bytes(), now) else {
        return Err(Failure::new(404, "Key name doesn't exist in htable."));
    };
    let expire = match tables.expires_in(tenant, table, key.as_bytes(), now) {
        Some(0) | None => json!("NEVER"),
        Some(left) => json!(left),
    };
    let (value, kind) = value(&item);
    Ok(json!({"item": {"name": key, "value": value, "type": kind, "expire": expire}}))
}

async fn sets(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    set(&shared, &call, text(&call), None)
}

async fn seti(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    set(&shared, &call, number(&call), None)
}

async fn setxs(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    set(&shared, &call, text(&call), Some(3))
}

async fn setxi(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    set(&shared, &call, number(&call), Some(3))
}

fn text(call: &Call) -> Item {
    Item::Str(Bytes::copy_from_slice(call.text(2).as_bytes()))
}

fn number(call: &Call) -> Item {
    Item::Int(call.int(2).unwrap_or_default())
}

/// `expire`: the place of that parameter, which the tenant's follows.
fn set(shared: &Shared, call: &Call, item: Item, expire: Option<usize>) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let (table, tenant) = (
        find(tables, call)?,
        owner(shared, call, expire.map_or(3, |place| place + 1))?,
    );
    let expire = expire.map(|place| seconds(call, place)).transpose()?;
    match tables.set(tenant, table, call.text(1).as_bytes(), item, expire, unix_now()) {
        true => Ok(json!("Ok. Key set.")),
        false => Err(Failure::new(500, "no room: max_items of htable is reached")),
    }
}

async fn setex(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let (table, seconds) = (find(tables, &call)?, seconds(&call, 2)?);
    let tenant = owner(&shared, &call, 3)?;
    match tables.set_expires(tenant, table, call.text(1).as_bytes(), seconds, unix_now()) {
        true => Ok(json!("Ok")),
        false => Err(Failure::new(404, "Key name doesn't exist in htable.")),
    }
}

fn seconds(call: &Call, place: usize) -> Result<u64, Failure> {
    let given = call.int(place).unwrap_or_default();
    u64::try_from(given).map_err(|_| Failure::new(-32602, "parameter `expire` must be 0 or more seconds"))
}

async fn delete(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let tenant = owner(&shared, &call, 2)?;
    match tables.remove(tenant, find(tables, &call)?, call.text(1).as_bytes()) {
        true => Ok(json!("Ok. Key deleted.")),
        false => Err(Failure::new(404, "Key not found in htable.")),
    }
}

async fn flush(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let (table, tenant) = (find(&shared.store.tables, &call)?, owner(&shared, &call, 1)?);
    // it looks at every item: not on the threads that answer others
    let task = tokio::task::spawn_blocking(move || shared.store.tables.clear(tenant, table));
    let gone = task
        .await
        .map_err(|_| Failure::new(-32603, "the table could not be flushed"))?;
    Ok(json!(format!("Ok. {gone} items removed.")))
}

async fn list(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let row = |name: &str| {
        let config = tables.table(name).map(|id| tables.config(id))?;
        let update = i32::from(config.updateexpire);
        Some(json!({"name": name, "expire": config.autoexpire, "updateexpire": update, "initval": config.initval}))
    };
    Ok(tables.names().filter_map(row).collect())
}

async fn stats(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tenant = owner(&shared, &call, 0)?;
    let task = tokio::task::spawn_blocking(move || {
        let (tables, now) = (&shared.store.tables, unix_now());
        let row = |name: &str| {
            let all = tables.count(tenant, tables.table(name)?, now);
            Some(json!({"name": name, "all": all}))
        };
        tables.names().filter_map(row).collect()
    });
    task.await
        .map_err(|_| Failure::new(-32603, "the tables could not be counted"))
}

async fn dump(shared: Arc<Shared>, call: Call) -> Result<Chunks, Failure> {
    let (table, tenant) = (find(&shared.store.tables, &call)?, owner(&shared, &call, 1)?);
    Chunks::make(move |out| {
        let items = shared.store.tables.snapshot(tenant, table, unix_now());
        for (place, entry) in items.chunks(ENTRY).enumerate() {
            let slot = entry.iter().map(|(name, item, _)| {
                let (value, kind) = value(item);
                json!({"name": lossy(name), "value": value, "type": kind})
            });
            let begin = if place == 0 { "[" } else { "," };
            out.write(begin)?;
            out.write(json!({"entry": place, "size": entry.len(), "slot": slot.collect::<Vec<_>>()}))?;
        }
        out.write(if items.is_empty() { "[]" } else { "]" })
    })
}

fn find(tables: &Tables, call: &Call) -> Result<TableId, Failure> {
    tables
        .table(call.text(0))
        .ok_or_else(|| Failure::new(404, "No such htable"))
}

fn value(item: &Item) -> (Value, &'static str) {
    match item {
        Item::Int(number) => (json!(number), "int"),
        Item::Str(text) => (json!(lossy(text)), "str"),
    }
}
