//! Peak memory as an SVG drawing: a bar each contender, from zero.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use rustworthy_model::figures;

use super::{Canvas, DrawError, FAINT, HALF, HALF_LEFT, HALF_NAME, HALF_ROW, INK, TOP, sized_element, text};
use crate::view::WorkloadView;
use crate::visible;

/// Room to the right of the longest bar.
const RIGHT: i32 = 90;
/// Below the last bar.
const BOTTOM: i32 = 6;

/// Peak memory of a workload's contenders as an SVG element; nothing below two to compare.
///
/// `id` starts the ids of its title and description, and has to be unique in the page.
pub(crate) fn memory(workload: &WorkloadView, id: &str) -> Option<String> {
    let bars: Vec<(&str, u64, bool)> = workload
        .rows
        .iter()
        .filter_map(|row| Some((row.contender.as_str(), row.memory_bytes?, row.is_baseline)))
        .collect();
    if bars.len() < 2 {
        return None;
    }
    let height = TOP + BOTTOM + HALF_ROW * i32::try_from(bars.len()).ok()?;
    let told = bars.iter().map(|(name, bytes, _)| format!("{name} {}", figures::bytes(*bytes)));
    let description = told.collect::<Vec<_>>().join("; ");
    let title = format!("Peak memory of {}", workload.name);
    sized_element([&title, &description], id, (HALF, height), |canvas| draw(canvas, &bars, height))
}

fn draw(canvas: &Canvas, bars: &[(&str, u64, bool)], height: i32) -> Result<(), DrawError> {
    let largest = bars.iter().map(|(_, bytes, _)| *bytes).max().unwrap_or(0).max(1) as f64;
    for ((name, bytes, is_baseline), row) in bars.iter().zip(0..) {
        let y = TOP + HALF_ROW * row + HALF_ROW / 2;
        let length = (*bytes as f64 / largest * f64::from(HALF - HALF_LEFT - RIGHT)).round() as i32;
        let color = if *is_baseline { INK } else { FAINT };
        canvas.draw(&Rectangle::new([(HALF_LEFT, y - 7), (HALF_LEFT + length.max(1), y + 7)], color.filled()))?;
        canvas.draw_text(&visible::short_line(name, HALF_NAME), &text(&INK, HPos::Right), (HALF_LEFT - 14, y))?;
        let label = figures::bytes(*bytes).to_string();
        canvas.draw_text(&label, &text(&FAINT, HPos::Left), (HALF_LEFT + length + 8, y))?;
    }
    canvas.draw(&PathElement::new(vec![(HALF_LEFT, TOP), (HALF_LEFT, height - BOTTOM)], INK.stroke_width(1)))
}
