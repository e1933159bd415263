//! Names with brackets, and what each takes in them.

use super::super::spec::{Index, ParseError, Spec, Text, parse_index};
use super::{
    AddrText, BranchField, ClockField, FlagSet, HostPart, MessagePart, Name, Plain, ReplyPart, SendPart, TableOp,
    TimeField, UriPart, ViaField, ViaPlace, Xavp, XavpKind,
};
use crate::route::pv::time::Zone;

/// Does a bracket after this name belong to it? In `$fU(x)` it does not.
pub fn takes_inner(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 65] = [
        b"hdr",
        b"hdrc",
        b"hfl",
        b"hflc",
        b"var",
        b"vz",
        b"vn",
        b"avp",
        b"xavp",
        b"shv",
        b"shvinc",
        b"sht",
        b"shtex",
        b"shtinc",
        b"shtdec",
        b"shtcn",
        b"shtcv",
        b"cnt",
        b"branch",
        b"nh",
        b"time",
        b"utime",
        b"_s",
        b"T_req",
        b"T_rpl",
        b"T_inv",
        b"T_branch",
        b"env",
        b"K",
        b"version",
        b"def",
        b"defn",
        b"af",
        b"rcv",
        b"Mf",
        b"Bf",
        b"Sf",
        b"via1",
        b"viaZ",
        b"expires",
        b"T",
        b"msg",
        b"snd",
        b"sndto",
        b"sndfrom",
        b"via0",
        b"xavu",
        b"xavi",
        b"sbranch",
        b"TV",
        b"timef",
        b"utimef",
        b"stat",
        b"sel",
        b"msgbuf",
        b"rpl",
        b"ksr",
        b"HN",
        b"C",
        b"envn",
        b"defv",
        b"defs",
        b"ccp",
        b"recv",
        b"ltt",
    ];
    NAMES.contains(&name)
}

/// A name with its brackets.
pub fn with_inner(name: &[u8], inner: &[u8], depth: u8) -> Result<Name, ParseError> {
    let text = |wrong| match Text::parse_at(inner.trim_ascii(), depth)? {
        text if text.literal() == Some(b"") => Err(ParseError::Inner(wrong)),
        text => Ok(text),
    };
    let spec = || Spec::parse_at(inner, depth).map(Box::new);
    Ok(match name {
        b"hdr" => Name::Header(text("hdr")?),
        b"hdrc" => Name::HeaderCount(text("hdrc")?),
        b"hfl" => Name::HeaderValue(text("hfl")?),
        b"hflc" => Name::HeaderValueCount(text("hflc")?),
        b"via0" => Name::Via(ViaPlace::Top, via_field(inner)?),
        b"via1" => Name::Via(ViaPlace::Second, via_field(inner)?),
        b"viaZ" => Name::Via(ViaPlace::Last, via_field(inner)?),
        b"rpl" => Name::ReplyRoute(reply_part(inner)?),
        b"Mf" => Name::Flag(FlagSet::Message, flag(inner)?),
        b"Bf" => Name::Flag(FlagSet::Branch, flag(inner)?),
        b"Sf" => Name::Flag(FlagSet::Script, flag(inner)?),
        b"expires" => Name::Expires {
            max: either(inner, b"max", b"min", "expires")?,
        },
        b"T" => transaction(inner)?,
        b"msg" => message(inner)?,
        b"var" | b"vz" => Name::Var(text("var")?),
        b"vn" => Name::Vn(text("vn")?),
        b"avp" => Name::Avp(text("avp")?),
        b"xavp" => Name::Xavp(Box::new(xavp(XavpKind::Xavp, inner, depth)?)),
        b"xavu" => Name::Xavp(Box::new(xavp(XavpKind::Xavu, inner, depth)?)),
        b"xavi" => Name::Xavp(Box::new(xavp(XavpKind::Xavi, inner, depth)?)),
        b"shv" => Name::Shared(text("shv")?),
        b"shvinc" => Name::SharedAdd(text("shvinc")?),
        b"sht" => table(TableOp::Value, inner, depth)?,
        b"shtex" => table(TableOp::Expire, inner, depth)?,
        b"shtinc" => table(TableOp::Increment, inner, depth)?,
        b"shtdec" => table(TableOp::Decrement, inner, depth)?,
        b"shtcn" => table(TableOp::CountNames, inner, depth)?,
        b"shtcv" => table(TableOp::CountValues, inner, depth)?,
        b"cnt" => Name::Count(spec()?),
        b"branch" => Name::Branch(branch_field(inner)?),
        b"sbranch" => Name::StaticBranch(branch_field(inner)?),
        b"T_branch" => Name::SentBranch(sent_field(inner)?),
        b"nh" if inner.trim_ascii() == b"i" => Name::NextHopIp,
        b"nh" => Name::NextHop(next_hop_part(inner)?),
        b"time" => Name::Time(Zone::Local, time_field(inner)?),
        b"utime" => Name::Time(Zone::Utc, time_field(inner)?),
        b"timef" => Name::TimeFormat(Zone::Local, inner.into()),
        b"utimef" => Name::TimeFormat(Zone::Utc, inner.into()),
        b"TV" => Name::Clock(clock_field(inner)?),
        b"stat" => Name::Statistic(text("stat")?),
        b"sel" => Name::Select(Box::new(super::select::variable(inner, depth)?)),
        b"msgbuf" => Name::Byte(text("msgbuf")?),
        b"HN" => Name::HostName(host_part(inner)?),
        // logs have no colours
        b"C" => Name::Const(b""),
        b"ltt" => Name::Plain(Plain::LocalToTag),
        b"_s" => Name::Eval(Text::parse_at(inner, depth)?),
        b"T_req" => Name::OnRequest(spec()?),
        b"T_rpl" => Name::OnReply(spec()?),
        b"T_inv" => Name::OnInvite(spec()?),
        b"env" => Name::Environment(text("env")?),
        b"envn" => Name::EnvironmentNumber(text("envn")?),
        b"K" | b"af" => Name::Number(core_constant(inner)?),
        b"version" => version(inner)?,
        b"ksr" => server(inner)?,
        // there are no defines: the passive configuration has none
        b"def" | b"defv" | b"defs" | b"ccp" => Name::Plain(Plain::Null),
        b"defn" => Name::Number(0),
        b"rcv" | b"recv" => received(inner)?,
        b"snd" | b"sndto" => sending(inner)?,
        b"sndfrom" => Name::Plain(Plain::SendFrom(send_part(inner)?)),
        _ => return Err(ParseError::Unknown(String::from_utf8_lossy(name).into_owned())),
    })
}

/// `table=>key`; the key may hold variables.
fn table(op: TableOp, inner: &[u8], depth: u8) -> Result<Name, ParseError> {
    let (table, key) = split_arrow(inner).ok_or(ParseError::Inner("sht"))?;
    let (table, key) = (Text::parse_at(table, depth)?, Text::parse_at(key, depth)?);
    if table.literal() == Some(b"") || key.literal() == Some(b"") {
        return Err(ParseError::Inner("sht"));
    }
    Ok(Name::Table(op, table, key))
}

fn split_arrow(inner: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = inner.windows(2).position(|w| w == b"=>")?;
    Some((inner[..at].trim_ascii(), inner[at + 2..].trim_ascii()))
}

/// `root`, `root[i]`, `root=>key`, `root[i]=>key[j]`.
fn xavp(kind: XavpKind, inner: &[u8], depth: u8) -> Result<Xavp, ParseError> {
    let (root, key) = match split_arrow(inner) {
        Some((root, key)) => (root, Some(key)),
        None => (inner.trim_ascii(), None),
    };
    let (root, root_index) = indexed(root, depth)?;
    let (key, key_index) = match key {
        Some(key) => indexed(key, depth).map(|(key, index)| (Some(key), index))?,
        None => (None, Index::None),
    };
    Ok(Xavp {
        kind,
        root,
        root_index,
        key,
        key_index,
    })
}

fn indexed(text: &[u8], depth: u8) -> Result<(Text, Index), ParseError> {
    let (name, index) = match (text.strip_suffix(b"]"), text.iter().rposition(|b| *b == b'[')) {
        (Some(whole), Some(open)) => (
            &text[..open],
            parse_index(whole.get(open + 1..).unwrap_or_default(), depth)?,
        ),
        _ => (text, Index::None),
    };
    if name.is_empty() {
        return Err(ParseError::Inner("xavp"));
    }
    Ok((Text::parse_at(name, depth)?, index))
}

fn branch_field(inner: &[u8]) -> Result<BranchField, ParseError> {
    Ok(match inner.trim_ascii() {
        b"uri" => BranchField::Uri,
        b"dst_uri" => BranchField::DstUri,
        b"path" => BranchField::Path,
        b"q" => BranchField::Q,
        b"flags" => BranchField::Flags,
        b"ruid" => BranchField::Ruid,
        b"location_ua" => BranchField::UserAgent,
        b"instance" => BranchField::Instance,
        b"send_socket" => BranchField::SendSocket,
        b"otcpid" => BranchField::Connection,
        b"count" => BranchField::Count,
        _ => return Err(ParseError::Inner("branch")),
    })
}

fn sent_field(inner: &[u8]) -> Result<BranchField, ParseError> {
    match inner.trim_ascii() {
        b"uri" => Ok(BranchField::Uri),
        b"ruid" => Ok(BranchField::Ruid),
        b"flags" => Ok(BranchField::Flags),
        _ => Err(ParseError::Inner("T_branch")),
    }
}

fn next_hop_part(inner: &[u8]) -> Result<UriPart, ParseError> {
    Ok(match inner.trim_ascii() {
        b"u" => UriPart::Whole,
        b"U" => UriPart::User,
        b"d" => UriPart::Host,
        b"p" => UriPart::Port,
        b"P" => UriPart::Transport,
        _ => return Err(ParseError::Inner("nh")),
    })
}

fn time_field(inner: &[u8]) -> Result<TimeField, ParseError> {
    Ok(match inner.trim_ascii() {
        b"sec" => TimeField::Sec,
        b"min" => TimeField::Min,
        b"hour" => TimeField::Hour,
        b"mday" => TimeField::Day,
        b"mon" => TimeField::Month,
        b"year" => TimeField::Year,
        b"wday" => TimeField::WeekDay,
        b"yday" => TimeField::YearDay,
        b"isdst" => TimeField::Dst,
        _ => return Err(ParseError::Inner("time")),
    })
}

fn clock_field(inner: &[u8]) -> Result<ClockField, ParseError> {
    Ok(match inner.trim_ascii() {
        b"s" => ClockField::Seconds,
        // the second of the message has no finer part
        b"u" | b"un" => ClockField::MicrosNow,
        b"sn" => ClockField::SecondsNow,
        b"Sn" => ClockField::TextNow,
        b"Fn" => ClockField::DateNow,
        b"Sm" => ClockField::Monotonic,
        _ => return Err(ParseError::Inner("TV")),
    })
}

fn host_part(inner: &[u8]) -> Result<HostPart, ParseError> {
    Ok(match inner.trim_ascii() {
        b"n" => HostPart::Name,
        b"f" => HostPart::Full,
        b"d" => HostPart::Domain,
        _ => return Err(ParseError::Inner("HN")),
    })
}

fn reply_part(inner: &[u8]) -> Result<ReplyPart, ParseError> {
    Ok(match inner.trim_ascii() {
        b"duri" => ReplyPart::Uri,
        b"dhost" => ReplyPart::Host,
        b"dport" => ReplyPart::Port,
        b"dproto" => ReplyPart::Transport,
        b"dprotoid" => ReplyPart::TransportId,
        b"cntvia" => ReplyPart::Vias,
        b"cntrr" => ReplyPart::RecordRoutes,
        _ => return Err(ParseError::Inner("rpl")),
    })
}

/// Kamailio's numbers for address families (those of Linux) and transports.
fn core_constant(inner: &[u8]) -> Result<i64, ParseError> {
    Ok(match inner.trim_ascii() {
        b"IPv4" | b"INET" => 2,
        b"IPv6" | b"INET6" => 10,
        b"UDP" => 1,
        b"TCP" => 2,
        b"TLS" => 3,
        b"SCTP" => 4,
        b"WS" => 5,
        b"WSS" => 6,
        _ => return Err(ParseError::Inner("K")),
    })
}

fn version(inner: &[u8]) -> Result<Name, ParseError> {
    Ok(match inner.trim_ascii() {
        b"num" => Name::Const(env!("CARGO_PKG_VERSION").as_bytes()),
        b"full" => Name::Const(concat!("kemist ", env!("CARGO_PKG_VERSION")).as_bytes()),
        // of the sources: not written into the program
        b"hash" => Name::Const(b"unknown"),
        _ => return Err(ParseError::Inner("version")),
    })
}

/// The version as a text, and as a number: three places of three digits each.
fn server(inner: &[u8]) -> Result<Name, ParseError> {
    const PARTS: [&str; 3] = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ];
    Ok(match inner.trim_ascii() {
        b"ver" => Name::Const(env!("CARGO_PKG_VERSION").as_bytes()),
        b"verval" => Name::Number(
            PARTS
                .iter()
                .fold(0, |number, part| number * 1000 + part.parse::<i64>().unwrap_or(0)),
        ),
        _ => return Err(ParseError::Inner("ksr")),
    })
}

/// The receive data of the message at hand.
fn received(inner: &[u8]) -> Result<Name, ParseError> {
    Ok(Name::Plain(match inner.trim_ascii() {
        b"buf" => Plain::Buffer,
        b"len" => Plain::Length,
        b"proto" => Plain::ProtocolId,
        b"sproto" => Plain::Protocol,
        b"srcip" => Plain::Source(AddrText::Ip),
        b"srcport" => Plain::Source(AddrText::Port),
        b"rcvip" => Plain::Received(AddrText::Ip),
        b"rcvport" => Plain::Received(AddrText::Port),
        b"af" => Plain::Family,
        _ => return Err(ParseError::Inner("rcv")),
    }))
}

/// Where the message at hand is about to go.
fn sending(inner: &[u8]) -> Result<Name, ParseError> {
    Ok(Name::Plain(match inner.trim_ascii() {
        b"buf" => Plain::SendBuffer,
        b"len" => Plain::SendLength,
        part => Plain::SendTo(send_part(part)?),
    }))
}

fn send_part(inner: &[u8]) -> Result<SendPart, ParseError> {
    Ok(match inner.trim_ascii() {
        b"ip" => SendPart::Ip,
        b"port" => SendPart::Port,
        b"af" => SendPart::Family,
        b"proto" => SendPart::Transport,
        b"sproto" => SendPart::TransportName,
        _ => return Err(ParseError::Inner("snd")),
    })
}

fn via_field(inner: &[u8]) -> Result<ViaField, ParseError> {
    Ok(match inner.trim_ascii() {
        b"host" => ViaField::Host,
        b"port" => ViaField::Port,
        b"proto" => ViaField::Transport,
        b"protoid" => ViaField::TransportId,
        b"i" => ViaField::I,
        b"oc" => ViaField::Oc,
        b"ocalgo" | b"oc-algo" => ViaField::OcAlgo,
        b"ocvalidity" | b"oc-validity" => ViaField::OcValidity,
        b"ocseq" | b"oc-seq" => ViaField::OcSeq,
        b"branch" => ViaField::Branch,
        b"rport" => ViaField::Rport,
        b"received" => ViaField::Received,
        b"params" => ViaField::Params,
        _ => return Err(ParseError::Inner("via1")),
    })
}

fn flag(inner: &[u8]) -> Result<u8, ParseError> {
    let number = std::str::from_utf8(inner.trim_ascii())
        .ok()
        .and_then(|text| text.parse().ok());
    number.filter(|flag| *flag < 32).ok_or(ParseError::Inner("Mf"))
}

/// True for the one text, false for the other.
fn either(inner: &[u8], yes: &[u8], no: &[u8], name: &'static str) -> Result<bool, ParseError> {
    match inner.trim_ascii() {
        text if text == yes => Ok(true),
        text if text == no => Ok(false),
        _ => Err(ParseError::Inner(name)),
    }
}

fn transaction(inner: &[u8]) -> Result<Name, ParseError> {
    Ok(Name::Plain(match inner.trim_ascii() {
        b"reply_code" => Plain::ReplyCode,
        b"reply_reason" => Plain::ReplyReason,
        b"reply_type" => Plain::ReplyType,
        b"branch_index" => Plain::BranchIndex,
        b"id_index" | b"id_index_n" => Plain::TransactionIndex,
        b"id_label" | b"id_label_n" => Plain::TransactionLabel,
        _ => return Err(ParseError::Inner("T")),
    }))
}

fn message(inner: &[u8]) -> Result<Name, ParseError> {
    Ok(Name::Plain(match inner.trim_ascii() {
        b"len" => Plain::Length,
        b"buf" => Plain::Buffer,
        b"body" => Plain::Body,
        b"body_len" => Plain::BodySize,
        b"hdrs" => return Ok(Name::Message(MessagePart::Headers)),
        b"hdrs_len" => return Ok(Name::Message(MessagePart::HeadersLength)),
        b"hdrc" => return Ok(Name::Message(MessagePart::HeadersCount)),
        b"fline" => return Ok(Name::Message(MessagePart::FirstLine)),
        b"fpart" => return Ok(Name::Message(MessagePart::FirstPart)),
        b"lpart" => return Ok(Name::Message(MessagePart::LastPart)),
        _ => return Err(ParseError::Inner("msg")),
    }))
}
