//! A child that does one job: bytes in, bytes out, one line where it fails. Whatever it does, this process goes on, and
//! nothing is left behind.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A child that only runs when nobody else wants to is looked at so often: it must have had a quarter of the time.
const LOOK: Duration = Duration::from_secs(2);
const SHARE: u32 = 4;

/// Ticks of `/proc/PID/stat` in a second, on every Linux.
const TICKS: u64 = 100;

/// Bytes of a child's last words that are read.
const WORDS: usize = 16 << 10;

/// Read at a time: what a pipe holds.
const CHUNK: usize = 64 << 10;

/// What the CPU limit ends a process with (the same on every Linux that we run on), and what `abort` does.
const SIGXCPU: i32 = 24;
const SIGABRT: i32 = 6;

/// What is to be done.
pub(super) struct Job<'a> {
    program: &'a Path,
    arguments: Vec<OsString>,
    input: &'a [u8],
    /// Bytes that it may say.
    pub most: usize,
    /// Threads that it computes with.
    pub threads: usize,
    /// It is ended where it gets next to nothing of the processor.
    pub may_starve: bool,
    /// The one variable of our environment that it gets.
    pub variable: Option<&'static str>,
    time: Duration,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// With this output.
    Done(Vec<u8>),
    /// With this line.
    Refused(String),
    /// The time of the processor was used up.
    OutOfTime,
    /// It was ended since it took too long by the clock.
    OutOfPatience,
    /// It was ended since others left it nothing of the processor.
    Starved,
    /// Its memory did not suffice.
    OutOfMemory,
    /// It said more than so many bytes.
    TooMuch(usize),
    /// Otherwise: "ended by signal 11".
    Died(String),
    /// It was not started.
    NotStarted(io::Error),
}

impl<'a> Job<'a> {
    pub fn new(program: &'a Path, verb: &'static str, input: &'a [u8], time: Duration) -> Job<'a> {
        Job {
            program,
            arguments: vec![verb.into()],
            input,
            most: WORDS,
            threads: 1,
            may_starve: false,
            variable: None,
            time,
        }
    }

    pub fn option(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.argument(name);
        self.argument(value);
    }

    pub fn argument(&mut self, argument: impl Into<OsString>) {
        self.arguments.push(argument.into());
    }

    /// Runs it to its end, however that comes about.
    pub fn run(self) -> Ended {
        let started = Command::new(self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(self.variable.and_then(|name| Some((name, std::env::var_os(name)?))))
            // wasmtime compiles with rayon, which reads this
            .env("RAYON_NUM_THREADS", self.threads.to_string())
            // our allocator (in KiB): it reserves a GiB at once else, which the limits count
            .env("MIMALLOC_ARENA_RESERVE", "32768")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal is meant for us; we end the child where it must end
            .process_group(0)
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => return Ended::NotStarted(error),
        };
        let deadline = Instant::now() + self.time;
        let mut share = self.may_starve.then(|| Share::new(child.id()));
        let talked = Talk::new(&mut child, self.input, self.most).and_then(|mut talk| {
            let cut = talk.until(deadline, &mut share)?;
            Ok((cut, talk.output, talk.words))
        });
        let ended = match talked {
            Ok((None, output, words)) => match wait(&mut child, deadline) {
                Ok(Some(status)) => Some(judge(status, output, &words)),
                Ok(None) => Some(Ended::OutOfPatience),
                Err(error) => Some(Ended::NotStarted(error)),
            },
            Ok((Some(ended), ..)) => Some(ended),
            Err(error) => Some(Ended::NotStarted(error)),
        };
        // of no effect where it has ended: it is reaped here or was above, and its id is not another's before that
        let _ = child.kill();
        let _ = child.wait();
        ended.unwrap_or(Ended::OutOfPatience)
    }
}

/// What goes to and fro.
struct Talk<'a> {
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    input: &'a [u8],
    most: usize,
    output: Vec<u8>,
    words: Vec<u8>,
}

impl<'a> Talk<'a> {
    fn new(child: &mut Child, input: &'a [u8], most: usize) -> io::Result<Talk<'a>> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let ends = [
            stdin.as_ref().map(AsFd::as_fd),
            stdout.as_ref().map(AsFd::as_fd),
            stderr.as_ref().map(AsFd::as_fd),
        ];
        for end in ends.into_iter().flatten() {
            // no other flag is ever set on a pipe of std's
            fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(Talk {
            stdin,
            stdout,
            stderr,
            input,
            most,
            output: Vec::new(),
            words: Vec::new(),
        })
    }

    /// Until the child has closed its ends; says why where it was not waited for.
    fn until(&mut self, deadline: Instant, share: &mut Option<Share>) -> io::Result<Option<Ended>> {
        while self.stdout.is_some() || self.stderr.is_some() {
            let now = Instant::now();
            let left = deadline.saturating_duration_since(now);
            if left.is_zero() {
                return Ok(Some(Ended::OutOfPatience));
            }
            if share.as_mut().is_some_and(|share| share.starves(now)) {
                return Ok(Some(Ended::Starved));
            }
            self.wait(if share.is_some() { left.min(LOOK) } else { left })?;
            self.write()?;
            let most = self.most.saturating_add(1);
            read(&mut self.stdout, &mut self.output, most)?;
            if self.output.len() > self.most {
                return Ok(Some(Ended::TooMuch(self.most)));
            }
            // what is too long is read on, and forgotten
            read(&mut self.stderr, &mut self.words, usize::MAX)?;
            self.words.truncate(WORDS);
        }
        Ok(None)
    }

    fn wait(&self, left: Duration) -> io::Result<()> {
        let mut ends = Vec::with_capacity(3);
        ends.extend(
            self.stdin
                .iter()
                .map(|end| PollFd::new(end.as_fd(), PollFlags::POLLOUT)),
        );
        ends.extend(
            self.stdout
                .iter()
                .map(|end| PollFd::new(end.as_fd(), PollFlags::POLLIN)),
        );
        ends.extend(
            self.stderr
                .iter()
                .map(|end| PollFd::new(end.as_fd(), PollFlags::POLLIN)),
        );
        // rounded up, so that the last wait is not one of nothing
        let left = PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        match poll(&mut ends, left) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(stdin) = &mut self.stdin else { return Ok(()) };
        while !self.input.is_empty() {
            match stdin.write(self.input) {
                Ok(count) => self.input = &self.input[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // it has ended: its status says why
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
                Err(error) => return Err(error),
            }
        }
        self.stdin = None;
        Ok(())
    }
}

/// What a child gets of the processor.
struct Share {
    child: u32,
    looked: Instant,
    used: Duration,
}

impl Share {
    fn new(child: u32) -> Share {
        Share {
            child,
            looked: Instant::now(),
            used: Duration::ZERO,
        }
    }

    fn starves(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.looked);
        if passed < LOOK {
            return false;
        }
        // what cannot be read counts as enough
        let Some(used) = self.read() else { return false };
        let starves = used.saturating_sub(self.used) < passed / SHARE;
        (self.looked, self.used) = (now, used);
        starves
    }

    /// Time of the processor so far, of ended threads too.
    fn read(&self) -> Option<Duration> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child)).ok()?;
        // the name, in brackets, may hold anything; after it the 14th and 15th fields are the 12th and 13th
        let fields = text.rsplit_once(") ")?.1;
        let ticks = |place| fields.split(' ').nth(place)?.parse::<u64>().ok();
        Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 1000 / TICKS))
    }
}

/// Reads what is there, up to `most` bytes in all; closes at the end.
fn read<R: Read>(end: &mut Option<R>, into: &mut Vec<u8>, most: usize) -> io::Result<()> {
    let Some(open) = end else { return Ok(()) };
    while into.len() < most {
        let before = into.len();
        into.resize(before + CHUNK, 0);
        let count = open.read(&mut into[before..]);
        into.truncate(before + count.as_ref().map_or(0, |count| *count));
        match count {
            Ok(0) => {
                *end = None;
                return Ok(());
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The status of a child that has closed its ends, and so is about to end.
fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(50);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn judge(status: ExitStatus, output: Vec<u8>, words: &[u8]) -> Ended {
    let words = String::from_utf8_lossy(words);
    let line = words.trim();
    // std's words before it aborts, and the system's for a mapping or a thread that it refuses
    let starved = [
        "memory allocation of",
        "annot allocate memory",
        "out of memory",
        "os error 12",
    ];
    let starved = starved.iter().any(|text| line.contains(text));
    match (status.code(), status.signal()) {
        (Some(0), _) => Ended::Done(output),
        (_, Some(SIGXCPU)) => Ended::OutOfTime,
        (Some(_), _) | (_, Some(SIGABRT)) if starved => Ended::OutOfMemory,
        (Some(1), _) => Ended::Refused(clean(line.strip_prefix("kemist: ").unwrap_or(line))),
        (Some(code), _) => Ended::Died(format!("ended with {code}: {}", clean(line))),
        (_, Some(signal)) => Ended::Died(format!("was ended by signal {signal}: {}", clean(line))),
        _ => Ended::Died("ended".to_owned()),
    }
}

/// One line of bounded length.
fn clean(text: &str) -> String {
    let words = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(1000).collect()
}
