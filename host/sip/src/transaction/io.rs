//! What a transaction may use of its layer while something happens to it.

use super::layer::{KeyMap, Stats};
use super::machine::Env;
use super::{By, Config, Event, Identity, Made, Output};
use crate::{Target, Transmit};
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The layer's side of one event.
pub(super) struct Io<'l> {
    pub(super) now: Instant,
    pub(super) config: &'l Config,
    /// T1 and T2 as far as retransmissions go.
    pub(super) intervals: (Duration, Duration),
    pub(super) identity: &'l Identity,
    pub(super) stats: &'l mut Stats,
    pub(super) outputs: &'l mut VecDeque<Output>,
    /// Whose machines are stepped.
    pub(super) by: By,
    pub(super) made: &'l mut VecDeque<Made>,
    /// The INVITEs that were answered with 2xx, by what their ACKs have.
    pub(super) accepted: &'l mut KeyMap,
    pub(super) scratch: &'l mut Vec<u8>,
}

impl<'l> Io<'l> {
    /// The circumstances of a machine that talks to `target`.
    pub(super) fn env(&self, target: Target) -> Env<'l> {
        let (t1, t2) = self.intervals;
        Env {
            config: self.config,
            t1,
            t2,
            reliable: target.protocol.is_reliable(),
            now: self.now,
        }
    }

    pub(super) fn send(&mut self, transmit: Transmit) {
        self.outputs.push_back(Output::Transmit(transmit));
    }

    /// Sends a CANCEL of the layer's making; `asked` says that the host wanted it.
    pub(super) fn send_cancel(&mut self, transmit: Transmit, asked: bool) {
        let announce = self.config.announce;
        let told = match self.by {
            By::Request { .. } => announce.own,
            By::Transaction(_) => announce.own && asked || announce.cancels,
        };
        self.send_made(transmit, told);
    }

    /// Sends the ACK of a negative reply.
    pub(super) fn send_ack(&mut self, transmit: Transmit) {
        let announce = self.config.announce;
        let told = match self.by {
            By::Request { .. } => announce.own,
            By::Transaction(_) => announce.acks,
        };
        self.send_made(transmit, told);
    }

    fn send_made(&mut self, transmit: Transmit, told: bool) {
        if told {
            self.made.push_back(Made {
                by: self.by,
                transmit: transmit.clone(),
            });
        }
        self.send(transmit);
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Builds a message in the layer's buffer and copies it out at its size.
    pub(super) fn build(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
        self.scratch.clear();
        write(self.scratch);
        Bytes::copy_from_slice(self.scratch)
    }
}
