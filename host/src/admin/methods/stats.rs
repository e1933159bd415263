//! `stats.*`: counters.

use super::{Native, table};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) static METHODS: &[Native] = table! {
    Value "stats"() => get: "All counters.", "an object: name and value";
    Value "stats.get_statistics"() => get: "All counters.", "an object: name and value";
};

async fn get(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let store = &shared.store;
    let mut all: serde_json::Map<String, Value> = shared
        .stats
        .all()
        .into_iter()
        .map(|(name, count)| (name.to_owned(), json!(count)))
        .collect();
    all.insert("registered_aors".to_owned(), json!(store.location.len()));
    all.insert("flood_sources".to_owned(), json!(store.flood.len()));
    Ok(Value::Object(all))
}
