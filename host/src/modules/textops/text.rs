//! Comparing and finding texts.

use std::cmp::Ordering;

/// Kamailio's codes of a comparison.
pub(super) fn compared(order: Ordering) -> i32 {
    match order {
        Ordering::Equal => 1,
        Ordering::Greater => -1,
        Ordering::Less => -2,
    }
}

/// Where a text is in another, from 1; -1 where it is not.
pub(super) fn position(text: &[u8], needle: &[u8]) -> i32 {
    let found = memchr::memmem::find(text, needle).and_then(|at| i32::try_from(at).ok());
    found.map_or(-1, |at| at.saturating_add(1))
}

/// The items of a list without white space around them; none without a separator.
pub(super) fn items<'l>(list: &'l str, separator: &str) -> impl Iterator<Item = &'l str> {
    let separator = separator.chars().next();
    let items = separator.map(|separator| list.split(separator));
    items
        .into_iter()
        .flatten()
        .map(|item| item.trim_matches([' ', '\t', '\r', '\n']))
}
