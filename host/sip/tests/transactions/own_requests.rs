//! Requests of our own: sent again, answered, given up, acknowledged, cancelled.

use crate::lab::{Lab, expect};
use crate::messages::{read, reply, request};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::message::Method;
use kemist_sip::transaction::{Announce, By, Config, ReplyMatch, RequestMatch, SendError, Which};

/// A reply to the first request sent.
fn answer(lab: &mut Lab, code: u16) -> ReplyMatch {
    let sent = read(&lab.sent_on(0).next().expect("sent"));
    lab.receive_of(&read(&reply(&sent, code, "peer")))
}

#[test]
fn a_silent_peer_is_asked_again_and_given_up() {
    let mut lab = Lab::new(Udp);
    lab.send(Method::Options).expect("there is room");
    lab.at(40_000);
    expect(
        &mut lab,
        "0 OPTIONS>0, 500 OPTIONS>0, 1500 OPTIONS>0, 3500 OPTIONS>0, 7500 OPTIONS>0, 11500 OPTIONS>0,
         15500 OPTIONS>0, 19500 OPTIONS>0, 23500 OPTIONS>0, 27500 OPTIONS>0, 30000 unanswered 7 408, 30000 ended 7",
    );
    assert_eq!((lab.layer.own_requests(), lab.layer.poll_timeout()), (0, None));
}

#[test]
fn replies_are_reported_once() {
    let mut lab = Lab::new(Udp);
    let id = lab.send(Method::Options).expect("there is room");
    let own = ReplyMatch::Own { id, tag: 7 };
    assert_eq!(answer(&mut lab, 100), own);
    assert_eq!(answer(&mut lab, 200), own);
    assert_eq!(answer(&mut lab, 200), ReplyMatch::Absorbed);
    lab.at(60_000);
    expect(&mut lab, "0 OPTIONS>0, 5000 ended 7"); // Timer K
    assert_eq!(answer(&mut lab, 200), ReplyMatch::Unknown);
}

#[test]
fn nothing_lingers_on_a_stream() {
    let mut lab = Lab::new(Tcp);
    let id = lab.send(Method::Options).expect("there is room");
    lab.at(10_000);
    assert_eq!(answer(&mut lab, 404), ReplyMatch::Own { id, tag: 7 });
    expect(&mut lab, "0 OPTIONS>0, 10000 ended 7");
}

#[test]
fn a_refused_invite_is_acknowledged() {
    let mut lab = Lab::new(Udp);
    let id = lab.send(Method::Invite).expect("there is room");
    lab.at(500);
    let own = ReplyMatch::Own { id, tag: 7 };
    assert_eq!(answer(&mut lab, 180), own);
    assert_eq!(answer(&mut lab, 486), own);
    assert_eq!(answer(&mut lab, 486), ReplyMatch::Absorbed);
    expect(&mut lab, "0 INVITE>0, 500 INVITE>0, 500 ACK>0, 500 ACK>0");
    let ack = lab.sent_on(0).last().expect("sent");
    assert!(read(&ack).to().and_then(|to| to.tag()) == Some(b"peer"));
    lab.at(60_000);
    expect(&mut lab, "32500 ended 7"); // Timer D
}

#[test]
fn every_success_to_an_invite_is_reported() {
    let mut lab = Lab::new(Udp);
    let id = lab.send(Method::Invite).expect("there is room");
    for _ in 0..3 {
        assert_eq!(answer(&mut lab, 200), ReplyMatch::Own { id, tag: 7 });
    }
    lab.at(60_000);
    expect(&mut lab, "0 INVITE>0, 32000 ended 7"); // Timer M
}

#[test]
fn a_ringing_invite_can_be_cancelled() {
    let mut lab = Lab::new(Udp);
    let id = lab.send(Method::Invite).expect("there is room");
    lab.layer.cancel_request(id, Some(b"SIP;cause=200"), lab.now);
    expect(&mut lab, "0 INVITE>0"); // nothing before the first provisional
    answer(&mut lab, 180);
    expect(&mut lab, "0 CANCEL>0");
    assert_eq!(lab.receive_for_cancel(0, 200), ReplyMatch::Absorbed);
    assert_eq!(answer(&mut lab, 487), ReplyMatch::Own { id, tag: 7 });
    expect(&mut lab, "0 ACK>0");
}

#[test]
fn one_that_rings_for_ever_is_cancelled_and_reported_once() {
    let mut lab = Lab::new(Udp);
    let id = lab.send(Method::Invite).expect("there is room");
    answer(&mut lab, 180);
    lab.at(120_100); // Timer C
    expect(&mut lab, "0 INVITE>0, 120000 CANCEL>0, 120000 unanswered 7 408");
    assert_eq!(answer(&mut lab, 487), ReplyMatch::Absorbed);
    expect(&mut lab, "120100 ACK>0");
    assert!(lab.layer.own_requests() == 1);
    // a call that exists after all is worth a word
    let mut lab = Lab::new(Udp);
    let late = lab.send(Method::Invite).expect("there is room");
    answer(&mut lab, 180);
    lab.at(120_100);
    assert_eq!(answer(&mut lab, 200), ReplyMatch::Own { id: late, tag: 7 });
    assert_eq!(id, late); // the same place in another layer
}

#[test]
fn what_cannot_be_sent_is_reported() {
    let mut lab = Lab::new(Udp);
    lab.send(Method::Options).expect("there is room");
    let sent = read(&lab.sent_on(0).next().expect("sent"));
    assert!(lab.layer.request_failed(&sent, lab.now));
    expect(&mut lab, "0 OPTIONS>0, 0 unanswered 7 503, 0 ended 7");
    assert!(!lab.layer.request_failed(&sent, lab.now));
}

#[test]
fn ids_of_requests_and_transactions_are_apart() {
    let mut lab = Lab::new(Udp);
    let tx = lab.forwarded("OPTIONS", 1);
    let own = lab.send(Method::Options).expect("there is room");
    let of_branch = read(&lab.sent_on(0).next().expect("sent"));
    let of_own = read(&lab.sent_on(0).last().expect("sent"));
    let ours = ReplyMatch::Own { id: own, tag: 7 };
    assert_eq!(lab.receive_of(&read(&reply(&of_own, 180, "x"))), ours);
    let theirs = ReplyMatch::Pass { id: tx, branch: 0 };
    assert_eq!(lab.receive_of(&read(&reply(&of_branch, 180, "x"))), theirs);
    assert_eq!(lab.layer.find_reply(&of_own), None);
}

#[test]
fn there_is_an_end_to_them() {
    let mut lab = Lab::with(
        Udp,
        Config {
            max_transactions: 2,
            ..Config::default()
        },
    );
    assert_eq!(lab.send(Method::Ack), Err(SendError::NoTransaction));
    lab.send(Method::Options).expect("there is room");
    lab.send(Method::Options).expect("there is room");
    assert_eq!(lab.send(Method::Options), Err(SendError::Full));
    let req = request("OPTIONS", "z9hG4bKa", "one@lab", "");
    assert_eq!(lab.request_of(&req), RequestMatch::New);
}

#[test]
fn what_the_layer_makes_is_told_where_that_is_wanted() {
    let announce = |own, cancels, acks| Config {
        announce: Announce { own, cancels, acks },
        ..Config::default()
    };
    // by whom: a request of our own, the host's wish, the caller's CANCEL; then the ACKs
    for (config, told) in [
        (announce(false, false, false), &[][..]),
        (announce(true, false, false), &["CANCEL own", "ACK own", "CANCEL tx"]),
        (announce(false, true, false), &["CANCEL tx", "CANCEL tx"]),
        (announce(false, false, true), &["ACK tx", "ACK tx"]),
    ] {
        let mut lab = Lab::with(Udp, config);
        let own = lab.send(Method::Invite).expect("there is room");
        answer(&mut lab, 180);
        lab.layer.cancel_request(own, None, lab.now);
        answer(&mut lab, 487);
        answer(&mut lab, 487);
        for (branch, asked) in [("z9hG4bKa", true), ("z9hG4bKb", false)] {
            let id = lab.create_of(request("INVITE", branch, "two@lab", ""));
            lab.branch(id).expect("open");
            lab.layer.branches_added(id, lab.now);
            lab.drain();
            let sent = read(&lab.sent_on(0).last().expect("sent"));
            lab.receive_of(&read(&reply(&sent, 180, "x")));
            if asked {
                lab.layer.cancel_branches(id, Which::All, None, lab.now);
            } else {
                lab.layer.cancel(id, lab.now);
            }
            lab.receive_of(&read(&reply(&sent, 487, "x")));
        }
        let made: Vec<_> = std::iter::from_fn(|| lab.layer.poll_made())
            .map(|made| {
                let by = match made.by {
                    By::Request { id, tag: 7 } if id == own => "own",
                    By::Request { .. } => "another's",
                    By::Transaction(_) => "tx",
                };
                format!("{} {by}", read(&made.transmit.bytes).method().name())
            })
            .collect();
        assert_eq!(made, told);
    }
}
