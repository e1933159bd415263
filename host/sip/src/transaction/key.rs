//! Which requests are one transaction (RFC 3261 17.2.3), and hashes with a related purpose: the key of
//! the table shared by workers, stateless branches (16.11), To tags of our own replies.
//!
//! Keys are 128 bits of a keyed hash: two requests share one with a chance nobody can improve by
//! choosing them, so the text itself need not be kept.

use super::Identity;
use super::branch_id::{BranchId, COOKIE, write_hex};
use crate::message::via::Via;
use crate::message::{HeaderId, Message, Method};
use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher128};
use std::hash::Hasher;

/// Bytes of a [`to_tag`].
pub const TAG_LENGTH: usize = 16;

/// The key of the table, shared by workers, that says which of them has the transaction of a request.
/// Two pairs with one key share an entry, which costs no more than two equal Call-IDs do.
pub fn key_digest(call_id: &[u8], cseq_number: u32) -> u64 {
    let mut hasher = SipHasher13::new_with_key(b"kemist.owner.key");
    hasher.write(call_id);
    hasher.write_u32(cseq_number);
    hasher.finish()
}

/// The branch of a request forwarded without state (RFC 3261 16.11): a function of the request that
/// retransmissions, the CANCEL and the ACK of a negative reply share. Never one of those that
/// [`owner`](super::owner) knows.
pub fn stateless_branch(req: &Message, secret: &[u8; 16]) -> Vec<u8> {
    let mut hasher = SipHasher13::new_with_key(secret);
    hasher.write(b"stateless");
    let via = req.via();
    match via.as_ref().and_then(|via| via.magic_branch()) {
        Some(branch) => {
            field(&mut hasher, branch);
            sent_by(&mut hasher, req);
        }
        None => {
            tuple(&mut hasher, req);
            field(&mut hasher, to_tag_of(req));
        }
    }
    let mut out = COOKIE.to_vec();
    out.extend_from_slice(b"-s");
    write_hex(hasher.finish(), &mut out);
    out
}

/// The To tag of our own replies to a request: the same for its retransmissions, and computable again
/// from the ACK, so that a reply sent without a transaction needs no memory.
pub fn to_tag(secret: &[u8; 16], req: &Message) -> [u8; TAG_LENGTH] {
    let mut hasher = SipHasher13::new_with_key(secret);
    hasher.write(b"to-tag");
    field(&mut hasher, req.call_id().unwrap_or_default());
    field(&mut hasher, from_tag_of(req));
    hasher.write_u32(req.cseq().map_or(0, |cseq| cseq.number));
    let hash = hasher.finish();
    std::array::from_fn(|i| b"0123456789abcdef"[(hash >> (60 - 4 * i)) as usize & 0xf])
}

/// A token (32 hexadecimal digits) for a request of our own, such as its From tag or Call-ID: as unique
/// as the branch, which says nothing about it.
pub fn unique_token(secret: &[u8; 16], branch: &[u8], purpose: &str) -> [u8; 32] {
    let mut hasher = SipHasher128::new_with_key(secret);
    field(&mut hasher, purpose.as_bytes());
    field(&mut hasher, branch);
    let hash = hasher.finish128().as_u128();
    std::array::from_fn(|i| b"0123456789abcdef"[(hash >> (124 - 4 * i)) as usize & 0xf])
}

/// Whether the To tag of a request (an ACK) is the one [`to_tag`] gives: it answers a reply of ours.
pub fn is_our_tag(secret: &[u8; 16], req: &Message) -> bool {
    to_tag_of(req) == to_tag(secret, req)
}

/// The key of a request's server transaction. ACK has that of its INVITE; other requests each their
/// own. None where there is no readable Via.
pub(super) fn server_key(identity: &Identity, req: &Message) -> Option<u128> {
    let method: &[u8] = match req.method() {
        Method::Ack => b"INVITE",
        _ => req.method_name(),
    };
    key_as(identity, req, method)
}

/// The key of the INVITE that a CANCEL is for (RFC 3261 9.2).
pub(super) fn canceled_key(identity: &Identity, cancel: &Message) -> Option<u128> {
    key_as(identity, cancel, b"INVITE")
}

/// The key under which an INVITE answered with 2xx is found by its ACK, which is a transaction of its
/// own with another branch and perhaps another way: Call-ID, CSeq number, From tag.
pub(super) fn dialog_key(identity: &Identity, req: &Message) -> u128 {
    let mut hasher = SipHasher128::new_with_key(&identity.secret);
    hasher.write(b"dialog");
    field(&mut hasher, req.call_id().unwrap_or_default());
    field(&mut hasher, from_tag_of(req));
    hasher.write_u32(req.cseq().map_or(0, |cseq| cseq.number));
    hasher.finish128().as_u128()
}

/// What a proxy routes a request by, in a number (RFC 3261 16.6 step 8, RFC 5393 4.2.1): request URI,
/// Route, tags, Call-ID, CSeq number, Proxy-Require, Proxy-Authorization, and who sent it. Scripts route
/// by the sender: a request that an application server returns as it got it goes on elsewhere, and only
/// its second return is a loop. Of the Vias nothing else is in it: those differ each time it comes round.
pub(super) fn loop_hash(identity: &Identity, req: &Message) -> u32 {
    let mut hasher = SipHasher13::new_with_key(&identity.secret);
    hasher.write(b"loop");
    for part in [
        req.request_uri(),
        req.call_id().unwrap_or_default(),
        from_tag_of(req),
        to_tag_of(req),
    ] {
        field(&mut hasher, part);
    }
    hasher.write_u32(req.cseq().map_or(0, |cseq| cseq.number));
    for id in [HeaderId::Route, HeaderId::ProxyRequire, HeaderId::ProxyAuthorization] {
        hasher.write_u8(id as u8);
        req.headers_of(id).for_each(|header| field(&mut hasher, header.value()));
    }
    // what we sent to ourselves has the sender that it had before
    let ours = |via: &Via<'_>| {
        let branch = via.magic_branch().and_then(BranchId::read);
        branch.is_some_and(|branch| branch.is_of(identity))
    };
    if let Some(sender) = req.vias().find(|via| !ours(via)) {
        sent_by_of(&mut hasher, &sender);
        sender
            .transport
            .iter()
            .for_each(|byte| hasher.write_u8(byte.to_ascii_uppercase()));
    }
    hasher.finish() as u32
}

/// The key under which a request is found that came by another way too (RFC 3261 8.2.2.2): From tag,
/// Call-ID, CSeq. None inside a dialog.
pub(super) fn merge_key(identity: &Identity, req: &Message) -> Option<u128> {
    if !to_tag_of(req).is_empty() {
        return None;
    }
    let mut hasher = SipHasher128::new_with_key(&identity.secret);
    hasher.write(b"merge");
    field(&mut hasher, req.method_name());
    field(&mut hasher, req.call_id().unwrap_or_default());
    field(&mut hasher, from_tag_of(req));
    hasher.write_u32(req.cseq().map_or(0, |cseq| cseq.number));
    Some(hasher.finish128().as_u128())
}

/// Whether 17.2.3 matches a request by its branch; without the cookie (or with nothing after it) it is
/// a client of RFC 2543.
pub(super) fn has_cookie(req: &Message) -> bool {
    req.via().is_some_and(|via| via.magic_branch().is_some())
}

fn key_as(identity: &Identity, req: &Message, method: &[u8]) -> Option<u128> {
    let via = req.via()?;
    let mut hasher = SipHasher128::new_with_key(&identity.secret);
    field(&mut hasher, method);
    match via.magic_branch() {
        Some(branch) => {
            hasher.write_u8(1);
            field(&mut hasher, branch);
            sent_by(&mut hasher, req);
        }
        None => {
            hasher.write_u8(2);
            tuple(&mut hasher, req);
            // The ACK has the To tag of the reply, and so may a CANCEL of a sloppy client: theirs is
            // compared apart where it matters.
            if method != b"INVITE" {
                field(&mut hasher, to_tag_of(req));
            }
        }
    }
    Some(hasher.finish128().as_u128())
}

/// Host and port of the top Via: a host name is the same in any case (RFC 3261 7.3.1), and no port is
/// another value than 5060.
fn sent_by(hasher: &mut impl Hasher, req: &Message) {
    if let Some(via) = req.via() {
        sent_by_of(hasher, &via);
    }
}

fn sent_by_of(hasher: &mut impl Hasher, via: &Via<'_>) {
    for byte in via.host {
        hasher.write_u8(byte.to_ascii_lowercase());
    }
    hasher.write_u8(0);
    hasher.write_u32(via.port.map_or(u32::MAX, u32::from));
}

/// What makes a request of RFC 2543 unique, but the To tag and the method.
fn tuple(hasher: &mut impl Hasher, req: &Message) {
    field(hasher, req.request_uri());
    field(hasher, from_tag_of(req));
    field(hasher, req.call_id().unwrap_or_default());
    hasher.write_u32(req.cseq().map_or(0, |cseq| cseq.number));
    sent_by(hasher, req);
    if let Some(via) = req.via() {
        field(hasher, via.transport);
        field(hasher, via.params);
    }
}

fn field(hasher: &mut impl Hasher, bytes: &[u8]) {
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
}

fn from_tag_of(req: &Message) -> &[u8] {
    req.from().and_then(|from| from.tag()).unwrap_or_default()
}

/// The To tag of a message, empty where there is none.
pub(super) fn to_tag_of(req: &Message) -> &[u8] {
    req.to().and_then(|to| to.tag()).unwrap_or_default()
}
