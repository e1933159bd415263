//! SIP without sockets, clock or runtime.
//!
//! [`message`] indexes the bytes of one message and edits copies of it; [`transaction`] holds the
//! state machines of RFC 3261 section 17 with RFC 6026. Time is an argument everywhere
//! ([`std::time::Instant`] values handed in, never read here), randomness a value of the
//! configuration, and whatever is to be sent comes back as data.
#![forbid(unsafe_code)]

pub mod message;
pub mod transaction;
pub mod transport;

pub use message::{Edits, Header, HeaderId, Kind, Message, Method, NameAddr, Uri, Via};
pub use transport::{ConnectionId, Protocol, Target, Transmit};
