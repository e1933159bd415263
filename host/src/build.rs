//! From routing source to component: what `kemist build` does, and what a source named in `[routing] module`
//! goes through. One file a language; none of this is on the path of a message.

mod assemblyscript;
mod javascript;
mod rust;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A language that routing is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// A Cargo folder.
    Rust,
    /// A `.ts` file for AssemblyScript's compiler, or a folder with `route.ts`.
    AssemblyScript,
    /// A `.js` file for the JavaScript engine, or a folder with `route.js`.
    JavaScript,
}

impl Language {
    /// Every language, in the order in which texts list them.
    pub const ALL: [Language; 3] = [Language::Rust, Language::AssemblyScript, Language::JavaScript];

    /// The name that `--lang` takes.
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::AssemblyScript => "assemblyscript",
            Language::JavaScript => "javascript",
        }
    }

    /// The language of a source: by the file's ending, or by what the folder holds.
    pub fn of(source: &Path) -> Option<Language> {
        if source.is_dir() {
            let holds = |name: &str| source.join(name).exists();
            return match () {
                () if holds("Cargo.toml") => Some(Language::Rust),
                () if holds("route.ts") => Some(Language::AssemblyScript),
                () if holds("route.js") => Some(Language::JavaScript),
                () => None,
            };
        }
        match source.extension()?.to_str()? {
            "ts" => Some(Language::AssemblyScript),
            "js" | "mjs" => Some(Language::JavaScript),
            _ => None,
        }
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Language, String> {
        Language::ALL
            .into_iter()
            .find(|language| language.name() == text)
            .ok_or_else(|| format!("{text:?} is no language; known are rust, assemblyscript, javascript"))
    }
}

/// What a build made.
#[derive(Debug)]
pub struct Built {
    /// The component.
    pub component: Vec<u8>,
    /// What the person should know, one line each: a fallback that was taken, for instance.
    pub notes: Vec<String>,
}

/// Why there is no component: one line that names the file and, where the tool says it, the line of the source;
/// where a tool is missing, what to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(String);

impl BuildError {
    fn new(text: impl Into<String>) -> BuildError {
        BuildError(text.into())
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

/// Builds a source. Takes milliseconds to minutes and runs the language's tools: never on a worker.
pub fn build(source: &Path, language: Option<Language>) -> Result<Built, BuildError> {
    if !source.exists() {
        return Err(BuildError::new(format!(
            "{}: there is no such file or folder",
            source.display()
        )));
    }
    match language.or_else(|| Language::of(source)) {
        Some(Language::Rust) => rust::build(source),
        Some(Language::AssemblyScript) => assemblyscript::build(source),
        Some(Language::JavaScript) => javascript::build(source),
        None => Err(BuildError::new(format!(
            "{}: of what language is it? A Cargo folder, a .ts or a .js file is known; else name one with --lang",
            source.display()
        ))),
    }
}
