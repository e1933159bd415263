//! `kemist rpc`: a thin client of the admin socket.

use super::client;
use crate::config::Config;
use serde_json::Value;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The method: core.uptime, ul.dump, htable.get ...
    method: String,
    /// Its parameters; numbers are sent as numbers, `s:` before one sends it as text.
    params: Vec<String>,
}

pub(super) fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let params = Value::Array(arguments.params.into_iter().map(parameter).collect());
    let result = client::block_on(client::call(config, &arguments.method, params))?;
    match result {
        Value::String(text) => super::say(format_args!("{text}")),
        other => super::say(format_args!("{other:#}")),
    }
    Ok(())
}

fn parameter(text: String) -> Value {
    if let Some(text) = text.strip_prefix("s:") {
        return Value::from(text);
    }
    text.parse::<i64>()
        .map_or_else(|_| Value::from(text.as_str()), Value::from)
}
