//! `KSR.pike`: flood detection by source address.

use crate::route::Route;
use kemist_bindings::kemi::ksr::pike::Host;

impl Host for Route {
    fn pike_check_req(&mut self) -> i32 {
        todo!()
    }

    fn pike_check_ip(&mut self, _strip: String) -> i32 {
        todo!()
    }
}
