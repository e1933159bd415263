//! `KSR.tmx`: more of transactions: which route runs, cancelling branches.

use crate::route::Route;
use kemist_bindings::kemi::ksr::tmx::Host;

impl Host for Route {
    fn t_precheck_trans(&mut self) -> i32 {
        todo!()
    }

    fn t_is_request_route(&mut self) -> i32 {
        todo!()
    }

    fn t_is_reply_route(&mut self) -> i32 {
        todo!()
    }

    fn t_is_failure_route(&mut self) -> i32 {
        todo!()
    }

    fn t_is_branch_route(&mut self) -> i32 {
        todo!()
    }

    fn t_cancel_branches(&mut self, _mode: String) -> i32 {
        todo!()
    }
}
