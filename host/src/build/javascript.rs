//! JavaScript: the engine (plugins/javascript) joined with the script.
//!
//! The engine evaluates the script here, outside of any proxy, and a snapshot of its memory becomes the component: an
//! instance of it starts with KSR and the script's functions in place. What a snapshot cannot hold (a call of the host
//! at the script's top level, the time, a random number) is evaluated by each instance, before its first callback.

mod component;
mod engine;
mod own;
mod snapshot;
mod wasi;

use super::{BuildError, Built, Form};
use engine::Prepared;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snapshot::Reply;
use std::path::{Component, Path, PathBuf};

/// The section with the script's text.
const SECTION: &str = "kemist:source";
/// Files of one script, and bytes of them together.
const MAX_FILES: usize = 500;
const MAX_TEXT: usize = 8 << 20;

/// What the section says.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
struct Origin {
    language: String,
    /// SHA-256 of what the engine is made of.
    engine: String,
    /// The script first, then what it loads.
    files: Vec<File>,
}

/// One file of a script; its name is its path within the script's folder.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
struct File {
    name: String,
    text: String,
}

pub(super) fn build(source: &Path, form: Form) -> Result<Built, BuildError> {
    let main = main_file(source);
    let work = {
        let main = main.clone();
        move || join(&main, &*engine::prepared()?, form)
    };
    let failed = |why: &dyn std::fmt::Display| BuildError::new(format!("{}: its build failed: {why}", main.display()));
    roomy(work).map_err(|why| failed(&why))?
}

/// A thread of its own: the stack that a script's recursion needs is not every caller's.
fn roomy<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    std::thread::Builder::new()
        .name("kemist-javascript".into())
        .stack_size(snapshot::STACK * 2)
        .spawn(work)
        .map_err(|e| format!("there is no thread for it: {e}"))?
        .join()
        .map_err(|_| "a bug in kemist".to_owned())
}

/// Was this component built from the source as it is, by the engine as it is?
pub(super) fn is_current(source: &Path, component: &[u8]) -> bool {
    let main = main_file(source);
    let Some(origin) =
        component::section(component, SECTION).and_then(|data| serde_json::from_slice::<Origin>(data).ok())
    else {
        return false;
    };
    let folder = folder(&main);
    let is_same = |(place, file): (usize, &File)| {
        let path = if place == 0 {
            main.clone()
        } else {
            folder.join(&file.name)
        };
        std::fs::read(path).is_ok_and(|bytes| bytes == file.text.as_bytes())
    };
    engine::digest().is_ok_and(|digest| digest == origin.engine)
        && name_of(&main).is_some_and(|name| origin.files.first().is_some_and(|file| file.name == name))
        && origin.files.iter().enumerate().all(is_same)
}

/// The module with this digest, where it is one that all scripts share.
pub(super) fn shared(digest: &[u8; 32]) -> Result<Option<Vec<u8>>, BuildError> {
    let prepared =
        roomy(engine::prepared).map_err(|why| BuildError::new(format!("the JavaScript engine: {why}")))??;
    let found = prepared.shared().into_iter();
    let mut found = found.filter(|module| Sha256::digest(module)[..] == digest[..]);
    Ok(found.next().map(<[u8]>::to_vec))
}

fn main_file(source: &Path) -> PathBuf {
    if source.is_dir() {
        source.join("route.js")
    } else {
        source.to_path_buf()
    }
}

fn folder(main: &Path) -> &Path {
    match main.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn name_of(main: &Path) -> Option<String> {
    Some(main.file_name()?.to_string_lossy().into_owned())
}

/// Evaluates the script until all files that it wants are there, and makes the component.
fn join(main: &Path, prepared: &Prepared, form: Form) -> Result<Built, BuildError> {
    let fault = |text: String| BuildError::new(format!("{}: {text}", main.display()));
    let name = name_of(main).ok_or_else(|| fault("it names no file".into()))?;
    let mut files = vec![File {
        name,
        text: read(main)?,
    }];
    loop {
        let mut run = snapshot::Run::new(prepared).map_err(fault)?;
        match run.evaluate(&files).map_err(fault)? {
            Reply::Failed(error) => return Err(located(main, &error)),
            Reply::Needs(candidates) => files.push(further(main, &files, &candidates)?),
            Reply::Ready(evaluated) => {
                let mut notes: Vec<_> = evaluated
                    .logged
                    .iter()
                    .map(|line| format!("{} logs while it is loaded: {}", files[0].name, one_line(line)))
                    .collect();
                if let Some(touched) = &evaluated.touched {
                    notes.push(format!(
                        "{} calls {touched} outside of any callback, which a snapshot cannot hold: each instance evaluates \
                         the script before its first callback",
                        files[0].name
                    ));
                    run = snapshot::Run::new(prepared).map_err(fault)?;
                    run.keep(&files, &evaluated.callbacks).map_err(fault)?;
                }
                let own = run.own(prepared).map_err(fault)?;
                let mut component = prepared.component(&own, form).map_err(fault)?;
                let origin = Origin {
                    language: "javascript".into(),
                    engine: prepared.digest().to_owned(),
                    files,
                };
                let text = serde_json::to_vec(&origin).map_err(|e| fault(e.to_string()))?;
                component::append(&mut component, SECTION, &text);
                return Ok(Built { component, notes });
            }
        }
    }
}

fn read(path: &Path) -> Result<String, BuildError> {
    let fault = |text: String| BuildError::new(format!("{}: {text}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| fault(e.to_string()))?;
    if bytes.len() > MAX_TEXT {
        return Err(fault(format!("it has {} bytes; {MAX_TEXT} are the most", bytes.len())));
    }
    String::from_utf8(bytes).map_err(|e| {
        let valid = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        BuildError::new(format!("{}:{line}: it is not UTF-8", path.display()))
    })
}

/// The next file that a script wants: one of these, in its folder.
fn further(main: &Path, files: &[File], candidates: &[String]) -> Result<File, BuildError> {
    let wanted = candidates.first().map_or("", String::as_str);
    let fault = |text: &str| BuildError::new(format!("{}: it loads {wanted:?}: {text}", main.display()));
    let folder = folder(main);
    let within = |name: &&String| {
        Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    let found = candidates
        .iter()
        .filter(within)
        .find(|name| folder.join(name).is_file());
    let name = found.ok_or_else(|| fault("there is no such file beside it"))?;
    let path = folder.join(name);
    // a link must not lead out of the folder: the text of the file ends in the component
    let inside = match (folder.canonicalize(), path.canonicalize()) {
        (Ok(folder), Ok(path)) => path.starts_with(folder),
        _ => false,
    };
    if !inside {
        return Err(fault("it lies outside of the script's folder"));
    }
    if files.len() >= MAX_FILES || files.iter().map(|file| file.text.len()).sum::<usize>() > MAX_TEXT {
        return Err(fault("these are too many files"));
    }
    Ok(File {
        name: name.clone(),
        text: read(&path)?,
    })
}

/// An error with a stack as one line that begins with the place; the stack is the output.
fn located(main: &Path, error: &str) -> BuildError {
    let message = error.lines().next().unwrap_or("it cannot be evaluated");
    let place = error.lines().skip(1).find_map(place);
    let line = match place {
        Some((file, line, column)) => {
            let path = match name_of(main) {
                Some(name) if name == file => main.to_path_buf(),
                _ => folder(main).join(file),
            };
            format!("{}:{line}:{column}: {message}", path.display())
        }
        None => format!("{}: {message}", main.display()),
    };
    BuildError::new(one_line(&line)).with_output(error)
}

/// File, line and column of a line of a stack: `at f (route.js:3:7)`, `at route.js:3:7`.
fn place(line: &str) -> Option<(&str, u32, u32)> {
    let line = line.trim().strip_prefix("at ")?;
    let inner = match line.rsplit_once('(') {
        Some((_, inner)) => inner.strip_suffix(')')?,
        None => line,
    };
    let (rest, column) = inner.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    // the engine's own prelude is of no use to anybody
    let own = file == "kemist";
    let found = (file, line.parse().ok()?, column.parse().ok()?);
    (!own).then_some(found)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
