//! The classes `uri`, `nameaddr`, `tobody` and `param`.

use super::super::Read;
use super::Transform;
use crate::route::Route;
use crate::route::pv::identity::address_part;
use crate::route::pv::names::{AddressPart, UriPart};
use crate::route::pv::read::place;
use kemist_sip::message::name_addr::NameAddr;
use kemist_sip::message::uri::Uri;
use std::borrow::Cow;

/// What is read of an address or a parameter list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Uri(UriField),
    UriParam,
    UriWithoutParam,
    Address(AddressPart),
    NameAddrUri,
    AddressParams,
    AddressLength,
    ParamValue,
    ParamIn,
    ParamName,
    ParamValueAt,
    ParamCount,
}

/// Parts of a URI; missing ones are empty, not null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriField {
    User,
    Host,
    Password,
    Port,
    Params,
    Headers,
    Transport,
    Scheme,
    Maddr,
    Method,
    Ttl,
    Lr,
    R2,
    UserParam,
    Aor,
    Short,
    Next,
    Socket,
}

impl Op {
    /// The operation and how many arguments it needs.
    pub fn parse(name: &[u8]) -> Option<(Op, usize)> {
        let uri = |field| (Op::Uri(field), 0);
        Some(match name {
            b"uri.user" => uri(UriField::User),
            b"uri.host" | b"uri.domain" => uri(UriField::Host),
            b"uri.passwd" => uri(UriField::Password),
            b"uri.port" => uri(UriField::Port),
            b"uri.params" => uri(UriField::Params),
            b"uri.headers" => uri(UriField::Headers),
            b"uri.transport" => uri(UriField::Transport),
            b"uri.scheme" => uri(UriField::Scheme),
            b"uri.maddr" => uri(UriField::Maddr),
            b"uri.method" => uri(UriField::Method),
            b"uri.ttl" => uri(UriField::Ttl),
            b"uri.lr" => uri(UriField::Lr),
            b"uri.saor" => uri(UriField::Aor),
            b"uri.suri" => uri(UriField::Short),
            b"uri.r2" => uri(UriField::R2),
            b"uri.uparam" => uri(UriField::UserParam),
            b"uri.duri" => uri(UriField::Next),
            b"uri.tosocket" => uri(UriField::Socket),
            b"uri.param" => (Op::UriParam, 1),
            b"uri.rmparam" => (Op::UriWithoutParam, 1),
            b"nameaddr.uri" => (Op::NameAddrUri, 0),
            b"tobody.uri" => (Op::Address(AddressPart::Uri(UriPart::Whole)), 0),
            b"nameaddr.name" | b"tobody.display" => (Op::Address(AddressPart::Display), 0),
            b"nameaddr.len" => (Op::AddressLength, 0),
            b"tobody.tag" => (Op::Address(AddressPart::Tag), 0),
            b"tobody.user" => (Op::Address(AddressPart::Uri(UriPart::User)), 0),
            b"tobody.host" => (Op::Address(AddressPart::Uri(UriPart::Host)), 0),
            b"tobody.params" => (Op::AddressParams, 0),
            b"param.value" => (Op::ParamValue, 1),
            b"param.in" => (Op::ParamIn, 1),
            b"param.name" => (Op::ParamName, 1),
            b"param.valueat" => (Op::ParamValueAt, 1),
            b"param.count" => (Op::ParamCount, 0),
            _ => return None,
        })
    }

    /// Applies it; the value is not null.
    pub fn apply<'a>(self, transform: &'a Transform, route: &'a Route, value: Read<'a>) -> Read<'a> {
        let Some(text) = value.into_text() else {
            return Read::Null;
        };
        match text {
            Cow::Borrowed(text) => self.read(transform, route, text),
            Cow::Owned(text) => self.read(transform, route, &text).into_owned(),
        }
    }

    fn read<'t>(self, transform: &Transform, route: &Route, text: &'t [u8]) -> Read<'t> {
        let argument = || transform.text(route, 0);
        match self {
            Op::Uri(field) => field.read(text),
            Op::UriParam => match Uri::parse(text) {
                Ok(uri) => Read::text(find(uri.params, &argument(), b';').flatten().unwrap_or_default()),
                Err(_) => Read::Null,
            },
            Op::UriWithoutParam => without_param(text, &argument()).map_or(Read::Null, Read::owned),
            Op::NameAddrUri => NameAddr::parse(text).map_or(Read::Null, |address| {
                // without brackets all of it is the URI, parameters too
                Read::text(if address.bracketed {
                    address.uri
                } else {
                    text.trim_ascii()
                })
            }),
            Op::Address(part) => {
                NameAddr::parse(text).map_or(Read::Null, |address| not_null(address_part(&address, part)))
            }
            Op::AddressParams => NameAddr::parse(text).map_or(Read::Null, |address| Read::text(address.params)),
            Op::AddressLength => NameAddr::parse(text).map_or(Read::Null, |address| {
                let end = address.uri_offset + address.uri.len();
                let closed = memchr::memchr(b'>', &text[end.min(text.len())..]);
                Read::length(match closed {
                    Some(close) if address.bracketed => end + close + 1,
                    _ => text.len(),
                })
            }),
            _ => self.read_params(transform, route, text),
        }
    }

    fn read_params<'t>(self, transform: &Transform, route: &Route, text: &'t [u8]) -> Read<'t> {
        let separator = |at| transform.text(route, at).first().copied().unwrap_or(b';');
        let argument = transform.text(route, 0);
        let at = || {
            let index = i32::try_from(transform.number(route, 0)).ok()?;
            let separator = separator(1);
            pairs(text, separator).nth(place(index, pairs(text, separator).count())?)
        };
        match self {
            Op::ParamValue => Read::text(find(text, &argument, separator(1)).flatten().unwrap_or_default()),
            Op::ParamIn => Read::Int(i64::from(find(text, &argument, separator(1)).is_some())),
            Op::ParamName => Read::text(at().map_or(&b""[..], |(name, _)| name)),
            Op::ParamValueAt => Read::text(at().and_then(|(_, value)| value).unwrap_or_default()),
            _ => Read::length(pairs(text, argument.first().copied().unwrap_or(b';')).count()),
        }
    }
}

/// Absent parts read as empty text here.
fn not_null(value: Read<'_>) -> Read<'_> {
    if value == Read::Null { Read::text(b"") } else { value }
}

impl UriField {
    fn read(self, text: &[u8]) -> Read<'_> {
        let Ok(uri) = Uri::parse(text) else { return Read::Null };
        let param = |name: &str| uri.param(name).map(Option::unwrap_or_default).unwrap_or_default();
        Read::text(match self {
            UriField::User => uri.user.unwrap_or_default(),
            UriField::Host => uri.host,
            UriField::Password => uri.password.unwrap_or_default(),
            UriField::Params => uri.params,
            UriField::Headers => uri.headers,
            UriField::Transport => param("transport"),
            UriField::Scheme => uri.scheme,
            UriField::Maddr => param("maddr"),
            UriField::Method => param("method"),
            UriField::Ttl => param("ttl"),
            UriField::Lr => param("lr"),
            UriField::R2 => param("r2"),
            UriField::UserParam => param("user"),
            UriField::Port => return uri.port.map_or(Read::text(b""), |port| Read::Int(i64::from(port))),
            UriField::Aor => return Read::owned(short(&uri, true, false)),
            UriField::Short => return Read::owned(short(&uri, true, true)),
            UriField::Next => return Read::owned(short(&uri, false, true)),
            UriField::Socket => return Read::owned(socket_of(&uri)),
        })
    }
}

/// `proto:host:port`, UDP and 5060 where the URI names none.
fn socket_of(uri: &Uri<'_>) -> Vec<u8> {
    let protocol = match (uri.transport(), uri.is_sips()) {
        (Some(protocol), _) => protocol.name(),
        (None, true) => "tls",
        (None, false) => "udp",
    };
    let port = uri.port.unwrap_or(5060);
    [protocol.as_bytes(), b":", uri.host, format!(":{port}").as_bytes()].concat()
}

/// The URI without the parameters of a name.
fn without_param(text: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let uri = Uri::parse(text).ok()?;
    if uri.params.is_empty() {
        return Some(text.to_vec());
    }
    // the parameters are a part of the text: what is before and after them stays as it is
    let start = uri.params.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let (before, after) = (text.get(..start)?, text.get(start + uri.params.len()..)?);
    let kept = uri.params.split(|b| *b == b';').filter(|param| {
        let known = param.split(|b| *b == b'=').next().unwrap_or_default();
        !known.trim_ascii().eq_ignore_ascii_case(name)
    });
    let kept = kept.collect::<Vec<_>>().join(&b';');
    let before = if kept.is_empty() {
        before.strip_suffix(b";").unwrap_or(before)
    } else {
        before
    };
    Some([before, &*kept, after].concat())
}

/// Scheme and host; the user and the port with the transport where wanted.
fn short(uri: &Uri<'_>, with_user: bool, with_port: bool) -> Vec<u8> {
    let mut out = [uri.scheme, b":"].concat();
    if let (Some(user), true) = (uri.user, with_user) {
        out.extend_from_slice(user);
        out.push(b'@');
    }
    out.extend_from_slice(uri.host);
    if let (Some(port), true) = (uri.port, with_port) {
        out.extend_from_slice(format!(":{port}").as_bytes());
    }
    if let (Some(Some(transport)), true) = (uri.param("transport"), with_port) {
        out.extend_from_slice(b";transport=");
        out.extend_from_slice(transport);
    }
    out
}

/// Names and values of a list such as `a=1;b`.
fn pairs(text: &[u8], separator: u8) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    text.split(move |b| *b == separator)
        .map(<[u8]>::trim_ascii)
        .filter(|pair| !pair.is_empty())
        .map(|pair| match memchr::memchr(b'=', pair) {
            Some(at) => (pair[..at].trim_ascii(), Some(unquoted(pair[at + 1..].trim_ascii()))),
            None => (pair, None),
        })
}

fn unquoted(value: &[u8]) -> &[u8] {
    value
        .strip_prefix(b"\"")
        .and_then(|v| v.strip_suffix(b"\""))
        .unwrap_or(value)
}

fn find<'t>(text: &'t [u8], name: &[u8], separator: u8) -> Option<Option<&'t [u8]>> {
    pairs(text, separator)
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
