//! What a transaction keeps of the run that made it, and the runs that come out of it: branch,
//! onreply and failure callbacks, and what of them goes back into the transaction.
//!
//! Flags and branch flags are copied into each run and back out of it, as Kamailio does; the lists
//! of `$avp` and `$xavp` are shared, since two callbacks of one transaction never run at once.

use super::core::BranchData;
use super::{Armed, CallbackId, Core, Kind, NewBranch, Route, Routing, TxData};
use bytes::Bytes;
use kemist_sip::Message;
use kemist_sip::message::{Edits, build};
use kemist_sip::transaction::{CreateError, TransactionId};
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::Duration;

/// A callback that is to run, on the version that armed it.
pub type Due = (CallbackId, Arc<dyn Routing>, Box<Route>);

impl TxData {
    /// What a transaction keeps of the run that makes it.
    pub fn of(route: &Route) -> TxData {
        route.routing.opened();
        route.owner().opened();
        TxData {
            routing: route.routing.clone(),
            tenant: route.tenant,
            request: route.msg.clone(),
            message_id: route.message_id,
            source: route.source,
            armed: route.armed,
            flags: route.flags,
            xflags: route.xflags,
            avps: route.avps.clone(),
            edits: None,
            uri: Bytes::new(),
            force_rport: route.force_rport,
            fr: route.fr,
            settings: route.settings,
            suspended: None,
            saved: false,
            rr: super::RecordRoute::default(),
            reply_headers: Vec::new(),
            branch_failures: 0,
            failed_meanwhile: false,
            further: Vec::new(),
            branches: SmallVec::new(),
        }
    }

    /// Takes what `t_relay` sends and what the callbacks of the transaction start from. Edits made
    /// later in the request route change nothing any more.
    pub fn snapshot(&mut self, route: &Route) {
        self.armed = route.armed;
        self.flags = route.flags;
        self.xflags = route.xflags;
        self.fr = route.fr;
        self.force_rport = route.force_rport;
        self.avps.clone_from(&route.avps);
        self.rr = route.rr.clone();
        self.reply_headers.clone_from(&route.reply_headers);
        self.uri = route.uri.clone().unwrap_or_else(|| received_uri(&route.msg));
        if !self.saved {
            self.edits = edits_of(route);
        }
    }
}

impl Drop for TxData {
    fn drop(&mut self) {
        self.routing.closed();
        self.routing.tenant().closed();
    }
}

impl TxData {
    /// Notes what was sent on a branch.
    pub fn set_branch(&mut self, index: usize, data: BranchData) {
        if self.branches.len() == index {
            return self.branches.push(data);
        }
        if self.branches.len() < index {
            self.branches.resize(index + 1, BranchData::default());
        }
        if let Some(slot) = self.branches.get_mut(index) {
            *slot = data;
        }
    }
}

/// The edits of a run, where there are any.
pub fn edits_of(route: &Route) -> Option<Arc<Edits>> {
    (!route.edits.is_empty()).then(|| Arc::new(route.edits.clone()))
}

/// A time of `t_set_fr` and its kin.
pub fn millis(ms: Option<u32>) -> Option<Duration> {
    ms.map(|ms| Duration::from_millis(u64::from(ms)))
}

/// The received request URI, as a part of the message's own buffer.
pub fn received_uri(msg: &Message) -> Bytes {
    let (start, end) = msg.request_uri_span();
    let buffer = msg.buffer();
    match (start as usize, end as usize) {
        (start, end) if start <= end && end <= buffer.len() => buffer.slice(start..end),
        _ => Bytes::new(),
    }
}

impl Route {
    /// Makes the server transaction of this request, or finds that it has one (`t_newtran`). Nothing
    /// is sent: the automatic 100 of an INVITE comes with `t_relay`, as in Kamailio.
    ///
    /// # Errors
    /// As [`kemist_sip::transaction::Layer::create`].
    pub fn create_transaction(&mut self, core: &mut Core) -> Result<TransactionId, CreateError> {
        if let Some(id) = self.transaction {
            return Ok(id);
        }
        if !self.owner().may_open(core.now) {
            return Err(CreateError::Full);
        }
        let reply_to = build::reply_target(&self.msg, self.source, self.force_rport);
        let id = core
            .layer
            .create(self.msg.clone(), reply_to, TxData::of(self), core.now)?;
        self.transaction = Some(id);
        self.first_settings(core);
        Ok(id)
    }

    /// The index of the next branch of a transaction; None where it may have no more.
    pub fn next_branch(&self, core: &Core, id: TransactionId) -> Option<u8> {
        let index = core.layer.next_branch(id)?;
        self.owner().may_branch(index.into(), core.now).then_some(index)
    }

    /// Copies what this run has armed and flagged into its transaction, where it has one: the
    /// functions may be called before or after `t_newtran`.
    pub fn sync_transaction(&mut self, core: &mut Core) {
        let Some(tx) = self.transaction.and_then(|id| core.layer.user_mut(id)) else {
            return;
        };
        tx.flags = self.flags;
        tx.xflags = self.xflags;
        tx.fr = self.fr;
        match self.kind {
            // inside a branch only its own onreply callback changes (see `after_branch`)
            Kind::Branch => {
                tx.armed.failure = self.armed.failure;
                tx.armed.branch_failure = self.armed.branch_failure;
            }
            _ => tx.armed = self.armed,
        }
        if tx.avps.is_none() {
            tx.avps.clone_from(&self.avps);
        }
    }

    /// The run of the branch callback for one outgoing branch: its own copy of the destination and
    /// its own edits above those of the request.
    ///
    /// `base` are the edits of the request, as of the call of `t_relay`.
    pub fn branch_route(
        &self,
        base: Option<Arc<Edits>>,
        id: TransactionId,
        index: u8,
        branch: &NewBranch,
    ) -> Box<Route> {
        let mut run = Route::new(Kind::Branch, self.msg.clone(), self.source, self.routing.clone());
        run.base_edits = base;
        run.uri = Some(branch.uri.clone());
        run.dst_uri.clone_from(&branch.dst_uri);
        run.path.clone_from(&branch.path);
        run.ruid.clone_from(&branch.ruid);
        run.instance.clone_from(&branch.instance);
        run.connection = branch.connection;
        run.location_ua.clone_from(&branch.location_ua);
        run.message_id = self.message_id;
        run.send_socket = branch.send_socket.or(self.send_socket);
        run.bflags = branch.bflags;
        run.flags = self.flags;
        run.xflags = self.xflags;
        run.force_rport = self.force_rport;
        run.local_rport = self.local_rport;
        run.avps.clone_from(&self.avps);
        run.transaction = Some(id);
        run.branch = Some(index);
        run.armed = self.armed;
        run.fr = self.fr;
        run.settings = self.settings;
        run.max_forwards = self.max_forwards;
        run.rr = self.rr.clone();
        Box::new(run)
    }

    /// Takes back what a branch callback may change beyond its own branch.
    pub fn after_branch(&mut self, run: &Route) {
        self.flags = run.flags;
        self.xflags = run.xflags;
        self.armed.failure = run.armed.failure;
        self.armed.branch_failure = run.armed.branch_failure;
        if self.avps.is_none() {
            self.avps.clone_from(&run.avps);
        }
    }
}

/// The version whose `ksr_reply_route` sees a reply: that of the transaction or of the request of our own
/// that it answers. None where there is none any more.
pub fn version_of_reply(core: &Core, reply: &Message) -> Option<Arc<dyn Routing>> {
    match core.layer.find_reply(reply) {
        Some((id, _)) => core.layer.user(id).map(|tx| tx.routing.clone()),
        None => {
            let tag = core.layer.own_request_of(reply)?;
            core.own.owner(tag)
        }
    }
}

/// The onreply callback for a reply that [`kemist_sip::transaction::Layer::receive_reply`] passed:
/// that of the branch, else that of the transaction. None where none is armed. The source is where
/// the branch was sent to; the worker knows better and sets it.
pub fn onreply_route(core: &mut Core, id: TransactionId, branch: u8, reply: Arc<Message>) -> Option<Due> {
    let target = core.layer.branch(id, branch)?.target();
    let tx = core.layer.user(id)?;
    let data = tx.branches.get(usize::from(branch));
    let callback = data.and_then(|b| b.reply).or(tx.armed.reply)?;
    let mut route = Route::new(Kind::OnReply, reply.clone(), target, tx.routing.clone());
    route.reply_code = reply.status();
    route.reply = Some(reply);
    inherit(&mut route, tx, id);
    route.branch = Some(branch);
    if let Some(data) = data {
        route.bflags = data.bflags;
        route.ruid.clone_from(&data.ruid);
    }
    Some((callback, tx.routing.clone(), Box::new(route)))
}

/// Takes back what an onreply callback may change of its transaction: flags, branch flags, what it
/// armed. The edits in it are the caller's to apply to the reply.
pub fn after_onreply(core: &mut Core, route: &Route) {
    let Some(tx) = route.transaction.and_then(|id| core.layer.user_mut(id)) else {
        return;
    };
    take_back(tx, route);
    if let Some(data) = route.branch.and_then(|b| tx.branches.get_mut(usize::from(b))) {
        data.bflags = route.bflags;
    }
}

/// The failure callback of a transaction whose branches all ended negatively
/// ([`kemist_sip::transaction::Event::Failed`]). It is disarmed: to run again it must be armed
/// again, as in Kamailio. None where none is armed.
pub fn failure_route(core: &mut Core, id: TransactionId) -> Option<Due> {
    let best = core
        .layer
        .get(id)?
        .best()
        .map(|best| (best.branch, best.code, best.reply.cloned()));
    let tx = core.layer.user_mut(id)?;
    let callback = tx.armed.failure.take()?;
    let route = failed_request(Kind::Failure, tx, id, best);
    Some((callback, tx.routing.clone(), route))
}

/// The branch failure callback for a branch that ended negatively
/// ([`kemist_sip::transaction::Event::BranchFailed`]): the one that was armed when the branch was sent,
/// once. Branches that it adds have none unless it arms one, as in Kamailio. None where none is armed or
/// a final reply was sent. Until [`after_branch_failure`] the failure callback waits.
pub fn branch_failure_route(core: &mut Core, id: TransactionId, branch: u8) -> Option<Due> {
    let transaction = core.layer.get(id).filter(|tx| !tx.is_final_sent())?;
    let failed = transaction.branch(branch)?;
    let reply = (branch, failed.code(), failed.reply().cloned());
    let tx = core.layer.user_mut(id)?;
    let callback = tx.branches.get_mut(usize::from(branch))?.branch_failure.take()?;
    tx.armed.branch_failure = None;
    tx.branch_failures += 1;
    let route = failed_request(Kind::BranchFailure, tx, id, Some(reply));
    Some((callback, tx.routing.clone(), route))
}

/// The request of a transaction as a failure callback sees it, with the reply (branch and code) that
/// it is about.
fn failed_request(
    kind: Kind,
    tx: &TxData,
    id: TransactionId,
    reply: Option<(u8, u16, Option<Arc<Message>>)>,
) -> Box<Route> {
    let mut route = Route::new(kind, tx.request.clone(), tx.source, tx.routing.clone());
    if let Some((branch, code, reply)) = reply {
        route.branch = Some(branch);
        route.reply_code = code;
        route.reply = reply;
        if let Some(data) = tx.branches.get(usize::from(branch)) {
            route.bflags = data.bflags;
            route.ruid.clone_from(&data.ruid);
            route.instance.clone_from(&data.instance);
        }
    } else {
        // suspended for too long
        route.reply_code = 408;
    }
    inherit(&mut route, tx, id);
    route.message_id = tx.message_id;
    // The very same buffer: t_relay tells a rewritten URI by that (see `Route::is_retargeted`).
    route.uri = Some(tx.uri.clone());
    route.base_edits.clone_from(&tx.edits);
    route.rr = tx.rr.clone();
    route.force_rport = tx.force_rport;
    route.reply_headers.clone_from(&tx.reply_headers);
    Box::new(route)
}

/// Ends a branch failure callback, with its route where it did not panic. True where the failure of the
/// whole transaction came meanwhile and is to be seen to now.
pub fn after_branch_failure(core: &mut Core, id: TransactionId, route: Option<&Route>) -> bool {
    let Some(tx) = core.layer.user_mut(id) else {
        return false;
    };
    if let Some(route) = route {
        take_back(tx, route);
    }
    tx.branch_failures = tx.branch_failures.saturating_sub(1);
    tx.branch_failures == 0 && std::mem::take(&mut tx.failed_meanwhile)
}

/// Is it time for the failure callback? Not while a branch failure callback waits in a host call (it
/// comes back here), nor where one has replied or added a branch that is still open.
pub fn is_failure_due(core: &mut Core, id: TransactionId) -> bool {
    let Some(transaction) = core.layer.get_mut(id) else {
        return false;
    };
    if transaction.user().branch_failures > 0 {
        transaction.user_mut().failed_meanwhile = true;
        return false;
    }
    let due = !transaction.is_final_sent() && transaction.branches().iter().all(|branch| branch.is_final());
    if !due {
        core.layer.finish_failure(id, core.now);
    }
    due
}

/// Takes back what a failure callback may change of its transaction. To be called before
/// [`kemist_sip::transaction::Layer::finish_failure`].
pub fn after_failure(core: &mut Core, route: &Route) {
    if let Some(tx) = route.transaction.and_then(|id| core.layer.user_mut(id)) {
        take_back(tx, route);
    }
}

/// Ends a request callback: a transaction that it made without a reply or a branch is forgotten, so
/// that the request may be tried again (tm's rule for `t_newtran` alone). True where it was.
pub fn finish_request(core: &mut Core, route: &Route) -> bool {
    route.transaction.is_some_and(|id| core.layer.release(id, core.now))
}

impl Route {
    /// In a failure callback: did the script set a new destination for the request itself, by `$ru`
    /// or `$du` (even to the same text)? Further branches are apart from that.
    pub fn is_retargeted(&self, tx: &TxData) -> bool {
        let same = self
            .uri
            .as_ref()
            .is_some_and(|uri| uri.as_ptr() == tx.uri.as_ptr() && uri.len() == tx.uri.len());
        self.dst_uri.is_some() || !same
    }
}

/// Gives a run what its transaction keeps.
pub(super) fn inherit(route: &mut Route, tx: &TxData, id: TransactionId) {
    route.transaction = Some(id);
    route.flags = tx.flags;
    route.xflags = tx.xflags;
    route.fr = tx.fr;
    route.settings = tx.settings;
    route.avps.clone_from(&tx.avps);
    route.armed = Armed {
        failure: None,
        ..tx.armed
    };
    if matches!(route.kind, Kind::OnReply | Kind::BranchFailure | Kind::OnSend) {
        route.armed.failure = tx.armed.failure;
    }
}

fn take_back(tx: &mut TxData, route: &Route) {
    tx.flags = route.flags;
    tx.xflags = route.xflags;
    tx.fr = route.fr;
    tx.armed = route.armed;
    if tx.avps.is_none() {
        tx.avps.clone_from(&route.avps);
    }
}

/// What the host keeps of a branch that is sent.
pub fn branch_data(branch: &NewBranch, reply: Option<CallbackId>) -> BranchData {
    BranchData {
        uri: branch.uri.clone(),
        dst_uri: branch.dst_uri.clone(),
        bflags: branch.bflags,
        reply,
        branch_failure: None,
        ruid: branch.ruid.clone(),
        path: branch.path.clone(),
        instance: branch.instance.clone(),
    }
}
