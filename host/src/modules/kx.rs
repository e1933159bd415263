//! `KSR.kx`: the usual pseudo-variables as functions of their own.
//!
//! There are no defines: the passive configuration has none, so `ifdef` is never true.

use crate::route::pv::leading_number;
use crate::route::pv::names::AddressPart::Uri;
use crate::route::pv::names::UriPart::{Host as HostPart, User, Whole};
use crate::route::pv::names::{AddrText, AuthPart, Plain};
use crate::route::text::to_guest;
use crate::route::{Route, core};
use kemist_bindings::kemi::ksr::kx::Host;
use kemist_bindings::kemi::ksr::types::Xval;

impl Host for Route {
    fn get_ruri(&mut self) -> Xval {
        self.plain(Plain::Ruri(Whole))
    }

    fn get_ruser(&mut self) -> Xval {
        self.plain(Plain::Ruri(User))
    }

    fn getw_ruser(&mut self) -> Xval {
        null_text(self.plain(Plain::Ruri(User)))
    }

    fn gete_ruser(&mut self) -> Xval {
        empty(self.plain(Plain::Ruri(User)))
    }

    fn get_rhost(&mut self) -> Xval {
        self.plain(Plain::Ruri(HostPart))
    }

    fn getw_rhost(&mut self) -> Xval {
        null_text(self.plain(Plain::Ruri(HostPart)))
    }

    fn gete_rhost(&mut self) -> Xval {
        empty(self.plain(Plain::Ruri(HostPart)))
    }

    fn get_ouri(&mut self) -> Xval {
        self.plain(Plain::Ouri(Whole))
    }

    fn get_furi(&mut self) -> Xval {
        self.plain(Plain::From(Uri(Whole)))
    }

    fn get_fuser(&mut self) -> Xval {
        self.plain(Plain::From(Uri(User)))
    }

    fn getw_fuser(&mut self) -> Xval {
        null_text(self.plain(Plain::From(Uri(User))))
    }

    fn gete_fuser(&mut self) -> Xval {
        empty(self.plain(Plain::From(Uri(User))))
    }

    fn get_fhost(&mut self) -> Xval {
        self.plain(Plain::From(Uri(HostPart)))
    }

    fn getw_fhost(&mut self) -> Xval {
        null_text(self.plain(Plain::From(Uri(HostPart))))
    }

    fn gete_fhost(&mut self) -> Xval {
        empty(self.plain(Plain::From(Uri(HostPart))))
    }

    fn get_turi(&mut self) -> Xval {
        self.plain(Plain::To(Uri(Whole)))
    }

    fn get_tuser(&mut self) -> Xval {
        self.plain(Plain::To(Uri(User)))
    }

    fn gete_tuser(&mut self) -> Xval {
        empty(self.plain(Plain::To(Uri(User))))
    }

    fn getw_tuser(&mut self) -> Xval {
        null_text(self.plain(Plain::To(Uri(User))))
    }

    fn get_thost(&mut self) -> Xval {
        self.plain(Plain::To(Uri(HostPart)))
    }

    fn gete_thost(&mut self) -> Xval {
        empty(self.plain(Plain::To(Uri(HostPart))))
    }

    fn getw_thost(&mut self) -> Xval {
        null_text(self.plain(Plain::To(Uri(HostPart))))
    }

    fn get_duri(&mut self) -> Xval {
        self.plain(Plain::Duri(Whole))
    }

    fn gete_duri(&mut self) -> Xval {
        empty(self.plain(Plain::Duri(Whole)))
    }

    fn getw_duri(&mut self) -> Xval {
        null_text(self.plain(Plain::Duri(Whole)))
    }

    fn get_cturi(&mut self) -> Xval {
        self.plain(Plain::ContactUri)
    }

    fn gete_cturi(&mut self) -> Xval {
        empty(self.plain(Plain::ContactUri))
    }

    fn getw_cturi(&mut self) -> Xval {
        null_text(self.plain(Plain::ContactUri))
    }

    fn get_nhuri(&mut self) -> Xval {
        if self.msg.is_request() {
            Xval::Str(to_guest(self.next_hop_uri()))
        } else {
            Xval::Null
        }
    }

    fn get_srcuri(&mut self) -> Xval {
        self.plain(Plain::Source(AddrText::Uri))
    }

    fn get_srcaddr_sock(&mut self) -> Xval {
        self.plain(Plain::Source(AddrText::Socket))
    }

    fn get_ua(&mut self) -> Xval {
        self.plain(Plain::UserAgent)
    }

    fn gete_ua(&mut self) -> Xval {
        empty(self.plain(Plain::UserAgent))
    }

    fn getw_ua(&mut self) -> Xval {
        null_text(self.plain(Plain::UserAgent))
    }

    fn get_srcip(&mut self) -> Xval {
        self.plain(Plain::Source(AddrText::Ip))
    }

    fn get_srcport(&mut self) -> Xval {
        number_text(self.plain(Plain::Source(AddrText::Port)))
    }

    fn get_send_sock(&mut self) -> Xval {
        self.plain(Plain::SendSocket)
    }

    fn get_send_sock_name(&mut self) -> Xval {
        // sockets have no names of their own
        Xval::Null
    }

    fn get_send_sock_port(&mut self) -> i32 {
        let Some(index) = self.send_socket else { return 0 };
        core::with(|core| {
            core.shared
                .sockets
                .get(usize::from(index))
                .map_or(0, |socket| i32::from(socket.address.port()))
        })
    }

    fn get_rcvip(&mut self) -> Xval {
        self.plain(Plain::Received(AddrText::Ip))
    }

    fn get_rcv_sock_name(&mut self) -> Xval {
        // sockets have no names of their own
        Xval::Null
    }

    fn get_rcvport(&mut self) -> Xval {
        number_text(self.plain(Plain::Received(AddrText::Port)))
    }

    fn get_rcvadvip(&mut self) -> Xval {
        self.plain(Plain::Received(AddrText::Ip))
    }

    fn get_rcvadvport(&mut self) -> Xval {
        number_text(self.plain(Plain::Received(AddrText::Port)))
    }

    fn get_rcvaddr_sock(&mut self) -> Xval {
        self.plain(Plain::Received(AddrText::Socket))
    }

    fn get_proto(&mut self) -> Xval {
        self.plain(Plain::Protocol)
    }

    fn get_protoid(&mut self) -> i32 {
        self.number(Plain::ProtocolId)
    }

    fn get_au(&mut self) -> Xval {
        self.plain(Plain::Auth(AuthPart::Username))
    }

    fn getw_au(&mut self) -> Xval {
        null_text(self.plain(Plain::Auth(AuthPart::Username)))
    }

    fn gete_au(&mut self) -> Xval {
        empty(self.plain(Plain::Auth(AuthPart::Username)))
    }

    fn get_method(&mut self) -> Xval {
        self.plain(Plain::Method)
    }

    fn get_status(&mut self) -> i32 {
        if self.msg.is_reply() {
            i32::from(self.msg.status())
        } else {
            -1
        }
    }

    fn gets_status(&mut self) -> Xval {
        empty(self.plain(Plain::Status))
    }

    fn get_body(&mut self) -> Xval {
        self.plain(Plain::Body)
    }

    fn getw_body(&mut self) -> Xval {
        null_text(self.plain(Plain::Body))
    }

    fn gete_body(&mut self) -> Xval {
        empty(self.plain(Plain::Body))
    }

    fn get_bodylen(&mut self) -> i32 {
        self.number(Plain::BodySize)
    }

    fn get_timestamp(&mut self) -> i32 {
        self.number(Plain::Now)
    }

    fn get_callid(&mut self) -> Xval {
        self.plain(Plain::CallId)
    }

    fn get_conid(&mut self) -> i32 {
        match self.source.connection {
            Some(_) => self.number(Plain::Connection),
            None => -1,
        }
    }

    fn get_msgbuf(&mut self) -> Xval {
        self.plain(Plain::Buffer)
    }

    fn get_msglen(&mut self) -> i32 {
        self.number(Plain::Length)
    }

    fn get_msgtype(&mut self) -> i32 {
        self.number(Plain::TypeNumber)
    }

    fn get_def(&mut self, _dname: String) -> Xval {
        Xval::Null
    }

    fn get_defn(&mut self, _dname: String) -> i32 {
        0
    }

    fn ifdef(&mut self, _dname: String) -> bool {
        false
    }

    fn ifndef(&mut self, _dname: String) -> bool {
        true
    }

    fn get_env(&mut self, envname: String) -> Xval {
        self.environment_of(&envname)
            .map_or(Xval::Null, |value| Xval::Str(to_guest(&value)))
    }

    fn get_envn(&mut self, envname: String) -> i32 {
        self.environment_of(&envname)
            .map_or(0, |value| as_i32(leading_number(&value)))
    }
}

impl Route {
    fn plain(&self, plain: Plain) -> Xval {
        self.read_plain(plain).into_xval()
    }

    fn number(&self, plain: Plain) -> i32 {
        as_i32(self.read_plain(plain).number())
    }
}

fn as_i32(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

fn empty(value: Xval) -> Xval {
    match value {
        Xval::Null => Xval::Str(String::new()),
        value => value,
    }
}

fn null_text(value: Xval) -> Xval {
    match value {
        Xval::Null => Xval::Str("<null>".to_owned()),
        value => value,
    }
}

/// Ports are handed out as text here.
fn number_text(value: Xval) -> Xval {
    match value {
        Xval::Int(number) => Xval::Str(number.to_string()),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    fn text(value: Xval) -> Option<String> {
        match value {
            Xval::Str(text) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn a_request_is_read_by_functions() {
        let mut route = testing::request(testing::INVITE);
        let r = &mut route;
        let values = [
            (Host::get_ruri(r), "sip:bob@localhost"),
            (Host::get_ruser(r), "bob"),
            (Host::get_rhost(r), "localhost"),
            (Host::get_ouri(r), "sip:bob@localhost"),
            (Host::get_furi(r), "sip:alice@localhost"),
            (Host::gete_fhost(r), "localhost"),
            (Host::getw_fuser(r), "alice"),
            (Host::get_turi(r), "sip:bob@localhost"),
            (Host::get_nhuri(r), "sip:bob@localhost"),
            (Host::get_srcuri(r), "sip:192.0.2.10:5062"),
            (Host::get_srcaddr_sock(r), "udp:192.0.2.10:5062"),
            (Host::gete_ua(r), "unit test"),
            (Host::get_srcip(r), "192.0.2.10"),
            (Host::get_srcport(r), "5062"),
            (Host::get_rcvip(r), "127.0.0.1"),
            (Host::get_rcvport(r), "5060"),
            (Host::get_rcvaddr_sock(r), "udp:127.0.0.1:5060"),
            (Host::get_proto(r), "udp"),
            (Host::get_method(r), "INVITE"),
            (Host::get_callid(r), "call-1@192.0.2.10"),
            (Host::get_cturi(r), "sip:alice@192.0.2.10:5062"),
            (Host::get_body(r), "v=0\r\n"),
            (Host::gets_status(r), ""),
            (Host::gete_au(r), ""),
            (Host::getw_duri(r), "<null>"),
        ];
        for (value, wanted) in values {
            assert_eq!(text(value).as_deref(), Some(wanted));
        }
        assert_eq!(text(Host::get_au(r)), None);
        assert_eq!(
            (
                Host::get_status(r),
                Host::get_bodylen(r),
                Host::get_conid(r),
                Host::get_msgtype(r)
            ),
            (-1, 5, -1, 1)
        );
        assert_eq!(
            (
                Host::get_protoid(r),
                Host::get_send_sock_port(r),
                Host::get_timestamp(r)
            ),
            (1, 0, 1_700_000_100)
        );
        assert!(!Host::ifdef(r, "WITH_AUTH".into()) && Host::ifndef(r, "WITH_AUTH".into()));
    }

    #[test]
    fn a_reply_has_a_status() {
        let mut route = testing::reply(testing::RINGING);
        assert_eq!(Host::get_status(&mut route), 180);
        assert_eq!(text(Host::gets_status(&mut route)).as_deref(), Some("180"));
        assert_eq!(Host::get_msgtype(&mut route), 2);
        assert_eq!(text(Host::get_nhuri(&mut route)), None);
    }

    #[test]
    fn the_environment_is_the_operators() {
        let mut route = testing::request(testing::INVITE);
        assert!(text(Host::get_env(&mut route, "PATH".into())).is_some());
        assert_eq!(text(Host::get_env(&mut route, "A=B".into())), None);
        route.tenant = 7;
        assert_eq!(text(Host::get_env(&mut route, "PATH".into())), None);
        assert_eq!(Host::get_envn(&mut route, "PATH".into()), 0);
    }
}
