//! Routing modules that mean harm, by the thousand, from a seed: the same seed and number make the same bytes.
//!
//! Each belongs to a family, which is a way to do harm, and is drawn within it. Nothing here needs a toolchain:
//! modules are written as text and wrapped into components, so that a test makes some hundreds in a second.

mod arguments;
mod attacks;
mod chance;
mod edges;
mod floods;
mod guest;
mod kemi;
mod malformed;
pub mod scripts;

pub use chance::Chance;
use std::fmt;

/// What stands in every text that is to become a header line of its own and must not.
pub const INJECTED: &str = "X-Injected";

/// What stands in values that are others', and must never be seen by a module that is not theirs.
pub const CANARY: &str = "CANARY";

/// What must come of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A load refuses it.
    Refused,
    /// It is loaded, and a request costs no more than its running time.
    Stopped,
    /// Whatever: it is refused, stopped or answered.
    Any,
}

/// One module.
#[derive(Clone)]
pub struct Hostile {
    /// The way to do harm.
    pub family: &'static str,
    /// What it does, in a few words.
    pub what: String,
    /// The component, or what claims to be one.
    pub component: Vec<u8>,
    pub fate: Fate,
    /// It uses functions that take whole header lines: lines of its own are no injection.
    pub writes_lines: bool,
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.family, self.what)
    }
}

type Family = (&'static str, fn(&mut Chance) -> Hostile);

/// Every family.
pub const FAMILIES: &[Family] = &[
    ("loops", attacks::loops),
    ("recursion", attacks::recursion),
    ("memory", attacks::memory),
    ("starts", attacks::starts),
    ("lists", attacks::lists),
    ("results", attacks::results),
    ("floods", floods::floods),
    ("large-texts", floods::large_texts),
    ("logs", floods::logs),
    ("names", floods::names),
    ("regexes", floods::regexes),
    ("branches", floods::branches),
    ("timers", floods::timers),
    ("suspensions", floods::suspensions),
    ("pointers", edges::pointers),
    ("injection", edges::injection),
    ("itself", edges::itself),
    ("spies", edges::spies),
    ("dynamic", edges::dynamic),
    ("sequences", edges::sequences),
    ("unknown-imports", malformed::unknown_imports),
    ("types", malformed::types),
    ("compile-bombs", malformed::compile_bombs),
    ("broken", malformed::broken),
];

/// The module with this number: families take turns.
pub fn nth(seed: u64, number: usize) -> Hostile {
    let (name, make) = FAMILIES[number % FAMILIES.len()];
    let mut chance = Chance::new(seed, number as u64);
    Hostile {
        family: name,
        ..make(&mut chance)
    }
}

/// So many modules.
pub fn sample(seed: u64, count: usize) -> impl Iterator<Item = Hostile> {
    (0..count).map(move |number| nth(seed, number))
}

/// A module that means no harm: 200 with this reason to everything.
pub fn answering(reason: &str) -> Vec<u8> {
    let mut guest = guest::Guest::new();
    guest.body = guest.ksr("sl", "send-reply", &[&200, &reason]);
    guest.component()
}

/// A module that tells all that it can read of some names.
pub fn reading() -> Vec<u8> {
    edges::spy(&["$sht(canary=>canary)", "$shv(canary)"]).component()
}
