//! The response context of a proxy: RFC 3261 16.7. What goes upstream, and when.

use super::branch::Kept;
use super::io::Io;
use super::machine::{Act, Input};
use super::{Branch, Event, Transaction, Which};
use crate::Transmit;
use crate::message::{Edits, HeaderId, Message, Method, edits};
use bytes::Bytes;
use std::sync::Arc;

/// The reply that would go upstream now if nothing else happened (RFC 3261 16.7 step 6).
#[derive(Clone, Copy, Debug)]
pub struct Best<'t> {
    /// The branch it came from.
    pub branch: u8,
    /// Its status code.
    pub code: u16,
    /// The reply as received; None for a 408 or 5xx of our own.
    pub reply: Option<&'t Arc<Message>>,
}

/// How the negative replies of a transaction are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preference {
    /// A 6xx is a reply like others.
    pub(super) plain_6xx: bool,
    /// The caller cancelled.
    pub(super) canceled: bool,
}

/// Chooses the best of the negative replies (16.7 step 6).
pub(super) fn best(branches: &[Branch], preference: Preference) -> Option<Best<'_>> {
    let negative = |branch: &Branch| branch.is_final() && branch.code >= 300 && !branch.dropped;
    let candidates = branches.iter().enumerate().filter(|(_, branch)| negative(branch));
    let (index, branch) = candidates.min_by_key(|(_, branch)| rank(branch.code, branch.kept.is_some(), preference))?;
    Some(Best {
        branch: u8::try_from(index).ok()?,
        code: branch.code,
        reply: branch.reply(),
    })
}

/// The lower the better: a 6xx, else the lowest class; within it what tells the caller how to try
/// again, then what was received rather than made up here, then the lower code. 503 only where there
/// is nothing else in its class: it speaks of one server, not of the callee. Where the caller cancelled
/// a 487 is before all but a 6xx: it is the answer to the CANCEL, whatever an earlier leg said.
fn rank(code: u16, received: bool, preference: Preference) -> (u16, bool, bool, bool, u16) {
    let class = match code {
        600.. if !preference.plain_6xx => 0,
        487 if preference.canceled => 1,
        _ => code / 100,
    };
    let says_how = matches!(code, 401 | 407 | 415 | 420 | 484);
    (class, code == 503, !says_how, !received, code)
}

impl<U> Transaction<U> {
    /// Steps the machine of a branch; true where a reply is for the host.
    pub(super) fn step_branch(&mut self, index: usize, input: Input, rpl: Option<&Message>, io: &mut Io<'_>) -> bool {
        let Some(branch) = self.branches.get_mut(index) else {
            return false;
        };
        match branch.step(input, rpl, io) {
            Act::Pass | Act::AckAndPass => return true,
            Act::TimedOut | Act::CancelTimedOut => self.branch_timed_out(index, io),
            Act::Failed if self.seek_further(index, 503, io) => {}
            Act::Failed => self.branch_given_up(index, 503, io),
            _ => {}
        }
        false
    }

    /// A reply that the host has seen. `forwarded` is what would go upstream.
    pub(super) fn accept(&mut self, index: usize, rpl: Arc<Message>, forwarded: Bytes, io: &mut Io<'_>) {
        let code = rpl.status();
        let Some(branch) = self.branches.get_mut(index) else {
            return;
        };
        let known = branch.is_final();
        if code >= 200 {
            branch.pending = false;
        }
        match code {
            ..=100 => {}
            101..200 if !known => {
                self.forward_reply(index, code, forwarded, io);
            }
            101..200 => {}
            200..300 => self.accept_success(index, code, forwarded, io),
            _ if known => {}
            _ => self.accept_negative(index, rpl, forwarded, io),
        }
    }

    /// 2xx: upstream at once, whatever else was decided where it answers an INVITE (16.7 step 5).
    fn accept_success(&mut self, index: usize, code: u16, forwarded: Bytes, io: &mut Io<'_>) {
        if let Some(branch) = self.branches.get_mut(index) {
            branch.code = code;
        }
        let sent = self.forward_reply(index, code, forwarded.clone(), io);
        if !sent && self.method == Method::Invite && !self.settings.silent {
            // The caller has a negative reply already, or the machine is done. A call that exists must
            // be known to the caller all the same: it can end it, nobody else will.
            match io.config.hold_replies {
                true => self.hold_reply(index, code, forwarded, io),
                false => io.send(Transmit {
                    target: self.reply_to,
                    bytes: forwarded,
                }),
            }
        }
        self.cancel_branches(Which::All, None, io);
    }

    fn accept_negative(&mut self, index: usize, rpl: Arc<Message>, forwarded: Bytes, io: &mut Io<'_>) {
        let code = rpl.status();
        let decided = self.is_final_sent();
        if let Some(branch) = self.branches.get_mut(index) {
            branch.code = code;
            branch.kept = (!decided).then(|| Box::new(Kept { reply: rpl, forwarded }));
        }
        if code == 503 && self.seek_further(index, 503, io) {
            return;
        }
        if code >= 600 && !self.settings.plain_6xx {
            self.cancel_branches(Which::All, None, io);
        }
        self.branch_failed(index, io);
    }

    /// The host dropped a reply that was passed to it.
    pub(super) fn drop_reply(&mut self, index: usize, io: &mut Io<'_>) {
        if self.branches.get(index).is_some_and(|branch| branch.pending) {
            self.branch_given_up(index, 500, io);
        }
    }

    /// A branch had no (final) reply in time. One that was cancelled by the caller would have said 487,
    /// also where it never said anything: its CANCEL waited for a first word (RFC 3261 9.1).
    fn branch_timed_out(&mut self, index: usize, io: &mut Io<'_>) {
        let Some(branch) = self.branches.get_mut(index) else {
            return;
        };
        if branch.is_final() {
            return;
        }
        branch.timed_out = true;
        let canceled = self.flags.canceled && branch.is_canceled();
        let silent = !branch.replied;
        io.stats.timeouts += 1;
        if silent && self.seek_further(index, 408, io) {
            return;
        }
        io.emit(Event::BranchTimeout(self.id, index as u8));
        self.branch_given_up(index, if canceled { 487 } else { 408 }, io);
    }

    /// A branch counts as answered with `code` from now on.
    fn branch_given_up(&mut self, index: usize, code: u16, io: &mut Io<'_>) {
        if let Some(branch) = self.branches.get_mut(index) {
            branch.give_up(code);
        }
        self.branch_failed(index, io);
    }

    /// A branch has failed: its callback, then the decision where it was the last.
    pub(super) fn branch_failed(&mut self, index: usize, io: &mut Io<'_>) {
        if !self.is_final_sent() {
            io.emit(Event::BranchFailed(self.id, index as u8));
        }
        self.check_done(io);
    }

    /// Reports the failure when the last branch has failed. The failure callback may add branches even
    /// after a 6xx, where RFC 3261 16.7 step 5 wants none: as in Kamailio that is the script's explicit
    /// act (a 6xx of one carrier need not speak for the next). By itself nothing is added after it.
    pub(super) fn check_done(&mut self, io: &mut Io<'_>) {
        let waiting = self.flags.open || self.flags.failing || self.is_final_sent();
        if waiting || self.branches.is_empty() || !self.branches.iter().all(Branch::is_final) {
            return;
        }
        self.flags.failing = true;
        self.failed_at = self.branches.len() as u8;
        io.emit(Event::Failed(self.id));
    }

    /// The failure callback is over, if it died while it added branches too.
    pub(super) fn finish_failure(&mut self, io: &mut Io<'_>) {
        if !self.flags.failing {
            return;
        }
        self.flags.failing = false;
        self.flags.open = false;
        if self.branches.len() > usize::from(self.failed_at) {
            self.check_done(io);
        } else if self.branches.iter().all(Branch::is_final) {
            self.send_best(io);
        }
    }

    /// Sends the best reply upstream, or one of our own.
    pub(super) fn send_best(&mut self, io: &mut Io<'_>) {
        let best = self.best().map(|best| (usize::from(best.branch), best.code));
        let Some((index, code)) = best else {
            return match (self.flags.canceled, self.flags.abandoned) {
                (true, _) => self.reply_ourselves(487, "Request Terminated", io),
                (false, true) => self.reply_ourselves(408, "Request Timeout", io),
                (false, false) => self.reply_ourselves(500, "Server Internal Error", io),
            };
        };
        let kept = self.branches.get(index).and_then(|branch| branch.kept.as_ref());
        match (code, kept) {
            // nobody said that: the caller did (9.2)
            (_, None) if self.flags.canceled => self.reply_ourselves(487, "Request Terminated", io),
            (503, _) if io.config.translate_503 => self.reply_ourselves(500, "Server Internal Error", io),
            (_, Some(kept)) => {
                let bytes = match code {
                    401 | 407 => self.with_all_challenges(index, kept),
                    _ => kept.forwarded.clone(),
                };
                self.forward_reply(index, code, bytes, io);
            }
            (408, None) => self.reply_ourselves(408, "Request Timeout", io),
            (487, None) => self.reply_ourselves(487, "Request Terminated", io),
            (503, None) => self.reply_ourselves(503, "Service Unavailable", io),
            (_, None) => self.reply_ourselves(500, "Server Internal Error", io),
        }
    }

    /// The winning challenge with those of the other branches added (16.7 step 7), so that the caller
    /// can answer all of them in one request.
    fn with_all_challenges(&self, winner: usize, kept: &Kept) -> Bytes {
        let others = self
            .branches
            .iter()
            .enumerate()
            .filter(|(index, branch)| *index != winner && matches!(branch.code, 401 | 407) && !branch.dropped);
        let mut more = Vec::new();
        for other in others.filter_map(|(_, branch)| branch.reply()) {
            for id in [HeaderId::WwwAuthenticate, HeaderId::ProxyAuthenticate] {
                for header in other.headers_of(id) {
                    let line = header.start() as usize..header.end() as usize;
                    more.extend_from_slice(other.bytes().get(line).unwrap_or_default());
                }
            }
        }
        if more.is_empty() {
            return kept.forwarded.clone();
        }
        let Ok(upstream) = Message::parse(kept.forwarded.clone()) else {
            return kept.forwarded.clone();
        };
        let mut insert = Edits::default();
        insert.insert(upstream.headers_end(), &more);
        let mut out = Vec::with_capacity(upstream.len() + more.len());
        edits::apply(upstream.bytes(), &[&insert], &mut out);
        Bytes::from(out)
    }

    /// Cancels branches, not by the host's explicit wish.
    pub(super) fn cancel_branches(&mut self, which: Which, reason: Option<&[u8]>, io: &mut Io<'_>) {
        self.cancel_some(which, reason, false, io);
    }

    /// Cancels branches; `asked`: the host asked for just that.
    pub(super) fn cancel_some(&mut self, which: Which, reason: Option<&[u8]>, asked: bool, io: &mut Io<'_>) {
        for (index, branch) in self.branches.iter_mut().enumerate() {
            if Branch::is_meant(which, index) {
                branch.cancel(reason, asked, io);
            }
        }
    }
}
