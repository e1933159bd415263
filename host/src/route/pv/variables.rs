//! `$var` and `$vn`: private to the run.

use super::Read;
use super::spec::Text;
use crate::route::{Named, Route, Value};

/// How many a run may have.
const MAX_VARIABLES: usize = 512;

/// `$vn` has names of its own: they are kept with this before them, which no `$var` name begins with.
const VN: &[u8] = b"$vn:";

impl Route {
    /// `$var(name)`, 0 while unset; `$vn(name)`, null while unset.
    pub fn read_var(&self, name: &Text, vn: bool) -> Read<'_> {
        match self.text(name) {
            Some(name) => self.var(&name, vn),
            None => unset(vn),
        }
    }

    /// The same by the name itself.
    pub fn var(&self, name: &[u8], vn: bool) -> Read<'_> {
        let found = self.vars.iter().find(|(known, _)| is_named(known, name, vn));
        found.map_or(unset(vn), |(_, value)| Read::of(value))
    }

    /// Sets or, by null, unsets it. False where the run has too many.
    pub fn write_var(&mut self, name: &Text, vn: bool, value: Value) -> bool {
        match self.text(name).map(|name| name.into_owned()) {
            Some(name) => self.set_var(&name, vn, value),
            None => false,
        }
    }

    /// The same by the name itself.
    pub fn set_var(&mut self, name: &[u8], vn: bool, value: Value) -> bool {
        let place = self.vars.iter().position(|(known, _)| is_named(known, name, vn));
        match (place, value) {
            (Some(place), Value::Null) => {
                self.vars.swap_remove(place);
            }
            (Some(place), value) => self.vars[place].1 = value,
            (None, Value::Null) => {}
            (None, _) if self.vars.len() >= MAX_VARIABLES => return false,
            (None, value) => {
                let name = if vn { [VN, name].concat() } else { name.to_vec() };
                self.vars.push((name.into(), value));
            }
        }
        true
    }

    /// Names and values of all `$var`.
    pub fn all_vars(&self) -> impl Iterator<Item = &Named> {
        self.vars.iter().filter(|(known, _)| !known.starts_with(VN))
    }
}

fn unset(vn: bool) -> Read<'static> {
    if vn { Read::Null } else { Read::Int(0) }
}

fn is_named(known: &[u8], name: &[u8], vn: bool) -> bool {
    if vn {
        known.strip_prefix(VN) == Some(name)
    } else {
        known == name
    }
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn var_is_zero_and_vn_null_while_unset() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$var(x)"), Value::Int(0));
        assert_eq!(route.pv_get("$vn(x)"), Value::Null);
        assert!(route.pv_set("$var(x)", Value::text(b"one")));
        assert!(route.pv_set("$vn(x)", Value::Int(2)));
        assert_eq!(route.pv_get("$var(x)"), Value::text(b"one"));
        assert_eq!(route.pv_get("$vn(x)"), Value::Int(2));
        assert!(route.pv_set("$var(x)", Value::Null));
        assert_eq!(route.pv_get("$var(x)"), Value::Int(0));
        assert!(route.pv_set("$var($rm)", Value::Int(5)));
        assert_eq!(route.pv_get("$var(INVITE)"), Value::Int(5), "names may hold variables");
    }

    #[test]
    fn a_run_has_a_bounded_number() {
        let mut route = testing::request(testing::INVITE);
        let set = (0..2000)
            .filter(|n| route.pv_set(&format!("$var(n{n})"), Value::Int(1)))
            .count();
        assert_eq!(set, super::MAX_VARIABLES);
    }
}
