//! `KSR.sanity`: checks of a request beyond what parsing needs.

use crate::route::Route;
use kemist_bindings::kemi::ksr::sanity::Host;

impl Host for Route {
    fn sanity_check(&mut self, _mflags: i32, _uflags: i32) -> i32 {
        todo!()
    }

    fn sanity_check_defaults(&mut self) -> i32 {
        todo!()
    }

    fn sanity_reply(&mut self) -> i32 {
        todo!()
    }
}
