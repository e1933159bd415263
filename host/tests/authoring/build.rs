//! `kemist build` and `kemist check` of Rust, and of files that are nothing to load.

use super::support::Desk;

const GOOD: &str = "use ksr::{Flow, maxfwd, sl, tm};
ksr::routes! { ksr_request_route => request, ksr_failure_manage => failure }
fn request() -> Flow {
    if maxfwd::process_maxfwd(10) < 0 {
        sl::sl_send_reply(483, \"Too Many Hops\");
        return ksr::exit();
    }
    tm::t_on_failure(routes::ksr_failure_manage);
    tm::t_relay();
    Ok(())
}
fn failure() -> Flow {
    let unused = 1;
    Ok(())
}
";

#[test]
fn a_crate_becomes_a_component() {
    let desk = Desk::new();
    desk.crate_with("mine", GOOD);
    let said = desk.run(&["build", "mine"]);
    assert!(said.starts_with("mine.wasm: "), "{said}");
    for words in [
        "languages: Rust",
        "callbacks: ksr_request_route ksr_failure_manage",
        "functions: 5 (tm 2, KSR 1, maxfwd 1, sl 1)",
        "note: mine/src/lib.rs:13:9: unused variable",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&desk.run(&["build", "mine", "-o", "b.wasm", "--json"])).unwrap();
    assert_eq!(json["output"], "b.wasm");
    assert_eq!(json["callbacks"][1], "ksr_failure_manage");
    assert!(
        json["build_ms"].is_u64() && json["size"].as_u64() > Some(1000),
        "{json}"
    );
    assert_eq!(
        std::fs::read(desk.path("mine.wasm")).unwrap(),
        std::fs::read(desk.path("b.wasm")).unwrap()
    );

    let checked = desk.run(&["check", "mine.wasm"]);
    assert!(
        checked.contains("valid") && checked.contains("    KSR.tm.t_relay\n"),
        "{checked}"
    );
    let json: serde_json::Value = serde_json::from_str(&desk.run(&["check", "--json", "mine"])).unwrap();
    assert_eq!(json["functions"].as_array().unwrap().len(), 5);
    assert_eq!(json["imports"].as_array().unwrap().len(), 4);
}

#[test]
fn mistakes_are_one_line_with_their_place() {
    let desk = Desk::new();
    for (from, to, line) in [
        (
            "process_maxfwd(10)",
            "process_maxfwd(\"10\")",
            "mine/src/lib.rs:4:31: mismatched types: expected `i32`, found `&str`",
        ),
        (
            "tm::t_relay",
            "tm::t_fly",
            "mine/src/lib.rs:9:9: cannot find function `t_fly`",
        ),
        (
            "routes::ksr_failure_manage",
            "routes::ksr_other",
            "mine/src/lib.rs:8:30: cannot find value `ksr_other`",
        ),
        ("if maxfwd", "if if maxfwd", "mine/src/lib.rs:"),
        (
            "ksr_request_route => request",
            "ksr_reply_route => request",
            "mine: it has no callback ksr_request_route",
        ),
        (
            "ksr::routes! { ksr_request_route => request, ksr_failure_manage => failure }",
            "",
            "mine: nothing lists its callbacks",
        ),
    ] {
        let source = GOOD.replace(from, to);
        let source = if to.is_empty() {
            source.replace("tm::t_on_failure(routes::ksr_failure_manage);", "")
        } else {
            source
        };
        desk.crate_with("mine", &source);
        let refused = desk.refused(&["build", "mine"]);
        assert!(refused.starts_with(line), "{to}: {refused}");
        assert_eq!(desk.refused(&["check", "mine"]), refused);
    }
    assert!(!desk.path("mine.wasm").exists());
}

#[test]
fn cargo_and_missing_tools_are_heard() {
    let desk = Desk::new();
    desk.crate_with("mine", GOOD);
    let mut missing = desk.command(&["build", "mine"]);
    let empty = desk.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let said = missing.env("PATH", &empty).env("RUSTC", "rustc").output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("cargo is missing: install Rust"), "{said}");
    // a compiler without the target's standard library
    desk.write("bin/rustc", "#!/bin/sh\necho /nowhere\n");
    let script = desk.path("bin/rustc");
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let said = desk.command(&["build", "mine"]).env("RUSTC", &script).output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    // where `make setup` made a compiler beside the program, that one is taken
    assert!(
        said.is_empty() || said.contains("rustup target add wasm32-unknown-unknown"),
        "{said}"
    );

    let manifest = desk.read("mine/Cargo.toml");
    desk.write("mine/Cargo.toml", manifest.replace("cdylib", "rlib"));
    let refused = desk.refused(&["build", "mine"]);
    assert!(
        refused.starts_with("mine/Cargo.toml: it makes no WebAssembly library"),
        "{refused}"
    );
    desk.write("mine/Cargo.toml", format!("{manifest}wrong\n"));
    let refused = desk.refused(&["build", "mine"]);
    assert!(refused.starts_with("mine/Cargo.toml:10:"), "{refused}");
}

#[test]
fn what_is_no_routing_module_is_told_apart() {
    let desk = Desk::new();
    desk.crate_with("mine", GOOD);
    desk.run(&["build", "mine"]);
    let whole = std::fs::read(desk.path("mine.wasm")).unwrap();
    desk.write("cut.wasm", &whole[..whole.len() / 2]);
    desk.write("text.wasm", "hello");
    desk.write("core.wasm", wat::parse_str("(module)").unwrap());
    desk.write("world.wasm", wat::parse_str("(component)").unwrap());
    let import = r#"(component (import "wasi:cli/environment@0.2.0" (instance (export "get-arguments" (func)))))"#;
    desk.write("other.wasm", wat::parse_str(import).unwrap());
    for (name, words) in [
        ("cut.wasm", "cut short"),
        ("text.wasm", "not a WebAssembly component"),
        ("core.wasm", "a core module, not a component"),
        ("world.wasm", "does not export what a routing module must"),
        (
            "other.wasm",
            "it imports wasi:cli/environment@0.2.0 get-arguments, which this kemist does not have",
        ),
        ("missing.wasm", "cannot be read"),
    ] {
        let refused = desk.refused(&["check", name]);
        assert!(
            refused.starts_with(&format!("{name}: ")) && refused.contains(words),
            "{refused}"
        );
    }
    assert!(desk.refused(&["build", "text.wasm"]).contains("of what language"));
    assert!(
        desk.refused(&["build", "mine", "-o", "no/such/folder.wasm"])
            .contains("cannot be written")
    );
}

#[test]
fn scripts_are_read_for_what_is_not_here() {
    let desk = Desk::new();
    let script = "function ksr_request_route() {\n  if (KSR.dispatcher) KSR.dispatcher.ds_select_dst(1, 4);\n  \
                  KSR.tm.t_fly();\n  KSR.sl.send_reply(404);\n}\n";
    desk.write("in/route.js", script);
    let built = desk.run(&["build", "in/route.js"]);
    for words in [
        "languages: JavaScript",
        "functions: 1 (sl 1)",
        "not here, and asked for first: KSR.dispatcher KSR.dispatcher.ds_select_dst",
        "note: in/route.js:3: KSR.tm.t_fly: there is no such function",
        "note: in/route.js:4: KSR.sl.send_reply: 2 parameters are expected, 1 given",
    ] {
        assert!(built.contains(words), "{words}: {built}");
    }
    let last = desk.refused(&["check", "route.wasm"]);
    assert_eq!(
        last,
        "route.wasm: route.js:4: KSR.sl.send_reply: 2 parameters are expected, 1 given"
    );
    let found = desk.command(&["check", "--json", "in"]).output().unwrap();
    assert_eq!(found.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(
        (&json["valid"], json["findings"].as_array().unwrap().len()),
        (&false.into(), 2)
    );
    desk.write("in/route.js", "function ksr_request_route() {\n  if (\n}\n");
    let refused = desk.refused(&["check", "in/route.js"]);
    assert!(refused.starts_with("in/route.js:3:"), "{refused}");
}
