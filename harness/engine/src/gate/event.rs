//! The events of measuring the old and the new side, and the record that is folded from them.

use std::collections::BTreeMap;

use rustworthy_model::gate::Count;
use serde::{Deserialize, Serialize};

use super::effort::Plan;
use crate::workers::Failure;

/// Something that happened to one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Name of the workload.
    pub workload: String,
    /// Name of the contender.
    pub contender: String,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Which of the two revisions that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What was there before.
    Old,
    /// What is gated.
    New,
}

/// A failure, and whose it is.
pub(super) type Failed = (Side, Failure);

impl Side {
    /// Both, the old one first.
    pub const BOTH: [Self; 2] = [Self::Old, Self::New];
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// Both sides work, and this is how they are going to be measured.
    Planned(Plan),
    /// The sides make different inputs.
    InputChanged {
        /// Digests of the old and the new one.
        digests: [String; 2],
    },
    /// The new side's output isn't the old one's.
    OutputChanged {
        /// The first difference.
        detail: String,
    },
    /// The outputs can't be compared, since those of one side differ from process to process, or there is no way to.
    OutputUnchecked {
        /// Why.
        detail: String,
    },
    /// A side has run code that isn't its own, or has read such a file.
    ForeignCode {
        /// Which, and what to do about it.
        detail: String,
    },
    /// One side failed, and isn't tried again.
    Failed {
        /// Which.
        side: Side,
        /// Why.
        failure: Failure,
    },
    /// Instructions can't be counted, since they are those of other threads or processes.
    NotCounted {
        /// What they do, and what to do about it.
        detail: String,
    },
    /// A part of what it does isn't seen in its instructions.
    Remark {
        /// Which.
        detail: String,
    },
    /// Instructions were counted with one more seed.
    Counted(Count),
    /// A round was made.
    Round(Round),
    /// All rounds of the first part are made that there's time for.
    FirstPartOver,
    /// The second part begins.
    SecondPart,
    /// Measuring ended.
    Ended {
        /// Whether the user ended it.
        interrupted: bool,
    },
}

/// Fresh processes of both sides that took turns on one processor. Where a value has two places, the first is the old side's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// The logical processor; `None` when both were free to use all.
    pub cpu: Option<usize>,
    /// Calls in each block.
    pub calls: u64,
    /// Times in nanoseconds of neighbouring blocks: processor time where both sides took turns in the middle of their calls, else
    /// wall time without the time for which other processes had the processor.
    pub pairs: Vec<[u64; 2]>,
    /// Time in nanoseconds for which others had the processor in all blocks, as far as the system reports it.
    pub delay_ns: [u64; 2],
    /// Processor time of all blocks in nanoseconds.
    pub cpu_ns: [u64; 2],
    /// Peak resident memory in bytes of the process up to the end of its first call; `None` where the system doesn't report it.
    pub peak_memory: [Option<u64>; 2],
    /// Times of single calls by the same clock in nanoseconds, to three significant digits, and how often each occurred.
    pub latencies: [Vec<(u64, u64)>; 2],
}

/// The state of one benchmark, folded from its events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// How it is measured.
    pub plan: Option<Plan>,
    /// Digests of the inputs, where they differ.
    pub input_changed: Option<[String; 2]>,
    /// What isn't a side's own of the code that it has run.
    pub foreign_code: Option<String>,
    /// The first difference of the outputs.
    pub output_changed: Option<String>,
    /// Why the outputs couldn't be compared.
    pub output_unchecked: Option<String>,
    /// Failures by side.
    pub failures: BTreeMap<Side, Failure>,
    /// Why its instructions can't be counted.
    pub not_counted: Option<String>,
    /// What isn't seen in its instructions.
    pub remark: Option<String>,
    /// Instructions, by seed.
    pub counts: Vec<Count>,
    /// Rounds of the first part.
    pub first: Vec<Round>,
    /// Rounds of the second part.
    pub second: Vec<Round>,
    /// Whether the first part went on to its end, rather than to an early decision.
    pub first_over: bool,
    /// Whether the second part has begun.
    pub in_second: bool,
    /// Whether the user ended it.
    pub interrupted: bool,
}

impl Record {
    /// Applies one more event.
    pub fn apply(&mut self, kind: &EventKind) {
        match kind.clone() {
            EventKind::Planned(plan) => self.plan = Some(plan),
            EventKind::InputChanged { digests } => self.input_changed = Some(digests),
            EventKind::ForeignCode { detail } => self.foreign_code = Some(detail),
            EventKind::OutputChanged { detail } => self.output_changed = Some(detail),
            EventKind::OutputUnchecked { detail } => self.output_unchecked = Some(detail),
            EventKind::Failed { side, failure } => drop(self.failures.insert(side, failure)),
            EventKind::NotCounted { detail } => self.not_counted = Some(detail),
            EventKind::Remark { detail } => self.remark = Some(detail),
            EventKind::Counted(count) => self.counts.push(count),
            EventKind::Round(round) if self.in_second => self.second.push(round),
            EventKind::Round(round) => self.first.push(round),
            EventKind::FirstPartOver => self.first_over = true,
            EventKind::SecondPart => self.in_second = true,
            EventKind::Ended { interrupted } => self.interrupted = interrupted,
        }
    }

    /// All rounds, in the order of time.
    pub fn rounds(&self) -> impl Iterator<Item = &Round> {
        self.first.iter().chain(&self.second)
    }
}

/// Records by workload and contender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records(BTreeMap<(String, String), Record>);

impl Records {
    /// Applies one more event.
    pub fn apply(&mut self, event: &Event) {
        self.0.entry((event.workload.clone(), event.contender.clone())).or_default().apply(&event.kind);
    }

    /// The record of a benchmark; `None` before its first event.
    pub fn get(&self, workload: &str, contender: &str) -> Option<&Record> {
        self.0.get(&(workload.to_owned(), contender.to_owned()))
    }
}
