//! Layouts of what closes the table: the summary, and the claims audit.

use rustworthy_model::figures::Figure;
use unicode_width::UnicodeWidthStr;

use super::columns::{Cell, Column, GAP, Layout, aligned, aligned_measures, cut};
use super::paint::TextStyle;
use crate::audit::Finding;
use crate::summary::{Best, Summary};
use crate::words::{self, heading};

/// A contender's name in the summary is not cut below this many columns, and gets no more than that.
const NAMES: std::ops::RangeInclusive<usize> = 12..=28;

/// The summary has two lines a workload: who, and how fast.
pub(super) fn summary(rows: &[Summary], width: usize) -> Layout {
    let workload = |row: &Summary| [plain(row.workload.clone()), plain(String::new())];
    let workloads = Column::new(heading::WORKLOAD, rows.iter().flat_map(workload).collect());
    let room = width.saturating_sub(workloads.width) / heading::BEST.len();
    let names = room.saturating_sub(GAP).clamp(*NAMES.start(), *NAMES.end());
    let columns = heading::BEST.into_iter().enumerate().map(|(index, heading)| {
        let best: Vec<Option<&Best>> = rows.iter().map(|row| row.cells()[index]).collect();
        let lines = |best: &Option<&Best>| match best {
            Some(best) => [marked(best, names), Cell { text: best.measure.text(), style: best.tone.into() }],
            None => [plain(words::NOTHING.to_owned()), plain(String::new())],
        };
        Column::new(heading, best.iter().flat_map(lines).collect())
    });
    let [baseline, .., kernel] = heading::BEST;
    Layout::fit(std::iter::once(workloads).chain(columns).collect(), &[kernel, baseline], width)
}

/// The name in so many columns, the mark after it uncut.
fn marked(best: &Best, width: usize) -> Cell {
    let mark = if best.is_first { words::FIRST_MARK } else { "" };
    plain(cut(&best.contender, width.saturating_sub(mark.width())) + mark)
}

/// The claims of one publication, a row each. Where room is short the figures as published go, but their ratio stays.
pub(super) fn audit(findings: &[&Finding], width: usize) -> Layout {
    let claimed = aligned(&findings.iter().map(|finding| Some(&finding.claimed)).collect::<Vec<Option<&Figure>>>());
    let measured = aligned_measures(findings.iter().map(|finding| finding.measured.as_ref()));
    let measured = findings.iter().zip(measured).map(|(finding, text)| match finding.measured {
        Some(_) => plain(text),
        None => plain(words::NOTHING.to_owned()),
    });
    let text = |text: fn(&Finding) -> &str| findings.iter().map(|finding| plain(text(finding).to_owned())).collect();
    let verdict = |finding: &&Finding| Cell { text: finding.verdict.to_owned(), style: finding.tone.into() };
    let columns = vec![
        Column::new(heading::CONTENDER, text(|finding| &finding.contender)),
        Column::new(heading::WORKLOAD, text(|finding| &finding.workload)),
        Column::new(heading::PUBLISHED, text(|finding| &finding.published)),
        Column::new(heading::CLAIMED, claimed.into_iter().map(plain).collect()),
        Column::new(heading::MEASURED, measured.collect()),
        Column::new(heading::VERDICT, findings.iter().map(verdict).collect()),
    ];
    Layout::fit(columns, &[heading::PUBLISHED, heading::WORKLOAD], width)
}

fn plain(text: String) -> Cell {
    Cell { text, style: TextStyle::Plain }
}
