//! The newest result of `decide` as `rustworthy.decision.v1`.

use rustworthy_model::decision::version_1::{
    self, Candidate, Cost, Decision, Flip, Kind, Plan, RunnerUp, Sensitivity, Step, Terms, Verdict,
};
use rustworthy_model::{comparison, decision};

use super::words::{in_words, sensitive_input};

/// The decision as version 1 has it: reasons and the like as texts.
///
/// Version 1 knows no compilers and no other Pythons. Both become other Python, whose verdict is `fix_algorithm`.
pub fn to_version_1(result: &decision::Decision) -> Decision {
    let decision = in_words(result);
    Decision {
        schema: version_1::SCHEMA.to_owned(),
        run: decision.run,
        environment: decision.environment,
        terms: terms(decision.terms),
        candidates: decision.candidates.into_iter().map(candidate).collect(),
        plans: decision.plans.into_iter().map(plan).collect(),
        sources: decision.sources,
        notes: decision.notes.into_iter().map(|note| note.text).collect(),
    }
}

fn terms(terms: decision::Terms) -> Terms {
    Terms {
        goal: terms.goal,
        p99_target: terms.p99_target,
        p99_share: terms.p99_share,
        enough: terms.enough,
        isolated: terms.isolated,
        horizon_months: terms.horizon_months,
        currency: terms.currency,
    }
}

fn candidate(candidate: decision::Candidate<String>) -> Candidate {
    Candidate {
        name: candidate.name,
        workload: candidate.workload,
        function: candidate.function,
        scenario: candidate.scenario,
        verdict: verdict(candidate.verdict),
        contender: candidate.contender,
        route: candidate.route,
        reasons: candidate.reasons.into_iter().map(|reason| reason.text).collect(),
        flips: candidate.flips.into_iter().map(flip).collect(),
        command: candidate.command,
        p99_change: candidate.p99_change,
        speedup: candidate.speedup,
        cost: candidate.cost.map(cost),
        considered: candidate.considered,
        ceiling: candidate.ceiling,
        runner_up: candidate.runner_up.map(runner_up),
    }
}

fn verdict(verdict: decision::Verdict) -> Verdict {
    match verdict {
        decision::Verdict::Migrate => Verdict::Migrate,
        decision::Verdict::UseLibrary => Verdict::UseLibrary,
        decision::Verdict::FixAlgorithm | decision::Verdict::Compile | decision::Verdict::UpgradePython => {
            Verdict::FixAlgorithm
        }
        decision::Verdict::Leave => Verdict::Leave,
        decision::Verdict::Inconclusive => Verdict::Inconclusive,
    }
}

fn kind(kind: comparison::Kind) -> Kind {
    match kind {
        comparison::Kind::Python | comparison::Kind::Compiler | comparison::Kind::Interpreter => Kind::Python,
        comparison::Kind::Library => Kind::Library,
        comparison::Kind::Algorithm => Kind::Algorithm,
        comparison::Kind::Rust => Kind::Rust,
    }
}

fn flip(flip: decision::Statement<decision::Flip, String>) -> Flip {
    let decision::Flip { verdict, input, above, value, .. } = flip.data;
    Flip { verdict: self::verdict(verdict), input, above, value, text: flip.text }
}

fn cost(cost: decision::Cost<String>) -> Cost {
    Cost {
        saving_per_month: cost.saving_per_month,
        migration: cost.migration,
        payback_months: cost.payback_months,
        sensitivity: cost.sensitivity.map(|sensitivity| Sensitivity {
            input: sensitive_input(&sensitivity.data.input),
            best_months: sensitivity.data.best_months,
            worst_months: sensitivity.data.worst_months,
            text: sensitivity.text,
        }),
    }
}

fn runner_up(runner_up: decision::RunnerUp) -> RunnerUp {
    RunnerUp {
        contender: runner_up.contender,
        kind: kind(runner_up.kind),
        route: runner_up.route,
        speedup: runner_up.speedup,
        p99_change: runner_up.p99_change,
        saving_per_month: runner_up.saving_per_month,
    }
}

fn plan(plan: decision::Plan<String>) -> Plan {
    Plan {
        scenario: plan.scenario,
        p99: plan.p99,
        steps: plan.steps.into_iter().map(step).collect(),
        ended: plan.ended.text,
    }
}

fn step(step: decision::Step) -> Step {
    Step {
        name: step.name,
        verdict: verdict(step.verdict),
        contender: step.contender,
        supposed: step.supposed,
        p99: step.p99,
        p99_change: step.p99_change,
        saving_per_month: step.saving_per_month,
        migration: step.migration,
        payback_months: step.payback_months,
    }
}
