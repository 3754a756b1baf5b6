//! The sentences of a decision. Nothing is decided here: every sentence follows from the data alone.

mod reasons;
#[cfg(test)]
mod tests;

use rustworthy_model::decision::{
    Candidate, Cost, Decision, Flip, FlipInput, FlipUnit, MissingPrice, Note, Plan, PlanEnd, Reason, SensitiveInput,
    Sensitivity, Statement, Verdict,
};
use rustworthy_model::figures;

use super::phrases::{amount, months, percent, share};
use reasons::reason;

/// What is said of an operation of a trace whose spans name no function, so that no workload can stand for it.
const NAMELESS: &str = "Its spans name no function of Python. Where they are work of this service, give them `code.function.name`: its \
                        `module:callable` is what `replaces` can name. Where they wait for another service and don't say so (kind \
                        CLIENT), there is nothing to migrate here.";

/// Days in a month.
const DAYS: f64 = 30.44;

/// The decision with all its statements in words.
pub fn in_words(decision: &Decision) -> Decision<String> {
    Decision {
        schema: decision.schema.clone(),
        run: decision.run.clone(),
        environment: decision.environment.clone(),
        terms: decision.terms.clone(),
        candidates: decision.candidates.iter().map(candidate).collect(),
        plans: decision.plans.iter().map(plan).collect(),
        sources: decision.sources.clone(),
        production: decision.production.clone(),
        notes: all(&decision.notes, note),
    }
}

fn worded<T: Clone>(statement: &Statement<T>, words: impl Fn(&T) -> String) -> Statement<T, String> {
    Statement { data: statement.data.clone(), text: words(&statement.data) }
}

fn all<T: Clone>(statements: &[Statement<T>], words: impl Fn(&T) -> String) -> Vec<Statement<T, String>> {
    statements.iter().map(|statement| worded(statement, &words)).collect()
}

fn candidate(candidate: &Candidate) -> Candidate<String> {
    Candidate {
        name: candidate.name.clone(),
        workload: candidate.workload.clone(),
        function: candidate.function.clone(),
        scenario: candidate.scenario.clone(),
        size: candidate.size.clone(),
        verdict: candidate.verdict,
        contender: candidate.contender.clone(),
        route: candidate.route,
        reasons: all(&candidate.reasons, |about| match about {
            // What can be called by its name comes with the table of a workload.
            Reason::NoWorkload if candidate.manifest.is_none() => NAMELESS.to_owned(),
            _ => reason(about, candidate.size.as_ref()),
        }),
        flips: all(&candidate.flips, flip),
        command: candidate.command.clone(),
        manifest: candidate.manifest.clone(),
        p99_change: candidate.p99_change,
        speedup: candidate.speedup,
        cost: candidate.cost.as_ref().map(cost),
        considered: candidate.considered.clone(),
        ceiling: candidate.ceiling,
        runner_up: candidate.runner_up.clone(),
    }
}

fn cost(cost: &Cost) -> Cost<String> {
    Cost {
        saving_per_month: cost.saving_per_month,
        migration: cost.migration,
        payback_months: cost.payback_months,
        sensitivity: cost.sensitivity.as_ref().map(|statement| worded(statement, sensitivity)),
    }
}

fn plan(plan: &Plan) -> Plan<String> {
    Plan {
        scenario: plan.scenario.clone(),
        p99: plan.p99,
        steps: plan.steps.clone(),
        ended: worded(&plan.ended, plan_end),
    }
}

/// Volumes are shown per day.
fn flip(flip: &Flip) -> String {
    let becomes = format!("Becomes `{}`", code(flip.verdict));
    let side = if flip.above { "above" } else { "below" };
    let value = flip.value;
    match (flip.input, flip.unit) {
        (FlipInput::Volume, unit) => {
            let unit = if unit == FlipUnit::CallsPerMonth { "calls" } else { "requests" };
            format!("{becomes} {side} {} {unit} a day.", amount(value / DAYS))
        }
        (FlipInput::MigrationDays, _) => {
            let than = if flip.above { "more than" } else { "less than" };
            format!("{becomes} if the migration takes {than} {} days.", amount(value))
        }
        (FlipInput::Payload, unit) => {
            let side = if flip.above { "over" } else { "under" };
            match unit {
                FlipUnit::Bytes => {
                    let bytes = figures::bytes(value.round().max(1.0) as u64);
                    format!("{becomes} with payloads {side} {bytes}.")
                }
                _ => format!("{becomes} with inputs of a size {side} {}.", amount(value)),
            }
        }
        (FlipInput::ShareOfP99, _) => {
            let share = percent(value);
            match flip.above {
                true => format!("{becomes} if it exceeds {share} of p99, and takes as much more in all requests."),
                false => format!("{becomes} if it takes less than {share} of p99, and as much less in all requests."),
            }
        }
        (FlipInput::Speedup, _) if flip.above => {
            format!("{becomes} if Rust were {}× as fast as the baseline or more.", amount(value))
        }
        (FlipInput::Speedup, _) => {
            format!("{becomes} if Rust were less than {}× as fast as the baseline.", amount(value))
        }
    }
}

/// The verdict as the JSON has it.
fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Migrate => "migrate",
        Verdict::UseLibrary => "use_library",
        Verdict::FixAlgorithm => "fix_algorithm",
        Verdict::Compile => "compile",
        Verdict::UpgradePython => "upgrade_python",
        Verdict::Leave => "leave",
        Verdict::Inconclusive => "inconclusive",
    }
}

fn sensitivity(sensitivity: &Sensitivity) -> String {
    let how = match sensitivity.input {
        SensitiveInput::Speedup { .. } | SensitiveInput::Time => "over its interval".to_owned(),
        SensitiveInput::CallsPerMonth { moved_by }
        | SensitiveInput::RequestsPerMonth { moved_by }
        | SensitiveInput::MigrationDays { moved_by } => format!("{}% either way", amount(moved_by * 100.0)),
    };
    let input = sensitive_input(&sensitivity.input);
    match [sensitivity.best_months, sensitivity.worst_months].map(months) {
        [best, worst] if best == worst => format!("Payback depends most on {input}: {best}, {how}."),
        [best, worst] => format!("Payback depends most on {input}: {how} it takes {best} to {worst}."),
    }
}

/// What an input of a payback is called.
pub(super) fn sensitive_input(input: &SensitiveInput) -> String {
    match input {
        SensitiveInput::Speedup { contender } => format!("the speedup of {contender}"),
        SensitiveInput::Time => "the time that there is to save".to_owned(),
        SensitiveInput::CallsPerMonth { .. } => "calls a month".to_owned(),
        SensitiveInput::RequestsPerMonth { .. } => "requests a month".to_owned(),
        SensitiveInput::MigrationDays { .. } => "migration-days".to_owned(),
    }
}

fn note(note: &Note) -> String {
    match note {
        Note::PricesMissing { missing } => {
            let missing: Vec<String> = missing.iter().map(missing_price).collect();
            format!("What would allow a price: {}.", missing.join("; "))
        }
        Note::ScenarioNotAttributed { scenario, command } => {
            let usual = format!("rustworthy attribute {scenario}");
            let command = command.as_ref().unwrap_or(&usual);
            format!("Scenario {scenario} isn't part of this: `{command}` tells what p99 is made of.")
        }
        Note::RunIncomplete { run } => format!("Run {run} is incomplete."),
        Note::MeasuredAgain { what } => {
            format!("Measured again, once each, because it left verdicts open: {}.", what.join(", "))
        }
        Note::ScenarioFailed { scenario } => format!("Scenario {scenario} failed; what was measured of it counts."),
        Note::LoadMissed { scenario, utilization, asked } => format!(
            "Scenario {scenario}: utilisation was {} where {} was asked for; latency is that of the load that was measured.",
            share(utilization),
            percent(*asked)
        ),
        Note::RequestsFailed { scenario, failed, requests } => format!(
            "Scenario {scenario}: {} of {} requests failed; they count like the others.",
            figures::count(*failed),
            figures::count(*requests)
        ),
        Note::AttributionNote { scenario, detail } => {
            format!("Scenario {scenario}: {}.", detail.trim_end_matches('.'))
        }
        Note::NoQueueInTrace { trace } => format!(
            "{trace}: p99 is projected by less time on the critical path, and no queue was replayed: a trace doesn't tell what \
             waited for what. Under load the real change tends to be larger. Where arrivals and servers are known, a [scenario.NAME] with \
             `arrivals` and `servers` replays one: rustworthy attribute NAME."
        ),
        Note::NotMeasured { workloads } => {
            format!("Not measured, since --from names what to go by: {}.", workloads.join(", "))
        }
        Note::SwitchUnknown { switch, function } => {
            let function = function.as_deref().unwrap_or("a function that isn't known");
            format!("Switch {switch} is of {function}, and no workload or scenario here is: name it in `replaces`.")
        }
        Note::Version1 { words } => words.clone(),
    }
}

fn missing_price(missing: &MissingPrice) -> String {
    match missing {
        MissingPrice::Cost => "[cost] with core-hour, engineer-day and migration-days".to_owned(),
        MissingPrice::Migration => "engineer-day and migration-days in [cost]".to_owned(),
        MissingPrice::RequestsPerMonth => "requests-per-month in [cost]".to_owned(),
        MissingPrice::CallsPerMonth { workloads } => {
            format!(
                "calls-per-month of {} (a call is one with an input of the size that is measured)",
                workloads.join(", ")
            )
        }
    }
}

fn plan_end(end: &PlanEnd) -> String {
    let text = match end {
        PlanEnd::NoCommonQueue => "Each by itself: workloads outside of scenarios have no queue in common.",
        PlanEnd::NextNotAsked => "The next step isn't among the candidates that were asked for.",
        PlanEnd::NextIsLeft { candidate } => {
            return format!("The next step would be {candidate}, which is to be left as it is.");
        }
        PlanEnd::NextNoLongerPays { candidate, lower_by } => {
            return format!(
                "The next step, {candidate}, would lower p99 by {:.1}% more, which no longer pays.",
                lower_by.estimate.max(0.0) * 100.0
            );
        }
        PlanEnd::GoalReached => "p99 is within its goal here.",
        PlanEnd::ModelRejected => "Without an accepted model of the queue there is no joint plan.",
        PlanEnd::NothingWorthDoing => "Nothing here is worth doing.",
        PlanEnd::NothingFurther => "No further step lowers p99 by half a per cent or pays by itself.",
        PlanEnd::Version1 { words } => words,
    };
    text.to_owned()
}
