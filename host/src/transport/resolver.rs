//! Names to addresses, off the packet path: A and AAAA through the system's resolver, on the I/O
//! runtime, with a small cache. (NAPTR and SRV, RFC 3263, are not looked up.)

use crate::route::shared::Resolve;
use kemist_sip::Protocol;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::future::{self, Future};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Most names in the cache.
const CACHED: usize = 4096;
/// Most addresses kept of one name.
const ADDRESSES: usize = 8;
/// Most lookups at one time: each takes a thread of the runtime's blocking pool.
const AT_ONCE: usize = 64;
/// How long a lookup may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer is believed; the system's interface does not tell its TTL.
const FRESH: Duration = Duration::from_secs(60);
/// How long a failure is believed.
const FAILED: Duration = Duration::from_secs(5);

/// The resolver of the process.
pub struct Resolver {
    io: Handle,
    known: Arc<Known>,
}

struct Known {
    names: Mutex<HashMap<String, Answer>>,
    running: Semaphore,
}

#[derive(Clone)]
struct Answer {
    addresses: Vec<IpAddr>,
    until: Instant,
}

type Addresses = Vec<(Protocol, SocketAddr)>;

impl Resolver {
    /// A resolver whose lookups run on this runtime.
    pub fn new(io: Handle) -> Resolver {
        Resolver {
            io,
            known: Arc::new(Known {
                names: Mutex::default(),
                running: Semaphore::new(AT_ONCE),
            }),
        }
    }
}

impl Resolve for Resolver {
    fn lookup(
        &self,
        host: String,
        port: Option<u16>,
        protocol: Option<Protocol>,
    ) -> Pin<Box<dyn Future<Output = Addresses> + Send>> {
        let protocol = protocol.unwrap_or(Protocol::Udp);
        let port = port.unwrap_or(protocol.default_port());
        let with_port = move |ips: Vec<IpAddr>| -> Addresses {
            ips.into_iter()
                .map(|ip| (protocol, SocketAddr::new(ip, port)))
                .collect()
        };
        if let Some(ips) = literal(&host).map(|ip| vec![ip]).or_else(|| self.known.cached(&host)) {
            return Box::pin(future::ready(with_port(ips)));
        }
        if !is_name(&host) {
            return Box::pin(future::ready(Vec::new()));
        }
        let known = self.known.clone();
        let lookup = self.io.spawn(async move { known.look_up(host).await });
        Box::pin(async move { with_port(lookup.await.unwrap_or_default()) })
    }
}

impl Known {
    fn cached(&self, host: &str) -> Option<Vec<IpAddr>> {
        let names = self.names.lock();
        let answer = names.get(host)?;
        (answer.until > Instant::now()).then(|| answer.addresses.clone())
    }

    async fn look_up(&self, host: String) -> Vec<IpAddr> {
        let Ok(_permit) = self.running.acquire().await else {
            return Vec::new();
        };
        // whoever waited for a permit may find that another asked the same
        if let Some(ips) = self.cached(&host) {
            return ips;
        }
        let answer = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host.clone(), 0))).await;
        let mut addresses: Vec<IpAddr> = match answer {
            Ok(Ok(found)) => found.map(|address| address.ip()).take(ADDRESSES).collect(),
            _ => Vec::new(),
        };
        addresses.dedup();
        self.keep(host, addresses.clone());
        addresses
    }

    fn keep(&self, host: String, addresses: Vec<IpAddr>) {
        let now = Instant::now();
        let until = now + if addresses.is_empty() { FAILED } else { FRESH };
        let mut names = self.names.lock();
        if names.len() >= CACHED {
            names.retain(|_, answer| answer.until > now);
        }
        if names.len() >= CACHED {
            // all fresh: a flood of names; begin again rather than search for the oldest
            names.clear();
        }
        names.insert(host, Answer { addresses, until });
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// Is this a host name at all? Nothing else is put before the system's resolver.
fn is_name(host: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    !host.is_empty() && host.len() <= 253 && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver() -> (tokio::runtime::Runtime, Resolver) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let resolver = Resolver::new(runtime.handle().clone());
        (runtime, resolver)
    }

    #[test]
    fn literals_need_no_lookup() {
        let (runtime, resolver) = resolver();
        let found = runtime.block_on(resolver.lookup("[::1]".into(), None, Some(Protocol::Tcp)));
        assert_eq!(found, [(Protocol::Tcp, "[::1]:5060".parse().unwrap())]);
        let found = runtime.block_on(resolver.lookup("192.0.2.1".into(), Some(7), None));
        assert_eq!(found, [(Protocol::Udp, "192.0.2.1:7".parse().unwrap())]);
    }

    #[test]
    fn what_is_no_name_has_no_address() {
        let (runtime, resolver) = resolver();
        for host in ["", "a b", "a\r\nb", &"x".repeat(300)] {
            assert!(runtime.block_on(resolver.lookup(host.into(), None, None)).is_empty());
        }
    }

    #[test]
    fn the_cache_is_bounded() {
        let (_runtime, resolver) = resolver();
        for i in 0..CACHED + 10 {
            resolver.known.keep(format!("h{i}"), vec![IpAddr::from([127, 0, 0, 1])]);
        }
        assert!(resolver.known.names.lock().len() <= CACHED);
    }
}
