//! What the entries of the database say about now: replayed from the oldest.

use crate::store::database::Entry;
use std::fmt;

/// Versions that one can go back to, step by step.
pub(super) const EARLIER: usize = 32;

/// What an entry was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The file was put in charge when the process started.
    Start,
    /// A version was put in charge.
    Deploy,
    /// A version got a share of new dialogs.
    Canary,
    /// The canary was put in charge.
    Promote,
    /// The version before was put in charge again.
    Rollback,
    /// A version of before was put in charge again by its name.
    Return,
    /// The canary was taken away.
    Withdraw,
}

impl Action {
    const ALL: [Action; 7] = [
        Action::Start,
        Action::Deploy,
        Action::Canary,
        Action::Promote,
        Action::Rollback,
        Action::Return,
        Action::Withdraw,
    ];

    /// Its name in the database and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Action::Start => "start",
            Action::Deploy => "deploy",
            Action::Canary => "canary",
            Action::Promote => "promote",
            Action::Rollback => "rollback",
            Action::Return => "return",
            Action::Withdraw => "withdraw",
        }
    }

    /// What an entry was about; `deploy` where a later kemist wrote it.
    pub(super) fn of(entry: &Entry) -> Action {
        Action::parse(&entry.action).unwrap_or(Action::Deploy)
    }

    fn parse(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.name() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was in charge when the last entry was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// The live version.
    pub(super) live: Option<Entry>,
    /// The canary.
    pub(super) canary: Option<Entry>,
    /// Those that were live before, the last one at the end.
    pub(super) earlier: Vec<Entry>,
    /// What the module's file held then.
    pub(super) file: String,
}

/// Plays entries that were done, the oldest first.
pub(super) fn replay(entries: Vec<Entry>) -> Past {
    let mut past = Past::default();
    for entry in entries {
        if !entry.file.is_empty() {
            past.file.clone_from(&entry.file);
        }
        match Action::parse(&entry.action) {
            Some(Action::Canary) => past.canary = Some(entry),
            Some(Action::Withdraw) => past.canary = None,
            Some(Action::Rollback) => past.roll_back(entry),
            Some(Action::Start | Action::Deploy | Action::Promote | Action::Return) => past.push(entry),
            // of a later kemist: it knows what it meant
            None => {}
        }
    }
    past
}

impl Past {
    fn push(&mut self, entry: Entry) {
        self.canary = None;
        if let Some(before) = self.live.replace(entry) {
            push(&mut self.earlier, before, |entry| &entry.digest);
        }
    }

    fn roll_back(&mut self, entry: Entry) {
        while let Some(last) = self.earlier.pop() {
            if last.digest == entry.digest {
                break;
            }
        }
        self.canary = None;
        self.live = Some(entry);
    }
}

/// Adds what was live to what was live before.
pub(super) fn push<T>(earlier: &mut Vec<T>, before: T, digest: impl Fn(&T) -> &str) {
    if earlier.last().is_some_and(|last| digest(last) == digest(&before)) {
        earlier.pop();
    }
    earlier.push(before);
    if earlier.len() > EARLIER {
        earlier.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(actions: &[(Action, &str)]) -> (String, Option<String>, String) {
        let entries = actions.iter().map(|(action, digest)| Entry {
            action: action.name().to_owned(),
            digest: (*digest).to_owned(),
            done: true,
            ..Entry::default()
        });
        let past = replay(entries.collect());
        let earlier: Vec<_> = past.earlier.into_iter().map(|entry| entry.digest).collect();
        (
            past.live.map_or_else(String::new, |entry| entry.digest),
            past.canary.map(|entry| entry.digest),
            earlier.join(" "),
        )
    }

    fn is(live: &str, canary: Option<&str>, earlier: &str) -> (String, Option<String>, String) {
        (live.to_owned(), canary.map(str::to_owned), earlier.to_owned())
    }

    #[test]
    fn going_back_goes_further_each_time() {
        use Action::{Deploy, Rollback, Start};
        let mut actions = vec![(Start, "a"), (Deploy, "b"), (Deploy, "c")];
        assert_eq!(played(&actions), is("c", None, "a b"));
        actions.push((Rollback, "b"));
        assert_eq!(played(&actions), is("b", None, "a"));
        actions.push((Rollback, "a"));
        assert_eq!(played(&actions), is("a", None, ""));
    }

    #[test]
    fn a_canary_lasts_until_it_is_judged() {
        use Action::{Canary, Deploy, Promote, Return, Start, Withdraw};
        let mut actions = vec![(Start, "a"), (Canary, "b")];
        assert_eq!(played(&actions), is("a", Some("b"), ""));
        actions.push((Withdraw, "b"));
        assert_eq!(played(&actions), is("a", None, ""));
        actions.extend([(Canary, "c"), (Promote, "c")]);
        assert_eq!(played(&actions), is("c", None, "a"));
        actions.push((Canary, "d"));
        actions.push((Deploy, "e"));
        assert_eq!(played(&actions), is("e", None, "a c"));
        actions.push((Return, "a"));
        assert_eq!(played(&actions), is("a", None, "a c e"));
    }

    #[test]
    fn the_stack_is_bounded_and_later_actions_are_passed_over() {
        let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let actions: Vec<_> = names.iter().map(|name| (Action::Deploy, name.as_str())).collect();
        assert_eq!(played(&actions).2.split(' ').count(), EARLIER);
        let unknown = Entry {
            action: "dance".to_owned(),
            ..Entry::default()
        };
        assert_eq!(replay(vec![unknown]), Past::default());
    }
}
