//! What lies at the edges: pointers, line ends, oneself, the table of dynamic languages, any order of calls.

use super::arguments;
use super::attacks::hostile;
use super::chance::Chance;
use super::guest::{Guest, Value};
use super::kemi::{Function, KEMI, Kind};
use super::{Fate, Hostile};

/// What takes whole header lines by contract, checked as such.
pub const LINES: &[(&str, &str)] = &[
    ("hdr", "append"),
    ("hdr", "append-after"),
    ("hdr", "insert"),
    ("hdr", "insert-before"),
    ("hdr", "rmappend"),
    ("hdr", "rminsert"),
    ("hdr", "append-to-reply"),
    ("tm", "t-uac-send"),
    ("tmx", "t-uac-ack-local"),
];

/// Addresses and lengths that do not fit.
const POINTERS: &[(i64, i64)] = &[
    (-1, 1),
    (-1, -1),
    (0, -1),
    (65_535, 1 << 30),
    (1 << 31, 1),
    (0x7fff_ffff, 0x7fff_ffff),
    (-65_536, 65_536),
    (1 << 30, 0),
    (-1, 0),
    (0, 0x7fff_ffff),
    (0, (1 << 20) + 1),
];

/// A bad pointer for each text of each function.
pub fn pointers(chance: &mut Chance) -> Hostile {
    let functions = KEMI.with_text();
    let function = *chance.of(&functions);
    let mut guest = Guest::new();
    let (at, length) = *chance.of(POINTERS);
    let mut values = arguments::values(chance, &mut guest, function);
    let texts: Vec<_> = (0..values.len())
        .filter(|&i| matches!(values[i], Value::Text(..)))
        .collect();
    let which = *chance.of(&texts);
    let mut fate = Fate::Stopped;
    values[which] = match chance.below(4) {
        // not UTF-8
        0 => {
            let bytes = *chance.of(&[
                &b"\xff\xfe"[..],
                b"a\xc0\xafb",
                b"\xed\xa0\x80",
                b"\xf5\x80\x80\x80",
                b"sip:\x80@x",
            ]);
            guest.text(bytes)
        }
        // of what the host itself wrote, and what it will write
        1 => {
            fate = Fate::Any;
            Value::Text("(i32.const 128)".into(), "(i32.const 100)".into())
        }
        _ => {
            if length == 0 {
                fate = Fate::Any;
            }
            Value::Text(format!("(i32.const {at})"), format!("(i32.const {length})"))
        }
    };
    let what = format!("{}.{}, text {which}: {at} {length}", function.module, function.name);
    guest.body = guest.call(function, &values);
    hostile(what, &guest, fate)
}

/// Line ends in every text of every function that takes one, then everything is sent.
pub fn injection(chance: &mut Chance) -> Hostile {
    let functions = KEMI.with_text();
    let mut guest = Guest::new();
    let mut what = Vec::new();
    let mut body = String::new();
    for _ in 0..1 + chance.below(6) {
        let function = *chance.of(&functions);
        what.push(format!("{}.{}", function.module, function.name));
        let number = chance.below(function.params.len());
        let values = injected(chance, &mut guest, function, number);
        body += &guest.call(function, &values);
    }
    body += &send(chance, &mut guest);
    guest.body = body;
    hostile(what.join(", "), &guest, Fate::Any)
}

/// The parameter with this number carries lines, others do sometimes.
fn injected(chance: &mut Chance, guest: &mut Guest, function: &Function, number: usize) -> Vec<Value> {
    let mut values = arguments::values(chance, guest, function);
    for (index, (_, kind)) in function.params.iter().enumerate() {
        if *kind == Kind::Text && (index == number || chance.is(20)) {
            let text = match (function.module.as_str(), chance.is(30)) {
                // into what a message is made of
                ("pv" | "pvx", true) if index == 0 => {
                    let names = [
                        "$ru",
                        "$rU",
                        "$rd",
                        "$du",
                        "$fu",
                        "$tu",
                        "$fn",
                        "$tn",
                        "$rr",
                        "$hdr(X-A)",
                        "$mb",
                        "$rb",
                        "$ua",
                        "$rs",
                        "$fs",
                        "$ct",
                        "$ci",
                        "$fU",
                        "$tU",
                        "$fd",
                        "$td",
                    ];
                    (*chance.of(&names)).to_owned()
                }
                _ => arguments::injection(chance),
            };
            values[index] = guest.text(text);
        }
    }
    values
}

/// Sends the message and a reply in some way.
fn send(chance: &mut Chance, guest: &mut Guest) -> String {
    let mut code = String::new();
    if chance.is(30) {
        code += &guest.ksr("textops", "set-reply-body", &[&"a\r\n\r\nb", &"text/plain"]);
    }
    if chance.is(20) {
        code += &guest.ksr("rr", "record-route", &[]);
    }
    if chance.is(60) {
        code += &guest.ksr("core", "setdsturi", &[&"sip:192.0.2.20:5070"]);
        code += &match chance.below(3) {
            0 => guest.ksr("core", "forward", &[]),
            1 => {
                guest.ksr("tm", "t-on-reply", &[&"reply"])
                    + &guest.ksr("tm", "t-on-branch", &[&"branch"])
                    + &guest.ksr("tm", "t-relay", &[])
            }
            _ => guest.ksr("tm", "t-relay", &[]),
        };
    } else {
        let reason = match chance.is(50) {
            true => arguments::injection(chance),
            false => "OK".to_owned(),
        };
        code += &match chance.below(3) {
            0 => guest.ksr("sl", "sl-send-reply", &[&200, &reason]),
            1 => guest.ksr("tm", "t-reply", &[&200, &reason]),
            _ => guest.ksr("tm", "t-newtran", &[]) + &guest.ksr("tm", "t-send-reply", &[&404, &reason]),
        };
    }
    code
}

/// To itself, to its neighbour, to kemist's own ports, to where nobody but the operator may go.
pub fn itself(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let target = *chance.of(&[
        "sip:bob@hostile.example",
        "sip:bob@good.example",
        "sip:127.0.0.1:5060",
        "sip:127.0.0.1:5060;transport=tcp",
        "sip:localhost",
        "sip:127.0.0.1:5080;transport=tcp",
        "sip:169.254.169.254:80;transport=tcp",
        "sip:[::1]:5060",
        "sip:0.0.0.0:5060",
        "sip:[::ffff:127.0.0.1]:5060",
        "sip:10.0.0.1",
        "sip:224.0.0.1",
        "sip:255.255.255.255",
        "sip:2130706433",
        "sip:127.1",
    ]);
    let http = "POST /RPC HTTP/1.1\r\nHost: kemist\r\nContent-Type: application/json\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"route.deploy\",\"params\":[\"/tmp/x.wasm\"]}";
    let dup = chance.is(50);
    let body = match chance.below(6) {
        0 => guest.ksr("core", "forward-uri", &[&target]),
        1 => guest.ksr("core", "setdsturi", &[&target]) + &guest.ksr("tm", "t-relay", &[]),
        2 => guest.ksr("core", "seturi", &[&target]) + &guest.ksr("tm", "t-relay", &[]),
        3 => guest.ksr("tm", "t-replicate", &[&target]),
        4 => guest.ksr(
            "tm",
            "t-uac-send",
            &[&"OPTIONS", &target, &target, &"", &"X-Injected: 1\r\n", &http],
        ),
        _ => guest.ksr(
            "tm",
            "t-uac-send",
            &[&"POST /RPC HTTP/1.1\r\nX:", &target, &"", &"", &http, &""],
        ),
    };
    guest.body = match dup {
        true => format!(
            "(loop $l {body} (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (i32.const 30))))"
        ),
        false => body,
    };
    hostile(format!("to {target}"), &guest, Fate::Any)
}

/// The table of dynamic languages, from a compiled guest.
pub fn dynamic(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    guest.import_text("kemi:ksr/dynamic@0.1.0", "call", "(func $call (param i32 i32 i32 i32))");
    guest.import_text("kemi:ksr/dynamic@0.1.0", "functions", "(func $functions (param i32))");
    guest.import_text("kemi:ksr/dynamic@0.1.0", "random", "(func $random (result i64))");
    let function = chance.of(&KEMI.functions);
    let name = match &*function.module {
        "core" => function.name.replace('-', "_"),
        module => format!("{module}.{}", function.name.replace('-', "_")),
    };
    // FNV-1a, as wit/dynamic.wit says
    let id = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    // xvals of 16 bytes: what it is, then a number or a text
    let mut list = Vec::new();
    for _ in 0..function.params.len() {
        let kind = [0, 1, 2, 2, 2, 3, 255][chance.below(7)];
        list.extend([kind, 0, 0, 0, 0, 0, 0, 0]);
        list.extend(chance.of(&[
            [0; 8],
            [255; 8],
            [0, 16, 0, 0, 8, 0, 0, 0],
            [0, 0, 0, 128, 255, 255, 255, 127],
        ]));
    }
    list.push(0);
    // the first of the texts: at a multiple of eight
    let values = guest.put(&list);
    let call = |id: &str, at: &str, count: &str| {
        format!("(call $call (i32.const {id}) (i32.const {at}) (i32.const {count}) (i32.const 192))")
    };
    let (id, values, count) = (id.to_string(), values.to_string(), function.params.len().to_string());
    let (what, body) = match chance.below(8) {
        0 => ("a call", call(&id, &values, &count)),
        1 => (
            "calls without an end",
            format!("(loop $l {} (br $l))", call(&id, &values, &count)),
        ),
        2 => (
            "a list that is none",
            call(
                &id,
                chance.word(&["-1", "-16", "1", "2147483632"]),
                chance.word(&["1", "-1", "65535", "134217728"]),
            ),
        ),
        3 => (
            "too many values",
            call(&id, &values, chance.word(&["17", "1000", "4000"])),
        ),
        4 => (
            "a function that is none",
            call(&(chance.next() as u32 as i32).to_string(), &values, &count),
        ),
        5 => (
            "the table, again and again",
            "(loop $l (call $functions (i32.const 192)) (br $l))".to_owned(),
        ),
        6 => ("random numbers", "(loop $l (drop (call $random)) (br $l))".to_owned()),
        _ => {
            guest.realloc = Some(format!("(i32.const {})", [-1, 0, 1, 65_535, i32::MAX][chance.below(5)]));
            (
                "a table with nowhere to go",
                "(call $functions (i32.const 192))".to_owned(),
            )
        }
    };
    guest.body = body;
    hostile(format!("{what}: {name}"), &guest, Fate::Any)
}

/// Calls in any order, in every callback.
pub fn sequences(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let mut body = String::new();
    let mut what = Vec::new();
    let arms: &[(&str, &str, &str)] = &[
        ("tm", "t-on-branch", "branch"),
        ("tm", "t-on-reply", "reply"),
        ("tm", "t-on-failure", "failure"),
        ("tm", "t-on-branch-failure", "failure"),
    ];
    for _ in 0..5 + chance.below(40) {
        if chance.is(15) {
            let (module, name, callback) = *chance.of(arms);
            body += &guest.ksr(module, name, &[&callback]);
            continue;
        }
        let function = match chance.is(25) {
            true => {
                let many: Vec<_> = KEMI
                    .functions
                    .iter()
                    .filter(|f| matches!(&*f.module, "tm" | "tmx" | "sl" | "rr" | "registrar"))
                    .collect();
                *chance.of(&many)
            }
            false => chance.of(&KEMI.functions),
        };
        let values = arguments::values(chance, &mut guest, function);
        let call = guest.call(function, &values);
        // in one of the callbacks, or in all of them
        body += &match chance.is(50) {
            true => call,
            false => format!(
                "(if (i32.eq (local.get $cb) (i32.const {})) (then {call}))",
                chance.below(5)
            ),
        };
        what.push(format!("{}.{}", function.module, function.name));
    }
    if chance.is(60) {
        body += &send(chance, &mut guest);
    }
    guest.body = body;
    hostile(what.join(", "), &guest, Fate::Any)
}

/// Where values of others may lie.
const PLACES: &[&str] = &[
    "$sht(canary=>canary)",
    "$sht(canary=>x)",
    "$sht(canary=>key)",
    "$sht(x=>x)",
    "$sht(a=>b)",
    "$sht(x=>canary)",
    "$sht(good::canary=>canary)",
    "$sht(1:canary=>canary)",
    "$sht(canary=>1:canary)",
    "$sht(../canary=>canary)",
    "$shv(canary)",
    "$shv(x)",
    "$shv(1:canary)",
    "$(shv(canary))",
    "$xavp(canary)",
    "$avp(canary)",
    "$xavu(canary)",
    "$var(canary)",
    "$ulc(callee=>addr)",
    "$stat(canary)",
    "$env(PATH)",
    "$sel(cfg_get.core.x)",
];

/// Reads what is others' in every way, and tells it in a reply and in the log.
pub fn spies(chance: &mut Chance) -> Hostile {
    let names: Vec<&str> = (0..4).map(|_| chance.word(PLACES)).collect();
    let mut guest = spy(&names);
    let readers: Vec<_> = KEMI
        .functions
        .iter()
        .filter(|f| f.returns_by_pointer && f.params.iter().any(|(_, kind)| *kind == Kind::Text))
        .collect();
    let mut body = String::new();
    for _ in 0..4 {
        let function = *chance.of(&readers);
        let mut values = Vec::new();
        for (name, kind) in &function.params {
            values.push(match kind {
                Kind::Text if function.module == "htable" => {
                    guest.text(chance.word(&["canary", "x", "a", "key", "1:canary"]))
                }
                Kind::Text => guest.text(chance.word(PLACES)),
                kind => Value::number(arguments::number(chance, name, *kind)),
            });
        }
        let call = guest.call(function, &values);
        body += &(call + "(call $tell)");
    }
    // bindings of others: they would be relayed to
    let aor = chance.word(&[
        "sip:bob@good.example",
        "sip:alice@good.example",
        "sip:bob@localhost",
        "sip:canary@good.example",
    ]);
    let table = chance.word(&["location", "", "good:location", "1:location"]);
    body += &match chance.below(3) {
        0 => guest.ksr("core", "seturi", &[&aor]) + &guest.ksr("registrar", "lookup", &[&table]),
        1 => guest.ksr("registrar", "lookup-uri", &[&table, &aor]),
        _ => guest.ksr("registrar", "registered-uri", &[&table, &aor]),
    };
    body += &guest.ksr("xlog", "xerr", &[&names.concat()]);
    body += &match chance.is(50) {
        true => guest.ksr("tm", "t-relay", &[]),
        false => String::new(),
    };
    guest.body.insert_str(0, &body);
    hostile(format!("{} {aor}", names.join(" ")), &guest, Fate::Any)
}

/// Tells what these variables are.
pub fn spy(names: &[&str]) -> Guest {
    let mut guest = Guest::new();
    guest.pages = 4;
    let (err, reply) = (KEMI.find("core", "err"), KEMI.find("sl", "sl-send-reply"));
    let told = || Value::Text("(i32.load (i32.const 136))".into(), "(i32.load (i32.const 140))".into());
    let log = guest.call(err, &[told()]);
    let say = guest.call(reply, &[Value::number(200), told()]);
    // an xval that is a text
    guest.more = format!(
        "(func $tell
           (if (i32.eq (i32.load8_u (i32.const 128)) (i32.const 2)) (then {log} {say}))
           (i32.store8 (i32.const 128) (i32.const 0)))"
    );
    for name in names {
        let read = guest.ksr("pv", "get", &[name]);
        guest.body += &(read + "(call $tell)");
    }
    guest
}
