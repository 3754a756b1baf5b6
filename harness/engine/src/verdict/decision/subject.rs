//! What is decided about: workloads, and functions of scenarios that no workload stands for.

use std::collections::BTreeMap;

use rustworthy_model::attribution::{Attribution, Function};
use rustworthy_model::comparison::Workload;
use rustworthy_model::rollout::Switch;
use rustworthy_model::tried::Boundary;

use crate::manifest::{self, Code, Location, Project, Target};

/// What was measured of a project.
#[derive(Debug, Clone)]
pub struct Measured<'a> {
    /// The project.
    pub project: &'a Project,
    /// Workloads as compared, each with the confidence level of its intervals.
    pub workloads: Vec<(&'a Workload, f64)>,
    /// Scenarios as attributed.
    pub attributions: Vec<&'a Attribution>,
    /// What crossing the boundary to Rust costs, by workload.
    pub boundaries: Vec<(&'a str, &'a Boundary)>,
    /// What switches in production have recorded.
    pub switches: &'a [Switch],
    /// What was asked for, which commands that are suggested have to ask for too.
    pub asked: Asked,
}

/// What a decision was asked for with, as far as that makes a difference to what is measured.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Options of all measuring commands, each word as a shell reads it and with a blank before it: ` --builtin --seed 7`.
    pub common: String,
    /// Those of comparisons besides: ` --quick`.
    pub compare: String,
    /// The sizes of workloads that were measured at another one than these options come to, as a shell reads them.
    pub sizes: BTreeMap<String, String>,
    /// The commands of the comparisons that it goes by.
    pub runs: Vec<Vec<String>>,
}

/// A workload, a function, or both.
#[derive(Debug, Clone)]
pub(super) struct Subject<'a> {
    /// The workload, and the confidence level of its intervals.
    pub(super) workload: Option<(&'a Workload, f64)>,
    /// What crossing the boundary to Rust costs, where that was tried.
    pub(super) boundary: Option<&'a Boundary>,
    /// The workload that stands for the function in the manifest, where that wasn't compared.
    pub(super) unmeasured: Option<&'a str>,
    /// What the manifest says of the workload.
    pub(super) manifest: Option<&'a manifest::Workload>,
    /// The function that the workload stands for, or that is decided about by itself.
    pub(super) function: Option<String>,
    /// The scenario, if the function is in one that was attributed.
    pub(super) in_scenario: Option<InScenario<'a>>,
    /// What a switch has recorded of it in production.
    pub(super) switch: Option<&'a Switch>,
    /// Whether it is a function that no scenario has seen, and that several might have, or none.
    pub(super) is_unseen: bool,
}

/// A function in a scenario.
#[derive(Debug, Clone, Copy)]
pub(super) struct InScenario<'a> {
    pub(super) attribution: &'a Attribution,
    /// `None` where the scenario may have the function, but took no time in it that was seen.
    pub(super) function: Option<&'a Function>,
}

impl<'a> Subject<'a> {
    /// What it is called.
    pub(super) fn name(&self) -> &str {
        self.workload.map(|(workload, _)| workload.name.as_str()).or(self.function.as_deref()).unwrap_or_default()
    }

    /// The function's row in the attribution of the scenario.
    pub(super) fn row(&self) -> Option<&'a Function> {
        self.in_scenario?.function
    }

    /// Calls in a month: those that production has counted, or else what the manifest says.
    pub(super) fn calls_per_month(&self) -> Option<f64> {
        self.switch.and_then(calls_per_month).or_else(|| self.manifest?.calls_per_month)
    }

    /// Whether it is a function that no workload stands for, and that nobody calls any more once one of these is replaced.
    pub(super) fn goes_with(&self, replaced: &[InScenario<'_>]) -> bool {
        let Some(InScenario { attribution, function: Some(function) }) = self.in_scenario else { return false };
        let calls_it = |one: &InScenario<'_>| {
            one.attribution.scenario == attribution.scenario
                && one.function.is_some_and(|caller| function.called_within.contains(&caller.name))
        };
        self.workload.is_none() && replaced.iter().any(calls_it)
    }

    fn is_chosen(&self, names: &[String]) -> bool {
        let scenario = self.in_scenario.map(|scenario| scenario.attribution.scenario.as_str());
        let own = [Some(self.name()), self.function.as_deref(), scenario];
        names.is_empty() || names.iter().any(|name| name == "all" || own.contains(&Some(name.as_str())))
    }
}

/// Calls of a switch in a month at its pace so far; nothing of less than a day, of which no month can be told.
pub(super) fn calls_per_month(switch: &Switch) -> Option<f64> {
    const DAY: f64 = 24.0 * 3600.0;
    const MONTH: f64 = 365.25 * DAY / 12.0;
    let seconds = switch.first?.duration_until(switch.last?).as_secs_f64();
    (seconds >= DAY).then(|| switch.calls as f64 * MONTH / seconds)
}

/// Switches of functions that nothing here is about.
pub(super) fn unknown_switches<'a>(measured: &Measured<'a>) -> impl Iterator<Item = &'a Switch> {
    let functions: Vec<String> = measured.project.workloads.iter().flat_map(functions_of).collect();
    let is_attributed = |function: &String| {
        measured.attributions.iter().flat_map(|attribution| &attribution.functions).any(|row| row.name == *function)
    };
    let is_known = move |function: &String| functions.contains(function) || is_attributed(function);
    let unknown: Vec<&Switch> =
        measured.switches.iter().filter(|switch| !switch.function.as_ref().is_some_and(&is_known)).collect();
    unknown.into_iter()
}

/// The functions that a workload is about: the one that it stands for, and its baseline.
fn functions_of(workload: &manifest::Workload) -> Vec<String> {
    let baseline = match &workload.baseline().code {
        Code::Python(target) => Some(target.to_string()),
        Code::Kernel(_) | Code::Boundary(..) => None,
    };
    workload.replaces.as_ref().map(ToString::to_string).into_iter().chain(baseline).collect()
}

/// The function of a service that a workload stands for: the one that it says, or else its baseline where a service has been seen to
/// call that.
fn stands_for(measured: &Measured<'_>, workload: &manifest::Workload) -> Option<String> {
    let is_seen =
        |name: &String| measured.attributions.iter().any(|one| one.functions.iter().any(|row| row.name == *name));
    let said = workload.replaces.as_ref().map(ToString::to_string);
    said.or_else(|| functions_of(workload).into_iter().find(is_seen))
}

/// The switch of one of these functions.
fn switch_of<'a>(measured: &Measured<'a>, functions: &[String]) -> Option<&'a Switch> {
    measured
        .switches
        .iter()
        .find(|switch| switch.function.as_ref().is_some_and(|function| functions.contains(function)))
}

/// All that were chosen: workloads in the order of the manifest, then functions by their share.
pub(super) fn subjects<'a>(measured: &Measured<'a>, names: &[String]) -> Vec<Subject<'a>> {
    let workloads = measured.project.workloads.iter().filter_map(|workload| {
        let compared = measured.workloads.iter().find(|(compared, _)| compared.name == workload.name)?;
        Some(of_workload(measured, workload, *compared))
    });
    let mut found: Vec<Subject<'_>> = workloads.flatten().collect();
    for &attribution in &measured.attributions {
        for function in attribution.functions.iter().filter(|row| may_be_decided_about(attribution, row)) {
            let has_workload = found.iter().any(|subject| {
                subject.function.as_ref() == Some(&function.name)
                    && subject.in_scenario.is_some_and(|own| own.attribution.scenario == attribution.scenario)
            });
            if !has_workload {
                found.push(of_function(measured, attribution, function));
            }
        }
    }
    found.retain(|subject| subject.is_chosen(names));
    found
}

/// Whether a row is a function that could be rewritten. Traces have operations by the hundred: of them it's those of which it was
/// projected what becomes of p99, and functions of Python.
fn may_be_decided_about(attribution: &Attribution, row: &Function) -> bool {
    let is_called = row.is_function() && row.calls_per_request.is_some();
    let is_python = || Target::parse(&row.name, Location::default()).is_ok();
    is_called && (attribution.trace.is_none() || !row.what_if.is_empty() || is_python())
}

/// A workload, once for each scenario that has the function which it stands for.
fn of_workload<'a>(
    measured: &Measured<'a>,
    workload: &'a manifest::Workload,
    compared: (&'a Workload, f64),
) -> Vec<Subject<'a>> {
    let replaces = stands_for(measured, workload);
    let subject = Subject {
        workload: Some(compared),
        boundary: measured.boundaries.iter().find(|(name, _)| *name == workload.name).map(|(_, boundary)| *boundary),
        unmeasured: None,
        manifest: Some(workload),
        function: replaces.clone(),
        in_scenario: None,
        switch: switch_of(measured, &functions_of(workload)),
        is_unseen: false,
    };
    let scenarios = measured.attributions.iter().filter_map(|&attribution| {
        let function = attribution.functions.iter().find(|function| Some(&function.name) == replaces.as_ref())?;
        Some(InScenario { attribution, function: Some(function) })
    });
    let scenarios: Vec<InScenario<'_>> = scenarios.collect();
    match (scenarios.as_slice(), &replaces) {
        // One that stands for a function which no scenario has seen is still one about p99.
        ([], Some(function)) if !measured.attributions.is_empty() => vec![match may_have(measured, function)[..] {
            [attribution] => Subject { in_scenario: Some(InScenario { attribution, function: None }), ..subject },
            _ => Subject { is_unseen: true, ..subject },
        }],
        ([], _) => vec![subject],
        (scenarios, _) => {
            scenarios.iter().map(|&scenario| Subject { in_scenario: Some(scenario), ..subject.clone() }).collect()
        }
    }
}

/// Attributions in which a function might have been seen: of scenarios that name it, or else of those that name no functions.
fn may_have<'a>(measured: &Measured<'a>, function: &str) -> Vec<&'a Attribution> {
    let named = |attribution: &Attribution| {
        let scenario = measured.project.scenarios.iter().find(|scenario| scenario.name == attribution.scenario);
        let candidates = scenario.map(|scenario| scenario.candidates.as_slice()).filter(|all| !all.is_empty());
        candidates.map(|all| all.iter().any(|candidate| candidate.to_string() == function))
    };
    let of = |wanted: Option<bool>| -> Vec<&'a Attribution> {
        measured.attributions.iter().copied().filter(|attribution| named(attribution) == wanted).collect()
    };
    let naming = of(Some(true));
    if naming.is_empty() { of(None) } else { naming }
}

/// A function that no workload which was compared stands for.
fn of_function<'a>(measured: &Measured<'a>, attribution: &'a Attribution, function: &'a Function) -> Subject<'a> {
    let unmeasured = measured
        .project
        .workloads
        .iter()
        .find(|workload| workload.replaces.as_ref().is_some_and(|replaces| replaces.to_string() == function.name));
    Subject {
        workload: None,
        boundary: None,
        unmeasured: unmeasured.map(|workload| workload.name.as_str()),
        manifest: None,
        function: Some(function.name.clone()),
        in_scenario: Some(InScenario { attribution, function: Some(function) }),
        switch: switch_of(measured, std::slice::from_ref(&function.name)),
        is_unseen: false,
    }
}
