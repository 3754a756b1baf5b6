//! The repository around a project, and its commits.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::advice::Facts;
use super::commit::Commit;
use super::error::RevisionError;
use super::git::Git;
use super::worktree::Worktree;

/// Most references that are searched for one with a similar name.
const MOST_REFERENCES: &str = "--count=5000";

/// The repository around a project.
#[derive(Debug, Clone)]
pub struct Repository {
    git: Git,
    /// The project's folder, relative to the top level.
    subfolder: PathBuf,
}

impl Repository {
    /// The repository around a project's folder. Setting `cancel` ends whatever is asked of it.
    ///
    /// # Errors
    /// When there is none, when git is missing, or doesn't trust the owner of the folder.
    pub fn around(folder: &Path, cancel: &Arc<AtomicBool>) -> Result<Self, RevisionError> {
        let unreadable = |source| RevisionError::Unwritable { path: folder.to_owned(), source };
        let folder = folder.canonicalize().map_err(unreadable)?;
        let finished = Git::new(folder.clone(), cancel).run(&[&"rev-parse", &"--show-cdup"])?;
        if !finished.success() {
            let output = finished.quote();
            return Err(if output.contains("not a git repository") {
                RevisionError::NotARepository { folder }
            } else {
                RevisionError::Git { repository: folder, what: "use the repository here", output }
            });
        }
        // The way up is plain text, whatever the folders are called.
        let up = finished.stdout.trim_end_matches('\n');
        let top = folder.join(up).canonicalize().map_err(unreadable)?;
        let subfolder = folder.strip_prefix(&top).unwrap_or(Path::new("")).to_owned();
        Ok(Self { git: Git::new(top, cancel), subfolder })
    }

    /// Its top level.
    pub fn top(&self) -> &Path {
        self.git.folder()
    }

    /// The project's folder, relative to the top level; empty where it is the top level.
    pub fn subfolder(&self) -> &Path {
        &self.subfolder
    }

    /// The commit that a revision means, as `git rev-parse` understands it.
    ///
    /// # Errors
    /// When there is none; the error says what was meant, or what has to be fetched.
    pub fn resolve(&self, revision: &str) -> Result<Commit, RevisionError> {
        let object = self.object(revision)?;
        // A full hash is taken as it is, whether there is such an object or not.
        let kind = object.as_deref().map_or(Ok(None), |object| self.kind(object))?;
        let (Some(object), Some(kind)) = (object, kind) else { return Err(self.unknown(revision)?) };
        let Some(hash) = self.object(&format!("{object}^{{commit}}"))? else {
            return Err(RevisionError::NotACommit { revision: revision.to_owned(), kind });
        };
        let log = [&"log" as &dyn AsRef<OsStr>, &"--max-count=1", &"--no-show-signature", &"--format=%s", &hash];
        let subject = self.git.ask("read the commit", &log)?;
        Ok(Commit { revision: revision.to_owned(), hash, subject: subject.trim_end().to_owned() })
    }

    /// The commit that is checked out.
    ///
    /// # Errors
    /// When there is no commit yet.
    pub fn head(&self) -> Result<Commit, RevisionError> {
        self.resolve("HEAD")
    }

    /// Whether the caller's checkout differs from its commit. Files that git doesn't know count, ignored ones don't.
    ///
    /// # Errors
    /// When git fails.
    pub fn is_modified(&self) -> Result<bool, RevisionError> {
        let status = self.git.ask("compare the checkout", &[&"status", &"--porcelain", &"--untracked-files=normal"])?;
        Ok(!status.is_empty())
    }

    /// Checks a commit out below `.rustworthy/worktrees` of the project whose runs are kept in the folder `home`.
    ///
    /// What killed runs have left there is removed first. The path is the same for the same commit, unless another
    /// worktree of it is there, and as long for every commit. Submodules stay empty, see [`Worktree::warnings`]; filters such as LFS are run as for
    /// every checkout, hooks aren't.
    ///
    /// # Errors
    /// When the commit has no such folder as the project's, when it can't be checked out, or the folder not be
    /// written.
    pub fn check_out(&self, commit: &Commit, home: &Path) -> Result<Worktree, RevisionError> {
        let mut folder = OsString::from(format!("{}:", commit.hash));
        folder.push(&self.subfolder);
        let is_there = self.git.run(&[&"cat-file", &"-t", &folder])?;
        if !is_there.success() || is_there.stdout.trim_end() != "tree" {
            let (revision, folder) = (commit.revision.clone(), self.subfolder.clone());
            return Err(RevisionError::NoFolder { revision, folder });
        }
        Worktree::new(&self.git, &self.subfolder, commit, home)
    }

    /// The caller's checkout as it stands, changes and new files included, in a worktree like that of a commit. What git ignores
    /// isn't in it.
    ///
    /// # Errors
    /// When there is no commit yet, git fails, or the folder can't be written.
    pub fn check_out_changes(&self, home: &Path) -> Result<Worktree, RevisionError> {
        let worktree = Worktree::new(&self.git, &self.subfolder, &self.head()?, home)?;
        worktree.copy_changes()?;
        Ok(worktree)
    }

    /// Whether a commit has a file of that path, relative to the top level.
    ///
    /// # Errors
    /// When git can't be run.
    pub fn has_file(&self, commit: &Commit, path: &Path) -> Result<bool, RevisionError> {
        let mut object = OsString::from(format!("{}:", commit.hash));
        object.push(path);
        let kind = self.git.run(&[&"cat-file", &"-t", &object])?;
        Ok(kind.success() && kind.stdout.trim_end() == "blob")
    }

    /// Files in the caller's checkout that git ignores and whose paths match a pattern, relative to the top level.
    ///
    /// # Errors
    /// When git fails.
    pub fn ignored(&self, pattern: &str) -> Result<Vec<PathBuf>, RevisionError> {
        let list = ["ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", pattern];
        let list = list.each_ref().map(|argument| argument as &dyn AsRef<OsStr>);
        let names = self.git.bytes("list what it ignores", &list)?;
        let names = names.split(|&byte| byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| PathBuf::from(OsStr::from_bytes(name))).collect())
    }

    /// The hash that git understands by a name.
    fn object(&self, name: &str) -> Result<Option<String>, RevisionError> {
        let finished = self.git.run(&[&"rev-parse", &"--verify", &"--quiet", &"--end-of-options", &name])?;
        let hash = finished.stdout.trim_end();
        Ok((finished.success() && !hash.is_empty()).then(|| hash.to_owned()))
    }

    /// `commit`, `tag`, `tree` or `blob`; `None` when the object isn't here.
    fn kind(&self, object: &str) -> Result<Option<String>, RevisionError> {
        let finished = self.git.run(&[&"cat-file", &"-t", &object])?;
        Ok(finished.success().then(|| finished.stdout.trim_end().to_owned()))
    }

    /// Why there is no such revision.
    fn unknown(&self, revision: &str) -> Result<RevisionError, RevisionError> {
        let repository = self.top().to_owned();
        if self.object("HEAD")?.is_none() {
            return Ok(RevisionError::NoCommit { repository });
        }
        let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let references = [&"for-each-ref" as &dyn AsRef<OsStr>, &MOST_REFERENCES, &"--format=%(refname)"];
        let shallow = self.git.ask("look at its history", &[&"rev-parse", &"--is-shallow-repository"])?;
        let base = Facts::base(revision);
        let facts = Facts {
            revision,
            references: lines(self.git.ask("list its references", &references)?),
            remotes: lines(self.git.ask("list its remotes", &[&"remote"])?),
            is_shallow: shallow.trim_end() == "true",
            base_is_known: base != revision && !base.is_empty() && self.object(base)?.is_some(),
        };
        Ok(RevisionError::Unknown { repository, revision: revision.to_owned(), remedy: facts.remedy() })
    }
}
