//! `KSR.*`: the functions without a module: logging, flags, tests on the message, the request and destination URI.

use crate::route::destination::literal;
use crate::route::text::from_guest;
use crate::route::value::code;
use crate::route::{Level, Route, core};
use crate::store::TenantId;
use kemist_bindings::kemi::ksr::core::Host;
use kemist_sip::message::uri::Uri;
use kemist_sip::{Method, Protocol};
use std::net::IpAddr;

impl Host for Route {
    fn dbg(&mut self, txt: String) {
        Route::log(self, Level::Debug, &txt);
    }

    fn err(&mut self, txt: String) {
        Route::log(self, Level::Error, &txt);
    }

    fn info(&mut self, txt: String) {
        Route::log(self, Level::Info, &txt);
    }

    fn warn(&mut self, txt: String) {
        Route::log(self, Level::Warning, &txt);
    }

    fn notice(&mut self, txt: String) {
        Route::log(self, Level::Notice, &txt);
    }

    fn crit(&mut self, txt: String) {
        Route::log(self, Level::Critical, &txt);
    }

    fn log(&mut self, level: String, txt: String) {
        Route::log(self, Level::parse(&level), &txt);
    }

    fn set_drop(&mut self) {
        self.decided.drop = true;
    }

    fn is_myself(&mut self, uri: String) -> bool {
        is_own_uri(self.tenant, &from_guest(&uri))
    }

    fn is_myself_ruri(&mut self) -> bool {
        self.msg.is_request() && is_own_uri(self.tenant, self.request_uri())
    }

    fn is_myself_duri(&mut self) -> bool {
        self.dst_uri.as_deref().is_some_and(|uri| is_own_uri(self.tenant, uri))
    }

    fn is_myself_nhuri(&mut self) -> bool {
        self.msg.is_request() && is_own_uri(self.tenant, self.next_hop_uri())
    }

    fn is_myself_furi(&mut self) -> bool {
        self.msg.from().is_some_and(|from| is_own_uri(self.tenant, from.uri))
    }

    fn is_myself_turi(&mut self) -> bool {
        self.msg.to().is_some_and(|to| is_own_uri(self.tenant, to.uri))
    }

    fn is_myself_suri(&mut self) -> bool {
        let (source, protocol) = (self.source.remote, self.source.protocol);
        let is_ours = |s: &crate::route::ListenSocket| s.address == source && s.protocol == protocol;
        core::with(|core| core.shared.sockets.iter().any(is_ours))
    }

    fn is_myself_srcip(&mut self) -> bool {
        core::with(|core| core.shared.is_own_ip(self.source.remote.ip()))
    }

    fn setflag(&mut self, flag: i32) -> bool {
        set_bit(&mut self.flags, flag, true)
    }

    fn resetflag(&mut self, flag: i32) -> bool {
        set_bit(&mut self.flags, flag, false)
    }

    fn isflagset(&mut self, flag: i32) -> bool {
        bit(flag).is_some_and(|bit| self.flags & bit != 0)
    }

    fn setbflag(&mut self, flag: i32) -> bool {
        set_bit(&mut self.bflags, flag, true)
    }

    fn resetbflag(&mut self, flag: i32) -> bool {
        set_bit(&mut self.bflags, flag, false)
    }

    fn isbflagset(&mut self, flag: i32) -> bool {
        bit(flag).is_some_and(|bit| self.bflags & bit != 0)
    }

    fn setbiflag(&mut self, flag: i32, branch: i32) -> bool {
        self.branch_flags(branch)
            .is_some_and(|flags| set_bit(flags, flag, true))
    }

    fn resetbiflag(&mut self, flag: i32, branch: i32) -> bool {
        self.branch_flags(branch)
            .is_some_and(|flags| set_bit(flags, flag, false))
    }

    fn isbiflagset(&mut self, flag: i32, branch: i32) -> bool {
        let Some(bit) = bit(flag) else { return false };
        self.branch_flags(branch).is_some_and(|flags| *flags & bit != 0)
    }

    fn setsflag(&mut self, flag: i32) -> bool {
        set_bit(&mut self.sflags, flag, true)
    }

    fn resetsflag(&mut self, flag: i32) -> bool {
        set_bit(&mut self.sflags, flag, false)
    }

    fn issflagset(&mut self, flag: i32) -> bool {
        bit(flag).is_some_and(|bit| self.sflags & bit != 0)
    }

    fn seturi(&mut self, uri: String) -> bool {
        self.set_uri(&from_guest(&uri))
    }

    fn setuser(&mut self, user: String) -> bool {
        self.set_user(&from_guest(&user))
    }

    fn sethost(&mut self, host: String) -> bool {
        self.set_host(&from_guest(&host))
    }

    fn setdsturi(&mut self, uri: String) -> bool {
        self.set_dst_uri(&from_guest(&uri))
    }

    fn resetdsturi(&mut self) -> bool {
        self.dst_uri = None;
        true
    }

    fn isdsturiset(&mut self) -> bool {
        self.dst_uri.is_some()
    }

    fn force_rport(&mut self) -> bool {
        self.force_rport = true;
        true
    }

    fn add_local_rport(&mut self) -> bool {
        self.local_rport = true;
        true
    }

    fn is_method(&mut self, vmethod: String) -> bool {
        let method = self.msg.method_name();
        vmethod
            .split('|')
            .any(|name| name.trim().as_bytes().eq_ignore_ascii_case(method))
    }

    fn is_method_in(&mut self, vmethod: String) -> bool {
        let method = self.msg.method_name();
        vmethod
            .bytes()
            .any(|letter| method_of(letter).is_some_and(|name| name.as_bytes() == method))
    }

    async fn forward(&mut self) -> i32 {
        code(self.forward_stateless(None).await.is_ok())
    }

    async fn forward_uri(&mut self, vuri: String) -> i32 {
        let uri = from_guest(&vuri).into_owned();
        code(self.forward_stateless((!uri.is_empty()).then_some(&uri)).await.is_ok())
    }

    fn set_reply_no_connect(&mut self) -> bool {
        self.reply_no_connect = true;
        true
    }

    fn is_invite(&mut self) -> bool {
        self.msg.method() == Method::Invite
    }

    fn is_ack(&mut self) -> bool {
        self.msg.method() == Method::Ack
    }

    fn is_bye(&mut self) -> bool {
        self.msg.method() == Method::Bye
    }

    fn is_cancel(&mut self) -> bool {
        self.msg.method() == Method::Cancel
    }

    fn is_register(&mut self) -> bool {
        self.msg.method() == Method::Register
    }

    fn is_options(&mut self) -> bool {
        self.msg.method() == Method::Options
    }

    fn is_subscribe(&mut self) -> bool {
        self.msg.method() == Method::Subscribe
    }

    fn is_publish(&mut self) -> bool {
        self.msg.method() == Method::Publish
    }

    fn is_notify(&mut self) -> bool {
        self.msg.method() == Method::Notify
    }

    fn is_refer(&mut self) -> bool {
        self.msg.method() == Method::Refer
    }

    fn is_info(&mut self) -> bool {
        self.msg.method() == Method::Info
    }

    fn is_update(&mut self) -> bool {
        self.msg.method() == Method::Update
    }

    fn is_prack(&mut self) -> bool {
        self.msg.method() == Method::Prack
    }

    fn is_message(&mut self) -> bool {
        self.msg.method() == Method::Message
    }

    fn is_udp(&mut self) -> bool {
        self.source.protocol == Protocol::Udp
    }

    fn is_tcp(&mut self) -> bool {
        self.source.protocol == Protocol::Tcp
    }

    fn is_tcpx(&mut self) -> bool {
        self.source.protocol.is_reliable()
    }

    fn is_tls(&mut self) -> bool {
        self.source.protocol == Protocol::Tls
    }

    fn is_ws(&mut self) -> bool {
        self.source.protocol == Protocol::Ws
    }

    fn is_wss(&mut self) -> bool {
        self.source.protocol == Protocol::Wss
    }

    fn is_wsx(&mut self) -> bool {
        matches!(self.source.protocol, Protocol::Ws | Protocol::Wss)
    }

    fn is_sctp(&mut self) -> bool {
        false
    }

    fn is_proto(&mut self, sproto: String) -> bool {
        sproto
            .bytes()
            .any(|letter| protocol_of(letter) == Some(self.source.protocol))
    }

    fn is_ipv4(&mut self) -> bool {
        self.source.remote.is_ipv4()
    }

    fn is_ipv6(&mut self) -> bool {
        self.source.remote.is_ipv6()
    }

    fn to_udp(&mut self) -> bool {
        self.next_protocol() == Some(Protocol::Udp)
    }

    fn to_tcp(&mut self) -> bool {
        self.next_protocol() == Some(Protocol::Tcp)
    }

    fn to_tls(&mut self) -> bool {
        self.next_protocol() == Some(Protocol::Tls)
    }

    fn to_sctp(&mut self) -> bool {
        false
    }

    fn to_ws(&mut self) -> bool {
        self.next_protocol() == Some(Protocol::Ws)
    }

    fn to_wss(&mut self) -> bool {
        self.next_protocol() == Some(Protocol::Wss)
    }

    fn to_wsx(&mut self) -> bool {
        matches!(self.next_protocol(), Some(Protocol::Ws | Protocol::Wss))
    }

    fn to_ipv4(&mut self) -> bool {
        self.next_ip().is_some_and(|ip| ip.is_ipv4())
    }

    fn to_ipv6(&mut self) -> bool {
        self.next_ip().is_some_and(|ip| ip.is_ipv6())
    }

    fn is_src_port(&mut self, vport: i32) -> bool {
        i32::from(self.source.remote.port()) == vport
    }

    fn is_dst_port(&mut self, vport: i32) -> bool {
        let port = |s: &crate::route::ListenSocket| i32::from(s.address.port()) == vport;
        core::with(|core| {
            core.shared
                .sockets
                .get(usize::from(self.source.socket))
                .is_some_and(port)
        })
    }
}

impl Route {
    /// Flags of a branch: 0 is the main one, 1 the first that was added.
    fn branch_flags(&mut self, branch: i32) -> Option<&mut u32> {
        match usize::try_from(branch).ok()?.checked_sub(1) {
            None => Some(&mut self.bflags),
            Some(added) => self.branches.get_mut(added).map(|branch| &mut branch.bflags),
        }
    }

    /// The transport of the next hop: of the URI for a request, of the second Via for a reply.
    fn next_protocol(&self) -> Option<Protocol> {
        if self.msg.is_reply() {
            return Protocol::parse(self.msg.vias().nth(1)?.transport);
        }
        let uri = Uri::parse(self.next_hop_uri()).ok()?;
        uri.transport()
            .or(Some(if uri.is_sips() { Protocol::Tls } else { Protocol::Udp }))
    }

    /// The address of the next hop, where it is written out.
    fn next_ip(&self) -> Option<IpAddr> {
        if self.msg.is_reply() {
            let via = self.msg.vias().nth(1)?;
            return literal(via.received().unwrap_or(via.host));
        }
        Uri::parse(self.next_hop_uri()).ok()?.ip()
    }
}

/// Is a URI, or a bare host or address, one of ours? Port and transport count only where they are
/// written.
fn is_own_uri(tenant: TenantId, uri: &[u8]) -> bool {
    let parsed = Uri::parse(uri).ok().filter(Uri::is_sip);
    core::with(|core| match parsed {
        Some(uri) => core
            .shared
            .is_tenants_own(tenant, uri.host, uri.port.unwrap_or(0), uri.transport()),
        None => core.shared.is_tenants_own(tenant, uri, 0, None),
    })
}

fn bit(flag: i32) -> Option<u32> {
    1u32.checked_shl(u32::try_from(flag).ok()?)
}

/// Sets or clears; false where there is no such flag (0 to 31).
fn set_bit(flags: &mut u32, flag: i32, on: bool) -> bool {
    let Some(bit) = bit(flag) else { return false };
    if on {
        *flags |= bit;
    } else {
        *flags &= !bit;
    }
    true
}

/// Kamailio's letters for methods. INFO has none.
fn method_of(letter: u8) -> Option<&'static str> {
    Some(match letter.to_ascii_uppercase() {
        b'I' => "INVITE",
        b'A' => "ACK",
        b'B' => "BYE",
        b'C' => "CANCEL",
        b'M' => "MESSAGE",
        b'R' => "REGISTER",
        b'E' => "PRACK",
        b'P' => "PUBLISH",
        b'S' => "SUBSCRIBE",
        b'N' => "NOTIFY",
        b'O' => "OPTIONS",
        b'F' => "REFER",
        b'U' => "UPDATE",
        b'K' => "KDMQ",
        b'G' => "GET",
        b'T' => "POST",
        b'V' => "PUT",
        b'D' => "DELETE",
        _ => return None,
    })
}

/// Kamailio's letters for transports.
fn protocol_of(letter: u8) -> Option<Protocol> {
    Some(match letter.to_ascii_uppercase() {
        b'U' => Protocol::Udp,
        b'T' => Protocol::Tcp,
        b'E' => Protocol::Tls,
        b'V' => Protocol::Ws,
        b'W' => Protocol::Wss,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    #[test]
    fn we_know_ourselves_by_address_and_alias() {
        let mut route = testing::request(testing::INVITE);
        let mut mine = |uri: &str| Host::is_myself(&mut route, uri.into());
        for uri in [
            "127.0.0.1",
            "localhost",
            "LOCALHOST",
            "sip:127.0.0.1",
            "sip:x@127.0.0.1:5060",
            "sip:[::1]:5060",
            "sip:x@localhost",
            "sip:127.0.0.1;transport=tcp",
        ] {
            assert!(mine(uri), "{uri}");
        }
        for uri in [
            "192.0.2.1",
            "sip:127.0.0.1:5070",
            "sip:x@example.net",
            "sip:127.0.0.1;transport=tls",
            "",
            "tel:+1555",
        ] {
            assert!(!mine(uri), "{uri}");
        }
        let r = &mut route;
        assert!(
            Host::is_myself_ruri(r) && Host::is_myself_furi(r) && Host::is_myself_turi(r) && Host::is_myself_nhuri(r)
        );
        assert!(!Host::is_myself_duri(r) && !Host::is_myself_suri(r) && !Host::is_myself_srcip(r));
        assert!(Host::setdsturi(r, "sip:192.0.2.9".into()));
        assert!(!Host::is_myself_nhuri(r) && !Host::is_myself_duri(r));
        r.source.remote = "127.0.0.1:5060".parse().unwrap();
        assert!(Host::is_myself_srcip(r) && Host::is_myself_suri(r));
        assert!(!Host::is_myself_ruri(&mut testing::reply(testing::RINGING)));
    }

    #[test]
    fn flags_are_bits_of_the_message_the_branch_and_the_run() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert!(Host::setflag(r, 5) && Host::isflagset(r, 5) && !Host::isflagset(r, 4));
        assert!(Host::resetflag(r, 5) && !Host::isflagset(r, 5));
        assert!(Host::setbflag(r, 31) && Host::isbflagset(r, 31) && Host::isbiflagset(r, 31, 0));
        assert!(Host::resetbflag(r, 31) && r.bflags == 0);
        assert!(Host::setsflag(r, 0) && Host::issflagset(r, 0) && Host::resetsflag(r, 0));
        for bad in [-1, 32, i32::MIN, i32::MAX] {
            assert!(!Host::setflag(r, bad) && !Host::isflagset(r, bad) && !Host::setbiflag(r, bad, 0));
        }
        assert!(!Host::setbiflag(r, 1, 1), "no such branch");
        assert!(r.append_branch(b"sip:b@192.0.2.1", -1));
        assert!(Host::setbiflag(r, 1, 1) && Host::isbiflagset(r, 1, 1) && !Host::isbiflagset(r, 1, 0));
        assert!(Host::resetbiflag(r, 1, 1) && !Host::isbiflagset(r, 1, 1));
    }

    #[test]
    fn methods_are_told_by_name_and_letter() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert!(Host::is_invite(r) && !Host::is_ack(r) && !Host::is_register(r));
        assert!(
            Host::is_method(r, "invite".into())
                && Host::is_method(r, "BYE|INVITE".into())
                && !Host::is_method(r, "BYE|INV".into())
        );
        assert!(
            Host::is_method_in(r, "IABC".into())
                && !Host::is_method_in(r, "ABC".into())
                && !Host::is_method_in(r, "".into())
        );
        let mut reply = testing::reply(testing::RINGING);
        assert!(Host::is_invite(&mut reply), "by its CSeq");
    }

    #[test]
    fn transports_are_told_on_both_sides() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert!(Host::is_udp(r) && !Host::is_tcp(r) && !Host::is_tcpx(r) && Host::is_ipv4(r) && !Host::is_ipv6(r));
        assert!(Host::is_proto(r, "TU".into()) && !Host::is_proto(r, "TE".into()));
        assert!(Host::is_src_port(r, 5062) && Host::is_dst_port(r, 5060) && !Host::is_dst_port(r, 5061));
        assert!(Host::to_udp(r) && !Host::to_ipv4(r));
        assert!(Host::setdsturi(r, "sip:[2001:db8::1];transport=wss".into()));
        assert!(Host::to_wss(r) && Host::to_wsx(r) && Host::to_ipv6(r) && !Host::to_udp(r));
        assert!(Host::seturi(r, "sips:h@192.0.2.1".into()) && Host::resetdsturi(r));
        assert!(Host::to_tls(r) && Host::to_ipv4(r));
        let mut reply = testing::reply(testing::RINGING);
        assert!(Host::to_udp(&mut reply) && Host::to_ipv4(&mut reply));
    }

    #[test]
    fn the_request_uri_is_rewritten_or_refused() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        assert!(Host::setuser(r, "carol".into()) && Host::sethost(r, "example.org".into()));
        assert_eq!(r.request_uri(), b"sip:carol@example.org");
        assert!(!Host::seturi(r, "sip:a\r\nX: y".into()) && !Host::setdsturi(r, "sip:a\n".into()));
        assert!(!Host::isdsturiset(r) && Host::setdsturi(r, "sip:192.0.2.1".into()) && Host::isdsturiset(r));
        assert!(Host::force_rport(r) && Host::add_local_rport(r) && Host::set_reply_no_connect(r));
        assert!(r.force_rport && r.local_rport && r.reply_no_connect);
        Host::set_drop(r);
        assert!(r.decided.drop);
    }

    #[test]
    fn forwarding_is_stateless() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(
            testing::block_on(Host::forward_uri(&mut route, "sip:192.0.2.33:5071".into())),
            1
        );
        assert_eq!(testing::sent()[0].target.remote, "192.0.2.33:5071".parse().unwrap());
        assert!(route.set_uri(b"sip:bob@unknown.example"));
        assert_eq!(testing::block_on(Host::forward(&mut route)), -1);
        assert_eq!(route.error_code, 478);
    }
}
