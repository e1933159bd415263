//! JSON-RPC 2.0 for the running proxy: `POST /RPC` on a Unix socket and, where configured, on TCP.
//!
//! Off loopback every request needs the bearer token. It runs on the I/O runtime.

pub mod manage;
mod methods;

use crate::config;
use crate::modules::config::Auth;
use crate::route::Shared;
use anyhow::{Context, bail};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::runtime::Handle;

/// The biggest request: a file of a few hundred thousand accounts.
const MAX_BODY: usize = 64 << 20;

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

/// A method that another part offers, with its positional parameters: `tm.stats`, say.
pub type Method = Box<dyn Fn(&[Value]) -> Answer + Send + Sync>;

/// What a method answers, when it has it.
pub type Answer = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

/// What answers: the shared state and further methods.
pub struct Admin {
    shared: Arc<Shared>,
    auth: Auth,
    extra: HashMap<&'static str, Method>,
}

impl Admin {
    /// The methods on what all workers share.
    pub fn new(shared: Arc<Shared>) -> Admin {
        let auth = shared.modules.auth.clone();
        Admin {
            shared,
            auth,
            extra: HashMap::new(),
        }
    }

    /// Adds a method.
    pub fn with(mut self, name: &'static str, method: Method) -> Admin {
        self.extra.insert(name, method);
        self
    }

    /// Serves behind these doors on `io` for as long as the [`Guard`] lives.
    pub fn start(self, doors: Doors, io: &Handle) -> Guard {
        let router = self.router();
        let Doors {
            mut guard,
            socket,
            http,
        } = doors;
        if let Some(listener) = socket {
            let router = router.clone();
            let serve = io.spawn(async move { axum::serve(listener, router).await });
            guard.tasks.push(serve.abort_handle());
        }
        if let Some(Http {
            listener,
            loopback,
            token,
        }) = http
        {
            let router = protect(router, loopback, token);
            let serve = io.spawn(async move { axum::serve(listener, router).await });
            guard.tasks.push(serve.abort_handle());
        }
        guard
    }

    fn router(self) -> Router {
        Router::new()
            .route("/RPC", post(rpc))
            .route("/healthz", get(|| async { "ok\n" }))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(Arc::new(self))
    }

    /// Answers one JSON-RPC request or a batch; None for notifications.
    async fn answer(&self, request: &Value) -> Value {
        let id = request.get("id").cloned().unwrap_or(Value::Null);
        let none = Value::Array(Vec::new());
        let params = request.get("params").unwrap_or(&none);
        let result = match request.get("method").and_then(Value::as_str) {
            Some(method) => self.call(method, params).await,
            None => Err(Failure::new(
                -32600,
                "no method; send {\"jsonrpc\": \"2.0\", \"method\": ...}",
            )),
        };
        match result {
            Ok(result) => json!({"jsonrpc": "2.0", "result": result, "id": id}),
            Err(f) => json!({"jsonrpc": "2.0", "error": {"code": f.code, "message": f.message}, "id": id}),
        }
    }

    async fn call(&self, method: &str, params: &Value) -> Result<Value, Failure> {
        let list = params.as_array().map_or(&[][..], Vec::as_slice);
        if let Some(extra) = self.extra.get(method) {
            return extra(list).await;
        }
        let store = &self.shared.store;
        if method.starts_with("user.") || method.starts_with("address.") {
            let result = manage::call(&store.database, &self.auth, method, params).await?;
            store.accounts.forget();
            if method.starts_with("address.") {
                store
                    .reload_addresses()
                    .await
                    .map_err(|e| Failure::new(500, e.to_string()))?;
            }
            return Ok(result);
        }
        methods::call(&self.shared, method, list).await
    }
}

/// The listeners as configured, bound but not served yet: a start that they stop has answered nobody.
#[derive(Debug)]
pub struct Doors {
    guard: Guard,
    socket: Option<tokio::net::UnixListener>,
    http: Option<Http>,
}

/// The listener over TCP.
#[derive(Debug)]
struct Http {
    listener: tokio::net::TcpListener,
    loopback: bool,
    token: Option<String>,
}

impl Doors {
    /// Binds what is configured.
    ///
    /// # Errors
    /// One line that names the key, where an address or a path is taken or cannot be used.
    pub fn open(config: &config::Admin, io: &Handle) -> anyhow::Result<Doors> {
        let _entered = io.enter();
        let mut doors = Doors {
            guard: Guard::default(),
            socket: None,
            http: None,
        };
        if let Some(path) = &config.socket {
            doors.socket = Some(bind_socket(path)?);
            // from here on it is ours to remove
            doors.guard.socket = Some(path.clone());
        }
        if let Some(address) = config.listen {
            let listener = std::net::TcpListener::bind(address)
                .and_then(|l| l.set_nonblocking(true).map(|()| l))
                .and_then(tokio::net::TcpListener::from_std)
                .with_context(|| format!("[admin] listen: {address} cannot be used; choose another address"))?;
            doors.http = Some(Http {
                listener,
                loopback: address.ip().is_loopback(),
                token: config.token.clone(),
            });
        }
        Ok(doors)
    }
}

/// Ends the listeners and removes the socket when it is dropped.
#[derive(Debug, Default)]
pub struct Guard {
    tasks: Vec<tokio::task::AbortHandle>,
    socket: Option<PathBuf>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Some(path) = &self.socket {
            // Gone already is as good
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Binds the Unix socket, for its owner only; one that nobody listens on is left over from a crash.
fn bind_socket(path: &Path) -> anyhow::Result<tokio::net::UnixListener> {
    let name = path.display();
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        bail!("[admin] socket: {name} is served by another kemist; stop it or choose another path");
    }
    let _ = std::fs::remove_file(path);
    let listener = tokio::net::UnixListener::bind(path)
        .with_context(|| format!("[admin] socket: {name} cannot be made; check the folder"))?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("[admin] socket: {name}: permissions"))?;
    Ok(listener)
}

/// Asks for the token where one is set; off loopback nothing is served without. A page in a browser
/// on this machine cannot post here either: JSON is not among the types that need no preflight.
fn protect(router: Router, loopback: bool, token: Option<String>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let allowed = match &token {
            Some(token) if !token.is_empty() => has_token(&request, token),
            _ => loopback,
        };
        async move {
            let health = request.uri().path() == "/healthz";
            if allowed || health {
                next.run(request).await
            } else {
                StatusCode::UNAUTHORIZED.into_response()
            }
        }
    }))
}

fn has_token(request: &Request, token: &str) -> bool {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.as_bytes().strip_prefix(b"Bearer "));
    given.is_some_and(|given| bool::from(given.ct_eq(token.as_bytes())))
}

async fn rpc(State(admin): State<Arc<Admin>>, Json(request): Json<Value>) -> Response {
    match &request {
        Value::Array(batch) => {
            let mut answers = Vec::with_capacity(batch.len().min(64));
            for one in batch {
                answers.push(admin.answer(one).await);
            }
            Json(Value::Array(answers)).into_response()
        }
        one => Json(admin.answer(one).await).into_response(),
    }
}
