//! Native code that was compiled before, in a folder of our own. Whoever can write native code that we run can do what we
//! can: nobody but our user may enter the folder, and each file carries a MAC under a key that lies there too, so that a
//! file which was damaged, swapped or copied from another host is compiled anew and never run.

use super::compile::hex;
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use sha2::Sha256;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// The key's file.
const KEY: &str = "key";
/// How the names of files with native code end, and of those that are being written.
const NATIVE: &str = ".native";
const FRESH: &str = ".new";

/// Bytes of a MAC, at the end of each file.
const MAC: usize = 32;

/// What the MAC covers begins with this: the key is for nothing else.
const PURPOSE: &[u8] = b"kemist native code 1\0";

/// Files that are put without looking at what others did meanwhile.
const UNSEEN: u32 = 200;
/// Where files have to go, a part of this size goes, so that it is not looked for at each file.
const AT_ONCE: u64 = 32;

/// A file that was being written for so long never will be.
const STALE: Duration = Duration::from_secs(3600);

/// A folder of native code.
pub(super) struct Cache {
    folder: PathBuf,
    key: [u8; 32],
    most: u64,
    listed: Mutex<Listed>,
}

/// What the folder held when it was last listed, and what was put since: listing it for each file would cost the more,
/// the more files there are.
#[derive(Default)]
struct Listed {
    bytes: u64,
    /// Files that may still be put before it is listed again: other processes put and remove some too.
    left: u32,
}

/// Of which component, for which engine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id {
    /// SHA-256 of the component.
    pub component: [u8; 32],
    /// The engine's fingerprint: wasmtime, settings, processor.
    pub engine: [u8; 32],
}

impl Id {
    fn name(&self) -> String {
        format!("{}-{}{NATIVE}", hex(&self.component), hex(&self.engine[..8]))
    }
}

impl Cache {
    /// Opens a folder, which is made where it is missing, for at most so many bytes.
    ///
    /// What others could read or write is taken from them, and the key is drawn anew: nothing there is trusted any more.
    ///
    /// # Errors
    /// One line, where the folder is not ours or cannot be used.
    pub fn open(folder: &Path, most: u64) -> Result<Cache, String> {
        let wrong = |what: &str, error: io::Error| format!("{}: {what}: {error}", folder.display());
        // only the last folder: one that is missing above it is a slip
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(wrong("cannot be made", error)),
            _ => {}
        }
        let found = fs::metadata(folder).map_err(|e| wrong("cannot be read", e))?;
        if !found.is_dir() {
            return Err(format!("{}: it is no folder; name another one", folder.display()));
        }
        let us = nix::unistd::geteuid().as_raw();
        if found.uid() != us {
            let (name, owner) = (folder.display(), found.uid());
            return Err(format!(
                "{name}: it belongs to user {owner}, and this is user {us}; name another folder"
            ));
        }
        let open = found.mode() & 0o077 != 0;
        if open {
            fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(|e| wrong("cannot be closed", e))?;
            tracing::warn!(
                "[routing] cache: {}: others could enter it (mode {:o}): it is ours alone now, and begins anew",
                folder.display(),
                found.mode() & 0o777
            );
        }
        let key = key(folder, us, open).map_err(|e| wrong("its key", e))?;
        Ok(Cache {
            folder: folder.to_path_buf(),
            key,
            most,
            listed: Mutex::default(),
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Is there a file of it?
    pub fn has(&self, id: &Id) -> bool {
        self.path(id).exists()
    }

    /// The native code of a component, read and authenticated; a file that is not authentic is removed.
    pub fn take(&self, id: &Id) -> Option<Vec<u8>> {
        let path = self.path(id);
        match self.read(id, &path) {
            Ok(native) => native,
            Err(why) => {
                tracing::warn!(
                    "[routing] cache: {}: {why}: it is removed and compiled again",
                    path.display()
                );
                self.remove(id);
                None
            }
        }
    }

    fn read(&self, id: &Id, path: &Path) -> Result<Option<Vec<u8>>, String> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let size = file.metadata().map_err(|e| e.to_string())?.len();
        if size > self.most {
            return Err(format!("it has {size} bytes"));
        }
        let mut bytes = Vec::with_capacity(size as usize + 1);
        let read = (&mut file).take(self.most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|e| e.to_string())?;
        let length = bytes.len().checked_sub(MAC).ok_or("it is cut short")?;
        let (native, mac) = bytes.split_at(length);
        self.mac(id, native)
            .verify_slice(mac)
            .map_err(|_| "it is not what this host wrote")?;
        bytes.truncate(length);
        // when it was used last; a clock that cannot be set only makes it go earlier
        let _ = file.set_modified(SystemTime::now());
        Ok(Some(bytes))
    }

    /// Keeps native code, whole or not at all. Others go where there is no room.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put(&self, id: &Id, native: &[u8]) -> io::Result<()> {
        let size = (native.len() + MAC) as u64;
        if size > self.most {
            return Ok(());
        }
        self.make_room(size);
        let fresh = fresh(&self.folder);
        let mac = self.mac(id, native).finalize().into_bytes();
        let written = write(&fresh, &[native, &mac]).and_then(|()| fs::rename(&fresh, self.path(id)));
        written.inspect_err(|_| drop(fs::remove_file(&fresh)))
    }

    /// Removes the native code of a component.
    pub fn remove(&self, id: &Id) {
        let path = self.path(id);
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("[routing] cache: {}: cannot be removed: {error}", path.display());
        }
    }

    fn path(&self, id: &Id) -> PathBuf {
        self.folder.join(id.name())
    }

    fn mac(&self, id: &Id, native: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key may have any length (RFC 2104)");
        mac.update(PURPOSE);
        mac.update(&id.component);
        mac.update(&id.engine);
        mac.update(native);
        mac
    }

    /// Sees to it that there is room for a file of this size.
    fn make_room(&self, size: u64) {
        let mut listed = self.listed.lock();
        if listed.left == 0 || listed.bytes + size > self.most {
            let bytes = self.evict(self.most - size);
            *listed = Listed { bytes, left: UNSEEN };
        }
        listed.left -= 1;
        listed.bytes += size;
    }

    /// Leaves at most so many bytes, and says how many: the files that were not used for longest go, and those that
    /// nobody finished.
    fn evict(&self, most: u64) -> u64 {
        let now = SystemTime::now();
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            let Ok(found) = entry.metadata() else { continue };
            let used = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if name.ends_with(FRESH.as_bytes()) {
                if now.duration_since(used).is_ok_and(|age| age > STALE) {
                    let _ = fs::remove_file(entry.path());
                }
            } else if name.ends_with(NATIVE.as_bytes()) {
                files.push((used, found.len(), entry.path()));
            }
        }
        files.sort();
        let mut sum: u64 = files.iter().map(|(_, size, _)| size).sum();
        let aim = if sum > most { most - most / AT_ONCE } else { most };
        for (_, size, path) in files {
            if sum <= most && sum.saturating_sub(size) < aim {
                break;
            }
            // another process may have been faster
            let _ = fs::remove_file(path);
            sum -= size;
        }
        sum
    }
}

/// The folder's key; a new one where there is none that only we can know.
fn key(folder: &Path, us: u32, anew: bool) -> io::Result<[u8; 32]> {
    let path = folder.join(KEY);
    if anew {
        remove(&path)?;
    }
    // twice at most: another process may draw one at the same time
    for _ in 0..3 {
        match File::open(&path) {
            Ok(mut file) => {
                let found = file.metadata()?;
                let mut text = Vec::new();
                (&mut file).take(64).read_to_end(&mut text)?;
                if let Ok(key) = <[u8; 32]>::try_from(text)
                    && found.uid() == us
                    && found.mode() & 0o077 == 0
                {
                    return Ok(key);
                }
                let name = path.display();
                tracing::warn!("[routing] cache: {name}: no key, or one that others may know: a new one is drawn");
                remove(&path)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let fresh = fresh(folder);
        // a link is made only where there is nothing: the first one wins, and is whole
        let made = write(&fresh, &[&key]).and_then(|()| fs::hard_link(&fresh, &path));
        let _ = fs::remove_file(&fresh);
        match made {
            Ok(()) => return Ok(key),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("another process changes it again and again"))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A name that nobody else uses, in this process or another.
fn fresh(folder: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!("{}-{number}{FRESH}", std::process::id()))
}

fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    // one that a process with our number left behind
    remove(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))
}

#[cfg(test)]
mod tests;
