//! Character classes, trimming, and numbers: what every view below is made of.

/// The `token` characters of RFC 3261 25.1.
const TOKEN: [bool; 256] = alphanumeric_or(b"-.!%*_+`'~");

/// What host names and IPv4 addresses are made of. Underscores are no part of the grammar but of many real names.
const HOST: [bool; 256] = alphanumeric_or(b"-._");

const fn alphanumeric_or(more: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = (i as u8).is_ascii_alphanumeric();
        i += 1;
    }
    let mut i = 0;
    while i < more.len() {
        table[more[i] as usize] = true;
        i += 1;
    }
    table
}

/// Whether `b` may stand in a token.
pub(crate) fn is_token(b: u8) -> bool {
    TOKEN[usize::from(b)]
}

/// Whether `text` is one token, and not empty.
pub(crate) fn all_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| is_token(*b))
}

/// White space inside a header value: a fold leaves its CR and LF there.
#[inline]
pub(crate) fn is_lws(b: u8) -> bool {
    const LWS: [bool; 256] = {
        let mut table = [false; 256];
        table[b' ' as usize] = true;
        table[b'\t' as usize] = true;
        table[b'\r' as usize] = true;
        table[b'\n' as usize] = true;
        table
    };
    LWS[usize::from(b)]
}

/// Without white space at either end.
#[inline]
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    match text {
        // most texts have none
        [first, .., last] if !is_lws(*first) && !is_lws(*last) => text,
        [] => text,
        _ => trim_end(trim_start(text)),
    }
}

/// Without white space at the start.
#[inline]
pub(crate) fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_lws(*first)
    {
        text = rest;
    }
    text
}

/// Without white space at the end.
#[inline]
pub(crate) fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., last] = text
        && is_lws(*last)
    {
        text = rest;
    }
    text
}

/// Eight times one byte.
const fn eight(b: u8) -> u64 {
    0x0101_0101_0101_0101 * b as u64
}

/// Marks the bytes of a word that are `b`, each by its upper bit. The lowest mark is right; above it there
/// may be wrong ones.
#[inline]
pub(crate) fn marks(word: u64, b: u8) -> u64 {
    let differs = word ^ eight(b);
    differs.wrapping_sub(eight(1)) & !differs & eight(0x80)
}

/// The first place of any of these bytes. Eight bytes at a time: what is looked for in a header field is near,
/// where the call of a vectorised search costs more than the search.
#[inline]
pub(crate) fn find_any<const N: usize>(text: &[u8], bytes: [u8; N]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = bytes.iter().fold(0, |found, b| found | marks(word, *b));
        if found != 0 {
            return Some(i * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    // none of the bytes is the zero that stands for what is missing
    debug_assert!(!bytes.contains(&0));
    let word = word(rest);
    let found = bytes.iter().fold(0, |found, b| found | marks(word, *b));
    (found != 0).then(|| words.len() * 8 + found.trailing_zeros() as usize / 8)
}

/// The first place of a byte, as [`find_any`].
#[inline]
pub(crate) fn find(text: &[u8], byte: u8) -> Option<usize> {
    find_any(text, [byte])
}

/// Up to eight bytes as a number, the first one lowest; zeros above.
#[inline]
pub(crate) const fn word(text: &[u8]) -> u64 {
    if let Some(eight) = text.first_chunk::<8>() {
        return u64::from_le_bytes(*eight);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        // they overlap, with the same bytes
        let shift = 8 * (text.len() as u32 - 4);
        return u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << shift;
    }
    match text {
        [a, b, c] => u32::from_le_bytes([*a, *b, *c, 0]) as u64,
        [a, b] => u16::from_le_bytes([*a, *b]) as u64,
        [a] => *a as u64,
        _ => 0,
    }
}

/// The letters of a word in lower case. Some other bytes change too, but none becomes a letter or a hyphen.
#[inline]
pub(crate) const fn fold(word: u64) -> u64 {
    word | ((word & eight(0x40)) >> 1)
}

/// Whether a text is this name of at most eight lower case letters, in any case.
#[inline]
pub(crate) fn is_name(text: &[u8], name: &[u8]) -> bool {
    text.len() == name.len() && fold(word(text)) == word(name)
}

/// Splits at the first `at`: what is before and what is after it.
pub(crate) fn split_at(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let i = find(text, at)?;
    Some((&text[..i], &text[i + 1..]))
}

/// Whether a text has a byte that no URI has: white space, control characters, quotes, angle brackets. Bytes
/// above 127 are let through: they are seen, and nothing is gained by a 400.
pub(crate) fn has_no_uri_byte(text: &[u8]) -> bool {
    let in_word = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        let low = word.wrapping_sub(eight(b' ' + 1)) & !word & eight(0x80);
        // `<` and `>` differ in one bit
        let brackets = marks(word | eight(b'<' ^ b'>'), b'>');
        (low | brackets | marks(word, b'"') | marks(word, 0x7f)) != 0
    };
    match text.last_chunk::<8>() {
        Some(last) => text.as_chunks::<8>().0.iter().any(in_word) || in_word(last),
        None => text
            .iter()
            .any(|b| *b <= b' ' || matches!(b, 0x7f | b'<' | b'>' | b'"')),
    }
}

/// The index after the quoted string that opens at `open`; `None` where it never closes.
pub(crate) fn quoted_end(text: &[u8], open: usize) -> Option<usize> {
    let mut i = open + 1;
    loop {
        i += find_any(text.get(i..)?, [b'"', b'\\'])?;
        match text.get(i)? {
            b'"' => return Some(i + 1),
            _ => i += 2,
        }
    }
}

/// Without the quotes around it; escapes inside stay as they are.
pub(crate) fn unquote(text: &[u8]) -> &[u8] {
    match text {
        [b'"', inner @ .., b'"'] => inner,
        _ => text,
    }
}

/// Why a number could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Something else than digits, or nothing.
    Malformed,
    /// More than the field can hold.
    TooLarge,
}

impl std::fmt::Display for NumberError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NumberError::Malformed => "not a number",
            NumberError::TooLarge => "number too large",
        })
    }
}

impl std::error::Error for NumberError {}

/// Reads decimal digits; no sign, no white space.
pub(crate) fn number(text: &[u8]) -> Result<u32, NumberError> {
    const TOO_LARGE: u64 = 1 << 32;
    if text.is_empty() {
        return Err(NumberError::Malformed);
    }
    let mut number = 0u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(NumberError::Malformed);
        }
        number = (number * 10 + u64::from(digit)).min(TOO_LARGE);
    }
    u32::try_from(number).map_err(|_| NumberError::TooLarge)
}

/// Reads a port, 1 to 65535 (0 is taken as written: what to do with it is the caller's).
pub(crate) fn port(text: &[u8]) -> Option<u16> {
    number(text).ok().and_then(|n| u16::try_from(n).ok())
}

/// Whether `host` can be a host name, an IPv4 address or an IPv6 reference in brackets.
pub(crate) fn is_host(host: &[u8]) -> bool {
    match host {
        [b'[', inner @ .., b']'] => std::str::from_utf8(inner).is_ok_and(|s| s.parse::<std::net::Ipv6Addr>().is_ok()),
        _ => !host.is_empty() && host.iter().all(|b| HOST[usize::from(*b)]),
    }
}

/// The address a host is, where it is a literal.
pub(crate) fn host_ip(host: &[u8]) -> Option<std::net::IpAddr> {
    match host {
        [b'[', inner @ .., b']'] => std::str::from_utf8(inner)
            .ok()?
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(Into::into),
        // A name never starts its last label with a digit, so the check spares most names the parse.
        [.., last] if last.is_ascii_digit() => ipv4(host).map(Into::into),
        _ => None,
    }
}

/// Four numbers of up to three digits without leading zeros, as the standard library reads them.
pub fn ipv4(text: &[u8]) -> Option<std::net::Ipv4Addr> {
    let mut octets = [0u8; 4];
    let (mut place, mut digits, mut value) = (0, 0, 0u32);
    for byte in text {
        match byte {
            b'0'..=b'9' if digits == 0 || value > 0 => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && place < 3 => {
                octets[place] = u8::try_from(value).ok()?;
                (place, digits, value) = (place + 1, 0, 0);
            }
            _ => return None,
        }
        if value > 255 {
            return None;
        }
    }
    octets[3] = u8::try_from(value).ok()?;
    (place == 3 && digits > 0).then(|| octets.into())
}

/// Splits `host[:port]`; the host of an IPv6 reference keeps its brackets. White space may surround
/// the colon (RFC 3261 25.1, COLON). `None` where either part is not well formed.
pub(crate) fn host_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let end = text.iter().position(|b| !HOST[usize::from(*b)]).unwrap_or(text.len());
    match text.split_at(end) {
        ([], _) => {}
        (host, []) => return Some((host, None)),
        (host, [b':', digits @ ..]) => {
            if let Some(port) = port(digits) {
                return Some((host, Some(port)));
            }
        }
        _ => {}
    }
    unusual_host_port(text)
}

/// [`host_port`] with brackets or white space.
fn unusual_host_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let (host, rest) = if text.first() == Some(&b'[') {
        let close = text.iter().position(|b| *b == b']')?;
        text.split_at(close + 1)
    } else {
        let colon = text.iter().position(|b| *b == b':').unwrap_or(text.len());
        text.split_at(colon)
    };
    let host = trim(host);
    if !is_host(host) {
        return None;
    }
    match trim_start(rest) {
        [] => Some((host, None)),
        [b':', digits @ ..] => port(trim(digits)).map(|p| (host, Some(p))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_only_and_never_wrap() {
        assert_eq!(number(b"0068"), Ok(68));
        assert_eq!(number(b"4294967295"), Ok(u32::MAX));
        assert_eq!(number(b"4294967296"), Err(NumberError::TooLarge));
        assert_eq!(number(b"36893488147419103232"), Err(NumberError::TooLarge));
        for bad in ["", "-1", "+1", " 1", "1 2", "0x1"] {
            assert_eq!(number(bad.as_bytes()), Err(NumberError::Malformed), "{bad}");
        }
    }

    #[test]
    fn hosts_and_ports() {
        assert_eq!(host_port(b"a.example:5060"), Some((&b"a.example"[..], Some(5060))));
        assert_eq!(host_port(b"[2001:db8::1]:70"), Some((&b"[2001:db8::1]"[..], Some(70))));
        assert_eq!(host_port(b"[::1]"), Some((&b"[::1]"[..], None)));
        assert_eq!(host_port(b"a : 7"), Some((&b"a"[..], Some(7))));
        for bad in ["", ":5", "a:", "a:x", "a:70000", "[::1", "[zz]", "[::1]x", "a b", "a\0"] {
            assert_eq!(host_port(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn quoted_strings_end_at_an_unescaped_quote() {
        assert_eq!(quoted_end(br#""a\"b"c"#, 0), Some(6));
        assert_eq!(quoted_end(br#""a\"#, 0), None);
        assert_eq!(quoted_end(b"\"", 0), None);
    }

    #[test]
    fn addresses() {
        assert_eq!(host_ip(b"192.0.2.1"), Some("192.0.2.1".parse().unwrap()));
        assert_eq!(host_ip(b"[2001:db8::1]"), Some("2001:db8::1".parse().unwrap()));
        assert_eq!(host_ip(b"192.0.2.256"), None);
        assert_eq!(host_ip(b"a.example"), None);
    }
}
