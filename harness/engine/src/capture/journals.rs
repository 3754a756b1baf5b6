//! What the processes of a program have left, file by file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// All files of one program.
#[derive(Debug, Default)]
pub(super) struct Journals {
    /// Processes that ran Python with a recorder.
    pub(super) processes: Vec<Process>,
    /// By target, what each process has recorded of it.
    pub(super) recorded: BTreeMap<usize, Vec<InProcess>>,
}

/// One process.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Process {
    pub(super) executable: PathBuf,
    pub(super) version: String,
    /// Where it began.
    pub(super) folder: PathBuf,
    /// Its `sys.path` at the start.
    pub(super) path: Vec<String>,
    /// Whether the program runs whenever its module is imported.
    pub(super) unguarded: bool,
}

/// What one process has recorded of one target.
#[derive(Debug, Default)]
pub(super) struct InProcess {
    /// Which process.
    pub(super) process: usize,
    /// The newest; `None` where it was killed before it wrote any.
    pub(super) counters: Option<Counters>,
    pub(super) calls: Vec<Call>,
}

/// Counters of one target in one process.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Counters {
    /// `armed`, `waiting`, or why it isn't recorded.
    pub(super) status: String,
    pub(super) calls: u64,
    /// Calls that those which were looked at stand for.
    pub(super) sampled: f64,
    /// The same by stratum, of those that could be recorded.
    pub(super) strata: BTreeMap<String, f64>,
    pub(super) unrecordable: Vec<(String, f64)>,
    /// Seconds of processor time that recording took.
    pub(super) spent: f64,
    /// Seconds that looking at a call took, the median.
    pub(super) median: f64,
    /// Processor time of the process.
    pub(super) cpu: f64,
    pub(super) is_timing: bool,
    pub(super) is_async: bool,
    pub(super) held_by: Vec<String>,
    /// Its `sys.path` by then.
    pub(super) path: Vec<String>,
    pub(super) full: bool,
}

/// A call that was taken down.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Call {
    /// Which target.
    call: usize,
    /// Arguments before and after, and how it ended: the text of a JSON object.
    pub(super) text: String,
    pub(super) seconds: f64,
    /// Seconds since 1970.
    pub(super) started: f64,
    pub(super) thread: String,
    pub(super) task: Option<String>,
    pub(super) stratum: Option<String>,
    pub(super) key: Option<f64>,
    /// How many calls it stands for where it was drawn.
    pub(super) weight: f64,
    pub(super) size: u64,
    pub(super) raised: Option<String>,
    /// Digests of what it holds that only pickle can.
    pub(super) pickles: Vec<String>,
    /// Whether it has changed its arguments.
    pub(super) changes: bool,
    pub(super) redacted: u64,
    pub(super) late: bool,
    /// Whether it is a stream of which more came than was taken down.
    pub(super) more: bool,
}

/// A line of a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Process {
        process: Process,
    },
    Counters {
        counters: usize,
        #[serde(flatten)]
        values: Counters,
    },
    Call(Box<Call>),
}

impl Journals {
    /// Reads what is in a folder. The last line of a file may be cut off, where its process was killed.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut journals = Self::default();
        let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
        files.sort();
        for file in files {
            journals.add(&file).with_context(|| file.display().to_string())?;
        }
        Ok(journals)
    }

    fn add(&mut self, file: &Path) -> Result<()> {
        let mut own: BTreeMap<usize, InProcess> = BTreeMap::new();
        let process = self.processes.len();
        for line in BufReader::new(fs::File::open(file)?).split(b'\n') {
            let of = |target| (target, InProcess { process, ..InProcess::default() });
            match serde_json::from_slice(&line?) {
                Ok(Line::Process { process }) => self.processes.push(process),
                Ok(Line::Counters { counters, values }) => {
                    let (target, new) = of(counters);
                    own.entry(target).or_insert(new).counters = Some(values);
                }
                Ok(Line::Call(call)) => {
                    let (target, new) = of(call.call);
                    own.entry(target).or_insert(new).calls.push(*call);
                }
                Err(_) => {}
            }
        }
        // Without its first line a file tells too little.
        if self.processes.len() > process {
            for (target, recorded) in own {
                self.recorded.entry(target).or_default().push(recorded);
            }
        }
        Ok(())
    }
}

impl InProcess {
    /// Calls that were made, as far as it's known of a process that may have been killed.
    pub(super) fn made(&self) -> u64 {
        let drawn = self.calls.iter().filter(|call| call.key.is_some()).count() as u64;
        self.counters.as_ref().map_or(0, |counters| counters.calls).max(drawn)
    }

    /// How many calls one stands for that was looked at, beside what chance has said: what it says doesn't add up to the very number.
    pub(super) fn scale(&self) -> f64 {
        match &self.counters {
            Some(counters) if counters.sampled > 0.0 => self.made() as f64 / counters.sampled,
            _ => 1.0,
        }
    }

    /// By stratum, how many calls it stands for.
    pub(super) fn strata(&self) -> BTreeMap<String, f64> {
        match &self.counters {
            Some(counters) => counters.strata.iter().map(|(name, one)| (name.clone(), one * self.scale())).collect(),
            None => {
                let mut strata = BTreeMap::new();
                for call in &self.calls {
                    if let (Some(stratum), Some(_)) = (&call.stratum, call.key) {
                        *strata.entry(stratum.clone()).or_default() += call.weight;
                    }
                }
                strata
            }
        }
    }
}
