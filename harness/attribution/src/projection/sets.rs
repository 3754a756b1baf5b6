//! Functions that are made faster together.

use rustworthy_model::attribution::{NamedSpeedup, Set, Speedup};

use super::faster::FasterFunction;
use super::model::ReplayModel;
use crate::latency::P99;

/// Functions that are chosen together at most.
pub(super) const LARGEST_SET: usize = 5;

/// What a set has to lower p99 by, as a share, to be worth another function.
pub(super) const WORTH_ADDING: f64 = 0.005;

impl ReplayModel<'_> {
    /// Sets of functions made faster together: each adds the one that lowers p99 most. `names` are those of all functions.
    pub fn sets(&self, candidates: &[FasterFunction<'_>], names: &[String]) -> Vec<Set> {
        let mut chosen: Vec<FasterFunction<'_>> = Vec::new();
        let mut sets = Vec::new();
        let mut before = self.observed[P99];
        while chosen.len() < LARGEST_SET {
            let left = candidates.iter().filter(|one| chosen.iter().all(|other| other.function != one.function));
            let with = |one: &FasterFunction<'_>| {
                let set: Vec<FasterFunction<'_>> = chosen.iter().chain([one]).copied().collect();
                self.projected(&self.reduced(&set, &vec![1.0; set.len()]))[P99]
            };
            let best = left.map(|one| (with(one), *one)).min_by(|one, other| one.0.total_cmp(&other.0));
            let Some((p99, best)) = best.filter(|(p99, _)| *p99 < before * (1.0 - WORTH_ADDING)) else { break };
            before = p99;
            chosen.push(best);
            sets.push(Set {
                functions: chosen.iter().map(|one| names[one.function].clone()).collect(),
                what_if: self.what_if(Speedup::Named(NamedSpeedup::Measured), &chosen),
            });
        }
        sets
    }
}
