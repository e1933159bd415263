//! The `s` class: escaping, and what undoes it.

use super::super::Read;
use crate::route::text::decode_hex;
use std::fmt::Write;

/// What is escaped, or the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Quotes, backslash and NUL, for texts of SQL.
    Common,
    UnCommon,
    /// Line ends, as `\r` and `\n`.
    LineEnds,
    UnLineEnds,
    /// What may not stand in the user part of a URI.
    User,
    /// What may not stand in a parameter of a URI.
    Param,
    /// `%xx` to what it stands for.
    UnPercent,
    /// A field of comma-separated values (RFC 4180).
    Csv,
    /// A parameter of an HTTP URL, with `+` for a blank.
    Url,
    UnUrl,
}

impl Op {
    /// By its name.
    pub fn parse(name: &[u8]) -> Option<Op> {
        Some(match name {
            b"s.escape.common" => Op::Common,
            b"s.unescape.common" => Op::UnCommon,
            b"s.escape.crlf" => Op::LineEnds,
            b"s.unescape.crlf" => Op::UnLineEnds,
            b"s.escape.user" => Op::User,
            b"s.escape.param" => Op::Param,
            b"s.unescape.user" | b"s.unescape.param" => Op::UnPercent,
            b"s.escape.csv" => Op::Csv,
            b"s.urlencode.param" => Op::Url,
            b"s.urldecode.param" => Op::UnUrl,
            _ => return None,
        })
    }

    /// Applies it.
    pub fn apply(self, text: &[u8]) -> Read<'static> {
        // RFC 3261 section 25.1: unreserved, then user-unreserved or param-unreserved
        match self {
            Op::Common => Read::owned(common(text)),
            Op::UnCommon => Read::owned(unescape(text, |byte| match byte {
                b'\'' | b'"' | b'\\' => Some(byte),
                b'0' => Some(0),
                _ => None,
            })),
            Op::LineEnds => Read::owned(line_ends(text)),
            Op::UnLineEnds => Read::owned(unescape(text, |byte| match byte {
                b'n' => Some(b'\n'),
                b'r' => Some(b'\r'),
                _ => None,
            })),
            Op::User => Read::owned(percent(text, b"-_.!~*'()&=+$,;?/")),
            Op::Param => Read::owned(percent(text, b"-_.!~*'()[]/:&+$")),
            Op::UnPercent => Read::owned(un_percent(text)),
            Op::Csv => Read::owned([b"\"", &*doubled(text), b"\""].concat()),
            Op::Url => Read::owned(percent(text, b"-_.~ ").replace(' ', "+")),
            Op::UnUrl => {
                let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
                Read::owned(un_percent(&spaced))
            }
        }
    }
}

/// A backslash before quotes and backslashes, `\0` for NUL.
pub fn common(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    for byte in text {
        match byte {
            b'\'' | b'"' | b'\\' => out.extend([b'\\', *byte]),
            0 => out.extend(b"\\0"),
            _ => out.push(*byte),
        }
    }
    out
}

/// As the text of a JSON string, without its quotes.
pub fn json(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x08 => out.extend(b"\\b"),
            0x0c => out.extend(b"\\f"),
            control if *control < b' ' => out.extend(format!("\\u{control:04x}").into_bytes()),
            _ => out.push(*byte),
        }
    }
    out
}

fn line_ends(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    for byte in text {
        match byte {
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            _ => out.push(*byte),
        }
    }
    out
}

/// Takes the backslash from what `known` names; other pairs stay.
fn unescape(text: &[u8], known: impl Fn(u8) -> Option<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'\\').then(|| known(*tail.first()?)).flatten();
        out.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[1..] } else { tail };
    }
    out
}

/// `%xx` for what is neither alphanumeric nor in `kept`.
fn percent(text: &[u8], kept: &[u8]) -> String {
    text.iter().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(byte) {
            out.push(char::from(*byte));
        } else {
            // writing to a string cannot fail
            let _ = write!(out, "%{byte:02x}");
        }
        out
    })
}

fn un_percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| tail.get(..2).and_then(decode_hex)).flatten();
        match escaped.as_deref() {
            Some([byte]) => {
                out.push(*byte);
                rest = &tail[2..];
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

fn doubled(text: &[u8]) -> Vec<u8> {
    text.iter()
        .flat_map(|byte| std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(op: Op, text: &[u8]) -> Vec<u8> {
        match op.apply(text) {
            Read::Str(text) => text.into_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn escaping_and_back() {
        assert_eq!(apply(Op::User, b"a b@c"), b"a%20b%40c");
        assert_eq!(apply(Op::Param, b"a;b=\xff"), b"a%3bb%3d%ff");
        assert_eq!(apply(Op::UnPercent, b"a%20b%40c%zz%4"), b"a b@c%zz%4");
        assert_eq!(apply(Op::Common, b"it's \"x\\\0"), b"it\\'s \\\"x\\\\\\0");
        assert_eq!(apply(Op::UnCommon, b"it\\'s \\\"x\\\\\\0\\z\\"), b"it's \"x\\\0\\z\\");
        assert_eq!(apply(Op::LineEnds, b"a\r\nb"), b"a\\r\\nb");
        assert_eq!(apply(Op::UnLineEnds, b"a\\r\\nb\\x"), b"a\r\nb\\x");
        assert_eq!(apply(Op::Csv, b"foo,bar\"baz"), b"\"foo,bar\"\"baz\"");
        assert_eq!(apply(Op::Url, b"a b&c+d"), b"a+b%26c%2bd");
        assert_eq!(apply(Op::UnUrl, b"a+b%26c%2bd"), b"a b&c+d");
        assert_eq!(json(b"\"\\\n\x01"), b"\\\"\\\\\\n\\u0001");
    }
}
