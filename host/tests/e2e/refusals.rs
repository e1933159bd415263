//! What cannot start says so in one line, and ends with exit code 1.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::proxy::{free_port, kemist};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Runs the program on a configuration until it ends; its exit code and what it printed.
fn refused(folder: &Path, config: &str) -> (Option<i32>, String) {
    refused_while(folder, config, || std::thread::sleep(Duration::from_millis(10)))
}

/// The same, with something done again and again meanwhile.
fn refused_while(folder: &Path, config: &str, meanwhile: impl Fn()) -> (Option<i32>, String) {
    fs::write(folder.join("kemist.toml"), config).expect("our folder");
    let mut child = kemist()
        .args(["run", "-c", "kemist.toml"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().expect("our child").is_none() {
        if Instant::now() > deadline {
            child.kill().ok();
            panic!("it runs with:\n{config}");
        }
        meanwhile();
    }
    let output = child.wait_with_output().expect("our child");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

fn one_line(config: &str, says: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    one_line_in(folder.path(), config, says);
}

fn one_line_in(folder: &Path, config: &str, says: &[&str]) {
    let (code, text) = refused(folder, config);
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    for word in says {
        assert!(text.contains(word), "\"{word}\" is missing in: {text}");
    }
}

fn config(port: u16, module: &Path, more: &str) -> String {
    let module = module.display();
    format!(
        "listen = [\"udp:127.0.0.1:{port}\"]\nalias = [\"localhost\"]\n[routing]\nmodule = \"{module}\"\n\
         [admin]\nsocket = \"kemist.sock\"\n{more}"
    )
}

#[test]
fn unknown_key() {
    let module = component("examples/basic/rust");
    one_line(
        &config(free_port(), &module, "[database]\nurll = \"sqlite:kemist.db\"\n"),
        &["urll", "kemist.toml"],
    );
}

#[test]
fn unknown_module_parameter() {
    let module = component("examples/basic/rust");
    one_line(
        &config(free_port(), &module, "[modules.registrar]\nmax_expire = 3600\n"),
        &["max_expire"],
    );
}

#[test]
fn missing_routing_module() {
    one_line(&config(free_port(), Path::new("nowhere.wasm"), ""), &["nowhere.wasm"]);
}

#[test]
fn file_that_is_no_component() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("letter.wasm"), "Dear Sir or Madam").expect("our folder");
    one_line_in(
        folder.path(),
        &config(free_port(), Path::new("letter.wasm"), ""),
        &["letter.wasm"],
    );
}

#[test]
fn occupied_port() {
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    let port = taken.local_addr().expect("it is bound").port();
    one_line(
        &config(port, &component("examples/basic/rust"), ""),
        &[&port.to_string()],
    );
}

#[test]
fn occupied_admin_port_before_anybody_is_answered() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    let address = taken.local_addr().expect("it is bound").to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = free_port();
    let phone = Phone::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let text = config(
        port,
        &component("examples/basic/rust"),
        &format!("listen = \"{address}\"\n"),
    );
    let (code, text) = refused_while(folder.path(), &text, || {
        phone.send(phone.request("OPTIONS", "sip:localhost", "a", "b", "").as_bytes());
        let answer = phone.receive(Duration::from_millis(1));
        assert!(answer.is_none(), "{answer:?}");
    });
    assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
    assert!(text.contains("[admin] listen") && text.contains(&address), "{text}");
    assert!(!folder.path().join("kemist.sock").exists());
}

#[test]
fn unreadable_database() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(
        folder.path().join("kemist.db"),
        "this is a letter, not a database, and long enough to show it\n".repeat(40),
    )
    .expect("our folder");
    let more = "[database]\nurl = \"sqlite:kemist.db\"\n";
    one_line_in(
        folder.path(),
        &config(free_port(), &component("examples/basic/rust"), more),
        &["kemist.db"],
    );
}
