//! A whole worker without sockets, with one account and some registrations, and the telephones that speak to it.

use bytes::Bytes;
use kemist::modules::Configs;
use kemist::route::failover::{Blocklist, Failover};
use kemist::route::shared::Found;
use kemist::route::{Resolve, Routing, Sending};
use kemist::server::Parts;
use kemist::store::database::{AccountName, NewAccount};
use kemist::store::{Binding, OPERATOR, Store};
use kemist::transport::tcp;
use kemist::worker::{Lives, Offline};
use kemist_sip::message::{Message, build};
use kemist_sip::{Protocol, Target, transaction};
use md5::{Digest, Md5};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Where requests come from: an address of the server's own, which no flood is counted for.
const PHONE: SocketAddr = SocketAddr::new(LOCALHOST, 5062);
/// Where those who are registered are.
const CALLEE: SocketAddr = SocketAddr::new(LOCALHOST, 5071);
const LOCALHOST: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// When it begins, in seconds since 1970.
const EPOCH: u64 = 1_700_000_000;

/// Whose REGISTERs these are, and their Call-ID.
const ALICE: (&str, &str) = ("alice", "0@bench.example.com");
const PASSWORD: &str = "wonderland";

/// The worker and what numbers its messages.
pub struct Stage {
    pub worker: Offline,
    numbers: usize,
    nonce: String,
    io: tokio::runtime::Runtime,
}

impl Stage {
    /// With this routing, and so many registrations.
    pub fn new(routing: Arc<dyn Routing>, registrations: usize) -> Stage {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime for SQL");
        let store = io.block_on(a_store(io.handle()));
        for user in 0..registrations {
            register(&store, user);
        }
        let parts = Parts {
            listen: vec![(Protocol::Udp, ([127, 0, 0, 1], 5060).into())],
            aliases: [b"localhost".to_vec()].into(),
            workers: 1,
            modules: Configs::default(),
            store,
            resolver: Box::new(NoNames),
            failover: Failover {
                enabled: true,
                blocklist: Blocklist::new(Duration::ZERO, 1),
            },
            buffers: Default::default(),
            sending: Sending::default(),
            routing,
            transactions: transaction::Config {
                max_transactions: 1_000_000,
                // what rings goes on ringing
                fr_inv_timer: Duration::from_secs(24 * 3600),
                ..transaction::Config::default()
            },
            overload: Default::default(),
            streams: tcp::Limits::default(),
            server_header: Some("kemist".to_owned()),
            secret: Some(*b"kemist's benches"),
            drain: Duration::ZERO,
        };
        let worker = parts.offline(Duration::from_secs(EPOCH)).expect("a worker");
        Stage {
            worker,
            numbers: 0,
            nonce: String::new(),
            io,
        }
    }

    /// More registrations, up to this number.
    pub fn register_up_to(&self, registrations: usize) {
        let store = &self.worker.fleet().shared.store;
        (store.location.len()..registrations).for_each(|user| register(store, user));
        // as they are once the database has them
        store.location.mark_written();
    }

    /// Accounts of some who are registered.
    pub fn accounts(&self, users: impl Iterator<Item = usize>) {
        let store = &self.worker.fleet().shared.store;
        let accounts = users.map(|user| account(&name(user))).collect();
        let added = self.io.block_on(store.database.add_accounts(accounts, true));
        added.expect("accounts");
    }

    /// Puts another routing in charge.
    pub fn route_by(&self, routing: &Arc<dyn Routing>) {
        routing.clone().warm();
        self.worker.fleet().put(Lives::only(routing.clone()));
    }

    /// The worker receives a message of the telephone's.
    pub fn receive(&self, bytes: Bytes) {
        self.from(PHONE, bytes);
    }

    /// The worker receives a message of whoever is called.
    pub fn receive_reply(&self, bytes: Bytes) {
        self.from(CALLEE, bytes);
    }

    fn from(&self, remote: SocketAddr, bytes: Bytes) {
        let source = Target {
            protocol: Protocol::Udp,
            remote,
            socket: 0,
            connection: None,
        };
        self.worker.receive(source, bytes).expect("nothing waits for ever");
    }

    /// What was sent since the last call, as text.
    pub fn sent(&self) -> Vec<Bytes> {
        let sent = self.worker.sent().into_iter();
        sent.map(|sent| sent.transmit.bytes).collect()
    }

    /// The first line of the last message that was sent.
    pub fn last_line(&self) -> String {
        let sent = self.sent();
        let text = sent.last().map(|bytes| String::from_utf8_lossy(bytes));
        text.and_then(|text| text.lines().next().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Time goes by, until every transaction has ended.
    pub fn rest(&self) {
        self.worker
            .advance(Duration::from_secs(600))
            .expect("timers wait for nobody");
        self.sent();
    }

    /// An OPTIONS to the server.
    pub fn options(&mut self) -> Bytes {
        self.request("OPTIONS", "localhost", None, "", "")
    }

    /// A REGISTER of the account, without credentials.
    pub fn unknown(&mut self) -> Bytes {
        let contact = format!("Contact: <sip:alice@{PHONE}>\r\nExpires: 600\r\n");
        self.request("REGISTER", "localhost", Some(ALICE), &contact, "")
    }

    /// A REGISTER with credentials for a challenge of this worker; they hold for as long as no time goes by.
    pub fn register(&mut self) -> Bytes {
        let credentials = self.credentials(ALICE.0);
        let contact = format!("Contact: <sip:alice@{PHONE}>\r\nExpires: 600\r\n{credentials}");
        self.request("REGISTER", "localhost", Some(ALICE), &contact, "")
    }

    /// The same of one of those who are registered and have accounts: it refreshes what is there.
    pub fn refresh(&mut self, user: usize) -> Bytes {
        let (name, call) = (name(user), call_id(user));
        let credentials = self.credentials(&name);
        let contact = format!("Contact: <sip:{name}@{CALLEE}>\r\nExpires: 600\r\n{credentials}");
        self.request("REGISTER", "localhost", Some((&name, &call)), &contact, "")
    }

    /// An INVITE to one of those who are registered.
    pub fn invite(&mut self, user: usize) -> Bytes {
        let contact = format!("Contact: <sip:caller@{PHONE}>\r\nContent-Type: application/sdp\r\n");
        self.request("INVITE", &format!("{}@localhost", name(user)), None, &contact, SDP)
    }

    /// Forgets the credentials: time has gone by.
    pub fn forget(&mut self) {
        self.nonce.clear();
    }

    fn credentials(&mut self, user: &str) -> String {
        if self.nonce.is_empty() {
            self.nonce = self.challenged();
        }
        let nonce = &self.nonce;
        let secret = md5(&format!("{user}:localhost:{PASSWORD}"));
        let response = md5(&format!("{secret}:{nonce}:{}", md5("REGISTER:sip:localhost")));
        format!(
            "Authorization: Digest username=\"{user}\", realm=\"localhost\", nonce=\"{nonce}\", uri=\"sip:localhost\", \
             response=\"{response}\"\r\n"
        )
    }

    /// The nonce of a challenge.
    fn challenged(&mut self) -> String {
        self.sent();
        let request = self.unknown();
        self.receive(request);
        let sent = self.sent();
        let answer = String::from_utf8_lossy(sent.last().expect("a challenge")).into_owned();
        let nonce = answer
            .split("nonce=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("no challenge: {answer}"));
        nonce.to_owned()
    }

    /// A request; `user` of ours who registers, with the Call-ID that all of these have.
    fn request(&mut self, method: &str, uri: &str, user: Option<(&str, &str)>, lines: &str, body: &str) -> Bytes {
        self.numbers += 1;
        let number = self.numbers;
        let (from, to, call) = match user {
            Some((name, call)) => {
                let address = format!("{name}@localhost");
                (address.clone(), address, call.to_owned())
            }
            None => (
                "caller@example.com".to_owned(),
                uri.to_owned(),
                format!("{number:08x}@bench.example.com"),
            ),
        };
        Bytes::from(format!(
            "{method} sip:{uri} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {PHONE};branch=z9hG4bK-{number:08x};rport\r\n\
             Max-Forwards: 70\r\n\
             From: \"A caller\" <sip:{from}>;tag=t{number:08x}\r\n\
             To: <sip:{to}>\r\n\
             Call-ID: {call}\r\n\
             CSeq: {number} {method}\r\n\
             User-Agent: Telephone of a bench 5.6.1\r\n\
             Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, UPDATE, MESSAGE\r\n\
             {lines}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// What whoever is called says to a forwarded request.
pub fn answer(sent: &Bytes, code: u16) -> Bytes {
    let req = Message::parse(sent.clone()).expect("the worker wrote it");
    let mut out = Vec::new();
    let contact = format!("Contact: <sip:callee@{CALLEE}>\r\n");
    let lines = contact.as_bytes();
    build::reply(&req, code, "OK", b"callee", PHONE, false, lines, None, None, &mut out);
    Bytes::from(out)
}

async fn a_store(io: &tokio::runtime::Handle) -> Store {
    let store = Store::open("sqlite::memory:", &Configs::default(), io.clone()).await;
    let store = store.expect("a database in memory");
    let added = store.database.add_accounts(vec![account(ALICE.0)], false).await;
    added.expect("an account");
    store
}

fn account(user: &str) -> NewAccount {
    NewAccount {
        name: AccountName {
            username: user.into(),
            domain: "localhost".into(),
        },
        ha1: md5(&format!("{user}:localhost:{PASSWORD}")),
        ha1b: md5(&format!("{user}@localhost:localhost:{PASSWORD}")),
        ha1_sha256: None,
    }
}

/// One more registration.
fn register(store: &Store, user: usize) {
    let bytes = |text: String| Bytes::from(text.into_bytes());
    let name = name(user);
    let binding = Binding {
        contact: bytes(format!("sip:{name}@{CALLEE}")),
        expires: EPOCH + 1_000_000,
        call_id: bytes(call_id(user)),
        cseq: 1,
        user_agent: Bytes::from_static(b"Telephone of a bench 5.6.1"),
        ruid: bytes(format!("uloc-{user:x}")),
        last_modified: EPOCH,
        ..Binding::default()
    };
    store.location.update(OPERATOR, name.as_bytes(), EPOCH, |bindings| {
        bindings.push(Arc::new(binding));
    });
}

fn name(user: usize) -> String {
    format!("user{user:06}")
}

fn call_id(user: usize) -> String {
    format!("{user:08x}@registered.example.com")
}

/// MD5 in hexadecimal.
pub fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

struct NoNames;

impl Resolve for NoNames {
    fn lookup(&self, host: String, port: Option<u16>, protocol: Option<Protocol>) -> Found {
        // addresses are no names
        let literal = host.parse().ok().map(|ip| {
            let protocol = protocol.unwrap_or(Protocol::Udp);
            (protocol, SocketAddr::new(ip, port.unwrap_or(protocol.default_port())))
        });
        Box::pin(std::future::ready(literal.into_iter().collect()))
    }
}

const SDP: &str = "v=0\r\no=alice 2890844526 2890844526 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";
