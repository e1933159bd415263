//! `KSR.rr`: record-Route and loose routing (RFC 3261 sections 16.4, 16.6 and 16.12).

use crate::route::{Route, core, text};
use bytes::Bytes;
use kemist_bindings::kemi::ksr::rr::Host;
use kemist_sip::Message;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{HeaderId, NameAddr, list, params};
use smallvec::SmallVec;

/// Not driven by Route, or an error.
const NOT_DRIVEN: i32 = -1;
/// Driven by Route.
const DRIVEN: i32 = 1;
/// Driven by Route, but outside of a dialog: the caller chose the way.
const PRELOADED: i32 = -3;
/// Wrong use of a function (Kamailio's E_CFG).
const WRONG_USE: i32 = -6;

/// What the From tag is queued as (`append_fromtag`).
const FTAG: &[u8] = b";ftag=";

/// Longest text of queued parameters.
const MAX_PARAMS: usize = 1024;

impl Host for Route {
    fn record_route(&mut self) -> i32 {
        self.want_record_route(b"")
    }

    fn record_route_params(&mut self, sparams: String) -> i32 {
        self.want_record_route(&text::from_guest(&sparams))
    }

    fn loose_route(&mut self) -> i32 {
        if !self.msg.is_request() {
            return NOT_DRIVEN;
        }
        let msg = self.msg.clone();
        let mut routes = routes(&msg);
        if routes.is_empty() {
            return NOT_DRIVEN;
        }
        let driven = if self.is_strictly_routed() {
            self.after_strict(&mut routes)
        } else {
            self.after_loose(&mut routes)
        };
        if driven.is_some() {
            self.write_routes(&routes);
        }
        let in_dialog = msg.to_tag().is_some();
        match driven {
            Some(Next::Hop) if !in_dialog => PRELOADED,
            Some(Next::End) if !in_dialog => NOT_DRIVEN,
            Some(_) => DRIVEN,
            None => NOT_DRIVEN,
        }
    }

    fn remove_record_route(&mut self) -> i32 {
        self.rr.added = false;
        1
    }

    fn add_rr_param(&mut self, sparam: String) -> i32 {
        if self.queue_rr_params(&text::from_guest(&sparam)) {
            1
        } else {
            -1
        }
    }

    fn check_route_param(&mut self, sre: String) -> i32 {
        let Some(taken) = &self.rr.taken else { return -1 };
        match self.regex(&sre) {
            Some(regex) if regex.is_match(taken) => 1,
            _ => -1,
        }
    }

    fn is_direction(&mut self, dir: String) -> i32 {
        if !core::with(|core| core.shared.modules.rr.append_fromtag) {
            return WRONG_USE;
        }
        let downstream = match dir.as_str() {
            "downstream" => true,
            "upstream" => false,
            _ => return WRONG_USE,
        };
        let taken = self.rr.taken.clone().unwrap_or_default();
        let Some(Some(ftag)) = params::find(&taken, "ftag") else {
            return -1;
        };
        let from_tag = self.msg.from().and_then(|from| from.tag());
        if (from_tag == Some(ftag)) == downstream { 1 } else { -1 }
    }
}

/// Where a request goes on after its own Routes were taken off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// To a further Route.
    Hop,
    /// To its request URI: no Route is left.
    End,
}

/// One value of the Route headers.
struct RouteValue<'m> {
    /// The value as it stands, display name and all.
    text: &'m [u8],
    uri: &'m [u8],
    /// The URI in its parts, where it can be read.
    parts: Option<Uri<'m>>,
    /// Start of the header line that holds it; start and end of that line's values.
    line: u32,
    values: (u32, u32),
    line_end: u32,
    taken: bool,
}

/// The Route values of a request: most have one or two.
type Routes<'m> = SmallVec<[RouteValue<'m>; 2]>;

/// The Route values in order; nothing where one cannot be read.
fn routes(msg: &Message) -> Routes<'_> {
    let mut out = Routes::new();
    for header in msg.headers_of(HeaderId::Route) {
        let length = u32::try_from(header.value().len()).unwrap_or(0);
        for text in list::split(header.value()) {
            let Ok(parsed) = NameAddr::parse(text) else {
                return Routes::new();
            };
            out.push(RouteValue {
                text,
                uri: parsed.uri,
                parts: Uri::parse(parsed.uri).ok(),
                line: header.start(),
                values: (header.value_start(), header.value_start().saturating_add(length)),
                line_end: header.end(),
                taken: false,
            });
        }
    }
    out
}

impl RouteValue<'_> {
    fn is_loose(&self) -> bool {
        self.has("lr")
    }

    fn is_double(&self) -> bool {
        self.has("r2")
    }

    fn has(&self, param: &str) -> bool {
        self.parts.as_ref().is_some_and(|uri| uri.param(param).is_some())
    }

    fn is_own(&self) -> bool {
        self.parts.as_ref().is_some_and(is_own)
    }
}

fn is_own(uri: &Uri<'_>) -> bool {
    uri.is_sip() && core::with(|core| core.shared.is_myself(uri.host, uri.port.unwrap_or(0), uri.transport()))
}

impl Route {
    fn want_record_route(&mut self, params: &[u8]) -> i32 {
        if self.rr.added || !self.msg.is_request() || !self.queue_rr_params(params) {
            return -1;
        }
        // first of all, since is_direction of the requests to come hangs on it
        if core::with(|core| core.shared.modules.rr.append_fromtag) {
            let msg = self.msg.clone();
            let tag = msg.from_tag().unwrap_or_default();
            let queued = std::mem::take(&mut self.rr.params);
            self.rr.params.reserve(FTAG.len() + tag.len() + queued.len());
            self.rr.params.extend_from_slice(FTAG);
            let fits = self.queue_rr_params(tag) && self.queue_rr_params(&queued);
            if !fits {
                self.rr.params = queued;
            }
        }
        self.rr.added = true;
        1
    }

    /// Queues parameters; false where they could end the URI they stand in, or are too many.
    fn queue_rr_params(&mut self, params: &[u8]) -> bool {
        let safe = params
            .iter()
            .all(|b| *b > b' ' && *b != 0x7f && !matches!(b, b'<' | b'>' | b'"' | b','));
        if !safe || self.rr.params.len() + params.len() > MAX_PARAMS {
            return false;
        }
        self.rr.params.extend_from_slice(params);
        true
    }

    /// A strict router put our own Record-Route value into the request URI (RFC 3261 16.4). It has
    /// `lr`, which a request URI of a phone's own making has not.
    fn is_strictly_routed(&self) -> bool {
        Uri::parse(self.request_uri()).is_ok_and(|uri| uri.param("lr").is_some() && is_own(&uri))
    }

    fn after_loose(&mut self, routes: &mut [RouteValue<'_>]) -> Option<Next> {
        self.rr.taken = None;
        let Some((first, rest)) = routes.split_first_mut() else {
            return Some(Next::End);
        };
        if first.is_own() {
            self.rr.taken = Some(params_of(first.parts.as_ref()));
            first.taken = true;
            take_other_half(first.is_double(), rest);
        }
        self.go_on(routes)
    }

    /// The request URI was ours: it gives way to the next strict Route, or to the last value, where
    /// a strict router keeps the remote target.
    fn after_strict(&mut self, routes: &mut [RouteValue<'_>]) -> Option<Next> {
        let own = Bytes::copy_from_slice(self.request_uri());
        let parts = Uri::parse(&own).ok();
        self.rr.taken = Some(params_of(parts.as_ref()));
        let double = parts.is_some_and(|uri| uri.param("r2").is_some());
        take_other_half(double, routes);
        let last = routes.iter().rposition(|r| !r.taken)?;
        let next = routes.iter().position(|r| !r.taken)?;
        let chosen = if next != last && !routes.get(next)?.is_loose() {
            next
        } else {
            last
        };
        let value = routes.get_mut(chosen)?;
        self.uri = Some(Bytes::copy_from_slice(value.uri));
        value.taken = true;
        match chosen == last {
            true => self.go_on(routes),
            // the remote target is last already, where a strict router wants it
            false => Some(Next::Hop),
        }
    }

    /// Sends the request on to the first of the Routes left (RFC 3261 16.6 step 6).
    fn go_on(&mut self, routes: &mut [RouteValue<'_>]) -> Option<Next> {
        let Some(next) = routes.iter_mut().find(|r| !r.taken) else {
            return Some(Next::End);
        };
        next.parts?;
        let uri = Bytes::copy_from_slice(next.uri);
        if next.is_loose() {
            self.dst_uri = Some(uri);
            return Some(Next::Hop);
        }
        // a strict router: it wants itself in the request URI and the remote target as last Route
        next.taken = true;
        let line = [b"Route: <", self.request_uri(), b">\r\n"].concat();
        let at = routes.last().map_or(self.msg.headers_end(), |last| last.line_end);
        self.edits.insert(at, &line);
        self.uri = Some(uri);
        Some(Next::Hop)
    }

    /// Writes the values that are left: a line that lost all goes, one that lost some is written anew.
    fn write_routes(&mut self, routes: &[RouteValue<'_>]) {
        for line in routes.chunk_by(|a, b| a.line == b.line) {
            let Some(first) = line.first().filter(|_| line.iter().any(|r| r.taken)) else {
                continue;
            };
            let kept: Vec<&[u8]> = line.iter().filter(|r| !r.taken).map(|r| r.text).collect();
            let (start, end) = first.values;
            if kept.is_empty() {
                self.edits.delete(first.line, first.line_end.saturating_sub(first.line));
            } else {
                self.edits
                    .replace(start, end.saturating_sub(start), &kept.join(&b", "[..]));
            }
        }
    }
}

/// The second of a double Record-Route goes with its first.
fn take_other_half(double: bool, rest: &mut [RouteValue<'_>]) {
    if let Some(second) = rest
        .first_mut()
        .filter(|second| double && second.is_own() && second.is_double())
    {
        second.taken = true;
    }
}

/// The parameters of a URI with their leading semicolon, as `check_route_param` sees them.
fn params_of(uri: Option<&Uri<'_>>) -> Bytes {
    let params = uri.map(|uri| uri.params).unwrap_or_default();
    let mut out = Vec::with_capacity(params.len() + 1);
    out.push(b';');
    out.extend_from_slice(params);
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn with_routes(routes: &str, tag: &str) -> Route {
        let text = testing::INVITE
            .replace(
                "To: <sip:bob@localhost>\r\n",
                &format!("{routes}To: <sip:bob@localhost>{tag}\r\n"),
            )
            .replace("sip:bob@localhost SIP", "sip:bob@192.0.2.20 SIP");
        testing::request(&text)
    }

    fn routes_left(route: &mut Route) -> Vec<String> {
        assert!(route.apply_changes());
        let values = route.msg.headers_of(HeaderId::Route);
        values
            .map(|header| String::from_utf8_lossy(header.value()).into_owned())
            .collect()
    }

    #[test]
    fn own_routes_are_taken_off_and_the_next_one_is_followed() {
        let mut route = with_routes(
            "Route: <sip:127.0.0.1:5060;lr;ftag=f1;nat=yes>, <sip:192.0.2.77;lr>\r\nRoute: <sip:192.0.2.78;lr>\r\n",
            ";tag=t",
        );
        assert_eq!(route.loose_route(), 1);
        assert_eq!(route.dst_uri.as_deref(), Some(&b"sip:192.0.2.77;lr"[..]));
        assert_eq!(route.request_uri(), b"sip:bob@192.0.2.20");
        assert_eq!(route.check_route_param("nat=yes".into()), 1);
        assert_eq!(route.check_route_param("nat=no".into()), -1);
        assert_eq!(
            [
                route.is_direction("downstream".into()),
                route.is_direction("upstream".into()),
                route.is_direction("x".into())
            ],
            [1, -1, -6]
        );
        assert_eq!(routes_left(&mut route), ["<sip:192.0.2.77;lr>", "<sip:192.0.2.78;lr>"]);
    }

    #[test]
    fn both_halves_of_a_double_route_go() {
        let mut route = with_routes(
            "Route: <sip:127.0.0.1:5060;transport=tcp;r2=on;lr>\r\nRoute: <sip:127.0.0.1:5060;r2=on;lr>\r\n",
            ";tag=t",
        );
        assert_eq!(route.loose_route(), 1);
        assert!(route.dst_uri.is_none());
        assert!(routes_left(&mut route).is_empty());
        assert_eq!(route.loose_route(), -1, "no Route is left");
    }

    #[test]
    fn routes_of_others_are_followed_and_kept() {
        let mut route = with_routes("Route: <sip:192.0.2.77;lr>\r\n", ";tag=t");
        assert_eq!(route.loose_route(), 1);
        assert_eq!(route.check_route_param(".".into()), -1);
        assert_eq!(routes_left(&mut route), ["<sip:192.0.2.77;lr>"]);
        let mut route = with_routes("Route: <sip:192.0.2.77;lr>\r\n", "");
        assert_eq!(route.loose_route(), -3, "a preloaded route set");
        let mut route = with_routes("Route: <sip:127.0.0.1;lr>\r\n", "");
        assert_eq!(route.loose_route(), -1, "nothing but ourselves");
        assert_eq!(with_routes("", ";tag=t").loose_route(), -1);
        assert_eq!(with_routes("Route: <sip:192.0.2.77\r\n", ";tag=t").loose_route(), -1);
    }

    #[test]
    fn strict_routers_before_and_after_us() {
        // one before us left our own value in the request URI and the target last
        let mut route = with_routes("Route: <sip:192.0.2.77;lr>, <sip:bob@192.0.2.20>\r\n", ";tag=t");
        route.uri = Some("sip:127.0.0.1:5060;lr;ftag=f1".into());
        assert_eq!(route.loose_route(), 1);
        assert_eq!(route.request_uri(), b"sip:bob@192.0.2.20");
        assert_eq!(route.dst_uri.as_deref(), Some(&b"sip:192.0.2.77;lr"[..]));
        assert_eq!(route.check_route_param("ftag=f1".into()), 1);
        assert_eq!(routes_left(&mut route), ["<sip:192.0.2.77;lr>"]);
        // one after us wants to be the request URI
        let mut route = with_routes("Route: <sip:127.0.0.1;lr>\r\nRoute: <sip:192.0.2.77>\r\n", ";tag=t");
        assert_eq!(route.loose_route(), 1);
        assert_eq!(route.request_uri(), b"sip:192.0.2.77");
        assert_eq!(routes_left(&mut route), ["<sip:bob@192.0.2.20>"]);
    }

    #[test]
    fn record_route_is_wanted_once_with_its_parameters() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.add_rr_param(";nat=yes".into()), 1);
        assert_eq!(route.add_rr_param(";x=\r\n".into()), -1);
        assert_eq!(route.add_rr_param(">".into()), -1);
        assert_eq!(route.record_route(), 1);
        assert_eq!(route.record_route(), -1);
        assert_eq!(route.rr.params, b";ftag=f1;nat=yes");
        assert_eq!(route.remove_record_route(), 1);
        assert_eq!(route.record_route_params(";a=b".into()), 1);
    }
}
