//! Builds everything; the only file that knows all parts.

mod running;

pub use running::{Parts, Running};
