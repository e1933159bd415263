//! Which requests and replies belong to a transaction (RFC 3261 17.1.3, 17.2.3).

use crate::lab::{IDENTITY, Lab, expect};
use crate::messages::{parse, read, reply, request};
use kemist_sip::Protocol::{Tcp, Udp};
use kemist_sip::message::Message;
use kemist_sip::transaction::{
    Config, CreateError, Identity, Layer, ReplyMatch, RequestMatch, is_our_tag, key_digest, owner, stateless_branch,
    to_tag,
};
use std::sync::Arc;

#[test]
fn branch_sent_by_and_method_are_the_key() {
    let mut lab = Lab::new(Udp);
    lab.create("INVITE");
    let with = |from: &str, to: &str| variant(&request("INVITE", "z9hG4bKcall", "one@lab", ""), from, to);
    assert_eq!(
        lab.request_of(&with("Call-ID: one", "Call-ID: other")),
        RequestMatch::Absorbed
    );
    assert_eq!(
        lab.request_of(&with("sip:bob@example.com SIP", "sip:x@y SIP")),
        RequestMatch::Absorbed
    );
    assert_eq!(lab.request_of(&with("z9hG4bKcall", "z9hG4bKcalm")), RequestMatch::New);
    assert_eq!(
        lab.request_of(&with("192.0.2.1:5060", "192.0.2.1:5061")),
        RequestMatch::New
    );
    assert_eq!(lab.request_of(&with("192.0.2.1:5060", "192.0.2.1")), RequestMatch::New);
    assert_eq!(lab.request_of(&with("INVITE", "OPTIONS")), RequestMatch::New);
}

/// The same message with some text replaced.
fn variant(msg: &Message, from: &str, to: &str) -> Arc<Message> {
    let text = String::from_utf8(msg.bytes().to_vec()).expect("a test's message is text");
    assert!(text.contains(from));
    parse(text.replace(from, to))
}

#[test]
fn without_the_cookie_the_old_tuple_is_the_key() {
    for branch in ["1", "z9hG4bK", "old-style"] {
        let mut lab = Lab::new(Udp);
        let invite = request("INVITE", branch, "one@lab", "");
        let id = lab.create_of(invite.clone());
        let mut is = |from: &str, to: &str| lab.request_of(&variant(&invite, from, to));
        assert_eq!(
            is("Max-Forwards: 70", "Max-Forwards: 69"),
            RequestMatch::Absorbed,
            "{branch}"
        );
        assert_eq!(is("Call-ID: one", "Call-ID: other"), RequestMatch::New, "{branch}");
        assert_eq!(
            is("sip:bob@example.com SIP", "sip:x@y SIP"),
            RequestMatch::New,
            "{branch}"
        );
        assert_eq!(is("CSeq: 1", "CSeq: 2"), RequestMatch::New, "{branch}");
        assert_eq!(is("tag=a73kszlfl", "tag=b"), RequestMatch::New, "{branch}");
        assert_eq!(
            is(&format!("branch={branch}"), "branch=2"),
            RequestMatch::New,
            "{branch}"
        );
        let cancel = request("CANCEL", branch, "one@lab", "");
        assert_eq!(lab.request_of(&cancel), RequestMatch::Cancel(Some(id)), "{branch}");
    }
}

#[test]
fn an_old_ack_needs_the_tag_of_the_reply() {
    let mut lab = Lab::new(Tcp);
    let id = lab.create_of(request("INVITE", "1", "one@lab", ""));
    lab.reply(id, 486);
    assert_eq!(
        lab.request_of(&request("ACK", "1", "one@lab", "theirs")),
        RequestMatch::Ack(None)
    );
    assert_eq!(
        lab.request_of(&request("ACK", "1", "one@lab", "ours")),
        RequestMatch::Absorbed
    );
    expect(&mut lab, "0 486, 0 ended");
}

#[test]
fn a_key_makes_one_transaction() {
    let mut lab = Lab::new(Udp);
    let id = lab.create("INVITE");
    let again = lab
        .layer
        .create(request("INVITE", "z9hG4bKcall", "one@lab", ""), target(), (), lab.now);
    assert_eq!(again, Err(CreateError::Exists(id)));
    let ack = lab
        .layer
        .create(request("ACK", "z9hG4bKcall", "one@lab", ""), target(), (), lab.now);
    assert_eq!(ack, Err(CreateError::NotARequest));
}

fn target() -> kemist_sip::Target {
    crate::messages::target(Udp, 1)
}

#[test]
fn there_is_a_most() {
    let mut lab = Lab::with(
        Udp,
        Config {
            max_transactions: 2,
            max_branches: 1,
            ..Config::default()
        },
    );
    for branch in ["z9hG4bK1", "z9hG4bK2"] {
        lab.create_of(request("INVITE", branch, "one@lab", ""));
    }
    let third = lab
        .layer
        .create(request("INVITE", "z9hG4bK3", "one@lab", ""), target(), (), lab.now);
    assert_eq!(third, Err(CreateError::Full));
    let id = lab.layer.ids().next().expect("there are two");
    assert_eq!(lab.layer.next_branch(id), Some(0));
    lab.branch(id).expect("the first");
    assert_eq!(lab.layer.next_branch(id), None);
    assert!(lab.branch(id).is_err());
}

#[test]
fn a_held_request_absorbs_its_copies() {
    let mut lab = Lab::new(Udp);
    let invite = request("INVITE", "z9hG4bKcall", "one@lab", "");
    let hold = lab.layer.hold(&invite, lab.now);
    assert_eq!(lab.request("INVITE"), RequestMatch::Pending);
    assert_eq!(lab.request("OPTIONS"), RequestMatch::New);
    assert_eq!(lab.request("CANCEL"), RequestMatch::Pending); // it comes again
    let cancel = variant(
        &request("CANCEL", "z9hG4bKcall", "one@lab", ""),
        "SIP/2.0/UDP",
        "SIP/2.0/TCP",
    );
    assert_eq!(lab.request_of(&cancel), RequestMatch::Cancel(None)); // it does not
    lab.layer.release_hold(hold);
    assert_eq!(lab.request("INVITE"), RequestMatch::New);
}

#[test]
fn a_reply_is_known_by_branch_and_method() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    let sent = read(&lab.sent_on(0).next().expect("sent"));
    let rpl = read(&reply(&sent, 180, "callee"));
    assert_eq!(
        lab.receive_of(&variant(&rpl, "CSeq: 1 INVITE", "CSeq: 1 BYE")),
        ReplyMatch::Unknown
    );
    let branch = String::from_utf8(sent.via().and_then(|via| via.branch()).expect("ours").to_vec()).expect("text");
    for other in ["z9hG4bKnot-ours", "z9hG4bK4d.1.0.1.0.0.1"] {
        assert_eq!(lab.receive_of(&variant(&rpl, &branch, other)), ReplyMatch::Unknown);
    }
    assert_eq!(
        lab.receive_of(&variant(&rpl, "SIP/2.0 180", "SIP/2.0 700")),
        ReplyMatch::Unknown
    );
    assert!(matches!(lab.receive_of(&rpl), ReplyMatch::Pass { branch: 0, .. }));
    assert_eq!(
        owner(branch.as_bytes()).map(|owner| (owner.boot, owner.worker)),
        Some((77, 1))
    );
}

#[test]
fn another_run_or_worker_does_not_know_it() {
    let mut lab = Lab::new(Udp);
    lab.forwarded("INVITE", 1);
    let rpl = read(&reply(&read(&lab.sent_on(0).next().expect("sent")), 180, "callee"));
    for identity in [Identity { worker: 2, ..IDENTITY }, Identity { boot: 78, ..IDENTITY }] {
        let mut other: Layer<()> = Layer::new(Config::default(), identity);
        assert_eq!(other.receive_reply(&rpl, lab.now), ReplyMatch::Unknown);
    }
}

#[test]
fn our_tag_is_known_again_from_the_ack() {
    let secret = IDENTITY.secret;
    let invite = request("INVITE", "z9hG4bKcall", "one@lab", "");
    let tag = to_tag(&secret, &invite);
    assert_eq!(tag, to_tag(&secret, &invite));
    let tag = std::str::from_utf8(&tag).expect("hexadecimal");
    assert!(is_our_tag(&secret, &request("ACK", "z9hG4bKcall", "one@lab", tag)));
    assert!(!is_our_tag(&secret, &request("ACK", "z9hG4bKcall", "two@lab", tag)));
    assert!(!is_our_tag(&secret, &request("ACK", "z9hG4bKcall", "one@lab", "")));
    assert!(!is_our_tag(&[0; 16], &request("ACK", "z9hG4bKcall", "one@lab", tag)));
}

#[test]
fn a_stateless_branch_is_a_function_of_the_request() {
    let of = |msg: &Message| stateless_branch(msg, &IDENTITY.secret);
    let invite = request("INVITE", "z9hG4bKcall", "one@lab", "");
    assert_eq!(of(&invite), of(&request("CANCEL", "z9hG4bKcall", "one@lab", "")));
    assert_eq!(of(&invite), of(&request("ACK", "z9hG4bKcall", "one@lab", "reply")));
    assert_ne!(of(&invite), of(&request("INVITE", "z9hG4bKcalm", "one@lab", "")));
    let old = request("INVITE", "old", "one@lab", "");
    assert_eq!(of(&old), of(&request("CANCEL", "old", "one@lab", "")));
    assert_ne!(of(&old), of(&request("INVITE", "old", "two@lab", "")));
    for branch in [of(&invite), of(&old)] {
        assert!(branch.starts_with(b"z9hG4bK"));
        assert_eq!(owner(&branch), None);
    }
}

#[test]
fn digests_differ() {
    assert_eq!(key_digest(b"one@lab", 1), key_digest(b"one@lab", 1));
    assert_ne!(key_digest(b"one@lab", 1), key_digest(b"one@lab", 2));
    assert_ne!(key_digest(b"one@lab", 1), key_digest(b"two@lab", 1));
}

/// The request as it leaves on a branch of ours, in the shape of one just received.
fn relayed(lab: &mut Lab, req: &std::sync::Arc<Message>) -> std::sync::Arc<Message> {
    let id = lab.create_of(req.clone());
    lab.branch(id).expect("open");
    lab.layer.branches_added(id, lab.now);
    lab.drain();
    read(&lab.sent_on(0).last().expect("sent"))
}

#[test]
fn a_request_that_comes_back_unchanged_is_a_loop() {
    let mut lab = Lab::new(Udp);
    let invite = request("INVITE", "z9hG4bKcall", "one@lab", "");
    assert!(!lab.layer.is_loop(&invite, 0));
    let back = relayed(&mut lab, &invite);
    assert_eq!(lab.request_of(&back), RequestMatch::New);
    assert!(lab.layer.is_loop(&back, 0));
    // a worker that shares the run
    let colleague: Layer<()> = Layer::new(Config::default(), Identity { worker: 9, ..IDENTITY });
    assert!(colleague.is_loop(&back, 0));
    let restarted: Layer<()> = Layer::new(Config::default(), Identity { boot: 9, ..IDENTITY });
    assert!(!restarted.is_loop(&back, 0));
}

#[test]
fn a_request_that_an_application_server_returns_unchanged_is_a_loop_the_second_time() {
    let mut lab = Lab::new(Udp);
    let by_server = |msg: &Message, branch: &str| {
        let via = format!("Via: SIP/2.0/TCP AS.example.com:5070;branch={branch}\r\nVia:");
        variant(msg, "Via:", &via)
    };
    let out = relayed(&mut lab, &request("INVITE", "z9hG4bKcall", "one@lab", ""));
    let back = by_server(&out, "z9hG4bKas1");
    assert!(!lab.layer.is_loop(&back, 0), "who sent it is what scripts route by");
    let out = relayed(&mut lab, &back);
    assert!(
        lab.layer.is_loop(&out, 0),
        "to ourselves: the sender is the server still"
    );
    let again = by_server(&out, "z9hG4bKas2");
    assert!(lab.layer.is_loop(&again, 0));
    let other = variant(&again, "AS.example.com:5070", "as.example.com:5080");
    assert!(!lab.layer.is_loop(&other, 0), "another server");
    assert!(
        lab.layer
            .is_loop(&variant(&again, "AS.example.com", "as.example.com"), 0)
    );
}

#[test]
fn a_spiral_is_no_loop() {
    let mut lab = Lab::new(Udp);
    let invite = request("INVITE", "z9hG4bKcall", "one@lab", "");
    let back = relayed(&mut lab, &invite);
    for (from, to) in [
        ("sip:bob@example.com SIP/2.0", "sip:carol@example.com SIP/2.0"),
        ("Max-Forwards:", "Route: <sip:192.0.2.50;lr>\r\nMax-Forwards:"),
        ("CSeq: 1", "CSeq: 2"),
        (";tag=a73kszlfl", ";tag=other"),
        ("Call-ID: one@lab", "Call-ID: two@lab"),
    ] {
        assert!(!lab.layer.is_loop(&variant(&back, from, to), 0), "{to}");
    }
    // the second time round it is one
    let spiral = variant(&back, "sip:bob@example.com SIP/2.0", "sip:carol@example.com SIP/2.0");
    let again = relayed(&mut lab, &spiral);
    assert!(lab.layer.is_loop(&again, 0));
}

#[test]
fn a_forged_branch_makes_no_loop() {
    let mut lab = Lab::new(Udp);
    let back = relayed(&mut lab, &request("INVITE", "z9hG4bKcall", "one@lab", ""));
    let branch = String::from_utf8(back.via().and_then(|via| via.branch()).expect("ours").to_vec()).expect("text");
    let (front, checksum) = branch.rsplit_once('.').expect("it has dots");
    let forged = format!(
        "{front}.{:x}",
        u64::from_str_radix(checksum, 16).expect("hexadecimal") ^ 1
    );
    assert!(!lab.layer.is_loop(&variant(&back, &branch, &forged), 0));
}

#[test]
fn seventy_vias_are_looked_through() {
    let mut lab = Lab::new(Udp);
    let invite = request("INVITE", "z9hG4bKcall", "one@lab", "");
    let back = relayed(&mut lab, &variant(&invite, "192.0.2.1:5060", "192.0.2.77"));
    for (above, seen) in [(69, true), (70, false)] {
        let vias: String = (0..above)
            .map(|n| format!("Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bK{n}\r\n"))
            .collect();
        let long = variant(&back, "Via:", &format!("{vias}Via:"));
        assert_eq!(lab.layer.is_loop(&long, 0), seen, "{above}");
    }
}

#[test]
fn merged_requests_are_told_apart_where_asked_for() {
    let (first, second) = (
        request("REGISTER", "z9hG4bKone", "one@lab", ""),
        request("REGISTER", "z9hG4bKtwo", "one@lab", ""),
    );
    let mut proxy = Lab::new(Udp);
    proxy.create_of(first.clone());
    assert_eq!(proxy.request_of(&second), RequestMatch::New);
    let config = Config {
        merged_requests: true,
        ..Config::default()
    };
    let mut lab = Lab::with(Udp, config);
    assert_eq!(lab.request_of(&first), RequestMatch::New);
    let id = lab.create_of(first.clone());
    assert_eq!(lab.request_of(&first), RequestMatch::Absorbed);
    assert_eq!(lab.request_of(&second), RequestMatch::Merged);
    for other in [
        request("REGISTER", "z9hG4bKtwo", "two@lab", ""),
        request("REGISTER", "z9hG4bKtwo", "one@lab", "dialog"),
        request("OPTIONS", "z9hG4bKtwo", "one@lab", ""),
        variant(&second, "CSeq: 1", "CSeq: 2"),
    ] {
        assert_eq!(lab.request_of(&other), RequestMatch::New);
    }
    assert!(lab.layer.release(id, lab.now));
    assert_eq!(lab.request_of(&second), RequestMatch::New);
}
