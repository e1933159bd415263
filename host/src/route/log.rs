//! What scripts log: their text with the tenant, bounded for each run.

use super::Route;
use std::borrow::Cow;

/// Most that one run may log, in bytes; what is over it is counted by one line and left out.
const MAX_LOGGED: usize = 64 * 1024;

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
        if self.logged > MAX_LOGGED {
            tracing::warn!(target: "script", tenant = self.tenant, blame = "guest", "this run logs over {MAX_LOGGED} bytes: no more of it");
            return;
        }
        let text = clean(text);
        let tenant = self.tenant;
        match level {
            Level::Debug => tracing::debug!(target: "script", tenant, "{text}"),
            Level::Info => tracing::info!(target: "script", tenant, "{text}"),
            Level::Notice => tracing::info!(target: "script", tenant, notice = true, "{text}"),
            Level::Warning => tracing::warn!(target: "script", tenant, "{text}"),
            Level::Error => tracing::error!(target: "script", tenant, "{text}"),
            Level::Critical => tracing::error!(target: "script", tenant, critical = true, "{text}"),
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
