//! `KSR.pvx`: variables by functions of their own: `$xavp`, `$xavu`, `$xavi`, `$avp`, `$var`, `$shv`, `$sbranch`.
//!
//! The functions whose result is a dictionary or an array (`xavp_getd`, `xavp_get_keys` and their kin) are
//! not here: they reach scripts in Lua and Python only.

mod lists;

use crate::route::pv::Read;
use crate::route::pv::names::XavpKind;
use crate::route::text::from_guest;
use crate::route::value::code;
use crate::route::{Route, Value, core};
use kemist_bindings::kemi::ksr::pvx::Host;
use kemist_bindings::kemi::ksr::types::Xval;
use lists::{Unset, fits, int, text};

/// `xavp_lshift`: there is no such xavp.
const NONE_TO_SHIFT: i32 = -2;

impl Host for Route {
    fn sbranch_set_ruri(&mut self) -> i32 {
        code(self.go_to_static_branch())
    }

    fn sbranch_append(&mut self) -> i32 {
        code(self.append_static_branch())
    }

    fn sbranch_reset(&mut self) -> i32 {
        self.sbranch = None;
        1
    }

    fn var_seti(&mut self, vname: String, ival: i32) -> i32 {
        code(self.set_var(&from_guest(&vname), false, int(ival)))
    }

    fn var_sets(&mut self, vname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_var(&from_guest(&vname), false, text(&sval)))
    }

    fn var_get(&mut self, vname: String) -> Xval {
        self.var(&from_guest(&vname), false).into_xval()
    }

    fn shv_seti(&mut self, vname: String, ival: i32) -> i32 {
        code(self.set_shared(&vname, int(ival)))
    }

    fn shv_sets(&mut self, vname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_shared(&vname, text(&sval)))
    }

    fn shv_get(&mut self, vname: String) -> Xval {
        let name = from_guest(&vname);
        match core::with(|core| core.shared.store.variables.get(self.tenant, &name)) {
            Value::Null => Xval::Int(0),
            value => Read::of(&value).into_xval(),
        }
    }

    fn shvinc_get(&mut self, vname: String) -> Xval {
        let name = from_guest(&vname);
        core::with(|core| core.shared.store.variables.add(self.tenant, &name, 1)).map_or(Xval::Null, Xval::Int)
    }

    fn pv_var_to_xavp(&mut self, varname: String, xname: String) -> i32 {
        code(self.vars_to_xavp(&from_guest(&varname), &from_guest(&xname)))
    }

    fn pv_xavp_to_var(&mut self, xname: String) -> i32 {
        code(self.xavp_to_vars(&from_guest(&xname)))
    }

    fn pv_xavp_print(&mut self) -> i32 {
        self.print(XavpKind::Xavp);
        1
    }

    fn pv_xavu_print(&mut self) -> i32 {
        self.print(XavpKind::Xavu);
        1
    }

    fn pv_xavi_print(&mut self) -> i32 {
        self.print(XavpKind::Xavi);
        1
    }

    fn xavp_params_explode(&mut self, sparams: String, sxname: String) -> i32 {
        code(self.explode(XavpKind::Xavp, &sparams, b';', &sxname))
    }

    fn xavp_xparams_explode(&mut self, sparams: String, sep: String, sxname: String) -> i32 {
        match sep.bytes().next() {
            Some(separator) => code(self.explode(XavpKind::Xavp, &sparams, separator, &sxname)),
            None => -1,
        }
    }

    fn xavp_params_implode(&mut self, sxname: String, svname: String) -> i32 {
        code(self.implode(XavpKind::Xavp, &sxname, b"", &svname))
    }

    fn xavp_params_implode_qval(&mut self, sxname: String, svname: String) -> i32 {
        code(self.implode(XavpKind::Xavp, &sxname, b"\"", &svname))
    }

    fn xavu_params_explode(&mut self, sparams: String, sxname: String) -> i32 {
        code(self.explode(XavpKind::Xavu, &sparams, b';', &sxname))
    }

    fn xavu_params_implode(&mut self, sxname: String, svname: String) -> i32 {
        code(self.implode(XavpKind::Xavu, &sxname, b"", &svname))
    }

    fn xavp_slist_explode(&mut self, slist: String, sep: String, mode: String, sxname: String) -> i32 {
        code(self.explode_list(&slist, &sep, mode.starts_with('t'), &sxname))
    }

    fn xavp_seti(&mut self, rname: String, ival: i32) -> i32 {
        code(self.set_root(XavpKind::Xavp, &rname, int(ival)))
    }

    fn xavp_sets(&mut self, rname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_root(XavpKind::Xavp, &rname, text(&sval)))
    }

    fn xavp_get(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavp, &rname, Unset::Null)
    }

    fn xavp_gete(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavp, &rname, Unset::Empty)
    }

    fn xavp_getw(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavp, &rname, Unset::Printed)
    }

    fn xavp_rm(&mut self, rname: String) -> i32 {
        self.remove_root(XavpKind::Xavp, &rname);
        1
    }

    fn xavp_rm_all(&mut self, rname: String) -> i32 {
        self.remove_roots(XavpKind::Xavp, &rname)
    }

    fn xavp_is_null(&mut self, rname: String) -> i32 {
        code(matches!(
            self.root_value(XavpKind::Xavp, &rname, Unset::Null),
            Xval::Null
        ))
    }

    fn xavp_child_seti(&mut self, rname: String, cname: String, ival: i32) -> i32 {
        code(self.set_field(XavpKind::Xavp, &rname, &cname, int(ival)))
    }

    fn xavp_child_sets(&mut self, rname: String, cname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_field(XavpKind::Xavp, &rname, &cname, text(&sval)))
    }

    fn xavp_child_rm(&mut self, rname: String, cname: String) -> i32 {
        self.remove_field(XavpKind::Xavp, &rname, &cname);
        1
    }

    fn xavp_child_is_null(&mut self, rname: String, cname: String) -> i32 {
        code(matches!(
            self.field(XavpKind::Xavp, &rname, &cname, Unset::Null),
            Xval::Null
        ))
    }

    fn xavp_child_get(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavp, &rname, &cname, Unset::Null)
    }

    fn xavp_child_gete(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavp, &rname, &cname, Unset::Empty)
    }

    fn xavp_child_getw(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavp, &rname, &cname, Unset::Printed)
    }

    fn xavu_seti(&mut self, rname: String, ival: i32) -> i32 {
        code(self.set_root(XavpKind::Xavu, &rname, int(ival)))
    }

    fn xavu_sets(&mut self, rname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_root(XavpKind::Xavu, &rname, text(&sval)))
    }

    fn xavu_get(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavu, &rname, Unset::Null)
    }

    fn xavu_gete(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavu, &rname, Unset::Empty)
    }

    fn xavu_getw(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavu, &rname, Unset::Printed)
    }

    fn xavu_rm(&mut self, rname: String) -> i32 {
        if rname.is_empty() {
            return -1;
        }
        self.remove_root(XavpKind::Xavu, &rname);
        1
    }

    fn xavu_is_null(&mut self, rname: String) -> i32 {
        code(matches!(
            self.root_value(XavpKind::Xavu, &rname, Unset::Null),
            Xval::Null
        ))
    }

    fn xavu_child_seti(&mut self, rname: String, cname: String, ival: i32) -> i32 {
        code(self.set_field(XavpKind::Xavu, &rname, &cname, int(ival)))
    }

    fn xavu_child_sets(&mut self, rname: String, cname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_field(XavpKind::Xavu, &rname, &cname, text(&sval)))
    }

    fn xavu_child_rm(&mut self, rname: String, cname: String) -> i32 {
        if cname.is_empty() {
            return -1;
        }
        self.remove_field(XavpKind::Xavu, &rname, &cname);
        1
    }

    fn xavu_child_is_null(&mut self, rname: String, cname: String) -> i32 {
        code(matches!(
            self.field(XavpKind::Xavu, &rname, &cname, Unset::Null),
            Xval::Null
        ))
    }

    fn xavu_child_get(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavu, &rname, &cname, Unset::Null)
    }

    fn xavu_child_gete(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavu, &rname, &cname, Unset::Empty)
    }

    fn xavu_child_getw(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavu, &rname, &cname, Unset::Printed)
    }

    fn xavi_seti(&mut self, rname: String, ival: i32) -> i32 {
        code(self.set_root(XavpKind::Xavi, &rname, int(ival)))
    }

    fn xavi_sets(&mut self, rname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_root(XavpKind::Xavi, &rname, text(&sval)))
    }

    fn xavi_get(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavi, &rname, Unset::Null)
    }

    fn xavi_gete(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavi, &rname, Unset::Empty)
    }

    fn xavi_getw(&mut self, rname: String) -> Xval {
        self.root_value(XavpKind::Xavi, &rname, Unset::Printed)
    }

    fn xavi_rm(&mut self, rname: String) -> i32 {
        self.remove_root(XavpKind::Xavi, &rname);
        1
    }

    fn xavi_rm_all(&mut self, rname: String) -> i32 {
        self.remove_roots(XavpKind::Xavi, &rname)
    }

    fn xavi_is_null(&mut self, rname: String) -> i32 {
        code(matches!(
            self.root_value(XavpKind::Xavi, &rname, Unset::Null),
            Xval::Null
        ))
    }

    fn xavi_child_seti(&mut self, rname: String, cname: String, ival: i32) -> i32 {
        code(self.set_field(XavpKind::Xavi, &rname, &cname, int(ival)))
    }

    fn xavi_child_sets(&mut self, rname: String, cname: String, sval: String) -> i32 {
        code(fits(&sval) && self.set_field(XavpKind::Xavi, &rname, &cname, text(&sval)))
    }

    fn xavi_child_rm(&mut self, rname: String, cname: String) -> i32 {
        self.remove_field(XavpKind::Xavi, &rname, &cname);
        1
    }

    fn xavi_child_is_null(&mut self, rname: String, cname: String) -> i32 {
        code(matches!(
            self.field(XavpKind::Xavi, &rname, &cname, Unset::Null),
            Xval::Null
        ))
    }

    fn xavi_child_get(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavi, &rname, &cname, Unset::Null)
    }

    fn xavi_child_gete(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavi, &rname, &cname, Unset::Empty)
    }

    fn xavi_child_getw(&mut self, rname: String, cname: String) -> Xval {
        self.field(XavpKind::Xavi, &rname, &cname, Unset::Printed)
    }

    fn evalx(&mut self, dst: String, fmt: String) -> i32 {
        match self.expand(&fmt) {
            Some(text) => code(self.pv_set(&dst, Value::Str(text.into()))),
            None => -1,
        }
    }

    fn avp_seti(&mut self, xname: String, vn: i32) -> i32 {
        code(self.avps().lock().push_avp(&from_guest(&xname), int(vn)))
    }

    fn avp_sets(&mut self, xname: String, vs: String) -> i32 {
        code(fits(&vs) && self.avps().lock().push_avp(&from_guest(&xname), text(&vs)))
    }

    fn avp_get(&mut self, xname: String) -> Xval {
        self.avp_value(&xname, Unset::Null)
    }

    fn avp_gete(&mut self, xname: String) -> Xval {
        self.avp_value(&xname, Unset::Empty)
    }

    fn avp_getw(&mut self, xname: String) -> Xval {
        self.avp_value(&xname, Unset::Printed)
    }

    fn avp_rm(&mut self, xname: String) -> i32 {
        if let Some(lists) = &self.avps {
            lists.lock().remove_avps(&from_guest(&xname));
        }
        1
    }

    fn avp_is_null(&mut self, xname: String) -> i32 {
        code(matches!(self.avp_value(&xname, Unset::Null), Xval::Null))
    }

    fn xavp_copy(&mut self, src_name: String, src_idx: i32, dst_name: String) -> i32 {
        code(self.copy_root(&src_name, src_idx, &dst_name, None))
    }

    fn xavp_copy_dst(&mut self, src_name: String, src_idx: i32, dst_name: String, dst_idx: i32) -> i32 {
        code(self.copy_root(&src_name, src_idx, &dst_name, Some(dst_idx)))
    }

    fn xavp_lshift(&mut self, xname: String, idx: i32) -> i32 {
        let name = from_guest(&xname);
        let rotated = idx == 0 || self.avps().lock().rotate_roots(XavpKind::Xavp, &name, i64::from(idx));
        if rotated { 1 } else { NONE_TO_SHIFT }
    }

    fn xavp_push_dst(&mut self, xname: String) -> i32 {
        code(self.go_to_xavp(&from_guest(&xname)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn shown(value: Xval) -> String {
        match value {
            Xval::Null => "null".into(),
            Xval::Int(number) => number.to_string(),
            Xval::Str(text) => format!("{text:?}"),
        }
    }

    #[test]
    fn an_xavp_is_set_read_and_removed() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert_eq!(r.xavp_is_null("a".into()), 1);
        assert_eq!(shown(r.xavp_getw("a".into())), "\"<null>\"");
        assert_eq!(r.xavp_seti("a".into(), 1), 1);
        assert_eq!(r.xavp_sets("a".into(), "two".into()), 1);
        assert_eq!(shown(r.xavp_get("a".into())), "\"two\"");
        assert_eq!(r.xavp_is_null("a".into()), -1);
        assert_eq!(r.xavp_rm("a".into()), 1);
        assert_eq!(shown(r.xavp_get("a".into())), "1");
        assert_eq!(r.xavp_child_sets("r".into(), "f".into(), "x".into()), 1);
        assert_eq!(r.xavp_child_seti("r".into(), "f".into(), 7), 1);
        assert_eq!(shown(r.xavp_child_get("r".into(), "f".into())), "7");
        assert_eq!(r.pv_get("$cnt($xavp(r=>f))"), Value::Int(1), "a field is replaced");
        assert_eq!(shown(r.xavp_get("r".into())), "\"<<xavp>>\"");
        assert_eq!(shown(r.xavp_child_gete("r".into(), "none".into())), "\"\"");
        assert_eq!(r.xavp_child_is_null("r".into(), "f".into()), -1);
        assert_eq!(r.xavp_child_rm("r".into(), "f".into()), 1);
        assert_eq!(r.xavp_child_is_null("r".into(), "f".into()), 1);
        r.xavp_seti("n".into(), 1);
        r.xavp_seti("n".into(), 2);
        assert_eq!(r.xavp_rm_all("n".into()), 2);
        assert_eq!(r.xavp_rm_all("n".into()), 1);
        assert_eq!(r.xavp_seti(String::new(), 1), -1);
    }

    #[test]
    fn the_other_lists_have_rules_of_their_own() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        r.xavu_seti("u".into(), 1);
        r.xavu_seti("u".into(), 2);
        assert_eq!(shown(r.xavu_get("u".into())), "2");
        assert_eq!(r.xavu_rm("u".into()), 1);
        assert_eq!(shown(r.xavu_get("u".into())), "null");
        assert_eq!(r.xavu_rm(String::new()), -1);
        r.xavi_child_sets("Root".into(), "Field".into(), "v".into());
        assert_eq!(shown(r.xavi_child_get("rOOT".into(), "fIELD".into())), "\"v\"");
        assert_eq!(r.avp_seti("x".into(), 5), 1);
        assert_eq!(r.avp_sets("x".into(), "six".into()), 1);
        assert_eq!(shown(r.avp_get("x".into())), "\"six\"");
        assert_eq!(r.avp_is_null("x".into()), -1);
        assert_eq!(r.avp_rm("x".into()), 1);
        assert_eq!(r.avp_is_null("x".into()), 1);
        assert_eq!(shown(r.avp_getw("x".into())), "\"<null>\"");
        assert_eq!(shown(r.var_get("v".into())), "0");
        assert_eq!(r.var_sets("v".into(), "text".into()), 1);
        assert_eq!(r.pv_get("$var(v)"), Value::text(b"text"));
        assert_eq!(r.shv_seti("s".into(), 4), 1);
        assert_eq!(shown(r.shvinc_get("s".into())), "5");
        assert_eq!(shown(r.shv_get("none".into())), "0");
        assert_eq!(r.evalx("$var(e)".into(), "<$rU>".into()), 1);
        assert_eq!(r.pv_get("$var(e)"), Value::text(b"<bob>"));
        assert_eq!(r.evalx("$rm".into(), "x".into()), -1);
        assert_eq!(r.evalx("$var(e)".into(), "$nonesuch".into()), -1);
    }

    #[test]
    fn parameters_become_fields_and_back() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert_eq!(r.xavp_params_explode("a=1;b=\"t w\";c".into(), "p".into()), 1);
        assert_eq!(r.pv_get("$xavp(p=>b)"), Value::text(b"t w"));
        assert_eq!(r.xavp_params_implode("p".into(), "$var(o)".into()), 1);
        assert_eq!(r.pv_get("$var(o)"), Value::text(b"a=1;b=t w;c;"));
        assert_eq!(r.xavp_params_implode_qval("p".into(), "$var(o)".into()), 1);
        assert_eq!(r.pv_get("$var(o)"), Value::text(b"a=\"1\";b=\"t w\";c;"));
        assert_eq!(r.xavp_params_implode("none".into(), "$var(o)".into()), -1);
        assert_eq!(r.xavp_params_explode("".into(), "p".into()), -1);
        assert_eq!(r.xavp_xparams_explode("x=1&y=\"2\"".into(), "&".into(), "q".into()), 1);
        assert_eq!(r.pv_get("$xavp(q=>y)"), Value::text(b"2"));
        assert_eq!(r.xavu_params_explode("k=v".into(), "u".into()), 1);
        assert_eq!(r.xavu_params_implode("u".into(), "$var(o)".into()), 1);
        assert_eq!(r.pv_get("$var(o)"), Value::text(b"k=v;"));
        assert_eq!(
            r.xavp_slist_explode("a, b;;c".into(), ",;".into(), "t".into(), "l".into()),
            1
        );
        assert_eq!(r.pv_get("$xavp(l=>v[0])"), Value::text(b"a"));
        assert_eq!(r.pv_get("$xavp(l=>v[2])"), Value::text(b"c"));
        assert_eq!(r.pv_get("$cnt($xavp(l=>v))"), Value::Int(3));
        assert_eq!(r.var_seti("n".into(), 3), 1);
        assert_eq!(r.pv_var_to_xavp("n".into(), "vars".into()), 1);
        assert_eq!(r.pv_get("$xavp(vars=>n)"), Value::Int(3));
        assert_eq!(r.pv_var_to_xavp("none".into(), "vars".into()), -1);
        assert_eq!(r.pv_xavp_to_var("q".into()), 1);
        assert_eq!(r.pv_get("$var(x)"), Value::text(b"1"));
        assert_eq!(r.pv_xavp_to_var("none".into()), -1);
        assert_eq!(r.pv_xavp_print(), 1);
    }

    #[test]
    fn roots_are_copied_and_moved() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        for value in 1..=3 {
            r.xavp_seti("s".into(), value);
        }
        // 3, 2, 1
        assert_eq!(r.xavp_lshift("s".into(), 1), 1);
        assert_eq!(shown(r.xavp_get("s".into())), "2");
        assert_eq!(r.pv_get("$xavp(s[-1])"), Value::Int(3));
        assert_eq!(r.xavp_lshift("none".into(), 1), -2);
        assert_eq!(r.xavp_copy("s".into(), 1, "d".into()), 1);
        assert_eq!(r.xavp_copy("s".into(), 0, "d".into()), 1);
        assert_eq!(r.pv_get("$xavp(d[0])"), Value::Int(1));
        assert_eq!(r.pv_get("$xavp(d[1])"), Value::Int(2));
        assert_eq!(r.xavp_copy_dst("s".into(), 2, "d".into(), 0), 1);
        assert_eq!(r.pv_get("$xavp(d[0])"), Value::Int(3));
        assert_eq!(r.xavp_copy_dst("s".into(), 2, "d".into(), 9), -1);
        assert_eq!(r.xavp_copy("none".into(), 0, "d".into()), -1);
    }

    #[test]
    fn branches_come_from_variables() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert_eq!(r.sbranch_append(), -1);
        assert_eq!(r.sbranch_set_ruri(), -1);
        assert!(r.pv_set("$sbranch(uri)", Value::text(b"sip:b@192.0.2.1")));
        assert!(r.pv_set("$sbranch(dst_uri)", Value::text(b"sip:192.0.2.2")));
        assert!(r.pv_set("$sbranch(flags)", Value::Int(4)));
        assert_eq!(r.sbranch_append(), 1);
        assert_eq!(r.pv_get("$(branch(dst_uri)[0])"), Value::text(b"sip:192.0.2.2"));
        assert_eq!(r.sbranch_set_ruri(), 1);
        assert_eq!(r.pv_get("$ru"), Value::text(b"sip:b@192.0.2.1"));
        assert_eq!(r.bflags, 4);
        assert_eq!(r.sbranch_reset(), 1);
        assert_eq!(r.sbranch_append(), -1);
        r.xavp_child_sets("d".into(), "uri".into(), "sip:c@192.0.2.3".into());
        r.xavp_child_sets("d".into(), "dsturi".into(), "sip:192.0.2.4".into());
        r.xavp_child_sets("d".into(), "socket".into(), "tcp:127.0.0.1:5060".into());
        assert_eq!(r.xavp_push_dst("d".into()), 1);
        assert_eq!(r.pv_get("$ru"), Value::text(b"sip:c@192.0.2.3"));
        assert_eq!(r.pv_get("$du"), Value::text(b"sip:192.0.2.4"));
        assert_eq!(r.send_socket, Some(1));
        assert_eq!(r.xavp_push_dst("none".into()), -1);
    }
}
