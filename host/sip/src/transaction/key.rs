//! Which requests are one transaction (RFC 3261 17.2.3), and hashes with a related purpose: the key of
//! the table shared by workers, stateless branches (16.11), To tags of our own replies.
//!
//! Keys are 128 bits of a keyed hash: two requests share one with a chance nobody can improve by
//! choosing them, so the text itself need not be kept.

use super::Identity;
use super::branch_id::{BranchId, COOKIE, write_hex};
use crate::message::via::Via;
use crate::message::{HeaderId, Message, Method};
use crate::message::{fold, word};
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
    let mut text = Text::short(secret, b"stateless");
    let via = req.via();
    match via.as_ref().and_then(|via| Some((via, req.magic_branch()?))) {
        Some((via, branch)) => {
            text.field(branch);
            text.sent_by(via);
        }
        None => {
            text.tuple(req, via.as_ref());
            text.field(to_tag_of(req));
        }
    }
    let mut out = COOKIE.to_vec();
    out.extend_from_slice(b"-s");
    write_hex(text.hash(), &mut out);
    out
}

/// The To tag of our own replies to a request: the same for its retransmissions, and computable again
/// from the ACK, so that a reply sent without a transaction needs no memory.
pub fn to_tag(secret: &[u8; 16], req: &Message) -> [u8; TAG_LENGTH] {
    let mut text = Text::short(secret, b"to-tag");
    text.call(req);
    let hash = text.hash();
    std::array::from_fn(|i| b"0123456789abcdef"[(hash >> (60 - 4 * i)) as usize & 0xf])
}

/// A token (32 hexadecimal digits) for a request of our own, such as its From tag or Call-ID: as unique
/// as the branch, which says nothing about it.
pub fn unique_token(secret: &[u8; 16], branch: &[u8], purpose: &str) -> [u8; 32] {
    let mut text = Text::long(secret, b"token");
    text.field(purpose.as_bytes());
    text.field(branch);
    let hash = text.key();
    std::array::from_fn(|i| b"0123456789abcdef"[(hash >> (124 - 4 * i)) as usize & 0xf])
}

/// Whether the To tag of a request (an ACK) is the one [`to_tag`] gives: it answers a reply of ours.
pub fn is_our_tag(secret: &[u8; 16], req: &Message) -> bool {
    // most tags are seen to be somebody else's by their length
    let tag = to_tag_of(req);
    tag.len() == TAG_LENGTH && tag == to_tag(secret, req)
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
    let mut text = Text::long(&identity.secret, b"dialog");
    text.call(req);
    text.key()
}

/// What a proxy routes a request by, in a number (RFC 3261 16.6 step 8, RFC 5393 4.2.1): request URI,
/// Route, tags, Call-ID, CSeq number, Proxy-Require, Proxy-Authorization, and who sent it. Scripts route
/// by the sender: a request that an application server returns as it got it goes on elsewhere, and only
/// its second return is a loop. Of the Vias nothing else is in it: those differ each time it comes round.
/// `whose` tells routings apart that have the same request one after the other.
pub(super) fn loop_hash(identity: &Identity, req: &Message, whose: u32) -> u32 {
    let mut text = Text::short(&identity.secret, b"loop");
    text.number(whose);
    text.field(req.request_uri());
    text.call(req);
    text.field(to_tag_of(req));
    for id in [HeaderId::Route, HeaderId::ProxyRequire, HeaderId::ProxyAuthorization] {
        text.number(id as u32);
        req.headers_of(id).for_each(|header| text.field(header.value()));
    }
    // what we sent to ourselves has the sender that it had before
    let ours = |branch: Option<&[u8]>| {
        let branch = branch.and_then(BranchId::read);
        branch.is_some_and(|branch| branch.is_of(identity))
    };
    let sender = match ours(req.magic_branch()) {
        false => req.via(),
        true => req.vias().skip(1).find(|via| !ours(via.magic_branch())),
    };
    if let Some(sender) = sender {
        text.sent_by(&sender);
        text.any_case(sender.transport);
    }
    text.hash() as u32
}

/// The key under which a request is found that came by another way too (RFC 3261 8.2.2.2): From tag,
/// Call-ID, CSeq. None inside a dialog.
pub(super) fn merge_key(identity: &Identity, req: &Message) -> Option<u128> {
    if !to_tag_of(req).is_empty() {
        return None;
    }
    let mut text = Text::long(&identity.secret, b"merge");
    text.field(req.method_name());
    text.call(req);
    Some(text.key())
}

/// Whether 17.2.3 matches a request by its branch; without the cookie (or with nothing after it) it is
/// a client of RFC 2543.
pub(super) fn has_cookie(req: &Message) -> bool {
    req.magic_branch().is_some()
}

fn key_as(identity: &Identity, req: &Message, method: &[u8]) -> Option<u128> {
    let via = req.via()?;
    let mut text = Text::long(&identity.secret, b"server");
    text.field(method);
    match req.magic_branch() {
        Some(branch) => {
            text.number(1);
            text.field(branch);
            text.sent_by(&via);
        }
        None => {
            text.number(2);
            text.tuple(req, Some(&via));
            // The ACK has the To tag of the reply, and so may a CANCEL of a sloppy client: theirs is
            // compared apart where it matters.
            if method != b"INVITE" {
                text.field(to_tag_of(req));
            }
        }
    }
    Some(text.key())
}

/// What is hashed, gathered first: hashing it in one piece costs a fraction of hashing it in many.
struct Text<H> {
    hasher: H,
    gathered: [u8; 256],
    len: usize,
}

impl Text<SipHasher13> {
    /// `purpose` keeps apart what hashes are for.
    fn short(secret: &[u8; 16], purpose: &[u8]) -> Self {
        Text::new(SipHasher13::new_with_key(secret), purpose)
    }

    fn hash(mut self) -> u64 {
        self.flush();
        self.hasher.finish()
    }
}

impl Text<SipHasher128> {
    /// `purpose` keeps apart what keys are for.
    fn long(secret: &[u8; 16], purpose: &[u8]) -> Self {
        Text::new(SipHasher128::new_with_key(secret), purpose)
    }

    fn key(mut self) -> u128 {
        self.flush();
        self.hasher.finish128().as_u128()
    }
}

impl<H: Hasher> Text<H> {
    fn new(hasher: H, purpose: &[u8]) -> Self {
        let mut text = Text {
            hasher,
            gathered: [0; 256],
            len: 0,
        };
        text.field(purpose);
        text
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        if self.gathered.len() - self.len < bytes.len() {
            self.flush();
        }
        match self.gathered.get_mut(self.len..self.len + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.hasher.write(bytes),
        }
    }

    fn flush(&mut self) {
        self.hasher.write(&self.gathered[..self.len]);
        self.len = 0;
    }

    /// With its length in front, so that no two lists of fields are one text.
    fn field(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        self.put(bytes);
    }

    /// A field of which the case does not matter, of what hosts and transports are made of.
    fn any_case(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.put(&fold(u64::from_le_bytes(*word)).to_le_bytes());
        }
        self.put(&fold(word(rest)).to_le_bytes());
    }

    #[inline]
    fn number(&mut self, number: u32) {
        if let Some(room) = self.gathered[self.len..].first_chunk_mut() {
            *room = number.to_le_bytes();
            self.len += size_of::<u32>();
        } else {
            self.put(&number.to_le_bytes());
        }
    }

    /// What the requests of one call with one CSeq number have in common: Call-ID, From tag, that number.
    fn call(&mut self, req: &Message) {
        self.field(req.call_id().unwrap_or_default());
        self.field(from_tag_of(req));
        self.number(req.cseq().map_or(0, |cseq| cseq.number));
    }

    /// Host and port of a Via: a host name is the same in any case (RFC 3261 7.3.1), and no port is
    /// another value than 5060.
    fn sent_by(&mut self, via: &Via<'_>) {
        self.any_case(via.host);
        self.number(via.port.map_or(u32::MAX, u32::from));
    }

    /// What makes a request of RFC 2543 unique, but the To tag and the method.
    fn tuple(&mut self, req: &Message, via: Option<&Via<'_>>) {
        self.field(req.request_uri());
        self.call(req);
        if let Some(via) = via {
            self.sent_by(via);
            self.field(via.transport);
            self.field(via.params);
        }
    }
}

fn from_tag_of(req: &Message) -> &[u8] {
    req.from_tag().unwrap_or_default()
}

/// The To tag of a message, empty where there is none.
pub(super) fn to_tag_of(req: &Message) -> &[u8] {
    req.to_tag().unwrap_or_default()
}
