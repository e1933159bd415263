//! The views of a message, read byte by byte.

use kemist_sip::message::{NumberError, name_addr, uri, via};
use kemist_sip::{HeaderId, NameAddr, Uri, Via};

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)
}

fn all_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| is_token(*b))
}

fn is_lws(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|b| !is_lws(*b)).unwrap_or(text.len());
    &text[start..]
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|b| !is_lws(*b)).map_or(0, |last| last + 1);
    &text[..end]
}

fn cut(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let i = text.iter().position(|b| *b == at)?;
    Some((&text[..i], &text[i + 1..]))
}

fn quoted_end(text: &[u8], open: usize) -> Option<usize> {
    let mut i = open + 1;
    loop {
        match text.get(i)? {
            b'"' => return Some(i + 1),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
}

pub fn number(text: &[u8]) -> Result<u32, NumberError> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(NumberError::Malformed);
    }
    let digits = text.iter().map(|digit| u32::from(digit - b'0'));
    let number = digits
        .into_iter()
        .try_fold(0u32, |n, digit| n.checked_mul(10)?.checked_add(digit));
    number.ok_or(NumberError::TooLarge)
}

fn host_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let end = match text.first() {
        Some(b'[') => text.iter().position(|b| *b == b']')? + 1,
        _ => text.iter().position(|b| *b == b':').unwrap_or(text.len()),
    };
    let host = trim(&text[..end]);
    let is_host = match host {
        [b'[', inner @ .., b']'] => {
            let text = std::str::from_utf8(inner).ok()?;
            text.parse::<std::net::Ipv6Addr>().is_ok()
        }
        _ => !host.is_empty() && host.iter().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(b)),
    };
    match trim_start(&text[end..]) {
        _ if !is_host => None,
        [] => Some((host, None)),
        [b':', digits @ ..] => {
            let port = number(trim(digits)).ok()?;
            Some((host, Some(u16::try_from(port).ok()?)))
        }
        _ => None,
    }
}

fn elements(params: &[u8]) -> Vec<&[u8]> {
    let (mut found, mut from, mut i) = (Vec::new(), 0, 0);
    while i < params.len() {
        match params[i] {
            b'"' => i = quoted_end(params, i).unwrap_or(params.len()),
            b';' => {
                found.push(trim(&params[from..i]));
                i += 1;
                from = i;
            }
            _ => i += 1,
        }
    }
    // what an escape leads beyond the end is in no element
    if !params.is_empty() {
        found.push(trim(params.get(from..).unwrap_or_default()));
    }
    found
}

fn unquote(text: &[u8]) -> &[u8] {
    match text {
        [b'"', inner @ .., b'"'] => inner,
        _ => text,
    }
}

pub fn params(params: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    let elements = elements(params).into_iter().filter(|element| !element.is_empty());
    elements.map(|element| match cut(element, b'=') {
        Some((name, value)) => (trim(name), Some(unquote(trim(value)))),
        None => (element, None),
    })
}

pub fn find<'p>(list: &'p [u8], name: &str) -> Option<Option<&'p [u8]>> {
    let found = params(list).find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
    found.map(|(_, value)| value)
}

pub fn check_params(params: &[u8]) -> Result<(), via::Error> {
    let elements = elements(params);
    let last = elements.len().saturating_sub(1);
    let bad = |(i, element): (usize, &&[u8])| element.is_empty() && i < last || element.first() == Some(&b'=');
    match elements.iter().enumerate().any(bad) {
        true => Err(via::Error::Param),
        false => Ok(()),
    }
}

pub fn split(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut found, mut from, mut i, mut bracket) = (Vec::new(), 0, 0, false);
    while let Some(b) = value.get(i) {
        match b {
            b'"' if !bracket => {
                i = quoted_end(value, i).unwrap_or(value.len());
                continue;
            }
            b'<' => bracket = true,
            b'>' => bracket = false,
            b',' if !bracket => {
                found.push(trim(&value[from..i]));
                from = i + 1;
            }
            _ => {}
        }
        i += 1;
    }
    found.push(trim(&value[from..]));
    found.into_iter()
}

pub fn uri(text: &[u8]) -> Result<Uri<'_>, uri::Error> {
    if text.is_empty() {
        return Err(uri::Error::Empty);
    }
    if text
        .iter()
        .any(|b| *b <= b' ' || matches!(b, 0x7f | b'<' | b'>' | b'"'))
    {
        return Err(uri::Error::Character);
    }
    let (scheme, rest) = cut(text, b':').ok_or(uri::Error::Scheme)?;
    let letters = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
    if !scheme.first().is_some_and(u8::is_ascii_alphabetic) || !scheme.iter().all(letters) {
        return Err(uri::Error::Scheme);
    }
    let is = |name: &str| scheme.eq_ignore_ascii_case(name.as_bytes());
    let mut uri = Uri {
        scheme,
        user: None,
        password: None,
        host: rest,
        port: None,
        params: &[],
        headers: &[],
    };
    if is("tel") {
        let (number, params) = cut(rest, b';').unwrap_or((rest, &[]));
        (uri.user, uri.host, uri.params) = (Some(number), &[], params);
        return if number.is_empty() {
            Err(uri::Error::User)
        } else {
            Ok(uri)
        };
    }
    if !is("sip") && !is("sips") {
        return if rest.is_empty() {
            Err(uri::Error::Host)
        } else {
            Ok(uri)
        };
    }
    let mut address = rest;
    if let Some((info, after)) = cut(rest, b'@') {
        let (user, password) = match cut(info, b':') {
            Some((user, password)) => (user, Some(password)),
            None => (info, None),
        };
        if user.is_empty() {
            return Err(uri::Error::User);
        }
        (uri.user, uri.password, address) = (Some(user), password, after);
    }
    (address, uri.headers) = cut(address, b'?').unwrap_or((address, &[]));
    (address, uri.params) = cut(address, b';').unwrap_or((address, &[]));
    if uri.params.contains(&b'@') || uri.headers.contains(&b'@') {
        return Err(uri::Error::Host);
    }
    (uri.host, uri.port) = host_port(address).ok_or(uri::Error::Host)?;
    Ok(uri)
}

pub fn via(value: &[u8]) -> Result<Via<'_>, via::Error> {
    let value = trim(value);
    let slash = |from: usize| {
        let found = value.get(from..).and_then(|rest| rest.iter().position(|b| *b == b'/'));
        found.map(|at| from + at).ok_or(via::Error::Protocol)
    };
    let first = slash(0)?;
    let second = slash(first + 1)?;
    if !all_token(trim(&value[..first])) || !all_token(trim(&value[first + 1..second])) {
        return Err(via::Error::Protocol);
    }
    let rest = trim_start(&value[second + 1..]);
    let end = rest.iter().position(|b| is_lws(*b)).ok_or(via::Error::SentBy)?;
    let (transport, rest) = rest.split_at(end);
    if !all_token(transport) {
        return Err(via::Error::Protocol);
    }
    let (sent_by, params) = cut(rest, b';').unwrap_or((rest, &[]));
    let (host, port) = host_port(trim(sent_by)).ok_or(via::Error::SentBy)?;
    Ok(Via {
        protocol: trim(&value[..second]),
        transport,
        host,
        port,
        params: trim(params),
    })
}

pub fn name_addr(value: &[u8]) -> Result<NameAddr<'_>, name_addr::Error> {
    use name_addr::Error;
    let mut i = 0;
    let open = loop {
        match value.get(i) {
            Some(b'<') => break Some(i),
            Some(b'"') => i = quoted_end(value, i).ok_or(Error::Quote)?,
            None | Some(b';') => break None,
            Some(_) => i += 1,
        }
    };
    let Some(open) = open else { return addr_spec(value) };
    let (inner, after) = cut(&value[open + 1..], b'>').ok_or(Error::Bracket)?;
    if trim(inner).is_empty() {
        return Err(Error::Empty);
    }
    let params = match trim(after) {
        [] => &[][..],
        [b';', params @ ..] => params,
        _ => return Err(Error::Trailing),
    };
    Ok(NameAddr {
        display: trim(&value[..open]),
        uri: trim(inner),
        params,
        uri_offset: open + 1 + inner.len() - trim_start(inner).len(),
        bracketed: true,
    })
}

fn addr_spec(value: &[u8]) -> Result<NameAddr<'_>, name_addr::Error> {
    use name_addr::Error;
    let (address, params) = cut(value, b';').unwrap_or((value, &[]));
    let uri = trim(address);
    if uri.is_empty() {
        return Err(Error::Empty);
    }
    if uri.contains(&b'"') {
        return Err(Error::Quote);
    }
    if uri.iter().any(|b| is_lws(*b) || matches!(b, b'?' | b',')) {
        return Err(Error::Bare);
    }
    Ok(NameAddr {
        display: &[],
        uri,
        params: trim(params),
        uri_offset: value.len() - trim_start(value).len(),
        bracketed: false,
    })
}

/// Digits and method.
pub fn cseq(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = value.iter().position(|b| is_lws(*b))?;
    let method = trim_start(&value[space..]);
    all_token(method).then_some((&value[..space], method))
}

/// Version or method, status or URI, reason or version; whether it is a reply, and written exactly.
type StartLine<'m> = (&'m [u8], &'m [u8], &'m [u8], bool, bool);

pub fn start_line(line: &[u8]) -> Option<StartLine<'_>> {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t' | b'\r');
    let is_version = |text: &[u8]| {
        let digits = |b: &u8| b.is_ascii_digit() || *b == b'.';
        text.len() > 4 && text[..4].eq_ignore_ascii_case(b"SIP/") && text[4..].iter().all(digits)
    };
    let first = line.iter().position(is_space)?;
    let start = first + line[first..].iter().position(|b| !is_space(b))?;
    if is_version(&line[..first]) {
        let end = start + line[start..].iter().position(is_space).unwrap_or(line.len() - start);
        let exact = start == first + 1 && line[first] == b' ';
        let reason = line.get(end + 1..).unwrap_or_default();
        let digits = &line[start..end];
        let good = digits.iter().all(u8::is_ascii_digit);
        return good.then_some((&line[..first], digits, reason, true, exact));
    }
    let end = line.iter().rposition(|b| !is_space(b))? + 1;
    let version = line[..end].iter().rposition(is_space)? + 1;
    let uri_end = line[..version].iter().rposition(|b| !is_space(b))? + 1;
    if version <= first || uri_end <= first || !is_version(&line[version..end]) || !all_token(&line[..first]) {
        return None;
    }
    let uri = &line[start..uri_end];
    let parts = [&line[..first], uri, &line[version..end]];
    let exact = line == parts.join(&b' ') && !uri.iter().any(is_space);
    Some((parts[0], uri, parts[2], false, exact))
}

/// One header line.
pub struct Line<'m> {
    pub name: &'m [u8],
    pub value: &'m [u8],
    pub well_formed: bool,
    /// After it.
    pub end: usize,
}

pub fn line(buf: &[u8], at: usize) -> Line<'_> {
    let mut end = at;
    while end < buf.len() {
        end += 1;
        if buf[end - 1] == b'\n' && !matches!(buf.get(end), Some(b' ' | b'\t')) {
            break;
        }
    }
    let line = &buf[at..end];
    let token = line.iter().position(|b| !is_token(*b)).unwrap_or(line.len());
    let blanks = line[token..].iter().position(|b| !matches!(b, b' ' | b'\t'));
    match line[token..].get(blanks.unwrap_or_default()..) {
        Some([b':', value @ ..]) if token > 0 => Line {
            name: &line[..token],
            value: trim(value),
            well_formed: true,
            end,
        },
        _ => {
            let text = trim_end(line);
            Line {
                name: cut(text, b':').map_or(text, |(name, _)| name),
                value: &[],
                well_formed: false,
                end,
            }
        }
    }
}

/// Which field a name means.
pub fn id(name: &[u8]) -> HeaderId {
    let known = NAMES
        .iter()
        .find(|(_, known)| known.as_bytes().eq_ignore_ascii_case(name));
    known.map_or(HeaderId::Other, |(id, _)| *id)
}

/// Long and compact names.
pub const NAMES: &[(HeaderId, &str)] = {
    use HeaderId::*;
    &[
        (Via, "Via"),
        (Via, "v"),
        (From, "From"),
        (From, "f"),
        (To, "To"),
        (To, "t"),
        (CallId, "Call-ID"),
        (CallId, "i"),
        (CSeq, "CSeq"),
        (Contact, "Contact"),
        (Contact, "m"),
        (MaxForwards, "Max-Forwards"),
        (Route, "Route"),
        (RecordRoute, "Record-Route"),
        (ContentLength, "Content-Length"),
        (ContentLength, "l"),
        (ContentType, "Content-Type"),
        (ContentType, "c"),
        (Expires, "Expires"),
        (Authorization, "Authorization"),
        (ProxyAuthorization, "Proxy-Authorization"),
        (WwwAuthenticate, "WWW-Authenticate"),
        (ProxyAuthenticate, "Proxy-Authenticate"),
        (UserAgent, "User-Agent"),
        (Server, "Server"),
        (Require, "Require"),
        (ProxyRequire, "Proxy-Require"),
        (Supported, "Supported"),
        (Supported, "k"),
        (Unsupported, "Unsupported"),
        (Allow, "Allow"),
        (Accept, "Accept"),
        (Event, "Event"),
        (Event, "o"),
        (SubscriptionState, "Subscription-State"),
        (ReferTo, "Refer-To"),
        (ReferTo, "r"),
        (Path, "Path"),
        (PAssertedIdentity, "P-Asserted-Identity"),
        (PPreferredIdentity, "P-Preferred-Identity"),
        (RemotePartyId, "Remote-Party-ID"),
        (Diversion, "Diversion"),
        (Privacy, "Privacy"),
        (Date, "Date"),
        (MinExpires, "Min-Expires"),
        (Reason, "Reason"),
        (RetryAfter, "Retry-After"),
    ]
};
