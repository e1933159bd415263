//! CANCEL, and its races (RFC 3261 9.1, 9.2, 16.10).

use crate::lab::{Lab, expect};
use crate::messages::{read, request};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::message::{HeaderId, Message, Method};
use kemist_sip::transaction::{BranchError, ReplyMatch, RequestMatch, Which};
use std::time::Duration;

#[test]
fn a_ringing_branch_is_cancelled_at_once() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.at(100).receive(0, 180);
    assert_eq!(lab.at(1000).request("CANCEL"), RequestMatch::Cancel(Some(id)));
    lab.layer.cancel(id, lab.now);
    assert_eq!(lab.at(1010).receive_for_cancel(0, 200), ReplyMatch::Absorbed);
    lab.at(1020).receive(0, 487);
    lab.at(1030).request("ACK");
    expect(
        &mut lab,
        "0 INVITE>0, 100 180, 1000 CANCEL>0, 1020 ACK>0, 1020 failed, 1020 487, 1030 ended",
    );
}

#[test]
fn a_silent_branch_is_cancelled_after_its_first_provisional() {
    let mut lab = Lab::new(Udp);
    let id = lab.forwarded("INVITE", 1);
    lab.at(100);
    lab.layer.cancel(id, lab.now);
    lab.at(700);
    expect(&mut lab, "0 INVITE>0, 500 INVITE>0"); // not cancelled yet, and still sent
    lab.receive(0, 100);
    expect(&mut lab, "700 CANCEL>0");
}

#[test]
fn without_branches_the_invite_is_answered_here() {
    let mut lab = Lab::new(Tcp);
    let id = lab.create("INVITE");
    lab.at(100);
    lab.layer.cancel(id, lab.now);
    expect(&mut lab, "100 487");
    assert_eq!(lab.branch(id), Err(BranchError::FinalSent));
}

#[test]
fn a_cancelled_call_gets_no_new_branches() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.layer.cancel(id, lab.now);
    assert_eq!(lab.branch(id), Err(BranchError::Canceled));
}

#[test]
fn the_cancel_is_sent_again_until_it_is_answered() {
    let mut lab = Lab::new(Udp);
    let id = lab.forwarded("INVITE", 1);
    lab.receive(0, 180);
    lab.layer.cancel(id, lab.now);
    lab.at(1600);
    expect(&mut lab, "0 INVITE>0, 0 180, 0 CANCEL>0, 500 CANCEL>0, 1500 CANCEL>0");
    lab.receive_for_cancel(0, 200);
    lab.at(5000);
    expect(&mut lab, "");
}

#[test]
fn a_cancelled_branch_that_says_nothing_more_is_dropped() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.at(100).receive(0, 180);
    lab.at(1000);
    lab.layer.cancel(id, lab.now);
    lab.at(40_000).request("ACK");
    expect(
        &mut lab,
        "0 INVITE>0, 100 180, 1000 CANCEL>0, 33000 timeout>0, 33000 failed, 33000 487, 40000 ended",
    );
}

#[test]
fn an_answer_that_crosses_the_cancel_wins() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.at(100).receive(0, 180);
    lab.layer.cancel(id, lab.now);
    lab.at(110).receive(0, 200);
    lab.receive_for_cancel(0, 481);
    lab.at(60_000);
    expect(&mut lab, "0 INVITE>0, 100 180, 100 CANCEL>0, 110 200, 32110 ended");
}

#[test]
fn an_answer_to_a_branch_given_up_is_passed_on_all_the_same() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 1);
    lab.at(100).receive(0, 180);
    lab.at(120_200);
    expect(
        &mut lab,
        "0 INVITE>0, 100 180, 120100 CANCEL>0, 120100 timeout>0, 120100 failed, 120100 408",
    );
    lab.receive(0, 200); // 16.7 step 5: a call that exists must be known to the caller
    expect(&mut lab, "120200 200");
}

#[test]
fn after_the_answer_a_cancel_does_nothing() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.receive(0, 200);
    lab.layer.cancel(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 200");
    assert!(!lab.layer.get(id).expect("accepted").is_canceled());
}

#[test]
fn one_branch_can_be_cancelled_with_a_reason() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 2);
    lab.receive(0, 180);
    lab.receive(1, 180);
    lab.layer
        .cancel_branches(id, Which::One(1), Some(b"SIP;cause=200"), lab.now);
    expect(&mut lab, "0 INVITE>0, 0 INVITE>1, 0 180, 0 180, 0 CANCEL>1");
    let cancel = lab.sent_on(1).last().expect("sent");
    let cancel = read(&cancel);
    let reason = cancel.header(HeaderId::Reason).expect("the line was put in");
    assert_eq!(reason.value(), b"SIP;cause=200");
}

#[test]
fn cancel_and_ack_have_what_the_invite_had() {
    let mut lab = Lab::new(Udp);
    let id = lab.forwarded("INVITE", 1);
    lab.receive(0, 180);
    lab.layer.cancel(id, lab.now);
    lab.receive(0, 487);
    lab.drain();
    let sent: Vec<_> = lab.sent_on(0).map(|bytes| read(&bytes)).collect();
    let [invite, cancel, ack] = sent.as_slice() else {
        panic!("{}", lab.log())
    };
    for (other, method) in [(cancel, Method::Cancel), (ack, Method::Ack)] {
        assert_eq!(other.method(), method);
        assert_eq!(other.request_uri(), invite.request_uri());
        assert_eq!(
            other.via().and_then(|via| via.branch()),
            invite.via().and_then(|via| via.branch())
        );
        assert_eq!(other.vias().count(), 1);
        assert_eq!(other.call_id(), invite.call_id());
        assert_eq!(
            other.cseq().map(|cseq| cseq.number),
            invite.cseq().map(|cseq| cseq.number)
        );
        assert_eq!(tag(other, HeaderId::From), tag(invite, HeaderId::From));
    }
    assert_eq!(tag(cancel, HeaderId::To), None);
    assert_eq!(tag(ack, HeaderId::To), Some(b"callee0".to_vec()));
}

fn tag(msg: &Message, id: HeaderId) -> Option<Vec<u8>> {
    let value = msg.header(id)?.value();
    let (_, tag) = value.split_at(value.windows(5).position(|w| w == b";tag=")?);
    Some(tag[5..].to_vec())
}

#[test]
fn the_cancel_itself_is_a_transaction() {
    let mut lab = Lab::new(Udp);
    let invite = lab.forwarded("INVITE", 1);
    let cancel = request("CANCEL", "z9hG4bKcall", "one@lab", "");
    assert_eq!(lab.request_of(&cancel), RequestMatch::Cancel(Some(invite)));
    let id = lab.create_of(cancel.clone());
    lab.reply(id, 200);
    assert_eq!(lab.request_of(&cancel), RequestMatch::Absorbed);
    expect(&mut lab, "0 INVITE>0, 0 200, 0 200");
}

#[test]
fn a_cancel_for_nothing_finds_nothing() {
    let mut lab = Lab::new(Udp);
    assert_eq!(lab.request("CANCEL"), RequestMatch::Cancel(None));
}

#[test]
fn a_branch_that_stays_silent_ends_a_cancelled_call_with_487() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.at(1000);
    lab.layer.cancel(id, lab.now);
    lab.at(40_000);
    expect(&mut lab, "0 INVITE>0, 30000 timeout>0, 30000 failed, 30000 487");
}

#[test]
fn a_silent_phone_beside_others_makes_no_408_of_a_cancelled_call() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 3);
    lab.at(100).receive(0, 180);
    lab.at(200).receive(2, 486);
    lab.at(1000);
    lab.layer.cancel(id, lab.now);
    lab.at(1100).receive(0, 487);
    lab.at(40_000);
    expect(
        &mut lab,
        "0 INVITE>0, 0 INVITE>1, 0 INVITE>2, 100 180, 200 ACK>2, 1000 CANCEL>0, 1100 ACK>0, 30000 timeout>1,
         30000 failed, 30000 487",
    );
    let last = read(lab.upstream.last().expect("it went upstream"));
    assert_eq!(
        last.to().and_then(|to| to.tag()),
        Some(&b"callee0"[..]),
        "the one received"
    );
}

#[test]
fn a_cancelled_second_leg_is_no_refusal_of_the_first() {
    for (first, upstream) in [(404, 487), (302, 487), (401, 487), (503, 487), (603, 603)] {
        let mut lab = Lab::new(Tcp);
        lab.finishes = false;
        let id = lab.forwarded("INVITE", 1);
        lab.receive(0, first);
        lab.branch(id).expect("the failure callback adds it");
        lab.layer.branches_added(id, lab.now);
        lab.layer.finish_failure(id, lab.now);
        lab.receive(1, 180);
        lab.layer.cancel(id, lab.now);
        lab.receive(1, 487);
        lab.layer.finish_failure(id, lab.now);
        lab.drain();
        let last = read(lab.upstream.last().expect("it went upstream"));
        assert_eq!(last.status(), upstream, "after a first leg's {first}");
    }
}

#[test]
fn a_cancelled_call_does_not_wait_for_a_suspended_host() {
    let mut lab = Lab::new(Tcp);
    lab.finishes = false;
    let id = lab.forwarded("INVITE", 1);
    lab.receive(0, 486);
    assert!(lab.layer.suspend(id, Duration::from_secs(30), lab.now));
    lab.at(500);
    lab.layer.cancel(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 500 487");
    assert!(!lab.layer.resume(id, lab.now), "nobody waits any more");
}
