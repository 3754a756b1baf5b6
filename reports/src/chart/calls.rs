//! Times of single calls as an SVG drawing: a row each contender, its percentiles on a logarithmic axis.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::figures;

use super::{
    Canvas, DrawError, FAINT, GOOD, Grid, HALF, HALF_LEFT, HALF_NAME, HALF_ROW, INK, Margins, PAPER, Plot, SLOW, Scale,
    axes, plot, sized_element, text, time_label, write_at,
};
use crate::verdict::Tone;
use crate::view::{Row, WorkloadView};
use crate::visible;

/// Names stand to the left, times to the right.
const ROOM: Margins = Margins { left: HALF_LEFT, right: 110, top: 10, bottom: 34 };

/// Least distance of marks at the axis.
const LABEL: f64 = 62.0;

/// Percentiles of one contender, ascending.
struct Strip<'a> {
    row: &'a Row,
    percentiles: Vec<(&'static str, f64)>,
}

/// The times of single calls of a workload's contenders as an SVG element; nothing where none were timed one by one.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(crate) fn calls(workload: &WorkloadView, id: &str) -> Option<String> {
    let strips: Vec<Strip> = workload
        .rows
        .iter()
        .map(|row| {
            let drawable = |value: &f64| value.is_finite() && *value > 0.0;
            let percentiles = row.percentiles.iter().copied().filter(|(_, value)| drawable(value)).collect();
            Strip { row, percentiles }
        })
        .filter(|strip| !strip.percentiles.is_empty())
        .collect();
    if strips.is_empty() {
        return None;
    }
    let height = ROOM.top + ROOM.bottom + HALF_ROW * i32::try_from(strips.len()).ok()?;
    let parts = strips.iter().map(|strip| {
        let times: Vec<String> =
            strip.percentiles.iter().map(|(name, value)| format!("{name} {}", figures::seconds(*value))).collect();
        format!("{}: {}", strip.row.contender, times.join(", "))
    });
    let description = parts.collect::<Vec<_>>().join("; ");
    let title = format!("Times of single calls of {}", workload.name);
    sized_element([&title, &description], id, (HALF, height), |canvas| draw(canvas, &strips))
}

fn draw(canvas: &Canvas, strips: &[Strip]) -> Result<(), DrawError> {
    let values = || strips.iter().flat_map(|strip| strip.percentiles.iter().map(|(_, value)| *value));
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    // At least a factor of four, and room for the outermost marks.
    let margin = (high / low).powf(0.04).max(1.1);
    let times = Scale::logarithmic(low.min(high / 4.0) / margin, high * margin);
    let times = times.marked_apart(LABEL, HALF - ROOM.left - ROOM.right);
    let mut plot = plot(canvas, ROOM, times, Scale::rows(strips.len()))?;
    let name = |row: f64| visible::short_line(&strips[row as usize].row.contender, HALF_NAME);
    axes(&mut plot, Grid::Upright, time_label, name)?;
    strips.iter().enumerate().try_for_each(|(row, strip)| draw_strip(&mut plot, strip, row as f64 + 0.5))
}

fn draw_strip(plot: &mut Plot, strip: &Strip, row: f64) -> Result<(), DrawError> {
    let color = match strip.row.verdict.tone {
        _ if strip.row.is_baseline => INK,
        Tone::Good => GOOD,
        Tone::Slow => SLOW,
        Tone::Problem | Tone::Plain => FAINT,
    };
    let places = strip.percentiles.iter().map(|(_, value)| (*value, row));
    plot.draw_series(LineSeries::new(places, color.stroke_width(1)))?;
    for (name, value) in &strip.percentiles {
        draw_percentile(plot, name, (*value, row), color)?;
    }
    let label = strip.percentiles.iter().find(|(name, _)| *name == "p99").or(strip.percentiles.last());
    let label = label.map(|(name, value)| format!("{name} {}", figures::seconds(*value))).unwrap_or_default();
    write_at(plot, &label, &text(&FAINT, HPos::Left), (f64::INFINITY, row), (14, 0))
}

/// The median as a dot, the slowest call as a ring, what lies between as lines across.
fn draw_percentile(plot: &Plot, name: &str, place: (f64, f64), color: RGBColor) -> Result<(), DrawError> {
    let area = plot.plotting_area();
    let across = |length: i32, width: u32| {
        EmptyElement::at(place) + PathElement::new([(0, -length), (0, length)], color.stroke_width(width))
    };
    match name {
        "p50" => area.draw(&Circle::new(place, 4, color.filled())),
        "max" => {
            area.draw(&Circle::new(place, 4, PAPER.filled()))?;
            area.draw(&Circle::new(place, 4, color.stroke_width(1)))
        }
        "p99" => area.draw(&across(8, 2)),
        _ => area.draw(&across(4, 1)),
    }
}
