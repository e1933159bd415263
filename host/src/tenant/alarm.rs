//! What callbacks of a tenant's versions tell whoever decides on versions, at once.

use super::Tenant;
use parking_lot::Mutex;
use std::collections::VecDeque;
use tokio::sync::Notify;

/// Alarms that wait; what comes beyond is about what is known already.
const MOST: usize = 16;

/// What a version's callbacks have shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The version's number.
    pub version: u64,
    /// What it was.
    pub verdict: Verdict,
}

/// What it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// So many callbacks in a row failed, the last one for this reason.
    Failed(u32, String),
    /// The first request after a rest went well.
    Recovered,
}

/// Those that wait.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    waiting: Mutex<VecDeque<Alarm>>,
    more: Notify,
}

impl Tenant {
    /// Tells.
    pub fn tell(&self, alarm: Alarm) {
        let mut waiting = self.alarms.waiting.lock();
        if waiting.len() < MOST {
            waiting.push_back(alarm);
        }
        drop(waiting);
        self.alarms.more.notify_one();
    }

    /// The next one, as soon as there is one. One listener at a time; nothing is lost where it stops waiting.
    pub async fn alarm(&self) -> Alarm {
        loop {
            if let Some(alarm) = self.alarms.waiting.lock().pop_front() {
                return alarm;
            }
            self.alarms.more.notified().await;
        }
    }
}
