//! `kemist check`: the configuration, a module, or a routing source.

mod grants;

use super::{build, say};
use crate::build::{Form, Language};
use crate::config::{self, Config};
use crate::sign::{self, Seal, Seals, Signer, Trust};
use crate::wasm::check::Report;
use crate::wasm::{check, engine, limits};
use anyhow::Context;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Validate this instead of the configuration: a component, or a routing source, which is built first.
    module: Option<PathBuf>,
    /// Print the least that the module must be granted as a tenant's, a line each, for its table in kemist.toml.
    #[arg(long, requires = "module")]
    grants: bool,
    /// What a module has, as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// One line a finding; an error when something is wrong.
pub(super) fn run(config: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let Some(module) = &arguments.module else {
        return configuration(config);
    };
    if arguments.grants {
        return grants::least(module, arguments.json);
    }
    let trust = trust_of(config)?;
    let mut findings = Vec::new();
    let (report, seals) = match load(module) {
        Ok((mut report, component)) => {
            if let Some(script) = &mut report.script {
                findings.append(&mut script.findings);
            }
            let seals = component.map(|component| Sealing::of(&component, trust.as_ref()));
            let wrong = seals.iter().filter_map(|seals| seals.finding.as_ref());
            findings.extend(wrong.map(|finding| format!("{}: {finding}", module.display())));
            (Some(report), seals)
        }
        Err(error) => {
            findings.push(format!("{error:#}"));
            (None, None)
        }
    };
    if arguments.json {
        let mut value = report.as_ref().map_or_else(|| json!({}), self::json);
        value["file"] = json!(module.display().to_string());
        value["valid"] = json!(findings.is_empty());
        value["findings"] = json!(findings);
        if let Some(seals) = &seals {
            seals.put(&mut value);
        }
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
        if let Some(seals) = &seals {
            seals.say();
        }
        for function in &report.functions {
            say(format_args!("    {function}"));
        }
    }
    refuse(findings)
}

/// The configuration, and the module that it names.
fn configuration(file: &Path) -> anyhow::Result<()> {
    let read = Config::load(Some(file))?;
    let mut seals = None;
    if let Some(routing) = &read.routing {
        let trust = routing.trust.as_ref();
        if let Some(trust) = trust {
            trust.keys().map_err(|error| anyhow::anyhow!(error))?;
            sign::refuse_source(&routing.module)
                .map_err(|error| anyhow::anyhow!("{}: {error}", routing.module.display()))?;
        }
        let (_, component) = load(&routing.module)?;
        seals = component.map(|component| Sealing::of(&component, trust));
        if let Some(finding) = seals.iter().find_map(|seals| seals.finding.as_ref()) {
            anyhow::bail!("{}: {finding}", routing.module.display());
        }
    }
    refuse(grants::tenants(&read, file))?;
    say(format_args!("{}: valid", file.display()));
    if let Some(seals) = seals {
        seals.say();
    }
    Ok(())
}

/// The keys that a configuration trusts. The one of this folder need not be there, nor be right.
fn trust_of(file: &Path) -> anyhow::Result<Option<Trust>> {
    match Config::load(Some(file)) {
        Ok(read) => Ok(read.routing.and_then(|routing| routing.trust)),
        Err(_) if file == Path::new(config::DEFAULT_FILE) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What is to be said of signatures and grants.
struct Sealing {
    seals: Option<Seals>,
    /// Who vouches for it, where that is asked for.
    signer: Option<Signer>,
    /// Whether a configuration asks.
    asked: bool,
    finding: Option<String>,
}

impl Sealing {
    fn of(component: &[u8], trust: Option<&Trust>) -> Sealing {
        let checked = sign::check(component, trust);
        let seals = sign::read(component);
        let finding = match (&checked, &seals) {
            (Err(finding), _) | (_, Err(finding)) => Some(finding.clone()),
            (Ok(_), Ok(seals)) => {
                let altered = seals.signatures.iter().find(|seal| !seal.valid);
                altered.map(|seal| sign::altered(&seal.key))
            }
        };
        Sealing {
            seals: seals.ok(),
            signer: checked.ok().flatten(),
            asked: trust.is_some(),
            finding,
        }
    }

    fn say(&self) {
        let Some(seals) = &self.seals else { return };
        for seal in &seals.signatures {
            let fits = if seal.valid { "valid" } else { "not valid" };
            match self.name(seal) {
                Some(signer) => say(format_args!("  signature: {fits}, by {signer}, who is trusted")),
                None => say(format_args!("  signature: {fits}, by {}", seal.key)),
            }
        }
        if let Some(grants) = &seals.grants {
            say(format_args!("  grants: {grants}"));
        }
    }

    fn name(&self, seal: &Seal) -> Option<&Signer> {
        self.signer
            .as_ref()
            .filter(|signer| signer.fingerprint() == seal.key.fingerprint())
    }

    fn put(&self, value: &mut Value) {
        let signatures = self.seals.iter().flat_map(|seals| &seals.signatures).map(|seal| {
            json!({
                "key": seal.key.fingerprint(),
                "public": seal.key.text(),
                "name": self.name(seal).and_then(Signer::name),
                "valid": seal.valid,
            })
        });
        value["signatures"] = signatures.collect();
        let grants = self.seals.as_ref().and_then(|seals| seals.grants.as_ref());
        value["grants"] = json!(grants.map(|grants| grants.iter().collect::<Vec<_>>()));
        value["trusted"] = json!(self.asked.then_some(self.signer.is_some()));
    }
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

/// What a module has, and its bytes, where they are not built of a source here.
fn load(path: &Path) -> anyhow::Result<(Report, Option<Vec<u8>>)> {
    let name = path.display();
    if path.is_dir() || Language::of(path).is_some() {
        return Ok((build::checked(path, None, Form::default())?.1, None));
    }
    let bytes = std::fs::read(path).with_context(|| format!("{name}: cannot be read; build it or correct the path"))?;
    let mut report = inspect(&bytes).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
    for finding in report.script.iter_mut().flat_map(|script| &mut script.findings) {
        *finding = format!("{name}: {finding}");
    }
    Ok((report, Some(bytes)))
}

/// Loads a component as a deploy would.
pub(super) fn inspect(component: &[u8]) -> anyhow::Result<Report> {
    // one instance at a time
    let options = engine::Options {
        instances: 16,
        shared: Some(crate::build::shared),
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
    if report.scenarios > 0 {
        list("carries", &format!("{} scenarios", report.scenarios));
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
        "scenarios": report.scenarios,
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
