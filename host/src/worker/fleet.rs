//! What the workers share: their queues, who owns which transaction, the live version.

use super::lives::{Lives, Lot};
use super::neighbours::{Neighbours, Pass, Side};
use super::overload::Alarm;
use super::seats::Seats;
use crate::route::own::{Draft, Teller};
use crate::route::suspend::{BEFORE, Errand, Owners};
use crate::route::{Routing, Shared, Spares};
use crate::store::TenantId;
use crate::transport::tcp;
use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use kemist_sip::message::Message;
use kemist_sip::{Target, transaction};
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Messages that wait for one worker from the others.
pub const QUEUE: usize = 4096;
/// A worker that has more than this in its queue is given nothing new by the others: some milliseconds of work.
const BEHIND: usize = 256;
/// How long an operator waits for a worker.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something that belongs to another worker.
#[derive(Debug)]
pub enum Handover {
    /// A request for the owner of its transaction, or a new one for an idle worker.
    Request(Message, Target),
    /// A request that this worker itself has sent to one of our own addresses.
    Inner(Message, Target),
    /// A reply for the worker that sent the request.
    Reply(Message, Target),
    /// A request from the process after this one: it may belong to a transaction here. How many
    /// processes it came through.
    Passed(Message, Target, u8),
    /// A request that the process before this one does not know: it is treated here.
    Returned(Message, Target),
    /// A reply that no process knows the transaction of.
    Stateless(Message, Target),
    /// Bytes for a stream connection that a neighbour has no more.
    Unsent(Target, Bytes),
    /// Copies of the listening sockets are wanted, with their places.
    Sockets(oneshot::Sender<Vec<(u16, OwnedFd)>>),
    /// Another process reads these places from now on. Answered with the digests of what is open here.
    Pause(Arc<HashSet<u16>>, oneshot::Sender<Vec<u64>>),
    /// This process reads (again).
    Resume,
    /// How much is open: transactions, requests of our own, requests under way.
    Open(oneshot::Sender<usize>),
    /// A request of this worker's that did not reach its peer; the address where an ICMP error said so.
    Undelivered(Message, Option<SocketAddr>),
    /// An operator asks for the counters of its transactions.
    Stats(oneshot::Sender<transaction::Stats>),
    /// An operator asks for something else.
    Ask(Asked),
    /// Something about a transaction of this worker's.
    Errand(TenantId, Errand),
    /// A request of our own to be sent.
    Own(Box<Posted>),
    /// Instances to be put in reserve, and whoever waits for that.
    Warm(Spares, oneshot::Sender<()>),
}

/// Something to be done on a worker's thread, in one step of it: what it takes is taken from the traffic.
pub struct Asked(pub Box<dyn FnOnce() + Send>);

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

/// A request of our own on its way to the worker that sends it.
pub struct Posted {
    /// The request.
    pub draft: Draft,
    /// Whoever hears what became of it.
    pub teller: Teller,
}

impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posted")
            .field("method", &self.draft.method)
            .finish_non_exhaustive()
    }
}

/// The table of owners as one worker sees it.
pub(super) struct Seen {
    pub(super) fleet: Arc<Fleet>,
    pub(super) worker: u16,
}

impl Owners for Seen {
    fn owner(&self, digest: u64) -> Option<u16> {
        let before = || self.fleet.neighbours.owner(|| digest).map(|_| BEFORE);
        self.fleet.owner(digest).or_else(before)
    }

    fn is_any_before(&self) -> bool {
        self.fleet.neighbours.on(Side::Before).is_some()
    }

    fn own(&self, digest: u64) {
        self.fleet.own(digest, self.worker);
    }

    fn disown(&self, digest: u64) {
        self.fleet.disown(digest, self.worker);
    }
}

/// Where the process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Everything is served.
    Running,
    /// Open transactions and dialogs go on; what is new gets a 503.
    Draining,
    /// Workers end.
    Stopped,
}

/// What the workers share.
pub struct Fleet {
    /// Configuration, store, counters.
    pub shared: Arc<Shared>,
    /// Stream connections.
    pub connections: Arc<tcp::Table>,
    /// Which run of the process this is, as in the Via branches we write.
    pub boot: u32,
    /// Durations of `ksr_request_route`.
    pub durations: Histogram,
    /// Whose requests are routed, and by which versions.
    pub seats: Seats,
    pub(super) lot: Lot,
    pub(super) queues: Vec<mpsc::Sender<Handover>>,
    /// The processes before and after this one, where there are any.
    pub neighbours: Neighbours,
    handed_over: AtomicBool,
    handing_over: AtomicBool,
    owners: DashMap<u64, Owner, BuildHasherDefault<Digested>>,
    spreading: Vec<AtomicBool>,
    /// What each worker refused of its new requests in the last second, in thousandths.
    shed: Vec<AtomicU32>,
    pub(super) alarm: Alarm,
    phase: watch::Sender<Phase>,
    /// The same for those who ask at each message.
    now: AtomicU8,
    quiet: AtomicU16,
}

/// Who owns the transactions of one Call-ID and CSeq number, and how many there are (a request that
/// comes back to us by a loop is a second one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    worker: u16,
    open: u32,
}

/// Digests are keyed hashes already: they are their own hash.
#[derive(Default)]
struct Digested(u64);

impl Hasher for Digested {
    fn write(&mut self, _: &[u8]) {
        debug_assert!(false, "keys are numbers");
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Fleet {
    /// A fleet of some workers, and the receiving end of each one's queue.
    pub fn new(
        shared: Arc<Shared>,
        connections: Arc<tcp::Table>,
        routing: Arc<dyn Routing>,
        boot: u32,
        workers: u16,
    ) -> (Arc<Fleet>, Vec<mpsc::Receiver<Handover>>) {
        let (queues, receivers) = (0..workers).map(|_| mpsc::channel(QUEUE)).unzip();
        let fleet = Fleet {
            seats: Seats::new(Lives::only(routing), &shared.secret),
            lot: Lot::new(&shared.secret),
            shared,
            connections,
            boot,
            durations: Histogram::default(),
            neighbours: Neighbours::default(),
            handed_over: AtomicBool::new(false),
            handing_over: AtomicBool::new(false),
            queues,
            owners: DashMap::default(),
            spreading: (0..workers).map(|_| AtomicBool::new(false)).collect(),
            shed: (0..workers).map(|_| AtomicU32::new(0)).collect(),
            alarm: Alarm::default(),
            phase: watch::Sender::new(Phase::Running),
            now: AtomicU8::new(Phase::Running as u8),
            quiet: AtomicU16::new(0),
        };
        (Arc::new(fleet), receivers)
    }

    /// Number of workers.
    pub fn workers(&self) -> u16 {
        // made from a u16
        self.queues.len() as u16
    }

    /// Hands something to a worker; false where there is no such worker or its queue is full.
    pub fn hand(&self, worker: u16, what: Handover) -> bool {
        self.queues
            .get(usize::from(worker))
            .is_some_and(|queue| queue.try_send(what).is_ok())
    }

    /// Has a worker send a request of our own, from any thread; `teller` hears of it on that worker. False
    /// where its queue is full: nobody is told then.
    pub fn send_own(&self, worker: u16, draft: Draft, teller: Teller) -> bool {
        self.hand(worker, Handover::Own(Box::new(Posted { draft, teller })))
    }

    /// Counters of the transactions of all workers. Asked through their queues, so that counting costs
    /// them nothing; None where one cannot answer now.
    pub async fn transactions(&self) -> Option<transaction::Stats> {
        let mut sum = transaction::Stats::default();
        for queue in &self.queues {
            let (sender, receiver) = oneshot::channel();
            queue.try_send(Handover::Stats(sender)).ok()?;
            sum += tokio::time::timeout(PATIENCE, receiver).await.ok()?.ok()?;
        }
        Some(sum)
    }

    /// Hands the same thing to each worker and gathers what they answer; None where one cannot now.
    pub async fn ask<T>(&self, mut what: impl FnMut(oneshot::Sender<T>) -> Handover) -> Option<Vec<T>> {
        let mut asked = Vec::with_capacity(self.queues.len());
        for queue in &self.queues {
            let (sender, receiver) = oneshot::channel();
            queue.try_send(what(sender)).ok()?;
            asked.push(receiver);
        }
        let mut answers = Vec::with_capacity(asked.len());
        for answer in asked {
            answers.push(answer.await.ok()?);
        }
        Some(answers)
    }

    /// Says whether another process is about to take over.
    pub fn set_handing_over(&self, yes: bool) {
        self.handing_over.store(yes, Ordering::Release);
    }

    /// Is another process about to take over, or has it?
    pub fn is_handing_over(&self) -> bool {
        self.handing_over.load(Ordering::Acquire) || self.is_handed_over()
    }

    /// Says whether another process has taken the listening sockets over.
    pub fn set_handed_over(&self, yes: bool) {
        self.handed_over.store(yes, Ordering::Release);
    }

    /// Has another process taken the listening sockets over?
    pub fn is_handed_over(&self) -> bool {
        self.handed_over.load(Ordering::Acquire)
    }

    /// Brings what a neighbour passed to the worker it concerns; `from` is the neighbour's side.
    pub fn take(&self, what: Pass, from: Side) {
        let taken = match what {
            Pass::Request { depth, source, bytes } => Message::parse(bytes)
                .is_ok_and(|msg| self.hand(self.worker_of(&msg), Handover::Passed(msg, source, depth))),
            Pass::NotMine {
                depth: 0,
                source,
                bytes,
            } => {
                Message::parse(bytes).is_ok_and(|msg| self.hand(self.worker_of(&msg), Handover::Returned(msg, source)))
            }
            Pass::NotMine { depth, source, bytes } => {
                let back = Pass::NotMine {
                    depth: depth - 1,
                    source,
                    bytes,
                };
                self.neighbours.on(Side::After).is_some_and(|after| after.pass(back))
            }
            Pass::Reply { source, bytes } => Message::parse(bytes).is_ok_and(|msg| self.take_reply(msg, source, from)),
            Pass::Undelivered { remote, bytes } => {
                quoted(&bytes).is_some_and(|msg| self.hand(0, Handover::Undelivered(msg, remote)))
            }
            Pass::Send { target, bytes } => self.take_send(target, bytes, from),
            Pass::Unsent { target, bytes } => self.hand(0, Handover::Unsent(target, bytes)),
            Pass::Errand { worker, tenant, errand } => {
                let of_call = errand
                    .call()
                    .map(|call| self.owner(transaction::key_digest(&call.id, call.cseq)).unwrap_or(0));
                match of_call.unwrap_or(worker) {
                    here if here < self.workers() => self.hand(here, Handover::Errand(tenant, errand)),
                    // a process further back had more workers
                    _ => self
                        .neighbours
                        .on(Side::Before)
                        .is_some_and(|before| before.pass(Pass::Errand { worker, tenant, errand })),
                }
            }
            Pass::Changed | Pass::Superseded(_) | Pass::End | Pass::Close => true,
        };
        if !taken {
            self.shared.stats.handover_drops.inc();
        }
    }

    fn worker_of(&self, msg: &Message) -> u16 {
        let digest = digest(msg);
        // fits: a remainder of a u16
        let any = || (digest % u64::from(self.workers().max(1))) as u16;
        self.owner(digest).unwrap_or_else(any)
    }

    fn take_reply(&self, msg: Message, source: Target, from: Side) -> bool {
        let owner = msg.via().and_then(|via| via.branch().and_then(transaction::owner));
        let Some(owner) = owner else {
            return self.hand(0, Handover::Stateless(msg, source));
        };
        if owner.boot == self.boot {
            return self.hand(owner.worker, Handover::Reply(msg, source));
        }
        match self.neighbours.of_boot(owner.boot, Some(from)) {
            Some(next) => next.pass(Pass::Reply {
                source,
                bytes: msg.buffer().clone(),
            }),
            None => self.hand(0, Handover::Stateless(msg, source)),
        }
    }

    fn take_send(&self, target: Target, bytes: Bytes, from: Side) -> bool {
        let bytes = match self.connections.send(&target, bytes) {
            Ok(()) => return true,
            Err(tcp::Unsent::Full(bytes) | tcp::Unsent::NoConnection(bytes)) => bytes,
        };
        match self.neighbours.with_stream(&target, Some(from)) {
            Some(next) => next.pass(Pass::Send { target, bytes }),
            None => self
                .neighbours
                .on(from)
                .is_some_and(|asked| asked.pass(Pass::Unsent { target, bytes })),
        }
    }

    /// The digests in the table of owners: what is open, and what is on its way between workers.
    pub fn owned(&self) -> Vec<u64> {
        self.owners.iter().map(|entry| *entry.key()).collect()
    }

    /// Has a worker do something short in a step of its own, with its `core` in reach; None where it is too
    /// busy to take it, or gone.
    pub async fn run_on<R: Send + 'static>(&self, worker: u16, what: impl FnOnce() -> R + Send + 'static) -> Option<R> {
        let (sender, receiver) = oneshot::channel();
        // nobody waits any more where that fails
        let asked = Asked(Box::new(move || drop(sender.send(what()))));
        if !self.hand(worker, Handover::Ask(asked)) {
            return None;
        }
        tokio::time::timeout(PATIENCE, receiver).await.ok()?.ok()
    }

    /// Is nothing on its way between workers?
    fn queues_empty(&self) -> bool {
        self.queues.iter().all(|queue| queue.capacity() == queue.max_capacity())
    }

    /// Where the process is in its life.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Is everything served?
    pub fn is_running(&self) -> bool {
        self.now.load(Ordering::Acquire) == Phase::Running as u8
    }

    /// Follows the phase.
    pub fn watch(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Goes to a later phase.
    pub fn enter(&self, phase: Phase) {
        self.phase.send_if_modified(|now| {
            let later = phase > *now;
            *now = phase.max(*now);
            self.now.store(*now as u8, Ordering::Release);
            later
        });
    }

    /// A worker says, while draining, that it has no open transaction.
    pub fn quiet(&self) {
        self.quiet.fetch_add(1, Ordering::Relaxed);
    }

    /// Have all workers said so?
    pub fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::Relaxed) >= self.workers()
    }

    /// Which worker has the transactions of a request, by [`digest`].
    pub fn owner(&self, digest: u64) -> Option<u16> {
        if self.workers() < 2 {
            return None;
        }
        self.owners.get(&digest).map(|owner| owner.worker)
    }

    /// Notes one more transaction (or request under way) of a worker.
    pub fn own(&self, digest: u64, worker: u16) {
        if self.workers() < 2 {
            return;
        }
        match self.owners.entry(digest) {
            Entry::Occupied(mut owner) if owner.get().worker == worker => owner.get_mut().open += 1,
            // another worker's: the first to come is the one that is found
            Entry::Occupied(_) => {}
            Entry::Vacant(free) => {
                free.insert(Owner { worker, open: 1 });
            }
        }
    }

    /// Undoes one [`Fleet::own`].
    pub fn disown(&self, digest: u64, worker: u16) {
        if self.workers() < 2 {
            return;
        }
        if let Entry::Occupied(mut owner) = self.owners.entry(digest) {
            let Owner { worker: of, open } = *owner.get();
            if of == worker && open <= 1 {
                owner.remove();
            } else if of == worker {
                owner.get_mut().open = open - 1;
            }
        }
    }

    /// Notes which share of its new requests a worker refused in the last second.
    pub(super) fn set_shed_share(&self, worker: u16, share: f64) {
        if let Some(shown) = self.shed.get(usize::from(worker)) {
            // from 0 to 1000
            shown.store((share * 1000.0) as u32, Ordering::Relaxed);
        }
    }

    /// The share of new requests that each worker refused in the last second, 0 to 1.
    pub fn shed_shares(&self) -> Vec<f64> {
        let shares = self.shed.iter();
        shares
            .map(|share| f64::from(share.load(Ordering::Relaxed)) / 1000.0)
            .collect()
    }

    /// Says whether a worker has more to read than it can do. It stays so until everything handed
    /// around was taken, lest a call's next request overtake one that waits in a queue.
    pub fn set_spreading(&self, worker: u16, full: bool) {
        let Some(flag) = self.spreading.get(usize::from(worker)) else {
            return;
        };
        if full {
            flag.store(true, Ordering::Relaxed);
        } else if flag.load(Ordering::Relaxed) && self.queues_empty() {
            flag.store(false, Ordering::Relaxed);
        }
    }

    /// Which worker is to take a new request that arrived at a loaded one: by its Call-ID, so that the
    /// requests of a call stay in order.
    pub fn relief(&self, worker: u16, call_id: &[u8]) -> u16 {
        let loaded = |w: usize| self.spreading.get(w).is_none_or(|flag| flag.load(Ordering::Relaxed));
        if self.workers() < 2 || !loaded(usize::from(worker)) {
            return worker;
        }
        let choice = transaction::key_digest(call_id, 0) % u64::from(self.workers());
        // fits: a remainder of a u16
        let choice = choice as u16;
        let choice_is_behind = || {
            let queue = self.queues.get(usize::from(choice));
            queue.is_none_or(|queue| queue.max_capacity() - queue.capacity() > BEHIND)
        };
        if choice != worker && (loaded(usize::from(choice)) || choice_is_behind()) {
            worker
        } else {
            choice
        }
    }
}

/// The key of a request in the table of owners.
pub fn digest(msg: &Message) -> u64 {
    transaction::key_digest(
        msg.call_id().unwrap_or_default(),
        msg.cseq().map_or(0, |cseq| cseq.number),
    )
}

/// How often durations fell under each of some bounds.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum: AtomicU64,
}

/// Upper bounds of the buckets, in microseconds; one more bucket has what is longer.
pub const BOUNDS: [u64; 12] = [5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 20_000, 100_000, 1_000_000];

impl Histogram {
    /// Adds one duration.
    pub fn add(&self, micros: u64) {
        let place = BOUNDS.partition_point(|&bound| bound < micros);
        self.buckets[place].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    /// Counts of the buckets (not cumulated) and the sum in microseconds.
    pub fn read(&self) -> ([u64; BOUNDS.len() + 1], u64) {
        (
            std::array::from_fn(|i| self.buckets[i].load(Ordering::Relaxed)),
            self.sum.load(Ordering::Relaxed),
        )
    }
}

/// Bytes of ours that could not be sent, as a message.
pub fn unsent(bytes: Bytes) -> Option<Message> {
    Message::parse(bytes).ok().filter(Message::is_request)
}

/// The request in what an ICMP error quotes: its start line and the header after it, which is our Via.
/// None where the quote is shorter, or of no request.
pub fn quoted(quote: &[u8]) -> Option<Message> {
    let mut ends = quote.windows(2).enumerate().filter(|(_, pair)| *pair == b"\r\n");
    let (end, _) = ends.nth(1)?;
    let head = [quote.get(..end + 2)?, b"\r\n"].concat();
    unsent(Bytes::from(head)).filter(|msg| msg.via().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn fleet(workers: u16) -> (Arc<Fleet>, Vec<mpsc::Receiver<Handover>>) {
        testing::install();
        let shared = crate::route::core::with(|core| core.shared.clone());
        let routing: Arc<dyn Routing> = Arc::new(testing::NoCallbacks::default());
        Fleet::new(shared, tcp::Table::new(tcp::Limits::default()), routing, 1, workers)
    }

    #[test]
    fn an_entry_stays_until_its_last_transaction_ends() {
        let (fleet, _queues) = fleet(2);
        fleet.own(7, 1);
        fleet.own(7, 1);
        fleet.own(7, 0); // a second owner is not found, and takes nothing away when it ends
        fleet.disown(7, 0);
        assert_eq!(fleet.owner(7), Some(1));
        fleet.disown(7, 1);
        assert_eq!(fleet.owner(7), Some(1));
        fleet.disown(7, 1);
        assert_eq!(fleet.owner(7), None);
        fleet.disown(7, 1);
        assert!(fleet.owners.is_empty());
    }

    #[test]
    fn one_worker_needs_no_table() {
        let (fleet, _queues) = fleet(1);
        fleet.own(7, 0);
        assert!(fleet.owners.is_empty());
        assert_eq!(fleet.relief(0, b"call"), 0);
    }

    #[test]
    fn a_loaded_worker_gives_whole_calls_away() {
        let (fleet, mut queues) = fleet(2);
        let calls: Vec<Vec<u8>> = (0..64).map(|i| format!("call-{i}").into_bytes()).collect();
        let given = |to: u16| calls.iter().filter(|call| fleet.relief(0, call) == to).count();
        assert_eq!(given(0), 64, "not loaded");
        fleet.set_spreading(0, true);
        assert!(given(1) > 10 && given(0) > 10);
        assert!(calls.iter().all(|call| fleet.relief(0, call) == fleet.relief(0, call)));
        fleet.set_spreading(1, true);
        assert_eq!(given(0), 64, "nobody is idle");
        fleet.set_spreading(1, false);

        let msg = Message::parse(Bytes::from_static(testing::INVITE.as_bytes())).expect("it can be read");
        for _ in 0..=BEHIND {
            assert!(fleet.hand(1, Handover::Undelivered(msg.clone(), None)));
        }
        assert_eq!(given(0), 64, "the other is behind");
        while queues[1].try_recv().is_ok() {}
        assert!(fleet.hand(1, Handover::Undelivered(msg, None)));
        fleet.set_spreading(0, false);
        assert!(given(1) > 10, "something is still on its way");
        assert!(queues[1].try_recv().is_ok());
        fleet.set_spreading(0, false);
        assert_eq!(given(0), 64);
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let (fleet, _queues) = fleet(2);
        let msg = Message::parse(Bytes::from_static(testing::INVITE.as_bytes())).expect("it can be read");
        let taken = (0..QUEUE + 5)
            .filter(|_| fleet.hand(1, Handover::Undelivered(msg.clone(), None)))
            .count();
        assert_eq!(taken, QUEUE);
        assert!(!fleet.hand(2, Handover::Undelivered(msg, None)));
    }

    #[test]
    fn the_phase_only_goes_on() {
        let (fleet, _queues) = fleet(1);
        fleet.enter(Phase::Stopped);
        fleet.enter(Phase::Draining);
        assert_eq!(fleet.phase(), Phase::Stopped);
    }

    #[test]
    fn durations_fall_into_buckets() {
        let histogram = Histogram::default();
        [0, 5, 6, 2_000_000]
            .into_iter()
            .for_each(|micros| histogram.add(micros));
        let (buckets, sum) = histogram.read();
        assert_eq!((buckets[0], buckets[1], buckets[BOUNDS.len()]), (2, 1, 1));
        assert_eq!(sum, 2_000_011);
    }

    #[test]
    fn a_quote_names_a_request_where_its_via_is_whole() {
        let text = testing::INVITE.as_bytes();
        let whole = quoted(text).expect("a request");
        assert_eq!(whole.method(), kemist_sip::Method::Invite);
        let via = text.windows(4).position(|at| at == b"Max-").expect("the header after");
        let short = quoted(&text[..via]).expect("the Via is whole");
        assert_eq!(short.via().and_then(|via| via.branch()), Some(&b"z9hG4bKtest1"[..]));
        for length in [0, 1, 30, via - 1] {
            assert!(quoted(&text[..length]).is_none(), "{length}");
        }
        assert!(quoted(testing::RINGING.as_bytes()).is_none(), "a reply");
        assert!(quoted(b"\r\n\r\n\r\n").is_none() && quoted(b"x\r\ny\r\n").is_none());
    }
}
