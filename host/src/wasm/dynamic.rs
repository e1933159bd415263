//! `kemi:ksr/dynamic`: every KEMI function behind one call, for engines of dynamic languages.

mod generated;
mod table;

use crate::route::grants::permits;
use crate::route::{Route, core};
use crate::tenant::Granted;
use kemist_bindings::kemi::ksr::dynamic::{FunctionInfo, Host};
use kemist_bindings::kemi::ksr::types::Xval;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use table::Args;

pub use generated::{FUNCTIONS, INTERFACES};
pub use table::{Function, Interface};

/// The digest of a table: other functions, parameters or results make another one.
pub fn digest(functions: &[Function]) -> u64 {
    let mut digest = Sha256::new();
    for function in functions {
        let (id, module, name) = (function.id, function.module, function.name);
        digest.update(format!(
            "{id} {module}.{name} {:?} {:?}\n",
            function.params, function.returns
        ));
    }
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = digest.finalize().into();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Random numbers in reserve, so that few calls go to the kernel one by one.
const RESERVE: usize = 512;

thread_local! {
    static RANDOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Host for Route {
    fn functions(&mut self) -> Vec<FunctionInfo> {
        if !self.confined {
            return FUNCTIONS.iter().map(Function::info).collect();
        }
        let rules = self.owner().rules();
        let narrowed = self.routing.narrowed();
        let granted = |place: &usize| rules.granted.at(*place) && narrowed.is_none_or(|narrowed| narrowed.at(*place));
        let places = (0..FUNCTIONS.len()).filter(granted);
        places.map(|place| FUNCTIONS[place].info()).collect()
    }

    fn digest(&mut self) -> u64 {
        static DIGEST: LazyLock<u64> = LazyLock::new(|| digest(FUNCTIONS));
        if !self.confined {
            return *DIGEST;
        }
        let narrowed = self.routing.narrowed().map(Granted::functions);
        *DIGEST ^ self.owner().rules().granted.functions().mark(narrowed)
    }

    fn memory(&mut self) -> u64 {
        self.routing.memory()
    }

    fn now(&mut self) -> u64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix = core::with(|core| core.unix);
        // a worker's clock that is far from the machine's is one of a test: that one is meant
        let time = if unix.abs_diff(real.as_secs()) < 60 {
            real
        } else {
            Duration::from_secs(unix)
        };
        u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
    }

    fn random(&mut self) -> u64 {
        RANDOM.with_borrow_mut(|reserve| {
            if reserve.len() < 8 {
                reserve.resize(RESERVE, 0);
                // Linux has random bytes from long before we start on
                getrandom::fill(reserve).expect("the system has a source of random bytes");
            }
            let rest = reserve.len() - 8;
            let number = reserve[rest..].try_into().map_or(0, u64::from_le_bytes);
            reserve.truncate(rest);
            number
        })
    }

    async fn call(&mut self, id: u32, args: Vec<Xval>) -> Result<Xval, String> {
        let Ok(place) = FUNCTIONS.binary_search_by_key(&id, |function| function.id) else {
            return Err(format!("there is no function {id:#010x}"));
        };
        let function = &FUNCTIONS[place];
        if self.confined && !permits(&*self.routing, |granted| granted.at(place)) {
            let name = function.full_name();
            self.tell_function(&name);
            return Err(format!("{name} is not granted"));
        }
        let args = Args::new(function, args)?;
        if function.waits {
            generated::call_waiting(self, id, args).await
        } else {
            generated::call(self, id, args)
        }
    }
}
