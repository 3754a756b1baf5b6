//! What a decision goes by beside measurements.

use rustworthy_model::decision as report;

use crate::manifest::{Cost, Goal, Project};

/// Share by which p99 has to fall to count.
pub const P99_SHARE: f64 = 0.05;

/// Share of Rust's benefit with which something that isn't Rust is chosen in its place, unless the user gives another.
pub const ENOUGH: f64 = 0.8;

/// What a decision goes by beside measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The one benefit that counts; `None` when either does.
    pub goal: Option<Goal>,
    /// Prices.
    pub cost: Option<Cost>,
    /// Share of Rust's benefit with which something that isn't Rust is chosen in its place.
    pub enough: f64,
    /// Whether only routes into a process of their own are allowed.
    pub isolated: bool,
}

impl Terms {
    /// Those of a project.
    pub fn of(project: &Project) -> Self {
        Self { goal: project.goal, cost: project.cost.clone(), enough: ENOUGH, isolated: false }
    }

    /// The same as the result has them.
    pub fn reported(&self) -> report::Terms {
        report::Terms {
            goal: match self.goal {
                None => report::Goal::Any,
                Some(Goal::P99(_)) => report::Goal::P99,
                Some(Goal::Cost) => report::Goal::Cost,
            },
            p99_target: self.p99_target(),
            p99_share: P99_SHARE,
            enough: self.enough,
            isolated: self.isolated,
            horizon_months: self.cost.as_ref().map(|cost| cost.horizon_months),
            currency: self.cost.as_ref().map(|cost| cost.currency.clone()),
        }
    }

    /// The p99 to reach, in seconds, if that is the goal.
    pub(super) fn p99_target(&self) -> Option<f64> {
        match self.goal {
            Some(Goal::P99(target)) => Some(target.as_secs_f64()),
            _ => None,
        }
    }

    /// Whether a lower p99 counts.
    pub(super) fn counts_p99(&self) -> bool {
        !matches!(self.goal, Some(Goal::Cost))
    }

    /// Whether a payback counts.
    pub(super) fn counts_cost(&self) -> bool {
        !matches!(self.goal, Some(Goal::P99(_)))
    }

    /// Which p99 would count as a benefit.
    pub(super) fn p99_threshold(&self) -> report::P99Threshold {
        self.p99_target().map_or(report::P99Threshold::LowerByShare(P99_SHARE), report::P99Threshold::GoalSeconds)
    }
}
