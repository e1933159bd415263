//! Signed modules: keys, signatures, and what a proxy with a list of trusted keys serves.

use crate::support::client::Phone;
use crate::support::proxy::{Proxy, Setup, free_port, kemist};
use crate::support::small::answering;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with keys and modules.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Exit code, and what it said on standard output and error.
    fn kemist(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let command = &mut kemist();
        let Output { status, stdout, stderr } = command
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("it starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
        (status.code(), text(stdout), text(stderr))
    }

    fn run(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.kemist(arguments);
        assert_eq!(code, Some(0), "kemist {arguments:?}\n{stderr}");
        stdout
    }

    /// It is refused in one line.
    fn refused(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.kemist(arguments);
        assert_eq!(
            (code, stderr.lines().count()),
            (Some(1), 1),
            "kemist {arguments:?}\n{stdout}{stderr}"
        );
        stderr
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("our folder");
    }

    /// Makes a pair of keys; the line for a configuration.
    fn keygen(&self, name: &str) -> String {
        let said = self.run(&["keygen", "-o", name]);
        let line = said.lines().last().expect("it prints the key");
        assert!(line.starts_with("trust = [\"ed25519:"), "{said}");
        line.to_owned()
    }

    /// A module that answers so, signed where a key is named.
    fn module(&self, name: &str, reason: &str, key: Option<&str>) -> PathBuf {
        self.write(name, answering(reason));
        if let Some(key) = key {
            self.run(&["sign", name, "--key", key]);
        }
        self.path(name)
    }

    /// Makes a configuration with this module and these lines; what `kemist run` ends with.
    fn start_is_refused(&self, module: &Path, lines: &str) -> String {
        let module = module.display();
        let text = format!(
            "listen = [\"udp:127.0.0.1:{}\"]\n[routing]\nmodule = \"{module}\"\n{lines}\n",
            free_port()
        );
        self.write("refused.toml", text);
        let checked = self.refused(&["check", "-c", "refused.toml"]);
        let started = self.refused(&["run", "-c", "refused.toml"]);
        let why = |line: &str| line.split_once("it is ").map(|(_, why)| why.to_owned());
        assert_eq!(why(&checked), why(&started));
        started
    }
}

fn reason(proxy: &Proxy) -> String {
    let phone = Phone::new(proxy.address);
    let request = phone.request("OPTIONS", "sip:localhost", "alice", "alice", "");
    let reply = phone.ask(&request);
    reply.text.lines().next().unwrap_or_default().to_owned()
}

/// Sends SIGHUP and waits for a new line of the log with these words.
fn reload(proxy: &Proxy, words: &str) -> String {
    let before = proxy.log().len();
    let sent = Command::new("kill").args(["-HUP", &proxy.pid().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let log = proxy.log();
        if let Some(line) = log[before..].lines().find(|line| line.contains(words)) {
            return line.to_owned();
        }
        assert!(Instant::now() < deadline, "{words:?} is not in the log:\n{log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn keys_are_made_once() {
    let desk = Desk::new();
    let said = desk.run(&["keygen", "-o", "alice"]);
    let mode = |name: &str| fs::metadata(desk.path(name)).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode("alice.key"), 0o600);
    let public = fs::read_to_string(desk.path("alice.pub")).expect("it is there");
    assert!(
        public.starts_with("ed25519:") && public.ends_with(" alice\n"),
        "{public}"
    );
    assert!(said.contains(public.trim()) && said.lines().count() == 3, "{said}");
    let private = fs::read(desk.path("alice.key")).expect("it is there");
    let error = desk.refused(&["keygen", "-o", "alice"]);
    assert!(error.contains("alice.key") && error.contains("exists"), "{error}");
    assert_eq!(fs::read(desk.path("alice.key")).expect("it is there"), private);
    // the public one alone stands in the way too, and no private one is left
    desk.write("bob.pub", "mine");
    assert!(desk.refused(&["keygen", "-o", "bob"]).contains("bob.pub"));
    assert!(!desk.path("bob.key").exists());
    assert!(desk.refused(&["keygen", "-o", "nowhere/x"]).contains("nowhere/x.key"));
    // names are those of files
    assert!(desk.run(&["keygen"]).contains("kemist.pub"));
}

#[test]
fn signatures_and_grants_are_shown() {
    let desk = Desk::new();
    let trust = desk.keygen("alice");
    desk.keygen("bob");
    let module = desk.module("m.wasm", "Hello", None);
    let plain = fs::read(&module).expect("our file");
    let said = desk.run(&[
        "sign",
        "m.wasm",
        "--key",
        "alice.key",
        "-o",
        "s.wasm",
        "--grants",
        "tm,sl",
    ]);
    assert!(
        said.starts_with("s.wasm: signed by key ") && said.contains("grants: sl tm"),
        "{said}"
    );
    assert_eq!(fs::read(&module).expect("our file"), plain);
    let checked = desk.run(&["check", "s.wasm"]);
    assert!(checked.contains("signature: valid, by key "), "{checked}");
    assert!(checked.contains("grants: sl tm"), "{checked}");
    // a second signature; the configuration says who is trusted
    desk.run(&["sign", "s.wasm", "--key", "bob.key"]);
    desk.write("trusting.toml", format!("[routing]\nmodule = \"s.wasm\"\n{trust}\n"));
    let checked = desk.run(&["check", "s.wasm", "-c", "trusting.toml"]);
    assert!(
        checked.contains("valid, by alice (key ") && checked.contains("who is trusted"),
        "{checked}"
    );
    assert_eq!(checked.matches("signature: valid").count(), 2, "{checked}");
    let json: Value =
        serde_json::from_str(&desk.run(&["check", "s.wasm", "-c", "trusting.toml", "--json"])).expect("JSON");
    assert_eq!(
        (&json["trusted"], &json["grants"][1]),
        (&Value::Bool(true), &Value::from("tm"))
    );
    assert_eq!(
        (&json["signatures"][0]["name"], &json["signatures"][1]["valid"]),
        (&Value::from("alice"), &Value::Bool(true))
    );
    let checked = desk.run(&["check", "-c", "trusting.toml"]);
    assert!(
        checked.contains("trusting.toml: valid") && checked.contains("by alice (key "),
        "{checked}"
    );
    // not signed, and not by one of these
    let error = desk.refused(&["check", "m.wasm", "-c", "trusting.toml"]);
    assert!(
        error.contains("m.wasm: it is not signed") && error.contains("alice (key "),
        "{error}"
    );
    assert!(desk.run(&["check", "m.wasm"]).contains("valid"));
    // altered: found without any list
    let mut altered = fs::read(desk.path("s.wasm")).expect("our file");
    let place = altered
        .windows(5)
        .position(|window| window == b"Hello")
        .expect("it says so");
    altered[place] = b'J';
    desk.write("altered.wasm", altered);
    let error = desk.refused(&["check", "altered.wasm"]);
    assert!(
        error.contains("altered.wasm: the signature by key ") && error.contains("altered after it"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_signed_says_why() {
    let desk = Desk::new();
    desk.keygen("alice");
    desk.module("m.wasm", "Hello", None);
    desk.write("core.wasm", b"\0asm\x01\0\0\0");
    desk.write("route.js", "function ksr_request_route() {}\n");
    let sign = |module: &str, key: &str| desk.refused(&["sign", module, "--key", key]);
    assert!(sign("core.wasm", "alice.key").contains("core.wasm: a core module"));
    assert!(sign("route.js", "alice.key").contains("kemist build --sign"));
    assert!(sign("none.wasm", "alice.key").contains("none.wasm: cannot be read"));
    assert!(sign("m.wasm", "none.key").contains("none.key: the key cannot be read"));
    assert!(sign("m.wasm", "alice.pub").contains("alice.pub: it is a public key"));
    assert!(sign("m.wasm", "m.wasm").contains("m.wasm: it is no file of keys"));
    let (code, _, error) = desk.kemist(&["sign", "m.wasm", "--key", "alice.key", "--grants", "sl;tm"]);
    assert!(code == Some(2) && error.contains("is no grant"), "{error}");
    // nothing of that left a trace
    assert_eq!(fs::read(desk.path("m.wasm")).expect("our file"), answering("Hello"));
    // a key that others can read is used, with a word
    fs::set_permissions(desk.path("alice.key"), fs::Permissions::from_mode(0o644)).expect("our file");
    let (code, _, note) = desk.kemist(&["sign", "m.wasm", "--key", "alice.key"]);
    assert!(code == Some(0) && note.contains("chmod 600"), "{note}");
}

#[test]
fn only_what_is_trusted_starts() {
    let desk = Desk::new();
    let trust = desk.keygen("alice");
    desk.keygen("mallory");
    let unsigned = desk.module("unsigned.wasm", "Hello", None);
    let error = desk.start_is_refused(&unsigned, &trust);
    assert!(
        error.contains("unsigned.wasm: it is not signed") && error.contains("alice (key "),
        "{error}"
    );
    let strange = desk.module("strange.wasm", "Hello", Some("mallory.key"));
    let error = desk.start_is_refused(&strange, &trust);
    assert!(error.contains("strange.wasm: it is signed by key "), "{error}");
    let mut altered = fs::read(desk.module("altered.wasm", "Hello", Some("alice.key"))).expect("our file");
    altered.push(0);
    desk.write("altered.wasm", &altered);
    let error = desk.start_is_refused(&desk.path("altered.wasm"), &trust);
    assert!(error.contains("altered.wasm: "), "{error}");
    desk.write("route.js", "function ksr_request_route() {}\n");
    let error = desk.start_is_refused(&desk.path("route.js"), &trust);
    assert!(
        error.contains("route.js: it is a routing source") && error.contains("--sign"),
        "{error}"
    );
    let error = desk.start_is_refused(&unsigned, "trust = [\"nobody.pub\"]");
    assert!(error.contains("nobody.pub"), "{error}");
    let error = desk.start_is_refused(&unsigned, "trust = []");
    assert!(error.contains("refused.toml:4: routing.trust: "), "{error}");
}

#[test]
fn only_what_is_trusted_is_reloaded() {
    let desk = Desk::new();
    desk.keygen("alice");
    desk.keygen("bob");
    let module = desk.module("m.wasm", "One", Some("alice.key"));
    let keys = desk.path("alice.pub");
    let proxy = Setup::new(module).routing(&format!("trust = [{keys:?}]")).start();
    assert_eq!(reason(&proxy), "SIP/2.0 200 One");
    desk.module("m.wasm", "Two", None);
    let line = reload(&proxy, "not deployed");
    assert!(line.contains("m.wasm: it is not signed"), "{line}");
    desk.module("m.wasm", "Two", Some("bob.key"));
    let line = reload(&proxy, "not deployed");
    assert!(line.contains("it is signed by key "), "{line}");
    assert_eq!(reason(&proxy), "SIP/2.0 200 One");
    // bob is trusted from now on
    let both = ["alice.pub", "bob.pub"].map(|name| fs::read_to_string(desk.path(name)).expect("our file"));
    desk.write("alice.pub", both.concat());
    reload(&proxy, "deployed");
    assert_eq!(reason(&proxy), "SIP/2.0 200 Two");
    desk.module("m.wasm", "Three", Some("alice.key"));
    let cut = fs::read(desk.path("m.wasm")).expect("our file");
    desk.write("m.wasm", &cut[..cut.len() - 10]);
    let line = reload(&proxy, "not deployed");
    assert!(line.contains("cut short"), "{line}");
    assert_eq!(reason(&proxy), "SIP/2.0 200 Two");
}

#[test]
fn every_door_asks() {
    let desk = Desk::new();
    desk.keygen("alice");
    desk.keygen("bob");
    let keys = ["alice.pub", "bob.pub"].map(|name| fs::read_to_string(desk.path(name)).expect("our file"));
    desk.write("team.pub", keys.concat());
    let team = desk.path("team.pub");
    let module = desk.module("m.wasm", "One", Some("alice.key"));
    let mut proxy = Setup::new(module).routing(&format!("trust = [{team:?}]")).start();
    let said = |arguments: &[&str]| {
        let Output { status, stderr, .. } = proxy.try_command(arguments);
        (status.code(), String::from_utf8(stderr).expect("it prints UTF-8"))
    };
    let refused = |arguments: &[&str], words: &str| {
        let (code, line) = said(arguments);
        assert_eq!((code, line.lines().count()), (Some(1), 1), "{arguments:?}: {line}");
        assert!(line.contains(words), "{arguments:?}: {line}");
    };
    let two = desk.module("two.wasm", "Two", None).display().to_string();
    refused(&["deploy", &two], "two.wasm: it is not signed");
    refused(&["deploy", &two, "--canary", "5"], "two.wasm: it is not signed");
    assert_eq!(reason(&proxy), "SIP/2.0 200 One");
    desk.run(&["sign", "two.wasm", "--key", "bob.key"]);
    proxy.command(&["deploy", &two]);
    assert_eq!(reason(&proxy), "SIP/2.0 200 Two");
    // alice is trusted no more: nobody goes back to what she signed
    desk.write("team.pub", &keys[1]);
    refused(&["rollback"], "signed by key ");
    assert_eq!(reason(&proxy), "SIP/2.0 200 Two");
    // at the next start the file is not what it was, and what was live is
    desk.module("m.wasm", "Three", None);
    proxy.stop("-TERM");
    proxy.launch();
    assert_eq!(reason(&proxy), "SIP/2.0 200 Two");
    assert!(proxy.log().contains("m.wasm: it is not signed"), "{}", proxy.log());
    // neither is trusted: nothing starts
    desk.write("team.pub", &keys[0]);
    proxy.stop("-TERM");
    let (code, text) = {
        let Output { status, stderr, .. } = proxy.try_command(&["run"]);
        (status.code(), String::from_utf8(stderr).expect("it prints UTF-8"))
    };
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("signed by key ") && text.contains("it is not signed"),
        "{text}"
    );
    // and with her, what she signed
    desk.module("m.wasm", "Four", Some("alice.key"));
    proxy.launch();
    assert_eq!(reason(&proxy), "SIP/2.0 200 Four");
}
