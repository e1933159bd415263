//! Guests written as core modules in text, wrapped into components here: no toolchain is needed.

use kemist_bindings::kemi::ksr::dynamic::Kind;
use std::path::Path;
use std::sync::LazyLock;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The callbacks of [`hostile`] that fail, and what their faults say.
pub const HOSTILE: &[(&str, &str)] = &[
    ("loop", "Deadline"),
    ("recurse", "call stack exhausted"),
    ("trap", "unreachable"),
    ("error", "Script(\"wrong\")"),
    ("eat", "its limit of memory was reached"),
    ("huge", "Trap"),
    ("outside", "Trap"),
    ("flood", "Deadline"),
    ("shout", "Trap"),
];

/// A guest with one callback for each way to go wrong, and some that do not.
pub fn hostile() -> Vec<u8> {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let names = [
            "ksr_request_route",
            "loop",
            "recurse",
            "trap",
            "error",
            "eat",
            "huge",
            "outside",
            "flood",
            "shout",
            "count",
            "wait",
        ];
        let code = r#"
            (global $count (mut i32) (i32.const 0))
            (func $recurse (param i32) (result i32) (i32.add (i32.const 1) (call $recurse (local.get 0))))
            (func $body (param $callback i32) (result i32)
              (block $wait (block $count (block $shout (block $flood (block $outside (block $huge (block $eat
              (block $error (block $trap (block $recurse (block $loop (block $ok
                (br_table $ok $loop $recurse $trap $error $eat $huge $outside $flood $shout $count $wait (local.get $callback)))
                (return (i32.const 64)))
                (loop $l (br $l)))
                (return (call $recurse (i32.const 0))))
                unreachable)
                (return (i32.const 80)))
                (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable)
                ;; an error text of 2 MiB
                (drop (memory.grow (i32.const 40)))
                (i32.store (i32.const 96) (i32.const 1)) (i32.store (i32.const 104) (i32.const 0x200000))
                (return (i32.const 96)))
                ;; an error text beyond the memory
                (i32.store (i32.const 96) (i32.const 1)) (i32.store (i32.const 104) (i32.const 0x7fffffff))
                (return (i32.const 96)))
                (loop $l (drop (call $setflag (i32.const 1))) (br $l)))
                ;; 2 MiB to the log
                (drop (memory.grow (i32.const 40)))
                (call $info (i32.const 0) (i32.const 0x200000)) (return (i32.const 64)))
                ;; counts its runs in an error text of one digit
                (global.set $count (i32.add (global.get $count) (i32.const 1)))
                (i32.store8 (i32.const 120) (i32.add (i32.const 48) (global.get $count)))
                (i32.store (i32.const 96) (i32.const 1)) (i32.store (i32.const 100) (i32.const 120))
                (i32.store (i32.const 104) (i32.const 1))
                (return (i32.const 96)))
              (drop (call $forward (i32.const 128) (i32.const 17)))
              (i32.const 64))"#;
        guest(&names, code, "")
    });
    BYTES.clone()
}

/// A guest with these callbacks, which all do nothing.
pub fn named(names: &[&str]) -> Vec<u8> {
    guest(names, "", "")
}

/// A guest that sets flag 5 by its typed function, calls a function of the core with one number by its
/// id, and fails with "wrong" where the result is not 1.
pub fn dynamic_guest(function: &str, number: i32) -> Vec<u8> {
    let id = crate::wasm::dynamic::FUNCTIONS
        .iter()
        .find(|f| f.name == function)
        .unwrap()
        .id;
    let code = format!(
        r#"(func $body (param i32) (result i32)
             (drop (call $setflag (i32.const 5)))
             ;; one xval: a number
             (i32.store8 (i32.const 160) (i32.const 1)) (i64.store (i32.const 168) (i64.const {number}))
             (call $call (i32.const {id}) (i32.const 160) (i32.const 1) (i32.const 192))
             ;; ok(int(1))
             (select (i32.const 64) (i32.const 80)
               (i32.and (i32.eqz (i32.load8_u (i32.const 192)))
                 (i32.and (i32.eq (i32.load8_u (i32.const 200)) (i32.const 1))
                          (i64.eq (i64.load (i32.const 208)) (i64.const 1))))))"#
    );
    let import = r#"(import "kemi:ksr/dynamic@0.1.0" "call" (func $call (param i32 i32 i32 i32)))"#;
    guest(&["ksr_request_route"], &code, import)
}

/// A guest with its own `callbacks`.
pub fn with_callbacks(callbacks: &str) -> Vec<u8> {
    module(callbacks, "", "")
}

/// A guest: `code` may define `$body`, which gets the callback's place and returns the address of the
/// result: 64 is ok, 80 the error "wrong". 128 has "sip:waits.example", 17 bytes.
pub fn guest(names: &[&str], code: &str, imports: &str) -> Vec<u8> {
    let mut text = String::new();
    let mut pairs = String::new();
    for name in names {
        let word = |number: usize| {
            number.to_le_bytes()[..4]
                .iter()
                .map(|b| format!("\\{b:02x}"))
                .collect::<String>()
        };
        pairs.push_str(&word(2048 + text.len()));
        pairs.push_str(&word(name.len()));
        text.push_str(name);
    }
    let list = format!(
        r#"(func (export "callbacks") (result i32)
             (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const {})) (i32.const 0))
           (data (i32.const 1024) "{pairs}") (data (i32.const 2048) "{text}")"#,
        names.len()
    );
    module(&list, code, imports)
}

fn module(list: &str, code: &str, imports: &str) -> Vec<u8> {
    let body = if code.contains("$body") {
        ""
    } else {
        "(func $body (param i32) (result i32) (i32.const 64))"
    };
    let text = format!(
        r#"(module
          (import "kemi:ksr/core@0.1.0" "setflag" (func $setflag (param i32) (result i32)))
          (import "kemi:ksr/core@0.1.0" "info" (func $info (param i32 i32)))
          (import "kemi:ksr/core@0.1.0" "forward-uri" (func $forward (param i32 i32) (result i32)))
          {imports}
          (memory (export "memory") 1)
          (global $heap (mut i32) (i32.const 8192))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
            (global.set $heap (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
          {list}
          (data (i32.const 80) "\01\00\00\00\70\00\00\00\05\00\00\00")
          (data (i32.const 112) "wrong")
          (data (i32.const 128) "sip:waits.example")
          {body} {code}
          (func (export "run") (param i32 i32 i32) (result i32) (call $body (local.get 0))))"#
    );
    component(&text)
}

/// A core module as a component of the world with every interface.
fn component(text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit"))
        .unwrap();
    let world = resolve.select_world(&[package], Some("host")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// A kind as Kamailio's table of exports spells it.
pub fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "null",
        Kind::Int => "int",
        Kind::Long => "long",
        Kind::Boolean => "bool",
        Kind::Str => "str",
        Kind::Xval => "xval",
    }
}
