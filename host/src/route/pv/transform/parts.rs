//! The classes `line`, `urialias`, `msrpuri`, `sock`, `url` and `json`: parts of structured texts.

use super::super::Read;
use super::Transform;
use crate::route::Route;
use crate::route::pv::network::{protocol_id, protocol_of_id};
use crate::route::pv::read::place;
use kemist_sip::Protocol;
use kemist_sip::message::uri::Uri;
use serde_json::Value as Json;

/// A part of a structured text; missing ones are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    LineAt,
    LineStarting,
    LineCount,
    /// `sip:host:port;transport=x` to `host~port~number`.
    AliasEncode,
    AliasDecode,
    Msrp(MsrpPart),
    Socket(SocketPart),
    UrlPath,
    UrlQuery,
    /// `{json.parse,path}`, with dots in the path.
    Json,
    /// `{json.parsex,path}`: the path's first character separates.
    JsonSeparated,
    /// A text for a key of a message queue.
    JsonEncode,
}

/// Parts of `msrp://user@host:port/session;tcp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MsrpPart {
    User,
    UserInfo,
    Host,
    Port,
    Session,
    Proto,
    Scheme,
    Params,
}

/// Parts of `proto:host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketPart {
    Host,
    Port,
    Proto,
    Uri,
}

impl Op {
    /// The operation and how many arguments it needs.
    pub fn parse(name: &[u8]) -> Option<(Op, usize)> {
        Some(match name {
            b"line.at" => (Op::LineAt, 1),
            b"line.sw" => (Op::LineStarting, 1),
            b"line.count" => (Op::LineCount, 0),
            b"urialias.encode" => (Op::AliasEncode, 0),
            b"urialias.decode" => (Op::AliasDecode, 0),
            b"msrpuri.user" => (Op::Msrp(MsrpPart::User), 0),
            b"msrpuri.userinfo" => (Op::Msrp(MsrpPart::UserInfo), 0),
            b"msrpuri.host" => (Op::Msrp(MsrpPart::Host), 0),
            b"msrpuri.port" => (Op::Msrp(MsrpPart::Port), 0),
            b"msrpuri.session" => (Op::Msrp(MsrpPart::Session), 0),
            b"msrpuri.proto" => (Op::Msrp(MsrpPart::Proto), 0),
            b"msrpuri.scheme" => (Op::Msrp(MsrpPart::Scheme), 0),
            b"msrpuri.params" => (Op::Msrp(MsrpPart::Params), 0),
            b"sock.host" => (Op::Socket(SocketPart::Host), 0),
            b"sock.port" => (Op::Socket(SocketPart::Port), 0),
            b"sock.proto" => (Op::Socket(SocketPart::Proto), 0),
            b"sock.touri" => (Op::Socket(SocketPart::Uri), 0),
            b"url.path" => (Op::UrlPath, 0),
            b"url.querystring" => (Op::UrlQuery, 0),
            b"json.parse" => (Op::Json, 1),
            b"json.parsex" => (Op::JsonSeparated, 1),
            b"json.encode" => (Op::JsonEncode, 0),
            _ => return None,
        })
    }

    /// Applies it; null for the empty text and for what is not of the class.
    pub fn apply(self, transform: &Transform, route: &Route, text: &[u8]) -> Read<'static> {
        if text.is_empty() {
            return Read::Null;
        }
        let part = match self {
            Op::LineAt => Some(line_at(text, transform.number(route, 0))),
            Op::LineStarting => {
                let start = transform.text(route, 0);
                Some(
                    lines(text)
                        .find(|line| line.starts_with(&start))
                        .unwrap_or_default()
                        .to_vec(),
                )
            }
            Op::LineCount => return Read::length(lines(text).count()),
            Op::AliasEncode => Some(alias_of(text).unwrap_or_default()),
            Op::AliasDecode => Some(uri_of_alias(text).unwrap_or_default()),
            Op::Msrp(part) => msrp(text, part).map(<[u8]>::to_vec),
            Op::Socket(part) => socket(text, part),
            Op::UrlPath => text.split(|b| *b == b'?').next().map(<[u8]>::to_vec),
            Op::UrlQuery => Some(
                memchr::memchr(b'?', text)
                    .map_or(&b""[..], |at| &text[at + 1..])
                    .to_vec(),
            ),
            Op::Json => json(text, &transform.text(route, 0), b'.'),
            Op::JsonSeparated => match transform.text(route, 0).split_first() {
                Some((separator, path)) => json(text, path, *separator),
                None => None,
            },
            Op::JsonEncode => Some(queue_key(text)),
        };
        part.map_or(Read::Null, Read::owned)
    }
}

/// Lines without their ends; one after the last line end does not count.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn line_at(text: &[u8], index: i64) -> Vec<u8> {
    let at = i32::try_from(index)
        .ok()
        .and_then(|index| place(index, lines(text).count()));
    at.and_then(|at| lines(text).nth(at)).unwrap_or_default().to_vec()
}

fn alias_of(uri: &[u8]) -> Option<Vec<u8>> {
    let uri = Uri::parse(uri).ok()?;
    let protocol = match (uri.transport(), uri.is_sips()) {
        (Some(protocol), _) => protocol,
        (None, true) => Protocol::Tls,
        (None, false) => Protocol::Udp,
    };
    let secure = matches!(protocol, Protocol::Tls | Protocol::Wss);
    let port = uri.port.unwrap_or(if secure { 5061 } else { 5060 });
    Some([uri.host, format!("~{port}~{}", protocol_id(protocol)).as_bytes()].concat())
}

fn uri_of_alias(alias: &[u8]) -> Option<Vec<u8>> {
    let mut parts = alias.split(|b| *b == b'~');
    let (host, port, number) = (parts.next()?, parts.next()?, parts.next()?);
    let number = i64::from(number.first()?.checked_sub(b'0')?);
    let mut uri = [b"sip:", host, b":", port].concat();
    match number {
        0 | 1 => {}
        number => {
            uri.extend_from_slice(b";transport=");
            uri.extend_from_slice(protocol_of_id(number)?.as_bytes());
        }
    }
    Some(uri)
}

fn msrp(text: &[u8], part: MsrpPart) -> Option<&[u8]> {
    let scheme_end = memchr::memmem::find(text, b"://")?;
    let (scheme, rest) = (&text[..scheme_end], &text[scheme_end + 3..]);
    if !(scheme.eq_ignore_ascii_case(b"msrp") || scheme.eq_ignore_ascii_case(b"msrps")) {
        return None;
    }
    let until = |text: &'_ [u8], any: &[u8]| text.iter().position(|b| any.contains(b)).unwrap_or(text.len());
    let authority = &rest[..until(rest, b"/;")];
    let at = memchr::memchr(b'@', authority);
    // the user part may have parameters of its own, with semicolons
    let (info, after) = match (at, memchr::memchr(b'@', rest)) {
        (Some(at), _) => (&rest[..at], &rest[at + 1..]),
        (None, Some(at)) if !rest[..at].contains(&b'/') => (&rest[..at], &rest[at + 1..]),
        _ => (&b""[..], rest),
    };
    let host_end = match after.strip_prefix(b"[") {
        Some(inside) => memchr::memchr(b']', inside)? + 2,
        None => until(after, b":/;"),
    };
    let (host, tail) = (&after[..host_end], &after[host_end..]);
    let port = match tail.strip_prefix(b":") {
        Some(port) => &port[..until(port, b"/;")],
        None => b"",
    };
    let session = memchr::memchr(b'/', tail).map_or(&b""[..], |at| &tail[at + 1..]);
    let session = &session[..until(session, b";")];
    let (proto, params) = match memchr::memchr(b';', tail) {
        Some(at) => {
            let list = &tail[at + 1..];
            let end = until(list, b";");
            (&list[..end], list.get(end + 1..).unwrap_or_default())
        }
        None => (&b""[..], &b""[..]),
    };
    Some(match part {
        MsrpPart::User => &info[..until(info, b";:")],
        MsrpPart::UserInfo => info,
        MsrpPart::Host => host,
        MsrpPart::Port => port,
        MsrpPart::Session => session,
        MsrpPart::Proto => proto,
        MsrpPart::Scheme => scheme,
        MsrpPart::Params => params,
    })
}

/// `proto:host:port`, each but the host may be missing.
fn socket(text: &[u8], part: SocketPart) -> Option<Vec<u8>> {
    let (proto, rest) = match memchr::memchr(b':', text) {
        Some(at) if Protocol::parse(&text[..at]).is_some() => (&text[..at], &text[at + 1..]),
        _ => (&b""[..], text),
    };
    let host_end = match rest.strip_prefix(b"[") {
        Some(inside) => memchr::memchr(b']', inside)? + 2,
        None => memchr::memchr(b':', rest).unwrap_or(rest.len()),
    };
    let host = &rest[..host_end];
    let port = rest[host_end..].strip_prefix(b":").unwrap_or_default();
    if host.is_empty() || !port.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(match part {
        SocketPart::Host => host.to_vec(),
        SocketPart::Port => port.to_vec(),
        SocketPart::Proto => proto.to_vec(),
        SocketPart::Uri => {
            let mut uri = [b"sip:", host].concat();
            if !port.is_empty() {
                uri.extend_from_slice(&[b":", port].concat());
            }
            if !proto.is_empty() {
                uri.extend_from_slice(&[b";transport=", proto].concat());
            }
            uri
        }
    })
}

/// The field at a path such as `a.b[2]`; texts as they are, other values as JSON. Empty where there is
/// none, null where the text is no JSON.
fn json(text: &[u8], path: &[u8], separator: u8) -> Option<Vec<u8>> {
    let tree: Json = serde_json::from_slice(text).ok()?;
    let mut at = Some(&tree);
    for step in path.split(|b| *b == separator) {
        let (name, places) = match memchr::memchr(b'[', step) {
            Some(open) => step.split_at(open),
            None => (step, &b""[..]),
        };
        if !name.is_empty() {
            at = at.and_then(|value| value.get(std::str::from_utf8(name).ok()?));
        }
        for index in places.split(|b| *b == b'[').skip(1) {
            let index = std::str::from_utf8(index.strip_suffix(b"]")?)
                .ok()?
                .trim()
                .parse::<usize>()
                .ok()?;
            at = at.and_then(|value| value.get(index));
        }
    }
    Some(match at {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::String(text)) => text.clone().into_bytes(),
        Some(other) => other.to_string().into_bytes(),
    })
}

/// Letters, digits, `-`, `~` and `_` stay, a dot becomes `%2E`, a blank `+`, the rest `%XY`.
fn queue_key(text: &[u8]) -> Vec<u8> {
    if matches!(text, b"#" | b"*") {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'~' | b'_' => out.push(*byte),
            byte if byte.is_ascii_alphanumeric() => out.push(*byte),
            _ => out.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    out
}
