//! The mark of a tenant in its Record-Route: in-dialog requests come back to whom the dialog belongs.
//!
//! `kt=NUMBER-HASH`: the tenant's number and a keyed hash of it and the Call-ID. Without the key nobody
//! makes one for another tenant, nor takes one from another dialog. The operator's has none.

use super::Shared;
use crate::store::{OPERATOR, TenantId};
use kemist_sip::Message;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{HeaderId, list};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::io::Write;

/// Its parameter.
const NAME: &str = "kt";

/// Writes the parameter for the Record-Route of a request that is routed for a tenant.
pub fn write(shared: &Shared, tenant: TenantId, msg: &Message, out: &mut Vec<u8>) {
    if tenant == OPERATOR {
        return;
    }
    let hash = hash(shared, tenant, msg);
    // into memory
    let _ = write!(out, ";{NAME}={tenant}-{hash:016x}");
}

/// The tenant that the dialog of a request belongs to: by the topmost Route, or by the request URI where
/// a strict router put it there. None where there is no mark or it is not ours.
pub fn read(shared: &Shared, msg: &Message) -> Option<TenantId> {
    let route = msg.header(HeaderId::Route).and_then(|route| {
        let first = list::split(route.value()).next()?;
        let start = memchr::memchr(b'<', first)? + 1;
        let end = start + memchr::memchr(b'>', &first[start..])?;
        Some(&first[start..end])
    });
    let marked = [route, Some(msg.request_uri())].into_iter().flatten();
    let tenant = marked
        .filter(|uri| may_be_marked(uri))
        .find_map(|uri| tenant_of(shared, uri, msg))?;
    // an out-of-dialog request is not in anybody's dialog, whatever Route it comes with
    msg.to()?.tag()?;
    Some(tenant)
}

/// Nearly no URI is, and reading one costs more than this.
fn may_be_marked(uri: &[u8]) -> bool {
    memchr::memchr_iter(b';', uri).any(|at| uri[at..].starts_with(b";kt="))
}

fn tenant_of(shared: &Shared, uri: &[u8], msg: &Message) -> Option<TenantId> {
    let uri = Uri::parse(uri).ok()?;
    let value = std::str::from_utf8(uri.param(NAME)??).ok()?;
    let (tenant, given) = value.split_once('-')?;
    let tenant = tenant.parse().ok()?;
    let given = u64::from_str_radix(given, 16).ok()?;
    (given == hash(shared, tenant, msg)).then_some(tenant)
}

fn hash(shared: &Shared, tenant: TenantId, msg: &Message) -> u64 {
    let mut hasher = SipHasher13::new_with_key(&shared.secret);
    hasher.write(b"tenant");
    hasher.write_u32(tenant);
    hasher.write(msg.call_id().unwrap_or_default());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{core, testing};
    use bytes::Bytes;

    /// A request of the dialog with this in its Route.
    fn bye(route: &str, call_id: &str) -> Message {
        let text = format!(
            "BYE sip:bob@192.0.2.20 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx\r\nRoute: {route}\r\n\
             From: <sip:a@a.example>;tag=1\r\nTo: <sip:b@b.example>;tag=2\r\nCall-ID: {call_id}\r\nCSeq: 2 BYE\r\n\
             Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        Message::parse(Bytes::from(text)).expect("a request")
    }

    fn mark(tenant: TenantId, call_id: &str) -> String {
        let mut out = Vec::new();
        let msg = bye("<sip:x>", call_id);
        core::with(|core| write(&core.shared, tenant, &msg, &mut out));
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_mark_names_its_tenant_in_its_dialog_alone() {
        testing::install();
        let read = |msg: &Message| core::with(|core| super::read(&core.shared, msg));
        let mark = mark(7, "one");
        let route = format!("<sip:127.0.0.1:5060;lr{mark};ftag=x>");
        assert_eq!(read(&bye(&route, "one")), Some(7));
        assert_eq!(read(&bye(&route, "other")), None);
        assert_eq!(read(&bye(&route.replace("kt=7", "kt=8"), "one")), None);
        let forged = format!("<sip:127.0.0.1:5060;lr;kt=8-0000000000000000{mark}>");
        assert_eq!(read(&bye(&forged, "one")), None, "the first counts");
        for wrong in [
            "<sip:127.0.0.1;lr;kt>",
            "<sip:127.0.0.1;lr;kt=>",
            "<sip:h;kt=7>",
            "<sip:h;kt=-1-1>",
            ";kt=7-1",
            "<<>>",
        ] {
            assert_eq!(read(&bye(wrong, "one")), None, "{wrong}");
        }
    }

    #[test]
    fn the_operator_has_none_and_a_request_outside_of_a_dialog_neither() {
        testing::install();
        assert_eq!(mark(OPERATOR, "one"), "");
        let route = format!("<sip:127.0.0.1:5060;lr{}>", mark(7, "one"));
        let text = String::from_utf8(bye(&route, "one").bytes().to_vec()).expect("text");
        let text = text.replace(";tag=2", "").replace("BYE", "INVITE");
        let msg = Message::parse(Bytes::from(text)).expect("a request");
        assert_eq!(core::with(|core| read(&core.shared, &msg)), None);
    }
}
