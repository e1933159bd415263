//! A core module in two: its memory with the function that allocates, and the rest.

use super::parts::{Allocator, Parts};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, DataSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    ImportSection, Instruction, MemorySection, Module, RawSection, SectionId, StartSection,
};
use wasmparser::{
    DataSectionReader, GlobalSectionReader, ImportSectionReader, MemorySectionReader, MemoryType, Parser,
};

/// What the rest imports the memory from.
pub(super) const MODULE: &str = "kemist:memory";
/// Exports of the memory's module; its globals are exported by their numbers.
pub(super) const MEMORY: &str = "memory";
pub(super) const REALLOC: &str = "realloc";

/// Both modules.
pub(super) struct Halves {
    pub memory: Vec<u8>,
    pub rest: Vec<u8>,
}

/// Splits a module. The allocator's functions come into both: the rest calls them as before, on the same memory. What
/// they keep in globals is shared. None where they need more, such as a table or the host.
pub(super) fn split(core: &[u8], realloc: Option<&str>, start: Option<&str>) -> Option<Halves> {
    let parts = Parts::read(core)?;
    let realloc = match realloc {
        Some(name) => Some(*parts.exports.get(name)?),
        None => None,
    };
    let start = match start {
        Some(name) => Some(*parts.exports.get(name)?),
        None => None,
    };
    if start.is_some() && parts.starts {
        return None;
    }
    let allocator = Allocator::of(&parts, realloc)?;
    let memory = First {
        parts: &parts,
        allocator: &allocator,
    }
    .write(realloc)
    .ok()?;
    let mut rest = Module::new();
    Rest {
        parts: &parts,
        shared: &allocator.shared,
        memory: parts.memory?,
        start,
    }
    .parse_core_module(&mut rest, Parser::new(0), core)
    .ok()?;
    Some(Halves {
        memory,
        rest: rest.finish(),
    })
}

/// Something that only the whole module has.
struct Missing;

/// Writes the memory's module.
struct First<'a, 'p> {
    parts: &'p Parts<'a>,
    allocator: &'p Allocator,
}

impl First<'_, '_> {
    fn write(mut self, realloc: Option<u32>) -> Result<Vec<u8>, Error<Missing>> {
        let parts = self.parts;
        let (functions, code) = self.functions()?;
        let mut memories = MemorySection::new();
        if let Some(memory) = parts.memory {
            memories.memory(self.memory_type(memory)?);
        }
        let mut globals = GlobalSection::new();
        for global in &self.allocator.globals {
            let global = parts.globals.get(*global as usize).ok_or(Error::UserError(Missing))?;
            self.parse_global(&mut globals, global.clone())?;
        }
        let mut data = DataSection::new();
        for segment in &parts.data {
            self.parse_data(&mut data, segment.clone())?;
        }
        let types = RawSection {
            id: SectionId::Type as u8,
            data: parts.types,
        };
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&memories)
            .section(&globals)
            .section(&self.exports(realloc)?)
            .section(&code)
            .section(&data);
        Ok(module.finish())
    }

    fn functions(&mut self) -> Result<(FunctionSection, CodeSection), Error<Missing>> {
        let (parts, allocator) = (self.parts, self.allocator);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for function in &allocator.functions {
            let own = (function - parts.imported) as usize;
            functions.function(*parts.functions.get(own).ok_or(Error::UserError(Missing))?);
            if allocator.traps.contains(function) {
                code.function(
                    Function::new([])
                        .instruction(&Instruction::Unreachable)
                        .instruction(&Instruction::End),
                );
            } else {
                self.parse_function_body(&mut code, parts.bodies[own].clone())?;
            }
        }
        Ok((functions, code))
    }

    fn exports(&mut self, realloc: Option<u32>) -> Result<ExportSection, Error<Missing>> {
        let mut exports = ExportSection::new();
        exports.export(MEMORY, ExportKind::Memory, 0);
        if let Some(function) = realloc {
            exports.export(REALLOC, ExportKind::Func, self.function_index(function)?);
        }
        for global in &self.allocator.shared {
            exports.export(&global.to_string(), ExportKind::Global, self.global_index(*global)?);
        }
        Ok(exports)
    }
}

/// The place of an index in a sorted list.
fn place(list: &[u32], index: u32) -> Result<u32, Error<Missing>> {
    let place = list.binary_search(&index).map_err(|_| Error::UserError(Missing))?;
    u32::try_from(place).map_err(|_| Error::UserError(Missing))
}

impl Reencode for First<'_, '_> {
    type Error = Missing;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Missing>> {
        place(&self.allocator.functions, function)
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error<Missing>> {
        place(&self.allocator.globals, global)
    }

    fn table_index(&mut self, _: u32) -> Result<u32, Error<Missing>> {
        Err(Error::UserError(Missing))
    }

    fn element_index(&mut self, _: u32) -> Result<u32, Error<Missing>> {
        Err(Error::UserError(Missing))
    }

    fn data_index(&mut self, _: u32) -> Result<u32, Error<Missing>> {
        Err(Error::UserError(Missing))
    }

    fn tag_index(&mut self, _: u32) -> Result<u32, Error<Missing>> {
        Err(Error::UserError(Missing))
    }
}

/// Writes the rest: the module as it was, but for what it imports now.
struct Rest<'a, 'p> {
    parts: &'p Parts<'a>,
    /// Globals that are imported now, the first of all.
    shared: &'p [u32],
    memory: MemoryType,
    /// The function that it starts with, until that is written.
    start: Option<u32>,
}

impl Reencode for Rest<'_, '_> {
    type Error = Missing;

    fn global_index(&mut self, global: u32) -> Result<u32, Error<Missing>> {
        let shared = self.shared.len() as u32;
        Ok(match self.shared.binary_search(&global) {
            Ok(place) => place as u32,
            Err(before) => shared + global - before as u32,
        })
    }

    fn data_index(&mut self, _: u32) -> Result<u32, Error<Missing>> {
        Err(Error::UserError(Missing))
    }

    fn data_count(&mut self, _: u32) -> Result<u32, Error<Missing>> {
        Ok(0)
    }

    fn parse_data_section(&mut self, _: &mut DataSection, _: DataSectionReader<'_>) -> Result<(), Error<Missing>> {
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        _: &mut MemorySection,
        _: MemorySectionReader<'_>,
    ) -> Result<(), Error<Missing>> {
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error<Missing>> {
        utils::parse_import_section(self, imports, section)?;
        imports.import(MODULE, MEMORY, EntityType::Memory(self.memory_type(self.memory)?));
        for global in self.shared {
            let ty = self.parts.globals[*global as usize].ty;
            imports.import(MODULE, &global.to_string(), EntityType::Global(self.global_type(ty)?));
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error<Missing>> {
        for (index, global) in (0..).zip(section) {
            if self.shared.binary_search(&index).is_err() {
                self.parse_global(globals, global?)?;
            }
        }
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error<Missing>> {
        use SectionId::{Code, Data, DataCount, Element};
        if matches!(before, None | Some(Code | Data | DataCount | Element))
            && let Some(function_index) = self.start.take()
        {
            module.section(&StartSection { function_index });
        }
        Ok(())
    }
}
