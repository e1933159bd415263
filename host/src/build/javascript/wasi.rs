//! The engine with the system calls of its C library inside it: the functions of the adapter become functions of the
//! module, which then imports nothing but its host.

use std::collections::HashMap;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{CodeSection, EntityType, FunctionSection, ImportSection, Module, TypeSection};
use wasmparser::{
    ExternalKind, FuncType, FunctionBody, FunctionSectionReader, ImportSectionReader, Parser, Payload, TypeRef,
    TypeSectionReader,
};

/// The module that the engine imports them from.
const WASI: &str = "wasi_snapshot_preview1";
/// What they are; the clock is the host's, and there are no files.
const ADAPTER: &str = include_str!("../../../../plugins/javascript/adapter.wat");

type Result<T> = std::result::Result<T, reencode::Error<Infallible>>;

/// A module with the adapter's functions in place of those that it imports.
pub(super) fn close(core: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let fault = |e: &dyn std::fmt::Display| format!("the engine's adapter: {e:#}");
    let adapter = wat::parse_str(ADAPTER).map_err(|e| fault(&e))?;
    let adapter = Parts::read(&adapter).map_err(|e| fault(&e))?;
    let engine = Parts::read(core).map_err(|e| fault(&e))?;
    let mut closing = Closing::new(&engine, &adapter).map_err(|name| fault(&format!("it has no function {name}")))?;
    let mut module = Module::new();
    closing
        .parse_core_module(&mut module, Parser::new(0), core)
        .map_err(|e| fault(&e))?;
    Ok(module.finish())
}

/// What must be known of a module.
#[derive(Default)]
struct Parts<'a> {
    types: Vec<FuncType>,
    /// Functions that it imports, with their types.
    imports: Vec<(&'a str, &'a str, u32)>,
    /// The types of its own functions, and their bodies.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
    exports: HashMap<&'a str, u32>,
}

impl<'a> Parts<'a> {
    fn read(core: &'a [u8]) -> wasmparser::Result<Parts<'a>> {
        let mut parts = Parts::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::TypeSection(section) => {
                    let types = section.into_iter_err_on_gc_types();
                    parts.types = types.collect::<wasmparser::Result<_>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(ty) = import.ty {
                            parts.imports.push((import.module, import.name, ty));
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    parts.functions = section.into_iter().collect::<wasmparser::Result<_>>()?;
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            parts.exports.insert(export.name, export.index);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => parts.bodies.push(body),
                _ => {}
            }
        }
        Ok(parts)
    }

    fn imports_func(&self, module: &str, name: &str) -> Option<usize> {
        let is_it = |import: &(&str, &str, u32)| (import.0, import.1) == (module, name);
        self.imports.iter().position(is_it)
    }
}

/// Writes the engine with the adapter's functions behind its own.
struct Closing<'p, 'a> {
    engine: &'p Parts<'a>,
    adapter: &'p Parts<'p>,
    /// What the adapter imports and the engine does not.
    further: Vec<(&'p str, &'p str, u32)>,
    /// New indices of what the engine imports, and the new index of its first own function.
    imported: Vec<u32>,
    first: u32,
    /// Bodies of the engine that were written.
    written: usize,
    /// New indices of the adapter's functions.
    inner: Inner,
}

impl<'p, 'a> Closing<'p, 'a> {
    /// Fails with the name of a function that nobody has.
    fn new(engine: &'p Parts<'a>, adapter: &'p Parts<'p>) -> std::result::Result<Self, String> {
        let stays = |import: &&(&str, &str, u32)| import.0 != WASI;
        let missing = |import: &&(&str, &str, u32)| engine.imports_func(import.0, import.1).is_none();
        let further: Vec<_> = adapter.imports.iter().filter(missing).copied().collect();
        let left = engine.imports.iter().filter(stays).count();
        // all counts of functions are of 32 bits: the module was read
        let first = (left + further.len()) as u32;
        let appended = first + engine.functions.len() as u32;
        let own = |function: u32| (function as usize).checked_sub(adapter.imports.len());
        let mut next = 0;
        let imported = engine.imports.iter().map(|import| match stays(&import) {
            true => {
                next += 1;
                Ok(next - 1)
            }
            false => {
                let function = adapter.exports.get(import.1).and_then(|function| own(*function));
                function
                    .map(|function| appended + function as u32)
                    .ok_or_else(|| import.1.to_owned())
            }
        });
        let imported: Vec<u32> = imported.collect::<std::result::Result<_, _>>()?;
        let of_adapter = adapter.imports.iter().map(|import| {
            let place = |list: &[(&str, &str, u32)]| list.iter().position(|other| other == import);
            match engine.imports_func(import.0, import.1) {
                Some(place) => imported[place],
                None => (left + place(&further).unwrap_or(0)) as u32,
            }
        });
        let inner = Inner {
            functions: of_adapter.chain((appended..).take(adapter.functions.len())).collect(),
            types: engine.types.len() as u32,
        };
        Ok(Closing {
            engine,
            adapter,
            further,
            imported,
            first,
            written: 0,
            inner,
        })
    }
}

impl Reencode for Closing<'_, '_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32> {
        let function = function as usize;
        Ok(match self.imported.get(function) {
            Some(index) => *index,
            None => self.first + (function - self.imported.len()) as u32,
        })
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, section: TypeSectionReader<'_>) -> Result<()> {
        utils::parse_type_section(self, types, section)?;
        for ty in &self.adapter.types {
            types.ty().func_type(&self.inner.func_type(ty.clone())?);
        }
        Ok(())
    }

    fn parse_import_section(&mut self, imports: &mut ImportSection, section: ImportSectionReader<'_>) -> Result<()> {
        for import in section.into_imports() {
            let import = import?;
            if import.module != WASI {
                imports.import(import.module, import.name, self.entity_type(import.ty)?);
            }
        }
        for (module, name, ty) in &self.further {
            imports.import(module, name, EntityType::Function(self.inner.types + ty));
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_function_section(self, functions, section)?;
        for ty in &self.adapter.functions {
            functions.function(self.inner.types + ty);
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<()> {
        utils::parse_function_body(self, code, body)?;
        self.written += 1;
        if self.written == self.engine.bodies.len() {
            for body in &self.adapter.bodies {
                self.inner.parse_function_body(code, body.clone())?;
            }
        }
        Ok(())
    }
}

/// Writes the adapter's bodies with the numbers of the whole.
struct Inner {
    functions: Vec<u32>,
    /// Types before its own.
    types: u32,
}

impl Reencode for Inner {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32> {
        // it was validated with the text
        Ok(self.functions[function as usize])
    }

    fn type_index(&mut self, ty: u32) -> Result<u32> {
        Ok(self.types + ty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Instance, Linker, Store};

    /// Sums what the clock, a stub and a function of the host say; calls one of its own through a table.
    const ENGINE: &str = r#"(module
      (type $own (func (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
      (import "kemi:ksr/dynamic@0.1.0" "digest" (func $digest (result i64)))
      (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
      (memory (export "memory") 1)
      (table 2 funcref)
      (elem (i32.const 0) $close $twice)
      (func $twice (type $own) (i32.mul (i32.const 2) (local.get 0)))
      (func (export "run") (result i64)
        (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 8)))
        (i64.add (i64.load (i32.const 8))
          (i64.add (call $digest)
            (i64.extend_i32_u (i32.add (call_indirect (type $own) (i32.const 3) (i32.const 0))
                                       (call_indirect (type $own) (i32.const 50) (i32.const 1))))))))"#;

    #[test]
    fn its_calls_become_its_own() {
        let closed = close(&wat::parse_str(ENGINE).unwrap()).unwrap();
        let engine = Engine::default();
        let module = wasmtime::Module::new(&engine, &closed).unwrap();
        assert!(
            module
                .imports()
                .all(|import| import.module() == "kemi:ksr/dynamic@0.1.0")
        );
        let mut linker = Linker::<()>::new(&engine);
        let host = "kemi:ksr/dynamic@0.1.0";
        linker.func_wrap(host, "digest", || 1000_i64).unwrap();
        linker.func_wrap(host, "now", || 20_000_i64).unwrap();
        linker.func_wrap(host, "random", || 0_i64).unwrap();
        let mut store = Store::new(&engine, ());
        let instance: Instance = linker.instantiate(&mut store, &module).unwrap();
        let run = instance.get_typed_func::<(), i64>(&mut store, "run").unwrap();
        assert_eq!(run.call(&mut store, ()).unwrap(), 20_000 + 1000 + 8 + 100);
    }

    #[test]
    fn what_it_lacks_is_named() {
        let asks = r#"(module (import "wasi_snapshot_preview1" "sock_accept" (func)) (memory 1))"#;
        let error = close(&wat::parse_str(asks).unwrap()).unwrap_err();
        assert!(error.contains("no function sock_accept"), "{error}");
    }
}
