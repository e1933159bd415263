//! The one `bindgen!` over `wit/`, and nothing else: it takes long to compile, so it is compiled once.
//!
//! Functions that may wait (a database, DNS, the callbacks of branches) are async; the others are not.
#![allow(missing_docs)] // generated; the documentation is in wit/

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "host",
    imports: {
        "kemi:ksr/tm@0.1.0.t-relay": async,
        "kemi:ksr/tm@0.1.0.t-relay-to-proto-addr": async,
        "kemi:ksr/tm@0.1.0.t-uac-send": async,
        "kemi:ksr/tm@0.1.0.t-relay-to-proxy": async,
        "kemi:ksr/tm@0.1.0.t-relay-to-flags": async,
        "kemi:ksr/tm@0.1.0.t-relay-to-proxy-flags": async,
        "kemi:ksr/tm@0.1.0.t-relay-to-proto": async,
        "kemi:ksr/tm@0.1.0.t-replicate": async,
        "kemi:ksr/tmx@0.1.0.t-uac-ack-local": async,
        "kemi:ksr/core@0.1.0.forward": async,
        "kemi:ksr/core@0.1.0.forward-uri": async,
        "kemi:ksr/auth-db@0.1.0.auth-check": async,
        "kemi:ksr/auth-db@0.1.0.is-subscriber": async,
        "kemi:ksr/auth-db@0.1.0.www-authenticate": async,
        "kemi:ksr/dynamic@0.1.0.call": async,
    },
    exports: { default: async },
});
