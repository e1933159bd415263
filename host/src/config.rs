//! The configuration: `kemist.toml`, read once at start, with overrides from the environment.
//!
//! Every error is one line: `file:line: key: what; what to do`.

mod canary;
mod compile;
pub mod dns;
mod overload;
mod tenant;
pub mod units;

pub use canary::Canary;
pub use compile::Compile;
pub use dns::Dns;
pub use overload::Overload;
pub use tenant::{Fallback, Limits as TenantLimits, Tenant, Tenants, mistake_of as tenant_mistake};

use crate::modules::Configs;
use crate::sign::Trust;
use crate::transport::buffers::Buffers;
use kemist_sip::Protocol;
use serde::Deserialize;
use serde::de::{self, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that is read where none is named.
pub const DEFAULT_FILE: &str = "kemist.toml";

/// Everything that is read at start. Paths are relative to the file's folder, made absolute by it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen: `udp:127.0.0.1:5060`.
    pub listen: Vec<Listen>,
    /// Host names that count as ourselves beside the listening addresses.
    pub alias: Vec<String>,
    /// Workers; None: one for each core.
    pub workers: Option<usize>,
    /// The `Server` header of our replies, empty for none.
    pub server_header: String,
    /// Logging.
    pub log: Log,
    /// The database.
    pub database: Database,
    /// The operator's routing module.
    pub routing: Option<Routing>,
    /// JSON-RPC.
    pub admin: Admin,
    /// `ksr_onsend_route` runs for replies from branches too.
    #[serde(deserialize_with = "units::switch")]
    pub onsend_route_reply: bool,
    /// More than can be done.
    pub overload: Overload,
    /// Datagrams.
    pub udp: Udp,
    /// Streams.
    pub tcp: Tcp,
    /// Names to addresses.
    pub dns: Dns,
    /// How the process ends, and hands over.
    pub restart: Restart,
    /// Parameters of the KSR modules.
    pub modules: Configs,
    /// What holds for all tenants that do not say otherwise; None: not said.
    pub tenants: Option<Tenants>,
    /// Other people's routing modules by name.
    pub tenant: BTreeMap<String, Tenant>,
}

impl Default for Config {
    fn default() -> Config {
        let local = |protocol| Listen {
            protocol,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 5060)),
        };
        Config {
            listen: vec![local(Protocol::Udp), local(Protocol::Tcp)],
            alias: Vec::new(),
            workers: None,
            server_header: concat!("kemist/", env!("CARGO_PKG_VERSION")).to_owned(),
            log: Log::default(),
            database: Database::default(),
            routing: None,
            admin: Admin::default(),
            onsend_route_reply: false,
            overload: Overload::default(),
            udp: Udp::default(),
            tcp: Tcp::default(),
            dns: Dns::default(),
            restart: Restart::default(),
            modules: Configs::default(),
            tenants: None,
            tenant: BTreeMap::new(),
        }
    }
}

/// One address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The transport.
    pub protocol: Protocol,
    /// Address and port.
    pub address: SocketAddr,
}

/// `[log]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level, or filters as `info,kemist::wasm=debug`.
    pub level: String,
    /// Lines for people, or JSON.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Log {
        Log {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE`.
    pub url: String,
}

impl Default for Database {
    fn default() -> Database {
        Database {
            url: "sqlite:kemist.db".to_owned(),
        }
    }
}

/// `[routing]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// The component.
    pub module: PathBuf,
    /// Whether instances are used again.
    #[serde(default)]
    pub policy: Policy,
    /// A callback's own running time.
    #[serde(default = "deadline", deserialize_with = "units::with_unit")]
    pub deadline: Duration,
    /// Memory of one instance, in bytes.
    #[serde(default = "memory", deserialize_with = "units::bytes")]
    pub memory: usize,
    /// Whose modules may be deployed; None: anybody's.
    #[serde(default)]
    pub trust: Option<Trust>,
    /// Versions whose components are kept to go back to, 1 to 1000.
    #[serde(default = "keep")]
    pub keep: usize,
    /// The folder of native code: None beside the database's file, empty for none.
    #[serde(default)]
    pub cache: Option<PathBuf>,
    /// Whether a deploy plays the scenarios that a component carries.
    #[serde(default = "scenarios", deserialize_with = "compile::on_or_off")]
    pub scenarios: bool,
    /// What compiling a component may take.
    #[serde(default)]
    pub compile: Compile,
    /// How long a version that serves no longer may take for its transactions.
    #[serde(default = "drain", deserialize_with = "units::with_unit")]
    pub drain: Duration,
    /// By how much a canary may be worse than the live version.
    #[serde(default)]
    pub canary: Canary,
}

impl Default for Routing {
    fn default() -> Routing {
        Routing {
            module: PathBuf::new(),
            policy: Policy::default(),
            deadline: deadline(),
            memory: memory(),
            trust: None,
            keep: keep(),
            cache: None,
            scenarios: scenarios(),
            compile: Compile::default(),
            drain: drain(),
            canary: Canary::default(),
        }
    }
}

fn deadline() -> Duration {
    Duration::from_millis(50)
}

fn memory() -> usize {
    64 << 20
}

fn keep() -> usize {
    10
}

fn scenarios() -> bool {
    true
}

/// Above what calls usually take to be set up: Timer C is three minutes (RFC 3261 16.6).
fn drain() -> Duration {
    Duration::from_secs(300)
}

/// Whether an instance serves more than one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// One message at a time, many in its life.
    #[default]
    Reuse,
    /// A new instance for every message.
    Fresh,
}

impl From<Policy> for crate::wasm::Policy {
    fn from(policy: Policy) -> crate::wasm::Policy {
        match policy {
            Policy::Reuse => crate::wasm::Policy::Reuse,
            Policy::Fresh => crate::wasm::Policy::Fresh,
        }
    }
}

/// `[admin]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// Where HTTP is served over TCP, if anywhere.
    pub listen: Option<SocketAddr>,
    /// The Unix socket that `kemist rpc` talks to.
    pub socket: Option<PathBuf>,
    /// The bearer token that TCP requests must carry; needed off loopback.
    pub token: Option<String>,
}

/// `[udp]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Udp {
    /// A request of more bytes goes over `mtu_try_proto` instead (`udp_mtu`); 0 for no limit.
    pub mtu: u16,
    /// The transport for those (`udp_mtu_try_proto`).
    pub mtu_try_proto: TryProtocol,
    /// Whether ICMP errors end the branches of the requests that they are about.
    #[serde(deserialize_with = "units::switch")]
    pub icmp: bool,
    /// What each socket may keep of what was not read yet, in bytes.
    #[serde(deserialize_with = "units::bytes")]
    pub receive_buffer: usize,
    /// What each socket may keep of what has not left yet, in bytes.
    #[serde(deserialize_with = "units::bytes")]
    pub send_buffer: usize,
}

impl Default for Udp {
    fn default() -> Udp {
        Udp {
            mtu: 0,
            mtu_try_proto: TryProtocol(Protocol::Udp),
            icmp: true,
            receive_buffer: Buffers::default().receive,
            send_buffer: Buffers::default().send,
        }
    }
}

/// A transport by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryProtocol(pub Protocol);

impl<'de> Deserialize<'de> for TryProtocol {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<TryProtocol, D::Error> {
        let name = String::deserialize(d)?;
        match Protocol::parse(name.as_bytes()) {
            Some(protocol @ (Protocol::Udp | Protocol::Tcp)) => Ok(TryProtocol(protocol)),
            _ => Err(de::Error::custom(format!(
                "{name:?} is no transport to send by; use \"tcp\" or \"udp\""
            ))),
        }
    }
}

/// `[tcp]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tcp {
    /// A connection without traffic is closed after this.
    #[serde(deserialize_with = "units::with_unit")]
    pub idle: Duration,
    /// Connecting takes at most this.
    #[serde(deserialize_with = "units::with_unit")]
    pub connect: Duration,
    /// The biggest message in bytes.
    #[serde(deserialize_with = "units::bytes")]
    pub max_message: usize,
    /// Connections at once.
    pub max_connections: usize,
}

impl Default for Tcp {
    fn default() -> Tcp {
        Tcp {
            idle: Duration::from_secs(120),
            connect: Duration::from_secs(5),
            max_message: 64 << 10,
            max_connections: 10_000,
        }
    }
}

/// `[restart]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Restart {
    /// Open transactions may take this long after SIGTERM or SIGINT.
    #[serde(deserialize_with = "units::with_unit")]
    pub drain: Duration,
    /// A process that has handed over goes on for this long at most, for its connections and transactions.
    #[serde(deserialize_with = "units::with_unit")]
    pub linger: Duration,
}

impl Default for Restart {
    fn default() -> Restart {
        Restart {
            drain: Duration::from_secs(5),
            linger: Duration::from_secs(600),
        }
    }
}

/// Why a configuration cannot be used, in one line.
#[derive(Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl Config {
    /// Reads a file (None: `kemist.toml` here) and the environment.
    pub fn load(file: Option<&Path>) -> Result<Config, Error> {
        let file = file.unwrap_or(Path::new(DEFAULT_FILE));
        let text = std::fs::read_to_string(file)
            .map_err(|e| Error(format!("{}: cannot be read: {e}; name a file with -c", file.display())))?;
        Config::parse(&text, file, |name| std::env::var(name).ok())
    }

    /// Reads the text of a file; `environment` gives the value of a variable.
    pub fn parse(text: &str, file: &Path, environment: impl Fn(&str) -> Option<String>) -> Result<Config, Error> {
        let mut config: Config = toml::from_str(text).map_err(|e| error_line(text, file, &e))?;
        config.override_by(environment)?;
        config.validate().map_err(|(key, what)| {
            if let Some(error) = (key == "tenant").then(|| tenant::in_place(text, file, &what)).flatten() {
                return Error(error);
            }
            let line = line_of_key(text, key).map_or_else(String::new, |n| format!("{n}:"));
            Error(format!("{}:{line} {key}: {what}", file.display()))
        })?;
        config.resolve(file.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// The number of workers: as configured, else one for each core.
    pub fn worker_count(&self) -> usize {
        self.workers
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
    }

    fn override_by(&mut self, environment: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
        if let Some(list) = environment("KEMIST_LISTEN") {
            let parse = |item: &str| Listen::parse(item.trim()).map_err(|e| Error(format!("KEMIST_LISTEN: {e}")));
            self.listen = list.split(',').map(parse).collect::<Result<_, _>>()?;
        }
        if let Some(url) = environment("KEMIST_DATABASE_URL") {
            self.database.url = url;
        }
        if let Some(level) = environment("KEMIST_LOG") {
            self.log.level = level;
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), (&'static str, String)> {
        if self.listen.is_empty() {
            return Err((
                "listen",
                "empty; name an address such as \"udp:127.0.0.1:5060\"".to_owned(),
            ));
        }
        if let Some(l) = self
            .listen
            .iter()
            .find(|l| !matches!(l.protocol, Protocol::Udp | Protocol::Tcp))
        {
            return Err((
                "listen",
                format!("{} is not served yet; use udp or tcp", l.protocol.name()),
            ));
        }
        if self.workers.is_some_and(|n| n == 0 || n > 256) {
            return Err((
                "workers",
                "out of range; use 1 to 256, or leave it out for one a core".to_owned(),
            ));
        }
        for (key, size) in [
            ("receive_buffer", self.udp.receive_buffer),
            ("send_buffer", self.udp.send_buffer),
        ] {
            if !(4 << 10..=1 << 30).contains(&size) {
                return Err((key, "out of range; use \"4KiB\" to \"1GiB\"".to_owned()));
            }
        }
        self.overload.validate()?;
        if let Some(routing) = &self.routing {
            routing.compile.validate()?;
        }
        if let Some(mistake) = tenant::mistake(&self.tenant) {
            return Err(("tenant", mistake));
        }
        if self
            .routing
            .as_ref()
            .is_some_and(|routing| !(1..=1000).contains(&routing.keep))
        {
            return Err(("keep", "out of range; keep 1 to 1000 versions".to_owned()));
        }
        if let Some(mistake) = self.routing.as_ref().and_then(|routing| routing.canary.mistake()) {
            return Err(mistake);
        }
        if self.admin.listen.is_some_and(|a| !a.ip().is_loopback())
            && self.admin.token.as_deref().is_none_or(str::is_empty)
        {
            return Err((
                "token",
                "[admin] listen is not a loopback address; set [admin] token".to_owned(),
            ));
        }
        Ok(())
    }

    fn resolve(&mut self, base: &Path) {
        if let Some(socket) = &mut self.admin.socket {
            *socket = base.join(&*socket);
        }
        if let Some(file) = self.database.url.strip_prefix("sqlite:")
            && !file.starts_with([':', '/'])
            && !file.is_empty()
        {
            self.database.url = format!("sqlite:{}", base.join(file).display());
        }
        for tenant in self.tenant.values_mut() {
            tenant.module = tenant.module.take().map(|module| base.join(module));
        }
        let beside = compile::beside(&self.database.url);
        if let Some(routing) = &mut self.routing {
            routing.module = base.join(&routing.module);
            if let Some(trust) = &mut routing.trust {
                trust.resolve(base);
            }
            routing.cache = match routing.cache.take() {
                None => beside,
                Some(named) if named.as_os_str().is_empty() => None,
                Some(named) => Some(base.join(named)),
            };
        }
    }
}

impl Listen {
    /// Reads `udp:127.0.0.1:5060`, `tcp:[::1]:5060`; the port may be left out.
    pub fn parse(text: &str) -> Result<Listen, String> {
        let wrong = || format!("{text:?} is no address to listen on; write for example \"udp:127.0.0.1:5060\"");
        let (protocol, address) = text.split_once(':').ok_or_else(wrong)?;
        let protocol = Protocol::parse(protocol.as_bytes()).ok_or_else(wrong)?;
        let bare = || {
            let ip = address
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>()
                .ok()?;
            Some(SocketAddr::new(ip, protocol.default_port()))
        };
        let address = address.parse().ok().or_else(bare).ok_or_else(wrong)?;
        Ok(Listen { protocol, address })
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Listen, D::Error> {
        Listen::parse(&String::deserialize(d)?).map_err(de::Error::custom)
    }
}

/// One line of a parser's error, with the line's number and the key that stands there.
fn error_line(text: &str, file: &Path, error: &toml::de::Error) -> Error {
    let at = error.span().map_or(0, |s| s.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    let number = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default().trim();
    let table = before
        .lines()
        .rev()
        .map(str::trim)
        .find(|l| l.starts_with('[') && l.ends_with(']') && !l.contains('='));
    let table = table.map(|t| t.trim_matches(['[', ']'])).unwrap_or_default();
    let key = match line.split_once('=') {
        Some((key, _)) if table.is_empty() => key.trim().to_owned(),
        Some((key, _)) => format!("{table}.{}", key.trim()),
        None => line.trim_matches(['[', ']']).to_owned(),
    };
    let message = error.message().replace('\n', " ");
    let message = match message.split_once(", expected ") {
        Some((what, known)) if what.starts_with("unknown field") => {
            format!(
                "{}; use {}",
                what.replace("field", "key"),
                known.trim_start_matches("one of ")
            )
        }
        _ if message.contains(';') => message,
        Some((what, expected)) => format!("{what}; write {expected}"),
        None => format!("{message}; correct it"),
    };
    Error(format!("{}:{number}: {key}: {message}", file.display()))
}

fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let starts = |line: &str| line.trim_start().trim_start_matches('[').starts_with(key);
    text.lines().position(starts).map(|n| n + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::digest::Algorithm;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/etc/kemist/kemist.toml"), |_| None).map_err(|e| e.to_string())
    }

    #[test]
    fn a_whole_file() {
        let config = parse(
            "listen = [\"udp:127.0.0.1:5060\", \"tcp:[::1]:5070\"]\nalias = [\"localhost\"]\nworkers = 2\n\
             [log]\nlevel = \"debug\"\nformat = \"json\"\n[database]\nurl = \"sqlite:k.db\"\n\
             [routing]\nmodule = \"basic.wasm\"\npolicy = \"fresh\"\ndeadline = \"20ms\"\nmemory = \"1MiB\"\n\
             [admin]\nlisten = \"127.0.0.1:5080\"\nsocket = \"k.sock\"\n[tcp]\nidle = \"5m\"\n\
             [modules.registrar]\nmax_expires = 3600\nmin_expires = \"2m\"\n[modules.tm]\nfr_timer = 5000\n\
             [modules.auth]\nalgorithm = [\"SHA-256\", \"MD5\"]\n[modules.rr]\nappend_fromtag = 0\n\
             [modules.htable.table]\nipban = { autoexpire = 300, size = 8 }\n",
        )
        .expect("valid");
        assert_eq!(config.listen[1], Listen::parse("tcp:[::1]:5070").expect("valid"));
        assert_eq!(config.database.url, "sqlite:/etc/kemist/k.db");
        let routing = config.routing.expect("given");
        assert_eq!(
            (routing.policy, routing.deadline, routing.memory),
            (Policy::Fresh, Duration::from_millis(20), 1 << 20)
        );
        assert_eq!(routing.module, Path::new("/etc/kemist/basic.wasm"));
        assert_eq!(config.modules.registrar.min_expires, Duration::from_secs(120));
        assert_eq!(config.modules.tm.fr_timer, Duration::from_secs(5));
        assert_eq!(config.modules.auth.algorithm.0, [Algorithm::Sha256, Algorithm::Md5]);
        assert!(!config.modules.rr.append_fromtag);
        assert_eq!(config.modules.htable.table["ipban"].autoexpire, 300);
    }

    #[test]
    fn an_error_is_one_line_with_place_key_and_remedy() {
        for (text, line) in [
            (
                "\nlisten = [\"udp:nowhere\"]",
                "2: listen: \"udp:nowhere\" is no address to listen on; write for example \"udp:127.0.0.1:5060\"",
            ),
            (
                "[routing]\nmodule = \"a\"\ndeadline = 50",
                "3: routing.deadline: a duration needs a unit; write for example \"50ms\" or \"10s\"",
            ),
            (
                "[routing]\nmodule = \"a\"\ntrust = []",
                "3: routing.trust: it lists no key, and no module could be deployed; name a public key (`kemist keygen`), \
                 or remove the line",
            ),
            (
                "[routing]\nmodule = \"a\"\ntrust = [\"ed25519:AAAA me\"]",
                "3: routing.trust: \"ed25519:AAAA me\": a key has 32 bytes, and this has 3; correct it",
            ),
            (
                "[modules.maxfwd]\nlimit = 1",
                "2: modules.maxfwd.limit: unknown key `limit`; use `max_limit`",
            ),
            (
                "workers = 0",
                "1: workers: out of range; use 1 to 256, or leave it out for one a core",
            ),
            (
                "[udp]\nicmp = true\nsend_buffer = \"2GiB\"",
                "3: send_buffer: out of range; use \"4KiB\" to \"1GiB\"",
            ),
            (
                "workers = 2\n[overload]\ntarget = \"1ms\"",
                "2: overload: target: out of range; use \"5ms\" to \"5s\"",
            ),
            (
                "[overload]\nretry_after = \"1500ms\"",
                "1: overload: retry_after: not what the header can say; use whole seconds, \"1s\" to \"1h\"",
            ),
            (
                "listen = [\"tls:127.0.0.1\"]",
                "1: listen: tls is not served yet; use udp or tcp",
            ),
            (
                "[tenant.acme]\ndomains = []\nmodule = \"a\"",
                "1: tenant: acme: domains: it lists none, and no request could be its own; name one",
            ),
            (
                "[tenant.a]\ndomains = [\"a.example\"]\ngrants = [\"sl\"]\n[tenant.acme]\ndomains = [\"b.example\"]\n\
                 grants = [\n  \"sl\",\n  \"dispatcher\",\n]",
                "8: tenant.acme.grants: \"dispatcher\": there is no module dispatcher; docs/kemi.md lists all, and core are \
                 the functions without one",
            ),
            (
                "[admin]\nlisten = \"192.0.2.1:80\"",
                " token: [admin] listen is not a loopback address; set [admin] token",
            ),
        ] {
            assert_eq!(parse(text).expect_err(text), format!("/etc/kemist/kemist.toml:{line}"));
        }
        let unknown = parse("colour = 1").expect_err("unknown");
        assert!(
            unknown.starts_with("/etc/kemist/kemist.toml:1: colour: unknown key `colour`; use `listen`"),
            "{unknown}"
        );
        for bad in [
            "x",
            "[modules.tm]\nfr_timer = -1",
            "[log]\nformat = \"xml\"",
            "[modules.nope]",
            "listen = 5",
        ] {
            let error = parse(bad).expect_err(bad);
            assert!(!error.contains('\n') && error.contains("; "), "{error}");
        }
    }

    #[test]
    fn the_environment_wins() {
        let environment = |name: &str| match name {
            "KEMIST_LISTEN" => Some("udp:127.0.0.1:5070, tcp:127.0.0.1:5071".to_owned()),
            "KEMIST_DATABASE_URL" => Some("sqlite::memory:".to_owned()),
            "KEMIST_LOG" => Some("debug".to_owned()),
            _ => None,
        };
        let config = Config::parse("", Path::new("kemist.toml"), environment).expect("valid");
        assert_eq!(
            (config.listen[0].address.port(), config.listen[1].protocol),
            (5070, Protocol::Tcp)
        );
        assert_eq!(
            (config.database.url.as_str(), config.log.level.as_str()),
            ("sqlite::memory:", "debug")
        );
    }
}
