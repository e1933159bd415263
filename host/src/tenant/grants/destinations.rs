//! Where requests of a tenant may go: `dst:CIDR[:PORT]`, `dst:NAME[:PORT]`, `dst:*.SUFFIX[:PORT]`,
//! `dst:public`. IPv6 stands in brackets where a port follows: `dst:[2001:db8::]/32:5060`.
//!
//! A name grants what it leads to, whatever address that is: who is given a name trusts whoever keeps its
//! DNS. What is public is no address of this machine, none that a network of the operator's could have
//! (RFC 6890), and none that carries such a one inside (NAT64, 6to4, Teredo).

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::LazyLock;

/// What is listed; where that is nothing, what is public.
#[derive(Clone, Debug, Default)]
pub(super) struct Destinations(Vec<Destination>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Destination {
    to: To,
    /// None for any.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum To {
    Public,
    Net(IpNet),
    /// In lower case.
    Name(Box<str>),
    /// With its dot, in lower case.
    Below(Box<str>),
}

impl Destinations {
    /// All there are.
    pub(super) fn anywhere() -> Destinations {
        let nets = [IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())];
        let all = nets.map(|net| Destination {
            to: To::Net(net),
            port: None,
        });
        Destinations(all.into())
    }

    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let destination = Destination::parse(text).ok_or_else(|| {
            format!(
                "{text} is no destination; write dst:192.0.2.0/24, dst:192.0.2.1:5060, dst:[2001:db8::]/32:5060, \
                 dst:sip.example.net, dst:*.example.net or dst:public"
            )
        })?;
        if !self.0.contains(&destination) {
            self.0.push(destination);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn reaches(&self, host: Option<&str>, remote: SocketAddr) -> bool {
        let ip = remote.ip().to_canonical();
        if self.0.is_empty() {
            return is_public(ip);
        }
        let host = host.map(|host| host.strip_suffix('.').unwrap_or(host));
        self.0
            .iter()
            .any(|to| to.port.is_none_or(|port| port == remote.port()) && to.to.covers(host, ip))
    }
}

impl To {
    fn covers(&self, host: Option<&str>, ip: IpAddr) -> bool {
        match self {
            To::Public => is_public(ip),
            To::Net(net) => net.contains(&ip),
            To::Name(name) => host.is_some_and(|host| host.eq_ignore_ascii_case(name)),
            To::Below(suffix) => host.is_some_and(|host| {
                let at = host.len().checked_sub(suffix.len()).filter(|at| *at > 0);
                at.and_then(|at| host.get(at..))
                    .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
            }),
        }
    }
}

impl Destination {
    fn parse(text: &str) -> Option<Destination> {
        let any = |to| Some(Destination { to, port: None });
        if text == "public" {
            return any(To::Public);
        }
        if let Some(net) = network(text) {
            return any(To::Net(net));
        }
        if text.starts_with('[') {
            return bracketed(text);
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(self::port(port)?)),
            None => (text, None),
        };
        let to = match network(host) {
            Some(net) => To::Net(net),
            None => name(host)?,
        };
        Some(Destination { to, port })
    }
}

/// `[2001:db8::1]`, `[2001:db8::]/32`, each with a port or without.
fn bracketed(text: &str) -> Option<Destination> {
    let (inside, behind) = text.strip_prefix('[')?.split_once(']')?;
    let (length, port) = match behind.rsplit_once(':') {
        Some((length, port)) => (length, Some(self::port(port)?)),
        None => (behind, None),
    };
    inside.parse::<Ipv6Addr>().ok()?;
    let net = network(&format!("{inside}{length}"))?;
    Some(Destination { to: To::Net(net), port })
}

/// A network, or an address; an IPv4 address written as IPv6 is itself.
fn network(text: &str) -> Option<IpNet> {
    let net = match text.parse::<IpAddr>() {
        Ok(ip) => IpNet::from(ip),
        Err(_) => text.parse::<IpNet>().ok()?,
    };
    let mapped = |net: Ipv6Net| {
        let ip = net.addr().to_ipv4_mapped()?;
        Ipv4Net::new(ip, net.prefix_len().checked_sub(96)?).ok()
    };
    Some(match net {
        IpNet::V6(net) => mapped(net).map_or(IpNet::V6(net), IpNet::V4),
        net => net,
    })
}

fn port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}

fn name(text: &str) -> Option<To> {
    let text = text.to_ascii_lowercase();
    let (below, host) = match text.strip_prefix('*') {
        Some(rest) => (true, rest.strip_prefix('.')?),
        None => (false, &*text),
    };
    let fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let is_name = !host.is_empty()
        && host.len() <= 253
        && host.bytes().all(fit)
        && !host.starts_with('.')
        // 192.0.2 and the like: an address that is none
        && host.bytes().any(|b| b.is_ascii_alphabetic());
    is_name.then(|| match below {
        true => To::Below(format!(".{host}").into()),
        false => To::Name(host.into()),
    })
}

/// Could it be somebody's on the Internet, and not this machine's?
fn is_public(ip: IpAddr) -> bool {
    let open = match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    };
    open && !own_addresses().contains(&ip)
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmarks = a == 198 && matches!(b, 18 | 19);
    let protocols = (a, b, c) == (192, 0, 0);
    !(a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || shared
        || benchmarks
        || protocols
        // multicast, what is reserved, broadcast
        || a >= 224)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, .., g, h] = ip.segments();
    let last = Ipv4Addr::from((u32::from(g) << 16) | u32::from(h));
    match (a, b) {
        // unspecified, loopback, IPv4 inside (RFC 4291 2.5.5)
        (0, _) => false,
        // NAT64 (RFC 6052), also with a prefix of a network's own (RFC 8215)
        (0x64, 0xff9b) => ip.segments()[2] == 0 && is_public_v4(last),
        (0x2002, _) => {
            let [_, high, low, ..] = ip.segments();
            is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        // Teredo
        (0x2001, 0) => false,
        _ => {
            let local = ip.is_unique_local() || ip.is_unicast_link_local() || a & 0xffc0 == 0xfec0;
            !local && !ip.is_multicast()
        }
    }
}

/// The addresses of this machine, as they are when they are first asked for.
fn own_addresses() -> &'static [IpAddr] {
    static OWN: LazyLock<Vec<IpAddr>> = LazyLock::new(|| {
        let interfaces = match nix::ifaddrs::getifaddrs() {
            Ok(interfaces) => interfaces,
            Err(error) => {
                tracing::warn!("the addresses of this machine are not known: {error}");
                return Vec::new();
            }
        };
        let addresses = interfaces.filter_map(|interface| {
            let address = interface.address?;
            let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
        });
        addresses.collect()
    });
    &OWN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(lines: &[&str], host: Option<&str>, remote: &str) -> bool {
        let mut all = Destinations::default();
        lines.iter().for_each(|line| all.add(line).unwrap());
        all.reaches(host, remote.parse().unwrap())
    }

    #[test]
    fn without_a_line_the_public_is_reached_and_no_network_of_the_operator_s() {
        for (remote, is) in [
            ("203.0.113.7:5060", true),
            ("8.8.8.8:5061", true),
            ("[2001:db8::1]:5060", true),
            ("[2a00::1]:5060", true),
            ("127.0.0.1:5060", false),
            ("127.8.9.1:5060", false),
            ("10.1.2.3:5060", false),
            ("172.16.0.1:5060", false),
            ("172.32.0.1:5060", true),
            ("192.168.1.1:5060", false),
            ("169.254.169.254:80", false),
            ("100.64.0.1:5060", false),
            ("100.128.0.1:5060", true),
            ("0.0.0.0:5060", false),
            ("224.0.1.75:5060", false),
            ("255.255.255.255:5060", false),
            ("[::1]:5060", false),
            ("[::]:5060", false),
            ("[fe80::1]:5060", false),
            ("[fc00::1]:5060", false),
            ("[ff02::1]:5060", false),
            ("[::ffff:10.0.0.1]:5060", false),
            ("[::ffff:8.8.8.8]:5060", true),
            ("[64:ff9b::10.0.0.1]:5060", false),
            ("[64:ff9b::8.8.8.8]:5060", true),
            ("[64:ff9b:1::8.8.8.8]:5060", false),
            ("[2002:0a00:0001::1]:5060", false),
            ("[2002:0808:0808::1]:5060", true),
            ("[2001::1]:5060", false),
        ] {
            assert_eq!(reaches(&[], None, remote), is, "{remote}");
            assert_eq!(reaches(&["public"], Some("a.example"), remote), is, "{remote}");
        }
    }

    #[test]
    fn with_lines_they_and_nothing_else() {
        for (lines, host, remote, is) in [
            (&["10.0.0.0/8"][..], None, "10.1.2.3:5060", true),
            (&["10.0.0.0/8"], None, "8.8.8.8:5060", false),
            (&["10.0.0.0/8", "public"], None, "8.8.8.8:5060", true),
            (&["10.0.0.0/8:5060"], None, "10.1.2.3:5061", false),
            (&["10.0.0.1"], None, "10.0.0.1:1", true),
            (&["10.0.0.1:5070"], None, "10.0.0.1:5070", true),
            (&["10.0.0.1"], None, "[::ffff:10.0.0.1]:5060", true),
            (&["::ffff:10.0.0.0/104"], None, "10.0.0.9:5060", true),
            (&["2001:db8::/32"], None, "[2001:db8::5]:5060", true),
            (&["[2001:db8::]/32:5060"], None, "[2001:db8::5]:5060", true),
            (&["[2001:db8::]/32:5060"], None, "[2001:db8::5]:5061", false),
            (&["[::1]:5060"], None, "[::1]:5060", true),
            (&["gw.example.net"], Some("GW.example.net"), "10.0.0.1:5060", true),
            (&["gw.example.net"], Some("gw.example.net."), "10.0.0.1:5060", true),
            (&["gw.example.net"], None, "10.0.0.1:5060", false),
            (&["gw.example.net:5060"], Some("gw.example.net"), "10.0.0.1:5061", false),
            (&["*.example.net"], Some("a.b.Example.net"), "10.0.0.1:5060", true),
            (&["*.example.net"], Some("example.net"), "8.8.8.8:5060", false),
            (&["*.example.net"], Some("badexample.net"), "8.8.8.8:5060", false),
            (&["*.example.net"], Some(".example.net"), "8.8.8.8:5060", false),
        ] {
            assert_eq!(reaches(lines, host, remote), is, "{lines:?} {host:?} {remote}");
        }
    }

    #[test]
    fn what_is_no_destination_is_refused() {
        for text in [
            "10.0.0.0/33",
            "10.0.0",
            "10.0.0.1:",
            "10.0.0.1:0",
            "10.0.0.1:70000",
            "[2001:db8::1",
            "[10.0.0.1]",
            "[::1]:x",
            "a*.example",
            "*",
            "*.",
            "a b",
            "2001:db8::1:5060:zz",
            "sip:a.example",
        ] {
            assert!(Destinations::default().add(text).is_err(), "{text}");
        }
    }
}
