//! The parts of the SIP core and of the stores, by themselves.

use crate::messages::{CALLEE, CALLER, forwarded, in_dialog, invite, reply, upstream};
use crate::stage::md5;
use crate::{counted, part, part_ends};
use bytes::Bytes;
use kemist::modules::Configs;
use kemist::route::digest;
use kemist::store::location::Location;
use kemist::store::{Binding, OPERATOR};
use kemist_sip::Protocol;
use kemist_sip::message::build::{self, ViaParams};
use kemist_sip::message::uri::Uri;
use kemist_sip::message::validation::{self, checks};
use kemist_sip::message::{Edits, HeaderId, Message};
use kemist_sip::transaction::{BranchTimeouts, Config, Identity, Layer, ReplyMatch, RequestMatch, TransactionId};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 500;

pub fn all() {
    messages();
    uris();
    credentials();
    location();
    transaction();
}

fn messages() {
    let (invite, register) = (invite(7), Bytes::from(register("")));
    let parsed = |bytes: &Bytes| Message::parse(bytes.clone()).expect("a good message");
    for (name, bytes) in [("INVITE", &invite), ("REGISTER", &register)] {
        part(&format!("parse {name}"), ROUNDS, || {
            black_box(parsed(bytes));
        });
        let msg = parsed(bytes);
        part(&format!("validate {name}"), ROUNDS, || {
            validation::minimum(black_box(&msg)).expect("a good message");
            checks::run(black_box(&msg), 1511, 7, &[]).expect("a good message");
        });
    }
    let msg = parsed(&invite);
    let via = ViaParams {
        protocol: Protocol::Udp,
        sent_by: "192.0.2.200:5060",
        branch: b"z9hG4bK3f2a.0.1c.7.0",
        rport: false,
        extra: b"",
    };
    let (mut edits, mut out) = (Edits::new(), Vec::new());
    part("write INVITE with edits", ROUNDS, || {
        edits.clear();
        edits.set_max_forwards(&msg, 69);
        edits.prepend_headers(&msg, b"Record-Route: <sip:192.0.2.200;lr>\r\n");
        if let Some(agent) = msg.header(HeaderId::UserAgent) {
            edits.remove_header(agent);
        }
        out.clear();
        build::request(
            &msg,
            b"sip:bob@192.0.2.77:5062;transport=udp",
            &via,
            &[&edits],
            &mut out,
        );
        black_box(&out);
    });
    part("write a reply", ROUNDS, || {
        out.clear();
        let from = CALLER.remote;
        build::reply(&msg, 486, "Busy Here", b"tag", from, true, b"", None, None, &mut out);
        black_box(&out);
    });
}

fn uris() {
    let texts: [&[u8]; 4] = [
        b"sip:bob@example.com",
        b"sips:+15551234;phone-context=example.com@[2001:db8::1]:5061;transport=tcp;lr?Subject=a%20call",
        b"sip:alice:secret@192.0.2.4:5062;ob;reg-id=1",
        b"tel:+1-201-555-0123;ext=12",
    ];
    part("parse 4 URIs", ROUNDS, || {
        for text in texts {
            black_box(Uri::parse(black_box(text)).expect("a good URI"));
        }
    });
}

fn credentials() {
    let secret = md5("alice:localhost:wonderland");
    let response = md5(&format!("{secret}:0123456789:{}", md5("REGISTER:sip:localhost")));
    let line = format!(
        "Authorization: Digest username=\"alice\", realm=\"localhost\", nonce=\"0123456789\", uri=\"sip:localhost\", \
         response=\"{response}\"\r\n"
    );
    let msg = Message::parse(Bytes::from(register(&line))).expect("a good message");
    part("digest check (MD5)", ROUNDS, || {
        let offered = [digest::Algorithm::Md5];
        let found = digest::credentials(&msg, HeaderId::Authorization, b"localhost", &offered);
        let Ok(found) = found else {
            panic!("there are credentials")
        };
        assert!(found.verify(secret.as_bytes(), &msg));
    });
}

fn location() {
    let location = Location::new(&Configs::default().usrloc);
    let name = |user: usize| format!("user{user:06}").into_bytes();
    let save = |user: usize, cseq: u32| {
        let binding = Binding {
            contact: Bytes::from_static(b"sip:user@192.0.2.1:5062"),
            expires: 2_000_000_000,
            call_id: Bytes::from_static(b"registered"),
            cseq,
            ruid: Bytes::from(name(user)),
            ..Binding::default()
        };
        location.update(OPERATOR, &name(user), 1_700_000_000, |bindings| {
            bindings.clear();
            bindings.push(Arc::new(binding));
        });
    };
    (0..1_000).for_each(|user| save(user, 1));
    let mut turn = 0;
    // many, since where a key lies in a hash table is another matter in each run
    part("save a registration", 8 * ROUNDS, || {
        turn += 1;
        save(turn % 1_000, 2);
    });
    let names: Vec<Vec<u8>> = (0..ROUNDS).map(name).collect();
    part("look up a registration", ROUNDS, || {
        turn += 1;
        let found = location.bindings(OPERATOR, &names[turn % ROUNDS], 1_700_000_000);
        assert_eq!(black_box(found).len(), 1);
    });
}

/// A call's INVITE through the layer, from its receipt to the end of its transaction.
fn transaction() {
    let identity = Identity {
        worker: 0,
        boot: 77,
        secret: *b"sixteen bytes ok",
    };
    let mut layer = Layer::new(Config::default(), identity);
    let mut now = Instant::now();
    // the first calls make room for all
    for rounds in [ROUNDS, 0] {
        for call in 0..ROUNDS {
            one_call(&mut layer, call + rounds, rounds == 0, now);
        }
        let mut end = || {
            now += Duration::from_secs(60);
            layer.handle_timeout(now);
            while layer.poll_output().is_some() {}
        };
        match rounds {
            0 => counted(end),
            _ => end(),
        }
        assert!(layer.is_empty());
    }
    part_ends("a transaction: INVITE 180 200 ACK", ROUNDS);
}

fn one_call(layer: &mut Layer<()>, call: usize, is_counted: bool, now: Instant) {
    fn step<R>(is_counted: bool, work: impl FnOnce() -> R) -> R {
        match is_counted {
            true => counted(work),
            false => work(),
        }
    }
    let drain = |layer: &mut Layer<()>| while layer.poll_output().is_some() {};
    let message = |bytes: Bytes| Arc::new(Message::parse(bytes).expect("a good message"));
    let request = message(invite(call));
    let (id, via): (TransactionId, Vec<u8>) = step(is_counted, || {
        assert_eq!(layer.match_request(&request, now), RequestMatch::New);
        let id = layer.create(request.clone(), CALLER, (), now).expect("a new one");
        layer.trying(id, now);
        let mut via = Vec::with_capacity(80);
        layer.branch_id(id, 0, 0, &mut via);
        drain(layer);
        (id, via)
    });
    let sent = forwarded(&request, &via);
    step(is_counted, || {
        let timeouts = BranchTimeouts::default();
        layer.add_branch(id, sent.clone(), CALLEE, timeouts, now).expect("open");
        layer.branches_added(id, now);
        drain(layer);
    });
    for code in [180, 200] {
        let rpl = message(reply(&sent, code));
        let bytes = upstream(&rpl);
        step(is_counted, || {
            assert_eq!(layer.receive_reply(&rpl, now), ReplyMatch::Pass { id, branch: 0 });
            layer.accept_reply(id, 0, rpl.clone(), bytes, now);
            drain(layer);
        });
    }
    let ack = message(in_dialog(call, "ACK", 1));
    step(is_counted, || {
        assert!(matches!(layer.match_request(&ack, now), RequestMatch::Ack(Some(_))));
        drain(layer);
    });
}

fn register(lines: &str) -> String {
    format!(
        "REGISTER sip:localhost SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---a1b2c3;rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@localhost>;tag=8a7b6c5d\r\n\
         To: <sip:alice@localhost>\r\n\
         Call-ID: 1f2e3d4c5b6a@192.0.2.10\r\n\
         CSeq: 1 REGISTER\r\n\
         Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n\
         Expires: 3600\r\n\
         User-Agent: bench/1.0\r\n\
         Supported: path, outbound\r\n\
         {lines}Content-Length: 0\r\n\r\n"
    )
}
