//! `permissions.*`: trusted sources.

use super::{Native, TENANT, owner, table};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::TenantId;
use crate::store::addresses::Address;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) static METHODS: &[Native] = table! {
    Value "permissions.addressReload"() => reload:
        "Reads the address table anew.", "a text with the number of entries", "the text has no number";
    Value "permissions.addressDump"(TENANT) => hosts:
        "The single addresses of the address table.", "a list of `table`, `group`, `item` with `ip`, `port`, `tag`",
        "`table` is a slot of its hash table";
    Value "permissions.subnetDump"(TENANT) => networks:
        "The networks of the address table.", "a list of `id`, `group`, `item` with `ip`, `mask`, `port`, `tag`";
};

async fn reload(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let count = shared.store.reload_addresses().await?;
    Ok(json!(format!("Reload OK: {count} entries")))
}

async fn hosts(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let rows = rows(&shared, owner(&shared, &call, 0)?, true).into_iter().enumerate();
    let row = |(place, a): (usize, Address)| {
        let item = json!({"ip": a.network.addr().to_string(), "port": a.port, "tag": a.tag.unwrap_or_default()});
        json!({"table": place, "group": a.group, "item": item})
    };
    Ok(rows.map(row).collect())
}

async fn networks(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let rows = rows(&shared, owner(&shared, &call, 0)?, false).into_iter().enumerate();
    let row = |(place, a): (usize, Address)| {
        let (ip, mask) = (a.network.network().to_string(), a.network.prefix_len());
        let item = json!({"ip": ip, "mask": mask, "port": a.port, "tag": a.tag.unwrap_or_default()});
        json!({"id": place, "group": a.group, "item": item})
    };
    Ok(rows.map(row).collect())
}

fn rows(shared: &Shared, tenant: TenantId, single: bool) -> Vec<Address> {
    let mut rows = shared.store.addresses.all(tenant);
    rows.retain(|a| (a.network.prefix_len() == a.network.max_prefix_len()) == single);
    rows.sort_by_key(|a| (a.group, a.network, a.port));
    rows
}
