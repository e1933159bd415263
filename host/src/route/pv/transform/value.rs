//! The classes `val`, `sql` and `num`, which say what null becomes.

use super::super::Read;
use super::escape;

/// What is made of a value, null or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `{val.n0}`: null to 0.
    NullToZero,
    /// `{val.ne}`: null to the empty text.
    NullToEmpty,
    /// `{val.json}`: escaped for a JSON string.
    Json,
    /// `{val.jsonqe}`: a JSON string with its quotes; numbers stay.
    JsonQuoted,
    /// `{sql.val}` and its kin: a quoted SQL value; numbers stay, null is this.
    Sql(&'static [u8]),
    /// `{num.fdigit}`.
    FirstDigit,
    /// `{num.ldigit}`.
    LastDigit,
}

impl Op {
    /// By its name.
    pub fn parse(name: &[u8]) -> Option<Op> {
        Some(match name {
            b"val.n0" => Op::NullToZero,
            b"val.ne" => Op::NullToEmpty,
            b"val.json" => Op::Json,
            b"val.jsonqe" => Op::JsonQuoted,
            b"sql.val" => Op::Sql(b"NULL"),
            b"sql.val.int" => Op::Sql(b"0"),
            b"sql.val.str" => Op::Sql(b"''"),
            b"num.fdigit" => Op::FirstDigit,
            b"num.ldigit" => Op::LastDigit,
            _ => return None,
        })
    }

    /// Applies it.
    pub fn apply(self, value: Read<'_>) -> Read<'_> {
        match (self, value) {
            (Op::NullToZero, Read::Null) => Read::Int(0),
            (Op::NullToEmpty | Op::Json, Read::Null) => Read::text(b""),
            (Op::JsonQuoted, Read::Null) => Read::text(b"\"\""),
            (Op::Json, Read::Str(text)) => Read::owned(escape::json(&text)),
            (Op::JsonQuoted, Read::Str(text)) => Read::owned([b"\"", &*escape::json(&text), b"\""].concat()),
            (Op::Sql(null), Read::Null) => Read::text(null),
            (Op::Sql(_), Read::Int(number)) => Read::owned(number.to_string()),
            (Op::Sql(_), Read::Str(text)) => Read::owned([b"'", &*escape::common(&text), b"'"].concat()),
            (Op::FirstDigit, value) => {
                let mut number = whole(&value);
                while number >= 10 {
                    number /= 10;
                }
                digit(number)
            }
            (Op::LastDigit, value) => digit(whole(&value) % 10),
            (Op::NullToZero | Op::NullToEmpty | Op::Json | Op::JsonQuoted, value) => value,
        }
    }
}

fn digit(number: u64) -> Read<'static> {
    Read::Int(i64::try_from(number).unwrap_or(0))
}

/// A number without its sign; 0 for a text that is none.
fn whole(value: &Read<'_>) -> u64 {
    value.integer().unwrap_or(0).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_becomes_what_the_name_says() {
        let apply = |name: &str, value| Op::parse(name.as_bytes()).unwrap().apply(value);
        for (name, null) in [
            ("val.ne", ""),
            ("val.json", ""),
            ("val.jsonqe", "\"\""),
            ("sql.val", "NULL"),
            ("sql.val.int", "0"),
            ("sql.val.str", "''"),
        ] {
            assert_eq!(apply(name, Read::Null), Read::text(null.as_bytes()), "{name}");
        }
        assert_eq!(apply("val.n0", Read::Null), Read::Int(0));
        assert_eq!(apply("val.jsonqe", Read::Int(5)), Read::Int(5));
        assert_eq!(apply("val.jsonqe", Read::text(b"a\"b")), Read::text(b"\"a\\\"b\""));
        assert_eq!(apply("sql.val", Read::Int(5)), Read::text(b"5"));
        assert_eq!(apply("sql.val", Read::text(b"O'Brien")), Read::text(b"'O\\'Brien'"));
        assert_eq!(apply("num.fdigit", Read::Int(-734)), Read::Int(7));
        assert_eq!(apply("num.ldigit", Read::Int(-734)), Read::Int(4));
        assert_eq!(apply("num.fdigit", Read::text(b"x")), Read::Int(0));
    }
}
