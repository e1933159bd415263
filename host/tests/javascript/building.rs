//! What a build says of scripts that are wrong, and of scripts of several files.

use super::support::{Script, build_files, limits, refused};
use crate::needs_engine;
use kemist::wasm::Policy;

#[test]
fn errors_name_file_line_and_column() {
    needs_engine!();
    let error = refused("function ksr_request_route() {\n    if (KSR.is_INVITE( {\n}\n");
    assert!(error.contains("route.js:") && error.contains("SyntaxError"), "{error}");
    assert!(!error.contains('\n'), "{error}");
    let error = refused("var a = 1;\nvar b = a.c.d;\nfunction ksr_request_route() {}\n");
    assert!(error.contains("route.js:2:") && error.contains("TypeError"), "{error}");
    let error = refused("var a = 1;\nthrow 'no';\n");
    assert!(error.contains("route.js: uncaught \"no\""), "{error}");
}

#[test]
fn what_is_no_text_or_has_no_end_is_refused() {
    needs_engine!();
    let error = refused("while (true) {}");
    assert!(
        error.contains("route.js: what it does outside of callbacks takes longer"),
        "{error}"
    );
    let error = refused("var all = []; while (true) all.push(new Uint8Array(1 << 20).fill(1));");
    assert!(error.contains("out of memory"), "{error}");
    let error = refused("(function f(n) { return 1 + f(n + 1) })(1)");
    assert!(error.contains("route.js:1:") && error.contains("RangeError"), "{error}");
}

#[test]
fn bytes_that_are_no_text_name_their_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("route.js");
    std::fs::write(&path, b"// one\n// \xff\n").expect("the folder can be written");
    let error = kemist::build::build(&path, None)
        .expect_err("it is no text")
        .to_string();
    // the engine is looked for first
    assert!(
        error.ends_with("route.js:2: it is not UTF-8") || error.contains("engine is missing"),
        "{error}"
    );
}

#[test]
fn files_beside_the_script_are_loaded() {
    needs_engine!();
    let main = "const lib = require('./lib/greet'), data = require('./data.json');\n\
                function ksr_request_route() { throw lib.greet(data.name) }";
    let lib = "const end = require('./end.js');\nexports.greet = (name) => 'hello ' + name + end;";
    let script = Script::with(
        &[
            ("route.js", main),
            ("lib/greet.js", lib),
            ("lib/end.js", "module.exports = '!'"),
            ("data.json", "{\"name\": \"alice\"}"),
        ],
        Policy::Reuse,
        limits(),
    );
    assert_eq!(script.thrown(), "hello alice!");
}

#[test]
fn modules_import_files_and_export_callbacks() {
    needs_engine!();
    let main = "import { greet } from './lib/greet.mjs';\n\
                export function ksr_request_route() { throw greet('bob') }\n\
                export const ksr_reply_route = () => {};";
    let lib = "export function greet(name) { return 'hello ' + name }";
    for name in ["route.mjs", "route.js"] {
        let script = Script::with(&[(name, main), ("lib/greet.mjs", lib)], Policy::Reuse, limits());
        assert_eq!(script.thrown(), "hello bob");
        assert!(kemist::route::Routing::callback(&*script.version, "ksr_reply_route").is_some());
    }
}

#[test]
fn files_that_are_missing_or_elsewhere_are_refused() {
    needs_engine!();
    let error = refused("require('./nothing');");
    assert!(
        error.contains("\"nothing\"") && error.contains("no such file"),
        "{error}"
    );
    let error = refused("require('../../etc/passwd');");
    assert!(error.contains("cannot find"), "{error}");
    let error = refused("import x from 'sip';");
    assert!(error.contains("\"sip\""), "{error}");
}

#[test]
fn builds_of_the_same_are_the_same_and_know_it() {
    needs_engine!();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("route.js");
    let write = |text: &str| std::fs::write(&path, text).expect("the folder can be written");
    write("function ksr_request_route() {}");
    let one = kemist::build::build(&path, None).expect("it is right");
    let two = kemist::build::build(&path, None).expect("it is right");
    assert!(one.component == two.component, "two builds differ");
    assert!(kemist::build::is_current(&path, &one.component));
    write("function ksr_request_route() { }");
    assert!(!kemist::build::is_current(&path, &one.component));
}

#[test]
fn the_text_travels_with_the_component() {
    needs_engine!();
    let text = "function ksr_request_route() { /* a remark that nobody else makes */ }";
    let built = build_files(&[("route.js", text)]).expect("it is right");
    let found = built.component.windows(7).filter(|window| window == b"remark ").count();
    assert!(found >= 1);
}
