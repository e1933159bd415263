//! RFC 3261 figure 5 with RFC 6026 figure 4: an INVITE on a branch.

use crate::lab::{Lab, expect};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::transaction::{BranchTimeouts, Config, ReplyMatch};
use std::time::Duration;

#[test]
fn calling_sends_again_until_timer_b() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    lab.at(40_000);
    expect(
        &mut lab,
        "0 INVITE>0, 500 INVITE>0, 1500 INVITE>0, 3500 INVITE>0, 7500 INVITE>0, 15500 INVITE>0,
         30000 timeout>0, 30000 failed, 30000 408, 30500 408, 31500 408, 33500 408, 37500 408",
    );
}

#[test]
fn calling_over_tcp_sends_once() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 1);
    lab.at(40_000);
    expect(&mut lab, "0 INVITE>0, 30000 timeout>0, 30000 failed, 30000 408");
}

#[test]
fn a_provisional_stops_the_retransmissions_and_starts_timer_c() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    lab.at(600).receive(0, 100);
    lab.at(60_000);
    expect(&mut lab, "0 INVITE>0, 500 INVITE>0");
    lab.receive(0, 180);
    lab.at(179_000);
    expect(&mut lab, "60000 180"); // Timer C would have fired at 120,600
    lab.at(181_000);
    expect(
        &mut lab,
        "180000 CANCEL>0, 180000 timeout>0, 180000 failed, 180000 408, 180500 408, 180500 CANCEL>0",
    );
}

#[test]
fn a_100_does_not_start_timer_c_again() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 1);
    lab.at(1000).receive(0, 100);
    lab.at(60_000).receive(0, 100);
    lab.at(122_000);
    expect(
        &mut lab,
        "0 INVITE>0, 121000 CANCEL>0, 121000 timeout>0, 121000 failed, 121000 408",
    );
}

#[test]
fn a_negative_reply_is_acknowledged_each_time_until_timer_d() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    assert!(matches!(lab.at(100).receive(0, 486), ReplyMatch::Pass { .. }));
    assert_eq!(lab.at(600).receive(0, 486), ReplyMatch::Absorbed);
    lab.request("ACK");
    assert_eq!(lab.at(32_000).receive(0, 486), ReplyMatch::Absorbed);
    lab.at(40_000);
    expect(
        &mut lab,
        "0 INVITE>0, 100 ACK>0, 100 failed, 100 486, 600 486, 600 ACK>0, 32000 ACK>0, 32100 ended",
    );
    assert_eq!(lab.receive(0, 486), ReplyMatch::Unknown);
}

#[test]
fn over_tcp_timer_d_is_zero() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 1);
    lab.at(100).receive(0, 486);
    lab.at(200).request("ACK");
    expect(&mut lab, "0 INVITE>0, 100 ACK>0, 100 failed, 100 486, 200 ended");
}

#[test]
fn every_2xx_is_passed_while_accepted() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    for time in [100, 600, 1600] {
        assert!(matches!(lab.at(time).receive(0, 200), ReplyMatch::Pass { .. }));
    }
    assert_eq!(lab.receive(0, 180), ReplyMatch::Absorbed);
    lab.at(40_000);
    expect(&mut lab, "0 INVITE>0, 100 200, 600 200, 1600 200, 32100 ended");
}

#[test]
fn accepted_over_tcp_lasts_as_long() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 1);
    lab.at(100).receive(0, 200);
    lab.at(1000).receive(0, 200);
    lab.at(40_000);
    expect(&mut lab, "0 INVITE>0, 100 200, 1000 200, 32100 ended");
}

#[test]
fn a_request_that_cannot_be_sent_counts_as_503() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.at(10);
    lab.layer.branch_failed(id, 0, lab.now);
    lab.at(20).request("ACK");
    expect(&mut lab, "0 INVITE>0, 10 failed, 10 500, 20 ended"); // 16.7 step 6: not the server's 503
}

#[test]
fn branches_may_have_timeouts_of_their_own() {
    let mut lab = Lab::new(Tcp);
    let id = lab.create("INVITE");
    let seconds = |n| Some(Duration::from_secs(n));
    lab.branch_with(
        id,
        BranchTimeouts {
            fr: seconds(2),
            fr_inv: None,
        },
    )
    .expect("open");
    lab.branch_with(
        id,
        BranchTimeouts {
            fr: None,
            fr_inv: seconds(5),
        },
    )
    .expect("open");
    lab.layer.branches_added(id, lab.now);
    lab.at(1000).receive(1, 180);
    lab.at(7000);
    expect(
        &mut lab,
        "0 INVITE>0, 0 INVITE>1, 1000 180, 2000 timeout>0, 6000 CANCEL>1, 6000 timeout>1, 6000 failed, 6000 408",
    );
}

#[test]
fn timeouts_can_be_changed_on_the_way() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 2);
    lab.at(1000).receive(1, 180);
    let seconds = |n| Some(Duration::from_secs(n));
    lab.layer.set_timeouts(
        id,
        BranchTimeouts {
            fr: seconds(4),
            fr_inv: seconds(8),
        },
        lab.now,
    );
    lab.at(10_000);
    expect(
        &mut lab,
        "0 INVITE>0, 0 INVITE>1, 1000 180, 5000 timeout>0, 9000 CANCEL>1, 9000 timeout>1, 9000 failed, 9000 408",
    );
}

#[test]
fn wt_timer_shortens_what_only_lingers() {
    let mut lab = Lab::with(
        Udp,
        Config {
            wt_timer: Some(Duration::from_secs(5)),
            ..Config::default()
        },
    );
    lab.forwarded("INVITE", 1);
    lab.at(100).receive(0, 200);
    lab.at(40_000);
    expect(&mut lab, "0 INVITE>0, 100 200, 5100 ended");
}
