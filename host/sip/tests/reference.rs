//! The parsers against plain ones, which look at one byte after the other and keep nothing: over the fuzzers' seeds, the
//! messages of RFC 4475, and mutations of both.

#[path = "support/mutation.rs"]
mod mutation;
#[path = "reference/plain.rs"]
mod plain;

use bytes::Bytes;
use kemist_sip::message::{HeaderId, Message, list, params};
use kemist_sip::{NameAddr, Uri, Via};
use mutation::{Random, mutate, seeds, torture};

/// Mutations of each seed.
const ROUNDS: usize = 500;

#[test]
fn messages_are_read_alike() {
    let mut all = [seeds("parse"), seeds("frame"), torture()].concat();
    all.push(USUAL.to_vec());
    mutated(&all, |data| {
        let Ok(msg) = Message::parse(Bytes::copy_from_slice(data)) else {
            return;
        };
        start_line(&msg);
        let mut end = msg.first_header_offset() as usize;
        for header in msg.headers() {
            let line = plain::line(msg.bytes(), end);
            assert_eq!((header.name(), header.value()), (line.name, line.value));
            let id = if line.well_formed {
                plain::id(line.name)
            } else {
                HeaderId::Other
            };
            assert_eq!(header.id(), id, "{header:?}");
            end = header.end() as usize;
            assert_eq!(end, line.end);
            values(header.value());
        }
        for header in msg.headers() {
            let same = || msg.headers().filter(|other| other.id() == header.id());
            let offsets = msg.headers_of(header.id()).map(|found| found.start());
            assert!(offsets.eq(same().map(|found| found.start())));
            let first = msg.header(header.id()).map(|found| found.start());
            assert_eq!(first, same().next().map(|found| found.start()));
        }
        kept(&msg);
    });
}

#[test]
fn values_are_read_alike() {
    let mut all = [seeds("uri"), torture()].concat();
    all.extend(VALUES.iter().map(|text| text.to_vec()));
    mutated(&all, values);
}

#[test]
fn names_are_read_alike() {
    let mut names: Vec<Vec<u8>> = plain::NAMES.iter().map(|(_, name)| name.as_bytes().to_vec()).collect();
    names.extend((0..=255).map(|letter| vec![letter]));
    mutated(&names, |name| {
        assert_eq!(HeaderId::parse(name), plain::id(name), "{}", name.escape_ascii())
    });
}

#[test]
fn addresses_are_those_of_the_standard_library() {
    let seeds = [
        "192.0.2.1",
        "0.0.0.0",
        "255.255.255.255",
        "10.20.030.4",
        "1.2.3",
        "256.1.1.1",
    ];
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    mutated(&seeds, |host| {
        let uri = [b"sip:", host].concat();
        if let Ok(uri) = Uri::parse(&uri)
            && uri.host == host
        {
            let text = std::str::from_utf8(host).expect("a host is ASCII");
            let bare = text.trim_start_matches('[').trim_end_matches(']');
            let expected = match text.starts_with('[') {
                true => bare.parse().ok().map(std::net::IpAddr::V6),
                false => text.parse().ok().map(std::net::IpAddr::V4),
            };
            assert_eq!(uri.ip(), expected, "{text}");
        }
    });
}

/// What the index keeps is what reading the fields again gives.
fn kept(msg: &Message) {
    let value = |id| msg.header(id).map(|header| header.value());
    let via = value(HeaderId::Via).and_then(|value| plain::via(list::split(value).next()?).ok());
    assert_eq!(msg.via(), via);
    let lines = msg.headers_of(HeaderId::Via).map(|header| header.value());
    let vias = lines.flat_map(plain::split).map_while(|value| plain::via(value).ok());
    assert!(msg.vias().eq(vias));
    assert_eq!(msg.magic_branch(), via.and_then(|via| via.magic_branch()));
    for (id, view, tag) in [
        (HeaderId::From, msg.from(), msg.from_tag()),
        (HeaderId::To, msg.to(), msg.to_tag()),
    ] {
        let address = value(id).and_then(|value| plain::name_addr(value).ok());
        assert_eq!(view, address);
        assert_eq!(tag, address.and_then(|address| address.tag()));
    }
    let cseq = value(HeaderId::CSeq).and_then(plain::cseq);
    let number = cseq.and_then(|(digits, method)| Some((plain::number(digits).ok()?, method)));
    assert_eq!(msg.cseq().map(|cseq| (cseq.number, cseq.method)), number);
    if msg.is_reply() {
        assert_eq!(msg.method_name(), cseq.map_or(&b""[..], |(_, method)| method));
    }
}

fn start_line(msg: &Message) {
    let end = msg.first_header_offset() as usize;
    let line = msg.bytes()[..end].strip_suffix(b"\n").expect("it ends there");
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (first, second, third, is_reply, exact) = plain::start_line(line).expect("it was read");
    assert_eq!((msg.is_reply(), msg.start_line_exact()), (is_reply, exact));
    match is_reply {
        true => assert_eq!((msg.version(), msg.reason()), (first, third)),
        false => assert_eq!(
            (msg.method_name(), msg.request_uri(), msg.version()),
            (first, second, third)
        ),
    }
    let status = if is_reply && second.len() == 3 {
        plain::number(second).unwrap_or(0)
    } else {
        0
    };
    assert_eq!(u32::from(msg.status()), status);
}

fn values(value: &[u8]) {
    let shown = || value.escape_ascii().to_string();
    assert_eq!(Uri::parse(value), plain::uri(value), "{}", shown());
    let address = plain::name_addr(value);
    assert_eq!(NameAddr::parse(value), address, "{}", shown());
    if let Ok(address) = address {
        assert_eq!(address.parsed_uri(), plain::uri(address.uri), "{}", shown());
        assert_eq!(
            address.tag(),
            plain::find(address.params, "tag")
                .flatten()
                .filter(|tag| !tag.is_empty())
        );
    }
    let via = plain::via(value);
    assert_eq!(Via::parse(value), via, "{}", shown());
    if let Ok(via) = via {
        assert_eq!(via.param("branch"), plain::find(via.params, "branch"));
        assert_eq!(via.param("RPort"), plain::find(via.params, "RPort"));
        assert_eq!(via.check_params(), plain::check_params(via.params));
        let branch = plain::find(via.params, "branch").flatten();
        let magic = |branch: &&[u8]| branch.len() > 7 && branch[..7].eq_ignore_ascii_case(b"z9hG4bK");
        assert_eq!(via.magic_branch(), branch.filter(magic));
    }
    assert!(params::iter(value).eq(plain::params(value)), "{}", shown());
    for name in ["", "tag", "=", "a;b", "\"", "lr"] {
        assert_eq!(
            params::find(value, name),
            plain::find(value, name),
            "{name} {}",
            shown()
        );
    }
    assert!(list::split(value).eq(plain::split(value)), "{}", shown());
}

fn mutated(seeds: &[Vec<u8>], check: impl Fn(&[u8])) {
    assert!(!seeds.is_empty());
    let mut random = Random(0xa11ce);
    seeds.iter().for_each(|seed| check(seed));
    for _ in 0..ROUNDS {
        for seed in seeds {
            let mut data = seed.clone();
            for _ in 0..=random.below(3) {
                mutate(&mut data, seeds, &mut random);
            }
            check(&data);
        }
    }
}

const USUAL: &[u8] = b"INVITE sip:bob@example.com SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-524287-1---7;rport, SIP/2.0/TCP [::1];branch=z9hG4bKx\r\n\
    v: SIP/2.0/UDP h;received=192.0.2.7;rport=5061\r\nMax-Forwards: 70\r\nContact: <sip:alice@192.0.2.1:5060;transport=udp>\r\n\
    To: \"Bob\" <sip:bob@example.com>\r\nFrom: \"Alice\" <sip:alice@example.com>;tag=1928301774\r\nCall-ID: 7@192.0.2.1\r\n\
    CSeq: 1 INVITE\r\nAllow: INVITE, ACK\r\nP-Preferred-Identity: <sip:alice@example.com>\r\nX-Mine : y\r\nContent-Length: 0\r\n\r\n";

const VALUES: [&[u8]; 8] = [
    b"\"Alice \\\"A\\\" B\" <sip:alice@example.com;lr>;tag=1928301774;q=0.5",
    b"sip:alice;day=tuesday:secret@atlanta.example:5070;transport=tcp;lr?subject=x&a=b",
    b"sips:[2001:db8::9]:5061;maddr=[::1]",
    b"tel:+1-201-555-0123;phone-context=x",
    b"SIP/2.0/UDP 192.0.2.1:5070;rport=9;branch=z9hG4bKx;received=192.0.2.9;ttl=3",
    b"SIP  /   2.0\r\n /UDP\r\n    192.0.2.2 : 5060 ;branch=390skdjuw",
    b"sip:a@b ;\r\n tag = x; y=\"1;2\";;z",
    b"<sip:a,b@c>, \"x, y\" <sip:d>;p=\"1,2\",sip:e",
];
