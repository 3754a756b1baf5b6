//! How contenders fare from size to size: the `sweep` of a workload in `rustworthy.comparison.v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::equivalence::{Equivalence, Status};

/// A workload measured at a range of sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sweep {
    /// The sizes, ascending. The last one is that of the workload's other results.
    pub sizes: Vec<SweptSize>,
    /// The contenders in the order of the manifest.
    pub contenders: Vec<SweptContender>,
}

/// One size of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweptSize {
    /// The size handed to the input function.
    pub size: u64,
    /// Size of that input by the manifest's `bytes` function; `null` without one.
    pub input_bytes: Option<u64>,
    /// Why nothing was measured at this size; `null` where something was.
    pub left_out: Option<String>,
}

/// One contender over all sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweptContender {
    /// Name in the manifest.
    pub name: String,
    /// What was found at each of the sizes, in their order.
    pub points: Vec<SweptPoint>,
    /// Where its speedup passes 1×; `null` for the baseline, and with speedups at fewer than two sizes.
    pub break_even: Option<BreakEven>,
    /// What its calls cost, whatever the size, and for every byte; `null` where it was timed at no size.
    pub cost: Option<Cost>,
}

/// One contender at one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweptPoint {
    /// Whether it could be timed.
    pub status: Status,
    /// What went wrong, when something did.
    pub error: Option<String>,
    /// Whether its output is the baseline's at this size.
    pub equivalence: Equivalence,
    /// Wall time of one call.
    pub seconds: Option<Estimate>,
    /// Time of the baseline over time of this contender; `null` for the baseline and wherever outputs are not known to be equal.
    pub speedup: Option<Estimate>,
}

/// Where the speedup of a contender passes 1×.
///
/// A contender is faster at a size where the whole interval of its speedup lies above 1×, slower where it lies below,
/// and undecided elsewhere. It breaks even between a size at which it's slower and the next one at which it's
/// faster, or the other way round: where lines between the estimates, on logarithmic scales, pass 1×. The interval
/// reaches from where the one end of the speedup's interval passes 1× to where the other does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum BreakEven {
    /// Slower at small sizes, faster from this one on.
    FasterAbove {
        /// The break-even size.
        size: Estimate,
    },
    /// Faster at small sizes, slower from this one on.
    FasterBelow {
        /// The break-even size.
        size: Estimate,
    },
    /// It breaks even more than once.
    Several {
        /// The break-even sizes, ascending.
        crossings: Vec<Crossing>,
    },
    /// Faster at every size that was measured.
    AlwaysFaster {
        /// The smallest of them.
        from: u64,
        /// The largest of them.
        to: u64,
    },
    /// Slower at every size that was measured.
    NeverFaster {
        /// The smallest of them.
        from: u64,
        /// The largest of them.
        to: u64,
    },
    /// At some sizes it can't be determined, and at the others it doesn't break even.
    Undecided {
        /// The sizes at which the interval of the speedup includes 1×.
        at: Vec<u64>,
        /// What it is at all others; `null` where there are none.
        elsewhere: Option<Side>,
    },
}

/// One of several break-even sizes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Crossing {
    /// The break-even size.
    pub size: Estimate,
    /// What the contender is above it.
    pub above: Side,
}

/// Which side of 1× a speedup is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Above 1×.
    Faster,
    /// Below 1×.
    Slower,
}

/// What calls cost, whatever the size, and for every byte of input: a straight line through the times of all sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// The kernel whose time was taken off, so that the line is that of the boundary alone; `null` where it's that
    /// of whole calls.
    pub over_kernel: Option<String>,
    /// What the cost grows with.
    pub unit: CostUnit,
    /// The line, or why there is none.
    pub fit: CostFit,
}

/// What a cost grows with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostUnit {
    /// Bytes of input, by the manifest's `bytes` function.
    Byte,
    /// Size of the input, where the manifest has no such function.
    Size,
}

/// A straight line through times, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum CostFit {
    /// Times lie on a line.
    Line {
        /// Seconds of a call, whatever its input.
        fixed_seconds: Estimate,
        /// Seconds that each unit of input adds.
        seconds_per_unit: Estimate,
        /// How far calls stray from the line, as a share of their time: 0.05 for 5 %.
        deviation: f64,
    },
    /// Times don't lie on a line.
    NoLine {
        /// How far calls stray from the best one, as a share of their time.
        deviation: f64,
    },
    /// It was timed at too few sizes to tell.
    TooFewSizes,
}
