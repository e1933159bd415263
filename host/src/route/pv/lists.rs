//! `$avp`: lists of the transaction. The value set last is read first.

use super::Read;
use super::names::Name;
use super::read::place;
use super::spec::{Index, Spec, Text};
use crate::route::{Avps, Route, Value};

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
}

impl Avps {
    /// The newest value of an `$avp`.
    pub fn avp(&self, name: &[u8]) -> Option<&Value> {
        let newest = self.avps.iter().rev().find(|(known, _)| **known == *name);
        newest.map(|(_, value)| value)
    }

    /// Pushes a value of an `$avp`; false where there are too many.
    pub fn push_avp(&mut self, name: &[u8], value: Value) -> bool {
        push(self, name.to_vec(), value)
    }

    /// Removes all values of an `$avp`.
    pub fn remove_avps(&mut self, name: &[u8]) {
        self.avps.retain(|(known, _)| **known != *name);
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

fn push(lists: &mut Avps, name: Vec<u8>, value: Value) -> bool {
    let room = lists.has_room();
    if room {
        lists.avps.push((name.into(), value));
    }
    room
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
    fn lists_are_bounded() {
        let mut route = testing::request(testing::INVITE);
        let set = (0..5000)
            .filter(|_| route.pv_set("$avp(x)", Value::Int(1)) && route.pv_set("$xavp(r=>k)", Value::Int(1)))
            .count();
        assert!((100..1024).contains(&set), "{set}");
    }
}
