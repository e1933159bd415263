//! Sockets bound, workers started, and the way to stop them.

use crate::handover::{Inherited, Taking};
use crate::modules;
use crate::respond;
use crate::route::failover::Failover;
use crate::route::{ListenSocket, Resolve, Routing, Sending, Shared, Stats};
use crate::store::{Store, unix_now};
use crate::transport::buffers::{Buffers, Kept};
use crate::transport::{self, Bound, tcp};
use crate::worker::neighbours::Side;
use crate::worker::{self, Fleet, Lives, Offline, OverloadLimits, Phase, Setup};
use anyhow::{Context, anyhow};
use kemist_sip::{Protocol, transaction};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Everything that workers are started with, however it was made.
pub struct Parts {
    /// Where to listen; port 0 asks for a free one.
    pub listen: Vec<(Protocol, SocketAddr)>,
    /// Names that count as ourselves.
    pub aliases: HashSet<Vec<u8>>,
    /// Threads, at least one.
    pub workers: u16,
    /// Parameters of the modules.
    pub modules: modules::Configs,
    /// Location, tables, accounts.
    pub store: Store,
    /// Names to addresses.
    pub resolver: Box<dyn Resolve>,
    /// What happens where an address does not answer.
    pub failover: Failover,
    /// Buffers of datagram sockets.
    pub buffers: Buffers,
    /// How messages leave.
    pub sending: Sending,
    /// The routing logic.
    pub routing: Arc<dyn Routing>,
    /// Timers and limits of transactions.
    pub transactions: transaction::Config,
    /// When workers refuse new requests.
    pub overload: OverloadLimits,
    /// Limits of stream connections.
    pub streams: tcp::Limits,
    /// The `Server` header of our replies.
    pub server_header: Option<String>,
    /// Key of tags, branches and nonces; None draws one.
    pub secret: Option<[u8; 16]>,
    /// How long open transactions may take at the end.
    pub drain: Duration,
}

/// A proxy that serves.
pub struct Running {
    fleet: Arc<Fleet>,
    threads: Vec<JoinHandle<()>>,
    drain: Duration,
    advice: Vec<String>,
}

impl Parts {
    /// Binds every address, then starts the workers; returns when all of them serve.
    ///
    /// # Errors
    /// One line: what, where, what to do. Nothing is left running.
    pub fn start(self) -> anyhow::Result<Running> {
        self.start_with(Vec::new(), &[], false)
    }

    /// The same with listening sockets of an earlier process, and generations that are taken; the workers
    /// are made ready, but where `paused` they read only after [`Handover::Resume`](worker::Handover::Resume).
    ///
    /// # Errors
    /// As [`Parts::start`].
    pub fn start_with(self, inherited: Vec<Socket>, boots: &[u32], paused: bool) -> anyhow::Result<Running> {
        let workers = self.workers.max(1);
        let bound = bind_all(&self.listen, workers, self.buffers, inherited)?;
        let sockets: Vec<ListenSocket> = bound.iter().map(listening).collect();
        let advice = advice(&sockets, self.buffers);
        let (transactions, overload, drain) = (self.transactions(), self.overload, self.drain);
        let (fleet, queues) = self.fleet(sockets, workers, generation(boots)?, unix_now())?;
        let mut setups: Vec<Setup> = (0..)
            .zip(queues)
            .map(|(id, queue)| Setup {
                id,
                fleet: fleet.clone(),
                queue,
                udp: Vec::new(),
                tcp: Vec::new(),
                transactions: transactions.clone(),
                overload,
                send_only: Vec::new(),
                paused,
            })
            .collect();
        share_out(bound, &mut setups)?;
        let mut running = Running {
            fleet,
            advice,
            threads: Vec::new(),
            drain,
        };
        if let Err(error) = running.spawn(setups) {
            running.drain = Duration::ZERO;
            running.stop();
            return Err(error);
        }
        Ok(running)
    }

    /// The same as [`Parts::start`]; the first message is read when `ready` has returned.
    ///
    /// # Errors
    /// As there, and those of `ready`.
    pub fn start_after(self, ready: impl FnOnce(&Arc<Fleet>) -> anyhow::Result<()>) -> anyhow::Result<Running> {
        let running = self.start_with(Vec::new(), &[], true)?;
        ready(running.fleet())?;
        for worker in 0..running.fleet().workers() {
            if !running.fleet().hand(worker, worker::Handover::Resume) {
                return Err(anyhow!("a worker cannot serve"));
            }
        }
        Ok(running)
    }

    /// Takes over from another process, which serves until this one is ready, and `ready` has returned.
    ///
    /// # Errors
    /// As [`Parts::start_after`], and where the other process does not hand over. It goes on then.
    pub fn take_over(
        self,
        mut taking: Taking,
        inherited: Inherited,
        ready: impl FnOnce(&Arc<Fleet>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Running> {
        let refused = |error| anyhow!("no handover: {error}; the running process goes on");
        let boots = taking.boots().to_vec();
        let running = self.start_with(inherited.sockets, &boots, true)?;
        let fleet = running.fleet();
        fleet.connections.number_from(inherited.connections);
        ready(fleet)?;
        taking.load(&fleet.shared).map_err(refused)?;
        taking.finish(fleet).map_err(refused)?;
        Ok(running)
    }

    /// A worker on this thread without sockets, in a time of its own that starts at `epoch` (since 1970):
    /// the addresses to listen on are only names.
    ///
    /// # Errors
    /// Where its runtime cannot be made.
    pub fn offline(self, epoch: Duration) -> anyhow::Result<Offline> {
        let sockets = self
            .listen
            .iter()
            .map(|&(protocol, address)| ListenSocket::new(protocol, address));
        let (sockets, transactions) = (sockets.collect(), self.transactions());
        let (fleet, queues) = self.fleet(sockets, 1, [0; 4], epoch.as_secs())?;
        Offline::new(fleet, queues, transactions, epoch).context("cannot start a worker without sockets")
    }

    /// Timers and limits of each worker's transactions.
    fn transactions(&self) -> transaction::Config {
        transaction::Config {
            hold_replies: self.sending.onsend_route_reply,
            ..self.transactions.clone()
        }
    }

    /// What the workers share, and the receiving end of each one's queue.
    fn fleet(
        self,
        sockets: Vec<ListenSocket>,
        workers: u16,
        boot: [u8; 4],
        started: u64,
    ) -> anyhow::Result<(Arc<Fleet>, Vec<tokio::sync::mpsc::Receiver<worker::Handover>>)> {
        let shared = Arc::new(Shared {
            sockets,
            aliases: self.aliases.into_iter().collect(),
            domains: Default::default(),
            modules: self.modules,
            store: self.store,
            resolver: self.resolver,
            failover: self.failover,
            sending: self.sending,
            secret: self.secret.map_or_else(random, Ok)?,
            server_header: self.server_header,
            stats: Stats::default(),
            started,
        });
        let connections = tcp::Table::new(self.streams);
        let boot = u32::from_ne_bytes(boot);
        Ok(Fleet::new(shared, connections, self.routing, boot, workers))
    }
}

/// A listening socket of an earlier process.
pub type Socket = (Protocol, SocketAddr, OwnedFd);

type BoundAddress = (Protocol, Bound, SocketAddr);

fn bind_all(
    listen: &[(Protocol, SocketAddr)],
    workers: u16,
    buffers: Buffers,
    mut inherited: Vec<Socket>,
) -> anyhow::Result<Vec<BoundAddress>> {
    if listen.is_empty() {
        return Err(anyhow!("listen: no address; name one, such as \"udp:127.0.0.1:5060\""));
    }
    let mut all = Vec::with_capacity(listen.len());
    for &(protocol, address) in listen {
        let theirs = inherited.extract_if(.., |(of, at, _)| (*of, *at) == (protocol, address));
        let theirs: Vec<OwnedFd> = theirs.map(|(_, _, fd)| fd).collect();
        if !theirs.is_empty() {
            all.push((protocol, adopted(protocol, theirs, buffers), address));
            continue;
        }
        let (bound, address) = transport::bind(protocol, address, usize::from(workers), buffers).map_err(|error| {
            let advice = match error.kind() {
                std::io::ErrorKind::AddrInUse => "another program listens there; stop it or change `listen`",
                std::io::ErrorKind::AddrNotAvailable => "this machine has no such address; change `listen`",
                std::io::ErrorKind::PermissionDenied => "ports under 1024 need a privilege; change `listen`",
                _ => "change `listen`",
            };
            anyhow!("cannot listen on {}:{address}: {error}: {advice}", protocol.name())
        })?;
        all.push((protocol, bound, address));
    }
    Ok(all)
}

fn adopted(protocol: Protocol, sockets: Vec<OwnedFd>, buffers: Buffers) -> Bound {
    if protocol == Protocol::Udp {
        // as they were is no reason not to serve
        sockets.iter().for_each(|socket| drop(buffers.ask(socket)));
    }
    match protocol {
        Protocol::Udp => Bound::Udp(sockets.into_iter().map(Into::into).collect()),
        _ => Bound::Tcp(sockets.into_iter().map(Into::into).collect()),
    }
}

/// A number for this run that no other process of the handover has.
fn generation(taken: &[u32]) -> anyhow::Result<[u8; 4]> {
    loop {
        let boot = random()?;
        if !taken.contains(&u32::from_ne_bytes(boot)) {
            return Ok(boot);
        }
    }
}

/// An address with what the kernel has of its datagram sockets.
fn listening((protocol, bound, address): &BoundAddress) -> ListenSocket {
    let kept = match bound {
        // one that cannot be read back is not shown
        Bound::Udp(sockets) => sockets.iter().filter_map(|socket| Kept::of(socket).ok()).collect(),
        Bound::Tcp(_) => Vec::new(),
    };
    ListenSocket {
        kept,
        ..ListenSocket::new(*protocol, *address)
    }
}

/// What is allowed but probably not wanted: one line each.
fn advice(sockets: &[ListenSocket], buffers: Buffers) -> Vec<String> {
    let unspecified = sockets.iter().filter(|socket| socket.address.ip().is_unspecified());
    let mut lines: Vec<String> = unspecified
        .map(|socket| {
            let at = socket.address;
            format!("listening on {at}: Via and Record-Route will name it, which peers cannot reach")
        })
        .collect();
    // one line for all sockets: it is the same setting of the kernel
    let kept: Vec<Kept> = sockets.iter().flat_map(|socket| socket.kept.iter().copied()).collect();
    lines.extend(buffers.missing(&kept));
    lines
}

/// Gives each worker its sockets. Where an earlier process had another number of workers, there are more of
/// an address, and some read several; or fewer, and some only send by another's: a socket that joins the
/// others would get datagrams before it is read, and lose them where the handover fails.
fn share_out(bound: Vec<BoundAddress>, setups: &mut [Setup]) -> anyhow::Result<()> {
    let workers = setups.len();
    // fits: an index into `listen`, of which a configuration has a few
    for (index, (_, bound, _)) in (0u16..).zip(bound) {
        match bound {
            Bound::Udp(sockets) => {
                for (worker, socket) in (sockets.len()..workers).zip(sockets.iter().cycle()) {
                    let copy = socket.try_clone().context("a socket cannot be shared")?;
                    if let Some(setup) = setups.get_mut(worker) {
                        setup.send_only.push((index, copy));
                    }
                }
                for (place, socket) in sockets.into_iter().enumerate() {
                    if let Some(setup) = setups.get_mut(place % workers) {
                        setup.udp.push((index, socket));
                    }
                }
            }
            Bound::Tcp(listeners) => {
                for (place, socket) in listeners.into_iter().enumerate() {
                    if let Some(setup) = setups.get_mut(place % workers) {
                        setup.tcp.push((index, socket));
                    }
                }
            }
        }
    }
    Ok(())
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers from the system: {error}"))?;
    Ok(bytes)
}

impl Running {
    fn spawn(&mut self, setups: Vec<Setup>) -> anyhow::Result<()> {
        let (ready, started) = mpsc::channel();
        for setup in setups {
            let ready = ready.clone();
            let name = format!("worker-{}", setup.id);
            let body = move || {
                // a worker that dies closes its sockets, and the kernel gives its share to the others
                let work = AssertUnwindSafe(|| worker::run(setup, || drop(ready.send(Ok(())))));
                match catch_unwind(work) {
                    Ok(Ok(())) => {}
                    // nobody listens any more where it was ready already
                    Ok(Err(error)) => drop(ready.send(Err(error))),
                    Err(panic) => respond::panicked("a worker's thread ended: it", &respond::text_of(&*panic)),
                }
            };
            let thread = thread::Builder::new()
                .name(name)
                .spawn(body)
                .context("cannot start a worker's thread")?;
            self.threads.push(thread);
        }
        drop(ready);
        for _ in 0..self.threads.len() {
            let serves = started.recv().map_err(|_| anyhow!("a worker ended before it served"))?;
            serves.context("a worker cannot serve")?;
        }
        Ok(())
    }

    /// The listening sockets, with the ports that were chosen.
    pub fn sockets(&self) -> &[ListenSocket] {
        &self.fleet.shared.sockets
    }

    /// What is allowed but probably not wanted, one line each.
    pub fn advice(&self) -> &[String] {
        &self.advice
    }

    /// The addresses of one transport.
    pub fn addresses(&self, protocol: Protocol) -> Vec<SocketAddr> {
        self.sockets()
            .iter()
            .filter(|s| s.protocol == protocol)
            .map(|s| s.address)
            .collect()
    }

    /// What the workers share.
    pub fn fleet(&self) -> &Arc<Fleet> {
        &self.fleet
    }

    /// Has every worker put instances of a version in reserve; ready when all have. Needs a runtime.
    ///
    /// # Errors
    /// As [`Fleet::prewarm`].
    pub fn prewarm(&self, version: Arc<dyn Routing>) -> impl Future<Output = Result<(), String>> + Send + use<> {
        let fleet = self.fleet.clone();
        async move { fleet.prewarm(version).await }
    }

    /// Puts versions in charge of new requests. Transactions keep theirs.
    pub fn put(&self, lives: Lives) {
        self.fleet.put(lives);
    }

    /// Puts one version in charge of all new requests.
    pub fn deploy(&self, routing: Arc<dyn Routing>) {
        self.put(Lives::only(routing));
    }

    /// Ends: what begins gets a 503, open transactions get some time, then the workers stop.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.fleet.enter(Phase::Draining);
        let limit = Instant::now() + self.drain;
        let quiet = || self.fleet.is_quiet() && self.fleet.neighbours.on(Side::Before).is_none();
        while !quiet()
            && self.fleet.phase() < Phase::Stopped
            && Instant::now() < limit
            && self.threads.iter().any(|t| !t.is_finished())
        {
            thread::sleep(Duration::from_millis(10));
        }
        self.fleet.enter(Phase::Stopped);
        for thread in self.threads.drain(..) {
            // it caught its panic and told of it
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.drain = Duration::ZERO;
            self.end();
        }
    }
}
