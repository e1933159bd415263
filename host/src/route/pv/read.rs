//! Reading: from a [`Spec`] to a value on a [`Route`].

pub use super::value::Read;

use super::MAX_VALUE;
use super::names::{Name, Plain, UriPart};
use super::spec::{Index, Part, Spec, Text};
use super::time;
use crate::route::{Route, core};
use crate::store::OPERATOR;
use siphasher::sip::SipHasher13;
use std::borrow::Cow;
use std::hash::Hasher;

impl Route {
    /// Reads a variable, with its transformations.
    pub fn read<'a>(&'a self, spec: &'a Spec) -> Read<'a> {
        let mut value = self.read_name(spec);
        for transform in &spec.transforms {
            value = transform.apply(self, value);
        }
        value
    }

    fn read_name<'a>(&'a self, spec: &'a Spec) -> Read<'a> {
        match &spec.name {
            Name::Plain(plain) => self.read_plain(*plain),
            Name::Const(text) => Read::text(text),
            Name::Number(number) => Read::Int(*number),
            Name::Header(name) => self.read_header(name, &spec.index),
            Name::HeaderCount(name) => self.read_header_count(name),
            Name::HeaderValue(name) => self.read_header_item(name, &spec.index),
            Name::HeaderValueCount(name) => self.count_header_items(name),
            Name::Via(place, field) => self.read_via(*place, *field),
            Name::Message(part) => self.read_message_part(*part),
            Name::ReplyRoute(part) => self.read_reply_route(*part),
            Name::Flag(set, flag) => Read::Int(i64::from(self.flag_set(*set) >> u32::from(*flag) & 1)),
            Name::Expires { max } => self.read_expires(*max),
            Name::Var(name) => self.read_var(name, false),
            Name::Vn(name) => self.read_var(name, true),
            Name::Avp(name) => self.read_avp(name, &spec.index),
            Name::Xavp(xavp) => self.read_xavp(xavp),
            Name::Shared(name) => self.read_shared(name),
            Name::SharedAdd(name) => self.add_shared(name),
            Name::Table(op, table, key) => self.read_table(*op, table, key),
            Name::Count(list) => self.count(list),
            Name::Branch(field) => self.read_branch(*field, &spec.index),
            Name::StaticBranch(field) => self.read_static_branch(*field),
            Name::SentBranch(field) => self.read_sent_branch(*field),
            Name::NextHop(part) => self.uri_part(self.next_hop_uri(), *part),
            Name::NextHopIp => self.next_hop_ip(),
            Name::Time(zone, field) => Read::Int(time::field(now(), *zone, *field)),
            Name::TimeFormat(zone, format) => i64::try_from(now())
                .ok()
                .and_then(|unix| time::format(unix, format, *zone))
                .map_or(Read::Null, Read::owned),
            Name::Clock(field) => time::clock(now(), *field),
            Name::Statistic(name) => self.read_statistic(name),
            Name::Select(spec) => self.read(spec),
            Name::Byte(at) => self.read_byte(at),
            Name::HostName(part) => self.read_host_name(*part),
            Name::Eval(text) => self.text(text).map_or(Read::Null, Read::Str),
            Name::OnRequest(spec) => self.on_request(spec),
            Name::OnReply(spec) => self.on_reply(spec),
            Name::OnInvite(spec) => self.on_invite(spec),
            Name::Environment(name) => self.environment(name),
            Name::EnvironmentNumber(name) => match self.environment(name) {
                Read::Null => Read::Null,
                value => Read::Int(value.number()),
            },
        }
    }

    /// Reads a name without brackets.
    pub fn read_plain(&self, plain: Plain) -> Read<'_> {
        match plain {
            Plain::Null => Read::Null,
            Plain::Ruri(part) => self.on_requests(|route| route.uri_part(route.request_uri(), part)),
            Plain::Ouri(part) => self.on_requests(|route| route.uri_part(route.msg.request_uri(), part)),
            Plain::Duri(part) => match &self.dst_uri {
                Some(uri) => self.uri_part(uri, part),
                None => Read::Null,
            },
            Plain::Source(part) => self.source_text(part),
            Plain::Received(part) => self.received_text(part),
            Plain::Protocol => Read::text(self.source.protocol.name().as_bytes()),
            Plain::ProtocolId => Read::Int(super::network::protocol_id(self.source.protocol)),
            Plain::Family => Read::Int(if self.source.remote.is_ipv4() { 2 } else { 10 }),
            Plain::Connection => self
                .source
                .connection
                .map_or(Read::Null, |id| Read::Int(id.0.cast_signed())),
            Plain::SendTo(part) => self.send_to(part),
            Plain::SendFrom(part) => self.send_from(part),
            Plain::SendBuffer | Plain::SendLength if self.sending.is_none() => Read::Null,
            Plain::SendBuffer => self.read_message(Plain::Buffer),
            Plain::SendLength => self.read_message(Plain::Length),
            Plain::SendSocket => self.send_socket_text(),
            Plain::SendSocketPort => self.send_socket_port(),
            Plain::Flags(set) => Read::Int(i64::from(self.flag_set(set))),
            Plain::FlagsHex(set) => Read::owned(format!("{:08X}", self.flag_set(set))),
            Plain::FirstBranch | Plain::AllBranches | Plain::DestinationSet => self.branch_texts(plain),
            Plain::Ruid => Read::filled(&self.ruid),
            Plain::LocationUserAgent => Read::filled(&self.location_ua),
            Plain::MessageId => Read::Int(self.number_of_message()),
            Plain::InstanceId => super::statistics::instance_id(),
            Plain::Random => super::statistics::random(),
            Plain::LocalToTag => self.on_requests(Route::local_to_tag),
            Plain::Now => Read::Int(i64::try_from(now()).unwrap_or(i64::MAX)),
            Plain::NowText => Read::owned(time::text(now())),
            Plain::Boot => Read::Int(core::with(|core| {
                i64::try_from(core.shared.started).unwrap_or(i64::MAX)
            })),
            Plain::ProcessId => Read::Int(i64::from(std::process::id())),
            Plain::TransactionIndex | Plain::TransactionLabel => self.read_transaction(plain),
            Plain::BranchIndex | Plain::ReplyCode | Plain::ReplyReason => self.read_transaction(plain),
            Plain::ReplyLast | Plain::ReplyRuid | Plain::ReplyType => self.read_transaction(plain),
            _ => self.read_message(plain),
        }
    }

    /// `$mi`. A tenant's do not tell how many messages of others there were.
    fn number_of_message(&self) -> i64 {
        if self.tenant == OPERATOR {
            return i64::try_from(self.message_id).unwrap_or(i64::MAX);
        }
        let mut hasher = core::with(|core| SipHasher13::new_with_key(&core.shared.secret));
        hasher.write(b"message");
        hasher.write_u64(self.message_id);
        (hasher.finish() >> 1).cast_signed()
    }

    /// Null on replies.
    fn on_requests<'a>(&'a self, read: impl FnOnce(&'a Route) -> Read<'a>) -> Read<'a> {
        if self.msg.is_request() { read(self) } else { Read::Null }
    }

    /// A text with its variables replaced; None where it gets too long.
    pub fn text<'a>(&'a self, text: &'a Text) -> Option<Cow<'a, [u8]>> {
        match &*text.parts {
            [Part::Literal(text)] => return Some(Cow::Borrowed(text)),
            [Part::Variable(spec)] => return Some(self.read(spec).into_text().unwrap_or(Cow::Borrowed(b"<null>"))),
            _ => {}
        }
        let mut out = Vec::new();
        for part in &text.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Variable(spec) => {
                    out.extend_from_slice(&self.read(spec).into_text().unwrap_or(Cow::Borrowed(b"<null>")))
                }
            }
            if out.len() > MAX_VALUE {
                self.script_error(format_args!("a text with variables grew over {MAX_VALUE} bytes"));
                return None;
            }
        }
        Some(Cow::Owned(out))
    }

    /// The index as a number; None for `[*]`. No index is 0.
    pub fn index(&self, index: &Index) -> Option<i32> {
        match index {
            Index::None => Some(0),
            Index::At(at) => Some(*at),
            Index::Computed(spec) => i32::try_from(self.read(spec).number()).ok(),
            Index::All => None,
        }
    }

    /// The environment is the operator's: it may hold the password of a database.
    fn environment(&self, name: &Text) -> Read<'_> {
        let name = self.text(name);
        let name = name.as_deref().and_then(|name| std::str::from_utf8(name).ok());
        name.and_then(|name| self.environment_of(name))
            .map_or(Read::Null, Read::owned)
    }

    /// A variable of the environment; None for tenants.
    pub fn environment_of(&self, name: &str) -> Option<Vec<u8>> {
        let readable = self.tenant == OPERATOR && !name.is_empty() && !name.contains(['=', '\0']);
        readable
            .then(|| std::env::var_os(name))
            .flatten()
            .map(|value| value.into_encoded_bytes())
    }

    /// A part of a URI, as `$ru`, `$rU`, ... read it.
    pub fn uri_part<'a>(&self, uri: &'a [u8], part: UriPart) -> Read<'a> {
        super::identity::uri_part(uri, part)
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    core::with(|core| core.unix)
}

/// The place of `index` in a list of `length`, negative from the end.
pub fn place(index: i32, length: usize) -> Option<usize> {
    let at = if index < 0 {
        i64::try_from(length).ok()?.checked_add(i64::from(index))?
    } else {
        i64::from(index)
    };
    usize::try_from(at).ok().filter(|at| *at < length)
}
