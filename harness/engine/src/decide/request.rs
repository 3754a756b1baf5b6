//! What a decision is asked for.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustworthy_model::comparison::Workload;

use crate::attribute::Traces;
use crate::compare::EffortRequest;
use crate::manifest::Project;
use crate::plan;
use crate::request::Common;
use crate::shell;
use crate::verdict::decision::Asked;

/// What to decide about, and on which terms.
#[derive(Debug, Clone)]
pub struct DecideRequest {
    /// Workloads, scenarios or functions; none for all.
    pub names: Vec<String>,
    /// Runs to decide from, even if the code has changed since; with any, nothing is measured.
    pub from: Vec<PathBuf>,
    /// Whether all of it is measured anew.
    pub fresh: bool,
    /// Share of Rust's benefit with which a library or an algorithm is chosen in its place.
    pub enough: Option<f64>,
    /// Whether only routes that run the code in a process of its own are considered.
    pub isolated: bool,
    /// Name of a size, or a number.
    pub size: Option<String>,
    /// Whether smaller sizes are measured too.
    pub sweep: bool,
    /// How much to measure.
    pub effort: EffortRequest,
    /// Time for measuring again, once each, what leaves verdicts open; `None` for not at all.
    pub settle: Option<Duration>,
    /// Traces of production to go by in place of scenarios.
    pub traces: Option<Traces>,
    /// A folder with what switches in production have recorded.
    pub telemetry: Option<PathBuf>,
    /// Whether Rust has been shipped already, so that what a migration costs is spent.
    pub is_shipped: bool,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// The options that all measuring commands share.
    pub common: Common,
}

impl DecideRequest {
    /// What commands that are suggested have to ask for too, so that what they measure is used; after the runs of these commands, which
    /// have measured these workloads of a project.
    pub(super) fn asked(&self, runs: Vec<Vec<String>>, project: &Project, measured: &[(&Workload, f64)]) -> Asked {
        let sizes = measured.iter();
        let sizes =
            sizes.filter_map(|(workload, _)| Some((workload.name.clone(), self.other_size(project, workload)?)));
        let sizes = sizes.collect();
        let Common { project, python, confidence, seed, .. } = &self.common;
        let folder = Some(project.folder.as_path()).filter(|folder| *folder != Path::new("."));
        let usual = Common::of(project.folder.clone());
        let common = [
            project.builtin.then(|| " --builtin".to_owned()),
            folder.map(|folder| option("--project", &folder.display())),
            project.manifest.as_ref().map(|manifest| option("--manifest", &manifest.display())),
            python.named.as_ref().map(|python| option("--python", &python.display())),
            python.offline.then(|| " --offline".to_owned()),
            (*confidence != usual.confidence).then(|| option("--confidence", &format!("{}%", confidence * 100.0))),
            (*seed != usual.seed).then(|| option("--seed", seed)),
        ];
        let compare = [
            self.effort.quick.then(|| " --quick".to_owned()),
            self.size.as_ref().map(|size| option("--size", size)),
            self.sweep.then(|| " --sweep".to_owned()),
        ];
        let joined = |options: &[Option<String>]| options.iter().flatten().map(String::as_str).collect::<String>();
        Asked { common: joined(&common), compare: joined(&compare), sizes, runs }
    }

    /// The size of a workload in a run that was named, where a comparison would be of another one.
    fn other_size(&self, project: &Project, workload: &Workload) -> Option<String> {
        let own = project.workloads.iter().find(|own| own.name == workload.name)?;
        let (usual, _) = plan::size(own, self.size.as_deref(), self.effort.quick).ok()?;
        let name = own.sizes.iter().find(|(_, size)| **size == workload.size).map(|(name, _)| name.clone());
        (usual != workload.size).then(|| shell::word(&name.unwrap_or_else(|| workload.size.to_string())))
    }
}

/// An option with its value, after a blank.
fn option(name: &str, value: &dyn Display) -> String {
    format!(" {name} {}", shell::word(&value.to_string()))
}
