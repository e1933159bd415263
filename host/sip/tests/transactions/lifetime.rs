//! The longest life of a transaction (`t_set_max_lifetime`, `max_inv_lifetime`): no branch outlives it.

use crate::lab::{Lab, expect};
use kemist_sip::Protocol::Tcp;
use kemist_sip::transaction::{BranchError, TransactionId};
use std::time::Duration;

/// An INVITE with one branch and at most ten seconds.
fn ten_seconds() -> (Lab, TransactionId) {
    let mut lab = Lab::new(Tcp);
    lab.finishes = false;
    let id = lab.forwarded("INVITE", 1);
    lab.layer.set_lifetime(id, Some(Duration::from_secs(10)), lab.now);
    (lab, id)
}

#[test]
fn a_branch_added_late_has_what_is_left() {
    let (mut lab, id) = ten_seconds();
    lab.at(9000).receive(0, 486);
    lab.branch(id).expect("a second is left");
    lab.layer.branches_added(id, lab.now);
    lab.layer.finish_failure(id, lab.now);
    lab.at(20_000);
    expect(
        &mut lab,
        "0 INVITE>0, 9000 ACK>0, 9000 failed, 9000 INVITE>1, 10000 timeout>1, 10000 failed",
    );
}

#[test]
fn after_its_life_no_branch_is_added() {
    let (mut lab, id) = ten_seconds();
    lab.at(10_000);
    expect(&mut lab, "0 INVITE>0, 10000 timeout>0, 10000 failed");
    assert_eq!(lab.branch(id), Err(BranchError::Expired));
    lab.at(10_500);
    assert_eq!(lab.branch(id), Err(BranchError::Expired));
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "10500 408");
}

#[test]
fn a_failure_callback_that_waits_past_it_adds_none() {
    let (mut lab, id) = ten_seconds();
    lab.at(9900).receive(0, 486);
    lab.at(12_000);
    assert_eq!(lab.branch(id), Err(BranchError::Expired));
    lab.layer.finish_failure(id, lab.now);
    expect(&mut lab, "0 INVITE>0, 9900 ACK>0, 9900 failed, 12000 486");
}

#[test]
fn a_longer_life_can_be_given_to_it_then() {
    let (mut lab, id) = ten_seconds();
    lab.at(10_000);
    assert!(lab.layer.get(id).is_some_and(|tx| tx.is_expired()));
    lab.layer.set_lifetime(id, Some(Duration::from_secs(15)), lab.now);
    assert!(!lab.layer.get(id).is_some_and(|tx| tx.is_expired()));
    lab.branch(id).expect("five seconds are left");
    lab.layer.branches_added(id, lab.now);
    lab.layer.finish_failure(id, lab.now);
    lab.receive(1, 180);
    lab.at(60_000);
    expect(
        &mut lab,
        "0 INVITE>0, 10000 timeout>0, 10000 failed, 10000 INVITE>1, 10000 180, 15000 CANCEL>1, 15000 timeout>1,
         15000 failed",
    );
}
