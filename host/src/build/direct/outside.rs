//! Core modules that a component does not hold: it imports them by names, with all that its host must know of them.

use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{Component, ComponentImportSection, ComponentTypeRef, CoreTypeSection, ModuleType};
use wasmparser::Validator;
use wasmparser::types::{EntityType, TypesRef};

/// Imports modules in place of holding them; they are the first of its core types too.
pub(super) fn import(component: &mut Component, modules: [&[u8]; 2], names: [&str; 2]) -> Option<()> {
    let mut types = CoreTypeSection::new();
    let mut imports = ComponentImportSection::new();
    for (index, (module, name)) in (0..).zip(modules.into_iter().zip(names)) {
        types.ty().module(&of(module)?);
        imports.import(name, ComponentTypeRef::Module(index));
    }
    component.section(&types).section(&imports);
    Some(())
}

/// The type of a module: what it imports and exports.
fn of(module: &[u8]) -> Option<ModuleType> {
    let types = Validator::new().validate_all(module).ok()?;
    let types = types.as_ref();
    let mut ty = ModuleType::new();
    for (module, name, item) in types.core_imports()? {
        let item = entity(types, &mut ty, item).ok()??;
        ty.import(module, name, item);
    }
    for (name, item) in types.core_exports()? {
        let item = entity(types, &mut ty, item).ok()??;
        ty.export(name, item);
    }
    Some(ty)
}

fn entity(
    types: TypesRef<'_>,
    ty: &mut ModuleType,
    item: EntityType,
) -> Result<Option<wasm_encoder::EntityType>, Error<Infallible>> {
    let mut encoder = RoundtripReencoder;
    Ok(match item {
        EntityType::Func(id) => {
            let function = encoder.func_type(types[id].unwrap_func().clone())?;
            let index = ty.type_count();
            ty.ty().func_type(&function);
            Some(wasm_encoder::EntityType::Function(index))
        }
        EntityType::Table(table) => Some(wasm_encoder::EntityType::Table(encoder.table_type(table)?)),
        EntityType::Memory(memory) => Some(wasm_encoder::EntityType::Memory(encoder.memory_type(memory)?)),
        EntityType::Global(global) => Some(wasm_encoder::EntityType::Global(encoder.global_type(global)?)),
        EntityType::Tag(_) | EntityType::FuncExact(_) => None,
    })
}
