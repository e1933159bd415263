//! Durations and sizes with units, and Kamailio's ways of writing numbers and switches.

use serde::de::{self, Deserializer, Visitor};
use std::fmt;
use std::time::Duration;

/// A duration; a bare number is in `unit` (None: a unit must be written).
struct DurationVisitor(Option<Duration>);

impl Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a duration such as \"50ms\", \"10s\", \"5m\" or \"1h\"")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Duration, E> {
        let Some(unit) = self.0 else {
            return Err(E::custom(
                "a duration needs a unit; write for example \"50ms\" or \"10s\"",
            ));
        };
        u32::try_from(number)
            .map(|n| unit * n)
            .map_err(|_| E::custom("out of range; use a number from 0 to 4294967295"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        duration(text).ok_or_else(|| {
            E::custom(format!(
                "{text:?} is no duration; write for example \"50ms\", \"10s\", \"5m\" or \"1h\""
            ))
        })
    }
}

/// Reads `50ms`, `10s`, `5m`, `1h`, `2d`.
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

/// Reads `64MiB`, `4KiB`, `100B`.
pub fn size(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let bytes: u64 = match unit {
        "B" => 1,
        "kB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    usize::try_from(number.checked_mul(bytes)?).ok()
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim_start()))
}

/// A duration that needs a unit.
pub fn with_unit<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
    d.deserialize_any(DurationVisitor(None))
}

/// A module parameter in milliseconds where it has no unit.
pub fn millis<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
    d.deserialize_any(DurationVisitor(Some(Duration::from_millis(1))))
}

/// A module parameter in seconds where it has no unit.
pub fn secs<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
    d.deserialize_any(DurationVisitor(Some(Duration::from_secs(1))))
}

/// As [`secs`], in whole seconds.
pub fn whole_secs<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    secs(d).map(|d| d.as_secs())
}

/// As [`secs`], where absent and present differ.
pub fn optional_secs<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Duration>, D::Error> {
    secs(d).map(Some)
}

/// A size with its unit.
pub fn bytes<'de, D: Deserializer<'de>>(d: D) -> Result<usize, D::Error> {
    struct SizeVisitor;
    impl Visitor<'_> for SizeVisitor {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a size such as \"64KiB\" or \"64MiB\"")
        }

        fn visit_i64<E: de::Error>(self, _: i64) -> Result<usize, E> {
            Err(E::custom(
                "a size needs a unit; write for example \"64KiB\" or \"64MiB\"",
            ))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<usize, E> {
            size(text)
                .ok_or_else(|| E::custom(format!("{text:?} is no size; write for example \"64KiB\" or \"64MiB\"")))
        }
    }
    d.deserialize_any(SizeVisitor)
}

/// A switch: true, false, or Kamailio's 1 and 0.
pub fn switch<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    struct SwitchVisitor;
    impl Visitor<'_> for SwitchVisitor {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("true or false (or 1 or 0)")
        }

        fn visit_bool<E: de::Error>(self, on: bool) -> Result<bool, E> {
            Ok(on)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<bool, E> {
            match number {
                0 => Ok(false),
                1 => Ok(true),
                _ => Err(E::custom("use true or false")),
            }
        }
    }
    d.deserialize_any(SwitchVisitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        assert_eq!(duration("50ms"), Some(Duration::from_millis(50)));
        assert_eq!(duration("5 m"), Some(Duration::from_secs(300)));
        assert_eq!(duration("1h"), Some(Duration::from_secs(3600)));
        assert_eq!(size("64MiB"), Some(64 << 20));
        for bad in ["", "5", "ms", "5 parsecs", "-1s", "99999999999999999999s"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
