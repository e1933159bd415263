//! More than one branch: which reply goes upstream, and when (RFC 3261 16.7).

use crate::lab::{Lab, expect};
use crate::messages::{read, request};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::message::HeaderId;
use kemist_sip::transaction::{ReplyMatch, RequestMatch};

#[test]
fn the_first_2xx_wins_and_the_others_are_cancelled() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 3);
    lab.at(100).receive(0, 180);
    lab.at(200).receive(1, 183);
    lab.at(300).receive(1, 200);
    lab.at(400).receive(2, 180); // late: cancelled when it was first heard of
    lab.at(500).receive(0, 487);
    lab.at(600).receive(2, 487);
    lab.at(60_000);
    expect(
        &mut lab,
        "0 INVITE>0, 0 INVITE>1, 0 INVITE>2, 100 180, 200 183, 300 200, 300 CANCEL>0, 400 CANCEL>2,
         500 ACK>0, 600 ACK>2, 32300 ended",
    );
}

#[test]
fn a_second_2xx_goes_upstream_too() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 2);
    lab.at(100).receive(0, 200);
    lab.at(110).receive(1, 200);
    expect(&mut lab, "0 INVITE>0, 0 INVITE>1, 100 200, 110 200");
}

#[test]
fn copies_of_every_2xx_go_upstream_until_timer_m() {
    let mut lab = Lab::new(Udp);
    let id = lab.forwarded("INVITE", 3);
    lab.at(100).receive(2, 180);
    for time in [200, 700, 1700] {
        lab.at(time).receive(0, 200);
        lab.at(time + 10).receive(1, 200);
    }
    lab.at(1_800).receive(2, 487);
    lab.log();
    for tag in ["callee0", "callee1"] {
        let answers = lab.upstream.iter().map(read).filter(|rpl| rpl.status() == 200);
        let of_tag = answers.filter(|rpl| rpl.to().and_then(|to| to.tag()) == Some(tag.as_bytes()));
        assert_eq!(of_tag.count(), 3, "{tag}");
    }
    // the ACK to each, with a branch of its own, and once more
    for ack in ["z9hG4bKack0", "z9hG4bKack1", "z9hG4bKack1"] {
        let ack = request("ACK", ack, "one@lab", "callee1");
        assert_eq!(lab.request_of(&ack), RequestMatch::Ack(Some(id)));
    }
    // RFC 6026 8.3: what comes after the Accepted state has nowhere to go
    lab.at(32_300);
    assert_eq!(lab.receive(0, 200), ReplyMatch::Absorbed);
    lab.at(33_900);
    assert_eq!(lab.receive(0, 200), ReplyMatch::Unknown);
    expect(&mut lab, "33800 ended"); // Timer D of the third
}

#[test]
fn a_second_2xx_of_another_request_does_not() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("OPTIONS", 2);
    lab.at(100).receive(0, 200);
    lab.at(110).receive(1, 200);
    expect(&mut lab, "0 OPTIONS>0, 0 OPTIONS>1, 100 200, 110 ended");
}

#[test]
fn a_6xx_cancels_the_others_and_waits_for_them() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 2);
    lab.receive(0, 180);
    lab.at(100).receive(1, 603);
    expect(&mut lab, "0 INVITE>0, 0 INVITE>1, 0 180, 100 ACK>1, 100 CANCEL>0");
    lab.at(200).receive(0, 487);
    expect(&mut lab, "200 ACK>0, 200 failed, 200 603");
}

#[test]
fn the_best_negative_reply_wins() {
    for (codes, best) in [
        (&[486, 404][..], 404),
        (&[404, 302], 302),
        (&[500, 404, 503], 404),
        (&[503, 500], 500),
        (&[486, 407], 407),
        (&[404, 484], 484),
        (&[415, 404], 415),
        (&[302, 600], 600),
        (&[603, 600], 600),
        (&[503], 500), // 16.7 step 6: a 503 is of the server below, not of this one
        (&[503, 503], 500),
    ] {
        let mut lab = Lab::new(Tcp);
        lab.forwarded("INVITE", codes.len() as u8);
        for (branch, code) in codes.iter().enumerate() {
            lab.receive(branch as u8, *code);
        }
        let last = read(lab.upstream.last().expect("something was sent upstream"));
        assert_eq!(last.status(), best, "of {codes:?}");
        assert_eq!(lab.upstream.len(), 1, "of {codes:?}");
    }
}

#[test]
fn what_was_received_is_better_than_a_timeout() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 2);
    lab.at(100).receive(1, 486);
    lab.at(30_000);
    expect(
        &mut lab,
        "0 INVITE>0, 0 INVITE>1, 100 ACK>1, 30000 timeout>0, 30000 failed, 30000 486",
    );
}

#[test]
fn challenges_of_all_branches_go_upstream() {
    let mut lab = Lab::new(Tcp);
    lab.forwarded("INVITE", 3);
    lab.receive_with(0, 407, "Proxy-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n");
    lab.receive_with(1, 404, "WWW-Authenticate: Digest realm=\"no\", nonce=\"2\"\r\n");
    lab.receive_with(2, 401, "WWW-Authenticate: Digest realm=\"b\", nonce=\"3\"\r\n");
    let sent = read(lab.upstream.last().expect("the best went upstream"));
    assert_eq!(sent.status(), 401);
    let proxy: Vec<_> = sent
        .headers_of(HeaderId::ProxyAuthenticate)
        .map(|h| h.value().to_vec())
        .collect();
    let www: Vec<_> = sent
        .headers_of(HeaderId::WwwAuthenticate)
        .map(|h| h.value().to_vec())
        .collect();
    assert_eq!(proxy, [b"Digest realm=\"a\", nonce=\"1\""]);
    assert_eq!(www, [b"Digest realm=\"b\", nonce=\"3\""]);
}

#[test]
fn nothing_is_decided_while_branches_are_being_added() {
    let mut lab = Lab::new(Tcp);
    let id = lab.create("INVITE");
    lab.branch(id).expect("open");
    lab.drain();
    lab.receive(0, 404);
    lab.branch(id).expect("open");
    lab.drain();
    lab.receive(1, 486);
    expect(&mut lab, "0 INVITE>0, 0 ACK>0, 0 INVITE>1, 0 ACK>1");
    lab.layer.branches_added(id, lab.now);
    expect(&mut lab, "0 failed, 0 404");
}

#[test]
fn a_reply_of_our_own_cancels_the_branches() {
    let mut lab = Lab::new(Tcp);
    let id = lab.forwarded("INVITE", 1);
    lab.receive(0, 180);
    lab.at(1000).reply(id, 480);
    lab.at(1100).receive(0, 487);
    lab.at(1200).request("ACK");
    expect(
        &mut lab,
        "0 INVITE>0, 0 180, 1000 480, 1000 CANCEL>0, 1100 ACK>0, 1200 ended",
    );
}
