//! A component as `wit-component` makes it, read for what its module imports and what comes out of it.

use std::collections::HashMap;
use wasm_encoder::Alias;
use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ExternalKind, Instance, Parser, Payload, TypeRef,
};

/// The section that holds a core module.
pub(super) const CORE_MODULE: u8 = 1;

pub(super) struct Shape<'a> {
    /// All but the core items, in order.
    pub pieces: Vec<Piece<'a>>,
    /// The module.
    pub core: &'a [u8],
    /// Its export that allocates, where the host needs one.
    pub realloc: Option<&'a str>,
    /// Its export that is called before all others.
    pub start: Option<&'a str>,
    /// What it imports, by the names of modules that it gives them.
    pub imports: Vec<(&'a str, Vec<Import<'a>>)>,
}

pub(super) enum Piece<'a> {
    Section {
        id: u8,
        data: &'a [u8],
    },
    Alias(Alias<'a>),
    /// A function of the component, made of one that the module exports.
    Lift {
        function: &'a str,
        ty: u32,
        choices: Vec<Choice<'a>>,
    },
}

/// A function of the host.
pub(super) struct Import<'a> {
    pub name: &'a str,
    pub function: u32,
    pub choices: Vec<Choice<'a>>,
}

/// How arguments and results are passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice<'a> {
    Utf8,
    Utf16,
    CompactUtf16,
    /// In the module's memory.
    Memory,
    /// In what its allocator gives.
    Realloc,
    PostReturn(&'a str),
}

impl<'a> Shape<'a> {
    /// None where it is not as `wit-component` makes one with stubs.
    pub fn read(component: &'a [u8]) -> Option<Shape<'a>> {
        let mut items = Items::default();
        let parts = items.read(component)?;
        let stubs = Stubs::find(&items)?;
        let realloc = items.realloc(&parts);
        let resolve = Resolve {
            items: &items,
            stubs: &stubs,
            realloc,
        };
        Some(Shape {
            pieces: parts
                .into_iter()
                .map(|part| resolve.piece(part))
                .collect::<Option<_>>()?,
            core: items.module(stubs.main)?,
            realloc,
            start: stubs.start,
            imports: resolve.imports()?,
        })
    }
}

/// A section of the component that stays, or a part of one.
enum Part<'a> {
    Section {
        id: u8,
        data: &'a [u8],
    },
    Alias(Alias<'a>),
    Lift {
        function: u32,
        ty: u32,
        options: Box<[CanonicalOption]>,
    },
}

enum Function<'a> {
    /// Of a core instance.
    Export(u32, &'a str),
    /// Of the host.
    Lower(u32, Box<[CanonicalOption]>),
}

/// The core items of a component.
#[derive(Default)]
struct Items<'a> {
    modules: Vec<&'a [u8]>,
    instances: Vec<Instance<'a>>,
    functions: Vec<Function<'a>>,
    memories: Vec<(u32, &'a str)>,
}

impl<'a> Items<'a> {
    fn read(&mut self, component: &'a [u8]) -> Option<Vec<Part<'a>>> {
        let mut parts = Vec::new();
        let mut inside = false;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.ok()?;
            if inside {
                inside = !matches!(payload, Payload::End(_));
                continue;
            }
            match payload {
                Payload::Version { .. } | Payload::End(_) => {}
                Payload::ModuleSection { unchecked_range, .. } => {
                    self.modules.push(bytes(component, unchecked_range)?);
                    inside = true;
                }
                Payload::InstanceSection(section) => {
                    for instance in section {
                        self.instances.push(instance.ok()?);
                    }
                }
                Payload::ComponentAliasSection(section) => {
                    for alias in section {
                        parts.extend(self.alias(alias.ok()?)?);
                    }
                }
                Payload::ComponentCanonicalSection(section) => {
                    for function in section {
                        parts.extend(self.function(function.ok()?)?);
                    }
                }
                // names of what is no longer there
                Payload::CustomSection(section) if section.name() == "component-name" => {}
                Payload::CustomSection(_)
                | Payload::ComponentTypeSection(_)
                | Payload::ComponentImportSection(_)
                | Payload::ComponentExportSection(_) => {
                    let (id, range) = payload.as_section()?;
                    let data = bytes(component, range)?;
                    parts.push(Part::Section { id, data });
                }
                _ => return None,
            }
        }
        Some(parts)
    }

    /// What stays of an alias; None for one that is not expected.
    fn alias(&mut self, alias: ComponentAlias<'a>) -> Option<Option<Part<'a>>> {
        match alias {
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } => {
                match kind {
                    ExternalKind::Func => self.functions.push(Function::Export(instance_index, name)),
                    ExternalKind::Memory => self.memories.push((instance_index, name)),
                    // the table of the stubs, which goes
                    ExternalKind::Table => {}
                    _ => return None,
                }
                Some(None)
            }
            alias => {
                let alias = RoundtripReencoder.component_alias(alias).ok()?;
                Some(Some(Part::Alias(alias)))
            }
        }
    }

    fn function(&mut self, function: CanonicalFunction) -> Option<Option<Part<'a>>> {
        match function {
            CanonicalFunction::Lower { func_index, options } => {
                self.functions.push(Function::Lower(func_index, options));
                Some(None)
            }
            CanonicalFunction::Lift {
                core_func_index: function,
                type_index: ty,
                options,
            } => Some(Some(Part::Lift { function, ty, options })),
            _ => None,
        }
    }

    /// The export that the first of all functions with an allocator names.
    fn realloc(&self, parts: &[Part<'a>]) -> Option<&'a str> {
        let lowered = self.functions.iter().filter_map(|function| match function {
            Function::Lower(_, options) => Some(options),
            Function::Export(..) => None,
        });
        let lifted = parts.iter().filter_map(|part| match part {
            Part::Lift { options, .. } => Some(options),
            _ => None,
        });
        let named = lowered.chain(lifted).flatten().find_map(|option| match option {
            CanonicalOption::Realloc(function) => Some(*function),
            _ => None,
        })?;
        match self.functions.get(named as usize)? {
            Function::Export(_, name) => Some(*name),
            Function::Lower(..) => None,
        }
    }

    /// The module of an instance.
    fn module(&self, instance: u32) -> Option<&'a [u8]> {
        match self.instances.get(instance as usize)? {
            Instance::Instantiate { module_index, .. } => self.modules.get(*module_index as usize).copied(),
            Instance::FromExports(_) => None,
        }
    }
}

fn bytes(component: &[u8], range: std::ops::Range<u64>) -> Option<&[u8]> {
    component.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

/// The instances that `wit-component` makes.
struct Stubs<'a> {
    main: u32,
    shim: u32,
    /// The function of the host behind each stub.
    actual: HashMap<&'a str, u32>,
    start: Option<&'a str>,
}

impl<'a> Stubs<'a> {
    fn find(items: &Items<'a>) -> Option<Stubs<'a>> {
        let made = (0..)
            .zip(&items.instances)
            .filter_map(|(index, instance)| match instance {
                Instance::Instantiate { module_index, args } => Some((index, *module_index, args)),
                Instance::FromExports(_) => None,
            });
        let made: Vec<_> = made.collect();
        let [(shim, _, nothing), (main, _, _), (_, fixup, arguments)] = made.as_slice() else {
            return None;
        };
        let of_main = items.memories.iter().all(|(instance, _)| instance == main);
        if !nothing.is_empty() || !of_main || items.memories.is_empty() {
            return None;
        }
        let mut actual = HashMap::new();
        for argument in arguments.iter() {
            if let Instance::FromExports(exports) = items.instances.get(argument.index as usize)? {
                let functions = exports.iter().filter(|export| export.kind == ExternalKind::Func);
                actual.extend(functions.map(|export| (export.name, export.index)));
            }
        }
        let start = match start(items.modules.get(*fixup as usize)?)? {
            None => None,
            Some((module, name)) => {
                let argument = arguments.iter().find(|argument| argument.name == module)?;
                (argument.index == *main).then_some(Some(name))?
            }
        };
        Some(Stubs {
            main: *main,
            shim: *shim,
            actual,
            start,
        })
    }
}

/// The import that a module starts with, where it starts with anything.
fn start(module: &[u8]) -> Option<Option<(&str, &str)>> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.ok()?;
                    if let TypeRef::Func(_) = import.ty {
                        functions.push((import.module, import.name));
                    }
                }
            }
            Payload::StartSection { func, .. } => return functions.get(func as usize).copied().map(Some),
            _ => {}
        }
    }
    Some(None)
}

/// Follows indices of core items to what they stand for.
struct Resolve<'a, 's> {
    items: &'s Items<'a>,
    stubs: &'s Stubs<'a>,
    realloc: Option<&'a str>,
}

impl<'a> Resolve<'a, '_> {
    fn piece(&self, part: Part<'a>) -> Option<Piece<'a>> {
        Some(match part {
            Part::Section { id, data } => Piece::Section { id, data },
            Part::Alias(alias) => Piece::Alias(alias),
            Part::Lift { function, ty, options } => Piece::Lift {
                function: self.export(function)?,
                ty,
                choices: self.choices(&options)?,
            },
        })
    }

    fn imports(&self) -> Option<Vec<(&'a str, Vec<Import<'a>>)>> {
        let Instance::Instantiate { args, .. } = self.items.instances.get(self.stubs.main as usize)? else {
            return None;
        };
        args.iter()
            .map(|argument| match self.items.instances.get(argument.index as usize)? {
                Instance::FromExports(exports) => {
                    let imports = exports.iter().map(|export| match export.kind {
                        ExternalKind::Func => self.import(export.name, export.index),
                        _ => None,
                    });
                    Some((argument.name, imports.collect::<Option<_>>()?))
                }
                Instance::Instantiate { .. } => None,
            })
            .collect()
    }

    fn import(&self, name: &'a str, function: u32) -> Option<Import<'a>> {
        let function = match self.function(function)? {
            Function::Export(instance, stub) if *instance == self.stubs.shim => {
                self.function(*self.stubs.actual.get(stub)?)?
            }
            function => function,
        };
        match function {
            Function::Lower(function, options) => Some(Import {
                name,
                function: *function,
                choices: self.choices(options)?,
            }),
            Function::Export(..) => None,
        }
    }

    fn choices(&self, options: &[CanonicalOption]) -> Option<Vec<Choice<'a>>> {
        let choice = |option: &CanonicalOption| {
            Some(match option {
                CanonicalOption::UTF8 => Choice::Utf8,
                CanonicalOption::UTF16 => Choice::Utf16,
                CanonicalOption::CompactUTF16 => Choice::CompactUtf16,
                // there is but one
                CanonicalOption::Memory(_) => Choice::Memory,
                CanonicalOption::Realloc(function) => {
                    (Some(self.export(*function)?) == self.realloc).then_some(Choice::Realloc)?
                }
                CanonicalOption::PostReturn(function) => Choice::PostReturn(self.export(*function)?),
                _ => return None,
            })
        };
        options.iter().map(choice).collect()
    }

    /// The module's export of this name.
    fn export(&self, function: u32) -> Option<&'a str> {
        match self.function(function)? {
            Function::Export(instance, name) if *instance == self.stubs.main => Some(name),
            _ => None,
        }
    }

    fn function(&self, function: u32) -> Option<&Function<'a>> {
        self.items.functions.get(function as usize)
    }
}
