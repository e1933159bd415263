//! One process hands over to the next: `kemist run --takeover`.
//!
//! The new process connects to the admin socket of the old, and gets from it the listening sockets
//! (SCM_RIGHTS: the same open sockets, so that what is queued in them is read by whoever reads), the key of
//! tags and nonces, registrations, table items and counters. Until the new one says that it is ready the old
//! one serves, and any failure leaves it serving. Then the old one stops reading between two messages, says
//! what changed meanwhile and what it has open, and the new one reads.
//!
//! From then on messages are passed both ways over that connection ([`Pass`](crate::worker::neighbours::Pass)):
//! to whom the transaction or the stream connection belongs. The old one ends when nothing is open there, or
//! at its limit; where the new one ends first, the old one reads again.

mod fds;
mod frame;
mod give;
mod link;
mod take;
mod wire;

pub use give::{Doors, Giver};
pub use take::{Inherited, Taking, Wanted};

use std::fmt;
use std::io;

/// The version of what is spoken over the connection: both must have the same.
pub const PROTOCOL: &str = "kemist-handover/1";

/// Why a handover did not happen, in one line.
#[derive(Debug)]
pub enum Error {
    /// The connection broke, or nothing came in time.
    Io(io::Error),
    /// What came is not what was to come.
    Protocol(&'static str),
    /// The other process refused; why.
    Refused(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the other process closed the connection")
            }
            Error::Io(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                f.write_str("the other process did not answer in time")
            }
            Error::Io(error) => write!(f, "the connection to the other process: {error}"),
            Error::Protocol(what) => write!(f, "the other process sent what was not expected: {what}"),
            Error::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Io(error)
    }
}
