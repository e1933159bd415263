//! What is there before the first message.

use super::super::document::{Finding, Node, Value};
use super::super::keys;
use super::{Contact, Peer, Table};
use crate::route;
use crate::store::addresses::{Address, parse_cidr};
use crate::store::database::AccountName;
use bytes::Bytes;
use kemist_sip::Protocol;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long a binding lasts that says nothing of it.
const EXPIRES: Duration = Duration::from_secs(3600);

/// Changes to the configuration, as they are: kemist.toml's own reader finds what is wrong with them.
pub(super) fn config(node: Node) -> Result<Node, Finding> {
    if let Value::Table(entries) = &node.value
        && let Some((_, routing)) = entries.iter().find(|(name, _)| name == "routing")
    {
        return Err(routing.finding("config.routing: all scenarios share one module; say it in kemist.toml"));
    }
    Ok(node)
}

pub(super) fn peers(node: Node) -> Result<HashMap<String, Peer>, Finding> {
    let entries = node.entries()?.into_iter();
    entries.map(|(name, node)| Ok((name, peer(node)?))).collect()
}

pub(super) fn peer(node: Node) -> Result<Peer, Finding> {
    let place = node.place.clone();
    let text = node.text()?;
    address(&text).ok_or_else(|| {
        place.finding(format!(
            "{text:?} is no address; write for example \"192.0.2.10:5062\" or \"tcp:192.0.2.10:5062\""
        ))
    })
}

pub(super) fn address(text: &str) -> Option<Peer> {
    let bare = |text: &str| {
        text.trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .ok()
    };
    let plain = |text: &str| match text.parse::<SocketAddr>() {
        Ok(address) => Some((address.ip(), Some(address.port()))),
        Err(_) => bare(text).map(|ip| (ip, None)),
    };
    if let Some((ip, port)) = plain(text) {
        return Some(Peer {
            protocol: None,
            ip,
            port,
        });
    }
    let (protocol, rest) = text.split_once(':')?;
    let protocol = Some(Protocol::parse(protocol.as_bytes())?);
    let (ip, port) = plain(rest)?;
    Some(Peer { protocol, ip, port })
}

pub(super) fn start(node: Node) -> Result<u64, Finding> {
    match &node.value {
        Value::Int(seconds) => u64::try_from(*seconds).ok(),
        Value::Str(text) | Value::Other(text) => text.parse().ok().and_then(|date| unix(&date)),
        _ => None,
    }
    .ok_or_else(|| node.finding("start: a date and time is expected, such as 2026-01-01T12:00:00Z"))
}

/// Seconds since 1970; without an offset it is UTC.
fn unix(date: &toml::value::Datetime) -> Option<u64> {
    let (day, time) = (date.date?, date.time);
    let (year, month) = (i64::from(day.year), i64::from(day.month));
    // days of the proleptic Gregorian calendar, with years that begin in March
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + i64::from(day.day) - 719_469;
    let time = time.map_or(0, |t| {
        i64::from(t.hour) * 3600 + i64::from(t.minute) * 60 + i64::from(t.second.unwrap_or(0))
    });
    let offset = match date.offset {
        Some(toml::value::Offset::Custom { minutes }) => i64::from(minutes) * 60,
        _ => 0,
    };
    u64::try_from(days * 86_400 + time - offset).ok()
}

pub(super) fn accounts(node: Node) -> Result<Vec<(AccountName, String)>, Finding> {
    let account = |(name, node): (String, Node)| {
        let (user, domain) = aor(&name, &node)?;
        let name = AccountName {
            username: user.to_owned(),
            domain: domain.to_owned(),
        };
        Ok((name, node.text()?))
    };
    node.entries()?.into_iter().map(account).collect()
}

pub(super) fn aor<'n>(name: &'n str, node: &Node) -> Result<(&'n str, &'n str), Finding> {
    name.rsplit_once('@')
        .filter(|(user, domain)| !user.is_empty() && !domain.is_empty())
        .ok_or_else(|| node.finding(format!("{name}: USER@DOMAIN is expected, in quotes")))
}

pub(super) fn addresses(node: Node) -> Result<Vec<Address>, Finding> {
    let mut all = Vec::new();
    for (group, node) in node.entries()? {
        let wrong = || node.finding(format!("{group}: the number of a group is expected"));
        let group: i32 = group.parse().map_err(|_| wrong())?;
        for item in node.items() {
            let place = item.place.clone();
            let text = item.text()?;
            let wrong = || place.finding(format!("{text:?} is no network; write for example \"192.0.2.0/24\""));
            let (network, port) = parse_cidr(&text).ok_or_else(wrong)?;
            all.push(Address {
                group,
                network,
                port,
                tag: None,
            });
        }
    }
    Ok(all)
}

pub(super) fn location(node: Node) -> Result<Vec<(String, Vec<Contact>)>, Finding> {
    let user = |(name, node): (String, Node)| {
        aor(&name, &node)?;
        let contacts = node.items().into_iter().map(contact).collect::<Result<_, _>>()?;
        Ok((name, contacts))
    };
    node.entries()?.into_iter().map(user).collect()
}

fn contact(node: Node) -> Result<Contact, Finding> {
    if let Value::Str(uri) = node.value {
        return Ok(Contact {
            contact: uri,
            expires: EXPIRES,
            q: -1,
            path: None,
            received: None,
            bflags: 0,
            instance: None,
            user_agent: None,
            socket: None,
        });
    }
    let mut fields = node.fields(&keys::BINDING)?;
    let uri = fields.text("contact")?;
    Ok(Contact {
        contact: uri.ok_or_else(|| fields.place.finding("a contact needs its URI: contact = \"sip:...\""))?,
        expires: fields.read("expires", Node::duration)?.unwrap_or(EXPIRES),
        q: fields.read("q", priority)?.unwrap_or(-1),
        path: fields.text("path")?,
        received: fields.text("received")?,
        bflags: fields.read("bflags", |node| node.number())?.unwrap_or(0),
        instance: fields.text("instance")?,
        user_agent: fields.text("user_agent")?,
        socket: fields.text("socket")?,
    })
}

/// A q value in thousandths.
fn priority(node: Node) -> Result<i16, Finding> {
    let text = match &node.value {
        Value::Str(text) | Value::Other(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        _ => String::new(),
    };
    let q = text.parse::<f64>().ok().filter(|q| (0.0..=1.0).contains(q));
    // within 0 and 1000
    q.map(|q| (q * 1000.0).round() as i16)
        .ok_or_else(|| node.finding("q is a number from 0 to 1"))
}

pub(super) fn htable(node: Node) -> Result<Vec<Table<route::Value>>, Finding> {
    let table = |(name, node): (String, Node)| Ok((node.place.clone(), name, values(node)?));
    node.entries()?.into_iter().map(table).collect()
}

pub(super) fn values(node: Node) -> Result<Vec<(String, route::Value)>, Finding> {
    let value = |(name, node): (String, Node)| match node.value {
        Value::Int(number) => Ok((name, route::Value::Int(number))),
        Value::Str(text) => Ok((name, route::Value::Str(Bytes::from(text)))),
        _ => Err(node.finding(format!("{name}: a number or text is expected"))),
    };
    node.entries()?.into_iter().map(value).collect()
}

pub(super) fn dns(node: Node) -> Result<HashMap<String, Vec<Peer>>, Finding> {
    let name = |(name, node): (String, Node)| {
        let answers = node.items().into_iter().map(peer).collect::<Result<_, _>>()?;
        Ok((name.to_ascii_lowercase(), answers))
    };
    node.entries()?.into_iter().map(name).collect()
}
