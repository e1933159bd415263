//! Replies of our own: built from the request of the run, sent without or through a transaction.

use super::core::Caused;
use super::{Core, Kind, Route, core};
use crate::modules::Configs;
use bytes::Bytes;
use kemist_sip::Method;
use kemist_sip::message::build;
use kemist_sip::transaction::to_tag;

/// Bytes of a reason phrase: no datagram has room for much more.
const MAX_REASON: usize = 1024;

impl Route {
    /// Builds a reply to the request of this run (RFC 3261 section 8.2.6), with the header lines
    /// queued by `hdr.append_to_reply` (which are used up) and `extra` (whole lines).
    ///
    /// The To tag is the same for every reply to one request, so that the ACK to a stateless reply
    /// is known without keeping anything.
    pub fn build_reply(&mut self, code: u16, reason: &str, extra: &[u8]) -> Bytes {
        let mut headers = std::mem::take(&mut self.reply_headers);
        // most have one kind of lines or none: those need no copy
        let lines = if headers.is_empty() {
            extra
        } else {
            headers.extend_from_slice(extra);
            &headers
        };
        let body = self.reply_body.take();
        let body = body.as_ref().map(|(kind, bytes)| (kind.as_str(), bytes.as_slice()));
        core::with(|core| {
            let tag = to_tag(&core.shared.secret, &self.msg);
            let mut out = std::mem::take(&mut core.scratch);
            out.clear();
            let server = core.shared.server_header.as_deref();
            build::reply(
                &self.msg,
                code,
                reason,
                &tag,
                self.source.remote,
                self.force_rport,
                lines,
                body,
                server,
                &mut out,
            );
            let bytes = Bytes::copy_from_slice(&out);
            core.scratch = out;
            bytes
        })
    }

    /// Answers without a transaction, as `sl_send_reply`: 1, or -1 where the message is no request,
    /// is an ACK (never answered, RFC 3261 section 17), or code or reason cannot be written.
    pub fn send_stateless(&mut self, code: i32, reason: &str) -> i32 {
        self.send_stateless_with(code, reason, b"")
    }

    /// [`Route::send_stateless`] with further header lines.
    pub fn send_stateless_with(&mut self, code: i32, reason: &str, extra: &[u8]) -> i32 {
        let Some(code) = self.answerable(code, reason) else {
            return -1;
        };
        let bytes = self.build_reply(code, reason, extra);
        let target = build::reply_target(&self.msg, self.source, self.force_rport);
        core::with(|core| {
            core.shared.stats.stateless(code);
            core.send(target, bytes);
            self.cause(core, |of| &of.sl.event_callback_lres_sent, "sl:local-response");
        });
        if code >= 200 {
            // of one with a transaction that tells (`core::final_reply`)
            self.routing.replied(code);
        }
        self.note_reply(code);
        1
    }

    /// Has an event callback run after this run, where one of that name is configured and there. What an
    /// event callback does causes none.
    fn cause(&self, core: &mut Core, name: fn(&Configs) -> &String, event: &'static str) {
        let name = name(&core.shared.modules);
        if name.is_empty() || self.kind == Kind::Event {
            return;
        }
        let Some(callback) = self.routing.callback(name) else {
            return;
        };
        let routing = self.routing.clone();
        let mut route = Route::new(Kind::Event, self.msg.clone(), self.source, routing);
        route.flags = self.flags;
        route.avps.clone_from(&self.avps);
        route.transaction = self.transaction;
        core.events.push(Caused {
            callback,
            event,
            route: Box::new(route),
        });
    }

    /// Answers through the transaction where there is one, else without: 1, or -1 where that failed
    /// (a final reply was sent already, or as [`Route::send_stateless`]).
    pub fn send_reply(&mut self, code: i32, reason: &str) -> i32 {
        self.send_reply_with(code, reason, b"")
    }

    /// [`Route::send_reply`] with further header lines.
    pub fn send_reply_with(&mut self, code: i32, reason: &str, extra: &[u8]) -> i32 {
        let Some(id) = self.transaction else {
            return self.send_stateless_with(code, reason, extra);
        };
        let Some(code) = self.answerable(code, reason) else {
            return -1;
        };
        let bytes = self.build_reply(code, reason, extra);
        let sent = core::with(|core| {
            let now = core.now;
            let sent = core.layer.reply(id, code, bytes, now).is_ok();
            if sent {
                self.cause(core, |of| &of.tm.event_callback_lres_sent, "tm:local-response-sent");
            }
            sent
        });
        if !sent {
            return -1;
        }
        self.note_reply(code);
        1
    }

    /// The code, where this message may be answered with it and the reason can be written.
    fn answerable(&self, code: i32, reason: &str) -> Option<u16> {
        let printable =
            (1..=MAX_REASON).contains(&reason.len()) && !reason.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0));
        let request = self.msg.is_request() && self.msg.method() != Method::Ack;
        let code = u16::try_from(code).ok().filter(|c| (100..700).contains(c))?;
        (printable && request).then_some(code)
    }

    fn note_reply(&mut self, code: u16) {
        if code >= 200 {
            self.decided.replied = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::route::testing;

    #[test]
    fn a_stateless_reply_goes_to_the_source_with_a_stable_tag() {
        let mut route = testing::request(testing::INVITE);
        route.reply_headers.extend_from_slice(b"X-Note: one\r\n");
        assert_eq!(route.send_stateless(404, "Not Found"), 1);
        assert!(route.decided.replied);
        assert_eq!(route.send_stateless(404, "Not Found"), 1);
        let sent = testing::sent();
        assert_eq!(sent.len(), 2);
        let first = String::from_utf8(sent[0].bytes.to_vec()).unwrap();
        assert!(first.starts_with("SIP/2.0 404 Not Found\r\n"), "{first}");
        assert!(first.contains("X-Note: one\r\n"));
        let second = String::from_utf8(sent[1].bytes.to_vec()).unwrap();
        assert!(!second.contains("X-Note"), "queued lines are for the next reply only");
        assert_eq!(sent[0].target.remote, route.source.remote);
        let tag = |text: &str| text.lines().find(|l| l.starts_with("To:")).map(str::to_owned);
        assert_eq!(tag(&first), tag(&second));
        assert!(tag(&first).unwrap().contains(";tag="));
    }

    #[test]
    fn what_cannot_be_answered_is_refused() {
        let mut route = testing::request(&testing::INVITE.replace("INVITE", "ACK"));
        assert_eq!(route.send_stateless(200, "OK"), -1);
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.send_stateless(99, "Low"), -1);
        assert_eq!(route.send_stateless(200, "OK\r\nX: y"), -1);
        assert_eq!(route.send_stateless(200, ""), -1);
        assert!(testing::sent().is_empty());
        assert_eq!(route.send_stateless(180, "Ringing"), 1);
        assert!(!route.decided.replied, "a provisional reply decides nothing");
    }
}
