//! What cargo has built, kept between runs and shared by revisions.
//!
//! Cargo knows the crates of a workspace by their place in it, wherever the workspace lies, and takes what it has built
//! for fresh unless a source is newer. Two checkouts would thus get each other's programs: the one that was made before
//! the other was built has older sources. So sources are made new before each build, and the crates of the workspace
//! are always compiled. What they depend on, which is most of it, is not.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::error::RevisionError;

/// Waits until no other run builds in the folder `target`, and keeps others waiting until the file is dropped.
pub(super) fn lock(target: &Path, cancel: &AtomicBool) -> Result<File, RevisionError> {
    let path = target.join(".rustworthy-lock");
    let unwritable = |source: io::Error| RevisionError::Unwritable { path: path.clone(), source };
    fs::create_dir_all(target).map_err(unwritable)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(unwritable)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(unwritable(source)),
            Err(TryLockError::WouldBlock) if cancel.load(Ordering::Relaxed) => return Err(RevisionError::Interrupted),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Makes everything in a folder newer than whatever was built before; where links lead isn't touched.
pub(super) fn renew(folder: &Path) -> Result<(), RevisionError> {
    set_times(folder, SystemTime::now()).map_err(|source| RevisionError::Unwritable { path: folder.to_owned(), source })
}

fn set_times(folder: &Path, time: SystemTime) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            set_times(&entry.path(), time)?;
        } else if kind.is_file() {
            File::open(entry.path())?.set_modified(time)?;
        }
    }
    Ok(())
}
