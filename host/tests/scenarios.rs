//! The scenarios of the examples, in every language that they are written in: what `kemist test` plays.

#[path = "e2e/support/component.rs"]
mod component;

use component::{component, root};
use kemist::testing::{Project, Runner, Scenario, Subject};
use std::path::Path;

/// Plays a folder's scenarios with a component; each must pass.
fn play(folder: &str, module: &Path) {
    let project = Project::find(&root().join(folder), Some(module)).expect("the example has scenarios");
    let bytes = std::fs::read(module).expect("it was built");
    let subject = Subject::load(&bytes, module, &project.config, &project.config_file).expect("it is a routing module");
    let runner = Runner::new().expect("there is a thread to be had");
    let mut failures = Vec::new();
    for file in &project.scenarios {
        match Scenario::load(file) {
            Ok(scenario) => {
                let outcome = runner.run(&subject, &scenario);
                failures.extend(outcome.findings.iter().map(ToString::to_string));
            }
            Err(finding) => failures.push(finding.to_string()),
        }
    }
    assert!(failures.is_empty(), "{}: {failures:#?}", module.display());
}

/// The languages are the folders of the example.
#[test]
fn basic_in_every_language() {
    let folder = root().join("examples/basic");
    let languages = Project::find(&folder, None).expect("the example has scenarios").modules;
    assert!(languages.contains(&folder.join("rust")));
    for language in languages {
        let source = language.strip_prefix(root()).expect("it is in the repository");
        play("examples/basic", &component(&source.to_string_lossy()));
    }
}

#[test]
fn the_other_examples() {
    for folder in [
        "examples/serial-forking",
        "examples/parallel-forking",
        "examples/failover",
    ] {
        play(folder, &component(&format!("{folder}/rust")));
    }
}

/// What a scenario against the basic script says is wrong.
fn findings(text: &str) -> Vec<String> {
    let module = component("examples/basic/rust");
    let config = "alias = [\"localhost\"]\n[modules.htable.table]\nipban = {}\n";
    let bytes = std::fs::read(&module).expect("it was built");
    let subject = Subject::load(&bytes, &module, config, Path::new("kemist.toml")).expect("it is a routing module");
    let scenario = Scenario::parse(text, Path::new("t.toml")).expect("it can be read");
    let outcome = Runner::new().expect("a thread").run(&subject, &scenario);
    outcome.findings.iter().map(ToString::to_string).collect()
}

const OPTIONS: &str = "[[step]]\nreceive = \"OPTIONS sip:localhost\"\nfrom = \"sip:a@localhost\"\n";

#[test]
fn a_failure_says_what_was_expected_and_what_came() {
    for (steps, line) in [
        (
            "[[step]]\nexpect = 404\n",
            "t.toml:5: expected 404; sent were: 200 Keepalive (OPTIONS) to udp:192.0.2.10:5060",
        ),
        (
            "",
            "t.toml:2: sent, and no step expects it: 200 Keepalive (OPTIONS) to udp:192.0.2.10:5060",
        ),
        (
            "[[step]]\nexpect_nothing = true\n",
            "t.toml:5: sent, and no step expects it: 200 Keepalive (OPTIONS) to udp:192.0.2.10:5060",
        ),
        (
            "[[step]]\nexpect = 200\nreason = \"OK\"\n",
            "t.toml:6: 200 Keepalive (OPTIONS): reason: expected \"OK\", came \"Keepalive\"",
        ),
        (
            "[[step]]\nexpect = 200\nheaders.Contact = true\nheaders.Via = { count = 2 }\n",
            "t.toml:6: 200 Keepalive (OPTIONS): Contact: expected something, came nothing",
        ),
        (
            "[[step]]\nexpect = 200\nat = \"192.0.2.11\"\n",
            "t.toml:5: 200 Keepalive (OPTIONS): sent to: expected 192.0.2.11:5060, came udp:192.0.2.10:5060",
        ),
        (
            "[[step]]\nexpect = 200\ncalled = [{ name = \"KSR.sl.sl_send_reply\", args = [200, \"OK\"] }]\n",
            "t.toml:6: KSR.sl.sl_send_reply: no such call; called were: KSR.sl.sl_send_reply(200, \"Keepalive\") = 1",
        ),
        (
            "[[step]]\nexpect = 200\nnot_called = [\"KSR.sl\"]\n",
            "t.toml:6: KSR.sl: expected not to be called, but KSR.sl.sl_send_reply(200, \"Keepalive\") = 1 was",
        ),
        (
            "[[step]]\nexpect = 200\ncallbacks = [\"x\"]\n",
            "t.toml:6: callbacks: expected [\"x\"], came [\"ksr_request_route\"]",
        ),
        (
            "[[step]]\nexpect = 200\nheaders.To = { contains = \"{nonsense}\" }\n",
            "t.toml:6: 200 Keepalive (OPTIONS): To: expected {nonsense}: no such variable",
        ),
        (
            "[[step]]\nexpect = 200\n[[step]]\nreply = 180\n",
            "t.toml:7: no request was sent yet",
        ),
        (
            "[[step]]\nexpect = 200\n[finally]\nhtable.ipban.x = 1\nlocation.\"a@localhost\" = [\"sip:b\"]\n",
            "t.toml:8: location: a@localhost: expected 1 other contacts, came []",
        ),
    ] {
        let found = findings(&format!("{OPTIONS}{steps}"));
        assert!(
            found.first().is_some_and(|first| first.starts_with(line)),
            "{steps}: {found:#?}"
        );
    }
}

#[test]
fn what_is_set_up_wrongly_is_an_error_with_its_line() {
    for (setup, line) in [
        (
            "config.modules.tm.fr_timr = 1\n",
            "t.toml:1: config: modules.tm.fr_timr: unknown key",
        ),
        ("config.listen = []\n", "t.toml:1: config: listen: empty"),
        ("htable.other.x = 1\n", "t.toml:1: other: no such table"),
    ] {
        let found = findings(&format!("{setup}{OPTIONS}"));
        assert!(found.first().is_some_and(|first| first.starts_with(line)), "{found:#?}");
    }
    let found = findings("[[step]]\nreceive = \"OPTIONS\"\n");
    assert_eq!(found, ["t.toml:2: a new call needs from = \"sip:user@domain\""]);
    let tls = findings(&format!("{OPTIONS}source = \"tls:192.0.2.10\"\n"));
    assert!(
        tls[0].starts_with("t.toml:2: tls:192.0.2.10:5061 cannot reach us"),
        "{tls:#?}"
    );
}

#[test]
fn a_whole_message_and_saved_parts() {
    let text = r#"
[peers]
bob = "192.0.2.20:5066"

[location]
"bob@localhost" = "sip:bob@192.0.2.20:5066"

[addresses]
1 = "192.0.2.0/24"

[[step]]
receive = """
MESSAGE sip:bob@localhost SIP/2.0
v: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKmine
f: <sip:a@localhost>;tag=1
t: <sip:bob@localhost>
i: raw-{now}
CSeq: 7 MESSAGE
Max-Forwards: 9
c: text/plain

hello
"""

[[step]]
expect = "MESSAGE"
uri = "sip:bob@{bob}"
headers.Max-Forwards = 8
headers.call-id = "raw-1767268800"
body = "hello\r\n"
changed = ["uri", "via", "max-forwards"]
save.call = "i"
save.nonsense = { part = "via_branch", matches = "^z9hG4bK(.*)$" }

[[step]]
reply = """
SIP/2.0 200 Fine
v: {request.header.Via}
v: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKmine
f: <sip:a@localhost>;tag=1
t: <sip:bob@localhost>;tag=2
i: {call}
CSeq: {request.cseq} MESSAGE
"""

[[step]]
expect = 200
reason = "Fine"
headers.i = "{call}"
headers.v = ["SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKmine"]
"#;
    assert_eq!(findings(text), [""; 0]);
}
