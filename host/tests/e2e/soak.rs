//! The proof of hot deploy: versions take turns as fast as they go, some of them broken, while telephones register and
//! call. No call fails, no transaction sees two versions, no version stays behind, and memory comes to rest.
//!
//! The short form is a test as any other. `make soak` runs the long one: `KEMIST_SOAK_SECONDS` (600) at
//! `KEMIST_SOAK_RATE` transactions a second (4,000).
//!
//! What traps on every message is refused before the swap by a scenario that it carries, as `kemist build` puts the
//! scenarios of a folder into what it builds. Without one it would have been put in charge, as it compiles and links; a
//! canary would have been taken back by itself, for the price of the calls that it got until then.

#[path = "soak/deploys.rs"]
mod deploys;
#[path = "soak/door.rs"]
mod door;
#[path = "soak/load.rs"]
mod load;
#[path = "soak/modules.rs"]
mod modules;
#[path = "soak/telephones.rs"]
mod telephones;

use crate::support::proxy::Setup;
use crate::support::sipp;
use deploys::Deploys;
pub use door::Door;
use load::{Counted, Load};
use modules::Modules;
use serde_json::{Value, json};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use telephones::{ACCOUNT, Heard, Telephones};

/// How long old versions may still have transactions after the last call: the longest timer of RFC 3261 and some.
const DRAINED: Duration = Duration::from_secs(90);

/// How long and how fast.
struct Plan {
    seconds: u64,
    /// A second, of sipp's telephones.
    transactions: f64,
    /// A second, of ours: a line has one to three transactions.
    lines: f64,
    /// Is it long enough for memory to come to rest?
    long: bool,
}

impl Plan {
    fn new() -> Plan {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
        match number("KEMIST_SOAK_SECONDS") {
            None => Plan {
                seconds: 12,
                transactions: 240.0,
                lines: 30.0,
                long: false,
            },
            Some(seconds) => Plan {
                seconds: seconds as u64,
                transactions: number("KEMIST_SOAK_RATE").unwrap_or(4_000.0),
                lines: 60.0,
                long: seconds >= 240.0,
            },
        }
    }
}

#[test]
fn versions_take_turns_under_traffic() {
    if !sipp::installed() {
        return;
    }
    let plan = Plan::new();
    let modules = Modules::new();
    let proxy = Setup::new(modules.good[0].clone())
        .account(ACCOUNT.0, ACCOUNT.1)
        .trusted()
        .start();
    Load::accounts(&proxy);
    let door = Door::new(proxy.folder());
    let over = AtomicBool::new(false);
    let (mut deploys, memory, heard, counted) = std::thread::scope(|scope| {
        let deploys = scope.spawn(|| Deploys::run(&door, &modules, &over));
        let memory = scope.spawn(|| resident(proxy.pid(), plan.seconds, &over));
        let ours = Telephones::start(proxy.address, plan.lines, plan.seconds);
        let load = Load::start(proxy.address, plan.transactions, plan.seconds);
        let counted = load.finish();
        let heard = ours.finish();
        over.store(true, Relaxed);
        let joined = "no thread failed";
        (
            deploys.join().expect(joined),
            memory.join().expect(joined),
            heard,
            counted,
        )
    });
    let left = drained(&door);
    let quarters = quarters(&memory);
    print(&plan, &mut deploys, &heard, counted, quarters, left);
    let megabytes = resident_now(proxy.pid()) as f64 / 1_048_576.0;
    println!("  {:<46}{megabytes:.1}", "  after the last of them was gone");
    check(&plan, &deploys, &heard, counted, quarters, left);
}

/// Bytes that are resident, once a second (in a short run oftener), while there is traffic.
fn resident(pid: u32, seconds: u64, over: &AtomicBool) -> Vec<usize> {
    let (begun, mut bytes) = (Instant::now(), Vec::new());
    let pause = Duration::from_secs(1).min(Duration::from_secs(seconds) / 60);
    while !over.load(Relaxed) && begun.elapsed().as_secs() < seconds {
        bytes.push(resident_now(pid));
        std::thread::sleep(pause);
    }
    bytes
}

/// Bytes of a process that are resident.
pub fn resident_now(pid: u32) -> usize {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}

/// The median of each quarter.
fn quarters(bytes: &[usize]) -> [usize; 4] {
    std::array::from_fn(|quarter| {
        let mut part = bytes[bytes.len() * quarter / 4..bytes.len() * (quarter + 1) / 4].to_vec();
        part.sort_unstable();
        part.get(part.len() / 2).copied().unwrap_or(0)
    })
}

/// Waits until old versions are gone: how many are not.
fn drained(door: &Door) -> usize {
    let deadline = Instant::now() + DRAINED;
    loop {
        let versions = door.call("route.versions", json!([])).expect("it is answered");
        let rows = versions.as_array().map_or(&[][..], Vec::as_slice);
        let old = rows.iter().filter(|row| row["state"] == "draining").count();
        if old == 0 || Instant::now() > deadline {
            return old;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn print(
    plan: &Plan,
    deploys: &mut Deploys,
    heard: &Heard,
    [registers, calls]: [Counted; 2],
    quarters: [usize; 4],
    left: usize,
) {
    let line = |what: &str, value: String| println!("  {what:<46}{value}");
    println!(
        "\n{} s, {} transactions a second by sipp, {} lines a second of ours",
        plan.seconds, plan.transactions, plan.lines
    );
    line(
        "versions put in charge",
        format!(
            "{} ({} a second)",
            deploys.done,
            deploys.done as u64 / plan.seconds.max(1)
        ),
    );
    line(
        "  of these by rollback, by promote",
        format!("{}, {}", deploys.rollbacks, deploys.promoted),
    );
    let (half, most) = (deploys.percentile(0.5), deploys.percentile(0.99));
    line(
        "  answered after, median and 99 %",
        format!("{:.1} ms, {:.1} ms", ms(half), ms(most)),
    );
    for (name, count) in &deploys.refused {
        line(&format!("refused: {name}"), count.to_string());
    }
    line("deploys that went otherwise", deploys.wrong.len().to_string());
    for (name, counted) in [
        ("sipp, REGISTER 401, REGISTER 200", registers),
        ("sipp, INVITE 180 200 ACK BYE 200", calls),
    ] {
        let Counted {
            answered,
            failed,
            resent,
        } = counted;
        line(name, format!("{answered} done, {failed} failed, {resent} sent again"));
    }
    let done: u32 = heard.done.values().sum();
    line(
        "our telephones",
        format!(
            "{done} done, {} failed, {} sent again",
            heard.failed.len(),
            heard.resent
        ),
    );
    line("  what they did", Value::from_iter(heard.done.clone()).to_string());
    line(
        "  transactions looked at",
        format!(
            "{}: {} replies, {} requests relayed",
            heard.transactions, heard.replies, heard.relayed
        ),
    );
    line(
        "  by the version that they carry",
        Value::from_iter(heard.versions.clone()).to_string(),
    );
    line(
        "  with marks of several versions",
        format!("{} (aim: 0)", heard.mixed.len()),
    );
    line("  REGISTER sent again, answered by two", heard.anew.to_string());
    line(
        "  messages without a mark",
        Value::from_iter(heard.unmarked.clone()).to_string(),
    );
    line("old versions at the end", format!("{left} (aim: 0)"));
    let ratio = quarters[3] as f64 / quarters[1].max(1) as f64;
    let megabytes = quarters
        .map(|bytes| format!("{:.1}", bytes as f64 / 1_048_576.0))
        .join(" ");
    line(
        "resident MB, median of each quarter",
        format!("{megabytes}: {ratio:.3} of the second (aim: at most 1.03)"),
    );
}

fn check(plan: &Plan, deploys: &Deploys, heard: &Heard, counted: [Counted; 2], quarters: [usize; 4], left: usize) {
    assert!(
        deploys.wrong.is_empty(),
        "{:#?}",
        &deploys.wrong[..deploys.wrong.len().min(5)]
    );
    assert!(deploys.done >= 20, "only {} versions were put in charge", deploys.done);
    assert!(!deploys.refused.is_empty(), "no broken one was tried");
    assert!(
        heard.failed.is_empty(),
        "{:#?}",
        &heard.failed[..heard.failed.len().min(5)]
    );
    assert!(
        heard.mixed.is_empty(),
        "{:#?}",
        &heard.mixed[..heard.mixed.len().min(5)]
    );
    for what in heard.unmarked.keys() {
        // what the host says by itself, to the next hop alone
        assert!(matches!(&**what, "100 INVITE" | "0 CANCEL"), "{:?}", heard.unmarked);
    }
    assert_eq!(heard.versions.len(), 2, "{:?}", heard.versions);
    for counted in counted {
        assert!(counted.answered > 0 && counted.failed == 0, "{counted:?}");
    }
    assert_eq!(left, 0, "old versions at the end");
    if plan.long {
        let ratio = quarters[3] as f64 / quarters[1].max(1) as f64;
        assert!(
            ratio <= 1.03,
            "memory grows: {ratio:.3} of the second quarter in the last"
        );
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
