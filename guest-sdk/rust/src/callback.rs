//! Callbacks: their names as constants, their functions.

use crate::Flow;

/// The name of a callback that [`routes!`](crate::routes) listed. There is no other way to make one, so
/// that `t_on_branch` and its kin cannot be given an unknown name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callback(&'static str);

impl Callback {
    #[doc(hidden)]
    pub const fn listed(name: &'static str) -> Callback {
        Callback(name)
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// A function that can be a callback: `fn() -> Flow`, or `fn(&str) -> Flow` for one that wants the
/// text of its event.
pub trait Handler<Takes> {
    /// Runs it.
    fn handle(self, event: &str) -> Flow;
}

impl<F: FnOnce() -> Flow> Handler<()> for F {
    fn handle(self, _event: &str) -> Flow {
        self()
    }
}

impl<F: FnOnce(&str) -> Flow> Handler<(&str,)> for F {
    fn handle(self, event: &str) -> Flow {
        self(event)
    }
}

/// Lists the callbacks of a guest: `name => function`, once in a crate.
///
/// Makes the exports that the host calls, and the module `routes` with a [`Callback`] constant of each
/// name, for `t_on_branch(routes::ksr_branch_manage)`.
#[macro_export]
macro_rules! routes {
    ($($name:ident => $handler:expr),+ $(,)?) => {
        /// The callbacks of this guest, by their names.
        #[allow(non_upper_case_globals, dead_code)]
        pub mod routes {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub const $name: $crate::Callback = $crate::Callback::listed(stringify!($name));
            )+
        }

        // The exports have the names and signatures of the canonical ABI, which cannot be said
        // without `unsafe` in the attribute. Tests of a guest run elsewhere, and export nothing.
        #[allow(unsafe_code, dead_code)]
        const _: () = {
            const NAMES: &[&str] = &[$(stringify!($name)),+];

            fn run(callback: u32, event: &str) -> $crate::Flow {
                let mut at = 0;
                $(
                    if callback == at {
                        return $crate::Handler::handle($handler, event);
                    }
                    at += 1;
                )+
                let _ = at;
                $crate::fail("no such callback")
            }

            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "callbacks"))]
            extern "C" fn export_callbacks() -> *const u8 {
                $crate::abi::callbacks(NAMES)
            }

            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "run"))]
            extern "C" fn export_run(callback: u32, event: *mut u8, len: usize) -> *const u8 {
                // SAFETY: only the host calls exports, and it keeps the canonical ABI
                unsafe { $crate::abi::run(callback, event, len, run) }
            }

            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "cabi_post_run"))]
            extern "C" fn post_run(area: *mut u8) {
                // SAFETY: only the host calls exports, and it keeps the canonical ABI
                unsafe { $crate::abi::post_run(area) }
            }

            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "cabi_realloc"))]
            extern "C" fn realloc(old: *mut u8, old_len: usize, align: usize, len: usize) -> *mut u8 {
                // SAFETY: only the host calls exports, and it keeps the canonical ABI
                unsafe { $crate::abi::realloc(old, old_len, align, len) }
            }

            #[cfg(target_arch = "wasm32")]
            #[unsafe(link_section = "component-type:kemi:ksr:routing")]
            static WORLD: [u8; $crate::abi::WORLD.len()] = *$crate::abi::WORLD;
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Flow {
        crate::exit()
    }

    fn with_event(event: &str) -> Flow {
        crate::fail(event)
    }

    #[test]
    fn both_shapes_are_handlers() {
        assert_eq!(Handler::handle(plain, "x"), crate::exit());
        assert_eq!(Handler::handle(with_event, "x"), crate::fail("x"));
    }

    crate::routes! {
        ksr_request_route => plain,
        ksr_htable_event => with_event,
    }

    #[test]
    fn names_are_constants() {
        assert_eq!(routes::ksr_htable_event.name(), "ksr_htable_event");
    }
}
