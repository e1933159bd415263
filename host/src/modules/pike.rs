//! `KSR.pike`: flood detection by source address.

use crate::route::destination::literal;
use crate::route::{Route, core};
use crate::store::flood::Flood;
use kemist_bindings::kemi::ksr::pike::Host;
use std::net::IpAddr;

impl Host for Route {
    fn pike_check_req(&mut self) -> i32 {
        self.count_source(self.source.remote.ip())
    }

    fn pike_check_ip(&mut self, strip: String) -> i32 {
        literal(strip.as_bytes()).map_or(-1, |ip| self.count_source(ip))
    }
}

impl Route {
    fn count_source(&self, ip: IpAddr) -> i32 {
        match core::with(|core| core.shared.store.flood.check(self.tenant, ip, core.now)) {
            Flood::Fine => 1,
            Flood::Blocked => -1,
            Flood::JustBlocked => -2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    #[test]
    fn a_source_is_blocked_once_it_is_too_fast() {
        let mut route = testing::request(testing::INVITE);
        let codes: Vec<i32> = (0..200).map(|_| route.pike_check_req()).collect();
        assert_eq!(codes[0], 1);
        assert_eq!(codes.iter().filter(|c| **c == -2).count(), 1, "it becomes blocked once");
        assert_eq!(codes.last(), Some(&-1));
        assert_eq!(route.pike_check_ip("198.51.100.1".into()), 1);
        assert_eq!(route.pike_check_ip("nobody".into()), -1);
    }
}
