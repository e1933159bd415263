//! System calls of a server for each message: counted by the kernel's tracepoints (perf), else by strace at a lower rate,
//! since it stops the server at each.

use crate::generator::Kind;
use crate::measure::Bench;
use crate::process;
use crate::report::Report;
use crate::server::{Server, Subject};
use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Where tracepoints are, where they may be used.
const TRACEPOINTS: &str = "/sys/kernel/tracing/events/syscalls";
const ALL: &str = "raw_syscalls:sys_enter";
/// Those that a server of this kind makes; what is not among them shows as the rest of all.
const NAMED: [&str; 37] = [
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "read",
    "write",
    "readv",
    "writev",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_ctl",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "futex",
    "nanosleep",
    "clock_nanosleep",
    "timerfd_settime",
    "sched_yield",
    "mmap",
    "munmap",
    "mprotect",
    "madvise",
    "brk",
    "ioctl",
    "fcntl",
    "lseek",
    "pread64",
    "pwrite64",
    "fsync",
    "fdatasync",
    "semop",
    "gettimeofday",
];
const SECS: f64 = 2.0;
const PATIENCE: Duration = Duration::from_secs(4);
/// The counter needs a moment until it is attached.
const ATTACH: Duration = Duration::from_millis(700);
/// The part of the rate that a server under strace is given.
const TRACED: f64 = 0.1;

/// What counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counter {
    Perf,
    Strace,
}

/// Every load against every server.
pub fn run(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let Some(counter) = counter() else {
        println!("system calls are not counted: neither perf with tracepoints nor strace can be used here");
        return Ok(());
    };
    let (mut rows, mut figures) = (Vec::new(), Vec::new());
    for kind in Kind::ALL {
        for subject in &bench.subjects {
            if !bench.loads_of(*subject).contains(&kind) {
                continue;
            }
            let (counts, messages) = count(bench, counter, *subject, kind)?;
            let each = |count: u64| count as f64 / messages.max(1) as f64;
            let named: Vec<String> = counts
                .iter()
                .filter(|(name, count)| name != ALL && each(*count) >= 0.005)
                .map(|(name, count)| format!("{name} {:.2}", each(*count)))
                .collect();
            let all = counts
                .iter()
                .find(|(name, _)| name == ALL)
                .map_or(0, |(_, count)| *count);
            rows.push(vec![
                kind.name().to_owned(),
                subject.name().to_owned(),
                format!("{:.2}", each(all)),
                named.join(", "),
            ]);
            let of = |(name, count): &(String, u64)| (name.clone(), each(*count));
            let by_name: serde_json::Map<_, _> =
                counts.iter().map(of).map(|(name, each)| (name, each.into())).collect();
            figures.push(json!({"load": kind.name(), "server": subject.name(), "all": each(all), "by_name": by_name}));
        }
    }
    let title = match counter {
        Counter::Perf => "System calls of the server for each message sent to it",
        Counter::Strace => "System calls of the server for each message sent to it (strace, a tenth of the rate)",
    };
    report.table(title, &["load", "server", "all", "by name"], &rows);
    report.add("syscalls", figures.into());
    Ok(())
}

fn counter() -> Option<Counter> {
    let works = |command: &mut Command| {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    if works(Command::new("perf").args(["stat", "-e", ALL, "true"])) {
        return Some(Counter::Perf);
    }
    works(Command::new("strace").args(["-c", "true"])).then_some(Counter::Strace)
}

/// Calls by name, most first, and the messages that they were for.
fn count(bench: &Bench, counter: Counter, subject: Subject, kind: Kind) -> anyhow::Result<(Vec<(String, u64)>, u64)> {
    let server = Server::start(subject, bench.setup)?;
    let rate = match counter {
        Counter::Perf => bench.arguments.rate_of(kind),
        Counter::Strace => bench.arguments.rate_of(kind) * TRACED,
    };
    bench.load(&server, kind, rate, 0.5, PATIENCE)?;
    let output = tempfile::NamedTempFile::new()?;
    let tracer = attach(counter, server.pid(), output.path())?;
    sleep(ATTACH);
    let outcome = bench.load(&server, kind, rate, SECS, PATIENCE);
    let outcome = outcome.inspect(|outcome| {
        println!(
            "{:<22} {:<8} counted: {} of {} done, {} sent again, otherwise {}",
            subject.name(),
            kind.name(),
            outcome.ok,
            outcome.lines,
            outcome.retransmissions,
            outcome.otherwise()
        );
    });
    // it writes what it has counted when it is interrupted
    kill(Pid::from_raw(i32::try_from(tracer.id())?), Signal::SIGINT).ok();
    let said = ended(tracer)?;
    let text = fs::read_to_string(output.path())?;
    let mut counts = match counter {
        Counter::Perf => of_perf(&text),
        Counter::Strace => of_strace(&text),
    };
    if counts.is_empty() {
        bail!("system calls of {} were not counted: {said}{text}", subject.name());
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok((counts, outcome?.sent))
}

fn attach(counter: Counter, pid: u32, output: &Path) -> anyhow::Result<Child> {
    let pids: Vec<String> = process::tree(pid).iter().map(u32::to_string).collect();
    let mut command = match counter {
        Counter::Perf => {
            let mut command = Command::new("perf");
            command.args(["stat", "-x", ",", "-o"]).arg(output).args(["-e", ALL]);
            for name in NAMED {
                if Path::new(TRACEPOINTS).join(format!("sys_enter_{name}")).exists() {
                    command.arg("-e").arg(format!("syscalls:sys_enter_{name}"));
                }
            }
            command.args(["-p", &pids.join(",")]);
            command
        }
        Counter::Strace => {
            let mut command = Command::new("strace");
            command.args(["-c", "-f", "-o"]).arg(output);
            pids.iter().for_each(|pid| {
                command.args(["-p", pid]);
            });
            command
        }
    };
    let spawned = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    spawned.context("the counter of system calls cannot be started")
}

/// Waits for the end of a counter; what it had to say.
fn ended(mut tracer: Child) -> anyhow::Result<String> {
    let mut said = String::new();
    if let Some(mut pipe) = tracer.stderr.take() {
        pipe.read_to_string(&mut said)?;
    }
    tracer.wait()?;
    Ok(said)
}

/// Lines "count,,event,...".
fn of_perf(text: &str) -> Vec<(String, u64)> {
    let line = |line: &str| {
        let mut fields = line.split(',');
        let count = fields.next()?.parse().ok()?;
        let event = fields.nth(1)?;
        let name = event.strip_prefix("syscalls:sys_enter_").unwrap_or(event);
        Some((name.to_owned(), count))
    };
    text.lines().filter_map(line).collect()
}

/// Lines "% seconds usecs/call calls [errors] name" under a rule; the last is the total.
fn of_strace(text: &str) -> Vec<(String, u64)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let count = fields.get(3)?.parse().ok()?;
        let name = match *fields.last()? {
            "total" => ALL,
            name => name,
        };
        Some((name.to_owned(), count))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counters_write_is_read() {
        let perf = "# started on Sat\n\n170,,raw_syscalls:sys_enter,204527229,100.00,,\n<not counted>,,x,0,0,,\n\
            12,,syscalls:sys_enter_recvfrom,204524767,100.00,,\n";
        let wanted = [(ALL.to_owned(), 170), ("recvfrom".to_owned(), 12)];
        assert_eq!(of_perf(perf), wanted);
        let strace = "% time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- ----------------\n \
            66.67    0.000010           1        12         2 recvfrom\n \
            33.33    0.000005           1       158           read\n\
            100.00    0.000015           0       170         2 total\n";
        let read = of_strace(strace);
        assert_eq!(read.len(), 3);
        assert!(read.contains(&(ALL.to_owned(), 170)) && read.contains(&("recvfrom".to_owned(), 12)));
    }
}
