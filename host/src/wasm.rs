//! Routing scripts as WebAssembly components: the engine, versions, instance pools, limits.
//!
//! [`Compiler::prepare`] and [`Version::of`] make a [`crate::route::Routing`] of a component, off the packet path:
//! the first compiles it in a process of its own or takes it from the cache, the second links it. Its runs take
//! an instance from the pool of their thread; a worker calls [`maintain`] when it is idle, which refills what
//! faults and the `fresh` policy have used up. No lock is taken on the way of a message.

mod cache;
pub mod carried;
mod charge;
pub mod check;
mod clock;
pub mod compile;
pub mod dynamic;
pub mod engine;
pub mod figures;
mod life;
pub mod limits;
pub mod pool;
mod run;
pub mod shared;
mod slots;
pub mod trace;
pub mod version;

pub use charge::{Sending, at_the_expense};
pub use compile::{CompileLimits, Compiler, Prepared, give_way};
pub use engine::{Engine, Options};
pub use figures::{Counts, Figures};
pub use limits::{Limits, Policy};
pub use pool::{maintain, trim, warm};
pub use version::{Fetch, LoadError, Version, code_of};

#[cfg(test)]
mod tests;
