//! Starting a contender.

use rustworthy_protocol::LoadRequest;

use super::schedule;
use crate::manifest::Contender;
use crate::workers::{Failure, Laboratory, Worker};

/// Starts a fresh worker with a contender of a workload and its input in it, and does something `before` the contender is
/// imported. The number of the process decides, with the seed, on its string hashes and its layout in memory.
pub(crate) fn start<L: Laboratory>(
    laboratory: &L,
    seed: u64,
    workload: &str,
    contender: &Contender,
    process: u32,
    input: LoadRequest,
    before: impl FnOnce(&mut L::Worker) -> Result<(), Failure>,
) -> Result<L::Worker, Failure> {
    let hash_seed = schedule::hash_seed(seed, workload, &contender.name, process);
    let mut worker = match &contender.interpreter {
        Some(other) => laboratory.start_in(&other.path, &contender.env, contender.limits, hash_seed)?,
        None => laboratory.start(&contender.env, contender.limits, hash_seed)?,
    };
    before(&mut worker)?;
    worker.import(&contender.code)?;
    worker.load(input)?;
    Ok(worker)
}
