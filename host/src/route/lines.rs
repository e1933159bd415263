//! Header lines that a script hands in whole: checked before they become part of a message.

use super::Route;

/// Longest text of header lines that a function takes, in bytes.
pub const MAX_LINES: usize = 16 * 1024;
/// Most that one run may insert into a message, in bytes.
const MAX_INSERTED: usize = 64 * 1024;
/// Most edits that one run may make.
const MAX_EDITS: usize = 2048;

/// Checks raw header lines and writes them with CRLF ends: at least one line, each `name: value`
/// with a token for its name, folded lines allowed; no empty line (it would end the headers), no
/// NUL, no lone CR, and never Via or Content-Length, which are the host's to write. A missing last
/// line end is added. None where a rule is broken.
pub fn header_lines(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > MAX_LINES {
        return None;
    }
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut out = Vec::with_capacity(text.len() + 2);
    for (number, line) in text.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        let fits = if folded {
            number > 0 && !line.trim_ascii().is_empty()
        } else {
            header_name(line).is_some_and(may_be_written)
        };
        if !fits || line.iter().any(|b| matches!(b, b'\r' | 0)) {
            return None;
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    Some(out)
}

/// The name of a header line; RFC 3261 section 7.3.1 allows blanks before the colon.
pub(super) fn header_name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    is_token(name).then_some(name)
}

/// A header name: a token of RFC 3261 section 25.1.
pub fn is_token(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(b))
}

/// False for the headers that only the host writes: one more or one fewer of them would change where
/// a reply goes or where a message ends.
pub fn may_be_written(name: &[u8]) -> bool {
    ![&b"via"[..], b"v", b"content-length", b"l"]
        .iter()
        .any(|kept| kept.eq_ignore_ascii_case(name))
}

impl Route {
    /// Adds checked lines after the last header of the message. False where they break a rule.
    pub fn append_lines(&mut self, text: &[u8]) -> bool {
        self.insert_lines_at(self.msg.headers_end(), text)
    }

    /// Adds checked lines before the first header.
    pub fn insert_lines(&mut self, text: &[u8]) -> bool {
        self.insert_lines_at(self.msg.first_header_offset(), text)
    }

    /// Adds checked lines at a place between two lines. False where they break a rule, or where the
    /// edits of the run have grown too large, or where one of them is not granted.
    pub fn insert_lines_at(&mut self, at: u32, text: &[u8]) -> bool {
        let Some(lines) = header_lines(text) else { return false };
        if !self.may_write_lines(&lines) {
            return false;
        }
        let room = self.edits.inserted() + lines.len() <= MAX_INSERTED && self.edits.len() < MAX_EDITS;
        if room {
            self.edits.insert(at, &lines);
        }
        room
    }

    /// Is there room for so many edits more, that insert so many bytes?
    pub fn has_room_for_edits(&self, edits: usize, bytes: usize) -> bool {
        self.edits.inserted().saturating_add(bytes) <= MAX_INSERTED
            && self.edits.len().saturating_add(edits) <= MAX_EDITS
    }

    /// Queues checked lines for the next reply of our own.
    pub fn queue_reply_lines(&mut self, text: &[u8]) -> bool {
        let Some(lines) = header_lines(text) else { return false };
        if self.reply_headers.len() + lines.len() > MAX_LINES || !self.may_write_lines(&lines) {
            return false;
        }
        self.reply_headers.extend_from_slice(&lines);
        true
    }

    /// Removes every header of that name, by long or compact form. False where the name is none, or
    /// one that only the host writes, or is not granted.
    pub fn remove_headers(&mut self, name: &[u8]) -> bool {
        if !is_token(name) || !may_be_written(name) {
            return false;
        }
        if self.edits.len() >= MAX_EDITS || !self.may_change_header(name) {
            return false;
        }
        for header in self.msg.headers_named(name) {
            self.edits
                .delete(header.start(), header.end().saturating_sub(header.start()));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    #[test]
    fn line_ends_are_made_whole() {
        assert_eq!(header_lines(b"X-A: 1").unwrap(), b"X-A: 1\r\n");
        assert_eq!(header_lines(b"X-A: 1\n").unwrap(), b"X-A: 1\r\n");
        assert_eq!(
            header_lines(b"X-A: 1\r\nX-B : 2\r\n\tmore\r\n").unwrap(),
            b"X-A: 1\r\nX-B : 2\r\n\tmore\r\n"
        );
    }

    #[test]
    fn what_would_change_the_message_is_refused() {
        let bad: [&[u8]; 12] = [
            b"",
            b"\r\n",
            b"X-A",
            b": 1",
            b" folded: 1",
            b"X-A: 1\r\n\r\nbody",
            b"X-A: 1\r\n \r\nX-B: 1",
            b"X-A: a\0b",
            b"X-A: a\rb",
            b"Via: SIP/2.0/UDP h\r\n",
            b"X-A: 1\r\nl : 3\r\n",
            b"content-LENGTH: 0",
        ];
        for text in bad {
            assert_eq!(header_lines(text), None, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn removal_and_addition_show_after_the_changes_are_applied() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.remove_headers(b"User-Agent"));
        assert!(route.append_lines(b"X-Last: 1\r\n"));
        assert!(route.insert_lines(b"X-First: 1\r\n"));
        assert!(!route.remove_headers(b"v"));
        assert!(
            route.msg.headers_named(b"User-Agent").next().is_some(),
            "the received text still shows"
        );
        assert!(route.apply_changes());
        assert!(route.msg.headers_named(b"User-Agent").next().is_none());
        assert_eq!(route.msg.headers().next().unwrap().name(), b"X-First");
        assert_eq!(route.msg.headers().last().unwrap().name(), b"X-Last");
        assert!(route.edits.is_empty());
    }
}
