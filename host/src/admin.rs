//! The operator's door: JSON-RPC 2.0 (`POST /RPC`), `GET /metrics` and `/healthz`, on a Unix socket and, where
//! configured, on TCP.
//!
//! Off loopback every request needs the bearer token; on loopback without one, requests that name another
//! host are refused, so that no page in a browser reaches it by a name of its own. It runs on the I/O runtime.

pub mod chunks;
mod door;
mod json;
pub mod manage;
mod method;
mod methods;
pub mod metrics;
mod rpc;
pub mod stats;
mod system;

pub use chunks::Chunks;
pub use door::{Doors, Guard, Handover};
pub use method::{Answer, Call, Caller, Count, Doc, Kind, Method, Param};

use crate::modules::config::Auth;
use crate::route::Shared;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Requests with a big body that are read at once.
const BIG_BODIES: usize = 2;

/// Why a method was not done (JSON-RPC's error object).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// JSON-RPC's code, or Kamailio's (400, 404, 500).
    pub code: i32,
    /// What and why, in one line.
    pub message: String,
}

impl Failure {
    /// A failure with its code.
    pub fn new(code: i32, message: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
        }
    }
}

/// What a method came to.
#[derive(Debug)]
pub enum Outcome {
    /// A value.
    Value(Value),
    /// The text of one, in parts.
    Chunks(Chunks),
}

/// Does a method whose result may be large.
pub type Large = Box<dyn Fn(Call) -> Pin<Box<dyn Future<Output = Result<Chunks, Failure>> + Send>> + Send + Sync>;

/// How a method is done.
enum Run {
    Method(Method),
    Large(Large),
}

/// What answers: the shared state and further methods.
pub struct Admin {
    methods: BTreeMap<&'static str, (&'static Doc, Run)>,
    big_bodies: Semaphore,
    shared: Arc<Shared>,
    health: Health,
    figures: Vec<stats::Figures>,
    metrics: Vec<metrics::Source>,
    handover: Option<Handover>,
}

/// Says whether everything is served.
pub type Health = Box<dyn Fn() -> bool + Send + Sync>;

/// The lines of all methods that are here without anybody else's.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    let native = methods::all().map(|native| &native.doc);
    native
        .chain(manage::DOCS)
        .chain(stats::DOCS.iter())
        .chain(system::docs())
}

impl Admin {
    /// The methods on what all workers share.
    pub fn new(shared: Arc<Shared>) -> Admin {
        let auth = shared.modules.auth.clone();
        let mut admin = Admin {
            methods: BTreeMap::new(),
            big_bodies: Semaphore::new(BIG_BODIES),
            shared: shared.clone(),
            health: Box::new(|| true),
            figures: Vec::new(),
            metrics: Vec::new(),
            handover: None,
        };
        for native in methods::all() {
            let shared = shared.clone();
            admin = match native.run {
                methods::Run::Value(run) => admin.with(&native.doc, Box::new(move |call| run(shared.clone(), call))),
                methods::Run::Large(run) => {
                    admin.with_large(&native.doc, Box::new(move |call| run(shared.clone(), call)))
                }
            };
        }
        for doc in manage::DOCS {
            let (shared, auth) = (shared.clone(), auth.clone());
            let run =
                move |call: Call| -> Answer { Box::pin(manage(shared.clone(), auth.clone(), doc.name, call.params)) };
            admin = admin.with(doc, Box::new(run));
        }
        admin
    }

    /// Adds a method, in place of one with its name.
    pub fn with(mut self, doc: &'static Doc, method: Method) -> Admin {
        self.methods.insert(doc.name, (doc, Run::Method(method)));
        self
    }

    /// Adds a method whose result may be large.
    pub fn with_large(mut self, doc: &'static Doc, method: Large) -> Admin {
        self.methods.insert(doc.name, (doc, Run::Large(method)));
        self
    }

    /// Has `GET /healthz` answer 503 where this says no.
    pub fn with_health(mut self, health: Health) -> Admin {
        self.health = health;
        self
    }

    /// Adds figures to `stats.*`.
    pub fn with_figures(mut self, figures: stats::Figures) -> Admin {
        self.figures.push(figures);
        self
    }

    /// Adds figures to `GET /metrics`.
    pub fn with_metrics(mut self, source: metrics::Source) -> Admin {
        self.metrics.push(source);
        self
    }

    /// Gives connections of the socket that ask for a handover to `take`.
    pub fn with_handover(mut self, take: Handover) -> Admin {
        self.handover = Some(take);
        self
    }

    /// Serves behind these doors on `io` for as long as the [`Guard`] lives.
    pub fn start(mut self, doors: Doors, io: &Handle) -> Guard {
        let handover = self.handover.take();
        let protect = |router: Router, tcp: &door::Tcp| protect(router, tcp.token.clone());
        doors.serve(self.router(), protect, handover, io)
    }

    fn router(mut self) -> Router {
        for (doc, method) in stats::methods(self.shared.clone(), std::mem::take(&mut self.figures)) {
            self = self.with(doc, method);
        }
        let docs: Vec<_> = self
            .methods
            .values()
            .map(|(doc, _)| *doc)
            .chain(system::docs())
            .collect();
        for (doc, method) in system::methods(docs) {
            self = self.with(doc, method);
        }
        Router::new()
            .route("/RPC", post(rpc::post))
            .route("/metrics", get(figures))
            .route("/healthz", get(health))
            .with_state(Arc::new(self))
    }

    /// Does one call.
    async fn call(&self, method: &str, params: Value, caller: Caller) -> Result<Outcome, Failure> {
        let Some((doc, run)) = self.methods.get(method) else {
            let method: String = method.chars().take(64).collect();
            return Err(Failure::new(
                -32601,
                format!("{method}: no such method; system.listMethods lists them"),
            ));
        };
        let params = doc.arrange(params)?;
        let call = Call { params, caller };
        match run {
            Run::Method(method) => method(call).await.map(Outcome::Value),
            Run::Large(method) => method(call).await.map(Outcome::Chunks),
        }
    }
}

async fn health(State(admin): State<Arc<Admin>>) -> Response {
    match (admin.health)() {
        true => "ok\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response(),
    }
}

async fn figures(State(admin): State<Arc<Admin>>) -> Response {
    let shared = admin.shared.clone();
    let Ok(mut all) = tokio::task::spawn_blocking(move || metrics::own(&shared)).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    for source in &admin.metrics {
        all.extend(source().await);
    }
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics::text(&all)).into_response()
}

/// Does a method of [`manage`], and drops what is cached of what it changed.
async fn manage(shared: Arc<Shared>, auth: Auth, method: &'static str, params: Value) -> Result<Value, Failure> {
    let store = &shared.store;
    let result = manage::call(&store.database, &auth, method, &params).await?;
    store.accounts.forget();
    if method.starts_with("address.") {
        store.reload_addresses().await?;
    }
    Ok(result)
}

/// Over TCP: asks for the token where one is set; without one the address is loopback, and the host that
/// is asked for must be this machine. Health may be asked by anybody.
fn protect(router: Router, token: Option<String>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let refused = match &token {
            _ if request.uri().path() == "/healthz" => None,
            Some(token) if has_token(&request, token) => None,
            Some(_) => Some(StatusCode::UNAUTHORIZED),
            None if is_for_us(&request) => None,
            None => Some(StatusCode::MISDIRECTED_REQUEST),
        };
        async move {
            match refused {
                None => next.run(request).await,
                Some(StatusCode::UNAUTHORIZED) => {
                    let ask = [(header::WWW_AUTHENTICATE, "Bearer")];
                    (StatusCode::UNAUTHORIZED, ask, "send Authorization: Bearer TOKEN\n").into_response()
                }
                Some(status) => (
                    status,
                    "the Host is not this machine; use 127.0.0.1, or set [admin] token\n",
                )
                    .into_response(),
            }
        }
    }))
}

fn has_token(request: &Request, token: &str) -> bool {
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.map(|value| value.as_bytes()).unwrap_or_default();
    let (scheme, given) = given.split_at_checked(7).unwrap_or_default();
    scheme.eq_ignore_ascii_case(b"Bearer ") && bool::from(given.trim_ascii().ct_eq(token.as_bytes()))
}

/// Does the request name this machine: an address, or `localhost`? A name may be anybody's (DNS rebinding).
fn is_for_us(request: &Request) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter();
    let hosts = hosts.map(|value| value.to_str().unwrap_or_default());
    request
        .uri()
        .authority()
        .map(|a| a.as_str())
        .into_iter()
        .chain(hosts)
        .all(is_local)
}

fn is_local(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_for_us() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:5080",
            "localhost:5080",
            "LocalHost",
            "[::1]:5080",
            "[::1]",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:5080",
            "localhost.evil.example",
            "127.0.0.1.nip.io:5080",
            "[x]",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
