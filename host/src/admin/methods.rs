//! Methods with Kamailio's names on what all workers share.

mod core;
mod htable;
mod permissions;
mod pike;
mod pv;
mod usrloc;

use super::method::{Answer, Call, Doc, Kind, Param};
use super::{Chunks, Failure};
use crate::route::Shared;
use crate::store::TenantId;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A method of this process, and what it is done by.
pub(super) struct Native {
    pub doc: Doc,
    pub run: Run,
}

/// How a native method is done.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Its result is a value.
    Value(fn(Arc<Shared>, Call) -> Answer),
    /// Its result may be large.
    Large(fn(Arc<Shared>, Call) -> LargeAnswer),
}

/// A large answer, when it begins.
pub(super) type LargeAnswer = Pin<Box<dyn Future<Output = Result<Chunks, Failure>> + Send>>;

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Native> {
    [
        core::METHODS,
        usrloc::METHODS,
        usrloc::LARGE,
        htable::METHODS,
        htable::LARGE,
        permissions::METHODS,
        pike::METHODS,
        pv::METHODS,
    ]
    .into_iter()
    .flatten()
}

/// A table of methods: `Value "name"(parameters) => function: "what it does", "what it answers", "how Kamailio differs"`.
macro_rules! table {
    ($($kind:ident $name:literal ($($param:expr),*) => $run:path: $about:literal, $result:literal $(, $differs:literal)?;)*) => {
        &[$($crate::admin::methods::Native {
            doc: $crate::admin::method::Doc {
                name: $name,
                params: &[$($param),*],
                about: $about,
                result: $result,
                differs: concat!($($differs)?),
            },
            run: $crate::admin::methods::Run::$kind(|shared, call| Box::pin($run(shared, call))),
        }),*]
    };
}
use table;

/// Whose: of methods on what each tenant has for itself.
const TENANT: Param = Param::new(
    "tenant",
    Kind::Text,
    "a tenant's name; what the operator has where it is left out",
)
.optional();

/// The tenant that a call names at a place; the operator where it names none.
fn owner(shared: &Shared, call: &Call, place: usize) -> Result<TenantId, Failure> {
    let name = call.text(place);
    let found = shared.store.owners.named(name);
    found.ok_or_else(|| Failure::new(404, format!("there is no tenant {name:?}; tenant.list names them")))
}

/// Text of the network, as JSON has it.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
