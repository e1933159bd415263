//! What a version in JavaScript costs that serves nobody at the moment: private memory of a process with one, and with many
//! more of other scripts, all from the cache.

use kemist::build;
use kemist::tenant::Tenant;
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Policy, Version, maintain, pool};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Versions beyond the first.
const MORE: usize = 50;
const ARGUMENT: &str = "--idle-versions";

/// Builds the scripts, and has a process say what they cost.
pub fn print(source: &Path) {
    let folder = std::env::temp_dir().join(format!("kemist-bench-idle-{}", std::process::id()));
    if let Err(error) = asked(source, &folder) {
        println!("    idle versions: left out: {error}");
    }
    let _ = std::fs::remove_dir_all(folder);
}

fn asked(source: &Path, folder: &Path) -> Result<(), String> {
    let fault = |e: std::io::Error| e.to_string();
    std::fs::create_dir(folder).map_err(fault)?;
    let text = std::fs::read_to_string(source.join("route.js")).map_err(fault)?;
    let engine = engine()?;
    for number in 0..=MORE {
        let script = folder.join("route.js");
        std::fs::write(&script, format!("{text}\nconst number = {number};\n")).map_err(fault)?;
        let built = build::build(&script, None).map_err(|e| e.to_string())?;
        compiler(folder)
            .prepare(&engine, &built.component)
            .map_err(|e| e.to_string())?;
        std::fs::write(folder.join(format!("{number}.wasm")), built.component).map_err(fault)?;
    }
    let program = std::env::current_exe().map_err(fault)?;
    let status = Command::new(program)
        .arg(ARGUMENT)
        .arg(folder)
        .status()
        .map_err(fault)?;
    if status.success() {
        Ok(())
    } else {
        Err(status.to_string())
    }
}

/// The process that loads them; false where this is none.
pub fn is_asked() -> bool {
    let mut arguments = std::env::args_os().skip_while(|argument| argument != ARGUMENT);
    let Some(folder) = arguments.nth(1) else { return false };
    let engine = engine().expect("an engine");
    let mut versions = Vec::new();
    let load = |number: usize| {
        let component = std::fs::read(Path::new(&folder).join(format!("{number}.wasm"))).expect("it was written");
        let prepared = compiler(Path::new(&folder))
            .prepare(&engine, &component)
            .expect("it was compiled");
        assert!(prepared.from_cache, "it was compiled for this engine");
        Version::of(&engine, prepared, Limits::default(), Policy::Fresh, Tenant::operator()).expect("it links")
    };
    let before = private();
    versions.push(load(0));
    let first = private();
    versions.extend((1..=MORE).map(load));
    let all = private();
    let limits = Limits::default();
    for version in &versions[1..=10] {
        pool::warm(version);
    }
    maintain();
    let warm = private();
    println!(
        "    idle: {} KiB of private memory for the first version, {:.1} KiB for each of {MORE} more, {:.0} KiB for each instance in \
         reserve",
        first.saturating_sub(before),
        all.saturating_sub(first) as f64 / MORE as f64,
        warm.saturating_sub(all) as f64 / (10 * limits.ready) as f64,
    );
    true
}

fn engine() -> Result<Arc<Engine>, String> {
    let options = Options {
        instances: 200,
        shared: Some(build::shared),
        ..Options::default()
    };
    Engine::new(&options).map_err(|e| format!("{e:#}"))
}

fn compiler(folder: &Path) -> Compiler {
    Compiler::new(None, Some(folder.join("cache")), CompileLimits::default())
}

/// KiB that this process alone has.
fn private() -> u64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux says so");
    let lines = text.lines().filter(|line| line.starts_with("Private_"));
    lines
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum()
}
