//! Leaving a callback from any depth: `KSR.x.exit()`, and errors.
//!
//! The SDK calls a function `leave` that nobody provides. Here a call of it becomes: remember why, and return; and
//! after each call of a function that may leave, its caller looks whether it did, and returns too. One test of a
//! global for each such call, which measures nothing. An exception of WebAssembly would say the same in fewer
//! bytes, at 5 to 9 us a throw, and at 18 us more in a fresh instance, whose collected heap must be made for it.

use std::collections::{BTreeMap, HashSet};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, ExportSection, Function, ImportSection, Instruction, Module};
use wasmparser::{
    Element, ElementItems, ElementSectionReader, ExportSectionReader, ExternalKind, FunctionBody, ImportSectionReader,
    Operator, Parser, Payload, TypeRef, ValType,
};

/// The module of the two functions that are replaced here.
const MODULE: &str = "kemist";

/// Exports of the SDK's entry points, and their names in a component. What is not listed goes.
const EXPORTS: &[(&str, &str)] = &[
    ("memory", "memory"),
    ("_initialize", "_initialize"),
    ("cabi_realloc", "cabi_realloc"),
    ("__kemist_callbacks", "callbacks"),
    ("__kemist_run", "run"),
    ("__kemist_post_run", "cabi_post_run"),
];

/// A core module with `leave` and `enter` written out, and the exports of a component.
pub(super) fn rewrite(core: &[u8]) -> Result<Vec<u8>, String> {
    let shape = Shape::read(core).map_err(|e| e.to_string())?;
    let global = shape.global.ok_or("the entry points are missing")?;
    let dispatch = shape.dispatch.ok_or("the entry points are missing")?;
    let leaves = shape.leaves();
    let mut module = Module::new();
    let mut rewriter = Rewriter {
        shape: &shape,
        leaves,
        global,
        dispatch,
        next: shape.imported(),
    };
    rewriter
        .parse_core_module(&mut module, Parser::new(0), core)
        .map_err(|e| e.to_string())?;
    Ok(module.finish())
}

/// What must be known of a module before it is written anew.
#[derive(Default)]
struct Shape {
    /// Results of each type of a function.
    results: Vec<Vec<ValType>>,
    /// The type of each function, imports first.
    functions: Vec<u32>,
    /// The names of imported functions.
    imports: Vec<(String, String)>,
    /// What each defined function calls, by its index among all.
    calls: BTreeMap<u32, HashSet<u32>>,
    /// Functions that call through the table.
    indirect: HashSet<u32>,
    /// Functions that the table may hold.
    referenced: HashSet<u32>,
    /// Functions that the host calls: there is nobody to return to.
    roots: HashSet<u32>,
    global: Option<u32>,
    dispatch: Option<u32>,
}

impl Shape {
    fn read(core: &[u8]) -> wasmparser::Result<Shape> {
        let mut shape = Shape::default();
        let mut next = 0;
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::TypeSection(types) => {
                    for ty in types.into_iter_err_on_gc_types() {
                        shape.results.push(ty?.results().to_vec());
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(ty) = import.ty {
                            shape.functions.push(ty);
                            shape.imports.push((import.module.into(), import.name.into()));
                        }
                    }
                    next = shape.imported();
                }
                Payload::FunctionSection(functions) => {
                    for ty in functions {
                        shape.functions.push(ty?);
                    }
                }
                Payload::ExportSection(exports) => shape.read_exports(exports)?,
                Payload::ElementSection(elements) => shape.read_elements(elements)?,
                Payload::CodeSectionEntry(body) => {
                    shape.read_body(next, &body)?;
                    next += 1;
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn read_exports(&mut self, exports: ExportSectionReader<'_>) -> wasmparser::Result<()> {
        for export in exports {
            let export = export?;
            match (export.name, export.kind) {
                ("__kemist_leaving", ExternalKind::Global) => self.global = Some(export.index),
                ("__kemist_dispatch", ExternalKind::Func) => self.dispatch = Some(export.index),
                (_, ExternalKind::Func) => {
                    self.roots.insert(export.index);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_elements(&mut self, elements: ElementSectionReader<'_>) -> wasmparser::Result<()> {
        for element in elements {
            let Element { items, .. } = element?;
            match items {
                ElementItems::Functions(functions) => {
                    for function in functions {
                        self.referenced.insert(function?);
                    }
                }
                ElementItems::Expressions(_, expressions) => {
                    for expression in expressions {
                        for operator in expression?.get_operators_reader() {
                            if let Operator::RefFunc { function_index } = operator? {
                                self.referenced.insert(function_index);
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn read_body(&mut self, at: u32, body: &FunctionBody<'_>) -> wasmparser::Result<()> {
        let mut calls = HashSet::new();
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    calls.insert(function_index);
                }
                Operator::CallIndirect { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::CallRef { .. }
                | Operator::ReturnCallRef { .. } => {
                    self.indirect.insert(at);
                }
                Operator::RefFunc { function_index } => {
                    self.referenced.insert(function_index);
                }
                _ => {}
            }
        }
        self.calls.insert(at, calls);
        Ok(())
    }

    fn imported(&self) -> u32 {
        self.imports.len() as u32
    }

    fn is_import(&self, function: u32, name: &str) -> bool {
        self.imports
            .get(function as usize)
            .is_some_and(|(module, found)| module == MODULE && found == name)
    }

    /// Is it one of those that are replaced?
    fn is_replaced(&self, function: u32) -> bool {
        self.imports
            .get(function as usize)
            .is_some_and(|(module, _)| module == MODULE)
    }

    /// Functions after whose calls the caller must look: those that call `leave`, and their callers in turn.
    /// Where leaving ends, at `enter`, is a call of an import, which is none of them.
    fn leaves(&self) -> Leaves {
        let mut found = Leaves {
            functions: (0..self.imported()).filter(|f| self.is_import(*f, "leave")).collect(),
            indirect: false,
        };
        loop {
            let before = (found.functions.len(), found.indirect);
            for (function, calls) in &self.calls {
                let direct = calls.iter().any(|called| found.functions.contains(called));
                if direct || (found.indirect && self.indirect.contains(function)) {
                    found.functions.insert(*function);
                }
            }
            found.indirect = self.referenced.iter().any(|f| found.functions.contains(f));
            if before == (found.functions.len(), found.indirect) {
                return found;
            }
        }
    }
}

/// What may leave.
struct Leaves {
    functions: HashSet<u32>,
    /// A call through the table may reach one of them.
    indirect: bool,
}

struct Rewriter<'a> {
    shape: &'a Shape,
    leaves: Leaves,
    global: u32,
    dispatch: u32,
    /// The function whose body comes next.
    next: u32,
}

impl Rewriter<'_> {
    /// Returns from a function, with any result: nobody reads it. A function that the host called traps.
    fn give_up(&mut self, function: u32, body: &mut Function) -> Result<(), Error> {
        if self.shape.roots.contains(&function) {
            body.instruction(&Instruction::Unreachable);
            return Ok(());
        }
        let shape = self.shape;
        let results = shape
            .functions
            .get(function as usize)
            .and_then(|ty| shape.results.get(*ty as usize));
        for result in results.into_iter().flatten() {
            body.instruction(&match result {
                ValType::I32 => Instruction::I32Const(0),
                ValType::I64 => Instruction::I64Const(0),
                ValType::F32 => Instruction::F32Const(0.0.into()),
                ValType::F64 => Instruction::F64Const(0.0.into()),
                ValType::V128 => Instruction::V128Const(0),
                ValType::Ref(ty) => Instruction::RefNull(self.heap_type(ty.heap_type())?),
            });
        }
        body.instruction(&Instruction::Return);
        Ok(())
    }

    fn call(&mut self, function: u32, called: Operator<'_>, body: &mut Function) -> Result<(), Error> {
        let leaves = match called {
            Operator::Call { function_index } if self.shape.is_import(function_index, "leave") => {
                // why is on the stack
                body.instruction(&Instruction::GlobalSet(self.global));
                return self.give_up(function, body);
            }
            Operator::Call { function_index } if self.shape.is_import(function_index, "enter") => {
                let dispatch = self.function_index(self.dispatch)?;
                body.instruction(&Instruction::Call(dispatch));
                return Ok(());
            }
            Operator::Call { function_index } => self.leaves.functions.contains(&function_index),
            _ => self.leaves.indirect,
        };
        body.instruction(&self.instruction(called)?);
        if leaves {
            body.instruction(&Instruction::GlobalGet(self.global));
            body.instruction(&Instruction::If(wasm_encoder::BlockType::Empty));
            self.give_up(function, body)?;
            body.instruction(&Instruction::End);
        }
        Ok(())
    }
}

impl Reencode for Rewriter<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let gone = (0..function.min(self.shape.imported())).filter(|f| self.shape.is_replaced(*f));
        Ok(function - gone.count() as u32)
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            if import.module != MODULE {
                utils::parse_import(self, imports, import)?;
            }
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        for export in section {
            let mut export = export?;
            if let Some((_, name)) = EXPORTS.iter().find(|(name, _)| *name == export.name) {
                export.name = name;
                utils::parse_export(self, exports, export)?;
            }
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, func: FunctionBody<'_>) -> Result<(), Error> {
        let function = self.next;
        self.next += 1;
        let mut body = self.new_function_with_parsed_locals(&func)?;
        for operator in func.get_operators_reader()? {
            match operator? {
                called @ (Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::CallRef { .. }) => {
                    self.call(function, called, &mut body)?;
                }
                other => {
                    body.instruction(&self.instruction(other)?);
                }
            }
        }
        code.function(&body);
        Ok(())
    }

    fn parse_custom_section(&mut self, _: &mut Module, _: wasmparser::CustomSectionReader<'_>) -> Result<(), Error> {
        // names and notes of tools, which speak of other indices
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Config, Engine, Instance, Store};

    /// Runs `run` of a module with the SDK's exports; the other functions are given.
    fn run(functions: &str, argument: i32) -> wasmtime::Result<i32> {
        let text = format!(
            r#"(module
              (import "kemist" "leave" (func $leave (param i32)))
              (import "kemist" "enter" (func $enter (param i32 i32)))
              (global $leaving (export "__kemist_leaving") (mut i32) (i32.const 0))
              (global $after (mut i32) (i32.const 0))
              (func $run (export "__kemist_run") (param i32 i32 i32) (result i32)
                (local $why i32)
                (call $enter (local.get 0) (i32.const 0))
                (local.set $why (global.get $leaving))
                (global.set $leaving (i32.const 0))
                (i32.add (i32.mul (global.get $after) (i32.const 10)) (local.get $why)))
              {functions})"#
        );
        let core = rewrite(&wat::parse_str(text).unwrap()).unwrap();
        let engine = Engine::new(&Config::new()).unwrap();
        let module = wasmtime::Module::new(&engine, &core)?;
        assert_eq!(module.imports().count(), 0);
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(1);
        let instance = Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func::<(i32, i32, i32), i32>(&mut store, "run")?;
        let first = run.call(&mut store, (argument, 0, 0))?;
        // the instance lives on
        let second = run.call(&mut store, (argument, 0, 0))?;
        assert_eq!(first % 10, second % 10);
        Ok(first)
    }

    #[test]
    fn leaves_from_any_depth() {
        let functions = r#"
          (func $deep (param i32) (result i64)
            (if (i32.eqz (local.get 0)) (then (call $leave (i32.const 1))))
            (i64.add (i64.const 5) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
          (func (export "__kemist_dispatch") (param i32 i32)
            (drop (call $deep (local.get 0)))
            (global.set $after (i32.const 1)))"#;
        assert_eq!(run(functions, 0).unwrap(), 1);
        assert_eq!(run(functions, 20).unwrap(), 1);
    }

    #[test]
    fn leaves_through_the_table() {
        let functions = r#"
          (type $t (func (param i32) (result f64)))
          (table 1 funcref)
          (elem (i32.const 0) $leaver)
          (func $leaver (type $t)
            (if (local.get 0) (then (call $leave (i32.const 2))))
            (f64.const 1))
          (func (export "__kemist_dispatch") (param i32 i32)
            (drop (call_indirect (type $t) (local.get 0) (i32.const 0)))
            (global.set $after (i32.const 1)))"#;
        assert_eq!(run(functions, 1).unwrap(), 2);
        assert_eq!(run(functions, 0).unwrap(), 10);
    }

    #[test]
    fn an_end_without_leaving_stays_as_it_is() {
        let functions = r#"(func (export "__kemist_dispatch") (param i32 i32) (global.set $after (i32.const 1)))"#;
        assert_eq!(run(functions, 0).unwrap(), 10);
    }

    #[test]
    fn leaving_what_the_host_called_traps() {
        let text = r#"(module
          (import "kemist" "leave" (func $leave (param i32)))
          (global (export "__kemist_leaving") (mut i32) (i32.const 0))
          (func (export "__kemist_dispatch") (param i32 i32))
          (func $inner (call $leave (i32.const 2)))
          (func (export "_initialize") (call $inner)))"#;
        let core = rewrite(&wat::parse_str(text).unwrap()).unwrap();
        let engine = Engine::default();
        let module = wasmtime::Module::new(&engine, &core).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let start = instance.get_typed_func::<(), ()>(&mut store, "_initialize").unwrap();
        assert!(start.call(&mut store, ()).is_err());
    }

    #[test]
    fn refuses_a_module_of_something_else() {
        assert!(rewrite(b"\0asm\x01\0\0\0").unwrap_err().contains("entry points"));
        assert!(rewrite(b"hello").is_err());
    }
}
