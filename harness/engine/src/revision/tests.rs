//! Real repositories in temporary folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::*;

/// A repository with two commits on `main`: `app/code.py` says 1, then 2. Only the second has `late/`.
struct Fixture {
    folder: TempDir,
    cancel: Arc<AtomicBool>,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self::empty();
        fixture.write("app/code.py", "1");
        fixture.commit("One");
        fixture.write("app/code.py", "2");
        fixture.write("late/code.py", "2");
        fixture.commit("Two");
        fixture
    }

    fn empty() -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap(), cancel: Arc::default() };
        fixture.git(&["init", "--quiet", "--initial-branch=main"]);
        fixture
    }

    fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments)
    }

    fn write(&self, name: &str, contents: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn repository(&self) -> Repository {
        self.around("")
    }

    fn around(&self, folder: &str) -> Repository {
        Repository::around(&self.path().join(folder), &self.cancel).unwrap()
    }

    fn check_out(&self, revision: &str) -> Worktree {
        let repository = self.repository();
        repository.check_out(&repository.resolve(revision).unwrap(), &self.path()).unwrap()
    }

    fn unknown(&self, revision: &str) -> String {
        let message = self.repository().resolve(revision).unwrap_err().to_string();
        message.replace(&self.path().display().to_string(), "REPOSITORY")
    }

    /// Everything that git and the user keep there, byte for byte; not `.rustworthy`.
    fn state(&self) -> (String, String, BTreeMap<PathBuf, Vec<u8>>) {
        let status = self.git(&["--no-optional-locks", "status", "--porcelain", "--branch"]);
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    folders.extend((entry.file_name() != ".rustworthy").then_some(path));
                } else {
                    files.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        (status, self.git(&["stash", "list"]), files)
    }

    fn worktrees(&self) -> usize {
        self.git(&["worktree", "list"]).lines().count()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    super::git::unbound().apply(&mut command);
    command.args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]);
    let output = command.arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(worktree: &Worktree, name: &str) -> String {
    fs::read_to_string(worktree.path().join(name)).unwrap()
}

#[test]
fn a_revision_is_checked_out_while_the_callers_checkout_index_and_stash_stay_as_they_are() {
    let fixture = Fixture::new();
    fixture.write("app/code.py", "stashed");
    fixture.git(&["stash", "--quiet"]);
    fixture.write("app/code.py", "staged");
    fixture.git(&["add", "app/code.py"]);
    fixture.write("app/code.py", "changed");
    fixture.write("untracked", "new");
    fixture.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch \"$(git rev-parse --git-common-dir)/hook-was-run\"\n");
    let made = Command::new("chmod").arg("755").arg(fixture.path().join(".git/hooks/post-checkout")).status();
    assert!(made.unwrap().success());
    let before = fixture.state();
    let index = || fs::read(fixture.path().join(".git/index")).unwrap();
    let index_before = index();

    let worktree = fixture.check_out("main~1");
    assert_eq!(text(&worktree, "app/code.py"), "1");
    assert_eq!(worktree.commit().subject, "One");
    assert!(fixture.repository().is_modified().unwrap());
    assert_eq!(index(), index_before);
    assert_eq!(fixture.state().0, before.0);
    let path = worktree.path().to_owned();
    assert!(path.starts_with(fixture.path().join(".rustworthy/worktrees")));
    assert_eq!(worktree.warnings().unwrap(), Vec::<String>::new());
    fs::write(path.join("app/code.py"), "built").unwrap();
    fs::write(worktree.companion("environment").unwrap().join("file"), "").unwrap();
    drop(worktree);

    assert_eq!(fixture.state(), before);
    assert!(!fixture.path().join(".rustworthy/worktrees").exists());
    assert_eq!(fixture.worktrees(), 1);
}

#[test]
fn a_checkout_is_modified_when_a_file_is_changed_staged_or_new_but_not_by_our_own_folder() {
    let fixture = Fixture::new();
    let is_modified = || fixture.repository().is_modified().unwrap();
    let _worktree = fixture.check_out("HEAD");
    assert!(!is_modified());
    // The same contents again: git has to look, and would note in the index that it did.
    let index = || fs::read(fixture.path().join(".git/index")).unwrap();
    let before = index();
    std::thread::sleep(std::time::Duration::from_millis(20));
    fixture.write("app/code.py", "2");
    assert!(!is_modified());
    assert_eq!(index(), before);
    fixture.write("new", "");
    assert!(is_modified());
    fixture.git(&["add", "new"]);
    assert!(is_modified());
    fixture.commit("Three");
    assert!(!is_modified());
    assert_eq!(fixture.repository().head().unwrap().subject, "Three");
}

#[test]
fn a_project_below_the_top_level_is_found_in_the_worktree() {
    let fixture = Fixture::new();
    let repository = fixture.around("app");
    assert_eq!((repository.top(), repository.subfolder()), (fixture.path().as_path(), Path::new("app")));
    let home = fixture.path().join("app");
    let worktree = repository.check_out(&repository.resolve("HEAD~1").unwrap(), &home).unwrap();
    assert_eq!(worktree.project(), worktree.path().join("app"));
    assert_eq!(text(&worktree, "app/code.py"), "1");
    assert!(worktree.path().starts_with(home.join(".rustworthy/worktrees")));
    drop(worktree);
    assert!(!fixture.repository().is_modified().unwrap());

    let repository = fixture.around("late");
    let error = repository.check_out(&repository.resolve("HEAD~1").unwrap(), &home).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the revision 'HEAD~1' has no folder late, where this project is; name a revision that has it"
    );
}

#[test]
fn branches_tags_hashes_and_searches_are_revisions() {
    let fixture = Fixture::new();
    fixture.git(&["tag", "--annotate", "--message", "x", "v1", "HEAD~1"]);
    fixture.git(&["branch", "feature/x", "HEAD~1"]);
    let repository = fixture.repository();
    let first = repository.resolve("HEAD~1").unwrap();
    assert_eq!((first.hash.len(), first.short().len()), (40, 12));
    for revision in ["v1", "feature/x", &first.hash, first.short(), ":/One", "main^", "v1^{commit}", "refs/tags/v1"] {
        let commit = repository.resolve(revision).unwrap();
        assert_eq!((commit.hash.as_str(), commit.revision.as_str()), (first.hash.as_str(), revision));
    }
}

#[test]
fn what_is_no_revision_is_told_with_a_remedy() {
    let fixture = Fixture::new();
    assert_eq!(fixture.unknown("mian"), "REPOSITORY: unknown revision 'mian'; did you mean 'main'?");
    assert_eq!(
        fixture.unknown("main~9"),
        "REPOSITORY: unknown revision 'main~9'; 'main' is there, but '~9' leads nowhere from it"
    );
    for revision in ["--help", "--all", "-", "", " ", "main..main~1", "$(id)", &"0".repeat(40), "\u{fe0f}\n"] {
        let message = fixture.unknown(revision);
        assert!(message.contains(&format!("unknown revision '{revision}'; ")), "{message}");
    }
    let message = fixture.unknown("main:app/code.py");
    assert_eq!(message, "'main:app/code.py' is a blob, not a commit; name a branch, a tag or a commit");
}

#[test]
fn a_folder_without_repository_and_a_repository_without_commit_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let error = Repository::around(folder.path(), &Arc::default()).unwrap_err();
    assert!(error.to_string().contains("not in a git repository"), "{error}");
    let fixture = Fixture::empty();
    assert!(fixture.repository().is_modified().is_ok());
    for revision in ["HEAD", "main"] {
        assert!(fixture.unknown(revision).contains("has no commit yet"));
    }
}

#[test]
fn a_shallow_clone_lacks_a_branch_until_it_is_fetched_as_the_error_says() {
    let origin = Fixture::new();
    origin.git(&["branch", "stable", "HEAD~1"]);
    let clone = Fixture { folder: tempfile::tempdir().unwrap(), cancel: Arc::default() };
    let url = format!("file://{}", origin.path().display());
    clone.git(&["clone", "--quiet", "--depth=1", &url, "."]);

    let message = clone.unknown("HEAD~1");
    assert!(message.contains("shallow") && message.contains("git fetch --unshallow"), "{message}");
    let message = clone.unknown("stable");
    assert!(message.contains("this clone is shallow"), "{message}");
    let (_, command) = message.split_once("fetch it: git ").unwrap();
    let (command, name) = command.split_once(", and name it '").unwrap();
    clone.git(&command.split(' ').collect::<Vec<_>>());
    let name = name.split_once('\'').unwrap().0;
    assert_eq!(name, "origin/stable");
    assert_eq!(text(&clone.check_out(name), "app/code.py"), "1");
    assert!(clone.unknown("stable").ends_with("did you mean 'origin/stable'?"));
}

#[test]
fn worktrees_of_the_same_commit_do_not_disturb_each_other() {
    let fixture = Fixture::new();
    let first = fixture.check_out("HEAD~1");
    let path = first.path().to_owned();
    let second = fixture.check_out("HEAD~1");
    assert_ne!(second.path(), path);
    drop(first);
    assert!(!path.exists());
    assert_eq!(text(&second, "app/code.py"), "1");
    // A free path is taken again, for what is cached by it.
    let third = fixture.check_out("HEAD~1");
    assert_eq!(third.path(), path);
    assert_eq!(fixture.worktrees(), 3);
    drop((second, third));
    assert_eq!(fixture.worktrees(), 1);
}

#[test]
fn the_working_tree_is_checked_out_with_its_changes_and_new_files() {
    let fixture = Fixture::new();
    fixture.write(".gitignore", "built\n");
    for name in ["removed", "became/file", "becomes-folder", "kept"] {
        fixture.write(name, "committed");
    }
    fixture.commit("Three");
    fs::remove_file(fixture.path().join("removed")).unwrap();
    fs::remove_dir_all(fixture.path().join("became")).unwrap();
    fixture.write("became", "a file");
    fs::remove_file(fixture.path().join("becomes-folder")).unwrap();
    fixture.write("becomes-folder/in it", "new");
    fixture.write("app/code.py", "staged");
    fixture.git(&["add", "app/code.py"]);
    fixture.write("app/code.py", "changed");
    fixture.write("new\nline/äö", "new");
    fixture.write("built", "ignored");
    std::os::unix::fs::symlink("kept", fixture.path().join("link")).unwrap();
    let before = fixture.state();

    let worktree = fixture.repository().check_out_changes(&fixture.path()).unwrap();
    for (name, contents) in [
        ("app/code.py", "changed"),
        ("became", "a file"),
        ("becomes-folder/in it", "new"),
        ("new\nline/äö", "new"),
        ("kept", "committed"),
    ] {
        assert_eq!(text(&worktree, name), contents, "{name}");
    }
    assert!(!worktree.path().join("removed").exists() && !worktree.path().join("built").exists());
    assert_eq!(fs::read_link(worktree.path().join("link")).unwrap(), Path::new("kept"));
    // The sides of a gate have paths of one length, even of one commit.
    let commit = fixture.check_out("HEAD");
    assert_eq!(commit.path().as_os_str().len(), worktree.path().as_os_str().len());
    assert_eq!(worktree.moved(&fixture.path().join("app")), worktree.path().join("app"));
    assert_eq!(worktree.moved(Path::new("/usr/bin")), Path::new("/usr/bin"));
    drop((worktree, commit));
    assert_eq!(fixture.state(), before);
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let fixture = Fixture::new();
    let before = fixture.state();
    let hash = fixture.repository().head().unwrap().hash;
    let slot = fixture.path().join(".rustworthy/worktrees").join(format!("{}-00", &hash[..12]));
    // As it is left: the lock without a holder, and git's own lock where git was killed too.
    let left = slot.join(format!("rustworthy-{}", &hash[..12]));
    fs::create_dir_all(slot.join("environment")).unwrap();
    fs::write(slot.join("lock"), "").unwrap();
    fixture.git(&["worktree", "add", "--quiet", "--detach", left.to_str().unwrap(), &hash]);
    fixture.git(&["worktree", "lock", left.to_str().unwrap()]);
    let elsewhere = slot.with_file_name("gone");
    fixture.git(&["worktree", "add", "--quiet", "--detach", elsewhere.to_str().unwrap(), &hash]);
    fs::remove_dir_all(&elsewhere).unwrap();

    let other = fixture.check_out("HEAD~1");
    assert!(!slot.exists());
    // What isn't ours is no business of ours, even if its folder isn't there.
    assert_eq!(fixture.worktrees(), 3);
    drop(other);
    fixture.git(&["worktree", "prune"]);
    assert_eq!(fixture.state(), before);
}

#[test]
fn an_interruption_leaves_nothing_behind() {
    let fixture = Fixture::new();
    let before = fixture.state();
    let worktree = fixture.check_out("HEAD~1");
    let repository = fixture.repository();
    let commit = repository.head().unwrap();
    fixture.cancel.store(true, Ordering::Relaxed);
    assert!(matches!(repository.check_out(&commit, &fixture.path()), Err(RevisionError::Interrupted)));
    drop(worktree);
    assert_eq!(fixture.state(), before);
    assert!(!fixture.path().join(".rustworthy/worktrees").exists());
}

#[test]
fn a_revision_with_submodules_comes_with_a_warning() {
    let fixture = Fixture::new();
    fixture.write(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ../x\n");
    fixture.commit("Three");
    let warnings = fixture.check_out("HEAD").warnings().unwrap();
    assert!(warnings[0].starts_with("the revision 'HEAD' has submodules"), "{warnings:?}");
}

/// What a file holds in place of its contents.
const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

#[test]
fn pointers_of_lfs_without_their_contents_come_with_a_warning() {
    let fixture = Fixture::new();
    fixture.write(".gitattributes", "*.bin filter=lfs -text\n");
    fixture.write("app/model.bin", POINTER);
    fixture.write("app/whole.bin", "contents");
    fixture.write("app/about.txt", POINTER);
    fixture.commit("Three");
    let warnings = fixture.check_out("HEAD").warnings().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("of the revision 'HEAD' 'app/model.bin' is but a pointer"), "{warnings:?}");
    assert!(warnings[0].contains("git lfs pull"), "{warnings:?}");
}

#[test]
fn lfs_that_does_not_run_or_finds_nothing_is_told_with_the_remedy() {
    let fixture = Fixture::new();
    fixture.write(".gitattributes", "*.bin filter=lfs -text\n");
    fixture.write("model.bin", POINTER);
    fixture.commit("Three");
    fixture.git(&["config", "filter.lfs.required", "true"]);
    let failure = || {
        let repository = fixture.repository();
        repository.check_out(&repository.head().unwrap(), &fixture.path()).unwrap_err().to_string()
    };
    fixture.git(&["config", "filter.lfs.process", "git-lfs-that-is-not-there"]);
    assert!(failure().contains("apt install git-lfs"), "{}", failure());
    fixture.git(&["config", "--unset", "filter.lfs.process"]);
    fixture.git(&["config", "filter.lfs.smudge", "echo 'Error downloading object' >&2; exit 2"]);
    assert!(failure().contains("git lfs fetch --all"), "{}", failure());
}

#[test]
fn a_partial_clone_whose_remote_is_gone_is_told_with_the_remedy() {
    let origin = Fixture::new();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    let url = format!("file://{}", origin.path().display());
    git(folder.path(), &["clone", "--quiet", "--filter=blob:none", &url, "clone"]);
    drop(origin);
    let repository = Repository::around(&clone, &Arc::default()).unwrap();
    let commit = repository.resolve("HEAD~1").unwrap();
    let error = repository.check_out(&commit, &clone).unwrap_err().to_string();
    assert!(error.contains("this clone is partial") && error.contains("git fetch --refetch --no-filter"), "{error}");
}

#[test]
fn a_home_that_cannot_be_written_is_told_with_its_path() {
    let fixture = Fixture::new();
    fixture.write(".rustworthy", "a file");
    let repository = fixture.repository();
    let error = repository.check_out(&repository.head().unwrap(), &fixture.path()).unwrap_err();
    assert!(error.to_string().starts_with(&fixture.path().join(".rustworthy").display().to_string()), "{error}");
}

#[test]
fn only_the_repository_of_this_program_is_its_own() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    assert!(is_own(top));
    assert!(!is_own(&top.join("harness")));
    assert!(!is_own(&Fixture::new().path()));
}
