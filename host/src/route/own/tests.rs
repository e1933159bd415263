//! Requests of our own in virtual time: what goes out, what is told, what is acknowledged.

use super::*;
use crate::route::failover::Blocklist;
use crate::route::shared::{Found, Resolve};
use crate::route::suspend::Call;
use crate::route::{CallbackId, Route, Routing, Run, WellKnown, testing};
use crate::tenant::Tenant;
use bytes::Bytes;
use kemist_sip::message::{HeaderId, build};
use kemist_sip::transaction::{Event, Output, ReplyMatch};
use kemist_sip::{Method, Protocol, Transmit};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::time::Duration;

/// Every name has these addresses.
struct Pool(Vec<SocketAddr>);

impl Resolve for Pool {
    fn lookup(&self, _host: String, _port: Option<u16>, _protocol: Option<Protocol>) -> Found {
        let found = self.0.iter().map(|at| (Protocol::Udp, *at)).collect();
        Box::pin(std::future::ready(found))
    }
}

/// A version with one callback, for events.
struct Script(fn(&mut Route));

impl Routing for Script {
    fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
        self
    }

    fn label(&self) -> &str {
        "test"
    }

    fn callbacks(&self) -> &[String] {
        static NAMES: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| vec!["event".into()]);
        &NAMES
    }

    fn well_known(&self) -> WellKnown {
        WellKnown::default()
    }

    fn run(self: Arc<Self>, _callback: CallbackId, event: &str, _nested: bool, mut route: Box<Route>) -> Run {
        assert_eq!(event, "tm:local-request");
        (self.0)(&mut route);
        Box::pin(std::future::ready((route, Ok(()))))
    }
}

/// What was told, in words.
type Heard = Arc<Mutex<Vec<String>>>;

struct Lab {
    heard: Heard,
    sent: Vec<Transmit>,
}

impl Lab {
    /// Names lead to 192.0.2.1 and up.
    fn new(addresses: u8) -> Lab {
        Lab::with(addresses, |_| {})
    }

    fn with(addresses: u8, change: impl FnOnce(&mut Shared)) -> Lab {
        testing::install_with(|shared| {
            shared.resolver = Box::new(Pool((1..=addresses).map(|n| ([192, 0, 2, n], 5060).into()).collect()));
            shared.failover.blocklist = Blocklist::new(Duration::from_secs(600), 100);
            change(shared);
        });
        Lab {
            heard: Heard::default(),
            sent: Vec::new(),
        }
    }

    fn draft(&self, method: &str, script: fn(&mut Route)) -> Draft {
        Draft::new(method, &b"sip:bob@pool.test"[..], Arc::new(Script(script)))
    }

    fn teller(&self) -> Teller {
        let heard = self.heard.clone();
        Box::new(move |told| {
            heard.lock().push(match told {
                Told::Provisional(reply) => reply.status().to_string(),
                Told::Final(outcome) => format!("final {} {}", outcome.code(), outcome.reason()),
                Told::Late(reply) => format!("late {}", reply.status()),
            });
        })
    }

    fn send(&mut self, method: &str) -> Result<Handle, Outcome> {
        let draft = self.draft(method, |_| {});
        self.send_draft(draft)
    }

    fn send_draft(&mut self, draft: Draft) -> Result<Handle, Outcome> {
        let sent = testing::block_on(super::send(draft, self.teller(), false));
        self.step();
        sent
    }

    /// Does what the worker does at the end of a step.
    fn step(&mut self) {
        loop {
            while let Some(output) = core::with(|core| core.layer.poll_output()) {
                match output {
                    Output::Transmit(transmit) => self.sent.push(transmit),
                    Output::Event(Event::Unanswered { id, tag, code }) => {
                        core::with(|core| unanswered(core, id, tag, code));
                    }
                    Output::Event(Event::RequestEnded(_, tag)) => core::with(|core| ended(core, tag)),
                    other => panic!("{other:?}"),
                }
            }
            match core::with(|core| core.own.next_job()) {
                Some(job) => testing::block_on(job.run()),
                None => break,
            }
        }
    }

    /// Time passes.
    fn pass(&mut self, seconds: u64) {
        let until = core::with(|core| core.now) + Duration::from_secs(seconds);
        while let Some(next) = core::with(|core| core.layer.poll_timeout()).filter(|next| *next <= until) {
            core::with(|core| {
                core.now = next.max(core.now);
                let now = core.now;
                core.layer.handle_timeout(now);
            });
            self.step();
        }
        core::with(|core| core.now = until);
    }

    /// A reply to the last request sent, with further lines and a To tag.
    fn answer(&mut self, code: u16, tag: &str, lines: &str) {
        let last = self.last(|msg| msg.method() != Method::Ack && msg.method() != Method::Cancel);
        self.answer_to(&last, code, tag, lines);
    }

    fn answer_to(&mut self, request: &Message, code: u16, tag: &str, lines: &str) {
        let mut out = Vec::new();
        let nowhere: SocketAddr = "192.0.2.200:5060".parse().expect("an address");
        build::reply(
            request,
            code,
            "As told",
            tag.as_bytes(),
            nowhere,
            false,
            lines.as_bytes(),
            None,
            None,
            &mut out,
        );
        let reply = Arc::new(Message::parse(Bytes::from(out)).expect("a reply"));
        core::with(|core| {
            let now = core.now;
            match core.layer.receive_reply(&reply, now) {
                ReplyMatch::Own { id, tag } => replied(core, id, tag, &reply),
                ReplyMatch::Absorbed | ReplyMatch::Unknown => {}
                ReplyMatch::Pass { .. } => panic!("no branch of a transaction"),
            }
        });
        self.step();
    }

    /// The last message sent that is wanted.
    fn last(&self, wanted: impl Fn(&Message) -> bool) -> Message {
        let mut all = self.sent.iter().rev().map(|sent| read(&sent.bytes));
        all.find(|msg| wanted(msg)).expect("it was sent")
    }

    /// Methods and where they went, since the last call.
    fn sent(&mut self) -> Vec<String> {
        let word = |sent: &Transmit| format!("{} {}", read(&sent.bytes).method().name(), sent.target.remote);
        let words = self.sent.iter().map(word).collect();
        self.sent.retain(|sent| read(&sent.bytes).method() != Method::Ack);
        words
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock())
    }
}

fn read(bytes: &Bytes) -> Message {
    Message::parse(bytes.clone()).expect("a message")
}

fn stat(name: &str) -> u64 {
    let all = core::with(|core| core.shared.stats.all());
    all.iter().find(|(n, _)| *n == name).expect("a counter").1
}

fn fail(lab: &mut Lab) {
    let sent = lab.last(|_| true);
    core::with(|core| {
        let now = core.now;
        assert!(core.layer.request_failed(&sent, now));
    });
    lab.step();
}

#[test]
fn each_reply_is_told_and_the_outcome_once() {
    let mut lab = Lab::new(1);
    lab.send("OPTIONS").expect("it goes out");
    lab.answer(100, "", "");
    lab.answer(180, "x", "");
    for _ in 0..3 {
        lab.answer(486, "x", "");
    }
    assert_eq!(lab.heard(), ["100", "180", "final 486 As told"]);
    assert_eq!(core::with(|core| core.own.len()), 1);
    lab.pass(60);
    assert!(core::with(|core| core.own.is_empty()));
    assert!(lab.heard().is_empty());
    assert_eq!((stat("own_replied"), stat("own_unanswered")), (1, 0));
}

#[test]
fn silence_is_told_when_the_last_address_was_silent() {
    let mut lab = Lab::new(2);
    lab.send("OPTIONS").expect("it goes out");
    lab.pass(29);
    assert_eq!(lab.sent().len(), 10, "retransmitted");
    assert!(lab.heard().is_empty());
    lab.pass(2);
    assert_eq!(
        lab.sent.last().map(|sent| sent.target.remote.to_string()),
        Some("192.0.2.2:5060".into())
    );
    let attempts: Vec<_> = lab.sent.iter().map(|sent| read(&sent.bytes)).collect();
    let (first, second) = (&attempts[0], attempts.last().expect("two at least"));
    assert_eq!(first.call_id(), second.call_id());
    let branch = |msg: &Message| msg.via().and_then(|via| via.branch().map(<[u8]>::to_vec));
    assert_ne!(branch(first), branch(second));
    assert_eq!(second.vias().count(), 1);
    lab.pass(60);
    assert_eq!(lab.heard(), ["final 408 no final reply in time"]);
    assert!(core::with(|core| core.own.is_empty()));
    assert_eq!(
        (stat("failovers"), stat("blocklisted"), stat("own_unanswered")),
        (1, 2, 1)
    );
    let blocked = lab.send("OPTIONS").expect_err("both are left out");
    assert!(matches!(blocked, Outcome::Nowhere(NoDestination::Blocked)));
    assert_eq!(lab.heard(), ["final 473 the destination leads nowhere"]);
}

#[test]
fn a_503_and_an_error_go_to_the_next_address() {
    let mut lab = Lab::new(3);
    lab.send("MESSAGE").expect("it goes out");
    lab.answer(503, "x", "");
    fail(&mut lab);
    assert_eq!(
        lab.sent(),
        [
            "MESSAGE 192.0.2.1:5060",
            "MESSAGE 192.0.2.2:5060",
            "MESSAGE 192.0.2.3:5060"
        ]
    );
    assert!(lab.heard().is_empty());
    lab.answer(503, "x", "");
    assert_eq!(lab.heard(), ["final 503 As told"], "of the last address");
    lab.send("MESSAGE").expect("one of them was only busy");
    fail(&mut lab);
    fail(&mut lab);
    assert_eq!(lab.heard(), ["final 503 no address could be sent to"]);
}

#[test]
fn without_failover_one_address_is_tried() {
    let mut lab = Lab::with(3, |shared| shared.failover.enabled = false);
    lab.send("MESSAGE").expect("it goes out");
    lab.answer(503, "x", "");
    assert_eq!(lab.heard(), ["final 503 As told"]);
    assert_eq!(lab.sent().len(), 1);
}

#[test]
fn what_cannot_be_sent_is_told() {
    let mut lab = Lab::new(0);
    assert!(lab.send("OPTIONS").is_err());
    let mut draft = lab.draft("ACK", |_| {});
    draft.uri = Bytes::from_static(b"sip:bob@192.0.2.9");
    assert!(matches!(lab.send_draft(draft), Err(Outcome::Unwritable)));
    let (teller, ended) = outcome();
    let draft = lab.draft("OPTIONS", |_| {});
    core::with(|core| post(core, draft, teller));
    lab.step();
    assert!(matches!(
        testing::block_on(ended),
        Outcome::Nowhere(NoDestination::Unresolvable)
    ));
    assert_eq!(
        lab.heard(),
        [
            "final 478 the destination leads nowhere",
            "final 400 its parts make no request"
        ]
    );
    assert!(lab.sent().is_empty() && core::with(|core| core.own.is_empty()));
}

#[test]
fn who_waits_for_the_outcome_gets_that_alone() {
    let mut lab = Lab::new(1);
    let (teller, ended) = outcome();
    let draft = lab.draft("OPTIONS", |_| {});
    core::with(|core| post(core, draft, teller));
    lab.step();
    lab.answer(180, "x", "");
    lab.answer(200, "x", "");
    let ended = testing::block_on(ended);
    assert!(ended.is_success() && matches!(ended, Outcome::Reply(_)));
    let (teller, ended) = outcome();
    drop(teller);
    assert!(matches!(testing::block_on(ended), Outcome::Stopped));
}

#[test]
fn a_refused_invite_is_acknowledged_by_its_transaction() {
    let mut lab = Lab::new(1);
    lab.send("INVITE").expect("it goes out");
    lab.answer(486, "x", "");
    lab.answer(486, "x", "");
    assert_eq!(
        lab.sent(),
        ["INVITE 192.0.2.1:5060", "ACK 192.0.2.1:5060", "ACK 192.0.2.1:5060"]
    );
    assert_eq!(lab.heard(), ["final 486 As told"]);
    lab.pass(60);
    assert!(core::with(|core| core.own.is_empty()));
}

#[test]
fn a_success_is_acknowledged_along_its_route_set_and_each_copy_again() {
    let mut lab = Lab::new(1);
    let mut draft = lab.draft("INVITE", |_| {});
    draft.headers = Bytes::from_static(b"Proxy-Authorization: Digest username=\"x\"\r\nSubject: no\r\n");
    lab.send_draft(draft).expect("it goes out");
    let lines = "Contact: <sip:phone@192.0.2.70:5070>\r\nRecord-Route: <sip:192.0.2.71;lr>, <sip:192.0.2.72;lr>\r\n";
    lab.answer(200, "a", lines);
    lab.answer(200, "a", lines);
    lab.answer(200, "fork", "Contact: <sip:other@192.0.2.80>\r\n");
    assert_eq!(
        lab.sent(),
        [
            "INVITE 192.0.2.1:5060",
            "ACK 192.0.2.72:5060",
            "ACK 192.0.2.72:5060",
            "ACK 192.0.2.80:5060"
        ]
    );
    assert_eq!(lab.heard(), ["final 200 As told"]);
    lab.answer(200, "a", lines);
    let invite = lab.last(|msg| msg.method() == Method::Invite);
    let ack = lab.last(|msg| msg.method() == Method::Ack);
    assert_eq!(ack.request_uri(), b"sip:phone@192.0.2.70:5070");
    let routes: Vec<_> = ack.headers_of(HeaderId::Route).map(|h| h.value().to_vec()).collect();
    assert_eq!(
        routes,
        [b"<sip:192.0.2.72;lr>".to_vec(), b"<sip:192.0.2.71;lr>".to_vec()]
    );
    assert_eq!(ack.to().and_then(|to| to.tag()), Some(&b"a"[..]));
    assert_eq!(
        ack.from().and_then(|from| from.tag()),
        invite.from().and_then(|from| from.tag())
    );
    assert_eq!(
        (ack.call_id(), ack.cseq().map(|c| c.number)),
        (invite.call_id(), Some(10))
    );
    assert!(ack.header(HeaderId::ProxyAuthorization).is_some() && ack.headers_named(b"Subject").next().is_none());
    let branch = |msg: &Message| msg.via().and_then(|via| via.branch().map(<[u8]>::to_vec));
    assert_ne!(branch(&ack), branch(&invite), "a transaction of its own");
    lab.pass(60);
    assert!(core::with(|core| core.own.is_empty()));
}

#[test]
fn a_strict_route_is_the_request_uri() {
    let mut lab = Lab::new(1);
    lab.send("INVITE").expect("it goes out");
    let routes = "Record-Route: <sip:192.0.2.71;lr>\r\nRecord-Route: <sip:192.0.2.72>\r\n";
    lab.answer(200, "a", &format!("Contact: <sip:phone@192.0.2.70>\r\n{routes}"));
    let ack = lab.last(|msg| msg.method() == Method::Ack);
    assert_eq!(ack.request_uri(), b"sip:192.0.2.72");
    let routes: Vec<_> = ack.headers_of(HeaderId::Route).map(|h| h.value().to_vec()).collect();
    assert_eq!(
        routes,
        [b"<sip:192.0.2.71;lr>".to_vec(), b"<sip:phone@192.0.2.70>".to_vec()]
    );
    // a Contact that cannot be used: to where the INVITE went
    let mut lab = Lab::new(1);
    lab.send("INVITE").expect("it goes out");
    lab.answer(200, "a", "Contact: <tel:+1555>\r\n");
    assert_eq!(lab.sent().pop().as_deref(), Some("ACK 192.0.2.1:5060"));
}

#[test]
fn a_callee_has_so_many_dialogs_and_no_more() {
    let mut lab = Lab::new(1);
    lab.send("INVITE").expect("it goes out");
    for n in 0..100 {
        lab.answer(200, &format!("fork{n}"), "Contact: <sip:other@192.0.2.80>\r\n");
    }
    assert_eq!(lab.sent().len(), 1 + 16);
}

fn call(lab: &Lab) -> Call {
    let invite = lab.last(|msg| msg.method() == Method::Invite);
    Call {
        id: invite.call_id().expect("it has one").to_vec(),
        cseq: 10,
    }
}

fn ack(call: &Call, headers: &str) -> i32 {
    let headers = Bytes::copy_from_slice(headers.as_bytes());
    testing::block_on(ack_local(0, call.clone(), headers, Bytes::new()))
}

#[test]
fn an_ack_waits_for_the_script_where_it_wants_that() {
    let mut lab = Lab::new(1);
    let mut draft = lab.draft("INVITE", |_| {});
    draft.auto_ack = false;
    lab.send_draft(draft).expect("it goes out");
    let call = call(&lab);
    let other = Call {
        cseq: 11,
        ..call.clone()
    };
    assert_eq!((ack(&other, ""), ack(&call, "")), (-1, -2), "no such call; no 2xx yet");
    let contact = "Contact: <sip:phone@192.0.2.70:5070>\r\n";
    lab.answer(200, "a", contact);
    lab.answer(200, "a", contact);
    assert_eq!(lab.sent(), ["INVITE 192.0.2.1:5060"]);
    assert_eq!(
        testing::block_on(ack_local(7, call.clone(), Bytes::new(), Bytes::new())),
        -1,
        "another tenant"
    );
    assert_eq!(ack(&call, "X-Note: here\r\n"), 0);
    lab.step();
    let sent = lab.last(|msg| msg.method() == Method::Ack);
    assert!(sent.headers_named(b"X-Note").next().is_some());
    lab.answer(200, "a", contact);
    assert_eq!(
        lab.sent(),
        ["INVITE 192.0.2.1:5060", "ACK 192.0.2.70:5070", "ACK 192.0.2.70:5070"]
    );
    assert_eq!(ack(&call, ""), -2, "it has its ACK");
    assert_eq!(lab.heard(), ["final 200 As told"]);
    lab.pass(60);
    assert_eq!(ack(&call, ""), -1, "it has ended");
}

#[test]
fn an_ack_of_its_own_accord_is_not_the_scripts() {
    let mut lab = Lab::new(1);
    lab.send("INVITE").expect("it goes out");
    lab.answer(200, "a", "Contact: <sip:phone@192.0.2.70:5070>\r\n");
    assert_eq!(ack(&call(&lab), ""), -2);
}

#[test]
fn an_ack_without_a_way_is_tried_again_with_the_next_copy() {
    let mut lab = Lab::new(0);
    let mut draft = lab.draft("INVITE", |_| {});
    draft.uri = Bytes::from_static(b"sip:bob@192.0.2.1");
    lab.send_draft(draft).expect("it goes out");
    lab.answer(200, "a", "Contact: <sip:phone@nowhere.test>\r\n");
    assert_eq!(lab.sent().len(), 1);
    lab.answer(200, "a", "Contact: <sip:phone@192.0.2.70>\r\n");
    assert_eq!(lab.sent().len(), 2);
    assert_eq!(lab.heard(), ["final 200 As told"]);
}

#[test]
fn an_invite_is_cancelled_and_tried_nowhere_else() {
    let mut lab = Lab::new(2);
    let handle = lab.send("INVITE").expect("it goes out");
    lab.answer(180, "a", "");
    core::with(|core| cancel(core, handle, Some(b"SIP;cause=200")));
    lab.step();
    lab.answer(487, "a", "");
    assert_eq!(
        lab.sent(),
        ["INVITE 192.0.2.1:5060", "CANCEL 192.0.2.1:5060", "ACK 192.0.2.1:5060"]
    );
    assert_eq!(lab.heard(), ["180", "final 487 As told"]);
    core::with(|core| cancel(core, handle, None));
}

#[test]
fn a_call_answered_after_its_time_is_acknowledged_and_told() {
    let mut lab = Lab::new(2);
    lab.send("INVITE").expect("it goes out");
    lab.answer(180, "a", "");
    lab.pass(121);
    assert_eq!(lab.heard(), ["180", "final 408 no final reply in time"]);
    let contact = "Contact: <sip:phone@192.0.2.70:5070>\r\n";
    let invite = lab.last(|msg| msg.method() == Method::Invite);
    lab.answer_to(&invite, 200, "a", contact);
    lab.answer_to(&invite, 200, "a", contact);
    assert_eq!(lab.heard(), ["late 200"]);
    assert_eq!(lab.sent().iter().filter(|sent| sent.starts_with("ACK")).count(), 2);
    lab.pass(60);
    assert!(core::with(|core| core.own.is_empty()));
}

fn with_event(shared: &mut Shared) {
    shared.modules.tm.event_callback = "event".into();
}

#[test]
fn local_request_changes_what_goes_out_and_where() {
    let mut lab = Lab::with(1, with_event);
    let draft = lab.draft("INVITE", |route| {
        assert_eq!(route.msg.method(), Method::Invite);
        assert!(route.append_lines(b"X-Event: yes\r\n"));
        assert!(route.set_uri(b"sip:carol@192.0.2.60"));
        route.dst_uri = Some(Bytes::from_static(b"sip:192.0.2.61:5090"));
        route.settings.no_auto_ack = true;
        route.fr.1 = Some(2000);
    });
    lab.send_draft(draft).expect("it goes out");
    let sent = lab.last(|_| true);
    assert_eq!(sent.request_uri(), b"sip:carol@192.0.2.60");
    assert_eq!((sent.vias().count(), sent.headers_named(b"X-Event").count()), (1, 1));
    assert_eq!(lab.sent(), ["INVITE 192.0.2.61:5090"]);
    lab.answer(200, "a", "Contact: <sip:phone@192.0.2.70:5070>\r\n");
    assert_eq!(lab.sent().len(), 1, "the script acknowledges");
    let draft = lab.draft("OPTIONS", |route| route.fr.1 = Some(2000));
    lab.send_draft(draft).expect("it goes out");
    lab.pass(3);
    assert_eq!(
        lab.heard().last().map(String::as_str),
        Some("final 408 no final reply in time")
    );
}

#[test]
fn local_request_drops_a_request() {
    let mut lab = Lab::with(1, with_event);
    let draft = lab.draft("OPTIONS", |route| route.decided.drop = true);
    assert!(matches!(lab.send_draft(draft.clone()), Err(Outcome::Dropped)));
    assert!(lab.sent().is_empty());
    assert_eq!(lab.heard(), ["final 0 dropped by tm:local-request"]);
    assert_eq!((stat("own_unanswered"), stat("dropped")), (0, 1));
    // one that an event callback sends is not shown to it
    assert!(lab.send_draft(Draft { shown: false, ..draft }).is_ok());
}

#[test]
fn identities_that_are_made_up_are_unique() {
    let mut lab = Lab::new(1);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        lab.send("OPTIONS").expect("it goes out");
        let msg = lab.last(|_| true);
        let tag = msg.from().and_then(|from| from.tag().map(<[u8]>::to_vec));
        assert!(seen.insert((msg.call_id().map(<[u8]>::to_vec), None)));
        assert!(seen.insert((None, tag)));
    }
}
