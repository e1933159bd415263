//! `kemist run --watch`: what is saved serves.

use crate::support::client::Phone;
use crate::support::component::{engines, root, rustc};
use crate::support::proxy::{Proxy, Setup};
use crate::support::small::answering;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Cargo may take its time, on a machine with other tests.
const PATIENCE: Duration = Duration::from_secs(180);

/// A folder that somebody works in, and the proxy that watches it.
struct Desk {
    proxy: Proxy,
    folder: TempDir,
}

impl Desk {
    /// Starts with these files, of which the first is the module; a folder where `module` says so.
    fn with(files: &[(&str, Vec<u8>)], module: &str) -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in files {
            save(&folder.path().join(name), content);
        }
        let setup = Setup::new(folder.path().join(module)).routing("deadline = \"1s\"");
        // where cargo puts it for everybody who has not said otherwise
        let target = folder.path().join(module).join("target").display().to_string();
        let setup = setup
            .environment("RUSTC", rustc())
            .environment("CARGO_TARGET_DIR", target);
        let proxy = setup.argument("--watch").start();
        let desk = Desk { proxy, folder };
        desk.says("watching ");
        desk
    }

    /// A script that answers so.
    fn script(reason: &str) -> Desk {
        engines();
        Desk::with(&[("route.js", script(reason).into_bytes())], "route.js")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn save(&self, name: &str, content: impl AsRef<[u8]>) {
        save(&self.path(name), content.as_ref());
    }

    /// Waits until the proxy answers so.
    fn answers(&self, reason: &str) {
        let expected = format!("SIP/2.0 200 {reason}");
        self.wait(&expected, || self.reason() == expected);
    }

    fn reason(&self) -> String {
        let phone = Phone::new(self.proxy.address);
        let request = phone.request("OPTIONS", "sip:localhost", "alice", "alice", "");
        phone.ask(&request).text.lines().next().unwrap_or_default().to_owned()
    }

    /// Waits for a line with these words; that line.
    fn says(&self, words: &str) -> String {
        let line = || self.lines().into_iter().find(|line| line.contains(words));
        self.wait(words, || line().is_some());
        line().expect("it was there")
    }

    /// What it has said so far, without the log.
    fn lines(&self) -> Vec<String> {
        let log = self.proxy.log();
        let is_log = |line: &&str| line.contains(" INFO ") || line.contains(" ERROR ") || line.contains(" WARN ");
        log.lines().filter(|line| !is_log(line)).map(str::to_owned).collect()
    }

    /// How many deploys it told of.
    fn deploys(&self) -> usize {
        self.lines()
            .iter()
            .filter(|line| line.contains(" serves, deployed in "))
            .count()
    }

    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(
                Instant::now() < deadline,
                "{what:?} does not come:\n{}",
                self.proxy.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn save(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("our folder");
    fs::write(path, content).expect("our file");
}

/// A script that answers with this reason.
fn script(reason: &str) -> String {
    format!("function ksr_request_route() {{\n    KSR.sl.sl_send_reply(200, \"{reason}\");\n}}\n")
}

#[test]
fn a_saved_script_serves() {
    let desk = Desk::script("One");
    desk.answers("One");
    desk.save("route.js", script("Two"));
    desk.answers("Two");
    let line = desk.says(" serves, deployed in ");
    assert!(line.contains("route.js: version ") && line.ends_with(" s"), "{line}");
    // a mistake has one line with its place, and what ran goes on
    desk.save("route.js", "function ksr_request_route() {\n    KSR.info(;\n}\n");
    let line = desk.says("route.js:2:");
    assert!(line.contains("SyntaxError") && line.contains(" goes on"), "{line}");
    assert_eq!(desk.reason(), "SIP/2.0 200 Two");
    desk.save("route.js", "var nothing;\n");
    let line = desk.says("ksr_request_route");
    assert!(line.contains("route.js") && line.contains(" goes on"), "{line}");
    // what fails when a request comes to it is told at once
    desk.save("route.js", script("Three") + "function other() { KSR.tm.t_fly(); }\n");
    desk.answers("Three");
    desk.says("note: ");
    assert!(desk.says("KSR.tm.t_fly").contains("route.js:4"));
    // signals go on meaning what they do
    assert_eq!(desk.deploys(), 2);
}

#[test]
fn editors_save_in_their_ways() {
    let desk = Desk::script("One");
    let file = |reason: &str, name: &str| desk.save(name, script(reason));
    // written beside it and renamed over it
    file("Two", ".route.js.new");
    fs::rename(desk.path(".route.js.new"), desk.path("route.js")).expect("our folder");
    desk.answers("Two");
    // the old one kept as a backup, the new one in its place
    fs::rename(desk.path("route.js"), desk.path("route.js~")).expect("our folder");
    file("Three", "route.js");
    desk.answers("Three");
    fs::remove_file(desk.path("route.js")).expect("our folder");
    file("Four", "route.js");
    desk.answers("Four");
    // a file that the script loads
    file("Five", "lib.js");
    desk.save(
        "route.js",
        "const lib = require(\"./lib.js\");\n".to_owned() + &script("Six"),
    );
    desk.answers("Six");
    // several times, quickly: the last one serves
    for number in 0..50 {
        file(&format!("Seven{number}"), "route.js");
        std::thread::sleep(Duration::from_millis(number % 7 * 10));
    }
    desk.answers("Seven49");
    let lines = desk.lines();
    let last = lines
        .iter()
        .rfind(|line| line.contains(" serves, deployed in "))
        .expect("it told");
    file("Eight", "route.js");
    desk.answers("Eight");
    assert!(desk.lines().contains(last));
}

#[test]
fn what_is_not_the_source_is_left_alone() {
    let desk = Desk::with(&[("m.wasm", answering("One"))], "m.wasm");
    for name in [
        "other.wasm",
        ".m.wasm.swp",
        "m.wasm~",
        "target/m.wasm",
        "node_modules/x.js",
        "route.js",
        "notes.txt",
    ] {
        desk.save(name, "x");
    }
    desk.save("m.wasm", answering("Two"));
    desk.answers("Two");
    // whatever came of the others would have come first
    assert_eq!(desk.deploys(), 1);
    assert_eq!(
        desk.lines().iter().filter(|line| line.contains("m.wasm")).count(),
        2,
        "{:?}",
        desk.lines()
    );
    desk.save("m.wasm", answering("Two"));
    desk.says("m.wasm: nothing has changed");
    // cut short: the running version stays, until the rest is there
    let three = answering("Three");
    desk.save("m.wasm", &three[..three.len() - 10]);
    assert!(desk.says(" goes on").contains("m.wasm: "));
    assert_eq!(desk.reason(), "SIP/2.0 200 Two");
    desk.save("m.wasm", three);
    desk.answers("Three");
}

#[test]
fn a_crate_is_built_and_serves() {
    let sdk = root().join("guest-sdk/rust");
    let manifest = format!(
        "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
         [lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\nksr = {{ path = {sdk:?} }}\n"
    );
    let source = |reason: &str| {
        format!(
            "use ksr::{{Flow, sl}};\nksr::routes! {{ ksr_request_route => request }}\n\
             fn request() -> Flow {{\n    sl::sl_send_reply(200, \"{reason}\");\n    ksr::exit()\n}}\n"
        )
    };
    let files = [
        ("mine/Cargo.toml", manifest.into_bytes()),
        ("mine/src/lib.rs", source("One").into_bytes()),
    ];
    let desk = Desk::with(&files, "mine");
    desk.answers("One");
    desk.save("mine/src/lib.rs", source("Two"));
    desk.answers("Two");
    desk.save("mine/src/lib.rs", source("Two").replace("200", "\"200\""));
    let line = desk.says("src/lib.rs:4:");
    assert!(line.contains("mismatched types") && line.contains(" goes on"), "{line}");
    // saved again while cargo works on the one before
    desk.save("mine/src/lib.rs", source("Three"));
    desk.save("mine/src/lib.rs", source("Four"));
    desk.answers("Four");
    assert!(desk.path("mine/target").exists());
}

#[test]
fn nothing_is_watched_where_nobody_asks() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let module = folder.path().join("m.wasm");
    save(&module, &answering("One"));
    let proxy = Setup::new(module.clone()).start();
    assert!(!proxy.log().contains("watching"), "{}", proxy.log());
    let text = String::from_utf8(
        Command::new(env!("CARGO_BIN_EXE_kemist"))
            .args(["run", "--help"])
            .output()
            .expect("it starts")
            .stdout,
    );
    assert!(text.expect("UTF-8").contains("--watch"));
}
