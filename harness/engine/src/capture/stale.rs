//! What runs have left that were killed: their recorders' folders go, and what these have recorded is kept.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use nix::unistd::Uid;
use rustworthy_model::capture::Capture;
use serde::Deserialize;

use super::beside::{OPTIONS, PREFIX, RECORDED};
use super::choose::Room;
use super::journals::Journals;
use super::keep::{Together, described, put};
use super::name::folder;
use super::workload::toml;
use crate::context::{Context, Notice};

/// What a recorder was to record.
#[derive(Deserialize)]
struct Options {
    targets: Vec<String>,
    keep: usize,
    streams: Option<u64>,
    most_bytes: u64,
    recipes: BTreeMap<String, String>,
    home: PathBuf,
    names: Vec<String>,
}

/// Clears up after the user's runs that have ended without doing so.
pub(super) fn sweep(context: &Context<'_>) {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())) {
        let folder = entry.path();
        // A link, or what another user has put there, is none of ours.
        let is_own = entry.metadata().is_ok_and(|one| one.is_dir() && one.uid() == Uid::effective().as_raw());
        let Some(lock) = is_own.then(|| locked(&folder)).flatten() else { continue };
        let Ok(options) = serde_json::from_reader::<_, Options>(&lock) else { continue };
        match options.keep(&folder) {
            Ok(kept) if kept.is_empty() => {}
            Ok(kept) => context.tell(Notice::Remark(format!(
                "a capture was killed before its end; what it had recorded is kept: {}",
                kept.join(", ")
            ))),
            Err(error) => {
                context.warn(format!("{}: a capture that was killed can't be kept: {error:#}", folder.display()));
                continue;
            }
        }
        // What can't be removed now is met again.
        let _ = fs::remove_dir_all(&folder);
    }
}

/// The options of a folder, locked; `None` where there are none, or where a run has locked them that lives, or clears up too.
fn locked(folder: &Path) -> Option<fs::File> {
    let path = folder.join(OPTIONS);
    let file = fs::File::open(&path).ok()?;
    (file.try_lock().is_ok() && path.exists()).then_some(file)
}

impl Options {
    /// Keeps what was recorded of each function, beside whatever captures there are; returns their folders.
    fn keep(&self, from: &Path) -> Result<Vec<String>> {
        if !self.home.is_dir() {
            return Ok(Vec::new());
        }
        let recorded = from.join(RECORDED);
        let times = [timestamp(&from.join(OPTIONS))?, timestamp(&recorded)?];
        let journals = Journals::read(&recorded)?;
        let mut kept = Vec::new();
        for (number, (function, name)) in self.targets.iter().zip(&self.names).enumerate() {
            let in_processes = journals.recorded.get(&number).map_or(&[][..], Vec::as_slice);
            let together = Together::new(in_processes, Room { calls: self.keep, bytes: self.most_bytes });
            let Some(first) = in_processes.iter().find(|one| one.made() > 0) else { continue };
            let (name, place) = self.free(name);
            let described = Capture {
                streams: self.streams,
                recipes: self.recipes.clone(),
                unreplayed: Some("it was killed before its end".to_owned()),
                ..described(&name, function, &journals.processes[first.process].version, times)
            };
            let captures = place.parent().unwrap_or(&place);
            let (folder, mut capture) = together.write(captures, &recorded.join("objects"), described)?;
            capture.workload = toml(&capture, together.mean(), None);
            kept.push(put(folder, &place, &capture)?.display().to_string());
        }
        Ok(kept)
    }

    /// A name that no capture has, and its place.
    fn free(&self, name: &str) -> (String, PathBuf) {
        let mut found = name.to_owned();
        let mut number = 1;
        while folder(&self.home, &found).exists() {
            number += 1;
            found = format!("{name}-{number}");
        }
        let place = folder(&self.home, &found);
        (found, place)
    }
}

/// When a file was last written.
fn timestamp(path: &Path) -> Result<Timestamp> {
    let modified: SystemTime =
        fs::metadata(path).and_then(|one| one.modified()).with_context(|| path.display().to_string())?;
    Ok(Timestamp::try_from(modified)?)
}
