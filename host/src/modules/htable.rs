//! `KSR.htable`: hash tables shared by all workers.

use crate::route::text::{from_guest, to_guest};
use crate::route::{Route, core};
use crate::store::htable::{Matcher, On};
use crate::store::{Item, TableId, Tables};
use bytes::Bytes;
use kemist_bindings::kemi::ksr::htable::Host;
use kemist_bindings::kemi::ksr::types::Xval;

/// `sht_inc` and `sht_dec` where there is nothing to count.
const NOT_COUNTED: i32 = -255;
/// `sht_is_null`: no such table.
const NO_TABLE: i32 = 2;
/// `sht_is_null`: absent, but the table gives absent items a number.
const INITIAL: i32 = -2;

/// Operators of the functions that look.
const MATCH: &[&str] = &["eq", "ne", "re", "sw"];
/// Operators of the functions that remove.
const REMOVE: &[&str] = &["re", "sw", "ew", "in"];

impl Host for Route {
    fn sht_reset(&mut self, hname: String) -> i32 {
        self.in_table(&hname, |tables, tenant, id, _| {
            tables.clear(tenant, id);
            0
        })
        .unwrap_or(-1)
    }

    fn sht_rm(&mut self, hname: String, iname: String) -> i32 {
        self.in_table(&hname, |tables, tenant, id, _| {
            tables.remove(tenant, id, &from_guest(&iname));
            1
        })
        .unwrap_or(-1)
    }

    fn sht_rm_name_re(&mut self, htname: String, rexp: String) -> i32 {
        self.remove_where(&htname, On::Name, REMOVE, "re", &rexp)
    }

    fn sht_rm_value_re(&mut self, htname: String, rexp: String) -> i32 {
        self.remove_where(&htname, On::Value, REMOVE, "re", &rexp)
    }

    fn sht_rm_name(&mut self, sname: String, sop: String, sval: String) -> i32 {
        self.remove_where(&sname, On::Name, REMOVE, &sop, &sval)
    }

    fn sht_rm_value(&mut self, sname: String, sop: String, sval: String) -> i32 {
        self.remove_where(&sname, On::Value, REMOVE, &sop, &sval)
    }

    fn sht_match_name(&mut self, sname: String, sop: String, sval: String) -> i32 {
        self.find_where(&sname, On::Name, &sop, &sval)
    }

    fn sht_match_str_value(&mut self, sname: String, sop: String, sval: String) -> i32 {
        self.find_where(&sname, On::Value, &sop, &sval)
    }

    fn sht_get(&mut self, htname: String, itname: String) -> Xval {
        self.item(&htname, &itname).unwrap_or(Xval::Null)
    }

    fn sht_gete(&mut self, htname: String, itname: String) -> Xval {
        self.item(&htname, &itname).unwrap_or_else(|| Xval::Str(String::new()))
    }

    fn sht_getw(&mut self, htname: String, itname: String) -> Xval {
        self.item(&htname, &itname)
            .unwrap_or_else(|| Xval::Str("<null>".into()))
    }

    fn sht_sets(&mut self, htname: String, itname: String, itval: String) -> i32 {
        self.set_item(&htname, &itname, text(&itval), 0)
    }

    fn sht_seti(&mut self, htname: String, itname: String, itval: i32) -> i32 {
        self.set_item(&htname, &itname, Item::Int(itval.into()), 0)
    }

    fn sht_setex(&mut self, htname: String, itname: String, itval: i32) -> i32 {
        let Ok(seconds) = u64::try_from(itval) else { return -1 };
        self.in_table(&htname, |tables, tenant, id, now| {
            yes(tables.set_expires(tenant, id, &from_guest(&itname), seconds, now))
        })
        .unwrap_or(-1)
    }

    fn sht_setxi(&mut self, htname: String, itname: String, itval: i32, exval: i32) -> i32 {
        self.set_item(&htname, &itname, Item::Int(itval.into()), exval)
    }

    fn sht_setxs(&mut self, htname: String, itname: String, itval: String, exval: i32) -> i32 {
        self.set_item(&htname, &itname, text(&itval), exval)
    }

    fn sht_is_null(&mut self, htname: String, itname: String) -> i32 {
        self.in_table(&htname, |tables, tenant, id, now| {
            let present = tables.expires_in(tenant, id, &from_guest(&itname), now).is_some();
            match tables.initval(id) {
                _ if present => -1,
                Some(_) => INITIAL,
                None => 1,
            }
        })
        .unwrap_or(NO_TABLE)
    }

    fn sht_inc(&mut self, htname: String, itname: String) -> i32 {
        self.count_item(&htname, &itname, 1)
    }

    fn sht_dec(&mut self, htname: String, itname: String) -> i32 {
        self.count_item(&htname, &itname, -1)
    }

    /// Operators `re` and `sw` look at names, `~~` and `~%` are their other spellings.
    fn sht_cn(&mut self, table: String, op: String, pattern: String) -> i32 {
        let op = match op.as_str() {
            "~~" => "re",
            "~%" => "sw",
            op => op,
        };
        let Some(matcher) = self.matcher(MATCH, op, &pattern) else {
            return -1;
        };
        self.in_table(&table, |tables, tenant, id, now| {
            i32::try_from(tables.count_matching(tenant, id, On::Name, &matcher, now)).unwrap_or(i32::MAX)
        })
        .unwrap_or(-1)
    }
}

fn text(value: &str) -> Item {
    Item::Str(Bytes::copy_from_slice(&from_guest(value)))
}

fn yes(answer: bool) -> i32 {
    if answer { 1 } else { -1 }
}

impl Route {
    /// Runs `f` with a table and the time in seconds; None where there is no such table.
    fn in_table<R>(&self, name: &str, f: impl FnOnce(&Tables, crate::store::TenantId, TableId, u64) -> R) -> Option<R> {
        core::with(|core| {
            let tables = &core.shared.store.tables;
            let id = tables.table(name)?;
            let whose = self.owner_of_table(name.as_bytes());
            Some(f(tables, whose, id, core.unix))
        })
    }

    fn item(&self, table: &str, key: &str) -> Option<Xval> {
        let item = self.in_table(table, |tables, tenant, id, now| {
            tables.get(tenant, id, &from_guest(key), now)
        })??;
        Some(match item {
            Item::Int(number) => Xval::Int(number),
            Item::Str(text) => Xval::Str(to_guest(&text)),
        })
    }

    /// Zero seconds are the table's `autoexpire`.
    fn set_item(&self, table: &str, key: &str, item: Item, seconds: i32) -> i32 {
        let Ok(seconds) = u64::try_from(seconds) else { return -1 };
        let set = self.in_table(table, |tables, tenant, id, now| {
            tables.set(tenant, id, &from_guest(key), item, Some(seconds), now)
        });
        yes(set == Some(true))
    }

    fn count_item(&self, table: &str, key: &str, step: i64) -> i32 {
        let value = self.in_table(table, |tables, tenant, id, now| {
            tables.add(tenant, id, &from_guest(key), step, now)
        });
        match value.flatten() {
            Some(value) => i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX }),
            None => NOT_COUNTED,
        }
    }

    fn find_where(&mut self, table: &str, on: On, op: &str, pattern: &str) -> i32 {
        let Some(matcher) = self.matcher(MATCH, op, pattern) else {
            return -1;
        };
        let found = self.in_table(table, |tables, tenant, id, now| {
            tables.any(tenant, id, on, &matcher, now)
        });
        yes(found == Some(true))
    }

    fn remove_where(&mut self, table: &str, on: On, ops: &[&str], op: &str, pattern: &str) -> i32 {
        let Some(matcher) = self.matcher(ops, op, pattern) else {
            return -1;
        };
        let done = self.in_table(table, |tables, tenant, id, now| {
            tables.remove_matching(tenant, id, on, &matcher, now)
        });
        yes(done.is_some())
    }

    /// Expressions come out of the bounded cache that all functions share.
    fn matcher(&mut self, ops: &[&str], op: &str, pattern: &str) -> Option<Matcher> {
        match op {
            _ if !ops.contains(&op) => None,
            "re" => self.regex(pattern).map(|regex| Matcher::Re((*regex).clone())),
            _ => Matcher::new(op, &from_guest(pattern)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::config::{Htable, HtableTable};
    use crate::route::testing;
    use std::sync::Arc;

    fn route() -> Route {
        let route = testing::request(testing::INVITE);
        let mut config = Htable::default();
        config.table.insert(
            "ban".into(),
            HtableTable {
                autoexpire: 300,
                ..Default::default()
            },
        );
        config.table.insert(
            "n".into(),
            HtableTable {
                initval: Some(0),
                ..Default::default()
            },
        );
        core::with(|core| {
            let shared = Arc::get_mut(&mut core.shared).expect("nobody else has it yet");
            shared.store.tables = Tables::new(&config);
        });
        route
    }

    fn s(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn items_are_set_read_and_removed() {
        let mut r = route();
        assert_eq!(r.sht_sets(s("ban"), s("10.0.0.1"), s("scanner")), 1);
        assert_eq!(r.sht_seti(s("ban"), s("10.0.0.2"), 7), 1);
        assert!(matches!(r.sht_get(s("ban"), s("10.0.0.1")), Xval::Str(v) if v == "scanner"));
        assert!(matches!(r.sht_get(s("ban"), s("10.0.0.2")), Xval::Int(7)));
        assert!(matches!(r.sht_get(s("ban"), s("x")), Xval::Null));
        assert!(matches!(r.sht_gete(s("ban"), s("x")), Xval::Str(v) if v.is_empty()));
        assert!(matches!(r.sht_getw(s("nope"), s("x")), Xval::Str(v) if v == "<null>"));
        assert_eq!(r.sht_is_null(s("ban"), s("10.0.0.1")), -1);
        assert_eq!(r.sht_is_null(s("ban"), s("x")), 1);
        assert_eq!(r.sht_is_null(s("nope"), s("x")), 2);
        assert_eq!(r.sht_is_null(s("n"), s("x")), -2);
        assert_eq!(r.sht_rm(s("ban"), s("x")), 1);
        assert_eq!(r.sht_rm(s("nope"), s("x")), -1);
        assert_eq!(r.sht_reset(s("ban")), 0);
        assert_eq!(r.sht_reset(s("nope")), -1);
        assert_eq!(r.sht_sets(s("nope"), s("a"), s("b")), -1);
    }

    #[test]
    fn names_and_values_are_matched() {
        let mut r = route();
        r.sht_sets(s("ban"), s("10.0.0.1"), s("scanner"));
        r.sht_sets(s("ban"), s("10.0.1.1"), s("flood"));
        assert_eq!(r.sht_match_name(s("ban"), s("eq"), s("10.0.0.1")), 1);
        assert_eq!(r.sht_match_name(s("ban"), s("sw"), s("10.1")), -1);
        assert_eq!(
            r.sht_match_name(s("ban"), s("in"), s("10")),
            -1,
            "no operator of this function"
        );
        assert_eq!(r.sht_match_name(s("ban"), s("re"), s("(")), -1);
        assert_eq!(r.sht_match_str_value(s("ban"), s("re"), s("^scan")), 1);
        assert_eq!(r.sht_cn(s("ban"), s("re"), s("^10\\.")), 2);
        assert_eq!(r.sht_cn(s("nope"), s("re"), s("^10\\.")), -1);
        assert_eq!(r.sht_rm_value(s("ban"), s("sw"), s("fl")), 1);
        assert_eq!(r.sht_rm_name_re(s("ban"), s("^10\\.0\\.0")), 1);
        assert_eq!(r.sht_cn(s("ban"), s("re"), s(".")), 0);
    }

    #[test]
    fn numbers_are_counted_where_the_table_has_a_first_one() {
        let mut r = route();
        assert_eq!(r.sht_inc(s("n"), s("calls")), 1);
        assert_eq!(r.sht_inc(s("n"), s("calls")), 2);
        assert_eq!(r.sht_dec(s("n"), s("calls")), 1);
        assert_eq!(r.sht_inc(s("ban"), s("calls")), -255);
    }

    #[test]
    fn items_end_by_the_table_s_time_or_their_own() {
        let mut r = route();
        r.sht_seti(s("ban"), s("a"), 1);
        r.sht_setxi(s("ban"), s("b"), 1, 10);
        r.sht_setxs(s("ban"), s("c"), s("x"), 1000);
        assert_eq!(r.sht_setex(s("ban"), s("c"), 20), 1);
        assert_eq!(r.sht_setex(s("ban"), s("nobody"), 20), -1);
        assert_eq!(r.sht_setxi(s("ban"), s("b"), 1, -1), -1);
        core::with(|core| core.unix += 15);
        assert_eq!(
            [
                r.sht_is_null(s("ban"), s("a")),
                r.sht_is_null(s("ban"), s("b")),
                r.sht_is_null(s("ban"), s("c"))
            ],
            [-1, 1, -1]
        );
        core::with(|core| core.unix += 300);
        assert_eq!(
            [r.sht_is_null(s("ban"), s("a")), r.sht_is_null(s("ban"), s("c"))],
            [1, 1]
        );
    }
}
