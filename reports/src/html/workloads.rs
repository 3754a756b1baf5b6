//! The results of each workload, in charts.

use askama::Template;
use rustworthy_model::figures;

use super::compared::Compared;
use crate::chart;
use crate::view::WorkloadView;
use crate::words::{self, heading};

/// Workloads that get charts; the table has all.
const CHARTED: usize = 40;

/// What `workloads.html` is filled with.
#[derive(Template)]
#[template(path = "workloads.html")]
pub(super) struct Workloads<'a> {
    sections: Vec<Section<'a>>,
    /// Runs and anchors of all workloads, in order.
    places: Vec<(Option<&'a str>, Option<String>)>,
    /// Whether they are of several runs.
    pub(super) several: bool,
    left_out: Option<String>,
}

/// A workload, its anchor and its charts: whole SVG elements, their text escaped.
struct Section<'a> {
    id: String,
    run: Option<&'a str>,
    confidence: &'a str,
    workload: &'a WorkloadView,
    speedups: Option<String>,
    calls: Option<String>,
    memory: Option<String>,
    sweep_chart: Option<String>,
}

impl<'a> Workloads<'a> {
    pub(super) fn new(compared: &'a [Compared]) -> Self {
        let all: Vec<(&Compared, &WorkloadView)> =
            compared.iter().flat_map(|one| one.view.workloads.iter().map(move |workload| (one, workload))).collect();
        let id = |place: usize| (place < CHARTED).then(|| format!("workload-{}", place + 1));
        let sections = all.iter().enumerate().filter_map(|(place, (one, workload))| {
            let id = id(place)?;
            Some(Section {
                run: one.label.as_deref(),
                confidence: &one.view.run.confidence,
                workload,
                speedups: chart::speedups(workload, &id),
                calls: chart::calls(workload, &format!("{id}-calls")),
                memory: chart::memory(workload, &format!("{id}-memory")),
                sweep_chart: workload.sweep.as_ref().and_then(|sweep| chart::sweep(sweep, &workload.name, &id)),
                id,
            })
        });
        let left_out = all.len().checked_sub(CHARTED).filter(|more| *more > 0);
        Self {
            sections: sections.collect(),
            places: all.iter().enumerate().map(|(place, (one, _))| (one.label.as_deref(), id(place))).collect(),
            several: compared.len() > 1,
            left_out: left_out.map(|more| {
                format!("{} more workloads have no charts here; the table has them all.", figures::count(more as u64))
            }),
        }
    }

    /// The run of a workload, where there are several.
    pub(super) fn run(&self, place: usize) -> Option<&'a str> {
        self.places.get(place).and_then(|(run, _)| *run)
    }

    /// The section about a workload, if it has one.
    pub(super) fn anchor(&self, place: usize) -> Option<&str> {
        self.places.get(place).and_then(|(_, anchor)| anchor.as_deref())
    }
}
