//! Tenants of a running proxy: whose request is whose, versions and definitions of each, added and removed
//! while it runs.

use crate::deploy::{done, file, refused, restart};
use crate::support::client::Phone;
use crate::support::proxy::{Proxy, Setup};
use std::path::Path;

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
            "cannot be loaded",
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
