//! Core modules that many components share: a component imports them by names that hold their digests, in place of holding
//! them itself. The host compiles each once.

use super::version::LoadError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use wasmparser::{ComponentTypeRef, Parser, Payload};
use wasmtime::Module;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// The variable of the environment that names the folder of what they are made of.
pub const FOLDER: &str = "KEMIST_ENGINES";

/// The most that a component may import.
const MOST: usize = 8;

/// Finds a shared module by the SHA-256 of its bytes; None where it is none of this program. One line where what it is
/// made of cannot be used. May take seconds.
pub type Source = fn(&[u8; 32]) -> Result<Option<Vec<u8>>, String>;

/// What such a name ends with, before the digest in Base64.
const INTEGRITY: &str = ",integrity=<sha256-";

/// The name to import a module by: the component model's for something that is found by its digest.
pub fn name(what: &str, module: &[u8]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let digest = STANDARD.encode(Sha256::digest(module));
    format!("locked-dep=<kemist:{what}@{version}>{INTEGRITY}{digest}>")
}

/// The digest that a name holds.
pub fn digest(name: &str) -> Option<[u8; 32]> {
    let (_, integrity) = name.strip_prefix("locked-dep=<kemist:")?.split_once(INTEGRITY)?;
    STANDARD.decode(integrity.strip_suffix('>')?).ok()?.try_into().ok()
}

/// The names of the core modules that a component imports.
pub fn imports(component: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section.into_iter().map_while(Result::ok) {
                    if let ComponentTypeRef::Module(_) = import.ty {
                        names.push(import.name.name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    names
}

/// The same of one that is compiled, with their digests.
pub(super) fn needs(engine: &wasmtime::Engine, component: &Component) -> Result<Vec<(String, [u8; 32])>, LoadError> {
    let ty = component.component_type();
    let modules = ty
        .imports(engine)
        .filter(|(_, item)| matches!(item.ty, ComponentItem::Module(_)));
    let names: Vec<_> = modules.map(|(name, _)| name.to_owned()).collect();
    if names.len() > MOST {
        let count = names.len();
        return Err(LoadError::new(format!(
            "it imports {count} core modules; {MOST} are the most"
        )));
    }
    let digested = names.into_iter().map(|name| match digest(&name) {
        Some(digest) => Ok((name, digest)),
        None => Err(LoadError::new(format!(
            "it imports the core module {:?}, and only engines can be imported, by their digests",
            name.chars().take(100).collect::<String>()
        ))),
    });
    digested.collect()
}

/// The shared modules of one engine.
#[derive(Default)]
pub(super) struct Shared {
    source: Option<Source>,
    /// Those that the source may not have: they were kept from an earlier program.
    offered: Mutex<HashMap<[u8; 32], Arc<[u8]>>>,
    /// Those that are compiled.
    modules: Mutex<HashMap<[u8; 32], Module>>,
    /// Held while one is compiled: by whoever comes first, for all.
    making: Mutex<()>,
}

impl Shared {
    pub fn new(source: Option<Source>) -> Shared {
        Shared {
            source,
            ..Shared::default()
        }
    }

    /// The module of this digest, made where there is none yet.
    pub fn module(
        &self,
        digest: &[u8; 32],
        make: impl FnOnce() -> Result<Module, LoadError>,
    ) -> Result<Module, LoadError> {
        let made = || self.modules.lock().get(digest).cloned();
        if let Some(module) = made() {
            return Ok(module);
        }
        let _making = self.making.lock();
        if let Some(module) = made() {
            return Ok(module);
        }
        let module = make()?;
        self.modules.lock().insert(*digest, module.clone());
        // its bytes are no longer needed
        self.offered.lock().remove(digest);
        Ok(module)
    }

    pub fn has(&self, digest: &[u8; 32]) -> bool {
        self.modules.lock().contains_key(digest)
    }

    pub fn count(&self) -> usize {
        self.modules.lock().len()
    }

    /// Takes bytes that have this digest.
    pub fn offer(&self, bytes: Arc<[u8]>) {
        let digest = Sha256::digest(&bytes).into();
        if !self.has(&digest) {
            self.offered.lock().insert(digest, bytes);
        }
    }

    /// The bytes of a module.
    pub fn bytes(&self, digest: &[u8; 32]) -> Result<Option<Arc<[u8]>>, String> {
        if let Some(bytes) = self.offered.lock().get(digest) {
            return Ok(Some(Arc::clone(bytes)));
        }
        let Some(source) = self.source else { return Ok(None) };
        Ok(source(digest)?.map(Arc::from))
    }
}

/// What to say where nobody has a module.
pub(super) fn missing(name: &str, why: Option<String>) -> LoadError {
    let why = why.map_or_else(
        || "this kemist has another one: build it again with this kemist, or with --self-contained".to_owned(),
        |why| format!("it cannot be had: {why}"),
    );
    LoadError::new(format!("it needs the engine {name}; {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_digests() {
        let name = name("javascript", b"module");
        assert_eq!(digest(&name), Some(Sha256::digest(b"module").into()));
        for other in [
            "kemist:javascript",
            "locked-dep=<kemist:javascript@0.1.0>",
            "locked-dep=<kemist:javascript@0.1.0>,integrity=<sha256-AAAA>",
            "locked-dep=<other:javascript@0.1.0>,integrity=<sha256-AAAA>",
        ] {
            assert_eq!(digest(other), None, "{other}");
        }
        let text = format!(
            r#"(component (core type (module)) (import "{name}" (core module (type 0))) (import "f" (func))
                (component (import "m" (core module (type 0)))))"#
        );
        let component = wat::parse_str(text.replace("(type 0)", "")).unwrap();
        wasmparser::Validator::new().validate_all(&component).unwrap();
        assert_eq!(imports(&component), [name]);
        assert_eq!(imports(b"none"), [""; 0]);
    }
}
