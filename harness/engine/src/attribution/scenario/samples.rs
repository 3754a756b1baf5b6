//! What samples of a service under load show: where candidates are, which of them are native, and how slow requests differ from
//! usual ones.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rustworthy_model::attribution::Kind;
use rustworthy_model::profile as report;
use rustworthy_model::profile::{Frame, Sample, Stacks, Target};
use rustworthy_protocol::{Answered, CodeLocation, Served, Watch};

use rustworthy_attribution::Function;

/// Share of the time that a function of the project has to have to be worth watching.
const WORTH_WATCHING: f64 = 0.02;

/// Functions that are watched at most.
const MOST: usize = 12;

/// Share of a function's samples from which on it counts as native.
const MOSTLY: f64 = 0.6;

/// Samples of a function below which it isn't known whether it is native.
const FEWEST: usize = 20;

/// Samples below which functions may have been missed.
const FEWEST_IN_ALL: usize = 100;

/// Requests slower than this share of all are the tail, those between the other two the body.
const TAIL: f64 = 0.95;
const BODY: [f64; 2] = [0.25, 0.75];

/// Samples of a service, and the requests that it answered meanwhile.
pub(super) struct Samples {
    /// What was sampled.
    pub(super) target: Target,
    /// The samples.
    pub(super) stacks: Stacks,
    /// The beginning by the monotonic clock of the system, in nanoseconds.
    pub(super) began_ns: u64,
    /// The requests.
    pub(super) served: Served,
}

/// Stacks of usual requests, and of slow ones to be held against them.
#[derive(Debug, Clone)]
pub struct TailStacks {
    /// Those of requests between the quartiles of latency.
    pub usual: (Target, Stacks),
    /// Those of the slowest 5 %.
    pub slow: (Target, Stacks),
}

impl Samples {
    /// A warning where the service was seen at work too rarely.
    pub(super) fn too_few(&self) -> Option<String> {
        let seen = self.stacks.samples.len();
        (seen < FEWEST_IN_ALL).then(|| {
            format!(
                "the service was seen at work only {seen} times: functions that take much of it may be missing, and what they are \
                 may be unknown"
            )
        })
    }

    /// Functions in these folders in which the time is spent, by their share: of each sample the innermost one counts.
    pub(super) fn candidates(&self, folders: &[PathBuf]) -> Vec<Watch> {
        let frames = self.stacks.frames();
        let mut seen: HashMap<usize, usize> = HashMap::new();
        for sample in &self.stacks.samples {
            let stack = self.stacks.frames_of(sample.stack);
            if let Some(&innermost) = stack.iter().rev().find(|frame| is_own(&frames[**frame], folders)) {
                *seen.entry(innermost).or_default() += 1;
            }
        }
        let least = WORTH_WATCHING * self.stacks.samples.len() as f64;
        let mut found: Vec<(usize, usize)> = seen.into_iter().filter(|(_, count)| *count as f64 >= least).collect();
        found.sort_by_key(|&(frame, count)| (std::cmp::Reverse(count), frame));
        let watch = |&(frame, _): &(usize, usize)| {
            let frame = &frames[frame];
            Some(Watch::At(CodeLocation { file: frame.file.clone()?, line: frame.line?, name: frame.name.clone() }))
        };
        found.iter().take(MOST).filter_map(watch).collect()
    }

    /// What functions are, by their names: native where most of their time is spent in native code, other functions among them
    /// left out, and unknown where there are too few samples to tell. They are recognised by the file and the line of their definition.
    pub(super) fn kinds(&self, functions: &[Function]) -> BTreeMap<String, Kind> {
        let frames = self.stacks.frames();
        let indices = functions.iter().enumerate();
        let by_definition: HashMap<(Option<&str>, Option<u32>), usize> =
            indices.map(|(index, function)| ((function.file.as_deref(), function.line), index)).collect();
        let mut counts = vec![(0_usize, 0_usize); functions.len()];
        for sample in &self.stacks.samples {
            let stack = self.stacks.frames_of(sample.stack);
            let own = stack.iter().rev().find_map(|frame| {
                let frame = &frames[*frame];
                by_definition.get(&(frame.file.as_deref(), frame.line))
            });
            let (Some(&own), Some(innermost)) = (own, stack.last()) else { continue };
            counts[own].0 += usize::from(matches!(frames[*innermost].kind, report::Kind::Native | report::Kind::Rust));
            counts[own].1 += 1;
        }
        let kind = |(native, all): (usize, usize)| match native as f64 >= MOSTLY * all as f64 {
            _ if all < FEWEST => Kind::Unknown,
            true => Kind::Native,
            false => Kind::Python,
        };
        functions.iter().map(|function| function.name.clone()).zip(counts.into_iter().map(kind)).collect()
    }

    /// Stacks of usual requests and of slow ones; `None` where several are answered at once, of whose samples it isn't known to
    /// which request they belong, and with too few samples.
    pub(super) fn tail_against_body(&self, at_once: u32) -> Option<TailStacks> {
        let mut latencies: Vec<i64> = self.served.answered.iter().map(latency).collect();
        latencies.sort_unstable();
        if at_once != 1 || latencies.is_empty() {
            return None;
        }
        let at = |share: f64| latencies[((share * latencies.len() as f64) as usize).min(latencies.len() - 1)];
        let (low, high, slow) = (at(BODY[0]), at(BODY[1]), at(TAIL));
        let usual = self.stacks_of("usual requests", &|latency| (low..=high).contains(&latency));
        let slow = self.stacks_of("the slowest 5 %", &|latency| latency >= slow);
        (!usual.1.samples.is_empty() && !slow.1.samples.is_empty()).then_some(TailStacks { usual, slow })
    }

    /// Stacks of the requests whose latency belongs to some.
    fn stacks_of(&self, name: &str, belongs: &dyn Fn(i64) -> bool) -> (Target, Stacks) {
        let mut stacks = self.stacks.clone();
        stacks.samples.retain(|sample| self.request_at(sample).is_some_and(|request| belongs(latency(request))));
        let own = self.served.answered.iter().filter(|request| belongs(latency(request)));
        let (sum, number) =
            own.fold((0, 0), |(sum, number), request| (sum + request.end_ns - request.start_ns, number + 1));
        let seconds_per_call = (number > 0).then(|| sum as f64 / 1e9 / f64::from(number));
        (Target { name: name.to_owned(), seconds_per_call, ..self.target.clone() }, stacks)
    }

    /// The request that was being answered when the sample was taken.
    fn request_at(&self, sample: &Sample) -> Option<&Answered> {
        let at = self.began_ns as i64 + (sample.at * 1e9) as i64 - self.served.began_ns as i64;
        let next = self.served.answered.partition_point(|request| request.end_ns < at);
        self.served.answered.get(next).filter(|request| request.start_ns <= at)
    }
}

fn latency(request: &Answered) -> i64 {
    request.end_ns - request.arrival_ns
}

/// Whether a frame is of a function of the project itself that has a name.
fn is_own(frame: &Frame, folders: &[PathBuf]) -> bool {
    let Some(file) = frame.file.as_deref().map(Path::new) else { return false };
    frame.kind == report::Kind::Python
        && !frame.name.contains('<')
        && folders.iter().any(|folder| file.starts_with(folder))
        && !file.components().any(|part| part.as_os_str() == "site-packages")
}
