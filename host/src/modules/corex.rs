//! `KSR.corex`: more core functions: branches, tests.

use crate::route::Route;
use kemist_bindings::kemi::ksr::corex::Host;

impl Host for Route {
    fn append_branch(&mut self) -> i32 {
        todo!()
    }

    fn append_branch_uri(&mut self, _uri: String) -> i32 {
        todo!()
    }

    fn append_branch_uri_q(&mut self, _uri: String, _q: String) -> i32 {
        todo!()
    }

    fn has_ruri_user(&mut self) -> i32 {
        todo!()
    }

    fn has_user_agent(&mut self) -> i32 {
        todo!()
    }
}
