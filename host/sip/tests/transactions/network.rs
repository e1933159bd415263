//! A network in virtual time that may lose, double and reorder, and the hosts on it: one caller, one
//! proxy, some callees.

mod callee;
mod caller;
mod proxy;

pub use callee::{Callee, Manner};
pub use caller::Caller;
pub use proxy::Proxy;

use crate::messages::{address, start};
use bytes::Bytes;
use kemist_sip::Protocol;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Where the proxy is.
pub const PROXY: u8 = 9;

/// A generator of numbers that are the same in every run (splitmix64).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// True so often of a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// What happens to datagrams, in percent and milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub protocol: Protocol,
    pub loss: u64,
    pub doubling: u64,
    /// Each is up to so late, so that they overtake each other.
    pub delay: u64,
}

/// What a host does.
pub trait Host {
    fn receive(&mut self, bytes: Bytes, wire: &mut Wire);
    fn timeout(&mut self, wire: &mut Wire);
    fn next_timeout(&self) -> Option<Instant>;
}

/// A host's side of the network.
pub struct Wire {
    pub now: Instant,
    sent: Vec<(SocketAddr, Bytes)>,
}

impl Wire {
    pub fn send(&mut self, to: SocketAddr, bytes: Bytes) {
        self.sent.push((to, bytes));
    }
}

pub struct Network {
    pub now: Instant,
    pub caller: Caller,
    pub proxy: Proxy,
    pub callees: Vec<Callee>,
    weather: Weather,
    random: Random,
    flying: BTreeMap<(Instant, u64), (SocketAddr, Bytes)>,
    sent: u64,
}

impl Network {
    pub fn new(weather: Weather, seed: u64, manners: &[Manner]) -> Network {
        let now = start();
        let callees = (0..manners.len() as u8).map(|n| Callee::new(n, weather.protocol, manners[usize::from(n)]));
        Network {
            now,
            caller: Caller::new(weather.protocol),
            proxy: Proxy::new(weather.protocol, manners.len() as u8),
            callees: callees.collect(),
            weather,
            random: Random(seed),
            flying: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Lets the caller call; with a time (in milliseconds) it cancels then.
    pub fn call(&mut self, name: &str, cancel_after: Option<u64>) {
        let mut wire = Wire {
            now: self.now,
            sent: Vec::new(),
        };
        let cancel_at = cancel_after.map(|after| self.now + Duration::from_millis(after));
        self.caller.call(name, cancel_at, &mut wire);
        self.carry(wire);
    }

    /// Lets so much time pass.
    pub fn run(&mut self, time: Duration) {
        let until = self.now + time;
        let mut steps = 0;
        while let Some(next) = self.next().filter(|next| *next <= until) {
            steps += 1;
            assert!(steps < 1_000_000, "something does not stop");
            self.now = next.max(self.now);
            self.step();
        }
        self.now = until;
    }

    /// The earliest datagram or timer.
    fn next(&self) -> Option<Instant> {
        let datagram = self.flying.keys().next().map(|(at, _)| *at);
        let callees = self.callees.iter().filter_map(Host::next_timeout);
        callees
            .chain(datagram)
            .chain(self.caller.next_timeout())
            .chain(self.proxy.next_timeout())
            .min()
    }

    fn step(&mut self) {
        if let Some(entry) = self.flying.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (to, bytes) = entry.remove();
            return self.on(to, |host, wire| host.receive(bytes, wire));
        }
        let hosts = [1, PROXY]
            .into_iter()
            .chain((0..self.callees.len() as u8).map(|n| 10 + n));
        for host in hosts {
            self.on(address(host), |host, wire| {
                if host.next_timeout().is_some_and(|at| at <= wire.now) {
                    host.timeout(wire);
                }
            });
        }
    }

    fn on(&mut self, at: SocketAddr, act: impl FnOnce(&mut dyn Host, &mut Wire)) {
        let mut wire = Wire {
            now: self.now,
            sent: Vec::new(),
        };
        let callee = self.callees.iter_mut().zip(10..).find(|(_, n)| address(*n) == at);
        if at == address(1) {
            act(&mut self.caller, &mut wire);
        } else if at == address(PROXY) {
            act(&mut self.proxy, &mut wire);
        } else if let Some((callee, _)) = callee {
            act(callee, &mut wire);
        }
        self.carry(wire);
    }

    fn carry(&mut self, wire: Wire) {
        for (to, bytes) in wire.sent {
            if self.weather.protocol.is_reliable() {
                self.fly(to, bytes, 10);
                continue;
            }
            if self.random.percent(self.weather.doubling) {
                let delay = 1 + self.random.below(self.weather.delay);
                self.fly(to, bytes.clone(), delay);
            }
            if !self.random.percent(self.weather.loss) {
                let delay = 1 + self.random.below(self.weather.delay);
                self.fly(to, bytes, delay);
            }
        }
    }

    fn fly(&mut self, to: SocketAddr, bytes: Bytes, delay: u64) {
        self.sent += 1;
        self.flying
            .insert((self.now + Duration::from_millis(delay), self.sent), (to, bytes));
    }
}
