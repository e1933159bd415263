//! The basic script in JavaScript, and a script named as the routing module.

use crate::support::client::Phone;
use crate::support::proxy::{Proxy, Setup};
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
