//! The basic script in AssemblyScript.

/// Where it is.
pub const SOURCE: &str = "examples/basic/assemblyscript";

#[path = "calls.rs"]
mod calls;
