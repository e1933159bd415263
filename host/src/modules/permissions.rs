//! `KSR.permissions`: the address table: trusted sources.

use crate::route::Route;
use kemist_bindings::kemi::ksr::permissions::Host;

impl Host for Route {
    fn allow_source_address(&mut self, _addr_group: i32) -> i32 {
        todo!()
    }

    fn allow_address(&mut self, _addr_group: i32, _ips: String, _port: i32) -> i32 {
        todo!()
    }

    fn allow_source_address_group(&mut self) -> i32 {
        todo!()
    }

    fn allow_address_group(&mut self, _addr: String, _port: i32) -> i32 {
        todo!()
    }
}
