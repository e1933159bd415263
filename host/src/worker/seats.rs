//! Whose requests are routed here, and by which versions: the operator's seat and one for each tenant.
//!
//! A request's tenant is chosen once, when it is new ([`Seats::choose`]). Everything later goes by its
//! transaction. The rule, in this order:
//!
//! 1. a request within a dialog whose Route carries our mark ([`mark`]): the tenant it names;
//! 2. a REGISTER, and what one tenant's routing has sent to another's domain: the tenant of the request
//!    URI's domain;
//! 3. the tenant of the From's domain, where it is not that of the request URI's: outgoing calls, and calls
//!    from one tenant to another, which the caller's routing sees first;
//! 4. the tenant of the request URI's domain;
//! 5. the operator.

use super::lives::Lives;
use crate::route::{Routing, Shared, mark};
use crate::store::{OPERATOR, TenantId};
use crate::tenant::Tenant;
use arc_swap::{ArcSwap, ArcSwapOption};
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{Message, Method};
use siphasher::sip::SipHasher13;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

/// Bytes of a domain at most (RFC 1035 section 2.3.4).
const MAX_DOMAIN: usize = 255;

/// Who routes for a tenant.
#[derive(Clone)]
pub enum Duty {
    /// Versions of its own.
    Versions(Lives),
    /// The operator's live version, with the tenant's data.
    Default,
    /// Nobody: what is new gets a 503. Why, for the log.
    Refuse(&'static str),
    /// A version that has failed, for one request.
    Trial(Trial),
}

/// A version that has failed gets one request; until that has ended the others get something else.
#[derive(Clone)]
pub struct Trial {
    version: Arc<dyn Routing>,
    /// Why the others get a 503; None: the operator's version.
    refuses: Option<&'static str>,
    come: Arc<AtomicBool>,
}

impl Trial {
    /// A trial; `come` tells that its request is there.
    pub fn new(version: Arc<dyn Routing>, refuses: Option<&'static str>, come: Arc<AtomicBool>) -> Trial {
        Trial { version, refuses, come }
    }

    /// The version.
    pub fn version(&self) -> &Arc<dyn Routing> {
        &self.version
    }

    /// The version for the one request. An ACK or a CANCEL decides nothing.
    pub(super) fn take(&self, msg: &Message) -> Option<Arc<dyn Routing>> {
        let fit = !matches!(msg.method(), Method::Ack | Method::Cancel);
        (fit && !self.come.swap(true, Ordering::Relaxed)).then(|| self.version.clone())
    }

    /// What the others get.
    pub(super) fn refuses(&self) -> Option<&'static str> {
        self.refuses
    }
}

/// A tenant and who routes for it.
pub struct Seat {
    tenant: Arc<Tenant>,
    duty: ArcSwap<Duty>,
    /// The operator's version run for this tenant, while it is the live one.
    stand_in: ArcSwapOption<StandIn>,
}

struct StandIn {
    /// Holds the address, not the version: no later one can have the same.
    of: Weak<dyn Routing>,
    routing: Arc<dyn Routing>,
}

impl StandIn {
    fn is_of(&self, live: &Arc<dyn Routing>) -> bool {
        self.of.as_ptr().addr() == address(live)
    }
}

impl Seat {
    /// A seat.
    pub fn new(tenant: Arc<Tenant>, duty: Duty) -> Arc<Seat> {
        serving(&duty).for_each(|version| version.serve());
        Arc::new(Seat {
            tenant,
            duty: ArcSwap::from_pointee(duty),
            stand_in: ArcSwapOption::empty(),
        })
    }

    /// Whose it is.
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// Who routes.
    pub fn duty(&self) -> Arc<Duty> {
        self.duty.load_full()
    }

    /// Says who routes from now on: one store, for all workers at once. Transactions keep their versions.
    /// Versions that serve no longer are retired.
    pub fn put(&self, duty: Duty) {
        serving(&duty).for_each(|version| version.serve());
        // the tenant's limits may be others by now
        if let Some(before) = self.stand_in.swap(None) {
            before.routing.retire();
        }
        let duty = Arc::new(duty);
        let before = self.duty.swap(duty.clone());
        let stays = |old: &Arc<dyn Routing>| serving(&duty).any(|new| address(new) == address(old));
        for old in serving(&before).filter(|old| !stays(old)) {
            old.retire();
        }
    }

    pub(super) fn load(&self) -> arc_swap::Guard<Arc<Duty>> {
        self.duty.load()
    }

    /// The operator's version, run for this tenant. Made anew when that is another one.
    pub(super) fn stand_in(&self, live: &Arc<dyn Routing>) -> Arc<dyn Routing> {
        if let Some(made) = &*self.stand_in.load()
            && made.is_of(live)
        {
            return made.routing.clone();
        }
        let routing = live.clone().run_as(&self.tenant);
        routing.serve();
        let made = StandIn {
            of: Arc::downgrade(live),
            routing: routing.clone(),
        };
        if let Some(before) = self.stand_in.swap(Some(Arc::new(made))) {
            before.routing.retire();
        }
        routing
    }
}

impl Seat {
    /// Lets go of what stood in while another of the operator's versions was live: nobody may come for it.
    pub fn let_go(&self, live: &Arc<dyn Routing>) {
        let stays = |made: &StandIn| made.is_of(live) && matches!(&**self.load(), Duty::Default | Duty::Trial(_));
        if self.stand_in.load().as_deref().is_some_and(|made| !stays(made))
            && let Some(before) = self.stand_in.swap(None)
        {
            before.routing.retire();
        }
    }
}

fn serving(duty: &Duty) -> impl Iterator<Item = &Arc<dyn Routing>> {
    let (lives, tried) = match duty {
        Duty::Versions(lives) => (Some(lives), None),
        Duty::Trial(trial) => (None, Some(&trial.version)),
        Duty::Default | Duty::Refuse(_) => (None, None),
    };
    lives.into_iter().flat_map(|lives| lives.all()).chain(tried)
}

/// One version has one address, whichever table of methods a pointer carries.
fn address(version: &Arc<dyn Routing>) -> usize {
    Arc::as_ptr(version).addr()
}

/// All seats.
pub struct Seats {
    operator: Arc<Seat>,
    tenants: ArcSwap<Tenants>,
    domains: DomainHash,
    numbers: AtomicU32,
}

/// By a keyed hash of the domain alone: with ten thousand of them every look at memory counts. That another
/// domain has the same 64 bits happens to nobody, and nobody without the key can make it so.
#[derive(Default)]
struct Tenants {
    by_domain: HashMap<u64, Arc<Seat>, BuildHasherDefault<Hashed>>,
    domains: DomainHash,
    by_id: HashMap<TenantId, Arc<Seat>>,
}

impl Seats {
    /// The operator's alone.
    pub(super) fn new(lives: Lives, secret: &[u8; 16]) -> Seats {
        Seats {
            operator: Seat::new(Tenant::operator().clone(), Duty::Versions(lives)),
            tenants: ArcSwap::default(),
            domains: DomainHash::new(secret),
            numbers: AtomicU32::new(OPERATOR + 1),
        }
    }

    /// The operator's.
    pub fn operator(&self) -> &Arc<Seat> {
        &self.operator
    }

    /// A number for a tenant, where no database keeps them.
    pub fn reserve(&self) -> TenantId {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// That of a tenant.
    pub fn of(&self, tenant: TenantId) -> Option<Arc<Seat>> {
        if tenant == OPERATOR {
            return Some(self.operator.clone());
        }
        self.tenants.load().by_id.get(&tenant).cloned()
    }

    /// All tenants'.
    pub fn tenants(&self) -> Vec<Arc<Seat>> {
        self.tenants.load().by_id.values().cloned().collect()
    }

    /// Seats these tenants and no others, by the domains that they have now.
    pub fn seat(&self, seats: impl IntoIterator<Item = Arc<Seat>>) {
        let mut tenants = Tenants {
            domains: self.domains,
            ..Tenants::default()
        };
        for seat in seats {
            for domain in &seat.tenant.rules().domains {
                if let Some(hash) = self.domains.of(domain) {
                    tenants.by_domain.insert(hash, seat.clone());
                }
            }
            tenants.by_id.insert(seat.tenant.id(), seat);
        }
        let before = self.tenants.swap(Arc::new(tenants));
        let now = self.tenants.load();
        for (id, gone) in &before.by_id {
            if !now.by_id.contains_key(id) {
                gone.put(Duty::Refuse("it was removed"));
            }
        }
    }

    /// The tenant of a domain, in any case.
    pub fn of_domain(&self, domain: &[u8]) -> Option<Arc<Seat>> {
        self.tenants.load().find(domain).cloned()
    }

    /// Finds out whose a new request is, and lets `f` at that seat. `inner`: routing of ours sent it, and
    /// whose it was before does not count.
    pub fn choose<R>(&self, shared: &Shared, msg: &Message, inner: bool, f: impl FnOnce(&Arc<Seat>) -> R) -> R {
        let tenants = self.tenants.load();
        if tenants.by_id.is_empty() {
            return f(&self.operator);
        }
        f(tenants.choose(shared, msg, inner).unwrap_or(&self.operator))
    }
}

impl Tenants {
    fn choose(&self, shared: &Shared, msg: &Message, inner: bool) -> Option<&Arc<Seat>> {
        if let Some(tenant) = mark::read(shared, msg) {
            return self.by_id.get(&tenant);
        }
        let target = Uri::parse(msg.request_uri()).ok().and_then(|uri| self.find(uri.host));
        if inner || msg.method() == Method::Register {
            return target;
        }
        let from = msg.from();
        let from = from
            .and_then(|from| from.parsed_uri().ok())
            .and_then(|uri| self.find(uri.host));
        from.or(target)
    }

    fn find(&self, domain: &[u8]) -> Option<&Arc<Seat>> {
        self.by_domain.get(&self.domains.of(domain)?)
    }
}

/// Hashes domains in any case.
#[derive(Clone, Copy, Default)]
struct DomainHash(SipHasher13);

impl DomainHash {
    fn new(secret: &[u8; 16]) -> DomainHash {
        let mut hasher = SipHasher13::new_with_key(secret);
        hasher.write(b"domain");
        DomainHash(hasher)
    }

    /// None for what is too long for a domain.
    fn of(self, domain: &[u8]) -> Option<u64> {
        let mut lower = [0; MAX_DOMAIN];
        let lower = lower.get_mut(..domain.len())?;
        lower.copy_from_slice(domain);
        lower.make_ascii_lowercase();
        let mut hasher = self.0;
        hasher.write(lower);
        Some(hasher.finish())
    }
}

/// What is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::route::core;
    use crate::route::testing::{self, NoCallbacks};
    use crate::tenant::Rules;
    use bytes::Bytes;

    fn seat(id: TenantId, name: &str) -> Arc<Seat> {
        let definition = config::Tenant {
            domains: vec![format!("{name}.example")],
            ..config::Tenant::default()
        };
        let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
        Seat::new(Tenant::new(id, name, rules), Duty::Default)
    }

    fn seats() -> Seats {
        testing::install();
        let seats = Seats::new(Lives::only(Arc::new(NoCallbacks::default())), &[7; 16]);
        seats.seat([seat(1, "a"), seat(2, "b")]);
        seats
    }

    fn request(method: &str, uri: &str, from: &str) -> Message {
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx\r\nFrom: <{from}>;tag=1\r\n\
             To: <{uri}>\r\nCall-ID: c\r\nCSeq: 2 {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        Message::parse(Bytes::from(text)).expect("a request")
    }

    fn chosen(seats: &Seats, msg: &Message, inner: bool) -> TenantId {
        core::with(|core| seats.choose(&core.shared, msg, inner, |seat| seat.tenant().id()))
    }

    #[test]
    fn the_rule() {
        let seats = seats();
        let (a, b, other) = ("sip:alice@a.example", "sip:bob@B.Example", "sip:carol@c.example");
        for (method, uri, from, inner, whose) in [
            ("INVITE", a, other, false, 1),
            ("INVITE", a, a, false, 1),
            ("INVITE", other, a, false, 1),
            ("INVITE", b, a, false, 1),
            ("INVITE", b, a, true, 2),
            ("INVITE", other, a, true, 0),
            ("INVITE", other, other, false, 0),
            ("REGISTER", "sip:b.example", a, false, 2),
            ("REGISTER", "sip:c.example", a, false, 0),
            ("OPTIONS", "tel:+1555", "nonsense", false, 0),
        ] {
            let msg = request(method, uri, from);
            assert_eq!(
                chosen(&seats, &msg, inner),
                whose,
                "{method} {uri} from {from}, inner {inner}"
            );
        }
    }

    /// One of the operator's, as others are run for a tenant: anew each time.
    fn operators() -> Arc<dyn Routing> {
        struct Anew(NoCallbacks);
        impl Routing for Anew {
            fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
                operators()
            }
            fn label(&self) -> &str {
                "operator"
            }
            fn callbacks(&self) -> &[String] {
                self.0.callbacks()
            }
            fn well_known(&self) -> crate::route::WellKnown {
                self.0.well_known()
            }
            fn run(
                self: Arc<Self>,
                _: crate::route::CallbackId,
                _: &str,
                _: bool,
                route: Box<crate::route::Route>,
            ) -> crate::route::Run {
                Box::pin(std::future::ready((route, Ok(()))))
            }
        }
        Arc::new(Anew(NoCallbacks::default()))
    }

    #[test]
    fn who_stands_in_goes_with_the_operators_version() {
        testing::install();
        let (seat, first) = (seat(1, "a"), operators());
        let made = seat.stand_in(&first);
        assert!(Arc::ptr_eq(&made, &seat.stand_in(&first)), "made once");
        seat.let_go(&first);
        assert!(Arc::ptr_eq(&made, &seat.stand_in(&first)), "it is needed");
        // its memory may be the next version's
        drop(first);
        for _ in 0..100 {
            assert!(!Arc::ptr_eq(&made, &seat.stand_in(&operators())), "another version's");
        }
        let live = operators();
        seat.stand_in(&live);
        seat.let_go(&operators());
        assert!(seat.stand_in.load().is_none(), "nobody comes for it any more");
    }

    #[test]
    fn who_is_not_seated_any_more_has_no_requests() {
        let seats = seats();
        let gone = seats.of(1).expect("seated");
        seats.seat([seat(2, "b")]);
        assert_eq!(
            chosen(&seats, &request("INVITE", "sip:x@a.example", "sip:y@c.example"), false),
            0
        );
        assert!(matches!(*gone.duty(), Duty::Refuse(_)));
        assert!(seats.of_domain(b"B.EXAMPLE").is_some() && seats.of_domain(b"a.example").is_none());
    }
}
