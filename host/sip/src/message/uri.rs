//! URIs as RFC 3261 19.1 writes them: borrowed parts, nothing unescaped.

use super::lexical::{find, find_any, has_no_uri_byte, host_ip, host_port};
use super::params;
use crate::Protocol;
use std::net::IpAddr;

/// One URI in its parts. Raw bytes: `%` escapes are where they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'u> {
    /// As written, without the colon.
    pub scheme: &'u [u8],
    /// What is before the `@`, without the password. The number of a `tel:` URI.
    pub user: Option<&'u [u8]>,
    /// After the first `:` of the user part (deprecated by RFC 3261, seen in the wild).
    pub password: Option<&'u [u8]>,
    /// IPv6 references with their brackets. Empty for `tel:`; all after the colon for unknown schemes.
    pub host: &'u [u8],
    /// The port where one is written.
    pub port: Option<u16>,
    /// After the first `;` behind the host, up to the `?`.
    pub params: &'u [u8],
    /// After the `?`.
    pub headers: &'u [u8],
}

/// Why a text is no URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// No characters.
    Empty,
    /// No scheme, or one with characters a scheme cannot have.
    Scheme,
    /// An `@` with nothing before it.
    User,
    /// The host is missing or has characters a host cannot have, or the port is no number.
    Host,
    /// White space, a control character, a quote or an angle bracket.
    Character,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::Empty => "empty URI",
            Error::Scheme => "URI without a scheme",
            Error::User => "URI with an empty user part",
            Error::Host => "URI with a bad host or port",
            Error::Character => "URI with a character that cannot stand in one",
        })
    }
}

impl std::error::Error for Error {}

impl<'u> Uri<'u> {
    /// Takes a URI apart.
    ///
    /// `sip:` and `sips:` are read in full. `tel:` has its number as user and an empty host. Any
    /// other scheme is accepted as it is, so that it can be answered with 416.
    pub fn parse(text: &'u [u8]) -> Result<Uri<'u>, Error> {
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if has_no_uri_byte(text) {
            return Err(Error::Character);
        }
        if let Some((scheme @ [b's' | b'S', b'i' | b'I', b'p' | b'P'], rest)) = split_scheme(text) {
            return parse_sip(scheme, rest);
        }
        let colon = find(text, b':').ok_or(Error::Scheme)?;
        let (scheme, rest) = (&text[..colon], &text[colon + 1..]);
        if !is_scheme(scheme) {
            return Err(Error::Scheme);
        }
        if is_sip_scheme(scheme) {
            return parse_sip(scheme, rest);
        }
        let mut uri = Uri {
            scheme,
            user: None,
            password: None,
            host: rest,
            port: None,
            params: &[],
            headers: &[],
        };
        if scheme.eq_ignore_ascii_case(b"tel") {
            let (number, params) = cut(rest, b';');
            if number.is_empty() {
                return Err(Error::User);
            }
            uri = Uri {
                user: Some(number),
                host: &[],
                params,
                ..uri
            };
        } else if rest.is_empty() {
            return Err(Error::Host);
        }
        Ok(uri)
    }

    /// Whether the scheme is `sip` or `sips`.
    pub fn is_sip(&self) -> bool {
        is_sip_scheme(self.scheme)
    }

    /// Whether the scheme is `sips`.
    pub fn is_sips(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"sips")
    }

    /// Whether the scheme is `tel`.
    pub fn is_tel(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"tel")
    }

    /// A URI parameter by its name in any case: `None` where it is missing, `Some(None)` without a value.
    pub fn param(&self, name: &str) -> Option<Option<&'u [u8]>> {
        params::find(self.params, name)
    }

    /// The transport its parameter names; `None` also for one that is not known here.
    pub fn transport(&self) -> Option<Protocol> {
        Protocol::parse(self.param("transport")??)
    }

    /// The `maddr` parameter.
    pub fn maddr(&self) -> Option<&'u [u8]> {
        self.param("maddr")?
    }

    /// The host where it is an address. `maddr` is not looked at.
    pub fn ip(&self) -> Option<IpAddr> {
        host_ip(self.host)
    }
}

/// What is before and after a colon in the fourth place.
fn split_scheme(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text {
        [_, _, _, b':', rest @ ..] => Some((&text[..3], rest)),
        _ => None,
    }
}

fn parse_sip<'u>(scheme: &'u [u8], rest: &'u [u8]) -> Result<Uri<'u>, Error> {
    // `;` and `?` may stand in a user part (RFC 4475 3.1.1.9), so the `@` is looked for first.
    let (user, password, rest) = match find(rest, b'@') {
        None => (None, None, rest),
        Some(at) => {
            let info = &rest[..at];
            let colon = find(info, b':');
            let user = &info[..colon.unwrap_or(info.len())];
            if user.is_empty() {
                return Err(Error::User);
            }
            (Some(user), colon.map(|c| &info[c + 1..]), &rest[at + 1..])
        }
    };
    let (mut address, mut params, mut headers) = (rest, &[][..], &[][..]);
    if find_any(rest, [b';', b'?']).is_some() {
        (address, headers) = cut(rest, b'?');
        (address, params) = cut(address, b';');
        if find(params, b'@').is_some() || find(headers, b'@').is_some() {
            return Err(Error::Host);
        }
    }
    let (host, port) = host_port(address).ok_or(Error::Host)?;
    Ok(Uri {
        scheme,
        user,
        password,
        host,
        port,
        params,
        headers,
    })
}

/// What is before the first `at`, and what is after it (empty where there is none).
fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    super::lexical::split_at(text, at).unwrap_or((text, &[]))
}

fn is_sip_scheme(scheme: &[u8]) -> bool {
    scheme.eq_ignore_ascii_case(b"sip") || scheme.eq_ignore_ascii_case(b"sips")
}

fn is_scheme(scheme: &[u8]) -> bool {
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Whether two URIs are equivalent by RFC 3261 19.1.4; with other schemes, whether they are the same bytes.
pub fn equivalent(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    if !a.scheme.eq_ignore_ascii_case(b.scheme) {
        return false;
    }
    if a.is_tel() {
        return optional(a.user, b.user, tel_eq)
            && params_equivalent(a.params, b.params, &["isub", "ext", "phone-context"]);
    }
    if !a.is_sip() {
        return a.host == b.host;
    }
    optional(a.user, b.user, escaped_eq)
        && optional(a.password, b.password, escaped_eq)
        && hosts_equal(a.host, b.host)
        && a.port == b.port
        && params_equivalent(a.params, b.params, &["user", "ttl", "method", "maddr", "transport"])
        && headers_within(a.headers, b.headers)
        && headers_within(b.headers, a.headers)
}

/// Whether two URIs name the same address of record: scheme, user and host (RFC 3261 10.3), no
/// parameters, and a default port is no port.
pub fn aor_eq(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    let port = |u: &Uri<'_>| u.port.unwrap_or(if u.is_sips() { 5061 } else { 5060 });
    a.scheme.eq_ignore_ascii_case(b.scheme)
        && optional(a.user, b.user, escaped_eq)
        && hosts_equal(a.host, b.host)
        && port(a) == port(b)
}

fn optional(a: Option<&[u8]>, b: Option<&[u8]>, eq: fn(&[u8], &[u8]) -> bool) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => eq(a, b),
        _ => false,
    }
}

fn hosts_equal(a: &[u8], b: &[u8]) -> bool {
    a.eq_ignore_ascii_case(b) || host_ip(a).is_some_and(|ip| Some(ip) == host_ip(b))
}

/// RFC 3966 4: visual separators do not count.
fn tel_eq(a: &[u8], b: &[u8]) -> bool {
    let digits = |t: &'_ [u8]| {
        t.iter()
            .filter(|c| !matches!(c, b'-' | b'.' | b'(' | b')'))
            .map(u8::to_ascii_lowercase)
            .collect::<Vec<_>>()
    };
    digits(a) == digits(b)
}

/// A parameter in both must match; one of `required` in only one makes them differ; any other
/// parameter in only one is ignored.
fn params_equivalent(a: &[u8], b: &[u8], required: &[&str]) -> bool {
    let one_way = |a: &[u8], b: &[u8]| {
        params::iter(a).all(
            |(name, value)| match params::iter(b).find(|(n, _)| escaped_eq_ignore_case(name, n)) {
                Some((_, other)) => optional(value, other, escaped_eq_ignore_case),
                None => !required.iter().any(|r| name.eq_ignore_ascii_case(r.as_bytes())),
            },
        )
    };
    one_way(a, b) && one_way(b, a)
}

/// Header components are never ignored.
fn headers_within(a: &[u8], b: &[u8]) -> bool {
    header_pairs(a)
        .all(|(name, value)| header_pairs(b).any(|(n, v)| escaped_eq_ignore_case(name, n) && escaped_eq(value, v)))
}

fn header_pairs(headers: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers
        .split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| cut(pair, b'='))
}

fn escaped_eq(a: &[u8], b: &[u8]) -> bool {
    a == b || unescaped(a).eq(unescaped(b))
}

fn escaped_eq_ignore_case(a: &[u8], b: &[u8]) -> bool {
    unescaped(a).map(lower).eq(unescaped(b).map(lower))
}

fn lower((byte, reserved): (u8, bool)) -> (u8, bool) {
    (byte.to_ascii_lowercase(), reserved)
}

/// The characters of a text with its escapes read. An escaped reserved character is not the same as
/// the bare one (RFC 3261 19.1.4), so it is marked.
fn unescaped(text: &[u8]) -> impl Iterator<Item = (u8, bool)> {
    let mut i = 0;
    std::iter::from_fn(move || {
        let b = *text.get(i)?;
        let hex = |at: usize| text.get(at).and_then(|d| (*d as char).to_digit(16));
        if b == b'%'
            && let (Some(high), Some(low)) = (hex(i + 1), hex(i + 2))
        {
            i += 3;
            // Two hexadecimal digits are at most 255.
            let byte = (high * 16 + low) as u8;
            return Some((byte, is_reserved(byte)));
        }
        i += 1;
        Some((b, false))
    })
}

fn is_reserved(b: u8) -> bool {
    matches!(b, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn all_parts() {
        let u = uri("sip:alice;day=tuesday:secret@atlanta.example:5070;transport=tcp;lr?subject=x&a=b");
        assert_eq!(u.user, Some(&b"alice;day=tuesday"[..]));
        assert_eq!(u.password, Some(&b"secret"[..]));
        assert_eq!(u.host, b"atlanta.example");
        assert_eq!(u.port, Some(5070));
        assert_eq!(u.params, b"transport=tcp;lr");
        assert_eq!(u.headers, b"subject=x&a=b");
        assert_eq!(u.transport(), Some(Protocol::Tcp));
        assert_eq!(u.param("LR"), Some(None));
    }

    #[test]
    fn torture_users_keep_their_characters() {
        let u = uri("sip:user;par=u%40example.net@example.com");
        assert_eq!((u.user, u.params), (Some(&b"user;par=u%40example.net"[..]), &b""[..]));
        let u = uri(
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
        );
        assert_eq!(u.user, Some(&b"1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"[..]));
        assert_eq!(u.host, b"example.com");
        assert_eq!(uri("sip:%00%00@h").user, Some(&b"%00%00"[..]));
    }

    #[test]
    fn addresses_and_schemes() {
        let u = uri("sips:[2001:db8::9]:5061;maddr=[::1]");
        assert_eq!(u.ip(), Some("2001:db8::9".parse().unwrap()));
        assert_eq!(
            (u.host, u.port, u.maddr()),
            (&b"[2001:db8::9]"[..], Some(5061), Some(&b"[::1]"[..]))
        );
        let u = uri("tel:+1-201-555-0123;phone-context=x");
        assert_eq!(
            (u.user, u.host, u.params),
            (Some(&b"+1-201-555-0123"[..]), &b""[..], &b"phone-context=x"[..])
        );
        let u = uri("soap.beep://192.0.2.103:3002");
        assert!(!u.is_sip());
        assert_eq!(u.host, b"//192.0.2.103:3002");
    }

    #[test]
    fn bad_ones_are_refused() {
        for (text, error) in [
            ("", Error::Empty),
            ("sip", Error::Scheme),
            ("1sip:a@b", Error::Scheme),
            ("sip:", Error::Host),
            ("sip:@b", Error::User),
            ("sip:a@", Error::Host),
            ("sip:a@b@c", Error::Host),
            ("sip:a@b;x=@c", Error::Host),
            ("sip:a@b:", Error::Host),
            ("sip:a@b:99999", Error::Host),
            ("sip:a@[::1", Error::Host),
            ("sip:a@b; lr", Error::Character),
            ("<sip:a@b>", Error::Character),
            ("sip:a@b\0", Error::Character),
            ("tel:", Error::User),
        ] {
            assert_eq!(Uri::parse(text.as_bytes()), Err(error), "{text}");
        }
    }

    #[test]
    fn equivalence_of_rfc_3261_19_1_4() {
        for (a, b) in [
            (
                "sip:%61lice@atlanta.com;transport=TCP",
                "sip:alice@AtlanTa.CoM;Transport=tcp",
            ),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("sip:[2001:db8::1]", "sip:[2001:DB8:0:0::1]"),
            ("tel:+1-201-555-0123", "tel:+12015550123"),
        ] {
            assert!(equivalent(&uri(a), &uri(b)), "{a} {b}");
            assert!(equivalent(&uri(b), &uri(a)), "{b} {a}");
        }
        for (a, b) in [
            (
                "SIP:ALICE@AtLanTa.CoM;Transport=udp",
                "sip:alice@AtLanTa.CoM;Transport=UDP",
            ),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            (
                "sip:carol@chicago.com;security=on",
                "sip:carol@chicago.com;security=off",
            ),
            ("sip:a%3Bb@h", "sip:a;b@h"),
            ("sip:null-%00-null@h", "sip:null-@h"),
            ("sip:a@h", "sips:a@h"),
        ] {
            assert!(!equivalent(&uri(a), &uri(b)), "{a} {b}");
            assert!(!equivalent(&uri(b), &uri(a)), "{b} {a}");
        }
    }

    #[test]
    fn addresses_of_record() {
        assert!(aor_eq(&uri("sip:a@H.example:5060;x=1"), &uri("sip:%61@h.example")));
        assert!(!aor_eq(&uri("sip:%00@h"), &uri("sip:%00%00@h")));
    }
}
