//! The KSR modules: one file each, with the name of its `.wit`, implementing that interface on
//! [`crate::route::Route`]. Modules never import each other: what two share is a method of
//! `route`, `store` or `kemist-sip`.

pub mod auth;
pub mod auth_db;
pub mod config;
pub mod core;
pub mod corex;
pub mod hdr;
pub mod htable;
pub mod kx;
pub mod maxfwd;
pub mod nathelper;
pub mod permissions;
pub mod pike;
pub mod pv;
pub mod pvx;
pub mod registrar;
pub mod rr;
pub mod sanity;
pub mod siputils;
pub mod sl;
pub mod textops;
pub mod tm;
pub mod tmx;
pub mod xlog;

pub use config::Configs;

/// Their names, but for the core's.
pub const NAMES: &[&str] = &[
    "auth",
    "auth_db",
    "corex",
    "hdr",
    "htable",
    "kx",
    "maxfwd",
    "nathelper",
    "permissions",
    "pike",
    "pv",
    "pvx",
    "registrar",
    "rr",
    "sanity",
    "siputils",
    "sl",
    "textops",
    "tm",
    "tmx",
    "xlog",
];

impl kemist_bindings::kemi::ksr::types::Host for crate::route::Route {}

#[cfg(test)]
mod tests {
    #[test]
    fn every_module_is_named() {
        let lines = include_str!("modules.rs").lines();
        let modules = lines.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        let modules: Vec<_> = modules.filter(|name| !["config", "core"].contains(name)).collect();
        assert_eq!(modules, super::NAMES);
    }
}
