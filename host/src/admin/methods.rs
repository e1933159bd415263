//! Methods with Kamailio's names on what all workers share.

use super::Failure;
use crate::route::Shared;
use crate::store::{Binding, Item, OPERATOR, TableId, unix_now};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn call(shared: &Shared, method: &str, params: &[Value]) -> Result<Value, Failure> {
    let store = &shared.store;
    let now = unix_now();
    match method {
        "core.uptime" => {
            Ok(json!({"now": now, "up_since": shared.started, "uptime": now.saturating_sub(shared.started)}))
        }
        "core.version" => Ok(json!(concat!("kemist ", env!("CARGO_PKG_VERSION")))),
        "stats" | "stats.get_statistics" => Ok(stats(shared)),
        "ul.dump" => Ok(dump(shared, now)),
        "ul.lookup" => {
            let aor = text(params, 1)?;
            match store.location.bindings(OPERATOR, aor.as_bytes(), now) {
                none if none.is_empty() => Err(Failure::new(404, "AOR not found")),
                found => Ok(record(aor.as_bytes(), &found, now)),
            }
        }
        "ul.rm" => match store.location.remove(OPERATOR, text(params, 1)?.as_bytes()) {
            true => Ok(Value::Null),
            false => Err(Failure::new(404, "AOR not found")),
        },
        "permissions.addressReload" => {
            let count = store.reload_addresses().await.map_err(Failure::from)?;
            Ok(json!(format!("Reload OK: {count} entries")))
        }
        "permissions.addressDump" => Ok(store
            .addresses
            .all(OPERATOR)
            .into_iter()
            .map(|a| json!({"group": a.group, "ip": a.network.to_string(), "port": a.port, "tag": a.tag}))
            .collect()),
        _ => htable(shared, method, params, now),
    }
}

fn htable(shared: &Shared, method: &str, params: &[Value], now: u64) -> Result<Value, Failure> {
    let tables = &shared.store.tables;
    let table = || -> Result<TableId, Failure> {
        tables
            .table(&text(params, 0)?)
            .ok_or_else(|| Failure::new(404, "No such htable"))
    };
    let key = || text(params, 1);
    let set = |item| match tables.set(OPERATOR, table()?, key()?.as_bytes(), item, None, now) {
        true => Ok(Value::Null),
        false => Err(Failure::new(500, "no room: max_items of htable is reached")),
    };
    match method {
        "htable.get" => match tables.get(OPERATOR, table()?, key()?.as_bytes(), now) {
            Some(item) => Ok(json!({"item": {"name": key()?, "value": value(&item)}})),
            None => Err(Failure::new(404, "Key name doesn't exist in htable.")),
        },
        "htable.dump" => {
            let mut items = Vec::new();
            tables.for_each(OPERATOR, table()?, now, |name, item, left| {
                items.push(json!({"name": lossy(name), "value": value(item), "expires": left}));
            });
            Ok(Value::Array(items))
        }
        "htable.sets" => set(Item::Str(Bytes::from(text(params, 2)?))),
        "htable.seti" => {
            let number = params.get(2).and_then(Value::as_i64);
            set(Item::Int(number.ok_or_else(|| {
                Failure::new(-32602, "htable.seti: the value is no number")
            })?))
        }
        "htable.delete" => {
            tables.remove(OPERATOR, table()?, key()?.as_bytes());
            Ok(Value::Null)
        }
        _ => Err(Failure::new(-32601, format!("{method}: no such method"))),
    }
}

fn text(params: &[Value], index: usize) -> Result<String, Failure> {
    match params.get(index) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(Failure::new(-32602, format!("parameter {} is missing", index + 1))),
    }
}

fn stats(shared: &Shared) -> Value {
    let store = &shared.store;
    let mut all: serde_json::Map<String, Value> = shared
        .stats
        .all()
        .into_iter()
        .map(|(name, count)| (name.to_owned(), json!(count)))
        .collect();
    all.insert("registered_aors".to_owned(), json!(store.location.len()));
    all.insert("flood_sources".to_owned(), json!(store.flood.len()));
    Value::Object(all)
}

fn dump(shared: &Shared, now: u64) -> Value {
    let mut aors = Vec::new();
    shared.store.location.for_each(|tenant, aor, bindings| {
        if tenant == OPERATOR {
            aors.push(json!({"Info": record(aor, bindings, now)}));
        }
    });
    let stats = json!({"Records": aors.len()});
    json!({"Domains": [{"Domain": {"Domain": "location", "AoRs": aors, "Stats": stats}}]})
}

fn record(aor: &[u8], bindings: &[Arc<Binding>], now: u64) -> Value {
    let contacts: Vec<_> = bindings.iter().map(|b| json!({"Contact": contact(b, now)})).collect();
    json!({"AoR": lossy(aor), "Contacts": contacts})
}

fn contact(b: &Binding, now: u64) -> Value {
    let optional = |bytes: &Option<Bytes>| bytes.as_deref().map_or("[not set]".to_owned(), lossy);
    json!({
        "Address": lossy(&b.contact),
        "Expires": b.expires.saturating_sub(now),
        "Q": f64::from(b.q) / if b.q < 0 { 1.0 } else { 1000.0 },
        "Call-ID": lossy(&b.call_id),
        "CSeq": b.cseq,
        "User-Agent": lossy(&b.user_agent),
        "Received": optional(&b.received),
        "Path": optional(&b.path),
        "Flags": b.flags,
        "CFlags": b.cflags,
        "Socket": optional(&b.socket),
        "Methods": b.methods,
        "Ruid": lossy(&b.ruid),
        "Instance": optional(&b.instance),
        "Reg-Id": b.reg_id,
        "Last-Modified": b.last_modified,
    })
}

fn value(item: &Item) -> Value {
    match item {
        Item::Int(number) => json!(number),
        Item::Str(text) => json!(lossy(text)),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
