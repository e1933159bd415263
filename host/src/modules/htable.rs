//! `KSR.htable`: hash tables shared by all workers.

use crate::route::Route;
use kemist_bindings::kemi::ksr::htable::Host;
use kemist_bindings::kemi::ksr::types::Xval;

impl Host for Route {
    fn sht_reset(&mut self, _hname: String) -> i32 {
        todo!()
    }

    fn sht_rm(&mut self, _hname: String, _iname: String) -> i32 {
        todo!()
    }

    fn sht_rm_name_re(&mut self, _htname: String, _rexp: String) -> i32 {
        todo!()
    }

    fn sht_rm_value_re(&mut self, _htname: String, _rexp: String) -> i32 {
        todo!()
    }

    fn sht_rm_name(&mut self, _sname: String, _sop: String, _sval: String) -> i32 {
        todo!()
    }

    fn sht_rm_value(&mut self, _sname: String, _sop: String, _sval: String) -> i32 {
        todo!()
    }

    fn sht_match_name(&mut self, _sname: String, _sop: String, _sval: String) -> i32 {
        todo!()
    }

    fn sht_match_str_value(&mut self, _sname: String, _sop: String, _sval: String) -> i32 {
        todo!()
    }

    fn sht_get(&mut self, _htname: String, _itname: String) -> Xval {
        todo!()
    }

    fn sht_gete(&mut self, _htname: String, _itname: String) -> Xval {
        todo!()
    }

    fn sht_getw(&mut self, _htname: String, _itname: String) -> Xval {
        todo!()
    }

    fn sht_sets(&mut self, _htname: String, _itname: String, _itval: String) -> i32 {
        todo!()
    }

    fn sht_seti(&mut self, _htname: String, _itname: String, _itval: i32) -> i32 {
        todo!()
    }

    fn sht_setex(&mut self, _htname: String, _itname: String, _itval: i32) -> i32 {
        todo!()
    }

    fn sht_setxi(&mut self, _htname: String, _itname: String, _itval: i32, _exval: i32) -> i32 {
        todo!()
    }

    fn sht_setxs(&mut self, _htname: String, _itname: String, _itval: String, _exval: i32) -> i32 {
        todo!()
    }

    fn sht_is_null(&mut self, _htname: String, _itname: String) -> i32 {
        todo!()
    }

    fn sht_inc(&mut self, _htname: String, _itname: String) -> i32 {
        todo!()
    }

    fn sht_dec(&mut self, _htname: String, _itname: String) -> i32 {
        todo!()
    }

    fn sht_cn(&mut self, _table: String, _op: String, _pattern: String) -> i32 {
        todo!()
    }
}
