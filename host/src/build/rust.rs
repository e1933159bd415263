//! Rust: cargo makes the core module, which is wrapped into a component here.

mod cargo;
mod toolchain;

use super::{BuildError, Built};
use cargo::Compiled;
use std::path::Path;
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-unknown-unknown";
/// The section in which the SDK's `routes!` names the world.
const WORLD: &str = "component-type:kemi:ksr";

pub(super) fn build(source: &Path) -> Result<Built, BuildError> {
    let folder = folder(source)?;
    let compiler = toolchain::compiler(folder)?;
    let Compiled { core, warnings } = cargo::build(folder, compiler.as_deref())?;
    let module = std::fs::read(&core).map_err(|e| BuildError::new(format!("{}: {e}", core.display())))?;
    Ok(Built {
        component: wrap(folder, &module)?,
        notes: warnings,
    })
}

/// The folder of the crate: the source, or where its Cargo.toml is.
fn folder(source: &Path) -> Result<&Path, BuildError> {
    let folder = if source.is_dir() {
        source
    } else {
        match source.parent().filter(|_| source.ends_with("Cargo.toml")) {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => {
                return Err(BuildError::new(format!(
                    "{}: Rust is built from a Cargo folder; `kemist new DIR --lang rust` makes one",
                    source.display()
                )));
            }
        }
    };
    if folder.join("Cargo.toml").exists() {
        return Ok(folder);
    }
    Err(BuildError::new(format!(
        "{}: it has no Cargo.toml; `kemist new DIR --lang rust` makes a folder with one",
        folder.display()
    )))
}

/// Wraps a core module that names its world.
fn wrap(folder: &Path, module: &[u8]) -> Result<Vec<u8>, BuildError> {
    if !names_world(module) {
        return Err(BuildError::new(format!(
            "{}: nothing lists its callbacks: src/lib.rs needs ksr::routes! {{ ksr_request_route => FUNCTION }}",
            folder.display()
        )));
    }
    ComponentEncoder::default()
        .module(&super::room::make(&super::table::make(module)))
        .and_then(|encoder| encoder.validate(true).encode())
        .map(super::direct::make)
        .map_err(|e| {
            let text = format!("{e:#}");
            BuildError::new(format!(
                "{}: what was compiled cannot be a component: {}",
                folder.display(),
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            ))
        })
}

fn names_world(module: &[u8]) -> bool {
    wasmparser::Parser::new(0).parse_all(module).flatten().any(
        |payload| matches!(payload, wasmparser::Payload::CustomSection(section) if section.name().starts_with(WORLD)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_callbacks_says_what_to_write() {
        let module = wat::parse_str("(module)").unwrap();
        let error = wrap(Path::new("mine"), &module).unwrap_err().to_string();
        assert!(error.starts_with("mine: ") && error.contains("ksr::routes!"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_crate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("route.rs");
        std::fs::write(&file, "").unwrap();
        for source in [file.as_path(), folder.path()] {
            let error = build(source).unwrap_err().to_string();
            assert!(error.contains("kemist new"), "{error}");
        }
    }
}
