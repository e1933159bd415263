//! Further addresses of a branch (RFC 3263 section 4.3): what is kept to send its request to the next
//! one, and the list of addresses that failed.

use super::core::BranchData;
use super::destination::Targets;
use super::onsend::SentBranch;
use super::transaction::Due;
use super::{Core, Fault, NewBranch, Outgoing, Route, Shared};
use bytes::Bytes;
use kemist_sip::transaction::{Branch, BranchTimeouts, TransactionId};
use kemist_sip::{Protocol, Target};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What happens where an address does not answer.
pub struct Failover {
    /// Whether the next address of a name is tried.
    pub enabled: bool,
    /// Addresses that failed lately.
    pub blocklist: Blocklist,
}

impl Default for Failover {
    fn default() -> Failover {
        Failover {
            enabled: true,
            blocklist: Blocklist::new(Duration::ZERO, 0),
        }
    }
}

/// Addresses that failed lately and are left out meanwhile.
pub struct Blocklist {
    time: Duration,
    size: usize,
    until: RwLock<HashMap<(Protocol, SocketAddr), Instant>>,
    /// How many are in it, so that an empty list costs no lock.
    count: AtomicUsize,
}

impl Blocklist {
    /// A list of at most `size` addresses, each left out for `time`; zero of either turns it off.
    pub fn new(time: Duration, size: usize) -> Blocklist {
        Blocklist {
            time,
            size,
            until: RwLock::default(),
            count: AtomicUsize::new(0),
        }
    }

    /// Leaves an address out from now on; false where the list is off, or full of others.
    pub fn block(&self, protocol: Protocol, remote: SocketAddr, now: Instant) -> bool {
        let Some(until) = now.checked_add(self.time).filter(|until| *until > now) else {
            return false;
        };
        let mut all = self.until.write();
        let key = (protocol, remote);
        if all.len() >= self.size && !all.contains_key(&key) {
            all.retain(|_, until| *until > now);
        }
        let room = all.len() < self.size || all.contains_key(&key);
        if room {
            all.insert(key, until);
        }
        self.count.store(all.len(), Ordering::Relaxed);
        room
    }

    /// Whether an address is left out now.
    pub fn is_blocked(&self, protocol: Protocol, remote: SocketAddr, now: Instant) -> bool {
        if self.count.load(Ordering::Relaxed) == 0 {
            return false;
        }
        self.until
            .read()
            .get(&(protocol, remote))
            .is_some_and(|until| *until > now)
    }
}

/// What a branch needs to go to its next address.
pub struct Further {
    /// The run that prepared the branch.
    pub run: Box<Route>,
    /// Its destination.
    pub branch: NewBranch,
    /// Its timeouts.
    pub timeouts: BranchTimeouts,
    /// The addresses that were not tried yet, in order.
    pub targets: Targets,
}

impl Further {
    /// Keeps this for a branch that was just sent, unless there is no further address.
    pub fn keep(self, core: &mut Core, id: TransactionId, index: u8) {
        if self.targets.is_empty() {
            return;
        }
        if let Some(tx) = core.layer.user_mut(id) {
            tx.further.push((index, self));
            core.layer.set_further_targets(id, index, true);
        }
    }
}

/// Takes the next address off the list that is not left out; `met` is one whose server was there.
pub fn next_open(shared: &Shared, now: Instant, targets: &mut Targets, met: Option<SocketAddr>) -> Option<Target> {
    while !targets.is_empty() {
        let target = targets.remove(0);
        if met == Some(target.remote) {
            continue;
        }
        let blocklist = &shared.failover.blocklist;
        if !blocklist.is_blocked(target.protocol, target.remote, now) {
            return Some(target);
        }
        shared.stats.blocked.inc();
    }
    None
}

/// Leaves an address out for a while: it was silent, or could not be sent to.
pub fn block(core: &Core, target: Target) {
    let blocklist = &core.shared.failover.blocklist;
    if blocklist.block(target.protocol, target.remote, core.now) {
        core.shared.stats.blocklisted.inc();
    }
}

/// A request on its way to the next address of a branch.
pub struct Copy {
    id: TransactionId,
    /// The branch that failed.
    old: u8,
    /// The one that comes instead.
    new: u8,
    further: Further,
    data: BranchData,
    target: Target,
    bytes: Bytes,
}

/// A branch failed at its address: the copy of its request for the next one, with a Via branch of its
/// own. None where there is no further address; the branch has failed then.
pub fn next_copy(core: &mut Core, id: TransactionId, branch: u8) -> Option<Copy> {
    let copy = prepare(core, id, branch);
    if copy.is_none() {
        core.layer.no_further_target(id, branch, core.now);
    }
    copy
}

fn prepare(core: &mut Core, id: TransactionId, old: u8) -> Option<Copy> {
    let tx = core.layer.user_mut(id)?;
    let at = tx.further.iter().position(|(branch, _)| *branch == old)?;
    let (_, mut further) = tx.further.swap_remove(at);
    let data = tx.branches.get(usize::from(old)).cloned().unwrap_or_default();
    // a server that said 503, or was connected to and said nothing, will not do better over UDP
    let met = |branch: &&Branch| branch.is_replied() || branch.is_timed_out() && branch.target().protocol.is_reliable();
    let met = core
        .layer
        .branch(id, old)
        .filter(met)
        .map(|branch| branch.target().remote);
    let target = next_open(&core.shared, core.now, &mut further.targets, met)?;
    further.copy_to(core, id, target).map(|(new, bytes)| Copy {
        id,
        old,
        new,
        further,
        data,
        target,
        bytes,
    })
}

impl Further {
    fn copy_to(&self, core: &mut Core, id: TransactionId, target: Target) -> Option<(u8, Bytes)> {
        let new = self.run.next_branch(core, id)?;
        let mut via_branch = Vec::with_capacity(64);
        core.layer.branch_id(id, new, self.run.tenant, &mut via_branch);
        let outgoing = Outgoing {
            uri: &self.branch.uri,
            path: self.branch.path.as_deref(),
            via_branch: &via_branch,
            target,
        };
        Some((new, self.run.build_request(core, &outgoing)))
    }
}

impl Copy {
    /// The run of `ksr_onsend_route` that it is put to, where the version has that callback.
    pub fn onsend(&self) -> Option<Due> {
        let routing = self.further.run.routing.clone();
        let callback = routing.well_known().onsend?;
        let branch = SentBranch {
            transaction: self.id,
            index: self.new,
            bflags: self.data.bflags,
        };
        let run = self.further.run.onsend_route(&self.bytes, self.target, Some(branch))?;
        Some((callback, routing, run))
    }

    /// The callback has ended: may it be sent?
    pub fn may_go_on(&mut self, run: &Route, ended: &Result<(), Fault>) -> bool {
        self.further.run.may_go_on(run, ended)
    }

    /// Sends it, unless the transaction was decided meanwhile.
    pub fn send(self, core: &mut Core) {
        let (id, old) = (self.id, self.old);
        if self.try_send(core).is_none() {
            core.layer.no_further_target(id, old, core.now);
        }
    }

    fn try_send(mut self, core: &mut Core) -> Option<()> {
        let id = self.id;
        // other callbacks may have added branches while this one's waited
        if core.layer.next_branch(id)? != self.new {
            (self.new, self.bytes) = self.further.copy_to(core, id, self.target)?;
        }
        let (bytes, now) = (self.bytes.clone(), core.now);
        let sent = core
            .layer
            .replace_branch(id, self.old, bytes, self.target, self.further.timeouts, now);
        let new = sent.ok()?;
        if let Some(tx) = core.layer.user_mut(id) {
            tx.set_branch(usize::from(new), self.data);
        }
        core.shared.stats.failovers.inc();
        self.further.keep(core, id, new);
        Some(())
    }

    /// The script does not want it sent: the copy for the address after, as in Kamailio.
    pub fn skip(self, core: &mut Core) -> Option<Copy> {
        if let Some(tx) = core.layer.user_mut(self.id) {
            tx.further.push((self.old, self.further));
        }
        next_copy(core, self.id, self.old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, last], 5060))
    }

    #[test]
    fn an_address_is_left_out_for_its_time() {
        let (list, now) = (Blocklist::new(Duration::from_secs(60), 10), Instant::now());
        assert!(!list.is_blocked(Protocol::Udp, at(1), now));
        assert!(list.block(Protocol::Udp, at(1), now));
        assert!(list.is_blocked(Protocol::Udp, at(1), now + Duration::from_secs(59)));
        assert!(!list.is_blocked(Protocol::Udp, at(1), now + Duration::from_secs(60)));
        assert!(!list.is_blocked(Protocol::Tcp, at(1), now), "TCP may work there");
    }

    #[test]
    fn the_list_is_bounded_and_makes_room_for_what_is_over() {
        let (list, now) = (Blocklist::new(Duration::from_secs(60), 2), Instant::now());
        assert!(list.block(Protocol::Udp, at(1), now) && list.block(Protocol::Udp, at(2), now));
        assert!(!list.block(Protocol::Udp, at(3), now), "full");
        assert!(list.block(Protocol::Udp, at(1), now), "known already");
        let later = now + Duration::from_secs(61);
        assert!(list.block(Protocol::Udp, at(3), later));
        assert_eq!(list.until.read().len(), 1);
    }

    #[test]
    fn without_a_time_nothing_is_left_out() {
        let (list, now) = (Blocklist::new(Duration::ZERO, 10), Instant::now());
        assert!(!list.block(Protocol::Udp, at(1), now));
        assert!(!list.is_blocked(Protocol::Udp, at(1), now));
    }
}
