//! What `t_set_...` and the flags of `t_relay_to_flags` change, and copies for others.

use super::*;
use std::time::Duration;

/// Time passes.
fn pass(ms: u64) -> Vec<String> {
    core::with(|core| {
        core.now += Duration::from_millis(ms);
        let now = core.now;
        core.layer.handle_timeout(now);
    });
    first_lines()
}

#[test]
fn next_hops_are_fixed() {
    for (proxy, remote, protocol) in [
        ("192.0.2.50", "192.0.2.50:5060", Protocol::Udp),
        ("192.0.2.50:5070", "192.0.2.50:5070", Protocol::Udp),
        ("tcp:192.0.2.50", "192.0.2.50:5060", Protocol::Tcp),
        ("udp:[::1]:5070", "[::1]:5070", Protocol::Udp),
    ] {
        let mut route = plain();
        assert_eq!(testing::block_on(route.t_relay_to_proxy(proxy.into())), 1, "{proxy}");
        let target = testing::sent().last().expect("the branch").target;
        assert_eq!(
            (target.remote.to_string().as_str(), target.protocol),
            (remote, protocol)
        );
    }
    let mut route = plain();
    for bad in ["", "udp:", "a b", "host:port", "host:99999"] {
        assert_eq!(testing::block_on(route.t_relay_to_proxy(bad.into())), -1, "{bad}");
    }
    assert_eq!(testing::block_on(route.t_relay_to_proto("sctp".into())), -1);
    assert_eq!(testing::block_on(route.t_relay_to_proto("tcp".into())), 1);
    let target = testing::sent().last().expect("the branch").target;
    assert_eq!(
        (target.remote.to_string().as_str(), target.protocol),
        ("192.0.2.20:5066", Protocol::Tcp)
    );
}

#[test]
fn flags_of_a_relay() {
    let mut route = plain();
    assert_eq!(testing::block_on(route.t_relay_to_flags(1)), 1);
    assert_eq!(first_lines(), ["INVITE sip:bob@192.0.2.20:5066 SIP/2.0"], "no 100");
    let mut route = plain();
    let relayed = testing::block_on(route.t_relay_to_proxy_flags("nowhere.example".into(), 2 | 4));
    assert_eq!(relayed, -4);
    assert!(route.settings.no_failover);
    assert_eq!(first_lines(), ["SIP/2.0 100 Trying"], "the script answers");
    assert_eq!(route.t_reply_error(), 1);
    assert_eq!(first_lines(), ["SIP/2.0 478 Unresolvable destination"]);
    assert_eq!(plain().t_reply_error(), -1);
}

#[test]
fn the_100_is_the_scripts_choice() {
    let mut route = plain();
    assert_eq!((route.t_set_auto_inv100(0), relay(&mut route)), (1, 1));
    assert_eq!(first_lines().len(), 1);
    let mut route = plain();
    assert_eq!((route.t_newtran(), route.t_set_auto_inv100(1)), (1, 1));
    assert_eq!(relay(&mut route), 1);
    assert_eq!(first_lines()[0], "SIP/2.0 100 Trying");
}

#[test]
fn a_6xx_is_a_reply_like_others_where_the_script_says_so() {
    for (plain_6xx, canceled) in [(0, true), (1, false)] {
        let mut route = plain();
        assert_eq!(route.t_set_disable6xx(plain_6xx), 1);
        route.append_branch(b"sip:carol@192.0.2.21", -1);
        assert_eq!(relay(&mut route), 1);
        let sent = testing::sent();
        receive(&reply_to(&sent[2], "180 Ringing"));
        let (sent, _) = receive(&reply_to(&sent[1], "603 Decline"));
        let cancels = sent.iter().any(|sent| text(sent).starts_with("CANCEL "));
        assert_eq!(cancels, canceled);
    }
}

#[test]
fn a_life_has_an_end() {
    let mut route = plain();
    assert_eq!(route.t_set_max_lifetime(-1, 0), -1);
    assert_eq!(route.t_set_max_lifetime(5000, 0), 1);
    assert_eq!(relay(&mut route), 1);
    assert_eq!((route.t_is_expired(), first_lines().len()), (-1, 2));
    assert!(pass(4900).iter().all(|line| line.starts_with("INVITE")));
    assert_eq!(route.t_is_expired(), -1);
    pass(200);
    assert_eq!((route.t_is_expired(), route.t_any_timeout()), (1, 1));
    let mut route = plain();
    assert_eq!(
        (route.t_set_max_lifetime(5000, 0), route.t_reset_max_lifetime()),
        (1, 1)
    );
    assert_eq!(relay(&mut route), 1);
    pass(6000);
    assert_eq!(route.t_is_expired(), -1);
    assert_eq!(route.t_clean(), 1);
}

#[test]
fn retransmissions_come_as_told() {
    let mut route = plain();
    assert_eq!((route.t_set_retr(-1, 0), route.t_set_retr(2000, 0)), (-1, 1));
    assert_eq!(relay(&mut route), 1);
    first_lines();
    assert!(pass(1900).is_empty());
    assert_eq!(pass(200), ["INVITE sip:bob@192.0.2.20:5066 SIP/2.0"]);
    let mut route = plain();
    assert_eq!((route.t_set_retr(2000, 0), route.t_reset_retr()), (1, 1));
    assert_eq!(relay(&mut route), 1);
    first_lines();
    assert_eq!(pass(600).len(), 1);
}

#[test]
fn the_reason_of_a_cancel_goes_on_or_not() {
    for (no_reason, goes_on) in [(0, true), (1, false)] {
        let mut route = plain();
        assert_eq!(route.t_set_no_e2e_cancel_reason(no_reason), 1);
        route.flags = 1 << 9;
        assert_eq!(relay(&mut route), 1);
        let sent = testing::sent();
        receive(&reply_to(&sent[1], "180 Ringing"));
        let cancel = testing::INVITE.replace("INVITE", "CANCEL");
        let cancel = cancel.replace("User-Agent: unit test", "Reason: SIP;cause=200;text=\"elsewhere\"");
        let mut cancel = testing::route(Kind::Request, &cancel);
        assert_eq!(cancel.t_lookup_cancel_flags(1), 1);
        assert_eq!(cancel.flags, 1 << 9);
        assert_eq!(relay(&mut cancel), 1);
        let sent = testing::sent();
        let cancel = sent
            .iter()
            .map(text)
            .find(|text| text.starts_with("CANCEL "))
            .expect("it goes on");
        assert_eq!(cancel.contains("Reason: SIP;cause=200"), goes_on, "{cancel}");
    }
}

#[test]
fn a_replica_says_nothing_to_the_caller() {
    let mut route = plain();
    assert_eq!(testing::block_on(route.t_replicate("sip:192.0.2.60 x".into())), -1);
    assert_eq!(testing::block_on(route.t_replicate("sip:192.0.2.60:5080".into())), 1);
    let sent = testing::sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].target.remote.to_string(), "192.0.2.60:5080");
    assert_eq!(first_line(&sent[0]), "INVITE sip:bob@192.0.2.20:5066 SIP/2.0");
    let (ringing, _) = receive(&reply_to(&sent[0], "180 Ringing"));
    let (ok, _) = receive(&reply_to(&sent[0], "200 OK"));
    assert!(ringing.is_empty() && ok.is_empty());
    assert_eq!(route.t_reply(404, "Not Found".into()), 1, "the script still may");
    assert_eq!(first_lines(), ["SIP/2.0 404 Not Found"]);
    let mut route = plain();
    assert!(testing::block_on(route.t_replicate("sip:nowhere.example".into())) < 0);
    assert!(first_lines().is_empty());
}

#[test]
fn replies_are_dropped_by_word_and_by_mode() {
    let mut route = plain();
    assert_eq!(route.t_drop_replies("l".into()), 1, "without effect here");
    assert_eq!(route.t_drop_replies_all(), 1);
    for (mode, word, code) in [(0, "", 404), (1, "", 486), (1, "n", 404), (0, "all", 486), (3, "", 486)] {
        let mut route = plain();
        testing::install_with(|shared| shared.modules.tm.failure_reply_mode = mode);
        assert_eq!(route.t_on_failure("on_failure".into()), 1);
        assert_eq!(relay(&mut route), 1);
        let id = route.transaction.expect("a transaction");
        let sent = testing::sent();
        receive(&reply_to(&sent[1], "404 Not Found"));
        let (_, _, mut failure) = core::with(|core| failure_route(core, id)).expect("it is armed");
        if !word.is_empty() {
            assert_eq!(failure.t_drop_replies(word.into()), 1);
        }
        assert!(failure.set_uri(b"sip:voicemail@192.0.2.40"));
        assert_eq!(relay(&mut failure), 1);
        let sent = testing::sent();
        let finish = || {
            core::with(|core| {
                let now = core.now;
                core.layer.finish_failure(id, now);
            })
        };
        finish();
        receive(&reply_to(sent.last().expect("the new branch"), "486 Busy Here"));
        finish();
        let last = first_lines().pop().unwrap_or_default();
        assert!(
            last.starts_with(&format!("SIP/2.0 {code}")),
            "mode {mode} {word:?}: {last}"
        );
    }
}

#[test]
fn saved_changes_are_those_of_failure_branches() {
    let mut route = plain();
    assert_eq!(route.t_save_lumps(), -1, "no transaction yet");
    assert_eq!(route.t_newtran(), 1);
    assert!(route.append_lines(b"X-Kept: 1\r\n"));
    assert_eq!(route.t_save_lumps(), 1);
    assert!(route.append_lines(b"X-Once: 1\r\n"));
    assert_eq!(route.t_on_failure("on_failure".into()), 1);
    assert_eq!(relay(&mut route), 1);
    let id = route.transaction.expect("a transaction");
    let sent = testing::sent();
    let first = text(&sent[1]);
    assert!(first.contains("X-Kept") && first.contains("X-Once"), "{first}");
    receive(&reply_to(&sent[1], "404 Not Found"));
    let (_, _, mut failure) = core::with(|core| failure_route(core, id)).expect("it is armed");
    assert!(failure.set_uri(b"sip:voicemail@192.0.2.40"));
    assert_eq!(relay(&mut failure), 1);
    let sent = testing::sent();
    let second = text(sent.last().expect("the new branch"));
    assert!(second.contains("X-Kept") && !second.contains("X-Once"), "{second}");
    assert!(second.contains("Max-Forwards: 69"), "{second}");
}

#[test]
fn switches_are_kept_with_the_transaction() {
    let mut route = plain();
    assert_eq!(route.t_newtran(), 1);
    assert_eq!((route.t_set_disable_failover(1), route.t_set_no_auto_ack(1)), (1, 1));
    assert_eq!(
        (route.t_set_disable_internal_reply(1), route.t_use_uac_headers()),
        (1, 1)
    );
    assert_eq!(route.t_is_retr_async_reply(), -1);
    let id = route.transaction.expect("a transaction");
    let kept = core::with(|core| core.layer.user(id).map(|tx| tx.settings)).expect("it is there");
    assert!(kept.no_failover && kept.no_auto_ack && kept.no_internal_reply);
}

#[test]
fn a_reply_that_comes_again_while_its_transaction_waits_is_told() {
    use kemist_bindings::kemi::ksr::tmx::Host as Tmx;
    let mut route = plain();
    assert_eq!(route.t_on_failure("on_failure".into()), 1);
    assert_eq!(relay(&mut route), 1);
    let id = route.transaction.expect("a transaction");
    let sent = testing::sent();
    let is_repeated = |status: &str| {
        let reply = reply_to(&sent[1], status);
        let text = String::from_utf8(reply.bytes().to_vec()).expect("text");
        testing::route(Kind::Reply, &text).t_is_retr_async_reply()
    };
    receive(&reply_to(&sent[1], "486 Busy Here"));
    assert_eq!(is_repeated("486 Busy Here"), -1, "nothing waits");
    let (_, _, mut failure) = core::with(|core| failure_route(core, id)).expect("it is armed");
    assert_eq!(failure.t_suspend(), 1);
    assert_eq!((is_repeated("486 Busy Here"), is_repeated("180 Ringing")), (1, -1));
    assert_eq!(failure.t_is_retr_async_reply(), -1, "no reply");
    let stranger = testing::RINGING.to_owned();
    assert_eq!(testing::route(Kind::Reply, &stranger).t_is_retr_async_reply(), -1);
    core::with(|core| {
        let now = core.now;
        core.layer.resume(id, now);
    });
    assert_eq!(is_repeated("486 Busy Here"), -1, "it goes on");
}
