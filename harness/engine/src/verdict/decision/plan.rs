//! What to do first, and after that: the joint plan of an attribution, as far as it pays.
//!
//! Effects on p99 don't add up, so they're those of the attribution's `sets`, which were replayed jointly, with the best Rust
//! that was measured: where something else wins, these end. Savings add up, as long as functions don't call one another.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Attribution, Function, Set};
use rustworthy_model::decision::{Candidate, NEVER, Plan, PlanEnd, Step, Verdict};

use super::benefit::after;
use super::evidence::{Contender, Evidence};
use super::price::{core_price, payback};
use super::subject::{Measured, Subject};
use super::terms::{P99_SHARE, Terms};

/// A candidate with all that is known of it.
#[derive(Clone, Copy)]
pub(super) struct PlanCandidate<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) evidence: &'a Evidence,
    pub(super) candidate: &'a Candidate,
}

impl PlanCandidate<'_> {
    /// What is to be put in its place, if something is.
    fn chosen(&self) -> Option<&Contender> {
        let name = self.candidate.contender.as_ref()?;
        self.evidence.contenders.iter().find(|contender| contender.name == *name)
    }

    /// What that costs; of one that was only supposed, what any migration does.
    fn migration(&self) -> Option<f64> {
        let chosen = self.chosen();
        let by_default = self.evidence.price.as_ref().and_then(|price| price.migration);
        let migration = if chosen.is_some() { self.evidence.migration(chosen) } else { by_default };
        migration.map(|migration| migration.price())
    }
}

/// A plan for each scenario, then one for workloads that are in none.
pub(super) fn plans(measured: &Measured<'_>, decided: &[PlanCandidate<'_>], terms: &Terms) -> Vec<Plan> {
    let of_scenarios = measured.attributions.iter().filter_map(|attribution| {
        let in_it = |one: &&PlanCandidate<'_>| one.candidate.scenario.as_deref() == Some(&attribution.scenario);
        let inside: Vec<PlanCandidate<'_>> = decided.iter().filter(in_it).copied().collect();
        (!inside.is_empty()).then(|| of_scenario(attribution, &inside, terms))
    });
    let mut plans: Vec<Plan> = of_scenarios.collect();
    let is_outside = |one: &&PlanCandidate<'_>| one.candidate.scenario.is_none() && is_to_do(one.candidate.verdict);
    let outside: Vec<PlanCandidate<'_>> = decided.iter().filter(is_outside).copied().collect();
    if !outside.is_empty() {
        let steps = by_saving(Vec::new(), &outside, terms);
        plans.push(Plan { scenario: None, p99: None, steps, ended: PlanEnd::NoCommonQueue.into() });
    }
    plans
}

/// Whether a verdict is to do something.
pub(super) fn is_to_do(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Leave | Verdict::Inconclusive)
}

fn of_scenario(attribution: &Attribution, decided: &[PlanCandidate<'_>], terms: &Terms) -> Plan {
    let (steps, planned, end) = joint_steps(attribution, decided, terms);
    // Several workloads may stand for one function.
    let is_planned = |one: &PlanCandidate<'_>| one.subject.function.as_ref().is_some_and(|name| planned.contains(name));
    let rest: Vec<PlanCandidate<'_>> =
        decided.iter().copied().filter(|one| is_to_do(one.candidate.verdict) && !is_planned(one)).collect();
    let mut steps = by_saving(steps, &rest, terms);
    if let Some(first) = steps.first_mut().filter(|first| first.p99.is_none()) {
        let by_itself = decided.iter().find(|one| one.candidate.name == first.name);
        first.p99_change = by_itself.and_then(|one| one.candidate.p99_change);
        first.p99 = attribution.latency.p99.zip(first.p99_change).map(|(now, change)| after(&now, &change));
    }
    let ended = end.unwrap_or(match (steps.is_empty(), attribution.model.accepted) {
        (true, false) => PlanEnd::ModelRejected,
        (true, true) => PlanEnd::NothingWorthDoing,
        (false, _) => PlanEnd::NothingFurther,
    });
    Plan { scenario: Some(attribution.scenario.clone()), p99: attribution.latency.p99, steps, ended: ended.into() }
}

/// The steps that were replayed jointly, as far as each pays; the functions in them, and why they end before all were taken.
fn joint_steps(
    attribution: &Attribution,
    decided: &[PlanCandidate<'_>],
    terms: &Terms,
) -> (Vec<Step>, Vec<String>, Option<PlanEnd>) {
    let of = |name: &String| decided.iter().find(|one| one.subject.function.as_ref() == Some(name));
    let mut steps: Vec<Step> = Vec::new();
    let mut before: Option<&Set> = None;
    let mut end = None;
    for set in &attribution.sets {
        let Some(next) = set.functions.last().and_then(of) else {
            // One that wasn't chosen has a share in all sets that follow.
            end = Some(PlanEnd::NextNotAsked);
            break;
        };
        if next.chosen().is_some_and(|chosen| next.evidence.replayed(chosen).is_none()) {
            break;
        }
        end = why_end(next, set, before, attribution, steps.last(), terms);
        if end.is_some() {
            break;
        }
        steps.push(joint_step(next, set, attribution, steps.last(), terms));
        before = Some(set);
    }
    (steps, before.map(|set| set.functions.clone()).unwrap_or_default(), end)
}

/// Why the plan ends before a step; `None` where the step pays.
fn why_end(
    next: &PlanCandidate<'_>,
    set: &Set,
    before: Option<&Set>,
    attribution: &Attribution,
    last: Option<&Step>,
    terms: &Terms,
) -> Option<PlanEnd> {
    let candidate = next.candidate.name.clone();
    if next.candidate.verdict == Verdict::Leave {
        return Some(PlanEnd::NextIsLeft { candidate });
    }
    let now = attribution.latency.p99?.estimate;
    let p99_before = before.map_or(now, |before| before.what_if.p99.estimate);
    if terms.p99_target().is_some_and(|target| p99_before <= target) {
        return Some(PlanEnd::GoalReached);
    }
    let lowered = |p99: f64| 1.0 - p99 / p99_before.max(f64::MIN_POSITIVE);
    let Estimate { estimate, low, high } = set.what_if.p99;
    let lower_by = Estimate { estimate: lowered(estimate), low: lowered(high), high: lowered(low) };
    let is_lower = terms.counts_p99() && lower_by.estimate >= P99_SHARE;
    let pays = terms.counts_cost() && pays_by_itself(next, set, attribution, last, terms);
    (!is_lower && !pays).then_some(PlanEnd::NextNoLongerPays { candidate, lower_by })
}

/// Whether what a step saves beyond the steps before it pays back in time.
fn pays_by_itself(
    next: &PlanCandidate<'_>,
    set: &Set,
    attribution: &Attribution,
    last: Option<&Step>,
    terms: &Terms,
) -> bool {
    let more = || {
        let all = joint_saving(next, set, attribution, terms)?.estimate;
        Some(last.and_then(|step| step.saving_per_month).map_or(all, |so_far| all - so_far.estimate))
    };
    let Some((saving, price)) = more().zip(next.evidence.price.as_ref()) else { return false };
    let payback = next.migration().map(|migration| payback(migration, &Estimate::exactly(saving)));
    payback.is_some_and(|payback| payback.estimate <= price.horizon_months)
}

fn joint_step(
    next: &PlanCandidate<'_>,
    set: &Set,
    attribution: &Attribution,
    last: Option<&Step>,
    terms: &Terms,
) -> Step {
    let is_measured = next.subject.row().is_some_and(Function::is_replaced);
    Step {
        supposed: !is_measured,
        p99: Some(set.what_if.p99),
        p99_change: Some(set.what_if.p99_change),
        ..step(next, joint_saving(next, set, attribution, terms), last)
    }
}

/// A step by itself, and what all steps up to it save and cost.
fn step(next: &PlanCandidate<'_>, saving_per_month: Option<Estimate>, last: Option<&Step>) -> Step {
    let so_far = last.map_or(Some(0.0), |last| last.migration);
    let migration = so_far.zip(next.migration()).map(|(so_far, own)| so_far + own);
    Step {
        name: next.candidate.name.clone(),
        verdict: next.candidate.verdict,
        contender: next.candidate.contender.clone(),
        supposed: false,
        p99: None,
        p99_change: None,
        payback_months: migration.zip(saving_per_month).map(|(migration, saving)| payback(migration, &saving)),
        saving_per_month,
        migration,
    }
}

/// What a set saves in a month: its share of the processor time of all requests. A trace tells of no processors, but how long
/// everything took.
fn joint_saving(next: &PlanCandidate<'_>, set: &Set, attribution: &Attribution, terms: &Terms) -> Option<Estimate> {
    let requests = terms.cost.as_ref()?.requests_per_month?;
    let price = next.evidence.price.as_ref()?;
    let busy =
        attribution.functions.iter().filter(|function| attribution.trace.is_some() || function.cpu_share.is_some());
    let seconds: f64 = busy.map(|function| function.seconds_per_request).sum();
    let whole = core_price(seconds * requests, price.core_hour);
    Some(set.what_if.cpu_saved.map(|share| share * whole))
}

/// Adds what is worth doing by itself, what saves most first.
fn by_saving(mut steps: Vec<Step>, decided: &[PlanCandidate<'_>], terms: &Terms) -> Vec<Step> {
    let saving = |one: &PlanCandidate<'_>| one.candidate.cost.as_ref().map(|cost| cost.saving_per_month);
    let speedup = |one: &PlanCandidate<'_>| one.candidate.speedup.map_or(0.0, |speedup| speedup.estimate);
    let value = |one: &PlanCandidate<'_>| saving(one).map_or(f64::NEG_INFINITY, |saving| saving.estimate);
    let mut decided = decided.to_vec();
    decided.sort_by(|one, other| value(other).total_cmp(&value(one)).then(speedup(other).total_cmp(&speedup(one))));
    let mut names: Vec<&str> = Vec::new();
    for next in &decided {
        // A function in several scenarios is migrated once.
        if names.contains(&next.candidate.name.as_str()) {
            continue;
        }
        names.push(&next.candidate.name);
        let so_far = steps.last().map(|step| step.saving_per_month);
        let saving = match (so_far, saving(next)) {
            (Some(Some(so_far)), Some(more)) => Some(sum(&so_far, &more)),
            (None, more) => more,
            _ => None,
        };
        steps.push(step(next, saving.filter(|_| terms.cost.is_some()), steps.last()));
    }
    debug_assert!(steps.iter().filter_map(|step| step.payback_months).all(|payback| payback.high <= NEVER));
    steps
}

/// The sum of two independent estimates: their arms add up like the sides of a right angle.
fn sum(one: &Estimate, other: &Estimate) -> Estimate {
    let estimate = one.estimate + other.estimate;
    let low = f64::hypot(one.estimate - one.low, other.estimate - other.low);
    let high = f64::hypot(one.high - one.estimate, other.high - other.estimate);
    Estimate { estimate, low: estimate - low, high: estimate + high }
}
