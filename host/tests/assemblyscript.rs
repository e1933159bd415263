//! Scripts in AssemblyScript: built by the program, run in this process.

// what benches of single runs stand on
#[allow(dead_code)]
#[path = "../../benches/support/core.rs"]
mod support;

use kemist::route::{Fault, Route, Routing, core};
use kemist::wasm::{Engine, Limits, Options, Policy, Version};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const REGISTER: &str = "REGISTER sip:localhost SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKas\r\n\
Max-Forwards: 70\r\n\
From: <sip:alice@localhost>;tag=f1\r\n\
To: <sip:alice@localhost>\r\n\
Call-ID: as@192.0.2.10\r\n\
CSeq: 7 REGISTER\r\n\
Contact: <sip:alice@192.0.2.10:5062>\r\n\
Content-Length: 0\r\n\r\n";

/// The program; what it installs for AssemblyScript is kept with the test binaries.
fn kemist() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kemist"));
    command.env("XDG_CACHE_HOME", cache());
    command
}

fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// The component of tests/programs/assemblyscript: built once, by whoever comes first.
fn program() -> Vec<u8> {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let lock = File::create(folder.join("assemblyscript.lock")).expect("the target folder can be written");
        lock.lock().expect("a lock on a file of our own");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/programs/assemblyscript");
        let output = folder.join("assemblyscript.wasm");
        let built = kemist().arg("build").arg(source).arg("-o").arg(&output).output();
        let built = built.expect("the program starts");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let said = String::from_utf8_lossy(&built.stdout);
        assert!(said.contains("helper is exported, but no callback"), "{said}");
        fs::read(output).expect("it was written")
    });
    BYTES.clone()
}

/// A version whose instances have 1 MiB, on a thread with a core.
fn version(policy: Policy) -> Arc<Version> {
    static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
        Engine::new(&Options {
            instances: 50,
            ..Options::default()
        })
        .expect("an engine")
    });
    core::install(Some(support::a_core(Default::default())));
    let limits = Limits {
        deadline: Duration::from_secs(10),
        memory: 1 << 20,
        ready: 1,
        ..Limits::default()
    };
    Version::load(&ENGINE, &program(), limits, policy).expect("it loads")
}

fn run(version: &Arc<Version>, callback: &str, event: &str) -> (Box<Route>, Result<(), Fault>) {
    let callback = version.callback(callback).expect("it is listed");
    let remote = SocketAddr::from(([192, 0, 2, 10], 5062));
    let route = support::a_route(version, support::a_message(REGISTER), remote);
    let mut run = Arc::clone(version).run(callback, event, false, route);
    loop {
        if let Poll::Ready(ended) = run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return ended;
        }
    }
}

fn error(version: &Arc<Version>, callback: &str, event: &str) -> String {
    match run(version, callback, event).1 {
        Err(Fault::Script(text)) => text,
        other => panic!("{callback}: {other:?}"),
    }
}

/// How often the instance at hand has run what counts its runs.
fn runs(version: &Arc<Version>) -> u32 {
    let text = error(version, "ksr_runs", "");
    text.rsplit(' ')
        .next()
        .and_then(|count| count.parse().ok())
        .expect("a count")
}

#[test]
fn exported_functions_are_callbacks() {
    let version = version(Policy::Reuse);
    for name in ["ksr_request_route", "ksr_event", "ksr_elsewhere", "ksr_renamed"] {
        assert!(version.callback(name).is_some(), "{name}");
    }
    assert!(version.callback("helper").is_none());
    assert_eq!(run(&version, "ksr_elsewhere", "").1, Ok(()));
    assert_eq!(error(&version, "ksr_renamed", ""), "more.ts:10:3: renamed");
    assert_eq!(
        error(&version, "ksr_event", "tm:local-request \u{e4}"),
        "route.ts:131:3: event tm:local-request \u{e4}"
    );
    assert!(error(&version, "ksr_event", "").ends_with(": event "));
}

#[test]
fn exits_leave_the_instance_usable() {
    let version = version(Policy::Reuse);
    for _ in 0..100_000 {
        assert_eq!(run(&version, "ksr_exit", "").1, Ok(()));
    }
    assert_eq!(runs(&version), 100_000, "one instance ran all of them");
}

#[test]
fn fresh_instances_know_nothing_of_each_other() {
    let version = version(Policy::Fresh);
    for _ in 0..3 {
        assert_eq!(run(&version, "ksr_exit", "").1, Ok(()));
        kemist::wasm::maintain();
    }
    assert_eq!(runs(&version), 0);
}

#[test]
fn memory_does_not_grow() {
    // 1 MiB would not hold one byte for each text that passes
    let version = version(Policy::Reuse);
    for round in 0..100_000 {
        assert_eq!(run(&version, "ksr_garbage", "").1, Ok(()));
        if round % 10 == 0 {
            assert_eq!(run(&version, "ksr_keep", "").1, Ok(()));
        }
        if round % 50 == 0 {
            error(
                &version,
                "ksr_event",
                "text that the callback gets, and returns in its error",
            );
        }
    }
    assert_eq!(runs(&version), 100_000, "one instance ran all of them");
}

#[test]
fn errors_name_their_place_and_keep_the_instance() {
    let version = version(Policy::Reuse);
    assert_eq!(run(&version, "ksr_request_route", "").1, Ok(()));
    assert_eq!(error(&version, "ksr_throw", ""), "more.ts:2:26: no such table");
    let text = error(&version, "ksr_assert", "");
    assert!(
        text.starts_with("route.ts:6") && text.ends_with("a value is needed"),
        "{text}"
    );
    let text = error(&version, "ksr_index", "");
    assert!(text.contains("Index out of range"), "{text}");
    assert_eq!(runs(&version), 1);
    // endless recursion: the script's own stack ends first, and that is an error like the others
    let text = match run(&version, "ksr_recurse", "").1 {
        Err(Fault::Script(text) | Fault::Trap(text)) => text,
        other => panic!("{other:?}"),
    };
    assert!(text.contains("stack"), "{text}");
    assert_eq!(run(&version, "ksr_garbage", "").1, Ok(()));
}

#[test]
fn drop_marks_the_run() {
    let version = version(Policy::Reuse);
    let (route, ended) = run(&version, "ksr_drop", "");
    assert_eq!(ended, Ok(()));
    assert!(route.decided.drop);
    assert!(!run(&version, "ksr_elsewhere", "").0.decided.drop);
}

#[test]
fn values_and_texts_pass_as_they_are() {
    let version = version(Policy::Reuse);
    for callback in ["ksr_values", "ksr_texts", "ksr_console", "ksr_random"] {
        assert_eq!(run(&version, callback, "").1, Ok(()), "{callback}");
    }
}

/// What a build of this text says: the last line of standard error without the program's name.
fn refused(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("route.ts"), text).expect("our folder");
    let output = kemist()
        .args(["build", "route.ts"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(!folder.path().join("route.wasm").exists());
    let line = stderr.lines().last().expect("it says why");
    line.strip_prefix("kemist: ").expect(line).to_owned()
}

const ROUTE: &str = "export function ksr_request_route(): void {";

#[test]
fn mistakes_are_one_line_with_their_place() {
    program(); // the compiler is installed
    let body = |text: &str| refused(&format!("{ROUTE}\n  {text}\n}}\n"));
    assert_eq!(
        body("KSR.tm.t_fly(); KSR.fly();"),
        "route.ts:2:10: Property 't_fly' does not exist on type '~lib/ksr/KSR.tm'. (and 1 error more)"
    );
    let text = body("KSR.sl.send_reply(\"404\", \"Not Found\");");
    assert!(text.starts_with("route.ts:2:21: "), "{text}");
    let text = body("let x = ;");
    assert!(text.starts_with("route.ts:2:11: "), "{text}");
    let text = body("KSR.setflag(<i32>Date.now());");
    assert!(text.contains("KSR.kx.get_timestamp()"), "{text}");
    let text = body("KSR.pv.get<u8[]>(\"$ru\");");
    assert!(text.contains("a KSR value is read as string"), "{text}");
}

#[test]
fn what_is_no_routing_script_is_refused() {
    program();
    let text = refused("export function route(): void {}");
    assert!(
        text.starts_with("route.ts: it does not export the callback of requests"),
        "{text}"
    );
    let text = refused("export function ksr_request_route(code: i32): void {}");
    assert!(
        text.starts_with("route.ts:1:1: ksr_request_route is a callback"),
        "{text}"
    );
    let text = refused(&format!("import {{ x }} from \"./missing\";\n{ROUTE} x(); }}"));
    assert!(
        text.starts_with("route.ts:1:19: ") && text.contains("missing.ts"),
        "{text}"
    );
    let text = refused(&format!("const uri = KSR.pv.gete(\"$ru\");\n{ROUTE} KSR.err(uri); }}"));
    assert!(
        text.contains("its top-level code calls kemi:ksr/pv@0.1.0#gete"),
        "{text}"
    );
    let text = refused(&format!(
        "const list = [1];\nconst x = list[5];\n{ROUTE} KSR.setflag(x); }}"
    ));
    assert!(text.contains("it cannot start"), "{text}");
}

#[test]
fn a_missing_tool_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("route.ts"), format!("{ROUTE}}}")).expect("our folder");
    let output = kemist()
        .args(["build", "route.ts"])
        .current_dir(folder.path())
        .env("PATH", folder.path())
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("apt-get install nodejs npm"), "{text}");
}

/// A project with a compiler of its own needs neither npm nor a network.
#[test]
fn the_compiler_of_the_project_is_used() {
    program();
    let sdk = fs::read_dir(cache().join("kemist"))
        .expect("the cache is there")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.join("installed").exists())
        .expect("a compiler is installed");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(sdk.join("node_modules"), folder.path().join("node_modules")).expect("our folder");
    fs::create_dir(folder.path().join("scripts")).expect("our folder");
    fs::write(folder.path().join("scripts/route.ts"), format!("{ROUTE}}}")).expect("our folder");
    let output = kemist()
        .args(["build", "scripts/route.ts"])
        .current_dir(folder.path())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let unpacked = fs::read_dir(folder.path().join("cache/kemist")).expect("the SDK is unpacked");
    assert!(
        unpacked
            .flatten()
            .all(|entry| !entry.path().join("node_modules").exists())
    );
}
