//! Serial forking by q: `t_load_contacts`, `t_next_contacts`, `t_next_contact_flow`.
//!
//! The contacts wait in an XAVP, one root each, the best on top, as Kamailio keeps them; scripts may
//! look at them.

use crate::route::request_uri::is_line_safe;
use crate::route::{Named, NewBranch, Route, Value, core};
use bytes::Bytes;
use kemist_sip::ConnectionId;
use std::time::Instant;

/// There are none left.
const NONE_LEFT: i32 = -2;
/// What is stored is no contact.
const BAD_VALUE: i32 = -3;

/// How `t_load_contacts` orders contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By q, those of the same q in one step.
    ByQ,
    /// One after the other by chance, with q as the weight.
    Proportional,
}

impl Route {
    /// Request URI and branches into the XAVP. Nothing is done where they all have the same q.
    pub(super) fn load_contacts(&mut self, order: Order) -> i32 {
        let Some(name) = contacts_avp() else { return -1 };
        if self.branches.iter().all(|branch| branch.q == self.q) {
            return 1;
        }
        let mut contacts = vec![self.main_contact()];
        contacts.extend(self.branches.iter().cloned());
        match order {
            Order::ByQ => contacts.sort_by_key(|contact| std::cmp::Reverse(contact.q)),
            Order::Proportional => shuffle(&mut contacts),
        }
        let lists = self.avps().clone();
        let mut lists = lists.lock();
        // worst first: what is set last is read first
        for at in (0..contacts.len()).rev() {
            let Some(contact) = contacts.get(at) else { break };
            let next = contacts.get(at + 1);
            let ends_step = order == Order::Proportional || next.is_none_or(|next| next.q != contact.q);
            if !lists.push_root(&name, stored(contact, ends_step)) {
                return -1;
            }
        }
        drop(lists);
        self.branches.clear();
        1
    }

    /// The next step out of the XAVP: a request URI and branches. Of several flows to one instance
    /// only the first is taken (RFC 5626 section 5.3), the others wait for `t_next_contact_flow`.
    pub(super) fn next_contacts(&mut self) -> i32 {
        let Some(name) = contacts_avp() else { return -1 };
        let lists = self.avps().clone();
        let mut lists = lists.lock();
        let mut step: Vec<NewBranch> = Vec::new();
        let mut flows = Vec::new();
        loop {
            let Some(entries) = lists.take_root(&name) else { break };
            let Some(contact) = read(&entries) else {
                return BAD_VALUE;
            };
            let known = |other: &NewBranch| !contact.instance.is_empty() && other.instance == contact.instance;
            if step.iter().any(known) {
                flows.push(entries.clone());
            } else {
                step.push(contact);
            }
            if int(&entries, b"q_flag") == Some(1) {
                break;
            }
        }
        if let Some(name) = flows_avp() {
            while lists.take_root(&name).is_some() {}
            // the best is on top again
            let kept = flows.into_iter().rev().all(|flow| lists.push_root(&name, flow));
            debug_assert!(kept, "they were taken out of these lists");
        }
        drop(lists);
        let mut step = step.into_iter();
        let Some(first) = step.next() else { return NONE_LEFT };
        self.go_to_contact(first);
        self.branches.clear();
        self.branches.extend(step);
        1
    }

    /// The next flow to the instance of the branch that failed, as a further branch.
    pub(super) fn next_flow(&mut self) -> i32 {
        let Some(name) = flows_avp() else { return -1 };
        let instance = self.instance.clone();
        let lists = self.avps().clone();
        let mut lists = lists.lock();
        let mut passed = Vec::new();
        let mut found = None;
        while let Some(entries) = lists.take_root(&name) {
            match read(&entries) {
                Some(contact) if !instance.is_empty() && contact.instance == instance => {
                    found = Some(contact);
                    break;
                }
                _ => passed.push(entries),
            }
        }
        for entries in passed.into_iter().rev() {
            lists.push_root(&name, entries);
        }
        drop(lists);
        let Some(contact) = found else { return NONE_LEFT };
        self.branches.push(contact);
        1
    }

    fn main_contact(&self) -> NewBranch {
        NewBranch {
            uri: Bytes::copy_from_slice(self.request_uri()),
            dst_uri: self.dst_uri.clone(),
            path: self.path.clone(),
            q: self.q,
            bflags: self.bflags,
            ruid: self.ruid.clone(),
            location_ua: self.location_ua.clone(),
            instance: self.instance.clone(),
            connection: self.connection,
            send_socket: self.send_socket,
        }
    }

    fn go_to_contact(&mut self, contact: NewBranch) {
        self.uri = Some(contact.uri);
        self.dst_uri = contact.dst_uri;
        self.path = contact.path;
        self.q = contact.q;
        self.bflags = contact.bflags;
        self.ruid = contact.ruid;
        self.instance = contact.instance;
        self.connection = contact.connection;
    }
}

fn contacts_avp() -> Option<Vec<u8>> {
    core::with(|core| core.shared.modules.tm.contacts_avp.as_deref().and_then(root_name))
}

fn flows_avp() -> Option<Vec<u8>> {
    core::with(|core| core.shared.modules.tm.contact_flows_avp.as_deref().and_then(root_name))
}

/// `NAME`, `$xavp(NAME)` or `$avp(NAME)`.
fn root_name(parameter: &str) -> Option<Vec<u8>> {
    let inner = |prefix| parameter.strip_prefix(prefix)?.strip_suffix(')');
    let name = inner("$xavp(").or(inner("$avp(")).unwrap_or(parameter);
    (!name.is_empty()).then(|| name.as_bytes().to_vec())
}

/// By chance, each place to one of those left with its q as the weight; no q weighs least.
fn shuffle(contacts: &mut [NewBranch]) {
    for at in 0..contacts.len() {
        let rest = contacts.get(at..).unwrap_or_default();
        let total: u64 = rest.iter().map(weight).sum();
        let mut left = chance(at) % total.max(1);
        let chosen = rest.iter().position(|contact| {
            let mine = weight(contact);
            let here = left < mine;
            left = left.saturating_sub(mine);
            here
        });
        contacts.swap(at, at + chosen.unwrap_or(0));
    }
}

fn weight(contact: &NewBranch) -> u64 {
    u64::try_from(contact.q).unwrap_or(0).max(1)
}

/// A number that nobody must be unable to guess: it only spreads calls.
fn chance(salt: usize) -> u64 {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => Instant::now().elapsed().as_nanos() as u64 ^ salt as u64,
    }
}

fn stored(contact: &NewBranch, ends_step: bool) -> Vec<Named> {
    let number = |name: &[u8], value: i64| (Box::from(name), Value::Int(value));
    let mut entries: Vec<Named> = vec![
        (Box::from(&b"uri"[..]), Value::Str(contact.uri.clone())),
        number(b"q", i64::from(contact.q)),
        number(b"q_flag", i64::from(ends_step)),
        number(b"flags", i64::from(contact.bflags)),
    ];
    let texts = [
        (&b"dst_uri"[..], contact.dst_uri.as_ref()),
        (b"path", contact.path.as_ref()),
        (b"ruid", Some(&contact.ruid)),
        (b"ua", Some(&contact.location_ua)),
        (b"instance", Some(&contact.instance)),
    ];
    let filled = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)));
    entries.extend(filled.map(|(name, text)| (Box::from(name), Value::Str(text.clone()))));
    if let Some(ConnectionId(id)) = contact.connection {
        entries.push(number(b"connection", id.cast_signed()));
    }
    if let Some(socket) = contact.send_socket {
        entries.push(number(b"sock", i64::from(socket)));
    }
    entries
}

/// A contact as it was stored; None where a script has put something else there.
fn read(entries: &[Named]) -> Option<NewBranch> {
    let bytes = |name| match get(entries, name) {
        Some(Value::Str(text)) => text.clone(),
        _ => Bytes::new(),
    };
    let uri = |name| Some(bytes(name)).filter(|uri| is_line_safe(uri));
    let no_line_end = |text: &Bytes| !text.is_empty() && !text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
    Some(NewBranch {
        uri: uri(b"uri")?,
        dst_uri: uri(b"dst_uri"),
        path: Some(bytes(b"path")).filter(no_line_end),
        q: int(entries, b"q").and_then(|q| i16::try_from(q).ok()).unwrap_or(-1),
        bflags: int(entries, b"flags").and_then(|f| u32::try_from(f).ok()).unwrap_or(0),
        ruid: bytes(b"ruid"),
        location_ua: bytes(b"ua"),
        instance: bytes(b"instance"),
        connection: int(entries, b"connection").map(|id| ConnectionId(id.cast_unsigned())),
        send_socket: int(entries, b"sock").and_then(|index| u16::try_from(index).ok()),
    })
}

fn get<'a>(entries: &'a [Named], name: &[u8]) -> Option<&'a Value> {
    entries
        .iter()
        .rev()
        .find(|(known, _)| **known == *name)
        .map(|(_, value)| value)
}

fn int(entries: &[Named], name: &[u8]) -> Option<i64> {
    match get(entries, name) {
        Some(Value::Int(value)) => Some(*value),
        _ => None,
    }
}
