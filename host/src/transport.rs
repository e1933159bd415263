//! Sockets: datagrams and framed streams in, bytes out.
//!
//! Everything here runs on the worker that owns the socket, hands what it received to a [`Sink`] at
//! once (no queue between), and knows nothing of requests or replies.

pub mod buffers;
pub mod icmp;
pub mod resolver;
pub mod tcp;
pub mod udp;

use buffers::Buffers;
use bytes::Bytes;
use kemist_sip::{Protocol, Target};
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::SocketAddr;

/// Where the transports put what they received: the worker.
pub trait Sink: Clone + 'static {
    /// One whole message.
    fn receive(&self, source: Target, bytes: Bytes);
    /// The stream cannot be framed from here on; what it gets as a last answer, if anything.
    fn bad_frame(&self, source: Target, bytes: &[u8]) -> Option<Bytes>;
    /// These bytes did not reach the peer.
    fn undelivered(&self, bytes: Bytes);
    /// An ICMP error says that a datagram to this address did not; it quotes the beginning of it.
    fn refused(&self, remote: SocketAddr, quote: &[u8]);
    /// Something that is only counted.
    fn count(&self, what: Count);
    /// A batch begins: what its messages have sent may leave together, when it has ended.
    fn gather(&self);
    /// A batch ended; `full` says that more is waiting.
    fn batch(&self, full: bool);
}

/// What transports count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// A keep-alive datagram or a ping on a stream.
    KeepAlive,
    /// A socket call failed while receiving.
    ReceiveError,
    /// A stream connection was refused, since there are too many.
    ConnectionRefused,
    /// A stream connection was opened, by either side.
    ConnectionOpened,
    /// A stream was closed because its bytes could not be framed or took too long.
    ConnectionFault,
}

/// The sockets of one listening address, one for each worker.
#[derive(Debug)]
pub enum Bound {
    /// Datagrams.
    Udp(Vec<std::net::UdpSocket>),
    /// Listeners: the kernel spreads connections among them.
    Tcp(Vec<std::net::TcpListener>),
}

/// Opens an address for a number of workers; returns the sockets and the address with the port that
/// was chosen where 0 was asked for.
///
/// # Errors
/// Where the address is taken (by another process of ours too, in spite of SO_REUSEPORT), not ours,
/// or the transport is not one we speak.
pub fn bind(
    protocol: Protocol,
    address: SocketAddr,
    workers: usize,
    buffers: Buffers,
) -> io::Result<(Bound, SocketAddr)> {
    let kind = kind_of(protocol)?;
    probe(address, kind)?;
    let first = open(address, kind, buffers)?;
    let address = first.local_addr()?.as_socket().unwrap_or(address);
    let mut sockets = vec![first];
    for _ in 1..workers {
        sockets.push(open(address, kind, buffers)?);
    }
    let bound = match protocol {
        Protocol::Udp => Bound::Udp(sockets.into_iter().map(Into::into).collect()),
        _ => Bound::Tcp(sockets.into_iter().map(Into::into).collect()),
    };
    Ok((bound, address))
}

fn kind_of(protocol: Protocol) -> io::Result<Type> {
    match protocol {
        Protocol::Udp => Ok(Type::DGRAM),
        Protocol::Tcp => Ok(Type::STREAM),
        _ => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "transport is not supported yet",
        )),
    }
}

/// Binds without SO_REUSEPORT and closes again: two processes that both set it would share the port
/// in silence, each losing half of the traffic.
fn probe(address: SocketAddr, kind: Type) -> io::Result<()> {
    if address.port() == 0 {
        return Ok(());
    }
    let socket = plain(address, kind)?;
    if kind == Type::STREAM {
        // what an earlier run left in TIME_WAIT is no reason to refuse
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    if kind == Type::STREAM {
        socket.listen(1)?;
    }
    Ok(())
}

fn open(address: SocketAddr, kind: Type, buffers: Buffers) -> io::Result<Socket> {
    let socket = plain(address, kind)?;
    socket.set_reuse_port(true)?;
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    } else {
        buffers.ask(&socket)?;
    }
    socket.bind(&address.into())?;
    if kind == Type::STREAM {
        socket.listen(1024)?;
    }
    Ok(socket)
}

fn plain(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    if address.is_ipv6() {
        // an IPv4 peer would show as ::ffff:a.b.c.d, which no Via or binding should name
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_share_a_port_and_strangers_do_not() {
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let (bound, address) = bind(protocol, "127.0.0.1:0".parse().unwrap(), 3, Buffers::default()).unwrap();
            assert_ne!(address.port(), 0);
            let count = match &bound {
                Bound::Udp(s) => s.len(),
                Bound::Tcp(s) => s.len(),
            };
            assert_eq!(count, 3);
            let again = bind(protocol, address, 1, Buffers::default()).unwrap_err();
            assert_eq!(again.kind(), io::ErrorKind::AddrInUse, "{protocol:?}");
        }
    }

    #[test]
    fn an_unknown_transport_is_refused() {
        let error = bind(Protocol::Wss, "127.0.0.1:0".parse().unwrap(), 1, Buffers::default()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    }
}
