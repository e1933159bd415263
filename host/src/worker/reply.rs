//! A reply: brought to the worker that sent the request, to its callbacks, and on towards the caller.

use super::fleet::Handover;
use super::neighbours::{Neighbour, Pass};
use super::run::Ended;
use super::{Worker, layer};
use crate::respond;
use crate::route::transaction::{after_onreply, onreply_route, version_of_reply};
use crate::route::{Kind, Route, Routing, core, destination, onsend, own};
use bytes::Bytes;
use kemist_sip::message::{Edits, Message, build, validation};
use kemist_sip::transaction::{self, ReplyMatch, TransactionId};
use kemist_sip::{Protocol, Target};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

/// Whose a reply is, by its top Via.
enum Whose {
    /// A transaction of this worker's.
    Ours,
    /// Another worker's.
    Worker(u16),
    /// Of another process of ours.
    Neighbour(Arc<Neighbour>),
    /// It answers a request forwarded without a transaction, or by an earlier run of ours.
    Stateless,
    /// Not ours.
    Nobody,
}

impl Worker {
    /// Takes a reply.
    pub(super) fn reply(self: &Rc<Self>, msg: Message, source: Target) {
        if validation::minimum(&msg).is_err() {
            return self.shared.stats.bad_messages.inc();
        }
        match self.whose(&msg) {
            Whose::Nobody => self.shared.stats.stray_replies.inc(),
            Whose::Worker(other) => {
                if self.fleet.hand(other, Handover::Reply(msg, source)) {
                    self.shared.stats.handed_over.inc();
                } else {
                    self.shared.stats.handover_drops.inc();
                }
            }
            Whose::Neighbour(neighbour) => {
                let bytes = msg.buffer().clone();
                if neighbour.pass(Pass::Reply { source, bytes }) {
                    self.shared.stats.passed.inc();
                } else {
                    self.shared.stats.handover_drops.inc();
                }
            }
            Whose::Ours => self.reply_route(Arc::new(msg), source, true),
            Whose::Stateless => self.reply_route(Arc::new(msg), source, false),
        }
    }

    fn whose(&self, msg: &Message) -> Whose {
        let Some(via) = msg.via() else { return Whose::Nobody };
        let owner = via.branch().and_then(transaction::owner);
        if let Some(owner) = owner {
            let ours = owner.boot == self.fleet.boot;
            if ours && owner.worker == self.id {
                return Whose::Ours;
            }
            if ours && owner.worker < self.fleet.workers() {
                return Whose::Worker(owner.worker);
            }
            if let Some(neighbour) = self.fleet.neighbours.of_boot(owner.boot, None).filter(|_| !ours) {
                return Whose::Neighbour(neighbour);
            }
        }
        match self.shared.is_myself(via.host, via.port.unwrap_or(0), None) {
            true => Whose::Stateless,
            false => Whose::Nobody,
        }
    }

    /// A reply that another process passed on, since no process has its transaction.
    pub(super) fn passed_stateless(self: &Rc<Self>, msg: Message, source: Target) {
        self.reply_route(Arc::new(msg), source, false);
    }

    /// `ksr_reply_route` sees every reply first; where it drops one, it goes nowhere. It is that of the
    /// version which the transaction belongs to: whatever a call is told comes from one version.
    fn reply_route(self: &Rc<Self>, msg: Arc<Message>, source: Target, stateful: bool) {
        let owner = stateful.then(|| core::with(|core| version_of_reply(core, &msg)));
        let routed = owner.flatten().map_or_else(|| self.fleet.routing_for(&msg, false), Ok);
        // where nobody routes for its tenant it goes on as the operator's, whose callbacks are trusted
        let routing = routed.unwrap_or_else(|_| self.fleet.routing());
        // what has no transaction goes on with the version that it began with
        let kept = (!stateful).then(|| routing.clone());
        let Some(callback) = routing.well_known().reply else {
            return self.reply_routed(msg, source, kept, &Edits::default());
        };
        let mut route = Route::new(Kind::Reply, msg.clone(), source, routing.clone());
        route.reply_code = msg.status();
        route.reply = Some(msg.clone());
        let run = routing.run(callback, "", false, Box::new(route));
        let end = move |worker: &Rc<Worker>, ended: Ended| match outcome("ksr_reply_route", ended) {
            Some(route) if route.decided.drop => worker.shared.stats.dropped.inc(),
            // what msg_apply_changes made of it goes on
            Some(route) => worker.reply_routed(route.msg.clone(), source, kept, &route.edits),
            None => worker.reply_routed(msg, source, kept, &Edits::default()),
        };
        self.start(run, |_| {}, end);
    }

    /// `kept` is the version of a reply without a transaction.
    fn reply_routed(self: &Rc<Self>, msg: Arc<Message>, source: Target, kept: Option<Arc<dyn Routing>>, edits: &Edits) {
        if let Some(routing) = kept {
            return self.stateless_reply(msg, source, routing, edits);
        }
        match layer(|layer, now| layer.receive_reply(&msg, now)) {
            ReplyMatch::Absorbed => self.shared.stats.absorbed.inc(),
            ReplyMatch::Own { id, tag } => core::with(|core| own::replied(core, id, tag, &msg)),
            // RFC 6026 8.10: what belongs to no transaction any more is not forwarded
            ReplyMatch::Unknown => self.shared.stats.stray_replies.inc(),
            ReplyMatch::Pass { id, branch } => self.onreply(id, branch, msg, source, edits),
        }
    }

    fn onreply(self: &Rc<Self>, id: TransactionId, branch: u8, msg: Arc<Message>, source: Target, edits: &Edits) {
        let due = core::with(|core| onreply_route(core, id, branch, msg.clone()));
        let Some((callback, routing, mut route)) = due else {
            return accept(id, branch, &msg, &[edits]);
        };
        route.source = source;
        let edits = edits.clone();
        let run = routing.run(callback, "", false, route);
        let end = move |worker: &Rc<Worker>, ended: Ended| match outcome("an onreply callback", ended) {
            Some(route) => {
                core::with(|core| after_onreply(core, &route));
                // as in Kamailio, only a provisional can be dropped here: a transaction must end
                if route.decided.drop && msg.status() < 200 {
                    worker.shared.stats.dropped.inc();
                    return layer(|layer, now| layer.drop_reply(id, branch, now));
                }
                if Arc::ptr_eq(&route.msg, &msg) {
                    accept(id, branch, &msg, &[&edits, &route.edits]);
                } else {
                    // msg_apply_changes replaced it; earlier edits name places in the old text
                    accept(id, branch, &route.msg, &[&route.edits]);
                }
            }
            None => accept(id, branch, &msg, &[&edits]),
        };
        self.start(run, |_| {}, end);
    }

    /// What `on_sl_reply` of tm names sees a reply without a transaction; where it drops it, it goes
    /// nowhere.
    fn stateless_reply(self: &Rc<Self>, msg: Arc<Message>, source: Target, routing: Arc<dyn Routing>, edits: &Edits) {
        let name = &self.shared.modules.tm.on_sl_reply;
        let callback = (!name.is_empty()).then(|| routing.callback(name));
        let Some(callback) = callback.flatten() else {
            return self.forward_stateless(&msg, edits, source, routing);
        };
        let mut route = Route::new(Kind::OnReply, msg.clone(), source, routing.clone());
        route.reply_code = msg.status();
        route.reply = Some(msg.clone());
        route.edits = edits.clone();
        let (edits, kept) = (edits.clone(), routing.clone());
        let run = routing.run(callback, "", false, Box::new(route));
        let end = move |worker: &Rc<Worker>, ended: Ended| match outcome("on_sl_reply", ended) {
            Some(route) if route.decided.drop => worker.shared.stats.dropped.inc(),
            Some(route) => worker.forward_stateless(&route.msg, &route.edits, source, route.routing.clone()),
            None => worker.forward_stateless(&msg, &edits, source, kept),
        };
        self.start(run, |_| {}, end);
    }

    /// RFC 3261 16.11: without a transaction the next Via says where to, and only where ours is on top.
    fn forward_stateless(self: &Rc<Self>, msg: &Message, edits: &Edits, source: Target, routing: Arc<dyn Routing>) {
        let Some(via) = msg.vias().nth(1) else {
            return self.shared.stats.stray_replies.inc();
        };
        let Some((protocol, host, port)) = build::via_target(&via) else {
            return self.shared.stats.stray_replies.inc();
        };
        let mut out = Vec::with_capacity(msg.len());
        build::forward_reply(msg, &[edits], &mut out);
        let bytes = Bytes::from(out);
        if let Some(ip) = destination::literal(host) {
            return self.send_reply_to(protocol, SocketAddr::new(ip, port), bytes, source, routing);
        }
        let Some(host) = named(host) else {
            return self.shared.stats.stray_replies.inc();
        };
        let lookup = self.shared.resolver.lookup(host, Some(port), Some(protocol));
        let worker = self.clone();
        self.spawn(async move {
            let found = lookup.await;
            worker.step(|worker| match found.first() {
                Some(&(protocol, remote)) => worker.send_reply_to(protocol, remote, bytes, source, routing),
                None => worker.shared.stats.send_failures.inc(),
            });
        });
    }

    /// Sends a reply that has no transaction, where `ksr_onsend_route` lets it go.
    fn send_reply_to(
        self: &Rc<Self>,
        protocol: Protocol,
        remote: SocketAddr,
        bytes: Bytes,
        source: Target,
        routing: Arc<dyn Routing>,
    ) {
        let socket = self
            .shared
            .socket_for(protocol, remote, 0)
            .filter(|_| is_unicast(remote.ip()));
        let Some(socket) = socket else {
            return self.shared.stats.stray_replies.inc();
        };
        let target = Target {
            protocol,
            remote,
            socket,
            connection: None,
        };
        let asked = self.shared.sending.onsend_route_reply;
        let due = asked.then(|| onsend::stateless_reply(routing, source, &bytes, target));
        let Some((callback, routing, run)) = due.flatten() else {
            return self.forward_reply(target, bytes);
        };
        let run = routing.run(callback, "", false, run);
        let end = move |worker: &Rc<Worker>, ended: Ended| {
            if worker.after_onsend(ended, |_| {}) {
                worker.forward_reply(target, bytes);
            }
        };
        self.start(run, |_| {}, end);
    }

    fn forward_reply(&self, target: Target, bytes: Bytes) {
        self.shared.stats.forwarded_replies.inc();
        core::with(|core| core.send(target, bytes));
    }
}

/// The route of a callback that ended well; faults are reported, and what it was about goes on.
fn outcome(callback: &str, ended: Ended) -> Option<Box<Route>> {
    match ended {
        Ok((route, Ok(()))) => Some(route),
        Ok((route, Err(fault))) => {
            respond::fault(callback, &*route.routing, &fault);
            None
        }
        Err(panic) => {
            respond::panicked(callback, &panic.0);
            None
        }
    }
}

fn accept(id: TransactionId, branch: u8, msg: &Arc<Message>, lists: &[&Edits]) {
    core::with(|core| {
        core.scratch.clear();
        build::forward_reply(msg, lists, &mut core.scratch);
        let forwarded = Bytes::copy_from_slice(&core.scratch);
        core.layer.accept_reply(id, branch, msg.clone(), forwarded, core.now);
    });
}

fn named(host: &[u8]) -> Option<String> {
    std::str::from_utf8(host).ok().map(str::to_ascii_lowercase)
}

/// Never to everybody: a forged Via must not make us shout (RFC 4475 3.3.10).
fn is_unicast(ip: IpAddr) -> bool {
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    !ip.is_multicast() && !ip.is_unspecified() && !broadcast
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_shouts() {
        for ip in ["255.255.255.255", "224.0.0.1", "0.0.0.0", "ff02::1", "::"] {
            assert!(!is_unicast(ip.parse().unwrap()), "{ip}");
        }
        assert!(is_unicast("192.0.2.1".parse().unwrap()));
    }
}
