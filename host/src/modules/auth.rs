//! `KSR.auth`: digest challenges and credentials (RFC 3261 section 22, RFC 8760).

use crate::route::Route;
use kemist_bindings::kemi::ksr::auth::Host;

impl Host for Route {
    fn consume_credentials(&mut self) -> i32 {
        todo!()
    }

    fn auth_challenge(&mut self, _realm: String, _flags: i32) -> i32 {
        todo!()
    }

    fn www_challenge(&mut self, _realm: String, _flags: i32) -> i32 {
        todo!()
    }

    fn proxy_challenge(&mut self, _realm: String, _flags: i32) -> i32 {
        todo!()
    }

    fn pv_auth_check(&mut self, _srealm: String, _spasswd: String, _vflags: i32, _vchecks: i32) -> i32 {
        todo!()
    }

    fn pv_proxy_authenticate(&mut self, _realm: String, _passwd: String, _flags: i32) -> i32 {
        todo!()
    }

    fn pv_www_authenticate(&mut self, _realm: String, _passwd: String, _flags: i32) -> i32 {
        todo!()
    }

    fn has_credentials(&mut self, _srealm: String) -> i32 {
        todo!()
    }
}
