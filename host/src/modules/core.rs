//! `KSR.*`: the functions without a module: logging, flags, tests on the message, the request and destination URI.

use crate::route::Route;
use kemist_bindings::kemi::ksr::core::Host;

impl Host for Route {
    fn dbg(&mut self, _txt: String) {
        todo!()
    }

    fn err(&mut self, _txt: String) {
        todo!()
    }

    fn info(&mut self, _txt: String) {
        todo!()
    }

    fn warn(&mut self, _txt: String) {
        todo!()
    }

    fn notice(&mut self, _txt: String) {
        todo!()
    }

    fn crit(&mut self, _txt: String) {
        todo!()
    }

    fn log(&mut self, _level: String, _txt: String) {
        todo!()
    }

    fn set_drop(&mut self) {
        todo!()
    }

    fn is_myself(&mut self, _uri: String) -> bool {
        todo!()
    }

    fn is_myself_ruri(&mut self) -> bool {
        todo!()
    }

    fn is_myself_duri(&mut self) -> bool {
        todo!()
    }

    fn is_myself_nhuri(&mut self) -> bool {
        todo!()
    }

    fn is_myself_furi(&mut self) -> bool {
        todo!()
    }

    fn is_myself_turi(&mut self) -> bool {
        todo!()
    }

    fn is_myself_suri(&mut self) -> bool {
        todo!()
    }

    fn is_myself_srcip(&mut self) -> bool {
        todo!()
    }

    fn setflag(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn resetflag(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn isflagset(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn setbflag(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn resetbflag(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn isbflagset(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn setbiflag(&mut self, _flag: i32, _branch: i32) -> bool {
        todo!()
    }

    fn resetbiflag(&mut self, _flag: i32, _branch: i32) -> bool {
        todo!()
    }

    fn isbiflagset(&mut self, _flag: i32, _branch: i32) -> bool {
        todo!()
    }

    fn setsflag(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn resetsflag(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn issflagset(&mut self, _flag: i32) -> bool {
        todo!()
    }

    fn seturi(&mut self, _uri: String) -> bool {
        todo!()
    }

    fn setuser(&mut self, _user: String) -> bool {
        todo!()
    }

    fn sethost(&mut self, _host: String) -> bool {
        todo!()
    }

    fn setdsturi(&mut self, _uri: String) -> bool {
        todo!()
    }

    fn resetdsturi(&mut self) -> bool {
        todo!()
    }

    fn isdsturiset(&mut self) -> bool {
        todo!()
    }

    fn force_rport(&mut self) -> bool {
        todo!()
    }

    fn add_local_rport(&mut self) -> bool {
        todo!()
    }

    fn is_method(&mut self, _vmethod: String) -> bool {
        todo!()
    }

    fn is_method_in(&mut self, _vmethod: String) -> bool {
        todo!()
    }

    async fn forward(&mut self) -> i32 {
        todo!()
    }

    async fn forward_uri(&mut self, _vuri: String) -> i32 {
        todo!()
    }

    fn set_reply_no_connect(&mut self) -> bool {
        todo!()
    }

    fn is_invite(&mut self) -> bool {
        todo!()
    }

    fn is_ack(&mut self) -> bool {
        todo!()
    }

    fn is_bye(&mut self) -> bool {
        todo!()
    }

    fn is_cancel(&mut self) -> bool {
        todo!()
    }

    fn is_register(&mut self) -> bool {
        todo!()
    }

    fn is_options(&mut self) -> bool {
        todo!()
    }

    fn is_subscribe(&mut self) -> bool {
        todo!()
    }

    fn is_publish(&mut self) -> bool {
        todo!()
    }

    fn is_notify(&mut self) -> bool {
        todo!()
    }

    fn is_refer(&mut self) -> bool {
        todo!()
    }

    fn is_info(&mut self) -> bool {
        todo!()
    }

    fn is_update(&mut self) -> bool {
        todo!()
    }

    fn is_prack(&mut self) -> bool {
        todo!()
    }

    fn is_message(&mut self) -> bool {
        todo!()
    }

    fn is_udp(&mut self) -> bool {
        todo!()
    }

    fn is_tcp(&mut self) -> bool {
        todo!()
    }

    fn is_tcpx(&mut self) -> bool {
        todo!()
    }

    fn is_tls(&mut self) -> bool {
        todo!()
    }

    fn is_ws(&mut self) -> bool {
        todo!()
    }

    fn is_wss(&mut self) -> bool {
        todo!()
    }

    fn is_wsx(&mut self) -> bool {
        todo!()
    }

    fn is_sctp(&mut self) -> bool {
        todo!()
    }

    fn is_proto(&mut self, _sproto: String) -> bool {
        todo!()
    }

    fn is_ipv4(&mut self) -> bool {
        todo!()
    }

    fn is_ipv6(&mut self) -> bool {
        todo!()
    }

    fn to_udp(&mut self) -> bool {
        todo!()
    }

    fn to_tcp(&mut self) -> bool {
        todo!()
    }

    fn to_tls(&mut self) -> bool {
        todo!()
    }

    fn to_sctp(&mut self) -> bool {
        todo!()
    }

    fn to_ws(&mut self) -> bool {
        todo!()
    }

    fn to_wss(&mut self) -> bool {
        todo!()
    }

    fn to_wsx(&mut self) -> bool {
        todo!()
    }

    fn to_ipv4(&mut self) -> bool {
        todo!()
    }

    fn to_ipv6(&mut self) -> bool {
        todo!()
    }

    fn is_src_port(&mut self, _vport: i32) -> bool {
        todo!()
    }

    fn is_dst_port(&mut self, _vport: i32) -> bool {
        todo!()
    }
}
