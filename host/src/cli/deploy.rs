//! `kemist deploy`, `versions`, `rollback`, `promote`: which version routes. Clients of the running proxy.

use super::client;
use crate::build::{self, Language};
use crate::config::Config;
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Whose routing.
#[derive(Debug, clap::Args)]
struct Whose {
    /// A tenant's, else the operator's.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

impl Whose {
    /// Parameters, and whose.
    fn with(self, mut params: Value) -> Value {
        if let Some(tenant) = self.tenant {
            params["tenant"] = json!(tenant);
        }
        params
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Deploy {
    /// The component; a routing source is built first.
    module: PathBuf,
    /// Give it only this share of new dialogs, 1 to 99 percent, until promote or rollback.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..100))]
    canary: Option<u8>,
    #[command(flatten)]
    whose: Whose,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Versions {
    /// What was deployed, promoted, rolled back or refused, the last entry first.
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    whose: Whose,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Rollback {
    /// The version, by the beginning of its digest; else the canary goes, or the version before comes back.
    version: Option<String>,
    #[command(flatten)]
    whose: Whose,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Promote {
    #[command(flatten)]
    whose: Whose,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn deploy(config: &Config, arguments: Deploy) -> anyhow::Result<()> {
    let module = &arguments.module;
    let component = match Language::of(module) {
        Some(_) => build::build(module, None)?.component,
        None => std::fs::read(module).with_context(|| module.display().to_string())?,
    };
    let mut params = json!({"name": module.display().to_string(), "component": STANDARD.encode(component)});
    if let Some(percent) = arguments.canary {
        params["canary"] = json!(percent);
    }
    let done = client::block_on(client::call(config, "route.deploy", arguments.whose.with(params)))?;
    tell(&done, arguments.json);
    Ok(())
}

pub(super) fn rollback(config: &Config, arguments: Rollback) -> anyhow::Result<()> {
    let mut params = json!({});
    if let Some(version) = arguments.version {
        params["version"] = json!(version);
    }
    let done = client::block_on(client::call(config, "route.rollback", arguments.whose.with(params)))?;
    tell(&done, arguments.json);
    Ok(())
}

pub(super) fn promote(config: &Config, arguments: Promote) -> anyhow::Result<()> {
    let done = client::block_on(client::call(config, "route.promote", arguments.whose.with(json!({}))))?;
    tell(&done, arguments.json);
    Ok(())
}

pub(super) fn versions(config: &Config, arguments: Versions) -> anyhow::Result<()> {
    let method = if arguments.history {
        "route.history"
    } else {
        "route.versions"
    };
    let rows = client::block_on(client::call(config, method, arguments.whose.with(json!({}))))?;
    if arguments.json {
        super::say(format_args!("{rows:#}"));
        return Ok(());
    }
    let Some(rows) = rows.as_array() else {
        bail!("{method}: the answer is no list");
    };
    for row in rows {
        super::say(if arguments.history { entry(row) } else { version(row) });
    }
    Ok(())
}

/// One line: what is in charge now.
fn tell(done: &Value, json: bool) {
    if json {
        return super::say(format_args!("{done:#}"));
    }
    super::say(line(done));
}

/// What was done in one line.
fn line(done: &Value) -> String {
    let text = |key: &str| done[key].as_str().unwrap_or_default();
    let version = text("version");
    if done["unchanged"] == true {
        return format!(
            "{version}: in charge already, since {} by {}",
            text("time"),
            text("who")
        );
    }
    let what = match (text("action"), done["percent"].as_u64()) {
        ("canary", Some(percent)) => format!("canary with {percent} % of new dialogs"),
        ("withdraw", _) => "canary withdrawn".to_owned(),
        _ => "live".to_owned(),
    };
    let mut line = format!("{version}: {what}, {} by {}", text("time"), text("who"));
    if let Some(passed) = done["scenarios"].as_u64() {
        line += &format!(", {passed} scenarios passed");
    }
    line += &format!(", {} ms", done["took_ms"]);
    if let Some(before) = done["before"].as_str() {
        line += &format!("; before: {before}");
    }
    line
}

fn version(row: &Value) -> String {
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    let mut line = format!(
        "{} {:<8} {} {}",
        text("version"),
        text("state"),
        text("time"),
        text("who")
    );
    if let Some(percent) = row["percent"].as_u64() {
        line += &format!(" {percent} %");
    }
    line += &format!(" {}", text("name"));
    line += &figures(&row["figures"]);
    if !text("reason").is_empty() {
        line += &format!(" ({})", text("reason"));
    }
    line
}

/// What a version has done and what it holds; nothing where it is only kept.
fn figures(figures: &Value) -> String {
    let number = |path: &str| figures.pointer(path).and_then(Value::as_f64);
    let Some(open) = number("/open_transactions") else {
        return String::new();
    };
    let sum = |path: &str| -> f64 {
        let all = figures.pointer(path).and_then(Value::as_object);
        all.into_iter()
            .flat_map(|all| all.values())
            .filter_map(Value::as_f64)
            .sum()
    };
    let mib = |path: &str| number(path).unwrap_or(0.0) / f64::from(1 << 20);
    let micros = |path: &str| number(path).unwrap_or(0.0);
    let ended = if figures["ended"] == true { ", ended" } else { "" };
    format!(
        ", {open} open transactions, {} instances, {:.1} MiB and {:.1} MiB of code, {} calls, {} faults, {} 5xx, \
         running p50 {} us, p90 {} us, p99 {} us{ended}",
        sum("/instances"),
        mib("/memory"),
        mib("/code"),
        micros("/calls"),
        sum("/faults"),
        micros("/replies/5xx"),
        micros("/running/p50_us"),
        micros("/running/p90_us"),
        micros("/running/p99_us"),
    )
}

fn entry(row: &Value) -> String {
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    let mut line = format!(
        "{} {:<8} {:<12} {}",
        text("time"),
        text("action"),
        text("version"),
        text("name")
    );
    if let Some(percent) = row["percent"].as_u64() {
        line += &format!(" {percent} %");
    }
    line += &format!(" by {} ({})", text("who"), text("from"));
    if text("state") == "refused" {
        line += &format!(": refused: {}: {}", text("step"), text("reason"));
    } else if !text("reason").is_empty() {
        line += &format!(": {}", text("reason"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_is_in_charge() {
        let done = json!({"version": "0a1b2c3d4e5f", "action": "deploy", "time": "2026-01-02T03:04:05Z", "who": "root",
            "took_ms": 3.5, "before": "ffeeddccbbaa", "scenarios": 4});
        assert_eq!(
            line(&done),
            "0a1b2c3d4e5f: live, 2026-01-02T03:04:05Z by root, 4 scenarios passed, 3.5 ms; before: ffeeddccbbaa"
        );
        let canary = json!({"version": "0a1b2c3d4e5f", "action": "canary", "percent": 5, "time": "T", "who": "w", "took_ms": 1.0});
        assert_eq!(
            line(&canary),
            "0a1b2c3d4e5f: canary with 5 % of new dialogs, T by w, 1.0 ms"
        );
        let same = json!({"version": "0a1b2c3d4e5f", "unchanged": true, "time": "T", "who": "w"});
        assert_eq!(line(&same), "0a1b2c3d4e5f: in charge already, since T by w");
    }
}
