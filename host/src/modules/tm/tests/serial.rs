//! One destination after the other: by a script's own list, and by q.

use super::*;
use crate::route::Value;
use kemist_sip::transaction::TransactionId;

/// Relays, and says who was sent an INVITE.
fn relayed(route: &mut Route) -> Vec<Transmit> {
    assert_eq!(relay(route), 1);
    let invites = |sent: &Transmit| text(sent).starts_with("INVITE ");
    testing::sent().into_iter().filter(invites).collect()
}

fn users(sent: &[Transmit]) -> Vec<String> {
    let user = |sent: &Transmit| text(sent)["INVITE sip:".len()..].chars().take(3).collect();
    sent.iter().map(user).collect()
}

/// The failure callback of the talk.
fn next_of_newdst(route: &mut Route) -> i32 {
    if route.t_is_canceled() == 1 {
        return -1;
    }
    let Value::Str(next) = route.pv_get("$xavp(newdst)") else {
        return -1;
    };
    assert!(route.pv_set("$xavp(newdst)", Value::Null));
    assert!(route.pv_set("$rU", Value::Str(next)));
    assert_eq!(route.t_on_failure("on_failure".into()), 1);
    relay(route)
}

fn fail(id: TransactionId, sent: &Transmit, script: fn(&mut Route) -> i32) -> (i32, Vec<Transmit>) {
    receive(&reply_to(sent, "486 Busy Here"));
    let (_, _, mut run) = core::with(|core| failure_route(core, id)).expect("it is armed");
    let code = script(&mut run);
    core::with(|core| {
        after_failure(core, &run);
        let now = core.now;
        core.layer.finish_failure(id, now);
    });
    (code, testing::sent())
}

#[test]
fn the_script_of_the_talk_tries_103_then_104() {
    let mut route = plain();
    assert!(route.pv_set("$ru", Value::text(b"sip:102@192.0.2.20")));
    assert!(route.pv_set("$xavp(newdst)", Value::text(b"104")));
    assert!(route.pv_set("$xavp(newdst)", Value::text(b"103")));
    assert_eq!(route.pv_get("$(xavp(newdst)[0])"), Value::text(b"103"));
    assert_eq!(route.t_on_failure("on_failure".into()), 1);
    let sent = relayed(&mut route);
    assert_eq!(users(&sent), ["102"]);
    let id = route.transaction.expect("a transaction");
    let (code, sent) = fail(id, &sent[0], next_of_newdst);
    assert_eq!((code, users(&sent)), (1, vec!["103".to_owned()]));
    let (code, sent) = fail(id, &sent[0], next_of_newdst);
    assert_eq!((code, users(&sent)), (1, vec!["104".to_owned()]));
    let (code, sent) = fail(id, &sent[0], next_of_newdst);
    assert_eq!(code, -1, "the list is used up");
    assert_eq!(
        sent.iter().map(first_line).collect::<Vec<_>>(),
        ["SIP/2.0 486 Busy Here"]
    );
}

#[test]
fn a_list_of_the_talk_ends_with_a_cancel() {
    let mut route = plain();
    assert!(route.pv_set("$xavp(newdst)", Value::text(b"103")));
    assert_eq!(route.t_on_failure("on_failure".into()), 1);
    let sent = relayed(&mut route);
    let id = route.transaction.expect("a transaction");
    receive(&reply_to(&sent[0], "180 Ringing"));
    core::with(|core| {
        let now = core.now;
        core.layer.cancel_for(id, None, now);
    });
    testing::sent();
    let (code, _) = fail(id, &sent[0], next_of_newdst);
    assert_eq!(code, -1);
}

fn with_contacts() -> Route {
    let mut route = plain();
    testing::install_with(|shared| {
        shared.modules.tm.contacts_avp = Some("$xavp(tm_contacts)".into());
        shared.modules.tm.contact_flows_avp = Some("tm_contact_flows".into());
    });
    assert!(route.pv_set("$ru", Value::text(b"sip:101@192.0.2.1")));
    route.q = 100;
    for (uri, q, instance) in [
        (&b"sip:102@192.0.2.2"[..], 500, "<urn:a>"),
        (b"sip:103@192.0.2.3", 500, "<urn:a>"),
        (b"sip:104@192.0.2.4", 500, ""),
        (b"sip:105@192.0.2.5", 1000, ""),
    ] {
        assert!(route.append_branch(uri, q));
        let branch = route.branches.last_mut().expect("just appended");
        branch.instance = instance.into();
        branch.dst_uri = Some("sip:192.0.2.99".into());
    }
    route
}

#[test]
fn contacts_come_by_their_q() {
    let mut route = plain();
    assert_eq!((route.t_load_contacts(), route.t_next_contacts()), (-1, -1), "disabled");
    assert_eq!(route.t_next_contact_flow(), -1);
    let mut route = with_contacts();
    assert_eq!(route.t_next_contacts(), -2);
    assert_eq!(route.t_load_contacts(), 1);
    assert!(route.branches.is_empty());
    assert_eq!(
        route.pv_get("$xavp(tm_contacts=>uri)"),
        Value::text(b"sip:105@192.0.2.5")
    );
    let mut steps = Vec::new();
    while route.t_next_contacts() == 1 {
        let mut uris = vec![String::from_utf8_lossy(route.request_uri())[4..7].to_owned()];
        uris.extend(
            route
                .branches
                .iter()
                .map(|b| String::from_utf8_lossy(&b.uri)[4..7].to_owned()),
        );
        steps.push(uris.join(" "));
    }
    assert_eq!(steps, ["105", "102 104", "101"]);
    assert_eq!(route.t_next_contacts(), -2);
    assert_eq!(route.dst_uri, None, "101 has none");
}

#[test]
fn a_further_flow_is_taken_when_its_instance_failed() {
    let mut route = with_contacts();
    assert_eq!(route.t_load_contacts(), 1);
    assert_eq!((route.t_next_contacts(), route.t_next_contacts()), (1, 1));
    route.branches.clear();
    route.instance = "<urn:b>".into();
    assert_eq!(route.t_next_contact_flow(), -2);
    route.instance = "<urn:a>".into();
    assert_eq!(route.t_next_contact_flow(), 1);
    assert_eq!(&*route.branches[0].uri, b"sip:103@192.0.2.3");
    assert_eq!(route.branches[0].dst_uri.as_deref(), Some(&b"sip:192.0.2.99"[..]));
    assert_eq!(route.t_next_contact_flow(), -2);
}

#[test]
fn equal_contacts_stay_and_bad_ones_are_refused() {
    let mut route = with_contacts();
    route.q = 500;
    route.branches.retain(|branch| branch.q == 500);
    assert_eq!(route.t_load_contacts(), 1);
    assert_eq!(route.branches.len(), 3, "nothing to order");
    assert!(route.pv_set("$xavp(tm_contacts)", Value::text(b"nonsense")));
    assert_eq!(route.t_next_contacts(), -3);
    let mut route = with_contacts();
    assert_eq!(route.ki_t_load_contacts_mode(2), -1);
    assert_eq!(route.ki_t_load_contacts_mode(1), 1);
    let steps = std::iter::from_fn(|| (route.t_next_contacts() == 1).then_some(route.branches.len()));
    assert_eq!(steps.collect::<Vec<_>>(), [0; 5], "one after the other");
}
