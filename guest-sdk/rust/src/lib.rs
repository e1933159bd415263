//! Routing scripts for kemist in Rust.
//!
//! A guest is a library with `crate-type = ["cdylib"]` that lists its callbacks:
//!
//! ```ignore
//! use ksr::{Flow, exit, pv, sl, tm};
//!
//! ksr::routes! {
//!     ksr_request_route => request,
//!     ksr_onreply_manage => onreply,
//! }
//!
//! fn request() -> Flow {
//!     limits()?;
//!     tm::t_on_reply(routes::ksr_onreply_manage);
//!     if tm::t_relay() < 0 {
//!         sl::sl_reply_error();
//!     }
//!     Ok(())
//! }
//!
//! fn limits() -> Flow {
//!     if ksr::maxfwd::process_maxfwd(10) < 0 {
//!         sl::sl_send_reply(483, "Too Many Hops");
//!         return exit();
//!     }
//!     Ok(())
//! }
//!
//! fn onreply() -> Flow {
//!     ksr::info(&format!("status {}", pv::get("$rs")));
//!     Ok(())
//! }
//! ```
//!
//! Functions are those of KEMI with their names, in modules as KSR has them; the functions without a
//! module are at the top (`ksr::info`, `ksr::is_method`). Text of a message that is not UTF-8
//! comes without loss: a byte becomes U+EF80 + (byte - 0x80), and is turned back when given to the host.

#[doc(hidden)]
pub mod abi;
mod callback;
mod flow;
// What is generated calls imports: each call is unsafe to the compiler, and none takes more than numbers and text.
#[allow(unsafe_code)]
mod generated;
mod value;

pub use callback::{Callback, Handler};
pub use flow::{Exit, Flow, exit, fail, x};
pub use generated::core::*;
pub use generated::*;
pub use value::Value;
