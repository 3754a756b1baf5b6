//! The state of a workload at one size, folded from its events.

use std::collections::{BTreeMap, BTreeSet};

use rustworthy_model::comparison::{Scheme, Settled, Stopped};
use rustworthy_protocol::{Judgement, Made};

use super::event::{Check, Event, EventKind, Sample};
use crate::workers::Failure;

/// Why no output of a workload can be held against the baseline's.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// The baseline changes its input; the first change.
    ChangesInput(String),
    /// The baseline's output varies from process to process, or from call to call; the first difference.
    Unstable(String),
    /// It can't be compared, not even with itself; why.
    Unchecked(String),
}

/// What is known of a workload at one size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Contenders that were chosen for measuring.
    pub chosen: Vec<String>,
    /// Its input.
    pub input: Option<Made>,
    /// Why there is no input.
    pub input_failure: Option<Failure>,
    /// Why the baseline's output is no measure for the others, if it isn't.
    pub flaw: Option<Flaw>,
    /// How the project's own way to compare outputs failed, if it did.
    pub checker_failure: Option<String>,
    /// First calls, by contender.
    pub checks: BTreeMap<String, Check>,
    /// Peak memory in bytes of further processes that made a first call, by contender.
    pub peaks: BTreeMap<String, Vec<Option<u64>>>,
    /// Those that were found to wait for something else than the processor once they were timed.
    pub waiting: BTreeSet<String>,
    /// Those that take no part in later rounds, and why.
    pub settled: BTreeMap<String, Settled>,
    /// Failures, by contender.
    pub failures: BTreeMap<String, Failure>,
    /// Contenders whose output was judged once more after timing.
    pub verified: BTreeSet<String>,
    /// Findings after timing that weren't as good as the first, by contender.
    pub second_thoughts: BTreeMap<String, Judgement>,
    /// All timed blocks in the order of time.
    pub samples: Vec<Sample>,
    /// Rounds that were finished.
    pub rounds: u32,
    /// Why measuring ended, once it has.
    pub stopped: Option<Stopped>,
}

impl Record {
    /// Applies one more event.
    pub fn apply(&mut self, kind: &EventKind) {
        match kind.clone() {
            EventKind::Started { contenders } => *self = Self { chosen: contenders, ..Self::default() },
            EventKind::InputMade(made) => self.input = Some(made),
            EventKind::InputFailed { failure } => self.input_failure = Some(failure),
            EventKind::Checked { contender, check } => drop(self.checks.insert(contender, check)),
            EventKind::BaselineChangesInput { detail } => self.find(Flaw::ChangesInput(detail)),
            EventKind::BaselineUnstable { detail } => self.find(Flaw::Unstable(detail)),
            EventKind::BaselineUnchecked { detail } => self.find(Flaw::Unchecked(detail)),
            EventKind::CheckerFailed { detail } => self.checker_failure = self.checker_failure.take().or(Some(detail)),
            EventKind::Peak { contender, bytes } => self.peaks.entry(contender).or_default().push(bytes),
            EventKind::Sample(sample) => {
                self.rounds = self.rounds.max(sample.round + 1);
                self.samples.push(sample);
            }
            EventKind::Verified { contender, verdict, .. } => {
                self.verified.insert(contender.clone());
                if !verdict.is_good() {
                    self.second_thoughts.entry(contender).or_insert(verdict);
                }
            }
            EventKind::Waits { contender } => {
                self.samples.retain(|sample| sample.contender != contender);
                self.waiting.insert(contender);
            }
            EventKind::Settled { contender, why } => drop(self.settled.insert(contender, why)),
            EventKind::Failed { contender, failure } => drop(self.failures.insert(contender, failure)),
            EventKind::Stopped { reason } => self.stopped = Some(reason),
        }
    }

    /// The first flaw says more than those that follow from it.
    fn find(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }

    /// Peak memory in bytes of every process that made a first call of a contender, as far as it's known.
    pub fn peaks(&self, contender: &str) -> Vec<u64> {
        let first = self.checks.get(contender).map(|check| check.called.peak_memory);
        first.iter().chain(self.peaks.get(contender).into_iter().flatten()).copied().flatten().collect()
    }

    /// How a contender that has been tried is timed beside others.
    pub fn scheme(&self, contender: &str) -> Option<Scheme> {
        let calibrated = &self.checks.get(contender)?.calibrated;
        let is_whole = calibrated.is_parallel() || calibrated.is_waiting() || self.waiting.contains(contender);
        Some(if is_whole { Scheme::WholeCalls } else { Scheme::Turns })
    }

    /// In how many rounds a contender was timed.
    pub fn rounds_of(&self, contender: &str) -> u32 {
        let timed = self.samples.iter().filter(|sample| sample.contender == contender && !sample.latencies_only);
        timed.map(|sample| sample.round).collect::<BTreeSet<_>>().len() as u32
    }

    /// Whether a contender takes part in the next round.
    pub fn is_open(&self, contender: &str) -> bool {
        self.can_be_timed(contender) && !self.settled.contains_key(contender)
    }

    /// Whether a contender has been tried, and can be timed.
    pub fn can_be_timed(&self, contender: &str) -> bool {
        self.checks.contains_key(contender) && !self.failures.contains_key(contender)
    }
}

/// Records by workload and size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records(BTreeMap<String, BTreeMap<u64, Record>>);

impl Records {
    /// Applies one more event.
    pub fn apply(&mut self, event: &Event) {
        let sizes = self.0.entry(event.workload.clone()).or_default();
        sizes.entry(event.size).or_default().apply(&event.kind);
    }

    /// What is known of a workload at a size.
    pub fn get(&self, workload: &str, size: u64) -> Option<&Record> {
        self.0.get(workload)?.get(&size)
    }
}
