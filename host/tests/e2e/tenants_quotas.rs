//! Tenants over each of their quotas, and their breakers: the neighbour notices nothing, the log says it once.

use crate::deploy::{done, file};
use crate::support::client::{Phone, Received};
use crate::support::proxy::{Proxy, Setup};
use crate::support::small::{calling, trapping};
use serde_json::Value;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::time::{Duration, Instant};

const REPLY: &str = "(drop (call $reply (i32.const 200) (i32.const 256) (i32.const 2)))";
const WELL: &str = "(i32.const 128)";
const LOOP: &str = "(loop $l (br $l)) unreachable";
const GRANTS: &str = r#"grants = ["sl", "tm", "core", "corex", "registrar", "dst:127.0.0.0/8"]"#;

/// `[tenant.NAME]` for the domain NAME.example, with limits or other lines below it.
fn tenant(folder: &Path, name: &str, module: &[u8], lines: &str) -> String {
    let path = folder.join(format!("{name}.wasm"));
    fs::write(&path, module).expect("a file of our own");
    let path = path.display();
    format!("[tenant.{name}]\ndomains = [\"{name}.example\"]\nmodule = \"{path}\"\n{GRANTS}\n{lines}\n")
}

fn limited(folder: &Path, name: &str, module: &[u8], limits: &str) -> String {
    tenant(folder, name, module, &format!("[tenant.{name}.limits]\n{limits}"))
}

fn neighbour(folder: &Path) -> String {
    let path = file(folder, "neighbour");
    let path = path.display();
    format!("[tenant.neighbour]\ndomains = [\"neighbour.example\"]\nmodule = \"{path}\"\ngrants = [\"sl\"]\n")
}

fn started(folder: &Path, tables: &[String], more: &str) -> Proxy {
    let tables = [&*tables.concat(), &neighbour(folder), more].concat();
    // what is compiled after the start gets 503 until then
    Setup::new(file(folder, "Operator"))
        .tables(&tables)
        .start()
        .tenants_started()
}

/// A request to a tenant, on its way.
fn request(phone: &Phone, method: &str, name: &str) -> String {
    let own = phone.address();
    let contact = format!("Contact: <sip:x@{own}>\r\n");
    let request = phone.request(method, &format!("sip:x@{name}.example"), "x", "x", &contact);
    request.replace("x@localhost", &format!("x@{name}.example"))
}

fn ask(proxy: &Proxy, method: &str, name: &str) -> Received {
    let phone = Phone::new(proxy.address);
    phone.ask(&request(&phone, method, name))
}

fn first_line(reply: &Received) -> &str {
    reply.text.lines().next().unwrap_or_default()
}

fn neighbour_is_well(proxy: &Proxy) {
    for _ in 0..5 {
        assert_eq!(first_line(&ask(proxy, "OPTIONS", "neighbour")), "SIP/2.0 200 neighbour");
    }
}

/// Lines of the log that name a tenant and a limit.
fn told(proxy: &Proxy, name: &str, limit: &str) -> usize {
    let (name, limit) = (format!("tenant=\"{name}\""), format!("limit=\"{limit}\""));
    let log = proxy.log();
    log.lines()
        .filter(|line| line.contains(&name) && line.contains(&limit))
        .count()
}

fn row(proxy: &Proxy, name: &str) -> Value {
    let rows: Value = serde_json::from_str(&proxy.command(&["rpc", "tenant.list", name])).expect("JSON");
    rows[0].clone()
}

fn metric(proxy: &Proxy, name: &str, tenant: &str) -> f64 {
    let figure = &row(proxy, tenant)["figures"][name];
    figure.as_f64().unwrap_or_else(|| panic!("{name}: {figure}"))
}

fn with_reply(imports: &str, before: &str) -> Vec<u8> {
    calling(
        imports,
        r#"(data (i32.const 256) "ok")"#,
        &format!("{before} {REPLY} {WELL}"),
    )
}

/// The tenant's own requests get 503 with Retry-After by this limit, told once, and the neighbour's do not.
fn refused(proxy: &Proxy, name: &str, limit: &str) {
    let last = (0..20)
        .map(|_| ask(proxy, "OPTIONS", name))
        .find(|reply| reply.status() == 503)
        .unwrap_or_else(|| panic!("{name}: never over quota"));
    assert!(!last.header("Retry-After").is_empty(), "{}", last.text);
    neighbour_is_well(proxy);
    assert_eq!(told(proxy, name, limit), 1, "{name} {limit}");
}

#[test]
fn what_a_callback_does_too_much_of_costs_its_own_request() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let flag = r#"(import "kemi:ksr/core@0.1.0" "setflag" (func $flag (param i32) (result i32)))"#;
    let calls = calling(
        flag,
        "",
        "(loop $l (drop (call $flag (i32.const 1))) (br $l)) unreachable",
    );
    let grows = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable";
    let tables = [
        limited(
            folder,
            "calls",
            &calls,
            "host_calls = 100\ndeadline = \"2s\"\ncpu = \"10s\"",
        ),
        limited(folder, "total", &with_reply("", ""), "memory_total = \"32KiB\""),
        limited(folder, "grows", &calling("", "", grows), "memory = \"1MiB\""),
        limited(
            folder,
            "loops",
            &calling("", "", LOOP),
            "deadline = \"5ms\"\ncpu = \"1s\"",
        ),
        "[tenants]\nbreaker = 0\n".to_owned(),
    ];
    let proxy = started(folder, &tables, "");
    refused(&proxy, "calls", "host_calls");
    refused(&proxy, "total", "memory_total");
    for (name, limit) in [("grows", "memory"), ("loops", "deadline")] {
        assert_eq!(ask(&proxy, "OPTIONS", name).status(), 500, "{name}");
        assert_eq!(told(&proxy, name, limit), 1, "{}", proxy.log());
        neighbour_is_well(&proxy);
    }
    // a hundred failures are a few lines, and leave the others' lines in place
    for _ in 0..100 {
        ask(&proxy, "OPTIONS", "grows");
    }
    assert!(told(&proxy, "grows", "memory") < 60);
    assert_eq!(ask(&proxy, "OPTIONS", "loops").status(), 500);
    assert_eq!(told(&proxy, "loops", "deadline"), 2);
    let figures = &row(&proxy, "grows")["figures"];
    assert_eq!(
        (&figures["requests"], &figures["faults"]["trap"]),
        (&101.into(), &101.into())
    );
    assert_eq!(figures["memory"], 0);
}

#[test]
fn what_waits_is_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    // a name server that never answers
    let names = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
    let dns = names.local_addr().expect("it is bound");
    let dns = format!("[dns]\nservers = [\"{dns}\"]\ntimeout = \"30s\"\n");
    let forward = r#"(import "kemi:ksr/core@0.1.0" "forward-uri" (func $f (param i32 i32) (result i32)))"#;
    let waits = calling(
        forward,
        r#"(data (i32.const 256) "sip:waits.example")"#,
        "(drop (call $f (i32.const 256) (i32.const 17))) (i32.const 128)",
    );
    let tables = [
        limited(folder, "suspends", &waits, "suspended = 2"),
        limited(folder, "places", &waits, "instances = 2"),
    ];
    let proxy = started(folder, &tables, &dns);
    for (name, limit) in [("suspends", "suspended"), ("places", "instances")] {
        let phone = Phone::new(proxy.address);
        (0..2).for_each(|_| phone.send(request(&phone, "OPTIONS", name).as_bytes()));
        let limit_of_time = Instant::now() + Duration::from_secs(10);
        while metric(&proxy, "suspended", name) < 2.0 {
            assert!(Instant::now() < limit_of_time, "{}", row(&proxy, name));
        }
        refused(&proxy, name, limit);
        assert_eq!(metric(&proxy, "instances", name), 2.0);
    }
}

#[test]
fn what_goes_out_and_what_stays_is_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let phone = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
    phone
        .set_read_timeout(Some(Duration::from_millis(300)))
        .expect("a time");
    let target = format!("sip:x@{}", phone.local_addr().expect("it is bound"));
    let (uri, length) = (
        format!(r#"(data (i32.const 256) "ok") (data (i32.const 512) "{target}")"#),
        target.len(),
    );
    let text = format!("(i32.const 512) (i32.const {length})");
    let import = |module: &str, name: &str, as_: &str, params: usize| {
        let params = "i32 ".repeat(params);
        format!(r#"(import "kemi:ksr/{module}@0.1.0" "{name}" (func ${as_} (param {params}) (result i32)))"#)
    };
    let relay = import("tm", "t-relay", "relay", 0).replace("(param )", "");
    let seturi = import("core", "seturi", "seturi", 2);
    let to_phone = format!("(drop (call $seturi {text}))");
    let branch = import("corex", "append-branch-uri", "branch", 2);
    let uac = import("tm", "t-uac-send", "uac", 12);
    let save = import("registrar", "save", "save", 3);
    let forked = calling(
        &[&*relay, &branch, &seturi].concat(),
        &uri,
        &format!(
            "{to_phone} {} (drop (call $relay)) {WELL}",
            format!("(drop (call $branch {text}))").repeat(5)
        ),
    );
    let empty = "(i32.const 512) (i32.const 0)";
    let options = r#"(data (i32.const 800) "OPTIONS")"#;
    let sends = format!("(drop (call $uac (i32.const 800) (i32.const 7) {text} {empty} {empty} {empty} {empty}))");
    let own = calling(
        &uac,
        &[&*uri, options].concat(),
        &format!("{} {REPLY} {WELL}", sends.repeat(8)),
    );
    let saves = format!("(drop (call $save {empty} (i32.const 0))) {WELL}");
    let registers = calling(&save, &uri, &saves);
    let relays = calling(
        &[&*relay, &branch, &seturi].concat(),
        &uri,
        &format!("{to_phone} (drop (call $relay)) {WELL}"),
    );
    let err = r#"(import "kemi:ksr/core@0.1.0" "err" (func $err (param i32 i32)))"#;
    let shouts = "(local.set $n (i32.const 100)) (loop $l (call $err (i32.const 512) (i32.const 200))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))";
    let loud = calling(
        err,
        &format!(
            r#"(data (i32.const 256) "ok") (data (i32.const 512) "{}")"#,
            "loudly".repeat(40)
        ),
        &format!("{shouts} {REPLY} {WELL}"),
    );
    let tables = [
        limited(folder, "forks", &forked, "branches = 3"),
        limited(folder, "sends", &own, "requests = 3"),
        limited(folder, "saves", &registers, "bindings = 2"),
        limited(folder, "opens", &relays, "transactions = 3"),
        limited(folder, "shouts", &loud, "log = \"2KiB\""),
        limited(folder, "many", &with_reply("", ""), "messages = 5"),
    ];
    let proxy = started(folder, &tables, "");
    let mut seen = std::collections::BTreeSet::new();
    let mut arrived = || {
        let (mut buffer, before) = ([0; 65_536], seen.len());
        while let Ok((length, _)) = phone.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let via = text.lines().find(|line| line.starts_with("Via:")).unwrap_or_default();
            // some come again
            seen.insert(via.to_owned());
        }
        seen.len() - before
    };

    refused(&proxy, "many", "messages");

    let sender = Phone::new(proxy.address);
    sender.send(request(&sender, "OPTIONS", "forks").as_bytes());
    assert_eq!(arrived(), 3);
    assert_eq!(told(&proxy, "forks", "branches"), 1, "{}", proxy.log());

    assert_eq!(ask(&proxy, "OPTIONS", "sends").status(), 200);
    assert_eq!(arrived(), 3);
    assert_eq!(told(&proxy, "sends", "requests"), 1);
    assert_eq!(metric(&proxy, "open_transactions", "sends"), 3.0);

    let register = |n: usize| {
        let sender = Phone::new(proxy.address);
        let text = request(&sender, "REGISTER", "saves");
        sender.ask(
            &text
                .replacen("sip:x@", "sip:", 1)
                .replace("x@saves", &format!("u{n}@saves")),
        )
    };
    assert_eq!((register(1).status(), register(2).status()), (200, 200));
    let third = register(3);
    assert_eq!((third.status(), third.header("Retry-After")), (503, "60"));
    assert_eq!(told(&proxy, "saves", "bindings"), 1);
    assert_eq!(metric(&proxy, "bindings", "saves"), 2.0);

    assert_eq!(ask(&proxy, "OPTIONS", "shouts").status(), 200);
    let shouted = proxy.log().lines().filter(|line| line.contains("loudly")).count();
    assert!((1..10).contains(&shouted), "{shouted}");
    assert!(
        proxy
            .log()
            .lines()
            .any(|line| line.contains("loudly") && line.contains("tenant=\"shouts\""))
    );
    assert_eq!(told(&proxy, "shouts", "log"), 1);

    for _ in 0..3 {
        sender.send(request(&sender, "OPTIONS", "opens").as_bytes());
    }
    let limit = Instant::now() + Duration::from_secs(10);
    while metric(&proxy, "open_transactions", "opens") < 3.0 {
        assert!(Instant::now() < limit, "{}", row(&proxy, "opens"));
    }
    refused(&proxy, "opens", "transactions");
    neighbour_is_well(&proxy);
}

#[test]
fn a_tenant_stays_within_its_processor_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let module = calling("", "", LOOP);
    let tables = [
        limited(folder, "loops", &module, "cpu = \"200ms\""),
        "[tenants]\nbreaker = 0\n".to_owned(),
    ];
    let proxy = started(folder, &tables, "");
    assert_eq!(ask(&proxy, "OPTIONS", "loops").status(), 500);
    let (begun, before) = (Instant::now(), metric(&proxy, "cpu_seconds", "loops"));
    let phone = Phone::new(proxy.address);
    let mut refused = 0u32;
    while begun.elapsed() < Duration::from_secs(4) {
        for _ in 0..4 {
            phone.send(request(&phone, "OPTIONS", "loops").as_bytes());
        }
        while let Some(reply) = phone.receive(Duration::from_millis(5)) {
            refused += u32::from(reply.status() == 503);
        }
    }
    let used = metric(&proxy, "cpu_seconds", "loops") - before;
    let quota = begun.elapsed().as_secs_f64() * 0.2;
    assert!(used <= quota * 1.2, "{used} s of {quota} s");
    assert!(used >= quota * 0.3, "it has had what is its own: {used} s of {quota} s");
    assert!(refused > 0);
    assert!((1..=2).contains(&told(&proxy, "loops", "cpu")), "{}", proxy.log());
    neighbour_is_well(&proxy);
    let text = proxy.command(&["rpc", "tenant.list", "loops"]);
    assert!(text.contains("\"cpu\""), "{text}");
}

#[test]
fn who_deploys_again_and_again_is_refused_and_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    // what runs where it is loaded is paid for like a callback
    let starts = r#"(func $busy (local $n i32) (local.set $n (i32.const 200000000)) (loop $l
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))  (start $busy)"#;
    let tables = [
        limited(folder, "often", &with_reply("", ""), "deploys = 2"),
        limited(folder, "slow", &with_reply("", ""), "cpu = \"20ms\""),
    ];
    let proxy = started(folder, &tables, "");
    let deploy = |name: &str, module: &Path| {
        let module = module.display().to_string();
        let output = proxy.try_command(&["deploy", &module, "--tenant", name]);
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    };
    let module = |reason: &str| file(folder, reason);
    assert_eq!(deploy("often", &module("One")), Ok(()));
    assert_eq!(deploy("often", &module("Two")), Ok(()));
    let line = deploy("often", &module("Three")).expect_err("the third in a minute");
    assert!(
        line.contains("tenant often is over its quota of deploys; try again in "),
        "{line}"
    );
    assert!(deploy("often", &module("Three")).is_err());
    assert_eq!(told(&proxy, "often", "deploys"), 1, "{}", proxy.log());
    assert_eq!(row(&proxy, "often")["figures"]["limited"]["deploys"], 2);
    assert_eq!(first_line(&ask(&proxy, "OPTIONS", "often")), "SIP/2.0 200 Two");
    proxy.command(&["rollback", "--tenant", "often"]);
    assert_eq!(first_line(&ask(&proxy, "OPTIONS", "often")), "SIP/2.0 200 One");
    let history = proxy.command(&["versions", "--tenant", "often", "--history"]);
    assert!(
        !history.contains("Three"),
        "a refusal for a quota is not kept: {history}"
    );
    assert_eq!(deploy("neighbour", &module("neighbour-2")), Ok(()));

    let busy = folder.join("busy.wasm");
    fs::write(&busy, calling("", starts, WELL)).expect("a file of our own");
    // it is loaded or takes too long: its time is used up either way
    deploy("slow", &busy).ok();
    let line = deploy("slow", &module("Three")).expect_err("it has a debt");
    assert!(
        line.contains("tenant slow is over its quota of cpu; try again in "),
        "{line}"
    );
    assert!(metric(&proxy, "cpu_seconds", "slow") > 0.02);
}

/// Traps on MESSAGE, answers everything else.
fn moody() -> Vec<u8> {
    calling(
        r#"(import "kemi:ksr/core@0.1.0" "is-method" (func $is (param i32 i32) (result i32)))"#,
        r#"(data (i32.const 256) "ok") (data (i32.const 512) "MESSAGE")"#,
        &format!("(if (call $is (i32.const 512) (i32.const 7)) (then unreachable)) {REPLY} {WELL}"),
    )
}

/// Has a tenant's callbacks fail until its breaker is open.
fn break_it(proxy: &Proxy, name: &str) {
    for _ in 0..3 {
        assert_eq!(ask(proxy, "MESSAGE", name).status(), 500);
    }
    let opened = || {
        let row = row(proxy, name);
        row["figures"]["breaker_openings"].as_u64() > Some(0)
            && (row["figures"]["breaker"]["state"] != "closed" || row["routing"]["version"].is_string())
    };
    let limit = Instant::now() + Duration::from_secs(10);
    while !opened() {
        assert!(Instant::now() < limit, "{}", row(proxy, name));
    }
}

fn until(proxy: &Proxy, name: &str, state: &str) {
    let limit = Instant::now() + Duration::from_secs(20);
    while row(proxy, name)["figures"]["breaker"]["state"] != state {
        assert!(Instant::now() < limit, "{}", row(proxy, name));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn faults_in_a_row_open_the_breaker_until_a_request_goes_well() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let tables = [
        "[tenants]\nbreaker = 3\nrest = \"1500ms\"\n".to_owned(),
        tenant(folder, "plain", &moody(), "fallback = \"default\""),
        tenant(folder, "shut", &moody(), "fallback = \"503\""),
        tenant(folder, "alone", &moody(), "fallback = \"previous\""),
    ];
    let mut proxy = started(folder, &tables, "");
    for (name, meanwhile) in [
        ("plain", "SIP/2.0 200 Operator"),
        ("shut", "SIP/2.0 503 Service Unavailable"),
        ("alone", "SIP/2.0 503 Service Unavailable"),
    ] {
        assert_eq!(first_line(&ask(&proxy, "OPTIONS", name)), "SIP/2.0 200 ok");
        break_it(&proxy, name);
        assert_eq!(
            first_line(&ask(&proxy, "OPTIONS", name)),
            meanwhile,
            "{}",
            row(&proxy, name)
        );
        neighbour_is_well(&proxy);
        // a fault opens it again at once
        until(&proxy, name, "trying");
        assert_eq!(ask(&proxy, "MESSAGE", name).status(), 500);
        until(&proxy, name, "open");
        until(&proxy, name, "trying");
        assert_eq!(first_line(&ask(&proxy, "OPTIONS", name)), "SIP/2.0 200 ok");
        until(&proxy, name, "closed");
        assert_eq!(ask(&proxy, "MESSAGE", name).status(), 500);
        assert_eq!(first_line(&ask(&proxy, "OPTIONS", name)), "SIP/2.0 200 ok");
        let log = proxy.log();
        let lines = |what: &str| {
            let tenant = format!("tenant=\"{name}\"");
            log.lines()
                .filter(|line| line.contains(&tenant) && line.contains(what))
                .count()
        };
        assert_eq!(
            (lines("breaker open: 3 callbacks failed"), lines("breaker open again")),
            (1, 1),
            "{log}"
        );
        assert_eq!(
            (lines("the next request is tried"), lines("breaker closed")),
            (2, 1),
            "{log}"
        );
    }
    // a deploy closes it
    break_it(&proxy, "shut");
    let next = file(folder, "Next").display().to_string();
    done(&proxy, &["deploy", &next, "--tenant", "shut", "--json"]);
    assert_eq!(first_line(&ask(&proxy, "MESSAGE", "shut")), "SIP/2.0 200 Next");
    assert_eq!(row(&proxy, "shut")["figures"]["breaker"]["state"], "closed");
    assert!(proxy.stop("-TERM").success());
}

#[test]
fn the_version_before_takes_over_where_the_breaker_opens() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let tables = [
        "[tenants]\nbreaker = 3\n".to_owned(),
        tenant(folder, "acme", &with_reply("", ""), "fallback = \"previous\""),
    ];
    let proxy = started(folder, &tables, "");
    let bad = folder.join("bad.wasm");
    fs::write(&bad, trapping()).expect("a file of our own");
    let bad = bad.display().to_string();
    done(&proxy, &["deploy", &bad, "--tenant", "acme", "--json"]);
    for _ in 0..3 {
        assert_eq!(ask(&proxy, "OPTIONS", "acme").status(), 500);
    }
    let limit = Instant::now() + Duration::from_secs(10);
    while ask(&proxy, "OPTIONS", "acme").status() != 200 {
        assert!(Instant::now() < limit, "{}", proxy.log());
    }
    assert_eq!(row(&proxy, "acme")["figures"]["breaker"]["state"], "closed");
    let history = done(&proxy, &["versions", "--tenant", "acme", "--history", "--json"]);
    let last = &history[0];
    assert_eq!(
        (&last["action"], &last["from"]),
        (&"rollback".into(), &"breaker".into()),
        "{history}"
    );
    let reason = last["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("3 callbacks failed in a row"), "{reason}");
    neighbour_is_well(&proxy);
}
