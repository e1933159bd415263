//! The doors: a Unix socket and, where configured, TCP. Connections are bounded in number, and one whose
//! peer neither sends nor reads is closed.

use super::Caller;
use crate::config;
use crate::handover::PROTOCOL;
use anyhow::{Context, bail};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use parking_lot::Mutex;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections of one door; the next wait to be accepted.
const CONNECTIONS: usize = 128;
/// How long a request's head may take, and a connection may lie idle.
const HEAD: Duration = Duration::from_secs(15);
/// How long a peer may leave what is written to it unread.
const STALLED: Duration = Duration::from_secs(30);
/// A connection that is older takes no further request.
const AGE: Duration = Duration::from_secs(600);
/// How often a connection is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The listeners as configured, bound but not served yet: a start that they stop has answered nobody.
#[derive(Debug, Default)]
pub struct Doors {
    socket: Option<std::os::unix::net::UnixListener>,
    tcp: Option<Tcp>,
    /// The path of the socket.
    path: Option<PathBuf>,
    made: Made,
}

/// The listener over TCP.
#[derive(Debug)]
pub(super) struct Tcp {
    listener: std::net::TcpListener,
    address: SocketAddr,
    /// The token that requests must carry.
    pub(super) token: Option<String>,
}

/// A socket file that is ours to remove.
#[derive(Debug, Default)]
struct Made(Option<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // gone already is as good
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Doors {
    /// Binds what is configured.
    ///
    /// # Errors
    /// One line that names the key, where an address or a path is taken or cannot be used.
    pub fn open(config: &config::Admin) -> anyhow::Result<Doors> {
        Doors::adopt(config, None, None)
    }

    /// The same with listeners of an earlier process, where it had these; the socket's file is left alone
    /// until it is served.
    ///
    /// # Errors
    /// As [`Doors::open`].
    pub fn adopt(config: &config::Admin, socket: Option<OwnedFd>, tcp: Option<OwnedFd>) -> anyhow::Result<Doors> {
        let mut doors = Doors {
            path: config.socket.clone(),
            ..Doors::default()
        };
        doors.socket = match (&config.socket, socket) {
            (None, _) => None,
            (Some(_), Some(fd)) => Some(fd.into()),
            (Some(path), None) => {
                let listener = bind_socket(path)?;
                // from here on it is ours to remove
                doors.made = Made(Some(path.clone()));
                Some(listener)
            }
        };
        if let Some(address) = config.listen {
            let bound = match tcp {
                Some(fd) => Ok(fd.into()),
                None => std::net::TcpListener::bind(address),
            };
            let listener = bound
                .and_then(|l| l.set_nonblocking(true).map(|()| l))
                .with_context(|| format!("[admin] listen: {address} cannot be used; choose another address"))?;
            doors.tcp = Some(Tcp {
                listener,
                address,
                token: config.token.clone().filter(|token| !token.is_empty()),
            });
        }
        Ok(doors)
    }

    /// Serves on `io` for as long as the guard lives; `protect` makes the routes over TCP of the others,
    /// `handover` gets connections of the socket that ask for a handover.
    pub(super) fn serve(
        self,
        router: Router,
        protect: impl FnOnce(Router, &Tcp) -> Router,
        handover: Option<Handover>,
        io: &Handle,
    ) -> Guard {
        let mut doors = self;
        // its file is the guard's from here on
        doors.made.0 = None;
        let tcp = doors.tcp.map(|tcp| (protect(router.clone(), &tcp), tcp));
        let over_socket = match handover {
            Some(handover) => router
                .route("/handover", get(hand_over))
                .layer(Extension(Arc::new(handover))),
            None => router,
        };
        let guard = Guard {
            made: Mutex::new(Made(doors.path)),
            socket: doors.socket.map(|listener| (over_socket, listener)),
            tcp,
            tasks: Mutex::default(),
            closed: watch::Sender::new(false),
            io: io.clone(),
        };
        guard.open();
        guard
    }
}

/// Ends the listeners and their connections, and removes the socket, when it is dropped.
#[derive(Debug)]
pub struct Guard {
    socket: Option<(Router, std::os::unix::net::UnixListener)>,
    tcp: Option<(Router, Tcp)>,
    made: Mutex<Made>,
    tasks: Mutex<Vec<tokio::task::AbortHandle>>,
    closed: watch::Sender<bool>,
    io: Handle,
}

impl Guard {
    fn open(&self) {
        let _entered = self.io.enter();
        let mut tasks = self.tasks.lock();
        tasks.retain(|task| !task.is_finished());
        if let Some((router, tcp)) = &self.tcp {
            match tcp.listener.try_clone().and_then(TcpListener::from_std) {
                Ok(listener) => {
                    let serve = over_tcp(listener, tcp.token.is_some(), router.clone(), self.closed.subscribe());
                    tasks.push(self.io.spawn(serve).abort_handle());
                }
                Err(error) => tracing::error!(blame = "host", "[admin] listen: cannot be served: {error}"),
            }
        }
        if let Some((router, listener)) = &self.socket {
            match listener.try_clone().and_then(UnixListener::from_std) {
                Ok(listener) => {
                    let serve = over_socket(listener, router.clone(), self.closed.subscribe());
                    tasks.push(self.io.spawn(serve).abort_handle());
                }
                Err(error) => tracing::error!(blame = "host", "[admin] socket: cannot be served: {error}"),
            }
        }
    }

    /// Copies of the listeners: of the socket (no address), and of TCP.
    pub fn listeners(&self) -> Vec<(Option<SocketAddr>, OwnedFd)> {
        let socket = self.socket.as_ref().and_then(|(_, listener)| listener.try_clone().ok());
        let tcp = self.tcp.as_ref();
        let tcp = tcp.and_then(|(_, tcp)| Some((Some(tcp.address), tcp.listener.try_clone().ok()?.into())));
        socket
            .map(|listener| (None, listener.into()))
            .into_iter()
            .chain(tcp)
            .collect()
    }

    /// Accepts no more connections, which another process does from now on: the socket's file is its own.
    /// Those that were accepted are served to their end.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Accepts again.
    pub fn reopen(&self) {
        if self.closed.send_replace(false) {
            self.open();
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        for task in self.tasks.lock().iter() {
            task.abort();
        }
        if *self.closed.borrow() {
            self.made.lock().0 = None;
        }
    }
}

/// What gets the connections that ask for a handover, and what came over them already.
pub type Handover = Box<dyn Fn(std::os::unix::net::UnixStream, &[u8]) + Send + Sync>;

/// Lets a connection speak [`handover::PROTOCOL`] from here on.
async fn hand_over(Extension(take): Extension<Arc<Handover>>, mut request: Request) -> Response {
    let asked = request.headers().get(header::UPGRADE);
    let upgrade = [(header::CONNECTION, "upgrade"), (header::UPGRADE, PROTOCOL)];
    if asked.is_none_or(|asked| asked.as_bytes() != PROTOCOL.as_bytes()) {
        return (
            StatusCode::UPGRADE_REQUIRED,
            upgrade,
            "this is for kemist run --takeover\n",
        )
            .into_response();
    }
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let parts = upgraded
            .await
            .ok()
            .and_then(|upgraded| upgraded.downcast::<OverSocket>().ok());
        let Some(parts) = parts else { return };
        let stream = parts.io.into_inner().stream.into_std();
        // it is served on a thread of its own
        if let Ok(stream) = stream.and_then(|stream| stream.set_nonblocking(false).map(|()| stream)) {
            take(stream, &parts.read_buf);
        }
    });
    (StatusCode::SWITCHING_PROTOCOLS, upgrade).into_response()
}

/// A connection of the socket as hyper has it.
type OverSocket = TokioIo<Watched<UnixStream>>;

/// Binds the Unix socket, for its owner only; one that nobody listens on is left over from a crash.
fn bind_socket(path: &Path) -> anyhow::Result<std::os::unix::net::UnixListener> {
    let name = path.display();
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        bail!("[admin] socket: {name} is served by another kemist; stop it or choose another path");
    }
    let _ = std::fs::remove_file(path);
    let listener = std::os::unix::net::UnixListener::bind(path)
        .with_context(|| format!("[admin] socket: {name} cannot be made; check the folder"))?;
    listener
        .set_nonblocking(true)
        .with_context(|| format!("[admin] socket: {name}"))?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("[admin] socket: {name}: permissions"))?;
    Ok(listener)
}

async fn over_tcp(listener: TcpListener, token: bool, router: Router, mut closed: watch::Receiver<bool>) {
    let who = if token { "token" } else { "anybody" };
    let mut places = Places::default();
    loop {
        let place = places.next().await;
        let accepted = tokio::select! {
            _ = closed.wait_for(|closed| *closed) => break,
            accepted = async { accepted(listener.accept().await).await } => accepted,
        };
        let Some((stream, from)) = accepted else { continue };
        // answers are small, and whoever asked waits
        let _ = stream.set_nodelay(true);
        let caller = Caller {
            who: who.to_owned(),
            from: from.to_string(),
        };
        let router = router.clone();
        places.connections.spawn(async move {
            connection(stream, caller, router).await;
            drop(place);
        });
    }
    drop(listener);
    places.end().await;
}

async fn over_socket(listener: UnixListener, router: Router, mut closed: watch::Receiver<bool>) {
    let mut places = Places::default();
    loop {
        let place = places.next().await;
        let accepted = tokio::select! {
            _ = closed.wait_for(|closed| *closed) => break,
            accepted = async { accepted(listener.accept().await).await } => accepted,
        };
        let Some((stream, _)) = accepted else { continue };
        let router = router.clone();
        places.connections.spawn(async move {
            let caller = Caller {
                who: user_of(&stream).await,
                from: "socket".to_owned(),
            };
            connection(stream, caller, router).await;
            drop(place);
        });
    }
    drop(listener);
    places.end().await;
}

/// A connection, unless accepting failed: then there is a pause, lest a process without descriptors spins.
async fn accepted<T>(accepted: io::Result<T>) -> Option<T> {
    match accepted {
        Ok(stream) => Some(stream),
        Err(error) => {
            tracing::debug!("[admin] accepting a connection failed: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
            None
        }
    }
}

/// The connections of a door; they end with it.
struct Places {
    free: Arc<Semaphore>,
    connections: JoinSet<()>,
}

impl Default for Places {
    fn default() -> Places {
        Places {
            free: Arc::new(Semaphore::new(CONNECTIONS)),
            connections: JoinSet::new(),
        }
    }
}

impl Places {
    /// Waits until all connections have ended.
    async fn end(&mut self) {
        while self.connections.join_next().await.is_some() {}
    }

    /// Waits for a free place; None is never seen, since nobody closes the semaphore.
    async fn next(&mut self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        while self.connections.try_join_next().is_some() {}
        self.free.clone().acquire_owned().await.ok()
    }
}

/// The name of the user on the other end, or the number where it has none.
async fn user_of(stream: &UnixStream) -> String {
    let Ok(peer) = stream.peer_cred() else {
        return "unknown".to_owned();
    };
    let uid = peer.uid();
    // a directory service may be behind it
    let named = tokio::task::spawn_blocking(move || nix::unistd::User::from_uid(uid.into()).ok().flatten());
    let user = named.await.ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

async fn connection<S>(stream: S, caller: Caller, router: Router)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let blocked = Blocked::default();
    let stream = TokioIo::new(Watched {
        stream,
        blocked: blocked.clone(),
    });
    let service = TowerToHyperService::new(router.layer(Extension(caller)));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(stream, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let begun = Instant::now();
    loop {
        tokio::select! {
            // a peer that breaks off or talks nonsense is its own affair
            _ = connection.as_mut() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if blocked.is_longer_than(STALLED) || begun.elapsed() > AGE * 2 {
            return;
        }
        if begun.elapsed() > AGE {
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// Since when a write waits for the peer.
#[derive(Clone, Debug, Default)]
struct Blocked(Arc<Mutex<Option<Instant>>>);

impl Blocked {
    fn note<T>(&self, poll: Poll<T>) -> Poll<T> {
        let mut since = self.0.lock();
        match poll {
            Poll::Ready(_) => *since = None,
            Poll::Pending => *since = since.or_else(|| Some(Instant::now())),
        }
        poll
    }

    fn is_longer_than(&self, limit: Duration) -> bool {
        self.0.lock().is_some_and(|since| since.elapsed() > limit)
    }
}

/// A stream that tells when its peer does not read.
struct Watched<S> {
    stream: S,
    blocked: Blocked,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Poller<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Poller<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.blocked.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Poller<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.blocked.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Poller<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Poller<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
