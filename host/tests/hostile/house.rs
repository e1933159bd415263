//! A worker without sockets with an operator, a well-behaved tenant, and room for others.

use super::lines;
use crate::corpus::{CANARY, Chance, Hostile};
use bytes::Bytes;
use kemist::config::{self, Config, TenantLimits};
use kemist::route::failover::Failover;
use kemist::route::{Resolve, Routing, Value};
use kemist::server::{Parts, Settings};
use kemist::store::{Binding, Item, OPERATOR, Store};
use kemist::tenant::{Rules, Tenant};
use kemist::wasm::dynamic::FUNCTIONS;
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, LoadError, Options, Policy, Version};
use kemist::worker::{Duty, Lives, Offline, Seat, Sent};
use kemist_sip::{Message, Protocol, Target};
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

/// The running time of a callback here: most modules use all of it, several times.
pub const DEADLINE: Duration = Duration::from_millis(5);

const CONFIG: &str = r#"
listen = ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]
alias = ["localhost"]
[routing]
module = "none.wasm"
[modules.htable.table]
shared = { autoexpire = 300 }
canary = {}
x = {}
a = {}
[tenants]
"#;

/// One engine for the process.
pub static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
    Engine::new(&Options {
        instances: 200,
        trusted: false,
        shared: Some(kemist::build::shared),
        ..Options::default()
    })
    .expect("an engine")
});

static IO: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().expect("threads"));

/// Memory is that of the process: one test at a time.
pub fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The worker and its tenants.
pub struct House {
    pub worker: Offline,
    limits: Limits,
    here: Compiler,
    child: Compiler,
    good: Arc<Seat>,
    calls: u64,
    next: u32,
}

impl House {
    /// Opens it; run everything within [`Sink::during`].
    pub fn open() -> House {
        let config = Config::parse(CONFIG, Path::new("kemist.toml"), |_| None).expect("it is right");
        let settings = Settings::new(config).expect("it is right");
        let store = IO
            .block_on(Store::open("sqlite::memory:", &settings.modules, IO.handle().clone()))
            .expect("a database in memory");
        let operator = Tenant::operator().clone();
        let limits = Limits {
            load: DEADLINE * 10,
            ready: 0,
            ..Limits::default()
        };
        let bounds = CompileLimits {
            time: Duration::from_secs(20),
            memory: 512 << 20,
            functions: 20_000,
            ..CompileLimits::default()
        };
        plant(&store);
        let here = Compiler::new(None, None, bounds.clone());
        let answering = crate::corpus::answering("Operator");
        let load = |bytes: &[u8], tenant: &Arc<Tenant>| {
            let prepared = here.prepare(&ENGINE, bytes).expect("it compiles");
            Version::of(&ENGINE, prepared, limits.clone(), Policy::Fresh, tenant).expect("it is loaded")
        };
        let routing = load(&answering, &operator);
        let good = tenant(1, "good", DEADLINE * 10);
        let seat = Seat::new(
            good.clone(),
            Duty::Versions(Lives::only(load(&crate::corpus::answering("Good"), &good))),
        );
        let parts = Parts {
            listen: settings.listen,
            aliases: settings.aliases,
            workers: 1,
            modules: settings.modules,
            store,
            resolver: Box::new(Names),
            failover: Failover::default(),
            buffers: settings.buffers,
            sending: settings.sending,
            routing,
            transactions: settings.transactions,
            overload: settings.overload,
            streams: settings.streams,
            server_header: settings.server_header,
            secret: Some(*b"kemist's testing"),
            drain: Duration::ZERO,
        };
        let worker = parts.offline(Duration::from_secs(1_800_000_000)).expect("a worker");
        worker.fleet().seats.seat([seat.clone()]);
        House {
            worker,
            limits,
            child: here.in_a_child(env!("CARGO_BIN_EXE_kemist")),
            here,
            good: seat,
            calls: 0,
            next: 2,
        }
    }

    /// Loads a component for a new tenant, in a child as a deploy does where `child`.
    pub fn load(
        &mut self,
        component: &[u8],
        child: bool,
        deadline: Duration,
        policy: Policy,
    ) -> Result<Guest, LoadError> {
        let id = self.next;
        self.next += 1;
        let tenant = tenant(id, &format!("hostile-{id}"), deadline);
        let compiler = if child { &self.child } else { &self.here };
        let prepared = compiler.prepare(&ENGINE, component)?;
        let limits = self.limits.for_tenant(&tenant.rules().quotas);
        let version = Version::of(&ENGINE, prepared, limits, policy, &tenant)?;
        let seat = Seat::new(tenant.clone(), Duty::Versions(Lives::only(version.clone())));
        self.worker.fleet().seats.seat([self.good.clone(), seat]);
        Ok(Guest { tenant, version })
    }

    /// The neighbour runs another module.
    pub fn put_good(&mut self, component: &[u8]) {
        let prepared = self.here.prepare(&ENGINE, component).expect("it compiles");
        let version = Version::of(
            &ENGINE,
            prepared,
            self.limits.clone(),
            Policy::Fresh,
            self.good.tenant(),
        );
        self.good
            .put(Duty::Versions(Lives::only(version.expect("it is loaded"))));
    }

    /// The tenant goes.
    pub fn unload(&mut self, guest: Guest) {
        self.worker.fleet().seats.seat([self.good.clone()]);
        drop(guest);
    }

    /// Sends a request: all that the worker sent until it was still again.
    pub fn request(&mut self, method: &str, user: &str, domain: &str) -> Vec<Sent> {
        self.calls += 1;
        let number = self.calls;
        let body =
            "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
        let (body, kind) = match method {
            "INVITE" | "MESSAGE" => (body, "Content-Type: application/sdp\r\n"),
            _ => ("", ""),
        };
        let at = if user.is_empty() { "" } else { "@" };
        let text = format!(
            "{method} sip:{user}{at}{domain} SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK{number};rport\r\n\
             Max-Forwards: 70\r\n\
             From: \"Alice\" <sip:alice@{domain}>;tag=f{number}\r\n\
             To: <sip:{user}{at}{domain}>\r\n\
             Call-ID: {number}@192.0.2.10\r\n\
             CSeq: 7 {method}\r\n\
             Contact: <sip:alice@192.0.2.10:5062>;expires=60\r\n\
             User-Agent: telephone\r\n\
             {kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.receive(([192, 0, 2, 10], 5062).into(), Bytes::from(text))
    }

    pub fn receive(&mut self, from: SocketAddr, bytes: Bytes) -> Vec<Sent> {
        let source = Target {
            protocol: Protocol::Udp,
            remote: from,
            socket: 0,
            connection: None,
        };
        self.worker.receive(source, bytes).expect("it comes to its end");
        self.worker.sent()
    }

    /// A request to the neighbour: whether it was answered once, by the neighbour.
    pub fn neighbour_answers(&mut self) -> bool {
        let sent = self.request("OPTIONS", "bob", "good.example");
        let own = format!("Call-ID: {}@192.0.2.10\r\n", self.calls);
        let answers: Vec<_> = sent
            .iter()
            .filter(|sent| contains(&sent.transmit.bytes, own.as_bytes()))
            .collect();
        matches!(&answers[..], [one] if one.transmit.bytes.starts_with(b"SIP/2.0 200 Good\r\n"))
    }

    /// A counter of the worker.
    pub fn stat(&self, names: &[&str]) -> u64 {
        let all = self.worker.fleet().shared.stats.all();
        all.iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(_, value)| *value)
            .sum()
    }

    /// Answers to requests that went to telephones, as they would: the last of them with a failure.
    pub fn answer(&mut self, chance: &mut Chance, sent: &[Sent]) -> Vec<Sent> {
        let requests: Vec<_> = sent
            .iter()
            .filter(|sent| !sent.transmit.bytes.starts_with(b"SIP/2.0 "))
            .map(|sent| sent.transmit.clone())
            .take(4)
            .collect();
        let mut more = Vec::new();
        for request in requests {
            let Ok(message) = Message::parse(request.bytes.clone()) else {
                continue;
            };
            let code = *chance.of(&[100, 183, 200, 302, 404, 486, 503, 603]);
            let nowhere = ([192, 0, 2, 1], 5060).into();
            let mut reply = Vec::new();
            kemist_sip::message::build::reply(
                &message, code, "Whatever", b"callee", nowhere, false, b"", None, None, &mut reply,
            );
            more.extend(self.receive(request.target.remote, Bytes::from(reply)));
        }
        more
    }
}

/// Somebody who is loaded.
pub struct Guest {
    pub tenant: Arc<Tenant>,
    pub version: Arc<Version>,
}

impl Guest {
    pub fn label(&self) -> String {
        self.version.label().to_owned()
    }
}

fn tenant(id: u32, name: &str, deadline: Duration) -> Arc<Tenant> {
    let domain = if id == 1 { "good.example" } else { "hostile.example" };
    let definition = config::Tenant {
        domains: vec![domain.to_owned()],
        grants: everything(),
        limits: TenantLimits {
            deadline: Some(deadline),
            // whatever it does in its time, it does
            cpu: Some(Duration::from_secs(1)),
            messages: Some(100_000),
            host_calls: Some(100_000),
            ..TenantLimits::default()
        },
        ..config::Tenant::default()
    };
    let rules = Rules::new(&definition, &config::Tenants::default()).expect("it is right");
    Tenant::new(id, name, rules)
}

/// Values of the operator's and of the neighbour's, wherever values are kept.
fn plant(store: &Store) {
    let now = 1_800_000_000;
    for tenant in [OPERATOR, 1] {
        for table in ["shared", "canary", "x", "a"] {
            let id = store.tables.table(table).expect("it is configured");
            for key in ["x", "a", "b", "key", "canary"] {
                let value = Item::Str(Bytes::from(format!("{CANARY} of a table")));
                store.tables.set(tenant, id, key.as_bytes(), value, None, now);
            }
        }
        for name in ["x", "a", "canary"] {
            let value = Value::Str(Bytes::from(format!("{CANARY} of a variable")));
            store.variables.set(tenant, name.as_bytes(), value);
        }
        for aor in [
            "bob",
            "alice",
            "canary",
            "bob@good.example",
            "alice@good.example",
            "canary@good.example",
            "bob@hostile.example",
        ] {
            store.location.update(tenant, aor.as_bytes(), now, |bindings| {
                bindings.push(Arc::new(Binding {
                    contact: Bytes::from(format!("sip:{CANARY}@192.0.2.66")),
                    expires: now + 100_000_000,
                    call_id: Bytes::from(CANARY),
                    cseq: 1,
                    ruid: Bytes::from(format!("{tenant}-{aor}")),
                    ..Binding::default()
                }));
            });
        }
    }
}

/// Grants of all there is: what is hostile here is not stopped by their lack.
fn everything() -> Vec<String> {
    let module = |module: &str| if module.is_empty() { "core" } else { module }.to_owned();
    let modules = FUNCTIONS.iter().map(|function| module(function.module));
    let others = ["header:*", "dst:0.0.0.0/0", "dst:::/0"].map(str::to_owned);
    modules.chain(others).collect()
}

/// What is wrong with what was sent.
pub fn wrong(sent: &[Sent], writes_lines: bool) -> Option<String> {
    sent.iter().find_map(|sent| {
        let bytes = &sent.transmit.bytes;
        if contains(bytes, CANARY.as_bytes()) {
            return Some(format!("what is another's: {}", bytes.escape_ascii()));
        }
        lines::wrong_with(bytes, writes_lines).map(|what| format!("{what}\n{}", bytes.escape_ascii()))
    })
}

pub fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// Names that are there, and a server that takes its time.
struct Names;

impl Resolve for Names {
    fn lookup(
        &self,
        host: String,
        port: Option<u16>,
        protocol: Option<Protocol>,
    ) -> Pin<Box<dyn Future<Output = Vec<(Protocol, SocketAddr)>> + Send>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if host.ends_with("invalid") {
                tokio::time::sleep(Duration::from_millis(1)).await;
                return Vec::new();
            }
            let address = SocketAddr::from(([192, 0, 2, 30], port.unwrap_or(5060)));
            vec![(protocol.unwrap_or(Protocol::Udp), address)]
        })
    }
}

/// What is logged.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// Runs with this log.
    pub fn during<R>(&self, run: impl FnOnce() -> R) -> R {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, run)
    }

    /// What was logged since the last call.
    pub fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().expect("nobody panics with it"));
        String::from_utf8(bytes).expect("lines are text")
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a module came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    Refused,
    Stopped,
    Answered,
}

/// Time of the processor that this thread has used.
pub fn used() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// Bytes that are resident.
pub fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}

/// How a module is shown where something is wrong with it.
pub fn shown(number: usize, hostile: &Hostile) -> String {
    format!("number {number}, {hostile:?}")
}
