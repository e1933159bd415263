//! `KSR.rr`: record-Route and loose routing (RFC 3261 sections 16.4, 16.6 and 16.12).

use crate::route::{Route, core, text};
use bytes::Bytes;
use kemist_bindings::kemi::ksr::rr::Host;
use kemist_sip::Message;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{HeaderId, NameAddr, list, params};

/// Not driven by Route, or an error.
const NOT_DRIVEN: i32 = -1;
/// Driven by Route.
const DRIVEN: i32 = 1;
/// Driven by Route, but outside of a dialog: the caller chose the way.
const PRELOADED: i32 = -3;
/// Wrong use of a function (Kamailio's E_CFG).
const WRONG_USE: i32 = -6;

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
        let routes = routes(&msg);
        if routes.is_empty() {
            return NOT_DRIVEN;
        }
        let driven = if self.is_strictly_routed() { self.after_strict(&routes) } else { self.after_loose(&routes) };
        let in_dialog = msg.to().and_then(|to| to.tag()).is_some();
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
        if self.queue_rr_params(&text::from_guest(&sparam)) { 1 } else { -1 }
    }

    fn check_route_param(&mut self, sre: String) -> i32 {
        let Some(taken) = self.rr.taken.clone() else { return -1 };
        match self.regex(&sre) {
            Some(regex) if regex.is_match(&taken) => 1,
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
        let Some(Some(ftag)) = params::find(&taken, "ftag") else { return -1 };
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
    uri: &'m [u8],
    /// Bytes that hold this value and what separates it from the next.
    start: u32,
    end: u32,
}

/// The Route values in order; nothing where one cannot be read.
fn routes(msg: &Message) -> Vec<RouteValue<'_>> {
    let mut out: Vec<RouteValue<'_>> = Vec::new();
    for header in msg.headers_of(HeaderId::Route) {
        let first = out.len();
        for value in list::split(header.value()) {
            let Ok(parsed) = NameAddr::parse(value) else { return Vec::new() };
            let start = header.value_start() + offset(header.value(), value);
            if let Some(before) = out.get_mut(first..).and_then(<[RouteValue<'_>]>::last_mut) {
                before.end = start;
            }
            // the first value of a line is taken to begin with the line, the last to end with it, so
            // that taking all of them leaves no empty header
            let start = if out.len() == first { header.start() } else { start };
            out.push(RouteValue { uri: parsed.uri, start, end: header.end() });
        }
    }
    out
}

/// Where a part of a text begins in it.
fn offset(whole: &[u8], part: &[u8]) -> u32 {
    let distance = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    u32::try_from(distance).unwrap_or(0)
}

impl RouteValue<'_> {
    fn is_loose(&self) -> bool {
        Uri::parse(self.uri).is_ok_and(|uri| uri.param("lr").is_some())
    }

    fn is_double(&self) -> bool {
        Uri::parse(self.uri).is_ok_and(|uri| uri.param("r2").is_some())
    }

    fn is_own(&self) -> bool {
        is_own(self.uri)
    }
}

fn is_own(uri: &[u8]) -> bool {
    let Ok(uri) = Uri::parse(uri) else { return false };
    uri.is_sip() && core::with(|core| core.shared.is_myself(uri.host, uri.port.unwrap_or(0), uri.transport()))
}

impl Route {
    fn want_record_route(&mut self, params: &[u8]) -> i32 {
        if self.rr.added || !self.msg.is_request() || !self.queue_rr_params(params) {
            return -1;
        }
        self.rr.added = true;
        1
    }

    /// Queues parameters; false where they could end the URI they stand in, or are too many.
    fn queue_rr_params(&mut self, params: &[u8]) -> bool {
        let safe = params.iter().all(|b| *b > b' ' && *b != 0x7f && !matches!(b, b'<' | b'>' | b'"' | b','));
        if !safe || self.rr.params.len() + params.len() > MAX_PARAMS {
            return false;
        }
        self.rr.params.extend_from_slice(params);
        true
    }

    /// A strict router put our own Record-Route value into the request URI (RFC 3261 16.4). It has
    /// `lr`, which a request URI of a phone's own making has not.
    fn is_strictly_routed(&self) -> bool {
        let uri = self.request_uri();
        is_own(uri) && Uri::parse(uri).is_ok_and(|uri| uri.param("lr").is_some())
    }

    fn after_loose(&mut self, routes: &[RouteValue<'_>]) -> Option<Next> {
        let rest = self.take_own(routes);
        self.go_on(rest, &[])
    }

    /// The request URI was ours: it gives way to the next strict Route, or to the last value, where
    /// a strict router keeps the remote target.
    fn after_strict(&mut self, routes: &[RouteValue<'_>]) -> Option<Next> {
        let own = Bytes::copy_from_slice(self.request_uri());
        self.rr.taken = Some(params_of(&own));
        // the second of a double Record-Route is still in the list
        let rest = match routes.split_first() {
            Some((first, rest)) if first.is_own() && first.is_double() => {
                self.remove(first);
                rest
            }
            _ => routes,
        };
        let (last, before) = rest.split_last()?;
        match before.first() {
            Some(next) if !next.is_loose() => {
                // strict again: the next hop is the request URI, the remote target stays last
                self.uri = Some(Bytes::copy_from_slice(next.uri));
                self.remove(next);
                Some(Next::Hop)
            }
            _ => {
                self.uri = Some(Bytes::copy_from_slice(last.uri));
                self.remove(last);
                self.go_on(before, &[])
            }
        }
    }

    /// Takes off the topmost value where it is ours, and the one below where both are the two halves
    /// of one passage; returns what is left.
    fn take_own<'r, 'm>(&mut self, routes: &'r [RouteValue<'m>]) -> &'r [RouteValue<'m>] {
        self.rr.taken = None;
        let Some((first, mut rest)) = routes.split_first() else { return routes };
        if !first.is_own() {
            return routes;
        }
        self.rr.taken = Some(params_of(first.uri));
        self.remove(first);
        if first.is_double()
            && let Some((second, after)) = rest.split_first()
            && second.is_own()
            && second.is_double()
        {
            self.remove(second);
            rest = after;
        }
        rest
    }

    /// Sends the request on to the first of the Routes left (RFC 3261 16.6 step 6).
    fn go_on(&mut self, rest: &[RouteValue<'_>], _: &[()]) -> Option<Next> {
        let Some(next) = rest.first() else { return Some(Next::End) };
        if Uri::parse(next.uri).is_err() {
            return None;
        }
        if next.is_loose() {
            self.dst_uri = Some(Bytes::copy_from_slice(next.uri));
            return Some(Next::Hop);
        }
        // a strict router: it wants itself in the request URI and the remote target as last Route
        let mut line = b"Route: <".to_vec();
        line.extend_from_slice(self.request_uri());
        line.extend_from_slice(b">\r\n");
        let at = rest.last().map_or(self.msg.headers_end(), |last| last.end);
        let at = if at > self.msg.headers_end() { self.msg.headers_end() } else { at };
        self.edits.insert(at, &line);
        self.uri = Some(Bytes::copy_from_slice(next.uri));
        self.remove(next);
        Some(Next::Hop)
    }

    fn remove(&mut self, value: &RouteValue<'_>) {
        self.edits.delete(value.start, value.end.saturating_sub(value.start));
    }
}

/// The parameters of a URI with their leading semicolon, as `check_route_param` sees them.
fn params_of(uri: &[u8]) -> Bytes {
    let params = Uri::parse(uri).map(|uri| uri.params).unwrap_or_default();
    let mut out = Vec::with_capacity(params.len() + 1);
    out.push(b';');
    out.extend_from_slice(params);
    Bytes::from(out)
}
