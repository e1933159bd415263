//! What `kemist check` says about a module.

mod grants;
mod script;
mod tokens;

pub use grants::Needs;
pub use script::Script;

use super::carried::Carried;
use super::compile;
use super::dynamic::INTERFACES;
use super::engine::Engine;
use super::limits::{Limits, Policy};
use super::version::{LoadError, Version};
use crate::route::Routing;
use crate::tenant::grants::{Set, place};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

const DYNAMIC: &str = "kemi:ksr/dynamic@0.1.0";

/// A module that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Bytes of the component.
    pub size: usize,
    /// The first six bytes of its SHA-256, in hexadecimal.
    pub label: String,
    /// The languages that it says it was made from.
    pub languages: Vec<String>,
    /// Its callbacks, in order.
    pub callbacks: Vec<String>,
    /// The functions it imports: `kemi:ksr/tm@0.1.0 t-relay`.
    pub imports: Vec<String>,
    /// The KEMI functions it imports by their own types, `KSR.tm.t_relay`; those that its script names, where it is an
    /// engine with a script.
    pub functions: Vec<String>,
    /// What its script, where it has one, names that is not here, and what in it cannot work.
    pub script: Option<Script>,
    /// What it must be granted where it is a tenant's.
    pub needs: Needs,
    /// How many scenarios it carries.
    pub scenarios: usize,
}

impl Report {
    /// The same module with other sections beside its code: its size, its label and its scenarios.
    pub fn carries(&mut self, bytes: &[u8]) {
        self.size = bytes.len();
        self.label = compile::label(&Sha256::digest(bytes).into());
        self.scenarios = scenarios(bytes).unwrap_or_default();
    }

    /// The interfaces it imports, each once: `kemi:ksr/tm@0.1.0`.
    pub fn interfaces(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.imports.iter().map(|import| interface(import)).collect();
        names.dedup();
        names
    }
}

/// Loads a module as a deploy would, and says what it has.
pub fn inspect(engine: &Arc<Engine>, bytes: &[u8], limits: Limits) -> Result<Report, LoadError> {
    let version = Version::load(engine, bytes, limits, Policy::Reuse)?;
    // it was loaded just now, and nobody has ended it
    let code = version.code();
    let imports = code.map_or_else(Vec::new, |code| imports(engine, code.pre().instance_pre().component()));
    let callbacks = version.callbacks();
    let scenarios = scenarios(bytes)?;
    let script = script::carried(bytes).map(|files| Script::of(&files, callbacks));
    let named = script.iter().flat_map(|script| script.functions.iter().cloned());
    let mut needs = script
        .as_ref()
        .map_or_else(Needs::default, |script| script.needs.clone());
    for import in &imports {
        needs.import(import);
    }
    if script.is_none() {
        needs.compiled(bytes);
    }
    Ok(Report {
        needs,
        size: version.size(),
        label: version.label().to_owned(),
        languages: languages(bytes),
        callbacks: callbacks.to_vec(),
        functions: imports
            .iter()
            .filter_map(|import| kemi_name(import))
            .chain(named)
            .collect(),
        imports,
        script,
        scenarios,
    })
}

/// What in the script that a component carries cannot work, each with its file and line.
pub fn findings(bytes: &[u8], callbacks: &[String]) -> Vec<String> {
    script::carried(bytes).map_or_else(Vec::new, |files| Script::of(&files, callbacks).findings)
}

fn scenarios(bytes: &[u8]) -> Result<usize, LoadError> {
    let carried = Carried::of(bytes).map_err(LoadError::new)?;
    Ok(carried.map_or(0, |carried| carried.files.len()))
}

/// What the producers section says; of the component itself before that of a module inside it.
fn languages(bytes: &[u8]) -> Vec<String> {
    let names = |section: &wasmparser::CustomSectionReader<'_>| -> Option<Vec<String>> {
        let producers = wasm_metadata::Producers::from_bytes(section.data(), section.data_offset()).ok()?;
        Some(
            producers
                .get("language")?
                .iter()
                .map(|(name, _)| name.clone())
                .collect(),
        )
    };
    let mut depth = 0;
    let mut inner = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(bytes).flatten() {
        use wasmparser::Payload::{ComponentSection, CustomSection, End, ModuleSection};
        match payload {
            ModuleSection { .. } | ComponentSection { .. } => depth += 1,
            End(_) => depth -= 1,
            CustomSection(section) if section.name() == "producers" => match names(&section) {
                Some(found) if depth == 0 => return found,
                found => inner.extend(found.unwrap_or_default()),
            },
            _ => {}
        }
    }
    inner.sort();
    inner.dedup();
    inner
}

/// `kemi:ksr/tm@0.1.0 t-relay` as KEMI names it.
fn kemi_name(import: &str) -> Option<String> {
    let (interface, function) = import.split_once(' ')?;
    let (_, functions) = INTERFACES.iter().find(|(full, _)| base(full) == base(interface))?;
    let (_, name) = functions.iter().find(|(wit, _)| *wit == function)?;
    Some((*name).to_owned())
}

/// The interface of an import.
fn interface(import: &str) -> &str {
    import.split_once(' ').map_or(import, |(interface, _)| interface)
}

fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    let mut found = Vec::new();
    for (name, item) in component.component_type().imports(engine.wasm()) {
        match item.ty {
            ComponentItem::ComponentInstance(instance) => {
                let functions = instance.exports(engine.wasm());
                found.extend(
                    functions
                        .filter(|(_, f)| matches!(f.ty, ComponentItem::ComponentFunc(_)))
                        .map(|(f, _)| format!("{name} {f}")),
                );
            }
            // an engine that is shared: it gives a component nothing but what it could hold itself
            ComponentItem::Module(_) => {}
            _ => found.push(name.to_owned()),
        }
    }
    found
}

/// The KEMI functions that a component imports by their own types.
pub(super) fn functions(engine: &Engine, component: &Component) -> Set {
    let names = imports(engine, component);
    Set::of(names.iter().filter_map(|import| place_of(import)))
}

/// The place of the function that an import is.
fn place_of(import: &str) -> Option<usize> {
    let name = kemi_name(import)?;
    let name = name.strip_prefix("KSR.")?;
    let (module, name) = name.split_once('.').unwrap_or(("", name));
    place(module, name)
}

/// The first import that the host does not have: an interface, or a function of one that it has.
pub(super) fn unknown_import(engine: &Engine, component: &Component) -> Option<String> {
    imports(engine, component).into_iter().find(|import| !is_known(import))
}

fn is_known(import: &str) -> bool {
    let Some((interface, function)) = import.split_once(' ') else {
        return false;
    };
    // a guest built against another patch version is welcome: its functions decide
    let known = |full: &str| base(full) == base(interface);
    match INTERFACES.iter().find(|(full, _)| known(full)) {
        Some((_, functions)) => functions.iter().any(|(wit, _)| *wit == function),
        None => known(DYNAMIC) && ["functions", "call", "digest", "memory", "now", "random"].contains(&function),
    }
}

/// `kemi:ksr/tm@0.1.7` without its patch version.
fn base(interface: &str) -> &str {
    interface.rsplit_once('.').map_or(interface, |(base, _)| base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_have_kemi_names() {
        assert_eq!(
            kemi_name("kemi:ksr/tm@0.1.9 t-relay").as_deref(),
            Some("KSR.tm.t_relay")
        );
        assert_eq!(
            kemi_name("kemi:ksr/core@0.1.0 is-invite").as_deref(),
            Some("KSR.is_INVITE")
        );
        assert_eq!(kemi_name("kemi:ksr/dynamic@0.1.0 call"), None);
    }

    #[test]
    fn patch_versions_are_alike() {
        assert!(is_known("kemi:ksr/tm@0.1.0 t-relay"));
        assert!(is_known("kemi:ksr/tm@0.1.9 t-relay"));
        assert!(is_known("kemi:ksr/dynamic@0.1.0 call"));
        assert!(!is_known("kemi:ksr/tm@0.2.0 t-relay"));
        assert!(!is_known("kemi:ksr/tm@0.1.0 t-fly"));
        assert!(!is_known("wasi:cli/environment@0.2.0 get-environment"));
    }
}
