//! The CANCEL of a branch: wanted, on its way, done with (RFC 3261 9.1).

use super::client;
use super::io::Io;
use super::machine::{Act, Input};
use super::timers::Due;
use crate::message::{Message, build};
use crate::{Target, Transmit};
use bytes::Bytes;
use std::time::Instant;

/// The CANCEL of a branch.
#[derive(Debug, Default)]
pub(super) struct Cancel(Option<Box<Wanted>>);

#[derive(Debug)]
struct Wanted {
    /// The value of a Reason header to put in.
    reason: Option<Bytes>,
    /// The host asked for it.
    asked: bool,
    /// The request and its machine while they are on their way.
    sent: Option<(Bytes, client::Machine)>,
}

impl Cancel {
    /// Whether the branch is to be cancelled, or was.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// From now on it is.
    pub(super) fn want(&mut self, reason: Option<&[u8]>, asked: bool) {
        let reason = reason.map(Bytes::copy_from_slice);
        let wanted = || {
            Box::new(Wanted {
                reason,
                asked,
                sent: None,
            })
        };
        self.0.get_or_insert_with(wanted);
    }

    /// Sends it. `invite` has the headers of the INVITE as sent.
    pub(super) fn send(&mut self, target: Target, invite: Option<&Bytes>, io: &mut Io<'_>) {
        self.want(None, false);
        let Some(wanted) = &mut self.0 else { return };
        let Some(invite) = invite.and_then(|bytes| Message::parse(bytes.clone()).ok()) else {
            return;
        };
        let bytes = io.build(|out| build::cancel(&invite, wanted.reason.as_deref(), out));
        let env = io.env(target);
        let machine = client::Machine::new(env.config.t1_64(), env);
        let transmit = Transmit {
            target,
            bytes: bytes.clone(),
        };
        io.send_cancel(transmit, wanted.asked);
        wanted.sent = Some((bytes, machine));
    }

    /// A reply to it came. It did its work then: nothing is left to be sent again.
    pub(super) fn answered(&mut self, code: u16, target: Target, io: &Io<'_>) {
        let Some(wanted) = &mut self.0 else { return };
        let Some((_, machine)) = &mut wanted.sent else { return };
        machine.handle(Input::of_status(code), io.env(target));
        if code >= 200 {
            wanted.sent = None;
        }
    }

    /// The INVITE was answered: the CANCEL is without purpose.
    pub(super) fn stop(&mut self) {
        if let Some(wanted) = &mut self.0 {
            wanted.sent = None;
            wanted.reason = None;
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let (_, machine) = self.0.as_ref()?.sent.as_ref()?;
        machine.timers.next()
    }

    /// Fires its timers where they are due.
    pub(super) fn handle_timeout(&mut self, target: Target, io: &mut Io<'_>) {
        let Some(wanted) = &mut self.0 else { return };
        let Some((bytes, machine)) = &mut wanted.sent else {
            return;
        };
        let Some(due) = machine.timers.due(io.now) else { return };
        let input = match due {
            Due::Resend => Input::Resend,
            Due::End => Input::End,
        };
        if machine.handle(input, io.env(target)) == Act::Resend {
            io.stats.retransmissions += 1;
            io.send(Transmit {
                target,
                bytes: bytes.clone(),
            });
        }
        if machine.state == client::State::Terminated {
            wanted.sent = None;
        }
    }
}
