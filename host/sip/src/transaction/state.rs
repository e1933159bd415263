//! One transaction: a server machine, the branches, and what the host hangs on it.

use super::io::Io;
use super::machine::{Act, Env, Input};
use super::response_context::Preference;
use super::timers::{Due, Timers, earlier};
use super::{Best, Branch, Settings, TransactionId, invite_server, key, server};
use crate::message::{Message, Method, build};
use crate::{Target, Transmit};
use bytes::Bytes;
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One transaction.
#[derive(Debug)]
pub struct Transaction<U> {
    pub(super) id: TransactionId,
    pub(super) key: u128,
    /// [`key::key_digest`] of the request.
    pub(super) digest: u64,
    /// [`key::dialog_key`] of the request once it was accepted.
    pub(super) dialog: Option<u128>,
    /// [`key::merge_key`] of the request where merged ones are refused.
    pub(super) merge_key: Option<Box<u128>>,
    pub(super) method: Method,
    /// Until the decision.
    pub(super) request: Option<Arc<Message>>,
    pub(super) reply_to: Target,
    pub(super) server: Server,
    /// The last reply while it may be sent again.
    pub(super) last_reply: Option<Bytes>,
    pub(super) code: u16,
    pub(super) flags: Flags,
    /// Replies that the host has not released yet.
    pub(super) held: u16,
    pub(super) settings: Settings,
    /// When it was made.
    pub(super) created: Instant,
    /// When its longest life ends.
    pub(super) until: Option<Instant>,
    /// How many branches there were when the last failure was reported.
    pub(super) failed_at: u8,
    /// Where the branches begin that were added last.
    pub(super) last_added: u8,
    /// When the host is waited for no longer.
    pub(super) host_until: Option<Instant>,
    /// Time of the entry in the layer's queue.
    pub(super) queued: Option<Instant>,
    pub(super) branches: SmallVec<[Branch; 1]>,
    pub(super) user: U,
}

/// What is true of a transaction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    /// The caller cancelled.
    pub(super) canceled: bool,
    /// The host is adding branches: no decision yet.
    pub(super) open: bool,
    /// The host was told that every branch failed.
    pub(super) failing: bool,
    /// [`Transaction::until`] has passed.
    pub(super) expired: bool,
    /// The host waits for something of its own (`t_suspend`).
    pub(super) suspended: bool,
    /// It waited for too long.
    pub(super) abandoned: bool,
}

/// The machine towards the caller.
#[derive(Debug)]
pub(super) enum Server {
    Invite(invite_server::Machine),
    Other(server::Machine),
}

impl<U> Transaction<U> {
    /// Its name.
    pub fn id(&self) -> TransactionId {
        self.id
    }

    /// The request that made it, until a final reply was sent: what comes after has no need of it.
    pub fn request(&self) -> Option<&Arc<Message>> {
        self.request.as_ref()
    }

    /// Its method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Where replies go.
    pub fn reply_to(&self) -> Target {
        self.reply_to
    }

    /// What the host hangs on it.
    pub fn user(&self) -> &U {
        &self.user
    }

    /// What the host hangs on it.
    pub fn user_mut(&mut self) -> &mut U {
        &mut self.user
    }

    /// The last status code sent upstream, 0 before any.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// How long it has been there.
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.created)
    }

    /// Whether a final reply went upstream.
    pub fn is_final_sent(&self) -> bool {
        self.code >= 200
    }

    /// Whether the caller cancelled (`t_is_canceled`).
    pub fn is_canceled(&self) -> bool {
        self.flags.canceled
    }

    /// Whether the host was told that every branch failed, and has not finished with it.
    pub fn is_failing(&self) -> bool {
        self.flags.failing
    }

    /// The branches in the order of their indexes.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// One branch.
    pub fn branch(&self, index: u8) -> Option<&Branch> {
        self.branches.get(usize::from(index))
    }

    /// Whether any branch timed out (`t_any_timeout`).
    pub fn any_timeout(&self) -> bool {
        self.branches.iter().any(Branch::is_timed_out)
    }

    /// Whether any branch received a reply (`t_any_replied`).
    pub fn any_replied(&self) -> bool {
        self.branches.iter().any(Branch::is_replied)
    }

    /// The best of the negative replies so far; the one that wins in a failure callback.
    pub fn best(&self) -> Option<Best<'_>> {
        let preference = Preference {
            plain_6xx: self.settings.plain_6xx,
            canceled: self.flags.canceled,
        };
        super::response_context::best(&self.branches, preference)
    }

    /// Fires what is due.
    pub(super) fn handle_timeout(&mut self, io: &mut Io<'_>) {
        if let Some(due) = self.server.timers().due(io.now) {
            let input = match due {
                Due::Resend => Input::Resend,
                Due::End => Input::End,
            };
            self.step_server(input, io);
        }
        for index in 0..self.branches.len() {
            let branch = &mut self.branches[index];
            branch.cancel.handle_timeout(branch.target, io);
            if let Some(input) = branch.due(io.now) {
                self.step_branch(index, input, None, io);
            }
        }
        self.expire(io);
        if self.host_until.is_some_and(|until| until <= io.now) {
            self.give_up_on_host(io);
        }
    }

    /// Steps the server machine with something that is no reply.
    pub(super) fn step_server(&mut self, input: Input, io: &mut Io<'_>) -> Act {
        let act = self.server.handle(input, io.env(self.reply_to));
        if act == Act::Resend {
            self.resend_reply(io);
        }
        if self.server.is_deaf() {
            self.last_reply = None;
        }
        act
    }

    /// Sends a reply through the server machine; false where its state does not let it.
    /// Nothing at all where the transaction is silent.
    pub(super) fn send_reply(&mut self, code: u16, bytes: Bytes, io: &mut Io<'_>) -> bool {
        if !self.enter_reply(code, io) {
            return false;
        }
        io.send(Transmit {
            target: self.reply_to,
            bytes: bytes.clone(),
        });
        self.last_reply = (!self.server.is_deaf()).then_some(bytes);
        true
    }

    /// Steps the server machine with a reply, and notes what follows from its code; false where the
    /// machine's state does not let it.
    pub(super) fn enter_reply(&mut self, code: u16, io: &mut Io<'_>) -> bool {
        if self.settings.silent {
            return false;
        }
        let act = self.server.handle(Input::of_status(code), io.env(self.reply_to));
        if act != Act::Send {
            return false;
        }
        self.code = code;
        io.stats.replies += 1;
        if let Some(class) = usize::from(code / 100)
            .checked_sub(2)
            .and_then(|class| io.stats.finals.get_mut(class))
        {
            *class += 1;
        }
        if code >= 200 {
            self.flags.failing = false;
            self.flags.suspended = false;
            self.branches.iter_mut().for_each(|branch| branch.kept = None);
            let request = self.request.take();
            if let Some(invite) = request.filter(|_| code < 300 && self.method == Method::Invite) {
                let dialog = key::dialog_key(io.identity, &invite);
                io.accepted.insert(dialog, self.id);
                self.dialog = Some(dialog);
            }
        }
        true
    }

    /// Makes a reply and sends it through the server machine. A 100 has no To tag of ours.
    pub(super) fn reply_ourselves(&mut self, code: u16, reason: &str, io: &mut Io<'_>) {
        let Some(request) = &self.request else { return };
        let tag = (code > 100).then(|| key::to_tag(&io.identity.secret, request));
        let tag = tag.as_ref().map_or(&[][..], |tag| tag);
        let server = io.config.server.as_deref();
        let source = self.reply_to.remote;
        let bytes = io.build(|out| build::reply(request, code, reason, tag, source, false, b"", None, server, out));
        io.stats.local_replies += 1;
        self.send_reply(code, bytes, io);
    }

    /// Sends the last reply again; false where there is none.
    pub(super) fn resend_reply(&mut self, io: &mut Io<'_>) -> bool {
        let Some(bytes) = &self.last_reply else { return false };
        io.stats.retransmissions += 1;
        io.send(Transmit {
            target: self.reply_to,
            bytes: bytes.clone(),
        });
        true
    }

    /// Whether the next move is the host's: nothing is on its way that could bring a decision.
    pub(super) fn host_owes(&self) -> bool {
        let passed = self.branches.iter().any(|branch| branch.pending || branch.awaiting);
        passed
            || self.held > 0
            || !self.is_final_sent() && (self.flags.open || self.branches.iter().all(Branch::is_final))
    }

    /// Whether nothing can happen to it any more.
    pub(super) fn is_over(&self) -> bool {
        self.server.is_terminated()
            && self
                .branches
                .iter()
                .all(|b| b.client.is_terminated() && b.cancel.next_deadline().is_none())
            && !self.host_owes()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let machines = self
            .branches
            .iter()
            .map(Branch::next_deadline)
            .fold(self.server.timers().next(), earlier);
        earlier(earlier(machines, self.host_until), self.lifetime_ends())
    }

    /// The host did not come back in time.
    fn give_up_on_host(&mut self, io: &mut Io<'_>) {
        self.host_until = None;
        self.held = 0;
        self.flags.open = false;
        self.branches.iter_mut().for_each(|branch| branch.awaiting = false);
        if self.flags.suspended && !self.flags.failing {
            return self.suspended_too_long(io);
        }
        for branch in self.branches.iter_mut().filter(|branch| branch.pending) {
            branch.give_up(500);
        }
        if self.host_owes() && self.settings.silent {
            self.end_silently(500, io);
        } else if self.host_owes() {
            self.send_best(io);
        }
    }
}

impl Server {
    pub(super) fn new(method: Method) -> Server {
        match method {
            Method::Invite => Server::Invite(invite_server::Machine::new()),
            _ => Server::Other(server::Machine::new()),
        }
    }

    pub(super) fn handle(&mut self, input: Input, env: Env<'_>) -> Act {
        match self {
            Server::Invite(machine) => machine.handle(input, env),
            Server::Other(machine) => machine.handle(input, env),
        }
    }

    /// Says that the next 2xx is of our own making.
    pub(super) fn own_success(&mut self) {
        if let Server::Invite(machine) = self {
            machine.own_success();
        }
    }

    pub(super) fn timers(&self) -> &Timers {
        match self {
            Server::Invite(machine) => &machine.timers,
            Server::Other(machine) => &machine.timers,
        }
    }

    pub(super) fn is_terminated(&self) -> bool {
        match self {
            Server::Invite(machine) => machine.state == invite_server::State::Terminated,
            Server::Other(machine) => machine.state == server::State::Terminated,
        }
    }

    /// Whether the state never sends the last reply again.
    pub(super) fn is_deaf(&self) -> bool {
        match self {
            Server::Invite(machine) => !machine.may_resend(),
            Server::Other(_) => self.is_terminated(),
        }
    }
}
