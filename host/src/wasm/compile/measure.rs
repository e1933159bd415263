//! What a component is made of, counted before anything is compiled: one pass over its sections.

use super::CompileLimits;
use crate::wasm::version::LoadError;
use wasmparser::{Parser, Payload};

/// Core modules and components, whatever is nested.
const PARTS: usize = 256;
/// Components within components.
const DEPTH: usize = 16;
/// Types, core and component, of all parts.
const TYPES: usize = 100_000;
/// Imports of all parts.
const IMPORTS: usize = 20_000;
/// Instances and lifted or lowered functions of all components.
const INSTANCES: usize = 50_000;

#[derive(Default)]
struct Counts {
    parts: usize,
    depth: usize,
    functions: usize,
    types: usize,
    imports: usize,
    instances: usize,
}

/// Refuses what has too much of something. What is malformed passes: compiling it says what is wrong.
pub(super) fn check(bytes: &[u8], limits: &CompileLimits) -> Result<(), LoadError> {
    let over = |count: usize, most: usize, what: &str, key: &str| match count > most {
        true => Err(LoadError::new(format!(
            "it has {count} {what}; {most} are the most{key}"
        ))),
        false => Ok(()),
    };
    over(bytes.len(), limits.size, "bytes", " ([routing.compile] size)")?;
    let mut counts = Counts::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else { break };
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        counts.depth = counts.depth.max(depth);
        counts.add(&payload);
        over(counts.parts, PARTS, "modules and components", "")?;
        over(counts.depth, DEPTH, "components inside one another", "")?;
        over(
            counts.functions,
            limits.functions,
            "functions",
            " ([routing.compile] functions)",
        )?;
        over(counts.types, TYPES, "types", "")?;
        over(counts.imports, IMPORTS, "imports", "")?;
        over(counts.instances, INSTANCES, "instances and adapted functions", "")?;
    }
    Ok(())
}

impl Counts {
    fn add(&mut self, payload: &Payload<'_>) {
        let (place, count) = match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => (&mut self.parts, 1),
            Payload::FunctionSection(section) => (&mut self.functions, section.count()),
            Payload::TypeSection(section) => (&mut self.types, section.count()),
            Payload::CoreTypeSection(section) => (&mut self.types, section.count()),
            Payload::ComponentTypeSection(section) => (&mut self.types, section.count()),
            Payload::ImportSection(section) => (&mut self.imports, section.count()),
            Payload::ComponentImportSection(section) => (&mut self.imports, section.count()),
            Payload::InstanceSection(section) => (&mut self.instances, section.count()),
            Payload::ComponentInstanceSection(section) => (&mut self.instances, section.count()),
            Payload::ComponentCanonicalSection(section) => (&mut self.instances, section.count()),
            _ => return,
        };
        *place = place.saturating_add(count as usize);
    }
}
