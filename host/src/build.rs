//! From routing source to component: what `kemist build` does, and what a source named in `[routing] module`
//! goes through. One file a language; none of this is on the path of a message.

mod assemblyscript;
mod direct;
mod javascript;
mod room;
mod rust;
mod table;

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

    /// The name as people write it.
    pub fn title(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::AssemblyScript => "AssemblyScript",
            Language::JavaScript => "JavaScript",
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
            "toml" if source.ends_with("Cargo.toml") => Some(Language::Rust),
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

/// Was this component built from the source as it is now, by the tools of now? Languages that cannot tell say no: they
/// build, and what comes out tells.
pub fn is_current(source: &Path, component: &[u8]) -> bool {
    match Language::of(source) {
        Some(Language::JavaScript) => javascript::is_current(source, component),
        _ => false,
    }
}

/// The modules that what is built here may import ([`crate::wasm::shared`]): by their SHA-256.
///
/// # Errors
/// One line, where the tools that they are made of cannot be used.
pub fn shared(digest: &[u8; 32]) -> Result<Option<Vec<u8>>, String> {
    javascript::shared(digest).map_err(|e| e.to_string())
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
pub struct BuildError {
    line: String,
    output: String,
}

impl BuildError {
    fn new(line: impl Into<String>) -> BuildError {
        BuildError {
            line: line.into(),
            output: String::new(),
        }
    }

    /// Adds all that the language's tool had to say.
    fn with_output(self, output: impl Into<String>) -> BuildError {
        BuildError {
            output: output.into(),
            ..self
        }
    }

    /// All that the language's tool had to say, empty where the line says everything.
    pub fn output(&self) -> &str {
        self.output.trim_end()
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl std::error::Error for BuildError {}

/// How the engine of an interpreted language gets to its script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// The component imports it by its digest: small, and for a kemist with that engine.
    #[default]
    Shared,
    /// The component holds it: for every kemist, and compiled for itself.
    SelfContained,
}

/// Builds a source. Takes milliseconds to minutes and runs the language's tools: never on a worker.
///
/// The component names its language and this builder in its producers section.
pub fn build(source: &Path, language: Option<Language>) -> Result<Built, BuildError> {
    build_as(source, language, Form::default())
}

/// As [`build`], in this form.
pub fn build_as(source: &Path, language: Option<Language>, form: Form) -> Result<Built, BuildError> {
    let name = source.display();
    if !source.exists() {
        return Err(BuildError::new(format!("{name}: there is no such file or folder")));
    }
    let Some(language) = language.or_else(|| Language::of(source)) else {
        return Err(BuildError::new(format!(
            "{name}: of what language is it? A Cargo folder, a folder with route.ts or route.js, a .ts or a .js file is \
             known; else name one with --lang"
        )));
    };
    let built = match language {
        Language::Rust => rust::build(source),
        Language::AssemblyScript => assemblyscript::build(source),
        Language::JavaScript => javascript::build(source, form),
    }?;
    let component = mark(&built.component, language)
        .map_err(|e| BuildError::new(format!("{name}: what was built is no component: {e:#}")))?;
    Ok(Built { component, ..built })
}

/// Says in its producers section what it was made from.
fn mark(component: &[u8], language: Language) -> anyhow::Result<Vec<u8>> {
    let mut producers = wasm_metadata::Producers::empty();
    producers.add("language", language.title(), "");
    producers.add("processed-by", "kemist", env!("CARGO_PKG_VERSION"));
    producers.add_to_wasm(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_by_name_and_source() {
        for language in Language::ALL {
            assert_eq!(language.name().parse(), Ok(language));
        }
        assert!("perl".parse::<Language>().is_err());
        let of = |name: &str| Language::of(Path::new(name));
        assert_eq!(of("a/route.ts"), Some(Language::AssemblyScript));
        assert_eq!(of("route.js"), Some(Language::JavaScript));
        assert_eq!(of("x/Cargo.toml"), Some(Language::Rust));
        assert_eq!(of("x/other.toml"), None);
        assert_eq!(of("route"), None);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Language::of(folder.path()), None);
        std::fs::write(folder.path().join("route.js"), "").unwrap();
        assert_eq!(Language::of(folder.path()), Some(Language::JavaScript));
    }

    #[test]
    fn refusals_name_the_source() {
        let missing = build(Path::new("/nowhere/route.js"), None).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "/nowhere/route.js: there is no such file or folder"
        );
        let folder = tempfile::tempdir().unwrap();
        let unknown = build(folder.path(), None).unwrap_err();
        assert!(unknown.to_string().contains("of what language"), "{unknown}");
    }
}
