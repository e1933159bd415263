//! What scripts log: their text with the tenant, bounded for each run, and for each tenant in a second.

use super::{Fault, Route, Routing};
use std::borrow::Cow;
use std::fmt::Display;
use std::time::Instant;

/// Most that one run may log, in bytes; what is over it is counted by one line and left out.
const MAX_LOGGED: usize = 64 * 1024;
/// Bytes of a line about how a script uses a function.
const MAX_COMPLAINT: usize = 1000;

/// Kamailio's levels of the log functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Level {
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
}

impl Level {
    /// By the name that `KSR.log` takes; every other one is an error.
    pub fn parse(name: &str) -> Level {
        match name {
            "dbg" => Level::Debug,
            "info" => Level::Info,
            "notice" => Level::Notice,
            "warn" => Level::Warning,
            "crit" => Level::Critical,
            _ => Level::Error,
        }
    }
}

impl Route {
    /// Would a line of this level be written?
    pub fn logs(&self, level: Level) -> bool {
        enabled(level) && self.logged <= MAX_LOGGED
    }

    /// Writes a line of the script's log. Line ends at the end are taken off and control characters
    /// within escaped: a text from the network cannot make lines of its own.
    pub fn log(&mut self, level: Level, text: &str) {
        if !enabled(level) {
            return;
        }
        let within = self.logged <= MAX_LOGGED;
        self.logged = self.logged.saturating_add(text.len()).saturating_add(1);
        if !within {
            return;
        }
        let owner = self.owner();
        if !owner.may_log(text.len(), Instant::now()) {
            return;
        }
        let tenant = owner.shown();
        if self.logged > MAX_LOGGED {
            tracing::warn!(target: "script", tenant, blame = "guest", "this run logs over {MAX_LOGGED} bytes: no more of it");
            return;
        }
        let text = clean(text);
        match level {
            Level::Debug => tracing::debug!(target: "script", tenant, "{text}"),
            Level::Info => tracing::info!(target: "script", tenant, "{text}"),
            Level::Notice => tracing::info!(target: "script", tenant, notice = true, "{text}"),
            Level::Warning => tracing::warn!(target: "script", tenant, "{text}"),
            Level::Error => tracing::error!(target: "script", tenant, "{text}"),
            Level::Critical => tracing::error!(target: "script", tenant, critical = true, "{text}"),
        }
    }

    /// Writes a line about how a script uses a function. It counts as one of its tenant's own.
    pub fn complain(&self, function: &str, what: impl Display) {
        complain(&*self.routing, function, what);
    }
}

/// The same of a version.
pub fn complain(routing: &dyn Routing, function: &str, what: impl Display) {
    let text = format!("{function}: {what}");
    let text = clean(&text[..text.floor_char_boundary(MAX_COMPLAINT)]);
    let owner = routing.tenant();
    if owner.may_log(text.len(), Instant::now()) {
        let (tenant, version) = (owner.shown(), routing.label());
        tracing::error!(target: "script", blame = "guest", tenant, version, "{text}");
    }
}

/// Writes the line of a callback that another one waited for, and that failed.
pub fn callback_failed(routing: &dyn Routing, callback: impl Display, fault: &Fault) {
    let (owner, now, version) = (routing.tenant(), Instant::now(), routing.label());
    match (fault, owner.shown()) {
        // of a version that has ended the log says so once
        (Fault::Ended, _) => {}
        (Fault::Quota(limit), _) => {
            owner.limited(limit, now, format_args!("{callback} was ended, or did not run"));
        }
        (fault, None) => tracing::error!(blame = "guest", version, "{callback} failed: {fault:?}"),
        (fault, Some(tenant)) => {
            let Some(left_out) = owner.failure_line(now) else {
                return;
            };
            let left_out = Some(left_out).filter(|count| *count > 0);
            tracing::error!(
                blame = "guest",
                tenant,
                version,
                left_out,
                "{callback} failed: {fault:?}"
            );
        }
    }
}

fn enabled(level: Level) -> bool {
    match level {
        Level::Debug => tracing::enabled!(target: "script", tracing::Level::DEBUG),
        Level::Info | Level::Notice => tracing::enabled!(target: "script", tracing::Level::INFO),
        Level::Warning => tracing::enabled!(target: "script", tracing::Level::WARN),
        Level::Error | Level::Critical => true,
    }
}

fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(['\r', '\n']);
    if !text.chars().any(|c| c.is_control() && c != '\t') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 8), |mut out, c| {
        if c.is_control() && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    #[test]
    fn a_text_stays_one_line() {
        assert_eq!(clean("hello\r\n"), "hello");
        assert_eq!(clean("a\nERROR b\x1b[0m\tc"), "a\\nERROR b\\u{1b}[0m\tc");
    }

    #[test]
    fn a_run_logs_so_much_and_no_more() {
        let mut route = testing::request(testing::INVITE);
        for _ in 0..1000 {
            route.log(Level::Error, &"x".repeat(1000));
        }
        assert!(route.logged > MAX_LOGGED);
        assert_eq!(Level::parse("anything"), Level::Error);
    }
}
