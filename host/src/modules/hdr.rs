//! `KSR.hdr`: header lines: add, remove, read.

use crate::route::Route;
use kemist_bindings::kemi::ksr::hdr::Host;
use kemist_bindings::kemi::ksr::types::Xval;

impl Host for Route {
    fn append(&mut self, _txt: String) -> i32 {
        todo!()
    }

    fn append_after(&mut self, _txt: String, _hname: String) -> i32 {
        todo!()
    }

    fn insert(&mut self, _txt: String) -> i32 {
        todo!()
    }

    fn insert_before(&mut self, _txt: String, _hname: String) -> i32 {
        todo!()
    }

    fn remove(&mut self, _hname: String) -> i32 {
        todo!()
    }

    fn rmappend(&mut self, _hrm: String, _hadd: String) -> i32 {
        todo!()
    }

    fn rminsert(&mut self, _hrm: String, _hadd: String) -> i32 {
        todo!()
    }

    fn is_present(&mut self, _hname: String) -> i32 {
        todo!()
    }

    fn append_to_reply(&mut self, _txt: String) -> i32 {
        todo!()
    }

    fn get(&mut self, _hname: String) -> Xval {
        todo!()
    }

    fn gete(&mut self, _hname: String) -> Xval {
        todo!()
    }

    fn getw(&mut self, _hname: String) -> Xval {
        todo!()
    }

    fn get_idx(&mut self, _hname: String, _idx: i32) -> Xval {
        todo!()
    }

    fn gete_idx(&mut self, _hname: String, _idx: i32) -> Xval {
        todo!()
    }

    fn getw_idx(&mut self, _hname: String, _idx: i32) -> Xval {
        todo!()
    }

    fn match_content(&mut self, _hname: String, _op: String, _mval: String, _hidx: String) -> bool {
        todo!()
    }
}
