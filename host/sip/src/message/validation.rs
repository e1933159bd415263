//! What is wrong with a message that could be indexed. Parsing never refuses what can be answered.
//!
//! [`minimum`] is what has to hold before anything is done with a message. [`checks`] are those a
//! script asks for. Of a reply a fault means: discard it.

pub mod checks;
mod fault;

pub use fault::Fault;

use super::{HeaderId, Message, NameAddr, Uri, Via, lexical, list};

/// The largest Max-Forwards (RFC 3261 20.22).
const MAX_FORWARDS: u32 = 255;

/// What must hold of every message before anything is done with it.
///
/// # Errors
/// The first fault found. A request is answered with its status, as far as it can be; a reply is
/// discarded.
pub fn minimum(msg: &Message) -> Result<(), Fault> {
    start_line(msg)?;
    if msg.flaws().header_line {
        return Err(Fault::HeaderLine);
    }
    if msg.flaws().no_empty_line {
        return Err(Fault::NoEmptyLine);
    }
    checks::required_headers(msg)?;
    single_headers(msg)?;
    checks::content_length(msg)?;
    checks::cseq_value(msg)?;
    top_via(msg)?;
    address(msg, HeaderId::From)?;
    address(msg, HeaderId::To)?;
    if msg.is_request() {
        checks::cseq_method(msg)?;
        match msg.max_forwards() {
            Some(Ok(0..=MAX_FORWARDS)) | None => {}
            Some(_) => return Err(Fault::Malformed(HeaderId::MaxForwards)),
        }
    }
    Ok(())
}

fn start_line(msg: &Message) -> Result<(), Fault> {
    checks::version(msg)?;
    if msg.is_reply() {
        return if (100..700).contains(&msg.status()) {
            Ok(())
        } else {
            Err(Fault::StatusCode)
        };
    }
    if !msg.start_line_exact() {
        return Err(Fault::StartLine);
    }
    let uri = Uri::parse(msg.request_uri()).map_err(|_| Fault::RequestUri)?;
    // RFC 3261 19.1.1, table 1: no header components in a request URI (RFC 4475 3.1.2.11).
    if !uri.headers.is_empty() {
        return Err(Fault::RequestUriHeaders);
    }
    Ok(())
}

/// Fields of which a second one makes the message ambiguous (RFC 4475 3.3.8).
fn single_headers(msg: &Message) -> Result<(), Fault> {
    let single = [
        HeaderId::From,
        HeaderId::To,
        HeaderId::CallId,
        HeaderId::CSeq,
        HeaderId::MaxForwards,
    ];
    match single.into_iter().find(|id| msg.is_repeated(*id)) {
        Some(id) => Err(Fault::Repeated(id)),
        None => Ok(()),
    }
}

/// Every value of the first Via line must be one; the parameters of the top one are looked at.
fn top_via(msg: &Message) -> Result<(), Fault> {
    let fault = Fault::Malformed(HeaderId::Via);
    let header = msg.header(HeaderId::Via).ok_or(Fault::Missing(HeaderId::Via))?;
    let top = msg.via_place().filter(|via| via.params_are_good).ok_or(fault)?;
    let below = header
        .value()
        .get(usize::from(top.end) + 1 - header.value_start() as usize..);
    match below {
        Some(values) if !list::split(values).all(|value| Via::parse(value).is_ok()) => Err(fault),
        _ => Ok(()),
    }
}

/// From or To.
fn address(msg: &Message, id: HeaderId) -> Result<NameAddr<'_>, Fault> {
    msg.header(id).ok_or(Fault::Missing(id))?;
    let address = if id == HeaderId::From { msg.from() } else { msg.to() };
    address.ok_or(Fault::Malformed(id))
}

/// Whether a header value is a number that fits.
fn number(msg: &Message, id: HeaderId) -> Result<(), Fault> {
    match msg.header(id).map(|h| lexical::number(h.value())) {
        Some(Err(_)) => Err(Fault::Malformed(id)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const GOOD: &str = "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n\
        From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n";

    fn verdict(from: &str, to: &str) -> Result<(), Fault> {
        assert!(GOOD.contains(from), "{from}");
        minimum(&Message::parse(Bytes::from(GOOD.replacen(from, to, 1))).unwrap())
    }

    #[test]
    fn a_good_request_passes_and_each_fault_is_named() {
        use HeaderId::*;
        assert_eq!(verdict("", ""), Ok(()));
        for (from, to, fault) in [
            ("SIP/2.0", "SIP/7.0", Fault::Version),
            ("OPTIONS ", "OPTIONS  ", Fault::StartLine),
            ("SIP/2.0\r\n", "SIP/2.0 \r\n", Fault::StartLine),
            ("sip:b@h ", "<sip:b@h> ", Fault::RequestUri),
            ("sip:b@h ", "sip:b@h?Route=x ", Fault::RequestUriHeaders),
            ("Call-ID: x", "Call-ID x", Fault::HeaderLine),
            ("\r\n\r\n", "\r\n", Fault::NoEmptyLine),
            ("From:", "X:", Fault::Missing(From)),
            ("Call-ID: x", "Call-ID: ", Fault::Malformed(CallId)),
            ("To:", "f: <sip:z>\r\nTo:", Fault::Repeated(From)),
            (
                "Content-Length: 0",
                "Content-Length: 0\r\nl: 1",
                Fault::Malformed(ContentLength),
            ),
            ("Content-Length: 0", "Content-Length: 9", Fault::ShortBody),
            ("CSeq: 7", "CSeq: 36893488147419103232", Fault::Malformed(CSeq)),
            ("7 OPTIONS", "7 INVITE", Fault::CSeqMethod),
            ("UDP h;", "UDP h;;,", Fault::Malformed(Via)),
            ("To: <sip:b@h>", "To: \"x <sip:b@h>", Fault::Malformed(To)),
            ("70", "256", Fault::Malformed(MaxForwards)),
        ] {
            assert_eq!(verdict(from, to), Err(fault), "{to}");
            assert!(matches!(fault.status(), 400 | 505) && !fault.reason().is_empty());
        }
    }

    #[test]
    fn replies() {
        let reply = |status: &str| {
            let text = GOOD.replacen("OPTIONS sip:b@h SIP/2.0", &format!("SIP/2.0 {status}"), 1);
            minimum(&Message::parse(Bytes::from(text)).unwrap())
        };
        assert_eq!(reply("200 OK"), Ok(()));
        assert_eq!(reply("100 "), Ok(()));
        assert_eq!(reply("180"), Ok(()));
        for bad in ["4294967301 x", "20 x", "099 x", "700 x"] {
            assert_eq!(reply(bad), Err(Fault::StatusCode), "{bad}");
        }
    }
}
