//! Datagram sockets, read and written in batches.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll, ppoll};
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg};
use nix::sys::time::TimeSpec;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// Datagrams of one system call, as in kemist.
pub const BATCH: usize = 64;
/// Room for one datagram; no message of these loads has a kilobyte and a half.
const LARGEST: usize = 4096;
/// Asked of the kernel for sockets of the load: what is lost should be lost by the server.
const BUFFER: usize = 4 << 20;
/// How often a datagram is tried again that met an error about another one (ICMP).
const RETRIES: usize = 3;

/// A socket on a free port of 127.0.0.1.
pub fn socket() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    enlarge(&socket);
    Ok(socket)
}

/// What the system gives is taken: a limit of its own (`net.core.rmem_max`) is no error.
pub fn enlarge(socket: &UdpSocket) {
    let reference = socket2::SockRef::from(socket);
    reference.set_recv_buffer_size(BUFFER).ok();
    reference.set_send_buffer_size(BUFFER).ok();
}

/// Waits until one of the sockets can be read, at most so long; says which.
pub fn readable(sockets: &[UdpSocket], at_most: Duration, which: &mut Vec<usize>) {
    which.clear();
    let mut fds: Vec<PollFd> = sockets
        .iter()
        .map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN))
        .collect();
    if ppoll(&mut fds, Some(TimeSpec::from_duration(at_most)), None).is_ok() {
        let ready = |fd: &PollFd| fd.revents().is_some_and(|events| !events.is_empty());
        which.extend(fds.iter().enumerate().filter(|(_, fd)| ready(fd)).map(|(at, _)| at));
    }
}

/// What one call has read.
pub struct Inbox {
    headers: MultiHeaders<SockaddrIn>,
    buffer: Vec<u8>,
    read: Vec<(usize, Option<SockaddrIn>)>,
}

impl Inbox {
    pub fn new() -> Inbox {
        Inbox {
            headers: MultiHeaders::preallocate(BATCH, None),
            buffer: vec![0; BATCH * LARGEST],
            read: Vec::with_capacity(BATCH),
        }
    }

    /// One without room, which reads nothing.
    pub fn none() -> Inbox {
        Inbox {
            headers: MultiHeaders::preallocate(0, None),
            buffer: Vec::new(),
            read: Vec::new(),
        }
    }

    /// Reads what is there, up to [`BATCH`]; returns how many datagrams.
    pub fn receive(&mut self, socket: &UdpSocket) -> usize {
        self.read.clear();
        let mut rooms = self.buffer.chunks_exact_mut(LARGEST);
        let mut slices: [[IoSliceMut; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(rooms.next().unwrap_or_default())]);
        let received = recvmmsg(
            socket.as_raw_fd(),
            &mut self.headers,
            slices.iter_mut(),
            MsgFlags::MSG_DONTWAIT,
            None,
        );
        // an error is about an earlier datagram (ICMP) or says that nothing is there
        if let Ok(received) = received {
            self.read
                .extend(received.map(|datagram| (datagram.bytes.min(LARGEST), datagram.address)));
        }
        self.read.len()
    }

    pub fn datagram(&self, at: usize) -> &[u8] {
        let length = self.read.get(at).map_or(0, |read| read.0);
        self.buffer.get(at * LARGEST..at * LARGEST + length).unwrap_or_default()
    }

    pub fn from(&self, at: usize) -> Option<SockaddrIn> {
        self.read.get(at).and_then(|read| read.1)
    }
}

/// Datagrams that wait for the next call.
pub struct Outbox {
    headers: MultiHeaders<SockaddrIn>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    to: Vec<Option<SockaddrIn>>,
    /// Those that the kernel took.
    pub sent: u64,
    /// Those that it did not.
    pub refused: u64,
}

impl Outbox {
    pub fn new() -> Outbox {
        Outbox {
            headers: MultiHeaders::preallocate(BATCH, None),
            bytes: Vec::with_capacity(BATCH * 1024),
            ends: Vec::with_capacity(BATCH),
            to: Vec::with_capacity(BATCH),
            sent: 0,
            refused: 0,
        }
    }

    /// Adds a datagram, written by the function; sends all first where a batch is full.
    pub fn push(&mut self, socket: &UdpSocket, to: Option<SockaddrIn>, write: impl FnOnce(&mut Vec<u8>)) {
        if self.ends.len() == BATCH {
            self.flush(socket);
        }
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
        self.to.push(to);
    }

    /// Sends all of it.
    pub fn flush(&mut self, socket: &UdpSocket) {
        let (mut done, mut tries) = (0, 0);
        while done < self.ends.len() {
            match self.send_from(socket, done) {
                Ok(sent) if sent > 0 => {
                    done += sent;
                    self.sent += sent as u64;
                    tries = 0;
                }
                Err(Errno::EAGAIN | Errno::ENOBUFS) if tries < 1_000 => {
                    tries += 1;
                    let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)];
                    poll(&mut fds, PollTimeout::from(1u8)).ok();
                }
                Err(Errno::ECONNREFUSED | Errno::EINTR) if tries < RETRIES => tries += 1,
                _ => {
                    done += 1;
                    self.refused += 1;
                    tries = 0;
                }
            }
        }
        self.bytes.clear();
        self.ends.clear();
        self.to.clear();
    }

    fn send_from(&mut self, socket: &UdpSocket, first: usize) -> nix::Result<usize> {
        let start = |at: usize| match at.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        let slices: [[IoSlice; 1]; BATCH] = std::array::from_fn(|at| {
            let at = first + at;
            let piece = self.ends.get(at).map(|end| &self.bytes[start(at)..*end]);
            [IoSlice::new(piece.unwrap_or_default())]
        });
        let waiting = self.ends.len() - first;
        sendmmsg(
            socket.as_raw_fd(),
            &mut self.headers,
            slices.iter().take(waiting),
            &self.to[first..],
            [],
            MsgFlags::MSG_DONTWAIT,
        )
        .map(Iterator::count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_in_batches_arrives_in_order() {
        let (one, two) = (socket().expect("a port"), socket().expect("a port"));
        two.connect(one.local_addr().expect("it is bound")).expect("loopback");
        let mut out = Outbox::new();
        for number in 0..150u32 {
            out.push(&two, None, |bytes| {
                bytes.extend_from_slice(format!("datagram {number}").as_bytes())
            });
        }
        out.flush(&two);
        assert_eq!((out.sent, out.refused), (150, 0));
        let (mut inbox, mut which, mut next) = (Inbox::new(), Vec::new(), 0);
        let sockets = [one];
        while next < 150 {
            readable(&sockets, Duration::from_secs(5), &mut which);
            assert_eq!(which, [0], "all was sent");
            for at in 0..inbox.receive(&sockets[0]) {
                assert_eq!(inbox.datagram(at), format!("datagram {next}").as_bytes());
                assert_eq!(
                    inbox.from(at).map(|from| from.port()),
                    two.local_addr().ok().map(|at| at.port())
                );
                next += 1;
            }
        }
    }
}
