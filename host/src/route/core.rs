//! What a running callback reaches of its worker: the transaction layer, the clock, shared state.
//!
//! A worker is one thread, and its [`Core`] is that thread's: no lock, no reference counting. KEMI
//! functions call [`with`]; async ones never hold it across an await (it is a closure). The worker
//! drains the layer's outputs whenever a callback ends or suspends.

use super::suspend::{Errands, Suspended};
use super::{Armed, Avps, Routing, Shared, TxSettings};
use crate::store::TenantId;
use bytes::Bytes;
use kemist_sip::message::Edits;
use kemist_sip::transaction::Layer;
use kemist_sip::{Message, Target, Transmit};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

/// One worker's side of the functions.
pub struct Core {
    /// The worker's number, as in the Via branches that it writes.
    pub worker: u16,
    /// Its transactions, and the queue of what is to be sent.
    pub layer: Layer<TxData>,
    /// The time of the input at work; set by the worker before each step.
    pub now: Instant,
    /// The same as seconds since 1970.
    pub unix: u64,
    /// What all workers share.
    pub shared: Arc<Shared>,
    /// What is to be done about transactions when the step ends, here or by other workers.
    pub errands: Errands,
    /// Requests of our own.
    pub own: super::own::Table,
    /// A buffer for building messages, kept for its capacity.
    pub scratch: Vec<u8>,
    /// Event callbacks that the functions of a run have caused; the worker runs them after it.
    pub events: Vec<Caused>,
}

/// An event callback that is to run.
pub struct Caused {
    /// Its place.
    pub callback: super::CallbackId,
    /// The name of the event, its argument.
    pub event: &'static str,
    /// Its run.
    pub route: Box<super::Route>,
}

/// A transaction has got its final reply: its version is told. For [`Layer::tell_finals`].
pub fn final_reply(tx: &TxData, code: u16) {
    tx.routing.replied(code);
}

impl Core {
    /// Queues a message outside any transaction.
    pub fn send(&mut self, target: Target, bytes: Bytes) {
        self.layer.push(Transmit { target, bytes });
    }
}

/// What the host keeps with each transaction.
pub struct TxData {
    /// The version that armed the callbacks; it stays until the transaction has ended.
    pub routing: Arc<dyn Routing>,
    /// Whose transaction it is.
    pub tenant: TenantId,
    /// The request.
    pub request: Arc<Message>,
    /// Its number (`$mi`).
    pub message_id: u64,
    /// Where the request came from.
    pub source: Target,
    /// Armed callbacks.
    pub armed: Armed,
    /// Transaction flags (message flags of the request route as of t_relay or t_newtran).
    pub flags: u32,
    /// Extended flags, likewise.
    pub xflags: u64,
    /// Attribute-value lists.
    pub avps: Option<Arc<Mutex<Avps>>>,
    /// Edits of the request route at the call of t_relay: they go under those of every branch.
    pub edits: Option<Arc<Edits>>,
    /// The request URI in force at that call.
    pub uri: Bytes,
    /// `force_rport` was called for the request: replies go back to its source port.
    pub force_rport: bool,
    /// (fr_inv, fr) in ms from t_set_fr.
    pub fr: (Option<u32>, Option<u32>),
    /// What `t_set_...` has set.
    pub settings: TxSettings,
    /// `t_suspend` was called.
    pub suspended: Option<Box<Suspended>>,
    /// `t_save_lumps` was called: the edits stay as they were then.
    pub saved: bool,
    /// Parameters queued for Record-Route and whether it was added, for branch callbacks.
    pub rr: super::RecordRoute,
    /// Header lines queued for replies of our own.
    pub reply_headers: Vec<u8>,
    /// Branch failure callbacks that wait in a host call: the decision waits for them.
    pub branch_failures: u32,
    /// The failure that came meanwhile.
    pub failed_meanwhile: bool,
    /// Branches by their index that have further addresses.
    pub further: Vec<(u8, super::failover::Further)>,
    /// One entry a branch, by its index.
    pub branches: SmallVec<[BranchData; 1]>,
}

/// What the host keeps with each branch.
#[derive(Clone, Debug, Default)]
pub struct BranchData {
    /// Request URI as sent.
    pub uri: Bytes,
    /// Destination URI as sent, where set.
    pub dst_uri: Option<Bytes>,
    /// Branch flags.
    pub bflags: u32,
    /// The onreply callback armed inside this branch's branch callback, before the transaction's.
    pub reply: Option<super::CallbackId>,
    /// The branch failure callback that was armed when it was sent.
    pub branch_failure: Option<super::CallbackId>,
    /// Unique id of the binding.
    pub ruid: Bytes,
    /// Path as sent, as Route values.
    pub path: Option<Bytes>,
    /// `+sip.instance` of the binding.
    pub instance: Bytes,
}

thread_local! {
    static CORE: RefCell<Option<Core>> = const { RefCell::new(None) };
}

/// Gives this thread its core; returns what was there (tests and the end of a worker).
pub fn install(core: Option<Core>) -> Option<Core> {
    CORE.with(|cell| std::mem::replace(&mut *cell.borrow_mut(), core))
}

/// Lets `f` at this thread's core. Not re-entrant: `f` must not call [`with`] again.
///
/// # Panics
/// Where the thread has no core: only workers and tests that installed one run callbacks.
pub fn with<R>(f: impl FnOnce(&mut Core) -> R) -> R {
    CORE.with(|cell| f(cell.borrow_mut().as_mut().expect("callbacks run on a worker's thread")))
}
