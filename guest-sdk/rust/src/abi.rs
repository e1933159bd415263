//! The canonical ABI of the component model, as far as the world `routing` needs it.
//!
//! Everything here is called by what `routes!` and the generator wrote, never by a script.
#![allow(unsafe_code)] // the boundary between linear memory and Rust's types; each place says why it is sound

use crate::{Flow, Value};
use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::sync::Once;

/// The custom section that names the world.
pub const WORLD: &[u8; include_bytes!("world.bin").len()] = include_bytes!("world.bin");

/// Declares one import; outside of wasm there is none to link, so that tests of pure code run anywhere.
macro_rules! import {
    ($module:literal, $name:literal, fn import($($param:ident: $ty:ty),* $(,)?) $(-> $returns:ty)?) => {
        #[cfg(target_arch = "wasm32")]
        #[link(wasm_import_module = $module)]
        unsafe extern "C" {
            #[link_name = $name]
            fn import($($param: $ty),*) $(-> $returns)?;
        }
        #[cfg(not(target_arch = "wasm32"))]
        unsafe extern "C" fn import($(_: $ty),*) $(-> $returns)? {
            panic!(concat!($name, " needs a host"))
        }
    };
}
pub(crate) use import;

/// Where the host writes an `xval` result: the case at 0, a number or pointer and length from 8 on.
#[repr(C, align(8))]
#[derive(Default)]
pub struct Area([u8; 16]);

impl Area {
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr()
    }

    /// The value that the host wrote.
    pub fn value(&self) -> Value {
        let word = |at: usize| u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]]);
        match self.0[0] {
            1 => Value::Int(i64::from(word(8)) | (i64::from(word(12)) << 32)),
            // SAFETY: the host put text there that it allocated with `realloc`
            2 => Value::Str(unsafe { text(word(8) as usize as *mut u8, word(12) as usize) }),
            _ => Value::Null,
        }
    }
}

/// Text given by the host.
///
/// # Safety
/// `data` is from [`realloc`] with alignment 1 and has `len` bytes of UTF-8 that nobody else owns: what
/// the component model promises of a string.
unsafe fn text(data: *mut u8, len: usize) -> String {
    if len == 0 {
        return String::new();
    }
    // SAFETY: see above
    unsafe { String::from_raw_parts(data, len, len) }
}

struct Static<T>(UnsafeCell<T>);
// SAFETY: a component instance has one thread
unsafe impl<T> Sync for Static<T> {}

/// `list<string>` and its elements, which live as long as the instance.
pub fn callbacks(names: &'static [&'static str]) -> *const u8 {
    static LIST: Static<[usize; 2]> = Static(UnsafeCell::new([0, 0]));
    let pairs: Vec<[usize; 2]> = names.iter().map(|name| [name.as_ptr() as usize, name.len()]).collect();
    let pairs = Vec::leak(pairs);
    // SAFETY: one thread, and the host has read what an earlier call returned
    unsafe { *LIST.0.get() = [pairs.as_ptr() as usize, pairs.len()] };
    LIST.0.get() as *const u8
}

/// Runs a callback; what is returned points at a `result<_, string>`.
///
/// # Safety
/// For the host only: `event` and `len` are an argument of type string.
pub unsafe fn run(callback: u32, event: *mut u8, len: usize, script: fn(u32, &str) -> Flow) -> *const u8 {
    static RESULT: Static<[usize; 3]> = Static(UnsafeCell::new([0, 0, 0]));
    log_panics();
    // SAFETY: as promised above
    let event = unsafe { text(event, len) };
    let result = match script(callback, &event).err().and_then(|exit| exit.into_error()) {
        None => [0, 0, 0],
        Some(error) => {
            let error = Box::leak(error.into_boxed_str());
            [1, error.as_mut_ptr() as usize, error.len()]
        }
    };
    // SAFETY: as in `callbacks`
    unsafe { *RESULT.0.get() = result };
    RESULT.0.get() as *const u8
}

/// Frees the error text of [`run`].
///
/// # Safety
/// For the host only: `area` is what [`run`] returned.
pub unsafe fn post_run(area: *mut u8) {
    // SAFETY: the host hands back the address that `run` returned
    let [case, data, len] = unsafe { *(area as *const [usize; 3]) };
    if case == 1 {
        // SAFETY: `run` leaked exactly this boxed text
        drop(unsafe { text(data as *mut u8, len) });
    }
}

/// Allocates for the host.
///
/// # Safety
/// For the host only: `align` is a power of two, and `old` with `old_len` is nothing or what this returned.
pub unsafe fn realloc(old: *mut u8, old_len: usize, align: usize, len: usize) -> *mut u8 {
    if len == 0 {
        return align as *mut u8;
    }
    // SAFETY: as promised above
    let data = unsafe {
        match old_len {
            0 => std::alloc::alloc(Layout::from_size_align_unchecked(len, align)),
            _ => std::alloc::realloc(old, Layout::from_size_align_unchecked(old_len, align), len),
        }
    };
    if data.is_null() {
        // a trap: the instance has no memory left
        std::process::abort();
    }
    data
}

/// A panic aborts, which the host sees as a trap without text: the message goes to the log first.
fn log_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|info| crate::generated::core::err(&format!("script {info}")))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_of_both_signs() {
        let mut area = Area::default();
        area.0[0] = 1;
        area.0[8..].copy_from_slice(&(-2i64).to_le_bytes());
        assert_eq!(area.value(), Value::Int(-2));
        area.0[0] = 0;
        assert_eq!(area.value(), Value::Null);
    }
}
