//! Where the message came from and where it arrived.

use super::Read;
use super::names::{AddrText, FlagSet, SendPart};
use crate::route::{ListenSocket, Route, core};
use kemist_sip::Protocol;
use std::net::SocketAddr;

/// Kamailio's number for a transport.
pub fn protocol_id(protocol: Protocol) -> i64 {
    match protocol {
        Protocol::Udp => 1,
        Protocol::Tcp => 2,
        Protocol::Tls => 3,
        Protocol::Ws => 5,
        Protocol::Wss => 6,
    }
}

/// The name of a transport by Kamailio's number.
pub fn protocol_of_id(id: i64) -> Option<&'static str> {
    let known = [Protocol::Udp, Protocol::Tcp, Protocol::Tls, Protocol::Ws, Protocol::Wss];
    let found = known.into_iter().find(|protocol| protocol_id(*protocol) == id);
    found.map(|protocol| protocol.name())
}

fn address_text(protocol: Protocol, address: SocketAddr, part: AddrText) -> Read<'static> {
    match part {
        AddrText::Ip => Read::owned(address.ip().to_string()),
        AddrText::IpBracketed if address.is_ipv6() => Read::owned(format!("[{}]", address.ip())),
        AddrText::IpBracketed => Read::owned(address.ip().to_string()),
        AddrText::Port => Read::Int(i64::from(address.port())),
        AddrText::Uri if protocol == Protocol::Udp => Read::owned(format!("sip:{address}")),
        AddrText::Uri | AddrText::UriFull => Read::owned(format!("sip:{address};transport={}", protocol.name())),
        AddrText::Socket => Read::owned(format!("{}:{address}", protocol.name())),
    }
}

/// The listening socket of a `proto:ip:port`; without the transport, the first of that address and port.
pub fn socket_named(text: &[u8]) -> Option<u16> {
    let known = |socket: &ListenSocket| {
        let name = socket.text.as_bytes();
        let bare = memchr::memchr(b':', name).map_or(name, |at| &name[at + 1..]);
        name.eq_ignore_ascii_case(text) || bare.eq_ignore_ascii_case(text)
    };
    let found = core::with(|core| core.shared.sockets.iter().position(known));
    found.and_then(|index| u16::try_from(index).ok())
}

fn send_part(protocol: Protocol, address: SocketAddr, part: SendPart) -> Read<'static> {
    match part {
        SendPart::Ip => address_text(protocol, address, AddrText::Ip),
        SendPart::Port => address_text(protocol, address, AddrText::Port),
        SendPart::Family => Read::Int(if address.is_ipv4() { 2 } else { 10 }),
        SendPart::Transport => Read::Int(protocol_id(protocol)),
        SendPart::TransportName => Read::text(protocol.name().as_bytes()),
    }
}

impl Route {
    /// `$si` and its kin.
    pub fn source_text(&self, part: AddrText) -> Read<'_> {
        address_text(self.source.protocol, self.source.remote, part)
    }

    /// `$Ri` and its kin; null where the message was made here.
    pub fn received_text(&self, part: AddrText) -> Read<'_> {
        self.on_socket(self.source.socket, |socket| {
            address_text(socket.protocol, socket.address, part)
        })
    }

    /// `$snd(x)`: where the message is about to go; null but in an onsend callback.
    pub fn send_to(&self, part: SendPart) -> Read<'_> {
        match self.sending {
            Some(target) => send_part(target.protocol, target.remote, part),
            None => Read::Null,
        }
    }

    /// `$sndfrom(x)`: the local side of that.
    pub fn send_from(&self, part: SendPart) -> Read<'_> {
        match self.sending {
            Some(target) => self.on_socket(target.socket, |socket| send_part(socket.protocol, socket.address, part)),
            None => Read::Null,
        }
    }

    /// `$fs`: the forced sending socket.
    pub fn send_socket_text(&self) -> Read<'_> {
        self.socket_text(self.send_socket)
    }

    /// `$fsp`: its port, 0 where none is forced.
    pub fn send_socket_port(&self) -> Read<'_> {
        match self.send_socket {
            Some(index) => self.on_socket(index, |socket| Read::Int(i64::from(socket.address.port()))),
            None => Read::Int(0),
        }
    }

    /// The `proto:ip:port` of a listening socket by its index.
    pub fn socket_text(&self, index: Option<u16>) -> Read<'_> {
        match index {
            Some(index) => self.on_socket(index, |socket| Read::owned(socket.text.as_bytes())),
            None => Read::Null,
        }
    }

    fn on_socket(&self, index: u16, read: impl FnOnce(&ListenSocket) -> Read<'static>) -> Read<'_> {
        core::with(|core| core.shared.sockets.get(usize::from(index)).map_or(Read::Null, read))
    }

    /// Forces the sending socket by its `proto:ip:port`. False where we have none of that name.
    pub fn force_socket(&mut self, text: &[u8]) -> bool {
        let found = socket_named(text);
        if found.is_some() {
            self.send_socket = found;
        }
        found.is_some()
    }

    /// A set of flags.
    pub fn flag_set(&self, set: FlagSet) -> u32 {
        match set {
            FlagSet::Message => self.flags,
            FlagSet::Branch => self.bflags,
            FlagSet::Script => self.sflags,
        }
    }

    /// Replaces a set of flags.
    pub fn set_flag_set(&mut self, set: FlagSet, value: u32) {
        match set {
            FlagSet::Message => self.flags = value,
            FlagSet::Branch => self.bflags = value,
            FlagSet::Script => self.sflags = value,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn both_ends_of_the_packet_can_be_read() {
        let mut route = testing::request(testing::INVITE);
        for (name, text) in [
            ("$si", "192.0.2.10"),
            ("$siz", "192.0.2.10"),
            ("$su", "sip:192.0.2.10:5062"),
            ("$sut", "sip:192.0.2.10:5062;transport=udp"),
            ("$sas", "udp:192.0.2.10:5062"),
            ("$Ri", "127.0.0.1"),
            ("$Ru", "sip:127.0.0.1:5060"),
            ("$Ras", "udp:127.0.0.1:5060"),
            ("$pr", "udp"),
            ("$proto", "udp"),
        ] {
            assert_eq!(route.pv_get(name), Value::text(text.as_bytes()), "{name}");
        }
        assert_eq!(route.pv_get("$sp"), Value::Int(5062));
        assert_eq!(route.pv_get("$Rp"), Value::Int(5060));
        assert_eq!(route.pv_get("$af"), Value::Int(2));
        assert_eq!(route.pv_get("$conid"), Value::Null);
        route.source.remote = "[2001:db8::7]:5070".parse().unwrap();
        assert_eq!(route.pv_get("$si"), Value::text(b"2001:db8::7"));
        assert_eq!(route.pv_get("$siz"), Value::text(b"[2001:db8::7]"));
        assert_eq!(route.pv_get("$su"), Value::text(b"sip:[2001:db8::7]:5070"));
    }

    #[test]
    fn the_sending_socket_is_forced_by_name() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$fs"), Value::Null);
        assert!(route.pv_set("$fs", Value::text(b"tcp:127.0.0.1:5060")));
        assert_eq!(route.send_socket, Some(1));
        assert_eq!(route.pv_get("$fs"), Value::text(b"tcp:127.0.0.1:5060"));
        assert!(!route.pv_set("$fs", Value::text(b"udp:198.51.100.1:5060")));
        assert!(route.pv_set("$fs", Value::Null));
        assert_eq!(route.send_socket, None);
    }
}
