//! Arguments: what a function expects, by the name of its parameter, and what it does not.

use super::INJECTED;
use super::chance::Chance;
use super::guest::{Guest, Value};
use super::kemi::{Function, Kind};

const URIS: &[&str] = &[
    "sip:bob@192.0.2.20:5070",
    "sip:bob@good.example",
    "sip:hostile.example",
    "sip:bob@nowhere.invalid;transport=tcp",
    "sips:bob@[2001:db8::1]:5061;lr",
    "tel:+15551234;phone-context=x",
    "sip:bob:pw@192.0.2.20;maddr=127.0.0.1?Subject=x&X-Injected=1",
    "sip:127.0.0.1:5060",
    "sip:%00%0d%0aX-Injected%3a1@192.0.2.20",
    "<sip:bob@192.0.2.20>",
    "sip:@:",
    "http://127.0.0.1:5080/RPC",
    "",
];

const VARIABLES: &[&str] = &[
    "$ru",
    "$rU",
    "$rd",
    "$du",
    "$fu",
    "$tu",
    "$fd",
    "$td",
    "$ci",
    "$si",
    "$sp",
    "$ua",
    "$mb",
    "$ml",
    "$rb",
    "$rs",
    "$var(x)",
    "$avp(s:x)",
    "$(avp(x)[*])",
    "$(avp(x)[-1])",
    "$xavp(a=>b[0]=>c)",
    "$(xavp(a[*]))",
    "$hdr(Via)",
    "$(hdr(Via)[-1])",
    "$(hdr(Via)[999999999999])",
    "$sht(a=>b)",
    "$shtcn(a=>~%.*)",
    "$shtcv(a=>~~.*)",
    "$shv(x)",
    "$T_branch_idx",
    "$T_rpl($ru)",
    "$T_req($hdr(From))",
    "$branch(uri)",
    "$(branch(uri)[*])",
    "$sndto(ip)",
    "$TV(u)",
    "$(ru{s.len})",
    "$(ru{s.substr,0,-1})",
    "$(ru{s.substr,9223372036854775807,-9223372036854775808})",
    "$(ru{re.subst,/(.*)/\\1\\1\\1\\1/g})",
    "$(ru{s.replace,s,ssssssss})",
    "$(ru{s.escape.common})",
    "$(ru{uri.user})",
    "$(mb{s.encode.base64}{s.encode.base64}{s.encode.base64})",
    "$(ct{tobody.uri})",
    "$(ct{nameaddr.uri})",
    "$(rb{line.count})",
    "$(rb{line.at,-1})",
    "$(ru{param.value,lr})",
    "$(ru{s.select,-1,.})",
    "$_s($ru$ru$ru)",
    "$(var(x){s.rm,a}{s.tolower}{s.prefixes,1000})",
    "$(var(x){s.fmtlines,1,99999})",
    "$def(x)",
    "$env(HOME)",
    "$pp",
    "$$",
    "$(",
    "$(x{",
    "$x(",
    "$(ru{s.decode.hexa})",
    "$(ru{urlencode.param})",
    "$(var(x){s.ftime,%s%n%N%c%E%Q})",
    "$timef(%s%n%99999c)",
    "$sel(via[1].host)",
    "",
];

const REGEXES: &[&str] = &[
    "^sip:(.*)@(.*)$",
    "(a+)+$",
    "(a*)*b",
    "((a|a)*)*$",
    "(x{1000}){1000}",
    "(((x{100}){100}){100}){100}",
    "\\p{L}{1000}",
    "[[:alpha:]]{9999}",
    "(?i)(?:\\w\\W){999}",
    "(",
    "[",
    "*",
    "a{1000000000}",
    "",
    ".*.*.*.*.*.*.*.*=.*",
    "(?:)",
    "^$",
    "/(.*)/\\1\\1\\1\\1\\1\\1\\1\\1/g",
    "/a/$ru$ru$ru/",
    "/^/x/g",
    "/$/\r\nX-Injected: 1\r\n/",
    "/x//",
    "/",
    "//",
    "s/a/b/",
    "/(a*)*/\\9/gi",
];

const LINES: &[&str] = &[
    "X-A: 1\r\n",
    "X-A: 1",
    "X-A: 1\r\nX-B: 2\r\n",
    "Via: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKforged\r\n",
    "v: x\r\n",
    "Content-Length: 99999\r\n",
    "l: 0\r\n",
    "X: 1\r\n\r\nINVITE sip:smuggled@good.example SIP/2.0\r\n",
    "\r\n",
    "\n",
    "X-A\r\n",
    ": 1\r\n",
    "X-A: 1\r\n folded\r\n",
    " folded: 1\r\n",
    "X-A: 1\rX-B: 1\r\n",
    "X-A: 1\nX-B: 1\r\n",
    "X-A: \0\r\n",
    "X A: 1\r\n",
    "Route: <sip:127.0.0.1>\r\n",
    "Record-Route: <sip:127.0.0.1;lr;kt=1-0000>\r\n",
    "Authorization: Digest\r\n",
    "CSeq: 99999999999 INVITE\r\n",
    "\u{85}X-A: 1\r\n",
];

const NAMES: &[&str] = &[
    "x", "branch", "reply", "failure", "a", "Via", "From", "Contact", "Call-ID", "", "*", "l", "X-A", "nosuch", "a=>b",
    "location",
];

const WORDS: &[&str] = &[
    "",
    "x",
    "OK",
    "1",
    "-1",
    "99999999999999999999",
    "text/plain",
    "application/sdp",
    "INVITE",
    "udp",
    "tcp",
    "127.0.0.1",
    "::1",
    "0",
    "all",
    "g",
    "eq",
    "re",
    "a,b,c",
    ",",
    "branch_route",
    "Basic realm=\"x\"",
    "00ff0d0a",
    "zz",
    "localhost",
    "good.example",
    "hostile.example",
];

/// Texts that would be lines of their own where they are written as they come.
const INJECTIONS: &[&str] = &[
    "x\r\nX-Injected: 1",
    "x\r\nX-Injected: 1\r\n",
    "x\nX-Injected: 1",
    "x\rX-Injected: 1",
    "x\r\n\r\nINVITE sip:injected@good.example SIP/2.0\r\nX-Injected: 1\r\n\r\n",
    "x\0y",
    "x\r\n X-Injected: folded\r\nX-Injected: 1",
    "\r\nX-Injected: 1\r\n",
    "$(var(crlf))X-Injected: 1",
    "x%0d%0aX-Injected:%201",
    "sip:x\r\nX-Injected: 1\r\n@good.example",
    "sip:x@good.example;p=\r\nX-Injected: 1",
    "sip:x@good.example\r\nX-Injected: 1",
    "<sip:x@good.example>\r\nX-Injected: 1",
    "\u{ef8d}\u{ef8a}X-Injected: 1",
    "x\u{2028}X-Injected: 1",
    "OK\r\nContent-Length: 5\r\nX-Injected: 1",
    "text/plain\r\nX-Injected: 1",
];

/// A text that this parameter of this function may be meant for.
pub fn fitting(chance: &mut Chance, function: &Function, name: &str) -> String {
    let module = &*function.module;
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let list = if has(&["uri", "proxy", "ssock", "nexthop"]) || (module == "core" && has(&["dst"])) {
        URIS
    } else if has(&["pvn", "dst", "opv", "svname", "fmt", "lmsg", "pvname"]) {
        VARIABLES
    } else if has(&["re", "match", "subst", "subex", "regex", "expr", "sexp"]) && name != "reason" {
        REGEXES
    } else if has(&["hdrs", "txt", "hadd"]) || (module == "hdr" && name == "txt") {
        LINES
    } else if has(&["name", "table", "hrm", "hname", "target", "mode", "key"]) {
        NAMES
    } else {
        WORDS
    };
    match chance.below(10) {
        0..=6 => (*chance.of(list)).to_owned(),
        7 => {
            let list = *chance.of(&[URIS, VARIABLES, REGEXES, LINES, NAMES, WORDS]);
            (*chance.of(list)).to_owned()
        }
        8 => injection(chance),
        _ => odd(chance),
    }
}

/// A text that would be a line of its own.
pub fn injection(chance: &mut Chance) -> String {
    debug_assert!(INJECTIONS.iter().any(|text| text.contains(INJECTED)));
    (*chance.of(INJECTIONS)).to_owned()
}

/// A text that nobody expects.
pub fn odd(chance: &mut Chance) -> String {
    match chance.below(8) {
        0 => "\u{0}".repeat(1 + chance.below(40)),
        1 => "A".repeat(1 << chance.below(15)),
        2 => "$(ru{s.tolower}".repeat(1 + chance.below(50)),
        3 => "\u{202e}\u{feff}\u{200b}\u{7f}\u{9b}31m".to_owned(),
        4 => "%s%n%x%p%99999d".to_owned(),
        5 => "sip:".repeat(1 + chance.below(1000)),
        6 => "[".repeat(1 + chance.below(5000)),
        _ => String::from_utf8_lossy(&chance.bytes(40)).into_owned(),
    }
}

/// A number that this parameter may be meant for, or the end of a range.
pub fn number(chance: &mut Chance, name: &str, kind: Kind) -> i64 {
    let usual: &[i64] = match name {
        "code" | "rcode" => &[100, 180, 200, 302, 404, 500, 503, 699, 0, 99, 700, 1000],
        "port" => &[0, 5060, 65535, 65536, -1],
        _ => &[0, 1, 2, 7, 31, 32, 1000],
    };
    let ends: &[i64] = match kind {
        Kind::Long => &[i64::MIN, i64::MAX, -1, 1 << 32, 1 << 53],
        _ => &[i32::MIN as i64, i32::MAX as i64, -1, -2, 65_536, 1 << 30],
    };
    match chance.is(65) {
        true => *chance.of(usual),
        false => *chance.of(ends),
    }
}

/// Values for all parameters of a function.
pub fn values(chance: &mut Chance, guest: &mut Guest, function: &Function) -> Vec<Value> {
    values_with(chance, guest, function, fitting)
}

/// The same, with other texts.
pub fn values_with(
    chance: &mut Chance,
    guest: &mut Guest,
    function: &Function,
    text: impl Fn(&mut Chance, &Function, &str) -> String,
) -> Vec<Value> {
    let mut values = Vec::new();
    for (name, kind) in &function.params {
        values.push(match kind {
            Kind::Text => {
                let text = text(chance, function, name);
                guest.text(text)
            }
            kind => Value::number(number(chance, name, *kind)),
        });
    }
    values
}
