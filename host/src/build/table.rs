//! A module without its table. A table costs a fresh instance a slot of the pool, which is cleared after it, and each
//! function in it a detour through the host at its first call. Where the table of a module never changes, what is called
//! through it is known: a call becomes one of a function that chooses among those of the wanted type.

use std::collections::BTreeSet;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ElementSection, Function, FunctionSection, Instruction, Module, TableSection, TypeSection,
};
use wasmparser::{
    CodeSectionReader, ElementItems, ElementKind, ElementSectionReader, ExternalKind, FuncType, FunctionSectionReader,
    Operator, Parser, Payload, TableSectionReader, TypeRef, TypeSectionReader, Validator, WasmFeatures,
};

/// Elements that all choosing functions together may name: a larger table stays.
const MAX_ELEMENTS: usize = 1 << 16;

/// The module with choosing functions in place of its table; as it was where it has none, or one that may change.
pub(super) fn make(core: &[u8]) -> Vec<u8> {
    let made = || {
        let shape = Shape::read(core)?;
        let mut module = Module::new();
        Rewriter { shape }
            .parse_core_module(&mut module, Parser::new(0), core)
            .ok()?;
        Some(module.finish())
    };
    made().unwrap_or_else(|| core.to_vec())
}

/// What must be known of a module before it is written anew.
#[derive(Default)]
struct Shape {
    types: Vec<FuncType>,
    /// The type of each function, imports first.
    functions: Vec<u32>,
    /// The function of each element.
    elements: Vec<Option<u32>>,
    tables: u32,
    /// The types that calls through the table name.
    called: BTreeSet<u32>,
}

impl Shape {
    fn read(core: &[u8]) -> Option<Shape> {
        // the features of which all instructions that look at a table are named below
        Validator::new_with_features(WasmFeatures::WASM2)
            .validate_all(core)
            .ok()?;
        let mut shape = Shape::default();
        for payload in Parser::new(0).parse_all(core) {
            shape.add(payload.ok()?)?;
        }
        let named = shape.elements.len().saturating_mul(shape.called.len());
        (shape.tables == 1 && named <= MAX_ELEMENTS).then_some(shape)
    }

    /// None where the table may change or be seen.
    fn add(&mut self, payload: Payload<'_>) -> Option<()> {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty.ok()?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    match import.ok()?.ty {
                        TypeRef::Func(ty) => self.functions.push(ty),
                        TypeRef::Table(_) => return None,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty.ok()?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.tables += 1;
                    let elements = usize::try_from(table.ok()?.ty.initial).ok()?;
                    self.elements = vec![None; (elements <= MAX_ELEMENTS).then_some(elements)?];
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    (export.ok()?.kind != ExternalKind::Table).then_some(())?;
                }
            }
            Payload::ElementSection(segments) => self.fill(segments)?,
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().ok()? {
                    self.look(&operator.ok()?)?;
                }
            }
            _ => {}
        }
        Some(())
    }

    fn fill(&mut self, segments: ElementSectionReader<'_>) -> Option<()> {
        for segment in segments {
            let segment = segment.ok()?;
            let ElementKind::Active { offset_expr, .. } = segment.kind else {
                return None;
            };
            let ElementItems::Functions(functions) = segment.items else {
                return None;
            };
            let mut offset = offset_expr.get_operators_reader();
            let (Ok(Operator::I32Const { value }), Ok(Operator::End)) = (offset.read(), offset.read()) else {
                return None;
            };
            for (place, function) in (value as u32 as usize..).zip(functions) {
                // one past the end would trap at the start
                *self.elements.get_mut(place)? = Some(function.ok()?);
            }
        }
        Some(())
    }

    fn look(&mut self, operator: &Operator<'_>) -> Option<()> {
        match operator {
            Operator::CallIndirect { type_index, .. } => {
                self.called.insert(*type_index);
            }
            Operator::RefFunc { .. }
            | Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableSize { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. } => return None,
            _ => {}
        }
        Some(())
    }

    /// The function that chooses among those of this type, and its own type.
    fn chooser(&self, ty: u32) -> Option<(u32, u32)> {
        let place = u32::try_from(self.called.iter().position(|called| *called == ty)?).ok()?;
        let count = |list: usize| u32::try_from(list).ok();
        Some((count(self.functions.len())? + place, count(self.types.len())? + place))
    }

    fn ty(&self, ty: u32) -> Option<&FuncType> {
        self.types.get(ty as usize)
    }

    /// A chooser's body: the arguments and, last, the element; a trap where that is another type's or nobody's.
    fn body(&self, ty: u32) -> Option<Function> {
        let wanted = self.ty(ty)?;
        let fits = |function: u32| {
            self.ty(*self.functions.get(function as usize)?)
                .filter(|ty| *ty == wanted)
        };
        let fitting: BTreeSet<u32> = self
            .elements
            .iter()
            .flatten()
            .copied()
            .filter(|f| fits(*f).is_some())
            .collect();
        let fitting: Vec<u32> = fitting.into_iter().collect();
        let nobody = u32::try_from(fitting.len()).ok()?;
        let label = |element: &Option<u32>| {
            let place = element.and_then(|function| fitting.binary_search(&function).ok());
            place.and_then(|place| u32::try_from(place).ok()).unwrap_or(nobody)
        };
        let labels: Vec<u32> = self.elements.iter().map(label).collect();
        let arguments = u32::try_from(wanted.params().len()).ok()?;
        let mut body = Function::new([]);
        for _ in 0..=fitting.len() {
            body.instruction(&Instruction::Block(BlockType::Empty));
        }
        body.instruction(&Instruction::LocalGet(arguments))
            .instruction(&Instruction::BrTable(labels.into(), nobody));
        for function in fitting {
            body.instruction(&Instruction::End);
            for argument in 0..arguments {
                body.instruction(&Instruction::LocalGet(argument));
            }
            body.instruction(&Instruction::Call(function))
                .instruction(&Instruction::Return);
        }
        body.instruction(&Instruction::End)
            .instruction(&Instruction::Unreachable)
            .instruction(&Instruction::End);
        Some(body)
    }
}

/// What [`Shape::read`] has seen is not there.
struct Missing;

struct Rewriter {
    shape: Shape,
}

impl Reencode for Rewriter {
    type Error = Missing;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader<'_>,
    ) -> Result<(), Error<Missing>> {
        utils::parse_type_section(self, types, section)?;
        for called in self.shape.called.clone() {
            let ty = self.shape.ty(called).ok_or(Error::UserError(Missing))?.clone();
            let element = wasmparser::ValType::I32;
            let params = ty.params().iter().chain([&element]).copied();
            types
                .ty()
                .func_type(&self.func_type(FuncType::new(params, ty.results().iter().copied()))?);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Missing>> {
        utils::parse_function_section(self, functions, section)?;
        for called in &self.shape.called {
            let (_, ty) = self.shape.chooser(*called).ok_or(Error::UserError(Missing))?;
            functions.function(ty);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Missing>> {
        utils::parse_code_section(self, code, section)?;
        for called in &self.shape.called {
            code.function(&self.shape.body(*called).ok_or(Error::UserError(Missing))?);
        }
        Ok(())
    }

    fn parse_table_section(&mut self, _: &mut TableSection, _: TableSectionReader<'_>) -> Result<(), Error<Missing>> {
        Ok(())
    }

    fn parse_element_section(
        &mut self,
        _: &mut ElementSection,
        _: ElementSectionReader<'_>,
    ) -> Result<(), Error<Missing>> {
        Ok(())
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error<Missing>> {
        match operator {
            Operator::CallIndirect { type_index, .. } => {
                let (chooser, _) = self.shape.chooser(type_index).ok_or(Error::UserError(Missing))?;
                Ok(Instruction::Call(chooser))
            }
            other => utils::instruction(self, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Instance, Store};

    const CALLS: &str = r#"(module
      (type $binary (func (param i32 i32) (result i32)))
      (type $same (func (param i32 i32) (result i32)))
      (type $none (func))
      (table 6 6 funcref)
      (elem (i32.const 1) $add $sub $add)
      (elem (i32.const 4) $none)
      (func $add (type $same) (i32.add (local.get 0) (local.get 1)))
      (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
      (func $none (type $none))
      (func (export "none") (param i32) (call_indirect (type $none) (local.get 0)))
      (func (export "call") (param i32) (result i32)
        (call_indirect (type $binary) (i32.const 9) (i32.const 4) (local.get 0))))"#;

    fn tables(core: &[u8]) -> bool {
        let mut payloads = Parser::new(0).parse_all(core);
        payloads.any(|payload| matches!(payload, Ok(Payload::TableSection(tables)) if tables.count() > 0))
    }

    #[test]
    fn calls_come_to_the_same_functions() {
        let before = wat::parse_str(CALLS).unwrap();
        let after = make(&before);
        assert_eq!((tables(&before), tables(&after)), (true, false));
        for core in [&before, &after] {
            let engine = Engine::default();
            let module = wasmtime::Module::new(&engine, core).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            let call = instance.get_typed_func::<i32, i32>(&mut store, "call").unwrap();
            let none = instance.get_typed_func::<i32, ()>(&mut store, "none").unwrap();
            let results: Vec<_> = (-1..7).map(|element| call.call(&mut store, element).ok()).collect();
            assert_eq!(results, [None, None, Some(13), Some(5), Some(13), None, None, None]);
            let results: Vec<_> = (0..7)
                .filter(|element| none.call(&mut store, *element).is_ok())
                .collect();
            assert_eq!(results, [4]);
        }
    }

    #[test]
    fn a_table_that_may_change_stays() {
        for with in [
            r#"(export "table" (table 0))"#,
            "(func (table.set (i32.const 0) (ref.null func)))",
            "(func (drop (table.grow (ref.null func) (i32.const 1))))",
            "(func (result funcref) (table.get (i32.const 0)))",
            "(elem declare func $add) (func (result funcref) (ref.func $add))",
            "(elem func $add)",
            "(elem (i32.const 5) $add $add)",
            "(table 1 funcref)",
        ] {
            let core =
                wat::parse_str(CALLS.replace("(func $none (type", &format!("{with} (func $none (type"))).unwrap();
            assert_eq!(make(&core), core, "{with}");
        }
        for text in ["(module)", r#"(module (import "a" "t" (table 1 funcref)))"#] {
            let core = wat::parse_str(text).unwrap();
            assert_eq!(make(&core), core, "{text}");
        }
        assert_eq!(make(b"no module"), b"no module");
    }
}
