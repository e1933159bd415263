//! The layer: the transactions of one worker. Its verbs are in [`requests`], [`branches`], [`replies`], [`own`];
//! here is what they stand on, with time and outputs.

mod branches;
mod failover;
mod held;
mod own;
mod replies;
mod requests;
mod settings;

use super::calls::Calls;
use super::io::Io;
use super::own::OwnRequest;
use super::slots::Slots;
use super::state::Transaction;
use super::timers::{LONGEST, Queue, earlier};
use super::{By, Config, Event, Identity, Made, Output, TransactionId};
use crate::Transmit;
use bytes::Bytes;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::AddAssign;
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
    /// Requests of our own sent.
    pub own_requests: u64,
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
    /// Replies sent upstream, whoever made them; none twice.
    pub replies: u64,
    /// Those of them that came from a branch.
    pub relayed_replies: u64,
    /// Final replies among them, by class: 2xx to 6xx.
    pub finals: [u64; 5],
}

impl AddAssign for Stats {
    /// Adds up the counters of several layers.
    fn add_assign(&mut self, other: Stats) {
        self.current += other.current;
        self.created += other.created;
        self.branches += other.branches;
        self.own_requests += other.own_requests;
        self.absorbed_requests += other.absorbed_requests;
        self.absorbed_acks += other.absorbed_acks;
        self.absorbed_replies += other.absorbed_replies;
        self.unknown_replies += other.unknown_replies;
        self.retransmissions += other.retransmissions;
        self.timeouts += other.timeouts;
        self.local_replies += other.local_replies;
        self.replies += other.replies;
        self.relayed_replies += other.relayed_replies;
        self.finals
            .iter_mut()
            .zip(other.finals)
            .for_each(|(sum, count)| *sum += count);
    }
}

/// The transactions of one worker. `U` is what the host hangs on each of them.
#[derive(Debug)]
pub struct Layer<U> {
    config: Config,
    identity: Identity,
    slots: Slots<Transaction<U>>,
    /// Requests of our own; they have their own ids and queue.
    own: Slots<OwnRequest>,
    /// Server transactions by what their requests have.
    keys: KeyMap,
    /// The key of the request that was last asked for.
    last_key: RefCell<Option<(Bytes, Option<u128>)>>,
    /// INVITEs answered with 2xx by what their ACKs have.
    accepted: KeyMap,
    /// Requests by what those that come by another way too have, where these are refused.
    merged: KeyMap,
    /// Transactions by Call-ID and CSeq number.
    calls: Calls,
    /// Keys of requests that are being decided on, and how often they are held.
    held: HashMap<u128, u32, BuildHasherDefault<KeyHasher>>,
    queue: Queue,
    own_queue: Queue,
    outputs: VecDeque<Output>,
    made: VecDeque<Made>,
    scratch: Vec<u8>,
    stats: Stats,
    finals: fn(&U, u16),
}

/// How far away an entry of the queue is at most: it fires early then, and is put back. An entry stays when its
/// transaction ends, and must not stay for the minutes that a host or a ringing phone may take.
const FURTHEST: Duration = Duration::from_secs(8);

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
            calls: Calls::new(&identity.secret),
            slots: Slots::new(identity.boot),
            own: Slots::new(identity.boot),
            identity,
            keys: KeyMap::default(),
            last_key: RefCell::default(),
            accepted: KeyMap::default(),
            merged: KeyMap::default(),
            held: HashMap::default(),
            queue: Queue::default(),
            own_queue: Queue::default(),
            outputs: VecDeque::new(),
            made: VecDeque::new(),
            scratch: Vec::new(),
            stats: Stats::default(),
            finals: |_, _| {},
        }
    }

    /// Has the host told of each transaction's final reply, once, with its status: while it is at it, since
    /// the transaction may be gone after that.
    pub fn tell_finals(&mut self, to: fn(&U, u16)) {
        self.finals = to;
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

    /// The [`key_digest`](super::key_digest) of each transaction.
    pub fn digests(&self) -> impl Iterator<Item = u64> + '_ {
        self.slots.iter().map(|transaction| transaction.digest)
    }

    /// The transactions from a place on, each with its place: whoever lists many does not do it at once.
    pub fn beginning_at(&self, place: usize) -> impl Iterator<Item = (usize, &Transaction<U>)> {
        self.slots.beginning_at(place)
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
        earlier(self.queue.next(), self.own_queue.next())
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
        self.handle_own_timeouts(now);
    }

    /// The next thing the layer wants done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next CANCEL or ACK that the layer has made, where [`Config::announce`] asks for it: the host
    /// then has to take them.
    pub fn poll_made(&mut self) -> Option<Made> {
        self.made.pop_front()
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
            intervals: transaction.settings.intervals(&self.config),
            identity: &self.identity,
            stats: &mut self.stats,
            outputs: &mut self.outputs,
            by: By::Transaction(id),
            made: &mut self.made,
            accepted: &mut self.accepted,
            scratch: &mut self.scratch,
        };
        let decided = transaction.is_final_sent();
        let result = act(transaction, &mut io);
        if !decided && transaction.is_final_sent() {
            (self.finals)(&transaction.user, transaction.code);
        }
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
            let at = deadline.min(now + FURTHEST);
            transaction.queued = Some(at);
            self.queue.push(at, id, now);
        }
    }

    fn remove(&mut self, id: TransactionId) {
        let Some(transaction) = self.slots.remove(id) else {
            return;
        };
        self.calls.remove(id.slot);
        forget(&mut self.keys, transaction.key, id);
        if let Some(dialog) = transaction.dialog {
            forget(&mut self.accepted, dialog, id);
        }
        if let Some(key) = transaction.merge_key {
            forget(&mut self.merged, *key, id);
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

#[cfg(test)]
mod tests {
    use super::super::{BranchTimeouts, CreateError, ReplyMatch};
    use super::*;
    use crate::message::{Message, build};
    use crate::{Protocol, Target};
    use bytes::Bytes;
    use std::sync::Arc;

    const TARGET: Target = Target {
        protocol: Protocol::Udp,
        remote: std::net::SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 5060)),
        socket: 0,
        connection: None,
    };

    #[expect(
        clippy::disallowed_methods,
        reason = "the only way to have a time; the clock is never asked again"
    )]
    fn start() -> Instant {
        Instant::now()
    }

    fn layer() -> Layer<()> {
        Layer::new(
            Config::default(),
            Identity {
                worker: 0,
                boot: 1,
                secret: [1; 16],
            },
        )
    }

    fn invite(branch: &str) -> Arc<Message> {
        let text = format!(
            "INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch={branch}\r\n\
             From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"
        );
        Arc::new(Message::parse(Bytes::from(text)).expect("it is well formed"))
    }

    fn forwarded(layer: &mut Layer<()>, req: &Arc<Message>, now: Instant) -> (TransactionId, Message) {
        let id = layer.create(req.clone(), TARGET, (), now).expect("it is new");
        let mut branch = Vec::new();
        layer.branch_id(id, 0, 0, &mut branch);
        let sent_by = "127.0.0.1";
        let via = build::ViaParams {
            protocol: Protocol::Udp,
            sent_by,
            branch: &branch,
            rport: false,
            extra: b"",
        };
        let mut bytes = Vec::new();
        build::request(req, req.request_uri(), &via, &[], &mut bytes);
        let bytes = Bytes::from(bytes);
        layer
            .add_branch(id, bytes.clone(), TARGET, BranchTimeouts::default(), now)
            .expect("it is open");
        layer.branches_added(id, now);
        (id, Message::parse(bytes).expect("we wrote it"))
    }

    #[test]
    fn a_timer_that_is_started_again_and_again_has_one_entry() {
        let (mut layer, mut now) = (layer(), start());
        let (id, sent) = forwarded(&mut layer, &invite("z9hG4bK1"), now);
        let mut ringing = Vec::new();
        build::reply(
            &sent,
            180,
            "Ringing",
            b"t",
            TARGET.remote,
            false,
            b"",
            None,
            None,
            &mut ringing,
        );
        let ringing = Message::parse(Bytes::from(ringing)).expect("we wrote it");
        for _ in 0..1000 {
            now += Duration::from_secs(10); // each moves Timer C
            layer.handle_timeout(now);
            assert_eq!(layer.receive_reply(&ringing, now), ReplyMatch::Pass { id, branch: 0 });
            while layer.poll_output().is_some() {}
            assert!(layer.queue.len() <= 3, "{} entries", layer.queue.len());
        }
        assert_eq!(layer.len(), 1);
    }

    #[test]
    fn no_entry_stays_for_long_after_its_transaction() {
        let (mut layer, mut now) = (layer(), start());
        layer.config.wt_timer = Some(Duration::from_secs(1));
        for n in 0..1000 {
            let (id, _) = forwarded(&mut layer, &invite(&format!("z9hG4bK{n}")), now);
            layer
                .reply(id, 200, Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"), now)
                .expect("the first");
            now += Duration::from_millis(1);
            layer.handle_timeout(now);
        }
        let answered = now + Duration::from_secs(40);
        while let Some(next) = layer.poll_timeout().filter(|next| *next <= answered) {
            now = next.max(now);
            layer.handle_timeout(now);
            while layer.poll_output().is_some() {}
        }
        assert_eq!((layer.len(), layer.queue.len()), (0, 0));
    }

    #[test]
    fn nothing_is_left_of_a_transaction_that_ended() {
        let (mut layer, now) = (layer(), start());
        for n in 0..100 {
            let req = invite(&format!("z9hG4bK{n}"));
            let (id, _) = forwarded(&mut layer, &req, now);
            assert_eq!(layer.create(req.clone(), TARGET, (), now), Err(CreateError::Exists(id)));
            layer
                .reply(id, 200, Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"), now)
                .expect("the first");
        }
        assert_eq!((layer.keys.len(), layer.len()), (100, 100));
        assert_eq!(layer.accepted.len(), 1, "they are one dialog");
        layer.handle_timeout(now + Duration::from_secs(1000));
        assert!(layer.keys.is_empty() && layer.accepted.is_empty() && layer.is_empty());
        assert_eq!(layer.queue.len(), 0);
    }

    #[test]
    fn a_place_is_used_again_with_another_generation() {
        let (mut layer, now) = (layer(), start());
        let first = layer.create(invite("z9hG4bK1"), TARGET, (), now).expect("it is new");
        assert!(layer.release(first, now));
        let second = layer
            .create(invite("z9hG4bK1"), TARGET, (), now)
            .expect("it is new again");
        assert_eq!(first.slot(), second.slot());
        assert_ne!(first, second);
        assert!(layer.get(first).is_none() && layer.get(second).is_some());
        assert!(!layer.release(first, now));
        let forged = TransactionId::from_parts(u32::MAX, 1);
        assert!(layer.get(forged).is_none());
    }
}
