//! `core.*`: the process.

use super::{Native, table};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::unix_now;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) static METHODS: &[Native] = table! {
    "core.uptime"() => uptime:
        "How long the process runs.", "`now`, `up_since` (seconds since 1970), `uptime` (seconds)",
        "times are numbers there too, and texts besides";
    "core.version"() => version: "The program's name and version.", "a text";
};

async fn uptime(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    let now = unix_now();
    Ok(json!({"now": now, "up_since": shared.started, "uptime": now.saturating_sub(shared.started)}))
}

async fn version(_: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    Ok(json!(concat!("kemist ", env!("CARGO_PKG_VERSION"))))
}
