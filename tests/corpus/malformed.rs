//! What is no proper component, or too much of one.

use super::attacks::hostile;
use super::chance::Chance;
use super::guest::Guest;
use super::{Fate, Hostile};

fn written(what: impl Into<String>, text: &str, fate: Fate) -> Hostile {
    Hostile {
        family: "",
        what: what.into(),
        // some of these the text format itself refuses: then they are broken in another way
        component: wat::parse_str(text).unwrap_or_else(|_| b"\0asm\x0d\0\x01\0\xff".to_vec()),
        fate,
        writes_lines: false,
    }
}

/// What only the operator has, or nobody.
const IMPORTS: &[(&str, &str)] = &[
    ("kemi:ksr/rpc@0.1.0", "exec"),
    ("kemi:ksr/jsonrpcs@0.1.0", "exec"),
    ("kemi:ksr/deploy@0.1.0", "deploy"),
    ("kemi:ksr/admin@0.1.0", "call"),
    ("kemi:ksr/tenant@0.1.0", "add"),
    ("kemi:ksr/cfgutils@0.1.0", "exec"),
    ("kemi:ksr/exec@0.1.0", "exec-cmd"),
    ("kemi:ksr/sqlops@0.1.0", "sql-query"),
    ("kemi:ksr/http-client@0.1.0", "query"),
    ("kemi:ksr/core@0.1.0", "reload"),
    ("kemi:ksr/core@9.9.9", "info"),
    ("kemi:ksr/tm@0.1.0", "t-fly"),
    ("wasi:cli/environment@0.2.0", "get-environment"),
    ("wasi:filesystem/preopens@0.2.0", "get-directories"),
    ("wasi:sockets/tcp@0.2.0", "start-connect"),
    ("wasi:http/outgoing-handler@0.2.0", "handle"),
    ("wasi:clocks/monotonic-clock@0.2.0", "now"),
];

pub fn unknown_imports(chance: &mut Chance) -> Hostile {
    let (interface, function) = *chance.of(IMPORTS);
    let params = *chance.of(&[
        "",
        "(param \"a\" string)",
        "(param \"a\" string) (param \"b\" string) (result string)",
        "(result (list string))",
    ]);
    let text = match chance.below(4) {
        0 => format!(r#"(component (import "{interface}" (instance (export "{function}" (func {params})))))"#),
        1 => format!(r#"(component (import "{function}" (func {params})))"#),
        // the right name, another type
        2 => format!(r#"(component (import "kemi:ksr/tm@0.1.0" (instance (export "t-relay" (func {params})))))"#),
        _ => format!(
            r#"(component (import "{interface}" (instance (export "{function}" (func {params}))
                 (export "x" (type (sub resource))))))"#
        ),
    };
    written(format!("{interface} {function}"), &text, Fate::Refused)
}

/// Types, instances and components, many and one inside the other.
pub fn types(chance: &mut Chance) -> Hostile {
    let count = [10, 100, 1_000, 10_000, 60_000][chance.below(5)];
    let depth = [5, 20, 90, 200, 2_000][chance.below(5)];
    let nested = |open: &str, close: &str, core: &str, depth: usize| {
        format!("{}{core}{}", open.repeat(depth), close.repeat(depth))
    };
    let (what, text) = match chance.below(12) {
        0 => {
            let fields: String = (0..count).map(|i| format!("(field \"f{i}\" u64)")).collect();
            ("a wide record", format!("(component (type (record {fields})))"))
        }
        1 => {
            let cases: String = (0..count).map(|i| format!("(case \"c{i}\" (list string))")).collect();
            ("a wide variant", format!("(component (type (variant {cases})))"))
        }
        2 => {
            let names: String = (0..count).map(|i| format!("\"e{i}\" ")).collect();
            ("a wide enum", format!("(component (type (enum {names})))"))
        }
        3 => {
            // each is twice as large as the one before
            let mut text = "(component (type $t0 (tuple u64 u64))".to_owned();
            for i in 1..depth.min(500) {
                text += &format!("(type $t{i} (tuple $t{} $t{}))", i - 1, i - 1);
            }
            ("a type that doubles", text + ")")
        }
        4 => (
            "lists in lists",
            format!("(component (type {}))", nested("(list ", ")", "u8", depth)),
        ),
        5 => {
            let mut text = "(component (type $t0 (list u8))".to_owned();
            for i in 1..depth {
                text += &format!("(type $t{i} (option $t{}))", i - 1);
            }
            text += &format!("(import \"x\" (func (param \"a\" $t{}))))", depth - 1);
            ("a deep type of an import", text)
        }
        6 => ("components in components", nested("(component ", ")", "", depth)),
        7 => (
            "many components",
            format!("(component {})", "(component)".repeat(count)),
        ),
        8 => (
            "many instances",
            format!(
                "(component (component $c) {})",
                "(instance (instantiate $c))".repeat(count)
            ),
        ),
        9 => (
            "many core modules",
            format!("(component {})", "(core module)".repeat(count)),
        ),
        10 => {
            let imports: String = (0..count)
                .map(|i| format!("(import \"i{i}\" (func (param \"a\" (list string)) (result string)))"))
                .collect();
            ("many imports", format!("(component {imports})"))
        }
        _ => {
            let exports: String = (0..count)
                .map(|i| format!("(type $t{i} (list u8)) (export \"e{i}\" (type $t{i}))"))
                .collect();
            ("many exports", format!("(component {exports})"))
        }
    };
    written(format!("{what}, {count}, {depth}"), &text, Fate::Refused)
}

/// What takes long to compile.
pub fn compile_bombs(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let size = [10, 100, 1_000, 8_000][chance.below(4)];
    let what = match chance.below(12) {
        0 => {
            guest.more = format!(
                "(func (param i64) (result i64) (local.get 0) {})",
                "(i64.const 7) i64.mul (local.get 0) i64.xor ".repeat(size)
            );
            "a long function"
        }
        1 => {
            guest.more = format!("(func {} {})", "(block ".repeat(size), ")".repeat(size));
            "blocks in blocks"
        }
        2 => {
            guest.more = format!(
                "(func (param i32) {} (nop) {})",
                "(if (local.get 0) (then (loop ".repeat(size),
                ")))".repeat(size)
            );
            "loops in loops"
        }
        3 => {
            guest.more = format!("(func (local {}))", "i64 ".repeat((size * 10).min(49_999)));
            "many locals"
        }
        4 => {
            guest.more = "(func)".repeat(size);
            "many functions"
        }
        5 => {
            let targets = "0 ".repeat(size * 4);
            guest.more = format!("(func (param i32) (block (br_table {targets} 0 (local.get 0))))");
            "a wide table of branches"
        }
        6 => {
            // every value lives until the end
            let calls = "(call $one) ".repeat(size);
            let sums = "i64.add ".repeat(size - 1);
            guest.more = format!("(func $one (result i64) (i64.const 1)) (func (result i64) {calls} {sums})");
            "many values at once"
        }
        7 => {
            guest.more = format!("(func (param {}))", "i64 ".repeat(size.min(1_000)));
            "many parameters"
        }
        8 => {
            guest.more = format!(
                "(func (param v128) (result v128) (local.get 0) {})",
                "(local.get 0) i8x16.swizzle (local.get 0) f32x4.div ".repeat(size)
            );
            "vectors"
        }
        9 => {
            guest.more = (0..size)
                .map(|i| format!("(global (mut i64) (i64.const {i}))"))
                .collect();
            "many globals"
        }
        10 => {
            guest.more = (0..size)
                .map(|i| format!("(type (func (param {})))", "i32 ".repeat(i % 50)))
                .collect();
            "many types"
        }
        _ => {
            let one = format!(
                "(func (param i32) (result i32) (local.get 0) {})",
                "(i32.const 3) i32.mul (local.get 0) i32.add ".repeat(20)
            );
            guest.more = one.repeat(size / 2);
            "many functions of some size"
        }
    };
    let reply = guest.ksr("sl", "send-reply", &[&200, &"OK"]);
    guest.body = reply;
    hostile(format!("{what}, {size}"), &guest, Fate::Any)
}

/// Bytes that were a component.
pub fn broken(chance: &mut Chance) -> Hostile {
    let mut guest = Guest::new();
    let reply = guest.ksr("sl", "send-reply", &[&200, &"OK"]);
    let relay = guest.ksr("tm", "t-relay", &[]);
    guest.body = reply + &relay;
    let mut bytes = guest.component();
    let (what, fate) = match chance.below(8) {
        0 => {
            bytes.truncate(chance.below(bytes.len()));
            ("truncated", Fate::Refused)
        }
        1 => {
            for _ in 0..1 + chance.below(8) {
                let at = chance.below(bytes.len());
                bytes[at] ^= 1 << chance.below(8);
            }
            ("bits turned over", Fate::Any)
        }
        2 => {
            let at = 8 + chance.below(bytes.len() - 8);
            let more = chance.bytes(20);
            bytes.splice(at..at, more);
            ("bytes inserted", Fate::Any)
        }
        3 => {
            let at = 8 + chance.below(bytes.len() - 8);
            let end = (at + 1 + chance.below(50)).min(bytes.len());
            bytes.drain(at..end);
            ("bytes left out", Fate::Any)
        }
        4 => {
            let length = chance.below(500);
            bytes = [&b"\0asm\x0d\0\x01\0"[..], &chance.bytes(length)].concat();
            ("noise after a head", Fate::Any)
        }
        5 => {
            let length = chance.below(500);
            bytes = chance.bytes(length);
            ("noise", Fate::Refused)
        }
        6 => {
            // a length of five bytes where any section begins
            let at = 9 + chance.below(bytes.len() - 14);
            bytes[at..at + 5].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
            ("a length beyond the end", Fate::Any)
        }
        _ => {
            let half = bytes.len() / 2;
            bytes.rotate_left(half);
            ("turned round", Fate::Refused)
        }
    };
    Hostile {
        family: "",
        what: what.to_owned(),
        component: bytes,
        fate,
        writes_lines: false,
    }
}
