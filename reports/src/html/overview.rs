//! The top of the page: what each workload comes to, and all of them together.

use askama::Template;
use rustworthy_model::comparison::{Contender, Workload};
use rustworthy_model::figures;

use super::workloads::Workloads;
use crate::summary::{Standing, Summary};
use crate::verdict::Verdict;
use crate::words::{self, heading};

/// Workloads that the top of the page lists; the table below it has all.
const LISTED: usize = 60;
/// Verdicts of contenders in the order in which they are counted.
const COUNTED: [&str; 10] = [
    "faster",
    "slower",
    "inconclusive",
    "withheld",
    "different",
    "unchecked",
    "failed",
    "timed out",
    "skipped",
    "no speedup",
];

/// What `overview.html` is filled with.
#[derive(Template)]
#[template(path = "overview.html")]
pub(super) struct Overview<'a> {
    /// How many workloads came to what, in a sentence.
    finding: String,
    /// How many contenders came to which verdict.
    counts: String,
    groups: Vec<Group<'a>>,
    unlisted: Option<String>,
    several: bool,
}

/// Workloads that come to the same.
struct Group<'a> {
    standing: Standing,
    lines: Vec<WorkloadRow<'a>>,
}

/// A workload.
struct WorkloadRow<'a> {
    summary: Summary,
    /// The run that it's from, where there are several.
    run: Option<&'a str>,
    /// The section about it, if it has one.
    anchor: Option<&'a str>,
}

impl<'a> Overview<'a> {
    pub(super) fn new(measured: &[&'a Workload], workloads: &'a Workloads<'a>) -> Self {
        let mut lines: Vec<(Standing, WorkloadRow<'a>)> = measured
            .iter()
            .enumerate()
            .map(|(place, workload)| {
                let line = WorkloadRow {
                    summary: Summary::new(workload),
                    run: workloads.run(place),
                    anchor: workloads.anchor(place),
                };
                (Standing::of(workload), line)
            })
            .collect();
        lines.sort_by_key(|(standing, _)| *standing);
        let finding = finding(&lines);
        let unlisted = lines.len().checked_sub(LISTED).filter(|more| *more > 0);
        lines.truncate(LISTED);
        let mut groups: Vec<Group<'a>> = Vec::new();
        for (standing, line) in lines {
            match groups.last_mut().filter(|group| group.standing == standing) {
                Some(group) => group.lines.push(line),
                None => groups.push(Group { standing, lines: vec![line] }),
            }
        }
        Self {
            finding,
            counts: counts(measured),
            groups,
            unlisted: unlisted
                .map(|more| format!("{} more workloads are in the table below.", figures::count(more as u64))),
            several: workloads.several,
        }
    }

    pub(super) fn title(&self) -> &'static str {
        "In short"
    }

    /// Columns of the table.
    fn columns(&self) -> usize {
        1 + usize::from(self.several) + heading::BEST.len()
    }
}

/// `6 workloads are faster in Rust, 1 faster with a library, 1 is inconclusive.`
fn finding(lines: &[(Standing, WorkloadRow<'_>)]) -> String {
    let groups = lines.chunk_by(|a, b| a.0 == b.0);
    let counts: Vec<String> = groups
        .map(|group| {
            let words = group[0].0.words();
            format!("{} {}", figures::count(group.len() as u64), words[..1].to_lowercase() + &words[1..])
        })
        .collect();
    let noun = if lines.len() == 1 { "workload" } else { "workloads" };
    format!("Of {} {noun}: {}.", figures::count(lines.len() as u64), counts.join("; "))
}

/// `64 contenders beside the baselines: 41 faster, 6 slower.`
fn counts(measured: &[&Workload]) -> String {
    let contenders = || measured.iter().flat_map(|workload| &workload.contenders);
    let headlines: Vec<&str> = contenders().map(|contender: &Contender| Verdict::of(contender).headline).collect();
    let counted = COUNTED.into_iter().chain(["kernel"]).filter_map(|word| {
        let number = headlines.iter().filter(|headline| **headline == word).count();
        (number > 0).then(|| format!("{} {word}", figures::count(number as u64)))
    });
    let counted: Vec<String> = counted.collect();
    let others = headlines.iter().filter(|headline| **headline != "baseline").count();
    let noun = if others == 1 { "contender" } else { "contenders" };
    let list = if counted.is_empty() { String::new() } else { format!(": {}", counted.join(", ")) };
    format!("{} {noun} beside the baselines{list}.", figures::count(others as u64))
}
