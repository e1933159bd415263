//! Every failure: what goes out, who is to blame, one log line.
//!
//! | what happened | what goes out | blame |
//! |---|---|---|
//! | bytes that are no SIP | nothing (a stream is closed) | peer |
//! | a request that lacks what every request has | 400, 505 (an ACK: nothing) | peer |
//! | the request callback failed before it decided | 500; 503 where no instance was free (an ACK: nothing) | guest; host |
//! | a quota ended it, or kept it from running, before it decided | 503 (an ACK: nothing; a CANCEL: it cancels) | guest |
//! | it failed after it decided | what it decided | guest |
//! | a reply's callback failed | the reply, unchanged | guest |
//! | a failure callback failed | the best negative reply | guest |
//! | a tenant is over a quota, or its breaker is open | 503 (an ACK: nothing) | guest |
//! | more comes than a worker can do (`worker/overload`) | 503 or nothing, for what is new | peer |
//! | a callback of a version that ended at its drain limit | as where it failed | host |
//! | a panic | 500 where nothing was decided | host |

use crate::route::{Fault, MEMORY_WAS_REACHED, Route, Routing, Shared, core};
use crate::tenant::{Over, Tenant};
use bytes::Bytes;
use kemist_sip::Target;
use kemist_sip::message::parser;
use kemist_sip::message::{Message, Method, build, validation};
use kemist_sip::transaction::{Layer, TransactionId, to_tag};
use std::borrow::Cow;
use std::fmt::{self, Display};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Whoever sent the message.
    Peer,
    /// The routing script.
    Guest,
    /// kemist or the machine it runs on.
    Host,
}

impl Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Blame::Peer => "peer",
            Blame::Guest => "guest",
            Blame::Host => "host",
        })
    }
}

/// Seconds after which a peer that got a 503 may try again.
const RETRY_AFTER: u32 = 2;
/// Lines of failures a second that are not a tenant's; more are counted and mentioned later. Tenants have
/// their own, so that none can keep the lines of others from the log.
const LINES: u64 = 20;
const UNAVAILABLE: &str = "Service Unavailable";

/// Bytes that cannot be indexed as SIP: counted, dropped.
pub fn unreadable(shared: &Shared, source: Target, error: &parser::Error) {
    shared.stats.bad_messages.inc();
    tracing::debug!(blame = %Blame::Peer, source = %source.remote, "dropped a message: {error}");
}

/// A request that lacks what every request must have: answered where it says where to.
pub fn bad_request(shared: &Shared, msg: &Message, source: Target, fault: &validation::Fault) {
    if msg.method() == Method::Ack || msg.via().is_none() {
        shared.stats.bad_messages.inc();
    } else {
        shared.stats.bad_answered.inc();
        answer(msg, source, fault.status(), fault.reason(), b"");
    }
    tracing::debug!(blame = %Blame::Peer, source = %source.remote, "bad request: {}", fault.reason());
}

/// A stream that cannot be framed any more: a 400 where its front reads as a request (RFC 4475
/// 3.1.2.3), and the connection is closed.
pub fn bad_frame(shared: &Shared, source: Target, bytes: &[u8]) -> Option<Bytes> {
    shared.stats.bad_messages.inc();
    tracing::debug!(blame = %Blame::Peer, source = %source.remote, "closed a connection: its bytes cannot be framed");
    let msg = Message::parse(Bytes::copy_from_slice(bytes)).ok()?;
    let answerable = msg.is_request() && msg.method() != Method::Ack && msg.via().is_some();
    answerable.then(|| {
        shared.stats.bad_answered.inc();
        reply_bytes(&msg, source, 400, "Bad Request", b"")
    })
}

/// The module has no `ksr_request_route`.
pub fn no_request_route(routing: &dyn Routing, msg: &Message, source: Target) {
    let failure = Failure::new(Blame::Guest, Some(routing));
    failure.report(&"the version has no ksr_request_route");
    answer(msg, source, 500, "Server Internal Error", b"");
}

/// A tenant has used up a quota, or nobody routes for it: 503, and when it is worth trying again. One line
/// for each tenant and quota in ten seconds.
pub fn over_quota(tenant: &Tenant, over: &Over, msg: &Message, source: Target) {
    if tenant.refused(over, core::with(|core| core.now)) {
        tracing::warn!(blame = %Blame::Guest, tenant = tenant.name(), limit = over.limit, "over quota: its requests get 503");
    }
    answer(msg, source, 503, UNAVAILABLE, &retry_after(over.retry_after));
}

/// The process is about to end: whatever is new may go elsewhere.
pub fn draining(msg: &Message, source: Target) {
    answer(msg, source, 503, UNAVAILABLE, &retry_after(RETRY_AFTER));
}

/// There is more than can be done: what is new is refused for some seconds.
pub fn overloaded(msg: &Message, source: Target, seconds: u32) {
    answer(msg, source, 503, UNAVAILABLE, &retry_after(seconds));
}

/// New requests are refused from now on.
pub fn overload_begins() {
    tracing::warn!(
        blame = %Blame::Peer,
        "overload: more comes than can be done; some new requests get 503 or nothing ([overload], kemist_shed_total)"
    );
}

/// They are not any more.
pub fn overload_ends(lasted: Duration, refused: u64, dropped: u64) {
    let seconds = lasted.as_secs();
    tracing::info!(seconds, refused, dropped, "overload: it is over");
}

/// It went from one tenant's routing to the next too often.
pub fn looped(msg: &Message, source: Target) {
    answer(msg, source, 482, "Loop Detected", b"");
}

/// The same request came by another way and is being served (RFC 3261 8.2.2.2), where the configuration
/// refuses that.
pub fn merged(msg: &Message, source: Target) {
    answer(msg, source, 482, "Merged Request", b"");
}

/// `ksr_request_route` failed. What it decided before stands; else the caller gets an answer.
pub fn request_fault(route: &Route, fault: &Fault) {
    self::fault("ksr_request_route", &*route.routing, fault);
    if route.decided.replied || route.decided.relayed || route.decided.absorbed {
        return;
    }
    let (code, reason, extra) = match fault {
        Fault::Quota(limit) => {
            let over = Over::of(limit, Duration::ZERO);
            if is_over(route) {
                return;
            }
            // the line was written with the fault
            route.owner().refused(&over, core::with(|core| core.now));
            (503, UNAVAILABLE, retry_after(over.retry_after))
        }
        // no transaction: nothing ran
        Fault::Busy => (503, UNAVAILABLE, retry_after(RETRY_AFTER)),
        _ => (500, "Server Internal Error", Cow::Borrowed(&b""[..])),
    };
    match route.transaction {
        Some(id) => answer_through(id, &route.msg, route.source, code, reason, &extra),
        None => {
            route.routing.replied(code);
            answer(&route.msg, route.source, code, reason, &extra);
        }
    }
}

/// Does what a CANCEL of a transaction asks for where its callback may not: what ends something always goes
/// through. False where it is none.
fn is_over(route: &Route) -> bool {
    let Some(invite) = route.related.filter(|_| route.msg.method() == Method::Cancel) else {
        return false;
    };
    match route.transaction {
        Some(id) => answer_through(id, &route.msg, route.source, 200, "canceling", b""),
        None => answer(&route.msg, route.source, 200, "canceling", b""),
    }
    core::with(|core| core.layer.cancel_for(invite, None, core.now));
    true
}

/// The host panicked under `ksr_request_route`, and the run is lost with all it knew.
pub fn after_panic(msg: &Message, source: Target) {
    match core::with(|core| core.layer.find_request(msg)) {
        Some(id) => answer_through(id, msg, source, 500, "Server Internal Error", b""),
        None => answer(msg, source, 500, "Server Internal Error", b""),
    }
}

/// A callback failed: counted by kind, and told in one line.
pub fn fault(callback: &str, routing: &dyn Routing, fault: &Fault) {
    core::with(|core| {
        let stats = &core.shared.stats;
        match fault {
            Fault::Script(_) => stats.script_errors.inc(),
            Fault::Trap(_) => stats.traps.inc(),
            Fault::Deadline => stats.deadlines.inc(),
            Fault::Quota(_) => stats.over_quota.inc(),
            Fault::Busy => stats.busy.inc(),
            Fault::Ended => stats.ended.inc(),
        }
    });
    if let Fault::Quota(limit) = fault {
        let what = format_args!("{callback} was ended, or did not run");
        return routing.tenant().limited(limit, core::with(|core| core.now), what);
    }
    let blame = match fault {
        Fault::Busy | Fault::Ended => Blame::Host,
        _ => Blame::Guest,
    };
    let text = match fault {
        // told once, when it ended
        Fault::Ended => return tracing::debug!(version = routing.label(), "{callback} did not run: {fault}"),
        Fault::Script(text) => format!("{callback} failed: {}", one_line(text)),
        Fault::Trap(text) => format!("{callback} trapped: {}", one_line(text)),
        Fault::Deadline => format!("{callback} used up its running time"),
        // written only where the line is: there may be very many of these
        Fault::Busy => return Failure::new(blame, Some(routing)).report(&NoInstance(callback, routing)),
        Fault::Quota(_) => format!("{callback} did not run: no instance was free"),
    };
    let failure = Failure {
        limit: limit_of(fault),
        ..Failure::new(blame, Some(routing))
    };
    failure.report(&text);
}

/// A callback that no instance was free for.
struct NoInstance<'r>(&'r str, &'r dyn Routing);

impl Display for NoInstance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoInstance(callback, routing) = self;
        write!(f, "{callback} did not run: no instance was free")?;
        match routing.when_busy() {
            advice if advice.is_empty() => Ok(()),
            advice => write!(f, " ({advice})"),
        }
    }
}

/// The limit that a fault has met, for the lines of tenants.
fn limit_of(fault: &Fault) -> Option<&'static str> {
    match fault {
        Fault::Deadline => Some("deadline"),
        Fault::Trap(text) if text.ends_with(MEMORY_WAS_REACHED) => Some("memory"),
        _ => None,
    }
}

/// A listening socket that was to be read again is not.
pub fn not_reading(error: &std::io::Error) {
    Failure::new(Blame::Host, None).report(&format_args!("a listening socket cannot be read: {error}"));
}

/// The host panicked in something, and goes on.
pub fn panicked(what: &str, text: &str) {
    Failure::new(Blame::Host, None).report(&format_args!("{what} panicked: {}", one_line(text)));
}

/// The text of a panic.
pub fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("a panic without a text").to_owned()
}

fn retry_after(seconds: u32) -> Cow<'static, [u8]> {
    Cow::Owned(format!("Retry-After: {seconds}\r\n").into_bytes())
}

/// A reply through the transaction, where nothing was decided in it.
fn answer_through(id: TransactionId, msg: &Message, source: Target, code: u16, reason: &str, extra: &[u8]) {
    let open = core::with(|core| undecided(&core.layer, id));
    if open && msg.method() != Method::Ack {
        let bytes = core::with(|core| build(core, msg, source, code, reason, extra));
        // gone or answered in the meantime is as good
        let _ = core::with(|core| core.layer.reply(id, code, bytes, core.now));
    }
}

fn undecided<U>(layer: &Layer<U>, id: TransactionId) -> bool {
    layer
        .get(id)
        .is_some_and(|tx| !tx.is_final_sent() && tx.branches().is_empty())
}

/// A reply without a transaction; an ACK gets none.
fn answer(msg: &Message, source: Target, code: u16, reason: &str, extra: &[u8]) {
    if msg.method() == Method::Ack {
        return;
    }
    let target = build::reply_target(msg, source, false);
    core::with(|core| {
        let bytes = build(core, msg, source, code, reason, extra);
        core.shared.stats.stateless(code);
        core.send(target, bytes);
    });
}

fn reply_bytes(msg: &Message, source: Target, code: u16, reason: &str, extra: &[u8]) -> Bytes {
    core::with(|core| build(core, msg, source, code, reason, extra))
}

fn build(core: &mut core::Core, msg: &Message, source: Target, code: u16, reason: &str, extra: &[u8]) -> Bytes {
    let tag = to_tag(&core.shared.secret, msg);
    let server = core.shared.server_header.as_deref();
    core.scratch.clear();
    build::reply(
        msg,
        code,
        reason,
        &tag,
        source.remote,
        false,
        extra,
        None,
        server,
        &mut core.scratch,
    );
    Bytes::copy_from_slice(&core.scratch)
}

/// Text of a guest or a panic, fit for one line of the log.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 600;
    let flat = text
        .split(['\r', '\n'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" | ");
    let flat: String = flat.chars().filter(|c| !c.is_control()).collect();
    match flat.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &flat[..end]),
        None => flat,
    }
}

/// One line of a failure.
struct Failure<'r> {
    blame: Blame,
    /// Of what.
    routing: Option<&'r dyn Routing>,
    limit: Option<&'static str>,
}

impl<'r> Failure<'r> {
    fn new(blame: Blame, routing: Option<&'r dyn Routing>) -> Failure<'r> {
        Failure {
            blame,
            routing,
            limit: None,
        }
    }

    /// Writes it, unless there were too many within this second.
    fn report(&self, text: &dyn Display) {
        let blame = self.blame;
        let version = self.routing.map(|routing| routing.label());
        let tenant = self
            .routing
            .map(|routing| routing.tenant())
            .filter(|tenant| !tenant.is_operator());
        let Some(tenant) = tenant else {
            return match blame {
                _ if !LIMIT.take(second()) => {}
                Blame::Host => tracing::error!(%blame, version, "{text}"),
                _ => tracing::warn!(%blame, version, "{text}"),
            };
        };
        let Some(left_out) = tenant.failure_line(Instant::now()) else {
            return;
        };
        let (name, left_out, limit) = (tenant.name(), Some(left_out).filter(|count| *count > 0), self.limit);
        match blame {
            Blame::Host => tracing::error!(%blame, tenant = name, version, limit, left_out, "{text}"),
            _ => tracing::warn!(%blame, tenant = name, version, limit, left_out, "{text}"),
        }
    }
}

/// Says how many lines were left out, once a second has passed.
pub fn flush_suppressed() {
    if let Some(count) = LIMIT.suppressed(second) {
        tracing::warn!("{count} lines about failures were left out");
    }
}

fn second() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

static LIMIT: Limit = Limit::new();

/// Lets some lines a second through and counts the rest. Races between workers may let one more
/// through, which does not matter.
struct Limit {
    second: AtomicU64,
    taken: AtomicU64,
    left_out: AtomicU64,
}

impl Limit {
    const fn new() -> Limit {
        Limit {
            second: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
        }
    }

    fn take(&self, now: u64) -> bool {
        if self.second.swap(now, Ordering::Relaxed) != now {
            self.taken.store(0, Ordering::Relaxed);
        }
        let free = self.taken.fetch_add(1, Ordering::Relaxed) < LINES;
        if !free {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        free
    }

    /// The lines left out in an earlier second; the clock is read only where there are any.
    fn suppressed(&self, now: impl Fn() -> u64) -> Option<u64> {
        if self.left_out.load(Ordering::Relaxed) == 0 || self.second.load(Ordering::Relaxed) == now() {
            return None;
        }
        Some(self.left_out.swap(0, Ordering::Relaxed)).filter(|&count| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_failures_is_a_few_lines() {
        let limit = Limit::new();
        let passed = (0..1000).filter(|_| limit.take(7)).count() as u64;
        assert_eq!(passed, LINES);
        assert_eq!(limit.suppressed(|| 7), None, "still the same second");
        assert_eq!(limit.suppressed(|| 8), Some(1000 - LINES));
        assert_eq!(limit.suppressed(|| 8), None);
        assert!(limit.take(8));
    }

    #[test]
    fn a_guests_text_is_one_line_of_bounded_length() {
        assert_eq!(one_line("boom\n  at a\r\n\n  at b\n"), "boom | at a | at b");
        assert!(one_line(&"é".repeat(5000)).len() < 1300);
        assert_eq!(one_line("a\0b\u{1b}[31mc\u{85}"), "ab[31mc");
    }
}
