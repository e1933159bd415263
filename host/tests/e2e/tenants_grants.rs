//! What tenants of a running proxy are granted: functions, headers, destinations; and what they are not.

use crate::deploy::{file, refused};
use crate::support::client::Phone;
use crate::support::component::engines;
use crate::support::proxy::{Proxy, Setup};
use std::fs;
use std::path::{Path, PathBuf};

/// `[tenant.acme]` with a module and grants.
fn acme(module: &Path, grants: &str) -> String {
    format!(
        "[tenant.acme]\ndomains = [\"acme.example\"]\nmodule = \"{}\"\ngrants = {grants}\n",
        module.display()
    )
}

/// A script in a file of its own.
fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    engines();
    let file = folder.join(name);
    fs::write(&file, text).expect("a file of our own");
    file
}

/// A proxy whose tenant was started.
fn started(setup: Setup) -> Proxy {
    setup.start().tenants_started()
}

/// What a request for acme is answered with.
fn answer(proxy: &Proxy) -> String {
    let phone = Phone::new(proxy.address);
    let reply = phone.ask(&phone.request("OPTIONS", "sip:acme.example", "alice", "alice", ""));
    let line = reply.text.lines().next().unwrap_or_default();
    line.strip_prefix("SIP/2.0 ").unwrap_or(line).to_owned()
}

#[test]
fn a_module_that_imports_what_is_not_granted_is_not_deployed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables = acme(&file(folder.path(), "acme"), "[\"sl.sl_send_reply\"]");
    let proxy = started(Setup::new(file(folder.path(), "Operator")).tables(&tables));
    assert_eq!(answer(&proxy), "200 acme");
    let next = file(folder.path(), "Next").display().to_string();
    let set = |changes: &str| proxy.try_command(&["rpc", "tenant.set", "acme", changes]);

    // what the version in charge imports cannot be taken away
    let output = set("{\"grants\": [\"tm\"]}");
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{line}");
    assert!(
        line.contains("KSR.sl.sl_send_reply") && line.contains("is in charge"),
        "{line}"
    );
    for (grants, words) in [
        ("[\"dispatcher\"]", "there is no module dispatcher"),
        ("[\"sl.fly\"]", "there is no function KSR.sl.fly"),
        ("[\"sl\", \"file:/etc\"]", "is no kind of grant"),
    ] {
        let output = set(&format!("{{\"grants\": {grants}}}"));
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && line.contains(words), "{line}");
    }
    assert_eq!(answer(&proxy), "200 acme");

    // one that has nothing of its own in charge may lose everything, and then nothing that imports is taken
    proxy.command(&["rpc", "tenant.add", "plain", "{\"domains\": [\"plain.example\"]}"]);
    let line = refused(&proxy, &["deploy", &next, "--tenant", "plain"]);
    assert!(
        line.contains("link: ") && line.contains("it imports KSR.sl.sl_send_reply, which is not granted"),
        "{line}"
    );
    assert!(
        line.contains("add \"sl.sl_send_reply\" to the grants of tenant plain"),
        "{line}"
    );
    proxy.command(&["rpc", "tenant.set", "plain", "{\"grants\": [\"sl\"]}"]);
    proxy.command(&["deploy", &next, "--tenant", "plain"]);
}

#[test]
fn at_the_start_it_costs_the_tenant_and_nobody_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables = acme(&file(folder.path(), "acme"), "[\"tm\"]");
    let proxy = started(Setup::new(file(folder.path(), "Operator")).tables(&tables));
    assert_eq!(answer(&proxy), "503 Service Unavailable");
    let log = proxy.log();
    assert!(
        log.contains("it imports KSR.sl.sl_send_reply, which is not granted"),
        "{log}"
    );
    let phone = Phone::new(proxy.address);
    assert!(phone.ping(), "the operator's routing serves");
    let line = refused(&proxy, &["check"]);
    assert!(
        line.contains("tenant.acme") && line.contains("KSR.sl.sl_send_reply"),
        "{line}"
    );
}

#[test]
fn a_script_does_not_see_what_it_was_not_granted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "function ksr_request_route() {\n  \
                const seen = [typeof KSR.tm, typeof KSR.registrar, typeof (KSR.registrar || {}).save, typeof KSR.pv, typeof KSR.is_ACK];\n  \
                KSR.sl.send_reply(200, seen.join(' '));\n}\n";
    let module = script(folder.path(), "seen.js", text);
    let tables = acme(&module, "[\"sl\", \"registrar.lookup\", \"core.is_ACK\"]");
    let proxy = started(Setup::new(file(folder.path(), "Operator")).tables(&tables));
    assert_eq!(answer(&proxy), "200 undefined object undefined undefined function");
    // given and taken while it runs
    proxy.command(&["rpc", "tenant.set", "acme", "{\"grants\": [\"sl\", \"tm\"]}"]);
    assert_eq!(answer(&proxy), "200 object undefined undefined undefined undefined");
}

#[test]
fn requests_and_headers_go_out_where_it_is_granted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let callee = Phone::new(([127, 0, 0, 1], 1).into());
    let text = format!(
        "function ksr_request_route() {{\n  \
         KSR.hdr.append(\"X-Tenant: acme\\r\\n\");\n  KSR.hdr.remove(\"Subject\");\n  \
         KSR.setdsturi(\"sip:{}\");\n  KSR.tm.t_relay();\n}}\n",
        callee.address()
    );
    let module = script(folder.path(), "relay.js", &text);
    let (functions, networks) = ("\"hdr\", \"core.setdsturi\", \"tm\"", "\"dst:127.0.0.0/8\"");
    let tables = acme(&module, &format!("[{functions}]"));
    let proxy = started(Setup::new(file(folder.path(), "Operator")).tables(&tables));
    let caller = Phone::new(proxy.address);
    let call = |caller: &Phone| caller.request("MESSAGE", "sip:bob@acme.example", "alice", "bob", "Subject: hello\r\n");
    let grant = |more: &str| {
        let grants = format!("{{\"grants\": [{functions}, {more}]}}");
        proxy.command(&["rpc", "tenant.set", "acme", &grants]);
    };

    let reply = caller.ask(&call(&caller));
    assert_eq!(reply.status(), 473, "{}", reply.text);
    let log = proxy.log();
    for words in [
        "not granted: a request to udp:127.0.0.1",
        "not granted: a change of X-Tenant",
    ] {
        assert_eq!(
            log.lines().filter(|line| line.contains(words)).count(),
            1,
            "{words}: {log}"
        );
        assert!(
            log.lines().any(|line| line.contains(words) && line.contains("acme")),
            "{log}"
        );
    }
    for (grants, added, subject) in [
        (networks.to_owned(), "", "hello"),
        (format!("{networks}, \"header:X-*\""), "acme", "hello"),
        (format!("{networks}, \"header:X-Tenant\", \"header:s\""), "acme", ""),
    ] {
        grant(&grants);
        caller.send(call(&caller).as_bytes());
        let request = callee.expect_request("MESSAGE");
        callee.answer(&request, "200 OK");
        assert_eq!(
            (request.header("X-Tenant"), request.header("Subject")),
            (added, subject),
            "{grants}"
        );
    }
}

#[test]
fn what_check_prints_is_what_a_module_needs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let callee = Phone::new(([127, 0, 0, 1], 1).into());
    let text = format!(
        "function ksr_request_route() {{\n  if (KSR.dispatcher) KSR.dispatcher.ds_select_dst(1, 4);\n  \
         KSR.hdr.append(\"X-Tenant: \" + KSR.pv.get(\"$rU\") + \"\\r\\n\");\n  \
         KSR.pv.seti(\"$sht(calls=>all)\", 1);\n  KSR.pv.sets(\"$fn\", \"Acme\");\n  \
         KSR.setdsturi(\"sip:{}\");\n  if (KSR.tm.t_relay() < 0) KSR.sl.sl_reply_error();\n}}\n",
        callee.address()
    );
    let module = script(folder.path(), "least.js", &text);
    let tables = "[modules.htable.table]\ncalls = { autoexpire = 300 }\n";
    let proxy = Setup::new(file(folder.path(), "Operator")).tables(tables).start();
    let path = module.display().to_string();
    let printed = proxy.command(&["check", "--grants", &path]);
    for line in [
        "\"core.setdsturi\",",
        "\"header:From\",",
        "\"header:X-Tenant\",",
        "\"htable.sht_seti\",",
        "\"pv.get\",",
        "\"tm.t_relay\",",
    ] {
        assert!(
            printed.lines().any(|printed| printed.trim() == line),
            "{line} in {printed}"
        );
    }
    assert!(
        !printed.contains("t_relay_to") && !printed.contains("\"tm\""),
        "{printed}"
    );

    // as it is printed, and the network that no script can tell
    let definition = format!(
        "[tenant.acme]\ndomains = [\"acme.example\"]\nmodule = \"{path}\"\n{}",
        printed.replacen('[', "[ \"dst:127.0.0.0/8\",", 1)
    );
    let setup = Setup::new(file(folder.path(), "Operator"));
    let proxy = started(setup.tables(tables).tables(&definition));
    proxy.command(&["check"]);
    let caller = Phone::new(proxy.address);
    caller.send(
        caller
            .request("MESSAGE", "sip:bob@acme.example", "alice", "bob", "")
            .as_bytes(),
    );
    let request = callee.expect_request("MESSAGE");
    callee.answer(&request, "200 OK");
    assert_eq!(request.header("X-Tenant"), "bob");
    assert!(request.header("From").contains("Acme"), "{}", request.text);
    assert!(!proxy.log().contains("not granted"), "{}", proxy.log());

    // and without them
    let json = proxy.command(&["check", "--grants", "--json", &path]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let all: Vec<&str> = json["grants"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|line| line.as_str())
        .collect();
    assert!(
        all.contains(&"sl.sl_reply_error") && json["tables"] == serde_json::json!(["calls"]),
        "{json}"
    );
    let file = proxy.folder().join("none.toml");
    let tenant = format!("[tenant.acme]\ndomains = [\"acme.example\"]\nmodule = \"{path}\"\n");
    fs::write(&file, format!("{}{tenant}", file_of(&proxy))).expect("a file of our own");
    let output = crate::support::proxy::kemist()
        .args(["check", "-c"])
        .arg(&file)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let named = all.iter().all(|line| said.contains(&format!("{line:?}")));
    assert!(
        !output.status.success() && said.contains("tenant.acme.module") && named,
        "{said}"
    );
}

/// The configuration of a proxy up to its tenant.
fn file_of(proxy: &Proxy) -> String {
    let text = fs::read_to_string(proxy.folder().join("kemist.toml")).expect("its configuration");
    text.split("[tenant.").next().unwrap_or_default().to_owned()
}
