//! `.rustworthy/runs/<id>/`, and `.rustworthy/latest`.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Name of the folder that holds all runs of a project.
const FOLDER: &str = ".rustworthy";

/// The folder of one run. Once it's dropped, it's gone if it was made for the run and nothing has come of that.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    is_new: bool,
    /// Where it is one of a project's runs: the folder that is kept for the project.
    base: Option<PathBuf>,
}

impl RunFolder {
    /// Creates the folder of a new run: the one that the user named, else one below the project.
    ///
    /// # Errors
    /// When a folder or a file in it can't be created; the error names it.
    pub fn create(named: Option<&Path>, project: &Path, id: &str) -> io::Result<Self> {
        if let Some(named) = named {
            return Self::at(named);
        }
        let base = own_folder(project)?;
        let mut folder = Self::at(&base.join("runs").join(id))?;
        folder.base = Some(base);
        Ok(folder)
    }

    /// Uses a folder that is to be no project's latest.
    ///
    /// # Errors
    /// When it can't be created; the error names it.
    pub fn at(path: &Path) -> io::Result<Self> {
        let is_new = !path.exists();
        fs::create_dir_all(path).map_err(|error| naming(path, &error))?;
        Ok(Self { path: path.to_owned(), is_new, base: None })
    }

    /// Lets the project's `latest` point at this run, unless it's in a folder that the user named.
    ///
    /// # Errors
    /// When the link can't be made; the error names it.
    pub fn become_latest(&self) -> io::Result<()> {
        let Some(base) = &self.base else { return Ok(()) };
        let link = base.join("latest");
        point(&link, self.path.strip_prefix(base).unwrap_or(&self.path)).map_err(|error| naming(&link, &error))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.jsonl")
    }

    /// Writes a file of the run whole, or not at all.
    ///
    /// # Errors
    /// When it can't be written; the error names it, and an earlier file of that name is untouched then.
    pub fn write(&self, name: &str, contents: &str) -> io::Result<()> {
        let path = self.path.join(name);
        write_whole(&path, contents.as_bytes()).map_err(|error| naming(&path, &error))
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if self.is_new {
            // It isn't empty where a run has begun to write.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Creates the folder of everything that is kept for a project, `.rustworthy`, which git doesn't see.
///
/// # Errors
/// When it can't be written; the error names it.
pub fn own_folder(project: &Path) -> io::Result<PathBuf> {
    let folder = project.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| naming(&folder, &error))?;
    let ignored = folder.join(".gitignore");
    write_whole(&ignored, b"*\n").map_err(|error| naming(&ignored, &error))?;
    Ok(folder)
}

/// The folder of a project's newest run.
pub fn latest(project: &Path) -> Option<PathBuf> {
    project.join(FOLDER).join("latest").canonicalize().ok()
}

/// The `run.json` of all runs of a project, the newest first.
pub fn past(project: &Path) -> Vec<PathBuf> {
    let runs = fs::read_dir(project.join(FOLDER).join("runs")).into_iter().flatten().flatten();
    // Their names begin with the time of their start.
    let mut files: Vec<PathBuf> = runs.map(|run| run.path().join("run.json")).filter(|file| file.is_file()).collect();
    files.sort_by(|one, other| other.cmp(one));
    files
}

/// Writes a file under another name and renames it, so that readers see the old one or the new one.
///
/// # Errors
/// When it can't be written; an earlier file of that name is untouched then.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut part = tempfile::Builder::new().prefix(".part-").tempfile_in(folder)?;
    part.write_all(contents)?;
    part.as_file().sync_all()?;
    make_readable(part.as_file())?;
    part.persist(path)?;
    Ok(())
}

/// An error of the system, with the file that it is about.
pub(super) fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Temporary files are private; results are for whoever may see the folder.
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// Lets the link point at the target, without a moment in which there is none.
fn point(link: &Path, target: &Path) -> io::Result<()> {
    let name = link.file_name().unwrap_or(OsStr::new("link")).to_string_lossy();
    let part = link.with_file_name(format!(".part-{name}-{}", std::process::id()));
    let _ = fs::remove_file(&part);
    std::os::unix::fs::symlink(target, &part)?;
    fs::rename(&part, link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_points_at_the_newest_run() {
        let project = tempfile::tempdir().unwrap();
        assert_eq!(latest(project.path()), None);
        for id in ["one", "two"] {
            let folder = RunFolder::create(None, project.path(), id).unwrap();
            folder.write("run.json", "{}").unwrap();
            folder.become_latest().unwrap();
            assert_eq!(latest(project.path()).unwrap(), folder.path().canonicalize().unwrap());
        }
        let named = project.path().join("named");
        RunFolder::create(Some(&named), project.path(), "three").unwrap().become_latest().unwrap();
        assert!(latest(project.path()).unwrap().ends_with("two"));
        assert_eq!(fs::read_to_string(project.path().join(".rustworthy/.gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn a_folder_of_a_run_that_came_to_nothing_is_gone() {
        let project = tempfile::tempdir().unwrap();
        let kept = project.path().join("kept");
        fs::create_dir(&kept).unwrap();
        drop(RunFolder::at(&kept).unwrap());
        let empty = RunFolder::create(None, project.path(), "one").unwrap().path().to_owned();
        let written = RunFolder::create(None, project.path(), "two").unwrap();
        written.write("run.json", "{}").unwrap();
        assert_eq!([kept.exists(), empty.exists(), written.path().exists()], [true, false, true]);
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::at(folder.path()).unwrap();
        run.write("run.json", "old").unwrap();
        run.write("run.json", "new").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("run.json")).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
