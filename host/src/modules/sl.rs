//! `KSR.sl`: stateless replies.

use crate::route::{Route, core};
use kemist_bindings::kemi::ksr::sl::Host;
use kemist_sip::transaction::CreateError;

/// `send_reply_mode`: make the transaction first.
const STATEFUL: i32 = 1;
/// A final reply was sent already.
const ANSWERED: i32 = -2;

impl Host for Route {
    fn sl_send_reply(&mut self, code: i32, reason: String) -> i32 {
        self.send_stateless(code, &reason)
    }

    fn send_reply(&mut self, code: i32, reason: String) -> i32 {
        Route::send_reply(self, code, &reason)
    }

    fn send_reply_mode(&mut self, code: i32, reason: String, mode: i32) -> i32 {
        if mode & STATEFUL != 0 {
            match core::with(|core| self.create_transaction(core)) {
                Ok(_) => {}
                Err(CreateError::Exists(_)) => return 1,
                Err(_) => return -1,
            }
        }
        Route::send_reply(self, code, &reason)
    }

    fn sl_reply_error(&mut self) -> i32 {
        if self.decided.replied {
            return ANSWERED;
        }
        let (code, reason) = self.last_error();
        self.send_stateless(code, reason)
    }

    fn send_reply_error(&mut self) -> i32 {
        if self.decided.replied {
            return ANSWERED;
        }
        let (code, reason) = self.last_error();
        Route::send_reply(self, code, reason)
    }
}

impl Route {
    /// The status of the last failed operation: 500 where none is known to have failed.
    fn last_error(&self) -> (i32, &'static str) {
        let reason = match self.error_code {
            400 => "Bad Request",
            416 => "Unsupported URI Scheme",
            423 => "Interval Too Brief",
            478 => "Unresolvable destination",
            483 => "Too Many Hops",
            503 => "Service Unavailable",
            _ => return (500, "Server Internal Error"),
        };
        (i32::from(self.error_code), reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn first_lines() -> Vec<String> {
        let line = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        testing::sent().iter().map(|sent| line(&sent.bytes)).collect()
    }

    #[test]
    fn an_error_is_answered_once() {
        let mut route = testing::request(testing::INVITE);
        route.error_code = 478;
        assert_eq!(route.sl_reply_error(), 1);
        assert_eq!(route.sl_reply_error(), -2);
        assert_eq!(route.send_reply_error(), -2);
        assert_eq!(first_lines(), ["SIP/2.0 478 Unresolvable destination"]);
    }

    #[test]
    fn replies_go_through_the_transaction_where_there_is_one() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(Host::send_reply(&mut route, 404, String::new()), -1, "an empty reason");
        assert_eq!(route.send_reply_mode(404, "Not Found".into(), 1), 1);
        assert!(route.transaction.is_some());
        assert_eq!(
            Host::send_reply(&mut route, 405, "Second".into()),
            -1,
            "a final reply was sent"
        );
        assert_eq!(first_lines(), ["SIP/2.0 404 Not Found"]);
    }
}
