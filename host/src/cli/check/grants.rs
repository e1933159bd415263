//! `kemist check --grants MODULE`, and what `kemist check` says of the modules of tenants.

use super::{load, say};
use crate::config::{self, Config};
use crate::sign::{self, Grants};
use crate::tenant::Granted;
use crate::wasm::check::Needs;
use serde_json::json;
use std::path::Path;

/// Prints the least that a module must be granted: as the key of a tenant's table, a line each.
pub(super) fn least(module: &Path, as_json: bool) -> anyhow::Result<()> {
    let (report, _) = load(module)?;
    let needs = report.needs;
    let notes = notes(&needs);
    if as_json {
        say(json!({
            "file": module.display().to_string(),
            "grants": needs.lines,
            "asked": needs.asked,
            "tables": needs.tables,
            "notes": notes,
        }));
        return Ok(());
    }
    say("grants = [");
    for line in &needs.lines {
        say(format_args!("    {line:?},"));
    }
    for line in &needs.asked {
        say(format_args!(
            "    # {line:?},  # its script asks first, and does without"
        ));
    }
    for table in &needs.tables {
        say(format_args!(
            "    # \"htable:{table}\",  # the table {table} is the tenant's own; with this line the operator's"
        ));
    }
    for note in &notes {
        say(format_args!("    # {note}"));
    }
    say("]");
    Ok(())
}

/// What cannot be read, and what the operator must know of it.
fn notes(needs: &Needs) -> Vec<String> {
    let mut notes = Vec::new();
    if !needs.unread.is_empty() {
        let functions: Vec<_> = needs.unread.iter().map(String::as_str).collect();
        notes.push(format!(
            "which headers it changes by {} cannot be read: add \"header:NAME\" or \"header:X-*\" for each",
            functions.join(", ")
        ));
    }
    if needs.sends {
        notes.push(
            "its requests reach public addresses; \"dst:10.0.0.0/8\" and the like are reached where they are listed, \
             and then \"dst:public\" is to be listed too"
                .to_owned(),
        );
    }
    notes
}

/// What the modules of a configuration's tenants would be refused, a line for each tenant.
pub(super) fn tenants(config: &Config, file: &Path) -> Vec<String> {
    let of = |(name, tenant): (&String, &config::Tenant)| {
        let module = tenant.module.as_ref()?;
        let what = refused(module, tenant)?;
        Some(format!("{}: tenant.{name}.module: {what}", file.display()))
    };
    config.tenant.iter().filter_map(of).collect()
}

fn refused(module: &Path, tenant: &config::Tenant) -> Option<String> {
    let loaded = match load(module) {
        Ok(loaded) => loaded,
        Err(error) => return Some(format!("{error:#}")),
    };
    let (report, component) = loaded;
    let name = module.display();
    // the configuration was read, and these with it
    let granted = Grants::new(tenant.grants.iter().map(String::as_str)).and_then(|grants| Granted::new(&grants));
    let granted = match granted {
        Ok(granted) => granted,
        Err(what) => return Some(what),
    };
    let missing = report.needs.refused(&granted);
    if !missing.is_empty() {
        return Some(format!(
            "{name}: {}; add {} to its grants",
            uses(&missing),
            quoted(&missing)
        ));
    }
    let signed = component.and_then(|bytes| sign::read(&bytes).ok()?.grants)?;
    let signed = match Granted::signed(&signed) {
        Ok(signed) => signed,
        Err(what) => return Some(format!("{name}: its section kemist:grants: {what}; sign it anew")),
    };
    let missing = report.needs.refused(&signed);
    (!missing.is_empty()).then(|| {
        let missing = &missing;
        format!(
            "{name}: {}; sign it with the grants {} too",
            uses(missing),
            quoted(missing)
        )
    })
}

/// `it would be refused KSR.tm.t_relay, the header X-A`.
fn uses(lines: &[&str]) -> String {
    let named = lines.iter().map(|line| match line.split_once(':') {
        Some((_, header)) => format!("the header {header}"),
        None => format!("KSR.{}", line.strip_prefix("core.").unwrap_or(line)),
    });
    format!("it would be refused {}", named.collect::<Vec<_>>().join(", "))
}

fn quoted(lines: &[&str]) -> String {
    let quoted = lines.iter().map(|line| format!("{line:?}"));
    quoted.collect::<Vec<_>>().join(", ")
}
