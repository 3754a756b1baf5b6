//! What runs of `try` have found: contenders that no manifest has to name.

use std::collections::BTreeMap;

use rustworthy_model::comparison::{Comparison, Contender, Kind};
use rustworthy_model::tried::Boundary;

use crate::manifest::Project;
use crate::store::take;
use crate::verdict::decision::P99_SHARE;

/// The newest runs of `try` that still hold, by workload.
#[derive(Debug, Default)]
pub(super) struct TriedRuns(pub(super) BTreeMap<String, Comparison>);

impl TriedRuns {
    /// What crossing the boundary to Rust costs, by workload.
    pub(super) fn boundaries(&self) -> Vec<(&str, &Boundary)> {
        self.0.iter().filter_map(|(name, comparison)| Some((name.as_str(), boundary(comparison)?))).collect()
    }

    /// The runs of workloads that have nothing but a baseline: there is nothing more to compare. Takes their names off the list.
    pub(super) fn of_baselines_alone(&self, project: &Project, needed: &mut Vec<String>) -> Vec<Comparison> {
        let is_alone = |name: &str| {
            project.workloads.iter().any(|workload| workload.name == name && workload.contenders.len() == 1)
        };
        let mut found = Vec::new();
        for (name, comparison) in self.0.iter().filter(|(name, _)| is_alone(name)) {
            if take(needed, name) {
                let mut comparison = comparison.clone();
                for workload in &mut comparison.workloads {
                    let baseline = workload.baseline.clone();
                    workload.contenders.retain(|one| one.name == baseline || is_worth_having(one));
                }
                found.push(comparison);
            }
        }
        found
    }

    /// Adds what was found to a comparison of the same workloads.
    pub(super) fn add_to(&self, comparison: &mut Comparison) {
        for workload in &mut comparison.workloads {
            let Some(tried) = self.0.get(&workload.name).filter(|tried| tried.run.id != comparison.run.id) else {
                continue;
            };
            for one in worth_having(tried) {
                if !workload.contenders.iter().any(|known| known.name == one.name) {
                    workload.contenders.push(one.clone());
                }
            }
        }
    }

    /// The runs from which something was added to a comparison.
    pub(super) fn added_to<'a>(
        &'a self,
        comparison: &'a Comparison,
    ) -> impl Iterator<Item = (&'a str, &'a Comparison)> {
        comparison.workloads.iter().filter_map(|workload| {
            let tried = self.0.get(&workload.name).filter(|tried| tried.run.id != comparison.run.id)?;
            worth_having(tried).next().map(|_| (workload.name.as_str(), tried))
        })
    }
}

fn worth_having(tried: &Comparison) -> impl Iterator<Item = &Contender> {
    tried.workloads.iter().flat_map(|workload| &workload.contenders).filter(|one| is_worth_having(one))
}

fn boundary(comparison: &Comparison) -> Option<&Boundary> {
    comparison.workloads.iter().find_map(|workload| workload.tried.as_ref()?.boundary.as_ref())
}

/// Whether it's equal, and faster by as much as counts, for all that its interval says. What isn't sure was tried, and was nothing: no
/// comparison of the manifest's contenders would tell more of it.
fn is_worth_having(contender: &Contender) -> bool {
    let is_tried = matches!(contender.kind, Kind::Interpreter | Kind::Compiler);
    let is_faster = contender.speedup.is_some_and(|speedup| speedup.low >= 1.0 / (1.0 - P99_SHARE));
    is_tried && is_faster && contender.remembers.is_none()
}
