//! The next address of a branch, where its first one fails.

use crate::lab::{Lab, expect};
use crate::messages::{forward, request, target};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::transaction::{BranchError, BranchTimeouts, TransactionId};

/// One branch, with further addresses.
fn relayed(protocol: kemist_sip::Protocol, method: &str) -> (Lab, TransactionId) {
    let mut lab = Lab::new(protocol);
    let id = lab.forwarded(method, 1);
    lab.layer.set_further_targets(id, 0, true);
    (lab, id)
}

/// The next address is taken for branch `old`.
fn replace(lab: &mut Lab, id: TransactionId, old: u8) -> Result<u8, BranchError> {
    let index = lab.layer.next_branch(id).unwrap_or(0);
    let mut via = Vec::new();
    lab.layer.branch_id(id, index, 0, &mut via);
    let req = lab.layer.get(id).and_then(|tx| tx.request()).cloned();
    let req = req.unwrap_or_else(|| request("INVITE", "z9hG4bKcall", "one@lab", ""));
    let bytes = forward(&req, lab.protocol, &via);
    let to = target(lab.protocol, 10 + index);
    let new = lab
        .layer
        .replace_branch(id, old, bytes, to, BranchTimeouts::default(), lab.now);
    lab.drain();
    new
}

#[test]
fn silence_leads_to_the_next_address() {
    let (mut lab, id) = relayed(Tcp, "INVITE");
    lab.at(30_000);
    expect(&mut lab, "0 INVITE>0, 30000 next>0");
    assert_eq!(replace(&mut lab, id, 0), Ok(1));
    lab.at(30_100).receive(1, 200);
    expect(&mut lab, "30000 INVITE>1, 30100 200");
}

#[test]
fn so_do_a_transport_error_and_a_503() {
    let (mut lab, id) = relayed(Tcp, "OPTIONS");
    lab.layer.branch_failed(id, 0, lab.now);
    expect(&mut lab, "0 OPTIONS>0, 0 next>0");
    assert_eq!(replace(&mut lab, id, 0), Ok(1));
    lab.layer.set_further_targets(id, 1, true);
    lab.at(10).receive(1, 503);
    expect(&mut lab, "0 OPTIONS>1, 10 next>1");
    assert_eq!(replace(&mut lab, id, 1), Ok(2));
    lab.at(20).receive(2, 404);
    expect(&mut lab, "10 OPTIONS>2, 20 failed, 20 404, 20 ended");
}

#[test]
fn a_branch_that_rang_or_was_refused_has_met_its_server() {
    let (mut lab, _) = relayed(Tcp, "INVITE");
    lab.receive(0, 180);
    lab.receive(0, 486);
    expect(&mut lab, "0 INVITE>0, 0 180, 0 ACK>0, 0 failed, 0 486");
}

#[test]
fn the_last_failure_counts_where_no_address_is_left() {
    let (mut lab, id) = relayed(Tcp, "INVITE");
    lab.receive(0, 503);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 next>0");
    assert_eq!(replace(&mut lab, id, 0), Ok(1));
    lab.at(30_000);
    expect(&mut lab, "0 INVITE>1, 30000 timeout>1, 30000 failed, 30000 408");
}

#[test]
fn without_a_next_address_the_branch_has_failed() {
    let (mut lab, id) = relayed(Udp, "OPTIONS");
    lab.layer.branch_failed(id, 0, lab.now);
    lab.layer.no_further_target(id, 0, lab.now);
    lab.layer.no_further_target(id, 0, lab.now);
    expect(&mut lab, "0 OPTIONS>0, 0 next>0, 0 failed, 0 500");
    assert_eq!(replace(&mut lab, id, 0), Err(BranchError::Gone));
}

#[test]
fn a_caller_that_gave_up_is_not_called_back_by_failover() {
    let (mut lab, id) = relayed(Tcp, "INVITE");
    lab.layer.cancel(id, lab.now);
    lab.layer.branch_failed(id, 0, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 failed, 0 487");
    let (mut lab, id) = relayed(Tcp, "INVITE");
    lab.layer.branch_failed(id, 0, lab.now);
    lab.layer.cancel(id, lab.now);
    assert_eq!(replace(&mut lab, id, 0), Err(BranchError::Canceled));
    lab.layer.no_further_target(id, 0, lab.now);
    expect(&mut lab, "0 INVITE>0, 0 next>0, 0 failed, 0 487");
}

#[test]
fn a_host_that_never_answers_is_not_waited_for() {
    let (mut lab, id) = relayed(Tcp, "INVITE");
    lab.layer.branch_failed(id, 0, lab.now);
    lab.at(179_000);
    expect(&mut lab, "0 INVITE>0, 0 next>0");
    lab.at(181_000);
    expect(&mut lab, "180000 500");
}
