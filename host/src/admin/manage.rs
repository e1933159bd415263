//! Accounts and addresses in the database: the same for the running proxy and the command line.

use super::Failure;
use super::method::{Doc, Kind, Param};
use crate::modules::config::Auth;
use crate::route::digest::Algorithm;
use crate::store::addresses::parse_cidr;
use crate::store::database::{AccountName, NewAccount};
use crate::store::{Database, Error};
use ipnet::IpNet;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt::Write;

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = if matches!(error, Error::Refused(_)) { 400 } else { 500 };
        Failure::new(code, error.to_string())
    }
}

const USER: Param = Param::new("user", Kind::Text, "the part before the @");
const DOMAIN: Param = Param::new("domain", Kind::Text, "the part after it");
const PASSWORD: Param = Param::new("password", Kind::Text, "the new password");
const GROUP: Param = Param::new("group", Kind::Int, "the group that allow_source_address names");
const CIDR: Param = Param::new("network", Kind::Text, "CIDR[:PORT]");

macro_rules! docs {
    ($($name:literal ($($param:expr),*): $about:literal, $result:literal;)*) => {
        &[$(Doc {
            name: $name,
            params: &[$($param),*],
            about: $about,
            result: $result,
            differs: "not there: kamctl writes to the database",
        }),*]
    };
}

/// The methods of [`call`].
pub static DOCS: &[Doc] = docs! {
    "user.add"(
        Param::new("accounts", Kind::Any, "a list of [user, domain, password]"),
        Param::new("replace", Kind::Switch, "accounts that exist get the new password instead of an error").optional()
    ): "Adds accounts, all or none.", "how many";
    "user.passwd"(USER, DOMAIN, PASSWORD): "Changes a password.", "false where there is no such account";
    "user.rm"(USER, DOMAIN): "Removes an account.", "false where there is no such account";
    "user.list"(): "Lists the accounts.", "a list of `username`, `domain`";
    "address.add"(GROUP, CIDR): "Adds a network to a group, for permissions.", "false where it is in there";
    "address.rm"(GROUP, CIDR): "Removes a network from a group.", "false where it was not in there";
    "address.list"(): "Lists groups and networks as the database has them.", "a list of `group`, `network`, `port`, `tag`";
};

/// Does `user.add`, `user.passwd`, `user.rm`, `user.list`, `address.add`, `address.rm` or `address.list`.
pub async fn call(database: &Database, auth: &Auth, method: &str, params: &Value) -> Result<Value, Failure> {
    let sha256 = auth.algorithms().contains(&Algorithm::Sha256);
    match method {
        "user.add" => {
            let rows = params[0]
                .as_array()
                .ok_or_else(|| wrong("a list of [user, domain, password]"))?;
            let accounts = rows.iter().map(|r| account(r, sha256)).collect::<Result<Vec<_>, _>>()?;
            Ok(json!(
                database
                    .add_accounts(accounts, params[1].as_bool().unwrap_or(false))
                    .await?
            ))
        }
        "user.passwd" => Ok(json!(database.change_account(account(params, sha256)?).await?)),
        "user.rm" => Ok(json!(database.remove_account(name(params)?).await?)),
        "user.list" => {
            let entry = |a: AccountName| json!({"username": a.username, "domain": a.domain});
            Ok(database.accounts().await?.into_iter().map(entry).collect())
        }
        "address.add" => {
            let (group, network, port) = address(params)?;
            Ok(json!(database.add_address(group, network, port).await?))
        }
        "address.rm" => {
            let (group, network, port) = address(params)?;
            Ok(json!(database.remove_address(group, network, port).await?))
        }
        "address.list" => {
            let rows = database.addresses().await?.into_iter();
            let entry = |a: crate::store::addresses::Address| json!({"group": a.group, "network": a.network.to_string(), "port": a.port, "tag": a.tag});
            Ok(rows.map(entry).collect())
        }
        _ => Err(Failure::new(-32601, format!("{method}: no such method"))),
    }
}

fn wrong(what: &str) -> Failure {
    Failure::new(-32602, format!("wrong parameters; send {what}"))
}

fn name(params: &Value) -> Result<AccountName, Failure> {
    let part = |i: usize| {
        params[i]
            .as_str()
            .filter(|p| !p.is_empty())
            .ok_or_else(|| wrong("user and domain"))
    };
    let (username, domain) = (part(0)?, part(1)?);
    // A colon would let one account's hash be another's
    if [username, domain]
        .iter()
        .any(|p| p.len() > 64 || p.contains(|c: char| c.is_control() || c == ':' || c == '"'))
    {
        return Err(Failure::new(
            400,
            format!("{username}@{domain}: not a usable name; at most 64 characters, no colon or quote"),
        ));
    }
    Ok(AccountName {
        username: username.to_owned(),
        domain: domain.to_owned(),
    })
}

fn account(params: &Value, sha256: bool) -> Result<NewAccount, Failure> {
    let name = name(params)?;
    let password = params[2].as_str().ok_or_else(|| wrong("user, domain and password"))?;
    let AccountName { username, domain } = &name;
    let plain = format!("{username}:{domain}:{password}");
    Ok(NewAccount {
        ha1: hex(&Md5::digest(&plain)),
        ha1b: hex(&Md5::digest(format!("{username}@{domain}:{domain}:{password}"))),
        ha1_sha256: sha256.then(|| hex(&Sha256::digest(&plain))),
        name,
    })
}

fn address(params: &Value) -> Result<(i32, IpNet, u16), Failure> {
    let group = params[0]
        .as_i64()
        .and_then(|g| i32::try_from(g).ok())
        .ok_or_else(|| wrong("group and CIDR[:PORT]"))?;
    let text = params[1].as_str().ok_or_else(|| wrong("group and CIDR[:PORT]"))?;
    let (network, port) = parse_cidr(text).ok_or_else(|| {
        Failure::new(
            400,
            format!("{text:?} is no network; write for example 192.0.2.0/24 or 192.0.2.1:5060"),
        )
    })?;
    Ok((group, network, port))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail
            let _ = write!(text, "{byte:02x}");
            text
        })
}
