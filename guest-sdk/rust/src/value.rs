//! The value of a pseudo-variable or of a table item.
#![forbid(unsafe_code)]

use std::fmt;

/// Null, a number or text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Unset or absent.
    #[default]
    Null,
    /// A number.
    Int(i64),
    /// Text.
    Str(String),
}

impl Value {
    /// True for null.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// The text, None for a number or null.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The text, empty for a number or null.
    pub fn str(&self) -> &str {
        self.as_str().unwrap_or_default()
    }

    /// The number, or text that is one; None otherwise.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            Value::Str(text) => text.parse().ok(),
            Value::Null => None,
        }
    }

    /// The number, or text that is one; 0 otherwise.
    pub fn int(&self) -> i64 {
        self.as_int().unwrap_or_default()
    }

    /// The text, a number as text, None for null.
    pub fn into_string(self) -> Option<String> {
        match self {
            Value::Null => None,
            Value::Int(number) => Some(number.to_string()),
            Value::Str(text) => Some(text),
        }
    }
}

/// Text as it is, a number in decimal, null as `<null>` (as `KSR.pv.getw`).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("<null>"),
            Value::Int(number) => number.fmt(f),
            Value::Str(text) => text.fmt(f),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Str(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Int(number.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<i64> for Value {
    fn eq(&self, other: &i64) -> bool {
        matches!(self, Value::Int(number) if number == other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_asked() {
        assert_eq!(Value::from("12").int(), 12);
        assert_eq!(Value::from(5).to_string(), "5");
        assert_eq!(Value::Null.str(), "");
        let user = Value::from("alice");
        assert!(user == "alice" && user != "bob");
        assert_eq!(Value::from(None::<i64>), Value::Null);
    }
}
