//! The messages of RFC 4475 and what parser and validation say about them. What the whole server
//! answers is the black box's to show.

use bytes::Bytes;
use kemist_sip::message::validation::{self, checks};
use kemist_sip::message::{HeaderId, Message, auth, build, edits, list};
use std::path::{Path, PathBuf};

#[test]
fn every_message_gets_its_verdict() {
    let Some(folder) = folder() else {
        println!("skipped: no folder with the RFC 4475 messages (KEMIST_TORTURE)");
        return;
    };
    let table = std::fs::read_to_string(folder.join("expected.csv")).expect("the folder has its table");
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in table.lines().skip(1).filter(|l| !l.is_empty()) {
        let row = Row::new(line);
        let bytes = std::fs::read(folder.join(format!("{}.dat", row.name))).expect("every row has its file");
        rows += 1;
        if let Err(what) = row.check(Bytes::from(bytes)) {
            wrong.push(format!("{}: {what}", row.name));
        }
    }
    assert!(rows > 40, "{rows} rows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn folder() -> Option<PathBuf> {
    if let Some(folder) = ["KEMIST_TORTURE", "KEMIST_TORTURE_DIR"]
        .into_iter()
        .find_map(std::env::var_os)
    {
        return Some(folder.into());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .map(|parent| parent.join("shared/torture"))
        .find(|folder| folder.join("expected.csv").is_file())
}

struct Row<'t> {
    name: &'t str,
    class: &'t str,
    parser: &'t str,
    status: &'t str,
}

impl<'t> Row<'t> {
    fn new(line: &'t str) -> Self {
        let columns: Vec<&str> = line.splitn(6, ',').collect();
        let [name, _, class, parser, status, ..] = columns[..] else {
            panic!("row: {line}")
        };
        Row {
            name,
            class,
            parser,
            status,
        }
    }

    fn check(&self, bytes: Bytes) -> Result<(), String> {
        let msg = match Message::parse(bytes.clone()) {
            Ok(msg) => msg,
            Err(e) if self.parser == "either" && self.status == "drop" => return note(self.name, &e.to_string()),
            Err(e) => return Err(format!("not indexed: {e}")),
        };
        unchanged(&msg, &bytes)?;
        self.verdict(&msg)
    }

    fn verdict(&self, msg: &Message) -> Result<(), String> {
        let minimum = validation::minimum(msg).map_err(|f| f.status());
        let expect = |got: Result<(), u16>, want: u16| match got {
            Err(status) if status == want => Ok(()),
            other => Err(format!("{other:?} instead of {want}")),
        };
        match (self.name, self.status) {
            // A fault only for who looks at contacts.
            ("regbadct", _) => expect(
                checks::uris(msg, checks::uri_bits::CONTACT).map_err(|f| f.status()),
                400,
            ),
            // The reply itself is good; where its second Via leads nobody sends.
            ("bcast", _) => minimum.map_err(|s| format!("fault {s}")),
            (_, "drop") => minimum.err().map(|_| ()).ok_or("no fault".into()),
            (_, "ignore/400" | "400 or liberal") => match minimum {
                Ok(()) | Err(400) => Ok(()),
                Err(status) => Err(format!("fault {status}")),
            },
            (_, "400 or 501") => expect(minimum, 400),
            (_, "505") => expect(minimum, 505),
            (_, "400") => expect(minimum, 400),
            (_, "416") => expect(checks::scheme(msg).map_err(|f| f.status()), 416),
            (_, "420") => expect(checks::proxy_require(msg, &[]).map_err(|f| f.status()), 420),
            (_, "401") => self.other_scheme(msg),
            (name, _) if name == "zeromf" && msg.max_forwards() != Some(Ok(0)) => Err("Max-Forwards is not 0".into()),
            _ => minimum.map_err(|status| format!("fault {status} in a message of class {}", self.class)),
        }
    }

    fn other_scheme(&self, msg: &Message) -> Result<(), String> {
        let value = msg.header(HeaderId::Authorization).ok_or("no Authorization")?.value();
        match (auth::parse(value), checks::digest(msg)) {
            (Err(auth::Error::NotDigest), Ok(())) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

fn note(name: &str, what: &str) -> Result<(), String> {
    println!("{name}: {what}");
    Ok(())
}

/// Indexing and writing change nothing.
fn unchanged(msg: &Message, bytes: &[u8]) -> Result<(), String> {
    let mut out = Vec::new();
    edits::apply(msg.bytes(), &[], &mut out);
    if !bytes.starts_with(&out) || out.len() != msg.len() {
        return Err("changed by writing it".into());
    }
    if msg.is_reply() {
        return Ok(());
    }
    out.clear();
    let via = build::ViaParams {
        protocol: kemist_sip::Protocol::Udp,
        sent_by: "p",
        branch: b"z9hG4bKx",
        rport: false,
        extra: b"",
    };
    build::request(msg, msg.request_uri(), &via, &[], &mut out);
    let line = b"Via: SIP/2.0/UDP p;branch=z9hG4bKx\r\n";
    let at = msg.first_header_offset() as usize;
    if out.len() != msg.len() + line.len() || out[at + line.len()..] != msg.bytes()[at..] {
        return Err("forwarded otherwise than it came".into());
    }
    Ok(())
}

fn load(name: &str) -> Option<Message> {
    let bytes = std::fs::read(folder()?.join(format!("{name}.dat"))).expect("the folder is complete");
    Some(Message::parse(Bytes::from(bytes)).expect(name))
}

#[test]
fn valid_ones_are_read_as_the_rfc_says() {
    let Some(msg) = load("wsinv") else { return };
    assert_eq!(msg.vias().count(), 3);
    assert_eq!(msg.max_forwards(), Some(Ok(68)));
    assert_eq!(msg.cseq().map(|c| (c.number, c.method)), Some((9, &b"INVITE"[..])));
    assert_eq!(msg.to().and_then(|a| a.tag()), Some(&b"1918181833n"[..]));
    assert_eq!(msg.from().and_then(|a| a.tag()), Some(&b"98asjd8"[..]));
    assert_eq!(msg.content_length(), Some(Ok(150)));
    assert_eq!(msg.via().and_then(|v| v.magic_branch()), None);
    let msg = load("dblreq").expect("in the same folder");
    assert!(msg.body().is_empty());
    assert!(!msg.bytes().windows(6).any(|w| w == b"INVITE"));
    let msg = load("longreq").expect("in the same folder");
    assert_eq!((msg.vias().count(), msg.headers().count()), (34, 43));
    let msg = load("escnull").expect("in the same folder");
    let users: Vec<_> = msg
        .contacts()
        .map(|c| c.unwrap().parsed_uri().unwrap().user.unwrap().to_vec())
        .collect();
    assert_eq!(users, [b"%00".to_vec(), b"%00%00".to_vec()]);
    let msg = load("intmeth").expect("in the same folder");
    assert_eq!(msg.cseq().map(|c| c.method), Some(msg.method_name()));
    assert!(list::split(msg.header(HeaderId::To).unwrap().value()).count() == 1);
}
