//! The questions of RFC 3263 section 4, put to name servers: NAPTR for the transport, SRV for the
//! servers, A and AAAA for their addresses.

use super::plan::{ADDRESSES, Plan};
use crate::config::Dns;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::rdata::{NAPTR, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::{Hosts, TokioResolver};
use kemist_sip::Protocol;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long a name server that gave no answer is believed to have none.
pub const FAILED: Duration = Duration::from_secs(5);
/// Questions that may be open to one server at a time.
const OPEN: usize = 1024;
/// In what order transports are tried where neither URI nor NAPTR choose.
const PREFERENCE: [Protocol; 3] = [Protocol::Udp, Protocol::Tcp, Protocol::Tls];

/// What is asked about a name (RFC 3263 sections 4.1 and 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Its addresses: the URI has a port.
    Addresses,
    /// The servers of a transport: the URI has no port.
    Service(Protocol),
    /// Transport and servers.
    Anything,
}

/// Who is asked, and how.
#[derive(Clone)]
pub struct Questions {
    /// None where it could not be made; names of the hosts file are still known then.
    names: Option<TokioResolver>,
    hosts: Arc<Hosts>,
    naptr: bool,
    srv: bool,
    negative_ttl: Duration,
    /// The transports that we listen on; all where empty.
    served: Arc<[Protocol]>,
}

/// Records with the time they are good for.
struct Records {
    found: Vec<Record>,
    ttl: Duration,
}

impl Questions {
    /// Reads the system's files where no server is configured. To be called inside a runtime.
    pub fn new(dns: &Dns, listen: &[(Protocol, SocketAddr)]) -> Questions {
        let names = match resolver(dns, listen) {
            Ok(names) => Some(names),
            Err(error) => {
                tracing::warn!("no name server: {error}; set [dns] servers");
                None
            }
        };
        let served = PREFERENCE.into_iter();
        Questions {
            names,
            hosts: Arc::new(Hosts::from_system().unwrap_or_default()),
            naptr: dns.naptr,
            srv: dns.srv,
            negative_ttl: dns.negative_ttl,
            served: served
                .filter(|protocol| listen.is_empty() || listen.iter().any(|(p, _)| p == protocol))
                .collect(),
        }
    }

    /// What a name means, and for how long. Names of the hosts file have no services.
    pub async fn ask(&self, host: &str, asked: Asked) -> (Plan, Duration) {
        let services = match asked {
            Asked::Addresses => Vec::new(),
            _ if !self.srv || self.is_static(host) => Vec::new(),
            Asked::Service(protocol) => service(protocol, host).into_iter().collect(),
            Asked::Anything => match self.services(host).await {
                services if services.is_empty() => {
                    let served = self.served.iter().filter(|p| **p != Protocol::Tls);
                    served.filter_map(|protocol| service(*protocol, host)).collect()
                }
                services => services,
            },
        };
        if !services.is_empty() {
            let (plan, ttl) = self.servers(services).await;
            if !plan.is_empty() {
                return (plan, ttl);
            }
        }
        let protocol = match asked {
            Asked::Service(protocol) => protocol,
            _ => Protocol::Udp,
        };
        let (ips, ttl) = self.addresses(host).await;
        (Plan::of(ips, protocol, protocol.default_port()), ttl)
    }

    /// The services of a domain by its NAPTR records, best first; empty where it has none for us.
    async fn services(&self, host: &str) -> Vec<(Protocol, Name)> {
        let Some(name) = absolute(host).filter(|_| self.naptr) else {
            return Vec::new();
        };
        let records = self.records(name, RecordType::NAPTR).await;
        let found = records.found.into_iter().filter_map(|record| match record.data {
            RData::NAPTR(naptr) => Some(naptr),
            _ => None,
        });
        chosen(found.collect(), &self.served)
    }

    /// The servers of services, asked for at once and put in the order of the services.
    async fn servers(&self, services: Vec<(Protocol, Name)>) -> (Plan, Duration) {
        let mut open = Vec::with_capacity(services.len());
        for (protocol, name) in services {
            let questions = self.clone();
            let answer = async move { questions.records(name, RecordType::SRV).await };
            open.push((protocol, tokio::spawn(answer)));
        }
        let mut targets = Vec::new();
        let mut ttl = Duration::MAX;
        for (place, (protocol, answer)) in open.into_iter().enumerate() {
            let Ok(records) = answer.await else { continue };
            ttl = ttl.min(records.ttl);
            for srv in sorted(records.found) {
                let questions = self.clone();
                let host = srv.target.to_ascii();
                let ips = tokio::spawn(async move { questions.addresses(&host).await });
                targets.push((place, protocol, srv, ips));
            }
        }
        let mut plan = Plan::default();
        for (place, protocol, srv, ips) in targets {
            let Ok((ips, its_ttl)) = ips.await else { continue };
            ttl = ttl.min(its_ttl);
            let addresses = ips
                .into_iter()
                .map(|ip| (protocol, SocketAddr::new(ip, srv.port)))
                .collect();
            plan.add((place, srv.priority), srv.weight, addresses);
        }
        (plan, ttl)
    }

    /// A before AAAA, as Kamailio does.
    async fn addresses(&self, host: &str) -> (Vec<IpAddr>, Duration) {
        let Some(names) = &self.names else {
            return (self.static_addresses(host), FAILED);
        };
        match names.lookup_ip(host).await {
            Ok(found) => {
                let records = found.as_lookup().answers();
                let ttl = records.iter().map(|record| record.ttl).min().unwrap_or_default();
                let ips = found.iter().take(ADDRESSES).collect();
                (ips, Duration::from_secs(ttl.into()))
            }
            Err(error) => (Vec::new(), self.negative(&error)),
        }
    }

    async fn records(&self, name: Name, kind: RecordType) -> Records {
        let none = |ttl| Records { found: Vec::new(), ttl };
        let Some(names) = &self.names else { return none(FAILED) };
        match names.lookup(name, kind).await {
            Ok(lookup) => {
                let answers = lookup.answers().iter().filter(|record| record.record_type() == kind);
                let found: Vec<Record> = answers.take(ADDRESSES).cloned().collect();
                let ttl = lookup.answers().iter().map(|record| record.ttl).min();
                Records {
                    found,
                    ttl: Duration::from_secs(ttl.unwrap_or_default().into()),
                }
            }
            Err(error) => none(self.negative(&error)),
        }
    }

    /// How long an error is believed (RFC 2308 for what a server says does not exist).
    fn negative(&self, error: &NetError) -> Duration {
        match error {
            NetError::Dns(DnsError::NoRecordsFound(none)) => none
                .negative_ttl
                .map_or(self.negative_ttl, |ttl| Duration::from_secs(ttl.into()))
                .min(self.negative_ttl),
            _ => FAILED.min(self.negative_ttl),
        }
    }

    fn is_static(&self, host: &str) -> bool {
        !self.static_addresses(host).is_empty()
    }

    fn static_addresses(&self, host: &str) -> Vec<IpAddr> {
        let Some(name) = absolute(host) else { return Vec::new() };
        [RecordType::A, RecordType::AAAA]
            .into_iter()
            .filter_map(|kind| self.hosts.lookup_static_host(&Query::query(name.clone(), kind)))
            .flat_map(|lookup| {
                let answers = lookup.answers().iter();
                answers.filter_map(|record| record.data.ip_addr()).collect::<Vec<_>>()
            })
            .collect()
    }
}

fn resolver(dns: &Dns, listen: &[(Protocol, SocketAddr)]) -> Result<TokioResolver, NetError> {
    let mut builder = if dns.servers.is_empty() {
        TokioResolver::builder_tokio()?
    } else {
        let servers = dns.servers.iter().map(|server| {
            let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
            (udp.port, tcp.port) = (server.0.port(), server.0.port());
            NameServerConfig::new(server.0.ip(), true, vec![udp, tcp])
        });
        let config = ResolverConfig::from_parts(None, Vec::new(), servers.collect());
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
    };
    options(builder.options_mut(), dns, listen);
    builder.build()
}

fn options(options: &mut ResolverOpts, dns: &Dns, listen: &[(Protocol, SocketAddr)]) {
    options.timeout = dns.timeout;
    // what is counted there are the attempts after the first
    options.attempts = usize::from(dns.attempts.max(1)) - 1;
    // whole plans are kept here, in the resolver's own cache
    options.cache_size = 0;
    options.max_active_requests = OPEN;
    options.use_hosts_file = ResolveHosts::Always;
    options.ip_strategy = if listen.is_empty() || listen.iter().any(|(_, address)| address.is_ipv6()) {
        LookupIpStrategy::Ipv4AndIpv6
    } else {
        LookupIpStrategy::Ipv4Only
    };
}

/// The NAPTR records that we can use, in their order (RFC 3263 section 4.1, RFC 3403).
fn chosen(mut records: Vec<NAPTR>, served: &[Protocol]) -> Vec<(Protocol, Name)> {
    records.sort_by_key(|naptr| (naptr.order, naptr.preference));
    let usable = |naptr: NAPTR| {
        let protocol = match naptr.services.to_ascii_uppercase().as_slice() {
            b"SIP+D2U" => Protocol::Udp,
            b"SIP+D2T" => Protocol::Tcp,
            b"SIPS+D2T" => Protocol::Tls,
            _ => return None,
        };
        let leads_to_srv = naptr.flags.eq_ignore_ascii_case(b"s") && !naptr.replacement.is_root();
        (leads_to_srv && served.contains(&protocol)).then_some((protocol, naptr.replacement))
    };
    records.into_iter().filter_map(usable).collect()
}

/// SRV records that name a server; `.` says that there is none (RFC 2782).
fn sorted(records: Vec<Record>) -> Vec<SRV> {
    let servers = records.into_iter().filter_map(|record| match record.data {
        RData::SRV(srv) if !srv.target.is_root() => Some(srv),
        _ => None,
    });
    let mut servers: Vec<SRV> = servers.collect();
    servers.sort_by_key(|srv| srv.priority);
    servers
}

/// The name of a transport's SRV records.
fn service(protocol: Protocol, host: &str) -> Option<(Protocol, Name)> {
    let prefix = match protocol {
        Protocol::Udp => "_sip._udp.",
        Protocol::Tcp => "_sip._tcp.",
        Protocol::Tls => "_sips._tcp.",
        // RFC 7118 defines none for SIP
        Protocol::Ws | Protocol::Wss => return None,
    };
    absolute(&format!("{prefix}{host}")).map(|name| (protocol, name))
}

/// A name that no search list is tried on.
fn absolute(host: &str) -> Option<Name> {
    let mut name = Name::from_ascii(host).ok()?;
    name.set_fqdn(true);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naptr(order: u16, preference: u16, flags: &str, services: &str, replacement: &str) -> NAPTR {
        NAPTR::new(
            order,
            preference,
            flags.as_bytes().into(),
            services.as_bytes().into(),
            Box::default(),
            Name::from_ascii(replacement).expect("a name"),
        )
    }

    #[test]
    fn naptr_chooses_the_transport_by_order_then_preference() {
        let records = vec![
            naptr(20, 10, "s", "SIP+D2U", "_sip._udp.example.com."),
            naptr(10, 60, "S", "sip+d2t", "_sip._tcp.example.com."),
            naptr(10, 50, "s", "SIPS+D2T", "_sips._tcp.example.com."),
            naptr(1, 1, "u", "E2U+sip", "."),
            naptr(1, 1, "a", "SIP+D2U", "host.example.com."),
        ];
        let all = chosen(records.clone(), &PREFERENCE);
        let order: Vec<Protocol> = all.iter().map(|(protocol, _)| *protocol).collect();
        assert_eq!(order, [Protocol::Tls, Protocol::Tcp, Protocol::Udp]);
        let ours = chosen(records, &[Protocol::Udp]);
        assert_eq!(ours.len(), 1);
        assert_eq!(ours[0].1.to_ascii(), "_sip._udp.example.com.");
    }

    #[test]
    fn services_have_the_names_of_rfc_3263() {
        let name = |protocol| service(protocol, "example.com").map(|(_, name)| name.to_ascii());
        assert_eq!(name(Protocol::Udp).as_deref(), Some("_sip._udp.example.com."));
        assert_eq!(name(Protocol::Tcp).as_deref(), Some("_sip._tcp.example.com."));
        assert_eq!(name(Protocol::Tls).as_deref(), Some("_sips._tcp.example.com."));
        assert_eq!(name(Protocol::Ws), None);
    }

    #[test]
    fn a_dot_is_no_server() {
        let record = |priority, target: &str| {
            let srv = SRV::new(priority, 0, 5060, Name::from_ascii(target).expect("a name"));
            Record::from_rdata(Name::root(), 60, RData::SRV(srv))
        };
        assert!(sorted(vec![record(0, ".")]).is_empty());
        let servers = sorted(vec![record(20, "b.example.com."), record(10, "a.example.com.")]);
        assert_eq!(servers[0].target.to_ascii(), "a.example.com.");
    }
}
