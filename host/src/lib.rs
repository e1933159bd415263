//! kemist: a SIP proxy, registrar and redirect server whose routing logic is WebAssembly.

pub mod admin;
pub mod build;
pub mod cli;
pub mod config;
pub mod deploy;
pub mod follow;
pub mod handover;
pub mod modules;
pub mod respond;
pub mod route;
pub mod server;
pub mod sign;
pub mod store;
pub mod tenant;
pub mod testing;
pub mod transport;
pub mod wasm;
pub mod worker;
