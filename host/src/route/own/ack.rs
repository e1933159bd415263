//! The ACK to a 2xx of an INVITE of ours (RFC 3261 13.2.2.4): made from the dialog that the 2xx forms, sent
//! by itself or at the script's word (`t_uac_ack_local`), and again for each copy of the 2xx.

use super::events;
use super::table::{Entry, Job};
use crate::route::destination;
use crate::route::request_uri::is_line_safe;
use crate::route::suspend::Call;
use crate::route::{Core, core};
use crate::store::TenantId;
use bytes::Bytes;
use kemist_sip::message::build::{self, NewRequest, ViaParams};
use kemist_sip::message::{HeaderId, NameAddr, Uri, list};
use kemist_sip::transaction::unique_token;
use kemist_sip::{Message, Target};
use std::sync::Arc;

/// Dialogs of one INVITE that are acknowledged: a fork has few, and a peer shall not make more.
const MOST_DIALOGS: usize = 16;

/// One dialog that a 2xx has formed.
pub(super) struct Acknowledged {
    /// The To tag of its 2xx.
    tag: Bytes,
    state: State,
}

enum State {
    /// The script is to say when.
    Waiting(Arc<Message>),
    /// Its destination is being looked for.
    Resolving,
    /// What was sent, and where.
    Sent(Target, Bytes),
}

/// A 2xx came, for the first time or again.
pub(super) fn on_success(core: &mut Core, tag: u64, reply: &Arc<Message>) {
    let Some(entry) = core.own.entry(tag) else { return };
    let to_tag = to_tag(reply);
    if let Some(dialog) = entry.dialogs.iter_mut().find(|dialog| dialog.tag == to_tag) {
        if let State::Sent(target, bytes) = &dialog.state {
            let (target, bytes) = (*target, bytes.clone());
            core.send(target, bytes);
            events::ack_sent(core, tag, reply.clone(), target);
        }
        return;
    }
    if entry.dialogs.len() >= MOST_DIALOGS {
        return;
    }
    let auto = entry.auto_ack;
    entry.dialogs.push(Acknowledged {
        tag: Bytes::copy_from_slice(to_tag),
        state: if auto {
            State::Resolving
        } else {
            State::Waiting(reply.clone())
        },
    });
    if auto {
        core.own.push(Job::Acknowledge(tag, reply.clone()));
    }
}

/// Sends the ACK of a 2xx, with further header lines and a body. False where it has nowhere to go.
pub(super) async fn acknowledge(tag: u64, reply: Arc<Message>, headers: &[u8], body: &[u8]) -> bool {
    let Some((way, socket, routing)) = core::with(|core| {
        let entry = core.own.entry(tag)?;
        let routing = entry.routing.clone();
        Some((Way::of(&reply, &entry.uri), entry.target.socket, routing))
    }) else {
        return false;
    };
    let found = destination::targets(&*routing, &way.next, socket, None, None).await;
    core::with(|core| {
        let Some(&target) = found.as_ref().ok().and_then(|targets| targets.first()) else {
            tracing::info!("the ACK of a 2xx has nowhere to go: {}", way.next.escape_ascii());
            // the next copy of the 2xx, or the script's next word, may find a way
            if let Some(entry) = core.own.entry(tag) {
                entry.unacknowledged(&reply);
            }
            return false;
        };
        let Some(bytes) = write(core, tag, &reply, &way, target, headers, body) else {
            return false;
        };
        if let Some(entry) = core.own.entry(tag)
            && let Some(dialog) = entry.dialogs.iter_mut().find(|dialog| dialog.tag == to_tag(&reply))
        {
            dialog.state = State::Sent(target, bytes.clone());
        }
        core.send(target, bytes);
        events::ack_sent(core, tag, reply.clone(), target);
        true
    })
}

/// `t_uac_ack_local`, for an INVITE of this worker's: 0 where the ACK was sent, -1 where there is no such
/// INVITE or the ACK has nowhere to go, -2 where there is nothing to acknowledge: no 2xx yet, an INVITE
/// whose ACK comes by itself, or one that has it.
pub(super) async fn acknowledge_call(tenant: TenantId, call: &Call, headers: &[u8], body: &[u8]) -> i32 {
    let found = core::with(|core| {
        let (tag, entry) = core.own.invite(tenant, call)?;
        Some((tag, waiting(entry)))
    });
    match found {
        None => -1,
        Some((_, None)) => -2,
        Some((tag, Some(reply))) => match acknowledge(tag, reply, headers, body).await {
            true => 0,
            false => -1,
        },
    }
}

/// [`acknowledge_call`], on whichever worker has the INVITE; on another one the outcome is not known
/// here, which counts as sent.
pub async fn ack_local(tenant: TenantId, call: Call, headers: Bytes, body: Bytes) -> i32 {
    let elsewhere = core::with(|core| {
        let here = core.own.invite(tenant, &call).is_some();
        core.errands.elsewhere(core.worker, &call).filter(|_| !here)
    });
    let Some(worker) = elsewhere else {
        return acknowledge_call(tenant, &call, &headers, &body).await;
    };
    let errand = crate::route::suspend::Errand::Acknowledge { call, headers, body };
    let taken = core::with(|core| core.errands.push(worker, tenant, errand));
    if taken { 0 } else { -1 }
}

/// The same on the worker that has it, for another one.
pub fn post_ack(core: &mut Core, tenant: TenantId, call: Call, headers: Bytes, body: Bytes) {
    core.own.push(Job::AckLocal(tenant, call, headers, body));
}

impl Entry {
    /// The ACK of a 2xx could not be sent.
    fn unacknowledged(&mut self, reply: &Arc<Message>) {
        let tag = to_tag(reply);
        if self.auto_ack {
            self.dialogs.retain(|dialog| dialog.tag != tag);
        } else if let Some(dialog) = self.dialogs.iter_mut().find(|dialog| dialog.tag == tag) {
            dialog.state = State::Waiting(reply.clone());
        }
    }
}

/// The first 2xx that waits for its ACK; from now on it does not.
fn waiting(entry: &mut Entry) -> Option<Arc<Message>> {
    entry.dialogs.iter_mut().find_map(|dialog| {
        let State::Waiting(reply) = &dialog.state else {
            return None;
        };
        let reply = reply.clone();
        dialog.state = State::Resolving;
        Some(reply)
    })
}

fn to_tag(reply: &Message) -> &[u8] {
    // a peer without a tag (RFC 2543) has one dialog
    match reply.header(HeaderId::To) {
        Some(to) => NameAddr::parse(to.value())
            .ok()
            .and_then(|to| to.tag())
            .unwrap_or_default(),
        None => b"",
    }
}

/// Where requests of a dialog go (RFC 3261 12.2.1.1).
struct Way {
    uri: Bytes,
    /// Route lines.
    routes: Vec<u8>,
    /// The URI that it is sent to.
    next: Bytes,
}

impl Way {
    /// That of the dialog that a 2xx forms: its Contact over its Record-Routes, in reverse. Without a
    /// Contact that can be used it is the request URI.
    fn of(reply: &Message, request_uri: &Bytes) -> Way {
        let usable = |uri: &[u8]| is_line_safe(uri) && Uri::parse(uri).is_ok_and(|uri| uri.is_sip());
        let contact = reply.contacts().next().and_then(Result::ok).map(|contact| contact.uri);
        let target = match contact.filter(|uri| usable(uri)) {
            Some(uri) => Bytes::copy_from_slice(uri),
            None => request_uri.clone(),
        };
        let recorded: Vec<_> = reply
            .headers_of(HeaderId::RecordRoute)
            .flat_map(|header| list::split(header.value()).collect::<Vec<_>>())
            .collect();
        let mut set: Vec<(&[u8], &[u8])> = Vec::with_capacity(recorded.len());
        for text in recorded.into_iter().rev() {
            match NameAddr::parse(text).ok().filter(|value| usable(value.uri)) {
                Some(value) => set.push((text, value.uri)),
                // half a route set leads astray
                None => return Way::direct(target),
            }
        }
        let Some(&(_, first)) = set.first() else {
            return Way::direct(target);
        };
        let next = Bytes::copy_from_slice(first);
        let loose = Uri::parse(first).is_ok_and(|uri| uri.param("lr").is_some());
        let line = |text: &[u8]| [b"Route: ", text.trim_ascii(), b"\r\n"].concat();
        if loose {
            let routes = set.iter().flat_map(|(text, _)| line(text)).collect();
            return Way {
                uri: target,
                routes,
                next,
            };
        }
        let mut routes: Vec<u8> = set[1..].iter().flat_map(|(text, _)| line(text)).collect();
        routes.extend(line(&[b"<", &target[..], b">"].concat()));
        Way {
            uri: next.clone(),
            routes,
            next,
        }
    }

    fn direct(uri: Bytes) -> Way {
        Way {
            next: uri.clone(),
            uri,
            routes: Vec::new(),
        }
    }
}

/// The ACK: identity and credentials of the INVITE, To of its 2xx, a transaction of its own (17.1).
fn write(
    core: &mut Core,
    tag: u64,
    reply: &Message,
    way: &Way,
    target: Target,
    headers: &[u8],
    body: &[u8],
) -> Option<Bytes> {
    let shared = core.shared.clone();
    let socket = shared.sockets.get(usize::from(target.socket))?;
    let token = unique_token(&shared.secret, &core.own_token(), "ack");
    let invite = core.own.entry(tag)?.msg.clone();
    let mut lines = way.routes.clone();
    for id in [HeaderId::Authorization, HeaderId::ProxyAuthorization] {
        for header in invite.headers_of(id) {
            let line = header.start() as usize..header.end() as usize;
            lines.extend_from_slice(invite.bytes().get(line).unwrap_or_default());
        }
    }
    lines.extend_from_slice(headers);
    let value = |msg: &Message, id| msg.header(id).map(|header| header.value().to_vec());
    let parts = NewRequest {
        method: b"ACK",
        uri: &way.uri,
        from: &value(&invite, HeaderId::From)?,
        from_tag: b"",
        to: &value(reply, HeaderId::To)?,
        call_id: invite.call_id()?,
        cseq: invite.cseq()?.number,
        contact: None,
        headers: &lines,
        body,
    };
    let via = ViaParams {
        protocol: target.protocol,
        sent_by: &socket.sent_by,
        branch: &[b"z9hG4bK-a", &token[..]].concat(),
        rport: false,
        extra: b"",
    };
    core.scratch.clear();
    build::new_request(&parts, &via, &mut core.scratch);
    Some(Bytes::copy_from_slice(&core.scratch))
}
