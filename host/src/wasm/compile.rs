//! From a component to native code: in a process of its own with limits, or from the cache of what was compiled before.

mod confine;
mod measure;
mod process;

pub use confine::{Bounds, Pace, confine, give_way};

use super::cache::{Cache, Id};
use super::carried::Carried;
use super::engine::{self, Engine};
use super::shared;
use super::version::{LoadError, one_line};
use crate::sign::Grants;
use process::{Ended, Job};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use wasmtime::Module;
use wasmtime::component::Component;

/// The hidden verb that this program compiles with as a child.
pub const COMPILE: &str = "compile-module";
/// The one that plays the scenarios of a component.
pub const PLAY: &str = "play-scenarios";

/// How much more time by the clock than of the processor: a process that gives way to all others may wait long.
const PATIENCE: u32 = 10;

/// A core module begins with this.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// In place of an engine's fingerprint: not native code, but the bytes that it is made of.
const BYTES: [u8; 32] = [0; 32];

/// Native code has at most so many bytes for each of the component, and so many beside.
const NATIVE: (usize, usize) = (32, 16 << 20);

/// What compiling a component may take, and the cache. The defaults are those of `[routing.compile]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// Bytes of the component.
    pub size: usize,
    /// Functions of all its modules together.
    pub functions: usize,
    /// Time of the processor; by the clock it may take ten times that.
    pub time: Duration,
    /// Memory of the process that compiles, or that plays the component's scenarios, in bytes.
    pub memory: usize,
    /// Bytes of all files of the cache; those that were not used for longest go first.
    pub cache: u64,
}

impl Default for CompileLimits {
    fn default() -> CompileLimits {
        CompileLimits {
            size: 32 << 20,
            functions: 100_000,
            time: Duration::from_secs(60),
            memory: 2 << 30,
            cache: 1 << 30,
        }
    }
}

/// How the scenarios of a component are played in this process: how many passed, or the first failure in one line.
pub type Play = fn(&[u8]) -> Result<usize, String>;

/// Compiles components.
#[derive(Clone)]
pub struct Compiler {
    program: Option<PathBuf>,
    folder: Option<PathBuf>,
    /// Opened when it is first needed: None where it cannot be used.
    cache: OnceLock<Option<Arc<Cache>>>,
    limits: CompileLimits,
    play: Option<Play>,
}

/// A component with its native code, ready to be linked.
pub struct Prepared {
    pub(super) component: Component,
    /// The modules that it imports, by their names.
    pub(super) shared: Vec<(String, Module)>,
    /// What it was signed with, where it says so.
    pub(super) signed: Option<Grants>,
    /// SHA-256 of the component.
    pub digest: [u8; 32],
    /// Bytes of the component.
    pub size: usize,
    /// Bytes of the native code and what belongs to it.
    pub native: usize,
    /// It was compiled earlier.
    pub from_cache: bool,
}

impl Prepared {
    /// The same, of a component whose section `kemist:grants` says this.
    pub fn signed_with(self, grants: Option<Grants>) -> Prepared {
        Prepared { signed: grants, ..self }
    }
}

impl fmt::Debug for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Compiler");
        shown.field("program", &self.program).field("cache", &self.folder);
        shown.field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Compiler {
    /// Compiles with `program`, which is this one (`/proc/self/exe`), as a child for each component; in this process where
    /// there is none, which is for tests. `cache` is the folder of what was compiled; where it cannot be used, the log says
    /// why, and everything is compiled anew.
    pub fn new(program: Option<PathBuf>, cache: Option<PathBuf>, limits: CompileLimits) -> Compiler {
        Compiler {
            program,
            folder: cache,
            cache: OnceLock::new(),
            limits,
            play: None,
        }
    }

    /// The same, with another program as its child.
    pub fn in_a_child(&self, program: impl Into<PathBuf>) -> Compiler {
        Compiler {
            program: Some(program.into()),
            ..self.clone()
        }
    }

    fn cache(&self) -> Option<&Cache> {
        let open = || {
            let opened = Cache::open(self.folder.as_deref()?, self.limits.cache);
            opened
                .inspect_err(|why| tracing::warn!("[routing] cache: {why}; modules are compiled at each start"))
                .ok()
                .map(Arc::new)
        };
        self.cache.get_or_init(open).as_deref()
    }

    /// Plays scenarios so where there is no program to do it.
    pub fn playing(self, play: Play) -> Compiler {
        Compiler {
            play: Some(play),
            ..self
        }
    }

    /// Compiles a component, or takes it from the cache, while others serve: the child runs when nobody else wants to.
    /// Blocks for milliseconds to minutes.
    ///
    /// # Errors
    /// One line: it is no component, or it has or needs more than a limit allows, which is named with the figure.
    pub fn prepare(&self, engine: &Arc<Engine>, bytes: &[u8]) -> Result<Prepared, LoadError> {
        self.make(engine, bytes, Pace::Idle)
    }

    /// As [`Compiler::prepare`], but as fast as the machine can: for a start, which nobody is served before.
    ///
    /// # Errors
    /// As [`Compiler::prepare`].
    pub fn prepare_at_start(&self, engine: &Arc<Engine>, bytes: &[u8]) -> Result<Prepared, LoadError> {
        self.make(engine, bytes, Pace::Urgent)
    }

    /// What was compiled of a component before, by its digest; None where the cache has it no more. `size` is
    /// the component's.
    pub fn prepared(&self, engine: &Arc<Engine>, digest: &[u8; 32], size: usize) -> Option<Prepared> {
        let id = Id {
            component: *digest,
            engine: *engine.fingerprint(),
        };
        let component = self.cached(engine, &id)?;
        let shared = self.shared(engine, &component, Pace::Idle).ok()?;
        Some(Prepared {
            digest: id.component,
            size,
            native: native_size(&component),
            component,
            shared,
            signed: None,
            from_cache: true,
        })
    }

    /// Whether the cache has the native code of a component.
    pub fn has(&self, engine: &Engine, digest: &[u8; 32]) -> bool {
        let id = Id {
            component: *digest,
            engine: *engine.fingerprint(),
        };
        self.cache().is_some_and(|cache| cache.has(&id))
    }

    /// Plays the scenarios that a component carries, in a child, and says how many passed; None where it carries none.
    /// Blocks for as long as they take.
    ///
    /// # Errors
    /// One line: the first failure with its file and line, or what went over a limit.
    pub fn run_scenarios(&self, bytes: &[u8]) -> Result<Option<usize>, LoadError> {
        if Carried::of(bytes).map_err(LoadError::new)?.is_none() {
            return Ok(None);
        }
        // what passed passes again: nothing of it depends on the time or on what else is there
        let id = Id {
            component: Sha256::digest(bytes).into(),
            engine: this_program(),
        };
        if let Some(kept) = self.cache().and_then(|cache| cache.take(&id)) {
            return Ok(parse(&kept));
        }
        let passed = self.play(bytes)?;
        self.keep(&id, passed.to_string().as_bytes());
        Ok(Some(passed))
    }

    fn play(&self, bytes: &[u8]) -> Result<usize, LoadError> {
        let Some(program) = &self.program else {
            let play = self
                .play
                .ok_or_else(|| LoadError::new("it carries scenarios, and there is nothing to play them with"))?;
            return play(bytes).map_err(LoadError::new);
        };
        let said = self.run(program, PLAY, bytes, Pace::Idle, |job| {
            job.most = 64;
            job.variable = Some(shared::FOLDER);
            if let Some(cache) = self.cache() {
                job.option("--cache", cache.folder());
                job.option("--cache-size", self.limits.cache.to_string());
            }
        });
        let said = self.ended(said, "playing its scenarios")?;
        parse(&said).ok_or_else(|| LoadError::new("playing its scenarios ended without a result"))
    }

    fn make(&self, engine: &Arc<Engine>, bytes: &[u8], pace: Pace) -> Result<Prepared, LoadError> {
        is_component(bytes)?;
        measure::check(bytes, &self.limits)?;
        let id = Id {
            component: Sha256::digest(bytes).into(),
            engine: *engine.fingerprint(),
        };
        let ready = |component: Component, from_cache| -> Result<Prepared, LoadError> {
            Ok(Prepared {
                digest: id.component,
                size: bytes.len(),
                native: native_size(&component),
                shared: self.shared(engine, &component, pace)?,
                component,
                signed: None,
                from_cache,
            })
        };
        if let Some(component) = self.cached(engine, &id) {
            return ready(component, true);
        }
        let begun = Instant::now();
        let component = match &self.program {
            Some(program) => {
                let native = self.compile(program, engine, bytes, pace)?;
                let component = native
                    .load(engine)
                    .map_err(|e| LoadError::new(format!("what was compiled cannot be loaded: {}", one_line(&e))))?;
                self.keep(&id, &native.0);
                component
            }
            None => {
                let component = from_binary(engine.wasm(), bytes)?;
                if self.cache().is_some()
                    && let Ok(native) = component.serialize()
                {
                    self.keep(&id, &native);
                }
                component
            }
        };
        let prepared = ready(component, false)?;
        let (version, millis) = (label(&id.component), begun.elapsed().as_millis());
        let native = prepared.native;
        match pace {
            // a start that fails has one line to say
            Pace::Urgent => tracing::debug!("compiled {version} in {millis} ms: {native} bytes of native code"),
            _ => tracing::info!("compiled {version} in {millis} ms: {native} bytes of native code"),
        }
        Ok(prepared)
    }

    /// The modules that a component imports: each is compiled once for all components.
    fn shared(&self, engine: &Engine, component: &Component, pace: Pace) -> Result<Vec<(String, Module)>, LoadError> {
        let needs = shared::needs(engine.wasm(), component)?.into_iter();
        let made = needs.map(|(name, digest)| {
            let make = || self.shared_module(engine, &name, digest, pace);
            let module = engine.shared().module(&digest, make)?;
            Ok((name, module))
        });
        made.collect()
    }

    fn shared_module(&self, engine: &Engine, name: &str, digest: [u8; 32], pace: Pace) -> Result<Module, LoadError> {
        let id = Id {
            component: digest,
            engine: *engine.fingerprint(),
        };
        if let Some(module) = self.cached_module(engine, &id) {
            return Ok(module);
        }
        let bytes = self.shared_bytes(engine, digest);
        let bytes = bytes.map_err(|why| shared::missing(name, Some(why)))?;
        let bytes = bytes.ok_or_else(|| shared::missing(name, None))?;
        let begun = Instant::now();
        let native = match &self.program {
            Some(program) => self.compile(program, engine, &bytes, pace)?,
            None => Native(engine.wasm().precompile_module(&bytes).map_err(|e| invalid(&e))?),
        };
        let module = native.load_module(engine);
        let module = module.map_err(|e| LoadError::new(format!("{name} cannot be loaded: {}", one_line(&e))))?;
        self.keep(&id, &native.0);
        let millis = begun.elapsed().as_millis();
        tracing::debug!(
            "compiled {name} in {millis} ms: {} bytes of native code",
            native.0.len()
        );
        Ok(module)
    }

    /// The bytes of a module that components share: those that were kept where there are such, as making them anew takes
    /// seconds.
    ///
    /// # Errors
    /// One line, where what it is made of cannot be used.
    pub fn shared_bytes(&self, engine: &Engine, digest: [u8; 32]) -> Result<Option<Arc<[u8]>>, String> {
        let id = Id {
            component: digest,
            engine: BYTES,
        };
        if let Some(kept) = self.cache().and_then(|cache| cache.take(&id)) {
            return Ok(Some(kept.into()));
        }
        let bytes = engine.shared_bytes(&digest)?;
        if let Some(bytes) = &bytes {
            self.keep(&id, bytes);
        }
        Ok(bytes)
    }

    fn cached_module(&self, engine: &Engine, id: &Id) -> Option<Module> {
        let cache = self.cache()?;
        let loaded = Native(cache.take(id)?).load_module(engine);
        loaded
            .inspect_err(|e| {
                tracing::warn!("[routing] cache: a file of it cannot be loaded: {}", one_line(e));
                cache.remove(id);
            })
            .ok()
    }

    fn cached(&self, engine: &Engine, id: &Id) -> Option<Component> {
        let cache = self.cache()?;
        let native = Native(cache.take(id)?);
        let loaded = native.load(engine);
        // authentic, and all the same not for this engine: its fingerprint has missed something
        loaded
            .inspect_err(|e| {
                tracing::warn!("[routing] cache: a file of it cannot be loaded: {}", one_line(e));
                cache.remove(id);
            })
            .ok()
    }

    fn keep(&self, id: &Id, native: &[u8]) {
        if let Some(cache) = self.cache()
            && let Err(error) = cache.put(id, native)
        {
            let folder = cache.folder().display();
            tracing::warn!("[routing] cache: {folder}: {error}; this version will be compiled again");
        }
    }

    fn compile(&self, program: &Path, engine: &Engine, bytes: &[u8], pace: Pace) -> Result<Native, LoadError> {
        let compiled = self.run(program, COMPILE, bytes, pace, |job| {
            job.most = bytes.len().saturating_mul(NATIVE.0).saturating_add(NATIVE.1);
            job.option("--engine", hex(engine.fingerprint()));
        });
        self.ended(compiled, "compiling it").map(Native)
    }

    /// Runs a child; once more with a share of the processor of its own where others leave it nothing.
    fn run(&self, program: &Path, verb: &'static str, input: &[u8], pace: Pace, with: impl Fn(&mut Job<'_>)) -> Ended {
        let run = |pace| {
            let mut job = self.job(program, verb, input, pace);
            with(&mut job);
            job.run()
        };
        match run(pace) {
            Ended::Starved => run(Pace::Low),
            ended => ended,
        }
    }

    fn job<'a>(&self, program: &'a Path, verb: &'static str, input: &'a [u8], pace: Pace) -> Job<'a> {
        let threads = match pace {
            Pace::Idle | Pace::Low => 1,
            Pace::Urgent => std::thread::available_parallelism().map_or(1, |n| n.get().min(16)),
        };
        let mut job = Job::new(program, verb, input, self.limits.time.saturating_mul(PATIENCE));
        job.option("--memory", self.limits.memory.to_string());
        job.option("--seconds", seconds(self.limits.time).to_string());
        job.option("--threads", threads.to_string());
        job.threads = threads;
        job.option("--pace", pace.name());
        job.may_starve = pace == Pace::Idle;
        job
    }

    /// What the end of a child means.
    fn ended(&self, ended: Ended, doing: &str) -> Result<Vec<u8>, LoadError> {
        let CompileLimits { time, memory, .. } = self.limits;
        let line = match ended {
            Ended::Done(output) => return Ok(output),
            Ended::Refused(line) => line,
            Ended::OutOfTime => format!("{doing} took longer than {time:?} ([routing.compile] time)"),
            Ended::OutOfPatience | Ended::Starved => {
                let patience = time.saturating_mul(PATIENCE);
                format!("{doing} did not end within {patience:?}, as the machine is too busy ([routing.compile] time)")
            }
            Ended::OutOfMemory => {
                let memory = mebibytes(memory);
                format!("{doing} needs more than {memory} of memory ([routing.compile] memory)")
            }
            Ended::TooMuch(most) => format!(
                "{doing} makes more than {}, which is out of all proportion",
                mebibytes(most)
            ),
            Ended::Died(how) => format!("{doing} failed: the process {how}"),
            Ended::NotStarted(error) => format!("{doing} failed: no process can be started: {error}"),
        };
        Err(LoadError::new(line))
    }
}

/// Native code that this program made: in this process, by its child, or earlier, as the cache has proved.
struct Native(Vec<u8>);

impl Native {
    fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: the bytes must be what wasmtime wrote, unchanged. A `Native` is made in two places only. `cached` makes it
        // of what `Cache::take` returned: bytes read into memory once, whose HMAC under the key of this host was verified
        // over that very memory; the key lies in a folder that only our user can enter, so only our user can have written
        // them, by `Cache::put`, after a compilation. `compile` makes it of what our child wrote into a pipe that nobody
        // else has: the same program, and it wrote what wasmtime gave it. No file is mapped or read again, so nothing can
        // change between the check and here; wasmtime copies the bytes. That they suit this engine it checks itself.
        #[allow(unsafe_code)]
        unsafe {
            Component::deserialize(engine.wasm(), &self.0)
        }
    }

    /// The same, of a module that components share.
    fn load_module(&self, engine: &Engine) -> wasmtime::Result<Module> {
        // SAFETY: as above; `cached_module` and `shared_module` make such a `Native` as `cached` and `compile` do, the second
        // in this process too, of what wasmtime has just given it.
        #[allow(unsafe_code)]
        unsafe {
            Module::deserialize(engine.wasm(), &self.0)
        }
    }
}

/// Compiles in this process, without a cache.
pub(super) fn here(engine: &Engine, bytes: &[u8]) -> Result<Prepared, LoadError> {
    is_component(bytes)?;
    let component = from_binary(engine.wasm(), bytes)?;
    let compiler = Compiler::new(None, None, CompileLimits::default());
    let shared = compiler.shared(engine, &component, Pace::Urgent)?;
    Ok(Prepared {
        digest: Sha256::digest(bytes).into(),
        size: bytes.len(),
        native: native_size(&component),
        component,
        shared,
        signed: None,
        from_cache: false,
    })
}

/// What the child does: native code for an engine with this fingerprint in hexadecimal.
///
/// # Errors
/// One line: it is no component, or this program makes code for other engines.
pub fn native(bytes: &[u8], threads: usize, fingerprint: &str) -> Result<Vec<u8>, LoadError> {
    let is_module = bytes.starts_with(MODULE);
    if !is_module {
        is_component(bytes)?;
    }
    let engine = engine::compiling(threads).map_err(|e| LoadError::new(one_line(&e)))?;
    if hex(&engine::fingerprint(&engine)) != fingerprint {
        return Err(LoadError::new(
            "the program that compiles is another one than that which asks: restart it",
        ));
    }
    match is_module {
        // of those that components share: who asks has chosen it
        true => engine.precompile_module(bytes),
        false => engine.precompile_component(bytes),
    }
    .map_err(|e| invalid(&e))
}

/// The short name of a component: the first six bytes of its digest, in hexadecimal.
pub(super) fn label(digest: &[u8; 32]) -> String {
    hex(&digest[..6])
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // a String takes everything
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Scenarios that passed, as a child and the cache write them.
fn parse(said: &[u8]) -> Option<usize> {
    std::str::from_utf8(said).ok()?.trim().parse().ok()
}

/// Which program plays: scenarios that this one passed may fail with the next.
fn this_program() -> [u8; 32] {
    use std::os::unix::fs::MetadataExt;
    let mut digest = Sha256::new();
    digest.update(b"scenarios");
    digest.update(env!("CARGO_PKG_VERSION"));
    if let Ok(found) = std::fs::metadata("/proc/self/exe") {
        for number in [found.dev(), found.ino(), found.size()] {
            digest.update(number.to_ne_bytes());
        }
        digest.update(found.mtime().to_ne_bytes());
        digest.update(found.mtime_nsec().to_ne_bytes());
    }
    digest.finalize().into()
}

/// Anything but a component gets its own sentence.
fn is_component(bytes: &[u8]) -> Result<(), LoadError> {
    Err(LoadError::new(match bytes.get(..8) {
        Some(b"\0asm\x0d\0\x01\0") => return Ok(()),
        Some(head) if head == MODULE => "a core module, not a component; `kemist build` makes components",
        Some([b'\0', b'a', b's', b'm', ..]) => "a WebAssembly file of an unknown version",
        _ => "not a WebAssembly component",
    }))
}

fn from_binary(engine: &wasmtime::Engine, bytes: &[u8]) -> Result<Component, LoadError> {
    Component::from_binary(engine, bytes).map_err(|e| invalid(&e))
}

fn invalid(error: &wasmtime::Error) -> LoadError {
    let text = one_line(error);
    let cut = if ["unexpected end", "is out of bounds"]
        .iter()
        .any(|words| text.contains(words))
    {
        " (is the file cut short?)"
    } else {
        ""
    };
    LoadError::new(format!("not a valid component{cut}: {text}"))
}

fn native_size(component: &Component) -> usize {
    let image = component.image_range();
    image.end.addr().saturating_sub(image.start.addr())
}

/// Whole seconds, at least one.
fn seconds(time: Duration) -> u64 {
    time.as_millis().div_ceil(1000).clamp(1, 1 << 30) as u64
}

fn mebibytes(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{bytes} bytes"),
        whole => format!("{whole} MiB"),
    }
}

#[cfg(test)]
mod tests;
