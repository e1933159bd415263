//! Fuzzing of the message half of `kemist-sip`.

pub mod properties;
