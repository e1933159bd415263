//! Deploys that meet with trouble: clients that go away, others at the same time, a database that is locked, signals in
//! a storm, files that are none.

use crate::deploy::{done, file, reason, refused, restart};
use crate::soak::Door;
use crate::support::proxy::{Proxy, Setup};
use crate::support::small::answering;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::{Duration, Instant};
use wasm_encoder::{ComponentSection, CustomSection};

/// Waits until the proxy answers so; the machine may be busy.
fn await_reason(proxy: &Proxy, wanted: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while reason(proxy) != wanted {
        assert!(Instant::now() < deadline, "{} instead of {wanted}", reason(proxy));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_client_that_goes_away_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Setup::new(file(folder.path(), "One")).start();
    for name in ["Two", "Three", "Four"] {
        let file = file(folder.path(), name).display().to_string();
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "route.deploy", "params": [file]}).to_string();
        let mut stream = UnixStream::connect(proxy.folder().join("kemist.sock")).expect("the door is open");
        let length = body.len();
        let head = "POST /RPC HTTP/1.1\r\nHost: k\r\nContent-Type: application/json";
        let request = format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).expect("it reads");
        drop(stream);
    }
    // each was read whole before its client was gone, or was not read: what began is done, and the next one is
    let five = file(folder.path(), "Five").display().to_string();
    done(&proxy, &["deploy", &five, "--json"]);
    let history = done(&proxy, &["versions", "--history", "--json"]);
    let rows = history.as_array().expect("a list");
    assert!(rows.iter().all(|row| row["state"] == "done"), "{history}");
    let live = &done(&proxy, &["versions", "--json"])[0]["digest"];
    assert_eq!(
        live, &rows[0]["digest"],
        "what is in charge is what was written down last"
    );
}

#[test]
fn deploys_at_once_take_turns() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Setup::new(file(folder.path(), "Zero")).start();
    let door = Door::new(proxy.folder());
    let names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let deploy = |name: &str| {
            let file = file(folder.path(), name).display().to_string();
            door.call("route.deploy", json!([file])).expect("it waits for its turn")
        };
        let threads: Vec<_> = names.map(|name| scope.spawn(move || deploy(name))).into();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    // each one took over from another one: a chain without forks
    let text = |value: &Value| value.as_str().expect("a label").to_owned();
    let after: HashMap<String, String> = answers
        .iter()
        .map(|done| (text(&done["before"]), text(&done["version"])))
        .collect();
    assert_eq!(after.len(), names.len(), "{answers:#?}");
    let history = door.call("route.history", json!([])).expect("it is answered");
    let digests: Vec<String> = history
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .map(|row| text(&row["version"]))
        .collect();
    for pair in digests.windows(2) {
        assert_eq!(after.get(&pair[0]), Some(&pair[1]));
    }
    assert_eq!(digests.len(), names.len() + 1);
}

#[test]
fn a_locked_database_is_waited_for_and_then_refuses() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (one, two) = (file(folder.path(), "One"), file(folder.path(), "Two"));
    let proxy = Setup::new(one).start();
    let door = Door::new(proxy.folder());
    let two = two.display().to_string();
    let url = format!("sqlite:{}", proxy.folder().join("kemist.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut other = runtime
        .block_on(SqliteConnection::connect(&url))
        .expect("another process may open it");
    let mut run = |statement: &'static str| {
        runtime
            .block_on(sqlx::query(statement).execute(&mut other))
            .expect("the statement is right");
    };
    // for longer than anybody waits
    run("BEGIN EXCLUSIVE");
    let refused = door
        .call("route.deploy", json!([two]))
        .expect_err("it cannot be written down");
    assert!(refused.starts_with("record: "), "{refused}");
    assert_eq!(reason(&proxy), "One");
    run("ROLLBACK");
    // for a moment
    run("BEGIN EXCLUSIVE");
    std::thread::scope(|scope| {
        let deploy = scope.spawn(|| door.call("route.deploy", json!([two])));
        std::thread::sleep(Duration::from_millis(500));
        run("ROLLBACK");
        deploy
            .join()
            .expect("no panic")
            .expect("it is done once there is no lock");
    });
    assert_eq!(reason(&proxy), "Two");
    // the way back does not depend on it
    run("BEGIN EXCLUSIVE");
    door.call("route.rollback", json!([]))
        .expect("it goes back all the same");
    assert_eq!(reason(&proxy), "One");
    run("ROLLBACK");
}

#[test]
fn signals_in_a_storm_end_with_the_last_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let module = file(folder.path(), "Zero");
    let proxy = Setup::new(module.clone()).start();
    for turn in 1..=20 {
        // by renaming, as a deploy script does it: nobody reads half a file
        let next = folder.path().join("next");
        fs::write(&next, answering(&format!("Turn{turn}"))).expect("a file of our own");
        fs::rename(&next, &module).expect("a file of our own");
        let sent = Command::new("kill").args(["-HUP", &proxy.pid().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }
    await_reason(&proxy, "Turn20");
    let history = done(&proxy, &["versions", "--history", "--json"]);
    let rows = history.as_array().expect("a list");
    assert!(rows.iter().all(|row| row["state"] == "done"), "{history}");
}

#[test]
fn a_canary_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut proxy = Setup::new(file(folder.path(), "One")).start();
    let two = file(folder.path(), "Two").display().to_string();
    done(&proxy, &["deploy", &two, "--canary", "99", "--json"]);
    restart(&mut proxy);
    let versions = done(&proxy, &["versions", "--json"]);
    assert_eq!(
        (&versions[0]["state"], &versions[1]["state"]),
        (&"live".into(), &"canary".into())
    );
    assert_eq!(versions[1]["percent"], 99);
    assert!((0..20).any(|_| reason(&proxy) == "Two"), "it gets its calls");
    done(&proxy, &["rollback", "--json"]);
    assert!((0..20).all(|_| reason(&proxy) == "One"));
    restart(&mut proxy);
    assert!((0..20).all(|_| reason(&proxy) == "One"));
}

#[test]
fn what_is_no_file_of_a_size_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Setup::new(file(folder.path(), "One")).start();
    let door = Door::new(proxy.folder());
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo is there").success());
    let huge = folder.path().join("huge");
    let sparse = fs::File::create(&huge).expect("a file of our own");
    sparse.set_len(1 << 40).expect("holes take no room");
    for (name, why) in [
        ("/dev/zero", "not a file"),
        ("/", "not a file"),
        (pipe.to_str().expect("text"), "not a file"),
        (huge.to_str().expect("text"), "are the most"),
    ] {
        let refused = door.call("route.deploy", json!([name])).expect_err("it cannot be read");
        assert!(refused.starts_with("read: ") && refused.contains(why), "{refused}");
    }
    // names of components are only shown, on one line
    let component = json!({"name": "a\nb\u{1b}[2J", "component": "AAAA"});
    let refused = door.call("route.deploy", component).expect_err("no component");
    assert!(!refused.contains(char::is_control), "{refused:?}");
    assert_eq!(reason(&proxy), "One");
}

#[test]
fn a_large_module_comes_and_goes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Setup::new(file(folder.path(), "One")).start();
    let mut large = answering("Large");
    // nobody's code: what a debugger or a script's source takes
    CustomSection {
        name: "ballast".into(),
        data: vec![7; 30_000_000].into(),
    }
    .append_to_component(&mut large);
    let path = folder.path().join("large.wasm");
    fs::write(&path, large).expect("a file of our own");
    done(&proxy, &["deploy", &path.display().to_string(), "--json"]);
    assert_eq!(reason(&proxy), "Large");
    done(&proxy, &["rollback", "--json"]);
    assert_eq!(reason(&proxy), "One");
}

#[test]
fn a_version_that_is_not_kept_any_more_is_named_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Setup::new(file(folder.path(), "One")).routing("keep = 2").start();
    let first = done(&proxy, &["versions", "--json"])[0]["version"].clone();
    for name in ["Two", "Three", "Four", "Five", "Six", "Seven"] {
        let file = file(folder.path(), name).display().to_string();
        done(&proxy, &["deploy", &file, "--json"]);
    }
    let line = refused(&proxy, &["rollback", first.as_str().expect("a label")]);
    assert!(line.contains("kept"), "{line}");
    done(&proxy, &["rollback", "--json"]);
    assert_eq!(reason(&proxy), "Six");
}
