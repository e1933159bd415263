//! Names to addresses by RFC 3263, off the packet path: NAPTR, SRV, A and AAAA on the I/O runtime, with
//! a bounded cache that honours their TTLs. A name that is known costs no wait.

mod plan;
mod questions;

use crate::config::Dns;
use crate::route::Resolve;
use crate::route::shared::Found;
use kemist_sip::Protocol;
use parking_lot::Mutex;
use plan::Plan;
use questions::{Asked, FAILED, Questions};
use std::collections::HashMap;
use std::future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OnceCell, Semaphore};

/// Most lookups at one time.
const AT_ONCE: usize = 256;
/// NAPTR, SRV and addresses are asked for one after the other.
const ROUNDS: u32 = 3;

/// The resolver of the process.
pub struct Resolver {
    io: Handle,
    known: Arc<Known>,
}

type Key = (String, Asked);

/// What one lookup came to, for all who wait for it.
type Pending = Arc<OnceCell<Arc<Plan>>>;

struct Known {
    questions: Questions,
    answers: Mutex<HashMap<Key, Answer>>,
    /// The lookups under way: whoever asks the same meanwhile waits for them.
    pending: Mutex<HashMap<Key, Pending>>,
    running: Semaphore,
    /// How long one lookup may take, all its questions together.
    patience: Duration,
    /// The least and the most time that answers are kept.
    ttl: (Duration, Duration),
    size: usize,
}

struct Answer {
    plan: Arc<Plan>,
    until: Instant,
    /// It was asked for again since the last flood.
    used: bool,
}

impl Resolver {
    /// A resolver whose lookups run on this runtime; `listen` says which transports and address
    /// families are of use (none: all).
    pub fn new(io: Handle, dns: &Dns, listen: &[(Protocol, SocketAddr)]) -> Resolver {
        let questions = {
            let _inside = io.enter();
            Questions::new(dns, listen)
        };
        Resolver {
            io,
            known: Arc::new(Known {
                questions,
                answers: Mutex::default(),
                pending: Mutex::default(),
                running: Semaphore::new(AT_ONCE),
                patience: dns.timeout.saturating_mul(ROUNDS * u32::from(dns.attempts.max(1))),
                ttl: (dns.min_ttl, dns.max_ttl.max(dns.min_ttl)),
                size: dns.cache.max(1),
            }),
        }
    }
}

impl Resolve for Resolver {
    fn lookup(&self, host: String, port: Option<u16>, protocol: Option<Protocol>) -> Found {
        self.find(host, port, protocol, |plan| plan.order(random_below))
    }

    fn lookup_by(&self, host: String, port: Option<u16>, protocol: Option<Protocol>, seed: u64) -> Found {
        self.find(host, port, protocol, move |plan| plan.order_by(seed))
    }
}

impl Resolver {
    fn find(
        &self,
        host: String,
        port: Option<u16>,
        protocol: Option<Protocol>,
        ordered: impl Fn(&Plan) -> Vec<(Protocol, SocketAddr)> + Send + 'static,
    ) -> Found {
        if let Some(ip) = literal(&host) {
            let protocol = protocol.unwrap_or(Protocol::Udp);
            let address = SocketAddr::new(ip, port.unwrap_or(protocol.default_port()));
            return Box::pin(future::ready(vec![(protocol, address)]));
        }
        if !is_name(&host) {
            return Box::pin(future::ready(Vec::new()));
        }
        // RFC 3263 4.2: a port means that there is nothing to choose but the address
        let asked = match (port, protocol) {
            (Some(_), _) => Asked::Addresses,
            (None, Some(protocol)) => Asked::Service(protocol),
            (None, None) => Asked::Anything,
        };
        let order = move |plan: &Plan| {
            let mut order = ordered(plan);
            if let Some(port) = port {
                let protocol = protocol.unwrap_or(Protocol::Udp);
                for address in &mut order {
                    *address = (protocol, SocketAddr::new(address.1.ip(), port));
                }
            }
            order
        };
        let key = (host, asked);
        if let Some(plan) = self.known.cached(&key) {
            return Box::pin(future::ready(order(&plan)));
        }
        let known = self.known.clone();
        let lookup = self.io.spawn(async move { known.look_up(key).await });
        Box::pin(async move { lookup.await.map_or_else(|_| Vec::new(), |plan| order(&plan)) })
    }
}

impl Known {
    fn cached(&self, key: &Key) -> Option<Arc<Plan>> {
        let mut answers = self.answers.lock();
        let answer = answers.get_mut(key).filter(|answer| answer.until > Instant::now())?;
        answer.used = true;
        Some(answer.plan.clone())
    }

    async fn look_up(&self, key: Key) -> Arc<Plan> {
        let pending = self.pending.lock().entry(key.clone()).or_default().clone();
        let plan = pending.get_or_init(|| self.ask(&key)).await.clone();
        let mut all = self.pending.lock();
        // another lookup of the name may have begun since
        if all.get(&key).is_some_and(|other| Arc::ptr_eq(other, &pending)) {
            all.remove(&key);
        }
        plan
    }

    async fn ask(&self, key: &Key) -> Arc<Plan> {
        // only fails where the semaphore was closed, which nobody does
        let _permit = self.running.acquire().await;
        let asked = self.questions.ask(&key.0, key.1);
        let (plan, ttl) = tokio::time::timeout(self.patience, asked)
            .await
            .unwrap_or((Plan::default(), FAILED));
        let plan = Arc::new(plan);
        self.keep(key.clone(), plan.clone(), ttl);
        plan
    }

    fn keep(&self, key: Key, plan: Arc<Plan>, ttl: Duration) {
        let (least, most) = self.ttl;
        let now = Instant::now();
        let ttl = if plan.is_empty() { ttl } else { ttl.clamp(least, most) };
        let Some(until) = now.checked_add(ttl).filter(|until| *until > now) else {
            return;
        };
        let mut answers = self.answers.lock();
        if answers.len() >= self.size && !answers.contains_key(&key) {
            answers.retain(|_, answer| answer.until > now);
        }
        if answers.len() >= self.size {
            // all fresh: a flood of names, of which each is asked for once; what others use stays
            answers.retain(|_, answer| std::mem::take(&mut answer.used));
        }
        if answers.len() >= self.size {
            answers.clear();
        }
        let used = false;
        answers.insert(key, Answer { plan, until, used });
    }
}

/// A random number below `limit`; 0 where the system has none to give.
fn random_below(limit: u64) -> u64 {
    getrandom::u64().unwrap_or_default() % limit.max(1)
}

fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// Is this a host name at all? Nothing else is put before a name server.
fn is_name(host: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    !host.is_empty() && host.len() <= 253 && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::dns::NameServer;

    fn resolver(dns: &Dns) -> (tokio::runtime::Runtime, Resolver) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        // nobody is asked: what these tests look up is no question for a name server
        let dns = Dns {
            servers: vec![NameServer("127.0.0.1:1".parse().unwrap())],
            ..dns.clone()
        };
        let resolver = Resolver::new(runtime.handle().clone(), &dns, &[]);
        (runtime, resolver)
    }

    #[test]
    fn literals_need_no_lookup() {
        let (runtime, resolver) = resolver(&Dns::default());
        let found = runtime.block_on(resolver.lookup("[::1]".into(), None, Some(Protocol::Tcp)));
        assert_eq!(found, [(Protocol::Tcp, "[::1]:5060".parse().unwrap())]);
        let found = runtime.block_on(resolver.lookup("192.0.2.1".into(), Some(7), None));
        assert_eq!(found, [(Protocol::Udp, "192.0.2.1:7".parse().unwrap())]);
        let found = runtime.block_on(resolver.lookup("192.0.2.1".into(), None, Some(Protocol::Tls)));
        assert_eq!(found, [(Protocol::Tls, "192.0.2.1:5061".parse().unwrap())]);
    }

    #[test]
    fn what_is_no_name_has_no_address() {
        let (runtime, resolver) = resolver(&Dns::default());
        for host in ["", "a b", "a\r\nb", &"x".repeat(300)] {
            assert!(runtime.block_on(resolver.lookup(host.into(), None, None)).is_empty());
        }
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_within_its_times() {
        let dns = Dns {
            cache: 100,
            max_ttl: Duration::from_secs(60),
            ..Dns::default()
        };
        let (_runtime, resolver) = resolver(&dns);
        let known = &resolver.known;
        let plan = Arc::new(Plan::of([[127, 0, 0, 1].into()], Protocol::Udp, 5060));
        for i in 0..250 {
            known.keep(
                (format!("h{i}"), Asked::Anything),
                plan.clone(),
                Duration::from_secs(999),
            );
            assert!(known.answers.lock().len() <= 100);
        }
        // a name in use outlasts a flood of others
        let kept = ("h249".to_owned(), Asked::Anything);
        for i in 1000..1500 {
            assert!(known.cached(&kept).is_some());
            known.keep(
                (format!("h{i}"), Asked::Anything),
                plan.clone(),
                Duration::from_secs(999),
            );
        }
        let limit = Instant::now() + Duration::from_secs(61);
        assert!(known.answers.lock().values().all(|answer| answer.until < limit));
        known.keep(("now".into(), Asked::Anything), plan, Duration::ZERO);
        assert!(known.cached(&("now".into(), Asked::Anything)).is_none());
        known.keep(("never".into(), Asked::Anything), plan_of_none(), Duration::MAX);
    }

    fn plan_of_none() -> Arc<Plan> {
        Arc::new(Plan::default())
    }
}
