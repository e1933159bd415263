//! Components that are too much, in this process; the child's ways to end, played by a shell; the cache around both.

use super::process::{Ended, Job};
use super::*;
use crate::tenant::Tenant;
use crate::wasm::engine::Options;
use crate::wasm::tests::{ENGINE, guests};
use crate::wasm::{Limits, Policy, Version};
use wasm_encoder::{EntityType, ImportSection, Module, ModuleSection, Section, TypeSection};

fn compiler(limits: CompileLimits) -> Compiler {
    Compiler::new(None, None, limits)
}

fn refused(text: &str, limits: CompileLimits) -> String {
    let bytes = wat::parse_str(text).unwrap();
    let refused = compiler(limits).prepare(&ENGINE, &bytes).err();
    refused.expect("it is too much").to_string()
}

/// What a component around a module with this in it is refused for.
fn refused_core(section: &impl Section) -> String {
    let (mut module, mut component) = (Module::new(), wasm_encoder::Component::new());
    module.section(section);
    component.section(&ModuleSection(&module));
    let refused = compiler(CompileLimits::default()).prepare(&ENGINE, &component.finish());
    refused.err().expect("it is too much").to_string()
}

#[test]
fn limits_are_named_with_the_figure() {
    let functions = format!("(component (core module {}))", "(func)".repeat(30));
    let few = CompileLimits {
        functions: 29,
        ..CompileLimits::default()
    };
    assert_eq!(
        refused(&functions, few),
        "it has 30 functions; 29 are the most ([routing.compile] functions)"
    );
    let small = CompileLimits {
        size: 16,
        ..CompileLimits::default()
    };
    let line = refused(&functions, small);
    assert!(
        line.ends_with("bytes; 16 are the most ([routing.compile] size)"),
        "{line}"
    );
    let nested = format!("{}{}", "(component ".repeat(19), ")".repeat(19));
    let line = refused(&nested, CompileLimits::default());
    assert_eq!(line, "it has 17 components inside one another; 16 are the most");
    for part in ["(core module)", "(component)"] {
        let parts = part.repeat(257);
        let line = refused(&format!("(component {parts})"), CompileLimits::default());
        assert_eq!(line, "it has 257 modules and components; 256 are the most");
    }
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    for _ in 0..100_001 {
        types.ty().function([], []);
    }
    for _ in 0..20_001 {
        imports.import("a", "b", EntityType::Function(0));
    }
    let line = refused_core(&types);
    assert_eq!(line, "it has 100001 types; 100000 are the most");
    let line = refused_core(&imports);
    assert_eq!(line, "it has 20001 imports; 20000 are the most");
    // in several sections
    let several = "(core module (func)) ".repeat(40);
    let few = CompileLimits {
        functions: 39,
        ..CompileLimits::default()
    };
    assert!(refused(&format!("(component {several})"), few).contains("it has 40 functions"));
}

#[test]
fn what_compiles_elsewhere_fits_every_engine_with_these_settings() {
    let child = engine::compiling(1).unwrap();
    assert_eq!(engine::fingerprint(&child), *ENGINE.fingerprint());
    let traced = Engine::new(&Options {
        instances: 16,
        traced: true,
        backtraces: true,
        trusted: false,
        max_memory: 1 << 31,
        shared: None,
    })
    .unwrap();
    assert_eq!(traced.fingerprint(), ENGINE.fingerprint());
    let mut other = wasmtime::Config::new();
    other.epoch_interruption(false);
    let other = wasmtime::Engine::new(&other).unwrap();
    assert_ne!(engine::fingerprint(&other), *ENGINE.fingerprint());

    let bytes = guests::hostile();
    let code = native(&bytes, 1, &hex(ENGINE.fingerprint())).unwrap();
    let component = Native(code).load(&ENGINE).unwrap();
    assert!(native_size(&component) > 1000);
    assert!(native(&bytes, 1, "00").unwrap_err().to_string().contains("restart it"));
    // and wasmtime itself would notice
    let code = other.precompile_component(&bytes).unwrap();
    assert!(Native(code).load(&ENGINE).is_err());
}

#[test]
fn the_second_time_it_comes_from_the_cache() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("cache");
    let compiler = Compiler::new(None, Some(folder.clone()), CompileLimits::default());
    let bytes = guests::hostile();
    let first = compiler.prepare(&ENGINE, &bytes).unwrap();
    let again = compiler.prepare(&ENGINE, &bytes).unwrap();
    assert_eq!((first.from_cache, again.from_cache), (false, true));
    assert_eq!((first.digest, first.size), (again.digest, again.size));
    assert!(first.native > 1000 && again.native > 1000);
    let limits = Limits::default();
    let (one, two) = (
        Version::of(&ENGINE, first, limits.clone(), Policy::Reuse, Tenant::operator()).unwrap(),
        Version::of(&ENGINE, again, limits, Policy::Reuse, Tenant::operator()).unwrap(),
    );
    use crate::route::Routing;
    assert_eq!(one.callbacks(), two.callbacks());
    assert_eq!(one.label(), two.label());
    // damaged: compiled again, and kept again
    let kept = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path());
    let kept = kept.filter(|path| path.extension().is_some()).collect::<Vec<_>>();
    let [file] = kept.as_slice() else { panic!("{kept:?}") };
    std::fs::write(file, "damaged").unwrap();
    assert!(!compiler.prepare(&ENGINE, &bytes).unwrap().from_cache);
    assert!(compiler.prepare(&ENGINE, &bytes).unwrap().from_cache);
    // limits hold for what is kept too
    let small = CompileLimits {
        size: 100,
        ..CompileLimits::default()
    };
    let compiler = Compiler::new(None, Some(folder), small);
    assert!(compiler.prepare(&ENGINE, &bytes).is_err());
}

#[test]
fn a_cache_that_cannot_be_used_costs_time_only() {
    let compiler = Compiler::new(None, Some("/proc/none".into()), CompileLimits::default());
    assert!(compiler.prepare(&ENGINE, &guests::hostile()).is_ok());
}

fn shell(script: &'static str, input: &[u8], millis: u64) -> Ended {
    let mut job = Job::new(Path::new("/bin/sh"), "-c", input, Duration::from_millis(millis));
    job.argument(script);
    job.most = 4 << 20;
    job.run()
}

#[test]
fn a_child_may_end_in_every_way() {
    let input: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
    let minute = 60_000;
    assert!(matches!(shell("cat", &input, minute), Ended::Done(output) if output == input));
    let noise = "cat >/dev/null; i=0; while [ $i -lt 3000 ]; do echo much noise without any meaning at all >&2; i=$((i+1)); done; echo x";
    assert!(matches!(shell(noise, &input, minute), Ended::Done(output) if output == b"x\n"));
    // it reads nothing
    let refused = shell("echo 'kemist: it is wrong\n here' >&2; exit 1", &input, minute);
    assert!(
        matches!(&refused, Ended::Refused(line) if line == "it is wrong here"),
        "{refused:?}"
    );
    for script in ["kill -XCPU $$", "ulimit -c 0; kill -s XCPU $$"] {
        assert!(matches!(shell(script, &input, minute), Ended::OutOfTime));
    }
    let starved = shell(
        "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$",
        &input,
        minute,
    );
    assert!(matches!(starved, Ended::OutOfMemory), "{starved:?}");
    let died = shell("echo panicked >&2; exit 101", &input, minute);
    assert!(
        matches!(&died, Ended::Died(how) if how == "ended with 101: panicked"),
        "{died:?}"
    );
    let died = shell("kill -SEGV $$", &input, minute);
    assert!(
        matches!(&died, Ended::Died(how) if how.contains("signal 11")),
        "{died:?}"
    );
    assert!(matches!(shell("exec cat /dev/zero", &input, minute), Ended::TooMuch(_)));
    let mut missing = Job::new(Path::new("/nowhere/kemist"), "x", &[], Duration::from_secs(9));
    missing.argument("y");
    assert!(matches!(missing.run(), Ended::NotStarted(_)));
}

#[test]
fn a_child_that_does_not_end_is_ended() {
    let input = vec![0; 1 << 20];
    assert!(matches!(shell("exec sleep 1000", &input, 50), Ended::OutOfPatience));
    let closed = shell("exec >&- 2>&-; exec sleep 1000", &input, 50);
    assert!(matches!(closed, Ended::OutOfPatience), "{closed:?}");
}

#[test]
fn a_child_that_gets_nothing_is_told_apart() {
    let run = |script| {
        let mut job = Job::new(Path::new("/bin/sh"), "-c", b"", Duration::from_secs(60));
        job.argument(script);
        job.may_starve = true;
        job.run()
    };
    // to one that sleeps nobody gives time either
    assert!(matches!(run("exec sleep 1000"), Ended::Starved));
    assert!(matches!(run("echo done"), Ended::Done(_)));
}

#[test]
fn a_child_has_no_environment() {
    let Ended::Done(said) = shell("exec cat /proc/self/environ", b"", 60_000) else {
        panic!("cat is everywhere")
    };
    let said = String::from_utf8_lossy(&said);
    let foreign: Vec<_> = said
        .split('\0')
        .filter(|entry| {
            !entry.is_empty()
                && !["PWD=", "SHLVL=", "_=", "RAYON_NUM_THREADS=1", "MIMALLOC_ARENA_RESERVE="]
                    .iter()
                    .any(|name| entry.starts_with(name))
        })
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn the_end_of_a_child_is_one_line_with_its_limit() {
    let compiler = compiler(CompileLimits::default());
    for (ended, line) in [
        (
            Ended::OutOfTime,
            "compiling it took longer than 60s ([routing.compile] time)",
        ),
        (
            Ended::OutOfMemory,
            "compiling it needs more than 2048 MiB of memory ([routing.compile] memory)",
        ),
        (
            Ended::TooMuch(3 << 20),
            "compiling it makes more than 3 MiB, which is out of all proportion",
        ),
        (
            Ended::Died("ended".to_owned()),
            "compiling it failed: the process ended",
        ),
    ] {
        assert_eq!(compiler.ended(ended, "compiling it").unwrap_err().to_string(), line);
    }
}

#[test]
fn scenarios_are_played_where_there_are_any() {
    let plain = guests::hostile();
    assert_eq!(compiler(CompileLimits::default()).run_scenarios(&plain), Ok(None));
    let file = crate::wasm::carried::File {
        name: "tests/a.toml".to_owned(),
        text: String::new(),
    };
    let carried = Carried {
        config: String::new(),
        files: vec![file],
    };
    let carrying = carried.put_into(&plain).unwrap();
    assert!(compiler(CompileLimits::default()).run_scenarios(&carrying).is_err());
    let play: Play = |_| Err("tests/a.toml:1: wrong".to_owned());
    let error = compiler(CompileLimits::default())
        .playing(play)
        .run_scenarios(&carrying);
    assert_eq!(error.unwrap_err().to_string(), "tests/a.toml:1: wrong");
    let play: Play = |_| Ok(1);
    let top = tempfile::tempdir().unwrap();
    let kept = Compiler::new(None, Some(top.path().join("cache")), CompileLimits::default());
    assert_eq!(kept.clone().playing(play).run_scenarios(&carrying), Ok(Some(1)));
    // what passed is not played again
    let play: Play = |_| Err("again".to_owned());
    assert_eq!(kept.clone().playing(play).run_scenarios(&carrying), Ok(Some(1)));
    let other = Carried {
        config: "workers = 1".to_owned(),
        ..carried
    };
    let other = other.put_into(&plain).unwrap();
    assert!(kept.playing(play).run_scenarios(&other).is_err());
}
