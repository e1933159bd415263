//! Record-Route as it is written into an outgoing request (RFC 3261 section 16.6 step 4).
//!
//! `rr.record_route` only notes that it is wanted: which sockets the request comes in and goes out
//! by is known when a branch is built, and with it whether one header is enough. Two are written
//! (Kamailio's `enable_double_rr`, marked `r2=on`) where the sockets differ, so that a request in
//! either direction finds the transport and address of its own side on top.

use super::{ListenSocket, RecordRoute, Shared};
use kemist_sip::Message;
use kemist_sip::message::uri::Uri;

/// Appends the Record-Route lines for a request that came in by one listening socket and leaves by
/// another; nothing where none was asked for.
pub fn write(rr: &RecordRoute, msg: &Message, shared: &Shared, incoming: u16, outgoing: u16, out: &mut Vec<u8>) {
    if !rr.added {
        return;
    }
    let socket = |index: u16| shared.sockets.get(usize::from(index));
    let (Some(inner), Some(outer)) = (socket(incoming), socket(outgoing)) else { return };
    let double = incoming != outgoing && shared.modules.rr.enable_double_rr;
    // the topmost is for requests of the side that this one goes to
    line(rr, msg, shared, outer, double, out);
    if double {
        line(rr, msg, shared, inner, true, out);
    }
}

fn line(rr: &RecordRoute, msg: &Message, shared: &Shared, socket: &ListenSocket, double: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Record-Route: <");
    // RFC 3261 16.6 step 4: a sips request URI wants one here too
    let sips = Uri::parse(msg.request_uri()).is_ok_and(|uri| uri.is_sips());
    match socket.uri.strip_prefix("sip:") {
        Some(rest) if sips => {
            out.extend_from_slice(b"sips:");
            out.extend_from_slice(rest.as_bytes());
        }
        _ => out.extend_from_slice(socket.uri.as_bytes()),
    }
    if double {
        out.extend_from_slice(b";r2=on");
    }
    out.extend_from_slice(if shared.modules.rr.enable_full_lr { b";lr=on" } else { b";lr" });
    if shared.modules.rr.append_fromtag
        && let Some(tag) = msg.from().and_then(|from| from.tag())
    {
        out.extend_from_slice(b";ftag=");
        out.extend_from_slice(tag);
    }
    out.extend_from_slice(&rr.params);
    out.extend_from_slice(b">\r\n");
}
