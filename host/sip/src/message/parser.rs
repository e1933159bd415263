//! From bytes to the index of a [`Message`](super::Message), and from a stream to its messages.
//!
//! Both read lines and Content-Length by the same functions. A framer and a parser that disagree on
//! where a message ends let a request hide in the body of another one.

use super::header::{HeaderId, HeaderSpan};
use super::lexical::{self, NumberError, is_lws, is_token};
use memchr::memchr;

/// The longest message, in bytes. A UDP datagram cannot carry more than 65,507.
pub const MAX_MESSAGE: usize = 65_535;

/// The most header lines of one message.
pub const MAX_HEADERS: usize = 250;

/// Why bytes cannot be indexed as SIP at all: nobody can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nothing, or line ends only (a keepalive).
    Empty,
    /// Longer than [`MAX_MESSAGE`].
    TooLong,
    /// The first line is neither a request line nor a status line.
    NotSip,
    /// More than [`MAX_HEADERS`].
    TooManyHeaders,
    /// A start line and nothing after it.
    NoHeaders,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::Empty => "empty message",
            Error::TooLong => "message too long",
            Error::NotSip => "not a SIP message",
            Error::TooManyHeaders => "too many header fields",
            Error::NoHeaders => "no header fields",
        })
    }
}

impl std::error::Error for Error {}

/// What stands at the start of a stream's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message of this many bytes.
    Message(usize),
    /// Line ends to skip, in bytes: 4 is the ping of RFC 5626 (answered with one CRLF), less is padding.
    KeepAlive(usize),
    /// Wait for more.
    Incomplete,
    /// The connection cannot be read on.
    Bad(FrameError),
}

/// Why a stream cannot be read on. Where the header fields are complete ([`FrameError::has_headers`])
/// the buffer can still be parsed, to answer 400 before closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// What starts here is no SIP message.
    NotSip,
    /// The message is longer than the limit.
    TooLong,
    /// No Content-Length, which a stream needs (RFC 3261 18.3).
    NoLength,
    /// A Content-Length that is no number, is too large, or differs from another one.
    BadLength,
}

impl FrameError {
    /// Whether the header fields were complete, so that [`Message::parse`](super::Message::parse) can
    /// index what is there.
    pub fn has_headers(self) -> bool {
        matches!(self, FrameError::NoLength | FrameError::BadLength)
    }
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FrameError::NotSip => "not a SIP message",
            FrameError::TooLong => "message too long",
            FrameError::NoLength => "no Content-Length",
            FrameError::BadLength => "bad Content-Length",
        })
    }
}

impl std::error::Error for FrameError {}

/// Finds the first message of a stream.
///
/// `limit` is the longest message to take, in bytes; more than [`MAX_MESSAGE`] counts as that.
pub fn frame(buf: &[u8], limit: usize) -> Frame {
    let limit = limit.min(MAX_MESSAGE);
    match buf {
        [] | [b'\r'] => return Frame::Incomplete,
        [b'\r', b'\n', b'\r', b'\n', ..] => return Frame::KeepAlive(4),
        [b'\r', b'\n', ..] => return Frame::KeepAlive(2),
        [b'\n', ..] => return Frame::KeepAlive(1),
        [first, ..] if !is_token(*first) => return Frame::Bad(FrameError::NotSip),
        _ => {}
    }
    let head = &buf[..buf.len().min(limit)];
    let more = || {
        if buf.len() < limit {
            Frame::Incomplete
        } else {
            Frame::Bad(FrameError::TooLong)
        }
    };
    let Some(line_end) = memchr(b'\n', head) else {
        return more();
    };
    if StartLine::parse(head, line_end).is_none() {
        return Frame::Bad(FrameError::NotSip);
    }
    let mut length = Length::default();
    let mut at = line_end + 1;
    loop {
        match next_line(head, at) {
            Line::Header(line) => {
                let span = line.span;
                if span.id == HeaderId::ContentLength {
                    length.add(&head[usize::from(span.value_start)..usize::from(span.value_end)]);
                }
                at = span.end.into();
            }
            Line::Empty { body } => return framed(length, body, buf.len(), limit),
            Line::Unfinished(_) | Line::End => return more(),
        }
    }
}

fn framed(length: Length, body: usize, have: usize, limit: usize) -> Frame {
    match length.value() {
        None => Frame::Bad(FrameError::NoLength),
        Some(Err(_)) => Frame::Bad(FrameError::BadLength),
        // No overflow: both are at most MAX_MESSAGE.
        Some(Ok(n)) if body + n > limit => Frame::Bad(FrameError::TooLong),
        Some(Ok(n)) if body + n > have => Frame::Incomplete,
        Some(Ok(n)) => Frame::Message(body + n),
    }
}

/// What the Content-Length fields of a message say together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Length(Option<Result<usize, LengthError>>);

/// Why a Content-Length says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthError {
    /// No number, or more than any message can have.
    Number(NumberError),
    /// Two that differ (RFC 4475 3.3.9).
    Conflict,
}

impl std::fmt::Display for LengthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LengthError::Number(e) => write!(f, "Content-Length: {e}"),
            LengthError::Conflict => f.write_str("Content-Length given twice, differently"),
        }
    }
}

impl std::error::Error for LengthError {}

impl Length {
    /// Takes one more field into account. Equal repetitions are one; a fault is never made good again.
    pub(crate) fn add(&mut self, value: &[u8]) {
        let this = lexical::number(value)
            .map_err(LengthError::Number)
            .and_then(|n| match n as usize {
                n if n > MAX_MESSAGE => Err(LengthError::Number(NumberError::TooLarge)),
                n => Ok(n),
            });
        self.0 = Some(match (self.0, this) {
            (None, this) => this,
            (Some(Err(e)), _) => Err(e),
            (Some(Ok(_)), Err(e)) => Err(e),
            (Some(Ok(a)), Ok(b)) if a != b => Err(LengthError::Conflict),
            (Some(Ok(a)), Ok(_)) => Ok(a),
        });
    }

    pub(crate) fn value(self) -> Option<Result<usize, LengthError>> {
        self.0
    }
}

/// One line of the header part, found by [`next_line`].
pub(crate) enum Line {
    Header(RawHeader),
    /// The empty line; the body begins at `body`.
    Empty {
        body: usize,
    },
    /// A line the bytes end in.
    Unfinished(RawHeader),
    /// The bytes end before an empty line.
    End,
}

/// One header line as it is kept in the index. The buffer is at most [`MAX_MESSAGE`] long, so its offsets,
/// all within the buffer and in ascending order, have room.
pub(crate) struct RawHeader {
    pub(crate) span: HeaderSpan,
    /// A token, then a colon.
    pub(crate) well_formed: bool,
}

/// Reads the line at `at`, folded lines included. LF alone ends a line too, as it does in practice.
#[inline]
pub(crate) fn next_line(buf: &[u8], at: usize) -> Line {
    match usual_line(buf, at) {
        Some(header) => Line::Header(header),
        None => unusual_line(buf, at),
    }
}

/// A line of the form that nearly all have: a name, a colon, one space, a value, CRLF, and a line after it
/// that does not continue it.
#[inline]
fn usual_line(buf: &[u8], at: usize) -> Option<RawHeader> {
    let rest = buf.get(at..)?;
    let (colon, id) = HeaderId::at_start(rest)?;
    // a line that ends before the colon has no name
    let value = rest.get(colon..)?;
    let newline = colon + memchr(b'\n', value)?;
    match &rest[colon..newline] {
        [b':', b' ', first, .., last, b'\r'] if !is_lws(*first) && !is_lws(*last) => {}
        [b':', b' ', only, b'\r'] if !is_lws(*only) => {}
        _ => return None,
    }
    if matches!(rest.get(newline + 1)?, b' ' | b'\t') {
        return None;
    }
    // the names that are known are tokens
    if id == HeaderId::Other && !lexical::all_token(&rest[..colon]) {
        return None;
    }
    let span = HeaderSpan {
        start: at as u16,
        name_end: (at + colon) as u16,
        value_start: (at + colon + 2) as u16,
        value_end: (at + newline - 1) as u16,
        end: (at + newline + 1) as u16,
        id,
    };
    Some(RawHeader {
        span,
        well_formed: true,
    })
}

#[inline(never)]
fn unusual_line(buf: &[u8], at: usize) -> Line {
    match buf.get(at..) {
        None | Some([]) => return Line::End,
        Some([b'\n', ..]) => return Line::Empty { body: at + 1 },
        Some([b'\r', b'\n', ..]) => return Line::Empty { body: at + 2 },
        Some(_) => {}
    }
    let mut end = at;
    let complete = loop {
        match memchr(b'\n', &buf[end..]) {
            None => {
                end = buf.len();
                break false;
            }
            Some(n) => end += n + 1,
        }
        // A line that begins with white space continues this one (RFC 3261 7.3.1).
        if !matches!(buf.get(end), Some(b' ' | b'\t')) {
            break true;
        }
    };
    let header = split_line(buf, at, end);
    if complete {
        Line::Header(header)
    } else {
        Line::Unfinished(header)
    }
}

/// Name and value of the line from `start` to `end`.
fn split_line(buf: &[u8], start: usize, end: usize) -> RawHeader {
    let line = &buf[start..end];
    let whole = |name_end: usize, value_start: usize, value_end: usize, id| HeaderSpan {
        start: start as u16,
        name_end: (start + name_end) as u16,
        value_start: (start + value_start) as u16,
        value_end: (start + value_end) as u16,
        end: end as u16,
        id,
    };
    let Some((name_end, colon, id)) = name(line) else {
        let text = lexical::trim_end(line).len();
        let name = memchr(b':', &line[..text]).unwrap_or(text);
        return RawHeader {
            span: whole(name, text, text, HeaderId::Other),
            well_formed: false,
        };
    };
    let value = &line[colon + 1..];
    let value_start = line.len() - lexical::trim_start(value).len();
    let value_end = value_start + lexical::trim(value).len();
    RawHeader {
        span: whole(name_end, value_start, value_end, id),
        well_formed: true,
    }
}

/// Where the name of a line ends, where its colon is, and which field it is; `None` where there is not a
/// token and a colon.
fn name(line: &[u8]) -> Option<(usize, usize, HeaderId)> {
    let colon = lexical::find(line, b':')?;
    let mut end = colon;
    while end > 0 && matches!(line[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    let name = &line[..end];
    lexical::all_token(name).then(|| (end, colon, HeaderId::parse(name)))
}

/// The parts of the first line, as offsets; all within the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartLine {
    /// Method, or the version of a reply.
    pub(crate) first: (u16, u16),
    /// Request URI, or the status digits.
    pub(crate) second: (u16, u16),
    /// Version, or the reason phrase.
    pub(crate) third: (u16, u16),
    pub(crate) is_reply: bool,
    /// Exactly as RFC 3261 7.1 and 7.2 write it: single spaces, nothing around.
    pub(crate) exact: bool,
    /// After the line end.
    pub(crate) end: u16,
}

impl StartLine {
    /// Takes the line apart whose LF is at `newline`. Too much white space is noted, not refused, so
    /// that the sender can be answered.
    pub(crate) fn parse(buf: &[u8], newline: usize) -> Option<StartLine> {
        let end = match buf[..newline].last() {
            Some(b'\r') => newline - 1,
            _ => newline,
        };
        let line = &buf[..end];
        if let Some(start) = StartLine::usual(line, newline) {
            return Some(start);
        }
        let first = line.iter().position(|b| is_space(*b))?;
        let is_reply = is_version(&line[..first]);
        let parts = if is_reply {
            status_line(line, first)
        } else {
            request_line(line, first)
        };
        let (second, third, exact) = parts?;
        let offset = |(from, to): (usize, usize)| (from as u16, to as u16);
        Some(StartLine {
            first: (0, first as u16),
            second: offset(second),
            third: offset(third),
            is_reply,
            exact,
            end: (newline + 1) as u16,
        })
    }
}

impl StartLine {
    /// The line as nearly everybody writes it, read in less time.
    fn usual(line: &[u8], newline: usize) -> Option<StartLine> {
        let is_reply = line.starts_with(b"SIP/2.0 ");
        let (first, second, third) = if is_reply {
            let [a, b, c, b' ', ..] = line.get(8..)? else {
                return None;
            };
            if ![a, b, c].into_iter().all(u8::is_ascii_digit) {
                return None;
            }
            (7, (8, 11), (12, line.len()))
        } else {
            let uri_end = line.strip_suffix(b" SIP/2.0")?.len();
            let first = lexical::find(line, b' ')?;
            let uri = line.get(first + 1..uri_end)?;
            let is_exact = !uri.is_empty() && lexical::find_any(uri, [b' ', b'\t', b'\r']).is_none();
            if !is_exact || !lexical::all_token(&line[..first]) {
                return None;
            }
            (first, (first + 1, uri_end), (uri_end + 1, line.len()))
        };
        let offset = |(from, to): (usize, usize)| (from as u16, to as u16);
        Some(StartLine {
            first: (0, first as u16),
            second: offset(second),
            third: offset(third),
            is_reply,
            exact: true,
            end: (newline + 1) as u16,
        })
    }
}

type Parts = ((usize, usize), (usize, usize), bool);

fn request_line(line: &[u8], first: usize) -> Option<Parts> {
    let end = line.iter().rposition(|b| !is_space(*b))? + 1;
    let version = line[..end].iter().rposition(|b| is_space(*b))? + 1;
    if version <= first || !is_version(&line[version..end]) || !lexical::all_token(&line[..first]) {
        return None;
    }
    let uri_start = first + line[first..version].iter().position(|b| !is_space(*b))?;
    let uri_end = line[..version].iter().rposition(|b| !is_space(*b))? + 1;
    let exact = end == line.len()
        && uri_start == first + 1
        && uri_end + 1 == version
        && line[first] == b' '
        && line[uri_end] == b' '
        && !line[uri_start..uri_end].iter().any(|b| is_space(*b));
    Some(((uri_start, uri_end), (version, end), exact))
}

fn status_line(line: &[u8], first: usize) -> Option<Parts> {
    let start = first + line[first..].iter().position(|b| !is_space(*b))?;
    let digits = line[start..]
        .iter()
        .position(|b| is_space(*b))
        .unwrap_or(line.len() - start);
    let end = start + digits;
    if !line[start..end].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let reason = (end + 1).min(line.len());
    // A missing space before an empty reason phrase is let through.
    let exact = start == first + 1 && line[first] == b' ';
    Some(((start, end), (reason, line.len()), exact))
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r')
}

/// `SIP/` and a number with a dot, in any case; which version it is, validation asks.
fn is_version(text: &[u8]) -> bool {
    text.len() > 4
        && text[..4].eq_ignore_ascii_case(b"SIP/")
        && text[4..].iter().all(|b| b.is_ascii_digit() || *b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(length: &str) -> Vec<u8> {
        format!("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c\r\n{length}\r\n").into_bytes()
    }

    #[test]
    fn frames_by_content_length() {
        let mut buf = request("l: 5\r\n");
        let head = buf.len();
        assert_eq!(frame(&buf, 1000), Frame::Incomplete);
        buf.extend_from_slice(b"12345OPTIONS");
        assert_eq!(frame(&buf, 1000), Frame::Message(head + 5));
        for n in 1..head + 5 {
            assert_eq!(frame(&buf[..n], 1000), Frame::Incomplete, "{n}");
        }
    }

    #[test]
    fn refuses_what_could_hide_a_message() {
        for (length, error) in [
            ("", FrameError::NoLength),
            ("Content-Length: -1\r\n", FrameError::BadLength),
            ("Content-Length: 1 2\r\n", FrameError::BadLength),
            ("Content-Length: +3\r\n", FrameError::BadLength),
            ("Content-Length: 3, 3\r\n", FrameError::BadLength),
            ("Content-Length:\r\n", FrameError::BadLength),
            ("Content-Length: 4294967296\r\n", FrameError::BadLength),
            ("Content-Length: 3\r\nl: 4\r\n", FrameError::BadLength),
            ("Content-Length: 70000\r\n", FrameError::BadLength),
            ("Content-Length: 5000\r\n", FrameError::TooLong),
            ("Content-Length\r\n", FrameError::NoLength),
        ] {
            assert_eq!(frame(&request(length), 4000), Frame::Bad(error), "{length}");
        }
        assert_eq!(
            frame(&request("Content-Length: 0\r\nl : 00\r\n"), 4000),
            Frame::Message(request("").len() + 27)
        );
    }

    #[test]
    fn keepalives_and_noise() {
        assert_eq!(frame(b"\r\n\r\nOPT", 100), Frame::KeepAlive(4));
        assert_eq!(frame(b"\r\nOPT", 100), Frame::KeepAlive(2));
        assert_eq!(frame(b"\r", 100), Frame::Incomplete);
        assert_eq!(frame(b"\x16\x03\x01", 100), Frame::Bad(FrameError::NotSip));
        assert_eq!(frame(b"GET / HTTP/1.1\r\n", 100), Frame::Bad(FrameError::NotSip));
        assert_eq!(frame(&[b'A'; 200], 100), Frame::Bad(FrameError::TooLong));
        assert_eq!(frame(&[b'A'; 99], 100), Frame::Incomplete);
    }

    #[test]
    fn folds_and_bare_line_feeds() {
        let Line::Header(h) = next_line(b"TO :\r\n sip:a\r\n\t;tag=1 \r\nX", 0) else {
            panic!()
        };
        let buf = b"TO :\r\n sip:a\r\n\t;tag=1 \r\nX";
        let text = |from: u16, to: u16| &buf[usize::from(from)..usize::from(to)];
        assert_eq!(text(h.span.start, h.span.name_end), b"TO");
        assert_eq!(text(h.span.value_start, h.span.value_end), b"sip:a\r\n\t;tag=1");
        assert_eq!(&buf[usize::from(h.span.end)..], b"X");
        let Line::Header(h) = next_line(b"a:b\nc:d\n", 0) else {
            panic!()
        };
        assert_eq!(h.span.end, 4);
    }
}
