//! pike's counters: which sources send too much.
//!
//! Time is cut into sampling units. A source is hot where this unit, the one before, or the mean of
//! both reaches the density; it is unblocked when a unit has passed in which it was not (Kamailio's
//! rule: `remove_latency` only says how long a quiet source is remembered). Kamailio's tree counts
//! prefixes first and so needs more requests before a new source is seen; here a source counts at once.

use super::rooms::Rooms;
use super::{Fold, TenantId};
use crate::modules::config::Pike;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// More sources of the operator than this are not told apart; the quiet ones go first.
const MAX_SOURCES: usize = 500_000;
/// The same of each tenant.
const TENANT_SOURCES: usize = 20_000;

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flood {
    /// Below the limit.
    Fine,
    /// Over it since this request.
    JustBlocked,
    /// Over it since before.
    Blocked,
}

/// One source, as an operator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where from.
    pub ip: IpAddr,
    /// Requests in the unit before.
    pub previous: u32,
    /// Requests in this one.
    pub current: u32,
    /// Is it blocked?
    pub blocked: bool,
    /// When it is forgotten, if nothing comes.
    pub left: Duration,
}

/// The counters of all sources.
#[derive(Debug)]
pub struct Floods {
    sources: DashMap<(TenantId, IpAddr), Source, Fold>,
    // taken from inside a source's lock, never the other way round
    rooms: Rooms,
    unit: Duration,
    density: u32,
    latency: Duration,
    start: Instant,
}

/// What is counted of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Who counts.
    pub tenant: TenantId,
    /// The source.
    pub ip: IpAddr,
    /// 0: counted in this unit, 1: in the one before.
    pub age: u8,
    /// Requests in that unit.
    pub current: u32,
    /// Requests in the one before it.
    pub previous: u32,
    /// Over the limit.
    pub blocked: bool,
}

#[derive(Debug)]
struct Source {
    unit: u64,
    current: u32,
    previous: u32,
    blocked: bool,
    seen: Instant,
}

impl Default for Floods {
    fn default() -> Floods {
        Floods::new(&Pike::default())
    }
}

impl Floods {
    /// Counters with pike's parameters.
    pub fn new(config: &Pike) -> Floods {
        Floods {
            sources: DashMap::default(),
            rooms: Rooms::new(MAX_SOURCES, TENANT_SOURCES),
            unit: config.sampling_time_unit.max(Duration::from_millis(1)),
            density: config.reqs_density_per_unit.max(1),
            latency: config.remove_latency,
            start: Instant::now(),
        }
    }

    /// Counts a request of `ip` and says what that makes of it.
    pub fn check(&self, tenant: TenantId, ip: IpAddr, now: Instant) -> Flood {
        let unit = self.unit_of(now);
        let key = (tenant, ip.to_canonical());
        if let Some(mut source) = self.sources.get_mut(&key) {
            return source.count(unit, self.density, now);
        }
        let mut source = match self.sources.entry(key) {
            Entry::Occupied(entry) => entry.into_ref(),
            Entry::Vacant(_) if !self.rooms.take(tenant, 1) => return Flood::Fine,
            Entry::Vacant(entry) => entry.insert(Source {
                unit,
                current: 0,
                previous: 0,
                blocked: false,
                seen: now,
            }),
        };
        source.count(unit, self.density, now)
    }

    /// Is this source blocked? Nothing is counted.
    pub fn is_blocked(&self, tenant: TenantId, ip: IpAddr) -> bool {
        self.sources
            .get(&(tenant, ip.to_canonical()))
            .is_some_and(|s| s.blocked)
    }

    /// Requests of one source in a unit that are too many.
    pub fn density(&self) -> u32 {
        self.density
    }

    /// A tenant's sources, as many as there are.
    pub fn list(&self, tenant: TenantId, now: Instant) -> Vec<Seen> {
        let unit = self.unit_of(now);
        let mut all = Vec::new();
        for entry in self.sources.iter().filter(|entry| entry.key().0 == tenant) {
            let source = entry.value();
            let (previous, current) = match unit.saturating_sub(source.unit) {
                0 => (source.previous, source.current),
                1 => (source.current, 0),
                _ => (0, 0),
            };
            all.push(Seen {
                ip: entry.key().1,
                previous,
                current,
                // the next request of a source that was quiet for a unit unblocks it
                blocked: source.blocked && (previous > 0 || current > 0),
                left: self.latency.saturating_sub(now.saturating_duration_since(source.seen)),
            });
        }
        all
    }

    /// Forgets sources that were quiet for the latency, and those that sent nothing lately where
    /// there are too many.
    pub fn sweep(&self, now: Instant) {
        self.sources.retain(|(tenant, _), s| {
            let keep = match self.rooms.has(*tenant, 1) {
                true => self.latency.max(self.unit * 2),
                false => self.unit * 2,
            };
            let kept = now.saturating_duration_since(s.seen) < keep;
            if !kept {
                self.rooms.give(*tenant, 1);
            }
            kept
        });
    }

    /// Forgets all sources of a tenant.
    pub(super) fn forget(&self, tenant: TenantId) {
        if self.rooms.used(tenant) == 0 {
            return;
        }
        self.sources.retain(|(of, _), _| *of != tenant);
        self.rooms.forget(tenant);
    }

    /// Those that count: seen within this unit or the one before, blocked ones first, at most so many.
    pub fn export(&self, most: usize, now: Instant) -> Vec<Counted> {
        let unit = self.unit_of(now);
        let mut counted: Vec<Counted> = Vec::new();
        for entry in self.sources.iter().filter(|entry| entry.unit + 1 >= unit) {
            counted.push(Counted {
                tenant: entry.key().0,
                ip: entry.key().1,
                age: u8::from(entry.unit < unit),
                current: entry.current,
                previous: entry.previous,
                blocked: entry.blocked,
            });
        }
        counted.sort_by_key(|source| (!source.blocked, std::cmp::Reverse(source.current.max(source.previous))));
        counted.truncate(most);
        counted
    }

    /// Goes on where another process counted, in units of the same length.
    pub fn import(&self, counted: &Counted, now: Instant) {
        let source = Source {
            unit: self.unit_of(now).saturating_sub(counted.age.into()),
            current: counted.current,
            previous: counted.previous,
            blocked: counted.blocked,
            seen: now,
        };
        match self.sources.entry((counted.tenant, counted.ip)) {
            Entry::Occupied(mut entry) => drop(entry.insert(source)),
            Entry::Vacant(entry) if self.rooms.take(counted.tenant, 1) => drop(entry.insert(source)),
            Entry::Vacant(_) => {}
        }
    }

    /// The number of sources remembered.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Is none remembered?
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    fn unit_of(&self, now: Instant) -> u64 {
        // A u64 of milliseconds or more lasts for longer than the machine
        (now.saturating_duration_since(self.start).as_nanos() / self.unit.as_nanos().max(1)) as u64
    }
}

impl Source {
    fn count(&mut self, unit: u64, density: u32, now: Instant) -> Flood {
        if unit > self.unit {
            self.previous = if unit == self.unit + 1 { self.current } else { 0 };
            self.current = 0;
            self.unit = unit;
            self.blocked &= self.is_hot(density);
        }
        self.current = self.current.saturating_add(1);
        self.seen = now;
        if !self.is_hot(density) && !self.blocked {
            return Flood::Fine;
        }
        let before = std::mem::replace(&mut self.blocked, true);
        if before { Flood::Blocked } else { Flood::JustBlocked }
    }

    fn is_hot(&self, density: u32) -> bool {
        self.previous >= density
            || self.current >= density
            || (self.previous.saturating_add(self.current)) / 2 >= density
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn floods() -> Floods {
        Floods::new(&Pike {
            reqs_density_per_unit: 5,
            ..Pike::default()
        })
    }

    #[test]
    fn the_request_that_reaches_the_density_blocks() {
        let floods = floods();
        let now = floods.start;
        for _ in 0..4 {
            assert_eq!(floods.check(0, IP, now), Flood::Fine);
        }
        assert_eq!(floods.check(0, IP, now), Flood::JustBlocked);
        assert_eq!(floods.check(0, IP, now), Flood::Blocked);
        assert_eq!(floods.check(1, IP, now), Flood::Fine, "each tenant counts for itself");
    }

    #[test]
    fn another_process_goes_on_counting() {
        let (floods, later) = (floods(), floods());
        for _ in 0..6 {
            floods.check(0, IP, floods.start);
        }
        let counted = floods.export(9, floods.start);
        assert_eq!((counted.len(), floods.export(0, floods.start).len()), (1, 0));
        later.import(&counted[0], later.start);
        assert!(later.is_blocked(0, IP));
        assert_eq!(later.check(0, IP, later.start), Flood::Blocked);
        let quiet = floods.start + Pike::default().sampling_time_unit * 2;
        assert!(floods.export(9, quiet).is_empty(), "what counts no more");
    }

    #[test]
    fn a_quiet_unit_unblocks() {
        let floods = floods();
        let unit = Pike::default().sampling_time_unit;
        for _ in 0..6 {
            floods.check(0, IP, floods.start);
        }
        assert_eq!(
            floods.check(0, IP, floods.start + unit),
            Flood::Blocked,
            "the unit before was hot"
        );
        assert_eq!(floods.check(0, IP, floods.start + unit * 2), Flood::Fine);
        assert!(!floods.is_blocked(0, IP));
    }

    #[test]
    fn steady_traffic_below_the_density_is_fine() {
        let floods = floods();
        let unit = Pike::default().sampling_time_unit;
        for n in 0..100 {
            assert_eq!(floods.check(0, IP, floods.start + unit * n / 4), Flood::Fine);
        }
    }

    #[test]
    fn quiet_sources_are_forgotten() {
        let floods = floods();
        floods.check(0, IP, floods.start);
        floods.sweep(floods.start + Duration::from_secs(119));
        assert_eq!(floods.len(), 1);
        floods.sweep(floods.start + Duration::from_secs(120));
        assert!(floods.is_empty());
    }
}
