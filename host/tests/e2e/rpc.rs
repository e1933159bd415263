//! The operator's door and its protocol: JSON-RPC to the letter, hostile requests, figures, large lists.

use crate::admin::{Door, open, setup};
use crate::support::client::Phone;
use crate::support::digest::Algorithm;
use crate::support::proxy::Proxy;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// One request over the Unix socket: status, and the answer where it is JSON.
fn post(proxy: &Proxy, body: &str) -> (u16, Value) {
    let stream = UnixStream::connect(proxy.folder().join("kemist.sock")).expect("the socket is there");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("not zero");
    let head = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let (status, answer) = exchange(stream, "POST /RPC", &head, body);
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

fn exchange(mut stream: impl Read + Write, line: &str, head: &str, body: &str) -> (u16, String) {
    let head = format!("{line} HTTP/1.1\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).expect("it reads");
    // it may answer without reading all of it
    let _ = stream.write_all(body.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("HTTP");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.expect("a status"), body.to_owned())
}

/// A request without a body over TCP.
pub(crate) fn get(door: &Door, line: &str, head: &str) -> (u16, String) {
    let stream = TcpStream::connect(door.address).expect("the door is open");
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("not zero");
    exchange(stream, line, head, "")
}

pub(crate) const TOKEN: &str = "Host: x\r\nAuthorization: bearer secret\r\n";

#[test]
fn json_rpc_to_the_letter() {
    let (proxy, _door) = open();
    let code = |body: &str| {
        let (status, answer) = post(&proxy, body);
        (
            status,
            answer["error"]["code"].as_i64().unwrap_or(0),
            answer["id"].clone(),
        )
    };
    let echo = |id: &str| format!(r#"{{"jsonrpc":"2.0","method":"core.echo","params":[1],"id":{id}}}"#);
    for id in ["1", "\"x\"", "null", "-7", "1.5", "18446744073709551615", "\"\\u0000\""] {
        assert_eq!(code(&echo(id)), (200, 0, serde_json::from_str(id).expect(id)));
    }
    for (body, status, wrong, id) in [
        ("", 400, -32700, json!(null)),
        ("{", 400, -32700, json!(null)),
        ("[1,]", 400, -32700, json!(null)),
        ("\u{feff}{}", 400, -32700, json!(null)),
        ("[]", 200, -32600, json!(null)),
        ("7", 200, -32600, json!(null)),
        ("null", 200, -32600, json!(null)),
        ("\"x\"", 200, -32600, json!(null)),
        ("{}", 200, -32600, json!(null)),
        (r#"{"jsonrpc":"2.0","id":1}"#, 200, -32600, json!(1)),
        (
            r#"{"jsonrpc":"1.0","method":"core.echo","id":1}"#,
            200,
            -32600,
            json!(1),
        ),
        (r#"{"method":"core.echo","id":1}"#, 200, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","method":7,"id":"a"}"#, 200, -32600, json!("a")),
        (
            r#"{"jsonrpc":"2.0","method":"core.echo","params":"x","id":1}"#,
            200,
            -32600,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"core.echo","id":{}}"#,
            200,
            -32600,
            json!(null),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"core.echo","id":true}"#,
            200,
            -32600,
            json!(null),
        ),
        (r#"{"jsonrpc":"2.0","method":"nope","id":1}"#, 200, -32601, json!(1)),
        (r#"{"jsonrpc":"2.0","method":"dlg.list","id":1}"#, 200, -32601, json!(1)),
        (
            r#"{"jsonrpc":"2.0","method":"dispatcher.list","id":1}"#,
            200,
            -32601,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"core.uptime","params":[1],"id":1}"#,
            200,
            -32602,
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"ul.lookup","params":{"table":"location"},"id":1}"#,
            200,
            -32602,
            json!(1),
        ),
    ] {
        assert_eq!(code(body), (status, wrong, id), "{body}");
    }
    // notifications: done, and not answered
    for body in [
        r#"{"jsonrpc":"2.0","method":"htable.sets","params":["calls","noted","1"]}"#,
        r#"{"jsonrpc":"2.0","method":"nope"}"#,
        r#"[{"jsonrpc":"2.0","method":"core.uptime"},{"jsonrpc":"2.0","method":"nope"}]"#,
    ] {
        assert_eq!(post(&proxy, body), (204, Value::Null), "{body}");
    }
    let batch = format!(
        r#"[{},{{"jsonrpc":"2.0","method":"core.uptime"}},7,{{"jsonrpc":"2.0","method":"htable.get","params":["calls","noted"],"id":2}},
        {{"jsonrpc":"2.0","method":"ul.dump","id":3}},{{"jsonrpc":"2.0","method":"nope","id":4}}]"#,
        echo("1")
    );
    let (status, answers) = post(&proxy, &batch);
    assert_eq!(status, 200);
    let answers = answers.as_array().expect("a list");
    let ids: Vec<_> = answers.iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, [json!(1), json!(null), json!(2), json!(3), json!(4)]);
    assert_eq!(answers[2]["result"]["item"]["value"], "1");
    assert_eq!(answers[3]["result"]["Domains"][0]["Domain"]["Stats"]["Records"], 0);
    assert_eq!(
        (&answers[1]["error"]["code"], &answers[4]["error"]["code"]),
        (&json!(-32600), &json!(-32601))
    );
}

#[test]
fn hostile_requests_get_an_answer_each() {
    let (proxy, _door) = open();
    let many = format!("[{}1]", "1,".repeat(100_000));
    let deep = |open: &str, close: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"core.echo","params":{}{}}}"#,
            open.repeat(50_000),
            close.repeat(50_000)
        )
    };
    let huge = r#"{"jsonrpc":"2.0","id":1,"method":"core.printi","params":[123456789012345678901234567890]}"#;
    let long = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#, "x".repeat(1_000_000));
    for (body, status, code) in [
        (many, 200, -32600),
        (deep("[", "]"), 400, -32700),
        (deep("{\"a\":", "}"), 400, -32700),
        (huge.to_owned(), 200, -32602),
        (huge.replace("1234", "-1e999"), 400, -32700),
        (long, 200, -32601),
        ("[".repeat(3_000_000), 400, -32700),
    ] {
        let (got, answer) = post(&proxy, &body);
        assert_eq!(
            (got, answer["error"]["code"].as_i64()),
            (status, Some(code)),
            "{:.80}",
            body
        );
        assert!(answer["error"]["message"].as_str().is_some_and(|text| text.len() < 300));
    }
    assert!(post(&proxy, r#"{"jsonrpc":"2.0","id":1,"method":"core.version"}"#).1["result"].is_string());
}

#[test]
fn no_parameter_of_any_method_is_too_strange() {
    let (proxy, _door) = open();
    let call = |method: &str, params: Value| json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let answer = |request: Value| post(&proxy, &request.to_string()).1;
    let methods = answer(call("system.listMethods", json!([])))["result"].clone();
    let methods: Vec<_> = methods
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(methods.len() > 50, "{methods:?}");
    let strange = [
        json!(null),
        json!(true),
        json!(-1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(0.1),
        json!(""),
        json!("location"),
        json!("calls"),
        json!("\u{0}\r\n\"\\%{}$ru"),
        json!("x".repeat(70_000)),
        json!([]),
        json!([[1, [2]]]),
        json!({}),
        json!({"a": {"b": []}}),
    ];
    for method in methods.iter().filter(|method| **method != "core.kill") {
        let signature = answer(call("system.methodSignature", json!([method])))["result"].clone();
        let names: Vec<_> = signature
            .as_array()
            .expect("a list")
            .iter()
            .map(|p| p["name"].clone())
            .collect();
        let mut batch = vec![call(method, json!({"no such": 1})), call(method, json!(vec![1; 40]))];
        for value in &strange {
            batch.extend((0..=names.len() + 1).map(|count| call(method, json!(vec![value; count]))));
            for name in names.iter().filter_map(Value::as_str) {
                batch.push(call(method, json!({name: value})));
            }
            // the right table, and nonsense after it
            for first in ["location", "calls"] {
                let mut params = vec![json!(first)];
                params.resize(names.len().max(1), value.clone());
                batch.push(call(method, json!(params)));
            }
        }
        let expected = batch.len();
        let answers = answer(Value::Array(batch));
        let answers = answers.as_array().unwrap_or_else(|| panic!("{method}: no list"));
        assert_eq!(answers.len(), expected, "{method}");
        for answer in answers {
            assert_ne!(answer["error"]["code"], json!(-32603), "{method}: {answer}");
        }
    }
    assert!(!proxy.log().contains("panicked"), "{}", proxy.log());
}

#[test]
fn http_is_strict() {
    let (_proxy, door) = open();
    assert_eq!(get(&door, "GET /RPC", TOKEN).0, 405);
    assert_eq!(get(&door, "GET /nothing", TOKEN).0, 404);
    assert_eq!(get(&door, "GET /healthz", "Host: x\r\n"), (200, "ok\n".to_owned()));
    assert_eq!(get(&door, "GET /metrics", "Host: x\r\n").0, 401);
    assert_eq!(get(&door, "POST /RPC", "Host: x\r\nContent-Length: 0\r\n").0, 401);
    for kind in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
    ] {
        assert_eq!(
            get(&door, "POST /RPC", &format!("{TOKEN}{kind}Content-Length: 0\r\n")).0,
            415,
            "{kind}"
        );
    }
}

#[test]
fn without_a_token_only_this_machine_is_asked_for() {
    let (_, mut door) = Door::of(setup(), "");
    let lines = format!("listen = \"{}\"", door.address);
    let _proxy = setup().admin(&lines).start();
    door.token = "";
    assert_eq!(get(&door, "GET /metrics", "Host: 127.0.0.1:1\r\n").0, 200);
    assert_eq!(get(&door, "GET /metrics", "Host: localhost\r\n").0, 200);
    assert_eq!(get(&door, "GET /metrics", "Host: evil.example\r\n").0, 421);
    assert_eq!(
        get(
            &door,
            "POST /RPC",
            "Host: evil.example:5080\r\nContent-Type: application/json\r\n"
        )
        .0,
        421
    );
    assert!(door.call("core.version", json!([])).is_ok());
}

#[test]
fn figures_count_what_happened() {
    let (proxy, door) = open();
    let phone = Phone::new(proxy.address);
    // the start has asked whether it serves
    assert_eq!(door.call("stats.reset_statistics", json!(["all"])), Ok(json!({})));
    assert_eq!(phone.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let fetch = |names: Value| door.call("stats.fetchn", names).expect("figures");
    let figures = fetch(json!(["core:", "usrloc:", "registrar:", "sl:", "tmx:"]));
    assert_eq!(figures["core.rcv_requests"], 2, "{figures}");
    assert_eq!(figures["core.rcv_requests_register"], 2);
    assert_eq!(figures["registrar.accepted_regs"], 1);
    assert_eq!(
        (
            &figures["usrloc.registered_users"],
            &figures["usrloc.location_contacts"]
        ),
        (&json!(1), &json!(1))
    );
    assert!(figures["tmx.UAS_transactions"].is_u64());
    let sent = figures["sl.sent_replies"].as_u64().unwrap_or(0) + figures["tmx.rpl_sent"].as_u64().unwrap_or(0);
    assert_eq!(sent, 2, "a challenge and a 200: {figures}");
    let lines = door.call("stats.get_statistics", json!(["rcv_requests"]));
    assert_eq!(lines, Ok(json!(["core:rcv_requests = 2"])));
    assert_eq!(
        door.call("stats.fetch", json!(["rcv_requests"])),
        Ok(json!({"core.rcv_requests": "2"}))
    );
    assert_eq!(
        door.call("stats.clear_statistics", json!(["rcv_requests"])),
        Ok(json!("core:rcv_requests = 2"))
    );
    assert_eq!(fetch(json!(["rcv_requests"])), json!({"core.rcv_requests": 0}));
    assert_eq!(door.call("stats.reset_statistics", json!([])), Err(-32602));
    // what scrapes goes on counting
    let (status, text) = get(&door, "GET /metrics", TOKEN);
    assert_eq!(status, 200);
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<f64>().ok())
    };
    let requests = value("kemist_rcv_requests_total");
    assert!(requests >= Some(2.0), "{text}");
    assert_eq!(value("kemist_requests_total{method=\"REGISTER\"}"), Some(2.0));
    assert_eq!(value("kemist_location_contacts"), Some(1.0));
    assert_eq!(value("kemist_request_route_duration_seconds_count"), requests);
    assert_eq!(
        value("kemist_request_route_duration_seconds_bucket{le=\"+Inf\"}"),
        requests
    );
    let live = text
        .lines()
        .find(|line| line.starts_with("kemist_version_calls_total{version=\""));
    assert!(live.is_some_and(|line| !line.ends_with(" 0")), "{text}");
    let families: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let names: HashSet<_> = families.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names.len(), families.len(), "a family twice");
    assert!(names.iter().all(|name| name.starts_with("kemist_")));
}

#[test]
fn a_call_is_listed_and_cancelled() {
    let (setup, door) = Door::of(setup().trusted(), "secret");
    let proxy = setup.start();
    let (phone, alice) = (Phone::new(proxy.address), Phone::new(proxy.address));
    assert_eq!(alice.register_with("alice", "wonderland", Algorithm::Md5).status(), 200);
    let contact = format!("Contact: <sip:carol@{}>\r\n", phone.address());
    let invite = phone.request("INVITE", "sip:alice@localhost", "carol", "alice", &contact);
    phone.send(invite.as_bytes());
    let arrived = alice.expect_request("INVITE");
    alice.answer(&arrived, "180 Ringing");
    let list = door.call("tm.list", json!([])).expect("a list");
    let call = list
        .as_array()
        .and_then(|all| all.iter().find(|tx| tx["method"] == "INVITE"));
    let call = call.expect("it is open").clone();
    assert_eq!(
        (&call["outgoings"], &call["uas_request"]),
        (&json!(1), &json!("yes")),
        "{call}"
    );
    let cancel = |cseq: Value| door.call("tm.cancel", json!({"callid": call["callid"], "cseq": cseq}));
    assert_eq!(cancel(json!(4_000_000)), Err(404));
    assert_eq!(cancel(json!("x")), Err(-32602));
    assert!(cancel(call["cseq"].clone()).is_ok());
    alice.expect_request("CANCEL");
}

#[test]
fn contacts_are_added_and_listed_by_the_thousand() {
    let (proxy, door) = open();
    let add = |n: usize| {
        json!({"jsonrpc": "2.0", "id": n, "method": "ul.add", "params": [
            "location", format!("user{n}@localhost"), format!("sip:user{n}@192.0.2.1:5060"), 600, 0.5, "0", 0, 0, 4294967295u32
        ]})
    };
    let total = 12_000;
    for begin in (0..total).step_by(1000) {
        let batch: Vec<_> = (begin..begin + 1000).map(add).collect();
        let answers = post(&proxy, &Value::Array(batch).to_string()).1;
        assert!(
            answers
                .as_array()
                .is_some_and(|all| all.iter().all(|a| a["result"] == json!({})))
        );
    }
    let aors = |words: &[&str]| {
        let dump: Value = serde_json::from_str(&proxy.command(words)).expect("JSON");
        let domain = &dump["Domains"][0]["Domain"];
        assert_eq!(domain["Stats"]["Records"], total);
        domain["AoRs"].as_array().expect("a list").clone()
    };
    let whole = aors(&["rpc", "ul.dump"]);
    let names: HashSet<_> = whole.iter().map(|aor| aor["Info"]["AoR"].to_string()).collect();
    assert_eq!(names.len(), total);
    assert_eq!(whole[0]["Info"]["Contacts"][0]["Contact"]["Q"], 0.5);
    assert_eq!(aors(&["rpc", "ul.dump", "brief", "--json"]).len(), total);
    let alice = |method: &str, rest: &[Value]| {
        let first = [json!("location"), json!("user7@localhost")];
        door.call(method, first.iter().chain(rest).cloned().collect())
    };
    let contact = json!("sip:user7@192.0.2.1:5060");
    assert_eq!(alice("ul.rm_contact", &[json!("sip:other@192.0.2.1")]), Err(404));
    assert_eq!(alice("ul.rm_contact", &[contact]), Ok(json!({})));
    assert_eq!(alice("ul.lookup", &[]), Err(404));
    assert_eq!(door.call("ul.flush", json!([])), Ok(json!({})));
    assert_eq!(door.call("ul.db_contacts", json!(["location"])), Ok(json!(total - 1)));
    assert_eq!(door.call("ul.db_users", json!(["location"])), Ok(json!(total - 1)));
    assert_eq!(door.call("ul.db_expired_contacts", json!(["location"])), Ok(json!(0)));
    assert_eq!(door.call("ul.db_users", json!(["nothing"])), Err(404));
}

#[test]
fn the_command_reaches_a_proxy_by_its_address() {
    let (proxy, door) = open();
    let url = format!("http://{}", door.address);
    let file = proxy.folder().join("token");
    std::fs::write(&file, "secret\n").expect("our folder");
    let file = file.to_str().expect("a UTF-8 path");
    let with = ["--url", &url, "--token-file", file];
    let rpc = |words: &[&str]| proxy.command(&[&["rpc"], words, &with[..]].concat());
    rpc(&["htable.sets", "table=calls", "key=s:5", "value=i:7"]);
    assert_eq!(
        rpc(&["htable.dump", "calls", "--json"]).trim(),
        r#"[{"entry":0,"size":1,"slot":[{"name":"5","type":"str","value":"7"}]}]"#
    );
    assert!(rpc(&["core.version"]).starts_with("kemist "));
    let failed = |words: &[&str]| {
        let output = proxy.try_command(words);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.stdout.is_empty());
        (output.status.code(), error)
    };
    let (code, error) = failed(&["rpc", "core.version", "--url", &url]);
    assert!(
        code == Some(1) && error.contains("--token-file") && error.lines().count() == 1,
        "{error}"
    );
    let (code, error) = failed(&["rpc", "htable.get", "calls"]);
    assert_eq!(
        (code, error.as_str()),
        (Some(1), "kemist: htable.get: parameter `key` is missing\n")
    );
    assert_eq!(failed(&["rpc", "core.version", "--url", "https://x"]).0, Some(1));
    assert_eq!(failed(&["rpc", "core.printi", "i:x"]).0, Some(2));
}
