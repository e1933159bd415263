//! The layer: the transactions of one worker. Its verbs are in [`requests`], [`branches`], [`replies`];
//! here is what they stand on, with time and outputs.

mod branches;
mod replies;
mod requests;

use super::io::Io;
use super::slots::Slots;
use super::state::Transaction;
use super::timers::{LONGEST, Queue};
use super::{Config, Event, Identity, Output, TransactionId};
use crate::Transmit;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

/// Counters of a layer since it was made, and the number of transactions now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Transactions now.
    pub current: u64,
    /// Transactions made.
    pub created: u64,
    /// Branches sent.
    pub branches: u64,
    /// Retransmitted requests absorbed.
    pub absorbed_requests: u64,
    /// ACKs to negative replies absorbed.
    pub absorbed_acks: u64,
    /// Replies absorbed: retransmissions, and those to our CANCELs.
    pub absorbed_replies: u64,
    /// Replies that belong to no transaction.
    pub unknown_replies: u64,
    /// Requests and replies sent again.
    pub retransmissions: u64,
    /// Branches that had no final reply in time.
    pub timeouts: u64,
    /// Replies of our own making (100, 408, 487, 500).
    pub local_replies: u64,
}

/// The transactions of one worker. `U` is what the host hangs on each of them.
#[derive(Debug)]
pub struct Layer<U> {
    config: Config,
    identity: Identity,
    slots: Slots<U>,
    /// Server transactions by what their requests have.
    keys: KeyMap,
    /// INVITEs answered with 2xx by what their ACKs have.
    accepted: KeyMap,
    /// Keys of requests that are being decided on, and how often they are held.
    held: HashMap<u128, u32, BuildHasherDefault<KeyHasher>>,
    queue: Queue,
    outputs: VecDeque<Output>,
    scratch: Vec<u8>,
    stats: Stats,
}

/// Transactions by a key that is a hash already.
pub(super) type KeyMap = HashMap<u128, TransactionId, BuildHasherDefault<KeyHasher>>;

/// Takes part of a key for its hash: keys are hashes under a secret.
#[derive(Debug, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Not the way of a u128, but a hasher has to have it.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

impl<U> Layer<U> {
    /// An empty layer. T1 and T2 of less than a millisecond count as that.
    pub fn new(config: Config, identity: Identity) -> Layer<U> {
        let shortest = Duration::from_millis(1);
        let config = Config {
            t1: config.t1.max(shortest),
            t2: config.t2.max(shortest),
            host_timer: config.host_timer.min(LONGEST),
            ..config
        };
        Layer {
            config,
            identity,
            slots: Slots::new(),
            keys: KeyMap::default(),
            accepted: KeyMap::default(),
            held: HashMap::default(),
            queue: Queue::default(),
            outputs: VecDeque::new(),
            scratch: Vec::new(),
            stats: Stats::default(),
        }
    }

    /// What it was told.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A transaction.
    pub fn get(&self, id: TransactionId) -> Option<&Transaction<U>> {
        self.slots.get(id)
    }

    /// A transaction, to change what the host hangs on it.
    pub fn get_mut(&mut self, id: TransactionId) -> Option<&mut Transaction<U>> {
        self.slots.get_mut(id)
    }

    /// What the host hangs on a transaction.
    pub fn user(&self, id: TransactionId) -> Option<&U> {
        self.get(id).map(Transaction::user)
    }

    /// What the host hangs on a transaction.
    pub fn user_mut(&mut self, id: TransactionId) -> Option<&mut U> {
        self.get_mut(id).map(Transaction::user_mut)
    }

    /// Transactions now.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of all transactions, for an operator's list.
    pub fn ids(&self) -> impl Iterator<Item = TransactionId> + '_ {
        self.slots.iter().map(Transaction::id)
    }

    /// Counters.
    pub fn stats(&self) -> Stats {
        Stats {
            current: self.len() as u64,
            ..self.stats
        }
    }

    /// When [`Layer::handle_timeout`] is to be called next; it may turn out that nothing was due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.next()
    }

    /// Fires the timers that are due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, id)) = self.queue.pop_due(now) {
            let Some(transaction) = self.slots.get_mut(id) else {
                continue;
            };
            if transaction.queued != Some(at) {
                continue; // an earlier entry took its place
            }
            transaction.queued = None;
            self.with(id, now, |transaction, io| transaction.handle_timeout(io));
        }
    }

    /// The next thing the layer wants done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Queues a message of the host's own (stateless sends share the queue).
    pub fn push(&mut self, transmit: Transmit) {
        self.outputs.push_back(Output::Transmit(transmit));
    }

    /// Does something to a transaction, and then what always follows: its next deadline is seen to, or
    /// it is removed.
    fn with<R>(
        &mut self,
        id: TransactionId,
        now: Instant,
        act: impl FnOnce(&mut Transaction<U>, &mut Io<'_>) -> R,
    ) -> Option<R> {
        let transaction = self.slots.get_mut(id)?;
        let mut io = Io {
            now,
            config: &self.config,
            identity: &self.identity,
            stats: &mut self.stats,
            outputs: &mut self.outputs,
            accepted: &mut self.accepted,
            scratch: &mut self.scratch,
        };
        let result = act(transaction, &mut io);
        self.settle(id, now);
        Some(result)
    }

    fn settle(&mut self, id: TransactionId, now: Instant) {
        let Some(transaction) = self.slots.get_mut(id) else {
            return;
        };
        if transaction.is_over() {
            return self.remove(id);
        }
        if !transaction.host_owes() {
            transaction.host_until = None;
        } else if transaction.host_until.is_none() {
            transaction.host_until = Some(now + self.config.host_timer);
        }
        let deadline = transaction.next_deadline();
        debug_assert!(deadline.is_some(), "a transaction without a timer would stay for ever");
        let Some(deadline) = deadline else { return };
        if transaction.queued.is_none_or(|queued| deadline < queued) {
            transaction.queued = Some(deadline);
            self.queue.push(deadline, id);
        }
    }

    fn remove(&mut self, id: TransactionId) {
        let Some(transaction) = self.slots.remove(id) else {
            return;
        };
        forget(&mut self.keys, transaction.key, id);
        if let Some(dialog) = transaction.dialog {
            forget(&mut self.accepted, dialog, id);
        }
        self.outputs
            .push_back(Output::Event(Event::Ended(id, transaction.digest)));
    }
}

/// Removes an entry where it is this transaction's.
fn forget(map: &mut KeyMap, key: u128, id: TransactionId) {
    if map.get(&key) == Some(&id) {
        map.remove(&key);
    }
}
