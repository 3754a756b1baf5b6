//! Reusing earlier runs that are still valid: of the same code, inputs, sizes and Python.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustworthy_model::Estimate;
use rustworthy_model::attribution::Attribution;
use rustworthy_model::comparison::{Comparison, Kind, Route, Workload};
use rustworthy_model::environment::PythonHost;

use super::digests::CodeDigests;
use super::folder::past;
use super::saved::{Saved, read};
use crate::manifest::Project;
use crate::plan;
use crate::python::Interpreter;

/// The criteria by which an earlier run can be used instead of a new one.
#[derive(Debug)]
pub struct ReuseCriteria<'a> {
    /// The project as it is.
    pub project: &'a Project,
    /// The interpreter that would be measured.
    pub interpreter: &'a Interpreter,
    /// What would run it.
    pub host: PythonHost,
    /// Name of a size, or a number; without one the size `default`, or `quick` in a quick run.
    pub size: Option<&'a str>,
    /// Whether a quick run would be made.
    pub quick: bool,
    /// Whether smaller sizes have to be there too.
    pub sweep: bool,
    /// Confidence level of intervals.
    pub confidence: f64,
    /// Seed of inputs.
    pub seed: u64,
}

/// An earlier run, with only those results in it that are still valid.
#[derive(Debug)]
pub enum Reused {
    /// A comparison.
    Comparison(Box<Comparison>),
    /// An attribution of a scenario.
    Attribution(Box<Attribution>),
}

/// The most precise measurements of these workloads and scenarios that still hold, of equally precise ones the newest; takes the
/// names that were found off the lists.
pub fn reuse(
    home: &Path,
    wanted: &ReuseCriteria<'_>,
    workloads: &mut Vec<String>,
    scenarios: &mut Vec<String>,
) -> Vec<Reused> {
    let now = CodeDigests::of(wanted.project, wanted.interpreter);
    let valid = |file: PathBuf| valid(&file, wanted, &now, workloads, scenarios);
    most_precise(past(home).into_iter().filter_map(valid).collect(), workloads, scenarios)
}

/// Names of the functions that attributions of a project have rows of, whether these still hold or not.
pub fn attributed_functions(home: &Path) -> Vec<String> {
    let attributions = past(home).into_iter().filter_map(|file| match read(&file) {
        Ok(Saved::Attribution(attribution)) => Some(attribution),
        _ => None,
    });
    let functions = attributions.flat_map(|attribution| attribution.functions);
    functions.filter(|function| function.is_function()).map(|function| function.name).collect()
}

/// The newest runs of `try` that still hold, by name of these workloads: each has that one alone.
pub fn tried(home: &Path, wanted: &ReuseCriteria<'_>, workloads: &[String]) -> BTreeMap<String, Comparison> {
    let own = wanted.project.workloads.iter().filter(|workload| workloads.contains(&workload.name));
    let mut now: Vec<(&str, CodeDigests)> = own
        .map(|workload| {
            let tried = wanted.project.with_baseline_of(workload);
            (workload.name.as_str(), CodeDigests::of(&tried, wanted.interpreter))
        })
        .collect();
    let mut found = BTreeMap::new();
    for file in past(home) {
        let Some(then) = file.parent().and_then(CodeDigests::read) else { continue };
        let is_same = |(name, now): &(&str, CodeDigests)| then.same_workload(now, name);
        if !now.iter().any(is_same) {
            continue;
        }
        let Ok(Saved::Comparison(comparison)) = read(&file) else { continue };
        // A run of `try` is of one workload.
        let [workload] = comparison.workloads.as_slice() else { continue };
        let is_of_it = |one: &(&str, CodeDigests)| one.0 == workload.name && is_same(one);
        if wanted.is_like(&comparison.run)
            && workload.tried.is_some()
            && now.iter().any(is_of_it)
            && wanted.is_of_size(workload)
        {
            let name = workload.name.clone();
            now.retain(|(known, _)| *known != name);
            found.insert(name, *comparison);
        }
    }
    found
}

/// What of a run still holds, and was asked for; `None` where nothing does.
fn valid(
    file: &Path,
    wanted: &ReuseCriteria<'_>,
    now: &CodeDigests,
    workloads: &[String],
    scenarios: &[String],
) -> Option<Reused> {
    let then = file.parent().and_then(CodeDigests::read)?;
    let is_same = |name: &String| then.same_workload(now, name) || then.same_scenario(now, name);
    // Reading a whole run takes far longer.
    if !workloads.iter().chain(scenarios).any(is_same) {
        return None;
    }
    match read(file).ok()? {
        Saved::Comparison(mut comparison)
            if wanted.is_like(&comparison.run) && comparison.environment.python.host == wanted.host =>
        {
            comparison.workloads.retain(|workload| {
                workloads.contains(&workload.name)
                    && then.same_workload(now, &workload.name)
                    && workload.tried.is_none()
                    && wanted.is_whole(workload)
            });
            (!comparison.workloads.is_empty()).then_some(Reused::Comparison(comparison))
        }
        Saved::Attribution(attribution)
            if scenarios.contains(&attribution.scenario)
                && wanted.is_like(&attribution.run)
                && attribution
                    .environment
                    .as_ref()
                    .is_none_or(|environment| environment.python.host == wanted.host)
                && wanted.is_enough(&attribution)
                && then.same_scenario(now, &attribution.scenario) =>
        {
            Some(Reused::Attribution(attribution))
        }
        _ => None,
    }
}

/// Of each workload and scenario the most precise measurement among these runs, which are the newest first.
fn most_precise(mut runs: Vec<Reused>, workloads: &mut Vec<String>, scenarios: &mut Vec<String>) -> Vec<Reused> {
    let mut best: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for (place, run) in runs.iter().enumerate() {
        for (name, width) in run.widths() {
            if best.get(&name).is_none_or(|(_, known)| width < *known) {
                best.insert(name, (place, width));
            }
        }
    }
    let is_best = |place: usize, name: &str| best.get(name).is_some_and(|(best, _)| *best == place);
    for (place, run) in runs.iter_mut().enumerate() {
        if let Reused::Comparison(comparison) = run {
            comparison.workloads.retain(|workload| is_best(place, &workload.name));
        }
    }
    let mut place = 0..;
    runs.retain(|run| {
        let place = place.next().unwrap_or_default();
        match run {
            Reused::Comparison(comparison) => {
                for workload in &comparison.workloads {
                    take(workloads, &workload.name);
                }
                !comparison.workloads.is_empty()
            }
            Reused::Attribution(attribution) => {
                is_best(place, &attribution.scenario) && take(scenarios, &attribution.scenario)
            }
        }
    });
    runs
}

impl Reused {
    /// How wide its intervals are, by name of workload or scenario: of workloads relative to the times, and the widest of all
    /// contenders; of scenarios by their requests, in which intervals narrow.
    fn widths(&self) -> Vec<(String, f64)> {
        match self {
            Self::Comparison(comparison) => {
                comparison.workloads.iter().map(|workload| (workload.name.clone(), widest(workload))).collect()
            }
            Self::Attribution(attribution) => {
                let width = 1.0 / (attribution.requests.max(1) as f64).sqrt();
                // Of another load than was asked for, more requests tell less than the fewest of the right one.
                let width = if attribution.missed_load().is_some() { 1.0 + width } else { width };
                vec![(attribution.scenario.clone(), width)]
            }
        }
    }
}

fn widest(workload: &Workload) -> f64 {
    let times = workload.contenders.iter().filter_map(|contender| contender.seconds);
    times.map(|time| (time.high - time.low) / time.estimate).reduce(f64::max).unwrap_or(f64::INFINITY)
}

/// Speedups that workloads have measured of the functions that they replace, by the function's name: of each workload the
/// largest by Rust that a caller in Python can have, from the newest comparison that still holds.
pub fn speedups(home: &Path, wanted: &ReuseCriteria<'_>) -> BTreeMap<String, Estimate> {
    let replacing = wanted.project.workloads.iter().filter(|workload| workload.replaces.is_some());
    let mut names: Vec<String> = replacing.map(|workload| workload.name.clone()).collect();
    let runs = reuse(home, wanted, &mut names, &mut Vec::new());
    let measured: Vec<&Workload> = runs
        .iter()
        .flat_map(|run| match run {
            Reused::Comparison(comparison) => comparison.workloads.as_slice(),
            Reused::Attribution(_) => &[],
        })
        .collect();
    speedups_of(wanted.project, &measured)
}

/// The same by these results.
pub fn speedups_of(project: &Project, measured: &[&Workload]) -> BTreeMap<String, Estimate> {
    let replacing = project.workloads.iter().filter(|workload| workload.replaces.is_some());
    replacing
        .filter_map(|own| {
            let workload = measured.iter().find(|workload| workload.name == own.name)?;
            Some((own.replaces.as_ref()?.to_string(), best(workload)?))
        })
        .collect()
}

/// The largest speedup by Rust that a caller in Python can have.
fn best(workload: &Workload) -> Option<Estimate> {
    let contenders = workload.contenders.iter();
    let rust = contenders.filter(|contender| contender.kind == Kind::Rust && contender.route != Route::Kernel);
    let rust = rust.filter(|contender| contender.remembers.is_none());
    rust.filter_map(|contender| contender.speedup).max_by(|one, other| one.estimate.total_cmp(&other.estimate))
}

impl ReuseCriteria<'_> {
    /// Whether a run is complete, of the requested inputs, and of at least the requested confidence.
    fn is_like(&self, run: &rustworthy_model::Run) -> bool {
        run.complete && run.seed == self.seed && run.confidence == self.confidence
    }

    /// Whether a workload has all its contenders, at the size that is asked for.
    fn is_whole(&self, workload: &Workload) -> bool {
        let Some(own) = self.project.workloads.iter().find(|own| own.name == workload.name) else { return false };
        let has = |name: &str| workload.contenders.iter().any(|contender| contender.name == name);
        self.is_of_size(workload)
            && own.contenders.iter().all(|contender| has(&contender.name))
            && (!self.sweep || workload.sweep.is_some())
    }

    /// Whether a workload was measured at the size that is asked for.
    fn is_of_size(&self, workload: &Workload) -> bool {
        let own = self.project.workloads.iter().find(|own| own.name == workload.name);
        let size = own.and_then(|own| plan::size(own, self.size, self.quick).ok());
        size.is_some_and(|(size, _)| size == workload.size)
    }

    /// Whether an attribution is of as many requests as are asked for, and of the scenario as it is.
    fn is_enough(&self, attribution: &Attribution) -> bool {
        let scenario = self.project.scenarios.iter().find(|scenario| scenario.name == attribution.scenario);
        let is_plain = attribution.trace.is_none() && attribution.injected.is_none();
        is_plain && scenario.is_some_and(|scenario| self.quick || attribution.requests >= scenario.count)
    }
}

/// Takes a name off a list, if it's on it.
pub fn take(names: &mut Vec<String>, name: &str) -> bool {
    let before = names.len();
    names.retain(|one| one != name);
    names.len() < before
}
