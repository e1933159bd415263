//! End to end: the real program on loopback, with a configuration, a database and a routing
//! component of its own for every test, and real SIP traffic against it. One test binary, since
//! each of these links once.

// calls.rs is included for each language that the basic script is written in
#![allow(clippy::duplicate_mod)]

mod support {
    //! What the tests start and speak with.
    pub mod client;
    pub mod component;
    pub mod digest;
    pub mod proxy;
    pub mod sipp;
    pub mod small;
    pub mod torture;
    pub mod transcript;
}

#[path = "../../../tests/corpus/corpus.rs"]
#[allow(dead_code)]
mod corpus;

mod admin;
mod assemblyscript;
mod canary;
mod compiling;
mod deploy;
mod deploy_hostile;
mod forking;
mod handover;
mod hostile;
mod javascript;
mod languages;
mod noise;
mod overload;
mod refusals;
mod registration;
mod restart;
mod rpc;
mod rust;
mod signed;
mod soak;
mod soak_tenants;
mod tenants;
mod tenants_data;
mod tenants_grants;
mod tenants_quotas;
mod torture;
mod watch;
