//! What steps expect: of messages, of the script, of the stores.

use super::document::{Finding, Node, Place, Value};
use super::history::{self, Sent, brief, headers, place_of, text};
use super::matching::Match;
use super::play::Play;
use super::scenario::{Called, Check, Expect, Expected, Part, Peer, Save};
use super::stage::{Note, location_key};
use crate::route;
use crate::store::{Item, OPERATOR};
use crate::wasm::trace::Call;
use kemist_bindings::kemi::ksr::types::Xval;
use kemist_sip::message::{HeaderId, Message};
use std::collections::BTreeSet;

/// Callbacks that see every message: a list of callbacks need not have them.
const EVERYWHERE: [&str; 2] = ["ksr_reply_route", "ksr_onsend_route"];

/// Looks for a message and checks the rest of the step.
pub(super) fn expect(play: &mut Play<'_>, expect: &Expect, place: &Place) -> Vec<Finding> {
    let since = play.history.since;
    let mut first: Option<Vec<Finding>> = None;
    let mut hit = None;
    for (offset, sent) in play.history.recent().iter().enumerate() {
        if sent.expected || sent.again != expect.again || !is_kind(sent, expect) {
            continue;
        }
        let found = differences(play, expect, sent, place);
        if found.is_empty() {
            hit = Some(since + offset);
            break;
        }
        first.get_or_insert(found);
    }
    let Some(at) = hit else {
        return first.unwrap_or_else(|| vec![place.finding(missing(play, expect))]);
    };
    let sent = &mut play.history.sent[at];
    sent.expected = true;
    let is_request = sent.msg.as_ref().is_some_and(Message::is_request);
    if is_request {
        play.request = Some(at);
    } else {
        play.reply = Some(at);
    }
    let mut found = save(play, expect, at);
    found.extend(check(play, &expect.check, place));
    found
}

fn is_kind(sent: &Sent, expect: &Expect) -> bool {
    let Some(msg) = &sent.msg else { return false };
    match &expect.kind {
        Expected::Reply(status) => msg.is_reply() && msg.status() == *status,
        Expected::Request(method, _) => msg.is_request() && msg.method_name() == method.as_bytes(),
    }
}

fn missing(play: &Play<'_>, expect: &Expect) -> String {
    let wanted = match &expect.kind {
        Expected::Reply(status) => status.to_string(),
        Expected::Request(method, _) => method.clone(),
    };
    let again = if expect.again { " again" } else { "" };
    let line = |sent: &Sent| {
        let expected = if sent.expected { " (expected before)" } else { "" };
        let again = if sent.again { " again" } else { "" };
        let to = place_of(sent.target.protocol, sent.target.remote);
        format!("{}{again} to {to}{expected}", brief(sent.msg.as_ref()))
    };
    let all: Vec<String> = play.history.recent().iter().map(line).collect();
    let came = match all.is_empty() {
        true => "nothing was sent".to_owned(),
        false => format!("sent were: {}", all.join("; ")),
    };
    format!("expected {wanted}{again}; {came}")
}

/// What is not as the step has it.
fn differences(play: &Play<'_>, expect: &Expect, sent: &Sent, place: &Place) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(msg) = &sent.msg else { return found };
    let mut differs = |place: &Place, what: &str, wanted: String, came: String| {
        let name = brief(Some(msg));
        found.push(place.finding(format!("{name}: {what}: expected {wanted}, came {came}")));
    };
    if let Some(at) = &expect.at
        && !is_at(sent, at)
    {
        let wanted = at
            .protocol
            .map_or_else(|| at.address().to_string(), |p| place_of(p, at.address()));
        differs(
            place,
            "sent to",
            wanted,
            place_of(sent.target.protocol, sent.target.remote),
        );
    }
    if let Some(wanted) = &expect.socket {
        let sockets = &play.stage.worker.fleet().shared.sockets;
        let socket = sockets
            .get(usize::from(sent.target.socket))
            .map_or("none", |socket| &socket.text);
        if socket != wanted {
            differs(place, "sent from", wanted.clone(), socket.to_owned());
        }
    }
    let number = sent.branch.as_ref().map(|(_, number)| *number);
    if expect.branch.is_some_and(|wanted| number != Some(wanted)) {
        let came = number.map_or_else(|| "none".to_owned(), |number| number.to_string());
        differs(place, "branch", expect.branch.unwrap_or(0).to_string(), came);
    }
    if expect.after.is_some_and(|after| after != sent.after) {
        differs(
            place,
            "sent after",
            format!("{:?}", expect.after.unwrap_or_default()),
            format!("{:?}", sent.after),
        );
    }
    let mut matched = |wanted: &Match, what: &str, values: Vec<String>| {
        if let Err(text) = wanted.refuse(&values, play) {
            differs(&wanted.place, what, text, shown(&values));
        }
    };
    if let Expected::Request(_, Some(uri)) = &expect.kind {
        matched(uri, "URI", vec![text(msg.request_uri())]);
    }
    if let Some(uri) = &expect.uri {
        matched(uri, "URI", vec![text(msg.request_uri())]);
    }
    if let Some(reason) = &expect.reason {
        matched(reason, "reason", vec![text(msg.reason())]);
    }
    for (name, wanted) in &expect.headers {
        matched(wanted, name, headers(msg, name));
    }
    if let Some(body) = &expect.body {
        let body_is = Some(text(msg.body())).filter(|body| !body.is_empty());
        matched(body, "body", body_is.into_iter().collect());
    }
    if let Some((at, wanted)) = &expect.changed {
        found.extend(changed(play, msg, at, wanted));
    }
    found
}

fn is_at(sent: &Sent, at: &Peer) -> bool {
    let port_fits = sent.target.remote == at.address();
    port_fits && at.protocol.is_none_or(|protocol| protocol == sent.target.protocol)
}

fn shown(values: &[String]) -> String {
    match values {
        [] => "nothing".to_owned(),
        [one] => format!("{one:?}"),
        many => format!("{many:?}"),
    }
}

/// Which headers are not as they came in.
fn changed(play: &Play<'_>, msg: &Message, place: &Place, wanted: &[String]) -> Option<Finding> {
    let Some(before) = play.history.origin(msg) else {
        return Some(place.finding("changed: this message did not come in before: the server made it"));
    };
    let mut names = BTreeSet::new();
    for header in before.headers().chain(msg.headers()) {
        let name = canonical(header.name());
        let values = |msg: &Message| headers(msg, &text(header.name()));
        if values(before) != values(msg) {
            names.insert(name);
        }
    }
    if msg.is_request() && before.request_uri() != msg.request_uri() {
        names.insert("uri".to_owned());
    }
    if before.body() != msg.body() {
        names.insert("body".to_owned());
    }
    let wanted: BTreeSet<String> = wanted.iter().map(|name| canonical(name.as_bytes())).collect();
    let list = |names: BTreeSet<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    if names == wanted {
        return None;
    }
    let (more, less) = (
        list(names.difference(&wanted).collect()),
        list(wanted.difference(&names).collect()),
    );
    let mut text = format!("{}: changed:", brief(Some(msg)));
    if !more.is_empty() {
        text += &format!(" also {more}");
    }
    if !less.is_empty() {
        text += &format!("{} not {less}", if more.is_empty() { "" } else { ";" });
    }
    Some(place.finding(text))
}

/// One name for the long and the compact form, in any case.
fn canonical(name: &[u8]) -> String {
    match HeaderId::parse(name) {
        HeaderId::Other => text(name).to_ascii_lowercase(),
        id => id.name().to_ascii_lowercase(),
    }
}

fn save(play: &mut Play<'_>, expect: &Expect, at: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, save) in &expect.save {
        let value = play.history.sent[at].msg.as_ref().and_then(|msg| saved(msg, save));
        match value {
            Some(value) => drop(play.saved.insert(name.clone(), value)),
            None => found.push(
                save.place
                    .finding(format!("{name}: the message has nothing to save there")),
            ),
        }
    }
    found
}

fn saved(msg: &Message, save: &Save) -> Option<String> {
    let whole = match &save.from {
        Part::Header(name) => headers(msg, name).into_iter().next()?,
        Part::Uri => text(msg.request_uri()),
        Part::Body => text(msg.body()),
        Part::ViaBranch => text(history::via_branch(msg)),
    };
    let Some(expression) = &save.matches else {
        return Some(whole);
    };
    let captures = expression.captures(&whole)?;
    let group = captures.get(1).or_else(|| captures.get(0))?;
    Some(group.as_str().to_owned())
}

/// Checks what the script did since the last input, and what is stored.
pub(super) fn check(play: &mut Play<'_>, check: &Check, place: &Place) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(check.called.iter().filter_map(|called| is_called(play, called)));
    for (place, name) in &check.not_called {
        let is = |call: &&Call| {
            call.name == *name
                || call
                    .name
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
        };
        if let Some(call) = play.calls.iter().find(is) {
            found.push(place.finding(format!("{name}: expected not to be called, but {} was", written(call))));
        }
    }
    if let Some((place, wanted)) = &check.callbacks {
        found.extend(callbacks(play, place, wanted));
    }
    found.extend(lines(play, check));
    if let Some(fault) = &check.fault {
        let faults = noted(play, |note| match note {
            Note::Fault(text) => Some(text),
            _ => None,
        });
        match fault.refuse(&faults, play) {
            Ok(()) => play.faults_expected = true,
            Err(wanted) => found.push(
                fault
                    .place
                    .finding(format!("fault: expected {wanted}, came {}", shown(&faults))),
            ),
        }
    }
    if let Some((place, wanted)) = &check.sent {
        let count = play.history.recent().len();
        if count != *wanted {
            found.push(place.finding(format!("sent: expected {wanted} messages, came {count}")));
        }
    }
    found.extend(stored(play, check));
    // a check without a place of its own has that of its step
    debug_assert!(found.iter().all(|finding| finding.file == place.file));
    found
}

fn is_called(play: &Play<'_>, called: &Called) -> Option<Finding> {
    let of_name: Vec<&Call> = play.calls.iter().filter(|call| call.name == called.name).collect();
    let fits = |call: &&&Call| {
        let args = called.args.as_ref().is_none_or(|args| same_args(args, &call.args));
        let value = call.returned.as_ref().map_or_else(|text| vec![text.clone()], texts);
        args && called
            .returned
            .as_ref()
            .is_none_or(|returned| returned.refuse(&value, play).is_ok())
    };
    let count = of_name.iter().filter(fits).count();
    let enough = called.times.map_or(count > 0, |times| count == times);
    if enough {
        return None;
    }
    let name = &called.name;
    let text = match (of_name.is_empty(), called.times) {
        (true, _) => {
            let mut names: Vec<&str> = play.calls.iter().map(|call| call.name.as_str()).collect();
            names.dedup();
            let names = if names.is_empty() {
                "nothing".to_owned()
            } else {
                names.join(", ")
            };
            format!("{name}: expected to be called; called were: {names}")
        }
        (false, Some(times)) => format!("{name}: expected {times} such calls, came {count}"),
        (false, None) => {
            let calls: Vec<String> = of_name.iter().map(|call| written(call)).collect();
            format!("{name}: no such call; called were: {}", calls.join(", "))
        }
    };
    Some(called.place.finding(text))
}

fn same_args(wanted: &[Node], args: &[Xval]) -> bool {
    let same = |(wanted, arg): (&Node, &Xval)| match (&wanted.value, arg) {
        (Value::Str(text), Xval::Str(arg)) => text == arg,
        (Value::Int(number), Xval::Int(arg)) => number == arg,
        (Value::Bool(yes), Xval::Int(arg)) => i64::from(*yes) == *arg,
        _ => false,
    };
    wanted.len() == args.len() && wanted.iter().zip(args).all(same)
}

fn texts(value: &Xval) -> Vec<String> {
    match value {
        Xval::Null => Vec::new(),
        Xval::Int(number) => vec![number.to_string()],
        Xval::Str(text) => vec![text.clone()],
    }
}

/// A call as a script would write it, with its result.
fn written(call: &Call) -> String {
    let value = |value: &Xval| match value {
        Xval::Null => "null".to_owned(),
        Xval::Int(number) => number.to_string(),
        Xval::Str(text) => format!("{text:?}"),
    };
    let args: Vec<String> = call.args.iter().map(value).collect();
    let returned = call.returned.as_ref().map_or_else(Clone::clone, value);
    format!("{}({}) = {returned}", call.name, args.join(", "))
}

fn callbacks(play: &Play<'_>, place: &Place, wanted: &[String]) -> Option<Finding> {
    let mut ran = noted(play, |note| match note {
        Note::Callback(name) => Some(name),
        _ => None,
    });
    ran.retain(|name| wanted.contains(name) || !EVERYWHERE.contains(&name.as_str()));
    let text = || format!("callbacks: expected {wanted:?}, came {ran:?}");
    (ran != wanted).then(|| place.finding(text()))
}

fn lines(play: &Play<'_>, check: &Check) -> Vec<Finding> {
    let lines = noted(play, |note| match note {
        Note::Log(line) => Some(line),
        _ => None,
    });
    let mut found = Vec::new();
    for wanted in &check.log {
        if let Err(text) = wanted.refuse(&lines, play) {
            found.push(
                wanted
                    .place
                    .finding(format!("log: expected {text}, came {}", shown(&lines))),
            );
        }
    }
    for unwanted in &check.not_log {
        let line = lines
            .iter()
            .find(|line| unwanted.refuse(std::slice::from_ref(*line), play).is_ok());
        if let Some(line) = line {
            found.push(unwanted.place.finding(format!("log: not expected: {line:?}")));
        }
    }
    found
}

fn noted<'p>(play: &'p Play<'_>, pick: impl Fn(&'p Note) -> Option<&'p String>) -> Vec<String> {
    play.notes.iter().filter_map(pick).cloned().collect()
}

fn stored(play: &Play<'_>, check: &Check) -> Vec<Finding> {
    let store = &play.stage.worker.fleet().shared.store;
    let now = play.stage.worker.unix();
    let mut found = Vec::new();
    for (place, name, wanted) in &check.location {
        let bindings = store.location.bindings(OPERATOR, &location_key(store, name), now);
        let contacts: Vec<String> = bindings.iter().map(|binding| text(&binding.contact)).collect();
        let mut free: Vec<&String> = contacts.iter().collect();
        let each = wanted.iter().all(|wanted| {
            let at = free
                .iter()
                .position(|contact| wanted.refuse(&[(*contact).clone()], play).is_ok());
            at.map(|at| free.remove(at)).is_some()
        });
        if !each || !free.is_empty() {
            let count = wanted.len();
            found.push(place.finding(format!(
                "location: {name}: expected {count} other contacts, came {contacts:?}"
            )));
        }
    }
    for (place, name, items) in &check.htable {
        let Some(id) = store.tables.table(name) else {
            found.push(place.finding(format!("htable: {name}: no such table")));
            continue;
        };
        for (key, wanted) in items {
            let item = store
                .tables
                .get(OPERATOR, id, key.as_bytes(), now)
                .map(|item| match item {
                    Item::Int(number) => number.to_string(),
                    Item::Str(value) => text(&value),
                });
            let values: Vec<String> = item.into_iter().collect();
            if let Err(expected) = wanted.refuse(&values, play) {
                let text = format!("htable: {name}=>{key}: expected {expected}, came {}", shown(&values));
                found.push(wanted.place.finding(text));
            }
        }
    }
    for (name, wanted) in &check.shv {
        let values: Vec<String> = match store.variables.get(OPERATOR, name.as_bytes()) {
            route::Value::Null => Vec::new(),
            route::Value::Int(number) => vec![number.to_string()],
            route::Value::Str(value) => vec![text(&value)],
        };
        if let Err(expected) = wanted.refuse(&values, play) {
            let text = format!("shv: {name}: expected {expected}, came {}", shown(&values));
            found.push(wanted.place.finding(text));
        }
    }
    found
}
