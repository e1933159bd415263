//! Variables that stand in the message.

use super::Read;
use super::names::{AddressPart, AuthPart, MessagePart, Plain, UriPart};
use super::read::place;
use super::spec::{Index, Text};
use crate::route::Route;
use kemist_sip::Method;
use kemist_sip::message::name_addr::NameAddr;
use kemist_sip::message::{HeaderId, list};
use kemist_sip::transaction::to_tag;

impl Route {
    /// Names without brackets that read the message.
    pub fn read_message(&self, plain: Plain) -> Read<'_> {
        let msg = &*self.msg;
        match plain {
            Plain::From(part) => self.from_part(part),
            Plain::To(part) => self.to_part(part),
            Plain::ToTagState => Read::Int(i64::from(msg.to().is_some_and(|to| to.tag().is_some()))),
            Plain::AssertedUri => self.address_of(HeaderId::PAssertedIdentity, AddressPart::Uri(UriPart::Whole)),
            Plain::Preferred(part) => self.address_of(HeaderId::PPreferredIdentity, part),
            Plain::RemotePartyUri => self.address_of(HeaderId::RemotePartyId, AddressPart::Uri(UriPart::Whole)),
            Plain::ReferToUri => self.address_of(HeaderId::ReferTo, AddressPart::Uri(UriPart::Whole)),
            Plain::DiversionUri => self.address_of(HeaderId::Diversion, AddressPart::Uri(UriPart::Whole)),
            Plain::Auth(part) => self.auth_part(part),
            Plain::AccountUser(part) => self.account_user(part),
            Plain::Method => Read::filled(msg.method_name()),
            Plain::MethodId => Read::Int(method_id(msg.method())),
            Plain::Status => {
                if msg.is_reply() {
                    Read::digits(msg.status().into())
                } else {
                    Read::Null
                }
            }
            Plain::StatusNumber => {
                if msg.is_reply() {
                    Read::Int(i64::from(msg.status()))
                } else {
                    Read::Null
                }
            }
            Plain::Reason => {
                if msg.is_reply() {
                    Read::text(msg.reason())
                } else {
                    Read::Null
                }
            }
            Plain::Version => Read::text(msg.version()),
            Plain::CallId => Read::optional(msg.call_id()),
            Plain::CSeq => msg.cseq().map_or(Read::Null, |cseq| Read::digits(cseq.number)),
            Plain::CSeqBody => self.value_of(HeaderId::CSeq),
            Plain::Contact => self.value_of(HeaderId::Contact),
            Plain::ContactUri => self.contact_uri(),
            Plain::ContactStar => Read::Int(i64::from(
                msg.header(HeaderId::Contact).is_some_and(|c| c.value() == b"*"),
            )),
            Plain::ContentType => self.value_of(HeaderId::ContentType),
            Plain::ContentLength => match msg.content_length() {
                Some(Ok(length)) => Read::length(length),
                _ => Read::Null,
            },
            Plain::UserAgent => self.value_of(HeaderId::UserAgent),
            Plain::Body => Read::filled(msg.body()),
            Plain::BodySize => Read::length(msg.body().len()),
            Plain::Buffer => Read::text(msg.bytes()),
            Plain::BufferChanged => Read::owned(self.changed()),
            Plain::Length => Read::length(msg.len()),
            Plain::TypeNumber => Read::Int(if msg.is_request() { 1 } else { 2 }),
            Plain::TypeText => Read::text(if msg.is_request() { b"rq" } else { b"rp" }),
            Plain::DiversionParam(name) => self.diversion_param(name),
            Plain::RecordRoutes => Read::length(self.count_values(HeaderId::RecordRoute)),
            Plain::RouteUri => self.address_of(HeaderId::Route, AddressPart::Uri(UriPart::Whole)),
            // the others are read elsewhere
            _ => Read::Null,
        }
    }

    fn value_of(&self, header: HeaderId) -> Read<'_> {
        Read::optional(self.msg.header(header).map(|header| header.value()))
    }

    /// URI of the first contact; null for `*`.
    fn contact_uri(&self) -> Read<'_> {
        let first = self
            .msg
            .header(HeaderId::Contact)
            .and_then(|header| list::split(header.value()).next());
        match first.and_then(|value| NameAddr::parse(value).ok()) {
            Some(contact) if contact.uri != b"*" => Read::text(contact.uri),
            _ => Read::Null,
        }
    }

    /// A parameter of the first Diversion.
    fn diversion_param(&self, name: &str) -> Read<'_> {
        let first = self
            .msg
            .header(HeaderId::Diversion)
            .and_then(|header| list::split(header.value()).next());
        let param = first.and_then(|value| NameAddr::parse(value).ok()?.param(name)?);
        Read::optional(param)
    }

    /// How many values all lines of a header have.
    pub fn count_values(&self, header: HeaderId) -> usize {
        self.msg
            .headers_of(header)
            .map(|header| list::split(header.value()).count())
            .sum()
    }

    /// `$msg(x)`: parts of the text of the message, without white space around them.
    pub fn read_message_part(&self, part: MessagePart) -> Read<'_> {
        let msg = &*self.msg;
        let offset = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).min(msg.len());
        let (first, end) = (offset(msg.first_header_offset()), offset(msg.headers_end()));
        let text = |from: usize, to: usize| msg.bytes().get(from..to).unwrap_or_default();
        match part {
            MessagePart::Headers => Read::text(text(first, end).trim_ascii()),
            MessagePart::HeadersLength => Read::length(text(first, end).trim_ascii().len()),
            MessagePart::HeadersCount => Read::length(msg.headers().count()),
            MessagePart::FirstLine => Read::text(text(0, first).trim_ascii()),
            MessagePart::FirstPart => Read::text(text(0, end).trim_ascii()),
            MessagePart::LastPart => Read::text(text(first, msg.len())),
        }
    }

    /// `$msgbuf(i)`: one byte of the message.
    pub fn read_byte(&self, at: &Text) -> Read<'_> {
        let at = self.text(at).map(|at| super::leading_number(&at));
        let at = at.and_then(|at| usize::try_from(at).ok());
        Read::optional(at.and_then(|at| self.msg.bytes().get(at..at.checked_add(1)?)))
    }

    /// The To tag of our own replies.
    pub fn local_to_tag(&self) -> Read<'_> {
        match self.msg.to().and_then(|to| to.tag()) {
            Some(tag) => Read::text(tag),
            None => Read::owned(crate::route::core::with(|core| to_tag(&core.shared.secret, &self.msg))),
        }
    }

    /// Whom a call is accounted to: the user of the credentials, else From.
    fn account_user(&self, part: AddressPart) -> Read<'_> {
        match self.auth_part(AuthPart::Username) {
            Read::Null => self.from_part(part),
            username => username,
        }
    }

    /// `$hdr(name)`: the value of the header line at an index, negative from the last.
    pub fn read_header<'a>(&'a self, name: &'a Text, index: &Index) -> Read<'a> {
        let Some(name) = self.text(name) else { return Read::Null };
        match self.index(index) {
            Some(index) => Read::optional(self.header_value(&name, index)),
            // [*] joins what is there
            None => {
                let values: Vec<&[u8]> = self.msg.headers_named(&name).map(|header| header.value()).collect();
                if values.is_empty() {
                    Read::Null
                } else {
                    Read::owned(values.join(&b","[..]))
                }
            }
        }
    }

    /// The value of a header line by name and place, negative from the last.
    pub fn header_value(&self, name: &[u8], index: i32) -> Option<&[u8]> {
        let place = match usize::try_from(index) {
            Ok(index) => index,
            Err(_) => place(index, self.msg.headers_named(name).count())?,
        };
        // the iterator borrows the name too: the value is found again by its place
        let header = self.msg.headers_named(name).nth(place)?;
        let start = usize::try_from(header.value_start()).ok()?;
        self.msg.bytes().get(start..start.checked_add(header.value().len())?)
    }

    /// `$hdrc(name)`.
    pub fn read_header_count(&self, name: &Text) -> Read<'_> {
        self.text(name)
            .map_or(Read::Null, |name| Read::length(self.msg.headers_named(&name).count()))
    }
}

/// Kamailio's bit for a method.
fn method_id(method: Method) -> i64 {
    match method {
        Method::Invite => 1,
        Method::Cancel => 2,
        Method::Ack => 4,
        Method::Bye => 8,
        Method::Info => 16,
        Method::Register => 32,
        Method::Subscribe => 64,
        Method::Notify => 128,
        Method::Message => 256,
        Method::Options => 512,
        Method::Prack => 1024,
        Method::Update => 2048,
        Method::Refer => 4096,
        Method::Publish => 8192,
        Method::Other => 16384,
    }
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn a_request_reads_as_it_came() {
        let route = testing::request(testing::INVITE);
        let texts = [
            ("$rm", "INVITE"),
            ("$ru", "sip:bob@localhost"),
            ("$rU", "bob"),
            ("$rd", "localhost"),
            ("$rp", "5060"),
            ("$rP", "UDP"),
            ("$rz", "sip"),
            ("$ou", "sip:bob@localhost"),
            ("$fu", "sip:alice@localhost"),
            ("$fU", "alice"),
            ("$fd", "localhost"),
            ("$ft", "f1"),
            ("$fn", "\"Alice\""),
            ("$tu", "sip:bob@localhost"),
            ("$tU", "bob"),
            ("$td", "localhost"),
            ("$ci", "call-1@192.0.2.10"),
            ("$cs", "7"),
            ("$csb", "7 INVITE"),
            ("$ua", "unit test"),
            ("$ct", "<sip:alice@192.0.2.10:5062>"),
            ("$ctu", "sip:alice@192.0.2.10:5062"),
            ("$cT", "application/sdp"),
            ("$rb", "v=0\r\n"),
            ("$rv", "SIP/2.0"),
            ("$hdr(User-Agent)", "unit test"),
            ("$hdr(f)", "\"Alice\" <sip:alice@localhost>;tag=f1"),
            ("$mts", "rq"),
            ("$Au", "sip:alice@localhost"),
            ("$$", "$"),
            ("$En", "\n"),
            ("$mb", testing::INVITE),
        ];
        for (name, text) in texts {
            assert_eq!(route.pv_get(name), Value::text(text.as_bytes()), "{name}");
        }
        for (name, number) in [
            ("$bs", 5),
            ("$cl", 5),
            ("$mt", 1),
            ("$ml", testing::INVITE.len() as i64),
            ("$hdrc(Via)", 1),
            ("$rmid", 1),
            ("$true", 1),
            ("$rul", 17),
        ] {
            assert_eq!(route.pv_get(name), Value::Int(number), "{name}");
        }
        for name in [
            "$tt",
            "$tn",
            "$rs",
            "$rr",
            "$au",
            "$ar",
            "$du",
            "$dd",
            "$hdr(X-None)",
            "$(hdr(Via)[1])",
            "$null",
            "$ai",
            "$nonesuch",
        ] {
            assert_eq!(route.pv_get(name), Value::Null, "{name}");
        }
    }

    #[test]
    fn a_reply_has_a_status_and_no_request_uri() {
        let route = testing::reply(testing::RINGING);
        assert_eq!(route.pv_get("$rs"), Value::text(b"180"));
        assert_eq!(route.pv_get("$rr"), Value::text(b"Ringing"));
        assert_eq!(route.pv_get("$rm"), Value::text(b"INVITE"));
        assert_eq!(route.pv_get("$tt"), Value::text(b"t1"));
        assert_eq!(route.pv_get("$ru"), Value::Null);
        assert_eq!(
            route.pv_get("$(hdr(Via)[-1])"),
            Value::text(b"SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKtest1")
        );
    }

    #[test]
    fn a_uri_without_user_reads_null() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.set_uri(b"sip:192.0.2.1;transport=tcp"));
        assert_eq!(route.pv_get("$rU"), Value::Null);
        assert_eq!(route.pv_get("$rUl"), Value::Int(0));
        assert_eq!(route.pv_get("$rP"), Value::text(b"tcp"));
        assert_eq!(route.pv_get("$oU"), Value::text(b"bob"));
    }

    #[test]
    fn credentials_are_read_from_the_header() {
        let line = "Proxy-Authorization: Digest username=\"al@ex.org\", realm=\"r1\", nonce=\"n\", uri=\"sip:ex.org\", response=\"00\"\r\nContent-Type";
        let route = testing::request(&testing::INVITE.replace("Content-Type", line));
        for (name, text) in [
            ("$au", "al@ex.org"),
            ("$aU", "al"),
            ("$ad", "ex.org"),
            ("$ar", "r1"),
            ("$adn", "n"),
            ("$adu", "sip:ex.org"),
            ("$Au", "al@ex.org"),
        ] {
            assert_eq!(route.pv_get(name), Value::text(text.as_bytes()), "{name}");
        }
    }
}
