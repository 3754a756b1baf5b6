//! A look at the service with the sampler, under the load of the scenario: where candidates are, which of them are native,
//! and how slow requests differ from usual ones.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustworthy_model::attribution::Kind;
use rustworthy_model::profile::{self as report, Stacks, Target};

use super::session::{Prepared, Session};
use crate::profile::{Aim, ProfileError, Profiled, Settings, profile};
use crate::stats::Confidence;
use crate::worker::{Failure, Place, Served, Watch};

/// How long is looked at most.
const LONGEST: Duration = Duration::from_secs(15);

/// Samples a second.
const RATE: f64 = 200.0;

/// Share of the time that a function of the project has to have to be worth watching.
const WORTH_WATCHING: f64 = 0.02;

/// Functions that are watched at most.
const MOST: usize = 12;

/// Share of a function's samples from which on it counts as native.
const MOSTLY: f64 = 0.6;

/// Requests slower than this share of all are the tail, those between the other two the body.
const TAIL: f64 = 0.95;
const BODY: [f64; 2] = [0.25, 0.75];

/// What a look has shown.
pub struct Look {
    profiled: Profiled,
    served: Served,
}

/// Why there was nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The service failed.
    #[error("{0}")]
    Failed(Failure),
    /// It can't be sampled.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl From<Failure> for LookError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Look {
    /// Looks at the service while it answers.
    ///
    /// # Errors
    /// When it fails, or can't be sampled.
    pub fn at(session: &Session<'_>, prepared: &Prepared, confidence: Confidence) -> Result<Self, LookError> {
        let over = AtomicBool::new(false);
        let settings = Settings { rate: RATE, duration: None, idle: false, native: false, confidence };
        let look = |pid| {
            let aim = Aim { name: session.scenario.name.clone(), files: "profile".to_owned(), pid, own_child: false };
            profile(&aim, &settings, &over)
        };
        let answered = session.answer_while(prepared, LONGEST, look);
        over.store(true, Ordering::Relaxed);
        let (served, profiled) = answered?;
        Ok(Self { profiled: profiled?, served })
    }

    /// Functions of the project in which the time is spent, by their share: of each sample it's the innermost one.
    pub fn candidates(&self, folders: &[PathBuf]) -> Vec<Watch> {
        let stacks = &self.profiled.stacks;
        let mut seen: HashMap<usize, usize> = HashMap::new();
        for sample in &stacks.samples {
            let innermost = stacks.frames_of(sample.stack).iter().rev().find(|frame| is_own(stacks, **frame, folders));
            if let Some(&frame) = innermost {
                *seen.entry(frame).or_default() += 1;
            }
        }
        let least = WORTH_WATCHING * stacks.samples.len() as f64;
        let mut frames: Vec<(usize, usize)> = seen.into_iter().filter(|(_, count)| *count as f64 >= least).collect();
        frames.sort_by_key(|&(frame, count)| (std::cmp::Reverse(count), frame));
        let watch = |&(frame, _): &(usize, usize)| {
            let frame = &stacks.frames()[frame];
            Some(Watch::At(Place { file: frame.file.clone()?, line: frame.line?, name: frame.name.clone() }))
        };
        frames.iter().take(MOST).filter_map(watch).collect()
    }

    /// What functions are, which are told by the file and the line of their definition: native where most of their time is
    /// spent in native code, other functions among them left out.
    pub fn kinds(&self, functions: &[(Option<&str>, Option<u32>)]) -> Vec<Kind> {
        let stacks = &self.profiled.stacks;
        let place: HashMap<(Option<&str>, Option<u32>), usize> =
            functions.iter().enumerate().map(|(place, function)| (*function, place)).collect();
        let mut counts = vec![(0_usize, 0_usize); functions.len()];
        for sample in &stacks.samples {
            let frames = stacks.frames_of(sample.stack);
            let own = frames.iter().rev().find_map(|frame| {
                let frame = &stacks.frames()[*frame];
                place.get(&(frame.file.as_deref(), frame.line))
            });
            let (Some(&own), Some(innermost)) = (own, frames.last()) else { continue };
            let kind = stacks.frames()[*innermost].kind;
            counts[own].0 += usize::from(matches!(kind, report::Kind::Native | report::Kind::Rust));
            counts[own].1 += 1;
        }
        let kind = |(native, all): (usize, usize)| {
            if all > 0 && native as f64 >= MOSTLY * all as f64 { Kind::Native } else { Kind::Python }
        };
        counts.into_iter().map(kind).collect()
    }

    /// Samples of usual requests and of slow ones; `None` with several servers, of whose samples it can't be told to which
    /// request they belong, and with too few samples.
    pub fn body_and_tail(&self, servers: u32) -> Option<[(Target, Stacks); 2]> {
        let answered = &self.served.answered;
        let mut latencies: Vec<i64> = answered.iter().map(|one| one.end_ns - one.arrival_ns).collect();
        latencies.sort_unstable();
        let at = |share: f64| latencies[((share * latencies.len() as f64) as usize).min(latencies.len() - 1)];
        if servers != 1 || latencies.is_empty() {
            return None;
        }
        let (low, high, slow) = (at(BODY[0]), at(BODY[1]), at(TAIL));
        let latency_at = |sample: &report::Sample| {
            let at = self.profiled.began_ns as i64 + (sample.at * 1e9) as i64 - self.served.began_ns as i64;
            let next = answered.partition_point(|one| one.end_ns < at);
            answered.get(next).filter(|one| one.start_ns <= at).map(|one| one.end_ns - one.arrival_ns)
        };
        let side = |name: &str, belongs: &dyn Fn(i64) -> bool| {
            let mut stacks = self.profiled.stacks.clone();
            stacks.samples.retain(|sample| latency_at(sample).is_some_and(belongs));
            let own = answered.iter().filter(|one| belongs(one.end_ns - one.arrival_ns));
            let (sum, number) = own.fold((0, 0), |(sum, number), one| (sum + one.end_ns - one.start_ns, number + 1));
            let seconds_per_call = (number > 0).then(|| sum as f64 / 1e9 / f64::from(number));
            (Target { name: name.to_owned(), seconds_per_call, ..self.profiled.target.clone() }, stacks)
        };
        let body = side("usual requests", &|latency| (low..=high).contains(&latency));
        let tail = side("the slowest 5 %", &|latency| latency >= slow);
        (!body.1.samples.is_empty() && !tail.1.samples.is_empty()).then_some([body, tail])
    }
}

/// Whether a frame is of a function of the project itself that has a name.
fn is_own(stacks: &Stacks, frame: usize, folders: &[PathBuf]) -> bool {
    let frame = &stacks.frames()[frame];
    let Some(file) = frame.file.as_deref().map(Path::new) else { return false };
    let folders: HashSet<&PathBuf> = folders.iter().collect();
    frame.kind == report::Kind::Python
        && !frame.name.contains('<')
        && folders.iter().any(|folder| file.starts_with(folder))
        && !file.components().any(|part| part.as_os_str() == "site-packages")
}
