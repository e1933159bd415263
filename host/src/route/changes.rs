//! `msg_apply_changes`: the message as its edits make it.

use super::Route;
use bytes::Bytes;
use kemist_sip::Message;
use kemist_sip::message::build;
use std::sync::Arc;

impl Route {
    /// Writes the message with its edits and the request URI in force, indexes it again and puts it
    /// in place of the received one. Nothing that names places in the old text survives. False
    /// where the outcome is no message (the old one stays).
    pub fn apply_changes(&mut self) -> bool {
        if self.uri.is_none() && self.edits.is_empty() && self.base_edits.is_none() {
            return true;
        }
        let Ok(changed) = Message::parse(Bytes::from(self.changed())) else {
            return false;
        };
        self.msg = Arc::new(changed);
        self.edits.clear();
        self.base_edits = None;
        self.uri = None;
        self.credentials = None;
        true
    }

    /// The message as its edits and the request URI in force make it (`$mbu`).
    pub fn changed(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.msg.len() + 256);
        match &self.base_edits {
            Some(base) => build::changed(&self.msg, self.uri.as_deref(), &[base, &self.edits], &mut out),
            None => build::changed(&self.msg, self.uri.as_deref(), &[&self.edits], &mut out),
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use crate::route::testing;

    #[test]
    fn the_request_uri_in_force_becomes_the_received_one() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.set_user(b"carol"));
        assert!(route.append_lines(b"X-New: 1\r\n"));
        assert!(route.apply_changes());
        assert!(route.uri.is_none());
        assert!(route.msg.request_uri().starts_with(b"sip:carol@"));
        assert!(route.msg.headers_named(b"X-New").next().is_some());
        assert!(!route.msg.body().is_empty(), "the body is still there");
    }
}
