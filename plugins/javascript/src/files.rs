//! The script's files: all are in the engine's memory, none is read at run time.

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Module, Result};
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static FILES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static WANTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Takes the files over, by their paths within the script's folder.
pub fn install(files: impl IntoIterator<Item = (String, String)>) {
    FILES.set(files.into_iter().collect());
    WANTED.take();
}

/// The text of a file.
pub fn text(path: &str) -> Option<String> {
    FILES.with_borrow(|files| files.get(path).cloned())
}

/// The paths of which one is missing, if one was.
pub fn wanted() -> Vec<String> {
    WANTED.take()
}

/// The file that `name` means in the file `base`: as it is, with an ending, or as a folder's index.
pub fn resolve(base: &str, name: &str) -> Option<String> {
    let path = join(base, name)?;
    let candidates = [
        path.clone(),
        format!("{path}.js"),
        format!("{path}.mjs"),
        format!("{path}/index.js"),
    ];
    let found = FILES.with_borrow(|files| candidates.iter().find(|path| files.contains_key(*path)).cloned());
    if found.is_none() {
        WANTED.set(candidates.into());
    }
    found
}

/// A path within the folder; None where it would leave it.
fn join(base: &str, name: &str) -> Option<String> {
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if name.starts_with('/') {
        return None;
    }
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// `import` among these files.
pub struct Files;

impl Resolver for Files {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        resolve(base, name).ok_or_else(|| Error::new_resolving_message(base, name, "no such file beside the script"))
    }
}

impl Loader for Files {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let text = text(name).ok_or_else(|| Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, text)
    }
}
