//! `KSR.siputils`: tests on messages, URIs and text.

use crate::route::destination::literal;
use crate::route::text::from_guest;
use crate::route::value::code;
use crate::route::{Route, core};
use kemist_bindings::kemi::ksr::siputils::Host;
use kemist_sip::Method;
use kemist_sip::message::name_addr::NameAddr;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{HeaderId, auth, list};

/// What the answer to OPTIONS says we take: the lines that Kamailio sends by default.
const CAPABILITIES: &[u8] = b"Accept: */*\r\nAccept-Encoding: \r\nAccept-Language: en\r\nSupported: \r\n";

impl Host for Route {
    fn has_totag(&mut self) -> i32 {
        code(self.msg.to_tag().is_some())
    }

    fn is_request(&mut self) -> i32 {
        code(self.msg.is_request())
    }

    fn is_reply(&mut self) -> i32 {
        code(self.msg.is_reply())
    }

    fn is_sip(&mut self) -> i32 {
        code(self.msg.version().starts_with(b"SIP/"))
    }

    fn is_first_hop(&mut self) -> i32 {
        code(self.comes_from_first_hop(false))
    }

    fn is_first_hop_mode(&mut self, mode: i32) -> i32 {
        code(self.comes_from_first_hop(mode != 0))
    }

    fn is_uri(&mut self, suri: String) -> i32 {
        let uri = from_guest(&suri);
        let known = Uri::parse(&uri).is_ok_and(|uri| {
            if uri.is_sip() {
                !uri.host.is_empty()
            } else {
                uri.is_tel()
            }
        });
        code(known && uri.iter().all(|b| *b > b' '))
    }

    fn is_user(&mut self, suser: String) -> i32 {
        // the credentials that a digest check found
        let Some((start, end)) = self.credentials else {
            return -1;
        };
        let line = self
            .msg
            .headers()
            .find(|header| header.start() == start && header.end() == end);
        let user = line
            .and_then(|header| auth::parse(header.value()).ok())
            .map(|credentials| credentials.username);
        code(user.is_some_and(|user| user == &*from_guest(&suser)))
    }

    fn uri_param(&mut self, sparam: String) -> i32 {
        code(matches!(self.request_uri_param(&sparam), Some(None)))
    }

    fn uri_param_value(&mut self, sparam: String, svalue: String) -> i32 {
        let value = from_guest(&svalue);
        // RFC 3261 section 19.1.4: parameters compare in any case
        code(
            self.request_uri_param(&sparam)
                .flatten()
                .is_some_and(|found| found.eq_ignore_ascii_case(&value)),
        )
    }

    fn uri_param_any(&mut self, sparam: String) -> i32 {
        code(self.request_uri_param(&sparam).is_some())
    }

    fn uri_param_rm(&mut self, sparam: String) -> i32 {
        let kept = {
            let Ok(uri) = Uri::parse(self.request_uri()) else {
                return -1;
            };
            without(uri.params, &from_guest(&sparam))
        };
        code(kept.is_some_and(|kept| self.set_uri_params(&kept)))
    }

    fn is_tel_number(&mut self, tval: String) -> i32 {
        let digits = tval.strip_prefix('+').unwrap_or(&tval);
        if all_digits(digits) { 1 } else { -2 }
    }

    fn is_numeric(&mut self, tval: String) -> i32 {
        if all_digits(&tval) { 1 } else { -2 }
    }

    fn is_alphanum(&mut self, tval: String) -> i32 {
        made_of(&tval, "")
    }

    fn is_alphanumex(&mut self, tval: String, eset: String) -> i32 {
        made_of(&tval, &eset)
    }

    fn options_reply(&mut self) -> i32 {
        let for_us =
            self.msg.method() == Method::Options && Uri::parse(self.request_uri()).is_ok_and(|uri| uri.user.is_none());
        if !self.msg.is_request() || !for_us {
            return -1;
        }
        self.send_reply_with(200, "OK", CAPABILITIES)
    }
}

impl Route {
    /// A request with one Via; a reply whose top Record-Route is ours or that has none: then nobody
    /// stands between the sender and us. Strictly, the host there is an address and the reply did not
    /// come from ourselves.
    fn comes_from_first_hop(&self, relaxed: bool) -> bool {
        if self.msg.is_request() {
            return self.msg.vias().count() == 1;
        }
        let Some(header) = self.msg.header(HeaderId::RecordRoute) else {
            return true;
        };
        let top = list::split(header.value())
            .next()
            .and_then(|value| NameAddr::parse(value).ok());
        let Some(uri) = top.and_then(|top| Uri::parse(top.uri).ok()) else {
            return false;
        };
        let ours = core::with(|core| {
            core.shared
                .is_tenants_own(self.tenant, uri.host, uri.port.unwrap_or(0), uri.transport())
        });
        let Some(ip) = literal(uri.host) else {
            return relaxed && ours;
        };
        let looped = self.source.remote.ip() == ip && self.source.remote.port() == uri.port.unwrap_or(5060);
        ours && (relaxed || !looped)
    }

    fn request_uri_param(&self, name: &str) -> Option<Option<&[u8]>> {
        Uri::parse(self.request_uri()).ok()?.param(name)
    }
}

/// The parameters without one of them; None where it is not there.
fn without(all: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let is_it = |param: &&[u8]| {
        param
            .split(|b| *b == b'=')
            .next()
            .is_some_and(|found| found.trim_ascii().eq_ignore_ascii_case(name))
    };
    let parts = || all.split(|b| *b == b';').filter(|param| !param.is_empty());
    parts().any(|param| is_it(&param)).then(|| {
        parts()
            .filter(|param| !is_it(param))
            .collect::<Vec<_>>()
            .join(&b";"[..])
    })
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn made_of(text: &str, more: &str) -> i32 {
    if text.is_empty() {
        return -2;
    }
    if text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c)) {
        1
    } else {
        -3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    #[test]
    fn messages_are_told_apart() {
        let mut request = testing::request(testing::INVITE);
        let r = &mut request;
        assert_eq!(
            (
                Host::is_request(r),
                Host::is_reply(r),
                Host::is_sip(r),
                Host::has_totag(r)
            ),
            (1, -1, 1, -1)
        );
        assert_eq!(Host::is_first_hop(r), 1);
        let mut reply = testing::reply(testing::RINGING);
        let r = &mut reply;
        assert_eq!(
            (
                Host::is_request(r),
                Host::is_reply(r),
                Host::is_sip(r),
                Host::has_totag(r)
            ),
            (-1, 1, 1, 1)
        );
        assert_eq!(Host::is_first_hop(r), 1, "no Record-Route");
    }

    #[test]
    fn the_first_hop_is_known_by_via_and_record_route() {
        let two = testing::INVITE.replace(
            "Max-Forwards",
            "v: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKx\r\nMax-Forwards",
        );
        assert_eq!(Host::is_first_hop(&mut testing::request(&two)), -1);
        let routed = |uri: &str| testing::RINGING.replace("Contact", &format!("Record-Route: <{uri};lr>\r\nContact"));
        assert_eq!(
            Host::is_first_hop(&mut testing::reply(&routed("sip:127.0.0.1:5060"))),
            1
        );
        assert_eq!(Host::is_first_hop(&mut testing::reply(&routed("sip:192.0.2.77"))), -1);
        assert_eq!(Host::is_first_hop(&mut testing::reply(&routed("sip:localhost"))), -1);
        assert_eq!(
            Host::is_first_hop_mode(&mut testing::reply(&routed("sip:localhost")), 1),
            1
        );
    }

    #[test]
    fn parameters_of_the_request_uri_are_found_and_removed() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert!(r.set_uri(b"sip:bob@192.0.2.1;ob;transport=TCP;x=1"));
        assert_eq!(
            (
                Host::uri_param(r, "ob".into()),
                Host::uri_param(r, "x".into()),
                Host::uri_param(r, "y".into())
            ),
            (1, -1, -1)
        );
        assert_eq!(
            (
                Host::uri_param_any(r, "ob".into()),
                Host::uri_param_any(r, "X".into()),
                Host::uri_param_any(r, "y".into())
            ),
            (1, 1, -1)
        );
        assert_eq!(
            (
                Host::uri_param_value(r, "transport".into(), "tcp".into()),
                Host::uri_param_value(r, "x".into(), "2".into())
            ),
            (1, -1)
        );
        assert_eq!(
            (Host::uri_param_rm(r, "ob".into()), Host::uri_param_rm(r, "ob".into())),
            (1, -1)
        );
        assert_eq!(r.request_uri(), b"sip:bob@192.0.2.1;transport=TCP;x=1");
    }

    #[test]
    fn texts_are_judged() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert_eq!(
            (
                Host::is_uri(r, "sip:a@b".into()),
                Host::is_uri(r, "tel:+15".into()),
                Host::is_uri(r, "a b".into()),
                Host::is_uri(r, "sip:".into())
            ),
            (1, 1, -1, -1)
        );
        assert_eq!(
            (
                Host::is_tel_number(r, "+4930".into()),
                Host::is_tel_number(r, "+".into()),
                Host::is_tel_number(r, "".into())
            ),
            (1, -2, -2)
        );
        assert_eq!(
            (Host::is_numeric(r, "12".into()), Host::is_numeric(r, "1a".into())),
            (1, -2)
        );
        assert_eq!(
            (
                Host::is_alphanum(r, "a1".into()),
                Host::is_alphanum(r, "".into()),
                Host::is_alphanum(r, "a-1".into())
            ),
            (1, -2, -3)
        );
        assert_eq!(Host::is_alphanumex(r, "a-1".into(), "-_".into()), 1);
    }

    #[test]
    fn the_user_of_checked_credentials_is_compared() {
        let line = "Authorization: Digest username=\"alice\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"00\"\r\nContent-Type";
        let mut route = testing::request(&testing::INVITE.replace("Content-Type", line));
        assert_eq!(Host::is_user(&mut route, "alice".into()), -1, "nobody has checked them");
        route.credentials = route.msg.header(HeaderId::Authorization).map(|h| (h.start(), h.end()));
        assert_eq!(Host::is_user(&mut route, "alice".into()), 1);
        assert_eq!(Host::is_user(&mut route, "bob".into()), -1);
    }

    #[test]
    fn options_to_the_server_is_answered() {
        let options = testing::INVITE.replace("INVITE", "OPTIONS");
        assert_eq!(
            Host::options_reply(&mut testing::request(&options)),
            -1,
            "it names a user"
        );
        let mut route = testing::request(&options.replace("OPTIONS sip:bob@", "OPTIONS sip:"));
        assert_eq!(Host::options_reply(&mut route), 1);
        let text = String::from_utf8_lossy(&testing::sent()[0].bytes).into_owned();
        assert!(
            text.starts_with("SIP/2.0 200 OK\r\n") && text.contains("\r\nAccept: */*\r\n"),
            "{text}"
        );
        assert_eq!(Host::options_reply(&mut testing::request(testing::INVITE)), -1);
    }
}
