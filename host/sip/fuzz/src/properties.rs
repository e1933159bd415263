//! What holds for any bytes: the fuzz targets and an ordinary test run the same functions.

use bytes::Bytes;
use kemist_sip::message::parser::{Frame, FrameError, MAX_MESSAGE, frame};
use kemist_sip::message::validation::{self, checks};
use kemist_sip::message::{Edits, HeaderId, Message, NameAddr, Uri, Via, auth, build, edits, list, params, sdp, uri};
use kemist_sip::{Protocol, Target};

/// Indexing never panics, loses nothing, and everything can be asked and written of the result.
pub fn parse(data: &[u8]) {
    let Ok(msg) = Message::parse(Bytes::copy_from_slice(data)) else {
        return;
    };
    let mut out = Vec::new();
    edits::apply(msg.bytes(), &[], &mut out);
    assert_eq!(out, msg.bytes());
    let again = Message::parse(Bytes::copy_from_slice(msg.bytes())).expect("what was indexed once");
    assert_eq!(again.len(), msg.len());
    ask(&msg);
    write(&msg, &mut out);
}

fn ask(msg: &Message) {
    let mut end = msg.first_header_offset();
    for header in msg.headers() {
        assert_eq!(header.start(), end, "header lines follow each other");
        assert!(header.start() <= header.value_start() && header.value_end() <= header.end());
        let place = msg.headers_named(header.name()).any(|h| h.start() == header.start());
        assert!(place || header.id() == HeaderId::Other);
        end = header.end();
        views(header.value());
    }
    assert_eq!(end, msg.headers_end());
    assert_eq!(msg.body_offset() as usize + msg.body().len(), msg.len());
    let _ = (
        msg.method(),
        msg.status(),
        msg.reason(),
        msg.expires(),
        msg.max_forwards(),
        msg.from(),
        msg.to(),
    );
    let _ = (msg.vias().count(), msg.contacts().count(), msg.call_id(), msg.cseq());
    let _ = validation::minimum(msg);
    for bit in 0..17 {
        let _ = checks::run(msg, 1 << bit, 15, &[]);
    }
    let _ = sdp::addresses(msg.body()).count() + sdp::media(msg.body()).count();
}

fn write(msg: &Message, out: &mut Vec<u8>) {
    let source = "[2001:db8::1]:5062".parse().expect("an address");
    let via = build::ViaParams {
        protocol: Protocol::Tcp,
        sent_by: "p:5060",
        branch: b"z9hG4bKx",
        rport: true,
        extra: b"",
    };
    let mut changes = Edits::new();
    build::received(msg, source, true, &mut changes);
    changes.set_max_forwards(msg, 69);
    changes.insert(msg.body_offset(), b"x");
    out.clear();
    build::request(msg, b"sip:new@h", &via, &[&changes], out);
    if msg.is_request() {
        let sent = Message::parse(Bytes::copy_from_slice(out)).expect("a forwarded request");
        assert_eq!(sent.via().and_then(|v| v.branch()), Some(&b"z9hG4bKx"[..]));
        assert_eq!(sent.request_uri(), b"sip:new@h");
        if validation::minimum(msg).is_ok() {
            assert_eq!(validation::minimum(&sent), Ok(()), "{}", out.escape_ascii());
            assert_eq!(sent.body().len(), msg.body().len() + 1);
        }
    }
    out.clear();
    build::forward_reply(msg, &[&changes], out);
    out.clear();
    build::reply(msg, 400, "Bad", b"tag", source, true, b"", None, Some("s"), out);
    let reply = Message::parse(Bytes::copy_from_slice(out)).expect("a reply of our own");
    assert_eq!(reply.status(), 400);
    out.clear();
    build::cancel(msg, None, out);
    out.clear();
    build::ack(msg, &reply, out);
    let target = Target {
        protocol: Protocol::Udp,
        remote: source,
        socket: 0,
        connection: None,
    };
    let _ = build::reply_target(msg, target, false);
}

/// Values of header fields and URIs.
pub fn uri(data: &[u8]) {
    views(data);
    if let Ok(one) = Uri::parse(data) {
        let _ = (one.transport(), one.ip(), one.maddr());
        assert_eq!(one.is_sip(), one.is_sip() && !one.host.is_empty());
    }
    let half = data.iter().position(|b| *b == b'\n').unwrap_or(data.len() / 2);
    let (a, b) = data.split_at(half);
    if let (Ok(a), Ok(b)) = (Uri::parse(a), Uri::parse(b.get(1..).unwrap_or_default())) {
        assert_eq!(uri::equivalent(&a, &b), uri::equivalent(&b, &a));
        assert_eq!(uri::aor_eq(&a, &b), uri::aor_eq(&b, &a));
        assert!(uri::aor_eq(&a, &a));
    }
}

fn views(value: &[u8]) {
    if let Ok(address) = NameAddr::parse(value) {
        assert_eq!(&value[address.uri_offset..][..address.uri.len()], address.uri);
        let _ = (address.tag(), address.parsed_uri());
    }
    if let Ok(via) = Via::parse(value) {
        let _ = (
            via.magic_branch(),
            via.rport(),
            via.received(),
            via.ttl(),
            via.check_params(),
            build::via_target(&via),
        );
    }
    let _ = auth::parse(value);
    for element in list::split(value) {
        assert!(element.len() <= value.len());
        let _ = params::iter(element).count();
    }
}

/// A stream is cut where a datagram of the same bytes ends, and never earlier or later as it grows.
pub fn stream(data: &[u8]) {
    let whole = frame(data, MAX_MESSAGE);
    match whole {
        Frame::Message(n) => {
            let Ok(cut) = Message::parse(Bytes::copy_from_slice(&data[..n])) else {
                return;
            };
            let datagram = Message::parse(Bytes::copy_from_slice(data)).expect("its start is a message");
            assert_eq!((cut.len(), datagram.len()), (n, n));
            assert_eq!(cut.content_length(), Some(Ok(cut.body().len())));
        }
        Frame::Bad(FrameError::BadLength) => {
            if let Ok(msg) = Message::parse(Bytes::copy_from_slice(data)) {
                assert!(msg.content_length().is_some_and(|l| l.is_err()));
            }
        }
        Frame::KeepAlive(n) => return assert!(n <= data.len() && n > 0),
        Frame::Bad(_) | Frame::Incomplete => {}
    }
    for part in [data.len() / 4, data.len() / 2, data.len().saturating_sub(1)] {
        let early = frame(&data[..part], MAX_MESSAGE);
        assert!(early == Frame::Incomplete || early == whole, "{early:?} {whole:?}");
    }
}

/// Any edits at any places give what a simple model gives.
pub fn edit(data: &[u8]) {
    let (script, original) = data.split_at(data.len().min(48));
    let mut lists = [Edits::new(), Edits::new()];
    let mut records = [Vec::new(), Vec::new()];
    for (i, step) in script.chunks_exact(4).enumerate() {
        let at = if step[0] == 255 { u32::MAX } else { u32::from(step[0]) };
        let delete = if step[1] == 255 {
            u32::MAX
        } else {
            u32::from(step[1] % 32)
        };
        let text = vec![b'A' + i as u8; usize::from(step[2] % 3)];
        let which = usize::from(step[3] % 2);
        lists[which].replace(at, delete, &text);
        records[which].push((at as usize, delete as usize, text));
    }
    let mut got = b"kept".to_vec();
    edits::apply(original, &[&lists[0], &lists[1]], &mut got);
    assert_eq!(&got[4..], model(original, records.concat()));
}

type Record = (usize, usize, Vec<u8>);

fn model(original: &[u8], records: Vec<Record>) -> Vec<u8> {
    let len = original.len();
    let mut deletes: Vec<(usize, usize)> = records
        .iter()
        .map(|(at, delete, _)| ((*at).min(len), at.saturating_add(*delete).min(len)))
        .filter(|(from, to)| from < to)
        .collect();
    deletes.sort_unstable();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (from, to) in deletes {
        match ranges.last_mut() {
            Some(last) if from < last.1 => last.1 = last.1.max(to),
            _ => ranges.push((from, to)),
        }
    }
    // At one position as they came; positions beyond the end are one place in the order of their numbers.
    let mut inserts = records;
    inserts.sort_by_key(|(at, ..)| *at);
    let mut out = Vec::new();
    for place in 0..=len {
        for (_, _, text) in inserts.iter().filter(|(at, ..)| (*at).min(len) == place) {
            if !ranges.iter().any(|(from, to)| *from < place && place < *to) {
                out.extend_from_slice(text);
            }
        }
        let gone = ranges.iter().any(|(from, to)| *from <= place && place < *to);
        out.extend(original.get(place).filter(|_| !gone));
    }
    out
}
