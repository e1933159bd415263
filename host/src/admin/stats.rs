//! `stats.*`: counters under Kamailio's groups and names.

use super::{Answer, Call, Doc, Failure, Kind, Method, Param};
use crate::route::Shared;
use crate::store::OPERATOR;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Kamailio's group, `kemist` for what it does not have.
    pub group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The value.
    pub value: u64,
    /// Does it count up, so that it can be set back?
    pub counts: bool,
}

/// Asks another part for its figures.
pub type Figures = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Vec<Figure>> + Send>> + Send + Sync>;

const NAMES: Param = Param::new(
    "statistics",
    Kind::Text,
    "`all`, a group as `core:`, or a name as `rcv_requests`",
)
.many();

macro_rules! doc {
    ($name:literal, $params:expr, $about:literal, $result:literal, $differs:literal) => {
        Doc {
            name: $name,
            params: $params,
            about: $about,
            result: $result,
            differs: $differs,
        }
    };
}

/// The lines of [`methods`] in the reference.
pub(super) static DOCS: [Doc; 7] = [
    doc!("stats", &[], "All counters.", "an object: name and value", "not there"),
    doc!(
        "stats.get_statistics",
        &[NAMES],
        "Counters, all where none is named.",
        "a list of texts: `core:rcv_requests = 3`",
        "one must be named"
    ),
    doc!(
        "stats.fetch",
        &[NAMES],
        "Counters, all where none is named.",
        "an object: `core.rcv_requests` and its value as a text",
        "one must be named"
    ),
    doc!(
        "stats.fetchn",
        &[NAMES],
        "Counters, all where none is named.",
        "an object: `core.rcv_requests` and its value as a number",
        "one must be named"
    ),
    doc!(
        "stats.reset_statistics",
        &[NAMES],
        "Lets counters begin at 0 again for `stats.*`; /metrics goes on counting.",
        "an empty object",
        ""
    ),
    doc!(
        "stats.clear_statistics",
        &[NAMES],
        "The same, and answers what they were.",
        "a text, or a list of texts where there are several",
        ""
    ),
    doc!(
        "sl.stats",
        &[],
        "Replies sent without a transaction, by code and class.",
        "an object: `200`, `4xx` ... and how many",
        ""
    ),
];

/// Makes the answer of all figures.
type Done = fn(Vec<Figure>, &Statistics, &Call) -> Result<Value, Failure>;

/// All figures of the process.
pub(super) struct Statistics {
    shared: Arc<Shared>,
    others: Vec<Figures>,
    /// What counters had when they were set back, by group and name.
    base: Mutex<HashMap<(&'static str, &'static str), u64>>,
}

/// The methods on these figures.
pub(super) fn methods(shared: Arc<Shared>, others: Vec<Figures>) -> Vec<(&'static Doc, Method)> {
    let statistics = Arc::new(Statistics {
        shared,
        others,
        base: Mutex::default(),
    });
    let method = |done: Done| -> Method {
        let statistics = statistics.clone();
        Box::new(move |call: Call| -> Answer {
            let statistics = statistics.clone();
            Box::pin(async move {
                let all = statistics.read().await?;
                done(all, &statistics, &call)
            })
        })
    };
    let done: [Done; 7] = [
        |all, _, _| Ok(object(&all, |f| (f.name.to_owned(), json!(f.value)))),
        |all, _, call| Ok(chosen(all, call, true)?.iter().map(|f| json!(line(f))).collect()),
        |all, _, call| {
            Ok(object(&chosen(all, call, true)?, |f| {
                (dotted(f), json!(f.value.to_string()))
            }))
        },
        |all, _, call| Ok(object(&chosen(all, call, true)?, |f| (dotted(f), json!(f.value)))),
        |all, statistics, call| {
            statistics.reset(&chosen(all, call, false)?);
            Ok(json!({}))
        },
        |all, statistics, call| {
            let chosen = chosen(all, call, false)?;
            statistics.reset(&chosen);
            match &chosen[..] {
                [one] => Ok(json!(line(one))),
                many => Ok(many.iter().map(|f| json!(line(f))).collect()),
            }
        },
        |all, _, _| {
            let stateless: Vec<_> = all.into_iter().filter(|f| f.group == "sl").collect();
            let codes = stateless
                .iter()
                .filter_map(|f| Some((f.name.strip_suffix("_replies")?, f.value)));
            // sent_replies is the sum of them
            let codes = codes.filter(|(code, _)| *code != "sent");
            Ok(Value::Object(
                codes.map(|(code, value)| (code.to_owned(), json!(value))).collect(),
            ))
        },
    ];
    DOCS.iter().zip(done.map(method)).collect()
}

/// The figures that a call names; all where it names none and may.
fn chosen(all: Vec<Figure>, call: &Call, or_all: bool) -> Result<Vec<Figure>, Failure> {
    let names: Vec<_> = call.rest(0).iter().filter_map(Value::as_str).collect();
    if names.is_empty() && !or_all {
        return Err(Failure::new(
            -32602,
            "parameter `statistics` is missing: all, GROUP: or a name",
        ));
    }
    let wanted = |f: &Figure| names.iter().any(|name| is_named(f, name));
    Ok(all.into_iter().filter(|f| names.is_empty() || wanted(f)).collect())
}

fn is_named(f: &Figure, name: &str) -> bool {
    match name.split_once([':', '.']) {
        Some((group, name)) => group == f.group && (name.is_empty() || name == f.name),
        None => name == "all" || name == f.name,
    }
}

fn object(figures: &[Figure], entry: impl Fn(&Figure) -> (String, Value)) -> Value {
    Value::Object(figures.iter().map(entry).collect::<Map<_, _>>())
}

fn line(f: &Figure) -> String {
    format!("{}:{} = {}", f.group, f.name, f.value)
}

fn dotted(f: &Figure) -> String {
    format!("{}.{}", f.group, f.name)
}

impl Statistics {
    /// All figures, counters since they were set back.
    async fn read(&self) -> Result<Vec<Figure>, Failure> {
        let shared = self.shared.clone();
        let own = tokio::task::spawn_blocking(move || own(&shared));
        let mut all = own
            .await
            .map_err(|_| Failure::new(-32603, "the figures could not be read"))?;
        for other in &self.others {
            all.extend(other().await);
        }
        let base = self.base.lock();
        for figure in &mut all {
            let since = base.get(&(figure.group, figure.name)).copied().unwrap_or(0);
            figure.value = figure.value.saturating_sub(since);
        }
        all.sort_by_key(|f| (rank(f.group), f.group, f.name));
        Ok(all)
    }

    fn reset(&self, figures: &[Figure]) {
        let mut base = self.base.lock();
        for figure in figures.iter().filter(|f| f.counts) {
            // what was read is what came since the last time
            *base.entry((figure.group, figure.name)).or_default() += figure.value;
        }
    }
}

/// What Kamailio does not have comes last.
fn rank(group: &str) -> u8 {
    u8::from(group == "kemist")
}

/// The figures of what all workers share.
fn own(shared: &Shared) -> Vec<Figure> {
    let (store, registrar) = (&shared.store, &shared.modules.registrar);
    let statistics = shared.stats.statistics();
    let of = |name: &str| statistics.iter().find(|s| s.name == name).map_or(0, |s| s.value);
    let stateless = statistics.iter().filter(|s| s.group == "sl").map(|s| s.value).sum();
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
    let mut all: Vec<_> = statistics.iter().map(|s| counter(s.group, s.name, s.value)).collect();
    let (users, contacts) = registered(shared);
    let blocked = store
        .flood
        .list(OPERATOR, Instant::now())
        .iter()
        .filter(|s| s.blocked)
        .count();
    all.extend([
        counter("core", "bad_msg_hdr", of("bad_messages")),
        counter("core", "err_requests", of("bad_answered")),
        counter("core", "drop_requests", of("dropped")),
        counter("sl", "sent_replies", stateless),
        counter("sl", "received_ACKs", of("stateless_acks")),
        gauge("usrloc", "registered_users", users),
        gauge("usrloc", "location_users", users),
        gauge("usrloc", "location_contacts", contacts),
        gauge("pike", "blocked_ips", blocked as u64),
        gauge("registrar", "default_expire", registrar.default_expires.as_secs()),
        gauge("registrar", "max_expires", registrar.max_expires.as_secs()),
        gauge("registrar", "max_contacts", u64::from(registrar.max_contacts)),
        gauge("kemist", "registered_aors", users),
        gauge("kemist", "flood_sources", store.flood.len() as u64),
    ]);
    all
}

/// Addresses of record and contacts of all tenants.
pub(super) fn registered(shared: &Shared) -> (u64, u64) {
    let (mut users, mut contacts) = (0, 0);
    shared.store.location.for_each(|_, _, bindings| {
        users += 1;
        contacts += bindings.len() as u64;
    });
    (users, contacts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Count;

    #[test]
    fn groups_and_names_choose() {
        let figure = Figure {
            group: "core",
            name: "rcv_requests",
            value: 3,
            counts: true,
        };
        for name in ["all", "core:", "rcv_requests", "core:rcv_requests", "core.rcv_requests"] {
            assert!(is_named(&figure, name), "{name}");
        }
        for name in ["", "core", "sl:", "sl:rcv_requests", "rcv", ":"] {
            assert!(!is_named(&figure, name), "{name}");
        }
    }

    #[test]
    fn the_count_of_parameters_may_be_many() {
        assert_eq!(NAMES.count, Count::Many);
    }
}
