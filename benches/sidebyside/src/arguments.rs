//! The command line.

use crate::generator::Kind;
use crate::server::{Database, Engine};
use clap::{Parser, Subcommand};
use std::net::SocketAddrV4;
use std::path::PathBuf;
use std::time::Duration;

/// Compare kemist with Kamailio: the same routing, the same load, in turns
#[derive(Debug, Parser)]
#[command(name = "sidebyside")]
pub struct Arguments {
    /// The language of kemist's routing; several separated by commas. `fresh` is Rust, a new instance for every message.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rust")]
    pub engine: Vec<Engine>,
    /// How often all are measured, in turns
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Seconds of each load
    #[arg(long, default_value_t = 5.0)]
    pub secs: f64,
    /// The loads: options, register, call
    #[arg(long, value_parser = kind, value_delimiter = ',', default_value = "options,register,call")]
    pub load: Vec<Kind>,
    /// Lines a second of the loads, in their order: OPTIONS, registrations, calls
    #[arg(long, value_delimiter = ',', num_args = 1, default_value = "8000,4000,1000")]
    pub rate: Vec<f64>,
    /// Source ports of the callers
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub ports: u16,
    /// Lines begin together every so many microseconds, as sipp's do every 1000; 0: each for itself
    #[arg(long, default_value_t = 1000)]
    pub tick: u64,
    /// Accounts that register
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=999_999))]
    pub users: u32,
    /// Workers of each server
    #[arg(long, default_value_t = 2)]
    pub workers: usize,
    /// Kamailio's memory manager: tlsf, qm (its default) or fm
    #[arg(long, default_value = "tlsf", value_parser = ["tlsf", "qm", "fm"])]
    pub allocator: String,
    /// Kamailio's database; kemist's is SQLite. The processor time of MariaDB's server is counted apart.
    #[arg(long, value_enum, default_value = "sqlite")]
    pub database: Database,
    /// Without Kamailio
    #[arg(long)]
    pub alone: bool,
    /// Skip the rounds at fixed rates
    #[arg(long)]
    pub skip_rounds: bool,
    /// Search the highest rate without loss too, and compare answer times at 80 % of Kamailio's
    #[arg(long)]
    pub max: bool,
    /// That, and three times the highest rate: what is answered, and how soon the server is itself again
    #[arg(long)]
    pub overload: bool,
    /// Count system calls of each load (perf with tracepoints, else strace)
    #[arg(long)]
    pub syscalls: bool,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the tables as Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Send back what comes: the floor
    #[command(hide = true)]
    Echo { address: SocketAddrV4, workers: usize },
    /// End servers that are left when the bench is gone
    #[command(hide = true)]
    Guard,
}

impl Arguments {
    pub fn rate_of(&self, kind: Kind) -> f64 {
        let at = Kind::ALL.iter().position(|one| *one == kind).unwrap_or(0);
        let given = self.rate.get(at).or(self.rate.last()).copied();
        given.unwrap_or(1_000.0).max(1.0)
    }

    pub fn tick(&self) -> Duration {
        Duration::from_micros(self.tick)
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| "one of options, register, call".to_owned())
}
