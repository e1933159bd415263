//! Regular expressions that scripts hand in: compiled once, kept in a bounded cache, limited in size.
//! The engine takes time linear in the text, whatever the expression.

use super::Route;
use super::pv::{MAX_VALUE, Spec};
use super::shelves::Shelves;
use crate::store::{OPERATOR, TenantId};
use regex::bytes::{Captures, Regex, RegexBuilder};
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

/// Expressions kept a thread.
const ENTRIES: usize = 256;
/// The same of each tenant.
const TENANT_ENTRIES: usize = 16;
/// Tenants of which expressions are kept.
const TENANTS: usize = 64;
/// Longest expression, in bytes.
const LONGEST: usize = 1024;
/// Largest compiled expression, in bytes.
const COMPILED: usize = 256 * 1024;
/// The same of a tenant.
const TENANT_COMPILED: usize = 64 * 1024;

/// Most places that one substitution changes.
const MAX_CHANGES: usize = 1024;
/// Deepest nesting of variables in replacements.
const MAX_DEPTH: u8 = 4;

/// What an expression, its flags and its flavor were compiled to.
type Entry = (Box<str>, bool, Flavor, Rc<Regex>);

thread_local! {
    static CACHE: RefCell<Shelves<Vec<Entry>>> = RefCell::new(Shelves::new(Vec::new(), Vec::new, TENANTS));
    /// For whom expressions are compiled, and whether one was.
    static BEHALF: Cell<(TenantId, bool)> = const { Cell::new((OPERATOR, false)) };
}

/// Runs `f`, whose expressions are a tenant's; and whether it had any.
pub fn on_behalf<R>(tenant: TenantId, f: impl FnOnce() -> R) -> (R, bool) {
    let before = BEHALF.replace((tenant, false));
    let done = f();
    let (_, any) = BEHALF.replace(before);
    (done, any)
}

/// What line ends are to an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// `^` and `$` are the ends of the text, a dot is no line end.
    Text,
    /// `^` and `$` are those of each line (POSIX's REG_NEWLINE, which Kamailio mostly asks for).
    Lines,
    /// `^` and `$` are the ends of the text, a dot is any byte.
    Whole,
}

/// An expression, compiled. None where it is none or too large. It is the operator's,
/// unless within [`on_behalf`].
pub fn regex(expression: &str, ignore_case: bool, flavor: Flavor) -> Option<Rc<Regex>> {
    let (tenant, _) = BEHALF.get();
    BEHALF.set((tenant, true));
    let (most, size) = match tenant {
        OPERATOR => (ENTRIES, COMPILED),
        _ => (TENANT_ENTRIES, TENANT_COMPILED),
    };
    CACHE.with(|cache| {
        let mut cache = cache.borrow_mut();
        let cache = cache.of(tenant);
        if let Some(at) = cache
            .iter()
            .position(|(text, case, kind, _)| **text == *expression && *case == ignore_case && *kind == flavor)
        {
            // what is used moves towards the front, so that what is not falls off the end
            cache.swap(at, at / 2);
            return Some(cache[at / 2].3.clone());
        }
        // shared as a whole: a clone of the engine's own has scratch memory of its own, and makes it
        let compiled = Rc::new(compile(expression, ignore_case, flavor, size)?);
        if cache.len() >= most {
            cache.pop();
        }
        cache.push((expression.into(), ignore_case, flavor, compiled.clone()));
        Some(compiled)
    })
}

impl super::Route {
    /// An expression that a script hands in, matched in any case as Kamailio's do; one error line where
    /// it is none.
    pub fn regex(&self, expression: &str) -> Option<Rc<Regex>> {
        let (found, _) = on_behalf(self.tenant, || regex(expression, true, Flavor::Text));
        if found.is_none() {
            self.script_error(format_args!(
                "regular expression {expression:?} is malformed or too large"
            ));
        }
        found
    }
}

fn compile(expression: &str, ignore_case: bool, flavor: Flavor, size: usize) -> Option<Regex> {
    if expression.len() > LONGEST {
        return None;
    }
    RegexBuilder::new(expression)
        .case_insensitive(ignore_case)
        .multi_line(flavor == Flavor::Lines)
        .dot_matches_new_line(flavor == Flavor::Whole)
        .size_limit(size)
        .dfa_size_limit(size)
        .unicode(false)
        .build()
        .ok()
}

/// `/expression/replacement/flags`, with any byte in the place of the slash, which a backslash makes one
/// like others. In the replacement `\1` to `\9` and `\0` stand for what was matched, `\n`, `\r` and `\t`
/// for themselves, and variables are replaced by their values.
///
/// Flags: `g` all matches, `i` in any case, `s` as one line.
#[derive(Clone, Debug)]
pub struct Substitution {
    text: Box<[u8]>,
    regex: Rc<Regex>,
    replacement: Box<[Piece]>,
    all: bool,
}

/// A piece of a replacement.
#[derive(Clone, Debug)]
enum Piece {
    Literal(Box<[u8]>),
    Group(usize),
    Variable(Spec),
}

impl PartialEq for Substitution {
    fn eq(&self, other: &Substitution) -> bool {
        self.text == other.text
    }
}

impl Substitution {
    /// Reads one; None where it is malformed.
    pub fn parse(text: &[u8]) -> Option<Substitution> {
        Substitution::parse_at(text, 0)
    }

    /// The same at a depth of nesting.
    pub fn parse_at(text: &[u8], depth: u8) -> Option<Substitution> {
        let text = text.trim_ascii();
        let (delimiter, body) = text.split_first().filter(|(delimiter, _)| **delimiter != b'\\')?;
        let (expression, rest) = until(body, *delimiter)?;
        let (replacement, flags) = until(rest, *delimiter)?;
        if depth > MAX_DEPTH || !flags.iter().all(|flag| b"gis".contains(flag)) {
            return None;
        }
        let flavor = if flags.contains(&b's') {
            Flavor::Whole
        } else {
            Flavor::Lines
        };
        let regex = regex(std::str::from_utf8(expression).ok()?, flags.contains(&b'i'), flavor)?;
        Some(Substitution {
            text: text.into(),
            regex,
            replacement: pieces(replacement, depth).into(),
            all: flags.contains(&b'g'),
        })
    }

    /// The text with what matches replaced; None where nothing does, or the outcome is too long.
    pub fn apply(&self, route: &Route, text: &[u8]) -> Option<Vec<u8>> {
        let changes = self.changes(route, text).filter(|changes| !changes.is_empty())?;
        let mut out = Vec::with_capacity(text.len());
        let mut from = 0;
        for (range, by) in changes {
            out.extend_from_slice(&text[from..range.start]);
            out.extend_from_slice(&by);
            from = range.end;
        }
        out.extend_from_slice(&text[from..]);
        (out.len() <= MAX_VALUE).then_some(out)
    }

    /// What matches, and what comes in its place; None where that is too long.
    pub fn changes(&self, route: &Route, text: &[u8]) -> Option<Vec<(Range<usize>, Vec<u8>)>> {
        let most = if self.all { MAX_CHANGES } else { 1 };
        let mut inserted = 0;
        let mut changes = Vec::new();
        for found in self.regex.captures_iter(text).take(most) {
            let by = self.replacement_for(route, &found);
            inserted += by.len();
            if inserted > MAX_VALUE {
                return None;
            }
            changes.push((found.get(0)?.range(), by));
        }
        Some(changes)
    }

    fn replacement_for(&self, route: &Route, found: &Captures<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in &self.replacement {
            match piece {
                Piece::Literal(text) => out.extend_from_slice(text),
                Piece::Group(group) => out.extend_from_slice(found.get(*group).map_or(&b""[..], |m| m.as_bytes())),
                Piece::Variable(spec) => out.extend_from_slice(&route.read(spec).into_text().unwrap_or_default()),
            }
        }
        out
    }
}

/// What is before a delimiter without a backslash, and what is behind it.
fn until(text: &[u8], delimiter: u8) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            byte if *byte == delimiter => return Some((&text[..at], &text[at + 1..])),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

fn pieces(replacement: &[u8], depth: u8) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut rest = replacement;
    while let Some((first, tail)) = rest.split_first() {
        let special = match (first, tail.first()) {
            (b'\\', Some(digit)) if digit.is_ascii_digit() => Some((Piece::Group(usize::from(digit - b'0')), 2)),
            // a dollar sign that begins no variable is one
            (b'$', Some(next)) if *next != b'$' => super::pv::spec::variable(rest, depth + 1)
                .ok()
                .map(|(spec, used)| (Piece::Variable(spec), used)),
            _ => None,
        };
        if let Some((piece, used)) = special {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
            }
            pieces.push(piece);
            rest = rest.get(used..).unwrap_or_default();
            continue;
        }
        let (byte, used) = match (first, tail.first()) {
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(other)) => (*other, 2),
            (b'$', Some(b'$')) => (b'$', 2),
            _ => (*first, 1),
        };
        literal.push(byte);
        rest = &rest[used..];
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.into()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_bounded_in_number_and_size() {
        for n in 0..ENTRIES * 2 {
            assert!(regex(&format!("x{n}"), false, Flavor::Text).is_some());
        }
        assert!(CACHE.with(|cache| cache.borrow_mut().of(OPERATOR).len()) <= ENTRIES);
        assert!(regex("((a{1,1000}){1,1000}){1,1000}", false, Flavor::Text).is_none());
        assert!(regex("(", false, Flavor::Text).is_none());
        assert!(regex(&"a".repeat(LONGEST + 1), false, Flavor::Text).is_none());
        assert!(regex("ABC", true, Flavor::Text).unwrap().is_match(b"xabcx"));
        assert!(!regex("^b", true, Flavor::Text).unwrap().is_match(b"a\nb"));
        assert!(regex("^b", true, Flavor::Lines).unwrap().is_match(b"a\nb"));
        assert!(regex("a.b", true, Flavor::Whole).unwrap().is_match(b"a\nb"));
    }

    #[test]
    fn a_tenant_s_expressions_are_bounded_apart() {
        regex("^operator", false, Flavor::Text).expect("an expression");
        let kept = |tenant| CACHE.with(|cache| cache.borrow_mut().of(tenant).len());
        for n in 0..100 {
            let (found, any) = on_behalf(1, || regex(&format!("t{n}"), false, Flavor::Text));
            assert!(found.is_some() && any);
        }
        assert_eq!((kept(1), kept(2)), (TENANT_ENTRIES, 0));
        let at = |cache: &mut Vec<Entry>| cache.iter().any(|(text, ..)| &**text == "^operator");
        assert!(CACHE.with(|cache| at(cache.borrow_mut().of(OPERATOR))));
        assert!(!on_behalf(1, || ()).1);
    }
}
