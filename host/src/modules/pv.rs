//! `KSR.pv`: pseudo-variables by their text.

use crate::route::pv::Read;
use crate::route::text::from_guest;
use crate::route::{Route, Value};
use kemist_bindings::kemi::ksr::pv::Host;
use kemist_bindings::kemi::ksr::types::Xval;

impl Host for Route {
    fn get(&mut self, pvn: String) -> Xval {
        self.with_pv(&pvn, |value| value.into_xval()).unwrap_or(Xval::Null)
    }

    fn getw(&mut self, pvn: String) -> Xval {
        self.get_or(&pvn, || Xval::Str("<null>".to_owned()))
    }

    fn gete(&mut self, pvn: String) -> Xval {
        self.get_or(&pvn, || Xval::Str(String::new()))
    }

    fn geti(&mut self, pvn: String) -> i32 {
        let number = self.with_pv(&pvn, |value| value.number()).unwrap_or(0);
        i32::try_from(number.clamp(i64::from(i32::MIN), i64::from(i32::MAX))).unwrap_or(0)
    }

    fn getl(&mut self, pvn: String) -> Xval {
        Xval::Int(self.with_pv(&pvn, |value| value.number()).unwrap_or(0))
    }

    fn getvn(&mut self, pvn: String, xival: i32) -> Xval {
        self.get_or(&pvn, || Xval::Int(i64::from(xival)))
    }

    fn getvs(&mut self, pvn: String, xsval: String) -> Xval {
        self.get_or(&pvn, || Xval::Str(xsval))
    }

    fn seti(&mut self, pvn: String, ival: i32) -> bool {
        self.pv_set(&pvn, Value::Int(i64::from(ival)))
    }

    fn setl(&mut self, pvn: String, xval: i64) -> bool {
        self.pv_set(&pvn, Value::Int(xval))
    }

    fn sets(&mut self, pvn: String, sval: String) -> bool {
        self.pv_set(&pvn, Value::text(&from_guest(&sval)))
    }

    fn unset(&mut self, pvn: String) -> bool {
        self.pv_set(&pvn, Value::Null)
    }

    fn is_null(&mut self, pvn: String) -> bool {
        self.with_pv(&pvn, |value| value == Read::Null).unwrap_or(true)
    }
}

impl Route {
    fn get_or(&self, pvn: &str, null: impl FnOnce() -> Xval) -> Xval {
        match self.with_pv(pvn, |value| value.into_xval()) {
            None | Some(Xval::Null) => null(),
            Some(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn text(text: &str) -> Xval {
        Xval::Str(text.to_owned())
    }

    #[test]
    fn values_come_with_what_stands_for_null() {
        let mut route = testing::request(testing::INVITE);
        let route = &mut route;
        assert!(same(Host::get(route, "$rU".into()), text("bob")));
        assert!(same(Host::get(route, "$sp".into()), Xval::Int(5062)));
        assert!(same(Host::get(route, "$tt".into()), Xval::Null));
        assert!(same(Host::get(route, "no variable".into()), Xval::Null));
        assert!(same(Host::getw(route, "$tt".into()), text("<null>")));
        assert!(same(Host::gete(route, "$tt".into()), text("")));
        assert!(same(Host::gete(route, "$sp".into()), Xval::Int(5062)));
        assert!(same(Host::getvn(route, "$tt".into(), 4), Xval::Int(4)));
        assert!(same(Host::getvs(route, "$tt".into(), "none".into()), text("none")));
        assert!(same(Host::getvs(route, "$ft".into(), "none".into()), text("f1")));
        assert!(same(Host::getl(route, "$cs".into()), Xval::Int(7)));
        assert_eq!(Host::geti(route, "$cs".into()), 7);
        assert_eq!(Host::geti(route, "$rU".into()), 0);
        assert_eq!(Host::geti(route, "$tt".into()), 0);
        assert!(Host::is_null(route, "$tt".into()));
        assert!(Host::is_null(route, "$nonesuch".into()));
        assert!(!Host::is_null(route, "$var(unset)".into()));
    }

    #[test]
    fn values_are_set_by_type() {
        let mut route = testing::request(testing::INVITE);
        let route = &mut route;
        assert!(Host::seti(route, "$var(x)".into(), -3));
        assert_eq!(Host::geti(route, "$var(x)".into()), -3);
        assert!(Host::setl(route, "$avp(x)".into(), 1 << 40));
        assert!(same(Host::get(route, "$avp(x)".into()), Xval::Int(1 << 40)));
        assert_eq!(Host::geti(route, "$avp(x)".into()), i32::MAX);
        assert!(Host::sets(route, "$avp(x)".into(), "text".into()));
        assert!(Host::unset(route, "$avp(x)".into()));
        assert!(same(Host::get(route, "$avp(x)".into()), Xval::Int(1 << 40)));
        assert!(!Host::sets(route, "$rm".into(), "BYE".into()));
        assert!(!Host::sets(route, "$nonesuch".into(), "x".into()));
    }

    #[test]
    fn bytes_that_are_no_utf8_survive_the_guest() {
        let mut route = testing::request(testing::INVITE);
        route.vars.push((b"raw"[..].into(), Value::text(b"a\xffb")));
        let Xval::Str(raw) = Host::get(&mut route, "$var(raw)".into()) else {
            panic!("text")
        };
        assert!(Host::sets(&mut route, "$var(back)".into(), raw));
        assert_eq!(route.pv_get("$var(back)"), Value::text(b"a\xffb"));
    }

    fn same(a: Xval, b: Xval) -> bool {
        match (a, b) {
            (Xval::Null, Xval::Null) => true,
            (Xval::Int(a), Xval::Int(b)) => a == b,
            (Xval::Str(a), Xval::Str(b)) => a == b,
            _ => false,
        }
    }
}
