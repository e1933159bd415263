//! What `kemist versions` and the history show.

use super::{Deploys, Done, Entry, hex, turn};
use crate::route::Routing;
use crate::wasm::Version;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

impl Deploys {
    /// Every version that routes or can be gone back to: the live one, the canary, those that still have
    /// transactions, those that were live before, the last one first.
    pub async fn versions(&self) -> Result<Value, crate::store::Error> {
        let history = self.history(1000).await?;
        let kept: HashSet<String> = match self.database.is_open() {
            true => self.database.modules(self.tenant().name()).await?.into_iter().collect(),
            false => HashSet::new(),
        };
        let mut rows = Vec::new();
        let standing = self.standing.lock();
        if let Some(live) = &standing.live {
            rows.push(in_charge("live", &live.entry, &live.version));
        }
        if let Some((canary, percent)) = &standing.canary {
            let mut row = in_charge("canary", &canary.entry, &canary.version);
            row["percent"] = json!(percent);
            rows.push(row);
        }
        let mut shown: HashSet<String> = rows
            .iter()
            .filter_map(|row| row["digest"].as_str())
            .map(str::to_owned)
            .collect();
        let in_charge = standing.versions();
        drop(standing);
        let of_before = |version: &Arc<Version>| {
            version.tenant().id() == self.tenant().id() && !in_charge.iter().any(|other| Arc::ptr_eq(other, version))
        };
        for version in self.engine.versions().iter().rev().filter(|version| of_before(version)) {
            let digest = hex(version.digest());
            let entry = history.iter().rev().find(|entry| entry.done && entry.digest == digest);
            rows.push(self::in_charge("draining", entry.unwrap_or(&Entry::default()), version));
        }
        for entry in history.iter().rev() {
            if kept.contains(&entry.digest) && shown.insert(entry.digest.clone()) {
                let mut row = described("kept", entry);
                row["last"] = json!(entry.action);
                rows.push(row);
            }
        }
        Ok(Value::Array(rows))
    }

    /// The versions that new requests get, with what they are: `live`, `canary`.
    pub fn serving(&self) -> Vec<(&'static str, Arc<Version>)> {
        let standing = self.standing.lock();
        let live = standing.live.iter().map(|live| ("live", live.version.clone()));
        let canary = standing
            .canary
            .iter()
            .map(|(canary, _)| ("canary", canary.version.clone()));
        live.chain(canary).collect()
    }
}

fn in_charge(state: &str, entry: &Entry, version: &Version) -> Value {
    let mut row = described(state, entry);
    row["version"] = json!(version.label());
    row["digest"] = json!(hex(version.digest()));
    row["size"] = json!(version.size());
    row["figures"] = json!(version.figures());
    row
}

/// An entry of the history.
pub(super) fn described(state: &str, entry: &Entry) -> Value {
    let mut row = json!({
        "version": entry.digest.get(..12).unwrap_or_default(),
        "digest": entry.digest,
        "state": state,
        "name": entry.name,
        "time": time(entry.time),
        "who": entry.who,
        "from": entry.origin,
    });
    if !entry.reason.is_empty() {
        row["reason"] = json!(entry.reason);
    }
    row
}

/// A line of `route.history`.
pub(super) fn line(entry: &Entry) -> Value {
    let mut row = described(if entry.done { "done" } else { "refused" }, entry);
    row["action"] = json!(entry.action);
    if let Some(percent) = entry.percent {
        row["percent"] = json!(percent);
    }
    if !entry.step.is_empty() {
        row["step"] = json!(entry.step);
    }
    row
}

impl Done {
    /// The answer to whoever asked.
    pub fn json(&self) -> Value {
        let entry = &self.entry;
        let mut answer = json!({
            "version": self.label,
            "digest": entry.digest,
            "action": self.action.name(),
            "name": entry.name,
            "time": time(entry.time),
            "who": entry.who,
            "from": entry.origin,
            "took_ms": turn::millis(self.took),
            "cached": self.cached,
            "unchanged": self.unchanged,
        });
        if let Some(percent) = entry.percent {
            answer["percent"] = json!(percent);
        }
        if let Some(before) = &self.before {
            answer["before"] = json!(before);
        }
        if let Some(passed) = self.scenarios {
            answer["scenarios"] = json!(passed);
        }
        answer
    }
}

/// RFC 3339, in UTC, to the second.
pub(super) fn time(millis: i64) -> String {
    Timestamp::from_second(millis.div_euclid(1000)).map_or_else(|_| millis.to_string(), |at| at.to_string())
}
