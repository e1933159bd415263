//! The hostile corpus (`tests/corpus`) on a worker: each module is loaded as a deploy would, run as a tenant, and
//! must be refused, stopped or answered. The neighbour is answered after each, nothing that is sent has lines that
//! somebody slipped in, memory comes back, and the log names whose fault it was.
//!
//! `KEMIST_CORPUS` modules (480) from `KEMIST_CORPUS_SEED` (1); a failure names the number, and
//! `KEMIST_CORPUS_ONLY` runs that one alone.

#[path = "../../tests/corpus/corpus.rs"]
#[allow(dead_code)]
mod corpus;

mod hostile {
    pub mod house;
    pub mod lines;
    pub mod modules;
    pub mod scripts;
    pub mod security;
}
