//! JSON from strangers: read with a limit on how many values it has, since each takes many times the bytes
//! that it is written with. How deep it goes is limited by the parser (128).

use super::Failure;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// Values in one request: accounts by the hundred thousand, and some.
const MAX_VALUES: usize = 4_000_000;

/// Reads a text.
///
/// # Errors
/// -32700 where it is no JSON, or too deep; -32600 where it has too many values.
pub(super) fn parse(text: &[u8]) -> Result<Value, Failure> {
    let left = Cell::new(MAX_VALUES);
    let mut from = serde_json::Deserializer::from_slice(text);
    let parsed = Bounded(&left)
        .deserialize(&mut from)
        .and_then(|value| from.end().map(|()| value));
    parsed.map_err(|error| match left.get() {
        0 => Failure::new(-32600, format!("a request has at most {MAX_VALUES} values")),
        _ => Failure::new(-32700, format!("no JSON: {error}")),
    })
}

/// Reads one value while there are some left.
#[derive(Clone, Copy)]
struct Bounded<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let left = self.0.get().saturating_sub(1);
        self.0.set(left);
        if left == 0 {
            return Err(D::Error::custom("too many values"));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = from.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            map.insert(name, from.next_value_seed(self)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(text: &str) -> i32 {
        parse(text.as_bytes()).expect_err(text).code
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        for value in [
            json!(null),
            json!({"a": [1, -1, 1.5, u64::MAX, "x\n\u{1f600}", true, {}], "b": {"c": null}}),
            json!("text"),
        ] {
            assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        }
    }

    #[test]
    fn limits_are_kept() {
        for text in ["", "{", "[1,]", "nul", "1e999", "{\"a\":1}x", "\"\u{1}\"", "[1 2]"] {
            assert_eq!(code(text), -32700, "{text}");
        }
        assert_eq!(code(&"[".repeat(100_000)), -32700);
        assert_eq!(code(&format!("{}1{}", "[".repeat(1000), "]".repeat(1000))), -32700);
        assert_eq!(parse(&[b'"', 0xff, b'"']).expect_err("no UTF-8").code, -32700);
        let many = format!("[{}1]", "1,".repeat(MAX_VALUES));
        assert_eq!(code(&many), -32600);
    }
}
