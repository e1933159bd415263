//! The operator's door while the proxy runs: JSON-RPC over TCP with its token, and the verbs that go
//! through the Unix socket.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::digest::Algorithm;
use crate::support::proxy::{Proxy, Setup, free_port};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

pub(crate) fn setup() -> Setup {
    Setup::new(component("examples/basic/rust"))
        .routing("deadline = \"1s\"")
        .tables("[modules.htable.table]\nipban = { autoexpire = 300 }\ncalls = {}")
        .account("alice", "wonderland")
}

/// The door over TCP.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    pub(crate) token: &'static str,
}

impl Door {
    /// Opens it in a setup.
    pub(crate) fn of(setup: Setup, token: &'static str) -> (Setup, Door) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let lines = format!("listen = \"{address}\"\ntoken = \"secret\"");
        (setup.admin(&lines), Door { address, token })
    }

    /// Sends a body and returns status and body.
    pub(crate) fn post(&self, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).expect("the door is open");
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("not zero");
        let (host, token) = (self.address, self.token);
        let authorization = match token {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        write!(
            stream,
            "POST /RPC HTTP/1.1\r\nHost: {host}\r\n{authorization}Content-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("HTTP");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.expect("a status"), body.to_owned())
    }

    /// Calls a method: its result, or the code of its error.
    pub(crate) fn call(&self, method: &str, params: Value) -> Result<Value, i64> {
        let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let (status, answer) = self.post(&body.to_string());
        assert_eq!(status, 200, "{answer}");
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["id"], 7);
        match answer.pointer("/error/code").and_then(Value::as_i64) {
            Some(code) => Err(code),
            None => Ok(answer["result"].take()),
        }
    }
}

pub(crate) fn open() -> (Proxy, Door) {
    let (setup, door) = Door::of(setup(), "secret");
    (setup.start(), door)
}

#[test]
fn only_the_right_token_opens_the_door() {
    let (proxy, door) = open();
    let body = r#"{"jsonrpc": "2.0", "id": 1, "method": "core.uptime"}"#;
    for wrong in ["", "secre", "secret2", "SECRET"] {
        let door = Door {
            address: door.address,
            token: wrong,
        };
        assert_eq!(door.post(body).0, 401, "{wrong:?}");
    }
    assert_eq!(door.post(body).0, 200);
    assert!(matches!(door.post("no JSON").0, 400 | 415 | 422));
    assert_eq!(door.call("no.such", json!([])), Err(-32601));
    drop(proxy);
}

#[test]
fn a_registration_is_looked_up_and_removed() {
    let (proxy, door) = open();
    assert_eq!(door.call("ul.lookup", json!(["location", "alice@localhost"])), Err(404));
    let phone = Phone::new(proxy.address);
    assert_eq!(phone.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let aor = |name: &str| json!(["location", name]);
    let found = ["alice", "alice@localhost"]
        .into_iter()
        .find_map(|name| door.call("ul.lookup", aor(name)).ok().map(|found| (name, found)));
    let (name, found) = found.expect("it is registered");
    assert!(found.to_string().contains(&phone.address().to_string()), "{found}");
    assert_eq!(door.call("ul.rm", aor(name)), Ok(json!({})));
    assert_eq!(door.call("ul.rm", aor(name)), Err(404));
    assert_eq!(door.call("ul.lookup", aor(name)), Err(404));
}

#[test]
fn hash_tables_are_read_and_written() {
    let (_proxy, door) = open();
    assert_eq!(door.call("htable.get", json!(["calls", "bob"])), Err(404));
    let done = |method: &str, params: Value| assert!(door.call(method, params).is_ok_and(|text| text.is_string()));
    done("htable.sets", json!(["calls", "bob", "busy"]));
    let item = || door.call("htable.get", json!(["calls", "bob"])).expect("it is there")["item"].clone();
    assert_eq!(
        item(),
        json!({"name": "bob", "value": "busy", "type": "str", "expire": "NEVER"})
    );
    done("htable.seti", json!({"table": "calls", "key": "bob", "value": 3}));
    assert_eq!((&item()["value"], &item()["type"]), (&json!(3), &json!("int")));
    done("htable.setxi", json!(["calls", "bob", 4, 100]));
    assert!(item()["expire"].as_u64().is_some_and(|left| (90..=100).contains(&left)));
    done("htable.setex", json!(["calls", "bob", 0]));
    assert_eq!(item()["expire"], "NEVER");
    let dump = door.call("htable.dump", json!(["calls"])).expect("a list");
    assert_eq!(dump[0]["slot"], json!([{"name": "bob", "value": 4, "type": "int"}]));
    let stats = door.call("htable.stats", json!([])).expect("a list");
    assert_eq!(stats, json!([{"name": "calls", "all": 1}, {"name": "ipban", "all": 0}]));
    done("htable.delete", json!(["calls", "bob"]));
    assert_eq!(door.call("htable.delete", json!(["calls", "bob"])), Err(404));
    assert_eq!(door.call("htable.dump", json!(["calls"])), Ok(json!([])));
    done("htable.sets", json!(["calls", "x", 7]));
    done("htable.flush", json!(["calls"]));
    assert_eq!(door.call("htable.get", json!(["calls", "bob"])), Err(404));
    assert_eq!(door.call("htable.get", json!(["nothing", "bob"])), Err(404));
    assert_eq!(door.call("htable.get", json!(["calls"])), Err(-32602));
}

#[test]
fn addresses_are_reloaded() {
    let (proxy, door) = open();
    let rows = |method: &str| door.call(method, json!([])).expect("a list");
    assert_eq!(rows("permissions.addressDump"), json!([]));
    proxy.command(&["address", "add", "1", "192.0.2.0/24"]);
    proxy.command(&["address", "add", "2", "192.0.2.7:5070"]);
    let (network, host) = (
        json!({"ip": "192.0.2.0", "mask": 24, "port": 0, "tag": ""}),
        json!({"ip": "192.0.2.7", "port": 5070, "tag": ""}),
    );
    assert_eq!(
        rows("permissions.subnetDump"),
        json!([{"id": 0, "group": 1, "item": network}])
    );
    assert_eq!(
        rows("permissions.addressDump"),
        json!([{"table": 0, "group": 2, "item": host}])
    );
    let reloaded = door.call("permissions.addressReload", json!([])).expect("it can");
    assert!(
        reloaded.as_str().is_some_and(|text| text.contains("2 entries")),
        "{reloaded}"
    );
}

#[test]
fn accounts_are_added_from_a_file_while_it_runs() {
    let (proxy, _door) = open();
    let phone = Phone::new(proxy.address);
    // asked for once before: nothing may be remembered of that
    assert_eq!(phone.register_with("bob", "builder", Algorithm::Md5).status(), 401);
    let file = proxy.folder().join("accounts.csv");
    std::fs::write(&file, "bob,localhost,builder\ncarol,localhost,tea\n").expect("our folder");
    let file = file.to_str().expect("a UTF-8 path");
    proxy.command(&["user", "add", "--from", file]);
    assert_eq!(phone.register_with("bob", "builder", Algorithm::Md5).status(), 200);
    assert_eq!(phone.register_with("carol", "tea", Algorithm::Md5).status(), 200);
    let users = proxy.command(&["user", "list", "--json"]);
    assert!(users.contains("carol"), "{users}");
}

#[test]
fn transactions_are_counted_over_all_workers() {
    let (setup, door) = Door::of(setup().trusted(), "secret");
    let proxy = setup.start();
    let stats = || door.call("tm.stats", json!([])).expect("workers answer");
    let before = stats();
    assert_eq!(before["branches"], 0, "{before}");
    let (phone, alice) = (Phone::new(proxy.address), Phone::new(proxy.address));
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let message = phone.request("MESSAGE", "sip:alice@localhost", "carol", "alice", "");
    phone.send(message.as_bytes());
    let arrived = alice.expect_request("MESSAGE");
    let during = stats();
    assert!(during["current"].as_u64() >= Some(1), "{during}");
    assert!(during["created"].as_u64() >= Some(1), "{during}");
    assert_eq!(during["branches"], 1, "{during}");
    alice.answer(&arrived, "200 OK");
    assert_eq!(phone.ask(&message).status(), 200);
}
