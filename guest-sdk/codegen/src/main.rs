//! Reads `wit/` and writes what is derived from it: the host's table of functions, the Rust SDK's
//! typed functions, the KSR object for AssemblyScript, the declarations for JavaScript editors, the reference page.

mod assemblyscript;
mod docs;
mod host;
mod javascript;
mod model;
mod output;
mod reference;
mod rust_sdk;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use model::Model;
use output::Output;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "kemist-codegen", about = "Writes what is derived from wit/")]
struct Args {
    /// The repository; the default is found from where this was built.
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Writes every generated file.
    Generate,
    /// Fails where a generated file is not what `generate` would write.
    Check,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kemist-codegen: {error:#}");
            ExitCode::from(1)
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let root = args.root.clone().unwrap_or_else(default_root);
    match &args.verb {
        Verb::Generate => outputs(&root)?.iter().try_for_each(|output| output.write(&root)),
        Verb::Check => check(&root),
    }
}

fn default_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn outputs(root: &Path) -> Result<Vec<Output>> {
    let model = Model::read(root).context("reading wit/")?;
    Ok(vec![
        host::table(&model).formatted(root)?,
        rust_sdk::functions(&model)?.formatted(root)?,
        rust_sdk::world(&model)?,
        assemblyscript::functions(&model)?,
        assemblyscript::world(&model)?,
        javascript::declarations(&model),
        reference::page(&model, root)?,
    ])
}

fn check(root: &Path) -> Result<()> {
    let stale: Vec<_> = outputs(root)?
        .into_iter()
        .filter(|output| !output.is_fresh(root))
        .map(|output| output.path)
        .collect();
    if !stale.is_empty() {
        bail!(
            "not fresh: {}; run `cargo run -p kemist-codegen -- generate`",
            stale.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_fresh() {
        check(&default_root()).unwrap();
    }
}
