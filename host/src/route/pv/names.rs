//! The names of pseudo-variables and what each takes in its brackets.

mod inner;
mod plain;
mod select;

pub use inner::{takes_inner, with_inner};
pub use plain::{dollar, plain};

use super::spec::{Index, Spec, Text};
use super::time::Zone;

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
    /// `$hfl(name)`: one value of a comma list, over all lines of the name.
    HeaderValue(Text),
    /// `$hflc(name)`.
    HeaderValueCount(Text),
    /// `$via0(x)`, `$via1(x)` and `$viaZ(x)`: the top Via, the one below it, the lowest.
    Via(ViaPlace, ViaField),
    /// `$msg(x)`: parts that have no other name.
    Message(MessagePart),
    /// `$rpl(x)`: where a reply goes on to, by the Via below ours.
    ReplyRoute(ReplyPart),
    /// `$Mf(i)`, `$Bf(i)`, `$Sf(i)`: one flag, 0 or 1.
    Flag(FlagSet, u8),
    /// `$expires(min)` and `$expires(max)` of the contacts.
    Expires {
        /// The largest.
        max: bool,
    },
    /// `$var(name)`: 0 while unset.
    Var(Text),
    /// `$vn(name)`: null while unset.
    Vn(Text),
    /// `$avp(name)`.
    Avp(Text),
    /// `$xavp(root[i]=>key[j])`, `$xavu(root=>key)`, `$xavi(root[i]=>key[j])`.
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
    /// `$sbranch(x)`, of the branch that the script prepares aside.
    StaticBranch(BranchField),
    /// `$T_branch(x)`: the branch that a reply or failure callback is about.
    SentBranch(BranchField),
    /// `$nh(x)`, of the next hop.
    NextHop(UriPart),
    /// `$nh(i)`: its host, where that is an address.
    NextHopIp,
    /// `$time(x)` and `$utime(x)`.
    Time(Zone, TimeField),
    /// `$timef(format)` and `$utimef(format)`.
    TimeFormat(Zone, Box<[u8]>),
    /// `$TV(x)`.
    Clock(ClockField),
    /// `$stat(name)`.
    Statistic(Text),
    /// `$sel(path)`: another name for a variable.
    Select(Box<Spec>),
    /// `$msgbuf(i)`: one byte of the message.
    Byte(Text),
    /// `$HN(x)`: the name of this machine.
    HostName(HostPart),
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
    /// `$envn(name)`.
    EnvironmentNumber(Text),
}

/// Root and key of an `$xavp`, `$xavu` or `$xavi`.
#[derive(Clone, Debug, PartialEq)]
pub struct Xavp {
    /// Of which lists.
    pub kind: XavpKind,
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

/// A field of a Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum ViaField {
    Host,
    Port,
    Transport,
    TransportId,
    Branch,
    Rport,
    Received,
    Params,
    /// The `i` parameter.
    I,
    /// `oc` and its kin of RFC 7339.
    Oc,
    OcAlgo,
    OcValidity,
    OcSeq,
}

/// Which Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum ViaPlace {
    Top,
    Second,
    Last,
}

/// Parts of the text of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagePart {
    /// The header lines.
    Headers,
    /// Their length.
    HeadersLength,
    /// How many there are.
    HeadersCount,
    /// The first line.
    FirstLine,
    /// First line and header lines.
    FirstPart,
    /// Header lines and body.
    LastPart,
}

/// Where a reply goes on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum ReplyPart {
    Uri,
    Host,
    Port,
    Transport,
    TransportId,
    Vias,
    RecordRoutes,
}

/// What `$HN(x)` tells of the name of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPart {
    /// Up to the first dot.
    Name,
    /// All of it.
    Full,
    /// After the first dot.
    Domain,
}

/// The lists of `$xavp` and its kin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XavpKind {
    /// `$xavp`: several values of a name.
    Xavp,
    /// `$xavu`: one value of a name.
    Xavu,
    /// `$xavi`: several values of a name in any case.
    Xavi,
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
    Instance,
    SendSocket,
    Connection,
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

/// A reading of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockField {
    /// The second of the message.
    Seconds,
    /// The second now.
    SecondsNow,
    /// Microseconds within it.
    MicrosNow,
    /// `seconds.microseconds`.
    TextNow,
    /// The local date with microseconds.
    DateNow,
    /// Nanoseconds of a clock that is never set back.
    Monotonic,
}

/// What `$snd(x)` and `$sndfrom(x)` tell of a message that is about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum SendPart {
    Ip,
    Port,
    Family,
    Transport,
    TransportName,
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
    DiversionParam(&'static str),
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
    /// `$snd(x)`: where the message is about to go.
    SendTo(SendPart),
    /// `$sndfrom(x)`: the local side of that.
    SendFrom(SendPart),
    /// `$snd(buf)`.
    SendBuffer,
    /// `$snd(len)`.
    SendLength,
    SendSocket,
    SendSocketPort,
    Flags(FlagSet),
    FlagsHex(FlagSet),
    FirstBranch,
    AllBranches,
    DestinationSet,
    Ruid,
    LocationUserAgent,
    RouteUri,
    Now,
    NowText,
    Boot,
    ProcessId,
    InstanceId,
    MessageId,
    Random,
    /// `$rr_count`: Record-Route values.
    RecordRoutes,
    /// `$ltt`: the To tag of our own replies.
    LocalToTag,
    BranchIndex,
    TransactionIndex,
    TransactionLabel,
    ReplyCode,
    ReplyReason,
    ReplyLast,
    ReplyRuid,
    /// `$T(reply_type)`: 1 where the reply is of our own making.
    ReplyType,
}
