//! What a process and its children used, by what the system says.

use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::fs;
use std::time::Duration;

/// A process and all below it.
pub fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(pid) = found.get(at).copied() {
        at += 1;
        for thread in fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let text = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            found.extend(text.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    found
}

/// Time on a core: the CPU clock of each process of the tree, which counts ended threads too, in nanoseconds. What a
/// child used that has ended is lost.
pub fn cpu(root: u32) -> Duration {
    tree(root).into_iter().map(clock_of).sum()
}

fn clock_of(pid: u32) -> Duration {
    let clock = i32::try_from(pid)
        .ok()
        .and_then(|pid| clock_getcpuclockid(Pid::from_raw(pid)).ok());
    clock
        .and_then(|clock| clock_gettime(clock).ok())
        .map_or(Duration::ZERO, Duration::from)
}

/// Memory of a tree, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// The resident pages of each process, shared ones counted with each.
    pub rss: u64,
    /// The same with each shared page counted once, in equal parts.
    pub pss: u64,
}

pub fn memory(root: u32) -> Memory {
    let mut memory = Memory::default();
    for pid in tree(root) {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
            kilobytes.unwrap_or(0) * 1024
        };
        memory.rss += value("Rss:");
        memory.pss += value("Pss:");
    }
    memory
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn children_are_counted() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is there");
        let tree = tree(std::process::id());
        assert!(
            tree.contains(&std::process::id()) && tree.contains(&child.id()),
            "{tree:?}"
        );
        let before = cpu(std::process::id());
        while cpu(std::process::id()) == before {}
        assert!(memory(std::process::id()).rss > memory(child.id()).rss);
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        assert_eq!(clock_of(u32::MAX), Duration::ZERO);
    }
}
