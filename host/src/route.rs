//! What one run of a script may see and change: the message, its edits, the request URI and
//! branches, flags, variables, the transaction, the tenant.
//!
//! A [`Route`] is made for every callback, lives in the guest's store while it runs, and is taken
//! back when the callback has ended. KEMI functions are methods on it (in [`crate::modules`]); what
//! two modules share is a method here.

mod changes;
pub mod core;
mod credentials;
pub mod destination;
pub mod digest;
pub mod failover;
pub mod forward;
pub mod grants;
pub mod lines;
mod log;
pub mod mark;
pub mod onsend;
pub mod own;
pub mod pv;
pub mod regexes;
mod reply;
pub mod request_uri;
pub mod settings;
pub mod shared;
mod shelves;
pub mod statistics;
pub mod suspend;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod transaction;
pub mod value;

pub use self::core::{Core, TxData};
pub use destination::NoDestination;
pub use forward::Outgoing;
pub use log::{Level, callback_failed, complain};
pub use settings::TxSettings;
pub use shared::{ListenSocket, Resolve, Sending, Shared};
pub use shelves::departed;
pub use statistics::{Statistic, Stats};
pub use value::Value;

use crate::store::TenantId;
use crate::tenant::{Granted, Tenant};
use bytes::Bytes;
use kemist_sip::message::Edits;
use kemist_sip::transaction::TransactionId;
use kemist_sip::{Message, Target};
use parking_lot::Mutex;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Which kind of callback runs (`ksr_request_route` and so on; Kamailio's route types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `ksr_request_route`.
    Request,
    /// `ksr_reply_route`: any reply, before it meets its transaction's callbacks.
    Reply,
    /// What `t_on_branch` named: once for each outgoing branch.
    Branch,
    /// What `t_on_reply` named.
    OnReply,
    /// What `t_on_failure` named: every branch ended negatively.
    Failure,
    /// What `t_on_branch_failure` named: one branch ended negatively.
    BranchFailure,
    /// `ksr_onsend_route`.
    OnSend,
    /// A module's event.
    Event,
}

impl Kind {
    /// Is the request at hand one that failed, as a whole or on a branch?
    pub fn is_failure(self) -> bool {
        matches!(self, Kind::Failure | Kind::BranchFailure)
    }
}

/// A place in a version's callback table.
pub type CallbackId = u32;

/// The callbacks that a transaction has armed, by their place in the version's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Armed {
    /// `t_on_branch`.
    pub branch: Option<CallbackId>,
    /// `t_on_reply`.
    pub reply: Option<CallbackId>,
    /// `t_on_failure`: disarmed before it runs.
    pub failure: Option<CallbackId>,
    /// `t_on_branch_failure`.
    pub branch_failure: Option<CallbackId>,
}

/// A further destination added by the script or by `lookup` (`append_branch`).
#[derive(Clone, Debug, Default)]
pub struct NewBranch {
    /// Its request URI.
    pub uri: Bytes,
    /// Its destination URI (`$du`), where set.
    pub dst_uri: Option<Bytes>,
    /// Path headers of the binding, as Route values.
    pub path: Option<Bytes>,
    /// Priority in thousandths, -1 where unset.
    pub q: i16,
    /// Branch flags.
    pub bflags: u32,
    /// The unique id of the binding it came from.
    pub ruid: Bytes,
    /// User-Agent of the binding.
    pub location_ua: Bytes,
    /// `+sip.instance` of the binding (RFC 5626), empty where it has none.
    pub instance: Bytes,
    /// The stream connection of the binding, where it came over one.
    pub connection: Option<kemist_sip::ConnectionId>,
    /// Index of the listening socket that it is sent from; None leaves it to the request's.
    pub send_socket: Option<u16>,
}

/// What loose routing and Record-Route remember within one run.
#[derive(Clone, Debug, Default)]
pub struct RecordRoute {
    /// Parameters queued by `add_rr_param`, each with its leading semicolon.
    pub params: Vec<u8>,
    /// `record_route` was called. The header is written when the request is built, when the outgoing
    /// socket is known; it is no edit. Parameters queued later are still in it.
    pub added: bool,
    /// Parameters of the Route that `loose_route` took off (`check_route_param`).
    pub taken: Option<Bytes>,
}

/// What the script has decided so far, for the worker and for faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// A final reply was sent by this run (stateless or through the transaction).
    pub replied: bool,
    /// The request was relayed or forwarded.
    pub relayed: bool,
    /// `set_drop` was called.
    pub drop: bool,
    /// `t_suspend` was called: the decision comes later.
    pub suspended: bool,
    /// The message ended by itself: a retransmission or an ACK that a function absorbed.
    pub absorbed: bool,
}

/// Name and value of a script variable or AVP.
pub type Named = (Box<[u8]>, Value);

/// Attribute-value lists of a transaction, shared by all its callbacks. `$avp(x)` is a stack: the
/// last value set is read first.
#[derive(Debug, Default)]
pub struct Avps {
    /// `$avp(name)`, newest last.
    pub avps: Vec<Named>,
    /// `$xavp(root=>key)`: root name, its entries, newest last.
    pub xavps: Vec<pv::xavps::Root>,
    /// `$xavu(root=>key)`: the same with one value of a name.
    pub xavus: Vec<pv::xavps::Root>,
    /// `$xavi(root=>key)`: the same with names in any case.
    pub xavis: Vec<pv::xavps::Root>,
}

/// The state of one run of a callback.
pub struct Route {
    /// Which kind of callback runs.
    pub kind: Kind,
    /// Whose message it is: that of the version; 0 is the operator. No function takes it from the guest.
    pub tenant: TenantId,
    /// Its code may do what was granted and nothing else ([`Routing::is_confined`]).
    pub confined: bool,
    /// The message as received, or as `msg_apply_changes` left it. In a failure callback: the request.
    pub msg: Arc<Message>,
    /// In a failure callback the best negative reply; in onreply, the same as `msg`.
    pub reply: Option<Arc<Message>>,
    /// Status of the winning reply in a failure callback (408 of our own where none came), or 0.
    pub reply_code: u16,
    /// Where the message came from; replies to a request go there.
    pub source: Target,
    /// Edits of this run (header and body changes).
    pub edits: Edits,
    /// In branch and failure callbacks: the edits that the request route left, under `edits`.
    pub base_edits: Option<Arc<Edits>>,
    /// Whole header lines for the next reply of our own (`hdr.append_to_reply`).
    pub reply_headers: Vec<u8>,
    /// Type and bytes of the body of that reply (`textops.set_reply_body`).
    pub reply_body: Option<(String, Vec<u8>)>,
    /// The rewritten request URI; None while it is the received one.
    pub uri: Option<Bytes>,
    /// The destination URI (`$du`).
    pub dst_uri: Option<Bytes>,
    /// Path of the binding the main branch goes to, as Route values.
    pub path: Option<Bytes>,
    /// Unique id of the binding the main branch goes to.
    pub ruid: Bytes,
    /// Priority of the main branch in thousandths, -1 where unset.
    pub q: i16,
    /// `+sip.instance` of the binding the main branch goes to.
    pub instance: Bytes,
    /// Connection of the binding the main branch goes to.
    pub connection: Option<kemist_sip::ConnectionId>,
    /// Index of the listening socket forced for sending (`$fs`).
    pub send_socket: Option<u16>,
    /// Further branches.
    pub branches: Vec<NewBranch>,
    /// The branch that the script prepares aside (`$sbranch`).
    pub sbranch: Option<Box<NewBranch>>,
    /// User-Agent of the binding the main branch goes to.
    pub location_ua: Bytes,
    /// The number of the message among those that this worker has seen (`$mi`).
    pub message_id: u64,
    /// Message and transaction flags.
    pub flags: u32,
    /// Extended flags (`setxflag`), kept with the transaction as the message flags are.
    pub xflags: u64,
    /// Flags of the main branch (branch 0); in branch and onreply callbacks, of that branch.
    pub bflags: u32,
    /// Script flags: zero at the start of every run.
    pub sflags: u32,
    /// `force_rport` was called.
    pub force_rport: bool,
    /// `add_local_rport` was called.
    pub local_rport: bool,
    /// `set_reply_no_connect` was called.
    pub reply_no_connect: bool,
    /// `$avp` and `$xavp`; made at first use, then shared with the transaction.
    pub avps: Option<Arc<Mutex<Avps>>>,
    /// `$var`, private to this run.
    pub vars: Vec<Named>,
    /// The transaction, once there is one.
    pub transaction: Option<TransactionId>,
    /// The INVITE's transaction, for a CANCEL or for an ACK to a 2xx that `t_check_trans` found.
    pub related: Option<TransactionId>,
    /// The branch this run is about.
    pub branch: Option<u8>,
    /// In an onsend callback: where the message is about to go.
    pub sending: Option<Target>,
    /// Callbacks armed by this run; copied into the transaction when there is one.
    pub armed: Armed,
    /// Timers set by `t_set_fr`: (fr_inv, fr) in ms, None keeps the default.
    pub fr: (Option<u32>, Option<u32>),
    /// What `t_set_...` has set for the transaction.
    pub settings: TxSettings,
    /// Record-Route and loose routing.
    pub rr: RecordRoute,
    /// What was decided.
    pub decided: Decided,
    /// Max-Forwards to write where the request came without (`process_maxfwd`); None is 70.
    pub max_forwards: Option<u32>,
    /// Where a REGISTER really came from (`fix_nated_register`), for the binding.
    pub received: Option<Bytes>,
    /// Status of the last failed core operation, for `sl_reply_error`; 0 where there is none.
    pub error_code: u16,
    /// Where credentials were found by the last digest check, for `consume_credentials`: start and
    /// end of the header line.
    pub credentials: Option<(u32, u32)>,
    /// What the last failed sanity check found, until it is answered.
    pub sanity: Option<kemist_sip::message::validation::Fault>,
    /// Bytes that this run has logged.
    pub logged: usize,
    /// The version whose callback runs.
    pub routing: Arc<dyn Routing>,
}

/// How the text of a trap ends where a growth of memory was refused before it.
pub const MEMORY_WAS_REACHED: &str = " (its limit of memory was reached)";

/// Why a callback did not end well; the blame is always the guest's unless the variant says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The script returned an error: text with its stack. The instance lives on.
    Script(String),
    /// The instance trapped; the text is wasmtime's.
    Trap(String),
    /// The running time was used up.
    Deadline,
    /// A quota of its tenant is used up, by its key in `[tenant.NAME.limits]`: the callback was ended, or did
    /// not begin.
    Quota(&'static str),
    /// Blame host: no instance was free.
    Busy,
    /// Blame host: the version was ended at its drain limit, while transactions of it were still open.
    Ended,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Script(text) => write!(f, "script error: {}", text.trim().replace('\n', " | ")),
            Fault::Trap(text) => write!(f, "trap: {text}"),
            Fault::Deadline => f.write_str("the running time is used up"),
            Fault::Quota(limit) => write!(f, "over quota: {limit}"),
            Fault::Busy => f.write_str("no instance is free"),
            Fault::Ended => f.write_str("the version has ended"),
        }
    }
}

/// A boxed run of a callback: hands the route back with how it ended.
pub type Run = Pin<Box<dyn Future<Output = (Box<Route>, Result<(), Fault>)> + Send>>;

/// A routing version as the rest of the host sees it. [`crate::wasm`] has the real one.
pub trait Routing: Send + Sync {
    /// Short digest for logs.
    fn label(&self) -> &str;
    /// Whose it is.
    fn tenant(&self) -> &Arc<Tenant> {
        Tenant::operator()
    }
    /// Is its code somebody's who may do what was granted and nothing else? What the operator deploys may do
    /// everything, also where it runs for a tenant.
    fn is_confined(&self) -> bool {
        !self.tenant().is_operator()
    }
    /// What it was signed with, where it was: it may do what both this and its tenant's grants say.
    fn narrowed(&self) -> Option<&Granted> {
        None
    }
    /// The same routing, run for somebody else with what is his.
    fn run_as(self: Arc<Self>, tenant: &Arc<Tenant>) -> Arc<dyn Routing>;
    /// The names of the callbacks, in order.
    fn callbacks(&self) -> &[String];
    /// The place of a callback.
    fn callback(&self, name: &str) -> Option<CallbackId> {
        self.callbacks().iter().position(|n| n == name).map(|i| i as CallbackId)
    }
    /// Places of the well-known callbacks, looked up once.
    fn well_known(&self) -> WellKnown;
    /// Bytes of memory that one instance may have.
    fn memory(&self) -> u64 {
        u64::MAX
    }
    /// What to do where no instance is free, for the log; empty where there is nothing to say.
    fn when_busy(&self) -> String {
        String::new()
    }
    /// Prepares for runs on this thread; workers call it before the first.
    fn warm(self: Arc<Self>) {}
    /// Makes, on whichever thread this is, what another thread needs to be prepared for runs.
    ///
    /// # Errors
    /// Where it cannot be made, in one line.
    fn prepare(self: Arc<Self>) -> Result<Spares, String> {
        Ok(Spares::new(|| {}))
    }
    /// The version serves new requests from now on.
    fn serve(&self) {}
    /// It does no longer. What it has under way, and the callbacks of its transactions, go on.
    fn retire(&self) {}
    /// A transaction holds on to the version.
    fn opened(&self) {}
    /// It has ended.
    fn closed(&self) {}
    /// A request that the version routed got this final reply.
    fn replied(&self, _code: u16) {}
    /// Runs a callback. `nested` marks a run that another callback waits for (branch callbacks): it
    /// may use the instance that each worker reserves for that.
    fn run(self: Arc<Self>, callback: CallbackId, event: &str, nested: bool, route: Box<Route>) -> Run;
}

/// What one thread needs to be prepared for runs of a version, made elsewhere.
pub struct Spares(Box<dyn FnOnce() + Send>);

impl Spares {
    /// `put` takes it over on the thread that it is for; it must not take long.
    pub fn new(put: impl FnOnce() + Send + 'static) -> Spares {
        Spares(Box::new(put))
    }

    /// Takes it over on this thread.
    pub fn put(self) {
        (self.0)();
    }
}

impl fmt::Debug for Spares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spares")
    }
}

/// Callbacks called by name from the core.
#[derive(Clone, Copy, Debug, Default)]
pub struct WellKnown {
    /// `ksr_request_route`.
    pub request: Option<CallbackId>,
    /// `ksr_reply_route`.
    pub reply: Option<CallbackId>,
    /// `ksr_onsend_route`.
    pub onsend: Option<CallbackId>,
}

impl Route {
    /// The state for a message just received.
    pub fn new(kind: Kind, msg: Arc<Message>, source: Target, routing: Arc<dyn Routing>) -> Route {
        Route {
            kind,
            tenant: routing.tenant().id(),
            confined: routing.is_confined(),
            msg,
            reply: None,
            reply_code: 0,
            source,
            edits: Edits::default(),
            base_edits: None,
            reply_headers: Vec::new(),
            reply_body: None,
            uri: None,
            dst_uri: None,
            path: None,
            ruid: Bytes::new(),
            q: -1,
            instance: Bytes::new(),
            connection: None,
            send_socket: None,
            branches: Vec::new(),
            sbranch: None,
            location_ua: Bytes::new(),
            message_id: next_message_id(),
            flags: 0,
            xflags: 0,
            bflags: 0,
            sflags: 0,
            force_rport: false,
            local_rport: false,
            reply_no_connect: false,
            avps: None,
            vars: Vec::new(),
            transaction: None,
            related: None,
            branch: None,
            sending: None,
            armed: Armed::default(),
            fr: (None, None),
            settings: TxSettings::default(),
            rr: RecordRoute::default(),
            decided: Decided::default(),
            max_forwards: None,
            received: None,
            error_code: 0,
            credentials: None,
            sanity: None,
            logged: 0,
            routing,
        }
    }

    /// Whose run it is, with what he may do.
    pub fn owner(&self) -> &Arc<Tenant> {
        self.routing.tenant()
    }

    /// The request URI in force: rewritten or received.
    pub fn request_uri(&self) -> &[u8] {
        match &self.uri {
            Some(uri) => uri,
            None => self.msg.request_uri(),
        }
    }

    /// Destination URI where set, else the request URI.
    pub fn next_hop_uri(&self) -> &[u8] {
        match &self.dst_uri {
            Some(uri) => uri,
            None => self.request_uri(),
        }
    }

    /// Notes where a REGISTER really came from, for `registrar.save`, and in nathelper's
    /// `received_avp`, where one is configured, for the script.
    pub fn set_received(&mut self, uri: Bytes) {
        let avp = core::with(|core| core.shared.modules.nathelper.received_avp.clone());
        if let Some(name) = avp.and_then(avp_name) {
            self.pv_set(&name, Value::Str(uri.clone()));
        }
        self.received = Some(uri);
    }

    /// Where a REGISTER really came from: what the script has put into the registrar's
    /// `received_avp`, where one is configured, else what [`Route::set_received`] noted.
    pub fn received(&self) -> Option<Bytes> {
        let avp = core::with(|core| core.shared.modules.registrar.received_avp.clone());
        let written = avp.and_then(avp_name).map(|name| self.pv_get(&name));
        match written {
            Some(Value::Str(uri)) if request_uri::is_line_safe(&uri) => Some(uri),
            _ => self.received.clone(),
        }
    }

    /// The lists of the transaction, made at first use.
    pub fn avps(&mut self) -> &Arc<Mutex<Avps>> {
        self.avps.get_or_insert_with(Default::default)
    }
}

thread_local! {
    static MESSAGES: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The next number of this thread, from 1.
fn next_message_id() -> u64 {
    MESSAGES.with(|messages| {
        messages.set(messages.get().wrapping_add(1));
        messages.get()
    })
}

/// The variable of an AVP that a parameter names, as `$avp(NAME)` or `NAME`; None where it is empty.
fn avp_name(parameter: String) -> Option<String> {
    match parameter {
        name if name.is_empty() => None,
        name if name.starts_with('$') => Some(name),
        name => Some(format!("$avp({name})")),
    }
}
