//! What is measured, and how.

use std::path::PathBuf;

use super::schedule::Effort;
use crate::manifest::{Contender, Workload};
use crate::workers::Workers;

/// What to measure: one workload at one size, with some of its contenders.
#[derive(Debug, Clone)]
pub struct Planned<'a> {
    /// The workload.
    pub workload: &'a Workload,
    /// Size of its input.
    pub size: u64,
    /// Name of that size, where it has one.
    pub size_name: Option<String>,
    /// The contenders to measure, in the order of the manifest; the baseline is among them.
    pub contenders: Vec<&'a Contender>,
}

/// How to measure, in which laboratory.
#[derive(Debug)]
pub struct Settings<L = Workers> {
    /// How to start workers.
    pub workers: L,
    /// How much to measure.
    pub effort: Effort,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Logical processors to measure on.
    pub cpus: Vec<usize>,
    /// Memory in bytes that the workers of a round may hold together.
    pub memory: u64,
    /// A folder for inputs and outputs, emptied by the caller.
    pub scratch: PathBuf,
}
