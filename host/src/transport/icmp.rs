//! ICMP errors about datagrams of ours: the kernel keeps them in a queue of the socket, with what the
//! error quotes (Linux, `IP_RECVERR`).
//!
//! Without that queue a socket that is not connected hears nothing of them, and a request to a closed port
//! waits for its timer. The price is that an error about one datagram is also handed to whoever sends or
//! receives next on the socket; [`is_about_another`] tells it from their own.

use nix::cmsg_space;
use nix::libc::{sock_extended_err, sockaddr_in6};
use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

/// `SO_EE_ORIGIN_ICMP` and `SO_EE_ORIGIN_ICMP6`: by what an error came; others are the kernel's own.
const ICMP: u8 = 2;
const ICMP6: u8 = 3;

/// Has the kernel keep errors about this socket's datagrams.
///
/// # Errors
/// Where it cannot.
pub fn keep_errors(socket: &UdpSocket) -> io::Result<()> {
    match socket.local_addr()? {
        SocketAddr::V4(_) => setsockopt(socket, Ipv4RecvErr, &true)?,
        SocketAddr::V6(_) => setsockopt(socket, Ipv6RecvErr, &true)?,
    }
    Ok(())
}

/// Takes the oldest error off the queue: where the datagram went, and how many bytes of what it carried
/// are quoted at the start of `buffer`. None for an error that does not say that the peer is out of reach.
///
/// # Errors
/// `WouldBlock` where there is none.
pub fn take(socket: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<Option<(SocketAddr, usize)>> {
    let mut parts = [IoSliceMut::new(buffer)];
    let mut control = cmsg_space!(sock_extended_err, sockaddr_in6);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let error = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let refused = error.cmsgs()?.any(|cmsg| match cmsg {
        ControlMessageOwned::Ipv4RecvErr(e, _) | ControlMessageOwned::Ipv6RecvErr(e, _) => {
            is_refusal(e.ee_origin, e.ee_type, e.ee_code)
        }
        _ => false,
    });
    // in this queue the message's name is where the datagram was sent to
    let to = error.address.as_ref().and_then(address).filter(|_| refused);
    Ok(to.map(|to| (to, error.bytes)))
}

/// As the standard library has it.
pub(super) fn address(of: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = || of.as_sockaddr_in().map(|v4| SocketAddr::from((v4.ip(), v4.port())));
    let v6 = || of.as_sockaddr_in6().map(|v6| SocketAddr::from((v6.ip(), v6.port())));
    v4().or_else(v6)
}

/// RFC 3261 section 18.4: what cannot be reached, and parameter problems. A datagram too large for a hop
/// may be sent again in fragments, one that ran out of hops may have met a loop that is over.
fn is_refusal(origin: u8, kind: u8, code: u8) -> bool {
    match (origin, kind) {
        (ICMP, 3) => code != 4,
        (ICMP, 12) | (ICMP6, 1 | 4) => true,
        _ => false,
    }
}

/// Whether a socket call may have failed with an error about an earlier datagram.
pub fn is_about_another(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, PermissionDenied};
    use nix::libc::{EHOSTDOWN, EMSGSIZE, ENONET, ENOPROTOOPT, EOPNOTSUPP, EPROTO};
    let kind = error.kind();
    matches!(
        kind,
        ConnectionRefused | HostUnreachable | NetworkUnreachable | PermissionDenied
    ) || matches!(
        error.raw_os_error(),
        Some(EHOSTDOWN | EMSGSIZE | ENONET | ENOPROTOOPT | EOPNOTSUPP | EPROTO)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// Sends to a closed port of loopback; what the queue then has.
    fn refused(any: &str) -> Option<(SocketAddr, SocketAddr, Vec<u8>)> {
        let closed = UdpSocket::bind(any).ok()?.local_addr().unwrap();
        let socket = UdpSocket::bind(any).unwrap();
        keep_errors(&socket).unwrap();
        let mut buffer = [0; 2000];
        let none = take(&socket, &mut buffer).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::WouldBlock);
        socket.send_to(b"anybody there?", closed).unwrap();
        let limit = Instant::now() + Duration::from_secs(10);
        loop {
            match take(&socket, &mut buffer) {
                Ok(taken) => {
                    let (to, length) = taken.expect("a port that nobody has is a refusal");
                    return Some((closed, to, buffer[..length].to_vec()));
                }
                Err(_) => assert!(Instant::now() < limit, "no error came"),
            }
        }
    }

    #[test]
    fn a_closed_port_is_told_with_what_was_sent() {
        let (closed, to, quote) = refused("127.0.0.1:0").expect("loopback");
        assert_eq!((to, &quote[..]), (closed, &b"anybody there?"[..]));
    }

    #[test]
    fn over_ipv6_too() {
        let Some((closed, to, quote)) = refused("[::1]:0") else {
            return println!("skipped: no IPv6 on this machine");
        };
        assert_eq!((to, &quote[..]), (closed, &b"anybody there?"[..]));
    }

    #[test]
    fn the_next_call_gets_an_error_about_another() {
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (socket, peer) = (
            UdpSocket::bind("127.0.0.1:0").unwrap(),
            UdpSocket::bind("127.0.0.1:0").unwrap(),
        );
        keep_errors(&socket).unwrap();
        socket.send_to(b"x", closed).unwrap();
        let limit = Instant::now() + Duration::from_secs(10);
        while Instant::now() < limit {
            match socket.send_to(b"x", peer.local_addr().unwrap()) {
                Ok(_) => std::thread::yield_now(),
                Err(error) => return assert!(is_about_another(&error), "{error}"),
            }
        }
        panic!("no error came");
    }

    #[test]
    fn what_may_pass_is_no_refusal() {
        for (origin, kind, code, refusal) in [
            (ICMP, 3, 0, true),
            (ICMP, 3, 1, true),
            (ICMP, 3, 3, true),
            (ICMP, 3, 4, false),
            (ICMP, 4, 0, false),
            (ICMP, 11, 0, false),
            (ICMP, 12, 0, true),
            (ICMP6, 1, 4, true),
            (ICMP6, 2, 0, false),
            (ICMP6, 3, 0, false),
            (1, 3, 3, false),
        ] {
            assert_eq!(is_refusal(origin, kind, code), refusal, "{origin} {kind} {code}");
        }
    }
}
