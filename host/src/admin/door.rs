//! The doors: a Unix socket and, where configured, TCP. Connections are bounded in number, and one whose
//! peer neither sends nor reads is closed.

use super::Caller;
use crate::config;
use anyhow::{Context, bail};
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use parking_lot::Mutex;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
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
#[derive(Debug)]
pub struct Doors {
    guard: Guard,
    socket: Option<UnixListener>,
    tcp: Option<Tcp>,
}

/// The listener over TCP.
#[derive(Debug)]
pub(super) struct Tcp {
    listener: TcpListener,
    /// The token that requests must carry.
    pub(super) token: Option<String>,
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
            tcp: None,
        };
        if let Some(path) = &config.socket {
            doors.socket = Some(bind_socket(path)?);
            // from here on it is ours to remove
            doors.guard.socket = Some(path.clone());
        }
        if let Some(address) = config.listen {
            let listener = std::net::TcpListener::bind(address)
                .and_then(|l| l.set_nonblocking(true).map(|()| l))
                .and_then(TcpListener::from_std)
                .with_context(|| format!("[admin] listen: {address} cannot be used; choose another address"))?;
            doors.tcp = Some(Tcp {
                listener,
                token: config.token.clone().filter(|token| !token.is_empty()),
            });
        }
        Ok(doors)
    }

    /// Serves on `io` for as long as the guard lives; `protect` makes the routes over TCP of the others.
    pub(super) fn serve(self, router: Router, protect: impl FnOnce(Router, &Tcp) -> Router, io: &Handle) -> Guard {
        let Doors { mut guard, socket, tcp } = self;
        if let Some(tcp) = tcp {
            let router = protect(router.clone(), &tcp);
            guard.tasks.push(io.spawn(over_tcp(tcp, router)).abort_handle());
        }
        if let Some(listener) = socket {
            guard.tasks.push(io.spawn(over_socket(listener, router)).abort_handle());
        }
        guard
    }
}

/// Ends the listeners and their connections, and removes the socket, when it is dropped.
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
            // gone already is as good
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Binds the Unix socket, for its owner only; one that nobody listens on is left over from a crash.
fn bind_socket(path: &Path) -> anyhow::Result<UnixListener> {
    let name = path.display();
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        bail!("[admin] socket: {name} is served by another kemist; stop it or choose another path");
    }
    let _ = std::fs::remove_file(path);
    let listener =
        UnixListener::bind(path).with_context(|| format!("[admin] socket: {name} cannot be made; check the folder"))?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("[admin] socket: {name}: permissions"))?;
    Ok(listener)
}

async fn over_tcp(tcp: Tcp, router: Router) {
    let who = if tcp.token.is_some() { "token" } else { "anybody" };
    let mut places = Places::default();
    loop {
        let place = places.next().await;
        let Some((stream, from)) = accepted(tcp.listener.accept().await).await else {
            continue;
        };
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
}

async fn over_socket(listener: UnixListener, router: Router) {
    let mut places = Places::default();
    loop {
        let place = places.next().await;
        let Some((stream, _)) = accepted(listener.accept().await).await else {
            continue;
        };
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
        .serve_connection(stream, service);
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
