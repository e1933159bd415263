//! The program, a folder, and what a run of one in the other says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use tempfile::TempDir;

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("host/ lies in the repository")
        .to_path_buf()
}

/// The compiler that guests are built with here.
pub fn rustc() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| {
        let found = Command::new(root().join("guest-sdk/toolchain/wasm-rustc.sh"))
            .output()
            .expect("guest-sdk/toolchain/wasm-rustc.sh runs");
        String::from_utf8_lossy(&found.stdout).trim().to_owned()
    });
    &PATH
}

/// A folder to write routing in.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Desk {
        Desk(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file in the folder")).expect("our folder");
        fs::write(path, content).expect("our folder");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a text in our folder")
    }

    /// A crate with this `src/lib.rs`.
    pub fn crate_with(&self, name: &str, source: &str) {
        let sdk = root().join("guest-sdk/rust");
        self.write(
            &format!("{name}/Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
                 [lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\nksr = {{ path = {sdk:?} }}\n"
            ),
        );
        self.write(&format!("{name}/src/lib.rs"), source);
    }

    /// The program, in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kemist"));
        for name in [
            "KEMIST_LISTEN",
            "KEMIST_DATABASE_URL",
            "KEMIST_LOG",
            "KEMIST_TOOLCHAIN",
            "CARGO_TARGET_DIR",
        ] {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.0.path()).env("RUSTC", rustc());
        command
    }

    /// Runs it; it must succeed. What it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("it starts");
        assert!(
            status.success(),
            "kemist {arguments:?}: {status}\n{}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8(stdout).expect("it prints UTF-8")
    }

    /// Runs it; it must be refused with exit code 1. The last line of standard error without the program's name.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("it starts");
        let stderr = String::from_utf8_lossy(&stderr);
        assert_eq!(
            status.code(),
            Some(1),
            "kemist {arguments:?}\n{}{stderr}",
            String::from_utf8_lossy(&stdout)
        );
        let last = stderr.lines().last().expect("it says why");
        last.strip_prefix("kemist: ").expect(last).to_owned()
    }
}
