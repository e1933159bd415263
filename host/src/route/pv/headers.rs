//! Single values of list headers: `$hfl`, `$via1`, `$expires`.

use super::Read;
use super::names::{ReplyPart, ViaField, ViaPlace};
use super::read::place;
use super::spec::{Index, Text};
use crate::route::Route;
use kemist_sip::Protocol;
use kemist_sip::message::{HeaderId, list};

impl Route {
    /// `$hfl(name)`: the value at an index, negative from the last, over all lines of that name.
    pub fn read_header_item<'a>(&'a self, name: &'a Text, index: &Index) -> Read<'a> {
        let (Some(name), Some(index)) = (self.text(name), self.index(index)) else {
            return Read::Null;
        };
        let values = || {
            self.msg
                .headers_named(&name)
                .flat_map(|header| list::split(header.value()))
        };
        let at = match usize::try_from(index) {
            Ok(index) => Some(index),
            Err(_) => place(index, values().count()),
        };
        at.and_then(|at| values().nth(at))
            .map_or(Read::Null, |value| Read::owned(value))
    }

    /// `$hflc(name)`.
    pub fn count_header_items(&self, name: &Text) -> Read<'_> {
        let Some(name) = self.text(name) else { return Read::Null };
        Read::length(
            self.msg
                .headers_named(&name)
                .flat_map(|header| list::split(header.value()))
                .count(),
        )
    }

    /// `$via0(x)`, `$via1(x)` and `$viaZ(x)`; the port is 5060 where none is written, as in Kamailio.
    pub fn read_via(&self, place: ViaPlace, field: ViaField) -> Read<'_> {
        let via = match place {
            ViaPlace::Top => self.msg.via(),
            ViaPlace::Second => self.msg.vias().nth(1),
            ViaPlace::Last => self.msg.vias().last(),
        };
        let Some(via) = via else { return Read::Null };
        let param = |name| via.param(name).flatten();
        let number = |name| param(name).map_or(Read::Null, |value| Read::Int(super::leading_number(value)));
        match field {
            ViaField::Host => Read::text(via.host),
            ViaField::Port => Read::Int(i64::from(via.port.unwrap_or(5060))),
            ViaField::Transport => Read::text(via.transport),
            ViaField::TransportId => Read::Int(Protocol::parse(via.transport).map_or(0, super::network::protocol_id)),
            ViaField::Branch => Read::optional(via.branch()),
            ViaField::Rport => via
                .rport()
                .flatten()
                .map_or(Read::Null, |port| Read::owned(port.to_string())),
            ViaField::Received => Read::optional(via.received()),
            ViaField::Params => Read::filled(via.params),
            ViaField::I => Read::optional(param("i")),
            ViaField::OcAlgo => Read::optional(param("oc-algo")),
            ViaField::Oc => number("oc"),
            ViaField::OcValidity => number("oc-validity"),
            ViaField::OcSeq => number("oc-seq"),
        }
    }

    /// `$rpl(x)`: where a reply goes when it leaves us, by the Via below ours; null on requests.
    pub fn read_reply_route(&self, part: ReplyPart) -> Read<'_> {
        if !self.msg.is_reply() {
            return Read::Null;
        }
        match part {
            ReplyPart::Vias => return Read::length(self.msg.vias().count()),
            ReplyPart::RecordRoutes => return Read::length(self.count_values(HeaderId::RecordRoute)),
            _ => {}
        }
        let Some(via) = self.msg.vias().nth(1) else {
            return Read::Null;
        };
        let host = via.received().unwrap_or(via.host);
        let port = via.rport().flatten().or(via.port).unwrap_or(5060);
        let protocol = Protocol::parse(via.transport);
        let name = protocol.map_or("udp", |protocol| protocol.name());
        match part {
            ReplyPart::Host => Read::text(host),
            ReplyPart::Port => Read::Int(i64::from(port)),
            ReplyPart::Transport => Read::text(name.as_bytes()),
            ReplyPart::TransportId => Read::Int(protocol.map_or(0, super::network::protocol_id)),
            _ => Read::owned([b"sip:", host, format!(":{port};transport={name}").as_bytes()].concat()),
        }
    }

    /// The smallest or largest time that the contacts ask for, each by its parameter, else by the
    /// Expires header; null where none does.
    pub fn read_expires(&self, max: bool) -> Read<'_> {
        let header = self.msg.expires();
        let own = |value: &[u8]| {
            std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse::<u32>().ok())
        };
        let times = self
            .msg
            .contacts()
            .flatten()
            .filter_map(|contact| contact.param("expires").flatten().and_then(own).or(header));
        let found = if max { times.max() } else { times.min() };
        found.or(header).map_or(Read::Null, |time| Read::Int(i64::from(time)))
    }
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn values_of_lists_are_read_one_by_one() {
        let lines = "Supported: path, gruu\r\nSupported: 100rel\r\nExpires: 600\r\nContact: <sip:b@192.0.2.1>;expires=60\r\nContent-Type";
        let route = testing::request(&testing::INVITE.replace("Content-Type", lines));
        assert_eq!(route.pv_get("$hfl(Supported)"), Value::text(b"path"));
        assert_eq!(route.pv_get("$(hfl(k)[-1])"), Value::text(b"100rel"));
        assert_eq!(route.pv_get("$(hfl(k)[3])"), Value::Null);
        assert_eq!(route.pv_get("$hflc(Supported)"), Value::Int(3));
        assert_eq!(route.pv_get("$expires(min)"), Value::Int(60));
        assert_eq!(route.pv_get("$expires(max)"), Value::Int(600));
        assert_eq!(route.pv_get("$msg(body_len)"), Value::Int(5));
    }

    #[test]
    fn vias_are_read_at_both_ends() {
        let route = testing::reply(testing::RINGING);
        assert_eq!(route.pv_get("$via0(host)"), Value::text(b"127.0.0.1"));
        assert_eq!(route.pv_get("$via0(branch)"), Value::text(b"z9hG4bKours"));
        assert_eq!(route.pv_get("$via1(host)"), Value::text(b"192.0.2.10"));
        assert_eq!(route.pv_get("$viaZ(port)"), Value::Int(5062));
        assert_eq!(route.pv_get("$viaZ(proto)"), Value::text(b"UDP"));
        assert_eq!(route.pv_get("$viaZ(protoid)"), Value::Int(1));
        assert_eq!(route.pv_get("$via1(received)"), Value::Null);
        assert_eq!(
            route.pv_get("$rpl(duri)"),
            Value::text(b"sip:192.0.2.10:5062;transport=udp")
        );
        assert_eq!(route.pv_get("$rpl(cntvia)"), Value::Int(2));
        let route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$via1(host)"), Value::Null, "there is one");
        assert_eq!(route.pv_get("$rpl(duri)"), Value::Null);
        assert_eq!(
            route.pv_get("$msg(fline)"),
            Value::text(b"INVITE sip:bob@localhost SIP/2.0")
        );
        assert_eq!(route.pv_get("$msg(hdrc)"), Value::Int(10));
        assert_eq!(route.pv_get("$(msg(hdrs){s.substr,0,4})"), Value::text(b"Via:"));
        assert_eq!(route.pv_get("$(msg(lpart){s.substr,-5,3})"), Value::text(b"v=0"));
        assert_eq!(route.pv_get("$msgbuf(1)"), Value::text(b"N"));
    }
}
