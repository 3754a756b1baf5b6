//! What a reader should know about a decision as a whole.

use rustworthy_model::attribution::Attribution;
use rustworthy_model::decision::{MissingPrice, Note};

use super::subject::{Measured, Subject, unknown_switches};
use super::terms::Terms;
use crate::shell;

/// Which numbers would allow a price, which scenarios aren't part of it, and what is to be known of how the others were
/// measured.
pub(super) fn notes<'a>(
    measured: &Measured<'_>,
    subjects: impl Iterator<Item = &'a Subject<'a>>,
    terms: &Terms,
) -> Vec<Note> {
    let subjects: Vec<&Subject<'_>> = subjects.collect();
    if subjects.is_empty() {
        return Vec::new();
    }
    let missing = missing_prices(&subjects, terms);
    let prices = (!missing.is_empty()).then_some(Note::PricesMissing { missing });
    let is_attributed = |name: &String| measured.attributions.iter().any(|attribution| attribution.scenario == *name);
    let scenarios = measured.project.scenarios.iter().map(|scenario| &scenario.name);
    let unknown = scenarios.filter(|name| !is_attributed(name));
    let unknown = unknown.map(|name| Note::ScenarioNotAttributed {
        scenario: name.clone(),
        command: Some(format!("rustworthy attribute {}{}", shell::word(name), measured.asked.common)),
    });
    let concerned = |attribution: &&Attribution| {
        subjects
            .iter()
            .any(|subject| subject.in_scenario.is_some_and(|own| std::ptr::eq(own.attribution, *attribution)))
    };
    let of_attributions = measured.attributions.iter().copied().filter(concerned).flat_map(of_attribution);
    let switches = unknown_switches(measured)
        .map(|switch| Note::SwitchUnknown { switch: switch.name.clone(), function: switch.function.clone() });
    prices.into_iter().chain(unknown).chain(of_attributions).chain(switches).collect()
}

/// What an attribution warns of and remarks.
fn of_attribution(attribution: &Attribution) -> Vec<Note> {
    let scenario = &attribution.scenario;
    let missed = attribution.missed_load().map(|(utilization, asked)| Note::LoadMissed {
        scenario: scenario.clone(),
        utilization,
        asked,
    });
    let failed = (attribution.failed_requests > 0).then(|| Note::RequestsFailed {
        scenario: scenario.clone(),
        failed: attribution.failed_requests,
        requests: attribution.requests,
    });
    let notes = attribution.notes.iter();
    let notes = notes.map(|detail| Note::AttributionNote { scenario: scenario.clone(), detail: detail.clone() });
    let is_projected = attribution.functions.iter().any(|row| !row.what_if.is_empty());
    let no_queue =
        (attribution.trace.is_some() && is_projected).then(|| Note::NoQueueInTrace { trace: scenario.clone() });
    missed.into_iter().chain(failed).chain(no_queue).chain(notes).collect()
}

fn missing_prices(subjects: &[&Subject<'_>], terms: &Terms) -> Vec<MissingPrice> {
    let mut missing = Vec::new();
    match &terms.cost {
        None => missing.push(MissingPrice::Cost),
        Some(cost) if cost.migration.is_none() => missing.push(MissingPrice::Migration),
        Some(_) => {}
    }
    let has_requests = terms.cost.as_ref().is_some_and(|cost| cost.requests_per_month.is_some());
    let is_in_scenario = |subject: &&Subject<'_>| subject.row().is_some();
    if subjects.iter().any(is_in_scenario) && !has_requests {
        missing.push(MissingPrice::RequestsPerMonth);
    }
    let without_calls: Vec<String> = subjects
        .iter()
        .filter(|subject| subject.workload.is_some() && subject.calls_per_month().is_none())
        .filter(|subject| !(is_in_scenario(subject) && has_requests))
        .map(|subject| subject.name().to_owned())
        .collect();
    if !without_calls.is_empty() && !subjects.iter().all(is_in_scenario) {
        missing.push(MissingPrice::CallsPerMonth { workloads: without_calls });
    }
    missing
}
