//! What is known of a service: all that a result is assembled from.

use std::collections::BTreeMap;

use rustworthy_model::Estimate;
use rustworthy_model::attribution::Kind;
use rustworthy_protocol::Judgement;

use crate::machine::Sample;
use rustworthy_attribution::Queue;
use rustworthy_attribution::Requests;

/// What is known of a service that was measured.
pub(crate) struct Evidence<'a> {
    /// Requests to the service as it is; the latency of the result is theirs.
    pub(crate) plain: &'a Requests,
    /// The same requests with the time that they spent in functions. What recording has cost is taken off already.
    pub(crate) timed: &'a Requests,
    /// What each of the functions of `timed` is, in their order.
    pub(crate) rows: Vec<RowKind>,
    /// For each function of a service those within all of whose calls it is called, by their index.
    pub(crate) nested: Vec<Vec<usize>>,
    /// How requests were served.
    pub(crate) serving: Serving<'a>,
    /// Of how many functions at most it is projected what becomes of latency if they were faster: of those with the largest
    /// shares, besides those whose speedup was measured.
    pub(crate) most_candidates: usize,
    /// Speedups that workloads have measured of functions that they replace, by the function's name.
    pub(crate) speedups: BTreeMap<String, Estimate>,
    /// The service with functions replaced, if that was measured.
    pub(crate) migration: Option<Migration<'a>>,
    /// The service with a function delayed, if that was measured.
    pub(crate) delay: Option<Delay<'a>>,
}

/// How requests were served.
pub(crate) struct Serving<'a> {
    /// Requests handled at the same time.
    pub(crate) servers: u32,
    /// Whether they are tasks of one event loop, rather than threads.
    pub(crate) on_one_loop: bool,
    /// What requests queue for; without servers where each is sent when the one before is answered.
    pub(crate) queue: Queue,
    /// The requests of [`Evidence::timed`] with the time that recording took.
    pub(crate) recorded: &'a Requests,
    /// What others had of the processors meanwhile, where that is known.
    pub(crate) others: Option<Sample>,
}

/// The service with functions replaced.
pub(crate) struct Migration<'a> {
    /// Names of the functions.
    pub(crate) functions: Vec<String>,
    /// Whether its responses are those of the service as it is.
    pub(crate) equivalence: Option<&'a Judgement>,
    /// The requests without recording.
    pub(crate) plain: &'a Requests,
    /// The requests with the time that they spent in what stands in the place of functions.
    pub(crate) timed: &'a Requests,
}

/// The service with a function delayed.
pub(crate) struct Delay<'a> {
    /// Name of the function.
    pub(crate) function: String,
    /// By how much every call was delayed, in seconds.
    pub(crate) seconds: f64,
    /// The requests without recording.
    pub(crate) plain: &'a Requests,
    /// The requests with the time that they spent in functions.
    pub(crate) timed: &'a Requests,
}

/// What the time of a row is spent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// A function whose time is spent in the interpreter.
    Python,
    /// A function whose time is spent in native code.
    Native,
    /// A function of which it isn't known what its time is spent in.
    Unknown,
    /// A stretch that the service names itself, in none of the functions that have a row.
    Span,
    /// Pauses for garbage collection.
    GarbageCollection,
    /// Waiting for the GIL.
    GilWait,
    /// Waiting for the event loop, which could go on with it but is busy with others.
    LoopWait,
    /// Waiting for what an executor does.
    ExecutorWait,
    /// Waiting for anything else that is awaited.
    Awaiting,
    /// Off the processor for other reasons.
    Asleep,
    /// Functions that have no row of their own.
    OtherFunctions,
}

impl RowKind {
    /// Rows that are neither functions nor stretches, in the order in which they follow these.
    pub(crate) const OTHERS: [Self; 7] = [
        Self::GarbageCollection,
        Self::GilWait,
        Self::LoopWait,
        Self::ExecutorWait,
        Self::Awaiting,
        Self::Asleep,
        Self::OtherFunctions,
    ];

    /// Those of them that there are only on an event loop.
    pub(super) const OF_LOOP: [Self; 3] = [Self::LoopWait, Self::ExecutorWait, Self::Awaiting];

    /// What a row is called that has no name of its own.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Python | Self::Native | Self::Unknown | Self::Span => None,
            Self::GarbageCollection => Some("(garbage collection)"),
            Self::GilWait => Some("(waiting for the GIL)"),
            Self::LoopWait => Some("(waiting for the event loop)"),
            Self::ExecutorWait => Some("(waiting for the executor)"),
            Self::Awaiting => Some("(awaiting I/O and others)"),
            Self::Asleep => Some("(asleep)"),
            Self::OtherFunctions => Some("(other functions)"),
        }
    }

    /// Whether it may get faster.
    pub(super) fn is_function(self) -> bool {
        matches!(self, Self::Python | Self::Native | Self::Unknown)
    }

    /// Whether it has a beginning and an end, so that its calls are counted.
    pub(super) fn is_called(self) -> bool {
        self.is_function() || self == Self::Span
    }

    /// Whether its time is spent on the processor.
    pub(super) fn uses_processor(self) -> bool {
        !matches!(self, Self::GilWait | Self::LoopWait | Self::ExecutorWait | Self::Awaiting | Self::Asleep)
    }

    /// As results have it.
    pub(super) fn reported(self) -> Kind {
        match self {
            Self::Python => Kind::Python,
            Self::Native => Kind::Native,
            Self::Unknown => Kind::Unknown,
            Self::Span => Kind::Span,
            Self::GarbageCollection => Kind::Gc,
            Self::LoopWait | Self::ExecutorWait | Self::Awaiting => Kind::Waiting,
            Self::GilWait | Self::Asleep | Self::OtherFunctions => Kind::Unattributed,
        }
    }
}

impl<'a> Evidence<'a> {
    /// Runs of the service as it is, each of which is replayed: the times of functions were recorded in a run of its own.
    pub(super) fn runs(&self) -> [&'a Requests; 2] {
        [self.plain, self.timed]
    }

    /// Names of the functions within all of whose calls that one is called.
    pub(super) fn called_within(&self, function: usize) -> Vec<String> {
        let others = self.nested.get(function).into_iter().flatten();
        others.filter_map(|&other| Some(self.timed.functions.get(other)?.name.clone())).collect()
    }

    /// The index of the row of that kind, of which there is one at most.
    pub(super) fn row(&self, kind: RowKind) -> Option<usize> {
        self.rows.iter().position(|row| *row == kind)
    }
}
