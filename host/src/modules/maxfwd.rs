//! `KSR.maxfwd`: max-Forwards (RFC 3261 sections 16.3 and 16.6).

use crate::route::Route;
use kemist_bindings::kemi::ksr::maxfwd::Host;

impl Host for Route {
    fn process_maxfwd(&mut self, _limit: i32) -> i32 {
        todo!()
    }

    fn is_maxfwd_lt(&mut self, _limit: i32) -> i32 {
        todo!()
    }
}
