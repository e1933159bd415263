//! `KSR.permissions`: the address table: trusted sources.

use crate::route::destination::literal;
use crate::route::{Route, core};
use kemist_bindings::kemi::ksr::permissions::Host;
use std::net::{IpAddr, SocketAddr};

impl Host for Route {
    fn allow_source_address(&mut self, addr_group: i32) -> i32 {
        self.allows(addr_group, self.source.remote)
    }

    /// Addresses only: the domains that Kamailio keeps in the same table are not looked up.
    fn allow_address(&mut self, addr_group: i32, ips: String, port: i32) -> i32 {
        match address(&ips, port) {
            Some(address) => self.allows(addr_group, address),
            None => -1,
        }
    }

    fn allow_source_address_group(&mut self) -> i32 {
        self.group_of(self.source.remote)
    }

    fn allow_address_group(&mut self, addr: String, port: i32) -> i32 {
        address(&addr, port).map_or(-1, |address| self.group_of(address))
    }
}

impl Route {
    fn allows(&self, group: i32, address: SocketAddr) -> i32 {
        let ip = address.ip();
        match core::with(|core| {
            core.shared
                .store
                .addresses
                .contains(self.tenant, group, ip, address.port())
        }) {
            true => 1,
            false => -1,
        }
    }

    fn group_of(&self, address: SocketAddr) -> i32 {
        let ip = address.ip();
        core::with(|core| core.shared.store.addresses.group_of(self.tenant, ip, address.port())).unwrap_or(-1)
    }
}

fn address(ip: &str, port: i32) -> Option<SocketAddr> {
    let ip: IpAddr = literal(ip.as_bytes())?;
    Some(SocketAddr::new(ip, u16::try_from(port).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;
    use crate::store::addresses::{Address, parse_cidr};

    #[test]
    fn groups_are_found_by_address_and_port() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.allow_source_address(1), -1);
        let row = |group, text: &str| {
            let (network, port) = parse_cidr(text).expect("a network");
            Address {
                group,
                network,
                port,
                tag: None,
            }
        };
        core::with(|core| {
            core.shared
                .store
                .addresses
                .replace(0, vec![row(1, "192.0.2.0/24"), row(2, "198.51.100.7:5070")]);
        });
        assert_eq!(route.allow_source_address(1), 1);
        assert_eq!(route.allow_source_address(2), -1);
        assert_eq!(route.allow_source_address_group(), 1);
        assert_eq!(route.allow_address(2, "198.51.100.7".into(), 5070), 1);
        assert_eq!(route.allow_address(2, "198.51.100.7".into(), 5071), -1);
        assert_eq!(route.allow_address_group("198.51.100.7".into(), 5070), 2);
        assert_eq!(route.allow_address(2, "example.net".into(), 5070), -1);
        assert_eq!(route.allow_address(2, "198.51.100.7".into(), 70_000), -1);
        route.tenant = 1;
        assert_eq!(route.allow_source_address(1), -1, "another tenant has its own table");
    }
}
