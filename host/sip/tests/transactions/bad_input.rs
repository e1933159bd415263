//! What nobody should send: answered or dropped by the rule, and nothing is kept of it.

use crate::lab::{Lab, expect};
use crate::messages::{parse, read, reply, request};
use kemist_sip::Protocol::Udp;
use kemist_sip::transaction::{BranchError, Config, ReplyMatch, RequestMatch};

#[test]
fn a_flood_of_acks_leaves_nothing() {
    let mut lab = Lab::new(Udp);
    for n in 0..10_000 {
        let ack = request("ACK", &format!("z9hG4bK{n}"), &format!("{n}@flood"), "x");
        assert_eq!(lab.request_of(&ack), RequestMatch::Ack(None));
    }
    assert!(lab.layer.is_empty() && lab.layer.poll_timeout().is_none());
    expect(&mut lab, "");
}

#[test]
fn a_flood_of_acks_to_a_call_is_absorbed() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    lab.receive(0, 486);
    lab.log();
    for _ in 0..1_000 {
        assert_eq!(lab.request("ACK"), RequestMatch::Absorbed);
    }
    expect(&mut lab, "");
    lab.at(60_000);
    assert!(lab.layer.is_empty());
}

#[test]
fn cancels_for_nothing_and_stray_replies_leave_nothing() {
    let mut lab = Lab::new(Udp);
    for n in 0..1_000 {
        let cancel = request("CANCEL", &format!("z9hG4bK{n}"), "none@lab", "");
        assert_eq!(lab.request_of(&cancel), RequestMatch::Cancel(None));
        let of_another = request("INVITE", &format!("z9hG4bK4d.1.{n:x}.1.0.0.1"), "none@lab", "");
        let stray = read(&reply(&of_another, 200, "x"));
        assert_eq!(lab.receive_of(&stray), ReplyMatch::Unknown);
    }
    assert_eq!(lab.layer.stats().unknown_replies, 1_000);
    assert!(lab.layer.is_empty() && lab.layer.poll_timeout().is_none());
}

#[test]
fn sixty_four_branches_end_with_one_reply() {
    let config = Config {
        max_branches: 64,
        ..Config::default()
    };
    let mut lab = Lab::with(Udp, config);
    let id = lab.forwarded("INVITE", 64);
    assert_eq!(lab.branch(id), Err(BranchError::Full));
    for branch in 0..64 {
        lab.receive(branch, 180);
    }
    lab.receive(63, 200);
    let log = lab.log();
    assert_eq!(log.matches("CANCEL>").count(), 63, "{log}");
    for branch in 0..63 {
        lab.receive_for_cancel(branch, 200);
    }
    lab.at(200_000);
    let finals = lab.upstream.iter().filter(|bytes| bytes.starts_with(b"SIP/2.0 2"));
    assert_eq!(finals.count(), 1);
    assert!(lab.layer.is_empty() && lab.layer.poll_timeout().is_none());
}

#[test]
fn a_request_with_seventy_vias_is_one_as_any_other() {
    let mut lab = Lab::new(Udp);
    let below: String = (0..69)
        .map(|n| format!("Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bK{n}\r\nMax-"))
        .collect::<String>()
        .replace("Max-Via", "Via");
    let text = String::from_utf8(request("INVITE", "z9hG4bKcall", "one@lab", "").bytes().to_vec()).expect("text");
    let req = parse(text.replace("Max-", &below));
    assert_eq!(req.vias().count(), 70);
    assert!(!lab.layer.is_loop(&req, 0));
    let id = lab.create_of(req.clone());
    lab.branch(id).expect("open");
    lab.layer.branches_added(id, lab.now);
    assert_eq!(lab.request_of(&req), RequestMatch::Absorbed);
    lab.receive(0, 404);
    let upstream = read(lab.upstream.last().expect("the 404"));
    assert_eq!(upstream.vias().count(), 70);
}

#[test]
fn a_via_of_ours_cannot_be_forged() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 2);
    let sent = lab.sent_on(0).next().expect("the INVITE of the branch");
    let rpl = String::from_utf8(reply(&read(&sent), 200, "forged").to_vec()).expect("text");
    let branch = String::from_utf8(read(&sent).via().and_then(|via| via.branch()).expect("ours").to_vec());
    let branch = branch.expect("text");
    lab.log();
    // every digit turned into every other: another branch, transaction, worker, run or checksum
    for place in "z9hG4bK".len()..branch.len() {
        for digit in "0123456789abcdef."
            .chars()
            .filter(|digit| !branch[place..].starts_with(*digit))
        {
            let forged = format!("{}{digit}{}", &branch[..place], &branch[place + 1..]);
            let rpl = parse(rpl.replace(&branch, &forged));
            assert_eq!(lab.receive_of(&rpl), ReplyMatch::Unknown, "{forged}");
        }
    }
    expect(&mut lab, "");
    assert_eq!(lab.layer.len(), 1);
}

#[test]
fn a_request_with_our_address_in_its_via_is_one_as_any_other() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    let sent = lab.sent_on(0).next().expect("the INVITE of the branch");
    let branch = read(&sent).via().and_then(|via| via.branch()).expect("ours").to_vec();
    let branch = String::from_utf8(branch).expect("text");
    lab.log();
    // as if we had sent it, with the branch of a call that there is
    for method in ["INVITE", "BYE", "ACK", "CANCEL"] {
        let text = String::from_utf8(request(method, &branch, "forged@lab", "").bytes().to_vec()).expect("text");
        let req = parse(text.replace("192.0.2.1:5060", "192.0.2.9:5060"));
        let wanted = match method {
            "ACK" => RequestMatch::Ack(None),
            "CANCEL" => RequestMatch::Cancel(None),
            _ => RequestMatch::New,
        };
        assert_eq!(lab.request_of(&req), wanted, "{method}");
    }
    expect(&mut lab, "");
    // the branch is as it was
    lab.receive(0, 200);
    expect(&mut lab, "0 200");
}
