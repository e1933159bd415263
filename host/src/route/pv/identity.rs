//! Parts of URIs and of headers with an address: From, To, P-Asserted-Identity and their kin.

use super::Read;
use super::names::{AddressPart, AuthPart, UriPart};
use crate::route::Route;
use kemist_sip::Method;
use kemist_sip::message::auth::{self, Credentials};
use kemist_sip::message::name_addr::NameAddr;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{HeaderId, list};

/// A part of a URI. Port and transport have Kamailio's defaults (5060, UDP); a missing user is null.
pub fn uri_part(uri: &[u8], part: UriPart) -> Read<'_> {
    match part {
        UriPart::Whole => return Read::filled(uri),
        UriPart::Length => return Read::length(uri.len()),
        _ => {}
    }
    let Ok(parsed) = Uri::parse(uri) else { return Read::Null };
    match part {
        UriPart::User => parsed.user.map_or(Read::Null, Read::filled),
        UriPart::UserLength => parsed.user.map_or(Read::Int(0), |user| Read::length(user.len())),
        UriPart::Host => Read::filled(parsed.host),
        UriPart::Port => match parsed.port {
            None | Some(5060) => Read::text(b"5060"),
            Some(port) => Read::owned(port.to_string()),
        },
        UriPart::Transport => match parsed.param("transport") {
            Some(Some(name)) if !name.is_empty() => Read::text(name),
            _ => Read::text(b"UDP"),
        },
        UriPart::Scheme => Read::filled(parsed.scheme),
        UriPart::Whole | UriPart::Length => Read::Null,
    }
}

/// A part of a header with an address.
pub fn address_part<'m>(address: &NameAddr<'m>, part: AddressPart) -> Read<'m> {
    match part {
        AddressPart::Uri(part) => uri_part(address.uri, part),
        AddressPart::Display => Read::filled(address.display),
        AddressPart::Tag => Read::optional(address.tag()),
    }
}

impl Route {
    /// From of the message at hand.
    pub fn from_part(&self, part: AddressPart) -> Read<'_> {
        self.msg.from().map_or(Read::Null, |from| address_part(&from, part))
    }

    /// To of the message at hand.
    pub fn to_part(&self, part: AddressPart) -> Read<'_> {
        self.msg.to().map_or(Read::Null, |to| address_part(&to, part))
    }

    /// A part of the first value of a header with addresses.
    pub fn address_of(&self, header: HeaderId, part: AddressPart) -> Read<'_> {
        let first = self
            .msg
            .header(header)
            .and_then(|header| list::split(header.value()).next());
        match first.and_then(|value| NameAddr::parse(value).ok()) {
            Some(address) => address_part(&address, part),
            None => Read::Null,
        }
    }

    /// The digest credentials of a request: Proxy-Authorization first. Null on ACK and CANCEL, which
    /// cannot be challenged.
    pub fn credentials_of(&self) -> Option<Credentials<'_>> {
        if !self.msg.is_request() || matches!(self.msg.method(), Method::Ack | Method::Cancel) {
            return None;
        }
        let header = self
            .msg
            .header(HeaderId::ProxyAuthorization)
            .or_else(|| self.msg.header(HeaderId::Authorization))?;
        auth::parse(header.value()).ok()
    }

    /// A part of the digest credentials.
    pub fn auth_part(&self, part: AuthPart) -> Read<'_> {
        let Some(credentials) = self.credentials_of() else {
            return Read::Null;
        };
        let username = credentials.username;
        let at = memchr::memchr(b'@', username);
        Read::filled(match part {
            AuthPart::Username => username,
            AuthPart::User => at.map_or(username, |at| &username[..at]),
            AuthPart::Domain => at.map_or(credentials.realm, |at| &username[at + 1..]),
            AuthPart::Realm => credentials.realm,
            AuthPart::Uri => credentials.uri,
            AuthPart::Algorithm => credentials.algorithm,
            AuthPart::Nonce => credentials.nonce,
            AuthPart::Cnonce => credentials.cnonce,
            AuthPart::Response => credentials.response,
            AuthPart::Opaque => credentials.opaque,
        })
    }
}
