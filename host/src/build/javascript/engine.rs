//! The engine's file: where it is, the engine compiled for evaluating scripts, and what all its scripts share.

use super::snapshot::{self, Run};
use super::{component, wasi};
use crate::build::direct::Layered;
use crate::build::{BuildError, Form};
use crate::wasm::dynamic::{self, FUNCTIONS};
use crate::wasm::shared;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wasmtime::{Config, Engine, Module, OptLevel};
use wasmtime_wizer::Wizer;

/// The file's name in the folder of engines.
const NAME: &str = "javascript.wasm";
/// Changes with whatever makes other modules of the same engine.
const LAYOUT: u64 = 1;

/// The engine, ready to evaluate scripts.
pub(super) struct Evaluator {
    bytes: Vec<u8>,
    engine: Engine,
    module: Module,
}

impl Evaluator {
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

/// The same, with what its scripts share: their components differ in what a script changes of the memory.
pub(super) struct Prepared {
    digest: String,
    evaluator: Evaluator,
    /// The memory that all scripts begin with.
    base: Vec<u8>,
    layered: Layered,
    names: [String; 2],
}

impl Prepared {
    fn new(evaluator: Evaluator, digest: String) -> Result<Prepared, String> {
        let run = Run::start(&evaluator)?;
        let base = run.image().to_vec();
        let core = wasi::close(&run.snapshot()?)?;
        let layered = Layered::of(component::lift(&core)?).ok_or("it cannot be shared by scripts")?;
        let [memory, code] = layered.halves();
        let names = [
            shared::name("javascript-memory", memory),
            shared::name("javascript", code),
        ];
        Ok(Prepared {
            digest,
            evaluator,
            base,
            layered,
            names,
        })
    }

    /// SHA-256 of what the engine is made of, in hexadecimal.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    pub(super) fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    pub(super) fn base(&self) -> &[u8] {
        &self.base
    }

    /// The modules that all scripts share.
    pub(super) fn shared(&self) -> [&[u8]; 2] {
        self.layered.halves()
    }

    /// The component of a script: with these changes of the memory.
    pub(super) fn component(&self, own: &[u8], form: Form) -> Result<Vec<u8>, String> {
        let names = self.names.each_ref().map(String::as_str);
        let names = (form == Form::Shared).then_some(names);
        let component = self.layered.with(own, names);
        component.ok_or_else(|| "no component can be made of it (a bug in kemist)".to_owned())
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
    let refuse = |why: String| {
        BuildError::new(format!(
            "{}: not the JavaScript engine of this kemist: {why}",
            path.display(),
        ))
    };
    let fault = |e: wasmtime::Error| refuse(super::one_line(&format!("{e:#}")));
    let (_, instrumented) = wizer().instrument(&bytes).map_err(fault)?;
    let engine = Engine::new(&config()).map_err(fault)?;
    let module = Module::new(&engine, instrumented).map_err(fault)?;
    let evaluator = Evaluator { bytes, engine, module };
    let prepared = Arc::new(Prepared::new(evaluator, digest).map_err(refuse)?);
    *last = Some(Arc::clone(&prepared));
    Ok(prepared)
}

/// The digest of what a build would use.
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

/// Of the file, the functions that KSR is made of, and the way that modules are made of both.
fn digest_of(bytes: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    digest.update(LAYOUT.to_le_bytes());
    digest.update(dynamic::digest(FUNCTIONS).to_le_bytes());
    digest.update(bytes);
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read() -> Result<(PathBuf, Vec<u8>), BuildError> {
    let places = places(
        std::env::var_os(shared::FOLDER).map(PathBuf::from),
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
