//! Regular expressions that scripts hand in: compiled once, kept in a bounded cache, limited in size.
//! The engine takes time linear in the text, whatever the expression.

use regex::bytes::{Regex, RegexBuilder};
use std::cell::RefCell;

/// Expressions kept a thread.
const ENTRIES: usize = 256;
/// Longest expression, in bytes.
const LONGEST: usize = 1024;
/// Largest compiled expression, in bytes.
const COMPILED: usize = 256 * 1024;

thread_local! {
    static CACHE: RefCell<Vec<(Box<str>, bool, Regex)>> = const { RefCell::new(Vec::new()) };
}

/// An expression, compiled (cloning one is cheap). None where it is none or too large.
pub fn regex(expression: &str, ignore_case: bool) -> Option<Regex> {
    CACHE.with(|cache| {
        let mut cache = cache.borrow_mut();
        if let Some(at) = cache
            .iter()
            .position(|(text, case, _)| **text == *expression && *case == ignore_case)
        {
            // what is used moves towards the front, so that what is not falls off the end
            cache.swap(at, at / 2);
            return Some(cache[at / 2].2.clone());
        }
        let compiled = compile(expression, ignore_case)?;
        if cache.len() >= ENTRIES {
            cache.pop();
        }
        cache.push((expression.into(), ignore_case, compiled.clone()));
        Some(compiled)
    })
}

impl super::Route {
    /// An expression that a script hands in, matched in any case as Kamailio's do; one error line where
    /// it is none.
    pub fn regex(&self, expression: &str) -> Option<Regex> {
        let found = regex(expression, true);
        if found.is_none() {
            self.script_error(format_args!(
                "regular expression {expression:?} is malformed or too large"
            ));
        }
        found
    }
}

fn compile(expression: &str, ignore_case: bool) -> Option<Regex> {
    if expression.len() > LONGEST {
        return None;
    }
    RegexBuilder::new(expression)
        .case_insensitive(ignore_case)
        .size_limit(COMPILED)
        .dfa_size_limit(COMPILED)
        .unicode(false)
        .build()
        .ok()
}

/// `/expression/replacement/flags`, with any byte in the place of the slash; `\1` to `\9` and `\0` in the
/// replacement stand for what was matched.
#[derive(Clone, Debug)]
pub struct Substitution {
    text: Box<[u8]>,
    regex: Regex,
    replacement: Box<[u8]>,
    all: bool,
}

impl PartialEq for Substitution {
    fn eq(&self, other: &Substitution) -> bool {
        self.text == other.text
    }
}

impl Substitution {
    /// Reads one; None where it is malformed.
    pub fn parse(text: &[u8]) -> Option<Substitution> {
        let text = text.trim_ascii();
        let (delimiter, body) = text.split_first()?;
        let mut parts = body.split(|b| b == delimiter);
        let (expression, replacement, flags) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || !flags.iter().all(|flag| b"gis".contains(flag)) {
            return None;
        }
        let regex = regex(std::str::from_utf8(expression).ok()?, flags.contains(&b'i'))?;
        Some(Substitution {
            text: text.into(),
            regex,
            replacement: replacement.into(),
            all: flags.contains(&b'g'),
        })
    }

    /// The text with what matches replaced; None where nothing does.
    pub fn apply(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut from = 0;
        for found in self
            .regex
            .captures_iter(text)
            .take(if self.all { usize::MAX } else { 1 })
        {
            let whole = found.get(0)?;
            out.extend_from_slice(&text[from..whole.start()]);
            self.replace(&found, &mut out);
            from = whole.end();
            if out.len() > super::pv::MAX_VALUE {
                return None;
            }
        }
        if from == 0 && out.is_empty() && !self.regex.is_match(text) {
            return None;
        }
        out.extend_from_slice(&text[from..]);
        Some(out)
    }

    fn replace(&self, found: &regex::bytes::Captures<'_>, out: &mut Vec<u8>) {
        let mut rest = self.replacement.iter();
        while let Some(byte) = rest.next() {
            match (byte, rest.as_slice().first()) {
                (b'\\', Some(digit)) if digit.is_ascii_digit() => {
                    rest.next();
                    out.extend_from_slice(found.get(usize::from(digit - b'0')).map_or(&b""[..], |m| m.as_bytes()));
                }
                (b'\\', Some(other)) => {
                    rest.next();
                    out.push(*other);
                }
                _ => out.push(*byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_bounded_in_number_and_size() {
        for n in 0..ENTRIES * 2 {
            assert!(regex(&format!("x{n}"), false).is_some());
        }
        assert!(CACHE.with(|cache| cache.borrow().len()) <= ENTRIES);
        assert!(regex("((a{1,1000}){1,1000}){1,1000}", false).is_none());
        assert!(regex("(", false).is_none());
        assert!(regex(&"a".repeat(LONGEST + 1), false).is_none());
        assert!(regex("ABC", true).unwrap().is_match(b"xabcx"));
    }
}
