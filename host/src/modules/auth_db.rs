//! `KSR.auth_db`: digest authentication against the subscriber table.

use crate::route::Route;
use kemist_bindings::kemi::ksr::auth_db::Host;

impl Host for Route {
    async fn auth_check(&mut self, _srealm: String, _stable: String, _iflags: i32) -> i32 {
        todo!()
    }

    async fn is_subscriber(&mut self, _suri: String, _stable: String, _iflags: i32) -> i32 {
        todo!()
    }

    async fn www_authenticate(&mut self, _realm: String, _table: String) -> i32 {
        todo!()
    }
}
