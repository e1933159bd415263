//! What a worker does about more than it can do: it tells its measure what it reads, and refuses what that
//! says, before there is a transaction, a version or a tenant.

use super::fleet::digest;
use super::overload::{Line, New, Verdict};
use super::request::is_initial;
use super::{Worker, layer};
use crate::respond;
use kemist_sip::Target;
use kemist_sip::message::{HeaderId, Message};
use std::time::Instant;

impl Worker {
    /// One more datagram socket that is read.
    pub(super) fn reader(&self) -> Option<usize> {
        Some(self.overload.borrow_mut().reader())
    }

    /// A message is about to be handled, of a datagram socket where `reader` names one.
    pub(super) fn begins(&self, reader: Option<usize>) {
        if let Some(reader) = reader {
            let now = layer(|_, now| now);
            self.overload.borrow_mut().begins(reader, now);
        }
    }

    /// A batch was handled; `full` says that more waits.
    pub(super) fn ended(&self, reader: Option<usize>, full: bool) {
        if let Some(reader) = reader {
            let now = layer(|_, now| now);
            self.overload.borrow_mut().ended(reader, full, now);
        }
    }

    /// Whether some requests are refused now.
    pub(super) fn is_shedding(&self) -> bool {
        self.overload.borrow().is_refusing()
    }

    /// Refuses a request that matched no transaction of this worker's, where there are too many; false where
    /// it is to be served. What belongs to a dialog or to a transaction of another worker's always is.
    pub(super) fn sheds(&self, msg: &Message, source: Target) -> bool {
        if !self.overload.borrow().is_watching() || !is_initial(msg) || self.fleet.owner(digest(msg)).is_some() {
            return false;
        }
        let from = source.remote.ip();
        let new = New {
            source: from,
            call_id: msg.call_id().unwrap_or_default(),
            repeated: has_credentials(msg),
        };
        let now = layer(|_, now| now);
        let verdict = self.overload.borrow_mut().decide(new, || is_urgent(msg), now);
        let stats = &self.shared.stats;
        match verdict {
            Verdict::Serve => return false,
            Verdict::Drop => stats.shed_silent.inc(),
            Verdict::Refuse(seconds) => {
                let begun = Instant::now();
                respond::overloaded(msg, source, seconds);
                stats.shed_503.inc();
                self.overload.borrow_mut().paid(from, begun.elapsed());
            }
        }
        true
    }

    /// About once a second: what was refused, for the log and for /metrics.
    pub(super) fn report_overload(&self) {
        let now = Instant::now();
        let seen = self.overload.borrow_mut().look(now);
        self.fleet.set_shed_share(self.id, seen.share());
        match self.fleet.alarm.hear(self.id, seen, now) {
            Some(Line::Begins) => respond::overload_begins(),
            Some(Line::Ends {
                lasted,
                refused,
                dropped,
            }) => respond::overload_ends(lasted, refused, dropped),
            None => {}
        }
    }
}

fn has_credentials(msg: &Message) -> bool {
    let has = |id| msg.header(id).is_some();
    has(HeaderId::Authorization) || has(HeaderId::ProxyAuthorization)
}

/// An emergency call (RFC 5031), or one whose network gives it priority (RFC 4412).
fn is_urgent(msg: &Message) -> bool {
    const SOS: &[u8] = b"urn:service:sos";
    let uri = msg.request_uri();
    let emergency = uri
        .get(..SOS.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SOS));
    // or a longer word that begins like it
    let ends = |at: Option<&u8>| at.is_none_or(|byte| *byte == b'.');
    let named = || {
        msg.headers()
            .any(|h| h.name().eq_ignore_ascii_case(b"Resource-Priority"))
    };
    emergency && ends(uri.get(SOS.len())) || named()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing::INVITE;
    use bytes::Bytes;

    #[test]
    fn what_is_urgent() {
        let msg = |text: String| Message::parse(Bytes::from(text)).expect("a request");
        let to = |uri: &str| msg(INVITE.replacen(INVITE.split(' ').nth(1).unwrap_or_default(), uri, 1));
        assert!(!is_urgent(&msg(INVITE.to_owned())));
        for (uri, urgent) in [
            ("urn:service:sos", true),
            ("URN:service:SOS.police", true),
            ("urn:service:sosumi", false),
            ("sip:urn:service:sos@localhost", false),
        ] {
            assert_eq!(is_urgent(&to(uri)), urgent, "{uri}");
        }
        let marked = INVITE.replacen("\r\n", "\r\nresource-priority: wps.0\r\n", 1);
        assert!(is_urgent(&msg(marked)));
    }
}
