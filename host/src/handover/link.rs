//! The connection between two processes while both serve: messages, bindings and connections, both ways.

use super::Error;
use super::fds;
use super::frame::{Codec, Connection, Frame, PART};
use crate::follow::Follower;
use crate::store::{Binding, Place};
use crate::worker::Fleet;
use crate::worker::neighbours::{Neighbour, Pass, Side};
use kemist_sip::{ConnectionId, Protocol};
use std::net::{Shutdown, SocketAddr};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the other process may take no bytes.
const WRITE: Duration = Duration::from_secs(30);
/// Things written at once.
const BATCH: usize = 256;

type Remote = (Protocol, SocketAddr);

/// What of ours the other process keeps a copy of.
pub(super) struct Followed {
    fleet: Arc<Fleet>,
    pub(super) bindings: Arc<Follower<Place, Arc<Binding>>>,
    pub(super) streams: Arc<Follower<ConnectionId, Remote>>,
}

impl Followed {
    /// Follows from now on, until it is dropped.
    pub(super) fn new(fleet: &Arc<Fleet>, queue: &mpsc::Sender<Pass>) -> Followed {
        // a full queue is being written, and the writer looks after each batch
        let wake = |queue: mpsc::Sender<Pass>| move || drop(queue.try_send(Pass::Changed));
        let followed = Followed {
            fleet: fleet.clone(),
            bindings: Follower::new(wake(queue.clone())),
            streams: Follower::new(wake(queue.clone())),
        };
        fleet.shared.store.location.followers().add(&followed.bindings);
        fleet.connections.followers().add(&followed.streams);
        followed
    }

    /// What has changed since the last time.
    pub(super) fn changes(&self) -> impl Iterator<Item = Frame> + use<> {
        let bindings = self.bindings.take().into_iter();
        let bindings = bindings.map(|(place, binding)| (place, binding.map(Arc::unwrap_or_clone)));
        let streams = self.streams.take().into_iter().collect();
        in_parts(bindings.collect(), binding_size, Frame::Bindings).chain(in_parts(streams, |_| 64, Frame::Streams))
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.fleet.shared.store.location.followers().remove(&self.bindings);
        self.fleet.connections.followers().remove(&self.streams);
    }
}

/// About how long a binding is in a frame.
pub(super) fn binding_size((place, binding): &(Place, Option<Binding>)) -> usize {
    let optional = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, |bytes| bytes.len());
    let of = |b: &Binding| {
        let optional = optional(&b.received) + optional(&b.path) + optional(&b.socket) + optional(&b.instance);
        160 + b.contact.len() + b.call_id.len() + b.user_agent.len() + b.ruid.len() + optional
    };
    place.aor.len() + place.ruid.len() + 16 + binding.as_ref().map_or(0, of)
}

/// A list in frames of bounded length.
pub(super) fn in_parts<T>(
    list: Vec<T>,
    size: impl Fn(&T) -> usize,
    frame: impl Fn(Vec<T>) -> Frame,
) -> impl Iterator<Item = Frame> {
    let mut rest = list.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut part = Vec::new();
        let mut length = 0;
        while let Some(item) = rest.next_if(|item| part.is_empty() || length + size(item) <= PART) {
            length += size(&item);
            part.push(item);
        }
        (!part.is_empty()).then(|| frame(part))
    })
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ended {
    /// The other process had handed over to a third one: nobody is to take its place.
    pub(super) superseded: bool,
    /// It said that the service is to end.
    pub(super) end: bool,
}

/// A connection to a neighbour that is in its place.
pub(super) struct Link {
    pub(super) fleet: Arc<Fleet>,
    pub(super) side: Side,
    pub(super) neighbour: Arc<Neighbour>,
    pub(super) followed: Arc<Followed>,
}

impl Link {
    /// Serves until either side closes; `told` hears at once that the service is to end.
    pub(super) fn run(&self, mut connection: Connection, waiting: mpsc::Receiver<Pass>, told: impl Fn()) -> Ended {
        let writer = connection.stream().try_clone().and_then(|stream| {
            stream.set_write_timeout(Some(WRITE))?;
            stream.set_read_timeout(None)?;
            let (fleet, followed) = (self.fleet.clone(), self.followed.clone());
            let body = move || {
                if let Err(error) = write(&stream, waiting, &fleet, &followed) {
                    tracing::debug!("{error}");
                }
                // the reader of both processes sees the end
                let _ = stream.shutdown(Shutdown::Both);
            };
            thread::Builder::new().name("handover-out".to_owned()).spawn(body)
        });
        let mut ended = Ended::default();
        if writer.is_ok() {
            let error = self.read(&mut connection, &mut ended, &told);
            tracing::debug!(
                pid = self.neighbour.pid,
                "the connection to the other process ended: {error}"
            );
        }
        let _ = connection.stream().shutdown(Shutdown::Both);
        self.fleet.neighbours.set(self.side, None);
        // wakes a writer that waits; one that is busy sees the end of the connection
        self.neighbour.pass(Pass::Close);
        if let Ok(writer) = writer {
            // it has no panic to tell of
            let _ = writer.join();
        }
        for (id, _) in self.neighbour.streams() {
            let others = self.fleet.connections.followers();
            others.tell_but(Some(&self.followed.streams), id, None);
        }
        ended
    }

    fn read(&self, connection: &mut Connection, ended: &mut Ended, told: &impl Fn()) -> Error {
        let fleet = self.fleet.clone();
        let codec = Codec(&fleet.shared.sockets);
        loop {
            match connection.receive(&codec) {
                Ok(Frame::Pass(pass)) => fleet.take(pass, self.side),
                Ok(Frame::Bindings(list)) => {
                    let location = &fleet.shared.store.location;
                    for (place, binding) in list {
                        location.apply(&place, binding, Some(&self.followed.bindings));
                    }
                }
                Ok(Frame::Streams(list)) => {
                    for (id, remote) in list {
                        self.neighbour.set_stream(id, remote);
                        let others = fleet.connections.followers();
                        others.tell_but(Some(&self.followed.streams), id, remote);
                    }
                }
                Ok(Frame::Superseded(yes)) => ended.superseded = yes,
                Ok(Frame::End) => {
                    ended.end = true;
                    told();
                }
                Ok(_) => return Error::Protocol("something out of its turn"),
                Err(error) => return error,
            }
        }
    }
}

/// Writes what waits, and what has changed, until there is nobody to write for.
fn write(
    stream: &UnixStream,
    mut waiting: mpsc::Receiver<Pass>,
    fleet: &Fleet,
    followed: &Followed,
) -> Result<(), Error> {
    let codec = Codec(&fleet.shared.sockets);
    let (mut batch, mut out) = (Vec::with_capacity(BATCH), Vec::new());
    while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
        out.clear();
        let mut close = false;
        for pass in batch.drain(..) {
            match pass {
                Pass::Changed => {}
                Pass::Close => close = true,
                Pass::Superseded(yes) => codec.encode(&Frame::Superseded(yes), &mut out),
                Pass::End => codec.encode(&Frame::End, &mut out),
                pass => codec.encode(&Frame::Pass(pass), &mut out),
            }
        }
        fds::send(stream, &out, &[])?;
        for frame in followed.changes() {
            out.clear();
            codec.encode(&frame, &mut out);
            fds::send(stream, &out, &[])?;
        }
        if close {
            break;
        }
    }
    Ok(())
}
