//! Profiling what a manifest names: a contender of a workload, or a scenario, called again and again in a worker.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustworthy_protocol::{Entry, Input, LoadRequest, Lookup, MakeRequest, OpenRequest};

use crate::manifest::{Contender, InterpreterName, Limits, Scenario, Workload};
use crate::workers::{Failure, Laboratory, Worker, WorkerProcess, Workers};
use rustworthy_profiler::{ProfileError, Profiled, SampledProcess, Settings, profile};

/// How long calls are tried for to find out how long one takes.
const CALIBRATION: Duration = Duration::from_millis(20);

/// How long the calls between two readings of the clock take.
const BLOCK: f64 = 0.1;

/// What is called.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A contender on its workload's input, of this size.
    Contender(&'a Workload, &'a Contender, u64),
    /// The application of a scenario on all of its requests, one after the other.
    Scenario(&'a Scenario, Limits),
}

impl<'a> Subject<'a> {
    /// The file of requirements of its environment.
    pub fn requirements(self) -> Option<&'a Path> {
        match self {
            Self::Contender(workload, ..) => workload.requirements.as_deref(),
            Self::Scenario(scenario, _) => scenario.requirements.as_deref(),
        }
    }

    /// The Python that it names, with the file of requirements of its environment there.
    pub fn interpreter(self) -> Option<(Option<&'a Path>, &'a InterpreterName)> {
        match self {
            Self::Contender(_, contender, _) => Some((self.requirements(), contender.interpreter.as_ref()?)),
            Self::Scenario(..) => None,
        }
    }
}

/// Why it can't be profiled.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// It failed.
    #[error("{0}")]
    Failed(Failure),
    /// Its process can't be sampled.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Calls it until the time is up, and samples its worker meanwhile.
///
/// # Errors
/// When it fails, or can't be sampled.
pub fn profile_subject(
    workers: &Workers,
    subject: Subject<'_>,
    seed: u64,
    scratch: &Path,
    aim: &SampledProcess,
    settings: &Settings,
) -> Result<Profiled, SubjectError> {
    let mut worker = start(workers, subject, seed, scratch)?;
    // It has made one call, and knows what it needs.
    let calibrated = worker.calibrate(CALIBRATION)?;
    let calls = (BLOCK / calibrated.seconds.max(1e-9)).clamp(1.0, 1e9) as u64;
    let aim = SampledProcess { pid: worker.ready().pid, own_child: false, ..aim.clone() };
    let over = AtomicBool::new(false);
    let (profiled, called) = std::thread::scope(|scope| {
        // It ends when the worker is interrupted too.
        let calling = scope.spawn(|| call_until(worker, calls, &over));
        let profiled = profile(&aim, settings, &over);
        over.store(true, Ordering::Relaxed);
        (profiled, calling.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    // What it failed with says more than that its process has gone.
    let seconds_per_call = called?;
    let mut profiled = profiled?;
    profiled.target.seconds_per_call = seconds_per_call;
    Ok(profiled)
}

/// Calls it again and again; returns the wall time of a call in seconds.
fn call_until(mut worker: WorkerProcess, calls: u64, over: &AtomicBool) -> Result<Option<f64>, Failure> {
    let (mut made, mut seconds) = (0, 0.0);
    while !over.load(Ordering::Relaxed) {
        match worker.time(calls, false) {
            Ok(timed) => (made, seconds) = (made + calls, seconds + timed.wall_ns as f64 / 1e9),
            Err(failure) => {
                over.store(true, Ordering::Relaxed);
                // What was sampled before an interruption is worth keeping.
                return if matches!(failure, Failure::Interrupted) { Ok(None) } else { Err(failure) };
            }
        }
    }
    Ok((made > 0).then(|| seconds / made as f64))
}

/// A worker that has made one call.
fn start(workers: &Workers, subject: Subject<'_>, seed: u64, scratch: &Path) -> Result<WorkerProcess, SubjectError> {
    let (input, bytes, size) = match subject {
        Subject::Contender(workload, _, size) => (Input::from(&workload.input), workload.bytes.as_ref(), size),
        Subject::Scenario(scenario, _) => (Input::Callable(Lookup::from(&scenario.requests)), None, scenario.count),
    };
    let file = scratch.join("input");
    let make = MakeRequest { input, bytes: bytes.map(Lookup::from), size, seed, file };
    let limits = match subject {
        Subject::Contender(workload, ..) => workload.baseline().limits,
        Subject::Scenario(_, limits) => limits,
    };
    let workers = &match subject.interpreter() {
        Some((_, name)) => workers.in_other(&name.path)?,
        None => workers.clone(),
    };
    let made = workers.start(&Default::default(), limits, 1)?.make(make.clone())?;
    let copies = made.copies();
    let load = |fresh| LoadRequest { make, made, copies, fresh };
    let worker = match subject {
        Subject::Contender(workload, contender, _) => {
            let mut worker = workers.start(&contender.env, contender.limits, 1)?;
            worker.import(&contender.code)?;
            worker.load(load(workload.fresh_input))?;
            worker.call()?;
            worker
        }
        Subject::Scenario(scenario, limits) => {
            let mut worker = workers.start(&Default::default(), limits, 1)?;
            let (load, entry) = (load(false), Entry::from(&scenario.entry));
            let concurrency = scenario.concurrency;
            worker.open(OpenRequest {
                load,
                entry,
                concurrency,
                replaced: Vec::new(),
                delayed: None,
                watched: None,
            })?;
            worker.call()?;
            worker
        }
    };
    Ok(worker)
}

impl From<Failure> for SubjectError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
