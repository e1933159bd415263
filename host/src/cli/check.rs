//! `kemist check`: the configuration, a module, or a routing source.

use super::{build, say};
use crate::build::Language;
use crate::config::Config;
use crate::wasm::check::Report;
use crate::wasm::{check, engine, limits};
use anyhow::Context;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Validate this instead of the configuration: a component, or a routing source, which is built first.
    module: Option<PathBuf>,
    /// What a module has, as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// One line a finding; an error when something is wrong.
pub(super) fn run(config: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let module = match &arguments.module {
        Some(module) => module.clone(),
        None => {
            let read = Config::load(Some(config))?;
            if let Some(routing) = &read.routing {
                load(&routing.module)?;
            }
            say(format_args!("{}: valid", config.display()));
            return Ok(());
        }
    };
    let (report, findings) = match load(&module) {
        Ok(mut report) => {
            let script = report.script.as_mut();
            let findings = script
                .map(|script| std::mem::take(&mut script.findings))
                .unwrap_or_default();
            (Some(report), findings)
        }
        Err(error) => (None, vec![format!("{error:#}")]),
    };
    if arguments.json {
        let mut value = report.as_ref().map_or_else(|| json!({}), self::json);
        value["file"] = json!(module.display().to_string());
        value["valid"] = json!(findings.is_empty());
        value["findings"] = json!(findings);
        say(value);
    } else if let Some(report) = &report {
        let (size, unit) = self::size(report.size);
        let valid = if findings.is_empty() { "valid: " } else { "" };
        say(format_args!(
            "{}: {valid}{size} {unit}, version {}",
            module.display(),
            report.label
        ));
        say_content(report);
        for function in &report.functions {
            say(format_args!("    {function}"));
        }
    }
    refuse(findings)
}

/// A line each; the last one is the error.
fn refuse(mut findings: Vec<String>) -> anyhow::Result<()> {
    let Some(last) = findings.pop() else {
        return Ok(());
    };
    for finding in findings {
        eprintln!("kemist: {finding}");
    }
    Err(anyhow::anyhow!(last))
}

/// A source is built in memory first.
fn load(path: &Path) -> anyhow::Result<Report> {
    let name = path.display();
    if path.is_dir() || Language::of(path).is_some() {
        return Ok(build::checked(path, None)?.1);
    }
    let bytes = std::fs::read(path).with_context(|| format!("{name}: cannot be read; build it or correct the path"))?;
    let mut report = inspect(&bytes).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
    for finding in report.script.iter_mut().flat_map(|script| &mut script.findings) {
        *finding = format!("{name}: {finding}");
    }
    Ok(report)
}

/// Loads a component as a deploy would.
pub(super) fn inspect(component: &[u8]) -> anyhow::Result<Report> {
    // one instance at a time
    let options = engine::Options {
        instances: 16,
        ..engine::Options::default()
    };
    let engine = engine::Engine::new(&options).map_err(|e| anyhow::anyhow!("{e:#}"))?;
    Ok(check::inspect(&engine, component, limits::Limits::default())?)
}

/// What a module has, a line each.
pub(super) fn say_content(report: &Report) {
    let list = |what: &str, words: &str| {
        if !words.is_empty() {
            say(format_args!("  {what}: {words}"));
        }
    };
    list("languages", &report.languages.join(" "));
    list("callbacks", &report.callbacks.join(" "));
    list("imports", &interfaces(report));
    if !report.functions.is_empty() {
        let modules = build::by_module(&report.functions);
        list("functions", &format!("{} ({modules})", report.functions.len()));
    }
    if let Some(script) = &report.script {
        let absent: Vec<_> = script.absent.iter().map(String::as_str).collect();
        list("not here, and asked for first", &absent.join(" "));
    }
}

/// `kemi:ksr@0.1.0 (core tm sl)`: the interfaces by package.
fn interfaces(report: &Report) -> String {
    let mut packages: Vec<(String, Vec<&str>)> = Vec::new();
    for name in report.interfaces() {
        let (package, rest) = name.split_once('/').unwrap_or((name, ""));
        let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
        let package = format!("{package}@{version}");
        match packages.iter_mut().find(|(known, _)| *known == package) {
            Some((_, interfaces)) => interfaces.push(interface),
            None => packages.push((package, vec![interface])),
        }
    }
    let words: Vec<_> = packages
        .iter()
        .map(|(package, interfaces)| format!("{package} ({})", interfaces.join(" ")))
        .collect();
    words.join(", ")
}

/// The same as a value.
pub(super) fn json(report: &Report) -> Value {
    json!({
        "valid": true,
        "size": report.size,
        "version": report.label,
        "languages": report.languages,
        "callbacks": report.callbacks,
        "imports": report.interfaces(),
        "functions": report.functions,
        "absent": report.script.as_ref().map(|script| &script.absent),
    })
}

/// A size for people.
pub(super) fn size(bytes: usize) -> (String, &'static str) {
    match bytes {
        0..1024 => (bytes.to_string(), "bytes"),
        1024..1_048_576 => (format!("{:.1}", bytes as f64 / 1024.0), "KiB"),
        _ => (format!("{:.2}", bytes as f64 / 1_048_576.0), "MiB"),
    }
}
