//! One worker's side of the functions, without sockets: what benches of single runs stand on.

use bytes::Bytes;
use kemist::route::{Core, Kind, ListenSocket, Resolve, Route, Routing, Shared, Stats};
use kemist::store::Store;
use kemist::wasm::Version;
use kemist_sip::transaction::{Config, Identity, Layer};
use kemist_sip::{Message, Protocol, Target};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// A core with the listen address 127.0.0.1:5060 and the domain localhost.
pub fn a_core(store: Store) -> Core {
    let shared = Shared {
        sockets: vec![ListenSocket::new(Protocol::Udp, ([127, 0, 0, 1], 5060).into())],
        aliases: [b"localhost".to_vec()].into_iter().collect(),
        domains: Default::default(),
        modules: Default::default(),
        store,
        resolver: Box::new(NoNames),
        failover: Default::default(),
        sending: Default::default(),
        secret: [7; 16],
        server_header: None,
        stats: Stats::default(),
        started: 0,
    };
    let identity = Identity {
        worker: 0,
        boot: 1,
        secret: shared.secret,
    };
    Core {
        worker: 0,
        layer: Layer::new(Config::default(), identity),
        now: Instant::now(),
        unix: 1_700_000_000,
        shared: Arc::new(shared),
        errands: kemist::route::suspend::Errands::new(|_| None),
        scratch: Vec::new(),
        own: Default::default(),
        events: Vec::new(),
    }
}

struct NoNames;

impl Resolve for NoNames {
    fn lookup(
        &self,
        _: String,
        _: Option<u16>,
        _: Option<Protocol>,
    ) -> Pin<Box<dyn Future<Output = Vec<(Protocol, SocketAddr)>> + Send>> {
        Box::pin(std::future::ready(Vec::new()))
    }
}

/// A run of a message that came from this address.
pub fn a_route(version: &Arc<Version>, msg: Arc<Message>, remote: SocketAddr) -> Box<Route> {
    let source = Target {
        protocol: Protocol::Udp,
        remote,
        socket: 0,
        connection: None,
    };
    let routing: Arc<dyn Routing> = Arc::clone(version) as _;
    Box::new(Route::new(Kind::Request, msg, source, routing))
}

/// A message.
pub fn a_message(text: &str) -> Arc<Message> {
    Arc::new(Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("the message can be read"))
}

/// Runs a callback to its end, waiting for what it waits for.
pub fn run(version: &Arc<Version>, callback: u32, route: Box<Route>) -> Box<Route> {
    let mut run = Arc::clone(version).run(callback, "", false, route);
    loop {
        if let Poll::Ready((route, outcome)) = run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            assert_eq!(outcome, Ok(()));
            return route;
        }
    }
}
