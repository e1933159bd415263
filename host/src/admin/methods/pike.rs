//! `pike.*`: sources and their requests.

use super::{Native, TENANT, owner, table};
use crate::admin::method::{Kind, Param};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::TenantId;
use crate::store::flood::Seen;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// Rows of an answer: those with the most requests.
const MOST: usize = 10_000;

pub(super) static METHODS: &[Native] = table! {
    Value "pike.list"(TENANT) => list:
        "The sources that sent something lately, those with the most requests first (10,000 at most).",
        "`max_hits`, `list` of `ip_addr`, `leaf_hits_prev`, `leaf_hits_curr`, `expires`, `status`, and `number_of_rows`",
        "prefixes are counted too";
    Value "pike.top"(Param::new("filter", Kind::Text, "`HOT` (blocked), `WARM` (not blocked) or `ALL`; HOT where it is left out").optional(), TENANT) => top:
        "The same, by what they are.", "as pike.list";
};

async fn list(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    Ok(rows(&shared, owner(&shared, &call, 0)?, |_| true))
}

async fn top(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tenant = owner(&shared, &call, 1)?;
    match call.text(0).to_ascii_uppercase().as_str() {
        "" | "HOT" => Ok(rows(&shared, tenant, |s| s.blocked)),
        "WARM" => Ok(rows(&shared, tenant, |s| {
            !s.blocked && (s.previous > 0 || s.current > 0)
        })),
        "ALL" => Ok(rows(&shared, tenant, |_| true)),
        _ => Err(Failure::new(
            -32602,
            "pike.top: parameter `filter` must be HOT, WARM or ALL",
        )),
    }
}

fn rows(shared: &Shared, tenant: TenantId, wanted: impl Fn(&Seen) -> bool) -> Value {
    let flood = &shared.store.flood;
    let mut seen = flood.list(tenant, Instant::now());
    seen.retain(wanted);
    let rows = seen.len();
    seen.sort_unstable_by_key(|s| std::cmp::Reverse((s.current.max(s.previous), s.ip)));
    seen.truncate(MOST);
    let row = |s: Seen| {
        json!({
            "ip_addr": s.ip.to_string(),
            "leaf_hits_prev": s.previous,
            "leaf_hits_curr": s.current,
            "expires": s.left.as_secs(),
            "status": if s.blocked { "HOT" } else if s.previous > 0 || s.current > 0 { "WARM" } else { "" },
        })
    };
    let list: Vec<_> = seen.into_iter().map(row).collect();
    json!({"max_hits": flood.density(), "list": list, "number_of_rows": rows})
}
