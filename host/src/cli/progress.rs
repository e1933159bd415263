//! A line that moves while something takes longer than a second; on a terminal only.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(100);

/// Shown until dropped.
pub(super) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Starts the clock; `what` is shown after a second, on standard error.
    pub(super) fn start(what: String) -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress(None);
        }
        let (end, ended) = channel();
        Progress(Some((end, std::thread::spawn(move || turn(&what, &ended)))))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.0.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

fn turn(what: &str, ended: &Receiver<()>) {
    let start = Instant::now();
    let waits = |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !waits(QUIET) {
        return;
    }
    let mut error = std::io::stderr();
    for wheel in ['|', '/', '-', '\\'].into_iter().cycle() {
        // a terminal that went away is no failure
        let _ = write!(error, "\r{wheel} {what} ({} s)\x1b[K", start.elapsed().as_secs());
        let _ = error.flush();
        if !waits(STEP) {
            break;
        }
    }
    let _ = write!(error, "\r\x1b[K");
    let _ = error.flush();
}
