//! Times of single calls as an SVG drawing: a row each contender, its percentiles on a logarithmic axis.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::figures;

use super::{
    Axis, BOTTOM, Canvas, DrawError, FAINT, GOOD, HALF, HALF_LEFT, HALF_NAME, HALF_ROW, INK, PAPER, RULE, SLOW, TOP,
    sized_element, text,
};
use crate::verdict::Tone;
use crate::view::{Row, WorkloadView};
use crate::visible;

/// Room to the right of the plot.
const RIGHT: i32 = 110;

/// Least distance of labels below the axis.
const LABEL: i32 = 62;

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
    let height = TOP + BOTTOM + HALF_ROW * i32::try_from(strips.len()).ok()?;
    let told = strips.iter().map(|strip| {
        let times: Vec<String> =
            strip.percentiles.iter().map(|(name, value)| format!("{name} {}", figures::seconds(*value))).collect();
        format!("{}: {}", strip.row.contender, times.join(", "))
    });
    let description = told.collect::<Vec<_>>().join("; ");
    let title = format!("Times of single calls of {}", workload.name);
    sized_element([&title, &description], id, (HALF, height), |canvas| draw(canvas, &strips, height))
}

fn draw(canvas: &Canvas, strips: &[Strip], height: i32) -> Result<(), DrawError> {
    let values = || strips.iter().flat_map(|strip| strip.percentiles.iter().map(|(_, value)| *value));
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    // At least a factor of four, and room for the outermost marks.
    let margin = (high / low).powf(0.04).max(1.1);
    let axis = Axis::between(low.min(high / 4.0) / margin, high * margin);
    let bottom = height - BOTTOM;
    let mut labelled = i32::MIN;
    for tick in axis.ticks() {
        let x = place_of(&axis, tick);
        canvas.draw(&PathElement::new(vec![(x, TOP), (x, bottom)], RULE.stroke_width(1)))?;
        if x >= labelled.saturating_add(LABEL) {
            canvas.draw_text(&tick_label(tick), &text(&FAINT, HPos::Center), (x, bottom + 16))?;
            labelled = x;
        }
    }
    for (strip, row) in strips.iter().zip(0..) {
        draw_strip(canvas, &axis, strip, TOP + HALF_ROW * row + HALF_ROW / 2)?;
    }
    Ok(())
}

fn draw_strip(canvas: &Canvas, axis: &Axis, strip: &Strip, y: i32) -> Result<(), DrawError> {
    let color = match strip.row.verdict.tone {
        _ if strip.row.is_baseline => INK,
        Tone::Good => GOOD,
        Tone::Slow => SLOW,
        Tone::Problem | Tone::Plain => FAINT,
    };
    let place = |(_, value): &(&str, f64)| place_of(axis, *value);
    if let (Some(first), Some(last)) = (strip.percentiles.first(), strip.percentiles.last()) {
        let line = vec![(place(first), y), (place(last), y)];
        canvas.draw(&PathElement::new(line, color.stroke_width(1)))?;
    }
    for percentile in &strip.percentiles {
        let x = place(percentile);
        let tick = |length: i32, width: u32| {
            PathElement::new(vec![(x, y - length), (x, y + length)], color.stroke_width(width))
        };
        match percentile.0 {
            "p50" => canvas.draw(&Circle::new((x, y), 4, color.filled()))?,
            "max" => {
                canvas.draw(&Circle::new((x, y), 4, PAPER.filled()))?;
                canvas.draw(&Circle::new((x, y), 4, color.stroke_width(1)))?;
            }
            "p99" => canvas.draw(&tick(8, 2))?,
            _ => canvas.draw(&tick(4, 1))?,
        }
    }
    let name = visible::short_line(&strip.row.contender, HALF_NAME);
    canvas.draw_text(&name, &text(&INK, HPos::Right), (HALF_LEFT - 14, y))?;
    let told = strip.percentiles.iter().find(|(name, _)| *name == "p99").or(strip.percentiles.last());
    let told = told.map(|(name, value)| format!("{name} {}", figures::seconds(*value))).unwrap_or_default();
    canvas.draw_text(&told, &text(&FAINT, HPos::Left), (HALF - RIGHT + 14, y))
}

/// Where a time stands in the drawing.
fn place_of(axis: &Axis, seconds: f64) -> i32 {
    HALF_LEFT + (axis.share(seconds) * f64::from(HALF - HALF_LEFT - RIGHT)).round() as i32
}

/// `200 µs`, without needless digits.
fn tick_label(seconds: f64) -> String {
    let figure = figures::seconds(seconds);
    let number = match figure.number.contains('.') && !figure.number.contains('e') {
        true => figure.number.trim_end_matches('0').trim_end_matches('.'),
        false => &figure.number,
    };
    format!("{number}{}", figure.unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_labelled_without_needless_digits() {
        assert_eq!([2e-4, 1.0, 0.5, 1e-6].map(tick_label), ["200 µs", "1 s", "500 ms", "1 µs"]);
    }
}
