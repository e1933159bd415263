//! Rewriting the request URI and the destination URI.

use super::Route;
use bytes::Bytes;
use kemist_sip::message::uri::Uri;

/// Longest URI that a script may set, in bytes.
pub const MAX_URI: usize = 4096;

impl Route {
    /// Replaces the request URI. False where it is empty, too long, or holds blanks or control
    /// characters (it stands in the start line, where a blank ends it).
    pub fn set_uri(&mut self, uri: &[u8]) -> bool {
        if !self.msg.is_request() || !is_line_safe(uri) {
            return false;
        }
        self.uri = Some(Bytes::copy_from_slice(uri));
        true
    }

    /// Takes back every rewriting of the request URI.
    pub fn reset_uri(&mut self) {
        self.uri = None;
    }

    /// Replaces the user part of the request URI; an empty user takes it away. A password stays, as
    /// in Kamailio.
    pub fn set_user(&mut self, user: &[u8]) -> bool {
        let breaks_out = user.iter().any(|b| matches!(b, b'@' | b'<' | b'>' | b'"'));
        if breaks_out || !(user.is_empty() || is_line_safe(user)) {
            return false;
        }
        self.rewrite(&Change {
            user: Some(user),
            ..Change::default()
        })
    }

    /// Replaces the host of the request URI; the port stays.
    pub fn set_host(&mut self, host: &[u8]) -> bool {
        let breaks_out = host
            .iter()
            .any(|b| matches!(b, b'@' | b'<' | b'>' | b'"' | b';' | b'?' | b'/'));
        if breaks_out || !is_line_safe(host) {
            return false;
        }
        self.rewrite(&Change {
            host: Some(host),
            ..Change::default()
        })
    }

    /// Replaces the port of the request URI; None takes it away.
    pub fn set_port(&mut self, port: Option<u16>) -> bool {
        self.rewrite(&Change {
            port: Some(port),
            ..Change::default()
        })
    }

    /// Replaces the parameters of the request URI (without the first semicolon).
    pub fn set_uri_params(&mut self, params: &[u8]) -> bool {
        if !(params.is_empty() || is_line_safe(params)) {
            return false;
        }
        self.rewrite(&Change {
            params: Some(params),
            ..Change::default()
        })
    }

    /// Sets the destination URI (`$du`); empty clears it. False as for [`Route::set_uri`].
    pub fn set_dst_uri(&mut self, uri: &[u8]) -> bool {
        if uri.is_empty() {
            self.dst_uri = None;
            return true;
        }
        if !is_line_safe(uri) {
            return false;
        }
        self.dst_uri = Some(Bytes::copy_from_slice(uri));
        true
    }

    /// Writes the request URI anew with some parts replaced. False where the one in force is no
    /// `sip` or `sips` URI.
    fn rewrite(&mut self, change: &Change<'_>) -> bool {
        if !self.msg.is_request() {
            return false;
        }
        let written = match Uri::parse(self.request_uri()) {
            Ok(uri) if uri.is_sip() => change.write(&uri),
            _ => return false,
        };
        self.uri = Some(Bytes::from(written));
        true
    }
}

/// The parts that a rewriting replaces; None keeps what is there.
#[derive(Default)]
struct Change<'a> {
    user: Option<&'a [u8]>,
    host: Option<&'a [u8]>,
    port: Option<Option<u16>>,
    params: Option<&'a [u8]>,
}

impl Change<'_> {
    fn write(&self, uri: &Uri<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(uri.host.len() + uri.params.len() + 64);
        out.extend_from_slice(uri.scheme);
        out.push(b':');
        let user = self.user.or(uri.user).unwrap_or_default();
        let password = uri.password.filter(|_| !user.is_empty());
        out.extend_from_slice(user);
        if let Some(password) = password {
            out.push(b':');
            out.extend_from_slice(password);
        }
        if !user.is_empty() {
            out.push(b'@');
        }
        out.extend_from_slice(self.host.unwrap_or(uri.host));
        if let Some(port) = self.port.unwrap_or(uri.port) {
            out.extend_from_slice(format!(":{port}").as_bytes());
        }
        push_marked(&mut out, b';', self.params.unwrap_or(uri.params));
        push_marked(&mut out, b'?', uri.headers);
        out
    }
}

fn push_marked(out: &mut Vec<u8>, mark: u8, text: &[u8]) {
    if !text.is_empty() {
        out.push(mark);
        out.extend_from_slice(text);
    }
}

/// Text that may stand in a start line: not empty, bounded, no blank, no control character.
pub fn is_line_safe(text: &[u8]) -> bool {
    !text.is_empty() && text.len() <= MAX_URI && text.iter().all(|b| *b > b' ' && *b != 0x7f)
}

#[cfg(test)]
mod tests {
    use crate::route::testing;

    #[test]
    fn parts_of_the_request_uri_are_replaced_and_the_rest_stays() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.set_uri(b"sip:bob:secret@host.example:5070;transport=tcp?Subject=x"));
        assert!(route.set_user(b"carol"));
        assert_eq!(
            route.request_uri(),
            b"sip:carol:secret@host.example:5070;transport=tcp?Subject=x"
        );
        assert!(route.set_host(b"[2001:db8::1]"));
        assert_eq!(
            route.request_uri(),
            b"sip:carol:secret@[2001:db8::1]:5070;transport=tcp?Subject=x"
        );
        assert!(route.set_port(None));
        assert!(route.set_user(b""));
        assert!(route.set_uri_params(b""));
        assert_eq!(route.request_uri(), b"sip:[2001:db8::1]?Subject=x");
        assert!(
            route.msg.request_uri().starts_with(b"sip:"),
            "the received one is still there"
        );
    }

    #[test]
    fn nothing_breaks_out_of_the_start_line() {
        let mut route = testing::request(testing::INVITE);
        let before = route.request_uri().to_vec();
        for bad in ["", "sip:a b", "sip:a\r\nX: y", "sip:a\n", "sip:a\0"] {
            assert!(!route.set_uri(bad.as_bytes()), "{bad:?}");
        }
        assert!(!route.set_user(b"a@b"));
        assert!(!route.set_host(b"h;lr"));
        assert!(!route.set_dst_uri(b"sip:h\r\n"));
        assert_eq!(route.request_uri(), before);
        assert!(route.set_dst_uri(b"sip:192.0.2.1;lr"));
        assert!(route.set_dst_uri(b""));
        assert!(route.dst_uri.is_none());
    }
}
