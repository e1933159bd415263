//! Many datagrams by one system call: recvmmsg and sendmmsg, into and from buffers that are made once.

use super::super::icmp::address;
use super::LARGEST;
use bytes::Bytes;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

/// Datagrams that one call reads at most. Each has room for the largest; what none was long enough for is
/// never touched, and so takes no memory.
const READ: usize = 32;
/// Datagrams that a call asks for where few came last.
const FEW: usize = 4;
/// Datagrams that one call sends at most.
pub(super) const SENT: usize = 16;

/// What datagrams are read into.
#[derive(Debug)]
pub(super) struct Reader {
    headers: MultiHeaders<SockaddrStorage>,
    buffer: Vec<u8>,
    /// How many the next call asks for: preparing a place costs some nanoseconds, a call some hundred.
    width: usize,
}

impl Reader {
    pub(super) fn new() -> Reader {
        Reader {
            headers: MultiHeaders::preallocate(READ, None),
            buffer: vec![0; READ * LARGEST],
            width: FEW,
        }
    }

    /// Room for one datagram.
    pub(super) fn one(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..LARGEST).unwrap_or_default()
    }

    /// Reads what is there, up to as many as were asked for, and passes each on; true where there may be more.
    ///
    /// # Errors
    /// `WouldBlock` where nothing is there; others as of recv(2).
    pub(super) fn read(&mut self, socket: &impl AsRawFd, mut each: impl FnMut(SocketAddr, &[u8])) -> io::Result<bool> {
        let asked = self.width;
        let mut places = self.buffer.chunks_exact_mut(LARGEST);
        let mut slices: [[IoSliceMut<'_>; 1]; READ] =
            std::array::from_fn(|_| [IoSliceMut::new(places.next().unwrap_or_default())]);
        let (places, flags) = (slices.iter_mut().take(asked), MsgFlags::MSG_DONTWAIT);
        let read = recvmmsg(socket.as_raw_fd(), &mut self.headers, places, flags, None)?;
        let mut came = 0;
        for message in read {
            came += 1;
            let bytes = message.iovs().next().unwrap_or_default();
            if let Some(source) = message.address.as_ref().and_then(address) {
                each(source, bytes);
            }
        }
        let full = came == asked;
        self.width = if full { asked * 2 } else { came + 1 }.clamp(FEW, READ);
        Ok(full)
    }
}

/// What datagrams are sent from.
#[derive(Debug)]
pub(super) struct Writer(MultiHeaders<SockaddrStorage>);

impl Writer {
    pub(super) fn new() -> Writer {
        Writer(MultiHeaders::preallocate(SENT, None))
    }

    /// Sends the first of these, in their order, up to [`SENT`]; how many the kernel took.
    ///
    /// # Errors
    /// That of the first, where it took none.
    pub(super) fn write(&mut self, socket: &impl AsRawFd, datagrams: &[(SocketAddr, Bytes)]) -> io::Result<usize> {
        let mut addresses: [Option<SockaddrStorage>; SENT] = [None; SENT];
        let mut slices = [[IoSlice::new(&[])]; SENT];
        for (((remote, bytes), to), slice) in datagrams.iter().zip(&mut addresses).zip(&mut slices) {
            *to = Some(SockaddrStorage::from(*remote));
            *slice = [IoSlice::new(bytes)];
        }
        let slices = slices.iter().take(datagrams.len());
        let sent = sendmmsg(
            socket.as_raw_fd(),
            &mut self.0,
            slices,
            addresses,
            [],
            MsgFlags::MSG_DONTWAIT,
        )?;
        Ok(sent.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    fn pair() -> (UdpSocket, UdpSocket) {
        let bind = || UdpSocket::bind("127.0.0.1:0").expect("a port");
        (bind(), bind())
    }

    #[test]
    fn what_is_written_is_read_in_its_order() {
        let (from, to) = pair();
        let datagrams: Vec<_> = (0..100u16)
            .map(|n| {
                let text = format!("{n} {}", "x".repeat(usize::from(n) * 7));
                (to.local_addr().expect("bound"), Bytes::from(text))
            })
            .collect();
        let (mut writer, mut reader) = (Writer::new(), Reader::new());
        let mut rest = &datagrams[..];
        while !rest.is_empty() {
            let sent = writer.write(&from, rest).expect("there is room");
            assert!((1..=SENT).contains(&sent));
            rest = &rest[sent..];
        }
        let (mut read, mut calls) = (Vec::new(), 0);
        loop {
            calls += 1;
            let full = reader.read(&to, |source, bytes| {
                assert_eq!(source, from.local_addr().expect("bound"));
                read.push(Bytes::copy_from_slice(bytes));
            });
            match full {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    break;
                }
            }
        }
        let sent: Vec<_> = datagrams.into_iter().map(|(_, bytes)| bytes).collect();
        assert_eq!(read, sent);
        assert!(calls <= 8, "{calls} calls for 100 datagrams");
    }

    #[test]
    fn nothing_there_would_block() {
        let (_from, to) = pair();
        let error = Reader::new()
            .read(&to, |_, _| panic!("nothing came"))
            .expect_err("nothing is there");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn what_the_kernel_refuses_stops_there() {
        let (from, to) = pair();
        let to = to.local_addr().expect("bound");
        let good = (to, Bytes::from_static(b"a datagram"));
        let bad = (to, Bytes::from(vec![0; 70_000]));
        let mut writer = Writer::new();
        let datagrams = [good.clone(), bad, good];
        assert_eq!(writer.write(&from, &datagrams).expect("the first is well"), 1);
        writer.write(&from, &datagrams[1..]).expect_err("too large");
        assert_eq!(writer.write(&from, &datagrams[2..]).expect("the last is well"), 1);
    }
}
