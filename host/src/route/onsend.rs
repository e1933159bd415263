//! `ksr_onsend_route`: a callback before a message leaves, which may keep it from leaving.
//!
//! As in Kamailio it runs for requests that are relayed or forwarded, once for each destination (further
//! addresses of a name included), not for their retransmissions, nor for what is made here (CANCEL, ACK,
//! requests of a script's own). With `onsend_route_reply` it runs for replies from branches too. The
//! message at hand is the one that is about to be sent, and `$snd(...)` says where to. Changes to it have
//! no effect.

use super::transaction::{Due, inherit};
use super::{Core, Fault, Kind, Route, Routing, callback_failed, core};
use bytes::Bytes;
use kemist_sip::transaction::{HeldReply, TransactionId};
use kemist_sip::{Message, Target};
use std::sync::Arc;

/// One branch, for the variables of the callback.
#[derive(Clone, Copy, Debug)]
pub struct SentBranch {
    /// The transaction.
    pub transaction: TransactionId,
    /// The branch's index.
    pub index: u8,
    /// Its flags.
    pub bflags: u32,
}

impl Route {
    /// Asks `ksr_onsend_route`, where the version has one, whether these bytes may go to this target.
    /// A callback that fails changes nothing: they may. Costs nothing where there is no such callback.
    pub async fn may_send(&mut self, bytes: &Bytes, target: Target, branch: Option<SentBranch>) -> bool {
        let Some(callback) = self.routing.well_known().onsend else {
            return true;
        };
        let Some(run) = self.onsend_route(bytes, target, branch) else {
            return true;
        };
        let routing = self.routing.clone();
        let (run, ended) = routing.run(callback, "", true, run).await;
        self.may_go_on(&run, &ended)
    }

    /// Ends a run of the callback for a message of this run, and takes back what it may change: may the
    /// message be sent?
    pub fn may_go_on(&mut self, run: &Route, ended: &Result<(), Fault>) -> bool {
        match ended {
            Ok(()) => {}
            Err(fault) => {
                callback_failed(&*run.routing, "ksr_onsend_route", fault);
                return true;
            }
        }
        self.flags = run.flags;
        if self.avps.is_none() {
            self.avps.clone_from(&run.avps);
        }
        if run.decided.drop {
            core::with(|core| core.shared.stats.dropped.inc());
        }
        !run.decided.drop
    }

    /// The run of the callback for these bytes of this run. None where they cannot be read, which bytes
    /// of our own making always can.
    pub fn onsend_route(&self, bytes: &Bytes, target: Target, branch: Option<SentBranch>) -> Option<Box<Route>> {
        let mut run = onsend(self.routing.clone(), self.source, bytes, target)?;
        run.flags = self.flags;
        run.avps.clone_from(&self.avps);
        run.armed = self.armed;
        run.fr = self.fr;
        run.transaction = self.transaction;
        if let Some(branch) = branch {
            run.transaction = Some(branch.transaction);
            run.branch = Some(branch.index);
            run.bflags = branch.bflags;
        }
        Some(run)
    }
}

/// The run of `ksr_onsend_route` for bytes that came from `source` and are about to go to `target`.
/// None where they cannot be read, which bytes of our own making always can.
pub fn onsend(routing: Arc<dyn Routing>, source: Target, bytes: &Bytes, target: Target) -> Option<Box<Route>> {
    let msg = Message::parse(bytes.clone()).ok()?;
    let mut run = Route::new(Kind::OnSend, Arc::new(msg), source, routing);
    if run.msg.is_reply() {
        run.reply_code = run.msg.status();
        run.reply = Some(run.msg.clone());
    }
    run.sending = Some(target);
    Some(Box::new(run))
}

/// The callback for a reply of a branch on its way to the caller, on the version of its transaction. None
/// where that version has none.
pub fn held_reply(core: &Core, held: &HeldReply) -> Option<Due> {
    let tx = core.layer.user(held.id)?;
    let callback = tx.routing.well_known().onsend?;
    let target = held.transmit.target;
    let source = core
        .layer
        .branch(held.id, held.branch)
        .map_or(target, |branch| branch.target());
    let mut run = onsend(tx.routing.clone(), source, &held.transmit.bytes, target)?;
    inherit(&mut run, tx, held.id);
    run.branch = Some(held.branch);
    if let Some(data) = tx.branches.get(usize::from(held.branch)) {
        run.bflags = data.bflags;
    }
    Some((callback, tx.routing.clone(), run))
}

/// The callback for a reply that goes on without a transaction.
pub fn stateless_reply(routing: Arc<dyn Routing>, source: Target, bytes: &Bytes, target: Target) -> Option<Due> {
    let callback = routing.well_known().onsend?;
    let run = onsend(routing.clone(), source, bytes, target)?;
    Some((callback, routing, run))
}

#[cfg(test)]
mod tests {
    use crate::route::{Kind, Value, testing};

    #[test]
    fn both_sides_of_the_sending_are_read() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$snd(ip)"), Value::Null, "nothing is sent here");
        route.kind = Kind::OnSend;
        route.sending = Some(kemist_sip::Target {
            remote: "[2001:db8::9]:5080".parse().unwrap(),
            socket: 2,
            ..route.source
        });
        for (name, value) in [
            ("$snd(ip)", Value::text(b"2001:db8::9")),
            ("$sndto(port)", Value::Int(5080)),
            ("$sndto(ip)", Value::text(b"2001:db8::9")),
            ("$snd(af)", Value::Int(10)),
            ("$snd(proto)", Value::Int(1)),
            ("$snd(sproto)", Value::text(b"udp")),
            ("$sndfrom(ip)", Value::text(b"::1")),
            ("$sndfrom(port)", Value::Int(5060)),
            ("$snd(buf)", Value::text(testing::INVITE.as_bytes())),
            ("$snd(len)", Value::Int(testing::INVITE.len() as i64)),
        ] {
            assert_eq!(route.pv_get(name), value, "{name}");
        }
        assert_eq!(route.pv_get("$snd(what)"), Value::Null);
    }
}
