//! What the operator's door asks of the workers and of deploys: `tm.*`, streams, figures, `route.*`.

use crate::admin::metrics::Family;
use crate::admin::stats::Figure;
use crate::admin::{Admin, Answer, Call, Chunks, Doc, Failure, Kind, Param};
use crate::deploy::{self, Houses};
use crate::route::{Routing, Shared, core, suspend};
use crate::store::OPERATOR;
use crate::tenant::Figures;
use crate::transport::buffers;
use crate::wasm::Version;
use crate::worker::{BOUNDS, Fleet, Phase};
use kemist_sip::message::{HeaderId, Message};
use kemist_sip::transaction;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Transactions that a worker lists in one step: some tens of microseconds.
const SLICE: usize = 256;

/// The docs of what is registered here.
pub static DOCS: [Doc; 5] = [
    Doc {
        name: "tm.stats",
        params: &[],
        about: "Counters of transactions, over all workers.",
        result: "an object of numbers; `2xx` to `6xx` are final replies sent",
        differs: "`branches`, `timeouts`, `retransmissions`, `absorbed_...`, `unknown_replies` are not there; `waiting` and `delayed_free` are its own",
    },
    Doc {
        name: "tm.list",
        params: &[],
        about: "The transactions that there are.",
        result: "a list of `tindex`, `tlabel`, `method`, `from`, `to`, `callid`, `cseq`, `uas_request`, `outgoings` (branches), `code` (the last reply sent), `lifetime` (seconds since the request), `worker`",
        differs: "addresses in memory and flags besides; `lifetime` is what is left",
    },
    Doc {
        name: "tm.cancel",
        params: &[
            Param::new("callid", Kind::Text, "the Call-ID of an INVITE"),
            Param::new("cseq", Kind::Int, "the number in its CSeq"),
        ],
        about: "Cancels the branches of an INVITE that has no final reply.",
        result: "a text; error 404 where there is none",
        differs: "error 400 where there is none",
    },
    Doc {
        name: "core.tcp_info",
        params: &[],
        about: "How many stream connections there are.",
        result: "`readers` (workers), `max_connections`, `opened_connections`",
        differs: "the same for TLS, and bytes that wait",
    },
    Doc {
        name: "core.tcp_list",
        params: &[],
        about: "The stream connections.",
        result: "a list of `id`, `type`, `dst_ip`, `dst_port` (the peer)",
        differs: "state, times and our own end besides; the peer is `src_ip` there where it connected",
    },
];

/// The operator's methods, with those that ask the workers.
pub(super) fn admin(fleet: &Arc<Fleet>, houses: &Arc<Houses>) -> Admin {
    let [stats, list, cancel, info, connections] = &DOCS;
    let (serving, tenants) = (houses.clone(), houses.clone());
    let of = |done: fn(Arc<Fleet>, Call) -> Answer| {
        let fleet = fleet.clone();
        Box::new(move |call| done(fleet.clone(), call))
    };
    let (health, figures, families, listed) = (fleet.clone(), fleet.clone(), fleet.clone(), fleet.clone());
    let sockets = fleet.shared.clone();
    let admin = Admin::new(fleet.shared.clone());
    let admin = deploy::methods(houses)
        .into_iter()
        .chain(deploy::tenant_methods(houses))
        .fold(admin, |admin, (doc, method)| admin.with(doc, method));
    admin
        .with(stats, of(|fleet, _| Box::pin(tm_stats(fleet))))
        .with(cancel, of(|fleet, call| Box::pin(tm_cancel(fleet, call))))
        .with(info, of(|fleet, _| Box::pin(async move { Ok(tcp_info(&fleet)) })))
        .with(
            connections,
            of(|fleet, _| Box::pin(async move { Ok(tcp_list(&fleet)) })),
        )
        .with_large(list, Box::new(move |_| Box::pin(tm_list(listed.clone()))))
        .with_health(Box::new(move || health.phase() == Phase::Running))
        .with_figures(Box::new(move || Box::pin(statistics(figures.clone()))))
        .with_metrics(Box::new(move || Box::pin(metrics(families.clone()))))
        .with_metrics(Box::new(move || {
            let shared = sockets.clone();
            // it reads the kernel's tables: not on a thread that others wait for
            let read = tokio::task::spawn_blocking(move || of_sockets(&shared));
            Box::pin(async { read.await.unwrap_or_default() })
        }))
        .with_metrics(Box::new(move || {
            let families = of_tenants(&tenants);
            Box::pin(async { families })
        }))
        .with_metrics(Box::new(move || {
            let serving: Vec<_> = serving.all().iter().flat_map(|deploys| deploys.serving()).collect();
            let families = of_versions(&serving);
            Box::pin(async { families })
        }))
}

async fn tm_stats(fleet: Arc<Fleet>) -> Result<Value, Failure> {
    let stats = fleet.transactions().await.ok_or_else(busy)?;
    let [two, three, four, five, six] = stats.finals;
    Ok(json!({
        "current": stats.current,
        "total": stats.created,
        "created": stats.created,
        "freed": stats.created.saturating_sub(stats.current),
        "total_local": stats.own_requests,
        "rpl_sent": stats.replies,
        "rpl_generated": stats.replies.saturating_sub(stats.relayed_replies),
        "rpl_relayed": stats.relayed_replies,
        "2xx": two,
        "3xx": three,
        "4xx": four,
        "5xx": five,
        "6xx": six,
        "branches": stats.branches,
        "timeouts": stats.timeouts,
        "retransmissions": stats.retransmissions,
        "absorbed_requests": stats.absorbed_requests,
        "absorbed_acks": stats.absorbed_acks,
        "absorbed_replies": stats.absorbed_replies,
        "unknown_replies": stats.unknown_replies,
    }))
}

fn busy() -> Failure {
    Failure::new(503, "a worker is too busy to answer; ask again")
}

async fn tm_cancel(fleet: Arc<Fleet>, call: Call) -> Result<Value, Failure> {
    let cseq = call.int(1).and_then(|number| u32::try_from(number).ok());
    let cseq = cseq.ok_or_else(|| Failure::new(-32602, "tm.cancel: parameter `cseq` must be from 0 to 4294967295"))?;
    let call = suspend::Call {
        id: call.text(0).as_bytes().to_vec(),
        cseq,
    };
    // the table of owners may not know it: a fleet of one has none
    for worker in 0..fleet.workers() {
        let errand = suspend::Errand::Cancel {
            call: call.clone(),
            flag: None,
            cause: None,
        };
        let done = fleet
            .run_on(worker, move || suspend::run_errand(OPERATOR, &errand))
            .await;
        if done.ok_or_else(busy)? {
            return Ok(json!("Ok. Branches are cancelled."));
        }
    }
    Err(Failure::new(404, "Transaction not found"))
}

/// One transaction, with what can be formatted elsewhere.
struct Listed {
    name: Option<(i32, i32)>,
    request: Arc<Message>,
    branches: usize,
    code: u16,
    age: Duration,
}

async fn tm_list(fleet: Arc<Fleet>) -> Result<Chunks, Failure> {
    let runtime = Handle::current();
    Chunks::make(move |out| {
        let mut begin = "[";
        for worker in 0..fleet.workers() {
            let mut from = 0;
            // a worker that is too busy is left out from there on
            while let Some((rows, next)) = runtime
                .block_on(fleet.run_on(worker, move || slice(worker, from)))
                .filter(|(rows, _)| !rows.is_empty())
            {
                from = next;
                for row in rows {
                    out.write(std::mem::replace(&mut begin, ","))?;
                    out.write(listed(worker, &row))?;
                }
            }
        }
        out.write(if begin == "[" { "[]" } else { "]" })
    })
}

/// On a worker: some of its transactions from a place on, and where to go on.
fn slice(worker: u16, from: usize) -> (Vec<Listed>, usize) {
    core::with(|core| {
        let mut next = from;
        let rows = core.layer.beginning_at(from).take(SLICE).map(|(place, tx)| {
            next = place + 1;
            Listed {
                name: suspend::name_of(worker, tx.id()),
                request: tx.user().request.clone(),
                branches: tx.branches().len(),
                code: tx.code(),
                age: tx.age(core.now),
            }
        });
        (rows.collect(), next)
    })
}

fn listed(worker: u16, row: &Listed) -> Value {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let header = |id| text(row.request.header(id).map(|header| header.value()));
    let (index, label) = row.name.unwrap_or((-1, -1));
    json!({
        "tindex": index,
        "tlabel": label,
        "method": text(Some(row.request.method_name())),
        "from": header(HeaderId::From),
        "to": header(HeaderId::To),
        "callid": text(row.request.call_id()),
        "cseq": row.request.cseq().map(|cseq| cseq.number),
        "uas_request": "yes",
        "outgoings": row.branches,
        "code": row.code,
        "lifetime": row.age.as_secs(),
        "worker": worker,
    })
}

fn tcp_info(fleet: &Fleet) -> Value {
    let connections = &fleet.connections;
    json!({
        "readers": fleet.workers(),
        "max_connections": connections.most(),
        "opened_connections": connections.open(),
    })
}

fn tcp_list(fleet: &Fleet) -> Value {
    let mut all = fleet.connections.list();
    all.sort_unstable_by_key(|(id, ..)| id.0);
    let row = |(id, protocol, remote): &(kemist_sip::ConnectionId, kemist_sip::Protocol, std::net::SocketAddr)| {
        json!({
            "id": id.0,
            "type": protocol.name().to_ascii_uppercase(),
            "dst_ip": remote.ip().to_string(),
            "dst_port": remote.port(),
        })
    };
    all.iter().map(row).collect()
}

/// Kamailio's groups `tmx`, `tcp` and the rest of `core`. Nothing of transactions where a worker is too busy.
async fn statistics(fleet: Arc<Fleet>) -> Vec<Figure> {
    let counted = fleet.shared.stats.all();
    let of = |name: &str| counted.iter().find(|(n, _)| *n == name).map_or(0, |(_, value)| *value);
    let gauge = |group, name, value| Figure {
        group,
        name,
        value,
        counts: false,
    };
    let counter = |group, name, value| Figure {
        group,
        name,
        value,
        counts: true,
    };
    let mut all = vec![gauge(
        "tcp",
        "current_opened_connections",
        fleet.connections.open() as u64,
    )];
    let Some(stats) = fleet.transactions().await else {
        return all;
    };
    let [two, three, four, five, six] = stats.finals;
    all.extend([
        counter("core", "fwd_requests", of("forwarded") + stats.branches),
        counter("core", "fwd_replies", of("forwarded_replies") + stats.relayed_replies),
        counter("tmx", "UAS_transactions", stats.created),
        counter("tmx", "UAC_transactions", stats.own_requests),
        counter("tmx", "2xx_transactions", two),
        counter("tmx", "3xx_transactions", three),
        counter("tmx", "4xx_transactions", four),
        counter("tmx", "5xx_transactions", five),
        counter("tmx", "6xx_transactions", six),
        gauge("tmx", "active_transactions", stats.current),
        gauge("tmx", "inuse_transactions", stats.current),
        counter("tmx", "rpl_absorbed", stats.absorbed_replies),
        counter(
            "tmx",
            "rpl_generated",
            stats.replies.saturating_sub(stats.relayed_replies),
        ),
        counter("tmx", "rpl_relayed", stats.relayed_replies),
        counter("tmx", "rpl_sent", stats.replies),
    ]);
    all
}

async fn metrics(fleet: Arc<Fleet>) -> Vec<Family> {
    let (counts, micros) = fleet.durations.read();
    let bounds = BOUNDS.map(|micros| micros as f64 / 1e6);
    let gauge = |name, help, value: f64| Family::gauge(name, help).with(&[], value);
    let mut all = vec![
        gauge("workers", "Threads that handle messages.", f64::from(fleet.workers())),
        gauge(
            "draining",
            "1 while the process ends.",
            f64::from(u8::from(fleet.phase() != Phase::Running)),
        ),
        gauge(
            "open_connections",
            "Stream connections.",
            fleet.connections.open() as f64,
        ),
        Family::histogram(
            "request_route_duration_seconds",
            "Durations of ksr_request_route, waiting in the host included.",
            &bounds,
            &counts,
            micros as f64 / 1e6,
        ),
    ];
    let mut shed = Family::gauge(
        "shed_share",
        "The share of new requests that each worker refused in the last second, 0 to 1.",
    );
    for (worker, share) in fleet.shed_shares().into_iter().enumerate() {
        shed = shed.with(&[("worker", &worker.to_string())], share);
    }
    all.push(shed);
    if let Some(stats) = fleet.transactions().await {
        all.extend(of_transactions(&stats));
    }
    all
}

/// What the kernel has of the datagram sockets, by listening address.
fn of_sockets(shared: &Shared) -> Vec<Family> {
    let table = buffers::waiting();
    let mut drops = Family::counter(
        "udp_kernel_drops",
        "Datagrams that the kernel dropped since a listening socket was opened: its receive buffer was full, or their checksum wrong.",
    );
    let mut waiting = Family::gauge(
        "udp_receive_queue_bytes",
        "What waits to be read, with the kernel's own for each datagram: up to twice the buffer of each worker.",
    );
    let mut receive = Family::gauge(
        "udp_receive_buffer_bytes",
        "The smallest receive buffer of its sockets.",
    );
    let mut send = Family::gauge("udp_send_buffer_bytes", "The smallest send buffer of its sockets.");
    for socket in shared.sockets.iter().filter(|socket| !socket.kept.is_empty()) {
        let label = [("socket", socket.text.as_str())];
        let rows: Vec<_> = socket.kept.iter().filter_map(|kept| table.get(&kept.inode)).collect();
        let sum = |of: fn(&buffers::Waiting) -> u64| rows.iter().map(|row| of(row)).sum::<u64>() as f64;
        if !rows.is_empty() {
            drops = drops.with(&label, sum(|row| row.drops));
            waiting = waiting.with(&label, sum(|row| row.received));
        }
        let smallest = |of: fn(&buffers::Kept) -> usize| socket.kept.iter().map(of).min().unwrap_or(0) as f64;
        receive = receive.with(&label, smallest(|kept| kept.buffers.receive));
        send = send.with(&label, smallest(|kept| kept.buffers.send));
    }
    vec![drops, waiting, receive, send]
}

/// The versions that new requests get, by the digest that `kemist versions` shows.
fn of_versions(serving: &[(&'static str, Arc<Version>)]) -> Vec<Family> {
    let gauge = Family::gauge;
    let mut info = gauge("version_info", "What a version is: live or canary.");
    let mut open = gauge(
        "version_open_transactions",
        "Transactions of a version that have not ended.",
    );
    let mut memory = gauge("version_memory_bytes", "Linear memory of a version's instances.");
    let mut instances = gauge(
        "version_instances",
        "Instances of a version: ready for a message, or busy.",
    );
    let mut p99 = gauge(
        "version_running_p99_seconds",
        "99 % of a version's callbacks ran no longer lately.",
    );
    let mut calls = Family::counter("version_calls", "Callbacks of a version that were to run.");
    let mut faults = Family::counter("version_faults", "Those of them that failed, by kind.");
    let mut replies = Family::counter(
        "version_replies",
        "Final replies to requests that a version was given, by class.",
    );
    for (state, version) in serving {
        let figures = version.figures();
        let label = ("version", Routing::label(&**version));
        let tenant = ("tenant", version.tenant().name());
        let (f, r) = (&figures.faults, &figures.replies);
        info = info.with(&[label, tenant, ("state", state)], 1.0);
        open = open.with(&[label, tenant], figures.open_transactions as f64);
        memory = memory.with(&[label, tenant], figures.memory as f64);
        instances = instances
            .with(&[label, tenant, ("state", "ready")], figures.instances.ready as f64)
            .with(&[label, tenant, ("state", "busy")], figures.instances.busy as f64);
        p99 = p99.with(&[label, tenant], figures.running.p99_us / 1e6);
        calls = calls.with(&[label, tenant], figures.calls as f64);
        let kinds = [
            ("script_error", f.script_errors),
            ("trap", f.traps),
            ("deadline", f.deadlines),
            ("busy", f.busy),
            ("ended", f.ended),
            ("quota", f.quotas),
        ];
        for (kind, count) in kinds {
            faults = faults.with(&[label, tenant, ("kind", kind)], count as f64);
        }
        let classes = [
            ("2xx", r.success),
            ("3xx", r.redirection),
            ("4xx", r.request_failure),
            ("5xx", r.server_failure),
            ("6xx", r.global_failure),
        ];
        for (class, count) in classes {
            replies = replies.with(&[label, tenant, ("class", class)], count as f64);
        }
    }
    vec![info, open, memory, instances, p99, calls, faults, replies]
}

/// What tenants have used, by their names. Kinds and limits that were never met have no line.
fn of_tenants(houses: &Houses) -> Vec<Family> {
    let tenants = houses.tenants();
    let all: Vec<_> = tenants
        .iter()
        .map(|(name, house)| (name.as_str(), house.figures(), house.deploys.is_open()))
        .collect();
    let plain = |family: Family, value: fn(&Figures) -> f64| {
        all.iter().fold(family, |family, (name, figures, _)| {
            family.with(&[("tenant", name)], value(figures))
        })
    };
    let by = |family: Family, label: &'static str, values: fn(&Figures) -> &BTreeMap<&'static str, u64>| {
        all.iter().fold(family, |family, (name, figures, _)| {
            let row = |family: Family, (key, count): (&&'static str, &u64)| {
                family.with(&[("tenant", name), (label, key)], *count as f64)
            };
            values(figures).iter().fold(family, row)
        })
    };
    let (counter, gauge) = (Family::counter, Family::gauge);
    let open = gauge(
        "tenant_breaker_open",
        "1 where a tenant's fallback serves in place of its module.",
    );
    let openings = counter("tenant_breaker_openings", "Times that a tenant's breaker has opened.");
    let refused = counter(
        "tenant_refused",
        "Requests of a tenant that got 503, by the limit that was met.",
    );
    let limited = counter("tenant_limited", "What else a limit has kept from a tenant, by limit.");
    let faults = counter("tenant_faults", "Callbacks of a tenant that failed, by kind.");
    let cpu = counter(
        "tenant_cpu_seconds",
        "Processor time of a tenant's callbacks and instances.",
    );
    let memory = gauge("tenant_memory_bytes", "Linear memory of a tenant's instances.");
    let instances = gauge("tenant_instances", "Instances of a tenant that run or wait.");
    let suspended = gauge("tenant_suspended", "Callbacks of a tenant that wait in the host.");
    let transactions = gauge(
        "tenant_open_transactions",
        "Transactions and own requests of a tenant that have not ended.",
    );
    let bindings = gauge("tenant_bindings", "Contacts of a tenant in the location table.");
    vec![
        plain(counter("tenant_requests", "Requests of a tenant."), |f| {
            f.requests as f64
        }),
        by(refused, "limit", |f| &f.refused),
        by(limited, "limit", |f| &f.limited),
        plain(counter("tenant_callbacks", "Callbacks of a tenant."), |f| {
            f.callbacks as f64
        }),
        by(faults, "kind", |f| &f.faults),
        plain(cpu, |f| f.cpu_seconds),
        plain(memory, |f| f.memory as f64),
        plain(instances, |f| f64::from(f.instances)),
        plain(suspended, |f| f64::from(f.suspended)),
        plain(transactions, |f| f64::from(f.open_transactions)),
        plain(bindings, |f| f.bindings as f64),
        plain(openings, |f| f.breaker_openings as f64),
        all.iter().fold(open, |family, (name, _, open)| {
            family.with(&[("tenant", name)], f64::from(u8::from(*open)))
        }),
    ]
}

fn of_transactions(stats: &transaction::Stats) -> Vec<Family> {
    let counter = |name, help, value: u64| Family::counter(name, help).with(&[], value as f64);
    let mut finals = Family::counter(
        "transaction_finals",
        "Final replies sent through transactions, by class.",
    );
    for (class, count) in ["2xx", "3xx", "4xx", "5xx", "6xx"].into_iter().zip(stats.finals) {
        finals = finals.with(&[("class", class)], count as f64);
    }
    vec![
        Family::gauge("transactions", "Transactions now.").with(&[], stats.current as f64),
        counter("transactions_created", "Transactions made.", stats.created),
        counter("branches", "Branches sent.", stats.branches),
        counter("own_requests", "Requests of our own sent.", stats.own_requests),
        counter(
            "transaction_replies",
            "Replies sent through transactions.",
            stats.replies,
        ),
        finals,
        counter(
            "transaction_timeouts",
            "Branches that had no final reply in time.",
            stats.timeouts,
        ),
        counter(
            "retransmissions",
            "Requests and replies sent again.",
            stats.retransmissions,
        ),
        counter(
            "absorbed_requests",
            "Retransmitted requests absorbed.",
            stats.absorbed_requests,
        ),
        counter("absorbed_replies", "Replies absorbed.", stats.absorbed_replies),
        counter(
            "unknown_replies",
            "Replies that belong to no transaction.",
            stats.unknown_replies,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::fmt::Write;
    use std::path::Path;

    /// What stands before the reference in docs/rpc.md.
    const MARK: &str = " writes it -->\n";

    fn reference() -> String {
        let mut groups: BTreeMap<&str, Vec<&Doc>> = BTreeMap::new();
        for doc in crate::admin::docs()
            .chain(&DOCS)
            .chain(deploy::DOCS)
            .chain(deploy::TENANT_DOCS)
        {
            groups
                .entry(doc.name.split('.').next().unwrap_or_default())
                .or_default()
                .push(doc);
        }
        let mut out = String::new();
        for (group, mut docs) in groups {
            docs.sort_unstable_by_key(|doc| doc.name);
            // writing to a String cannot fail
            let _ = write!(
                out,
                "### {group}\n\n| method and parameters | what it does | it answers | Kamailio |\n|---|---|---|---|\n"
            );
            for doc in &docs {
                let takes = if doc.params.is_empty() {
                    String::new()
                } else {
                    format!(" {}", doc.takes())
                };
                let cell = |text: &str| text.replace('|', "\\|");
                let _ = writeln!(
                    out,
                    "| `{}{takes}` | {} | {} | {} |",
                    doc.name,
                    cell(doc.about),
                    cell(doc.result),
                    cell(doc.differs)
                );
            }
            let params: Vec<_> = docs
                .iter()
                .flat_map(|doc| doc.params)
                .map(|p| (p.name, p.kind.name(), p.about))
                .collect();
            let mut seen = std::collections::HashSet::new();
            let mut params = params.into_iter().filter(|p| seen.insert(*p)).peekable();
            if params.peek().is_some() {
                out += "\n| parameter | value | |\n|---|---|---|\n";
                for (name, kind, about) in params {
                    let _ = writeln!(out, "| `{name}` | {kind} | {about} |");
                }
            }
            out.push('\n');
        }
        out
    }

    #[test]
    fn the_reference_is_in_the_documentation() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rpc.md");
        let text = std::fs::read_to_string(&file).expect("it is part of the project");
        let (before, after) = text
            .split_once(MARK)
            .expect("the line that says where the reference comes from");
        let wanted = format!("\n{}\n", reference().trim_end());
        if std::env::var_os("KEMIST_WRITE_DOCS").is_some() {
            std::fs::write(&file, format!("{before}{MARK}{wanted}")).expect("the file can be written");
        } else {
            assert!(
                after == wanted,
                "docs/rpc.md is behind; its own comment says what writes it"
            );
        }
    }

    #[test]
    fn no_method_twice_and_optional_parameters_last() {
        let mut names = std::collections::HashSet::new();
        for doc in crate::admin::docs()
            .chain(&DOCS)
            .chain(deploy::DOCS)
            .chain(deploy::TENANT_DOCS)
        {
            assert!(names.insert(doc.name), "{}", doc.name);
            let optional = doc.params.iter().map(|p| p.count != crate::admin::Count::One);
            assert!(optional.is_sorted(), "{}", doc.name);
        }
    }
}
