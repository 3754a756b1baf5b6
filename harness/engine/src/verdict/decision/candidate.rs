//! A subject, the evidence and the judgement of it as the result has them.

use rustworthy_model::decision::{Candidate, Ceiling, InputSize, RunnerUp, Verdict};

use super::block::block;
use super::cost::cost;
use super::evidence::{Contender, Evidence, Incomparable};
use super::reasons::Reasons;
use super::remedy::Remedy;
use super::rules::Judgement;
use super::subject::{Measured, Subject};
use super::terms::Terms;
use super::tipping_points::tipping_points;

/// The candidate that a subject has become.
pub(super) fn candidate(
    subject: &Subject<'_>,
    evidence: &Evidence,
    judgement: &Judgement,
    remedy: Option<&Remedy>,
    terms: &Terms,
    measured: &Measured<'_>,
) -> Candidate {
    let contender = |index: Option<usize>| index.and_then(|index| evidence.contenders.get(index));
    let (considered, runner_up) = (contender(judgement.considered), contender(judgement.runner_up));
    let is_chosen = !matches!(judgement.verdict, Verdict::Leave | Verdict::Inconclusive);
    let chosen = considered.filter(|_| is_chosen);
    let reasons = Reasons { subject, evidence, judgement, terms, considered, runner_up }.all();
    Candidate {
        name: subject.name().to_owned(),
        workload: subject.workload.map(|(workload, _)| workload.name.clone()),
        function: subject.function.clone(),
        scenario: subject
            .in_scenario
            .filter(|scenario| scenario.function.is_some())
            .map(|scenario| scenario.attribution.scenario.clone()),
        size: subject
            .workload
            .map(|(workload, _)| InputSize { number: workload.size, name: workload.size_name.clone() }),
        verdict: judgement.verdict,
        contender: chosen.map(|one| one.name.clone()),
        route: chosen.map(|one| one.route),
        reasons: reasons.into_iter().map(Into::into).collect(),
        flips: tipping_points(evidence, judgement, terms).into_iter().map(Into::into).collect(),
        command: remedy.map(|remedy| remedy.command(&measured.asked)),
        manifest: subject
            .function
            .as_ref()
            .filter(|_| judgement.verdict == Verdict::Inconclusive)
            .filter(|_| evidence.incomparable == Some(Incomparable::NoWorkload))
            .and_then(|function| block(function, measured.project)),
        p99_change: considered.and_then(|one| evidence.p99_change(Some(one))),
        speedup: considered.map(|one| one.speedup),
        cost: considered.and_then(|one| cost(evidence, one)),
        considered: considered.map(|one| one.name.clone()),
        ceiling: Ceiling { p99_change: evidence.p99_change(None), saving_per_month: evidence.saving(None) },
        runner_up: runner_up.map(|one| self::runner_up(evidence, one)),
    }
}

fn runner_up(evidence: &Evidence, contender: &Contender) -> RunnerUp {
    RunnerUp {
        contender: contender.name.clone(),
        kind: contender.kind,
        route: contender.route,
        speedup: contender.speedup,
        p99_change: evidence.p99_change(Some(contender)),
        saving_per_month: evidence.saving(Some(contender)),
    }
}
