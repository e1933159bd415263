//! AssemblyScript: its compiler makes a core module, which becomes a component here.

mod leave;
mod tools;

use super::{BuildError, Built};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tools::Tools;
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Parser, Payload, TypeRef};
use wit_component::ComponentEncoder;

/// The world of a guest whose text is UTF-16.
const WORLD: &[u8] = include_bytes!("../../../guest-sdk/assemblyscript/world.bin");

/// What the SDK's `build.mjs` says.
#[derive(Deserialize)]
struct Report {
    callbacks: Vec<String>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    message: String,
    /// Relative to the source's folder; null where the compiler names none.
    file: Option<String>,
    /// 0 where it is not known.
    line: u32,
    column: u32,
}

impl Finding {
    /// `folder/route.ts:3:7: message`, with the file as the person who builds would write it.
    fn text(&self, source: &Path) -> String {
        let message: Vec<_> = self.message.split_whitespace().collect();
        let message = message.join(" ");
        let file = match &self.file {
            Some(file) if self.line > 0 && !file.starts_with('~') => source.with_file_name(file),
            _ => return format!("{}: {message}", source.display()),
        };
        format!("{}:{}:{}: {message}", file.display(), self.line, self.column)
    }
}

pub(super) fn build(source: &Path) -> Result<Built, BuildError> {
    let named = if source.is_dir() {
        source.join("route.ts")
    } else {
        source.to_path_buf()
    };
    let failed = |what: String| BuildError::new(format!("{}: {what}", named.display()));
    // asc wants the ending, and finds nothing without a word when the file is not there
    if named.extension().is_none_or(|ending| ending != "ts") {
        return Err(failed("an AssemblyScript source is a file that ends in .ts".into()));
    }
    let path = std::path::absolute(&named).map_err(|e| failed(e.to_string()))?;
    std::fs::read_to_string(&path).map_err(|e| failed(e.to_string()))?;
    let tools = Tools::find(&path)?;
    let (core, report) = compile(&tools, &named, &path)?;
    let component = componentize(&core).map_err(failed)?;
    let mut notes = tools.notes;
    notes.extend(report.warnings.iter().map(|warning| warning.text(&named)));
    Ok(Built { component, notes })
}

fn compile(tools: &Tools, named: &Path, path: &Path) -> Result<(Vec<u8>, Report), BuildError> {
    let failed = |what: String| BuildError::new(format!("{}: {what}", named.display()));
    let out = Scratch::in_folder(&tools.sdk);
    let output = tools.compile(path, &out.0)?;
    let report: Report = String::from_utf8_lossy(&output.stdout)
        .lines()
        .next_back()
        .and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| failed(format!("the compiler failed: {}", last_words(&output.stderr))))?;
    if let Some((first, more)) = report.errors.split_first() {
        let more = match more.len() {
            0 => String::new(),
            1 => " (and 1 error more)".into(),
            count => format!(" (and {count} errors more)"),
        };
        let all = String::from_utf8_lossy(&output.stderr);
        return Err(BuildError::new(format!("{}{more}", first.text(named))).with_output(all));
    }
    if !report.callbacks.iter().any(|name| name == "ksr_request_route") {
        return Err(failed(
            "it does not export the callback of requests: export function ksr_request_route(): void { ... }".into(),
        ));
    }
    let core = std::fs::read(&out.0).map_err(|e| failed(format!("the compiler wrote nothing: {e}")))?;
    Ok((core, report))
}

/// The reason in what a program that died has printed: node ends a stack trace with its version.
fn last_words(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let found = lines.find(|line| line.contains("Error")).unwrap_or("it says nothing");
    found.chars().take(300).collect()
}

/// A core module of the SDK into a component.
fn componentize(core: &[u8]) -> Result<Vec<u8>, String> {
    if let Some(text) = missing_import(core) {
        return Err(text);
    }
    let mut module = leave::rewrite(core)?;
    let world = CustomSection {
        name: "component-type:kemi:ksr:routing".into(),
        data: WORLD.into(),
    };
    world.append_to(&mut module);
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .map(super::direct::make)
        .map_err(|e| format!("{e:#}").split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What the script uses of the language's library that only browsers and node have.
fn missing_import(core: &[u8]) -> Option<String> {
    let imports = Parser::new(0).parse_all(core).find_map(|payload| match payload {
        Ok(Payload::ImportSection(imports)) => Some(imports),
        _ => None,
    })?;
    let (module, name) = imports.into_imports().flatten().find_map(|import| {
        let known = import.module == "kemist" || import.module.starts_with("kemi:ksr/");
        (!known || !matches!(import.ty, TypeRef::Func(_))).then(|| (import.module.to_owned(), import.name.to_owned()))
    })?;
    let instead = match name.as_str() {
        name if name.starts_with("Date") => {
            "there is no clock of the language here: KSR.kx.get_timestamp() is the time in seconds"
        }
        _ => "a routing script can use KSR and what AssemblyScript itself has",
    };
    Some(format!(
        "it imports {name} of {module}, which the proxy does not have: {instead}"
    ))
}

/// A file that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    /// In a folder of ours: not where another user could put something in its place.
    fn in_folder(folder: &Path) -> Scratch {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let count = NEXT.fetch_add(1, Ordering::Relaxed);
        Scratch(folder.join(format!("core-{}-{count}.wasm", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
