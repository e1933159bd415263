//! The lists behind `$xavp`, `$xavu` and `$xavi`: roots by name, each with values by key, newest last.
//!
//! A root's own value is kept under the empty key. `$xavu` has one root of a name and one value of a key;
//! names and keys of `$xavi` are the same in any case.

use super::names::{Xavp, XavpKind};
use super::read::place;
use super::spec::Index;
use super::{MAX_VALUE, Read};
use crate::route::{Avps, Named, Route, Value};

/// How many values a transaction may have, over all lists.
const MAX_VALUES: usize = 1024;

/// What a root with fields reads as.
pub const FIELDS: &[u8] = b"<<xavp>>";

/// A root: its name and its values by key.
pub type Root = (Box<[u8]>, Vec<Named>);

/// Which root is meant.
#[derive(Clone, Copy, Debug)]
pub struct RootName<'a> {
    /// Of which lists.
    pub kind: XavpKind,
    /// Its name.
    pub name: &'a [u8],
    /// Which of several, the newest being 0; negative from the oldest.
    pub index: i32,
}

impl XavpKind {
    fn same(self, known: &[u8], name: &[u8]) -> bool {
        match self {
            XavpKind::Xavi => known.eq_ignore_ascii_case(name),
            XavpKind::Xavp | XavpKind::Xavu => known == name,
        }
    }

    fn keeps_one(self) -> bool {
        self == XavpKind::Xavu
    }
}

impl<'a> RootName<'a> {
    /// The newest root of a name.
    pub fn newest(kind: XavpKind, name: &'a [u8]) -> RootName<'a> {
        RootName { kind, name, index: 0 }
    }
}

impl Avps {
    /// The roots of a kind, the oldest first.
    pub fn roots(&self, kind: XavpKind) -> &Vec<Root> {
        match kind {
            XavpKind::Xavp => &self.xavps,
            XavpKind::Xavu => &self.xavus,
            XavpKind::Xavi => &self.xavis,
        }
    }

    fn roots_mut(&mut self, kind: XavpKind) -> &mut Vec<Root> {
        match kind {
            XavpKind::Xavp => &mut self.xavps,
            XavpKind::Xavu => &mut self.xavus,
            XavpKind::Xavi => &mut self.xavis,
        }
    }

    /// Is there room for one value more?
    pub fn has_room(&self) -> bool {
        self.has_room_for(1)
    }

    /// Is there room for so many values more? A root counts as one too.
    pub fn has_room_for(&self, values: usize) -> bool {
        let of = |roots: &Vec<Root>| roots.iter().map(|(_, entries)| entries.len() + 1).sum::<usize>();
        self.avps.len() + of(&self.xavps) + of(&self.xavus) + of(&self.xavis) + values <= MAX_VALUES
    }

    /// The values of a root.
    pub fn root(&self, root: RootName<'_>) -> Option<&Vec<Named>> {
        let place = self.root_place(root)?;
        self.roots(root.kind).get(place).map(|(_, entries)| entries)
    }

    /// How many roots of a name there are.
    pub fn count_roots(&self, kind: XavpKind, name: &[u8]) -> usize {
        self.roots(kind)
            .iter()
            .filter(|(known, _)| kind.same(known, name))
            .count()
    }

    /// A value of a root; the empty key is the root's own.
    pub fn value(&self, root: RootName<'_>, key: &[u8], index: i32) -> Option<&Value> {
        let entries = self.root(root)?;
        let at = entry_place(root.kind, entries, key, Some(index))?;
        entries.get(at).map(|(_, value)| value)
    }

    /// Puts a root on top of those of its name; false where there are too many values.
    pub fn push_root(&mut self, root: &[u8], entries: Vec<Named>) -> bool {
        self.push_root_of(XavpKind::Xavp, root, entries)
    }

    /// The same for any kind of list.
    pub fn push_root_of(&mut self, kind: XavpKind, root: &[u8], entries: Vec<Named>) -> bool {
        if kind.keeps_one() {
            self.take_root_of(RootName::newest(kind, root));
        }
        let room = self.has_room();
        if room {
            self.roots_mut(kind).push((root.into(), entries));
        }
        room
    }

    /// Takes the newest root of a name.
    pub fn take_root(&mut self, root: &[u8]) -> Option<Vec<Named>> {
        self.take_root_of(RootName::newest(XavpKind::Xavp, root))
    }

    /// Takes a root out.
    pub fn take_root_of(&mut self, root: RootName<'_>) -> Option<Vec<Named>> {
        let place = self.root_place(root)?;
        Some(self.roots_mut(root.kind).remove(place).1)
    }

    /// Takes all roots of a name out; tells how many there were.
    pub fn remove_roots(&mut self, kind: XavpKind, name: &[u8]) -> usize {
        let roots = self.roots_mut(kind);
        let before = roots.len();
        roots.retain(|(known, _)| !kind.same(known, name));
        before - roots.len()
    }

    /// Sets the value of a root of its own: replaces the one at the index, or else pushes a new root.
    pub fn set_root(&mut self, root: RootName<'_>, replace: bool, value: Value) -> bool {
        let found = self.root_place(root).filter(|_| replace || root.kind.keeps_one());
        match found {
            Some(place) => {
                let entries = &mut self.roots_mut(root.kind)[place].1;
                entries.retain(|(known, _)| !known.is_empty());
                entries.push((Box::default(), value));
                true
            }
            None => self.push_root_of(root.kind, root.name, vec![(Box::default(), value)]),
        }
    }

    /// Sets a value of a root, which is made where there is none and its index is 0. It replaces the
    /// one at `index` where `replace` says so, else it comes before those of its key.
    pub fn set_value(
        &mut self,
        root: RootName<'_>,
        key: &[u8],
        index: Option<i32>,
        replace: bool,
        value: Value,
    ) -> bool {
        let room = self.has_room();
        let Some(place) = self.root_place(root) else {
            return room && root.index == 0 && self.push_root_of(root.kind, root.name, vec![(key.into(), value)]);
        };
        let entries = &mut self.roots_mut(root.kind)[place].1;
        let found = entry_place(root.kind, entries, key, index).filter(|_| replace || root.kind.keeps_one());
        match found {
            Some(at) => entries[at].1 = value,
            None if !room => return false,
            None => entries.push((key.into(), value)),
        }
        true
    }

    /// Removes the value of a key at an index, all of them for None. Tells whether there was one.
    pub fn remove_value(&mut self, root: RootName<'_>, key: &[u8], index: Option<i32>) -> bool {
        let Some(place) = self.root_place(root) else {
            return false;
        };
        let entries = &mut self.roots_mut(root.kind)[place].1;
        let before = entries.len();
        match index {
            Some(_) => {
                if let Some(at) = entry_place(root.kind, entries, key, index) {
                    entries.remove(at);
                }
            }
            None => entries.retain(|(known, _)| !root.kind.same(known, key)),
        }
        entries.len() < before
    }

    /// Puts a root behind those of its name, or in the place of the one at an index. False where there
    /// is no such index, or there are too many values.
    pub fn put_root(&mut self, root: RootName<'_>, over: bool, entries: Vec<Named>) -> bool {
        if over {
            let Some(place) = self.root_place(root) else {
                return false;
            };
            self.roots_mut(root.kind)[place].1 = entries;
            return true;
        }
        let room = self.has_room();
        if room {
            let oldest = RootName { index: -1, ..root };
            let place = self.root_place(oldest).unwrap_or(self.roots(root.kind).len());
            self.roots_mut(root.kind).insert(place, (root.name.into(), entries));
        }
        room
    }

    /// Moves the newest `count` roots of a name behind its oldest; a negative count moves the other way.
    /// False where there is none of that name.
    pub fn rotate_roots(&mut self, kind: XavpKind, name: &[u8], count: i64) -> bool {
        let roots = self.roots_mut(kind);
        let places: Vec<usize> = (0..roots.len())
            .rev()
            .filter(|at| kind.same(&roots[*at].0, name))
            .collect();
        let Ok(length) = i64::try_from(places.len()) else {
            return false;
        };
        if length == 0 {
            return false;
        }
        let mut entries: Vec<_> = places.iter().map(|at| std::mem::take(&mut roots[*at].1)).collect();
        // in 0..length, which is the length of a list in memory
        entries.rotate_left(usize::try_from(count.rem_euclid(length)).unwrap_or(0));
        for (at, entries) in places.into_iter().zip(entries) {
            roots[at].1 = entries;
        }
        true
    }

    /// Where the root is in its list.
    fn root_place(&self, root: RootName<'_>) -> Option<usize> {
        let roots = self.roots(root.kind);
        let places = || {
            (0..roots.len())
                .rev()
                .filter(|at| root.kind.same(&roots[*at].0, root.name))
        };
        at_index(places, root.index)
    }
}

fn entry_place(kind: XavpKind, entries: &[Named], key: &[u8], index: Option<i32>) -> Option<usize> {
    let places = || (0..entries.len()).rev().filter(|at| kind.same(&entries[*at].0, key));
    at_index(places, index?)
}

fn at_index<I: Iterator<Item = usize>>(places: impl Fn() -> I, index: i32) -> Option<usize> {
    let at = match usize::try_from(index) {
        Ok(at) => at,
        Err(_) => place(index, places().count())?,
    };
    places().nth(at)
}

impl Route {
    /// `$xavp(root=>key)` and its kin; without a key the root's own value.
    pub fn read_xavp(&self, xavp: &Xavp) -> Read<'_> {
        let (Some(lists), Some(name)) = (&self.avps, self.text(&xavp.root)) else {
            return Read::Null;
        };
        let Some(key) = self.xavp_key(xavp) else {
            return Read::Null;
        };
        let lists = lists.lock();
        let (Some(root_at), key_at) = (self.index(&xavp.root_index), self.index(&xavp.key_index)) else {
            return Read::Null;
        };
        let root = RootName {
            kind: xavp.kind,
            name: &name,
            index: root_at,
        };
        match key_at {
            Some(key_at) => match lists.value(root, &key, key_at) {
                Some(value) => Read::of(value).into_owned(),
                // it is there, though it has no value of its own
                None if key.is_empty() && lists.root(root).is_some() => Read::text(FIELDS),
                None => Read::Null,
            },
            None => join(lists.root(root), xavp.kind, &key),
        }
    }

    /// Sets a key of the newest root of that name (made where there is none). Without an index the
    /// value is pushed above others of the key, with one it replaces what is there; null removes.
    /// `$xavp(root)` pushes a new root with that value, or by null removes one; `[*]` means all.
    pub fn write_xavp(&mut self, xavp: &Xavp, value: Value) -> bool {
        let Some(name) = self.text(&xavp.root).map(|root| root.into_owned()) else {
            return false;
        };
        let Some(key) = self.xavp_key(xavp) else { return false };
        let (root_at, key_at) = (self.index(&xavp.root_index), self.index(&xavp.key_index));
        let root = RootName {
            kind: xavp.kind,
            name: &name,
            index: root_at.unwrap_or(0),
        };
        let lists = self.avps().clone();
        let mut lists = lists.lock();
        match (xavp.key.is_some(), value) {
            (false, Value::Null) if root_at.is_none() => {
                lists.remove_roots(xavp.kind, &name);
                true
            }
            (false, Value::Null) => {
                lists.take_root_of(root);
                true
            }
            (false, value) => {
                if root_at.is_none() {
                    lists.remove_roots(xavp.kind, &name);
                }
                lists.set_root(root, root_at.is_some() && xavp.root_index != Index::None, value)
            }
            (true, _) if root_at.is_none() => false,
            (true, Value::Null) => {
                lists.remove_value(root, &key, key_at);
                true
            }
            (true, value) => {
                if key_at.is_none() {
                    lists.remove_value(root, &key, None);
                }
                lists.set_value(root, &key, key_at, xavp.key_index != Index::None, value)
            }
        }
    }

    /// The empty key is the root's own value.
    fn xavp_key(&self, xavp: &Xavp) -> Option<Vec<u8>> {
        match &xavp.key {
            Some(key) => self.text(key).map(|key| key.into_owned()).filter(|key| !key.is_empty()),
            None => Some(Vec::new()),
        }
    }

    /// `$cnt($xavp(root[i]=>key[j]))`: without indexes all count; with one, 1 where there is such a value.
    pub fn count_xavps(&self, xavp: &Xavp) -> usize {
        let (Some(lists), Some(name)) = (&self.avps, self.text(&xavp.root)) else {
            return 0;
        };
        let given = |index: &Index| if *index == Index::None { None } else { self.index(index) };
        let (root_at, key_at) = (given(&xavp.root_index), given(&xavp.key_index));
        let key = xavp.key.as_ref().map(|_| self.xavp_key(xavp));
        let lists = lists.lock();
        let count = lists.count_roots(xavp.kind, &name);
        let indexes = 0..i32::try_from(count).unwrap_or(i32::MAX);
        let counted = indexes.filter(|index| root_at.is_none_or(|at| place(at, count) == usize::try_from(*index).ok()));
        match key {
            None => counted.count(),
            Some(None) => 0,
            Some(Some(key)) => counted
                .map(|index| {
                    let root = RootName {
                        kind: xavp.kind,
                        name: &name,
                        index,
                    };
                    match key_at {
                        Some(at) => usize::from(lists.value(root, &key, at).is_some()),
                        None => {
                            let entries = lists.root(root).into_iter().flatten();
                            entries.filter(|(known, _)| xavp.kind.same(known, &key)).count()
                        }
                    }
                })
                .sum(),
        }
    }
}

/// All values of a key, newest first, with commas.
fn join(entries: Option<&Vec<Named>>, kind: XavpKind, key: &[u8]) -> Read<'static> {
    let values = entries
        .into_iter()
        .flatten()
        .rev()
        .filter(|(known, _)| kind.same(known, key));
    let texts: Vec<_> = values.filter_map(|(_, value)| Read::of(value).into_text()).collect();
    let joined = texts.join(&b","[..]);
    if texts.is_empty() || joined.len() > MAX_VALUE {
        Read::Null
    } else {
        Read::owned(joined)
    }
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn an_xavp_has_keys_and_may_have_several_roots() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$xavp(a=>k)", Value::Int(1)));
        assert!(route.pv_set("$xavp(a=>k)", Value::Int(2)));
        assert!(route.pv_set("$xavp(a=>other)", Value::text(b"o")));
        assert_eq!(route.pv_get("$xavp(a=>k)"), Value::Int(2));
        assert_eq!(route.pv_get("$xavp(a=>k[1])"), Value::Int(1));
        assert_eq!(route.pv_get("$xavp(a=>k[*])"), Value::text(b"2,1"));
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
        assert_eq!(route.pv_get("$cnt($xavp(a))"), Value::Int(2));
        assert_eq!(route.pv_get("$cnt($xavp(a=>k))"), Value::Int(2));
        assert_eq!(route.pv_get("$cnt($xavp(a[0]=>k))"), Value::Int(0));
        assert_eq!(route.pv_get("$cnt($xavp(a[-1]=>k[1]))"), Value::Int(1));
        assert!(route.pv_set("$xavp(a[0])", Value::text(b"other")));
        assert_eq!(route.pv_get("$cnt($xavp(a[*]))"), Value::Int(2));
        assert!(route.pv_set("$xavp(a)", Value::Null));
        assert_eq!(route.pv_get("$xavp(a=>k)"), Value::Int(3));
        assert_eq!(route.pv_get("$xavp(b=>k)"), Value::Null);
    }

    #[test]
    fn an_xavu_has_one_value_of_a_name() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$xavu(a)", Value::Int(1)));
        assert!(route.pv_set("$xavu(a)", Value::Int(2)));
        assert_eq!(route.pv_get("$cnt($xavu(a))"), Value::Int(1));
        assert_eq!(route.pv_get("$xavu(a)"), Value::Int(2));
        assert!(route.pv_set("$xavu(b=>k)", Value::Int(3)));
        assert!(route.pv_set("$xavu(b=>k)", Value::Int(4)));
        assert_eq!(route.pv_get("$xavu(b=>k)"), Value::Int(4));
        assert!(route.pv_set("$xavu(b=>k)", Value::Null));
        assert_eq!(route.pv_get("$xavu(b=>k)"), Value::Null);
        assert_eq!(route.pv_get("$xavp(a)"), Value::Null, "the lists are apart");
    }

    #[test]
    fn an_xavi_is_found_in_any_case() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$xavi(Root=>Key)", Value::Int(1)));
        assert!(route.pv_set("$xavi(rOOT=>kEY)", Value::Int(2)));
        assert_eq!(route.pv_get("$xavi(ROOT=>KEY)"), Value::Int(2));
        assert_eq!(route.pv_get("$xavi(root=>key[1])"), Value::Int(1));
        assert_eq!(route.pv_get("$cnt($xavi(root))"), Value::Int(1));
        assert_eq!(route.pv_get("$xavp(Root=>Key)"), Value::Null);
    }
}
