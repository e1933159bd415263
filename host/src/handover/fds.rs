//! Bytes with descriptors over a Unix socket (SCM_RIGHTS), and who is at its other end.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Descriptors that go with one write: the kernel takes 253.
pub(super) const MOST: usize = 64;

/// Writes all bytes; the descriptors go with the first of them.
pub(super) fn send(stream: &UnixStream, mut bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut first = fds;
    while !bytes.is_empty() {
        let mut space = [0; rustix::cmsg_space!(ScmRights(MOST))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !first.is_empty() && !control.push(SendAncillaryMessage::ScmRights(first)) {
            return Err(io::Error::other("too many descriptors at once"));
        }
        let sent = rustix::net::sendmsg(stream, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL);
        match sent {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(sent) => {
                first = &[];
                bytes = bytes.get(sent..).unwrap_or_default();
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Reads what is there into `buffer`, and puts the descriptors that came with it into `fds`; 0 at the end.
pub(super) fn receive(stream: &UnixStream, buffer: &mut [u8], fds: &mut VecDeque<OwnedFd>) -> io::Result<usize> {
    loop {
        let mut space = [0; rustix::cmsg_space!(ScmRights(MOST))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(buffer)];
        match rustix::net::recvmsg(stream, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => {
                for message in control.drain() {
                    if let RecvAncillaryMessage::ScmRights(rights) = message {
                        fds.extend(rights);
                    }
                }
                return Ok(received.bytes);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Process id and user id of whoever opened the other end (SO_PEERCRED).
pub(super) fn peer(stream: impl AsFd) -> io::Result<(u32, u32)> {
    use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
    let of = getsockopt(&stream, PeerCredentials)?;
    Ok((u32::try_from(of.pid()).unwrap_or(0), of.uid()))
}

/// Whether a user may ask this process to hand over: the one that it runs as. Not root either, whose new
/// process would leave files behind that the old one's user cannot use.
pub(super) fn may_ask(uid: u32, own: u32) -> bool {
    uid == own
}

/// The user that this process runs as.
pub(super) fn own_uid() -> u32 {
    nix::unistd::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::UdpSocket;

    #[test]
    fn a_socket_arrives_as_the_same_open_socket() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"queued before", address).unwrap();
        send(&ours, b"here it is", &[socket.as_fd()]).unwrap();
        drop(socket);
        let (mut buffer, mut fds) = ([0; 64], VecDeque::new());
        let length = receive(&theirs, &mut buffer, &mut fds).unwrap();
        assert_eq!((&buffer[..length], fds.len()), (&b"here it is"[..], 1));
        let socket = UdpSocket::from(fds.pop_front().unwrap());
        let (length, _) = socket.recv_from(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"queued before");
        drop(ours);
        assert_eq!(receive(&theirs, &mut buffer, &mut fds).unwrap(), 0);
    }

    #[test]
    fn bytes_without_descriptors_are_just_bytes() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        send(&ours, b"text", &[]).unwrap();
        let mut text = [0; 4];
        theirs.read_exact(&mut text).unwrap();
        theirs.write_all(b"back").unwrap();
        let mut fds = VecDeque::new();
        assert_eq!(receive(&ours, &mut text, &mut fds).unwrap(), 4);
        assert!(fds.is_empty() && &text == b"back");
    }

    #[test]
    fn only_the_own_user_may_ask() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let (pid, uid) = peer(&ours).unwrap();
        assert_eq!((pid, uid), (std::process::id(), own_uid()));
        assert!(may_ask(1000, 1000) && !may_ask(0, 1000) && !may_ask(1000, 0) && !may_ask(1001, 1000));
    }
}
