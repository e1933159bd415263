//! `[routing.canary]`: by how much a version on trial may be worse than the live one.

use super::units;
use serde::Deserialize;
use serde::de::{self, Deserializer};
use std::time::Duration;

/// The margins. A canary that leaves one of them is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Canary {
    /// Whether anything is taken away by itself.
    #[serde(deserialize_with = "units::switch")]
    pub automatic: bool,
    /// What the share of failed callbacks may have above the live version's, 0 to 1.
    #[serde(deserialize_with = "percent")]
    pub faults: f64,
    /// The same of the share of 5xx among final replies.
    #[serde(deserialize_with = "percent")]
    pub server_errors: f64,
    /// How many times the live version's running time its own may be.
    pub time: f64,
    /// Running time that is free beyond that.
    #[serde(deserialize_with = "units::with_unit")]
    pub time_floor: Duration,
    /// Callbacks, and final replies, before anything is judged by them.
    pub min_calls: u64,
}

impl Default for Canary {
    fn default() -> Canary {
        Canary {
            automatic: true,
            faults: 0.01,
            server_errors: 0.05,
            time: 2.0,
            time_floor: Duration::from_millis(1),
            min_calls: 100,
        }
    }
}

impl Canary {
    /// What cannot be meant: the key, and what to do.
    pub(super) fn mistake(&self) -> Option<(&'static str, String)> {
        if !(1.0..=1000.0).contains(&self.time) {
            return Some(("time", "out of range; use 1.0 to 1000.0 times".to_owned()));
        }
        if self.min_calls == 0 {
            return Some(("min_calls", "out of range; use 1 or more".to_owned()));
        }
        None
    }
}

/// `1%`, `0.5 %`: as a part of one.
pub(super) fn percent<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let text = String::deserialize(d)?;
    let number = text
        .strip_suffix('%')
        .and_then(|number| number.trim().parse::<f64>().ok());
    match number.filter(|number| (0.0..=100.0).contains(number)) {
        Some(number) => Ok(number / 100.0),
        None => Err(de::Error::custom(format!(
            "{text:?} is no share; write for example \"1%\" or \"0.5%\""
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_read_with_their_units() {
        let text = "faults = \"0.5%\"\nserver_errors = \"10 %\"\ntime = 1.5\ntime_floor = \"2ms\"\nmin_calls = 20";
        let read: Canary = toml::from_str(text).expect("valid");
        let expected = Canary {
            automatic: true,
            faults: 0.005,
            server_errors: 0.1,
            time: 1.5,
            time_floor: Duration::from_millis(2),
            min_calls: 20,
        };
        assert_eq!(read, expected);
        for bad in [
            "faults = 1",
            "faults = \"1\"",
            "faults = \"-1%\"",
            "faults = \"101%\"",
            "faults = \"x%\"",
            "fault = \"1%\"",
        ] {
            assert!(toml::from_str::<Canary>(bad).is_err(), "{bad}");
        }
        assert_eq!(Canary::default().mistake(), None);
        for (bad, key) in [
            ("time = 0.5", "time"),
            ("time = nan", "time"),
            ("min_calls = 0", "min_calls"),
        ] {
            let read: Canary = toml::from_str(bad).expect("it can be read");
            assert_eq!(read.mistake().map(|(key, _)| key), Some(key));
        }
    }
}
