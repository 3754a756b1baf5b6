//! p99 if functions were faster as an SVG drawing: a bar each, its interval across the end, beside p99 as it is.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::Estimate;

use crate::attribution::view::{AttributionView, EstimateText};
use crate::chart::{
    Canvas, DrawError, FAINT, GOOD, Grid, INK, Margins, Plot, Scale, axes, element, plot, text, time_label, write_at,
};
use crate::table::shortened;
use crate::words::heading;

const ROW_HEIGHT: i32 = 30;
/// Names with what becomes of them stand to the left, times to the right.
const ROOM: Margins = Margins { left: 300, right: 200, top: 10, bottom: 34 };
/// Half the height of a bar, as a share of its row.
const HALF_BAR: f64 = 0.27;
/// Longest name that fits to the left with what becomes of it.
const LONGEST_NAME: usize = 24;
/// Projections of single functions that are drawn at most.
const MOST: usize = 14;

/// Where a bar's number comes from. Its label says it too.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    Now,
    Projected,
    Measured,
}

struct Bar<'a> {
    label: String,
    p99: &'a EstimateText,
    change: Option<&'a EstimateText>,
    source: Source,
}

/// p99 if functions were faster as an SVG element, or nothing where nothing is projected.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(in crate::attribution) fn what_if(view: &AttributionView, id: &str) -> Option<String> {
    let bars = bars(view)?;
    let rows = i32::try_from(bars.len()).ok()?;
    let height = ROOM.top + ROOM.bottom + ROW_HEIGHT * rows;
    let title = format!("p99 of {} as it is, and if functions were faster", view.name);
    let labels = bars.iter().map(|bar| format!("{}: {}", bar.label, bar.value()));
    let description = labels.collect::<Vec<_>>().join("; ");
    element([&title, &description], id, height, |canvas| draw(canvas, &bars))
}

/// p99 as it is, by function, with all functions of the plan, and by the real migration.
fn bars(view: &AttributionView) -> Option<Vec<Bar<'_>>> {
    let now = view.latency.iter().find(|quantile| quantile.name == heading::P99)?.seconds.as_ref()?;
    let mut bars = vec![Bar { label: "as it is, measured".into(), p99: now, change: None, source: Source::Now }];
    bars.extend(view.what_if.iter().filter(|one| one.is_brief).take(MOST).map(|one| Bar {
        label: format!("{}, {}", shortened(&one.name, LONGEST_NAME), one.how),
        p99: &one.p99,
        change: Some(&one.change),
        source: Source::Projected,
    }));
    if let [_, .., all] = view.sets.as_slice() {
        let label = format!("{} together", all.how);
        bars.push(Bar { label, p99: &all.p99, change: Some(&all.change), source: Source::Projected });
    }
    if let Some(row) = view.migration() {
        let bar = |p99, source, label: &str| Bar { label: label.into(), p99, change: None, source };
        bars.extend(row.projected.as_ref().map(|p99| bar(p99, Source::Projected, "migration, projected")));
        bars.extend(row.measured.as_ref().map(|p99| bar(p99, Source::Measured, "migration, measured")));
    }
    bars.retain(|bar| {
        let estimate = bar.p99.estimate;
        [estimate.estimate, estimate.low, estimate.high].iter().all(|value| value.is_finite())
    });
    (bars.len() > 1).then_some(bars)
}

impl Bar<'_> {
    /// p99 and by how much it has changed.
    fn value(&self) -> String {
        match self.change {
            Some(change) => format!("{}, {}", self.p99.text(), change.value),
            None => self.p99.text(),
        }
    }
}

fn draw(canvas: &Canvas, bars: &[Bar<'_>]) -> Result<(), DrawError> {
    let ends = bars.iter().map(|bar| bar.p99.estimate.high.max(bar.p99.estimate.estimate));
    let times = Scale::up_to(ends.fold(f64::MIN_POSITIVE, f64::max));
    let mut plot = plot(canvas, ROOM, times, Scale::rows(bars.len()))?;
    let time = |seconds: f64| if seconds == 0.0 { "0".to_owned() } else { time_label(seconds) };
    axes(&mut plot, Grid::Upright, time, |row| bars[row as usize].label.clone())?;
    for (row, bar) in bars.iter().enumerate() {
        draw_bar(&mut plot, bar, row as f64 + 0.5)?;
    }
    // p99 as it is, through all bars.
    let now = bars[0].p99.estimate.estimate;
    plot.draw_series(LineSeries::new([(now, 0.0), (now, bars.len() as f64)], INK.mix(0.6).stroke_width(1)))?;
    Ok(())
}

fn draw_bar(plot: &mut Plot, bar: &Bar<'_>, row: f64) -> Result<(), DrawError> {
    let color = match bar.source {
        Source::Now => FAINT.mix(0.45),
        Source::Projected => GOOD.mix(0.35),
        Source::Measured => GOOD.mix(0.8),
    };
    let Estimate { estimate, low, high } = bar.p99.estimate;
    plot.draw_series([Rectangle::new([(0.0, row - HALF_BAR), (estimate, row + HALF_BAR)], color.filled())])?;
    plot.draw_series([ErrorBar::new_horizontal(row, low, estimate, high, INK.filled().stroke_width(2), 7)])?;
    write_at(plot, &bar.value(), &text(&FAINT, HPos::Left), (f64::INFINITY, row), (14, 0))
}
