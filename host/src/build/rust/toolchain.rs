//! Which compiler: one that has the standard library of wasm.

use super::{BuildError, TARGET};
use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const NO_RUST: &str = "install Rust from https://rustup.rs, then: rustup target add wasm32-unknown-unknown";

/// The compiler for a crate in this folder; None: the one that cargo takes by itself.
///
/// Looked for, in this order: `$RUSTC` or `rustc`, `$KEMIST_TOOLCHAIN/bin/rustc`, and the compiler that `make setup`
/// made beside this program where rustup cannot add the target.
pub(super) fn compiler(folder: &Path) -> Result<Option<PathBuf>, BuildError> {
    match run("cargo", folder, &["--version"]) {
        Ok(_) => {}
        Err(ErrorKind::NotFound) => {
            return Err(BuildError::new(format!("cargo is missing: {NO_RUST}")));
        }
        Err(error) => return Err(BuildError::new(format!("cargo cannot be run ({error}): {NO_RUST}"))),
    }
    let named = env::var_os("RUSTC").filter(|name| !name.is_empty()).map(PathBuf::from);
    let usual = named.clone().unwrap_or_else(|| PathBuf::from("rustc"));
    if has_target(&usual, folder) {
        return Ok(named);
    }
    if let Some(made) = made().into_iter().find(|rustc| has_target(rustc, folder)) {
        return Ok(Some(made));
    }
    Err(BuildError::new(format!(
        "{} has no target {TARGET}: rustup target add {TARGET}; or name a compiler that has it in RUSTC, or its folder in \
         KEMIST_TOOLCHAIN",
        usual.display()
    )))
}

/// Compilers made by guest-sdk/toolchain/rust-wasm-sysroot.sh.
fn made() -> Vec<PathBuf> {
    let named = env::var_os("KEMIST_TOOLCHAIN").map(PathBuf::from);
    // target/PROFILE/kemist and target/rust-wasm
    let beside = env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.join("rust-wasm")));
    let rustc = |folder: PathBuf| std::path::absolute(folder.join("bin/rustc")).ok();
    [named, beside].into_iter().flatten().filter_map(rustc).collect()
}

fn has_target(rustc: &Path, folder: &Path) -> bool {
    let Ok(library) = run(rustc, folder, &["--print", "target-libdir", "--target", TARGET]) else {
        return false;
    };
    let Ok(files) = std::fs::read_dir(library.trim()) else {
        return false;
    };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// What it prints, in the folder of the crate, where a rust-toolchain.toml may choose another version.
fn run(program: impl AsRef<Path>, folder: &Path, arguments: &[&str]) -> Result<String, ErrorKind> {
    let done = Command::new(program.as_ref())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| e.kind())?;
    if !done.status.success() {
        return Err(ErrorKind::Other);
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
