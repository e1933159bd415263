//! Scripts that go wrong cost their own run, and say where.

use super::support::{ANY, EVALUATES, Script, limits, logged, value};
use crate::needs_engine;
use kemist::route::Fault;
use kemist::wasm::{Limits, Policy};

#[test]
fn errors_have_file_line_and_stack() {
    needs_engine!();
    let script =
        Script::new("function ksr_request_route() {\n    helper();\n}\nfunction helper() {\n    KSR.tm.nosuch();\n}\n");
    let error = script.error();
    assert!(error.starts_with("TypeError"), "{error}");
    assert!(
        error.contains("helper (route.js:5:") && error.contains("ksr_request_route (route.js:2:"),
        "{error}"
    );
}

#[test]
fn rejected_promises_are_errors() {
    needs_engine!();
    let error = Script::new("async function ksr_request_route() {\n await null;\n throw new Error('late')\n}").error();
    assert!(
        error.contains("Error: late") && error.contains("route.js:3:"),
        "{error}"
    );
    let error = Script::body("Promise.reject(new Error('alone'))").error();
    assert!(error.contains("unhandled rejection: Error: alone"), "{error}");
    let fine = Script::body("Promise.reject(1).catch(() => {})");
    assert_eq!(fine.run("ksr_request_route", ""), Ok(()));
    let error = Script::new("async function ksr_request_route() { await new Promise(() => {}) }").error();
    assert!(error.contains("nothing settles"), "{error}");
}

/// One way to recurse without an end.
const RECURSIONS: &[&str] = &[
    "(function f(n) { return 1 + f(n + 1) })(1)",
    "(function f(a, b, c, d) { return [f(a, b, c, d)].concat(a) })(1, 2, 3, 4)",
    "const o = { get x() { return this.x } }; o.x",
    "const o = { toString() { return '' + this } }; '' + o",
    "const o = { toJSON() { return JSON.stringify(this) } }; JSON.stringify(o)",
    "const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x",
    "function f() { [1, 2].sort(f) } f()",
    "function f() { [1].map(f) } f()",
    "function f() { 'a'.replace(/a/, f) } f()",
    "function f() { Reflect.apply(f, null, []) } f()",
    "function f() { new f() } f()",
    "class A { constructor() { new A() } } new A()",
    "function f() { f.call.call(f) } f()",
    "function f(...a) { f(...a) } f(1, 2, 3)",
    "function f() { eval('f()') } f()",
    "function* g() { yield* g() } g().next()",
    "JSON.parse('['.repeat(100000))",
    "eval('('.repeat(100000))",
    "eval('['.repeat(100000))",
    "eval('!'.repeat(1000000) + 1)",
    "eval('{'.repeat(100000))",
    "new RegExp('('.repeat(100000))",
    "let a = []; for (let i = 0; i < 200000; i++) a = [a]; JSON.stringify(a)",
    "let a = []; for (let i = 0; i < 200000; i++) a = [a]; String(a)",
    "let a = []; for (let i = 0; i < 200000; i++) a = [a]; a.flat(Infinity)",
    "let f = () => 1; for (let i = 0; i < 200000; i++) f = f.bind(null); f()",
    "let p = {}; for (let i = 0; i < 200000; i++) p = new Proxy(p, {}); p.x",
];

#[test]
fn endless_recursion_is_an_error_of_the_language() {
    needs_engine!();
    let mut traps = Vec::new();
    for recursion in RECURSIONS {
        match ANY.run("run", recursion) {
            Ok(()) | Err(Fault::Script(_)) => {}
            other => traps.push(format!("{recursion}: {other:?}")),
        }
    }
    assert!(traps.is_empty(), "{}", traps.join("\n"));
    let error = Script::body(RECURSIONS[0]).error();
    assert!(error.contains("RangeError") && error.contains("route.js:1:"), "{error}");
}

#[test]
fn scripts_may_still_recurse() {
    needs_engine!();
    assert_eq!(value("(function f(n) { return n ? 1 + f(n - 1) : 0 })(300)"), "300");
}

/// Ways to take memory without an end.
const HOGS: &[&str] = &[
    "const t = []; while (true) t.push(new Uint8Array(1 << 20).fill(1))",
    "const t = []; while (true) t.push({ a: t.length })",
    "let s = 'x'; while (true) s += s",
    "const m = new Map(); for (let i = 0; ; i++) m.set('key' + i, [i])",
    "'x'.repeat(1 << 29)",
    "new Array(1 << 27).fill(0)",
    "new Uint8Array(1 << 30)",
    "const t = []; while (true) t.push('x'.repeat(1000) + t.length)",
    "function f() { const a = []; for (let i = 0; i < 1e9; i++) a.push(() => i); } f()",
];

#[test]
fn endless_memory_is_an_error_of_the_language() {
    needs_engine!();
    let mut wrong = Vec::new();
    for memory in [8 << 20, 64 << 20] {
        let limits = Limits { memory, ..limits() };
        let script = Script::with(&[("route.js", EVALUATES)], Policy::Reuse, limits);
        for hog in HOGS {
            match script.run("run", hog) {
                Err(Fault::Script(_)) => {}
                other => wrong.push(format!("{memory}, {hog}: {other:?}")),
            }
            // the instance goes on
            if script.run("ksr_request_route", "") != Ok(()) {
                wrong.push(format!("{memory}, {hog}: the instance is lost"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn garbage_in_cycles_is_found() {
    needs_engine!();
    let text = "function ksr_request_route() { for (let i = 0; i < 100000; i++) { const a = {}; a.a = a; a.b = 'x'.repeat(1000) + i } }";
    let limits = Limits {
        memory: 16 << 20,
        ..limits()
    };
    let script = Script::with(&[("route.js", text)], Policy::Reuse, limits);
    assert_eq!(script.run("ksr_request_route", ""), Ok(()));
}

#[test]
fn loops_end_at_the_deadline() {
    needs_engine!();
    let limits = Limits {
        deadline: std::time::Duration::from_millis(20),
        ..limits()
    };
    let script = Script::with(&[("route.js", EVALUATES)], Policy::Reuse, limits);
    for text in [
        "while (true) {}",
        "/^(a+)+$/.test(Array(41).join('a') + 'b')",
        "for (;;) KSR.is_INVITE()",
    ] {
        assert_eq!(script.run("run", text), Err(Fault::Deadline), "{text}");
    }
}

#[test]
fn console_writes_to_the_log() {
    needs_engine!();
    let script = Script::body(
        "console.log('one', 2, { three: 3 }, [4], null, undefined); console.debug('low'); console.warn('odd'); \
         console.error(new Error('bad'))",
    );
    let log = logged(|| assert_eq!(script.run("ksr_request_route", ""), Ok(())));
    assert!(
        log.contains("INFO") && log.contains("one 2 {\"three\":3} [4] null undefined"),
        "{log}"
    );
    assert!(log.contains("DEBUG") && log.contains("low"), "{log}");
    assert!(log.contains("WARN") && log.contains("odd"), "{log}");
    assert!(
        log.contains("ERROR") && log.contains("Error: bad") && log.contains("route.js:1:"),
        "{log}"
    );
}
