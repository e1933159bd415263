//! `KSR.nathelper`: clients behind address translation.

use crate::route::Route;
use kemist_bindings::kemi::ksr::nathelper::Host;

impl Host for Route {
    fn nat_uac_test(&mut self, _tests: i32) -> i32 {
        todo!()
    }

    fn fix_nated_contact(&mut self) -> i32 {
        todo!()
    }

    fn fix_nated_register(&mut self) -> i32 {
        todo!()
    }

    fn set_contact_alias(&mut self) -> i32 {
        todo!()
    }

    fn set_contact_alias_trim(&mut self) -> i32 {
        todo!()
    }

    fn handle_ruri_alias(&mut self) -> i32 {
        todo!()
    }

    fn handle_ruri_alias_mode(&mut self, _mode: i32) -> i32 {
        todo!()
    }

    fn is_rfc1918(&mut self, _address: String) -> i32 {
        todo!()
    }

    fn add_contact_alias(&mut self) -> i32 {
        todo!()
    }
}
