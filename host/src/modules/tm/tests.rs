//! Transactions through the functions, with callbacks that are Rust and no wasm.

mod serial;
mod settings;

use super::*;
use crate::route::transaction::{after_failure, failure_route, onreply_route};
use crate::route::{Fault, NewBranch, Routing, Run, WellKnown, testing};
use crate::tenant::Tenant;
use bytes::Bytes;
use kemist_sip::transaction::{Event, Output, ReplyMatch};
use kemist_sip::{Message, Transmit};
use std::sync::Arc;

/// A version whose only callback is a function.
struct Callback(fn(&mut Route) -> Result<(), Fault>, Vec<String>);

impl Callback {
    fn new(f: fn(&mut Route) -> Result<(), Fault>) -> Arc<Callback> {
        Arc::new(Callback(
            f,
            ["on_branch", "on_reply", "on_failure"].map(str::to_owned).to_vec(),
        ))
    }
}

impl Routing for Callback {
    fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
        self
    }

    fn label(&self) -> &str {
        "test"
    }

    fn callbacks(&self) -> &[String] {
        &self.1
    }

    fn well_known(&self) -> WellKnown {
        WellKnown::default()
    }

    fn run(self: Arc<Self>, _callback: CallbackId, _event: &str, nested: bool, mut route: Box<Route>) -> Run {
        assert!(nested, "another callback waits for it");
        let ended = (self.0)(&mut route);
        Box::pin(std::future::ready((route, ended)))
    }
}

fn invite(f: fn(&mut Route) -> Result<(), Fault>) -> Route {
    let mut route = testing::request(testing::INVITE);
    route.routing = Callback::new(f);
    route.uri = Some("sip:bob@192.0.2.20:5066".into());
    route
}

fn plain() -> Route {
    invite(|_| Ok(()))
}

fn relay(route: &mut Route) -> i32 {
    testing::block_on(route.t_relay())
}

fn text(transmit: &Transmit) -> String {
    String::from_utf8_lossy(&transmit.bytes).into_owned()
}

fn first_line(transmit: &Transmit) -> String {
    text(transmit).lines().next().unwrap_or_default().to_owned()
}

fn first_lines() -> Vec<String> {
    testing::sent().iter().map(first_line).collect()
}

/// A reply to a request that was sent.
fn reply_to(sent: &Transmit, status: &str) -> Arc<Message> {
    let request = text(sent);
    let copied = request
        .lines()
        .filter(|l| ["Via:", "From:", "Call-ID:", "CSeq:"].iter().any(|n| l.starts_with(n)));
    let lines: String = copied.map(|l| format!("{l}\r\n")).collect();
    let text = format!("SIP/2.0 {status}\r\n{lines}To: <sip:bob@localhost>;tag=t\r\nContent-Length: 0\r\n\r\n");
    Arc::new(Message::parse(Bytes::from(text)).expect("a reply"))
}

/// Takes a reply through the layer as the worker does; what it leads to.
fn receive(reply: &Arc<Message>) -> (Vec<Transmit>, Vec<Event>) {
    core::with(|core| {
        let now = core.now;
        if let ReplyMatch::Pass { id, branch } = core.layer.receive_reply(reply, now) {
            core.layer
                .accept_reply(id, branch, reply.clone(), reply.buffer().clone(), now);
        }
        let (mut sent, mut events) = (Vec::new(), Vec::new());
        while let Some(output) = core.layer.poll_output() {
            match output {
                Output::Transmit(transmit) => sent.push(transmit),
                Output::Reply(held) => core.layer.release_reply(held, true, now),
                Output::Event(event) => events.push(event),
            }
        }
        (sent, events)
    })
}

#[test]
fn an_invite_is_relayed_through_its_branch_callback() {
    let mut route = invite(|branch| {
        assert_eq!((branch.kind, branch.branch), (Kind::Branch, Some(0)));
        assert_eq!(branch.flags, 1 << 5);
        assert!(branch.append_lines(b"X-Branch: yes\r\n"));
        assert!(branch.set_uri(b"sip:carol@192.0.2.30"));
        branch.flags |= 1 << 6;
        assert_eq!(branch.t_on_reply("on_reply".into()), 1);
        branch.rr.params.extend_from_slice(b";nat=yes");
        Ok(())
    });
    route.flags = 1 << 5;
    route.rr.added = true;
    assert!(route.append_lines(b"P-Hint: outbound\r\n"));
    assert_eq!(route.t_on_branch("on_branch".into()), 1);
    assert_eq!(route.t_is_set("branch_route".into()), 1);
    assert_eq!(route.t_on_failure("nobody".into()), -1);
    assert_eq!(route.t_is_set("failure_route".into()), -1);
    assert_eq!(relay(&mut route), 1);
    assert!(route.decided.relayed);
    let sent = testing::sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(first_line(&sent[0]), "SIP/2.0 100 Trying");
    let request = text(&sent[1]);
    assert!(
        request.starts_with("INVITE sip:carol@192.0.2.30 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK"),
        "{request}"
    );
    assert!(
        request.contains("\r\nP-Hint: outbound\r\n") && request.contains("\r\nX-Branch: yes\r\n"),
        "{request}"
    );
    assert!(
        request.contains(";lr;nat=yes>\r\n") && request.contains("\r\nMax-Forwards: 69\r\n"),
        "{request}"
    );
    assert_eq!(sent[1].target.remote, "192.0.2.30:5060".parse().expect("an address"));
    assert_eq!(route.flags, 1 << 5 | 1 << 6, "flags come back from the branch");
    assert!(route.edits.len() < 4, "the branch's edits are its own");
    let id = route.transaction.expect("a transaction");
    let ringing = reply_to(&sent[1], "180 Ringing");
    let due = core::with(|core| onreply_route(core, id, 0, ringing)).expect("the branch armed a callback");
    assert_eq!((due.0, due.2.kind, due.2.flags), (1, Kind::OnReply, 1 << 5 | 1 << 6));
    assert_eq!(due.2.reply_code, 180);
}

#[test]
fn a_dropped_or_failed_branch_is_not_sent() {
    for f in [
        (|branch: &mut Route| {
            branch.decided.drop = true;
            Ok(())
        }) as fn(&mut Route) -> Result<(), Fault>,
        |_| Err(Fault::Deadline),
    ] {
        let mut route = invite(f);
        route.t_on_branch("on_branch".into());
        assert!(relay(&mut route) < 0);
        assert_eq!(
            first_lines(),
            ["SIP/2.0 100 Trying", "SIP/2.0 500 Server Internal Error"]
        );
        assert!(route.decided.replied);
    }
}

#[test]
fn every_branch_is_sent_with_its_own_destination() {
    let mut route = plain();
    route.branches.push(NewBranch {
        uri: "sip:bob@192.0.2.21".into(),
        dst_uri: Some("sip:192.0.2.99:5099;transport=tcp".into()),
        ..Default::default()
    });
    route.branches.push(NewBranch {
        uri: "tel:+1555".into(),
        ..Default::default()
    });
    assert_eq!(relay(&mut route), 1);
    let sent = testing::sent();
    let requests: Vec<_> = sent[1..]
        .iter()
        .map(|s| (first_line(s), s.target.remote.to_string()))
        .collect();
    assert_eq!(
        requests,
        [
            (
                "INVITE sip:bob@192.0.2.20:5066 SIP/2.0".to_owned(),
                "192.0.2.20:5066".to_owned()
            ),
            (
                "INVITE sip:bob@192.0.2.21 SIP/2.0".to_owned(),
                "192.0.2.99:5099".to_owned()
            ),
        ]
    );
    assert!(text(&sent[2]).contains("Via: SIP/2.0/TCP 127.0.0.1:5060"));
    assert!(route.branches.is_empty());
    assert_eq!(relay(&mut route), -1, "nothing new to relay to");
}

#[test]
fn what_leads_nowhere_is_answered() {
    for (uri, status, code) in [
        ("sip:bob@nowhere.example", "SIP/2.0 478 Unresolvable destination", -478),
        ("soap.beep://192.0.2.103:3002", "SIP/2.0 416 Unsupported URI Scheme", -1),
    ] {
        let mut route = plain();
        route.uri = Some(uri.into());
        assert_eq!(relay(&mut route), code, "{uri}");
        assert_eq!(first_lines().last().map(String::as_str), Some(status));
        assert!(route.decided.replied);
    }
    let mut route = testing::request(&testing::INVITE.replace("Max-Forwards: 70", "Max-Forwards: 0"));
    assert!(relay(&mut route) < 0);
    assert_eq!(
        first_lines().last().map(String::as_str),
        Some("SIP/2.0 483 Too Many Hops")
    );
}

#[test]
fn a_copy_of_the_request_is_absorbed() {
    let mut route = plain();
    assert_eq!(route.t_check_trans(), -1);
    assert_eq!(route.t_newtran(), 1);
    assert_eq!(route.t_newtran(), -10);
    assert!(first_lines().is_empty(), "the 100 comes with t_relay");
    let mut copy = testing::route(Kind::Request, testing::INVITE);
    assert_eq!(copy.t_lookup_request(), 1);
    assert_eq!(copy.t_check_trans(), 0);
    assert!(copy.decided.absorbed);
    assert_eq!(route.t_reply(404, "Not Found".into()), 1);
    assert_eq!(copy.t_newtran(), 0);
    assert_eq!(first_lines(), ["SIP/2.0 404 Not Found", "SIP/2.0 404 Not Found"]);
    assert_eq!(route.t_get_status_code(), 404);
    assert_eq!(route.t_check_status("^4[0-9]+$".into()), 1);
    assert_eq!(route.t_check_status("5..".into()), -1);
    assert_eq!(route.t_check_status("(".into()), -1);
}

#[test]
fn a_transaction_without_a_decision_is_released() {
    let mut route = plain();
    assert_eq!(route.t_release(), -1);
    assert_eq!(route.t_newtran(), 1);
    assert_eq!(route.t_release(), 1);
    assert_eq!(core::with(|core| core.layer.len()), 0);
    assert_eq!(route.t_send_reply(486, "Busy Here".into()), 1);
    assert_eq!(first_lines().last().map(String::as_str), Some("SIP/2.0 486 Busy Here"));
}

#[test]
fn a_cancel_is_answered_and_cancels_the_branches() {
    let mut route = plain();
    assert_eq!(relay(&mut route), 1);
    let sent = testing::sent();
    receive(&reply_to(&sent[1], "180 Ringing"));
    let cancel = testing::INVITE.replace("INVITE", "CANCEL");
    let mut cancel = testing::route(Kind::Request, &cancel);
    assert_eq!(cancel.t_check_trans(), 1);
    assert_eq!(cancel.related, route.transaction);
    assert_eq!(relay(&mut cancel), 1);
    let lines = first_lines();
    assert!(lines.contains(&"SIP/2.0 200 canceling".to_owned()), "{lines:?}");
    assert!(
        lines.contains(&"CANCEL sip:bob@192.0.2.20:5066 SIP/2.0".to_owned()),
        "{lines:?}"
    );
    assert_eq!(route.t_is_canceled(), 1);
    let stray = testing::INVITE
        .replace("INVITE", "CANCEL")
        .replace("z9hG4bKtest1", "z9hG4bKother");
    let mut stray = testing::route(Kind::Request, &stray);
    stray.uri = Some("sip:bob@192.0.2.20".into());
    assert_eq!(stray.t_check_trans(), -1);
    assert_eq!(relay(&mut stray), 1);
    assert_eq!(first_lines(), ["CANCEL sip:bob@192.0.2.20 SIP/2.0"]);
    assert!(stray.transaction.is_none());
}

#[test]
fn an_ack_goes_on_without_a_transaction() {
    testing::install();
    let ack = testing::INVITE
        .replace("INVITE", "ACK")
        .replace("To: <sip:bob@localhost>", "To: <sip:bob@localhost>;tag=t9");
    let mut route = testing::route(Kind::Request, &ack);
    route.uri = Some("sip:bob@192.0.2.20".into());
    assert_eq!(route.t_check_trans(), -1);
    assert_eq!(relay(&mut route), 1);
    assert_eq!(first_lines(), ["ACK sip:bob@192.0.2.20 SIP/2.0"]);
    assert_eq!(core::with(|core| core.layer.len()), 0);
}

#[test]
fn a_failure_callback_may_try_another_destination() {
    let mut route = plain();
    route.flags = 4;
    assert!(route.append_lines(b"X-First: 1\r\n"));
    assert_eq!(route.t_on_failure("on_failure".into()), 1);
    assert_eq!(relay(&mut route), 1);
    let id = route.transaction.expect("a transaction");
    let sent = testing::sent();
    let (_, events) = receive(&reply_to(&sent[1], "486 Busy Here"));
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::Failed(failed) if *failed == id)),
        "{events:?}"
    );
    let (callback, _, mut failure) = core::with(|core| failure_route(core, id)).expect("a callback is armed");
    assert_eq!(
        (callback, failure.kind, failure.reply_code, failure.flags),
        (2, Kind::Failure, 486, 4)
    );
    assert_eq!(failure.t_check_status("486".into()), 1);
    assert_eq!(failure.t_any_replied(), 1);
    assert_eq!(failure.t_branch_replied(), 1);
    assert_eq!(failure.t_any_timeout(), -1);
    assert_eq!(failure.t_grep_status(486), 1);
    assert_eq!(failure.t_get_branch_index(), 0);
    assert_eq!(failure.t_is_set("failure_route".into()), -1, "it was disarmed");
    assert_eq!(relay(&mut failure), -1, "no new destination");
    assert!(failure.append_lines(b"X-Second: 1\r\n"));
    assert!(failure.set_uri(b"sip:voicemail@192.0.2.40"));
    assert_eq!(relay(&mut failure), 1);
    core::with(|core| {
        after_failure(core, &failure);
        let now = core.now;
        core.layer.finish_failure(id, now);
    });
    let sent = testing::sent();
    let request = sent.last().map(text).expect("the new branch");
    assert!(
        request.starts_with("INVITE sip:voicemail@192.0.2.40 SIP/2.0\r\n"),
        "{request}"
    );
    assert!(
        request.contains("X-First: 1\r\n") && request.contains("X-Second: 1\r\n"),
        "{request}"
    );
    assert!(
        core::with(|core| failure_route(core, id)).is_none(),
        "it is not armed any more"
    );
}

#[test]
fn timers_and_forced_next_hops() {
    let mut route = plain();
    assert_eq!(route.t_set_fr(60_000, 5_000), 1);
    assert_eq!(route.t_set_fr_inv(70_000), 1);
    assert_eq!(route.fr, (Some(70_000), Some(5_000)));
    assert_eq!(route.t_set_fr(-1, 0), -1);
    assert_eq!(route.t_reset_fr(), 1);
    assert_eq!(route.fr, (None, None));
    assert_eq!(
        testing::block_on(route.t_relay_to_proto_addr("tcp".into(), "192.0.2.50".into(), 5099)),
        1
    );
    let sent = testing::sent();
    assert_eq!(sent[1].target.remote.to_string(), "192.0.2.50:5099");
    assert_eq!(sent[1].target.protocol, kemist_sip::Protocol::Tcp);
    assert_eq!(
        testing::block_on(route.t_relay_to_proto_addr("udp".into(), "a b".into(), 1)),
        -1
    );
}

/// A request as it left, come back to us.
fn come_back(sent: &Transmit, from: &str, to: &str) -> Route {
    let text = text(sent);
    assert!(text.contains(from));
    let mut route = testing::route(Kind::Request, &text.replacen(from, to, 1));
    route.routing = Callback::new(|_| Ok(()));
    route
}

#[test]
fn a_request_that_comes_back_unchanged_gets_482() {
    let mut route = plain();
    route.uri = None;
    route.dst_uri = Some("sip:192.0.2.20:5066".into());
    assert_eq!(relay(&mut route), 1);
    let sent = testing::sent().pop().expect("the request");
    let mut spiral = come_back(&sent, "INVITE sip:bob@localhost", "INVITE sip:carol@localhost");
    spiral.dst_uri = Some("sip:192.0.2.20:5066".into());
    assert_eq!(relay(&mut spiral), 1);
    assert!(first_lines().contains(&"INVITE sip:carol@localhost SIP/2.0".to_owned()));
    // an application server returns it as it got it: a spiral once, a loop when it does so again
    let by_server = |sent: &Transmit, branch: &str| {
        let via = format!("Via: SIP/2.0/UDP 192.0.2.20;branch={branch}\r\nVia:");
        let mut back = come_back(sent, "Via:", &via);
        back.dst_uri = Some("sip:192.0.2.20:5066".into());
        back
    };
    let mut back = by_server(&sent, "z9hG4bKx");
    assert_eq!(relay(&mut back), 1);
    let sent = testing::sent().pop().expect("the request");
    let mut again = by_server(&sent, "z9hG4bKy");
    assert_eq!(relay(&mut again), -1);
    assert!(again.decided.replied && again.error_code == 482);
    assert_eq!(first_lines(), ["SIP/2.0 482 Loop Detected"]);
}
