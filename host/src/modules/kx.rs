//! `KSR.kx`: the usual pseudo-variables as functions of their own.

use crate::route::Route;
use kemist_bindings::kemi::ksr::kx::Host;
use kemist_bindings::kemi::ksr::types::Xval;

impl Host for Route {
    fn get_ruri(&mut self) -> Xval {
        todo!()
    }

    fn get_ruser(&mut self) -> Xval {
        todo!()
    }

    fn getw_ruser(&mut self) -> Xval {
        todo!()
    }

    fn gete_ruser(&mut self) -> Xval {
        todo!()
    }

    fn get_rhost(&mut self) -> Xval {
        todo!()
    }

    fn getw_rhost(&mut self) -> Xval {
        todo!()
    }

    fn gete_rhost(&mut self) -> Xval {
        todo!()
    }

    fn get_ouri(&mut self) -> Xval {
        todo!()
    }

    fn get_furi(&mut self) -> Xval {
        todo!()
    }

    fn get_fuser(&mut self) -> Xval {
        todo!()
    }

    fn getw_fuser(&mut self) -> Xval {
        todo!()
    }

    fn gete_fuser(&mut self) -> Xval {
        todo!()
    }

    fn get_fhost(&mut self) -> Xval {
        todo!()
    }

    fn getw_fhost(&mut self) -> Xval {
        todo!()
    }

    fn gete_fhost(&mut self) -> Xval {
        todo!()
    }

    fn get_turi(&mut self) -> Xval {
        todo!()
    }

    fn get_tuser(&mut self) -> Xval {
        todo!()
    }

    fn gete_tuser(&mut self) -> Xval {
        todo!()
    }

    fn getw_tuser(&mut self) -> Xval {
        todo!()
    }

    fn get_thost(&mut self) -> Xval {
        todo!()
    }

    fn gete_thost(&mut self) -> Xval {
        todo!()
    }

    fn getw_thost(&mut self) -> Xval {
        todo!()
    }

    fn get_duri(&mut self) -> Xval {
        todo!()
    }

    fn gete_duri(&mut self) -> Xval {
        todo!()
    }

    fn getw_duri(&mut self) -> Xval {
        todo!()
    }

    fn get_cturi(&mut self) -> Xval {
        todo!()
    }

    fn gete_cturi(&mut self) -> Xval {
        todo!()
    }

    fn getw_cturi(&mut self) -> Xval {
        todo!()
    }

    fn get_nhuri(&mut self) -> Xval {
        todo!()
    }

    fn get_srcuri(&mut self) -> Xval {
        todo!()
    }

    fn get_srcaddr_sock(&mut self) -> Xval {
        todo!()
    }

    fn get_ua(&mut self) -> Xval {
        todo!()
    }

    fn gete_ua(&mut self) -> Xval {
        todo!()
    }

    fn getw_ua(&mut self) -> Xval {
        todo!()
    }

    fn get_srcip(&mut self) -> Xval {
        todo!()
    }

    fn get_srcport(&mut self) -> Xval {
        todo!()
    }

    fn get_send_sock(&mut self) -> Xval {
        todo!()
    }

    fn get_send_sock_name(&mut self) -> Xval {
        todo!()
    }

    fn get_send_sock_port(&mut self) -> i32 {
        todo!()
    }

    fn get_rcvip(&mut self) -> Xval {
        todo!()
    }

    fn get_rcv_sock_name(&mut self) -> Xval {
        todo!()
    }

    fn get_rcvport(&mut self) -> Xval {
        todo!()
    }

    fn get_rcvadvip(&mut self) -> Xval {
        todo!()
    }

    fn get_rcvadvport(&mut self) -> Xval {
        todo!()
    }

    fn get_rcvaddr_sock(&mut self) -> Xval {
        todo!()
    }

    fn get_proto(&mut self) -> Xval {
        todo!()
    }

    fn get_protoid(&mut self) -> i32 {
        todo!()
    }

    fn get_au(&mut self) -> Xval {
        todo!()
    }

    fn getw_au(&mut self) -> Xval {
        todo!()
    }

    fn gete_au(&mut self) -> Xval {
        todo!()
    }

    fn get_method(&mut self) -> Xval {
        todo!()
    }

    fn get_status(&mut self) -> i32 {
        todo!()
    }

    fn gets_status(&mut self) -> Xval {
        todo!()
    }

    fn get_body(&mut self) -> Xval {
        todo!()
    }

    fn getw_body(&mut self) -> Xval {
        todo!()
    }

    fn gete_body(&mut self) -> Xval {
        todo!()
    }

    fn get_bodylen(&mut self) -> i32 {
        todo!()
    }

    fn get_timestamp(&mut self) -> i32 {
        todo!()
    }

    fn get_callid(&mut self) -> Xval {
        todo!()
    }

    fn get_conid(&mut self) -> i32 {
        todo!()
    }

    fn get_msgbuf(&mut self) -> Xval {
        todo!()
    }

    fn get_msglen(&mut self) -> i32 {
        todo!()
    }

    fn get_msgtype(&mut self) -> i32 {
        todo!()
    }

    fn get_def(&mut self, _dname: String) -> Xval {
        todo!()
    }

    fn get_defn(&mut self, _dname: String) -> i32 {
        todo!()
    }

    fn ifdef(&mut self, _dname: String) -> bool {
        todo!()
    }

    fn ifndef(&mut self, _dname: String) -> bool {
        todo!()
    }

    fn get_env(&mut self, _envname: String) -> Xval {
        todo!()
    }

    fn get_envn(&mut self, _envname: String) -> i32 {
        todo!()
    }
}
