//! A folder below `.rustworthy/worktrees` that one living process has to itself.
//!
//! Its file `lock` is locked while that process lives, however it ends. Whoever can lock it may thus remove the rest.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind::AlreadyExists, ErrorKind::NotFound};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";

/// How often a folder may vanish while it is being claimed.
const ATTEMPTS: usize = 100;

/// A folder of one's own. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Slot {
    folder: PathBuf,
    /// Held open for its lock.
    _lock: File,
}

impl Slot {
    /// The first free one of the folders that are numbered after that name. All have names of one length: the length of a path
    /// shifts what lies behind it in memory.
    pub(super) fn first_free(slots: &Path, name: &str) -> io::Result<Self> {
        for number in 0..ATTEMPTS {
            if let Some(slot) = Self::claim(slots.join(format!("{name}-{number:02}")))? {
                return Ok(slot);
            }
        }
        Err(io::Error::other(format!("{ATTEMPTS} other runs have a folder there")))
    }

    /// What processes that have ended left behind, each claimed; what can't be claimed isn't among it.
    pub(super) fn leftovers(slots: &Path) -> impl Iterator<Item = Self> {
        let entries = fs::read_dir(slots).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.filter_map(|folder| Self::claim(folder.path()).ok().flatten())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder and locks it; `None` when a living process has it.
    fn claim(folder: PathBuf) -> io::Result<Option<Self>> {
        let path = folder.join(LOCK);
        for _ in 0..ATTEMPTS {
            // Whoever had it before may be removing it right now: a folder that was there when it was to be made, and no longer
            // when that was looked at, is told as one that exists already.
            let lock = fs::create_dir_all(&folder)
                .and_then(|()| OpenOptions::new().create(true).truncate(false).write(true).open(&path));
            let lock = match lock {
                Ok(lock) => lock,
                Err(error) if matches!(error.kind(), NotFound | AlreadyExists) => continue,
                Err(error) => return Err(error),
            };
            match lock.try_lock() {
                Ok(()) if is_at(&lock, &path) => return Ok(Some(Self { folder, _lock: lock })),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Removes everything in it but its lock.
    fn clear(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            // What can't be removed is left to the next run.
            let _ = match is_folder {
                _ if entry.file_name() == LOCK => Ok(()),
                true => fs::remove_dir_all(entry.path()),
                false => fs::remove_file(entry.path()),
            };
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.clear();
        // The lock goes last: once it's gone the folder is anybody's, and is removed only if nobody has come.
        let _ = fs::remove_file(self.folder.join(LOCK));
        let _ = fs::remove_dir(&self.folder);
        let _ = self.folder.parent().map(fs::remove_dir);
    }
}

/// Whether the file is still the one at the path.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(file), Ok(there)) => (file.dev(), file.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_has_a_number_and_a_name_of_one_length() {
        let folder = tempfile::tempdir().unwrap();
        let slots = folder.path().join("slots");
        let name = |slot: &Slot| slot.folder().file_name().unwrap().to_str().unwrap().to_owned();
        let first = Slot::first_free(&slots, "a").unwrap();
        let second = Slot::first_free(&slots, "a").unwrap();
        assert_eq!((name(&first), name(&second)), ("a-00".to_owned(), "a-01".to_owned()));
        drop(first);
        assert_eq!(name(&Slot::first_free(&slots, "a").unwrap()), "a-00");
        drop(second);
        assert!(!slots.exists());
    }

    #[test]
    fn only_what_nobody_holds_is_a_leftover() {
        let folder = tempfile::tempdir().unwrap();
        let held = Slot::first_free(folder.path(), "held").unwrap();
        fs::create_dir_all(folder.path().join("dead/tree")).unwrap();
        fs::write(folder.path().join("dead/lock"), "").unwrap();
        for leftover in Slot::leftovers(folder.path()) {
            assert_eq!(leftover.folder(), folder.path().join("dead"));
        }
        assert!(held.folder().exists() && !folder.path().join("dead").exists());
    }

    #[test]
    fn threads_that_claim_and_remove_the_same_folder_never_share_it() {
        let folder = tempfile::tempdir().unwrap();
        let slots = folder.path().join("slots");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let slot = Slot::first_free(&slots, "a").unwrap();
                        fs::create_dir(slot.folder().join("mine")).unwrap();
                        assert!(slot.folder().join("mine").exists());
                    }
                });
            }
        });
        assert!(!slots.exists());
    }
}
