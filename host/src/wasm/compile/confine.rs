//! What a child does to itself before it looks at its input, which may be hostile.

use anyhow::Context;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// Address space beside what is counted as memory: the program itself, libraries, stacks.
const BESIDE: u64 = 1 << 30;

/// What a child may use.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Memory in bytes.
    pub memory: u64,
    /// Seconds of the processor.
    pub seconds: u64,
    /// Its address space is bounded too: it runs no instances, which reserve gigabytes of it.
    pub compiles: bool,
    /// Whom it gives way to.
    pub pace: Pace,
}

/// Who has to wait for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pace {
    /// It runs when nobody else wants to (SCHED_IDLE): nobody ever waits for it.
    Idle,
    /// It gets a quarter of what others get (nice 5): for a machine that is never idle.
    Low,
    /// As everyone: a start waits for it.
    Urgent,
}

impl Pace {
    /// As `--pace` takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Pace::Idle => "idle",
            Pace::Low => "low",
            Pace::Urgent => "urgent",
        }
    }
}

/// Gives up whatever the job does not need. Before the first thread is started: they inherit it.
///
/// # Errors
/// Where a limit cannot be set: better no job than one without limits.
pub fn confine(bounds: &Bounds) -> anyhow::Result<()> {
    // who asked is gone: nobody wants the result
    set_pdeathsig(Signal::SIGKILL).context("cannot ask for the end with the parent")?;
    close_files();
    limit(Resource::RLIMIT_CORE, 0, 0)?;
    limit(Resource::RLIMIT_DATA, bounds.memory, bounds.memory)?;
    if bounds.compiles {
        let space = bounds.memory.saturating_add(BESIDE);
        limit(Resource::RLIMIT_AS, space, space)?;
    }
    // the first is for a signal that says why; the second kills
    limit(Resource::RLIMIT_CPU, bounds.seconds, bounds.seconds.saturating_add(2))?;
    // where the machine has no memory left, this goes first
    let _ = std::fs::write("/proc/self/oom_score_adj", "900");
    set_pace(bounds.pace);
    Ok(())
}

/// Lets this thread give way to workers, for ever (nice 5).
pub fn give_way() {
    set_pace(Pace::Low);
}

/// A container may refuse it: then it competes as everyone.
fn set_pace(pace: Pace) {
    use NormalThreadSchedulePolicy::{Idle, Other};
    let set = |priority, policy| {
        let policy = ThreadSchedulePolicy::Normal(policy);
        let _ = set_thread_priority_and_policy(thread_native_id(), priority, policy);
    };
    match pace {
        Pace::Idle => {
            // nice 19 first, by which the disk goes; the second may fail at raising it again, which nobody minds
            set(ThreadPriority::Min, Other);
            set(ThreadPriority::Min, Idle);
        }
        // 35 of 99 is nice 5
        Pace::Low => set(
            ThreadPriority::Crossplatform(ThreadPriorityValue::try_from(35_u8).unwrap_or_default()),
            Other,
        ),
        Pace::Urgent => {}
    }
}

/// A limit, unless there is a lower one.
fn limit(resource: Resource, soft: u64, hard: u64) -> anyhow::Result<()> {
    let wrong = || format!("cannot limit {resource:?}");
    let (_, most) = getrlimit(resource).with_context(wrong)?;
    setrlimit(resource, soft.min(most), hard.min(most)).with_context(wrong)
}

/// Closes what came from the parent beside the three that belong to the job. Its own files are closed at exec; those of
/// others (of who started it, a library) may be among them.
fn close_files() {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers: Vec<i32> = open
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // that of the listing itself is gone already
        let _ = nix::unistd::close(number);
    }
}
