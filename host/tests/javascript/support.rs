//! A script built and loaded, and a message for it.

use bytes::Bytes;
use kemist::build::{BuildError, Built, build};
use kemist::route::{Core, Fault, Kind, ListenSocket, Resolve, Route, Routing, Shared, Stats, core};
use kemist::wasm::{Engine, Limits, Options, Policy, Version, maintain, pool};
use kemist_sip::transaction::{Config, Identity, Layer};
use kemist_sip::{Message, Protocol, Target};
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

const REGISTER: &str = "REGISTER sip:localhost SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKtest;rport\r\n\
Max-Forwards: 70\r\n\
From: \"Alice\" <sip:alice@localhost>;tag=f1\r\n\
To: <sip:alice@localhost>\r\n\
Call-ID: test@192.0.2.10\r\n\
CSeq: 7 REGISTER\r\n\
Contact: <sip:alice@192.0.2.10:5062>\r\n\
User-Agent: test\r\n\
Content-Length: 0\r\n\r\n";

static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
    Engine::new(&Options {
        instances: 100,
        shared: Some(kemist::build::shared),
        ..Options::default()
    })
    .expect("an engine")
});

/// Is the JavaScript engine there? One line says that a test is skipped without it.
pub fn engine_is_there() -> bool {
    let folder = TempDir::new().expect("a temporary folder");
    let probe = folder.path().join("route.js");
    std::fs::write(&probe, "function ksr_request_route() {}").expect("the folder can be written");
    match build(&probe, None) {
        Err(error) if error.to_string().contains("engine is missing") => {
            eprintln!("skipped: {error}");
            false
        }
        _ => true,
    }
}

/// Ends a test where there is no engine.
#[macro_export]
macro_rules! needs_engine {
    () => {
        if !$crate::javascript::support::engine_is_there() {
            return;
        }
    };
}

/// Builds files; the first one is the script.
pub fn build_files(files: &[(&str, &str)]) -> Result<Built, BuildError> {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("the folder can be written");
        std::fs::write(path, text).expect("the folder can be written");
    }
    build(&folder.path().join(files[0].0), None)
}

/// What builds of one file refuse.
pub fn refused(text: &str) -> String {
    match build_files(&[("route.js", text)]) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it was built"),
    }
}

/// A script that is loaded.
pub struct Script {
    pub version: Arc<Version>,
    pub notes: Vec<String>,
}

impl Script {
    /// A script of one file under the policy `reuse`.
    pub fn new(text: &str) -> Script {
        Script::with(&[("route.js", text)], Policy::Reuse, limits())
    }

    /// The same under the policy `fresh`.
    pub fn fresh(text: &str) -> Script {
        Script::with(&[("route.js", text)], Policy::Fresh, limits())
    }

    /// A script with this body of `ksr_request_route`.
    pub fn body(text: &str) -> Script {
        Script::new(&format!("function ksr_request_route() {{ {text} }}"))
    }

    pub fn with(files: &[(&str, &str)], policy: Policy, limits: Limits) -> Script {
        let built = build_files(files).unwrap_or_else(|error| panic!("{error}"));
        Script::made(built, policy, limits)
    }

    /// A script that was built.
    pub fn of(component: &[u8], policy: Policy) -> Script {
        let built = Built {
            component: component.to_vec(),
            notes: Vec::new(),
        };
        Script::made(built, policy, limits())
    }

    fn made(built: Built, policy: Policy, limits: Limits) -> Script {
        let version = Version::load(&ENGINE, &built.component, limits, policy).unwrap_or_else(|e| panic!("{e}"));
        Script {
            version,
            notes: built.notes,
        }
    }

    /// Runs a callback on a REGISTER.
    pub fn run(&self, callback: &str, event: &str) -> Result<(), Fault> {
        core::install(Some(a_core()));
        pool::warm(&self.version);
        let place = self.version.callback(callback).expect("the callback is listed");
        let mut run = Arc::clone(&self.version).run(place, event, false, a_route(&self.version));
        loop {
            if let Poll::Ready((_, outcome)) = run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                maintain();
                return outcome;
            }
        }
    }

    /// The error of the request callback.
    pub fn error(&self) -> String {
        self.error_of("ksr_request_route")
    }

    pub fn error_of(&self, callback: &str) -> String {
        match self.run(callback, "") {
            Err(Fault::Script(text)) => text,
            other => panic!("a script error is expected: {other:?}"),
        }
    }

    /// What the request callback threw as a text.
    pub fn thrown(&self) -> String {
        let error = self.error();
        let quoted = error.strip_prefix("uncaught ").unwrap_or_else(|| panic!("{error}"));
        serde_json::from_str(quoted).unwrap_or_else(|_| panic!("{quoted}"))
    }
}

/// One script for tests that only want to run some text: `evaluate` throws its value as JSON, `run` runs statements.
pub static ANY: LazyLock<Script> = LazyLock::new(|| Script::new(EVALUATES));

/// The text of that script.
pub const EVALUATES: &str = "function ksr_request_route() {}\n\
    function evaluate(text) { throw String(JSON.stringify((0, eval)(text))) }\n\
    function run(text) { new Function(text)() }\n";

/// What an expression is in a callback, as JSON.
pub fn value(expression: &str) -> String {
    match ANY.run("evaluate", expression) {
        Err(Fault::Script(text)) => text
            .strip_prefix("uncaught ")
            .and_then(|quoted| serde_json::from_str(quoted).ok())
            .unwrap_or(text),
        other => panic!("{expression}: {other:?}"),
    }
}

pub fn limits() -> Limits {
    Limits {
        deadline: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// Runs with a log of its own: what was logged.
pub fn logged(run: impl FnOnce()) -> String {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = sink.0.lock().map(|bytes| bytes.clone()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn a_route(version: &Arc<Version>) -> Box<Route> {
    let msg = Message::parse(Bytes::from_static(REGISTER.as_bytes())).expect("the message can be read");
    let remote: SocketAddr = ([192, 0, 2, 10], 5062).into();
    let source = Target {
        protocol: Protocol::Udp,
        remote,
        socket: 0,
        connection: None,
    };
    let routing: Arc<dyn Routing> = Arc::clone(version) as _;
    Box::new(Route::new(Kind::Request, Arc::new(msg), source, routing))
}

fn a_core() -> Core {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let shared = Shared {
        sockets: vec![ListenSocket::new(Protocol::Udp, ([127, 0, 0, 1], 5060).into())],
        aliases: [b"localhost".to_vec()].into_iter().collect(),
        domains: Default::default(),
        modules: Default::default(),
        store: Default::default(),
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
        unix: unix.as_secs(),
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
