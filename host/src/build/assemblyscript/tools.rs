//! The SDK and the compiler: unpacked from this program into a cache folder, where npm installs what the lock file
//! names, once. Later builds need no network.

use super::super::BuildError;
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The version of the compiler that the lock file names.
pub(super) const COMPILER: &str = "0.28.20";

macro_rules! package {
    ($($name:literal),+ $(,)?) => {
        /// The package, as guest-sdk/assemblyscript has it.
        const PACKAGE: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../../guest-sdk/assemblyscript/", $name)))),+
        ];
    };
}

package![
    "package.json",
    "package-lock.json",
    "build.mjs",
    "entry.ts",
    "lib/kemist.ts",
    "lib/ksr.ts",
];

/// Where things are.
pub(super) struct Tools {
    /// The SDK: `build.mjs` and what it needs.
    pub sdk: PathBuf,
    /// `node_modules/assemblyscript`.
    pub compiler: PathBuf,
    /// What the person should know about them.
    pub notes: Vec<String>,
}

impl Tools {
    /// Finds them for a source, or makes them.
    pub(super) fn find(source: &Path) -> Result<Tools, BuildError> {
        check_node()?;
        let sdk = unpack()?;
        let mut notes = Vec::new();
        let compiler = match installed_beside(source) {
            Some((compiler, version)) => {
                if version != COMPILER {
                    notes.push(format!(
                        "the compiler is AssemblyScript {version} of {}; kemist is tested with {COMPILER}",
                        compiler.display()
                    ));
                }
                compiler
            }
            None => installed(&sdk)?,
        };
        Ok(Tools { sdk, compiler, notes })
    }

    /// Runs the SDK's `build.mjs`.
    pub(super) fn compile(&self, source: &Path, out: &Path) -> Result<Output, BuildError> {
        let script = self.sdk.join("build.mjs");
        let arguments = [
            script.as_os_str(),
            self.compiler.as_os_str(),
            source.as_os_str(),
            out.as_os_str(),
        ];
        run("node", arguments, None).map_err(|e| BuildError::new(format!("node cannot be started: {e}")))
    }
}

fn run<'a>(program: &str, arguments: impl IntoIterator<Item = &'a OsStr>, folder: Option<&Path>) -> io::Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    command.output()
}

fn check_node() -> Result<(), BuildError> {
    const WANTED: &str = "install Node.js 18 or newer, with npm (Debian: apt-get install nodejs npm)";
    let output = run("node", [OsStr::new("--version")], None).map_err(|_| {
        BuildError::new(format!(
            "AssemblyScript's compiler needs node, which is not there: {WANTED}"
        ))
    })?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match major(&version) {
        Some(18..) => Ok(()),
        _ => Err(BuildError::new(format!(
            "AssemblyScript's compiler needs a newer node than {version:?}: {WANTED}"
        ))),
    }
}

/// 20 of `v20.1.0`.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// The compiler in a `node_modules` of the source's folder or one above, with its version.
fn installed_beside(source: &Path) -> Option<(PathBuf, String)> {
    source.ancestors().skip(1).find_map(|folder| {
        let compiler = folder.join("node_modules/assemblyscript");
        Some((compiler.clone(), version_of(&compiler)?))
    })
}

fn version_of(compiler: &Path) -> Option<String> {
    let text = fs::read_to_string(compiler.join("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(package.get("version")?.as_str()?.to_owned())
}

/// The package's folder, named after what is in it: another kemist has another.
fn unpack() -> Result<PathBuf, BuildError> {
    let folder = cache()?.join(format!("assemblyscript-{}", digest()));
    if folder.join("package.json").exists() {
        return Ok(folder);
    }
    let write = || -> io::Result<()> {
        let parent = folder.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        // whole or not at all: another build may look at it at any time
        let new = parent.join(format!(".assemblyscript-{}-{}", digest(), std::process::id()));
        for (name, text) in PACKAGE {
            let path = new.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&new))?;
            fs::write(path, text)?;
        }
        match fs::rename(&new, &folder) {
            Err(_) if folder.join("package.json").exists() => fs::remove_dir_all(&new),
            done => done,
        }
    };
    write().map_err(|e| {
        BuildError::new(format!(
            "{}: the AssemblyScript SDK cannot be unpacked: {e}",
            folder.display()
        ))
    })?;
    Ok(folder)
}

fn digest() -> String {
    let mut hash = Sha256::new();
    for (name, text) in PACKAGE {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cache() -> Result<PathBuf, BuildError> {
    let from = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    from("XDG_CACHE_HOME")
        .or_else(|| from("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("kemist"))
        .ok_or_else(|| BuildError::new("neither XDG_CACHE_HOME nor HOME says where compilers can be kept: set one"))
}

/// The compiler in the SDK's folder; npm installs it when it is not there.
fn installed(sdk: &Path) -> Result<PathBuf, BuildError> {
    let compiler = sdk.join("node_modules/assemblyscript");
    let done = sdk.join("installed");
    if done.exists() {
        return Ok(compiler);
    }
    let failed = |e: io::Error| BuildError::new(format!("{}: {e}", sdk.display()));
    let lock = File::create(sdk.join("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    if done.exists() {
        return Ok(compiler);
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"].map(OsStr::new);
    let output = run("npm", arguments, Some(sdk)).map_err(|_| {
        BuildError::new("AssemblyScript's compiler is installed by npm, which is not there: install npm (Debian: apt-get install npm)")
    })?;
    if !output.status.success() || version_of(&compiler).is_none() {
        let text = String::from_utf8_lossy(&output.stderr);
        let why = text
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("npm error") || line.starts_with("npm ERR!"));
        return Err(BuildError::new(format!(
            "npm cannot install AssemblyScript {COMPILER} ({}): the first build needs a package registry; run `npm ci` in {} to see more",
            why.unwrap_or("no reason given").chars().take(200).collect::<String>(),
            sdk.display()
        )));
    }
    File::create(&done).map_err(failed)?;
    Ok(compiler)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_the_compiler() {
        let text = |name: &str| PACKAGE.iter().find(|(found, _)| *found == name).unwrap().1;
        let lock: serde_json::Value = serde_json::from_str(text("package-lock.json")).unwrap();
        assert_eq!(lock["packages"]["node_modules/assemblyscript"]["version"], COMPILER);
        assert!(!text("package-lock.json").contains("\"resolved\""));
    }

    #[test]
    fn versions_of_node_are_read() {
        assert_eq!(major("v20.11.1"), Some(20));
        assert_eq!(major(""), None);
    }

    #[test]
    fn a_compiler_of_the_project_is_preferred() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("scripts/deep/route.ts");
        assert!(installed_beside(&source).is_none());
        let compiler = folder.path().join("node_modules/assemblyscript");
        fs::create_dir_all(&compiler).unwrap();
        fs::write(compiler.join("package.json"), r#"{"version":"0.27.1"}"#).unwrap();
        assert_eq!(installed_beside(&source), Some((compiler, "0.27.1".into())));
    }
}
