//! What two processes say to each other: frames, each with its length (32 bits) and its kind (8 bits) in front.

use super::wire::{Reader, Writer};
use super::{Error, fds};
use crate::route::suspend::{Call, Errand};
use crate::route::{ListenSocket, Value};
use crate::store::database::TenantRow;
use crate::store::{Binding, Counted, Item, Place, TenantId};
use crate::worker::neighbours::Pass;
use bytes::{Buf, Bytes, BytesMut};
use kemist_sip::transaction::TransactionId;
use kemist_sip::{ConnectionId, Protocol, Target};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// The longest frame, in bytes. Lists are sent in parts far below; one item that is longer is left out.
pub(super) const LONGEST: usize = 4 << 20;
/// Where a list goes into another frame.
pub(super) const PART: usize = 256 << 10;

/// A descriptor that comes with [`Frame::Sockets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    /// A listening or datagram socket.
    Sip(Protocol, SocketAddr),
    /// The listener of the admin socket's path.
    AdminSocket,
    /// The listener of HTTP.
    AdminListen(SocketAddr),
}

/// An item of a table as it goes over: the table's name, whose, the key, value and second of expiry.
pub(super) type TableItem = (String, TenantId, Bytes, Option<(Item, u64)>);

/// A frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Frame {
    /// The new process: what it listens on.
    Hello {
        pid: u32,
        /// Addresses that it wants the sockets of.
        listen: Vec<(Protocol, SocketAddr)>,
        /// It serves the path that it connected to.
        socket: bool,
        /// Where it serves HTTP.
        http: Option<SocketAddr>,
    },
    /// No, and why.
    Refused(String),
    /// The old process: what the new one must be like.
    Offer {
        pid: u32,
        /// Its generation, and those of the processes before it that are still there.
        boots: Vec<u32>,
        /// The key of tags, branches and nonces.
        secret: [u8; 16],
        /// Connections of the new process have ids from here.
        connections: u64,
    },
    /// The tenants that the old process knows, where it has any: their numbers are part of what follows.
    Tenants(Vec<TenantRow>),
    /// Descriptors, as many as entries.
    Sockets(Vec<Handed>),
    /// Bindings, and (None) those that are gone.
    Bindings(Vec<(Place, Option<Binding>)>),
    /// Table items, and (None) those that are gone.
    Items(Vec<TableItem>),
    /// `$shv` variables; null for those that are unset.
    Variables(Vec<(TenantId, Bytes, Value)>),
    /// pike's counters, and its unit in milliseconds.
    Floods(u64, Vec<Counted>),
    /// Stream connections that peers opened, and (None) those that have ended.
    Streams(Vec<(ConnectionId, Option<(Protocol, SocketAddr)>)>),
    /// Digests of what is open.
    Owned(Vec<u64>),
    /// Everything was sent that can be while serving.
    Prepared,
    /// The new process can serve at once.
    Ready,
    /// The old process reads no more.
    Go,
    /// The new process reads.
    Serving,
    /// A message.
    Pass(Pass),
    /// The process before must not (or, by false, may again) read where the sender ends: another one does.
    Superseded(bool),
    /// The service is to end: the process before ends too.
    End,
}

/// Writes and reads frames, which name listening sockets by address: the lists differ.
pub(super) struct Codec<'s>(pub(super) &'s [ListenSocket]);

impl Codec<'_> {
    /// A frame with its length.
    pub(super) fn encode(&self, frame: &Frame, out: &mut Vec<u8>) {
        let start = out.len();
        let mut w = Writer(std::mem::take(out));
        w.u32(0);
        self.body(frame, &mut w);
        *out = w.0;
        let length = (out.len() - start - 4) as u32;
        if let Some(place) = out.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    fn body<'w>(&self, frame: &Frame, w: &'w mut Writer) -> &'w mut Writer {
        match frame {
            Frame::Hello {
                pid,
                listen,
                socket,
                http,
            } => {
                w.u8(1).u32(*pid);
                w.list(listen.iter(), |w, (protocol, at)| w.protocol(*protocol).address(*at));
                w.flag(*socket).option(*http, |w, at| w.address(at))
            }
            Frame::Refused(why) => w.u8(2).bytes(why.as_bytes()),
            Frame::Offer {
                pid,
                boots,
                secret,
                connections,
            } => {
                w.u8(3).u32(*pid).list(boots.iter(), |w, boot| w.u32(*boot));
                w.bytes(secret).u64(*connections)
            }
            Frame::Sockets(list) => w.u8(4).list(list.iter(), |w, handed| write_handed(w, *handed)),
            Frame::Bindings(list) => w.u8(5).list(list.iter(), |w, (place, binding)| {
                w.u32(place.tenant).bytes(&place.aor).bytes(&place.ruid);
                w.option(binding.as_ref(), |w, binding| self.binding(w, binding))
            }),
            Frame::Items(list) => w.u8(6).list(list.iter(), |w, (table, tenant, key, item)| {
                w.bytes(table.as_bytes()).u32(*tenant).bytes(key);
                w.option(item.as_ref(), |w, (item, expires)| match item {
                    Item::Int(number) => w.u64(*expires).u8(0).u64(number.cast_unsigned()),
                    Item::Str(text) => w.u64(*expires).u8(1).bytes(text),
                })
            }),
            Frame::Variables(list) => w.u8(7).list(list.iter(), |w, (tenant, name, value)| {
                w.u32(*tenant).bytes(name);
                match value {
                    Value::Null => w.u8(0),
                    Value::Int(number) => w.u8(1).u64(number.cast_unsigned()),
                    Value::Str(text) => w.u8(2).bytes(text),
                }
            }),
            Frame::Floods(unit, list) => w.u8(8).u64(*unit).list(list.iter(), |w, of| {
                w.u32(of.tenant).ip(of.ip).u8(of.age);
                w.u32(of.current).u32(of.previous).flag(of.blocked)
            }),
            Frame::Streams(list) => w.u8(9).list(list.iter(), |w, (id, remote)| {
                w.u64(id.0);
                w.option(*remote, |w, (protocol, at)| w.protocol(protocol).address(at))
            }),
            Frame::Owned(list) => w.u8(10).list(list.iter(), |w, digest| w.u64(*digest)),
            Frame::Prepared => w.u8(11),
            Frame::Ready => w.u8(12),
            Frame::Go => w.u8(13),
            Frame::Serving => w.u8(14),
            Frame::Pass(pass) => self.pass(w.u8(15), pass),
            Frame::Superseded(yes) => w.u8(16).flag(*yes),
            Frame::End => w.u8(17),
            Frame::Tenants(list) => w.u8(18).list(list.iter(), |w, of| {
                w.u32(of.id).bytes(of.name.as_bytes());
                w.option(of.definition.as_deref(), |w, text| w.bytes(text.as_bytes()))
            }),
        }
    }

    fn pass<'w>(&self, w: &'w mut Writer, pass: &Pass) -> &'w mut Writer {
        match pass {
            Pass::Request { depth, source, bytes } => self.target(w.u8(1).u8(*depth), source).bytes(bytes),
            Pass::NotMine { depth, source, bytes } => self.target(w.u8(2).u8(*depth), source).bytes(bytes),
            Pass::Reply { source, bytes } => self.target(w.u8(3), source).bytes(bytes),
            Pass::Undelivered { remote, bytes } => w.u8(4).option(*remote, |w, at| w.address(at)).bytes(bytes),
            Pass::Send { target, bytes } => self.target(w.u8(5), target).bytes(bytes),
            Pass::Unsent { target, bytes } => self.target(w.u8(6), target).bytes(bytes),
            Pass::Errand { worker, tenant, errand } => write_errand(w.u8(7).u32((*worker).into()).u32(*tenant), errand),
            // these never leave the process
            Pass::Changed | Pass::Superseded(_) | Pass::End | Pass::Close => w.u8(0),
        }
    }

    fn target<'w>(&self, w: &'w mut Writer, target: &Target) -> &'w mut Writer {
        let own = self.0.get(usize::from(target.socket)).map(|socket| socket.address);
        w.protocol(target.protocol).address(target.remote);
        w.option(own, |w, at| w.address(at));
        w.option(target.connection, |w, id| w.u64(id.0))
    }

    fn binding<'w>(&self, w: &'w mut Writer, b: &Binding) -> &'w mut Writer {
        w.bytes(&b.contact);
        for bytes in [&b.received, &b.path, &b.socket, &b.instance] {
            w.option(bytes.as_ref(), |w, bytes| w.bytes(bytes));
        }
        w.u64(b.expires).u32(i32::from(b.q).cast_unsigned());
        w.bytes(&b.call_id)
            .u32(b.cseq)
            .bytes(&b.user_agent)
            .u32(b.methods)
            .u32(b.reg_id);
        w.bytes(&b.ruid).u32(b.flags).u32(b.cflags).u64(b.last_modified);
        w.option(b.connection, |w, id| w.u64(id.0));
        w.option(b.source.as_ref(), |w, source| self.target(w, source))
    }

    /// Reads a frame without its length; None where it is none.
    pub(super) fn decode(&self, bytes: Bytes) -> Option<Frame> {
        let mut r = Reader(bytes);
        let frame = self.read(&mut r)?;
        r.is_done().then_some(frame)
    }

    fn read(&self, r: &mut Reader) -> Option<Frame> {
        Some(match r.u8()? {
            1 => Frame::Hello {
                pid: r.u32()?,
                listen: r.list(|r| Some((r.protocol()?, r.address()?)))?,
                socket: r.flag()?,
                http: r.option(Reader::address)?,
            },
            2 => Frame::Refused(r.text()?),
            3 => Frame::Offer {
                pid: r.u32()?,
                boots: r.list(Reader::u32)?,
                secret: r.bytes()?[..].try_into().ok()?,
                connections: r.u64()?,
            },
            4 => Frame::Sockets(r.list(read_handed)?),
            5 => Frame::Bindings(r.list(|r| {
                let place = Place {
                    tenant: r.u32()?,
                    aor: r.owned()?,
                    ruid: r.owned()?,
                };
                Some((place, r.option(|r| self.read_binding(r))?))
            })?),
            6 => Frame::Items(r.list(|r| {
                let (table, tenant, key) = (r.text()?, r.u32()?, r.owned()?);
                let item = r.option(|r| {
                    let expires = r.u64()?;
                    let item = match r.u8()? {
                        0 => Item::Int(r.u64()?.cast_signed()),
                        1 => Item::Str(r.owned()?),
                        _ => return None,
                    };
                    Some((item, expires))
                })?;
                Some((table, tenant, key, item))
            })?),
            7 => Frame::Variables(r.list(|r| {
                let (tenant, name) = (r.u32()?, r.owned()?);
                let value = match r.u8()? {
                    0 => Value::Null,
                    1 => Value::Int(r.u64()?.cast_signed()),
                    2 => Value::Str(r.owned()?),
                    _ => return None,
                };
                Some((tenant, name, value))
            })?),
            8 => Frame::Floods(
                r.u64()?,
                r.list(|r| {
                    Some(Counted {
                        tenant: r.u32()?,
                        ip: r.ip()?,
                        age: r.u8()?,
                        current: r.u32()?,
                        previous: r.u32()?,
                        blocked: r.flag()?,
                    })
                })?,
            ),
            9 => Frame::Streams(r.list(|r| {
                let id = ConnectionId(r.u64()?);
                Some((id, r.option(|r| Some((r.protocol()?, r.address()?)))?))
            })?),
            10 => Frame::Owned(r.list(Reader::u64)?),
            11 => Frame::Prepared,
            12 => Frame::Ready,
            13 => Frame::Go,
            14 => Frame::Serving,
            15 => Frame::Pass(self.read_pass(r)?),
            16 => Frame::Superseded(r.flag()?),
            17 => Frame::End,
            18 => Frame::Tenants(r.list(|r| {
                Some(TenantRow {
                    id: r.u32()?,
                    name: r.text()?,
                    definition: r.option(Reader::text)?,
                })
            })?),
            _ => return None,
        })
    }

    fn read_pass(&self, r: &mut Reader) -> Option<Pass> {
        Some(match r.u8()? {
            1 => Pass::Request {
                depth: r.u8()?,
                source: self.read_target(r)?,
                bytes: r.owned()?,
            },
            2 => Pass::NotMine {
                depth: r.u8()?,
                source: self.read_target(r)?,
                bytes: r.owned()?,
            },
            3 => Pass::Reply {
                source: self.read_target(r)?,
                bytes: r.owned()?,
            },
            4 => Pass::Undelivered {
                remote: r.option(Reader::address)?,
                bytes: r.owned()?,
            },
            5 => Pass::Send {
                target: self.read_target(r)?,
                bytes: r.owned()?,
            },
            6 => Pass::Unsent {
                target: self.read_target(r)?,
                bytes: r.owned()?,
            },
            7 => Pass::Errand {
                worker: u16::try_from(r.u32()?).ok()?,
                tenant: r.u32()?,
                errand: read_errand(r)?,
            },
            _ => return None,
        })
    }

    /// The socket with that address, else the first that can reach the peer.
    fn read_target(&self, r: &mut Reader) -> Option<Target> {
        let (protocol, remote) = (r.protocol()?, r.address()?);
        let own = r.option(Reader::address)?;
        let connection = r.option(Reader::u64)?.map(ConnectionId);
        let same = |s: &ListenSocket| s.protocol == protocol && Some(s.address) == own;
        let fits = |s: &ListenSocket| s.protocol == protocol && s.address.is_ipv4() == remote.is_ipv4();
        let socket = self.0.iter().position(same).or_else(|| self.0.iter().position(fits));
        Some(Target {
            protocol,
            remote,
            socket: u16::try_from(socket.unwrap_or(0)).unwrap_or(0),
            connection,
        })
    }

    fn read_binding(&self, r: &mut Reader) -> Option<Binding> {
        let contact = r.owned()?;
        let mut optional = || r.option(Reader::owned);
        let (received, path, socket, instance) = (optional()?, optional()?, optional()?, optional()?);
        Some(Binding {
            contact,
            received,
            path,
            socket,
            instance,
            expires: r.u64()?,
            q: i16::try_from(r.u32()?.cast_signed()).ok()?,
            call_id: r.owned()?,
            cseq: r.u32()?,
            user_agent: r.owned()?,
            methods: r.u32()?,
            reg_id: r.u32()?,
            ruid: r.owned()?,
            flags: r.u32()?,
            cflags: r.u32()?,
            last_modified: r.u64()?,
            connection: r.option(Reader::u64)?.map(ConnectionId),
            source: r.option(|r| self.read_target(r))?,
        })
    }
}

fn write_errand<'w>(w: &'w mut Writer, errand: &Errand) -> &'w mut Writer {
    let call = |w: &'w mut Writer, call: &Call| w.bytes(&call.id).u32(call.cseq);
    match errand {
        Errand::Continue { id, callback } => w.u8(1).u32(id.slot()).u32(id.generation()).bytes(callback.as_bytes()),
        Errand::Cancel { call: of, flag, cause } => {
            let w = call(w.u8(2), of).option(*flag, |w, flag| w.u8(flag));
            w.option(*cause, |w, cause| w.u32(cause.into()))
        }
        Errand::Reply { call: of, code, reason } => {
            call(w.u8(3), of).u32(code.cast_unsigned()).bytes(reason.as_bytes())
        }
        Errand::Acknowledge {
            call: of,
            headers,
            body,
        } => call(w.u8(4), of).bytes(headers).bytes(body),
    }
}

fn read_errand(r: &mut Reader) -> Option<Errand> {
    let call = |r: &mut Reader| {
        Some(Call {
            id: r.bytes()?.to_vec(),
            cseq: r.u32()?,
        })
    };
    Some(match r.u8()? {
        1 => Errand::Continue {
            id: TransactionId::from_parts(r.u32()?, r.u32()?),
            callback: r.text()?,
        },
        2 => Errand::Cancel {
            call: call(r)?,
            flag: r.option(Reader::u8)?,
            cause: r.option(|r| u16::try_from(r.u32()?).ok())?,
        },
        3 => Errand::Reply {
            call: call(r)?,
            code: r.u32()?.cast_signed(),
            reason: r.text()?,
        },
        4 => Errand::Acknowledge {
            call: call(r)?,
            headers: r.owned()?,
            body: r.owned()?,
        },
        _ => return None,
    })
}

fn write_handed(w: &mut Writer, handed: Handed) -> &mut Writer {
    match handed {
        Handed::Sip(protocol, at) => w.u8(0).protocol(protocol).address(at),
        Handed::AdminSocket => w.u8(1),
        Handed::AdminListen(at) => w.u8(2).address(at),
    }
}

fn read_handed(r: &mut Reader) -> Option<Handed> {
    Some(match r.u8()? {
        0 => Handed::Sip(r.protocol()?, r.address()?),
        1 => Handed::AdminSocket,
        2 => Handed::AdminListen(r.address()?),
        _ => return None,
    })
}

/// The connection to the other process.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    read: BytesMut,
    fds: VecDeque<OwnedFd>,
}

impl Connection {
    /// `read` is what came already.
    pub(super) fn new(stream: UnixStream, read: &[u8]) -> Connection {
        Connection {
            stream,
            read: BytesMut::from(read),
            fds: VecDeque::new(),
        }
    }

    pub(super) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Sends a frame with descriptors.
    pub(super) fn send_with(&self, codec: &Codec<'_>, frame: &Frame, fds: &[BorrowedFd<'_>]) -> Result<(), Error> {
        let mut bytes = Vec::new();
        codec.encode(frame, &mut bytes);
        Ok(fds::send(&self.stream, &bytes, fds)?)
    }

    /// Sends a frame.
    pub(super) fn send(&self, codec: &Codec<'_>, frame: &Frame) -> Result<(), Error> {
        self.send_with(codec, frame, &[])
    }

    /// The next frame.
    pub(super) fn receive(&mut self, codec: &Codec<'_>) -> Result<Frame, Error> {
        loop {
            if let Some(bytes) = self.whole()? {
                return codec
                    .decode(bytes)
                    .ok_or(Error::Protocol("a frame that cannot be read"));
            }
            let mut buffer = [0; 64 << 10];
            match fds::receive(&self.stream, &mut buffer, &mut self.fds)? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                length => self.read.extend_from_slice(buffer.get(..length).unwrap_or_default()),
            }
        }
    }

    fn whole(&mut self) -> Result<Option<Bytes>, Error> {
        let Some((length, _)) = self.read.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length > LONGEST {
            return Err(Error::Protocol("a frame that is too long"));
        }
        if self.read.len() < 4 + length {
            return Ok(None);
        }
        self.read.advance(4);
        Ok(Some(self.read.split_to(length).freeze()))
    }

    /// The descriptors that came with the frames so far.
    pub(super) fn take_fds(&mut self) -> VecDeque<OwnedFd> {
        std::mem::take(&mut self.fds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets(ports: &[u16]) -> Vec<ListenSocket> {
        let at = |port: &u16| ListenSocket::new(Protocol::Udp, ([127, 0, 0, 1], *port).into());
        ports.iter().map(at).collect()
    }

    fn source(socket: u16) -> Target {
        Target {
            protocol: Protocol::Udp,
            remote: "192.0.2.9:5062".parse().unwrap(),
            socket,
            connection: Some(ConnectionId(9)),
        }
    }

    fn frames() -> Vec<Frame> {
        let bytes = Bytes::from_static(b"OPTIONS sip:a SIP/2.0\r\n\r\n");
        let at: SocketAddr = "[2001:db8::1]:5060".parse().unwrap();
        let binding = Binding {
            contact: Bytes::from_static(b"sip:alice@192.0.2.1"),
            path: Some(Bytes::from_static(b"<sip:p>")),
            q: -1,
            expires: 77,
            ruid: Bytes::from_static(b"r"),
            connection: Some(ConnectionId(4)),
            source: Some(source(1)),
            ..Binding::default()
        };
        let place = Place {
            tenant: 3,
            aor: Bytes::from_static(b"alice"),
            ruid: Bytes::from_static(b"r"),
        };
        let counted = Counted {
            tenant: 0,
            ip: "192.0.2.1".parse().unwrap(),
            age: 1,
            current: 5,
            previous: 6,
            blocked: true,
        };
        let key = Bytes::from_static(b"k");
        let (target, remote) = (source(0), Some(at));
        let call = Call {
            id: b"call".to_vec(),
            cseq: 8,
        };
        let errand = |errand| {
            Frame::Pass(Pass::Errand {
                worker: 1,
                tenant: 2,
                errand,
            })
        };
        vec![
            Frame::Hello {
                pid: 5,
                listen: vec![(Protocol::Udp, at)],
                socket: true,
                http: remote,
            },
            Frame::Refused("no".to_owned()),
            Frame::Offer {
                pid: 6,
                boots: vec![1, u32::MAX],
                secret: [7; 16],
                connections: 1 << 40,
            },
            Frame::Tenants(
                [None, Some("{}".to_owned())]
                    .map(|definition| TenantRow {
                        id: 3,
                        name: "acme".to_owned(),
                        definition,
                    })
                    .into(),
            ),
            Frame::Sockets(vec![
                Handed::Sip(Protocol::Tcp, at),
                Handed::AdminSocket,
                Handed::AdminListen(at),
            ]),
            Frame::Bindings(vec![(place.clone(), Some(binding)), (place, None)]),
            Frame::Items(vec![
                ("ipban".to_owned(), 0, key.clone(), Some((Item::Int(-4), 0))),
                ("ipban".to_owned(), 0, key.clone(), Some((Item::Str(key.clone()), 9))),
                ("ipban".to_owned(), 0, key.clone(), None),
            ]),
            Frame::Variables(vec![
                (0, key.clone(), Value::Null),
                (1, key.clone(), Value::Int(-1)),
                (1, key, Value::Str(bytes.clone())),
            ]),
            Frame::Floods(2000, vec![counted]),
            Frame::Streams(vec![
                (ConnectionId(1), Some((Protocol::Tcp, at))),
                (ConnectionId(2), None),
            ]),
            Frame::Owned(vec![1, u64::MAX]),
            Frame::Prepared,
            Frame::Ready,
            Frame::Go,
            Frame::Serving,
            Frame::Pass(Pass::Request {
                depth: 2,
                source: target,
                bytes: bytes.clone(),
            }),
            Frame::Pass(Pass::NotMine {
                depth: 0,
                source: target,
                bytes: bytes.clone(),
            }),
            Frame::Pass(Pass::Reply {
                source: target,
                bytes: bytes.clone(),
            }),
            Frame::Pass(Pass::Undelivered {
                remote,
                bytes: bytes.clone(),
            }),
            Frame::Pass(Pass::Undelivered {
                remote: None,
                bytes: bytes.clone(),
            }),
            Frame::Pass(Pass::Send {
                target,
                bytes: bytes.clone(),
            }),
            Frame::Pass(Pass::Unsent { target, bytes }),
            errand(Errand::Continue {
                id: TransactionId::from_parts(7, u32::MAX),
                callback: "again".to_owned(),
            }),
            errand(Errand::Cancel {
                call: call.clone(),
                flag: Some(3),
                cause: None,
            }),
            errand(Errand::Reply {
                call: call.clone(),
                code: -1,
                reason: "Gone".to_owned(),
            }),
            errand(Errand::Acknowledge {
                call,
                headers: Bytes::from_static(b"X: y\r\n"),
                body: Bytes::new(),
            }),
            Frame::Superseded(true),
            Frame::End,
        ]
    }

    #[test]
    fn every_frame_is_read_as_it_was_written() {
        let sockets = sockets(&[5060, 5061]);
        let codec = Codec(&sockets);
        for frame in frames() {
            let mut bytes = Vec::new();
            codec.encode(&frame, &mut bytes);
            let body = Bytes::copy_from_slice(&bytes[4..]);
            assert_eq!(codec.decode(body.clone()).as_ref(), Some(&frame));
            for length in 0..body.len() {
                assert_eq!(codec.decode(body.slice(..length)), None, "{frame:?} cut at {length}");
            }
            assert_eq!(codec.decode([&body[..], b"x"].concat().into()), None);
        }
    }

    #[test]
    fn sockets_are_named_by_address() {
        let (ours, theirs) = (sockets(&[5060, 5061]), sockets(&[7000, 5061, 5060]));
        let mut bytes = Vec::new();
        let reply = |socket| {
            Frame::Pass(Pass::Reply {
                source: source(socket),
                bytes: Bytes::from_static(b"x"),
            })
        };
        Codec(&ours).encode(&reply(0), &mut bytes);
        assert_eq!(
            Codec(&theirs).decode(Bytes::copy_from_slice(&bytes[4..])),
            Some(reply(2))
        );
        let mut bytes = Vec::new();
        Codec(&theirs).encode(&reply(0), &mut bytes);
        let read = Codec(&ours).decode(Bytes::copy_from_slice(&bytes[4..]));
        assert_eq!(
            read,
            Some(reply(0)),
            "an address that is not there: another of its kind"
        );
    }

    #[test]
    fn frames_come_whole_however_they_are_cut_and_long_ones_not_at_all() {
        let sockets = sockets(&[5060, 5061]);
        let codec = Codec(&sockets);
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut connection = Connection::new(theirs, b"");
        let sender = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            frames().iter().for_each(|frame| Codec(&[]).encode(frame, &mut bytes));
            for part in bytes.chunks(7) {
                fds::send(&ours, part, &[]).unwrap();
            }
            fds::send(&ours, &u32::MAX.to_le_bytes(), &[]).unwrap();
        });
        for _ in frames() {
            connection.receive(&codec).unwrap();
        }
        let error = connection.receive(&codec).unwrap_err().to_string();
        assert!(error.contains("too long"), "{error}");
        sender.join().unwrap();
    }
}
