//! What a guest does with its own code: loops, recursion, memory, start functions, lists, results.

use super::chance::Chance;
use super::guest::{Guest, escaped};
use super::{Fate, Hostile};

pub fn hostile(what: impl Into<String>, guest: &Guest, fate: Fate) -> Hostile {
    Hostile {
        family: "",
        what: what.into(),
        component: guest.component(),
        fate,
        writes_lines: guest.uses(super::edges::LINES),
    }
}

/// Loops without an end.
const LOOPS: &[(&str, &str)] = &[
    ("empty", "(loop $l (br $l))"),
    (
        "counting",
        "(loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))",
    ),
    (
        "nested",
        "(loop $a (loop $b (loop $c (br_if $c (global.get $zero)) (br_if $b (global.get $zero)) (br $a))))",
    ),
    ("table", "(loop $l (br_table $l $l $l (local.get $i)))"),
    (
        "filling",
        "(loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 65536)) (br $l))",
    ),
    (
        "copying",
        "(loop $l (memory.copy (i32.const 65536) (i32.const 65537) (i32.const 60000)) (br $l))",
    ),
    (
        "dividing",
        "(loop $l (local.set $n (i64.div_u (i64.const -1) (i64.add (local.get $n) (i64.const 3)))) (br $l))",
    ),
    (
        "growing by nothing",
        "(loop $l (drop (memory.grow (i32.const 0))) (br $l))",
    ),
    (
        "failing to grow",
        "(loop $l (drop (memory.grow (i32.const 65535))) (br $l))",
    ),
    ("tail calls", "(return_call $tail (i32.const 0))"),
];

pub fn loops(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let (name, code) = *chance.of(LOOPS);
    guest.more = "(func $tail (param i32) (return_call $tail (local.get 0)))".to_owned();
    // where something must be returned
    let called = code.replace("return_call", "call");
    let (place, fate) = match chance.below(6) {
        0 => {
            guest.callbacks = Some(format!("{LOCALS} {called} (i32.const 0)"));
            ("callbacks", Fate::Refused)
        }
        1 => {
            guest.more += &format!("(func $start {LOCALS} {code}) (start $start)");
            ("start", Fate::Refused)
        }
        2 => {
            // the name of a callback's event needs none, a value does
            guest.realloc = Some(format!("{LOCALS} {called} (i32.const 0)"));
            guest.body = guest.ksr("pv", "gete", &[&"$ru"]);
            ("cabi_realloc", Fate::Stopped)
        }
        3 => {
            guest.more += &format!(r#"(func (export "cabi_post_run") (param i32) {LOCALS} {code})"#);
            ("post-return", Fate::Stopped)
        }
        4 => {
            guest.more += &format!(r#"(func (export "cabi_post_callbacks") (param i32) {LOCALS} {code})"#);
            ("post-return of callbacks", Fate::Any)
        }
        _ => {
            guest.body = code.to_owned();
            ("callback", Fate::Stopped)
        }
    };
    hostile(format!("{name} in {place}"), &guest, fate)
}

const LOCALS: &str = "(local $i i32) (local $n i64)";

pub fn recursion(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let locals = "i64 ".repeat(1 << chance.below(12));
    let (what, more, body) = match chance.below(6) {
        0 => (
            "direct",
            "(func $f (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0))))".to_owned(),
            "(drop (call $f (i32.const 0)))",
        ),
        1 => (
            "mutual",
            "(func $f (param i32) (result i32) (i32.add (i32.const 1) (call $g (local.get 0))))
             (func $g (param i32) (result i32) (i32.sub (call $f (local.get 0)) (i32.const 1)))"
                .to_owned(),
            "(drop (call $f (i32.const 0)))",
        ),
        2 => (
            "indirect",
            "(table $t 4 funcref) (elem (table $t) (i32.const 0) func $f $f $f $f) (type $t (func (param i32) (result i32)))
             (func $f (type $t) (i32.add (i32.const 1) (call_indirect $t (type $t) (local.get 0) (i32.and (local.get 0) (i32.const 3)))))"
                .to_owned(),
            "(drop (call $f (i32.const 2)))",
        ),
        3 => (
            "with large frames",
            format!(
                "(func $f (param i64) (result i64) (local {locals})
                   (local.set 1 (i64.mul (local.get 0) (i64.const 3)))
                   (i64.add (local.get 1) (call $f (i64.add (local.get 0) (i64.const 1)))))"
            ),
            "(drop (call $f (i64.const 0)))",
        ),
        4 => (
            "with many results",
            format!(
                "(func $f (result {}) (call $f))",
                "i64 ".repeat(1 + chance.below(900))
            ),
            "(loop $l (call $g) (br $l))",
        ),
        _ => (
            "by cabi_realloc",
            String::new(),
            "(drop (call $realloc (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))",
        ),
    };
    guest.more = more;
    if what == "with many results" {
        let results = guest.more.matches("i64").count();
        guest.more += &format!("(func $g (call $f) {})", "drop ".repeat(results));
    }
    if what == "by cabi_realloc" {
        guest.realloc = Some(
            "(i32.add (i32.const 1) (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3)))"
                .to_owned(),
        );
    }
    if chance.is(30) {
        guest.more += &format!("(func $start {body}) (start $start)");
        return hostile(format!("{what}, at the start"), &guest, Fate::Refused);
    }
    guest.body = body.to_owned();
    hostile(what, &guest, Fate::Stopped)
}

pub fn memory(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let (what, fate) = match chance.below(13) {
        0 => {
            guest.body = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable".into();
            ("page by page", Fate::Stopped)
        }
        1 => {
            guest.body = "(loop $l (br_if $l (call $pages (i32.const 1) (i32.const 16)))) unreachable".into();
            ("page by page, and written", Fate::Stopped)
        }
        2 => {
            guest.body =
                "(if (i32.ne (memory.grow (i32.const 65000)) (i32.const -1)) (then (loop $l (br $l)))) unreachable"
                    .into();
            ("all at once", Fate::Stopped)
        }
        3 => {
            guest.memory = Some(r#"(memory (export "memory") 65536)"#.into());
            ("4 GiB from the start", Fate::Refused)
        }
        4 => {
            let pages = [257, 300, 1024, 16_384][chance.below(4)];
            guest.memory = Some(format!(r#"(memory (export "memory") {pages})"#));
            ("more than the limit from the start", Fate::Refused)
        }
        5 => {
            let count = [2, 9, 40, 100][chance.below(4)];
            guest.more = "(memory 1)".repeat(count);
            ("many memories", Fate::Any)
        }
        6 => {
            let elements = [20_001, 1_000_000, 10_000_000, u32::MAX][chance.below(4)];
            guest.more = format!("(table {elements} funcref)");
            ("a huge table", Fate::Refused)
        }
        7 => {
            guest.more = "(table $t 1 funcref)".into();
            guest.body = "(loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable".into();
            ("a table that grows", Fate::Stopped)
        }
        8 => {
            let count = [10, 1_000, 20_000][chance.below(3)];
            guest.more = r#"(data (i32.const 70000) "\01\02\03")"#.repeat(count);
            ("many data segments", Fate::Any)
        }
        9 => {
            guest.more = format!(r#"(data (i32.const {}) "xxxxxxxx")"#, -4 - chance.below(100) as i32);
            ("a data segment outside", Fate::Refused)
        }
        10 => {
            guest.more = format!(r#"(data $d "{}")"#, escaped(&vec![0x41; 1 << 18]));
            guest.body = "(loop $l (memory.init $d (i32.const 70000) (i32.const 0) (i32.const 50000)) (br $l))".into();
            ("a passive segment again and again", Fate::Stopped)
        }
        11 => {
            let at = *chance.of(&["-1", "-65536", "0x7fffffff", "1000000000"]);
            guest.body = format!(
                "(i32.store (i32.const {at}) (i32.const 1)) (drop (i64.load offset=4294967295 (i32.const {at})))"
            );
            ("outside of memory", Fate::Stopped)
        }
        _ => {
            // each table is as large as one may be
            guest.more = "(table 20000 funcref)".repeat([2, 31, 33, 99][chance.below(4)]);
            ("many tables", Fate::Any)
        }
    };
    hostile(what, &guest, fate)
}

/// Start functions that do something else than loop.
pub fn starts(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let call = guest.ksr("core", "info", &[&"from a start function"]);
    let reply = guest.ksr("sl", "send-reply", &[&200, &"OK"]);
    let (what, code) = match chance.below(6) {
        0 => ("traps", "unreachable".to_owned()),
        1 => ("calls the host", call),
        2 => ("replies", reply),
        3 => (
            "takes memory",
            "(loop $l (br_if $l (call $pages (i32.const 1) (i32.const 4)))) unreachable".to_owned(),
        ),
        4 => ("recurses", "(call $start)".to_owned()),
        _ => (
            "divides by nothing",
            "(drop (i32.div_u (i32.const 1) (global.get $zero)))".to_owned(),
        ),
    };
    // a tail call would end at the running time, not at the stack
    guest.more = format!("(func $start {code} (global.set $n (i32.const 1))) (start $start)");
    hostile(what, &guest, Fate::Refused)
}

/// Lists of callbacks.
pub fn lists(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let long = |name: &str, count: usize| {
        (0..count)
            .map(|i| format!("{name}{i}").into_bytes())
            .collect::<Vec<_>>()
    };
    let request = || b"ksr_request_route".to_vec();
    let (what, fate) = match chance.below(14) {
        0 => {
            // the same name a million times: 8 MB of pairs, made when it is asked for
            guest.callbacks = Some(
                "(local $at i32) (local $i i32)
                 (local.set $at (call $pages (i32.const 0) (i32.const 123)))
                 (loop $l
                   (i32.store (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 3))) (i32.const 80))
                   (i32.store offset=4 (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 3))) (i32.const 8))
                   (local.set $i (i32.add (local.get $i) (i32.const 1)))
                   (br_if $l (i32.lt_u (local.get $i) (i32.const 1000000))))
                 (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (i32.const 1000000)) (i32.const 0)"
                    .into(),
            );
            ("a million names", Fate::Refused)
        }
        1 => {
            guest.names = [vec![request()], long("callback_", 1024 + chance.below(2000))].concat();
            ("too many names", Fate::Refused)
        }
        2 => {
            guest.names.push(
                (*chance.of(&[
                    "a\nb",
                    "a\r\nERROR forged",
                    "\u{1b}[2J",
                    "a b",
                    "\u{2028}",
                    "\u{a0}",
                    "\0",
                    "a\tb",
                ]))
                .into(),
            );
            ("controls in a name", Fate::Refused)
        }
        3 => {
            guest
                .names
                .push(chance.bytes(20).into_iter().map(|b| b | 0x80).collect());
            ("a name of bytes", Fate::Refused)
        }
        4 => {
            guest.names.push(vec![b'x'; 129 + chance.below(100_000)]);
            ("a long name", Fate::Refused)
        }
        5 => {
            guest.names.push(request());
            ("a name twice", Fate::Refused)
        }
        6 => {
            guest.names = Vec::new();
            ("no names", Fate::Refused)
        }
        7 => {
            let at = [-1, -4, -8, i32::MAX, 1 << 30][chance.below(5)];
            guest.callbacks = Some(format!("(i32.const {at})"));
            ("a list outside of memory", Fate::Refused)
        }
        8 => {
            let count = [-1, i32::MAX, 1 << 29, 1 << 28][chance.below(4)];
            guest.callbacks = Some(format!(
                "(i32.store (i32.const 0) (i32.const $LIST)) (i32.store (i32.const 4) (i32.const {count})) (i32.const 0)"
            ));
            ("a list longer than memory", Fate::Refused)
        }
        9 => {
            guest.callbacks = Some(
                "(i32.store (i32.const 0) (i32.const 1)) (i32.store (i32.const 4) (i32.const 1)) (i32.const 0)".into(),
            );
            ("a list at an odd address", Fate::Refused)
        }
        10 => {
            guest.callbacks = Some("unreachable".into());
            ("a trap", Fate::Refused)
        }
        11 => {
            // a name of 2 MiB
            guest.callbacks = Some(
                "(i32.store (i32.const 512) (call $pages (i32.const 97) (i32.const 32)))
                 (i32.store (i32.const 516) (i32.const 2097152))
                 (i32.store (i32.const 0) (i32.const 512)) (i32.store (i32.const 4) (i32.const 1)) (i32.const 0)"
                    .into(),
            );
            ("a name of 2 MiB", Fate::Refused)
        }
        12 => {
            // another list each time it is asked for
            guest.more = "(global $asked (mut i32) (i32.const 0))".into();
            guest.callbacks = Some(
                "(global.set $asked (i32.add (global.get $asked) (i32.const 1)))
                 (i32.store (i32.const 0) (i32.const $LIST)) (i32.store (i32.const 4) (global.get $asked)) (i32.const 0)".into(),
            );
            ("another list each time", Fate::Any)
        }
        _ => {
            // names of events that are the operator's
            guest.names.extend(
                [
                    "htable:mod-init",
                    "xhttp:request",
                    "tm:local-request",
                    "sl:filtered-ack",
                    "core:worker-one-init",
                    "rpc",
                    "admin",
                    "../../etc/passwd",
                ]
                .map(|name| name.as_bytes().to_vec()),
            );
            ("names of others' events", Fate::Any)
        }
    };
    hostile(what, &guest, fate)
}

/// What `run` returns.
pub fn results(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let forged = "broken\n2026-01-01T00:00:00Z ERROR kemist: forged\u{1b}[31m\r\n\0";
    let at = guest.put(forged.as_bytes());
    let error = |at: i64, length: i64| {
        format!(
            "(i32.store (i32.const 96) (i32.const 1)) (i32.store (i32.const 100) (i32.const {at}))
             (i32.store (i32.const 104) (i32.const {length}))"
        )
    };
    let what = match chance.below(9) {
        0 => {
            guest.body = error(at as i64, forged.len() as i64);
            guest.result = "(i32.const 96)".into();
            "an error that forges lines"
        }
        1 => {
            let count = [1, 16, 17, 64, 200][chance.below(5)];
            guest.body = format!(
                "(local.set $p (call $pages (i32.const 65) (i32.const {count}))) {}
                 (i32.store (i32.const 100) (local.get $p))",
                error(0, i64::from(count) << 16)
            );
            guest.result = "(i32.const 96)".into();
            "a long error"
        }
        2 => {
            guest.body = error(
                [-1, 65_535, i64::from(i32::MAX), -65_536][chance.below(4)],
                [1, -1, 70_000, i64::from(i32::MAX)][chance.below(4)],
            );
            guest.result = "(i32.const 96)".into();
            "an error outside of memory"
        }
        3 => {
            guest.body = format!("(i32.store (i32.const 96) (i32.const {}))", 2 + chance.below(250));
            guest.result = "(i32.const 96)".into();
            "neither ok nor error"
        }
        4 => {
            guest.result = format!("(i32.const {})", [-1, -4, i32::MAX, 1 << 30][chance.below(4)]);
            "a result outside of memory"
        }
        5 => {
            guest.result = "(i32.const 65)".into();
            "a result at an odd address"
        }
        6 => {
            guest.body = error(at as i64 - 1, 0);
            guest.result = "(i32.const 96)".into();
            "an empty error"
        }
        7 => {
            let bytes = guest.put(&chance.bytes(200));
            guest.body = error(bytes as i64, 200);
            guest.result = "(i32.const 96)".into();
            "an error of bytes"
        }
        _ => {
            guest.body = "unreachable".into();
            "a trap"
        }
    };
    hostile(what, &guest, Fate::Stopped)
}
