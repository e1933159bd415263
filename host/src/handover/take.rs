//! The new process: asks for the handover, gets ready with what it is given, and reads.

use super::frame::{Codec, Connection, Frame, Handed};
use super::link::{Followed, Link};
use super::{Error, PROTOCOL};
use crate::route::Shared;
use crate::store::database::TenantRow;
use crate::store::{ItemKey, OPERATOR, Owners, TenantId};
use crate::worker::neighbours::{Neighbour, Pass, QUEUE, Side};
use crate::worker::{Fleet, Handover, Phase};
use kemist_sip::Protocol;
use std::io::{self, BufRead, Cursor, Read, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How long the old process may take over one step.
const STEP: Duration = Duration::from_secs(60);
/// The longest answer to the request that opens the connection.
const HEAD: usize = 8 << 10;

/// What the new process is to have.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where it listens.
    pub listen: Vec<(Protocol, SocketAddr)>,
    /// It serves the admin socket that it connects to.
    pub socket: bool,
    /// Where it serves HTTP.
    pub http: Option<SocketAddr>,
}

/// What it was given to start with.
#[derive(Debug)]
pub struct Inherited {
    /// The key of tags, branches and nonces.
    pub secret: [u8; 16],
    /// Ids of stream connections start here.
    pub connections: u64,
    /// The tenants of the other process.
    pub tenants: Vec<TenantRow>,
    /// Listening sockets.
    pub sockets: Vec<(Protocol, SocketAddr, OwnedFd)>,
    /// The listener of the admin socket's path.
    pub admin_socket: Option<OwnedFd>,
    /// The listener of HTTP.
    pub admin_http: Option<OwnedFd>,
}

/// A handover under way.
#[derive(Debug)]
pub struct Taking {
    connection: Connection,
    neighbour: Arc<Neighbour>,
    queue: mpsc::Sender<Pass>,
    waiting: mpsc::Receiver<Pass>,
}

impl Taking {
    /// Asks the process behind an admin socket; None where there is none.
    ///
    /// # Errors
    /// Where it refuses, or is something else.
    pub fn ask(path: &Path, wanted: &Wanted) -> Result<Option<(Taking, Inherited)>, Error> {
        let stream = match UnixStream::connect(path) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        stream.set_read_timeout(Some(STEP))?;
        stream.set_write_timeout(Some(STEP))?;
        upgrade(&stream)?;
        Taking::over(stream, wanted).map(Some)
    }

    /// Asks the process behind a connection that speaks [`PROTOCOL`].
    ///
    /// # Errors
    /// As [`Taking::ask`].
    pub fn over(stream: UnixStream, wanted: &Wanted) -> Result<(Taking, Inherited), Error> {
        let mut connection = Connection::new(stream, b"");
        let codec = Codec(&[]);
        let hello = Frame::Hello {
            pid: std::process::id(),
            listen: wanted.listen.clone(),
            socket: wanted.socket,
            http: wanted.http,
        };
        // where it has refused already and closed, its reason is still there to be read
        let sent = connection.send(&codec, &hello);
        let offer = expect(&mut connection, &codec);
        if let (Err(error), Err(Error::Io(_))) = (sent, &offer) {
            return Err(error);
        }
        let Frame::Offer {
            pid,
            boots,
            secret,
            connections,
        } = offer?
        else {
            return Err(Error::Protocol("no offer"));
        };
        let mut inherited = Inherited {
            secret,
            connections,
            tenants: Vec::new(),
            sockets: Vec::new(),
            admin_socket: None,
            admin_http: None,
        };
        inherited.receive(&mut connection, &codec)?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let taking = Taking {
            connection,
            neighbour: Arc::new(Neighbour::new(pid, boots, queue.clone())),
            queue,
            waiting,
        };
        Ok((taking, inherited))
    }

    /// The process id of the other.
    pub fn pid(&self) -> u32 {
        self.neighbour.pid
    }

    /// Generations of Via branches that are taken.
    pub fn boots(&self) -> &[u32] {
        self.neighbour.boots()
    }

    /// Reads the state into the new process's tables; the other one serves meanwhile.
    ///
    /// # Errors
    /// Where the connection breaks: the other one goes on.
    pub fn load(&mut self, shared: &Shared) -> Result<(), Error> {
        let codec = Codec(&shared.sockets);
        loop {
            match expect(&mut self.connection, &codec)? {
                Frame::Prepared => {
                    // it wrote them first; what has changed since comes once more
                    shared.store.location.mark_written();
                    return Ok(());
                }
                frame => self.apply(frame, shared)?,
            }
        }
    }

    /// Has the other process stop reading, and the workers of this one read. Returns when they are told to.
    ///
    /// # Errors
    /// Where the connection breaks before: the other process goes on, and this one must end.
    pub fn finish(mut self, fleet: &Arc<Fleet>) -> Result<(), Error> {
        let shared = fleet.shared.clone();
        let codec = Codec(&shared.sockets);
        self.connection.send(&codec, &Frame::Ready)?;
        loop {
            match expect(&mut self.connection, &codec)? {
                Frame::Go => break,
                frame => self.apply(frame, &shared)?,
            }
        }
        let followed = Arc::new(Followed::new(fleet, &self.queue));
        fleet.neighbours.set(Side::Before, Some(self.neighbour.clone()));
        // where this fails the other process has given up, and reads
        self.connection.send(&codec, &Frame::Serving).inspect_err(|_| {
            fleet.neighbours.set(Side::Before, None);
        })?;
        for worker in 0..fleet.workers() {
            while !fleet.hand(worker, Handover::Resume) && fleet.phase() == Phase::Running {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let link = Link {
            fleet: fleet.clone(),
            side: Side::Before,
            neighbour: self.neighbour,
            followed,
        };
        let (connection, waiting) = (self.connection, self.waiting);
        let body = move || {
            let pid = link.neighbour.pid;
            link.run(connection, waiting, || ());
            tracing::info!(pid, "the process that handed over has ended");
        };
        thread::Builder::new().name("handover".to_owned()).spawn(body)?;
        Ok(())
    }

    fn apply(&self, frame: Frame, shared: &Shared) -> Result<(), Error> {
        let store = &shared.store;
        match frame {
            Frame::Bindings(list) => {
                for (place, binding) in list
                    .into_iter()
                    .filter(|(place, _)| is_here(&store.owners, place.tenant))
                {
                    store.location.apply(&place, binding, None);
                }
            }
            Frame::Items(list) => {
                // a table that is not declared any more goes with its items
                for (table, tenant, key, item) in list {
                    if let Some(table) = store.tables.table(&table).filter(|_| is_here(&store.owners, tenant)) {
                        store.tables.import(&ItemKey { table, tenant, key }, item);
                    }
                }
            }
            Frame::Variables(list) => {
                for (tenant, name, value) in list.into_iter().filter(|(tenant, ..)| is_here(&store.owners, *tenant)) {
                    store.variables.set(tenant, &name, value);
                }
            }
            Frame::Floods(unit, list) => {
                let same = u128::from(unit) == shared.modules.pike.sampling_time_unit.as_millis();
                let now = Instant::now();
                list.iter()
                    .filter(|counted| same && is_here(&store.owners, counted.tenant))
                    .for_each(|counted| store.flood.import(counted, now));
            }
            Frame::Streams(list) => {
                for (id, remote) in list {
                    self.neighbour.set_stream(id, remote);
                }
            }
            Frame::Owned(digests) => self.neighbour.owns(digests),
            _ => return Err(Error::Protocol("something out of its turn")),
        }
        Ok(())
    }
}

/// Whether somebody of this process has a number. What a tenant had that is none here is left behind.
fn is_here(owners: &Owners, tenant: TenantId) -> bool {
    tenant == OPERATOR || owners.has(tenant)
}

impl Inherited {
    fn receive(&mut self, connection: &mut Connection, codec: &Codec<'_>) -> Result<(), Error> {
        let mut described = Vec::new();
        loop {
            match expect(connection, codec)? {
                Frame::Sockets(part) if part.is_empty() => break,
                Frame::Sockets(part) => described.extend(part),
                Frame::Tenants(part) => self.tenants.extend(part),
                _ => return Err(Error::Protocol("no sockets")),
            }
        }
        let fds = connection.take_fds();
        if fds.len() != described.len() {
            return Err(Error::Protocol("another number of sockets than it said"));
        }
        for (what, fd) in described.into_iter().zip(fds) {
            match what {
                Handed::Sip(protocol, address) => self.sockets.push((protocol, address, fd)),
                Handed::AdminSocket => self.admin_socket = Some(fd),
                Handed::AdminListen(_) => self.admin_http = Some(fd),
            }
        }
        Ok(())
    }
}

/// The next frame; a refusal is an error.
fn expect(connection: &mut Connection, codec: &Codec<'_>) -> Result<Frame, Error> {
    match connection.receive(codec)? {
        Frame::Refused(why) => Err(Error::Refused(why)),
        frame => Ok(frame),
    }
}

/// Asks the HTTP server of the admin socket to speak [`PROTOCOL`] from here on.
fn upgrade(mut stream: &UnixStream) -> Result<(), Error> {
    let request =
        format!("GET /handover HTTP/1.1\r\nHost: kemist\r\nConnection: upgrade\r\nUpgrade: {PROTOCOL}\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    // byte by byte: what comes after the head is not ours to read here, and may bring descriptors
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
        if head.len() > HEAD {
            return Err(Error::Protocol("an answer that is too long"));
        }
    }
    let mut lines = Cursor::new(&head).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    match first.split(' ').nth(1) {
        Some("101") => Ok(()),
        Some("426") => Err(Error::Refused(format!(
            "the running process speaks another handover protocol than {PROTOCOL}; stop it and start this one"
        ))),
        _ => Err(Error::Refused(format!(
            "the running process knows no handover ({first}); stop it and start this one"
        ))),
    }
}
