//! Lists the files of `guest-sdk` that `kemist new` writes, so that the program carries them: no list is kept by hand.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folders of `guest-sdk` that are carried.
const FOLDERS: [&str; 4] = ["assemblyscript", "javascript", "rust", "templates"];
/// What tools leave in them, and lock files of our own tests.
const SKIPPED: [&str; 4] = ["target", "node_modules", "Cargo.lock", ".git"];

fn main() -> io::Result<()> {
    let sdk = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../guest-sdk");
    let mut files = Vec::new();
    for folder in FOLDERS {
        let folder = sdk.join(folder);
        if folder.is_dir() {
            walk(&folder, &mut files)?;
        }
    }
    files.sort();
    let mut text = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&sdk).unwrap_or(file).display().to_string();
        let _ = writeln!(
            text,
            "    ({name:?}, include_bytes!({:?})),",
            file.display().to_string()
        );
    }
    text.push_str("]\n");
    fs::write(Path::new(&variable("OUT_DIR")).join("sdk.rs"), text)
}

fn variable(name: &str) -> String {
    // cargo sets both for every build script
    env::var(name).unwrap_or_default()
}

/// Every file below; cargo looks at the folder again when something in it changed.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if SKIPPED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
