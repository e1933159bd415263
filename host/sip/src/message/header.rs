//! Header fields: which one a name means, and one line of a message as a view.

use super::lexical;

/// Declares the ids with their long names, so that the two cannot drift apart.
macro_rules! header_ids {
    ($($id:ident = $name:literal,)*) => {
        /// The header fields the index knows by number; every other one is [`HeaderId::Other`].
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum HeaderId {
            $(#[doc = $name] $id,)*
            /// A header field that is found by its name only.
            Other,
        }

        impl HeaderId {
            /// The usual long spelling; empty for [`HeaderId::Other`].
            pub const fn name(self) -> &'static str {
                match self {
                    $(HeaderId::$id => $name,)*
                    HeaderId::Other => "",
                }
            }
        }

        const ALL: [HeaderId; ID_COUNT - 1] = [$(HeaderId::$id,)*];
    };
}

header_ids! {
    Via = "Via",
    From = "From",
    To = "To",
    CallId = "Call-ID",
    CSeq = "CSeq",
    Contact = "Contact",
    MaxForwards = "Max-Forwards",
    Route = "Route",
    RecordRoute = "Record-Route",
    ContentLength = "Content-Length",
    ContentType = "Content-Type",
    Expires = "Expires",
    Authorization = "Authorization",
    ProxyAuthorization = "Proxy-Authorization",
    WwwAuthenticate = "WWW-Authenticate",
    ProxyAuthenticate = "Proxy-Authenticate",
    UserAgent = "User-Agent",
    Server = "Server",
    Require = "Require",
    ProxyRequire = "Proxy-Require",
    Supported = "Supported",
    Unsupported = "Unsupported",
    Allow = "Allow",
    Accept = "Accept",
    Event = "Event",
    SubscriptionState = "Subscription-State",
    ReferTo = "Refer-To",
    Path = "Path",
    PAssertedIdentity = "P-Asserted-Identity",
    PPreferredIdentity = "P-Preferred-Identity",
    RemotePartyId = "Remote-Party-ID",
    Diversion = "Diversion",
    Privacy = "Privacy",
    Date = "Date",
    MinExpires = "Min-Expires",
    Reason = "Reason",
    RetryAfter = "Retry-After",
}

/// How many ids there are, [`HeaderId::Other`] included.
pub(crate) const ID_COUNT: usize = HeaderId::Other as usize + 1;

impl HeaderId {
    /// Which header field a name means, in any case, in its long or its compact form.
    pub fn parse(name: &[u8]) -> HeaderId {
        if let [letter] = name {
            return compact(*letter);
        }
        match name.len() {
            ..=LONGEST => NAMES.find(name.len(), words(name)),
            _ => HeaderId::Other,
        }
    }

    /// The field whose name a text begins with, up to a colon, and where the colon is. None where there
    /// is none so near that the name may be a known one.
    #[inline]
    pub(crate) fn at_start(text: &[u8]) -> Option<(usize, HeaderId)> {
        match text.first_chunk() {
            Some(bytes) => HeaderId::at_start_of(bytes),
            None => {
                let mut bytes = [0; LONGEST + 1];
                bytes[..text.len()].copy_from_slice(text);
                HeaderId::at_start_of(&bytes)
            }
        }
    }

    #[inline]
    fn at_start_of(bytes: &[u8; LONGEST + 1]) -> Option<(usize, HeaderId)> {
        let mut words = [0; 3];
        for (i, chunk) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*chunk);
            let colon = lexical::marks(word, b':');
            if colon == 0 {
                words[i] = lexical::fold(word);
                continue;
            }
            let place = colon.trailing_zeros() & !7;
            words[i] = lexical::fold(word & ((1 << place) - 1));
            let length = i * 8 + place as usize / 8;
            let id = match length {
                1 => compact(bytes[0]),
                _ => NAMES.find(length, words),
            };
            return Some((length, id));
        }
        None
    }
}

/// A name as numbers, upper case folded, zeros behind it.
type Words = [u64; 3];

const fn words(name: &[u8]) -> Words {
    let (chunks, rest) = name.as_chunks::<8>();
    let mut words = [0; 3];
    let mut i = 0;
    while i < chunks.len() && i < words.len() {
        words[i] = lexical::fold(u64::from_le_bytes(chunks[i]));
        i += 1;
    }
    if i < words.len() {
        words[i] = lexical::fold(lexical::word(rest));
    }
    words
}

/// The known names by their length.
struct Names {
    known: [(Words, HeaderId); ID_COUNT - 1],
    /// By length: where the names of that length end in `known`.
    end: [u8; LONGEST + 1],
}

/// No known name has more bytes.
pub(crate) const LONGEST: usize = 23;

impl Names {
    /// The field of a name of this length.
    #[inline]
    fn find(&self, length: usize, words: Words) -> HeaderId {
        let (Some(from), Some(end)) = (self.end.get(length.wrapping_sub(1)), self.end.get(length)) else {
            return HeaderId::Other;
        };
        let known = self
            .known
            .get(usize::from(*from)..usize::from(*end))
            .unwrap_or_default();
        for (known, id) in known {
            if known[0] == words[0] && known[1] == words[1] && known[2] == words[2] {
                return *id;
            }
        }
        HeaderId::Other
    }
}

static NAMES: Names = {
    let mut names = Names {
        known: [([0; 3], HeaderId::Other); ID_COUNT - 1],
        end: [0; LONGEST + 1],
    };
    let (mut length, mut count) = (0, 0);
    while length <= LONGEST {
        let mut i = 0;
        while i < ALL.len() {
            let name = ALL[i].name().as_bytes();
            if name.len() == length {
                names.known[count] = (words(name), ALL[i]);
                count += 1;
            }
            i += 1;
        }
        names.end[length] = count as u8;
        length += 1;
    }
    assert!(count == ALL.len(), "a name is longer than LONGEST");
    names
};

/// The compact forms of RFC 3261 7.3.3 and of the extensions the index knows.
fn compact(letter: u8) -> HeaderId {
    match letter.to_ascii_lowercase() {
        b'v' => HeaderId::Via,
        b'f' => HeaderId::From,
        b't' => HeaderId::To,
        b'i' => HeaderId::CallId,
        b'm' => HeaderId::Contact,
        b'l' => HeaderId::ContentLength,
        b'c' => HeaderId::ContentType,
        b'k' => HeaderId::Supported,
        b'o' => HeaderId::Event,
        b'r' => HeaderId::ReferTo,
        _ => HeaderId::Other,
    }
}

/// Whether two header names mean one field: any case, and a compact form is its long one.
pub fn same_name(a: &[u8], b: &[u8]) -> bool {
    long_form(a).eq_ignore_ascii_case(long_form(b))
}

/// The long form of a compact name (IANA's registry); any other name as it is.
pub fn long_form(name: &[u8]) -> &[u8] {
    let [letter] = name else { return name };
    let long = match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'j' => "Reject-Contact",
        b'n' => "Identity-Info",
        b's' => "Subject",
        b'u' => "Allow-Events",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        other => match compact(other) {
            HeaderId::Other => return name,
            id => id.name(),
        },
    };
    long.as_bytes()
}

/// Where one header line stands in its message. The message limit makes 16 bits enough.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderSpan {
    pub(crate) start: u16,
    pub(crate) name_end: u16,
    pub(crate) value_start: u16,
    pub(crate) value_end: u16,
    pub(crate) end: u16,
    pub(crate) id: HeaderId,
}

/// One header field as it stands in a message, folded lines included.
#[derive(Clone, Copy)]
pub struct Header<'m> {
    bytes: &'m [u8],
    span: HeaderSpan,
}

impl<'m> Header<'m> {
    pub(crate) fn new(bytes: &'m [u8], span: HeaderSpan) -> Self {
        Header { bytes, span }
    }

    /// Which field it is.
    pub fn id(self) -> HeaderId {
        self.span.id
    }

    /// The name as written, without the colon.
    pub fn name(self) -> &'m [u8] {
        self.slice(self.span.start, self.span.name_end)
    }

    /// The value without white space around it; folds inside are left in.
    pub fn value(self) -> &'m [u8] {
        self.slice(self.span.value_start, self.span.value_end)
    }

    /// Offset of the name in the message.
    pub fn start(self) -> u32 {
        u32::from(self.span.start)
    }

    /// Offset after the line's CRLF, folded lines included.
    pub fn end(self) -> u32 {
        u32::from(self.span.end)
    }

    /// Offset of the trimmed value.
    pub fn value_start(self) -> u32 {
        u32::from(self.span.value_start)
    }

    /// Offset after the trimmed value.
    pub fn value_end(self) -> u32 {
        u32::from(self.span.value_end)
    }

    /// The whole line where it is written as `name: value` and nothing else, its CRLF included.
    pub(crate) fn plain_line(self) -> Option<&'m [u8]> {
        let HeaderSpan {
            name_end, value_end, ..
        } = self.span;
        let plain =
            self.slice(name_end, self.span.value_start) == b": " && self.slice(value_end, self.span.end) == b"\r\n";
        plain.then(|| self.slice(self.span.start, self.span.end))
    }

    fn slice(self, from: u16, to: u16) -> &'m [u8] {
        self.bytes.get(usize::from(from)..usize::from(to)).unwrap_or_default()
    }
}

impl std::fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name().escape_ascii(), self.value().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_long_name_finds_its_id_in_any_case() {
        for (n, id) in ALL.into_iter().enumerate() {
            assert_eq!(id as usize, n);
            assert_eq!(HeaderId::parse(id.name().as_bytes()), id, "{}", id.name());
            assert_eq!(HeaderId::parse(id.name().to_uppercase().as_bytes()), id);
            assert_eq!(HeaderId::parse(id.name().to_lowercase().as_bytes()), id);
        }
    }

    #[test]
    fn compact_names_are_their_long_ones() {
        for (compact, long) in [
            ("v", "Via"),
            ("F", "From"),
            ("t", "To"),
            ("i", "Call-ID"),
            ("m", "Contact"),
            ("L", "Content-Length"),
        ] {
            assert_eq!(HeaderId::parse(compact.as_bytes()), HeaderId::parse(long.as_bytes()));
        }
        assert!(same_name(b"s", b"SUBJECT"));
        assert!(same_name(b"Session-Expires", b"X"));
        assert!(!same_name(b"z", b"Subject"));
    }

    #[test]
    fn near_misses_are_other() {
        for name in ["", "Vi", "Viaa", "C%6Fntact", "Content_Length", "é"] {
            assert_eq!(HeaderId::parse(name.as_bytes()), HeaderId::Other, "{name}");
        }
    }
}
