//! Names, and beginnings of names, that are looked up without allocation.

use std::cmp::Ordering;

/// Names as they are, and beginnings (`X-*`); both sorted once they are settled.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    whole: Vec<Box<[u8]>>,
    /// None is the beginning of another.
    beginnings: Vec<Box<[u8]>>,
}

impl Names {
    /// Adds a name, or a beginning with its star; `written` is what stands in the configuration.
    pub(super) fn add(&mut self, pattern: &str, written: &str) -> Result<(), String> {
        let (text, list) = match pattern.strip_suffix('*') {
            Some(beginning) => (beginning, &mut self.beginnings),
            None => (pattern, &mut self.whole),
        };
        if text.contains('*') {
            return Err(format!(
                "{written}: the star stands at the end, for all names that begin so"
            ));
        }
        list.push(text.as_bytes().into());
        Ok(())
    }

    /// Sorts them, after the last one was added.
    pub(super) fn settle(&mut self) {
        self.whole.sort_unstable();
        self.whole.dedup();
        self.beginnings.sort_unstable();
        // those that another covers stand behind it
        self.beginnings.dedup_by(|next, kept| next.starts_with(kept));
    }

    /// Is a name among them? With `fold` they were added in lower case, and it is compared in any.
    pub(super) fn has(&self, name: &[u8], fold: bool) -> bool {
        if self.whole.binary_search_by(|known| compare(known, name, fold)).is_ok() {
            return true;
        }
        // of beginnings none of which covers another, only the last one before the name can be its own
        let behind = self
            .beginnings
            .partition_point(|known| compare(known, name, fold) != Ordering::Greater);
        let last = behind.checked_sub(1).and_then(|at| self.beginnings.get(at));
        last.is_some_and(|known| {
            name.get(..known.len())
                .is_some_and(|begins| compare(known, begins, fold) == Ordering::Equal)
        })
    }
}

fn compare(known: &[u8], name: &[u8], fold: bool) -> Ordering {
    if !fold {
        return known.cmp(name);
    }
    known.iter().copied().cmp(name.iter().map(u8::to_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_that_cover_others_are_enough() {
        let mut names = Names::default();
        for pattern in ["ab*", "abc*", "b*", "abd", "aa*", "c"] {
            names.add(pattern, pattern).unwrap();
        }
        names.settle();
        assert_eq!(names.beginnings.len(), 3);
        for (name, is) in [
            ("ab", true),
            ("abzz", true),
            ("aazz", true),
            ("ac", false),
            ("a", false),
            ("b", true),
            ("c", true),
            ("ca", false),
            ("", false),
        ] {
            assert_eq!(names.has(name.as_bytes(), false), is, "{name}");
        }
    }
}
