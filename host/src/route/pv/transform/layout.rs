//! The `s` class: white space, lines and lists of prefixes.

use super::super::{MAX_VALUE, Read};
use super::Transform;
use crate::route::Route;

/// How a text is laid out anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `{s.rmws}`: no white space.
    RemoveSpace,
    /// `{s.rmhdws}`: one blank for each fold of a header value.
    Unfold,
    /// `{s.rmhlws}`: nothing for each fold.
    Join,
    /// `{s.fmtlines,n,m}` and `{s.fmtlinet,n,m}`: lines of n characters, all but the first behind m
    /// blanks or tabs.
    Lines { indent: u8 },
    /// `{s.prefixes,longest}`, each in quotes where asked for.
    Prefixes { quoted: bool },
}

impl Op {
    /// The operation and how many arguments it needs.
    pub fn parse(name: &[u8]) -> Option<(Op, usize)> {
        Some(match name {
            b"s.rmws" => (Op::RemoveSpace, 0),
            b"s.rmhdws" => (Op::Unfold, 0),
            b"s.rmhlws" => (Op::Join, 0),
            b"s.fmtlines" => (Op::Lines { indent: b' ' }, 2),
            b"s.fmtlinet" => (Op::Lines { indent: b'\t' }, 2),
            b"s.prefixes" => (Op::Prefixes { quoted: false }, 0),
            b"s.prefixes.quoted" => (Op::Prefixes { quoted: true }, 0),
            _ => return None,
        })
    }

    /// Applies it; null where an argument makes no sense or the outcome is too long.
    pub fn apply(self, transform: &Transform, route: &Route, text: &[u8]) -> Read<'static> {
        let number = |at| usize::try_from(transform.number(route, at)).ok();
        let laid_out = match self {
            Op::RemoveSpace => Some(text.iter().copied().filter(|b| !is_space(*b)).collect()),
            Op::Unfold => Some(unfold(text, b" ")),
            Op::Join => Some(unfold(text, b"")),
            Op::Lines { indent } => lines(text, number(0), number(1), indent),
            Op::Prefixes { quoted } => prefixes(text, number(0).filter(|longest| *longest > 0), quoted),
        };
        laid_out.map_or(Read::Null, Read::owned)
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Takes line ends out, and puts `by` in the place of the white space after each.
fn unfold(text: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        if !matches!(first, b'\r' | b'\n') {
            out.push(*first);
            rest = tail;
            continue;
        }
        let ends = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let spaces = rest[ends..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if spaces > 0 {
            out.extend_from_slice(by);
        }
        rest = &rest[ends + spaces..];
    }
    out
}

fn lines(text: &[u8], length: Option<usize>, indent: Option<usize>, with: u8) -> Option<Vec<u8>> {
    let (length, indent) = (length.filter(|length| *length > 0)?, indent?);
    let more = (text.len() / length).checked_mul(indent.checked_add(2)?)?;
    if text.len().checked_add(more)? > MAX_VALUE {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() + more);
    for (number, line) in text.chunks(length).enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\r\n");
            out.resize(out.len() + indent, with);
        }
        out.extend_from_slice(line);
    }
    Some(out)
}

fn prefixes(text: &[u8], longest: Option<usize>, quoted: bool) -> Option<Vec<u8>> {
    let longest = longest.unwrap_or(usize::MAX).min(text.len());
    if longest.checked_mul(longest / 2 + 3)? > MAX_VALUE {
        return None;
    }
    let quote: &[u8] = if quoted { b"'" } else { b"" };
    let parts: Vec<Vec<u8>> = (1..=longest).map(|end| [quote, &text[..end], quote].concat()).collect();
    Some(parts.join(&b","[..]))
}
