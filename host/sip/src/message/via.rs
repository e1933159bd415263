//! One value of a Via (RFC 3261 20.42, RFC 3581).

use super::lexical::{all_token, find, find_any, fold, host_port, trim, trim_start, word};
use super::params;

/// One hop of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'m> {
    /// `SIP/2.0` as written: white space may stand around the slash.
    pub protocol: &'m [u8],
    /// `UDP`, `TCP`, ...: as written, known or not.
    pub transport: &'m [u8],
    /// The sent-by host; IPv6 references with their brackets.
    pub host: &'m [u8],
    /// The sent-by port where one is written.
    pub port: Option<u16>,
    /// After the first `;`.
    pub params: &'m [u8],
}

/// Why a value is no Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Not `name/version/transport`.
    Protocol,
    /// The sent-by is missing or no host and port.
    SentBy,
    /// A parameter without a name.
    Param,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::Protocol => "Via without protocol and transport",
            Error::SentBy => "Via with a bad sent-by",
            Error::Param => "Via with an empty parameter",
        })
    }
}

impl std::error::Error for Error {}

/// What starts every branch of an RFC 3261 element.
pub const MAGIC: &[u8] = b"z9hG4bK";

impl<'m> Via<'m> {
    /// Reads one value (no comma list).
    pub fn parse(value: &'m [u8]) -> Result<Via<'m>, Error> {
        let value = trim(value);
        let (protocol, rest) = match value.strip_prefix(b"SIP/2.0/") {
            Some(rest) => (&value[..b"SIP/2.0".len()], rest),
            None => spaced_protocol(value)?,
        };
        let (transport, rest) = match rest {
            [b'U', b'D', b'P', b' ', ..] | [b'T', b'C', b'P', b' ', ..] => rest.split_at(3),
            _ => other_transport(trim_start(rest))?,
        };
        let (sent_by, params) = super::lexical::split_at(rest, b';').unwrap_or((rest, &[]));
        let (host, port) = host_port(trim(sent_by)).ok_or(Error::SentBy)?;
        Ok(Via {
            protocol,
            transport,
            host,
            port,
            params: trim(params),
        })
    }

    /// Whether the protocol is SIP 2.0, in any case and with any white space.
    pub fn is_sip2(&self) -> bool {
        super::lexical::split_at(self.protocol, b'/')
            .is_some_and(|(name, version)| trim(name).eq_ignore_ascii_case(b"SIP") && trim(version) == b"2.0")
    }

    /// What is wrong with the parameters: an empty one (RFC 4475 3.1.2.1), or an open quote. A single
    /// `;` at the end is let through, as it is seen from real phones.
    pub fn check_params(&self) -> Result<(), Error> {
        let mut empty = false;
        for element in params::elements(self.params) {
            if empty || element.first() == Some(&b'=') {
                return Err(Error::Param);
            }
            empty = element.is_empty();
        }
        Ok(())
    }

    /// The transaction this hop knows the message by.
    pub fn branch(&self) -> Option<&'m [u8]> {
        self.value("branch")
    }

    /// The branch where it can be used as a key: with the magic cookie and something after it.
    pub fn magic_branch(&self) -> Option<&'m [u8]> {
        self.branch().filter(|b| is_magic(b))
    }

    /// Where the message really came from (RFC 3261 18.2.1).
    pub fn received(&self) -> Option<&'m [u8]> {
        self.value("received")
    }

    /// RFC 3581: asked for (`Some(None)`) or filled in (`Some(Some(port))`); a value that is no port
    /// counts as asked for.
    pub fn rport(&self) -> Option<Option<u16>> {
        let value = params::find(self.params, "rport")?;
        Some(value.and_then(super::lexical::port).filter(|p| *p != 0))
    }

    /// A multicast group or another host to answer to.
    pub fn maddr(&self) -> Option<&'m [u8]> {
        self.value("maddr")
    }

    /// The scope of a multicast, 0 to 255.
    pub fn ttl(&self) -> Option<u8> {
        super::lexical::number(self.value("ttl")?).ok()?.try_into().ok()
    }

    /// A parameter by its name, in any case.
    pub fn param(&self, name: &str) -> Option<Option<&'m [u8]>> {
        params::find(self.params, name)
    }

    fn value(&self, name: &str) -> Option<&'m [u8]> {
        params::find(self.params, name).flatten().filter(|v| !v.is_empty())
    }
}

/// RFC 3261 8.1.1.7; the cookie is compared in any case, as tokens are (7.3.1). The bare cookie is no
/// key (RFC 4475 3.2.1).
pub(crate) fn is_magic(branch: &[u8]) -> bool {
    const COOKIE: u64 = fold(word(MAGIC));
    // one byte more than the cookie has
    let start: Option<&[u8; MAGIC.len() + 1]> = branch.first_chunk();
    start.is_some_and(|start| fold(word(&start[..MAGIC.len()])) == COOKIE)
}

/// A transport, and what follows it.
fn other_transport(rest: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let end = find_any(rest, [b' ', b'\t', b'\r', b'\n']).ok_or(Error::SentBy)?;
    let (transport, rest) = rest.split_at(end);
    match all_token(transport) {
        true => Ok((transport, rest)),
        false => Err(Error::Protocol),
    }
}

/// Name and version as they may be written too, and what follows their second slash.
fn spaced_protocol(value: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let first = slash(value, 0)?;
    let second = slash(value, first + 1)?;
    let name = trim(&value[..first]);
    let version = trim(&value[first + 1..second]);
    if !all_token(name) || !all_token(version) {
        return Err(Error::Protocol);
    }
    Ok((trim(&value[..second]), &value[second + 1..]))
}

fn slash(value: &[u8], from: usize) -> Result<usize, Error> {
    let rest = value.get(from..).ok_or(Error::Protocol)?;
    find(rest, b'/').map(|i| i + from).ok_or(Error::Protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_and_folded() {
        let v = Via::parse(b"SIP/2.0/UDP 192.0.2.1:5070;rport=9;branch=z9hG4bKx;received=192.0.2.9;ttl=3").unwrap();
        assert_eq!(
            (v.protocol, v.transport, v.host, v.port),
            (&b"SIP/2.0"[..], &b"UDP"[..], &b"192.0.2.1"[..], Some(5070))
        );
        assert_eq!(v.magic_branch(), Some(&b"z9hG4bKx"[..]));
        assert_eq!(
            (v.rport(), v.received(), v.ttl()),
            (Some(Some(9)), Some(&b"192.0.2.9"[..]), Some(3))
        );
        let v = Via::parse(b"SIP  /   2.0\r\n /UDP\r\n    192.0.2.2 ;branch=390skdjuw").unwrap();
        assert!(v.is_sip2());
        assert_eq!((v.branch(), v.magic_branch()), (Some(&b"390skdjuw"[..]), None));
        let v = Via::parse(b"SIP/2.0/TCP [2001:db8::1]:5060;rport;branch=z9hG4bK").unwrap();
        assert_eq!(
            (v.host, v.rport(), v.magic_branch()),
            (&b"[2001:db8::1]"[..], Some(None), None)
        );
        assert!(v.check_params().is_ok());
        assert!(!Via::parse(b"SIP/7.0/UDP a").unwrap().is_sip2());
    }

    #[test]
    fn bad_ones() {
        for (text, error) in [
            ("", Error::Protocol),
            (";", Error::Protocol),
            ("SIP/2.0", Error::Protocol),
            ("SIP/2.0/UDP", Error::SentBy),
            ("SIP/2.0/UDP ", Error::SentBy),
            ("SIP/2.0/UDP a:b", Error::SentBy),
            ("SIP//UDP a", Error::Protocol),
            ("SIP/2.0/UDP a b", Error::SentBy),
        ] {
            assert_eq!(Via::parse(text.as_bytes()), Err(error), "{text}");
        }
        assert_eq!(
            Via::parse(b"SIP/2.0/UDP a;;b").unwrap().check_params(),
            Err(Error::Param)
        );
        assert_eq!(
            Via::parse(b"SIP/2.0/UDP a;;").unwrap().check_params(),
            Err(Error::Param)
        );
        assert_eq!(Via::parse(b"SIP/2.0/UDP a;b;").unwrap().check_params(), Ok(()));
    }
}
