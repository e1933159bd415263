//! RFC 3261 figure 8: another request from the caller.

use crate::lab::{Lab, expect};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::transaction::{Config, RequestMatch};
use std::time::Duration;

#[test]
fn trying_absorbs_in_silence() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("OPTIONS");
    assert_eq!(lab.request("OPTIONS"), RequestMatch::Absorbed);
    lab.layer.trying(id, lab.now);
    expect(&mut lab, "");
}

#[test]
fn proceeding_and_completed_answer_with_the_last_reply_until_timer_j() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("OPTIONS");
    lab.at(100).reply(id, 183);
    lab.at(200).request("OPTIONS");
    lab.at(300).reply(id, 200);
    lab.at(30_000).request("OPTIONS");
    lab.at(40_000);
    expect(&mut lab, "100 183, 200 183, 300 200, 30000 200, 32300 ended");
    assert_eq!(lab.request("OPTIONS"), RequestMatch::New);
}

#[test]
fn over_tcp_timer_j_is_zero() {
    let mut lab = Lab::new(Tcp);
    let id = lab.create("OPTIONS");
    lab.at(100).reply(id, 404);
    expect(&mut lab, "100 404, 100 ended");
}

#[test]
fn wt_timer_shortens_timer_j() {
    let mut lab = Lab::with(
        Udp,
        Config {
            wt_timer: Some(Duration::from_secs(5)),
            ..Config::default()
        },
    );
    let id = lab.create("OPTIONS");
    lab.reply(id, 200);
    lab.at(40_000);
    expect(&mut lab, "0 200, 5000 ended");
}

#[test]
fn a_host_that_forgets_is_stood_in_for() {
    let mut lab = Lab::new(Udp);
    lab.create("OPTIONS");
    lab.at(181_000);
    expect(&mut lab, "180000 500");
}

#[test]
fn what_was_neither_answered_nor_forwarded_can_be_released() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("INVITE");
    lab.layer.trying(id, lab.now);
    assert!(lab.layer.release(id, lab.now));
    assert!(!lab.layer.release(id, lab.now));
    expect(&mut lab, "0 100, 0 ended");
    assert!(lab.layer.is_empty());

    let id = lab.forwarded("INVITE", 1);
    assert!(!lab.layer.release(id, lab.now));
}
