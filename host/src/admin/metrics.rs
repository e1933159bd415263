//! `GET /metrics`: Prometheus' text format (version 0.0.4). Names begin with `kemist_`.

use super::stats::registered;
use crate::route::{Shared, Statistic};
use crate::store::{OPERATOR, unix_now};
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

/// Asks another part for its figures.
pub type Source = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Vec<Family>> + Send>> + Send + Sync>;

/// The content type of [`text`].
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The samples of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    name: String,
    help: String,
    kind: &'static str,
    samples: Vec<Sample>,
}

#[derive(Clone, Debug, PartialEq)]
struct Sample {
    suffix: &'static str,
    labels: Vec<(&'static str, String)>,
    value: f64,
}

impl Family {
    /// What only grows; `_total` is added to the name.
    pub fn counter(name: &str, help: &str) -> Family {
        Family::new(&format!("{name}_total"), help, "counter")
    }

    /// What goes up and down.
    pub fn gauge(name: &str, help: &str) -> Family {
        Family::new(name, help, "gauge")
    }

    fn new(name: &str, help: &str, kind: &'static str) -> Family {
        Family {
            name: format!("kemist_{name}"),
            help: help.trim().to_owned(),
            kind,
            samples: Vec::new(),
        }
    }

    /// Adds a value, with the labels that tell it from the others.
    pub fn with(mut self, labels: &[(&'static str, &str)], value: f64) -> Family {
        self.push("", labels, value);
        self
    }

    /// How often values fell under each of some bounds; one more count has those over the last.
    pub fn histogram(name: &str, help: &str, bounds: &[f64], counts: &[u64], sum: f64) -> Family {
        let mut family = Family::new(name, help, "histogram");
        let mut under = 0;
        for (place, count) in counts.iter().enumerate() {
            under += count;
            let bound = bounds.get(place).map_or_else(|| "+Inf".to_owned(), f64::to_string);
            family.push("_bucket", &[("le", &bound)], under as f64);
        }
        family.push("_sum", &[], sum);
        family.push("_count", &[], under as f64);
        family
    }

    fn push(&mut self, suffix: &'static str, labels: &[(&'static str, &str)], value: f64) {
        self.samples.push(Sample {
            suffix,
            labels: labels.iter().map(|&(name, value)| (name, value.to_owned())).collect(),
            value,
        });
    }

    fn write(&self, out: &mut String) {
        let Family { name, help, kind, .. } = self;
        // writing to a String cannot fail
        let _ = writeln!(out, "# HELP {name} {}", help.replace('\\', "\\\\").replace('\n', "\\n"));
        let _ = writeln!(out, "# TYPE {name} {kind}");
        for sample in &self.samples {
            let _ = write!(out, "{name}{}", sample.suffix);
            for (place, (label, value)) in sample.labels.iter().enumerate() {
                let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
                let _ = write!(out, "{}{label}=\"{value}\"", if place == 0 { '{' } else { ',' });
            }
            let end = if sample.labels.is_empty() { "" } else { "}" };
            let _ = writeln!(out, "{end} {}", sample.value);
        }
    }
}

/// All families as text.
pub(super) fn text(families: &[Family]) -> String {
    let mut out = String::with_capacity(16 << 10);
    families.iter().for_each(|family| family.write(&mut out));
    out
}

/// What all workers share. It walks through tables: not on a thread that others wait for.
pub(super) fn own(shared: &Shared) -> Vec<Family> {
    let statistics = shared.stats.statistics();
    let shed = |s: &Statistic| s.name.strip_prefix("shed_");
    let plain = statistics.iter().filter(|s| s.kind.is_empty() && shed(s).is_none());
    let mut all: Vec<_> = plain
        .map(|s| Family::counter(s.name, s.about).with(&[], s.value as f64))
        .collect();
    let mut refused = Family::counter(
        "shed",
        "New requests that were not served, since there was more than could be done, by what they got.",
    );
    for (s, kind) in statistics.iter().filter_map(|s| Some((s, shed(s)?))) {
        refused.push("", &[("kind", kind)], s.value as f64);
    }
    let mut requests = Family::counter("requests", "Requests received, by method.");
    let mut replies = Family::counter("replies", "Replies received, by class.");
    let mut stateless = Family::counter(
        "stateless_replies",
        "Replies sent without a transaction, by code; a class has those that are not named.",
    );
    for s in &statistics {
        match s.group {
            _ if s.kind.is_empty() => {}
            "sl" => stateless.push("", &[("code", s.kind)], s.value as f64),
            _ if s.name.starts_with("rcv_requests") => requests.push("", &[("method", s.kind)], s.value as f64),
            // codes are part of their class: the sum is to be right
            _ if s.kind.ends_with("xx") => replies.push("", &[("class", s.kind)], s.value as f64),
            _ => {}
        }
    }
    all.extend([refused, requests, replies, stateless]);
    all.extend(gauges(shared));
    all
}

fn gauges(shared: &Shared) -> Vec<Family> {
    let (users, contacts) = registered(shared);
    let flood = shared.store.flood.list(OPERATOR, Instant::now());
    let blocked = flood.iter().filter(|s| s.blocked).count();
    let gauge = |name, help, value: f64| Family::gauge(name, help).with(&[], value);
    let items = items(shared);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    let mut all = vec![
        Family::gauge("build_info", "The version of kemist.").with(&version, 1.0),
        gauge(
            "start_time_seconds",
            "When the process started, since 1970.",
            shared.started as f64,
        ),
        gauge(
            "location_aors",
            "Addresses of record that are registered.",
            users as f64,
        ),
        gauge("location_contacts", "Contacts that are registered.", contacts as f64),
        gauge(
            "flood_sources",
            "Sources of requests that are remembered.",
            flood.len() as f64,
        ),
        gauge("flood_blocked", "Sources that send too much now.", blocked as f64),
        items,
        contacts_of_tenants(shared),
    ];
    all.extend(resident().map(|bytes| gauge("resident_memory_bytes", "Memory of the process.", bytes as f64)));
    all
}

fn items(shared: &Shared) -> Family {
    let mut items = Family::gauge(
        "htable_items",
        "Items in each hash table: the operator's, and by tenant those of tenants that have some.",
    );
    let (tables, now, names) = (&shared.store.tables, unix_now(), shared.store.owners.names());
    for name in tables.names() {
        let Some(id) = tables.table(name) else { continue };
        for (tenant, count) in tables.counts(id, now) {
            let at = names.binary_search_by_key(&tenant, |(id, _)| *id);
            match at.ok().and_then(|at| names.get(at)) {
                Some((_, tenant)) => items.push("", &[("table", name), ("tenant", tenant)], count as f64),
                None if tenant == OPERATOR => items.push("", &[("table", name)], count as f64),
                // it was just removed
                None => {}
            }
        }
    }
    items
}

fn contacts_of_tenants(shared: &Shared) -> Family {
    let mut contacts = Family::gauge(
        "tenant_location_contacts",
        "Contacts that are registered of each tenant that has some.",
    );
    for (id, name) in shared.store.owners.names() {
        let count = shared.store.location.bindings_of(id);
        if count > 0 {
            contacts.push("", &[("tenant", &name)], count as f64);
        }
    }
    contacts
}

/// Memory of the process that is not swapped out; None where the system does not say.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_written_as_prometheus_reads_them() {
        let families = [
            Family::counter("sent", " Messages\nsent \\o/").with(&[], 3.0),
            Family::gauge("x", "").with(&[("a", "q\"\\\n"), ("b", "2")], 0.5),
            Family::histogram("t_seconds", "Times.", &[0.001, 0.01], &[1, 2, 3], 4.25),
        ];
        let expected = "# HELP kemist_sent_total Messages\\nsent \\\\o/\n# TYPE kemist_sent_total counter\nkemist_sent_total 3\n\
            # HELP kemist_x \n# TYPE kemist_x gauge\nkemist_x{a=\"q\\\"\\\\\\n\",b=\"2\"} 0.5\n\
            # HELP kemist_t_seconds Times.\n# TYPE kemist_t_seconds histogram\n\
            kemist_t_seconds_bucket{le=\"0.001\"} 1\nkemist_t_seconds_bucket{le=\"0.01\"} 3\n\
            kemist_t_seconds_bucket{le=\"+Inf\"} 6\nkemist_t_seconds_sum 4.25\nkemist_t_seconds_count 6\n";
        assert_eq!(text(&families), expected);
    }
}
