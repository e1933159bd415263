//! kemist and Kamailio with the same routing under the same load, in turns, in one run: what a message costs, how long
//! answers take, how much goes through. docs/performance.md says what is measured and how to read it.
//!
//! `make sidebyside` builds what it needs and runs it; `SIDEBYSIDE="--engine javascript --rounds 3"` passes arguments.

mod arguments;
mod digest;
mod echo;
mod generator;
mod guard;
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
use guard::Guard;
use machine::Machine;
use measure::Bench;
use report::Report;
use server::{Engine, Script, Setup, Subject, kamailio, kemist};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sidebyside: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match arguments.verb {
        Some(Verb::Echo { address, workers }) => return echo::serve(address, workers),
        Some(Verb::Guard) => {
            guard::serve();
            return Ok(());
        }
        None => {}
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let kemist = kemist::program(&root)?;
    let machine = Machine::read(&root, &kemist);
    println!("{}", machine.text());
    let subjects = subjects(arguments);
    let components = tempfile::Builder::new().prefix("sidebyside-").tempdir()?;
    let setup = Setup {
        components: build(&subjects, &kemist, &root, components.path())?,
        kemist,
        workers: arguments.workers,
        allocator: arguments.allocator.clone(),
        database: arguments.database,
        guard: Rc::new(Guard::start()?),
        users: Users::new("127.0.0.1", arguments.users),
    };
    let bench = Bench {
        arguments,
        setup: &setup,
        subjects: subjects.clone(),
    };
    let mut report = Report::new(&machine, arguments);
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
    report.write(arguments)
}

/// kemist's engines, Kamailio with the script that each is held against, and the echo.
fn subjects(arguments: &Arguments) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = arguments.engine.iter().map(|engine| Subject::Kemist(*engine)).collect();
    let missing = kamailio::missing(arguments.database);
    if let Some(package) = missing.filter(|_| !arguments.alone) {
        println!("{package} is not installed: kemist alone (apt-get install {package})");
    }
    if missing.is_none() && !arguments.alone {
        for engine in &arguments.engine {
            let script = against(*engine);
            if *engine == Engine::Javascript && script == Script::Native {
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
