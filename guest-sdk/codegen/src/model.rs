//! The KEMI functions as `wit/` describes them.

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use wit_parser::{Resolve, Type, TypeDefKind, WorldId, WorldItem, WorldKey};

/// What a parameter or result is (`kind` in dynamic.wit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    None,
    Int,
    Long,
    Boolean,
    Str,
    Xval,
}

/// One KEMI function.
pub struct Function {
    /// Its id in the dynamic table.
    pub id: u32,
    /// Its name in wit/.
    pub wit: String,
    /// Its KEMI name.
    pub name: String,
    /// What the doc comment says after the name.
    pub docs: String,
    /// Parameters: names in wit/ and kinds.
    pub params: Vec<(String, Kind)>,
    pub returns: Kind,
    /// The host's function is async.
    pub waits: bool,
}

impl Function {
    /// `KSR.module.name`.
    pub fn full_name(&self, module: &str) -> String {
        if module.is_empty() {
            format!("KSR.{}", self.name)
        } else {
            format!("KSR.{module}.{}", self.name)
        }
    }
}

/// One interface: one KSR module.
pub struct Interface {
    /// Its name in wit/.
    pub wit: String,
    /// Its full name in wit/, with package and version.
    pub full: String,
    /// Its KEMI name; empty for the core.
    pub module: String,
    pub docs: String,
    pub functions: Vec<Function>,
}

impl Interface {
    /// The Rust module's name.
    pub fn ident(&self) -> String {
        ident(&self.wit)
    }
}

/// Everything.
pub struct Model {
    pub resolve: Resolve,
    /// The world of typed guests.
    pub routing: WorldId,
    pub interfaces: Vec<Interface>,
}

impl Model {
    /// Reads `wit/` and which functions the bindings make async.
    pub fn read(root: &Path) -> Result<Model> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(root.join("wit"))?;
        let routing = resolve.select_world(&[package], Some("routing"))?;
        let waiting = waiting(root)?;
        let mut interfaces = Vec::new();
        for (key, item) in &resolve.worlds[routing].imports {
            if let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) {
                let found = interface(&resolve, *id, &waiting)?;
                // the interface of types has no function
                if !found.functions.is_empty() {
                    interfaces.push(found);
                }
            }
        }
        interfaces.sort_by(|a, b| a.module.cmp(&b.module));
        check_ids(&interfaces)?;
        Ok(Model {
            resolve,
            routing,
            interfaces,
        })
    }

    /// Every function with its interface, by id.
    pub fn by_id(&self) -> BTreeMap<u32, (&Interface, &Function)> {
        self.interfaces
            .iter()
            .flat_map(|i| i.functions.iter().map(move |f| (f.id, (i, f))))
            .collect()
    }
}

fn interface(resolve: &Resolve, id: wit_parser::InterfaceId, waiting: &HashSet<String>) -> Result<Interface> {
    let interface = &resolve.interfaces[id];
    let wit = interface.name.clone().context("an interface without a name")?;
    let full = resolve.id_of(id).context("an interface without a package")?;
    let mut module = None;
    let mut functions = Vec::new();
    for function in interface.functions.values() {
        let (of, found) =
            self::function(resolve, &full, function, waiting).with_context(|| format!("{wit}.{}", function.name))?;
        if *module.get_or_insert_with(|| of.clone()) != of {
            bail!("{wit} has functions of two KSR modules");
        }
        functions.push(found);
    }
    let docs = interface.docs.contents.clone().unwrap_or_default().trim().to_owned();
    Ok(Interface {
        wit,
        full,
        module: module.unwrap_or_default(),
        docs,
        functions,
    })
}

fn function(
    resolve: &Resolve,
    full: &str,
    function: &wit_parser::Function,
    waiting: &HashSet<String>,
) -> Result<(String, Function)> {
    let docs = function.docs.contents.as_deref().unwrap_or_default();
    let (first, rest) = docs.split_once('\n').unwrap_or((docs, ""));
    let kemi = first
        .trim()
        .strip_prefix("KSR.")
        .context("the doc comment does not begin with KSR.NAME")?;
    let (module, name) = kemi.rsplit_once('.').unwrap_or(("", kemi));
    let params = function
        .params
        .iter()
        .map(|p| Ok((p.name.clone(), kind(resolve, &p.ty)?)))
        .collect::<Result<Vec<_>>>()?;
    let returns = function
        .result
        .as_ref()
        .map_or(Ok(Kind::None), |ty| kind(resolve, ty))?;
    let found = Function {
        id: fnv1a(&format!("{module}.{name}")),
        wit: function.name.clone(),
        name: name.to_owned(),
        docs: rest.trim().to_owned(),
        params,
        returns,
        waits: waiting.contains(&format!("{full}.{}", function.name)),
    };
    Ok((module.to_owned(), found))
}

fn kind(resolve: &Resolve, ty: &Type) -> Result<Kind> {
    Ok(match ty {
        Type::S32 => Kind::Int,
        Type::S64 => Kind::Long,
        Type::Bool => Kind::Boolean,
        Type::String => Kind::Str,
        Type::Id(id) => match &resolve.types[*id] {
            used if used.name.as_deref() == Some("xval") => Kind::Xval,
            used => match &used.kind {
                TypeDefKind::Type(inner) => kind(resolve, inner)?,
                _ => bail!("a type that the table cannot carry"),
            },
        },
        _ => bail!("a type that the table cannot carry"),
    })
}

/// The functions that the bindings make async, as `package/interface@version.function`.
fn waiting(root: &Path) -> Result<HashSet<String>> {
    let path = root.join("host/bindings/src/lib.rs");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let entry = |line: &str| Some(line.trim().strip_suffix("\": async,")?.strip_prefix('"')?.to_owned());
    Ok(text.lines().filter_map(entry).collect())
}

fn check_ids(interfaces: &[Interface]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for (interface, function) in interfaces.iter().flat_map(|i| i.functions.iter().map(move |f| (i, f))) {
        let name = function.full_name(&interface.module);
        if let Some(other) = seen.insert(function.id, name.clone()) {
            bail!("{other} and {name} have the same id {:#010x}", function.id);
        }
    }
    Ok(())
}

/// FNV-1a of 32 bits.
pub fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// A name of wit/ as a Rust identifier, as bindgen spells it.
pub fn ident(wit: &str) -> String {
    let name = wit.replace('-', "_");
    match name.as_str() {
        "as" | "break" | "const" | "continue" | "else" | "enum" | "fn" | "for" | "if" | "impl" | "in" | "let"
        | "loop" | "match" | "mod" | "move" | "mut" | "pub" | "ref" | "return" | "static" | "struct" | "trait"
        | "type" | "unsafe" | "use" | "where" | "while" => {
            format!("{name}_")
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_published() {
        assert_eq!(fnv1a(""), 0x811c_9dc5);
        assert_eq!(fnv1a("a"), 0xe40c_292c);
        assert_eq!(fnv1a("foobar"), 0xbf9c_f968);
    }
}
