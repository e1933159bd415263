//! A process beside the bench that ends its servers where the bench itself was ended: no load may stay behind.

use crate::process;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// What a process may take to end before it is killed.
const END: Duration = Duration::from_secs(2);

/// The bench's end of the pipe: what is told through it is done when the pipe closes.
#[derive(Debug)]
pub struct Guard(Mutex<Option<ChildStdin>>);

impl Guard {
    /// Starts it, in a process group of its own: Ctrl-C in a terminal is not for it.
    pub fn start() -> std::io::Result<Guard> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("guard")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Guard(Mutex::new(child.stdin.take())))
    }

    /// A process has begun, in this folder.
    pub fn add(&self, pid: u32, folder: &Path) {
        self.tell(&format!("+{pid} {}\n", folder.display()));
    }

    /// A process has ended.
    pub fn remove(&self, pid: u32) {
        self.tell(&format!("-{pid}\n"));
    }

    fn tell(&self, line: &str) {
        if let Ok(mut pipe) = self.0.lock()
            && let Some(pipe) = pipe.as_mut()
        {
            pipe.write_all(line.as_bytes()).ok(); // without a guard there is only no guard
        }
    }
}

/// The guard itself: reads until the bench is gone.
pub fn serve() {
    let mut open: BTreeMap<u32, PathBuf> = BTreeMap::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let number = |text: &str| text.parse::<u32>().ok();
        if let Some((pid, folder)) = line.strip_prefix('+').and_then(|rest| rest.split_once(' ')) {
            open.extend(number(pid).map(|pid| (pid, PathBuf::from(folder))));
        } else if let Some(pid) = line.strip_prefix('-').and_then(number) {
            open.remove(&pid);
        }
    }
    if open.is_empty() {
        return;
    }
    let all: Vec<u32> = open.keys().flat_map(|pid| process::tree(*pid)).collect();
    send(&all, Signal::SIGTERM);
    std::thread::sleep(END);
    send(&all, Signal::SIGKILL);
    for folder in open.values() {
        fs::remove_dir_all(folder).ok();
    }
}

/// Sends a signal to each; those that are gone already do not matter.
pub fn send(pids: &[u32], signal: Signal) {
    for pid in pids.iter().filter_map(|pid| i32::try_from(*pid).ok()) {
        kill(Pid::from_raw(pid), signal).ok();
    }
}
