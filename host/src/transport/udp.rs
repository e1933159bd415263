//! One datagram socket of one worker.
//!
//! What came is read in batches ([`batch`]), and what is sent while a batch is worked through is gathered and leaves by
//! one system call too: a provisional and a final reply, the branches of a request, all that a loaded worker answers.

mod batch;

use super::{Count, Sink, icmp};
use batch::{Reader, SENT, Writer};
use bytes::Bytes;
use kemist_sip::{Protocol, Target};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::Notify;

/// Datagrams read before others get their turn.
const BATCH: usize = 64;
/// Datagrams kept while the kernel takes no more.
const WAITING: usize = 1024;
/// The largest datagram there is.
const LARGEST: usize = 65_535;
/// How often a datagram is tried again that met an error about another one.
const RETRIES: usize = 3;
/// A pause where the socket takes no more although it is said to.
const FULL: Duration = Duration::from_millis(1);
/// A SIP message is longer: "OPTIONS x SIP/2.0" alone is.
const SHORTEST: usize = 12;

/// A socket and what waits to be sent on it.
#[derive(Debug)]
pub struct Udp {
    socket: RefCell<Rc<Watched>>,
    index: u16,
    /// ICMP errors are read.
    icmp: bool,
    waiting: RefCell<VecDeque<(SocketAddr, Bytes)>>,
    flush: Notify,
    /// What is sent is gathered.
    gathers: Cell<bool>,
    gathered: RefCell<Vec<(SocketAddr, Bytes)>>,
    writer: RefCell<Writer>,
}

/// A socket as the runtime watches it.
#[derive(Debug)]
enum Watched {
    /// For reading and writing.
    All(UdpSocket),
    /// Not at all: another process reads from it, and each datagram that came would wake us.
    Not(std::net::UdpSocket),
}

impl Watched {
    fn try_send_to(&self, bytes: &[u8], remote: SocketAddr) -> io::Result<usize> {
        match self {
            Watched::All(socket) => socket.try_send_to(bytes, remote),
            Watched::Not(socket) => socket.send_to(bytes, remote),
        }
    }

    async fn writable(&self) -> io::Result<()> {
        match self {
            Watched::All(socket) => socket.writable().await,
            Watched::Not(_) => {
                tokio::time::sleep(FULL).await;
                Ok(())
            }
        }
    }

    fn copy(&self) -> io::Result<std::net::UdpSocket> {
        let fd = match self {
            Watched::All(socket) => socket.as_fd().try_clone_to_owned()?,
            Watched::Not(socket) => socket.as_fd().try_clone_to_owned()?,
        };
        Ok(fd.into())
    }
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The kernel has it.
    Yes,
    /// It waits for the end of the batch.
    Gathered,
    /// It waits for room in the kernel.
    Queued,
    /// Too many wait already.
    Full,
    /// The kernel refused it: no route, a forbidden address, too large.
    Refused,
}

impl Udp {
    /// Takes a bound socket over, for sending only until [`Udp::watch`]; `index` is its place among the listening sockets, `icmp` says whether
    /// its ICMP errors are of interest.
    ///
    /// # Errors
    /// Where the kernel cannot tell of errors.
    pub fn new(socket: std::net::UdpSocket, index: u16, icmp: bool) -> io::Result<Udp> {
        if icmp {
            icmp::keep_errors(&socket)?;
        }
        Ok(Udp {
            socket: RefCell::new(Rc::new(Watched::Not(socket))),
            index,
            icmp,
            waiting: RefCell::default(),
            flush: Notify::new(),
            gathers: Cell::new(false),
            gathered: RefCell::new(Vec::with_capacity(SENT)),
            writer: RefCell::new(Writer::new()),
        })
    }

    /// Its place among the listening sockets.
    pub fn index(&self) -> u16 {
        self.index
    }

    /// Another descriptor of the same socket.
    ///
    /// # Errors
    /// Where the process has too many.
    pub fn copy(&self) -> io::Result<OwnedFd> {
        self.watched().copy().map(Into::into)
    }

    /// Has the runtime watch it, so that it can be read.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn watch(&self) -> io::Result<()> {
        let copy = self.watched().copy()?;
        *self.socket.borrow_mut() = Rc::new(Watched::All(UdpSocket::from_std(copy)?));
        Ok(())
    }

    /// Has the runtime watch it no more; [`Udp::receive`] must have been ended.
    ///
    /// # Errors
    /// Where it cannot: it is watched as before then.
    pub fn unwatch(&self) -> io::Result<()> {
        let copy = self.watched().copy()?;
        *self.socket.borrow_mut() = Rc::new(Watched::Not(copy));
        Ok(())
    }

    fn watched(&self) -> Rc<Watched> {
        self.socket.borrow().clone()
    }

    /// Reads for ever, in batches; at once back where it is not watched.
    pub async fn receive(&self, sink: &impl Sink) {
        let watched = self.watched();
        let Watched::All(socket) = &*watched else { return };
        let mut reader = Reader::new();
        loop {
            let errors = match socket.ready(Interest::READABLE | Interest::ERROR).await {
                Ok(ready) => ready.is_error() && self.read_errors(socket, reader.one(), sink),
                Err(_) => {
                    sink.count(Count::ReceiveError);
                    false
                }
            };
            let full = self.read_batch(socket, &mut reader, sink) || errors;
            sink.batch(full);
            if full {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Takes errors off the socket's queue; true where there may be more.
    fn read_errors(&self, socket: &UdpSocket, buffer: &mut [u8], sink: &impl Sink) -> bool {
        for _ in 0..BATCH {
            // whatever ends it counts as an empty queue: a readiness that stays would wake us for ever
            let taken = socket.try_io(Interest::ERROR, || {
                icmp::take(socket, buffer).map_err(|_| io::ErrorKind::WouldBlock.into())
            });
            match taken {
                Ok(Some((remote, length))) => sink.refused(remote, buffer.get(..length).unwrap_or_default()),
                Ok(None) => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Reads until nothing more is there, or others are to get their turn; true where more may be there.
    fn read_batch(&self, socket: &UdpSocket, reader: &mut Reader, sink: &impl Sink) -> bool {
        let mut taken = 0;
        sink.gather();
        while taken < BATCH {
            let read = socket.try_io(Interest::READABLE, || {
                let full = reader.read(socket, |remote, datagram| {
                    taken += 1;
                    self.take(remote, datagram, sink);
                })?;
                // fewer than were asked for: the next readiness is a new one, and no call is needed to know that
                if full {
                    Ok(())
                } else {
                    Err(io::ErrorKind::WouldBlock.into())
                }
            });
            match read {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return false,
                // its place is the queue of errors, which has it too
                Err(e) if self.icmp && icmp::is_about_another(&e) => taken += 1,
                Err(_) => {
                    taken += 1;
                    sink.count(Count::ReceiveError);
                }
            }
        }
        true
    }

    /// Passes a datagram on.
    fn take(&self, remote: SocketAddr, datagram: &[u8], sink: &impl Sink) {
        if is_keep_alive(datagram) {
            return sink.count(Count::KeepAlive);
        }
        let source = Target {
            protocol: Protocol::Udp,
            remote,
            socket: self.index,
            connection: None,
        };
        // an exact copy: a slice of a large buffer would keep all of it for one message
        sink.receive(source, Bytes::copy_from_slice(datagram));
        let mut gathered = self.gathered.borrow_mut();
        if gathered.len() >= SENT {
            let refused = self.send_all(&mut gathered);
            drop(gathered);
            refused.into_iter().for_each(|bytes| sink.undelivered(bytes));
        }
    }

    /// From here on what is sent is gathered, until [`Udp::send_gathered`].
    pub fn gather(&self) {
        self.gathers.set(true);
    }

    /// Sends what was gathered, and gathers no more; returns what the kernel refused.
    pub fn send_gathered(&self) -> Vec<Bytes> {
        self.gathers.set(false);
        self.send_all(&mut self.gathered.borrow_mut())
    }

    /// Sends what was gathered, and goes on gathering; returns what the kernel refused.
    pub fn send_so_far(&self) -> Vec<Bytes> {
        self.send_all(&mut self.gathered.borrow_mut())
    }

    /// Empties a list by as few calls as it takes.
    fn send_all(&self, datagrams: &mut Vec<(SocketAddr, Bytes)>) -> Vec<Bytes> {
        let mut refused = Vec::new();
        let mut sent = 0;
        while let Some(rest) = datagrams.get(sent..).filter(|rest| !rest.is_empty()) {
            // behind what waits for room, and a single one by the usual call
            if rest.len() > 1 && self.waiting.borrow().is_empty() {
                let written = match &**self.socket.borrow() {
                    Watched::All(socket) => self.writer.borrow_mut().write(socket, rest),
                    Watched::Not(socket) => self.writer.borrow_mut().write(socket, rest),
                };
                if let Ok(written @ 1..) = written {
                    sent += written;
                    continue;
                }
            }
            // the one that a call stops at: its error is seen to like any other's
            let Some((remote, bytes)) = rest.first() else { break };
            if self.send_now(*remote, bytes) == Sent::Refused {
                refused.push(bytes.clone());
            }
            sent += 1;
        }
        datagrams.clear();
        refused
    }

    /// Sends, or keeps it for when there is room, or for when the batch ends that is worked through.
    pub fn send(&self, remote: SocketAddr, bytes: &Bytes) -> Sent {
        if !self.gathers.get() {
            return self.send_now(remote, bytes);
        }
        let mut gathered = self.gathered.borrow_mut();
        gathered.push((remote, bytes.clone()));
        Sent::Gathered
    }

    fn send_now(&self, remote: SocketAddr, bytes: &Bytes) -> Sent {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_empty() {
            match self.try_send(bytes, remote) {
                Ok(_) => return Sent::Yes,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Sent::Refused,
            }
        }
        if waiting.len() >= WAITING {
            return Sent::Full;
        }
        waiting.push_back((remote, bytes.clone()));
        self.flush.notify_one();
        Sent::Queued
    }

    fn try_send(&self, bytes: &[u8], remote: SocketAddr) -> io::Result<usize> {
        let socket = self.socket.borrow();
        let mut sent = socket.try_send_to(bytes, remote);
        for _ in 0..RETRIES {
            match &sent {
                Err(e) if self.icmp && icmp::is_about_another(e) => sent = socket.try_send_to(bytes, remote),
                _ => break,
            }
        }
        sent
    }

    /// Sends for ever what [`Udp::send`] kept.
    pub async fn flush(&self, sink: &impl Sink) {
        loop {
            self.flush.notified().await;
            while !self.waiting.borrow().is_empty() {
                if self.watched().writable().await.is_err() {
                    break;
                }
                let waiting = self.waiting.borrow().len();
                for refused in self.flush_once() {
                    sink.undelivered(refused);
                }
                // after an error of the socket the runtime takes it for writable whatever is
                if self.waiting.borrow().len() >= waiting {
                    tokio::time::sleep(FULL).await;
                }
            }
        }
    }

    /// Sends until the kernel takes no more; returns what it refused.
    fn flush_once(&self) -> Vec<Bytes> {
        let mut refused = Vec::new();
        let mut waiting = self.waiting.borrow_mut();
        while let Some((remote, bytes)) = waiting.front() {
            match self.try_send(bytes, *remote) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => refused.extend(waiting.pop_front().map(|(_, bytes)| bytes)),
                Ok(_) => {
                    waiting.pop_front();
                }
            }
        }
        refused
    }
}

/// Datagrams that only keep a NAT open: empty lines, NULs, STUN binding requests (RFC 5626 3.5.2), or
/// anything too short to be SIP.
pub fn is_keep_alive(datagram: &[u8]) -> bool {
    let stun = || datagram.len() >= 20 && datagram[0] & 0xc0 == 0 && datagram[4..8] == [0x21, 0x12, 0xa4, 0x42];
    datagram.len() < SHORTEST || stun() || datagram.iter().all(|b| matches!(b, 0 | b'\r' | b'\n' | b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keep_alives_are_known() {
        let mut stun = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        stun.resize(20, 7);
        for datagram in [&b""[..], b"\r\n\r\n", &[0; 4], &[0; 40], b"jaK", &stun] {
            assert!(is_keep_alive(datagram), "{}", datagram.escape_ascii());
        }
        assert!(!is_keep_alive(b"OPTIONS sip:a SIP/2.0\r\n\r\n"));
        assert!(!is_keep_alive(b"\r\n\r\nOPTIONS sip:a SIP/2.0\r\n\r\n"));
    }
}
