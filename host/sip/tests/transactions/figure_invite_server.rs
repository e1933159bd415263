//! RFC 3261 figure 7 with RFC 6026 figure 5: an INVITE from the caller.

use crate::lab::{Lab, expect};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::transaction::{Config, ReplyError, RequestMatch};
use std::time::Duration;

#[test]
fn proceeding_answers_a_retransmission_with_the_last_provisional() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("INVITE");
    assert_eq!(lab.request("INVITE"), RequestMatch::Absorbed);
    expect(&mut lab, "");
    lab.layer.trying(id, lab.now);
    lab.layer.trying(id, lab.now);
    lab.at(100).request("INVITE");
    lab.at(200).reply(id, 180);
    lab.at(300).request("INVITE");
    expect(&mut lab, "0 100, 100 100, 200 180, 300 180");
}

#[test]
fn completed_sends_the_negative_reply_until_the_ack() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("INVITE");
    lab.reply(id, 486);
    lab.at(600).request("INVITE");
    lab.at(9_000);
    expect(&mut lab, "0 486, 500 486, 600 486, 1500 486, 3500 486, 7500 486");
    assert_eq!(lab.request("ACK"), RequestMatch::Absorbed);
    lab.at(10_000).request("INVITE"); // confirmed: absorbed without an answer
    lab.request("ACK");
    lab.at(20_000);
    expect(&mut lab, "14000 ended"); // Timer I
}

#[test]
fn completed_without_an_ack_ends_with_timer_h() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("INVITE");
    lab.reply(id, 486);
    lab.at(40_000);
    expect(
        &mut lab,
        "0 486, 500 486, 1500 486, 3500 486, 7500 486, 11500 486, 15500 486, 19500 486, 23500 486,
         27500 486, 31500 486, 32000 ended",
    );
}

#[test]
fn over_tcp_nothing_is_sent_again_and_timer_i_is_zero() {
    let mut lab = Lab::new(Tcp);
    let id = lab.create("INVITE");
    lab.reply(id, 486);
    lab.at(5_000).request("ACK");
    expect(&mut lab, "0 486, 5000 ended");
}

#[test]
fn completed_over_tcp_waits_for_the_ack_as_long() {
    let mut lab = Lab::new(Tcp);
    let id = lab.create("INVITE");
    lab.reply(id, 486);
    lab.at(40_000);
    expect(&mut lab, "0 486, 32000 ended");
}

#[test]
fn accepted_absorbs_the_invite_and_passes_the_ack() {
    let mut lab = Lab::new(Udp);
    let id = lab.forwarded("INVITE", 1);
    lab.receive(0, 200);
    assert_eq!(lab.at(100).request("INVITE"), RequestMatch::Absorbed);
    assert_eq!(lab.request("ACK"), RequestMatch::Ack(Some(id)));
    lab.at(40_000);
    expect(&mut lab, "0 INVITE>0, 0 200, 32000 ended"); // Timer L
    assert_eq!(lab.request("ACK"), RequestMatch::Ack(None));
}

#[test]
fn a_2xx_of_our_own_is_sent_until_the_ack_whatever_the_transport() {
    for protocol in [Udp, Tcp] {
        let mut lab = Lab::new(protocol);
        let id = lab.create("INVITE");
        lab.reply(id, 200);
        lab.at(4_000);
        expect(&mut lab, "0 200, 500 200, 1500 200, 3500 200");
        assert_eq!(lab.request("ACK"), RequestMatch::Ack(Some(id)));
        lab.at(60_000);
        expect(&mut lab, "36000 ended");
    }
}

#[test]
fn a_2xx_of_our_own_without_an_ack_ends() {
    let mut lab = Lab::with(
        Udp,
        Config {
            wt_timer: Some(Duration::from_secs(5)),
            ..Config::default()
        },
    );
    let id = lab.create("INVITE");
    lab.reply(id, 200);
    lab.at(60_000);
    assert!(lab.log().ends_with("31500 200, 32000 ended"));
}

#[test]
fn a_second_final_reply_is_refused() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("INVITE");
    lab.reply(id, 486);
    let again = lab.layer.reply(id, 200, bytes::Bytes::from_static(b"x"), lab.now);
    assert_eq!(again, Err(ReplyError::FinalSent));
    expect(&mut lab, "0 486");
}

#[test]
fn the_ack_of_a_2xx_is_found_with_another_branch() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("INVITE");
    lab.reply(id, 200);
    let ack = crate::messages::request("ACK", "z9hG4bKother", "one@lab", "ours");
    assert_eq!(lab.request_of(&ack), RequestMatch::Ack(Some(id)));
    let ack = crate::messages::request("ACK", "z9hG4bKother", "two@lab", "ours");
    assert_eq!(lab.request_of(&ack), RequestMatch::Ack(None));
}
