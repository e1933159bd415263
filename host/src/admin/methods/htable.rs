//! `htable.*`: `$sht` tables of the operator.

use super::{Native, lossy, table};
use crate::admin::method::{Kind, Param};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::{Item, OPERATOR, TableId, Tables, unix_now};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

const TABLE: Param = Param::new("table", Kind::Text, "the table's name");
const KEY: Param = Param::new("key", Kind::Text, "the item's key");

pub(super) static METHODS: &[Native] = table! {
    "htable.get"(TABLE, KEY) => get: "One item.", "`item` with `name` and `value`";
    "htable.sets"(TABLE, KEY, Param::new("value", Kind::Text, "the new value")) => sets:
        "Sets an item to a text.", "null";
    "htable.seti"(TABLE, KEY, Param::new("value", Kind::Int, "the new value")) => seti:
        "Sets an item to a number.", "null";
    "htable.delete"(TABLE, KEY) => delete: "Removes an item.", "null";
    "htable.dump"(TABLE) => dump: "All items of a table.", "a list of `name`, `value`, `expires`";
};

async fn get(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let key = call.text(1);
    match tables.get(OPERATOR, find(tables, &call)?, key.as_bytes(), unix_now()) {
        Some(item) => Ok(json!({"item": {"name": key, "value": value(&item)}})),
        None => Err(Failure::new(404, "Key name doesn't exist in htable.")),
    }
}

async fn sets(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let item = Item::Str(Bytes::copy_from_slice(call.text(2).as_bytes()));
    set(&shared.store.tables, &call, item)
}

async fn seti(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let item = Item::Int(call.int(2).unwrap_or_default());
    set(&shared.store.tables, &call, item)
}

fn set(tables: &Tables, call: &Call, item: Item) -> Result<Value, Failure> {
    let table = find(tables, call)?;
    match tables.set(OPERATOR, table, call.text(1).as_bytes(), item, None, unix_now()) {
        true => Ok(Value::Null),
        false => Err(Failure::new(500, "no room: max_items of htable is reached")),
    }
}

async fn delete(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    tables.remove(OPERATOR, find(tables, &call)?, call.text(1).as_bytes());
    Ok(Value::Null)
}

async fn dump(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let mut items = Vec::new();
    tables.for_each(OPERATOR, find(tables, &call)?, unix_now(), |name, item, left| {
        items.push(json!({"name": lossy(name), "value": value(item), "expires": left}));
    });
    Ok(Value::Array(items))
}

fn find(tables: &Tables, call: &Call) -> Result<TableId, Failure> {
    tables
        .table(call.text(0))
        .ok_or_else(|| Failure::new(404, "No such htable"))
}

fn value(item: &Item) -> Value {
    match item {
        Item::Int(number) => json!(number),
        Item::Str(text) => json!(lossy(text)),
    }
}
