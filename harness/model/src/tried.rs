//! What `try` found beside the times of contenders: what couldn't be tried, and what crossing the boundary to Rust costs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;

/// What was tried of a workload at no cost: its baseline in other Pythons and by compilers that take the same source, and the
/// boundary between Python and Rust.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tried {
    /// Everything that was tried, in the order of the contenders.
    pub candidates: Vec<Candidate>,
    /// Pythons of the machine that were passed over.
    pub passed_over: Vec<PassedOver>,
    /// What crossing the boundary costs; absent where it wasn't tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<Boundary>,
}

/// Something that costs nothing to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// Name of its contender; there is one by this name only where it could be measured.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What of Python's meaning it doesn't keep, whatever this input shows; absent where it keeps all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Why it couldn't be measured, in a line; absent where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Whether it wasn't tried because there is nothing to gain, of which `failure` is the reason then; absent where it isn't so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needless: bool,
}

/// A Python that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PassedOver {
    /// Its executable.
    pub executable: String,
    /// Why.
    pub why: String,
}

/// What it costs to hand a workload's argument to Rust and to get its result back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Boundary {
    /// The type of the argument, as an annotation; absent where it isn't known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
    /// The type of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The classes of values that cross as they are, unread and not made anew, since what Rust would make of them isn't known;
    /// absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opaque: Vec<String>,
    /// Why it has no price; absent where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The ways across it.
    pub crossings: Vec<Crossing>,
}

/// A way across the boundary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Crossing {
    /// How the argument reaches Rust.
    pub form: Form,
    /// Wall time of handing over the argument and of getting the result back, with nothing in between.
    pub seconds: Estimate,
    /// Time of the baseline over that time: a function behind this boundary that reads all of its argument can't have more as
    /// its speedup. `null` where it's withheld.
    pub ceiling: Option<Estimate>,
}

/// How an argument reaches Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// By the cheapest types that hold it, borrowed where possible; what of the result is part of the argument is handed back.
    Cheapest,
    /// As plain objects that own everything.
    Owned,
    /// Not as it is: as `bytes` that hold the same values, read to their end.
    Bytes,
}

impl Boundary {
    /// The way across of that form.
    pub fn crossing(&self, form: Form) -> Option<&Crossing> {
        self.crossings.iter().find(|crossing| crossing.form == form)
    }
}
