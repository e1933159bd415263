//! Stream connections: one table for all workers, one task a connection on the worker that owns it.
//!
//! Any worker sends through any connection by its bounded queue. Connections are found by their id (a
//! reply goes back over the connection its request came on, RFC 3261 18.2.2) or by the peer's address
//! (18.1.1), so that outbound requests share one.

use super::{Count, Sink};
use crate::follow::Followers;
use bytes::{Buf, Bytes, BytesMut};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use kemist_sip::message::parser::{Frame, frame};
use kemist_sip::{ConnectionId, Protocol, Target};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Limits of stream connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message, in bytes.
    pub message: usize,
    /// Messages that wait to be written to one connection.
    pub queue: usize,
    /// Connections of the process.
    pub connections: usize,
    /// How long a connection may be silent.
    pub idle: Duration,
    /// How long one message may take from its first byte to its last.
    pub partial: Duration,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long a peer may take no bytes while we have some.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message: 64 * 1024,
            queue: 256,
            connections: 16_384,
            idle: Duration::from_secs(120),
            partial: Duration::from_secs(10),
            connect: Duration::from_secs(5),
            write: Duration::from_secs(10),
        }
    }
}

/// How long a connection that is being closed may take for its last bytes.
const FAREWELL: Duration = Duration::from_secs(1);
/// Messages handled before other tasks of the worker get their turn.
const BATCH: usize = 32;
/// Requests remembered of those written since the peer was last heard.
const UNHEARD: usize = 32;

/// The connections of the process.
#[derive(Debug)]
pub struct Table {
    limits: Limits,
    by_id: DashMap<ConnectionId, mpsc::Sender<Bytes>>,
    by_remote: DashMap<(Protocol, SocketAddr), ConnectionId>,
    next: AtomicU64,
    open: AtomicUsize,
    /// Who else is told of connections.
    followers: Followers<ConnectionId, (Protocol, SocketAddr)>,
    /// Those that peers opened.
    inbound: DashMap<ConnectionId, (Protocol, SocketAddr)>,
}

/// Why bytes were not taken.
#[derive(Debug)]
pub enum Unsent {
    /// There is no such connection; connect.
    NoConnection(Bytes),
    /// Its queue is full: the peer does not read.
    Full(Bytes),
}

impl Table {
    /// An empty table.
    pub fn new(limits: Limits) -> Arc<Table> {
        Arc::new(Table {
            limits,
            by_id: DashMap::new(),
            by_remote: DashMap::new(),
            next: AtomicU64::new(1),
            open: AtomicUsize::new(0),
            followers: Followers::default(),
            inbound: DashMap::new(),
        })
    }

    /// Gives connections from now on ids from `first`, if that is higher than what they get anyway.
    pub fn number_from(&self, first: u64) {
        self.next.fetch_max(first, Ordering::Relaxed);
    }

    /// The id that the next connection gets.
    pub fn next_number(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Those who are told of connections that peers open and (by None) of their end. What we opened ourselves
    /// another process can open too.
    pub fn followers(&self) -> &Followers<ConnectionId, (Protocol, SocketAddr)> {
        &self.followers
    }

    /// Those that peers opened.
    pub fn inbound(&self) -> Vec<(ConnectionId, (Protocol, SocketAddr))> {
        self.inbound
            .iter()
            .map(|entry| (*entry.key(), *entry.value()))
            .collect()
    }

    /// Connections now.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// The most there may be.
    pub fn most(&self) -> usize {
        self.limits.connections
    }

    /// The connections that can be found by their peer's address.
    pub fn list(&self) -> Vec<(ConnectionId, Protocol, SocketAddr)> {
        let all = self.by_remote.iter();
        all.map(|entry| (*entry.value(), entry.key().0, entry.key().1))
            .collect()
    }

    /// Queues bytes on the connection a target prefers, or on one to its address.
    ///
    /// # Errors
    /// Hands the bytes back, where there is no connection or its queue is full.
    pub fn send(&self, target: &Target, bytes: Bytes) -> Result<(), Unsent> {
        let named = target.connection.and_then(|id| self.queue_of(id));
        let key = (target.protocol, target.remote);
        let queue = named.or_else(|| self.by_remote.get(&key).map(|id| *id).and_then(|id| self.queue_of(id)));
        match queue.map(|queue| queue.try_send(bytes.clone())) {
            None | Some(Err(mpsc::error::TrySendError::Closed(_))) => Err(Unsent::NoConnection(bytes)),
            Some(Err(mpsc::error::TrySendError::Full(_))) => Err(Unsent::Full(bytes)),
            Some(Ok(())) => Ok(()),
        }
    }

    /// Connects on this worker and sends these bytes first. Where another worker began to connect to
    /// the same address in the meantime, its connection is used.
    pub fn connect<S: Sink>(self: &Arc<Self>, target: Target, from: IpAddr, bytes: Bytes, sink: &S) {
        let Some(slot) = Slot::take(self) else {
            sink.count(Count::ConnectionRefused);
            return sink.undelivered(bytes);
        };
        let (sender, queue) = mpsc::channel(self.limits.queue.max(1));
        let target = Target {
            connection: Some(slot.id),
            ..target
        };
        match self.by_remote.entry((target.protocol, target.remote)) {
            Entry::Occupied(other) if self.by_id.contains_key(other.get()) => {
                let other = Target {
                    connection: Some(*other.get()),
                    ..target
                };
                if let Err(Unsent::NoConnection(bytes) | Unsent::Full(bytes)) = self.send_by_id(&other, bytes) {
                    sink.undelivered(bytes);
                }
                return;
            }
            Entry::Occupied(mut stale) => {
                self.by_id.insert(slot.id, sender.clone());
                stale.insert(slot.id);
            }
            Entry::Vacant(free) => {
                self.by_id.insert(slot.id, sender.clone());
                free.insert(slot.id);
            }
        }
        let registered = Registered {
            slot,
            remote: (target.protocol, target.remote),
        };
        if sender.try_send(bytes).is_err() {
            return; // cannot be: the queue has room for one
        }
        drop(sender);
        tokio::task::spawn_local(outbound(registered, target, from, queue, sink.clone()));
    }

    fn send_by_id(&self, target: &Target, bytes: Bytes) -> Result<(), Unsent> {
        match target
            .connection
            .and_then(|id| self.queue_of(id))
            .map(|queue| queue.try_send(bytes.clone()))
        {
            Some(Ok(())) => Ok(()),
            _ => Err(Unsent::NoConnection(bytes)),
        }
    }

    fn queue_of(&self, id: ConnectionId) -> Option<mpsc::Sender<Bytes>> {
        self.by_id.get(&id).map(|queue| queue.clone())
    }
}

/// A place among the connections; given back when dropped.
struct Slot {
    table: Arc<Table>,
    id: ConnectionId,
}

impl Slot {
    fn take(table: &Arc<Table>) -> Option<Slot> {
        let limit = table.limits.connections;
        let taken = table
            .open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then_some(n + 1));
        taken.ok()?;
        let id = ConnectionId(table.next.fetch_add(1, Ordering::Relaxed));
        Some(Slot {
            table: table.clone(),
            id,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.table.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection in the table; leaves it when dropped, whatever ended its task.
struct Registered {
    slot: Slot,
    remote: (Protocol, SocketAddr),
}

impl Registered {
    fn limits(&self) -> &Limits {
        &self.slot.table.limits
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let table = &self.slot.table;
        table.by_id.remove(&self.slot.id);
        table.by_remote.remove_if(&self.remote, |_, id| *id == self.slot.id);
        if table.inbound.remove(&self.slot.id).is_some() {
            table.followers.tell(self.slot.id, None);
        }
    }
}

/// Takes connections for ever.
pub async fn accept<S: Sink>(listener: TcpListener, socket: u16, table: Arc<Table>, sink: S) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => admit(stream, remote, socket, &table, &sink),
            Err(_) => {
                sink.count(Count::ReceiveError);
                // mostly no free descriptor: asking again at once would spin
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn admit<S: Sink>(stream: TcpStream, remote: SocketAddr, socket: u16, table: &Arc<Table>, sink: &S) {
    let Some(slot) = Slot::take(table) else {
        return sink.count(Count::ConnectionRefused);
    };
    let (sender, queue) = mpsc::channel(table.limits.queue.max(1));
    let source = Target {
        protocol: Protocol::Tcp,
        remote,
        socket,
        connection: Some(slot.id),
    };
    table.by_id.insert(slot.id, sender);
    table.by_remote.insert((Protocol::Tcp, remote), slot.id);
    let registered = Registered {
        slot,
        remote: (Protocol::Tcp, remote),
    };
    table.inbound.insert(registered.slot.id, registered.remote);
    table.followers.tell(registered.slot.id, Some(registered.remote));
    tokio::task::spawn_local(serve(stream, source, registered, queue, sink.clone()));
}

async fn outbound<S: Sink>(
    registered: Registered,
    target: Target,
    from: IpAddr,
    mut queue: mpsc::Receiver<Bytes>,
    sink: S,
) {
    let connecting = timeout(registered.limits().connect, open(target.remote, from));
    match connecting.await {
        Ok(Ok(stream)) => serve(stream, target, registered, queue, sink).await,
        _ => {
            drop(registered);
            refuse(&mut queue, &sink);
        }
    }
}

async fn open(remote: SocketAddr, from: IpAddr) -> io::Result<TcpStream> {
    let socket = if remote.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if !from.is_unspecified() && from.is_ipv4() == remote.is_ipv4() {
        // the peer sees the address that our Via names
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(remote).await
}

/// Gives back whatever waits in a queue.
fn refuse<S: Sink>(queue: &mut mpsc::Receiver<Bytes>, sink: &S) {
    queue.close();
    while let Ok(bytes) = queue.try_recv() {
        sink.undelivered(bytes);
    }
}

/// One connection from its first byte to its last.
async fn serve<S: Sink>(
    stream: TcpStream,
    source: Target,
    registered: Registered,
    mut queue: mpsc::Receiver<Bytes>,
    sink: S,
) {
    sink.count(Count::ConnectionOpened);
    let _ = stream.set_nodelay(true); // only a matter of speed
    let limits = registered.limits().clone();
    let (mut read, mut write) = stream.into_split();
    let wrote = Written::default();
    let broken = {
        let mut writer = pin!(write_all(&mut write, &mut queue, &limits, &wrote, &sink));
        let mut reader = Reader {
            read: &mut read,
            source,
            registered: &registered,
            limits: &limits,
            wrote: &wrote,
        };
        tokio::select! {
            broken = &mut writer => {
                drop(registered);
                broken
            }
            broken = reader.run(&sink) => {
                // no more senders: the writer ends when it has written what is queued
                drop(registered);
                let _ = timeout(FAREWELL, writer).await;
                broken
            }
        }
    };
    refuse(&mut queue, &sink);
    if broken {
        wrote
            .unheard
            .into_inner()
            .into_iter()
            .for_each(|bytes| sink.undelivered(bytes));
    }
    let _ = timeout(FAREWELL, linger(&mut write, &mut read)).await;
}

/// Ends our side and reads what the peer still sends: closing with unread bytes resets the connection,
/// and a last answer would be lost.
async fn linger(write: &mut OwnedWriteHalf, read: &mut OwnedReadHalf) {
    if write.shutdown().await.is_err() {
        return;
    }
    let mut ignored = [0; 1024];
    for _ in 0..64 {
        if !matches!(read.read(&mut ignored).await, Ok(n) if n > 0) {
            return;
        }
    }
}

/// What was written to a peer.
struct Written {
    /// When something was last.
    at: Cell<Instant>,
    /// Requests since it was last heard: where the connection breaks they were not read. One that is closed
    /// in order has been read, and the reply may come over another (RFC 3261 18.2.2).
    unheard: RefCell<VecDeque<Bytes>>,
}

impl Default for Written {
    fn default() -> Written {
        Written {
            at: Cell::new(Instant::now()),
            unheard: RefCell::default(),
        }
    }
}

impl Written {
    fn note(&self, batch: &mut Vec<Bytes>) {
        self.at.set(Instant::now());
        let mut unheard = self.unheard.borrow_mut();
        for bytes in batch.drain(..).filter(|bytes| !bytes.starts_with(b"SIP/")) {
            if unheard.len() == UNHEARD {
                unheard.pop_front();
            }
            unheard.push_back(bytes);
        }
    }
}

/// Writes what is queued until nobody can queue any more or the peer takes no more: true for that.
async fn write_all<S: Sink>(
    write: &mut OwnedWriteHalf,
    queue: &mut mpsc::Receiver<Bytes>,
    limits: &Limits,
    wrote: &Written,
    sink: &S,
) -> bool {
    let mut batch = Vec::new();
    let mut joined = Vec::new();
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let bytes: &[u8] = match batch.as_slice() {
            [one] => one,
            many => {
                joined.clear();
                many.iter().for_each(|bytes| joined.extend_from_slice(bytes));
                &joined
            }
        };
        if !matches!(timeout(limits.write, write.write_all(bytes)).await, Ok(Ok(()))) {
            batch.drain(..).for_each(|bytes| sink.undelivered(bytes));
            return true;
        }
        wrote.note(&mut batch);
    }
    false
}

struct Reader<'c> {
    read: &'c mut OwnedReadHalf,
    source: Target,
    registered: &'c Registered,
    limits: &'c Limits,
    wrote: &'c Written,
}

/// What to do after a look at the buffer.
enum Next {
    Read,
    Close,
}

impl Reader<'_> {
    /// Reads until the peer ends, is silent for too long or sends what is no SIP; true where the connection
    /// broke.
    async fn run<S: Sink>(&mut self, sink: &S) -> bool {
        let mut buffer = BytesMut::new();
        let mut heard = Instant::now();
        // when the first byte of the message at the front of the buffer came
        let mut begun: Option<Instant> = None;
        loop {
            if let Next::Close = self.take_messages(&mut buffer, &mut begun, sink).await {
                return false;
            }
            let deadline = match begun {
                Some(begun) => begun + self.limits.partial,
                None => heard.max(self.wrote.at.get()) + self.limits.idle,
            };
            buffer.reserve(4096);
            match timeout_at(deadline, self.read.read_buf(&mut buffer)).await {
                Ok(Ok(n)) if n > 0 => {
                    heard = Instant::now();
                    begun = begun.or(Some(heard));
                }
                Ok(ended) => return ended.is_err(),
                Err(_) if begun.is_some() => {
                    sink.count(Count::ConnectionFault);
                    return false;
                }
                // something was written in the meantime
                Err(_) if self.wrote.at.get() + self.limits.idle > Instant::now() => {}
                Err(_) => return false,
            }
        }
    }

    async fn take_messages<S: Sink>(&self, buffer: &mut BytesMut, begun: &mut Option<Instant>, sink: &S) -> Next {
        let mut taken = 0;
        while !buffer.is_empty() {
            match frame(buffer, self.limits.message) {
                Frame::Message(length) => {
                    self.wrote.unheard.borrow_mut().clear();
                    let length = length.clamp(1, buffer.len());
                    // a copy, so that a message kept long does not keep the buffer
                    sink.receive(self.source, Bytes::copy_from_slice(&buffer[..length]));
                    buffer.advance(length);
                    *begun = (!buffer.is_empty()).then(Instant::now);
                    taken += 1;
                    if taken % BATCH == 0 {
                        sink.batch(true);
                        tokio::task::yield_now().await;
                    }
                }
                Frame::KeepAlive(length) => {
                    buffer.advance(length.clamp(1, buffer.len()));
                    *begun = (!buffer.is_empty()).then(Instant::now);
                    self.keep_alive(length, sink);
                }
                Frame::Incomplete => break,
                Frame::Bad(_) => {
                    sink.count(Count::ConnectionFault);
                    self.answer(sink.bad_frame(self.source, buffer));
                    return Next::Close;
                }
            }
        }
        if taken > 0 {
            sink.batch(false);
        }
        Next::Read
    }

    /// A double CRLF is a ping and gets a single one (RFC 5626 3.5.1, 4.4.1).
    fn keep_alive<S: Sink>(&self, length: usize, sink: &S) {
        sink.count(Count::KeepAlive);
        if length >= 4 {
            self.answer(Some(Bytes::from_static(b"\r\n")));
        }
    }

    fn answer(&self, bytes: Option<Bytes>) {
        let queue = self.registered.slot.table.queue_of(self.registered.slot.id);
        if let (Some(queue), Some(bytes)) = (queue, bytes) {
            // a full queue means that the peer does not read: it misses nothing it would see
            let _ = queue.try_send(bytes);
        }
    }
}
