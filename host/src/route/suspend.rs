//! Suspended transactions (`t_suspend`, `t_continue`) and what one worker asks of another about calls.
//!
//! What the run that suspended a transaction has left is kept with the transaction; the callback that
//! continues starts from it. Either may come first: the end of that run, or `t_continue`.

use super::transaction::Due;
use super::{CallbackId, Core, Decided, Kind, Route, complain, core, own};
use crate::store::TenantId;
use bytes::Bytes;
use kemist_sip::Method;
use kemist_sip::transaction::{Transaction, TransactionId, Which, key_digest};
use std::collections::VecDeque;

/// In place of a worker: the process that handed over to this one, where it has the transaction.
pub const BEFORE: u16 = u16::MAX;
/// How many errands may wait: more than a script has reason to make in one run.
const MOST: usize = 1024;
/// Bits of a transaction's name that are its place in its worker.
const SLOT_BITS: u32 = 24;

/// What a suspended transaction keeps.
#[derive(Default)]
pub struct Suspended {
    /// The run that suspended it, once that has ended.
    pub route: Option<Box<Route>>,
    /// `t_continue` was called before that.
    pub resumed: Option<CallbackId>,
}

/// Something for the worker that owns a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// `t_continue`.
    Continue {
        /// The transaction.
        id: TransactionId,
        /// Name of the callback.
        callback: String,
    },
    /// `t_cancel_callid`.
    Cancel {
        /// Which call.
        call: Call,
        /// A flag to set.
        flag: Option<u8>,
        /// The cause that the CANCELs say.
        cause: Option<u16>,
    },
    /// `t_reply_callid`.
    Reply {
        /// Which call.
        call: Call,
        /// The status.
        code: i32,
        /// The reason phrase.
        reason: String,
    },
    /// `t_uac_ack_local`.
    Acknowledge {
        /// Which INVITE of our own.
        call: Call,
        /// Further header lines.
        headers: Bytes,
        /// The body.
        body: Bytes,
    },
}

impl Errand {
    /// The call that it is about, where it names one.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Errand::Continue { .. } => None,
            Errand::Cancel { call, .. } | Errand::Reply { call, .. } | Errand::Acknowledge { call, .. } => Some(call),
        }
    }
}

/// Names an INVITE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its Call-ID.
    pub id: Vec<u8>,
    /// Its CSeq number.
    pub cseq: u32,
}

/// Errands that wait for the end of the step.
pub struct Errands {
    queue: VecDeque<(u16, TenantId, Errand)>,
    owners: Box<dyn Owners>,
}

/// Which worker has the transactions of a Call-ID and CSeq number, by their [`key_digest`].
pub trait Owners {
    /// The worker.
    fn owner(&self, digest: u64) -> Option<u16>;
    /// Is there a process that handed over to this one?
    fn is_any_before(&self) -> bool {
        false
    }
    /// This worker has one more.
    fn own(&self, _digest: u64) {}
    /// It has one less.
    fn disown(&self, _digest: u64) {}
}

impl<F: Fn(u64) -> Option<u16>> Owners for F {
    fn owner(&self, digest: u64) -> Option<u16> {
        self(digest)
    }
}

impl Errands {
    /// None yet.
    pub fn new(owners: impl Owners + 'static) -> Errands {
        Errands {
            queue: VecDeque::new(),
            owners: Box::new(owners),
        }
    }

    /// The other worker that has a call, as seen from `worker`.
    pub fn elsewhere(&self, worker: u16, call: &Call) -> Option<u16> {
        let owner = self.owners.owner(key_digest(&call.id, call.cseq));
        owner.filter(|owner| *owner != worker)
    }

    /// Is there a process that handed over to this one?
    pub fn is_any_before(&self) -> bool {
        self.owners.is_any_before()
    }

    /// Lets other workers find an INVITE of our own here.
    pub fn own(&self, digest: u64) {
        self.owners.own(digest);
    }

    /// Undoes one [`Errands::own`].
    pub fn disown(&self, digest: u64) {
        self.owners.disown(digest);
    }

    /// Puts one in; false where there are too many.
    pub fn push(&mut self, worker: u16, tenant: TenantId, errand: Errand) -> bool {
        let room = self.queue.len() < MOST;
        if room {
            self.queue.push_back((worker, tenant, errand));
        }
        room
    }

    /// Takes the next: for which worker, on whose behalf, what.
    pub fn pop(&mut self) -> Option<(u16, TenantId, Errand)> {
        self.queue.pop_front()
    }
}

/// The two numbers that scripts name a transaction by, `$T(id_index)` and `$T(id_label)`. None for a
/// worker or place that they have no room for.
pub fn name_of(worker: u16, id: TransactionId) -> Option<(i32, i32)> {
    let fits = worker < 1 << (32 - SLOT_BITS) && id.slot() < 1 << SLOT_BITS;
    let index = u32::from(worker) << SLOT_BITS | id.slot();
    fits.then_some((index.cast_signed(), id.generation().cast_signed()))
}

/// The worker and the transaction of such a name.
pub fn named(index: i32, label: i32) -> (u16, TransactionId) {
    let index = index.cast_unsigned();
    let slot = index & ((1 << SLOT_BITS) - 1);
    // eight bits
    let worker = (index >> SLOT_BITS) as u16;
    (worker, TransactionId::from_parts(slot, label.cast_unsigned()))
}

impl Route {
    /// Suspends the transaction of this run, made where there is none. False where that cannot be: in
    /// other callbacks than those of requests and failures, without room, after a final reply.
    pub fn suspend(&mut self) -> bool {
        let concerned = self.msg.is_request() && !matches!(self.msg.method(), Method::Ack | Method::Cancel);
        if !concerned || !matches!(self.kind, Kind::Request | Kind::Failure) {
            return false;
        }
        let suspended = core::with(|core| {
            let id = self.create_transaction(core).ok()?;
            self.sync_transaction(core);
            let patience = super::transaction::millis(self.fr.1).unwrap_or(core.layer.config().fr_timer);
            let now = core.now;
            if !core.layer.suspend(id, patience, now) {
                return None;
            }
            let tx = core.layer.user_mut(id)?;
            tx.suspended = Some(Box::default());
            if self.kind == Kind::Request {
                // what a failure callback starts from, where nobody continues
                tx.snapshot(self);
            }
            Some(())
        });
        self.decided.suspended |= suspended.is_some();
        suspended.is_some()
    }

    /// Asks for a suspended transaction to be continued. False where none here is, or the callback has
    /// no such name; of other workers' transactions that is not known here.
    pub fn resume(&self, index: i32, label: i32, callback: String) -> bool {
        let (worker, id) = named(index, label);
        core::with(|core| {
            if worker == core.worker {
                let Some(tx) = core.layer.get(id).filter(|tx| tx.is_suspended()) else {
                    // a name that was given out by the process before
                    let theirs = core.layer.get(id).is_none() && core.errands.is_any_before();
                    return theirs
                        && core
                            .errands
                            .push(BEFORE, self.tenant, Errand::Continue { id, callback });
                };
                let data = tx.user();
                if data.tenant != self.tenant || data.routing.callback(&callback).is_none() {
                    return false;
                }
            }
            core.errands
                .push(worker, self.tenant, Errand::Continue { id, callback })
        })
    }

    /// Does something about a call here, or has its worker do it.
    pub fn about_call(&self, errand: Errand) -> bool {
        let call = match &errand {
            Errand::Cancel { call, .. } | Errand::Reply { call, .. } => call,
            Errand::Continue { .. } | Errand::Acknowledge { .. } => return false,
        };
        let elsewhere = core::with(|core| core.errands.elsewhere(core.worker, call));
        match elsewhere {
            Some(worker) => core::with(|core| core.errands.push(worker, self.tenant, errand)),
            None => run_errand(self.tenant, &errand),
        }
    }
}

/// Does an errand about a call of this worker; false where there is no such call.
pub fn run_errand(tenant: TenantId, errand: &Errand) -> bool {
    match errand {
        Errand::Continue { .. } => false,
        Errand::Acknowledge { call, headers, body } => core::with(|core| {
            own::post_ack(core, tenant, call.clone(), headers.clone(), body.clone());
            true
        }),
        Errand::Cancel { call, flag, cause } => core::with(|core| {
            let Some(id) = find(core, tenant, call) else {
                return false;
            };
            if let (Some(flag), Some(tx)) = (flag, core.layer.user_mut(id)) {
                tx.flags |= 1u32.checked_shl(u32::from(*flag)).unwrap_or(0);
            }
            let reason = cause.map(|cause| format!("SIP;cause={cause}"));
            let now = core.now;
            let reason = reason.as_deref().map(str::as_bytes);
            core.layer.cancel_branches(id, Which::All, reason, now);
            true
        }),
        Errand::Reply { call, code, reason } => {
            let made = core::with(|core| {
                let id = find(core, tenant, call)?;
                let tx = core.layer.user(id)?;
                let (msg, routing) = (tx.request.clone(), tx.routing.clone());
                let mut route = Route::new(Kind::Event, msg, tx.source, routing);
                route.force_rport = tx.force_rport;
                route.transaction = Some(id);
                Some(route)
            });
            made.is_some_and(|mut route| route.send_reply(*code, reason) == 1)
        }
    }
}

/// The INVITE of a call that has no final reply yet.
fn find(core: &Core, tenant: TenantId, call: &Call) -> Option<TransactionId> {
    let digest = key_digest(&call.id, call.cseq);
    let mut all = core.layer.calls(digest).filter(|tx| {
        let data = tx.user();
        tx.method() == Method::Invite
            && !tx.is_final_sent()
            && data.tenant == tenant
            && data.request.call_id() == Some(&call.id[..])
    });
    all.next().map(Transaction::id)
}

/// A run that suspended its transaction has ended: it is kept, or goes on at once where `t_continue`
/// was called before. Where the transaction has ended, so has the run.
pub fn keep(core: &mut Core, route: Box<Route>) -> Option<Due> {
    let id = route.transaction?;
    let tx = core.layer.user_mut(id)?;
    let suspended = tx.suspended.as_mut()?;
    suspended.route = Some(route);
    let callback = suspended.resumed?;
    resumed(core, id, callback)
}

/// `t_continue` has come to the worker that owns the transaction: the run that goes on, unless that
/// which suspended it has not ended.
pub fn resume(core: &mut Core, tenant: TenantId, id: TransactionId, callback: &str) -> Option<Due> {
    let tx = core.layer.user_mut(id).filter(|tx| tx.tenant == tenant)?;
    let Some(callback) = tx.routing.callback(callback) else {
        complain(
            &*tx.routing,
            "t_continue",
            format_args!("no callback is named {callback:?}"),
        );
        return None;
    };
    let suspended = tx.suspended.as_mut()?;
    if suspended.route.is_none() {
        suspended.resumed = Some(callback);
        return None;
    }
    resumed(core, id, callback)
}

fn resumed(core: &mut Core, id: TransactionId, callback: CallbackId) -> Option<Due> {
    let now = core.now;
    let waited = core.layer.resume(id, now);
    let tx = core.layer.user_mut(id)?;
    let mut route = tx.suspended.take()?.route?;
    if !waited {
        // answered, cancelled or timed out meanwhile
        return None;
    }
    route.decided = Decided::default();
    route.sflags = 0;
    route.vars.clear();
    route.logged = 0;
    Some((callback, route.routing.clone(), route))
}

/// A run that suspended its transaction and then failed: nobody is waited for.
pub fn forget(core: &mut Core, route: &Route) {
    let Some(id) = route.transaction.filter(|_| route.decided.suspended) else {
        return;
    };
    let now = core.now;
    core.layer.resume(id, now);
    if let Some(tx) = core.layer.user_mut(id) {
        tx.suspended = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_transactions_are_two_numbers() {
        for (worker, slot, generation) in [(0, 0, 0), (3, 77, 5), (255, (1 << 24) - 1, u32::MAX)] {
            let id = TransactionId::from_parts(slot, generation);
            let (index, label) = name_of(worker, id).expect("it fits");
            assert_eq!(named(index, label), (worker, id));
        }
        assert_eq!(name_of(256, TransactionId::from_parts(0, 0)), None);
        assert_eq!(name_of(0, TransactionId::from_parts(1 << 24, 0)), None);
    }

    #[test]
    fn errands_are_bounded() {
        let mut errands = Errands::new(|_| None);
        let errand = || Errand::Continue {
            id: TransactionId::from_parts(0, 0),
            callback: String::new(),
        };
        let taken = (0..MOST * 2)
            .filter(|_| errands.push(0, Default::default(), errand()))
            .count();
        assert_eq!(taken, MOST);
        assert!(errands.pop().is_some());
    }
}
