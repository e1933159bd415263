//! `ul.*`: registrations.

use super::{Native, lossy, table};
use crate::admin::method::{Kind, Param};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::{Binding, OPERATOR, unix_now};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

const TABLE: Param = Param::new("table", Kind::Text, "`location`");
const AOR: Param = Param::new("aor", Kind::Text, "the user, or user@domain where `use_domain` is set");

pub(super) static METHODS: &[Native] = table! {
    "ul.dump"(Param::new("brief", Kind::Text, "`brief` for less").optional()) => dump:
        "All registrations.", "`Domains`";
    "ul.lookup"(TABLE, AOR) => lookup: "The contacts of an address of record.", "`AoR`, `Contacts`";
    "ul.rm"(TABLE, AOR) => remove: "Removes an address of record.", "null";
};

async fn dump(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let now = unix_now();
    let mut aors = Vec::new();
    shared.store.location.for_each(|tenant, aor, bindings| {
        if tenant == OPERATOR {
            aors.push(json!({"Info": record(aor, bindings, now)}));
        }
    });
    let stats = json!({"Records": aors.len()});
    Ok(json!({"Domains": [{"Domain": {"Domain": "location", "AoRs": aors, "Stats": stats}}]}))
}

async fn lookup(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let (aor, now) = (call.text(1).as_bytes(), unix_now());
    match shared.store.location.bindings(OPERATOR, aor, now) {
        none if none.is_empty() => Err(Failure::new(404, "AOR not found")),
        found => Ok(record(aor, &found, now)),
    }
}

async fn remove(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    match shared.store.location.remove(OPERATOR, call.text(1).as_bytes()) {
        true => Ok(Value::Null),
        false => Err(Failure::new(404, "AOR not found")),
    }
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
