//! Routing scripts in JavaScript: what they find, what they may do wrong, and what a snapshot must not freeze.
//!
//! Scripts say what they found by throwing it: the text comes back as the run's error.

mod javascript {
    mod app_jsdt;
    mod building;
    mod limits;
    mod sharing;
    mod snapshots;
    pub mod support;
}
