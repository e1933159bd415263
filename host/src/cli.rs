//! The command line: one file a verb. Exit codes: 0 done, 1 refused or found wrong, 2 usage.

mod address;
mod build;
mod check;
mod child;
mod client;
mod deploy;
mod keygen;
mod new;
mod progress;
mod rpc;
mod run;
mod sign;
mod test;
mod text;
mod user;

use crate::config::Config;
use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// SIP proxy, registrar and redirect server whose routing logic is WebAssembly.
#[derive(Debug, Parser)]
#[command(name = "kemist", version)]
struct Cli {
    /// The configuration.
    #[arg(short, long, global = true, value_name = "FILE", default_value = crate::config::DEFAULT_FILE)]
    config: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve in the foreground; SIGTERM and SIGINT drain and end, SIGHUP redeploys changed modules
    Run(run::Arguments),
    /// Make a component of a routing source: a Cargo folder, a .ts or a .js file
    Build(build::Arguments),
    /// Validate the configuration, a module or a routing source: one line a finding
    Check(check::Arguments),
    /// Make a pair of keys to sign modules with
    Keygen(keygen::Arguments),
    /// Sign a module, and what it is granted
    Sign(sign::Arguments),
    /// Make a folder with a routing source that builds, tests and runs
    New(new::Arguments),
    /// Run the tests of a routing script without a network
    Test(test::Arguments),
    /// Accounts
    #[command(subcommand)]
    User(user::Verb),
    /// Trusted sources
    #[command(subcommand)]
    Address(address::Verb),
    /// Put a module in charge of routing: on all workers or not at all, while calls go on
    Deploy(deploy::Deploy),
    /// List the versions that route, drain, or can be gone back to
    Versions(deploy::Versions),
    /// Go back: without the canary, to the version before, or to a named one
    Rollback(deploy::Rollback),
    /// Give everything to the canary
    Promote(deploy::Promote),
    /// Call a method of the running proxy
    Rpc(rpc::Arguments),
    #[command(hide = true, name = crate::wasm::compile::COMPILE)]
    Compile(child::Compile),
    #[command(hide = true, name = crate::wasm::compile::PLAY)]
    Play(child::Play),
}

/// Reads the arguments and does what they say; failures are one line on standard error.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kemist: {}", format!("{error:#}").replace('\n', " "));
            ExitCode::from(1)
        }
    }
}

/// Prints a line; a reader that went away (`| head`) is no failure.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let load = || Config::load(Some(&cli.config)).map_err(anyhow::Error::from);
    match cli.verb {
        Verb::Run(arguments) => run::run(load()?, &arguments),
        Verb::Build(arguments) => build::run(&arguments),
        Verb::Check(arguments) => check::run(&cli.config, &arguments),
        Verb::Keygen(arguments) => keygen::run(&arguments),
        Verb::Sign(arguments) => sign::run(&arguments),
        Verb::New(arguments) => new::run(&arguments),
        Verb::Test(arguments) => test::run(&arguments),
        Verb::User(verb) => user::run(&load()?, verb),
        Verb::Address(verb) => address::run(&load()?, verb),
        Verb::Deploy(arguments) => deploy::deploy(&load()?, arguments),
        Verb::Versions(arguments) => deploy::versions(&load()?, arguments),
        Verb::Rollback(arguments) => deploy::rollback(&load()?, arguments),
        Verb::Promote(arguments) => deploy::promote(&load()?, arguments),
        Verb::Rpc(arguments) => rpc::run(load, arguments),
        Verb::Compile(arguments) => child::compile(&arguments),
        Verb::Play(arguments) => child::play(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn verbs_and_usage() {
        for line in [
            "run",
            "run -c k.toml",
            "run --watch -c k.toml",
            "run --takeover",
            "check",
            "check -c k.toml m.wasm",
            "check --json route.js",
            "build route",
            "build route.ts -o r.wasm --lang assemblyscript --json",
            "build route.ts --sign alice.key --grants sl,tm",
            "keygen",
            "keygen -o alice",
            "sign m.wasm --key alice.key",
            "sign m.wasm --key alice.key -o s.wasm --grants sl,registrar.lookup,htable:shared_*",
            "new mine --lang rust",
            "test examples/basic",
            "test . --filter register --json",
            "user add alice@localhost --password p",
            "user add --from f.csv",
            "user list --json",
            "user rm a@b",
            "user passwd a@b",
            "address add 1 127.0.0.1/32",
            "address rm 1 10.0.0.0/8:5060",
            "address list --json",
            "rpc ul.dump location",
            "deploy m.wasm --canary 5",
            "deploy route.js --json",
            "versions --history",
            "rollback",
            "rollback 0a1b2c",
            "promote --json",
            "rpc htable.seti table=calls key=x value=-1 --json",
            "rpc ul.add location a sip:a@b 0 -1 0 0 0 0",
            "rpc core.uptime --url http://127.0.0.1:5080 --token-file t",
        ] {
            let words = ["kemist"].into_iter().chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
        for line in [
            "",
            "fly",
            "user",
            "user add",
            "user add a@b --from f.csv",
            "build",
            "build route.ts --grants sl",
            "sign m.wasm",
            "sign m.wasm --key a --grants a.b.c",
            "keygen alice",
            "new mine",
            "new mine --lang perl",
            "build route --lang perl",
            "address add x 1.2.3.4",
            "rpc",
            "rpc core.printi i:x",
            "rpc core.uptime --token-file t",
            "test",
            "deploy",
            "deploy m.wasm --canary 0",
            "deploy m.wasm --canary 100",
        ] {
            let words = ["kemist"].into_iter().chain(line.split_whitespace());
            let error = Cli::try_parse_from(words).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
