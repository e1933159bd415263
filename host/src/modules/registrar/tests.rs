//! REGISTER and lookup through the functions, on an empty store.

use super::*;
use crate::route::{Kind, testing};
use kemist_sip::ConnectionId;

/// A REGISTER of alice with these Contact (and further) lines.
fn register(cseq: u32, lines: &str) -> Route {
    testing::route(
        Kind::Request,
        &format!(
            "REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKr\r\n\
             From: <sip:alice@localhost>;tag=1\r\nTo: <sip:alice@localhost>\r\nCall-ID: r1\r\n\
             CSeq: {cseq} REGISTER\r\n{lines}Content-Length: 0\r\n\r\n"
        ),
    )
}

fn save(cseq: u32, lines: &str) -> i32 {
    register(cseq, lines).save("location".into(), 0)
}

/// Changes the parameters of the core that was just installed.
fn configure(f: impl FnOnce(&mut crate::modules::Configs)) {
    core::with(|core| {
        f(&mut std::sync::Arc::get_mut(&mut core.shared)
            .expect("nobody else has it yet")
            .modules)
    });
}

fn answer() -> String {
    let sent = testing::sent().pop().expect("an answer");
    String::from_utf8_lossy(&sent.bytes).into_owned()
}

fn lines_of(text: &str, name: &str) -> Vec<String> {
    text.lines()
        .filter(|line| line.starts_with(name))
        .map(str::to_owned)
        .collect()
}

fn invite() -> Route {
    testing::route(
        Kind::Request,
        &testing::INVITE.replace("sip:bob@localhost SIP", "sip:alice@localhost SIP"),
    )
}

#[test]
fn a_binding_is_added_refreshed_and_removed() {
    testing::install();
    let contact = "Contact: <sip:alice@192.0.2.10:5062>;q=0.5\r\nExpires: 600\r\n";
    assert_eq!(save(1, contact), 1);
    let text = answer();
    assert!(text.starts_with("SIP/2.0 200 OK\r\n"), "{text}");
    assert_eq!(
        lines_of(&text, "Contact"),
        ["Contact: <sip:alice@192.0.2.10:5062>;expires=600;q=0.500"]
    );
    assert_eq!(save(2, contact), 2);
    assert_eq!(save(3, ""), 4);
    assert_eq!(lines_of(&answer(), "Contact").len(), 1);
    assert_eq!(invite().registered("location".into()), 1);
    assert_eq!(save(4, "Contact: <sip:alice@192.0.2.10:5062>;expires=0\r\n"), 3);
    assert!(lines_of(&answer(), "Contact").is_empty());
    assert_eq!(invite().registered("location".into()), -1);
    assert_eq!(save(5, "Contact: <sip:a@192.0.2.10>, <sip:b@192.0.2.10>\r\n"), 1);
    assert_eq!(lines_of(&answer(), "Contact").len(), 2);
    assert_eq!(save(6, "Contact: *\r\nExpires: 0\r\n"), 3);
    assert_eq!(invite().lookup("location".into()), -1);
}

#[test]
fn times_are_bounded() {
    testing::install();
    configure(|modules| modules.registrar.max_expires = std::time::Duration::from_secs(3600));
    assert_eq!(save(1, "Contact: <sip:b@192.0.2.10>;expires=5\r\n"), 1);
    assert!(answer().contains(";expires=60"), "lengthened");
    configure(|modules| modules.registrar.min_expires_mode = 1);
    assert_eq!(save(1, "Contact: <sip:a@192.0.2.10>;expires=5\r\n"), -1);
    let text = answer();
    assert!(
        text.starts_with("SIP/2.0 423 Interval Too Brief\r\n") && text.contains("Min-Expires: 60\r\n"),
        "{text}"
    );
    assert_eq!(save(2, "Contact: <sip:a@192.0.2.10>;expires=99999999999\r\n"), 1);
    assert!(answer().contains(";expires=3600"));
    assert_eq!(save(3, "Contact: <sip:a@192.0.2.10>;expires=soon\r\n"), 2);
    assert!(answer().contains(";expires=3600"), "a malformed time is the default");
    core::with(|core| core.unix += 3600);
    assert_eq!(invite().lookup("location".into()), -1, "it has expired");
}

#[test]
fn bad_contacts_are_400_and_change_nothing() {
    testing::install();
    assert_eq!(save(1, "Contact: <sip:a@192.0.2.10>\r\n"), 1);
    answer();
    let bad = [
        "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\r\n",
        "Contact: *\r\n",
        "Contact: *, <sip:b@192.0.2.10>\r\nExpires: 0\r\n",
        "Contact: <sip:b@192.0.2.10>;q=7\r\n",
        "Contact: <sip:b@192.0.2.10>, <name:John_Smith>\r\n",
        "Contact: <sip:b@192.0.2.10\r\n",
    ];
    for (i, lines) in bad.iter().enumerate() {
        assert_eq!(save(10 + i as u32, lines), -1, "{lines}");
        let text = answer();
        assert!(text.starts_with("SIP/2.0 400 "), "{lines}: {text}");
    }
    assert_eq!(save(30, ""), 4);
    assert_eq!(lines_of(&answer(), "Contact").len(), 1);
    let mut route = register(31, "Contact: <sip:a@192.0.2.10>\r\n");
    assert_eq!(route.save_uri("location".into(), 0, "name:John_Smith".into()), -1);
    assert!(route.decided.replied);
}

#[test]
fn an_older_request_changes_nothing_and_a_retransmission_neither() {
    testing::install();
    assert_eq!(save(5, "Contact: <sip:a@192.0.2.10>\r\n"), 1);
    assert_eq!(
        save(5, "Contact: <sip:a@192.0.2.10>;expires=0\r\n"),
        0,
        "a retransmission"
    );
    assert!(answer().starts_with("SIP/2.0 200 "));
    assert_eq!(save(4, "Contact: <sip:a@192.0.2.10>;expires=0\r\n"), -1);
    assert!(answer().starts_with("SIP/2.0 500 "));
    assert_eq!(invite().registered("location".into()), 1);
}

#[test]
fn lookup_rewrites_the_request_and_forks() {
    testing::install();
    let mut first = register(
        1,
        "Contact: <sip:a@10.0.0.1:5070;transport=tcp>;q=0.9\r\nAllow: INVITE, ACK\r\n",
    );
    first.bflags = 1 << 6;
    first.source.connection = Some(ConnectionId(7));
    first.set_received("sip:192.0.2.10:4711;transport=tcp".into());
    assert_eq!(first.save("location".into(), 2), 1);
    assert!(testing::sent().is_empty(), "flag 2 sends no reply");
    assert_eq!(
        save(
            2,
            "Contact: <sip:b@192.0.2.11?Route=%3Csip:x%3E>;q=0.1\r\nPath: <sip:edge.example.net;lr>\r\n"
        ),
        1
    );
    let mut route = invite();
    assert_eq!(route.lookup("location".into()), 1);
    assert_eq!(route.request_uri(), b"sip:a@10.0.0.1:5070;transport=tcp");
    assert_eq!(
        route.dst_uri.as_deref(),
        Some(&b"sip:192.0.2.10:4711;transport=tcp"[..])
    );
    assert_eq!((route.bflags, route.connection), (1 << 6, Some(ConnectionId(7))));
    assert_eq!(route.branches.len(), 1);
    assert_eq!(&route.branches[0].uri[..], b"sip:b@192.0.2.11");
    assert!(route.ruid.starts_with(b"uloc-") && route.ruid != route.branches[0].ruid);
    assert_eq!(route.unregister("location".into(), "sip:alice@localhost".into()), 1);
    assert_eq!(route.unregister("location".into(), "sip:alice@localhost".into()), -3);
    assert_eq!(route.unregister("location".into(), "sip:localhost".into()), -1);
}

#[test]
fn one_contact_only_replaces_the_others() {
    testing::install();
    assert_eq!(save(1, "Contact: <sip:a@192.0.2.10>\r\n"), 1);
    assert_eq!(
        register(2, "Contact: <sip:b@192.0.2.10>\r\n").save("location".into(), 4),
        1
    );
    assert_eq!(
        lines_of(&answer(), "Contact"),
        ["Contact: <sip:b@192.0.2.10>;expires=3600"]
    );
}

#[test]
fn path_is_kept_as_configured() {
    testing::install();
    configure(|modules| modules.registrar.use_path = true);
    let lines = "Contact: <sip:a@10.0.0.1>\r\nPath: <sip:edge.example.net;lr>\r\nPath: <sip:192.0.2.9;lr>\r\n";
    assert_eq!(save(1, lines), -1);
    let text = answer();
    assert!(
        text.starts_with("SIP/2.0 420 Bad Extension\r\n") && text.contains("Unsupported: path\r\n"),
        "{text}"
    );
    assert_eq!(save(2, &format!("Supported: outbound, path\r\n{lines}")), 1);
    assert!(answer().contains("\r\nPath: <sip:edge.example.net;lr>, <sip:192.0.2.9;lr>\r\n"));
    let mut route = invite();
    assert_eq!(route.lookup("location".into()), 1);
    assert_eq!(route.dst_uri.as_deref(), Some(&b"sip:edge.example.net;lr"[..]));
    assert_eq!(
        route.path.as_deref(),
        Some(&b"<sip:edge.example.net;lr>, <sip:192.0.2.9;lr>"[..])
    );
}

#[test]
fn the_received_address_may_be_an_avp() {
    testing::install();
    configure(|modules| {
        modules.nathelper.received_avp = Some("$avp(RECEIVED)".into());
        modules.registrar.received_avp = Some("RECEIVED".into());
    });
    let mut route = register(1, "Contact: <sip:a@10.0.0.1>\r\n");
    route.set_received("sip:192.0.2.10:4711".into());
    assert_eq!(
        route.pv_get("$avp(RECEIVED)"),
        crate::route::Value::Str("sip:192.0.2.10:4711".into())
    );
    assert!(route.pv_set("$avp(RECEIVED)", crate::route::Value::Str("sip:192.0.2.10:4712".into())));
    assert_eq!(route.save("location".into(), 0), 1);
    let mut route = invite();
    assert_eq!(route.lookup("location".into()), 1);
    assert_eq!(route.dst_uri.as_deref(), Some(&b"sip:192.0.2.10:4712"[..]));
}

#[test]
fn contacts_that_do_not_take_the_method_are_passed_over() {
    testing::install();
    configure(|modules| {
        modules.registrar.method_filtering = true;
        modules.registrar.max_contacts = 1;
    });
    assert_eq!(save(1, "Contact: <sip:a@10.0.0.1>;methods=\"MESSAGE, OPTIONS\"\r\n"), 1);
    assert_eq!(invite().lookup("location".into()), -2);
    assert_eq!(save(2, "Contact: <sip:b@10.0.0.1>\r\n"), -2, "too many contacts");
    assert!(answer().starts_with("SIP/2.0 503 "));
}

#[test]
fn a_tenant_has_addresses_of_record_of_its_own_domains_alone() {
    let register = |to: &str, contact: &str| {
        let text = format!(
            "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK{contact}\r\n\
             From: <{to}>;tag=1\r\nTo: <{to}>\r\nCall-ID: {contact}\r\nCSeq: 1 REGISTER\r\n\
             Contact: <sip:{contact}@192.0.2.10>\r\nContent-Length: 0\r\n\r\n"
        );
        testing::route(Kind::Request, &text)
    };
    testing::install();
    let table = || "location".to_owned();
    assert_eq!(register("sip:alice@umbra.example", "operator").save(table(), 2), 1);
    let of = |id, name: &str, to: &str| testing::of_tenant(register(to, name), id, name);
    assert_eq!(of(1, "acme", "sip:alice@ACME.example").save(table(), 2), 1);
    assert_eq!(of(2, "umbra", "sip:alice@umbra.example").save(table(), 2), 1);
    let mut acme = of(1, "acme", "sip:alice@acme.example");
    for other in [
        "sip:alice@umbra.example",
        "sip:alice@localhost",
        "sip:alice@example",
        "sip:alice@acme.example.org",
    ] {
        assert_eq!(acme.save_uri(table(), 0, other.into()), -1, "{other}");
        let sent = testing::sent().pop().expect("an answer");
        assert!(sent.bytes.starts_with(b"SIP/2.0 404 "), "{other}");
        assert_eq!(acme.registered_uri(table(), other.into()), -1, "{other}");
        assert_eq!(acme.lookup_uri(table(), other.into()), -1, "{other}");
        assert_eq!(acme.unregister(table(), other.into()), -1, "{other}");
        assert_eq!(acme.uri, None);
    }
    assert_eq!(acme.registered_uri(table(), "sip:alice@acme.example".into()), 1);
    assert_eq!(acme.lookup_uri(table(), "sip:alice@acme.example".into()), 1);
    assert_eq!(acme.uri.as_deref(), Some(&b"sip:acme@192.0.2.10"[..]));
    let contacts = |tenant, aor: &[u8]| {
        let found = core::with(|core| core.shared.store.location.bindings(tenant, aor, core.unix));
        found
            .iter()
            .map(|b| String::from_utf8_lossy(&b.contact).into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(contacts(0, b"alice"), ["sip:operator@192.0.2.10"]);
    assert_eq!(contacts(1, b"alice@acme.example"), ["sip:acme@192.0.2.10"]);
    assert_eq!(contacts(2, b"alice@umbra.example"), ["sip:umbra@192.0.2.10"]);
    assert_eq!(acme.unregister(table(), "sip:alice@acme.example".into()), 1);
    assert_eq!(
        core::with(|core| [1, 2].map(|id| core.shared.store.location.bindings_of(id))),
        [0, 1]
    );
}
