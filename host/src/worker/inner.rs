//! What is sent to one of our own addresses, where there are tenants: it enters again here, and never leaves
//! through the kernel.
//!
//! So a request from one tenant's routing to another's domain is known to come from ourselves, which its
//! source address could not prove: the caller's routing does not get it a second time, and nobody outside
//! can pass for it. It waits in the worker's queue like what other workers hand over, so that one request
//! that forks again and again does not keep the sockets waiting.

use super::Worker;
use super::fleet::Handover;
use kemist_sip::message::Message;
use kemist_sip::{Target, Transmit};

/// Requests may enter again so often: from the caller's tenant to the callee's, and on to those that they
/// forward to. One more is a 482.
const MOST: usize = 4;

impl Worker {
    /// Takes a message to ourselves back in; gives it back where it is for somebody else.
    pub(super) fn enter_again(&self, transmit: Transmit) -> Option<Transmit> {
        let target = transmit.target;
        if !self.shared.domains.are_some() || target.connection.is_some() {
            return Some(transmit);
        }
        let Some(socket) = self.shared.own_socket(target.protocol, target.remote) else {
            return Some(transmit);
        };
        let from = self.shared.sockets.get(usize::from(target.socket));
        let source = Target {
            // where the answer goes: to ourselves as well
            remote: from.map_or(target.remote, |from| from.address),
            socket,
            ..target
        };
        let entered = Message::parse(transmit.bytes).is_ok_and(|msg| {
            let what = match msg.is_reply() {
                true => Handover::Reply(msg, source),
                false => Handover::Inner(msg, source),
            };
            self.fleet.hand(self.id, what)
        });
        match entered {
            true => self.shared.stats.inner.inc(),
            // lost as on a network: retransmissions are the cure
            false => self.shared.stats.handover_drops.inc(),
        }
        None
    }

    /// Whether a request has entered again too often.
    pub(super) fn goes_in_circles(&self, msg: &Message) -> bool {
        let ours = msg
            .vias()
            .filter(|via| self.shared.is_myself(via.host, via.port.unwrap_or(0), None));
        ours.count() > MOST
    }
}
