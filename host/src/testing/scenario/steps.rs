//! The steps.

use super::super::document::{Fields, Finding, Node, Place, Value};
use super::super::keys::{self, Section};
use super::super::matching::{self, Match};
use super::setup::{aor, peer};
use super::{Called, Check, Expect, Expected, Extra, Given, Header, Part, Peer, Receive, Reply, Save, Step, Verb};
use crate::config::Listen;
use std::collections::HashMap;

/// Reads steps; it knows the peers.
pub(super) struct Reader<'s> {
    pub peers: &'s HashMap<String, Peer>,
}

impl Reader<'_> {
    pub fn step(&self, node: Node) -> Result<Step, Finding> {
        let place = node.place.clone();
        let Value::Table(entries) = &node.value else {
            return Err(place.finding("a step is a table: write [[step]]"));
        };
        let has = |section: &&&Section| entries.iter().any(|(name, _)| name == section.name);
        let Some(section) = keys::VERBS.iter().find(has) else {
            let known: Vec<&str> = keys::VERBS.iter().map(|section| section.name).collect();
            // the line of its first key: an empty step has that of its heading
            let place = entries.first().map_or(&place, |(_, node)| &node.place);
            return Err(place.finding(format!("a step needs one of {}", known.join(", "))));
        };
        // errors name the line of the verb
        let at = entries.iter().find(|(name, _)| name == section.name);
        let place = at.map_or(place, |(_, node)| node.place.clone());
        let mut fields = node.fields(section)?;
        let verb = match section.name {
            "receive" => Verb::Receive(Box::new(self.receive(fields)?)),
            "repeat" => yes(&mut fields, "repeat").map(|()| Verb::Repeat)?,
            "reply" => Verb::Reply(Box::new(self.reply(fields)?)),
            "refuse" => {
                yes(&mut fields, "refuse")?;
                Verb::Refuse(fields.read("branch", branch)?)
            }
            "advance" => Verb::Advance(fields.read("advance", Node::duration)?.unwrap_or_default()),
            "expect" => Verb::Expect(Box::new(self.expect(fields)?)),
            "expect_nothing" => {
                yes(&mut fields, "expect_nothing")?;
                Verb::ExpectNothing(Box::new(self.check(fields)?))
            }
            _ => Verb::Check(Box::new(self.check(fields)?)),
        };
        Ok(Step { place, verb })
    }

    fn receive(&self, mut fields: Fields) -> Result<Receive, Finding> {
        Ok(Receive {
            what: fields.text("receive")?.unwrap_or_default(),
            call: fields.text("call")?,
            by_callee: fields.read("by", by_callee)?.unwrap_or(false),
            source: fields.read("source", |node| self.peer(node))?,
            uri: fields.text("uri")?,
            from: fields.text("from")?,
            to: fields.text("to")?,
            from_tag: fields.text("from_tag")?,
            to_tag: fields.read("to_tag", given)?,
            call_id: fields.text("call_id")?,
            cseq: fields.read("cseq", |node| node.number())?,
            via_branch: fields.text("via_branch")?,
            max_forwards: fields.read("max_forwards", given)?,
            contact: fields.read("contact", given)?,
            authorize: fields.text("authorize")?,
            extra: extra(&mut fields)?,
        })
    }

    fn reply(&self, mut fields: Fields) -> Result<Reply, Finding> {
        let what = fields.read("reply", |node| match node.value {
            Value::Int(status) => Ok(status.to_string()),
            _ => node.text(),
        })?;
        let cancel = fields.read("method", |node| {
            let place = node.place.clone();
            match node.text()?.as_str() {
                "CANCEL" => Ok(true),
                other => Err(place.finding(format!("{other}: only \"CANCEL\" is a choice here"))),
            }
        })?;
        Ok(Reply {
            what: what.unwrap_or_default(),
            branch: fields.read("branch", branch)?,
            cancel: cancel.unwrap_or(false),
            source: fields.read("source", |node| self.peer(node))?,
            to_tag: fields.read("to_tag", given)?,
            contact: fields.read("contact", given)?,
            extra: extra(&mut fields)?,
        })
    }

    fn expect(&self, mut fields: Fields) -> Result<Expect, Finding> {
        let kind = fields.read("expect", expected)?;
        Ok(Expect {
            // the step was found by this key
            kind: kind.unwrap_or(Expected::Reply(0)),
            at: fields.read("at", |node| self.peer(node))?,
            socket: fields.read("socket", socket)?,
            branch: fields.read("branch", branch)?,
            after: fields.read("after", Node::duration)?,
            again: fields.take("again").map_or(Ok(false), |node| flag(&node))?,
            uri: fields.read("uri", Match::read)?,
            reason: fields.read("reason", Match::read)?,
            headers: fields.read("headers", matches)?.unwrap_or_default(),
            body: fields.read("body", Match::read)?,
            changed: fields.read("changed", |node| Ok((node.place.clone(), texts(node)?)))?,
            save: fields.read("save", save)?.unwrap_or_default(),
            check: self.check(fields)?,
        })
    }

    pub fn check(&self, mut fields: Fields) -> Result<Check, Finding> {
        fields.text("check")?;
        let logs = |node: Node| node.items().into_iter().map(Match::part).collect::<Result<Vec<_>, _>>();
        Ok(Check {
            called: fields.read("called", called)?.unwrap_or_default(),
            not_called: fields
                .read("not_called", |node| {
                    let place = node.place.clone();
                    Ok(texts(node)?.into_iter().map(|name| (place.clone(), name)).collect())
                })?
                .unwrap_or_default(),
            callbacks: fields.read("callbacks", |node| Ok((node.place.clone(), texts(node)?)))?,
            log: fields.read("log", logs)?.unwrap_or_default(),
            not_log: fields.read("not_log", logs)?.unwrap_or_default(),
            fault: fields.read("fault", Match::part)?,
            location: fields.read("location", registered)?.unwrap_or_default(),
            htable: fields
                .read("htable", |node| {
                    let table = |(name, node): (String, Node)| Ok((node.place.clone(), name, matches(node)?));
                    node.entries()?.into_iter().map(table).collect()
                })?
                .unwrap_or_default(),
            shv: fields.read("shv", matches)?.unwrap_or_default(),
            sent: fields.read("sent", |node| Ok((node.place.clone(), node.number()?)))?,
        })
    }

    fn peer(&self, node: Node) -> Result<Peer, Finding> {
        match &node.value {
            Value::Str(name) if self.peers.contains_key(name) => Ok(self.peers[name]),
            _ => peer(node),
        }
    }
}

/// A key that is only there to be there.
fn yes(fields: &mut Fields, name: &str) -> Result<(), Finding> {
    match fields.take(name) {
        Some(node) if !flag(&node)? => Err(node.finding(format!("{name} = true, or leave the step out"))),
        _ => Ok(()),
    }
}

fn flag(node: &Node) -> Result<bool, Finding> {
    match node.value {
        Value::Bool(yes) => Ok(yes),
        _ => Err(node.finding("true or false is expected")),
    }
}

fn branch(node: Node) -> Result<u32, Finding> {
    match node.number()? {
        0 => Err(node.finding("branches are counted from 1")),
        number => Ok(number),
    }
}

fn by_callee(node: Node) -> Result<bool, Finding> {
    let place = node.place.clone();
    match node.text()?.as_str() {
        "caller" => Ok(false),
        "callee" => Ok(true),
        other => Err(place.finding(format!("{other:?}: \"caller\" or \"callee\" is expected"))),
    }
}

fn given(node: Node) -> Result<Given, Finding> {
    match node.value {
        Value::Bool(false) => Ok(Given::None),
        Value::Int(number) => Ok(Given::Text(number.to_string())),
        _ => node.text().map(Given::Text),
    }
}

fn extra(fields: &mut Fields) -> Result<Extra, Finding> {
    Ok(Extra {
        headers: fields.read("headers", headers)?.unwrap_or_default(),
        body: fields.text("body")?,
        content_type: fields.text("content_type")?,
    })
}

fn headers(node: Node) -> Result<Vec<Header>, Finding> {
    let header = |(name, node): (String, Node)| match node.value {
        Value::Bool(false) => Ok((name, Vec::new())),
        Value::Int(number) => Ok((name, vec![number.to_string()])),
        _ => Ok((name, texts(node)?)),
    };
    node.entries()?.into_iter().map(header).collect()
}

fn texts(node: Node) -> Result<Vec<String>, Finding> {
    node.items().into_iter().map(Node::text).collect()
}

fn matches(node: Node) -> Result<Vec<(String, Match)>, Finding> {
    let entries = node.entries()?.into_iter();
    entries.map(|(name, node)| Ok((name, Match::read(node)?))).collect()
}

fn registered(node: Node) -> Result<Vec<(Place, String, Vec<Match>)>, Finding> {
    let user = |(name, node): (String, Node)| {
        aor(&name, &node)?;
        let place = node.place.clone();
        let items = match node.value {
            Value::Bool(false) => Vec::new(),
            _ => node.items(),
        };
        let contacts = items.into_iter().map(Match::read).collect::<Result<_, _>>()?;
        Ok((place, name, contacts))
    };
    node.entries()?.into_iter().map(user).collect()
}

fn expected(node: Node) -> Result<Expected, Finding> {
    let wrong = |node: &Node| node.finding("a status, a method, or a method and a URI is expected");
    let text = match &node.value {
        Value::Int(status) => status.to_string(),
        Value::Str(text) => text.trim().to_owned(),
        _ => return Err(wrong(&node)),
    };
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let status = text.parse().ok().filter(|status| (100..700).contains(status));
        return status.map(Expected::Reply).ok_or_else(|| wrong(&node));
    }
    match text.split_once(' ') {
        Some((method, uri)) => {
            let uri = Match::equal(node.place.clone(), uri.trim().to_owned());
            Ok(Expected::Request(method.to_owned(), Some(uri)))
        }
        None if text.is_empty() => Err(wrong(&node)),
        None => Ok(Expected::Request(text, None)),
    }
}

fn socket(node: Node) -> Result<String, Finding> {
    let place = node.place.clone();
    let listen = Listen::parse(&node.text()?).map_err(|error| place.finding(error))?;
    Ok(format!("{}:{}", listen.protocol.name(), listen.address))
}

fn save(node: Node) -> Result<Vec<(String, Save)>, Finding> {
    let one = |(name, node): (String, Node)| {
        let place = node.place.clone();
        if let Value::Str(header) = node.value {
            let from = Part::Header(header);
            return Ok((
                name,
                Save {
                    place,
                    from,
                    matches: None,
                },
            ));
        }
        let mut fields = node.fields(&keys::SAVE)?;
        let part = fields.text("part")?;
        let from = match (fields.text("header")?, part.as_deref()) {
            (Some(header), None) => Part::Header(header),
            (None, Some("uri")) => Part::Uri,
            (None, Some("body")) => Part::Body,
            (None, Some("via_branch")) => Part::ViaBranch,
            _ => {
                return Err(place.finding(format!(
                    "{name}: one of header = \"...\" and part = \"uri\", \"body\" or \"via_branch\" is expected"
                )));
            }
        };
        let matches = fields.read("matches", matching::expression)?;
        Ok((name, Save { place, from, matches }))
    };
    node.entries()?.into_iter().map(one).collect()
}

fn called(node: Node) -> Result<Vec<Called>, Finding> {
    let one = |node: Node| {
        let place = node.place.clone();
        if let Value::Str(name) = node.value {
            return Ok(Called {
                place,
                name,
                args: None,
                returned: None,
                times: None,
            });
        }
        let mut fields = node.fields(&keys::CALLED)?;
        let name = fields.text("name")?;
        Ok(Called {
            name: name.ok_or_else(|| place.finding("a function needs its name: name = \"KSR.sl.send_reply\""))?,
            args: fields.take("args").map(Node::items),
            returned: fields.read("returned", Match::read)?,
            times: fields.read("times", |node| node.number())?,
            place,
        })
    };
    node.items().into_iter().map(one).collect()
}
