//! `t_relay`: from a request and its destinations to branches (RFC 3261 section 16.6).
//!
//! What is sent is settled at the call: message, edits and destinations as they are then. Names are
//! resolved and branch callbacks run one after the other; whatever ends the transaction meanwhile
//! (a CANCEL) is met when the next branch is added.

use crate::route::destination::{NoDestination, Targets, fit_to_size};
use crate::route::failover::Further;
use crate::route::onsend::SentBranch;
use crate::route::request_uri::is_line_safe;
use crate::route::transaction::{branch_data, edits_of, received_uri};
use crate::route::{Core, Fault, Kind, NewBranch, Outgoing, Route, callback_failed, core};
use bytes::Bytes;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{Edits, HeaderId};
use kemist_sip::transaction::{BranchError, BranchTimeouts, CreateError, TransactionId, is_our_tag};
use kemist_sip::{Method, Protocol, Target};
use std::sync::Arc;
use std::time::Duration;

/// The route type has no use for it.
const UNSUPPORTED: i32 = 0;
/// The next hop cannot be resolved.
const UNRESOLVABLE: i32 = -478;

/// The sender gets no reply, since the script wants none.
const NOT_ANSWERED: i32 = -4;

/// Flags of `t_relay_to_flags`.
const NO_100: i32 = 1;
const NO_REPLY: i32 = 2;
const NO_FAILOVER: i32 = 4;

/// What the script has fixed of the next hop, before `$du`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hop {
    /// All of it.
    Uri(Bytes),
    /// Only the transport.
    Protocol(Protocol),
}

impl Hop {
    /// The URI of the next hop, where it would be `usual` otherwise.
    fn over(&self, usual: &Bytes) -> Option<Bytes> {
        match self {
            Hop::Uri(uri) => Some(uri.clone()),
            Hop::Protocol(protocol) => {
                let uri = Uri::parse(usual).ok().filter(Uri::is_sip)?;
                let host = uri.maddr().filter(|maddr| !maddr.is_empty()).unwrap_or(uri.host);
                let host = std::str::from_utf8(host).ok()?;
                next_hop(protocol.name(), host, uri.port.unwrap_or(0).into())
            }
        }
    }
}

/// Why nothing was sent for a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotSent {
    /// It leads nowhere.
    Nowhere(NoDestination),
    /// The branch callback dropped it, or failed.
    Dropped,
    /// The transaction ended or was cancelled meanwhile.
    Over,
    /// The transaction has outlived its longest life.
    Expired,
    /// There are too many branches.
    Full,
    /// There was no destination at all.
    None,
}

impl NotSent {
    fn status(self) -> u16 {
        match self {
            NotSent::Nowhere(reason) => reason.status(),
            NotSent::Expired => 408,
            NotSent::Dropped | NotSent::Over | NotSent::Full | NotSent::None => 500,
        }
    }
}

/// The URI of a next hop given in parts; None where they make none.
pub(super) fn next_hop(proto: &str, host: &str, port: i32) -> Option<Bytes> {
    let protocol = Protocol::parse(proto.as_bytes())?;
    let port = u16::try_from(port).ok()?;
    let safe = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    if host.is_empty() || !safe {
        return None;
    }
    let v6 = host.contains(':') && !host.starts_with('[');
    let host = if v6 { format!("[{host}]") } else { host.to_owned() };
    let port = if port == 0 { String::new() } else { format!(":{port}") };
    Some(Bytes::from(format!("sip:{host}{port};transport={}", protocol.name())))
}

/// The next hop of `proto:host:port`, of which only the host must be there.
pub(super) fn hop_of(proxy: &str) -> Option<Hop> {
    let (proto, rest) = match proxy.split_once(':') {
        Some((proto, rest)) if Protocol::parse(proto.as_bytes()).is_some() => (proto, rest),
        _ => ("udp", proxy),
    };
    let (host, port) = match rest.rsplit_once(':') {
        // an IPv6 address has its colons in brackets
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()?),
        _ => (rest, 0),
    };
    next_hop(proto, host, port.into()).map(Hop::Uri)
}

impl Route {
    /// `t_relay`; `via` is a next hop for every branch, before `$du`.
    pub(super) async fn relay(&mut self, via: Option<Hop>) -> i32 {
        let relays = self.kind == Kind::Request || self.kind.is_failure();
        if !relays || !self.msg.is_request() {
            return UNSUPPORTED;
        }
        match self.msg.method() {
            Method::Ack => return self.relay_ack(via).await,
            Method::Cancel => return self.relay_cancel(via).await,
            _ => {}
        }
        let id = match core::with(|core| self.create_transaction(core)) {
            Ok(id) => id,
            Err(error) => return self.not_created(error),
        };
        if self.kind == Kind::Request
            && let Err((status, reason)) = self.count_hop().and_then(|()| self.check_loop())
        {
            return self.refuse(status, reason);
        }
        self.trying(id);
        self.relay_to_all(id, via).await
    }

    /// RFC 3261 16.3 step 4, RFC 5393: a proxy that forks must not let a request come round for ever.
    fn check_loop(&self) -> Result<(), (u16, &'static str)> {
        let looped = core::with(|core| core.shared.modules.tm.loop_check && core.layer.is_loop(&self.msg, self.tenant));
        if looped { Err((482, "Loop Detected")) } else { Ok(()) }
    }

    async fn relay_to_all(&mut self, id: TransactionId, via: Option<Hop>) -> i32 {
        let superseded = self.superseded(id);
        let (branches, base) = self.take_snapshot(id);
        let mut sent = false;
        let mut problem = NotSent::None;
        for branch in branches {
            // a binding's own socket is that of its branch alone
            let forced = self.send_socket;
            self.send_socket = branch.send_socket.or(forced);
            let relayed = self.relay_branch(id, branch, &base, via.as_ref()).await;
            self.send_socket = forced;
            match relayed {
                Ok(()) => sent = true,
                Err(NotSent::Over) => {
                    problem = NotSent::Over;
                    break;
                }
                Err(other) => problem = other,
            }
        }
        if sent {
            self.decided.relayed = true;
            core::with(|core| {
                self.sync_transaction(core);
                core.layer.drop_replies_of(id, superseded);
                let now = core.now;
                core.layer.branches_added(id, now);
            });
            return 1;
        }
        self.nothing_sent(problem)
    }

    /// Settles what the transaction keeps and where the request goes: the destinations, and the
    /// edits under those of each branch.
    fn take_snapshot(&mut self, id: TransactionId) -> (Vec<NewBranch>, Option<Arc<Edits>>) {
        core::with(|core| {
            let forked = core.layer.get(id).is_some_and(|tx| !tx.branches().is_empty());
            let Some(tx) = core.layer.user_mut(id) else {
                return (Vec::new(), None);
            };
            // A later call sends the request itself again only to a destination set since; the
            // branches added since are sent in any case.
            let again = forked || self.kind.is_failure();
            let with_main = !again || self.is_retargeted(tx);
            let base = if self.kind.is_failure() {
                let base = join(tx.edits.as_ref(), &self.edits);
                tx.uri = self.uri.clone().unwrap_or_else(|| received_uri(&self.msg));
                base
            } else {
                tx.snapshot(self);
                if tx.saved { edits_of(self) } else { tx.edits.clone() }
            };
            self.uri = Some(tx.uri.clone());
            let mut branches = Vec::with_capacity(1 + self.branches.len());
            if with_main {
                branches.push(self.main_branch(&tx.uri));
            }
            branches.append(&mut self.branches);
            if again {
                self.dst_uri = None;
            }
            (branches, base)
        })
    }

    fn main_branch(&self, uri: &Bytes) -> NewBranch {
        NewBranch {
            uri: uri.clone(),
            dst_uri: self.dst_uri.clone(),
            path: self.path.clone(),
            q: -1,
            bflags: self.bflags,
            ruid: self.ruid.clone(),
            location_ua: self.location_ua.clone(),
            instance: self.instance.clone(),
            connection: self.connection,
            send_socket: None,
        }
    }

    /// Runs the branch callback for one destination, finds the address and sends.
    async fn relay_branch(
        &mut self,
        id: TransactionId,
        branch: NewBranch,
        base: &Option<Arc<Edits>>,
        via: Option<&Hop>,
    ) -> Result<(), NotSent> {
        let index = core::with(|core| self.next_branch(core, id)).ok_or(NotSent::Full)?;
        let Some(callback) = self.armed.branch else {
            let mut targets = self.branch_targets(&branch, via).await?;
            let index = self.send_branch(None, id, &branch, &mut targets, None).await?;
            if !targets.is_empty() {
                let run = self.branch_route(base.clone(), id, index, &branch);
                keep_further(id, index, run, branch, targets);
            }
            return Ok(());
        };
        let run = self.branch_route(base.clone(), id, index, &branch);
        let (mut run, ended) = self.routing.clone().run(callback, "", true, run).await;
        if let Err(fault) = &ended {
            callback_failed(&*self.routing, format_args!("the callback of branch {index}"), fault);
        }
        match ended {
            Ok(()) => self.after_branch(&run),
            // without what it would have changed
            Err(Fault::Quota(_)) => run = self.branch_route(base.clone(), id, index, &branch),
            Err(_) => return Err(NotSent::Dropped),
        }
        if run.decided.drop {
            return Err(NotSent::Dropped);
        }
        let reply = run.armed.reply.filter(|_| run.armed.reply != self.armed.reply);
        let branch = NewBranch {
            uri: run.uri.clone().unwrap_or_else(|| received_uri(&run.msg)),
            dst_uri: run.dst_uri.clone(),
            path: run.path.clone(),
            bflags: run.bflags,
            connection: run.connection,
            ..branch
        };
        let mut targets = run.branch_targets(&branch, via).await?;
        let index = self.send_branch(Some(&run), id, &branch, &mut targets, reply).await?;
        if !targets.is_empty() {
            keep_further(id, index, run, branch, targets);
        }
        Ok(())
    }

    /// Where a branch goes, and where else if that fails, in the order to try; one at least.
    async fn branch_targets(&self, branch: &NewBranch, via: Option<&Hop>) -> Result<Targets, NotSent> {
        let usual = branch.dst_uri.as_ref().unwrap_or(&branch.uri);
        let fixed = via.and_then(|hop| hop.over(usual));
        let connection = branch.connection.filter(|_| fixed.is_none());
        let found = self.targets(fixed.as_ref().unwrap_or(usual), connection).await;
        let mut targets = found.map_err(NotSent::Nowhere)?;
        let wanted = !self.settings.no_failover && core::with(|core| core.shared.failover.enabled);
        if !wanted {
            targets.truncate(1);
        }
        Ok(targets)
    }

    /// Sends a branch to the first of its targets that `ksr_onsend_route` lets it go to, and takes those
    /// up to that one off the list; `run` is its branch callback's, where it had one, else this run
    /// prepared it. Returns its index.
    async fn send_branch(
        &mut self,
        run: Option<&Route>,
        id: TransactionId,
        branch: &NewBranch,
        targets: &mut Targets,
        reply: Option<crate::route::CallbackId>,
    ) -> Result<u8, NotSent> {
        let built = |by: &Route, target| core::with(|core| by.branch_bytes(core, id, branch, target));
        let mut sized = false;
        let (target, bytes) = loop {
            let target = *targets.first().ok_or(NotSent::Dropped)?;
            let (index, bytes) = built(run.unwrap_or(self), target).ok_or(NotSent::Full)?;
            if !std::mem::replace(&mut sized, true) && fit_to_size(targets, bytes.len()) {
                continue;
            }
            targets.remove(0);
            let sent = SentBranch {
                transaction: id,
                index,
                bflags: branch.bflags,
            };
            if !self.may_send(&bytes, target, Some(sent)).await {
                continue;
            }
            // indices may have been given away by other callbacks of the transaction while this one waited
            if core::with(|core| core.layer.next_branch(id)) == Some(index) {
                break (target, bytes);
            }
            break (target, built(run.unwrap_or(self), target).ok_or(NotSent::Full)?.1);
        };
        let by = run.unwrap_or(self);
        core::with(|core| {
            let now = core.now;
            let index =
                core.layer
                    .add_branch(id, bytes, target, timeouts(by.fr), now)
                    .map_err(|error| match error {
                        BranchError::Full => NotSent::Full,
                        BranchError::Expired => NotSent::Expired,
                        BranchError::Gone | BranchError::FinalSent | BranchError::Canceled => NotSent::Over,
                    })?;
            if let Some(tx) = core.layer.user_mut(id) {
                let mut data = branch_data(branch, reply);
                data.branch_failure = by.armed.branch_failure;
                tx.set_branch(usize::from(index), data);
            }
            Ok(index)
        })
    }

    /// The bytes of the next branch of a transaction, and its index. None where there is no room.
    fn branch_bytes(
        &self,
        core: &mut Core,
        id: TransactionId,
        branch: &NewBranch,
        target: Target,
    ) -> Option<(u8, Bytes)> {
        let index = self.next_branch(core, id)?;
        let mut via_branch = Vec::with_capacity(64);
        core.layer.branch_id(id, index, self.tenant, &mut via_branch);
        let outgoing = Outgoing {
            uri: &branch.uri,
            path: branch.path.as_deref(),
            via_branch: &via_branch,
            target,
        };
        Some((index, self.build_request(core, &outgoing)))
    }

    fn not_created(&mut self, error: CreateError) -> i32 {
        match error {
            CreateError::Exists(id) => self.absorb(id, 1),
            CreateError::Full => {
                self.error_code = 503;
                super::OUT_OF_MEMORY
            }
            CreateError::NotARequest => {
                self.error_code = 400;
                super::BAD_VIA
            }
        }
    }

    /// No branch was sent: the sender is told, but in a failure callback, whose end sends the best
    /// reply that there is.
    fn nothing_sent(&mut self, problem: NotSent) -> i32 {
        let code = match problem {
            NotSent::Nowhere(NoDestination::Unresolvable) => UNRESOLVABLE,
            _ => -1,
        };
        match (self.kind, problem) {
            (Kind::Failure | Kind::BranchFailure, _) => code,
            (_, NotSent::Over) => {
                self.decided.replied = true;
                -1
            }
            _ if self.settings.no_internal_reply => {
                self.error_code = problem.status();
                NOT_ANSWERED
            }
            _ => {
                self.refuse(problem.status(), reason(problem.status()));
                code
            }
        }
    }

    /// Answers through the transaction, unless the script wants to itself; -1, or -4.
    fn refuse(&mut self, status: u16, reason: &str) -> i32 {
        self.error_code = status;
        if self.settings.no_internal_reply {
            return NOT_ANSWERED;
        }
        if self.send_reply(i32::from(status), reason) != 1 {
            tracing::debug!(status, "no error reply could be sent");
        }
        -1
    }

    /// An ACK makes no transaction: it goes on without one (RFC 3261 section 16.11). One that
    /// confirms a reply of our own has reached its end.
    async fn relay_ack(&mut self, via: Option<Hop>) -> i32 {
        if core::with(|core| is_our_tag(&core.shared.secret, &self.msg)) {
            self.decided.absorbed = true;
            return 1;
        }
        self.relay_stateless(via).await
    }

    /// A CANCEL is hop by hop (RFC 3261 section 16.10): it is answered here, and the branches of its
    /// INVITE are cancelled. Without an INVITE it goes on without state.
    async fn relay_cancel(&mut self, via: Option<Hop>) -> i32 {
        let invite = self
            .related
            .or_else(|| core::with(|core| core.layer.find_canceled(&self.msg)));
        let Some(invite) = invite else {
            return self.relay_stateless(via).await;
        };
        if let Err(error) = core::with(|core| self.create_transaction(core)) {
            return self.not_created(error);
        }
        if self.send_reply(200, "canceling") != 1 {
            return -1;
        }
        let msg = self.msg.clone();
        core::with(|core| {
            let now = core.now;
            let wanted = core.shared.modules.tm.e2e_cancel_reason
                && core.layer.user(invite).is_some_and(|tx| !tx.settings.no_cancel_reason);
            let reason = msg.header(HeaderId::Reason).filter(|_| wanted);
            let reason = reason.as_ref().map(|reason| reason.value());
            core.layer.cancel_for(invite, reason, now);
        });
        self.decided.relayed = true;
        1
    }

    async fn relay_stateless(&mut self, via: Option<Hop>) -> i32 {
        match self.count_hop() {
            Ok(()) => {}
            Err((status, _)) => {
                self.error_code = status;
                return -1;
            }
        }
        let usual = Bytes::copy_from_slice(self.next_hop_uri());
        let via = via.and_then(|hop| hop.over(&usual));
        match self.forward_stateless(via.as_deref()).await {
            Ok(()) => 1,
            Err(NoDestination::Unresolvable) => UNRESOLVABLE,
            Err(_) => -1,
        }
    }
}

/// Keeps what a branch needs to go to the rest of its addresses.
fn keep_further(id: TransactionId, index: u8, run: Box<Route>, branch: NewBranch, targets: Targets) {
    let timeouts = timeouts(run.fr);
    let further = Further {
        run,
        branch,
        timeouts,
        targets,
    };
    core::with(|core| further.keep(core, id, index));
}

impl Route {
    /// Sets what the flags of `t_relay_to_flags` say.
    pub(super) fn relay_flags(&mut self, flags: i32) {
        if flags & NO_100 != 0 {
            self.settings.auto_100 = Some(false);
        }
        self.settings.no_internal_reply |= flags & NO_REPLY != 0;
        self.settings.no_failover |= flags & NO_FAILOVER != 0;
        core::with(|core| self.apply_settings(core));
    }

    /// The automatic 100, as the script or the configuration wants it.
    fn trying(&self, id: TransactionId) {
        core::with(|core| {
            let now = core.now;
            match self.settings.auto_100 {
                None => core.layer.trying(id, now),
                Some(true) => core.layer.send_trying(id, now),
                Some(false) => {}
            }
        });
    }

    /// `t_replicate`: the request as it would be relayed, to a URI, in a transaction that says nothing
    /// to the caller by itself.
    pub(super) async fn replicate(&mut self, uri: &[u8]) -> i32 {
        let concerned = self.kind == Kind::Request
            && self.msg.is_request()
            && !matches!(self.msg.method(), Method::Ack | Method::Cancel);
        if !concerned || !is_line_safe(uri) {
            return -1;
        }
        let uri = Bytes::copy_from_slice(uri);
        let id = match core::with(|core| self.create_transaction(core)) {
            Ok(id) => id,
            Err(error) => return self.not_created(error),
        };
        if let Err((status, _)) = self.count_hop() {
            self.error_code = status;
            return -1;
        }
        core::with(|core| core.layer.set(id, |settings| settings.silent = true));
        let answers = std::mem::replace(&mut self.settings.no_internal_reply, true);
        let code = self.relay_to_all(id, Some(Hop::Uri(uri))).await;
        self.settings.no_internal_reply = answers;
        code
    }
}

/// The times of `t_set_fr`: (fr_inv, fr) in ms.
pub(super) fn timeouts(fr: (Option<u32>, Option<u32>)) -> BranchTimeouts {
    let millis = |ms: u32| Duration::from_millis(u64::from(ms));
    BranchTimeouts {
        fr: fr.1.map(millis),
        fr_inv: fr.0.map(millis),
    }
}

/// Two lists of edits as one.
fn join(base: Option<&Arc<Edits>>, edits: &Edits) -> Option<Arc<Edits>> {
    match base {
        Some(base) if edits.is_empty() => Some(base.clone()),
        Some(base) => {
            let mut both = Edits::clone(base);
            both.extend(edits);
            Some(Arc::new(both))
        }
        None => (!edits.is_empty()).then(|| Arc::new(edits.clone())),
    }
}

pub(super) fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request URI",
        408 => "Request Timeout",
        473 => "Filtered destination",
        416 => "Unsupported URI Scheme",
        478 => "Unresolvable destination",
        483 => "Too Many Hops",
        503 => "Service Unavailable",
        _ => "Server Internal Error",
    }
}
