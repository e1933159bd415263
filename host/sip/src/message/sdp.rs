//! Session descriptions (RFC 8866), line by line: enough to find and to rewrite addresses and ports.
//! Offsets count from the start of the body.

use super::lexical;
use std::net::IpAddr;

/// One line `x=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdpLine<'b> {
    /// The letter before the `=`.
    pub kind: u8,
    /// What is after the `=`, without the line end.
    pub value: &'b [u8],
    /// Where the line begins.
    pub start: usize,
    /// After its line end.
    pub end: usize,
}

/// The address of a `c=` or an `o=` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'b> {
    /// `IP4` or `IP6`, as written.
    pub family: &'b [u8],
    /// The address or the host name, without `/ttl`.
    pub host: &'b [u8],
    /// Where the host begins.
    pub offset: usize,
    /// The line it is on: `c` or `o`.
    pub line: u8,
    /// Which media description it belongs to, from 0; `None` for the session's own.
    pub media: Option<usize>,
}

impl Address<'_> {
    /// The address where it is a literal.
    pub fn ip(&self) -> Option<IpAddr> {
        std::str::from_utf8(self.host).ok()?.parse().ok()
    }
}

/// An `m=` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media<'b> {
    /// `audio`, `video`, ...
    pub kind: &'b [u8],
    /// 0 where the medium is refused.
    pub port: u16,
    /// Where the port's digits begin.
    pub port_offset: usize,
    /// How many digits it has.
    pub port_len: usize,
    /// `RTP/AVP`, ...
    pub protocol: &'b [u8],
    /// What follows.
    pub formats: &'b [u8],
}

/// The lines of a description. A line that is no `x=value` is left out.
pub fn lines(body: &[u8]) -> impl Iterator<Item = SdpLine<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = body.get(at..).filter(|r| !r.is_empty())?;
            let start = at;
            let end = start + memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
            at = end;
            if let [kind, b'=', value @ ..] = &body[start..end]
                && kind.is_ascii_alphabetic()
            {
                return Some(SdpLine {
                    kind: *kind,
                    value: lexical::trim_end(value),
                    start,
                    end,
                });
            }
        }
    })
}

/// Every address of the `c=` and `o=` lines, in order.
pub fn addresses(body: &[u8]) -> impl Iterator<Item = Address<'_>> {
    let mut media = None;
    lines(body).filter_map(move |line| {
        if line.kind == b'm' {
            media = Some(media.map_or(0, |n| n + 1));
        }
        let skip = match line.kind {
            b'c' => 1,
            b'o' => 4,
            _ => return None,
        };
        let mut words = words(line.value).skip(skip);
        let (_, family) = words.next()?;
        let (at, host) = words.next()?;
        let host = &host[..host.iter().position(|b| *b == b'/').unwrap_or(host.len())];
        Some(Address {
            family,
            host,
            offset: line.start + 2 + at,
            line: line.kind,
            media,
        })
    })
}

/// The session's own `c=` address, else the one of the first media description that has one.
pub fn connection(body: &[u8]) -> Option<Address<'_>> {
    addresses(body).find(|a| a.line == b'c')
}

/// The address of the `o=` line.
pub fn origin(body: &[u8]) -> Option<Address<'_>> {
    addresses(body).find(|a| a.line == b'o')
}

/// The media descriptions, in order; an `m=` line that cannot be read is left out.
pub fn media(body: &[u8]) -> impl Iterator<Item = Media<'_>> {
    lines(body).filter(|l| l.kind == b'm').filter_map(|line| {
        let mut words = words(line.value);
        let (_, kind) = words.next()?;
        let (at, port) = words.next()?;
        let digits = port.iter().position(|b| !b.is_ascii_digit()).unwrap_or(port.len());
        let (_, protocol) = words.next()?;
        let formats = words.next().map_or(&[][..], |(at, _)| &line.value[at..]);
        Some(Media {
            kind,
            port: lexical::port(&port[..digits])?,
            port_offset: line.start + 2 + at,
            port_len: digits,
            protocol,
            formats,
        })
    })
}

/// The words of a line with their offsets.
fn words(value: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    value.split(|b| *b == b' ').filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"v=0\r\no=m 29739 7272939 IN IP4 192.0.2.15\r\ns=-\r\nc=IN IP4 192.0.2.16/127\r\nt=0 0\r\n\
        m=audio 49217/2 RTP/AVP 0 12\r\nm=video 0 RTP/AVP 31\nc=IN IP6 2001:db8::1\nnonsense";

    #[test]
    fn addresses_with_offsets() {
        let all: Vec<_> = addresses(BODY).collect();
        assert_eq!(all.len(), 3);
        for a in &all {
            assert_eq!(&BODY[a.offset..][..a.host.len()], a.host);
            assert!(a.ip().is_some());
        }
        assert_eq!(origin(BODY).unwrap().host, b"192.0.2.15");
        assert_eq!(connection(BODY).unwrap().host, b"192.0.2.16");
        assert_eq!((all[2].media, all[2].family), (Some(1), &b"IP6"[..]));
    }

    #[test]
    fn media_ports() {
        let all: Vec<_> = media(BODY).collect();
        assert_eq!((all[0].port, all[0].formats, all[1].port), (49217, &b"0 12"[..], 0));
        assert_eq!(&BODY[all[0].port_offset..][..all[0].port_len], b"49217");
    }

    #[test]
    fn noise_gives_nothing() {
        for body in [
            &b""[..],
            b"c=",
            b"c=IN",
            b"c=IN IP4",
            b"m=audio",
            b"m=audio x y",
            b"m=audio 70000 RTP/AVP",
            b"=\n=\n",
            b"o=a b c d\n",
        ] {
            assert_eq!(addresses(body).count() + media(body).count(), 0);
        }
    }
}
