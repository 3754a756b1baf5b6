//! The options that several use cases share.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::manifest::{Input, Project};
use rustworthy_stats::{Confidence, Resampling};

/// Which project is meant.
#[derive(Debug, Clone)]
pub struct ProjectRequest {
    /// Its folder; the manifest is searched for there and in the folders above.
    pub folder: PathBuf,
    /// The manifest, instead of searching for one.
    pub manifest: Option<PathBuf>,
    /// Whether it's the project that the program ships, whatever manifests there are.
    pub builtin: bool,
}

/// Which Python is meant.
#[derive(Debug, Clone, Default)]
pub struct PythonRequest {
    /// An executable, a virtual environment or the name of a command; without one, the active environment or the Python
    /// that the program was built with.
    pub named: Option<PathBuf>,
    /// Whether the network must not be used.
    pub offline: bool,
}

/// The options that all measuring commands share.
#[derive(Debug, Clone)]
pub struct Common {
    /// Which project.
    pub project: ProjectRequest,
    /// Which Python.
    pub python: PythonRequest,
    /// Longest that one call of a contender may take, instead of what the manifest says.
    pub timeout: Option<Duration>,
    /// Most bytes that a worker may hold, instead of what the manifest says.
    pub memory: Option<u64>,
    /// Confidence level of intervals, 0.95 for 95 %.
    pub confidence: f64,
    /// Seed of inputs, orders and resampling.
    pub seed: u64,
    /// Whether values of recorded calls may be read that only pickle holds: that may run any code.
    pub trusts_pickles: bool,
    /// How long to wait for others to leave the processors alone before measuring; `None` for not at all.
    pub wait_for_quiet: Option<Duration>,
}

impl Common {
    /// The project in a folder, with everything else as usual.
    pub fn of(folder: PathBuf) -> Self {
        Self {
            project: ProjectRequest { folder, manifest: None, builtin: false },
            python: PythonRequest::default(),
            timeout: None,
            memory: None,
            confidence: Confidence::USUAL.level(),
            seed: 1,
            trusts_pickles: false,
            wait_for_quiet: None,
        }
    }

    /// How intervals are drawn.
    ///
    /// # Errors
    /// When the confidence level is one that intervals can't have.
    pub fn resampling(&self) -> Result<Resampling> {
        let Some(confidence) = Confidence::new(self.confidence) else {
            bail!("--confidence {}%: give a share from 50% to 99.99%", self.confidence * 100.0);
        };
        Ok(Resampling { confidence, seed: self.seed, ..Resampling::default() })
    }

    /// Puts the limits that were asked for in place of a project's own, and allows what was allowed.
    pub(crate) fn limit(&self, project: &mut Project) {
        let contenders = project.workloads.iter_mut().flat_map(|workload| &mut workload.contenders);
        let own = contenders.map(|contender| &mut contender.limits);
        for limits in own.chain([&mut project.limits]) {
            limits.timeout = self.timeout.unwrap_or(limits.timeout);
            limits.memory = self.memory.unwrap_or(limits.memory);
        }
        for workload in &mut project.workloads {
            if let Input::Calls(captured) = &mut workload.input {
                captured.calls.trusts_pickles = self.trusts_pickles;
                captured.calls.streams = streams(&captured.calls.folder);
            }
        }
    }
}

/// How many items of generators are read, as a capture says.
fn streams(capture: &Path) -> Option<u64> {
    #[derive(Deserialize)]
    struct Said {
        streams: Option<u64>,
    }
    // Where there is no such file that is told where its calls are read.
    let text = fs::read(capture.join("capture.json")).ok()?;
    serde_json::from_slice::<Said>(&text).ok()?.streams
}
