//! `kemist run`.

use crate::config::{Config, LogFormat};
use anyhow::Context;
use clap::Args;
use tracing_subscriber::EnvFilter;

/// How to serve.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Build and deploy the routing module whenever its source is saved.
    #[arg(long)]
    watch: bool,
    /// Take the sockets, registrations and tables of the kemist that runs with this configuration, without
    /// losing a message; it ends when its transactions and connections have. Where none runs, just start
    #[arg(long)]
    takeover: bool,
}

/// Sets up logging and serves until a signal.
pub(super) fn run(config: Config, arguments: &Arguments) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log.level).with_context(|| {
        format!(
            "[log] level: {:?} is no level; write for example \"info\"",
            config.log.level
        )
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => lines.with_ansi(false).init(),
        LogFormat::Json => lines.json().init(),
    }
    crate::server::run(config, arguments.watch, arguments.takeover)
}
