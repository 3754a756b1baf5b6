//! What to do first, and after that: the joint plan of an attribution, as far as it pays.
//!
//! Effects on p99 don't add up, so they're those of the attribution's `sets`, which were replayed jointly. Savings add up, as
//! long as functions don't call one another.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Attribution, Function, Set};
use rustworthy_model::decision::{Candidate, NEVER, Plan, Step, Verdict};

use super::case::Case;
use super::price::payback;
use super::subject::Subject;
use super::{Measured, P99_SHARE, Terms};
use crate::manifest::Goal;

/// Seconds in an hour.
const HOUR: f64 = 3_600.0;

/// A candidate with all that is known of it.
struct Item<'a> {
    subject: &'a Subject<'a>,
    case: &'a Case,
    candidate: &'a Candidate,
}

/// A plan for each scenario, then one for workloads that are in none.
pub(super) fn plans(
    measured: &Measured<'_>,
    subjects: &[Subject<'_>],
    cases: &[Case],
    candidates: &[Candidate],
    terms: &Terms,
) -> Vec<Plan> {
    let items: Vec<Item<'_>> = subjects
        .iter()
        .zip(cases)
        .zip(candidates)
        .map(|((subject, case), candidate)| Item { subject, case, candidate })
        .collect();
    let in_scenario = |item: &Item<'_>, name: &str| item.candidate.scenario.as_deref() == Some(name);
    let of_scenarios = measured.attributions.iter().filter_map(|attribution| {
        let items: Vec<&Item<'_>> = items.iter().filter(|item| in_scenario(item, &attribution.scenario)).collect();
        (!items.is_empty()).then(|| of_scenario(attribution, &items, terms))
    });
    let mut plans: Vec<Plan> = of_scenarios.collect();
    let others: Vec<&Item<'_>> =
        items.iter().filter(|item| item.candidate.scenario.is_none() && is_to_do(item.candidate.verdict)).collect();
    if !others.is_empty() {
        let mut plan = Plan { scenario: None, p99: None, steps: Vec::new(), ended: String::new() };
        add_by_saving(&mut plan, &others, terms);
        plan.ended = "Each by itself: workloads outside of scenarios have no queue in common.".to_owned();
        plans.push(plan);
    }
    plans
}

fn is_to_do(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Leave | Verdict::Inconclusive)
}

fn of_scenario(attribution: &Attribution, items: &[&Item<'_>], terms: &Terms) -> Plan {
    let mut plan = Plan {
        scenario: Some(attribution.scenario.clone()),
        p99: attribution.latency.p99,
        steps: Vec::new(),
        ended: String::new(),
    };
    let of = |name: &str| items.iter().find(|item| item.subject.function.as_deref() == Some(name));
    let mut ended = None;
    let mut before: Option<&Set> = None;
    for set in &attribution.sets {
        let Some(item) = set.functions.last().and_then(|added| of(added)) else {
            // One that wasn't chosen has a share in all sets that follow.
            ended = Some("The next step isn't among the candidates that were asked for.".to_owned());
            break;
        };
        if let Some(why) = ends(item, set, before, attribution, &plan, terms) {
            ended = Some(why);
            break;
        }
        let step = joint_step(item, set, attribution, &plan, terms);
        plan.steps.push(step);
        before = Some(set);
    }
    // Several workloads may stand for one function.
    let functions = before.map(|set| set.functions.clone()).unwrap_or_default();
    let is_planned = |item: &Item<'_>| item.subject.function.as_ref().is_some_and(|name| functions.contains(name));
    let rest: Vec<&Item<'_>> =
        items.iter().copied().filter(|item| is_to_do(item.candidate.verdict) && !is_planned(item)).collect();
    add_by_saving(&mut plan, &rest, terms);
    plan.ended = ended.unwrap_or_else(|| match (plan.steps.is_empty(), attribution.model.accepted) {
        (true, false) => "Without an accepted model of the queue there is no joint plan.".to_owned(),
        (true, true) => "Nothing here is worth doing.".to_owned(),
        (false, _) => "No further step lowers p99 by half a per cent or pays by itself.".to_owned(),
    });
    plan
}

/// Why the plan ends before a step; `None` where it pays.
fn ends(
    item: &Item<'_>,
    set: &Set,
    before: Option<&Set>,
    attribution: &Attribution,
    plan: &Plan,
    terms: &Terms,
) -> Option<String> {
    let name = &item.candidate.name;
    if item.candidate.verdict == Verdict::Leave {
        return Some(format!("The next step would be {name}, which is to be left as it is."));
    }
    let now = attribution.latency.p99?.estimate;
    let p99_before = before.map_or(now, |before| before.what_if.p99.estimate);
    if let Some(Goal::P99(target)) = terms.goal
        && p99_before <= target.as_secs_f64()
    {
        return Some("p99 is within its goal here.".to_owned());
    }
    let lowered = 1.0 - set.what_if.p99.estimate / p99_before.max(f64::MIN_POSITIVE);
    let counts_p99 = !matches!(terms.goal, Some(Goal::Cost));
    if counts_p99 && lowered >= P99_SHARE {
        return None;
    }
    // By itself it would have to pay in time.
    let all = cumulative(item, set, attribution, terms);
    let more = match (all, plan.steps.last().and_then(|step| step.saving_per_month)) {
        (Some(all), Some(so_far)) => Some(all.estimate - so_far.estimate),
        (all, None) => all.map(|all| all.estimate),
        (None, Some(_)) => None,
    };
    let price = item.case.price.as_ref();
    let pays = more.zip(price.and_then(|price| Some((price.migration?.price(), price.horizon)))).is_some_and(
        |(saving, (migration, horizon))| {
            let exactly = Estimate { estimate: saving, low: saving, high: saving };
            payback(migration, &exactly).estimate <= horizon
        },
    );
    if pays && !matches!(terms.goal, Some(Goal::P99(_))) {
        return None;
    }
    Some(format!(
        "The next step, {name}, would lower p99 by {:.1}% more, which no longer pays.",
        lowered.max(0.0) * 100.0
    ))
}

fn joint_step(item: &Item<'_>, set: &Set, attribution: &Attribution, plan: &Plan, terms: &Terms) -> Step {
    let added = item.subject.place.and_then(|place| place.function);
    let is_measured = added.is_some_and(Function::is_replaced);
    let saving = cumulative(item, set, attribution, terms);
    step(item, !is_measured, saving, plan.steps.len() + 1, Some((set.what_if.p99, set.what_if.p99_change)))
}

fn step(
    item: &Item<'_>,
    supposed: bool,
    saving_per_month: Option<Estimate>,
    number: usize,
    p99: Option<(Estimate, Estimate)>,
) -> Step {
    let migration = item.case.price.as_ref().and_then(|price| Some(price.migration?.price() * number as f64));
    Step {
        name: item.candidate.name.clone(),
        verdict: item.candidate.verdict,
        contender: item.candidate.contender.clone(),
        supposed,
        p99: p99.map(|(p99, _)| p99),
        p99_change: p99.map(|(_, change)| change),
        payback_months: migration.zip(saving_per_month).map(|(migration, saving)| payback(migration, &saving)),
        saving_per_month,
        migration,
    }
}

/// What a set saves in a month: its share of the processor time of all requests.
fn cumulative(item: &Item<'_>, set: &Set, attribution: &Attribution, terms: &Terms) -> Option<Estimate> {
    let requests = terms.cost.as_ref()?.requests_per_month?;
    let price = item.case.price.as_ref()?;
    let busy = attribution.functions.iter().filter(|function| function.cpu_share.is_some());
    let seconds: f64 = busy.map(|function| function.seconds_per_request).sum();
    let whole = seconds * requests * price.core_hour / HOUR;
    let Estimate { estimate, low, high } = set.what_if.cpu_saved;
    Some(Estimate { estimate: estimate * whole, low: low * whole, high: high * whole })
}

/// Adds what is worth doing by itself, what saves most first.
fn add_by_saving(plan: &mut Plan, items: &[&Item<'_>], terms: &Terms) {
    let saving = |item: &Item<'_>| item.candidate.cost.as_ref().map(|cost| cost.saving_per_month);
    let speedup = |item: &Item<'_>| item.candidate.speedup.map_or(0.0, |speedup| speedup.estimate);
    let value = |item: &Item<'_>| saving(item).map_or(f64::NEG_INFINITY, |saving| saving.estimate);
    let mut items = items.to_vec();
    items.sort_by(|one, other| value(other).total_cmp(&value(one)).then(speedup(other).total_cmp(&speedup(one))));
    let mut names: Vec<&str> = Vec::new();
    for item in items {
        // A function in several scenarios is migrated once.
        if names.contains(&item.candidate.name.as_str()) {
            continue;
        }
        names.push(&item.candidate.name);
        let so_far = plan.steps.last().map(|step| step.saving_per_month);
        let saving = match (so_far, saving(item)) {
            (Some(Some(so_far)), Some(more)) => Some(sum(&so_far, &more)),
            (None, more) => more,
            _ => None,
        };
        let number = plan.steps.len() + 1;
        plan.steps.push(step(item, false, saving.filter(|_| terms.cost.is_some()), number, None));
    }
    debug_assert!(plan.steps.iter().filter_map(|step| step.payback_months).all(|payback| payback.high <= NEVER));
}

/// The sum of two independent estimates: their arms add up like the sides of a right angle.
fn sum(one: &Estimate, other: &Estimate) -> Estimate {
    let estimate = one.estimate + other.estimate;
    let low = f64::hypot(one.estimate - one.low, other.estimate - other.low);
    let high = f64::hypot(one.high - one.estimate, other.high - other.estimate);
    Estimate { estimate, low: estimate - low, high: estimate + high }
}
