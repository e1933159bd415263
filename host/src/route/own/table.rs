//! The requests of our own that are under way: which address each is at, and whom to tell.

use super::ack::{self, Acknowledged};
use super::events::Shown;
use super::{Draft, Outcome, Teller, Told};
use crate::route::destination::Targets;
use crate::route::suspend::Call;
use crate::route::{Core, Routing, failover};
use crate::store::{OPERATOR, TenantId};
use bytes::Bytes;
use kemist_sip::message::Edits;
use kemist_sip::message::build::{self, ViaParams};
use kemist_sip::transaction::{BranchTimeouts, RequestId, SendError, key_digest};
use kemist_sip::{Message, Method, Target};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Names a request of our own of this worker; one that has ended is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(u64);

/// A teller that the table and what is under way share: each calls it in its turn.
type Shared = Arc<Mutex<Teller>>;

/// A request with its addresses, before it is sent.
pub(super) struct Ready {
    pub(super) draft: Draft,
    pub(super) shown: Shown,
    pub(super) targets: Targets,
}

/// The requests of our own of one worker.
#[derive(Default)]
pub struct Table {
    /// Handles given, and tokens.
    serial: u64,
    open: HashMap<u64, Box<Entry>>,
    /// INVITEs by tenant and [`key_digest`].
    calls: HashMap<(TenantId, u64), u64>,
    jobs: VecDeque<Job>,
}

/// What is to be done when a step of the worker ends.
pub enum Job {
    /// A request was posted.
    Send(Box<Draft>, Teller),
    /// A sender is to be told.
    Tell(Shared, Told),
    /// A 2xx to an INVITE is to be acknowledged.
    Acknowledge(u64, Arc<Message>),
    /// The same where a script says so, on another worker.
    AckLocal(TenantId, Call, Bytes, Bytes),
}

pub(super) struct Entry {
    pub(super) tenant: TenantId,
    pub(super) routing: Arc<dyn Routing>,
    pub(super) msg: Arc<Message>,
    edits: Edits,
    pub(super) uri: Bytes,
    timeouts: BranchTimeouts,
    pub(super) auto_ack: bool,
    /// Addresses not tried yet.
    targets: Targets,
    pub(super) target: Target,
    /// The client transaction that counts; those of earlier addresses are no longer listened to.
    current: Option<RequestId>,
    /// Client transactions that the layer still has.
    alive: u32,
    replied: bool,
    /// A 2xx to an INVITE came.
    answered: bool,
    teller: Shared,
    decided: bool,
    /// The dialogs that 2xx have made, each with its ACK.
    pub(super) dialogs: SmallVec<[Acknowledged; 1]>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.routing.closed();
        self.routing.tenant().closed();
    }
}

impl Table {
    /// Leaves something to be done.
    pub(super) fn push(&mut self, job: Job) {
        self.jobs.push_back(job);
    }

    /// The next thing to be done.
    pub fn next_job(&mut self) -> Option<Job> {
        self.jobs.pop_front()
    }

    /// How many requests are under way.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The version on whose behalf a request was sent.
    pub fn owner(&self, tag: u64) -> Option<Arc<dyn Routing>> {
        Some(self.open.get(&tag)?.routing.clone())
    }

    pub(super) fn entry(&mut self, tag: u64) -> Option<&mut Entry> {
        self.open.get_mut(&tag).map(Box::as_mut)
    }

    /// The INVITE of a call.
    pub(super) fn invite(&mut self, tenant: TenantId, call: &Call) -> Option<(u64, &mut Entry)> {
        let tag = *self.calls.get(&(tenant, key_digest(&call.id, call.cseq)))?;
        let entry = self.open.get_mut(&tag)?;
        let same = entry.tenant == tenant && entry.msg.call_id() == Some(&call.id[..]);
        same.then_some((tag, &mut **entry))
    }
}

impl Job {
    /// Does it. Waits only where a name must be resolved, or a callback does.
    pub async fn run(self) {
        match self {
            Job::Send(draft, teller) => {
                // the teller hears of a failure
                let _ = super::send(*draft, teller, false).await;
            }
            Job::Tell(teller, told) => teller.lock()(told),
            Job::Acknowledge(tag, reply) => {
                ack::acknowledge(tag, reply, b"", b"").await;
            }
            Job::AckLocal(tenant, call, headers, body) => {
                ack::acknowledge_call(tenant, &call, &headers, &body).await;
            }
        }
    }
}

impl Core {
    /// Bytes that no other request of this run has: for tags and Call-IDs of our own.
    pub(super) fn own_token(&mut self) -> [u8; 14] {
        self.own.serial += 1;
        let identity = self.layer.identity();
        let mut token = [0; 14];
        token[..2].copy_from_slice(&identity.worker.to_le_bytes());
        token[2..6].copy_from_slice(&identity.boot.to_le_bytes());
        token[6..].copy_from_slice(&self.own.serial.to_le_bytes());
        token
    }
}

/// Sends a request to the first address that takes it.
pub(super) fn begin(core: &mut Core, ready: Ready, teller: Teller) -> Result<Handle, Outcome> {
    let Ready { draft, shown, targets } = ready;
    let Some(&target) = targets.first() else {
        never_sent(core, teller, Outcome::Unreachable);
        return Err(Outcome::Unreachable);
    };
    core.own.serial += 1;
    let tag = core.own.serial;
    let entry = Entry {
        tenant: draft.tenant,
        routing: draft.routing,
        msg: shown.msg,
        edits: shown.edits,
        uri: shown.uri,
        timeouts: shown.timeouts,
        auto_ack: shown.auto_ack,
        targets,
        target,
        current: None,
        alive: 0,
        replied: false,
        answered: false,
        teller: Arc::new(Mutex::new(teller)),
        decided: false,
        dialogs: SmallVec::new(),
    };
    entry.routing.opened();
    entry.routing.tenant().opened();
    if entry.msg.method() == Method::Invite {
        let digest = digest(&entry.msg);
        core.own.calls.insert((entry.tenant, digest), tag);
        core.errands.own(digest);
    }
    core.own.open.insert(tag, Box::new(entry));
    match send_next(core, tag, false) {
        Ok(()) => Ok(Handle(tag)),
        Err(outcome) => {
            decide(core, tag, outcome.clone());
            forget(core, tag);
            Err(outcome)
        }
    }
}

/// A reply to a client transaction of `tag`.
pub fn replied(core: &mut Core, id: RequestId, tag: u64, reply: &Arc<Message>) {
    let Some(entry) = core.own.entry(tag) else { return };
    let code = reply.status();
    let current = entry.current == Some(id);
    if code < 200 {
        if current && !entry.decided {
            entry.replied = true;
            let teller = entry.teller.clone();
            core.own.push(Job::Tell(teller, Told::Provisional(reply.clone())));
        }
        return;
    }
    if code < 300 && entry.msg.method() == Method::Invite {
        return accepted(core, tag, id, reply);
    }
    if !current || entry.decided {
        return;
    }
    // RFC 3263 4.3: a 503 speaks of one server
    if code == 503 && send_next(core, tag, true).is_ok() {
        return;
    }
    decide(core, tag, Outcome::Reply(reply.clone()));
}

/// A client transaction of `tag` had no final reply in time (408), or could not be sent (503).
pub fn unanswered(core: &mut Core, id: RequestId, tag: u64, code: u16) {
    let Some(entry) = core.own.entry(tag) else { return };
    if entry.current != Some(id) || entry.decided {
        return;
    }
    let (silent, target, tenant) = (!entry.replied, entry.target, entry.tenant);
    if silent {
        // the list is everybody's
        if tenant == OPERATOR {
            failover::block(core, target);
        }
        // one that was connected to and said nothing was there
        if send_next(core, tag, code == 408 && target.protocol.is_reliable()).is_ok() {
            return;
        }
    }
    let outcome = if code == 408 {
        Outcome::Timeout
    } else {
        Outcome::Unreachable
    };
    decide(core, tag, outcome);
}

/// A client transaction of `tag` is gone.
pub fn ended(core: &mut Core, tag: u64) {
    let Some(entry) = core.own.entry(tag) else { return };
    entry.alive = entry.alive.saturating_sub(1);
    if entry.alive > 0 {
        return;
    }
    // the layer has said how it ended before; should it not have, the sender is told all the same
    decide(core, tag, Outcome::Timeout);
    forget(core, tag);
}

/// No client transaction was made: how it ended is known at once.
pub(super) fn never_sent(core: &mut Core, teller: Teller, outcome: Outcome) {
    count(core, &outcome);
    core.own
        .push(Job::Tell(Arc::new(Mutex::new(teller)), Told::Final(outcome)));
}

pub(super) fn cancel(core: &mut Core, handle: Handle, reason: Option<&[u8]>) {
    let Some(entry) = core.own.entry(handle.0).filter(|entry| !entry.decided) else {
        return;
    };
    entry.targets.clear();
    let (current, now) = (entry.current, core.now);
    if let Some(id) = current {
        core.layer.cancel_request(id, reason, now);
    }
}

/// A 2xx to an INVITE: each copy gets its ACK, the first one is the outcome.
fn accepted(core: &mut Core, tag: u64, id: RequestId, reply: &Arc<Message>) {
    ack::on_success(core, tag, reply);
    let Some(entry) = core.own.entry(tag) else { return };
    if std::mem::replace(&mut entry.answered, true) {
        return;
    }
    if entry.decided {
        let teller = entry.teller.clone();
        return core.own.push(Job::Tell(teller, Told::Late(reply.clone())));
    }
    // where a callee of an address given up has answered, the other need not ring
    let other = entry.current.filter(|current| *current != id);
    let now = core.now;
    if let Some(other) = other {
        core.layer.cancel_request(other, None, now);
    }
    decide(core, tag, Outcome::Reply(reply.clone()));
}

/// Sends to the next address that takes the request; `met`: the server at the last one was there, and will
/// not do better over another transport.
fn send_next(core: &mut Core, tag: u64, met: bool) -> Result<(), Outcome> {
    let Core {
        own,
        layer,
        shared,
        now,
        ..
    } = core;
    let Some(entry) = own.open.get_mut(&tag) else {
        return Err(Outcome::Unreachable);
    };
    let again = entry.current.is_some();
    if again && !shared.failover.enabled {
        return Err(Outcome::Unreachable);
    }
    let Some(target) = failover::next_open(shared, *now, &mut entry.targets, met.then_some(entry.target.remote)) else {
        return Err(Outcome::Unreachable);
    };
    let sent_by = shared
        .sockets
        .get(usize::from(target.socket))
        .map_or("", |socket| socket.sent_by.as_str());
    let write = |branch: &[u8], out: &mut Vec<u8>| {
        let via = ViaParams {
            protocol: target.protocol,
            sent_by,
            branch,
            rport: false,
            extra: b"",
        };
        build::request(&entry.msg, &entry.uri, &via, &[&entry.edits], out);
    };
    let sent = layer.send_request(entry.msg.method(), target, tag, entry.timeouts, *now, write);
    let id = sent.map_err(|error| match error {
        SendError::Full => Outcome::Full,
        SendError::NoTransaction => Outcome::Unwritable,
    })?;
    entry.current = Some(id);
    entry.target = target;
    entry.replied = false;
    entry.alive += 1;
    if again {
        shared.stats.failovers.inc();
    }
    Ok(())
}

/// The sender is told how it ended, unless it was.
fn decide(core: &mut Core, tag: u64, outcome: Outcome) {
    let Some(entry) = core.own.entry(tag).filter(|entry| !entry.decided) else {
        return;
    };
    entry.decided = true;
    let teller = entry.teller.clone();
    count(core, &outcome);
    core.own.push(Job::Tell(teller, Told::Final(outcome)));
}

fn count(core: &Core, outcome: &Outcome) {
    let stats = &core.shared.stats;
    match outcome {
        Outcome::Reply(_) => stats.own_replied.inc(),
        Outcome::Dropped => {}
        _ => stats.own_unanswered.inc(),
    }
}

fn forget(core: &mut Core, tag: u64) {
    let Some(entry) = core.own.open.remove(&tag) else {
        return;
    };
    if entry.msg.method() == Method::Invite {
        let digest = digest(&entry.msg);
        core.errands.disown(digest);
        let key = (entry.tenant, digest);
        if core.own.calls.get(&key) == Some(&tag) {
            core.own.calls.remove(&key);
        }
    }
}

fn digest(msg: &Message) -> u64 {
    let cseq = msg.cseq().map_or(0, |cseq| cseq.number);
    key_digest(msg.call_id().unwrap_or_default(), cseq)
}
