//! The contacts of a REGISTER, read and checked before anything is changed.

use kemist_sip::message::uri::{self, Uri};
use kemist_sip::message::{HeaderId, NameAddr, list};
use kemist_sip::{Message, Method};
use smallvec::SmallVec;

/// Most contacts in one request.
const MAX_CONTACTS: usize = 100;

/// What a REGISTER asks for.
pub enum Request<'m> {
    /// No Contact: which bindings are there?
    Query,
    /// `Contact: *` with `Expires: 0`.
    RemoveAll,
    /// Add, refresh or remove these.
    Bind(SmallVec<[Contact<'m>; 2]>),
}

/// One contact.
pub struct Contact<'m> {
    /// Its URI.
    pub uri: &'m [u8],
    /// How long to keep it, in seconds as asked for; None for the default, 0 to remove it.
    pub expires: Option<u32>,
    /// In thousandths, -1 where it names none.
    pub q: i16,
    /// The methods that it names (RFC 3840), as the bits of [`method_bit`].
    pub methods: Option<u32>,
    /// `+sip.instance`.
    pub instance: Option<&'m [u8]>,
    /// `reg-id`, 0 where it names none.
    pub reg_id: u32,
}

/// Reads the contacts. None where one is bad, or `*` stands where it must not (RFC 3261 10.3
/// step 6): the answer is 400, and nothing is changed.
pub fn read(msg: &Message) -> Option<Request<'_>> {
    let mut contacts = SmallVec::new();
    let mut star = false;
    let default = header_expires(msg);
    for value in msg
        .headers_of(HeaderId::Contact)
        .flat_map(|header| list::split(header.value()))
    {
        let parsed = NameAddr::parse(value).ok()?;
        if parsed.is_star() {
            star = true;
            continue;
        }
        if contacts.len() >= MAX_CONTACTS {
            return None;
        }
        contacts.push(contact(&parsed, default)?);
    }
    match (star, contacts.is_empty()) {
        (true, true) => (default == Some(0)).then_some(Request::RemoveAll),
        (true, false) => None,
        (false, true) => Some(Request::Query),
        (false, false) => Some(Request::Bind(contacts)),
    }
}

/// The Expires header; a value that is no number counts as absent, one too large as the largest.
fn header_expires(msg: &Message) -> Option<u32> {
    msg.header(HeaderId::Expires).and_then(|header| seconds(header.value()))
}

fn contact<'m>(parsed: &NameAddr<'m>, default: Option<u32>) -> Option<Contact<'m>> {
    let uri = Uri::parse(parsed.uri).ok().filter(Uri::is_sip)?;
    // a bare URI may hold no question mark (RFC 3261 section 20): whether what follows is part of
    // it cannot be known (RFC 4475 3.1.2.13)
    let ambiguous = !parsed.bracketed && !uri.headers.is_empty();
    let clean = |text: &[u8]| {
        text.iter()
            .all(|b| *b > b' ' && !matches!(b, 0x7f | b'<' | b'>' | b'"'))
    };
    if ambiguous || uri.host.is_empty() || !clean(parsed.uri) {
        return None;
    }
    let expires = match parsed.param("expires") {
        Some(Some(value)) => seconds(value),
        _ => default,
    };
    let q = match parsed.param("q") {
        Some(value) => thousandths(value?)?,
        None => -1,
    };
    let quotable = |text: &&[u8]| text.iter().all(|b| *b >= b' ' && !matches!(b, 0x7f | b'"' | b'\\'));
    Some(Contact {
        uri: parsed.uri,
        expires,
        q,
        methods: parsed.param("methods").flatten().map(methods),
        instance: parsed
            .param("+sip.instance")
            .flatten()
            .filter(quotable)
            .filter(|i| !i.is_empty()),
        reg_id: parsed.param("reg-id").flatten().and_then(seconds).unwrap_or(0),
    })
}

/// A number of seconds; None where it is no number, the largest where it is too large (RFC 3261
/// 10.2.1.1: malformed values count as the default).
fn seconds(value: &[u8]) -> Option<u32> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        value
            .iter()
            .fold(0, |n: u32, b| n.saturating_mul(10).saturating_add(u32::from(b - b'0'))),
    )
}

/// A q value: 0 or 1 with up to three decimals (RFC 3261 section 25.1).
fn thousandths(value: &[u8]) -> Option<i16> {
    let (whole, decimals) = match value {
        [whole @ (b'0' | b'1')] | [whole @ (b'0' | b'1'), b'.'] => (whole, &[][..]),
        [whole @ (b'0' | b'1'), b'.', decimals @ ..] if decimals.len() <= 3 => (whole, decimals),
        [b'.', decimals @ ..] if (1..=3).contains(&decimals.len()) => (&b'0', decimals),
        _ => return None,
    };
    let mut q = i16::from(whole - b'0');
    for place in 0..3 {
        let digit = decimals.get(place).copied().unwrap_or(b'0');
        if !digit.is_ascii_digit() {
            return None;
        }
        q = q * 10 + i16::from(digit - b'0');
    }
    (q <= 1000).then_some(q)
}

/// The methods of an Allow header or a `methods` parameter.
pub fn methods(value: &[u8]) -> u32 {
    let bit = |name: &[u8]| method_bit(Method::parse(name));
    // methods are tokens: where there are no quotes and brackets every comma splits
    if value.iter().any(|b| matches!(b, b'"' | b'<')) {
        return list::split(value).map(bit).fold(0, |all, bit| all | bit);
    }
    let names = value.split(|b| *b == b',').map(<[u8]>::trim_ascii);
    names.map(bit).fold(0, |all, bit| all | bit)
}

/// A method in the bit mask of the location table (Kamailio's column `methods`).
pub fn method_bit(method: Method) -> u32 {
    let place = match method {
        Method::Invite => 0,
        Method::Cancel => 1,
        Method::Ack => 2,
        Method::Bye => 3,
        Method::Info => 4,
        Method::Register => 5,
        Method::Subscribe => 6,
        Method::Notify => 7,
        Method::Message => 8,
        Method::Options => 9,
        Method::Prack => 10,
        Method::Update => 11,
        Method::Refer => 12,
        Method::Publish => 13,
        Method::Other => 14,
    };
    1 << place
}

/// Are these one contact (RFC 3261 19.1.4)?
pub fn same_uri(a: &[u8], b: &[u8]) -> bool {
    a == b || matches!((Uri::parse(a), Uri::parse(b)), (Ok(a), Ok(b)) if uri::equivalent(&a, &b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_rfc_says() {
        assert_eq!(
            [&b"3600"[..], b"99999999999", b"-1", b"", b"1.5"].map(seconds),
            [Some(3600), Some(u32::MAX), None, None, None]
        );
        let q = [
            &b"1"[..],
            b"0.7",
            b"0.",
            b".25",
            b"1.000",
            b"1.1",
            b"2",
            b"0.1234",
            b"x",
            b"0.x",
        ]
        .map(thousandths);
        assert_eq!(
            q,
            [
                Some(1000),
                Some(700),
                Some(0),
                Some(250),
                Some(1000),
                None,
                None,
                None,
                None,
                None
            ]
        );
        assert_eq!(methods(b"INVITE, ACK,BYE"), 1 | 4 | 8);
    }
}
