//! `name-addr` and `addr-spec` with their parameters: From, To, Contact, Route, Refer-To, ...

use super::lexical::{find, find_any, is_lws, quoted_end, trim, trim_start};
use super::{params, uri};

/// One address of a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'m> {
    /// The display name as written, with its quotes where it has some; empty where there is none.
    pub display: &'m [u8],
    /// The URI without its brackets; `*` in a Contact that names all.
    pub uri: &'m [u8],
    /// The parameters of the header field, after the first `;`.
    pub params: &'m [u8],
    /// Where the URI begins, counted from the start of the value that was given.
    pub uri_offset: usize,
    /// Whether the URI stands in `<>`.
    pub bracketed: bool,
}

/// Why a value is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nothing there, or `<>`.
    Empty,
    /// A quoted display name that never ends, or is not followed by `<`.
    Quote,
    /// A `<` that is never closed.
    Bracket,
    /// A URI without brackets that needs them: it has a `?` or a comma (RFC 3261 20.10), or spaces.
    Bare,
    /// Something other than parameters after the URI.
    Trailing,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::Empty => "no address",
            Error::Quote => "display name with an open quote",
            Error::Bracket => "address with an open angle bracket",
            Error::Bare => "address that needs angle brackets",
            Error::Trailing => "something after the address",
        })
    }
}

impl std::error::Error for Error {}

impl<'m> NameAddr<'m> {
    /// Reads one address, with its parameters. Spaces just inside the brackets are left out of the URI
    /// (RFC 4475 3.1.2.14, read liberally); the URI itself is not looked into.
    pub fn parse(value: &'m [u8]) -> Result<NameAddr<'m>, Error> {
        match bracket(value)? {
            Some(open) => parse_bracketed(value, open),
            None => parse_bare(value),
        }
    }

    /// The `tag` parameter; `None` where it is missing or empty.
    pub fn tag(&self) -> Option<&'m [u8]> {
        self.param("tag").flatten().filter(|t| !t.is_empty())
    }

    /// A parameter of the header field, in any case.
    pub fn param(&self, name: &str) -> Option<Option<&'m [u8]>> {
        params::find(self.params, name)
    }

    /// The URI in its parts.
    pub fn parsed_uri(&self) -> Result<uri::Uri<'m>, uri::Error> {
        uri::Uri::parse(self.uri)
    }

    /// Whether this is the `*` of a Contact that removes every binding (RFC 3261 10.2.2).
    pub fn is_star(&self) -> bool {
        self.uri == b"*"
    }
}

/// Where the `<` of a name-addr is; quoted display names are passed over.
fn bracket(value: &[u8]) -> Result<Option<usize>, Error> {
    let mut i = 0;
    while let Some(n) = find_any(value.get(i..).unwrap_or_default(), [b'<', b';', b'"']) {
        i += n;
        match value[i] {
            b'<' => return Ok(Some(i)),
            // Behind a `;` there are only parameters: this is an addr-spec.
            b';' => return Ok(None),
            _ => i = quoted_end(value, i).ok_or(Error::Quote)?,
        }
    }
    Ok(None)
}

fn parse_bracketed(value: &[u8], open: usize) -> Result<NameAddr<'_>, Error> {
    let close = find(&value[open..], b'>').ok_or(Error::Bracket)? + open;
    let inner = &value[open + 1..close];
    let uri = trim(inner);
    if uri.is_empty() {
        return Err(Error::Empty);
    }
    let uri_offset = open + 1 + (inner.len() - trim_start(inner).len());
    let params = match trim(&value[close + 1..]) {
        [] => &[][..],
        [b';', params @ ..] => params,
        _ => return Err(Error::Trailing),
    };
    Ok(NameAddr {
        display: trim(&value[..open]),
        uri,
        params,
        uri_offset,
        bracketed: true,
    })
}

/// An addr-spec: what follows a `;` belongs to the header field (RFC 3261 20.10).
fn parse_bare(value: &[u8]) -> Result<NameAddr<'_>, Error> {
    let (address, params) = super::lexical::split_at(value, b';').unwrap_or((value, &[]));
    let uri = trim(address);
    if uri.is_empty() {
        return Err(Error::Empty);
    }
    if find(uri, b'"').is_some() {
        return Err(Error::Quote);
    }
    if uri.iter().any(|b| is_lws(*b) || matches!(b, b'?' | b',')) {
        return Err(Error::Bare);
    }
    let uri_offset = value.len() - trim_start(value).len();
    Ok(NameAddr {
        display: &[],
        uri,
        params: trim(params),
        uri_offset,
        bracketed: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> NameAddr<'_> {
        let parsed = NameAddr::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(&text.as_bytes()[parsed.uri_offset..][..parsed.uri.len()], parsed.uri);
        parsed
    }

    #[test]
    fn usual_forms() {
        let a = parse(r#""A <b>; \" c" <sip:a@b;lr?x=y> ; tag = 7;q=0.3"#);
        assert_eq!(a.display, br#""A <b>; \" c""#);
        assert_eq!(a.uri, b"sip:a@b;lr?x=y");
        assert_eq!(a.tag(), Some(&b"7"[..]));
        assert_eq!(a.param("Q"), Some(Some(&b"0.3"[..])));
        let a = parse("caller<sip:caller@example.com>");
        assert_eq!((a.display, a.uri), (&b"caller"[..], &b"sip:caller@example.com"[..]));
        let a = parse(" sip:a@b ;\r\n tag = x");
        assert_eq!((a.uri, a.tag(), a.bracketed), (&b"sip:a@b"[..], Some(&b"x"[..]), false));
        assert_eq!(parse("< sip:a@b >").uri, b"sip:a@b");
        assert!(parse("*").is_star());
        assert_eq!(parse("Bell, A <sip:a@b>").display, b"Bell, A");
    }

    #[test]
    fn bad_forms() {
        for (text, error) in [
            ("", Error::Empty),
            ("<>", Error::Empty),
            (";tag=1", Error::Empty),
            ("\"Mr. J. User <sip:j@e.com>", Error::Quote),
            ("\"x\" sip:a@b", Error::Quote),
            ("<sip:a@b", Error::Bracket),
            ("sip:a@b?Route=x", Error::Bare),
            ("sip:a b", Error::Bare),
            ("<sip:a@b> x", Error::Trailing),
            ("<sip:a@b>, <sip:c@d>", Error::Trailing),
        ] {
            assert_eq!(NameAddr::parse(text.as_bytes()), Err(error), "{text}");
        }
    }
}
