//! The cost of a message in a whole worker without sockets, the basic script in a reused instance, by the thread's processor
//! time: the best of some batches, at each size.

use crate::stage::{Stage, answer};
use crate::support::component::component;
use bytes::Bytes;
use kemist::route::Routing;
use kemist::tenant::Tenant;
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Policy, Version};
use nix::time::{ClockId, clock_gettime};
use std::fs;
use std::sync::Arc;
use std::time::Duration;

const BATCH: usize = 1_000;
const BATCHES: usize = 30;
/// How much dearer the largest may be than the smallest.
const AIM: f64 = 1.15;

const REGISTRATIONS: [usize; 3] = [1_000, 20_000, 200_000];
const TRANSACTIONS: [usize; 3] = [100, 10_000, 100_000];

/// Refreshes of registrations, and INVITEs for them, with few and many of them there. Those who register are a thousand at each
/// size, all over the table, and their credentials are cached as in a row of refreshes.
pub fn registrations(scale: f64) {
    let mut stage = stage(0);
    let (mut first, mut made) = (None, 0);
    for size in REGISTRATIONS {
        let size = scaled(size, scale);
        stage.register_up_to(size);
        // who has an account: spread over the table, and not in its order
        let users: Vec<usize> = (0..BATCH.min(size)).map(|at| at * (size / BATCH.min(size))).collect();
        stage.accounts(users.iter().copied());
        let users: Vec<usize> = (0..users.len()).map(|at| users[at * 7919 % users.len()]).collect();
        let (mut refresh, mut invite) = (f64::INFINITY, f64::INFINITY);
        // no time goes by in here: cached credentials would go with it
        for round in 0..=BATCHES {
            let requests = users.iter().map(|user| stage.refresh(*user)).collect();
            let took = batch(&stage, requests, "SIP/2.0 200");
            // the first one reads accounts from the database
            if round > 0 {
                refresh = refresh.min(took);
            }
        }
        for round in 0..=BATCHES {
            // any of those who are there
            let callees = (0..BATCH).map(|at| (made + at) * 7_919 % size);
            let requests = callees.map(|user| stage.invite(user)).collect();
            made += BATCH;
            let took = batch(&stage, requests, "INVITE ");
            if round > 0 {
                invite = invite.min(took);
            }
        }
        // calls end, and registrations do not
        stage
            .worker
            .advance(Duration::from_secs(60))
            .expect("timers wait for nobody");
        stage.sent();
        stage.forget();
        let (first_refresh, first_invite) = *first.get_or_insert((refresh, invite));
        println!(
            "{size:>7} registrations: refresh {refresh:.2} us ({:.2}), lookup and INVITE {invite:.2} us ({:.2}; aim: {AIM})",
            refresh / first_refresh,
            invite / first_invite
        );
    }
}

/// Calls begun and answered, with few and many others ringing.
pub fn transactions(scale: f64) {
    let mut stage = stage(1_000);
    let (mut first, mut open, mut before) = (None, 0, crate::process::resident(std::process::id()));
    for size in TRANSACTIONS {
        let size = scaled(size, scale);
        let more = size - open;
        while open < size {
            let some = (size - open).min(BATCH);
            let invites: Vec<Bytes> = (0..some).map(|user| stage.invite(user)).collect();
            invites.into_iter().for_each(|bytes| stage.receive(bytes));
            replies(&stage, 180)
                .into_iter()
                .for_each(|rpl| stage.receive_reply(rpl));
            stage.sent();
            open += some;
        }
        let after = crate::process::resident(std::process::id());
        let (mut invite, mut reply) = (f64::INFINITY, f64::INFINITY);
        for round in 0..=BATCHES {
            let invites = (0..BATCH).map(|user| stage.invite(user)).collect();
            let called = timed(&stage, invites, Stage::receive);
            let answered = timed(&stage, replies(&stage, 200), Stage::receive_reply);
            // these end, the others go on ringing
            stage
                .worker
                .advance(Duration::from_secs(60))
                .expect("timers wait for nobody");
            stage.sent();
            if round > 0 {
                (invite, reply) = (invite.min(called), reply.min(answered));
            }
        }
        let (first_invite, first_reply) = *first.get_or_insert((invite, reply));
        println!(
            "{size:>7} transactions open: INVITE {invite:.2} us ({:.2}), its 200 {reply:.2} us ({:.2}; aim: {AIM}); {} bytes for each more",
            invite / first_invite,
            reply / first_reply,
            after.saturating_sub(before) / more.max(1)
        );
        before = crate::process::resident(std::process::id());
    }
}

fn scaled(size: usize, scale: f64) -> usize {
    ((size as f64 * scale) as usize).max(1)
}

/// Microseconds a message of these; what the last one caused begins with the text.
fn batch(stage: &Stage, messages: Vec<Bytes>, expected: &str) -> f64 {
    let took = timed(stage, messages, Stage::receive);
    let last = stage.last_line();
    assert!(last.starts_with(expected), "{last:?}");
    took
}

fn timed(stage: &Stage, messages: Vec<Bytes>, receive: fn(&Stage, Bytes)) -> f64 {
    let count = messages.len();
    assert!(count > 0);
    let begun = processor_time();
    messages.into_iter().for_each(|bytes| receive(stage, bytes));
    (processor_time() - begun).as_secs_f64() * 1e6 / count as f64
}

/// Replies to the INVITEs that were just forwarded.
fn replies(stage: &Stage, code: u16) -> Vec<Bytes> {
    let sent = stage.sent();
    let forwarded = sent.iter().filter(|bytes| bytes.starts_with(b"INVITE"));
    forwarded.map(|sent| answer(sent, code)).collect()
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    Duration::from(time.expect("Linux has this clock"))
}

fn stage(registrations: usize) -> Stage {
    let engine = Engine::new(&Options {
        instances: 200,
        ..Options::default()
    })
    .expect("an engine");
    let bytes = fs::read(component("examples/basic/rust")).expect("it was built");
    let compiler = Compiler::new(None, None, CompileLimits::default());
    let prepared = compiler.prepare(&engine, &bytes).expect("it compiles");
    let version = Version::of(&engine, prepared, Limits::default(), Policy::Reuse, Tenant::operator());
    let routing: Arc<dyn Routing> = version.expect("it links");
    Stage::new(routing, registrations)
}
