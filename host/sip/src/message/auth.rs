//! Digest credentials (RFC 3261 22.4, RFC 7616, RFC 8760) as borrowed values; nothing is hashed here.

use super::lexical::{split_at, trim, trim_start, unquote};
use super::list;

/// The value of an Authorization or a Proxy-Authorization. Quotes are taken off, escapes stay; an
/// empty slice means that the parameter is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credentials<'m> {
    /// Who.
    pub username: &'m [u8],
    /// Where.
    pub realm: &'m [u8],
    /// What the challenge gave.
    pub nonce: &'m [u8],
    /// What the digest was made of; need not be the request URI.
    pub uri: &'m [u8],
    /// The digest in hexadecimal digits.
    pub response: &'m [u8],
    /// `MD5` where missing.
    pub algorithm: &'m [u8],
    /// The client's nonce.
    pub cnonce: &'m [u8],
    /// Given back as it was.
    pub opaque: &'m [u8],
    /// `auth` or `auth-int`.
    pub qop: &'m [u8],
    /// Nonce count, eight hexadecimal digits.
    pub nc: &'m [u8],
}

/// Why credentials cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Another scheme (RFC 4475 3.3.7): challenge again.
    NotDigest,
    /// No list of parameters, one given twice, or one of the necessary ones missing.
    Malformed,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::NotDigest => "credentials of another scheme than Digest",
            Error::Malformed => "malformed credentials",
        })
    }
}

impl std::error::Error for Error {}

/// Reads the value of one header line.
///
/// # Errors
/// [`Error::Malformed`] also where username, realm, nonce, uri or response is missing.
pub fn parse(value: &[u8]) -> Result<Credentials<'_>, Error> {
    let value = trim(value);
    let scheme = value
        .iter()
        .position(|b| super::lexical::is_lws(*b))
        .unwrap_or(value.len());
    let (scheme, rest) = value.split_at(scheme);
    if !scheme.eq_ignore_ascii_case(b"Digest") {
        return Err(Error::NotDigest);
    }
    let mut credentials = Credentials::default();
    for element in list::split(trim_start(rest)) {
        if element.is_empty() {
            continue;
        }
        let (name, value) = split_at(element, b'=').ok_or(Error::Malformed)?;
        let value = trim(value);
        if value.first() == Some(&b'"') && (value.len() < 2 || value.last() != Some(&b'"')) {
            return Err(Error::Malformed);
        }
        let Some(place) = credentials.place(trim(name)) else {
            continue;
        };
        if !place.is_empty() {
            return Err(Error::Malformed);
        }
        *place = unquote(value);
    }
    let c = &credentials;
    if [c.username, c.realm, c.nonce, c.uri, c.response]
        .iter()
        .any(|v| v.is_empty())
    {
        return Err(Error::Malformed);
    }
    Ok(credentials)
}

impl<'m> Credentials<'m> {
    fn place(&mut self, name: &[u8]) -> Option<&mut &'m [u8]> {
        let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
        Some(match name.len() {
            8 if is(b"username") => &mut self.username,
            8 if is(b"response") => &mut self.response,
            5 if is(b"realm") => &mut self.realm,
            5 if is(b"nonce") => &mut self.nonce,
            3 if is(b"uri") => &mut self.uri,
            3 if is(b"qop") => &mut self.qop,
            9 if is(b"algorithm") => &mut self.algorithm,
            6 if is(b"cnonce") => &mut self.cnonce,
            6 if is(b"opaque") => &mut self.opaque,
            2 if is(b"nc") => &mut self.nc,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_parameter() {
        let c = parse(
            b"Digest username=\"a, \\\"b\", realm=\"r\",\r\n nonce=\"n=\", uri=\"sip:h;x,y\", response=\"0f\" , algorithm=MD5, cnonce=\"c\", opaque=\"\", qop=auth, nc=00000001, other=1",
        )
        .unwrap();
        assert_eq!(c.username, br#"a, \"b"#);
        assert_eq!((c.realm, c.nonce, c.uri), (&b"r"[..], &b"n="[..], &b"sip:h;x,y"[..]));
        assert_eq!(
            (c.response, c.algorithm, c.qop, c.nc),
            (&b"0f"[..], &b"MD5"[..], &b"auth"[..], &b"00000001"[..])
        );
        assert!(c.opaque.is_empty());
    }

    #[test]
    fn bad_ones() {
        assert_eq!(parse(b"NoOneKnowsThisScheme opaque-data=here"), Err(Error::NotDigest));
        assert_eq!(parse(b""), Err(Error::NotDigest));
        assert_eq!(parse(b"Digest"), Err(Error::Malformed));
        assert_eq!(parse(b"digest username=\"a"), Err(Error::Malformed));
        assert_eq!(
            parse(b"Digest username=a,username=b,realm=r,nonce=n,uri=u,response=x"),
            Err(Error::Malformed)
        );
    }
}
