//! Which functions scripts call, with what, and what came of it: for tests of scripts.
//!
//! An engine made with [`super::Options::traced`] has in its linker, in place of every KEMI function, one
//! that goes through the table of dynamic calls and writes the call down for its thread. Other engines
//! know nothing of this.

use super::dynamic::{FUNCTIONS, Function, INTERFACES};
use super::run::State;
use crate::route::Route;
use kemist_bindings::kemi::ksr::dynamic::{Host, Kind};
use kemist_bindings::kemi::ksr::types::Xval;
use std::cell::RefCell;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Val};

/// The interface of dynamic calls.
const DYNAMIC: &str = "kemi:ksr/dynamic@0.1.0";

/// One call of a function by a script.
#[derive(Clone, Debug)]
pub struct Call {
    /// `KSR.module.name`.
    pub name: String,
    /// The arguments as given.
    pub args: Vec<Xval>,
    /// What it returned; text where the host refused the call.
    pub returned: Result<Xval, String>,
}

thread_local! {
    static CALLS: RefCell<Vec<Call>> = const { RefCell::new(Vec::new()) };
}

/// The calls of this thread's scripts since the last time, in the order of their ends.
pub fn take() -> Vec<Call> {
    CALLS.take()
}

/// Puts the traced functions in place of those that are there.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    for &(interface, names) in INTERFACES {
        let mut instance = linker.instance(interface)?;
        for (name, kemi) in names {
            let Some(function) = function_of(kemi) else {
                continue;
            };
            instance.func_new_async(name, move |store, _, params, results| {
                Box::new(called(function, store, params, results))
            })?;
        }
    }
    linker
        .instance(DYNAMIC)?
        .func_new_async("call", |store, _, params, results| {
            Box::new(called_dynamically(store, params, results))
        })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The row of a function by its full KEMI name.
fn function_of(name: &str) -> Option<&'static Function> {
    let name = name.strip_prefix("KSR.")?;
    let (module, name) = name.split_once('.').unwrap_or(("", name));
    FUNCTIONS
        .iter()
        .find(|function| function.module == module && function.name == name)
}

async fn called(
    function: &'static Function,
    mut store: StoreContextMut<'_, State>,
    params: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let args = params.iter().map(xval).collect::<wasmtime::Result<Vec<_>>>()?;
    let returned = call(store.data_mut().route(), function.id, args).await;
    let returned = returned.map_err(wasmtime::Error::msg)?;
    if let Some(result) = results.first_mut() {
        *result = typed(function.returns, returned);
    }
    Ok(())
}

async fn called_dynamically(
    mut store: StoreContextMut<'_, State>,
    params: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let [Val::U32(id), Val::List(args)] = params else {
        return Err(wasmtime::Error::msg("call takes an id and a list"));
    };
    let args = args.iter().map(xval).collect::<wasmtime::Result<Vec<_>>>()?;
    let returned = call(store.data_mut().route(), *id, args).await;
    if let Some(result) = results.first_mut() {
        *result = Val::Result(match returned {
            Ok(value) => Ok(Some(Box::new(typed(Kind::Xval, value)))),
            Err(text) => Err(Some(Box::new(Val::String(text)))),
        });
    }
    Ok(())
}

async fn call(route: &mut Route, id: u32, args: Vec<Xval>) -> Result<Xval, String> {
    let name = match FUNCTIONS.binary_search_by_key(&id, |function| function.id) {
        Ok(place) => FUNCTIONS[place].full_name(),
        Err(_) => format!("{id:#010x}"),
    };
    let returned = Host::call(route, id, args.clone()).await;
    CALLS.with_borrow_mut(|calls| {
        calls.push(Call {
            name,
            args,
            returned: returned.clone(),
        });
    });
    returned
}

fn xval(value: &Val) -> wasmtime::Result<Xval> {
    Ok(match value {
        Val::S32(number) => Xval::Int((*number).into()),
        Val::S64(number) => Xval::Int(*number),
        Val::U32(number) => Xval::Int((*number).into()),
        Val::Bool(yes) => Xval::Int((*yes).into()),
        Val::String(text) => Xval::Str(text.clone()),
        Val::Variant(case, value) => match (case.as_str(), value.as_deref()) {
            (_, Some(value)) => xval(value)?,
            _ => Xval::Null,
        },
        other => return Err(wasmtime::Error::msg(format!("no function takes {other:?}"))),
    })
}

/// A result in the type that the function has.
fn typed(kind: Kind, value: Xval) -> Val {
    let number = match &value {
        Xval::Int(number) => *number,
        _ => 0,
    };
    match kind {
        // it was one before the table made it wide
        Kind::Int => Val::S32(number as i32),
        Kind::Long => Val::S64(number),
        Kind::Boolean => Val::Bool(number != 0),
        Kind::Str => Val::String(match value {
            Xval::Str(text) => text,
            _ => String::new(),
        }),
        Kind::None | Kind::Xval => match value {
            Xval::Null => Val::Variant("null".into(), None),
            Xval::Int(number) => Val::Variant("int".into(), Some(Box::new(Val::S64(number)))),
            Xval::Str(text) => Val::Variant("str".into(), Some(Box::new(Val::String(text)))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_function_is_traced_once() {
        let mut seen = HashSet::new();
        for (_, names) in INTERFACES {
            for (name, kemi) in *names {
                let function = function_of(kemi);
                assert!(
                    function.is_some_and(|function| seen.insert(function.id)),
                    "{name} {kemi}"
                );
            }
        }
        assert_eq!(seen.len(), FUNCTIONS.len());
    }
}
