//! What the speedups of whole runs are worth: how wide their intervals are, and whether runs agree.
//!
//! `cargo bench --profile dev --workspace --bench precision -- RUN… [--reference RUN]` reads the folders of runs that
//! `rustworthy compare` has made, and prints a Markdown table. Runs of the same workloads on the same machine should differ
//! by no more than their intervals allow: for 95 % of pairs, the difference of two logarithms lies within the root of the
//! sum of the squares of their half widths. A reference is a run of many times the length.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustworthy_engine::measure::{Event, EventKind};
use rustworthy_model::Estimate;
use rustworthy_model::comparison::Comparison;

/// What a run has found.
struct Run {
    /// Speedups by workload and contender.
    speedups: BTreeMap<(String, String), Estimate>,
    /// Seconds from its start to its end, and those in which a contender was timed.
    took: f64,
    timed: f64,
    processors: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut runs: Vec<PathBuf> = Vec::new();
    let mut reference = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--reference" => reference = arguments.next().map(PathBuf::from),
            _ => runs.push(argument.into()),
        }
    }
    let runs: Vec<Run> = runs.iter().map(|folder| read(folder)).collect();
    let reference = reference.map(|folder| read(&folder));
    println!("| what | measured |");
    println!("|---|--:|");
    for (row, value) in rows(&runs, reference.as_ref()) {
        println!("| {row} | {value} |");
    }
}

fn read(folder: &Path) -> Run {
    let text = |name: &str| {
        let file = folder.join(name);
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    let comparison: Comparison = serde_json::from_str(&text("run.json")).expect("a comparison");
    let run = &comparison.run;
    let took = run.finished.map_or(0.0, |finished| run.started.duration_until(finished).as_secs_f64());
    // The first line tells what the run is of.
    let journal = text("journal.jsonl");
    let events = journal.lines().skip(1).filter_map(|line| serde_json::from_str::<Event>(line).ok());
    let timed = events.filter_map(|event| match event.kind {
        EventKind::Sample(sample) => Some(sample.own_ns as f64 * 1e-9),
        _ => None,
    });
    let speedups = comparison.workloads.iter().flat_map(|workload| {
        let of = |name: &str| (workload.name.clone(), name.to_owned());
        workload.contenders.iter().filter_map(move |contender| Some((of(&contender.name), contender.speedup?)))
    });
    Run { speedups: speedups.collect(), took, timed: timed.sum(), processors: comparison.environment.cores as f64 }
}

fn rows(runs: &[Run], reference: Option<&Run>) -> Vec<(String, String)> {
    let mut widths: Vec<f64> =
        runs.iter().flat_map(|run| run.speedups.values()).map(Estimate::relative_half_width).collect();
    widths.sort_by(f64::total_cmp);
    let width = |share: f64| widths.get((widths.len() as f64 * share) as usize).or(widths.last()).copied();
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{:.1} %", 100.0 * share));
    let is_open = |found: &&Estimate| found.low <= 1.0 && 1.0 <= found.high;
    let open: Vec<&Estimate> = runs.iter().flat_map(|run| run.speedups.values()).filter(is_open).collect();
    let close = open.iter().filter(|found| found.estimate.ln().abs() <= 0.03).count();
    let pairs =
        runs.iter().enumerate().flat_map(|(place, one)| runs[place + 1..].iter().map(move |other| (one, other)));
    let agreeing = share(pairs.flat_map(|(one, other)| both(one, other)).map(|[one, other]| agree(one, other)));
    let holding = reference.and_then(|reference| {
        let found = runs.iter().flat_map(|run| both(run, reference));
        share(found.map(|[found, truth]| found.low <= truth.estimate && truth.estimate <= found.high))
    });
    let mean = |of: fn(&Run) -> f64| runs.iter().map(of).sum::<f64>() / runs.len().max(1) as f64;
    vec![
        ("runs, and speedups in all".to_owned(), format!("{}, {}", runs.len(), widths.len())),
        ("seconds a run".to_owned(), format!("{:.0}", mean(|run| run.took))),
        ("half width: median".to_owned(), percent(width(0.5))),
        ("… 90th percentile".to_owned(), percent(width(0.9))),
        ("… largest".to_owned(), percent(widths.last().copied())),
        ("inconclusive, and of these within 3 % of 1×".to_owned(), format!("{}, {close}", open.len())),
        ("pairs of runs whose difference their intervals allow".to_owned(), percent(agreeing)),
        ("intervals that hold the reference".to_owned(), percent(holding)),
        (
            "share of all processors' time in which a contender is timed".to_owned(),
            percent(Some(mean(|run| run.timed / run.took / run.processors))),
        ),
    ]
}

/// What two runs have both found.
fn both<'a>(one: &'a Run, other: &'a Run) -> impl Iterator<Item = [&'a Estimate; 2]> {
    one.speedups.iter().filter_map(|(name, found)| Some([found, other.speedups.get(name)?]))
}

fn agree(one: &Estimate, other: &Estimate) -> bool {
    let difference = (one.estimate / other.estimate).ln();
    // Of each, the arm that reaches towards the other.
    let arm = |of: &Estimate, up: bool| if up { (of.high / of.estimate).ln() } else { (of.estimate / of.low).ln() };
    difference.abs() <= arm(one, difference < 0.0).hypot(arm(other, difference > 0.0))
}

fn share(all: impl Iterator<Item = bool>) -> Option<f64> {
    let (held, count) = all.fold((0, 0), |(held, count), holds| (held + u32::from(holds), count + 1));
    (count > 0).then(|| f64::from(held) / f64::from(count))
}
