//! What a process used, by what the system says: its threads and its children too.

use std::fs;

/// Nanoseconds on a core, as the scheduler counts them.
pub fn cpu(pid: u32) -> u64 {
    let mut total = 0;
    for thread in tasks(pid) {
        let time = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
        total += time
            .split(' ')
            .next()
            .and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(0);
        total += children(&thread).map(cpu).sum::<u64>();
    }
    total
}

/// Bytes of memory that are there, of this process alone.
pub fn resident(pid: u32) -> usize {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}

fn tasks(pid: u32) -> Vec<std::path::PathBuf> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    threads.flatten().map(|thread| thread.path()).collect()
}

fn children(thread: &std::path::Path) -> impl Iterator<Item = u32> + use<> {
    let text = fs::read_to_string(thread.join("children")).unwrap_or_default();
    let pids: Vec<u32> = text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    pids.into_iter()
}
