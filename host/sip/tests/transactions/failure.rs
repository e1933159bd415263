//! The failure callback: more branches, another reply, replies dropped, a host that is slow.

use crate::lab::{Lab, expect};
use crate::messages::{forward_reply, read, reply};
use kemist_sip::Protocol::Tcp;
use kemist_sip::transaction::{BranchError, BranchTimeouts, ReplyMatch, TransactionId};
use std::time::Duration;

fn failing(branches: u8) -> (Lab, TransactionId) {
    let mut lab = Lab::new(Tcp);
    lab.finishes = false;
    let id = lab.forwarded("INVITE", branches);
    (lab, id)
}

#[test]
fn branches_added_there_are_waited_for() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 486);
    let best = lab.layer.get(id).and_then(|tx| tx.best()).expect("there is one");
    assert_eq!(
        (best.branch, best.code, best.reply.map(|rpl| rpl.status())),
        (0, 486, Some(486))
    );
    lab.branch(id).expect("open");
    lab.layer.branches_added(id, lab.now);
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 INVITE>1");
    lab.at(100).receive(1, 200);
    expect(&mut lab, "100 200");
}

#[test]
fn the_first_reply_may_still_win() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 404);
    lab.branch(id).expect("open");
    lab.layer.branches_added(id, lab.now);
    lab.layer.finish_failure(id, lab.now);
    lab.receive(1, 486);
    lab.layer.finish_failure(id, lab.now);
    expect(
        &mut lab,
        "0 INVITE>0, 0 ACK>0, 0 failed, 0 INVITE>1, 0 ACK>1, 0 failed, 0 404",
    );
}

#[test]
fn unless_it_was_dropped() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 404);
    lab.layer.drop_replies(id, false);
    lab.branch(id).expect("open");
    lab.layer.branches_added(id, lab.now);
    lab.layer.finish_failure(id, lab.now);
    lab.receive(1, 486);
    lab.layer.finish_failure(id, lab.now);
    expect(
        &mut lab,
        "0 INVITE>0, 0 ACK>0, 0 failed, 0 INVITE>1, 0 ACK>1, 0 failed, 0 486",
    );
}

#[test]
fn with_every_reply_dropped_there_is_one_of_our_own() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 404);
    lab.layer.drop_replies(id, true);
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 500");
}

#[test]
fn a_branch_that_fails_before_the_callback_ends_is_reported_then() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 404);
    lab.branch(id).expect("open");
    lab.layer.branches_added(id, lab.now);
    lab.layer.branch_failed(id, 1, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 INVITE>1");
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 failed");
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 404");
}

#[test]
fn a_reply_from_the_callback_is_the_decision() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 404);
    assert!(lab.layer.get(id).is_some_and(|tx| tx.is_failing()));
    lab.reply(id, 480);
    assert!(lab.layer.get(id).is_some_and(|tx| !tx.is_failing()));
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 480");
    assert_eq!(lab.branch(id), Err(BranchError::FinalSent));
}

#[test]
fn a_callback_that_dies_while_it_adds_branches_holds_nothing_up() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 404);
    lab.branch(id).expect("open"); // and no branches_added
    lab.layer.finish_failure(id, lab.now);
    lab.receive(1, 486);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 INVITE>1, 0 ACK>1, 0 failed");
}

#[test]
fn a_caller_that_cancels_meanwhile_gets_the_best_reply() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 486);
    lab.layer.cancel(id, lab.now);
    assert_eq!(lab.branch(id), Err(BranchError::Canceled));
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 486");
}

#[test]
fn a_callback_that_never_ends_is_not_waited_for() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 486);
    lab.at(180_100).request("ACK");
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 180000 486, 180100 ended");
    lab.layer.finish_failure(id, lab.now);
    assert!(lab.layer.is_empty());
}

#[test]
fn nothing_is_decided_while_a_reply_is_at_the_host() {
    let (mut lab, id) = failing(2);
    let first = read(&lab.sent_on(0).next().expect("sent"));
    let rpl = read(&reply(&first, 404, "callee"));
    assert_eq!(
        lab.layer.receive_reply(&rpl, lab.now),
        ReplyMatch::Pass { id, branch: 0 }
    );
    lab.receive(1, 486);
    expect(&mut lab, "0 INVITE>0, 0 INVITE>1, 0 ACK>0, 0 ACK>1");
    lab.layer.accept_reply(id, 0, rpl.clone(), forward_reply(&rpl), lab.now);
    expect(&mut lab, "0 failed");
}

#[test]
fn a_final_reply_the_host_drops_counts_as_500() {
    let (mut lab, id) = failing(1);
    let first = read(&lab.sent_on(0).next().expect("sent"));
    let rpl = read(&reply(&first, 404, "callee"));
    let passed = lab.layer.receive_reply(&rpl, lab.now);
    assert_eq!(passed, ReplyMatch::Pass { id, branch: 0 });
    lab.layer.drop_reply(id, 0, lab.now);
    lab.drain();
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 500");
}

#[test]
fn a_negative_reply_after_the_timeout_changes_nothing() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 180);
    lab.at(120_100).receive(0, 487);
    assert_eq!(lab.layer.branch(id, 0).map(|branch| branch.code()), Some(408));
    lab.layer.finish_failure(id, lab.now);
    expect(
        &mut lab,
        "0 INVITE>0, 0 180, 120000 CANCEL>0, 120000 timeout>0, 120000 failed, 120100 ACK>0, 120100 408",
    );
}

#[test]
fn the_host_has_its_time_from_when_it_owes_something() {
    let (mut lab, id) = failing(1);
    let seconds = |n| Some(Duration::from_secs(n));
    lab.receive(0, 180);
    lab.layer.set_timeouts(
        id,
        BranchTimeouts {
            fr: None,
            fr_inv: seconds(300),
        },
        lab.now,
    );
    lab.at(179_900);
    let rpl = read(&reply(&read(&lab.sent_on(0).next().expect("sent")), 404, "callee"));
    assert_eq!(
        lab.layer.receive_reply(&rpl, lab.now),
        ReplyMatch::Pass { id, branch: 0 }
    );
    lab.at(180_100);
    lab.layer.accept_reply(id, 0, rpl.clone(), forward_reply(&rpl), lab.now);
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 180, 179900 ACK>0, 180100 failed, 180100 404");
}

#[test]
fn a_stale_id_is_harmless() {
    let (mut lab, id) = failing(1);
    lab.receive(0, 486);
    lab.layer.finish_failure(id, lab.now);
    lab.request("ACK");
    assert!(lab.layer.is_empty());
    lab.log();
    let other = lab.create("INVITE");
    assert_eq!(other.slot(), id.slot());
    lab.layer.cancel(id, lab.now);
    lab.layer.finish_failure(id, lab.now);
    lab.layer.trying(id, lab.now);
    assert!(lab.layer.get(id).is_none());
    assert!(!lab.layer.release(id, lab.now));
    assert!(matches!(lab.branch(id), Err(BranchError::Gone)));
    expect(&mut lab, "");
}
