//! `[overload]`: when new requests are refused because more comes than can be done.

use super::canary::percent;
use super::units;
use serde::Deserialize;
use std::time::Duration;

/// `[overload]`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overload {
    /// Whether new requests are refused at all.
    #[serde(deserialize_with = "units::switch")]
    pub enabled: bool,
    /// So long messages may wait at a worker's socket without a break.
    #[serde(deserialize_with = "units::with_unit")]
    pub target: Duration,
    /// The part of a worker's time that 503s may take, 0 to 1.
    #[serde(deserialize_with = "percent")]
    pub refusals: f64,
    /// What Retry-After says at least, in whole seconds.
    #[serde(deserialize_with = "units::with_unit")]
    pub retry_after: Duration,
}

impl Default for Overload {
    fn default() -> Overload {
        Overload {
            enabled: true,
            target: Duration::from_millis(400),
            refusals: 0.25,
            retry_after: Duration::from_secs(2),
        }
    }
}

impl Overload {
    /// The key of what cannot be meant, and what to write.
    pub(super) fn validate(&self) -> Result<(), (&'static str, String)> {
        let wrong = |what: &str| Err(("overload", what.to_owned()));
        if !(Duration::from_millis(5)..=Duration::from_secs(5)).contains(&self.target) {
            return wrong("target: out of range; use \"5ms\" to \"5s\"");
        }
        let seconds = self.retry_after.as_secs();
        if !(1..=3600).contains(&seconds) || self.retry_after.subsec_nanos() > 0 {
            return wrong("retry_after: not what the header can say; use whole seconds, \"1s\" to \"1h\"");
        }
        Ok(())
    }
}
