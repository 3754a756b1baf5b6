//! The cache of environments, and the protocol by which none is ever used half-made.
//!
//! ```text
//! CACHE/environments/cpython-3.11.7-1f0c…/    a slot: one set of requirements for one interpreter
//!     lock                                    locked while a process reads or writes the slot
//!     env-Xy12Zq/                             an attempt, a virtual environment
//!     ready.json                              the stamp: which attempt succeeded
//! ```
//!
//! Whoever holds the lock reads the stamp. When it names an environment that still runs, that is used. Otherwise the
//! stamp and all earlier attempts are removed, a new attempt is made in a folder of its own, and the stamp is written
//! last, in one step. A run that is killed at any moment thus leaves no stamp, and its lock ends with it. Children that
//! outlive it write into its own attempt, which nothing reads.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempDir};

use super::error::PythonError;
use super::interpreter::Interpreter;

/// Part of every key: a change in how environments are made makes new ones.
const LAYOUT: &str = "1";
const POLL: Duration = Duration::from_millis(50);

/// The folder of everything that is cached: `RUSTWORTHY_CACHE`, else `rustworthy` in the user's cache folder.
///
/// # Errors
/// When the user has no home folder.
pub fn cache_directory() -> Result<PathBuf, PythonError> {
    let named = std::env::var_os("RUSTWORTHY_CACHE").filter(|folder| !folder.is_empty());
    if let Some(folder) = named {
        return std::path::absolute(&folder).map_err(|source| PythonError::Cache { folder: folder.into(), source });
    }
    let strategy = etcetera::choose_base_strategy().map_err(|_| PythonError::NoCache)?;
    Ok(strategy.cache_dir().join("rustworthy"))
}

/// Requirements as they are now, with all the files that they include.
pub(super) struct Requirements {
    /// The absolute path of the file.
    pub(super) path: PathBuf,
    /// Whether its packages are pinned by hash.
    pub(super) hashed: bool,
    digest: Sha256,
}

impl Requirements {
    /// Reads the file and what it includes.
    pub(super) fn read(path: &Path) -> Result<Self, PythonError> {
        let path =
            std::path::absolute(path).map_err(|source| PythonError::Requirements { path: path.to_owned(), source })?;
        let mut requirements = Self { path: path.clone(), hashed: false, digest: Sha256::new() };
        requirements.add(&path, &mut Vec::new())?;
        Ok(requirements)
    }

    /// The folder that its relative paths start from.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    fn add(&mut self, path: &Path, seen: &mut Vec<PathBuf>) -> Result<(), PythonError> {
        if seen.iter().any(|earlier| earlier == path) {
            return Ok(());
        }
        seen.push(path.to_owned());
        let content =
            fs::read_to_string(path).map_err(|source| PythonError::Requirements { path: path.to_owned(), source })?;
        digest_text(&mut self.digest, content.as_bytes());
        self.hashed |= content.contains("--hash=");
        let folder = path.parent().unwrap_or(path);
        for line in content.lines().map(str::trim) {
            if let Some(included) = included(line) {
                self.add(&folder.join(included), seen)?;
            } else if names_a_path(line) {
                digest_text(&mut self.digest, folder.as_os_str().as_encoded_bytes());
            }
        }
        Ok(())
    }
}

/// The file that a line of requirements includes, as requirements or as constraints.
fn included(line: &str) -> Option<&str> {
    let option = ["--requirement", "--constraint", "-r", "-c"].into_iter().find(|option| line.starts_with(option))?;
    let value = line[option.len()..].trim_start_matches([' ', '\t', '=']);
    let value = value.split(" #").next().unwrap_or(value).trim();
    (!value.is_empty() && !value.contains("://")).then_some(value)
}

/// Whether a line may mean something else when the same file lies elsewhere.
fn names_a_path(line: &str) -> bool {
    ["-e", "--editable", "-f", "--find-links", "."].iter().any(|start| line.starts_with(start))
        || (!line.starts_with('#') && line.ends_with(".whl"))
}

/// Digests a text with its length, so that two texts can't run into each other.
fn digest_text(digest: &mut Sha256, text: &[u8]) {
    digest.update((text.len() as u64).to_le_bytes());
    digest.update(text);
}

/// The place in the cache for one set of requirements and one interpreter.
pub(super) struct Slot {
    folder: PathBuf,
    stamp: Stamp,
}

/// What `ready.json` says. The environment is what counts, the rest is for a curious reader.
#[derive(Serialize, Deserialize)]
struct Stamp {
    environment: PathBuf,
    requirements: PathBuf,
    python: String,
}

impl Slot {
    /// The slot in the folder `cache`, which need not exist.
    pub(super) fn new(cache: &Path, interpreter: &Interpreter, requirements: &Requirements) -> Self {
        let mut digest = requirements.digest.clone();
        for text in [LAYOUT.as_bytes(), interpreter.version.full.as_bytes()] {
            digest_text(&mut digest, text);
        }
        digest_text(&mut digest, interpreter.base_executable.as_os_str().as_encoded_bytes());
        let key: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("cpython-{}-{key}", interpreter.version);
        let stamp = Stamp {
            environment: PathBuf::new(),
            requirements: requirements.path.clone(),
            python: interpreter.version.full.clone(),
        };
        Self { folder: cache.join("environments").join(name), stamp }
    }

    /// Locks the slot against other runs, calling `on_wait` once when it has to wait for one.
    pub(super) fn lock(&self, cancel: &AtomicBool, on_wait: &mut dyn FnMut()) -> Result<Lock, PythonError> {
        let file = fs::create_dir_all(&self.folder).and_then(|()| open_lock(&self.folder.join("lock")));
        let lock = Lock(file.map_err(|source| self.error(source))?);
        let mut attempts = 0;
        loop {
            match lock.0.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) => attempts += 1,
                Err(TryLockError::Error(source)) => return Err(self.error(source)),
            }
            // Another run that only reads is done before the second attempt.
            if attempts == 2 {
                on_wait();
            }
            if cancel.load(Ordering::Relaxed) {
                return Err(PythonError::Interrupted);
            }
            thread::sleep(POLL);
        }
    }

    /// The environment that a stamp says is finished.
    pub(super) fn finished(&self, _lock: &Lock) -> Option<PathBuf> {
        let stamp = fs::read(self.stamp_path()).ok()?;
        let stamp: Stamp = serde_json::from_slice(&stamp).ok()?;
        Some(self.folder.join(stamp.environment))
    }

    /// Whether earlier attempts have left anything behind.
    pub(super) fn has_leftovers(&self, _lock: &Lock) -> bool {
        self.attempts().next().is_some()
    }

    /// Removes what earlier attempts left behind, and begins another in a new folder, which is removed when dropped.
    pub(super) fn begin(&self, _lock: &Lock) -> Result<TempDir, PythonError> {
        match fs::remove_file(self.stamp_path()) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(self.error(source)),
            _ => {}
        }
        for attempt in self.attempts() {
            // One that an orphan still writes to is left to the next time.
            let _ = fs::remove_dir_all(attempt);
        }
        tempfile::Builder::new().prefix("env-").tempdir_in(&self.folder).map_err(|source| self.error(source))
    }

    /// Stamps an attempt as finished, in one step, and keeps it.
    pub(super) fn finish(&self, attempt: TempDir, _lock: &Lock) -> Result<PathBuf, PythonError> {
        let environment = attempt.path().file_name().map(PathBuf::from).unwrap_or_default();
        let stamp =
            Stamp { environment, requirements: self.stamp.requirements.clone(), python: self.stamp.python.clone() };
        let write = || -> io::Result<()> {
            let mut file = NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer_pretty(&mut file, &stamp)?;
            file.flush()?;
            file.as_file().sync_all()?;
            file.persist(self.stamp_path()).map(drop).map_err(|error| error.error)
        };
        write().map_err(|source| self.error(source))?;
        Ok(attempt.keep())
    }

    /// An error in writing to the slot.
    pub(super) fn error(&self, source: io::Error) -> PythonError {
        let folder = self.folder.clone();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => PythonError::DiskFull { folder },
            _ => PythonError::Cache { folder, source },
        }
    }

    fn stamp_path(&self) -> PathBuf {
        self.folder.join("ready.json")
    }

    fn attempts(&self) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"env-")).map(|entry| entry.path())
    }
}

/// A locked slot. No other process reads or writes it until this is dropped.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing unlocks too, unless a child has inherited the file.
        let _ = self.0.unlock();
    }
}

/// Opens the lock file, to read where it can't be written: an environment in a read-only cache can still be used.
fn open_lock(path: &Path) -> io::Result<File> {
    let writable = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    writable.or_else(|error| File::open(path).map_err(|_| error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::interpreter::inspect;
    use crate::python::testing::Fake;
    use proptest::prelude::*;

    fn folder_with(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn slot_of(folder: &Path, interpreter: &Interpreter) -> PathBuf {
        let requirements = Requirements::read(&folder.join("requirements.txt")).unwrap();
        Slot::new("/cache".as_ref(), interpreter, &requirements).folder
    }

    fn interpreter() -> Interpreter {
        let folder = tempfile::tempdir().unwrap();
        inspect(&Fake::default().install(folder.path())).unwrap()
    }

    #[test]
    fn equal_requirements_share_a_slot_wherever_they_lie() {
        let python = interpreter();
        let here = folder_with(&[("requirements.txt", "numpy==2.3.4\n")]);
        let there = folder_with(&[("requirements.txt", "numpy==2.3.4\n")]);
        let slot = slot_of(here.path(), &python);
        assert_eq!(slot, slot_of(there.path(), &python));
        assert!(slot.display().to_string().starts_with("/cache/environments/cpython-3.11.7-"));
    }

    #[test]
    fn other_requirements_includes_interpreters_and_paths_have_other_slots() {
        let python = interpreter();
        let files = |include, line| {
            folder_with(&[("requirements.txt", &format!("-r more.txt\n{line}\n")), ("more.txt", include)])
        };
        let plain = files("numpy==1", "pandas");
        let slot = slot_of(plain.path(), &python);
        assert_ne!(slot, slot_of(files("numpy==2", "pandas").path(), &python));
        assert_ne!(slot, slot_of(files("numpy==1", "polars").path(), &python));
        let other = Interpreter { base_executable: "/usr/bin/python3".into(), ..python.clone() };
        assert_ne!(slot, slot_of(plain.path(), &other));
        let [here, there] = [files("", "./local"), files("", "./local")];
        assert_ne!(slot_of(here.path(), &python), slot_of(there.path(), &python));
    }

    #[test]
    fn a_missing_include_is_told() {
        let folder = folder_with(&[("requirements.txt", "-r gone.txt\n")]);
        let error = Requirements::read(&folder.path().join("requirements.txt")).err().unwrap();
        assert!(error.to_string().contains("gone.txt: cannot read these requirements"));
    }

    #[test]
    fn files_that_include_each_other_are_read_once() {
        let folder =
            folder_with(&[("requirements.txt", "-r more.txt"), ("more.txt", "-c requirements.txt\nx --hash=a:b")]);
        assert!(Requirements::read(&folder.path().join("requirements.txt")).unwrap().hashed);
    }

    #[test]
    fn includes_are_read_in_every_spelling() {
        for line in ["-r a.txt", "-ra.txt", "--requirement=a.txt", "--constraint a.txt", "-c a.txt # why"] {
            assert_eq!(included(line), Some("a.txt"), "{line}");
        }
        for line in ["requests", "# -r a.txt", "-r", "-r https://example.org/a.txt", "-i https://example.org"] {
            assert_eq!(included(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_reading_it_panic(line in ".*") {
            let _ = (included(&line), names_a_path(&line));
        }
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_told() {
        let folder = folder_with(&[("requirements.txt", ""), ("file", "")]);
        let requirements = Requirements::read(&folder.path().join("requirements.txt")).unwrap();
        let slot = Slot::new(&folder.path().join("file"), &interpreter(), &requirements);
        let message = slot.lock(&AtomicBool::new(false), &mut || {}).err().unwrap().to_string();
        assert!(
            message.contains("cannot write to the cache: ") && message.contains("set RUSTWORTHY_CACHE"),
            "{message}"
        );
    }

    #[test]
    fn an_attempt_counts_only_once_it_is_stamped() {
        let folder = folder_with(&[("requirements.txt", "")]);
        let requirements = Requirements::read(&folder.path().join("requirements.txt")).unwrap();
        let slot = Slot::new(folder.path(), &interpreter(), &requirements);
        let lock = slot.lock(&AtomicBool::new(false), &mut || {}).unwrap();
        assert_eq!(slot.finished(&lock), None);
        let killed = slot.begin(&lock).unwrap().keep();
        assert_eq!(slot.finished(&lock), None);
        let attempt = slot.begin(&lock).unwrap();
        assert!(!killed.exists());
        let environment = slot.finish(attempt, &lock).unwrap();
        assert_eq!(slot.finished(&lock), Some(environment));
    }
}
