//! What a read gives: borrowed from the message where it stands there.

use crate::route::Value;
use crate::route::text::{owned_to_guest, push_number, to_guest};
use bytes::Bytes;
use kemist_bindings::kemi::ksr::types::Xval;
use std::borrow::Cow;

/// A value just read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Read<'a> {
    /// Absent or unset.
    #[default]
    Null,
    /// A number.
    Int(i64),
    /// Text.
    Str(Cow<'a, [u8]>),
}

impl<'a> Read<'a> {
    /// Borrowed text.
    pub fn text(bytes: &'a [u8]) -> Read<'a> {
        Read::Str(Cow::Borrowed(bytes))
    }

    /// Text made for the occasion.
    pub fn owned(bytes: impl Into<Vec<u8>>) -> Read<'static> {
        Read::Str(Cow::Owned(bytes.into()))
    }

    /// A number that scripts get as text.
    pub fn digits(number: u32) -> Read<'static> {
        let mut out = Vec::with_capacity(10);
        push_number(number.into(), &mut out);
        Read::Str(Cow::Owned(out))
    }

    /// Text, null for None.
    pub fn optional(bytes: Option<&'a [u8]>) -> Read<'a> {
        bytes.map_or(Read::Null, Read::text)
    }

    /// Text, null where it is empty: most parts of a message read so.
    pub fn filled(bytes: &'a [u8]) -> Read<'a> {
        if bytes.is_empty() {
            Read::Null
        } else {
            Read::text(bytes)
        }
    }

    /// A length.
    pub fn length(bytes: usize) -> Read<'static> {
        Read::Int(i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// A value kept elsewhere.
    pub fn of(value: &'a Value) -> Read<'a> {
        match value {
            Value::Null => Read::Null,
            Value::Int(number) => Read::Int(*number),
            Value::Str(text) => Read::text(text),
        }
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> Read<'static> {
        match self {
            Read::Null => Read::Null,
            Read::Int(number) => Read::Int(number),
            Read::Str(text) => Read::Str(Cow::Owned(text.into_owned())),
        }
    }

    /// As a value to keep.
    pub fn into_value(self) -> Value {
        match self {
            Read::Null => Value::Null,
            Read::Int(number) => Value::Int(number),
            Read::Str(Cow::Borrowed(text)) => Value::text(text),
            Read::Str(Cow::Owned(text)) => Value::Str(Bytes::from(text)),
        }
    }

    /// As a guest gets it.
    pub fn into_xval(self) -> Xval {
        match self {
            Read::Null => Xval::Null,
            Read::Int(number) => Xval::Int(number),
            Read::Str(Cow::Borrowed(text)) => Xval::Str(to_guest(text)),
            Read::Str(Cow::Owned(text)) => Xval::Str(owned_to_guest(text)),
        }
    }

    /// As a number: text is converted as far as it is one, null is 0.
    pub fn number(&self) -> i64 {
        match self {
            Read::Null => 0,
            Read::Int(number) => *number,
            Read::Str(text) => leading_number(text),
        }
    }

    /// As a number that is nothing else: None for null and for a text with anything but a number in it.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Read::Null => None,
            Read::Int(number) => Some(*number),
            Read::Str(text) => std::str::from_utf8(text).ok()?.trim().parse().ok(),
        }
    }

    /// As text, None for null.
    pub fn into_text(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Read::Null => None,
            Read::Int(number) => Some(Cow::Owned(number.to_string().into_bytes())),
            Read::Str(text) => Some(text),
        }
    }
}

/// The number that a text begins with, as C's `strtol` reads it; 0 where there is none.
pub fn leading_number(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = digits
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .fold(0i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b - b'0')));
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_a_number_as_far_as_it_is_one() {
        for (text, number) in [
            ("12", 12),
            (" -7x", -7),
            ("+3", 3),
            ("x", 0),
            ("", 0),
            ("99999999999999999999", i64::MAX),
        ] {
            assert_eq!(leading_number(text.as_bytes()), number, "{text:?}");
        }
    }
}
