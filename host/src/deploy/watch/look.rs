//! What a module is made of, as its files are at one moment. Two looks that differ mean that somebody has saved.

use crate::build::Language;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A script that lies in somebody's home is not a reason to read all of it.
const MAX_FOLDERS: usize = 256;
const MAX_FILES: usize = 4096;

/// The files of a module, and the folders that they are in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    files: BTreeMap<PathBuf, Stamp>,
    folders: BTreeSet<PathBuf>,
    there: bool,
}

/// What changes with a file's content, whoever writes it and however.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    inode: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    /// A component is one file; a source is what its language would read in the folder.
    pub(super) fn at(module: &Path) -> Look {
        let mut look = Look {
            there: module.exists(),
            ..Look::default()
        };
        let folder = match module.parent() {
            _ if module.is_dir() => module,
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        match Language::of(module) {
            Some(language) => look.walk(folder, language),
            None => {
                look.folders.insert(folder.to_path_buf());
                look.add(module.to_path_buf());
            }
        }
        look
    }

    /// The folders in which something may change.
    pub(super) fn folders(&self) -> &BTreeSet<PathBuf> {
        &self.folders
    }

    /// Is the module there at all? Some editors take it away before they put it back.
    pub(super) fn is_there(&self) -> bool {
        self.there
    }

    /// Is this one of the files?
    pub(super) fn has(&self, file: &Path) -> bool {
        self.files.contains_key(file)
    }

    fn walk(&mut self, top: &Path, language: Language) {
        let mut next = vec![top.to_path_buf()];
        while let Some(folder) = next.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let (name, path) = (entry.file_name(), entry.path());
                // a link to a folder is not followed: it may lead back here
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    if is_source_folder(&name) && next.len() + self.folders.len() + 1 < MAX_FOLDERS {
                        next.push(path);
                    }
                } else if self.files.len() < MAX_FILES && is_source(&name, &folder, top, language) {
                    self.add(path);
                }
            }
            self.folders.insert(folder);
        }
    }

    fn add(&mut self, path: PathBuf) {
        if let Ok(found) = fs::metadata(&path)
            && found.is_file()
        {
            self.files.insert(path, Stamp::of(&found));
        }
    }
}

impl Stamp {
    fn of(found: &Metadata) -> Stamp {
        Stamp {
            size: found.len(),
            inode: found.ino(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

fn is_source_folder(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    !name.starts_with('.') && !["target", "node_modules"].contains(&&*name)
}

/// Whether a file is one that the language reads: not a backup of an editor, not what the proxy keeps beside it.
fn is_source(name: &OsStr, folder: &Path, top: &Path, language: Language) -> bool {
    let Some(name) = name.to_str() else { return false };
    let is_leftover = name.starts_with(['.', '#']) || name.ends_with(['~', '#']) || name == "4913";
    let Some((_, ending)) = name.rsplit_once('.').filter(|_| !is_leftover) else {
        return false;
    };
    match language {
        // a script's folder also has the configuration and the database
        Language::JavaScript => ["js", "mjs", "cjs", "json"].contains(&ending),
        Language::AssemblyScript => ["ts", "json"].contains(&ending),
        // include_str! reads files of any name
        Language::Rust => {
            let is_ours = folder == top && name == "kemist.toml";
            let kept = [
                "db",
                "db-wal",
                "db-shm",
                "db-journal",
                "sock",
                "log",
                "wasm",
                "swp",
                "swo",
                "swx",
                "tmp",
                "bak",
            ];
            !is_ours && !kept.contains(&ending)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk(tempfile::TempDir);

    impl Desk {
        fn new() -> Desk {
            Desk(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
            fs::write(self.path(name), text).unwrap();
        }

        /// Whether a look at the module sees what happens.
        fn sees(&self, module: &str, happens: impl FnOnce()) -> bool {
            let before = Look::at(&self.path(module));
            happens();
            Look::at(&self.path(module)) != before
        }
    }

    #[test]
    fn every_way_to_save_is_seen() {
        let desk = Desk::new();
        desk.write("route.js", "1");
        desk.write("other.js", "2");
        assert!(!desk.sees("route.js", || {}));
        assert!(desk.sees("route.js", || desk.write("route.js", "12")));
        // a new file in the place of the old, of the same size and time
        let time = fs::metadata(desk.path("route.js")).unwrap().modified().unwrap();
        desk.write("fresh", "34");
        let fresh = fs::File::options().append(true).open(desk.path("fresh")).unwrap();
        fresh.set_modified(time).unwrap();
        assert!(desk.sees("route.js", || {
            fs::rename(desk.path("fresh"), desk.path("route.js")).unwrap()
        }));
        assert!(desk.sees("route.js", || fs::remove_file(desk.path("other.js")).unwrap()));
        assert!(desk.sees("route.js", || desk.write("lib/more.js", "3")));
        assert!(desk.sees("route.js", || fs::remove_file(desk.path("route.js")).unwrap()));
    }

    #[test]
    fn what_is_beside_a_script_is_not_its_source() {
        let desk = Desk::new();
        desk.write("route.js", "1");
        for name in [
            "kemist.toml",
            "kemist.db",
            "kemist.db-wal",
            ".route.js.swp",
            ".#route.js",
            "#route.js#",
            "route.js~",
            "4913",
            ".git/x.js",
            "node_modules/a/index.js",
            "target/x.js",
            "README.md",
            "route.wasm",
        ] {
            desk.write(&format!("{}.x", name), "");
            let parent = desk.path(name).parent().unwrap().to_path_buf();
            fs::create_dir_all(parent).unwrap();
            assert!(!desk.sees("route.js", || desk.write(name, "changed")), "{name}");
        }
    }

    #[test]
    fn a_component_is_one_file() {
        let desk = Desk::new();
        desk.write("m.wasm", "1");
        assert!(!desk.sees("m.wasm", || desk.write("other.wasm", "2")));
        assert!(desk.sees("m.wasm", || desk.write("m.wasm", "22")));
        assert_eq!(Look::at(&desk.path("m.wasm")).folders().len(), 1);
        // relative to the working folder
        assert!(Look::at(Path::new("m.wasm")).folders().contains(Path::new(".")));
    }

    #[test]
    fn crates_are_what_cargo_reads() {
        let desk = Desk::new();
        desk.write("mine/Cargo.toml", "");
        desk.write("mine/src/lib.rs", "");
        for name in [
            "mine/src/lib.rs",
            "mine/src/deep/er.rs",
            "mine/Cargo.toml",
            "mine/Cargo.lock",
            "mine/greeting.txt",
        ] {
            assert!(desk.sees("mine", || desk.write(name, "changed")), "{name}");
        }
        for name in [
            "mine/target/release/x.d",
            "mine/kemist.toml",
            "mine/kemist.db-wal",
            "mine/.idea/x.xml",
            "mine/out.wasm",
        ] {
            assert!(!desk.sees("mine", || desk.write(name, "changed")), "{name}");
        }
        desk.write("as/route.ts", "");
        assert!(desk.sees("as", || desk.write("as/lib/x.ts", "changed")));
        assert!(!desk.sees("as", || desk.write("as/kemist.db", "changed")));
    }

    #[test]
    fn huge_folders_and_loops_have_an_end() {
        let desk = Desk::new();
        desk.write("route.js", "1");
        for number in 0..300 {
            desk.write(&format!("d{number}/x.js"), "");
        }
        std::os::unix::fs::symlink(desk.path(""), desk.path("loop")).unwrap();
        let look = Look::at(&desk.path("route.js"));
        assert!(look.folders().len() <= MAX_FOLDERS, "{}", look.folders().len());
        assert!(look.files.contains_key(&desk.path("route.js")));
    }
}
