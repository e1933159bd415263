//! Routing scripts as WebAssembly components: the engine, versions, instance pools, limits.
//!
//! [`Version::load`] makes a [`crate::route::Routing`] of a component, off the packet path. Its runs
//! take an instance from the pool of their thread; a worker calls [`maintain`] when it is idle, which
//! refills what faults and the `fresh` policy have used up. No lock is taken on the way of a message.

pub mod check;
mod clock;
pub mod dynamic;
pub mod engine;
pub mod figures;
mod life;
pub mod limits;
pub mod pool;
mod run;
pub mod trace;
pub mod version;

pub use engine::{Engine, Options};
pub use figures::{Counts, Figures};
pub use limits::{Limits, Policy};
pub use pool::{maintain, trim, warm};
pub use version::{LoadError, Version};

#[cfg(test)]
mod tests;
