//! The engine: wasmtime's settings, the clock of epochs, the linker with every interface.

use super::clock::Clock;
use super::life::Registry;
use super::run::State;
use super::shared::{Shared, Source};
use super::slots;
use super::trace;
use super::version::Version;
use crate::route::Route;
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Stack of wasm frames: recursion beyond it traps. Engines of dynamic languages, whose own limits are to be met first,
/// count their frames in linear memory, where they are a fraction of that.
const WASM_STACK: usize = 768 << 10;
/// Stack of a fiber: the same and what host functions need on top. All fibers of the pool are one reservation, which Linux
/// refuses where it is more than the machine has.
const FIBER_STACK: usize = 1 << 20;

/// Slots that wait for the module that used them last, where there are tenants: what is kept in them, 256 KiB each,
/// is at most 64 MiB.
const WARM: u32 = 256;

/// What depends on the machine and on who is trusted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Instances of all workers together, two versions during a deploy included; fewer where the system allows fewer
    /// (`vm.max_map_count`). Each reserves 4 GiB of address space.
    pub instances: u32,
    /// The most memory that any instance's limit may grant, in bytes.
    pub max_memory: usize,
    /// Every module is the operator's: more of an instance's memory stays resident between messages.
    pub trusted: bool,
    /// Frames of a trap are kept for its text (development: costs some us a trap).
    pub backtraces: bool,
    /// Functions write down how they were called ([`super::trace`]): tests of scripts only, since every
    /// call then goes by dynamic values.
    pub traced: bool,
    /// Where modules come from that components share; without one none can be imported.
    pub shared: Option<Source>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            instances: slots::allowed(),
            max_memory: 1 << 30,
            trusted: true,
            backtraces: false,
            traced: false,
            shared: None,
        }
    }
}

/// One engine for all workers and versions.
pub struct Engine {
    wasm: wasmtime::Engine,
    linker: Linker<State>,
    clock: Arc<Clock>,
    /// Of the pool, where there is one.
    slots: Option<u32>,
    versions: Registry,
    shared: Shared,
    fingerprint: [u8; 32],
}

impl Engine {
    /// Starts an engine and its clock.
    ///
    /// The pool of instances shrinks, and at last gives way to allocation on demand, where the process
    /// may not reserve the address space (`ulimit -v`).
    pub fn new(options: &Options) -> wasmtime::Result<Arc<Engine>> {
        let (wasm, slots) = wasm_engine(options)?;
        let mut linker = Linker::new(&wasm);
        kemist_bindings::Host_::add_to_linker::<State, HasSelf<Route>>(&mut linker, State::route)?;
        if options.traced {
            trace::add_to_linker(&mut linker)?;
        }
        let clock = Arc::new(Clock::new(options.trusted));
        clock.start(&wasm)?;
        Ok(Arc::new(Engine {
            fingerprint: fingerprint(&wasm),
            wasm,
            linker,
            clock,
            slots,
            versions: Registry::default(),
            shared: Shared::new(options.shared),
        }))
    }

    /// Are instances pooled? If not, a fresh one costs some ten times more.
    pub fn is_pooled(&self) -> bool {
        self.slots.is_some()
    }

    /// What to do where no instance is free.
    pub(super) fn advice(&self) -> String {
        self.slots.map_or_else(String::new, slots::advice)
    }

    /// The versions that serve or have served and still exist, the oldest first.
    pub fn versions(&self) -> Vec<Arc<Version>> {
        self.versions.all()
    }

    /// Ends the versions that have been retired for this long and still have transactions: to be called now
    /// and then. Their callbacks run no longer; one line of the log says how many transactions that concerns.
    pub fn end_drained(&self, limit: Duration) {
        self.versions.end_drained(limit);
    }

    /// Has a module that components share ready, as some component has needed it.
    pub fn has_shared(&self, digest: &[u8; 32]) -> bool {
        self.shared.has(digest)
    }

    /// How many modules are compiled that components share.
    pub fn shared_modules(&self) -> usize {
        self.shared.count()
    }

    /// Offers a module that components share and that this program may not have itself.
    pub fn offer_shared(&self, bytes: Arc<[u8]>) {
        self.shared.offer(bytes);
    }

    /// The bytes of a module that components share, by their SHA-256. May take seconds.
    ///
    /// # Errors
    /// One line, where what it is made of cannot be used.
    pub fn shared_bytes(&self, digest: &[u8; 32]) -> Result<Option<Arc<[u8]>>, String> {
        self.shared.bytes(digest)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn register(&self, version: &Arc<Version>) {
        self.versions.add(version);
    }

    /// What native code depends on beside the component: wasmtime's version, its settings, the processor's features.
    /// Engines that have the same can run each other's code.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    pub(super) fn wasm(&self) -> &wasmtime::Engine {
        &self.wasm
    }

    pub(super) fn linker(&self) -> &Linker<State> {
        &self.linker
    }

    pub(super) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }
}

/// An engine that compiles for all others and runs nothing: it reserves no address space.
pub(super) fn compiling(threads: usize) -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(config(&Options::default()).parallel_compilation(threads > 1))
}

/// The same in every process with the same wasmtime, settings and processor.
pub(super) fn fingerprint(wasm: &wasmtime::Engine) -> [u8; 32] {
    struct Digesting(Sha256);
    impl Hasher for Digesting {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        fn finish(&self) -> u64 {
            0
        }
    }
    let mut digesting = Digesting(Sha256::new());
    wasm.precompile_compatibility_hash().hash(&mut digesting);
    digesting.0.finalize().into()
}

fn wasm_engine(options: &Options) -> wasmtime::Result<(wasmtime::Engine, Option<u32>)> {
    let mut instances = options.instances.min(slots::allowed()).max(16);
    loop {
        match wasmtime::Engine::new(config(options).allocation_strategy(pool(options, instances))) {
            Ok(engine) => return Ok((engine, Some(instances))),
            Err(_) if instances > 64 => instances -= instances / 4,
            Err(_) => return Ok((wasmtime::Engine::new(&config(options))?, None)),
        }
    }
}

fn config(options: &Options) -> Config {
    let mut config = Config::new();
    config
        // on by default, and more than doubles the price of every call
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(FIBER_STACK)
        .memory_init_cow(true)
        // nothing unwinds through guests, and some versions of libgcc look at the tables of all of them, one by one and
        // under a lock, for each frame that a panic of the host passes
        .native_unwind_info(false)
        // the same results on every machine, so that what a load has shown holds for each instance
        .relaxed_simd_deterministic(true)
        .wasm_backtrace_max_frames(if options.backtraces {
            std::num::NonZeroUsize::new(20)
        } else {
            None
        });
    config
}

fn pool(options: &Options, instances: u32) -> InstanceAllocationStrategy {
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let keep = match (scan, options.trusted) {
        // what is kept stays resident in each slot that was ever used
        (true, true) => 16 << 20,
        (true, false) => 256 << 10,
        // without the kernel's help all that is kept must be zeroed at each reset
        (false, _) => 64 << 10,
    };
    // a slot that one module has used waits for that module; with many of them, each of which comes again and
    // again in other versions, all slots would in the end hold what is kept
    let warm = if options.trusted {
        instances
    } else {
        instances.min(WARM)
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_memories(instances)
        .total_stacks(instances)
        .total_core_instances(instances.saturating_mul(4))
        .total_tables(instances.saturating_mul(4))
        .max_unused_warm_slots(warm)
        .max_memory_size(options.max_memory)
        .linear_memory_keep_resident(keep)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    InstanceAllocationStrategy::Pooling(pool)
}
