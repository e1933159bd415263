//! `KSR.sl`: stateless replies.

use crate::route::Route;
use kemist_bindings::kemi::ksr::sl::Host;

impl Host for Route {
    fn sl_send_reply(&mut self, _code: i32, _reason: String) -> i32 {
        todo!()
    }

    fn send_reply(&mut self, _code: i32, _reason: String) -> i32 {
        todo!()
    }

    fn send_reply_mode(&mut self, _code: i32, _reason: String, _mode: i32) -> i32 {
        todo!()
    }

    fn sl_reply_error(&mut self) -> i32 {
        todo!()
    }

    fn send_reply_error(&mut self) -> i32 {
        todo!()
    }
}
