//! Errors of scripts as texts: name, message, and the stack with files and lines.

use crate::ksr::EXIT;
use rquickjs::{Coerced, Ctx, Error, Object, Value};
use std::cell::RefCell;

thread_local! {
    static REJECTED: RefCell<Vec<(u64, String)>> = const { RefCell::new(Vec::new()) };
}

/// What ended a piece of script.
pub enum End {
    /// `KSR.x.exit()`.
    Exit,
    /// An error, as text.
    Failed(String),
}

/// The end that an error of rquickjs stands for.
pub fn end(ctx: &Ctx<'_>, error: &Error) -> End {
    if error.is_exception() {
        of_value(&ctx.catch())
    } else {
        End::Failed(error.to_string())
    }
}

/// The end that a thrown value stands for.
pub fn of_value(thrown: &Value<'_>) -> End {
    if let Some(text) = thrown.as_string().and_then(|text| text.to_string().ok()) {
        return match &*text {
            EXIT => End::Exit,
            _ => End::Failed(format!("uncaught {text:?}")),
        };
    }
    End::Failed(describe(thrown))
}

fn describe(thrown: &Value<'_>) -> String {
    let error = thrown.as_object().filter(|object| object.is_error());
    let Some(error) = error else {
        let text: Result<Coerced<String>, _> = thrown.get();
        return format!(
            "uncaught {}",
            text.map_or_else(|_| thrown.type_name().to_string(), |text| text.0)
        );
    };
    let name = property(error, "name").unwrap_or_else(|| "Error".to_owned());
    let message = property(error, "message").unwrap_or_default();
    let stack = property(error, "stack").unwrap_or_default();
    format!("{name}: {message}\n{}", stack.trim_end())
}

/// A property as text: a script may have put anything there.
fn property(error: &Object<'_>, name: &str) -> Option<String> {
    match error.get::<_, Option<String>>(name) {
        Ok(text) => text,
        Err(_) => {
            error.ctx().catch();
            None
        }
    }
}

/// Keeps account of promises that were rejected and that nobody looks at.
pub fn track<'js>(promise: &Value<'js>, reason: &Value<'js>, is_handled: bool) {
    let key = promise.as_raw();
    REJECTED.with_borrow_mut(|rejected| {
        rejected.retain(|(known, _)| *known != key);
        if !is_handled && let End::Failed(text) = of_value(reason) {
            rejected.push((key, text));
        }
    });
}

/// The first rejection that nobody looked at.
pub fn rejection() -> Option<String> {
    let rejected = REJECTED.take();
    let (_, text) = rejected.into_iter().next()?;
    Some(format!("unhandled rejection: {text}"))
}
