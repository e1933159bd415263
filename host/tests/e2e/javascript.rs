//! The basic script in JavaScript, and a script named as the routing module.

use crate::support::client::Phone;
use crate::support::proxy::{Proxy, Setup, kemist};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where it is.
pub const SOURCE: &str = "examples/basic/javascript";

#[path = "calls.rs"]
mod calls;

/// A script that answers OPTIONS with this reason.
fn answers(reason: &str) -> String {
    format!("function ksr_request_route() {{\n    KSR.sl.sl_send_reply(200, \"{reason}\");\n}}\n")
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file of our own");
}

fn reason(proxy: &Proxy) -> String {
    let phone = Phone::new(proxy.address);
    let request = phone.request("OPTIONS", "sip:localhost", "alice", "alice", "");
    let reply = phone.ask(&request);
    reply.text.lines().next().unwrap_or_default().to_owned()
}

/// Sends SIGHUP and waits until the log says what came of it.
fn reload(proxy: &Proxy, expected: &str) {
    let hup = std::process::Command::new("kill")
        .arg("-HUP")
        .arg(proxy.pid().to_string())
        .status();
    assert!(hup.is_ok_and(|status| status.success()));
    let deadline = Instant::now() + Duration::from_secs(60);
    while !proxy.log().contains(expected) {
        assert!(
            Instant::now() < deadline,
            "{expected:?} is not in the log:\n{}",
            proxy.log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_script_is_the_module_and_changes_at_a_signal() {
    crate::support::component::engines();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script: PathBuf = folder.path().join("route.js");
    write(&script, &answers("One"));
    let proxy = Setup::new(script.clone()).routing("deadline = \"1s\"").start();
    assert_eq!(reason(&proxy), "SIP/2.0 200 One");
    reload(&proxy, "the module has not changed");
    write(&script, &answers("Two"));
    reload(&proxy, "deployed");
    assert_eq!(reason(&proxy), "SIP/2.0 200 Two");
    write(&script, "function ksr_request_route() {\n    KSR.info(;\n}\n");
    reload(&proxy, "route.js:2:");
    assert!(proxy.log().contains("SyntaxError"), "{}", proxy.log());
    assert_eq!(reason(&proxy), "SIP/2.0 200 Two");
}

/// What a component imports is kept with it: an upgrade that brings another engine, and a cache that is gone, end nothing.
#[test]
fn a_version_keeps_the_engine_that_it_was_built_with() {
    crate::support::component::engines();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (script, module) = (folder.path().join("route.js"), folder.path().join("route.wasm"));
    write(&script, &answers("Kept"));
    let built = kemist().arg("build").arg(&script).arg("-o").arg(&module).status();
    assert!(built.is_ok_and(|status| status.success()));
    let engines = folder.path().join("engines");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("it lies in the target folder");
    fs::create_dir(&engines).expect("a folder of our own");
    fs::copy(target.join("engines/javascript.wasm"), engines.join("javascript.wasm")).expect("it was built");
    let mut proxy = Setup::new(module)
        .routing("deadline = \"1s\"")
        .environment("KEMIST_ENGINES", engines.display().to_string())
        .start();
    assert_eq!(reason(&proxy), "SIP/2.0 200 Kept");
    for _ in 0..2 {
        assert!(proxy.stop("-TERM").success());
        fs::remove_dir_all(proxy.folder().join("kemist.cache")).expect("there is a cache");
        let _ = fs::remove_dir_all(&engines);
        proxy.launch();
        assert_eq!(reason(&proxy), "SIP/2.0 200 Kept");
    }
    // without the database nobody knows it
    let check = kemist()
        .arg("check")
        .arg(folder.path().join("route.wasm"))
        .env("KEMIST_ENGINES", &engines)
        .output();
    let check = check.expect("it starts");
    let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
    assert!(
        !check.status.success() && said.contains("it needs the engine"),
        "{said}"
    );
}
