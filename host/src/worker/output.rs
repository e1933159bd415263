//! What the transaction layer wants: bytes to sockets, events to callbacks.

use super::fleet::{Handover, quoted, unsent};
use super::neighbours::{Neighbour, Pass};
use super::run::Ended;
use super::{Worker, layer};
use crate::respond;
use crate::route::core::{self, Caused};
use crate::route::transaction::{
    after_branch_failure, after_failure, after_onreply, branch_failure_route, failure_route, is_failure_due,
};
use crate::route::{CallbackId, Route, TxData, failover, onsend, own};
use crate::store::OPERATOR;
use crate::transport::tcp::Unsent;
use crate::transport::udp::{Sent, Udp};
use crate::wasm::Sending;
use bytes::Bytes;
use kemist_sip::message::{Message, Method};
use kemist_sip::transaction::{self, Event, HeldReply, Layer, Output, TransactionId};
use kemist_sip::{Protocol, Target, Transmit};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

impl Worker {
    /// Carries out everything that the layer wants, and what follows from that.
    pub(super) fn drain(self: &Rc<Self>) {
        let mut sending = Sending::begin();
        loop {
            for Caused { callback, event, route } in core::with(|core| std::mem::take(&mut core.events)) {
                self.event(callback, event, route);
            }
            while let Some(output) = layer(|layer, _| layer.poll_output()) {
                match output {
                    Output::Transmit(transmit) => {
                        sending.sends();
                        self.send(transmit);
                    }
                    Output::Reply(held) => self.held_reply(held),
                    Output::Event(Event::Failed(id)) => self.failure(id),
                    Output::Event(Event::BranchFailed(id, branch)) => self.branch_failure(id, branch),
                    Output::Event(Event::Ended(_, digest)) => self.fleet.disown(digest, self.id),
                    Output::Event(Event::BranchTimeout(id, branch)) => self.timed_out(id, branch),
                    Output::Event(Event::NextTarget(id, branch)) => self.next_target(id, branch),
                    Output::Event(Event::Unanswered { id, tag, code }) => {
                        core::with(|core| own::unanswered(core, id, tag, code));
                    }
                    Output::Event(Event::RequestEnded(_, tag)) => core::with(|core| own::ended(core, tag)),
                }
            }
            if self.errands() || self.own_jobs() || self.made() {
                continue;
            }
            let unsent = self.unsent.borrow_mut().pop_front();
            match unsent {
                Some(msg) => self.undelivered(msg, None),
                None if core::with(|core| core.events.is_empty()) => break,
                None => {}
            }
        }
        if sending.are_many() {
            // not when the batch ends: whoever has had them sent pays for it
            let sockets = self.udp.iter().flatten();
            let refused: Vec<Bytes> = sockets.flat_map(Udp::send_so_far).collect();
            refused.into_iter().for_each(|bytes| self.failed(bytes));
        }
        drop(sending);
        self.arm();
    }

    fn send(self: &Rc<Self>, transmit: Transmit) {
        self.shared.stats.sent.inc();
        if let Some(pretend) = &self.pretend {
            return pretend.keep(transmit);
        }
        let Some(Transmit { target, bytes }) = self.enter_again(transmit) else {
            return;
        };
        match target.protocol {
            Protocol::Udp => self.send_datagram(target, bytes),
            _ => self.send_stream(target, bytes),
        }
    }

    fn send_datagram(&self, target: Target, bytes: Bytes) {
        let at = |index: u16| self.udp.get(usize::from(index)).and_then(Option::as_ref);
        let other = || {
            self.shared
                .socket_for(Protocol::Udp, target.remote, target.socket)
                .and_then(at)
        };
        let Some(socket) = at(target.socket).or_else(other) else {
            return self.failed(bytes);
        };
        self.send_on(socket, target, bytes);
    }

    fn send_on(&self, socket: &Udp, target: Target, bytes: Bytes) {
        match socket.send(target.remote, &bytes) {
            Sent::Yes | Sent::Gathered | Sent::Queued => {}
            // lost as on a network: retransmissions are the cure
            Sent::Full => self.shared.stats.send_failures.inc(),
            Sent::Refused => self.failed(bytes),
        }
    }

    fn send_stream(self: &Rc<Self>, target: Target, bytes: Bytes) {
        match self.fleet.connections.send(&target, bytes) {
            Ok(()) => {}
            Err(Unsent::Full(bytes)) => self.failed(bytes),
            Err(Unsent::NoConnection(bytes)) => match self.fleet.neighbours.with_stream(&target, None) {
                Some(neighbour) => self.send_by(&neighbour, target, bytes),
                None => self.connect(target, bytes),
            },
        }
    }

    /// The connection is another process's.
    fn send_by(&self, neighbour: &Neighbour, target: Target, bytes: Bytes) {
        let pass = Pass::Send {
            target,
            bytes: bytes.clone(),
        };
        match neighbour.pass(pass) {
            true => self.shared.stats.passed.inc(),
            false => self.failed(bytes),
        }
    }

    /// There is no connection, here or elsewhere.
    pub(super) fn connect(self: &Rc<Self>, target: Target, bytes: Bytes) {
        if target.protocol != Protocol::Tcp {
            return self.failed(bytes);
        }
        let socket = self.shared.sockets.get(usize::from(target.socket));
        let from = socket.map_or([0, 0, 0, 0].into(), |socket| socket.address.ip());
        let handle = super::Handle(self.clone(), None);
        self.fleet.connections.connect(target, from, bytes, &handle);
    }

    fn failed(&self, bytes: Bytes) {
        self.shared.stats.send_failures.inc();
        self.not_sent(bytes);
    }

    /// Notes bytes that did not reach their peer; the next drain tells the layer.
    pub(super) fn not_sent(&self, bytes: Bytes) {
        if let Some(msg) = unsent(bytes) {
            self.unsent.borrow_mut().push_back(msg);
        }
    }

    /// An ICMP error about a datagram of ours. Anybody can send one: it must quote the Via branch, which
    /// only the peer and those on the way have seen.
    pub(super) fn refused(&self, remote: SocketAddr, quote: &[u8]) {
        match quoted(quote) {
            Some(msg) => self.undelivered(msg, Some(remote)),
            None => self.shared.stats.icmp_ignored.inc(),
        }
    }

    /// A request of ours was not sent: its branch counts as 503 (RFC 3261 16.9, 18.4), here or at its
    /// owner. `refused` is the address where an ICMP error said so.
    pub(super) fn undelivered(&self, msg: Message, refused: Option<SocketAddr>) {
        // an ACK or CANCEL has its INVITE's branch, which has not failed by that
        if matches!(msg.method(), Method::Ack | Method::Cancel) {
            return self.count_refusal(refused, false);
        }
        let owner = msg.via().and_then(|via| via.branch().and_then(transaction::owner));
        let Some(owner) = owner else {
            return self.count_refusal(refused, false);
        };
        if owner.boot != self.fleet.boot {
            let bytes = msg.buffer().clone();
            let neighbour = self.fleet.neighbours.of_boot(owner.boot, None);
            let passed = neighbour.is_some_and(|it| it.pass(Pass::Undelivered { remote: refused, bytes }));
            return if passed {
                self.shared.stats.passed.inc()
            } else {
                self.count_refusal(refused, false)
            };
        }
        if owner.worker == self.id {
            let ended = layer(|layer, now| match layer.find_reply(&msg) {
                Some((id, branch)) => self.fail_branch(layer, id, branch, refused, now),
                None => layer.request_failed(&msg, now),
            });
            self.count_refusal(refused, ended);
        } else if !self.fleet.hand(owner.worker, Handover::Undelivered(msg, refused)) {
            self.shared.stats.handover_drops.inc();
        }
    }

    /// Ends a branch whose request was not sent. An ICMP error must be about where it went, and comes too
    /// late for one that was answered.
    fn fail_branch(
        &self,
        layer: &mut Layer<TxData>,
        id: TransactionId,
        index: u8,
        refused: Option<SocketAddr>,
        now: Instant,
    ) -> bool {
        let Some(branch) = layer.branch(id, index) else {
            return false;
        };
        let target = branch.target();
        let about = |to: SocketAddr| (to.ip(), to.port()) == (target.remote.ip(), target.remote.port());
        if refused.is_some_and(|to| !about(to) || branch.is_replied() || branch.is_final()) {
            return false;
        }
        self.block(layer, id, target, now);
        layer.branch_failed(id, index, now);
        true
    }

    fn count_refusal(&self, refused: Option<SocketAddr>, ended: bool) {
        match (refused, ended) {
            (None, _) => {}
            (Some(_), true) => self.shared.stats.icmp_refusals.inc(),
            (Some(_), false) => self.shared.stats.icmp_ignored.inc(),
        }
    }

    /// A branch failed and has further addresses.
    fn next_target(self: &Rc<Self>, id: TransactionId, branch: u8) {
        self.timed_out(id, branch);
        if let Some(copy) = core::with(|core| failover::next_copy(core, id, branch)) {
            self.send_copy(copy);
        }
    }

    /// Sends a request to its next address, where `ksr_onsend_route` lets it go there.
    fn send_copy(self: &Rc<Self>, mut copy: failover::Copy) {
        let Some((callback, routing, run)) = copy.onsend() else {
            return core::with(|core| copy.send(core));
        };
        let run = routing.run(callback, "", false, run);
        let end = move |worker: &Rc<Worker>, ended: Ended| {
            let goes = match ended {
                Ok((run, outcome)) => copy.may_go_on(&run, &outcome),
                Err(panic) => {
                    respond::panicked("ksr_onsend_route", &panic.0);
                    true
                }
            };
            if goes {
                return core::with(|core| copy.send(core));
            }
            if let Some(next) = core::with(|core| copy.skip(core)) {
                worker.send_copy(next);
            }
        };
        self.start(run, |_| {}, end);
    }

    /// A reply of a branch is about to go to the caller: `ksr_onsend_route` may keep it back.
    fn held_reply(self: &Rc<Self>, held: HeldReply) {
        let Some((callback, routing, run)) = core::with(|core| onsend::held_reply(core, &held)) else {
            return layer(|layer, now| layer.release_reply(held, true, now));
        };
        let run = routing.run(callback, "", false, run);
        let end = move |worker: &Rc<Worker>, ended: Ended| {
            let goes = worker.after_onsend(ended, |route| core::with(|core| after_onreply(core, route)));
            layer(|layer, now| layer.release_reply(held, goes, now));
        };
        self.start(run, |_| {}, end);
    }

    /// Ends a run of `ksr_onsend_route` for a reply: may it be sent? A callback that failed changes
    /// nothing.
    pub(super) fn after_onsend(&self, ended: Ended, well: impl FnOnce(&Route)) -> bool {
        match ended {
            Ok((route, Ok(()))) => {
                well(&route);
                if route.decided.drop {
                    self.shared.stats.dropped.inc();
                }
                !route.decided.drop
            }
            Ok((route, Err(fault))) => {
                respond::fault("ksr_onsend_route", &*route.routing, &fault);
                true
            }
            Err(panic) => {
                respond::panicked("ksr_onsend_route", &panic.0);
                true
            }
        }
    }

    /// An address that said nothing at all within the time of a branch is left out for a while.
    fn timed_out(&self, id: TransactionId, branch: u8) {
        layer(|layer, now| {
            let branch = layer.branch(id, branch);
            if let Some(branch) = branch.filter(|branch| branch.is_timed_out() && !branch.is_replied()) {
                self.block(layer, id, branch.target(), now);
            }
        });
    }

    /// The list is everybody's: what a tenant sent says nothing to the others of where it went.
    fn block(&self, layer: &Layer<TxData>, id: TransactionId, target: Target, now: Instant) {
        if layer.user(id).is_none_or(|tx| tx.tenant != OPERATOR) {
            return;
        }
        let blocklist = &self.shared.failover.blocklist;
        if blocklist.block(target.protocol, target.remote, now) {
            self.shared.stats.blocklisted.inc();
        }
    }

    /// Every branch ended negatively: the failure callback, where one is armed, then the decision.
    fn failure(self: &Rc<Self>, id: TransactionId) {
        if !core::with(|core| is_failure_due(core, id)) {
            return;
        }
        let Some((callback, routing, route)) = core::with(|core| failure_route(core, id)) else {
            return layer(|layer, now| layer.finish_failure(id, now));
        };
        let run = routing.run(callback, "", false, route);
        let end = move |worker: &Rc<Worker>, ended: Ended| {
            match ended {
                Ok((route, Ok(()))) if route.decided.suspended => return worker.suspended(route),
                Ok((route, outcome)) => {
                    core::with(|core| after_failure(core, &route));
                    if let Err(fault) = outcome {
                        respond::fault("a failure callback", &*route.routing, &fault);
                    }
                }
                Err(panic) => respond::panicked("a failure callback", &panic.0),
            }
            // where nothing new was decided, the best reply goes upstream
            layer(|layer, now| layer.finish_failure(id, now));
        };
        self.start(run, |_| {}, end);
    }

    /// One branch ended negatively: its callback, where one is armed, may add branches or reply before
    /// anything is decided.
    fn branch_failure(self: &Rc<Self>, id: TransactionId, branch: u8) {
        let Some((callback, routing, route)) = core::with(|core| branch_failure_route(core, id, branch)) else {
            return;
        };
        let run = routing.run(callback, "", false, route);
        let end = move |worker: &Rc<Worker>, ended: Ended| {
            let (route, well) = match ended {
                Ok((route, Ok(()))) => (Some(route), true),
                Ok((route, Err(fault))) => {
                    respond::fault("a branch failure callback", &*route.routing, &fault);
                    (Some(route), false)
                }
                Err(panic) => {
                    respond::panicked("a branch failure callback", &panic.0);
                    (None, false)
                }
            };
            if !well {
                // it may have died inside t_relay: the branches there are decide
                layer(|layer, now| layer.branches_added(id, now));
            }
            if core::with(|core| after_branch_failure(core, id, route.as_deref())) {
                worker.failure(id);
            }
        };
        self.start(run, |_| {}, end);
    }

    /// Runs a callback that is told of something and decides nothing.
    pub(super) fn event(self: &Rc<Self>, callback: CallbackId, event: &'static str, route: Box<Route>) {
        let run = route.routing.clone().run(callback, event, false, route);
        let end = move |_: &Rc<Worker>, ended: Ended| match ended {
            Ok((_, Ok(()))) => {}
            Ok((route, Err(fault))) => respond::fault(event, &*route.routing, &fault),
            Err(panic) => respond::panicked(event, &panic.0),
        };
        self.start(run, |_| {}, end);
    }
}
