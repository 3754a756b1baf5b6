//! What to do about every hot function and workload: a pure function of measurements and prices.
//!
//! A [subject](subject) is turned into a [case](case), numbers alone; [`rules`] judge it, [`words`] give the reasons, and
//! [`flips`] solve the rules for what would change the verdict. [`plan`] orders the work across subjects.

mod case;
#[cfg(test)]
mod cases;
mod curve;
mod draws;
mod flips;
mod plan;
mod price;
mod rules;
mod subject;
#[cfg(test)]
mod tests;
mod words;

use rustworthy_model::attribution::Attribution;
use rustworthy_model::comparison::Workload;
use rustworthy_model::decision as report;
use rustworthy_model::decision::{Candidate, Plan};

use crate::manifest::{Cost, Goal, Project};

/// Share by which p99 has to fall to count.
pub const P99_SHARE: f64 = 0.05;

/// Share of Rust's benefit with which a library or an algorithm is chosen in its place, unless told.
pub const ENOUGH: f64 = 0.8;

/// What a decision goes by beside measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The one benefit that counts; `None` when either does.
    pub goal: Option<Goal>,
    /// Prices.
    pub cost: Option<Cost>,
    /// Share of Rust's benefit with which a library or an algorithm is chosen in its place.
    pub enough: f64,
    /// Whether only routes into a process of their own are allowed.
    pub isolated: bool,
}

impl Terms {
    /// Those of a project.
    pub fn of(project: &Project) -> Self {
        Self { goal: project.goal, cost: project.cost.clone(), enough: ENOUGH, isolated: false }
    }

    /// The same for readers.
    pub fn told(&self) -> report::Terms {
        report::Terms {
            goal: match self.goal {
                None => report::Goal::Any,
                Some(Goal::P99(_)) => report::Goal::P99,
                Some(Goal::Cost) => report::Goal::Cost,
            },
            p99_target: match self.goal {
                Some(Goal::P99(target)) => Some(target.as_secs_f64()),
                _ => None,
            },
            p99_share: P99_SHARE,
            enough: self.enough,
            isolated: self.isolated,
            horizon_months: self.cost.as_ref().map(|cost| cost.horizon_months),
            currency: self.cost.as_ref().map(|cost| cost.currency.clone()),
        }
    }

    /// What is absurd about the prices, in words that name the key and the remedy.
    ///
    /// The manifest refuses what isn't a number or is negative; this refuses what no project has.
    pub fn absurd(&self) -> Vec<String> {
        let Some(cost) = &self.cost else { return Vec::new() };
        let migration = cost.migration.map(|migration| (migration.engineer_day, migration.days));
        let limits = [
            ("cost.core-hour", Some(cost.core_hour), 1e6, "the price of one core for an hour"),
            ("cost.requests-per-month", cost.requests_per_month, 1e15, "how many requests come in a month"),
            ("cost.engineer-day", migration.map(|(day, _)| day), 1e9, "the price of a day of work"),
            ("cost.migration-days", migration.map(|(_, days)| days), 1e4, "the days that one migration takes"),
            ("cost.horizon-months", Some(cost.horizon_months), 1e3, "the months within which it has to pay back"),
        ];
        let too_large = |(key, value, most, what): (&str, Option<f64>, f64, &str)| {
            let value = value.filter(|value| *value > most)?;
            Some(format!("{key}: {value:e} is more than {most:e}; give {what}"))
        };
        limits.into_iter().filter_map(too_large).collect()
    }
}

/// What was measured of a project.
#[derive(Debug, Clone)]
pub struct Measured<'a> {
    /// What it is of.
    pub project: &'a Project,
    /// Workloads as compared, each with the confidence level of its intervals.
    pub workloads: Vec<(&'a Workload, f64)>,
    /// Scenarios as attributed.
    pub attributions: Vec<&'a Attribution>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// Workloads in the order of the manifest, then functions that none stands for.
    pub candidates: Vec<Candidate>,
    /// Orders of work.
    pub plans: Vec<Plan>,
    /// What a reader should know about all of it.
    pub notes: Vec<String>,
}

/// Decides. Names of workloads, functions or scenarios choose what is decided; without any, all is.
pub fn decide(measured: &Measured<'_>, terms: &Terms, names: &[String]) -> Decided {
    let subjects = subject::subjects(measured, names);
    let cases: Vec<case::Case> = subjects.iter().map(|subject| case::Case::new(subject, terms)).collect();
    let judged: Vec<rules::Judged> = cases.iter().map(|case| rules::judge(case, terms)).collect();
    let candidates = subjects
        .iter()
        .zip(cases.iter().zip(&judged))
        .map(|(subject, (case, judged))| words::candidate(subject, case, judged, terms))
        .collect::<Vec<_>>();
    let plans = plan::plans(measured, &subjects, &cases, &candidates, terms);
    Decided { notes: words::missing_prices(measured, &subjects, terms), candidates, plans }
}
