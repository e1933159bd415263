//! `KSR.maxfwd`: Max-Forwards (RFC 3261 sections 16.3 and 16.6).

use crate::route::{Route, core};
use kemist_bindings::kemi::ksr::maxfwd::Host;

/// Largest limit that the functions take, as in Kamailio.
const LARGEST: u32 = 255;

impl Host for Route {
    fn process_maxfwd(&mut self, limit: i32) -> i32 {
        let Some(limit) = usable(limit) else { return -1 };
        // counted once a run: a second call would write a second value over the first
        if let Some(value) = self.max_forwards {
            return if value == 0 { -1 } else { 1 };
        }
        match self.msg.max_forwards() {
            None => {
                // written with the request: RFC 3261 section 16.6 wants it whether a script asks or not
                self.max_forwards = Some(limit);
                2
            }
            Some(Ok(0)) => -1,
            Some(Ok(value)) => {
                // the limit handed in is only for a header that is missing, as in Kamailio
                let most = core::with(|core| core.shared.modules.maxfwd.max_limit);
                let left = (value - 1).min(most);
                let msg = self.msg.clone();
                self.edits.set_max_forwards(&msg, left);
                self.max_forwards = Some(left);
                1
            }
            Some(Err(_)) => -2,
        }
    }

    fn is_maxfwd_lt(&mut self, limit: i32) -> i32 {
        let Some(limit) = usable(limit) else { return -1 };
        match self.msg.max_forwards() {
            None => -2,
            Some(Ok(value)) if value < limit => 1,
            Some(Ok(_)) => -1,
            Some(Err(_)) => -3,
        }
    }
}

fn usable(limit: i32) -> Option<u32> {
    u32::try_from(limit).ok().filter(|limit| *limit <= LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn with(value: &str) -> Route {
        testing::request(&testing::INVITE.replace("Max-Forwards: 70", value))
    }

    fn forwarded(route: &mut Route) -> String {
        assert!(route.set_uri(b"sip:bob@192.0.2.20"));
        testing::block_on(route.forward_stateless(None)).unwrap();
        String::from_utf8_lossy(&testing::sent()[0].bytes).into_owned()
    }

    #[test]
    fn the_value_is_counted_down_capped_and_added() {
        let mut route = with("Max-Forwards: 70");
        assert_eq!(Host::process_maxfwd(&mut route, 10), 1);
        assert_eq!(Host::process_maxfwd(&mut route, 10), 1, "again changes nothing");
        assert!(forwarded(&mut route).contains("\r\nMax-Forwards: 69\r\n"));
        let mut route = with("Max-Forwards: 255");
        assert_eq!(Host::process_maxfwd(&mut route, 10), 1);
        assert!(forwarded(&mut route).contains("\r\nMax-Forwards: 70\r\n"));
        let mut route = with("Max-Forwards: 5");
        assert_eq!(Host::process_maxfwd(&mut route, 10), 1);
        assert!(forwarded(&mut route).contains("\r\nMax-Forwards: 4\r\n"));
        let mut route = with("X-None: 1");
        assert_eq!(Host::process_maxfwd(&mut route, 10), 2);
        let text = forwarded(&mut route);
        assert_eq!(text.matches("Max-Forwards: 10\r\n").count(), 1, "{text}");
    }

    #[test]
    fn zero_and_nonsense_are_told() {
        assert_eq!(Host::process_maxfwd(&mut with("Max-Forwards: 0"), 10), -1);
        assert_eq!(Host::process_maxfwd(&mut with("Max-Forwards: many"), 10), -2);
        for bad in [-1, 256, i32::MIN] {
            assert_eq!(Host::process_maxfwd(&mut with("Max-Forwards: 70"), bad), -1);
        }
        assert_eq!(
            Host::process_maxfwd(&mut with("Max-Forwards: 1"), 10),
            1,
            "one hop is left for this one"
        );
    }

    #[test]
    fn the_value_is_compared() {
        assert_eq!(Host::is_maxfwd_lt(&mut with("Max-Forwards: 5"), 10), 1);
        assert_eq!(Host::is_maxfwd_lt(&mut with("Max-Forwards: 10"), 10), -1);
        assert_eq!(Host::is_maxfwd_lt(&mut with("X-None: 1"), 10), -2);
        assert_eq!(Host::is_maxfwd_lt(&mut with("Max-Forwards: -"), 10), -3);
        assert_eq!(Host::is_maxfwd_lt(&mut with("Max-Forwards: 5"), -1), -1);
    }
}
