//! The engine as a core module, outside of any host: started, given a script, and written down with its memory.

use super::File;
use super::engine::{self, Evaluator, Prepared};
use super::own;
use crate::build::direct::Layered;
use crate::wasm::dynamic::{self, FUNCTIONS};
use kemist_bindings::kemi::ksr::dynamic::Kind;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wasmtime::{Caller, Extern, Instance, Linker, Memory, Store, StoreLimits, StoreLimitsBuilder, Trap, Val};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType};

/// Stack of the engine while it evaluates: unoptimised code has large frames, and QuickJS's own limit is to be met first.
pub(super) const STACK: usize = 4 << 20;
/// Memory of the engine and the script's top level: the default of an instance.
const MEMORY: usize = 64 << 20;
/// Time for the script's top level.
const TIME: Duration = Duration::from_secs(10);
/// What scripts may use of the memory before it must grow, beside what is free in it anyway: growing in each instance
/// costs more than pages that nobody touches.
const ROOM: u32 = 1 << 20;
const WASI: &str = "wasi_snapshot_preview1";

/// What the engine says of a script.
pub(super) enum Reply {
    Ready(Evaluated),
    /// One of these files is wanted.
    Needs(Vec<String>),
    /// An error with its stack.
    Failed(String),
}

/// A script that was evaluated.
pub(super) struct Evaluated {
    pub(super) callbacks: Vec<String>,
    /// What of the host it wanted meanwhile.
    pub(super) touched: Option<String>,
    pub(super) logged: Vec<String>,
}

struct Data {
    limits: StoreLimits,
    /// The script is being evaluated.
    evaluating: bool,
    asked_for_time: bool,
}

/// One run of the engine.
pub(super) struct Run<'a> {
    evaluator: &'a Evaluator,
    store: Store<Data>,
    instance: Instance,
    memory: Memory,
    /// Its globals when it had started.
    globals: Vec<String>,
}

type Result<T> = std::result::Result<T, String>;

impl<'a> Run<'a> {
    /// A run for a script.
    pub(super) fn new(prepared: &'a Prepared) -> Result<Run<'a>> {
        let run = Run::start(prepared.evaluator())?;
        // neither the time nor chance is anywhere in it
        if run.image() != prepared.base() {
            return Err("the engine does not start twice in the same way (a bug in kemist)".to_owned());
        }
        Ok(run)
    }

    /// A run of the engine with the functions of this kemist.
    pub(super) fn start(evaluator: &'a Evaluator) -> Result<Run<'a>> {
        let data = Data {
            limits: StoreLimitsBuilder::new().memory_size(MEMORY).build(),
            evaluating: false,
            asked_for_time: false,
        };
        let mut store = Store::new(evaluator.engine(), data);
        store.limiter(|data| &mut data.limits);
        store.set_epoch_deadline(1);
        let _watch = Watch::start(evaluator);
        let instance = linker(evaluator)
            .and_then(|linker| linker.instantiate(&mut store, evaluator.module()))
            .map_err(|e| broken(&e))?;
        let memory = instance
            .get_memory(&mut store, "memory")
            .ok_or("the engine has no memory")?;
        let mut run = Run {
            evaluator,
            store,
            instance,
            memory,
            globals: Vec::new(),
        };
        if let Ok(initialize) = instance.get_typed_func::<(), ()>(&mut run.store, "_initialize") {
            initialize.call(&mut run.store, ()).map_err(|e| broken(&e))?;
        }
        let digest = dynamic::digest(FUNCTIONS).to_string();
        let request = run.request(&[&digest, &table()])?;
        instance
            .get_typed_func::<(u32, u32), ()>(&mut run.store, "kemist_start")
            .and_then(|start| start.call(&mut run.store, request))
            .map_err(|e| broken(&e))?;
        run.make_room().map_err(|e| broken(&e))?;
        // collecting garbage changes what refers to what all over the memory, once: twice leaves an order that stays
        for _ in 0..2 {
            run.keep(&[], &[])?;
        }
        run.globals = run.globals();
        Ok(run)
    }

    /// Has the allocator ask for memory, and takes next to nothing of it.
    fn make_room(&mut self) -> wasmtime::Result<()> {
        type Realloc = (u32, u32, u32, u32);
        let realloc = self
            .instance
            .get_typed_func::<Realloc, u32>(&mut self.store, "cabi_realloc")?;
        let room = realloc.call(&mut self.store, (0, 0, 1, ROOM))?;
        realloc.call(&mut self.store, (room, ROOM, 1, 1))?;
        Ok(())
    }

    /// What its globals hold that change.
    fn globals(&mut self) -> Vec<String> {
        let exports: Vec<_> = self.instance.exports(&mut self.store).collect();
        let exports = exports
            .into_iter()
            .map(|export| (export.name().to_owned(), export.into_global()));
        let globals: Vec<_> = exports.collect();
        let shown = |(name, global): (String, Option<wasmtime::Global>)| {
            global.map(|global| format!("{name} {:?}", global.get(&mut self.store)))
        };
        globals.into_iter().filter_map(shown).collect()
    }

    /// Its memory.
    pub(super) fn image(&self) -> &[u8] {
        self.memory.data(&self.store)
    }

    /// The module that writes what a script has changed of the memory.
    pub(super) fn own(mut self, prepared: &Prepared) -> Result<Vec<u8>> {
        // those of a module that rests: the stack is empty
        if self.globals() != self.globals {
            return Err("the engine has not come to rest (a bug in kemist)".to_owned());
        }
        Ok(own::module(prepared.base(), self.image(), Layered::MEMORY))
    }

    /// Evaluates a script.
    pub(super) fn evaluate(&mut self, files: &[File]) -> Result<Reply> {
        self.store.data_mut().evaluating = true;
        let reply = self.load("evaluate", "", files)?;
        self.store.data_mut().evaluating = false;
        let asked_for_time = self.store.data().asked_for_time;
        let mut fields = reply.into_iter();
        let kind = fields.next().unwrap_or_default();
        let mut field = || fields.next().unwrap_or_default();
        let lines = |text: String| text.lines().map(str::to_owned).collect();
        Ok(match &*kind {
            "ready" => {
                let (callbacks, touched, logged) = (field(), field(), field());
                let time = asked_for_time.then(|| "Date".to_owned());
                Reply::Ready(Evaluated {
                    callbacks: lines(callbacks),
                    touched: Some(touched).filter(|name| !name.is_empty()).or(time),
                    logged: lines(logged),
                })
            }
            "needs" => Reply::Needs(lines(field())),
            _ => Reply::Failed(field()),
        })
    }

    /// Puts a script in as text; its callbacks are known.
    pub(super) fn keep(&mut self, files: &[File], callbacks: &[String]) -> Result<()> {
        self.load("keep", &callbacks.join("\n"), files).map(|_| ())
    }

    fn load(&mut self, how: &str, callbacks: &str, files: &[File]) -> Result<Vec<String>> {
        let mut fields = vec![how, callbacks];
        fields.extend(files.iter().flat_map(|file| [&*file.name, &*file.text]));
        let request = self.request(&fields)?;
        let _watch = Watch::start(self.evaluator);
        self.store.set_epoch_deadline(1);
        let reply = self
            .instance
            .get_typed_func::<(u32, u32), u64>(&mut self.store, "kemist_load")
            .and_then(|load| load.call(&mut self.store, request))
            .map_err(|e| match e.downcast_ref::<Trap>() {
                Some(Trap::Interrupt) => format!("what it does outside of callbacks takes longer than {TIME:?}"),
                _ => format!("it cannot be evaluated: {}", super::one_line(&format!("{e:#}"))),
            })?;
        let (address, length) = (reply as u32 as usize, (reply >> 32) as usize);
        let bytes = self
            .memory
            .data(&self.store)
            .get(address..address.saturating_add(length));
        Ok(split(bytes.ok_or("the engine's reply lies outside of its memory")?))
    }

    /// Writes fields where the engine wants them: each with its length of 32 bits before it.
    fn request(&mut self, fields: &[&str]) -> Result<(u32, u32)> {
        let mut bytes = Vec::new();
        for field in fields {
            let length = u32::try_from(field.len()).map_err(|_| "it is too long")?;
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        let length = u32::try_from(bytes.len()).map_err(|_| "it is too long")?;
        let address = self
            .instance
            .get_typed_func::<u32, u32>(&mut self.store, "kemist_alloc")
            .and_then(|alloc| alloc.call(&mut self.store, length))
            .map_err(|e| broken(&e))?;
        self.memory
            .write(&mut self.store, address as usize, &bytes)
            .map_err(|_| "the engine has no room for it")?;
        Ok((address, length))
    }

    /// The module with the memory as it is now.
    pub(super) fn snapshot(mut self) -> Result<Vec<u8>> {
        let wizer = engine::wizer();
        let (context, _) = wizer.instrument(self.evaluator.bytes()).map_err(|e| broken(&e))?;
        let mut state = State(&mut self);
        // nothing in it waits
        let mut writing = std::pin::pin!(wizer.snapshot(&context, &mut state));
        let mut waker = std::task::Context::from_waker(std::task::Waker::noop());
        loop {
            if let std::task::Poll::Ready(written) = writing.as_mut().poll(&mut waker) {
                return written.map_err(|e| broken(&e));
            }
        }
    }
}

fn broken(error: &wasmtime::Error) -> String {
    let text = super::one_line(&format!("{error:#}"));
    format!("the JavaScript engine does not run; is it of this kemist? ({text})")
}

fn split(mut bytes: &[u8]) -> Vec<String> {
    let mut fields = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<4>() {
        let Some((field, rest)) = rest.split_at_checked(u32::from_le_bytes(*head) as usize) else {
            break;
        };
        fields.push(String::from_utf8_lossy(field).into_owned());
        bytes = rest;
    }
    fields
}

/// The functions as the engine reads them: id, module, name, kinds of parameters, kind of the result.
fn table() -> String {
    let letter = |kind: &Kind| match kind {
        Kind::None => 'n',
        Kind::Int => 'i',
        Kind::Long => 'l',
        Kind::Boolean => 'b',
        Kind::Str => 's',
        Kind::Xval => 'x',
    };
    let mut text = String::new();
    for function in FUNCTIONS {
        let or_dash = |text: &str| {
            if text.is_empty() {
                "-".to_owned()
            } else {
                text.to_owned()
            }
        };
        let params: String = function.params.iter().map(letter).collect();
        let (module, params, returns) = (or_dash(function.module), or_dash(&params), letter(&function.returns));
        text += &format!("{} {module} {} {params} {returns}\n", function.id, function.name);
    }
    text
}

/// No host is there: its functions trap (the engine knows not to call them), and WASI has a clock and no files.
fn linker(evaluator: &Evaluator) -> wasmtime::Result<Linker<Data>> {
    const BADF: i32 = 8;
    let mut linker = Linker::new(evaluator.engine());
    linker.func_wrap(
        WASI,
        "clock_time_get",
        |mut caller: Caller<'_, Data>, _: i32, _: i64, at: i32| {
            let data = caller.data_mut();
            let time = if data.evaluating {
                data.asked_for_time = true;
                SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
            } else {
                // the engine's own start: the same in every build
                Duration::ZERO
            };
            let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            put(&mut caller, at, &nanos.to_le_bytes())
        },
    )?;
    linker.func_wrap(
        WASI,
        "environ_sizes_get",
        |mut caller: Caller<'_, Data>, count: i32, size: i32| {
            put(&mut caller, count, &[0; 4]) | put(&mut caller, size, &[0; 4])
        },
    )?;
    // seeds of tables of the engine's own, the same in every build; scripts get theirs from the host
    linker.func_wrap(
        WASI,
        "random_get",
        |mut caller: Caller<'_, Data>, at: i32, length: i32| {
            put(&mut caller, at, &vec![0; (length as u32 as usize).min(256)])
        },
    )?;
    linker.func_wrap(WASI, "environ_get", |_: i32, _: i32| 0_i32)?;
    linker.func_wrap(WASI, "fd_write", |_: i32, _: i32, _: i32, _: i32| BADF)?;
    linker.func_wrap(WASI, "fd_seek", |_: i32, _: i64, _: i32, _: i32| BADF)?;
    linker.func_wrap(WASI, "fd_close", |_: i32| BADF)?;
    linker.func_wrap(WASI, "fd_fdstat_get", |_: i32, _: i32| BADF)?;
    linker.define_unknown_imports_as_traps(evaluator.module())?;
    Ok(linker)
}

/// Writes into the caller's memory; an error number.
fn put(caller: &mut Caller<'_, Data>, at: i32, bytes: &[u8]) -> i32 {
    const FAULT: i32 = 21;
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => memory.write(caller, at as u32 as usize, bytes).map_or(FAULT, |()| 0),
        _ => FAULT,
    }
}

/// Ends what takes too long: its thread moves the engine's epoch unless it is dropped before.
struct Watch(#[allow(dead_code)] Option<Sender<()>>);

impl Watch {
    fn start(evaluator: &Evaluator) -> Watch {
        let (sender, receiver) = mpsc::channel::<()>();
        let engine = evaluator.engine().clone();
        let body = move || {
            if receiver.recv_timeout(TIME) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        };
        let started = std::thread::Builder::new().name("kemist-watch".into()).spawn(body);
        // without a thread a script that loops hangs its own build, and nothing else
        Watch(started.is_ok().then_some(sender))
    }
}

/// The instance as Wizer reads it.
struct State<'r, 'a>(&'r mut Run<'a>);

impl InstanceState for State<'_, '_> {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let run = &mut *self.0;
        match run
            .instance
            .get_global(&mut run.store, name)
            .map(|global| global.get(&mut run.store))
        {
            Some(Val::I32(value)) => SnapshotVal::I32(value),
            Some(Val::I64(value)) => SnapshotVal::I64(value),
            Some(Val::F32(bits)) => SnapshotVal::F32(bits),
            Some(Val::F64(bits)) => SnapshotVal::F64(bits),
            Some(Val::V128(value)) => SnapshotVal::V128(value.as_u128()),
            // Wizer has exported them itself, and refuses modules with others
            other => unreachable!("the global {name} is {other:?}"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let run = &mut *self.0;
        if let Some(memory) = run.instance.get_memory(&mut run.store, name) {
            contents(memory.data(&run.store));
        }
    }
}
