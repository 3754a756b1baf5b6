//! Speedups: a row each, its interval as a bar, on a logarithmic axis with a line at 1×.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::Estimate;

use super::{
    Canvas, DrawError, FAINT, GOOD, Grid, INK, Margins, Plot, SLOW, Scale, axes, element, plot, text, tick_label,
    write_at,
};
use crate::measure::Measure;
use crate::verdict::Tone;
use crate::view::WorkloadView;
use crate::visible;

const ROW_HEIGHT: i32 = 30;
/// Names stand to the left, values to the right.
const ROOM: Margins = Margins { left: 190, right: 160, top: 10, bottom: 34 };
/// Longest name in characters that fits to the left.
const LONGEST_NAME: usize = 24;
/// Length of the marks at the ends of an interval. The dot of the estimate is as large, and hides those that are close.
const ENDS: u32 = 9;

/// One row of the chart.
struct Bar<'a> {
    name: &'a str,
    speedup: &'a Measure,
    tone: Tone,
}

/// The speedups of a workload as an SVG element, or nothing where there is no speedup to draw.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(crate) fn speedups(workload: &WorkloadView, id: &str) -> Option<String> {
    let drawable = |speedup: &&Measure| {
        let Estimate { estimate, low, high } = speedup.estimate;
        [estimate, low, high].iter().all(|value| value.is_finite()) && estimate > 0.0
    };
    let bars: Vec<Bar> = workload
        .rows
        .iter()
        .filter_map(|row| {
            let speedup = row.speedup.as_ref().filter(drawable)?;
            Some(Bar { name: &row.contender, speedup, tone: row.verdict.tone })
        })
        .collect();
    if bars.is_empty() {
        return None;
    }
    let height = ROOM.top + ROOM.bottom + ROW_HEIGHT * i32::try_from(bars.len()).ok()?;
    let parts = bars.iter().map(|bar| format!("{} {} ({})", bar.name, bar.speedup.value, bar.speedup.range));
    let description = parts.collect::<Vec<_>>().join("; ");
    let title = format!("Speedups of {} over the baseline", workload.name);
    element([&title, &description], id, height, |canvas| draw(canvas, &bars))
}

fn draw(canvas: &Canvas, bars: &[Bar]) -> Result<(), DrawError> {
    let ratios = Scale::of_ratios(bars.iter().map(|bar| bar.speedup.estimate));
    let mut plot = plot(canvas, ROOM, ratios, Scale::rows(bars.len()))?;
    let name = |row: f64| visible::short_line(bars[row as usize].name, LONGEST_NAME);
    axes(&mut plot, Grid::Upright, tick_label, name)?;
    plot.draw_series(LineSeries::new([(1.0, 0.0), (1.0, bars.len() as f64)], INK.stroke_width(2)))?;
    bars.iter().enumerate().try_for_each(|(row, bar)| draw_bar(&mut plot, bar, row as f64 + 0.5))
}

fn draw_bar(plot: &mut Plot, bar: &Bar, row: f64) -> Result<(), DrawError> {
    let color = match bar.tone {
        Tone::Good => GOOD,
        Tone::Slow => SLOW,
        Tone::Problem | Tone::Plain => FAINT,
    };
    let Estimate { estimate, low, high } = bar.speedup.estimate;
    let style = color.filled().stroke_width(2);
    plot.draw_series([ErrorBar::new_horizontal(row, low, estimate, high, style, ENDS)])?;
    write_at(plot, &bar.speedup.text(), &text(&FAINT, HPos::Left), (f64::INFINITY, row), (14, 0))
}
