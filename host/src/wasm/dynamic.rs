//! `kemi:ksr/dynamic`: every KEMI function behind one call, for engines of dynamic languages.

mod generated;
mod table;

use crate::route::Route;
use kemist_bindings::kemi::ksr::dynamic::{FunctionInfo, Host};
use kemist_bindings::kemi::ksr::types::Xval;
use table::Args;

pub use generated::{FUNCTIONS, INTERFACES};
pub use table::{Function, Interface};

impl Host for Route {
    fn functions(&mut self) -> Vec<FunctionInfo> {
        FUNCTIONS.iter().map(Function::info).collect()
    }

    async fn call(&mut self, id: u32, args: Vec<Xval>) -> Result<Xval, String> {
        let Ok(place) = FUNCTIONS.binary_search_by_key(&id, |function| function.id) else {
            return Err(format!("there is no function {id:#010x}"));
        };
        let function = &FUNCTIONS[place];
        let args = Args::new(function, args)?;
        if function.waits {
            generated::call_waiting(self, id, args).await
        } else {
            generated::call(self, id, args)
        }
    }
}
