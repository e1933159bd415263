//! `kemist new`: a folder that builds, tests and runs. What is written lies in `guest-sdk` and travels in the program.

use super::say;
use crate::build::Language;
use anyhow::{Context, bail};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Every file of the SDKs and templates: its path below `guest-sdk`, its content.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder to make; one that exists must be empty.
    folder: PathBuf,
    /// rust, assemblyscript or javascript.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Language,
}

/// Writes the folder.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    let shown = folder.display();
    prepare(folder)?;
    let name = std::path::absolute(folder)
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .with_context(|| format!("{shown}: it has no name of its own: name a folder in it"))?;
    let files = contents(arguments.lang, &name);
    for (path, content) in &files {
        write(&folder.join(path), content)?;
    }
    say(format_args!(
        "{shown}: a registrar and proxy in {}, {} files. What comes next is in {}:",
        arguments.lang.title(),
        files.len(),
        folder.join("README.md").display()
    ));
    for line in [&format!("cd {shown}"), "kemist build .", "kemist test .", "kemist run"] {
        say(format_args!("  {line}"));
    }
    Ok(())
}

/// Nothing of anyone is written over.
fn prepare(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => bail!("{shown}: it is not empty: name a new folder"),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).with_context(|| format!("{shown}: the folder cannot be made"))
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => bail!("{shown}: it is a file: name a new folder"),
        Err(error) => Err(error).with_context(|| format!("{shown}: the folder cannot be read")),
    }
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, content))
        .with_context(|| format!("{}: cannot be written", path.display()))
}

/// The files of a new folder, with their paths in it.
fn contents(language: Language, name: &str) -> Vec<(String, Vec<u8>)> {
    let words = words(language, name);
    let own = format!("templates/{}/", language.name());
    let mut files: Vec<_> = below("templates/common/")
        .chain(below(&own))
        .map(|(path, content)| (path.to_owned(), fill(content, &words)))
        .collect();
    let (sdk, folder) = match language {
        Language::Rust => ("rust/", "ksr/"),
        Language::AssemblyScript => ("assemblyscript/lib/", "ksr/"),
        Language::JavaScript => ("javascript/", ""),
    };
    files.extend(below(sdk).map(|(path, content)| (format!("{folder}{path}"), content.to_vec())));
    files
}

/// The files of a folder of `guest-sdk`, with their paths in it.
fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES
        .iter()
        .filter_map(move |(path, content)| Some((path.strip_prefix(folder)?, *content)))
}

/// What stands in templates for what is known only here.
fn words(language: Language, name: &str) -> [(&'static str, String); 6] {
    let (source, editor) = match language {
        Language::Rust => (
            "src/lib.rs",
            "An editor with rust-analyzer completes the functions: the SDK is the crate in `ksr/`, which `kemist new` wrote.",
        ),
        Language::AssemblyScript => (
            "route.ts",
            "An editor that knows TypeScript completes the functions from `ksr/`, and those of the language after `npm install`; the \
             build needs neither.",
        ),
        Language::JavaScript => (
            "route.js",
            "An editor that knows TypeScript, as VS Code does, completes and checks the functions: `jsconfig.json` tells it of \
             `ksr.d.ts`.",
        ),
    };
    [
        ("{{module}}", toml::Value::String(format!("{name}.wasm")).to_string()),
        ("{{assemblyscript}}", assemblyscript()),
        ("{{name}}", name.to_owned()),
        ("{{language}}", language.title().to_owned()),
        ("{{source}}", source.to_owned()),
        ("{{editor}}", editor.to_owned()),
    ]
}

/// The version of the compiler that the SDK names.
fn assemblyscript() -> String {
    below("assemblyscript/package.json")
        .filter_map(|(_, content)| serde_json::from_slice::<serde_json::Value>(content).ok())
        .find_map(|package| Some(package["dependencies"]["assemblyscript"].as_str()?.to_owned()))
        .unwrap_or_else(|| "*".to_owned())
}

fn fill(content: &[u8], words: &[(&str, String)]) -> Vec<u8> {
    match std::str::from_utf8(content) {
        Ok(text) => {
            let mut text = text.to_owned();
            for (mark, word) in words {
                text = text.replace(mark, word);
            }
            text.into_bytes()
        }
        Err(_) => content.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(files: &'a [(String, Vec<u8>)], path: &str) -> &'a str {
        let (_, content) = files.iter().find(|(found, _)| found == path).expect(path);
        std::str::from_utf8(content).unwrap()
    }

    #[test]
    fn every_language_has_its_files() {
        for language in Language::ALL {
            let files = contents(language, "mine");
            assert!(text(&files, "README.md").contains("`kemist new`") || language != Language::Rust);
            assert!(text(&files, "kemist.toml").contains("module = \"mine.wasm\""));
            assert!(
                files.iter().any(|(path, _)| path.starts_with("tests/")),
                "{language:?} has no test"
            );
            for (path, content) in &files {
                let marked = content.windows(2).any(|pair| pair == b"{{") && !path.starts_with("ksr");
                assert!(!marked, "{path} has a mark that nothing replaces");
            }
        }
        assert!(text(&contents(Language::Rust, "mine"), "ksr/Cargo.toml").contains("name = \"ksr\""));
        let package = contents(Language::AssemblyScript, "mine");
        assert!(text(&package, "package.json").contains("\"assemblyscript\": \"0."));
        assert!(text(&contents(Language::JavaScript, "mine"), "ksr.d.ts").contains("t_relay(): number"));
    }

    #[test]
    fn strange_names_stay_valid_configuration() {
        let files = contents(Language::Rust, "a \"b\"\\c");
        let read: toml::Table = text(&files, "kemist.toml").parse().unwrap();
        assert_eq!(read["routing"]["module"].as_str(), Some("a \"b\"\\c.wasm"));
    }
}
