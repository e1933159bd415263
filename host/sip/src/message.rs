//! One SIP message: its bytes as they came, and an index of where things stand in them.
//!
//! Parsing copies nothing and requires no UTF-8. The index is kept even where the message is bad,
//! so that it can be answered; [`validation`] says what is wrong with it. Nothing here changes a
//! message: [`edits`] describes changes, [`build`] writes what is sent.

pub mod auth;
pub mod build;
pub mod edits;
pub mod header;
mod lexical;
pub mod list;
pub mod method;
pub mod name_addr;
pub mod params;
pub mod parser;
mod places;
pub mod sdp;
pub mod uri;
pub mod validation;
pub mod via;

pub use edits::Edits;
pub use header::{Header, HeaderId};
pub use lexical::{NumberError, ipv4};
pub(crate) use lexical::{fold, word};
pub use method::Method;
pub use name_addr::NameAddr;
pub use uri::Uri;
pub use via::Via;

use bytes::Bytes;
use header::{HeaderSpan, ID_COUNT};
use parser::{Length, LengthError, Line, MAX_HEADERS, MAX_MESSAGE, StartLine};
use places::{AddressPlace, CSeqPlace, Places, ViaPlace};
use smallvec::SmallVec;

/// Request or reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Has a method and a request URI.
    Request,
    /// Has a status code.
    Reply,
}

/// The value of a CSeq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'m> {
    /// 0 to 2^31 - 1 by RFC 3261 8.1.1.5; up to 2^32 - 1 is read.
    pub number: u32,
    /// As written.
    pub method: &'m [u8],
}

/// One message and the index of its parts.
///
/// A clone shares the bytes and copies the index, which has 12 bytes a header line: a message may be kept
/// for as long as its transaction.
#[derive(Clone)]
pub struct Message {
    bytes: Bytes,
    start: StartLine,
    method: Method,
    status: u16,
    headers: SmallVec<[HeaderSpan; INLINE_HEADERS]>,
    /// Index into `headers` of the first one of each id.
    first: [u8; ID_COUNT],
    /// The ids that more than one header line has, a bit each.
    repeated: u64,
    places: Places,
    headers_end: u16,
    body: u16,
    length: Length,
    flaws: Flaws,
}

/// Header lines that are indexed without an allocation beyond that of a longer index itself.
const USUAL_HEADERS: usize = 40;

/// Header lines that a message's index has room for in itself: the messages of phones have fewer, and
/// more cost one allocation. What is kept with each transaction, so not more.
const INLINE_HEADERS: usize = 16;

/// No header of this id; [`MAX_HEADERS`] stays below it.
const ABSENT: u8 = u8::MAX;

/// What indexing saw that validation refuses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flaws {
    /// A line that is no `token:` among the headers.
    pub(crate) header_line: bool,
    /// The bytes end before the empty line.
    pub(crate) no_empty_line: bool,
    /// The bytes end before the body does.
    pub(crate) short_body: bool,
}

impl Message {
    /// Indexes one datagram, or one message that [`parser::frame`] has cut from a stream.
    ///
    /// The body ends where Content-Length says, what follows is dropped; without Content-Length it goes
    /// to the end. Line ends before the start line are skipped.
    ///
    /// # Errors
    /// Only where the bytes cannot be indexed as SIP at all, so that nobody can be answered.
    pub fn parse(bytes: Bytes) -> Result<Message, parser::Error> {
        let bytes = match bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')) {
            None => return Err(parser::Error::Empty),
            Some(0) => bytes,
            Some(n) => bytes.slice(n..),
        };
        let newline = memchr::memchr(b'\n', &bytes[..bytes.len().min(MAX_MESSAGE)]).ok_or(parser::Error::NotSip)?;
        let start = StartLine::parse(&bytes, newline).ok_or(parser::Error::NotSip)?;
        let mut message = Message {
            start,
            method: Method::Other,
            status: 0,
            headers: SmallVec::new(),
            first: [ABSENT; ID_COUNT],
            repeated: 0,
            places: Places::default(),
            headers_end: 0,
            body: 0,
            length: Length::default(),
            flaws: Flaws::default(),
            bytes,
        };
        message.index_headers()?;
        message.cut_body()?;
        message.find_places();
        message.read_start();
        Ok(message)
    }

    fn index_headers(&mut self) -> Result<(), parser::Error> {
        // A header part that goes beyond the limit ends there unfinished, and is refused in cut_body.
        let buf = &self.bytes[..self.bytes.len().min(MAX_MESSAGE)];
        let mut at = usize::from(self.start.end);
        let mut headers: SmallVec<[HeaderSpan; USUAL_HEADERS]> = SmallVec::new();
        let (headers_end, body) = loop {
            let (line, last) = match parser::next_line(buf, at) {
                Line::Header(line) => (line, false),
                Line::Unfinished(line) => (line, true),
                Line::Empty { body } => break (at, body),
                Line::End => {
                    self.flaws.no_empty_line = true;
                    break (at, at);
                }
            };
            if headers.len() >= MAX_HEADERS {
                return Err(parser::Error::TooManyHeaders);
            }
            let span = line.span;
            if span.id == HeaderId::ContentLength {
                let value = usize::from(span.value_start)..usize::from(span.value_end);
                self.length.add(&buf[value]);
            }
            self.flaws.header_line |= !line.well_formed;
            // MAX_HEADERS is below 256.
            let place = headers.len() as u8;
            match &mut self.first[span.id as usize] {
                first if *first == ABSENT => *first = place,
                _ => self.repeated |= bit(span.id),
            }
            headers.push(span);
            at = span.end.into();
            if last {
                self.flaws.no_empty_line = true;
                break (at, at);
            }
        };
        if headers.is_empty() {
            return Err(parser::Error::NoHeaders);
        }
        // its size for good: the index lives as long as the message
        self.headers = SmallVec::from_slice(&headers);
        (self.headers_end, self.body) = (headers_end as u16, body as u16);
        Ok(())
    }

    fn cut_body(&mut self) -> Result<(), parser::Error> {
        let body = usize::from(self.body);
        match self.length.value() {
            Some(Ok(n)) if body + n <= self.bytes.len() => {
                if body + n < self.bytes.len() {
                    self.bytes.truncate(body + n);
                }
            }
            Some(Ok(_)) => self.flaws.short_body = true,
            // Unreadable: all there is, and validation refuses it.
            Some(Err(_)) | None => {}
        }
        if self.bytes.len() > MAX_MESSAGE {
            return Err(parser::Error::TooLong);
        }
        Ok(())
    }

    fn find_places(&mut self) {
        let bytes = &self.bytes[..];
        let span = |id: HeaderId| self.headers.get(usize::from(self.first[id as usize])).copied();
        self.places = Places {
            via: span(HeaderId::Via).and_then(|header| ViaPlace::new(bytes, header)),
            from: span(HeaderId::From).and_then(|header| AddressPlace::new(bytes, header)),
            to: span(HeaderId::To).and_then(|header| AddressPlace::new(bytes, header)),
            cseq: span(HeaderId::CSeq).and_then(|header| CSeqPlace::new(bytes, header)),
        };
    }

    fn read_start(&mut self) {
        if self.start.is_reply {
            // RFC 3261 7.2: three digits. Anything else is 0, which validation refuses.
            self.status = match self.part(self.start.second) {
                digits if digits.len() == 3 => lexical::number(digits).map_or(0, |n| n as u16),
                _ => 0,
            };
        }
        self.method = Method::parse(self.method_name());
    }

    fn part(&self, (from, to): (u16, u16)) -> &[u8] {
        self.bytes.get(usize::from(from)..usize::from(to)).unwrap_or_default()
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, to be shared.
    pub fn buffer(&self) -> &Bytes {
        &self.bytes
    }

    /// Length in bytes, at most [`MAX_MESSAGE`].
    #[allow(clippy::len_without_is_empty, reason = "a message is never empty")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where a part of this message's bytes (a value one of its views gave) begins; `None` for bytes
    /// that are not of this message.
    pub fn offset_of(&self, part: &[u8]) -> Option<u32> {
        let offset = (part.as_ptr() as usize).checked_sub(self.bytes.as_ptr() as usize)?;
        (offset.checked_add(part.len())? <= self.bytes.len()).then_some(offset as u32)
    }

    /// Request or reply.
    pub fn kind(&self) -> Kind {
        if self.start.is_reply {
            Kind::Reply
        } else {
            Kind::Request
        }
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        !self.start.is_reply
    }

    /// Whether it is a reply.
    pub fn is_reply(&self) -> bool {
        self.start.is_reply
    }

    /// The method: of a request by its start line, of a reply by its CSeq.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The method as written; empty on a reply without a readable CSeq.
    pub fn method_name(&self) -> &[u8] {
        if self.start.is_reply {
            self.places.cseq.map_or(&[], |cseq| cseq.method.get(&self.bytes))
        } else {
            self.part(self.start.first)
        }
    }

    /// The request URI as written; empty on replies.
    pub fn request_uri(&self) -> &[u8] {
        if self.start.is_reply {
            &[]
        } else {
            self.part(self.start.second)
        }
    }

    /// Start and end offset of the request URI; (0, 0) on replies.
    pub fn request_uri_span(&self) -> (u32, u32) {
        if self.start.is_reply {
            (0, 0)
        } else {
            (self.start.second.0.into(), self.start.second.1.into())
        }
    }

    /// The version as written, such as `SIP/2.0`.
    pub fn version(&self) -> &[u8] {
        self.part(if self.start.is_reply {
            self.start.first
        } else {
            self.start.third
        })
    }

    /// The status code of a reply, 0 where it is not three digits; 0 on requests.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase of a reply, may be empty; empty on requests.
    pub fn reason(&self) -> &[u8] {
        if self.start.is_reply {
            self.part(self.start.third)
        } else {
            &[]
        }
    }

    /// Whether the start line has single spaces and nothing else around its parts.
    pub fn start_line_exact(&self) -> bool {
        self.start.exact
    }

    pub(crate) fn flaws(&self) -> Flaws {
        self.flaws
    }

    /// All header lines in order; a line that is no header is among them, without a value.
    pub fn headers(&self) -> impl DoubleEndedIterator<Item = Header<'_>> {
        self.headers.iter().map(|span| Header::new(&self.bytes, *span))
    }

    /// The first header line of an id, found without a search. Of [`HeaderId::Other`], the first one
    /// that has no id.
    pub fn header(&self, id: HeaderId) -> Option<Header<'_>> {
        let place = self.first[id as usize];
        self.headers
            .get(usize::from(place))
            .map(|span| Header::new(&self.bytes, *span))
    }

    /// Every header line of an id, in order.
    pub fn headers_of(&self, id: HeaderId) -> impl DoubleEndedIterator<Item = Header<'_>> {
        let from = usize::from(self.first[id as usize]).min(self.headers.len());
        // nothing is searched for that there is one of
        let end = match self.is_repeated(id) {
            true => self.headers.len(),
            false => self.headers.len().min(from + 1),
        };
        self.headers[from..end]
            .iter()
            .filter(move |s| s.id == id)
            .map(|span| Header::new(&self.bytes, *span))
    }

    /// Whether more than one header line has this id.
    pub(crate) fn is_repeated(&self, id: HeaderId) -> bool {
        self.repeated & bit(id) != 0
    }

    /// Every header line of a name, in any case; long and compact names find both.
    pub fn headers_named<'a>(&'a self, name: &'a [u8]) -> impl DoubleEndedIterator<Item = Header<'a>> {
        let id = HeaderId::parse(name);
        self.headers_of(id)
            .filter(move |h| id != HeaderId::Other || header::same_name(h.name(), name))
    }

    /// Offset of the first header line: where "insert in front" goes.
    pub fn first_header_offset(&self) -> u32 {
        self.start.end.into()
    }

    /// Offset of the empty line: where "append" goes.
    pub fn headers_end(&self) -> u32 {
        self.headers_end.into()
    }

    /// The body, cut at Content-Length; may be empty.
    pub fn body(&self) -> &[u8] {
        self.bytes.get(usize::from(self.body)..).unwrap_or_default()
    }

    /// Offset of the body, also where it is empty.
    pub fn body_offset(&self) -> u32 {
        self.body.into()
    }

    /// The Call-ID; `None` where it is missing or empty.
    pub fn call_id(&self) -> Option<&[u8]> {
        self.header(HeaderId::CallId)
            .map(Header::value)
            .filter(|v| !v.is_empty())
    }

    /// The CSeq; `None` where it is missing or not a number and a method.
    pub fn cseq(&self) -> Option<CSeq<'_>> {
        let cseq = self.places.cseq?;
        Some(CSeq {
            number: cseq.number?,
            method: cseq.method.get(&self.bytes),
        })
    }

    /// The From; `None` where it is missing or malformed.
    pub fn from(&self) -> Option<NameAddr<'_>> {
        Some(self.places.from?.view(&self.bytes))
    }

    /// The tag of the From; `None` where it is missing or empty.
    pub fn from_tag(&self) -> Option<&[u8]> {
        self.places.from?.tag.find(&self.bytes)
    }

    /// The To; `None` where it is missing or malformed.
    pub fn to(&self) -> Option<NameAddr<'_>> {
        Some(self.places.to?.view(&self.bytes))
    }

    /// The tag of the To; `None` where it is missing or empty.
    pub fn to_tag(&self) -> Option<&[u8]> {
        self.places.to?.tag.find(&self.bytes)
    }

    /// The topmost Via value; `None` where it is missing or malformed.
    pub fn via(&self) -> Option<Via<'_>> {
        Some(self.places.via?.view(&self.bytes))
    }

    /// [`Via::magic_branch`] of the topmost Via value.
    pub fn magic_branch(&self) -> Option<&[u8]> {
        self.places
            .via?
            .branch
            .find(&self.bytes)
            .filter(|branch| via::is_magic(branch))
    }

    /// Where the parts of the topmost Via value stand.
    pub(crate) fn via_place(&self) -> Option<&ViaPlace> {
        self.places.via.as_ref()
    }

    /// Every Via value, top first, up to the first one that cannot be read.
    pub fn vias(&self) -> impl Iterator<Item = Via<'_>> {
        let top = self.via();
        let first = self.header(HeaderId::Via).map_or(&[][..], Header::value);
        let below = self.places.via.and_then(|via| {
            let start = self.offset_of(first)? as usize;
            first.get(usize::from(via.end) + 1 - start..)
        });
        let lines = self.headers_of(HeaderId::Via).skip(1).map(Header::value);
        let others = below.into_iter().chain(lines).flat_map(list::split);
        let is_read = top.is_some();
        top.into_iter()
            .chain(others.map_while(move |value| Via::parse(value).ok().filter(|_| is_read)))
    }

    /// Every Contact value in order, `*` included.
    pub fn contacts(&self) -> impl Iterator<Item = Result<NameAddr<'_>, name_addr::Error>> {
        self.headers_of(HeaderId::Contact)
            .flat_map(|h| list::split(h.value()))
            .map(NameAddr::parse)
    }

    /// Max-Forwards, where there is one.
    pub fn max_forwards(&self) -> Option<Result<u32, NumberError>> {
        self.header(HeaderId::MaxForwards).map(|h| lexical::number(h.value()))
    }

    /// Expires in seconds; what is too large to be held is the most that can be (RFC 3261 20.19 has
    /// 2^32 - 1 as its end). `None` where it is missing or no number.
    pub fn expires(&self) -> Option<u32> {
        match lexical::number(self.header(HeaderId::Expires)?.value()) {
            Ok(seconds) => Some(seconds),
            Err(NumberError::TooLarge) => Some(u32::MAX),
            Err(NumberError::Malformed) => None,
        }
    }

    /// What all Content-Length fields say together, in bytes.
    pub fn content_length(&self) -> Option<Result<usize, LengthError>> {
        self.length.value()
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field(
                "start",
                &self.bytes[..usize::from(self.start.end)]
                    .trim_ascii_end()
                    .escape_ascii()
                    .to_string(),
            )
            .field("headers", &self.headers.len())
            .field("body", &self.body().len())
            .finish()
    }
}

/// The bit of an id in a mask of them.
fn bit(id: HeaderId) -> u64 {
    const { assert!(ID_COUNT <= 64) };
    1 << id as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Message, parser::Error> {
        Message::parse(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn a_request_and_a_reply() {
        let msg = parse(
            "\r\nINVITE sip:b@h SIP/2.0\nVia: SIP/2.0/UDP a\ns: x\nv: SIP/2.0/UDP b, SIP/2.0/TCP c\nl: 2\n\nabcd",
        )
        .unwrap();
        assert_eq!(
            (msg.method(), msg.request_uri(), msg.version()),
            (Method::Invite, &b"sip:b@h"[..], &b"SIP/2.0"[..])
        );
        assert_eq!(msg.vias().map(|v| v.host).collect::<Vec<_>>(), [b"a", b"b", b"c"]);
        assert_eq!(msg.headers_named(b"Subject").count(), 1);
        assert_eq!(
            msg.headers_of(HeaderId::Via).next_back().map(Header::name),
            Some(&b"v"[..])
        );
        assert_eq!(msg.body(), b"ab");
        let via = msg.via().unwrap();
        assert_eq!(&msg.bytes()[msg.offset_of(via.host).unwrap() as usize..][..1], b"a");
        assert_eq!(msg.offset_of(b"elsewhere"), None);
        let msg = parse("SIP/2.0 180 Ringing now\r\nCSeq: 4 INVITE\r\n\r\n").unwrap();
        assert_eq!(
            (msg.status(), msg.reason(), msg.method()),
            (180, &b"Ringing now"[..], Method::Invite)
        );
        assert_eq!((msg.request_uri(), msg.request_uri_span()), (&b""[..], (0, 0)));
    }

    #[test]
    fn what_nobody_could_answer_is_refused() {
        for (text, error) in [
            ("", parser::Error::Empty),
            ("\r\n\r\n", parser::Error::Empty),
            ("hello\r\n\r\n", parser::Error::NotSip),
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", parser::Error::NotSip),
            ("INFO sip:a SIP/2.0\r\n\r\n", parser::Error::NoHeaders),
        ] {
            assert_eq!(parse(text).unwrap_err(), error, "{text}");
        }
        let many = format!("INFO sip:a SIP/2.0\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
        assert_eq!(parse(&many).unwrap_err(), parser::Error::TooManyHeaders);
        let long = format!("INFO sip:a SIP/2.0\r\na: b\r\n\r\n{}", "x".repeat(MAX_MESSAGE));
        assert_eq!(parse(&long).unwrap_err(), parser::Error::TooLong);
    }

    #[test]
    fn can_be_shared_between_threads() {
        fn shared<T: Send + Sync + Clone + 'static>() {}
        shared::<Message>();
        assert!(size_of::<Message>() < 640, "{}", size_of::<Message>());
    }
}
