//! Buffers of datagram sockets in the kernel: how large they are, what waits in them, and what they had no
//! room for.

use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce, SndBuf, SndBufForce};
use nix::sys::socket::{getsockopt, setsockopt};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

/// Where Linux lists the datagram sockets of this network namespace.
const TABLES: [&str; 2] = ["/proc/self/net/udp", "/proc/self/net/udp6"];

/// Sizes in bytes, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// Of what was received and not read yet: bursts wait there while a callback runs.
    pub receive: usize,
    /// Of what was sent and has not left yet.
    pub send: usize,
}

impl Default for Buffers {
    fn default() -> Buffers {
        Buffers {
            receive: 4 << 20,
            send: 1 << 20,
        }
    }
}

/// A datagram socket as the kernel has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number, by which the kernel's tables name it.
    pub inode: u64,
    /// What it got.
    pub buffers: Buffers,
}

impl Buffers {
    /// Asks the kernel for them: beyond its limits where this process may (CAP_NET_ADMIN), else up to
    /// `net.core.rmem_max` and `wmem_max`, which it says nothing about.
    ///
    /// # Errors
    /// Where it refuses altogether.
    pub fn ask(self, socket: &impl AsFd) -> io::Result<()> {
        if setsockopt(socket, RcvBufForce, &self.receive).is_err() {
            setsockopt(socket, RcvBuf, &self.receive)?;
        }
        if setsockopt(socket, SndBufForce, &self.send).is_err() {
            setsockopt(socket, SndBuf, &self.send)?;
        }
        Ok(())
    }

    /// What sockets did not get of this, as one line for whoever can change it.
    pub fn missing(self, sockets: &[Kept]) -> Option<String> {
        let receive = sockets.iter().map(|kept| kept.buffers.receive).min()?;
        let send = sockets.iter().map(|kept| kept.buffers.send).min()?;
        let of = |key: &str, limit: &str, got: usize, asked: usize| {
            (got < asked).then(|| format!("[udp] {key} is {got} bytes of {asked}: set {limit} to {asked}"))
        };
        let lines = [
            of("receive_buffer", "net.core.rmem_max", receive, self.receive),
            of("send_buffer", "net.core.wmem_max", send, self.send),
        ];
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        let why = "the system limits the buffers of UDP sockets, and bursts will be lost";
        (!lines.is_empty()).then(|| format!("{why}: {} (sysctl -w), or give kemist CAP_NET_ADMIN", lines.join("; ")))
    }
}

impl Kept {
    /// Reads it back.
    ///
    /// # Errors
    /// Where the socket is none of datagrams, or the process has too many files.
    pub fn of(socket: &impl AsFd) -> io::Result<Kept> {
        let file = fs::File::from(socket.as_fd().try_clone_to_owned()?);
        Ok(Kept {
            inode: file.metadata()?.ino(),
            // Linux says twice what it gives, for its own books
            buffers: Buffers {
                receive: getsockopt(socket, RcvBuf)? / 2,
                send: getsockopt(socket, SndBuf)? / 2,
            },
        })
    }
}

/// What the kernel has of a socket at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Bytes that wait to be read, with the kernel's own for each datagram.
    pub received: u64,
    /// Datagrams dropped since the socket was opened: no room, or a wrong checksum.
    pub drops: u64,
}

/// All datagram sockets by inode. It reads files as long as there are sockets in this network namespace: not
/// on a thread that others wait for. Empty where there is no /proc.
pub fn waiting() -> HashMap<u64, Waiting> {
    let tables = TABLES.iter().filter_map(|table| fs::read_to_string(table).ok());
    tables
        .flat_map(|table| table.lines().skip(1).filter_map(row).collect::<Vec<_>>())
        .collect()
}

/// `sl local remote st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops`.
fn row(line: &str) -> Option<(u64, Waiting)> {
    let mut fields = line.split_ascii_whitespace();
    let (_, received) = fields.nth(4)?.split_once(':')?;
    let inode = fields.nth(4)?.parse().ok()?;
    let drops = fields.nth(2)?.parse().ok()?;
    let received = u64::from_str_radix(received, 16).ok()?;
    Some((inode, Waiting { received, drops }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn what_is_lost_is_counted() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let small = Buffers {
            receive: 8 << 10,
            send: 64 << 10,
        };
        small.ask(&socket).unwrap();
        let kept = Kept::of(&socket).unwrap();
        assert_eq!(kept.buffers, small);
        let Some(before) = waiting().get(&kept.inode).copied() else {
            return println!("skipped: no /proc/net/udp here");
        };
        assert_eq!(before, Waiting::default());
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..100 {
            peer.send_to(&[b'x'; 1000], socket.local_addr().unwrap()).unwrap();
        }
        socket.set_nonblocking(true).unwrap();
        let now = waiting()[&kept.inode];
        let read = std::iter::from_fn(|| socket.recv(&mut [0; 2000]).ok()).count();
        assert!(now.received > 0 && read > 0);
        assert_eq!(now.drops, 100 - read as u64);
        assert_eq!(waiting()[&kept.inode], Waiting { received: 0, ..now });
    }

    #[test]
    fn a_limit_of_the_system_is_one_line_with_its_name_and_value() {
        let asked = Buffers::default();
        let kept = |receive, send| Kept {
            inode: 1,
            buffers: Buffers { receive, send },
        };
        assert_eq!(asked.missing(&[kept(4 << 20, 1 << 20)]), None);
        assert_eq!(asked.missing(&[]), None);
        assert_eq!(
            asked
                .missing(&[kept(4 << 20, 1 << 20), kept(212_992, 1 << 20)])
                .as_deref(),
            Some(
                "the system limits the buffers of UDP sockets, and bursts will be lost: [udp] receive_buffer is 212992 bytes of \
                 4194304: set net.core.rmem_max to 4194304 (sysctl -w), or give kemist CAP_NET_ADMIN"
            )
        );
        let both = asked.missing(&[kept(1, 2)]).expect("less than asked for");
        assert!(both.contains("net.core.rmem_max to 4194304") && both.contains("net.core.wmem_max to 1048576"));
    }

    #[test]
    fn rows_of_the_kernel_are_read() {
        let line = "  123: 0100007F:13C4 00000000:0000 07 00000000:0000A500 00:00000000 00000000     0        0 4711 2 ffff8f0 17";
        let expected = Waiting {
            received: 0xa500,
            drops: 17,
        };
        assert_eq!(row(line), Some((4711, expected)));
        for other in ["", "  sl  local_address", "1: a b 07 nothing 0 0 0 0 5 2 p 1"] {
            assert_eq!(row(other), None, "{other}");
        }
    }
}
