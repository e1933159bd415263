//! What a folder has to test: its routing, its configuration, its scenarios.

use crate::build::{self, Language};
use crate::config::Config;
use anyhow::{Context, anyhow, bail};
use std::path::{Path, PathBuf};

/// The configuration of a folder without kemist.toml.
const DEFAULT: &str = "alias = [\"localhost\"]\n";

/// What `kemist test DIR` finds.
#[derive(Debug)]
pub struct Project {
    /// Sources or components to test, in order.
    pub modules: Vec<PathBuf>,
    /// The text of its kemist.toml.
    pub config: String,
    /// Where that stands, for errors.
    pub config_file: PathBuf,
    /// Its scenarios, in order of their names.
    pub scenarios: Vec<PathBuf>,
}

impl Project {
    /// Looks at a folder. Its scenarios are in `tests/`, or beside it where it has none: one set then
    /// serves the same routing in several languages. `module` names the routing where the folder's own is
    /// not meant.
    ///
    /// # Errors
    /// Where it has no routing or no scenarios; what was looked for.
    pub fn find(folder: &Path, module: Option<&Path>) -> anyhow::Result<Project> {
        if !folder.is_dir() {
            bail!("{}: there is no such folder", folder.display());
        }
        let Found {
            scenarios,
            config,
            config_file,
        } = found(folder)?.ok_or_else(|| {
            anyhow!(
                "{}: there are no scenarios; write tests/NAME.toml there",
                folder.display()
            )
        })?;
        let modules = match module {
            Some(module) => vec![module.to_path_buf()],
            None => modules(folder, &config, &config_file)?,
        };
        Ok(Project {
            modules,
            config,
            config_file,
            scenarios,
        })
    }

    /// What one source has to test; None where there are no scenarios.
    ///
    /// # Errors
    /// Where what is there cannot be read.
    pub fn of_source(source: &Path) -> anyhow::Result<Option<Project>> {
        let folder = match source.is_dir() {
            true => source,
            false => source
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new(".")),
        };
        let found = found(folder)?;
        Ok(found.map(|found| Project {
            modules: vec![source.to_path_buf()],
            config: found.config,
            config_file: found.config_file,
            scenarios: found.scenarios,
        }))
    }
}

/// Scenarios, and the configuration that they are played with.
struct Found {
    scenarios: Vec<PathBuf>,
    config: String,
    config_file: PathBuf,
}

/// What belongs to a folder, in it or beside it.
fn found(folder: &Path) -> anyhow::Result<Option<Found>> {
    let mut scenarios = scenarios(&folder.join("tests"))?;
    let mut home = folder.to_path_buf();
    if scenarios.is_empty()
        && let Some(above) = above(folder)
    {
        scenarios = self::scenarios(&above.join("tests"))?;
        home = above;
    }
    if scenarios.is_empty() {
        return Ok(None);
    }
    let file = [folder.join("kemist.toml"), home.join("kemist.toml")]
        .into_iter()
        .find(|file| file.exists());
    let (config_file, config) = match file {
        Some(file) => {
            let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            (file, text)
        }
        None => (folder.join("kemist.toml"), DEFAULT.to_owned()),
    };
    Ok(Some(Found {
        scenarios,
        config,
        config_file,
    }))
}

/// The folder that a folder is in.
fn above(folder: &Path) -> Option<PathBuf> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    // `kemist test .`
    parent.map(Path::to_path_buf).or_else(|| Some(folder.join("..")))
}

fn scenarios(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = entries(folder)?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml") && file.is_file());
    Ok(files)
}

/// What is in a folder, in order; nothing where there is none.
fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let wrong = || folder.display().to_string();
    let all = std::fs::read_dir(folder).with_context(wrong)?;
    let all: Result<Vec<_>, _> = all.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut all = all.with_context(wrong)?;
    all.sort();
    Ok(all)
}

fn modules(folder: &Path, config: &str, file: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if Language::of(folder).is_some() {
        return Ok(vec![folder.to_path_buf()]);
    }
    let inside = entries(folder)?;
    let sources: Vec<PathBuf> = inside
        .iter()
        .filter(|path| path.is_dir() && Language::of(path).is_some())
        .cloned()
        .collect();
    if !sources.is_empty() {
        return Ok(sources);
    }
    let named = Config::parse(config, file, |_| None)
        .map_err(|error| anyhow!("{error}"))?
        .routing;
    if let Some(routing) = named {
        return Ok(vec![routing.module]);
    }
    let is_file = |path: &&PathBuf| path.is_file() && (is_component(path) || Language::of(path).is_some());
    let files: Vec<&PathBuf> = inside.iter().filter(is_file).collect();
    match files.as_slice() {
        [one] => Ok(vec![(*one).clone()]),
        [] => bail!(
            "{}: there is no routing: no Cargo.toml, route.ts, route.js or .wasm, and no [routing] module in kemist.toml",
            folder.display()
        ),
        many => {
            let names: Vec<String> = many.iter().map(|path| path.display().to_string()).collect();
            bail!("which is to be tested? {}: name it with --module", names.join(", "))
        }
    }
}

/// Is it a component, and not a source?
fn is_component(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "wasm")
}

/// The component of a source, or as it is; notes of its build.
///
/// # Errors
/// One line: what is wrong with it.
pub fn component(module: &Path) -> anyhow::Result<(Vec<u8>, Vec<String>)> {
    if is_component(module) {
        let bytes = std::fs::read(module).with_context(|| format!("{}: cannot be read", module.display()))?;
        return Ok((bytes, Vec::new()));
    }
    let built = build::build(module, None)?;
    Ok((built.component, built.notes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(project: &Project, folder: &Path) -> Vec<String> {
        let name = |path: &PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
        project.modules.iter().map(name).collect()
    }

    #[test]
    fn one_set_of_scenarios_serves_every_language() {
        let top = folder(&[
            ("tests/b.toml", ""),
            ("tests/a.toml", ""),
            ("tests/notes.txt", ""),
            ("javascript/route.js", ""),
            ("rust/Cargo.toml", ""),
            ("kemist.toml", "alias = [\"x\"]\n"),
        ]);
        let project = Project::find(top.path(), None).unwrap();
        assert_eq!(names(&project, top.path()), ["javascript", "rust"]);
        assert_eq!(project.scenarios.len(), 2);
        assert!(project.scenarios[0].ends_with("tests/a.toml"));
        let one = Project::find(&top.path().join("rust"), None).unwrap();
        assert_eq!(names(&one, top.path()), ["rust"]);
        assert_eq!((one.scenarios.len(), one.config.as_str()), (2, "alias = [\"x\"]\n"));
    }

    #[test]
    fn a_folder_may_hold_a_component() {
        let top = folder(&[("tests/a.toml", ""), ("route.wasm", "")]);
        let project = Project::find(top.path(), None).unwrap();
        assert_eq!(names(&project, top.path()), ["route.wasm"]);
        assert_eq!(project.config, DEFAULT);
        fs::write(top.path().join("other.wasm"), "").unwrap();
        let error = Project::find(top.path(), None).unwrap_err().to_string();
        assert!(error.ends_with("name it with --module"), "{error}");
        fs::write(top.path().join("kemist.toml"), "[routing]\nmodule = \"other.wasm\"\n").unwrap();
        let project = Project::find(top.path(), None).unwrap();
        assert_eq!(names(&project, top.path()), ["other.wasm"]);
    }

    #[test]
    fn what_is_missing_is_said() {
        let top = folder(&[("a/x", ""), ("b/tests/a.toml", "")]);
        let error = |name: &str| Project::find(&top.path().join(name), None).unwrap_err().to_string();
        assert!(error("a").ends_with("there are no scenarios; write tests/NAME.toml there"));
        assert!(error("b").contains("there is no routing"));
        assert!(error("c").ends_with("there is no such folder"));
    }
}
