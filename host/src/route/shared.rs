//! What all workers share: configuration, sockets, the store, the resolver.

use super::destination::literal;
use super::failover::Failover;
use super::statistics::Stats;
use crate::modules;
use crate::store::{Fold, OPERATOR, Store, TenantId};
use crate::tenant::Domains;
use crate::transport::buffers::Kept;
use kemist_sip::{Protocol, Target};
use std::collections::HashSet;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

/// One address that kemist listens on.
#[derive(Clone, Debug)]
pub struct ListenSocket {
    /// The transport.
    pub protocol: Protocol,
    /// Address and port, as bound.
    pub address: SocketAddr,
    /// `host:port` as written into Via.
    pub sent_by: String,
    /// `proto:ip:port`, as in `$Ras` and in the location table.
    pub text: String,
    /// `sip:ip:port;transport=tcp`, without the parameter for UDP.
    pub uri: String,
    /// What the kernel has of its datagram sockets, one for each worker.
    pub kept: Vec<Kept>,
}

impl ListenSocket {
    /// A socket with its texts.
    pub fn new(protocol: Protocol, address: SocketAddr) -> ListenSocket {
        // Display of a SocketAddr brackets IPv6 as SIP wants it
        let uri = match protocol {
            Protocol::Udp => format!("sip:{address}"),
            _ => format!("sip:{address};transport={}", protocol.name()),
        };
        ListenSocket {
            protocol,
            address,
            sent_by: address.to_string(),
            text: format!("{}:{address}", protocol.name()),
            uri,
            kept: Vec::new(),
        }
    }
}

/// Addresses that a resolver will have found, best first; empty where there are none.
pub type Found = Pin<Box<dyn Future<Output = Vec<(Protocol, SocketAddr)>> + Send>>;

/// Resolves host names off the packet path.
pub trait Resolve: Send + Sync {
    /// Looks up a host; port and transport only where the URI fixes them.
    fn lookup(&self, host: String, port: Option<u16>, protocol: Option<Protocol>) -> Found;

    /// The same in an order that `seed` decides among servers of equal rank: what is forwarded without a
    /// transaction must go where its retransmissions go (RFC 3263 section 4.4).
    fn lookup_by(&self, host: String, port: Option<u16>, protocol: Option<Protocol>, seed: u64) -> Found {
        let _ = seed;
        self.lookup(host, port, protocol)
    }
}

/// How messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// `ksr_onsend_route` runs for replies from branches too.
    pub onsend_route_reply: bool,
    /// A request of more bytes leaves over [`Sending::mtu_try_proto`] instead of UDP; 0 for no limit.
    pub mtu: usize,
    /// The transport for those; UDP leaves them where they are.
    pub mtu_try_proto: Protocol,
    /// ICMP errors about requests over UDP are read, and end their branches.
    pub icmp: bool,
}

impl Default for Sending {
    fn default() -> Sending {
        Sending {
            onsend_route_reply: false,
            mtu: 0,
            mtu_try_proto: Protocol::Udp,
            icmp: true,
        }
    }
}

/// What all workers share.
pub struct Shared {
    /// The listening sockets; a [`kemist_sip::Target`] names one by its index.
    pub sockets: Vec<ListenSocket>,
    /// Host names that count as ourselves, in lower case, beside the listening addresses.
    pub aliases: HashSet<Vec<u8>, Fold>,
    /// The domains of tenants.
    pub domains: Domains,
    /// Parameters of the modules.
    pub modules: modules::Configs,
    /// Location, tables, accounts.
    pub store: Store,
    /// Names to addresses.
    pub resolver: Box<dyn Resolve>,
    /// What happens where an address does not answer.
    pub failover: Failover,
    /// How messages leave.
    pub sending: Sending,
    /// Key for tags, branches and nonces: new at every start unless configured.
    pub secret: [u8; 16],
    /// The `Server` header of our replies, None for none.
    pub server_header: Option<String>,
    /// Counters.
    pub stats: Stats,
    /// When the process started, seconds since 1970.
    pub started: u64,
}

impl Shared {
    /// Does this host (and port, where it is not 0) name ourselves, as a tenant sees it? Its own domains do;
    /// those of others, the operator's aliases among them, do not.
    pub fn is_tenants_own(&self, tenant: TenantId, host: &[u8], port: u16, protocol: Option<Protocol>) -> bool {
        if tenant == OPERATOR {
            return self.is_myself(host, port, protocol);
        }
        self.domains.tenant(host) == Some(tenant) || self.is_listening(host, port, protocol)
    }

    /// The listening socket that an address of ours leads to.
    pub fn own_socket(&self, protocol: Protocol, remote: SocketAddr) -> Option<u16> {
        let here = |s: &ListenSocket| {
            s.protocol == protocol
                && s.address.port() == remote.port()
                && (s.address.ip() == remote.ip() || s.address.ip().is_unspecified() && remote.ip().is_loopback())
        };
        self.sockets
            .iter()
            .position(here)
            .and_then(|place| u16::try_from(place).ok())
    }

    /// Does this host (and port, where it is not 0) name ourselves? `protocol` narrows where given.
    pub fn is_myself(&self, host: &[u8], port: u16, protocol: Option<Protocol>) -> bool {
        self.is_listening(host, port, protocol) || self.is_alias(host)
    }

    /// Is this one of the addresses that we listen on?
    fn is_listening(&self, host: &[u8], port: u16, protocol: Option<Protocol>) -> bool {
        let ip = literal(host);
        let port_matches = |s: &ListenSocket| port == 0 || s.address.port() == port;
        let protocol_matches = |s: &ListenSocket| protocol.is_none_or(|p| p == s.protocol);
        ip.is_some_and(|ip| {
            let mut sockets = self.sockets.iter();
            sockets.any(|s| listens_on(s, ip) && port_matches(s) && protocol_matches(s))
        })
    }

    fn is_alias(&self, host: &[u8]) -> bool {
        if host.iter().any(u8::is_ascii_uppercase) {
            self.aliases.contains(&host.to_ascii_lowercase())
        } else {
            self.aliases.contains(host)
        }
    }

    /// Is this one of our addresses, whatever the port?
    pub fn is_own_ip(&self, ip: IpAddr) -> bool {
        self.sockets.iter().any(|s| s.address.ip() == ip)
    }

    /// Where a request that is too large for UDP goes instead (RFC 3261 section 18.1.1, Kamailio's
    /// `udp_mtu_try_proto`); None where it stays.
    pub fn instead_of_udp(&self, target: Target) -> Option<Target> {
        let mtu_try_proto = self.sending.mtu_try_proto;
        if target.protocol != Protocol::Udp || mtu_try_proto == Protocol::Udp {
            return None;
        }
        let socket = self.socket_for(mtu_try_proto, target.remote, target.socket)?;
        Some(Target {
            protocol: mtu_try_proto,
            socket,
            ..target
        })
    }

    /// A socket to send from with a transport to an address: the same address family is needed.
    pub fn socket_for(&self, protocol: Protocol, remote: SocketAddr, preferred: u16) -> Option<u16> {
        let fits = |s: &ListenSocket| s.protocol == protocol && s.address.is_ipv4() == remote.is_ipv4();
        if self.sockets.get(usize::from(preferred)).is_some_and(fits) {
            return Some(preferred);
        }
        self.sockets.iter().position(fits).and_then(|i| u16::try_from(i).ok())
    }
}

fn listens_on(socket: &ListenSocket, ip: IpAddr) -> bool {
    socket.address.ip() == ip
}

macro_rules! counters {
    ($($(#[doc = $about:literal])* $name:ident),+ $(,)?) => {
        /// The counters of one thread, in cache lines of its own.
        #[derive(Debug, Default)]
        #[repr(align(128))]
        pub struct Counters {
            $($(#[doc = $about])* pub $name: Counter,)+
            pub(super) grouped: super::statistics::Grouped,
        }

        impl Counters {
            /// Names and what they count.
            pub(super) const NAMES: &[(&str, &str)] = &[$((stringify!($name), concat!($($about),*)),)+];

            /// Values in the order of the names.
            pub(super) fn values(&self) -> [u64; Counters::NAMES.len()] {
                [$(self.$name.get(),)+]
            }
        }
    };
}

counters! {
    /// Requests received.
    rcv_requests,
    /// Replies received.
    rcv_replies,
    /// Messages that could not be read or answered.
    bad_messages,
    /// Bad requests that got an answer from the host.
    bad_answered,
    /// Retransmissions and ACKs that ended in their transaction.
    absorbed,
    /// Messages sent.
    sent,
    /// Messages that could not be sent.
    send_failures,
    /// Requests that ended without reply or relay.
    unanswered,
    /// Callbacks run.
    callbacks,
    /// Callbacks that ended by a script error.
    script_errors,
    /// Callbacks that trapped.
    traps,
    /// Callbacks stopped at their running time.
    deadlines,
    /// Callbacks that a quota of their tenant ended, or kept from running.
    over_quota,
    /// Callbacks refused because no instance was free.
    busy,
    /// Callbacks that did not run, since their version had been ended at its drain limit.
    ended,
    /// Messages handed to the worker that owns their transaction.
    handed_over,
    /// Messages that we sent to ourselves, to another tenant's routing or from there.
    inner,
    /// Replies that matched no transaction.
    stray_replies,
    /// Messages dropped by a script.
    dropped,
    /// New requests that got a 503, since there was more than could be done.
    shed_503,
    /// New requests that got nothing, likewise.
    shed_silent,
    /// Messages passed to another process, before or after this one.
    passed,
    /// Messages that their owner's queue had no room for.
    handover_drops,
    /// Requests sent to the next address of a name, since one failed.
    failovers,
    /// Requests of our own that got a final reply.
    own_replied,
    /// Requests of our own that got none: in time, or since they could not be sent.
    own_unanswered,
    /// Addresses put on the list of those that failed.
    blocklisted,
    /// Times that an address was left out because it is on that list.
    blocked,
    /// Requests that went over another transport than UDP for their size.
    oversized,
    /// ICMP errors that ended the branch of a request over UDP.
    icmp_refusals,
    /// ICMP errors about anything else: a reply, a request that was answered or that they do not name.
    icmp_ignored,
    /// Keep-alive datagrams, and pings on streams.
    keepalives,
    /// Socket calls that failed while receiving.
    receive_errors,
    /// Stream connections opened by either side.
    connections,
    /// Stream connections refused, since there were too many.
    connections_refused,
    /// Stream connections closed because of what they carried, or how slowly.
    connection_faults,
    /// REGISTER requests that a script saved.
    accepted_regs,
    /// REGISTER requests that could not be saved.
    rejected_regs,
    /// Requests forwarded without a transaction.
    forwarded,
    /// Replies forwarded without a transaction.
    forwarded_replies,
    /// ACKs to replies that were sent without a transaction.
    stateless_acks,
}

/// One counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn inc(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
