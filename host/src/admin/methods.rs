//! Methods with Kamailio's names on what all workers share.

mod core;
mod htable;
mod permissions;
mod stats;
mod usrloc;

use super::method::{Answer, Call, Doc};
use crate::route::Shared;
use std::sync::Arc;

/// A method of this process, and what it is done by.
pub(super) struct Native {
    pub doc: Doc,
    pub run: fn(Arc<Shared>, Call) -> Answer,
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Native> {
    [
        core::METHODS,
        usrloc::METHODS,
        htable::METHODS,
        permissions::METHODS,
        stats::METHODS,
    ]
    .into_iter()
    .flatten()
}

/// A table of methods: `"name"(parameters) => function: "what it does", "what it answers", "how Kamailio differs"`.
macro_rules! table {
    ($($name:literal ($($param:expr),*) => $run:path: $about:literal, $result:literal $(, $differs:literal)?;)*) => {
        &[$($crate::admin::methods::Native {
            doc: $crate::admin::method::Doc {
                name: $name,
                params: &[$($param),*],
                about: $about,
                result: $result,
                differs: concat!($($differs)?),
            },
            run: |shared, call| Box::pin($run(shared, call)),
        }),*]
    };
}
use table;

/// Text of the network, as JSON has it.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
