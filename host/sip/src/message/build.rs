//! What is written: forwarded requests and replies, replies of our own, CANCEL and ACK.

use super::{Edits, Message, Via};
use crate::{Protocol, Target};
use std::net::SocketAddr;

/// The Via a forwarded request gets.
#[derive(Clone, Copy, Debug)]
pub struct ViaParams<'a> {
    /// The transport the request leaves by.
    pub protocol: Protocol,
    /// `host` or `host:port`; IPv6 addresses in brackets.
    pub sent_by: &'a str,
    /// With its magic cookie.
    pub branch: &'a [u8],
    /// Whether to ask for `rport` (RFC 3581).
    pub rport: bool,
    /// More parameters, each with its `;` in front.
    pub extra: &'a [u8],
}

/// Writes a request to be forwarded.
pub fn request(msg: &Message, uri: &[u8], via: &ViaParams<'_>, lists: &[&Edits], out: &mut Vec<u8>) {
    let _ = (msg, uri, via, lists, out);
    todo!()
}

/// Notes in the top Via where a request came from.
pub fn received(msg: &Message, source: SocketAddr, force_rport: bool, edits: &mut Edits) {
    let _ = (msg, source, force_rport, edits);
    todo!()
}

/// Writes a reply of our own.
#[allow(
    clippy::too_many_arguments,
    reason = "each is one part of the reply, and most callers have one wrapper"
)]
pub fn reply(
    req: &Message,
    code: u16,
    reason: &str,
    to_tag: &[u8],
    source: SocketAddr,
    force_rport: bool,
    extra_headers: &[u8],
    body: Option<(&str, &[u8])>,
    server: Option<&str>,
    out: &mut Vec<u8>,
) {
    let _ = (
        req,
        code,
        reason,
        to_tag,
        source,
        force_rport,
        extra_headers,
        body,
        server,
        out,
    );
    todo!()
}

/// Writes a reply to be forwarded, without its top Via value.
pub fn forward_reply(rpl: &Message, lists: &[&Edits], out: &mut Vec<u8>) {
    let _ = (rpl, lists, out);
    todo!()
}

/// Writes the CANCEL of an INVITE (RFC 3261 9.1).
pub fn cancel(sent: &Message, reason: Option<&[u8]>, out: &mut Vec<u8>) {
    let _ = (sent, reason, out);
    todo!()
}

/// Writes the ACK of a negative final reply (RFC 3261 17.1.1.3).
pub fn ack(sent: &Message, reply: &Message, out: &mut Vec<u8>) {
    let _ = (sent, reply, out);
    todo!()
}

/// Where a reply of our own to `req` goes.
pub fn reply_target(req: &Message, source: Target, force_rport: bool) -> Target {
    let _ = (req, source, force_rport);
    todo!()
}

/// Where a forwarded reply goes by the Via below ours: protocol, host, port. `None` where the transport is not known.
pub fn via_target<'m>(via: &Via<'m>) -> Option<(Protocol, &'m [u8], u16)> {
    let _ = via;
    todo!()
}
