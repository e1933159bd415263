//! `KSR.tm`: transactions: stateful relaying and replying (RFC 3261 sections 16 and 17).

use crate::route::Route;
use kemist_bindings::kemi::ksr::tm::Host;

impl Host for Route {
    async fn t_relay(&mut self) -> i32 {
        todo!()
    }

    fn t_on_branch(&mut self, _rname: String) -> i32 {
        todo!()
    }

    fn t_on_failure(&mut self, _rname: String) -> i32 {
        todo!()
    }

    fn t_on_reply(&mut self, _rname: String) -> i32 {
        todo!()
    }

    fn t_reply(&mut self, _code: i32, _reason: String) -> i32 {
        todo!()
    }

    fn t_send_reply(&mut self, _code: i32, _reason: String) -> i32 {
        todo!()
    }

    fn t_check_trans(&mut self) -> i32 {
        todo!()
    }

    fn t_is_canceled(&mut self) -> i32 {
        todo!()
    }

    fn t_newtran(&mut self) -> i32 {
        todo!()
    }

    fn t_release(&mut self) -> i32 {
        todo!()
    }

    fn t_is_set(&mut self, _target: String) -> i32 {
        todo!()
    }

    fn t_lookup_request(&mut self) -> i32 {
        todo!()
    }

    fn t_lookup_cancel(&mut self) -> i32 {
        todo!()
    }

    fn t_retransmit_reply(&mut self) -> i32 {
        todo!()
    }

    fn t_set_fr_inv(&mut self, _fr_inv: i32) -> i32 {
        todo!()
    }

    fn t_set_fr(&mut self, _fr_inv: i32, _fr: i32) -> i32 {
        todo!()
    }

    fn t_reset_fr(&mut self) -> i32 {
        todo!()
    }

    fn t_check_status(&mut self, _sexp: String) -> i32 {
        todo!()
    }

    fn t_grep_status(&mut self, _code: i32) -> i32 {
        todo!()
    }

    fn t_any_replied(&mut self) -> i32 {
        todo!()
    }

    fn t_any_timeout(&mut self) -> i32 {
        todo!()
    }

    fn t_branch_replied(&mut self) -> i32 {
        todo!()
    }

    fn t_branch_timeout(&mut self) -> i32 {
        todo!()
    }

    async fn t_relay_to_proto_addr(&mut self, _sproto: String, _host: String, _port: i32) -> i32 {
        todo!()
    }

    fn t_get_status_code(&mut self) -> i32 {
        todo!()
    }

    fn t_get_branch_index(&mut self) -> i32 {
        todo!()
    }

    fn t_exists(&mut self) -> i32 {
        todo!()
    }
}
