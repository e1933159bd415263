//! Versions in charge, retired and on trial: which one each callback of a call runs on.

#[path = "support/proxy.rs"]
mod proxy;

use bytes::Bytes;
use kemist::route::{Route, Routing};
use kemist::worker::{Canary, Lives, Offline};
use kemist_bindings::kemi::ksr::tm::Host as _;
use kemist_bindings::kemi::ksr::tmx::Host as _;
use kemist_sip::Method;
use kemist_sip::message::Message;
use parking_lot::Mutex;
use proxy::{Native, Phone, address, reply, request, runtime, udp};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

const UDP: &[&str] = &["udp:127.0.0.1:0"];

/// Which callback ran on which version, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// What was noted since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

/// A version that notes its callbacks under its mark, and marks its replies.
///
/// INVITE and MESSAGE go to the first address, and by the failure callback to the second. A MESSAGE to
/// `later` is suspended; INFO continues it. All else is answered.
fn version(mark: &'static str, notes: &Notes, to: [SocketAddr; 2]) -> Native {
    let plain = |native: Native, name: &'static str| {
        let notes = notes.clone();
        native.with(name, move |route| {
            notes.0.lock().push(format!("{mark} {name}"));
            async move { (route, Ok(())) }
        })
    };
    let suspended: Arc<Mutex<Option<(i32, i32)>>> = Arc::default();
    let noted = notes.clone();
    let mut native = Native::new(move |mut route| {
        noted.0.lock().push(format!("{mark} {}", route.pv_get("$rm").to_text()));
        let suspended = suspended.clone();
        async move {
            requested(&mut route, mark, to[0], &suspended).await;
            (route, Ok(()))
        }
    });
    for name in ["branch", "reply", "ksr_reply_route", "ksr_onsend_route", "local"] {
        native = plain(native, name);
    }
    let (failed, later) = (notes.clone(), notes.clone());
    native
        .with("branch_failed", {
            let notes = notes.clone();
            move |route| {
                notes.0.lock().push(format!("{mark} branch_failed"));
                async move { (route, Ok(())) }
            }
        })
        .with("failure", move |mut route| {
            failed.0.lock().push(format!("{mark} failure"));
            async move {
                assert!(route.set_uri(format!("sip:bob@{}", to[1]).as_bytes()));
                assert_eq!(route.t_on_branch("branch".into()), 1);
                assert_eq!(route.t_relay().await, 1);
                (route, Ok(()))
            }
        })
        .with("later", move |mut route| {
            later.0.lock().push(format!("{mark} later"));
            assert_eq!(route.send_reply(202, mark), 1);
            async move { (route, Ok(())) }
        })
}

/// Text of a variable.
trait ToText {
    fn to_text(&self) -> String;
}

impl ToText for kemist::route::Value {
    fn to_text(&self) -> String {
        match self {
            kemist::route::Value::Str(text) => String::from_utf8_lossy(text).into_owned(),
            other => format!("{other:?}"),
        }
    }
}

async fn requested(route: &mut Route, mark: &'static str, to: SocketAddr, suspended: &Mutex<Option<(i32, i32)>>) {
    use kemist::route::Value::Int;
    let user = route.pv_get("$rU").to_text();
    match route.msg.method() {
        Method::Message if user == "later" => {
            route.t_suspend();
            if let (Int(index), Int(label)) = (route.pv_get("$T(id_index)"), route.pv_get("$T(id_label)")) {
                *suspended.lock() = Some((index as i32, label as i32));
            }
        }
        Method::Info => {
            let (index, label) = suspended.lock().take().expect("something is suspended");
            assert_eq!(route.t_continue(index, label, "later".into()), 1);
            route.send_reply(200, mark);
        }
        Method::Invite | Method::Message => {
            assert!(route.set_uri(format!("sip:bob@{to}").as_bytes()));
            route.t_on_branch("branch".into());
            route.t_on_reply("reply".into());
            route.t_on_branch_failure("branch_failed".into());
            route.t_on_failure("failure".into());
            assert_eq!(route.t_relay().await, 1);
        }
        Method::Cancel => {
            // cancels the branches; the caller's answer is the script's
            route.send_reply(200, mark);
            assert_eq!(route.t_relay().await, 1);
        }
        Method::Ack => {}
        _ => {
            route.send_reply(200, mark);
        }
    }
}

/// A worker in a time of its own, with a caller and two callees.
struct Lab {
    worker: Offline,
    notes: Notes,
    caller: SocketAddr,
    callees: [SocketAddr; 2],
}

impl Lab {
    fn new() -> Lab {
        let at = |n: u8| SocketAddr::from(([192, 0, 2, n], 5060));
        let (notes, callees) = (Notes::default(), [at(1), at(2)]);
        let mut parts = proxy::parts(&["udp:127.0.0.1:5060"], 1, version("a", &notes, callees));
        parts.modules.tm.event_callback = "local".into();
        parts.modules.tm.evlreq_mode = 3;
        parts.sending.onsend_route_reply = true;
        parts.transactions.announce = parts.modules.tm.announce();
        parts.transactions.fr_timer = Duration::from_secs(5);
        Lab {
            worker: parts.offline(Duration::from_secs(1_700_000_000)).expect("a worker"),
            notes,
            caller: at(9),
            callees,
        }
    }

    /// Puts another version in charge.
    fn deploy(&self, mark: &'static str) {
        let next = version(mark, &self.notes, self.callees);
        self.worker.fleet().put(Lives::only(Arc::new(next)));
    }

    /// Receives from one address, and gives what was sent: where to, and what.
    fn receive(&self, from: SocketAddr, bytes: impl AsRef<[u8]>) -> Vec<(SocketAddr, Message)> {
        let bytes = Bytes::copy_from_slice(bytes.as_ref());
        self.worker.receive(udp(from), bytes).expect("nothing waits for ever");
        self.sent()
    }

    fn sent(&self) -> Vec<(SocketAddr, Message)> {
        let read = |bytes: &Bytes| Message::parse(bytes.clone()).expect("kemist writes SIP");
        let sent = self.worker.sent();
        sent.iter()
            .map(|sent| (sent.transmit.target.remote, read(&sent.transmit.bytes)))
            .collect()
    }

    fn request(&self, method: &str, call: &str) -> String {
        request(method, call, "UDP", self.caller)
    }

    /// The only message that went to this address.
    fn to(sent: &[(SocketAddr, Message)], at: SocketAddr) -> Message {
        let mut those = sent.iter().filter(|(to, _)| *to == at);
        let (Some((_, msg)), None) = (those.next(), those.next()) else {
            panic!("one message to {at}: {sent:?}")
        };
        msg.clone()
    }
}

#[test]
fn every_callback_of_a_transaction_runs_on_the_version_that_armed_it() {
    let lab = Lab::new();
    let sent = lab.receive(lab.caller, lab.request("INVITE", "p1"));
    let invite = sent
        .iter()
        .find(|(to, _)| *to == lab.callees[0])
        .expect("relayed")
        .1
        .clone();
    assert_eq!(lab.notes.take(), ["a INVITE", "a branch", "a ksr_onsend_route"]);

    lab.deploy("b");
    lab.receive(lab.callees[0], reply(&invite, 180, "Ringing"));
    assert_eq!(lab.notes.take(), ["a ksr_reply_route", "a reply", "a ksr_onsend_route"]);

    lab.deploy("c");
    let sent = lab.receive(lab.callees[0], reply(&invite, 486, "Busy Here"));
    let second = Lab::to(&sent, lab.callees[1]);
    let ran = lab.notes.take();
    assert!(ran.iter().all(|note| note.starts_with("a ")), "{ran:?}");
    for callback in [
        "ksr_reply_route",
        "reply",
        "branch_failed",
        "failure",
        "branch",
        "ksr_onsend_route",
        "local",
    ] {
        assert!(ran.contains(&format!("a {callback}")), "{callback}: {ran:?}");
    }

    // a retransmission of the request meets no version
    lab.receive(lab.caller, lab.request("INVITE", "p1"));
    assert!(lab.notes.take().is_empty());

    // nor does the CANCEL meet another, or what is made of it
    lab.receive(lab.callees[1], reply(&second, 180, "Ringing"));
    lab.notes.take();
    lab.deploy("d");
    let sent = lab.receive(lab.caller, lab.request("CANCEL", "p1"));
    let ran = lab.notes.take();
    assert_eq!(ran[0], "a CANCEL");
    assert!(ran.iter().all(|note| note.starts_with("a ")), "{ran:?}");
    let canceled = sent.iter().find(|(to, msg)| *to == lab.caller && msg.status() == 200);
    assert_eq!(canceled.map(|(_, msg)| msg.reason()), Some(&b"a"[..]));
    lab.receive(lab.callees[1], reply(&second, 487, "Request Terminated"));
    let ran = lab.notes.take();
    assert!(
        !ran.is_empty() && ran.iter().all(|note| note.starts_with("a ")),
        "{ran:?}"
    );

    // the next call is the live version's
    lab.receive(lab.caller, lab.request("OPTIONS", "p2"));
    assert_eq!(lab.notes.take(), ["d OPTIONS"]);
}

#[test]
fn the_ack_of_an_accepted_call_goes_to_its_invites_version() {
    let lab = Lab::new();
    let sent = lab.receive(lab.caller, lab.request("INVITE", "k1"));
    let invite = sent
        .iter()
        .find(|(to, _)| *to == lab.callees[0])
        .expect("relayed")
        .1
        .clone();
    let sent = lab.receive(lab.callees[0], reply(&invite, 200, "OK"));
    let accepted = Lab::to(&sent, lab.caller);
    lab.deploy("b");
    lab.notes.take();
    let to = accepted.to().expect("it has one");
    let tag = String::from_utf8_lossy(to.tag().expect("it was accepted")).into_owned();
    let ack = lab.request("ACK", "k1");
    let ack = ack.replace("To: <sip:bob@localhost>", &format!("To: <sip:bob@localhost>;tag={tag}"));
    lab.receive(lab.caller, ack.replace("z9hG4bKk1", "z9hG4bKack"));
    assert_eq!(lab.notes.take(), ["a ACK"]);
}

#[test]
fn a_timer_runs_the_failure_callback_of_the_version_that_armed_it() {
    let lab = Lab::new();
    lab.receive(lab.caller, lab.request("MESSAGE", "t1"));
    lab.deploy("b");
    lab.notes.take();
    lab.worker
        .advance(Duration::from_secs(6))
        .expect("nothing waits for ever");
    let ran = lab.notes.take();
    for callback in ["branch_failed", "failure", "branch", "ksr_onsend_route"] {
        assert!(ran.contains(&format!("a {callback}")), "{ran:?}");
    }
    assert!(ran.iter().all(|note| note.starts_with("a ")), "{ran:?}");
}

#[test]
fn a_suspended_transaction_goes_on_with_its_version() {
    let lab = Lab::new();
    let message = lab
        .request("MESSAGE", "s1")
        .replace("sip:bob@localhost SIP", "sip:later@localhost SIP");
    lab.receive(lab.caller, message);
    lab.notes.take();
    // the version that continues it is another one: it knows the transaction by its numbers
    let next = version("b", &lab.notes, lab.callees);
    let both = Lives {
        canary: Some(Canary {
            routing: Arc::new(next),
            percent: 0.0,
        }),
        live: lab.worker.fleet().routing(),
    };
    lab.worker.fleet().put(both);
    let sent = lab.receive(lab.caller, lab.request("INFO", "s2"));
    assert_eq!(lab.notes.take(), ["a INFO", "a later"]);
    let later = sent.iter().find(|(_, msg)| msg.status() == 202).expect("it went on");
    assert_eq!(later.1.reason(), b"a");
}

#[test]
fn a_version_is_let_go_with_its_last_transaction() {
    let lab = Lab::new();
    let old = Arc::downgrade(&lab.worker.fleet().routing());
    let sent = lab.receive(lab.caller, lab.request("MESSAGE", "g1"));
    let relayed = sent
        .iter()
        .find(|(to, _)| *to == lab.callees[0])
        .expect("relayed")
        .1
        .clone();
    lab.deploy("b");
    lab.receive(lab.callees[0], reply(&relayed, 200, "OK"));
    assert!(
        old.upgrade().is_some(),
        "retransmissions of the request may still come (Timer J)"
    );
    lab.worker
        .advance(Duration::from_secs(33))
        .expect("nothing waits for ever");
    assert!(old.upgrade().is_none());
}

/// A call that waits in its request route while the version changes: what comes later is the old one's.
#[test]
fn a_request_that_waits_goes_on_with_the_version_that_it_began_with() {
    let (gate, begun) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let callee = Phone::unplugged();
    let (to, open, started) = (callee.address(), gate.clone(), begun.clone());
    let notes = Notes::default();
    let first = version("a", &notes, [to, to]);
    let slow = Native::new(move |mut route| {
        let (gate, begun) = (open.clone(), started.clone());
        async move {
            begun.notify_one();
            gate.notified().await;
            assert!(route.set_uri(format!("sip:bob@{to}").as_bytes()));
            assert_eq!(route.t_on_branch("branch".into()), 1);
            assert_eq!(route.t_relay().await, 1);
            (route, Ok(()))
        }
    });
    let branched = notes.clone();
    let slow = slow.with("branch", move |route| {
        branched.0.lock().push("slow branch".into());
        async move { (route, Ok(())) }
    });
    let running = proxy::start(UDP, 2, slow);
    let caller = Phone::new(address(&running));
    caller.send(caller.request("MESSAGE", "w1"));
    runtime().block_on(begun.notified());
    let next: Arc<dyn Routing> = Arc::new(first);
    assert_eq!(runtime().block_on(running.prewarm(next.clone())), Ok(()));
    running.put(Lives::only(next));
    // the same request once more, wherever it arrives: it is being decided on
    caller.send(caller.request("MESSAGE", "w1"));
    gate.notify_one();
    let message = callee.receive();
    callee.send_to(reply(&message, 200, "OK"), address(&running));
    assert_eq!(caller.reply().status(), 200);
    assert_eq!(notes.take(), ["slow branch"]);
    running.stop();
}

/// Both versions answer with their mark; the messages of a call agree, over all workers.
#[test]
fn all_messages_of_a_call_get_the_same_version() {
    let notes = Notes::default();
    let nowhere = [Phone::unplugged().address(); 2];
    let running = proxy::start(UDP, 2, version("a", &notes, nowhere));
    let canary = Canary {
        routing: Arc::new(version("b", &notes, nowhere)),
        percent: 30.0,
    };
    running.put(Lives {
        live: running.fleet().routing(),
        canary: Some(canary),
    });
    let mut marks: HashMap<Vec<u8>, usize> = HashMap::new();
    for call in 0..60 {
        let name = format!("m{call}");
        let mut seen = Vec::new();
        for _ in 0..3 {
            // another port, so perhaps another worker
            let phone = Phone::new(address(&running));
            let text = phone.request("OPTIONS", &name);
            phone.send(text.replace("CSeq: 1", &format!("CSeq: {}", seen.len() + 1)));
            seen.push(phone.reply().reason().to_vec());
        }
        assert!(seen.iter().all(|mark| *mark == seen[0]), "{name}: {seen:?}");
        *marks.entry(seen.remove(0)).or_default() += 1;
    }
    assert_eq!(marks.len(), 2, "{marks:?}");
    running.stop();
}
