//! Writing a capture: its folder appears whole, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustworthy_model::capture::{Capture, Overhead, SCHEMA, Unrecordable};
use serde_json::json;
use tempfile::TempDir;

use super::choose::{Candidate, Kept, Room, choose};
use super::journals::{Call, InProcess};

/// What was recorded of one function, put together from all processes.
pub(super) struct Together<'a> {
    /// In the order in which they were made.
    calls: Vec<&'a Call>,
    kept: Vec<Kept>,
    made: u64,
    unrecordable: Vec<Unrecordable>,
    in_processes: &'a [InProcess],
}

impl<'a> Together<'a> {
    /// Chooses what is kept.
    pub(super) fn new(in_processes: &'a [InProcess], room: Room) -> Self {
        let mut calls: Vec<&Call> = in_processes.iter().flat_map(|one| &one.calls).collect();
        calls.sort_by(|one, other| one.started.total_cmp(&other.started));
        let made = in_processes.iter().map(InProcess::made).sum();
        let unrecordable = unrecordable(in_processes, made);
        let recordable = made - unrecordable.iter().map(|one| one.count).sum::<u64>();
        let mut strata: BTreeMap<String, f64> = BTreeMap::new();
        for (stratum, weight) in in_processes.iter().flat_map(InProcess::strata) {
            *strata.entry(stratum).or_default() += weight;
        }
        let candidates: Vec<Candidate> = calls.iter().map(|call| candidate(call)).collect();
        let kept = choose(&candidates, &strata, recordable, room);
        Self { calls, kept, made, unrecordable, in_processes }
    }

    /// Calls that were made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    fn kept(&self) -> impl Iterator<Item = (&Call, &Kept)> {
        self.kept.iter().map(|kept| (self.calls[kept.candidate], kept))
    }

    /// How long a call takes on average, in seconds.
    pub(super) fn mean(&self) -> f64 {
        let weights: f64 = self.kept.iter().map(|kept| kept.weight).sum();
        self.kept().map(|(call, kept)| call.seconds * kept.weight).sum::<f64>() / weights.max(f64::MIN_POSITIVE)
    }

    /// Whether some of those kept have changed their arguments.
    pub(super) fn mutates(&self) -> bool {
        self.kept().any(|(call, _)| call.changes)
    }

    /// The lines of `calls.jsonl`.
    fn lines(&self) -> String {
        let mut text = String::new();
        for (call, kept) in self.kept() {
            let more = json!({
                "seconds": call.seconds,
                "weight": kept.weight,
                "started": call.started,
                "thread": call.thread,
                "task": call.task,
                "redacted": call.redacted,
                "late": call.late,
                "chosen": kept.is_chosen,
            })
            .to_string();
            // One object of the two, whose first part stays as it was recorded.
            text.push_str(call.text.strip_suffix('}').unwrap_or(&call.text));
            text.push(',');
            text.push_str(more.strip_prefix('{').unwrap_or(&more));
            text.push('\n');
        }
        text
    }

    /// Writes the calls and their objects into a folder beside the one that they are for; returns it with what there is to say.
    pub(super) fn write(&self, captures: &Path, objects: &Path, described: Capture) -> Result<(TempDir, Capture)> {
        fs::create_dir_all(captures).with_context(|| captures.display().to_string())?;
        let folder = tempfile::Builder::new().prefix(".part-").tempdir_in(captures)?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        let text = self.lines();
        write_private(&folder.path().join("calls.jsonl"), text.as_bytes())?;
        let mut bytes = text.len() as u64;
        let digests: BTreeSet<&String> = self.kept().flat_map(|(call, _)| &call.pickles).collect();
        if !digests.is_empty() {
            let own = folder.path().join("objects");
            fs::create_dir(&own)?;
            fs::set_permissions(&own, fs::Permissions::from_mode(0o700))?;
            for digest in &digests {
                let data = fs::read(objects.join(digest)).with_context(|| format!("object {digest}"))?;
                bytes += data.len() as u64;
                write_private(&own.join(digest), &data)?;
            }
        }
        let counters = || self.in_processes.iter().filter_map(|one| one.counters.as_ref());
        let capture = Capture {
            calls: self.made,
            kept: self.kept.len() as u64,
            bytes,
            redacted: self.kept().map(|(call, _)| call.redacted).sum(),
            unrecordable: self.unrecordable.clone(),
            processes: self.in_processes.iter().filter(|one| one.made() > 0).count() as u64,
            chosen: self.kept.iter().filter(|kept| kept.is_chosen).count() as u64,
            late: self.kept().filter(|(call, _)| call.late).count() as u64,
            cut_off: self.kept().filter(|(call, _)| call.more).count() as u64,
            all_timed: counters().all(|one| one.is_timing || one.calls as f64 <= one.sampled),
            full: counters().any(|one| one.full),
            is_async: counters().any(|one| one.is_async),
            pickled: !(digests.is_empty() && described.recipes.is_empty()),
            held_by: counters().flat_map(|one| one.held_by.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
            overhead: overhead(self.in_processes),
            ..described
        };
        Ok((folder, capture))
    }
}

/// Calls that couldn't be recorded, by reason, the most frequent first; never more than were made.
fn unrecordable(in_processes: &[InProcess], made: u64) -> Vec<Unrecordable> {
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for one in in_processes {
        for (why, count) in one.counters.iter().flat_map(|counters| &counters.unrecordable) {
            *counts.entry(why).or_default() += count * one.scale();
        }
    }
    let mut left = made;
    let mut all: Vec<Unrecordable> = counts
        .into_iter()
        .map(|(why, count)| {
            let count = (count.round().max(1.0) as u64).min(left);
            left -= count;
            Unrecordable { why: why.to_owned(), count }
        })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.count));
    all
}

fn candidate(call: &Call) -> Candidate {
    Candidate {
        stratum: call.stratum.clone(),
        key: call.key,
        seconds: call.seconds,
        size: call.size,
        bytes: call.text.len() as u64 + 200,
        raised: call.raised.clone(),
    }
}

/// What recording has cost in the processes in which the function was called.
fn overhead(in_processes: &[InProcess]) -> Overhead {
    let counters = || in_processes.iter().filter_map(|one| one.counters.as_ref()).filter(|one| one.calls > 0);
    let (spent, cpu) = counters().fold((0.0, 0.0), |(spent, cpu), one| (spent + one.spent, cpu + one.cpu));
    let mut medians: Vec<f64> = counters().map(|one| one.median).collect();
    medians.sort_by(f64::total_cmp);
    // Processor time without what recording took of it.
    let own = cpu - spent;
    Overhead {
        share: (own > 0.5).then_some(spent / own),
        seconds: medians.get(medians.len() / 2).copied().unwrap_or_default(),
    }
}

/// Where nothing is known yet.
pub(super) fn described(name: &str, function: &str, python: &str, times: [jiff::Timestamp; 2]) -> Capture {
    let [started, finished] = times;
    Capture {
        schema: SCHEMA.to_owned(),
        name: name.to_owned(),
        function: function.to_owned(),
        python: python.to_owned(),
        calls: 0,
        kept: 0,
        bytes: 0,
        redacted: 0,
        unrecordable: Vec::new(),
        started,
        finished,
        processes: 0,
        chosen: 0,
        late: 0,
        streams: None,
        cut_off: 0,
        all_timed: true,
        full: false,
        is_async: false,
        pickled: false,
        recipes: BTreeMap::new(),
        held_by: Vec::new(),
        overhead: Overhead { share: None, seconds: 0.0 },
        purity: None,
        unreplayed: None,
        workload: String::new(),
    }
}

/// Puts a folder that is complete in its place; one that is there already goes.
pub(super) fn put(folder: TempDir, place: &Path, capture: &Capture) -> Result<PathBuf> {
    let text = serde_json::to_string_pretty(capture)? + "\n";
    write_private(&folder.path().join("capture.json"), text.as_bytes())?;
    let old = place.with_file_name(format!(".old-{}-{}", capture.name, std::process::id()));
    let had = place.exists();
    if had {
        fs::rename(place, &old).with_context(|| place.display().to_string())?;
    }
    fs::rename(folder.keep(), place).with_context(|| place.display().to_string())?;
    if had {
        let _ = fs::remove_dir_all(&old);
    }
    Ok(place.to_owned())
}

fn write_private(path: &Path, data: &[u8]) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(data)?;
        file.sync_all()
    };
    write().with_context(|| path.display().to_string())
}
