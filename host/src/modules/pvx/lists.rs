//! What the functions of `pvx` do to lists and branches.

use crate::route::pv::names::XavpKind;
use crate::route::pv::xavps::{FIELDS, RootName};
use crate::route::pv::{MAX_VALUE, Read, socket_named};
use crate::route::text::{from_guest, to_guest};
use crate::route::{Level, Named, Route, Value, core};
use bytes::Bytes;
use kemist_bindings::kemi::ksr::types::Xval;
use kemist_sip::message::params;

/// What stands for null.
#[derive(Clone, Copy)]
pub(super) enum Unset {
    /// Null itself.
    Null,
    /// The empty text.
    Empty,
    /// `<null>`.
    Printed,
}

impl Unset {
    fn xval(self) -> Xval {
        match self {
            Unset::Null => Xval::Null,
            Unset::Empty => Xval::Str(String::new()),
            Unset::Printed => Xval::Str("<null>".to_owned()),
        }
    }

    fn or(self, value: Option<&Value>) -> Xval {
        match value {
            None | Some(Value::Null) => self.xval(),
            Some(value) => Read::of(value).into_xval(),
        }
    }
}

pub(super) fn int(value: i32) -> Value {
    Value::Int(i64::from(value))
}

pub(super) fn text(value: &str) -> Value {
    Value::text(&from_guest(value))
}

/// Is a text short enough to be kept?
pub(super) fn fits(value: &str) -> bool {
    value.len() <= MAX_VALUE
}

impl Route {
    pub(super) fn set_shared(&self, name: &str, value: Value) -> bool {
        let name = from_guest(name);
        core::with(|core| core.shared.store.variables.set(self.tenant, &name, value))
    }

    pub(super) fn avp_value(&self, name: &str, unset: Unset) -> Xval {
        match &self.avps {
            Some(lists) => unset.or(lists.lock().avp(&from_guest(name))),
            None => unset.xval(),
        }
    }

    pub(super) fn set_root(&mut self, kind: XavpKind, name: &str, value: Value) -> bool {
        let name = from_guest(name);
        !name.is_empty() && self.avps().lock().set_root(RootName::newest(kind, &name), false, value)
    }

    pub(super) fn root_value(&self, kind: XavpKind, name: &str, unset: Unset) -> Xval {
        let Some(lists) = &self.avps else { return unset.xval() };
        let (lists, name) = (lists.lock(), from_guest(name));
        let root = RootName::newest(kind, &name);
        match (lists.value(root, b"", 0), lists.root(root)) {
            (None, Some(_)) => Xval::Str(to_guest(FIELDS)),
            (value, _) => unset.or(value),
        }
    }

    pub(super) fn remove_root(&mut self, kind: XavpKind, name: &str) {
        if let Some(lists) = &self.avps {
            lists.lock().take_root_of(RootName::newest(kind, &from_guest(name)));
        }
    }

    /// Kamailio's code: how many there were, but 1 for none.
    pub(super) fn remove_roots(&mut self, kind: XavpKind, name: &str) -> i32 {
        let removed = match &self.avps {
            Some(lists) => lists.lock().remove_roots(kind, &from_guest(name)),
            None => 0,
        };
        i32::try_from(removed).unwrap_or(i32::MAX).max(1)
    }

    pub(super) fn set_field(&mut self, kind: XavpKind, root: &str, field: &str, value: Value) -> bool {
        let (root, field) = (from_guest(root), from_guest(field));
        if root.is_empty() || field.is_empty() {
            return false;
        }
        let root = RootName::newest(kind, &root);
        self.avps().lock().set_value(root, &field, Some(0), true, value)
    }

    pub(super) fn field(&self, kind: XavpKind, root: &str, field: &str, unset: Unset) -> Xval {
        let (root, field) = (from_guest(root), from_guest(field));
        match &self.avps {
            Some(lists) if !field.is_empty() => unset.or(lists.lock().value(RootName::newest(kind, &root), &field, 0)),
            _ => unset.xval(),
        }
    }

    pub(super) fn remove_field(&mut self, kind: XavpKind, root: &str, field: &str) {
        let (root, field) = (from_guest(root), from_guest(field));
        if let Some(lists) = self.avps.as_ref().filter(|_| !field.is_empty()) {
            lists
                .lock()
                .remove_value(RootName::newest(kind, &root), &field, Some(0));
        }
    }

    /// A root with a field for each parameter; the first of them is read first.
    pub(super) fn explode(&mut self, kind: XavpKind, list: &str, separator: u8, root: &str) -> bool {
        let (list, root) = (from_guest(list), from_guest(root));
        let mut fields: Vec<Named> = if separator == b';' {
            params::iter(&list).map(|(name, value)| named(name, value)).collect()
        } else {
            let pairs = list.split(|b| *b == separator).filter_map(pair);
            pairs.map(|(name, value)| named(name, value)).collect()
        };
        fields.reverse();
        self.push_fields(kind, &root, fields)
    }

    /// A root with a field `v` for each item; the first of them is read first.
    pub(super) fn explode_list(&mut self, list: &str, separators: &str, trim: bool, root: &str) -> bool {
        let (list, separators, root) = (from_guest(list), from_guest(separators), from_guest(root));
        if list.is_empty() || separators.is_empty() {
            return false;
        }
        let items = list.split(|b| separators.contains(b));
        let items = items.map(|item| if trim { item.trim_ascii() } else { item });
        let mut fields: Vec<Named> = items
            .filter(|item| !item.is_empty())
            .map(|item| named(b"v", Some(item)))
            .collect();
        fields.reverse();
        let pushed = !root.is_empty() && self.room_for(fields.len());
        pushed && self.avps().lock().push_root(&root, fields)
    }

    fn push_fields(&mut self, kind: XavpKind, root: &[u8], fields: Vec<Named>) -> bool {
        if root.is_empty() || fields.is_empty() || !self.room_for(fields.len()) {
            return false;
        }
        self.avps().lock().push_root_of(kind, root, fields)
    }

    fn room_for(&mut self, values: usize) -> bool {
        self.avps().lock().has_room_for(values + 1)
    }

    /// `a=b;c=d;` of the fields of the newest root, into a variable.
    pub(super) fn implode(&mut self, kind: XavpKind, root: &str, quote: &[u8], variable: &str) -> bool {
        let root = from_guest(root);
        let mut out = Vec::new();
        if let Some(lists) = &self.avps {
            let lists = lists.lock();
            let fields = lists.root(RootName::newest(kind, &root));
            for (name, value) in fields.into_iter().flatten().rev().filter(|(name, _)| !name.is_empty()) {
                out.extend_from_slice(name);
                match value {
                    Value::Int(number) => out.extend_from_slice(format!("={number}").as_bytes()),
                    Value::Str(text) if !text.is_empty() => out.extend_from_slice(&[b"=", quote, text, quote].concat()),
                    _ => {}
                }
                out.push(b';');
                if out.len() > MAX_VALUE {
                    return false;
                }
            }
        }
        !out.is_empty() && self.pv_set(variable, Value::Str(out.into()))
    }

    /// The value of a `$var`, or of all, into fields of a new root, the only one of its name.
    pub(super) fn vars_to_xavp(&mut self, variable: &[u8], root: &[u8]) -> bool {
        let all = variable == b"*";
        let fields: Vec<Named> = self
            .all_vars()
            .filter(|(name, value)| {
                if all {
                    *value != Value::Str(Bytes::new())
                } else {
                    **name == *variable
                }
            })
            .cloned()
            .collect();
        self.avps().lock().remove_roots(XavpKind::Xavp, root);
        match fields.is_empty() {
            true => all,
            false => self.push_fields(XavpKind::Xavp, root, fields),
        }
    }

    /// A `$var` for each field of each root of a name; the newest root's are set first, as in Kamailio.
    pub(super) fn xavp_to_vars(&mut self, root: &[u8]) -> bool {
        let Some(lists) = self.avps.clone() else { return false };
        let lists = lists.lock();
        let roots = lists.roots(XavpKind::Xavp).iter().rev();
        let mut found = roots.filter(|(known, _)| **known == *root).peekable();
        if found.peek().is_none() {
            return false;
        }
        found.all(|(_, fields)| {
            fields
                .iter()
                .rev()
                .all(|(name, value)| !name.is_empty() && !value.is_null() && self.set_var(name, false, value.clone()))
        })
    }

    pub(super) fn copy_root(&mut self, from: &str, index: i32, to: &str, over: Option<i32>) -> bool {
        let (from, to) = (from_guest(from), from_guest(to));
        if to.is_empty() {
            return false;
        }
        let source = RootName {
            kind: XavpKind::Xavp,
            name: &from,
            index,
        };
        let target = RootName {
            kind: XavpKind::Xavp,
            name: &to,
            index: over.unwrap_or(0),
        };
        let mut lists = self.avps().lock();
        let Some(fields) = lists.root(source).cloned() else {
            return false;
        };
        lists.has_room_for(fields.len() + 1) && lists.put_root(target, over.is_some(), fields)
    }

    /// Writes all roots and fields of a kind into the log, newest first.
    pub(super) fn print(&mut self, kind: XavpKind) {
        let Some(lists) = self.avps.clone() else { return };
        let lines: Vec<String> = {
            let lists = lists.lock();
            let roots = lists.roots(kind).iter().rev();
            let fields = roots.flat_map(|(root, fields)| fields.iter().rev().map(move |field| (root, field)));
            fields
                .map(|(root, (name, value))| line(kind, root, name, value))
                .collect()
        };
        for line in lines {
            self.log(Level::Info, &line);
        }
    }

    /// The main branch becomes the static one.
    pub(super) fn go_to_static_branch(&mut self) -> bool {
        let Some(branch) = self.sbranch.clone().filter(|branch| !branch.uri.is_empty()) else {
            return false;
        };
        if !self.set_uri(&branch.uri) {
            return false;
        }
        self.dst_uri = branch.dst_uri;
        self.path = branch.path;
        self.instance = branch.instance;
        self.ruid = branch.ruid;
        self.location_ua = branch.location_ua;
        self.send_socket = branch.send_socket.or(self.send_socket);
        self.connection = branch.connection;
        self.q = branch.q;
        self.bflags |= branch.bflags;
        true
    }

    pub(super) fn append_static_branch(&mut self) -> bool {
        let Some(branch) = self.sbranch.clone().filter(|branch| !branch.uri.is_empty()) else {
            return false;
        };
        if !self.append_branch(&branch.uri, branch.q) {
            return false;
        }
        if let Some(last) = self.branches.last_mut() {
            *last = *branch;
        }
        true
    }

    /// Request URI, destination and socket from the fields of an xavp.
    pub(super) fn go_to_xavp(&mut self, root: &[u8]) -> bool {
        let Some(lists) = self.avps.clone() else { return false };
        let lists = lists.lock();
        let root = RootName::newest(XavpKind::Xavp, root);
        if lists
            .root(root)
            .is_none_or(|fields| fields.iter().all(|(name, _)| name.is_empty()))
        {
            return false;
        }
        let field = |name: &[u8]| match lists.value(root, name, 0) {
            Some(Value::Str(text)) => Some(text.clone()),
            _ => None,
        };
        if field(b"uri").is_some_and(|uri| !self.set_uri(&uri)) {
            return false;
        }
        match field(b"dsturi") {
            // the same URI again is a new destination in a failure route
            Some(uri) if !self.set_dst_uri(&uri) => return false,
            _ => {}
        }
        if let Some(socket) = field(b"socket").and_then(|text| socket_named(&text)) {
            self.send_socket = Some(socket);
        }
        true
    }
}

fn named(name: &[u8], value: Option<&[u8]>) -> Named {
    (name.into(), Value::text(value.unwrap_or_default()))
}

/// Name and value of `a=1`, without quotes; None where there is no name.
fn pair(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (name, value) = match memchr::memchr(b'=', text) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_ascii())),
        None => (text, None),
    };
    let unquoted = |value: &'_ [u8]| {
        value
            .strip_prefix(b"\"")
            .and_then(|value| value.strip_suffix(b"\""))
            .map(<[u8]>::len)
    };
    let value = value.map(|value| match unquoted(value) {
        Some(length) => &value[1..=length],
        None => value,
    });
    let name = name.trim_ascii();
    (!name.is_empty()).then_some((name, value))
}

fn line(kind: XavpKind, root: &[u8], name: &[u8], value: &Value) -> String {
    let list = match kind {
        XavpKind::Xavp => "xavp",
        XavpKind::Xavu => "xavu",
        XavpKind::Xavi => "xavi",
    };
    let arrow = if name.is_empty() { "" } else { "=>" };
    let value = Read::of(value).into_text().unwrap_or_default();
    format!(
        "${list}({}{arrow}{}) = {}",
        String::from_utf8_lossy(root),
        String::from_utf8_lossy(name),
        String::from_utf8_lossy(&value)
    )
}
