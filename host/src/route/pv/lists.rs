//! `$avp` and `$xavp`: lists of the transaction. The value set last is read first.

use super::Read;
use super::names::{Name, Xavp};
use super::read::place;
use super::spec::{Index, Spec, Text};
use crate::route::{Avps, Named, Route, Value};

/// How many values a transaction may have, over all lists.
const MAX_VALUES: usize = 1024;

impl Route {
    /// `$avp(name)`, `$(avp(name)[i])`.
    pub fn read_avp(&self, name: &Text, index: &Index) -> Read<'_> {
        let (Some(lists), Some(name)) = (&self.avps, self.text(name)) else {
            return Read::Null;
        };
        let Some(index) = self.index(index) else {
            return self.join_avps(&name);
        };
        let lists = lists.lock();
        let newest_first = lists.avps.iter().rev().filter(|(known, _)| **known == *name);
        pick(newest_first, index).map_or(Read::Null, |(_, value)| Read::of(value).into_owned())
    }

    fn join_avps(&self, name: &[u8]) -> Read<'_> {
        let Some(lists) = &self.avps else { return Read::Null };
        let lists = lists.lock();
        let values = lists.avps.iter().rev().filter(|(known, _)| **known == *name);
        let texts: Vec<_> = values
            .filter_map(|(_, value)| Read::of(value).into_owned().into_text())
            .collect();
        if texts.is_empty() {
            Read::Null
        } else {
            Read::owned(texts.join(&b","[..]))
        }
    }

    /// Pushes a value; null takes the newest away, with `[*]` all of them. With an index a value there
    /// is replaced.
    pub fn write_avp(&mut self, name: &Text, index: &Index, value: Value) -> bool {
        let Some(name) = self.text(name).map(|name| name.into_owned()) else {
            return false;
        };
        let at = self.index(index);
        let lists = self.avps().clone();
        let mut lists = lists.lock();
        let places: Vec<usize> = (0..lists.avps.len())
            .rev()
            .filter(|i| *lists.avps[*i].0 == *name)
            .collect();
        match (at, value) {
            (None, value) => {
                lists.avps.retain(|(known, _)| **known != *name);
                value.is_null() || push(&mut lists, name, value)
            }
            (Some(at), Value::Null) => {
                if let Some(at) = place(at, places.len()) {
                    lists.avps.remove(places[at]);
                }
                true
            }
            (Some(_), value) if *index == Index::None => push(&mut lists, name, value),
            (Some(at), value) => match place(at, places.len()) {
                Some(at) => {
                    lists.avps[places[at]].1 = value;
                    true
                }
                None => push(&mut lists, name, value),
            },
        }
    }

    /// `$xavp(root=>key)`; without a key the value of a simple one.
    pub fn read_xavp(&self, xavp: &Xavp) -> Read<'_> {
        let (Some(lists), Some(root)) = (&self.avps, self.text(&xavp.root)) else {
            return Read::Null;
        };
        let key = match &xavp.key {
            Some(key) => self.text(key).unwrap_or_default(),
            None => Default::default(),
        };
        let (Some(root_at), Some(key_at)) = (self.index(&xavp.root_index), self.index(&xavp.key_index)) else {
            return Read::Null;
        };
        let lists = lists.lock();
        let roots = lists.xavps.iter().rev().filter(|(known, _)| **known == *root);
        let Some((_, entries)) = pick(roots, root_at) else {
            return Read::Null;
        };
        let values = entries.iter().rev().filter(|(known, _)| **known == *key);
        pick(values, key_at).map_or(Read::Null, |(_, value)| Read::of(value).into_owned())
    }

    /// Sets a key of the newest root of that name (made where there is none). Without an index the
    /// value is pushed above others of the key, with one it replaces what is there; null removes.
    /// `$xavp(root)` pushes a new root with that value, or by null removes one.
    pub fn write_xavp(&mut self, xavp: &Xavp, value: Value) -> bool {
        let Some(root) = self.text(&xavp.root).map(|root| root.into_owned()) else {
            return false;
        };
        let key = match &xavp.key {
            Some(key) => self.text(key).map(|key| key.into_owned()),
            None => None,
        };
        let (root_at, key_at) = (self.index(&xavp.root_index), self.index(&xavp.key_index));
        let replace = xavp.key_index != Index::None;
        let lists = self.avps().clone();
        let mut lists = lists.lock();
        match key {
            None => write_root(&mut lists, root, root_at, value),
            Some(key) => write_key(&mut lists, root, root_at, key, key_at, replace, value),
        }
    }

    /// `$cnt(list)`: how many values an `$avp`, an `$xavp` root or its key has, or header lines.
    pub fn count(&self, list: &Spec) -> Read<'_> {
        let count = match &list.name {
            Name::Avp(name) => self.count_avps(name),
            Name::Xavp(xavp) => self.count_xavps(xavp),
            Name::Header(name) => return self.read_header_count(name),
            _ => usize::from(!matches!(self.read(list), Read::Null)),
        };
        Read::length(count)
    }

    fn count_avps(&self, name: &Text) -> usize {
        let (Some(lists), Some(name)) = (&self.avps, self.text(name)) else {
            return 0;
        };
        lists.lock().avps.iter().filter(|(known, _)| **known == *name).count()
    }

    fn count_xavps(&self, xavp: &Xavp) -> usize {
        let (Some(lists), Some(root)) = (&self.avps, self.text(&xavp.root)) else {
            return 0;
        };
        let lists = lists.lock();
        let mut roots = lists.xavps.iter().rev().filter(|(known, _)| **known == *root);
        let Some(key) = &xavp.key else { return roots.count() };
        let (Some(key), Some((_, entries))) = (self.text(key), roots.next()) else {
            return 0;
        };
        entries.iter().filter(|(known, _)| **known == *key).count()
    }
}

impl Avps {
    /// Puts a root on top of those of its name; false where there are too many values.
    pub fn push_root(&mut self, root: &[u8], entries: Vec<Named>) -> bool {
        let room = has_room(self);
        if room {
            self.xavps.push((root.into(), entries));
        }
        room
    }

    /// Takes the newest root of a name.
    pub fn take_root(&mut self, root: &[u8]) -> Option<Vec<Named>> {
        let place = root_place(self, root, Some(0))?;
        Some(self.xavps.remove(place).1)
    }
}

/// The value at an index, negative from the end.
fn pick<'a, T: 'a>(values: impl Iterator<Item = &'a T> + Clone, index: i32) -> Option<&'a T> {
    if let Ok(index) = usize::try_from(index) {
        return values.clone().nth(index);
    }
    let place = place(index, values.clone().count())?;
    values.clone().nth(place)
}

fn has_room(lists: &Avps) -> bool {
    lists.avps.len() + lists.xavps.iter().map(|(_, entries)| entries.len() + 1).sum::<usize>() < MAX_VALUES
}

fn push(lists: &mut Avps, name: Vec<u8>, value: Value) -> bool {
    let room = has_room(lists);
    if room {
        lists.avps.push((name.into(), value));
    }
    room
}

/// Where the root at an index is; the newest is 0.
fn root_place(lists: &Avps, root: &[u8], index: Option<i32>) -> Option<usize> {
    let places: Vec<usize> = (0..lists.xavps.len())
        .rev()
        .filter(|i| *lists.xavps[*i].0 == *root)
        .collect();
    places.get(place(index?, places.len())?).copied()
}

fn write_root(lists: &mut Avps, root: Vec<u8>, index: Option<i32>, value: Value) -> bool {
    match (index, value) {
        (None, Value::Null) => lists.xavps.retain(|(known, _)| **known != *root),
        (Some(_), Value::Null) => {
            if let Some(place) = root_place(lists, &root, index) {
                lists.xavps.remove(place);
            }
        }
        (_, _) if !has_room(lists) => return false,
        (_, value) => lists.xavps.push((root.into(), vec![(Box::default(), value)])),
    }
    true
}

fn write_key(
    lists: &mut Avps,
    root: Vec<u8>,
    root_at: Option<i32>,
    key: Vec<u8>,
    key_at: Option<i32>,
    replace: bool,
    value: Value,
) -> bool {
    let room = has_room(lists);
    let entries: &mut Vec<Named> = match root_place(lists, &root, root_at) {
        Some(place) => &mut lists.xavps[place].1,
        None if value.is_null() => return true,
        None if !room || root_at != Some(0) => return false,
        None => {
            lists.xavps.push((root.into(), Vec::new()));
            // just pushed
            let Some((_, entries)) = lists.xavps.last_mut() else {
                return false;
            };
            entries
        }
    };
    let places: Vec<usize> = (0..entries.len()).rev().filter(|i| *entries[*i].0 == *key).collect();
    let found = key_at.and_then(|at| place(at, places.len())).map(|at| places[at]);
    match (found, value) {
        (Some(at), Value::Null) => {
            entries.remove(at);
        }
        (None, Value::Null) => entries.retain(|(known, _)| **known != *key),
        (Some(at), value) if replace => entries[at].1 = value,
        (_, _) if !room => return false,
        (_, value) => entries.push((key.into(), value)),
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn an_avp_is_a_stack() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$avp(x)"), Value::Null);
        assert!(route.pv_set("$avp(x)", Value::Int(1)));
        assert!(route.pv_set("$avp(x)", Value::text(b"two")));
        assert_eq!(route.pv_get("$avp(x)"), Value::text(b"two"));
        assert_eq!(route.pv_get("$(avp(x)[1])"), Value::Int(1));
        assert_eq!(route.pv_get("$(avp(x)[-1])"), Value::Int(1));
        assert_eq!(route.pv_get("$(avp(x)[*])"), Value::text(b"two,1"));
        assert_eq!(route.pv_get("$cnt($avp(x))"), Value::Int(2));
        assert!(route.pv_set("$(avp(x)[1])", Value::Int(9)));
        assert_eq!(route.pv_get("$(avp(x)[1])"), Value::Int(9));
        assert!(route.pv_set("$avp(x)", Value::Null));
        assert_eq!(route.pv_get("$avp(x)"), Value::Int(9));
        assert!(route.pv_set("$(avp(x)[*])", Value::Null));
        assert_eq!(route.pv_get("$avp(x)"), Value::Null);
    }

    #[test]
    fn an_xavp_has_keys_and_may_have_several_roots() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$xavp(a=>k)", Value::Int(1)));
        assert!(route.pv_set("$xavp(a=>k)", Value::Int(2)));
        assert!(route.pv_set("$xavp(a=>other)", Value::text(b"o")));
        assert_eq!(route.pv_get("$xavp(a=>k)"), Value::Int(2));
        assert_eq!(route.pv_get("$xavp(a=>k[1])"), Value::Int(1));
        assert_eq!(route.pv_get("$xavp(a[0]=>other)"), Value::text(b"o"));
        assert!(route.pv_set("$xavp(a[0]=>k[0])", Value::Int(3)));
        assert_eq!(route.pv_get("$xavp(a=>k)"), Value::Int(3));
        assert!(route.pv_set("$xavp(a)", Value::text(b"root")));
        assert_eq!(route.pv_get("$xavp(a)"), Value::text(b"root"));
        assert_eq!(
            route.pv_get("$xavp(a=>k)"),
            Value::Null,
            "the newest root has no such key"
        );
        assert_eq!(route.pv_get("$xavp(a[1]=>k)"), Value::Int(3));
        assert!(route.pv_set("$xavp(a)", Value::Null));
        assert_eq!(route.pv_get("$xavp(a=>k)"), Value::Int(3));
        assert_eq!(route.pv_get("$xavp(b=>k)"), Value::Null);
    }

    #[test]
    fn lists_are_bounded() {
        let mut route = testing::request(testing::INVITE);
        let set = (0..5000)
            .filter(|_| route.pv_set("$avp(x)", Value::Int(1)) && route.pv_set("$xavp(r=>k)", Value::Int(1)))
            .count();
        assert!(set < super::MAX_VALUES);
    }
}
