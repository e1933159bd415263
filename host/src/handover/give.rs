//! The old process: hands over, serves what is still its own, and reads again where the new one ends early.

use super::frame::{Codec, Connection, Frame, Handed, TableItem};
use super::link::{Ended, Followed, Link, binding_size, in_parts};
use super::{Error, fds};
use crate::follow::Follower;
use crate::route::Value;
use crate::store::database::TenantRow;
use crate::store::{Item, ItemKey, Place, Store, TenantId, unix_now};
use crate::worker::neighbours::{Neighbour, Pass, QUEUE, Side};
use crate::worker::{Fleet, Handover, Phase};
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

/// How long the new process may take over one step while this one serves: it may have many bindings to read.
const PREPARE: Duration = Duration::from_secs(60);
/// How long it may take to read the rest, and to say that it serves.
const SERVE: Duration = Duration::from_secs(5);
/// How long the workers may take to answer: a callback may be running.
const WORKERS: Duration = Duration::from_secs(2);
/// How often it is looked whether anything is still open.
const LOOK: Duration = Duration::from_millis(100);
/// pike's sources that go over at most.
const FLOODS: usize = 65_536;

/// Where the operator's requests come in.
pub trait Doors: Send + Sync {
    /// Copies of the listeners: of the path (no address) and of HTTP.
    fn listeners(&self) -> Vec<(Option<SocketAddr>, OwnedFd)>;
    /// Takes no more requests: another process does.
    fn close(&self);
    /// Takes them again.
    fn reopen(&self);
}

/// What hands over.
pub struct Giver {
    fleet: Arc<Fleet>,
    io: Handle,
    doors: Box<dyn Doors>,
    /// How long this process goes on afterwards.
    limit: Duration,
    over: watch::Sender<bool>,
    turn: Mutex<()>,
}

impl Giver {
    /// One for these workers. `limit`: how long this process goes on after a handover, at most.
    pub fn new(fleet: Arc<Fleet>, io: Handle, doors: Box<dyn Doors>, limit: Duration) -> Arc<Giver> {
        Arc::new(Giver {
            fleet,
            io,
            doors,
            limit,
            over: watch::Sender::new(false),
            turn: Mutex::new(()),
        })
    }

    /// Becomes true when this process has handed over and nothing is left to do.
    pub fn over(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    /// Serves a connection that asks for a handover, on a thread of its own; `read` is what came already.
    pub fn serve(self: &Arc<Self>, stream: UnixStream, read: &[u8]) {
        let (giver, connection) = (self.clone(), Connection::new(stream, read));
        let body = move || giver.session(connection);
        if let Err(error) = thread::Builder::new().name("handover".to_owned()).spawn(body) {
            tracing::error!(blame = "host", "not handed over: no thread: {error}");
        }
    }

    fn session(self: Arc<Self>, mut connection: Connection) {
        let Some(_turn) = self.turn.try_lock() else {
            return self.refuse(&connection, "another handover is under way; try again when it is over");
        };
        let (queue, waiting) = mpsc::channel(QUEUE);
        let followed = Arc::new(Followed::new(&self.fleet, &queue));
        self.fleet.set_handing_over(true);
        let handed = self.hand_over(&mut connection, &followed, queue);
        self.fleet.set_handing_over(false);
        let neighbour = match handed {
            Ok(neighbour) => neighbour,
            Err(error) => {
                tracing::warn!("not handed over: {error}; this process goes on");
                let _ = connection.send(&Codec(&[]), &Frame::Refused(error.to_string()));
                return;
            }
        };
        let pid = neighbour.pid;
        tracing::info!(pid, "handed over; going on for what is open here");
        let watched = self.io.spawn(self.clone().watch_the_end());
        let link = Link {
            fleet: self.fleet.clone(),
            side: Side::After,
            neighbour,
            followed,
        };
        let told = || {
            self.over.send_replace(true);
        };
        let ended = link.run(connection, waiting, told);
        self.ended(pid, ended, &watched);
    }

    fn refuse(&self, connection: &Connection, why: &str) {
        tracing::warn!("not handed over: {why}");
        // whoever does not wait for the reason does not want it
        let _ = connection.send(&Codec(&[]), &Frame::Refused(why.to_owned()));
    }

    /// The connection to the new process ended.
    fn ended(&self, pid: u32, ended: Ended, watched: &tokio::task::JoinHandle<()>) {
        let ending = *self.over.borrow() || ended.end || self.fleet.phase() != Phase::Running;
        if ending {
            return;
        }
        if ended.superseded {
            return tracing::info!(pid, "the process that took over has ended; another one reads");
        }
        watched.abort();
        tracing::warn!(
            blame = "host",
            pid,
            "the process that took over has ended; reading again"
        );
        self.take_back();
    }

    /// All steps until the new process reads. Where one fails, this process serves as before.
    fn hand_over(
        &self,
        connection: &mut Connection,
        followed: &Followed,
        queue: mpsc::Sender<Pass>,
    ) -> Result<Arc<Neighbour>, Error> {
        let codec = Codec(&self.fleet.shared.sockets);
        let (_, uid) = fds::peer(connection.stream())?;
        if !fds::may_ask(uid, fds::own_uid()) {
            return Err(Error::Refused(format!(
                "user {uid} may not ask for it; run it as user {}",
                fds::own_uid()
            )));
        }
        connection.stream().set_read_timeout(Some(PREPARE))?;
        connection.stream().set_write_timeout(Some(PREPARE))?;
        if self.fleet.phase() != Phase::Running {
            return Err(Error::Refused("this process is ending".to_owned()));
        }
        if self.fleet.is_handed_over() {
            return Err(Error::Refused("this process has handed over already".to_owned()));
        }
        let Frame::Hello {
            pid,
            listen,
            socket,
            http,
        } = connection.receive(&codec)?
        else {
            return Err(Error::Protocol("no greeting"));
        };
        // first: what the database then lacks is told
        let flushed = self.io.block_on(self.fleet.shared.store.flush());
        flushed.map_err(|error| Error::Refused(format!("registrations could not be written: {error}")))?;
        let neighbour = Arc::new(Neighbour::new(pid, Vec::new(), queue));
        let places = self.offer(connection, &codec, &listen, socket, http)?;
        let changed = Changed::new(&self.fleet.shared.store);
        self.send_state(connection, &codec)?;
        connection.send(&codec, &Frame::Prepared)?;
        match connection.receive(&codec)? {
            Frame::Ready => {}
            Frame::Refused(why) => return Err(Error::Refused(why)),
            _ => return Err(Error::Protocol("no readiness")),
        }
        let done = self.commit(connection, &codec, &neighbour, followed, &changed, places);
        if let Err(error) = done {
            self.take_back();
            return Err(error);
        }
        if let Some(before) = self.fleet.neighbours.on(Side::Before) {
            before.pass(Pass::Superseded(true));
        }
        Ok(neighbour)
    }

    /// Sends the key, the generations and the sockets; returns the places that go over.
    fn offer(
        &self,
        connection: &Connection,
        codec: &Codec<'_>,
        listen: &[(kemist_sip::Protocol, SocketAddr)],
        socket: bool,
        http: Option<SocketAddr>,
    ) -> Result<HashSet<u16>, Error> {
        let fleet = &self.fleet;
        let mut boots = vec![fleet.boot];
        if let Some(before) = fleet.neighbours.on(Side::Before) {
            boots.extend_from_slice(before.boots());
        }
        let offer = Frame::Offer {
            pid: std::process::id(),
            boots,
            secret: fleet.shared.secret,
            // far from what this process may still open
            connections: fleet.connections.next_number().saturating_add(1 << 32),
        };
        connection.send(codec, &offer)?;
        // of a database that is in memory, or another, the new process would have other numbers
        let tenants = self.io.block_on(fleet.shared.store.database.all_tenants());
        let tenants = tenants.map_err(|error| Error::Refused(format!("the tenants could not be read: {error}")))?;
        let size = |row: &TenantRow| 24 + row.name.len() + row.definition.as_ref().map_or(0, String::len);
        for frame in in_parts(tenants, size, Frame::Tenants) {
            connection.send(codec, &frame)?;
        }
        let copies = self.ask(Handover::Sockets)?;
        let (mut handed, mut places) = (Vec::new(), HashSet::new());
        for (place, fd) in copies.into_iter().flatten() {
            let of = fleet.shared.sockets.get(usize::from(place));
            let of = of.map(|socket| (socket.protocol, socket.address));
            if let Some((protocol, address)) = of.filter(|of| listen.contains(of)) {
                handed.push((Handed::Sip(protocol, address), fd));
                places.insert(place);
            }
        }
        for (address, fd) in self.doors.listeners() {
            match address {
                None if socket => handed.push((Handed::AdminSocket, fd)),
                Some(address) if http == Some(address) => handed.push((Handed::AdminListen(address), fd)),
                _ => {}
            }
        }
        for part in handed.chunks(fds::MOST) {
            let fds: Vec<BorrowedFd<'_>> = part.iter().map(|(_, fd)| fd.as_fd()).collect();
            let frame = Frame::Sockets(part.iter().map(|(what, _)| *what).collect());
            connection.send_with(codec, &frame, &fds)?;
        }
        connection.send(codec, &Frame::Sockets(Vec::new()))?;
        Ok(places)
    }

    /// Sends all bindings, items, variables and connections as they are now.
    fn send_state(&self, connection: &Connection, codec: &Codec<'_>) -> Result<(), Error> {
        let store = &self.fleet.shared.store;
        let send = |frame: Frame| connection.send(codec, &frame);
        // gathered first: nobody waits for the connection while holding a part of a table
        let mut bindings = Vec::new();
        store.location.for_each(|tenant, aor, of| {
            let aor = Bytes::copy_from_slice(aor);
            bindings.extend(of.iter().map(|binding| {
                let place = Place {
                    tenant,
                    aor: aor.clone(),
                    ruid: binding.ruid.clone(),
                };
                (place, Some((**binding).clone()))
            }));
        });
        in_parts(bindings, binding_size, Frame::Bindings).try_for_each(send)?;
        let now = unix_now();
        let names: Vec<String> = store.tables.names().map(str::to_owned).collect();
        for (name, id) in names.iter().filter_map(|name| Some((name, store.tables.table(name)?))) {
            let mut items: Vec<TableItem> = Vec::new();
            store.tables.export(id, now, |tenant, key, item, expires| {
                let item = Some((item.clone(), expires));
                items.push((name.clone(), tenant, Bytes::copy_from_slice(key), item));
            });
            in_parts(items, item_size, Frame::Items).try_for_each(send)?;
        }
        let mut variables = Vec::new();
        store.variables.for_each(|tenant, name, value| {
            variables.push((tenant, Bytes::copy_from_slice(name), value.clone()));
        });
        in_parts(variables, variable_size, Frame::Variables).try_for_each(send)?;
        let mut streams = self.fleet.connections.inbound();
        streams.extend(
            self.fleet
                .neighbours
                .on(Side::Before)
                .iter()
                .flat_map(|before| before.streams()),
        );
        let streams = streams.into_iter().map(|(id, remote)| (id, Some(remote))).collect();
        in_parts(streams, |_| 64, Frame::Streams).try_for_each(send)
    }

    /// Stops reading, and says what changed and what is open.
    fn commit(
        &self,
        connection: &mut Connection,
        codec: &Codec<'_>,
        neighbour: &Arc<Neighbour>,
        followed: &Followed,
        changed: &Changed<'_>,
        places: HashSet<u16>,
    ) -> Result<(), Error> {
        let fleet = &self.fleet;
        let begun = Instant::now();
        // nobody reads from here on: no time to lose
        connection.stream().set_read_timeout(Some(SERVE))?;
        connection.stream().set_write_timeout(Some(SERVE))?;
        // before anybody else reads: what the new process answers for may come back
        fleet.neighbours.set(Side::After, Some(neighbour.clone()));
        let places = Arc::new(places);
        let open = self.ask(|to| Handover::Pause(places.clone(), to))?;
        // only now: what was read until then is served, also where it waits for another worker
        fleet.set_handed_over(true);
        fleet.shared.store.set_written_elsewhere(true);
        self.doors.close();
        let mut open: Vec<u64> = open.into_iter().flatten().chain(fleet.owned()).collect();
        if let Some(before) = fleet.neighbours.on(Side::Before) {
            open.extend(before.owned());
        }
        let unit = fleet.shared.modules.pike.sampling_time_unit.as_millis();
        let counted = fleet.shared.store.flood.export(FLOODS, Instant::now());
        let unit = u64::try_from(unit).unwrap_or(u64::MAX);
        let frames = followed
            .changes()
            .chain(changed.frames())
            .chain(in_parts(counted, |_| 40, |part| Frame::Floods(unit, part)))
            .chain(in_parts(open, |_| 8, Frame::Owned));
        for frame in frames {
            connection.send(codec, &frame)?;
        }
        connection.send(codec, &Frame::Go)?;
        match connection.receive(codec)? {
            Frame::Serving => {}
            _ => return Err(Error::Protocol("no word that it serves")),
        }
        tracing::info!(micros = begun.elapsed().as_micros(), "nobody read for less than this");
        Ok(())
    }

    fn ask<T: Send>(&self, what: impl FnMut(oneshot::Sender<T>) -> Handover + Send) -> Result<Vec<T>, Error> {
        let asked = async { tokio::time::timeout(WORKERS, self.fleet.ask(what)).await };
        let busy = || Error::Refused("a worker is too busy; try again".to_owned());
        self.io.block_on(asked).ok().flatten().ok_or_else(busy)
    }

    /// Serves as before the handover.
    fn take_back(&self) {
        let fleet = &self.fleet;
        fleet.neighbours.set(Side::After, None);
        fleet.set_handed_over(false);
        fleet.shared.store.set_written_elsewhere(false);
        for worker in 0..fleet.workers() {
            // a queue that is full is being emptied
            while !fleet.hand(worker, Handover::Resume) && fleet.phase() == Phase::Running {
                thread::sleep(Duration::from_millis(1));
            }
        }
        self.doors.reopen();
        if let Some(before) = fleet.neighbours.on(Side::Before) {
            before.pass(Pass::Superseded(false));
        }
    }

    /// Waits until nothing is open here, or for the limit.
    async fn watch_the_end(self: Arc<Self>) {
        let limit = Instant::now() + self.limit;
        loop {
            tokio::time::sleep(LOOK).await;
            let open = self.fleet.ask(Handover::Open).await;
            let open = open.map_or(usize::MAX, |open| open.into_iter().sum());
            let quiet =
                open == 0 && self.fleet.connections.open() == 0 && self.fleet.neighbours.on(Side::Before).is_none();
            if quiet || Instant::now() >= limit {
                let connections = self.fleet.connections.open();
                match quiet {
                    true => tracing::info!("nothing is open here any more; ending"),
                    false => tracing::info!(transactions = open, connections, "ending at the limit"),
                }
                self.over.send_replace(true);
                return;
            }
        }
    }
}

/// Which items and variables changed while the new process reads them.
struct Changed<'s> {
    store: &'s Store,
    items: Arc<Follower<ItemKey, ()>>,
    variables: Arc<Follower<(TenantId, Bytes), ()>>,
}

impl<'s> Changed<'s> {
    fn new(store: &'s Store) -> Changed<'s> {
        let changed = Changed {
            store,
            items: Follower::new(|| ()),
            variables: Follower::new(|| ()),
        };
        store.tables.followers().add(&changed.items);
        store.variables.followers().add(&changed.variables);
        changed
    }

    /// Those, as they are now.
    fn frames(&self) -> impl Iterator<Item = Frame> + use<> {
        let now = unix_now();
        let tables = &self.store.tables;
        let item = |key: ItemKey| {
            let value = tables.exported(&key, now);
            (tables.name(key.table).to_owned(), key.tenant, key.key, value)
        };
        let items: Vec<TableItem> = self.items.take().into_keys().map(item).collect();
        let variable = |(tenant, name): (TenantId, Bytes)| {
            let value = self.store.variables.get(tenant, &name);
            (tenant, name, value)
        };
        let variables = self.variables.take().into_keys().map(variable).collect();
        in_parts(items, item_size, Frame::Items).chain(in_parts(variables, variable_size, Frame::Variables))
    }
}

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        self.store.tables.followers().remove(&self.items);
        self.store.variables.followers().remove(&self.variables);
    }
}

fn item_size((table, _, key, item): &TableItem) -> usize {
    let value = match item {
        Some((Item::Str(text), _)) => text.len(),
        _ => 0,
    };
    40 + table.len() + key.len() + value
}

fn variable_size((_, name, value): &(TenantId, Bytes, Value)) -> usize {
    let value = match value {
        Value::Str(text) => text.len(),
        _ => 0,
    };
    24 + name.len() + value
}
