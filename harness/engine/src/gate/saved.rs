//! `gate --against RUN|FILE`: a saved run as the old side. Weaker than a revision, and it says so.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use rustworthy_model::comparison::{Comparison, Workload};
use rustworthy_model::environment::{Environment, PythonHost};
use rustworthy_model::gate::{
    Benchmark, BenchmarkVerdict, Gate, GateMetric, Metric, Origin, Problem, ProblemKind, SCHEMA, Side,
};

use super::request::{GateRequest, Gated, open, run};
use crate::compare::{CompareRequest, EffortRequest, compare};
use crate::context::Context;
use crate::manifest::{FailOver, Gate as Tolerances, Project};
use crate::measure::Planned;
use crate::plan::{Filter, WorkloadSelection, plan};
use crate::project::{Loaded, home};
use crate::request::Common;
use crate::store::{self, Header, new_id};
use crate::verdict::apart::Runs;
use crate::verdict::gate::{Rule, suite, unpaired};
use rustworthy_stats::Confidence;

/// The file of the saved run that is meant; `None` where it's no saved run that was named.
pub(super) fn find(request: &GateRequest, against: &str) -> Result<Option<PathBuf>> {
    let named = PathBuf::from(against);
    let home = home(&request.common.project)?;
    if let Some(found) = store::find_named(&home, &named) {
        return Ok(Some(found));
    }
    if against.ends_with(".json") || named.is_dir() && named.join("journal.jsonl").exists() {
        bail!("--against {against}: no such saved run; give its id, its folder or its run.json");
    }
    Ok(None)
}

pub(super) fn gate(context: &Context<'_>, request: &GateRequest, against: &str, file: &Path) -> Result<Option<Gated>> {
    if request.metric == GateMetric::Instructions {
        bail!(
            "--against {against}: a run of compare holds times, and no instructions to compare with; gate against a revision, or \
             leave --metric instructions out"
        );
    }
    let mut old = store::read_comparison(file)?;
    let loaded = Loaded::load(context.host, &request.common.project)?;
    refuse_what_it_cannot(request)?;
    let filter = Filter::new(&request.filter)?;
    for workload in &mut old.workloads {
        let Workload { name, baseline, contenders, .. } = workload;
        contenders.retain(|contender| contender.name == *baseline || filter.lets_pass(name, &contender.name));
    }
    let pairs = pairs(request, &old, &loaded.project)?;
    if pairs.iter().all(WorkloadPair::is_empty) {
        context.warn(
            "nothing to gate: against a saved run the baselines are the control, and neither it nor the project has \
             another contender of what was asked for",
        );
        return Ok(None);
    }
    let started = Timestamp::now();
    let header = Header::new(new_id(started), started, context.command.clone(), request.common.seed, String::new());
    let rule = request.rule(pairs.iter().map(WorkloadPair::changes).sum())?;
    let mut measuring =
        Measuring { context, request, old: &old, limits: &loaded.project.gate, rule, environment: None };
    let benchmarks = measuring.gate(&pairs)?;
    let environment = measuring.environment;
    let (folder, _) = open(context, request, &loaded, &header)?;
    Ok(Some(Gated {
        gate: Gate {
            schema: SCHEMA.to_owned(),
            metric: GateMetric::Time,
            counted_by: None,
            run: run(&header, &rule, !context.is_cancelled()),
            old: Side { origin: Origin::Run, name: against.to_owned(), commit: None, modified: false },
            new: Side { origin: Origin::WorkingTree, name: "working tree".to_owned(), commit: None, modified: false },
            verdict: suite(&benchmarks),
            false_alarm_rate: rule.false_alarms,
            warnings: warnings(&old, environment.as_ref(), &pairs, &loaded.project.gate),
            environment,
            benchmarks,
        },
        series: [Vec::new(), Vec::new()],
        folder,
    }))
}

/// Refuses options that a saved run can't satisfy: it lacks the data for them, or has fixed them already.
fn refuse_what_it_cannot(request: &GateRequest) -> Result<()> {
    if request.fail_over.p99.is_some() || request.fail_over.memory.is_some() {
        bail!("a saved run has p99 and peak memory without an interval; gate them against a revision");
    }
    if request.size.is_some() {
        bail!("a saved run is measured again at the sizes that it has; leave --size out, or gate against a revision");
    }
    Ok(())
}

fn warnings(
    old: &Comparison,
    now: Option<&Environment>,
    pairs: &[WorkloadPair<'_>],
    limits: &Tolerances,
) -> Vec<String> {
    let mut warnings = vec![format!(
        "the saved run was measured at another time ({}): whatever the machine has done since counts as a change; \
         --against a revision measures both side by side",
        old.run.started
    )];
    warnings.extend(now.iter().flat_map(|now| environment_changes(&old.environment, now)));
    let has_more = |limits: FailOver| limits.p99.is_some() || limits.memory.is_some();
    if pairs.iter().any(|pair| has_more(limits.fail_over(pair.name()))) {
        warnings.push(
            "p99 and peak memory aren't gated, though the manifest has limits for them: a saved run has them without an \
             interval"
                .to_owned(),
        );
    }
    warnings
}

/// A workload that was asked for, as the saved run and the project have it. One of them may not.
struct WorkloadPair<'a> {
    old: Option<&'a Workload>,
    new: Option<Planned<'a>>,
    /// Whether the project has it no more.
    gone: bool,
}

fn pairs<'a>(request: &GateRequest, old: &'a Comparison, project: &'a Project) -> Result<Vec<WorkloadPair<'a>>> {
    let asked = &request.workloads;
    let all = asked.is_empty() || asked.iter().any(|name| name == "all");
    let saved = |name: &str| old.workloads.iter().find(|workload| workload.name == name);
    let gone = |name: &str| !project.workloads.iter().any(|workload| workload.name == name);
    let selection = WorkloadSelection {
        workloads: match all {
            true => vec!["all".to_owned()],
            // A workload that neither of them has is an error.
            false => asked.iter().filter(|name| saved(name).is_none() || !gone(name)).cloned().collect(),
        },
        filter: request.filter.clone(),
        ..WorkloadSelection::default()
    };
    let new = plan(project, &selection)?;
    let is_planned = |name: &str| new.iter().any(|planned| planned.workload.name == name);
    let only_old: Vec<WorkloadPair<'_>> = old
        .workloads
        .iter()
        .filter(|old| (all || asked.contains(&old.name)) && !is_planned(&old.name))
        .map(|old| WorkloadPair { old: Some(old), new: None, gone: gone(&old.name) })
        .collect();
    let of_new =
        new.into_iter().map(|new| WorkloadPair { old: saved(&new.workload.name), new: Some(new), gone: false });
    Ok(of_new.chain(only_old).collect())
}

impl WorkloadPair<'_> {
    fn name(&self) -> &str {
        let new = self.new.as_ref().map(|new| new.workload.name.as_str());
        new.or(self.old.map(|old| old.name.as_str())).unwrap_or_default()
    }

    /// Names of the contenders of either side without the control.
    fn contenders(&self) -> [Vec<&str>; 2] {
        let control = self.old.map(|old| old.baseline.as_str());
        let is_gated = |name: &&str| self.gone || Some(*name) != control;
        let old = self.old.iter().flat_map(|old| &old.contenders).map(|contender| contender.name.as_str());
        let new = self.new.iter().flat_map(|new| &new.contenders).map(|contender| contender.name.as_str());
        [old.filter(is_gated).collect(), new.filter(is_gated).collect()]
    }

    fn is_empty(&self) -> bool {
        self.contenders().iter().all(Vec::is_empty)
    }

    /// How many changes are tested.
    fn changes(&self) -> usize {
        let [old, new] = self.contenders();
        new.iter().filter(|name| old.contains(name)).count()
    }

    /// The result where there is nothing to measure.
    fn unmeasured(&self, fail_over: f64) -> Vec<Benchmark> {
        let [old, new] = self.contenders();
        let lone = |name: &str, is_new| unpaired(self.name(), name, Metric::Time, fail_over, is_new);
        let of_new = new.iter().filter(|name| !old.contains(name)).map(|name| lone(name, true));
        of_new.chain(old.iter().filter(|name| !new.contains(name)).map(|name| lone(name, false))).collect()
    }

    /// The result where the user interrupted before it was measured.
    fn interrupted(&self, fail_over: f64) -> Vec<Benchmark> {
        let [old, new] = self.contenders();
        let detail = "interrupted before it was decided";
        let both = new.iter().filter(|name| old.contains(name)).map(|name| Benchmark {
            verdict: BenchmarkVerdict::Inconclusive,
            problem: Some(Problem { kind: ProblemKind::Interrupted, detail: detail.to_owned() }),
            ..unpaired(self.name(), name, Metric::Time, fail_over, true)
        });
        both.chain(self.unmeasured(fail_over)).collect()
    }
}

/// The state of a running gate against a saved run.
struct Measuring<'a> {
    context: &'a Context<'a>,
    request: &'a GateRequest,
    old: &'a Comparison,
    limits: &'a Tolerances,
    rule: Rule,
    /// The environment of the newest comparison.
    environment: Option<Environment>,
}

impl Measuring<'_> {
    fn gate(&mut self, pairs: &[WorkloadPair<'_>]) -> Result<Vec<Benchmark>> {
        let mut benchmarks = Vec::new();
        for pair in pairs {
            let fail_over = self.request.limits(self.limits, pair.name())[0].1;
            benchmarks.extend(match pair.old.filter(|_| pair.changes() > 0) {
                None => pair.unmeasured(fail_over),
                Some(old) => match self.judge(old, fail_over) {
                    Err(_) if self.context.is_cancelled() => pair.interrupted(fail_over),
                    judged => judged?,
                },
            });
        }
        Ok(benchmarks)
    }

    fn judge(&mut self, saved: &Workload, fail_over: f64) -> Result<Vec<Benchmark>> {
        let new = self.measure(saved)?;
        let runs = Runs { old: (saved, confidence(self.old)), new: (&new.0, new.1), again: None };
        let again = runs.calls_for_confirmation(fail_over, &self.rule).then(|| self.measure(saved)).transpose()?;
        let again = again.as_ref().map(|(workload, confidence)| (workload, *confidence));
        Ok(Runs { again, ..runs }.judge(fail_over, &self.rule))
    }

    /// Measures a workload of the saved run as that was.
    ///
    /// # Errors
    /// When it can't be measured, the environment is another, or the user interrupts.
    fn measure(&mut self, old: &Workload) -> Result<(Workload, Confidence)> {
        let folder = tempfile::tempdir()?;
        let selection = WorkloadSelection {
            workloads: vec![old.name.clone()],
            filter: self.request.filter.clone(),
            size: Some(old.size.to_string()),
            quick: self.request.quick,
            without_baseline: false,
        };
        let request = CompareRequest {
            selection,
            sweep: false,
            effort: EffortRequest { quick: self.request.quick, precision: None, budget: self.request.budget },
            out: Some(folder.path().to_owned()),
            resume: false,
            common: Common { seed: self.old.run.seed, ..self.request.common.clone() },
        };
        let compared = compare(self.context, &request)?;
        let new = compared.context("nothing was measured")?.comparison;
        let changes = environment_changes(&self.old.environment, &new.environment);
        if !changes.is_empty() && !self.request.allow_environment_change {
            bail!(
                "the saved run is of another environment: {}; gate against a revision, or allow it with \
                 --allow-environment-change",
                changes.join("; ")
            );
        }
        if self.context.is_cancelled() {
            bail!("interrupted");
        }
        let found = new.workloads.first().map(|workload| (workload.clone(), confidence(&new)));
        self.environment = Some(new.environment);
        found.context("nothing was measured")
    }
}

fn confidence(comparison: &Comparison) -> Confidence {
    Confidence::new(comparison.run.confidence).unwrap_or_default()
}

/// What differs between two environments and changes times.
fn environment_changes(old: &Environment, new: &Environment) -> Vec<String> {
    let pairs = [
        ("processor", old.cpu.clone(), new.cpu.clone()),
        ("usable processors", old.cores.to_string(), new.cores.to_string()),
        ("Python", old.python.version.clone(), new.python.version.clone()),
        ("what runs Python", host(old).to_owned(), host(new).to_owned()),
        ("build of rustworthy", old.rustworthy.profile.clone(), new.rustworthy.profile.clone()),
    ];
    pairs.into_iter().filter(|(_, old, new)| old != new).map(|(what, old, new)| change(what, &old, &new)).collect()
}

fn host(environment: &Environment) -> &'static str {
    match environment.python.host {
        PythonHost::Embedded => "embedded in the worker",
        PythonHost::Python => "its own executable",
    }
}

/// What differs between two environments, in words.
pub(super) fn change(what: &str, old: &str, new: &str) -> String {
    format!("{what}: {old} then, {new} now")
}
