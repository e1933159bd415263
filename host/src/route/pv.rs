//! Pseudo-variables: texts such as `$ru` or `$(hdr(Via)[-1]{s.tolower})`, parsed once into a [`Spec`]
//! and kept in a bounded cache, read and written on a [`Route`].
//!
//! Names, types and null rules are Kamailio's. A name must be consumed whole; one that is unknown is
//! an error line and reads as null.

mod branches;
mod cache;
mod identity;
mod lists;
mod message;
pub mod names;
mod network;
pub(in crate::route) mod read;
pub mod spec;
mod tables;
mod time;
mod transaction;
mod transform;
mod value;
mod variables;
mod write;

pub use read::Read;
pub use spec::{ParseError, Spec, Text};
pub use time::Civil;
pub use value::leading_number;

use super::{Route, Value};

/// Longest value that an expansion or a transformation may make, in bytes.
pub const MAX_VALUE: usize = 64 * 1024;

impl Route {
    /// Reads a pseudo-variable by its text and hands the value to `f`, without copying it where it
    /// stands in the message. None where the text is no pseudo-variable (one error line).
    pub fn with_pv<R>(&self, name: &str, f: impl FnOnce(Read<'_>) -> R) -> Option<R> {
        match cache::spec(name) {
            Ok(spec) => Some(f(self.read(&spec))),
            Err(error) => {
                self.script_error(format_args!("{error} in pseudo-variable {name:?}"));
                None
            }
        }
    }

    /// The value of a pseudo-variable; null where the text is none.
    pub fn pv_get(&self, name: &str) -> Value {
        self.with_pv(name, |value| value.into_value()).unwrap_or_default()
    }

    /// Assigns a pseudo-variable; null unsets it. False where the text is none, where it cannot be
    /// written, or where the value does not fit it.
    pub fn pv_set(&mut self, name: &str, value: Value) -> bool {
        match cache::spec(name) {
            Ok(spec) => self.write(&spec, value),
            Err(error) => {
                self.script_error(format_args!("{error} in pseudo-variable {name:?}"));
                false
            }
        }
    }

    /// A text with its embedded variables replaced by their values (null as `<null>`); None where a
    /// variable in it is unknown or the outcome is over [`MAX_VALUE`] bytes.
    pub fn expand(&self, text: &str) -> Option<Vec<u8>> {
        if !text.contains('$') {
            return Some(super::text::from_guest(text).into_owned());
        }
        match cache::text(text) {
            Ok(parsed) => self.text(&parsed).map(std::borrow::Cow::into_owned),
            Err(error) => {
                self.script_error(format_args!("{error} in text {text:?}"));
                None
            }
        }
    }

    /// One error line with the script's blame.
    pub fn script_error(&self, what: std::fmt::Arguments<'_>) {
        tracing::error!(target: "script", tenant = ?self.tenant, version = self.routing.label(), blame = "guest", "{what}");
    }
}
