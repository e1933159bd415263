//! Deploys to a running proxy: forward, back, refused, and after a restart.

use crate::support::client::Phone;
use crate::support::proxy::{Proxy, Setup};
use crate::support::small::answering;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A component that answers every request 200 with this reason, in a file of that name.
pub fn file(folder: &Path, reason: &str) -> PathBuf {
    let file = folder.join(format!("{reason}.wasm"));
    fs::write(&file, answering(reason)).expect("a file of our own");
    file
}

pub fn reason(proxy: &Proxy) -> String {
    let phone = Phone::new(proxy.address);
    let reply = phone.ask(&phone.request("OPTIONS", "sip:localhost", "alice", "alice", ""));
    let line = reply.text.lines().next().unwrap_or_default();
    line.strip_prefix("SIP/2.0 200 ").unwrap_or(line).to_owned()
}

pub fn restart(proxy: &mut Proxy) {
    assert!(proxy.stop("-TERM").success());
    proxy.launch();
}

pub fn done(proxy: &Proxy, words: &[&str]) -> Value {
    serde_json::from_str(&proxy.command(words)).expect("--json was asked for")
}

pub fn refused(proxy: &Proxy, words: &[&str]) -> String {
    let output = proxy.try_command(words);
    assert_eq!(output.status.code(), Some(1), "{words:?}");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    text
}

#[test]
fn a_version_comes_and_goes_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let named = |reason| file(folder.path(), reason).display().to_string();
    let (one, two, three) = (named("One"), named("Two"), named("Three"));
    let mut proxy = Setup::new(PathBuf::from(&one)).start();
    assert_eq!(reason(&proxy), "One");

    let to_two = done(&proxy, &["deploy", &two, "--json"]);
    assert_eq!(reason(&proxy), "Two");
    assert_eq!(
        (&to_two["action"], &to_two["unchanged"]),
        (&"deploy".into(), &false.into())
    );
    done(&proxy, &["deploy", &three, "--json"]);
    assert_eq!(reason(&proxy), "Three");
    let again = done(&proxy, &["deploy", &three, "--json"]);
    assert_eq!(again["unchanged"], true);

    assert_eq!(done(&proxy, &["rollback", "--json"])["version"], to_two["version"]);
    assert_eq!(reason(&proxy), "Two");
    done(&proxy, &["rollback", "--json"]);
    assert_eq!(reason(&proxy), "One");
    let end = refused(&proxy, &["rollback"]);
    assert!(end.contains("no earlier version"), "{end}");

    // what was deployed is in charge after a restart, whatever the file says
    let version = to_two["version"].as_str().expect("a label");
    done(&proxy, &["rollback", &version[..6], "--json"]);
    assert_eq!(reason(&proxy), "Two");
    restart(&mut proxy);
    assert_eq!(reason(&proxy), "Two");
    done(&proxy, &["rollback", "--json"]);
    assert_eq!(reason(&proxy), "One");
    restart(&mut proxy);
    assert_eq!(reason(&proxy), "One");

    let states: Vec<_> = done(&proxy, &["versions", "--json"])
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["state"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(states, ["live", "kept", "kept"]);
    let history = done(&proxy, &["versions", "--history", "--json"]);
    let actions: Vec<_> = history
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .map(|row| row["action"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        actions,
        [
            "start", "deploy", "deploy", "rollback", "rollback", "return", "rollback"
        ]
    );
}

#[test]
fn what_is_refused_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = file(folder.path(), "Good");
    let proxy = Setup::new(good.clone()).start();
    let bytes = fs::read(&good).expect("it is there");
    for (name, content, why) in [
        ("cut.wasm", &bytes[..bytes.len() / 2], "compile: "),
        ("text.wasm", &b"hello"[..], "not a WebAssembly component"),
        ("core.wasm", &b"\0asm\x01\0\0\0"[..], "a core module, not a component"),
        ("empty.wasm", &b"\0asm\x0d\0\x01\0"[..], "does not export"),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, content).expect("a file of our own");
        let line = refused(&proxy, &["deploy", &file.display().to_string()]);
        assert!(line.contains(why) && line.contains(name), "{line}");
        assert_eq!(reason(&proxy), "Good");
    }
    let missing = refused(&proxy, &["deploy", "nowhere.wasm"]);
    assert!(missing.contains("nowhere.wasm"), "{missing}");
    for words in [
        &["promote"][..],
        &["rollback"],
        &["rollback", "ffff"],
        &["rollback", "x"],
    ] {
        refused(&proxy, words);
    }
    let history = done(&proxy, &["versions", "--history", "--json"]);
    let refusals = history.as_array().expect("a list").iter();
    assert_eq!(refusals.filter(|row| row["state"] == "refused").count(), 4);
}

#[test]
fn a_changed_file_wins_at_the_start_and_a_broken_one_does_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let module = file(folder.path(), "One");
    let two = file(folder.path(), "Two");
    let mut proxy = Setup::new(module.clone()).start();
    done(&proxy, &["deploy", &two.display().to_string(), "--json"]);
    fs::write(&module, answering("Three")).expect("a file of our own");
    restart(&mut proxy);
    assert_eq!(reason(&proxy), "Three");
    fs::write(&module, "broken").expect("a file of our own");
    restart(&mut proxy);
    assert_eq!(reason(&proxy), "Three");
    assert!(proxy.log().contains("of before is in charge"), "{}", proxy.log());
}
