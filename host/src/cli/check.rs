//! `kemist check`: the configuration, or a module.

use crate::config::Config;
use crate::wasm::{check, engine, limits};
use anyhow::Context;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Validate this module instead of the configuration.
    module: Option<PathBuf>,
}

/// One line a finding; an error when something is wrong.
pub(super) fn run(config: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.module {
        Some(module) => check_module(module),
        None => {
            let read = Config::load(Some(config))?;
            if let Some(routing) = &read.routing {
                check_module(&routing.module)?;
            }
            super::say(format_args!("{}: valid", config.display()));
            Ok(())
        }
    }
}

fn check_module(path: &Path) -> anyhow::Result<()> {
    let name = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("{name}: cannot be read; build it or correct the path"))?;
    let engine = engine::Engine::new(&engine::Options::default()).map_err(|e| anyhow::anyhow!("{e:#}"))?;
    let report =
        check::inspect(&engine, &bytes, limits::Limits::default()).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
    super::say(format_args!(
        "{name}: valid: {} bytes, version {}, {} functions, callbacks: {}",
        report.size,
        report.label,
        report.imports.len(),
        report.callbacks.join(" ")
    ));
    Ok(())
}
