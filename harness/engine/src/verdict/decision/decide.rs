//! From what was measured to what to do about it.

use rustworthy_model::decision::{Candidate, Note, Plan};

use super::candidate::candidate;
use super::evidence::Evidence;
use super::extract::evidence;
use super::notes::notes;
use super::plan::{PlanCandidate, plans};
use super::rules::judge;
use super::subject::{Measured, subjects};
use super::terms::Terms;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// Workloads in the order of the manifest, then functions that none stands for.
    pub candidates: Vec<Candidate>,
    /// Orders of work.
    pub plans: Vec<Plan>,
    /// What a reader should know about all of it.
    pub notes: Vec<Note>,
}

/// Decides. Names of workloads, functions or scenarios choose what is decided; without any, all is.
pub fn decide(measured: &Measured<'_>, terms: &Terms, names: &[String]) -> Decided {
    let subjects = subjects(measured, names);
    let evidence: Vec<Evidence> = subjects.iter().map(|subject| evidence(subject, terms)).collect();
    let known = || subjects.iter().zip(&evidence);
    let candidates: Vec<Candidate> =
        known().map(|(subject, evidence)| candidate(subject, evidence, &judge(evidence, terms), terms)).collect();
    let in_context: Vec<PlanCandidate<'_>> = known()
        .zip(&candidates)
        .map(|((subject, evidence), candidate)| PlanCandidate { subject, evidence, candidate })
        .collect();
    let plans = plans(measured, &in_context, terms);
    Decided { notes: notes(measured, &subjects, terms), candidates, plans }
}
