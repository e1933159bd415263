//! Hidden verbs: what this program runs itself with, as a child that is limited and may be lost (`wasm::compile`). A
//! component on standard input, the result on standard output, one line on standard error.

use crate::testing::carried;
use crate::wasm::compile::{self, Bounds, Pace};
use crate::wasm::{CompileLimits, Compiler};
use anyhow::{Context, anyhow};
use std::io::{Read, Write};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Limits {
    /// Bytes.
    #[arg(long)]
    memory: u64,
    /// Of the processor.
    #[arg(long)]
    seconds: u64,
    #[arg(long)]
    threads: usize,
    #[arg(long)]
    pace: Pace,
}

#[derive(Debug, clap::Args)]
pub(super) struct Compile {
    #[command(flatten)]
    limits: Limits,
    /// The fingerprint of the engine that the code is for.
    #[arg(long)]
    engine: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Play {
    #[command(flatten)]
    limits: Limits,
    /// Where native code is kept.
    #[arg(long)]
    cache: Option<PathBuf>,
    /// What it may hold, in bytes.
    #[arg(long, default_value_t = 0)]
    cache_size: u64,
}

/// Native code of a component.
pub(super) fn compile(arguments: &Compile) -> anyhow::Result<()> {
    let component = begin(&arguments.limits, true)?;
    let native = compile::native(&component, arguments.limits.threads, &arguments.engine)?;
    say(&native)
}

/// How many of a component's scenarios passed: all, or the error says which did not.
pub(super) fn play(arguments: &Play) -> anyhow::Result<()> {
    let component = begin(&arguments.limits, false)?;
    // who asks has counted and measured it already
    let limits = CompileLimits {
        size: usize::MAX,
        functions: usize::MAX,
        cache: arguments.cache_size,
        ..CompileLimits::default()
    };
    let compiler = Compiler::new(None, arguments.cache.clone(), limits);
    let passed = carried::play(&compiler, &component).map_err(|line| anyhow!(line))?;
    say(passed.to_string().as_bytes())
}

fn begin(limits: &Limits, compiles: bool) -> anyhow::Result<Vec<u8>> {
    compile::confine(&Bounds {
        memory: limits.memory,
        seconds: limits.seconds,
        compiles,
        pace: limits.pace,
    })?;
    let mut component = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut component);
    read.context("the component cannot be read")?;
    Ok(component)
}

fn say(output: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let said = out.write_all(output).and_then(|()| out.flush());
    said.context("nobody reads the result")
}
