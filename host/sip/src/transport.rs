//! Where a message came from and where one goes: addresses as values, no sockets.

use bytes::Bytes;
use std::net::SocketAddr;

/// A transport as SIP names it (RFC 3261 section 18, RFC 7118).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// Plain stream.
    Tcp,
    /// Stream under TLS.
    Tls,
    /// WebSocket.
    Ws,
    /// WebSocket under TLS.
    Wss,
}

impl Protocol {
    /// Reliable transports need no retransmissions (RFC 3261 section 17).
    pub fn is_reliable(self) -> bool {
        self != Protocol::Udp
    }

    /// The name in upper case, as in a Via.
    pub fn via_name(self) -> &'static str {
        match self {
            Protocol::Udp => "UDP",
            Protocol::Tcp => "TCP",
            Protocol::Tls => "TLS",
            Protocol::Ws => "WS",
            Protocol::Wss => "WSS",
        }
    }

    /// The name in lower case, as in a `transport` URI parameter and in `$proto`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Udp => "udp",
            Protocol::Tcp => "tcp",
            Protocol::Tls => "tls",
            Protocol::Ws => "ws",
            Protocol::Wss => "wss",
        }
    }

    /// Reads a transport name, in any case.
    pub fn parse(name: &[u8]) -> Option<Protocol> {
        [Protocol::Udp, Protocol::Tcp, Protocol::Tls, Protocol::Ws, Protocol::Wss]
            .into_iter()
            .find(|p| p.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// The port used where a URI names none: 5061 with TLS, else 5060 (80 and 443 for WebSocket).
    pub fn default_port(self) -> u16 {
        match self {
            Protocol::Udp | Protocol::Tcp => 5060,
            Protocol::Tls => 5061,
            Protocol::Ws => 80,
            Protocol::Wss => 443,
        }
    }
}

/// One stream connection, unique in the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u64);

/// Where a message goes, or (as the source of a request) where its replies go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The transport.
    pub protocol: Protocol,
    /// The peer.
    pub remote: SocketAddr,
    /// Which of our listening sockets sends (an index into the host's list).
    pub socket: u16,
    /// The connection to prefer, for streams; where it is gone, `remote` is connected to.
    pub connection: Option<ConnectionId>,
}

/// One message to send.
#[derive(Clone, Debug)]
pub struct Transmit {
    /// Where to.
    pub target: Target,
    /// The bytes, whole.
    pub bytes: Bytes,
}
