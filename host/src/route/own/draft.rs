//! What a request of our own is made of.

use crate::route::{Core, Routing};
use crate::store::TenantId;
use bytes::Bytes;
use kemist_sip::message::build::{self, NewRequest, ViaParams};
use kemist_sip::transaction::{BranchTimeouts, unique_token};
use kemist_sip::{Message, Method, Target};
use std::sync::Arc;

/// CSeq number where the sender gives none, as in Kamailio.
const FIRST_CSEQ: u32 = 10;

/// A request of our own before it is sent. Line ends in what is a value become spaces.
#[derive(Clone)]
pub struct Draft {
    /// On whose behalf.
    pub tenant: TenantId,
    /// The version whose event callbacks hear of it.
    pub routing: Arc<dyn Routing>,
    /// Whether they do. What an event callback sends causes no event.
    pub shown: bool,
    /// The method; neither ACK nor CANCEL.
    pub method: String,
    /// The request URI.
    pub uri: Bytes,
    /// The URI that it is sent to, where that is not the request URI.
    pub next_hop: Option<Bytes>,
    /// The listening socket to send from, where one that fits shall not be chosen.
    pub socket: Option<u16>,
    /// Value of From; the socket's address where there is none. A tag is added where it has none.
    pub from: Option<Bytes>,
    /// Value of To; the request URI where there is none.
    pub to: Option<Bytes>,
    /// Value of Call-ID; a new one where there is none.
    pub call_id: Option<Bytes>,
    /// Number of the CSeq; 10 at first.
    pub cseq: u32,
    /// Value of Contact; the socket's address in requests that form or keep up a dialog.
    pub contact: Option<Bytes>,
    /// Further headers as whole lines; none of those above, nor Via, Max-Forwards, Content-Length.
    pub headers: Bytes,
    /// The body; its Content-Type is in `headers`.
    pub body: Bytes,
    /// Where they differ from the configured ones.
    pub timeouts: BranchTimeouts,
    /// The 2xx of an INVITE is acknowledged by itself; else by `t_uac_ack_local`.
    pub auto_ack: bool,
}

impl Draft {
    /// A request of the operator's with what it must have; all else is made up.
    pub fn new(method: &str, uri: impl Into<Bytes>, routing: Arc<dyn Routing>) -> Draft {
        Draft {
            tenant: routing.tenant().id(),
            routing,
            shown: true,
            method: method.to_owned(),
            uri: uri.into(),
            next_hop: None,
            socket: None,
            from: None,
            to: None,
            call_id: None,
            cseq: FIRST_CSEQ,
            contact: None,
            headers: Bytes::new(),
            body: Bytes::new(),
            timeouts: BranchTimeouts::default(),
            auto_ack: true,
        }
    }

    /// Where it is sent to.
    pub(super) fn next(&self) -> &[u8] {
        self.next_hop.as_ref().unwrap_or(&self.uri)
    }

    /// Writes it for a target, with a Via that each client transaction replaces by its own. None where
    /// the parts make no request.
    pub(super) fn write(&self, core: &mut Core, target: Target) -> Option<Arc<Message>> {
        let method = Method::parse(self.method.as_bytes());
        if matches!(method, Method::Ack | Method::Cancel) {
            return None;
        }
        let shared = core.shared.clone();
        let socket = shared.sockets.get(usize::from(target.socket))?;
        let token = core.own_token();
        let unique = |purpose| unique_token(&shared.secret, &token, purpose);
        let (tag, call_id, branch) = (unique("from tag"), unique("call id"), unique("draft"));
        let own_uri = format!("<{}>", socket.uri);
        let to_uri = [b"<", &self.uri[..], b">"].concat();
        let from = self.from.as_deref().unwrap_or(own_uri.as_bytes());
        let tagged = kemist_sip::message::NameAddr::parse(from).is_ok_and(|from| from.tag().is_some());
        let contact = self.contact.as_deref();
        let parts = NewRequest {
            method: self.method.as_bytes(),
            uri: &self.uri,
            from,
            from_tag: if tagged { b"" } else { &tag[..16] },
            to: self.to.as_deref().unwrap_or(&to_uri),
            call_id: self.call_id.as_deref().unwrap_or(&call_id),
            cseq: self.cseq,
            contact: contact.or(forms_dialog(method).then_some(own_uri.as_bytes())),
            headers: &self.headers,
            body: &self.body,
        };
        let via = ViaParams {
            protocol: target.protocol,
            sent_by: &socket.sent_by,
            branch: &[b"z9hG4bK-d", &branch[..16]].concat(),
            rport: false,
            extra: b"",
        };
        core.scratch.clear();
        build::new_request(&parts, &via, &mut core.scratch);
        let msg = Message::parse(Bytes::copy_from_slice(&core.scratch)).ok()?;
        msg.is_request().then(|| Arc::new(msg))
    }
}

/// Methods whose requests need a Contact (RFC 3261 8.1.1.8, RFC 6665, RFC 3515, RFC 3311).
fn forms_dialog(method: Method) -> bool {
    matches!(
        method,
        Method::Invite | Method::Subscribe | Method::Notify | Method::Refer | Method::Update
    )
}
