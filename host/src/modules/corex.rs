//! `KSR.corex`: more core functions: branches, tests.

use crate::route::Route;
use crate::route::text::from_guest;
use crate::route::value::code;
use kemist_bindings::kemi::ksr::corex::Host;
use kemist_sip::message::HeaderId;
use kemist_sip::message::uri::Uri;

impl Host for Route {
    fn append_branch(&mut self) -> i32 {
        code(Route::append_branch(self, b"", -1) && self.inherit_destination())
    }

    fn append_branch_uri(&mut self, uri: String) -> i32 {
        self.append_with(&uri, -1)
    }

    fn append_branch_uri_q(&mut self, uri: String, q: String) -> i32 {
        match (q.is_empty(), thousandths(&q)) {
            (true, _) => self.append_with(&uri, -1),
            (false, Some(q)) => self.append_with(&uri, q),
            (false, None) => -1,
        }
    }

    fn setxflag(&mut self, fval: i32) -> i32 {
        code(xflag(fval).map(|bit| self.xflags |= bit).is_some())
    }

    fn resetxflag(&mut self, fval: i32) -> i32 {
        code(xflag(fval).map(|bit| self.xflags &= !bit).is_some())
    }

    fn isxflagset(&mut self, fval: i32) -> i32 {
        code(xflag(fval).is_some_and(|bit| self.xflags & bit != 0))
    }

    fn has_ruri_user(&mut self) -> i32 {
        let has_user = |uri: Uri<'_>| uri.user.is_some_and(|user| !user.is_empty());
        code(self.msg.is_request() && Uri::parse(self.request_uri()).is_ok_and(has_user))
    }

    fn has_user_agent(&mut self) -> i32 {
        code(
            self.msg
                .header(HeaderId::UserAgent)
                .is_some_and(|agent| !agent.value().is_empty()),
        )
    }
}

impl Route {
    fn append_with(&mut self, uri: &str, q: i16) -> i32 {
        match &*from_guest(uri) {
            b"" => code(Route::append_branch(self, b"", q) && self.inherit_destination()),
            uri => code(Route::append_branch(self, uri, q)),
        }
    }

    /// A branch made from the request URI goes where that goes.
    fn inherit_destination(&mut self) -> bool {
        let (dst_uri, path, ruid) = (self.dst_uri.clone(), self.path.clone(), self.ruid.clone());
        let (connection, bflags) = (self.connection, self.bflags);
        let Some(branch) = self.branches.last_mut() else {
            return false;
        };
        branch.dst_uri = dst_uri;
        branch.path = path;
        branch.ruid = ruid;
        branch.connection = connection;
        branch.bflags = bflags;
        true
    }
}

/// The bit of an extended flag.
fn xflag(number: i32) -> Option<u64> {
    1u64.checked_shl(u32::try_from(number).ok()?)
}

/// A q value (RFC 3261 section 25.1: 0 to 1 with up to three digits) in thousandths.
fn thousandths(q: &str) -> Option<i16> {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let digits = |text: &str| text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    if !matches!(whole, "0" | "1" | "") || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = if whole == "1" { 1000 } else { 0 };
    let fraction = format!("{fraction:0<3}").parse::<i16>().ok()?;
    Some(whole + fraction).filter(|q| *q <= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    #[test]
    fn there_are_64_extended_flags() {
        let mut route = testing::request(testing::INVITE);
        for flag in [0, 31, 32, 63] {
            assert_eq!(
                (route.isxflagset(flag), route.setxflag(flag), route.isxflagset(flag)),
                (-1, 1, 1)
            );
        }
        assert_eq!(
            (route.resetxflag(32), route.isxflagset(32), route.isxflagset(31)),
            (1, -1, 1)
        );
        for none in [-1, 64, i32::MIN, i32::MAX] {
            assert_eq!(
                (route.setxflag(none), route.resetxflag(none), route.isxflagset(none)),
                (-1, -1, -1)
            );
        }
        assert_eq!(route.flags, 0, "apart from the message flags");
    }

    #[test]
    fn branches_are_appended() {
        let mut route = testing::request(testing::INVITE);
        route.dst_uri = Some("sip:192.0.2.9".into());
        route.bflags = 4;
        assert_eq!(Host::append_branch(&mut route), 1);
        assert_eq!(Host::append_branch_uri(&mut route, "sip:c@192.0.2.3".into()), 1);
        assert_eq!(
            Host::append_branch_uri_q(&mut route, "sip:d@192.0.2.4".into(), "0.7".into()),
            1
        );
        assert_eq!(
            Host::append_branch_uri_q(&mut route, "sip:d@192.0.2.4".into(), "2".into()),
            -1
        );
        assert_eq!(
            Host::append_branch_uri(&mut route, "sip:d@192.0.2.4\r\nX: y".into()),
            -1
        );
        let branches = &route.branches;
        assert_eq!(branches.len(), 3);
        assert_eq!(
            (&*branches[0].uri, branches[0].dst_uri.as_deref(), branches[0].bflags),
            (&b"sip:bob@localhost"[..], Some(&b"sip:192.0.2.9"[..]), 4)
        );
        assert_eq!(
            (&*branches[1].uri, branches[1].dst_uri.as_deref(), branches[1].q),
            (&b"sip:c@192.0.2.3"[..], None, -1)
        );
        assert_eq!(branches[2].q, 700);
    }

    #[test]
    fn q_values_are_read() {
        for (text, q) in [
            ("1", Some(1000)),
            ("0", Some(0)),
            ("0.5", Some(500)),
            (".25", Some(250)),
            ("1.000", Some(1000)),
            ("1.1", None),
            ("0.1234", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(thousandths(text), q, "{text:?}");
        }
    }

    #[test]
    fn user_and_user_agent_are_seen() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(
            (Host::has_ruri_user(&mut route), Host::has_user_agent(&mut route)),
            (1, 1)
        );
        assert!(route.set_uri(b"sip:192.0.2.1"));
        assert_eq!(Host::has_ruri_user(&mut route), -1);
        let mut route = testing::request(&testing::INVITE.replace("User-Agent: unit test\r\n", ""));
        assert_eq!(Host::has_user_agent(&mut route), -1);
        let mut route = testing::request(&testing::INVITE.replace("unit test", ""));
        assert_eq!(Host::has_user_agent(&mut route), -1);
    }
}
