//! The callbacks beside the request route: when each runs, what it sees, and where a drop counts.

#[path = "support/proxy.rs"]
mod proxy;

use kemist::route::{Route, Value};
use kemist_bindings::kemi::ksr::corex::Host as _;
use kemist_bindings::kemi::ksr::tm::Host as _;
use kemist_sip::Method;
use kemist_sip::message::Message;
use parking_lot::Mutex;
use proxy::{Native, PATIENCE, Phone, address, reply, start, stat, wait_stat};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Notify;

const UDP: &[&str] = &["udp:127.0.0.1:0"];

/// What callbacks noted, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// Notes the values of some variables.
    fn take(&self, callback: &str, route: &Route, names: &[&str]) {
        let value = |name: &&str| match route.pv_get(name) {
            Value::Null => "-".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Str(text) => String::from_utf8_lossy(&text).into_owned(),
        };
        let values: Vec<_> = names.iter().map(value).collect();
        self.0.lock().push(format!("{callback} {}", values.join(" ")));
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

/// A proxy with a caller and callees.
struct Lab {
    running: kemist::server::Running,
    caller: Phone,
    callees: Vec<Phone>,
}

/// Phones that a proxy will send to.
fn callees(count: usize) -> (Vec<Phone>, Vec<SocketAddr>) {
    let phones: Vec<_> = (0..count).map(|_| Phone::unplugged()).collect();
    let addresses = phones.iter().map(Phone::address).collect();
    (phones, addresses)
}

impl Lab {
    fn new(callees: Vec<Phone>, routing: Native) -> Lab {
        let running = start(UDP, 1, routing);
        let caller = Phone::new(address(&running));
        Lab {
            running,
            caller,
            callees,
        }
    }

    /// The next request at a callee.
    fn request(&self, callee: usize) -> Message {
        self.callees[callee].receive()
    }

    fn answer(&self, callee: usize, request: &Message, code: u16) {
        let proxy = address(&self.running);
        self.callees[callee].send_to(reply(request, code, "As told"), proxy);
    }

    fn invite(&self, call: &str) {
        self.caller.send(self.caller.request("INVITE", call));
    }
}

fn uri(of: SocketAddr) -> String {
    format!("sip:bob@{of}")
}

/// Relays to addresses: the first as the request URI.
async fn fork(route: &mut Route, to: &[SocketAddr]) -> i32 {
    assert!(route.set_uri(uri(to[0]).as_bytes()));
    for further in &to[1..] {
        assert_eq!(route.append_branch_uri(uri(*further)), 1);
    }
    route.t_relay().await
}

/// The proxy's part of a call: INVITE as told, the rest answered or left alone.
fn is_invite(route: &Route) -> bool {
    route.msg.method() == Method::Invite
}

#[test]
fn a_dropped_request_is_neither_answered_nor_relayed() {
    let lab = Lab::new(
        Vec::new(),
        Native::new(|mut route| async move {
            route.decided.drop = true;
            (route, Ok(()))
        }),
    );
    lab.invite("q1");
    wait_stat(&lab.running, "dropped", 1);
    lab.caller.hears_nothing();
}

#[test]
fn a_dropped_branch_is_not_sent_and_the_others_are() {
    let (phones, to) = callees(2);
    let notes = Notes::default();
    let noted = notes.clone();
    let routing = Native::new(move |mut route| {
        let to = to.clone();
        async move {
            route.flags = 4;
            route.sflags = 2;
            assert_eq!(route.t_on_branch("ksr_branch_one".into()), 1);
            assert_eq!(route.t_on_branch("ksr_branch_no_such".into()), -1);
            assert_eq!(fork(&mut route, &to).await, 1);
            (route, Ok(()))
        }
    })
    .with("ksr_branch_one", move |mut route| {
        let notes = noted.clone();
        async move {
            notes.take("branch", &route, &["$T_branch_idx", "$mf", "$sf", "$rm"]);
            route.decided.drop = notes.all().len() == 1;
            (route, Ok(()))
        }
    });
    let lab = Lab::new(phones, routing);
    lab.invite("b1");
    let invite = lab.request(1);
    lab.answer(1, &invite, 200);
    assert_eq!(lab.caller.reply().status(), 200);
    lab.callees[0].hears_nothing();
    // the dropped one has left its index free
    assert_eq!(notes.all(), ["branch 0 4 0 INVITE", "branch 0 4 0 INVITE"]);
}

#[test]
fn only_a_provisional_reply_is_dropped_by_an_onreply_callback() {
    let (phones, to) = callees(1);
    let notes = Notes::default();
    let noted = notes.clone();
    let routing = Native::new(move |mut route| {
        let to = to.clone();
        async move {
            if is_invite(&route) {
                route.flags = 1;
                assert_eq!(route.t_on_reply("ksr_onreply_all".into()), 1);
                fork(&mut route, &to).await;
            }
            (route, Ok(()))
        }
    })
    .with("ksr_onreply_all", move |mut route| {
        let notes = noted.clone();
        async move {
            notes.take(
                "onreply",
                &route,
                &["$rs", "$T_reply_code", "$T_branch_idx", "$mf", "$sf"],
            );
            route.sflags = 8;
            route.flags = 3;
            route.decided.drop = true;
            (route, Ok(()))
        }
    });
    let lab = Lab::new(phones, routing);
    lab.invite("o1");
    let invite = lab.request(0);
    lab.answer(0, &invite, 180);
    lab.answer(0, &invite, 200);
    assert_eq!(lab.caller.reply().status(), 200, "the 180 was dropped");
    assert_eq!(notes.all(), ["onreply 180 180 0 1 0", "onreply 200 200 0 3 0"]);
}

#[test]
fn a_drop_in_a_failure_callback_changes_nothing() {
    let (phones, to) = callees(1);
    let notes = Notes::default();
    let noted = notes.clone();
    let routing = Native::new(move |mut route| {
        let to = to.clone();
        async move {
            route.flags = 5;
            route.bflags = 16;
            route.pv_set("$avp(who)", Value::text(b"alice"));
            assert_eq!(route.t_on_failure("ksr_failure_one".into()), 1);
            fork(&mut route, &to).await;
            (route, Ok(()))
        }
    })
    .with("ksr_failure_one", move |mut route| {
        let notes = noted.clone();
        async move {
            let names = [
                "$rm",
                "$rs",
                "$T_rpl($rs)",
                "$T_reply_code",
                "$T_branch_idx",
                "$mf",
                "$bf",
                "$sf",
                "$avp(who)",
            ];
            notes.take("failure", &route, &names);
            assert_eq!(route.t_is_set("failure_route".into()), -1, "disarmed before it runs");
            route.decided.drop = true;
            (route, Ok(()))
        }
    });
    let lab = Lab::new(phones, routing);
    lab.invite("f1");
    let invite = lab.request(0);
    lab.answer(0, &invite, 486);
    assert_eq!(lab.caller.reply().status(), 486);
    assert_eq!(notes.all(), ["failure INVITE - 486 486 1 5 16 0 alice"]);
}

/// Relays to the first two; the branch failure callback tries the third, once.
fn with_spare(to: Vec<SocketAddr>, notes: &Notes, gate: Option<Arc<Notify>>) -> Native {
    let (on_branch, on_failure) = (notes.clone(), notes.clone());
    let targets = to.clone();
    Native::new(move |mut route| {
        let to = targets.clone();
        async move {
            if is_invite(&route) {
                route.flags = 7;
                assert_eq!(route.t_on_branch_failure("ksr_branch_failed".into()), 1);
                assert_eq!(route.t_on_failure("ksr_failure_all".into()), 1);
                fork(&mut route, &to[..to.len() - 1]).await;
            }
            (route, Ok(()))
        }
    })
    .with("ksr_branch_failed", move |mut route| {
        let (notes, gate) = (on_branch.clone(), gate.clone());
        let spare = *to.last().expect("one at least");
        async move {
            let names = ["$rm", "$T_rpl($rs)", "$T_reply_code", "$T_branch_idx", "$mf", "$sf"];
            notes.take("branch-failed", &route, &names);
            if let Some(gate) = gate {
                gate.notified().await;
            }
            assert_eq!(route.t_branch_replied(), 1);
            assert_eq!(route.append_branch_uri(uri(spare)), 1);
            assert_eq!(route.t_relay().await, 1);
            // without effect here
            route.decided.drop = true;
            (route, Ok(()))
        }
    })
    .with("ksr_failure_all", move |route| {
        on_failure.take("failed", &route, &["$T_reply_code", "$T_branch_idx"]);
        async move { (route, Ok(())) }
    })
}

#[test]
fn a_branch_that_fails_is_replaced_while_another_rings() {
    let (phones, to) = callees(3);
    let notes = Notes::default();
    let lab = Lab::new(phones, with_spare(to, &notes, None));
    lab.invite("w1");
    let (first, second) = (lab.request(0), lab.request(1));
    lab.answer(1, &second, 180);
    assert_eq!(lab.caller.reply().status(), 180);
    lab.answer(0, &first, 486);
    let third = lab.request(2);
    lab.answer(2, &third, 200);
    assert_eq!(lab.caller.reply().status(), 200);
    assert_eq!(notes.all(), ["branch-failed INVITE 486 486 0 7 0"]);
}

#[test]
fn the_last_branch_that_fails_is_replaced_before_the_request_fails() {
    let (phones, to) = callees(2);
    let notes = Notes::default();
    let lab = Lab::new(phones, with_spare(to, &notes, None));
    lab.invite("w2");
    let first = lab.request(0);
    lab.answer(0, &first, 404);
    let second = lab.request(1);
    assert_eq!(notes.all().len(), 1, "no failure yet");
    lab.answer(1, &second, 480);
    // the best of both; the second branch had no callback, as none was armed again
    assert_eq!(lab.caller.reply().status(), 404);
    assert_eq!(notes.all(), ["branch-failed INVITE 404 404 0 7 0", "failed 404 2"]);
}

#[test]
fn the_decision_waits_for_a_branch_failure_callback() {
    let (phones, to) = callees(2);
    let (notes, gate) = (Notes::default(), Arc::new(Notify::new()));
    let lab = Lab::new(phones, with_spare(to, &notes, Some(gate.clone())));
    lab.invite("w3");
    let first = lab.request(0);
    lab.answer(0, &first, 404);
    assert_eq!(lab.caller.receive().status(), 100);
    lab.caller.hears_nothing();
    gate.notify_one();
    let second = lab.request(1);
    lab.answer(1, &second, 200);
    assert_eq!(lab.caller.reply().status(), 200);
    assert_eq!(notes.all().len(), 1, "the request never failed");
}

#[test]
fn a_branch_failure_callback_may_reply() {
    let (phones, to) = callees(1);
    let notes = Notes::default();
    let noted = notes.clone();
    let routing = Native::new(move |mut route| {
        let to = to.clone();
        async move {
            if is_invite(&route) {
                assert_eq!(route.t_on_branch_failure("ksr_branch_failed".into()), 1);
                assert_eq!(route.t_on_failure("ksr_failure_all".into()), 1);
                fork(&mut route, &to).await;
            }
            (route, Ok(()))
        }
    })
    .with("ksr_branch_failed", |mut route| async move {
        assert_eq!(route.t_reply(480, "Gone".into()), 1);
        (route, Ok(()))
    })
    .with("ksr_failure_all", move |route| {
        noted.take("failed", &route, &[]);
        async move { (route, Ok(())) }
    });
    let lab = Lab::new(phones, routing);
    lab.invite("w4");
    let invite = lab.request(0);
    lab.answer(0, &invite, 503);
    assert_eq!(lab.caller.reply().status(), 480);
    assert!(notes.all().is_empty(), "it was answered, it did not fail");
}

#[test]
fn edits_of_a_branch_stay_in_it() {
    let (phones, to) = callees(2);
    let routing = Native::new(move |mut route| {
        let first = to[0];
        let second = to[1];
        async move {
            if is_invite(&route) {
                route.pv_set("$avp(next)", Value::text(uri(second).as_bytes()));
                assert!(route.append_lines(b"X-Request: yes\r\n"));
                assert_eq!(route.t_on_branch("ksr_branch_edit".into()), 1);
                assert_eq!(route.t_on_failure("ksr_failure_next".into()), 1);
                fork(&mut route, &[first]).await;
            }
            (route, Ok(()))
        }
    })
    .with("ksr_branch_edit", |mut route| async move {
        let line = match route.pv_get("$T_branch_idx") {
            Value::Int(0) => &b"X-First: yes\r\n"[..],
            _ => b"X-Second: yes\r\n",
        };
        assert!(route.append_lines(line));
        (route, Ok(()))
    })
    .with("ksr_failure_next", |mut route| async move {
        // edits do not show before msg_apply_changes, least of all those of a branch
        assert_eq!(route.pv_get("$hdr(X-First)"), Value::Null);
        let Value::Str(next) = route.pv_get("$avp(next)") else {
            panic!("the lists are the transaction's");
        };
        assert!(route.append_lines(b"X-Failure: yes\r\n"));
        assert!(route.set_uri(&next));
        assert_eq!(route.t_relay().await, 1);
        (route, Ok(()))
    });
    let lab = Lab::new(phones, routing);
    lab.invite("e1");
    let first = lab.request(0);
    let has = |msg: &Message, names: [&str; 4]| names.map(|name| msg.headers_named(name.as_bytes()).next().is_some());
    let names = ["X-Request", "X-First", "X-Second", "X-Failure"];
    assert_eq!(has(&first, names), [true, true, false, false]);
    lab.answer(0, &first, 486);
    assert_eq!(has(&lab.request(1), names), [true, false, true, true]);
}

#[test]
fn onsend_sees_what_leaves_and_may_stop_it() {
    let (phones, to) = callees(2);
    let notes = Notes::default();
    let noted = notes.clone();
    let targets = to.clone();
    let stopped = to[0].port();
    let routing = Native::new(move |mut route| {
        let to = targets.clone();
        async move {
            if is_invite(&route) {
                route.flags = 9;
                route.sflags = 1;
                assert!(route.append_lines(b"X-Edited: yes\r\n"));
                assert_eq!(fork(&mut route, &to).await, 1);
                assert_eq!(route.flags, 25, "as onsend left them");
            } else {
                route.forward_stateless(Some(uri(to[1]).as_bytes())).await.unwrap();
            }
            (route, Ok(()))
        }
    })
    .with("ksr_onsend_route", move |mut route| {
        let notes = noted.clone();
        async move {
            let names = ["$rm", "$hdr(X-Edited)", "$sndto(port)", "$snd(sproto)", "$mf", "$sf"];
            notes.take("onsend", &route, &names);
            assert_eq!(route.msg.vias().count(), 2, "with our Via");
            route.flags |= 16;
            route.decided.drop = route.pv_get("$snd(port)") == Value::Int(i64::from(stopped));
            (route, Ok(()))
        }
    });
    let lab = Lab::new(phones, routing);
    lab.invite("s1");
    let invite = lab.request(1);
    lab.answer(1, &invite, 200);
    assert_eq!(lab.caller.reply().status(), 200);
    lab.caller.send(lab.caller.request("MESSAGE", "s2"));
    assert_eq!(lab.request(1).method(), Method::Message);
    lab.callees[0].hears_nothing();
    let [first, second] = [to[0].port(), to[1].port()];
    assert_eq!(
        notes.all(),
        [
            format!("onsend INVITE yes {first} udp 9 0"),
            format!("onsend INVITE yes {second} udp 25 0"),
            format!("onsend MESSAGE - {second} udp 0 0"),
        ]
    );
}

#[test]
fn where_onsend_stops_every_branch_the_caller_gets_an_error() {
    let (phones, to) = callees(1);
    let routing = Native::new(move |mut route| {
        let to = to.clone();
        async move {
            assert_eq!(fork(&mut route, &to).await, -1);
            (route, Ok(()))
        }
    })
    .with("ksr_onsend_route", |mut route| async move {
        route.decided.drop = true;
        (route, Ok(()))
    });
    let lab = Lab::new(phones, routing);
    lab.invite("s3");
    assert_eq!(lab.caller.reply().status(), 500);
    assert!(lab.callees[0].within(proxy::SILENCE.min(PATIENCE)).is_none());
}

/// Replies pass by onsend: it notes them, and stops those of a code.
fn with_replies_watched(routing: Native, notes: &Notes, stopped: u16) -> kemist::server::Parts {
    let noted = notes.clone();
    let routing = routing.with("ksr_onsend_route", move |mut route| {
        let notes = noted.clone();
        async move {
            if route.msg.is_reply() {
                let names = ["$rs", "$sndto(port)", "$sp", "$T_branch_idx", "$mf", "$rm"];
                notes.take("onsend", &route, &names);
                assert_eq!(route.msg.vias().count(), 1, "our Via is off");
                assert_eq!(
                    route.pv_get("$snd(len)"),
                    Value::Int(i64::try_from(route.msg.len()).unwrap())
                );
                route.decided.drop = route.msg.status() == stopped;
            }
            (route, Ok(()))
        }
    });
    let mut parts = proxy::parts(UDP, 1, routing);
    parts.sending.onsend_route_reply = true;
    parts
}

#[test]
fn replies_of_branches_pass_by_onsend_where_configured() {
    let (phones, to) = callees(1);
    let (notes, at) = (Notes::default(), to[0].port());
    let routing = Native::new(move |mut route| {
        let to = to.clone();
        async move {
            if is_invite(&route) {
                route.flags = 3;
                assert_eq!(fork(&mut route, &to).await, 1);
            } else {
                route.send_reply(200, "Ours");
            }
            (route, Ok(()))
        }
    });
    let running = with_replies_watched(routing, &notes, 183).start().unwrap();
    let address = address(&running);
    let caller = Phone::new(address);
    caller.send(caller.request("INVITE", "r1"));
    assert_eq!(caller.receive().status(), 100, "of our own: nobody asks");
    let invite = phones[0].receive();
    for code in [180, 183, 486] {
        phones[0].send_to(reply(&invite, code, "As told"), address);
    }
    assert_eq!(caller.receive().status(), 180);
    assert_eq!(caller.receive().status(), 486, "the 183 was stopped");
    caller.send(caller.request("OPTIONS", "r2"));
    assert_eq!(caller.reply().status(), 200);
    let port = caller.address().port();
    let note = |code| format!("onsend {code} {port} {at} 0 3 INVITE");
    assert_eq!(notes.all(), [note(180), note(183), note(486)]);
    assert_eq!(stat(&running, "dropped"), 1);
}

#[test]
fn a_final_reply_that_onsend_stops_is_not_sent_again_either() {
    let (phones, to) = callees(1);
    let notes = Notes::default();
    let routing = Native::new(move |mut route| {
        let to = to.clone();
        async move {
            assert_eq!(fork(&mut route, &to).await, 1);
            (route, Ok(()))
        }
    });
    let running = with_replies_watched(routing, &notes, 200).start().unwrap();
    let caller = Phone::new(address(&running));
    caller.send(caller.request("MESSAGE", "r3"));
    let message = phones[0].receive();
    phones[0].send_to(reply(&message, 200, "OK"), address(&running));
    wait_stat(&running, "dropped", 1);
    // its retransmission is absorbed by the transaction, which has nothing to say
    caller.send(caller.request("MESSAGE", "r3"));
    wait_stat(&running, "absorbed", 1);
    caller.hears_nothing();
    assert_eq!(notes.all().len(), 1);
}

#[test]
fn a_reply_without_a_transaction_passes_by_onsend_too() {
    let (phones, to) = callees(1);
    let notes = Notes::default();
    let at = to[0].port();
    let routing = Native::new(move |mut route| {
        let to = to[0];
        async move {
            route.forward_stateless(Some(uri(to).as_bytes())).await.unwrap();
            (route, Ok(()))
        }
    });
    let running = with_replies_watched(routing, &notes, 200).start().unwrap();
    let caller = Phone::new(address(&running));
    caller.send(caller.request("MESSAGE", "r4"));
    let message = phones[0].receive();
    for code in [200, 202] {
        phones[0].send_to(reply(&message, code, "As told"), address(&running));
    }
    assert_eq!(caller.reply().status(), 202);
    let port = caller.address().port();
    let note = |code| format!("onsend {code} {port} {at} -1 0 MESSAGE");
    assert_eq!(notes.all(), [note(200), note(202)]);
}

#[test]
fn events_are_told_to_the_callbacks_that_are_configured() {
    let notes = Notes::default();
    let noted = [notes.clone(), notes.clone(), notes.clone()];
    let [sl, tm, ack] = noted;
    let routing = Native::new(|mut route| async move {
        match route.msg.method() {
            Method::Options => route.send_stateless(200, "OK"),
            Method::Invite => route.send_stateless(404, "Not Found"),
            _ => route.t_send_reply(200, "OK".into()),
        };
        (route, Ok(()))
    })
    .with("sl_sent", move |mut route| {
        sl.take("sl", &route, &["$rm"]);
        // what an event does causes none
        route.send_stateless(100, "Again");
        async move { (route, Ok(())) }
    })
    .with("tm_sent", move |route| {
        tm.take("tm", &route, &["$rm"]);
        async move { (route, Ok(())) }
    })
    .with("ack", move |route| {
        ack.take("ack", &route, &["$rm"]);
        async move { (route, Ok(())) }
    });
    let mut parts = proxy::parts(UDP, 1, routing);
    parts.modules.sl.event_callback_lres_sent = "sl_sent".into();
    parts.modules.sl.event_callback_fl_ack = "ack".into();
    parts.modules.tm.event_callback_lres_sent = "tm_sent".into();
    let running = parts.start().unwrap();
    let phone = Phone::new(address(&running));
    phone.send(phone.request("OPTIONS", "v1"));
    assert_eq!(phone.reply().status(), 200);
    phone.send(phone.request("MESSAGE", "v2"));
    assert_eq!(phone.reply().status(), 200);
    phone.send(phone.request("INVITE", "v3"));
    let refused = phone.reply();
    let tag = refused.to().and_then(|to| to.tag().map(<[u8]>::to_vec)).expect("a tag");
    let to = format!("To: <sip:bob@localhost>;tag={}\r\n", String::from_utf8(tag).unwrap());
    let ack = phone.request("ACK", "v3");
    phone.send(ack.replace("To: <sip:bob@localhost>\r\n", &to));
    wait_stat(&running, "absorbed", 1);
    assert_eq!(notes.all(), ["sl OPTIONS", "tm MESSAGE", "sl INVITE", "ack ACK"]);
}

#[test]
fn a_reply_without_a_transaction_may_be_dropped() {
    let (phones, to) = callees(1);
    let routing = Native::new(move |mut route| {
        let to = to[0];
        async move {
            route.forward_stateless(Some(uri(to).as_bytes())).await.unwrap();
            (route, Ok(()))
        }
    })
    .with("stateless", |mut route| async move {
        route.decided.drop = route.msg.status() == 200;
        (route, Ok(()))
    });
    let mut parts = proxy::parts(UDP, 1, routing);
    parts.modules.tm.on_sl_reply = "stateless".into();
    let running = parts.start().unwrap();
    let caller = Phone::new(address(&running));
    caller.send(caller.request("MESSAGE", "n1"));
    let message = phones[0].receive();
    for code in [200, 202] {
        phones[0].send_to(reply(&message, code, "As told"), address(&running));
    }
    assert_eq!(caller.reply().status(), 202);
}
