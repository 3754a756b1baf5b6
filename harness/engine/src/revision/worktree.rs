//! A commit, checked out in a folder of its own.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::advice;
use super::commit::Commit;
use super::error::RevisionError;
use super::git::{self, Git};
use super::slot::Slot;
use crate::process::Variables;
use crate::python::Interpreter;
use crate::store;

/// What names of worktrees begin with.
const NAME: &str = "rustworthy-";

/// A commit, checked out with no branch. Dropping it removes it, and git's record of it.
#[derive(Debug)]
pub struct Worktree {
    git: Git,
    commit: Commit,
    /// The project's folder `.rustworthy`.
    base: PathBuf,
    subfolder: PathBuf,
    path: PathBuf,
    /// Removed after the worktree, being declared last.
    slot: Slot,
}

impl Worktree {
    pub(super) fn new(git: &Git, subfolder: &Path, commit: &Commit, home: &Path) -> Result<Self, RevisionError> {
        let unwritable = |path: &Path, source| RevisionError::Unwritable { path: path.to_owned(), source };
        let home = home.canonicalize().map_err(|source| unwritable(home, source))?;
        let base = store::own_folder(&home).map_err(RevisionError::Folder)?;
        let slots = base.join("worktrees");
        Slot::leftovers(&slots).for_each(|leftover| sweep(git, &leftover));
        let slot = Slot::first_free(&slots, commit.short()).map_err(|source| unwritable(&slots, source))?;
        // Its name is what `git worktree list` shows while a run goes on.
        let path = slot.folder().join(format!("{NAME}{}", commit.short()));
        let subfolder = subfolder.to_owned();
        // From here on it's removed whatever comes, as after an interruption.
        let worktree = Self { git: git.clone(), commit: commit.clone(), base, subfolder, path, slot };
        worktree.check_out()?;
        Ok(worktree)
    }

    /// Forced, since a record of the same path may be left of a run that was killed while git was at work.
    fn check_out(&self) -> Result<(), RevisionError> {
        let Self { git, path, commit, .. } = self;
        git.ask(
            "check the revision out",
            &[&"worktree", &"add", &"--quiet", &"--detach", &"--force", &"--force", path, &commit.hash],
        )?;
        Ok(())
    }

    /// The commit.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// Its top level.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The top level of the caller's checkout.
    pub fn checkout(&self) -> &Path {
        self.git.folder()
    }

    /// The folder that holds it, and everything that belongs to it.
    pub fn folder(&self) -> &Path {
        self.slot.folder()
    }

    /// The project's folder in it.
    pub fn project(&self) -> PathBuf {
        self.path.join(&self.subfolder)
    }

    /// Where a path that leads into the caller's checkout leads in it; any other path as it is, one into a worktree too.
    pub fn moved(&self, path: &Path) -> PathBuf {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match real.strip_prefix(self.checkout()) {
            Ok(within) if !real.starts_with(&self.base) => self.path.join(within),
            _ => path.to_owned(),
        }
    }

    /// Gives it what the caller's checkout has beside the commit: changes, staged or not, and files that git neither knows nor
    /// ignores.
    ///
    /// # Errors
    /// When a file can't be copied.
    pub(super) fn copy_changes(&self) -> Result<(), RevisionError> {
        let status =
            ["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none"];
        let status = status.each_ref().map(|argument| argument as &dyn AsRef<OsStr>);
        let changes = self.git.bytes("compare the checkout", &status)?;
        for change in changes.split(|&byte| byte == 0).filter(|change| change.len() > STATUS) {
            let name = Path::new(OsStr::from_bytes(&change[STATUS..]));
            // Other repositories, submodules among them, stay as they are: git lists them as folders.
            let (from, to) = (self.git.folder().join(name), self.path.join(name));
            copy(&from, &to).map_err(|source| RevisionError::Unwritable { path: to, source })?;
        }
        Ok(())
    }

    /// A folder for files that belong to it and go with it. Git knows nothing of them.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn companion(&self, name: &str) -> Result<PathBuf, RevisionError> {
        let path = self.slot.folder().join(name);
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(path),
            Err(source) => Err(RevisionError::Unwritable { path, source }),
        }
    }

    /// What is missing from it.
    ///
    /// # Errors
    /// When git fails.
    pub fn warnings(&self) -> Result<Vec<String>, RevisionError> {
        let submodules = self.path.join(".gitmodules").is_file().then(|| {
            format!(
                "the revision '{}' has submodules, which aren't checked out; where it needs them, its build command has \
                 to get them: git submodule update --init",
                self.commit.revision
            )
        });
        let pointers = self.pointers()?;
        let pointers = pointers.first().map(|first| advice::of_pointers(&self.commit.revision, first, pointers.len()));
        Ok(submodules.into_iter().chain(pointers).collect())
    }

    /// Files that Git LFS would have put the contents of in place, had it run.
    fn pointers(&self) -> Result<Vec<String>, RevisionError> {
        /// What every pointer begins with, by the specification of Git LFS.
        const BEGINNING: &[u8] = b"version https://git-lfs.github.com/spec/";
        let git = Git::new(self.path.clone(), self.git.cancel());
        let kept = git.ask("list files of Git LFS", &[&"ls-files", &"-z", &":(attr:filter=lfs)"])?;
        let is_pointer = |name: &&str| {
            let mut beginning = [0; BEGINNING.len()];
            let file = File::open(self.path.join(name));
            file.and_then(|mut file| file.read_exact(&mut beginning)).is_ok() && beginning == BEGINNING
        };
        Ok(kept.split('\0').filter(|name| !name.is_empty()).filter(is_pointer).map(str::to_owned).collect())
    }

    /// The environment for commands that build in it and install into the interpreter's environment.
    ///
    /// Beside what [activates](Interpreter::activation) that environment, it keeps git from finding the caller's
    /// checkout, and uv from making an environment of its own where the interpreter wouldn't see it.
    pub fn variables(&self, interpreter: &Interpreter) -> Variables {
        let variables = git::unbound().and(interpreter.activation());
        if interpreter.is_virtual() { variables.set("UV_PROJECT_ENVIRONMENT", &interpreter.prefix) } else { variables }
    }

    /// The folder of the project's runs, which holds it.
    pub fn base(&self) -> &Path {
        &self.base
    }

    pub(super) fn git(&self) -> &Git {
        &self.git
    }
}

/// Length of what git says of a change before its path, `?? `.
const STATUS: usize = 3;

/// Copies a file or a link, or removes what takes its place no more. What a folder holds has changes of its own.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let kind = match from.symlink_metadata() {
        Ok(metadata) => Some(metadata.file_type()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        Err(error) => return Err(error),
    };
    let is_folder = |kind: fs::FileType| kind.is_dir();
    match to.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() && kind.is_some_and(is_folder) => {}
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(to)?,
        Ok(_) => fs::remove_file(to)?,
        Err(_) => {}
    }
    let Some(kind) = kind else { return Ok(()) };
    to.parent().map_or(Ok(()), fs::create_dir_all)?;
    if kind.is_symlink() {
        symlink(fs::read_link(from)?, to)
    } else if kind.is_file() {
        fs::copy(from, to).map(drop)
    } else {
        Ok(())
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        remove(&self.git, &self.path);
    }
}

/// Removes the worktree that a killed run has left in its folder.
fn sweep(git: &Git, leftover: &Slot) {
    for entry in fs::read_dir(leftover.folder()).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(NAME.as_bytes()) {
            remove(git, &entry.path());
        }
    }
}

/// Removes a worktree: what git can't remove is removed without it, and then its record.
///
/// Not by `git worktree prune`, which would forget worktrees of the user's that are away, as on a drive that isn't
/// mounted. Forced twice, since git locks a worktree while it makes it.
fn remove(git: &Git, path: &Path) {
    let remove = || git.clean_up(&[&"worktree", &"remove", &"--force", &"--force", &path]);
    if !remove() {
        let _ = fs::remove_dir_all(path);
        remove();
    }
}
