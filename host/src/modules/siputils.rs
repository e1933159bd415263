//! `KSR.siputils`: tests on messages, URIs and text.

use crate::route::Route;
use kemist_bindings::kemi::ksr::siputils::Host;

impl Host for Route {
    fn has_totag(&mut self) -> i32 {
        todo!()
    }

    fn is_request(&mut self) -> i32 {
        todo!()
    }

    fn is_reply(&mut self) -> i32 {
        todo!()
    }

    fn is_sip(&mut self) -> i32 {
        todo!()
    }

    fn is_first_hop(&mut self) -> i32 {
        todo!()
    }

    fn is_first_hop_mode(&mut self, _mode: i32) -> i32 {
        todo!()
    }

    fn is_uri(&mut self, _suri: String) -> i32 {
        todo!()
    }

    fn is_user(&mut self, _suser: String) -> i32 {
        todo!()
    }

    fn uri_param(&mut self, _sparam: String) -> i32 {
        todo!()
    }

    fn uri_param_value(&mut self, _sparam: String, _svalue: String) -> i32 {
        todo!()
    }

    fn uri_param_any(&mut self, _sparam: String) -> i32 {
        todo!()
    }

    fn uri_param_rm(&mut self, _sparam: String) -> i32 {
        todo!()
    }

    fn is_tel_number(&mut self, _tval: String) -> i32 {
        todo!()
    }

    fn is_numeric(&mut self, _tval: String) -> i32 {
        todo!()
    }

    fn is_alphanum(&mut self, _tval: String) -> i32 {
        todo!()
    }

    fn is_alphanumex(&mut self, _tval: String, _eset: String) -> i32 {
        todo!()
    }

    fn options_reply(&mut self) -> i32 {
        todo!()
    }
}
