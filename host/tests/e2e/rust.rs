//! The basic script in Rust.

/// Where it is.
pub const SOURCE: &str = "examples/basic/rust";

#[path = "calls.rs"]
mod calls;
