//! How inputs are made and loaded.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::callable::Lookup;

/// What makes an input.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Input {
    /// `callable(size, seed)`.
    Callable(Lookup),
    /// Recorded calls; the size is how many calls the input stands for.
    Calls(RecordedCalls),
}

/// Recorded calls, and what of them is an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCalls {
    /// The folder of the capture.
    pub folder: PathBuf,
    /// Whether values may be read that only pickle holds.
    pub trusts_pickles: bool,
    /// Whether the arguments after a call are part of its output.
    pub with_arguments: bool,
    /// What an exception counts as.
    pub raises: Raises,
    /// Items that are read of a generator that a call gives; without it a generator isn't read.
    pub streams: Option<u64>,
}

/// What an exception of a recorded call counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Raises {
    /// A failure.
    Never,
    /// An output, which is its class.
    Type,
    /// An output, which is its class and its message.
    Message,
}

/// How to make the input of a workload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MakeRequest {
    /// What makes it.
    pub input: Input,
    /// `callable(input) -> int`.
    pub bytes: Option<Lookup>,
    /// Size of the input.
    pub size: u64,
    /// Seed of the input.
    pub seed: u64,
    /// File to write the pickled input to.
    pub file: PathBuf,
}

/// An input that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Digest of the value.
    pub sha256: String,
    /// Its size by the manifest's `bytes`.
    pub bytes: Option<u64>,
    /// Whether it could be pickled; an input that can't is made again in every worker.
    pub pickled: bool,
    /// Size of the pickled form.
    pub pickled_bytes: u64,
    /// How copies lie in memory otherwise than what was made, in words.
    #[serde(default)]
    pub changed_layout: Option<String>,
    /// What in it a call uses up, in words.
    #[serde(default)]
    pub used_up: Option<String>,
}

impl Made {
    /// Bytes of pickled input up to which more copies than two cost too little to think of.
    const MANY_COPIES: u64 = 1 << 20;

    /// Copies that timed calls rotate over: enough that a result remembered by identity shows.
    pub fn copies(&self) -> usize {
        if self.pickled_bytes <= Self::MANY_COPIES { 4 } else { 2 }
    }
}

/// Where a worker gets the input from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadRequest {
    /// The input's making: its file holds the pickled input; where there is none it's made again.
    pub make: MakeRequest,
    /// What it was found to be.
    pub made: Made,
    /// Equal, distinct copies to rotate timed calls over, at least 1.
    pub copies: usize,
    /// Whether every call gets a copy of its own, made outside the timed region.
    pub fresh: bool,
}
