//! `kemist address`: trusted sources.

use super::client;
use crate::config::Config;
use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a network to a group
    Add {
        /// The group that allow_source_address names.
        group: i32,
        /// An address or network, with a port where only that one is meant: CIDR[:PORT].
        network: String,
    },
    /// Remove a network from a group
    Rm {
        /// The group.
        group: i32,
        /// CIDR[:PORT].
        network: String,
    },
    /// List groups and networks
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Config, verb: Verb) -> anyhow::Result<()> {
    let call = |method: &str, params| client::block_on(client::manage(config, method, params));
    match verb {
        // Adding what is there is no failure: the command can be run twice
        Verb::Add { group, network } => call("address.add", json!([group, network])).map(|_| ()),
        Verb::Rm { group, network } => match call("address.rm", json!([group, network]))? {
            Value::Bool(true) => Ok(()),
            _ => bail!("{group} {network}: no such entry; see kemist address list"),
        },
        Verb::List { json } => {
            let rows = call("address.list", json!([]))?;
            if json {
                super::say(format_args!("{rows:#}"));
            } else {
                for row in rows.as_array().into_iter().flatten() {
                    super::say(format_args!(
                        "{} {} {}",
                        row["group"],
                        row["network"].as_str().unwrap_or_default(),
                        row["port"]
                    ));
                }
            }
            Ok(())
        }
    }
}
