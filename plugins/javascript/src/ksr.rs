//! The object `KSR`, built from the table of functions.
//!
//! Every function is the same native one with another number. Numbers stay for the life of a snapshot, so that a
//! script may keep `KSR.tm.t_relay` in a variable; what the present host lacks is taken off the object, and answers
//! like a call that failed where a script kept it.

use crate::host::{self, Arg, FunctionInfo, Kind, Level, MAX_PARAMS};
use crate::state;
use rquickjs::{Ctx, Object, Result, Value, qjs};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CString, c_int};

/// What `KSR.x.exit()` throws, as a text: Kamailio's engine for JavaScript does the same.
pub const EXIT: &str = "~~ksr~exit~~";

/// Names that scripts still use, and what they are called today.
const OLD_NAMES: &[(&str, &str, &str, &str)] = &[
    ("hdr", "append_hf", "hdr", "append"),
    ("htable", "sht_has_name", "htable", "sht_match_name"),
    ("", "drop", "", "set_drop"),
];

/// What a call must know of a function.
#[derive(Clone, Copy)]
struct Callee {
    id: u32,
    params: [Kind; MAX_PARAMS],
    count: usize,
    returns: Kind,
    present: bool,
    /// The place of its module.
    module: usize,
}

#[derive(Default)]
struct Table {
    callees: Vec<Callee>,
    names: Vec<(String, String)>,
    /// With the number of functions that are present.
    modules: Vec<(String, usize)>,
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::default();
}

/// Makes `KSR` have what the table lists, and nothing else but `KSR.x`.
pub fn build(ctx: &Ctx<'_>, functions: Vec<FunctionInfo>) -> Result<()> {
    let wanted = take(functions);
    let globals = ctx.globals();
    let root = match globals.get::<_, Option<Object>>("KSR") {
        Ok(Some(root)) => root,
        _ => {
            let root = Object::new(ctx.clone())?;
            globals.set("KSR", root.clone())?;
            root.set("x", x(ctx)?)?;
            root
        }
    };
    for (module, (some, functions)) in wanted {
        if !some && !module.is_empty() {
            root.remove(&*module)?;
            continue;
        }
        let object = match root.get::<_, Option<Object>>(&*module) {
            _ if module.is_empty() => root.clone(),
            Ok(Some(object)) => object,
            _ => {
                let object = Object::new(ctx.clone())?;
                root.set(&*module, object.clone())?;
                object
            }
        };
        for (name, number, present) in functions {
            match (present, object.contains_key(&*name)?) {
                (true, false) => object.set(&*name, function(ctx, &name, number)?)?,
                (false, true) => object.remove(&*name)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// What has changed of modules: whether any function of it is left; and of its functions: name, number, and whether the
/// host has it now.
type Wanted = BTreeMap<String, (bool, Vec<(String, usize, bool)>)>;

/// Takes a table over: numbers that were given stay. What is as it was is not touched: an instance for one message has
/// no time for hundreds of functions.
fn take(functions: Vec<FunctionInfo>) -> Wanted {
    TABLE.with_borrow_mut(|table| {
        let gone = |callee: &mut Callee| std::mem::replace(&mut callee.present, false);
        let before: Vec<bool> = table.callees.iter_mut().map(gone).collect();
        let mut next = 0;
        for info in functions {
            next = table.add(info, next);
        }
        let mut changed = Vec::new();
        for (number, callee) in table.callees.iter().enumerate() {
            let was = before.get(number).copied().unwrap_or(false);
            match (was, callee.present) {
                (false, true) => table.modules[callee.module].1 += 1,
                (true, false) => table.modules[callee.module].1 -= 1,
                _ => continue,
            }
            changed.push(number);
        }
        let mut wanted = Wanted::new();
        for number in changed {
            let callee = table.callees[number];
            let (module, name) = &table.names[number];
            let some = table.modules[callee.module].1 > 0;
            let old = OLD_NAMES
                .iter()
                .filter(|(_, _, of, today)| of == module && today == name)
                .map(|(of, old, _, _)| (*of, *old));
            for (of, called) in old.chain([(module.as_str(), name.as_str())]) {
                let (_, functions) = wanted.entry(of.to_owned()).or_insert((some, Vec::new()));
                functions.push((called.to_owned(), number, callee.present));
            }
        }
        wanted
    })
}

impl Table {
    /// Has a function present; `next`: its number where it comes after the one before. The next one's, likewise.
    fn add(&mut self, info: FunctionInfo, next: usize) -> usize {
        let mut params = [Kind::None; MAX_PARAMS];
        if info.params.len() > MAX_PARAMS {
            return next; // KEMI has none
        }
        params[..info.params.len()].copy_from_slice(&info.params);
        // tables come in one order, and some leave functions out
        let (early, late) = self.callees.split_at(next.min(self.callees.len()));
        let of = |callees: &[Callee]| callees.iter().position(|known| known.id == info.id);
        let known = of(late).map(|number| early.len() + number).or_else(|| of(early));
        let module = match known {
            Some(number) => self.callees[number].module,
            None => self.module(&info.module),
        };
        let callee = Callee {
            id: info.id,
            params,
            count: info.params.len(),
            returns: info.returns,
            present: true,
            module,
        };
        match known {
            Some(number) => {
                self.callees[number] = callee;
                number + 1
            }
            None => {
                self.callees.push(callee);
                self.names.push((info.module, info.name));
                self.callees.len()
            }
        }
    }

    fn module(&mut self, name: &str) -> usize {
        let known = self.modules.iter().position(|(known, _)| known == name);
        known.unwrap_or_else(|| {
            self.modules.push((name.to_owned(), 0));
            self.modules.len() - 1
        })
    }
}

fn function<'js>(ctx: &Ctx<'js>, name: &str, number: usize) -> Result<Value<'js>> {
    native(ctx, name, Native::Numbered(call, number))
}

/// `KSR.x`.
fn x<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("exit", native(ctx, "exit", Native::Plain(exit))?)?;
    object.set("drop", native(ctx, "drop", Native::Plain(drop))?)?;
    object.set("modf", native(ctx, "modf", Native::Plain(modf))?)?;
    Ok(object)
}

type Plain = unsafe extern "C" fn(*mut qjs::JSContext, qjs::JSValue, c_int, *mut qjs::JSValue) -> qjs::JSValue;
type Numbered =
    unsafe extern "C" fn(*mut qjs::JSContext, qjs::JSValue, c_int, *mut qjs::JSValue, c_int) -> qjs::JSValue;

enum Native {
    Plain(Plain),
    Numbered(Numbered, usize),
}

/// A function object around a native one: cheaper by half than rquickjs's closures.
fn native<'js>(ctx: &Ctx<'js>, name: &str, native: Native) -> Result<Value<'js>> {
    let name = CString::new(name)?;
    let (function, kind, number) = match native {
        Native::Plain(function) => (function, qjs::JSCFunctionEnum_JS_CFUNC_generic, 0),
        Native::Numbered(function, number) => (
            // SAFETY: QuickJS calls it with the fifth argument, as the kind that goes with it says
            unsafe { std::mem::transmute::<Numbered, Plain>(function) },
            qjs::JSCFunctionEnum_JS_CFUNC_generic_magic,
            number as c_int,
        ),
    };
    // SAFETY: the context is alive; the name is copied; the value that comes back is ours
    unsafe {
        let value = qjs::JS_NewCFunction2(ctx.as_raw().as_ptr(), Some(function), name.as_ptr(), 0, kind, number);
        let value = Value::from_raw(ctx.clone(), value);
        if value.is_exception() {
            return Err(rquickjs::Error::Exception);
        }
        Ok(value)
    }
}

/// Every KEMI function. What Kamailio's engine does: too few arguments are logged and give false, values turn into
/// what the parameter is, values beyond the last parameter are not looked at.
unsafe extern "C" fn call(
    ctx: *mut qjs::JSContext,
    _this: qjs::JSValue,
    count: c_int,
    args: *mut qjs::JSValue,
    number: c_int,
) -> qjs::JSValue {
    let Some(callee) = TABLE.with_borrow(|table| table.callees.get(number as usize).copied()) else {
        return qjs::JS_FALSE;
    };
    // SAFETY: QuickJS gives `count` arguments
    let args = unsafe { arguments(args, count) };
    if state::is_loading() {
        state::touch(|| full_name(number as usize));
        return qjs::JS_FALSE;
    }
    if args.len() < callee.count || args.len() > MAX_PARAMS {
        let (name, wanted, given) = (full_name(number as usize), callee.count, args.len());
        host::log(
            Level::Error,
            &format!("{name}: {wanted} parameters are expected, {given} given"),
        );
        return qjs::JS_FALSE;
    }
    if !callee.present {
        let name = full_name(number as usize);
        host::log(Level::Error, &format!("{name}: not loaded, or not granted"));
        return qjs::JS_FALSE;
    }
    let mut texts = Texts::new(ctx);
    let mut values = [Arg::NULL; MAX_PARAMS];
    for ((value, kind), arg) in values.iter_mut().zip(callee.params).zip(args).take(callee.count) {
        match texts.convert(kind, *arg) {
            Some(converted) => *value = converted,
            None => return qjs::JS_EXCEPTION,
        }
    }
    match host::call(callee.id, &values[..callee.count]) {
        // SAFETY: the context is alive
        Ok(value) => unsafe { returned(ctx, callee.returns, value) },
        Err(error) => {
            host::log(Level::Error, &error);
            qjs::JS_FALSE
        }
    }
}

/// The arguments of a native function.
unsafe fn arguments<'a>(args: *mut qjs::JSValue, count: c_int) -> &'a [qjs::JSValue] {
    match usize::try_from(count) {
        // SAFETY: the caller's promise
        Ok(count @ 1..) => unsafe { std::slice::from_raw_parts(args, count) },
        _ => &[],
    }
}

fn full_name(number: usize) -> String {
    TABLE.with_borrow(|table| match table.names.get(number) {
        Some((module, name)) if module.is_empty() => format!("KSR.{name}"),
        Some((module, name)) => format!("KSR.{module}.{name}"),
        None => "KSR".to_owned(),
    })
}

/// The texts of one call: borrowed from QuickJS where they are UTF-8, which is as good as always.
struct Texts {
    ctx: *mut qjs::JSContext,
    borrowed: [*const std::ffi::c_char; MAX_PARAMS],
    count: usize,
    repaired: Vec<String>,
}

impl Texts {
    fn new(ctx: *mut qjs::JSContext) -> Texts {
        Texts {
            ctx,
            borrowed: [std::ptr::null(); MAX_PARAMS],
            count: 0,
            repaired: Vec::new(),
        }
    }

    /// A value as what a parameter wants; None where the conversion threw (a Symbol, a `toString` of the script).
    fn convert(&mut self, kind: Kind, value: qjs::JSValue) -> Option<Arg> {
        // SAFETY: a value of this context
        let tag = unsafe { qjs::JS_VALUE_GET_TAG(value) };
        match kind {
            Kind::Int | Kind::Long | Kind::Boolean if tag == qjs::JS_TAG_INT as i32 => {
                // SAFETY: the tag says so
                Some(Arg::int(unsafe { qjs::JS_VALUE_GET_INT(value) }.into()))
            }
            Kind::Int | Kind::Boolean => self.number(value).map(|n| Arg::int((n as i32).into())),
            Kind::Long => self.number(value).map(|n| Arg::int(n as i64)),
            Kind::Xval => match tag {
                qjs::JS_TAG_NULL | qjs::JS_TAG_UNDEFINED => Some(Arg::NULL),
                qjs::JS_TAG_INT => self.convert(Kind::Long, value),
                // SAFETY: a comparison of numbers
                tag if unsafe { qjs::JS_TAG_IS_FLOAT64(tag) } => self.convert(Kind::Long, value),
                _ => self.text(value),
            },
            Kind::Str | Kind::None => self.text(value),
        }
    }

    /// Casts of Rust are those of Duktape: what is no number is 0, what is beyond the range its end.
    fn number(&self, value: qjs::JSValue) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: a value of this context
        let failed = unsafe { qjs::JS_ToFloat64(self.ctx, &mut number, value) };
        (failed == 0).then_some(number)
    }

    fn text(&mut self, value: qjs::JSValue) -> Option<Arg> {
        let mut length: qjs::size_t = 0;
        // SAFETY: a value of this context; the text stays until it is freed by `drop`
        let bytes = unsafe {
            let start = qjs::JS_ToCStringLen2(self.ctx, &mut length, value, false);
            if start.is_null() {
                return None;
            }
            self.borrowed[self.count] = start;
            self.count += 1;
            std::slice::from_raw_parts(start.cast::<u8>(), length as usize)
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(Arg::text(text)),
            // half of a surrogate pair
            Err(_) => {
                self.repaired.push(repaired(bytes));
                self.repaired.last().map(|text| Arg::text(text))
            }
        }
    }
}

/// Text of QuickJS with each half of a surrogate pair, three bytes of which only the first begins something, replaced.
fn repaired(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if chunk.invalid().first().is_some_and(|byte| *byte >= 0xc0) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

impl Drop for Texts {
    fn drop(&mut self) {
        for text in &self.borrowed[..self.count] {
            // SAFETY: each came from JS_ToCStringLen2
            unsafe { qjs::JS_FreeCString(self.ctx, *text) };
        }
    }
}

/// As Kamailio's engine for JavaScript: nothing is false, null is null.
unsafe fn returned(ctx: *mut qjs::JSContext, kind: Kind, value: host::Value) -> qjs::JSValue {
    match (kind, value) {
        (Kind::None, _) => qjs::JS_FALSE,
        (Kind::Boolean, host::Value::Int(number)) if number != 0 => qjs::JS_TRUE,
        (Kind::Boolean, _) => qjs::JS_FALSE,
        (_, host::Value::Null) => qjs::JS_NULL,
        (_, host::Value::Int(number)) => match i32::try_from(number) {
            Ok(number) => qjs::JS_MKVAL(qjs::JS_TAG_INT, number),
            Err(_) => qjs::JS_NewFloat64(number as f64),
        },
        // SAFETY: the context is alive; the text is copied
        (_, host::Value::Text(text)) => unsafe { string(ctx, &text) },
    }
}

unsafe fn string(ctx: *mut qjs::JSContext, text: &str) -> qjs::JSValue {
    // SAFETY: the caller's promise
    unsafe { qjs::JS_NewStringLen(ctx, text.as_ptr().cast(), text.len() as qjs::size_t) }
}

/// `KSR.x.exit()`.
unsafe extern "C" fn exit(
    ctx: *mut qjs::JSContext,
    _this: qjs::JSValue,
    _count: c_int,
    _args: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: the context is alive
    unsafe { qjs::JS_Throw(ctx, string(ctx, EXIT)) }
}

/// `KSR.x.drop()`: `KSR.set_drop()`, then exit.
unsafe extern "C" fn drop(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    count: c_int,
    args: *mut qjs::JSValue,
) -> qjs::JSValue {
    if state::is_loading() {
        state::touch(|| "KSR.x.drop".to_owned());
    } else if let Err(error) = host::call(host::id(".set_drop"), &[]) {
        host::log(Level::Error, &error);
    }
    // SAFETY: what QuickJS gave
    unsafe { exit(ctx, this, count, args) }
}

/// `KSR.x.modf(name, ...)`: a function by the name that Kamailio's native configuration has for it, whatever its
/// module. Its code, 1 and -1 for yes and no; -1 where there is none of that name and count.
unsafe extern "C" fn modf(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    count: c_int,
    args: *mut qjs::JSValue,
) -> qjs::JSValue {
    let failed = qjs::JS_MKVAL(qjs::JS_TAG_INT, -1);
    // SAFETY: QuickJS gives `count` arguments
    let given = unsafe { arguments(args, count) };
    let Some(first) = given.first() else {
        host::log(Level::Error, "KSR.x.modf: the name of a function is expected");
        return failed;
    };
    // SAFETY: a value of this context, which is alive
    let name: std::result::Result<String, _> = unsafe {
        let ctx = Ctx::from_raw(std::ptr::NonNull::new_unchecked(ctx));
        let copy = Value::from_raw(ctx.clone(), qjs::JS_DupValue(ctx.as_raw().as_ptr(), *first));
        copy.get()
    };
    let Ok(name) = name else {
        return qjs::JS_EXCEPTION;
    };
    let found = TABLE.with_borrow(|table| {
        table
            .names
            .iter()
            .zip(&table.callees)
            .position(|((module, called), callee)| {
                !module.is_empty() && *called == name && callee.count == given.len() - 1 && callee.present
            })
    });
    let Some(number) = found else {
        host::log(
            Level::Error,
            &format!(
                "KSR.x.modf: there is no function {name} with {} parameters",
                given.len() - 1
            ),
        );
        return failed;
    };
    // SAFETY: the arguments after the first
    let result = unsafe { call(ctx, this, count - 1, args.add(1), number as c_int) };
    match result {
        qjs::JS_FALSE => failed,
        qjs::JS_TRUE => qjs::JS_MKVAL(qjs::JS_TAG_INT, 1),
        other => other,
    }
}
