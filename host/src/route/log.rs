//! What a script writes to the log: bounded for each callback, one line each.

use super::Route;
use std::borrow::Cow;
use tracing::Level;

/// Bytes of text that one callback may log; what is beyond is left out, and said once.
pub const MAX_LOG: usize = 16 << 10;

impl Route {
    /// Logs a script's text at a level, without control characters: a text taken from a message must
    /// not look like lines of its own.
    pub fn script_log(&mut self, level: Level, text: &str) {
        let Some(text) = self.log_room(text) else { return };
        let text = one_line(text);
        match level {
            Level::ERROR => tracing::error!(target: "script", "{text}"),
            Level::WARN => tracing::warn!(target: "script", "{text}"),
            Level::INFO => tracing::info!(target: "script", "{text}"),
            Level::DEBUG => tracing::debug!(target: "script", "{text}"),
            Level::TRACE => tracing::trace!(target: "script", "{text}"),
        }
    }

    /// As much of a text as the callback may still log.
    fn log_room<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let room = MAX_LOG.checked_sub(self.log_bytes).filter(|room| *room > 0)?;
        // a line costs something even where it is empty
        self.log_bytes = self.log_bytes.saturating_add(text.len()).saturating_add(1);
        if self.log_bytes >= MAX_LOG {
            tracing::warn!(target: "script", "a callback has logged {MAX_LOG} bytes: the rest is left out");
        }
        Some(&text[..text.floor_char_boundary(room)])
    }
}

fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if text.chars().any(char::is_control) {
        Cow::Owned(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing::{INVITE, request};

    #[test]
    fn a_callback_cannot_fill_the_log() {
        let mut route = request(INVITE);
        let line = "x".repeat(1000);
        let logged = (0..100).filter_map(|_| route.log_room(&line).map(str::len)).sum::<usize>();
        assert!(logged <= MAX_LOG && logged > MAX_LOG - 2000, "{logged}");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(one_line("a\r\nFATAL b\x1b[0m\n"), "a  FATAL b [0m");
        assert_eq!(one_line("plain\n"), "plain");
    }
}
