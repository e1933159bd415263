//! `save`: a REGISTER into the location table (RFC 3261 section 10.3).

use super::aor;
use super::contacts::{self, Contact, Request};
use crate::modules::config::Registrar;
use crate::route::{Kind, Route, Shared, core, text};
use crate::store::Binding;
use bytes::Bytes;
use kemist_sip::message::HeaderId;
use kemist_sip::{Message, Target};
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Send no reply.
const NO_REPLY: i32 = 2;
/// Keep this contact only.
const ONE_CONTACT: i32 = 4;
/// Nothing but a query was asked for.
const QUERIED: i32 = 4;
/// Bindings were removed.
const REMOVED: i32 = 3;
/// A binding was refreshed.
const UPDATED: i32 = 2;
/// A binding was added.
const INSERTED: i32 = 1;
/// Too many contacts.
const TOO_MANY: i32 = -2;

/// Bindings of one address of record, whatever is configured: each costs memory and a fork.
const MAX_BINDINGS: usize = 1000;

/// Makes unique ids unique within a run.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Why nothing was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// A contact or the address of record cannot be read.
    Bad(&'static str),
    /// A contact wants less than `min_expires` (seconds), and `min_expires_mode` is 1.
    TooBrief(u64),
    /// The address of record is of a domain that is not the tenant's (RFC 3261 10.3 step 5).
    Elsewhere,
    /// More contacts than `max_contacts`.
    TooMany,
    /// An older request than the one that made the binding.
    OutOfOrder,
    /// More bindings than the tenant may have.
    Full,
    /// The phone does not know Path, which `path_mode` 2 asks for.
    NoPath,
}

impl Refused {
    fn answer(self) -> (i32, &'static str, String) {
        match self {
            Refused::Bad(reason) => (400, reason, String::new()),
            Refused::TooBrief(least) => (423, "Interval Too Brief", format!("Min-Expires: {least}\r\n")),
            Refused::Elsewhere => (404, "Not Found", String::new()),
            Refused::TooMany => (503, "Too many registered contacts", String::new()),
            Refused::Full => (503, "Too many registered contacts", "Retry-After: 60\r\n".to_owned()),
            Refused::NoPath => (420, "Bad Extension", "Unsupported: path\r\n".to_owned()),
            Refused::OutOfOrder => (500, "CSeq Out Of Order", String::new()),
        }
    }

    fn code(self) -> i32 {
        if matches!(self, Refused::TooMany | Refused::Full) {
            TOO_MANY
        } else {
            -1
        }
    }
}

impl Route {
    /// Saves the contacts of this request for the address of record of To, or of `uri`, and answers
    /// (flag 2: does not). All contacts are saved or none.
    pub(super) fn save_contacts(&mut self, uri: Option<&[u8]>, flags: i32) -> i32 {
        if self.kind != Kind::Request || !self.msg.is_request() {
            return -1;
        }
        let mut lines = Vec::new();
        match self.saved(uri, flags, &mut lines) {
            Ok(code) => {
                core::with(|core| core.shared.stats.accepted_regs.inc());
                if flags & NO_REPLY == 0 && self.send_reply_with(200, "OK", &lines) != 1 {
                    return -1;
                }
                code
            }
            Err(refused) => {
                core::with(|core| core.shared.stats.rejected_regs.inc());
                let (status, reason, lines) = refused.answer();
                self.error_code = u16::try_from(status).unwrap_or(500);
                if flags & NO_REPLY == 0 {
                    self.send_reply_with(status, reason, lines.as_bytes());
                }
                refused.code()
            }
        }
    }

    /// The code; the header lines of the answer are written to `lines`.
    fn saved(&mut self, uri: Option<&[u8]>, flags: i32, lines: &mut Vec<u8>) -> Result<i32, Refused> {
        let msg = self.msg.clone();
        let to = msg.to().ok_or(Refused::Bad("Bad To"))?;
        let uri = uri.unwrap_or(to.uri);
        let aor = self.aor(uri).ok_or_else(|| match aor::of(uri, true) {
            Some(_) => Refused::Elsewhere,
            None => Refused::Bad("Bad Address of Record"),
        })?;
        let cseq = msg.cseq().ok_or(Refused::Bad("Bad CSeq"))?.number;
        let call_id = msg.call_id().ok_or(Refused::Bad("Bad Call-ID"))?;
        let request = contacts::read(&msg).ok_or(Refused::Bad("Bad Contact"))?;
        let path = self.path_to_keep()?;
        let (shared, now, clock) = core::with(|core| (core.shared.clone(), core.unix, core.now));
        let common = self.common(&msg, &shared, call_id, cseq, path, now);
        let config = &shared.modules.registrar;
        let table = &shared.store.location;
        let code = match request {
            Request::Query => {
                write_contacts(&table.bindings(self.tenant, &aor, now), now, lines);
                QUERIED
            }
            Request::RemoveAll => table.update(self.tenant, &aor, now, |bindings| {
                in_order(bindings.iter(), &common)?;
                bindings.clear();
                Ok(REMOVED)
            })?,
            Request::Bind(contacts) => {
                let terms = Terms {
                    config,
                    now,
                    only_one: flags & ONE_CONTACT != 0,
                    by_call_id: shared.modules.usrloc.matching_mode == 1,
                };
                let lives = terms.lives(&contacts)?;
                let ruid = || new_ruid(shared.started);
                let (owner, there) = (self.owner(), table.bindings_of(self.tenant));
                table.update(self.tenant, &aor, now, |bindings| {
                    let (code, mut new) = terms.bound(bindings, &contacts, &lives, &common, ruid)?;
                    let more = new.len().saturating_sub(bindings.len());
                    if more > 0 && !owner.may_bind(there, more, clock) {
                        return Err(Refused::Full);
                    }
                    bindings.clear();
                    bindings.extend(new.drain(..));
                    write_contacts(bindings, now, lines);
                    Ok(code)
                })?
            }
        };
        if let Some(path) = common.path.as_ref().filter(|_| supports_path(&msg)) {
            // RFC 3327 5.3: the client learns the Path that will be used
            lines.extend_from_slice(&[b"Path: ", &path[..], b"\r\n"].concat());
        }
        Ok(code)
    }

    /// What all bindings of this request have in common.
    fn common<'m>(
        &self,
        msg: &'m Message,
        shared: &'m Shared,
        call_id: &'m [u8],
        cseq: u32,
        path: Option<Bytes>,
        now: u64,
    ) -> Common<'m> {
        let value = |id| msg.header(id).map(|header| header.value());
        let socket = shared.sockets.get(usize::from(self.source.socket));
        Common {
            received: self.received(),
            path,
            call_id,
            cseq,
            user_agent: value(HeaderId::UserAgent).unwrap_or_default(),
            socket: socket.map(|socket| socket.text.as_bytes()),
            methods: value(HeaderId::Allow).map_or(u32::MAX, contacts::methods),
            cflags: self.bflags,
            now,
            source: self.source,
        }
    }

    /// The Path to keep with the bindings, by `use_path` and `path_mode` (RFC 3327 section 5.3).
    fn path_to_keep(&self) -> Result<Option<Bytes>, Refused> {
        let (used, mode) = core::with(|core| {
            let config = &core.shared.modules.registrar;
            (config.use_path, config.path_mode)
        });
        let Some(path) = used.then(|| self.path_values()).flatten() else {
            return Ok(None);
        };
        match (mode, supports_path(&self.msg)) {
            (1, _) | (_, true) => Ok(Some(path)),
            (0, false) => Ok(None),
            (_, false) => Err(Refused::NoPath),
        }
    }

    /// The Path headers as one list; folds do not survive, since it becomes a Route line.
    fn path_values(&self) -> Option<Bytes> {
        let values: Vec<&[u8]> = self
            .msg
            .headers_of(HeaderId::Path)
            .map(|header| header.value())
            .collect();
        let joined = values.join(&b", "[..]);
        let unfolded: Vec<u8> = joined.into_iter().map(|b| if b < b' ' { b' ' } else { b }).collect();
        (!unfolded.is_empty()).then(|| Bytes::from(unfolded))
    }
}

/// A unique id for a binding, as Kamailio writes them. `started` is when the process did, in seconds since 1970.
fn new_ruid(started: u64) -> Bytes {
    Bytes::from(format!(
        "uloc-{started:x}-{:x}-{:x}",
        // two processes may start within a second, where one takes over from the other
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::Relaxed)
    ))
}

fn supports_path(msg: &Message) -> bool {
    let mut options = msg
        .headers_of(HeaderId::Supported)
        .flat_map(|h| kemist_sip::message::list::split(h.value()));
    options.any(|option| option.eq_ignore_ascii_case(b"path"))
}

/// The bindings of one address of record while they are changed: most have one.
type Bindings = SmallVec<[Arc<Binding>; 4]>;

/// What all bindings of a request have in common.
struct Common<'m> {
    received: Option<Bytes>,
    path: Option<Bytes>,
    call_id: &'m [u8],
    cseq: u32,
    user_agent: &'m [u8],
    socket: Option<&'m [u8]>,
    methods: u32,
    cflags: u32,
    now: u64,
    source: Target,
}

/// Under which terms contacts are bound.
struct Terms<'c> {
    config: &'c Registrar,
    now: u64,
    only_one: bool,
    /// usrloc's `matching_mode` 1: a contact of another Call-ID is another contact.
    by_call_id: bool,
}

impl Terms<'_> {
    /// How long each contact lives in seconds, 0 where it is to be removed (RFC 3261 10.3 step 7).
    fn lives(&self, contacts: &[Contact<'_>]) -> Result<SmallVec<[u64; 4]>, Refused> {
        let (least, most) = (self.config.min_expires.as_secs(), self.config.max_expires.as_secs());
        let life = |contact: &Contact<'_>| {
            let asked = contact.expires.map_or(self.config.default_expires.as_secs(), u64::from);
            match asked {
                0 => Ok(0),
                _ if asked < least && self.config.min_expires_mode == 0 => Ok(least),
                _ if asked < least => Err(Refused::TooBrief(least)),
                _ if most > 0 => Ok(asked.min(most)),
                _ => Ok(asked),
            }
        };
        contacts.iter().map(life).collect()
    }

    /// A copy with all the changes, where all contacts went well.
    fn bound(
        &self,
        bindings: &[Arc<Binding>],
        contacts: &[Contact<'_>],
        lives: &[u64],
        common: &Common<'_>,
        ruid: impl Fn() -> Bytes,
    ) -> Result<(i32, Bindings), Refused> {
        let mut new: Bindings = bindings.iter().cloned().collect();
        if self.only_one {
            in_order(new.iter(), common)?;
            new.retain(|b| contacts.iter().any(|c| is_same(b, c)));
        }
        let mut code = 0;
        for (contact, life) in contacts.iter().zip(lives) {
            let fits = |b: &Arc<Binding>| !self.by_call_id || b.call_id == common.call_id;
            let place = new.iter().position(|b| is_same(b, contact) && fits(b));
            if let Some(old) = place.and_then(|i| new.get(i)) {
                match in_order(std::iter::once(old), common) {
                    // a retransmission of the request that made it
                    _ if old.call_id == common.call_id && old.cseq == common.cseq => continue,
                    order => order?,
                }
            }
            code = match (place, *life) {
                (Some(i), 0) => {
                    new.remove(i);
                    REMOVED
                }
                (None, 0) => REMOVED,
                (Some(i), life) => {
                    if let Some(slot) = new.get_mut(i) {
                        *slot = Arc::new(self.binding(contact, life, common, Some(slot), slot.ruid.clone()));
                    }
                    UPDATED
                }
                (None, life) => {
                    new.push(Arc::new(self.binding(contact, life, common, None, ruid())));
                    INSERTED
                }
            };
        }
        let most = usize::try_from(self.config.max_contacts).unwrap_or(0);
        let grown = new.len() > bindings.len();
        if grown && (new.len() > MAX_BINDINGS || (most > 0 && new.len() > most)) {
            return Err(Refused::TooMany);
        }
        Ok((code, new))
    }

    fn binding(
        &self,
        contact: &Contact<'_>,
        life: u64,
        common: &Common<'_>,
        old: Option<&Binding>,
        ruid: Bytes,
    ) -> Binding {
        let kept = |of: fn(&Binding) -> Option<&Bytes>, new| kept(old.and_then(of), new);
        Binding {
            contact: kept(|old| Some(&old.contact), contact.uri),
            received: common.received.clone(),
            path: common.path.clone(),
            expires: self.now.saturating_add(life),
            q: if contact.q >= 0 {
                contact.q
            } else {
                self.config.default_q.clamp(-1, 1000)
            },
            call_id: kept(|old| Some(&old.call_id), common.call_id),
            cseq: common.cseq,
            user_agent: kept(|old| Some(&old.user_agent), common.user_agent),
            socket: common.socket.map(|socket| kept(|old| old.socket.as_ref(), socket)),
            methods: contact.methods.unwrap_or(common.methods),
            instance: contact
                .instance
                .map(|instance| kept(|old| old.instance.as_ref(), instance)),
            reg_id: contact.reg_id,
            ruid,
            flags: 0,
            cflags: common.cflags,
            last_modified: common.now,
            connection: common.source.connection,
            source: Some(common.source),
        }
    }
}

/// What a binding keeps: what the one before it had where that is the same, since most refreshes change nothing
/// but times; never a part of the message, which would stay in memory as a whole.
fn kept(old: Option<&Bytes>, new: &[u8]) -> Bytes {
    match old {
        Some(old) if old == new => old.clone(),
        _ => Bytes::copy_from_slice(new),
    }
}

/// RFC 5626 section 6: instance and reg-id name a flow; without them the URI names the contact.
fn is_same(binding: &Binding, contact: &Contact<'_>) -> bool {
    match (&binding.instance, contact.instance) {
        (Some(old), Some(new)) if binding.reg_id != 0 && contact.reg_id != 0 => {
            old == new && binding.reg_id == contact.reg_id
        }
        _ => contacts::same_uri(&binding.contact, contact.uri),
    }
}

/// RFC 3261 10.3 steps 6 and 7: with one Call-ID a later request has a higher CSeq.
fn in_order<'b>(mut bindings: impl Iterator<Item = &'b Arc<Binding>>, common: &Common<'_>) -> Result<(), Refused> {
    let stale = bindings.any(|b| b.cseq > common.cseq && b.call_id == common.call_id);
    if stale { Err(Refused::OutOfOrder) } else { Ok(()) }
}

/// The Contact lines of the answer: what is bound now, each with the time that it has left.
fn write_contacts(bindings: &[Arc<Binding>], now: u64, out: &mut Vec<u8>) {
    for binding in bindings {
        out.reserve(binding.contact.len() + 64);
        out.extend_from_slice(b"Contact: <");
        out.extend_from_slice(&binding.contact);
        out.extend_from_slice(b">;expires=");
        text::push_number(binding.expires.saturating_sub(now), out);
        if let Ok(q) = u64::try_from(binding.q) {
            let thousandths = [100, 10, 1].map(|place| b'0' + (q / place % 10) as u8);
            out.extend_from_slice(if q < 1000 { b";q=0." } else { b";q=1." });
            out.extend_from_slice(&thousandths);
        }
        if let Some(instance) = &binding.instance {
            push_quoted(b";+sip.instance=\"", instance, out);
        }
        if binding.reg_id != 0 {
            out.extend_from_slice(b";reg-id=");
            text::push_number(binding.reg_id.into(), out);
        }
        if let Some(received) = &binding.received {
            push_quoted(b";received=\"", received, out);
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn push_quoted(before: &[u8], text: &[u8], out: &mut Vec<u8>) {
    for part in [before, text, b"\""] {
        out.extend_from_slice(part);
    }
}
