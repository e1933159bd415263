//! `kemist user`: accounts.

use super::client;
use crate::config::Config;
use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::{Value, json};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add an account, or many from a file
    Add {
        /// USER@DOMAIN.
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        name: Option<String>,
        /// Read from standard input where it is not given.
        #[arg(long)]
        password: Option<String>,
        /// Lines of user,domain,password; all are added or none.
        #[arg(long, value_name = "FILE.csv", conflicts_with = "password")]
        from: Option<PathBuf>,
        /// Accounts that exist get the new password instead of an error.
        #[arg(long)]
        replace: bool,
    },
    /// Change a password
    Passwd {
        /// USER@DOMAIN.
        name: String,
        /// Read from standard input where it is not given.
        #[arg(long)]
        password: Option<String>,
    },
    /// Remove an account
    Rm {
        /// USER@DOMAIN.
        name: String,
    },
    /// List accounts
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Config, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Add {
            from: Some(file),
            replace,
            ..
        } => {
            let text = std::fs::read_to_string(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
            add(config, rows(&text, &file)?, replace)
        }
        Verb::Add {
            name,
            password,
            replace,
            ..
        } => {
            let (user, domain) = split(name.as_deref().unwrap_or_default())?;
            add(config, vec![json!([user, domain, given(password)?])], replace)
        }
        Verb::Passwd { name, password } => {
            let (user, domain) = split(&name)?;
            done(config, "user.passwd", json!([user, domain, given(password)?]), &name)
        }
        Verb::Rm { name } => {
            let (user, domain) = split(&name)?;
            done(config, "user.rm", json!([user, domain]), &name)
        }
        Verb::List { json } => {
            let users = client::block_on(client::manage(config, "user.list", json!([])))?;
            if json {
                super::say(format_args!("{users:#}"));
            } else {
                for user in users.as_array().into_iter().flatten() {
                    let part = |key: &str| user[key].as_str().unwrap_or_default();
                    super::say(format_args!("{}@{}", part("username"), part("domain")));
                }
            }
            Ok(())
        }
    }
}

fn add(config: &Config, rows: Vec<Value>, replace: bool) -> anyhow::Result<()> {
    let count = client::block_on(client::manage(config, "user.add", json!([rows, replace])))?;
    super::say(format_args!("added {count}"));
    Ok(())
}

fn done(config: &Config, method: &str, params: Value, name: &str) -> anyhow::Result<()> {
    if client::block_on(client::manage(config, method, params))? != Value::Bool(true) {
        bail!("{name}: no such account; see kemist user list");
    }
    Ok(())
}

fn split(name: &str) -> anyhow::Result<(&str, &str)> {
    match name.rsplit_once('@') {
        Some((user, domain)) if !user.is_empty() && !domain.is_empty() => Ok((user, domain)),
        _ => bail!("{name:?} is no account; write USER@DOMAIN"),
    }
}

fn given(password: Option<String>) -> anyhow::Result<String> {
    if let Some(password) = password {
        return Ok(password);
    }
    if std::io::stdin().is_terminal() {
        eprint!("password: ");
    }
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        std::io::stdin().read_line(&mut text)?;
    } else {
        std::io::stdin().read_to_string(&mut text)?;
    }
    let password = text.lines().next().unwrap_or_default();
    match password {
        "" => bail!("no password; give one with --password or on standard input"),
        password => Ok(password.to_owned()),
    }
}

/// The accounts of a file; the first line may be a header. A password may contain commas.
fn rows(text: &str, file: &Path) -> anyhow::Result<Vec<Value>> {
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_end_matches('\r');
        let header = number == 1 && (line.starts_with("user,") || line.starts_with("username,"));
        if line.trim().is_empty() || header {
            continue;
        }
        match line.splitn(3, ',').collect::<Vec<_>>()[..] {
            [user, domain, password] if !user.is_empty() && !domain.is_empty() && !password.is_empty() => {
                rows.push(json!([user.trim(), domain.trim(), password]));
            }
            _ => bail!(
                "{}:{number}: not an account; write user,domain,password",
                file.display()
            ),
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_accounts() {
        let file = Path::new("f.csv");
        let read = rows("user,domain,password\nalice,localhost,a,b\r\n\nbob,localhost,x\n", file).expect("valid");
        assert_eq!(
            read,
            [json!(["alice", "localhost", "a,b"]), json!(["bob", "localhost", "x"])]
        );
        let error = rows("alice,localhost,a\nbob,localhost\n", file).expect_err("no password");
        assert_eq!(error.to_string(), "f.csv:2: not an account; write user,domain,password");
        assert!(split("alice").is_err() && split("@x").is_err());
    }
}
