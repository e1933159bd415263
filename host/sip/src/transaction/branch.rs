//! One branch: a request as it was sent, the client machine behind it, and what came back.

use super::cancel::Cancel;
use super::io::Io;
use super::machine::{Act, Env, Input};
use super::timers::{Due, Timers, earlier};
use super::{Which, client, invite_client};
use crate::message::{Message, Method, build};
use crate::{Target, Transmit};
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The two timeouts of a branch where they differ from the configuration's (`t_set_fr`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BranchTimeouts {
    /// Instead of [`Config::fr_timer`](super::Config::fr_timer).
    pub fr: Option<Duration>,
    /// Instead of [`Config::fr_inv_timer`](super::Config::fr_inv_timer).
    pub fr_inv: Option<Duration>,
}

/// One branch of a transaction.
#[derive(Debug)]
pub struct Branch {
    /// A number of the host's own, 0 at first.
    pub user: u64,
    pub(super) target: Target,
    /// What the machine may have to send again, or make an ACK or CANCEL of: see [`Branch::sent`].
    pub(super) wire: Option<Bytes>,
    pub(super) client: Client,
    pub(super) cancel: Cancel,
    /// The last status code received, or the one it counts as.
    pub(super) code: u16,
    /// A final reply was passed to the host, which has not accepted it yet.
    pub(super) pending: bool,
    pub(super) replied: bool,
    pub(super) timed_out: bool,
    /// Its negative reply may not win (`t_drop_replies`).
    pub(super) dropped: bool,
    /// The host knows further addresses.
    pub(super) further: bool,
    /// The host was asked for the next of them.
    pub(super) awaiting: bool,
    /// The negative reply while it may win.
    pub(super) kept: Option<Box<Kept>>,
}

/// A negative reply that may win.
#[derive(Debug)]
pub(super) struct Kept {
    /// As received.
    pub(super) reply: Arc<Message>,
    /// As it would go upstream.
    pub(super) forwarded: Bytes,
}

/// The machine of a branch.
#[derive(Debug)]
pub(super) enum Client {
    Invite(invite_client::Machine),
    Other(client::Machine),
}

impl Branch {
    /// Where the request went.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The request as sent while it may be needed again. After the first provisional to an INVITE only
    /// the CANCEL that would match it is left, after a negative reply the ACK, else nothing.
    pub fn sent(&self) -> Option<&Bytes> {
        self.wire.as_ref()
    }

    /// The last status code, 0 before any. 408 after a timeout, 503 where it could not be sent.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// Whether the branch is done as far as the decision goes: a final reply was accepted, it timed out
    /// or could not be sent.
    pub fn is_final(&self) -> bool {
        self.code >= 200 && !self.pending && !self.awaiting
    }

    /// Whether a reply was received.
    pub fn is_replied(&self) -> bool {
        self.replied
    }

    /// Whether no (final) reply came in time.
    pub fn is_timed_out(&self) -> bool {
        self.timed_out
    }

    /// Whether it was cancelled or will be after its first provisional.
    pub fn is_canceled(&self) -> bool {
        self.cancel.is_wanted()
    }

    /// The reply that may win, as received, where this branch has one.
    pub fn reply(&self) -> Option<&Arc<Message>> {
        self.kept.as_ref().map(|kept| &kept.reply)
    }

    /// A branch whose request is sent now.
    pub(super) fn new(
        method: Method,
        bytes: Bytes,
        target: Target,
        timeouts: BranchTimeouts,
        io: &mut Io<'_>,
    ) -> Branch {
        let env = io.env(target);
        let fr = timeouts.fr.unwrap_or(env.config.fr_timer);
        let fr_inv = timeouts.fr_inv.unwrap_or(env.config.fr_inv_timer);
        let client = match method {
            Method::Invite => Client::Invite(invite_client::Machine::new(fr, fr_inv, env)),
            _ => Client::Other(client::Machine::new(fr, env)),
        };
        let needed = !env.reliable || method == Method::Invite;
        io.send(Transmit {
            target,
            bytes: bytes.clone(),
        });
        Branch {
            user: 0,
            target,
            wire: needed.then_some(bytes),
            client,
            cancel: Cancel::default(),
            code: 0,
            pending: false,
            replied: false,
            timed_out: false,
            dropped: false,
            further: false,
            awaiting: false,
            kept: None,
        }
    }

    /// Steps the machine, and does what it says but for what concerns the transaction: that is
    /// returned.
    pub(super) fn step(&mut self, input: Input, rpl: Option<&Message>, io: &mut Io<'_>) -> Act {
        let was_new = self.client.is_calling();
        let act = self.client.handle(input, io.env(self.target));
        match act {
            Act::Resend | Act::Ack => self.resend(io),
            Act::AckAndPass => self.acknowledge(rpl, io),
            Act::Cancel | Act::CancelTimedOut => self.cancel.send(self.target, self.wire.as_ref(), io),
            _ => {}
        }
        if was_new && self.client.is_proceeding() {
            self.shrink(io);
            if self.cancel.is_wanted() {
                self.step(Input::Cancel, None, io);
            }
        }
        if self.client.is_answered() {
            self.cancel.stop();
            if !matches!(act, Act::AckAndPass | Act::Ack) {
                self.wire = None;
            }
        }
        act
    }

    /// Notes a reply that the machine passed on: a provisional over 100 starts Timer C again.
    pub(super) fn heard(&mut self, code: u16, io: &Io<'_>) {
        self.replied = true;
        self.code = code;
        let env = io.env(self.target);
        if let Client::Invite(machine) = &mut self.client
            && code > 100
        {
            machine.restart_timer_c(env);
        }
    }

    /// Whether neither its machine nor that of its CANCEL has anything left to do.
    pub(super) fn is_over(&self) -> bool {
        self.client.is_terminated() && self.cancel.next_deadline().is_none()
    }

    /// Whether a (final) reply may still come, and no CANCEL is on its way.
    pub(super) fn is_waiting(&self) -> bool {
        let waiting = match &self.client {
            Client::Invite(machine) => {
                use invite_client::State::*;
                matches!(machine.state, Calling | Proceeding)
            }
            Client::Other(machine) => matches!(machine.state, client::State::Trying | client::State::Proceeding),
        };
        waiting && !self.is_final()
    }

    /// Cancels: now, or when the first provisional comes (RFC 3261 9.1).
    /// `asked`: by the host.
    pub(super) fn cancel(&mut self, reason: Option<&[u8]>, asked: bool, io: &mut Io<'_>) {
        let Client::Invite(machine) = &self.client else { return };
        use invite_client::State::*;
        if matches!(machine.state, Calling | Proceeding) && !self.cancel.is_wanted() {
            self.cancel.want(reason, asked);
            self.step(Input::Cancel, None, io);
        }
    }

    /// Starts its timeouts again with these, while it waits for a reply.
    pub(super) fn set_timeouts(&mut self, timeouts: BranchTimeouts, io: &Io<'_>) {
        match &mut self.client {
            Client::Invite(machine) => machine.set_timeouts(timeouts.fr, timeouts.fr_inv, io.now),
            Client::Other(machine) => machine.set_timeout(timeouts.fr, io.now),
        }
    }

    /// Whether `which` means the branch of this index.
    pub(super) fn is_meant(which: Which, index: usize) -> bool {
        match which {
            Which::All => true,
            Which::Others(other) => usize::from(other) != index,
            Which::One(one) => usize::from(one) == index,
        }
    }

    /// What the branch counts as without a reply.
    pub(super) fn give_up(&mut self, code: u16) {
        self.code = code;
        self.pending = false;
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        earlier(self.client.timers().next(), self.cancel.next_deadline())
    }

    /// Which of the machine's timers is due.
    pub(super) fn due(&self, now: Instant) -> Option<Input> {
        self.client.timers().due(now).map(|due| match due {
            Due::Resend => Input::Resend,
            Due::End => Input::End,
        })
    }

    fn resend(&mut self, io: &mut Io<'_>) {
        if let Some(bytes) = &self.wire {
            io.stats.retransmissions += 1;
            io.send(Transmit {
                target: self.target,
                bytes: bytes.clone(),
            });
        }
    }

    /// Makes the ACK of a negative reply (RFC 3261 17.1.1.3), sends it and keeps it for the reply's
    /// retransmissions.
    fn acknowledge(&mut self, rpl: Option<&Message>, io: &mut Io<'_>) {
        let sent = self.wire.take().and_then(|wire| Message::parse(wire).ok());
        if let (Some(sent), Some(rpl)) = (sent, rpl) {
            let ack = io.build(|out| build::ack(&sent, rpl, out));
            self.wire = Some(ack.clone());
            io.send_ack(Transmit {
                target: self.target,
                bytes: ack,
            });
        }
    }

    /// After the first provisional the INVITE is not sent again: what an ACK or a CANCEL is made of is
    /// all that is left of it, and a CANCEL has just that.
    fn shrink(&mut self, io: &mut Io<'_>) {
        if let Some(sent) = self.wire.take().and_then(|wire| Message::parse(wire).ok()) {
            self.wire = Some(io.build(|out| build::cancel(&sent, None, out)));
        }
    }
}

impl Client {
    pub(super) fn handle(&mut self, input: Input, env: Env<'_>) -> Act {
        match self {
            Client::Invite(machine) => machine.handle(input, env),
            Client::Other(machine) => machine.handle(input, env),
        }
    }

    pub(super) fn timers(&self) -> &Timers {
        match self {
            Client::Invite(machine) => &machine.timers,
            Client::Other(machine) => &machine.timers,
        }
    }

    pub(super) fn is_terminated(&self) -> bool {
        match self {
            Client::Invite(machine) => machine.state == invite_client::State::Terminated,
            Client::Other(machine) => machine.state == client::State::Terminated,
        }
    }

    /// A final reply came, or none will.
    fn is_answered(&self) -> bool {
        match self {
            Client::Invite(machine) => {
                use invite_client::State::*;
                matches!(machine.state, Accepted | Completed | Terminated)
            }
            Client::Other(machine) => matches!(machine.state, client::State::Completed | client::State::Terminated),
        }
    }

    fn is_calling(&self) -> bool {
        matches!(self, Client::Invite(machine) if machine.state == invite_client::State::Calling)
    }

    fn is_proceeding(&self) -> bool {
        matches!(self, Client::Invite(machine) if machine.state == invite_client::State::Proceeding)
    }
}
