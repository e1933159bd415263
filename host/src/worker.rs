//! One worker: its sockets, its transactions, and the loop between them.
//!
//! Input (a message, a timer, something handed over by another worker) is a [`Worker::step`]: the layer
//! is told, callbacks run, then the outputs are drained: messages to sockets, events to callbacks.
//! Nothing waits in between; a callback that does goes on as a task of the same thread.

mod fleet;
mod inner;
mod lives;
pub mod neighbours;
mod offline;
mod output;
mod overload;
mod own;
mod reading;
mod reply;
mod request;
mod run;
mod seats;
mod shedding;
mod suspended;

pub use fleet::{BOUNDS, Fleet, Handover, Histogram, Phase};
pub use lives::{Canary, Lives};
pub use offline::{Offline, Sent};
pub use overload::Limits as OverloadLimits;
pub use seats::{Duty, Seat, Seats, Trial};

use self::overload::Overload;
use self::reading::Readers;
use self::request::Way;
use crate::respond;
use crate::route::core::{self, Core};
use crate::route::suspend::Errands;
use crate::route::{Shared, TxData};
use crate::transport::{Count, Sink, udp};
use crate::wasm;
use bytes::Bytes;
use kemist_sip::Target;
use kemist_sip::message::Message;
use kemist_sip::transaction::{self, Identity, Layer};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, mpsc};

/// Transactions that end within this time end together: a worker that carries a thousand calls a second would
/// be woken for each millisecond else. The shortest timers of SIP are 200 ms (RFC 3261 section 17.2.1) and more.
const GRAIN: Duration = Duration::from_millis(10);

/// What one worker is started with.
pub struct Setup {
    /// Its number.
    pub id: u16,
    /// What it shares with the others.
    pub fleet: Arc<Fleet>,
    /// What the others hand it.
    pub queue: mpsc::Receiver<Handover>,
    /// Datagram sockets with their place among the listening sockets.
    pub udp: Vec<(u16, std::net::UdpSocket)>,
    /// Copies of datagram sockets that another worker reads.
    pub send_only: Vec<(u16, std::net::UdpSocket)>,
    /// Listeners, likewise.
    pub tcp: Vec<(u16, std::net::TcpListener)>,
    /// Timers and limits of its transactions.
    pub transactions: transaction::Config,
    /// When it refuses new requests.
    pub overload: OverloadLimits,
    /// It reads only when it is told to ([`Handover::Resume`]): another process does until then.
    pub paused: bool,
}

/// One worker, on its thread.
pub struct Worker {
    id: u16,
    fleet: Arc<Fleet>,
    shared: Arc<Shared>,
    /// By place among the listening sockets; None where that is a stream's.
    udp: Vec<Option<udp::Udp>>,
    /// Who reads from the listening sockets.
    readers: Readers,
    /// Digests of requests under way that wait.
    under_way: RefCell<Vec<u64>>,
    /// Requests of ours that were not sent: told to the layer when it has said all it wants.
    unsent: RefCell<VecDeque<Message>>,
    /// When the timer task will wake.
    armed: Cell<Option<Instant>>,
    rearm: Notify,
    /// Whether there is more to read than can be done.
    overload: RefCell<Overload>,
    /// When the layer's timers were last looked at.
    fired: Cell<Instant>,
    /// In place of sockets and clock, where it has none.
    pretend: Option<Rc<offline::Pretend>>,
}

/// Runs a worker on this thread until the fleet stops; calls `ready` when it serves.
///
/// # Errors
/// Where the runtime cannot be made or a socket cannot be watched.
pub fn run(setup: Setup, ready: impl FnOnce()) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let tasks = tokio::task::LocalSet::new();
    let served = tasks.block_on(&runtime, serve(setup, ready));
    // suspended callbacks go before the core that they may reach for
    drop(tasks);
    drop(runtime);
    core::install(None);
    served
}

async fn serve(setup: Setup, ready: impl FnOnce()) -> io::Result<()> {
    let Setup {
        id,
        fleet,
        queue,
        udp,
        send_only,
        tcp,
        transactions,
        overload,
        paused,
    } = setup;
    let mut phase = fleet.watch();
    core::install(Some(new_core(id, &fleet, transactions)));
    let others = send_only.iter().map(|(place, _)| *place).collect();
    let (udp, further) = own_sockets(udp.into_iter().chain(send_only), &fleet.shared)?;
    let overload = Overload::new(overload, fleet.shared.secret, Instant::now());
    let worker = Rc::new(Worker {
        id,
        shared: fleet.shared.clone(),
        udp,
        readers: Readers::new(tcp, further, others),
        under_way: RefCell::default(),
        fleet,
        unsent: RefCell::default(),
        armed: Cell::new(None),
        rearm: Notify::new(),
        overload: RefCell::new(overload),
        fired: Cell::new(Instant::now()),
        pretend: None,
    });
    for socket in 0..worker.udp.len() {
        let writer = worker.clone();
        tokio::task::spawn_local(async move {
            if let Some(udp) = writer.udp.get(socket).and_then(Option::as_ref) {
                udp.flush(&Handle(writer.clone(), None)).await;
            }
        });
    }
    if !paused {
        worker.resume()?;
    }
    tokio::task::spawn_local(worker.clone().timers());
    tokio::task::spawn_local(worker.clone().handed(queue));
    tokio::task::spawn_local(worker.clone().upkeep());
    ready();
    // only fails where the fleet is gone, which this worker holds
    let _ = phase.wait_for(|phase| *phase >= Phase::Draining).await;
    tokio::task::spawn_local(worker.become_quiet());
    let _ = phase.wait_for(|phase| *phase == Phase::Stopped).await;
    Ok(())
}

fn new_core(id: u16, fleet: &Arc<Fleet>, transactions: transaction::Config) -> Core {
    let identity = Identity {
        worker: id,
        boot: fleet.boot,
        secret: fleet.shared.secret,
    };
    let mut layer = Layer::new(transactions, identity);
    layer.tell_finals(core::final_reply);
    Core {
        worker: id,
        layer,
        now: Instant::now(),
        unix: unix(),
        shared: fleet.shared.clone(),
        errands: Errands::new(fleet::Seen {
            fleet: fleet.clone(),
            worker: id,
        }),
        scratch: Vec::with_capacity(4096),
        own: Default::default(),
        events: Vec::new(),
    }
}

/// The sockets by place, and those beyond the first of a place: an earlier process had more workers, and
/// what the kernel queues at each must be read.
type Sockets = (Vec<Option<udp::Udp>>, Vec<Rc<udp::Udp>>);

fn own_sockets(sockets: impl Iterator<Item = (u16, std::net::UdpSocket)>, shared: &Shared) -> io::Result<Sockets> {
    let mut all: Vec<Option<udp::Udp>> = shared.sockets.iter().map(|_| None).collect();
    let mut further = Vec::new();
    for (index, socket) in sockets {
        let socket = udp::Udp::new(socket, index, shared.sending.icmp)?;
        match all.get_mut(usize::from(index)) {
            Some(place) if place.is_none() => *place = Some(socket),
            _ => further.push(Rc::new(socket)),
        }
    }
    Ok((all, further))
}

/// Seconds since 1970.
fn unix() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

impl Worker {
    /// Sets the time of the step that begins, and returns it.
    fn tick(&self) -> Instant {
        let (now, unix) = match &self.pretend {
            None => (Instant::now(), unix()),
            Some(pretend) => pretend.now(),
        };
        core::with(|core| {
            core.now = now;
            core.unix = unix;
        });
        now
    }

    /// One input and all that follows from it. A panic costs no more than that input: it is logged,
    /// and what the layer wants sent is sent.
    fn step(self: &Rc<Self>, input: impl FnOnce(&Rc<Worker>)) {
        let whole = || {
            self.tick();
            input(self);
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(whole)) {
            respond::panicked("a step of the worker", &respond::text_of(&*panic));
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.drain())) {
            respond::panicked("sending", &respond::text_of(&*panic));
        }
    }

    /// Goes on with something that waits, as a task of this worker.
    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        match &self.pretend {
            None => tokio::task::spawn_local(task),
            Some(pretend) => tokio::task::spawn_local(pretend.watch(task)),
        };
    }

    /// Wakes the layer when it wants to be.
    async fn timers(self: Rc<Self>) {
        loop {
            let due = self.due();
            self.armed.set(due);
            match due {
                None => self.rearm.notified().await,
                Some(due) => tokio::select! {
                    () = tokio::time::sleep_until(due.into()) => {
                        self.step(|worker| {
                            core::with(|core| {
                                worker.fired.set(core.now);
                                core.layer.handle_timeout(core.now);
                            });
                        });
                        // a timer that is late or fires at once must not keep the sockets waiting
                        tokio::task::yield_now().await;
                    }
                    () = self.rearm.notified() => {}
                },
            }
        }
    }

    /// What is to be done now and then, whatever the traffic: instances of a version that was just put
    /// in charge, lines about what the log left out.
    async fn upkeep(self: Rc<Self>) {
        let mut warmed = self.fleet.routing();
        warmed.clone().warm();
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tick.tick().await;
            let live = self.fleet.routing();
            if !Arc::ptr_eq(&live, &warmed) {
                live.clone().warm();
                warmed = live;
            }
            let kept = catch_unwind(|| {
                wasm::maintain();
                wasm::trim();
            });
            if let Err(panic) = kept {
                respond::panicked("the upkeep of instances", &respond::text_of(&*panic));
            }
            respond::flush_suppressed();
            self.report_overload();
        }
    }

    /// When the layer is to be woken: its next deadline, and [`GRAIN`] after the last time at the earliest.
    fn due(&self) -> Option<Instant> {
        let due = core::with(|core| core.layer.poll_timeout())?;
        Some(due.max(self.fired.get() + GRAIN))
    }

    /// Wakes the timer task where the layer's next deadline is before the one it waits for.
    fn arm(&self) {
        let due = self.due();
        // a millisecond is the timer's own grain
        let earlier = |armed: Instant| due.is_some_and(|due| due + Duration::from_millis(1) < armed);
        if due.is_some() && self.armed.get().is_none_or(earlier) {
            self.armed.set(due);
            self.rearm.notify_one();
        }
    }

    /// Takes what other workers hand over.
    async fn handed(self: Rc<Self>, mut queue: mpsc::Receiver<Handover>) {
        while let Some(what) = queue.recv().await {
            self.step(|worker| match what {
                Handover::Request(msg, source) => worker.request(msg, source, Way::Worker),
                Handover::Passed(msg, source, depth) => worker.request(msg, source, Way::After(depth)),
                Handover::Returned(msg, source) => worker.request(msg, source, Way::Returned),
                Handover::Inner(msg, source) => worker.request(msg, source, Way::Inner),
                Handover::Reply(msg, source) => worker.reply(msg, source),
                Handover::Stateless(msg, source) => worker.passed_stateless(msg, source),
                Handover::Unsent(target, bytes) => worker.connect(target, bytes),
                // nobody waits any more where these cannot be told
                Handover::Sockets(to) => drop(to.send(worker.copies())),
                Handover::Pause(places, to) => drop(to.send(worker.pause(&places))),
                Handover::Resume => worker.resume_or_tell(),
                Handover::Open(to) => drop(to.send(worker.open())),
                Handover::Undelivered(msg, refused) => worker.undelivered(msg, refused),
                Handover::Stats(to) => {
                    // nobody waits any more where that fails
                    let _ = to.send(layer(|layer, _| layer.stats()));
                }
                Handover::Ask(asked) => asked.0(),
                Handover::Errand(tenant, errand) => worker.errand(tenant, errand),
                Handover::Own(posted) => core::with(|core| own::post(core, *posted)),
                Handover::Warm(spares, done) => {
                    spares.put();
                    // nobody waits any more where that fails
                    let _ = done.send(());
                }
            });
        }
    }

    /// Waits until every transaction has its final reply, and says so to the fleet.
    async fn become_quiet(self: Rc<Self>) {
        let is_open = |layer: &mut Layer<TxData>, _| {
            layer
                .ids()
                .any(|id| layer.get(id).is_some_and(|tx| !tx.is_final_sent()))
        };
        while layer(is_open) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.fleet.quiet();
    }

    /// A message just received: indexes it and takes it on.
    fn receive(self: &Rc<Self>, source: Target, bytes: Bytes) {
        match Message::parse(bytes) {
            Ok(msg) if msg.is_reply() => {
                self.shared.stats.reply(msg.status());
                self.reply(msg, source);
            }
            Ok(msg) => {
                self.shared.stats.request(msg.method());
                self.request(msg, source, Way::Socket);
            }
            Err(error) => respond::unreadable(&self.shared, source, &error),
        }
    }
}

/// The transaction layer's view of a worker's core.
fn layer<R>(f: impl FnOnce(&mut Layer<TxData>, Instant) -> R) -> R {
    core::with(|core| f(&mut core.layer, core.now))
}

/// A worker as the transports see it; as the one that reads a datagram socket, which of its readers that is.
#[derive(Clone)]
struct Handle(Rc<Worker>, Option<usize>);

impl Sink for Handle {
    fn receive(&self, source: Target, bytes: Bytes) {
        self.0.step(|worker| {
            worker.begins(self.1);
            worker.receive(source, bytes);
        });
    }

    fn bad_frame(&self, source: Target, bytes: &[u8]) -> Option<Bytes> {
        let answer = || respond::bad_frame(&self.0.shared, source, bytes);
        catch_unwind(AssertUnwindSafe(answer)).unwrap_or_default()
    }

    fn undelivered(&self, bytes: Bytes) {
        self.0.shared.stats.send_failures.inc();
        self.0.step(|worker| worker.not_sent(bytes));
    }

    fn refused(&self, remote: SocketAddr, quote: &[u8]) {
        self.0.step(|worker| worker.refused(remote, quote));
    }

    fn count(&self, what: Count) {
        let stats = &self.0.shared.stats;
        match what {
            Count::KeepAlive => stats.keepalives.inc(),
            Count::ReceiveError => stats.receive_errors.inc(),
            Count::ConnectionRefused => stats.connections_refused.inc(),
            Count::ConnectionOpened => stats.connections.inc(),
            Count::ConnectionFault => stats.connection_faults.inc(),
        }
    }

    fn gather(&self) {
        self.0.udp.iter().flatten().for_each(udp::Udp::gather);
    }

    fn batch(&self, full: bool) {
        self.0.ended(self.1, full);
        for udp in self.0.udp.iter().flatten() {
            for refused in udp.send_gathered() {
                self.undelivered(refused);
            }
        }
        self.0.fleet.set_spreading(self.0.id, full);
        if !full {
            // nothing waits: instances that messages have used up are replaced now
            wasm::maintain();
        }
    }
}
