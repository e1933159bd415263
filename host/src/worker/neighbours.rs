//! The process that handed over to this one, and the one that this one handed over to: which messages
//! are theirs.
//!
//! A reply names by its Via branch whose it is. A request is looked up among the digests that the
//! process before had open when it handed over; it gives back what turns out not to be its own, and
//! what came back is never passed on again. Nothing that came from one side leaves by the same side.

use crate::route::suspend::Errand;
use crate::store::TenantId;
use arc_swap::ArcSwapOption;
use bytes::Bytes;
use dashmap::DashMap;
use kemist_sip::message::Message;
use kemist_sip::{ConnectionId, Protocol, Target};
use parking_lot::RwLock;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

/// Messages that wait to be written to a neighbour.
pub const QUEUE: usize = 65_536;
/// How many processes a request may be passed through: one hands over to the next while others drain.
pub const DEPTH: u8 = 16;

/// Something for a neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    /// A request that may belong to a transaction there; `depth` counts the processes it came through.
    Request {
        /// Processes between.
        depth: u8,
        /// Where it came from.
        source: Target,
        /// The message.
        bytes: Bytes,
    },
    /// It did not; the one that received it is to treat it.
    NotMine {
        /// As it was in [`Pass::Request`].
        depth: u8,
        /// Where it came from.
        source: Target,
        /// The message.
        bytes: Bytes,
    },
    /// A reply to a request that was sent there.
    Reply {
        /// Where it came from.
        source: Target,
        /// The message.
        bytes: Bytes,
    },
    /// A request that was sent there did not reach its peer; the address where an ICMP error said so.
    Undelivered {
        /// The address.
        remote: Option<SocketAddr>,
        /// The message, or its beginning.
        bytes: Bytes,
    },
    /// To be written to a stream connection there.
    Send {
        /// Where to.
        target: Target,
        /// The message.
        bytes: Bytes,
    },
    /// There is no such connection any more.
    Unsent {
        /// Where to.
        target: Target,
        /// The message.
        bytes: Bytes,
    },
    /// Something about a transaction there; for `t_continue`, of this worker.
    Errand {
        /// The worker.
        worker: u16,
        /// On whose behalf.
        tenant: TenantId,
        /// What.
        errand: Errand,
    },
    /// Bindings or connections have changed: the writer looks for itself.
    Changed,
    /// The process before must not (by false: may again) read where this one ends: another one does.
    Superseded(bool),
    /// The service is to end, and the process before with it.
    End,
    /// Nobody needs the neighbour any more, or it is to end: nothing follows.
    Close,
}

/// A process on the other end of a handover.
#[derive(Debug)]
pub struct Neighbour {
    /// Its process id.
    pub pid: u32,
    /// Generations of Via branches that lie on that side: its own, and of those before it.
    boots: Vec<u32>,
    /// What it had open when it handed over, by digest.
    owned: RwLock<HashSet<u64>>,
    /// Its stream connections, and those beyond.
    streams: DashMap<ConnectionId, (Protocol, SocketAddr)>,
    remotes: DashMap<(Protocol, SocketAddr), ConnectionId>,
    queue: mpsc::Sender<Pass>,
}

impl Neighbour {
    /// One that is reached by `queue`.
    pub fn new(pid: u32, boots: Vec<u32>, queue: mpsc::Sender<Pass>) -> Neighbour {
        Neighbour {
            pid,
            boots,
            owned: RwLock::default(),
            streams: DashMap::new(),
            remotes: DashMap::new(),
            queue,
        }
    }

    /// Passes something; false where too much waits or the process is gone.
    pub fn pass(&self, what: Pass) -> bool {
        self.queue.try_send(what).is_ok()
    }

    /// Is it gone?
    pub fn is_gone(&self) -> bool {
        self.queue.is_closed()
    }

    /// Generations that lie on that side.
    pub fn boots(&self) -> &[u32] {
        &self.boots
    }

    /// Notes what it has open.
    pub fn owns(&self, digests: impl IntoIterator<Item = u64>) {
        self.owned.write().extend(digests);
    }

    /// What it had open.
    pub fn owned(&self) -> Vec<u64> {
        self.owned.read().iter().copied().collect()
    }

    /// A connection there was opened, or (None) closed.
    pub fn set_stream(&self, id: ConnectionId, remote: Option<(Protocol, SocketAddr)>) {
        match remote {
            Some(remote) => {
                self.streams.insert(id, remote);
                self.remotes.insert(remote, id);
            }
            None => {
                if let Some((_, remote)) = self.streams.remove(&id) {
                    self.remotes.remove_if(&remote, |_, of| *of == id);
                }
            }
        }
    }

    /// Its connections.
    pub fn streams(&self) -> Vec<(ConnectionId, (Protocol, SocketAddr))> {
        self.streams
            .iter()
            .map(|entry| (*entry.key(), *entry.value()))
            .collect()
    }

    fn has_stream(&self, target: &Target) -> bool {
        target.connection.is_some_and(|id| self.streams.contains_key(&id))
            || self.remotes.contains_key(&(target.protocol, target.remote))
    }
}

/// Both sides.
#[derive(Debug, Default)]
pub struct Neighbours {
    /// Is there any? All else is looked at only then.
    any: AtomicBool,
    before: ArcSwapOption<Neighbour>,
    after: ArcSwapOption<Neighbour>,
}

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The process that handed over to this one.
    Before,
    /// The process that this one handed over to.
    After,
}

impl Neighbours {
    /// Puts a neighbour in its place, or (None) takes it away.
    pub fn set(&self, side: Side, neighbour: Option<Arc<Neighbour>>) {
        self.place(side).store(neighbour);
        let any = self.before.load().is_some() || self.after.load().is_some();
        self.any.store(any, Ordering::Release);
    }

    /// The neighbour of one side.
    pub fn on(&self, side: Side) -> Option<Arc<Neighbour>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        self.place(side).load_full()
    }

    fn place(&self, side: Side) -> &ArcSwapOption<Neighbour> {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    /// Whose a request may be that nobody here knows: the process before, where it had its digest open.
    pub(super) fn owner(&self, digest: impl FnOnce() -> u64) -> Option<Arc<Neighbour>> {
        let before = self.on(Side::Before)?;
        let owned = before.owned.read().contains(&digest());
        Some(before).filter(|before| owned && !before.is_gone())
    }

    /// Where a reply belongs that names another generation. `from`: the side that it came from.
    pub fn of_boot(&self, boot: u32, from: Option<Side>) -> Option<Arc<Neighbour>> {
        let before = || self.on(Side::Before).filter(|before| before.boots.contains(&boot));
        match from {
            Some(Side::After) => before(),
            Some(Side::Before) => self.on(Side::After),
            None => before().or_else(|| self.on(Side::After)),
        }
    }

    /// Who has a connection to a peer. `from`: the side that asks.
    pub fn with_stream(&self, target: &Target, from: Option<Side>) -> Option<Arc<Neighbour>> {
        [Side::Before, Side::After]
            .into_iter()
            .filter(|side| from != Some(*side))
            .filter_map(|side| self.on(side))
            .find(|neighbour| neighbour.has_stream(target))
    }
}

/// A request as it is passed.
pub(super) fn request(depth: u8, msg: &Message, source: Target) -> Pass {
    Pass::Request {
        depth,
        source,
        bytes: msg.buffer().clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbour(boots: &[u32]) -> (Arc<Neighbour>, mpsc::Receiver<Pass>) {
        let (queue, passed) = mpsc::channel(2);
        (Arc::new(Neighbour::new(1, boots.to_vec(), queue)), passed)
    }

    fn peer(port: u16, connection: Option<u64>) -> Target {
        Target {
            protocol: Protocol::Tcp,
            remote: ([192, 0, 2, 1], port).into(),
            socket: 0,
            connection: connection.map(ConnectionId),
        }
    }

    #[test]
    fn replies_go_down_by_their_generation_and_up_where_nobody_here_knows_it() {
        let neighbours = Neighbours::default();
        assert!(neighbours.of_boot(1, None).is_none());
        let ((before, _down), (after, _up)) = (neighbour(&[1, 2]), neighbour(&[4]));
        neighbours.set(Side::Before, Some(before.clone()));
        assert!(neighbours.of_boot(9, None).is_none());
        neighbours.set(Side::After, Some(after.clone()));
        let to = |boot, from| neighbours.of_boot(boot, from).map(|found| found.boots[0]);
        assert_eq!((to(2, None), to(4, None), to(9, None)), (Some(1), Some(4), Some(4)));
        assert_eq!((to(2, Some(Side::After)), to(9, Some(Side::After))), (Some(1), None));
        assert_eq!(to(1, Some(Side::Before)), Some(4), "never back to where it came from");
    }

    #[test]
    fn a_request_goes_to_whom_had_its_digest_open() {
        let neighbours = Neighbours::default();
        let (before, _passed) = neighbour(&[1]);
        before.owns([7, 8]);
        neighbours.set(Side::Before, Some(before));
        assert!(neighbours.owner(|| 7).is_some() && neighbours.owner(|| 9).is_none());
        neighbours.set(Side::Before, None);
        assert!(neighbours.owner(|| unreachable!("there is nobody to ask")).is_none());
    }

    #[test]
    fn connections_are_found_by_id_and_by_address() {
        let neighbours = Neighbours::default();
        let (before, _passed) = neighbour(&[1]);
        let at = |port| (Protocol::Tcp, peer(port, None).remote);
        before.set_stream(ConnectionId(5), Some(at(40_000)));
        neighbours.set(Side::Before, Some(before.clone()));
        let found = |target| neighbours.with_stream(&target, None).is_some();
        assert!(found(peer(1, Some(5))) && found(peer(40_000, None)) && !found(peer(1, Some(6))));
        assert!(neighbours.with_stream(&peer(1, Some(5)), Some(Side::Before)).is_none());
        before.set_stream(ConnectionId(6), Some(at(40_000)));
        before.set_stream(ConnectionId(5), None);
        assert!(found(peer(40_000, None)), "a newer connection to the same peer stays");
        before.set_stream(ConnectionId(6), None);
        assert!(!found(peer(40_000, None)) && before.streams().is_empty());
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let (neighbour, passed) = neighbour(&[1]);
        assert!(neighbour.pass(Pass::Changed) && neighbour.pass(Pass::Changed) && !neighbour.pass(Pass::Changed));
        assert!(!neighbour.is_gone());
        drop(passed);
        assert!(neighbour.is_gone());
    }
}
