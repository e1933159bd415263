//! What `wit/` declares, read when it is needed: a function that is added there is attacked from then on.

use std::path::Path;
use std::sync::LazyLock;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, Type, WorldId, WorldItem};

/// A function of the host.
pub struct Function {
    /// `kemi:ksr/core@0.1.0`
    pub interface: String,
    /// `core`
    pub module: String,
    pub name: String,
    pub params: Vec<(String, Kind)>,
    /// The core function's parameters and results.
    pub signature: (Vec<&'static str>, Vec<&'static str>),
    /// A last parameter says where the result goes.
    pub returns_by_pointer: bool,
}

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Long,
}

/// All of it.
pub struct Kemi {
    pub resolve: Resolve,
    pub world: WorldId,
    /// The typed functions; those of `dynamic` have attacks of their own.
    pub functions: Vec<Function>,
}

pub static KEMI: LazyLock<Kemi> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let (package, _) = resolve.push_path(folder).expect("wit/ can be read");
    let world = resolve
        .select_world(&[package], Some("host"))
        .expect("the world is there");
    let functions = functions(&resolve, world);
    Kemi {
        resolve,
        world,
        functions,
    }
});

impl Kemi {
    /// `("sl", "sl-send-reply")`
    pub fn find(&self, module: &str, name: &str) -> &Function {
        let found = self.functions.iter().find(|f| f.module == module && f.name == name);
        found.unwrap_or_else(|| panic!("wit/{module}.wit has no {name}"))
    }

    pub fn with_text(&self) -> Vec<&Function> {
        let texts = |f: &&Function| f.params.iter().any(|(_, kind)| *kind == Kind::Text);
        self.functions.iter().filter(texts).collect()
    }
}

fn functions(resolve: &Resolve, world: WorldId) -> Vec<Function> {
    let mut functions = Vec::new();
    for item in resolve.worlds[world].imports.values() {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = resolve.id_of(*id).expect("it has a name");
        let module = resolve.interfaces[*id].name.clone().expect("it has a name");
        if module == "types" || module == "dynamic" {
            continue;
        }
        for (name, function) in &resolve.interfaces[*id].functions {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            let core = |types: &[WasmType]| types.iter().map(core).collect();
            functions.push(Function {
                interface: interface.clone(),
                module: module.clone(),
                name: name.clone(),
                params: function
                    .params
                    .iter()
                    .map(|param| (param.name.clone(), kind(&param.ty)))
                    .collect(),
                signature: (core(&signature.params), core(&signature.results)),
                returns_by_pointer: signature.retptr,
            });
        }
    }
    functions
}

fn core(of: &WasmType) -> &'static str {
    match of {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}

fn kind(of: &Type) -> Kind {
    match of {
        Type::String => Kind::Text,
        Type::S64 | Type::U64 => Kind::Long,
        Type::Bool | Type::S32 | Type::U32 => Kind::Int,
        other => panic!("a parameter of a kind that no attack knows: {other:?}"),
    }
}
