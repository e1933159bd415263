//! `KSR.hdr`: header lines: add, remove, read.
//!
//! Reads see the received message until `msg_apply_changes`; what is added must be whole header lines
//! (see [`crate::route::lines`]).

use crate::route::Route;
use crate::route::text::{from_guest, to_guest};
use crate::route::value::code;
use kemist_bindings::kemi::ksr::hdr::Host;
use kemist_bindings::kemi::ksr::types::Xval;

impl Host for Route {
    fn append(&mut self, txt: String) -> i32 {
        code(self.append_lines(&from_guest(&txt)))
    }

    fn append_after(&mut self, txt: String, hname: String) -> i32 {
        let at = self
            .msg
            .headers_named(&from_guest(&hname))
            .next()
            .map(|header| header.end());
        code(self.insert_lines_at(at.unwrap_or(self.msg.headers_end()), &from_guest(&txt)))
    }

    fn insert(&mut self, txt: String) -> i32 {
        code(self.insert_lines(&from_guest(&txt)))
    }

    fn insert_before(&mut self, txt: String, hname: String) -> i32 {
        let at = self
            .msg
            .headers_named(&from_guest(&hname))
            .next()
            .map(|header| header.start());
        code(self.insert_lines_at(at.unwrap_or(self.msg.first_header_offset()), &from_guest(&txt)))
    }

    fn remove(&mut self, hname: String) -> i32 {
        code(self.remove_headers(&from_guest(&hname)))
    }

    fn rmappend(&mut self, hrm: String, hadd: String) -> i32 {
        let lines = from_guest(&hadd);
        code(self.may_write_lines(&lines) && self.remove_headers(&from_guest(&hrm)) && self.append_lines(&lines))
    }

    fn rminsert(&mut self, hrm: String, hadd: String) -> i32 {
        let lines = from_guest(&hadd);
        code(self.may_write_lines(&lines) && self.remove_headers(&from_guest(&hrm)) && self.insert_lines(&lines))
    }

    fn is_present(&mut self, hname: String) -> i32 {
        code(self.msg.headers_named(&from_guest(&hname)).next().is_some())
    }

    fn append_to_reply(&mut self, txt: String) -> i32 {
        code(self.queue_reply_lines(&from_guest(&txt)))
    }

    fn get(&mut self, hname: String) -> Xval {
        self.header_text(&hname, 0).map_or(Xval::Null, Xval::Str)
    }

    fn gete(&mut self, hname: String) -> Xval {
        Xval::Str(self.header_text(&hname, 0).unwrap_or_default())
    }

    fn getw(&mut self, hname: String) -> Xval {
        Xval::Str(self.header_text(&hname, 0).unwrap_or_else(|| "<null>".to_owned()))
    }

    fn get_idx(&mut self, hname: String, idx: i32) -> Xval {
        self.header_text(&hname, idx).map_or(Xval::Null, Xval::Str)
    }

    fn gete_idx(&mut self, hname: String, idx: i32) -> Xval {
        Xval::Str(self.header_text(&hname, idx).unwrap_or_default())
    }

    fn getw_idx(&mut self, hname: String, idx: i32) -> Xval {
        Xval::Str(self.header_text(&hname, idx).unwrap_or_else(|| "<null>".to_owned()))
    }

    fn match_content(&mut self, hname: String, op: String, mval: String, hidx: String) -> bool {
        let (name, wanted) = (from_guest(&hname), from_guest(&mval).to_ascii_lowercase());
        let Some(compare) = comparison(&op) else { return false };
        let fits = |value: &[u8]| compare(&value.to_ascii_lowercase(), &wanted);
        let mut values = self.msg.headers_named(&name).map(|header| header.value());
        match hidx.bytes().next() {
            Some(b'f' | b'F') => values.next().is_some_and(fits),
            Some(b'l' | b'L') => values.next_back().is_some_and(fits),
            Some(b'o' | b'O') => values.any(fits),
            Some(b'a' | b'A') => values.next().is_some_and(fits) && values.all(fits),
            _ => false,
        }
    }
}

type Comparison = fn(&[u8], &[u8]) -> bool;

/// How a value is held against the wanted one; both in lower case. `re` is refused, as in Kamailio.
fn comparison(op: &str) -> Option<Comparison> {
    Some(match op {
        "eq" => |value, wanted| value == wanted,
        "ne" => |value, wanted| value != wanted,
        "sw" => |value, wanted| value.starts_with(wanted),
        "in" => |value, wanted| memchr::memmem::find(value, wanted).is_some(),
        _ => return None,
    })
}

impl Route {
    fn header_text(&self, name: &str, index: i32) -> Option<String> {
        self.header_value(&from_guest(name), index).map(to_guest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    const TWO: &str = "X-Two: One\r\nX-Two: onetwo\r\nContent-Type";

    fn text(value: Xval) -> Option<String> {
        match value {
            Xval::Str(text) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn lines_are_added_where_they_are_asked_for() {
        let mut route = testing::request(&testing::INVITE.replace("Content-Type", TWO));
        let r = &mut route;
        assert_eq!(Host::append(r, "X-End: 1\r\n".into()), 1);
        assert_eq!(Host::append_after(r, "X-After: 1\r\n".into(), "x-two".into()), 1);
        assert_eq!(Host::append_after(r, "X-End: 2\r\n".into(), "X-None".into()), 1);
        assert_eq!(Host::insert_before(r, "X-Before: 1\r\n".into(), "f".into()), 1);
        assert_eq!(Host::insert(r, "X-Start: 1\r\n".into()), 1);
        assert_eq!(
            Host::rmappend(r, "User-Agent".into(), "User-Agent: other\r\n".into()),
            1
        );
        assert_eq!(Host::append(r, "no header line".into()), -1);
        assert_eq!(Host::append(r, "X: y\r\n\r\nbody".into()), -1);
        assert_eq!(Host::remove(r, "X-None".into()), 1, "nothing to remove is no failure");
        assert_eq!(Host::remove(r, "Via".into()), -1);
        assert_eq!(
            Host::is_present(r, "X-Start".into()),
            -1,
            "the received text is what is read"
        );
        assert!(route.apply_changes());
        let names: Vec<_> = route
            .msg
            .headers()
            .map(|h| String::from_utf8_lossy(h.name()).into_owned())
            .collect();
        let at = |name: &str| names.iter().position(|n| n == name).unwrap();
        assert_eq!(at("X-Start"), 0);
        assert_eq!(at("X-Before") + 1, at("From"));
        assert_eq!(at("X-Two") + 1, at("X-After"));
        assert_eq!(names.last().unwrap(), "User-Agent");
        assert_eq!(names.iter().filter(|n| *n == "User-Agent").count(), 1);
    }

    #[test]
    fn values_are_read_by_name_and_place() {
        let mut route = testing::request(&testing::INVITE.replace("Content-Type", TWO));
        let r = &mut route;
        assert_eq!(Host::is_present(r, "i".into()), 1);
        assert_eq!(text(Host::get(r, "X-TWO".into())).unwrap(), "One");
        assert_eq!(text(Host::get_idx(r, "X-Two".into(), -1)).unwrap(), "onetwo");
        assert_eq!(text(Host::get_idx(r, "X-Two".into(), 2)), None);
        assert_eq!(text(Host::get_idx(r, "X-Two".into(), i32::MIN)), None);
        assert_eq!(text(Host::gete(r, "X-None".into())).unwrap(), "");
        assert_eq!(text(Host::getw(r, "X-None".into())).unwrap(), "<null>");
        assert_eq!(text(Host::gete_idx(r, "X-Two".into(), 1)).unwrap(), "onetwo");
        assert_eq!(text(Host::getw_idx(r, "X-Two".into(), 9)).unwrap(), "<null>");
    }

    #[test]
    fn contents_are_matched_in_any_case() {
        let mut route = testing::request(&testing::INVITE.replace("Content-Type", TWO));
        let mut matches = |op: &str, value: &str, which: &str| {
            Host::match_content(&mut route, "X-Two".into(), op.into(), value.into(), which.into())
        };
        assert!(matches("eq", "ONE", "first"));
        assert!(matches("sw", "one", "all"));
        assert!(matches("in", "two", "last"));
        assert!(matches("in", "two", "one"));
        assert!(!matches("in", "two", "all"));
        assert!(matches("ne", "two", "all"));
        assert!(!matches("re", "one", "one"));
        assert!(!matches("eq", "one", "x"));
    }

    #[test]
    fn reply_lines_are_kept_for_the_next_reply() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(Host::append_to_reply(&mut route, "Retry-After: 5".into()), 1);
        assert_eq!(Host::append_to_reply(&mut route, "Via: x".into()), -1);
        assert_eq!(route.reply_headers, b"Retry-After: 5\r\n");
    }
}
