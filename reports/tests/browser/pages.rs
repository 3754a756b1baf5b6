//! The pages that are looked at.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::{Comparison, Source, Workload};
use rustworthy_model::decision::{Note, Reason};
use rustworthy_model::profile::{Frame, Function, Kind, KindShare, Profile, SCHEMA, Sample, Samples, Stacks, Target};
use rustworthy_reports::profile::{difference, flame_graph};
use rustworthy_reports::{Part, html, report};

use crate::sample;
use crate::sample_attribution::{HOSTILE, attribution, hostile as hostile_attribution};
use crate::sample_decision::decision;
use crate::sample_gate::gate;

/// One comparison.
pub(crate) fn comparison() -> String {
    html(&sample::comparison())
}

/// So many workloads of ten contenders, each with numbers of its own.
pub(crate) fn many(workloads: usize) -> String {
    let mut comparison = sample::comparison();
    let prices = comparison.workloads[1].clone();
    comparison.workloads = (0..workloads).map(|number| one_of_many(&prices, number)).collect();
    html(&comparison)
}

fn one_of_many(prices: &Workload, number: usize) -> Workload {
    let mut workload = Workload { name: format!("w-{number}"), ..prices.clone() };
    for (contender, place) in workload.contenders.iter_mut().zip(1..) {
        let factor = 1.0 + ((number * 31 + place * 17) % 97) as f64 / 40.0;
        let scaled = |value: Estimate| Estimate {
            estimate: value.estimate * factor,
            low: value.low * factor,
            high: value.high * factor,
        };
        contender.speedup = contender.speedup.map(scaled);
        contender.seconds = contender.seconds.map(scaled);
    }
    workload
}

/// Names that would break out of whatever they are put into, everywhere that a name can stand.
pub(crate) fn hostile() -> String {
    let mut comparison = sample::comparison();
    let workload = &mut comparison.workloads[1];
    workload.name = HOSTILE.into();
    workload.description = Some(HOSTILE.into());
    workload.warnings.push(HOSTILE.into());
    for contender in &mut workload.contenders {
        contender.name = HOSTILE.into();
        contender.error = contender.error.as_ref().map(|_| format!("{HOSTILE}\n{HOSTILE}"));
        contender.equivalence.detail = Some(HOSTILE.into());
        contender.warnings.push(HOSTILE.into());
        contender.sources = ["py", "rs", "\"><b>"]
            .map(|extension| Source {
                file: format!("{HOSTILE}.{extension}"),
                line: 1,
                text: format!("{HOSTILE}\n# {HOSTILE}"),
            })
            .into();
    }
    comparison.run.id = HOSTILE.into();
    comparison.run.command = vec![HOSTILE.into()];
    comparison.environment.cpu = HOSTILE.into();
    comparison.environment.spoiling = vec![HOSTILE.into()];
    let (profile, graphs, difference) = profile(HOSTILE);
    let attribution = hostile_attribution();
    let mut gate = gate();
    gate.old.name = HOSTILE.into();
    gate.warnings.push(HOSTILE.into());
    for benchmark in &mut gate.benchmarks {
        benchmark.workload = HOSTILE.into();
        benchmark.contender = HOSTILE.into();
    }
    let mut decision = decision();
    decision.notes = vec![Note::RunIncomplete { run: HOSTILE.into() }.into()];
    for candidate in &mut decision.candidates {
        candidate.name = HOSTILE.into();
        candidate.reasons = vec![Reason::P99Interpolated { contender: HOSTILE.into() }.into()];
        candidate.command = Some(HOSTILE.into());
    }
    report(&[
        Part::Comparison(&comparison),
        Part::Decision(&decision),
        Part::Gate(&gate),
        Part::Attribution { result: &attribution, difference: Some(&difference) },
        Part::Profile { result: &profile, graphs: &graphs, difference: Some(&difference) },
    ])
}

/// A page that has a section of every kind, and two comparisons.
pub(crate) fn everything() -> String {
    let comparison = sample::comparison();
    let mut other = Comparison { workloads: vec![comparison.workloads[0].clone()], ..comparison.clone() };
    other.run.id = "2026-11-23T08-00-00Z-11aa".into();
    other.environment.cores = 8;
    let (gate, attribution, decision) = (gate(), attribution(), decision());
    let (profile, graphs, difference) = profile("csv-apply:python");
    report(&[
        Part::Comparison(&comparison),
        Part::Comparison(&other),
        Part::Decision(&decision),
        Part::Gate(&gate),
        Part::Attribution { result: &attribution, difference: Some(&difference) },
        Part::Profile { result: &profile, graphs: &graphs, difference: Some(&difference) },
    ])
}

/// A flame graph as it stands beside the page.
pub(crate) fn graph() -> String {
    let (_, graphs, _) = profile("csv-apply:python");
    graphs.into_iter().flatten().next().unwrap()
}

/// A profile of two targets, their graphs, and how they differ.
fn profile(name: &str) -> (Profile, Vec<Option<String>>, String) {
    let mut stacks = Stacks::new(0.005);
    stacks.threads = vec!["MainThread".to_owned()];
    let frame =
        |name: &str, kind| Frame { name: name.to_owned(), file: Some("/srv/app.py".to_owned()), line: Some(3), kind };
    for (number, leaf) in ["parse", "parse", name, "sort"].into_iter().enumerate() {
        let stack = stacks.stack([frame("main", Kind::Python), frame(leaf, Kind::Native)]);
        stacks.samples.push(Sample { at: 0.005 * number as f64, thread: 0, stack, waits: false });
    }
    let targets = vec![target(name, "profile"), target("csv-apply:pyo3", "against")];
    let graphs = targets.iter().map(|target| flame_graph(target, &stacks, false).ok()).collect();
    let difference = difference((&targets[1], &stacks), (&targets[0], &stacks)).unwrap();
    (Profile { schema: SCHEMA.into(), run: sample::comparison().run, targets }, graphs, difference)
}

fn target(name: &str, files: &str) -> Target {
    let share = |estimate: f64| Estimate { estimate, low: 0.8 * estimate, high: (1.2 * estimate).min(1.0) };
    let function = |name: &str, kind| Function {
        name: name.to_owned(),
        file: Some("/srv/app.py".to_owned()),
        line: Some(3),
        kind,
        self_share: share(0.5),
        total_share: share(0.8),
    };
    Target {
        name: name.to_owned(),
        files: files.to_owned(),
        python: Some("3.11".to_owned()),
        seconds: 10.0,
        rate: 200.0,
        samples: Samples { taken: 300, active: 300, waiting: 40, ..Samples::default() },
        one_percent: Some(Estimate { estimate: 0.01, low: 0.0034, high: 0.0290 }),
        seconds_per_call: Some(0.01),
        exit_code: None,
        threads: Vec::new(),
        kinds: vec![KindShare { kind: Kind::Native, detail: Some("numpy".into()), share: share(0.6) }],
        functions: vec![function(name, Kind::Python), function("sort", Kind::Native)],
        notes: vec![format!("a note about {name}")],
    }
}
