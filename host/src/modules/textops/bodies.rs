//! Whole bodies: setting those of requests and replies, and what SDP says of holding.

use crate::route::Route;
use crate::route::pv::MAX_VALUE;
use kemist_sip::message::{HeaderId, sdp};
use std::sync::Arc;

/// The name under which a body's type is written.
const CONTENT_TYPE: &[u8] = b"Content-Type: ";
const CONTENT_TYPE_NAME: &[u8] = b"Content-Type";

/// Hexadecimal digits, with white space between them; None where there is anything else.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    crate::route::text::decode_hex(&digits).filter(|bytes| !bytes.is_empty())
}

/// Is a text one that can be a header value as it is?
pub(super) fn is_value(text: &[u8]) -> bool {
    !text.trim_ascii().is_empty() && !text.iter().any(|b| (*b < b' ' && *b != b'\t') || *b == 0x7f)
}

impl Route {
    /// Another body and type in the place of the received ones, and of those set before. Content-Length
    /// follows when the message is written.
    pub(super) fn set_body_to(&mut self, body: &[u8], content_type: &[u8]) -> bool {
        if body.is_empty() || body.len() > MAX_VALUE || !is_value(content_type) {
            return false;
        }
        let received = self.msg.header(HeaderId::ContentType).map(|header| header.value());
        if received != Some(content_type) && !self.may_change_header(CONTENT_TYPE_NAME) {
            return false;
        }
        let (at, end) = (
            self.msg.body_offset(),
            u32::try_from(self.msg.len()).unwrap_or(u32::MAX),
        );
        self.forget_body_edits();
        if !self.has_room_for_edits(4, body.len() + content_type.len()) {
            return false;
        }
        self.edits.replace(at, end.saturating_sub(at), body);
        let known = self
            .msg
            .header(HeaderId::ContentType)
            .map(|header| (header.value_start(), header.value_end(), header.value() == content_type));
        match known {
            Some((_, _, true)) => {}
            Some((start, end, false)) => self.edits.replace(start, end.saturating_sub(start), content_type),
            None => {
                let line = [CONTENT_TYPE, content_type, b"\r\n"].concat();
                self.edits.insert(self.msg.headers_end(), &line);
            }
        }
        true
    }

    /// Takes back changes of the body and of Content-Type, those of the request route included.
    fn forget_body_edits(&mut self) {
        let body = self.msg.body_offset();
        let end = self.msg.headers_end();
        let value = self
            .msg
            .header(HeaderId::ContentType)
            .map_or(u32::MAX, |header| header.value_start());
        let kept = |at: u32, text: &[u8]| at < body && at != value && !(at == end && text.starts_with(CONTENT_TYPE));
        self.edits.retain(|at, _, text| kept(at, text));
        if let Some(base) = &mut self.base_edits {
            Arc::make_mut(base).retain(|at, _, text| kept(at, text));
        }
    }

    /// The body of the next reply of our own.
    pub(super) fn set_reply_body_to(&mut self, body: &[u8], content_type: &[u8]) -> bool {
        let Ok(content_type) = std::str::from_utf8(content_type) else {
            return false;
        };
        let fits = !body.is_empty()
            && body.len() <= MAX_VALUE
            && is_value(content_type.as_bytes())
            && self.may_change_header(CONTENT_TYPE_NAME);
        if fits {
            self.reply_body = Some((content_type.to_owned(), body.to_vec()));
        }
        fits
    }
}

/// 1 where an audio stream is on hold by its address (RFC 2543), 2 by its direction (RFC 3264), else -1.
pub(super) fn audio_hold(body: &[u8]) -> i32 {
    let mut session = Stream::default();
    let mut streams: Vec<Stream> = Vec::new();
    for line in sdp::lines(body) {
        if line.kind == b'm' {
            streams.push(Stream {
                audio: line.value.split(|b| *b == b' ').next() == Some(b"audio"),
                ..Stream::default()
            });
            continue;
        }
        let stream = streams.last_mut().unwrap_or(&mut session);
        match (line.kind, line.value) {
            (b'a', b"sendonly" | b"inactive") => stream.hold = Some(2),
            (b'a', b"sendrecv" | b"recvonly") => stream.hold = Some(-1),
            (b'c', address) => stream.unset = Some(address.ends_with(b" 0.0.0.0")),
            _ => {}
        }
    }
    let held = |stream: &Stream| match stream.hold.or(session.hold) {
        Some(2) => Some(2),
        _ if stream.unset.or(session.unset) == Some(true) => Some(1),
        _ => None,
    };
    streams
        .iter()
        .filter(|stream| stream.audio)
        .find_map(held)
        .unwrap_or(-1)
}

/// What a description says of one stream.
#[derive(Default)]
struct Stream {
    audio: bool,
    /// By its direction: 2 held, -1 not.
    hold: Option<i32>,
    /// Is its address 0.0.0.0?
    unset: Option<bool>,
}
