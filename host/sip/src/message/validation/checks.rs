//! One check for each bit of `KSR.sanity.sanity_check`. None of them relies on another.

use super::{Fault, address, number, top_via};
use crate::Protocol;
use crate::message::{HeaderId, Message, NameAddr, Uri, Via, auth, lexical, list, params};

/// Bit 1: the version is SIP/2.0.
pub fn version(msg: &Message) -> Result<(), Fault> {
    if msg.version().eq_ignore_ascii_case(b"SIP/2.0") {
        Ok(())
    } else {
        Err(Fault::Version)
    }
}

/// Bit 2: the request URI's scheme is sip, sips or tel. A URI that cannot be read is a fault of
/// another kind.
pub fn scheme(msg: &Message) -> Result<(), Fault> {
    if msg.is_reply() {
        return Ok(());
    }
    let uri = Uri::parse(msg.request_uri()).map_err(|_| Fault::RequestUri)?;
    if uri.is_sip() || uri.is_tel() {
        Ok(())
    } else {
        Err(Fault::Scheme)
    }
}

/// Bit 4: To, From, CSeq, Call-ID and Via are there (RFC 3261 8.1.1; Max-Forwards may be missing, as
/// in RFC 2543).
pub fn required_headers(msg: &Message) -> Result<(), Fault> {
    let required = [
        HeaderId::Via,
        HeaderId::From,
        HeaderId::To,
        HeaderId::CallId,
        HeaderId::CSeq,
    ];
    if let Some(id) = required.into_iter().find(|id| msg.header(*id).is_none()) {
        return Err(Fault::Missing(id));
    }
    if msg.call_id().is_none() {
        return Err(Fault::Malformed(HeaderId::CallId));
    }
    Ok(())
}

/// Bit 8: every Via that can be read says SIP/2.0.
pub fn via_version(msg: &Message) -> Result<(), Fault> {
    if msg.vias().all(|via| via.is_sip2()) {
        Ok(())
    } else {
        Err(Fault::ViaVersion)
    }
}

/// Bit 16: the top Via names a transport that is known here. Those below may name any.
pub fn via_transport(msg: &Message) -> Result<(), Fault> {
    match msg.via() {
        Some(via) if Protocol::parse(via.transport).is_none() && !via.transport.eq_ignore_ascii_case(b"SCTP") => {
            Err(Fault::ViaTransport)
        }
        _ => Ok(()),
    }
}

/// Bit 32: the CSeq's method is the request's.
pub fn cseq_method(msg: &Message) -> Result<(), Fault> {
    match msg.cseq() {
        Some(cseq) if msg.is_request() && cseq.method != msg.method_name() => Err(Fault::CSeqMethod),
        _ => Ok(()),
    }
}

/// Bit 64: the CSeq is a number below 2^32 and a method.
pub fn cseq_value(msg: &Message) -> Result<(), Fault> {
    match (msg.header(HeaderId::CSeq), msg.cseq()) {
        (Some(_), None) => Err(Fault::Malformed(HeaderId::CSeq)),
        _ => Ok(()),
    }
}

/// Bit 128: Content-Length is one number, and as many bytes are there. On a datagram what is too much
/// was dropped by parsing.
pub fn content_length(msg: &Message) -> Result<(), Fault> {
    match msg.content_length() {
        None => Ok(()),
        Some(Err(_)) => Err(Fault::Malformed(HeaderId::ContentLength)),
        Some(Ok(n)) if n > msg.body().len() => Err(Fault::ShortBody),
        Some(Ok(n)) if n < msg.body().len() => Err(Fault::LongBody),
        Some(Ok(_)) => Ok(()),
    }
}

/// Bit 256: Expires is a number below 2^32.
pub fn expires(msg: &Message) -> Result<(), Fault> {
    number(msg, HeaderId::Expires)
}

/// Bit 512: Proxy-Require asks for nothing but `supported` (option tags, in any case).
pub fn proxy_require(msg: &Message, supported: &[&str]) -> Result<(), Fault> {
    if unsupported(msg, supported).next().is_some() {
        Err(Fault::Extension)
    } else {
        Ok(())
    }
}

/// The option tags of Proxy-Require that are not among `supported`: what the Unsupported of a 420 lists
/// (RFC 3261 16.3, step 5).
pub fn unsupported<'m>(msg: &'m Message, supported: &'m [&str]) -> impl Iterator<Item = &'m [u8]> {
    msg.headers_of(HeaderId::ProxyRequire)
        .flat_map(|h| list::split(h.value()))
        .filter(|tag| !tag.is_empty())
        .filter(move |tag| !supported.iter().any(|s| tag.eq_ignore_ascii_case(s.as_bytes())))
}

/// Bits of the URI mask of [`uris`].
pub mod uri_bits {
    /// The request URI.
    pub const REQUEST: u32 = 1;
    /// From.
    pub const FROM: u32 = 2;
    /// To.
    pub const TO: u32 = 4;
    /// Every Contact.
    pub const CONTACT: u32 = 8;
}

/// Bit 1024: the URIs that `which` names ([`uri_bits`]) can be read. A Contact may be missing.
pub fn uris(msg: &Message, which: u32) -> Result<(), Fault> {
    if which & uri_bits::REQUEST != 0 && msg.is_request() {
        Uri::parse(msg.request_uri()).map_err(|_| Fault::RequestUri)?;
    }
    for (bit, id) in [(uri_bits::FROM, HeaderId::From), (uri_bits::TO, HeaderId::To)] {
        if which & bit != 0 {
            address(msg, id)?.parsed_uri().map_err(|_| Fault::Uri(id))?;
        }
    }
    if which & uri_bits::CONTACT != 0 {
        contacts(msg)?;
    }
    Ok(())
}

fn contacts(msg: &Message) -> Result<(), Fault> {
    for contact in msg.contacts() {
        let contact = contact.map_err(|_| Fault::Malformed(HeaderId::Contact))?;
        if !contact.is_star() {
            contact.parsed_uri().map_err(|_| Fault::Uri(HeaderId::Contact))?;
        }
    }
    Ok(())
}

/// Bit 2048: every Authorization and Proxy-Authorization of the Digest scheme can be read. Other
/// schemes are nobody's fault (RFC 4475 3.3.7).
pub fn digest(msg: &Message) -> Result<(), Fault> {
    credentials(msg, HeaderId::ProxyAuthorization)?;
    credentials(msg, HeaderId::Authorization)
}

/// Bit 8192: every Authorization of the Digest scheme can be read.
pub fn authorization(msg: &Message) -> Result<(), Fault> {
    credentials(msg, HeaderId::Authorization)
}

fn credentials(msg: &Message, id: HeaderId) -> Result<(), Fault> {
    let bad = msg
        .headers_of(id)
        .any(|h| auth::parse(h.value()) == Err(auth::Error::Malformed));
    if bad { Err(Fault::Malformed(id)) } else { Ok(()) }
}

/// Bit 4096: From and To have one tag at most.
pub fn duplicate_tags(msg: &Message) -> Result<(), Fault> {
    for (id, addr) in [(HeaderId::From, msg.from()), (HeaderId::To, msg.to())] {
        let tags = |a: NameAddr<'_>| {
            params::iter(a.params)
                .filter(|(n, _)| n.eq_ignore_ascii_case(b"tag"))
                .count()
        };
        if addr.map_or(0, tags) > 1 {
            return Err(Fault::DuplicateTag(id));
        }
    }
    Ok(())
}

/// Bit 16384: the first Via line is well formed, parameters included.
pub fn via1(msg: &Message) -> Result<(), Fault> {
    top_via(msg)
}

/// Bit 32768: what RFC 3261 asks of every message, and every Via.
pub fn rfc3261(msg: &Message) -> Result<(), Fault> {
    super::minimum(msg)?;
    let readable = |value: &[u8]| Via::parse(value).is_ok();
    if msg
        .headers_of(HeaderId::Via)
        .flat_map(|h| list::split(h.value()))
        .all(readable)
    {
        Ok(())
    } else {
        Err(Fault::Malformed(HeaderId::Via))
    }
}

/// The longest method, Call-ID and tag that [`sizes`] lets pass, in bytes.
const MAX_TOKEN: usize = 256;
/// The longest URI that [`sizes`] lets pass, in bytes.
const MAX_URI: usize = 2048;

/// Bit 65536: method, Call-ID and tags have at most 256 bytes, the URIs of request, From and To 2,048.
pub fn sizes(msg: &Message) -> Result<(), Fault> {
    let addresses = [msg.from(), msg.to()].into_iter().flatten();
    let long_address = addresses
        .into_iter()
        .any(|a| a.uri.len() > MAX_URI || a.tag().is_some_and(|tag| lexical::trim(tag).len() > MAX_TOKEN));
    let long = msg.method_name().len() > MAX_TOKEN
        || msg.call_id().is_some_and(|id| id.len() > MAX_TOKEN)
        || msg.request_uri().len() > MAX_URI;
    if long || long_address { Err(Fault::Size) } else { Ok(()) }
}

/// Runs the checks of a mask, lowest bit first: `checks` as `KSR.sanity.sanity_check` takes it, `uri_mask`
/// as [`uris`] does. Bits without a meaning are ignored.
pub fn run(msg: &Message, checks: u32, uri_mask: u32, supported: &[&str]) -> Result<(), Fault> {
    for bit in (0..17).map(|n| 1u32 << n).filter(|bit| checks & bit != 0) {
        match bit {
            1 => version(msg),
            2 => scheme(msg),
            4 => required_headers(msg),
            8 => via_version(msg),
            16 => via_transport(msg),
            32 => cseq_method(msg),
            64 => cseq_value(msg),
            128 => content_length(msg),
            256 => expires(msg),
            512 => proxy_require(msg, supported),
            1024 => uris(msg, uri_mask),
            2048 => digest(msg),
            4096 => duplicate_tags(msg),
            8192 => authorization(msg),
            16384 => via1(msg),
            32768 => rfc3261(msg),
            _ => sizes(msg),
        }?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn msg(lines: &str) -> Message {
        Message::parse(Bytes::from(format!("REGISTER tel:1 SIP/2.0\r\n{lines}\r\n\r\n"))).unwrap()
    }

    #[test]
    fn each_bit_finds_its_fault() {
        for (bit, lines, fault) in [
            (4, "X: 1", Fault::Missing(HeaderId::Via)),
            (8, "Via: SIP/3.0/UDP h", Fault::ViaVersion),
            (16, "Via: SIP/2.0/XYZ h", Fault::ViaTransport),
            (32, "CSeq: 1 INVITE", Fault::CSeqMethod),
            (64, "CSeq: x REGISTER", Fault::Malformed(HeaderId::CSeq)),
            (128, "l: 7", Fault::ShortBody),
            (256, "Expires: 10000000000", Fault::Malformed(HeaderId::Expires)),
            (512, "Proxy-Require: foo", Fault::Extension),
            (1024, "Contact: sip:a@b?Route=c", Fault::Malformed(HeaderId::Contact)),
            (
                2048,
                "Authorization: Digest x",
                Fault::Malformed(HeaderId::Authorization),
            ),
            (4096, "f: <sip:a>;tag=1;tag=2", Fault::DuplicateTag(HeaderId::From)),
            (
                8192,
                "Authorization: Digest x",
                Fault::Malformed(HeaderId::Authorization),
            ),
            (16384, "Via: SIP/2.0/UDP h;;x", Fault::Malformed(HeaderId::Via)),
            (32768, "X: 1", Fault::Missing(HeaderId::Via)),
        ] {
            assert_eq!(run(&msg(lines), bit, 8, &[]), Err(fault), "{bit}");
        }
        assert_eq!(
            run(&msg(&format!("i: {}", "x".repeat(300))), 65536, 0, &[]),
            Err(Fault::Size)
        );
        assert_eq!(run(&msg("X: 1"), 0x7ffe_0003, 0, &[]), Ok(()));
    }

    #[test]
    fn unknown_extensions_are_listed() {
        let msg = msg("Proxy-Require: path, foo\r\nproxy-require: Bar");
        assert_eq!(unsupported(&msg, &["Path"]).collect::<Vec<_>>(), [&b"foo"[..], b"Bar"]);
        assert_eq!(proxy_require(&msg, &["path", "foo", "bar"]), Ok(()));
    }

    #[test]
    fn other_schemes_are_416() {
        let text = "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0\r\nX: 1\r\n\r\n";
        let fault = scheme(&Message::parse(Bytes::from(text)).unwrap()).unwrap_err();
        assert_eq!((fault, fault.status()), (Fault::Scheme, 416));
    }
}
