//! `KSR.rr`: record-Route and loose routing (RFC 3261 sections 16.4, 16.6 and 16.12).

use crate::route::Route;
use kemist_bindings::kemi::ksr::rr::Host;

impl Host for Route {
    fn record_route(&mut self) -> i32 {
        todo!()
    }

    fn record_route_params(&mut self, _sparams: String) -> i32 {
        todo!()
    }

    fn loose_route(&mut self) -> i32 {
        todo!()
    }

    fn remove_record_route(&mut self) -> i32 {
        todo!()
    }

    fn add_rr_param(&mut self, _sparam: String) -> i32 {
        todo!()
    }

    fn check_route_param(&mut self, _sre: String) -> i32 {
        todo!()
    }

    fn is_direction(&mut self, _dir: String) -> i32 {
        todo!()
    }
}
