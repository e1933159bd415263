//! Timers of the load. There are only five delays, so each has a queue that is in order by itself.

use super::{PAUSE, Stage};
use std::collections::VecDeque;
use std::time::Duration;

/// The pause of a call; then T1 of RFC 3261, doubled up to T2.
const DELAYS: [Duration; 5] = [
    PAUSE,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A request is sent again, if the line is at this stage still.
    Request(Stage),
    /// The 200 of a callee is sent again, if there was no ACK.
    Answer,
    HangUp,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub at: u64,
    pub line: u32,
    pub what: What,
    /// Which of the delays it was.
    pub level: usize,
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    queues: [VecDeque<Due>; DELAYS.len()],
}

impl Timers {
    /// Adds one; levels above the last are the last.
    pub fn add(&mut self, now: u64, level: usize, line: u32, what: What) {
        let level = level.min(DELAYS.len() - 1);
        let at = now + DELAYS[level].as_nanos() as u64;
        self.queues[level].push_back(Due { at, line, what, level });
    }

    /// One that has come.
    pub fn pop(&mut self, now: u64) -> Option<Due> {
        let come = |queue: &&mut VecDeque<Due>| queue.front().is_some_and(|due| due.at <= now);
        self.queues.iter_mut().find(come)?.pop_front()
    }

    /// When the next one comes.
    pub fn next(&self) -> Option<u64> {
        self.queues.iter().filter_map(|queue| Some(queue.front()?.at)).min()
    }
}
