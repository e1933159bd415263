//! `kemist rpc`: a thin client of the proxy's JSON-RPC.

use super::{client, text};
use crate::config::Config;
use anyhow::{Context, bail};
use hyper::body::Bytes;
use serde_json::{Map, Value};
use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The method: core.uptime, ul.dump, htable.get ...; system.listMethods lists them.
    method: String,
    /// Its parameters, all by place or all as NAME=VALUE. Numbers are sent as numbers; `s:` before one sends
    /// it as text, `i:` insists on a number.
    #[arg(allow_negative_numbers = true)]
    params: Vec<Parameter>,
    /// A proxy elsewhere, http://HOST:PORT, instead of the socket that the configuration names.
    #[arg(long)]
    url: Option<String>,
    /// The file with its token.
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,
    /// The result as it came, in one line.
    #[arg(long)]
    json: bool,
}

/// One parameter as it was typed.
#[derive(Clone, Debug, PartialEq)]
struct Parameter {
    /// Its name, where it may be one by name.
    name: Option<String>,
    /// The value by name.
    named: Value,
    /// The value by place.
    placed: Value,
}

impl FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Parameter, String> {
        let placed = value(text)?;
        match text.split_once('=') {
            Some((name, rest)) if is_name(name) => Ok(Parameter {
                name: Some(name.to_owned()),
                named: value(rest)?,
                placed,
            }),
            _ => Ok(Parameter {
                name: None,
                named: Value::Null,
                placed,
            }),
        }
    }
}

fn is_name(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(rest)
}

fn value(text: &str) -> Result<Value, String> {
    if let Some(text) = text.strip_prefix("s:") {
        return Ok(Value::from(text));
    }
    if let Some(number) = text.strip_prefix("i:") {
        let number = number.parse::<i64>();
        return number
            .map(Value::from)
            .map_err(|_| format!("{text}: no whole number after i:"));
    }
    Ok(text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from))
}

/// All by name where each has one, else all by place.
fn params(all: Vec<Parameter>) -> Value {
    let named = !all.is_empty() && all.iter().all(|p| p.name.is_some());
    if !named {
        return all.into_iter().map(|p| p.placed).collect();
    }
    let entry = |p: Parameter| (p.name.unwrap_or_default(), p.named);
    Value::Object(all.into_iter().map(entry).collect::<Map<_, _>>())
}

pub(super) fn run(load: impl FnOnce() -> anyhow::Result<Config>, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments {
        method,
        params: given,
        url,
        token_file,
        json,
    } = arguments;
    let params = params(given);
    let answer = match url {
        None => {
            let config = load()?;
            client::block_on(client::ask(&config, &method, params))?
        }
        Some(url) => {
            let token = token_file.map(|file| {
                let text = std::fs::read_to_string(&file);
                text.with_context(|| format!("{}: cannot be read", file.display()))
            });
            let token = token.transpose()?;
            let token = token.as_deref().map(str::trim);
            client::block_on(client::ask_at(&url, token, &method, params))?
        }
    };
    print(&answer, json)
}

/// Prints the result without making values of it: it may have a hundred thousand registrations.
fn print(answer: &Bytes, json: bool) -> anyhow::Result<()> {
    let Ok(answer) = std::str::from_utf8(answer) else {
        bail!("the proxy's answer is no JSON");
    };
    if let Some(error) = text::member(answer, "error") {
        let error: Value = serde_json::from_str(error).context("the proxy's answer is no JSON")?;
        bail!("{}", error["message"].as_str().unwrap_or("the proxy refused it"));
    }
    let result = text::member(answer, "result").context("the proxy's answer has no result")?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    // a reader that went away (`| head`) is no failure
    let _ = match (json, serde_json::from_str::<String>(result)) {
        (false, Ok(words)) => writeln!(out, "{words}"),
        (false, Err(_)) => text::pretty(result, &mut out).and_then(|()| writeln!(out)),
        (true, _) => writeln!(out, "{result}"),
    }
    .and_then(|()| out.flush());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(words: &[&str]) -> Value {
        params(words.iter().map(|word| word.parse().expect("a parameter")).collect())
    }

    #[test]
    fn parameters_are_by_place_or_by_name() {
        assert_eq!(read(&[]), json!([]));
        assert_eq!(
            read(&["location", "7", "s:7", "i:-7", "-1", "0.5"]),
            json!(["location", 7, "7", -7, -1, "0.5"])
        );
        assert_eq!(
            read(&["table=calls", "key=s:1", "value=2"]),
            json!({"table": "calls", "key": "1", "value": 2})
        );
        assert_eq!(read(&["calls", "a=b"]), json!(["calls", "a=b"]), "not all have a name");
        assert_eq!(read(&["sip:a@b;transport=tcp"]), json!(["sip:a@b;transport=tcp"]));
        assert_eq!(read(&["s:a=b"]), json!(["a=b"]));
        assert!("i:x".parse::<Parameter>().is_err());
    }
}
