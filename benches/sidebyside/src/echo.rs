//! The floor: two processors' worth of sockets that send back what comes, in the batches of a SIP server. It reads nothing
//! of it, so that what it costs is what the kernel costs.

use crate::net::{self, Inbox, Outbox};
use anyhow::Context;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{SocketAddrV4, UdpSocket};
use std::os::fd::AsFd;

/// Serves for ever, with one thread and one socket for each worker.
pub fn serve(address: SocketAddrV4, workers: usize) -> anyhow::Result<()> {
    let mut sockets = Vec::new();
    for _ in 0..workers {
        sockets.push(open(address).with_context(|| format!("{address}: cannot be opened"))?);
    }
    let threads: Vec<_> = sockets
        .into_iter()
        .map(|socket| std::thread::spawn(move || answer(&socket)))
        .collect();
    for thread in threads {
        thread
            .join()
            .map_err(|_| anyhow::anyhow!("a thread of the echo ended"))?;
    }
    Ok(())
}

fn open(address: SocketAddrV4) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    let socket = socket.into();
    net::enlarge(&socket);
    Ok(socket)
}

fn answer(socket: &UdpSocket) {
    let (mut inbox, mut out) = (Inbox::new(), Outbox::new());
    loop {
        let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
        if poll(&mut fds, PollTimeout::NONE).is_err() {
            continue;
        }
        // as a server does: all that is there, then wait
        loop {
            let read = inbox.receive(socket);
            for at in 0..read {
                out.push(socket, inbox.from(at), |bytes| {
                    bytes.extend_from_slice(inbox.datagram(at))
                });
            }
            out.flush(socket);
            if read < net::BATCH {
                break;
            }
        }
    }
}
