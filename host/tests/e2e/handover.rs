//! A second process takes over from the first, under traffic and in the middle of calls.

use crate::support::client::{Phone, Received};
use crate::support::component::{component, root};
use crate::support::digest::{self, Algorithm};
use crate::support::proxy::{Proxy, Setup, free_port, kemist};
use crate::support::sipp::installed;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

fn setup() -> Setup {
    Setup::new(component("examples/basic/rust"))
        .routing("deadline = \"1s\"")
        .account("alice", "wonderland")
        .account("bob", "builder")
        .trusted()
}

/// A process that takes over on the folder of another.
pub struct Successor {
    child: Child,
    log: std::path::PathBuf,
}

impl Successor {
    /// Starts it; it may fail.
    fn start(proxy: &Proxy, name: &str) -> Successor {
        let log = proxy.folder().join(name);
        let file = fs::File::create(&log).expect("our folder");
        let child = kemist()
            .args(["run", "--takeover", "-c", "kemist.toml"])
            .current_dir(proxy.folder())
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .spawn()
            .expect("it starts");
        Successor { child, log }
    }

    /// Starts it and waits until it serves.
    pub fn serving(proxy: &Proxy, name: &str) -> Successor {
        let mut successor = Successor::start(proxy, name);
        wait("it serves", || {
            if let Some(status) = successor.child.try_wait().expect("our child") {
                panic!(
                    "it ended: {status}\n{}\n--- the old one\n{}",
                    successor.log(),
                    proxy.log()
                );
            }
            successor.log().lines().any(|line| line == "ready")
        });
        successor
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, signal: &str) {
        send_signal(self.child.id(), signal);
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.log());
        }
    }
}

fn send_signal(pid: u32, signal: &str) {
    let sent = Command::new("kill").args([signal, &pid.to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A counter of the process behind the admin socket.
fn figure(proxy: &Proxy, name: &str) -> u64 {
    let text = proxy.command(&["rpc", "stats.get_statistics"]);
    let from = text.split(name).nth(1).unwrap_or_else(|| panic!("no {name} in {text}"));
    let digits: String = from
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().expect("a number")
}

/// A MESSAGE to alice, from a trusted address, arrives at her phone, and her answer comes back.
fn reaches(proxy: &Proxy, alice: &Phone) {
    let friend = Phone::new(proxy.address);
    let request = friend.request("MESSAGE", "sip:alice@localhost", "friend", "alice", "");
    friend.send(request.as_bytes());
    let arrived = alice.expect_request("MESSAGE");
    alice.answer(&arrived, "200 OK");
    assert_eq!(friend.ask(&request).status(), 200);
}

/// An INVITE of a trusted friend rings at alice's.
struct Call<'p> {
    friend: Phone,
    alice: &'p Phone,
    invite: String,
    rung: Received,
}

impl<'p> Call<'p> {
    fn ringing(proxy: &Proxy, alice: &'p Phone) -> Call<'p> {
        let friend = Phone::new(proxy.address);
        let contact = format!("Contact: <sip:friend@{}>\r\n", friend.address());
        let invite = friend.request("INVITE", "sip:alice@localhost", "friend", "alice", &contact);
        friend.send(invite.as_bytes());
        let rung = alice.expect_request("INVITE");
        alice.answer(&rung, "180 Ringing");
        let call = Call {
            friend,
            alice,
            invite,
            rung,
        };
        call.hears(180);
        call
    }

    /// The friend gets this status; other replies may come before.
    fn hears(&self, status: u16) -> Received {
        let deadline = Instant::now() + PATIENCE;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            match self.friend.receive(left) {
                Some(reply) if reply.status() == status => return reply,
                _ => {}
            }
        }
        panic!("no {status} came");
    }

    /// A request with the INVITE's Via and CSeq number.
    fn same(&self, method: &str, to: &str) -> String {
        let invite = Received {
            text: self.invite.clone(),
        };
        let number = invite.header("CSeq").split(' ').next().unwrap_or("1").to_owned();
        format!(
            "{method} sip:alice@localhost SIP/2.0\r\nVia: {}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {to}\r\n\
             Call-ID: {}\r\nCSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n",
            invite.header("Via"),
            invite.header("From"),
            invite.header("Call-ID"),
        )
    }

    /// Nobody is rung again.
    fn repeats_the_invite(&self) {
        self.friend.send(self.invite.as_bytes());
        self.hears(180);
        let again = self.alice.receive(Duration::from_millis(100));
        let again = again.filter(|m| m.text.starts_with("INVITE "));
        assert!(again.is_none(), "a retransmission was forwarded: {again:?}");
    }

    fn ends_by_cancel(self) {
        let to = Received {
            text: self.invite.clone(),
        }
        .header("To")
        .to_owned();
        self.friend.send(self.same("CANCEL", &to).as_bytes());
        let cancel = self.alice.expect_request("CANCEL");
        self.alice.answer(&cancel, "200 OK");
        self.alice.answer(&self.rung, "487 Request Terminated");
        self.alice.expect_request("ACK");
        let ended = self.hears(487);
        self.friend.send(self.same("ACK", ended.header("To")).as_bytes());
    }

    fn ends_refused(self) {
        self.alice.answer(&self.rung, "486 Busy Here");
        self.alice.expect_request("ACK");
        let ended = self.hears(486);
        self.friend.send(self.same("ACK", ended.header("To")).as_bytes());
        // an ACK that is not absorbed lets the 486 come again
        while let Some(reply) = self.friend.receive(Duration::from_millis(1200)) {
            assert_ne!(reply.status(), 486, "it was not acknowledged");
        }
    }

    fn ends_answered(self) {
        let contact = format!("Contact: <sip:alice@{}>\r\n", self.alice.address());
        self.alice.answer_with(&self.rung, "200 OK", &contact);
        let answered = self.hears(200);
        for method in ["ACK", "BYE"] {
            let route: String = answered
                .headers("Record-Route")
                .iter()
                .rev()
                .map(|value| format!("Route: {value}\r\n"))
                .collect();
            let fresh = self.friend.request(
                method,
                &format!("sip:alice@{}", self.alice.address()),
                "friend",
                "alice",
                &route,
            );
            let invite = Received {
                text: self.invite.clone(),
            };
            let number = if method == "ACK" {
                invite.header("CSeq").split(' ').next().unwrap_or("1")
            } else {
                "77"
            };
            let request: Vec<String> = fresh
                .split("\r\n")
                .map(|line| match line.split_once(':').map(|(name, _)| name) {
                    Some("To") => format!("To: {}", answered.header("To")),
                    Some("From") => format!("From: {}", invite.header("From")),
                    Some("Call-ID") => format!("Call-ID: {}", invite.header("Call-ID")),
                    Some("CSeq") => format!("CSeq: {number} {method}"),
                    _ => line.to_owned(),
                })
                .collect();
            self.friend.send(request.join("\r\n").as_bytes());
            let arrived = self.alice.expect_request(method);
            if method == "BYE" {
                self.alice.answer(&arrived, "200 OK");
                self.hears(200);
            }
        }
    }
}

#[test]
fn bindings_nonces_and_tables_go_over() {
    let proxy = setup().tables("[modules.htable.table]\nmine = {}").start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let bob = Phone::new(proxy.address);
    let challenged = bob.register("bob", 600, "");
    proxy.command(&["rpc", "htable.sets", "mine", "key", "kept"]);
    let second = Successor::serving(&proxy, "second");
    assert!(proxy.log().contains("handed over"), "{}", proxy.log());
    reaches(&proxy, &alice);
    assert!(proxy.command(&["rpc", "htable.get", "mine", "key"]).contains("kept"));
    let challenge = digest::challenge(&challenged, Algorithm::Md5).expect("a challenge");
    let answer = digest::authorization(
        &challenge,
        Algorithm::Md5,
        "bob",
        "builder",
        "REGISTER",
        "sip:localhost",
    );
    let registered = bob.register("bob", 600, &format!("Authorization: {answer}\r\n"));
    assert_eq!(
        registered.status(),
        200,
        "the first one's nonce is good: {}",
        registered.text
    );
    drop(second);
}

#[test]
fn the_old_process_ends_when_nothing_is_open_and_the_new_one_owns_the_socket() {
    let mut proxy = setup().start();
    let mut second = Successor::serving(&proxy, "second");
    let status = proxy.ended();
    assert_eq!(status.code(), Some(0), "{}", proxy.log());
    assert!(proxy.command(&["rpc", "core.uptime"]).contains("uptime"));
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    second.signal("-TERM");
    assert_eq!(second.end().code(), Some(0));
    assert!(!proxy.folder().join("kemist.sock").exists(), "it was its own");
    proxy.launch();
    reaches(&proxy, &alice);
}

#[test]
fn calls_that_ring_are_cancelled_refused_and_answered() {
    let proxy = setup().start();
    // one phone: it rings three times
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let calls: Vec<Call> = (0..3).map(|_| Call::ringing(&proxy, &alice)).collect();
    let second = Successor::serving(&proxy, "second");
    calls.iter().for_each(Call::repeats_the_invite);
    let [cancelled, refused, answered] = <[Call; 3]>::try_from(calls).ok().expect("three calls");
    cancelled.ends_by_cancel();
    refused.ends_refused();
    answered.ends_answered();
    assert!(figure(&proxy, "passed") > 0, "the new one read what was the old one's");
    drop(second);
}

#[test]
fn one_takes_over_after_the_other_while_the_first_drains() {
    let proxy = setup().start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let first = Call::ringing(&proxy, &alice);
    let second = Successor::serving(&proxy, "second");
    let other = Call::ringing(&proxy, &alice);
    let mut third = Successor::serving(&proxy, "third");
    first.repeats_the_invite();
    other.repeats_the_invite();
    first.ends_by_cancel();
    other.ends_answered();
    reaches(&proxy, &alice);
    // the one in the middle may not be taken for the one to read
    drop(second);
    reaches(&proxy, &alice);
    assert!(third.child.try_wait().expect("our child").is_none());
}

#[test]
fn where_the_new_process_dies_the_old_one_serves_again() {
    let mut proxy = setup().start();
    let alice = Phone::new(proxy.address);
    let mut second = Successor::serving(&proxy, "second");
    // known to the second one only by its own doing
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let call = Call::ringing(&proxy, &alice);
    second.signal("-KILL");
    second.end();
    wait("the old one reads again", || proxy.log().contains("reading again"));
    reaches(&proxy, &alice);
    assert!(proxy.command(&["rpc", "ul.dump"]).contains("alice"));
    drop(call);
    // and it can hand over again
    let third = Successor::serving(&proxy, "third");
    reaches(&proxy, &alice);
    drop(third);
    wait("the old one reads again", || {
        proxy.log().matches("reading again").count() == 2
    });
    assert_eq!(proxy.stop("-TERM").code(), Some(0));
}

#[test]
fn where_the_old_process_dies_the_new_one_goes_on() {
    let mut proxy = setup().start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let call = Call::ringing(&proxy, &alice);
    let second = Successor::serving(&proxy, "second");
    proxy.stop("-KILL");
    wait("it notices", || second.log().contains("has ended"));
    reaches(&proxy, &alice);
    // its transaction is gone with it: the answer goes on without
    alice.answer(&call.rung, "200 OK");
    call.hears(200);
}

#[test]
fn one_that_cannot_serve_leaves_the_old_one_as_it_was() {
    let proxy = setup().start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let config = proxy.folder().join("kemist.toml");
    let good = fs::read_to_string(&config).expect("our file");
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let taken_by = taken.local_addr().expect("bound");
    for (from, to, says) in [
        ("alias = [", "alas = [", "alas"),
        ("sqlite:kemist.db", "postgres://nowhere", "not supported"),
        (
            "listen = [",
            &format!("listen = [\"udp:{taken_by}\", "),
            "cannot listen on",
        ),
    ] {
        fs::write(&config, good.replacen(from, to, 1)).expect("our file");
        let mut second = Successor::start(&proxy, "second");
        assert_eq!(second.end().code(), Some(1), "{}", second.log());
        let log = second.log();
        let line = log
            .lines()
            .find(|line| line.starts_with("kemist: "))
            .unwrap_or_default();
        assert!(line.contains(says), "{log}");
        reaches(&proxy, &alice);
    }
    fs::write(&config, &good).expect("our file");
    let second = Successor::serving(&proxy, "third");
    reaches(&proxy, &alice);
    drop(second);
}

#[test]
fn another_protocol_is_refused_in_one_line() {
    let proxy = setup().start();
    let path = proxy.folder().join("kemist.sock");
    let mut stream = std::os::unix::net::UnixStream::connect(path).expect("it is served");
    stream
        .write_all(b"GET /handover HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: kemist-handover/0\r\n\r\n")
        .expect("written");
    let mut head = [0; 256];
    let length = stream.read(&mut head).expect("an answer");
    let head = String::from_utf8_lossy(&head[..length]);
    assert!(
        head.starts_with("HTTP/1.1 426 ") && head.contains("kemist-handover/1"),
        "{head}"
    );
    reaches_options(&proxy);
}

fn reaches_options(proxy: &Proxy) {
    wait("it answers", || Phone::new(proxy.address).ping());
}

#[test]
fn another_number_of_workers_and_other_addresses() {
    let proxy = setup().start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let config = proxy.folder().join("kemist.toml");
    let good = fs::read_to_string(&config).expect("our file");
    let mut all = Vec::new();
    for workers in [1, 3, 2] {
        let new: SocketAddr = ([127, 0, 0, 1], free_port()).into();
        let text = good.replacen("workers = 2", &format!("workers = {workers}"), 1);
        let text = text.replacen("listen = [", &format!("listen = [\"udp:{new}\", "), 1);
        fs::write(&config, text).expect("our file");
        let next = Successor::serving(&proxy, &format!("with-{workers}"));
        // the kernel spreads senders over all sockets there are
        for _ in 0..16 {
            reaches(&proxy, &alice);
        }
        wait("the new address answers", || Phone::new(new).ping());
        all.push(next);
    }
}

/// A phone with a connection of its own.
struct Stream {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Stream {
    fn new(proxy: &Proxy) -> Stream {
        let stream = TcpStream::connect(proxy.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        Stream {
            stream,
            heard: Vec::new(),
        }
    }

    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).expect("it reads");
    }

    /// The next message, none of which has a body.
    fn receive(&mut self) -> Received {
        loop {
            if let Some(end) = self.heard.windows(4).position(|at| at == b"\r\n\r\n") {
                let text: Vec<u8> = self.heard.drain(..end + 4).collect();
                return Received {
                    text: String::from_utf8_lossy(&text).into_owned(),
                };
            }
            let mut part = [0; 4096];
            let length = self.stream.read(&mut part).expect("something comes");
            assert!(length > 0, "it was closed");
            self.heard.extend_from_slice(&part[..length]);
        }
    }

    fn request(&self, method: &str, uri: &str, number: u32, extra: &str) -> String {
        let own = self.stream.local_addr().expect("connected");
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TCP {own};branch=z9hG4bKt{}-{number};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:carol@localhost>;tag=t{number}\r\nTo: <{uri}>\r\nCall-ID: t{}-{number}@test\r\n\
             CSeq: {number} {method}\r\n{extra}Content-Length: 0\r\n\r\n",
            own.port(),
            own.port(),
        )
    }

    fn register(&mut self, user: &str, password: &str) {
        let own = self.stream.local_addr().expect("connected");
        let contact = format!("Contact: <sip:{user}@{own};transport=tcp>\r\nExpires: 600\r\n");
        let ask = |stream: &Stream, number, extra: &str| {
            let text = stream.request("REGISTER", "sip:localhost", number, &format!("{contact}{extra}"));
            text.replace("carol@", &format!("{user}@"))
                .replace("To: <sip:localhost>", &format!("To: <sip:{user}@localhost>"))
        };
        let first = ask(self, 1, "");
        self.send(&first);
        let challenged = self.receive();
        let challenge = digest::challenge(&challenged, Algorithm::Md5).unwrap_or_else(|| panic!("{}", challenged.text));
        let answer = digest::authorization(&challenge, Algorithm::Md5, user, password, "REGISTER", "sip:localhost");
        let second = ask(self, 2, &format!("Authorization: {answer}\r\n"));
        self.send(&second);
        assert_eq!(self.receive().status(), 200);
    }
}

#[test]
fn a_phone_on_a_connection_of_the_old_process_is_reached_and_reaches() {
    let mut proxy = setup().tables("[restart]\nlinger = \"1h\"").start();
    let mut alice = Stream::new(&proxy);
    alice.register("alice", "wonderland");
    let second = Successor::serving(&proxy, "second");
    let friend = Phone::new(proxy.address);
    let message = friend.request("MESSAGE", "sip:alice@localhost", "friend", "alice", "");
    friend.send(message.as_bytes());
    let arrived = alice.receive();
    assert!(arrived.text.starts_with("MESSAGE "), "{}", arrived.text);
    let answer: String = ["Via", "From", "To", "Call-ID", "CSeq"]
        .iter()
        .flat_map(|name| {
            arrived
                .headers(name)
                .into_iter()
                .map(move |value| format!("{name}: {value}\r\n"))
        })
        .collect();
    alice.send(&format!("SIP/2.0 200 OK\r\n{answer}Content-Length: 0\r\n\r\n"));
    assert_eq!(
        friend.ask(&message).status(),
        200,
        "the answer came over the old one's connection"
    );
    // bob registers at the new process; alice's connection leads to the old one
    let bob = Phone::new(proxy.address);
    assert_eq!(bob.register_with("bob", "builder", Algorithm::Md5).status(), 200);
    let (mut number, mut status) = (7, 0);
    wait("the old one knows him", || {
        number += 1;
        let request = alice.request("MESSAGE", "sip:bob@localhost", number, "");
        alice.send(&request);
        match bob.receive(Duration::from_millis(500)) {
            Some(arrived) if arrived.text.starts_with("MESSAGE ") => {
                bob.answer(&arrived, "200 OK");
                while status != 200 {
                    status = alice.receive().status();
                }
                true
            }
            _ => {
                status = alice.receive().status();
                false
            }
        }
    });
    // her connection ends, and with it the old process
    drop(alice);
    assert_eq!(proxy.ended().code(), Some(0), "{}", proxy.log());
    reaches_options(&proxy);
    drop(second);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut proxy = setup().tables("[restart]\ndrain = \"1h\"").start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let call = Call::ringing(&proxy, &alice);
    send_signal(proxy.pid(), "-TERM");
    let stranger = Phone::new(proxy.address);
    wait("it drains", || {
        let request = stranger.request("OPTIONS", &format!("sip:{}", proxy.address), "x", "x", "");
        let reply = stranger.ask(&request);
        reply.status() == 503 && !reply.header("Retry-After").is_empty()
    });
    let status = proxy.stop("-TERM");
    assert_eq!(status.code(), Some(0), "{}", proxy.log());
    drop(call);
    proxy.launch();
    reaches(&proxy, &alice);
}

#[test]
fn a_signal_starts_the_successor() {
    let mut proxy = setup().start();
    let alice = Phone::new(proxy.address);
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    send_signal(proxy.pid(), "-USR2");
    assert_eq!(proxy.ended().code(), Some(0), "{}", proxy.log());
    reaches(&proxy, &alice);
    // it has no parent here any more: found by what it wrote
    let log = proxy.log();
    let pid = log
        .split("to take over pid=")
        .nth(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    let pid: u32 = pid.and_then(|pid| pid.parse().ok()).unwrap_or_else(|| panic!("{log}"));
    send_signal(pid, "-TERM");
    wait("it ends", || !proxy.folder().join("kemist.sock").exists());
}

/// sipp with many calls at a time.
struct Load {
    name: &'static str,
    child: Child,
    folder: tempfile::TempDir,
}

impl Load {
    fn start(name: &'static str, proxy: SocketAddr, port: u16, more: &[&str]) -> Load {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = fs::File::create(folder.path().join("output")).expect("our folder");
        let child = Command::new("sipp")
            .arg(proxy.to_string())
            .arg("-sf")
            .arg(root().join(format!("tests/sipp/{name}.xml")))
            .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-skip_rlimit"])
            .args(["-key", "domain", "localhost", "-trace_err", "-error_file", "errors"])
            .args([
                "-trace_stat",
                "-stf",
                "stat.csv",
                "-fd",
                "1",
                "-timeout",
                "120",
                "-timeout_error",
            ])
            .args(more)
            .env("TERM", "dumb")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .expect("sipp starts");
        Load { name, child, folder }
    }

    fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("our child").is_some()
    }

    /// All calls ended well; how many, and how many messages were sent again.
    fn finish(mut self) -> (u64, u64) {
        let status = self.child.wait().expect("our child");
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        assert!(
            status.success(),
            "sipp {}: {status}\n{}{}",
            self.name,
            read("errors"),
            read("output")
        );
        let stat = read("stat.csv");
        let mut lines = stat.lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
        let last: Vec<&str> = lines.last().unwrap_or_default().split(';').collect();
        let value = |name: &str| {
            let place = names
                .iter()
                .position(|column| *column == name)
                .unwrap_or_else(|| panic!("{names:?}"));
            last[place]
                .parse::<u64>()
                .unwrap_or_else(|_| panic!("{name}: {}", last[place]))
        };
        assert_eq!(value("FailedCall(C)"), 0, "{}", read("errors"));
        (value("SuccessfulCall(C)"), value("Retransmissions(C)"))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn calls_and_registrations_go_on_across_handovers() {
    if !installed() {
        return;
    }
    let mut proxy = setup().start();
    let (bob, alice) = (free_port(), free_port());
    let phone = Load::start(
        "register",
        proxy.address,
        bob,
        &["-m", "1", "-s", "bob", "-ap", "builder"],
    );
    phone.finish();
    const CALLS: &str = "600";
    const REGISTRATIONS: &str = "1800";
    let callee = Load::start("callee", proxy.address, bob, &["-m", CALLS, "-s", "bob"]);
    let mut caller = Load::start(
        "caller",
        proxy.address,
        alice,
        &[
            "-m",
            CALLS,
            "-r",
            "60",
            "-s",
            "alice",
            "-ap",
            "wonderland",
            "-key",
            "callee",
            "bob",
        ],
    );
    let more = ["-m", REGISTRATIONS, "-r", "180", "-s", "alice", "-ap", "wonderland"];
    let registrar = Load::start("register", proxy.address, free_port(), &more);
    let mut processes = Vec::new();
    let mut taken = 0;
    while !caller.is_over() && taken < 4 {
        processes.push(Successor::serving(&proxy, &format!("next-{taken}")));
        taken += 1;
        std::thread::sleep(Duration::from_millis(1000));
    }
    assert!(taken >= 2, "the load was over too soon");
    let caller = caller.finish();
    let callee = callee.finish();
    let registrar = registrar.finish();
    let sum: u64 = caller.1 + callee.1 + registrar.1;
    println!(
        "{} calls, {} registrations, {taken} handovers: {sum} messages sent again",
        caller.0, registrar.0
    );
    assert_eq!((caller.0, callee.0, registrar.0), (600, 600, 1800));
    assert_eq!(sum, 0, "none was lost");
    assert_eq!(figure(&proxy, "handover_drops"), 0);
    drop(processes);
    let _ = proxy.stop("-TERM");
}

#[test]
fn the_longest_gap_between_answers_is_printed() {
    let proxy = setup().start();
    let stop = Arc::new(AtomicBool::new(false));
    let (address, told) = (proxy.address, stop.clone());
    let asks = std::thread::spawn(move || {
        let phone = Phone::new(address);
        let (mut longest, mut asked, mut unanswered) = (Duration::ZERO, 0u32, 0u32);
        while !told.load(Ordering::Relaxed) {
            let request = phone.request("OPTIONS", &format!("sip:{address}"), "x", "x", "");
            let begun = Instant::now();
            phone.send(request.as_bytes());
            let answer = phone.receive(PATIENCE);
            unanswered += u32::from(answer.is_none());
            longest = longest.max(begun.elapsed());
            asked += 1;
        }
        (longest, asked, unanswered)
    });
    let second = Successor::serving(&proxy, "second");
    stop.store(true, Ordering::Relaxed);
    let (longest, asked, unanswered) = asks.join().expect("it ends");
    println!("{asked} requests one after the other across a handover: the longest waited {longest:?}");
    let line = proxy
        .log()
        .lines()
        .find(|line| line.contains("nobody read"))
        .map(str::to_owned);
    println!("{}", line.unwrap_or_default());
    assert_eq!(unanswered, 0);
    drop(second);
}
