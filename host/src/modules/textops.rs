//! `KSR.textops`: texts of messages: searching, replacing, bodies and their parts.
//!
//! What is searched is the received message, and changes show after `msg_apply_changes`; those of the
//! request URI show at once. A change in the headers may add no line, and none may touch Via or
//! Content-Length: see [`edits`].

mod bodies;
mod edits;
mod multipart;
mod text;

use crate::route::regexes::{Flavor, Substitution, on_behalf, regex};
use crate::route::text::from_guest;
use crate::route::value::code;
use crate::route::{Route, Value};
use edits::{Area, Matches};
use kemist_bindings::kemi::ksr::textops::Host;
use kemist_sip::message::HeaderId;
use std::rc::Rc;

impl Host for Route {
    fn search(&mut self, sre: String) -> i32 {
        code(sre.is_empty() || self.matches(&sre, self.msg.bytes()))
    }

    fn search_body(&mut self, sre: String) -> i32 {
        let body = self.msg.body();
        code(sre.is_empty() || !body.is_empty() && self.matches(&sre, body))
    }

    fn search_hf(&mut self, hname: String, sre: String, flags: String) -> i32 {
        if sre.is_empty() {
            return -1;
        }
        let name = from_guest(&hname);
        let Some(regex) = self.script_regex(&sre) else {
            return -1;
        };
        let mut values = self.msg.headers_named(&name).map(|header| header.value());
        code(match flags.bytes().next() {
            Some(b'f') => values.next().is_some_and(|value| regex.is_match(value)),
            Some(b'l') => values.next_back().is_some_and(|value| regex.is_match(value)),
            _ => values.any(|value| regex.is_match(value)),
        })
    }

    fn search_append(&mut self, ematch: String, val: String) -> i32 {
        code(self.append_after(Area::Message, &ematch, &val))
    }

    fn search_append_body(&mut self, ematch: String, val: String) -> i32 {
        code(self.append_after(Area::Body, &ematch, &val))
    }

    fn is_present_hf(&mut self, hname: String) -> i32 {
        code(self.msg.headers_named(&from_guest(&hname)).next().is_some())
    }

    fn is_present_hf_re(&mut self, ematch: String) -> i32 {
        let Some(regex) = self.script_regex(&ematch) else {
            return -1;
        };
        code(self.msg.headers().any(|header| regex.is_match(header.name())))
    }

    fn subst(&mut self, subst: String) -> i32 {
        code(self.substitute_in(Area::Message, &subst))
    }

    fn subst_uri(&mut self, subst: String) -> i32 {
        let changed = self
            .substitution(&subst)
            .and_then(|substitution| substitution.apply(self, self.request_uri()));
        code(changed.is_some_and(|uri| self.set_uri(&uri)))
    }

    fn subst_user(&mut self, subst: String) -> i32 {
        let changed = self.substitution(&subst).and_then(|substitution| {
            let user = kemist_sip::message::uri::Uri::parse(self.request_uri()).ok()?.user;
            substitution.apply(self, user.unwrap_or_default())
        });
        code(changed.is_some_and(|user| self.set_user(&user)))
    }

    fn subst_body(&mut self, subst: String) -> i32 {
        code(self.substitute_in(Area::Body, &subst))
    }

    fn subst_hf(&mut self, hname: String, subst: String, flags: String) -> i32 {
        code(self.substitute_in_header(&from_guest(&hname), &subst, flags.bytes().next()))
    }

    fn subst_v(&mut self, itext: String, subex: String, opv: String) -> i32 {
        let changed = self
            .substitution(&subex)
            .and_then(|substitution| substitution.apply(self, &from_guest(&itext)));
        match changed {
            Some(text) => code(self.pv_set(&opv, Value::Str(text.into()))),
            None => -1,
        }
    }

    fn remove_hf(&mut self, hname: String) -> i32 {
        let name = from_guest(&hname);
        let there = self.msg.headers_named(&name).next().is_some();
        code(there && self.remove_headers(&name))
    }

    fn remove_hf_re(&mut self, ematch: String) -> i32 {
        match self.script_regex(&ematch) {
            Some(regex) => code(self.remove_headers_where(|header| regex.is_match(header.name()))),
            None => -1,
        }
    }

    fn remove_hf_idx(&mut self, hname: String, idx: i32) -> i32 {
        self.remove_header_at(&from_guest(&hname), idx)
    }

    fn remove_hf_exp(&mut self, ematch: String, eskip: String) -> i32 {
        let (Some(regex), Some(skip)) = (self.script_regex(&ematch), self.script_regex(&eskip)) else {
            return -1;
        };
        code(self.remove_headers_where(|header| regex.is_match(header.name()) && !skip.is_match(header.name())))
    }

    fn remove_hf_match(&mut self, hname: String, op: String, expr: String) -> i32 {
        self.remove_headers_by_value(&from_guest(&hname), &op, &expr)
    }

    fn replace(&mut self, sre: String, sval: String) -> i32 {
        code(self.replace_matches(Area::Message, &sre, Flavor::Lines, Matches::First, &sval))
    }

    fn replace_str(&mut self, mkey: String, rval: String, rmode: String) -> i32 {
        code(self.replace_text(Area::Message, &mkey, &rval, &rmode))
    }

    fn replace_all(&mut self, sre: String, sval: String) -> i32 {
        code(self.replace_matches(Area::Message, &sre, Flavor::Lines, Matches::All, &sval))
    }

    fn replace_body(&mut self, sre: String, sval: String) -> i32 {
        code(self.replace_matches(Area::Body, &sre, Flavor::Lines, Matches::First, &sval))
    }

    fn replace_body_str(&mut self, mkey: String, rval: String, rmode: String) -> i32 {
        code(!self.msg.body().is_empty() && self.replace_text(Area::Body, &mkey, &rval, &rmode))
    }

    fn replace_hdrs(&mut self, sre: String, sval: String) -> i32 {
        code(self.replace_matches(Area::Headers, &sre, Flavor::Lines, Matches::First, &sval))
    }

    fn replace_hdrs_str(&mut self, mkey: String, rval: String, rmode: String) -> i32 {
        code(self.replace_text(Area::Headers, &mkey, &rval, &rmode))
    }

    fn replace_body_all(&mut self, sre: String, sval: String) -> i32 {
        code(self.replace_matches(Area::Body, &sre, Flavor::Lines, Matches::All, &sval))
    }

    fn replace_body_atonce(&mut self, sre: String, sval: String) -> i32 {
        code(self.replace_matches(Area::Body, &sre, Flavor::Whole, Matches::All, &sval))
    }

    fn set_body(&mut self, nb: String, nc: String) -> i32 {
        code(self.set_body_to(&from_guest(&nb), &from_guest(&nc)))
    }

    fn set_body_hex(&mut self, htxt: String, ct: String) -> i32 {
        code(bodies::from_hex(&htxt).is_some_and(|body| self.set_body_to(&body, &from_guest(&ct))))
    }

    fn set_reply_body(&mut self, nb: String, nc: String) -> i32 {
        code(self.set_reply_body_to(&from_guest(&nb), &from_guest(&nc)))
    }

    fn set_reply_body_hex(&mut self, htxt: String, ct: String) -> i32 {
        code(bodies::from_hex(&htxt).is_some_and(|body| self.set_reply_body_to(&body, &from_guest(&ct))))
    }

    fn has_body(&mut self) -> i32 {
        code(!self.msg.body().is_empty())
    }

    fn has_body_type(&mut self, ctype: String) -> i32 {
        code(!self.msg.body().is_empty() && (ctype.is_empty() || self.has_type(ctype.as_bytes())))
    }

    fn filter_body(&mut self, content_type: String) -> i32 {
        code(self.keep_part(&from_guest(&content_type)))
    }

    fn is_privacy(&mut self, privacy: String) -> i32 {
        const KNOWN: [&str; 7] = ["user", "header", "session", "none", "critical", "id", "history"];
        let known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&privacy));
        let mut values = self
            .msg
            .headers_named(b"Privacy")
            .flat_map(|header| header.value().split(|b| matches!(b, b';' | b',')));
        code(known && values.any(|value| value.trim_ascii().eq_ignore_ascii_case(privacy.as_bytes())))
    }

    fn in_list(&mut self, subject: String, list: String, vsep: String) -> i32 {
        code(!subject.is_empty() && text::items(&list, &vsep).any(|item| item == subject))
    }

    fn in_list_prefix(&mut self, subject: String, list: String, vsep: String) -> i32 {
        let mut items = text::items(&list, &vsep);
        code(items.any(|item| !item.is_empty() && subject.starts_with(item)))
    }

    fn cmp_str(&mut self, s1: String, s2: String) -> i32 {
        text::compared(from_guest(&s1).cmp(&from_guest(&s2)))
    }

    fn cmp_istr(&mut self, s1: String, s2: String) -> i32 {
        let lower = |text: &str| from_guest(text).to_ascii_lowercase();
        text::compared(lower(&s1).cmp(&lower(&s2)))
    }

    fn search_str(&mut self, stext: String, sre: String) -> i32 {
        if sre.is_empty() {
            return 2;
        }
        match self.script_regex(&sre).filter(|_| !stext.is_empty()) {
            Some(regex) => code(regex.is_match(&from_guest(&stext))),
            None => -2,
        }
    }

    fn starts_with(&mut self, s1: String, s2: String) -> i32 {
        let (text, prefix) = (from_guest(&s1), from_guest(&s2));
        match text.get(..prefix.len()) {
            Some(start) => text::compared(start.cmp(&prefix)),
            None => -1,
        }
    }

    fn ends_with(&mut self, vstr: String, vsuffix: String) -> i32 {
        let (text, suffix) = (from_guest(&vstr), from_guest(&vsuffix));
        match text.len().checked_sub(suffix.len()) {
            Some(at) => text::compared((*text)[at..].cmp(&suffix)),
            None => -1,
        }
    }

    fn str_find(&mut self, txt: String, needle: String) -> i32 {
        text::position(&from_guest(&txt), &from_guest(&needle))
    }

    fn str_ifind(&mut self, txt: String, needle: String) -> i32 {
        let lower = |text: &str| from_guest(text).to_ascii_lowercase();
        text::position(&lower(&txt), &lower(&needle))
    }

    fn str_any_in(&mut self, txt: String, clist: String) -> i32 {
        let (text, list) = (from_guest(&txt), from_guest(&clist));
        code(list.iter().any(|byte| text.contains(byte)))
    }

    fn str_all_in(&mut self, txt: String, clist: String) -> i32 {
        let (text, list) = (from_guest(&txt), from_guest(&clist));
        code(!text.is_empty() && !list.is_empty() && list.iter().all(|byte| text.contains(byte)))
    }

    fn is_audio_on_hold(&mut self) -> i32 {
        bodies::audio_hold(self.msg.body())
    }

    fn set_body_multipart_mode(&mut self) -> i32 {
        self.set_body_multipart(String::new(), String::new(), String::new())
    }

    fn set_body_multipart_boundary(&mut self, boundary: String) -> i32 {
        self.set_body_multipart(String::new(), String::new(), boundary)
    }

    fn set_body_multipart_content(&mut self, nbody: String, ctype: String) -> i32 {
        self.set_body_multipart(nbody, ctype, String::new())
    }

    fn set_body_multipart(&mut self, nbody: String, ctype: String, boundary: String) -> i32 {
        code(self.make_multipart(&from_guest(&nbody), &from_guest(&ctype), &from_guest(&boundary)))
    }

    fn append_body_part(&mut self, txt: String, ct: String) -> i32 {
        self.append_body_part_cd(txt, ct, String::new())
    }

    fn append_body_part_cd(&mut self, txt: String, ct: String, cd: String) -> i32 {
        code(self.append_part(&from_guest(&txt), &from_guest(&ct), &from_guest(&cd)))
    }

    fn append_body_part_hex(&mut self, txt: String, ct: String) -> i32 {
        self.append_body_part_hex_cd(txt, ct, String::new())
    }

    fn append_body_part_hex_cd(&mut self, htxt: String, ct: String, cd: String) -> i32 {
        let body = bodies::from_hex(&htxt);
        code(body.is_some_and(|body| self.append_part(&body, &from_guest(&ct), &from_guest(&cd))))
    }

    fn remove_body_part(&mut self, content_type: String) -> i32 {
        code(self.remove_part(&from_guest(&content_type)))
    }

    fn get_body_part(&mut self, ctype: String, pvname: String) -> i32 {
        let part = self.part_of(&from_guest(&ctype), false);
        code(part.is_some_and(|part| self.pv_set(&pvname, Value::Str(part.into()))))
    }

    fn get_body_part_raw(&mut self, ctype: String, pvname: String) -> i32 {
        let part = self.part_of(&from_guest(&ctype), true);
        code(part.is_some_and(|part| self.pv_set(&pvname, Value::Str(part.into()))))
    }

    fn regex_substring(&mut self, input: String, regex: String, mindex: i32, nmatch: i32, dst: String) -> i32 {
        self.substring(&from_guest(&input), &regex, mindex, nmatch, &dst)
    }
}

/// `regex_substring`: the expression does not match.
const NO_MATCH: i32 = -2;

impl Route {
    /// An expression as this module's functions match it: in any case, line by line.
    fn script_regex(&self, expression: &str) -> Option<Rc<regex::bytes::Regex>> {
        self.regex_of(expression, Flavor::Lines, true)
    }

    /// One error line where it is malformed or too large.
    fn regex_of(&self, expression: &str, flavor: Flavor, ignore_case: bool) -> Option<Rc<regex::bytes::Regex>> {
        let (found, _) = on_behalf(self.tenant, || regex(expression, ignore_case, flavor));
        if found.is_none() {
            self.script_error(format_args!(
                "regular expression {expression:?} is malformed or too large"
            ));
        }
        found
    }

    fn matches(&self, expression: &str, text: &[u8]) -> bool {
        self.script_regex(expression).is_some_and(|regex| regex.is_match(text))
    }

    fn substitution(&self, text: &str) -> Option<Substitution> {
        let (found, _) = on_behalf(self.tenant, || Substitution::parse(&from_guest(text)));
        if found.is_none() {
            self.script_error(format_args!("substitution {text:?} is malformed or too large"));
        }
        found
    }

    fn substring(&mut self, text: &[u8], expression: &str, group: i32, groups: i32, variable: &str) -> i32 {
        let (Ok(group), true) = (usize::try_from(group), group < groups) else {
            return -1;
        };
        let Some(regex) = self.regex_of(expression, Flavor::Whole, false) else {
            return -1;
        };
        let Some(found) = regex.captures(text) else {
            return NO_MATCH;
        };
        match found.get(group).map(|found| found.as_bytes()) {
            None | Some(b"") => -1,
            Some(part) => code(self.pv_set(variable, Value::text(part))),
        }
    }

    /// Is the body of that type? A body without Content-Type is SDP, as in Kamailio.
    fn has_type(&self, wanted: &[u8]) -> bool {
        let named = self.msg.header(HeaderId::ContentType).map(|header| header.value());
        multipart::is_type(named.unwrap_or(b"application/sdp"), wanted)
    }
}

#[cfg(test)]
mod tests;
