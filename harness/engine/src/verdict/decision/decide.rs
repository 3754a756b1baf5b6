//! From what was measured to what to do about it.

use rustworthy_model::decision::{Candidate, Note, Plan};

use super::candidate::candidate;
use super::evidence::Evidence;
use super::extract::evidence;
use super::notes::notes;
use super::plan::{PlanCandidate, is_to_do, plans};
use super::remedy::{Remedy, remedy};
use super::rules::judge;
use super::subject::{InScenario, Measured, Subject, subjects};
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
    /// What would settle those of the verdicts that are inconclusive, in the order of the candidates.
    pub remedies: Vec<Remedy>,
}

/// Decides. Names of workloads, functions or scenarios choose what is decided; without any, all is.
pub fn decide(measured: &Measured<'_>, terms: &Terms, names: &[String]) -> Decided {
    let judged = subjects(measured, names).into_iter().map(|subject| {
        let evidence = evidence(&subject, terms);
        let judgement = judge(&evidence, terms);
        let remedy = remedy(&subject, &evidence, &judgement, &measured.asked);
        let candidate = candidate(&subject, &evidence, &judgement, remedy.as_ref(), terms, measured);
        (subject, evidence, candidate, remedy)
    });
    let mut judged: Vec<(Subject<'_>, Evidence, Candidate, Option<Remedy>)> = judged.collect();
    let replaced: Vec<InScenario<'_>> = judged
        .iter()
        .filter_map(|(subject, _, candidate, _)| subject.in_scenario.filter(|_| is_to_do(candidate.verdict)))
        .collect();
    judged.retain(|(subject, ..)| !subject.goes_with(&replaced) || names.iter().any(|name| name == subject.name()));
    let in_context =
        judged.iter().map(|(subject, evidence, candidate, _)| PlanCandidate { subject, evidence, candidate });
    let plans = plans(measured, &in_context.collect::<Vec<_>>(), terms);
    let notes = notes(measured, judged.iter().map(|(subject, ..)| subject), terms);
    let (candidates, remedies): (Vec<_>, Vec<_>) =
        judged.into_iter().map(|(.., candidate, remedy)| (candidate, remedy)).unzip();
    Decided { notes, plans, candidates, remedies: remedies.into_iter().flatten().collect() }
}
