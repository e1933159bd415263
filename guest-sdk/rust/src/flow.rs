//! How a callback ends early: `?` on a [`Flow`].
#![forbid(unsafe_code)]

use std::fmt::Display;

/// What a callback and its helpers return: `?` ends the callback where a helper exited.
pub type Flow<T = ()> = Result<T, Exit>;

/// The way out of a callback: an exit, or an error of the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit(Option<String>);

impl Exit {
    /// The exit itself, for a [`Flow`] that carries a value: `return Err(Exit::now())`.
    pub fn now() -> Exit {
        Exit(None)
    }

    /// An error of the script, logged by the host with the name of the callback.
    pub fn error(text: impl Display) -> Exit {
        Exit(Some(text.to_string()))
    }

    pub(crate) fn into_error(self) -> Option<String> {
        self.0
    }
}

/// Any error ends the callback as an error of the script.
impl<E: std::error::Error> From<E> for Exit {
    fn from(error: E) -> Exit {
        Exit::error(error)
    }
}

/// `KSR.x.exit`: ends the callback: `return exit()` or `exit()?`.
pub fn exit() -> Flow {
    Err(Exit::now())
}

/// Ends the callback with an error of the script: `return fail("no such table")`.
pub fn fail(text: impl Display) -> Flow {
    Err(Exit::error(text))
}

/// `KSR.x`: leaving a callback.
pub mod x {
    use super::Flow;

    pub use super::exit;

    /// `KSR.x.drop`: drops the message where the kind of callback allows it, and ends the callback.
    pub fn drop() -> Flow {
        crate::generated::core::set_drop();
        exit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_script_errors() {
        fn number(text: &str) -> Flow<i32> {
            Ok(text.parse::<i32>()?)
        }
        assert_eq!(number("7"), Ok(7));
        assert!(number("x").unwrap_err().into_error().unwrap().contains("invalid digit"));
        assert_eq!(exit().unwrap_err().into_error(), None);
    }
}
