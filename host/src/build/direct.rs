//! A component whose module calls the host directly.
//!
//! `wit-component` puts a table between the two: a function of the host that reads a module's memory can be made only
//! when the module is there, and the module only when its functions are. So it makes stubs that look into a table, and a
//! third module that fills it; each fresh instance pays for three modules, and for a start function on a stack of its
//! own. Here the memory comes first, in a module with the function that allocates ([`split`]); then the functions of the
//! host, made for that memory; then all the rest, which imports both.

mod outside;
mod parts;
mod shape;
mod split;

use shape::{Choice, Piece, Shape};
use split::Halves;
use std::collections::BTreeMap;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection, ExportKind, InstanceSection,
    ModuleArg, RawSection,
};

/// The component with direct calls. It stays as it is where it has another shape than `wit-component` gives it, or where
/// its allocator needs more than memory and globals.
pub(super) fn make(component: Vec<u8>) -> Vec<u8> {
    rewritten(&component).unwrap_or(component)
}

fn rewritten(component: &[u8]) -> Option<Vec<u8>> {
    let shape = Shape::read(component)?;
    let halves = split::split(shape.core, shape.realloc, shape.start)?;
    write(&shape, &Modules::of(&halves))
}

/// A component whose both halves are the same for many: each has a small module of its own, which writes over the memory
/// before anything else sees it.
pub(super) struct Layered {
    component: Vec<u8>,
    halves: Halves,
}

impl Layered {
    /// What a module for [`Layered::with`] imports the memory as.
    pub const MEMORY: (&str, &str) = (split::MODULE, split::MEMORY);

    /// None where the component cannot be made direct.
    pub fn of(component: Vec<u8>) -> Option<Layered> {
        let shape = Shape::read(&component)?;
        let halves = split::split(shape.core, shape.realloc, shape.start)?;
        Some(Layered { halves, component })
    }

    /// The module of the memory, and the rest.
    pub fn halves(&self) -> [&[u8]; 2] {
        [&self.halves.memory, &self.halves.rest]
    }

    /// The component with a module of its own; it imports the halves by these names, or holds them where there are none.
    pub fn with(&self, own: &[u8], names: Option<[&str; 2]>) -> Option<Vec<u8>> {
        let modules = Modules {
            own: Some(own),
            names,
            ..Modules::of(&self.halves)
        };
        write(&Shape::read(&self.component)?, &modules)
    }
}

/// The core modules that a component is made of.
struct Modules<'a> {
    halves: [&'a [u8]; 2],
    /// Written over the memory.
    own: Option<&'a [u8]>,
    /// What the halves are imported by.
    names: Option<[&'a str; 2]>,
}

impl<'a> Modules<'a> {
    fn of(halves: &'a Halves) -> Modules<'a> {
        Modules {
            halves: [&halves.memory, &halves.rest],
            own: None,
            names: None,
        }
    }

    fn write(&self, component: &mut Component) -> Option<()> {
        let section = |data| RawSection {
            id: shape::CORE_MODULE,
            data,
        };
        match self.names {
            Some(names) => outside::import(component, self.halves, names)?,
            None => self.halves.iter().for_each(|module| {
                component.section(&section(module));
            }),
        }
        if let Some(own) = self.own {
            component.section(&section(own));
        }
        Some(())
    }
}

fn write(shape: &Shape<'_>, modules: &Modules<'_>) -> Option<Vec<u8>> {
    let direct = assemble(shape, modules)?;
    wasmparser::Validator::new().validate_all(&direct).ok()?;
    Some(direct)
}

fn assemble(shape: &Shape<'_>, modules: &Modules<'_>) -> Option<Vec<u8>> {
    let mut component = Component::new();
    modules.write(&mut component)?;
    let mut core = None;
    for piece in &shape.pieces {
        match piece {
            Piece::Section { id, data } => {
                component.section(&RawSection { id: *id, data });
            }
            Piece::Alias(alias) => {
                component.section(ComponentAliasSection::new().alias(*alias));
            }
            Piece::Lift { function, ty, choices } => {
                // by now all that the module needs has been named
                let core = core.get_or_insert_with(|| Core::write(&mut component, shape, modules));
                let function = core.export(&mut component, function);
                let options: Vec<_> = choices
                    .iter()
                    .map(|choice| core.option(&mut component, *choice))
                    .collect();
                component.section(CanonicalFunctionSection::new().lift(function, *ty, options));
            }
        }
    }
    core.map(|_| component.finish())
}

/// What has been written of the core modules: their instances, and the indices of core functions.
struct Core<'a> {
    main: u32,
    functions: u32,
    exports: BTreeMap<&'a str, u32>,
}

impl<'a> Core<'a> {
    /// The instance of the memory, the only core memory, and its allocator, the first core function.
    const FIRST: u32 = 0;

    /// Everything up to the module's instance.
    fn write(component: &mut Component, shape: &Shape<'a>, modules: &Modules<'_>) -> Core<'a> {
        let mut first = InstanceSection::new();
        first.instantiate::<_, &str>(0, []);
        if modules.own.is_some() {
            first.instantiate(2, [(split::MODULE, ModuleArg::Instance(Core::FIRST))]);
        }
        component.section(&first);
        let mut aliases = ComponentAliasSection::new();
        aliases.alias(exported(Core::FIRST, ExportKind::Memory, split::MEMORY));
        if shape.realloc.is_some() {
            aliases.alias(exported(Core::FIRST, ExportKind::Func, split::REALLOC));
        }
        component.section(&aliases);
        let mut core = Core {
            main: Core::FIRST + first.len(),
            functions: u32::from(shape.realloc.is_some()),
            exports: BTreeMap::new(),
        };
        core.instantiate(component, shape);
        core
    }

    fn instantiate(&mut self, component: &mut Component, shape: &Shape<'a>) {
        let mut functions = CanonicalFunctionSection::new();
        let mut instances = InstanceSection::new();
        let mut arguments = vec![(split::MODULE, ModuleArg::Instance(Core::FIRST))];
        for (module, imports) in &shape.imports {
            let mut items = Vec::new();
            for import in imports {
                let options: Vec<_> = import
                    .choices
                    .iter()
                    .map(|choice| self.option(component, *choice))
                    .collect();
                functions.lower(import.function, options);
                items.push((import.name, ExportKind::Func, self.next()));
            }
            instances.export_items(items);
            arguments.push((module, ModuleArg::Instance(self.main)));
            self.main += 1;
        }
        instances.instantiate(1, arguments);
        component.section(&functions);
        component.section(&instances);
    }

    fn next(&mut self) -> u32 {
        self.functions += 1;
        self.functions - 1
    }

    /// A function that the module exports, as a core function.
    fn export(&mut self, component: &mut Component, name: &'a str) -> u32 {
        if let Some(function) = self.exports.get(name) {
            return *function;
        }
        component.section(ComponentAliasSection::new().alias(exported(self.main, ExportKind::Func, name)));
        let function = self.next();
        self.exports.insert(name, function);
        function
    }

    fn option(&mut self, component: &mut Component, choice: Choice<'a>) -> CanonicalOption {
        match choice {
            Choice::Utf8 => CanonicalOption::UTF8,
            Choice::Utf16 => CanonicalOption::UTF16,
            Choice::CompactUtf16 => CanonicalOption::CompactUTF16,
            Choice::Memory => CanonicalOption::Memory(Core::FIRST),
            Choice::Realloc => CanonicalOption::Realloc(Core::FIRST),
            Choice::PostReturn(name) => CanonicalOption::PostReturn(self.export(component, name)),
        }
    }
}

fn exported(instance: u32, kind: ExportKind, name: &str) -> Alias<'_> {
    Alias::CoreInstanceExport { instance, kind, name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::component::{Component, Linker};
    use wasmtime::{Engine, Store};
    use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

    const WIT: &str = "package t:t; \
        interface host { twice: func(text: string) -> string; length: func(text: string) -> s32; \
                         add: func(a: s32, b: s32) -> s32; } \
        world guest { import host; export run: func(text: string) -> string; }";

    /// `run` asks for the length, then for the text twice, and returns that; it traps where the length is not what adding
    /// says. The allocator counts up a global, and traps by a function that calls the host.
    const GUEST: &str = r#"(module
      (import "t:t/host" "twice" (func $twice (param i32 i32 i32)))
      (import "t:t/host" "add" (func $add (param i32 i32) (result i32)))
      (import "t:t/host" "length" (func $length (param i32 i32) (result i32)))
      (memory (export "memory") 1)
      (global $unused (mut i32) (i32.const 5))
      (global $heap (mut i32) (i32.const 4096))
      (global $end i32 (i32.const 65536))
      (global $own (mut i32) (i32.const 7))
      (func $fail (drop (call $add (i32.const 0) (i32.const 0))) (unreachable))
      (func $take (param i32) (result i32)
        (global.get $heap)
        (global.set $heap (i32.add (global.get $heap) (local.get 0)))
        (if (i32.gt_u (global.get $heap) (global.get $end)) (then (call $fail))))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $take (local.get 3)))
      (func (export "run") (param i32 i32) (result i32)
        (if (i32.ne (call $length (local.get 0) (local.get 1)) (call $add (local.get 1) (i32.sub (global.get $own) (i32.const 7))))
          (then (unreachable)))
        (if (i32.ne (global.get $unused) (i32.const 5)) (then (unreachable)))
        ;; the allocator's own count, as this half sees it
        (if (i32.ne (global.get $heap) (i32.add (local.get 0) (local.get 1))) (then (unreachable)))
        (drop (call $take (i32.const 100)))
        (call $twice (local.get 0) (local.get 1) (i32.const 16))
        (if (i32.ne (i32.load (i32.const 16)) (i32.add (i32.add (local.get 0) (local.get 1)) (i32.const 100)))
          (then (unreachable)))
        (if (i32.ne (i32.load (i32.const 32)) (i32.const 1819043176)) (then (unreachable)))
        (i32.const 16))
      (data (i32.const 32) "hell")
      EXTRA)"#;

    fn component(guest: &str) -> Vec<u8> {
        let mut wit = wit_parser::Resolve::default();
        let package = wit.push_str("t.wit", WIT).unwrap();
        let world = wit.select_world(&[package], Some("guest")).unwrap();
        let mut module = wat::parse_str(guest).unwrap();
        embed_component_metadata(&mut module, &wit, world, StringEncoding::UTF8).unwrap();
        let encoder = &mut ComponentEncoder::default();
        encoder.module(&module).unwrap().validate(true).encode().unwrap()
    }

    fn run(bytes: &[u8], text: &str) -> wasmtime::Result<String> {
        let engine = Engine::default();
        let component = Component::from_binary(&engine, bytes)?;
        let mut linker = Linker::<()>::new(&engine);
        let mut host = linker.instance("t:t/host")?;
        host.func_wrap("twice", |_, (text,): (String,)| Ok((text.repeat(2),)))?;
        host.func_wrap("length", |_, (text,): (String,)| Ok((text.len() as i32,)))?;
        host.func_wrap("add", |_, (a, b): (i32, i32)| Ok((a + b,)))?;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &component)?;
        let run = instance.get_typed_func::<(String,), (String,)>(&mut store, "run")?;
        Ok(run.call(&mut store, (text.to_owned(),))?.0)
    }

    fn modules(component: &[u8]) -> usize {
        let payloads = wasmparser::Parser::new(0).parse_all(component);
        payloads
            .filter(|payload| matches!(payload, Ok(wasmparser::Payload::ModuleSection { .. })))
            .count()
    }

    #[test]
    fn a_direct_component_does_what_it_did() {
        let before = component(&GUEST.replace("EXTRA", ""));
        let after = make(before.clone());
        assert_eq!((modules(&before), modules(&after)), (3, 2));
        for bytes in [&before, &after] {
            assert_eq!(run(bytes, "ab").unwrap(), "abab");
            assert_eq!(run(bytes, "").unwrap(), "");
            // the allocator's trap
            assert!(run(bytes, &"x".repeat(40_000)).is_err());
        }
    }

    #[test]
    fn it_starts_as_before() {
        let starts = r#"(func (export "_initialize") (global.set $own (i32.add (call $length (i32.const 32) (i32.const 4)) (i32.const 3))))"#;
        let broken = r#"(func (export "_initialize") (global.set $own (i32.const 8)))"#;
        for (start, works) in [(starts, true), (broken, false)] {
            let before = component(&GUEST.replace("EXTRA", start));
            let after = make(before.clone());
            assert_eq!((modules(&before), modules(&after)), (3, 2));
            assert_eq!(run(&before, "ab").is_ok(), works);
            assert_eq!(run(&after, "ab").is_ok(), works);
        }
    }

    #[test]
    fn others_stay_as_they_are() {
        let table = r#"(table 1 funcref) (elem (i32.const 0) $fail)"#;
        for (what, with) in [
            // an allocator that asks the host, without a trap behind it, or calls through a table
            (
                "(call $fail))))",
                "(drop (call $add (i32.const 0) (i32.const 0)))))) EXTRA".to_owned(),
            ),
            (
                "(call $fail))))",
                format!("(call_indirect (i32.const 0))))) {table} EXTRA"),
            ),
            // data that is copied when the script asks for it
            ("EXTRA", r#"(data "later")"#.to_owned()),
            // a second way out past the trap
            (
                "(unreachable))\n",
                "(br_if 0 (i32.const 1)) (unreachable))\n".to_owned(),
            ),
        ] {
            let guest = GUEST.replacen(what, &with, 1).replace("EXTRA", "");
            let before = component(&guest);
            assert_eq!(make(before.clone()), before, "{with}");
        }
        assert_eq!(make(b"no component".to_vec()), b"no component");
    }
}
