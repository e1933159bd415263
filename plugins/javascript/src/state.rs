//! What the engine is doing, as native functions must know it.

use std::cell::{Cell, RefCell};

thread_local! {
    static LOADING: Cell<bool> = const { Cell::new(false) };
    static TOUCHED: RefCell<Option<String>> = const { RefCell::new(None) };
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The script is evaluated for a snapshot: there is no host behind the functions, and what they say would be frozen.
pub fn is_loading() -> bool {
    LOADING.get()
}

/// Evaluates for a snapshot: the result, the first function of the host that was wanted, what was logged.
pub fn while_loading<R>(evaluate: impl FnOnce() -> R) -> (R, Option<String>, Vec<String>) {
    LOADING.set(true);
    let result = evaluate();
    LOADING.set(false);
    (result, TOUCHED.take(), LOGGED.take())
}

/// The script calls the host while it is evaluated for a snapshot.
pub fn touch(name: impl FnOnce() -> String) {
    TOUCHED.with_borrow_mut(|touched| {
        touched.get_or_insert_with(name);
    });
}

/// The script logs while it is evaluated for a snapshot.
pub fn logged(text: String) {
    LOGGED.with_borrow_mut(|lines| {
        if lines.len() < 100 {
            lines.push(text);
        }
    });
}
