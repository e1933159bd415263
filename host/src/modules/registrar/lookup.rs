//! `lookup`: from an address of record to where it is registered.

use super::contacts::method_bit;
use crate::route::pv::socket_named;
use crate::route::{NewBranch, Route, core};
use crate::store::Binding;
use bytes::Bytes;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{NameAddr, list};
use std::sync::Arc;

/// Nobody is registered.
const NOT_FOUND: i32 = -1;
/// Contacts are there, but none takes this method.
const METHOD_NOT_ALLOWED: i32 = -2;

impl Route {
    /// Where `uri` is registered, else the request URI. The best binding becomes the request URI, the others become branches (where
    /// `append_branches` is set), all with their destination, path and flags.
    pub(super) fn look_up(&mut self, uri: Option<&[u8]>) -> i32 {
        if !self.msg.is_request() {
            return NOT_FOUND;
        }
        let Some(aor) = self.aor(uri.unwrap_or(self.request_uri())) else {
            return NOT_FOUND;
        };
        let (bindings, filtering, forking) = core::with(|core| {
            let config = &core.shared.modules.registrar;
            let bindings = core.shared.store.location.bindings(self.tenant, &aor, core.unix);
            (bindings, config.method_filtering, config.append_branches)
        });
        if bindings.is_empty() {
            return NOT_FOUND;
        }
        let bit = method_bit(self.msg.method());
        let mut fit = bindings.iter().filter(|b| !filtering || b.methods & bit != 0);
        let Some(first) = fit.next() else {
            return METHOD_NOT_ALLOWED;
        };
        self.go_to(first);
        if forking {
            self.branches.extend(fit.map(branch));
        }
        1
    }

    fn go_to(&mut self, binding: &Arc<Binding>) {
        let branch = branch(binding);
        self.uri = Some(branch.uri);
        self.dst_uri = branch.dst_uri;
        self.path = branch.path;
        self.ruid = branch.ruid;
        self.q = branch.q;
        self.instance = branch.instance;
        self.connection = branch.connection;
        self.bflags = branch.bflags;
        self.location_ua = branch.location_ua;
        if binding.socket.is_some() {
            self.send_socket = branch.send_socket;
        }
    }
}

fn branch(binding: &Arc<Binding>) -> NewBranch {
    NewBranch {
        uri: request_uri(&binding.contact),
        dst_uri: first_hop(binding),
        path: binding.path.clone(),
        q: binding.q,
        bflags: binding.cflags,
        ruid: binding.ruid.clone(),
        location_ua: binding.user_agent.clone(),
        instance: binding.instance.clone().unwrap_or_default(),
        connection: binding.connection,
        send_socket: binding.socket.as_deref().and_then(socket_named),
    }
}

/// A contact as a request URI: its headers are no part of one, and none of them is acted on
/// (RFC 3261 19.1.5; RFC 4475 3.3.14 hides a Route there).
fn request_uri(contact: &Bytes) -> Bytes {
    // nearly none has headers, and most are read once more when they are sent to
    if memchr::memchr(b'?', contact).is_none() {
        return contact.clone();
    }
    match Uri::parse(contact) {
        Ok(uri) if !uri.headers.is_empty() => contact.slice(..contact.len().saturating_sub(uri.headers.len() + 1)),
        _ => contact.clone(),
    }
}

/// The first of the Path (RFC 3327 section 5.3), else where the REGISTER really came from.
fn first_hop(binding: &Binding) -> Option<Bytes> {
    let Some(path) = &binding.path else {
        return binding.received.clone();
    };
    let first = list::split(path).next()?;
    let uri = NameAddr::parse(first).ok()?.uri;
    Some(Bytes::copy_from_slice(uri))
}
