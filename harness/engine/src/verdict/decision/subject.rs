//! What is decided about: workloads, and functions of scenarios that no workload stands for.

use rustworthy_model::attribution::{Attribution, Function, Kind};
use rustworthy_model::comparison::Workload;

use super::Measured;

/// A workload, a function, or both.
#[derive(Debug, Clone)]
pub(super) struct Subject<'a> {
    /// The workload, and the confidence level of its intervals.
    pub(super) workload: Option<(&'a Workload, f64)>,
    /// The workload that stands for it in the manifest, where none was compared.
    pub(super) unmeasured: Option<&'a str>,
    /// Calls of the workload in a month as the manifest has it.
    pub(super) calls_per_month: Option<f64>,
    /// The function that the workload stands for, or that is decided about by itself.
    pub(super) function: Option<String>,
    /// The scenario, if the function is in one that was attributed.
    pub(super) place: Option<Place<'a>>,
}

/// A function in a scenario.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) attribution: &'a Attribution,
    /// `None` where the scenario is known to have the function among its candidates, or may have it, but it took no time
    /// that was seen.
    pub(super) function: Option<&'a Function>,
}

impl<'a> Subject<'a> {
    /// What it is called.
    pub(super) fn name(&self) -> &str {
        self.workload.map(|(workload, _)| workload.name.as_str()).or(self.function.as_deref()).unwrap_or_default()
    }

    fn is_chosen(&self, names: &[String]) -> bool {
        let scenario = self.place.map(|place| place.attribution.scenario.as_str());
        let own = [Some(self.name()), self.function.as_deref(), scenario];
        names.is_empty() || names.iter().any(|name| name == "all" || own.contains(&Some(name.as_str())))
    }
}

/// Whether a row is a function that could be rewritten or may be native already.
fn is_function(function: &Function) -> bool {
    matches!(function.kind, Kind::Python | Kind::Native) && function.calls_per_request.is_some()
}

/// All that were chosen: workloads in the order of the manifest, then functions by their share.
pub(super) fn subjects<'a>(measured: &Measured<'a>, names: &[String]) -> Vec<Subject<'a>> {
    let mut found: Vec<Subject<'_>> = Vec::new();
    for workload in &measured.project.workloads {
        let compared = measured.workloads.iter().find(|(compared, _)| compared.name == workload.name).copied();
        let Some(compared) = compared else { continue };
        let replaces = workload.replaces.as_ref().map(ToString::to_string);
        let subject = Subject {
            workload: Some(compared),
            unmeasured: None,
            calls_per_month: workload.calls_per_month,
            function: replaces.clone(),
            place: None,
        };
        let places = measured.attributions.iter().filter_map(|&attribution| {
            let function = attribution.functions.iter().find(|function| Some(&function.name) == replaces.as_ref())?;
            Some(Place { attribution, function: Some(function) })
        });
        let places: Vec<Place<'_>> = places.collect();
        match (places.as_slice(), &replaces, measured.attributions.first()) {
            // One that stands for a function which no scenario has seen is still one about p99.
            ([], Some(_), Some(&attribution)) => {
                found.push(Subject { place: Some(Place { attribution, function: None }), ..subject });
            }
            ([], ..) => found.push(subject),
            (places, ..) => {
                found.extend(places.iter().map(|&place| Subject { place: Some(place), ..subject.clone() }));
            }
        }
    }
    for &attribution in &measured.attributions {
        for function in attribution.functions.iter().filter(|function| is_function(function)) {
            let has_workload = found.iter().any(|subject| {
                subject.function.as_ref() == Some(&function.name)
                    && subject.place.is_some_and(|place| place.attribution.scenario == attribution.scenario)
            });
            if !has_workload {
                found.push(Subject {
                    workload: None,
                    unmeasured: measured.project.workloads.iter().find_map(|workload| {
                        let replaces = workload.replaces.as_ref()?.to_string();
                        (replaces == function.name).then_some(workload.name.as_str())
                    }),
                    calls_per_month: None,
                    function: Some(function.name.clone()),
                    place: Some(Place { attribution, function: Some(function) }),
                });
            }
        }
    }
    found.retain(|subject| subject.is_chosen(names));
    found
}
