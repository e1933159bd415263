//! Replies on their way from a branch to the caller, and the host's say in them (`ksr_onsend_route`).
//!
//! A reply that is held has taken its effect on the transaction; only its bytes wait. One that the host
//! does not let go is sent neither now nor again: the caller's retransmissions meet silence.

use super::super::io::Io;
use super::super::{HeldReply, Output, Transaction};
use super::Layer;
use crate::Transmit;
use bytes::Bytes;
use std::time::Instant;

impl<U> Layer<U> {
    /// Sends a reply that [`Output::Reply`] has shown, or with `send` false does not. A provisional that
    /// a final one has overtaken meanwhile is not sent either.
    pub fn release_reply(&mut self, held: HeldReply, send: bool, now: Instant) {
        let HeldReply { id, code, transmit, .. } = held;
        let overtaken = self.get(id).is_some_and(|tx| code < 200 && tx.is_final_sent());
        if send && !overtaken {
            self.push(transmit.clone());
        }
        self.with(id, now, |transaction, _| {
            transaction.held = transaction.held.saturating_sub(1);
            if send && transaction.code == code && !transaction.server.is_deaf() {
                transaction.last_reply = Some(transmit.bytes);
            }
        });
    }
}

impl<U> Transaction<U> {
    /// Sends a reply of a branch through the server machine, or shows it to the host first; false where
    /// the machine's state does not let it.
    pub(in super::super) fn forward_reply(&mut self, branch: usize, code: u16, bytes: Bytes, io: &mut Io<'_>) -> bool {
        if !io.config.hold_replies {
            let sent = self.send_reply(code, bytes, io);
            io.stats.relayed_replies += u64::from(sent);
            return sent;
        }
        if !self.enter_reply(code, io) {
            return false;
        }
        io.stats.relayed_replies += 1;
        self.last_reply = None;
        self.hold_reply(branch, code, bytes, io);
        true
    }

    /// Shows a reply to the host.
    pub(in super::super) fn hold_reply(&mut self, branch: usize, code: u16, bytes: Bytes, io: &mut Io<'_>) {
        self.held = self.held.saturating_add(1);
        io.outputs.push_back(Output::Reply(HeldReply {
            id: self.id,
            branch: u8::try_from(branch).unwrap_or(u8::MAX),
            code,
            transmit: Transmit {
                target: self.reply_to,
                bytes,
            },
        }));
    }
}
