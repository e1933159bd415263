//! `[tenants]` and `[tenant.NAME]`: routing of others, for their own domains.
//!
//! The same definitions come in by rpc (`tenant.add`), as JSON: both are read by the same types, and
//! refused with the same words.

use super::Policy;
use super::units;
use crate::sign::Grants;
use crate::store::addresses::parse_entry;
use crate::tenant::Granted;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of a tenant's name: it goes into logs, metrics, the database.
const MAX_NAME: usize = 64;
/// Bytes of a domain (RFC 1035 section 2.3.4).
const MAX_DOMAIN: usize = 253;

/// `[tenants]`: what holds for every tenant that does not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tenants {
    /// Whether instances are used again.
    pub policy: Policy,
    /// What takes over where the routing fails again and again.
    pub fallback: Fallback,
    /// Faults in a row that make it so, 0 for never.
    pub breaker: u32,
    /// How long the fallback stays before the module is tried again.
    #[serde(deserialize_with = "units::with_unit")]
    pub rest: Duration,
    /// A tenant's code that nobody has needed for so long is let go; the next message waits for it, a
    /// millisecond or a few.
    #[serde(deserialize_with = "units::with_unit")]
    pub idle: Duration,
    /// Quotas.
    pub limits: Limits,
}

impl Default for Tenants {
    fn default() -> Tenants {
        Tenants {
            policy: Policy::Fresh,
            fallback: Fallback::default(),
            breaker: 10,
            rest: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            limits: Limits::default(),
        }
    }
}

/// `[tenant.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The domains whose requests it routes.
    pub domains: Vec<String>,
    /// Its component or source; None: the operator's routing serves it, with the tenant's own data, until
    /// one is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<PathBuf>,
    /// Whether instances are used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// The modules and functions it may use, and what their arguments may be.
    #[serde(default)]
    pub grants: Vec<String>,
    /// Its trusted sources, `GROUP CIDR[:PORT]` each: what `permissions` looks at in its routing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// What takes over where its routing fails again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// Faults in a row that make it so, 0 for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<u32>,
    /// Quotas.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
}

/// What takes over from a tenant's module that fails again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fallback {
    /// The version before, where there is one; else 503.
    #[default]
    Previous,
    /// The operator's routing, with the tenant's own data.
    Default,
    /// A 503 to everything new.
    #[serde(rename = "503")]
    Refuse,
}

/// `[tenants.limits]`, `[tenant.NAME.limits]`. What is not said is inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// A callback's own running time, in steps of 1 ms.
    #[serde(with = "millis", skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
    /// A callback's waiting time in host functions.
    #[serde(with = "millis", skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Duration>,
    /// Running time in a second, over all workers and callbacks.
    #[serde(with = "millis", skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Duration>,
    /// Memory of one instance, in bytes.
    #[serde(with = "bytes", skip_serializing_if = "Option::is_none")]
    pub memory: Option<usize>,
    /// Memory of all its instances, in bytes.
    #[serde(with = "bytes", skip_serializing_if = "Option::is_none")]
    pub memory_total: Option<usize>,
    /// Instances that run or wait at a time, over all workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    /// Callbacks that wait in a host function at a time, over all workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<u32>,
    /// Host calls of one callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_calls: Option<u32>,
    /// Requests in a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<u32>,
    /// Branches of one request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branches: Option<u32>,
    /// Open transactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transactions: Option<u32>,
    /// Bytes of its log in a second.
    #[serde(with = "bytes", skip_serializing_if = "Option::is_none")]
    pub log: Option<usize>,
    /// Requests of its own (`t_uac_send` and its kin) in a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u32>,
    /// Registrations (bindings) in the location table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bindings: Option<u32>,
    /// Deploys in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deploys: Option<u32>,
}

impl Limits {
    fn is_empty(&self) -> bool {
        *self == Limits::default()
    }

    /// These, and where they say nothing, those of `[tenants.limits]`.
    pub fn over(&self, defaults: &Limits) -> Limits {
        Limits {
            deadline: self.deadline.or(defaults.deadline),
            waiting: self.waiting.or(defaults.waiting),
            cpu: self.cpu.or(defaults.cpu),
            memory: self.memory.or(defaults.memory),
            memory_total: self.memory_total.or(defaults.memory_total),
            instances: self.instances.or(defaults.instances),
            suspended: self.suspended.or(defaults.suspended),
            host_calls: self.host_calls.or(defaults.host_calls),
            messages: self.messages.or(defaults.messages),
            branches: self.branches.or(defaults.branches),
            transactions: self.transactions.or(defaults.transactions),
            log: self.log.or(defaults.log),
            requests: self.requests.or(defaults.requests),
            bindings: self.bindings.or(defaults.bindings),
            deploys: self.deploys.or(defaults.deploys),
        }
    }
}

/// A time that may be left out, with its unit.
mod millis {
    use super::{Deserializer, Duration, units};
    use serde::Serializer;

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Duration>, D::Error> {
        units::with_unit(d).map(Some)
    }

    pub fn serialize<S: Serializer>(time: &Option<Duration>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&format!("{}ms", time.unwrap_or_default().as_millis()))
    }
}

/// A size that may be left out, with its unit.
mod bytes {
    use super::{Deserializer, units};
    use serde::Serializer;

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<usize>, D::Error> {
        units::bytes(d).map(Some)
    }

    pub fn serialize<S: Serializer>(size: &Option<usize>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&format!("{}B", size.unwrap_or_default()))
    }
}

impl Tenant {
    /// A definition in JSON, as `tenant.add` and the database have it.
    ///
    /// # Errors
    /// One line that names the key.
    pub fn from_json(text: &str) -> Result<Tenant, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// What cannot be meant, in one line.
    pub fn mistake(&self) -> Option<String> {
        let wrong = self.domains.iter().find(|domain| !is_domain(domain));
        if let Some(domain) = wrong {
            let shown: String = domain.chars().take(60).collect();
            return Some(format!("{shown:?} is no domain; write for example \"acme.example\""));
        }
        let wrong = self.addresses.iter().find(|entry| parse_entry(entry).is_none());
        if let Some(entry) = wrong {
            let shown: String = entry.chars().take(60).collect();
            return Some(format!(
                "addresses: {shown:?} is no group and network; write for example \"1 192.0.2.0/24\""
            ));
        }
        let zero = |what: &str, is: bool| {
            is.then(|| format!("{what} = 0 lets nothing through; leave it out, or use 1 or more"))
        };
        let limits = &self.limits;
        zero("messages", limits.messages == Some(0))
            .or_else(|| zero("branches", limits.branches == Some(0)))
            .or_else(|| zero("instances", limits.instances == Some(0)))
            .or_else(|| zero("deadline", limits.deadline == Some(Duration::ZERO)))
            .or_else(|| zero("cpu", limits.cpu == Some(Duration::ZERO)))
            .or_else(|| zero("transactions", limits.transactions == Some(0)))
    }
}

/// Whether a name can be a tenant's: it stands in logs, metrics and file names.
pub fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// A host name, or an address as in a URI.
fn is_domain(domain: &str) -> bool {
    let fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':' | b'[' | b']');
    (1..=MAX_DOMAIN).contains(&domain.len()) && domain.bytes().all(fit)
}

/// What is wrong with a tenant by itself, in one line.
pub fn mistake_of(name: &str, tenant: &Tenant) -> Option<String> {
    if let Some(line) = unsupported(std::env::consts::ARCH, cfg!(feature = "tenants-anywhere")) {
        return Some(format!("{name}: {line}"));
    }
    if !is_name(name) {
        let shown: String = name.chars().take(60).collect();
        return Some(format!(
            "{shown:?} is no name for a tenant; use up to {MAX_NAME} letters, digits, - _ ."
        ));
    }
    if tenant.domains.is_empty() {
        return Some(format!(
            "{name}: domains: it lists none, and no request could be its own; name one"
        ));
    }
    let granted = Grants::new(tenant.grants.iter().map(String::as_str)).and_then(|grants| Granted::new(&grants));
    if let Err(what) = granted {
        return Some(format!("{name}: grants: {what}"));
    }
    tenant.mistake().map(|mistake| format!("{name}: {mistake}"))
}

/// Why somebody else's routing does not run on a machine of this kind: SECURITY.md.
fn unsupported(architecture: &str, built_so: bool) -> Option<String> {
    (architecture != "x86_64" && !built_so).then(|| {
        format!(
            "tenants are supported on x86_64, and this is {architecture}; who trusts all of them builds kemist with \
             --features tenants-anywhere"
        )
    })
}

/// A mistake of a tenant's grants with the line that it stands in; None for other mistakes.
pub(super) fn in_place(text: &str, file: &Path, mistake: &str) -> Option<String> {
    let (name, what) = mistake.split_once(": grants: ")?;
    let line = line_of_grant(text, name, what).map_or_else(String::new, |line| format!("{line}:"));
    Some(format!("{}:{line} tenant.{name}.grants: {what}", file.display()))
}

/// Where a tenant's table has the text that a mistake begins with, counted from 1.
fn line_of_grant(text: &str, name: &str, what: &str) -> Option<usize> {
    let heads = [format!("[tenant.{name}]"), format!("[tenant.\"{name}\"]")];
    let is_head = |line: &str| heads.iter().any(|head| line.trim().starts_with(head));
    let head = text.lines().position(is_head)?;
    let grant = what.split_inclusive('"').take(2).collect::<String>();
    let table = text.lines().enumerate().skip(head + 1);
    let own = table.take_while(|(_, line)| !line.trim_start().starts_with("[tenant"));
    let mut lines = own.skip_while(|(_, line)| !line.trim_start().starts_with("grants"));
    lines.find(|(_, line)| line.contains(&grant)).map(|(at, _)| at + 1)
}

/// What is wrong with the tenants of a file, in one line.
pub(super) fn mistake(tenants: &BTreeMap<String, Tenant>) -> Option<String> {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for (name, tenant) in tenants {
        if let Some(mistake) = mistake_of(name, tenant) {
            return Some(mistake);
        }
        for domain in &tenant.domains {
            if let Some(other) = owners.insert(domain.to_ascii_lowercase(), name) {
                return Some(format!(
                    "{name}: the domain {domain} is {}; a domain is one tenant's, once",
                    if other == name {
                        "listed twice".to_owned()
                    } else {
                        format!("that of {other} already")
                    }
                ));
            }
        }
    }
    None
}

/// `fresh` or `reuse` where serde writes it.
impl Serialize for Policy {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(match self {
            Policy::Reuse => "reuse",
            Policy::Fresh => "fresh",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_comes_back_from_json_as_it_went() {
        let text = r#"{"domains":["a.example"],"module":"a.wasm","policy":"reuse","grants":["sl"],"fallback":"503",
            "limits":{"deadline":"20ms","memory":"4MiB","messages":100}}"#;
        let tenant = Tenant::from_json(text).expect("it is right");
        let again = serde_json::to_string(&tenant).expect("it can be written");
        assert_eq!(Tenant::from_json(&again), Ok(tenant));
        let error = Tenant::from_json(r#"{"domains":[],"colour":1}"#).expect_err("an unknown key");
        assert!(error.contains("colour") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn what_says_nothing_inherits() {
        let own = Limits {
            messages: Some(5),
            ..Limits::default()
        };
        let all = Limits {
            messages: Some(9),
            branches: Some(3),
            ..Limits::default()
        };
        let both = own.over(&all);
        assert_eq!((both.messages, both.branches, both.cpu), (Some(5), Some(3), None));
    }

    #[test]
    fn tenants_are_refused_where_they_are_not_supported() {
        assert_eq!(unsupported("x86_64", false), None);
        assert_eq!(unsupported("aarch64", true), None);
        let line = unsupported("aarch64", false).expect("refused");
        assert!(line.contains("aarch64") && line.contains("tenants-anywhere"), "{line}");
    }

    #[test]
    fn mistakes_are_named() {
        let tenants = |list: &[(&str, &[&str])]| {
            let of = |domains: &[&str]| Tenant {
                domains: domains.iter().map(ToString::to_string).collect(),
                ..Tenant::default()
            };
            list.iter()
                .map(|(name, domains)| (name.to_string(), of(domains)))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(
            mistake(&tenants(&[("a", &["a.example"]), ("b", &["b.example", "c.example"])])),
            None
        );
        for (list, says) in [
            (tenants(&[("a b", &["a.example"])]), "is no name for a tenant"),
            (tenants(&[("a", &[])]), "it lists none"),
            (tenants(&[("a", &["a example"])]), "is no domain"),
            (
                {
                    let mut list = tenants(&[("a", &["a.example"])]);
                    list.values_mut()
                        .for_each(|of| of.addresses = vec!["192.0.2.1".to_owned()]);
                    list
                },
                "addresses: \"192.0.2.1\" is no group",
            ),
            (
                tenants(&[("a", &["x.example"]), ("b", &["X.Example"])]),
                "that of a already",
            ),
            (tenants(&[("a", &["x.example", "x.example"])]), "listed twice"),
        ] {
            let line = mistake(&list).expect(says);
            assert!(line.contains(says), "{line}");
        }
    }
}
