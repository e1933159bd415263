//! The scenarios that a component carries ([`crate::wasm::carried`]): put there from the folder of its source, and played.

use super::{Finding, Project, Runner, Scenario, Subject};
use crate::wasm::Compiler;
use crate::wasm::carried::{Carried, File};
use anyhow::{Context, anyhow};
use std::path::Path;

/// What of kemist.toml stays at home: nothing of it is opened or asked for by a scenario, and it may hold passwords.
const PRIVATE: [&str; 5] = ["admin", "database", "log", "tenant", "workers"];

/// The names that errors give to what a component carries.
const CONFIG: &str = "kemist.toml";
const MODULE: &str = "module.wasm";

/// What a component built from `source` carries: the scenarios that `kemist test` would play there, which must be readable.
/// None where there are none.
///
/// # Errors
/// One line: what is wrong with them, with its file and line.
pub fn of_source(source: &Path) -> anyhow::Result<Option<Carried>> {
    let Some(project) = Project::of_source(source)? else {
        return Ok(None);
    };
    let mut files = Vec::with_capacity(project.scenarios.len());
    for path in &project.scenarios {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Scenario::parse(&text, path).map_err(|finding| anyhow!("{finding}"))?;
        files.push(File {
            name: format!("tests/{name}"),
            text,
        });
    }
    let mut config: toml::Table = project
        .config
        .parse()
        .map_err(|error: toml::de::Error| anyhow!("{}: {}", project.config_file.display(), error.message()))?;
    PRIVATE.iter().for_each(|name| drop(config.remove(*name)));
    Ok(Some(Carried {
        config: config.to_string(),
        files,
    }))
}

/// Plays what a component carries, until one fails: how many passed.
///
/// # Errors
/// One line: the first failure with its file and line.
pub fn play(compiler: &Compiler, component: &[u8]) -> Result<usize, String> {
    let Some(carried) = Carried::of(component)? else {
        return Ok(0);
    };
    let subject = Subject::load_with(
        compiler,
        component,
        Path::new(MODULE),
        &carried.config,
        Path::new(CONFIG),
    );
    let subject = subject.map_err(|error| one_line(&error))?;
    let runner = Runner::new().map_err(|error| one_line(&error))?;
    for file in &carried.files {
        let failed = |finding: &Finding| format!("its scenario {finding}");
        let scenario = Scenario::parse(&file.text, Path::new(&file.name)).map_err(|finding| failed(&finding))?;
        let outcome = runner.run(&subject, &scenario);
        if let Some(finding) = outcome.findings.first() {
            return Err(failed(finding));
        }
    }
    Ok(carried.files.len())
}

fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}
