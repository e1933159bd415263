//! What a name was found to mean: its addresses, in groups of equal rank, from which each request
//! draws an order of its own (RFC 2782: weights share out the load).

use kemist_sip::Protocol;
use std::net::{IpAddr, SocketAddr};

/// Most addresses that one lookup hands out.
pub const ADDRESSES: usize = 16;

/// The addresses of a name, groups in the order to try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    groups: Vec<Group>,
}

/// Servers of the same service and priority.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    rank: (usize, u16),
    servers: Vec<Server>,
}

/// One SRV record with the addresses of its target, or a name with its own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Server {
    weight: u16,
    addresses: Vec<(Protocol, SocketAddr)>,
}

impl Plan {
    /// The plain addresses of a name.
    pub fn of(ips: impl IntoIterator<Item = IpAddr>, protocol: Protocol, port: u16) -> Plan {
        let mut plan = Plan::default();
        let addresses: Vec<_> = ips
            .into_iter()
            .map(|ip| (protocol, SocketAddr::new(ip, port)))
            .collect();
        plan.add((0, 0), 0, addresses);
        plan
    }

    /// Adds a server. `rank` is the place of its service and its priority: the lower the earlier.
    pub fn add(&mut self, rank: (usize, u16), weight: u16, addresses: Vec<(Protocol, SocketAddr)>) {
        if addresses.is_empty() {
            return;
        }
        let server = Server { weight, addresses };
        match self.groups.binary_search_by_key(&rank, |group| group.rank) {
            Ok(at) => self.groups[at].servers.push(server),
            Err(at) => self.groups.insert(
                at,
                Group {
                    rank,
                    servers: vec![server],
                },
            ),
        }
    }

    /// Whether there is no address at all.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// An order to try that only `seed` decides: the same for what answers list in another order, with
    /// weights and addresses of one server sharing out the seeds.
    pub fn order_by(&self, seed: u64) -> Vec<(Protocol, SocketAddr)> {
        let mut plan = self.clone();
        for server in plan.groups.iter_mut().flat_map(|group| &mut group.servers) {
            server.addresses.sort_by_key(|(_, address)| *address);
            let count = server.addresses.len().max(1) as u64;
            // fits: below the length
            server.addresses.rotate_left((mixed(seed) % count) as usize);
        }
        for group in &mut plan.groups {
            group.servers.sort_by_key(Server::lowest);
        }
        let mut state = seed;
        plan.order(move |below| {
            state = mixed(state);
            state % below.max(1)
        })
    }

    /// The addresses in the order to try. `draw` gives a random number below its argument, which is not 0.
    pub fn order(&self, mut draw: impl FnMut(u64) -> u64) -> Vec<(Protocol, SocketAddr)> {
        let mut order = Vec::with_capacity(ADDRESSES.min(self.groups.len()));
        for group in &self.groups {
            for server in group.shuffled(&mut draw) {
                for address in &server.addresses {
                    if order.len() < ADDRESSES && !order.contains(address) {
                        order.push(*address);
                    }
                }
            }
        }
        order
    }
}

impl Server {
    fn lowest(&self) -> Option<SocketAddr> {
        self.addresses.iter().map(|(_, address)| *address).min()
    }
}

/// One step of splitmix64: every bit of the result hangs on every bit of the seed.
fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Group {
    /// RFC 2782: again and again one of those left, each with the chance that its weight is of all.
    fn shuffled(&self, draw: &mut impl FnMut(u64) -> u64) -> Vec<&Server> {
        // those of weight 0 first, so that the draw of 0 (and nothing else) takes one of them
        let mut left: Vec<&Server> = self.servers.iter().collect();
        left.sort_by_key(|server| server.weight != 0);
        let mut order = Vec::with_capacity(left.len());
        while left.len() > 1 {
            let sum: u64 = left.iter().map(|server| u64::from(server.weight)).sum();
            // all of weight 0: no load to share out, but no order is promised either
            let at = if sum == 0 {
                0
            } else {
                let drawn = draw(sum + 1);
                let mut running = 0;
                left.iter()
                    .position(|server| {
                        running += u64::from(server.weight);
                        running >= drawn
                    })
                    .unwrap_or(0)
            };
            order.push(left.remove(at));
        }
        order.append(&mut left);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> (Protocol, SocketAddr) {
        (Protocol::Udp, SocketAddr::from(([127, 0, 0, last], 5060)))
    }

    #[test]
    fn services_come_before_priorities_and_those_in_order() {
        let mut plan = Plan::default();
        plan.add((1, 0), 0, vec![at(4)]);
        plan.add((0, 20), 0, vec![at(3)]);
        plan.add((0, 10), 0, vec![at(1), at(2)]);
        plan.add((0, 5), 0, vec![]);
        assert_eq!(plan.order(|_| 0), [at(1), at(2), at(3), at(4)]);
        assert!(Plan::default().is_empty() && !plan.is_empty());
    }

    #[test]
    fn weights_share_out_the_load() {
        let mut plan = Plan::default();
        plan.add((0, 0), 60, vec![at(1)]);
        plan.add((0, 0), 0, vec![at(2)]);
        plan.add((0, 0), 20, vec![at(3)]);
        // the running sums are 0 (weight 0), 60, 80
        for (drawn, first) in [(0, at(2)), (1, at(1)), (60, at(1)), (61, at(3)), (80, at(3))] {
            let order = plan.order(|_| drawn.min(80));
            assert_eq!(order[0], first, "drawn {drawn}");
            assert_eq!(order.len(), 3);
        }
        let mut seed = 1u64;
        let mut firsts = [0u32; 4];
        for _ in 0..4000 {
            let order = plan.order(|below| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 33) % below
            });
            let SocketAddr::V4(v4) = order[0].1 else { panic!("IPv4") };
            firsts[usize::from(v4.ip().octets()[3])] += 1;
        }
        assert!(firsts[1] > 2700 && firsts[3] > 800 && firsts[2] < 200, "{firsts:?}");
    }

    #[test]
    fn a_seed_decides_the_order_whatever_the_answer_lists_first() {
        let plan = |first: u8, second: u8| {
            let mut plan = Plan::default();
            plan.add((0, 0), 30, vec![at(first), at(second)]);
            plan.add((0, 0), 30, vec![at(3)]);
            plan.add((0, 0), 0, vec![at(4)]);
            plan.add((0, 10), 0, vec![at(5)]);
            plan
        };
        let mut other = plan(2, 1);
        other.groups[0].servers.reverse();
        let mut firsts = [0; 6];
        for seed in 0..3000 {
            let order = plan(1, 2).order_by(seed);
            assert_eq!(order, other.order_by(seed), "seed {seed}");
            assert_eq!((order.len(), order[4]), (5, at(5)));
            let SocketAddr::V4(v4) = order[0].1 else { panic!("IPv4") };
            firsts[usize::from(v4.ip().octets()[3])] += 1;
        }
        assert!(firsts[1] > 500 && firsts[2] > 500 && firsts[3] > 1200, "{firsts:?}");
    }

    #[test]
    fn the_list_is_bounded_and_names_nobody_twice() {
        let mut plan = Plan::default();
        plan.add((0, 0), 0, (0..200).map(at).collect());
        assert_eq!(plan.order(|_| 0).len(), ADDRESSES);
        let plan = Plan::of([[127, 0, 0, 1].into(), [127, 0, 0, 1].into()], Protocol::Udp, 5060);
        assert_eq!(plan.order(|_| 0), [at(1)]);
    }
}
