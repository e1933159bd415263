//! The names of pseudo-variables and what each takes in its brackets.

use super::spec::{Index, ParseError, Spec, Text, parse_index};

/// What a pseudo-variable names.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// A name without brackets.
    Plain(Plain),
    /// A fixed text: escapes such as `$En`.
    Const(&'static [u8]),
    /// A fixed number: `$true`, `$K(UDP)`.
    Number(i64),
    /// `$hdr(name)`.
    Header(Text),
    /// `$hdrc(name)`.
    HeaderCount(Text),
    /// `$var(name)`: 0 while unset.
    Var(Text),
    /// `$vn(name)`: null while unset.
    Vn(Text),
    /// `$avp(name)`.
    Avp(Text),
    /// `$xavp(root[i]=>key[j])`.
    Xavp(Box<Xavp>),
    /// `$shv(name)`.
    Shared(Text),
    /// `$shvinc(name)`.
    SharedAdd(Text),
    /// `$sht(table=>key)` and its kin.
    Table(TableOp, Text, Text),
    /// `$cnt(list)`.
    Count(Box<Spec>),
    /// `$branch(x)`, of an added branch.
    Branch(BranchField),
    /// `$nh(x)`, of the next hop.
    NextHop(UriPart),
    /// `$time(x)` and `$utime(x)`.
    Time(TimeField),
    /// `$_s(text)`.
    Eval(Text),
    /// `$T_req(x)`: on the request of the transaction.
    OnRequest(Box<Spec>),
    /// `$T_rpl(x)`: on the winning reply.
    OnReply(Box<Spec>),
    /// `$T_inv(x)`: on the INVITE that is being cancelled.
    OnInvite(Box<Spec>),
    /// `$env(name)`.
    Environment(Text),
}

/// Root and key of an `$xavp`.
#[derive(Clone, Debug, PartialEq)]
pub struct Xavp {
    /// Name of the root.
    pub root: Text,
    /// Which of several roots of that name; 0 is the newest.
    pub root_index: Index,
    /// The key in it; None is the root's own value.
    pub key: Option<Text>,
    /// Which of several values of that key.
    pub key_index: Index,
}

/// What is done with a hash table's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableOp {
    /// `$sht`: its value.
    Value,
    /// `$shtex`: the seconds it has left.
    Expire,
    /// `$shtinc`: adds one, then reads.
    Increment,
    /// `$shtdec`: takes one away, then reads.
    Decrement,
    /// `$shtcn`: how many names match.
    CountNames,
    /// `$shtcv`: how many values match.
    CountValues,
}

/// A part of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum UriPart {
    Whole,
    User,
    Host,
    Port,
    Transport,
    Scheme,
    Length,
    UserLength,
}

/// A part of From, To and other headers with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPart {
    /// Of its URI.
    Uri(UriPart),
    /// The display name, as it stands.
    Display,
    /// The tag.
    Tag,
}

/// Digest credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum AuthPart {
    Username,
    User,
    Domain,
    Realm,
    Uri,
    Algorithm,
    Nonce,
    Cnonce,
    Response,
    Opaque,
}

/// A field of an added branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum BranchField {
    Uri,
    DstUri,
    Path,
    Q,
    Flags,
    Ruid,
    UserAgent,
    Count,
}

/// A field of the date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum TimeField {
    Sec,
    Min,
    Hour,
    Day,
    Month,
    Year,
    WeekDay,
    YearDay,
    Dst,
}

/// One side of the packet: where it came from or where it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddrText {
    /// The IP.
    Ip,
    /// The IP, IPv6 in brackets.
    IpBracketed,
    /// The port, a number.
    Port,
    /// `sip:ip:port`, with the transport unless UDP.
    Uri,
    /// The same with the transport always.
    UriFull,
    /// `proto:ip:port`.
    Socket,
}

/// The sets of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagSet {
    /// Message and transaction.
    Message,
    /// The main branch.
    Branch,
    /// This run.
    Script,
}

/// Names without brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // as in `plain`
pub enum Plain {
    Null,
    Ruri(UriPart),
    Duri(UriPart),
    Ouri(UriPart),
    From(AddressPart),
    To(AddressPart),
    ToTagState,
    AssertedUri,
    Preferred(AddressPart),
    RemotePartyUri,
    ReferToUri,
    DiversionUri,
    Auth(AuthPart),
    AccountUser(AddressPart),
    Method,
    MethodId,
    Status,
    StatusNumber,
    Reason,
    Version,
    CallId,
    CSeq,
    CSeqBody,
    Contact,
    ContactUri,
    ContactStar,
    ContentType,
    ContentLength,
    UserAgent,
    Body,
    BodySize,
    Buffer,
    BufferChanged,
    Length,
    TypeNumber,
    TypeText,
    Source(AddrText),
    Received(AddrText),
    Protocol,
    ProtocolId,
    Family,
    Connection,
    SendSocket,
    Flags(FlagSet),
    FlagsHex(FlagSet),
    FirstBranch,
    AllBranches,
    DestinationSet,
    Ruid,
    RouteUri,
    Now,
    NowText,
    Boot,
    ProcessId,
    BranchIndex,
    ReplyCode,
    ReplyReason,
    ReplyLast,
}

/// The dollar sign.
pub fn dollar() -> Name {
    Name::Const(b"$")
}

/// A name without brackets.
pub fn plain(name: &[u8]) -> Option<Name> {
    use AddressPart as A;
    use UriPart::*;
    let plain = match name {
        b"null" => Plain::Null,
        b"ru" | b"ruri" => Plain::Ruri(Whole),
        b"rU" | b"ruri.user" => Plain::Ruri(User),
        b"rd" | b"ruri.domain" => Plain::Ruri(Host),
        b"rp" => Plain::Ruri(Port),
        b"rP" => Plain::Ruri(Transport),
        b"rz" => Plain::Ruri(Scheme),
        b"rul" => Plain::Ruri(Length),
        b"rUl" => Plain::Ruri(UserLength),
        b"du" | b"duri" => Plain::Duri(Whole),
        b"dd" => Plain::Duri(Host),
        b"dp" => Plain::Duri(Port),
        b"dP" => Plain::Duri(Transport),
        b"ou" | b"ouri" => Plain::Ouri(Whole),
        b"oU" => Plain::Ouri(User),
        b"od" => Plain::Ouri(Host),
        b"op" => Plain::Ouri(Port),
        b"oP" => Plain::Ouri(Transport),
        b"oUl" => Plain::Ouri(UserLength),
        b"fu" | b"from" => Plain::From(A::Uri(Whole)),
        b"fU" | b"from.user" => Plain::From(A::Uri(User)),
        b"fd" | b"from.domain" => Plain::From(A::Uri(Host)),
        b"ful" => Plain::From(A::Uri(Length)),
        b"fUl" => Plain::From(A::Uri(UserLength)),
        b"fn" => Plain::From(A::Display),
        b"ft" => Plain::From(A::Tag),
        b"tu" | b"to" => Plain::To(A::Uri(Whole)),
        b"tU" | b"to.user" => Plain::To(A::Uri(User)),
        b"td" | b"to.domain" => Plain::To(A::Uri(Host)),
        b"tUl" => Plain::To(A::Uri(UserLength)),
        b"tn" => Plain::To(A::Display),
        b"tt" => Plain::To(A::Tag),
        b"tts" => Plain::ToTagState,
        b"ai" => Plain::AssertedUri,
        b"pu" => Plain::Preferred(A::Uri(Whole)),
        b"pU" => Plain::Preferred(A::Uri(User)),
        b"pd" => Plain::Preferred(A::Uri(Host)),
        b"pn" => Plain::Preferred(A::Display),
        b"re" => Plain::RemotePartyUri,
        b"rt" => Plain::ReferToUri,
        b"di" => Plain::DiversionUri,
        b"au" => Plain::Auth(AuthPart::Username),
        b"aU" => Plain::Auth(AuthPart::User),
        b"ad" => Plain::Auth(AuthPart::Domain),
        b"ar" => Plain::Auth(AuthPart::Realm),
        b"adu" => Plain::Auth(AuthPart::Uri),
        b"aa" => Plain::Auth(AuthPart::Algorithm),
        b"adn" => Plain::Auth(AuthPart::Nonce),
        b"adc" => Plain::Auth(AuthPart::Cnonce),
        b"adr" => Plain::Auth(AuthPart::Response),
        b"ado" => Plain::Auth(AuthPart::Opaque),
        b"Au" => Plain::AccountUser(A::Uri(Whole)),
        b"AU" => Plain::AccountUser(A::Uri(User)),
        b"rm" => Plain::Method,
        b"rmid" => Plain::MethodId,
        b"rs" => Plain::Status,
        b"rsi" => Plain::StatusNumber,
        b"rr" => Plain::Reason,
        b"rv" => Plain::Version,
        b"ci" => Plain::CallId,
        b"cs" => Plain::CSeq,
        b"csb" => Plain::CSeqBody,
        b"ct" => Plain::Contact,
        b"ctu" => Plain::ContactUri,
        b"cts" => Plain::ContactStar,
        b"cT" => Plain::ContentType,
        b"cl" => Plain::ContentLength,
        b"ua" => Plain::UserAgent,
        b"rb" => Plain::Body,
        b"bs" => Plain::BodySize,
        b"mb" => Plain::Buffer,
        b"mbu" => Plain::BufferChanged,
        b"ml" => Plain::Length,
        b"mt" => Plain::TypeNumber,
        b"mts" => Plain::TypeText,
        b"si" | b"src_ip" => Plain::Source(AddrText::Ip),
        b"siz" => Plain::Source(AddrText::IpBracketed),
        b"sp" => Plain::Source(AddrText::Port),
        b"su" => Plain::Source(AddrText::Uri),
        b"sut" => Plain::Source(AddrText::UriFull),
        b"sas" => Plain::Source(AddrText::Socket),
        b"Ri" | b"RAi" => Plain::Received(AddrText::Ip),
        b"Rp" | b"RAp" => Plain::Received(AddrText::Port),
        b"Ru" | b"RAu" => Plain::Received(AddrText::Uri),
        b"Rut" | b"RAut" => Plain::Received(AddrText::UriFull),
        b"Ras" => Plain::Received(AddrText::Socket),
        b"pr" | b"proto" => Plain::Protocol,
        b"prid" => Plain::ProtocolId,
        b"af" => Plain::Family,
        b"conid" => Plain::Connection,
        b"fs" => Plain::SendSocket,
        b"mf" => Plain::Flags(FlagSet::Message),
        b"mF" => Plain::FlagsHex(FlagSet::Message),
        b"bf" => Plain::Flags(FlagSet::Branch),
        b"bF" => Plain::FlagsHex(FlagSet::Branch),
        b"sf" => Plain::Flags(FlagSet::Script),
        b"sF" => Plain::FlagsHex(FlagSet::Script),
        b"br" => Plain::FirstBranch,
        b"bR" => Plain::AllBranches,
        b"ds" => Plain::DestinationSet,
        b"ruid" => Plain::Ruid,
        b"route_uri" => Plain::RouteUri,
        b"Ts" | b"TS" => Plain::Now,
        b"Tf" | b"TF" => Plain::NowText,
        b"Tb" => Plain::Boot,
        b"pp" => Plain::ProcessId,
        b"T_branch_idx" => Plain::BranchIndex,
        b"T_reply_code" => Plain::ReplyCode,
        b"T_reply_reason" => Plain::ReplyReason,
        b"T_reply_last" => Plain::ReplyLast,
        _ => return constant(name),
    };
    Some(Name::Plain(plain))
}

/// Names whose value never changes.
fn constant(name: &[u8]) -> Option<Name> {
    Some(match name {
        b"true" => Name::Number(1),
        b"En" => Name::Const(b"\n"),
        b"Er" => Name::Const(b"\r"),
        b"Es" => Name::Const(b" "),
        b"Et" => Name::Const(b"\t"),
        b"Ec" => Name::Const(b","),
        b"Eq" => Name::Const(b"\""),
        b"Ek" => Name::Const(b"'"),
        b"Ei" => Name::Const(b":"),
        b"Ej" => Name::Const(b";"),
        b"Eb" => Name::Const(b"`"),
        b"Ev" => Name::Const(b"~"),
        _ => return None,
    })
}

/// Does a bracket after this name belong to it? In `$fU(x)` it does not.
pub fn takes_inner(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 31] = [
        b"hdr", b"hdrc", b"var", b"vz", b"vn", b"avp", b"xavp", b"shv", b"shvinc", b"sht", b"shtex", b"shtinc",
        b"shtdec", b"shtcn", b"shtcv", b"cnt", b"branch", b"nh", b"time", b"utime", b"_s", b"T_req", b"T_rpl",
        b"T_inv", b"env", b"K", b"version", b"def", b"defn", b"af", b"rcv",
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
        b"var" | b"vz" => Name::Var(text("var")?),
        b"vn" => Name::Vn(text("vn")?),
        b"avp" => Name::Avp(text("avp")?),
        b"xavp" => Name::Xavp(Box::new(xavp(inner, depth)?)),
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
        b"nh" => Name::NextHop(next_hop_part(inner)?),
        b"time" | b"utime" => Name::Time(time_field(inner)?),
        b"_s" => Name::Eval(Text::parse_at(inner, depth)?),
        b"T_req" => Name::OnRequest(spec()?),
        b"T_rpl" => Name::OnReply(spec()?),
        b"T_inv" => Name::OnInvite(spec()?),
        b"env" => Name::Environment(text("env")?),
        b"K" | b"af" => Name::Number(core_constant(inner)?),
        b"version" => version(inner)?,
        // there are no defines: the passive configuration has none
        b"def" => Name::Plain(Plain::Null),
        b"defn" => Name::Number(0),
        b"rcv" => received(inner)?,
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
fn xavp(inner: &[u8], depth: u8) -> Result<Xavp, ParseError> {
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
        b"count" => BranchField::Count,
        _ => return Err(ParseError::Inner("branch")),
    })
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
        _ => return Err(ParseError::Inner("version")),
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
