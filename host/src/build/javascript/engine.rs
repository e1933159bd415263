//! The engine's file: where it is, and the engine compiled for evaluating scripts.

use super::snapshot;
use crate::build::BuildError;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wasmtime::{Config, Engine, Module, OptLevel};
use wasmtime_wizer::Wizer;

/// The file's name in the folder of engines.
const NAME: &str = "javascript.wasm";

/// The engine, ready to evaluate scripts.
pub(super) struct Prepared {
    digest: String,
    bytes: Vec<u8>,
    engine: Engine,
    module: Module,
}

impl Prepared {
    /// SHA-256 of the file, in hexadecimal.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// The file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The module with what a snapshot reads exported.
    pub(super) fn module(&self) -> &Module {
        &self.module
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// The engine of now: compiled once, and again when the file has changed.
pub(super) fn prepared() -> Result<Arc<Prepared>, BuildError> {
    static LAST: Mutex<Option<Arc<Prepared>>> = Mutex::new(None);
    let (path, bytes) = read()?;
    let digest = digest_of(&bytes);
    let mut last = LAST.lock();
    if let Some(prepared) = last.as_ref().filter(|prepared| prepared.digest == digest) {
        return Ok(Arc::clone(prepared));
    }
    let fault = |e: wasmtime::Error| {
        BuildError::new(format!(
            "{}: not the JavaScript engine of this kemist: {}",
            path.display(),
            super::one_line(&format!("{e:#}"))
        ))
    };
    let (_, instrumented) = wizer().instrument(&bytes).map_err(fault)?;
    let engine = Engine::new(&config()).map_err(fault)?;
    let module = Module::new(&engine, instrumented).map_err(fault)?;
    let prepared = Arc::new(Prepared {
        digest,
        bytes,
        engine,
        module,
    });
    *last = Some(Arc::clone(&prepared));
    Ok(prepared)
}

/// The digest of the engine that a build would use.
pub(super) fn digest() -> Result<String, BuildError> {
    read().map(|(_, bytes)| digest_of(&bytes))
}

/// How snapshots are made: the function that takes the script over is gone from them.
pub(super) fn wizer() -> Wizer {
    let mut wizer = Wizer::new();
    wizer.init_func("kemist_load");
    wizer
}

/// Compiling takes longer than evaluating: as little of it as possible.
fn config() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::None)
        .epoch_interruption(true)
        .max_wasm_stack(snapshot::STACK)
        // refused beyond the stack of a fiber even where nothing is async
        .async_stack_size(snapshot::STACK * 2);
    config
}

fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read() -> Result<(PathBuf, Vec<u8>), BuildError> {
    let places = places(
        std::env::var_os("KEMIST_ENGINES").map(PathBuf::from),
        std::env::current_exe().ok(),
    );
    let Some(path) = places.iter().find(|path| path.is_file()) else {
        return Err(BuildError::new(format!(
            "the JavaScript engine is missing ({}): `make engines` in the sources builds it; KEMIST_ENGINES names its folder",
            places
                .first()
                .map_or_else(|| NAME.to_owned(), |path| path.display().to_string()),
        )));
    };
    match std::fs::read(path) {
        Ok(bytes) => Ok((path.clone(), bytes)),
        Err(e) => Err(BuildError::new(format!("{}: {e}", path.display()))),
    }
}

/// Where the engine may be: where the environment says, else beside the program or where installed programs have
/// what they share.
fn places(named: Option<PathBuf>, program: Option<PathBuf>) -> Vec<PathBuf> {
    if let Some(folder) = named {
        return vec![folder.join(NAME)];
    }
    let Some(folder) = program.as_deref().and_then(Path::parent) else {
        return Vec::new();
    };
    // cargo puts the programs of tests one folder deeper
    let folder = match folder.parent() {
        Some(parent) if folder.ends_with("deps") => parent,
        _ => folder,
    };
    let mut places = vec![folder.join("engines").join(NAME)];
    if let Some(parent) = folder.parent() {
        places.push(parent.join("engines").join(NAME));
        places.push(parent.join("share/kemist/engines").join(NAME));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_lie_beside_the_program_or_where_the_environment_says() {
        let found = |named: Option<&str>, program: &str| {
            places(named.map(PathBuf::from), Some(program.into()))
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(found(Some("/e"), "/usr/bin/kemist"), ["/e/javascript.wasm"]);
        assert_eq!(
            found(None, "/usr/bin/kemist"),
            [
                "/usr/bin/engines/javascript.wasm",
                "/usr/engines/javascript.wasm",
                "/usr/share/kemist/engines/javascript.wasm"
            ]
        );
        assert_eq!(found(None, "/t/quick/deps/e2e")[1], "/t/engines/javascript.wasm");
    }
}
