//! A worker without sockets in a time of its own: what tests of routing scripts run.
//!
//! It is a [`Worker`] like those that serve, with the same steps; only what comes in is given by the
//! test, what goes out is kept, and the clock moves when the test says so.

use super::overload::Overload;
use super::reading::Readers;
use super::{Fleet, Handle, Handover, OverloadLimits, Worker, new_core};
use crate::route::core;
use crate::transport::Sink;
use crate::wasm;
use bytes::Bytes;
use kemist_sip::{Target, Transmit, transaction};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;

/// How long callbacks that wait in the host may take by the real clock: what they wait for is on this
/// machine, so longer means that it never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The worker of this thread, without sockets. One a thread.
pub struct Offline {
    worker: Rc<Worker>,
    tasks: LocalSet,
    runtime: Runtime,
    /// Kept open: nobody else hands anything over.
    _queues: Vec<mpsc::Receiver<Handover>>,
}

/// Something that the worker wanted sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When, since the start.
    pub at: Duration,
    /// Where to, and what.
    pub transmit: Transmit,
}

/// What an offline worker has in place of sockets and clock.
pub(super) struct Pretend {
    start: Instant,
    /// Since the start.
    passed: Cell<Duration>,
    /// The start, since 1970.
    epoch: Duration,
    sent: RefCell<Vec<Sent>>,
    /// Tasks under way: callbacks that wait in the host.
    busy: Cell<usize>,
    idle: Notify,
}

impl Pretend {
    /// The time, and the same in seconds since 1970.
    pub(super) fn now(&self) -> (Instant, u64) {
        let passed = self.passed.get();
        (self.start + passed, (self.epoch + passed).as_secs())
    }

    /// Takes what would go to a socket.
    pub(super) fn keep(&self, transmit: Transmit) {
        let at = self.passed.get();
        self.sent.borrow_mut().push(Sent { at, transmit });
    }

    /// Counts a task from now until it ends.
    pub(super) fn watch<F: Future<Output = ()>>(self: &Rc<Self>, task: F) -> impl Future<Output = ()> + use<F> {
        self.busy.set(self.busy.get() + 1);
        let pretend = self.clone();
        async move {
            task.await;
            pretend.busy.set(pretend.busy.get() - 1);
            pretend.idle.notify_one();
        }
    }
}

impl Offline {
    /// A worker of a fleet of one; `epoch` is when it starts, since 1970.
    ///
    /// # Errors
    /// Where the runtime cannot be made.
    pub fn new(
        fleet: Arc<Fleet>,
        queues: Vec<mpsc::Receiver<Handover>>,
        transactions: transaction::Config,
        epoch: Duration,
    ) -> io::Result<Offline> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let pretend = Pretend {
            start: Instant::now(),
            passed: Cell::default(),
            epoch,
            sent: RefCell::default(),
            busy: Cell::new(0),
            idle: Notify::new(),
        };
        core::install(Some(new_core(0, &fleet, transactions)));
        fleet.routing().warm();
        let secret = fleet.shared.secret;
        let worker = Rc::new(Worker {
            id: 0,
            shared: fleet.shared.clone(),
            udp: Vec::new(),
            readers: Readers::default(),
            under_way: RefCell::default(),
            fleet,
            unsent: RefCell::default(),
            armed: Cell::new(None),
            rearm: Notify::new(),
            // it has no sockets, so that nothing is ever too much
            overload: RefCell::new(Overload::new(OverloadLimits::default(), secret, Instant::now())),
            fired: Cell::new(Instant::now()),
            pretend: Some(Rc::new(pretend)),
        });
        worker.tick();
        Ok(Offline {
            worker,
            tasks: LocalSet::new(),
            runtime,
            _queues: queues,
        })
    }

    /// What it shares with nobody, but would.
    pub fn fleet(&self) -> &Arc<Fleet> {
        &self.worker.fleet
    }

    /// Since the start.
    pub fn passed(&self) -> Duration {
        self.pretend().passed.get()
    }

    /// Seconds since 1970.
    pub fn unix(&self) -> u64 {
        self.pretend().now().1
    }

    /// What was sent since the last call.
    pub fn sent(&self) -> Vec<Sent> {
        self.pretend().sent.take()
    }

    /// Receives a message, and waits for all that follows from it now.
    ///
    /// # Errors
    /// Where a callback waits for what never comes.
    pub fn receive(&self, source: Target, bytes: Bytes) -> io::Result<()> {
        self.settle(|| Handle(self.worker.clone(), None).receive(source, bytes))
    }

    /// Tells the worker that what it sent could not be delivered.
    ///
    /// # Errors
    /// As [`Offline::receive`].
    pub fn undelivered(&self, bytes: Bytes) -> io::Result<()> {
        self.settle(|| Handle(self.worker.clone(), None).undelivered(bytes))
    }

    /// Lets time pass, stopping at each timer.
    ///
    /// # Errors
    /// As [`Offline::receive`].
    pub fn advance(&self, by: Duration) -> io::Result<()> {
        let pretend = self.pretend();
        let end = pretend.passed.get().saturating_add(by);
        loop {
            let due = core::with(|core| core.layer.poll_timeout());
            let due = due.map(|due| due.saturating_duration_since(pretend.start));
            let Some(due) = due.filter(|due| *due <= end) else {
                break;
            };
            pretend.passed.set(due.max(pretend.passed.get()));
            self.settle(|| {
                self.worker
                    .step(|_| core::with(|core| core.layer.handle_timeout(core.now)));
            })?;
        }
        pretend.passed.set(end);
        let now = self.worker.tick();
        self.worker.shared.store.sweep(self.unix(), now);
        Ok(())
    }

    fn pretend(&self) -> &Pretend {
        // made with it above
        self.worker.pretend.as_deref().expect("an offline worker pretends")
    }

    /// One input, and the tasks that it leaves behind.
    fn settle(&self, input: impl FnOnce()) -> io::Result<()> {
        let pretend = self.pretend();
        let settled = async {
            input();
            while pretend.busy.get() > 0 {
                pretend.idle.notified().await;
            }
        };
        let settled = self
            .tasks
            .block_on(&self.runtime, async { tokio::time::timeout(PATIENCE, settled).await });
        wasm::maintain();
        settled.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "a callback waits for what never comes"))
    }
}

impl Drop for Offline {
    fn drop(&mut self) {
        // suspended callbacks go before the core that they may reach for
        self.tasks = LocalSet::new();
        core::install(None);
    }
}
