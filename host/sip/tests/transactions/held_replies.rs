//! Replies that the host sees before the caller does, and may keep back.

use crate::lab::{Lab, expect};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::transaction::Config;

fn lab(protocol: kemist_sip::Protocol) -> Lab {
    let config = Config {
        hold_replies: true,
        ..Config::default()
    };
    Lab::with(protocol, config)
}

/// Lets the oldest held reply go, or not.
fn release(lab: &mut Lab, send: bool) {
    let held = lab.held.remove(0);
    let now = lab.now;
    lab.layer.release_reply(held, send, now);
    lab.drain();
}

#[test]
fn what_a_branch_says_waits_and_what_we_say_does_not() {
    let mut lab = lab(Udp);
    let id = lab.forwarded("INVITE", 1);
    lab.layer.trying(id, lab.now);
    lab.receive(0, 180);
    lab.receive(0, 486);
    expect(&mut lab, "0 INVITE>0, 0 100, 0 held 180, 0 ACK>0, 0 failed, 0 held 486");
    release(&mut lab, true);
    expect(&mut lab, "");
    release(&mut lab, true);
    // Timer G sends it again
    lab.at(500);
    expect(&mut lab, "0 486, 500 486");
}

#[test]
fn a_reply_that_is_kept_back_is_never_sent() {
    let mut lab = lab(Udp);
    lab.forwarded("INVITE", 1);
    lab.receive(0, 486);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 failed, 0 held 486");
    release(&mut lab, false);
    lab.at(31_000).request("INVITE");
    expect(&mut lab, "");
    lab.at(40_000);
    expect(&mut lab, "32000 ended");
}

#[test]
fn the_transaction_stays_while_its_reply_waits() {
    let mut lab = lab(Tcp);
    let id = lab.forwarded("OPTIONS", 1);
    lab.receive(0, 200);
    expect(&mut lab, "0 OPTIONS>0, 0 held 200");
    assert!(lab.layer.get(id).is_some());
    release(&mut lab, true);
    expect(&mut lab, "0 200, 0 ended");
}

#[test]
fn a_host_that_never_comes_back_is_not_waited_for_for_ever() {
    let mut lab = lab(Tcp);
    lab.forwarded("OPTIONS", 1);
    lab.receive(0, 200);
    lab.at(200_000);
    expect(&mut lab, "0 OPTIONS>0, 0 held 200, 180000 ended");
}
