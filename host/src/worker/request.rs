//! A request: matched, handed to its owner, or given to `ksr_request_route`.

use super::fleet::{Handover, digest};
use super::lives::Unrouted;
use super::neighbours::{self, DEPTH, Pass, Side};
use super::run::Ended;
use super::{Worker, layer};
use crate::respond;
use crate::route::{Kind, Route, Routing, core, mark, suspend};
use kemist_sip::message::{Message, Method, validation};
use kemist_sip::transaction::{Hold, RequestMatch, TransactionId, is_our_tag};
use kemist_sip::{Protocol, Target};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// How a request came to this worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From a socket of this worker's.
    Socket,
    /// Another worker handed it over, and it stays here.
    Worker,
    /// The process after this one passed it, since a transaction here may have it; through how many.
    After(u8),
    /// The process before this one does not know it.
    Returned,
    /// Routing of ours has sent it, here at this worker.
    Inner,
}

/// A request under way, for when its callback has ended.
struct Pending {
    msg: Arc<Message>,
    source: Target,
    begun: Instant,
    digest: u64,
    /// Another worker counted it in the table of owners when it handed it over.
    owned: bool,
}

impl Worker {
    /// Takes a request.
    pub(super) fn request(self: &Rc<Self>, msg: Message, source: Target, way: Way) {
        if way == Way::Socket
            && let Err(fault) = validation::minimum(&msg)
        {
            return match self.is_shedding() {
                true => self.shared.stats.bad_messages.inc(),
                false => respond::bad_request(&self.shared, &msg, source, &fault),
            };
        }
        let handed = way == Way::Worker;
        let matched = layer(|layer, now| layer.match_request(&msg, now));
        let related = match matched {
            RequestMatch::Absorbed | RequestMatch::Pending => {
                self.shared.stats.absorbed.inc();
                return self.handed_back(&msg, handed);
            }
            // it has been by here, on its way to another tenant's routing
            RequestMatch::Merged if way == Way::Inner => None,
            RequestMatch::Merged => {
                respond::merged(&msg, source);
                return self.handed_back(&msg, handed);
            }
            RequestMatch::Ack(related) | RequestMatch::Cancel(related) => related,
            RequestMatch::New => None,
        };
        if related.is_none() && self.is_of_neighbour(&msg, source, way) {
            return;
        }
        if way == Way::Socket && related.is_none() && self.sheds(&msg, source) {
            return;
        }
        let inner = way == Way::Inner;
        if inner && self.goes_in_circles(&msg) {
            return respond::looped(&msg, source);
        }
        // the call's transactions are here
        let (msg, owned) = match self.place(msg, source, related, handed, inner) {
            Some(placed) => placed,
            None => return,
        };
        // the ACK of a reply that was sent without a transaction needs no script
        if msg.method() == Method::Ack && related.is_none() && is_our_tag(&self.shared.secret, &msg) {
            self.filtered_ack(msg, source);
            return self.shared.stats.absorbed.inc();
        }
        if self.is_draining(source, way) && is_initial(&msg) {
            if owned {
                self.fleet.disown(digest(&msg), self.id);
            }
            return respond::draining(&msg, source);
        }
        self.route(msg, source, related, owned, inner);
    }

    /// Passes a request that no transaction here has to the process that may have it, or back to the
    /// one that asked; false where it is to be treated here.
    fn is_of_neighbour(&self, msg: &Message, source: Target, way: Way) -> bool {
        let neighbours = &self.fleet.neighbours;
        let depth = match way {
            Way::Worker | Way::Returned | Way::Inner => return false,
            Way::Socket => 0,
            Way::After(depth) => depth.saturating_add(1),
        };
        let before = neighbours.owner(|| digest(msg)).filter(|_| depth < DEPTH);
        let passed = match (before, way) {
            (Some(before), _) => before.pass(neighbours::request(depth, msg, source)),
            (None, Way::After(depth)) => {
                let back = Pass::NotMine {
                    depth,
                    source,
                    bytes: msg.buffer().clone(),
                };
                neighbours.on(Side::After).is_some_and(|after| after.pass(back))
            }
            (None, _) => return false,
        };
        let stats = &self.shared.stats;
        match passed {
            true => stats.passed.inc(),
            false => stats.handover_drops.inc(),
        }
        true
    }

    /// Whether what begins is refused. A process that handed over goes on for its streams; a socket that
    /// it still reads is one that nobody wants any more.
    fn is_draining(&self, source: Target, way: Way) -> bool {
        let read_here = way == Way::Socket && source.protocol == Protocol::Udp;
        let abandoned = || read_here && self.fleet.is_handed_over();
        !self.fleet.is_running() || abandoned()
    }

    /// The ACK of a stateless reply ends here; who wants to know of it is told.
    fn filtered_ack(self: &Rc<Self>, msg: Message, source: Target) {
        self.shared.stats.stateless_acks.inc();
        let name = &self.shared.modules.sl.event_callback_fl_ack;
        if name.is_empty() {
            return;
        }
        let Ok(routing) = self.fleet.routing_for(&msg, false) else {
            return;
        };
        if let Some(callback) = routing.callback(name) {
            let route = Route::new(Kind::Event, Arc::new(msg), source, routing);
            self.event(callback, "sl:filtered-ack", Box::new(route));
        }
    }

    /// A request that another worker counted as this one's ended here.
    fn handed_back(&self, msg: &Message, handed: bool) {
        if handed && msg.method() != Method::Ack && msg.method() != Method::Cancel {
            // only new ones were counted; the count of a transaction that exists is above one
            self.fleet.disown(digest(msg), self.id);
        }
    }

    /// Where a request without a transaction here belongs: hands it over (None), or gives it back to
    /// be served here, with whether it is counted as ours already.
    fn place(
        &self,
        msg: Message,
        source: Target,
        related: Option<TransactionId>,
        handed: bool,
        inner: bool,
    ) -> Option<(Message, bool)> {
        if self.fleet.workers() < 2 || related.is_some() || inner {
            return Some((msg, false));
        }
        let new = msg.method() != Method::Ack && msg.method() != Method::Cancel;
        if handed {
            return Some((msg, new));
        }
        let digest = digest(&msg);
        let to = match self.fleet.owner(digest) {
            Some(owner) => owner,
            None => self.fleet.relief(self.id, msg.call_id().unwrap_or_default()),
        };
        if to == self.id {
            return Some((msg, false));
        }
        if new {
            self.fleet.own(digest, to);
        }
        if self.fleet.hand(to, Handover::Request(msg, source)) {
            self.shared.stats.handed_over.inc();
        } else {
            self.shared.stats.handover_drops.inc();
            if new {
                self.fleet.disown(digest, to);
            }
        }
        None
    }

    fn route(self: &Rc<Self>, msg: Message, source: Target, related: Option<TransactionId>, owned: bool, inner: bool) {
        let begun = layer(|_, now| now);
        let related = related.filter(|id| self.is_of_dialog(&msg, *id));
        let routing = match self.version_for(&msg, related, inner, begun) {
            Ok(routing) => routing,
            Err(Unrouted { tenant, over }) => {
                respond::over_quota(&tenant, &over, &msg, source);
                if owned {
                    self.fleet.disown(digest(&msg), self.id);
                }
                return;
            }
        };
        let msg = Arc::new(msg);
        let pending = Pending {
            digest: if self.fleet.workers() < 2 { 0 } else { digest(&msg) },
            msg: msg.clone(),
            source,
            begun,
            owned,
        };
        let Some(callback) = routing.well_known().request else {
            respond::no_request_route(&*routing, &msg, source);
            return self.settle(&pending, None);
        };
        let mut route = Box::new(Route::new(Kind::Request, msg.clone(), source, routing.clone()));
        route.related = related;
        let run = routing.run(callback, "", false, route);
        // set when the callback suspends, taken at its end: never both at a time
        let hold: Rc<RefCell<Option<(Hold, u64)>>> = Rc::default();
        let held = hold.clone();
        self.start(
            run,
            move |worker| worker.suspend(&msg, &held),
            move |worker, ended| {
                if let Some((hold, digest)) = hold.borrow_mut().take() {
                    layer(|layer, _| layer.release_hold(hold));
                    worker.fleet.disown(digest, worker.id);
                    worker.no_longer_under_way(digest);
                }
                worker.request_ended(pending, ended);
            },
        );
    }

    /// The version for a request, where its tenant's quotas have room: that of its INVITE's transaction,
    /// for a CANCEL and for the ACK to a 2xx whose transaction is known; else by the call. It is chosen
    /// here, by the worker that serves the request, once: a request that was handed over has met no version
    /// before, and its retransmissions find what the first copy has made. So nothing needs to be handed
    /// over with it, and a deploy in between only makes it one that came after the deploy.
    fn version_for(
        &self,
        msg: &Message,
        related: Option<TransactionId>,
        inner: bool,
        now: Instant,
    ) -> Result<Arc<dyn Routing>, Unrouted> {
        let kept = related.and_then(|id| layer(|layer, _| layer.user(id).map(|tx| tx.routing.clone())));
        let Some(kept) = kept else {
            return self.fleet.admit(msg, inner, related.is_some(), now);
        };
        let tenant = kept.tenant();
        match tenant.admit(true, now) {
            Ok(()) => Ok(kept),
            Err(over) => Err(Unrouted {
                tenant: tenant.clone(),
                over,
            }),
        }
    }

    /// The ACK to a 2xx is found by its dialog, and a call between two tenants has two transactions of the
    /// same one: the mark in its Route tells whose turn it is.
    fn is_of_dialog(&self, msg: &Message, related: TransactionId) -> bool {
        if msg.method() != Method::Ack || !self.shared.domains.are_some() {
            return true;
        }
        let marked = mark::read(&self.shared, msg);
        let tenant = layer(|layer, _| layer.user(related).map(|tx| tx.tenant));
        marked.is_none() || marked == tenant
    }

    /// A request callback waits: retransmissions are absorbed, and other workers send theirs here.
    fn suspend(&self, msg: &Message, hold: &RefCell<Option<(Hold, u64)>>) {
        if msg.method() != Method::Ack {
            let digest = digest(msg);
            *hold.borrow_mut() = Some((layer(|layer, now| layer.hold(msg, now)), digest));
            self.fleet.own(digest, self.id);
            self.under_way.borrow_mut().push(digest);
        }
    }

    fn no_longer_under_way(&self, digest: u64) {
        let mut under_way = self.under_way.borrow_mut();
        if let Some(place) = under_way.iter().position(|held| *held == digest) {
            under_way.swap_remove(place);
        }
    }

    fn request_ended(self: &Rc<Self>, pending: Pending, ended: Ended) {
        let micros = u64::try_from(pending.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.fleet.durations.add(micros);
        let tenant = ended.as_ref().ok().and_then(|(route, _)| route.owner().shown());
        tracing::debug!(tenant, "request-route executed in: {micros} usec");
        let (route, outcome) = match ended {
            Ok(ended) => ended,
            Err(panic) => {
                respond::panicked("ksr_request_route", &panic.0);
                respond::after_panic(&pending.msg, pending.source);
                let made = layer(|layer, _| layer.find_request(&pending.msg));
                return self.settle(&pending, made);
            }
        };
        // what was decided stands, whatever came after it
        match outcome {
            Err(fault) => {
                core::with(|core| suspend::forget(core, &route));
                respond::request_fault(&route, &fault);
            }
            Ok(()) if route.decided.suspended => {
                self.settle(&pending, route.transaction);
                return self.suspended(route);
            }
            Ok(()) => self.check_decided(&route),
        }
        self.settle(&pending, route.transaction);
    }

    /// A callback that neither replied nor relayed: counted, and its transaction is given up.
    fn check_decided(&self, route: &Route) {
        let decided = route.decided;
        if decided.replied || decided.relayed || decided.absorbed {
            return;
        }
        let stats = &self.shared.stats;
        if decided.drop {
            stats.dropped.inc();
        } else if route.msg.method() != Method::Ack {
            stats.unanswered.inc();
        }
        if let Some(id) = route.transaction {
            layer(|layer, now| layer.release(id, now));
        }
    }

    /// Brings the table of owners up to date when a request is done with.
    fn settle(&self, pending: &Pending, made: Option<TransactionId>) {
        // a callback that died inside t_relay adds no more branches: those there are decide
        if let Some(id) = made.filter(|_| !matches!(pending.msg.method(), Method::Ack | Method::Cancel)) {
            layer(|layer, now| layer.branches_added(id, now));
        }
        if self.fleet.workers() < 2 {
            return;
        }
        // ended transactions were taken out already, or never were in
        let open = made.is_some_and(|id| layer(|layer, _| layer.get(id).is_some()));
        match (open, pending.owned) {
            (true, false) => self.fleet.own(pending.digest, self.id),
            (false, true) => self.fleet.disown(pending.digest, self.id),
            _ => {}
        }
    }
}

/// Whether a request begins something: no dialog yet, and no part of a transaction.
pub(super) fn is_initial(msg: &Message) -> bool {
    let in_dialog = || msg.to().is_some_and(|to| to.tag().is_some());
    msg.method() != Method::Ack && msg.method() != Method::Cancel && !in_dialog()
}
