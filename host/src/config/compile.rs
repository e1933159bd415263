//! `[routing.compile]`: what compiling a component may take; and where native code is kept.

use super::units;
use serde::Deserialize;
use serde::de::{self, Deserializer};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of native code, beside the database's file.
const CACHE: &str = "kemist.cache";

/// A process needs so much memory before it has done anything, in bytes.
const LEAST_MEMORY: usize = 64 << 20;

/// `[routing.compile]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Compile {
    /// The largest component, in bytes.
    #[serde(deserialize_with = "units::bytes")]
    pub size: usize,
    /// The most functions of a component.
    pub functions: usize,
    /// The time of the processor for one component, in whole seconds.
    #[serde(deserialize_with = "units::with_unit")]
    pub time: Duration,
    /// The memory of the process, in bytes.
    #[serde(deserialize_with = "units::bytes")]
    pub memory: usize,
    /// What the cache may hold, in bytes.
    #[serde(deserialize_with = "units::bytes")]
    pub cache_size: usize,
}

impl Default for Compile {
    fn default() -> Compile {
        let limits = crate::wasm::CompileLimits::default();
        Compile {
            size: limits.size,
            functions: limits.functions,
            time: limits.time,
            memory: limits.memory,
            cache_size: usize::try_from(limits.cache).unwrap_or(usize::MAX),
        }
    }
}

impl Compile {
    /// The key of what cannot be meant, and what to write.
    pub(super) fn validate(&self) -> Result<(), (&'static str, String)> {
        if self.time < Duration::from_secs(1) {
            return Err(("routing.compile", "time: too short; use \"1s\" or more".to_owned()));
        }
        if self.memory < LEAST_MEMORY {
            let what = "memory: too little to compile anything; use \"64MiB\" or more";
            return Err(("routing.compile", what.to_owned()));
        }
        Ok(())
    }
}

/// Where native code is kept if nothing else is said: None where the database is no file.
pub(super) fn beside(database: &str) -> Option<PathBuf> {
    let file = database.strip_prefix("sqlite:")?;
    let file = file.strip_prefix("//").unwrap_or(file);
    let file = file.split('?').next().unwrap_or_default();
    if file.is_empty() || file.starts_with(':') {
        return None;
    }
    Some(Path::new(file).with_file_name(CACHE))
}

/// `"on"` or `"off"`, or a switch.
pub(super) fn on_or_off<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Switch {
        Bool(bool),
        Text(String),
    }
    match Switch::deserialize(d) {
        Ok(Switch::Bool(on)) => Ok(on),
        Ok(Switch::Text(text)) if text == "on" => Ok(true),
        Ok(Switch::Text(text)) if text == "off" => Ok(false),
        _ => Err(de::Error::custom("it is on or off; write \"on\" or \"off\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parse(text: &str) -> Result<crate::config::Routing, String> {
        let config = Config::parse(text, Path::new("/etc/kemist/kemist.toml"), |_| None).map_err(|e| e.to_string())?;
        Ok(config.routing.expect("the text has it"))
    }

    const MODULE: &str = "[routing]\nmodule = \"a.wasm\"\n";

    #[test]
    fn the_cache_lies_beside_the_database() {
        let cache = |database: &str, line: &str| {
            parse(&format!("[database]\nurl = \"{database}\"\n{MODULE}{line}"))
                .unwrap()
                .cache
        };
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(parse(MODULE).unwrap().cache, path("/etc/kemist/kemist.cache"));
        assert_eq!(cache("sqlite:/var/lib/k/x.db", ""), path("/var/lib/k/kemist.cache"));
        assert_eq!(
            cache("sqlite:///var/lib/k/x.db?mode=rwc", ""),
            path("/var/lib/k/kemist.cache")
        );
        assert_eq!(cache("sqlite::memory:", ""), None);
        assert_eq!(cache("sqlite::memory:", "cache = \"c\""), path("/etc/kemist/c"));
        assert_eq!(cache("sqlite:k.db", "cache = \"/var/cache/k\""), path("/var/cache/k"));
        assert_eq!(cache("sqlite:k.db", "cache = \"\""), None);
    }

    #[test]
    fn limits_and_scenarios() {
        let routing = parse(&format!(
            "{MODULE}scenarios = \"off\"\n[routing.compile]\nsize = \"1MiB\"\nfunctions = 7\ntime = \"9s\"\nmemory = \"1GiB\"\ncache_size = \"3MiB\"\n"
        ))
        .unwrap();
        let compile = Compile {
            size: 1 << 20,
            functions: 7,
            time: Duration::from_secs(9),
            memory: 1 << 30,
            cache_size: 3 << 20,
        };
        assert_eq!((routing.scenarios, routing.compile), (false, compile));
        assert!(parse(MODULE).unwrap().scenarios);
        for (line, words) in [
            ("scenarios = \"maybe\"", "write \"on\" or \"off\""),
            ("[routing.compile]\ntime = \"5ms\"", "\"1s\" or more"),
            ("[routing.compile]\nmemory = \"5MiB\"", "\"64MiB\" or more"),
            ("[routing.compile]\nfunctions = -1", "functions"),
        ] {
            let error = parse(&format!("{MODULE}{line}")).unwrap_err();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
