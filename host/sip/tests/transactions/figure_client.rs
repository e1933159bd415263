//! RFC 3261 figure 6: another request on a branch.

use crate::lab::{Lab, expect};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::transaction::ReplyMatch;

#[test]
fn trying_sends_again_up_to_every_t2_until_timer_f() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("OPTIONS", 1);
    lab.at(31_000);
    expect(
        &mut lab,
        "0 OPTIONS>0, 500 OPTIONS>0, 1500 OPTIONS>0, 3500 OPTIONS>0, 7500 OPTIONS>0, 11500 OPTIONS>0,
         15500 OPTIONS>0, 19500 OPTIONS>0, 23500 OPTIONS>0, 27500 OPTIONS>0,
         30000 timeout>0, 30000 failed, 30000 408",
    );
}

#[test]
fn trying_over_tcp_sends_once() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("OPTIONS", 1);
    lab.at(31_000);
    expect(
        &mut lab,
        "0 OPTIONS>0, 30000 timeout>0, 30000 failed, 30000 408, 30000 ended",
    );
}

#[test]
fn a_provisional_leaves_timer_e_at_t2_and_timer_f_alone() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("OPTIONS", 1);
    assert!(matches!(lab.at(600).receive(0, 100), ReplyMatch::Pass { .. }));
    lab.at(31_000);
    expect(
        &mut lab,
        "0 OPTIONS>0, 500 OPTIONS>0, 1500 OPTIONS>0, 5500 OPTIONS>0, 9500 OPTIONS>0, 13500 OPTIONS>0,
         17500 OPTIONS>0, 21500 OPTIONS>0, 25500 OPTIONS>0, 29500 OPTIONS>0,
         30000 timeout>0, 30000 failed, 30000 408",
    );
}

#[test]
fn a_final_reply_is_passed_once_and_absorbed_until_timer_k() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("OPTIONS", 1);
    assert!(matches!(lab.at(100).receive(0, 200), ReplyMatch::Pass { .. }));
    assert_eq!(lab.at(200).receive(0, 200), ReplyMatch::Absorbed);
    lab.at(5000);
    assert_eq!(lab.receive(0, 404), ReplyMatch::Absorbed);
    lab.at(40_000);
    expect(&mut lab, "0 OPTIONS>0, 100 200, 32100 ended"); // the server machine's Timer J
}

#[test]
fn over_tcp_timer_k_is_zero() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("OPTIONS", 1);
    lab.at(100).receive(0, 404);
    expect(&mut lab, "0 OPTIONS>0, 100 failed, 100 404, 100 ended");
}

#[test]
fn a_request_that_cannot_be_sent_counts_as_503() {
    let mut lab = Lab::new(Udp);
    let id = lab.forwarded("OPTIONS", 2);
    lab.layer.branch_failed(id, 0, lab.now);
    lab.at(100).receive(1, 480);
    expect(&mut lab, "0 OPTIONS>0, 0 OPTIONS>1, 100 failed, 100 480");
}
