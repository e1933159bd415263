//! The verbs for those who write routing, with the real program: `kemist build`, `check`, `new`.

mod build;
mod carried;
mod new;
mod support;
