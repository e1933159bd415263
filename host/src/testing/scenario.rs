//! A scenario as its file has it: what is there before the first message, and the steps.

mod setup;
mod steps;

use super::document::{self, Finding, Node, Place};
use super::keys;
use super::matching::Match;
use crate::route;
use crate::store::addresses::Address;
use crate::store::database::AccountName;
use kemist_sip::Protocol;
use regex::Regex;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// 2026-01-01T12:00:00Z: the virtual clock's start where a scenario names none.
const START: u64 = 1_767_268_800;

/// One test of a routing script.
#[derive(Debug)]
pub struct Scenario {
    /// Where it is written.
    pub place: Place,
    /// What it is about, in one line.
    pub about: Option<String>,
    /// When its clock starts, in seconds since 1970.
    pub start: u64,
    pub(super) config: Option<Node>,
    pub(super) peers: HashMap<String, Peer>,
    pub(super) accounts: Vec<(AccountName, String)>,
    pub(super) addresses: Vec<Address>,
    pub(super) location: Vec<(String, Vec<Contact>)>,
    pub(super) htable: Vec<Table<route::Value>>,
    pub(super) shv: Vec<(String, route::Value)>,
    pub(super) dns: HashMap<String, Vec<Peer>>,
    pub(super) steps: Vec<Step>,
    pub(super) finally: Option<Check>,
}

/// An address; the transport where one is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub protocol: Option<Protocol>,
    pub ip: IpAddr,
    pub port: Option<u16>,
}

impl Peer {
    pub fn address(&self) -> SocketAddr {
        let port = self.protocol.unwrap_or(Protocol::Udp).default_port();
        SocketAddr::new(self.ip, self.port.unwrap_or(port))
    }
}

/// A binding that is there at the start.
#[derive(Debug)]
pub(super) struct Contact {
    pub contact: String,
    pub expires: Duration,
    pub q: i16,
    pub path: Option<String>,
    pub received: Option<String>,
    pub bflags: u32,
    pub instance: Option<String>,
    pub user_agent: Option<String>,
    pub socket: Option<String>,
}

#[derive(Debug)]
pub(super) struct Step {
    pub place: Place,
    pub verb: Verb,
}

#[derive(Debug)]
pub(super) enum Verb {
    Receive(Box<Receive>),
    Repeat,
    Reply(Box<Reply>),
    Refuse(Option<u32>),
    Advance(Duration),
    Expect(Box<Expect>),
    ExpectNothing(Box<Check>),
    Check(Box<Check>),
}

/// What replaces something that is made up: another text, or nothing at all.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Text(String),
    None,
}

/// Something about items of a hash table: its name, their keys.
pub(super) type Table<V> = (Place, String, Vec<(String, V)>);

/// A header of ours: its name and values, none to leave it out.
pub(super) type Header = (String, Vec<String>);

#[derive(Debug)]
pub(super) struct Receive {
    /// A method, a method and a URI, or a message.
    pub what: String,
    pub call: Option<String>,
    pub by_callee: bool,
    pub source: Option<Peer>,
    pub uri: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub from_tag: Option<String>,
    pub to_tag: Option<Given>,
    pub call_id: Option<String>,
    pub cseq: Option<u32>,
    pub via_branch: Option<String>,
    pub max_forwards: Option<Given>,
    pub contact: Option<Given>,
    pub authorize: Option<String>,
    pub extra: Extra,
}

/// What requests and replies may have alike.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    pub headers: Vec<Header>,
    pub body: Option<String>,
    pub content_type: Option<String>,
}

#[derive(Debug)]
pub(super) struct Reply {
    /// A status, a status and a reason, or a message.
    pub what: String,
    pub branch: Option<u32>,
    pub cancel: bool,
    pub source: Option<Peer>,
    pub to_tag: Option<Given>,
    pub contact: Option<Given>,
    pub extra: Extra,
}

#[derive(Debug)]
pub(super) struct Expect {
    pub kind: Expected,
    pub at: Option<Peer>,
    pub socket: Option<String>,
    pub branch: Option<u32>,
    pub after: Option<Duration>,
    pub again: bool,
    pub uri: Option<Match>,
    pub reason: Option<Match>,
    pub headers: Vec<(String, Match)>,
    pub body: Option<Match>,
    pub changed: Option<(Place, Vec<String>)>,
    pub save: Vec<(String, Save)>,
    pub check: Check,
}

#[derive(Debug)]
pub(super) enum Expected {
    Reply(u16),
    Request(String, Option<Match>),
}

#[derive(Debug)]
pub(super) struct Save {
    pub place: Place,
    pub from: Part,
    pub matches: Option<Regex>,
}

#[derive(Debug)]
pub(super) enum Part {
    Header(String),
    Uri,
    Body,
    ViaBranch,
}

/// What is asked of the script and of the stores.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub called: Vec<Called>,
    pub not_called: Vec<(Place, String)>,
    pub callbacks: Option<(Place, Vec<String>)>,
    pub log: Vec<Match>,
    pub not_log: Vec<Match>,
    pub fault: Option<Match>,
    pub location: Vec<(Place, String, Vec<Match>)>,
    pub htable: Vec<Table<Match>>,
    pub shv: Vec<(String, Match)>,
    pub sent: Option<(Place, usize)>,
}

#[derive(Debug)]
pub(super) struct Called {
    pub place: Place,
    pub name: String,
    pub args: Option<Vec<Node>>,
    pub returned: Option<Match>,
    pub times: Option<usize>,
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn load(file: &Path) -> Result<Scenario, Finding> {
        let text = std::fs::read_to_string(file).map_err(|error| Finding {
            file: file.display().to_string().into(),
            line: 1,
            text: format!("cannot be read: {error}"),
        })?;
        Scenario::parse(&text, file)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(text: &str, file: &Path) -> Result<Scenario, Finding> {
        let root = document::parse(text, file)?;
        let place = root.place.clone();
        let mut fields = root.fields(&keys::SCENARIO)?;
        for (name, what) in [("sql", "SQL"), ("http", "HTTP")] {
            if let Some(node) = fields.take(name) {
                let text = format!("{name}: scripts have no {what} functions yet, so there is nothing to answer");
                return Err(node.finding(text));
            }
        }
        let peers = fields.read("peers", setup::peers)?.unwrap_or_default();
        let reader = steps::Reader { peers: &peers };
        let steps = fields.take("step").map_or_else(Vec::new, Node::items);
        let steps = steps
            .into_iter()
            .map(|step| reader.step(step))
            .collect::<Result<Vec<_>, _>>()?;
        let scenario = Scenario {
            about: fields.text("about")?,
            start: fields.read("start", setup::start)?.unwrap_or(START),
            config: fields.read("config", setup::config)?,
            accounts: fields.read("accounts", setup::accounts)?.unwrap_or_default(),
            addresses: fields.read("addresses", setup::addresses)?.unwrap_or_default(),
            location: fields.read("location", setup::location)?.unwrap_or_default(),
            htable: fields.read("htable", setup::htable)?.unwrap_or_default(),
            shv: fields.read("shv", setup::values)?.unwrap_or_default(),
            dns: fields.read("dns", setup::dns)?.unwrap_or_default(),
            finally: fields.read("finally", |node| reader.check(node.fields(&keys::CHECK)?))?,
            place,
            steps,
            peers,
        };
        if scenario.steps.is_empty() {
            return Err(scenario
                .place
                .finding("there is no [[step]]; begin with [[step]] and receive = \"OPTIONS sip:localhost\""));
        }
        Ok(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Scenario, String> {
        Scenario::parse(text, Path::new("tests/a.toml")).map_err(|finding| finding.to_string())
    }

    #[test]
    fn what_is_unknown_is_an_error_with_its_line_and_the_known_names() {
        for (text, error) in [
            (
                "acounts = {}\n",
                "tests/a.toml:1: acounts: unknown key of a scenario; known are about, start,",
            ),
            (
                "\n[[step]]\nreceive = \"OPTIONS sip:a\"\nform = \"sip:a@b\"\n",
                "tests/a.toml:4: form: unknown key of receive; known are receive, call,",
            ),
            (
                "[[step]]\nrecieve = \"X\"\n",
                "tests/a.toml:2: a step needs one of receive, repeat,",
            ),
            ("[[step]]\nadvance = \"5\"\n", "tests/a.toml:2: \"5\" is no duration"),
            ("[[step]]\nadvance = 5\n", "tests/a.toml:2: text is expected"),
            ("[[step]]\nexpect = 42\n", "tests/a.toml:2: a status, a method"),
            (
                "[[step]]\nexpect = 200\nheaders.Contact = { like = \"x\" }\n",
                "tests/a.toml:3: like: unknown key of a match; known are equals,",
            ),
            (
                "[[step]]\nexpect = 200\nheaders.Contact = { matches = \"(\" }\n",
                "tests/a.toml:3: ",
            ),
            (
                "[accounts]\nalice = \"x\"\n",
                "tests/a.toml:2: alice: USER@DOMAIN is expected",
            ),
            (
                "[[step]]\nreceive = \"X sip:a\"\nsource = \"bob\"\n",
                "tests/a.toml:3: \"bob\" is no address",
            ),
            ("[sql]\n", "tests/a.toml:1: sql: scripts have no SQL functions yet"),
            (
                "config.routing.policy = \"fresh\"\n",
                "tests/a.toml:1: config.routing: all scenarios",
            ),
            ("about = \"nothing\"\n", "tests/a.toml:1: there is no [[step]]"),
            ("a = = 2\n", "tests/a.toml:1: "),
        ] {
            let found = parse(text).expect_err(text);
            assert!(found.starts_with(error), "{text}: {found}");
        }
    }

    #[test]
    fn dates_are_seconds() {
        let start = |text: &str| parse(&format!("start = {text}\n[[step]]\nrepeat = true\n")).map(|s| s.start);
        assert_eq!(start("1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(start("2026-01-01T12:00:00Z"), Ok(START));
        assert_eq!(start("2024-02-29T23:59:59+01:00"), Ok(1_709_247_599));
        assert_eq!(start("1700000000"), Ok(1_700_000_000));
        assert!(start("true").is_err());
    }

    #[test]
    fn addresses_of_peers() {
        let peer = |text: &str| setup::address(text).map(|peer| (peer.protocol, peer.address().to_string()));
        assert_eq!(peer("192.0.2.1:5062"), Some((None, "192.0.2.1:5062".into())));
        assert_eq!(
            peer("tcp:192.0.2.1"),
            Some((Some(Protocol::Tcp), "192.0.2.1:5060".into()))
        );
        assert_eq!(
            peer("udp:[2001:db8::1]:5070"),
            Some((Some(Protocol::Udp), "[2001:db8::1]:5070".into()))
        );
        assert_eq!(peer("2001:db8::1"), Some((None, "[2001:db8::1]:5060".into())));
        assert_eq!(peer("bob"), None);
    }
}
