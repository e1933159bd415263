//! From a URI to a [`Target`]: RFC 3263 in the parts that need no waiting, the resolver for the rest.

use super::{Core, Route, Routing, Shared, core, grants};
use kemist_sip::message::ipv4;
use kemist_sip::message::uri::Uri;
use kemist_sip::{ConnectionId, Protocol, Target};
use smallvec::SmallVec;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a request goes, in the order to try.
pub type Targets = SmallVec<[Target; 1]>;

/// Where a URI leads, before names are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// An address that was written out, or a name of our own.
    Address(Protocol, SocketAddr),
    /// A name for the resolver; protocol and port only where the URI fixes them.
    Name {
        /// The host, in text.
        host: String,
        /// The port, where given.
        port: Option<u16>,
        /// The transport, where given.
        protocol: Option<Protocol>,
    },
}

/// Why a URI leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDestination {
    /// It is no URI, or its host is no name.
    Unreadable,
    /// Its scheme is not one we route by (`sip`, `sips`).
    Scheme,
    /// Its transport is none that we know.
    Transport,
    /// No address was found for its host.
    Unresolvable,
    /// Max-Forwards is used up or cannot be read.
    NoHops,
    /// We have no socket of that transport and address family.
    NoSocket,
    /// The tenant may not send there.
    NotGranted,
    /// Every address of it failed lately.
    Blocked,
    /// `ksr_onsend_route` let it go to none of its addresses.
    Stopped,
}

impl NoDestination {
    /// The status for the sender of the request (`sl_reply_error`): Kamailio's 478 for what cannot
    /// be resolved, 416 for a scheme (RFC 3261 section 16.3).
    pub fn status(self) -> u16 {
        match self {
            NoDestination::Unreadable => 400,
            NoDestination::Scheme => 416,
            NoDestination::Transport | NoDestination::Unresolvable => 478,
            NoDestination::NoHops => 483,
            NoDestination::NoSocket => 500,
            NoDestination::Blocked | NoDestination::Stopped | NoDestination::NotGranted => 473,
        }
    }
}

impl Destination {
    /// Reads a URI: `maddr` before host, `transport` before the default, TLS for `sips`.
    pub fn of(uri: &[u8], shared: &Shared) -> Result<Destination, NoDestination> {
        let uri = Uri::parse(uri).map_err(|_| NoDestination::Unreadable)?;
        if !uri.is_sip() {
            return Err(NoDestination::Scheme);
        }
        let protocol = protocol_of(&uri)?;
        let host = uri.maddr().filter(|m| !m.is_empty()).unwrap_or(uri.host);
        if let Some(ip) = literal(host) {
            let protocol = protocol.unwrap_or(Protocol::Udp);
            return Ok(Destination::Address(
                protocol,
                SocketAddr::new(ip, uri.port.unwrap_or(protocol.default_port())),
            ));
        }
        if let Some(own) = own_name(host, uri.port, protocol, shared) {
            return Ok(own);
        }
        let host = host_name(host).ok_or(NoDestination::Unreadable)?;
        Ok(Destination::Name {
            host,
            port: uri.port,
            protocol,
        })
    }
}

/// The transport that a URI fixes; None leaves the choice to the resolver (RFC 3263 section 4.1).
fn protocol_of(uri: &Uri<'_>) -> Result<Option<Protocol>, NoDestination> {
    let named = match uri.param("transport") {
        Some(Some(name)) => Some(Protocol::parse(name).ok_or(NoDestination::Transport)?),
        _ => None,
    };
    if !uri.is_sips() {
        return Ok(named);
    }
    // sips wants TLS on the hop: transport=tcp there means TLS over TCP (RFC 5630 section 3.1.4)
    match named {
        None | Some(Protocol::Tcp | Protocol::Tls) => Ok(Some(Protocol::Tls)),
        Some(Protocol::Ws | Protocol::Wss) => Ok(Some(Protocol::Wss)),
        Some(Protocol::Udp) => Err(NoDestination::Transport),
    }
}

/// An address written out; IPv6 comes with brackets in a URI, and `maddr` may come without.
pub fn literal(host: &[u8]) -> Option<IpAddr> {
    let bare = host
        .strip_prefix(b"[")
        .and_then(|h| h.strip_suffix(b"]"))
        .unwrap_or(host);
    // nearly no name ends as an IPv4 address does or has a colon: names skip the parser
    match bare.last()? {
        _ if bare.len() > 45 => None,
        b'0'..=b'9' if memchr::memchr(b':', bare).is_none() => ipv4(bare).map(IpAddr::V4),
        _ if memchr::memchr(b':', bare).is_some() => std::str::from_utf8(bare).ok()?.parse().map(IpAddr::V6).ok(),
        _ => None,
    }
}

/// `localhost`, our aliases and tenants' domains need no resolver: it might not know them, and would be asked for every message.
fn own_name(host: &[u8], port: Option<u16>, protocol: Option<Protocol>, shared: &Shared) -> Option<Destination> {
    let wanted = protocol.unwrap_or(Protocol::Udp);
    let port_or_default = port.unwrap_or(wanted.default_port());
    if host.eq_ignore_ascii_case(b"localhost") {
        let v4 = shared
            .sockets
            .iter()
            .any(|s| s.protocol == wanted && s.address.is_ipv4());
        let ip = if v4 {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            IpAddr::V6(Ipv6Addr::LOCALHOST)
        };
        return Some(Destination::Address(wanted, SocketAddr::new(ip, port_or_default)));
    }
    if !shared.is_myself(host, 0, None) && shared.domains.tenant(host).is_none() {
        return None;
    }
    let socket = shared
        .sockets
        .iter()
        .find(|s| s.protocol == wanted && port.is_none_or(|p| p == s.address.port()))?;
    let mut address = socket.address;
    if address.ip().is_unspecified() {
        // nobody else is meant
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Some(Destination::Address(wanted, address))
}

/// A host name fit for DNS: letters, digits, hyphens, dots, underscores, 253 bytes.
fn host_name(host: &[u8]) -> Option<String> {
    let fit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if host.is_empty() || host.len() > 253 || !host.iter().all(fit) {
        return None;
    }
    String::from_utf8(host.to_ascii_lowercase()).ok()
}

impl Route {
    /// The first of [`Route::targets`].
    ///
    /// # Errors
    /// As there.
    pub async fn target(&self, uri: &[u8], connection: Option<ConnectionId>) -> Result<Target, NoDestination> {
        let targets = self.targets(uri, connection).await?;
        targets.first().copied().ok_or(NoDestination::Unresolvable)
    }

    /// The targets for a URI (a branch's destination URI, else its request URI) in the order to try, at
    /// least one. `connection` is the stream that the binding came over. Waits only where a name must
    /// be resolved. Addresses that failed lately are left out.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn targets(&self, uri: &[u8], connection: Option<ConnectionId>) -> Result<Targets, NoDestination> {
        self.targets_by(uri, connection, None).await
    }

    /// [`Route::targets`] in an order that `seed` decides where there is one.
    ///
    /// # Errors
    /// As there.
    pub async fn targets_by(
        &self,
        uri: &[u8],
        connection: Option<ConnectionId>,
        seed: Option<u64>,
    ) -> Result<Targets, NoDestination> {
        let preferred = self.send_socket.unwrap_or(self.source.socket);
        targets(&*self.routing, uri, preferred, connection, seed).await
    }

    /// The target for an address: from the forced socket (`$fs`) where it fits, else from the one
    /// the message came in on, else from any that fits.
    pub fn target_at(
        &self,
        protocol: Protocol,
        remote: SocketAddr,
        connection: Option<ConnectionId>,
    ) -> Result<Target, NoDestination> {
        target_at(
            protocol,
            remote,
            self.send_socket.unwrap_or(self.source.socket),
            connection,
        )
    }
}

/// [`Route::targets_by`] for what belongs to no message: from the listening socket `preferred` where that
/// fits, to what the tenant of `routing` may reach.
///
/// # Errors
/// As there.
pub async fn targets(
    routing: &dyn Routing,
    uri: &[u8],
    preferred: u16,
    connection: Option<ConnectionId>,
    seed: Option<u64>,
) -> Result<Targets, NoDestination> {
    let shared = core::with(|core| core.shared.clone());
    let permitted = |host: Option<&str>, protocol, remote| {
        let is_own = || shared.own_socket(protocol, remote).is_some();
        grants::reaches(routing, is_own, host, protocol, remote)
    };
    match Destination::of(uri, &shared)? {
        Destination::Address(protocol, remote) => {
            if !permitted(None, protocol, remote) {
                return Err(NoDestination::NotGranted);
            }
            open_targets([(protocol, remote)], preferred, connection)
        }
        Destination::Name { host, port, protocol } => {
            let asked = routing.is_confined().then(|| host.clone());
            let mut found = match seed {
                Some(seed) => shared.resolver.lookup_by(host, port, protocol, seed).await,
                None => shared.resolver.lookup(host, port, protocol).await,
            };
            if found.is_empty() {
                return Err(NoDestination::Unresolvable);
            }
            if let Some(host) = asked {
                found.retain(|&(protocol, remote)| permitted(Some(&host), protocol, remote));
                if found.is_empty() {
                    return Err(NoDestination::NotGranted);
                }
            }
            open_targets(found, preferred, connection)
        }
    }
}

/// Those that one of our sockets reaches and that are not left out.
fn open_targets(
    found: impl IntoIterator<Item = (Protocol, SocketAddr)>,
    preferred: u16,
    connection: Option<ConnectionId>,
) -> Result<Targets, NoDestination> {
    let mut problem = NoDestination::NoSocket;
    let mut targets = Targets::new();
    for (protocol, remote) in found {
        let Ok(target) = target_at(protocol, remote, preferred, connection) else {
            continue;
        };
        // a stream that is open has not failed
        if target.connection.is_none() && core::with(|core| is_blocked(core, target)) {
            problem = NoDestination::Blocked;
        } else {
            targets.push(target);
        }
    }
    if targets.is_empty() { Err(problem) } else { Ok(targets) }
}

fn target_at(
    protocol: Protocol,
    remote: SocketAddr,
    preferred: u16,
    connection: Option<ConnectionId>,
) -> Result<Target, NoDestination> {
    let socket =
        core::with(|core| core.shared.socket_for(protocol, remote, preferred)).ok_or(NoDestination::NoSocket)?;
    let connection = connection.filter(|_| protocol.is_reliable());
    Ok(Target {
        protocol,
        remote,
        socket,
        connection,
    })
}

/// Puts before each UDP target the one that a request of this size takes instead (`udp_mtu`). UDP stays
/// behind it, for servers that know nothing else (RFC 3261 section 18.1.1). True where there is any.
pub fn fit_to_size(targets: &mut Targets, size: usize) -> bool {
    core::with(|core| {
        let mtu = core.shared.sending.mtu;
        if mtu == 0 || size <= mtu {
            return false;
        }
        let (shared, mut at) = (core.shared.clone(), 0);
        let before = targets.len();
        while let Some(&target) = targets.get(at) {
            let other = shared.instead_of_udp(target);
            if let Some(other) = other.filter(|other| !is_blocked(core, *other)) {
                targets.insert(at, other);
                at += 1;
            }
            at += 1;
        }
        let changed = targets.len() > before;
        if changed {
            shared.stats.oversized.inc();
        }
        changed
    })
}

fn is_blocked(core: &mut Core, target: Target) -> bool {
    let blocklist = &core.shared.failover.blocklist;
    let blocked = blocklist.is_blocked(target.protocol, target.remote, core.now);
    if blocked {
        core.shared.stats.blocked.inc();
    }
    blocked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn of(uri: &str) -> Result<Destination, NoDestination> {
        testing::install();
        let shared = core::with(|core| core.shared.clone());
        Destination::of(uri.as_bytes(), &shared)
    }

    fn address(protocol: Protocol, text: &str) -> Result<Destination, NoDestination> {
        Ok(Destination::Address(protocol, text.parse().unwrap()))
    }

    #[test]
    fn addresses_are_taken_as_written() {
        assert_eq!(of("sip:bob@192.0.2.7"), address(Protocol::Udp, "192.0.2.7:5060"));
        assert_eq!(
            of("sip:bob@192.0.2.7:5070;transport=TCP"),
            address(Protocol::Tcp, "192.0.2.7:5070")
        );
        assert_eq!(
            of("sips:bob@[2001:db8::1]"),
            address(Protocol::Tls, "[2001:db8::1]:5061")
        );
        assert_eq!(
            of("sip:bob@example.net;maddr=192.0.2.9"),
            address(Protocol::Udp, "192.0.2.9:5060")
        );
        assert_eq!(of("sip:bob@localhost:5062"), address(Protocol::Udp, "127.0.0.1:5062"));
    }

    #[test]
    fn ipv4_addresses_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "192.0.2.10",
            "1.2.3.256",
            "1.2.3.1000",
            "01.2.3.4",
            "1.2.3.00",
            "1.2.3",
            "1.2.3.",
            ".1.2.3.4",
            "1..2.3",
            "1.2.3.4.5",
            "1.2.3.4x",
            "x1.2.3.4",
            "12",
            "",
            "1.2.3.4 ",
            "999999999999.1.1.1",
        ] {
            assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{text:?}");
            assert_eq!(literal(text.as_bytes()), text.parse().ok(), "{text:?}");
        }
    }

    #[test]
    fn names_go_to_the_resolver() {
        let name = |host: &str, port, protocol| {
            Ok(Destination::Name {
                host: host.into(),
                port,
                protocol,
            })
        };
        assert_eq!(of("sip:Phone.Example.NET"), name("phone.example.net", None, None));
        assert_eq!(
            of("sip:phone.example.net:5080;transport=udp"),
            name("phone.example.net", Some(5080), Some(Protocol::Udp))
        );
    }

    #[test]
    fn what_leads_nowhere_says_why() {
        assert_eq!(of("tel:+15551234"), Err(NoDestination::Scheme));
        assert_eq!(
            of("sip:bob@192.0.2.7;transport=carrier-pigeon"),
            Err(NoDestination::Transport)
        );
        assert_eq!(of("nonsense"), Err(NoDestination::Unreadable));
        assert_eq!(NoDestination::Scheme.status(), 416);
    }
}
