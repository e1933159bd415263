//! The proof of tenants: many of them in one process, one in ten with routing out of the hostile corpus, another one
//! all the time, while the others register and call. Runs without and with the hostile ones take turns.
//!
//! The short form is a test as any other. `make soak-tenants` runs the long one: `KEMIST_SOAK_SECONDS` (600) in ten runs
//! at `KEMIST_SOAK_RATE` transactions a second (600), with `KEMIST_SOAK_TENANTS` (1,000) tenants.

#[path = "soak_tenants/hostile.rs"]
mod hostile;
#[path = "soak_tenants/plan.rs"]
mod plan;
#[path = "soak_tenants/prober.rs"]
mod prober;
#[path = "soak_tenants/traffic.rs"]
mod traffic;

use crate::soak::{Door, resident_now};
use crate::support::component::component;
use crate::support::proxy::{Proxy, Setup};
use crate::support::sipp;
use hostile::{Attack, Harm};
use plan::{Modules, Plan};
use prober::{Probed, Prober};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};
use traffic::{Called, Counted};

/// What stands in every account and table of the others, with the tenant's name.
const CANARY: &str = "canary-";
/// How much longer the others may wait, and beside that.
const RATIO: f64 = 1.5;
const BESIDE_MS: f64 = 2.0;

/// One run.
struct Run {
    with: bool,
    counted: [Counted; 2],
    probed: Probed,
    /// 99 in a hundred requests of the others were answered within so many milliseconds: the prober's, and sipp's.
    p99: [f64; 2],
    /// Time of the processor that the proxy used, in seconds for each second, and what of it the hostile ones paid for.
    cpu: f64,
    paid: f64,
}

#[test]
fn hostile_tenants_cost_the_others_nothing() {
    if !sipp::installed() {
        return;
    }
    let plan = Plan::new();
    let begun = Instant::now();
    let corpus = hostile::made(&plan);
    let proxy = start(&plan, &corpus);
    await_all(&proxy, &plan);
    println!(
        "\n{} tenants, {} of them hostile; started after {:?}",
        plan.tenants,
        plan.hostile,
        begun.elapsed()
    );
    let door = Door::new(proxy.folder());
    let pid = proxy.pid();
    let called = Called::start(proxy.address);
    let registered = traffic::run(&proxy, &plan, &called, plan.warm_up());
    assert_eq!(registered[0].failed, 0, "the others could not register: {registered:?}");
    let (mut runs, mut memory, mut harm) = (Vec::new(), Vec::new(), Harm::default());
    for number in 0..plan.runs {
        let with = number % 2 == 1;
        let (before, paid_before) = (processor(pid), paid(&door, &plan));
        let started = Instant::now();
        let attack = with.then(|| Attack::start(proxy.address, &door, &corpus, &plan, number));
        let domains = plan.others().map(|name| format!("{name}.example")).collect();
        let prober = Prober::start(proxy.address, domains, plan.probes, plan.seconds as f64);
        let counted = traffic::run(&proxy, &plan, &called, plan.traffic());
        let probed = prober.finish();
        let seconds = started.elapsed().as_secs_f64();
        let cpu = (processor(pid) - before).as_secs_f64() / seconds;
        let paid = (paid(&door, &plan) - paid_before) / seconds;
        harm.add(attack.map(Attack::finish).unwrap_or_default());
        memory.push(resident_now(pid));
        let p99 = [
            traffic::p99(probed.took.iter()),
            traffic::p99(counted.iter().flat_map(|counted| &counted.took)),
        ];
        let run = Run {
            with,
            counted,
            probed,
            p99,
            cpu,
            paid,
        };
        run.print();
        runs.push(run);
    }
    let log = proxy.log();
    let refused = refused(&door, &plan);
    memory.push(without_them(&door, &plan, pid));
    check(&plan, &runs, &harm, &memory, &log, &refused);
    assert_eq!(proxy.pid(), pid, "no restart");
}

fn start(plan: &Plan, corpus: &hostile::Corpus) -> Proxy {
    let basic = component("examples/basic/rust");
    let mut accounts = String::new();
    for name in plan.others() {
        accounts += &format!("{CANARY}{name},{name}.example,pw-{name}\n");
    }
    let file = corpus.folder().join("accounts.csv");
    fs::write(&file, accounts).expect("our folder");
    let modules = Modules {
        good: basic.clone(),
        script: component("examples/basic/javascript"),
        first: corpus.first(),
        attacks: corpus.attacks.clone(),
    };
    let proxy = Setup::new(basic)
        .tables(&plan.tables(&modules))
        .accounts_of(&file)
        .start();
    // where hostile modules look: values of the operator's own
    let door = Door::new(proxy.folder());
    for key in ["x", "a", "b", "key", "canary"] {
        let value = format!("{CANARY}operator");
        door.call("htable.sets", serde_json::json!(["canary", key, value]))
            .expect("the table is there");
    }
    proxy
}

/// Modules that are new are compiled after a start.
fn await_all(proxy: &Proxy, plan: &Plan) {
    let door = Door::new(proxy.folder());
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        let list = door.call("tenant.list", serde_json::json!([])).expect("it is answered");
        let rows = list.as_array().map_or(&[][..], Vec::as_slice);
        let ready = rows.iter().filter(|row| row["routing"]["version"].is_string()).count();
        if ready == plan.tenants {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{ready} of {} route: {}",
            plan.tenants,
            rows[0]
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The figures of all tenants, by name.
fn figures(door: &Door) -> Vec<(String, Value)> {
    let list = door.call("tenant.list", json!([])).expect("it is answered");
    let rows = list.as_array().map_or(&[][..], Vec::as_slice);
    let named = |row: &Value| {
        (
            row["name"].as_str().unwrap_or_default().to_owned(),
            row["figures"].clone(),
        )
    };
    rows.iter().map(named).collect()
}

/// Removes the hostile ones: how many bytes are left, when what was theirs has gone.
fn without_them(door: &Door, plan: &Plan, pid: u32) -> usize {
    for number in 0..plan.hostile {
        let name = plan.name_of_hostile(number);
        door.call("tenant.rm", json!([name])).expect("it is removed");
    }
    let (mut least, mut looks) = (resident_now(pid), 0);
    while looks < 10 {
        std::thread::sleep(Duration::from_millis(200));
        let now = resident_now(pid);
        looks = if now < least { 0 } else { looks + 1 };
        least = least.min(now);
    }
    least
}

/// Seconds of the processor that the hostile ones have paid for.
fn paid(door: &Door, plan: &Plan) -> f64 {
    let names: HashSet<String> = (0..plan.hostile).map(|number| plan.name_of_hostile(number)).collect();
    let theirs = figures(door).into_iter().filter(|(name, _)| names.contains(name));
    theirs.filter_map(|(_, figures)| figures["cpu_seconds"].as_f64()).sum()
}

/// What the others were refused, which must be nothing: tenant, limit and count.
fn refused(door: &Door, plan: &Plan) -> Vec<String> {
    let others: HashSet<String> = plan.others().collect();
    let mut refused = Vec::new();
    for (name, figures) in figures(door).iter().filter(|(name, _)| others.contains(name)) {
        for kind in ["refused", "limited", "faults"] {
            let counts = figures[kind].as_object().into_iter().flatten();
            refused.extend(counts.map(|(limit, count)| format!("{name}: {kind} {limit} {count}")));
        }
    }
    refused
}

impl Run {
    fn print(&self) {
        let [register, call] = &self.counted;
        println!(
            "  {}: REGISTER {} done, {} failed, {} sent again; calls {} done, {} failed, {} sent again; \
             p99 {:.2} ms (sipp {:.0}), {} probes, {} lost; {:.2} processors, {:.2} paid for",
            if self.with { "with   " } else { "without" },
            register.answered,
            register.failed,
            register.resent,
            call.answered,
            call.failed,
            call.resent,
            self.p99[0],
            self.p99[1],
            self.probed.took.len(),
            self.probed.lost,
            self.cpu,
            self.paid,
        );
    }
}

fn check(plan: &Plan, runs: &[Run], harm: &Harm, memory: &[usize], log: &str, refused: &[String]) {
    println!("  the hostile ones: {harm}");
    let of = |with: bool| {
        median(
            runs.iter()
                .filter(|run| run.with == with)
                .map(|run| run.p99[0])
                .collect(),
        )
    };
    let cpu = |with: bool| median(runs.iter().filter(|run| run.with == with).map(|run| run.cpu).collect());
    let (without, with) = (of(false), of(true));
    println!(
        "  p99 of the others, median: {without:.2} ms without, {with:.2} ms with (aim: at most {:.2})",
        without * RATIO + BESIDE_MS
    );
    println!(
        "  processors: {:.2} without, {:.2} with; the hostile ones may use {:.2}",
        cpu(false),
        cpu(true),
        plan.hostile_cpu()
    );
    let megabytes: Vec<String> = memory.iter().map(|bytes| format!("{}", bytes >> 20)).collect();
    println!(
        "  resident MB after each run, and when the hostile ones are removed: {}",
        megabytes.join(" ")
    );
    for run in runs {
        for counted in &run.counted {
            assert_eq!(counted.failed, 0, "a message of the others was lost: {counted:?}");
            assert!(counted.answered > 0);
        }
        assert_eq!(run.probed.lost, 0, "a request of the others got no answer");
        assert!(run.probed.odd.is_empty(), "{:?}; {refused:?}", run.probed.odd);
    }
    assert!(refused.is_empty(), "the others were refused: {refused:?}");
    assert!(harm.deployed > 0 && harm.refused > 0 && harm.sent > 0, "{harm}");
    assert!(harm.seen.is_empty(), "what is another's was seen: {:#?}", harm.seen);
    assert!(harm.odd.is_empty(), "{:#?}", &harm.odd[..harm.odd.len().min(5)]);
    let told = |line: &&str| line.contains("script") && line.contains(CANARY);
    let told: Vec<&str> = log.lines().filter(told).collect();
    assert!(told.is_empty(), "the log tells what is another's: {told:#?}");
    assert!(!log.contains("panicked"), "the host panicked");
    assert!(log.lines().all(|line| !line.contains('\u{1b}') && !line.contains('\0')));
    if plan.long {
        assert!(
            with <= without * RATIO + BESIDE_MS,
            "the others wait {with:.1} ms instead of {without:.1} ms"
        );
        assert!(
            cpu(true) - cpu(false) <= plan.hostile_cpu() * 1.2,
            "the hostile ones use more than their quota"
        );
        // the first runs fill what is kept, and what is the hostile ones' own (tables, caches) goes with them
        let (rest, left) = memory.split_at(memory.len() - 1);
        let quarter = |number: usize| {
            let part = &rest[rest.len() * number / 4..rest.len() * (number + 1) / 4];
            median(part.iter().map(|bytes| *bytes as f64).collect())
        };
        let ratio = quarter(3) / quarter(1);
        assert!(
            ratio <= 1.1,
            "memory grows: {ratio:.3} of the second quarter in the last"
        );
        let left = left[0] as f64 / rest[0] as f64;
        assert!(
            left <= 1.1,
            "memory stays: {left:.3} of what was there before the hostile ones came"
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Time of the processor that a process has used, its children not counted.
fn processor(pid: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks = |place| {
        fields
            .split(' ')
            .nth(place)
            .and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}
