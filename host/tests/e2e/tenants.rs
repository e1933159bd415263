//! Tenants of a running proxy: whose request is whose, versions and definitions of each, added and removed
//! while it runs.

use crate::deploy::{done, file, refused, restart};
use crate::support::client::{Phone, Received};
use crate::support::proxy::{Proxy, Setup};
use crate::support::small::answering;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// What answers a request from one domain to another.
fn who(proxy: &Proxy, from: &str, to: &str) -> String {
    let phone = Phone::new(proxy.address);
    let request = phone.request("OPTIONS", &format!("sip:{to}"), "alice", "alice", "");
    let request = request.replacen("<sip:alice@localhost>", &format!("<sip:alice@{from}>"), 1);
    assert!(request.contains(from), "{request}");
    let reply = phone.ask(&request);
    let line = reply.text.lines().next().unwrap_or_default();
    line.strip_prefix("SIP/2.0 ").unwrap_or(line).to_owned()
}

/// `[tenant.NAME]` with a component that answers with the name.
fn tenant(folder: &Path, name: &str) -> String {
    let module = file(folder, name);
    format!(
        "[tenant.{name}]\ndomains = [\"{name}.example\"]\nmodule = \"{}\"\ngrants = [\"sl\"]\n",
        module.display()
    )
}

#[test]
fn a_request_is_its_domains_tenants() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables = [tenant(folder.path(), "acme"), tenant(folder.path(), "umbra")].concat();
    let proxy = Setup::new(file(folder.path(), "Operator")).tables(&tables).start();
    assert_eq!(who(&proxy, "localhost", "localhost"), "200 Operator");
    assert_eq!(served(&proxy, "acme.example"), "200 acme");
    assert_eq!(served(&proxy, "umbra.example"), "200 umbra");
    assert_eq!(who(&proxy, "elsewhere.example", "ACME.example"), "200 acme");
    assert_eq!(
        who(&proxy, "umbra.example", "elsewhere.example"),
        "200 umbra",
        "outgoing"
    );
    assert_eq!(
        who(&proxy, "umbra.example", "acme.example"),
        "200 umbra",
        "the caller's first"
    );
    assert_eq!(who(&proxy, "localhost", "other.example"), "200 Operator");
}

#[test]
fn each_tenant_has_versions_of_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables = [tenant(folder.path(), "acme"), tenant(folder.path(), "umbra")].concat();
    let mut proxy = Setup::new(file(folder.path(), "Operator")).tables(&tables).start();
    let next = file(folder.path(), "Next").display().to_string();
    assert_eq!(served(&proxy, "acme.example"), "200 acme");
    assert_eq!(served(&proxy, "umbra.example"), "200 umbra");
    let to = done(&proxy, &["deploy", &next, "--tenant", "acme", "--json"]);
    assert_eq!(who(&proxy, "localhost", "acme.example"), "200 Next");
    assert_eq!(who(&proxy, "localhost", "umbra.example"), "200 umbra");
    assert_eq!(who(&proxy, "localhost", "localhost"), "200 Operator");

    // nobody can name what another has deployed
    let version = to["version"].as_str().expect("a label");
    let none = refused(&proxy, &["rollback", version, "--tenant", "umbra"]);
    assert!(none.contains("no such version is kept"), "{none}");
    let rows = done(&proxy, &["versions", "--tenant", "umbra", "--json"]);
    assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");

    restart(&mut proxy);
    assert_eq!(who(&proxy, "localhost", "acme.example"), "200 Next");
    done(&proxy, &["rollback", "--tenant", "acme", "--json"]);
    assert_eq!(who(&proxy, "localhost", "acme.example"), "200 acme");
    let end = refused(&proxy, &["rollback", "--tenant", "nobody"]);
    assert!(end.contains("there is no tenant"), "{end}");
}

#[test]
fn tenants_come_and_go_while_it_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut proxy = Setup::new(file(folder.path(), "Operator")).start();
    let module = file(folder.path(), "acme").display().to_string();
    let add = |name: &str, text: &str| proxy.try_command(&["rpc", "tenant.add", name, text]);
    let definition = format!(r#"{{"domains": ["acme.example"], "module": "{module}", "grants": ["sl"]}}"#);
    assert!(add("acme", &definition).status.success());
    assert_eq!(who(&proxy, "localhost", "acme.example"), "200 acme");
    for (name, text, why) in [
        ("acme", &*definition, "already"),
        ("other", &definition, "a domain is one tenant's"),
        ("a b", "{\"domains\": [\"x.example\"]}", "is no name"),
        ("x", "{\"domains\": []}", "domains"),
        ("x", "{\"domains\": [\"x.example\"], \"colour\": 1}", "colour"),
        ("x", "nonsense", "JSON"),
        (
            "x",
            "{\"domains\": [\"x.example\"], \"module\": \"/nowhere.wasm\"}",
            "No such file",
        ),
    ] {
        let output = add(name, text);
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && line.contains(why), "{name} {text}: {line}");
    }
    // without a module the operator's serves
    assert!(add("plain", r#"{"domains": ["plain.example"]}"#).status.success());
    assert_eq!(who(&proxy, "localhost", "plain.example"), "200 Operator");
    let changed = proxy.command(&[
        "rpc",
        "tenant.set",
        "acme",
        r#"{"domains": ["acme.example", "acme.test"]}"#,
    ]);
    assert!(changed.contains("acme.test"), "{changed}");
    assert_eq!(who(&proxy, "localhost", "acme.test"), "200 acme");

    restart(&mut proxy);
    assert_eq!(
        who(&proxy, "localhost", "acme.test"),
        "200 acme",
        "as before the restart"
    );
    let list = proxy.command(&["rpc", "tenant.list"]);
    assert!(list.contains("acme") && list.contains("plain.example"), "{list}");
    proxy.command(&["rpc", "tenant.rm", "acme"]);
    assert_eq!(who(&proxy, "localhost", "acme.example"), "200 Operator");
    restart(&mut proxy);
    assert_eq!(who(&proxy, "localhost", "acme.example"), "200 Operator");
}

#[test]
fn over_its_quota_a_tenant_gets_503_and_the_others_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let few = "[tenant.acme.limits]\nmessages = 5\n";
    let tables = [&*tenant(folder.path(), "acme"), few, &tenant(folder.path(), "umbra")].concat();
    let proxy = Setup::new(file(folder.path(), "Operator")).tables(&tables).start();
    assert_eq!(served(&proxy, "umbra.example"), "200 umbra");
    let starting = || proxy.command(&["rpc", "tenant.list"]).contains("it is being started");
    let deadline = Instant::now() + Duration::from_secs(20);
    while starting() {
        assert!(Instant::now() < deadline);
    }
    let answers: Vec<String> = (0..40).map(|_| who(&proxy, "localhost", "acme.example")).collect();
    let served = answers.iter().filter(|answer| *answer == "200 acme").count();
    let refused = answers
        .iter()
        .filter(|answer| *answer == "503 Service Unavailable")
        .count();
    assert!(
        served >= 5 && refused > 0 && served + refused == 40,
        "{served} {refused}"
    );
    assert!((0..40).all(|_| who(&proxy, "localhost", "umbra.example") == "200 umbra"));
    let log = proxy.log();
    let lines = log.lines().filter(|line| line.contains("over quota"));
    assert_eq!(
        lines
            .filter(|line| line.contains("acme") && line.contains("messages"))
            .count(),
        1,
        "{log}"
    );
}

/// Routing in JavaScript that records itself, says what it sees, and sends calls of its own domain to a phone.
fn recording(proxy: &Proxy, folder: &Path, name: &str, phone: &Phone) {
    let script = format!(
        r#"function ksr_request_route() {{
            KSR.info("{name} has " + KSR.pv.gete("$rm") + " from " + KSR.pv.gete("$si") + "\n");
            if (KSR.siputils.has_totag() > 0) {{ KSR.rr.loose_route(); KSR.tm.t_relay(); return; }}
            if (KSR.pv.gete("$rm") == "CANCEL") {{ KSR.tm.t_relay(); return; }}
            KSR.rr.record_route();
            if (KSR.pv.gete("$rd") == "{name}.example") KSR.pv.sets("$du", "sip:{}");
            KSR.tm.t_relay();
        }}
        "#,
        phone.address()
    );
    let file = folder.join(format!("{name}.js"));
    fs::write(&file, script).expect("a file of our own");
    let definition = serde_json::json!({
        "domains": [format!("{name}.example")],
        "module": file,
        "grants": ["tm", "rr", "pv", "siputils", "core", "dst:127.0.0.0/8"],
        "limits": {"deadline": "1s", "cpu": "900ms"},
    });
    proxy.command(&["rpc", "tenant.add", name, &definition.to_string()]);
}

/// The lines of the script's log, from the first to the last: waits until there are so many.
fn seen(proxy: &Proxy, count: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let log = proxy.log();
        let lines = log.lines().filter_map(|line| {
            let (_, text) = line.split_once(" has ").filter(|_| line.contains(" from 127."))?;
            let name = if line.contains("acme has") { "acme" } else { "umbra" };
            Some(format!("{name} {}", text.split(' ').next()?))
        });
        let lines: Vec<_> = lines.collect();
        if lines.len() >= count || Instant::now() > deadline {
            return lines;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A request within the dialog that a 200 to `first` began.
fn within(method: &str, first: &str, ok: &Received, cseq: u32) -> String {
    let header = |name: &str| {
        let line = first.lines().find(|line| line.starts_with(&format!("{name}: ")));
        line.map(str::to_owned).unwrap_or_default()
    };
    let routes = ok.headers("Record-Route").into_iter().rev();
    let routes: String = routes.map(|route| format!("Route: {route}\r\n")).collect();
    format!(
        "{method} {} SIP/2.0\r\n{}\r\nMax-Forwards: 70\r\n{routes}{}\r\nTo: {}\r\n{}\r\nCSeq: {cseq} {method}\r\n\
         Content-Length: 0\r\n\r\n",
        ok.header("Contact").trim_matches(['<', '>']),
        header("Via").replace("z9hG4bK", &format!("z9hG4bK{method}")),
        header("From"),
        ok.header("To"),
        header("Call-ID"),
    )
}

#[test]
fn a_call_between_tenants_is_two_requests() {
    crate::support::component::engines();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Setup::new(file(folder.path(), "Operator")).start();
    let (caller, callee) = (Phone::new(proxy.address), Phone::new(proxy.address));
    recording(&proxy, folder.path(), "acme", &caller);
    recording(&proxy, folder.path(), "umbra", &callee);
    let phone = Phone::new(proxy.address);
    let invite = phone.request("INVITE", "sip:bob@umbra.example", "alice", "bob", "");
    let invite = invite.replacen("<sip:alice@localhost>", "<sip:alice@acme.example>", 1);
    phone.send(invite.as_bytes());
    let request = callee.expect_request("INVITE");
    assert_eq!(
        request.headers("Via").len(),
        3,
        "each tenant's routing has its own:\n{}",
        request.text
    );
    assert_eq!(request.headers("Record-Route").len(), 2, "{}", request.text);
    let contact = format!("Contact: <sip:bob@{}>\r\n", callee.address());
    callee.answer_with(&request, "200 OK", &contact);
    let ok = loop {
        let reply = phone.receive(Duration::from_secs(10)).expect("an answer");
        if reply.status() >= 200 {
            break reply;
        }
    };
    assert_eq!(ok.status(), 200);
    phone.send(within("ACK", &invite, &ok, 1).as_bytes());
    callee.expect_request("ACK");
    phone.send(within("BYE", &invite, &ok, 2).as_bytes());
    let bye = callee.expect_request("BYE");
    callee.answer(&bye, "200 OK");
    let lines = seen(&proxy, 6);
    assert_eq!(
        lines,
        [
            "acme INVITE",
            "umbra INVITE",
            "acme ACK",
            "umbra ACK",
            "acme BYE",
            "umbra BYE"
        ],
        "{}",
        proxy.log()
    );

    // a mark of another dialog names nobody: it is the request URI's domain's, the operator's here
    let forged = within("BYE", &invite, &ok, 3)
        .replace("z9hG4bK", "z9hG4bKx")
        .replace("Call-ID: ", "Call-ID: x")
        .replace("acme.example", "elsewhere.example");
    let reply = phone.ask(&forged);
    assert!(reply.text.starts_with("SIP/2.0 200 Operator"), "{}", reply.text);
}

#[test]
fn tenants_that_send_each_other_everything_get_482() {
    crate::support::component::engines();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let to = |name: &str, other: &str| {
        let script = format!(
            "function ksr_request_route() {{\n KSR.pv.sets(\"$ru\", \"sip:x@{other}.example\");\n KSR.tm.t_relay();\n}}\n"
        );
        let file = folder.path().join(format!("{name}.js"));
        fs::write(&file, script).expect("a file of our own");
        format!(
            "[tenant.{name}]\ndomains = [\"{name}.example\"]\nmodule = \"{}\"\ngrants = [\"tm\", \"pv\"]\n\
             [tenant.{name}.limits]\ndeadline = \"1s\"\ncpu = \"900ms\"\n",
            file.display()
        )
    };
    let proxy = Setup::new(file(folder.path(), "Operator"))
        .tables(&[to("acme", "umbra"), to("umbra", "acme")].concat())
        .start();
    served(&proxy, "umbra.example");
    assert_eq!(served(&proxy, "acme.example"), "482 Loop Detected");
    assert_eq!(who(&proxy, "localhost", "localhost"), "200 Operator");
}

#[test]
fn an_idle_tenant_is_loaded_for_its_next_message() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables = ["[tenants]\nidle = \"100ms\"\n", &*tenant(folder.path(), "acme")].concat();
    let mut proxy = Setup::new(file(folder.path(), "Operator")).tables(&tables).start();
    let code = |proxy: &Proxy| {
        let rows = done(proxy, &["versions", "--tenant", "acme", "--json"]);
        rows[0]["figures"]["code"].as_u64()
    };
    for _ in 0..2 {
        for _ in 0..2 {
            assert_eq!(served(&proxy, "acme.example"), "200 acme");
            let deadline = Instant::now() + Duration::from_secs(10);
            while code(&proxy) != Some(0) {
                assert!(Instant::now() < deadline, "it never sleeps");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        restart(&mut proxy);
    }
}

/// What answers, once the tenant was started.
fn served(proxy: &Proxy, domain: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = who(proxy, "localhost", domain);
        if !answer.starts_with("503") || Instant::now() > deadline {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_tenants_saved_module_serves_where_it_is_watched() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Setup::new(file(folder.path(), "Operator"))
        .tables(&tenant(folder.path(), "acme"))
        .argument("--watch")
        .start();
    assert_eq!(served(&proxy, "acme.example"), "200 acme");
    fs::write(folder.path().join("acme.wasm"), answering("Second")).expect("our folder");
    let deadline = Instant::now() + Duration::from_secs(20);
    while who(&proxy, "localhost", "acme.example") != "200 Second" {
        assert!(Instant::now() < deadline, "{}", proxy.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(who(&proxy, "localhost", "localhost"), "200 Operator");
}
