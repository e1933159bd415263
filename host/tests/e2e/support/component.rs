//! Routing components, built from their sources once and kept beside the test binaries.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("host/ lies in the repository")
        .to_path_buf()
}

/// The component built from a Cargo folder of the repository, such as `examples/basic/rust`.
///
/// Tests run in threads or in processes, and all want the same one: a lock file lets the first
/// build it; cargo finds out that there is nothing to do for the others. A script is built again only
/// when it, or the program with the SDKs in it, has changed.
pub fn component(source: &str) -> PathBuf {
    component_of(&root().join(source), &source.replace('/', "-"))
}

/// The component built from a source anywhere, kept under this name.
pub fn component_of(source: &Path, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("components");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let output = folder.join(format!("{name}.wasm"));
    let lock = File::create(folder.join("lock")).expect("the target folder can be written");
    lock.lock().expect("a lock on a file of our own");
    if source.ends_with("javascript") {
        engines();
    }
    if is_fresh_script(source, &output) {
        return output;
    }
    let built = Command::new(env!("CARGO_BIN_EXE_kemist"))
        .arg("build")
        .arg(source)
        .arg("-o")
        .arg(&output)
        .env("RUSTC", rustc())
        .env("KEMIST_GUEST_TARGET", root().join("target/guests"))
        .output()
        .expect("the program starts");
    assert!(
        built.status.success(),
        "building {}:\n{}",
        source.display(),
        String::from_utf8_lossy(&built.stderr)
    );
    output
}

/// The compiler that guests are built with here.
pub fn rustc() -> String {
    let found = Command::new(root().join("guest-sdk/toolchain/wasm-rustc.sh"))
        .output()
        .expect("guest-sdk/toolchain/wasm-rustc.sh runs");
    String::from_utf8_lossy(&found.stdout).trim().to_owned()
}

/// Builds the engines of interpreted languages, where a source of theirs has changed.
pub fn engines() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(folder.join("engines.lock")).expect("the target folder can be written");
    lock.lock().expect("a lock on a file of our own");
    let target = folder.parent().expect("the folder lies in the target folder");
    let built = Command::new(root().join(".ci/engines"))
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect(".ci/engines runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

fn is_fresh_script(source: &Path, output: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    if source.join("Cargo.toml").exists() {
        return false;
    }
    let Some(built) = changed(output) else {
        return false;
    };
    let older = |path: &Path| changed(path).is_some_and(|at| at < built);
    let files = fs::read_dir(source).expect("the source is a folder");
    older(Path::new(env!("CARGO_BIN_EXE_kemist"))) && files.flatten().all(|file| older(&file.path()))
}
