//! When an overload of the process begins and ends, as lines of the log: a few, however often it does.

use super::Seen;
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// Between the end of one that was told and the beginning of the next.
const APART: Duration = Duration::from_secs(10);

/// A line to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It refuses.
    Begins,
    /// It does not any more.
    Ends {
        /// How long it did.
        lasted: Duration,
        /// Requests that got a 503, in overloads before it that were not told too.
        refused: u64,
        /// Requests that got nothing, likewise.
        dropped: u64,
    },
}

/// What the workers say, put together.
#[derive(Debug, Default)]
pub(in crate::worker) struct Alarm(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Workers that refuse.
    refusing: Vec<u16>,
    begun: Option<Instant>,
    told: bool,
    /// When the last line was written.
    line: Option<Instant>,
    refused: u64,
    dropped: u64,
}

impl Alarm {
    /// A worker says, about once a second, what it has refused since; the line that is to be written now.
    pub(in crate::worker) fn hear(&self, worker: u16, seen: Seen, now: Instant) -> Option<Line> {
        let mut state = self.0.lock();
        let refuses = seen.refused + seen.dropped > 0;
        state.refused += seen.refused;
        state.dropped += seen.dropped;
        match (refuses, state.refusing.iter().position(|known| *known == worker)) {
            (true, None) => state.refusing.push(worker),
            (false, Some(place)) => drop(state.refusing.swap_remove(place)),
            _ => {}
        }
        if state.refusing.is_empty() {
            return state.end(now);
        }
        state.begun.get_or_insert(now);
        let long_ago = |line: Instant| now.saturating_duration_since(line) >= APART;
        let begins = !state.told && state.line.is_none_or(long_ago);
        if begins {
            (state.told, state.line) = (true, Some(now));
        }
        begins.then_some(Line::Begins)
    }
}

impl State {
    fn end(&mut self, now: Instant) -> Option<Line> {
        let begun = self.begun.take()?;
        if !std::mem::take(&mut self.told) {
            return None;
        }
        self.line = Some(now);
        Some(Line::Ends {
            lasted: now.saturating_duration_since(begun),
            refused: std::mem::take(&mut self.refused),
            dropped: std::mem::take(&mut self.dropped),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(refused: u64, dropped: u64) -> Seen {
        Seen {
            new: 100,
            refused,
            dropped,
        }
    }

    #[test]
    fn one_line_when_the_first_begins_and_one_when_the_last_ends() {
        let (alarm, start) = (Alarm::default(), Instant::now());
        assert_eq!(alarm.hear(0, seen(0, 0), start), None);
        assert_eq!(alarm.hear(0, seen(5, 0), start), Some(Line::Begins));
        assert_eq!(alarm.hear(1, seen(7, 2), start), None);
        assert_eq!(alarm.hear(0, seen(0, 0), start + SECOND), None, "the other still does");
        let ends = Line::Ends {
            lasted: SECOND * 2,
            refused: 12,
            dropped: 2,
        };
        assert_eq!(alarm.hear(1, seen(0, 0), start + SECOND * 2), Some(ends));
        assert_eq!(alarm.hear(1, seen(0, 0), start + SECOND * 3), None);
    }

    #[test]
    fn many_short_ones_are_few_lines() {
        let (alarm, start) = (Alarm::default(), Instant::now());
        let mut lines = Vec::new();
        for second in 0..60 {
            let refused = u64::from(second % 2 == 0);
            lines.extend(alarm.hear(0, seen(refused, 0), start + SECOND * second));
        }
        assert!(lines.len() <= 14, "{lines:?}");
        let told: u64 = lines
            .iter()
            .map(|line| match line {
                Line::Ends { refused, .. } => *refused,
                Line::Begins => 0,
            })
            .sum();
        assert!(told >= 24, "what was not told at once is told later: {lines:?}");
    }

    #[test]
    fn one_that_goes_on_is_told() {
        let (alarm, start) = (Alarm::default(), Instant::now());
        alarm.hear(0, seen(1, 0), start);
        alarm.hear(0, seen(0, 0), start + SECOND);
        let later = (2..20).filter_map(|second| alarm.hear(0, seen(1, 0), start + SECOND * second));
        assert_eq!(later.collect::<Vec<_>>(), [Line::Begins]);
    }
}
