//! `KSR.nathelper`: clients behind address translation.
//!
//! An alias is a URI parameter `alias=ip~port~proto` that says where a contact really is; the
//! numbers of the transports are Kamailio's.

use crate::route::destination::literal;
use crate::route::{Route, text};
use bytes::Bytes;
use kemist_bindings::kemi::ksr::nathelper::Host;
use kemist_sip::message::uri::Uri;
use kemist_sip::message::{HeaderId, NameAddr, list, params, sdp};
use kemist_sip::{Message, Protocol, Target};
use std::net::{IpAddr, SocketAddr};

/// Not needed: no alias, or nothing that differs.
const NOTHING: i32 = 2;

impl Host for Route {
    fn nat_uac_test(&mut self, tests: i32) -> i32 {
        let facts = Facts::of(&self.msg, self.source, tests);
        yes(facts.any(tests))
    }

    fn fix_nated_contact(&mut self) -> i32 {
        let msg = self.msg.clone();
        let Some(contact) = Contact::of(&msg) else { return -1 };
        let Ok(uri) = Uri::parse(contact.uri) else { return -1 };
        let mut fixed = Vec::with_capacity(contact.uri.len() + 24);
        fixed.extend_from_slice(uri.scheme);
        fixed.push(b':');
        if let Some(user) = uri.user {
            fixed.extend_from_slice(user);
            fixed.push(b'@');
        }
        fixed.extend_from_slice(self.source.remote.to_string().as_bytes());
        push_marked(&mut fixed, b';', uri.params);
        push_marked(&mut fixed, b'?', uri.headers);
        if !self.may_change_header(b"Contact") {
            return -1;
        }
        self.edits.replace(contact.start, length(contact.uri), &fixed);
        1
    }

    fn fix_nated_register(&mut self) -> i32 {
        if !self.msg.is_request() {
            return -1;
        }
        let uri = source_uri(self.source);
        self.set_received(uri);
        1
    }

    fn set_contact_alias(&mut self) -> i32 {
        self.write_alias(false)
    }

    fn set_contact_alias_trim(&mut self) -> i32 {
        self.write_alias(true)
    }

    fn handle_ruri_alias(&mut self) -> i32 {
        self.take_alias(false)
    }

    /// Mode 0 takes the first alias, 1 the last.
    fn handle_ruri_alias_mode(&mut self, mode: i32) -> i32 {
        self.take_alias(mode == 1)
    }

    fn is_rfc1918(&mut self, address: String) -> i32 {
        yes(literal(&text::from_guest(&address)).is_some_and(is_private))
    }

    fn add_contact_alias(&mut self) -> i32 {
        let msg = self.msg.clone();
        let Some(contact) = Contact::of(&msg) else {
            return NOTHING;
        };
        let Ok(uri) = Uri::parse(contact.uri) else { return -1 };
        let protocol = uri
            .transport()
            .unwrap_or(if uri.is_sips() { Protocol::Tls } else { Protocol::Udp });
        let port = uri.port.unwrap_or(protocol.default_port());
        let remote = self.source.remote;
        let same = literal(uri.host) == Some(remote.ip()) && port == remote.port() && protocol == self.source.protocol;
        if same { NOTHING } else { self.write_alias(false) }
    }
}

fn yes(answer: bool) -> i32 {
    if answer { 1 } else { -1 }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(0)
}

fn push_marked(out: &mut Vec<u8>, mark: u8, text: &[u8]) {
    if !text.is_empty() {
        out.push(mark);
        out.extend_from_slice(text);
    }
}

/// `sip:ip:port`, with the transport where it is not UDP, as in the location table.
fn source_uri(source: Target) -> Bytes {
    let remote = source.remote;
    Bytes::from(match source.protocol {
        Protocol::Udp => format!("sip:{remote}"),
        other => format!("sip:{remote};transport={}", other.name()),
    })
}

/// The first Contact of a message, with the place of its URI.
struct Contact<'m> {
    uri: &'m [u8],
    start: u32,
    bracketed: bool,
}

impl Contact<'_> {
    /// None where there is none, it cannot be read, or it is `*`.
    fn of(msg: &Message) -> Option<Contact<'_>> {
        let header = msg.header(HeaderId::Contact)?;
        let value = list::split(header.value()).next()?;
        let contact = NameAddr::parse(value).ok().filter(|c| !c.is_star())?;
        let skipped = (value.as_ptr() as usize).checked_sub(header.value().as_ptr() as usize)?;
        let start = u32::try_from(skipped.checked_add(contact.uri_offset)?).ok()?;
        Some(Contact {
            uri: contact.uri,
            start: header.value_start().checked_add(start)?,
            bracketed: contact.bracketed,
        })
    }
}

/// RFC 1918, RFC 6598, and for IPv6 unique local and link local addresses.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// What the tests look at.
struct Facts<'m> {
    msg: &'m Message,
    source: Target,
    /// Host and port of the topmost Via, where a test asks for them.
    via: Option<(&'m [u8], u16)>,
}

/// A bit of `nat_uac_test` and what it asks.
type Test<'m> = (i32, fn(&Facts<'m>) -> bool);

/// Those of them that ask for the Via.
const VIA_TESTS: i32 = 2 | 4 | 16;

impl<'m> Facts<'m> {
    /// Is any of the tests true whose bits are set?
    fn any(&self, tests: i32) -> bool {
        let checks: [Test<'m>; 9] = [
            (1, Facts::contact_is_private),
            (2, Facts::source_differs_from_via),
            (4, Facts::via_is_private),
            (8, Facts::sdp_is_private),
            (16, Facts::port_differs_from_via),
            (32, Facts::source_is_private),
            (64, Facts::came_by_websocket),
            (128, Facts::contact_port_differs),
            (256, Facts::sdp_differs_from_source),
        ];
        checks.iter().any(|(bit, check)| tests & bit != 0 && check(self))
    }

    fn of(msg: &'m Message, source: Target, tests: i32) -> Facts<'m> {
        let via = (tests & VIA_TESTS != 0).then(|| msg.via()).flatten();
        let via = via.map(|via| {
            let default = || Protocol::parse(via.transport).unwrap_or(Protocol::Udp).default_port();
            (via.host, via.port.unwrap_or_else(default))
        });
        Facts { msg, source, via }
    }

    /// The address in the Via. A name is not resolved for this: it would have to be asked for every message.
    fn via_ip(&self) -> Option<IpAddr> {
        self.via.and_then(|(host, _)| literal(host)).map(|ip| ip.to_canonical())
    }

    fn source_ip(&self) -> IpAddr {
        self.source.remote.ip().to_canonical()
    }

    fn contact_is_private(&self) -> bool {
        let ip = Contact::of(self.msg).and_then(|c| Uri::parse(c.uri).ok().and_then(|uri| literal(uri.host)));
        ip.is_some_and(is_private)
    }

    fn source_differs_from_via(&self) -> bool {
        self.via_ip().is_some_and(|ip| ip != self.source_ip())
    }

    fn via_is_private(&self) -> bool {
        self.via_ip().is_some_and(is_private)
    }

    fn port_differs_from_via(&self) -> bool {
        self.via.is_some_and(|(_, port)| port != self.source.remote.port())
    }

    fn source_is_private(&self) -> bool {
        is_private(self.source_ip())
    }

    fn came_by_websocket(&self) -> bool {
        matches!(self.source.protocol, Protocol::Ws | Protocol::Wss)
    }

    fn contact_port_differs(&self) -> bool {
        let contact = Contact::of(self.msg).and_then(|c| Uri::parse(c.uri).ok());
        let port = contact.map(|uri| {
            uri.port
                .unwrap_or(uri.transport().unwrap_or(Protocol::Udp).default_port())
        });
        port.is_some_and(|port| port != self.source.remote.port())
    }

    fn sdp_ips(&self) -> impl Iterator<Item = IpAddr> {
        let connections = sdp::addresses(self.msg.body()).filter(|a| a.line == b'c');
        connections.filter_map(|a| a.ip()).map(|ip| ip.to_canonical())
    }

    fn sdp_is_private(&self) -> bool {
        self.sdp_ips().any(is_private)
    }

    /// A connection on hold is 0.0.0.0, which says nothing of an address.
    fn sdp_differs_from_source(&self) -> bool {
        self.sdp_ips().any(|ip| !ip.is_unspecified() && ip != self.source_ip())
    }
}

fn protocol_number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Udp => 1,
        Protocol::Tcp => 2,
        Protocol::Tls => 3,
        Protocol::Ws => 5,
        Protocol::Wss => 6,
    }
}

fn protocol_of_number(number: &[u8]) -> Option<Protocol> {
    let all = [Protocol::Udp, Protocol::Tcp, Protocol::Tls, Protocol::Ws, Protocol::Wss];
    all.into_iter().find(|p| number == [b'0' + protocol_number(*p)])
}

impl Route {
    /// Adds the alias to the URI of the first Contact, in brackets where it had none (a parameter
    /// after a bare URI would belong to the header). With `trim` aliases that are there go first.
    fn write_alias(&mut self, trim: bool) -> i32 {
        let msg = self.msg.clone();
        let Some(contact) = Contact::of(&msg) else { return -1 };
        let Ok(uri) = Uri::parse(contact.uri) else { return -1 };
        let mut fixed = Vec::with_capacity(contact.uri.len() + 48);
        if !contact.bracketed {
            fixed.push(b'<');
        }
        let head = contact.uri.len() - marked(uri.params) - marked(uri.headers);
        fixed.extend_from_slice(contact.uri.get(..head).unwrap_or_default());
        write_params(uri.params, |name| trim && is_alias(name), &mut fixed);
        let remote = self.source.remote;
        let ip = match remote.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let number = protocol_number(self.source.protocol);
        fixed.extend_from_slice(format!(";alias={ip}~{}~{number}", remote.port()).as_bytes());
        push_marked(&mut fixed, b'?', uri.headers);
        if !contact.bracketed {
            fixed.push(b'>');
        }
        if !self.may_change_header(b"Contact") {
            return -1;
        }
        self.edits.replace(contact.start, length(contact.uri), &fixed);
        1
    }

    /// Makes the alias of the request URI the destination and takes it out of the URI.
    fn take_alias(&mut self, last: bool) -> i32 {
        if !self.msg.is_request() {
            return -1;
        }
        let text = Bytes::copy_from_slice(self.request_uri());
        let Ok(uri) = Uri::parse(&text) else { return -1 };
        let mut aliases = params::iter(uri.params).filter(|(name, _)| is_alias(name));
        let found = if last { aliases.last() } else { aliases.next() };
        let Some((name, value)) = found else { return NOTHING };
        let Some((protocol, address)) = value.and_then(read_alias) else {
            return -1;
        };
        let transport = match protocol {
            Protocol::Udp => String::new(),
            other => format!(";transport={}", other.name()),
        };
        self.dst_uri = Some(Bytes::from(format!("sip:{address}{transport}")));
        let mut stripped = Vec::with_capacity(text.len());
        let head = text.len() - marked(uri.params) - marked(uri.headers);
        stripped.extend_from_slice(text.get(..head).unwrap_or_default());
        write_params(uri.params, |other| std::ptr::eq(other, name), &mut stripped);
        push_marked(&mut stripped, b'?', uri.headers);
        self.uri = Some(Bytes::from(stripped));
        1
    }
}

/// Bytes of a part of a URI with the mark before it.
fn marked(part: &[u8]) -> usize {
    if part.is_empty() { 0 } else { part.len() + 1 }
}

fn is_alias(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"alias")
}

fn write_params(params: &[u8], leave_out: impl Fn(&[u8]) -> bool, out: &mut Vec<u8>) {
    for (name, value) in params::iter(params).filter(|(name, _)| !leave_out(name)) {
        out.push(b';');
        out.extend_from_slice(name);
        if let Some(value) = value {
            out.push(b'=');
            out.extend_from_slice(value);
        }
    }
}

fn read_alias(value: &[u8]) -> Option<(Protocol, SocketAddr)> {
    let mut parts = value.splitn(3, |b| *b == b'~');
    let ip = literal(parts.next()?)?;
    let port = std::str::from_utf8(parts.next()?)
        .ok()?
        .parse()
        .ok()
        .filter(|port| *port != 0)?;
    let protocol = protocol_of_number(parts.next()?)?;
    Some((protocol, SocketAddr::new(ip, port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn with_contact(contact: &str) -> Route {
        testing::request(&testing::INVITE.replace("<sip:alice@192.0.2.10:5062>", contact))
    }

    fn contact_of(route: &mut Route) -> String {
        assert!(route.apply_changes());
        let header = route.msg.header(HeaderId::Contact).expect("a contact");
        String::from_utf8_lossy(header.value()).into_owned()
    }

    #[test]
    fn each_test_has_its_bit() {
        let mut route = testing::request(testing::INVITE);
        for bit in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
            assert_eq!(route.nat_uac_test(bit), -1, "bit {bit}");
        }
        let mut route = with_contact("<sip:alice@10.0.0.1:5062>");
        assert_eq!(route.nat_uac_test(1), 1);
        assert_eq!(route.nat_uac_test(19), 1);
        route.source.remote = "192.168.0.1:9".parse().expect("an address");
        assert_eq!(
            [2, 16, 32, 128, 64].map(|bit| route.nat_uac_test(bit)),
            [1, 1, 1, 1, -1]
        );
        route.source.protocol = Protocol::Ws;
        assert_eq!(route.nat_uac_test(64), 1);
        let mut route = testing::request(&testing::INVITE.replace("UDP 192.0.2.10:5062", "UDP 10.1.1.1:5062"));
        assert_eq!([4, 2].map(|bit| route.nat_uac_test(bit)), [1, 1]);
        let sdp = "Content-Length: 25\r\n\r\nv=0\r\nc=IN IP4 10.10.0.10\r\n";
        let mut route = testing::request(&testing::INVITE.replace("Content-Length: 5\r\n\r\nv=0\r\n", sdp));
        assert_eq!([8, 256].map(|bit| route.nat_uac_test(bit)), [1, 1]);
    }

    #[test]
    fn the_alias_goes_into_the_uri() {
        let mut route = with_contact("\"A\" <sip:alice@10.0.0.1;x=1?h=2>;q=1");
        assert_eq!(route.set_contact_alias(), 1);
        assert_eq!(
            contact_of(&mut route),
            "\"A\" <sip:alice@10.0.0.1;x=1;alias=192.0.2.10~5062~1?h=2>;q=1"
        );
        let mut route = with_contact("sip:alice@10.0.0.1");
        assert_eq!(route.add_contact_alias(), 1);
        assert_eq!(contact_of(&mut route), "<sip:alice@10.0.0.1;alias=192.0.2.10~5062~1>");
        let mut route = with_contact("<sip:a@10.0.0.1;alias=1.2.3.4~5~1>");
        assert_eq!(route.set_contact_alias_trim(), 1);
        assert_eq!(contact_of(&mut route), "<sip:a@10.0.0.1;alias=192.0.2.10~5062~1>");
        let mut route = testing::request(testing::INVITE);
        assert_eq!(
            route.add_contact_alias(),
            2,
            "the contact is where the request came from"
        );
        assert_eq!(with_contact("*").set_contact_alias(), -1);
    }

    #[test]
    fn the_alias_of_the_request_uri_becomes_the_destination() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.handle_ruri_alias(), 2);
        route.uri = Some(Bytes::from(
            "sip:bob@10.0.0.2;alias=198.51.100.3~4000~2;ob;alias=198.51.100.9~1~1",
        ));
        assert_eq!(route.handle_ruri_alias(), 1);
        assert_eq!(
            route.dst_uri.as_deref(),
            Some(&b"sip:198.51.100.3:4000;transport=tcp"[..])
        );
        assert_eq!(route.request_uri(), b"sip:bob@10.0.0.2;ob;alias=198.51.100.9~1~1");
        assert_eq!(route.handle_ruri_alias_mode(1), 1);
        assert_eq!(route.dst_uri.as_deref(), Some(&b"sip:198.51.100.9:1"[..]));
        for bad in [
            "x",
            "1.2.3.4~5",
            "1.2.3.4~0~1",
            "1.2.3.4~5~4",
            "1.2.3.4~99999~1",
            "host~5~1",
        ] {
            route.uri = Some(Bytes::from(format!("sip:bob@10.0.0.2;alias={bad}")));
            assert_eq!(route.handle_ruri_alias(), -1, "{bad}");
        }
    }

    #[test]
    fn contacts_are_rewritten_to_the_source() {
        let mut route = with_contact("<sip:alice@10.0.0.1:7;transport=udp>");
        assert_eq!(route.fix_nated_contact(), 1);
        assert_eq!(contact_of(&mut route), "<sip:alice@192.0.2.10:5062;transport=udp>");
        assert_eq!(route.fix_nated_register(), 1);
        assert_eq!(route.received().as_deref(), Some(&b"sip:192.0.2.10:5062"[..]));
    }

    #[test]
    fn private_addresses_are_known() {
        let mut route = testing::request(testing::INVITE);
        let answers = [
            "10.1.2.3",
            "172.31.0.1",
            "100.64.0.1",
            "fd00::1",
            "[fe80::1]",
            "192.0.2.1",
            "2001:db8::1",
            "x",
        ];
        assert_eq!(answers.map(|a| route.is_rfc1918(a.into())), [1, 1, 1, 1, 1, -1, -1, -1]);
    }
}
