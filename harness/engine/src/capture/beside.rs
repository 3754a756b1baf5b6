//! The recorder that runs beside a program: a folder in front of its `PYTHONPATH`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use rustworthy_protocol::capture::{CALLS, ENCODING};
use serde_json::json;
use tempfile::TempDir;

use super::capture::CaptureRequest;

/// The modules of the recorder, and what makes recorded calls again.
const MODULES: [(&str, &str); 12] = [
    ("__init__.py", include_str!("recorder/__init__.py")),
    ("arming.py", include_str!("recorder/arming.py")),
    ("imports.py", include_str!("recorder/imports.py")),
    ("journal.py", include_str!("recorder/journal.py")),
    ("recording.py", include_str!("recorder/recording.py")),
    ("redaction.py", include_str!("recorder/redaction.py")),
    ("replaying.py", REPLAYING),
    ("reservoir.py", include_str!("recorder/reservoir.py")),
    ("streams.py", include_str!("recorder/streams.py")),
    ("targets.py", include_str!("recorder/targets.py")),
    ("encoding.py", ENCODING),
    ("trees.py", TREES),
];

/// What readers of syntax trees ask.
pub(crate) const TREES: &str = include_str!("../trees.py");

/// What makes recorded calls again, and watches what they do.
pub(crate) const REPLAYING: &str = include_str!("recorder/replaying.py");

const SITE: &str = include_str!("recorder/sitecustomize.py");

/// Tells the recorder in a process where its options are.
const VARIABLE: &str = "RUSTWORTHY_CAPTURE";

const SEARCH_PATH: &str = "PYTHONPATH";

/// Begins the name of its folder: what a run that was killed has left is found by it.
pub(super) const PREFIX: &str = "rustworthy-capture-";

/// Within its folder.
pub(super) const OPTIONS: &str = "options.json";
pub(super) const RECORDED: &str = "recorded";

/// A recorder in a folder of its own, which only the user can read.
pub(super) struct Beside {
    folder: TempDir,
    /// Locked as long as the run lives.
    options: fs::File,
}

impl Beside {
    /// Lays it down, with what it is to record for a project, under which names.
    pub(super) fn new(request: &CaptureRequest, home: &Path, names: &[String]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        let options = fs::File::create(folder.path().join(OPTIONS))?;
        // Before there is anything in it by which somebody else could take it for one that is left.
        options.lock()?;
        let beside = Self { folder, options };
        fs::create_dir(beside.modules())?;
        for (name, text) in MODULES.into_iter().chain([("calls.py", CALLS)]) {
            fs::write(beside.modules().join(name), text)?;
        }
        fs::write(beside.path().join("sitecustomize.py"), SITE)?;
        fs::create_dir_all(beside.recorded().join("objects"))?;
        let salt: [u8; 16] = rand::random();
        let options = json!({
            "folder": beside.recorded(),
            "targets": request.targets.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "keep": request.keep,
            "streams": request.streams,
            "most_bytes": request.most_bytes,
            "redact": request.redact,
            "pickles": request.keeps_pickles,
            "recipes": request.recipes(),
            "salt": salt.map(|byte| format!("{byte:02x}")).concat(),
            "starter": std::process::id(),
            "home": std::path::absolute(home)?,
            "names": names,
        });
        let mut file = &beside.options;
        file.write_all(options.to_string().as_bytes())?;
        Ok(beside)
    }

    /// Has a program run with it, and with more folders in which it finds modules.
    pub(super) fn stand_beside(&self, command: &mut Command, more: &[PathBuf]) -> Result<()> {
        let inherited = std::env::var_os(SEARCH_PATH).filter(|inherited| !inherited.is_empty()).unwrap_or_default();
        let own = std::iter::once(self.path().to_owned()).chain(more.iter().cloned());
        let path = own.chain(std::env::split_paths(&inherited).filter(|folder| !folder.as_os_str().is_empty()));
        let path = std::env::join_paths(path).context("the temporary folder can't be in PYTHONPATH")?;
        command.env(SEARCH_PATH, path).env(VARIABLE, self.path().join(OPTIONS));
        Ok(())
    }

    /// Why it has ended the program before that began.
    pub(super) fn refused(&self) -> Option<Vec<String>> {
        serde_json::from_slice(&fs::read(self.recorded().join("refused.json")).ok()?).ok()
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where its modules are.
    pub(super) fn modules(&self) -> PathBuf {
        self.path().join("rustworthy_recorder")
    }

    /// Where it puts what it records.
    pub(super) fn recorded(&self) -> PathBuf {
        self.path().join(RECORDED)
    }
}
