//! `KSR.sanity`: checks of a request beyond what parsing needs.
//!
//! The bits are Kamailio's; each is one function of [`kemist_sip::message::validation::checks`]. A check
//! that fails answers the request itself, statelessly, unless `[modules.sanity] noreply` asks to leave
//! that to `sanity_reply`.

use crate::route::value::code;
use crate::route::{Route, core};
use kemist_bindings::kemi::ksr::sanity::Host;
use kemist_sip::message::validation::{Fault, checks};

impl Host for Route {
    fn sanity_check(&mut self, mflags: i32, uflags: i32) -> i32 {
        // masks are bits: a negative number has its upper ones set
        self.check(mflags.cast_unsigned(), uflags.cast_unsigned())
    }

    fn sanity_check_defaults(&mut self) -> i32 {
        let (checks, uris) = core::with(|core| {
            let config = &core.shared.modules.sanity;
            (config.default_checks, config.uri_checks)
        });
        self.check(checks, uris)
    }

    fn sanity_reply(&mut self) -> i32 {
        match self.sanity.take() {
            Some(fault) => {
                let shared = core::with(|core| core.shared.clone());
                self.answer_fault(fault, &tags(&shared.modules.sanity.proxy_require))
            }
            None => -1,
        }
    }
}

impl Route {
    fn check(&mut self, mask: u32, uris: u32) -> i32 {
        let shared = core::with(|core| core.shared.clone());
        let config = &shared.modules.sanity;
        let supported = tags(&config.proxy_require);
        let Err(fault) = checks::run(&self.msg, mask, uris, &supported) else {
            return 1;
        };
        tracing::debug!(blame = "peer", source = %self.source.remote, %fault, "sanity check failed");
        if config.noreply {
            self.sanity = Some(fault);
        } else {
            self.answer_fault(fault, &supported);
        }
        -1
    }

    /// Answers a request with what is wrong with it; a 420 lists the extensions that are unknown (RFC
    /// 3261 section 16.3, step 5). ACKs and replies are never answered.
    fn answer_fault(&mut self, fault: Fault, supported: &[&str]) -> i32 {
        let mut lines = Vec::new();
        if fault == Fault::Extension {
            let unknown: Vec<&[u8]> = checks::unsupported(&self.msg, supported).collect();
            lines = [b"Unsupported: ", &*unknown.join(&b", "[..]), b"\r\n"].concat();
        }
        let sent = self.send_stateless_with(i32::from(fault.status()), fault.reason(), &lines);
        code(sent > 0)
    }
}

/// The option tags of a comma list; most configurations have none.
fn tags(list: &str) -> Vec<&str> {
    if list.is_empty() {
        return Vec::new();
    }
    list.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{Kind, testing};

    /// What Kamailio's basic script asks for, and Proxy-Require.
    const MASK: i32 = 17895 | 512;

    fn verdict(from: &str, to: &str) -> (i32, String) {
        assert!(testing::INVITE.contains(from), "{from}");
        let mut route = testing::request(&testing::INVITE.replacen(from, to, 1));
        let verdict = Host::sanity_check(&mut route, MASK, 7);
        let sent = testing::sent()
            .pop()
            .map(|sent| String::from_utf8_lossy(&sent.bytes).into_owned());
        assert_eq!(route.decided.replied, sent.is_some());
        (verdict, sent.unwrap_or_default())
    }

    #[test]
    fn a_good_request_passes() {
        assert_eq!(verdict("INVITE", "INVITE"), (1, String::new()));
        let mut route = testing::request(testing::INVITE);
        assert_eq!(Host::sanity_check_defaults(&mut route), 1);
        assert_eq!(Host::sanity_reply(&mut route), -1, "nothing to say");
    }

    #[test]
    fn each_fault_is_answered_with_its_status() {
        for (from, to, status) in [
            ("7 INVITE", "7 OPTIONS", "400 "),
            ("7 INVITE", "x INVITE", "400 "),
            ("sip:bob@localhost SIP", "nobody:knows SIP", "416 "),
            ("Max-Forwards", "Proxy-Require: novel, other\r\nMax-Forwards", "420 "),
            ("Content-Length: 5", "Content-Length: 50", "400 "),
            ("<sip:bob@localhost>\r\nCall", "<sip:>\r\nCall", "400 "),
        ] {
            let (verdict, sent) = verdict(from, to);
            assert_eq!(verdict, -1, "{to}");
            assert!(sent.starts_with(&format!("SIP/2.0 {status}")), "{to}: {sent}");
            assert_eq!(
                sent.contains("\r\nUnsupported: novel, other\r\n"),
                status == "420 ",
                "{sent}"
            );
        }
    }

    #[test]
    fn the_answer_may_be_left_to_the_script() {
        testing::install_with(|shared| {
            shared.modules.sanity.noreply = true;
            shared.modules.sanity.proxy_require = "novel, more".to_owned();
        });
        let text = testing::INVITE.replace("Max-Forwards", "Proxy-Require: novel, other\r\nMax-Forwards");
        let mut route = testing::route(Kind::Request, &text);
        assert_eq!(Host::sanity_check_defaults(&mut route), -1);
        assert!(testing::sent().is_empty());
        assert_eq!(Host::sanity_reply(&mut route), 1);
        assert!(String::from_utf8_lossy(&testing::sent()[0].bytes).contains("\r\nUnsupported: other\r\n"));
        assert_eq!(Host::sanity_reply(&mut route), -1, "answered once");
    }

    #[test]
    fn acks_and_replies_are_not_answered() {
        let ack = testing::INVITE.replacen("INVITE", "ACK", 1);
        assert_eq!(Host::sanity_check(&mut testing::request(&ack), MASK, 7), -1);
        assert!(testing::sent().is_empty());
        let reply = testing::RINGING.replace("7 INVITE", "x");
        assert_eq!(Host::sanity_check(&mut testing::reply(&reply), MASK, 7), -1);
        assert!(testing::sent().is_empty());
    }
}
