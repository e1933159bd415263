//! kemist and Kamailio with the same routing under the same load, in turns, in one run: what a message costs, how long
//! answers take, how much goes through. docs/performance.md says what is measured and how to read it.
//!
//! `make sidebyside` builds what it needs and runs it; `SIDEBYSIDE="--engine javascript --rounds 3"` passes arguments.

mod arguments;
mod digest;
mod echo;
mod generator;
mod highest;
mod histogram;
mod machine;
mod measure;
mod message;
mod net;
mod overload;
mod process;
mod report;
mod server;
mod syscalls;

use anyhow::Context;
use arguments::{Arguments, Verb};
use clap::Parser;
use generator::Users;
use machine::Machine;
use measure::Bench;
use report::Report;
use server::{Engine, Script, Setup, Subject, kamailio, kemist};
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(Verb::Echo { address, workers }) = arguments.verb {
        return echo::serve(address, workers);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let kemist = kemist::program(&root)?;
    let machine = Machine::read(&root, &kemist);
    println!("{}", machine.text());
    let subjects = subjects(&arguments);
    let components = tempfile::Builder::new().prefix("sidebyside-").tempdir()?;
    let setup = Setup {
        components: build(&subjects, &kemist, &root, components.path())?,
        kemist,
        workers: arguments.workers,
        allocator: arguments.allocator.clone(),
        database: arguments.database,
        users: Users::new("127.0.0.1", arguments.users),
    };
    let bench = Bench {
        arguments: &arguments,
        setup: &setup,
        subjects: subjects.clone(),
    };
    let mut report = Report::new(&machine, &arguments);
    if !arguments.skip_rounds {
        let samples = bench.rounds()?;
        report.rounds(&subjects, &samples);
    }
    if arguments.max || arguments.overload {
        let highest = highest::search(&bench, &mut report)?;
        if arguments.overload {
            overload::run(&bench, &highest, &mut report)?;
        }
    }
    if arguments.syscalls {
        syscalls::run(&bench, &mut report)?;
    }
    report.write(&arguments)
}

/// kemist's engines, Kamailio with the script that each is held against, and the echo.
fn subjects(arguments: &Arguments) -> Vec<Subject> {
    let installed = kamailio::version().is_some();
    if !installed && !arguments.alone {
        println!("Kamailio is not installed: kemist alone (apt-get install kamailio kamailio-sqlite-modules sqlite3)");
    }
    let mut subjects: Vec<Subject> = Vec::new();
    for engine in &arguments.engine {
        subjects.push(Subject::Kemist(*engine));
    }
    if installed && !arguments.alone {
        for engine in &arguments.engine {
            let script = against(*engine);
            if script == Script::Javascript && !kamailio::has("app_jsdt") {
                println!("Kamailio's module app_jsdt is not installed: its native script instead");
            }
            if !subjects.contains(&Subject::Kamailio(script)) {
                subjects.push(Subject::Kamailio(script));
            }
        }
    }
    subjects.push(Subject::Echo);
    subjects
}

/// What an engine is held against.
fn against(engine: Engine) -> Script {
    match engine {
        Engine::Javascript if kamailio::has("app_jsdt") => Script::Javascript,
        _ => Script::Native,
    }
}

fn build(subjects: &[Subject], kemist: &Path, root: &Path, folder: &Path) -> anyhow::Result<Vec<(Engine, PathBuf)>> {
    let mut built = Vec::new();
    for subject in subjects {
        if let Subject::Kemist(engine) = subject {
            built.push((*engine, kemist::build(*engine, kemist, root, folder)?));
        }
    }
    Ok(built)
}

/// Writes a file that an argument has named.
fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("{}: cannot be written", file.display()))
}
