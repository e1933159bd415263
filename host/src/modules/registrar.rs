//! `KSR.registrar`: registrations and their lookup (RFC 3261 section 10).

use crate::route::Route;
use kemist_bindings::kemi::ksr::registrar::Host;

impl Host for Route {
    fn save(&mut self, _table: String, _flags: i32) -> i32 {
        todo!()
    }

    fn save_uri(&mut self, _table: String, _flags: i32, _uri: String) -> i32 {
        todo!()
    }

    fn lookup(&mut self, _table: String) -> i32 {
        todo!()
    }

    fn lookup_uri(&mut self, _table: String, _uri: String) -> i32 {
        todo!()
    }

    fn registered(&mut self, _table: String) -> i32 {
        todo!()
    }

    fn registered_uri(&mut self, _dtable: String, _uri: String) -> i32 {
        todo!()
    }

    fn unregister(&mut self, _dtable: String, _uri: String) -> i32 {
        todo!()
    }
}
