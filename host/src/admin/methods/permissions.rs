//! `permissions.*`: trusted sources.

use super::{Native, table};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::OPERATOR;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) static METHODS: &[Native] = table! {
    "permissions.addressReload"() => reload: "Reads the address table anew.", "a text with the number of entries";
    "permissions.addressDump"() => dump: "Lists the address table.", "a list of `group`, `ip`, `port`, `tag`";
};

async fn reload(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let count = shared.store.reload_addresses().await?;
    Ok(json!(format!("Reload OK: {count} entries")))
}

async fn dump(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let rows = shared.store.addresses.all(OPERATOR).into_iter();
    let entry = |a: crate::store::addresses::Address| json!({"group": a.group, "ip": a.network.to_string(), "port": a.port, "tag": a.tag});
    Ok(rows.map(entry).collect())
}
