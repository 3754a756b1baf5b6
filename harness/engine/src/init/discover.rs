//! Reading a project: a Python reads its files as syntax trees, and imports nothing of it.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::facts::Facts;
use crate::capture::TREES;
use crate::process::{Ending, RunLimits, run};

/// What tells paths that can be asked for, as the module `rustworthy_paths`.
pub(super) const PATHS: &str = include_str!("reading/rustworthy_paths.py");

/// The modules of the reader.
const MODULES: [(&str, &str); 9] = [
    ("main.py", include_str!("reading/main.py")),
    ("applications.py", include_str!("reading/applications.py")),
    ("declared.py", include_str!("reading/declared.py")),
    ("folders.py", include_str!("reading/folders.py")),
    ("rustworthy_paths.py", PATHS),
    ("naming.py", include_str!("reading/naming.py")),
    ("source.py", include_str!("reading/source.py")),
    ("testing.py", include_str!("reading/testing.py")),
    ("trees.py", TREES),
];

/// Longest that reading may take. The limits of files are such that it takes far less.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Reads the project in a folder with that Python.
///
/// # Errors
/// When the Python can't run, or takes too long.
pub(super) fn discover(python: &Path, folder: &Path, cancel: &AtomicBool) -> Result<Facts> {
    let own = tempfile::Builder::new().prefix("rustworthy-init-").tempdir().context("no room for the reader")?;
    for (name, text) in MODULES {
        std::fs::write(own.path().join(name), text)?;
    }
    let out = own.path().join("facts.json");
    let mut command = Command::new(python);
    command.arg("-B").arg(own.path().join("main.py")).arg(folder).arg(&out);
    // Not in the project's folder: what stands there must not be taken for the standard library.
    command.current_dir(own.path());
    let limits = RunLimits { timeout: Some(TIMEOUT), cancel: Some(cancel) };
    let finished = run(command, &limits, &mut |_| ()).with_context(|| format!("can't run {}", python.display()))?;
    match finished.ending {
        Ending::Cancelled => bail!("interrupted"),
        Ending::TimedOut => {
            bail!("{}: reading it took longer than {} s; name a smaller folder", folder.display(), TIMEOUT.as_secs())
        }
        Ending::Exited(_) if !finished.success() => {
            bail!("{}: can't be read by {}: {}", folder.display(), python.display(), finished.quote())
        }
        Ending::Exited(_) => {}
    }
    let facts = std::fs::read(&out).with_context(|| format!("{} said nothing", python.display()))?;
    serde_json::from_slice(&facts).with_context(|| format!("what {} said of the project", python.display()))
}
