//! What a scenario runs on: a worker without sockets, stores filled as the scenario says, a resolver
//! with its answers; and what is noted of the script meanwhile.

use super::document::{Finding, Node, Value};
use super::scenario::{Contact, Peer, Scenario};
use crate::config::Config;
use crate::modules::registrar::aor;
use crate::route::digest::Algorithm;
use crate::route::failover::{Blocklist, Failover};
use crate::route::shared::Found;
use crate::route::{self, CallbackId, Resolve, Route, Routing, Run, WellKnown};
use crate::server::{Parts, Settings};
use crate::store::database::{AccountName, NewAccount};
use crate::store::{Binding, Item, OPERATOR, Store};
use crate::tenant::Tenant;
use crate::worker::Offline;
use anyhow::Context;
use bytes::Bytes;
use kemist_sip::Protocol;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

/// A worker for one scenario, and what its script does.
pub(super) struct Stage {
    pub worker: Offline,
    pub notes: Arc<Mutex<Vec<Note>>>,
}

/// What is noted of a script beside its calls.
#[derive(Clone, Debug)]
pub(super) enum Note {
    /// A callback begins.
    Callback(String),
    /// A callback failed.
    Fault(String),
    /// A line of the log.
    Log(String),
}

impl Stage {
    /// Makes all that is there before the first message.
    pub fn set(
        config: &Config,
        scenario: &Scenario,
        routing: Arc<dyn Routing>,
        notes: &Arc<Mutex<Vec<Note>>>,
        io: &Handle,
    ) -> anyhow::Result<Stage> {
        let settings = Settings::new(config.clone())?;
        let store = io.block_on(filled(&settings, scenario, io))?;
        let watched = Watched {
            version: routing,
            notes: notes.clone(),
        };
        let parts = Parts {
            listen: settings.listen,
            aliases: settings.aliases,
            workers: 1,
            modules: settings.modules,
            store,
            resolver: Box::new(Answers(scenario.dns.clone())),
            failover: Failover {
                enabled: settings.dns.failover,
                blocklist: Blocklist::new(settings.dns.blocklist_time, settings.dns.blocklist_size),
            },
            buffers: settings.buffers,
            sending: settings.sending,
            routing: Arc::new(watched),
            transactions: settings.transactions,
            overload: settings.overload,
            streams: settings.streams,
            server_header: settings.server_header,
            // the same in every run: transcripts can be compared
            secret: Some(*b"kemist's testing"),
            drain: Duration::ZERO,
        };
        Ok(Stage {
            worker: parts.offline(Duration::from_secs(scenario.start))?,
            notes: notes.clone(),
        })
    }
}

/// The stores as a scenario begins: accounts and addresses in a database in memory, the rest at once.
async fn filled(settings: &Settings, scenario: &Scenario, io: &Handle) -> anyhow::Result<Store> {
    let store = Store::open("sqlite::memory:", &settings.modules, io.clone())
        .await
        .context("a database in memory")?;
    let accounts = scenario.accounts.iter().map(|(name, password)| account(name, password));
    store.database.add_accounts(accounts.collect(), true).await?;
    for address in &scenario.addresses {
        let (group, network, port) = (address.group, address.network, address.port);
        store.database.add_address(group, network, port).await?;
    }
    store.reload_addresses().await?;
    for (name, contacts) in &scenario.location {
        let key = location_key(&store, name);
        store.location.update(OPERATOR, &key, scenario.start, |bindings| {
            let all = contacts.iter().enumerate();
            bindings.extend(all.map(|(index, contact)| Arc::new(binding(contact, index, scenario.start))));
        });
    }
    for (place, name, items) in &scenario.htable {
        let missing = || {
            place.finding(format!(
                "{name}: no such table; declare it: [modules.htable.table] {name} = {{}}"
            ))
        };
        let id = store.tables.table(name).ok_or_else(missing)?;
        for (key, value) in items {
            let item = match value {
                route::Value::Int(number) => Item::Int(*number),
                route::Value::Str(text) => Item::Str(text.clone()),
                route::Value::Null => continue,
            };
            store
                .tables
                .set(OPERATOR, id, key.as_bytes(), item, None, scenario.start);
        }
    }
    for (name, value) in &scenario.shv {
        store.variables.set(OPERATOR, name.as_bytes(), value.clone());
    }
    Ok(store)
}

fn account(name: &AccountName, password: &str) -> NewAccount {
    let AccountName { username, domain } = name;
    let ha1 = |algorithm: Algorithm, user: &str| {
        let hash = algorithm.ha1(user.as_bytes(), domain.as_bytes(), password.as_bytes());
        hash.as_str().to_owned()
    };
    NewAccount {
        ha1: ha1(Algorithm::Md5, username),
        ha1b: ha1(Algorithm::Md5, &format!("{username}@{domain}")),
        ha1_sha256: Some(ha1(Algorithm::Sha256, username)),
        name: name.clone(),
    }
}

/// `user@domain` as the location table has it.
pub(super) fn location_key(store: &Store, name: &str) -> Vec<u8> {
    let uri = format!("sip:{name}");
    aor::of(uri.as_bytes(), store.location.use_domain()).map_or_else(|| name.as_bytes().to_vec(), |aor| aor.to_vec())
}

fn binding(contact: &Contact, index: usize, start: u64) -> Binding {
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    let optional = |text: &Option<String>| text.as_deref().map(bytes);
    Binding {
        contact: bytes(&contact.contact),
        received: optional(&contact.received),
        path: optional(&contact.path),
        expires: start + contact.expires.as_secs(),
        q: contact.q,
        call_id: Bytes::from(format!("registered-{index}")),
        cseq: 1,
        user_agent: optional(&contact.user_agent).unwrap_or_default(),
        socket: optional(&contact.socket),
        instance: optional(&contact.instance),
        ruid: Bytes::from(format!("test-{index}")),
        cflags: contact.bflags,
        // of several with one q the first comes first
        last_modified: start.saturating_sub(index as u64),
        ..Binding::default()
    }
}

/// kemist.toml with a scenario's changes.
pub(super) fn merged(base: &str, file: &Path, changes: Option<&Node>) -> Result<Config, Finding> {
    let Some(node) = changes else {
        return Config::parse(base, file, |_| None).map_err(|error| at_start(file, error));
    };
    // what is wrong with the file itself has its own place
    Config::parse(base, file, |_| None).map_err(|error| at_start(file, error))?;
    let mut table: toml::Table = base.parse().map_err(|error| at_start(file, error))?;
    merge(&mut table, node);
    // the text is in no file: its lines mean nothing
    Config::parse(&table.to_string(), file, |_| None).map_err(|error| {
        let text = error.to_string();
        let text = text.strip_prefix(&format!("{}:", file.display())).unwrap_or(&text);
        let text = text
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim_start_matches(':')
            .trim();
        node.finding(format!("config: {text}"))
    })
}

fn at_start(file: &Path, error: impl std::fmt::Display) -> Finding {
    let name = file.display().to_string();
    let text = error.to_string().replace('\n', " ");
    let rest = text.strip_prefix(&format!("{name}:")).unwrap_or(&text);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Finding {
        file: name.into(),
        line: rest[..digits].parse().unwrap_or(1),
        text: rest[digits..].trim_start_matches(':').trim().to_owned(),
    }
}

fn merge(table: &mut toml::Table, changes: &Node) {
    let Value::Table(entries) = &changes.value else { return };
    for (name, node) in entries {
        match (table.get_mut(name), &node.value) {
            (Some(toml::Value::Table(inner)), Value::Table(_)) => merge(inner, node),
            _ => {
                table.insert(name.clone(), toml_of(node));
            }
        }
    }
}

fn toml_of(node: &Node) -> toml::Value {
    match &node.value {
        Value::Str(text) => toml::Value::String(text.clone()),
        Value::Int(number) => toml::Value::Integer(*number),
        Value::Bool(yes) => toml::Value::Boolean(*yes),
        Value::Other(text) => match text.parse() {
            Ok(number) => toml::Value::Float(number),
            Err(_) => toml::Value::String(text.clone()),
        },
        Value::Array(items) => toml::Value::Array(items.iter().map(toml_of).collect()),
        Value::Table(_) => {
            let mut table = toml::Table::new();
            merge(&mut table, node);
            toml::Value::Table(table)
        }
    }
}

/// Answers of a scenario in place of DNS.
struct Answers(HashMap<String, Vec<Peer>>);

impl Resolve for Answers {
    fn lookup(&self, host: String, port: Option<u16>, protocol: Option<Protocol>) -> Found {
        let literal = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
            .map(|ip| Peer {
                protocol: None,
                ip,
                port: None,
            });
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let answers = match literal {
            Some(literal) => vec![literal],
            None => self.0.get(&name).cloned().unwrap_or_default(),
        };
        let fits = |answer: &&Peer| protocol.is_none() || answer.protocol.is_none() || answer.protocol == protocol;
        let found = answers.iter().filter(fits).map(|answer| {
            let protocol = protocol.or(answer.protocol).unwrap_or(Protocol::Udp);
            // a port in the URI counts, as RFC 3263 4.2 has it
            let port = port.or(answer.port).unwrap_or(protocol.default_port());
            (protocol, SocketAddr::new(answer.ip, port))
        });
        Box::pin(std::future::ready(found.collect()))
    }
}

/// A version whose callbacks are noted.
struct Watched {
    version: Arc<dyn Routing>,
    notes: Arc<Mutex<Vec<Note>>>,
}

impl Routing for Watched {
    fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
        self
    }

    fn label(&self) -> &str {
        self.version.label()
    }

    fn callbacks(&self) -> &[String] {
        self.version.callbacks()
    }

    fn callback(&self, name: &str) -> Option<CallbackId> {
        self.version.callback(name)
    }

    fn well_known(&self) -> WellKnown {
        self.version.well_known()
    }

    fn warm(self: Arc<Self>) {
        self.version.clone().warm();
    }

    fn run(self: Arc<Self>, callback: CallbackId, event: &str, nested: bool, route: Box<Route>) -> Run {
        let name = self.callbacks().get(callback as usize).cloned().unwrap_or_default();
        self.notes.lock().push(Note::Callback(name.clone()));
        let run = self.version.clone().run(callback, event, nested, route);
        Box::pin(async move {
            let (route, outcome) = run.await;
            if let Err(fault) = &outcome {
                let text = format!("{name}: {fault}");
                self.notes.lock().push(Note::Fault(text));
            }
            (route, outcome)
        })
    }
}

/// A subscriber that notes the lines of scripts and of kemist.
pub(super) fn log_into(notes: Arc<Mutex<Vec<Note>>>) -> impl tracing::Subscriber + Send + Sync {
    Registry::default().with(Lines(notes))
}

struct Lines(Arc<Mutex<Vec<Note>>>);

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: LayerContext<'_, S>) -> bool {
        metadata.target() == "script" || metadata.target().starts_with("kemist")
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: LayerContext<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = event.metadata().level();
        self.0.lock().push(Note::Log(format!("{level} {}", line.0)));
    }
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
