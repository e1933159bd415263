//! The script: evaluating it, its callbacks, and running one.

use crate::errors::{self, End};
use crate::files::{self, Files};
use crate::host::{self, FunctionInfo, Level};
use crate::{ksr, state};
use javy::{Config, Runtime};
use rquickjs::context::EvalOptions;
use rquickjs::function::Func;
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Exception, Function, Module, Object, Persistent, Result, Value};
use std::collections::BTreeSet;

/// Bytes of the stack that scripts may use: some 600 calls deep. QuickJS counts what it has in linear memory; of wasmtime's
/// own stack (768 KiB) the same calls take up to four times that (see `cc`). Endless recursion of every kind is to be a
/// RangeError and no trap.
const STACK: usize = 184 << 10;

/// Most callbacks that a host takes, and bytes of a name.
const MAX_CALLBACKS: usize = 1024;
const MAX_NAME: usize = 128;

/// The engine with a script.
pub struct Script {
    runtime: Runtime,
    /// Names of globals before the script.
    known: BTreeSet<String>,
    /// `requires` and `define` of the prelude.
    tools: Persistent<Object<'static>>,
    main: String,
    /// The script's exports, where it is a module.
    namespace: Option<Persistent<Object<'static>>>,
    callbacks: Vec<Callback>,
    digest: u64,
    stage: Stage,
    /// Bytes that JavaScript has used, and those of linear memory beside it, as of the snapshot.
    used: usize,
    beside: usize,
}

struct Callback {
    name: String,
    /// Its function, where it is no property of the global object (`const f = ...`).
    function: Option<Persistent<Function<'static>>>,
}

#[derive(PartialEq)]
enum Stage {
    /// The script was evaluated, or is to be evaluated before the first callback.
    Sleeping { evaluated: bool },
    /// The instance knows its host.
    Awake,
    /// Evaluating failed.
    Failed(String),
}

/// What came of evaluating for a snapshot.
pub enum Loaded {
    /// The names of the callbacks; what the script wanted of the host meanwhile; what it logged.
    Ready(Vec<String>, Option<String>, Vec<String>),
    /// One of these files is needed.
    Needs(Vec<String>),
    Failed(String),
}

impl Script {
    /// The engine without a script; the table that the snapshot is made for.
    pub fn new(digest: u64, functions: Vec<FunctionInfo>) -> Script {
        let mut config = Config::default();
        config.max_stack_size(STACK).text_encoding(true).weak_ref(true);
        // a failure here is one of the build: the engine itself is broken
        let runtime = Runtime::new(config).expect("QuickJS starts in an empty memory");
        runtime.context().runtime().set_loader(Files, Files);
        runtime
            .context()
            .runtime()
            .set_host_promise_rejection_tracker(Some(Box::new(|_, promise, reason, is_handled| {
                errors::track(&promise, &reason, is_handled);
            })));
        let (tools, known) = runtime.context().with(|ctx| {
            ksr::build(&ctx, functions).expect("KSR is made in an empty memory");
            let tools = prelude(&ctx).expect("the prelude is right");
            ctx.globals().set("require", ()).expect("a global can be set");
            let known = ctx.globals().own_keys(all()).collect::<Result<_>>();
            (
                Persistent::save(&ctx, tools),
                known.expect("names of globals are texts"),
            )
        });
        Script {
            runtime,
            known,
            tools,
            main: String::new(),
            namespace: None,
            callbacks: Vec::new(),
            digest,
            stage: Stage::Sleeping { evaluated: false },
            used: 0,
            beside: 0,
        }
    }

    /// Evaluates the script for a snapshot; the first file is the script.
    pub fn load(&mut self, main: String) -> Loaded {
        self.main = main;
        let (outcome, touched, logged) = state::while_loading(|| self.evaluate());
        let wanted = files::wanted();
        match outcome {
            Err(End::Failed(_)) if !wanted.is_empty() => return Loaded::Needs(wanted),
            // what failed may have failed for what the host would have said
            Err(End::Failed(error)) if touched.is_none() => return Loaded::Failed(error),
            _ => {}
        }
        self.callbacks = self.find_callbacks();
        self.stage = Stage::Sleeping { evaluated: true };
        self.settle();
        Loaded::Ready(self.callbacks(), touched, logged)
    }

    /// Keeps the script as text, to be evaluated before the first callback; its callbacks are known.
    pub fn keep(&mut self, main: String, callbacks: impl Iterator<Item = String>) {
        self.main = main;
        self.callbacks = callbacks.map(|name| Callback { name, function: None }).collect();
        self.settle();
    }

    /// The last step before the snapshot: what is free is given back, what is used is counted.
    fn settle(&mut self) {
        let engine = self.runtime.context().runtime();
        engine.run_gc();
        self.used = usize::try_from(engine.memory_usage().malloc_size).unwrap_or(0);
        self.beside = (core::arch::wasm32::memory_size(0) << 16).saturating_sub(self.used);
    }

    /// The names of the callbacks.
    pub fn callbacks(&self) -> Vec<String> {
        self.callbacks.iter().map(|callback| callback.name.clone()).collect()
    }

    /// Runs a callback.
    pub fn run(&mut self, callback: u32, event: &str) -> std::result::Result<(), String> {
        if self.stage != Stage::Awake {
            self.wake()?;
        }
        let Some(callback) = self.callbacks.get(callback as usize) else {
            return Err(format!("there is no callback {callback}"));
        };
        let called = self.runtime.context().with(|ctx| {
            let function = self.function(&ctx, callback)?;
            let result: Result<Value> = if event.is_empty() {
                function.call(())
            } else {
                function.call((event,))
            };
            let value = result.map_err(|error| errors::end(&ctx, &error))?;
            Ok(value.into_promise().map(|promise| Persistent::save(&ctx, promise)))
        });
        match called {
            Err(End::Failed(error)) => {
                self.finish().ok();
                Err(error)
            }
            Err(End::Exit) | Ok(None) => self.finish(),
            Ok(Some(promise)) => {
                self.finish()?;
                self.runtime.context().with(|ctx| match promise.restore(&ctx) {
                    Ok(promise) if promise.state() == PromiseState::Pending => Err(format!(
                        "{}: it waits for a promise that nothing settles",
                        callback.name
                    )),
                    _ => Ok(()),
                })
            }
        }
    }

    /// Runs what was put off (`then`, `await`), and says what was rejected.
    fn finish(&self) -> std::result::Result<(), String> {
        let engine = self.runtime.context().runtime();
        while engine.is_job_pending() {
            // an error of a job rejects the promise that it belongs to
            let _ = engine.execute_pending_job();
        }
        errors::rejection().map_or(Ok(()), Err)
    }

    /// The first callback of an instance: gets to know the host, and evaluates what a snapshot could not hold.
    fn wake(&mut self) -> std::result::Result<(), String> {
        if let Stage::Failed(error) = &self.stage {
            return Err(error.clone());
        }
        self.limit(usize::try_from(host::memory()).unwrap_or(usize::MAX));
        if host::digest() != self.digest {
            self.digest = host::digest();
            self.runtime
                .context()
                .with(|ctx| ksr::build(&ctx, host::functions()).map_err(|error| errors::end(&ctx, &error)))
                .map_err(|end| match end {
                    End::Failed(error) => error,
                    End::Exit => "KSR cannot be built".to_owned(),
                })?;
        }
        if self.stage == (Stage::Sleeping { evaluated: false })
            && let Err(End::Failed(error)) = self.evaluate()
        {
            self.stage = Stage::Failed(error.clone());
            return Err(error);
        }
        self.stage = Stage::Awake;
        Ok(())
    }

    /// JavaScript gets seven eighths of what the instance has left: the rest is for what lies between its blocks,
    /// and for saying that it is out of memory. Cycles are looked for at each quarter of it.
    fn limit(&self, memory: usize) {
        let free = memory.saturating_sub(self.beside).saturating_sub(self.used);
        let engine = self.runtime.context().runtime();
        engine.set_memory_limit(self.used.saturating_add(free - free / 8).max(self.used + 4096));
        engine.set_gc_threshold(self.used.saturating_add(free / 4));
    }

    fn evaluate(&mut self) -> std::result::Result<(), End> {
        let text = files::text(&self.main).unwrap_or_default();
        let evaluated = self.runtime.context().with(|ctx| {
            let tools = self
                .tools
                .clone()
                .restore(&ctx)
                .map_err(|error| errors::end(&ctx, &error))?;
            let namespace = evaluate(&ctx, &tools, &self.main, text).map_err(|error| errors::end(&ctx, &error))?;
            Ok(namespace.map(|namespace| Persistent::save(&ctx, namespace)))
        });
        self.namespace = evaluated?;
        self.finish().map_err(End::Failed)
    }

    /// Global functions of the script in their order, exports of a module, and functions in `const` and `let`.
    fn find_callbacks(&self) -> Vec<Callback> {
        let text = files::text(&self.main).unwrap_or_default();
        let mut found = self.runtime.context().with(|ctx| {
            let mut found = Found::default();
            if let Some(exports) = self.exports(&ctx) {
                for name in exports.own_keys::<String>(all()).flatten() {
                    let function = exports.get(&*name).ok();
                    found.add(&ctx, name, function, false);
                }
            }
            let own = |name: &String| !self.known.contains(name);
            for name in ctx.globals().own_keys::<String>(all()).flatten().filter(own) {
                let function = ctx.globals().get(&*name).ok();
                found.add(&ctx, name, function, true);
            }
            for name in lexical_names(&text).into_iter().filter(own) {
                let function = lexical(&ctx, &name);
                found.add(&ctx, name, function, false);
            }
            ctx.catch(); // of a getter
            found.0
        });
        if found.len() > MAX_CALLBACKS {
            found.sort_by_key(|callback| !callback.name.starts_with("ksr_"));
            found.truncate(MAX_CALLBACKS);
        }
        found
    }

    fn exports<'js>(&self, ctx: &Ctx<'js>) -> Option<Object<'js>> {
        self.namespace.clone()?.restore(ctx).ok()
    }

    /// A callback's function: globals are looked up at each call, since a script may replace them.
    fn function<'js>(&self, ctx: &Ctx<'js>, callback: &Callback) -> std::result::Result<Function<'js>, End> {
        if let Some(function) = &callback.function {
            return function.clone().restore(ctx).map_err(|error| errors::end(ctx, &error));
        }
        if let Ok(Some(function)) = ctx.globals().get(&*callback.name) {
            return Ok(function);
        }
        ctx.catch();
        let exported = self.exports(ctx).and_then(|exports| exports.get(&*callback.name).ok());
        exported
            .or_else(|| lexical(ctx, &callback.name))
            .ok_or_else(|| End::Failed(format!("{} is no function of {}", callback.name, self.main)))
    }
}

/// Callbacks as they are found.
#[derive(Default)]
struct Found(Vec<Callback>);

impl Found {
    fn add<'js>(&mut self, ctx: &Ctx<'js>, name: String, function: Option<Function<'js>>, by_name: bool) {
        let Some(function) = function.filter(is_callable) else {
            return;
        };
        if name.len() > MAX_NAME || self.0.iter().any(|callback| callback.name == name) {
            return;
        }
        let function = (!by_name).then(|| Persistent::save(ctx, function));
        self.0.push(Callback { name, function });
    }
}

fn all() -> rquickjs::object::Filter {
    rquickjs::object::Filter::new().string()
}

/// Classes cannot be called, and a generator would only begin.
fn is_callable(function: &Function<'_>) -> bool {
    if function.is_constructor() && is_class(function) {
        return false;
    }
    let name: Option<String> = function
        .get::<_, Object>("constructor")
        .and_then(|constructor| constructor.get("name"))
        .ok();
    !name.is_some_and(|name| name.contains("Generator"))
}

/// A class has a `prototype` that cannot be written.
fn is_class(function: &Function<'_>) -> bool {
    let ctx = function.ctx();
    let check: Result<bool> = ctx
        .eval::<Function, _>(
            "(f) => { const p = Object.getOwnPropertyDescriptor(f, 'prototype'); return !!p && !p.writable }",
        )
        .and_then(|check| check.call((function.clone(),)));
    check.unwrap_or(false)
}

/// Names after `const` and `let`: too many, and none that is at the top and left out. Whoever asks for their value
/// learns which are real.
fn lexical_names(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("const ").into_iter().chain(rest.find("let ")).min() {
        let word = if rest[at..].starts_with("const") { 5 } else { 3 };
        let begins = !rest[..at].ends_with(is_name);
        rest = &rest[at + word..];
        if !begins {
            continue;
        }
        // one declaration may name several: `const a = ..., b = ...`; the others are found by the commas
        let name: String = rest.trim_start().chars().take_while(|c| is_name(*c)).collect();
        if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            names.push(name);
        }
    }
    names
}

/// The function that a `const` or `let` at the top has.
fn lexical<'js>(ctx: &Ctx<'js>, name: &str) -> Option<Function<'js>> {
    let mut options = EvalOptions::default();
    options.strict = false;
    let text = format!("typeof {name} === 'function' ? {name} : undefined");
    let found = ctx.eval_with_options::<Option<Function>, _>(text, options);
    if found.is_err() {
        ctx.catch(); // an access before its declaration was reached, a name that is a keyword
    }
    found.ok().flatten()
}

/// Evaluates a file: as a script, or as a module where its ending or its text says so; then its exports.
fn evaluate<'js>(ctx: &Ctx<'js>, tools: &Object<'js>, name: &str, text: String) -> Result<Option<Object<'js>>> {
    let requires: Function = tools.get("requires")?;
    let define: Function = tools.get("define")?;
    let require: Value = requires.call((name,))?;
    define.call::<_, ()>((ctx.globals(), "require", require))?;
    if name.ends_with(".mjs") {
        return module(ctx, name, text).map(Some);
    }
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    match ctx.eval_with_options::<Value, _>(text.as_str(), options) {
        Ok(_) => Ok(None),
        Err(error) => {
            let thrown = ctx.catch();
            if is_syntax_error(&thrown) && has_module_syntax(&text) {
                return module(ctx, name, text).map(Some);
            }
            ctx.throw(thrown);
            Err(error)
        }
    }
}

fn is_syntax_error(thrown: &Value<'_>) -> bool {
    let name = thrown.as_object().and_then(|error| error.get::<_, String>("name").ok());
    name.as_deref() == Some("SyntaxError")
}

fn has_module_syntax(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        let after = line.strip_prefix("import").or_else(|| line.strip_prefix("export"));
        after.is_some_and(|rest| rest.starts_with([' ', '{', '*', '"', '\'']))
    })
}

fn module<'js>(ctx: &Ctx<'js>, name: &str, text: String) -> Result<Object<'js>> {
    let (module, promise) = Module::declare(ctx.clone(), name, text)?.eval()?;
    promise.finish::<()>()?;
    module.namespace()
}

/// Evaluates the prelude with the native functions that it needs.
fn prelude<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("log", Func::from(log))?;
    native.set("random", Func::from(random))?;
    native.set("text", Func::from(text))?;
    native.set("resolve", Func::from(resolve))?;
    native.set("compile", Func::from(compile))?;
    let mut options = EvalOptions::default();
    options.filename = Some("kemist".to_owned());
    let prelude: Function = ctx.eval_with_options(include_str!("prelude.js"), options)?;
    prelude.call((native,))
}

fn log(level: i32, text: rquickjs::Coerced<String>) {
    if state::is_loading() {
        return state::logged(text.0);
    }
    let level = match level {
        0 => Level::Debug,
        1 => Level::Info,
        2 => Level::Warning,
        _ => Level::Error,
    };
    host::log(level, &text.0);
}

fn random() -> f64 {
    if state::is_loading() {
        state::touch(|| "Math.random".to_owned());
        return 0.5;
    }
    // the 53 bits that a double has
    (host::random() >> 11) as f64 / (1_u64 << 53) as f64
}

fn text(ctx: Ctx<'_>, path: String) -> Result<String> {
    files::text(&path).ok_or_else(|| Exception::throw_message(&ctx, &format!("there is no file {path}")))
}

fn resolve(ctx: Ctx<'_>, base: String, name: String) -> Result<String> {
    let missing = || format!("cannot find {name:?} beside {base}");
    files::resolve(&base, &name).ok_or_else(|| Exception::throw_message(&ctx, &missing()))
}

/// The function around a CommonJS file, in one line so that its lines keep their numbers.
fn compile<'js>(ctx: Ctx<'js>, path: String) -> Result<Function<'js>> {
    let text = text(ctx.clone(), path.clone())?;
    let text = format!("(function (exports, require, module, __filename, __dirname) {{{text}\n}})");
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(path);
    ctx.eval_with_options(text, options)
}
