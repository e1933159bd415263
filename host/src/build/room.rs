//! Memory that is cheap to have and to reset.
//!
//! A guest's allocator gets the first pages that it wants without asking the host: they are there from the start,
//! untouched. A `memory.grow` in a fresh instance changes the protection of pages, and so does the reset after it; each
//! of these interrupts every processor that runs a thread of the process, for every message.
//!
//! The data begins with the first page. The stack comes before the data of a guest in Rust, and as the host maps only what
//! has data, it would be a mapping of its own, which is walked by itself at each reset.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, Function, GlobalSection, GlobalType, Instruction, MemorySection,
    Module, ValType,
};
use wasmparser::{
    DataKind, DataSectionReader, FunctionBody, GlobalSectionReader, MemorySectionReader, Operator, Parser, Payload,
    TypeRef,
};

/// Pages of 64 KiB that are there beside those that the module asks for.
const ROOM: u32 = 4;

/// The size of a host's page, at least.
const HOST_PAGE: u32 = 4096;

/// Bytes before a module's data that are made data too: they become part of what is compiled.
const MAX_BEFORE: u32 = 1 << 20;

/// The module with room: its first memory is larger, and what grew it takes from that first. A module that looks at
/// the size of its memory, or that has no memory or global of its own, stays as it is.
pub(super) fn make(core: &[u8]) -> Vec<u8> {
    let grown = || {
        let shape = Shape::read(core).ok()??;
        let mut module = Module::new();
        let mut rewriter = Rewriter { shape };
        rewriter.parse_core_module(&mut module, Parser::new(0), core).ok()?;
        Some(module.finish())
    };
    grown().unwrap_or_else(|| core.to_vec())
}

/// What must be known of a module before it is written anew.
struct Shape {
    /// Pages of its memory at the start, with the room.
    pages: u32,
    /// Globals: two more come after them, the pages left of the room and the pages that are wanted.
    globals: u32,
    /// The address of its first data.
    data: Option<u32>,
}

impl Shape {
    fn read(core: &[u8]) -> wasmparser::Result<Option<Shape>> {
        let (mut pages, mut globals, mut own_globals, mut data) = (None, 0, false, None);
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import?.ty {
                            TypeRef::Memory(_) => return Ok(None),
                            TypeRef::Global(_) => globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::MemorySection(memories) => {
                    let all = memories.into_iter().collect::<wasmparser::Result<Vec<_>>>()?;
                    let [memory] = all.as_slice() else { return Ok(None) };
                    let least = u32::try_from(memory.initial).unwrap_or(u32::MAX);
                    let limit = memory.maximum.map_or(65_536, |maximum| maximum.min(65_536));
                    let with_room = least.saturating_add(ROOM);
                    if memory.memory64 || memory.page_size_log2.is_some() || u64::from(with_room) > limit {
                        return Ok(None);
                    }
                    pages = Some(with_room);
                }
                Payload::GlobalSection(section) => {
                    globals += section.count();
                    own_globals = true;
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        if matches!(operator?, Operator::MemorySize { .. }) {
                            return Ok(None);
                        }
                    }
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let DataKind::Active { offset_expr, .. } = segment?.kind else {
                            continue;
                        };
                        if let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? {
                            let address = value as u32;
                            data = Some(data.map_or(address, |first: u32| first.min(address)));
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(pages
            .filter(|_| own_globals)
            .map(|pages| Shape { pages, globals, data }))
    }

    /// The first page has no data, but what has some is not far: a byte at the address that no pointer has makes a
    /// beginning.
    fn lacks_beginning(&self) -> bool {
        self.data.is_some_and(|data| (HOST_PAGE..=MAX_BEFORE).contains(&data))
    }
}

struct Rewriter {
    shape: Shape,
}

impl Rewriter {
    /// `memory.grow`, the number of pages on the stack: from the room where it suffices.
    fn grow(&self, body: &mut Function) {
        let (left, wanted) = (self.shape.globals, self.shape.globals + 1);
        let pages = i32::try_from(self.shape.pages).unwrap_or(i32::MAX);
        for instruction in [
            Instruction::GlobalSet(wanted),
            Instruction::GlobalGet(wanted),
            Instruction::GlobalGet(left),
            Instruction::I32LeU,
            Instruction::If(BlockType::Result(ValType::I32)),
            // the size until now, as far as the module knows
            Instruction::I32Const(pages),
            Instruction::GlobalGet(left),
            Instruction::I32Sub,
            Instruction::GlobalGet(left),
            Instruction::GlobalGet(wanted),
            Instruction::I32Sub,
            Instruction::GlobalSet(left),
            Instruction::Else,
            // what is left of the room stays unused: an allocator takes what it gets
            Instruction::GlobalGet(wanted),
            Instruction::MemoryGrow(0),
            Instruction::End,
        ] {
            body.instruction(&instruction);
        }
    }
}

impl Reencode for Rewriter {
    type Error = std::convert::Infallible;

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> Result<(), Error> {
        for memory in section {
            let mut memory = self.memory_type(memory?)?;
            memory.minimum = u64::from(self.shape.pages);
            memories.memory(memory);
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_global_section(self, globals, section)?;
        let count = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(count, &ConstExpr::i32_const(ROOM as i32));
        globals.global(count, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn data_count(&mut self, count: u32) -> Result<u32, Error> {
        Ok(count + u32::from(self.shape.lacks_beginning()))
    }

    fn parse_data_section(&mut self, data: &mut DataSection, section: DataSectionReader<'_>) -> Result<(), Error> {
        utils::parse_data_section(self, data, section)?;
        if self.shape.lacks_beginning() {
            data.active(0, &ConstExpr::i32_const(0), [1]);
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, func: FunctionBody<'_>) -> Result<(), Error> {
        let mut body = self.new_function_with_parsed_locals(&func)?;
        for operator in func.get_operators_reader()? {
            match operator? {
                Operator::MemoryGrow { .. } => self.grow(&mut body),
                other => {
                    body.instruction(&self.instruction(other)?);
                }
            }
        }
        code.function(&body);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Instance, Store};

    const GROWS: &str = r#"(module
      (memory (export "memory") 2 9)
      (global $g (mut i32) (i32.const 7))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "store") (param i32) (i32.store8 (local.get 0) (i32.const 1))))"#;

    #[test]
    fn grows_within_the_room_and_then_beyond() {
        let core = make(&wat::parse_str(GROWS).unwrap());
        let engine = Engine::default();
        let module = wasmtime::Module::new(&engine, &core).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").unwrap();
        let touch = instance.get_typed_func::<i32, ()>(&mut store, "store").unwrap();
        assert_eq!(memory.size(&store), 6);
        for (pages, before, size) in [
            (1, 2, 6),
            (0, 3, 6),
            (3, 3, 6),
            (1, 6, 7),
            (-1, -1, 7),
            (3, -1, 7),
            (2, 7, 9),
        ] {
            assert_eq!(grow.call(&mut store, pages).unwrap(), before, "{pages}");
            assert_eq!(memory.size(&store), size, "{pages}");
        }
        touch.call(&mut store, (9 << 16) - 1).unwrap();
        assert!(touch.call(&mut store, 9 << 16).is_err());
    }

    #[test]
    fn data_begins_with_the_first_page() {
        let read = |text: &str| {
            let core = make(&wat::parse_str(text).unwrap());
            let engine = Engine::default();
            let module = wasmtime::Module::new(&engine, &core).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            let memory = instance.get_memory(&mut store, "memory").unwrap();
            let init = instance.get_typed_func::<(), ()>(&mut store, "init").unwrap();
            init.call(&mut store, ()).unwrap();
            let data = memory.data(&store);
            (data[0], data[8..12].to_vec(), data[70_000..70_004].to_vec())
        };
        let guest = |address: &str| {
            format!(
                r#"(module (memory (export "memory") 2) (global (mut i32) (i32.const 0)) (data $later "late")
                (data (i32.const {address}) "here")
                (func (export "init") (memory.init $later (i32.const 8) (i32.const 0) (i32.const 4))))"#
            )
        };
        assert_eq!(read(&guest("70000")), (1, b"late".to_vec(), b"here".to_vec()));
        assert_eq!(read(&guest("1000")), (0, b"late".to_vec(), vec![0; 4]));
    }

    #[test]
    fn leaves_others_as_they_are() {
        for text in [
            r#"(module (memory 1) (global i32 (i32.const 0)) (func (result i32) memory.size))"#,
            r#"(module (memory 1) (func (result i32) (memory.grow (i32.const 1))))"#,
            r#"(module (import "a" "m" (memory 1)) (global i32 (i32.const 0)))"#,
            r#"(module (memory 1 2) (global i32 (i32.const 0)))"#,
            r#"(module)"#,
        ] {
            let core = wat::parse_str(text).unwrap();
            assert_eq!(make(&core), core, "{text}");
        }
        assert_eq!(make(b"no module"), b"no module");
    }
}
