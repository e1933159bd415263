//! `kemist test`: the scenarios of a folder.

use super::progress::Progress;
use crate::testing::{Outcome, Project, Runner, Scenario, Subject, project};
use anyhow::bail;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder: routing (a source, or a component), kemist.toml, and tests/*.toml.
    dir: PathBuf,
    /// Only scenarios whose file name contains this.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// The routing to test in place of the folder's: a source or a component.
    #[arg(long, value_name = "SRC")]
    module: Option<PathBuf>,
    /// Show the messages of scenarios that pass, too.
    #[arg(long, short)]
    verbose: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Prints a line a scenario; an error where one fails.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut project = Project::find(&arguments.dir, arguments.module.as_deref())?;
    if let Some(filter) = &arguments.filter {
        let named = |file: &PathBuf| {
            file.file_stem()
                .is_some_and(|name| name.to_string_lossy().contains(filter.as_str()))
        };
        project.scenarios.retain(named);
        if project.scenarios.is_empty() {
            bail!("no scenario of {} is named like {filter:?}", arguments.dir.display());
        }
    }
    let runner = Runner::new()?;
    let mut results = Vec::new();
    let (mut passed, mut failed) = (0, 0);
    for module in &project.modules {
        let said = |line: &str| {
            if !arguments.json {
                super::say(line);
            }
        };
        let name = module.display();
        let subject = match subject(module, &project, &said) {
            Ok(subject) => subject,
            Err(error) => {
                // the other languages of a folder are tested all the same
                let text = format!("{error:#}").replace('\n', " ");
                said(&format!("test {name} ... FAILED\n    {text}"));
                results.push(json!({"module": name.to_string(), "passed": false, "error": text}));
                failed += 1;
                continue;
            }
        };
        for file in &project.scenarios {
            let outcome = play(&runner, &subject, file);
            if outcome.is_ok() {
                passed += 1;
            } else {
                failed += 1;
            }
            said(&report(file, &outcome, arguments.verbose));
            results.push(as_json(module, file, &outcome));
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    if arguments.json {
        let whole = json!({"passed": passed, "failed": failed, "seconds": seconds, "tests": results});
        super::say(format_args!("{whole:#}"));
    } else {
        super::say(format_args!("\n{passed} passed, {failed} failed ({seconds:.2}s)"));
    }
    if failed > 0 {
        bail!("{failed} of {} tests failed", passed + failed);
    }
    Ok(())
}

fn subject(module: &Path, project: &Project, said: &dyn Fn(&str)) -> anyhow::Result<Subject> {
    let progress = Progress::start(format!("building {}", module.display()));
    let (component, notes) = project::component(module)?;
    let subject = Subject::load(&component, module, &project.config, &project.config_file)?;
    drop(progress);
    let (name, size, label) = (module.display(), subject.size(), subject.label());
    said(&format!("testing {name}: {size} bytes, version {label}"));
    for note in notes {
        said(&format!("    note: {note}"));
    }
    Ok(subject)
}

fn play(runner: &Runner, subject: &Subject, file: &Path) -> Outcome {
    match Scenario::load(file) {
        Ok(scenario) => runner.run(subject, &scenario),
        Err(finding) => Outcome {
            findings: vec![finding],
            transcript: Vec::new(),
            took: std::time::Duration::ZERO,
        },
    }
}

fn report(file: &Path, outcome: &Outcome, verbose: bool) -> String {
    let result = if outcome.is_ok() { "ok" } else { "FAILED" };
    let mut text = format!("test {} ... {result}", file.display());
    for finding in &outcome.findings {
        text += &format!("\n    {finding}");
    }
    if verbose || !outcome.is_ok() {
        for line in &outcome.transcript {
            text += &format!("\n    | {line}");
        }
    }
    text
}

fn as_json(module: &Path, file: &Path, outcome: &Outcome) -> Value {
    let finding =
        |finding: &crate::testing::Finding| json!({"file": &*finding.file, "line": finding.line, "text": finding.text});
    json!({
        "module": module.display().to_string(),
        "file": file.display().to_string(),
        "passed": outcome.is_ok(),
        "seconds": outcome.took.as_secs_f64(),
        "failures": outcome.findings.iter().map(finding).collect::<Vec<_>>(),
        "messages": outcome.transcript,
    })
}
