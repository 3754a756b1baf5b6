//! `gate --against REV`: both sides measured in one run.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rustworthy_model::Series;
use rustworthy_model::comparison::Route;
use rustworthy_model::gate::{Benchmark, Gate, GateMetric, Metric, Origin, SCHEMA, Side as SideResult};

use super::checkout::{self, Checkout};
use super::effort::Effort;
use super::event::{Event, Record, Records, Side};
use super::ownership::Ownership;
use super::pairing::{Paired, Pairing, pair};
use super::request::{GateRequest, Gated, open, run};
use super::session::Session;
use super::settings::{Settings, SideSettings};
use super::unbuilt;
use crate::context::{Context, Notice};
use crate::manifest::Project;
use crate::measure::{ControlEffort, Planned};
use crate::plan::{WorkloadSelection, needed, plan};
use crate::prepared::{Built, Prepared};
use crate::project::{Loaded, services};
use crate::quiet::wait_for_quiet;
use crate::store::{Header, Journal, new_id};
use crate::verdict::gate::{Rule, instructions, judge, next, series, suite, unpaired};
use crate::workers::{Counter, allowed_cpus};

pub(super) fn gate(context: &Context<'_>, request: &GateRequest, revision: &str) -> Result<Option<Gated>> {
    let mut loaded = Loaded::load(context.host, &request.common.project)?;
    request.common.limit(&mut loaded.project);
    // Errors that can be found without a build are reported before it.
    request.rule(1)?;
    request.refuse_limits_of_times()?;
    let counter = (request.metric == GateMetric::Instructions).then(Counter::find).transpose()?;
    let repository = checkout::repository(context, request, &loaded)?;
    let Some(old) = Checkout::of_revision(context, request, &loaded, &repository, revision)? else { return Ok(None) };
    let new = if loaded.built_in { None } else { Some(Checkout::of_changes(request, &loaded, &repository)?) };
    let project = new.as_ref().map_or(&loaded.project, |new| &new.project);
    let mut planned = plan_both(request, [&old.project, project])?;
    for left_out in planned.each_mut().map(leave_out_other_pythons).into_iter().flatten().collect::<BTreeSet<_>>() {
        context
            .warn(format!("{left_out} isn't gated: it runs in a Python of its own; see it with `rustworthy compare`"));
    }
    let [planned_old, planned_new] = planned;
    if planned_old.is_empty() && planned_new.is_empty() {
        context.warn(format!("nothing to gate: {}", loaded.why_nothing()));
        return Ok(None);
    }
    let label = format!("the revision '{}' doesn't build:", old.worktree.commit().revision);
    let old_side = old.build(context, request, &loaded, &needed(&planned_old), label)?;
    let (built, ownership) = match &new {
        Some(new) => {
            let label = format!("{}: project.build:", loaded.project.manifest.display());
            let side = new.build(context, request, &loaded, &needed(&planned_new), label)?;
            let ownership = checkout::ownership([&old, new], [&old_side, &side]);
            (side.built, Some(ownership))
        }
        None => (Built::new(context, project, &request.common.python, &needed(&planned_new))?, None),
    };
    let unbuilt = ownership.as_ref().map(|ownership| unbuilt::warnings(&repository, ownership)).unwrap_or_default();
    let codes_old = old_side.built.check(context, &old.project).with_context(|| format!("the revision '{revision}'"));
    let (codes_new, codes_old) = (built.check(context, project)?, codes_old?);

    wait_for_quiet(context, request.common.wait_for_quiet)?;
    let started = Timestamp::now();
    let header = Header::new(new_id(started), started, context.command.clone(), request.common.seed, String::new());
    let (folder, journal) = open(context, request, &loaded, &header)?;
    let services_of = |project, planned| services(project, loaded.built_in, planned);
    let prepared_old =
        old_side.built.start_checked(&old.project, services_of(&old.project, &planned_old), codes_old)?;
    let prepared_new = built.start_checked(project, services_of(project, &planned_new), codes_new)?;
    let control_effort = ControlEffort::QUICK.within(effort(request).budget);
    let control = prepared_new.control(None, &control_effort, request.common.seed, &request.common.resampling()?)?;
    let environment = prepared_new.environment(context, &control);
    let pairing = pair(&planned_old, &planned_new);
    let limits_of = |workload: &str| request.limits(&project.gate, workload);
    let changes = pairing.paired.iter().map(|paired| match &counter {
        Some(_) => usize::from(uncountable(paired).is_none()),
        None => limits_of(&paired.workloads[1].name).len(),
    });
    let changes = changes.sum();
    let rule = request.rule(changes)?;
    let head = repository.head().ok();
    let measuring = Measuring {
        context,
        pairing,
        limits: &limits_of,
        rule,
        effort: effort(request),
        seed: request.common.seed,
        latencies: request.fail_over.p99.is_some() || gates_p99(project),
        counter: counter.as_ref(),
        ownership,
        sides: [&prepared_old, &prepared_new],
    };
    let records = measuring.measure(journal);
    let benchmarks = measuring.judge(&records);
    let old = SideResult {
        origin: Origin::Revision,
        name: revision.to_owned(),
        commit: Some(old.worktree.commit().hash.clone()),
        modified: false,
    };
    let new = SideResult {
        origin: Origin::WorkingTree,
        name: "working tree".to_owned(),
        commit: head.map(|commit| commit.hash),
        modified: repository.is_modified().unwrap_or_default(),
    };
    Ok(Some(Gated {
        series: Side::BOTH.map(|side| measuring.series(&benchmarks, &records, side)),
        gate: Gate {
            schema: SCHEMA.to_owned(),
            metric: request.metric,
            counted_by: counter.as_ref().map(Counter::name),
            run: run(&header, &measuring.rule, !context.is_cancelled()),
            environment: Some(environment),
            old,
            new,
            verdict: suite(&benchmarks),
            false_alarm_rate: request.false_alarms,
            warnings: warnings(&measuring, &records).into_iter().chain(unbuilt).collect(),
            benchmarks,
        },
        folder,
    }))
}

fn effort(request: &GateRequest) -> Effort {
    let effort = match request.metric {
        GateMetric::Instructions => Effort::COUNTING,
        GateMetric::Time if request.quick => Effort::QUICK,
        GateMetric::Time => Effort::THOROUGH,
    };
    Effort { budget: request.budget.unwrap_or(effort.budget) }
}

fn gates_p99(project: &Project) -> bool {
    project.workloads.iter().any(|workload| project.gate.fail_over(&workload.name).p99.is_some())
}

/// Plans both sides. A workload that only one of them has is planned there alone.
fn plan_both<'a>(request: &GateRequest, projects: [&'a Project; 2]) -> Result<[Vec<Planned<'a>>; 2]> {
    let asked = if request.workloads.is_empty() { vec!["all".to_owned()] } else { request.workloads.clone() };
    let has = |project: &Project, name: &String| project.workloads.iter().any(|workload| workload.name == *name);
    let selection = |project: &Project, other: &Project| WorkloadSelection {
        workloads: asked.iter().filter(|name| has(project, name) || !has(other, name)).cloned().collect(),
        filter: request.filter.clone(),
        size: request.size.clone(),
        quick: request.quick,
        without_baseline: true,
    };
    let [old, new] = projects;
    // The new side is planned first, so that an error about a name that is in neither manifest refers to the current
    // one.
    let planned_new = plan(new, &selection(new, old))?;
    // The size is the new side's.
    let planned_old = plan(old, &WorkloadSelection { size: None, quick: false, ..selection(old, new) })?;
    Ok([planned_old, planned_new])
}

/// Takes out contenders that name a Python: its packages would come from the checkout of neither side. Returns their names.
fn leave_out_other_pythons(planned: &mut Vec<Planned<'_>>) -> BTreeSet<String> {
    let mut left_out = BTreeSet::new();
    for planned in planned.iter_mut() {
        let other = planned.contenders.extract_if(.., |contender| contender.interpreter.is_some());
        left_out.extend(other.map(|contender| format!("{}:{}", planned.workload.name, contender.name)));
    }
    planned.retain(|planned| !planned.contenders.is_empty());
    left_out
}

/// The state of a running gate.
struct Measuring<'a> {
    context: &'a Context<'a>,
    pairing: Pairing<'a>,
    limits: &'a dyn Fn(&str) -> Vec<(Metric, f64)>,
    rule: Rule,
    effort: Effort,
    seed: u64,
    /// Whether single calls are timed where whole blocks would do.
    latencies: bool,
    /// What counts instructions; `None` where calls are timed.
    counter: Option<&'a Counter>,
    ownership: Option<Ownership>,
    sides: [&'a Prepared; 2],
}

impl Measuring<'_> {
    fn measure(&self, mut journal: Option<Journal>) -> Records {
        let mut records = Records::default();
        let is_measured = |paired: &&Paired<'_>| self.skipped(paired).is_none();
        let benchmarks = self.pairing.paired.iter().filter(is_measured).count();
        let next = |paired: &Paired<'_>, record: &Record| match (self.limits)(&paired.workloads[1].name)[..] {
            [(Metric::Instructions, limit)] => instructions::next(record, limit, &self.rule),
            ref limits => next(record, limits, &self.rule),
        };
        let mut listener = |event: &Event| {
            if journal.as_mut().is_some_and(|journal| journal.add(event).is_err()) {
                journal = None;
            }
            self.context.tell(Notice::Gated { event, benchmarks });
        };
        for of_workload in self.pairing.paired.chunk_by(|one, other| one.workloads[1].name == other.workloads[1].name) {
            let settings = self.settings(&of_workload[0]);
            let mut session = Session::new(&settings, &mut records, &next, &mut listener);
            for paired in of_workload.iter().filter(is_measured) {
                if self.context.is_cancelled() {
                    break;
                }
                session.measure(paired);
            }
        }
        records
    }

    /// How a workload is measured: on each side in its own environment.
    fn settings(&self, paired: &Paired<'_>) -> Settings {
        let side = |place: usize| {
            let workers = self.sides[place].workers_for(paired.workloads[place].requirements.as_deref());
            let counting = self.counter.map(|counter| workers.counting(counter));
            SideSettings { workers, scratch: self.sides[place].scratch().to_owned(), counting }
        };
        Settings {
            effort: self.effort,
            seed: self.seed,
            cpus: allowed_cpus(),
            latencies: self.latencies,
            ownership: self.ownership.clone(),
            sides: [side(0), side(1)],
        }
    }

    /// Why a benchmark isn't measured, where that is known beforehand.
    fn skipped(&self, paired: &Paired<'_>) -> Option<String> {
        self.counter.and_then(|_| uncountable(paired))
    }

    fn judge(&self, records: &Records) -> Vec<Benchmark> {
        let of_both = self.pairing.paired.iter().flat_map(|paired| {
            let (workload, contender) = (&paired.workloads[1].name, &paired.contenders[1].name);
            let unbegun = Record { interrupted: true, ..Record::default() };
            let record = records.get(workload, contender).cloned().unwrap_or(unbegun);
            let skipped = self.skipped(paired);
            let limits = (self.limits)(workload).into_iter();
            limits.map(move |(metric, limit)| match (metric, &skipped) {
                (_, Some(why)) => instructions::skipped(workload, contender, limit, why.clone()),
                (Metric::Instructions, _) => instructions::judge(workload, contender, &record, limit, &self.rule),
                _ => judge(workload, contender, &record, metric, limit, &self.rule),
            })
        });
        let of_one = self.pairing.unpaired.iter().flat_map(|one| {
            let limits = (self.limits)(&one.workload).into_iter();
            limits.map(|(metric, limit)| unpaired(&one.workload, &one.contender, metric, limit, one.is_new))
        });
        of_both.chain(of_one).collect()
    }

    fn series(&self, benchmarks: &[Benchmark], records: &Records, side: Side) -> Vec<Series> {
        let times = benchmarks.iter().filter(|benchmark| benchmark.metric == Metric::Time);
        times
            .filter_map(|benchmark| {
                Some(series(benchmark, records.get(&benchmark.workload, &benchmark.contender)?, side))
            })
            .collect()
    }
}

/// Why the instructions of a contender's own process would say nothing of it.
fn uncountable(paired: &Paired<'_>) -> Option<String> {
    let others = paired.contenders.iter().find_map(|contender| match contender.route {
        Route::Subprocess => Some("a process that it starts"),
        Route::Http | Route::Grpc => Some("a service"),
        Route::InProcess | Route::Pyo3 | Route::Kernel => None,
    })?;
    Some(format!("its work is done by {others}, whose instructions aren't counted; gate its time"))
}

/// What a reader should know about the run as a whole.
fn warnings(measuring: &Measuring<'_>, records: &Records) -> Vec<String> {
    let mut unchecked = BTreeSet::new();
    for paired in &measuring.pairing.paired {
        let (workload, contender) = (&paired.workloads[1].name, &paired.contenders[1].name);
        if let Some(why) = records.get(workload, contender).and_then(|record| record.output_unchecked.as_ref()) {
            unchecked.insert(format!("{workload}:{contender}: it is unknown whether the output changed: {why}"));
        }
    }
    unchecked.into_iter().collect()
}
