//! Transactions that a script suspended: kept, and continued when somebody asks for it.

use super::fleet::Handover;
use super::neighbours::{Pass, Side};
use super::run::Ended;
use super::{Worker, layer};
use crate::respond;
use crate::route::suspend::{self, BEFORE, Errand};
use crate::route::transaction::{Due, after_failure};
use crate::route::{Kind, Route, core};
use crate::store::TenantId;
use kemist_sip::transaction::TransactionId;
use std::rc::Rc;

impl Worker {
    /// Does what scripts asked for about transactions, or hands it to their owners; false where nobody
    /// asked for anything.
    pub(super) fn errands(self: &Rc<Self>) -> bool {
        let mut any = false;
        while let Some((worker, tenant, errand)) = core::with(|core| core.errands.pop()) {
            any = true;
            if worker == self.id {
                self.errand(tenant, errand);
            } else if worker >= self.fleet.workers() {
                self.errand_before(worker, tenant, errand);
            } else if self.fleet.hand(worker, Handover::Errand(tenant, errand)) {
                self.shared.stats.handed_over.inc();
            } else {
                self.shared.stats.handover_drops.inc();
            }
        }
        any
    }

    /// Does one about a transaction of this worker's.
    pub(super) fn errand(self: &Rc<Self>, tenant: TenantId, errand: Errand) {
        let Errand::Continue { id, callback } = &errand else {
            if !suspend::run_errand(tenant, &errand) {
                self.errand_before(self.id, tenant, errand);
            }
            return;
        };
        if layer(|layer, _| layer.get(*id).is_none()) {
            return self.errand_before(self.id, tenant, errand);
        }
        if let Some(due) = core::with(|core| suspend::resume(core, tenant, *id, callback)) {
            self.go_on(due);
        }
    }

    /// Nothing here is what an errand is about: it may be in the process that handed over to this one.
    fn errand_before(&self, worker: u16, tenant: TenantId, errand: Errand) {
        let Some(before) = self.fleet.neighbours.on(Side::Before) else {
            return tracing::debug!("no such transaction: {errand:?}");
        };
        // where another worker made it out, `t_continue` names its own
        let worker = if worker == BEFORE { self.id } else { worker };
        match before.pass(Pass::Errand { worker, tenant, errand }) {
            true => self.shared.stats.passed.inc(),
            false => self.shared.stats.handover_drops.inc(),
        }
    }

    /// A callback that suspended its transaction has ended.
    pub(super) fn suspended(self: &Rc<Self>, route: Box<Route>) {
        if let Some(due) = core::with(|core| suspend::keep(core, route)) {
            self.go_on(due);
        }
    }

    fn go_on(self: &Rc<Self>, (callback, routing, route): Due) {
        let (kind, id) = (route.kind, route.transaction);
        let run = routing.run(callback, "", false, route);
        let end = move |worker: &Rc<Worker>, ended: Ended| {
            match ended {
                Ok((route, Ok(()))) if route.decided.suspended => return worker.suspended(route),
                Ok((mut route, outcome)) => {
                    core::with(|core| suspend::forget(core, &route));
                    match outcome {
                        Err(fault) if kind == Kind::Request => respond::request_fault(&route, &fault),
                        Err(fault) => respond::fault("a continued failure callback", &*route.routing, &fault),
                        Ok(()) if kind == Kind::Request => worker.must_decide(&mut route),
                        Ok(()) => {}
                    }
                    if kind == Kind::Failure {
                        core::with(|core| after_failure(core, &route));
                    }
                }
                Err(panic) => respond::panicked("a continued callback", &panic.0),
            }
            if let Some(id) = id {
                settle(id, kind);
            }
        };
        self.start(run, |_| {}, end);
    }

    /// Nobody comes after a continued callback: without a decision the caller gets a 500.
    fn must_decide(&self, route: &mut Route) {
        let decided = route.decided;
        if decided.replied || decided.relayed || decided.absorbed {
            return;
        }
        self.shared.stats.unanswered.inc();
        route.send_reply(500, "Server Internal Error");
    }
}

fn settle(id: TransactionId, kind: Kind) {
    layer(|layer, now| match kind {
        Kind::Failure => layer.finish_failure(id, now),
        _ => layer.branches_added(id, now),
    });
}
