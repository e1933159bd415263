//! `kemist build`: a routing source into a component that a deploy would take.

use super::progress::Progress;
use super::say;
use crate::build::{self, Built, Form, Language};
use crate::sign::{Grants, PublicKey};
use crate::testing::carried;
use crate::wasm::check::Report;
use anyhow::Context;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A Cargo folder, a .ts or .js file, or a folder with route.ts or route.js.
    source: PathBuf,
    /// The component; by default the name of the source, with .wasm, in the working folder.
    #[arg(short, long, value_name = "OUT.wasm")]
    output: Option<PathBuf>,
    /// rust, assemblyscript or javascript, where the source does not tell.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// Sign it with this private key, which `kemist keygen` made.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// What the signed module is given, separated by commas: sl,registrar.lookup,htable:shared_*.
    #[arg(long, value_name = "LIST", requires = "sign")]
    grants: Option<Grants>,
    /// Do not put the scenarios of tests/ into the component: a deploy has none to play.
    #[arg(long)]
    no_tests: bool,
    /// Put the engine of an interpreted language into the component: larger, but for any kemist.
    #[arg(long)]
    self_contained: bool,
    /// What was made, as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Builds, checks, and only then replaces the output.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let start = Instant::now();
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => default_output(&arguments.source)?,
    };
    // before the work of building
    let key = arguments.sign.as_deref().map(super::sign::key).transpose()?;
    let form = match arguments.self_contained {
        true => Form::SelfContained,
        false => Form::Shared,
    };
    let (mut built, mut report) = checked(&arguments.source, arguments.lang, form)?;
    if !arguments.no_tests
        && let Some(carried) = carried::of_source(&arguments.source)
            .map_err(|error| anyhow::anyhow!("{error:#}; correct it, or build with --no-tests"))?
    {
        built.component = carried.put_into(&built.component).map_err(anyhow::Error::msg)?;
        report.carries(&built.component);
    }
    if let Some(key) = &key {
        built.component = super::sign::signed(&built.component, key, arguments.grants.as_ref())
            .map_err(|error| anyhow::anyhow!("{}: {error}", arguments.source.display()))?;
        report.size = built.component.len();
        report.label = super::sign::label(&built.component);
    }
    // what a script asks of a host that it does not have fails when it comes to it, and nothing else does
    if let Some(script) = &mut report.script {
        built.notes.append(&mut script.findings);
    }
    refuse_source(&arguments.source, &output)?;
    write(&output, &built.component)?;
    let made = Made {
        output,
        built,
        report,
        signer: key.map(|key| key.public()),
        took: start.elapsed(),
    };
    if arguments.json {
        say(made.json());
    } else {
        made.print();
    }
    Ok(())
}

/// Builds a source and loads what came out, as a deploy would. What a tool said goes to standard error.
pub(super) fn checked(source: &Path, language: Option<Language>, form: Form) -> anyhow::Result<(Built, Report)> {
    let progress = Progress::start(format!("building {}", source.display()));
    let built = build::build_as(source, language, form);
    drop(progress);
    let built = built.inspect_err(|error| {
        if !error.output().is_empty() {
            let _ = writeln!(std::io::stderr(), "{}", error.output());
        }
    })?;
    let mut report =
        super::check::inspect(&built.component).map_err(|error| anyhow::anyhow!("{}: {error}", source.display()))?;
    for finding in report.script.iter_mut().flat_map(|script| &mut script.findings) {
        // counted from the folder of the script
        let folder = if source.is_dir() { Some(source) } else { source.parent() };
        let folder = folder.map(|folder| folder.strip_prefix(".").unwrap_or(folder));
        let place = folder.map_or_else(|| PathBuf::from(&*finding), |folder| folder.join(&*finding));
        *finding = place.display().to_string();
    }
    Ok((built, report))
}

/// `route.ts` and the folder `route` make `route.wasm` in the working folder.
fn default_output(source: &Path) -> anyhow::Result<PathBuf> {
    let source = source.canonicalize().with_context(|| format!("{}", source.display()))?;
    // the folder, where its Cargo.toml was named
    let named = match source.parent() {
        Some(folder) if source.ends_with("Cargo.toml") => folder,
        _ => &source,
    };
    let name = if named.is_dir() {
        named.file_name()
    } else {
        named.file_stem()
    };
    let mut name = name
        .with_context(|| {
            format!(
                "{}: it has no name: say how the component is called with -o",
                source.display()
            )
        })?
        .to_owned();
    name.push(".wasm");
    Ok(name.into())
}

/// `-o route.js` is a slip that would cost the person's work.
fn refuse_source(source: &Path, output: &Path) -> anyhow::Result<()> {
    let same = source
        .canonicalize()
        .ok()
        .filter(|source| output.canonicalize().is_ok_and(|output| output == *source));
    match same {
        Some(_) => anyhow::bail!("{}: it is the source: name another file with -o", output.display()),
        None => Ok(()),
    }
}

/// Whole or not at all: whoever loads the old component meanwhile finds it as it was.
pub(super) fn write(output: &Path, component: &[u8]) -> anyhow::Result<()> {
    let name = output
        .file_name()
        .with_context(|| format!("{}: it names no file", output.display()))?;
    let mut fresh = name.to_owned();
    fresh.push(format!(".{}.new", std::process::id()));
    let fresh = output.with_file_name(fresh);
    let written = std::fs::write(&fresh, component).and_then(|()| std::fs::rename(&fresh, output));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&fresh);
        anyhow::anyhow!("{}: cannot be written: {error}", output.display())
    })
}

struct Made {
    output: PathBuf,
    built: Built,
    report: Report,
    signer: Option<PublicKey>,
    took: Duration,
}

impl Made {
    fn print(&self) {
        let report = &self.report;
        let (size, unit) = super::check::size(report.size);
        say(format_args!(
            "{}: {size} {unit}, version {}, built in {:.1} s",
            self.output.display(),
            report.label,
            self.took.as_secs_f64()
        ));
        super::check::say_content(report);
        if let Some(signer) = &self.signer {
            say(format_args!("  signature: by {signer}"));
        }
        for note in &self.built.notes {
            say(format_args!("  note: {note}"));
        }
    }

    fn json(&self) -> serde_json::Value {
        let mut value = super::check::json(&self.report);
        value["output"] = json!(self.output.display().to_string());
        value["build_ms"] = json!(u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX));
        value["signed_by"] = json!(self.signer.as_ref().map(PublicKey::fingerprint));
        value["notes"] = json!(self.built.notes);
        value
    }
}

/// `tm 8, sl 2`: how many functions of each module, the most first.
pub(super) fn by_module(functions: &[String]) -> String {
    let mut counts = BTreeMap::new();
    for function in functions {
        let name = function.strip_prefix("KSR.").unwrap_or(function);
        let module = name.split_once('.').map_or("KSR", |(module, _)| module);
        *counts.entry(module).or_insert(0usize) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words: Vec<_> = counts
        .iter()
        .map(|(module, count)| format!("{module} {count}"))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_counted_by_module() {
        let names = ["KSR.tm.t_relay", "KSR.info", "KSR.tm.t_on_reply"].map(String::from);
        assert_eq!(by_module(&names), "tm 2, KSR 1");
        assert_eq!(by_module(&[]), "");
    }

    #[test]
    fn outputs_have_the_name_of_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let crate_folder = folder.path().join("mine.d");
        std::fs::create_dir(&crate_folder).unwrap();
        std::fs::write(crate_folder.join("Cargo.toml"), "").unwrap();
        std::fs::write(folder.path().join("route.ts"), "").unwrap();
        let name = |source: &Path| default_output(source).unwrap();
        assert_eq!(name(&crate_folder), Path::new("mine.d.wasm"));
        assert_eq!(name(&crate_folder.join("Cargo.toml")), Path::new("mine.d.wasm"));
        assert_eq!(name(&folder.path().join("route.ts")), Path::new("route.wasm"));
        assert!(default_output(Path::new("/nowhere/at/all")).is_err());
    }

    #[test]
    fn sources_are_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("route.js");
        std::fs::write(&source, "").unwrap();
        let error = refuse_source(&source, &folder.path().join("./route.js")).unwrap_err();
        assert!(error.to_string().contains("it is the source"), "{error}");
        assert!(refuse_source(&source, &folder.path().join("route.wasm")).is_ok());
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("route.wasm");
        write(&output, b"one").unwrap();
        write(&output, b"two").unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"two");
        let taken = folder.path().join("folder");
        std::fs::create_dir(&taken).unwrap();
        let error = write(&taken, b"x").unwrap_err().to_string();
        assert!(error.contains("cannot be written"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
