//! What a core module is made of, and what its allocator needs of it.

use std::collections::{BTreeSet, HashMap};
use wasmparser::{
    Data, DataKind, ExternalKind, FunctionBody, Global, MemoryType, Operator, Parser, Payload, TypeRef, Validator,
    WasmFeatures,
};

/// What a module is made of.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub types: &'a [u8],
    /// Functions that it imports; nothing else may be imported.
    pub imported: u32,
    /// The types of its own functions, and their bodies.
    pub functions: Vec<u32>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub memory: Option<MemoryType>,
    pub globals: Vec<Global<'a>>,
    /// Functions.
    pub exports: HashMap<&'a str, u32>,
    pub data: Vec<Data<'a>>,
    pub starts: bool,
}

impl<'a> Parts<'a> {
    pub fn read(core: &'a [u8]) -> Option<Parts<'a>> {
        // what came later has further ways to jump and to return, which are not looked for below
        Validator::new_with_features(WasmFeatures::WASM2)
            .validate_all(core)
            .ok()?;
        let mut parts = Parts::default();
        for payload in Parser::new(0).parse_all(core) {
            parts.add(core, payload.ok()?)?;
        }
        let memory = parts.memory?;
        let plain = !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
        (plain && parts.imported > 0).then_some(parts)
    }

    fn add(&mut self, core: &'a [u8], payload: Payload<'a>) -> Option<()> {
        match payload {
            Payload::TypeSection(types) => {
                let range = types.range();
                self.types = core.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)?;
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let TypeRef::Func(_) = import.ok()?.ty else { return None };
                    self.imported += 1;
                }
            }
            Payload::FunctionSection(functions) => self.functions = all(functions)?,
            Payload::MemorySection(memories) => {
                let [memory] = all(memories)?[..] else { return None };
                self.memory = Some(memory);
            }
            Payload::GlobalSection(globals) => self.globals = all(globals)?,
            Payload::ExportSection(exports) => {
                let functions = all(exports)?.into_iter().filter(|e| e.kind == ExternalKind::Func);
                self.exports = functions.map(|export| (export.name, export.index)).collect();
            }
            Payload::StartSection { .. } => self.starts = true,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(data) => {
                self.data = all(data)?;
                // what is copied while the module starts would have to be copied for each instance
                self.data.iter().all(is_static).then_some(())?;
            }
            _ => {}
        }
        Some(())
    }

    /// The body of a function of its own.
    fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get(function.checked_sub(self.imported)? as usize)
    }
}

fn all<'a, T: wasmparser::FromReader<'a>>(section: wasmparser::SectionLimited<'a, T>) -> Option<Vec<T>> {
    section.into_iter().collect::<wasmparser::Result<_>>().ok()
}

fn is_static(data: &Data<'_>) -> bool {
    match &data.kind {
        DataKind::Active { offset_expr, .. } => {
            let mut offset = offset_expr.get_operators_reader();
            matches!(offset.read(), Ok(Operator::I32Const { .. })) && matches!(offset.read(), Ok(Operator::End))
        }
        // what a snapshot leaves of data that has been copied
        DataKind::Passive => data.data.is_empty(),
    }
}

/// The functions that allocating may come to, and the globals that they use.
pub(super) struct Allocator {
    pub functions: Vec<u32>,
    /// Those that end in a trap, whatever they do before: nobody sees that, and the host refuses to be called by an
    /// allocator. They trap at once.
    pub traps: BTreeSet<u32>,
    pub globals: Vec<u32>,
    /// Those that change: both modules must see the same.
    pub shared: Vec<u32>,
}

impl Allocator {
    pub fn of(parts: &Parts<'_>, realloc: Option<u32>) -> Option<Allocator> {
        let (mut functions, mut traps, mut globals) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut next: Vec<u32> = realloc.into_iter().collect();
        while let Some(function) = next.pop() {
            if !functions.insert(function) {
                continue;
            }
            let operators: Vec<_> = parts.body(function)?.get_operators_reader().ok()?.into_iter().collect();
            let operators: Vec<_> = operators.into_iter().collect::<wasmparser::Result<_>>().ok()?;
            if always_traps(&operators) {
                traps.insert(function);
                continue;
            }
            for operator in operators {
                match operator {
                    Operator::Call { function_index } => {
                        next.push(function_index);
                    }
                    Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                        globals.insert(global_index);
                    }
                    Operator::RefFunc { .. } => return None,
                    _ => {}
                }
            }
        }
        let changes = |global: &u32| {
            parts
                .globals
                .get(*global as usize)
                .is_some_and(|global| global.ty.mutable)
        };
        Some(Allocator {
            functions: functions.into_iter().collect(),
            traps,
            shared: globals.iter().copied().filter(changes).collect(),
            globals: globals.into_iter().collect(),
        })
    }
}

/// Can a function not return? It ends in `unreachable`, and nothing jumps past that.
fn always_traps(operators: &[Operator<'_>]) -> bool {
    let [before @ .., Operator::Unreachable, Operator::End] = operators else {
        return false;
    };
    let mut depth = 0u32;
    before.iter().all(|operator| {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
            Operator::End => depth -= 1,
            _ => {}
        }
        match operator {
            Operator::Return => false,
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => *relative_depth < depth,
            Operator::BrTable { targets } => {
                let inside = |target: u32| target < depth;
                inside(targets.default()) && targets.targets().all(|target| target.is_ok_and(inside))
            }
            _ => true,
        }
    })
}
