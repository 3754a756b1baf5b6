//! How a workload stands while it is measured.

use rustworthy_model::comparison::{Contender, Settled, Workload};
use rustworthy_model::figures;

use super::columns::{Cell, Column, Layout, aligned_measures};
use super::paint::TextStyle;
use super::render::{Page, TableOptions};
use crate::measure::Measure;
use crate::verdict::Verdict;
use crate::view::in_reading_order;
use crate::visible;
use crate::words::heading;

/// Columns in the order in which they go where room is short.
const LEAVING_ORDER: [&str; 2] = [heading::STATE, heading::TIME];

/// The contenders of a workload with what is known of them so far, for a terminal on which it is drawn again and again: a line
/// each, and no more lines than `height`.
pub fn standing(workload: &Workload, options: &TableOptions, height: usize) -> String {
    let mut contenders = in_reading_order(workload);
    contenders.truncate(height.saturating_sub(1));
    let rows = || contenders.iter();
    let plain = |text: String| Cell { text, style: TextStyle::Plain };
    let times: Vec<_> = rows().map(|one| one.seconds.map(|seconds| Measure::new(seconds, figures::seconds))).collect();
    let speedups: Vec<_> =
        rows().map(|one| one.speedup.map(|speedup| Measure::new(speedup, figures::factor))).collect();
    let speedup = |(contender, text): (&&Contender, String)| {
        let verdict = Verdict::of(contender);
        let text = if contender.speedup.is_some() { text } else { verdict.headline.into() };
        Cell { text, style: verdict.tone.into() }
    };
    let speedups = rows().zip(aligned_measures(speedups.iter().map(Option::as_ref))).map(speedup).collect();
    let times = aligned_measures(times.iter().map(Option::as_ref)).into_iter().map(plain).collect();
    let columns = vec![
        Column::new(heading::CONTENDER, rows().map(|one| plain(visible::name(&one.name))).collect()),
        Column::new(heading::TIME, times),
        Column::new(heading::SPEEDUP, speedups),
        Column::new(heading::STATE, rows().map(|one| plain(one.settled.map_or("", words).to_owned())).collect()),
    ];
    let layout = Layout::fit(columns, &LEAVING_ORDER, options.width);
    let mut page = Page::new(options);
    page.headings(&layout);
    for row in 0..contenders.len() {
        page.line(page.cells(&layout, row).trim_end());
    }
    page.text.trim_end().to_owned()
}

/// Why a contender needs no more rounds.
fn words(settled: Settled) -> &'static str {
    match settled {
        Settled::Precise => "precise enough",
        Settled::Slower => "slower for certain",
        Settled::Beaten => "another is faster for certain",
        Settled::NotCompared => "known well enough",
    }
}
