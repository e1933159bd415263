//! `KSR.pv`: pseudo-variables by their text.

use crate::route::Route;
use kemist_bindings::kemi::ksr::pv::Host;
use kemist_bindings::kemi::ksr::types::Xval;

impl Host for Route {
    fn get(&mut self, _pvn: String) -> Xval {
        todo!()
    }

    fn getw(&mut self, _pvn: String) -> Xval {
        todo!()
    }

    fn gete(&mut self, _pvn: String) -> Xval {
        todo!()
    }

    fn geti(&mut self, _pvn: String) -> i32 {
        todo!()
    }

    fn getl(&mut self, _pvn: String) -> Xval {
        todo!()
    }

    fn getvn(&mut self, _pvn: String, _xival: i32) -> Xval {
        todo!()
    }

    fn getvs(&mut self, _pvn: String, _xsval: String) -> Xval {
        todo!()
    }

    fn seti(&mut self, _pvn: String, _ival: i32) -> bool {
        todo!()
    }

    fn setl(&mut self, _pvn: String, _xval: i64) -> bool {
        todo!()
    }

    fn sets(&mut self, _pvn: String, _sval: String) -> bool {
        todo!()
    }

    fn unset(&mut self, _pvn: String) -> bool {
        todo!()
    }

    fn is_null(&mut self, _pvn: String) -> bool {
        todo!()
    }
}
