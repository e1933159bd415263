//! What is kept for one tenant is nobody else's: canaries in every table, account, registration and variable
//! of two tenants and the operator, and a script that reaches for the others' by every function that takes a
//! name; then the same after a restart, a handover and the removal of a tenant.

use crate::deploy::restart;
use crate::handover::Successor;
use crate::support::client::{Phone, Received};
use crate::support::component::engines;
use crate::support::digest::{self, Algorithm};
use crate::support::proxy::{Proxy, Setup};
use serde_json::Value;
use std::fs;
use std::time::Duration;

/// Does what the header X-Do says, `module.function|argument|...` (numbers with `i:`), and answers with
/// what came of it.
const SCRIPT: &str = r#"
function ksr_request_route() {
    const [name, ...given] = KSR.pv.gete("$hdr(X-Do)").split("|");
    if (name === "relay") {
        KSR.pv.sets("$du", given[0]);
        KSR.tm.t_relay();
        return;
    }
    if (name === "suspend") {
        KSR.tm.t_newtran();
        KSR.pv.seti("$shv(index)", KSR.pv.get("$T(id_index)"));
        KSR.pv.seti("$shv(label)", KSR.pv.get("$T(id_label)"));
        KSR.tmx.t_suspend();
        return;
    }
    const args = given.map((arg) => arg.startsWith("i:") ? Number(arg.slice(2)) : arg);
    const [module, method] = name.split(".");
    let result;
    try {
        result = KSR[module][method](...args);
    } catch (error) {
        result = "error " + error;
    }
    KSR.sl.sl_send_reply(200, ("is " + result).replace(/[^ -~]/g, " "));
}

function continued() {
    KSR.tm.t_reply(202, KSR.pv.gete("$shv(go)"));
}
"#;

const ALL: [&str; 3] = ["localhost", "acme.example", "umbra.example"];

fn canary(domain: &str) -> String {
    format!("canary-{}", domain.split('.').next().unwrap_or_default())
}

/// A request of a domain that has its script do something.
fn request(phone: &Phone, method: &str, domain: &str, doing: &str) -> String {
    let own = phone.address();
    let extra = format!(
        "X-Do: {doing}\r\nContact: <sip:{}@{own}>\r\nExpires: 600\r\n",
        canary(domain)
    );
    let text = phone.request(method, &format!("sip:alice@{domain}"), "alice", "alice", &extra);
    text.replace("<sip:alice@localhost>", &format!("<sip:alice@{domain}>"))
}

/// What the script of a domain says that came of it.
fn done_by(proxy: &Proxy, method: &str, domain: &str, doing: &str) -> String {
    let phone = Phone::new(proxy.address);
    let reply = phone.ask(&request(&phone, method, domain, doing));
    let line = reply.text.lines().next().unwrap_or_default();
    let is = line.strip_prefix("SIP/2.0 200 is ");
    is.unwrap_or_else(|| panic!("{domain} {doing}: {}", reply.text))
        .to_owned()
}

fn does(proxy: &Proxy, domain: &str, doing: &str) -> String {
    done_by(proxy, "OPTIONS", domain, doing)
}

fn tenant(name: &str, module: &str) -> String {
    format!(
        "[tenant.{name}]\ndomains = [\"{name}.example\"]\nmodule = \"{module}\"\naddresses = [\"7 203.0.113.{}\"]\n\
         grants = [\"sl\", \"pv\", \"htable\", \"registrar\", \"auth\", \"auth_db\", \"permissions\", \"tm\", \"tmx\", \"pike\", \
         \"dst:127.0.0.0/8\"]\n[tenant.{name}.limits]\ndeadline = \"2s\"\ncpu = \"900ms\"\n",
        name.len()
    )
}

/// A proxy with two tenants, and a canary of each in everything that is kept.
fn planted() -> Proxy {
    engines();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.keep().join("route.js");
    fs::write(&script, SCRIPT).expect("a file of our own");
    let module = script.display().to_string();
    let tables = [
        "[modules.htable.table]\ncanary = {}\n".to_owned(),
        tenant("acme", &module),
        tenant("umbra", &module),
    ];
    let proxy = Setup::new(script)
        .routing("deadline = \"2s\"")
        .tables(&tables.concat())
        .start()
        .tenants_started();
    for domain in ALL {
        for user in ["alice".to_owned(), canary(domain)] {
            proxy.command(&["user", "add", &format!("{user}@{domain}"), "--password", "secret"]);
        }
        let value = canary(domain);
        assert_eq!(
            does(&proxy, domain, &format!("htable.sht_sets|canary|key|{value}")),
            "1"
        );
        assert_eq!(does(&proxy, domain, &format!("htable.sht_sets|canary|{value}|x")), "1");
        assert_eq!(does(&proxy, domain, &format!("pv.sets|$shv(canary)|{value}")), "true");
        assert_eq!(done_by(&proxy, "REGISTER", domain, "registrar.save|location|i:2"), "1");
    }
    proxy
}

/// Everybody has what was planted, and nothing else.
fn check(proxy: &Proxy, domain: &str) {
    let value = canary(domain);
    for (doing, expected) in [
        ("htable.sht_get|canary|key".to_owned(), &*value),
        (format!("htable.sht_get|canary|{value}"), "x"),
        ("htable.sht_cn|canary|re|canary".to_owned(), "1"),
        ("pv.get|$shv(canary)".to_owned(), &value),
        (format!("registrar.registered_uri|location|sip:alice@{domain}"), "1"),
        (
            format!("auth_db.is_subscriber|sip:{value}@{domain}|subscriber|i:1"),
            "1",
        ),
    ] {
        assert_eq!(does(proxy, domain, &doing), expected, "{domain}: {doing}");
    }
    check_kept(proxy, domain);
}

fn check_kept(proxy: &Proxy, domain: &str) {
    let words = ["rpc", "ul.dump", "--json"];
    let name = domain.split('.').next().unwrap_or_default();
    let dump = match domain {
        "localhost" => proxy.command(&words),
        _ => proxy.command(&[&words[..], &[&format!("tenant={name}")]].concat()),
    };
    let contacts = dump.matches("\"Address\"").count();
    assert!(contacts == 1 && dump.contains(&canary(domain)), "{domain}: {dump}");
}

#[test]
fn no_function_reaches_what_is_another_s() {
    let proxy = planted();
    ALL.iter().for_each(|domain| check(&proxy, domain));
    for (domain, others) in [
        ("acme.example", ["umbra.example", "localhost"]),
        ("umbra.example", ["acme.example", "localhost"]),
    ] {
        for other in others {
            reach_for(&proxy, domain, other);
            ALL.iter().for_each(|domain| check(&proxy, domain));
        }
        // all that it can do to a table, a variable, a registration, is done to its own
        for doing in [
            "htable.sht_rm_name_re|canary|.*",
            "htable.sht_rm_value_re|canary|.*",
            "htable.sht_rm|canary|key",
            "htable.sht_reset|canary",
            "pv.unset|$sht(canary=>key)",
            "pv.unset|$shv(canary)",
        ] {
            does(&proxy, domain, doing);
        }
        others.iter().for_each(|other| check(&proxy, other));
        let value = canary(domain);
        does(&proxy, domain, &format!("htable.sht_sets|canary|key|{value}"));
        does(&proxy, domain, &format!("htable.sht_sets|canary|{value}|x"));
        does(&proxy, domain, &format!("pv.sets|$shv(canary)|{value}"));
    }
    by_credentials(&proxy);
}

/// What `domain` tries to read or change of `other`'s.
fn reach_for(proxy: &Proxy, domain: &str, other: &str) {
    let value = canary(other);
    let group = "7".to_owned();
    let address = format!("203.0.113.{}", other.split('.').next().unwrap_or_default().len());
    for (doing, expected) in [
        (format!("htable.sht_get|canary|{value}"), "null"),
        (format!("htable.sht_match_name|canary|eq|{value}"), "-1"),
        (format!("htable.sht_match_str_value|canary|eq|{value}"), "-1"),
        (format!("htable.sht_cn|canary|re|{value}"), "0"),
        (format!("pv.get|$sht(canary=>{value})"), "null"),
        (format!("pv.get|$shtcn(canary=>~~{value})"), "0"),
        (format!("pv.get|$shtcv(canary=>~~{value})"), "0"),
        (format!("registrar.registered_uri|location|sip:alice@{other}"), "-1"),
        (format!("registrar.lookup_uri|location|sip:alice@{other}"), "-1"),
        (format!("registrar.unregister|location|sip:alice@{other}"), "-1"),
        (
            format!("auth_db.is_subscriber|sip:{value}@{other}|subscriber|i:0"),
            "-3",
        ),
        (
            format!("auth_db.is_subscriber|sip:{value}@{other}|subscriber|i:1"),
            "-3",
        ),
        (
            format!("auth_db.is_subscriber|sip:{value}@{domain}|subscriber|i:1"),
            "-3",
        ),
        (
            format!("auth_db.is_subscriber|sip:{value}@{other}|kemist_credentials|i:1"),
            "-1",
        ),
        (format!("auth_db.is_subscriber|sip:{value}@{other}|location|i:1"), "-1"),
        ("pv.get|$stat(rcv_requests)".to_owned(), "null"),
        ("pv.get|$env(PATH)".to_owned(), "null"),
        ("pv.get|$HN(f)".to_owned(), "null"),
    ] {
        assert_eq!(does(proxy, domain, &doing), expected, "{domain}: {doing}");
    }
    if other != "localhost" && address.len() != format!("203.0.113.{}", domain.len()).len() {
        let doing = format!("permissions.allow_address|i:{group}|{address}|i:5060");
        assert_eq!(does(proxy, domain, &doing), "-1", "{domain}: {doing}");
    }
    let save = format!("registrar.save_uri|location|i:2|sip:alice@{other}");
    assert_eq!(done_by(proxy, "REGISTER", domain, &save), "-1", "{domain}: {save}");
    // what is all of its own, whatever it names
    for doing in [
        "pv.get|$shv(canary)",
        "htable.sht_get|canary|key",
        "pv.get|$sht(canary=>key)",
    ] {
        assert_eq!(does(proxy, domain, doing), canary(domain), "{domain}: {doing}");
    }
}

/// A tenant challenges for another's realm: the right password of that one's user is of no use there.
fn by_credentials(proxy: &Proxy) {
    let ask = |domain: &str, realm: &str, user: &str| {
        let phone = Phone::new(proxy.address);
        let challenged = phone.ask(&request(
            &phone,
            "REGISTER",
            domain,
            &format!("auth.www_challenge|{realm}|i:0"),
        ));
        let challenge = digest::challenge(&challenged, Algorithm::Md5).unwrap_or_else(|| panic!("{}", challenged.text));
        let credentials =
            digest::authorization(&challenge, Algorithm::Md5, user, "secret", "REGISTER", "sip:localhost");
        let doing = format!("auth_db.www_authenticate|{realm}|subscriber\r\nAuthorization: {credentials}");
        let text = request(&phone, "REGISTER", domain, &doing);
        phone.ask(&text).text.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        ask("umbra.example", "umbra.example", "canary-umbra"),
        "SIP/2.0 200 is 1"
    );
    assert_eq!(
        ask("acme.example", "umbra.example", "canary-umbra"),
        "SIP/2.0 200 is -3"
    );
    assert_eq!(
        ask("acme.example", "localhost", "canary-localhost"),
        "SIP/2.0 200 is -3"
    );
}

#[test]
fn no_tenant_reaches_another_s_transaction() {
    let proxy = planted();
    let (caller, callee) = (Phone::new(proxy.address), Phone::new(proxy.address));
    let invite = request(
        &caller,
        "INVITE",
        "umbra.example",
        &format!("relay|sip:{}", callee.address()),
    );
    caller.send(invite.as_bytes());
    let ringing = callee.expect_request("INVITE");
    callee.answer(&ringing, "180 Ringing");
    let sent = Received { text: invite };
    let (id, cseq) = (sent.header("Call-ID").to_owned(), sent.header("CSeq").to_owned());
    let cseq = cseq.split(' ').next().unwrap_or_default();
    // at whichever worker it is: 1 where it was passed on, and found to be nobody's there
    for doing in [
        format!("tmx.t_reply_callid|{id}|{cseq}|i:486|Canary"),
        format!("tmx.t_cancel_callid|{id}|{cseq}|i:1"),
        format!("tmx.t_cancel_callid_reason|{id}|{cseq}|i:1|i:480"),
    ] {
        (0..4).for_each(|_| drop(does(&proxy, "acme.example", &doing)));
    }
    let own = format!("tmx.t_reply_callid|{id}|{cseq}|i:480|Own");
    assert_eq!(does(&proxy, "umbra.example", &own), "1");
    let answer = caller
        .ask_within(sent.text.as_bytes(), Duration::from_secs(20))
        .expect("an answer");
    assert!(answer.text.starts_with("SIP/2.0 480 Own"), "{}", answer.text);

    let waiting = Phone::new(proxy.address);
    let asleep = request(&waiting, "MESSAGE", "umbra.example", "suspend");
    waiting.send(asleep.as_bytes());
    let name = |part: &str| does(&proxy, "umbra.example", &format!("pv.get|$shv({part})"));
    while name("label") == "0" {
        std::thread::sleep(Duration::from_millis(10));
    }
    let doing = format!("tmx.t_continue|i:{}|i:{}|continued", name("index"), name("label"));
    does(&proxy, "umbra.example", "pv.sets|$shv(go)|early");
    (0..4).for_each(|_| drop(does(&proxy, "acme.example", &doing)));
    does(&proxy, "umbra.example", "pv.sets|$shv(go)|own");
    assert_eq!(does(&proxy, "umbra.example", &doing), "1");
    let answer = waiting
        .ask_within(asleep.as_bytes(), Duration::from_secs(20))
        .expect("an answer");
    assert!(answer.text.starts_with("SIP/2.0 202 own"), "{}", answer.text);
}

#[test]
fn registrations_and_accounts_outlast_a_restart_and_the_tenant() {
    let mut proxy = planted();
    restart(&mut proxy);
    ALL.iter().for_each(|domain| check_kept(&proxy, domain));
    for domain in ALL {
        let doing = format!("registrar.registered_uri|location|sip:alice@{domain}");
        assert_eq!(does(&proxy, domain, &doing), "1", "{domain}");
        does(&proxy, domain, &format!("pv.sets|$shv(canary)|{}", canary(domain)));
        does(
            &proxy,
            domain,
            &format!("htable.sht_sets|canary|key|{}", canary(domain)),
        );
    }
    let listed: Value = serde_json::from_str(&proxy.command(&["rpc", "tenant.list", "--json"])).expect("JSON");
    let acme = listed
        .as_array()
        .and_then(|all| all.iter().find(|of| of["name"] == "acme"));
    let mut definition = acme.expect("it is listed").clone();
    for key in ["name", "id", "from", "routing", "figures"] {
        definition.as_object_mut().expect("an object").remove(key);
    }

    proxy.command(&["rpc", "tenant.rm", "acme"]);
    // its requests are the operator's, and what was its own is gone
    let operator = canary("localhost");
    assert_eq!(does(&proxy, "acme.example", "pv.get|$shv(canary)"), operator);
    assert_eq!(does(&proxy, "acme.example", "htable.sht_cn|canary|re|."), "1");
    check_kept(&proxy, "localhost");
    let refused = proxy.try_command(&["rpc", "ul.dump", "tenant=acme"]);
    assert!(!refused.status.success());
    restart(&mut proxy);
    check_kept(&proxy, "localhost");

    proxy.command(&["rpc", "tenant.rm", "acme"]);
    proxy.command(&["rpc", "tenant.add", "acme", &definition.to_string()]);
    assert_eq!(does(&proxy, "acme.example", "pv.get|$shv(canary)"), "0");
    assert_eq!(does(&proxy, "acme.example", "htable.sht_get|canary|key"), "null");
    assert_eq!(
        does(
            &proxy,
            "acme.example",
            "registrar.registered_uri|location|sip:alice@acme.example"
        ),
        "1"
    );
    assert_eq!(
        does(
            &proxy,
            "acme.example",
            "auth_db.is_subscriber|sip:alice@acme.example|subscriber|i:1"
        ),
        "1"
    );
    ALL.iter().for_each(|domain| check_kept(&proxy, domain));
}

#[test]
fn a_handover_takes_each_tenants_state_to_the_same_tenant() {
    let proxy = planted();
    let definition = r#"{"domains": ["late.example"], "grants": ["sl", "pv"]}"#;
    proxy.command(&["rpc", "tenant.add", "late", definition]);
    proxy.command(&["rpc", "pv.shvSet", "canary", "str", "canary-late", "late"]);
    let successor = Successor::serving(&proxy, "second");
    ALL.iter().for_each(|domain| check(&proxy, domain));
    let late = proxy.command(&["rpc", "pv.shvGet", "canary", "late"]);
    assert!(late.contains("canary-late"), "{late}");
    assert!(!proxy.command(&["rpc", "pv.shvGet"]).contains("canary-late"));
    drop(successor);
}
