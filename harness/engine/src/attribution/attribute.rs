//! The use case behind `rustworthy attribute`: a typed request in, events while it runs, a typed result out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rustworthy_model::attribution::Attribution;
use rustworthy_model::environment::Environment;
use rustworthy_model::{Estimate, Run};

use super::assembly::Analysis;
use super::known::KnownFunctions;
use super::scenario::{
    ScenarioContext, ScenarioEvent, Session, TailStacks, attribution_of_scenario, lines, measure_scenario,
};
use super::traced::attribution_of_trace;
use crate::machine::{Others, Root};
use crate::manifest::{Project, Scenario, Target, hint};
use crate::workers::{Failure, Workers, allowed_cpus};
use rustworthy_attribution::trace::parts::{self, Merged};
use rustworthy_attribution::trace::{self, Imported, TraceError};

/// Rounds that requests are divided among: each begins with fresh processes.
const ROUNDS: u32 = 6;
const QUICK_ROUNDS: u32 = 3;

/// Requests of a quick run: the fewest of which anything can be said about p99.
const QUICK_COUNT: u64 = 1_000;

/// Which scenario to attribute, and how thoroughly.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioRequest<'a> {
    /// The scenario, one of the project's.
    pub scenario: &'a Scenario,
    /// How many requests; `None` for as many as the scenario has, or 1,000 at most of a quick run.
    pub requests: Option<u64>,
    /// Whether a first impression will do: with fewer requests, in fewer rounds.
    pub quick: bool,
    /// Functions to watch instead of the scenario's own candidates; `None` for these. Where there are none they are found by
    /// sampling.
    pub candidates: Option<Vec<Target>>,
    /// A delay to add to every call of a function, to see whether shares and projections move as they must.
    pub inject: Option<Injection>,
    /// Speedups that workloads have measured of functions that they replace, by the function's name.
    pub speedups: BTreeMap<String, Estimate>,
    /// How the result is drawn from the requests.
    pub analysis: Analysis,
    /// The run that has begun. Its seed is that of requests, arrivals and resamples.
    pub run: Run,
}

/// A delay of every call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    /// The function.
    pub function: Target,
    /// How much longer every call takes.
    pub delay: Duration,
}

/// What has to be there before a scenario is measured.
#[derive(Debug, Clone, Copy)]
pub struct Prerequisites<'a> {
    /// The project that the scenario is of.
    pub project: &'a Project,
    /// How to start workers in the Python of the project, whose services run. They know too when the run is to end early.
    pub workers: &'a Workers,
    /// A folder for files that nobody needs afterwards.
    pub scratch: &'a Path,
    /// The machine and the interpreter, for the result.
    pub environment: &'a Environment,
}

/// Which traces to attribute.
#[derive(Debug, Clone)]
pub struct TraceRequest {
    /// Where they are from.
    pub source: TraceSource,
    /// How they are read.
    pub options: trace::Options,
    /// Messages with traces that were sent and aren't among them.
    pub dropped: u64,
    /// What is known of functions that they may have.
    pub known: KnownFunctions,
    /// How the result is drawn from the requests.
    pub analysis: Analysis,
    /// The run that has begun. Its seed is that of resamples.
    pub run: Run,
}

/// Where traces are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceSource {
    /// Spans, in files and folders of them.
    Files(Vec<PathBuf>),
    /// Requests that other processes have put together, in a folder of parts. How spans were read is known of them: of the options
    /// limits and the histogram apply alone.
    Parts(PathBuf),
}

/// What an attribution goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeEvent {
    /// A scenario is measured.
    Scenario(ScenarioEvent),
    /// Traces are read.
    ReadingTrace,
    /// Beside the parts that are merged there are these, which aren't called as parts are.
    LeftAside(Vec<PathBuf>),
    /// The requests of traces are replayed.
    ReplayingTrace,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Attributed {
    /// The result. Its run is complete unless the user has interrupted it.
    pub attribution: Attribution,
    /// Every request that was measured, a line of JSON each; `None` of a trace.
    pub requests: Option<String>,
    /// Stacks of slow requests beside those of usual ones, where there are enough samples of both.
    pub tail: Option<TailStacks>,
}

impl Attributed {
    /// Whether the migrated service could not be compared with the service as it is, since its responses differ.
    pub fn differs(&self) -> bool {
        self.attribution.migrated.as_ref().is_some_and(|migrated| !migrated.is_equal())
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum AttributeError {
    /// The project has no such scenario.
    #[error("{0}")]
    UnknownScenario(String),
    /// The service of the scenario failed.
    #[error("{scenario}: {failure}")]
    Failed {
        /// Name of the scenario.
        scenario: String,
        /// What it failed with.
        failure: Failure,
    },
    /// The user interrupted it before the first round.
    #[error("interrupted before there was anything to save")]
    Interrupted,
    /// The user interrupted it in the first round.
    #[error("interrupted before a round was over; there is nothing to save")]
    NoRound,
    /// The traces can't be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// The scenario of a project by its name.
///
/// # Errors
/// When there is none of that name.
pub fn find_scenario<'a>(project: &'a Project, name: &str) -> Result<&'a Scenario, AttributeError> {
    project.scenarios.iter().find(|scenario| scenario.name == name).ok_or_else(|| {
        let known: Vec<&str> = project.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        AttributeError::UnknownScenario(match known.as_slice() {
            [] => format!("{} has no scenario; add a [scenario.NAME]", project.manifest.display()),
            _ => format!(
                "there is no scenario '{name}'{}; there are {}",
                hint(name, known.iter().copied()),
                known.join(", ")
            ),
        })
    })
}

/// Measures a scenario: which functions make up the latency of its service, and what it becomes when they get faster.
///
/// # Errors
/// When the service fails, or the user interrupts before the first round is over.
pub fn attribute_scenario(
    request: &ScenarioRequest<'_>,
    prerequisites: Prerequisites<'_>,
    listen: &mut dyn FnMut(AttributeEvent),
) -> Result<Attributed, AttributeError> {
    let ScenarioRequest { scenario, analysis, .. } = request;
    let session = session(request, prerequisites);
    let context = ScenarioContext {
        python_path: &prerequisites.project.python_path,
        confidence: analysis.confidence,
        speedups: &request.speedups,
    };
    let others = Others::watch(Root::system());
    let measured = measure_scenario(&session, &context, &mut |event| listen(AttributeEvent::Scenario(event)));
    let (mut measured, tail) = measured.map_err(|failure| match failure {
        Failure::Interrupted => AttributeError::Interrupted,
        failure => AttributeError::Failed { scenario: scenario.name.clone(), failure },
    })?;
    measured.others = others.seen();
    let run = finished(&request.run, !prerequisites.workers.cancel.load(Ordering::Relaxed));
    let attribution = attribution_of_scenario(&measured, run, Some(prerequisites.environment.clone()), analysis)
        .ok_or(AttributeError::NoRound)?;
    Ok(Attributed { attribution, requests: Some(lines(&measured.recordings)), tail })
}

/// How the request is measured with what is there.
fn session<'a>(request: &'a ScenarioRequest<'a>, prerequisites: Prerequisites<'a>) -> Session<'a> {
    let ScenarioRequest { scenario, requests, quick, candidates, inject, .. } = request;
    let (count, rounds) = extent(scenario.count, *requests, *quick);
    Session {
        workers: prerequisites.workers,
        scenario,
        candidates: candidates.as_ref().unwrap_or(&scenario.candidates),
        replaced: prerequisites.project.workloads.iter().filter_map(|workload| workload.replaces.as_ref()).collect(),
        limits: prerequisites.project.limits,
        seed: request.run.seed,
        count,
        rounds,
        cpus: allowed_cpus(),
        scratch: prerequisites.scratch,
        delayed: inject.as_ref().map(|injection| (&injection.function, injection.delay)),
    }
}

/// How many requests are measured in how many rounds, of a scenario that has so many, if so many are asked for.
fn extent(of_scenario: u64, asked_for: Option<u64>, quick: bool) -> (u64, u32) {
    let (most, rounds) = if quick { (QUICK_COUNT.min(of_scenario), QUICK_ROUNDS) } else { (of_scenario, ROUNDS) };
    let count = asked_for.unwrap_or(most);
    // Each round has at least one request.
    (count, rounds.min(u32::try_from(count).unwrap_or(u32::MAX)).max(1))
}

/// Reads traces, or merges parts of them: which operations make up the latency of their requests, and what it becomes when they get faster.
///
/// # Errors
/// When they can't be read, or `cancel` becomes true meanwhile.
pub fn attribute_trace(
    request: &TraceRequest,
    cancel: &AtomicBool,
    listen: &mut dyn FnMut(AttributeEvent),
) -> Result<Attributed, AttributeError> {
    listen(AttributeEvent::ReadingTrace);
    let options = &request.options;
    let (mut imported, names) = match &request.source {
        TraceSource::Files(paths) => {
            let names = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
            (trace::read(paths, options, cancel)?, names)
        }
        TraceSource::Parts(folder) => {
            let Merged { imported, paths, left_aside } =
                parts::merge(folder, options.calibration.as_ref(), &options.limits, cancel)?;
            if !left_aside.is_empty() {
                listen(AttributeEvent::LeftAside(left_aside));
            }
            (imported, paths)
        }
    };
    if let Imported::Requests { requests, .. } = &mut imported {
        request.known.name(requests.functions_mut());
    }
    listen(AttributeEvent::ReplayingTrace);
    let run = finished(&request.run, true);
    let attribution = attribution_of_trace(&imported, request, names.join(", "), run)?;
    Ok(Attributed { attribution, requests: None, tail: None })
}

/// The run as it is now that all is measured.
fn finished(run: &Run, complete: bool) -> Run {
    Run { complete, finished: Some(Timestamp::now()), ..run.clone() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::manifest::{self, Origin};

    fn run() -> Run {
        Run {
            id: "run".to_owned(),
            started: Timestamp::UNIX_EPOCH,
            finished: None,
            command: Vec::new(),
            seed: 1,
            confidence: 0.95,
            complete: false,
        }
    }

    #[test]
    fn a_quick_run_has_fewer_requests_and_rounds() {
        assert_eq!(extent(3_000, None, false), (3_000, 6));
        assert_eq!(extent(3_000, None, true), (1_000, 3));
        assert_eq!(extent(400, None, true), (400, 3));
        // What is asked for counts, and no round is empty.
        assert_eq!(extent(3_000, Some(5_000), true), (5_000, 3));
        assert_eq!(extent(3_000, Some(2), false), (2, 2));
    }

    #[test]
    fn a_scenario_is_found_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let project = |text: &str| {
            let file = folder.path().join("rustworthy.toml");
            fs::write(&file, text).unwrap();
            manifest::load(&file, Origin::User).unwrap()
        };
        let scenario = "handler = 'm:handle'\nrequests = 'm:requests'\ncount = 3\narrivals = { process = 'closed' }\n";
        let one = project(&format!("[scenario.search]\n{scenario}"));
        assert_eq!(find_scenario(&one, "search").unwrap().count, 3);
        let error = find_scenario(&one, "serach").unwrap_err().to_string();
        assert!(error.starts_with("there is no scenario 'serach'") && error.ends_with("there are search"), "{error}");
        let error = find_scenario(&project(""), "search").unwrap_err().to_string();
        assert!(error.ends_with("rustworthy.toml has no scenario; add a [scenario.NAME]"), "{error}");
    }

    #[test]
    fn traces_are_attributed_without_a_command_line() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../attribution/src/trace/tests");
        let request = |file: &str| TraceRequest {
            source: TraceSource::Files(vec![folder.join(file)]),
            options: trace::Options::default(),
            dropped: 0,
            known: KnownFunctions::default(),
            analysis: Analysis::default(),
            run: run(),
        };
        let mut events = Vec::new();
        let found = attribute_trace(&request("jaeger.json"), &AtomicBool::new(false), &mut |event| events.push(event));
        let Attributed { attribution, requests, tail } = found.unwrap();
        assert_eq!(events, [AttributeEvent::ReadingTrace, AttributeEvent::ReplayingTrace]);
        assert!(attribution.scenario.ends_with("jaeger.json") && attribution.trace.is_some());
        assert!(attribution.run.complete && attribution.run.finished.is_some() && attribution.run.id == "run");
        assert!(requests.is_none() && tail.is_none());

        let lacking = TraceRequest { dropped: 3, ..request("jaeger.json") };
        let found = attribute_trace(&lacking, &AtomicBool::new(false), &mut |_| {}).unwrap().attribution;
        let reason = found.refused.expect("nothing is said of p99").reason;
        assert!(reason.starts_with("3 messages were dropped") && found.latency.p99.is_none(), "{reason}");

        let missing = attribute_trace(&request("nothing.json"), &AtomicBool::new(false), &mut |_| {}).unwrap_err();
        assert!(matches!(missing, AttributeError::Trace(TraceError::File { .. })), "{missing}");
    }
}
