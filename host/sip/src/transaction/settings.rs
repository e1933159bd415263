//! What one transaction does otherwise than the configuration says, and how long it may live.

use super::io::Io;
use super::machine::Input;
use super::state::Transaction;
use super::{Branch, BranchError, Config, Event};
use crate::message::Method;
use std::time::{Duration, Instant};

/// What one transaction does otherwise than the configuration says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// First interval between retransmissions, of branches to come and of replies, instead of
    /// [`Config::t1`]; at least a millisecond.
    pub t1: Option<Duration>,
    /// The longest one, instead of [`Config::t2`].
    pub t2: Option<Duration>,
    /// A 6xx is a negative reply like others: it neither cancels nor wins (RFC 3261 16.7 step 5 otherwise).
    pub plain_6xx: bool,
    /// Nothing goes to the caller but what [`Layer::reply`](super::Layer::reply) is given
    /// (`t_replicate`).
    pub silent: bool,
}

impl Settings {
    /// T1 and T2 as far as retransmissions go.
    pub(super) fn intervals(&self, config: &Config) -> (Duration, Duration) {
        let shortest = Duration::from_millis(1);
        (
            self.t1.map_or(config.t1, |t1| t1.max(shortest)),
            self.t2.map_or(config.t2, |t2| t2.max(shortest)),
        )
    }
}

/// How long a request of this method may be undecided.
pub(super) fn lifetime(config: &Config, method: Method) -> Option<Duration> {
    match method {
        Method::Invite => config.max_inv_lifetime,
        _ => config.max_noninv_lifetime,
    }
}

impl<U> Transaction<U> {
    /// Whether it has outlived its longest life (`t_is_expired`).
    pub fn is_expired(&self) -> bool {
        self.flags.expired
    }

    /// Whether the host waits for something of its own (`t_suspend`).
    pub fn is_suspended(&self) -> bool {
        self.flags.suspended
    }

    /// Whether a branch may be added now. After the longest life none is: it would be given up at once,
    /// with a phone left ringing.
    pub(super) fn takes_branches(&self, now: Instant) -> Result<(), BranchError> {
        if self.is_final_sent() {
            Err(BranchError::FinalSent)
        } else if self.is_canceled() {
            Err(BranchError::Canceled)
        } else if self.until.is_some_and(|until| until <= now) {
            Err(BranchError::Expired)
        } else {
            Ok(())
        }
    }

    /// What it does otherwise.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Where the branches begin that were added last.
    pub fn last_added(&self) -> u8 {
        self.last_added
    }

    /// The end of its life while that has something to end.
    pub(super) fn lifetime_ends(&self) -> Option<Instant> {
        self.until.filter(|_| !self.flags.expired && !self.is_final_sent())
    }

    /// Ends what is left of a life that lasted too long: branches time out as by their own timers.
    pub(super) fn expire(&mut self, io: &mut Io<'_>) {
        if self.lifetime_ends().is_none_or(|until| until > io.now) {
            return;
        }
        self.flags.expired = true;
        for index in 0..self.branches.len() {
            if self.branches.get(index).is_some_and(Branch::is_waiting) {
                self.step_branch(index, Input::End, None, io);
            }
        }
    }

    /// A final status that nobody is told.
    pub(super) fn end_silently(&mut self, code: u16, io: &mut Io<'_>) {
        self.settings.silent = true;
        if !self.is_final_sent() {
            self.server.handle(Input::of_status(code), io.env(self.reply_to));
            self.code = code;
            self.request = None;
        }
        self.last_reply = None;
        self.flags.failing = false;
        self.flags.suspended = false;
    }

    /// Nobody came to continue it: to the failure callback, which has a 408.
    pub(super) fn suspended_too_long(&mut self, io: &mut Io<'_>) {
        self.flags.suspended = false;
        self.flags.abandoned = true;
        self.flags.failing = true;
        self.failed_at = self.branches.len() as u8;
        io.emit(Event::Failed(self.id));
    }
}
