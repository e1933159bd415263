//! A proxy within the test, with routing written in Rust, and phones that speak to it.
#![allow(dead_code)] // each test file uses a part of it

use bytes::Bytes;
use kemist::config::Dns;
use kemist::modules;
use kemist::route::failover::Failover;
use kemist::route::{CallbackId, Fault, Outgoing, Route, Routing, Run, Sending, WellKnown, core};
use kemist::server::{Parts, Running};
use kemist::store::Store;
use kemist::tenant::Tenant;
use kemist::transport::buffers::Buffers;
use kemist::transport::resolver::Resolver;
use kemist::transport::tcp;
use kemist_sip::message::Message;
use kemist_sip::transaction::{self, BranchTimeouts};
use kemist_sip::{Protocol, Target};
use std::future::Future;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long a test listens for what must not come. Longer than the way through the proxy.
pub const SILENCE: Duration = Duration::from_millis(150);

/// What a callback's future hands back.
pub type Outcome = (Box<Route>, Result<(), Fault>);
type Callback = Box<dyn Fn(Box<Route>) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// Routing in Rust.
#[derive(Default)]
pub struct Native {
    names: Vec<String>,
    callbacks: Vec<Callback>,
}

impl Native {
    /// With only `ksr_request_route`.
    pub fn new<F>(request: impl Fn(Box<Route>) -> F + Send + Sync + 'static) -> Native
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Native::default().with("ksr_request_route", request)
    }

    /// With one more callback.
    pub fn with<F>(mut self, name: &str, callback: impl Fn(Box<Route>) -> F + Send + Sync + 'static) -> Native
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        self.names.push(name.to_owned());
        self.callbacks.push(Box::new(move |route| Box::pin(callback(route))));
        self
    }
}

impl Routing for Native {
    fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
        self
    }

    fn label(&self) -> &str {
        "native"
    }

    fn callbacks(&self) -> &[String] {
        &self.names
    }

    fn well_known(&self) -> WellKnown {
        WellKnown {
            request: self.callback("ksr_request_route"),
            reply: self.callback("ksr_reply_route"),
            onsend: self.callback("ksr_onsend_route"),
        }
    }

    fn run(self: Arc<Self>, callback: CallbackId, _event: &str, _nested: bool, route: Box<Route>) -> Run {
        (self.callbacks[callback as usize])(route)
    }
}

/// The parts of a proxy on these addresses (`udp:127.0.0.1:0`).
pub fn parts(listen: &[&str], workers: u16, routing: Native) -> Parts {
    let listen = listen.iter().map(|text| {
        let (protocol, address) = text.split_once(':').expect("a transport and an address");
        (
            Protocol::parse(protocol.as_bytes()).expect("a transport"),
            address.parse().expect("an address"),
        )
    });
    Parts {
        listen: listen.collect(),
        aliases: [b"localhost".to_vec()].into(),
        workers,
        modules: modules::Configs::default(),
        store: Store::default(),
        resolver: Box::new(Resolver::new(runtime(), &Dns::default(), &[])),
        failover: Failover::default(),
        buffers: Buffers::default(),
        sending: Sending::default(),
        routing: Arc::new(routing),
        transactions: transaction::Config::default(),
        overload: Default::default(),
        streams: tcp::Limits::default(),
        server_header: Some("kemist".to_owned()),
        secret: None,
        drain: Duration::ZERO,
    }
}

/// A runtime for lookups, one for the test process.
pub fn runtime() -> tokio::runtime::Handle {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME
        .get_or_init(|| tokio::runtime::Runtime::new().expect("threads can be started"))
        .handle()
        .clone()
}

/// A proxy that serves.
pub fn start(listen: &[&str], workers: u16, routing: Native) -> Running {
    parts(listen, workers, routing).start().expect("the proxy starts")
}

/// Answers every request.
pub fn answer(code: i32, reason: &'static str) -> Native {
    Native::new(move |mut route| async move {
        route.send_reply(code, reason);
        (route, Ok(()))
    })
}

/// Relays requests to an address; CANCEL and the rest of a call too.
pub fn relay_all(protocol: Protocol, to: SocketAddr) -> Native {
    Native::new(move |mut route| async move {
        relay(&mut route, protocol, to);
        (route, Ok(()))
    })
}

/// Relays one request with a transaction (a CANCEL cancels, an ACK goes on without).
pub fn relay(route: &mut Route, protocol: Protocol, to: SocketAddr) {
    let target = route.target_at(protocol, to, None).expect("a socket of that kind");
    let uri = route.request_uri().to_vec();
    core::with(|core| {
        let now = core.now;
        if let Some(invite) = route
            .related
            .filter(|_| route.msg.method() == kemist_sip::Method::Cancel)
        {
            core.layer.cancel(invite, now);
        }
        if route.msg.method() == kemist_sip::Method::Ack {
            let outgoing = Outgoing {
                uri: &uri,
                path: None,
                via_branch: b"z9hG4bK-stateless",
                target,
            };
            let bytes = route.build_request(core, &outgoing);
            core.send(target, bytes);
            return;
        }
        let Ok(id) = route.create_transaction(core) else { return };
        if route.msg.method() == kemist_sip::Method::Cancel {
            return;
        }
        core.layer.trying(id, now);
        let mut branch = Vec::new();
        let index = core.layer.next_branch(id).expect("a branch is free");
        core.layer.branch_id(id, index, 0, &mut branch);
        let outgoing = Outgoing {
            uri: &uri,
            path: None,
            via_branch: &branch,
            target,
        };
        let bytes = route.build_request(core, &outgoing);
        core.layer
            .add_branch(id, bytes, target, BranchTimeouts::default(), now)
            .expect("a branch is free");
        core.layer.branches_added(id, now);
    });
    if route.msg.method() == kemist_sip::Method::Cancel {
        route.send_reply(200, "canceling");
    }
    route.decided.relayed = true;
}

/// The first of a proxy's addresses over UDP.
pub fn address(proxy: &Running) -> SocketAddr {
    proxy.addresses(Protocol::Udp)[0]
}

/// The two ends of a call through a proxy: a new caller, and a callee that it sends to already.
pub fn ends(proxy: &Running, callee: Phone) -> (Phone, Phone) {
    (Phone::new(address(proxy)), callee.of(address(proxy)))
}

/// A peer over UDP.
pub struct Phone {
    socket: UdpSocket,
    proxy: SocketAddr,
}

impl Phone {
    /// On a free port of the proxy's address family.
    pub fn new(proxy: SocketAddr) -> Phone {
        let any = if proxy.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        let socket = UdpSocket::bind(any).expect("a free port");
        Phone { socket, proxy }
    }

    /// On a free port of 127.0.0.1, while the proxy that will send to it is not known.
    pub fn unplugged() -> Phone {
        Phone::new(SocketAddr::from(([127, 0, 0, 1], 9)))
    }

    /// The same phone, now that its proxy is known.
    pub fn of(self, proxy: SocketAddr) -> Phone {
        Phone { proxy, ..self }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    /// Sends a text.
    pub fn send(&self, text: impl AsRef<[u8]>) {
        self.socket
            .send_to(text.as_ref(), self.proxy)
            .expect("loopback takes it");
    }

    /// A request of its own, with its Via.
    pub fn request(&self, method: &str, call: &str) -> String {
        request(method, call, "UDP", self.address())
    }

    /// The next message.
    pub fn receive(&self) -> Message {
        self.within(PATIENCE).expect("a message comes")
    }

    /// The next reply that is no 100.
    pub fn reply(&self) -> Message {
        loop {
            let msg = self.receive();
            if msg.status() != 100 {
                return msg;
            }
        }
    }

    /// Listens for a while and hears nothing.
    pub fn hears_nothing(&self) {
        if let Some(msg) = self.within(SILENCE) {
            panic!("unexpected: {}", msg.bytes().escape_ascii());
        }
    }

    /// The next message, where one comes.
    pub fn within(&self, time: Duration) -> Option<Message> {
        let mut buffer = [0; 65_535];
        self.socket.set_read_timeout(Some(time)).expect("not zero");
        match self.socket.recv(&mut buffer) {
            Ok(length) => Some(read(&buffer[..length])),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            Err(e) => panic!("{e}"),
        }
    }
}

/// A message that can be read.
pub fn read(bytes: &[u8]) -> Message {
    Message::parse(Bytes::copy_from_slice(bytes)).expect("a SIP message")
}

/// A peer over TCP.
pub struct Stream {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Stream {
    /// Connects to the proxy.
    pub fn connect(proxy: SocketAddr) -> Stream {
        Stream::of(TcpStream::connect(proxy).expect("the proxy listens"))
    }

    /// A connection that was accepted.
    pub fn of(stream: TcpStream) -> Stream {
        stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
        Stream {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.stream.local_addr().expect("it is bound")
    }

    /// Sends a text.
    pub fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).expect("the proxy reads");
    }

    /// A request of its own, with its Via.
    pub fn request(&self, method: &str, call: &str) -> String {
        request(method, call, "TCP", self.address())
    }

    /// The next message.
    pub fn receive(&mut self) -> Message {
        loop {
            let framed = kemist_sip::message::parser::frame(&self.buffer, 65_536);
            match framed {
                kemist_sip::message::parser::Frame::Message(length) => {
                    let msg = read(&self.buffer[..length]);
                    self.buffer.drain(..length);
                    return msg;
                }
                _ => assert!(self.more() > 0, "closed; had {}", self.buffer.escape_ascii()),
            }
        }
    }

    /// The next reply that is no 100.
    pub fn reply(&mut self) -> Message {
        loop {
            let msg = self.receive();
            if msg.status() != 100 {
                return msg;
            }
        }
    }

    /// These bytes come next.
    pub fn expect(&mut self, bytes: &[u8]) {
        while self.buffer.len() < bytes.len() {
            assert!(self.more() > 0, "closed");
        }
        assert_eq!(&self.buffer[..bytes.len()], bytes);
        self.buffer.drain(..bytes.len());
    }

    /// The proxy closes, within the test's patience.
    pub fn closes(&mut self) {
        while self.more() > 0 {}
    }

    /// Reads once; 0 where the proxy closed.
    fn more(&mut self) -> usize {
        let mut chunk = [0; 4096];
        let length = match self.stream.read(&mut chunk) {
            Ok(length) => length,
            Err(e) if e.kind() == ErrorKind::ConnectionReset => 0,
            Err(e) => panic!("{e}"),
        };
        self.buffer.extend_from_slice(&chunk[..length]);
        length
    }
}

/// A request as a phone sends it.
pub fn request(method: &str, call: &str, transport: &str, from: SocketAddr) -> String {
    format!(
        "{method} sip:bob@localhost SIP/2.0\r\n\
         Via: SIP/2.0/{transport} {from};branch=z9hG4bK{call}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@localhost>;tag=a{call}\r\n\
         To: <sip:bob@localhost>\r\n\
         Call-ID: {call}@test\r\n\
         CSeq: 1 {method}\r\n\
         Contact: <sip:alice@{from}>\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// A reply to a received request: its Vias, From, To, Call-ID, CSeq.
pub fn reply(to: &Message, code: u16, reason: &str) -> Vec<u8> {
    let nowhere: SocketAddr = "192.0.2.1:5060".parse().expect("an address");
    let mut out = Vec::new();
    kemist_sip::message::build::reply(to, code, reason, b"callee", nowhere, false, b"", None, None, &mut out);
    // what build adds for its own peer is not the callee's to say
    String::from_utf8(out)
        .expect("text")
        .replace(";received=192.0.2.1", "")
        .into_bytes()
}

/// Where a request over UDP came from.
pub fn udp(remote: SocketAddr) -> Target {
    Target {
        protocol: Protocol::Udp,
        remote,
        socket: 0,
        connection: None,
    }
}

/// A counter of the proxy.
pub fn stat(proxy: &Running, name: &str) -> u64 {
    let all = proxy.fleet().shared.stats.all();
    all.iter()
        .find(|(n, _)| *n == name)
        .map(|(_, value)| *value)
        .expect("a counter of that name")
}

/// Waits until a counter has a value.
pub fn wait_stat(proxy: &Running, name: &str, at_least: u64) {
    let limit = std::time::Instant::now() + PATIENCE;
    while stat(proxy, name) < at_least {
        assert!(
            std::time::Instant::now() < limit,
            "{name} is {} of {at_least}",
            stat(proxy, name)
        );
        std::thread::yield_now();
    }
}

impl Phone {
    /// Sends to another address than its proxy's.
    pub fn send_to(&self, bytes: impl AsRef<[u8]>, to: SocketAddr) {
        self.socket.send_to(bytes.as_ref(), to).expect("loopback takes it");
    }
}
