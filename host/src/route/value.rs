//! A value of a pseudo-variable or of a table item.

use bytes::Bytes;

/// Null, a number or text (bytes: nothing on the wire need be UTF-8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Unset or absent.
    #[default]
    Null,
    /// A number.
    Int(i64),
    /// Text.
    Str(Bytes),
}

impl Value {
    /// Text from borrowed bytes.
    pub fn text(bytes: &[u8]) -> Value {
        Value::Str(Bytes::copy_from_slice(bytes))
    }

    /// Text from borrowed bytes, null for None.
    pub fn optional(bytes: Option<&[u8]>) -> Value {
        bytes.map_or(Value::Null, Value::text)
    }

    /// True for null.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }
}

/// Kamailio's code for yes and no: 1 and -1.
pub fn code(yes: bool) -> i32 {
    if yes { 1 } else { -1 }
}
