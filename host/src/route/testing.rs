//! For unit tests of functions: a core on the test's thread and routes from message text, no wasm.

use super::{CallbackId, Core, Kind, ListenSocket, Resolve, Route, Routing, Run, Shared, Stats, WellKnown, core};
use crate::config;
use crate::store::TenantId;
use crate::tenant::{Rules, Tenant};
use bytes::Bytes;
use kemist_sip::transaction::{Config, Identity, Layer, Output};
use kemist_sip::{Message, Protocol, Target, Transmit};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// A request that most tests can start from: 192.0.2.10:5062 over UDP, one Via, SDP body.
pub(crate) const INVITE: &str = "INVITE sip:bob@localhost SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKtest1\r\n\
Max-Forwards: 70\r\n\
From: \"Alice\" <sip:alice@localhost>;tag=f1\r\n\
To: <sip:bob@localhost>\r\n\
Call-ID: call-1@192.0.2.10\r\n\
CSeq: 7 INVITE\r\n\
Contact: <sip:alice@192.0.2.10:5062>\r\n\
User-Agent: unit test\r\n\
Content-Type: application/sdp\r\n\
Content-Length: 5\r\n\
\r\n\
v=0\r\n";

/// A reply to [`INVITE`] with our Via on top.
pub(crate) const RINGING: &str = "SIP/2.0 180 Ringing\r\n\
Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKours\r\n\
Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKtest1\r\n\
From: \"Alice\" <sip:alice@localhost>;tag=f1\r\n\
To: <sip:bob@localhost>;tag=t1\r\n\
Call-ID: call-1@192.0.2.10\r\n\
CSeq: 7 INVITE\r\n\
Contact: <sip:bob@192.0.2.20:5066>\r\n\
Content-Length: 0\r\n\
\r\n";

/// Puts a fresh core on this thread: sockets 127.0.0.1:5060 over UDP (0), TCP (1) and [::1]:5060 over
/// UDP (2), the alias `localhost`, an empty store.
pub(crate) fn install() {
    install_with(|_| {});
}

/// The same, after a change to what workers share.
pub(crate) fn install_with(change: impl FnOnce(&mut Shared)) {
    let mut shared = Shared {
        sockets: vec![
            ListenSocket::new(Protocol::Udp, "127.0.0.1:5060".parse().unwrap()),
            ListenSocket::new(Protocol::Tcp, "127.0.0.1:5060".parse().unwrap()),
            ListenSocket::new(Protocol::Udp, "[::1]:5060".parse().unwrap()),
        ],
        aliases: [b"localhost".to_vec()].into_iter().collect(),
        domains: Default::default(),
        modules: Default::default(),
        store: store(),
        resolver: Box::new(NoNames),
        failover: Default::default(),
        sending: Default::default(),
        secret: [7; 16],
        server_header: Some("kemist".into()),
        stats: Stats::default(),
        started: 1_700_000_000,
    };
    change(&mut shared);
    core::install(Some(core_with(shared)));
}

/// A core around shared state of the test's own.
pub(crate) fn core_with(shared: Shared) -> Core {
    let identity = Identity {
        worker: 0,
        boot: 1,
        secret: shared.secret,
    };
    Core {
        worker: 0,
        layer: Layer::new(Config::default(), identity),
        now: Instant::now(),
        unix: 1_700_000_100,
        shared: Arc::new(shared),
        errands: super::suspend::Errands::new(|_| None),
        scratch: Vec::new(),
        own: Default::default(),
        events: Vec::new(),
    }
}

fn store() -> crate::store::Store {
    crate::store::Store::default()
}

/// A request route for a message text, on a fresh core.
pub(crate) fn request(text: &str) -> Route {
    install();
    route(Kind::Request, text)
}

/// A reply route for a message text, on a fresh core.
pub(crate) fn reply(text: &str) -> Route {
    install();
    route(Kind::Reply, text)
}

/// A route on the core that is there, for the operator, from 192.0.2.10:5062 over UDP.
pub(crate) fn route(kind: Kind, text: &str) -> Route {
    let msg = Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a test's message can be read");
    let source = Target {
        protocol: Protocol::Udp,
        remote: "192.0.2.10:5062".parse().unwrap(),
        socket: 0,
        connection: None,
    };
    Route::new(kind, Arc::new(msg), source, Arc::new(NoCallbacks::default()))
}

/// The route as a version of a tenant has it, whose domain is `NAME.example`.
pub(crate) fn of_tenant(mut route: Route, id: TenantId, name: &str) -> Route {
    let definition = config::Tenant {
        domains: vec![format!("{name}.example")],
        ..config::Tenant::default()
    };
    let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
    let routing = NoCallbacks {
        tenant: Some(Tenant::new(id, name, rules)),
        ..NoCallbacks::default()
    };
    route.routing = Arc::new(routing);
    route.tenant = id;
    route
}

/// What was sent since the last call.
pub(crate) fn sent() -> Vec<Transmit> {
    core::with(|core| {
        let outputs = std::iter::from_fn(|| core.layer.poll_output());
        outputs
            .filter_map(|output| match output {
                Output::Transmit(transmit) => Some(transmit),
                _ => None,
            })
            .collect()
    })
}

/// Runs a future that does not wait for anything outside.
///
/// # Panics
/// Where it does.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}

/// A resolver that knows no names.
pub(crate) struct NoNames;

impl Resolve for NoNames {
    fn lookup(&self, _host: String, _port: Option<u16>, _protocol: Option<Protocol>) -> super::shared::Found {
        Box::pin(std::future::ready(Vec::new()))
    }
}

/// A version without code: its callbacks have names and end well at once.
#[derive(Default)]
pub(crate) struct NoCallbacks {
    /// The names.
    pub names: Vec<String>,
    /// Whose it is; None: the operator's.
    pub tenant: Option<Arc<Tenant>>,
}

impl NoCallbacks {
    /// One of a tenant.
    pub fn of(tenant: Arc<Tenant>) -> NoCallbacks {
        NoCallbacks {
            names: Vec::new(),
            tenant: Some(tenant),
        }
    }
}

impl Routing for NoCallbacks {
    fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
        self
    }

    fn label(&self) -> &str {
        "test"
    }

    fn tenant(&self) -> &Arc<Tenant> {
        self.tenant.as_ref().unwrap_or(Tenant::operator())
    }

    fn callbacks(&self) -> &[String] {
        &self.names
    }

    fn well_known(&self) -> WellKnown {
        WellKnown::default()
    }

    fn run(self: Arc<Self>, _callback: CallbackId, _event: &str, _nested: bool, route: Box<Route>) -> Run {
        Box::pin(std::future::ready((route, Ok(()))))
    }
}
