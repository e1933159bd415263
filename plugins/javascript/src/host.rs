//! The host's functions: `kemi:ksr/dynamic`, the hot one of them by hand.
//!
//! The generated binding of `call` would copy every text into a `String` first; here QuickJS's own bytes go to
//! the host, and only the result is allocated.

use crate::bindings::kemi::ksr::dynamic as generated;

pub use generated::{FunctionInfo, Kind};

/// Most parameters that a KEMI function has.
pub const MAX_PARAMS: usize = 6;

/// An `xval` in the canonical ABI: the case, then a number or address and length of a text.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Arg {
    case: u64,
    payload: u64,
}

impl Arg {
    pub const NULL: Arg = Arg { case: 0, payload: 0 };

    pub fn int(number: i64) -> Arg {
        Arg {
            case: 1,
            payload: number.cast_unsigned(),
        }
    }

    /// A text that outlives the call; it must be UTF-8.
    pub fn text(text: &str) -> Arg {
        Arg {
            case: 2,
            payload: text.as_ptr() as u64 | (text.len() as u64) << 32,
        }
    }
}

/// What a function gave.
pub enum Value {
    Null,
    Int(i64),
    Text(String),
}

/// `result<xval, string>` in the canonical ABI: which one; the case or the error's text; number or text.
#[repr(C, align(8))]
struct Returned([u64; 3]);

#[link(wasm_import_module = "kemi:ksr/dynamic@0.1.0")]
unsafe extern "C" {
    #[link_name = "call"]
    fn raw_call(id: u32, args: *const Arg, count: usize, returned: *mut Returned);
}

/// Calls a function. The texts of `args` must live until this returns.
pub fn call(id: u32, args: &[Arg]) -> Result<Value, String> {
    let mut returned = Returned([0; 3]);
    // SAFETY: the layouts are those of the canonical ABI for this signature; `args` and `returned` live here
    unsafe { raw_call(id, args.as_ptr(), args.len(), &mut returned) };
    let Returned([failed, case, payload]) = returned;
    match (failed as u8, case as u8) {
        (0, 0) => Ok(Value::Null),
        (0, 1) => Ok(Value::Int(payload.cast_signed())),
        (0, _) => Ok(Value::Text(text(payload))),
        _ => Err(text(case)),
    }
}

/// Takes over a text that the host wrote.
fn text(pair: u64) -> String {
    let (address, length) = ((pair as u32) as usize, (pair >> 32) as usize);
    if length == 0 {
        return String::new();
    }
    // SAFETY: the host allocated `length` bytes there by `cabi_realloc`, which is the global allocator, and the
    // canonical ABI says that they are UTF-8 and ours
    unsafe { String::from_raw_parts(address as *mut u8, length, length) }
}

/// The table of what is loaded and granted.
pub fn functions() -> Vec<FunctionInfo> {
    generated::functions()
}

/// A digest of the table.
pub fn digest() -> u64 {
    generated::digest()
}

/// Bytes that this instance may have.
pub fn memory() -> u64 {
    generated::memory()
}

/// Random bits.
pub fn random() -> u64 {
    generated::random()
}

/// The id of a function: FNV-1a of `module.name`.
pub const fn id(full: &str) -> u32 {
    let bytes = full.as_bytes();
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// Kamailio's levels of the log, as far as scripts need them.
#[derive(Clone, Copy)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

/// Writes to the proxy's log.
pub fn log(level: Level, text: &str) {
    const IDS: [u32; 4] = [id(".dbg"), id(".info"), id(".warn"), id(".err")];
    // a module without the grant to log does without
    let _ = call(IDS[level as usize], &[Arg::text(text)]);
}
