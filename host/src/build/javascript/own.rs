//! What of the engine's memory is a script's own: a module that writes it over the memory that all scripts begin with.

use std::ops::Range;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataCountSection, DataSection, EntityType, Function, FunctionSection,
    ImportSection, Instruction, MemoryType, Module, StartSection, TypeSection,
};

/// Equal bytes between two changes that are written with them: less than a segment of their own costs.
const GAP: usize = 64;
const PAGE: usize = 1 << 16;

/// The module for a memory that is to be `now` and begins as `base`; `import` names the memory.
pub(super) fn module(base: &[u8], now: &[u8], import: (&str, &str)) -> Vec<u8> {
    let grown = now.len().saturating_sub(base.len()) / PAGE;
    let changes = changes(base, now);
    let memory = MemoryType {
        minimum: (base.len() / PAGE) as u64,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    let mut imports = ImportSection::new();
    imports.import(import.0, import.1, EntityType::Memory(memory));
    let mut data = DataSection::new();
    let mut module = Module::new();
    if grown == 0 {
        for change in changes {
            data.active(
                0,
                &ConstExpr::i32_const(change.start as i32),
                now[change].iter().copied(),
            );
        }
        module.section(&imports).section(&data);
        return module.finish();
    }
    // segments are written before a start function runs, and the memory must have grown before that
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut body = Function::new([]);
    for instruction in [
        Instruction::I32Const(grown as i32),
        Instruction::MemoryGrow(0),
        Instruction::I32Const(-1),
        Instruction::I32Eq,
        Instruction::If(BlockType::Empty),
        Instruction::Unreachable,
        Instruction::End,
    ] {
        body.instruction(&instruction);
    }
    for (data_index, change) in (0..).zip(&changes) {
        body.instruction(&Instruction::I32Const(change.start as i32))
            .instruction(&Instruction::I32Const(0))
            .instruction(&Instruction::I32Const(change.len() as i32))
            .instruction(&Instruction::MemoryInit { mem: 0, data_index });
        data.passive(now[change.clone()].iter().copied());
    }
    body.instruction(&Instruction::End);
    let mut code = CodeSection::new();
    code.function(&body);
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&StartSection { function_index: 0 })
        .section(&DataCountSection { count: data.len() })
        .section(&code)
        .section(&data);
    module.finish()
}

/// Where the two differ; beyond the end of the first, where there is anything but zeros.
fn changes(base: &[u8], now: &[u8]) -> Vec<Range<usize>> {
    const STEP: usize = 64;
    let mut found: Vec<Range<usize>> = Vec::new();
    for start in (0..now.len()).step_by(STEP) {
        let step = start..now.len().min(start + STEP);
        // whole steps first: most are alike
        if base
            .get(step.clone())
            .is_some_and(|before| before == &now[step.clone()])
        {
            continue;
        }
        for place in step {
            if base.get(place).copied().unwrap_or(0) == now[place] {
                continue;
            }
            match found.last_mut() {
                Some(last) if place - last.end <= GAP => last.end = place + 1,
                _ => found.push(place..place + 1),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Instance, Memory, Store};

    /// The memory after the module's instance was made.
    fn written(base: &[u8], now: &[u8]) -> Vec<u8> {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let pages = u32::try_from(base.len() / PAGE).unwrap();
        let memory = Memory::new(&mut store, wasmtime::MemoryType::new(pages, None)).unwrap();
        memory.write(&mut store, 0, base).unwrap();
        let module = wasmtime::Module::new(&engine, module(base, now, ("m", "memory"))).unwrap();
        Instance::new(&mut store, &module, &[memory.into()]).unwrap();
        memory.data(&store).to_vec()
    }

    #[test]
    fn it_writes_what_differs() {
        let mut base = vec![0; 2 * PAGE];
        base[500..600].fill(7);
        let mut now = base.clone();
        assert!(changes(&base, &now).is_empty());
        now[0] = 1;
        now[550] = 0;
        now[550 + GAP + 2] = 9;
        now[2 * PAGE - 1] = 5;
        assert_eq!(changes(&base, &now), [0..1, 550..551, 616..617, 131_071..131_072]);
        now[560] = 3;
        assert_eq!(changes(&base, &now)[1], 550..617);
        assert_eq!(written(&base, &now), now);
    }

    #[test]
    fn it_grows_the_memory() {
        let base = vec![3; PAGE];
        let mut now = base.clone();
        now.resize(3 * PAGE, 0);
        now[10] = 4;
        now[PAGE - 2..PAGE + 2].fill(1);
        now[3 * PAGE - 1] = 1;
        assert_eq!(written(&base, &now), now);
    }
}
