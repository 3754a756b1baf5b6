//! The events of a run. Everything that a result is made of is an event, so a journal of events
//! is the run: reading it again gives the same result, and a killed run goes on where it stopped.

use rustworthy_model::comparison::{Settled, Stopped};
use rustworthy_model::equivalence::Hint;
use rustworthy_protocol::{Calibrated, Called, Judgement, Made, OtherCalls};
use serde::{Deserialize, Serialize};

use crate::workers::Failure;

/// Something that happened to a workload at one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Name of the workload.
    pub workload: String,
    /// Size of its input.
    pub size: u64,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// Measuring begins. Everything known of the workload at that size before is void.
    Started {
        /// Contenders that will be measured.
        contenders: Vec<String>,
    },
    /// The input was made.
    InputMade(Made),
    /// Making the input failed.
    InputFailed {
        /// Why.
        failure: Failure,
    },
    /// A contender was tried for the first time.
    Checked {
        /// Its name.
        contender: String,
        /// What was found.
        check: Check,
    },
    /// The baseline changes its input, which later calls need as it was.
    BaselineChangesInput {
        /// The first change.
        detail: String,
    },
    /// The baseline's output varies from process to process.
    BaselineUnstable {
        /// The first difference.
        detail: String,
    },
    /// The baseline's output can't be compared, not even with itself.
    BaselineUnchecked {
        /// Why.
        detail: String,
    },
    /// The project's own way to compare outputs failed.
    CheckerFailed {
        /// How.
        detail: String,
    },
    /// A contender made a first call in one more process, for its peak memory alone.
    Peak {
        /// Its name.
        contender: String,
        /// Peak resident memory in bytes; `None` where the system doesn't report it.
        bytes: Option<u64>,
    },
    /// A block of calls was timed.
    Sample(Sample),
    /// After timing, an output was judged once more.
    Verified {
        /// Name of the contender.
        contender: String,
        /// The round that its process belonged to.
        round: u32,
        /// The finding.
        verdict: Judgement,
    },
    /// A contender whose calls were stopped in turns waits for something else than the processor, though its first calls didn't:
    /// what was timed of it is void, and from now on it makes whole calls.
    Waits {
        /// Its name.
        contender: String,
    },
    /// A contender takes no part in later rounds, since more of them would change nothing.
    Settled {
        /// Its name.
        contender: String,
        /// Why.
        why: Settled,
    },
    /// A contender failed, and isn't tried again.
    Failed {
        /// Its name.
        contender: String,
        /// Why.
        failure: Failure,
    },
    /// Measuring ended.
    Stopped {
        /// Why.
        reason: Stopped,
    },
}

/// A contender's first calls, in a process of their own that isn't timed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Whether its output is the baseline's.
    pub verdict: Judgement,
    /// How it would be, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// How it leaves its input otherwise than the baseline does, where it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves_input: Option<String>,
    /// The very first call.
    pub called: Called,
    /// How long calls take.
    pub calibrated: Calibrated,
    /// Calls on an input of another size and seed.
    pub other: Option<OtherCalls>,
    /// What it wrote to standard output and error, in bytes.
    pub output_bytes: u64,
}

impl Check {
    /// How long a call takes with all that has to be done for it, roughly, in seconds.
    pub(super) fn call_seconds(&self) -> f64 {
        self.calibrated.seconds + self.calibrated.making
    }
}

/// A timed block of calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Name of the contender.
    pub contender: String,
    /// The round; each has one fresh process of every contender.
    pub round: u32,
    /// The window of the round, in which some of its contenders took turns: those of a window are compared with each other.
    pub window: u32,
    /// The logical processor; `None` when it was free to use all.
    pub cpu: Option<usize>,
    /// Calls in the block.
    pub calls: u64,
    /// Time of the block in nanoseconds for a caller who has the processor to himself: processor time where calls need
    /// nothing else, wall time without the time that others had the processor where they do.
    pub own_ns: u64,
    /// Processor time of the block in nanoseconds.
    pub cpu_ns: u64,
    /// Processor time in nanoseconds that the system's kernel used of that.
    pub system_ns: u64,
    /// Pages of memory that had to be provided.
    pub page_faults: u64,
    /// Processor time in nanoseconds that the process used while it should have been idle before the block.
    pub idle_cpu_ns: u64,
    /// Times of single calls in nanoseconds, to three significant digits, and how often each occurred.
    pub latencies: Vec<(u64, u64)>,
    /// Whether the block is for the latencies alone, since reading the clock after every call would show in its time.
    pub latencies_only: bool,
}
