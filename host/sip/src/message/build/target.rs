//! Where replies go.

use crate::message::lexical::host_ip;
use crate::message::{Message, Via, params};
use crate::{Protocol, Target};
use std::net::{IpAddr, Ipv4Addr};

/// Where a reply of our own to `req` goes (RFC 3261 18.2.2, RFC 3581 section 4).
///
/// A stream's reply keeps its connection; `remote` is then where to connect to when that is gone: the
/// source address and the port the sender listens on. A datagram's goes to `maddr`, else to the source
/// address: its port where `rport` was asked for (or `force_rport`), else the port of the sent-by.
pub fn reply_target(req: &Message, source: Target, force_rport: bool) -> Target {
    let (Some(place), Some(via)) = (req.via_place(), req.via()) else {
        return source;
    };
    let mut target = source;
    let listening = via.port.filter(|p| *p != 0).unwrap_or(source.protocol.default_port());
    if source.protocol.is_reliable() {
        target.remote.set_port(listening);
        return target;
    }
    let maddr = place
        .maddr
        .find(req.bytes())
        .and_then(|element| params::param(element).1);
    if let Some(ip) = maddr.and_then(literal).filter(|ip| is_destination(*ip)) {
        target.remote.set_ip(ip);
        target.remote.set_port(listening);
    } else if !force_rport && place.rport.place().is_none() {
        target.remote.set_port(listening);
    }
    target
}

/// Where a reply being forwarded goes by the Via below ours: transport, host (IPv6 addresses with or
/// without brackets), port. `None` where the transport is not known here.
///
/// In this order: `maddr`, `received`, the sent-by host; with the port of `rport` where it was filled
/// in, else the sent-by port, else the transport's.
pub fn via_target<'m>(via: &Via<'m>) -> Option<(Protocol, &'m [u8], u16)> {
    let protocol = Protocol::parse(via.transport)?;
    let listening = via.port.filter(|p| *p != 0).unwrap_or(protocol.default_port());
    if let Some(maddr) = via.maddr().filter(|_| !protocol.is_reliable()) {
        return Some((protocol, maddr, listening));
    }
    let port = via.rport().flatten().unwrap_or(listening);
    Some((protocol, via.received().unwrap_or(via.host), port))
}

fn literal(host: &[u8]) -> Option<IpAddr> {
    host_ip(host).or_else(|| std::str::from_utf8(host).ok()?.parse().ok())
}

/// Nothing is ever sent to everybody (RFC 4475 3.3.10).
fn is_destination(ip: IpAddr) -> bool {
    ip != IpAddr::V4(Ipv4Addr::BROADCAST) && !ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::super::tests::message;
    use super::*;

    fn to(via: &str, protocol: Protocol, force: bool) -> String {
        let req = message(&format!("INFO sip:b SIP/2.0\r\nVia: SIP/2.0/{via}\r\n\r\n"));
        let source = Target {
            protocol,
            remote: "192.0.2.9:7000".parse().unwrap(),
            socket: 0,
            connection: None,
        };
        reply_target(&req, source, force).remote.to_string()
    }

    #[test]
    fn replies_of_our_own() {
        assert_eq!(to("UDP h:5070", Protocol::Udp, false), "192.0.2.9:5070");
        assert_eq!(to("UDP h", Protocol::Udp, false), "192.0.2.9:5060");
        assert_eq!(to("UDP h;rport", Protocol::Udp, false), "192.0.2.9:7000");
        assert_eq!(to("UDP h:5070", Protocol::Udp, true), "192.0.2.9:7000");
        assert_eq!(to("UDP h;maddr=224.0.1.75", Protocol::Udp, false), "224.0.1.75:5060");
        assert_eq!(
            to("UDP h;maddr=255.255.255.255", Protocol::Udp, false),
            "192.0.2.9:5060"
        );
        assert_eq!(to("TCP h:5070;rport", Protocol::Tcp, true), "192.0.2.9:5070");
        assert_eq!(to("nonsense", Protocol::Udp, false), "192.0.2.9:7000");
    }

    #[test]
    fn forwarded_replies() {
        let target = |text: &'static str| via_target(&Via::parse(text.as_bytes()).unwrap());
        assert_eq!(
            target("SIP/2.0/UDP h;received=192.0.2.1;rport=7"),
            Some((Protocol::Udp, &b"192.0.2.1"[..], 7))
        );
        assert_eq!(
            target("SIP/2.0/tls [::1];rport"),
            Some((Protocol::Tls, &b"[::1]"[..], 5061))
        );
        assert_eq!(
            target("SIP/2.0/UDP h:9;maddr=224.0.1.75"),
            Some((Protocol::Udp, &b"224.0.1.75"[..], 9))
        );
        assert_eq!(target("SIP/2.0/SCTP h"), None);
    }
}
