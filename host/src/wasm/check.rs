//! What `kemist check` says about a module.

use super::dynamic::INTERFACES;
use super::engine::Engine;
use super::limits::{Limits, Policy};
use super::version::{self, LoadError, Version};
use crate::route::Routing;
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// A module that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Bytes of the component.
    pub size: usize,
    /// The first six bytes of its SHA-256, in hexadecimal.
    pub label: String,
    /// Its callbacks, in order.
    pub callbacks: Vec<String>,
    /// The functions it imports: `kemi:ksr/tm@0.1.0 t-relay`.
    pub imports: Vec<String>,
}

/// Loads a module as a deploy would, and says what it has.
pub fn inspect(engine: &Arc<Engine>, bytes: &[u8], limits: Limits) -> Result<Report, LoadError> {
    let version = Version::load(engine, bytes, limits, Policy::Reuse)?;
    let component = version::compile(engine, bytes)?;
    Ok(Report {
        size: version.size(),
        label: version.label().to_owned(),
        callbacks: version.callbacks().to_vec(),
        imports: imports(engine, &component),
    })
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
            _ => found.push(name.to_owned()),
        }
    }
    found
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
        Some((_, functions)) => functions.contains(&function),
        None => known("kemi:ksr/dynamic@0.1.0") && ["functions", "call"].contains(&function),
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
    fn patch_versions_are_alike() {
        assert!(is_known("kemi:ksr/tm@0.1.0 t-relay"));
        assert!(is_known("kemi:ksr/tm@0.1.9 t-relay"));
        assert!(is_known("kemi:ksr/dynamic@0.1.0 call"));
        assert!(!is_known("kemi:ksr/tm@0.2.0 t-relay"));
        assert!(!is_known("kemi:ksr/tm@0.1.0 t-fly"));
        assert!(!is_known("wasi:cli/environment@0.2.0 get-environment"));
    }
}
