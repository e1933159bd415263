//! Files that were changed, swapped or opened to others, and folders that are not ours: nothing of it is ever run.

use super::*;
use std::os::unix::fs::chown;

const ID: Id = Id {
    component: [1; 32],
    engine: [2; 32],
};

fn id(component: u8, engine: u8) -> Id {
    Id {
        component: [component; 32],
        engine: [engine; 32],
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn natives(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().flatten();
    names
        .filter(|entry| entry.file_name().as_encoded_bytes().ends_with(NATIVE.as_bytes()))
        .count()
}

/// A cache in a new folder that has one file.
fn filled() -> (tempfile::TempDir, PathBuf, Cache) {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("cache");
    let cache = Cache::open(&folder, 1 << 20).unwrap();
    cache.put(&ID, b"native code").unwrap();
    (top, folder, cache)
}

#[test]
fn what_was_put_comes_out_in_this_process_and_the_next() {
    let (_top, folder, cache) = filled();
    assert_eq!(cache.take(&ID).as_deref(), Some(&b"native code"[..]));
    let again = Cache::open(&folder, 1 << 20).unwrap();
    assert_eq!(again.take(&ID).as_deref(), Some(&b"native code"[..]));
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(KEY)), 0o600);
    assert_eq!(mode(&again.path(&ID)), 0o600);
    // nothing half written is left
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    assert_eq!(cache.take(&id(3, 2)), None);
}

#[test]
fn another_engine_has_other_files() {
    let (_top, _folder, cache) = filled();
    assert_eq!(cache.take(&id(1, 3)), None);
    assert!(cache.take(&ID).is_some());
}

#[test]
fn a_file_that_was_changed_is_removed() {
    for change in [
        (|bytes: &mut Vec<u8>| bytes[3] ^= 1) as fn(&mut Vec<u8>),
        |bytes| *bytes.last_mut().unwrap() ^= 1,
        |bytes| bytes.push(0),
        |bytes| bytes.truncate(20),
        |bytes| bytes.truncate(40),
        |bytes| bytes.clear(),
        |bytes| bytes.resize(2 << 20, 0),
    ] {
        let (_top, _folder, cache) = filled();
        let path = cache.path(&ID);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.take(&ID), None);
        assert!(!path.exists());
        cache.put(&ID, b"new").unwrap();
        assert_eq!(cache.take(&ID).as_deref(), Some(&b"new"[..]));
    }
}

#[test]
fn a_file_counts_under_its_own_name_and_on_its_own_host_only() {
    let (_top, _folder, cache) = filled();
    let other = id(9, 2);
    fs::copy(cache.path(&ID), cache.path(&other)).unwrap();
    assert_eq!(cache.take(&other), None);
    // an engine whose fingerprint begins alike
    let mut alike = ID;
    alike.engine[31] = 7;
    assert_eq!(alike.name(), ID.name());
    assert_eq!(cache.take(&alike), None);
    cache.put(&ID, b"native code").unwrap();
    let (_top, _folder, elsewhere) = filled();
    fs::copy(cache.path(&ID), elsewhere.path(&ID)).unwrap();
    assert_eq!(elsewhere.take(&ID), None);
    assert!(cache.take(&ID).is_some());
}

#[test]
fn a_key_that_others_may_know_is_drawn_anew() {
    for spoil in [
        (|key: &Path| fs::set_permissions(key, Permissions::from_mode(0o644)).unwrap()) as fn(&Path),
        |key| fs::write(key, b"short").unwrap(),
        |key| fs::remove_file(key).unwrap(),
    ] {
        let (_top, folder, cache) = filled();
        let key = fs::read(folder.join(KEY)).unwrap();
        spoil(&folder.join(KEY));
        let again = Cache::open(&folder, 1 << 20).unwrap();
        assert_ne!(fs::read(folder.join(KEY)).unwrap(), key);
        assert_eq!(mode(&folder.join(KEY)), 0o600);
        assert_eq!(again.take(&ID), None);
        drop(cache);
    }
}

#[test]
fn a_folder_that_others_could_enter_begins_anew() {
    let (_top, folder, _) = filled();
    fs::set_permissions(&folder, Permissions::from_mode(0o770)).unwrap();
    let again = Cache::open(&folder, 1 << 20).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(again.take(&ID), None);
}

#[test]
fn a_folder_that_is_not_ours_is_refused() {
    let (top, folder, _) = filled();
    if chown(&folder, Some(12_345), None).is_ok() {
        let error = Cache::open(&folder, 1 << 20).err().unwrap();
        assert!(error.contains("belongs to user 12345"), "{error}");
    }
    let file = top.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Cache::open(&file, 1).err().unwrap().contains("it is no folder"));
    let missing = Cache::open(&top.path().join("a/b"), 1).err().unwrap();
    assert!(missing.contains("cannot be made"), "{missing}");
}

#[test]
fn the_least_recently_used_go_first() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("cache");
    let size = 1000 + MAC as u64;
    let cache = Cache::open(&folder, 3 * size).unwrap();
    let code = [7; 1000];
    let old = |id: &Id, seconds| {
        let file = File::open(cache.path(id)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
            .unwrap();
    };
    for number in 0..3 {
        cache.put(&id(number, 2), &code).unwrap();
        old(&id(number, 2), 1000 - u64::from(number));
    }
    // the oldest is used again
    assert!(cache.take(&id(0, 2)).is_some());
    // one that was never finished
    let left = folder.join(format!("1-1{FRESH}"));
    fs::write(&left, "x").unwrap();
    File::open(&left).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    cache.put(&id(3, 2), &code).unwrap();
    let there: Vec<bool> = (0..4).map(|number| cache.path(&id(number, 2)).exists()).collect();
    assert_eq!(there, [true, false, true, true]);
    assert!(!left.exists());
    // what can never fit is not kept, and drives nobody out
    cache.put(&id(4, 2), &[0; 5000]).unwrap();
    assert_eq!(natives(&folder), 3);
}

#[test]
fn processes_that_start_at_once_agree_on_a_key() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("cache");
    let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Cache::open(&folder, 1 << 20).unwrap().key))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}
