//! The `s` class: text.

use super::super::Read;
use super::Transform;
use crate::route::Route;
use crate::route::pv::read::place;
use crate::route::pv::time;
use std::borrow::Cow;

/// An operation on text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Len,
    Int,
    Lower,
    Upper,
    Numeric,
    Substr,
    Select,
    Strip,
    StripTail,
    Trim,
    TrimLeft,
    TrimRight,
    Replace,
    Remove,
    Count,
    Before,
    After,
    BeforeLast,
    AfterLast,
    Unquote,
    Unbracket,
    SelectSpace,
    StripTo,
    CharAt,
    ByteAt,
    FormatTime,
}

impl Op {
    /// The operation and how many arguments it needs.
    pub fn parse(name: &[u8]) -> Option<(Op, usize)> {
        Some(match name {
            b"s.len" => (Op::Len, 0),
            b"s.int" | b"s.intv" => (Op::Int, 0),
            b"s.tolower" => (Op::Lower, 0),
            b"s.toupper" => (Op::Upper, 0),
            b"s.numeric" => (Op::Numeric, 0),
            b"s.substr" => (Op::Substr, 2),
            b"s.select" => (Op::Select, 2),
            b"s.strip" => (Op::Strip, 1),
            b"s.striptail" => (Op::StripTail, 1),
            b"s.trim" => (Op::Trim, 0),
            b"s.ltrim" => (Op::TrimLeft, 0),
            b"s.rtrim" => (Op::TrimRight, 0),
            b"s.replace" => (Op::Replace, 2),
            b"s.rm" => (Op::Remove, 1),
            b"s.count" => (Op::Count, 1),
            b"s.before" => (Op::Before, 1),
            b"s.after" => (Op::After, 1),
            b"s.rbefore" => (Op::BeforeLast, 1),
            b"s.rafter" => (Op::AfterLast, 1),
            b"s.unquote" => (Op::Unquote, 0),
            b"s.unbracket" => (Op::Unbracket, 0),
            b"s.selectws" => (Op::SelectSpace, 1),
            b"s.stripto" => (Op::StripTo, 1),
            b"s.charat" => (Op::CharAt, 1),
            b"s.byteat" => (Op::ByteAt, 1),
            b"s.ftime" => (Op::FormatTime, 1),
            _ => return None,
        })
    }

    /// Applies it; the value is not null.
    pub fn apply<'a>(self, transform: &'a Transform, route: &'a Route, value: Read<'a>) -> Read<'a> {
        match self {
            // a text that is not all number is an error in Kamailio, which reads as null
            Op::Int => return value.integer().map_or(Read::Null, Read::Int),
            Op::FormatTime => {
                let format = transform.text(route, 0);
                let formatted = value
                    .integer()
                    .and_then(|unix| time::format(unix, &format, time::Zone::Local));
                return formatted.map_or(Read::Null, Read::owned);
            }
            _ => {}
        }
        let Some(text) = value.into_text() else {
            return Read::Null;
        };
        let number = |at| transform.number(route, at);
        let argument = |at| transform.text(route, at);
        match self {
            Op::Len => Read::length(text.len()),
            Op::Int | Op::FormatTime => Read::Null,
            Op::Lower => Read::owned(text.to_ascii_lowercase()),
            Op::Upper => Read::owned(text.to_ascii_uppercase()),
            Op::Numeric => Read::owned(text.iter().copied().filter(u8::is_ascii_digit).collect::<Vec<u8>>()),
            Op::Substr => match substr(&text, number(0), number(1)) {
                Some(_) => part(text, |text| substr(text, number(0), number(1))),
                None => Read::Null,
            },
            Op::Select => match Separator::parse(&argument(1)) {
                Some(separator) => select(text, number(0), separator),
                None => Read::Null,
            },
            Op::SelectSpace => select(text, number(0), Separator::Space),
            Op::Strip => part(text, |text| text.get(usize::try_from(number(0)).unwrap_or(0)..)),
            Op::StripTail => part(text, |text| {
                text.get(..text.len().checked_sub(usize::try_from(number(0)).unwrap_or(0))?)
            }),
            Op::StripTo => {
                let wanted = argument(0).first().copied();
                part(text, |text| Some(&text[memchr::memchr(wanted?, text)?..]))
            }
            Op::CharAt => part(text, |text| {
                let at = usize::try_from(number(0)).ok()?;
                text.get(at..at.checked_add(1)?)
            }),
            Op::ByteAt => {
                let byte = usize::try_from(number(0)).ok().and_then(|at| text.get(at));
                Read::Int(byte.map_or(-1, |byte| i64::from(*byte)))
            }
            Op::Trim => part(text, |text| Some(text.trim_ascii())),
            Op::TrimLeft => part(text, |text| Some(text.trim_ascii_start())),
            Op::TrimRight => part(text, |text| Some(text.trim_ascii_end())),
            Op::Replace => Read::owned(replace(&text, &argument(0), &argument(1))),
            Op::Remove => Read::owned(replace(&text, &unescaped(argument(0)), b"")),
            Op::Count => Read::length(
                argument(0)
                    .first()
                    .map_or(0, |wanted| text.iter().filter(|b| *b == wanted).count()),
            ),
            Op::Before => split(text, argument(0), |text, b| memchr::memchr(b, text), true),
            Op::After => split(text, argument(0), |text, b| memchr::memchr(b, text), false),
            Op::BeforeLast => split(text, argument(0), |text, b| memchr::memrchr(b, text), true),
            Op::AfterLast => split(text, argument(0), |text, b| memchr::memrchr(b, text), false),
            Op::Unquote => part(text, |text| {
                Some(
                    enclosed(text, b"\"", b"\"")
                        .or_else(|| enclosed(text, b"'", b"'"))
                        .unwrap_or(text),
                )
            }),
            Op::Unbracket => part(text, |text| {
                Some(
                    enclosed(text, b"(", b")")
                        .or_else(|| enclosed(text, b"[", b"]"))
                        .or_else(|| enclosed(text, b"{", b"}"))
                        .or_else(|| enclosed(text, b"<", b">"))
                        .unwrap_or(text),
                )
            }),
        }
    }
}

/// A part of the text, without copying what is borrowed; empty for None.
fn part<'a>(text: Cow<'a, [u8]>, cut: impl Fn(&[u8]) -> Option<&[u8]>) -> Read<'a> {
    match text {
        Cow::Borrowed(text) => Read::text(cut(text).unwrap_or_default()),
        Cow::Owned(text) => Read::owned(cut(&text).unwrap_or_default()),
    }
}

/// `length` bytes from `start`; a negative start counts from the end, length 0 goes to the end. None where
/// the text does not reach so far.
fn substr(text: &[u8], start: i64, length: i64) -> Option<&[u8]> {
    let start = if start < 0 {
        i64::try_from(text.len()).ok()?.checked_add(start)?
    } else {
        start
    };
    let rest = text
        .get(usize::try_from(start).ok()?..)
        .filter(|rest| !rest.is_empty())?;
    match usize::try_from(length).ok()? {
        0 => Some(rest),
        length => Some(&rest[..length.min(rest.len())]),
    }
}

/// What fields are told apart by.
#[derive(Clone, Copy)]
enum Separator {
    Byte(u8),
    /// Any white space.
    Space,
}

impl Separator {
    /// A character, or `\\`, `\n`, `\r`, `\t`, `\w` (a blank), `\s` (any white space).
    fn parse(text: &[u8]) -> Option<Separator> {
        Some(Separator::Byte(match text {
            [b'\\', b'n', ..] => b'\n',
            [b'\\', b'r', ..] => b'\r',
            [b'\\', b't', ..] => b'\t',
            [b'\\', b'w', ..] => b' ',
            [b'\\', b's', ..] => return Some(Separator::Space),
            [b'\\', b'\\', ..] => b'\\',
            [b'\\', _, ..] => return None,
            [byte, ..] => *byte,
            [] => return None,
        }))
    }

    fn is(self, byte: u8) -> bool {
        match self {
            Separator::Byte(separator) => separator == byte,
            Separator::Space => matches!(byte, b' ' | b'\t' | b'\r' | b'\n'),
        }
    }
}

/// The field at an index, negative from the end; empty where there is none.
fn select(text: Cow<'_, [u8]>, index: i64, separator: Separator) -> Read<'_> {
    part(text, |text| {
        let index = i32::try_from(index).ok()?;
        let count = text.split(|b| separator.is(*b)).count();
        text.split(|b| separator.is(*b)).nth(place(index, count)?)
    })
}

/// `\n`, `\r` and `\t` as what they stand for; of other pairs the second character.
fn unescaped(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        out.push(match (byte, bytes.as_slice().first()) {
            (b'\\', Some(escaped)) => {
                bytes.next();
                match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                }
            }
            _ => *byte,
        });
    }
    Cow::Owned(out)
}

/// Before or after a byte; where it is missing: all before it, nothing after it.
fn split<'a>(
    text: Cow<'a, [u8]>,
    byte: Cow<'_, [u8]>,
    find: impl Fn(&[u8], u8) -> Option<usize>,
    before: bool,
) -> Read<'a> {
    let Some(byte) = byte.first().copied() else {
        return Read::Str(text);
    };
    part(text, |text| match (find(text, byte), before) {
        (Some(at), true) => Some(&text[..at]),
        (Some(at), false) => Some(&text[at + 1..]),
        (None, true) => Some(text),
        (None, false) => None,
    })
}

fn replace(text: &[u8], wanted: &[u8], by: &[u8]) -> Vec<u8> {
    if wanted.is_empty() {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, wanted) {
        out.extend_from_slice(&text[from..at]);
        out.extend_from_slice(by);
        from = at + wanted.len();
        // a long text of short matches must not grow without end
        if out.len() > super::MAX_VALUE {
            return out;
        }
    }
    out.extend_from_slice(&text[from..]);
    out
}

fn enclosed<'t>(text: &'t [u8], open: &[u8], close: &[u8]) -> Option<&'t [u8]> {
    text.strip_prefix(open)?.strip_suffix(close)
}
