//! Too much of what a guest may do: calls, texts, lines, names, branches, timers, suspensions.

use super::arguments;
use super::attacks::hostile;
use super::chance::Chance;
use super::guest::{Guest, Value};
use super::kemi::{KEMI, Kind};
use super::{Fate, Hostile};

/// Code again and again.
fn forever(code: &str) -> String {
    format!("(loop $l {code} (br $l))")
}

/// So many times; `$i` counts.
fn times(count: usize, code: &str) -> String {
    format!(
        "(local.set $i (i32.const 0))
         (loop $l {code}
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br_if $l (i32.lt_u (local.get $i) (i32.const {count}))))"
    )
}

/// Every function, without an end.
pub fn floods(chance: &mut Chance) -> Hostile {
    let function = chance.of(&KEMI.functions);
    let mut guest = Guest::new();
    let values = arguments::values(chance, &mut guest, function);
    let call = guest.call(function, &values);
    guest.body = forever(&call);
    // some of them end the callback for the host: a wait is over at its own limit
    hostile(format!("{}.{}", function.module, function.name), &guest, Fate::Any)
}

/// Every function that takes text, with a text as long as may be.
pub fn large_texts(chance: &mut Chance) -> Hostile {
    let functions = KEMI.with_text();
    let function = *chance.of(&functions);
    let mut guest = Guest::new();
    let pages = [1, 4, 15, 16, 17, 64][chance.below(6)];
    let byte = chance.of(b"A$({[.*a\0\r:;,\"\\\xff/%");
    let length = (pages << 16) - chance.below(3);
    let large = chance.below(function.params.iter().filter(|(_, kind)| *kind == Kind::Text).count());
    let mut values = arguments::values(chance, &mut guest, function);
    let mut texts = values.iter_mut().filter(|value| matches!(value, Value::Text(..)));
    *texts.nth(large).expect("it is one of them") =
        Value::Text("(local.get $p)".into(), format!("(i32.const {length})"));
    let call = guest.call(function, &values);
    guest.body = format!("(local.set $p (call $pages (i32.const {byte}) (i32.const {pages})))");
    guest.body += &match chance.is(50) {
        true => forever(&call),
        false => call,
    };
    let what = format!(
        "{}.{} of {length} bytes {:?}",
        function.module,
        function.name,
        char::from(*byte)
    );
    hostile(what, &guest, Fate::Any)
}

const LEVELS: &[&str] = &["dbg", "err", "info", "warn", "notice", "crit"];
const XLEVELS: &[&str] = &["xdbg", "xinfo", "xnotice", "xwarn", "xerr", "xalert", "xcrit"];
const FORGED: &[&str] = &[
    "hello",
    "",
    "x\n2026-01-01T00:00:00Z ERROR kemist: forged",
    "x\r\nERROR blame=\"host\" the operator is to blame",
    "\u{1b}[2J\u{1b}[31mred\u{7}",
    "\u{0}\u{1}\u{8}\u{9b}31m\u{85}",
    "\" tenant=\"other\" text=\"",
    "{\"level\":\"ERROR\"}",
    "$ru $rU $(hdr(Via)) $mb $mb $mb $mb",
    "%s%n%s%n",
];

pub fn logs(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let text = match chance.below(3) {
        0 => (*chance.of(FORGED)).to_owned(),
        1 => (*chance.of(FORGED)).repeat(1 + chance.below(200)),
        _ => "$mb".repeat(1 + chance.below(2000)),
    };
    let (name, call) = match chance.below(4) {
        0 => (*chance.of(LEVELS), ("core", false)),
        1 => (*chance.of(XLEVELS), ("xlog", false)),
        2 => ("log", ("core", true)),
        _ => ("xlog", ("xlog", true)),
    };
    let code = match call {
        (module, false) => guest.ksr(module, name, &[&text]),
        (module, true) => {
            let level = *chance.of(&["err", "L_CRIT", "nonsense\nx", "info", ""]);
            guest.ksr(module, name, &[&level, &text])
        }
    };
    let reply = guest.ksr("sl", "send-reply", &[&200, &"OK"]);
    guest.body = match chance.is(60) {
        true => forever(&code),
        false => times(3000, &code) + &reply,
    };
    hostile(format!("{name} of {} bytes", text.len()), &guest, Fate::Any)
}

/// Names that are new each time: of variables, headers, tables, keys, callbacks.
pub fn names(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let forms = [
        "$var(aaaaaaaa)",
        "$avp(s:aaaaaaaa)",
        "$(avp(aaaaaaaa)[1])",
        "$xavp(aaaaaaaa=>x)",
        "$xavp(x=>aaaaaaaa)",
        "$xavu(aaaaaaaa)",
        "$hdr(aaaaaaaa)",
        "$sht(a=>aaaaaaaa)",
        "$sht(aaaaaaaa=>x)",
        "$shv(aaaaaaaa)",
        "$(ru{s.select,1,aaaaaaaa})",
        "$(ru{re.subst,/aaaaaaaa/x/})",
        "$aaaaaaaa",
        "$def(aaaaaaaa)",
        "$(var(aaaaaaaa){s.len}{s.tolower}{s.md5})",
        "$T_req($hdr(aaaaaaaa))",
        "$branch(aaaaaaaa)",
        "$env(aaaaaaaa)",
        "$stat(aaaaaaaa)",
        "aaaaaaaa",
    ];
    let form = *chance.of(&forms);
    let at = guest.put(form.as_bytes());
    let place = at + form.find("aaaaaaaa").expect("every form has it");
    let functions: Vec<_> = KEMI
        .with_text()
        .into_iter()
        .filter(|f| {
            matches!(
                &*f.module,
                "pv" | "pvx" | "htable" | "kx" | "hdr" | "textops" | "xlog" | "auth" | "registrar"
            )
        })
        .collect();
    let function = match chance.is(40) {
        true => KEMI.find("pv", "get"),
        false => *chance.of(&functions),
    };
    let mut values = arguments::values(chance, &mut guest, function);
    for value in &mut values {
        if matches!(value, Value::Text(..)) {
            *value = Value::Text(format!("(i32.const {at})"), format!("(i32.const {})", form.len()));
        }
    }
    let call = guest.call(function, &values);
    // a counter that outlives the callback where the instance does
    let count = format!(
        "(global.set $n (i32.add (global.get $n) (i32.const 1)))
         (call $digits (i32.const {place}) (i32.add (i32.shl (local.get $cb) (i32.const 28)) (global.get $n)))"
    );
    guest.body = forever(&(count + &call));
    hostile(
        format!("{form} by {}.{}", function.module, function.name),
        &guest,
        Fate::Any,
    )
}

const EXPLODING: &[&str] = &[
    "(a+)+$",
    "(a|a)*$",
    "(a|aa)+$",
    "([a-z]+)*!",
    "(.*a){50}",
    "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)=",
    "(x{1000}){1000}",
    "((((a{10}){10}){10}){10}){10}",
    "\\w{9999}\\W{9999}",
    "(?i)[\\p{L}\\p{N}]{5000}",
    "a{0,65535}b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?s).{1,30000}x",
];

pub fn regexes(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let pattern = match chance.below(5) {
        0 => "(".repeat(1 + chance.below(20_000)),
        1 => "(?:a|b".repeat(500) + &")".repeat(500),
        2 => format!("({})", "abc|".repeat(1 + chance.below(20_000))),
        _ => (*chance.of(EXPLODING)).to_owned(),
    };
    let subject = "a".repeat(1 << chance.below(16)) + "!";
    let place = guest.put(b"aaaaaaaa");
    // a pattern that is new each time, so that none is kept
    let fresh = chance.is(50);
    let text = match fresh {
        true => format!("aaaaaaaa|{pattern}"),
        false => pattern.clone(),
    };
    let at = guest.put(text.as_bytes());
    let _ = place;
    let re = || Value::Text(format!("(i32.const {at})"), format!("(i32.const {})", text.len()));
    let (name, call) = match chance.below(6) {
        0 => {
            let subject = guest.text(&subject);
            (
                "search_str",
                guest.call(KEMI.find("textops", "search-str"), &[subject, re()]),
            )
        }
        1 => ("search", guest.call(KEMI.find("textops", "search"), &[re()])),
        2 => {
            let replacement = guest.text("\\1\\1\\1\\1");
            (
                "replace_all",
                guest.call(KEMI.find("textops", "replace-all"), &[re(), replacement]),
            )
        }
        3 => {
            let (input, dst) = (guest.text(&subject), guest.text("$var(x)"));
            let values = [input, re(), Value::number(0), Value::number(9), dst];
            (
                "regex_substring",
                guest.call(KEMI.find("textops", "regex-substring"), &values),
            )
        }
        4 => (
            "remove_hf_re",
            guest.call(KEMI.find("textops", "remove-hf-re"), &[re()]),
        ),
        _ => ("t_check_status", guest.call(KEMI.find("tm", "t-check-status"), &[re()])),
    };
    let count = match fresh {
        true => format!(
            "(global.set $n (i32.add (global.get $n) (i32.const 1))) (call $digits (i32.const {at}) (global.get $n))"
        ),
        false => String::new(),
    };
    guest.body = forever(&(count + &call));
    hostile(
        format!("{name} {pattern:.40}, {} bytes", subject.len()),
        &guest,
        Fate::Any,
    )
}

/// Thousands of branches and copies.
pub fn branches(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let uri = "sip:bob@192.0.2.aaaaaaaa:5070";
    let at = guest.put(uri.as_bytes());
    let place = at + uri.find("aaaaaaaa").expect("it is there");
    let uri = || Value::Text(format!("(i32.const {at})"), format!("(i32.const {})", uri.len()));
    let target = guest.text("sip:bob@192.0.2.20:5070");
    let appends: Vec<_> = KEMI
        .functions
        .iter()
        .filter(|f| {
            f.name.contains("append-branch")
                || matches!(
                    &*f.name,
                    "sbranch-append" | "t-replicate" | "forward" | "forward-uri" | "t-uac-send" | "t-reuse-branch"
                )
        })
        .collect();
    let function = *chance.of(&appends);
    let mut values = arguments::values(chance, &mut guest, function);
    if let Some(first) = values.iter_mut().find(|value| matches!(value, Value::Text(..))) {
        *first = if chance.is(50) { uri() } else { target };
    }
    let more = guest.call(function, &values);
    let relay = guest.ksr("tm", "t-relay", &[]);
    let arm = guest.ksr("tm", "t-on-branch", &[&"branch"]);
    let fail = guest.ksr("tm", "t-on-failure", &[&"failure"]);
    let count = format!("(call $digits (i32.const {place}) (local.get $i))");
    let one = count + &more;
    let set = guest.ksr("core", "seturi", &[&"sip:bob@192.0.2.20:5070"]);
    guest.body = match chance.below(4) {
        0 => times(100_000, &one) + &relay,
        1 => set + &arm + &fail + &times(1000, &one) + &relay,
        2 => set + &times(50, &(one + &relay)),
        _ => forever(&(set + &one + &relay)),
    };
    hostile(function.name.clone(), &guest, Fate::Any)
}

/// Times that are none, or without an end.
pub fn timers(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let functions: Vec<_> = KEMI
        .functions
        .iter()
        .filter(|f| {
            matches!(
                &*f.name,
                "t-set-fr" | "t-set-fr-inv" | "t-set-max-lifetime" | "t-set-retr" | "t-reset-fr" | "t-reset-retr"
            )
        })
        .collect();
    let mut body = guest.ksr("core", "seturi", &[&"sip:bob@192.0.2.20:5070"]);
    for _ in 0..1 + chance.below(4) {
        let function = *chance.of(&functions);
        let values: Vec<Value> = function
            .params
            .iter()
            .map(|_| Value::number([0, 1, -1, i64::from(i32::MAX), i64::from(i32::MIN), 1000][chance.below(6)]))
            .collect();
        body += &guest.call(function, &values);
    }
    body += &guest.ksr("tm", "t-on-failure", &[&"failure"]);
    let relay = guest.ksr("tm", "t-relay", &[]);
    guest.body = body + &relay;
    hostile("odd times", &guest, Fate::Any)
}

/// Transactions that wait, and are never gone on with, or too often.
pub fn suspensions(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let begin = guest.ksr("tm", "t-newtran", &[]);
    let suspend = guest.ksr("tmx", "t-suspend", &[]);
    let resume = guest.ksr("tmx", "t-continue", &[&0, &0, &"failure"]);
    let number = [-1, 0, i32::MAX, 7][chance.below(4)];
    let guess = guest.ksr("tmx", "t-continue", &[&number, &number, &"ksr_request_route"]);
    let wait = guest.ksr("core", "forward-uri", &[&"sip:waits.invalid"]);
    let relay = guest.ksr("tm", "t-relay-to-proxy", &[&"sip:waits.invalid"]);
    let (what, body) = match chance.below(6) {
        0 => ("one that nobody continues", begin + &suspend),
        1 => ("again and again", begin + &forever(&suspend)),
        2 => ("transactions without an end", forever(&(begin + &suspend))),
        3 => ("continued from within", begin + &suspend + &resume + &guess),
        4 => ("numbers of others", times(2000, &guess)),
        _ => ("names that never resolve", times(50, &(wait + &relay))),
    };
    guest.body = body;
    hostile(what, &guest, Fate::Any)
}
